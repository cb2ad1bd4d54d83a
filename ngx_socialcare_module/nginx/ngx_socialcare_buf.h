
/*
 * ngx_socialcare_buf.h: the core's buffers over ngx_alloc(), for what outlives
 * a request.
 */

#ifndef _NGX_SOCIALCARE_BUF_H_INCLUDED_
#define _NGX_SOCIALCARE_BUF_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "sc_buf.h"


/* Empty, without memory; grows up to `limit` bytes. */
void ngx_socialcare_buf_init(sc_buf_t *buf, size_t limit, ngx_log_t *log);

/* Empties it; its memory stays for the next use, unless it is over `keep`. */
void ngx_socialcare_buf_reset(sc_buf_t *buf, size_t keep);


#endif /* _NGX_SOCIALCARE_BUF_H_INCLUDED_ */
