
/*
 * ngx_socialcare_reply.h: bytes from the server -> replies, using hiredis'
 * reader with reply objects of our own: bounded in size and count, in memory
 * that is reused for the next reply.
 */

#ifndef _NGX_SOCIALCARE_REPLY_H_INCLUDED_
#define _NGX_SOCIALCARE_REPLY_H_INCLUDED_


#include "ngx_socialcare_redis.h"


typedef struct ngx_socialcare_reader_s  ngx_socialcare_reader_t;


ngx_socialcare_reader_t *ngx_socialcare_reader_create(ngx_log_t *log);
void ngx_socialcare_reader_destroy(ngx_socialcare_reader_t *reader);

/* Discards a half-read reply: for a new connection. */
ngx_int_t ngx_socialcare_reader_reset(ngx_socialcare_reader_t *reader);

ngx_int_t ngx_socialcare_reader_feed(ngx_socialcare_reader_t *reader,
    u_char *data, size_t len);

/*
 * NGX_OK with *reply (valid until the next call), NGX_AGAIN if more bytes are
 * needed, NGX_ERROR if it is not RESP2, exceeds the bounds, or memory ran out.
 */
ngx_int_t ngx_socialcare_reader_next(ngx_socialcare_reader_t *reader,
    ngx_socialcare_reply_t **reply);

/* Why one of the two returned NGX_ERROR, for the log; a static string. */
const char *ngx_socialcare_reader_problem(ngx_socialcare_reader_t *reader);


#endif /* _NGX_SOCIALCARE_REPLY_H_INCLUDED_ */
