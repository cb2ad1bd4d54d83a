/*
 * sc_window.h: the windows and cohorts over which numbers are given, and the
 * numbers of one series in one window.
 *
 * All windows are aligned to the clock: 5m is the current slot of five minutes
 * and the one before, 1h the current slot and the 12 before, 24h the current
 * hour and the 24 before, 7d the current hour and the 168 before.
 *
 * A cohort is a set of waits selected by their start.  "Within T" takes those
 * whose start + T lies in the window, and of these only whole slots (whole
 * hours, if T or the window is longer than an hour) in which every wait has
 * reached T: no wait counts as unanswered before its time is up.  The response
 * rate at H takes the waits started in the window that are at least H old.
 */

#ifndef SC_WINDOW_H
#define SC_WINDOW_H

#include "sc_stat.h"


typedef enum {
    SC_WINDOW_5M = 0,
    SC_WINDOW_1H,
    SC_WINDOW_24H,
    SC_WINDOW_7D,
    SC_WINDOWS
} sc_window_t;

/* "Within T": 300, 900, 1800, 3600, 14400, 86400 s. */
#define SC_WITHINS    6
#define SC_WITHIN_900 1

/* Of these, the first that needs hours too old to have slots. */
#define SC_WITHIN_SLOW 4

#define sc_cohort_is_slow(cohort)                                             \
    ((cohort) >= SC_WITHIN_SLOW && (cohort) < SC_WITHINS)

/* Response rate at 3600, 86400, 259200 s; they follow those above. */
#define SC_RATES      3
#define SC_RATE_DAY   (SC_WITHINS + 1)

#define SC_COHORTS    (SC_WITHINS + SC_RATES)

/* How many hours before the current one the oldest cohort reaches back. */
#define SC_PLAN_HOURS 193

/* Percentiles: 50, 75, 90, 95, 99. */
#define SC_QUANTILES  5

#define SC_HISTORY_HOURS 48
#define SC_HISTORY_SLOTS 24


/* First and last hour, or slot, of a cohort, counted from 1970. */
typedef struct {
    bool    slots;             /* else hours */
    int64_t first;             /* above `last`: nothing is old enough */
    int64_t last;
} sc_cohort_span_t;


/* All cohorts at one moment. */
typedef struct {
    int64_t          now_ms;
    int64_t          hour;                 /* since 1970 */
    int64_t          slot;                 /* since 1970 */
    unsigned         buckets[SC_COHORTS];  /* number of those up to T or H */
    sc_cohort_span_t cohorts[SC_WINDOWS][SC_COHORTS];
} sc_plan_t;


typedef struct {
    uint32_t due;              /* started, minus those withdrawn before T */
    uint32_t replied;
    uint32_t withdrawn;
} sc_cohort_t;


/* Sums and percentiles of answers that were given in the window. */
typedef struct {
    uint64_t sum_ms;
    uint32_t count;
    uint32_t quantiles_ms[SC_QUANTILES];   /* 0 where count is 0 */
    uint32_t within[SC_WITHINS];           /* cumulative */
} sc_response_summary_t;


typedef struct {
    uint32_t              counts[SC_COUNTS];
    uint32_t              closed[SC_CLOSED_REASONS];
    uint32_t              opened[2];       /* first, next */
    sc_response_summary_t responses[SC_RESPONSES];
    sc_cohort_t           cohorts[SC_COHORTS];
} sc_window_summary_t;


void sc_plan_init(sc_plan_t *plan, int64_t now_ms);

/* 5m, 1h, 24h, 7d */
const char *sc_window_name(unsigned window);
bool sc_window_by_name(sc_str_t name, unsigned *window);

/* T or H of a cohort, seconds. */
uint32_t sc_cohort_seconds(unsigned cohort);

/* Thousandths: 500, 750, 900, 950, 990. */
unsigned sc_quantile_thousandths(unsigned quantile);

/* Where a window begins, and where its last (current) slot or hour ends. */
int64_t sc_window_from_ms(const sc_plan_t *plan, unsigned window);
int64_t sc_window_end_ms(const sc_plan_t *plan, unsigned window);

/*
 * When the waits of a cohort reached T (within) or were started (rates): from
 * *from_ms (inclusive) to *to_ms (exclusive).  False: the cohort is empty.
 */
bool sc_cohort_span(const sc_plan_t *plan, unsigned window, unsigned cohort,
    int64_t *from_ms, int64_t *to_ms);

/* part / whole in millionths; -1 if `whole` is 0. */
int64_t sc_share_micro(uint64_t part, uint64_t whole);

#endif /* SC_WINDOW_H */
