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
static sc_status_lease_t     test_leases[3];
static sc_status_own_t       test_own[2];
static sc_status_queue_t     test_queues[1];
static sc_status_worker_t    test_workers[1];
static sc_status_series_t    test_series[2];
static sc_status_brand_t     test_brands[2];
static sc_recent_summary_t   test_recent;
static sc_history_summary_t  test_history;
static sc_slots_summary_t    test_slots;
static sc_hours_summary_t    test_hours;
static sc_fairness_t         test_fairness;
static unsigned char         test_labels[256];
static unsigned char         test_text[256 * 1024];

/* 2026-01-15 09:20:00 UTC */
#define TEST_NOW  INT64_C(1768468800000)


/* Names that break out of a quote, a line or a page if they are let. */

static sc_str_t
test_hostile(void)
{
    return SC_STR("a\"b\\c\nd<script>\x01{}");
}


/* The first series is known, the second is new. */

static void
test_care(sc_status_t *status, sc_str_t name)
{
    size_t               i;
    sc_buf_t             labels;
    sc_status_series_t  *series;
    sc_window_summary_t *window;

    memset(test_series, 0, sizeof(test_series));
    memset(test_brands, 0, sizeof(test_brands));
    memset(&test_recent, 0, sizeof(test_recent));
    memset(&test_history, 0, sizeof(test_history));
    memset(&test_slots, 0, sizeof(test_slots));
    memset(&test_hours, 0, sizeof(test_hours));
    memset(&test_fairness, 0, sizeof(test_fairness));

    sc_buf_init_fixed(&labels, test_labels, sizeof(test_labels));
    sc_status_write_labels(&labels, name, name, SC_STR("sms"));

    for (i = 0; i < 2; i++) {
        series = &test_series[i];
        series->brand = name;
        series->queue = name;
        series->channel = SC_STR("sms");
        series->labels = sc_buf_str(&labels);
        series->open = SC_STATUS_UNKNOWN;
        series->due_soon = SC_STATUS_UNKNOWN;
        series->at_risk = SC_STATUS_UNKNOWN;
        series->breached = SC_STATUS_UNKNOWN;
        series->earliest_due_ms = SC_STATUS_UNKNOWN;
        series->oldest_start_ms = SC_STATUS_UNKNOWN;
        series->read_ms = SC_STATUS_UNKNOWN;
        test_brands[i].brand = name;
    }

    series = &test_series[0];
    series->open = 5;
    series->oldest_start_ms = 2000;
    series->read_ms = 4000;
    series->recent = &test_recent;
    series->history = &test_history;

    test_recent.now_ms = TEST_NOW;
    window = &test_recent.windows[1];
    window->counts[SC_COUNT_IN] = 17;
    window->counts[SC_COUNT_MET] = 3;
    window->counts[SC_COUNT_MISSED] = 1;
    window->closed[SC_CLOSED_SPAM] = 2;
    window->responses[SC_RESPONSE_FIRST].count = 4;
    window->responses[SC_RESPONSE_FIRST].sum_ms = 10000;
    window->responses[SC_RESPONSE_FIRST].quantiles_ms[0] = 2500;
    window->responses[SC_RESPONSE_FIRST].within[SC_WITHIN_900] = 3;
    window->cohorts[SC_WITHIN_900].due = 8;
    window->cohorts[SC_WITHIN_900].replied = 2;

    test_history.now_ms = TEST_NOW;
    test_history.windows[1].cohorts[SC_RATE_DAY].due = 10;
    test_history.windows[1].cohorts[SC_RATE_DAY].replied = 9;
    test_history.slow[0].due = 6;

    test_slots.now_ms = TEST_NOW;
    test_slots.slots[23].in = 7;
    test_hours.now_ms = TEST_NOW;
    test_hours.hours[0].missed = 9;
    test_fairness.now_ms = TEST_NOW;
    test_fairness.groups[SC_GROUP_TIER].spells = 3;
    test_fairness.groups[SC_GROUP_TIER].median_ms = SC_FAIR_UNKNOWN;

    test_brands[0].slots = &test_slots;
    test_brands[0].hours = &test_hours;
    test_brands[0].fairness = &test_fairness;

    status->windows = 15;
    status->series = test_series;
    status->series_count = 2;
    status->brands = test_brands;
    status->brands_count = 2;
}


/* What is known, what is over, what is not known. */

