/*
 * sc_summary.h: what is published about one series and one brand: sums and
 * percentiles, small enough to be copied as a whole.
 *
 * Each part has its own time (now_ms of its plan), from which the spans of its
 * windows and cohorts follow.
 */

#ifndef SC_SUMMARY_H
#define SC_SUMMARY_H

#include "sc_fairness.h"


/* Read every 15 seconds. */
typedef struct {
    int64_t             now_ms;
    sc_window_summary_t windows[2];        /* 5m, 1h */
} sc_recent_summary_t;

/* Read every few minutes; also the cohorts of 5m and 1h that need old hours. */
typedef struct {
    int64_t             now_ms;
    sc_window_summary_t windows[2];        /* 24h, 7d */
    sc_cohort_t         slow[2];           /* within 4 h and 24 h, one hour */
} sc_history_summary_t;

typedef struct {
    int64_t     now_ms;
    sc_course_t slots[SC_HISTORY_SLOTS];   /* oldest first */
} sc_slots_summary_t;

typedef struct {
    int64_t     now_ms;
    sc_course_t hours[SC_HISTORY_HOURS];
} sc_hours_summary_t;


void sc_summary_recent(const sc_series_tally_t *series, int64_t now_ms,
    sc_recent_summary_t *summary);
void sc_summary_history(const sc_series_tally_t *series, int64_t now_ms,
    sc_history_summary_t *summary);
void sc_summary_slots(const sc_brand_tally_t *brand, int64_t now_ms,
    sc_slots_summary_t *summary);
void sc_summary_hours(const sc_brand_tally_t *brand, int64_t now_ms,
    sc_hours_summary_t *summary);

#endif /* SC_SUMMARY_H */
