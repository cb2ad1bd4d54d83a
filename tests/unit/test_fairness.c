/*
 * test_fairness.c: comparing groups, against values worked out by hand.
 */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sc_fairness.h"


static sc_fairness_t  fairness;


static void
group(unsigned which, uint32_t replied, uint32_t due)
{
    fairness.groups[which].within_900.replied = replied;
    fairness.groups[which].within_900.due = due;
}


static void
about(double got, double wanted)
{
    if (fabs(got - wanted) > 0.0005) {
        fail_msg("%f, wanted %f", got, wanted);
    }
}


static void
test_z(void **state)
{
    (void) state;

    /* p = 150/200: sqrt(0.75 * 0.25 * 0.02) = 0.061237; 0.2 / that. */
    about(sc_two_proportion_z(85, 100, 65, 100), 3.2660);
    about(sc_two_proportion_z(65, 100, 85, 100), -3.2660);
    about(sc_two_proportion_z(0, 100, 0, 100), 0);
    about(sc_two_proportion_z(100, 100, 100, 100), 0);
    about(sc_two_proportion_z(1, 0, 1, 2), 0);
}


static void
test_parity(void **state)
{
    sc_parity_t parity;

    (void) state;

    memset(&fairness, 0, sizeof(fairness));
    sc_parity(&fairness, SC_GROUP_TIER, SC_TIERS, &parity);
    assert_false(parity.known);
    assert_false(parity.flagged);

    /* One group alone compares with nobody. */

    group(SC_GROUP_TIER, 20, 100);
    sc_parity(&fairness, SC_GROUP_TIER, SC_TIERS, &parity);
    assert_false(parity.known);

    /* 0.5 against 0.9: z = 0.4 / sqrt(0.7 * 0.3 * 0.02) = 6.172. */

    group(SC_GROUP_TIER, 50, 100);
    group(SC_GROUP_TIER + 4, 90, 100);
    sc_parity(&fairness, SC_GROUP_TIER, SC_TIERS, &parity);
    assert_true(parity.known && parity.enough && parity.flagged);
    assert_int_equal(parity.lowest, SC_GROUP_TIER);
    assert_int_equal(parity.highest, SC_GROUP_TIER + 4);
    about(parity.ratio, 0.5556);
    about(parity.z, 6.1721);

    /* A third one with few waits is left out of it. */

    group(SC_GROUP_TIER + 2, 0, 29);
    sc_parity(&fairness, SC_GROUP_TIER, SC_TIERS, &parity);
    assert_int_equal(parity.lowest, SC_GROUP_TIER);
    group(SC_GROUP_TIER + 2, 0, 30);
    sc_parity(&fairness, SC_GROUP_TIER, SC_TIERS, &parity);
    assert_int_equal(parity.lowest, SC_GROUP_TIER + 2);
    about(parity.ratio, 0);

    /* Too few, too alike, too uncertain: never a flag. */

    memset(&fairness, 0, sizeof(fairness));
    group(SC_GROUP_TIER, 0, 29);
    group(SC_GROUP_TIER + 1, 29, 29);
    sc_parity(&fairness, SC_GROUP_TIER, SC_TIERS, &parity);
    assert_true(parity.known && !parity.enough && !parity.flagged);

    group(SC_GROUP_TIER, 810, 1000);
    group(SC_GROUP_TIER + 1, 1000, 1000);
    sc_parity(&fairness, SC_GROUP_TIER, SC_TIERS, &parity);
    assert_true(parity.enough && !parity.flagged && parity.z > 2.58);

    group(SC_GROUP_TIER, 18, 30);
    group(SC_GROUP_TIER + 1, 24, 30);
    sc_parity(&fairness, SC_GROUP_TIER, SC_TIERS, &parity);
    assert_true(parity.enough && !parity.flagged && parity.ratio < 0.8);

    /* Nobody is answered at all: no ratio. */

    group(SC_GROUP_TIER, 0, 30);
    group(SC_GROUP_TIER + 1, 0, 30);
    sc_parity(&fairness, SC_GROUP_TIER, SC_TIERS, &parity);
    assert_false(parity.known);
}


