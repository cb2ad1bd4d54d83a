/*
 * sc_status_prometheus.c: the status snapshot in Prometheus' text format
 * (version 0.0.4).
 *
 * HELP and TYPE appear once per family, counters end in _total, units are base
 * units, unknown values are omitted.  Labels are names from the configuration
 * or fixed words, never content of a mention.
 */

#include "sc_status_metric.h"


/* Platforms: one number each. */

typedef struct {
    const char *name;
    const char *help;
    size_t      offset;        /* of a uint64_t in sc_status_platform_t */
} sc_platform_metric_t;

static const sc_platform_metric_t sc_platform_metrics[] = {
    { "socialcare_requests_total",
      "Requests to a platform's receivers.",
      offsetof(sc_status_platform_t, requests) },
    { "socialcare_body_bytes_total",
      "Bytes of request bodies.",
      offsetof(sc_status_platform_t, bytes) },
    { "socialcare_verified_total",
      "Requests whose signature was right.",
      offsetof(sc_status_platform_t, verified) },
    { "socialcare_mentions_total",
      "Mentions in verified callbacks, duplicates included.",
      offsetof(sc_status_platform_t, mentions) },
    { "socialcare_duplicates_total",
      "Mentions that were queued before.",
      offsetof(sc_status_platform_t, duplicates) },
    { "socialcare_clock_skew_total",
      "Mentions whose platform time could not be used.",
      offsetof(sc_status_platform_t, clock_skew) }
};


static void
sc_metrics_platform_numbers(sc_buf_t *buf, const sc_status_t *status)
{
    size_t                      i, m, count;
    uint64_t                    value;
    sc_label_t                  labels[2];
    const sc_platform_metric_t *metric;

    count = sizeof(sc_platform_metrics) / sizeof(sc_platform_metrics[0]);
    labels[0].name = "platform";
    labels[1].name = NULL;

    for (m = 0; m < count; m++) {
        metric = &sc_platform_metrics[m];
        sc_metric_family(buf, metric->name, "counter", metric->help);

        for (i = 0; i < status->platforms_count; i++) {
            memcpy(&value, (const unsigned char *) &status->platforms[i]
                           + metric->offset, sizeof(value));
            labels[0].value = status->platforms[i].name;
            sc_metric_uint(buf, metric->name, labels, value);
        }
    }
}


/* Platforms: counters with a second label. */

static void
sc_metrics_labelled(sc_buf_t *buf, const sc_status_t *status,
    const char *name, const char *label, const char *help,
    const sc_status_counter_t *(*counters)(const sc_status_platform_t *p,
        size_t *count))
{
    size_t                     i, c, count;
    sc_label_t                 labels[3];
    const sc_status_counter_t *list;

    sc_metric_family(buf, name, "counter", help);
    labels[0].name = "platform";
    labels[1].name = label;
    labels[2].name = NULL;

    for (i = 0; i < status->platforms_count; i++) {
        list = counters(&status->platforms[i], &count);
        labels[0].value = status->platforms[i].name;

        for (c = 0; c < count; c++) {
            labels[1].value = sc_str_from_cstring(list[c].name);
            sc_metric_uint(buf, name, labels, list[c].value);
        }
    }
}


static const sc_status_counter_t *
sc_metrics_results(const sc_status_platform_t *platform, size_t *count)
{
    *count = platform->results_count;
    return platform->results;
}


static const sc_status_counter_t *
sc_metrics_refused(const sc_status_platform_t *platform, size_t *count)
{
    *count = platform->refused_count;
    return platform->refused;
}


static const sc_status_counter_t *
sc_metrics_dead(const sc_status_platform_t *platform, size_t *count)
{
    *count = platform->dead_count;
    return platform->dead;
}


