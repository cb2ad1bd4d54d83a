/*
 * sc_encoding.c: hex, base64, percent-encoding and form pairs, read strictly.
 *
 * Callers pass these functions whatever was in a header or a query string.
 * A decoder must never read or write past what it was given, and must refuse
 * every spelling but the canonical one: with two texts for the same bytes, a
 * header could differ from what was compared.
 */

#include "sc_encoding.h"


/* A character's six-bit value, and which alphabets do not contain it. */
#define SC_BASE64_BITS          0x3f
#define SC_BASE64_NOT_URL       0x40
#define SC_BASE64_NOT_STANDARD  0x80


static const unsigned char sc_base64_standard[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const unsigned char sc_base64_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static const unsigned char sc_hex_lower[] = "0123456789abcdef";
static const unsigned char sc_hex_upper[] = "0123456789ABCDEF";


/* The value of a hex digit, or 16. */
static unsigned
sc_hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned) (c - '0');
    }

    if (c >= 'a' && c <= 'f') {
        return (unsigned) (c - 'a') + 10;
    }

    if (c >= 'A' && c <= 'F') {
        return (unsigned) (c - 'A') + 10;
    }

    return 16;
}


bool
sc_hex_decode(sc_str_t text, unsigned char *out, size_t capacity, size_t *len)
{
    size_t   i;
    unsigned high, low;

    *len = 0;

    if (text.len % 2 != 0 || text.len / 2 > capacity) {
        return false;
    }

    for (i = 0; i < text.len / 2; i++) {
        high = sc_hex_value(text.data[2 * i]);
        low = sc_hex_value(text.data[2 * i + 1]);

        if (high > 15 || low > 15) {
            return false;
        }

        out[i] = (unsigned char) (high << 4 | low);
    }

    *len = text.len / 2;

    return true;
}


void
sc_hex_encode(sc_str_t data, unsigned char *out)
{
    size_t i;

    for (i = 0; i < data.len; i++) {
        *out++ = sc_hex_lower[data.data[i] >> 4];
        *out++ = sc_hex_lower[data.data[i] & 0x0f];
    }
}


/*
 * The value of each character in either alphabet; + and / are missing from the
 * one, - and _ from the other, and 255 is in neither.  A table, because the
 * characters of a signature are random: branches would be mispredicted.
 */
static const unsigned char sc_base64_values[256] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 126, 255, 190, 255, 127,
     52,  53,  54,  55,  56,  57,  58,  59,  60,  61, 255, 255,
    255, 255, 255, 255, 255,   0,   1,   2,   3,   4,   5,   6,
      7,   8,   9,  10,  11,  12,  13,  14,  15,  16,  17,  18,
     19,  20,  21,  22,  23,  24,  25, 255, 255, 255, 255, 191,
    255,  26,  27,  28,  29,  30,  31,  32,  33,  34,  35,  36,
     37,  38,  39,  40,  41,  42,  43,  44,  45,  46,  47,  48,
     49,  50,  51, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255
};


/*
 * Strips the padding from `text`.  False when there is some and it does not
 * fill the last group, or when there is none and it is required.
 */
static bool
sc_base64_unpad(sc_str_t *text, sc_base64_kind_t kind)
{
    size_t padding;

    padding = 0;

    while (padding < 2 && padding < text->len
           && text->data[text->len - 1 - padding] == '=')
    {
        padding++;
    }

    if (text->len % 4 != 0 && (padding != 0 || kind == SC_BASE64_PADDED)) {
        return false;
    }

    text->len -= padding;

    /* A single last character carries six bits: not enough for a byte. */
    return text->len % 4 != 1;
}


/* The 24 bits of four characters; *flags collects their SC_BASE64_NOT_*. */
static inline uint32_t
sc_base64_group(const unsigned char text[4], unsigned *flags)
{
    unsigned a, b, c, d;

    a = sc_base64_values[text[0]];
    b = sc_base64_values[text[1]];
    c = sc_base64_values[text[2]];
    d = sc_base64_values[text[3]];

    *flags |= a | b | c | d;

    return (a & SC_BASE64_BITS) << 18 | (b & SC_BASE64_BITS) << 12
           | (c & SC_BASE64_BITS) << 6 | (d & SC_BASE64_BITS);
}


bool
sc_base64_decode(sc_str_t text, sc_base64_kind_t kind, unsigned char *out,
    size_t capacity, size_t *len)
{
    size_t        i, n, rest;
    unsigned      flags, unknown;
    uint32_t      group;
    unsigned char last[4] = { 'A', 'A', 'A', 'A' };

    *len = 0;

    if (!sc_base64_unpad(&text, kind)) {
        return false;
    }

    rest = text.len % 4;

    if (text.len / 4 * 3 + rest * 3 / 4 > capacity) {
        return false;
    }

    flags = 0;
    n = 0;

    for (i = 0; i < text.len - rest; i += 4) {
        group = sc_base64_group(text.data + i, &flags);

        out[n++] = (unsigned char) (group >> 16);
        out[n++] = (unsigned char) (group >> 8 & 0xff);
        out[n++] = (unsigned char) (group & 0xff);
    }

    /* Two or three characters, padded with zeros, make one or two bytes. */
    for (/* void */; i < text.len; i++) {
        last[i % 4] = text.data[i];
    }

    group = sc_base64_group(last, &flags);

    for (i = 1; i < rest; i++) {
        out[n++] = (unsigned char) (group >> 16);
        group = group << 8 & 0xffffff;
    }

    unknown = kind == SC_BASE64URL ? SC_BASE64_NOT_URL : SC_BASE64_NOT_STANDARD;

    if ((flags & unknown) != 0) {
        return false;
    }

    /* Spare bits must be zero, or two texts would decode alike. */
    if (kind != SC_BASE64_SPARE_BITS && group != 0) {
        return false;
    }

    *len = n;

    return true;
}


