/*
 * sc_topic_text.c: a text is copied once, with room behind it, and folded and
 * told apart there.
 */

#include "sc_topic_text.h"


/* What a text may not be cut in: back to the last space. */

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
sc_topic_text_half(sc_topic_found_t *found, unsigned char *bytes,
    unsigned shift)
{
    sc_topic_text_vector(found, bytes + shift, shift);
    sc_topic_text_vector(found, bytes + shift + 16, shift + 16);
}


void
sc_topic_text_init(sc_topic_text_t *text, sc_str_t from)
{
    size_t           at;
    sc_topic_found_t found;

    text->len = sc_topic_text_whole(from);

    if (text->len != 0) {
        memcpy(text->small, from.data, text->len);
    }

    memset(text->small + text->len, 0, 64);

    for (at = 0; at <= text->len; at += 64) {
        memset(&found, 0, sizeof(found));
        sc_topic_text_half(&found, text->small + at, 0);

        if (text->len - at >= 32) {
            sc_topic_text_half(&found, text->small + at, 32);
        }

        text->others[at / 64] = ~found.letters;
        text->spaces[at / 64] = found.spaces;
        text->address[at / 64] = found.address
                                 | (found.joints & ~(found.spaces >> 1));
    }

    text->address[text->len / 64] |= UINT64_C(1) << text->len % 64;
}
