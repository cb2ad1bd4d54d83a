/*
 * test_status.c: the three renderers over one snapshot, and which of them a
 * request gets.
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


static const uint32_t  test_bounds[] = { 500, 1000 };
static const uint64_t  test_buckets[] = { 1, 2, 4 };

static const sc_status_counter_t  test_counters[] = {
    { "mismatch", 7 }, { "stale", 0 }
};

static sc_status_platform_t  test_platforms[1];
static sc_status_secret_t    test_secrets[1];
static sc_status_queue_t     test_queues[1];
static sc_status_worker_t    test_workers[1];
static unsigned char         test_text[256 * 1024];


/* Names that break out of a quote, a line or a page if they are let. */

static sc_str_t
test_hostile(void)
{
    return SC_STR("a\"b\\c\nd<script>\x01{}");
}


static sc_status_t
test_snapshot(sc_str_t name)
{
    sc_status_t           status;
    sc_status_queue_t    *queue;
    sc_status_platform_t *platform;

    memset(&status, 0, sizeof(status));
    memset(test_platforms, 0, sizeof(test_platforms));
    memset(test_queues, 0, sizeof(test_queues));
    memset(test_workers, 0, sizeof(test_workers));

    platform = &test_platforms[0];
    platform->name = SC_STR("x");
    platform->requests = 12;
    platform->results = test_counters;
    platform->refused = test_counters;
    platform->refused_count = 2;
    platform->last_callback_ms = SC_STATUS_UNKNOWN;
    platform->last_handshake_ms = 4000;
    platform->latency.bounds = test_bounds;
    platform->latency.scale = 1000000;
    platform->latency.count = 3;
    platform->latency.buckets = test_buckets;
    platform->latency.sum = 2500;
    platform->latency.sum_scale = 1000000;
    platform->lag = platform->latency;

    queue = &test_queues[0];
    queue->brand = name;
    queue->queue = name;
    queue->received = INT64_MAX;
    queue->depth = SC_STATUS_UNKNOWN;
    queue->lag = SC_STATUS_UNKNOWN;
    queue->pending = 0;
    queue->dead = SC_STATUS_UNKNOWN;
    queue->oldest_age_ms = SC_STATUS_UNKNOWN;
    queue->open = SC_STATUS_UNKNOWN;
    queue->due_soon = SC_STATUS_UNKNOWN;
    queue->breached = 3;
    queue->earliest_due_ms = SC_STATUS_UNKNOWN;
    queue->read_ms = SC_STATUS_UNKNOWN;

    test_secrets[0].label = name;
    test_workers[0].pid = 42;
    test_workers[0].state = "ready";
    test_workers[0].reply_class = "ok";
    test_workers[0].spool_state = "draining";
    test_workers[0].spool_waiting = 4;
    test_workers[0].since_ms = 9000;       /* a clock that was set back */
    test_workers[0].round_trip_us = SC_STATUS_UNKNOWN;
    test_workers[0].replicas = SC_STATUS_UNKNOWN;

    status.version = "1.0";
    status.server_version = "1.22.1";
    status.build = "cc";
    status.now_ms = 5000;
    status.platforms = test_platforms;
    status.platforms_count = 1;
    status.secrets = test_secrets;
    status.secrets_count = 1;
    status.queues = test_queues;
    status.queues_count = 1;
    status.redis.url = name;
    status.redis.state = "ready";
    status.redis.since_ms = SC_STATUS_UNKNOWN;
    status.redis.durability = "unknown";
    status.redis.read_ms = SC_STATUS_UNKNOWN;
    status.redis.replicas = SC_STATUS_UNKNOWN;
    status.redis.workers = test_workers;
    status.redis.workers_count = 1;
    status.closes.accepted = 5;
    status.closes.refused = test_counters;
    status.closes.refused_count = 2;
    status.spool.configured = true;
    status.spool.path = name;
    status.spool.state = "draining";
    status.spool.since_ms = 4500;
    status.spool.waiting = 4;
    status.spool.oldest_ms = SC_STATUS_UNKNOWN;
    status.spool.read_ms = 4000;
    status.spool.drained = 9;
    status.spool.quarantined = test_counters;
    status.spool.quarantined_count = 2;
    status.spool.refused = test_counters;
    status.spool.refused_count = 2;

    return status;
}


static const char *
test_render(void (*write)(sc_buf_t *buf, const sc_status_t *status),
    const sc_status_t *status)
{
    sc_buf_t buf;

    sc_buf_init_fixed(&buf, test_text, sizeof(test_text) - 1);
    write(&buf, status);
    assert_false(buf.failed);
    test_text[buf.len] = '\0';

    return (const char *) test_text;
}


