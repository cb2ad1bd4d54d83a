
/*
 * ngx_socialcare_intake.h: one verified callback -> items for delivery.
 *
 * The only place where the core's platform files meet nginx's configuration:
 * brand, queue and target are chosen here, per mention.
 */

#ifndef _NGX_SOCIALCARE_INTAKE_H_INCLUDED_
#define _NGX_SOCIALCARE_INTAKE_H_INCLUDED_


#include "ngx_socialcare.h"
#include "ngx_socialcare_delivery.h"


/*
 * Memory for reading one callback, reused by the next: reading ends before
 * control returns to the event loop.
 */

typedef struct {
    sc_arena_t                arena;
    u_char                   *memory;      /* kept */
    size_t                    memory_used;
    ngx_queue_t               blocks;      /* beyond it, freed at the end */
    sc_buf_t                  record;
    sc_buf_t                  id;
    sc_header_t              *headers;
    ngx_log_t                *log;
} ngx_socialcare_scratch_t;


/* init_process and exit_process. */
ngx_int_t ngx_socialcare_scratch_init(ngx_cycle_t *cycle);
void ngx_socialcare_scratch_destroy(void);

/* Empties it for the next callback; `limit` caps its size in bytes. */
ngx_socialcare_scratch_t *ngx_socialcare_scratch_begin(size_t limit);
void ngx_socialcare_scratch_end(ngx_socialcare_scratch_t *scratch);

/* The request as the core sees it.  `body` may be empty.  Valid until _end. */
ngx_int_t ngx_socialcare_request_fill(ngx_http_request_t *r,
    ngx_socialcare_loc_conf_t *slcf, ngx_socialcare_scratch_t *scratch,
    ngx_str_t body, sc_request_t *request);

/* Bytes of the body that nginx has read. */
size_t ngx_socialcare_request_size(ngx_http_request_t *r);

/*
 * The body in one piece: in place if it lies in one buffer, else copied to the
 * scratch memory, whose limit must allow for it.  Most bodies begin in the
 * header's buffer and are copied; not into the request's pool, since thousands
 * of requests may be waiting and none of them needs its body any more.
 */
ngx_int_t ngx_socialcare_request_body(ngx_http_request_t *r,
    ngx_socialcare_scratch_t *scratch, ngx_str_t *body);

/*
 * Hands the callback's mentions and dead letters to delivery under `job`.
 * NGX_ERROR: out of memory; items already added stay with the job.
 */
ngx_int_t ngx_socialcare_intake(ngx_http_request_t *r,
    ngx_socialcare_ctx_t *ctx, ngx_socialcare_scratch_t *scratch,
    sc_callback_t *callback, ngx_socialcare_job_t *job);

/* The whole body as one dead letter. */
ngx_int_t ngx_socialcare_intake_dead(ngx_http_request_t *r,
    ngx_socialcare_ctx_t *ctx, ngx_socialcare_scratch_t *scratch,
    sc_callback_t *callback, ngx_socialcare_job_t *job);


#endif /* _NGX_SOCIALCARE_INTAKE_H_INCLUDED_ */
