
/*
 * ngx_socialcare_redis.c: connection, pipeline, time-outs.  What is said
 * on it first, and what the server's answers mean, is _redis_server.c's.
 *
 * One function a state change goes through (_set_state), one through which a
 * connection ends (_close): it hands every command still in flight back as
 * lost.  Handlers of lost commands run after the socket is gone, so they may
 * send again and find the connection down.
 */

#include "ngx_socialcare_redis_private.h"
#include "ngx_socialcare_reply.h"
#include "ngx_socialcare_zone.h"

#include <ngx_event_connect.h>


/* In flight: beyond either no further command is begun. */
#define NGX_SOCIALCARE_REDIS_MAX_COMMANDS  1024
#define NGX_SOCIALCARE_REDIS_MAX_BYTES     (4 * 1024 * 1024)

/* Room for one more command of the largest body, escaped, with its record. */
#define NGX_SOCIALCARE_REDIS_MAX_OUT       (64 * 1024 * 1024)

#define NGX_SOCIALCARE_REDIS_KEEP_BYTES    (256 * 1024)
#define NGX_SOCIALCARE_REDIS_READ_SIZE     16384

/* Back-off between tries: doubling from the first to the last, full jitter. */
#define NGX_SOCIALCARE_REDIS_BACKOFF_FIRST  50
#define NGX_SOCIALCARE_REDIS_BACKOFF_LAST   2000

/* After a refusal that time alone does not mend. */
#define NGX_SOCIALCARE_REDIS_BACKOFF_ERROR  1000


static void ngx_socialcare_redis_connect(ngx_socialcare_redis_t *redis);
static void ngx_socialcare_redis_read_handler(ngx_event_t *rev);
static void ngx_socialcare_redis_write_handler(ngx_event_t *wev);
static void ngx_socialcare_redis_timer_handler(ngx_event_t *ev);
static void ngx_socialcare_redis_retry_handler(ngx_event_t *ev);
static ngx_int_t ngx_socialcare_redis_handle_replies(
    ngx_socialcare_redis_t *redis);


static const char *const  ngx_socialcare_redis_state_names[] = {
    "down", "connecting", "handshake", "ready", "closed"
};


static u_char *
ngx_socialcare_redis_grow(void *owner, u_char *old, size_t used, size_t size)
{
    u_char                  *data;
    ngx_socialcare_redis_t  *redis;

    redis = owner;

    data = ngx_alloc(size, redis->log);
    if (data == NULL) {
        return NULL;
    }

    if (old != NULL) {
        ngx_memcpy(data, old, used);
        ngx_free(old);
    }

    return data;
}


ngx_socialcare_redis_t *
ngx_socialcare_redis_create(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker, ngx_socialcare_redis_state_pt handler)
{
    ngx_socialcare_redis_t  *redis;

    redis = ngx_pcalloc(cycle->pool, sizeof(ngx_socialcare_redis_t));
    if (redis == NULL) {
        return NULL;
    }

    redis->conf = &worker->conf->redis;
    redis->shared = worker->shared;
    redis->gauges = &worker->shared->workers[worker->slot];
    redis->state_handler = handler;
    redis->log = cycle->log;
    redis->quiet_log = *cycle->log;
    redis->quiet_log.log_level = NGX_LOG_EMERG;

    redis->read_buffer = ngx_palloc(cycle->pool,
                                    NGX_SOCIALCARE_REDIS_READ_SIZE);
    redis->reader = ngx_socialcare_reader_create(cycle->log);

    if (redis->read_buffer == NULL || redis->reader == NULL) {
        return NULL;
    }

    ngx_queue_init(&redis->in_flight);
    sc_buf_init(&redis->out, ngx_socialcare_redis_grow, redis,
                NGX_SOCIALCARE_REDIS_MAX_OUT);


    redis->timer_data.fd = (ngx_socket_t) -1;
    redis->timer_data.data = redis;

    redis->timer.handler = ngx_socialcare_redis_timer_handler;
    redis->timer.data = &redis->timer_data;
    redis->timer.log = cycle->log;

    /* A worker that waits for its next try has nothing to stay for. */
    redis->retry.handler = ngx_socialcare_redis_retry_handler;
    redis->retry.data = &redis->timer_data;
    redis->retry.log = cycle->log;
    redis->retry.cancelable = 1;

    redis->next_addr = ngx_random() % redis->conf->naddrs;
    redis->gauges->redis_since_ms =
                                (ngx_atomic_uint_t) ngx_socialcare_now_ms();

    /* Workers started together shall not connect together. */
    ngx_add_timer(&redis->retry,
                  1 + ngx_random() % NGX_SOCIALCARE_REDIS_BACKOFF_FIRST);

    return redis;
}


