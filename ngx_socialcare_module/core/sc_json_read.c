/*
 * sc_json_read.c: the one pass over the text that writes the tape.
 *
 * A container waits on the tape itself: until it is closed its `next` holds
 * the index of the container around it, so nesting costs neither recursion
 * nor a stack.  Nothing here allocates, and nothing is taken for granted about
 * the bytes behind the text.
 */

#include "sc_json.h"
#include "sc_scan.h"


#define SC_JSON_DEFAULT_DEPTH         32
#define SC_JSON_DEFAULT_TOKENS        65536
#define SC_JSON_DEFAULT_STRING_BYTES  65536


/* Kept in registers: its address goes to inlined functions only. */
typedef struct {
    const unsigned char *text;
    const unsigned char *at;
    const unsigned char *end;
    sc_json_token_t     *tape;
    uint32_t             count;
    uint32_t             open;       /* innermost open container */
    uint32_t             depth;      /* open containers */
    sc_json_status_t     status;
    sc_json_limits_t     limits;
} sc_json_reader_t;


static sc_json_limits_t
sc_json_effective_limits(const sc_json_limits_t *given, uint32_t capacity)
{
    sc_json_limits_t limits = { 0, 0, 0 };

    if (given != NULL) {
        limits = *given;
    }

    if (limits.depth == 0) {
        limits.depth = SC_JSON_DEFAULT_DEPTH;
    }

    if (limits.tokens == 0) {
        limits.tokens = SC_JSON_DEFAULT_TOKENS;
    }

    if (limits.string_bytes == 0) {
        limits.string_bytes = SC_JSON_DEFAULT_STRING_BYTES;
    }

    /* A token keeps its depth in 16 bits. */
    if (limits.depth > UINT16_MAX) {
        limits.depth = UINT16_MAX;
    }

    if (limits.tokens > capacity) {
        limits.tokens = capacity;
    }

    return limits;
}


static inline bool
sc_json_fail(sc_json_reader_t *reader, sc_json_status_t status)
{
    reader->status = status;

    return false;
}


/* The byte at hand does not belong here. */
static inline bool
sc_json_unexpected(sc_json_reader_t *reader)
{
    if (reader->at < reader->end && *reader->at == '\0') {
        return sc_json_fail(reader, SC_JSON_ERROR_NUL);
    }

    return sc_json_fail(reader, SC_JSON_ERROR_SYNTAX);
}


/* Moves to the next byte that is not white space; false at the end. */
static inline bool
sc_json_skip_space(sc_json_reader_t *reader)
{
    unsigned char c;

    for ( /* void */ ; reader->at < reader->end; reader->at++) {
        c = *reader->at;

        if (c > ' ' || (c != ' ' && c != '\n' && c != '\r' && c != '\t')) {
            return true;
        }
    }

    return false;
}


static inline sc_json_token_t *
sc_json_push(sc_json_reader_t *reader, sc_json_type_t type)
{
    sc_json_token_t *token;

    if (reader->count >= reader->limits.tokens) {
        reader->status = SC_JSON_ERROR_TOKENS;
        return NULL;
    }

    token = &reader->tape[reader->count++];

    token->start = (uint32_t) (reader->at - reader->text);
    token->length = 0;
    token->next = reader->count;
    token->type = (uint8_t) type;
    token->flags = 0;
    token->depth = (uint16_t) reader->depth;

    return token;
}


static inline int
sc_json_hex_digit(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}


/* Behind the escape at `at`, or NULL with *bad at the byte in question. */
static const unsigned char *
sc_json_skip_escape(const unsigned char *at, const unsigned char *end,
    const unsigned char **bad, sc_json_status_t *status)
{
    size_t i;
    int    digit, bits;

    *bad = at;
    *status = SC_JSON_ERROR_SYNTAX;

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
        *status = SC_JSON_ERROR_NUL;
        return NULL;
    }

    return at + 6;
}


/*
 * Behind the run of escapes and characters beyond ASCII at `at`, which may
 * run into any other byte; or NULL with *bad and *status.
 */
static const unsigned char *
sc_json_skip_special(const unsigned char *at, const unsigned char *end,
    uint8_t *flags, const unsigned char **bad, sc_json_status_t *status)
{
    size_t length;

    do {
        if (*at == '\\') {
            *flags |= SC_JSON_ESCAPED;

            at = sc_json_skip_escape(at, end, bad, status);
            if (at == NULL) {
                return NULL;
            }

        } else {
            *flags &= (uint8_t) ~SC_JSON_ASCII;

            length = sc_utf8_length(at, end);
            if (length == 0) {
                *bad = at;
                *status = SC_JSON_ERROR_UTF8;
                return NULL;
            }

            at += length;
        }

    } while (at < end && (*at == '\\' || *at >= 0x80));

    return at;
}


