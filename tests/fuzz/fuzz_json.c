/*
 * fuzz_json.c: the core's reader against jansson.
 *
 * Both must accept the same documents and find the same values in them.  They
 * differ by intention in this only:
 *
 *   - \u escapes of half a surrogate pair: jansson refuses them, the reader
 *     gives U+FFFD (one for each escape that is no part of a pair);
 *   - integers beyond 64 bits signed and reals beyond double: jansson refuses
 *     them, the reader leaves numbers as text;
 *   - depth: the reader's limit is raised to jansson's 2,048 here;
 *   - a raw NUL byte straight behind a number or a literal, which jansson
 *     2.14 loses when it puts the byte back;
 *   - an object's repeated name: jansson keeps the last value, the reader
 *     finds the first and notes the repetition.  Compared is the last one.
 *
 * Which of the two a document runs into is decided from the reader's tape,
 * never from jansson's message.
 */

#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "no_block.h"
#include "sc_json.h"
#include "sc_json_write.h"


#define MAX_INPUT  65536
#define DEPTH      2048

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


typedef struct {
    sc_json_doc_t   *doc;
    sc_arena_t      *arena;
} context_t;


/* An arena over one piece of memory, so that nothing has to be freed. */
static void
arena_over(sc_arena_t *arena, unsigned char *memory, size_t size)
{
    sc_arena_init(arena, no_block, NULL, 0);

    arena->free = memory;
    arena->end = memory + size;
}


static unsigned
hex4(const unsigned char *digits)
{
    char copy[5];

    memcpy(copy, digits, 4);
    copy[4] = '\0';

    return (unsigned) strtoul(copy, NULL, 16);
}


/* Whether half a surrogate pair is escaped in the raw text of a string. */
static bool
has_lone_surrogate(sc_str_t raw)
{
    size_t   i;
    unsigned c;
    bool     high;

    high = false;

    for (i = 0; i < raw.len; i++) {
        if (raw.data[i] != '\\' || raw.data[i + 1] != 'u') {
            if (high) {
                return true;
            }

            i += raw.data[i] == '\\';
            continue;
        }

        c = hex4(raw.data + i + 2);
        i += 5;

        if (c >= 0xdc00 && c <= 0xdfff) {
            if (!high) {
                return true;
            }

            high = false;

        } else {
            if (high) {
                return true;
            }

            high = c >= 0xd800 && c <= 0xdbff;
        }
    }

    return high;
}


static bool
number_overflows(const sc_json_token_t *token, sc_str_t text)
{
    char    *copy;
    double   real;
    int64_t  integer;

    if (token->flags & SC_JSON_INTEGER) {
        return !sc_str_to_int64(text, &integer);
    }

    copy = malloc(text.len + 1);
    CHECK(copy != NULL);

    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';

    real = strtod(copy, NULL);
    free(copy);

    return isinf(real);
}


/* Whether jansson has a right to refuse what the reader accepted. */
static bool
jansson_may_refuse(const sc_json_doc_t *doc)
{
    uint32_t               i;
    sc_str_t               text;
    const sc_json_token_t *token;

    for (i = 0; i < doc->count; i++) {
        token = &doc->tokens[i];
        text = sc_str_make(doc->text.data + token->start, token->length);

        if (token->type == SC_JSON_NUMBER && number_overflows(token, text)) {
            return true;
        }

        if (token->type == SC_JSON_STRING && has_lone_surrogate(text)) {
            return true;
        }
    }

    return false;
}


static void compare(context_t *context, const sc_json_token_t *token,
    json_t *other);


static void
compare_text(context_t *context, const sc_json_token_t *token,
    const char *text, size_t len)
{
    sc_str_t value;

    CHECK(sc_json_string(context->doc, token, context->arena, &value));
    CHECK(sc_str_eq(value, sc_str_make(text, len)));
    CHECK(sc_utf8_is_valid(value));
    CHECK(sc_json_string_is(context->doc, token, value));
}


