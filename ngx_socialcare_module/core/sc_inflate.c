/*
 * sc_inflate.c: see sc_inflate.h.  Must not allocate outside the arena.
 */

#include <limits.h>
#include <zlib.h>

#include "sc_inflate.h"


/* Header of 10 bytes, an empty block, CRC and size. */
#define SC_GZIP_MIN_SIZE     20
#define SC_GZIP_WINDOW_BITS  (15 + 16)


static voidpf
sc_inflate_alloc(voidpf arena, uInt items, uInt size)
{
    return sc_arena_array(arena, items, size);
}


/* Does nothing: the arena's owner frees the memory. */
static void
sc_inflate_free(voidpf arena, voidpf memory)
{
    (void) arena;
    (void) memory;
}


/* The last four bytes, least significant first. */
static size_t
sc_gzip_claimed_size(sc_str_t data)
{
    size_t   i;
    uint32_t size;

    size = 0;

    for (i = 1; i <= 4; i++) {
        size = size << 8 | data.data[data.len - i];
    }

    return size;
}


static sc_inflate_status_t
sc_inflate_run(z_stream *stream, sc_arena_t *arena)
{
    int result;

    stream->zalloc = sc_inflate_alloc;
    stream->zfree = sc_inflate_free;
    stream->opaque = arena;

    if (inflateInit2(stream, SC_GZIP_WINDOW_BITS) != Z_OK) {
        return SC_INFLATE_TOO_LARGE;
    }

    result = inflate(stream, Z_FINISH);
    (void) inflateEnd(stream);

    if (result == Z_MEM_ERROR) {
        return SC_INFLATE_TOO_LARGE;
    }

    return result == Z_STREAM_END && stream->avail_in == 0
           && stream->avail_out == 1 ? SC_INFLATE_OK : SC_INFLATE_MALFORMED;
}


sc_inflate_status_t
sc_inflate_gzip(sc_arena_t *arena, sc_str_t data, size_t limit,
    sc_str_t *inflated)
{
    size_t               size;
    z_stream             stream;
    unsigned char       *out;
    sc_inflate_status_t  status;

    *inflated = SC_STR_NULL;

    if (data.len < SC_GZIP_MIN_SIZE) {
        return SC_INFLATE_MALFORMED;
    }

    size = sc_gzip_claimed_size(data);

    if (size > limit || size >= UINT_MAX || data.len > UINT_MAX) {
        return SC_INFLATE_TOO_LARGE;
    }

    /* One byte to spare: zlib stops early when the output is full. */
    out = sc_arena_bytes(arena, size + 1);
    if (out == NULL) {
        return SC_INFLATE_TOO_LARGE;
    }

    memset(&stream, 0, sizeof(stream));
    stream.next_in = (z_const Bytef *) (uintptr_t) data.data;
    stream.avail_in = (uInt) data.len;
    stream.next_out = out;
    stream.avail_out = (uInt) size + 1;

    status = sc_inflate_run(&stream, arena);

    if (status == SC_INFLATE_OK) {
        *inflated = sc_str_make(out, size);
    }

    return status;
}
