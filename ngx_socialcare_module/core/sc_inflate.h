/*
 * sc_inflate.h: one gzip member (RFC 1952) into memory of bounded size.
 *
 * What is allocated is the size that the member's trailer claims: a member
 * that lies about it is malformed, one above the limit is never inflated.
 */

#ifndef SC_INFLATE_H
#define SC_INFLATE_H

#include "sc_arena.h"


typedef enum {
    SC_INFLATE_OK = 0,
    SC_INFLATE_MALFORMED,      /* not one whole gzip member */
    SC_INFLATE_TOO_LARGE       /* above the limit, or no memory */
} sc_inflate_status_t;


/* The result and zlib's own memory (about 50 KB) come from the arena. */
sc_inflate_status_t sc_inflate_gzip(sc_arena_t *arena, sc_str_t data,
    size_t limit, sc_str_t *inflated);

#endif /* SC_INFLATE_H */
