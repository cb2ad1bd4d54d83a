
/*
 * ngx_socialcare_delivery.h: from a callback's items to a store and back to
 * the callback.
 *
 * A job is one waiting callback.  Its items are gathered per brand
 * partition over one turn of the event loop, across callbacks, and handed to
 * the store as batches; each item's answer is booked in its job, and the
 * last one ends it.  Delivery chooses the store and knows neither HTTP nor
 * platforms.
 */

#ifndef _NGX_SOCIALCARE_DELIVERY_H_INCLUDED_
#define _NGX_SOCIALCARE_DELIVERY_H_INCLUDED_


#include "ngx_socialcare.h"
#include "ngx_socialcare_redis.h"
#include "ngx_socialcare_zone.h"


typedef struct ngx_socialcare_job_s  ngx_socialcare_job_t;


/*
 * Embedded in the owner's memory, which must stay valid until `handler` has
 * been called: exactly once, and never from within _add or _seal.
 */

struct ngx_socialcare_job_s {
    void                   (*handler)(ngx_socialcare_job_t *job);
    ngx_uint_t               waiting;             /* items not answered yet */
    ngx_uint_t               stored;
    ngx_uint_t               duplicates;
    ngx_uint_t               failed;
    ngx_socialcare_store_e   store;
    unsigned                 sealed:1;
};


/* Created in init_process; NULL if out of memory. */
ngx_socialcare_delivery_t *ngx_socialcare_delivery_create(
    ngx_cycle_t *cycle, ngx_socialcare_worker_t *worker);

/*
 * Adds an item; all its texts are copied.  `id` selects the partition if the
 * item has no clock key.  `node` receives the counts and may be NULL.
 * NGX_ERROR: out of memory; the item counts as failed in the job.
 */
ngx_int_t ngx_socialcare_delivery_add(ngx_socialcare_delivery_t *delivery,
    ngx_socialcare_job_t *job, ngx_str_t *brand, ngx_uint_t partitions,
    time_t window, const sc_queue_item_t *item, sc_str_t id,
    ngx_socialcare_queue_node_t *node);

/* No more items: the handler may be called from now on. */
void ngx_socialcare_delivery_seal(ngx_socialcare_job_t *job);

/* For redis: the connection came up or went down. */
void ngx_socialcare_delivery_state(ngx_socialcare_redis_t *redis,
    ngx_socialcare_redis_state_e state);

/* exit_process: fails what is still waiting and frees all memory. */
void ngx_socialcare_delivery_destroy(ngx_socialcare_delivery_t *delivery);


#endif /* _NGX_SOCIALCARE_DELIVERY_H_INCLUDED_ */
