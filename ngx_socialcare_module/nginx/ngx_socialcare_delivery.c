
/*
 * ngx_socialcare_delivery.c: gathering items into batches, choosing a store,
 * booking the answers.
 *
 * Where a batch can be:
 *
 *     open      being filled during this turn of the event loop
 *     waiting   for a connection being established; bounded in time by the
 *               connect timeout and in number by a cap
 *     held      behind the last spooled items of its tag, which are on their
 *               way to Redis; bounded in time by the spool
 *     in flight handed to Redis; comes back through its command's handler,
 *               and with ack=replicas= once more through its confirm's
 *     retrying  Redis asked to try again (_retry.c); bounded in number of tries
 *     free      kept for the next turn
 *
 * Every batch ends with all its items booked or handed to the spool, which
 * books them once they are synced: no callback waits forever.  What no store
 * took is refused, and its callbacks are answered with 503.
 *
 * Items of a tag keep their order: while earlier ones wait in the spool,
 * later ones follow them there (ngx_socialcare_spool_route).
 */

#include "ngx_socialcare_batch.h"


#define NGX_SOCIALCARE_MAX_WAITING    256
#define NGX_SOCIALCARE_MAX_HELD       256


static void ngx_socialcare_delivery_flush(ngx_event_t *ev);
static void ngx_socialcare_batch_submit(ngx_socialcare_batch_t *batch);
static void ngx_socialcare_delivery_drop(ngx_queue_t *batches);
static void ngx_socialcare_delivery_spool_flush(
    ngx_socialcare_delivery_t *delivery);
static void ngx_socialcare_delivery_released(ngx_uint_t force);


static const ngx_socialcare_spool_owner_t  ngx_socialcare_delivery_owner = {
    ngx_socialcare_delivery_booked,
    ngx_socialcare_delivery_released
};


ngx_socialcare_delivery_t *
ngx_socialcare_delivery_create(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker)
{
    ngx_socialcare_delivery_t  *delivery;

    delivery = ngx_pcalloc(cycle->pool, sizeof(ngx_socialcare_delivery_t));
    if (delivery == NULL) {
        return NULL;
    }

    delivery->worker = worker;
    delivery->log = cycle->log;

    ngx_queue_init(&delivery->open);
    ngx_queue_init(&delivery->waiting);
    ngx_queue_init(&delivery->held);
    ngx_queue_init(&delivery->free);
    ngx_socialcare_retry_init(delivery);

    if (worker->conf->spool.path != NULL) {
        worker->spool = ngx_socialcare_spool_create(cycle, worker,
                                              &ngx_socialcare_delivery_owner);
        if (worker->spool == NULL) {
            return NULL;
        }
    }

    delivery->flush_data.fd = (ngx_socket_t) -1;
    delivery->flush_data.data = delivery;
    delivery->flush.handler = ngx_socialcare_delivery_flush;
    delivery->flush.data = &delivery->flush_data;
    delivery->flush.log = cycle->log;

    return delivery;
}


/* This tag's batch if it still has room, or a new one. */

static ngx_socialcare_batch_t *
ngx_socialcare_delivery_batch(ngx_socialcare_delivery_t *delivery,
    sc_str_t tag, time_t window, size_t bytes)
{
    ngx_queue_t             *q;
    ngx_socialcare_batch_t  *batch;

    for (q = ngx_queue_last(&delivery->open);
         q != ngx_queue_sentinel(&delivery->open);
         q = ngx_queue_prev(q))
    {
        batch = ngx_queue_data(q, ngx_socialcare_batch_t, queue);

        if (!sc_str_eq(batch->tag, tag) || batch->window != window) {
            continue;
        }

        /* Later items of a tag stay behind earlier ones: look no further. */

        if (batch->count == SC_QUEUE_MAX_ITEMS
            || batch->bytes + bytes > SC_QUEUE_MAX_BYTES)
        {
            break;
        }

        return batch;
    }

    batch = ngx_socialcare_batch_new(delivery);
    if (batch == NULL) {
        return NULL;
    }

    ngx_memcpy(batch->tag_text, tag.data, tag.len);
    batch->tag = sc_str_make(batch->tag_text, tag.len);
    batch->window = window;

    ngx_queue_insert_tail(&delivery->open, &batch->queue);

    return batch;
}


