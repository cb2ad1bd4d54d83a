/*
 * test_spike.c: the CUSUM by hand, learning, and what it finds in synthetic
 * series.
 *
 * Measured by `simulation` below (seeds 1 to 3, 72 weeks each; SPIKE means
 * above 8 or z15 above 5, WATCH above 5):
 *
 *     a day    SPIKE a week   WATCH a week   injected     found   median delay
 *        40    0.11 to 0.24   1.4 to 1.6     +12/h        100 %   45 to 50 min
 *       432    0.49 to 0.62   1.2 to 1.5     +625/h       100 %    5 min
 *       432    the same                      +60/h, 3 h   100 %   20 to 25 min
 *     7,344    0.24 to 0.32   0.5 to 0.6     +600/h       100 %   15 min
 *
 * These are series of one kind (series.h), not traces of a real brand.
 */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_spike.h"
#include "series.h"


#define WEEK    2016
#define MONDAY  (UINT32_C(496) * WEEK)
#define MANY    1000.0         /* authors: enough of them */


static void
close_to(double value, double expected, double within)
{
    if (fabs(value - expected) > within) {
        fail_msg("%f instead of %f", value, expected);
    }
}


static sc_spike_reading_t
reading_of(double count, double expected)
{
    sc_spike_reading_t reading;

    memset(&reading, 0, sizeof(reading));
    reading.count = count;
    reading.count_15 = count;
    reading.count_60 = count;
    reading.expected = expected;
    reading.expected_15 = 3 * expected;
    reading.expected_60 = 12 * expected;
    reading.dispersion = 1;
    reading.authors = MANY;
    reading.grade = SC_SPIKE_KNOWN;

    return reading;
}


/* One more bucket, and what it leaves the alarm in. */

static void
expect_state(sc_spike_alarm_t *alarm, const sc_spike_reading_t *reading,
    uint32_t bucket, int state)
{
    sc_spike_judge(alarm, reading, bucket);
    assert_int_equal(alarm->state, state);
}


/* ln 3 = 1.0986: four authors where 0.5 are usual give 3.394 a bucket. */

static void
test_sum(void **state)
{
    sc_spike_alarm_t   alarm;
    sc_spike_reading_t reading;

    (void) state;

    memset(&alarm, 0, sizeof(alarm));
    reading = reading_of(4, 0.5);

    sc_spike_judge(&alarm, &reading, 100);
    close_to((double) alarm.sum, 3.3944, 0.001);
    assert_int_equal(alarm.state, SC_SPIKE_CALM);

    sc_spike_judge(&alarm, &reading, 101);
    close_to((double) alarm.sum, 6.7889, 0.001);
    assert_int_equal(alarm.state, SC_SPIKE_WATCH);
    assert_int_equal(alarm.since, 100);

    sc_spike_judge(&alarm, &reading, 102);
    close_to((double) alarm.sum, 10.1833, 0.001);
    assert_int_equal(alarm.state, SC_SPIKE_SPIKE);
    assert_int_equal(alarm.since, 100);

    /* The dispersion divides, the margin raises the bar, 30 is the end. */

    memset(&alarm, 0, sizeof(alarm));
    reading.dispersion = 2;
    reading.margin = 1;
    sc_spike_judge(&alarm, &reading, 1);
    close_to((double) alarm.sum, 1.6972, 0.001);

    alarm.sum = 4;
    expect_state(&alarm, &reading, 2, SC_SPIKE_CALM);

    expect_state(&alarm, &reading, 3, SC_SPIKE_WATCH);

    reading = reading_of(100, 0.5);
    sc_spike_judge(&alarm, &reading, 4);
    close_to((double) alarm.sum, 30, 0);
}


/* z15 = 2 (sqrt(12.375) - sqrt(1.875)) = 4.297; 17: 5.6. */

static void
test_sudden(void **state)
{
    sc_spike_alarm_t   alarm;
    sc_spike_reading_t reading;

    (void) state;

    memset(&alarm, 0, sizeof(alarm));
    reading = reading_of(0, 0.5);
    reading.count_15 = 12;
    expect_state(&alarm, &reading, 1, SC_SPIKE_CALM);

    reading.count_15 = 17;
    expect_state(&alarm, &reading, 2, SC_SPIKE_SPIKE);

    /* Dispersion 9 of the hour is 3 of its quarter: 5.6 / 1.73. */

    memset(&alarm, 0, sizeof(alarm));
    reading.dispersion = 9;
    expect_state(&alarm, &reading, 3, SC_SPIKE_CALM);
}


