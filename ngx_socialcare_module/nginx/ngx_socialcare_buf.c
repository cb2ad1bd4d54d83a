
/*
 * ngx_socialcare_buf.c: growing and freeing buffers that outlive a request.
 */

#include "ngx_socialcare_buf.h"


static u_char *
ngx_socialcare_buf_grow(void *owner, u_char *old, size_t used, size_t size)
{
    u_char     *data;
    ngx_log_t  *log;

    log = owner;

    data = ngx_alloc(size, log);
    if (data == NULL) {
        return NULL;
    }

    if (old != NULL) {
        ngx_memcpy(data, old, used);
        ngx_free(old);
    }

    return data;
}


void
ngx_socialcare_buf_init(sc_buf_t *buf, size_t limit, ngx_log_t *log)
{
    sc_buf_init(buf, ngx_socialcare_buf_grow, log, limit);
}


void
ngx_socialcare_buf_reset(sc_buf_t *buf, size_t keep)
{
    buf->len = 0;
    buf->failed = false;

    if (buf->size > keep) {
        ngx_free(buf->data);
        buf->data = NULL;
        buf->size = 0;
    }
}
