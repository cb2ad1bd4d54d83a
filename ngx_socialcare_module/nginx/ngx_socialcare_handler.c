
/*
 * ngx_socialcare_handler.c: one callback over HTTP, from the request line to
 * the answer.
 *
 *     webhook_handler -> method -> handshake                    -> answer
 *                               -> body -> verify -> parse
 *                                  -> nothing to store          -> answer
 *                                  -> intake -> delivery ... done -> answer
 *
 * The wait (ngx_socialcare_wait_t) is memory of its own: it outlives the
 * request when the client leaves, and nobody but its done function frees it.
 */

#include "ngx_socialcare.h"
#include "ngx_socialcare_delivery.h"
#include "ngx_socialcare_intake.h"
#include "ngx_socialcare_redis.h"
#include "ngx_socialcare_zone.h"


#define NGX_SOCIALCARE_RETRY_AFTER   "30"

/* Memory that reading one callback may take, besides its body. */
#define NGX_SOCIALCARE_BUDGET        (4 * 1024 * 1024)

/* A refusal is logged once per platform, reason and this many seconds. */
#define NGX_SOCIALCARE_LOG_INTERVAL  10


typedef struct {
    ngx_uint_t                   status;
    ngx_str_t                    content_type;
    ngx_str_t                    body;
    ngx_str_t                    header_name;
    ngx_str_t                    header_value;
    ngx_keyval_t                *more;      /* further headers */
    ngx_uint_t                   more_count;
} ngx_socialcare_answer_t;


typedef struct {
    ngx_socialcare_job_t         job;       /* first: cast from it */
    ngx_http_request_t          *request;   /* NULL: the client left */
    ngx_http_cleanup_t          *cleanup;
    ngx_socialcare_ctx_t        *ctx;
    ngx_socialcare_platform_counters_t
                                *counters;
    ngx_socialcare_answer_t      answer;    /* texts in the request's pool */
    ngx_msec_t                   start;
    unsigned                     dead:1;
} ngx_socialcare_wait_t;


static const char *const  ngx_socialcare_result_names[] = {
    "none", "stored", "duplicate", "empty", "dead", "handshake",
    "handshake_refused", "refused", "method", "too_large", "unavailable",
    "aborted"
};


static ngx_uint_t ngx_socialcare_method_is_allowed(ngx_http_request_t *r,
    sc_policy_t *policy);
static ngx_int_t ngx_socialcare_refuse_method(ngx_http_request_t *r,
    sc_policy_t *policy);
static ngx_int_t ngx_socialcare_handshake(ngx_http_request_t *r);
static void ngx_socialcare_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_socialcare_read_callback(ngx_http_request_t *r,
    ngx_str_t body, ngx_socialcare_scratch_t *scratch);
static ngx_int_t ngx_socialcare_store(ngx_http_request_t *r,
    ngx_socialcare_ctx_t *ctx, ngx_socialcare_scratch_t *scratch,
    sc_callback_t *callback, sc_parse_result_t parsed);
static void ngx_socialcare_wait_done(ngx_socialcare_job_t *job);
static void ngx_socialcare_wait_cleanup(void *data);
static ngx_int_t ngx_socialcare_send(ngx_http_request_t *r,
    ngx_socialcare_answer_t *answer);


const char *
ngx_socialcare_result_name(ngx_socialcare_result_e result)
{
    return ngx_socialcare_result_names[result];
}


static ngx_socialcare_platform_counters_t *
ngx_socialcare_counters(ngx_http_request_t *r)
{
    ngx_socialcare_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);

    return &ngx_socialcare_worker.shared->platforms[slcf->platform_index];
}


