/*
 * sc_json_access.c: finding values on the tape and reading them.
 *
 * Works on documents that sc_json_read() accepted, so escapes are known to be
 * well-formed here.  Never writes to the tape or the text.
 */

#include "sc_json.h"


/* UTF-8 of one escape, or one byte as it stands. */
#define SC_JSON_PIECE  4

/* A 64-bit integer is 20 characters at most, each at most \uXXXX. */
#define SC_JSON_INT64_RAW  (20 * 6)


static uint32_t
sc_json_index(const sc_json_doc_t *doc, const sc_json_token_t *token)
{
    return (uint32_t) (token - doc->tokens);
}


static sc_str_t
sc_json_text(const sc_json_doc_t *doc, const sc_json_token_t *token)
{
    return sc_str_make(doc->text.data + token->start, token->length);
}


static bool
sc_json_is_container(const sc_json_token_t *token)
{
    return token->type == SC_JSON_ARRAY || token->type == SC_JSON_OBJECT;
}


const sc_json_token_t *
sc_json_root(const sc_json_doc_t *doc)
{
    return doc->count == 0 ? NULL : doc->tokens;
}


bool
sc_json_is(const sc_json_token_t *token, sc_json_type_t type)
{
    return token != NULL && token->type == (uint8_t) type;
}


