
/*
 * ngx_socialcare_redis.c: opening and closing the connection.  The handshake
 * and the meaning of the server's answers are in _redis_server.c; commands and
 * replies are in _redis_pipeline.c.
 *
 * Every state change goes through _set_state, and every connection ends in
 * _close, which hands each command still in flight back as lost.  Handlers of
 * lost commands run after the socket is gone, so they may send again and find
 * the connection down.
 */

#include "ngx_socialcare_answer.h"
#include "ngx_socialcare_buf.h"
#include "ngx_socialcare_redis_private.h"
#include "ngx_socialcare_reply.h"
#include "ngx_socialcare_zone.h"

#include <ngx_event_connect.h>


#define NGX_SOCIALCARE_REDIS_READ_SIZE     16384

/* Backoff between attempts, in ms: doubles up to the last, full jitter. */
#define NGX_SOCIALCARE_REDIS_BACKOFF_FIRST  50
#define NGX_SOCIALCARE_REDIS_BACKOFF_LAST   2000

/* After a refusal that time alone will not fix. */
#define NGX_SOCIALCARE_REDIS_BACKOFF_ERROR  1000


static void ngx_socialcare_redis_connect(ngx_socialcare_redis_t *redis);
static void ngx_socialcare_redis_read_handler(ngx_event_t *rev);
static void ngx_socialcare_redis_write_handler(ngx_event_t *wev);
static void ngx_socialcare_redis_timer_handler(ngx_event_t *ev);
static void ngx_socialcare_redis_retry_handler(ngx_event_t *ev);


