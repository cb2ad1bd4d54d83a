/*
 * sc_spike.c: learns what is usual, and detects what is not by a CUSUM.
 *
 * Learning: each hour's mean goes into its slot, with a weight of 0.2 a week
 * (0.5 in the third week).  During the first two weeks all days share their
 * slots, with the mean of the days so far (weights of at least 0.2); until an
 * hour of the day has been seen, the level of the last hour is used instead.
 * Incidents must not be learned as normal, so nothing is learned during an
 * alarm; but one that lasts two days is not an incident but a new normal, and
 * the series begins anew.
 */

#include <math.h>
#include <string.h>

#include "sc_spike.h"


#define SC_SPIKE_RATIO        3.0
#define SC_SPIKE_LOG_RATIO    1.0986122886681098  /* ln(SC_SPIKE_RATIO) */
#define SC_SPIKE_MAX_SUM      30.0
#define SC_SPIKE_Z_15         5.0
#define SC_SPIKE_Z_CALM       2.0
#define SC_SPIKE_CALM_BUCKETS 6

#define SC_SPIKE_DAY_HOURS    24
#define SC_SPIKE_WEEK         (SC_SPIKE_SLOTS * SC_SPIKE_HOUR)
#define SC_SPIKE_TWO_DAYS     (48 * SC_SPIKE_HOUR)
#define SC_SPIKE_TWO_WEEKS    (2 * SC_SPIKE_WEEK)
#define SC_SPIKE_THREE_WEEKS  (3 * SC_SPIKE_WEEK)

#define SC_SPIKE_WEIGHT       0.2
#define SC_SPIKE_EARLY_WEIGHT 0.5

/* Half-life of about five days. */
#define SC_SPIKE_DISPERSION_WEIGHT  0.0005

/*
 * Volumes drift by about 30 % from hour to hour, beyond what chance explains;
 * until a series is known, its dispersion is taken to be at least that.
 */
#define SC_SPIKE_DRIFT        0.1


static const char *const sc_spike_state_names[] = {
    "calm", "watch", "spike"
};


const char *
sc_spike_state_name(sc_spike_state_t state)
{
    return sc_spike_state_names[state];
}


double
sc_spike_capped(double count, double expected)
{
    double cap;

    cap = SC_SPIKE_RATIO * expected + 1;

    return count < cap ? count : cap;
}


/* The square root of a Poisson count has a variance of 1/4 for any mean. */

static double
sc_spike_z(double count, double expected, double dispersion)
{
    return 2 * (sqrt(count + 0.375) - sqrt(expected + 0.375))
           / sqrt(dispersion);
}


/* The part of the dispersion that drift causes grows with the count. */

static double
sc_spike_dispersion_15(const sc_spike_reading_t *reading)
{
    return 1 + (reading->dispersion - 1) / 4;
}


static sc_spike_state_t
sc_spike_raise(const sc_spike_alarm_t *alarm,
    const sc_spike_reading_t *reading)
{
    double z;

    if (reading->authors < SC_SPIKE_MIN_AUTHORS
        || (reading->grade == SC_SPIKE_LEARNING
            && reading->count_15 < SC_SPIKE_MIN_AUTHORS))
    {
        return (sc_spike_state_t) alarm->state;
    }

    z = sc_spike_z(reading->count_15, reading->expected_15,
                   sc_spike_dispersion_15(reading));

    if ((double) alarm->sum > SC_SPIKE_SPIKE_SUM + reading->margin
        || (z >= SC_SPIKE_Z_15 && reading->count_15 >= SC_SPIKE_MIN_AUTHORS))
    {
        return SC_SPIKE_SPIKE;
    }

    if (alarm->state == SC_SPIKE_CALM
        && (double) alarm->sum > SC_SPIKE_WATCH_SUM + reading->margin)
    {
        return SC_SPIKE_WATCH;
    }

    return (sc_spike_state_t) alarm->state;
}


static void
sc_spike_lower(sc_spike_alarm_t *alarm, const sc_spike_reading_t *reading)
{
    double z;

    z = sc_spike_z(reading->count_60, reading->expected_60,
                   reading->dispersion);

    alarm->calm = z < SC_SPIKE_Z_CALM ? (uint8_t) (alarm->calm + 1) : 0;

    if (alarm->calm >= SC_SPIKE_CALM_BUCKETS) {
        memset(alarm, 0, sizeof(*alarm));
    }
}