ngx_int_t
ngx_socialcare_delivery_add(ngx_socialcare_delivery_t *delivery,
    ngx_socialcare_job_t *job, ngx_str_t *brand, ngx_uint_t partitions,
    time_t window, const sc_queue_item_t *item, sc_str_t id,
    ngx_socialcare_queue_node_t *node)
{
    u_char                   text[NGX_SOCIALCARE_MAX_TAG];
    sc_buf_t                 tag;
    unsigned                 partition;
    ngx_socialcare_batch_t  *batch;

    partition = 0;

    if (partitions > 1) {
        partition = sc_queue_partition(item->clock_key.len ? item->clock_key
                                                           : id,
                                       (unsigned) partitions);
    }

    sc_buf_init_fixed(&tag, text, sizeof(text));
    sc_queue_write_tag(&tag,
                       ngx_socialcare_to_core(
                                    delivery->worker->conf->redis.prefix),
                       ngx_socialcare_to_core(*brand), partition);

    if (tag.failed) {
        job->failed++;
        return NGX_ERROR;
    }

    batch = ngx_socialcare_delivery_batch(delivery, sc_buf_str(&tag), window,
                                          item->record.len);

    if (batch == NULL || ngx_socialcare_batch_add(batch, item) != NGX_OK) {
        job->failed++;
        return NGX_ERROR;
    }

    batch->entries[batch->count].job = job;
    batch->entries[batch->count].node = node;
    batch->count++;
    job->waiting++;

    ngx_post_event(&delivery->flush, &ngx_posted_events);

    return NGX_OK;
}


void
ngx_socialcare_delivery_seal(ngx_socialcare_job_t *job)
{
    job->sealed = 1;
}


/* The end of a turn: everything gathered goes out in one write. */

static void
ngx_socialcare_delivery_flush(ngx_event_t *ev)
{
    ngx_queue_t                 open, *q;
    ngx_connection_t           *c;
    ngx_socialcare_batch_t     *batch;
    ngx_socialcare_delivery_t  *delivery;

    c = ev->data;
    delivery = c->data;

    if (ngx_queue_empty(&delivery->open)) {
        ngx_socialcare_delivery_spool_flush(delivery);
        return;
    }

    /* Ending requests may add new items: these wait for the next turn. */

    ngx_queue_init(&open);
    ngx_queue_add(&open, &delivery->open);
    ngx_queue_init(&delivery->open);

    while (!ngx_queue_empty(&open)) {
        q = ngx_queue_head(&open);
        ngx_queue_remove(q);

        batch = ngx_queue_data(q, ngx_socialcare_batch_t, queue);
        ngx_socialcare_batch_submit(batch);
    }

    ngx_socialcare_redis_flush(delivery->worker->redis);
    ngx_socialcare_delivery_spool_flush(delivery);
}


static void
ngx_socialcare_delivery_spool_flush(ngx_socialcare_delivery_t *delivery)
{
    if (delivery->worker->spool != NULL) {
        ngx_socialcare_spool_flush(delivery->worker->spool);
    }
}


ngx_uint_t
ngx_socialcare_batch_follow(ngx_socialcare_batch_t *batch, ngx_uint_t force)
{
    ngx_socialcare_delivery_t  *delivery;

    delivery = batch->delivery;

    if (delivery->worker->spool == NULL) {
        return 0;
    }

    switch (ngx_socialcare_spool_route(delivery->worker->spool, batch->tag)) {

    case NGX_SOCIALCARE_ROUTE_REDIS:
        return 0;

    case NGX_SOCIALCARE_ROUTE_HOLD:
        if (!force && delivery->held_count < NGX_SOCIALCARE_MAX_HELD) {
            ngx_queue_insert_tail(&delivery->held, &batch->queue);
            delivery->held_count++;
            return 1;
        }

        /* What is already held is older and goes first. */

        if (!force) {
            ngx_socialcare_delivery_released(1);
        }

        break;

    default:
        break;
    }

    ngx_socialcare_batch_fail(batch);

    return 1;
}


