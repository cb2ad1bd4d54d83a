/*
 * sc_str.h: a counted byte string that is never owned and never written.
 *
 * Same two members in the same order as nginx's ngx_str_t, so that the glue
 * converts by copying two words.  The bytes belong to whoever made the value
 * (a request body, a configuration pool, an arena); nothing here allocates,
 * and nothing relies on a terminating NUL.
 */

#ifndef SC_STR_H
#define SC_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>


typedef struct {
    size_t               len;
    const unsigned char *data;
} sc_str_t;


/* A string literal as a value; SC_STR_INIT is for static initialisers. */
#define SC_STR_INIT(literal)                                                  \
    { sizeof(literal) - 1, (const unsigned char *) (literal) }
#define SC_STR(literal) ((sc_str_t) SC_STR_INIT(literal))
#define SC_STR_NULL     ((sc_str_t) { 0, NULL })


static inline sc_str_t
sc_str_make(const void *data, size_t len)
{
    sc_str_t s = { len, (const unsigned char *) data };

    return s;
}


static inline sc_str_t
sc_str_from_cstring(const char *text)
{
    return sc_str_make(text, text == NULL ? 0 : strlen(text));
}


/* Not for secrets: this compare returns early (see sc_verify.h). */
static inline bool
sc_str_eq(sc_str_t a, sc_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


static inline bool
sc_str_is_empty(sc_str_t s)
{
    return s.len == 0;
}


/* Offset of the first byte `c`, or s.len when there is none. */
static inline size_t
sc_str_find_byte(sc_str_t s, unsigned char c)
{
    const unsigned char *found;

    if (s.len == 0) {
        return 0;
    }

    found = memchr(s.data, c, s.len);

    return found == NULL ? s.len : (size_t) (found - s.data);
}


/* Bytes from `from` on; empty when `from` is beyond the end. */
static inline sc_str_t
sc_str_from(sc_str_t s, size_t from)
{
    if (from > s.len) {
        from = s.len;
    }

    /* Avoids arithmetic on the NULL of an empty string. */
    return from == 0 ? s : sc_str_make(s.data + from, s.len - from);
}


/* At most the first `len` bytes. */
static inline sc_str_t
sc_str_first(sc_str_t s, size_t len)
{
    return sc_str_make(s.data, len < s.len ? len : s.len);
}


/* ASCII case only; locale is never consulted. */
bool sc_str_eq_nocase(sc_str_t a, sc_str_t b);

bool sc_str_starts_with(sc_str_t s, sc_str_t prefix);
bool sc_str_ends_with(sc_str_t s, sc_str_t suffix);
bool sc_str_contains(sc_str_t s, sc_str_t part);

/* Without leading and trailing bytes that are among `bytes`. */
sc_str_t sc_str_trim_of(sc_str_t s, sc_str_t bytes);

/* Without leading and trailing spaces and tabs (HTTP's OWS). */
sc_str_t sc_str_trim(sc_str_t s);

/*
 * Takes the text before the next `separator` from `rest` and moves `rest` past
 * the separator.  False once `rest` is used up (its data is NULL then); a
 * trailing separator yields one last empty part.
 */
bool sc_str_next(sc_str_t *rest, unsigned char separator, sc_str_t *part);

/*
 * Decimal digits only, no sign, no leading or trailing bytes.  False when
 * empty, when it contains any other byte, or beyond UINT64_MAX or INT64_MIN /
 * INT64_MAX.  sc_str_to_int64 accepts one leading minus.
 */
bool sc_str_to_uint64(sc_str_t s, uint64_t *value);
bool sc_str_to_int64(sc_str_t s, int64_t *value);

#endif /* SC_STR_H */
