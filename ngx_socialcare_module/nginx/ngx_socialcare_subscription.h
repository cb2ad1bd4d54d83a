
/*
 * ngx_socialcare_subscription.h: whether the platforms go on telling us:
 * subscriptions that end unless they are renewed, and the brand's own replies,
 * without which everybody seems to wait.
 *
 * What is known lives in the shared zone: it survives reloads, not a restart
 * of nginx, and is what this machine received.
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


/* The receiver's options are complete: what does it subscribe to? */
ngx_int_t ngx_socialcare_subscription_conf(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf);

/* When the zone is made or kept: a place for each subscription. */
void ngx_socialcare_subscription_zone(ngx_socialcare_shared_t *shared,
    ngx_socialcare_main_conf_t *mcf);

/*
 * A handshake was answered: it may have renewed a subscription, or have said
 * that one is over, which is logged.
 */
void ngx_socialcare_subscription_note(ngx_socialcare_loc_conf_t *slcf,
    const sc_callback_t *callback);

/*
 * A message of a customer or of the brand, on a platform that tells of the
 * latter only when asked to.  Once customers have written for a day and
 * nothing of the brand was seen, says so in the log, once.  brand: NULL where
 * the zone has no room for it.
 */
void ngx_socialcare_own_replies_note(const sc_mention_t *mention,
    sc_clock_t clock, ngx_socialcare_brand_node_t *brand);

/* Customers have been writing for a day, and no reply was seen. */
ngx_uint_t ngx_socialcare_own_replies_are_missing(
    ngx_socialcare_own_node_t *node, int64_t now_ms);


#endif /* _NGX_SOCIALCARE_SUBSCRIPTION_H_INCLUDED_ */
