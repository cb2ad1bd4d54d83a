/*
 * sc_waits.h: durations of waits in 346 logarithmic buckets, so that counts of
 * different hours, partitions and machines can be added exactly.
 *
 * Bucket 0 is up to one second; then eight segments follow, each divided into
 * buckets of equal ratio (at most 1.04).  The ends of the segments (300, 900,
 * 1800, 3600, 14400, 86400, 259200 and 604800 s) are bounds of buckets, so that
 * shares within these are exact counts, not interpolations.  Bucket 345 is
 * beyond seven days.  All durations in a bucket of a segment are within 2 % of
 * its geometric mean.
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

/* Upper bound (inclusive), ms; SC_WAITS_UNKNOWN for the last: it has none. */
double sc_wait_bound(unsigned bucket);

/* The duration that represents a bucket, ms; seven days for the last. */
int64_t sc_wait_middle(unsigned bucket);

/*
 * How many buckets lie at or below `seconds`, which must be 1 or the end of a
 * segment; 0 for any other value.
 */
unsigned sc_waits_within(uint32_t seconds);

/* Sums of all of counts[SC_WAITS], or of the first `buckets`. */
uint64_t sc_waits_total(const uint32_t *counts);
uint64_t sc_waits_sum(const uint32_t *counts, unsigned buckets);

/*
 * The duration (ms) that `thousandths` of all waits do not exceed, by nearest
 * rank; SC_WAITS_UNKNOWN if there are no waits.
 */
int64_t sc_waits_quantile(const uint32_t *counts, unsigned thousandths);

/*
 * Kaplan-Meier median, ms.  Events are waits that ended by an answer; censored
 * are those that ended otherwise, or are still open, at their age.  A wait
 * censored in the same bucket as an event counts as still waiting at the event.
 * SC_WAITS_UNKNOWN: the curve does not reach one half.
 */
int64_t sc_waits_survival_median(const uint32_t *events,
    const uint32_t *censored);

#endif /* SC_WAITS_H */