/* From the opening quote to behind the closing one. */
static inline bool
sc_json_string_token(sc_json_reader_t *reader)
{
    uint8_t              flags;
    sc_json_token_t     *token;
    sc_json_status_t     status;
    const unsigned char *at, *start, *bad;

    flags = SC_JSON_ASCII;
    start = reader->at + 1;
    at = start;

    for ( ;; ) {
        at = sc_scan_plain(at, reader->end, '"');

        if (at == reader->end || *at < 0x20) {
            reader->at = at;
            return sc_json_unexpected(reader);
        }

        if (*at == '"') {
            break;
        }

        at = sc_json_skip_special(at, reader->end, &flags, &bad, &status);

        if (at == NULL) {
            reader->at = bad;
            return sc_json_fail(reader, status);
        }
    }

    if ((size_t) (at - start) > reader->limits.string_bytes) {
        return sc_json_fail(reader, SC_JSON_ERROR_STRING);
    }

    token = sc_json_push(reader, SC_JSON_STRING);
    if (token == NULL) {
        return false;
    }

    token->start++;
    token->length = (uint32_t) (at - start);
    token->flags = flags;

    reader->at = at + 1;

    return true;
}


/* At least one digit; false with reader->at where it is missing. */
static inline bool
sc_json_digits(sc_json_reader_t *reader)
{
    const unsigned char *from;

    from = reader->at;
    reader->at = sc_scan_digits(from, reader->end);

    return reader->at != from || sc_json_unexpected(reader);
}


static inline bool
sc_json_at_byte(const sc_json_reader_t *reader, unsigned char c)
{
    return reader->at < reader->end && *reader->at == c;
}


/* [ '.' 1*digit ] [ 'e' [ '+' / '-' ] 1*digit ] */
static inline bool
sc_json_fraction_exponent(sc_json_reader_t *reader, uint8_t *flags)
{
    if (sc_json_at_byte(reader, '.')) {
        reader->at++;
        *flags = 0;

        if (!sc_json_digits(reader)) {
            return false;
        }
    }

    if (sc_json_at_byte(reader, 'e') || sc_json_at_byte(reader, 'E')) {
        reader->at++;
        *flags = 0;

        if (sc_json_at_byte(reader, '+') || sc_json_at_byte(reader, '-')) {
            reader->at++;
        }

        return sc_json_digits(reader);
    }

    return true;
}


static inline bool
sc_json_number_token(sc_json_reader_t *reader)
{
    uint8_t              flags;
    sc_json_token_t     *token;
    const unsigned char *start;

    token = sc_json_push(reader, SC_JSON_NUMBER);
    if (token == NULL) {
        return false;
    }

    start = reader->at;
    flags = SC_JSON_INTEGER;

    if (*start == '-') {
        reader->at++;
    }

    /* A digit behind a leading zero is what follows the number, and wrong. */
    if (sc_json_at_byte(reader, '0')) {
        reader->at++;

    } else if (!sc_json_digits(reader)) {
        return false;
    }

    if (!sc_json_fraction_exponent(reader, &flags)) {
        return false;
    }

    token->length = (uint32_t) (reader->at - start);
    token->flags = flags;

    return true;
}


static inline bool
sc_json_literal_token(sc_json_reader_t *reader, sc_json_type_t type,
    const char *literal, uint32_t length)
{
    sc_json_token_t *token;

    if ((size_t) (reader->end - reader->at) < length
        || memcmp(reader->at, literal, length) != 0)
    {
        return sc_json_unexpected(reader);
    }

    token = sc_json_push(reader, type);
    if (token == NULL) {
        return false;
    }

    token->length = length;
    reader->at += length;

    return true;
}


/* A member's name and the colon behind it; the value is due next. */
static inline bool
sc_json_name_token(sc_json_reader_t *reader)
{
    if (!sc_json_skip_space(reader) || *reader->at != '"') {
        return sc_json_unexpected(reader);
    }

    if (!sc_json_string_token(reader)) {
        return false;
    }

    if (!sc_json_skip_space(reader) || *reader->at != ':') {
        return sc_json_unexpected(reader);
    }

    reader->at++;

    return true;
}


static inline void
sc_json_close(sc_json_reader_t *reader)
{
    uint32_t         outer;
    sc_json_token_t *token;

    token = &reader->tape[reader->open];
    outer = token->next;

    token->next = reader->count;

    reader->open = outer;
    reader->depth--;
    reader->at++;
}