static void
sc_metrics_platforms(sc_buf_t *buf, const sc_status_t *status)
{
    size_t     i;
    sc_label_t labels[2];

    sc_metrics_platform_numbers(buf, status);

    sc_metrics_labelled(buf, status, "socialcare_results_total", "result",
                        "Requests by how they ended.", sc_metrics_results);
    sc_metrics_labelled(buf, status, "socialcare_refused_total", "reason",
                        "Requests refused by verification.",
                        sc_metrics_refused);
    sc_metrics_labelled(buf, status, "socialcare_dead_letters_total",
                        "reason",
                        "Verified pieces that were not understood.",
                        sc_metrics_dead);

    labels[0].name = "platform";
    labels[1].name = NULL;

    sc_metric_family(buf, "socialcare_last_callback_timestamp_seconds",
                     "gauge", "When the last verified callback came.");

    for (i = 0; i < status->platforms_count; i++) {
        labels[0].value = status->platforms[i].name;
        sc_metric_ms(buf, "socialcare_last_callback_timestamp_seconds",
                     labels, status->platforms[i].last_callback_ms);
    }

    sc_metric_family(buf, "socialcare_last_handshake_timestamp_seconds",
                     "gauge", "When the last handshake was answered.");

    for (i = 0; i < status->platforms_count; i++) {
        labels[0].value = status->platforms[i].name;
        sc_metric_ms(buf, "socialcare_last_handshake_timestamp_seconds",
                     labels, status->platforms[i].last_handshake_ms);
    }

    sc_metric_family(buf, "socialcare_platform_silent", "gauge",
                     "1 when nothing came for 24 h from a configured "
                     "platform.");

    for (i = 0; i < status->platforms_count; i++) {
        labels[0].value = status->platforms[i].name;
        sc_metric_uint(buf, "socialcare_platform_silent", labels,
                       status->platforms[i].silent ? 1 : 0);
    }

    sc_metric_family(buf, "socialcare_answer_latency_seconds", "histogram",
                     "From a request's first byte to its answer.");

    for (i = 0; i < status->platforms_count; i++) {
        sc_metric_histogram(buf, "socialcare_answer_latency_seconds",
                            status->platforms[i].name,
                            &status->platforms[i].latency);
    }

    sc_metric_family(buf, "socialcare_intake_lag_seconds", "histogram",
                     "From the platform's own time to the receipt.");

    for (i = 0; i < status->platforms_count; i++) {
        sc_metric_histogram(buf, "socialcare_intake_lag_seconds",
                            status->platforms[i].name,
                            &status->platforms[i].lag);
    }
}


static uint64_t
sc_metrics_hits(const sc_status_secret_t *secret)
{
    return secret->hits;
}


static uint64_t
sc_metrics_rereads(const sc_status_secret_t *secret)
{
    return secret->rereads;
}


static uint64_t
sc_metrics_unreadable(const sc_status_secret_t *secret)
{
    return secret->unreadable;
}


static void
sc_metrics_secret(sc_buf_t *buf, const sc_status_t *status, const char *name,
    const char *help, uint64_t (*value)(const sc_status_secret_t *secret))
{
    size_t     i;
    sc_label_t labels[2];

    labels[0].name = "label";
    labels[1].name = NULL;

    sc_metric_family(buf, name, "counter", help);

    for (i = 0; i < status->secrets_count; i++) {
        labels[0].value = status->secrets[i].label;
        sc_metric_uint(buf, name, labels, value(&status->secrets[i]));
    }
}


static void
sc_metrics_secrets(sc_buf_t *buf, const sc_status_t *status)
{
    sc_metrics_secret(buf, status, "socialcare_secret_hits_total",
                      "Callbacks that a secret has verified.",
                      sc_metrics_hits);
    sc_metrics_secret(buf, status, "socialcare_secret_rereads_total",
                      "Times that a worker read a key set's changed file.",
                      sc_metrics_rereads);
    sc_metrics_secret(buf, status, "socialcare_secret_unreadable_total",
                      "Times that a changed file was of no use, and the old "
                      "keys stayed.", sc_metrics_unreadable);
}


