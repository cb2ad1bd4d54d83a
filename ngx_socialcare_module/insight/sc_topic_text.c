/*
 * sc_topic_text.c: copies a text once, with room after it, and folds and
 * classifies its bytes on the way.
 */

#include "sc_topic_text.h"


/* How much of a text is read: whole pieces, up to a space. */

static size_t
sc_topic_text_whole(sc_str_t from)
{
    size_t len;

    if (from.len <= SC_TOPIC_MAX_TEXT) {
        return from.len;
    }

    len = SC_TOPIC_MAX_TEXT;

    while (len > 0 && from.data[len - 1] > ' ') {
        len--;
    }

    return len;
}


static inline void
sc_topic_text_half(sc_topic_found_t *found, unsigned char *small,
    const unsigned char *bytes, unsigned shift)
{
    sc_topic_text_vector(found, small + shift, bytes + shift, shift);
    sc_topic_text_vector(found, small + shift + 16, bytes + shift + 16,
                         shift + 16);
}


/* 64 bytes, or what is left of a text, padded with zeros. */

static void
sc_topic_text_block(sc_topic_text_t *text, sc_str_t from, size_t at)
{
    size_t               left;
    unsigned char       *small;
    sc_topic_found_t     found;
    const unsigned char *bytes;

    memset(&found, 0, sizeof(found));
    small = text->small + at;
    left = text->len - at;

    if (left >= 64) {
        bytes = from.data + at;

    } else {
        if (left != 0) {
            memcpy(small, from.data + at, left);
        }

        memset(small + left, 0, 64);
        bytes = small;
    }

    sc_topic_text_half(&found, small, bytes, 0);

    if (left >= 32) {
        sc_topic_text_half(&found, small, bytes, 32);
    }

    text->others[at / 64] = ~found.letters;
    text->spaces[at / 64] = found.spaces;
    text->address[at / 64] = found.address
                             | (found.joints & ~(found.spaces >> 1));
}


void
sc_topic_text_init(sc_topic_text_t *text, sc_str_t from)
{
    size_t at;

    text->len = sc_topic_text_whole(from);

    for (at = 0; at <= text->len; at += 64) {
        sc_topic_text_block(text, from, at);
    }

    text->address[text->len / 64] |= UINT64_C(1) << text->len % 64;
}
