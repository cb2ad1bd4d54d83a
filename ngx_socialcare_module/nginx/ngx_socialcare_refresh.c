
/*
 * ngx_socialcare_refresh.c: the round over all brand partitions.
 *
 * Every second the worker that gets the lease walks the list of brands, one
 * command at a time: a sweep for each partition (breaches are booked within
 * 2 s of their due time, even if nobody is looking), and every few seconds a
 * reading for the status, whose answers _reading.c sums up.  Before the sweeps,
 * brands are entered in the registry, and those of other configurations found.
 */

#include "ngx_socialcare_reading.h"
#include "ngx_socialcare_redis.h"
#include "ngx_socialcare_refresh.h"
#include "ngx_socialcare_registry.h"
#include "ngx_socialcare_zone.h"

#include "sc_status.h"


#define NGX_SOCIALCARE_ROUND_INTERVAL     1000
#define NGX_SOCIALCARE_LEASE              5000
#define NGX_SOCIALCARE_READ_INTERVAL      3000
#define NGX_SOCIALCARE_SERVER_INTERVAL    60000

/* The lease in Redis, in ms: another nginx may be sweeping there, too. */
#define NGX_SOCIALCARE_SWEEP_LEASE        900

#define NGX_SOCIALCARE_OPEN_MAX_AGE       ((int64_t) 30 * 24 * 3600 * 1000)


typedef enum {
    NGX_SOCIALCARE_STEP_IDLE = 0,
    NGX_SOCIALCARE_STEP_SERVER,       /* INFO */
    NGX_SOCIALCARE_STEP_FSYNC,        /* CONFIG GET appendfsync */
    NGX_SOCIALCARE_STEP_ENTER,        /* a brand in the registry */
    NGX_SOCIALCARE_STEP_LIST,         /* the registry */
    NGX_SOCIALCARE_STEP_SWEEP,
    NGX_SOCIALCARE_STEP_READ
} ngx_socialcare_step_e;


