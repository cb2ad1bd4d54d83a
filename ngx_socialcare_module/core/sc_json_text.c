/*
 * sc_json_text.c: strings and integers: checks escapes and UTF-8 while the text
 * is read, and later unescapes on request.
 *
 * The second half works on strings that the first half accepted, so escapes
 * are known to be well-formed there.
 */

#include "sc_json_internal.h"
#include "sc_scan.h"


/* UTF-8 of one escape, or one unescaped byte. */
#define SC_JSON_PIECE  4

/* A 64-bit integer is 20 characters at most, each at most \uXXXX. */
#define SC_JSON_INT64_RAW  (20 * 6)


static int
sc_json_hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* The position after the escape at `at`; NULL with scan->bad and ->status. */
static const unsigned char *
sc_json_skip_escape(const unsigned char *at, const unsigned char *end,
    sc_json_scan_t *scan)
{
    size_t i;
    int    digit, bits;

    scan->bad = at;
    scan->status = SC_JSON_ERROR_SYNTAX;

    if (end - at < 2 || memchr("\"\\/bfnrtu", at[1], 9) == NULL) {
        return NULL;
    }

    if (at[1] != 'u') {
        return at + 2;
    }

    if (end - at < 6) {
        return NULL;
    }

    bits = 0;

    for (i = 2; i < 6; i++) {
        digit = sc_json_hex_digit(at[i]);
        if (digit < 0) {
            return NULL;
        }

        bits |= digit;
    }

    if (bits == 0) {
        scan->status = SC_JSON_ERROR_NUL;
        return NULL;
    }

    return at + 6;
}


/*
 * The position after the escape, or the non-ASCII character, at `at`; NULL
 * with scan->bad and ->status.
 */
static inline const unsigned char *
sc_json_skip_special(const unsigned char *at, const unsigned char *end,
    sc_json_scan_t *scan)
{
    size_t length;

    if (*at == '\\') {
        scan->flags |= SC_JSON_ESCAPED;

        return sc_json_skip_escape(at, end, scan);
    }

    scan->flags &= (uint8_t) ~SC_JSON_ASCII;

    length = sc_utf8_length(at, end);
    if (length == 0) {
        scan->bad = at;
        scan->status = SC_JSON_ERROR_UTF8;
        return NULL;
    }

    return at + length;
}


const unsigned char *
sc_json_string_end(const unsigned char *at, const unsigned char *end,
    sc_json_scan_t *scan)
{
    for (at = sc_scan_plain(at, end, '"');
         at < end && *at >= 0x20;
         at = sc_scan_plain(at, end, '"'))
    {
        if (*at == '"') {
            return at;
        }

        do {
            at = sc_json_skip_special(at, end, scan);
            if (at == NULL) {
                return NULL;
            }

        } while (at < end && (*at == '\\' || *at >= 0x80));
    }

    scan->bad = at;
    scan->status = at < end && *at == '\0' ? SC_JSON_ERROR_NUL
                                           : SC_JSON_ERROR_SYNTAX;
    return NULL;
}


/* The value of four hexadecimal digits. */
static uint32_t
sc_json_hex4(const unsigned char *digits)
{
    size_t   i;
    uint32_t value, digit;

    value = 0;

    for (i = 0; i < 4; i++) {
        digit = digits[i] <= '9' ? (uint32_t) digits[i] - '0'
                                 : ((uint32_t) digits[i] | 0x20) - 'a' + 10;
        value = value << 4 | digit;
    }

    return value;
}


static size_t
sc_json_encode_utf8(uint32_t c, unsigned char out[SC_JSON_PIECE])
{
    if (c < 0x80) {
        out[0] = (unsigned char) c;
        return 1;
    }

    if (c < 0x800) {
        out[0] = (unsigned char) (0xc0 | c >> 6);
        out[1] = (unsigned char) (0x80 | (c & 0x3f));
        return 2;
    }

    if (c < 0x10000) {
        out[0] = (unsigned char) (0xe0 | c >> 12);
        out[1] = (unsigned char) (0x80 | (c >> 6 & 0x3f));
        out[2] = (unsigned char) (0x80 | (c & 0x3f));
        return 3;
    }

    out[0] = (unsigned char) (0xf0 | c >> 18);
    out[1] = (unsigned char) (0x80 | (c >> 12 & 0x3f));
    out[2] = (unsigned char) (0x80 | (c >> 6 & 0x3f));
    out[3] = (unsigned char) (0x80 | (c & 0x3f));
    return 4;
}


/*
 * Takes the character of the \uXXXX that `rest` starts with, and a second
 * \uXXXX where both make a surrogate pair.  Half a pair is U+FFFD.
 */
static uint32_t
sc_json_take_unicode(sc_str_t *rest)
{
    uint32_t first, second;

    first = sc_json_hex4(rest->data + 2);
    *rest = sc_str_from(*rest, 6);

    if (first < 0xd800 || first > 0xdfff) {
        return first;
    }

    if (first >= 0xdc00 || rest->len < 6 || rest->data[0] != '\\'
        || rest->data[1] != 'u')
    {
        return 0xfffd;
    }

    second = sc_json_hex4(rest->data + 2);

    if (second < 0xdc00 || second > 0xdfff) {
        return 0xfffd;
    }

    *rest = sc_str_from(*rest, 6);

    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}