ngx_int_t
ngx_socialcare_webhook_handler(ngx_http_request_t *r)
{
    ngx_int_t                   rc;
    sc_policy_t                 policy;
    ngx_socialcare_ctx_t       *ctx;
    ngx_socialcare_loc_conf_t  *slcf;

    if (r != r->main) {
        return NGX_HTTP_FORBIDDEN;
    }

    ctx = ngx_socialcare_get_ctx(r);
    if (ctx == NULL || ngx_socialcare_worker.delivery == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);
    sc_source_policy(&slcf->source, &policy);

    if (!ngx_socialcare_method_is_allowed(r, &policy)) {
        ctx->result = NGX_SOCIALCARE_RESULT_METHOD;
        return ngx_socialcare_refuse_method(r, &policy);
    }

    if ((r->method == NGX_HTTP_GET && policy.get_is_handshake)
        || r->method == NGX_HTTP_HEAD || r->method == NGX_HTTP_OPTIONS)
    {
        rc = ngx_http_discard_request_body(r);
        if (rc != NGX_OK) {
            return rc;
        }

        return ngx_socialcare_handshake(r);
    }

    if (r->headers_in.content_length_n > (off_t) slcf->max_body) {
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_socialcare_body_handler);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static ngx_uint_t
ngx_socialcare_method_is_allowed(ngx_http_request_t *r, sc_policy_t *policy)
{
    if (r->method == NGX_HTTP_POST) {
        return policy->post_is_event;
    }

    if (r->method == NGX_HTTP_HEAD) {
        return policy->head_is_handshake;
    }

    if (r->method == NGX_HTTP_OPTIONS) {
        return policy->options_is_handshake;
    }

    return r->method == NGX_HTTP_GET
           && (policy->get_is_event || policy->get_is_handshake);
}


static ngx_int_t
ngx_socialcare_allowed_methods(ngx_http_request_t *r, sc_policy_t *policy,
    ngx_str_t *value)
{
    u_char  *at;

    value->data = ngx_pnalloc(r->pool, sizeof("GET, HEAD, POST, OPTIONS, "));
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    at = value->data;

    if (policy->get_is_event || policy->get_is_handshake) {
        at = ngx_cpymem(at, "GET, ", sizeof("GET, ") - 1);
    }

    if (policy->head_is_handshake) {
        at = ngx_cpymem(at, "HEAD, ", sizeof("HEAD, ") - 1);
    }

    if (policy->post_is_event) {
        at = ngx_cpymem(at, "POST, ", sizeof("POST, ") - 1);
    }

    if (policy->options_is_handshake) {
        at = ngx_cpymem(at, "OPTIONS, ", sizeof("OPTIONS, ") - 1);
    }

    /* Without the last comma and space. */

    value->len = (at == value->data) ? 0 : at - value->data - 2;

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_refuse_method(ngx_http_request_t *r, sc_policy_t *policy)
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

    if (ngx_socialcare_allowed_methods(r, policy, &answer.header_value)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_socialcare_send(r, &answer);
}


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


static ngx_int_t
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


static ngx_int_t
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


static ngx_int_t
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


static ngx_int_t
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


/*
 * One line per platform, reason and interval: a flood of forgeries must not
 * become a flood of log lines.  The cycle's log is used, since the request's
 * adds the request line, and tokens stand in some platforms' query.
 */

static ngx_uint_t
ngx_socialcare_log_is_due(time_t *last)
{
    if (ngx_time() - *last < NGX_SOCIALCARE_LOG_INTERVAL) {
        return 0;
    }

    *last = ngx_time();

    return 1;
}


static void
ngx_socialcare_log_refusal(ngx_http_request_t *r,
    ngx_socialcare_loc_conf_t *slcf, sc_verify_result_t result)
{
    static time_t  logged[NGX_SOCIALCARE_MAX_PLATFORMS][SC_VERIFY_RESULTS];

    if (!ngx_socialcare_log_is_due(&logged[slcf->platform_index][result])) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "socialcare: a callback for \"%*s\" from %V was refused "
                  "(%s): if it was genuine, compare \"socialcare_secret\" "
                  "with the platform's settings and this machine's clock; "
                  "further ones are only counted for %d s",
                  slcf->source.platform->name.len,
                  slcf->source.platform->name.data,
                  &r->connection->addr_text,
                  sc_verify_result_name(result),
                  NGX_SOCIALCARE_LOG_INTERVAL);
}


static void
ngx_socialcare_log_handshake(ngx_http_request_t *r,
    ngx_socialcare_loc_conf_t *slcf)
{
    static time_t  logged[NGX_SOCIALCARE_MAX_PLATFORMS];

    if (!ngx_socialcare_log_is_due(&logged[slcf->platform_index])) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "socialcare: a handshake for \"%*s\" from %V was refused: "
                  "compare what the platform sends with "
                  "\"socialcare_verify_token\" and the options of "
                  "\"socialcare_webhook\"; "
                  "further ones are only counted for %d s",
                  slcf->source.platform->name.len,
                  slcf->source.platform->name.data,
                  &r->connection->addr_text,
                  NGX_SOCIALCARE_LOG_INTERVAL);
}


/* Needs neither Redis nor any other part: a pure function of the request. */

