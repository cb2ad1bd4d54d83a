/*
 * sc_rate.h: a rate per second from the totals of successive readings, averaged
 * with a time constant of five minutes, and how long a queue takes to drain.
 *
 * The average is unbiased from the second reading on: it is the weighted mean
 * of what was seen, instead of starting at 0.
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
    double  weight;            /* of the sum; tends to 1 */
} sc_rate_t;


/*
 * Adds a reading: `total` is the count up to now.  If it has fallen, counting
 * began anew (the stream was deleted), and so does the rate, as after a step
 * back of the clock.  A negative total is unknown and makes the rate unknown.
 */
void sc_rate_add(sc_rate_t *rate, int64_t total, int64_t now_ms);

/* Millionths per second; SC_RATE_UNKNOWN before the second reading. */
int64_t sc_rate_micro(const sc_rate_t *rate);


typedef enum {
    SC_DRAIN_UNKNOWN = 0,
    SC_DRAIN_NOW,              /* nothing waits */
    SC_DRAIN_FINITE,
    SC_DRAIN_NEVER             /* arrivals keep up with or exceed departures */
} sc_drain_t;

/*
 * waiting: unread items; rates in millionths per second; negative: unknown.
 * *drain_s is set for SC_DRAIN_FINITE and 0 otherwise.  What workers take
 * between two readings is no backlog: up to that, nothing waits.
 */
sc_drain_t sc_drain(int64_t waiting, int64_t arrival_micro,
    int64_t pop_micro, int64_t *drain_s);

/* now, finite, never, unknown */
const char *sc_drain_name(sc_drain_t drain);

#endif /* SC_RATE_H */
