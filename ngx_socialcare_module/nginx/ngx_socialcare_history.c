
/*
 * ngx_socialcare_history.c: walking over the hours of all series.
 *
 * A pass takes one brand after another.  A brand's hashes, one for each
 * partition, series and hour, are read in slices: first the lengths of some
 * hashes, then the contents of the non-empty ones, a few thousand fields at a
 * time, then a pause.  So no command takes Redis more than a millisecond or
 * two, no turn of the event loop is long, and callbacks get in between.  Sums
 * are built in the worker's memory, which is reused for every brand, and
 * published when the brand is complete; if it cannot be completed, what was
 * published before stays.
 *
 * The pass over the last four hours (5m and 1h windows) starts every 15 seconds
 * and takes precedence over the one over eight days, which it interrupts
 * between two brands.
 */

#include "ngx_socialcare_history.h"
#include "ngx_socialcare_redis.h"
#include "ngx_socialcare_refresh.h"
#include "ngx_socialcare_zone.h"

#include "sc_queue_read.h"


#define NGX_SOCIALCARE_HISTORY_TICK       250

/* Between two slices. */
#define NGX_SOCIALCARE_HISTORY_PAUSE      5

#define NGX_SOCIALCARE_RECENT_INTERVAL    15000
#define NGX_SOCIALCARE_RECENT_HOURS       4

/* At least, if new series have appeared. */
#define NGX_SOCIALCARE_NEW_INTERVAL       3000

/* From start to start; the longer the pass, the longer the interval. */
#define NGX_SOCIALCARE_LONG_INTERVAL      60000
#define NGX_SOCIALCARE_LONG_INTERVAL_MAX  300000

#define NGX_SOCIALCARE_HISTORY_KEYS       64
#define NGX_SOCIALCARE_HISTORY_FIELDS     4096     /* of one turn */
#define NGX_SOCIALCARE_HISTORY_HASH       16000    /* of one hash */

/* Queues times channels of one brand. */
#define NGX_SOCIALCARE_HISTORY_SERIES     64


typedef enum {
    NGX_SOCIALCARE_HISTORY_IDLE = 0,
    NGX_SOCIALCARE_HISTORY_LENGTHS,
    NGX_SOCIALCARE_HISTORY_CONTENTS
} ngx_socialcare_history_step_e;


typedef struct ngx_socialcare_history_s  ngx_socialcare_history_t;

typedef struct {
    ngx_socialcare_command_t       command;       /* first: cast from it */
    ngx_socialcare_history_t      *history;
    ngx_uint_t                     partition;
    ngx_uint_t                     series;
    int64_t                        hour;
    int64_t                        length;
} ngx_socialcare_history_key_t;


/* Progress of one of the two passes. */

typedef struct {
    int64_t                        hours;         /* with the current one */
    int64_t                        started_ms;
    int64_t                        next_ms;
    ngx_uint_t                     series_count;  /* known when it started */
    ngx_uint_t                     lost;          /* parts: Redis went away */
    ngx_socialcare_brand_node_t   *brand;         /* NULL: not running */
} ngx_socialcare_history_pass_t;


struct ngx_socialcare_history_s {
    ngx_socialcare_worker_t       *worker;
    ngx_pool_t                    *pool;
    ngx_event_t                    timer;
    ngx_connection_t               timer_data;

    ngx_socialcare_history_pass_t  recent;
    ngx_socialcare_history_pass_t  past;
    ngx_socialcare_history_pass_t *pass;          /* of the current brand */

    /* The current brand. */
    ngx_uint_t                     begun;
    ngx_uint_t                     failed;
    ngx_socialcare_series_node_t  *nodes[NGX_SOCIALCARE_HISTORY_SERIES];
    ngx_uint_t                     nodes_count;
    ngx_uint_t                     partition;     /* the next key */
    ngx_uint_t                     series;
    int64_t                        hour;
    sc_plan_t                      plan;