ngx_socialcare_redis_state_e
ngx_socialcare_redis_state(ngx_socialcare_redis_t *redis)
{
    return redis->state;
}


void
ngx_socialcare_redis_wake(ngx_socialcare_redis_t *redis)
{
    if (redis->state == NGX_SOCIALCARE_REDIS_DOWN && redis->backoff == 0) {
        ngx_socialcare_redis_connect(redis);
    }
}


void
ngx_socialcare_redis_set_state(ngx_socialcare_redis_t *redis,
    ngx_socialcare_redis_state_e state)
{
    if (redis->state == state) {
        return;
    }

    redis->state = state;
    redis->gauges->redis_state = state;
    redis->gauges->redis_since_ms =
                                (ngx_atomic_uint_t) ngx_socialcare_now_ms();

    redis->state_handler(redis, state);
}


static void
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
     * The timer keeps a leaving worker while replies are awaited, and no
     * longer.
     */
    redis->timer.cancelable = (redis->commands == 0);
}


static void
ngx_socialcare_redis_connect(ngx_socialcare_redis_t *redis)
{
    ngx_int_t          rc;
    ngx_addr_t        *addr;
    ngx_connection_t  *c;

    if (redis->retry.timer_set) {
        ngx_del_timer(&redis->retry);
    }

    addr = &redis->conf->addrs[redis->next_addr++ % redis->conf->naddrs];

    ngx_memzero(&redis->peer, sizeof(ngx_peer_connection_t));

    redis->peer.sockaddr = addr->sockaddr;
    redis->peer.socklen = addr->socklen;
    redis->peer.name = &addr->name;
    redis->peer.get = ngx_event_get_peer;
    redis->peer.log = redis->backoff == 0 ? redis->log : &redis->quiet_log;
    redis->peer.log_error = NGX_ERROR_ERR;

    ngx_socialcare_redis_set_state(redis, NGX_SOCIALCARE_REDIS_CONNECTING);

    rc = ngx_event_connect_peer(&redis->peer);

    if (rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        ngx_socialcare_redis_close(redis, "could not connect");
        return;
    }

    c = redis->peer.connection;
    c->data = redis;
    c->log = redis->log;
    c->read->log = redis->log;
    c->write->log = redis->log;
    c->read->handler = ngx_socialcare_redis_read_handler;
    c->write->handler = ngx_socialcare_redis_write_handler;

    ngx_add_timer(&redis->timer, redis->conf->connect_timeout);
    redis->timer.cancelable = 0;

    if (rc == NGX_OK) {
        ngx_socialcare_redis_handshake(redis);
    }
}


static ngx_int_t
ngx_socialcare_redis_test_connect(ngx_connection_t *c)
{
    int        err;
    socklen_t  len;

    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    return err ? NGX_ERROR : NGX_OK;
}


