/*
 * test_tally.c: windows, cohorts, courses and groups from single counters.
 * t/windows.t compares the same with a model of many waits.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sc_summary.h"


/* 2026-01-15 09:22:30 UTC: slot 4 ('e') of its hour. */
#define TEST_NOW   INT64_C(1768468950000)
#define TEST_HOUR  (TEST_NOW / SC_HOUR_MS)

static sc_plan_t          plan;
static sc_tally_t         tally;
static sc_series_tally_t  series;
static sc_brand_tally_t   brand;


static void
begin(int64_t now_ms)
{
    memset(&series, 0, sizeof(series));
    memset(&brand, 0, sizeof(brand));
    sc_plan_init(&plan, now_ms);
}


/* One hash: pairs of a name and a number. */

static void
hash(int64_t hour, const char *const *pairs)
{
    sc_tally_begin(&tally, &plan, &series, &brand, 1, hour);

    for ( /* void */ ; pairs[0] != NULL; pairs += 2) {
        sc_tally_add(&tally, sc_str_from_cstring(pairs[0]),
                     sc_str_from_cstring(pairs[1]));
    }

    sc_tally_end(&tally);
}

#define hash_of(hour, ...)                                                    \
    do {                                                                      \
        const char *const pairs[] = { __VA_ARGS__, NULL };                    \
        hash(hour, pairs);                                                    \
    } while (0)


static uint64_t
count_in(unsigned window)
{
    return series.windows[window].counts[SC_COUNT_IN];
}


/* Each window takes its slots and hours and not the ones beside them. */

static void
test_windows(void **state)
{
    (void) state;

    begin(TEST_NOW);
    hash_of(TEST_HOUR, "ein", "1", "din", "10", "cin", "100", "ain", "1000",
            "fin", "7");
    assert_int_equal(count_in(SC_WINDOW_5M), 11);
    assert_int_equal(count_in(SC_WINDOW_1H), 1111);
    assert_int_equal(count_in(SC_WINDOW_24H), 1118);
    assert_int_equal(count_in(SC_WINDOW_7D), 1118);
    assert_int_equal(brand.hours[47].in, 1118);
    assert_int_equal(brand.slots[23].in, 1);
    assert_int_equal(brand.slots[22].in, 10);

    /* The 12 slots before: from slot e of the last hour on. */

    begin(TEST_NOW);
    hash_of(TEST_HOUR - 1, "ein", "1", "din", "10", "lin", "100", "zin",
            "1000");
    assert_int_equal(count_in(SC_WINDOW_5M), 0);
    assert_int_equal(count_in(SC_WINDOW_1H), 101);
    assert_int_equal(count_in(SC_WINDOW_24H), 1111);
    assert_int_equal(brand.hours[46].in, 1111);

    begin(TEST_NOW);
    hash_of(TEST_HOUR - 24, "zin", "1");
    hash_of(TEST_HOUR - 25, "zin", "10");
    hash_of(TEST_HOUR - 168, "zin", "100");
    hash_of(TEST_HOUR - 169, "zin", "1000");
    hash_of(TEST_HOUR - 47, "zin", "10000");
    hash_of(TEST_HOUR - 48, "zin", "100000");
    hash_of(TEST_HOUR + 1, "ain", "1000000");
    assert_int_equal(count_in(SC_WINDOW_24H), 1);
    assert_int_equal(count_in(SC_WINDOW_7D), 110111);
    assert_int_equal(brand.hours[0].in, 10000);

    assert_int_equal(sc_window_from_ms(&plan, SC_WINDOW_5M),
                     TEST_HOUR * SC_HOUR_MS + 3 * SC_SLOT_MS);
    assert_int_equal(sc_window_end_ms(&plan, SC_WINDOW_5M),
                     TEST_HOUR * SC_HOUR_MS + 5 * SC_SLOT_MS);
    assert_int_equal(sc_window_from_ms(&plan, SC_WINDOW_7D),
                     (TEST_HOUR - 168) * SC_HOUR_MS);
    assert_int_equal(sc_window_end_ms(&plan, SC_WINDOW_24H),
                     (TEST_HOUR + 1) * SC_HOUR_MS);
}


/* Late ones are due and not replied; withdrawn ones leave both sides. */

