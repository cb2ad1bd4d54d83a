
/*
 * ngx_socialcare_close.h: socialcare_close, the internal endpoint by which a
 * worker or a desk ends waits that nobody will answer.
 *
 * Who may call it is nginx's affair (allow, auth_basic, a listening socket of
 * its own): here everybody is believed.
 */

#ifndef _NGX_SOCIALCARE_CLOSE_H_INCLUDED_
#define _NGX_SOCIALCARE_CLOSE_H_INCLUDED_


#include "ngx_socialcare.h"


char *ngx_socialcare_close_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* All directives of a location with socialcare_close are known. */
void ngx_socialcare_finish_close(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf);

ngx_int_t ngx_socialcare_close_handler(ngx_http_request_t *r);

/* Log phase: what every request to the endpoint leaves behind. */
void ngx_socialcare_close_log(ngx_http_request_t *r,
    ngx_socialcare_result_e result);


#endif /* _NGX_SOCIALCARE_CLOSE_H_INCLUDED_ */