/* *due says whether a value is due next or an empty container complete. */
static inline bool
sc_json_open(sc_json_reader_t *reader, sc_json_type_t type,
    unsigned char closing, bool *due)
{
    sc_json_token_t *token;

    if (reader->depth >= reader->limits.depth) {
        return sc_json_fail(reader, SC_JSON_ERROR_DEPTH);
    }

    token = sc_json_push(reader, type);
    if (token == NULL) {
        return false;
    }

    token->next = reader->open;

    reader->open = reader->count - 1;
    reader->depth++;
    reader->at++;

    if (!sc_json_skip_space(reader)) {
        return sc_json_unexpected(reader);
    }

    if (*reader->at == closing) {
        sc_json_close(reader);
        return true;
    }

    *due = true;
    token->length = 1;

    return type == SC_JSON_ARRAY || sc_json_name_token(reader);
}


/* One scalar, or the opening of a container. */
static inline bool
sc_json_value(sc_json_reader_t *reader, bool *due)
{
    *due = false;

    if (!sc_json_skip_space(reader)) {
        return sc_json_unexpected(reader);
    }

    switch (*reader->at) {

    case '"':
        return sc_json_string_token(reader);

    case '{':
        return sc_json_open(reader, SC_JSON_OBJECT, '}', due);

    case '[':
        return sc_json_open(reader, SC_JSON_ARRAY, ']', due);

    case 't':
        return sc_json_literal_token(reader, SC_JSON_TRUE, "true", 4);

    case 'f':
        return sc_json_literal_token(reader, SC_JSON_FALSE, "false", 5);

    case 'n':
        return sc_json_literal_token(reader, SC_JSON_NULL, "null", 4);

    case '-':
    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
        return sc_json_number_token(reader);

    default:
        return sc_json_unexpected(reader);
    }
}


/* What stands behind a value: closings, then a comma or the end. */
static inline bool
sc_json_behind_value(sc_json_reader_t *reader, bool *due)
{
    sc_json_token_t *token;

    while (reader->depth > 0) {
        if (!sc_json_skip_space(reader)) {
            return sc_json_unexpected(reader);
        }

        token = &reader->tape[reader->open];

        if (*reader->at == ',') {
            reader->at++;
            token->length++;
            *due = true;

            return token->type == SC_JSON_ARRAY || sc_json_name_token(reader);
        }

        if (*reader->at != (token->type == SC_JSON_ARRAY ? ']' : '}')) {
            return sc_json_unexpected(reader);
        }

        sc_json_close(reader);
    }

    return true;
}


static inline bool
sc_json_document(sc_json_reader_t *reader)
{
    bool due;

    do {
        if (!sc_json_value(reader, &due)) {
            return false;
        }

        if (!due && !sc_json_behind_value(reader, &due)) {
            return false;
        }

    } while (due);

    return !sc_json_skip_space(reader) || sc_json_unexpected(reader);
}


sc_json_status_t
sc_json_read(sc_json_doc_t *doc, sc_str_t text, sc_json_token_t *tokens,
    uint32_t capacity, const sc_json_limits_t *limits)
{
    sc_json_reader_t reader;

    memset(doc, 0, sizeof(*doc));

    doc->text = text;
    doc->tokens = tokens;

    if (text.len > UINT32_MAX) {
        return SC_JSON_ERROR_TOKENS;
    }

    if (text.len == 0) {
        return SC_JSON_ERROR_SYNTAX;
    }

    reader.text = text.data;
    reader.at = text.data;
    reader.end = text.data + text.len;
    reader.tape = tokens;
    reader.count = 0;
    reader.open = 0;
    reader.depth = 0;
    reader.status = SC_JSON_OK;
    reader.limits = sc_json_effective_limits(limits, capacity);

    if (!sc_json_document(&reader)) {
        doc->error_offset = (size_t) (reader.at - text.data);
        return reader.status;
    }

    doc->count = reader.count;

    return SC_JSON_OK;
}


/*
 * Behind each '{' or '[' and each ',' or ':' stands at most one token that no
 * other such byte leads in, and the root is led in by none.
 */
uint32_t
sc_json_count_bound(sc_str_t text)
{
    size_t count;

    if (text.len == 0) {
        return 1;
    }

    count = sc_scan_structural(text.data, text.data + text.len);

    return count < UINT32_MAX ? (uint32_t) count + 1 : UINT32_MAX;
}


const char *
sc_json_status_name(sc_json_status_t status)
{
    switch (status) {

    case SC_JSON_OK:
        return "ok";

    case SC_JSON_ERROR_SYNTAX:
        return "syntax";

    case SC_JSON_ERROR_UTF8:
        return "utf8";

    case SC_JSON_ERROR_NUL:
        return "nul";

    case SC_JSON_ERROR_DEPTH:
        return "depth";

    case SC_JSON_ERROR_TOKENS:
        return "tokens";

    case SC_JSON_ERROR_STRING:
        return "string";
    }

    return "unknown";
}
