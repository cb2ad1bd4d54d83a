/*
 * sc_rate.h: a rate a second from the totals of successive readings, averaged
 * with a time constant of five minutes, and how long a queue needs to drain.
 *
 * The average is exact from the second reading on: it is the weighted mean of
 * what was seen, not one that creeps up from 0.
 */

#ifndef SC_RATE_H
#define SC_RATE_H

#include <stdbool.h>
#include <stdint.h>


#define SC_RATE_WINDOW_MS  (5 * 60 * 1000)

#define SC_RATE_UNKNOWN    (-1)


/* All zero: nothing seen yet. */
typedef struct {
    bool    begun;
    int64_t total;             /* of the last reading */
    int64_t read_ms;
    double  sum;               /* weighted by age */
    double  weight;            /* below 1 until five minutes were seen */
} sc_rate_t;


/*
 * Takes a reading: `total` has been counted up to now.  A total that fell
 * means a new count (the stream was deleted): rates begin anew.  A negative
 * one is unknown, and makes the rate so.
 */
void sc_rate_add(sc_rate_t *rate, int64_t total, int64_t now_ms);

/* A second, in millionths; SC_RATE_UNKNOWN before two readings. */
int64_t sc_rate_micro(const sc_rate_t *rate);


typedef enum {
    SC_DRAIN_UNKNOWN = 0,
    SC_DRAIN_NOW,              /* nothing waits */
    SC_DRAIN_FINITE,
    SC_DRAIN_NEVER             /* as much comes as goes, or more */
} sc_drain_t;

/*
 * waiting: items nobody has read; rates in millionths a second; any of them
 * may be negative: unknown.  *drain_s is set for SC_DRAIN_FINITE (and 0 for
 * SC_DRAIN_NOW).  What workers take between two readings is not a backlog:
 * less than that counts as nothing.
 */
sc_drain_t sc_drain(int64_t waiting, int64_t arrival_micro,
    int64_t pop_micro, int64_t *drain_s);

/* now, finite, never, unknown */
const char *sc_drain_name(sc_drain_t drain);

#endif /* SC_RATE_H */