static void
compare_number(context_t *context, const sc_json_token_t *token, json_t *other)
{
    char     *copy;
    double    real;
    int64_t   integer;
    sc_str_t  raw;

    raw = sc_json_raw(context->doc, token);

    CHECK(((token->flags & SC_JSON_INTEGER) != 0) == json_is_integer(other));

    if (json_is_integer(other)) {
        CHECK(sc_json_int64(context->doc, token, &integer));
        CHECK(integer == json_integer_value(other));
        return;
    }

    CHECK(!sc_json_int64(context->doc, token, &integer));

    copy = malloc(raw.len + 1);
    CHECK(copy != NULL);

    memcpy(copy, raw.data, raw.len);
    copy[raw.len] = '\0';

    real = strtod(copy, NULL);
    free(copy);

    /* Same bits, so that -0.0 stays -0.0. */
    CHECK(real == json_real_value(other)
          && signbit(real) == signbit(json_real_value(other)));
}


static void
compare_array(context_t *context, const sc_json_token_t *token, json_t *other)
{
    size_t                 i;
    const sc_json_token_t *child;

    CHECK(token->length == json_array_size(other));

    child = NULL;

    for (i = 0; i < json_array_size(other); i++) {
        child = sc_json_next(context->doc, token, child, NULL);
        CHECK(child != NULL);
        compare(context, child, json_array_get(other, i));
    }

    CHECK(sc_json_next(context->doc, token, child, NULL) == NULL);
}


/* The last value of a name, how often it stands there, and the first. */
static const sc_json_token_t *
last_member(context_t *context, const sc_json_token_t *object, sc_str_t key,
    unsigned *times, const sc_json_token_t **first)
{
    const sc_json_token_t *child, *name, *last;

    *times = 0;
    *first = NULL;
    last = NULL;
    child = NULL;

    while ((child = sc_json_next(context->doc, object, child, &name)) != NULL) {
        if (sc_json_string_is(context->doc, name, key)) {
            if ((*times)++ == 0) {
                *first = child;
            }

            last = child;
        }
    }

    return last;
}


static void
compare_object(context_t *context, const sc_json_token_t *token, json_t *other)
{
    void                  *iter;
    size_t                 members;
    unsigned               times;
    sc_str_t               key;
    const sc_json_token_t *last, *first;

    members = 0;

    for (iter = json_object_iter(other);
         iter != NULL;
         iter = json_object_iter_next(other, iter))
    {
        key = sc_str_make(json_object_iter_key(iter),
                          json_object_iter_key_len(iter));

        last = last_member(context, token, key, &times, &first);
        CHECK(last != NULL);

        context->doc->duplicate = false;
        CHECK(sc_json_get(context->doc, token, key) == first);
        CHECK(context->doc->duplicate == (times > 1));

        members += times;
        compare(context, last, json_object_iter_value(iter));
    }

    CHECK(members == token->length);
}


/* The raw text of a container is a document that says the same. */
static void
compare_raw(context_t *context, const sc_json_token_t *token, json_t *other)
{
    json_t   *again;
    sc_str_t  raw;

    raw = sc_json_raw(context->doc, token);
    again = json_loadb((const char *) raw.data, raw.len, JSON_DECODE_ANY,
                       NULL);

    CHECK(again != NULL);
    CHECK(json_equal(again, other));

    json_decref(again);
}


static void
compare(context_t *context, const sc_json_token_t *token, json_t *other)
{
    switch (json_typeof(other)) {

    case JSON_OBJECT:
        CHECK(sc_json_is(token, SC_JSON_OBJECT));
        compare_object(context, token, other);
        break;

    case JSON_ARRAY:
        CHECK(sc_json_is(token, SC_JSON_ARRAY));
        compare_array(context, token, other);
        break;

    case JSON_STRING:
        CHECK(sc_json_is(token, SC_JSON_STRING));
        compare_text(context, token, json_string_value(other),
                     json_string_length(other));
        break;

    case JSON_INTEGER:
    case JSON_REAL:
        CHECK(sc_json_is(token, SC_JSON_NUMBER));
        compare_number(context, token, other);
        break;

    case JSON_TRUE:
        CHECK(sc_json_is_true(token));
        break;

    case JSON_FALSE:
        CHECK(sc_json_is(token, SC_JSON_FALSE));
        break;

    case JSON_NULL:
        CHECK(sc_json_is(token, SC_JSON_NULL));
        break;
    }

    /* Once per path would be quadratic: the outer levels will do. */
    if (token->depth < 3) {
        compare_raw(context, token, other);
    }
}


