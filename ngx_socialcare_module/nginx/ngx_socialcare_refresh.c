
/*
 * ngx_socialcare_refresh.c: the round over all brand partitions.
 *
 * Every second the worker that gets the lease walks the list of brands, one
 * command at a time: a sweep for each partition (breaches are booked within
 * 2 s of their due time, also when nobody looks), and every few seconds a
 * reading for the status.  Numbers of a brand's partitions are summed here and
 * published together, so that a reader never sees half of them.
 */

#include "ngx_socialcare_redis.h"
#include "ngx_socialcare_refresh.h"
#include "ngx_socialcare_zone.h"

#include "sc_queue_read.h"


#define NGX_SOCIALCARE_ROUND_INTERVAL     1000
#define NGX_SOCIALCARE_LEASE              5000
#define NGX_SOCIALCARE_READ_INTERVAL      3000
#define NGX_SOCIALCARE_SERVER_INTERVAL    60000

/* Another nginx on the same Redis may sweep: its lease there is this long. */
#define NGX_SOCIALCARE_SWEEP_LEASE        900

#define NGX_SOCIALCARE_OPEN_MAX_AGE       ((int64_t) 30 * 24 * 3600 * 1000)

/* "At risk": less than a fifth of the usual 15 minutes left. */
#define NGX_SOCIALCARE_RISK_HORIZON       (3 * 60 * 1000)

#define NGX_SOCIALCARE_MAX_READ_QUEUES    256
#define NGX_SOCIALCARE_MAX_READ_SERIES    512


typedef enum {
    NGX_SOCIALCARE_STEP_IDLE = 0,
    NGX_SOCIALCARE_STEP_SERVER,       /* INFO persistence */
    NGX_SOCIALCARE_STEP_FSYNC,        /* CONFIG GET appendfsync */
    NGX_SOCIALCARE_STEP_SWEEP,
    NGX_SOCIALCARE_STEP_READ
} ngx_socialcare_step_e;


/* Sums over one brand's partitions. */

typedef struct {
    u_char                         name[SC_QUEUE_MAX_NAME];
    ngx_str_t                      queue;
    int64_t                        depth;
    int64_t                        lag;
    int64_t                        pending;
    int64_t                        dead;
    int64_t                        oldest_age_ms;
    int64_t                        open;
    int64_t                        due_soon;
    int64_t                        breached;
    int64_t                        earliest_ms;
} ngx_socialcare_sums_t;


typedef struct {
    ngx_socialcare_command_t       command;      /* first: cast from it */
    ngx_socialcare_worker_t       *worker;
    ngx_event_t                    timer;
    ngx_connection_t               timer_data;
    ngx_socialcare_step_e          step;
    ngx_uint_t                     with_source;
    ngx_socialcare_brand_node_t   *brand;
    ngx_uint_t                     partition;
    ngx_uint_t                     complete;     /* no reading failed */
    ngx_uint_t                     aof;
    int64_t                        last_read_ms;
    int64_t                        last_server_ms;
    ngx_socialcare_sums_t         *sums;
    ngx_uint_t                     sums_count;
    sc_queue_depth_t              *queues;
    sc_queue_series_t             *series;
} ngx_socialcare_refresh_t;


static ngx_socialcare_refresh_t  ngx_socialcare_refresh;


static void ngx_socialcare_refresh_timer(ngx_event_t *ev);
static void ngx_socialcare_refresh_next(ngx_socialcare_refresh_t *refresh);
static void ngx_socialcare_refresh_reply(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply);


static const char *const  ngx_socialcare_durability_names[] = {
    "unknown", "none", "everysec", "always", "no"
};


const char *
ngx_socialcare_durability_name(ngx_uint_t durability)
{
    return ngx_socialcare_durability_names[durability];
}


ngx_int_t
ngx_socialcare_refresh_init(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker)
{
    ngx_socialcare_refresh_t  *refresh;

    refresh = &ngx_socialcare_refresh;

    refresh->worker = worker;
    refresh->command.handler = ngx_socialcare_refresh_reply;

    refresh->sums = ngx_pcalloc(cycle->pool, NGX_SOCIALCARE_MAX_READ_QUEUES
                                             * sizeof(ngx_socialcare_sums_t));
    refresh->queues = ngx_pcalloc(cycle->pool, NGX_SOCIALCARE_MAX_READ_QUEUES
                                               * sizeof(sc_queue_depth_t));
    refresh->series = ngx_pcalloc(cycle->pool, NGX_SOCIALCARE_MAX_READ_SERIES
                                               * sizeof(sc_queue_series_t));

    if (refresh->sums == NULL || refresh->queues == NULL
        || refresh->series == NULL)
    {
        return NGX_ERROR;
    }

    refresh->timer_data.fd = (ngx_socket_t) -1;
    refresh->timer_data.data = refresh;
    refresh->timer.handler = ngx_socialcare_refresh_timer;
    refresh->timer.data = &refresh->timer_data;
    refresh->timer.log = cycle->log;
    refresh->timer.cancelable = 1;

    ngx_add_timer(&refresh->timer,
                  1 + ngx_random() % NGX_SOCIALCARE_ROUND_INTERVAL);

    return NGX_OK;
}


