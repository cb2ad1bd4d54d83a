/*
 * sc_json_read.c: the one pass over the text that writes the tape.
 *
 * A container waits on the tape itself: until it is closed its `next` holds
 * the index of the container around it, so nesting costs neither recursion
 * nor a stack.  Nothing here allocates, and nothing is assumed about the bytes
 * after the text.
 */

#include "sc_json_internal.h"
#include "sc_scan.h"


#define SC_JSON_DEFAULT_DEPTH         32
#define SC_JSON_DEFAULT_TOKENS        65536
#define SC_JSON_DEFAULT_STRING_BYTES  65536

/* Bytes that one look at a string touches: both quotes and the byte after. */
#define SC_JSON_LOOK  (1 + SC_SCAN_SHORT + 2)


/* Kept in registers: its address goes to inlined functions only. */
typedef struct {
    const unsigned char *text;
    const unsigned char *at;
    const unsigned char *end;
    const unsigned char *ample;      /* a look is allowed only before this */
    sc_json_token_t     *tape;
    sc_json_token_t     *to;         /* where the next token goes */
    sc_json_token_t     *open;       /* innermost open container, or NULL */
    uint32_t             count;
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


SC_JSON_INLINE bool
sc_json_fail(sc_json_reader_t *reader, sc_json_status_t status)
{
    reader->status = status;

    return false;
}


/* The current byte is not allowed here. */
SC_JSON_INLINE bool
sc_json_unexpected(sc_json_reader_t *reader)
{
    if (reader->at < reader->end && *reader->at == '\0') {
        return sc_json_fail(reader, SC_JSON_ERROR_NUL);
    }

    return sc_json_fail(reader, SC_JSON_ERROR_SYNTAX);
}


SC_JSON_INLINE bool
sc_json_at_byte(const sc_json_reader_t *reader, unsigned char c)
{
    return reader->at < reader->end && *reader->at == c;
}


/* Moves to the next byte that is not white space; false at the end. */
SC_JSON_INLINE bool
sc_json_skip_space(sc_json_reader_t *reader)
{
    unsigned char c;

    for ( /* void */ ; reader->at < reader->end; reader->at++) {
        c = *reader->at;

        if (SC_JSON_LIKELY(c > ' ')
            || (c != ' ' && c != '\n' && c != '\r' && c != '\t'))
        {
            return true;
        }
    }

    return false;
}


/* Moves to the byte `c`, which white space may precede. */
SC_JSON_INLINE bool
sc_json_expect(sc_json_reader_t *reader, unsigned char c)
{
    return sc_json_at_byte(reader, c)
           || (sc_json_skip_space(reader) && *reader->at == c)
           || sc_json_unexpected(reader);
}


/* Whether one more token is allowed. */
SC_JSON_INLINE bool
sc_json_has_room(sc_json_reader_t *reader)
{
    return reader->count < reader->limits.tokens
           || sc_json_fail(reader, SC_JSON_ERROR_TOKENS);
}


/* The caller has checked that there is room. */
SC_JSON_INLINE sc_json_token_t *
sc_json_push(sc_json_reader_t *reader, sc_json_type_t type, uint8_t flags,
    const unsigned char *start, size_t length)
{
    sc_json_token_t *token;

    token = reader->to++;
    reader->count++;

    token->start = (uint32_t) (start - reader->text);
    token->length = (uint32_t) length;
    token->next = reader->count;
    token->type = (uint8_t) type;
    token->flags = flags;
    token->depth = (uint16_t) reader->depth;

    return token;
}


SC_JSON_INLINE bool
sc_json_push_string(sc_json_reader_t *reader, size_t length, uint8_t flags)
{
    if (!sc_json_has_room(reader)) {
        return false;
    }

    sc_json_push(reader, SC_JSON_STRING, flags, reader->at + 1, length);
    reader->at += length + 2;

    return true;
}


/*
 * Whether one look shows a whole string, plain and short, as most strings and
 * nearly all names are.  At least one more byte follows its closing quote.
 */
SC_JSON_INLINE bool
sc_json_at_short_string(const sc_json_reader_t *reader, size_t *length)
{
    if (reader->at >= reader->ample || *reader->at != '"') {
        return false;
    }

    *length = sc_scan_plain_short(reader->at + 1, '"');

    return reader->at[*length + 1] == '"';
}


/* From the opening quote to just after the closing one, of any length. */
SC_JSON_INLINE bool
sc_json_any_string(sc_json_reader_t *reader)
{
    size_t               length;
    sc_json_scan_t       scan;
    const unsigned char *start, *closing;

    scan.flags = SC_JSON_ASCII;
    start = reader->at + 1;
    closing = sc_json_string_end(start, reader->end, &scan);

    if (closing == NULL) {
        reader->at = scan.bad;
        return sc_json_fail(reader, scan.status);
    }

    length = (size_t) (closing - start);

    if (length > reader->limits.string_bytes) {
        return sc_json_fail(reader, SC_JSON_ERROR_STRING);
    }

    return sc_json_push_string(reader, length, scan.flags);
}


/* From the opening quote to just after the closing one. */
SC_JSON_INLINE bool
sc_json_string_token(sc_json_reader_t *reader)
{
    size_t length;

    return sc_json_at_short_string(reader, &length)
           ? sc_json_push_string(reader, length, SC_JSON_ASCII)
           : sc_json_any_string(reader);
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
    const unsigned char *start;

    start = reader->at;
    flags = SC_JSON_INTEGER;

    if (!sc_json_has_room(reader)) {
        return false;
    }

    if (*start == '-') {
        reader->at++;
    }

    /* A digit after a leading zero is not part of the number: an error. */
    if (sc_json_at_byte(reader, '0')) {
        reader->at++;

    } else if (!sc_json_digits(reader)) {
        return false;
    }

    if (!sc_json_fraction_exponent(reader, &flags)) {
        return false;
    }

    sc_json_push(reader, SC_JSON_NUMBER, flags, start,
                 (size_t) (reader->at - start));

    return true;
}


SC_JSON_INLINE bool
sc_json_literal_token(sc_json_reader_t *reader, sc_json_type_t type,
    const char *literal, uint32_t length)
{
    if ((size_t) (reader->end - reader->at) < length
        || memcmp(reader->at, literal, length) != 0)
    {
        return sc_json_unexpected(reader);
    }

    if (!sc_json_has_room(reader)) {
        return false;
    }

    sc_json_push(reader, type, 0, reader->at, length);
    reader->at += length;

    return true;
}


SC_JSON_INLINE unsigned char
sc_json_closing(uint8_t container)
{
    return container == SC_JSON_ARRAY ? ']' : '}';
}


/* A whole empty container, or the opening bracket of another: *opened. */
SC_JSON_INLINE bool
sc_json_container_token(sc_json_reader_t *reader, sc_json_type_t type,
    bool *opened)
{
    sc_json_token_t *token;

    if (reader->depth >= reader->limits.depth) {
        return sc_json_fail(reader, SC_JSON_ERROR_DEPTH);
    }

    if (!sc_json_has_room(reader)) {
        return false;
    }

    token = sc_json_push(reader, type, 0, reader->at, 0);
    reader->at++;

    if (!sc_json_skip_space(reader)) {
        return sc_json_unexpected(reader);
    }

    if (*reader->at == sc_json_closing((uint8_t) type)) {
        reader->at++;
        return true;
    }

    token->length = 1;
    token->next = reader->open == NULL
                  ? 0 : (uint32_t) (reader->open - reader->tape);

    reader->open = token;
    reader->depth++;

    *opened = true;

    return true;
}


/* Moves past the closing bracket of the innermost container. */
SC_JSON_INLINE void
sc_json_close(sc_json_reader_t *reader)
{
    uint32_t outer;

    outer = reader->open->next;
    reader->open->next = reader->count;

    reader->depth--;
    reader->open = reader->depth == 0 ? NULL : &reader->tape[outer];
    reader->at++;
}


SC_JSON_INLINE bool
sc_json_value(sc_json_reader_t *reader, bool *opened)
{
    *opened = false;

    if (!sc_json_skip_space(reader)) {
        return sc_json_unexpected(reader);
    }

    if (*reader->at == '"') {
        return sc_json_string_token(reader);
    }

    switch (*reader->at) {

    case '{':
        return sc_json_container_token(reader, SC_JSON_OBJECT, opened);

    case '[':
        return sc_json_container_token(reader, SC_JSON_ARRAY, opened);

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


/*
 * What follows a value: closing brackets, then a comma or the end.  Also false
 * at the end; reader->status tells that from an error.
 */
SC_JSON_INLINE bool
sc_json_goes_on(sc_json_reader_t *reader)
{
    while (reader->open != NULL) {

        if (sc_json_at_byte(reader, ',')) {
            reader->at++;
            reader->open->length++;

            return true;
        }

        if (!sc_json_skip_space(reader)) {
            return sc_json_unexpected(reader);
        }

        if (*reader->at == sc_json_closing(reader->open->type)) {
            sc_json_close(reader);

        } else if (*reader->at != ',') {
            return sc_json_unexpected(reader);
        }
    }

    return sc_json_skip_space(reader) && sc_json_unexpected(reader);
}


/* A member's name and the colon after it; the value comes next. */
SC_JSON_INLINE bool
sc_json_name_token(sc_json_reader_t *reader)
{
    size_t length;

    if (SC_JSON_LIKELY(sc_json_at_short_string(reader, &length)
                       && reader->at[length + 2] == ':'))
    {
        if (!sc_json_push_string(reader, length, SC_JSON_ASCII)) {
            return false;
        }

    } else if (!sc_json_expect(reader, '"') || !sc_json_string_token(reader)
               || !sc_json_expect(reader, ':'))
    {
        return false;
    }

    reader->at++;

    return true;
}


SC_JSON_INLINE void
sc_json_document(sc_json_reader_t *reader)
{
    bool named, opened;

    named = false;

    for ( ;; ) {
        if (named && !sc_json_name_token(reader)) {
            return;
        }

        if (!sc_json_value(reader, &opened)
            || !(opened || sc_json_goes_on(reader)))
        {
            return;
        }

        named = reader->open->type == SC_JSON_OBJECT;
    }
}


/*
 * The first position from which a look would run past the text; the very start
 * when the strings that a look finds could exceed the limit.
 */
static const unsigned char *
sc_json_ample(sc_str_t text, uint32_t string_bytes)
{
    if (text.len < SC_JSON_LOOK || string_bytes < SC_SCAN_SHORT) {
        return text.data;
    }

    return text.data + text.len - SC_JSON_LOOK + 1;
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

    /* An index's slots are cleared when it is built. */
    for (i = 0; i < SC_JSON_INDEXES; i++) {
        doc->indexes[i].object = SC_JSON_NO_OBJECT;
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
    reader.to = tokens;
    reader.open = NULL;
    reader.depth = 0;
    reader.status = SC_JSON_OK;
    reader.limits = sc_json_effective_limits(limits, capacity);
    reader.ample = sc_json_ample(text, reader.limits.string_bytes);

    sc_json_document(&reader);

    if (reader.status != SC_JSON_OK) {
        doc->error_offset = (size_t) (reader.at - text.data);
        return reader.status;
    }

    doc->count = reader.count;

    return SC_JSON_OK;
}