bool
sc_json_is_true(const sc_json_token_t *token)
{
    return sc_json_is(token, SC_JSON_TRUE);
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
 * The character of the \uXXXX that `rest` starts with, taking a second one
 * along where both make a pair.  Half a pair is U+FFFD.
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


/* One byte of a look-up's name, which may be written as in a pointer. */
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


/* Whether an escaped string, or a name of a pointer, says the same. */
static bool
sc_json_says(sc_str_t raw, sc_str_t sought, bool pointer)
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


static bool
sc_json_name_is(const sc_json_doc_t *doc, const sc_json_token_t *name,
    sc_str_t sought, bool pointer)
{
    if (!pointer && (name->flags & SC_JSON_ESCAPED) == 0) {
        return sc_str_eq(sc_json_text(doc, name), sought);
    }

    return sc_json_says(sc_json_text(doc, name), sought, pointer);
}


/* Looks at every member: a second one of the name must not go unnoticed. */
static const sc_json_token_t *
sc_json_find(sc_json_doc_t *doc, const sc_json_token_t *object, sc_str_t sought,
    bool pointer)
{
    uint32_t               i;
    const sc_json_token_t *found;

    found = NULL;

    for (i = sc_json_index(doc, object) + 1;
         i < object->next;
         i = doc->tokens[i + 1].next)
    {
        if (!sc_json_name_is(doc, &doc->tokens[i], sought, pointer)) {
            continue;
        }

        if (found != NULL) {
            doc->duplicate = true;
            break;
        }

        found = &doc->tokens[i + 1];
    }

    return found;
}


const sc_json_token_t *
sc_json_get(sc_json_doc_t *doc, const sc_json_token_t *object, sc_str_t name)
{
    if (!sc_json_is(object, SC_JSON_OBJECT)) {
        return NULL;
    }

    return sc_json_find(doc, object, name, false);
}


const sc_json_token_t *
sc_json_get_set(sc_json_doc_t *doc, const sc_json_token_t *object,
    sc_str_t name)
{
    const sc_json_token_t *value;

    value = sc_json_get(doc, object, name);

    return sc_json_is(value, SC_JSON_NULL) ? NULL : value;
}


const sc_json_token_t *
sc_json_next(const sc_json_doc_t *doc, const sc_json_token_t *container,
    const sc_json_token_t *child, const sc_json_token_t **name)
{
    uint32_t i;

    if (name != NULL) {
        *name = NULL;
    }

    if (container == NULL || !sc_json_is_container(container)) {
        return NULL;
    }

    i = child == NULL ? sc_json_index(doc, container) + 1 : child->next;

    if (i >= container->next) {
        return NULL;
    }

    if (container->type == SC_JSON_OBJECT) {
        if (name != NULL) {
            *name = &doc->tokens[i];
        }

        i++;
    }

    return &doc->tokens[i];
}


static const sc_json_token_t *
sc_json_element(const sc_json_doc_t *doc, const sc_json_token_t *array,
    sc_str_t digits)
{
    uint64_t               index;
    const sc_json_token_t *child;

    if (digits.len > 1 && digits.data[0] == '0') {
        return NULL;
    }

    if (!sc_str_to_uint64(digits, &index) || index >= array->length) {
        return NULL;
    }

    child = sc_json_next(doc, array, NULL, NULL);

    while (index-- > 0) {
        child = sc_json_next(doc, array, child, NULL);
    }

    return child;
}


/* Whether each '~' is followed by 0 or 1; *escaped: there is one. */
static bool
sc_json_segment_is_valid(sc_str_t segment, bool *escaped)
{
    size_t i;

    *escaped = false;

    for (i = 0; i < segment.len; i++) {
        if (segment.data[i] != '~') {
            continue;
        }

        *escaped = true;
        i++;

        if (i == segment.len
            || (segment.data[i] != '0' && segment.data[i] != '1'))
        {
            return false;
        }
    }

    return true;
}


static const sc_json_token_t *
sc_json_step(sc_json_doc_t *doc, const sc_json_token_t *from, sc_str_t segment)
{
    bool escaped;

    if (!sc_json_segment_is_valid(segment, &escaped)) {
        return NULL;
    }

    if (sc_json_is(from, SC_JSON_OBJECT)) {
        return sc_json_find(doc, from, segment, escaped);
    }

    if (sc_json_is(from, SC_JSON_ARRAY)) {
        return sc_json_element(doc, from, segment);
    }

    return NULL;
}


const sc_json_token_t *
sc_json_pointer(sc_json_doc_t *doc, const sc_json_token_t *from,
    sc_str_t pointer)
{
    sc_str_t rest, segment;

    if (pointer.len == 0) {
        return from;
    }

    if (pointer.data[0] != '/') {
        return NULL;
    }

    rest = sc_str_from(pointer, 1);

    while (from != NULL && sc_str_next(&rest, '/', &segment)) {
        from = sc_json_step(doc, from, segment);
    }

    return from;
}


/*
 * The tape does not say where a container ends.  But behind its last token
 * only white space and closings can stand, as many as lie in between.
 */
static size_t
sc_json_container_end(const sc_json_doc_t *doc,
    const sc_json_token_t *container)
{
    size_t                 at, closings;
    const sc_json_token_t *last;

    last = &doc->tokens[container->next - 1];
    closings = (size_t) (last->depth - container->depth);

    if (sc_json_is_container(last)) {
        closings++;
        at = (size_t) last->start + 1;

    } else {
        at = (size_t) last->start + last->length;
    }

    for ( /* void */ ; closings > 0; at++) {
        if (doc->text.data[at] == ']' || doc->text.data[at] == '}') {
            closings--;
        }
    }

    return at;
}


sc_str_t
sc_json_raw(const sc_json_doc_t *doc, const sc_json_token_t *token)
{
    size_t start;

    if (token == NULL) {
        return SC_STR_NULL;
    }

    if (token->type == SC_JSON_STRING) {
        return sc_str_make(doc->text.data + token->start - 1,
                           (size_t) token->length + 2);
    }

    if (!sc_json_is_container(token)) {
        return sc_json_text(doc, token);
    }

    start = token->start;

    return sc_str_make(doc->text.data + start,
                       sc_json_container_end(doc, token) - start);
}


bool
sc_json_string(const sc_json_doc_t *doc, const sc_json_token_t *token,
    sc_arena_t *arena, sc_str_t *value)
{
    unsigned char *out;

    *value = SC_STR_NULL;

    if (!sc_json_is(token, SC_JSON_STRING)) {
        return false;
    }

    if ((token->flags & SC_JSON_ESCAPED) == 0) {
        *value = sc_json_text(doc, token);
        return true;
    }

    out = sc_arena_bytes(arena, token->length);
    if (out == NULL) {
        return false;
    }

    *value = sc_str_make(out, sc_json_unescape(sc_json_text(doc, token), out));

    return true;
}


bool
sc_json_id(const sc_json_doc_t *doc, const sc_json_token_t *token,
    sc_arena_t *arena, sc_str_t *value)
{
    if (sc_json_is(token, SC_JSON_NUMBER)
        && (token->flags & SC_JSON_INTEGER) != 0)
    {
        *value = sc_json_text(doc, token);
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

    text = sc_json_text(doc, token);

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
           && sc_json_name_is(doc, token, text, false);
}