static unsigned char
sc_json_simple_escape(unsigned char c)
{
    switch (c) {

    case 'b':
        return '\b';

    case 'f':
        return '\f';

    case 'n':
        return '\n';

    case 'r':
        return '\r';

    case 't':
        return '\t';

    default:
        return c;               /* '"', '\' and '/' stand for themselves */
    }
}


/* Takes one byte or one escape from `rest`; returns the bytes it stands for. */
static size_t
sc_json_take_piece(sc_str_t *rest, unsigned char out[SC_JSON_PIECE])
{
    if (rest->data[0] != '\\') {
        out[0] = rest->data[0];
        *rest = sc_str_from(*rest, 1);
        return 1;
    }

    if (rest->data[1] == 'u') {
        return sc_json_encode_utf8(sc_json_take_unicode(rest), out);
    }

    out[0] = sc_json_simple_escape(rest->data[1]);
    *rest = sc_str_from(*rest, 2);

    return 1;
}


/*
 * `out` needs as many bytes as the text has: every escape is longer than what
 * it stands for.
 */
static size_t
sc_json_unescape(sc_str_t rest, unsigned char *out)
{
    size_t         run, i, count;
    unsigned char *to, piece[SC_JSON_PIECE];

    to = out;

    while (rest.len > 0) {
        run = sc_str_find_byte(rest, '\\');

        if (run > 0) {
            memcpy(to, rest.data, run);
            to += run;
            rest = sc_str_from(rest, run);
            continue;
        }

        count = sc_json_take_piece(&rest, piece);

        for (i = 0; i < count; i++) {
            *to++ = piece[i];
        }
    }

    return (size_t) (to - out);
}


/* One byte of the name to look up, which may use a pointer's escapes. */
static bool
sc_json_take_sought(sc_str_t *sought, bool pointer, unsigned char *c)
{
    if (sought->len == 0) {
        return false;
    }

    *c = sought->data[0];

    if (pointer && *c == '~') {
        *c = sought->data[1] == '0' ? '~' : '/';
        *sought = sc_str_from(*sought, 1);
    }

    *sought = sc_str_from(*sought, 1);

    return true;
}


/* Compares where the string, or the name from a pointer, is escaped. */
static bool
sc_json_unescaped_is(sc_str_t raw, sc_str_t sought, bool pointer)
{
    size_t        i, count;
    unsigned char c, piece[SC_JSON_PIECE];

    while (raw.len > 0) {
        count = sc_json_take_piece(&raw, piece);

        for (i = 0; i < count; i++) {
            if (!sc_json_take_sought(&sought, pointer, &c) || c != piece[i]) {
                return false;
            }
        }
    }

    return sought.len == 0;
}


bool
sc_json_says(const sc_json_doc_t *doc, const sc_json_token_t *token,
    sc_str_t sought, bool pointer)
{
    sc_str_t raw;

    raw = sc_json_scalar(doc, token);

    if (!pointer && (token->flags & SC_JSON_ESCAPED) == 0) {
        return sc_str_eq(raw, sought);
    }

    return sc_json_unescaped_is(raw, sought, pointer);
}


bool
sc_json_string(const sc_json_doc_t *doc, const sc_json_token_t *token,
    sc_arena_t *arena, sc_str_t *value)
{
    sc_str_t       raw;
    unsigned char *out;

    *value = SC_STR_NULL;

    if (!sc_json_is(token, SC_JSON_STRING)) {
        return false;
    }

    raw = sc_json_scalar(doc, token);

    if ((token->flags & SC_JSON_ESCAPED) == 0) {
        *value = raw;
        return true;
    }

    out = sc_arena_bytes(arena, raw.len);
    if (out == NULL) {
        return false;
    }

    *value = sc_str_make(out, sc_json_unescape(raw, out));

    return true;
}


bool
sc_json_id(const sc_json_doc_t *doc, const sc_json_token_t *token,
    sc_arena_t *arena, sc_str_t *value)
{
    if (sc_json_is(token, SC_JSON_NUMBER)
        && (token->flags & SC_JSON_INTEGER) != 0)
    {
        *value = sc_json_scalar(doc, token);
        return true;
    }

    return sc_json_string(doc, token, arena, value);
}


bool
sc_json_int64(const sc_json_doc_t *doc, const sc_json_token_t *token,
    int64_t *value)
{
    sc_str_t      text;
    unsigned char digits[SC_JSON_INT64_RAW];

    if (token == NULL
        || (token->type == SC_JSON_NUMBER
            ? (token->flags & SC_JSON_INTEGER) == 0
            : token->type != SC_JSON_STRING))
    {
        return false;
    }

    text = sc_json_scalar(doc, token);

    if ((token->flags & SC_JSON_ESCAPED) != 0) {
        if (text.len > sizeof(digits)) {
            return false;
        }

        text = sc_str_make(digits, sc_json_unescape(text, digits));
    }

    return sc_str_to_int64(text, value);
}


bool
sc_json_string_is(const sc_json_doc_t *doc, const sc_json_token_t *token,
    sc_str_t text)
{
    return sc_json_is(token, SC_JSON_STRING)
           && sc_json_says(doc, token, text, false);
}
