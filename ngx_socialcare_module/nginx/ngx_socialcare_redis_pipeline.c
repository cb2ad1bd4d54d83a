
/*
 * ngx_socialcare_redis_pipeline.c: commands out, replies in: one buffer, one
 * queue of commands awaiting their replies, and the caps on both.  Knows
 * neither how a connection is opened nor how it is closed.
 */

#include "ngx_socialcare_buf.h"
#include "ngx_socialcare_redis_private.h"
#include "ngx_socialcare_reply.h"
#include "ngx_socialcare_zone.h"

#include <ngx_event_connect.h>


/*
 * In flight: once either is reached, no further command is started.  The bytes
 * are some 16,000 events, a quarter of a second's work for the server: half of
 * the default timeout=.
 */
#define NGX_SOCIALCARE_REDIS_MAX_COMMANDS  1024
#define NGX_SOCIALCARE_REDIS_MAX_BYTES     (16 * 1024 * 1024)

/* Room for one more command of the largest body, escaped, with its record. */
#define NGX_SOCIALCARE_REDIS_MAX_OUT       (64 * 1024 * 1024)

/* What a turn of callbacks with twenty mentions each fills; if less were kept,
 * each such turn would grow the buffer from scratch. */
#define NGX_SOCIALCARE_REDIS_KEEP_BYTES    (1024 * 1024)


void
ngx_socialcare_redis_pipeline_init(ngx_socialcare_redis_t *redis)
{
    ngx_queue_init(&redis->in_flight);
    ngx_socialcare_buf_init(&redis->out, NGX_SOCIALCARE_REDIS_MAX_OUT,
                            redis->log);
}


ngx_uint_t
ngx_socialcare_redis_foreground(ngx_socialcare_redis_t *redis)
{
    return redis->commands - redis->background;
}


void
ngx_socialcare_redis_gauge(ngx_socialcare_redis_t *redis)
{
    redis->gauges->in_flight = redis->commands;
    redis->gauges->in_flight_items = redis->items;

    if (redis->peer.connection != NULL) {
        redis->peer.connection->idle =
                            (redis->state == NGX_SOCIALCARE_REDIS_READY
                             && redis->commands == 0);
    }

    /*
     * The timer keeps an exiting worker alive while replies are pending, and
     * no longer.
     */
    redis->timer.cancelable = (redis->commands == 0);
}


sc_buf_t *
ngx_socialcare_redis_begin(ngx_socialcare_redis_t *redis)
{
    if (redis->state != NGX_SOCIALCARE_REDIS_READY
        || redis->close_after != SC_REPLY_OK)
    {
        return NULL;
    }

    if (redis->commands >= NGX_SOCIALCARE_REDIS_MAX_COMMANDS
        || redis->bytes >= NGX_SOCIALCARE_REDIS_MAX_BYTES)
    {
        ngx_socialcare_count(redis->shared->in_flight_refused);
        return NULL;
    }

    redis->out_begun = redis->out.len;

    return &redis->out;
}