    /* The current slice. */
    ngx_socialcare_history_step_e  step;
    ngx_uint_t                     keys_count;
    ngx_uint_t                     next;          /* whose contents follow */
    ngx_uint_t                     waiting;       /* for replies */
    ngx_socialcare_history_key_t   keys[NGX_SOCIALCARE_HISTORY_KEYS];

    /* Allocated when this worker reads for the first time. */
    sc_tally_t                    *tally;
    sc_brand_tally_t              *brand_tally;
    sc_series_tally_t             *series_tallies;
};


static ngx_socialcare_history_t  ngx_socialcare_history;


static void ngx_socialcare_history_timer(ngx_event_t *ev);
static void ngx_socialcare_history_reply(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply);


ngx_int_t
ngx_socialcare_history_init(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker)
{
    ngx_uint_t                 i;
    ngx_socialcare_history_t  *history;

    history = &ngx_socialcare_history;

    history->worker = worker;
    history->pool = cycle->pool;
    history->recent.hours = NGX_SOCIALCARE_RECENT_HOURS;
    history->past.hours = SC_PLAN_HOURS;

    for (i = 0; i < NGX_SOCIALCARE_HISTORY_KEYS; i++) {
        history->keys[i].history = history;
        history->keys[i].command.handler = ngx_socialcare_history_reply;
    }

    history->timer_data.fd = (ngx_socket_t) -1;
    history->timer_data.data = history;
    history->timer.handler = ngx_socialcare_history_timer;
    history->timer.data = &history->timer_data;
    history->timer.log = cycle->log;
    history->timer.cancelable = 1;

    ngx_add_timer(&history->timer, NGX_SOCIALCARE_HISTORY_TICK);

    return NGX_OK;
}


/* ngx_add_timer() leaves a timer as it is if the new time differs little. */

static void
ngx_socialcare_history_again(ngx_socialcare_history_t *history, ngx_msec_t ms)
{
    if (history->timer.timer_set) {
        ngx_del_timer(&history->timer);
    }

    ngx_add_timer(&history->timer, ms);
}


