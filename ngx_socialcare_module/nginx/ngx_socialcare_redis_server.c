
/*
 * ngx_socialcare_redis_server.c: the handshake on a connection, and what the
 * server's answers say about the server.
 *
 * Each change of its condition is logged once, with what to do; each error
 * is counted by class.  A server may take one callback and refuse the next:
 * what has just been said is not repeated, and what the log has not heard of
 * within that time it hears later, if it still holds.
 */

#include "ngx_socialcare_answer.h"
#include "ngx_socialcare_redis_private.h"
#include "ngx_socialcare_reply.h"
#include "ngx_socialcare_zone.h"


/* No refusal for this long, in ms: the trouble is over, with no callback to
 * prove it. */
#define NGX_SOCIALCARE_REDIS_QUIET  10000


static void ngx_socialcare_redis_auth_handler(
    ngx_socialcare_command_t *command, ngx_socialcare_reply_t *reply);
static void ngx_socialcare_redis_select_handler(
    ngx_socialcare_command_t *command, ngx_socialcare_reply_t *reply);
static void ngx_socialcare_redis_set_name_handler(
    ngx_socialcare_command_t *command, ngx_socialcare_reply_t *reply);
static void ngx_socialcare_redis_ping_handler(
    ngx_socialcare_command_t *command, ngx_socialcare_reply_t *reply);


static ngx_int_t
ngx_socialcare_redis_send_auth(ngx_socialcare_redis_t *redis)
{
    sc_str_t                      arguments[3];
    ngx_uint_t                    n;
    ngx_socialcare_redis_conf_t  *conf;

    conf = redis->conf;

    if (conf->password.len == 0) {
        return NGX_OK;
    }

    n = 0;
    arguments[n++] = SC_STR("AUTH");

    if (conf->user.len) {
        arguments[n++] = ngx_socialcare_to_core(conf->user);
    }

    arguments[n++] = ngx_socialcare_to_core(conf->password);

    return ngx_socialcare_redis_send(redis, &redis->auth, arguments, n);
}


static ngx_int_t
ngx_socialcare_redis_send_select(ngx_socialcare_redis_t *redis)
{
    u_char    db[NGX_INT_T_LEN];
    sc_str_t  arguments[2];

    if (redis->conf->db == 0) {
        return NGX_OK;
    }

    arguments[0] = SC_STR("SELECT");
    arguments[1] = sc_str_make(db, (size_t)
                       (ngx_snprintf(db, sizeof(db), "%ui", redis->conf->db)
                        - db));

    return ngx_socialcare_redis_send(redis, &redis->select, arguments, 2);
}


static ngx_int_t
ngx_socialcare_redis_send_name(ngx_socialcare_redis_t *redis)
{
    sc_str_t  arguments[3];

    arguments[0] = SC_STR("CLIENT");
    arguments[1] = SC_STR("SETNAME");
    arguments[2] = SC_STR("socialcare");

    return ngx_socialcare_redis_send(redis, &redis->set_name, arguments, 3);
}


static ngx_int_t
ngx_socialcare_redis_send_ping(ngx_socialcare_redis_t *redis)
{
    sc_str_t  arguments[1];

    arguments[0] = SC_STR("PING");

    return ngx_socialcare_redis_send(redis, &redis->ping, arguments, 1);
}


void
ngx_socialcare_redis_handshake(ngx_socialcare_redis_t *redis)
{
    if (redis->peer.sockaddr->sa_family != AF_UNIX) {
        (void) ngx_tcp_nodelay(redis->peer.connection);
    }

    ngx_socialcare_redis_set_state(redis, NGX_SOCIALCARE_REDIS_HANDSHAKE);

    if (ngx_socialcare_reader_reset(redis->reader) != NGX_OK) {
        ngx_socialcare_redis_close(redis, "no memory");
        return;
    }

    redis->auth.handler = ngx_socialcare_redis_auth_handler;
    redis->select.handler = ngx_socialcare_redis_select_handler;
    redis->set_name.handler = ngx_socialcare_redis_set_name_handler;
    redis->ping.handler = ngx_socialcare_redis_ping_handler;

    /* All or none: what follows a lost SELECT goes to another database. */

    if (ngx_socialcare_redis_send_auth(redis) != NGX_OK
        || ngx_socialcare_redis_send_select(redis) != NGX_OK
        || ngx_socialcare_redis_send_name(redis) != NGX_OK
        || ngx_socialcare_redis_send_ping(redis) != NGX_OK)
    {
        ngx_socialcare_redis_close(redis, "no memory");
        return;
    }

    ngx_socialcare_redis_flush(redis);
}


