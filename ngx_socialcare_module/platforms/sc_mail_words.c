/*
 * sc_mail_words.c: encoded words in the headers of mail (RFC 2047).  Must not
 * know a header's meaning.
 */

#include "sc_charset.h"
#include "sc_mail.h"


/* Of a header; each may open a converter, which takes 10 us or so. */
#define SC_MAIL_WORDS  64


typedef struct {
    sc_str_t charset;
    sc_str_t data;
    bool     base64;
    size_t   len;              /* of the whole word */
} sc_mail_word_t;


/* At "=?": charset, optionally *language, then ?q? or ?b?, data, "?=". */
static bool
sc_mail_read_word(sc_str_t text, sc_mail_word_t *word)
{
    size_t        end;
    sc_str_t      rest;
    unsigned char encoding;

    rest = sc_str_from(text, 2);
    end = sc_str_find_byte(rest, '?');
    word->charset = sc_str_first(rest, end);
    word->charset = sc_str_first(word->charset,
                                 sc_str_find_byte(word->charset, '*'));
    rest = sc_str_from(rest, end + 1);

    if (rest.len < 4 || rest.data[1] != '?') {
        return false;
    }

    encoding = (unsigned char) (rest.data[0] | 0x20);
    rest = sc_str_from(rest, 2);
    end = sc_str_find_byte(rest, '?');

    if ((encoding != 'q' && encoding != 'b') || end + 1 >= rest.len
        || rest.data[end + 1] != '=')
    {
        return false;
    }

    word->base64 = encoding == 'b';
    word->data = sc_str_first(rest, end);
    word->len = text.len - rest.len + end + 2;

    return true;
}


/* _ is a blank, =XX a byte.  Returns the bytes written. */
static size_t
sc_mail_unquote(sc_str_t data, unsigned char *out)
{
    size_t        i, n, len;
    unsigned char byte;

    n = 0;

    for (i = 0; i < data.len; i++) {
        if (data.data[i] == '='
            && sc_hex_decode(sc_str_first(sc_str_from(data, i + 1), 2), &byte,
                             1, &len)
            && len == 1)
        {
            out[n++] = byte;
            i += 2;

        } else {
            out[n++] = data.data[i] == '_' ? ' ' : data.data[i];
        }
    }

    return n;
}


/* False: the word stays as it is. */
static bool
sc_mail_put_word(sc_callback_t *callback, const sc_mail_word_t *word,
    sc_buf_t *out)
{
    size_t         len;
    sc_str_t       text;
    unsigned char *bytes;

    if (!sc_charset_is_known(word->charset)) {
        return false;
    }

    bytes = sc_arena_bytes(callback->arena, word->data.len + 3);
    if (bytes == NULL) {
        callback->too_large = true;
        return false;
    }

    if (!word->base64) {
        len = sc_mail_unquote(word->data, bytes);

    } else if (!sc_base64_decode(word->data, SC_BASE64_OPTIONAL, bytes,
                                 word->data.len + 3, &len))
    {
        return false;
    }

    text = sc_mail_to_utf8(callback, sc_str_make(bytes, len), word->charset);
    sc_buf_append_str(out, text);

    return true;
}


/* Blanks between two encoded words are not part of the text. */
static size_t
sc_mail_gap(sc_str_t text)
{
    size_t i;

    for (i = 0; i < text.len && text.data[i] <= ' '; i++) {
        /* void */
    }

    return sc_str_starts_with(sc_str_from(text, i), SC_STR("=?")) ? i : 0;
}


sc_str_t
sc_mail_unfold(sc_callback_t *callback, sc_str_t text)
{
    size_t         i, n;
    unsigned char *memory;

    if (sc_str_find_byte(text, '\n') == text.len) {
        return text;
    }

    memory = sc_arena_bytes(callback->arena, text.len);
    if (memory == NULL) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    for (i = 0, n = 0; i < text.len; i++) {
        if (text.data[i] != '\r' && text.data[i] != '\n') {
            memory[n++] = text.data[i];
        }
    }

    return sc_str_make(memory, n);
}


sc_str_t
sc_mail_decode(sc_callback_t *callback, sc_str_t text)
{
    size_t         left;
    sc_buf_t       out;
    sc_mail_word_t word;
    unsigned char *memory;

    text = sc_mail_unfold(callback, text);

    if (sc_str_find_byte(text, '=') == text.len) {
        return text;
    }

    /* No encoding is shorter than a third of its text. */
    memory = sc_arena_bytes(callback->arena, 3 * text.len);
    if (memory == NULL) {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    sc_buf_init_fixed(&out, memory, 3 * text.len);
    left = SC_MAIL_WORDS;

    while (text.len != 0) {
        if (left != 0 && sc_str_starts_with(text, SC_STR("=?"))
            && sc_mail_read_word(text, &word))
        {
            left--;

            if (sc_mail_put_word(callback, &word, &out)) {
                text = sc_str_from(text, word.len);
                text = sc_str_from(text, sc_mail_gap(text));
                continue;
            }
        }

        sc_buf_append_byte(&out, text.data[0]);
        text = sc_str_from(text, 1);
    }

    return sc_buf_str(&out);
}