/*
 * One worker of this machine at a time.  The lease's end and its holder's slot
 * share one word.  A holder that is killed leaves a lease that nobody waits
 * for; one that hangs loses it when it runs out.
 */

static ngx_uint_t
ngx_socialcare_refresh_take_lease(ngx_socialcare_worker_t *worker)
{
    ngx_uint_t                holder;
    ngx_atomic_uint_t         lease, now, until;
    ngx_socialcare_shared_t  *shared;

    shared = worker->shared;

    now = (ngx_atomic_uint_t) ngx_socialcare_now_ms();
    lease = shared->refresh_lease_ms;
    until = lease / NGX_SOCIALCARE_MAX_WORKERS;
    holder = lease % NGX_SOCIALCARE_MAX_WORKERS;

    if (holder != worker->slot && until > now
        && until <= now + NGX_SOCIALCARE_LEASE
        && ngx_socialcare_zone_slot_is_alive(&shared->workers[holder]))
    {
        return 0;
    }

    until = (now + NGX_SOCIALCARE_LEASE) * NGX_SOCIALCARE_MAX_WORKERS
            + worker->slot;

    return ngx_atomic_cmp_set(&shared->refresh_lease_ms, lease, until);
}


void
ngx_socialcare_refresh_release(ngx_socialcare_worker_t *worker)
{
    ngx_atomic_uint_t  lease;

    lease = worker->shared->refresh_lease_ms;

    if (lease % NGX_SOCIALCARE_MAX_WORKERS == worker->slot) {
        (void) ngx_atomic_cmp_set(&worker->shared->refresh_lease_ms, lease, 0);
    }
}


static void
ngx_socialcare_refresh_timer(ngx_event_t *ev)
{
    int64_t                    now_ms;
    ngx_connection_t          *c;
    ngx_socialcare_refresh_t  *refresh;

    c = ev->data;
    refresh = c->data;

    if (ngx_exiting) {
        ngx_socialcare_refresh_release(refresh->worker);
        return;
    }

    ngx_add_timer(ev, NGX_SOCIALCARE_ROUND_INTERVAL);

    if (refresh->step != NGX_SOCIALCARE_STEP_IDLE
        || ngx_socialcare_redis_state(refresh->worker->redis)
           != NGX_SOCIALCARE_REDIS_READY
        || !ngx_socialcare_refresh_take_lease(refresh->worker))
    {
        return;
    }

    now_ms = ngx_socialcare_now_ms();

    refresh->brand = refresh->worker->shared->brands;
    refresh->partition = 0;
    refresh->sums_count = 0;
    refresh->complete = 1;
    refresh->with_source = 0;
    refresh->step = NGX_SOCIALCARE_STEP_SWEEP;

    if (now_ms - refresh->last_server_ms >= NGX_SOCIALCARE_SERVER_INTERVAL) {
        refresh->last_server_ms = now_ms;
        refresh->step = NGX_SOCIALCARE_STEP_SERVER;
    }

    ngx_socialcare_refresh_next(refresh);
    ngx_socialcare_redis_flush(refresh->worker->redis);
}


static ngx_uint_t
ngx_socialcare_refresh_read_is_due(ngx_socialcare_refresh_t *refresh)
{
    return ngx_socialcare_now_ms() - refresh->last_read_ms
           >= NGX_SOCIALCARE_READ_INTERVAL;
}


