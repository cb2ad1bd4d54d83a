/*
 * test_distinct.c: the two counters of different ones against the truth.
 */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_distinct.h"


/* Evenly spread, as a keyed hash is (splitmix64). */

static uint64_t
hash_of(uint64_t i)
{
    i *= UINT64_C(0x9e3779b97f4a7c15);
    i = (i ^ (i >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    i = (i ^ (i >> 27)) * UINT64_C(0x94d049bb133111eb);

    return i ^ (i >> 31);
}


static double
count_of(const sc_distinct_t *distinct)
{
    sc_distinct_view_t view;

    sc_distinct_view(distinct, &view);

    return sc_distinct_count(&view);
}


/* Three registers of 64: 64 ln(64/61) = 3.07. */

static void
test_by_hand(void **state)
{
    sc_bitmap_t   bitmap;
    sc_distinct_t distinct;

    (void) state;

    memset(&distinct, 0, sizeof(distinct));
    assert_true(count_of(&distinct) == 0);

    sc_distinct_add(&distinct, 0);               /* register 0, rank 15 */
    sc_distinct_add(&distinct, 1 | 1 << 6);      /* register 1, rank 1 */
    sc_distinct_add(&distinct, 63 | 1 << 8);     /* register 63, rank 3 */
    sc_distinct_add(&distinct, 63 | 1 << 6);     /* less: nothing new */
    assert_int_equal(distinct.now[0], 0x1f);
    assert_int_equal(distinct.now[31], 0x30);
    assert_true(fabs(count_of(&distinct) - 64 * log(64.0 / 61)) < 1e-9);

    memset(&bitmap, 0, sizeof(bitmap));
    assert_true(sc_bitmap_count(&bitmap) == 0);
    sc_bitmap_add(&bitmap, 5);
    sc_bitmap_add(&bitmap, 5 + SC_BITMAP_BITS);
    sc_bitmap_add(&bitmap, 70);
    assert_true(fabs(sc_bitmap_count(&bitmap) - 2048 * log(2048.0 / 2046))
                < 1e-9);

    memset(&bitmap, 0xff, sizeof(bitmap));
    assert_true(fabs(sc_bitmap_count(&bitmap) - 15615.5) < 1);
}


/* How often each one comes makes no difference. */

static void
test_errors(void **state)
{
    size_t        c;
    double        error, worst, sum;
    uint64_t      i, trial;
    sc_bitmap_t   bitmap;
    sc_distinct_t distinct;

    static const struct {
        unsigned count;
        double   registers;    /* mean error at most */
        double   bits;
    } cases[] = {
        { 1, 0.05, 0.01 }, { 8, 0.08, 0.01 }, { 50, 0.12, 0.02 },
        { 500, 0.16, 0.02 }, { 5000, 0.16, 0.05 }
    };

    (void) state;

    for (c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        sum = 0;
        worst = 0;

        for (trial = 0; trial < 50; trial++) {
            memset(&distinct, 0, sizeof(distinct));
            memset(&bitmap, 0, sizeof(bitmap));

            for (i = 0; i < 3 * cases[c].count; i++) {
                sc_distinct_add(&distinct, hash_of(trial << 32
                                                   | i % cases[c].count));
                sc_bitmap_add(&bitmap, hash_of(trial << 32
                                               | i % cases[c].count));
            }

            sum += fabs(count_of(&distinct) / cases[c].count - 1);
            error = fabs(sc_bitmap_count(&bitmap) / cases[c].count - 1);
            worst += error / 50;
        }

        assert_true(sum / 50 <= cases[c].registers);
        assert_true(worst <= cases[c].bits);
    }
}


static void
test_turn_and_union(void **state)
{
    uint64_t           i;
    sc_distinct_t      one, two;
    sc_distinct_view_t view, other;

    (void) state;

    memset(&one, 0, sizeof(one));
    memset(&two, 0, sizeof(two));

    for (i = 0; i < 20; i++) {
        sc_distinct_add(&one, hash_of(i));
        sc_distinct_add(&two, hash_of(i + 10));
    }

    sc_distinct_view(&one, &view);
    sc_distinct_view(&two, &other);
    sc_distinct_unite(&view, &other);
    assert_true(fabs(sc_distinct_count(&view) - 30) < 5);

    sc_distinct_turn(&one);
    assert_true(fabs(count_of(&one) - 20) < 4);
    sc_distinct_add(&one, hash_of(0));
    assert_true(fabs(count_of(&one) - 20) < 4);
    sc_distinct_turn(&one);
    assert_true(fabs(count_of(&one) - 1) < 0.1);
    sc_distinct_turn(&one);
    assert_true(count_of(&one) == 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_turn_and_union)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