static ngx_int_t
ngx_socialcare_history_allocate(ngx_socialcare_history_t *history)
{
    if (history->series_tallies != NULL) {
        return NGX_OK;
    }

    history->tally = ngx_palloc(history->pool, sizeof(sc_tally_t));
    history->brand_tally = ngx_palloc(history->pool,
                                      sizeof(sc_brand_tally_t));
    history->series_tallies = ngx_palloc(history->pool,
                                         NGX_SOCIALCARE_HISTORY_SERIES
                                         * sizeof(sc_series_tally_t));

    if (history->tally == NULL || history->brand_tally == NULL
        || history->series_tallies == NULL)
    {
        history->series_tallies = NULL;
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* The pass to continue or to start; NULL: none is due. */

static ngx_socialcare_history_pass_t *
ngx_socialcare_history_choose(ngx_socialcare_history_t *history)
{
    int64_t                         now_ms;
    ngx_uint_t                      i;
    ngx_socialcare_history_pass_t  *pass, *passes[2];

    now_ms = ngx_socialcare_now_ms();
    passes[0] = &history->recent;
    passes[1] = &history->past;

    for (i = 0; i < 2; i++) {
        pass = passes[i];

        /* New series should show soon; the clock may have been set back. */

        if (pass->brand == NULL
            && (now_ms >= pass->next_ms || pass->started_ms > now_ms
                || (pass->series_count
                    != history->worker->shared->series_count
                    && now_ms - pass->started_ms
                       >= NGX_SOCIALCARE_NEW_INTERVAL)))
        {
            pass->brand = history->worker->shared->brands;
            pass->lost = 0;
            pass->series_count = history->worker->shared->series_count;
            pass->started_ms = now_ms;
            pass->next_ms = now_ms + NGX_SOCIALCARE_RECENT_INTERVAL;
        }

        if (pass->brand != NULL) {
            return pass;
        }
    }

    return NULL;
}


static void
ngx_socialcare_history_begin_brand(ngx_socialcare_history_t *history)
{
    ngx_socialcare_series_node_t  *node;

    history->begun = 1;
    history->failed = 0;
    history->partition = 0;
    history->series = 0;
    history->nodes_count = 0;

    for (node = history->pass->brand->series; node; node = node->next) {
        if (history->nodes_count == NGX_SOCIALCARE_HISTORY_SERIES) {
            ngx_socialcare_count(history->worker->shared->series_overflow);
            continue;
        }

        history->nodes[history->nodes_count++] = node;
    }

    sc_plan_init(&history->plan, ngx_socialcare_now_ms());
    history->hour = history->plan.hour - history->pass->hours + 1;

    ngx_memzero(history->brand_tally, sizeof(sc_brand_tally_t));
    ngx_memzero(history->series_tallies,
                history->nodes_count * sizeof(sc_series_tally_t));
}


static void
ngx_socialcare_history_publish_recent(ngx_socialcare_history_t *history)
{
    ngx_uint_t                i;
    sc_slots_summary_t        slots;
    sc_recent_summary_t       recent;
    ngx_socialcare_shared_t  *shared;

    shared = history->worker->shared;

    for (i = 0; i < history->nodes_count; i++) {
        sc_summary_recent(&history->series_tallies[i], history->plan.now_ms,
                          &recent);
        ngx_socialcare_zone_publish(shared, &history->nodes[i]->recent,
                                    &recent, sizeof(recent));
    }

    sc_summary_slots(history->brand_tally, history->plan.now_ms, &slots);
    ngx_socialcare_zone_publish(shared, &history->pass->brand->slots, &slots,
                                sizeof(slots));
}


static void
ngx_socialcare_history_publish_past(ngx_socialcare_history_t *history)
{
    ngx_uint_t                    i;
    sc_fairness_t                 fairness;
    sc_hours_summary_t            hours;
    sc_history_summary_t          past;
    ngx_socialcare_shared_t      *shared;
    ngx_socialcare_brand_node_t  *brand;

    shared = history->worker->shared;
    brand = history->pass->brand;

    for (i = 0; i < history->nodes_count; i++) {
        sc_summary_history(&history->series_tallies[i], history->plan.now_ms,
                           &past);
        ngx_socialcare_zone_publish(shared, &history->nodes[i]->history, &past,
                                    sizeof(past));
    }

    sc_summary_hours(history->brand_tally, history->plan.now_ms, &hours);
    ngx_socialcare_zone_publish(shared, &brand->hours, &hours, sizeof(hours));

    ngx_memzero(&fairness, sizeof(sc_fairness_t));
    sc_fairness_summarize(history->brand_tally, history->plan.now_ms,
                          &fairness);
    ngx_socialcare_zone_publish(shared, &brand->fairness, &fairness,
                                sizeof(fairness));
}


/* All keys of the brand were read, or some could not be: on to the next. */

static void
ngx_socialcare_history_end_brand(ngx_socialcare_history_t *history)
{
    int64_t                         now_ms, took_ms;
    ngx_socialcare_history_pass_t  *pass;

    pass = history->pass;
    history->begun = 0;

    if (!history->failed) {
        if (pass == &history->recent) {
            ngx_socialcare_history_publish_recent(history);

        } else {
            ngx_socialcare_history_publish_past(history);
        }
    }

    pass->brand = pass->brand->next;

    /* What was lost with a connection is read again soon. */

    if (pass->brand == NULL && pass == &history->past && !pass->lost) {
        now_ms = ngx_socialcare_now_ms();
        took_ms = now_ms - pass->started_ms;

        pass->next_ms = pass->started_ms
                        + ngx_min(ngx_max(4 * took_ms,
                                          NGX_SOCIALCARE_LONG_INTERVAL),
                                  NGX_SOCIALCARE_LONG_INTERVAL_MAX);
    }
}


/* The next key of the brand; 0: there is none. */

static ngx_uint_t
ngx_socialcare_history_next_key(ngx_socialcare_history_t *history,
    ngx_socialcare_history_key_t *key)
{
    if (history->nodes_count == 0
        || history->partition >= ngx_max(history->pass->brand->partitions, 1))
    {
        return 0;
    }

    key->partition = history->partition;
    key->series = history->series;
    key->hour = history->hour;
    key->length = 0;

    if (++history->hour > history->plan.hour) {
        history->hour = history->plan.hour - history->pass->hours + 1;

        if (++history->series == history->nodes_count) {
            history->series = 0;
            history->partition++;
        }
    }

    return 1;
}


static ngx_int_t
ngx_socialcare_history_send(ngx_socialcare_history_t *history,
    ngx_socialcare_history_key_t *key)
{
    sc_buf_t                      *out, tag, name;
    sc_str_t                       arguments[2];
    u_char                         tag_text[512], name_text[1024];
    ngx_socialcare_series_node_t  *node;

    out = ngx_socialcare_redis_begin(history->worker->redis);
    if (out == NULL) {
        return NGX_ERROR;
    }

    node = history->nodes[key->series];

    sc_buf_init_fixed(&tag, tag_text, sizeof(tag_text));
    sc_queue_write_tag(&tag,
                       ngx_socialcare_to_core(
                                      history->worker->conf->redis.prefix),
                       ngx_socialcare_to_core(history->pass->brand->name),
                       (unsigned) key->partition);

    if (history->step == NGX_SOCIALCARE_HISTORY_CONTENTS) {
        sc_queue_write_hour(out, sc_buf_str(&tag),
                            ngx_socialcare_to_core(node->queue),
                            ngx_socialcare_to_core(node->channel), key->hour);

    } else {
        sc_buf_init_fixed(&name, name_text, sizeof(name_text));
        sc_queue_write_hour_key(&name, sc_buf_str(&tag),
                                ngx_socialcare_to_core(node->queue),
                                ngx_socialcare_to_core(node->channel),
                                key->hour);
        arguments[0] = SC_STR("HLEN");
        arguments[1] = sc_buf_str(&name);
        sc_command_write(out, arguments, 2);
    }

    if (ngx_socialcare_redis_commit(history->worker->redis, &key->command)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    history->waiting++;

    return NGX_OK;
}


/* Requests the lengths of the next hashes. */

static void
ngx_socialcare_history_slice(ngx_socialcare_history_t *history)
{
    ngx_socialcare_history_key_t  *key;

    history->step = NGX_SOCIALCARE_HISTORY_LENGTHS;
    history->keys_count = 0;
    history->next = 0;

    while (history->keys_count < NGX_SOCIALCARE_HISTORY_KEYS) {
        key = &history->keys[history->keys_count];

        if (!ngx_socialcare_history_next_key(history, key)) {
            break;
        }

        if (ngx_socialcare_history_send(history, key) != NGX_OK) {
            history->failed = 1;
            break;
        }

        history->keys_count++;
    }

    if (history->waiting == 0) {
        history->step = NGX_SOCIALCARE_HISTORY_IDLE;
        ngx_socialcare_history_end_brand(history);
    }
}


/* Requests the contents of some of them; 0: all have been requested. */

static ngx_uint_t
ngx_socialcare_history_contents(ngx_socialcare_history_t *history)
{
    int64_t                        fields;
    ngx_socialcare_history_key_t  *key;

    history->step = NGX_SOCIALCARE_HISTORY_CONTENTS;
    fields = 0;

    for ( /* void */ ; history->next < history->keys_count; history->next++) {
        key = &history->keys[history->next];

        if (key->length == 0) {
            continue;
        }

        if (fields > 0
            && fields + key->length > NGX_SOCIALCARE_HISTORY_FIELDS)
        {
            break;
        }

        if (ngx_socialcare_history_send(history, key) != NGX_OK) {
            history->failed = 1;
            return 0;
        }

        fields += key->length;
    }

    return history->waiting > 0;
}


static void
ngx_socialcare_history_timer(ngx_event_t *ev)
{
    ngx_connection_t          *c;
    ngx_socialcare_history_t  *history;

    c = ev->data;
    history = c->data;

    if (ngx_exiting) {
        return;
    }

    ngx_add_timer(ev, NGX_SOCIALCARE_HISTORY_TICK);

    if (history->step != NGX_SOCIALCARE_HISTORY_IDLE
        || ngx_socialcare_redis_state(history->worker->redis)
           != NGX_SOCIALCARE_REDIS_READY)
    {
        return;
    }

    if (!ngx_socialcare_refresh_is_ours(history->worker)
        || history->worker->shared->refresh_ms == 0
        || ngx_socialcare_history_allocate(history) != NGX_OK)
    {
        history->begun = 0;
        return;
    }

    if (!history->begun) {
        history->pass = ngx_socialcare_history_choose(history);

        if (history->pass == NULL) {
            return;
        }

        ngx_socialcare_history_begin_brand(history);
    }

    ngx_socialcare_history_slice(history);
    ngx_socialcare_redis_flush(history->worker->redis);

    if (history->step == NGX_SOCIALCARE_HISTORY_IDLE) {
        ngx_socialcare_history_again(history, NGX_SOCIALCARE_HISTORY_PAUSE);
    }
}


static void
ngx_socialcare_history_length(ngx_socialcare_history_t *history,
    ngx_socialcare_history_key_t *key, ngx_socialcare_reply_t *reply)
{
    if (reply->type != NGX_SOCIALCARE_REPLY_INTEGER) {
        history->failed = 1;
        return;
    }

    key->length = reply->integer;

    if (key->length > NGX_SOCIALCARE_HISTORY_HASH) {
        ngx_socialcare_count(history->worker->shared->series_overflow);
        history->failed = 1;
    }
}


static void
ngx_socialcare_history_fields(ngx_socialcare_history_t *history,
    ngx_socialcare_history_key_t *key, ngx_socialcare_reply_t *reply)
{
    ngx_uint_t      i;
    sc_channel_t    channel;
    sc_tally_t     *tally;

    if (reply->type != NGX_SOCIALCARE_REPLY_ARRAY || reply->count % 2 != 0) {
        history->failed = 1;
        return;
    }

    if (!sc_channel_by_name(
               ngx_socialcare_to_core(history->nodes[key->series]->channel),
               &channel))
    {
        channel = SC_CHANNEL_OTHER;
    }

    tally = history->tally;

    sc_tally_begin(tally, &history->plan,
                   &history->series_tallies[key->series],
                   history->brand_tally, channel, key->hour);

    for (i = 0; i < reply->count; i += 2) {
        sc_tally_add(tally, reply->elements[i]->text,
                     reply->elements[i + 1]->text);
    }

    sc_tally_end(tally);
}


/* Every key of the turn was answered. */

static void
ngx_socialcare_history_answered(ngx_socialcare_history_t *history)
{
    if (!history->failed && !ngx_exiting
        && ngx_socialcare_history_contents(history))
    {
        return;
    }

    if (history->waiting > 0) {
        return;
    }

    history->step = NGX_SOCIALCARE_HISTORY_IDLE;

    if (history->failed) {
        ngx_socialcare_history_end_brand(history);
    }

    if (!ngx_exiting) {
        ngx_socialcare_history_again(history, NGX_SOCIALCARE_HISTORY_PAUSE);
    }
}


static void
ngx_socialcare_history_reply(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply)
{
    ngx_socialcare_history_t      *history;
    ngx_socialcare_history_key_t  *key;

    key = (ngx_socialcare_history_key_t *) command;
    history = key->history;

    history->waiting--;

    if (reply->type == NGX_SOCIALCARE_REPLY_LOST) {
        history->failed = 1;
        history->pass->lost = 1;

    } else if (reply->type == NGX_SOCIALCARE_REPLY_ERROR) {
        history->failed = 1;

    } else if (history->step == NGX_SOCIALCARE_HISTORY_LENGTHS) {
        ngx_socialcare_history_length(history, key, reply);

    } else {
        ngx_socialcare_history_fields(history, key, reply);
    }

    if (history->waiting == 0) {
        ngx_socialcare_history_answered(history);
    }
}