static void
test_jain(void **state)
{
    unsigned i;

    (void) state;

    memset(&fairness, 0, sizeof(fairness));
    assert_true(sc_jain(&fairness, SC_GROUP_TIER, SC_TIERS) < 0);

    for (i = 0; i < 4; i++) {
        group(SC_GROUP_TIER + i, 0, 10);
    }

    assert_true(sc_jain(&fairness, SC_GROUP_TIER, SC_TIERS) < 0);
    group(SC_GROUP_TIER, 10, 10);
    about(sc_jain(&fairness, SC_GROUP_TIER, SC_TIERS), 0.25);

    for (i = 0; i < 4; i++) {
        group(SC_GROUP_TIER + i, 7, 10);
    }

    about(sc_jain(&fairness, SC_GROUP_TIER, SC_TIERS), 1);

    /* (0.5 + 1)^2 / (2 * (0.25 + 1)) */

    memset(&fairness, 0, sizeof(fairness));
    group(SC_GROUP_TIER + 1, 5, 10);
    group(SC_GROUP_TIER + 6, 4, 4);
    about(sc_jain(&fairness, SC_GROUP_TIER, SC_TIERS), 0.9);
}


static void
test_ignored(void **state)
{
    double              points;
    sc_group_summary_t *tiers;

    (void) state;

    memset(&fairness, 0, sizeof(fairness));
    tiers = &fairness.groups[SC_GROUP_TIER];
    assert_false(sc_ignored_gap(&fairness, &points));

    tiers[0].day.due = 100;
    tiers[0].day.replied = 60;
    assert_false(sc_ignored_gap(&fairness, &points));

    /* "none" tells no audience. */

    tiers[5].day.due = 100;
    tiers[5].day.replied = 100;
    assert_false(sc_ignored_gap(&fairness, &points));

    tiers[3].day.due = 10;
    tiers[3].day.replied = 9;
    assert_true(sc_ignored_gap(&fairness, &points));
    about(points, 30);

    tiers[4].day.due = 10;
    tiers[4].day.replied = 4;
    assert_true(sc_ignored_gap(&fairness, &points));
    about(points, -20);
}


static void
test_summary(void **state)
{
    static sc_brand_tally_t tally;

    (void) state;

    memset(&tally, 0, sizeof(tally));
    tally.groups[0].answered[10] = 3;
    tally.groups[0].censored[20] = 1;
    tally.groups[0].spells = UINT64_MAX;
    tally.groups[0].day.started = 5;
    tally.groups[0].day.withdrawn = 6;
    tally.groups[1].censored[20] = 1;
    tally.groups[1].day.started = 50;
    tally.groups[1].day.withdrawn = 6;
    tally.groups[1].day.replied = 40;
    tally.answers = 4;
    tally.overtake_ms = 100;

    sc_fairness_summarize(&tally, 42, &fairness);
    assert_int_equal(fairness.now_ms, 42);
    assert_int_equal(fairness.groups[0].median_ms, sc_wait_middle(10));
    assert_int_equal(fairness.groups[1].median_ms, SC_FAIR_UNKNOWN);
    assert_true(fairness.groups[0].spells == UINT32_MAX);
    assert_int_equal(fairness.groups[0].day.due, 0);
    assert_int_equal(fairness.groups[1].day.due, 44);
    assert_int_equal(fairness.groups[1].day.withdrawn, 6);
    assert_int_equal(fairness.groups[1].day.replied, 40);
    assert_int_equal(fairness.answers, 4);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_z),
        cmocka_unit_test(test_parity),
        cmocka_unit_test(test_jain),
        cmocka_unit_test(test_ignored),
        cmocka_unit_test(test_summary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
