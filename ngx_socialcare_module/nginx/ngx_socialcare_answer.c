
/*
 * ngx_socialcare_answer.c: sending an answer.
 */

#include "ngx_socialcare_answer.h"


#define NGX_SOCIALCARE_RETRY_AFTER   "30"


static ngx_int_t
ngx_socialcare_copy_text(ngx_pool_t *pool, ngx_str_t *to, sc_str_t from)
{
    to->len = from.len;
    to->data = ngx_pnalloc(pool, from.len);

    if (to->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(to->data, from.data, from.len);

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_copy_headers(ngx_pool_t *pool, ngx_socialcare_answer_t *answer,
    const sc_answer_t *from)
{
    size_t  i;

    answer->more_count = from->more_count;
    answer->more = ngx_palloc(pool, from->more_count * sizeof(ngx_keyval_t));

    if (answer->more == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < from->more_count; i++) {
        if (ngx_socialcare_copy_text(pool, &answer->more[i].key,
                                     from->more[i].name) != NGX_OK
            || ngx_socialcare_copy_text(pool, &answer->more[i].value,
                                        from->more[i].value) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_copy_answer(ngx_pool_t *pool, ngx_socialcare_answer_t *answer,
    const sc_answer_t *from)
{
    u_char  *at;

    at = ngx_pnalloc(pool, from->content_type.len + from->body.len
                           + from->header_name.len + from->header_value.len);
    if (at == NULL) {
        return NGX_ERROR;
    }

    answer->status = from->status ? from->status : NGX_HTTP_OK;

    answer->content_type.data = at;
    answer->content_type.len = from->content_type.len;
    at = ngx_cpymem(at, from->content_type.data, from->content_type.len);

    answer->body.data = at;
    answer->body.len = from->body.len;
    at = ngx_cpymem(at, from->body.data, from->body.len);

    answer->header_name.data = at;
    answer->header_name.len = from->header_name.len;
    at = ngx_cpymem(at, from->header_name.data, from->header_name.len);

    answer->header_value.data = at;
    answer->header_value.len = from->header_value.len;
    ngx_memcpy(at, from->header_value.data, from->header_value.len);

    answer->more = NULL;
    answer->more_count = 0;

    return from->more_count == 0
           ? NGX_OK : ngx_socialcare_copy_headers(pool, answer, from);
}


ngx_int_t
ngx_socialcare_add_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *header;

    header = ngx_list_push(&r->headers_out.headers);
    if (header == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(header, sizeof(ngx_table_elt_t));
    header->hash = 1;
    header->key = *name;
    header->value = *value;

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_send(ngx_http_request_t *r, ngx_socialcare_answer_t *answer)
{
    ngx_int_t    rc;
    ngx_buf_t   *b;
    ngx_uint_t   i;
    ngx_chain_t  out;

    r->headers_out.status = answer->status;
    r->headers_out.content_length_n = (off_t) answer->body.len;
    r->headers_out.content_type = answer->content_type;
    r->headers_out.content_type_len = answer->content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (answer->header_name.len
        && ngx_socialcare_add_header(r, &answer->header_name,
                                     &answer->header_value) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < answer->more_count; i++) {
        if (ngx_socialcare_add_header(r, &answer->more[i].key,
                                      &answer->more[i].value) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (answer->body.len == 0) {
        r->header_only = 1;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = answer->body.data;
    b->last = answer->body.data + answer->body.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


ngx_int_t
ngx_socialcare_send_status(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_socialcare_answer_t  answer;

    ngx_memzero(&answer, sizeof(ngx_socialcare_answer_t));
    answer.status = status;

    if (status == NGX_HTTP_SERVICE_UNAVAILABLE) {
        ngx_str_set(&answer.header_name, "Retry-After");
        ngx_str_set(&answer.header_value, NGX_SOCIALCARE_RETRY_AFTER);
    }

    return ngx_socialcare_send(r, &answer);
}


ngx_int_t
ngx_socialcare_send_allow(ngx_http_request_t *r, ngx_str_t *methods)
{
    ngx_int_t                rc;
    ngx_socialcare_answer_t  answer;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_memzero(&answer, sizeof(ngx_socialcare_answer_t));

    answer.status = NGX_HTTP_NOT_ALLOWED;
    ngx_str_set(&answer.header_name, "Allow");
    answer.header_value = *methods;

    return ngx_socialcare_send(r, &answer);
}


ngx_uint_t
ngx_socialcare_log_is_recent(time_t last)
{
    time_t  passed;

    passed = ngx_time() - last;

    /* Negative: the clock was set back. */

    return passed >= 0 && passed < NGX_SOCIALCARE_LOG_INTERVAL;
}


ngx_uint_t
ngx_socialcare_log_is_due(time_t *last)
{
    if (ngx_socialcare_log_is_recent(*last)) {
        return 0;
    }

    *last = ngx_time();

    return 1;
}