static ngx_int_t
ngx_socialcare_handshake(ngx_http_request_t *r)
{
    ngx_int_t                            rc;
    ngx_str_t                            body;
    sc_request_t                         request;
    sc_callback_t                        callback;
    ngx_socialcare_ctx_t                *ctx;
    ngx_socialcare_answer_t              answer;
    ngx_socialcare_scratch_t            *scratch;
    ngx_socialcare_loc_conf_t           *slcf;
    ngx_socialcare_platform_counters_t  *counters;

    ctx = ngx_socialcare_get_ctx(r);
    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);
    counters = ngx_socialcare_counters(r);

    ngx_str_null(&body);
    ngx_memzero(&callback, sizeof(sc_callback_t));

    scratch = ngx_socialcare_scratch_begin(NGX_SOCIALCARE_BUDGET);

    rc = ngx_socialcare_request_fill(r, slcf, scratch, body, &request);

    if (rc == NGX_OK) {
        callback.request = &request;
        callback.source = &slcf->source;
        callback.arena = &scratch->arena;
        callback.now_ms = ngx_socialcare_now_ms();
        callback.answer.status = NGX_HTTP_FORBIDDEN;

        slcf->source.platform->handshake(&callback);

        rc = ngx_socialcare_copy_answer(r->pool, &answer, &callback.answer);
    }

    ngx_socialcare_scratch_end(scratch);

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (answer.status < NGX_HTTP_SPECIAL_RESPONSE) {
        ctx->result = NGX_SOCIALCARE_RESULT_HANDSHAKE;
        counters->last_handshake_ms =
                                (ngx_atomic_uint_t) ngx_socialcare_now_ms();

    } else {
        ctx->result = NGX_SOCIALCARE_RESULT_HANDSHAKE_REFUSED;

        ngx_socialcare_log_handshake(r, slcf);
    }

    return ngx_socialcare_send(r, &answer);
}


