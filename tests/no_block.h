/*
 * no_block.h: a sc_arena_t's source of memory that has none, for unit tests and
 * fuzz targets.
 */

#ifndef NO_BLOCK_H
#define NO_BLOCK_H

#include <stddef.h>


static inline void *
no_block(void *owner, size_t size)
{
    (void) owner;
    (void) size;

    return NULL;
}

#endif /* NO_BLOCK_H */
