/*
 * series.h: seeded synthetic arrivals for the tests of detectors: a daily and
 * a weekly cycle, hourly log-normal drift (sigma 0.3, correlation 0.7), and
 * Poisson counts in buckets of five minutes.
 */

#ifndef SERIES_H
#define SERIES_H

#include <stdint.h>


typedef struct {
    uint64_t random;
    double   per_day;
    double   drift;            /* log of this hour's factor */
    uint32_t bucket;           /* the next one */
} series_t;


void series_init(series_t *series, uint64_t seed, double per_day,
    uint32_t bucket);

/* The next bucket's count, with `extra` more expected in it. */
uint32_t series_next(series_t *series, double extra);

/* Evenly in [0, 1). */
double series_random(uint64_t *state);

/* A Poisson count. */
uint32_t series_poisson(uint64_t *state, double mean);

#endif /* SERIES_H */