static void
ngx_socialcare_body_handler(ngx_http_request_t *r)
{
    ngx_int_t                            rc;
    ngx_str_t                            body;
    ngx_socialcare_ctx_t                *ctx;
    ngx_socialcare_scratch_t            *scratch;
    ngx_socialcare_loc_conf_t           *slcf;
    ngx_socialcare_platform_counters_t  *counters;

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);
    counters = ngx_socialcare_counters(r);

    ctx = ngx_socialcare_get_ctx(r);

    if (ctx == NULL || ngx_socialcare_request_body(r, &body) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    rc = ngx_socialcare_turn_take(r, body.len, ngx_socialcare_body_handler);

    if (rc == NGX_AGAIN) {
        return;
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_socialcare_count_more(counters->bytes, body.len);

    if (body.len > slcf->max_body) {
        ctx->result = NGX_SOCIALCARE_RESULT_TOO_LARGE;
        ngx_http_finalize_request(r,
            ngx_socialcare_send_status(r,
                                       NGX_HTTP_REQUEST_ENTITY_TOO_LARGE));
        return;
    }

    scratch = ngx_socialcare_scratch_begin(NGX_SOCIALCARE_BUDGET
                                           + 4 * slcf->max_body);

    rc = ngx_socialcare_read_callback(r, body, scratch);

    ngx_socialcare_scratch_end(scratch);

    if (rc != NGX_AGAIN) {
        ngx_http_finalize_request(r, rc);
    }
}


static void
ngx_socialcare_verify(ngx_http_request_t *r, ngx_socialcare_loc_conf_t *slcf,
    ngx_socialcare_scratch_t *scratch, const sc_request_t *request,
    sc_verdict_t *verdict)
{
    int64_t                              tolerance_ms;
    const sc_platform_t                 *platform;
    ngx_socialcare_secret_t            **secret;
    const sc_verify_scheme_t            *scheme;
    ngx_socialcare_platform_counters_t  *counters;

    platform = slcf->source.platform;
    scheme = slcf->scheme;
    counters = ngx_socialcare_counters(r);

    if (platform->choose_scheme != NULL) {
        scheme = platform->choose_scheme(&slcf->source, request);
    }

    tolerance_ms = slcf->tolerance == NGX_CONF_UNSET_MSEC
                   ? SC_TOLERANCE_DEFAULT : (int64_t) slcf->tolerance;

    sc_verify(scheme, request, &slcf->source.secrets, ngx_socialcare_now_ms(),
              tolerance_ms, &scratch->arena, verdict);

    if (verdict->result != SC_VERIFY_OK) {
        ngx_socialcare_count(counters->refused[verdict->result]);
        ngx_socialcare_log_refusal(r, slcf, verdict->result);
        return;
    }

    ngx_socialcare_count(counters->verified);
    counters->last_callback_ms = (ngx_atomic_uint_t) ngx_socialcare_now_ms();

    if (slcf->secrets != NULL && verdict->secret < slcf->secrets->nelts) {
        secret = slcf->secrets->elts;
        ngx_socialcare_count(ngx_socialcare_worker.shared->secrets[
                                      secret[verdict->secret]->slot].hits);
    }
}


/* NGX_AGAIN: the callback waits for its store.  Else: how to finalise. */

static ngx_int_t
ngx_socialcare_read_callback(ngx_http_request_t *r, ngx_str_t body,
    ngx_socialcare_scratch_t *scratch)
{
    sc_policy_t                 policy;
    sc_request_t                request;
    sc_verdict_t                verdict;
    sc_callback_t               callback;
    sc_parse_result_t           parsed;
    ngx_socialcare_ctx_t       *ctx;
    ngx_socialcare_loc_conf_t  *slcf;

    ctx = ngx_socialcare_get_ctx(r);
    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);

    if (ngx_socialcare_request_fill(r, slcf, scratch, body, &request)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_socialcare_verify(r, slcf, scratch, &request, &verdict);

    if (verdict.result != SC_VERIFY_OK) {
        ctx->result = NGX_SOCIALCARE_RESULT_REFUSED;

        /* A key that is not known yet may be known at the next try. */

        if (verdict.result == SC_VERIFY_UNKNOWN_KEY) {
            return ngx_socialcare_send_status(r,
                                              NGX_HTTP_SERVICE_UNAVAILABLE);
        }

        sc_source_policy(&slcf->source, &policy);
        return ngx_socialcare_send_status(r, policy.refused_status);
    }

    ngx_memzero(&callback, sizeof(sc_callback_t));

    callback.request = &request;
    callback.source = &slcf->source;
    callback.arena = &scratch->arena;
    callback.now_ms = ngx_socialcare_now_ms();
    callback.verdict = &verdict;

    parsed = sc_platform_parse(&callback);

    if (parsed == SC_PARSE_TOO_LARGE) {
        ctx->result = NGX_SOCIALCARE_RESULT_TOO_LARGE;
        return ngx_socialcare_send_status(r,
                                          NGX_HTTP_REQUEST_ENTITY_TOO_LARGE);
    }

    return ngx_socialcare_store(r, ctx, scratch, &callback, parsed);
}


static ngx_socialcare_wait_t *
ngx_socialcare_wait_new(ngx_http_request_t *r, ngx_socialcare_ctx_t *ctx,
    const sc_answer_t *answer)
{
    ngx_http_cleanup_t     *cleanup;
    ngx_socialcare_wait_t  *wait;

    cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == NULL) {
        return NULL;
    }

    wait = ngx_calloc(sizeof(ngx_socialcare_wait_t), r->connection->log);
    if (wait == NULL) {
        return NULL;
    }

    if (ngx_socialcare_copy_answer(r->pool, &wait->answer, answer) != NGX_OK) {
        ngx_free(wait);
        return NULL;
    }

    wait->job.handler = ngx_socialcare_wait_done;
    wait->request = r;
    wait->ctx = ctx;
    wait->counters = ngx_socialcare_counters(r);
    wait->start = ngx_current_msec;
    wait->cleanup = cleanup;

    cleanup->handler = ngx_socialcare_wait_cleanup;
    cleanup->data = wait;

    return wait;
}


static ngx_int_t
ngx_socialcare_store(ngx_http_request_t *r, ngx_socialcare_ctx_t *ctx,
    ngx_socialcare_scratch_t *scratch, sc_callback_t *callback,
    sc_parse_result_t parsed)
{
    ngx_int_t               rc;
    ngx_connection_t       *c;
    ngx_socialcare_wait_t  *wait;

    wait = ngx_socialcare_wait_new(r, ctx, &callback->answer);
    if (wait == NULL) {
        return ngx_socialcare_send_status(r, NGX_HTTP_SERVICE_UNAVAILABLE);
    }

    if (parsed == SC_PARSE_DEAD) {
        wait->dead = 1;
        rc = ngx_socialcare_intake_dead(r, ctx, scratch, callback,
                                        &wait->job);

    } else {
        wait->dead = (callback->dead_count > 0);
        rc = ngx_socialcare_intake(r, ctx, scratch, callback, &wait->job);
    }

    if (rc != NGX_OK) {
        wait->job.failed++;
    }

    if (wait->job.waiting == 0) {

        /* Nothing to store, or nothing could be handed over. */

        rc = wait->job.failed
             ? ngx_socialcare_send_status(r, NGX_HTTP_SERVICE_UNAVAILABLE)
             : ngx_socialcare_send(r, &wait->answer);

        ctx->result = wait->job.failed
                      ? NGX_SOCIALCARE_RESULT_UNAVAILABLE
                      : (callback->handshake ? NGX_SOCIALCARE_RESULT_HANDSHAKE
                                             : NGX_SOCIALCARE_RESULT_EMPTY);

        if (callback->handshake) {
            wait->counters->last_handshake_ms =
                                (ngx_atomic_uint_t) ngx_socialcare_now_ms();
        }

        wait->cleanup->handler = NULL;
        ngx_free(wait);

        return rc;
    }

    ngx_socialcare_count(ngx_socialcare_worker.shared->workers[
                                ngx_socialcare_worker.slot].waiting_requests);

    ngx_socialcare_delivery_seal(ngx_socialcare_worker.delivery, &wait->job);

    /* Notice a client that leaves, also one that has left already. */

    c = r->connection;
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    if (c->read->ready) {
        ngx_post_event(c->read, &ngx_posted_events);
    }

    return NGX_AGAIN;
}