static void
ngx_socialcare_batch_submit(ngx_socialcare_batch_t *batch)
{
    ngx_socialcare_redis_t     *redis;
    ngx_socialcare_delivery_t  *delivery;

    delivery = batch->delivery;
    redis = delivery->worker->redis;

    ngx_socialcare_redis_wake(redis);

    if (ngx_socialcare_batch_follow(batch, 0)
        || ngx_socialcare_batch_follow_retry(batch) == NGX_OK)
    {
        return;
    }

    switch (ngx_socialcare_redis_state(redis)) {

    case NGX_SOCIALCARE_REDIS_READY:
        if (ngx_socialcare_batch_send(batch) == NGX_OK) {
            return;
        }

        break;

    case NGX_SOCIALCARE_REDIS_CONNECTING:
    case NGX_SOCIALCARE_REDIS_HANDSHAKE:
        if (delivery->waiting_count < NGX_SOCIALCARE_MAX_WAITING) {
            ngx_queue_insert_tail(&delivery->waiting, &batch->queue);
            delivery->waiting_count++;
            return;
        }

        /* What waits already is older and goes first. */

        if (delivery->worker->spool != NULL) {
            delivery->waiting_count = 0;
            ngx_socialcare_delivery_drop(&delivery->waiting);
        }

        break;

    case NGX_SOCIALCARE_REDIS_DOWN:
    case NGX_SOCIALCARE_REDIS_CLOSED:
        break;
    }

    ngx_socialcare_batch_fail(batch);
}


/* The spool has made progress, or (`force`) is not waited for any longer. */

static void
ngx_socialcare_delivery_released(ngx_uint_t force)
{
    ngx_queue_t                 held, *q;
    ngx_socialcare_batch_t     *batch;
    ngx_socialcare_delivery_t  *delivery;

    delivery = ngx_socialcare_worker.delivery;

    if (delivery == NULL || ngx_queue_empty(&delivery->held)) {
        return;
    }

    ngx_queue_init(&held);
    ngx_queue_add(&held, &delivery->held);
    ngx_queue_init(&delivery->held);
    delivery->held_count = 0;

    while (!ngx_queue_empty(&held)) {
        q = ngx_queue_head(&held);
        ngx_queue_remove(q);

        batch = ngx_queue_data(q, ngx_socialcare_batch_t, queue);

        if (!ngx_socialcare_batch_follow(batch, force)
            && ngx_socialcare_batch_follow_retry(batch) != NGX_OK
            && ngx_socialcare_batch_send(batch) != NGX_OK)
        {
            ngx_socialcare_batch_fail(batch);
        }
    }

    ngx_socialcare_redis_flush(delivery->worker->redis);
    ngx_socialcare_delivery_spool_flush(delivery);
}


ngx_int_t
ngx_socialcare_batch_send(ngx_socialcare_batch_t *batch)
{
    sc_buf_t                *out;
    sc_queue_call_t          call;
    ngx_socialcare_redis_t  *redis;

    redis = batch->delivery->worker->redis;

    out = ngx_socialcare_redis_begin(redis);
    if (out == NULL) {
        return NGX_ERROR;
    }

    call.tag = batch->tag;
    call.now_ms = ngx_socialcare_now_ms();
    call.window_s = batch->window;
    call.items = batch->items;
    call.count = batch->count;

    sc_queue_write_call(out, &call, batch->with_source);

    batch->command.again = batch->with_source || batch->tries > 0;
    batch->command.items = batch->count;

    return ngx_socialcare_redis_commit(redis, &batch->command);
}


void
ngx_socialcare_delivery_state(ngx_socialcare_redis_t *redis,
    ngx_socialcare_redis_state_e state)
{
    ngx_queue_t                waiting, *q;
    ngx_socialcare_batch_t    *batch;
    ngx_socialcare_delivery_t *delivery;

    delivery = ngx_socialcare_worker.delivery;

    if (state == NGX_SOCIALCARE_REDIS_CONNECTING
        || state == NGX_SOCIALCARE_REDIS_HANDSHAKE
        || delivery == NULL)
    {
        return;
    }

    /* Batches awaiting a retry are the oldest. */

    if (state != NGX_SOCIALCARE_REDIS_READY) {
        ngx_socialcare_retry_end(delivery);
    }

    if (delivery->worker->spool != NULL) {
        ngx_socialcare_spool_redis(delivery->worker->spool, state);
        ngx_socialcare_delivery_released(0);
    }

    if (ngx_queue_empty(&delivery->waiting)) {
        return;
    }

    ngx_queue_init(&waiting);
    ngx_queue_add(&waiting, &delivery->waiting);
    ngx_queue_init(&delivery->waiting);
    delivery->waiting_count = 0;

    while (!ngx_queue_empty(&waiting)) {
        q = ngx_queue_head(&waiting);
        ngx_queue_remove(q);

        batch = ngx_queue_data(q, ngx_socialcare_batch_t, queue);

        if (ngx_socialcare_batch_follow(batch, 0)) {
            continue;
        }

        if (state != NGX_SOCIALCARE_REDIS_READY
            || ngx_socialcare_batch_send(batch) != NGX_OK)
        {
            ngx_socialcare_batch_fail(batch);
        }
    }

    ngx_socialcare_redis_flush(redis);
    ngx_socialcare_delivery_spool_flush(delivery);
}