ngx_int_t
ngx_socialcare_redis_commit(ngx_socialcare_redis_t *redis,
    ngx_socialcare_command_t *command)
{
    struct timeval  tv;

    /* A command that did not fit is discarded, without harm to others. */

    if (redis->out.failed) {
        redis->out.failed = false;
        redis->out.len = redis->out_begun;
        return NGX_ERROR;
    }

    ngx_queue_insert_tail(&redis->in_flight, &command->queue);
    command->bytes = redis->out.len - redis->out_begun;
    redis->commands++;
    redis->background += command->background;
    redis->items += command->items;
    redis->bytes += command->bytes;
    redis->written |= command->writes;

    ngx_gettimeofday(&tv);
    command->sent = ngx_current_msec;
    command->sent_us = (uint64_t) tv.tv_sec * 1000000 + (uint64_t) tv.tv_usec;

    if (redis->state == NGX_SOCIALCARE_REDIS_READY
        && !redis->timer.timer_set)
    {
        ngx_add_timer(&redis->timer, redis->conf->timeout);
    }

    ngx_socialcare_redis_gauge(redis);

    ngx_socialcare_count(redis->shared->redis_commands);

    if (!command->again) {
        ngx_socialcare_count_more(redis->shared->redis_items, command->items);
    }

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_redis_send(ngx_socialcare_redis_t *redis,
    ngx_socialcare_command_t *command, sc_str_t *arguments, ngx_uint_t n)
{
    redis->out_begun = redis->out.len;

    sc_command_write(&redis->out, arguments, n);

    return ngx_socialcare_redis_commit(redis, command);
}


/*
 * Under a load that never lets the buffer run empty it would otherwise keep
 * everything ever sent.  At least half of it is dropped at a time, so that no
 * more bytes are moved than were sent.
 */

static void
ngx_socialcare_redis_drop_sent(ngx_socialcare_redis_t *redis)
{
    size_t  left;

    left = redis->out.len - redis->out_sent;

    if (left > redis->out_sent) {
        return;
    }

    ngx_memcpy(redis->out.data, redis->out.data + redis->out_sent, left);

    redis->out.len = left;
    redis->out_sent = 0;
}


void
ngx_socialcare_redis_flush(ngx_socialcare_redis_t *redis)
{
    ssize_t            n;
    ngx_connection_t  *c;

    c = redis->peer.connection;

    if (c == NULL || redis->handling) {
        return;
    }

    if (ngx_socialcare_redis_wait(redis) != NGX_OK) {
        ngx_socialcare_redis_close(redis, "no memory");
        return;
    }

    while (redis->out_sent < redis->out.len) {
        n = c->send(c, redis->out.data + redis->out_sent,
                    redis->out.len - redis->out_sent);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n <= 0) {
            ngx_socialcare_redis_close(redis, "the connection broke");
            return;
        }

        redis->out_sent += (size_t) n;
        ngx_socialcare_count_more(redis->shared->redis_bytes_out, n);
    }

    if (redis->out_sent > 0) {
        ngx_socialcare_redis_drop_sent(redis);
    }

    if (redis->out.len == 0) {
        ngx_socialcare_buf_reset(&redis->out,
                                 NGX_SOCIALCARE_REDIS_KEEP_BYTES);
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_socialcare_redis_close(redis, "no event for the connection");
    }
}


ngx_int_t
ngx_socialcare_redis_handle_replies(ngx_socialcare_redis_t *redis)
{
    ngx_int_t                  rc;
    struct timeval             tv;
    ngx_queue_t               *q;
    ngx_socialcare_reply_t    *reply;
    ngx_socialcare_command_t  *command;

    ngx_gettimeofday(&tv);
    redis->handling = 1;
    redis->last_reply = ngx_current_msec;

    for ( ;; ) {
        rc = ngx_socialcare_reader_next(redis->reader, &reply);

        if (rc != NGX_OK) {
            break;
        }

        if (ngx_queue_empty(&redis->in_flight)) {

            /* "ERR max number of clients reached" comes unsolicited. */

            if (reply->type == NGX_SOCIALCARE_REPLY_ERROR) {
                ngx_socialcare_redis_note(redis, reply->reply_class);
            }

            rc = redis->close_after != SC_REPLY_OK ? NGX_AGAIN : NGX_ERROR;
            break;
        }

        q = ngx_queue_head(&redis->in_flight);
        command = ngx_queue_data(q, ngx_socialcare_command_t, queue);
        ngx_queue_remove(q);

        redis->commands--;
        redis->background -= command->background;
        redis->items -= command->items;
        redis->bytes -= command->bytes;

        /* How long replicas take says nothing about the server. */

        if (command != &redis->wait) {
            redis->gauges->redis_round_trip_us = (ngx_atomic_uint_t)
                           ((uint64_t) tv.tv_sec * 1000000
                            + (uint64_t) tv.tv_usec - command->sent_us);
        }

        command->handler(command, reply);
    }

    redis->handling = 0;
    ngx_socialcare_redis_gauge(redis);

    return rc == NGX_AGAIN ? NGX_OK : NGX_ERROR;
}


ngx_msec_int_t
ngx_socialcare_redis_time_left(ngx_socialcare_redis_t *redis,
    ngx_socialcare_command_t *command)
{
    ngx_msec_int_t  since_sent, since_reply;

    since_sent = (ngx_msec_int_t) (ngx_current_msec - command->sent);
    since_reply = (ngx_msec_int_t) (ngx_current_msec - redis->last_reply);

    return ngx_max((ngx_msec_int_t) redis->conf->timeout - since_sent,
                   ngx_min((ngx_msec_int_t) redis->conf->timeout - since_reply,
                           2 * (ngx_msec_int_t) redis->conf->timeout
                           - since_sent));
}
