/*
 * test_topics.c: Space-Saving against exact counts, who counts, incidents and
 * their names, and what many words do to false alarms.
 *
 * Measured with the simulation below (10 words a mention of a vocabulary of
 * 5,000 with Zipf's frequencies, series as in test_spike.c, from the third
 * week on): 6 brands with 7,344 mentions a day had one false incident in 24
 * weeks together, 4 brands with 432 a day one in 72.  Judged by the brand's
 * expectation instead of its volume, and without the margin for many keys,
 * they were 125 and 24 a week.  Words of real texts come in clusters: expect
 * more.
 *
 * A burst of 20 authors in five minutes about one new word is seen at the end
 * of that bucket, at both volumes.
 */

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_topics.h"
#include "series.h"
#include "topic_reference.h"


#define WEEK       2016
#define MONDAY     (UINT32_C(496) * WEEK)
#define VOCABULARY 5000


static sc_topics_t          topics;      /* a quarter of a megabyte */


static uint64_t
author_of(uint64_t i)
{
    i = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    i = (i ^ (i >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    i = (i ^ (i >> 27)) * UINT64_C(0x94d049bb133111eb);

    return i ^ (i >> 31);
}


static const sc_topic_incident_t *
say(uint64_t author, const char *text)
{
    sc_topic_keys_t keys;

    sc_topic_keys_init(&keys);
    sc_topic_keys_add(&keys, plain_language(), NULL,
                      sc_str_from_cstring(text));

    return sc_topics_observe(&topics, &keys, author_of(author), 2, 1, false);
}


static void
many_say(uint64_t from, uint64_t count, const char *text)
{
    uint64_t i;

    for (i = from; i < from + count; i++) {
        (void) say(i, text);
    }
}


static sc_spike_reading_t
brand_of(double count, double expected)
{
    sc_spike_reading_t brand;

    memset(&brand, 0, sizeof(brand));
    brand.count = count;
    brand.count_15 = count + 2 * expected;
    brand.count_60 = count + 11 * expected;
    brand.expected = expected;
    brand.expected_15 = 3 * expected;
    brand.expected_60 = 12 * expected;
    brand.dispersion = 1;
    brand.grade = SC_SPIKE_KNOWN;

    return brand;
}


static void
close_bucket(double count, double expected)
{
    sc_spike_reading_t brand;

    brand = brand_of(count, expected);
    sc_topics_close(&topics, &brand, topics.bucket + 1);
}


static bool
incident_is(unsigned i, const char *name)
{
    const sc_topic_incident_t *incident;

    if (i >= topics.incidents_count) {
        return false;
    }

    incident = &topics.incidents[i];

    return sc_str_eq(sc_str_make(incident->name, incident->len),
                     sc_str_from_cstring(name));
}


static uint64_t
hash_of(const char *name)
{
    return sc_topic_hash(&plain_language()->key, sc_str_from_cstring(name));
}


/* Within a bucket nothing decays: the bounds are those of the paper. */

static void
test_space_saving(void **state)
{
    double          count, error, least;
    uint64_t        random, total, true_counts[4096];
    unsigned        i, word, kept;
    sc_topic_key_t *key;
    sc_topic_keys_t keys;

    (void) state;

    sc_topics_init(&topics, MONDAY);
    memset(true_counts, 0, sizeof(true_counts));
    random = 3;
    total = 0;
    keys.count = 1;
    key = &keys.keys[0];

    for (i = 0; i < 40000; i++) {
        word = (unsigned) (4096 * pow(series_random(&random), 3));
        key->hash = author_of(word + 1000000);
        key->name = SC_STR("word");
        true_counts[word]++;
        total++;

        /*
         * A new author each; the filter of who was seen is emptied so that
         * its few errors do not show.
         */

        memset(topics.seen, 0, sizeof(topics.seen));
        (void) sc_topics_observe(&topics, &keys, author_of(i), 0, 0, false);
    }

    kept = 0;
    least = (double) topics.counts[topics.heap[0]];
    assert_true(least <= (double) total / SC_TOPICS);

    for (word = 0; word < 4096; word++) {
        if (sc_topics_estimate(&topics, author_of(word + 1000000), &count,
                               &error))
        {
            kept++;
            assert_true(count >= (double) true_counts[word]);
            assert_true(count - error <= (double) true_counts[word]);
            assert_true(error <= (double) total / SC_TOPICS);

        } else {
            assert_true((double) true_counts[word] <= least);
        }
    }

    assert_int_equal(kept, SC_TOPICS);

    for (i = 1; i < SC_TOPICS; i++) {
        assert_true(topics.counts[topics.heap[(i - 1) / 2]]
                    <= topics.counts[topics.heap[i]]);
        assert_int_equal(topics.places[topics.heap[i]], i);
    }
}


/* The heap's own copies of the counts, while it fills and after decay. */

static void
assert_weights(void)
{
    unsigned i;

    for (i = 0; i < topics.used; i++) {
        assert_true(topics.weights[i] == topics.counts[topics.heap[i]]);
    }

    assert_true(topics.weights[topics.used] == FLT_MAX);
    assert_true(topics.weights[SC_TOPICS] == FLT_MAX);
}


static void
test_weights(void **state)
{
    unsigned        i;
    uint64_t        random;
    sc_topic_keys_t keys;

    (void) state;

    sc_topics_init(&topics, MONDAY);
    random = 9;
    keys.count = 1;
    assert_weights();

    for (i = 0; i < 3 * SC_TOPICS; i++) {
        keys.keys[0].hash = author_of((uint64_t) (2 * SC_TOPICS
                                                  * series_random(&random)));
        keys.keys[0].name = SC_STR("word");
        (void) sc_topics_observe(&topics, &keys, author_of(i), 0, 0, false);

        if (i % 100 == 0) {
            assert_weights();
            close_bucket(100, 100);
            assert_weights();
        }
    }

    assert_int_equal(topics.used, SC_TOPICS);
}


/* Whatever a key was, the one that takes its place is as new. */

static void
test_replaced(void **state)
{
    unsigned          i, k;
    const sc_topic_t *topic;
    sc_topic_t        fresh;
    sc_topic_keys_t   keys;

    (void) state;

    sc_topics_init(&topics, MONDAY);
    keys.count = 1;
    keys.keys[0].name = SC_STR("word");

    for (k = 0; k < SC_TOPICS; k++) {
        keys.keys[0].hash = author_of(1000 + k);
        (void) sc_topics_observe(&topics, &keys,
                                 author_of(7 + k * 2 / SC_TOPICS_SPENT_MAX), 2,
                                 1, false);
    }

    fresh = topics.topics[0];
    assert_int_equal(fresh.counts[MONDAY % SC_SPIKE_HOUR], 1);

    i = topics.heap[0];
    memset(&topics.topics[i], 0x55, sizeof(sc_topic_t));

    keys.keys[0].hash = author_of(1000 + SC_TOPICS);
    assert_null(sc_topics_observe(&topics, &keys, author_of(7), 2, 1, false));
    assert_true(topics.hashes[i] == keys.keys[0].hash);

    topic = &topics.topics[i];
    assert_memory_equal(&topic->alarm, &fresh.alarm, sizeof(fresh.alarm));
    assert_memory_equal(&topic->authors, &fresh.authors,
                        sizeof(fresh.authors));
    assert_memory_equal(&topic->shares, &fresh.shares, sizeof(fresh.shares));
    assert_memory_equal(topic->counts, fresh.counts, sizeof(fresh.counts));
    assert_int_equal(topic->incident, 0);
    assert_int_equal(topic->lead, 0);
    assert_int_equal(topic->len, 4);
    assert_memory_equal(topic->name, "word", 4);
}


/* One author counts once in five to ten minutes; counts halve in an hour. */

static void
test_who_counts(void **state)
{
    int      i;
    double   count, error;
    unsigned k;

    (void) state;

    sc_topics_init(&topics, MONDAY);

    for (i = 0; i < 1000; i++) {
        (void) say(1, "outage");
    }

    assert_true(sc_topics_estimate(&topics, hash_of("outage"), &count,
                                   &error));
    assert_true(count == 1);

    (void) say(2, "outage");
    close_bucket(2, 1);
    (void) say(1, "outage");
    assert_true(sc_topics_estimate(&topics, hash_of("outage"), &count,
                                   &error));
    assert_true(fabs(count - 2 * 0.943874) < 0.0001);

    close_bucket(0, 1);
    close_bucket(0, 1);
    (void) say(1, "outage");
    assert_true(sc_topics_estimate(&topics, hash_of("outage"), &count,
                                   &error));
    assert_true(fabs(count - 1 - 2 * pow(0.5, 3 / 12.0)) < 0.0001);

    /* What was counted before is not counted again. */

    {
        sc_topic_keys_t keys;

        sc_topic_keys_init(&keys);
        sc_topic_keys_add(&keys, plain_language(), NULL,
                          SC_STR("unheard outage"));
        assert_null(sc_topics_observe(&topics, &keys, author_of(9), 0, 0,
                                      true));
        assert_false(sc_topics_estimate(&topics, hash_of("unheard"), &count,
                                        &error));
    }

    for (k = 0; k < 12; k++) {
        close_bucket(0, 1);
    }

    assert_int_equal(topics.incidents_count, 0);
}


static void
quiet_hours(unsigned hours)
{
    unsigned i;

    for (i = 0; i < hours * SC_SPIKE_HOUR; i++) {
        many_say(i * 10, 3, "where is train");
        close_bucket(3, 3);
    }
}


/* One author all day, then seven authors, then eight. */

static void
test_eight_people(void **state)
{
    unsigned i;

    (void) state;

    sc_topics_init(&topics, MONDAY);
    quiet_hours(30);

    for (i = 0; i < 60; i++) {
        (void) say(7, "outage");
        close_bucket(1, 3);
        assert_int_equal(topics.incidents_count, 0);
    }

    many_say(900, 7, "burning");
    close_bucket(7, 3);
    assert_int_equal(topics.incidents_count, 0);

    many_say(910, 13, "flooded");
    close_bucket(13, 3);
    assert_int_equal(topics.incidents_count, 1);
    assert_true(incident_is(0, "flooded"));
    assert_true(topics.incidents[0].count_60 == 13);
    assert_true(fabs((double) topics.incidents[0].authors - 13) < 3);
    assert_int_equal(topics.incidents[0].since, topics.bucket - 1);

    /* Who speaks of it belongs to it; who does not, does not. */

    assert_non_null(say(950, "is it flooded again"));
    assert_null(say(951, "where is my train"));

    /* It ends when it is over. */

    for (i = 0; i < 30; i++) {
        close_bucket(0, 3);
    }

    assert_int_equal(topics.incidents_count, 0);
    assert_null(say(952, "flooded"));
}


/* What is usual does not burn, however much of it there is. */

static void
test_usual_words(void **state)
{
    (void) state;

    sc_topics_init(&topics, MONDAY);
    quiet_hours(48);

    many_say(900, 6, "where is train");
    close_bucket(6, 3);
    assert_int_equal(topics.incidents_count, 0);

    many_say(920, 20, "train cancelled");
    close_bucket(20, 3);
    assert_int_equal(topics.incidents_count, 1);
    assert_true(incident_is(0, "cancelled")
                || incident_is(0, "train cancelled"));
    assert_null(say(950, "train"));
}


/* Same people: one incident.  Other people: another one. */

static void
test_folding(void **state)
{
    unsigned i;

    (void) state;

    sc_topics_init(&topics, MONDAY);
    quiet_hours(30);

    many_say(1000, 20, "signal lost in kiel #outage");
    many_say(1020, 10, "signal lost");
    many_say(2000, 16, "refund missing");
    close_bucket(46, 3);

    assert_int_equal(topics.incidents_count, 2);
    assert_true(incident_is(0, "signal") || incident_is(0, "lost")
                || incident_is(0, "signal lost"));
    assert_true(incident_is(1, "refund") || incident_is(1, "missing")
                || incident_is(1, "refund missing"));
    assert_ptr_equal(say(3000, "#outage"), &topics.incidents[0]);
    assert_ptr_equal(say(3001, "kiel"), &topics.incidents[0]);
    assert_ptr_equal(say(3002, "missing kiel"), &topics.incidents[0]);
    assert_ptr_equal(say(3003, "missing"), &topics.incidents[1]);

    assert_int_equal(sc_topic_shares_channel(&topics.incidents[0].shares), 2);
    assert_int_equal(sc_topic_shares_reach(&topics.incidents[0].shares, 1,
                                           30), 30);
    assert_int_equal(sc_topic_shares_reach(&topics.incidents[0].shares, 2,
                                           30), 0);

    /* The name stays although another key has more by now. */

    {
        sc_topic_incident_t before = topics.incidents[0];

        many_say(4000, 3, "kiel");
        close_bucket(3, 3);

        for (i = 0; i < topics.incidents_count; i++) {
            if (topics.incidents[i].len == before.len
                && memcmp(topics.incidents[i].name, before.name, before.len)
                   == 0)
            {
                break;
            }
        }

        assert_true(i < topics.incidents_count);
        assert_int_equal(topics.incidents[i].since, before.since);
    }
}


/* A word that stays is usual after two days. */

static void
test_new_normal(void **state)
{
    unsigned i, burnt;

    (void) state;

    sc_topics_init(&topics, MONDAY);
    quiet_hours(48);
    burnt = 0;

    for (i = 0; i < 3 * 288; i++) {
        many_say(100000 + i * 10, 3, "train delayed");
        close_bucket(3, 3);
        burnt += topics.incidents_count > 0;
    }

    assert_in_range(burnt, 400, 620);
    assert_int_equal(topics.incidents_count, 0);
}


/* More incidents at once than are kept; more candidates than are folded. */

static void
test_many_incidents(void **state)
{
    int      i;
    char     text[32];

    (void) state;

    sc_topics_init(&topics, MONDAY);
    quiet_hours(30);

    for (i = 0; i < 100; i++) {
        (void) snprintf(text, sizeof(text), "incident%c%c", 'a' + i % 10,
                        'a' + i / 10);
        many_say(10000 + 100 * (uint64_t) i, 16 + (uint64_t) i % 9, text);
    }

    close_bucket(2000, 3);
    assert_int_equal(topics.incidents_count, SC_TOPICS_INCIDENTS);

    for (i = 1; i < SC_TOPICS_INCIDENTS; i++) {
        assert_true(topics.incidents[i].count_60
                    <= topics.incidents[i - 1].count_60);
    }
}


/* A step back, a long gap, a short one. */

static void
test_gaps(void **state)
{
    sc_spike_reading_t brand;

    (void) state;

    sc_topics_init(&topics, MONDAY);
    quiet_hours(30);
    brand = brand_of(20, 3);

    many_say(1000, 20, "flooded");
    sc_topics_close(&topics, &brand, topics.bucket + 3);
    assert_int_equal(topics.incidents_count, 1);
    assert_true(topics.incidents[0].count_60 == 20);

    sc_topics_close(&topics, &brand, topics.bucket + 100);
    assert_int_equal(topics.incidents_count, 0);

    many_say(1100, 20, "flooded");
    sc_topics_close(&topics, &brand, topics.bucket - 50);
    assert_int_equal(topics.incidents_count, 0);

    many_say(1200, 20, "flooded");
    close_bucket(20, 3);
    assert_int_equal(topics.incidents_count, 1);
}


static void
test_shares(void **state)
{
    int               i;
    sc_topic_shares_t shares;

    (void) state;

    memset(&shares, 0, sizeof(shares));
    assert_int_equal(sc_topic_shares_reach(&shares, 0, 10), 0);
    assert_int_equal(sc_topic_shares_channel(&shares), 0);

    for (i = 0; i < 3000; i++) {
        sc_topic_shares_add(&shares, i % 3 == 0 ? 7 : 4, i % 3 == 0 ? 6 : 0);
    }

    assert_int_equal(sc_topic_shares_channel(&shares), 4);
    assert_in_range(sc_topic_shares_reach(&shares, 0, 90), 58, 62);
    assert_in_range(sc_topic_shares_reach(&shares, 6, 90), 28, 32);
}


static double  zipf[VOCABULARY];


static uint64_t
word_of(uint64_t *random)
{
    size_t low, high, middle;
    double at;

    at = series_random(random) * zipf[VOCABULARY - 1];
    low = 0;
    high = VOCABULARY - 1;

    while (low < high) {
        middle = (low + high) / 2;

        if (zipf[middle] < at) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return low;
}


static void
mention(uint64_t author, uint64_t *random, unsigned words)
{
    size_t          i;
    uint64_t        hash;
    sc_topic_keys_t keys;

    sc_topic_keys_init(&keys);

    while (words-- > 0) {
        hash = author_of(word_of(random) + 1000000);

        for (i = 0; i < keys.count && keys.keys[i].hash != hash; i++) {
            /* void */
        }

        if (i == keys.count) {
            keys.keys[i].hash = hash;
            keys.keys[i].name = SC_STR("word");
            keys.count++;
        }
    }

    (void) sc_topics_observe(&topics, &keys, author_of(author), 0, 0, false);
}


typedef struct {
    double spikes;             /* false ones a week */
    double incidents;
} outcome_t;


static outcome_t
simulate(double per_day, int weeks, uint64_t seed)
{
    int                 i, spikes, new_spikes, new_incidents;
    uint32_t            bucket, count, k, before;
    uint64_t            random, author;
    series_t            series;
    outcome_t           outcome;
    sc_spike_t          spike;
    sc_spike_reading_t  reading;

    series_init(&series, seed, per_day, MONDAY);
    sc_spike_init(&spike);
    sc_topics_init(&topics, MONDAY);
    random = seed * 1000;
    author = 0;
    spikes = new_spikes = new_incidents = 0;

    for (i = 0; i < weeks * WEEK; i++) {
        bucket = series.bucket;
        count = series_next(&series, 0);

        for (k = 0; k < count; k++) {
            mention(author++, &random, 10);
        }

        sc_spike_add(&spike, bucket, count, 1000);
        sc_spike_read(&spike, &reading);

        before = topics.incidents_count;
        sc_topics_close(&topics, &reading, bucket + 1);

        for (k = 0, count = 0; k < topics.incidents_count; k++) {
            count += topics.incidents[k].state == SC_SPIKE_SPIKE;
        }

        if (i >= 3 * WEEK) {
            new_spikes += (int) count > spikes ? (int) count - spikes : 0;
            new_incidents += topics.incidents_count > before
                             ? (int) (topics.incidents_count - before) : 0;
        }

        spikes = (int) count;
    }

    outcome.spikes = (double) new_spikes / (weeks - 3);
    outcome.incidents = (double) new_incidents / (weeks - 3);

    return outcome;
}


/* The numbers of this file's head, with room for another seed. */

static void
test_simulation(void **state)
{
    int       i;
    size_t    c;
    double    sum;
    outcome_t outcome;

    static const struct {
        double per_day;
        int    weeks;
        double spikes;
        double incidents;
    } cases[] = {
        { 432, 9, 0.5, 1 },
        { 7344, 6, 0.5, 1 }
    };

    (void) state;

    sum = 0;

    for (i = 0; i < VOCABULARY; i++) {
        sum += 1.0 / (i + 5);
        zipf[i] = sum;
    }

    for (c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        outcome = simulate(cases[c].per_day, cases[c].weeks, 11 + c);

        print_message("%5.0f/day: %.1f spikes, %.1f incidents a week\n",
                      cases[c].per_day, outcome.spikes, outcome.incidents);
        assert_true(outcome.spikes <= cases[c].spikes);
        assert_true(outcome.incidents <= cases[c].incidents);

        many_say(UINT64_C(1) << 40, 20, "flooded");
        close_bucket(20, 3);
        assert_true(topics.incidents_count >= 1);
        assert_non_null(say(UINT64_C(1) << 41, "flooded"));
    }
}


/*
 * One author with ever new words neither drives out what others speak of nor
 * fills the filters until nobody counts any more; and is told of an incident
 * all the same.
 */
static void
test_one_author_floods(void **state)
{
    char     text[64];
    double   count, error;
    unsigned i;

    (void) state;

    sc_topics_init(&topics, MONDAY);
    many_say(1, 6, "flooded");

    for (i = 0; i < 60000; i++) {
        (void) snprintf(text, sizeof(text), "w%c%c%c%c",
                        'a' + (int) (i % 26), 'a' + (int) (i / 26 % 26),
                        'a' + (int) (i / 676 % 26),
                        'a' + (int) (i / 17576));
        (void) say(99, text);
    }

    many_say(200, 14, "flooded");

    assert_true(sc_topics_estimate(&topics, hash_of("flooded"), &count,
                                   &error));
    assert_float_equal(count, 20, 0.01);
    assert_float_equal(error, 0, 0.01);

    close_bucket(21, 1);
    assert_true(incident_is(0, "flooded"));
    assert_non_null(say(99, "flooded"));

    /* In the next five minutes he counts again. */
    (void) say(99, "newword");
    assert_true(sc_topics_estimate(&topics, hash_of("newword"), &count,
                                   &error));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_author_floods),
        cmocka_unit_test(test_space_saving),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_replaced),
        cmocka_unit_test(test_who_counts),
        cmocka_unit_test(test_eight_people),
        cmocka_unit_test(test_usual_words),
        cmocka_unit_test(test_folding),
        cmocka_unit_test(test_new_normal),
        cmocka_unit_test(test_many_incidents),
        cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_simulation)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
