/*
 * test_rate.c: rates from readings at any distance, and when a queue drains.
 */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sc_rate.h"


static void
assert_micro(const sc_rate_t *rate, double wanted)
{
    assert_true(fabs((double) sc_rate_micro(rate) - wanted) <= 1);
}


static void
test_constant(void **state)
{
    int64_t   i;
    sc_rate_t rate = { 0 };

    (void) state;

    assert_int_equal(sc_rate_micro(&rate), SC_RATE_UNKNOWN);

    for (i = 0; i < 1000; i++) {
        sc_rate_add(&rate, 1000 + 15 * i, 5000 + 3000 * i);

        if (i == 0) {
            assert_int_equal(sc_rate_micro(&rate), SC_RATE_UNKNOWN);

        } else {
            assert_micro(&rate, 5e6);
        }
    }

    /* The same moment twice tells nothing. */

    sc_rate_add(&rate, 20000, 5000 + 3000 * 999);
    assert_micro(&rate, 5e6);
}


/* After five minutes of silence 1/e is left of the old rate. */

static void
test_decay(void **state)
{
    int64_t   i, now;
    sc_rate_t rate = { 0 };

    (void) state;

    now = 0;

    for (i = 0; i <= 2000; i++) {
        now = i * 3000;
        sc_rate_add(&rate, 3 * i, now);
    }

    assert_micro(&rate, 1e6);

    for (i = 1; i <= 100; i++) {
        sc_rate_add(&rate, 6000, now + 3000 * i);
    }

    assert_micro(&rate, 1e6 / exp(1));

    /* One late reading weighs as much as many in time. */

    sc_rate_add(&rate, 6000, now + 300000 + SC_RATE_WINDOW_MS);
    assert_micro(&rate, 1e6 / exp(2));
}


static void
test_restart(void **state)
{
    sc_rate_t rate = { 0 };

    (void) state;

    sc_rate_add(&rate, 100, 0);
    sc_rate_add(&rate, 200, 10000);
    assert_micro(&rate, 10e6);

    sc_rate_add(&rate, 3, 20000);          /* the stream was deleted */
    assert_int_equal(sc_rate_micro(&rate), SC_RATE_UNKNOWN);
    sc_rate_add(&rate, 23, 30000);
    assert_micro(&rate, 2e6);

    sc_rate_add(&rate, 33, 29000);         /* the clock was set back */
    assert_int_equal(sc_rate_micro(&rate), SC_RATE_UNKNOWN);
    sc_rate_add(&rate, 43, 39000);
    assert_micro(&rate, 1e6);

    sc_rate_add(&rate, -1, 49000);         /* unknown */
    assert_int_equal(sc_rate_micro(&rate), SC_RATE_UNKNOWN);
    sc_rate_add(&rate, 53, 59000);
    assert_int_equal(sc_rate_micro(&rate), SC_RATE_UNKNOWN);
    sc_rate_add(&rate, 53, 69000);
    assert_micro(&rate, 0);

    sc_rate_add(&rate, INT64_MAX, 69001);
    assert_true(sc_rate_micro(&rate) > 0);
}


static void
test_drain(void **state)
{
    static const struct {
        int64_t    waiting, arrival, pop;
        sc_drain_t drain;
        int64_t    seconds;
    } table[] = {
        { -1, 5, 5, SC_DRAIN_UNKNOWN, 0 },
        { 0, -1, -1, SC_DRAIN_NOW, 0 },
        { 100, -1, 5000000, SC_DRAIN_UNKNOWN, 0 },
        { 100, 5000000, -1, SC_DRAIN_UNKNOWN, 0 },
        { 100, 1000000, 3000000, SC_DRAIN_FINITE, 50 },
        { 100, 0, 3000000, SC_DRAIN_FINITE, 34 },
        { 10, 3000000, 3000000, SC_DRAIN_NEVER, 0 },
        { 10, 3000000, 2000000, SC_DRAIN_NEVER, 0 },
        { 10, 0, 0, SC_DRAIN_NEVER, 0 },
        { 9, 3000000, 3000000, SC_DRAIN_NOW, 0 },
        { INT64_MAX, 0, 1, SC_DRAIN_NEVER, 0 },
        { INT64_MAX, 9000000000000000, 9000000000000001, SC_DRAIN_NEVER, 0 }
    };
    size_t  i;
    int64_t seconds;

    (void) state;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        assert_int_equal(sc_drain(table[i].waiting, table[i].arrival,
                                  table[i].pop, &seconds),
                         table[i].drain);
        assert_int_equal(seconds, table[i].seconds);
    }

    assert_string_equal(sc_drain_name(SC_DRAIN_UNKNOWN), "unknown");
    assert_string_equal(sc_drain_name(SC_DRAIN_NOW), "now");
    assert_string_equal(sc_drain_name(SC_DRAIN_FINITE), "finite");
    assert_string_equal(sc_drain_name(SC_DRAIN_NEVER), "never");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_decay),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_drain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