static void
test_few_are_no_incident(void **state)
{
    sc_spike_alarm_t   alarm;
    sc_spike_reading_t reading;

    (void) state;

    memset(&alarm, 0, sizeof(alarm));
    reading = reading_of(100, 0.5);
    reading.authors = 7.9;
    expect_state(&alarm, &reading, 1, SC_SPIKE_CALM);

    reading.authors = 8;
    expect_state(&alarm, &reading, 2, SC_SPIKE_SPIKE);

    /* While learning, eight have to come in 15 minutes. */

    memset(&alarm, 0, sizeof(alarm));
    reading = reading_of(7, 0.083);
    reading.grade = SC_SPIKE_LEARNING;
    alarm.sum = 20;
    expect_state(&alarm, &reading, 3, SC_SPIKE_CALM);

    reading.count_15 = 8;
    expect_state(&alarm, &reading, 4, SC_SPIKE_SPIKE);

    /* In the first hour nothing is known. */

    memset(&alarm, 0, sizeof(alarm));
    reading.grade = SC_SPIKE_UNKNOWN;
    expect_state(&alarm, &reading, 5, SC_SPIKE_CALM);
    close_to((double) alarm.sum, 0, 0);
}


/* Six normal buckets in a row end it, five do not. */

static void
test_end(void **state)
{
    uint32_t           bucket;
    sc_spike_alarm_t   alarm;
    sc_spike_reading_t loud, quiet;

    (void) state;

    memset(&alarm, 0, sizeof(alarm));
    loud = reading_of(50, 0.5);
    quiet = reading_of(0, 0.5);
    sc_spike_judge(&alarm, &loud, 1);

    for (bucket = 2; bucket < 7; bucket++) {
        sc_spike_judge(&alarm, &quiet, bucket);
    }

    assert_int_equal(alarm.state, SC_SPIKE_SPIKE);
    sc_spike_judge(&alarm, &loud, 7);

    for (bucket = 8; bucket < 14; bucket++) {
        assert_int_equal(alarm.state, SC_SPIKE_SPIKE);
        assert_int_equal(alarm.since, 1);
        sc_spike_judge(&alarm, &quiet, bucket);
    }

    assert_int_equal(alarm.state, SC_SPIKE_CALM);
    close_to((double) alarm.sum, 0, 0);
}


static void
add_hours(sc_spike_t *spike, uint32_t *bucket, unsigned hours, uint32_t count)
{
    unsigned i;

    for (i = 0; i < hours * SC_SPIKE_HOUR; i++) {
        sc_spike_add(spike, (*bucket)++, count, MANY);
    }
}


static void
test_learning(void **state)
{
    uint32_t           bucket;
    sc_spike_t         spike;
    sc_spike_reading_t reading;

    (void) state;

    assert_true(sizeof(sc_spike_t) < 1024);

    sc_spike_init(&spike);
    bucket = MONDAY;
    sc_spike_read(&spike, &reading);
    assert_int_equal(reading.grade, SC_SPIKE_UNKNOWN);
    close_to(sc_spike_expected(&spike, bucket), SC_SPIKE_PRIOR, 1e-9);

    /* A busy brand's first hour is no spike; then its level is known. */

    add_hours(&spike, &bucket, 1, 25);
    sc_spike_read(&spike, &reading);
    assert_int_equal(reading.grade, SC_SPIKE_UNKNOWN);
    assert_int_equal(spike.alarm.state, SC_SPIKE_CALM);
    close_to(sc_spike_expected(&spike, bucket), 25, 0.001);

    add_hours(&spike, &bucket, 1, 25);
    sc_spike_read(&spike, &reading);
    assert_int_equal(reading.grade, SC_SPIKE_LEARNING);
    close_to(reading.count_60, 300, 0);
    close_to(reading.count_15, 75, 0);
    close_to(reading.expected_60, 300, 0.01);

    /* Hours of the day are shared by all days: 01:00 was 25, tomorrow too. */

    add_hours(&spike, &bucket, 22, 10);
    close_to((double) spike.slots[0], 25, 0.001);
    close_to((double) spike.slots[24 + 1], 25, 0.001);

    /* Smoothed 1-2-1; what was not seen (23:00 is not over) is left out. */

    close_to(sc_spike_expected(&spike, MONDAY + 288 + 6), 25, 0.01);
    close_to(sc_spike_expected(&spike, MONDAY + 288 + 18),
             (25 + 50 + 10) / 4.0, 0.01);
    close_to(sc_spike_expected(&spike, MONDAY + 288 + 60), 10, 0.01);

    /* The second day counts as much as the first: (25 + 15) / 2. */

    add_hours(&spike, &bucket, 1, 15);
    add_hours(&spike, &bucket, 1, 25);
    close_to((double) spike.slots[0], 20, 0.001);
}


