/*
 * test_waits.c: the buckets of waits against their definition, percentiles and
 * the Kaplan-Meier median against values worked out by hand.
 */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sc_waits.h"


static const struct {
    uint32_t seconds;
    unsigned buckets;          /* at or below */
} test_ends[] = {
    { 1, 1 }, { 300, 147 }, { 900, 176 }, { 1800, 194 }, { 3600, 212 },
    { 14400, 248 }, { 86400, 294 }, { 259200, 323 }, { 604800, 345 }
};


static void
test_ends_are_exact(void **state)
{
    size_t  i;
    int64_t ms;

    (void) state;

    for (i = 0; i < sizeof(test_ends) / sizeof(test_ends[0]); i++) {
        ms = (int64_t) test_ends[i].seconds * 1000;

        assert_int_equal(sc_waits_within(test_ends[i].seconds),
                         test_ends[i].buckets);
        assert_int_equal(sc_wait_bucket(ms), test_ends[i].buckets - 1);
        assert_int_equal(sc_wait_bucket(ms + 1), test_ends[i].buckets);
        assert_true(sc_wait_bound(test_ends[i].buckets - 1) == (double) ms);
    }

    assert_int_equal(sc_waits_within(60), 0);
    assert_int_equal(sc_waits_within(0), 0);
    assert_int_equal(sc_wait_bucket(-5), 0);
    assert_int_equal(sc_wait_bucket(0), 0);
    assert_int_equal(sc_wait_bucket(INT64_MAX), SC_WAITS - 1);
    assert_true(sc_wait_bound(SC_WAITS - 1) < 0);
}


/*
 * Every bucket lies between its bounds, is narrow, and the next is above.  The
 * middle is a whole number of ms.
 */

static void
test_all_buckets(void **state)
{
    double   low, high;
    int64_t  middle;
    unsigned i;

    (void) state;

    low = sc_wait_bound(0);

    for (i = 1; i < SC_WAITS - 1; i++) {
        high = sc_wait_bound(i);
        middle = sc_wait_middle(i);

        assert_true(high > low);
        assert_true(high / low <= 1.0401);
        assert_true(fabs((double) middle / low - 1) < 0.0205);
        assert_true(fabs((double) middle / high - 1) < 0.0205);
        assert_int_equal(sc_wait_bucket((int64_t) floor(low) + 1), i);
        assert_int_equal(sc_wait_bucket(middle), i);
        assert_int_equal(sc_wait_bucket((int64_t) floor(high - 0.001)), i);
        low = high;
    }

    assert_int_equal(sc_wait_middle(0), 500);
    assert_int_equal(sc_wait_middle(SC_WAITS - 1), 604800000);
}


/* Within the 2 % of a bucket. */

static void
assert_about(int64_t got, int64_t wanted)
{
    assert_true(fabs((double) got / (double) wanted - 1) < 0.021);
}


static void
test_quantiles(void **state)
{
    int64_t  last, now;
    uint32_t counts[SC_WAITS];
    unsigned i;

    (void) state;

    memset(counts, 0, sizeof(counts));
    assert_int_equal(sc_waits_quantile(counts, 500), SC_WAITS_UNKNOWN);

    /* 1 to 100 minutes, one each. */

    for (i = 1; i <= 100; i++) {
        counts[sc_wait_bucket((int64_t) i * 60000)]++;
    }

    assert_int_equal(sc_waits_total(counts), 100);
    assert_int_equal(sc_waits_sum(counts, sc_waits_within(900)), 15);
    assert_int_equal(sc_waits_sum(counts, sc_waits_within(3600)), 60);
    assert_about(sc_waits_quantile(counts, 500), 50 * 60000);
    assert_about(sc_waits_quantile(counts, 950), 95 * 60000);
    assert_about(sc_waits_quantile(counts, 990), 99 * 60000);
    assert_about(sc_waits_quantile(counts, 0), 60000);
    assert_about(sc_waits_quantile(counts, 1000), 100 * 60000);

    last = 0;

    for (i = 0; i <= 1000; i++) {
        now = sc_waits_quantile(counts, i);
        assert_true(now >= last);
        last = now;
    }

    memset(counts, 0, sizeof(counts));
    counts[SC_WAITS - 1] = 1;
    assert_int_equal(sc_waits_quantile(counts, 500), 604800000);
}


static void
test_survival(void **state)
{
    uint32_t events[SC_WAITS], censored[SC_WAITS];
    unsigned minute[8], i;

    (void) state;

    memset(events, 0, sizeof(events));
    memset(censored, 0, sizeof(censored));
    assert_int_equal(sc_waits_survival_median(events, censored),
                     SC_WAITS_UNKNOWN);

    for (i = 1; i < 8; i++) {
        minute[i] = sc_wait_bucket((int64_t) i * 60000);
    }

    /* Nobody left out: the plain median.  1 of 3, 2 of 3 -> 2 minutes. */

    events[minute[1]] = events[minute[2]] = events[minute[3]] = 1;
    assert_about(sc_waits_survival_median(events, censored), 120000);

    /*
     * Answered after 1, 2, 4 and 6 min, still waiting at 3 and 5 min:
     * S = 5/6, 4/6, then 3 are left: 4/9 at 4 min.
     */

    events[minute[3]] = 0;
    events[minute[4]] = events[minute[6]] = 1;
    censored[minute[3]] = censored[minute[5]] = 1;
    assert_about(sc_waits_survival_median(events, censored), 240000);

    /* Exactly a half: 5/6, 4/6, 3/6 with the censored ones behind. */

    memset(events, 0, sizeof(events));
    memset(censored, 0, sizeof(censored));
    events[minute[1]] = events[minute[2]] = events[minute[3]] = 1;
    censored[minute[7]] = 3;
    assert_about(sc_waits_survival_median(events, censored), 180000);

    /* Most of them ignored: the answered ones alone would say 2 minutes. */

    censored[minute[7]] = 4;
    assert_int_equal(sc_waits_survival_median(events, censored),
                     SC_WAITS_UNKNOWN);

    /* Censored with an answer in the same bucket: it still waited then. */

    memset(events, 0, sizeof(events));
    memset(censored, 0, sizeof(censored));
    events[minute[1]] = 1;
    censored[minute[1]] = 1;
    assert_about(sc_waits_survival_median(events, censored), 60000);
    censored[minute[1]] = 2;
    assert_int_equal(sc_waits_survival_median(events, censored),
                     SC_WAITS_UNKNOWN);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_are_exact),
        cmocka_unit_test(test_all_buckets),
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_survival),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