static ngx_socialcare_result_e
ngx_socialcare_wait_result(ngx_socialcare_wait_t *wait)
{
    if (wait->job.failed) {
        return NGX_SOCIALCARE_RESULT_UNAVAILABLE;
    }

    if (wait->dead) {
        return NGX_SOCIALCARE_RESULT_DEAD;
    }

    return wait->job.stored ? NGX_SOCIALCARE_RESULT_STORED
                            : NGX_SOCIALCARE_RESULT_DUPLICATE;
}


/* The one end of every wait: stored, refused, lost, client gone, exit. */

static void
ngx_socialcare_wait_done(ngx_socialcare_job_t *job)
{
    ngx_int_t               rc;
    ngx_connection_t       *c;
    ngx_http_request_t     *r;
    ngx_socialcare_ctx_t   *ctx;
    ngx_socialcare_wait_t  *wait;

    wait = (ngx_socialcare_wait_t *) job;
    r = wait->request;

    ngx_socialcare_count_more(wait->counters->duplicates, job->duplicates);
    ngx_socialcare_count_more(ngx_socialcare_worker.shared->workers[
                           ngx_socialcare_worker.slot].waiting_requests, -1);

    if (r == NULL) {
        ngx_free(wait);
        return;
    }

    c = r->connection;
    ctx = wait->ctx;

    wait->cleanup->handler = NULL;

    ctx->result = ngx_socialcare_wait_result(wait);
    ctx->store = job->store;
    ctx->duplicates = job->duplicates;
    ctx->store_time = (ngx_msec_int_t) (ngx_current_msec - wait->start);

    rc = job->failed
         ? ngx_socialcare_send_status(r, NGX_HTTP_SERVICE_UNAVAILABLE)
         : ngx_socialcare_send(r, &wait->answer);

    ngx_free(wait);

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


/* The request goes away while the store is asked; its items stay. */

static void
ngx_socialcare_wait_cleanup(void *data)
{
    ngx_socialcare_wait_t  *wait;

    wait = data;
    wait->ctx->result = NGX_SOCIALCARE_RESULT_ABORTED;
    wait->request = NULL;
}


/* Log phase: what every request to a receiver leaves behind. */

ngx_int_t
ngx_socialcare_log_handler(ngx_http_request_t *r)
{
    struct timeval                       tv;
    ngx_msec_int_t                       us;
    ngx_socialcare_ctx_t                *ctx;
    ngx_socialcare_loc_conf_t           *slcf;
    ngx_socialcare_platform_counters_t  *counters;

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);

    if (slcf->source.platform == NULL || r != r->main) {
        return NGX_OK;
    }

    ctx = ngx_socialcare_get_ctx(r);
    if (ctx == NULL) {
        return NGX_OK;
    }

    /* nginx itself refuses a body that announces too much. */

    if (ctx->result == NGX_SOCIALCARE_RESULT_NONE) {
        ctx->result = r->headers_out.status
                      == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE
                      ? NGX_SOCIALCARE_RESULT_TOO_LARGE
                      : NGX_SOCIALCARE_RESULT_ABORTED;
    }

    counters = ngx_socialcare_counters(r);

    ngx_socialcare_count(counters->requests);
    ngx_socialcare_count(counters->results[ctx->result]);

    ngx_gettimeofday(&tv);

    us = (ngx_msec_int_t) (tv.tv_sec - r->start_sec) * 1000000
         + (ngx_msec_int_t) tv.tv_usec
         - (ngx_msec_int_t) r->start_msec * 1000;

    ngx_socialcare_observe_latency(counters, (ngx_uint_t) ngx_max(us, 0));

    return NGX_OK;
}
