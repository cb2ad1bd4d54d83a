
/*
 * ngx_socialcare_status_collect.c: copies numbers from the zone into one
 * snapshot: platforms, secrets, Redis and spool.  Queues and waits are in
 * _care.c.
 *
 * Takes no lock: every number is one word.
 */

#include "ngx_socialcare_redis.h"
#include "ngx_socialcare_refresh.h"
#include "ngx_socialcare_spool.h"
#include "ngx_socialcare_status.h"


/* A receiver that received nothing for this long is called silent. */
#define NGX_SOCIALCARE_SILENT_MS      ((int64_t) 24 * 3600 * 1000)

/* While Redis stores, few callbacks try the spool: how long one's failure is
 * worth telling, in ms. */
#define NGX_SOCIALCARE_SPOOL_TROUBLE  2000

/* Within half of this, in ms, a worker looks at the spool's directory. */
#define NGX_SOCIALCARE_SPOOL_UNSEEN   1400


/* Reads each shared word once, into memory of the request. */

static uint64_t *
ngx_socialcare_status_copy(ngx_pool_t *pool, ngx_atomic_t *words,
    ngx_uint_t n)
{
    uint64_t    *copy;
    ngx_uint_t   i;

    copy = ngx_palloc(pool, n * sizeof(uint64_t));

    for (i = 0; copy != NULL && i < n; i++) {
        copy[i] = words[i];
    }

    return copy;
}


static sc_status_counter_t *
ngx_socialcare_status_counters(ngx_pool_t *pool, ngx_atomic_t *words,
    const char *(*name)(ngx_uint_t i), ngx_uint_t from, ngx_uint_t to)
{
    ngx_uint_t            i;
    sc_status_counter_t  *counters;

    counters = ngx_palloc(pool, (to - from) * sizeof(sc_status_counter_t));

    for (i = from; counters != NULL && i < to; i++) {
        counters[i - from].name = name(i);
        counters[i - from].value = words[i];
    }

    return counters;
}


static const char *
ngx_socialcare_status_result_name(ngx_uint_t i)
{
    return ngx_socialcare_result_name((ngx_socialcare_result_e) i);
}


static const char *
ngx_socialcare_status_refused_name(ngx_uint_t i)
{
    return sc_verify_result_name((sc_verify_result_t) i);
}


static const char *
ngx_socialcare_status_dead_name(ngx_uint_t i)
{
    return sc_dead_reason_name((sc_dead_reason_t) i);
}


static const char *
ngx_socialcare_status_class_name(ngx_uint_t i)
{
    return sc_reply_class_name((sc_reply_class_t) i);
}


int64_t
ngx_socialcare_status_time(ngx_atomic_t *word)
{
    ngx_atomic_uint_t  value;

    value = *word;

    return value == 0 ? SC_STATUS_UNKNOWN : (int64_t) value;
}


