
/*
 * ngx_socialcare_status.c: the status endpoint: what is asked for, the
 * snapshot (_collect.c, _care.c) through a renderer, the text to the client.
 *
 * Nothing here asks Redis, takes a lock or waits.
 */

#include "ngx_socialcare_status.h"


/* 100 brands with 5 queues each need 4 MB. */
#define NGX_SOCIALCARE_STATUS_LIMIT   (64 * 1024 * 1024)


static ngx_int_t ngx_socialcare_status_header(ngx_http_request_t *r,
    const char *name, const char *value);
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
    sc_status_t         status;
    sc_status_format_t  format;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        (void) ngx_socialcare_status_header(r, "Allow", "GET, HEAD");
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

    /* One piece of memory from the start: growing would copy megabytes. */

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
ngx_socialcare_status_header(ngx_http_request_t *r, const char *name,
    const char *value)
{
    ngx_table_elt_t  *header;

    header = ngx_list_push(&r->headers_out.headers);
    if (header == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(header, sizeof(ngx_table_elt_t));
    header->hash = 1;
    header->key.data = (u_char *) name;
    header->key.len = ngx_strlen(name);
    header->value.data = (u_char *) value;
    header->value.len = ngx_strlen(value);

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_status_send(ngx_http_request_t *r, sc_status_format_t format,
    sc_buf_t *text)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    switch (format) {

    case SC_STATUS_PROMETHEUS:
        ngx_str_set(&r->headers_out.content_type,
                    "text/plain; version=0.0.4; charset=utf-8");
        break;

    case SC_STATUS_HTML:
        ngx_str_set(&r->headers_out.content_type, "text/html; charset=utf-8");
        break;

    default:
        ngx_str_set(&r->headers_out.content_type, "application/json");
        break;
    }

    if (ngx_socialcare_status_header(r, "Cache-Control", "no-store") != NGX_OK
        || ngx_socialcare_status_header(r, "X-Content-Type-Options", "nosniff")
           != NGX_OK
        || (format == SC_STATUS_HTML
            && ngx_socialcare_status_header(r, "Content-Security-Policy",
                                            sc_status_html_policy())
               != NGX_OK))
    {
        return NGX_ERROR;
    }

    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = (off_t) text->len;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = text->data;
    b->last = text->data + text->len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
