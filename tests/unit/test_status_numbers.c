/*
 * test_status_numbers.c: every number of the snapshot that stands for itself,
 * each with a value of its own, under its published name in both documents.
 */

#define _XOPEN_SOURCE 700                            /* strtok_r() */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "sc_status.h"


#define NOW  INT64_C(1790000100000)


static const uint32_t  bounds[] = { 500, 1000 };
static const uint64_t  latency[] = { 1, 2, 4 };
static const uint64_t  lag[] = { 8, 16, 32 };

static const sc_status_counter_t  results[] = { { "stored", 301 } };
static const sc_status_counter_t  refused[] = { { "stale", 302 } };
static const sc_status_counter_t  dead[] = { { "shape", 303 } };
static const sc_status_counter_t  errors[] = { { "oom", 304 } };
static const sc_status_counter_t  quarantined[] = { { "poison", 305 } };
static const sc_status_counter_t  spool_refused[] = { { "cap", 306 } };
static const sc_status_counter_t  close_refused[] = { { "syntax", 307 } };

static const sc_status_platform_t  platforms[] = { {
    .name = SC_STR_INIT("line"), .configured = true, .requests = 101,
    .bytes = 102, .verified = 103, .mentions = 104, .duplicates = 105,
    .clock_skew = 106, .results = results, .results_count = 1,
    .refused = refused, .refused_count = 1, .dead = dead, .dead_count = 1,
    .last_callback_ms = NOW - 1070, .last_handshake_ms = NOW - 1080,
    .silent = true,
    .latency = { bounds, 1000000, 3, latency, 2500, 1000000 },
    .lag = { bounds, 1, 3, lag, 7500, 1000 }
} };

static const sc_status_queue_t  queues[] = { {
    .brand = SC_STR_INIT("b"), .queue = SC_STR_INIT("q"), .received = 121,
    .stored = 122, .duplicates = 123, .full = 124, .depth = 125, .lag = 126,
    .pending = 127, .dead = 128, .oldest_age_ms = 129000,
    .ready_lag_ms = 130000, .arrival_micro = 1310000, .pop_micro = 1320000,
    .drain_s = 133, .drain = "finite", .open = 134, .due_soon = 135,
    .breached = 136, .earliest_due_ms = NOW + 137000,
    .read_ms = NOW - 138000
} };

static const sc_status_worker_t  workers[] = { {
    .pid = 141, .state = "ready", .reply_class = "ok", .since_ms = NOW - 1420,
    .round_trip_us = 143, .replicas = 144, .in_flight = 145,
    .in_flight_items = 146, .waiting_requests = 147,
    .spool_state = "up", .spool_waiting = 148
}, {
    .pid = 151, .state = "down", .reply_class = "oom", .since_ms = NOW - 1520,
    .round_trip_us = 153, .replicas = 154, .in_flight = 155,
    .in_flight_items = 156, .waiting_requests = 157,
    .spool_state = "spooling", .spool_waiting = 158
} };

static const sc_status_t  snapshot = {
    .version = "1.0", .server_version = "1.22.1", .build = "cc",
    .now_ms = NOW, .started_ms = NOW - 201000, .configured_ms = NOW - 202000,
    .loads = 203, .zone_bytes = 204, .zone_free_bytes = 205,
    .names_refused = 206, .names_overflow = 207, .no_deadline = 208,
    .platforms = platforms, .platforms_count = 1, .queues = queues,
    .queues_count = 1,
    .closes = { 211, 212, 213, close_refused, 1 },
    .series_overflow = 214,
    .redis = {
        .url = SC_STR_INIT("redis://r"), .state = "ready",
        .since_ms = NOW - 221000, .durability = "always",
        .eviction = SC_STATUS_EVICTION_POSSIBLE,
        .replicas_wanted = 2, .replicas = 222, .connects = 223,
        .connect_failures = 224, .disconnects = 225, .timeouts = 226,
        .commands = 227, .items = 228, .bytes = 229,
        .in_flight_refused = 230, .errors = errors, .errors_count = 1,
        .read_ms = NOW - 231000, .workers = workers, .workers_count = 2
    },
    .spool = {
        .configured = true, .path = SC_STR_INIT("/s"), .state = "up",
        .trouble = "reserve",
        .since_ms = NOW - 241000, .waiting = 242, .unread = 255,
        .limit_bytes = 243,
        .bytes = 244, .segments = 245, .quarantine_files = 246,
        .damaged_files = 247, .oldest_ms = NOW - 248000,
        .read_ms = NOW - 249000, .appended = 250, .drained = 251,
        .duplicates = 252, .sync_errors = 253, .damaged_bytes = 254,
        .quarantined = quarantined, .quarantined_count = 1,
        .refused = spool_refused, .refused_count = 1
    }
};