/* A batch came back and failed: what it spooled is flushed this turn. */

static void
ngx_socialcare_batch_give_up(ngx_socialcare_batch_t *batch)
{
    ngx_socialcare_delivery_t  *delivery;

    delivery = batch->delivery;

    ngx_socialcare_batch_fail(batch);
    ngx_post_event(&delivery->flush, &ngx_posted_events);
}


static void
ngx_socialcare_batch_error(ngx_socialcare_batch_t *batch,
    ngx_socialcare_reply_t *reply)
{
    /* The server does not know the script's SHA: retry once with EVAL. */

    if (reply->reply_class == SC_REPLY_NOSCRIPT && !batch->with_source) {
        batch->with_source = 1;

        if (ngx_socialcare_batch_send(batch) == NGX_OK) {
            return;
        }
    }

    if (reply->reply_class == SC_REPLY_TRY_AGAIN
        && ngx_socialcare_batch_retry(batch) == NGX_OK)
    {
        return;
    }

    ngx_socialcare_redis_note(batch->delivery->worker->redis,
                              reply->reply_class);
    ngx_socialcare_batch_give_up(batch);
}


void
ngx_socialcare_batch_reply(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply)
{
    ngx_socialcare_batch_t  *batch;
    ngx_socialcare_redis_t  *redis;

    batch = (ngx_socialcare_batch_t *) command;
    redis = batch->delivery->worker->redis;

    switch (reply->type) {

    case NGX_SOCIALCARE_REPLY_LOST:
        ngx_socialcare_batch_give_up(batch);
        return;

    case NGX_SOCIALCARE_REPLY_ERROR:
        ngx_socialcare_batch_error(batch, reply);
        return;

    default:
        break;
    }

    if (reply->type != NGX_SOCIALCARE_REPLY_STRING
        || !sc_queue_read_result(reply->text, batch->results, batch->count))
    {
        ngx_socialcare_redis_note(redis, SC_REPLY_UNEXPECTED);
        ngx_socialcare_batch_give_up(batch);
        return;
    }

    ngx_socialcare_redis_confirm(redis, &batch->confirm);
}


void
ngx_socialcare_batch_confirmed(ngx_socialcare_confirm_t *confirm,
    ngx_uint_t safe)
{
    ngx_socialcare_batch_t  *batch;

    batch = ngx_queue_data(confirm, ngx_socialcare_batch_t, confirm);

    if (!safe) {
        ngx_socialcare_batch_give_up(batch);
        return;
    }

    ngx_socialcare_batch_book(batch);
}


static void
ngx_socialcare_delivery_drop(ngx_queue_t *batches)
{
    ngx_queue_t             *q;
    ngx_socialcare_batch_t  *batch;

    while (!ngx_queue_empty(batches)) {
        q = ngx_queue_head(batches);
        ngx_queue_remove(q);

        batch = ngx_queue_data(q, ngx_socialcare_batch_t, queue);
        ngx_socialcare_batch_fail(batch);
    }
}


void
ngx_socialcare_delivery_destroy(ngx_socialcare_delivery_t *delivery)
{
    ngx_queue_t             *q;
    ngx_socialcare_batch_t  *batch;

    ngx_socialcare_delivery_drop(&delivery->open);
    ngx_socialcare_delivery_drop(&delivery->waiting);
    ngx_socialcare_delivery_drop(&delivery->held);
    ngx_socialcare_retry_end(delivery);

    while (!ngx_queue_empty(&delivery->free)) {
        q = ngx_queue_head(&delivery->free);
        ngx_queue_remove(q);

        batch = ngx_queue_data(q, ngx_socialcare_batch_t, queue);
        ngx_destroy_pool(batch->pool);
        ngx_free(batch);
    }

    if (delivery->flush.posted) {
        ngx_delete_posted_event(&delivery->flush);
    }
}
