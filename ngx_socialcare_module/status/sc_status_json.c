/*
 * sc_status_json.c: the status snapshot as one JSON document.
 *
 * Member names include their units; counters run since `counters_since_ms`;
 * unknown values are null.  The README's status reference describes every
 * member.
 */

#include "sc_json_write.h"
#include "sc_status_text.h"


static void
sc_json_open(sc_buf_t *buf, const char *name, unsigned char bracket)
{
    sc_json_write_name(buf, name);
    sc_buf_append_byte(buf, bracket);
}


static void
sc_json_word(sc_buf_t *buf, const char *name, const char *word)
{
    sc_status_json_text(buf, name, sc_str_from_cstring(word));
}


static void
sc_json_known(sc_buf_t *buf, const char *name, int64_t value)
{
    if (value == SC_STATUS_UNKNOWN) {
        sc_json_write_name(buf, name);
        sc_buf_append_literal(buf, "null");
        return;
    }

    sc_json_write_int(buf, name, value);
}


/* `micro`: millionths per second. */

static void
sc_json_rate(sc_buf_t *buf, const char *name, int64_t micro)
{
    sc_json_write_name(buf, name);

    if (micro < 0) {
        sc_buf_append_literal(buf, "null");
        return;
    }

    sc_status_write_seconds(buf, (uint64_t) micro, 1000000);
}


static void
sc_json_age(sc_buf_t *buf, const char *name, int64_t now_ms, int64_t then_ms)
{
    sc_json_known(buf, name, sc_status_age(now_ms, then_ms));
}


static void
sc_json_counters(sc_buf_t *buf, const char *name,
    const sc_status_counter_t *counters, size_t count)
{
    size_t i;

    sc_json_open(buf, name, '{');

    for (i = 0; i < count; i++) {
        sc_json_write_uint(buf, counters[i].name, counters[i].value);
    }

    sc_buf_append_byte(buf, '}');
}


/* {"count":3,"sum_s":0.5,"le_s":{"0.001":2,…,"+Inf":3}}, cumulative. */

static void
sc_json_histogram(sc_buf_t *buf, const char *name,
    const sc_status_histogram_t *histogram)
{
    size_t   i;
    uint64_t total;

    total = 0;

    for (i = 0; i < histogram->count; i++) {
        total += histogram->buckets[i];
    }

    sc_json_open(buf, name, '{');
    sc_json_write_uint(buf, "count", total);
    sc_json_write_name(buf, "sum_s");
    sc_status_write_seconds(buf, histogram->sum, histogram->sum_scale);
    sc_json_open(buf, "le_s", '{');

    total = 0;

    for (i = 0; i < histogram->count; i++) {
        total += histogram->buckets[i];

        if (i > 0) {
            sc_buf_append_byte(buf, ',');
        }

        sc_buf_append_byte(buf, '"');

        if (i + 1 < histogram->count) {
            sc_status_write_seconds(buf, histogram->bounds[i],
                                    histogram->scale);

        } else {
            sc_buf_append_literal(buf, "+Inf");
        }

        sc_buf_append_literal(buf, "\":");
        sc_buf_append_uint(buf, total);
    }

    sc_buf_append_literal(buf, "}}");
}


static void
sc_json_platform(sc_buf_t *buf, const sc_status_platform_t *platform,
    int64_t now_ms)
{
    sc_status_json_element(buf);
    sc_status_json_text(buf, "platform", platform->name);
    sc_json_write_bool(buf, "configured", platform->configured);
    sc_json_write_bool(buf, "silent", platform->silent);
    sc_json_age(buf, "last_callback_age_ms", now_ms,
                platform->last_callback_ms);
    sc_json_age(buf, "last_handshake_age_ms", now_ms,
                platform->last_handshake_ms);
    sc_json_write_uint(buf, "requests", platform->requests);
    sc_json_write_uint(buf, "body_bytes", platform->bytes);
    sc_json_write_uint(buf, "verified", platform->verified);
    sc_json_write_uint(buf, "mentions", platform->mentions);
    sc_json_write_uint(buf, "duplicates", platform->duplicates);
    sc_json_write_uint(buf, "clock_skew", platform->clock_skew);
    sc_json_counters(buf, "results", platform->results,
                     platform->results_count);
    sc_json_counters(buf, "refused", platform->refused,
                     platform->refused_count);
    sc_json_counters(buf, "dead", platform->dead, platform->dead_count);
    sc_json_histogram(buf, "answer_latency", &platform->latency);
    sc_json_histogram(buf, "intake_lag", &platform->lag);
    sc_buf_append_byte(buf, '}');
}


