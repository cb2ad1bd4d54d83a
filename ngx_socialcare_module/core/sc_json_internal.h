/*
 * sc_json_internal.h: shared by the reader's own files.  Not to be included
 * anywhere else.
 */

#ifndef SC_JSON_INTERNAL_H
#define SC_JSON_INTERNAL_H

#include "sc_json.h"


/*
 * The reader's state stays in registers as long as every function that takes
 * its address is inlined; left to themselves, compilers inline less, at half
 * the speed.  Nor can they know which branches are likely.
 */
#if defined(__GNUC__)
#define SC_JSON_INLINE             static inline __attribute__((always_inline))
#define SC_JSON_LIKELY(condition)  __builtin_expect((condition), 1)
#else
#define SC_JSON_INLINE             static inline
#define SC_JSON_LIKELY(condition)  (condition)
#endif


/* The `object` of an index that is not in use. */
#define SC_JSON_NO_OBJECT  UINT32_MAX


/* What is learned about a string that is not all plain text. */
typedef struct {
    uint8_t              flags;      /* in and out: SC_JSON_ESCAPED, _ASCII */
    sc_json_status_t     status;
    const unsigned char *bad;
} sc_json_scan_t;


/*
 * Checks a string from `at`, where its leading plain text ended, and returns
 * its closing quote; or NULL, with scan->status and the position in scan->bad.
 */
const unsigned char *sc_json_string_end(const unsigned char *at,
    const unsigned char *end, sc_json_scan_t *scan);

/*
 * Whether a string token, unescaped, equals `sought`.  With `pointer` the
 * latter is a segment of a JSON pointer, in which ~0 and ~1 (and no other ~)
 * stand for '~' and '/'.
 */
bool sc_json_says(const sc_json_doc_t *doc, const sc_json_token_t *token,
    sc_str_t sought, bool pointer);


/*
 * sc_json_get() for when something is escaped: names of the object, or
 * `sought` when it is a `pointer`, see sc_json_says().
 */
const sc_json_token_t *sc_json_find_escaped(sc_json_doc_t *doc,
    const sc_json_token_t *object, sc_str_t sought, bool pointer);


/* A token's index on the tape. */
static inline uint32_t
sc_json_place(const sc_json_doc_t *doc, const sc_json_token_t *token)
{
    return (uint32_t) (token - doc->tokens);
}


/* The raw bytes of a scalar; for a string those between the quotes. */
static inline sc_str_t
sc_json_scalar(const sc_json_doc_t *doc, const sc_json_token_t *token)
{
    return sc_str_make(doc->text.data + token->start, token->length);
}

#endif /* SC_JSON_INTERNAL_H */