/* All samples, in their order. */
static const char  metrics[] =
    "socialcare_build_info{version=\"1.0\",nginx=\"1.22.1\"} 1\n"
    "socialcare_start_timestamp_seconds 1789999899\n"
    "socialcare_configured_timestamp_seconds 1789999898\n"
    "socialcare_loads_total 203\n"
    "socialcare_zone_bytes 204\n"
    "socialcare_zone_free_bytes 205\n"
    "socialcare_names_refused_total 206\n"
    "socialcare_names_overflow_total 207\n"
    "socialcare_no_deadline_total 208\n"
    "socialcare_series_overflow_total 214\n"
    "socialcare_requests_total{platform=\"line\"} 101\n"
    "socialcare_body_bytes_total{platform=\"line\"} 102\n"
    "socialcare_verified_total{platform=\"line\"} 103\n"
    "socialcare_mentions_total{platform=\"line\"} 104\n"
    "socialcare_duplicates_total{platform=\"line\"} 105\n"
    "socialcare_clock_skew_total{platform=\"line\"} 106\n"
    "socialcare_results_total{platform=\"line\",result=\"stored\"} 301\n"
    "socialcare_refused_total{platform=\"line\",reason=\"stale\"} 302\n"
    "socialcare_dead_letters_total{platform=\"line\",reason=\"shape\"} 303\n"
    "socialcare_last_callback_timestamp_seconds{platform=\"line\"} "
    "1790000098.93\n"
    "socialcare_last_handshake_timestamp_seconds{platform=\"line\"} "
    "1790000098.92\n"
    "socialcare_platform_silent{platform=\"line\"} 1\n"
    "socialcare_answer_latency_seconds_bucket{platform=\"line\",le=\"0.0005\"} "
    "1\n"
    "socialcare_answer_latency_seconds_bucket{platform=\"line\",le=\"0.001\"} "
    "3\n"
    "socialcare_answer_latency_seconds_bucket{platform=\"line\",le=\"+Inf\"} "
    "7\n"
    "socialcare_answer_latency_seconds_sum{platform=\"line\"} 0.0025\n"
    "socialcare_answer_latency_seconds_count{platform=\"line\"} 7\n"
    "socialcare_intake_lag_seconds_bucket{platform=\"line\",le=\"500\"} 8\n"
    "socialcare_intake_lag_seconds_bucket{platform=\"line\",le=\"1000\"} 24\n"
    "socialcare_intake_lag_seconds_bucket{platform=\"line\",le=\"+Inf\"} 56\n"
    "socialcare_intake_lag_seconds_sum{platform=\"line\"} 7.5\n"
    "socialcare_intake_lag_seconds_count{platform=\"line\"} 56\n"
    "socialcare_queue_received_total{brand=\"b\",queue=\"q\"} 121\n"
    "socialcare_queue_stored_total{brand=\"b\",queue=\"q\"} 122\n"
    "socialcare_queue_duplicates_total{brand=\"b\",queue=\"q\"} 123\n"
    "socialcare_queue_full_total{brand=\"b\",queue=\"q\"} 124\n"
    "socialcare_queue_depth{brand=\"b\",queue=\"q\"} 125\n"
    "socialcare_queue_lag{brand=\"b\",queue=\"q\"} 126\n"
    "socialcare_queue_pending{brand=\"b\",queue=\"q\"} 127\n"
    "socialcare_queue_dead{brand=\"b\",queue=\"q\"} 128\n"
    "socialcare_queue_oldest_age_seconds{brand=\"b\",queue=\"q\"} 129\n"
    "socialcare_queue_ready_lag_seconds{brand=\"b\",queue=\"q\"} 130\n"
    "socialcare_queue_arrivals_per_second{brand=\"b\",queue=\"q\"} 1.31\n"
    "socialcare_queue_pops_per_second{brand=\"b\",queue=\"q\"} 1.32\n"
    "socialcare_threads_open{brand=\"b\",queue=\"q\"} 134\n"
    "socialcare_threads_due_soon{brand=\"b\",queue=\"q\"} 135\n"
    "socialcare_threads_breached{brand=\"b\",queue=\"q\"} 136\n"
    "socialcare_queue_reading_timestamp_seconds{brand=\"b\",queue=\"q\"} "
    "1789999962\n"
    "socialcare_queue_drain_seconds{brand=\"b\",queue=\"q\"} 133\n"
    "socialcare_close_requests_total 211\n"
    "socialcare_closed_total 212\n"
    "socialcare_close_duplicates_total 213\n"
    "socialcare_close_refused_total{reason=\"syntax\"} 307\n"
    "socialcare_redis_up 1\n"
    "socialcare_workers 2\n"
    "socialcare_redis_ready_workers 1\n"
    "socialcare_redis_in_flight 300\n"
    "socialcare_waiting_requests 304\n"
    "socialcare_redis_replicas_wanted 2\n"
    "socialcare_redis_replicas_confirmed 222\n"
    "socialcare_redis_connects_total 223\n"
    "socialcare_redis_connect_failures_total 224\n"
    "socialcare_redis_disconnects_total 225\n"
    "socialcare_redis_timeouts_total 226\n"
    "socialcare_redis_commands_total 227\n"
    "socialcare_redis_items_total 228\n"
    "socialcare_redis_sent_bytes_total 229\n"
    "socialcare_redis_in_flight_refused_total 230\n"
    "socialcare_redis_errors_total{class=\"oom\"} 304\n"
    "socialcare_redis_durability_info{setting=\"always\"} 1\n"
    "socialcare_redis_evicts 1\n"
    "socialcare_redis_reading_timestamp_seconds 1789999869\n"
    "socialcare_spool_configured 1\n"
    "socialcare_spool_state{state=\"up\"} 1\n"
    "socialcare_spool_state{state=\"spooling\"} 0\n"
    "socialcare_spool_state{state=\"draining\"} 0\n"
    "socialcare_spool_state{state=\"refusing\"} 0\n"
    "socialcare_spool_waiting_records 242\n"
    "socialcare_spool_unread_segments 255\n"
    "socialcare_spool_limit_bytes 243\n"
    "socialcare_spool_bytes 244\n"
    "socialcare_spool_segments 245\n"
    "socialcare_spool_quarantine_files 246\n"
    "socialcare_spool_damaged_files 247\n"
    "socialcare_spool_oldest_timestamp_seconds 1789999852\n"
    "socialcare_spool_reading_timestamp_seconds 1789999851\n"
    "socialcare_spool_appended_total 250\n"
    "socialcare_spool_drained_total 251\n"
    "socialcare_spool_duplicates_total 252\n"
    "socialcare_spool_sync_errors_total 253\n"
    "socialcare_spool_damaged_bytes_total 254\n"
    "socialcare_spool_quarantined_total{reason=\"poison\"} 305\n"
    "socialcare_spool_refused_total{reason=\"cap\"} 306\n";


