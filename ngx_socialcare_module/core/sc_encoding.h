/*
 * sc_encoding.h: strict decoders and encoders for what headers and query
 * strings carry: hex, base64, base64url, percent-encoding, and
 * application/x-www-form-urlencoded as a list of pairs.
 *
 * Decoders accept the exact alphabet and length or fail: no white space, no
 * trailing bytes, no non-zero spare bits in the last base64 character.
 */

#ifndef SC_ENCODING_H
#define SC_ENCODING_H

#include "sc_arena.h"
#include "sc_buf.h"
#include "sc_str.h"


typedef enum {
    SC_BASE64_PADDED = 0,      /* RFC 4648 section 4, '=' required */
    SC_BASE64_OPTIONAL,        /* padding all there or all absent */
    SC_BASE64URL,              /* section 5, padding optional */
    SC_BASE64_SPARE_BITS       /* as OPTIONAL, but the spare bits after the
                                  last byte may be set: only for configured
                                  keys that a platform issues that way */
} sc_base64_kind_t;


/* Either case.  `out` must hold text.len / 2 bytes; *len is set. */
bool sc_hex_decode(sc_str_t text, unsigned char *out, size_t capacity,
    size_t *len);

/* Lower case; `out` must hold 2 * data.len bytes. */
void sc_hex_encode(sc_str_t data, unsigned char *out);

/* `out` must hold text.len / 4 * 3 + 3 bytes. */
bool sc_base64_decode(sc_str_t text, sc_base64_kind_t kind,
    unsigned char *out, size_t capacity, size_t *len);

/* Padded, or unpadded for SC_BASE64URL. */
void sc_base64_encode(sc_buf_t *buf, sc_str_t data, sc_base64_kind_t kind);

/*
 * Percent-decoding.  With `plus` a '+' becomes a space (forms and query
 * strings).  False for a malformed %XX, or when there is no memory.  The
 * result is in the arena unless nothing needed decoding.
 */
bool sc_percent_decode(sc_arena_t *arena, sc_str_t text, bool plus,
    sc_str_t *decoded);

/* False when a '%' is not followed by two hex digits. */
bool sc_percent_is_valid(sc_str_t text);

/* Everything but RFC 3986 unreserved characters becomes %XX. */
void sc_percent_encode(sc_buf_t *buf, sc_str_t text);


typedef struct {
    sc_str_t name;             /* decoded */
    sc_str_t value;            /* decoded */
} sc_pair_t;


/*
 * The pairs of a form body or a query string, in order; '+' is read as a
 * space, and empty pieces between two '&' are skipped.  False: malformed, more
 * than `limit` pairs, or no memory.
 */
bool sc_form_read(sc_arena_t *arena, sc_str_t text, size_t limit,
    sc_pair_t **pairs, size_t *count);

/* The first value of `name`; false when absent. */
bool sc_pairs_get(const sc_pair_t *pairs, size_t count, sc_str_t name,
    sc_str_t *value);

/*
 * Finds one argument of a raw query string without reading all of it: the
 * first `name` (compared undecoded); its value is raw.  False when absent.
 */
bool sc_query_get_raw(sc_str_t query, sc_str_t name, sc_str_t *value);

#endif /* SC_ENCODING_H */
