/*
 * sc_tally.h: counters of many hours, partitions and queues, added up into
 * windows, cohorts, the course of the last days, and groups of customers.
 *
 * The caller owns all memory and sets it to zero.  For every hash that it has
 * read it calls _begin, _add for each counter, and _end; then it takes the sums
 * from the structs.  Nothing is allocated; an implausible number in a hash is
 * ignored, the rest of the hash is not.
 */

#ifndef SC_TALLY_H
#define SC_TALLY_H

#include "sc_window.h"


/* Groups: everybody, the tiers of reach, then channels. */
#define SC_GROUP_ALL       0
#define SC_GROUP_TIER      1
#define SC_GROUP_CHANNEL   (SC_GROUP_TIER + SC_TIERS)
#define SC_GROUP_CHANNELS  8
#define SC_GROUPS          (SC_GROUP_CHANNEL + SC_GROUP_CHANNELS)


/* One series (queue and channel) in one window. */
typedef struct {
    uint64_t counts[SC_COUNTS];
    uint64_t closed[SC_CLOSED_REASONS];
    uint64_t opened[2];
    uint64_t sum_ms[SC_RESPONSES];
    uint32_t responses[SC_RESPONSES][SC_WAITS];
} sc_window_tally_t;


typedef struct {
    uint64_t started;
    uint64_t replied;
    uint64_t withdrawn;
} sc_cohort_tally_t;


typedef struct {
    sc_window_tally_t windows[SC_WINDOWS];
    sc_cohort_tally_t cohorts[SC_WINDOWS][SC_COHORTS];
} sc_series_tally_t;


/* What happened to a brand within five minutes or an hour. */
typedef struct {
    uint32_t in;
    uint32_t opened;
    uint32_t replied;
    uint32_t closed;
    uint32_t met;
    uint32_t missed;
    uint32_t replied_within_15min;
} sc_course_t;


/* Waits of one group of customers, started in the 24 h window. */
typedef struct {
    uint32_t          answered[SC_WAITS];
    uint32_t          censored[SC_WAITS];  /* closed, or open at their age */
    uint64_t          spells;
    uint64_t          open;
    sc_cohort_tally_t within_900;          /* of the 24 h window */
    sc_cohort_tally_t day;                 /* at 24 h, of the 7 d window */
} sc_group_tally_t;


typedef struct {
    sc_group_tally_t groups[SC_GROUPS];
    uint64_t         overtake_ms;          /* of the 24 h window */
    uint64_t         answers;
    sc_course_t      hours[SC_HISTORY_HOURS];   /* oldest first */
    sc_course_t      slots[SC_HISTORY_SLOTS];
} sc_brand_tally_t;


/* The hash that is being added. */
typedef struct {
    const sc_plan_t   *plan;
    sc_series_tally_t *series;
    sc_brand_tally_t  *brand;
    unsigned           channel;            /* below SC_GROUP_CHANNELS */
    int64_t            hour;               /* since 1970 */
    bool               recent_start;       /* in the 24 h window */
    unsigned           windows[SC_SLOTS];  /* bit w: in window w */
    uint64_t           cohorts[SC_SLOTS];  /* bit w * SC_COHORTS + c */
    int64_t            left[SC_SLOTS][SC_TIERS];   /* waits still open */
    uint64_t           opened[SC_TIERS];
    bool               compacted;
    unsigned           unknown;            /* counters that were ignored */
} sc_tally_t;


/*
 * `hour` counts from 1970; a channel beyond SC_GROUP_CHANNELS counts as the
 * last one.  All pointers must be valid until sc_tally_end().
 */
void sc_tally_begin(sc_tally_t *tally, const sc_plan_t *plan,
    sc_series_tally_t *series, sc_brand_tally_t *brand, unsigned channel,
    int64_t hour);
void sc_tally_add(sc_tally_t *tally, sc_str_t name, sc_str_t value);
void sc_tally_end(sc_tally_t *tally);

/* What is published about a series in a window. */
void sc_tally_window(const sc_series_tally_t *series, unsigned window,
    sc_window_summary_t *summary);

#endif /* SC_TALLY_H */
