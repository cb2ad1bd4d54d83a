/*
 * test_inflate.c: gzip members: whole, cut at every place, with every bit
 * wrong, lying about their size, beyond the limit, without memory.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#include "sc_inflate.h"


#define ROOM   (256 * 1024)
#define TEXT   "{\"body\":\"My delivery is late, late, late, late, late\"}"


static _Alignas(16) unsigned char memory[ROOM];
static unsigned char packed[ROOM];


/* Pieces of `memory`; the owner is how much of it is taken. */
static void *
memory_block(void *owner, size_t size)
{
    size_t  start;
    size_t *taken;

    taken = owner;
    start = *taken;

    if (size > ROOM - start) {
        return NULL;
    }

    *taken = (start + size + 15) / 16 * 16;

    return memory + start;
}


static sc_inflate_status_t
inflate_one(const unsigned char *data, size_t len, size_t limit, size_t room,
    sc_str_t *text)
{
    size_t               taken;
    sc_arena_t           arena;
    unsigned char       *exact;
    sc_inflate_status_t  status;

    exact = malloc(len == 0 ? 1 : len);
    assert_non_null(exact);

    if (len != 0) {
        memcpy(exact, data, len);
    }

    taken = 0;
    sc_arena_init(&arena, memory_block, &taken, room);
    status = sc_inflate_gzip(&arena, sc_str_make(exact, len), limit, text);
    free(exact);

    return status;
}


static size_t
pack(const void *text, size_t len)
{
    z_stream stream;

    memset(&stream, 0, sizeof(stream));
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8,
                                  Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *) (uintptr_t) text;
    stream.avail_in = (uInt) len;
    stream.next_out = packed;
    stream.avail_out = sizeof(packed);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&stream), Z_OK);

    return sizeof(packed) - stream.avail_out;
}


static void
test_whole(void **state)
{
    size_t   len;
    sc_str_t text;

    (void) state;

    len = pack(TEXT, sizeof(TEXT) - 1);
    assert_int_equal(inflate_one(packed, len, sizeof(TEXT) - 1, ROOM, &text),
                     SC_INFLATE_OK);
    assert_true(sc_str_eq(text, SC_STR(TEXT)));

    len = pack("", 0);
    assert_int_equal(inflate_one(packed, len, 10, ROOM, &text),
                     SC_INFLATE_OK);
    assert_int_equal(text.len, 0);
}


static void
test_broken(void **state)
{
    size_t   i, len;
    sc_str_t text;

    (void) state;

    len = pack(TEXT, sizeof(TEXT) - 1);

    for (i = 0; i < len; i++) {
        assert_int_not_equal(inflate_one(packed, i, 1000, ROOM, &text),
                             SC_INFLATE_OK);
        assert_int_equal(text.len, 0);
    }

    /* A few bits mean nothing: then nothing is different. */
    for (i = 0; i < 8 * len; i++) {
        packed[i / 8] ^= (unsigned char) (1u << i % 8);
        assert_true(inflate_one(packed, len, 1000, ROOM, &text)
                    != SC_INFLATE_OK || sc_str_eq(text, SC_STR(TEXT)));
        packed[i / 8] ^= (unsigned char) (1u << i % 8);
    }

    /* Something behind it, a second member. */
    packed[len] = 0;
    assert_int_not_equal(inflate_one(packed, len + 1, 1000, ROOM, &text),
                         SC_INFLATE_OK);
    memcpy(packed + len, packed, len);
    assert_int_not_equal(inflate_one(packed, 2 * len, 1000, ROOM, &text),
                         SC_INFLATE_OK);

    assert_int_equal(inflate_one((const unsigned char *) TEXT,
                                 sizeof(TEXT) - 1, SIZE_MAX, ROOM, &text),
                     SC_INFLATE_TOO_LARGE);
}


static void
test_limits(void **state)
{
    size_t         len;
    sc_str_t       text;
    unsigned char *bomb;

    (void) state;

    len = pack(TEXT, sizeof(TEXT) - 1);
    assert_int_equal(inflate_one(packed, len, sizeof(TEXT) - 2, ROOM, &text),
                     SC_INFLATE_TOO_LARGE);
    assert_int_equal(inflate_one(packed, len, 1000, 16, &text),
                     SC_INFLATE_TOO_LARGE);
    assert_int_equal(inflate_one(packed, len, 1000, 1024, &text),
                     SC_INFLATE_TOO_LARGE);

    /* 10 MB of nothing that claims to be one byte. */
    bomb = calloc(10, 1 << 20);
    assert_non_null(bomb);
    len = pack(bomb, 10 << 20);
    free(bomb);
    assert_int_equal(inflate_one(packed, len, 1000, ROOM, &text),
                     SC_INFLATE_TOO_LARGE);
    memset(packed + len - 4, 0, 4);
    packed[len - 4] = 1;
    assert_int_equal(inflate_one(packed, len, 1000, ROOM, &text),
                     SC_INFLATE_MALFORMED);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_limits)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