static void
check_tape(const sc_json_doc_t *doc, uint32_t bound)
{
    uint32_t i;

    CHECK(doc->count > 0 && doc->count <= bound);
    CHECK(doc->tokens[0].next == doc->count);

    for (i = 0; i < doc->count; i++) {
        CHECK(doc->tokens[i].next > i);
        CHECK(doc->tokens[i].next <= doc->count);
        CHECK(doc->tokens[i].start <= doc->text.len);
    }
}


static void
check_limits(sc_str_t text, const sc_json_doc_t *read,
    sc_json_token_t *tokens)
{
    uint32_t          count;
    sc_json_doc_t     doc;
    sc_json_limits_t  limits = { DEPTH, UINT32_MAX, UINT32_MAX };

    /* The exact size suffices and one token less does not. */
    count = read->count;

    CHECK(sc_json_read(&doc, text, tokens, count, &limits) == SC_JSON_OK);
    CHECK(sc_json_read(&doc, text, tokens, count - 1, &limits)
          == SC_JSON_ERROR_TOKENS);
    CHECK(doc.count == 0 && doc.error_offset <= text.len);
}


/* Whether the reader refused a NUL byte that jansson does not see. */
static bool
stopped_at_lost_nul(const sc_json_doc_t *doc, sc_json_status_t status)
{
    size_t at;

    at = doc->error_offset;

    return status == SC_JSON_ERROR_NUL && at > 0 && doc->text.data[at] == '\0'
           && isalnum(doc->text.data[at - 1]);
}


static void
check(sc_str_t text, sc_json_token_t *tokens, uint32_t bound,
    unsigned char *memory)
{
    json_t           *other;
    sc_arena_t        arena;
    context_t         context;
    sc_json_doc_t     doc;
    sc_json_status_t  status;
    sc_json_limits_t  limits = { DEPTH, UINT32_MAX, UINT32_MAX };

    status = sc_json_read(&doc, text, tokens, bound, &limits);
    other = json_loadb((const char *) text.data, text.len, JSON_DECODE_ANY,
                       NULL);

    /* The bound must hold, and nothing else is limited here but depth. */
    CHECK(status != SC_JSON_ERROR_TOKENS && status != SC_JSON_ERROR_STRING);

    if (status != SC_JSON_OK) {
        CHECK(doc.error_offset <= text.len && doc.count == 0);
        CHECK(other == NULL || stopped_at_lost_nul(&doc, status));
        json_decref(other);
        return;
    }

    check_tape(&doc, bound);

    if (other == NULL) {
        CHECK(jansson_may_refuse(&doc));

    } else {
        CHECK(!jansson_may_refuse(&doc));

        /* Each text is unescaped once at its place on the tape. */
        arena_over(&arena, memory, text.len);
        context.doc = &doc;
        context.arena = &arena;

        compare(&context, sc_json_root(&doc), other);
        json_decref(other);
    }

    check_limits(text, &doc, tokens);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t         bound;
    sc_str_t         text;
    unsigned char   *copy, *memory;
    sc_json_token_t *tokens;

    if (size > MAX_INPUT) {
        return 0;
    }

    /* Copies of the exact size, so that a sanitizer sees each overrun. */
    copy = malloc(size + (size == 0));
    memory = malloc(size + 1);
    CHECK(copy != NULL && memory != NULL);

    if (size > 0) {
        memcpy(copy, data, size);
    }

    text = sc_str_make(copy, size);
    bound = sc_json_count_bound(text);

    tokens = malloc(bound * sizeof(sc_json_token_t));
    CHECK(tokens != NULL);

    check(text, tokens, bound, memory);

    free(tokens);
    free(memory);
    free(copy);

    return 0;
}
