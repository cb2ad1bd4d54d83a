
/*
 * ngx_socialcare_status_subscription.c: copies subscriptions and own replies
 * from the zone into the snapshot.
 */

#include "ngx_socialcare_status.h"
#include "ngx_socialcare_subscription.h"


static ngx_int_t
ngx_socialcare_status_leases(ngx_pool_t *pool, sc_status_t *status)
{
    size_t                        n, i;
    sc_status_lease_t            *leases;
    ngx_socialcare_shared_t      *shared;
    ngx_socialcare_lease_node_t  *node, *first;

    shared = ngx_socialcare_worker.shared;
    first = shared->leases;
    n = 0;

    for (node = first; node != NULL; node = node->next) {
        n++;
    }

    leases = ngx_palloc(pool, ngx_max(n, 1) * sizeof(sc_status_lease_t));
    if (leases == NULL) {
        return NGX_ERROR;
    }

    i = 0;

    for (node = first; node != NULL; node = node->next) {

        /* A subscription that no location has any more is not shown. */

        if (node->load != shared->loads) {
            continue;
        }

        leases[i].platform = sc_platforms[node->platform]->name;
        leases[i].topic = ngx_socialcare_to_core(node->topic);
        leases[i].ends_ms = ngx_socialcare_status_time(&node->ends_ms);
        i++;
    }

    status->leases = leases;
    status->leases_count = i;

    return NGX_OK;
}


static void
ngx_socialcare_status_own(ngx_socialcare_brand_node_t *brand,
    ngx_socialcare_own_node_t *node, int64_t now_ms, sc_status_own_t *own)
{
    own->brand = ngx_socialcare_to_core(brand->name);
    own->platform = sc_platforms[node->platform]->name;
    own->message_ms = ngx_socialcare_status_time(&node->message_ms);
    own->reply_ms = ngx_socialcare_status_time(&node->reply_ms);
    own->unseen_ms = ngx_socialcare_status_time(&node->unseen_ms);
    own->missing = ngx_socialcare_own_replies_are_missing(node, now_ms);
}


/* Rows may be added between counting and copying: `n` is the bound. */

static ngx_int_t
ngx_socialcare_status_own_replies(ngx_pool_t *pool, ngx_str_t *only,
    sc_status_t *status)
{
    size_t                        n, i;
    sc_status_own_t              *own;
    ngx_socialcare_own_node_t    *node;
    ngx_socialcare_brand_node_t  *brand, *first;

    first = ngx_socialcare_worker.shared->brands;
    n = 0;

    for (brand = first; brand != NULL; brand = brand->next) {
        for (node = brand->own; node != NULL; node = node->next) {
            n += ngx_socialcare_status_wants(only, &brand->name);
        }
    }

    own = ngx_palloc(pool, ngx_max(n, 1) * sizeof(sc_status_own_t));
    if (own == NULL) {
        return NGX_ERROR;
    }

    i = 0;

    for (brand = first; brand != NULL; brand = brand->next) {
        if (!ngx_socialcare_status_wants(only, &brand->name)) {
            continue;
        }

        for (node = brand->own; node != NULL && i < n; node = node->next) {
            ngx_socialcare_status_own(brand, node, status->now_ms, &own[i++]);
        }
    }

    status->own = own;
    status->own_count = i;

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_status_subscriptions(ngx_pool_t *pool, ngx_str_t *only,
    sc_status_t *status)
{
    if (ngx_socialcare_status_leases(pool, status) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_socialcare_status_own_replies(pool, only, status);
}
