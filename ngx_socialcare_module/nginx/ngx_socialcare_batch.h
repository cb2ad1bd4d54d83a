
/*
 * ngx_socialcare_batch.h: items of one tag on their way to a store, and whose
 * they are.  Between delivery's two files; nobody else looks inside.
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


/* How a batch is sent; NGX_ERROR: it was not, and stays the caller's. */
ngx_int_t ngx_socialcare_batch_send(ngx_socialcare_batch_t *batch);

/*
 * Whether the batch has followed earlier items of its tag, which are on their
 * way through the spool: into it or, without `force`, to those that are held.
 */
ngx_uint_t ngx_socialcare_batch_follow(ngx_socialcare_batch_t *batch,
    ngx_uint_t force);

/*
 * _retry.c.  NGX_OK: it will be sent again soon; or it has joined earlier ones
 * of its tag that will.
 */
void ngx_socialcare_retry_init(ngx_socialcare_delivery_t *delivery);
ngx_int_t ngx_socialcare_batch_retry(ngx_socialcare_batch_t *batch);
ngx_int_t ngx_socialcare_batch_follow_retry(ngx_socialcare_batch_t *batch);
void ngx_socialcare_retry_end(ngx_socialcare_delivery_t *delivery);


/* Empty, the handlers of its command set.  NULL without memory. */
ngx_socialcare_batch_t *ngx_socialcare_batch_new(
    ngx_socialcare_delivery_t *delivery);

/* Copies the item's texts; the caller sets its entry and counts it. */
ngx_int_t ngx_socialcare_batch_add(ngx_socialcare_batch_t *batch,
    const sc_queue_item_t *item);

/*
 * The ends of a batch: booked by the answer of Redis, or not taken by it.
 * What Redis refused goes to the spool where there is one.  Frees the batch.
 */
void ngx_socialcare_batch_book(ngx_socialcare_batch_t *batch);
void ngx_socialcare_batch_fail(ngx_socialcare_batch_t *batch);

/* Redis answered; or what it has done is safe, or not. */
void ngx_socialcare_batch_reply(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply);
void ngx_socialcare_batch_confirmed(ngx_socialcare_confirm_t *confirm,
    ngx_uint_t safe);

/* For the spool: an item is synced, or no store has it. */
void ngx_socialcare_delivery_booked(ngx_socialcare_ticket_t *ticket,
    ngx_uint_t stored);


#endif /* _NGX_SOCIALCARE_BATCH_H_INCLUDED_ */
