
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
    ngx_queue_t                   queue;       /* open, waiting, held, free */
    ngx_socialcare_delivery_t    *delivery;
    ngx_pool_t                   *pool;        /* texts of the items */
    u_char                        tag_text[NGX_SOCIALCARE_MAX_TAG];
    sc_str_t                      tag;
    time_t                        window;
    size_t                        bytes;
    ngx_uint_t                    tries;
    ngx_uint_t                    count;
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
    ngx_queue_t                   free;
    ngx_uint_t                    free_count;
    ngx_event_t                   flush;       /* at the end of the turn */
    ngx_connection_t              flush_data;
    ngx_log_t                    *log;
};


/* Empty; `reply` will handle its command.  NULL without memory. */
ngx_socialcare_batch_t *ngx_socialcare_batch_new(
    ngx_socialcare_delivery_t *delivery,
    void (*reply)(ngx_socialcare_command_t *command,
        ngx_socialcare_reply_t *reply));

/* Copies the item's texts; the caller sets its entry and counts it. */
ngx_int_t ngx_socialcare_batch_add(ngx_socialcare_batch_t *batch,
    const sc_queue_item_t *item);

/*
 * The ends of a batch: booked by the answer of Redis, or not taken by it.
 * What Redis refused goes to the spool where there is one.  Frees the batch.
 */
void ngx_socialcare_batch_book(ngx_socialcare_batch_t *batch,
    const sc_item_result_t *results);
void ngx_socialcare_batch_fail(ngx_socialcare_batch_t *batch);

/* For the spool: an item is synced, or no store has it. */
void ngx_socialcare_delivery_booked(ngx_socialcare_ticket_t *ticket,
    ngx_uint_t stored);


#endif /* _NGX_SOCIALCARE_BATCH_H_INCLUDED_ */
