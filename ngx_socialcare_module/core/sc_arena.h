/*
 * sc_arena.h: bounded bump allocation for what lives as long as one callback.
 *
 * The arena takes blocks from a function of its owner (a request pool in
 * nginx, malloc in tests) and hands out pieces of them.  It never frees a
 * piece; the owner frees the blocks.  Once the limit is reached or the owner
 * has no memory, every further request fails: callers check each one.
 */

#ifndef SC_ARENA_H
#define SC_ARENA_H

#include "sc_str.h"


/* Returns `size` bytes aligned for any type, or NULL.  Owned by `owner`. */
typedef void *(*sc_arena_block_fn)(void *owner, size_t size);


typedef struct {
    sc_arena_block_fn block;
    void             *owner;
    unsigned char    *free;       /* next free byte of the current block */
    unsigned char    *end;
    size_t            used;       /* bytes taken from the owner */
    size_t            limit;      /* most bytes that may be taken */
    bool              failed;     /* some request so far could not be met */
    bool              starved;    /* ... because the machine had no memory:
                                     not the callback's fault */
} sc_arena_t;


void sc_arena_init(sc_arena_t *arena, sc_arena_block_fn block, void *owner,
    size_t limit_bytes);

/* Uninitialised, aligned to 16 bytes; NULL at the limit. */
void *sc_arena_alloc(sc_arena_t *arena, size_t size);

/* Zeroed array; NULL at the limit or when count * size overflows. */
void *sc_arena_array(sc_arena_t *arena, size_t count, size_t size);

/* To be called when a library that allocates by itself ran out of memory. */
void sc_arena_starve(sc_arena_t *arena);

/* Not aligned: for text. */
unsigned char *sc_arena_bytes(sc_arena_t *arena, size_t size);

/* A copy in the arena.  copy->data is NULL when there is no memory. */
bool sc_arena_copy(sc_arena_t *arena, sc_str_t text, sc_str_t *copy);

/*
 * Joins `count` parts.  False when there is no memory.  The result of joining
 * nothing is an empty string.
 */
bool sc_arena_join(sc_arena_t *arena, const sc_str_t *parts, size_t count,
    sc_str_t *joined);

#endif /* SC_ARENA_H */