/* After two weeks each hour of the week is its own, 0.5, then 0.2. */

static void
test_weeks(void **state)
{
    unsigned           day;
    uint32_t           bucket;
    sc_spike_t         spike;
    sc_spike_reading_t reading;

    (void) state;

    sc_spike_init(&spike);
    bucket = MONDAY;

    add_hours(&spike, &bucket, 14 * 24, 10);
    add_hours(&spike, &bucket, 1, 12);
    add_hours(&spike, &bucket, 167, 10);
    sc_spike_read(&spike, &reading);
    assert_int_equal(reading.grade, SC_SPIKE_KNOWN);
    close_to((double) spike.slots[0], 11, 0.01);

    for (day = 1; day < 7; day++) {
        close_to((double) spike.slots[day * 24], 10, 0.01);
    }

    add_hours(&spike, &bucket, 1, 16);
    add_hours(&spike, &bucket, 1, 10);
    close_to((double) spike.slots[0], 12, 0.01);

    /* Capped: three times what was expected, and one. */

    close_to(sc_spike_capped(100, 10), 31, 0);
    close_to(sc_spike_capped(30, 10), 30, 0);
}


/* An alarm teaches nothing, unless it does not end. */

static void
test_alarm_does_not_teach(void **state)
{
    uint32_t   bucket, began;
    sc_spike_t spike;

    (void) state;

    sc_spike_init(&spike);
    bucket = MONDAY;
    add_hours(&spike, &bucket, 21 * 24, 4);
    began = bucket;

    add_hours(&spike, &bucket, 24, 40);
    assert_int_equal(spike.alarm.state, SC_SPIKE_SPIKE);
    assert_int_equal(spike.alarm.since, began);
    close_to(sc_spike_expected(&spike, bucket), 4, 0.5);

    add_hours(&spike, &bucket, 26, 40);
    assert_int_equal(spike.alarm.state, SC_SPIKE_CALM);
    close_to(sc_spike_expected(&spike, bucket), 40, 1);
}


/* The parts of it: the level, the hour, the dispersion. */

static void
test_what_an_alarm_teaches(void **state)
{
    unsigned   i;
    uint32_t   bucket;
    sc_spike_t spike;

    (void) state;

    /*
     * The first day: 03:00 was never seen, so the level follows the alarm, but
     * three times as slowly; at most 13 where 4 are expected.
     */

    sc_spike_init(&spike);
    bucket = MONDAY;
    add_hours(&spike, &bucket, 3, 4);
    sc_spike_add(&spike, bucket, 4, MANY);
    assert_int_equal(spike.alarm.state, SC_SPIKE_CALM);
    close_to((double) spike.recent, 4, 0.0001);
    close_to((double) spike.hour_sum, 4, 0.0001);

    sc_spike_add(&spike, bucket + 1, 40, MANY);
    assert_int_not_equal(spike.alarm.state, SC_SPIKE_CALM);
    close_to((double) spike.recent, 4 + 9 / 36.0, 0.0001);
    close_to((double) spike.hour_sum, 4, 0.0001);
    assert_int_equal(spike.hour_count, 1);

    /* Without an alarm it follows at once: 5 of 4 expected. */

    sc_spike_init(&spike);
    bucket = MONDAY;
    add_hours(&spike, &bucket, 3, 4);
    spike.dispersion = 2;
    sc_spike_add(&spike, bucket, 5, MANY);
    assert_int_equal(spike.alarm.state, SC_SPIKE_CALM);
    close_to((double) spike.recent, 4 + 1 / 12.0, 0.0001);
    close_to((double) spike.hour_sum, 5, 0.0001);
    close_to((double) spike.dispersion, 2, 0);   /* no slot to compare with */

    /* A month later the hour is known: neither level nor dispersion moves. */

    sc_spike_init(&spike);
    bucket = MONDAY;
    add_hours(&spike, &bucket, 28 * 24, 4);
    spike.dispersion = 2;
    sc_spike_add(&spike, bucket, 5, MANY);
    close_to((double) spike.recent, 4 + 1 / 12.0, 0.0001);
    close_to((double) spike.dispersion, 2 - 0.0005 * (2 - 1 / 48.0), 1e-6);

    for (i = 1; i < SC_SPIKE_HOUR; i++) {
        sc_spike_add(&spike, bucket + i, 400, MANY);
        assert_int_equal(spike.alarm.state, SC_SPIKE_SPIKE);
        assert_int_equal(spike.hour_count, 1);
    }

    close_to((double) spike.recent, 4 + 1 / 12.0, 0.0001);
    close_to((double) spike.dispersion, 2 - 0.0005 * (2 - 1 / 48.0), 1e-6);
}