sc_buf_t *
ngx_socialcare_redis_begin(ngx_socialcare_redis_t *redis)
{
    if (redis->state != NGX_SOCIALCARE_REDIS_READY || redis->close_after) {
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

    /* What did not fit is taken back: those before it must not suffer. */

    if (redis->out.failed) {
        redis->out.failed = false;
        redis->out.len = redis->out_begun;
        return NGX_ERROR;
    }

    ngx_queue_insert_tail(&redis->in_flight, &command->queue);
    command->bytes = redis->out.len - redis->out_begun;
    redis->commands++;
    redis->items += command->items;
    redis->bytes += command->bytes;

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
    ngx_socialcare_count_more(redis->shared->redis_items, command->items);

    return NGX_OK;
}


/*
 * Under a load that never lets the buffer run empty it would otherwise grow
 * with all that was ever sent.  Half of it at least is given free, so that a
 * byte is moved once.
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
        if (redis->out.size > NGX_SOCIALCARE_REDIS_KEEP_BYTES) {
            ngx_free(redis->out.data);
            sc_buf_init(&redis->out, ngx_socialcare_redis_grow, redis,
                        NGX_SOCIALCARE_REDIS_MAX_OUT);
        }
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_socialcare_redis_close(redis, "no event for the connection");
    }
}


static void
ngx_socialcare_redis_write_handler(ngx_event_t *wev)
{
    ngx_connection_t        *c;
    ngx_socialcare_redis_t  *redis;

    c = wev->data;
    redis = c->data;

    if (redis->state == NGX_SOCIALCARE_REDIS_CONNECTING) {

        if (ngx_socialcare_redis_test_connect(c) != NGX_OK) {
            ngx_socialcare_redis_close(redis, "could not connect");
            return;
        }

        ngx_socialcare_redis_handshake(redis);
        return;
    }

    ngx_socialcare_redis_flush(redis);
}


static void
ngx_socialcare_redis_read_handler(ngx_event_t *rev)
{
    ssize_t                  n;
    ngx_connection_t        *c;
    ngx_socialcare_redis_t  *redis;

    c = rev->data;
    redis = c->data;

    if (c->close) {

        /*
         * The worker is leaving.  A request that is still being read may
         * want the connection once more: _wake makes it anew then.
         */

        ngx_socialcare_redis_close(redis, NULL);

        if (redis->retry.timer_set) {
            ngx_del_timer(&redis->retry);
        }

        redis->backoff = 0;
        return;
    }

    if (redis->state == NGX_SOCIALCARE_REDIS_CONNECTING) {
        if (ngx_socialcare_redis_test_connect(c) != NGX_OK) {
            ngx_socialcare_redis_close(redis, "could not connect");
        }

        return;
    }

    for ( ;; ) {
        n = c->recv(c, redis->read_buffer, NGX_SOCIALCARE_REDIS_READ_SIZE);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n <= 0) {
            ngx_socialcare_redis_close(redis, "the connection broke");
            return;
        }

        if (ngx_socialcare_reader_feed(redis->reader, redis->read_buffer,
                                       (size_t) n)
            != NGX_OK
            || ngx_socialcare_redis_handle_replies(redis) != NGX_OK)
        {
            ngx_socialcare_redis_close(redis, "the reply is not Redis'");
            return;
        }

        if (redis->close_after) {
            ngx_socialcare_redis_close(redis, NULL);
            return;
        }
    }

    ngx_socialcare_redis_flush(redis);

    if (redis->peer.connection != NULL
        && ngx_handle_read_event(rev, 0) != NGX_OK)
    {
        ngx_socialcare_redis_close(redis, "no event for the connection");
    }
}


static ngx_int_t
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

            /* "ERR max number of clients reached" comes unasked. */

            if (reply->type == NGX_SOCIALCARE_REPLY_ERROR) {
                ngx_socialcare_redis_note(redis, reply->reply_class);
            }

            rc = redis->close_after ? NGX_AGAIN : NGX_ERROR;
            break;
        }

        q = ngx_queue_head(&redis->in_flight);
        command = ngx_queue_data(q, ngx_socialcare_command_t, queue);
        ngx_queue_remove(q);

        redis->commands--;
        redis->items -= command->items;
        redis->bytes -= command->bytes;
        redis->gauges->redis_round_trip_us = (ngx_atomic_uint_t)
                           ((uint64_t) tv.tv_sec * 1000000
                            + (uint64_t) tv.tv_usec - command->sent_us);

        command->handler(command, reply);
    }

    redis->handling = 0;
    ngx_socialcare_redis_gauge(redis);

    return rc == NGX_AGAIN ? NGX_OK : NGX_ERROR;
}


/*
 * How much longer the oldest command may take.  A server that has a long line
 * of them to work on is slow, not away: as long as it goes on answering, a
 * command may stand in line for as long again.
 */

static ngx_msec_int_t
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


/* Connecting took too long, or the oldest command in flight did. */

static void
ngx_socialcare_redis_timer_handler(ngx_event_t *ev)
{
    ngx_msec_int_t             left;
    ngx_connection_t          *c;
    ngx_socialcare_redis_t    *redis;
    ngx_socialcare_command_t  *command;

    c = ev->data;
    redis = c->data;

    if (redis->state != NGX_SOCIALCARE_REDIS_READY) {
        ngx_socialcare_count(redis->shared->redis_timeouts);
        ngx_socialcare_redis_close(redis, "connecting timed out");
        return;
    }

    if (ngx_queue_empty(&redis->in_flight)) {
        return;
    }

    command = ngx_queue_data(ngx_queue_head(&redis->in_flight),
                             ngx_socialcare_command_t, queue);

    left = ngx_socialcare_redis_time_left(redis, command);

    if (left > 0) {
        ngx_add_timer(&redis->timer, (ngx_msec_t) left);
        return;
    }

    ngx_socialcare_count(redis->shared->redis_timeouts);
    ngx_socialcare_redis_close(redis, "a reply is overdue");
}