static void
ngx_socialcare_redis_auth_handler(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply)
{
    ngx_socialcare_redis_t  *redis;

    redis = ngx_queue_data(command, ngx_socialcare_redis_t, auth);

    if (reply->type == NGX_SOCIALCARE_REPLY_ERROR) {
        redis->close_after = reply->reply_class == SC_REPLY_MAX_CLIENTS
                             ? SC_REPLY_MAX_CLIENTS : SC_REPLY_AUTH;
        ngx_socialcare_redis_note(redis, redis->close_after);
    }
}


static void
ngx_socialcare_redis_select_handler(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply)
{
    ngx_socialcare_redis_t  *redis;

    redis = ngx_queue_data(command, ngx_socialcare_redis_t, select);

    /* Going on would write into the wrong database. */

    if (reply->type == NGX_SOCIALCARE_REPLY_ERROR) {
        ngx_socialcare_redis_note(redis, reply->reply_class);
        redis->close_after = reply->reply_class;
    }
}


/*
 * A name is a courtesy to whoever reads CLIENT LIST: a refusal is ignored.  A
 * server at maxclients says so unsolicited, in place of the first reply.
 */

static void
ngx_socialcare_redis_set_name_handler(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply)
{
    ngx_socialcare_redis_t  *redis;

    redis = ngx_queue_data(command, ngx_socialcare_redis_t, set_name);

    if (reply->type == NGX_SOCIALCARE_REPLY_ERROR
        && reply->reply_class == SC_REPLY_MAX_CLIENTS)
    {
        ngx_socialcare_redis_note(redis, SC_REPLY_MAX_CLIENTS);
    }
}


/*
 * Said once, after the log has called the server away, or nothing yet.  One
 * that comes and goes is not called ready each time.
 */

static void
ngx_socialcare_redis_say_ready(ngx_socialcare_redis_t *redis)
{
    if (redis->says_ready || !ngx_socialcare_log_is_due(&redis->ready_said)) {
        return;
    }

    redis->says_ready = 1;
    redis->says_away = 0;

    ngx_log_error(NGX_LOG_NOTICE, redis->log, 0,
                  "socialcare: redis \"%V\" is ready", redis->peer.name);
}


/* The last reply of the handshake: is the server able to work? */

static void
ngx_socialcare_redis_ping_handler(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply)
{
    ngx_socialcare_redis_t  *redis;

    redis = ngx_queue_data(command, ngx_socialcare_redis_t, ping);

    if (reply->type == NGX_SOCIALCARE_REPLY_LOST
        || redis->close_after != SC_REPLY_OK)
    {
        return;
    }

    if (reply->type == NGX_SOCIALCARE_REPLY_ERROR) {
        ngx_socialcare_redis_note(redis, reply->reply_class);
        redis->close_after = reply->reply_class;
        return;
    }

    if (redis->timer.timer_set) {
        ngx_del_timer(&redis->timer);
    }

    ngx_socialcare_count(redis->shared->redis_connects);

    ngx_socialcare_redis_say_ready(redis);

    /* What stopped the handshake is over; other trouble a write must clear. */

    if (redis->last_class == SC_REPLY_LOADING
        || redis->last_class == SC_REPLY_AUTH
        || redis->last_class == SC_REPLY_MAX_CLIENTS)
    {
        ngx_socialcare_redis_recover(redis);
    }

    ngx_socialcare_redis_set_state(redis, NGX_SOCIALCARE_REDIS_READY);
}


static void
ngx_socialcare_redis_set_class(ngx_socialcare_redis_t *redis,
    sc_reply_class_t reply_class)
{
    redis->last_class = reply_class;
    redis->gauges->redis_class = reply_class;
    redis->gauges->redis_class_ms =
                                (ngx_atomic_uint_t) ngx_socialcare_now_ms();
}


void
ngx_socialcare_redis_recover(ngx_socialcare_redis_t *redis)
{
    ngx_socialcare_redis_set_class(redis, SC_REPLY_OK);

    if (redis->said_class == SC_REPLY_OK
        || (redis->wavers
            && ngx_socialcare_log_is_recent(redis->refused_at)))
    {
        return;
    }

    redis->wavers = 0;
    redis->said_class = SC_REPLY_OK;

    ngx_log_error(NGX_LOG_NOTICE, redis->log, 0,
                  "socialcare: redis \"%V\" stores again",
                  &redis->conf->url);
}


