
/*
 * ngx_socialcare_buf.h: the core's buffers on top of ngx_alloc(), for data
 * that outlives a request.
 */

#ifndef _NGX_SOCIALCARE_BUF_H_INCLUDED_
#define _NGX_SOCIALCARE_BUF_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "sc_buf.h"


/* An empty buffer, nothing allocated yet; grows up to `limit` bytes. */
void ngx_socialcare_buf_init(sc_buf_t *buf, size_t limit, ngx_log_t *log);

/* Empties it; its memory is kept for reuse unless it exceeds `keep` bytes. */
void ngx_socialcare_buf_reset(sc_buf_t *buf, size_t keep);


#endif /* _NGX_SOCIALCARE_BUF_H_INCLUDED_ */