static void
ngx_socialcare_refresh_write(ngx_socialcare_refresh_t *refresh, sc_buf_t *out)
{
    sc_buf_t  tag;
    sc_str_t  arguments[3];
    u_char    text[512];

    switch (refresh->step) {

    case NGX_SOCIALCARE_STEP_SERVER:
        arguments[0] = SC_STR("INFO");
        arguments[1] = SC_STR("persistence");
        sc_command_write(out, arguments, 2);
        return;

    case NGX_SOCIALCARE_STEP_FSYNC:
        arguments[0] = SC_STR("CONFIG");
        arguments[1] = SC_STR("GET");
        arguments[2] = SC_STR("appendfsync");
        sc_command_write(out, arguments, 3);
        return;

    default:
        break;
    }

    sc_buf_init_fixed(&tag, text, sizeof(text));
    sc_queue_write_tag(&tag,
                       ngx_socialcare_to_core(
                                      refresh->worker->conf->redis.prefix),
                       ngx_socialcare_to_core(refresh->brand->name),
                       (unsigned) refresh->partition);

    if (refresh->step == NGX_SOCIALCARE_STEP_SWEEP) {
        sc_queue_write_sweep(out, sc_buf_str(&tag), ngx_socialcare_now_ms(),
                             NGX_SOCIALCARE_OPEN_MAX_AGE,
                             NGX_SOCIALCARE_SWEEP_LEASE,
                             refresh->with_source);
        return;
    }

    sc_queue_write_read(out, sc_buf_str(&tag), ngx_socialcare_now_ms(),
                        NGX_SOCIALCARE_RISK_HORIZON, refresh->with_source);
}


/* Sends what `step` says; the round ends where the connection does. */

static void
ngx_socialcare_refresh_next(ngx_socialcare_refresh_t *refresh)
{
    sc_buf_t  *out;

    if (refresh->brand == NULL
        && refresh->step >= NGX_SOCIALCARE_STEP_SWEEP)
    {
        refresh->step = NGX_SOCIALCARE_STEP_IDLE;

        if (ngx_socialcare_refresh_read_is_due(refresh)) {
            refresh->last_read_ms = ngx_socialcare_now_ms();

            if (refresh->complete) {
                refresh->worker->shared->refresh_ms =
                                  (ngx_atomic_uint_t) refresh->last_read_ms;
            }
        }

        return;
    }

    out = ngx_socialcare_redis_begin(refresh->worker->redis);

    if (out == NULL) {
        refresh->step = NGX_SOCIALCARE_STEP_IDLE;
        return;
    }

    ngx_socialcare_refresh_write(refresh, out);

    /* Once a round, so that replicas are known of before a callback comes. */

    refresh->command.writes = (refresh->step == NGX_SOCIALCARE_STEP_SWEEP
                               && refresh->partition == 0
                               && refresh->brand
                                  == refresh->worker->shared->brands);

    if (ngx_socialcare_redis_commit(refresh->worker->redis,
                                    &refresh->command)
        != NGX_OK)
    {
        refresh->step = NGX_SOCIALCARE_STEP_IDLE;
    }
}


static ngx_socialcare_sums_t *
ngx_socialcare_refresh_sums(ngx_socialcare_refresh_t *refresh, sc_str_t name)
{
    ngx_uint_t              i;
    ngx_socialcare_sums_t  *sums;

    for (i = 0; i < refresh->sums_count; i++) {
        sums = &refresh->sums[i];

        if (sc_str_eq(ngx_socialcare_to_core(sums->queue), name)) {
            return sums;
        }
    }

    if (i == NGX_SOCIALCARE_MAX_READ_QUEUES || name.len > SC_QUEUE_MAX_NAME) {
        return NULL;
    }

    sums = &refresh->sums[refresh->sums_count++];
    ngx_memzero(sums, sizeof(ngx_socialcare_sums_t));

    ngx_memcpy(sums->name, name.data, name.len);
    sums->queue.data = sums->name;
    sums->queue.len = name.len;
    sums->oldest_age_ms = SC_QUEUE_UNKNOWN;
    sums->earliest_ms = SC_QUEUE_UNKNOWN;

    return sums;
}


/* A sum with an unknown part is unknown. */

static void
ngx_socialcare_add_known(int64_t *sum, int64_t part)
{
    if (*sum == SC_QUEUE_UNKNOWN || part == SC_QUEUE_UNKNOWN) {
        *sum = SC_QUEUE_UNKNOWN;
        return;
    }

    *sum += part;
}