static void
sc_metrics_closes(sc_buf_t *buf, const sc_status_closes_t *closes)
{
    sc_metric_plain(buf, "socialcare_close_requests_total", "counter",
                    "Requests to end waits without an answer.",
                    closes->requests);
    sc_metric_plain(buf, "socialcare_closed_total", "counter",
                    "Closes in them that were stored.", closes->accepted);
    sc_metric_plain(buf, "socialcare_close_duplicates_total", "counter",
                    "Closes that were stored before.", closes->duplicates);
    sc_metric_reasons(buf, "socialcare_close_refused_total",
                      "Such requests that were refused.",
                      closes->refused, closes->refused_count);
}


/* Sums over the workers, since series by pid would come and go. */

static void
sc_metrics_workers(sc_buf_t *buf, const sc_status_redis_t *redis)
{
    size_t                    i;
    uint64_t                  ready, in_flight, waiting;
    const sc_status_worker_t *worker;

    ready = 0;
    in_flight = 0;
    waiting = 0;

    for (i = 0; i < redis->workers_count; i++) {
        worker = &redis->workers[i];
        ready += sc_str_eq(sc_str_from_cstring(worker->state),
                           SC_STR("ready"))
                 || sc_str_eq(sc_str_from_cstring(worker->state),
                              SC_STR("refusing"));
        in_flight += worker->in_flight;
        waiting += worker->waiting_requests;
    }

    sc_metric_plain(buf, "socialcare_redis_up", "gauge",
                    "1 when a worker can store in Redis.",
                    sc_str_eq(sc_str_from_cstring(redis->state),
                              SC_STR("ready")));
    sc_metric_plain(buf, "socialcare_workers", "gauge", "Worker processes.",
                    redis->workers_count);
    sc_metric_plain(buf, "socialcare_redis_ready_workers", "gauge",
                    "Workers whom the server answers, if only to refuse.",
                    ready);
    sc_metric_plain(buf, "socialcare_redis_in_flight", "gauge",
                    "Commands that wait for their reply.", in_flight);
    sc_metric_plain(buf, "socialcare_waiting_requests", "gauge",
                    "Callbacks that wait for their store.", waiting);
}


/* What an acknowledgement requires besides the server's own reply. */
static void
sc_metrics_replicas(sc_buf_t *buf, const sc_status_redis_t *redis)
{
    sc_metric_plain(buf, "socialcare_redis_replicas_wanted", "gauge",
                    "Replicas that must have a mention before its callback "
                    "is answered; 0: none.", redis->replicas_wanted);

    if (redis->replicas != SC_STATUS_UNKNOWN) {
        sc_metric_plain(buf, "socialcare_redis_replicas_confirmed", "gauge",
                        "Replicas that had the last mentions, the least of "
                        "all workers.", (uint64_t) redis->replicas);
    }
}