static void
test_cohorts(void **state)
{
    int64_t      from_ms, to_ms;
    sc_cohort_t *cohort;

    static sc_window_summary_t summary;

    (void) state;

    /* Within 5 min, 5m: those of slot c, all of which had 5 min to go. */

    begin(TEST_NOW);
    hash_of(TEST_HOUR, "coF0", "10", "cw0.146", "3", "cw0.147", "2",
            "cx0.10", "1", "cx0.200", "1", "doF0", "100", "boF0", "1000");
    sc_tally_window(&series, SC_WINDOW_5M, &summary);
    cohort = &summary.cohorts[0];
    assert_int_equal(cohort->due, 9);
    assert_int_equal(cohort->replied, 3);
    assert_int_equal(cohort->withdrawn, 1);
    assert_true(sc_cohort_span(&plan, SC_WINDOW_5M, 0, &from_ms, &to_ms));
    assert_int_equal(from_ms, TEST_HOUR * SC_HOUR_MS + 3 * SC_SLOT_MS);
    assert_int_equal(to_ms, TEST_HOUR * SC_HOUR_MS + 4 * SC_SLOT_MS);

    /* Rates: hours that are old enough and no older than the window. */

    begin(TEST_NOW);
    hash_of(TEST_HOUR - 1, "zoF0", "1");
    hash_of(TEST_HOUR - 2, "zoF0", "10", "zw0.211", "4", "zw0.212", "5");
    hash_of(TEST_HOUR - 24, "zoF0", "100");
    hash_of(TEST_HOUR - 25, "zoF0", "1000");
    sc_tally_window(&series, SC_WINDOW_24H, &summary);
    assert_int_equal(summary.cohorts[SC_WITHINS].due, 110);
    assert_int_equal(summary.cohorts[SC_WITHINS].replied, 4);
    assert_false(sc_cohort_span(&plan, SC_WINDOW_24H, SC_RATE_DAY, &from_ms,
                                &to_ms));
    assert_true(sc_cohort_span(&plan, SC_WINDOW_7D, SC_RATE_DAY, &from_ms,
                               &to_ms));
    assert_int_equal(to_ms, (TEST_HOUR - 24) * SC_HOUR_MS);
    sc_tally_window(&series, SC_WINDOW_7D, &summary);
    assert_int_equal(summary.cohorts[SC_RATE_DAY].due, 1000);

    /* More ended than began (a hash that lost a field): not below nothing. */

    begin(TEST_NOW);
    hash_of(TEST_HOUR - 2, "zoF0", "1", "zx0.1", "5");
    sc_tally_window(&series, SC_WINDOW_24H, &summary);
    assert_int_equal(summary.cohorts[1].due, 0);
    assert_int_equal(brand.groups[0].open, 0);
}


static void
test_responses(void **state)
{
    static sc_window_summary_t summary;

    (void) state;

    begin(TEST_NOW);
    hash_of(TEST_HOUR, "ef.146", "2", "ef.147", "1", "efms", "905000",
            "en.175", "1", "ea.0", "4", "ec:spam", "3", "ec:odd", "1",
            "eov", "8000", "emet", "3", "emiss", "1");
    sc_tally_window(&series, SC_WINDOW_5M, &summary);
    assert_int_equal(summary.responses[SC_RESPONSE_FIRST].count, 3);
    assert_int_equal(summary.responses[SC_RESPONSE_FIRST].sum_ms, 905000);
    assert_int_equal(summary.responses[SC_RESPONSE_FIRST].within[0], 2);
    assert_int_equal(summary.responses[SC_RESPONSE_FIRST].within[1], 3);
    assert_int_equal(summary.responses[SC_RESPONSE_NEXT].within[0], 0);
    assert_int_equal(summary.responses[SC_RESPONSE_NEXT].within[1], 1);
    assert_int_equal(summary.responses[SC_RESPONSE_AUTOMATIC].count, 4);
    assert_int_equal(summary.closed[SC_CLOSED_SPAM], 3);
    assert_int_equal(summary.closed[SC_CLOSED_OTHER], 1);
    assert_int_equal(brand.overtake_ms, 8000);
    assert_int_equal(brand.answers, 4);
    assert_int_equal(brand.slots[23].replied, 4);
    assert_int_equal(brand.slots[23].replied_within_15min, 4);
    assert_int_equal(brand.slots[23].closed, 4);
    assert_int_equal(sc_share_micro(3, 4), 750000);
    assert_int_equal(sc_share_micro(0, 0), -1);
}


/* Open waits are censored at their age from the end of their slot. */