static void
test_json(void **state)
{
    json_t      *root, *queue, *platform, *le, *spool, *closes;
    sc_str_t     name;
    sc_status_t  status;

    (void) state;

    name = test_hostile();
    status = test_snapshot(name);
    root = json_loads(test_render(sc_status_write_json, &status),
                      JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);

    queue = json_array_get(json_object_get(root, "queues"), 0);
    assert_int_equal(json_string_length(json_object_get(queue, "brand")),
                     name.len);
    assert_memory_equal(json_string_value(json_object_get(queue, "brand")),
                        name.data, name.len);
    assert_true(json_is_null(json_object_get(queue, "depth")));
    assert_true(json_is_null(json_object_get(queue, "reading_age_ms")));
    assert_int_equal(json_integer_value(json_object_get(queue, "pending")), 0);
    assert_true(json_is_integer(json_object_get(queue, "pending")));
    assert_int_equal(json_integer_value(json_object_get(queue, "breached")),
                     3);

    platform = json_array_get(json_object_get(root, "platforms"), 0);
    assert_true(json_is_null(json_object_get(platform,
                                             "last_callback_age_ms")));
    assert_int_equal(json_integer_value(json_object_get(platform,
                                             "last_handshake_age_ms")), 1000);

    le = json_object_get(json_object_get(platform, "answer_latency"), "le_s");
    assert_int_equal(json_integer_value(json_object_get(le, "0.0005")), 1);
    assert_int_equal(json_integer_value(json_object_get(le, "0.001")), 3);
    assert_int_equal(json_integer_value(json_object_get(le, "+Inf")), 7);

    spool = json_object_get(root, "spool");
    assert_string_equal(json_string_value(json_object_get(spool, "state")),
                        "draining");
    assert_int_equal(json_integer_value(json_object_get(spool,
                                             "waiting_records")), 4);
    assert_int_equal(json_integer_value(json_object_get(spool,
                                             "reading_age_ms")), 1000);
    assert_true(json_is_null(json_object_get(spool, "oldest_age_ms")));
    assert_int_equal(json_integer_value(json_object_get(
                     json_object_get(spool, "refused"), "mismatch")), 7);

    closes = json_object_get(root, "closes");
    assert_int_equal(json_integer_value(json_object_get(closes, "accepted")),
                     5);
    assert_int_equal(json_integer_value(json_object_get(
                     json_object_get(closes, "refused"), "mismatch")), 7);

    json_decref(root);
}


static void
test_prometheus(void **state)
{
    const char  *text;
    sc_status_t  status;

    (void) state;

    status = test_snapshot(test_hostile());
    text = test_render(sc_status_write_prometheus, &status);

    assert_non_null(strstr(text, "socialcare_refused_total{platform=\"x\","
                                 "reason=\"mismatch\"} 7\n"));
    assert_non_null(strstr(text, "socialcare_queue_received_total{brand="
                                 "\"a\\\"b\\\\c\\nd<script>\x01{}\","));
    assert_non_null(strstr(text, "} 9223372036854775807\n"));
    assert_null(strstr(text, "\nd<script>"));

    /* Unknown is left out; a known 0 is not. */
    assert_null(strstr(text, "\nsocialcare_queue_depth{"));
    assert_null(strstr(text, "\nsocialcare_last_callback_timestamp_seconds{"));
    assert_non_null(strstr(text, "\nsocialcare_queue_pending{"));

    assert_non_null(strstr(text, "_latency_seconds_bucket{platform=\"x\","
                                 "le=\"0.0005\"} 1\n"));
    assert_non_null(strstr(text, "_latency_seconds_bucket{platform=\"x\","
                                 "le=\"0.001\"} 3\n"));
    assert_non_null(strstr(text, "_latency_seconds_bucket{platform=\"x\","
                                 "le=\"+Inf\"} 7\n"));
    assert_non_null(strstr(text, "\nsocialcare_spool_state{state="
                                 "\"draining\"} 1\n"));
    assert_non_null(strstr(text, "\nsocialcare_spool_state{state=\"up\"} "
                                 "0\n"));
    assert_non_null(strstr(text, "\nsocialcare_spool_refused_total{reason="
                                 "\"mismatch\"} 7\n"));
    assert_non_null(strstr(text, "\nsocialcare_closed_total 5\n"));
    assert_non_null(strstr(text, "\nsocialcare_close_refused_total{reason="
                                 "\"mismatch\"} 7\n"));
    assert_null(strstr(text, "\nsocialcare_spool_oldest_timestamp_seconds "));
    assert_non_null(strstr(text, "_latency_seconds_sum{platform=\"x\"} "
                                 "0.0025\n"));
    assert_non_null(strstr(text, "_latency_seconds_count{platform=\"x\"} "
                                 "7\n"));
}


/* How many replicas were asked for, and how many had the last mentions. */