void
sc_base64_encode(sc_buf_t *buf, sc_str_t data, sc_base64_kind_t kind)
{
    size_t               i, left, characters;
    uint32_t             group;
    unsigned char        text[4];
    const unsigned char *alphabet;

    alphabet = kind == SC_BASE64URL ? sc_base64_url : sc_base64_standard;

    for (i = 0; i < data.len; i += 3) {
        left = data.len - i < 3 ? data.len - i : 3;

        group = (uint32_t) data.data[i] << 16;
        group |= left > 1 ? (uint32_t) data.data[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t) data.data[i + 2] : 0;

        text[0] = alphabet[group >> 18];
        text[1] = alphabet[group >> 12 & 0x3f];
        text[2] = left > 1 ? alphabet[group >> 6 & 0x3f] : '=';
        text[3] = left > 2 ? alphabet[group & 0x3f] : '=';

        characters = kind == SC_BASE64URL ? left + 1 : 4;
        sc_buf_append(buf, text, characters);
    }
}


bool
sc_percent_is_valid(sc_str_t text)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] != '%') {
            continue;
        }

        if (text.len - i < 3
            || sc_hex_value(text.data[i + 1]) > 15
            || sc_hex_value(text.data[i + 2]) > 15)
        {
            return false;
        }

        i += 2;
    }

    return true;
}


bool
sc_percent_decode(sc_arena_t *arena, sc_str_t text, bool plus,
    sc_str_t *decoded)
{
    size_t         i, n;
    unsigned char *out, c;

    *decoded = text;

    if (sc_str_find_byte(text, '%') == text.len
        && (!plus || sc_str_find_byte(text, '+') == text.len))
    {
        return true;
    }

    *decoded = SC_STR_NULL;

    if (!sc_percent_is_valid(text)) {
        return false;
    }

    out = sc_arena_bytes(arena, text.len);
    if (out == NULL) {
        return false;
    }

    n = 0;

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if (c == '%') {
            c = (unsigned char) (sc_hex_value(text.data[i + 1]) << 4
                                 | sc_hex_value(text.data[i + 2]));
            i += 2;

        } else if (c == '+' && plus) {
            c = ' ';
        }

        out[n++] = c;
    }

    *decoded = sc_str_make(out, n);

    return true;
}


static bool
sc_is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || (c >= '0' && c <= '9')
           || c == '-' || c == '.' || c == '_' || c == '~';
}


void
sc_percent_encode(sc_buf_t *buf, sc_str_t text)
{
    size_t        i;
    unsigned char escape[3];

    for (i = 0; i < text.len; i++) {
        if (sc_is_unreserved(text.data[i])) {
            sc_buf_append_byte(buf, text.data[i]);
            continue;
        }

        escape[0] = '%';
        escape[1] = sc_hex_upper[text.data[i] >> 4];
        escape[2] = sc_hex_upper[text.data[i] & 0x0f];

        sc_buf_append(buf, escape, sizeof(escape));
    }
}


/* Splits `name=value`; no '=' means an empty value. */
static void
sc_form_split(sc_str_t piece, sc_str_t *name, sc_str_t *value)
{
    size_t at;

    at = sc_str_find_byte(piece, '=');

    *name = sc_str_first(piece, at);
    *value = sc_str_from(piece, at + 1);
}


/* How many pieces between '&' are not empty. */
static size_t
sc_form_count(sc_str_t text)
{
    size_t   count;
    sc_str_t piece;

    count = 0;

    while (sc_str_next(&text, '&', &piece)) {
        if (piece.len > 0) {
            count++;
        }
    }

    return count;
}


bool
sc_form_read(sc_arena_t *arena, sc_str_t text, size_t limit,
    sc_pair_t **pairs, size_t *count)
{
    size_t     wanted, n;
    sc_str_t   piece, name, value;
    sc_pair_t *list;

    *pairs = NULL;
    *count = 0;

    wanted = sc_form_count(text);
    if (wanted > limit) {
        return false;
    }

    list = sc_arena_array(arena, wanted, sizeof(*list));
    if (list == NULL) {
        return false;
    }

    n = 0;

    while (sc_str_next(&text, '&', &piece)) {
        if (piece.len == 0) {
            continue;
        }

        sc_form_split(piece, &name, &value);

        if (!sc_percent_decode(arena, name, true, &list[n].name)
            || !sc_percent_decode(arena, value, true, &list[n].value))
        {
            return false;
        }

        n++;
    }

    *pairs = list;
    *count = n;

    return true;
}


bool
sc_pairs_get(const sc_pair_t *pairs, size_t count, sc_str_t name,
    sc_str_t *value)
{
    size_t i;

    *value = SC_STR_NULL;

    for (i = 0; i < count; i++) {
        if (sc_str_eq(pairs[i].name, name)) {
            *value = pairs[i].value;
            return true;
        }
    }

    return false;
}


bool
sc_query_get_raw(sc_str_t query, sc_str_t name, sc_str_t *value)
{
    sc_str_t piece, found;

    *value = SC_STR_NULL;

    while (sc_str_next(&query, '&', &piece)) {
        if (piece.len == 0) {
            continue;
        }

        sc_form_split(piece, &found, value);

        if (sc_str_eq(found, name)) {
            return true;
        }
    }

    *value = SC_STR_NULL;

    return false;
}