ngx_uint_t
ngx_socialcare_redis_is_general(sc_reply_class_t reply_class)
{
    switch (reply_class) {

    case SC_REPLY_READONLY:
    case SC_REPLY_LOADING:
    case SC_REPLY_OOM:
    case SC_REPLY_MISCONF:
    case SC_REPLY_NO_REPLICAS:
    case SC_REPLY_BUSY:
    case SC_REPLY_MAX_CLIENTS:
        return 1;

    default:
        return 0;
    }
}


/*
 * Near the limit of its memory a server takes a sweep each second and refuses
 * what is larger: the log must not contradict itself each second.  A sweep has
 * the last word only once nothing was refused for a while.
 */

void
ngx_socialcare_redis_note_write(ngx_socialcare_redis_t *redis)
{
    ngx_msec_t  quiet;

    redis->gauges->redis_swept = (ngx_atomic_uint_t) ngx_current_msec;
    ngx_socialcare_redis_say_ready(redis);

    if (ngx_socialcare_redis_is_general(redis->last_class)) {
        redis->backoff = 0;
        ngx_socialcare_redis_set_class(redis, SC_REPLY_OK);
    }

    quiet = ngx_current_msec - (ngx_msec_t) redis->gauges->redis_refused;

    if (redis->said_class != SC_REPLY_OK && redis->last_class == SC_REPLY_OK
        && quiet >= NGX_SOCIALCARE_REDIS_QUIET)
    {
        ngx_socialcare_redis_recover(redis);
    }
}


void
ngx_socialcare_redis_note(ngx_socialcare_redis_t *redis,
    sc_reply_class_t reply_class)
{
    if (reply_class == SC_REPLY_OK) {
        redis->backoff = 0;
        redis->gauges->redis_stored = (ngx_atomic_uint_t) ngx_current_msec;
        ngx_socialcare_redis_say_ready(redis);

    } else {
        redis->gauges->redis_refused = (ngx_atomic_uint_t) ngx_current_msec;
        ngx_socialcare_count(redis->shared->redis_errors[reply_class]);

        if (reply_class == SC_REPLY_READONLY
            || reply_class == SC_REPLY_LOADING
            || reply_class == SC_REPLY_MAX_CLIENTS
            || reply_class == SC_REPLY_UNEXPECTED)
        {
            redis->close_after = reply_class;
        }
    }

    if (reply_class == SC_REPLY_OK) {
        if (redis->last_class != SC_REPLY_OK
            || redis->said_class != SC_REPLY_OK)
        {
            ngx_socialcare_redis_recover(redis);
        }

        return;
    }

    if (redis->last_class != reply_class) {
        ngx_socialcare_redis_set_class(redis, reply_class);
    }

    /* Back soon after the log called it over: next time that must last. */

    if (!ngx_socialcare_log_is_recent(redis->refused_at)) {
        redis->wavers = 0;

    } else if (redis->said_class == SC_REPLY_OK) {
        redis->wavers = 1;
    }

    redis->refused_at = ngx_time();

    if (redis->said_class == reply_class
        || !ngx_socialcare_log_is_due(&redis->class_said[reply_class]))
    {
        return;
    }

    redis->said_class = reply_class;

    ngx_log_error(NGX_LOG_ERR, redis->log, 0,
                  "socialcare: redis \"%V\" refuses to store (%s): %s",
                  &redis->conf->url, sc_reply_class_name(reply_class),
                  sc_reply_class_advice(reply_class));
}


void
ngx_socialcare_redis_note_round(ngx_socialcare_redis_t *redis,
    sc_reply_class_t reply_class)
{
    switch (reply_class) {

    case SC_REPLY_OK:
        redis->round_said = 0;
        return;

    case SC_REPLY_AUTH:
    case SC_REPLY_POISON:
    case SC_REPLY_UNEXPECTED:
        break;

    default:
        ngx_socialcare_redis_note(redis, reply_class);
        return;
    }

    ngx_socialcare_count(redis->shared->redis_errors[reply_class]);

    if (reply_class == SC_REPLY_UNEXPECTED) {
        redis->close_after = reply_class;
    }

    /* Brands of one round may fail differently, and each round does again. */

    if (redis->round_said & ((ngx_uint_t) 1 << reply_class)) {
        return;
    }

    redis->round_said |= (ngx_uint_t) 1 << reply_class;

    ngx_log_error(NGX_LOG_ERR, redis->log, 0,
                  "socialcare: redis \"%V\" cannot be read for the status, "
                  "whose numbers of queues and waits grow old (%s): %s",
                  &redis->conf->url, sc_reply_class_name(reply_class),
                  sc_reply_class_advice(reply_class));
}
