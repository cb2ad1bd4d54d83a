
/*
 * ngx_socialcare_status.c: the status endpoint: finds out what is asked for,
 * renders the snapshot (_collect.c, _care.c) and sends the text.
 *
 * Nothing here asks Redis, takes a lock or waits.
 */

#include "ngx_socialcare_answer.h"
#include "ngx_socialcare_status.h"


/* 100 brands with 5 queues each need 4 MB. */
#define NGX_SOCIALCARE_STATUS_LIMIT   (64 * 1024 * 1024)


static ngx_int_t ngx_socialcare_status_send(ngx_http_request_t *r,
    sc_status_format_t format, sc_buf_t *text);


static u_char *
ngx_socialcare_status_grow(void *owner, u_char *old, size_t used, size_t size)
{
    u_char      *data;
    ngx_pool_t  *pool;

    pool = owner;

    data = ngx_palloc(pool, size);
    if (data == NULL) {
        return NULL;
    }

    if (old != NULL) {
        ngx_memcpy(data, old, used);
        (void) ngx_pfree(pool, old);
    }

    return data;
}


static sc_status_format_t
ngx_socialcare_status_format(ngx_http_request_t *r)
{
    ngx_str_t                   argument;
    ngx_uint_t                  i;
    ngx_list_part_t            *part;
    ngx_table_elt_t            *header;
    sc_status_format_t          format;
    ngx_socialcare_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);

    if (slcf->status_format != NGX_SOCIALCARE_STATUS_NEGOTIATE) {
        return (sc_status_format_t) (slcf->status_format - 1);
    }

    if (ngx_http_arg(r, (u_char *) "format", 6, &argument) == NGX_OK
        && sc_status_format_by_name(ngx_socialcare_to_core(argument),
                                    &format))
    {
        return format;
    }

    /* r->headers_in.accept exists only where nginx was built for WebDAV. */

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (header[i].key.len == 6
                && ngx_strncasecmp(header[i].key.data, (u_char *) "Accept", 6)
                   == 0)
            {
                return sc_status_negotiate(
                                   ngx_socialcare_to_core(header[i].value));
            }
        }
    }

    return SC_STATUS_JSON;
}


ngx_int_t
ngx_socialcare_status_handler(ngx_http_request_t *r)
{
    sc_buf_t            text;
    ngx_int_t           rc;
    ngx_str_t           name, methods;
    sc_status_t         status;
    sc_status_format_t  format;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        ngx_str_set(&name, "Allow");
        ngx_str_set(&methods, "GET, HEAD");
        (void) ngx_socialcare_add_header(r, &name, &methods);
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    format = ngx_socialcare_status_format(r);

    if (ngx_socialcare_worker.shared == NULL
        || ngx_socialcare_status_collect(r, format, &status) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    sc_buf_init(&text, ngx_socialcare_status_grow, r->pool,
                NGX_SOCIALCARE_STATUS_LIMIT);

    /* Allocated in one piece: growing it would copy megabytes. */

    if (format != SC_STATUS_HTML) {
        (void) sc_buf_reserve(&text,
                              sc_status_size(&status,
                                             format == SC_STATUS_PROMETHEUS));
    }

    switch (format) {

    case SC_STATUS_PROMETHEUS:
        sc_status_write_prometheus(&text, &status);
        break;

    case SC_STATUS_HTML:
        sc_status_write_html(&text, &status);
        break;

    default:
        sc_status_write_json(&text, &status);
        break;
    }

    if (text.failed) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "socialcare: the status does not fit into %d bytes",
                      NGX_SOCIALCARE_STATUS_LIMIT);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_socialcare_status_send(r, format, &text);
}


static ngx_int_t
ngx_socialcare_status_send(ngx_http_request_t *r, sc_status_format_t format,
    sc_buf_t *text)
{
    ngx_keyval_t             headers[2];
    ngx_socialcare_answer_t  answer;

    ngx_memzero(&answer, sizeof(ngx_socialcare_answer_t));

    answer.status = NGX_HTTP_OK;
    answer.body.data = text->data;
    answer.body.len = text->len;
    ngx_str_set(&answer.header_name, "Cache-Control");
    ngx_str_set(&answer.header_value, "no-store");

    ngx_str_set(&headers[0].key, "X-Content-Type-Options");
    ngx_str_set(&headers[0].value, "nosniff");
    answer.more = headers;
    answer.more_count = 1;

    switch (format) {

    case SC_STATUS_PROMETHEUS:
        ngx_str_set(&answer.content_type,
                    "text/plain; version=0.0.4; charset=utf-8");
        break;

    case SC_STATUS_HTML:
        ngx_str_set(&answer.content_type, "text/html; charset=utf-8");
        ngx_str_set(&headers[1].key, "Content-Security-Policy");
        headers[1].value.data = (u_char *) sc_status_html_policy();
        headers[1].value.len = ngx_strlen(headers[1].value.data);
        answer.more_count = 2;
        break;

    default:
        ngx_str_set(&answer.content_type, "application/json");
        break;
    }

    return ngx_socialcare_send(r, &answer);
}
