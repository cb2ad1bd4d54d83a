/*
 * test_arena.c: alignment, the limit, an owner without memory, and pieces
 * that stay apart.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_arena.h"


#define MOST_BLOCKS  64


/* Hands out blocks of exactly the size asked for, up to `allowed` of them. */
typedef struct {
    void    *blocks[MOST_BLOCKS];
    size_t   sizes[MOST_BLOCKS];
    size_t   count;
    size_t   allowed;
} owner_t;


static owner_t    owner;
static sc_arena_t arena;


static void *
take_block(void *data, size_t size)
{
    owner_t *from;

    from = data;

    if (from->count == from->allowed) {
        return NULL;
    }

    from->sizes[from->count] = size;
    from->blocks[from->count] = malloc(size == 0 ? 1 : size);
    assert_non_null(from->blocks[from->count]);

    return from->blocks[from->count++];
}


static int
give_back(void **state)
{
    (void) state;

    while (owner.count > 0) {
        free(owner.blocks[--owner.count]);
    }

    return 0;
}


static void
fresh(size_t limit)
{
    give_back(NULL);
    owner.allowed = MOST_BLOCKS;
    sc_arena_init(&arena, take_block, &owner, limit);
}


static void
nothing_before_it_is_asked_for(void **state)
{
    (void) state;

    fresh(1000);

    assert_int_equal(owner.count, 0);
    assert_int_equal(arena.used, 0);
    assert_int_equal(arena.limit, 1000);
    assert_false(arena.failed);

    /* Not even for nothing at all of it. */
    assert_non_null(sc_arena_alloc(&arena, 0));
    assert_false(arena.failed);
}


static void
alignment(void **state)
{
    size_t         i;
    unsigned char *piece;

    (void) state;

    fresh(100000);

    for (i = 0; i < 200; i++) {
        assert_non_null(sc_arena_bytes(&arena, i % 17));

        piece = sc_arena_alloc(&arena, i);
        assert_non_null(piece);
        assert_int_equal((uintptr_t) piece % 16, 0);
        memset(piece, 0xff, i);
    }
}


/*
 * Near a block's end: the piece would fit, but not behind its padding.  Then
 * the rest is given up rather than handed out misaligned.
 */
static void
alignment_at_the_end(void **state)
{
    size_t         used, size;
    unsigned char *piece;

    (void) state;

    for (used = 4096 - 40; used <= 4096; used++) {
        for (size = 0; size <= 40; size++) {
            fresh(100000);
            assert_non_null(sc_arena_bytes(&arena, used));

            piece = sc_arena_alloc(&arena, size);
            assert_non_null(piece);
            assert_int_equal((uintptr_t) piece % 16, 0);
            memset(piece, 0xff, size);
        }
    }
}


/* Text is packed: no padding between its pieces. */
static void
text_is_packed(void **state)
{
    unsigned char *a, *b;

    (void) state;

    fresh(100000);

    a = sc_arena_bytes(&arena, 3);
    b = sc_arena_bytes(&arena, 5);
    assert_ptr_equal(b, a + 3);
    assert_ptr_equal(sc_arena_bytes(&arena, 0), b + 5);
    assert_int_equal(owner.count, 1);
}


static void
pieces_stay_apart(void **state)
{
    size_t         i, j, sizes[100];
    unsigned char *pieces[100];

    (void) state;

    fresh(1 << 20);

    for (i = 0; i < 100; i++) {
        sizes[i] = (i * 97) % 700;
        pieces[i] = i % 2 == 0 ? sc_arena_alloc(&arena, sizes[i])
                               : sc_arena_bytes(&arena, sizes[i]);
        assert_non_null(pieces[i]);
        memset(pieces[i], (int) i, sizes[i]);
    }

    for (i = 0; i < 100; i++) {
        for (j = 0; j < sizes[i]; j++) {
            assert_int_equal(pieces[i][j], i);
        }
    }

    assert_true(owner.count > 1);
}


static void
limit(void **state)
{
    (void) state;

    /* To the byte, in one piece. */
    fresh(5000);
    assert_non_null(sc_arena_bytes(&arena, 5000));
    assert_int_equal(arena.used, 5000);
    assert_null(sc_arena_bytes(&arena, 1));

    fresh(5000);
    assert_null(sc_arena_bytes(&arena, 5001));
    assert_int_equal(arena.used, 0);
    assert_int_equal(owner.count, 0);

    /* What was refused leaves room for what still fits. */
    assert_non_null(sc_arena_bytes(&arena, 5000));

    /* A whole block more would be too much, what is asked for is not. */
    fresh(5000);
    assert_non_null(sc_arena_bytes(&arena, 4096));
    assert_int_equal(arena.used, 4096);
    assert_non_null(sc_arena_bytes(&arena, 904));
    assert_int_equal(arena.used, 5000);
    assert_int_equal(owner.count, 2);
    assert_false(arena.failed);
    assert_null(sc_arena_bytes(&arena, 1));
    assert_true(arena.failed);
    assert_false(arena.starved);
    assert_int_equal(arena.used, 5000);

    /* A library beside it. */
    sc_arena_starve(&arena);
    assert_true(arena.starved);

    /* Below the size of a block: the block shrinks to what is allowed. */
    fresh(100);
    assert_non_null(sc_arena_alloc(&arena, 64));
    assert_true(arena.used <= 100);
    assert_null(sc_arena_alloc(&arena, 64));
    assert_non_null(sc_arena_alloc(&arena, 36));
    assert_null(sc_arena_bytes(&arena, 1));

    /* No overflow on the way. */
    fresh(5000);
    assert_null(sc_arena_bytes(&arena, SIZE_MAX));
    assert_null(sc_arena_alloc(&arena, SIZE_MAX));
    assert_non_null(sc_arena_bytes(&arena, 10));
    assert_null(sc_arena_bytes(&arena, SIZE_MAX));
    assert_null(sc_arena_alloc(&arena, SIZE_MAX - 8));

    fresh(0);
    assert_null(sc_arena_bytes(&arena, 1));
}


