/*
 * sc_waits.c: buckets of waits, and the statistics of their counts.
 */

#include "sc_waits.h"

#include <math.h>


typedef struct {
    uint32_t low;              /* seconds, exclusive */
    uint32_t high;             /* seconds, inclusive */
    uint32_t buckets;
    uint32_t first;            /* its first bucket */
} sc_wait_segment_t;

static const sc_wait_segment_t sc_wait_segments[] = {
    { 1, 300, 146, 1 },
    { 300, 900, 29, 147 },
    { 900, 1800, 18, 176 },
    { 1800, 3600, 18, 194 },
    { 3600, 14400, 36, 212 },
    { 14400, 86400, 46, 248 },
    { 86400, 259200, 29, 294 },
    { 259200, 604800, 22, 323 }
};

#define SC_WAIT_SEGMENTS                                                      \
    (sizeof(sc_wait_segments) / sizeof(sc_wait_segments[0]))

#define SC_WAIT_LAST  (SC_WAITS - 1)


unsigned
sc_wait_bucket(int64_t ms)
{
    size_t                   i;
    double                   seconds, index;
    const sc_wait_segment_t *segment;

    if (ms <= 1000) {
        return 0;
    }

    seconds = (double) ms / 1000;

    for (i = 0; i < SC_WAIT_SEGMENTS; i++) {
        segment = &sc_wait_segments[i];

        if (seconds <= segment->high) {
            index = ceil(segment->buckets * log(seconds / segment->low)
                         / log((double) segment->high / segment->low));
            index = fmin(fmax(index, 1), segment->buckets);

            return segment->first - 1 + (unsigned) index;
        }
    }

    return SC_WAIT_LAST;
}


double
sc_wait_bound(unsigned bucket)
{
    size_t                   i;
    unsigned                 index;
    const sc_wait_segment_t *segment;

    if (bucket == 0) {
        return 1000;
    }

    for (i = 0; i < SC_WAIT_SEGMENTS; i++) {
        segment = &sc_wait_segments[i];
        index = bucket - segment->first + 1;

        if (index == segment->buckets) {
            return 1000.0 * segment->high;
        }

        if (index < segment->buckets) {
            return 1000.0 * segment->low
                   * pow((double) segment->high / segment->low,
                         (double) index / segment->buckets);
        }
    }

    return SC_WAITS_UNKNOWN;
}


int64_t
sc_wait_middle(unsigned bucket)
{
    if (bucket == 0) {
        return 500;
    }

    if (bucket >= SC_WAIT_LAST) {
        return (int64_t) sc_wait_bound(SC_WAIT_LAST - 1);
    }

    return (int64_t) (sqrt(sc_wait_bound(bucket - 1) * sc_wait_bound(bucket))
                      + 0.5);
}


unsigned
sc_waits_within(uint32_t seconds)
{
    size_t i;

    for (i = 0; i < SC_WAIT_SEGMENTS; i++) {
        if (sc_wait_segments[i].low == seconds) {
            return sc_wait_segments[i].first;
        }
    }

    return seconds == sc_wait_segments[SC_WAIT_SEGMENTS - 1].high
           ? SC_WAIT_LAST : 0;
}


uint64_t
sc_waits_sum(const uint32_t *counts, unsigned buckets)
{
    unsigned i;
    uint64_t sum;

    sum = 0;

    for (i = 0; i < buckets; i++) {
        sum += counts[i];
    }

    return sum;
}


uint64_t
sc_waits_total(const uint32_t *counts)
{
    return sc_waits_sum(counts, SC_WAITS);
}


int64_t
sc_waits_quantile(const uint32_t *counts, unsigned thousandths)
{
    unsigned i;
    uint64_t total, rank, seen;

    total = sc_waits_total(counts);

    if (total == 0) {
        return SC_WAITS_UNKNOWN;
    }

    rank = (total * thousandths + 999) / 1000;
    rank = rank == 0 ? 1 : rank;
    seen = 0;

    for (i = 0; i < SC_WAIT_LAST; i++) {
        seen += counts[i];

        if (seen >= rank) {
            break;
        }
    }

    return sc_wait_middle(i);
}


int64_t
sc_waits_survival_median(const uint32_t *events, const uint32_t *censored)
{
    unsigned i;
    double   waiting, share;

    waiting = (double) (sc_waits_total(events) + sc_waits_total(censored));
    share = 1;

    for (i = 0; i < SC_WAITS; i++) {
        if (events[i] > 0) {
            share *= 1 - events[i] / waiting;

            /* Rounding may yield slightly more than a half. */

            if (share <= 0.5 + 1e-9) {
                return sc_wait_middle(i);
            }
        }

        waiting -= (double) events[i] + censored[i];
    }

    return SC_WAITS_UNKNOWN;
}
