/*
 * test_trends.c: a brand's channels and topics together, and how they are
 * shown.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "sc_status.h"
#include "topic_reference.h"


#define START  UINT32_C(999936)          /* a half hour begins here */


static sc_topics_t          topics;
static sc_trends_t          trends;
static unsigned char        text[256 * 1024];


static uint64_t
author_of(uint64_t i)
{
    i = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    i = (i ^ (i >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    i = (i ^ (i >> 27)) * UINT64_C(0x94d049bb133111eb);

    return i ^ (i >> 31);
}


static const sc_topic_incident_t *
say(uint64_t author, unsigned channel, const char *words, bool counted)
{
    sc_topic_keys_t     keys;
    sc_trends_mention_t mention;

    sc_topic_keys_init(&keys);
    sc_topic_keys_add(&keys, plain_language(), NULL,
                      sc_str_from_cstring(words));

    mention.keys = &keys;
    mention.author = author_of(author);
    mention.channel = channel;
    mention.reach = 2;
    mention.counted = counted;

    return sc_trends_observe(&trends, &mention);
}


static void
flat(unsigned buckets)
{
    unsigned i;

    static uint64_t author = 1000;

    for (i = 0; i < buckets; i++) {
        (void) say(author++, 0, "where is the train", false);
        (void) say(author++, 0, "train late", false);
        (void) say(author++, 1, "my ticket", false);
        sc_trends_close(&trends, trends.bucket + 1);
    }
}


static void
begin(sc_topics_t *with)
{
    sc_topics_init(&topics, START);
    sc_trends_init(&trends, with, START);
}


static void
test_channels_and_topics(void **state)
{
    int                 i;
    sc_trends_summary_t summary;

    (void) state;

    begin(&topics);
    flat(30);

    sc_trends_summarise(&trends, &summary);
    assert_int_equal(summary.bucket, START + 29);
    assert_true(summary.with_topics);
    assert_true(summary.series[0].used && summary.series[1].used);
    assert_false(summary.series[2].used);
    assert_true(summary.series[0].reading.count_60 == 24);
    assert_true(summary.series[1].reading.count_60 == 12);
    assert_int_equal(summary.series[0].reading.grade, SC_SPIKE_LEARNING);
    assert_int_equal(summary.incidents_count, 0);

    /* The same mention again changes nothing. */

    for (i = 0; i < 100; i++) {
        assert_null(say((uint64_t) i, 0, "flooded", true));
    }

    sc_trends_close(&trends, trends.bucket + 1);
    sc_trends_summarise(&trends, &summary);
    assert_true(summary.series[0].reading.count == 0);

    /* A burst in another channel: it and its topic. */

    for (i = 0; i < 40; i++) {
        (void) say((uint64_t) i, 1, "flooded", false);
    }

    sc_trends_close(&trends, trends.bucket + 1);
    sc_trends_summarise(&trends, &summary);
    assert_int_equal(summary.series[0].state, SC_SPIKE_CALM);
    assert_int_equal(summary.series[1].state, SC_SPIKE_SPIKE);
    assert_int_equal(summary.incidents_count, 1);
    assert_int_equal(sc_topic_shares_channel(&summary.incidents[0].shares),
                     1);
    assert_non_null(say(50, 0, "flooded here", false));
    assert_non_null(say(50, 0, "flooded here", true));
    assert_null(say(51, 0, "train late", false));
}


/*
 * The brand is the sum of its channels.  Its reading is not shown as such, so a
 * second set of topics hears the same and is closed with sums that are built
 * here: both must come out alike, in every bit.
 */

static sc_topics_t  same;


static void
both_say(unsigned authors, unsigned channel, const char *words)
{
    unsigned            i;
    sc_topic_keys_t     keys;

    static uint64_t     author = 1000000;

    sc_topic_keys_init(&keys);
    sc_topic_keys_add(&keys, plain_language(), NULL,
                      sc_str_from_cstring(words));

    for (i = 0; i < authors; i++) {
        (void) say(++author, channel, words, false);
        (void) sc_topics_observe(&same, &keys, author_of(author), channel, 2,
                                 false);
    }
}


/* Half of the people say one thing, a twenty-fifth another. */

static void
both_as_usual(void)
{
    both_say(13, 0, "flooded");
    both_say(11, 0, "train");
    both_say(1, 0, "smoke");
    both_say(12, 1, "flooded");
    both_say(12, 1, "train");
    both_say(1, 1, "smoke");
}


/*
 * The first channel is known, the other one since `days` ago.  Topics learn
 * what is usual while nothing is known of the brand.
 */

static void
both_begin(uint32_t days)
{
    uint32_t           bucket;
    sc_spike_reading_t unknown;

    memset(&unknown, 0, sizeof(unknown));
    unknown.dispersion = 1;
    unknown.count = 50;

    sc_topics_init(&topics, START - 30);
    sc_topics_init(&same, START - 30);
    sc_trends_init(&trends, &topics, START);

    for (bucket = START - 30; bucket < START; bucket++) {
        both_as_usual();
        sc_topics_close(&topics, &unknown, bucket + 1);
        sc_topics_close(&same, &unknown, bucket + 1);
    }

    sc_trends_init(&trends, &topics, START);

    for (bucket = START - 3 * 2016; bucket < START; bucket++) {
        sc_spike_add(&trends.channels[0].spike, bucket, 20 + bucket % 7, 50);
    }

    for (bucket = START - days * 288; bucket < START; bucket++) {
        sc_spike_add(&trends.channels[1].spike, bucket, 25, 50);
    }
}


static void
both_close(void)
{
    sc_spike_reading_t a, b, sum;

    sc_trends_close(&trends, trends.bucket + 1);
    sc_spike_read(&trends.channels[0].spike, &a);
    sc_spike_read(&trends.channels[1].spike, &b);
    memset(&sum, 0, sizeof(sum));

    sum.count = a.count + b.count;
    sum.count_15 = a.count_15 + b.count_15;
    sum.count_60 = a.count_60 + b.count_60;
    sum.expected = a.expected + b.expected;
    sum.expected_15 = a.expected_15 + b.expected_15;
    sum.expected_60 = a.expected_60 + b.expected_60;
    sum.dispersion = (a.dispersion * a.expected_60
                      + b.dispersion * b.expected_60) / sum.expected_60;
    sum.grade = SC_SPIKE_KNOWN;

    sc_topics_close(&same, &sum, trends.bucket);
    assert_memory_equal(&same, &topics, sizeof(sc_topics_t));
}


static void
check_sums(uint32_t days)
{
    unsigned            i;
    sc_trends_summary_t summary;

    both_begin(days);

    for (i = 0; i < 13; i++) {
        both_as_usual();
        both_close();
    }

    /* One topic goes on and the rest falls silent: no more than usual. */

    for (i = 0; i < 4; i++) {
        both_say(34, 0, "flooded");
        both_close();
    }

    /* All of it rises: no topic burns. */

    for (i = 0; i < 4; i++) {
        both_say(40, 0, "flooded");
        both_say(40, 0, "train");
        both_say(35, 1, "flooded");
        both_say(35, 1, "train");
        both_close();
    }

    sc_trends_summarise(&trends, &summary);
    assert_int_equal(summary.incidents_count, 0);
    assert_int_equal(summary.series[0].state, SC_SPIKE_SPIKE);

    /* An hour of silence, and a topic in it; then in the midst of others. */

    for (i = 0; i < 12; i++) {
        both_close();
    }

    both_say(40, 0, "smoke");
    both_close();
    sc_trends_summarise(&trends, &summary);
    assert_int_equal(summary.incidents_count, 1);

    both_say(300, 0, "smoke");
    both_say(300, 1, "train");
    both_close();
    both_close();
}


static void
test_brand_is_the_sum_of_its_channels(void **state)
{
    (void) state;

    check_sums(1);
    check_sums(21);
}


static void
test_without_topics(void **state)
{
    sc_trends_summary_t summary;

    (void) state;

    begin(NULL);
    flat(14);
    assert_null(say(1, 0, "flooded", false));
    sc_trends_summarise(&trends, &summary);
    assert_false(summary.with_topics);
    assert_true(summary.series[0].reading.count_60 == 24);
}


static sc_trends_summary_t
burning(sc_str_t name)
{
    sc_trends_summary_t  summary;
    sc_trends_series_t  *series;
    sc_topic_incident_t *incident;

    memset(&summary, 0, sizeof(summary));
    summary.bucket = 10;
    summary.with_topics = true;
    summary.incidents_count = 1;

    series = &summary.series[7];
    series->used = true;
    series->state = SC_SPIKE_WATCH;
    series->since = 8;
    series->reading.count_15 = 10;
    series->reading.count_60 = 30;
    series->reading.expected_60 = 12;
    series->reading.grade = SC_SPIKE_KNOWN;
    series->shares.reaches[0] = 1;

    summary.series[1].used = true;
    summary.series[1].reading.count_60 = 5;

    incident = &summary.incidents[0];
    incident->state = SC_SPIKE_SPIKE;
    incident->len = (uint8_t) name.len;
    memcpy(incident->name, name.data, name.len);
    incident->since = 9;
    incident->count_15 = 8;
    incident->count_60 = 9;
    incident->expected_60 = 0.24f;
    incident->shares.channels[7] = 3;
    incident->shares.reaches[4] = 2;
    incident->shares.reaches[6] = 1;

    return summary;
}


static double
number(const json_t *object, const char *name)
{
    json_t *value;

    value = json_object_get(object, name);
    assert_true(json_is_number(value));

    return json_number_value(value);
}


static void
is_text(const json_t *object, const char *name, const char *expected)
{
    const char *value;

    value = json_string_value(json_object_get(object, name));
    assert_non_null(value);
    assert_string_equal(value, expected);
}


static void
render(sc_buf_t *buf, void (*writer)(sc_buf_t *, const sc_status_t *),
    const sc_trends_summary_t *summary, bool on)
{
    sc_status_t              status;
    sc_status_brand_trends_t brand;

    memset(&status, 0, sizeof(status));
    status.version = "1";
    status.server_version = "1";
    status.build = "cc";
    status.now_ms = 11 * SC_SPIKE_BUCKET_MS + 7000;
    status.redis.state = "ready";
    status.redis.durability = "none";
    status.trends.on = on;

    if (on) {
        brand.brand = SC_STR("b\"r");
        brand.summary = summary;
        status.trends.observed = 5;
        status.trends.without_room = 2;
        status.trends.brands = &brand;
        status.trends.brands_count = 1;
    }

    sc_buf_init_fixed(buf, text, sizeof(text) - 1);
    writer(buf, &status);
    assert_false(buf->failed);
    text[buf->len] = '\0';
}


static void
test_json(void **state)
{
    json_t             *document, *list, *one;
    sc_buf_t            buf;
    sc_trends_summary_t summary;

    (void) state;

    summary = burning(SC_STR("a\"<b>"));
    render(&buf, sc_status_write_json, &summary, true);
    document = json_loadb((const char *) buf.data, buf.len, 0, NULL);
    assert_non_null(document);

    list = json_object_get(document, "trends");
    assert_int_equal(json_array_size(list), 2);

    one = json_array_get(list, 0);
    is_text(one, "brand", "b\"r");
    is_text(one, "channel", "other");
    assert_true(json_is_null(json_object_get(one, "topic")));
    is_text(one, "state", "watch");
    assert_true(number(one, "level") == 2.5);
    assert_true(number(one, "excess") == 18);
    assert_true(number(one, "since_ms") == 8.0 * SC_SPIKE_BUCKET_MS);
    assert_true(number(one, "authors_15m") == 10);
    assert_true(number(one, "expected_60m") == 12);
    assert_true(number(json_object_get(one, "share"), "0-99") == 30);

    one = json_array_get(list, 1);
    is_text(one, "topic", "a\"<b>");
    is_text(one, "channel", "other");
    is_text(one, "state", "spike");
    assert_true(number(one, "level") == 37.5);
    assert_true(number(one, "excess") == 8.76);
    assert_true(number(json_object_get(one, "share"), "100k+") == 6);
    assert_true(number(json_object_get(one, "share"), "unknown") == 3);
    assert_int_equal(json_object_size(json_object_get(one, "share")), 2);

    one = json_object_get(document, "trend_detector");
    assert_true(json_is_true(json_object_get(one, "on")));
    assert_true(number(one, "observed") == 5);
    assert_true(number(one, "without_room") == 2);

    list = json_object_get(one, "series");
    assert_int_equal(json_array_size(list), 2);
    one = json_array_get(list, 0);
    is_text(one, "grade", "unknown");
    assert_true(json_is_null(json_object_get(one, "expected_60m")));
    assert_true(number(one, "reading_age_ms") == 7000);
    is_text(json_array_get(list, 1), "grade", "known");
    json_decref(document);

    render(&buf, sc_status_write_json, NULL, false);
    document = json_loadb((const char *) buf.data, buf.len, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(document, "trends")), 0);
    assert_true(json_is_false(json_object_get(
        json_object_get(document, "trend_detector"), "on")));
    json_decref(document);
}


static void
has(const char *line)
{
    if (strstr((const char *) text, line) == NULL) {
        fail_msg("no line %s", line);
    }
}


static void
test_metrics(void **state)
{
    sc_buf_t            buf;
    sc_trends_summary_t summary;

    (void) state;

    summary = burning(SC_STR("secretword"));
    render(&buf, sc_status_write_prometheus, &summary, true);

    has("\nsocialcare_trend_state{brand=\"b\\\"r\",channel=\"other\"} 1\n");
    has("\nsocialcare_trend_level{brand=\"b\\\"r\",channel=\"other\"} 2.5\n");
    has("\nsocialcare_trend_authors{brand=\"b\\\"r\",channel=\"other\"} 30\n");
    has("\nsocialcare_trend_authors{brand=\"b\\\"r\",channel=\"messaging\"} "
        "5\n");
    has("\nsocialcare_trend_topics_spike{brand=\"b\\\"r\",channel=\"other\"} "
        "1\n");
    has("\nsocialcare_trend_topics_watch{brand=\"b\\\"r\",channel=\"other\"} "
        "0\n");
    has("\nsocialcare_trend_skipped_total{reason=\"without_room\"} 2\n");
    assert_null(strstr((const char *) text, "secretword"));

    /* What is not known is left out. */

    assert_null(strstr((const char *) text,
                       "socialcare_trend_state{brand=\"b\\\"r\","
                       "channel=\"messaging\"}"));

    render(&buf, sc_status_write_prometheus, NULL, false);
    assert_null(strstr((const char *) text, "socialcare_trend"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_channels_and_topics),
        cmocka_unit_test(test_brand_is_the_sum_of_its_channels),
        cmocka_unit_test(test_without_topics),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_metrics)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
