
/*
 * ngx_socialcare_result.c: how a request to a receiver or to socialcare_close
 * ended, for the access log and for the counters, which always agree.
 *
 * Decides nothing and sends nothing.
 */

#include "ngx_socialcare_answer.h"
#include "ngx_socialcare_close.h"
#include "ngx_socialcare_zone.h"


static const char *const  ngx_socialcare_result_names[] = {
    "none", "stored", "duplicate", "empty", "dead", "handshake",
    "handshake_refused", "refused", "method", "too_large", "unavailable",
    "aborted", "bypassed"
};


const char *
ngx_socialcare_result_name(ngx_socialcare_result_e result)
{
    return ngx_socialcare_result_names[result];
}


/*
 * Without a context this module has not seen the request: nginx itself refused
 * a body whose Content-Length is too large, or another directive in the
 * location (limit_req, deny, auth_*, return) answered first.
 */

ngx_socialcare_result_e
ngx_socialcare_result(ngx_http_request_t *r)
{
    ngx_socialcare_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_socialcare_module);

    if (ctx != NULL && ctx->result != NGX_SOCIALCARE_RESULT_NONE) {
        return ctx->result;
    }

    switch (r->headers_out.status) {

    case 0:
        return NGX_SOCIALCARE_RESULT_NONE;

    case NGX_HTTP_REQUEST_ENTITY_TOO_LARGE:
        return NGX_SOCIALCARE_RESULT_TOO_LARGE;

    case NGX_HTTP_CLIENT_CLOSED_REQUEST:
        return NGX_SOCIALCARE_RESULT_ABORTED;

    case NGX_HTTP_INTERNAL_SERVER_ERROR:
        return ctx == NULL ? NGX_SOCIALCARE_RESULT_BYPASSED
                           : NGX_SOCIALCARE_RESULT_UNAVAILABLE;

    default:
        return ctx == NULL ? NGX_SOCIALCARE_RESULT_BYPASSED
                           : NGX_SOCIALCARE_RESULT_ABORTED;
    }
}


/* The platform believes that this callback was stored. */

static void
ngx_socialcare_log_bypass(ngx_http_request_t *r,
    ngx_socialcare_loc_conf_t *slcf)
{
    static time_t  logged[NGX_SOCIALCARE_MAX_PLATFORMS];

    if (r->method != NGX_HTTP_POST
        || r->headers_out.status >= NGX_HTTP_SPECIAL_RESPONSE
        || !ngx_socialcare_log_is_due(&logged[slcf->platform_index]))
    {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "socialcare: a callback for \"%*s\" was answered %ui by "
                  "another directive in the location of "
                  "\"socialcare_webhook\" in %s:%ui (\"return\", "
                  "\"rewrite\"), and nothing of it was stored: "
                  "remove that directive from the location; "
                  "further ones are only counted for %d s",
                  slcf->source.platform->name.len,
                  slcf->source.platform->name.data,
                  r->headers_out.status, slcf->file, slcf->line,
                  NGX_SOCIALCARE_LOG_INTERVAL);
}


/* Log phase: counts every request to a receiver. */

ngx_int_t
ngx_socialcare_log_handler(ngx_http_request_t *r)
{
    struct timeval                       tv;
    ngx_msec_int_t                       us;
    ngx_socialcare_result_e              result;
    ngx_socialcare_loc_conf_t           *slcf;
    ngx_socialcare_platform_counters_t  *counters;

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);

    if ((slcf->source.platform == NULL && !slcf->close) || r != r->main) {
        return NGX_OK;
    }

    result = ngx_socialcare_result(r);

    if (slcf->close) {
        ngx_socialcare_close_log(r, result);
        return NGX_OK;
    }

    if (result == NGX_SOCIALCARE_RESULT_NONE) {
        result = NGX_SOCIALCARE_RESULT_ABORTED;
    }

    if (result == NGX_SOCIALCARE_RESULT_BYPASSED) {
        ngx_socialcare_log_bypass(r, slcf);
    }

    counters =
          &ngx_socialcare_worker.shared->platforms[slcf->platform_index];

    ngx_socialcare_count(counters->requests);
    ngx_socialcare_count(counters->results[result]);

    ngx_gettimeofday(&tv);

    us = (ngx_msec_int_t) (tv.tv_sec - r->start_sec) * 1000000
         + (ngx_msec_int_t) tv.tv_usec
         - (ngx_msec_int_t) r->start_msec * 1000;

    ngx_socialcare_observe_latency(counters, (ngx_uint_t) ngx_max(us, 0));

    return NGX_OK;
}
