/*
 * sc_waits.h: lengths of waits in 346 buckets of equal ratio, so that counts of
 * any hours, partitions and machines add up exactly.
 *
 * Bucket 0 is up to one second; then eight segments, each cut into buckets of
 * one ratio of at most 1.04, whose ends (300, 900, 1800, 3600, 14400, 86400,
 * 259200 and 604800 s) are bounds of buckets: shares within these are counts,
 * not interpolations.  Bucket 345 is beyond seven days.  The geometric middle
 * of a bucket is within 2 % of all that lies in it.
 *
 * The scripts in queue/scripts/ count by the same table; a test compares them.
 */

#ifndef SC_WAITS_H
#define SC_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


#define SC_WAITS          346

/* "Unknown": nothing was counted. */
#define SC_WAITS_UNKNOWN  (-1)


/* The bucket of a wait of `ms`; a negative one counts as 0. */
unsigned sc_wait_bucket(int64_t ms);

/* Upper bound (inclusive), ms; SC_WAITS_UNKNOWN for the last one: none. */
double sc_wait_bound(unsigned bucket);

/* What stands for all waits of a bucket, ms; seven days for the last. */
int64_t sc_wait_middle(unsigned bucket);

/*
 * How many buckets lie at or below `seconds`, which is 1 or the end of a
 * segment; 0 for any other.
 */
unsigned sc_waits_within(uint32_t seconds);

/* Sums over counts[SC_WAITS]. */
uint64_t sc_waits_total(const uint32_t *counts);
uint64_t sc_waits_sum(const uint32_t *counts, unsigned buckets);

/*
 * The wait that `thousandths` of all do not exceed, ms, by the nearest rank;
 * SC_WAITS_UNKNOWN when there is none.
 */
int64_t sc_waits_quantile(const uint32_t *counts, unsigned thousandths);

/*
 * Kaplan-Meier median, ms: events are waits that ended by an answer, censored
 * those that ended otherwise or go on, at their age.  What is censored in the
 * bucket of an event was still waiting at it.  SC_WAITS_UNKNOWN when fewer
 * than half are known to have been answered.
 */
int64_t sc_waits_survival_median(const uint32_t *events,
    const uint32_t *censored);

#endif /* SC_WAITS_H */
