
/*
 * ngx_socialcare_answer.h: what a request is answered with, and sending it.
 *
 * Knows neither platforms nor stores: who asks and why is the caller's.
 */

#ifndef _NGX_SOCIALCARE_ANSWER_H_INCLUDED_
#define _NGX_SOCIALCARE_ANSWER_H_INCLUDED_


#include "ngx_socialcare.h"


/* A refusal is logged once per cause and this many seconds. */
#define NGX_SOCIALCARE_LOG_INTERVAL  10


/* Texts are static or in the request's pool. */

typedef struct {
    ngx_uint_t                   status;
    ngx_str_t                    content_type;
    ngx_str_t                    body;
    ngx_str_t                    header_name;
    ngx_str_t                    header_value;
    ngx_keyval_t                *more;      /* further headers */
    ngx_uint_t                   more_count;
} ngx_socialcare_answer_t;


/* A platform's answer, whose texts go away, into memory of `pool`. */
ngx_int_t ngx_socialcare_copy_answer(ngx_pool_t *pool,
    ngx_socialcare_answer_t *answer, const sc_answer_t *from);

/* The texts are not copied: they live as long as the request. */
ngx_int_t ngx_socialcare_add_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value);

/* These return what the request is finalized with. */
ngx_int_t ngx_socialcare_send(ngx_http_request_t *r,
    ngx_socialcare_answer_t *answer);

/* Empty; 503 comes with Retry-After. */
ngx_int_t ngx_socialcare_send_status(ngx_http_request_t *r,
    ngx_uint_t status);

/* 405; the request's body is discarded. */
ngx_int_t ngx_socialcare_send_allow(ngx_http_request_t *r, ngx_str_t *methods);

/*
 * Whether a line may be logged again, *last being the time of the last one:
 * a flood of refusals must not become a flood of log lines.
 */
ngx_uint_t ngx_socialcare_log_is_due(time_t *last);


#endif /* _NGX_SOCIALCARE_ANSWER_H_INCLUDED_ */
