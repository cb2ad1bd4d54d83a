/*
 * test_arena.c: alignment, limit and failure of the bump allocator, and the
 * buffer that grows on top of an owner's memory.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sc_arena.h"
#include "sc_buf.h"


#define MAX_BLOCKS  64


typedef struct {
    void  *blocks[MAX_BLOCKS];
    size_t count;
    size_t allowed;
} owner_t;


static void *
owner_block(void *data, size_t size)
{
    owner_t *owner;

    owner = data;

    if (owner->count == owner->allowed) {
        return NULL;
    }

    owner->blocks[owner->count] = malloc(size);
    assert_non_null(owner->blocks[owner->count]);

    return owner->blocks[owner->count++];
}


static void
owner_init(owner_t *owner, sc_arena_t *arena, size_t limit)
{
    memset(owner, 0, sizeof(*owner));
    owner->allowed = MAX_BLOCKS;
    sc_arena_init(arena, owner_block, owner, limit);
}


static void
owner_free(owner_t *owner)
{
    size_t i;

    for (i = 0; i < owner->count; i++) {
        free(owner->blocks[i]);
    }
}


/*
 * Every fill level of a block times every small size: the piece must be
 * aligned also where what is left would just hold it without padding.
 */
static void
test_alignment(void **state)
{
    size_t      text, size;
    owner_t     owner;
    sc_arena_t  arena;
    uintptr_t   at;

    (void) state;

    for (text = 4096 - 40; text <= 4096; text++) {
        for (size = 1; size <= 40; size++) {
            owner_init(&owner, &arena, 65536);

            assert_non_null(sc_arena_bytes(&arena, text));
            at = (uintptr_t) sc_arena_alloc(&arena, size);

            assert_int_not_equal(at, 0);
            assert_int_equal(at % 16, 0);

            memset((void *) at, 0xff, size);
            owner_free(&owner);
        }
    }
}


static void
test_limit(void **state)
{
    owner_t     owner;
    sc_arena_t  arena;

    (void) state;

    owner_init(&owner, &arena, 5000);

    assert_non_null(sc_arena_bytes(&arena, 4096));
    assert_int_equal(arena.used, 4096);
    assert_false(arena.failed);

    /* A whole block more would be too much, what is asked for is not. */
    assert_non_null(sc_arena_bytes(&arena, 904));
    assert_int_equal(arena.used, 5000);
    assert_int_equal(owner.count, 2);
    assert_false(arena.failed);

    assert_null(sc_arena_bytes(&arena, 1));
    assert_true(arena.failed);
    assert_int_equal(arena.used, 5000);

    owner_free(&owner);
}


/* The failure stays on record, also when smaller requests still succeed. */
static void
test_failure_is_kept(void **state)
{
    owner_t     owner;
    sc_arena_t  arena;

    (void) state;

    owner_init(&owner, &arena, 4096);

    assert_non_null(sc_arena_bytes(&arena, 16));
    assert_null(sc_arena_alloc(&arena, 5000));
    assert_true(arena.failed);

    assert_null(sc_arena_array(&arena, SIZE_MAX / 2, 4));
    owner_free(&owner);

    owner_init(&owner, &arena, SIZE_MAX);
    assert_null(sc_arena_array(&arena, SIZE_MAX / 2, 4));
    assert_true(arena.failed);
    owner_free(&owner);
}


static void
test_owner_has_nothing(void **state)
{
    owner_t     owner;
    sc_str_t    copy;
    sc_arena_t  arena;

    (void) state;

    owner_init(&owner, &arena, SIZE_MAX);
    owner.allowed = 0;

    assert_null(sc_arena_alloc(&arena, 1));
    assert_null(sc_arena_array(&arena, 1, 1));
    assert_false(sc_arena_copy(&arena, SC_STR("a"), &copy));
    assert_null(copy.data);
    assert_int_equal(copy.len, 0);
    assert_int_equal(arena.used, 0);
    assert_true(arena.failed);
}


static void
test_array_is_zeroed(void **state)
{
    size_t         i;
    owner_t        owner;
    sc_arena_t     arena;
    unsigned char *array;

    (void) state;

    owner_init(&owner, &arena, 65536);
    memset(sc_arena_bytes(&arena, 4096), 0xff, 4096);

    array = sc_arena_array(&arena, 100, 3);
    assert_non_null(array);

    for (i = 0; i < 300; i++) {
        assert_int_equal(array[i], 0);
    }

    /* Nothing of no size is still something. */
    assert_non_null(sc_arena_array(&arena, 0, 8));
    assert_non_null(sc_arena_array(&arena, 8, 0));

    owner_free(&owner);
}


