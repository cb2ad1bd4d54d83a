
/*
 * ngx_socialcare_close.h: socialcare_close, the internal endpoint through which
 * a worker or a desk ends waits that nobody will answer.
 *
 * Access control is left to nginx (allow, auth_basic, a separate listening
 * socket): every caller is trusted here.
 */

#ifndef _NGX_SOCIALCARE_CLOSE_H_INCLUDED_
#define _NGX_SOCIALCARE_CLOSE_H_INCLUDED_


#include "ngx_socialcare.h"


char *ngx_socialcare_close_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* Called once a location with socialcare_close is fully parsed. */
void ngx_socialcare_finish_close(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf);

ngx_int_t ngx_socialcare_close_handler(ngx_http_request_t *r);

/* Log phase: counts every request to the endpoint. */
void ngx_socialcare_close_log(ngx_http_request_t *r,
    ngx_socialcare_result_e result);


#endif /* _NGX_SOCIALCARE_CLOSE_H_INCLUDED_ */