static void
sc_metrics_redis(sc_buf_t *buf, const sc_status_redis_t *redis)
{
    size_t     i;
    sc_label_t labels[2];

    sc_metrics_workers(buf, redis);
    sc_metrics_replicas(buf, redis);

    sc_metric_plain(buf, "socialcare_redis_connects_total", "counter",
                    "Connections that became ready.", redis->connects);
    sc_metric_plain(buf, "socialcare_redis_connect_failures_total",
                    "counter", "Tries that did not.",
                    redis->connect_failures);
    sc_metric_plain(buf, "socialcare_redis_disconnects_total", "counter",
                    "Ready connections that were lost or given up.",
                    redis->disconnects);
    sc_metric_plain(buf, "socialcare_redis_timeouts_total", "counter",
                    "Overdue replies and connects.", redis->timeouts);
    sc_metric_plain(buf, "socialcare_redis_commands_total", "counter",
                    "Commands sent.", redis->commands);
    sc_metric_plain(buf, "socialcare_redis_items_total", "counter",
                    "Items in those commands.", redis->items);
    sc_metric_plain(buf, "socialcare_redis_sent_bytes_total", "counter",
                    "Bytes sent.", redis->bytes);
    sc_metric_plain(buf, "socialcare_redis_in_flight_refused_total",
                    "counter", "Batches refused because too much was in "
                    "flight.", redis->in_flight_refused);

    labels[0].name = "class";
    labels[1].name = NULL;

    sc_metric_family(buf, "socialcare_redis_errors_total", "counter",
                     "Error replies by what they mean.");

    for (i = 0; i < redis->errors_count; i++) {
        labels[0].value = sc_str_from_cstring(redis->errors[i].name);
        sc_metric_uint(buf, "socialcare_redis_errors_total", labels,
                       redis->errors[i].value);
    }

    labels[0].name = "setting";
    labels[0].value = sc_str_from_cstring(redis->durability);

    sc_metric_family(buf, "socialcare_redis_durability_info", "gauge",
                     "What the server's acknowledgement is worth.");
    sc_metric_uint(buf, "socialcare_redis_durability_info", labels, 1);

    if (redis->eviction != SC_STATUS_EVICTION_UNKNOWN) {
        sc_metric_plain(buf, "socialcare_redis_evicts", "gauge",
                        "1 when the server throws away what it acknowledged "
                        "once its memory is full.",
                        redis->eviction == SC_STATUS_EVICTION_POSSIBLE);
    }

    sc_metric_plain_ms(buf, "socialcare_redis_reading_timestamp_seconds",
                       "When all queues were read last.", redis->read_ms);
}


static void
sc_metrics_spool_files(sc_buf_t *buf, const sc_status_spool_t *spool)
{
    if (spool->read_ms != SC_STATUS_UNKNOWN) {
        sc_metric_plain(buf, "socialcare_spool_unread_segments", "gauge",
                        "Files left by workers that are gone: their records "
                        "are counted once Redis is back.", spool->unread);
    }

    sc_metric_plain(buf, "socialcare_spool_limit_bytes", "gauge",
                    "What all files together may take.", spool->limit_bytes);

    if (spool->read_ms == SC_STATUS_UNKNOWN) {
        return;
    }

    sc_metric_plain(buf, "socialcare_spool_bytes", "gauge",
                    "What they take, space allocated in advance included.",
                    spool->bytes);
    sc_metric_plain(buf, "socialcare_spool_segments", "gauge",
                    "Files with records that wait.", spool->segments);
    sc_metric_plain(buf, "socialcare_spool_quarantine_files", "gauge",
                    "Files to be looked at and reinjected.",
                    spool->quarantine_files);
    sc_metric_plain(buf, "socialcare_spool_damaged_files", "gauge",
                    "Files set aside because the disk had damaged them.",
                    spool->damaged_files);
    sc_metric_plain_ms(buf, "socialcare_spool_oldest_timestamp_seconds",
                       "When the oldest waiting file was begun.",
                       spool->oldest_ms);
    sc_metric_plain_ms(buf, "socialcare_spool_reading_timestamp_seconds",
                       "When the directory was looked at last.",
                       spool->read_ms);
}