typedef struct {
    ngx_socialcare_command_t       command;      /* first: cast from it */
    ngx_socialcare_worker_t       *worker;
    ngx_event_t                    timer;
    ngx_connection_t               timer_data;
    ngx_socialcare_step_e          step;
    ngx_uint_t                     with_source;
    ngx_socialcare_brand_node_t   *brand;
    ngx_uint_t                     partition;
    ngx_uint_t                     reads;        /* this round reads, too */
    ngx_uint_t                     failed;       /* for this brand */
    ngx_uint_t                     complete;     /* for no brand so far */
    unsigned                       enters_all:1; /* and lists them */
    unsigned                       no_registry:1; /* refused, until the next
                                                     look at the server */
    unsigned                       said:1;       /* the log, of that */
    ngx_msec_t                     next_read;    /* by ngx_current_msec: the */
    ngx_msec_t                     next_server;  /* wall clock may step back */
    ngx_socialcare_reading_t       reading;
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

    if (ngx_socialcare_reading_init(&refresh->reading, cycle) != NGX_OK) {
        return NGX_ERROR;
    }

    refresh->next_read = ngx_current_msec;
    refresh->next_server = ngx_current_msec;

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
 * share one word.  The lease of a killed holder is ignored; a holder that hangs
 * loses it when it expires.
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


ngx_uint_t
ngx_socialcare_refresh_is_ours(ngx_socialcare_worker_t *worker)
{
    ngx_atomic_uint_t  lease;

    lease = worker->shared->refresh_lease_ms;

    return lease % NGX_SOCIALCARE_MAX_WORKERS == worker->slot
           && lease / NGX_SOCIALCARE_MAX_WORKERS
              > (ngx_atomic_uint_t) ngx_socialcare_now_ms();
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


static ngx_uint_t
ngx_socialcare_refresh_is_due(ngx_msec_t when)
{
    return (ngx_msec_int_t) (when - ngx_current_msec) <= 0;
}


static void
ngx_socialcare_refresh_begin_brand(ngx_socialcare_refresh_t *refresh)
{
    refresh->partition = 0;
    refresh->failed = 0;
    ngx_socialcare_reading_begin(&refresh->reading);
}


/* What was read of the brand is incomplete; the others do not suffer. */

static void
ngx_socialcare_refresh_fail(ngx_socialcare_refresh_t *refresh,
    sc_reply_class_t reply_class)
{
    ngx_socialcare_redis_note_round(refresh->worker->redis, reply_class);
    refresh->failed = 1;
    refresh->complete = 0;
}


static void
ngx_socialcare_refresh_timer(ngx_event_t *ev)
{
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

    refresh->brand = refresh->worker->shared->brands;
    refresh->complete = 1;
    ngx_socialcare_refresh_begin_brand(refresh);
    refresh->with_source = 0;
    refresh->step = NGX_SOCIALCARE_STEP_ENTER;
    refresh->enters_all = 0;

    /* A round that began to read halfway would show parts as the whole. */

    refresh->reads = ngx_socialcare_refresh_is_due(refresh->next_read);

    if (ngx_socialcare_refresh_is_due(refresh->next_server)) {
        refresh->next_server = ngx_current_msec
                               + NGX_SOCIALCARE_SERVER_INTERVAL;
        refresh->step = NGX_SOCIALCARE_STEP_SERVER;
        refresh->enters_all = 1;
        refresh->no_registry = 0;
    }

    ngx_socialcare_refresh_next(refresh);
    ngx_socialcare_redis_flush(refresh->worker->redis);
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
        sc_command_write(out, arguments, 1);
        return;

    case NGX_SOCIALCARE_STEP_FSYNC:
        arguments[0] = SC_STR("CONFIG");
        arguments[1] = SC_STR("GET");
        arguments[2] = SC_STR("appendfsync");
        sc_command_write(out, arguments, 3);
        return;

    case NGX_SOCIALCARE_STEP_ENTER:
        ngx_socialcare_registry_write_entry(refresh->worker, refresh->brand,
                                            out);
        return;

    case NGX_SOCIALCARE_STEP_LIST:
        ngx_socialcare_registry_write_list(refresh->worker, out);
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
                        refresh->with_source);
}


/*
 * The next brand to enter, or, with all entered, the list of them, or the
 * sweeps.
 */

static void
ngx_socialcare_refresh_choose(ngx_socialcare_refresh_t *refresh)
{
    if (refresh->step == NGX_SOCIALCARE_STEP_ENTER) {
        refresh->brand = refresh->no_registry ? NULL
                         : ngx_socialcare_registry_next(refresh->brand,
                                                      refresh->enters_all);
        if (refresh->brand != NULL) {
            return;
        }

        refresh->step = (refresh->enters_all && !refresh->no_registry)
                        ? NGX_SOCIALCARE_STEP_LIST
                        : NGX_SOCIALCARE_STEP_SWEEP;
        refresh->brand = refresh->worker->shared->brands;
    }
}


/* Sends the command for `step`; the round ends if that is not possible. */

static void
ngx_socialcare_refresh_next(ngx_socialcare_refresh_t *refresh)
{
    sc_buf_t  *out;

    ngx_socialcare_refresh_choose(refresh);

    if (refresh->brand == NULL
        && refresh->step >= NGX_SOCIALCARE_STEP_SWEEP)
    {
        refresh->step = NGX_SOCIALCARE_STEP_IDLE;

        if (refresh->reads) {
            refresh->next_read = ngx_current_msec
                                 + NGX_SOCIALCARE_READ_INTERVAL;

            if (refresh->complete) {
                refresh->worker->shared->refresh_ms =
                                 (ngx_atomic_uint_t) ngx_socialcare_now_ms();
                ngx_socialcare_redis_note_round(refresh->worker->redis,
                                                SC_REPLY_OK);
            }
        }

        return;
    }

    /*
     * A slow server makes a round longer than a lease: each step renews it.  A
     * worker that leaves lets another one begin.
     */

    out = (!ngx_exiting && ngx_socialcare_refresh_take_lease(refresh->worker))
          ? ngx_socialcare_redis_begin(refresh->worker->redis) : NULL;

    if (out == NULL) {
        refresh->step = NGX_SOCIALCARE_STEP_IDLE;
        return;
    }

    ngx_socialcare_refresh_write(refresh, out);

    /* Once a round, so that replicas are known before a callback comes. */

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


/* The reply to a sweep or a reading: on to the next step. */

static void
ngx_socialcare_refresh_advance(ngx_socialcare_refresh_t *refresh)
{
    if (refresh->step == NGX_SOCIALCARE_STEP_SWEEP && refresh->reads) {
        refresh->step = NGX_SOCIALCARE_STEP_READ;
        return;
    }

    refresh->step = NGX_SOCIALCARE_STEP_SWEEP;
    refresh->partition++;

    if (refresh->partition >= ngx_max(refresh->brand->partitions, 1)) {

        if (refresh->reads && !refresh->failed) {
            ngx_socialcare_reading_publish(&refresh->reading,
                                           refresh->worker->shared,
                                           refresh->brand);
        }

        refresh->brand = refresh->brand->next;
        ngx_socialcare_refresh_begin_brand(refresh);
    }
}


static void
ngx_socialcare_refresh_script_reply(ngx_socialcare_refresh_t *refresh,
    ngx_socialcare_reply_t *reply)
{
    sc_queue_sweep_t  sweep;

    if (reply->type == NGX_SOCIALCARE_REPLY_ERROR
        && reply->reply_class == SC_REPLY_NOSCRIPT && !refresh->with_source)
    {
        refresh->with_source = 1;
        return;
    }

    refresh->with_source = 0;

    if (reply->type == NGX_SOCIALCARE_REPLY_ERROR) {
        ngx_socialcare_refresh_fail(refresh, reply->reply_class);
        ngx_socialcare_refresh_advance(refresh);
        return;
    }

    if (refresh->step == NGX_SOCIALCARE_STEP_SWEEP) {

        if (!sc_queue_read_sweep(reply->text, &sweep)) {
            ngx_socialcare_refresh_fail(refresh, SC_REPLY_UNEXPECTED);

        } else if (sweep.taken) {
            ngx_socialcare_redis_note_write(refresh->worker->redis);

            if (sweep.more) {
                return;
            }
        }

    } else if (ngx_socialcare_reading_add(&refresh->reading, reply->text)
               != NGX_OK)
    {
        ngx_socialcare_refresh_fail(refresh, SC_REPLY_UNEXPECTED);
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


/* A cache makes room by evicting; a queue must refuse. */

static void
ngx_socialcare_refresh_set_evicts(ngx_socialcare_refresh_t *refresh,
    sc_str_t info)
{
    sc_status_eviction_t      eviction;
    ngx_socialcare_shared_t  *shared;

    shared = refresh->worker->shared;

    if (!sc_str_contains(info, SC_STR("maxmemory_policy:"))) {
        eviction = SC_STATUS_EVICTION_UNKNOWN;

    } else if (sc_str_contains(info, SC_STR("maxmemory_policy:noeviction"))
               || sc_str_contains(info, SC_STR("\nmaxmemory:0\r")))
    {
        eviction = SC_STATUS_EVICTION_NONE;

    } else {
        eviction = SC_STATUS_EVICTION_POSSIBLE;
    }

    if (shared->evicts == (ngx_atomic_uint_t) eviction) {
        return;
    }

    shared->evicts = eviction;

    if (eviction == SC_STATUS_EVICTION_POSSIBLE) {
        ngx_log_error(NGX_LOG_WARN, refresh->timer.log, 0,
                      "socialcare: redis \"%V\" throws away what it "
                      "acknowledged when its memory is full; set "
                      "\"maxmemory-policy noeviction\" there",
                      &refresh->worker->conf->redis.url);
    }
}


static void
ngx_socialcare_refresh_server_reply(ngx_socialcare_refresh_t *refresh,
    ngx_socialcare_reply_t *reply)
{
    if (reply->type != NGX_SOCIALCARE_REPLY_STRING) {

        /* Unknown if the user may not run CONFIG GET. */

        ngx_socialcare_refresh_set_durability(refresh,
                                       NGX_SOCIALCARE_DURABILITY_UNKNOWN);
        ngx_socialcare_refresh_set_evicts(refresh, sc_str_make(NULL, 0));
        refresh->step = NGX_SOCIALCARE_STEP_ENTER;
        return;
    }

    ngx_socialcare_refresh_set_evicts(refresh, reply->text);

    if (sc_str_contains(reply->text, SC_STR("aof_enabled:1"))) {
        refresh->step = NGX_SOCIALCARE_STEP_FSYNC;
        return;
    }

    ngx_socialcare_refresh_set_durability(refresh,
                                          NGX_SOCIALCARE_DURABILITY_NONE);
    refresh->step = NGX_SOCIALCARE_STEP_ENTER;
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
    refresh->step = NGX_SOCIALCARE_STEP_ENTER;
}


/* Brands that the configuration names are swept without it. */

static void
ngx_socialcare_refresh_no_registry(ngx_socialcare_refresh_t *refresh,
    sc_reply_class_t reply_class)
{
    refresh->no_registry = 1;

    if (ngx_socialcare_redis_is_general(reply_class)) {
        ngx_socialcare_redis_note(refresh->worker->redis, reply_class);
        return;
    }

    ngx_socialcare_count(refresh->worker->shared->redis_errors[reply_class]);

    if (refresh->said) {
        return;
    }

    refresh->said = 1;

    ngx_log_error(NGX_LOG_ERR, refresh->timer.log, 0,
                  "socialcare: redis \"%V\" does not keep the list of brands "
                  "\"{%V:known}\" (%s): after a restart, brands that a map "
                  "chooses are unknown until their next mention; %s",
                  &refresh->worker->conf->redis.url,
                  &refresh->worker->conf->redis.prefix,
                  sc_reply_class_name(reply_class),
                  sc_reply_class_advice(reply_class));
}


static void
ngx_socialcare_refresh_registry_reply(ngx_socialcare_refresh_t *refresh,
    ngx_socialcare_reply_t *reply)
{
    ngx_int_t                     rc;
    ngx_uint_t                    lists;
    ngx_socialcare_brand_node_t  *brand;

    lists = (refresh->step == NGX_SOCIALCARE_STEP_LIST);
    brand = refresh->brand;

    /* Whatever the answer is, the sweeps must not wait for the registry. */

    if (lists) {
        refresh->step = NGX_SOCIALCARE_STEP_SWEEP;

    } else {
        refresh->brand = brand->next;
    }

    if (reply->type == NGX_SOCIALCARE_REPLY_ERROR) {
        ngx_socialcare_refresh_no_registry(refresh, reply->reply_class);
        return;
    }

    rc = lists ? ngx_socialcare_registry_read_list(refresh->worker, reply)
               : ngx_socialcare_registry_read_entry(brand, reply);

    if (rc != NGX_OK) {
        ngx_socialcare_refresh_no_registry(refresh, SC_REPLY_UNEXPECTED);
    }

    /* New ones come first. */

    if (lists) {
        refresh->brand = refresh->worker->shared->brands;
    }
}


static void
ngx_socialcare_refresh_reply(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply)
{
    ngx_socialcare_refresh_t  *refresh;

    refresh = (ngx_socialcare_refresh_t *) command;

    if (reply->type == NGX_SOCIALCARE_REPLY_LOST) {

        if (refresh->step < NGX_SOCIALCARE_STEP_SWEEP) {
            refresh->next_server = ngx_current_msec;
        }

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

    case NGX_SOCIALCARE_STEP_ENTER:
    case NGX_SOCIALCARE_STEP_LIST:
        ngx_socialcare_refresh_registry_reply(refresh, reply);
        break;

    default:
        ngx_socialcare_refresh_script_reply(refresh, reply);
        break;
    }

    ngx_socialcare_refresh_next(refresh);
}