static void
ngx_socialcare_refresh_gather(ngx_socialcare_refresh_t *refresh,
    sc_queue_reading_t *reading)
{
    size_t                  i;
    sc_queue_depth_t       *queue;
    sc_queue_series_t      *series;
    ngx_socialcare_sums_t  *sums;

    for (i = 0; i < reading->queues_count; i++) {
        queue = &reading->queues[i];
        sums = ngx_socialcare_refresh_sums(refresh, queue->name);

        if (sums != NULL) {
            ngx_socialcare_add_known(&sums->depth, queue->depth);
            ngx_socialcare_add_known(&sums->lag, queue->lag);
            ngx_socialcare_add_known(&sums->pending, queue->pending);
            ngx_socialcare_add_known(&sums->dead, queue->dead);
            sums->oldest_age_ms = ngx_max(sums->oldest_age_ms,
                                          queue->oldest_ms);
        }
    }

    for (i = 0; i < reading->series_count; i++) {
        series = &reading->series[i];
        sums = ngx_socialcare_refresh_sums(refresh, series->queue);

        if (sums != NULL) {
            sums->open += (int64_t) series->open;
            sums->due_soon += (int64_t) series->due_soon;
            sums->breached += (int64_t) series->late;

            if (series->earliest_ms != SC_QUEUE_UNKNOWN
                && (sums->earliest_ms == SC_QUEUE_UNKNOWN
                    || series->earliest_ms < sums->earliest_ms))
            {
                sums->earliest_ms = series->earliest_ms;
            }
        }
    }
}


static void
ngx_socialcare_refresh_publish(ngx_socialcare_refresh_t *refresh)
{
    int64_t                       now_ms;
    ngx_uint_t                    i;
    ngx_socialcare_sums_t        *sums;
    ngx_socialcare_queue_node_t  *node;

    now_ms = ngx_socialcare_now_ms();

    for (i = 0; i < refresh->sums_count; i++) {
        sums = &refresh->sums[i];

        node = ngx_socialcare_zone_queue(refresh->worker->shared,
                                         &refresh->brand->name, &sums->queue);
        if (node == NULL) {
            continue;
        }

        node->depth = (ngx_atomic_uint_t) sums->depth;
        node->lag = (ngx_atomic_uint_t) sums->lag;
        node->pending = (ngx_atomic_uint_t) sums->pending;
        node->dead_depth = (ngx_atomic_uint_t) sums->dead;
        node->oldest_age_ms = (ngx_atomic_uint_t) sums->oldest_age_ms;
        node->open = (ngx_atomic_uint_t) sums->open;
        node->due_soon = (ngx_atomic_uint_t) sums->due_soon;
        node->breached = (ngx_atomic_uint_t) sums->breached;
        node->earliest_ms = (ngx_atomic_uint_t) sums->earliest_ms;
        node->read_ms = (ngx_atomic_uint_t) now_ms;
    }

    refresh->brand->read_ms = (ngx_atomic_uint_t) now_ms;
    refresh->sums_count = 0;
}


/* The reply to a sweep or a reading: on to what comes next. */

static void
ngx_socialcare_refresh_advance(ngx_socialcare_refresh_t *refresh)
{
    if (refresh->step == NGX_SOCIALCARE_STEP_SWEEP
        && ngx_socialcare_refresh_read_is_due(refresh))
    {
        refresh->step = NGX_SOCIALCARE_STEP_READ;
        return;
    }

    refresh->step = NGX_SOCIALCARE_STEP_SWEEP;
    refresh->partition++;

    if (refresh->partition >= ngx_max(refresh->brand->partitions, 1)) {

        if (refresh->complete && ngx_socialcare_refresh_read_is_due(refresh)) {
            ngx_socialcare_refresh_publish(refresh);
        }

        refresh->sums_count = 0;
        refresh->partition = 0;
        refresh->brand = refresh->brand->next;
    }
}


static void
ngx_socialcare_refresh_script_reply(ngx_socialcare_refresh_t *refresh,
    ngx_socialcare_reply_t *reply)
{
    sc_queue_sweep_t    sweep;
    sc_queue_reading_t  reading;

    if (reply->type == NGX_SOCIALCARE_REPLY_ERROR
        && reply->reply_class == SC_REPLY_NOSCRIPT && !refresh->with_source)
    {
        refresh->with_source = 1;
        return;
    }

    refresh->with_source = 0;

    if (reply->type == NGX_SOCIALCARE_REPLY_ERROR) {
        ngx_socialcare_redis_note(refresh->worker->redis,
                                  reply->reply_class);
        refresh->complete = 0;
        ngx_socialcare_refresh_advance(refresh);
        return;
    }

    if (refresh->step == NGX_SOCIALCARE_STEP_SWEEP) {

        if (!sc_queue_read_sweep(reply->text, &sweep)) {
            ngx_socialcare_redis_note(refresh->worker->redis,
                                      SC_REPLY_UNEXPECTED);
            refresh->complete = 0;

        } else if (sweep.taken) {
            ngx_socialcare_redis_note_write(refresh->worker->redis);

            if (sweep.more) {
                return;
            }
        }

    } else {
        ngx_memzero(&reading, sizeof(sc_queue_reading_t));

        reading.queues = refresh->queues;
        reading.queues_max = NGX_SOCIALCARE_MAX_READ_QUEUES;
        reading.series = refresh->series;
        reading.series_max = NGX_SOCIALCARE_MAX_READ_SERIES;

        if (sc_queue_read_reading(reply->text, &reading)) {
            ngx_socialcare_refresh_gather(refresh, &reading);

        } else {
            ngx_socialcare_redis_note(refresh->worker->redis,
                                      SC_REPLY_UNEXPECTED);
            refresh->complete = 0;
        }
    }

    ngx_socialcare_refresh_advance(refresh);
}