void
sc_spike_judge(sc_spike_alarm_t *alarm, const sc_spike_reading_t *reading,
    uint32_t bucket)
{
    double sum;

    if (reading->grade == SC_SPIKE_UNKNOWN) {
        return;
    }

    if (alarm->state == SC_SPIKE_CALM && alarm->sum <= 0) {
        alarm->since = bucket;
    }

    sum = (double) alarm->sum
          + (reading->count * SC_SPIKE_LOG_RATIO
             - reading->expected * (SC_SPIKE_RATIO - 1))
            / reading->dispersion;

    alarm->sum = (float) (sum < 0 ? 0
                          : sum > SC_SPIKE_MAX_SUM ? SC_SPIKE_MAX_SUM : sum);

    alarm->state = (uint8_t) sc_spike_raise(alarm, reading);

    if (alarm->state != SC_SPIKE_CALM) {
        sc_spike_lower(alarm, reading);
    }
}


static void
sc_spike_learn_anew(sc_spike_t *spike, uint32_t bucket)
{
    unsigned i;

    for (i = 0; i < SC_SPIKE_SLOTS; i++) {
        spike->slots[i] = -1;
    }

    spike->dispersion = 1;
    spike->hour_sum = 0;
    spike->hour_count = 0;
    spike->learned = bucket;
    memset(&spike->alarm, 0, sizeof(spike->alarm));
}


void
sc_spike_init(sc_spike_t *spike)
{
    memset(spike, 0, sizeof(*spike));
    sc_spike_learn_anew(spike, 0);
}


static sc_spike_grade_t
sc_spike_grade(const sc_spike_t *spike, uint32_t bucket)
{
    if (spike->first == 0 || bucket - spike->first < SC_SPIKE_HOUR) {
        return SC_SPIKE_UNKNOWN;
    }

    return bucket - spike->learned < SC_SPIKE_TWO_WEEKS ? SC_SPIKE_LEARNING
                                                        : SC_SPIKE_KNOWN;
}


static unsigned
sc_spike_slot(uint32_t bucket)
{
    return bucket / SC_SPIKE_HOUR % SC_SPIKE_SLOTS;
}


/* A neighbour that was not seen yet is taken to be like the slot itself. */

static double
sc_spike_neighbour(const sc_spike_t *spike, unsigned slot, unsigned step)
{
    float value;

    value = spike->slots[(slot + step) % SC_SPIKE_SLOTS];

    return (double) (value < 0 ? spike->slots[slot] : value);
}


double
sc_spike_expected(const sc_spike_t *spike, uint32_t bucket)
{
    double   expected, floor_of;
    unsigned slot;

    slot = sc_spike_slot(bucket);

    if (spike->slots[slot] < 0) {
        expected = (double) spike->recent;

    } else {
        expected = (sc_spike_neighbour(spike, slot, SC_SPIKE_SLOTS - 1)
                    + 2 * (double) spike->slots[slot]
                    + sc_spike_neighbour(spike, slot, 1))
                   / 4;
    }

    floor_of = sc_spike_grade(spike, bucket) == SC_SPIKE_KNOWN
               ? SC_SPIKE_FLOOR : SC_SPIKE_PRIOR;

    return expected > floor_of ? expected : floor_of;
}


static void
sc_spike_into_slot(sc_spike_t *spike, unsigned slot, double mean,
    double weight)
{
    double old;

    old = (double) spike->slots[slot];
    spike->slots[slot] = (float) (old < 0 ? mean : old + weight * (mean - old));
}


/* Learns the hour that ends with `bucket`, if half of it was normal. */

static void
sc_spike_learn_hour(sc_spike_t *spike, uint32_t bucket)
{
    double   mean, weight;
    uint32_t age, days;
    unsigned hour, slot;

    age = bucket - spike->learned;
    slot = sc_spike_slot(bucket);

    if (spike->hour_count >= SC_SPIKE_HOUR / 2) {
        mean = (double) spike->hour_sum / spike->hour_count;

        if (age < SC_SPIKE_TWO_WEEKS) {
            days = age / (SC_SPIKE_DAY_HOURS * SC_SPIKE_HOUR);
            weight = 1.0 / (1 + days);
            weight = weight < SC_SPIKE_WEIGHT ? SC_SPIKE_WEIGHT : weight;

            for (hour = slot % SC_SPIKE_DAY_HOURS; hour < SC_SPIKE_SLOTS;
                 hour += SC_SPIKE_DAY_HOURS)
            {
                sc_spike_into_slot(spike, hour, mean, weight);
            }

        } else {
            sc_spike_into_slot(spike, slot, mean,
                               age < SC_SPIKE_THREE_WEEKS
                               ? SC_SPIKE_EARLY_WEIGHT : SC_SPIKE_WEIGHT);
        }
    }

    spike->hour_sum = 0;
    spike->hour_count = 0;
}


