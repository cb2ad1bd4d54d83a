/*
 * sc_json_read.c: the one pass over the text that writes the tape.
 *
 * A container waits on the tape itself: until it is closed its `next` holds
 * the index of the container around it, so nesting costs neither recursion
 * nor a stack.  Nothing here allocates, and nothing is taken for granted about
 * the bytes behind the text.
 */

#include "sc_json_internal.h"
#include "sc_scan.h"


#define SC_JSON_DEFAULT_DEPTH         32
#define SC_JSON_DEFAULT_TOKENS        65536
#define SC_JSON_DEFAULT_STRING_BYTES  65536


/* What must come next. */
typedef enum {
    SC_JSON_DUE_NOTHING = 0,   /* a value is complete */
    SC_JSON_DUE_VALUE,
    SC_JSON_DUE_NAME
} sc_json_due_t;


/* Kept in registers: its address goes to inlined functions only. */
typedef struct {
    const unsigned char *text;
    const unsigned char *at;
    const unsigned char *end;
    sc_json_token_t     *tape;
    uint32_t             count;
    uint32_t             open;       /* innermost open container */
    uint32_t             depth;      /* open containers */
    sc_json_due_t        due;
    sc_json_status_t     status;
    sc_json_limits_t     limits;
} sc_json_reader_t;


SC_JSON_INLINE sc_json_due_t
sc_json_due_in(uint8_t container)
{
    return container == SC_JSON_ARRAY ? SC_JSON_DUE_VALUE : SC_JSON_DUE_NAME;
}


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


SC_JSON_INLINE bool
sc_json_fail(sc_json_reader_t *reader, sc_json_status_t status)
{
    reader->status = status;

    return false;
}


/* The byte at hand does not belong here. */
SC_JSON_INLINE bool
sc_json_unexpected(sc_json_reader_t *reader)
{
    if (reader->at < reader->end && *reader->at == '\0') {
        return sc_json_fail(reader, SC_JSON_ERROR_NUL);
    }

    return sc_json_fail(reader, SC_JSON_ERROR_SYNTAX);
}


/* Moves to the next byte that is not white space; false at the end. */
SC_JSON_INLINE bool
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


SC_JSON_INLINE sc_json_token_t *
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


/* From the opening quote to behind the closing one. */
SC_JSON_INLINE bool
sc_json_string_token(sc_json_reader_t *reader)
{
    sc_json_token_t     *token;
    sc_json_scan_t       scan;
    const unsigned char *at, *start;

    scan.flags = SC_JSON_ASCII;
    start = reader->at + 1;
    at = sc_scan_plain(start, reader->end, '"');

    if (at == reader->end || *at != '"') {
        at = sc_json_string_end(at, reader->end, &scan);

        if (at == NULL) {
            reader->at = scan.bad;
            return sc_json_fail(reader, scan.status);
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
    token->flags = scan.flags;

    reader->at = at + 1;

    return true;
}


/* At least one digit; false with reader->at where it is missing. */
SC_JSON_INLINE bool
sc_json_digits(sc_json_reader_t *reader)
{
    const unsigned char *from;

    from = reader->at;
    reader->at = sc_scan_digits(from, reader->end);

    return reader->at != from || sc_json_unexpected(reader);
}


SC_JSON_INLINE bool
sc_json_at_byte(const sc_json_reader_t *reader, unsigned char c)
{
    return reader->at < reader->end && *reader->at == c;
}


/* [ '.' 1*digit ] [ 'e' [ '+' / '-' ] 1*digit ] */
SC_JSON_INLINE bool
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


SC_JSON_INLINE bool
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


SC_JSON_INLINE bool
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
SC_JSON_INLINE bool
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


SC_JSON_INLINE void
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


/* The opening of a container, or all of an empty one. */
SC_JSON_INLINE bool
sc_json_open(sc_json_reader_t *reader, sc_json_type_t type,
    unsigned char closing)
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

    token->length = 1;
    reader->due = sc_json_due_in((uint8_t) type);

    return true;
}


/* One scalar, or the opening of a container. */
SC_JSON_INLINE bool
sc_json_value(sc_json_reader_t *reader)
{
    reader->due = SC_JSON_DUE_NOTHING;

    if (!sc_json_skip_space(reader)) {
        return sc_json_unexpected(reader);
    }

    switch (*reader->at) {

    case '"':
        return sc_json_string_token(reader);

    case '{':
        return sc_json_open(reader, SC_JSON_OBJECT, '}');

    case '[':
        return sc_json_open(reader, SC_JSON_ARRAY, ']');

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
SC_JSON_INLINE bool
sc_json_behind_value(sc_json_reader_t *reader)
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
            reader->due = sc_json_due_in(token->type);

            return true;
        }

        if (*reader->at != (token->type == SC_JSON_ARRAY ? ']' : '}')) {
            return sc_json_unexpected(reader);
        }

        sc_json_close(reader);
    }

    return true;
}


SC_JSON_INLINE bool
sc_json_document(sc_json_reader_t *reader)
{
    do {
        if (reader->due == SC_JSON_DUE_NAME && !sc_json_name_token(reader)) {
            return false;
        }

        if (!sc_json_value(reader)) {
            return false;
        }

        if (reader->due == SC_JSON_DUE_NOTHING
            && !sc_json_behind_value(reader))
        {
            return false;
        }

    } while (reader->due != SC_JSON_DUE_NOTHING);

    return !sc_json_skip_space(reader) || sc_json_unexpected(reader);
}


static void
sc_json_doc_init(sc_json_doc_t *doc, sc_str_t text, sc_json_token_t *tokens)
{
    size_t i;

    doc->text = text;
    doc->tokens = tokens;
    doc->count = 0;
    doc->duplicate = false;
    doc->error_offset = 0;
    doc->next_index = 0;

    /* Their slots are cleared when they are filled. */
    for (i = 0; i < SC_JSON_INDEXES; i++) {
        doc->indexes[i].state = SC_JSON_INDEX_FREE;
    }
}


sc_json_status_t
sc_json_read(sc_json_doc_t *doc, sc_str_t text, sc_json_token_t *tokens,
    uint32_t capacity, const sc_json_limits_t *limits)
{
    sc_json_reader_t reader;

    sc_json_doc_init(doc, text, tokens);

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
    reader.due = SC_JSON_DUE_VALUE;
    reader.status = SC_JSON_OK;
    reader.limits = sc_json_effective_limits(limits, capacity);

    if (!sc_json_document(&reader)) {
        doc->error_offset = (size_t) (reader.at - text.data);
        return reader.status;
    }

    doc->count = reader.count;

    return SC_JSON_OK;
}