static void
test_replicas(void **state)
{
    json_t      *root, *redis;
    const char  *text;
    sc_status_t  status;

    (void) state;

    status = test_snapshot(SC_STR("a"));
    text = test_render(sc_status_write_json, &status);
    assert_non_null(strstr(text, "\"acknowledgement\":\"redis\""));
    text = test_render(sc_status_write_prometheus, &status);
    assert_non_null(strstr(text, "\nsocialcare_redis_replicas_wanted 0\n"));
    assert_null(strstr(text, "\nsocialcare_redis_replicas_confirmed"));

    status.redis.replicas_wanted = 2;
    status.redis.replicas = 0;
    root = json_loads(test_render(sc_status_write_json, &status),
                      JSON_REJECT_DUPLICATES, NULL);
    redis = json_object_get(root, "redis");
    assert_string_equal(json_string_value(json_object_get(redis,
                                             "acknowledgement")), "replicas");
    assert_int_equal(json_integer_value(json_object_get(redis,
                                             "replicas_wanted")), 2);
    assert_true(json_is_integer(json_object_get(redis, "replicas")));
    assert_true(json_is_null(json_object_get(json_array_get(
                     json_object_get(redis, "workers"), 0), "replicas")));
    json_decref(root);

    text = test_render(sc_status_write_prometheus, &status);
    assert_non_null(strstr(text, "\nsocialcare_redis_replicas_wanted 2\n"));
    assert_non_null(strstr(text, "\nsocialcare_redis_replicas_confirmed 0\n"));
}


static void
test_html(void **state)
{
    const char  *text;
    sc_status_t  status;

    (void) state;

    status = test_snapshot(test_hostile());
    text = test_render(sc_status_write_html, &status);

    assert_memory_equal(text, "<!doctype html>", 15);
    assert_null(strstr(text, "a\"b"));
}


typedef void (*test_writer_t)(sc_buf_t *buf, const sc_status_t *status);


/* Every size that is too small fails, and writes nothing beyond it. */

static void
test_small_buffers(void **state)
{
    static const test_writer_t write[] = {
        sc_status_write_json, sc_status_write_prometheus,
        sc_status_write_html
    };

    size_t         i, size, whole;
    sc_buf_t       buf;
    sc_status_t    status;
    unsigned char *exact;

    (void) state;

    status = test_snapshot(SC_STR("acme"));

    for (i = 0; i < 3; i++) {
        whole = strlen(test_render(write[i], &status));

        for (size = 1; size <= whole; size += size < whole - 64 ? 61 : 1) {
            exact = malloc(size);          /* so that ASan sees an overrun */
            assert_non_null(exact);
            sc_buf_init_fixed(&buf, exact, size);
            write[i](&buf, &status);
            assert_int_equal(buf.failed, size < whole);
            free(exact);
        }
    }
}


static void
test_empty(void **state)
{
    json_t      *root;
    sc_status_t  status;

    (void) state;

    status = test_snapshot(SC_STR(""));
    status.platforms_count = 0;
    status.secrets_count = 0;
    status.queues_count = 0;
    status.redis.workers_count = 0;

    root = json_loads(test_render(sc_status_write_json, &status), 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_array_size(json_object_get(root, "queues")), 0);
    json_decref(root);
}


static void
test_negotiation(void **state)
{
    static const struct {
        const char         *accept;
        sc_status_format_t  format;
    } table[] = {
        { "", SC_STATUS_JSON },
        { "*/*", SC_STATUS_JSON },
        { "image/png", SC_STATUS_JSON },
        { "text/html", SC_STATUS_HTML },
        { "TEXT/HTML", SC_STATUS_HTML },
        { "text/html;charset=utf-8", SC_STATUS_HTML },
        { "text/plain", SC_STATUS_PROMETHEUS },
        { "application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1",
          SC_STATUS_PROMETHEUS },
        { "text/html,application/xhtml+xml,*/*;q=0.8", SC_STATUS_HTML },
        { "text/html;q=0.2, application/json;q=0.9", SC_STATUS_JSON },
        { "text/html;q=0", SC_STATUS_JSON },
        { "text/html; q=0.001,text/plain;q=0", SC_STATUS_HTML },
        { "text/plain;q=1.000, text/html", SC_STATUS_PROMETHEUS },
        { ",,;;q=,text/html", SC_STATUS_HTML },
        { "text/html;q=", SC_STATUS_HTML }
    };
    size_t             i;
    sc_status_format_t format;

    (void) state;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        format = sc_status_negotiate(sc_str_from_cstring(table[i].accept));

        if (format != table[i].format) {
            print_error("Accept: %s\n", table[i].accept);
        }

        assert_int_equal(format, table[i].format);
    }

    assert_true(sc_status_format_by_name(SC_STR("html"), &format));
    assert_int_equal(format, SC_STATUS_HTML);
    assert_false(sc_status_format_by_name(SC_STR("htm"), &format));
    assert_false(sc_status_format_by_name(SC_STR(""), &format));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_prometheus),
        cmocka_unit_test(test_replicas),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_small_buffers),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_negotiation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