static void
test_subscriptions(sc_status_t *status, sc_str_t name)
{
    static const int64_t  ends[] = { 65999, 4999, SC_STATUS_UNKNOWN };
    size_t                i;

    for (i = 0; i < 3; i++) {
        test_leases[i].platform = SC_STR("websub");
        test_leases[i].topic = i == 0 ? name : SC_STR("other");
        test_leases[i].ends_ms = ends[i];
    }

    for (i = 0; i < 2; i++) {
        test_own[i].brand = name;
        test_own[i].platform = i == 0 ? SC_STR("messenger")
                                      : SC_STR("instagram");
        test_own[i].missing = i == 0;
        test_own[i].message_ms = 4000;
        test_own[i].reply_ms = i == 0 ? SC_STATUS_UNKNOWN : 3500;
        test_own[i].unseen_ms = i == 0 ? 2000 : SC_STATUS_UNKNOWN;
    }

    status->leases = test_leases;
    status->leases_count = 3;
    status->own = test_own;
    status->own_count = 2;
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
    queue->ready_lag_ms = 1250;
    queue->arrival_micro = 1500000;
    queue->pop_micro = SC_STATUS_UNKNOWN;
    queue->drain = "never";
    queue->drain_s = SC_STATUS_UNKNOWN;

    test_care(&status, name);

    test_subscriptions(&status, name);

    test_secrets[0].label = name;
    test_secrets[0].hits = 7;
    test_secrets[0].rereads = 3;
    test_secrets[0].unreadable = 2;
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
    status.spool.trouble = "cap";
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
    assert_true(json_real_value(json_object_get(queue, "arrival_per_s"))
                == 1.5);
    assert_true(json_is_null(json_object_get(queue, "pop_per_s")));
    assert_true(json_is_null(json_object_get(queue, "drain_s")));
    assert_string_equal(json_string_value(json_object_get(queue, "drain")),
                        "never");

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


/* A member by the names on the way to it, array elements by their number. */

static json_t *
test_at(json_t *json, const char *path)
{
    char   name[64];
    size_t len;

    while (*path != '\0') {
        len = strcspn(path, "/");
        assert_true(len < sizeof(name));
        memcpy(name, path, len);
        name[len] = '\0';
        path += len + (path[len] == '/');
        json = json_is_array(json)
               ? json_array_get(json, (size_t) strtoul(name, NULL, 10))
               : json_object_get(json, name);
    }

    assert_non_null(json);

    return json;
}


static json_int_t
test_number(json_t *json, const char *path)
{
    json = test_at(json, path);
    assert_true(json_is_integer(json));

    return json_integer_value(json);
}


static void
test_care_json(void **state)
{
    json_t      *root, *hour;
    sc_status_t  status;

    (void) state;

    status = test_snapshot(test_hostile());
    root = json_loads(test_render(sc_status_write_json, &status),
                      JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);

    assert_int_equal(test_number(root, "sla/0/open"), 5);
    assert_int_equal(test_number(root, "sla/0/oldest_wait_ms"), 3000);
    assert_true(json_is_null(test_at(root, "sla/0/breached")));
    assert_true(json_is_null(test_at(root, "sla/1/open")));
    assert_true(json_is_null(test_at(root, "sla/1/windows/5m")));
    assert_true(json_is_null(test_at(root, "sla/1/windows/7d")));

    hour = test_at(root, "sla/0/windows/1h");
    assert_int_equal(test_number(hour, "in"), 17);
    assert_int_equal(test_number(hour, "to_ms"), TEST_NOW);
    assert_int_equal(test_number(hour, "from_ms"), TEST_NOW - 3600000);
    assert_int_equal(test_number(hour, "targets_to_ms"), TEST_NOW + 300000);
    assert_int_equal(test_number(hour, "closed/spam"), 2);
    assert_true(json_real_value(test_at(hour, "attainment")) == 0.75);
    assert_true(json_real_value(test_at(hour, "first_response/p50_s"))
                == 2.5);
    assert_true(json_real_value(test_at(hour, "first_response/mean_s"))
                == 2.5);
    assert_int_equal(test_number(hour, "first_response/le_s/900"), 3);
    assert_int_equal(test_number(hour, "first_response/le_s/+Inf"), 4);
    assert_int_equal(test_number(hour, "replied_within_15min"), 3);
    assert_true(json_is_null(test_at(hour, "next_response/p99_s")));
    assert_int_equal(test_number(hour, "next_response/count"), 0);
    assert_true(json_real_value(test_at(hour, "within/900/share")) == 0.25);
    assert_int_equal(test_number(hour, "within/900/to_ms"), TEST_NOW);
    assert_int_equal(test_number(hour, "within/900/from_ms"),
                     TEST_NOW - 3600000);
    assert_true(json_is_null(test_at(hour, "within/300/share")));
    assert_int_equal(test_number(hour, "within/14400/due"), 6);
    assert_true(json_is_null(test_at(hour, "response_rate/3600")));
    assert_true(json_is_null(test_at(root,
                             "sla/0/windows/24h/response_rate/86400")));
    assert_true(json_real_value(test_at(root,
                    "sla/0/windows/7d/response_rate/86400/ignored_rate"))
                == 0.1);

    assert_int_equal(json_array_size(test_at(root, "history/0/hours")), 48);
    assert_int_equal(json_array_size(test_at(root, "history/0/slots")), 24);
    assert_int_equal(test_number(root, "history/0/hours/0/missed"), 9);
    assert_int_equal(test_number(root, "history/0/slots/23/in"), 7);
    assert_int_equal(test_number(root, "history/0/slots/23/slot_ms"),
                     TEST_NOW);
    assert_true(json_is_null(test_at(root, "history/1/hours")));

    assert_int_equal(json_array_size(test_at(root, "fairness")), 1);
    assert_string_equal(json_string_value(test_at(root,
                             "fairness/0/groups/reach/0/group")), "0-99");
    assert_true(json_is_null(test_at(root,
                             "fairness/0/groups/reach/0/median_wait_s")));
    assert_true(json_is_null(test_at(root, "fairness/0/parity/reach/ratio")));
    assert_true(json_is_null(test_at(root, "fairness/0/jain/channel")));

    json_decref(root);

    /* What is not asked for is left out. */

    status.windows = 1U << SC_WINDOW_24H;
    root = json_loads(test_render(sc_status_write_json, &status), 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_object_size(test_at(root, "sla/0/windows")), 1);
    assert_int_equal(test_number(root, "sla/0/windows/24h/in"), 0);
    json_decref(root);
}


static void
test_subscriptions_json(void **state)
{
    json_t      *root;
    sc_status_t  status;

    (void) state;

    status = test_snapshot(test_hostile());
    root = json_loads(test_render(sc_status_write_json, &status),
                      JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);

    assert_int_equal(test_number(root, "secrets/0/hits"), 7);
    assert_int_equal(test_number(root, "secrets/0/rereads"), 3);
    assert_int_equal(test_number(root, "secrets/0/unreadable"), 2);

    assert_int_equal(test_number(root, "subscriptions/0/ends_ms"), 65999);
    assert_int_equal(test_number(root, "subscriptions/0/remaining_s"), 60);
    assert_int_equal(test_number(root, "subscriptions/1/remaining_s"), 0);
    assert_true(json_is_null(test_at(root, "subscriptions/2/ends_ms")));
    assert_true(json_is_null(test_at(root, "subscriptions/2/remaining_s")));
    assert_string_equal(json_string_value(test_at(root,
                             "subscriptions/2/topic")), "other");

    assert_true(json_is_true(test_at(root, "own_replies/0/missing")));
    assert_int_equal(test_number(root, "own_replies/0/last_message_age_ms"),
                     1000);
    assert_true(json_is_null(test_at(root,
                             "own_replies/0/last_reply_age_ms")));
    assert_int_equal(test_number(root, "own_replies/0/unseen_age_ms"), 3000);
    assert_true(json_is_false(test_at(root, "own_replies/1/missing")));
    assert_int_equal(test_number(root, "own_replies/1/last_reply_age_ms"),
                     1500);
    assert_true(json_is_null(test_at(root, "own_replies/1/unseen_age_ms")));

    json_decref(root);
}


static void
test_subscriptions_metrics(void **state)
{
    const char  *text;
    sc_status_t  status;

    (void) state;

    status = test_snapshot(SC_STR("a\"b"));
    text = test_render(sc_status_write_prometheus, &status);

    assert_non_null(strstr(text, "\nsocialcare_secret_hits_total{label="
                                 "\"a\\\"b\"} 7\n"));
    assert_non_null(strstr(text, "\nsocialcare_secret_rereads_total{label="
                                 "\"a\\\"b\"} 3\n"));
    assert_non_null(strstr(text, "\nsocialcare_secret_unreadable_total{"
                                 "label=\"a\\\"b\"} 2\n"));

#define TEST_LEASE  "\nsocialcare_subscription_lease_seconds{platform=" \
                    "\"websub\",topic="

    assert_non_null(strstr(text, TEST_LEASE "\"a\\\"b\"} 60\n"));
    assert_non_null(strstr(text, TEST_LEASE "\"other\"} 0\n"));
    assert_null(strstr(strstr(text, TEST_LEASE "\"other\"") + 1,
                       TEST_LEASE));

#define TEST_OWN(name, platform)                                              \
    "\nsocialcare_own_" name "{brand=\"a\\\"b\",platform=\"" platform "\"} "

    assert_non_null(strstr(text, TEST_OWN("replies_missing", "messenger")
                                 "1\n"));
    assert_non_null(strstr(text, TEST_OWN("replies_missing", "instagram")
                                 "0\n"));
    assert_null(strstr(text, TEST_OWN("reply_timestamp_seconds",
                                      "messenger")));
    assert_non_null(strstr(text, TEST_OWN("reply_timestamp_seconds",
                                          "instagram") "3.5\n"));
}


static void
test_care_metrics(void **state)
{
    const char  *text;
    sc_status_t  status;

    (void) state;

    status = test_snapshot(SC_STR("acme"));
    text = test_render(sc_status_write_prometheus, &status);

    assert_non_null(strstr(text, "\nsocialcare_queue_arrivals_per_second{"
                                 "brand=\"acme\",queue=\"acme\"} 1.5\n"));
    assert_null(strstr(text, "\nsocialcare_queue_pops_per_second{"));
    assert_non_null(strstr(text, "\nsocialcare_queue_drain_seconds{"
                                 "brand=\"acme\",queue=\"acme\"} +Inf\n"));

#define TEST_LABELS  "{brand=\"acme\",queue=\"acme\",channel=\"sms\""

    assert_non_null(strstr(text, "\nsocialcare_waits_open" TEST_LABELS
                                 "} 5\n"));
    assert_non_null(strstr(text, "\nsocialcare_waits_oldest_seconds"
                                 TEST_LABELS "} 3\n"));
    assert_null(strstr(text, "\nsocialcare_waits_breached{"));
    assert_non_null(strstr(text, "\nsocialcare_window_in" TEST_LABELS
                                 ",window=\"1h\"} 17\n"));
    assert_non_null(strstr(text, "\nsocialcare_window_closed" TEST_LABELS
                                 ",window=\"1h\",reason=\"spam\"} 2\n"));
    assert_non_null(strstr(text, "\nsocialcare_window_attainment_ratio"
                                 TEST_LABELS ",window=\"1h\"} 0.75\n"));
    assert_null(strstr(text, "\nsocialcare_window_attainment_ratio"
                             TEST_LABELS ",window=\"24h\"}"));
    assert_non_null(strstr(text, "\nsocialcare_window_first_response_seconds"
                                 TEST_LABELS ",window=\"1h\",quantile="
                                 "\"0.5\"} 2.5\n"));
    assert_null(strstr(text, "\nsocialcare_window_next_response_seconds{"));
    assert_non_null(strstr(text, "\nsocialcare_within_due" TEST_LABELS
                                 ",window=\"1h\",horizon=\"900\"} 8\n"));
    assert_non_null(strstr(text, "\nsocialcare_within_due" TEST_LABELS
                                 ",window=\"5m\",horizon=\"14400\"} 6\n"));
    assert_non_null(strstr(text, "\nsocialcare_response_replied" TEST_LABELS
                                 ",window=\"7d\",horizon=\"86400\"} 9\n"));
    assert_null(strstr(text, "\nsocialcare_response_due" TEST_LABELS
                             ",window=\"1h\""));
    assert_null(strstr(text, "\nsocialcare_reach_parity_ratio{"));
    assert_non_null(strstr(text, "\nsocialcare_reach_parity_flagged{brand="
                                 "\"acme\"} 0\n"));
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
    status.series_count = 0;
    status.brands_count = 0;
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


/* The JSON of a snapshot that was read `ahead_ms` from now. */
static json_t *
test_read_ahead(int64_t ahead_ms)
{
    json_t      *root;
    sc_status_t  status;

    status = test_snapshot(SC_STR("a"));
    status.now_ms = TEST_NOW;
    test_queues[0].read_ms = TEST_NOW + ahead_ms;
    test_series[0].read_ms = TEST_NOW + ahead_ms;
    test_recent.now_ms = TEST_NOW + ahead_ms;
    root = json_loads(test_render(sc_status_write_json, &status),
                      JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);

    return root;
}


/* What was read "in an hour from now" is not fresh: nobody knows its age. */
static void
test_calendar_set_back(void **state)
{
    json_t *root;

    (void) state;

    root = test_read_ahead(3600000);
    assert_true(json_is_null(test_at(root, "queues/0/reading_age_ms")));
    assert_true(json_is_null(test_at(root, "sla/0/reading_age_ms")));
    assert_true(json_is_null(test_at(root, "sla/0/windows/1h/reading_age_ms"
                                     )));
    json_decref(root);

    /* Clocks of workers differ by some milliseconds. */
    root = test_read_ahead(40);
    assert_int_equal(test_number(root, "queues/0/reading_age_ms"), 0);
    assert_int_equal(test_number(root, "sla/0/reading_age_ms"), 0);
    assert_int_equal(test_number(root, "sla/0/windows/1h/reading_age_ms"), 0);
    json_decref(root);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_calendar_set_back),
        cmocka_unit_test(test_care_json),
        cmocka_unit_test(test_subscriptions_json),
        cmocka_unit_test(test_subscriptions_metrics),
        cmocka_unit_test(test_care_metrics),
        cmocka_unit_test(test_prometheus),
        cmocka_unit_test(test_replicas),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_small_buffers),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_negotiation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
