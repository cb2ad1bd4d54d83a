/*
 * series.c: seeded synthetic arrivals.
 */

#include <math.h>

#include "series.h"


#define SIGMA        0.3
#define CORRELATION  0.7
#define PI           3.14159265358979323846


/* splitmix64 (S. Vigna, public domain). */

static uint64_t
series_bits(uint64_t *state)
{
    uint64_t z;

    z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);

    return z ^ (z >> 31);
}


double
series_random(uint64_t *state)
{
    return (double) (series_bits(state) >> 11) * 0x1p-53;
}


static double
series_normal(uint64_t *state)
{
    double u, v;

    u = 1 - series_random(state);
    v = series_random(state);

    return sqrt(-2 * log(u)) * cos(2 * PI * v);
}


uint32_t
series_poisson(uint64_t *state, double mean)
{
    double   limit, product;
    uint32_t count;

    if (mean > 60) {
        product = floor(mean + sqrt(mean) * series_normal(state) + 0.5);
        return product < 0 ? 0 : (uint32_t) product;
    }

    limit = exp(-mean);
    product = series_random(state);
    count = 0;

    while (product > limit) {
        product *= series_random(state);
        count++;
    }

    return count;
}


void
series_init(series_t *series, uint64_t seed, double per_day, uint32_t bucket)
{
    series->random = seed;
    series->per_day = per_day;
    series->drift = 0;
    series->bucket = bucket;
}


/* Quiet at night, most in the afternoon, two thirds at the weekend. */

static double
series_profile(uint32_t bucket)
{
    double   hour;
    unsigned day;

    hour = (double) (bucket % 288) / 12;
    day = bucket / 288 % 7;

    return (1 - 0.8 * cos(2 * PI * (hour - 3) / 24)) * (day < 5 ? 1.1 : 0.75);
}


uint32_t
series_next(series_t *series, double extra)
{
    double mean;

    if (series->bucket % 12 == 0) {
        series->drift = CORRELATION * series->drift
                        + SIGMA * sqrt(1 - CORRELATION * CORRELATION)
                          * series_normal(&series->random);
    }

    mean = series->per_day / 288 * series_profile(series->bucket)
           * exp(series->drift - SIGMA * SIGMA / 2);
    series->bucket++;

    return series_poisson(&series->random, mean + extra);
}