static void
ngx_socialcare_redis_retry_handler(ngx_event_t *ev)
{
    ngx_connection_t        *c;
    ngx_socialcare_redis_t  *redis;

    c = ev->data;
    redis = c->data;

    ngx_socialcare_redis_connect(redis);
}


static void
ngx_socialcare_redis_schedule_retry(ngx_socialcare_redis_t *redis,
    ngx_uint_t refused)
{
    ngx_msec_t  delay;

    if (redis->backoff == 0) {
        redis->backoff = NGX_SOCIALCARE_REDIS_BACKOFF_FIRST;

    } else {
        redis->backoff = ngx_min(2 * redis->backoff,
                                 NGX_SOCIALCARE_REDIS_BACKOFF_LAST);
    }

    delay = 1 + (ngx_msec_t) ngx_random() % redis->backoff;

    if (refused) {
        delay = ngx_max(delay, NGX_SOCIALCARE_REDIS_BACKOFF_ERROR);
    }

    if (!redis->retry.timer_set) {
        ngx_add_timer(&redis->retry, delay);
    }
}


/*
 * The socket goes first, then the commands: their handlers see a connection
 * that is down.  `why` is logged, once until the connection was ready again.
 */

void
ngx_socialcare_redis_close(ngx_socialcare_redis_t *redis, const char *why)
{
    ngx_queue_t                lost, *q;
    ngx_uint_t                 was_ready, refused;
    ngx_socialcare_reply_t     reply;
    ngx_socialcare_command_t  *command;

    if (redis->timer.timer_set) {
        ngx_del_timer(&redis->timer);
    }

    if (redis->peer.connection != NULL) {
        ngx_close_connection(redis->peer.connection);
        redis->peer.connection = NULL;
    }

    was_ready = (redis->state == NGX_SOCIALCARE_REDIS_READY);

    /* It answers, but not to us: to come back at once would not help. */

    refused = redis->close_after && redis->last_class != SC_REPLY_UNEXPECTED;

    if (was_ready) {
        ngx_socialcare_count(redis->shared->redis_disconnects);

    } else {
        ngx_socialcare_count(redis->shared->redis_connect_failures);
    }

    /* A server that is simply away is announced once, not at each try. */

    if (why != NULL && (was_ready || redis->backoff == 0)) {
        ngx_log_error(NGX_LOG_ERR, redis->log, 0,
                      "socialcare: redis \"%V\" is away: %s; "
                      "callbacks are %s until it is back",
                      &redis->conf->url, why,
                      ngx_socialcare_worker.spool != NULL
                      ? "kept in the spool" : "answered 503");
    }

    redis->out.len = 0;
    redis->out.failed = false;
    redis->out_sent = 0;
    redis->close_after = 0;
    redis->commands = 0;
    redis->items = 0;
    redis->bytes = 0;

    ngx_queue_init(&lost);

    if (!ngx_queue_empty(&redis->in_flight)) {
        ngx_queue_add(&lost, &redis->in_flight);
        ngx_queue_init(&redis->in_flight);
    }

    if (redis->state != NGX_SOCIALCARE_REDIS_CLOSED) {
        ngx_socialcare_redis_schedule_retry(redis, refused);
        ngx_socialcare_redis_set_state(redis, NGX_SOCIALCARE_REDIS_DOWN);
    }

    ngx_socialcare_redis_gauge(redis);

    ngx_memzero(&reply, sizeof(ngx_socialcare_reply_t));
    reply.type = NGX_SOCIALCARE_REPLY_LOST;

    while (!ngx_queue_empty(&lost)) {
        q = ngx_queue_head(&lost);
        ngx_queue_remove(q);

        command = ngx_queue_data(q, ngx_socialcare_command_t, queue);
        command->handler(command, &reply);
    }
}


void
ngx_socialcare_redis_destroy(ngx_socialcare_redis_t *redis)
{
    ngx_socialcare_redis_set_state(redis, NGX_SOCIALCARE_REDIS_CLOSED);
    ngx_socialcare_redis_close(redis, NULL);

    if (redis->retry.timer_set) {
        ngx_del_timer(&redis->retry);
    }

    if (redis->out.data != NULL) {
        ngx_free(redis->out.data);
        redis->out.data = NULL;
        redis->out.size = 0;
    }

    ngx_socialcare_reader_destroy(redis->reader);
}


const char *
ngx_socialcare_redis_state_name(ngx_socialcare_redis_state_e state)
{
    return ngx_socialcare_redis_state_names[state];
}