/* The whole document, whatever the order of its members. */
static const char  document[] =
    "{\"version\":\"1.0\",\"nginx\":\"1.22.1\",\"build\":\"cc\","
    "\"now_ms\":1790000100000,\"counters_since_ms\":1789999899000,"
    "\"configured_ms\":1789999898000,\"loads\":203,\"zone_bytes\":204,"
    "\"zone_free_bytes\":205,\"names_refused\":206,\"names_overflow\":207,"
    "\"series_overflow\":214,\"no_deadline\":208,\"platforms\":[{"
    "\"platform\":\"line\",\"configured\":true,\"silent\":true,"
    "\"last_callback_age_ms\":1070,\"last_handshake_age_ms\":1080,"
    "\"requests\":101,\"body_bytes\":102,\"verified\":103,\"mentions\":104,"
    "\"duplicates\":105,\"clock_skew\":106,\"results\":{\"stored\":301},"
    "\"refused\":{\"stale\":302},\"dead\":{\"shape\":303},\"answer_latency\":"
    "{\"count\":7,\"sum_s\":0.0025,\"le_s\":{\"0.0005\":1,\"0.001\":3,"
    "\"+Inf\":7}},\"intake_lag\":{\"count\":56,\"sum_s\":7.5,\"le_s\":{"
    "\"500\":8,\"1000\":24,\"+Inf\":56}}}],\"secrets\":[],\"subscriptions\":"
    "[],\"own_replies\":[],\"queues\":[{\"brand\":\"b\",\"queue\":\"q\","
    "\"received\":121,\"stored\":122,\"duplicates\":123,\"full\":124,"
    "\"depth\":125,\"lag\":126,\"pending\":127,\"dead\":128,"
    "\"oldest_age_ms\":129000,\"ready_lag_ms\":130000,\"arrival_per_s\":1.31,"
    "\"pop_per_s\":1.32,\"drain_s\":133,\"drain\":\"finite\",\"open\":134,"
    "\"due_soon\":135,\"breached\":136,\"earliest_due_ms\":1790000237000,"
    "\"reading_age_ms\":138000}],\"closes\":{\"requests\":211,"
    "\"accepted\":212,\"duplicates\":213,\"refused\":{\"syntax\":307}},"
    "\"sla\":[],\"history\":[],\"fairness\":[],\"trends\":[],"
    "\"trend_detector\":{\"on\":false,\"observed\":0,\"repeated\":0,"
    "\"busy\":0,\"without_room\":0,\"series\":[]},\"redis\":{"
    "\"url\":\"redis://r\",\"state\":\"ready\",\"state_age_ms\":221000,"
    "\"durability\":\"always\",\"evicts\":true,"
    "\"acknowledgement\":\"replicas\","
    "\"replicas_wanted\":2,\"replicas\":222,\"reading_age_ms\":231000,"
    "\"connects\":223,\"connect_failures\":224,\"disconnects\":225,"
    "\"timeouts\":226,\"commands\":227,\"items\":228,\"sent_bytes\":229,"
    "\"in_flight_refused\":230,\"errors\":{\"oom\":304},\"workers\":[{"
    "\"pid\":141,\"state\":\"ready\",\"trouble\":\"ok\","
    "\"state_age_ms\":1420,\"round_trip_us\":143,\"replicas\":144,"
    "\"in_flight\":145,\"in_flight_items\":146,\"waiting_requests\":147,"
    "\"spool_state\":\"up\",\"spool_waiting_records\":148},{\"pid\":151,"
    "\"state\":\"down\",\"trouble\":\"oom\",\"state_age_ms\":1520,"
    "\"round_trip_us\":153,\"replicas\":154,\"in_flight\":155,"
    "\"in_flight_items\":156,\"waiting_requests\":157,"
    "\"spool_state\":\"spooling\",\"spool_waiting_records\":158}]},\"spool\":"
    "{\"configured\":true,\"path\":\"/s\",\"state\":\"up\","
    "\"trouble\":\"reserve\",\"state_age_ms\":241000,"
    "\"waiting_records\":242,\"unread_segments\":255,\"limit_bytes\":243,"
    "\"bytes\":244,\"segments\":245,\"quarantine_files\":246,"
    "\"damaged_files\":247,\"oldest_age_ms\":248000,"
    "\"reading_age_ms\":249000,\"appended\":250,\"drained\":251,"
    "\"duplicates\":252,\"sync_errors\":253,\"damaged_bytes\":254,"
    "\"quarantined\":{\"poison\":305},\"refused\":{\"cap\":306}}}";


