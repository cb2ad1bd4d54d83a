
/*
 * floor.c: the minimum that a receiver can do: an nginx module that reads the
 * body and answers 200.  It is the baseline for what socialcare costs, and for
 * the bench only.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


static char *ngx_http_bench_floor(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_command_t  ngx_http_bench_floor_commands[] = {

    { ngx_string("bench_floor"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_bench_floor,
      0,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_bench_floor_module_ctx = {
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
};


static ngx_module_t  ngx_http_bench_floor_module = {
    NGX_MODULE_V1,
    &ngx_http_bench_floor_module_ctx,
    ngx_http_bench_floor_commands,
    NGX_HTTP_MODULE,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NGX_MODULE_V1_PADDING
};


/* What nginx looks up in a dynamic module. */

ngx_module_t *ngx_modules[] = { &ngx_http_bench_floor_module, NULL };
char *ngx_module_names[] = { "ngx_http_bench_floor_module", NULL };
char *ngx_module_order[] = { NULL };


static void
ngx_http_bench_floor_body(ngx_http_request_t *r)
{
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = 0;
    r->header_only = 1;

    ngx_http_finalize_request(r, ngx_http_send_header(r));
}


static ngx_int_t
ngx_http_bench_floor_handler(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_bench_floor_body);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}


static char *
ngx_http_bench_floor(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_bench_floor_handler;

    return NGX_CONF_OK;
}
