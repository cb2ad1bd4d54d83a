
/*
 * ngx_socialcare_answer.h: the answer to a request, and sending it.
 *
 * Knows neither platforms nor stores: who is asking, and why, is the caller's
 * concern.
 */

#ifndef _NGX_SOCIALCARE_ANSWER_H_INCLUDED_
#define _NGX_SOCIALCARE_ANSWER_H_INCLUDED_


#include "ngx_socialcare.h"


/* Each cause of refusal is logged at most once in this many seconds. */
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


/* Copies a platform's answer, whose texts are short-lived, into `pool`. */
ngx_int_t ngx_socialcare_copy_answer(ngx_pool_t *pool,
    ngx_socialcare_answer_t *answer, const sc_answer_t *from);

/* The texts are not copied: they must live as long as the request. */
ngx_int_t ngx_socialcare_add_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value);

/* These return the code to finalize the request with. */
ngx_int_t ngx_socialcare_send(ngx_http_request_t *r,
    ngx_socialcare_answer_t *answer);

/* Sends an empty body; a 503 carries Retry-After. */
ngx_int_t ngx_socialcare_send_status(ngx_http_request_t *r,
    ngx_uint_t status);

/* Sends 405; the request's body is discarded. */
ngx_int_t ngx_socialcare_send_allow(ngx_http_request_t *r, ngx_str_t *methods);

/*
 * Whether a line may be logged again; *last is the time of the previous one.
 * A flood of refusals must not become a flood of log lines.
 */
ngx_uint_t ngx_socialcare_log_is_due(time_t *last);

/* Whether `last` is less than that interval ago. */
ngx_uint_t ngx_socialcare_log_is_recent(time_t last);


#endif /* _NGX_SOCIALCARE_ANSWER_H_INCLUDED_ */