static void
owner_without_memory(void **state)
{
    sc_str_t text;

    (void) state;

    fresh(100000);
    owner.allowed = 1;

    assert_non_null(sc_arena_bytes(&arena, 4000));
    assert_false(arena.failed);
    assert_null(sc_arena_bytes(&arena, 4000));
    assert_true(arena.failed);
    assert_true(arena.starved);

    /* A failure is remembered; smaller pieces are still there. */
    assert_non_null(sc_arena_bytes(&arena, 50));
    assert_true(arena.failed);

    assert_null(sc_arena_alloc(&arena, 4000));
    assert_null(sc_arena_array(&arena, 1000, 4));

    assert_false(sc_arena_copy(&arena, sc_str_make(owner.blocks[0], 4000),
                               &text));
    assert_null(text.data);
    assert_int_equal(text.len, 0);

    /* The limit counts what was really taken. */
    assert_int_equal(arena.used, 4096);
}


static void
owner_without_any(void **state)
{
    sc_str_t text;

    (void) state;

    fresh(SIZE_MAX);
    owner.allowed = 0;

    assert_null(sc_arena_alloc(&arena, 1));
    assert_null(sc_arena_array(&arena, 1, 1));
    assert_false(sc_arena_copy(&arena, SC_STR("a"), &text));
    assert_null(text.data);
    assert_int_equal(arena.used, 0);
    assert_true(arena.failed);
}


static void
arrays(void **state)
{
    size_t    i;
    uint64_t *array;

    (void) state;

    fresh(100000);

    /* Zeroed, even where the memory was not. */
    array = sc_arena_alloc(&arena, 800);
    assert_non_null(array);
    memset(array, 0xff, 800);
    arena.free -= 800;

    array = sc_arena_array(&arena, 100, sizeof(uint64_t));
    assert_non_null(array);
    assert_int_equal((uintptr_t) array % 16, 0);

    for (i = 0; i < 100; i++) {
        assert_true(array[i] == 0);
    }

    assert_false(arena.failed);
    assert_null(sc_arena_array(&arena, SIZE_MAX, 2));
    assert_true(arena.failed);

    fresh(SIZE_MAX);
    assert_null(sc_arena_array(&arena, SIZE_MAX / 2, 4));
    assert_true(arena.failed);
    assert_int_equal(owner.count, 0);

    fresh(100000);
    assert_null(sc_arena_array(&arena, SIZE_MAX / 8 + 1, 8));
    assert_null(sc_arena_array(&arena, 100001, 1));
    assert_non_null(sc_arena_array(&arena, 0, 8));
    assert_non_null(sc_arena_array(&arena, 8, 0));
}


static void
copies(void **state)
{
    char     text[] = "changes later";
    sc_str_t copy;

    (void) state;

    fresh(10000);

    assert_true(sc_arena_copy(&arena, sc_str_from_cstring(text), &copy));
    text[0] = 'X';
    assert_true(sc_str_eq(copy, SC_STR("changes later")));

    assert_true(sc_arena_copy(&arena, SC_STR_NULL, &copy));
    assert_int_equal(copy.len, 0);
    assert_non_null(copy.data);
}


static void
joins(void **state)
{
    sc_str_t joined;

    static const sc_str_t parts[] = {
        SC_STR_INIT("x"), SC_STR_INIT(":"), { 0, NULL }, SC_STR_INIT("42\0"),
        SC_STR_INIT("")
    };

    (void) state;

    fresh(10000);

    assert_true(sc_arena_join(&arena, parts, 5, &joined));
    assert_int_equal(joined.len, 5);
    assert_memory_equal(joined.data, "x:42\0", 5);

    assert_true(sc_arena_join(&arena, parts, 0, &joined));
    assert_int_equal(joined.len, 0);
    assert_non_null(joined.data);

    fresh(4);
    joined = SC_STR("before");
    assert_false(sc_arena_join(&arena, parts, 5, &joined));
    assert_null(joined.data);
    assert_int_equal(joined.len, 0);
    assert_true(sc_arena_join(&arena, parts, 2, &joined));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_before_it_is_asked_for, give_back),
        cmocka_unit_test_teardown(alignment, give_back),
        cmocka_unit_test_teardown(alignment_at_the_end, give_back),
        cmocka_unit_test_teardown(text_is_packed, give_back),
        cmocka_unit_test_teardown(pieces_stay_apart, give_back),
        cmocka_unit_test_teardown(limit, give_back),
        cmocka_unit_test_teardown(owner_without_memory, give_back),
        cmocka_unit_test_teardown(owner_without_any, give_back),
        cmocka_unit_test_teardown(arrays, give_back),
        cmocka_unit_test_teardown(copies, give_back),
        cmocka_unit_test_teardown(joins, give_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