static void
sc_json_secrets(sc_buf_t *buf, const sc_status_t *status)
{
    size_t i;

    sc_json_open(buf, "secrets", '[');

    for (i = 0; i < status->secrets_count; i++) {
        sc_status_json_element(buf);
        sc_status_json_text(buf, "label", status->secrets[i].label);
        sc_json_write_uint(buf, "hits", status->secrets[i].hits);
        sc_json_write_uint(buf, "rereads", status->secrets[i].rereads);
        sc_json_write_uint(buf, "unreadable", status->secrets[i].unreadable);
        sc_buf_append_byte(buf, '}');
    }

    sc_buf_append_byte(buf, ']');
}


static void
sc_json_subscriptions(sc_buf_t *buf, const sc_status_t *status)
{
    size_t                   i;
    const sc_status_lease_t *lease;

    sc_json_open(buf, "subscriptions", '[');

    for (i = 0; i < status->leases_count; i++) {
        lease = &status->leases[i];

        sc_status_json_element(buf);
        sc_status_json_text(buf, "platform", lease->platform);
        sc_status_json_text(buf, "topic", lease->topic);
        sc_json_known(buf, "ends_ms", lease->ends_ms);
        sc_json_known(buf, "remaining_s",
                      lease->ends_ms == SC_STATUS_UNKNOWN
                      ? SC_STATUS_UNKNOWN
                      : (int64_t) sc_status_lease_s(lease, status->now_ms));
        sc_buf_append_byte(buf, '}');
    }

    sc_buf_append_byte(buf, ']');
}


static void
sc_json_own_replies(sc_buf_t *buf, const sc_status_t *status)
{
    size_t                 i;
    const sc_status_own_t *own;

    sc_json_open(buf, "own_replies", '[');

    for (i = 0; i < status->own_count; i++) {
        own = &status->own[i];

        sc_status_json_element(buf);
        sc_status_json_text(buf, "brand", own->brand);
        sc_status_json_text(buf, "platform", own->platform);
        sc_json_write_bool(buf, "missing", own->missing);
        sc_json_age(buf, "last_message_age_ms", status->now_ms,
                    own->message_ms);
        sc_json_age(buf, "last_reply_age_ms", status->now_ms, own->reply_ms);
        sc_json_age(buf, "unseen_age_ms", status->now_ms, own->unseen_ms);
        sc_buf_append_byte(buf, '}');
    }

    sc_buf_append_byte(buf, ']');
}


static void
sc_json_queue(sc_buf_t *buf, const sc_status_queue_t *queue, int64_t now_ms)
{
    sc_status_json_element(buf);
    sc_status_json_text(buf, "brand", queue->brand);
    sc_status_json_text(buf, "queue", queue->queue);
    sc_json_write_uint(buf, "received", queue->received);
    sc_json_write_uint(buf, "stored", queue->stored);
    sc_json_write_uint(buf, "duplicates", queue->duplicates);
    sc_json_write_uint(buf, "full", queue->full);
    sc_json_known(buf, "depth", queue->depth);
    sc_json_known(buf, "lag", queue->lag);
    sc_json_known(buf, "pending", queue->pending);
    sc_json_known(buf, "dead", queue->dead);
    sc_json_known(buf, "oldest_age_ms", queue->oldest_age_ms);
    sc_json_known(buf, "ready_lag_ms", queue->ready_lag_ms);
    sc_json_rate(buf, "arrival_per_s", queue->arrival_micro);
    sc_json_rate(buf, "pop_per_s", queue->pop_micro);
    sc_json_known(buf, "drain_s", queue->drain_s);
    sc_json_word(buf, "drain", queue->drain);
    sc_json_known(buf, "open", queue->open);
    sc_json_known(buf, "due_soon", queue->due_soon);
    sc_json_known(buf, "breached", queue->breached);
    sc_json_known(buf, "earliest_due_ms", queue->earliest_due_ms);
    sc_json_age(buf, "reading_age_ms", now_ms, queue->read_ms);
    sc_buf_append_byte(buf, '}');
}


