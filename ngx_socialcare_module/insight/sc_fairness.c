/*
 * sc_fairness.c: comparing groups.
 */

#include "sc_fairness.h"

#include <math.h>


#define SC_FAIR_RATIO  0.8
#define SC_FAIR_Z      2.58

/* Tiers with a known audience; `none` and `unknown` come after them. */
#define SC_FAIR_AUDIENCES  5


static uint32_t
sc_fair_clamp(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t) value;
}


static void
sc_fair_cohort(const sc_cohort_tally_t *tally, sc_cohort_t *cohort)
{
    cohort->due = sc_fair_clamp(tally->started > tally->withdrawn
                                ? tally->started - tally->withdrawn : 0);
    cohort->replied = sc_fair_clamp(tally->replied);
    cohort->withdrawn = sc_fair_clamp(tally->withdrawn);
}


void
sc_fairness_summarize(const sc_brand_tally_t *tally, int64_t now_ms,
    sc_fairness_t *fairness)
{
    unsigned                i;
    sc_group_summary_t     *group;
    const sc_group_tally_t *from;

    fairness->now_ms = now_ms;
    fairness->overtake_ms = tally->overtake_ms;
    fairness->answers = sc_fair_clamp(tally->answers);

    for (i = 0; i < SC_GROUPS; i++) {
        from = &tally->groups[i];
        group = &fairness->groups[i];

        group->spells = sc_fair_clamp(from->spells);
        group->open = sc_fair_clamp(from->open);
        group->median_ms = (int32_t) sc_waits_survival_median(from->answered,
                                                              from->censored);
        sc_fair_cohort(&from->within_900, &group->within_900);
        sc_fair_cohort(&from->day, &group->day);
    }
}


double
sc_two_proportion_z(uint32_t a, uint32_t na, uint32_t b, uint32_t nb)
{
    double pooled, deviation;

    if (na == 0 || nb == 0) {
        return 0;
    }

    pooled = ((double) a + b) / ((double) na + nb);
    deviation = sqrt(pooled * (1 - pooled)
                     * (1.0 / (double) na + 1.0 / (double) nb));

    if (!(deviation > 0)) {
        return 0;
    }

    return ((double) a / na - (double) b / nb) / deviation;
}


static double
sc_fair_share(const sc_fairness_t *fairness, unsigned group)
{
    const sc_cohort_t *cohort;

    cohort = &fairness->groups[group].within_900;

    return (double) cohort->replied / cohort->due;
}


/* How many groups have at least `due` due waits. */

static unsigned
sc_fair_count(const sc_fairness_t *fairness, unsigned from, unsigned count,
    uint32_t due)
{
    unsigned i, found;

    found = 0;

    for (i = from; i < from + count; i++) {
        found += fairness->groups[i].within_900.due >= due;
    }

    return found;
}


void
sc_parity(const sc_fairness_t *fairness, unsigned from, unsigned count,
    sc_parity_t *parity)
{
    bool               found;
    unsigned           i;
    uint32_t           least;
    const sc_cohort_t *lowest, *highest;

    memset(parity, 0, sizeof(*parity));

    parity->enough = sc_fair_count(fairness, from, count, SC_FAIR_DUE) >= 2;
    least = parity->enough ? SC_FAIR_DUE : 1;

    if (sc_fair_count(fairness, from, count, least) < 2) {
        return;
    }

    found = false;

    for (i = from; i < from + count; i++) {
        if (fairness->groups[i].within_900.due < least) {
            continue;
        }

        if (!found || sc_fair_share(fairness, i)
                      < sc_fair_share(fairness, parity->lowest))
        {
            parity->lowest = i;
        }

        if (!found || sc_fair_share(fairness, i)
                      > sc_fair_share(fairness, parity->highest))
        {
            parity->highest = i;
        }

        found = true;
    }

    lowest = &fairness->groups[parity->lowest].within_900;
    highest = &fairness->groups[parity->highest].within_900;

    if (highest->replied == 0) {
        return;
    }

    parity->known = true;
    parity->ratio = sc_fair_share(fairness, parity->lowest)
                    / sc_fair_share(fairness, parity->highest);
    parity->z = sc_two_proportion_z(highest->replied, highest->due,
                                    lowest->replied, lowest->due);
    parity->flagged = parity->enough && parity->ratio < SC_FAIR_RATIO
                      && parity->z > SC_FAIR_Z;
}


double
sc_jain(const sc_fairness_t *fairness, unsigned from, unsigned count)
{
    double   share, sum, squares;
    unsigned i, groups;

    sum = 0;
    squares = 0;
    groups = 0;

    for (i = from; i < from + count; i++) {
        if (fairness->groups[i].within_900.due == 0) {
            continue;
        }

        share = sc_fair_share(fairness, i);
        sum += share;
        squares += share * share;
        groups++;
    }

    return squares > 0 ? sum * sum / (groups * squares) : SC_FAIR_UNKNOWN;
}


bool
sc_ignored_gap(const sc_fairness_t *fairness, double *points)
{
    bool               found;
    unsigned           i;
    const sc_cohort_t *day, *low, *high;

    found = false;
    low = NULL;
    high = NULL;

    for (i = 0; i < SC_FAIR_AUDIENCES; i++) {
        day = &fairness->groups[SC_GROUP_TIER + i].day;

        if (day->due == 0) {
            continue;
        }

        if (low == NULL) {
            low = day;

        } else {
            high = day;
            found = true;
        }
    }

    *points = 0;

    if (found) {
        *points = 100 * ((double) high->replied / high->due
                         - (double) low->replied / low->due);
    }

    return found;
}
