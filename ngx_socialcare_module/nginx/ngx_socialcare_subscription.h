
/*
 * ngx_socialcare_subscription.h: whether the platforms keep us informed:
 * subscriptions, which expire unless renewed, and the brand's own replies,
 * without which everybody seems to be waiting.
 *
 * This state lives in the shared zone: it survives reloads but not a restart
 * of nginx, and reflects only what this machine received.
 */

#ifndef _NGX_SOCIALCARE_SUBSCRIPTION_H_INCLUDED_
#define _NGX_SOCIALCARE_SUBSCRIPTION_H_INCLUDED_


#include "ngx_socialcare.h"
#include "ngx_socialcare_zone.h"


/* One of a receiver's subscriptions. */

struct ngx_socialcare_lease_s {
    ngx_uint_t                    platform;       /* its index */
    ngx_str_t                     topic;
    ngx_socialcare_lease_node_t  *node;           /* NULL: the zone is full */
};


/* Once the receiver's options are complete: lists its subscriptions. */
ngx_int_t ngx_socialcare_subscription_conf(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf);

/* When the zone is created or reused: a node for each subscription. */
void ngx_socialcare_subscription_zone(ngx_socialcare_shared_t *shared,
    ngx_socialcare_main_conf_t *mcf);

/*
 * A handshake was answered: it may have renewed a subscription, or announced
 * the end of one, which is logged.
 */
void ngx_socialcare_subscription_note(ngx_socialcare_loc_conf_t *slcf,
    const sc_callback_t *callback);

/*
 * Notes a message from a customer or from the brand, on a platform that reports
 * the latter only if asked to.  Once customers have been writing for a day and
 * nothing from the brand was seen, logs that, once.  brand: NULL if the zone
 * has no room for it.
 */
void ngx_socialcare_own_replies_note(const sc_mention_t *mention,
    sc_clock_t clock, ngx_socialcare_brand_node_t *brand);

/* Customers have been writing for a day, and no reply was seen. */
ngx_uint_t ngx_socialcare_own_replies_are_missing(
    ngx_socialcare_own_node_t *node, int64_t now_ms);


#endif /* _NGX_SOCIALCARE_SUBSCRIPTION_H_INCLUDED_ */
