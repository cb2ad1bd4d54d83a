/*
 * sc_arena.c: bump allocation with a limit.
 */

#include "sc_arena.h"


#define SC_ARENA_BLOCK_SIZE  4096
#define SC_ARENA_ALIGNMENT   16


void
sc_arena_init(sc_arena_t *arena, sc_arena_block_fn block, void *owner,
    size_t limit_bytes)
{
    memset(arena, 0, sizeof(*arena));

    arena->block = block;
    arena->owner = owner;
    arena->limit = limit_bytes;
}


void
sc_arena_starve(sc_arena_t *arena)
{
    arena->failed = true;
    arena->starved = true;
}


static bool
sc_arena_grow(sc_arena_t *arena, size_t size)
{
    size_t         take;
    unsigned char *block;

    take = size < SC_ARENA_BLOCK_SIZE ? SC_ARENA_BLOCK_SIZE : size;

    if (take > arena->limit - arena->used) {
        take = size;
    }

    if (take > arena->limit - arena->used) {
        return false;
    }

    block = arena->block(arena->owner, take);
    if (block == NULL) {
        sc_arena_starve(arena);
        return false;
    }

    arena->used += take;
    arena->free = block;
    arena->end = block + take;

    return true;
}


void *
sc_arena_alloc(sc_arena_t *arena, size_t size)
{
    size_t misaligned, padding, left;

    misaligned = (uintptr_t) arena->free % SC_ARENA_ALIGNMENT;
    padding = misaligned == 0 ? 0 : SC_ARENA_ALIGNMENT - misaligned;
    left = (size_t) (arena->end - arena->free);

    if (arena->free != NULL && padding <= left && size <= left - padding) {
        arena->free += padding;

    } else {
        /* The rest is abandoned; a new block comes aligned from its owner. */
        arena->free = arena->end;
    }

    return sc_arena_bytes(arena, size);
}


void *
sc_arena_array(sc_arena_t *arena, size_t count, size_t size)
{
    void *array;

    if (size != 0 && count > SIZE_MAX / size) {
        arena->failed = true;
        return NULL;
    }

    array = sc_arena_alloc(arena, count * size);
    if (array != NULL) {
        memset(array, 0, count * size);
    }

    return array;
}


unsigned char *
sc_arena_bytes(sc_arena_t *arena, size_t size)
{
    unsigned char *piece;

    if (arena->free == NULL || size > (size_t) (arena->end - arena->free)) {
        if (!sc_arena_grow(arena, size)) {
            arena->failed = true;
            return NULL;
        }
    }

    piece = arena->free;
    arena->free += size;

    return piece;
}


bool
sc_arena_copy(sc_arena_t *arena, sc_str_t text, sc_str_t *copy)
{
    return sc_arena_join(arena, &text, 1, copy);
}


bool
sc_arena_join(sc_arena_t *arena, const sc_str_t *parts, size_t count,
    sc_str_t *joined)
{
    size_t         i, size;
    unsigned char *at;

    size = 0;

    for (i = 0; i < count; i++) {
        size += parts[i].len;
    }

    *joined = SC_STR_NULL;

    at = sc_arena_bytes(arena, size);
    if (at == NULL) {
        return false;
    }

    *joined = sc_str_make(at, size);

    for (i = 0; i < count; i++) {
        if (parts[i].len > 0) {
            memcpy(at, parts[i].data, parts[i].len);
            at += parts[i].len;
        }
    }

    return true;
}