static ngx_int_t
ngx_socialcare_status_platform(ngx_pool_t *pool,
    ngx_socialcare_platform_counters_t *from, ngx_uint_t i, int64_t now_ms,
    sc_status_platform_t *to)
{
    ngx_memzero(to, sizeof(sc_status_platform_t));

    to->name = sc_platforms[i]->name;
    to->configured = ngx_socialcare_worker.conf->platforms[i];
    to->requests = from->requests;
    to->bytes = from->bytes;
    to->verified = from->verified;
    to->mentions = from->mentions;
    to->duplicates = from->duplicates;
    to->clock_skew = from->clock_skew;
    to->last_callback_ms = ngx_socialcare_status_time(&from->last_callback_ms);
    to->last_handshake_ms =
                        ngx_socialcare_status_time(&from->last_handshake_ms);

    to->silent = to->configured
                 && now_ms - ngx_max(to->last_callback_ms,
                          (int64_t) ngx_socialcare_worker.shared->started_ms)
                    > NGX_SOCIALCARE_SILENT_MS;

    to->results = ngx_socialcare_status_counters(pool, from->results,
                                          ngx_socialcare_status_result_name,
                                          1, NGX_SOCIALCARE_RESULTS);
    to->results_count = NGX_SOCIALCARE_RESULTS - 1;

    to->refused = ngx_socialcare_status_counters(pool, from->refused,
                                         ngx_socialcare_status_refused_name,
                                         1, SC_VERIFY_RESULTS);
    to->refused_count = SC_VERIFY_RESULTS - 1;

    to->dead = ngx_socialcare_status_counters(pool, from->dead,
                                              ngx_socialcare_status_dead_name,
                                              1, SC_DEAD_REASONS);
    to->dead_count = SC_DEAD_REASONS - 1;

    to->latency.bounds = ngx_socialcare_latency_bounds_us;
    to->latency.scale = 1000000;
    to->latency.count = NGX_SOCIALCARE_LATENCY_BUCKETS;
    to->latency.buckets = ngx_socialcare_status_copy(pool, from->latency,
                                             NGX_SOCIALCARE_LATENCY_BUCKETS);
    to->latency.sum = from->latency_sum_us;
    to->latency.sum_scale = 1000000;

    to->lag.bounds = ngx_socialcare_lag_bounds_s;
    to->lag.scale = 1;
    to->lag.count = NGX_SOCIALCARE_LAG_BUCKETS;
    to->lag.buckets = ngx_socialcare_status_copy(pool, from->lag,
                                                 NGX_SOCIALCARE_LAG_BUCKETS);
    to->lag.sum = from->lag_sum_ms;
    to->lag.sum_scale = 1000;

    return (to->results == NULL || to->refused == NULL || to->dead == NULL
            || to->latency.buckets == NULL || to->lag.buckets == NULL)
           ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_socialcare_status_platforms(ngx_pool_t *pool, sc_status_t *status)
{
    ngx_uint_t             i;
    sc_status_platform_t  *platforms;

    platforms = ngx_palloc(pool,
                           sc_platforms_count * sizeof(sc_status_platform_t));
    if (platforms == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < sc_platforms_count; i++) {

        /* Platforms that no location has and none had are not shown. */

        if (!ngx_socialcare_worker.conf->platforms[i]
            && ngx_socialcare_worker.shared->platforms[i].requests == 0)
        {
            continue;
        }

        if (ngx_socialcare_status_platform(pool,
                            &ngx_socialcare_worker.shared->platforms[i], i,
                            status->now_ms,
                            &platforms[status->platforms_count])
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        status->platforms_count++;
    }

    status->platforms = platforms;

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_status_secrets(ngx_pool_t *pool, sc_status_t *status)
{
    ngx_uint_t                         i;
    sc_status_secret_t                *secrets;
    ngx_socialcare_secret_counters_t  *from;

    secrets = ngx_palloc(pool, NGX_SOCIALCARE_MAX_SECRETS
                               * sizeof(sc_status_secret_t));
    if (secrets == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_SOCIALCARE_MAX_SECRETS; i++) {
        from = &ngx_socialcare_worker.shared->secrets[i];

        if (!from->used) {
            break;
        }

        secrets[i].label = sc_str_make(from->label, from->len);
        secrets[i].hits = from->hits;
        secrets[i].rereads = from->rereads;
        secrets[i].unreadable = from->unreadable;
    }

    status->secrets = secrets;
    status->secrets_count = i;

    return NGX_OK;
}


/* When the server last accepted a write from any worker. */

typedef struct {
    ngx_atomic_uint_t              stored;        /* a callback's */
    ngx_atomic_uint_t              swept;         /* of the module's own */
} ngx_socialcare_accepted_t;


static void
ngx_socialcare_status_accepted(ngx_socialcare_accepted_t *accepted)
{
    ngx_uint_t                         i;
    ngx_socialcare_worker_counters_t  *from;

    accepted->stored = 0;
    accepted->swept = 0;

    for (i = 0; i < NGX_SOCIALCARE_MAX_WORKERS; i++) {
        from = &ngx_socialcare_worker.shared->workers[i];

        if (ngx_socialcare_zone_slot_is_alive(from)) {
            accepted->stored = ngx_max(accepted->stored, from->redis_stored);
            accepted->swept = ngx_max(accepted->swept, from->redis_swept);
        }
    }
}


/*
 * Is what the server last refused this worker still the last word?  Not if it
 * has accepted a later write, of whichever worker: the one that was refused may
 * have nothing to send for hours.
 */

static ngx_uint_t
ngx_socialcare_status_is_refused(ngx_socialcare_worker_counters_t *from,
    ngx_socialcare_accepted_t *accepted)
{
    sc_reply_class_t   reply_class;
    ngx_atomic_uint_t  refused;

    reply_class = (sc_reply_class_t) from->redis_class;
    refused = from->redis_refused;

    return reply_class != SC_REPLY_OK
           && accepted->stored <= refused
           && (accepted->swept <= refused
               || !ngx_socialcare_redis_is_general(reply_class));
}


/*
 * A refusal may close the connection at each attempt; meanwhile the server is
 * not away.
 */

static ngx_uint_t
ngx_socialcare_status_is_denied(ngx_socialcare_worker_counters_t *from)
{
    return from->redis_state != NGX_SOCIALCARE_REDIS_READY
           && from->redis_denied;
}


static void
ngx_socialcare_status_worker(ngx_socialcare_worker_counters_t *from,
    ngx_uint_t is_refused, sc_status_worker_t *to)
{
    to->pid = from->pid;
    to->reply_class = sc_reply_class_name(
                                  (sc_reply_class_t) from->redis_class);

    if (ngx_socialcare_status_is_denied(from)) {
        to->state = "refusing";
        to->since_ms = ngx_socialcare_status_time(&from->redis_class_ms);

    } else {
        to->state = ngx_socialcare_redis_state_name(
                      (ngx_socialcare_redis_state_e) from->redis_state);
        to->since_ms = ngx_socialcare_status_time(&from->redis_since_ms);

        if (from->redis_state == NGX_SOCIALCARE_REDIS_READY && !is_refused) {
            to->reply_class = sc_reply_class_name(SC_REPLY_OK);
        }
    }

    to->round_trip_us = from->redis_round_trip_us
                        ? (int64_t) from->redis_round_trip_us
                        : SC_STATUS_UNKNOWN;
    to->replicas = (int64_t) from->redis_replicas - 1;
    to->in_flight = from->in_flight;
    to->in_flight_items = from->in_flight_items;
    to->waiting_requests = from->waiting_requests;
    to->spool_state = ngx_socialcare_spool_state_name(from->spool_state);
    to->spool_waiting = from->spool_waiting;
}


static ngx_int_t
ngx_socialcare_status_workers(ngx_pool_t *pool, sc_status_redis_t *redis)
{
    int64_t                            refused_ms, class_ms;
    ngx_uint_t                         i, is_refused, ready, denied;
    sc_status_worker_t                *workers, *to;
    ngx_socialcare_accepted_t          accepted;
    ngx_socialcare_worker_counters_t  *from;

    workers = ngx_palloc(pool, NGX_SOCIALCARE_MAX_WORKERS
                               * sizeof(sc_status_worker_t));
    if (workers == NULL) {
        return NGX_ERROR;
    }

    ngx_socialcare_status_accepted(&accepted);

    to = workers;
    ready = 0;
    denied = 0;
    refused_ms = SC_STATUS_UNKNOWN;
    redis->state = "down";
    redis->since_ms = SC_STATUS_UNKNOWN;
    redis->replicas = SC_STATUS_UNKNOWN;

    for (i = 0; i < NGX_SOCIALCARE_MAX_WORKERS; i++) {
        from = &ngx_socialcare_worker.shared->workers[i];

        if (!ngx_socialcare_zone_slot_is_alive(from)) {
            continue;
        }

        is_refused = ngx_socialcare_status_is_refused(from, &accepted);
        ngx_socialcare_status_worker(from, is_refused, to);

        ready |= (from->redis_state == NGX_SOCIALCARE_REDIS_READY);
        denied |= ngx_socialcare_status_is_denied(from);

        class_ms = ngx_socialcare_status_time(&from->redis_class_ms);

        if (is_refused) {
            refused_ms = ngx_max(refused_ms, class_ms);
        }

        redis->since_ms = ngx_max(redis->since_ms,
                                  ngx_max(to->since_ms, class_ms));

        /* Workers' last answers may differ: only the least is certain. */

        if (to->replicas != SC_STATUS_UNKNOWN
            && (redis->replicas == SC_STATUS_UNKNOWN
                || to->replicas < redis->replicas))
        {
            redis->replicas = to->replicas;
        }

        to++;
    }

    if ((ready || denied) && refused_ms != SC_STATUS_UNKNOWN) {
        redis->state = "refusing";
        redis->since_ms = refused_ms;

    } else if (ready) {
        redis->state = "ready";

    } else if (to != workers) {
        redis->state = to[-1].state;
    }

    redis->workers = workers;
    redis->workers_count = (size_t) (to - workers);

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_status_redis(ngx_pool_t *pool, sc_status_redis_t *redis)
{
    ngx_socialcare_shared_t  *shared;

    shared = ngx_socialcare_worker.shared;

    redis->url = ngx_socialcare_to_core(
                                    ngx_socialcare_worker.conf->redis.url);
    redis->durability = ngx_socialcare_durability_name(shared->durability);
    redis->eviction = (sc_status_eviction_t) shared->evicts;
    redis->replicas_wanted = ngx_socialcare_worker.conf->redis.replicas;
    redis->connects = shared->redis_connects;
    redis->connect_failures = shared->redis_connect_failures;
    redis->disconnects = shared->redis_disconnects;
    redis->timeouts = shared->redis_timeouts;
    redis->commands = shared->redis_commands;
    redis->items = shared->redis_items;
    redis->bytes = shared->redis_bytes_out;
    redis->in_flight_refused = shared->in_flight_refused;
    redis->read_ms = ngx_socialcare_status_time(&shared->refresh_ms);

    redis->errors = ngx_socialcare_status_counters(pool, shared->redis_errors,
                                           ngx_socialcare_status_class_name,
                                           1, SC_REPLY_CLASSES);
    redis->errors_count = SC_REPLY_CLASSES - 1;

    if (redis->errors == NULL) {
        return NGX_ERROR;
    }

    return ngx_socialcare_status_workers(pool, redis);
}


static const char *
ngx_socialcare_status_quarantine_name(ngx_uint_t i)
{
    return sc_quarantine_reason_name((unsigned) i);
}


/*
 * The spool took nothing at the last attempt, and callbacks still depend on it,
 * or did just now.
 */

static ngx_uint_t
ngx_socialcare_status_spool_refuses(const sc_status_redis_t *redis)
{
    ngx_msec_int_t            since;
    ngx_socialcare_shared_t  *shared;

    shared = ngx_socialcare_worker.shared;
    since = (ngx_msec_int_t) (ngx_current_msec
                              - (ngx_msec_t) shared->spool_trouble_at);

    return shared->spool_trouble != NGX_SOCIALCARE_SPOOL_OK
           && (since < NGX_SOCIALCARE_SPOOL_TROUBLE
               || ngx_strcmp(redis->state, "ready") != 0);
}


/*
 * Segments that no worker has taken over: how many records they hold is not
 * known until one does, which happens once Redis takes mentions.
 */

static ngx_uint_t
ngx_socialcare_status_spool_unread(void)
{
    ngx_uint_t                         i, held, unchecked;
    ngx_socialcare_shared_t           *shared;
    ngx_socialcare_worker_counters_t  *worker;

    shared = ngx_socialcare_worker.shared;
    held = 0;
    unchecked = 0;

    for (i = 0; i < NGX_SOCIALCARE_MAX_WORKERS; i++) {
        worker = &shared->workers[i];

        if (ngx_socialcare_zone_slot_is_alive(worker)) {
            held += worker->spool_held;
            unchecked |= worker->spool_unchecked;
        }
    }

    return (unchecked && shared->spool_segments > held)
           ? shared->spool_segments - held : 0;
}


/* Nobody could look at the directory, though it was time to. */

static ngx_uint_t
ngx_socialcare_status_spool_is_unseen(int64_t now_ms)
{
    ngx_socialcare_shared_t  *shared;

    shared = ngx_socialcare_worker.shared;

    return shared->spool_read_ms == 0
           && now_ms - (int64_t) shared->configured_ms
              > NGX_SOCIALCARE_SPOOL_UNSEEN;
}


/* The state shown is that of the worker that is worst off. */

static void
ngx_socialcare_status_spool_state(sc_status_spool_t *spool,
    const sc_status_redis_t *redis, int64_t now_ms)
{
    ngx_uint_t                         i, state;
    ngx_socialcare_worker_counters_t  *from;

    state = NGX_SOCIALCARE_SPOOL_UP;
    spool->since_ms = SC_STATUS_UNKNOWN;

    for (i = 0; i < NGX_SOCIALCARE_MAX_WORKERS; i++) {
        from = &ngx_socialcare_worker.shared->workers[i];

        if (!ngx_socialcare_zone_slot_is_alive(from)) {
            continue;
        }

        spool->waiting += from->spool_waiting;
        spool->since_ms = ngx_max(spool->since_ms,
                          ngx_socialcare_status_time(&from->spool_since_ms));

        if (from->spool_state == NGX_SOCIALCARE_SPOOL_SPOOLING
            || state == NGX_SOCIALCARE_SPOOL_UP)
        {
            state = from->spool_state;
        }
    }

    spool->unread = ngx_socialcare_status_spool_unread();

    if (state == NGX_SOCIALCARE_SPOOL_UP && spool->unread) {
        state = ngx_strcmp(redis->state, "ready") == 0
                ? NGX_SOCIALCARE_SPOOL_DRAINING
                : NGX_SOCIALCARE_SPOOL_SPOOLING;
        spool->since_ms = SC_STATUS_UNKNOWN;
    }

    spool->state = (state == NGX_SOCIALCARE_SPOOL_UP
                    && ngx_socialcare_status_spool_is_unseen(now_ms))
                   ? "unknown" : ngx_socialcare_spool_state_name(state);
    spool->trouble = ngx_socialcare_spool_reason_name(
                             ngx_socialcare_worker.shared->spool_trouble);

    if (ngx_socialcare_status_spool_refuses(redis)) {
        spool->state = "refusing";
        spool->since_ms = ngx_socialcare_status_time(
                          &ngx_socialcare_worker.shared->spool_trouble_ms);
    }
}


static ngx_int_t
ngx_socialcare_status_spool(ngx_pool_t *pool, sc_status_spool_t *spool,
    const sc_status_redis_t *redis, int64_t now_ms)
{
    ngx_socialcare_shared_t      *shared;
    ngx_socialcare_spool_conf_t  *conf;

    shared = ngx_socialcare_worker.shared;
    conf = &ngx_socialcare_worker.conf->spool;

    if (conf->path == NULL) {
        return NGX_OK;
    }

    ngx_socialcare_status_spool_state(spool, redis, now_ms);

    spool->configured = true;
    spool->path = ngx_socialcare_to_core(conf->path->name);
    spool->limit_bytes = conf->limits.size;
    spool->bytes = shared->spool_bytes;
    spool->segments = shared->spool_segments;
    spool->quarantine_files = shared->spool_quarantine_files;
    spool->damaged_files = shared->spool_damaged_files;
    spool->oldest_ms = ngx_socialcare_status_time(&shared->spool_oldest_ms);
    spool->read_ms = ngx_socialcare_status_time(&shared->spool_read_ms);
    spool->appended = shared->spool_appended;
    spool->drained = shared->spool_drained;
    spool->duplicates = shared->spool_duplicates;
    spool->sync_errors = shared->spool_sync_errors;
    spool->damaged_bytes = shared->spool_damaged_bytes;

    spool->quarantined = ngx_socialcare_status_counters(pool,
                                      shared->spool_quarantined,
                                      ngx_socialcare_status_quarantine_name,
                                      1, SC_QUARANTINE_REASONS);
    spool->quarantined_count = SC_QUARANTINE_REASONS - 1;

    spool->refused = ngx_socialcare_status_counters(pool,
                                           shared->spool_refused,
                                           ngx_socialcare_spool_reason_name,
                                           1, NGX_SOCIALCARE_SPOOL_REASONS);
    spool->refused_count = NGX_SOCIALCARE_SPOOL_REASONS - 1;

    return (spool->quarantined == NULL || spool->refused == NULL)
           ? NGX_ERROR : NGX_OK;
}


static const char *
ngx_socialcare_status_close_name(ngx_uint_t i)
{
    return sc_close_result_name((sc_close_result_t) i);
}


static ngx_int_t
ngx_socialcare_status_closes(ngx_pool_t *pool, sc_status_closes_t *closes)
{
    ngx_socialcare_close_counters_t  *from;

    from = &ngx_socialcare_worker.shared->closes;

    closes->requests = from->requests;
    closes->accepted = from->accepted;
    closes->duplicates = from->duplicates;
    closes->refused = ngx_socialcare_status_counters(pool, from->refused,
                                           ngx_socialcare_status_close_name,
                                           1, SC_CLOSE_RESULTS);
    closes->refused_count = SC_CLOSE_RESULTS - 1;

    return closes->refused == NULL ? NGX_ERROR : NGX_OK;
}


ngx_int_t
ngx_socialcare_status_collect(ngx_http_request_t *r,
    sc_status_format_t format, sc_status_t *status)
{
    ngx_socialcare_shared_t  *shared;

    shared = ngx_socialcare_worker.shared;

    ngx_memzero(status, sizeof(sc_status_t));

    status->version = NGX_SOCIALCARE_VERSION;
    status->server_version = NGINX_VERSION;
    status->build = ngx_socialcare_build;
    status->now_ms = ngx_socialcare_now_ms();
    status->started_ms = (int64_t) shared->started_ms;
    status->configured_ms = (int64_t) shared->configured_ms;
    status->loads = shared->loads;
    status->zone_bytes = ngx_socialcare_worker.conf->shm_zone->shm.size;
    status->zone_free_bytes = shared->shpool->pfree * ngx_pagesize;
    status->names_refused = shared->names_refused;
    status->names_overflow = shared->names_overflow;
    status->no_deadline = shared->no_deadline;
    status->series_overflow = shared->series_overflow;

    if (ngx_socialcare_status_platforms(r->pool, status) != NGX_OK
        || ngx_socialcare_status_secrets(r->pool, status) != NGX_OK
        || ngx_socialcare_status_care(r, format, status) != NGX_OK
        || ngx_socialcare_status_closes(r->pool, &status->closes) != NGX_OK
        || ngx_socialcare_status_redis(r->pool, &status->redis) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_socialcare_status_spool(r->pool, &status->spool,
                                       &status->redis, status->now_ms);
}