static void
sc_spike_learn(sc_spike_t *spike, const sc_spike_reading_t *reading,
    uint32_t bucket)
{
    bool   seen;
    double capped, deviation;

    seen = spike->slots[sc_spike_slot(bucket)] >= 0;

    if (reading->grade == SC_SPIKE_UNKNOWN) {

        /* The mean so far; there is no expectation yet to cap it by. */

        capped = reading->count;
        spike->recent += (float) (capped - (double) spike->recent)
                         / (float) (bucket - spike->first + 1);

    } else {
        capped = sc_spike_capped(reading->count, reading->expected);

        /* While the slot is unseen, follow even an alarm, but slowly. */

        if (!seen || spike->alarm.state == SC_SPIKE_CALM) {
            spike->recent += (float) (capped - (double) spike->recent)
                             / (spike->alarm.state == SC_SPIKE_CALM
                                ? 1.0f * SC_SPIKE_HOUR
                                : 3.0f * SC_SPIKE_HOUR);
        }
    }

    if (spike->alarm.state != SC_SPIKE_CALM) {
        return;
    }

    spike->hour_sum += (float) capped;
    spike->hour_count++;

    if (seen && reading->expected_60 > 0) {
        deviation = reading->count_60 - reading->expected_60;
        spike->dispersion += (float) (SC_SPIKE_DISPERSION_WEIGHT
                                      * (deviation * deviation
                                         / reading->expected_60
                                         - (double) spike->dispersion));
    }
}


static double
sc_spike_dispersion(const sc_spike_t *spike,
    const sc_spike_reading_t *reading)
{
    double dispersion, least;

    dispersion = (double) spike->dispersion;
    least = reading->grade == SC_SPIKE_KNOWN
            ? 1 : 1 + SC_SPIKE_DRIFT * reading->expected_60;

    return dispersion > least ? dispersion : least;
}


void
sc_spike_read(const sc_spike_t *spike, sc_spike_reading_t *reading)
{
    unsigned i, at;

    memset(reading, 0, sizeof(*reading));
    reading->dispersion = 1;

    if (spike->first == 0) {
        return;
    }

    for (i = 0; i < SC_SPIKE_HOUR; i++) {
        at = (spike->bucket + SC_SPIKE_HOUR - i) % SC_SPIKE_HOUR;

        reading->count_60 += spike->counts[at];
        reading->expected_60 += (double) spike->expected[at];

        if (i == 0) {
            reading->count = reading->count_60;
            reading->expected = reading->expected_60;
        }

        if (i < SC_SPIKE_HOUR / 4) {
            reading->count_15 = reading->count_60;
            reading->expected_15 = reading->expected_60;
        }
    }

    reading->authors = (double) spike->authors;
    reading->grade = sc_spike_grade(spike, spike->bucket);
    reading->dispersion = sc_spike_dispersion(spike, reading);
}


static void
sc_spike_step(sc_spike_t *spike, uint32_t bucket, uint32_t count)
{
    unsigned           at;
    sc_spike_reading_t reading;

    if (spike->first == 0) {
        spike->first = bucket;
        spike->learned = bucket;
    }

    if (bucket / SC_SPIKE_HOUR != spike->bucket / SC_SPIKE_HOUR) {
        sc_spike_learn_hour(spike, spike->bucket);
    }

    at = bucket % SC_SPIKE_HOUR;
    spike->bucket = bucket;
    spike->counts[at] = (uint16_t) (count < UINT16_MAX ? count : UINT16_MAX);
    spike->expected[at] = (float) sc_spike_expected(spike, bucket);

    sc_spike_read(spike, &reading);
    sc_spike_judge(&spike->alarm, &reading, bucket);
    sc_spike_learn(spike, &reading, bucket);

    if (spike->alarm.state != SC_SPIKE_CALM
        && bucket - spike->alarm.since >= SC_SPIKE_TWO_DAYS)
    {
        spike->recent = (float) (reading.count_60 / SC_SPIKE_HOUR);
        sc_spike_learn_anew(spike, bucket);
    }
}


/* What happened in between is unknown: sums over it would be meaningless. */

static void
sc_spike_forget_hour(sc_spike_t *spike, uint32_t bucket)
{
    memset(spike->counts, 0, sizeof(spike->counts));
    memset(spike->expected, 0, sizeof(spike->expected));
    memset(&spike->alarm, 0, sizeof(spike->alarm));

    spike->hour_sum = 0;
    spike->hour_count = 0;
    spike->bucket = bucket;

    /* The time went back to before anything was learned. */

    if (bucket < spike->first || bucket < spike->learned) {
        sc_spike_learn_anew(spike, bucket);
        spike->first = bucket;
    }
}


void
sc_spike_add(sc_spike_t *spike, uint32_t bucket, uint32_t count,
    double authors)
{
    spike->authors = (float) authors;

    if (spike->first != 0
        && (bucket <= spike->bucket
            || bucket - spike->bucket > SC_SPIKE_HOUR))
    {
        sc_spike_forget_hour(spike, bucket);
    }

    while (spike->first != 0 && spike->bucket + 1 < bucket) {
        sc_spike_step(spike, spike->bucket + 1, 0);
    }

    sc_spike_step(spike, bucket, count);
}
