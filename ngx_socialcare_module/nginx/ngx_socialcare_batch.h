
/*
 * ngx_socialcare_batch.h: items of one tag on their way to a store, and the
 * jobs they belong to.  Private to _delivery.c, _batch.c and _retry.c.
 */

#ifndef _NGX_SOCIALCARE_BATCH_H_INCLUDED_
#define _NGX_SOCIALCARE_BATCH_H_INCLUDED_


#include "ngx_socialcare_delivery.h"
#include "ngx_socialcare_spool.h"


#define NGX_SOCIALCARE_MAX_TAG  (256 + 64)


typedef struct {
    ngx_socialcare_job_t         *job;
    ngx_socialcare_queue_node_t  *node;
} ngx_socialcare_entry_t;


typedef struct {
    ngx_socialcare_command_t      command;     /* first: cast from it */
    ngx_socialcare_confirm_t      confirm;
    ngx_queue_t                   queue;       /* open, waiting, held,
                                                  retrying, free */
    ngx_socialcare_delivery_t    *delivery;
    ngx_pool_t                   *pool;        /* texts of the items */
    u_char                        tag_text[NGX_SOCIALCARE_MAX_TAG];
    sc_str_t                      tag;
    time_t                        window;
    size_t                        bytes;
    ngx_uint_t                    with_source;
    ngx_uint_t                    tries;
    ngx_msec_t                    retry_at;
    ngx_uint_t                    count;
    sc_item_result_t              results[SC_QUEUE_MAX_ITEMS];
    sc_queue_item_t               items[SC_QUEUE_MAX_ITEMS];
    ngx_socialcare_entry_t        entries[SC_QUEUE_MAX_ITEMS];
} ngx_socialcare_batch_t;


struct ngx_socialcare_delivery_s {
    ngx_socialcare_worker_t      *worker;
    ngx_queue_t                   open;
    ngx_queue_t                   waiting;
    ngx_uint_t                    waiting_count;
    ngx_queue_t                   held;
    ngx_uint_t                    held_count;
    ngx_queue_t                   retrying;
    ngx_queue_t                   free;
    ngx_uint_t                    free_count;
    ngx_event_t                   flush;       /* at the end of the turn */
    ngx_connection_t              flush_data;
    ngx_event_t                   retry;       /* the first of `retrying` */
    ngx_connection_t              retry_data;
    ngx_log_t                    *log;
};


/* Sends a batch; NGX_ERROR: it was not sent and remains the caller's. */
ngx_int_t ngx_socialcare_batch_send(ngx_socialcare_batch_t *batch);

/*
 * Keeps the batch behind earlier items of its tag that are still in the spool:
 * spools it or, without `force`, may hold it.  False: there are none.
 */
ngx_uint_t ngx_socialcare_batch_follow(ngx_socialcare_batch_t *batch,
    ngx_uint_t force);

/*
 * _retry.c.  NGX_OK: the batch will be sent again soon (_retry), or is queued
 * behind earlier ones of its tag that will be (_follow_retry).
 */
void ngx_socialcare_retry_init(ngx_socialcare_delivery_t *delivery);
ngx_int_t ngx_socialcare_batch_retry(ngx_socialcare_batch_t *batch);
ngx_int_t ngx_socialcare_batch_follow_retry(ngx_socialcare_batch_t *batch);
void ngx_socialcare_retry_end(ngx_socialcare_delivery_t *delivery);


/* An empty batch, its command's handlers set; NULL if out of memory. */
ngx_socialcare_batch_t *ngx_socialcare_batch_new(
    ngx_socialcare_delivery_t *delivery);

/* Copies the item's texts; the caller sets its entry and the count. */
ngx_int_t ngx_socialcare_batch_add(ngx_socialcare_batch_t *batch,
    const sc_queue_item_t *item);

/*
 * The two ends of a batch: Redis' answer is booked, or Redis did not take it.
 * What Redis refused goes to the spool, if there is one.  Both free the batch.
 */
void ngx_socialcare_batch_book(ngx_socialcare_batch_t *batch);
void ngx_socialcare_batch_fail(ngx_socialcare_batch_t *batch);

/* Redis answered; later, whether what it did is safe. */
void ngx_socialcare_batch_reply(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply);
void ngx_socialcare_batch_confirmed(ngx_socialcare_confirm_t *confirm,
    ngx_uint_t safe);

/* Called by the spool: an item is synced, or no store has it. */
void ngx_socialcare_delivery_booked(ngx_socialcare_ticket_t *ticket,
    ngx_uint_t stored);


#endif /* _NGX_SOCIALCARE_BATCH_H_INCLUDED_ */