static void
sc_json_worker(sc_buf_t *buf, const sc_status_worker_t *worker,
    int64_t now_ms)
{
    sc_status_json_element(buf);
    sc_json_write_uint(buf, "pid", worker->pid);
    sc_json_word(buf, "state", worker->state);
    sc_json_word(buf, "trouble", worker->reply_class);
    sc_json_age(buf, "state_age_ms", now_ms, worker->since_ms);
    sc_json_known(buf, "round_trip_us", worker->round_trip_us);
    sc_json_known(buf, "replicas", worker->replicas);
    sc_json_write_uint(buf, "in_flight", worker->in_flight);
    sc_json_write_uint(buf, "in_flight_items", worker->in_flight_items);
    sc_json_write_uint(buf, "waiting_requests", worker->waiting_requests);
    sc_json_word(buf, "spool_state", worker->spool_state);
    sc_json_write_uint(buf, "spool_waiting_records", worker->spool_waiting);
    sc_buf_append_byte(buf, '}');
}


static void
sc_json_eviction(sc_buf_t *buf, sc_status_eviction_t eviction)
{
    if (eviction == SC_STATUS_EVICTION_UNKNOWN) {
        sc_json_write_name(buf, "evicts");
        sc_buf_append_literal(buf, "null");
        return;
    }

    sc_json_write_bool(buf, "evicts",
                       eviction == SC_STATUS_EVICTION_POSSIBLE);
}


static void
sc_json_redis(sc_buf_t *buf, const sc_status_redis_t *redis, int64_t now_ms)
{
    size_t i;

    sc_json_open(buf, "redis", '{');
    sc_status_json_text(buf, "url", redis->url);
    sc_json_word(buf, "state", redis->state);
    sc_json_age(buf, "state_age_ms", now_ms, redis->since_ms);
    sc_json_word(buf, "durability", redis->durability);
    sc_json_eviction(buf, redis->eviction);
    sc_json_word(buf, "acknowledgement",
                 redis->replicas_wanted ? "replicas" : "redis");
    sc_json_write_uint(buf, "replicas_wanted", redis->replicas_wanted);
    sc_json_known(buf, "replicas", redis->replicas);
    sc_json_age(buf, "reading_age_ms", now_ms, redis->read_ms);
    sc_json_write_uint(buf, "connects", redis->connects);
    sc_json_write_uint(buf, "connect_failures", redis->connect_failures);
    sc_json_write_uint(buf, "disconnects", redis->disconnects);
    sc_json_write_uint(buf, "timeouts", redis->timeouts);
    sc_json_write_uint(buf, "commands", redis->commands);
    sc_json_write_uint(buf, "items", redis->items);
    sc_json_write_uint(buf, "sent_bytes", redis->bytes);
    sc_json_write_uint(buf, "in_flight_refused", redis->in_flight_refused);
    sc_json_counters(buf, "errors", redis->errors, redis->errors_count);
    sc_json_open(buf, "workers", '[');

    for (i = 0; i < redis->workers_count; i++) {
        sc_json_worker(buf, &redis->workers[i], now_ms);
    }

    sc_buf_append_literal(buf, "]}");
}


/* A number of the directory. */

static void
sc_json_looked(sc_buf_t *buf, const char *name,
    const sc_status_spool_t *spool, uint64_t value)
{
    sc_json_known(buf, name, spool->read_ms == SC_STATUS_UNKNOWN
                             ? SC_STATUS_UNKNOWN : (int64_t) value);
}