/* Half of an hour must have been normal for it to be learned. */

static void
test_half_an_hour_teaches(void **state)
{
    unsigned   i, normal;
    uint32_t   bucket;
    sc_spike_t spike;

    (void) state;

    for (normal = 5; normal <= 6; normal++) {
        sc_spike_init(&spike);
        bucket = MONDAY;
        add_hours(&spike, &bucket, 28 * 24, 4);

        for (i = 0; i < SC_SPIKE_HOUR; i++) {
            sc_spike_add(&spike, bucket++, i < normal ? 6 : 400, MANY);
            assert_int_equal(spike.alarm.state,
                             i < normal ? SC_SPIKE_CALM : SC_SPIKE_SPIKE);
        }

        sc_spike_add(&spike, bucket, 400, MANY);
        close_to((double) spike.slots[0], normal == 6 ? 4.4 : 4, 0.0001);
    }
}


/* Gaps are empty buckets; a long one and a step back forget the hour. */

static void
test_gaps(void **state)
{
    uint32_t           bucket;
    sc_spike_t         spike;
    sc_spike_reading_t reading;

    (void) state;

    sc_spike_init(&spike);
    bucket = MONDAY;
    add_hours(&spike, &bucket, 30, 4);

    sc_spike_add(&spike, bucket + 5, 4, MANY);
    sc_spike_read(&spike, &reading);
    close_to(reading.count_60, 6 * 4 + 4, 0);

    sc_spike_add(&spike, bucket + 100, 4, MANY);
    sc_spike_read(&spike, &reading);
    close_to(reading.count_60, 4, 0);
    assert_int_equal(reading.grade, SC_SPIKE_LEARNING);

    sc_spike_add(&spike, bucket + 50, 9, MANY);
    sc_spike_read(&spike, &reading);
    close_to(reading.count_60, 9, 0);

    /* Before all that is known: nothing is known. */

    sc_spike_add(&spike, MONDAY - 100, 9, MANY);
    sc_spike_read(&spike, &reading);
    assert_int_equal(reading.grade, SC_SPIKE_UNKNOWN);
}


/* Whatever comes, the numbers stay numbers and within their bounds. */

static void
test_any_series(void **state)
{
    unsigned           i;
    uint32_t           bucket;
    uint64_t           random;
    sc_spike_t         spike;
    sc_spike_reading_t reading;

    (void) state;

    random = 7;
    bucket = MONDAY;
    sc_spike_init(&spike);

    for (i = 0; i < 50000; i++) {
        bucket += (uint32_t) (series_random(&random) * 3);
        bucket -= series_random(&random) < 0.001 ? 5000 : 0;
        bucket += series_random(&random) < 0.001 ? 5000 : 0;

        sc_spike_add(&spike, bucket,
                     series_random(&random) < 0.01
                     ? UINT32_MAX : (uint32_t) (series_random(&random) * 20),
                     series_random(&random) * 20);
        sc_spike_read(&spike, &reading);

        assert_true(spike.alarm.sum >= 0 && spike.alarm.sum <= 30);
        assert_true(spike.alarm.state <= SC_SPIKE_SPIKE);
        assert_true(reading.dispersion >= 1);
        assert_true(isfinite(reading.dispersion));
        assert_true(sc_spike_expected(&spike, bucket + 1) >= SC_SPIKE_FLOOR);
        assert_true(isfinite(sc_spike_expected(&spike, bucket + 1)));
        assert_true(reading.count_15 <= reading.count_60);
    }
}


typedef struct {
    double spikes;             /* a week, after the third */
    double watches;
    double cold;               /* spikes in the first two weeks */
    double found;              /* part of what was injected */
    double delay;              /* median, minutes */
} outcome_t;


static int
compare_delays(const void *a, const void *b)
{
    return *(const int *) a - *(const int *) b;
}