static void
render(void (*write)(sc_buf_t *buf, const sc_status_t *status), char *text,
    size_t size)
{
    sc_buf_t buf;

    sc_buf_init_fixed(&buf, (unsigned char *) text, size - 1);
    write(&buf, &snapshot);
    assert_false(buf.failed);
    text[buf.len] = '\0';
}


static void
test_metrics(void **state)
{
    char       *line, *rest;
    size_t      len;
    const char *expected;

    static char text[64 * 1024];

    (void) state;

    render(sc_status_write_prometheus, text, sizeof(text));
    expected = metrics;

    for (line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
    {
        if (line[0] == '#') {
            continue;
        }

        len = strcspn(expected, "\n");

        if (strlen(line) != len || strncmp(line, expected, len) != 0) {
            fail_msg("%s, and not %.*s", line, (int) len, expected);
        }

        expected += len + 1;
    }

    assert_string_equal(expected, "");
}


static void
test_document(void **state)
{
    json_t     *got, *expected, *part;
    const char *name;

    static char text[64 * 1024];

    (void) state;

    render(sc_status_write_json, text, sizeof(text));
    got = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    expected = json_loads(document, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(got);
    assert_non_null(expected);

    json_object_foreach(expected, name, part) {
        if (!json_equal(json_object_get(got, name), part)) {
            fail_msg("%s is not as published: %s", name, text);
        }
    }

    assert_true(json_equal(got, expected));

    json_decref(got);
    json_decref(expected);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_document)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