static void
sc_json_spool(sc_buf_t *buf, const sc_status_spool_t *spool, int64_t now_ms)
{
    sc_json_open(buf, "spool", '{');
    sc_json_write_bool(buf, "configured", spool->configured);

    if (spool->configured) {
        sc_status_json_text(buf, "path", spool->path);
        sc_json_word(buf, "state", spool->state);
        sc_json_word(buf, "trouble", spool->trouble);
        sc_json_age(buf, "state_age_ms", now_ms, spool->since_ms);
        sc_json_write_uint(buf, "waiting_records", spool->waiting);
        sc_json_looked(buf, "unread_segments", spool, spool->unread);
        sc_json_write_uint(buf, "limit_bytes", spool->limit_bytes);
        sc_json_looked(buf, "bytes", spool, spool->bytes);
        sc_json_looked(buf, "segments", spool, spool->segments);
        sc_json_looked(buf, "quarantine_files", spool,
                       spool->quarantine_files);
        sc_json_looked(buf, "damaged_files", spool, spool->damaged_files);
        sc_json_age(buf, "oldest_age_ms", now_ms, spool->oldest_ms);
        sc_json_age(buf, "reading_age_ms", now_ms, spool->read_ms);
        sc_json_write_uint(buf, "appended", spool->appended);
        sc_json_write_uint(buf, "drained", spool->drained);
        sc_json_write_uint(buf, "duplicates", spool->duplicates);
        sc_json_write_uint(buf, "sync_errors", spool->sync_errors);
        sc_json_write_uint(buf, "damaged_bytes", spool->damaged_bytes);
        sc_json_counters(buf, "quarantined", spool->quarantined,
                         spool->quarantined_count);
        sc_json_counters(buf, "refused", spool->refused,
                         spool->refused_count);
    }

    sc_buf_append_byte(buf, '}');
}


static void
sc_json_closes(sc_buf_t *buf, const sc_status_closes_t *closes)
{
    sc_json_open(buf, "closes", '{');
    sc_json_write_uint(buf, "requests", closes->requests);
    sc_json_write_uint(buf, "accepted", closes->accepted);
    sc_json_write_uint(buf, "duplicates", closes->duplicates);
    sc_json_counters(buf, "refused", closes->refused, closes->refused_count);
    sc_buf_append_byte(buf, '}');
}


void
sc_status_write_json(sc_buf_t *buf, const sc_status_t *status)
{
    size_t i;

    sc_buf_append_byte(buf, '{');
    sc_json_word(buf, "version", status->version);
    sc_json_word(buf, "nginx", status->server_version);
    sc_json_word(buf, "build", status->build);
    sc_json_write_int(buf, "now_ms", status->now_ms);
    sc_json_write_int(buf, "counters_since_ms", status->started_ms);
    sc_json_write_int(buf, "configured_ms", status->configured_ms);
    sc_json_write_uint(buf, "loads", status->loads);
    sc_json_write_uint(buf, "zone_bytes", status->zone_bytes);
    sc_json_write_uint(buf, "zone_free_bytes", status->zone_free_bytes);
    sc_json_write_uint(buf, "names_refused", status->names_refused);
    sc_json_write_uint(buf, "names_overflow", status->names_overflow);
    sc_json_write_uint(buf, "series_overflow", status->series_overflow);
    sc_json_write_uint(buf, "no_deadline", status->no_deadline);

    sc_json_open(buf, "platforms", '[');

    for (i = 0; i < status->platforms_count; i++) {
        sc_json_platform(buf, &status->platforms[i], status->now_ms);
    }

    sc_buf_append_byte(buf, ']');
    sc_json_secrets(buf, status);
    sc_json_subscriptions(buf, status);
    sc_json_own_replies(buf, status);
    sc_json_open(buf, "queues", '[');

    for (i = 0; i < status->queues_count; i++) {
        sc_json_queue(buf, &status->queues[i], status->now_ms);
    }

    sc_buf_append_byte(buf, ']');
    sc_json_closes(buf, &status->closes);
    sc_status_write_care_json(buf, status);
    sc_status_write_trends_json(buf, &status->trends, status->now_ms);
    sc_json_redis(buf, &status->redis, status->now_ms);
    sc_json_spool(buf, &status->spool, status->now_ms);
    sc_buf_append_literal(buf, "}\n");
}
