
/*
 * ngx_socialcare_wait.h: a request that waits for its items to be stored.
 *
 * A wait has its own memory: it outlives the request if the client leaves, and
 * is freed only when it ends, or by _drop.
 */

#ifndef _NGX_SOCIALCARE_WAIT_H_INCLUDED_
#define _NGX_SOCIALCARE_WAIT_H_INCLUDED_


#include "ngx_socialcare.h"
#include "ngx_socialcare_delivery.h"


typedef struct ngx_socialcare_wait_s  ngx_socialcare_wait_t;

struct ngx_socialcare_wait_s {
    ngx_socialcare_job_t         job;       /* first: cast from it */
    ngx_http_request_t          *request;   /* NULL: the client left */
    ngx_http_cleanup_t          *cleanup;
    ngx_socialcare_ctx_t        *ctx;
    ngx_msec_t                   start;

    /* The job has ended: counts its outcome, even if the client has left. */
    void                       (*count)(ngx_socialcare_wait_t *wait);

    /* Sends the answer; returns the code to finalize the request with. */
    ngx_int_t                  (*answer)(ngx_socialcare_wait_t *wait);
};


/*
 * Allocates `size` zeroed bytes for a structure that begins with the wait.  The
 * caller sets `count` and `answer`.  NULL if out of memory.
 */
ngx_socialcare_wait_t *ngx_socialcare_wait_new(ngx_http_request_t *r,
    ngx_socialcare_ctx_t *ctx, size_t size);

/* If items were handed to delivery under the wait's job: NGX_AGAIN. */
ngx_int_t ngx_socialcare_wait_begin(ngx_socialcare_wait_t *wait);

/* If none were: frees the wait; the request goes on without it. */
void ngx_socialcare_wait_drop(ngx_socialcare_wait_t *wait);


#endif /* _NGX_SOCIALCARE_WAIT_H_INCLUDED_ */
