
/*
 * ngx_socialcare_request.c: nginx's request -> the core's, and the memory in
 * which one callback is read.
 */

#include "ngx_socialcare_buf.h"
#include "ngx_socialcare_intake.h"


#define NGX_SOCIALCARE_SCRATCH_SIZE  (256 * 1024)
#define NGX_SOCIALCARE_MAX_HEADERS   128

/* One record with its raw payload. */
#define NGX_SOCIALCARE_MAX_RECORD    (16 * 1024 * 1024)

/* A buffer grown beyond this is freed after the callback. */
#define NGX_SOCIALCARE_KEEP_RECORD   (256 * 1024)


static ngx_socialcare_scratch_t  ngx_socialcare_scratch;


static void *
ngx_socialcare_scratch_block(void *owner, size_t size)
{
    void                      *block;
    ngx_queue_t               *q;
    ngx_socialcare_scratch_t  *scratch;

    scratch = owner;
    size = ngx_align(size, 16);

    if (size <= NGX_SOCIALCARE_SCRATCH_SIZE - scratch->memory_used) {
        block = scratch->memory + scratch->memory_used;
        scratch->memory_used += size;
        return block;
    }

    q = ngx_alloc(ngx_align(sizeof(ngx_queue_t), 16) + size, scratch->log);
    if (q == NULL) {
        return NULL;
    }

    ngx_queue_insert_tail(&scratch->blocks, q);

    return (u_char *) q + ngx_align(sizeof(ngx_queue_t), 16);
}


ngx_int_t
ngx_socialcare_scratch_init(ngx_cycle_t *cycle)
{
    ngx_socialcare_scratch_t  *scratch;

    scratch = &ngx_socialcare_scratch;

    scratch->log = cycle->log;
    scratch->memory = ngx_palloc(cycle->pool, NGX_SOCIALCARE_SCRATCH_SIZE);
    scratch->headers = ngx_palloc(cycle->pool, NGX_SOCIALCARE_MAX_HEADERS
                                               * sizeof(sc_header_t));

    if (scratch->memory == NULL || scratch->headers == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_init(&scratch->blocks);
    ngx_socialcare_buf_init(&scratch->record, NGX_SOCIALCARE_MAX_RECORD,
                            scratch->log);
    ngx_socialcare_buf_init(&scratch->id, NGX_SOCIALCARE_MAX_RECORD,
                            scratch->log);

    return NGX_OK;
}


void
ngx_socialcare_scratch_destroy(void)
{
    if (ngx_socialcare_scratch.memory != NULL) {
        ngx_socialcare_buf_reset(&ngx_socialcare_scratch.record, 0);
        ngx_socialcare_buf_reset(&ngx_socialcare_scratch.id, 0);
    }
}


ngx_socialcare_scratch_t *
ngx_socialcare_scratch_begin(size_t limit)
{
    ngx_socialcare_scratch_t  *scratch;

    scratch = &ngx_socialcare_scratch;
    scratch->memory_used = 0;
    scratch->record.len = 0;
    scratch->id.len = 0;

    sc_arena_init(&scratch->arena, ngx_socialcare_scratch_block, scratch,
                  limit);

    return scratch;
}


void
ngx_socialcare_scratch_end(ngx_socialcare_scratch_t *scratch)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&scratch->blocks)) {
        q = ngx_queue_head(&scratch->blocks);
        ngx_queue_remove(q);
        ngx_free(q);
    }

    ngx_socialcare_buf_reset(&scratch->record, NGX_SOCIALCARE_KEEP_RECORD);
    ngx_socialcare_buf_reset(&scratch->id, NGX_SOCIALCARE_KEEP_RECORD);
}


static size_t
ngx_socialcare_request_headers(ngx_http_request_t *r, sc_header_t *headers)
{
    size_t            n;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    n = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (n == NGX_SOCIALCARE_MAX_HEADERS) {
                return n;
            }

            headers[n].name = ngx_socialcare_to_core(header[i].key);
            headers[n].value = ngx_socialcare_to_core(header[i].value);
            n++;
        }
    }

    return n;
}


/* The URL that the platform called, for schemes that sign it. */

static ngx_int_t
ngx_socialcare_request_url(ngx_http_request_t *r,
    ngx_socialcare_loc_conf_t *slcf, ngx_socialcare_scratch_t *scratch,
    sc_request_t *request)
{
    sc_str_t    parts[4];
    ngx_uint_t  n;

    n = 0;

    if (slcf->public_url.len) {
        parts[n++] = ngx_socialcare_to_core(slcf->public_url);

    } else {
        parts[n++] = SC_STR("http");

#if (NGX_HTTP_SSL)
        if (r->connection->ssl) {
            parts[0] = SC_STR("https");
        }
#endif

        parts[n++] = SC_STR("://");
        parts[n++] = request->host;
    }

    parts[n++] = request->uri;

    return sc_arena_join(&scratch->arena, parts, n, &request->url)
           ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_socialcare_request_fill(ngx_http_request_t *r,
    ngx_socialcare_loc_conf_t *slcf, ngx_socialcare_scratch_t *scratch,
    ngx_str_t body, sc_request_t *request)
{
    size_t  at;

    request->method = ngx_socialcare_to_core(r->method_name);
    request->uri = ngx_socialcare_to_core(r->unparsed_uri);

    at = sc_str_find_byte(request->uri, '?');
    request->path = sc_str_first(request->uri, at);
    request->query = sc_str_from(request->uri, at + 1);

    request->host = r->headers_in.host
                    ? ngx_socialcare_to_core(r->headers_in.host->value)
                    : ngx_socialcare_to_core(r->headers_in.server);

    request->headers = scratch->headers;
    request->headers_count = ngx_socialcare_request_headers(r,
                                                          scratch->headers);
    request->body = ngx_socialcare_to_core(body);

    return ngx_socialcare_request_url(r, slcf, scratch, request);
}


static ngx_int_t
ngx_socialcare_copy_buffer(ngx_buf_t *b, u_char **at)
{
    ssize_t  n;
    size_t   size;

    if (!b->in_file) {
        *at = ngx_cpymem(*at, b->pos, b->last - b->pos);
        return NGX_OK;
    }

    size = (size_t) (b->file_last - b->file_pos);

    n = ngx_read_file(b->file, *at, size, b->file_pos);
    if (n == NGX_ERROR || (size_t) n != size) {
        return NGX_ERROR;
    }

    *at += size;

    return NGX_OK;
}


size_t
ngx_socialcare_request_size(ngx_http_request_t *r)
{
    off_t         size;
    ngx_chain_t  *cl;

    size = 0;

    if (r->request_body != NULL) {
        for (cl = r->request_body->bufs; cl; cl = cl->next) {
            size += ngx_buf_size(cl->buf);
        }
    }

    return (size_t) size;
}


ngx_int_t
ngx_socialcare_request_body(ngx_http_request_t *r,
    ngx_socialcare_scratch_t *scratch, ngx_str_t *body)
{
    u_char       *at;
    ngx_chain_t  *cl;

    ngx_str_null(body);

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    cl = r->request_body->bufs;

    if (cl->next == NULL && !cl->buf->in_file) {
        body->data = cl->buf->pos;
        body->len = (size_t) (cl->buf->last - cl->buf->pos);
        return NGX_OK;
    }

    body->len = ngx_socialcare_request_size(r);
    body->data = sc_arena_bytes(&scratch->arena, body->len);

    if (body->data == NULL) {
        return NGX_ERROR;
    }

    at = body->data;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        if (ngx_socialcare_copy_buffer(cl->buf, &at) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
