/*
 * sc_json.h: bounded reader for JSON callbacks (RFC 8259).
 *
 * One strict pass over the bytes writes a tape of fixed-size tokens into the
 * caller's memory.  Nothing is copied or allocated while reading: a token
 * points into the text, numbers stay text (ids never go through a double),
 * strings are unescaped only when asked for.  The text must outlive the
 * document.
 *
 * Accepted: exactly RFC 8259, UTF-8 without overlong forms or surrogates, no
 * byte order mark, nothing but white space after the value.  Refused beyond
 * the RFC: \u0000 and a NUL byte.  An escaped lone surrogate is accepted
 * and read as U+FFFD (Meta sends them).  Objects may repeat a name; a look-up
 * that meets a repeated name notes it in the document (`duplicate`), because
 * two readers of such a body would see different values.
 */

#ifndef SC_JSON_H
#define SC_JSON_H

#include "sc_arena.h"
#include "sc_str.h"


typedef enum {
    SC_JSON_NULL = 0,
    SC_JSON_FALSE,
    SC_JSON_TRUE,
    SC_JSON_NUMBER,
    SC_JSON_STRING,
    SC_JSON_ARRAY,
    SC_JSON_OBJECT
} sc_json_type_t;


typedef enum {
    SC_JSON_OK = 0,
    SC_JSON_ERROR_SYNTAX,      /* not RFC 8259 */
    SC_JSON_ERROR_UTF8,
    SC_JSON_ERROR_NUL,
    SC_JSON_ERROR_DEPTH,       /* the limits of sc_json_limits_t */
    SC_JSON_ERROR_TOKENS,
    SC_JSON_ERROR_STRING
} sc_json_status_t;


#define SC_JSON_ESCAPED  0x01  /* string holds at least one backslash */
#define SC_JSON_INTEGER  0x02  /* number without fraction or exponent */
#define SC_JSON_ASCII    0x04  /* string holds no byte >= 0x80 (an escape may
                                  still encode one) */


/*
 * A container's children follow it on the tape; an object's are its names and
 * values in turn.  `next` is the tape index after the whole value.
 */
typedef struct {
    uint32_t start;            /* offset; a string's first byte after the " */
    uint32_t length;           /* bytes of text; a container's member count */
    uint32_t next;
    uint8_t  type;             /* sc_json_type_t */
    uint8_t  flags;
    uint16_t depth;            /* containers around the value */
} sc_json_token_t;


/* A member that is 0, or no limits at all, means the default. */
typedef struct {
    uint32_t depth;            /* nested containers, default 32, at most
                                  65,535 */
    uint32_t tokens;           /* default 65,536 */
    uint32_t string_bytes;     /* of one string, still escaped, default
                                  65,536 */
} sc_json_limits_t;


/* A hash index of the names of one large object: see sc_json_find.c. */
#define SC_JSON_INDEXES      4
#define SC_JSON_INDEX_SLOTS  128

typedef struct {
    uint32_t object;           /* tape index of the object */
    bool     misleads;         /* incomplete: scan the object instead */
    uint16_t slots[SC_JSON_INDEX_SLOTS];
} sc_json_index_t;


typedef struct {
    sc_str_t         text;
    sc_json_token_t *tokens;   /* the caller's */
    uint32_t         count;
    bool             duplicate;
    size_t           error_offset;
    uint32_t         next_index;
    sc_json_index_t  indexes[SC_JSON_INDEXES];
} sc_json_doc_t;


/*
 * Reads `text` into `tokens` (room for `capacity`; the smaller of capacity and
 * limits->tokens bounds the document).  On an error doc->error_offset is where
 * reading stopped and the tape must not be used.  Texts above UINT32_MAX bytes
 * are SC_JSON_ERROR_TOKENS.
 */
sc_json_status_t sc_json_read(sc_json_doc_t *doc, sc_str_t text,
    sc_json_token_t *tokens, uint32_t capacity,
    const sc_json_limits_t *limits);

/*
 * An upper bound for the tokens that `text` can need, cheap and never too
 * small: for sizing the tape before reading.
 */
uint32_t sc_json_count_bound(sc_str_t text);

/* A fixed English word for logs and tests; never NULL. */
const char *sc_json_status_name(sc_json_status_t status);


/*
 * Navigation.  Every function takes NULL as "absent" and then returns absent,
 * so that paths can be chained without checks in between.
 */

static inline const sc_json_token_t *
sc_json_root(const sc_json_doc_t *doc)
{
    return doc->count == 0 ? NULL : doc->tokens;
}


static inline bool
sc_json_is(const sc_json_token_t *token, sc_json_type_t type)
{
    return token != NULL && token->type == (uint8_t) type;
}


static inline bool
sc_json_is_true(const sc_json_token_t *token)
{
    return sc_json_is(token, SC_JSON_TRUE);
}


/*
 * The member `name` of an object (the first of several; doc->duplicate is set
 * then).  NULL when it is not an object or has no such member.
 */
const sc_json_token_t *sc_json_get(sc_json_doc_t *doc,
    const sc_json_token_t *object, sc_str_t name);

/* Shorthand for literal names. */
#define sc_json_member(doc, object, name)                                     \
    sc_json_get(doc, object, SC_STR(name))

/* Like sc_json_get, but null counts as absent too. */
const sc_json_token_t *sc_json_get_set(sc_json_doc_t *doc,
    const sc_json_token_t *object, sc_str_t name);

/*
 * Children of a container in turn: pass NULL as `child` first.  For objects
 * the children are the values; *name (may be NULL) is the raw token of the
 * name.  NULL at the end, or when `container` is not a container.
 */
const sc_json_token_t *sc_json_next(const sc_json_doc_t *doc,
    const sc_json_token_t *container, const sc_json_token_t *child,
    const sc_json_token_t **name);

/* RFC 6901, also "" for the whole document; no URI fragment form. */
const sc_json_token_t *sc_json_pointer(sc_json_doc_t *doc,
    const sc_json_token_t *from, sc_str_t pointer);

/* The raw bytes of a value in the text, quotes included. */
sc_str_t sc_json_raw(const sc_json_doc_t *doc, const sc_json_token_t *token);

/*
 * The unescaped text of a string.  Points into the document where nothing is
 * escaped, else into the arena.  Absent or not a string: false and empty.
 * Arena full: also false and empty; the caller must check arena->failed (a
 * callback that does not fit its budget is refused as a whole).
 */
bool sc_json_string(const sc_json_doc_t *doc, const sc_json_token_t *token,
    sc_arena_t *arena, sc_str_t *value);

/*
 * An id: a string, or an integer whose digits are taken as text.  Anything
 * else: false and empty.  1e3 or 1.0 are not ids.
 */
bool sc_json_id(const sc_json_doc_t *doc, const sc_json_token_t *token,
    sc_arena_t *arena, sc_str_t *value);

/* An integer token or a string of digits; false beyond 64 bits. */
bool sc_json_int64(const sc_json_doc_t *doc, const sc_json_token_t *token,
    int64_t *value);

/* Compares an unescaped string with plain text without copying it. */
bool sc_json_string_is(const sc_json_doc_t *doc, const sc_json_token_t *token,
    sc_str_t text);

#endif /* SC_JSON_H */