static void
ngx_socialcare_refresh_set_durability(ngx_socialcare_refresh_t *refresh,
    ngx_socialcare_durability_e durability)
{
    ngx_socialcare_shared_t  *shared;

    shared = refresh->worker->shared;

    if (shared->durability == (ngx_atomic_uint_t) durability) {
        return;
    }

    shared->durability = durability;

    if (durability == NGX_SOCIALCARE_DURABILITY_NONE) {
        ngx_log_error(NGX_LOG_WARN, refresh->timer.log, 0,
                      "socialcare: redis \"%V\" keeps no append-only file: "
                      "what it acknowledged is lost when it dies; set "
                      "\"appendonly yes\" there",
                      &refresh->worker->conf->redis.url);
    }
}


static void
ngx_socialcare_refresh_server_reply(ngx_socialcare_refresh_t *refresh,
    ngx_socialcare_reply_t *reply)
{
    if (reply->type != NGX_SOCIALCARE_REPLY_STRING) {

        /* An account that may not ask leaves it unknown. */

        ngx_socialcare_refresh_set_durability(refresh,
                                       NGX_SOCIALCARE_DURABILITY_UNKNOWN);
        refresh->step = NGX_SOCIALCARE_STEP_SWEEP;
        return;
    }

    if (sc_str_contains(reply->text, SC_STR("aof_enabled:1"))) {
        refresh->step = NGX_SOCIALCARE_STEP_FSYNC;
        return;
    }

    ngx_socialcare_refresh_set_durability(refresh,
                                          NGX_SOCIALCARE_DURABILITY_NONE);
    refresh->step = NGX_SOCIALCARE_STEP_SWEEP;
}


static void
ngx_socialcare_refresh_fsync_reply(ngx_socialcare_refresh_t *refresh,
    ngx_socialcare_reply_t *reply)
{
    sc_str_t                     value;
    ngx_socialcare_durability_e  durability;

    durability = NGX_SOCIALCARE_DURABILITY_UNKNOWN;

    if (reply->type == NGX_SOCIALCARE_REPLY_ARRAY && reply->count == 2) {
        value = reply->elements[1]->text;

        if (sc_str_eq(value, SC_STR("always"))) {
            durability = NGX_SOCIALCARE_DURABILITY_ALWAYS;

        } else if (sc_str_eq(value, SC_STR("everysec"))) {
            durability = NGX_SOCIALCARE_DURABILITY_EVERYSEC;

        } else if (sc_str_eq(value, SC_STR("no"))) {
            durability = NGX_SOCIALCARE_DURABILITY_NO_SYNC;
        }
    }

    ngx_socialcare_refresh_set_durability(refresh, durability);
    refresh->step = NGX_SOCIALCARE_STEP_SWEEP;
}


static void
ngx_socialcare_refresh_reply(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply)
{
    ngx_socialcare_refresh_t  *refresh;

    refresh = (ngx_socialcare_refresh_t *) command;

    if (reply->type == NGX_SOCIALCARE_REPLY_LOST) {
        refresh->step = NGX_SOCIALCARE_STEP_IDLE;
        return;
    }

    switch (refresh->step) {

    case NGX_SOCIALCARE_STEP_SERVER:
        ngx_socialcare_refresh_server_reply(refresh, reply);
        break;

    case NGX_SOCIALCARE_STEP_FSYNC:
        ngx_socialcare_refresh_fsync_reply(refresh, reply);
        break;

    default:
        ngx_socialcare_refresh_script_reply(refresh, reply);
        break;
    }

    ngx_socialcare_refresh_next(refresh);
}