static void
test_join(void **state)
{
    owner_t        owner;
    sc_str_t       joined;
    sc_arena_t     arena;

    static const sc_str_t parts[] = {
        SC_STR_INIT("a"), SC_STR_INIT(""), { 0, NULL }, SC_STR_INIT("bc")
    };

    (void) state;

    owner_init(&owner, &arena, 65536);

    assert_true(sc_arena_join(&arena, parts, 4, &joined));
    assert_true(sc_str_eq(joined, SC_STR("abc")));

    assert_true(sc_arena_join(&arena, parts, 0, &joined));
    assert_int_equal(joined.len, 0);

    assert_true(sc_arena_copy(&arena, SC_STR("xyz"), &joined));
    assert_true(sc_str_eq(joined, SC_STR("xyz")));

    owner_free(&owner);
}


static unsigned char *
grow(void *data, unsigned char *old, size_t used, size_t size)
{
    owner_t       *owner;
    unsigned char *memory;

    owner = data;

    if (owner->allowed-- == 0) {
        owner->allowed = 0;
        return NULL;
    }

    memory = malloc(size);
    assert_non_null(memory);

    if (used > 0) {
        memcpy(memory, old, used);
    }

    free(old);

    return memory;
}


static void
test_buf_grows(void **state)
{
    unsigned  i;
    owner_t   owner;
    sc_buf_t  buf;

    (void) state;

    owner.allowed = 3;
    sc_buf_init(&buf, grow, &owner, 2048);

    for (i = 0; i < 2048; i++) {
        sc_buf_append_byte(&buf, (unsigned char) i);
    }

    assert_false(buf.failed);
    assert_int_equal(buf.len, 2048);
    assert_int_equal(owner.allowed, 0);

    for (i = 0; i < 2048; i++) {
        assert_int_equal(buf.data[i], i % 256);
    }

    /* One byte beyond the limit; what is there stays. */
    sc_buf_append_byte(&buf, 'x');
    assert_true(buf.failed);
    assert_int_equal(buf.len, 2048);

    free(buf.data);
}


/* The first failure is the last word: no gap may open in what is written. */
static void
test_buf_failure_is_kept(void **state)
{
    owner_t       owner;
    sc_buf_t      buf;
    unsigned char memory[8];

    (void) state;

    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    sc_buf_append_literal(&buf, "12345");
    sc_buf_append_literal(&buf, "6789");
    assert_true(buf.failed);
    sc_buf_append_literal(&buf, "a");
    assert_int_equal(buf.len, 5);
    assert_null(sc_buf_reserve(&buf, 1));

    owner.allowed = 0;
    sc_buf_init(&buf, grow, &owner, 2048);
    sc_buf_append_byte(&buf, 'a');
    assert_true(buf.failed);
    assert_int_equal(buf.len, 0);

    /* Appending nothing is no failure, also without memory. */
    sc_buf_init_fixed(&buf, NULL, 0);
    sc_buf_append(&buf, NULL, 0);
    assert_false(buf.failed);
}


static void
test_buf_numbers(void **state)
{
    sc_buf_t      buf;
    unsigned char memory[128];

    (void) state;

    sc_buf_init_fixed(&buf, memory, sizeof(memory));

    sc_buf_append_uint(&buf, 0);
    sc_buf_append_byte(&buf, ' ');
    sc_buf_append_uint(&buf, UINT64_MAX);
    sc_buf_append_byte(&buf, ' ');
    sc_buf_append_int(&buf, INT64_MIN);
    sc_buf_append_byte(&buf, ' ');
    sc_buf_append_int(&buf, INT64_MAX);
    sc_buf_append_byte(&buf, ' ');
    sc_buf_append_int(&buf, -1);

    assert_true(sc_str_eq(sc_buf_str(&buf),
                          SC_STR("0 18446744073709551615 -9223372036854775808 "
                                 "9223372036854775807 -1")));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_failure_is_kept),
        cmocka_unit_test(test_owner_has_nothing),
        cmocka_unit_test(test_array_is_zeroed),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_buf_grows),
        cmocka_unit_test(test_buf_failure_is_kept),
        cmocka_unit_test(test_buf_numbers)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
