/*
 * sc_window.c: where windows and cohorts begin and end.
 */

#include "sc_window.h"


static const uint32_t sc_cohort_lengths[SC_COHORTS] = {
    300, 900, 1800, 3600, 14400, 86400, 3600, 86400, 259200
};

static const char *const sc_window_names[SC_WINDOWS] = {
    "5m", "1h", "24h", "7d"
};

/* Whole slots or hours before the current one. */
static const int64_t sc_window_before[SC_WINDOWS] = { 1, 12, 24, 168 };

/* Whole hours of a cohort "within T"; one even if the window is shorter. */
static const int64_t sc_window_hours[SC_WINDOWS] = { 1, 1, 24, 168 };

/* Whole hours before the current one in which the waits of a rate began. */
static const int64_t sc_window_start[SC_WINDOWS] = { 0, 0, 24, 168 };


/* Whole slots or hours since 1970; earlier times count as 0. */

static int64_t
sc_units(int64_t ms, int64_t unit)
{
    return ms > 0 ? ms / unit : 0;
}


static sc_cohort_span_t
sc_plan_cohort(const sc_plan_t *plan, unsigned window, unsigned cohort)
{
    bool             rate;
    int64_t          unit, length;
    sc_cohort_span_t span;

    length = (int64_t) sc_cohort_lengths[cohort] * 1000;
    rate = cohort >= SC_WITHINS;

    span.slots = !rate && window <= SC_WINDOW_1H && length <= SC_HOUR_MS;
    unit = span.slots ? SC_SLOT_MS : SC_HOUR_MS;
    span.last = sc_units(plan->now_ms - length, unit) - 1;

    if (span.slots) {
        span.first = span.last - sc_window_before[window] + 1;
        return span;
    }

    span.first = rate ? plan->hour - sc_window_start[window]
                      : span.last - sc_window_hours[window] + 1;

    return span;
}


void
sc_plan_init(sc_plan_t *plan, int64_t now_ms)
{
    unsigned window, cohort;

    plan->now_ms = now_ms;
    plan->hour = sc_units(now_ms, SC_HOUR_MS);
    plan->slot = sc_units(now_ms, SC_SLOT_MS);

    for (cohort = 0; cohort < SC_COHORTS; cohort++) {
        plan->buckets[cohort] = sc_waits_within(sc_cohort_lengths[cohort]);
    }

    for (window = 0; window < SC_WINDOWS; window++) {
        for (cohort = 0; cohort < SC_COHORTS; cohort++) {
            plan->cohorts[window][cohort] = sc_plan_cohort(plan, window,
                                                           cohort);
        }
    }
}


const char *
sc_window_name(unsigned window)
{
    return sc_window_names[window];
}


bool
sc_window_by_name(sc_str_t name, unsigned *window)
{
    for (*window = 0; *window < SC_WINDOWS; (*window)++) {
        if (sc_str_eq(name, sc_str_from_cstring(sc_window_names[*window]))) {
            return true;
        }
    }

    return false;
}


uint32_t
sc_cohort_seconds(unsigned cohort)
{
    return sc_cohort_lengths[cohort];
}


unsigned
sc_quantile_thousandths(unsigned quantile)
{
    static const unsigned thousandths[SC_QUANTILES] = {
        500, 750, 900, 950, 990
    };

    return thousandths[quantile];
}


int64_t
sc_window_from_ms(const sc_plan_t *plan, unsigned window)
{
    int64_t before;

    before = sc_window_before[window];

    return window <= SC_WINDOW_1H ? (plan->slot - before) * SC_SLOT_MS
                                  : (plan->hour - before) * SC_HOUR_MS;
}


int64_t
sc_window_end_ms(const sc_plan_t *plan, unsigned window)
{
    return window <= SC_WINDOW_1H ? (plan->slot + 1) * SC_SLOT_MS
                                  : (plan->hour + 1) * SC_HOUR_MS;
}


bool
sc_cohort_span(const sc_plan_t *plan, unsigned window, unsigned cohort,
    int64_t *from_ms, int64_t *to_ms)
{
    int64_t                 unit, shift;
    const sc_cohort_span_t *span;

    span = &plan->cohorts[window][cohort];
    unit = span->slots ? SC_SLOT_MS : SC_HOUR_MS;
    shift = cohort < SC_WITHINS ? (int64_t) sc_cohort_lengths[cohort] * 1000
                                : 0;

    *from_ms = span->first * unit + shift;
    *to_ms = (span->last + 1) * unit + shift;

    return span->first <= span->last;
}


int64_t
sc_share_micro(uint64_t part, uint64_t whole)
{
    if (whole == 0) {
        return -1;
    }

    return (int64_t) ((double) part / (double) whole * 1e6 + 0.5);
}
