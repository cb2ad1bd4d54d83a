
/*
 * ngx_socialcare_redis_wait.c: ack=replicas=N: a write that the server has
 * executed is confirmed only once N replicas have it, too.
 *
 * At most one WAIT is in flight.  It covers every write that was sent before it
 * on this connection, that is, every one whose reply came before its own; what
 * is sent meanwhile is covered by the next one.  So one WAIT serves a whole
 * burst, and a replica that hangs costs one timeout, not one for each write.
 *
 * WAIT refers to the client's last write.  The enqueue script writes for each
 * item that it answers "stored" or "duplicate" (a duplicate is counted), so
 * that an item which another connection wrote just before is covered as well.
 */

#include "ngx_socialcare_redis_private.h"
#include "ngx_socialcare_reply.h"
#include "ngx_socialcare_zone.h"


static void ngx_socialcare_redis_wait_handler(
    ngx_socialcare_command_t *command, ngx_socialcare_reply_t *reply);


void
ngx_socialcare_redis_wait_init(ngx_socialcare_redis_t *redis)
{
    ngx_queue_init(&redis->replied);

    redis->wait.handler = ngx_socialcare_redis_wait_handler;
    redis->wait.background = 1;
    redis->gauges->redis_replicas = 0;
}


ngx_int_t
ngx_socialcare_redis_wait(ngx_socialcare_redis_t *redis)
{
    u_char    count[NGX_INT_T_LEN], time[NGX_INT_T_LEN];
    sc_str_t  arguments[3];

    if (!redis->written || redis->waiting || redis->conf->replicas == 0
        || redis->state != NGX_SOCIALCARE_REDIS_READY)
    {
        return NGX_OK;
    }

    arguments[0] = SC_STR("WAIT");
    arguments[1] = sc_str_make(count, (size_t)
                       (ngx_snprintf(count, sizeof(count), "%ui",
                                     redis->conf->replicas) - count));
    arguments[2] = sc_str_make(time, (size_t)
                       (ngx_snprintf(time, sizeof(time), "%M",
                                     redis->conf->replicas_timeout) - time));

    if (ngx_socialcare_redis_send(redis, &redis->wait, arguments, 3)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    redis->waiting = 1;
    redis->written = 0;

    return NGX_OK;
}


void
ngx_socialcare_redis_confirm(ngx_socialcare_redis_t *redis,
    ngx_socialcare_confirm_t *confirm)
{
    if (redis->conf->replicas == 0) {
        ngx_socialcare_redis_note(redis, SC_REPLY_OK);
        confirm->handler(confirm, 1);
        return;
    }

    ngx_queue_insert_tail(&redis->replied, &confirm->queue);
}


static void
ngx_socialcare_redis_wait_end(ngx_socialcare_redis_t *redis, ngx_uint_t safe)
{
    ngx_queue_t                replied, *q;
    ngx_socialcare_confirm_t  *confirm;

    if (ngx_queue_empty(&redis->replied)) {
        return;
    }

    ngx_queue_init(&replied);
    ngx_queue_add(&replied, &redis->replied);
    ngx_queue_init(&redis->replied);

    while (!ngx_queue_empty(&replied)) {
        q = ngx_queue_head(&replied);
        ngx_queue_remove(q);

        confirm = ngx_queue_data(q, ngx_socialcare_confirm_t, queue);
        confirm->handler(confirm, safe);
    }
}


/* What the answer says about the writes before it. */

static sc_reply_class_t
ngx_socialcare_redis_wait_class(ngx_socialcare_redis_t *redis,
    ngx_socialcare_reply_t *reply)
{
    if (reply->type == NGX_SOCIALCARE_REPLY_ERROR) {

        /* The writes were accepted: they are not what is wrong. */

        return reply->reply_class == SC_REPLY_POISON
               ? SC_REPLY_REPLICAS_SHORT : reply->reply_class;
    }

    if (reply->type != NGX_SOCIALCARE_REPLY_INTEGER || reply->integer < 0) {
        return SC_REPLY_UNEXPECTED;
    }

    redis->gauges->redis_replicas = (ngx_atomic_uint_t) reply->integer + 1;

    return (uint64_t) reply->integer < redis->conf->replicas
           ? SC_REPLY_REPLICAS_SHORT : SC_REPLY_OK;
}


static void
ngx_socialcare_redis_wait_handler(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply)
{
    sc_reply_class_t         reply_class;
    ngx_socialcare_redis_t  *redis;

    redis = ngx_queue_data(command, ngx_socialcare_redis_t, wait);

    if (reply->type == NGX_SOCIALCARE_REPLY_LOST) {
        return;                       /* _wait_lost has handled it */
    }

    redis->waiting = 0;

    reply_class = ngx_socialcare_redis_wait_class(redis, reply);

    /*
     * If only the module's own round has written, success proves nothing but
     * that the replicas keep up.
     */

    if (reply_class != SC_REPLY_OK || !ngx_queue_empty(&redis->replied)
        || redis->last_class == SC_REPLY_REPLICAS_SHORT)
    {
        ngx_socialcare_redis_note(redis, reply_class);
    }

    ngx_socialcare_redis_wait_end(redis, reply_class == SC_REPLY_OK);
}


void
ngx_socialcare_redis_wait_lost(ngx_socialcare_redis_t *redis)
{
    redis->waiting = 0;
    redis->written = 0;
    redis->gauges->redis_replicas = 0;

    ngx_socialcare_redis_wait_end(redis, 0);
}