static void
inject(const sc_spike_t *spike, const series_t *series, double extra,
    unsigned hours, int *delays, int *found)
{
    unsigned   i;
    series_t   arrivals;
    uint32_t   bucket;
    sc_spike_t copy;

    copy = *spike;
    arrivals = *series;
    arrivals.random ^= UINT64_C(0x5bd1e995);

    for (i = 1; i <= hours * SC_SPIKE_HOUR; i++) {
        bucket = arrivals.bucket;
        sc_spike_add(&copy, bucket,
                     series_next(&arrivals, extra / SC_SPIKE_HOUR), MANY);

        if (copy.alarm.state == SC_SPIKE_SPIKE) {
            delays[(*found)++] = (int) (i * 5);
            return;
        }
    }
}


/* False alarms are counted with an hour's hold. */

static outcome_t
simulate(double per_day, double extra, unsigned hours, uint64_t seed)
{
    int        i, injected, found, delays[128];
    int        spikes, watches, cold, last_spike, last_watch;
    uint8_t    before;
    uint32_t   bucket;
    series_t   series;
    outcome_t  outcome;
    sc_spike_t spike;

    const int weeks = 75;

    series_init(&series, seed, per_day, MONDAY);
    sc_spike_init(&spike);
    injected = found = spikes = watches = cold = 0;
    last_spike = last_watch = -WEEK;
    before = SC_SPIKE_CALM;

    for (i = 0; i < weeks * WEEK; i++) {
        bucket = series.bucket;
        sc_spike_add(&spike, bucket, series_next(&series, 0), MANY);

        if (spike.alarm.state == SC_SPIKE_SPIKE && before != SC_SPIKE_SPIKE
            && i - last_spike > SC_SPIKE_HOUR)
        {
            *(i < 3 * WEEK ? &cold : &spikes) += 1;
            last_spike = i;
        }

        if (spike.alarm.state != SC_SPIKE_CALM && before == SC_SPIKE_CALM
            && i - last_watch > SC_SPIKE_HOUR && i >= 3 * WEEK)
        {
            watches++;
            last_watch = i;
        }

        before = spike.alarm.state;

        if (i > 4 * WEEK && i % 1237 == 0 && before == SC_SPIKE_CALM) {
            injected++;
            inject(&spike, &series, extra, hours, delays, &found);
        }
    }

    assert_true(injected >= 100);
    qsort(delays, (size_t) found, sizeof(int), compare_delays);

    outcome.spikes = (double) spikes / (weeks - 3);
    outcome.watches = (double) watches / (weeks - 3);
    outcome.cold = cold;
    outcome.found = (double) found / injected;
    outcome.delay = HUGE_VAL;

    if (found > 0) {
        found /= 2;
        outcome.delay = delays[found];
    }

    return outcome;
}


/* The numbers of this file's head, with room for another seed. */

static void
test_simulation(void **state)
{
    size_t    i;
    uint64_t  seed;
    outcome_t outcome;

    static const struct {
        double   per_day;
        double   extra;        /* an hour */
        unsigned hours;
        double   spikes;       /* at most, a week */
        double   delay;        /* at most, minutes */
    } cases[] = {
        { 40, 12, 24, 0.4, 55 },
        { 432, 625, 24, 0.8, 10 },
        { 432, 60, 3, 0.8, 35 },
        { 7344, 600, 24, 0.5, 25 }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (seed = 1; seed <= 3; seed++) {
            outcome = simulate(cases[i].per_day, cases[i].extra,
                               cases[i].hours, seed);

            print_message("%5.0f/day +%.0f/h: %.2f spikes, %.2f watches a "
                          "week, %.0f at first; %.0f %% found, median %.0f "
                          "min\n", cases[i].per_day, cases[i].extra,
                          outcome.spikes, outcome.watches, outcome.cold,
                          100 * outcome.found, outcome.delay);

            assert_true(outcome.spikes <= cases[i].spikes);
            assert_true(outcome.watches <= 2);
            assert_true(outcome.cold <= 6);
            assert_true(outcome.found >= 0.98);
            assert_true(outcome.delay <= cases[i].delay);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum),
        cmocka_unit_test(test_sudden),
        cmocka_unit_test(test_few_are_no_incident),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_learning),
        cmocka_unit_test(test_weeks),
        cmocka_unit_test(test_alarm_does_not_teach),
        cmocka_unit_test(test_what_an_alarm_teaches),
        cmocka_unit_test(test_half_an_hour_teaches),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_any_series),
        cmocka_unit_test(test_simulation)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