static const char *const  ngx_socialcare_redis_state_names[] = {
    "down", "connecting", "handshake", "ready", "closed"
};


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

    ngx_socialcare_redis_pipeline_init(redis);
    ngx_socialcare_redis_wait_init(redis);

    redis->timer_data.fd = (ngx_socket_t) -1;
    redis->timer_data.data = redis;

    redis->timer.handler = ngx_socialcare_redis_timer_handler;
    redis->timer.data = &redis->timer_data;
    redis->timer.log = cycle->log;

    /* An exiting worker does not stay for the next attempt. */
    redis->retry.handler = ngx_socialcare_redis_retry_handler;
    redis->retry.data = &redis->timer_data;
    redis->retry.log = cycle->log;
    redis->retry.cancelable = 1;

    redis->next_addr = ngx_random() % redis->conf->naddrs;
    redis->gauges->redis_since_ms =
                                (ngx_atomic_uint_t) ngx_socialcare_now_ms();

    /* Workers started together should not connect together. */
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
        ngx_socialcare_redis_close(redis, addr->sockaddr->sa_family == AF_UNIX
                                   ? "could not connect to the socket, which "
                                     "must be there and writable for the "
                                     "workers' user"
                                   : "could not connect");
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
         * The worker is exiting.  A request that is still being read may
         * need the connection once more: _wake then reopens it.
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
            ngx_socialcare_redis_close(redis,
                                 ngx_socialcare_reader_problem(redis->reader));
            return;
        }

        if (redis->close_after != SC_REPLY_OK) {
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
ngx_socialcare_redis_schedule_retry(ngx_socialcare_redis_t *redis)
{
    ngx_msec_t  delay;

    if (redis->backoff == 0) {
        redis->backoff = NGX_SOCIALCARE_REDIS_BACKOFF_FIRST;

    } else {
        redis->backoff = ngx_min(2 * redis->backoff,
                                 NGX_SOCIALCARE_REDIS_BACKOFF_LAST);
    }

    delay = 1 + (ngx_msec_t) ngx_random() % redis->backoff;

    if (redis->refused) {
        delay = ngx_max(delay, NGX_SOCIALCARE_REDIS_BACKOFF_ERROR);
    }

    if (!redis->retry.timer_set) {
        ngx_add_timer(&redis->retry, delay);
    }
}


/*
 * A server that is simply away is reported once, not at each attempt, and one
 * that comes and goes not each time.
 */

static void
ngx_socialcare_redis_say_away(ngx_socialcare_redis_t *redis, const char *why)
{
    if (redis->says_away || !ngx_socialcare_log_is_due(&redis->away_said)) {
        return;
    }

    redis->says_away = 1;
    redis->says_ready = 0;

    ngx_log_error(NGX_LOG_ERR, redis->log, 0,
                  "socialcare: redis \"%V\" is away: %s; "
                  "callbacks are %s until it is back",
                  &redis->conf->url, why,
                  ngx_socialcare_worker.spool != NULL ? "kept in the spool"
                                                      : "answered 503");
}


/* Answers each of these commands: its reply will not come. */

static void
ngx_socialcare_redis_answer_lost(ngx_queue_t *lost)
{
    ngx_queue_t               *q;
    ngx_socialcare_reply_t     reply;
    ngx_socialcare_command_t  *command;

    ngx_memzero(&reply, sizeof(ngx_socialcare_reply_t));
    reply.type = NGX_SOCIALCARE_REPLY_LOST;

    while (!ngx_queue_empty(lost)) {
        q = ngx_queue_head(lost);
        ngx_queue_remove(q);

        command = ngx_queue_data(q, ngx_socialcare_command_t, queue);
        command->handler(command, &reply);
    }
}


/*
 * The socket goes first, then the commands: their handlers see a connection
 * that is down.  `why` is logged once, until the connection is ready again.
 */

void
ngx_socialcare_redis_close(ngx_socialcare_redis_t *redis, const char *why)
{
    ngx_queue_t  lost;
    ngx_uint_t   was_ready;

    if (redis->timer.timer_set) {
        ngx_del_timer(&redis->timer);
    }

    if (redis->peer.connection != NULL) {
        ngx_close_connection(redis->peer.connection);
        redis->peer.connection = NULL;
    }

    was_ready = (redis->state == NGX_SOCIALCARE_REDIS_READY);

    /* It answers but refuses us: reconnecting at once would not help. */

    redis->refused = (redis->close_after != SC_REPLY_OK
                      && redis->close_after != SC_REPLY_UNEXPECTED);
    redis->gauges->redis_denied = redis->refused;

    if (was_ready) {
        ngx_socialcare_count(redis->shared->redis_disconnects);

    } else {
        ngx_socialcare_count(redis->shared->redis_connect_failures);
    }

    if (why != NULL) {
        ngx_socialcare_redis_say_away(redis, why);
    }

    redis->out.len = 0;
    redis->out.failed = false;
    redis->out_sent = 0;
    redis->close_after = SC_REPLY_OK;
    redis->commands = 0;
    redis->background = 0;
    redis->items = 0;
    redis->bytes = 0;

    ngx_queue_init(&lost);

    if (!ngx_queue_empty(&redis->in_flight)) {
        ngx_queue_add(&lost, &redis->in_flight);
        ngx_queue_init(&redis->in_flight);
    }

    if (redis->state != NGX_SOCIALCARE_REDIS_CLOSED) {
        ngx_socialcare_redis_schedule_retry(redis);
        ngx_socialcare_redis_set_state(redis, NGX_SOCIALCARE_REDIS_DOWN);
    }

    ngx_socialcare_redis_gauge(redis);

    /* Answered commands are older than unanswered ones. */

    ngx_socialcare_redis_wait_lost(redis);
    ngx_socialcare_redis_answer_lost(&lost);
}


void
ngx_socialcare_redis_destroy(ngx_socialcare_redis_t *redis)
{
    ngx_socialcare_redis_set_state(redis, NGX_SOCIALCARE_REDIS_CLOSED);
    ngx_socialcare_redis_close(redis, NULL);

    if (redis->retry.timer_set) {
        ngx_del_timer(&redis->retry);
    }

    ngx_socialcare_buf_reset(&redis->out, 0);
    ngx_socialcare_reader_destroy(redis->reader);
}


const char *
ngx_socialcare_redis_state_name(ngx_socialcare_redis_state_e state)
{
    return ngx_socialcare_redis_state_names[state];
}