static void
test_open(void **state)
{
    sc_group_tally_t *all, *tier, *channel;

    (void) state;

    begin(TEST_NOW);
    hash_of(TEST_HOUR, "aoF2", "5", "aw2.10", "2", "ax2.11", "1");
    all = &brand.groups[SC_GROUP_ALL];
    tier = &brand.groups[SC_GROUP_TIER + 2];
    channel = &brand.groups[SC_GROUP_CHANNEL + 1];
    assert_int_equal(all->spells, 5);
    assert_int_equal(tier->spells, 5);
    assert_int_equal(channel->open, 2);
    assert_int_equal(tier->answered[10], 2);
    assert_int_equal(tier->censored[11], 1);
    /* From 09:05 to 09:22:30. */
    assert_int_equal(tier->censored[sc_wait_bucket(1050000)], 2);

    /* The present slot has not ended: no age. */

    begin(TEST_NOW);
    hash_of(TEST_HOUR, "eoN1", "3");
    assert_int_equal(brand.groups[SC_GROUP_ALL].censored[0], 3);

    /* Compacted in part: the hour's sums decide, and its end. */

    begin(TEST_NOW);
    hash_of(TEST_HOUR - 5, "zoF1", "4", "bw1.5", "3");
    assert_int_equal(brand.groups[SC_GROUP_ALL].open, 1);
    assert_int_equal(brand.groups[SC_GROUP_ALL].censored
                         [sc_wait_bucket(TEST_NOW
                                         - (TEST_HOUR - 4) * SC_HOUR_MS)], 1);

    /* Older waits belong to no group. */

    begin(TEST_NOW);
    hash_of(TEST_HOUR - 25, "zoF1", "4", "zw1.5", "3");
    assert_int_equal(brand.groups[SC_GROUP_ALL].spells, 0);
    assert_int_equal(brand.groups[SC_GROUP_ALL].answered[5], 0);
    assert_int_equal(brand.groups[SC_GROUP_ALL].day.started, 4);
}


static void
test_nonsense(void **state)
{
    static sc_window_summary_t summary;

    unsigned i;

    (void) state;

    begin(TEST_NOW);
    hash_of(TEST_HOUR, "ein", "many", "qin", "1", "ein", "1000000001", "enew",
            "1", "ein", "-1", "din", "3", "efms", "9007199254740993");
    assert_int_equal(tally.unknown, 6);
    assert_int_equal(count_in(SC_WINDOW_5M), 3);

    /* Sums stay at their greatest value. */

    begin(TEST_NOW);

    for (i = 0; i < 10; i++) {
        hash_of(TEST_HOUR, "ein", "1000000000", "ef.3", "1000000000");
    }

    sc_tally_window(&series, SC_WINDOW_5M, &summary);
    assert_true(summary.counts[SC_COUNT_IN] == UINT32_MAX);
    assert_true(summary.responses[SC_RESPONSE_FIRST].count == UINT32_MAX);
    assert_true(brand.hours[47].in == UINT32_MAX);

    /* A channel that is none of ours, and a clock before all clocks. */

    sc_tally_begin(&tally, &plan, &series, &brand, 99, TEST_HOUR);
    assert_int_equal(tally.channel, SC_GROUP_CHANNELS - 1);
    begin(0);
    hash_of(0, "ain", "1");
    assert_int_equal(count_in(SC_WINDOW_7D), 1);
}


/* What is published fits the pieces that the zone gives for it. */

static void
test_sizes(void **state)
{
    sc_slots_summary_t   slots;
    sc_hours_summary_t   hours;
    sc_recent_summary_t  recent;
    sc_history_summary_t history;

    (void) state;

    assert_true(sizeof(sc_recent_summary_t) <= 1024);
    assert_true(sizeof(sc_history_summary_t) <= 1024);
    assert_true(sizeof(sc_slots_summary_t) <= 1024);
    assert_true(sizeof(sc_fairness_t) <= 1024);
    assert_true(sizeof(sc_hours_summary_t) <= 2048);

    begin(TEST_NOW);
    hash_of(TEST_HOUR, "ein", "9");
    hash_of(TEST_HOUR - 7, "zoF0", "6");
    sc_summary_recent(&series, TEST_NOW, &recent);
    sc_summary_history(&series, TEST_NOW, &history);
    sc_summary_slots(&brand, TEST_NOW, &slots);
    sc_summary_hours(&brand, TEST_NOW, &hours);
    assert_int_equal(recent.windows[1].counts[SC_COUNT_IN], 9);
    assert_int_equal(history.windows[1].counts[SC_COUNT_IN], 9);
    assert_int_equal(slots.slots[23].in, 9);
    assert_int_equal(hours.hours[40].opened, 6);
    assert_int_equal(history.slow[0].due, 0);

    /* Within 4 h: the hour whose waits all are that old. */

    hash_of(TEST_HOUR - 5, "zoF0", "8");
    sc_summary_history(&series, TEST_NOW, &history);
    assert_int_equal(history.slow[0].due, 8);
}


static void
test_names(void **state)
{
    unsigned window;

    (void) state;

    assert_true(sc_window_by_name(SC_STR("7d"), &window));
    assert_int_equal(window, SC_WINDOW_7D);
    assert_false(sc_window_by_name(SC_STR("8d"), &window));
    assert_string_equal(sc_window_name(SC_WINDOW_5M), "5m");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_cohorts),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
