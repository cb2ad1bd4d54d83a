
/*
 * ngx_socialcare_status.h: the parts of the status endpoint, and what they
 * share.  Only _status*.c include it.
 */

#ifndef _NGX_SOCIALCARE_STATUS_H_INCLUDED_
#define _NGX_SOCIALCARE_STATUS_H_INCLUDED_


#include "ngx_socialcare.h"
#include "ngx_socialcare_zone.h"


/*
 * Copies everything that `format` shows; NGX_ERROR if out of memory.  Texts
 * and arrays live in the request's pool or in the zone.
 */
ngx_int_t ngx_socialcare_status_collect(ngx_http_request_t *r,
    sc_status_format_t format, sc_status_t *status);

/* The same for queues, waits and brands; honours ?brand= and ?window=. */
ngx_int_t ngx_socialcare_status_care(ngx_http_request_t *r,
    sc_status_format_t format, sc_status_t *status);

/* What is burning; of all brands if only->data is NULL. */
ngx_int_t ngx_socialcare_status_trends(ngx_pool_t *pool, ngx_str_t *only,
    sc_status_trends_t *status);

/* Subscriptions and own replies; of all brands if only->data is NULL. */
ngx_int_t ngx_socialcare_status_subscriptions(ngx_pool_t *pool,
    ngx_str_t *only, sc_status_t *status);

/* ?brand=: is this brand shown?  All are if only->data is NULL. */

static ngx_inline ngx_uint_t
ngx_socialcare_status_wants(ngx_str_t *only, ngx_str_t *brand)
{
    return only->data == NULL
           || (only->len == brand->len
               && ngx_memcmp(only->data, brand->data, brand->len) == 0);
}


/* 0 in the zone means "never". */
int64_t ngx_socialcare_status_time(ngx_atomic_t *word);


#endif /* _NGX_SOCIALCARE_STATUS_H_INCLUDED_ */