static void
sc_metrics_spool(sc_buf_t *buf, const sc_status_spool_t *spool)
{
    size_t             i;
    sc_label_t         labels[2];
    static const char *states[] = {
        "up", "spooling", "draining", "refusing"
    };

    sc_metric_plain(buf, "socialcare_spool_configured", "gauge",
                    "1 where socialcare_spool is on.", spool->configured);

    if (!spool->configured) {
        return;
    }

    labels[0].name = "state";
    labels[1].name = NULL;

    sc_metric_family(buf, "socialcare_spool_state", "gauge",
                     "1 for the state of the spool.");

    for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        labels[0].value = sc_str_from_cstring(states[i]);
        sc_metric_uint(buf, "socialcare_spool_state", labels,
                       sc_str_eq(labels[0].value,
                                 sc_str_from_cstring(spool->state)));
    }

    sc_metric_plain(buf, "socialcare_spool_waiting_records", "gauge",
                    "Records that Redis does not have yet.", spool->waiting);
    sc_metrics_spool_files(buf, spool);
    sc_metric_plain(buf, "socialcare_spool_appended_total", "counter",
                    "Records synced to disk.", spool->appended);
    sc_metric_plain(buf, "socialcare_spool_drained_total", "counter",
                    "Records that Redis took from it.", spool->drained);
    sc_metric_plain(buf, "socialcare_spool_duplicates_total", "counter",
                    "Of them, those that Redis had already.",
                    spool->duplicates);
    sc_metric_plain(buf, "socialcare_spool_sync_errors_total", "counter",
                    "Errors of the disk.", spool->sync_errors);
    sc_metric_plain(buf, "socialcare_spool_damaged_bytes_total", "counter",
                    "Bytes of segments that could not be read.",
                    spool->damaged_bytes);
    sc_metric_reasons(buf, "socialcare_spool_quarantined_total",
                      "Records put into quarantine.",
                      spool->quarantined, spool->quarantined_count);
    sc_metric_reasons(buf, "socialcare_spool_refused_total",
                      "Records that the spool could not take.",
                      spool->refused, spool->refused_count);
}


void
sc_status_write_prometheus(sc_buf_t *buf, const sc_status_t *status)
{
    sc_label_t labels[3];

    labels[0].name = "version";
    labels[0].value = sc_str_from_cstring(status->version);
    labels[1].name = "nginx";
    labels[1].value = sc_str_from_cstring(status->server_version);
    labels[2].name = NULL;

    sc_metric_family(buf, "socialcare_build_info", "gauge",
                     "Versions; always 1.");
    sc_metric_uint(buf, "socialcare_build_info", labels, 1);

    sc_metric_plain_ms(buf, "socialcare_start_timestamp_seconds",
                       "Since when the counters run.", status->started_ms);
    sc_metric_plain_ms(buf, "socialcare_configured_timestamp_seconds",
                       "When the configuration was loaded last.",
                       status->configured_ms);
    sc_metric_plain(buf, "socialcare_loads_total", "counter",
                    "Configurations loaded since the start.", status->loads);
    sc_metric_plain(buf, "socialcare_zone_bytes", "gauge",
                    "Size of the shared zone.", status->zone_bytes);
    sc_metric_plain(buf, "socialcare_zone_free_bytes", "gauge",
                    "Free pages of the shared zone.",
                    status->zone_free_bytes);
    sc_metric_plain(buf, "socialcare_names_refused_total", "counter",
                    "Brands, queues and targets that a variable gave and "
                    "that could not be used.", status->names_refused);
    sc_metric_plain(buf, "socialcare_names_overflow_total", "counter",
                    "Items of queues beyond the number that is counted "
                    "apart.", status->names_overflow);
    sc_metric_plain(buf, "socialcare_no_deadline_total", "counter",
                    "Waits without a deadline, because the desk does not "
                    "open for so long within 400 days.",
                    status->no_deadline);

    sc_metric_plain(buf, "socialcare_series_overflow_total", "counter",
                    "Waits and summaries for which the zone had no room.",
                    status->series_overflow);

    sc_metrics_platforms(buf, status);
    sc_metrics_secrets(buf, status);
    sc_status_write_subscription_metrics(buf, status);
    sc_status_write_queue_metrics(buf, status);
    sc_metrics_closes(buf, &status->closes);
    sc_status_write_care_metrics(buf, status);
    sc_status_write_trends_metrics(buf, &status->trends);
    sc_metrics_redis(buf, &status->redis);
    sc_metrics_spool(buf, &status->spool);
}
