/*
 * fuzz_stat.c: counters of an hour as they might stand in Redis: lines of a
 * name, a blank and a number.  Whatever they are, sums stay in bounds.
 */

#include <stdlib.h>

#include "sc_summary.h"


#define NOW_MS  INT64_C(1768468950000)

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sc_tally_t        tally;
static sc_series_tally_t series;
static sc_brand_tally_t  brand;


static void
check_window(unsigned window)
{
    size_t              i, r;
    sc_window_summary_t summary;

    sc_tally_window(&series, window, &summary);

    for (i = 0; i < SC_COHORTS; i++) {
        CHECK((uint64_t) summary.cohorts[i].due
              <= series.cohorts[window][i].started);
    }

    for (r = 0; r < SC_RESPONSES; r++) {
        for (i = 0; i < SC_WITHINS; i++) {
            CHECK(summary.responses[r].within[i]
                  <= summary.responses[r].count);
            CHECK(i == 0 || summary.responses[r].within[i]
                            >= summary.responses[r].within[i - 1]);
        }

        for (i = 1; i < SC_QUANTILES; i++) {
            CHECK(summary.responses[r].quantiles_ms[i]
                  >= summary.responses[r].quantiles_ms[i - 1]);
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double        jain;
    sc_str_t      rest, line, name;
    unsigned      window;
    sc_stat_t     stat;
    sc_plan_t     plan;
    sc_parity_t   parity;
    sc_fairness_t fairness;

    memset(&series, 0, sizeof(series));
    memset(&brand, 0, sizeof(brand));
    memset(&fairness, 0, sizeof(fairness));
    sc_plan_init(&plan, NOW_MS);
    sc_tally_begin(&tally, &plan, &series, &brand, 0,
                   plan.hour - (size > 0 ? data[0] : 0));

    rest = sc_str_make(data, size);

    while (sc_str_next(&rest, '\n', &line)) {
        (void) sc_str_next(&line, ' ', &name);

        if (sc_stat_parse(name, &stat)) {
            CHECK(stat.slot < SC_SLOTS && stat.tier < SC_TIERS
                  && stat.bucket < SC_WAITS);
            CHECK(stat.kind != SC_STAT_COUNT || stat.index < SC_COUNTS);
            CHECK(stat.kind != SC_STAT_CLOSED
                  || stat.index < SC_CLOSED_REASONS);
        }

        sc_tally_add(&tally, name, line);
    }

    sc_tally_end(&tally);

    for (window = 0; window < SC_WINDOWS; window++) {
        check_window(window);
    }

    sc_fairness_summarize(&brand, NOW_MS, &fairness);
    sc_parity(&fairness, SC_GROUP_TIER, SC_TIERS, &parity);
    jain = sc_jain(&fairness, SC_GROUP_TIER, SC_TIERS);
    CHECK(jain <= 1.000001);

    return 0;
}
