
/*
 * ngx_socialcare_retry.c: batches that Redis asks to have sent again shortly.
 *
 * TRYAGAIN: the tag's slot is being migrated to another node, and only some of
 * its keys are there yet.  That may be over soon, so such a batch is sent three
 * times before it is given up.  Later batches of its tag wait behind it, and
 * follow it into the spool: their order is kept.
 */

#include "ngx_socialcare_batch.h"


#define NGX_SOCIALCARE_MAX_TRIES    3

/* Between two attempts, in ms: a random time from the first to the last. */
#define NGX_SOCIALCARE_RETRY_FIRST  50
#define NGX_SOCIALCARE_RETRY_LAST   200


static void ngx_socialcare_retry_handler(ngx_event_t *ev);


void
ngx_socialcare_retry_init(ngx_socialcare_delivery_t *delivery)
{
    ngx_queue_init(&delivery->retrying);

    delivery->retry_data.fd = (ngx_socket_t) -1;
    delivery->retry_data.data = delivery;
    delivery->retry.handler = ngx_socialcare_retry_handler;
    delivery->retry.data = &delivery->retry_data;
    delivery->retry.log = delivery->log;
}


/* The last batch of this tag that waits here, or NULL. */

static ngx_socialcare_batch_t *
ngx_socialcare_retry_find(ngx_socialcare_delivery_t *delivery, sc_str_t tag)
{
    ngx_queue_t             *q;
    ngx_socialcare_batch_t  *batch;

    for (q = ngx_queue_last(&delivery->retrying);
         q != ngx_queue_sentinel(&delivery->retrying);
         q = ngx_queue_prev(q))
    {
        batch = ngx_queue_data(q, ngx_socialcare_batch_t, queue);

        if (sc_str_eq(batch->tag, tag)) {
            return batch;
        }
    }

    return NULL;
}


static void
ngx_socialcare_retry_schedule(ngx_socialcare_delivery_t *delivery)
{
    ngx_queue_t             *q;
    ngx_msec_int_t           left, first;
    ngx_socialcare_batch_t  *batch;

    first = NGX_SOCIALCARE_RETRY_LAST;

    for (q = ngx_queue_head(&delivery->retrying);
         q != ngx_queue_sentinel(&delivery->retrying);
         q = ngx_queue_next(q))
    {
        batch = ngx_queue_data(q, ngx_socialcare_batch_t, queue);
        left = (ngx_msec_int_t) (batch->retry_at - ngx_current_msec);
        first = ngx_min(first, left);
    }

    ngx_add_timer(&delivery->retry, (ngx_msec_t) ngx_max(first, 1));
}


ngx_int_t
ngx_socialcare_batch_retry(ngx_socialcare_batch_t *batch)
{
    ngx_socialcare_batch_t     *before;
    ngx_socialcare_delivery_t  *delivery;

    delivery = batch->delivery;

    if (++batch->tries == NGX_SOCIALCARE_MAX_TRIES) {
        return NGX_DECLINED;
    }

    ngx_socialcare_count(
             delivery->worker->shared->redis_errors[SC_REPLY_TRY_AGAIN]);

    before = ngx_socialcare_retry_find(delivery, batch->tag);

    batch->retry_at = before != NULL ? before->retry_at
                      : ngx_current_msec + NGX_SOCIALCARE_RETRY_FIRST
                        + (ngx_msec_t) ngx_random()
                          % (NGX_SOCIALCARE_RETRY_LAST
                             - NGX_SOCIALCARE_RETRY_FIRST);

    ngx_queue_insert_tail(&delivery->retrying, &batch->queue);
    ngx_socialcare_retry_schedule(delivery);

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_batch_follow_retry(ngx_socialcare_batch_t *batch)
{
    ngx_socialcare_batch_t     *before;
    ngx_socialcare_delivery_t  *delivery;

    delivery = batch->delivery;

    if (ngx_queue_empty(&delivery->retrying)) {
        return NGX_DECLINED;
    }

    before = ngx_socialcare_retry_find(delivery, batch->tag);

    if (before == NULL) {
        return NGX_DECLINED;
    }

    batch->retry_at = before->retry_at;
    ngx_queue_insert_tail(&delivery->retrying, &batch->queue);

    return NGX_OK;
}


static void
ngx_socialcare_retry_handler(ngx_event_t *ev)
{
    ngx_queue_t                *q, *next;
    ngx_connection_t           *c;
    ngx_socialcare_batch_t     *batch;
    ngx_socialcare_delivery_t  *delivery;

    c = ev->data;
    delivery = c->data;

    for (q = ngx_queue_head(&delivery->retrying);
         q != ngx_queue_sentinel(&delivery->retrying);
         q = next)
    {
        next = ngx_queue_next(q);
        batch = ngx_queue_data(q, ngx_socialcare_batch_t, queue);

        if ((ngx_msec_int_t) (batch->retry_at - ngx_current_msec) > 0) {
            continue;
        }

        ngx_queue_remove(q);

        /* Those before it may have been given up meanwhile. */

        if (!ngx_socialcare_batch_follow(batch, 1)
            && ngx_socialcare_batch_send(batch) != NGX_OK)
        {
            ngx_socialcare_batch_fail(batch);
        }
    }

    if (!ngx_queue_empty(&delivery->retrying)) {
        ngx_socialcare_retry_schedule(delivery);
    }

    /* A broken connection calls _retry_end from within this call. */

    ngx_socialcare_redis_flush(delivery->worker->redis);
    ngx_post_event(&delivery->flush, &ngx_posted_events);
}


void
ngx_socialcare_retry_end(ngx_socialcare_delivery_t *delivery)
{
    ngx_queue_t             *q;
    ngx_socialcare_batch_t  *batch;

    while (!ngx_queue_empty(&delivery->retrying)) {
        q = ngx_queue_head(&delivery->retrying);
        ngx_queue_remove(q);

        batch = ngx_queue_data(q, ngx_socialcare_batch_t, queue);
        ngx_socialcare_batch_fail(batch);
    }

    if (delivery->retry.timer_set) {
        ngx_del_timer(&delivery->retry);
    }
}
