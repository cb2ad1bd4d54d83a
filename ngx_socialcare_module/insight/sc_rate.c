/*
 * sc_rate.c: rates computed from totals, and the drain time.
 */

#include "sc_rate.h"

#include <math.h>


/* Queues are read every three seconds. */
#define SC_DRAIN_READING_S  3

/* Beyond ten years the quotient is nothing but noise: "never". */
#define SC_DRAIN_MAX_S      ((int64_t) 315360000)


void
sc_rate_add(sc_rate_t *rate, int64_t total, int64_t now_ms)
{
    double  keep, seen;
    int64_t elapsed;

    if (total < 0 || !rate->begun || total < rate->total
        || now_ms < rate->read_ms)
    {
        rate->begun = total >= 0;
        rate->total = total;
        rate->read_ms = now_ms;
        rate->sum = 0;
        rate->weight = 0;
        return;
    }

    elapsed = now_ms - rate->read_ms;

    if (elapsed == 0) {
        return;
    }

    seen = (double) (total - rate->total) * 1000 / (double) elapsed;
    keep = exp(-(double) elapsed / SC_RATE_WINDOW_MS);

    rate->sum = rate->sum * keep + seen * (1 - keep);
    rate->weight = rate->weight * keep + (1 - keep);
    rate->total = total;
    rate->read_ms = now_ms;
}


int64_t
sc_rate_micro(const sc_rate_t *rate)
{
    double micro;

    if (!(rate->weight > 0)) {
        return SC_RATE_UNKNOWN;
    }

    micro = rate->sum / rate->weight * 1e6 + 0.5;

    return micro < 9e15 ? (int64_t) micro : (int64_t) 9e15;
}


sc_drain_t
sc_drain(int64_t waiting, int64_t arrival_micro, int64_t pop_micro,
    int64_t *drain_s)
{
    double seconds;

    *drain_s = 0;

    if (waiting < 0) {
        return SC_DRAIN_UNKNOWN;
    }

    if (waiting == 0) {
        return SC_DRAIN_NOW;
    }

    if (arrival_micro < 0 || pop_micro < 0) {
        return SC_DRAIN_UNKNOWN;
    }

    if ((double) waiting * 1e6 <= (double) pop_micro * SC_DRAIN_READING_S) {
        return SC_DRAIN_NOW;
    }

    if (pop_micro <= arrival_micro) {
        return SC_DRAIN_NEVER;
    }

    seconds = ceil((double) waiting * 1e6
                   / (double) (pop_micro - arrival_micro));

    if (seconds > (double) SC_DRAIN_MAX_S) {
        return SC_DRAIN_NEVER;
    }

    *drain_s = (int64_t) seconds;

    return SC_DRAIN_FINITE;
}


const char *
sc_drain_name(sc_drain_t drain)
{
    static const char *const names[] = { "unknown", "now", "finite", "never" };

    return names[drain];
}
