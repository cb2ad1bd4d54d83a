/*
 * sc_spike.h: is more coming in than usual?  Expected counts by hour of the
 * week, and an alarm for what exceeds them.
 *
 * Counts are of distinct authors in buckets of five minutes.  The number of a
 * bucket is floor(Unix milliseconds / SC_SPIKE_BUCKET_MS); weeks are in UTC.
 * Everything lives in the caller's memory; nothing here reads a clock.
 *
 * Source: a log-likelihood CUSUM against rho = 3 times the seasonal
 * expectation (E. S. Page 1954), divided by the dispersion observed in the
 * series, together with a variance-stabilised z of the last 15 minutes (F. J.
 * Anscombe 1948).  tests/unit/test_spike.c measures false alarms and delays
 * on synthetic series and states the results.
 */

#ifndef SC_SPIKE_H
#define SC_SPIKE_H

#include <stdbool.h>
#include <stdint.h>


#define SC_SPIKE_BUCKET_MS   300000
#define SC_SPIKE_HOUR        12          /* buckets */
#define SC_SPIKE_SLOTS       168         /* hours of a week */

#define SC_SPIKE_FLOOR       0.02        /* minimum expected per bucket */
#define SC_SPIKE_PRIOR       (1.0 / SC_SPIKE_HOUR) /* same, while learning */
#define SC_SPIKE_MIN_AUTHORS 8           /* fewer people are not an incident */
#define SC_SPIKE_WATCH_SUM   5.0
#define SC_SPIKE_SPIKE_SUM   8.0


typedef enum {
    SC_SPIKE_CALM = 0,
    SC_SPIKE_WATCH,
    SC_SPIKE_SPIKE
} sc_spike_state_t;


/* How well a series is known. */
typedef enum {
    SC_SPIKE_UNKNOWN = 0,      /* first hour: nothing is judged */
    SC_SPIKE_LEARNING,         /* first two weeks: hours of the day only */
    SC_SPIKE_KNOWN
} sc_spike_grade_t;


/* The alarm of a series or a topic.  All zero is calm. */
typedef struct {
    float    sum;              /* CUSUM, 0 to 30 */
    uint32_t since;            /* bucket in which the sum left 0 */
    uint8_t  state;            /* sc_spike_state_t */
    uint8_t  calm;             /* buckets in a row that look normal */
} sc_spike_alarm_t;


/* One closed bucket and the hour that ends with it. */
typedef struct {
    double           count;
    double           count_15;
    double           count_60;
    double           expected;
    double           expected_15;
    double           expected_60;
    double           dispersion;         /* of the 60-minute sum; >= 1 */
    double           authors;            /* distinct, last 30 to 60 minutes */
    double           margin;             /* added to the alarm thresholds */
    sc_spike_grade_t grade;
} sc_spike_reading_t;


/* One series: under a kilobyte. */
typedef struct {
    float            slots[SC_SPIKE_SLOTS];   /* < 0: not seen */
    float            expected[SC_SPIKE_HOUR]; /* ring by bucket */
    uint16_t         counts[SC_SPIKE_HOUR];
    float            recent;             /* level used for unseen slots */
    float            dispersion;
    float            hour_sum;
    uint32_t         hour_count;         /* buckets in hour_sum */
    uint32_t         bucket;             /* last one added */
    uint32_t         first;              /* first one added; 0: none */
    uint32_t         learned;            /* learning began in this one */
    float            authors;            /* as last given */
    sc_spike_alarm_t alarm;
} sc_spike_t;


void sc_spike_init(sc_spike_t *spike);

/*
 * Adds a closed bucket: `count` authors in it, and how many distinct ones in
 * the last 30 to 60 minutes.  Skipped buckets count as empty.  After a gap of
 * more than an hour, or a step back in time, the last hour is forgotten but
 * not what was learned (except by a step back to before learning began).
 */
void sc_spike_add(sc_spike_t *spike, uint32_t bucket, uint32_t count,
    double authors);

/* The count expected in `bucket`; >= SC_SPIKE_FLOOR. */
double sc_spike_expected(const sc_spike_t *spike, uint32_t bucket);

/* The last added bucket; before the first, SC_SPIKE_UNKNOWN and zeros. */
void sc_spike_read(const sc_spike_t *spike, sc_spike_reading_t *reading);

/*
 * Updates an alarm for `bucket`.  Public for topics, which have no series of
 * their own: their expectations are derived from the brand's.
 */
void sc_spike_judge(sc_spike_alarm_t *alarm,
    const sc_spike_reading_t *reading, uint32_t bucket);

/* What a count may add to a background: at most 3 * expected + 1. */
double sc_spike_capped(double count, double expected);

/* calm, watch, spike */
const char *sc_spike_state_name(sc_spike_state_t state);

#endif /* SC_SPIKE_H */
