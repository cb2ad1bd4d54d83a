
/*
 * ngx_socialcare_registry.h: the set of all brands, in Redis.
 *
 * A brand that a map chooses is named nowhere in the configuration, and one
 * that was renamed no longer is: after a restart only Redis knows whose waits
 * are open and whose queues are not empty.
 */

#ifndef _NGX_SOCIALCARE_REGISTRY_H_INCLUDED_
#define _NGX_SOCIALCARE_REGISTRY_H_INCLUDED_


#include "ngx_socialcare_zone.h"


/*
 * The next brand, `brand` or after it, that is to be entered: one with a
 * receiver, or that had a mention, since the zone was created.  `all`: also
 * those that have been entered.  NULL: none.
 */
ngx_socialcare_brand_node_t *ngx_socialcare_registry_next(
    ngx_socialcare_brand_node_t *brand, ngx_uint_t all);

/* Appends the command that enters a brand, and the one that lists them all. */
void ngx_socialcare_registry_write_entry(ngx_socialcare_worker_t *worker,
    ngx_socialcare_brand_node_t *brand, sc_buf_t *out);
void ngx_socialcare_registry_write_list(ngx_socialcare_worker_t *worker,
    sc_buf_t *out);

/*
 * The replies to these.  Brands listed get a place in the zone; whatever is not
 * of our form is ignored.  NGX_ERROR: not a reply that the command can give.
 */
ngx_int_t ngx_socialcare_registry_read_entry(
    ngx_socialcare_brand_node_t *brand, ngx_socialcare_reply_t *reply);
ngx_int_t ngx_socialcare_registry_read_list(ngx_socialcare_worker_t *worker,
    ngx_socialcare_reply_t *reply);


#endif /* _NGX_SOCIALCARE_REGISTRY_H_INCLUDED_ */
