
/*
 * ngx_socialcare_handler.c: one callback over HTTP, from the request line to
 * the answer.
 *
 *     webhook_handler -> method -> handshake                    -> answer
 *                               -> body -> verify -> parse
 *                                  -> nothing to store          -> answer
 *                                  -> intake -> delivery ... done -> answer
 */

#include "ngx_socialcare_answer.h"
#include "ngx_socialcare_close.h"
#include "ngx_socialcare_intake.h"
#include "ngx_socialcare_subscription.h"
#include "ngx_socialcare_wait.h"
#include "ngx_socialcare_zone.h"


/* Memory that reading one callback may use, not counting its body. */
#define NGX_SOCIALCARE_BUDGET        (4 * 1024 * 1024)


/* A callback whose mentions are on their way to a store. */

typedef struct {
    ngx_socialcare_wait_t        wait;      /* first: cast from it */
    ngx_socialcare_platform_counters_t
                                *counters;
    ngx_socialcare_answer_t      answer;    /* texts in the request's pool */
    unsigned                     dead:1;
} ngx_socialcare_callback_t;


static void ngx_socialcare_log_subrequest(ngx_http_request_t *r);
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
        ngx_socialcare_log_subrequest(r);
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
    ngx_str_t  methods;

    if (ngx_socialcare_allowed_methods(r, policy, &methods) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_socialcare_send_allow(r, &methods);
}


/*
 * One line per platform, reason and interval.  Uses the cycle's log, since the
 * request's would add the request line, and some platforms put tokens in the
 * query string.
 */

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


/*
 * Out of memory: there is nothing wrong with the callback, and the platform
 * should retry it.
 */

static ngx_int_t
ngx_socialcare_no_memory(ngx_http_request_t *r, ngx_socialcare_ctx_t *ctx)
{
    static time_t  logged;

    if (ngx_socialcare_log_is_due(&logged)) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "socialcare: out of memory while reading a request: it "
                      "is answered with 503 and should be retried; add memory "
                      "or free some; further ones are only counted for %d s",
                      NGX_SOCIALCARE_LOG_INTERVAL);
    }

    ctx->result = NGX_SOCIALCARE_RESULT_UNAVAILABLE;

    return ngx_socialcare_send_status(r, NGX_HTTP_SERVICE_UNAVAILABLE);
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


/* Subrequests of mirror, auth_request or SSI have no body to read here. */

static void
ngx_socialcare_log_subrequest(ngx_http_request_t *r)
{
    static time_t  logged;

    ngx_socialcare_loc_conf_t  *slcf;

    if (!ngx_socialcare_log_is_due(&logged)) {
        return;
    }

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "socialcare: \"socialcare_webhook\" in %s:%ui takes no "
                  "subrequest (\"mirror\", \"auth_request\", SSI) and stores "
                  "nothing of it: send callbacks to its location itself, by "
                  "\"proxy_pass\" if need be",
                  slcf->file, slcf->line);
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
    ngx_uint_t                           starved;
    ngx_socialcare_answer_t              answer;
    ngx_socialcare_scratch_t            *scratch;
    ngx_socialcare_loc_conf_t           *slcf;
    ngx_socialcare_platform_counters_t  *counters;

    ctx = ngx_socialcare_get_ctx(r);
    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);
    counters = ngx_socialcare_counters(r);
    starved = 0;

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

        starved = scratch->arena.starved;
        rc = ngx_socialcare_copy_answer(r->pool, &answer, &callback.answer);
    }

    ngx_socialcare_scratch_end(scratch);

    if (starved) {
        return ngx_socialcare_no_memory(r, ctx);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (answer.status < NGX_HTTP_SPECIAL_RESPONSE) {
        ctx->result = NGX_SOCIALCARE_RESULT_HANDSHAKE;
        counters->last_handshake_ms =
                                (ngx_atomic_uint_t) ngx_socialcare_now_ms();
        ngx_socialcare_subscription_note(slcf, &callback);

    } else {
        ctx->result = NGX_SOCIALCARE_RESULT_HANDSHAKE_REFUSED;

        ngx_socialcare_log_handshake(r, slcf);
    }

    return ngx_socialcare_send(r, &answer);
}


static void
ngx_socialcare_body_handler(ngx_http_request_t *r)
{
    size_t                               size;
    ngx_int_t                            rc;
    ngx_str_t                            body;
    ngx_socialcare_ctx_t                *ctx;
    ngx_socialcare_scratch_t            *scratch;
    ngx_socialcare_loc_conf_t           *slcf;
    ngx_socialcare_platform_counters_t  *counters;

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);
    counters = ngx_socialcare_counters(r);

    ctx = ngx_socialcare_get_ctx(r);

    if (ctx == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    size = ngx_socialcare_request_size(r);

    rc = ngx_socialcare_turn_take(r, size, ngx_socialcare_body_handler);

    if (rc == NGX_AGAIN) {
        return;
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_socialcare_count_more(counters->bytes, size);

    if (size > slcf->max_body) {
        ctx->result = NGX_SOCIALCARE_RESULT_TOO_LARGE;
        ngx_http_finalize_request(r,
            ngx_socialcare_send_status(r,
                                       NGX_HTTP_REQUEST_ENTITY_TOO_LARGE));
        return;
    }

    scratch = ngx_socialcare_scratch_begin(NGX_SOCIALCARE_BUDGET
                                           + 4 * slcf->max_body + size);

    rc = ngx_socialcare_request_body(r, scratch, &body);

    rc = rc == NGX_OK ? ngx_socialcare_read_callback(r, body, scratch)
                      : NGX_HTTP_INTERNAL_SERVER_ERROR;

    ngx_socialcare_scratch_end(scratch);

    if (rc != NGX_AGAIN) {
        ngx_http_finalize_request(r, rc);
    }
}


/* How long ids are remembered where a signed time never expires. */
#define NGX_SOCIALCARE_REPLAY_MS  86400000


/* An authentic id that returns with different content is a forgery. */

static void
ngx_socialcare_verify_once(ngx_socialcare_loc_conf_t *slcf,
    const sc_verify_scheme_t *scheme, const sc_request_t *request,
    int64_t tolerance_ms, sc_verdict_t *verdict)
{
    int64_t        until_ms;
    const u_char  *key;

    if (verdict->result != SC_VERIFY_OK || !scheme->id_once
        || verdict->id.len == 0)
    {
        return;
    }

    key = ngx_socialcare_worker.conf->digest_key;
    until_ms = sc_verify_tolerance(scheme, tolerance_ms);

    if (until_ms <= 0) {
        until_ms = NGX_SOCIALCARE_REPLAY_MS;
    }

    until_ms += verdict->signed_ms >= 0 ? verdict->signed_ms
                                        : ngx_socialcare_now_ms();

    if (ngx_socialcare_zone_replay(ngx_socialcare_worker.shared,
            sc_replay_id(key, slcf->source.platform->name, verdict->id,
                         verdict->signed_ms),
            sc_replay_content(key, request), until_ms / 1000 + 1)
        == SC_REPLAY_OTHER)
    {
        verdict->result = SC_VERIFY_REPLAYED;
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

    ngx_socialcare_verify_once(slcf, scheme, request, tolerance_ms, verdict);

    if (verdict->result != SC_VERIFY_OK) {
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


/* NGX_AGAIN: the callback waits for its store; else how to finalize it. */

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
    ngx_socialcare_platform_counters_t
                               *counters;

    ctx = ngx_socialcare_get_ctx(r);
    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);
    counters = ngx_socialcare_counters(r);

    if (ngx_socialcare_request_fill(r, slcf, scratch, body, &request)
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_socialcare_verify(r, slcf, scratch, &request, &verdict);

    ngx_memzero(&callback, sizeof(sc_callback_t));

    callback.request = &request;
    callback.source = &slcf->source;
    callback.arena = &scratch->arena;
    callback.now_ms = ngx_socialcare_now_ms();
    callback.verdict = &verdict;

    if (verdict.result == SC_VERIFY_NO_SIGNATURE
        && sc_platform_probe(&callback))
    {
        return ngx_socialcare_store(r, ctx, scratch, &callback, SC_PARSE_OK);
    }

    if (verdict.result == SC_VERIFY_NO_MEMORY) {
        ngx_socialcare_count(counters->refused[verdict.result]);
        return ngx_socialcare_no_memory(r, ctx);
    }

    if (verdict.result != SC_VERIFY_OK) {
        ctx->result = NGX_SOCIALCARE_RESULT_REFUSED;

        ngx_socialcare_count(counters->refused[verdict.result]);
        ngx_socialcare_log_refusal(r, slcf, verdict.result);

        /* A key that is not known yet may be by the platform's next retry. */

        if (verdict.result == SC_VERIFY_UNKNOWN_KEY) {
            return ngx_socialcare_send_status(r,
                                              NGX_HTTP_SERVICE_UNAVAILABLE);
        }

        sc_source_policy(&slcf->source, &policy);
        return ngx_socialcare_send_status(r, policy.refused_status);
    }

    parsed = sc_platform_parse(&callback);

    if (scratch->arena.starved) {
        return ngx_socialcare_no_memory(r, ctx);
    }

    if (parsed == SC_PARSE_TOO_LARGE) {
        ctx->result = NGX_SOCIALCARE_RESULT_TOO_LARGE;
        return ngx_socialcare_send_status(r,
                                          NGX_HTTP_REQUEST_ENTITY_TOO_LARGE);
    }

    return ngx_socialcare_store(r, ctx, scratch, &callback, parsed);
}


/* The result of a callback whose job has ended. */

static ngx_socialcare_result_e
ngx_socialcare_callback_result(ngx_socialcare_callback_t *callback)
{
    ngx_socialcare_job_t  *job;

    job = &callback->wait.job;

    if (job->failed) {
        return NGX_SOCIALCARE_RESULT_UNAVAILABLE;
    }

    if (callback->dead) {
        return NGX_SOCIALCARE_RESULT_DEAD;
    }

    return job->stored ? NGX_SOCIALCARE_RESULT_STORED
                       : NGX_SOCIALCARE_RESULT_DUPLICATE;
}


static void
ngx_socialcare_callback_count(ngx_socialcare_wait_t *wait)
{
    ngx_socialcare_callback_t  *callback;

    callback = (ngx_socialcare_callback_t *) wait;

    ngx_socialcare_count_more(callback->counters->duplicates,
                              wait->job.duplicates);
}


static ngx_int_t
ngx_socialcare_callback_answer(ngx_socialcare_wait_t *wait)
{
    ngx_socialcare_callback_t  *callback;

    callback = (ngx_socialcare_callback_t *) wait;

    wait->ctx->result = ngx_socialcare_callback_result(callback);

    return wait->job.failed
           ? ngx_socialcare_send_status(wait->request,
                                        NGX_HTTP_SERVICE_UNAVAILABLE)
           : ngx_socialcare_send(wait->request, &callback->answer);
}


static ngx_int_t
ngx_socialcare_store(ngx_http_request_t *r, ngx_socialcare_ctx_t *ctx,
    ngx_socialcare_scratch_t *scratch, sc_callback_t *parsed_callback,
    sc_parse_result_t parsed)
{
    ngx_int_t                   rc;
    ngx_socialcare_job_t       *job;
    ngx_socialcare_wait_t      *wait;
    ngx_socialcare_callback_t  *callback;

    wait = ngx_socialcare_wait_new(r, ctx, sizeof(ngx_socialcare_callback_t));
    if (wait == NULL) {
        return ngx_socialcare_no_memory(r, ctx);
    }

    callback = (ngx_socialcare_callback_t *) wait;
    job = &wait->job;

    if (ngx_socialcare_copy_answer(r->pool, &callback->answer,
                                   &parsed_callback->answer) != NGX_OK)
    {
        ngx_socialcare_wait_drop(wait);
        return ngx_socialcare_no_memory(r, ctx);
    }

    wait->count = ngx_socialcare_callback_count;
    wait->answer = ngx_socialcare_callback_answer;
    callback->counters = ngx_socialcare_counters(r);

    if (parsed == SC_PARSE_DEAD) {
        callback->dead = 1;
        rc = ngx_socialcare_intake_dead(r, ctx, scratch, parsed_callback, job);

    } else {
        callback->dead = (parsed_callback->dead_count > 0);
        rc = ngx_socialcare_intake(r, ctx, scratch, parsed_callback, job);
    }

    if (rc != NGX_OK) {
        job->failed++;
    }

    if (job->waiting > 0) {
        return ngx_socialcare_wait_begin(wait);
    }

    /* Nothing to store, or nothing could be handed over. */

    if (parsed_callback->handshake) {
        callback->counters->last_handshake_ms =
                                (ngx_atomic_uint_t) ngx_socialcare_now_ms();
    }

    ctx->result = job->failed
                  ? NGX_SOCIALCARE_RESULT_UNAVAILABLE
                  : (parsed_callback->handshake
                     ? NGX_SOCIALCARE_RESULT_HANDSHAKE
                     : NGX_SOCIALCARE_RESULT_EMPTY);

    rc = job->failed
         ? ngx_socialcare_send_status(r, NGX_HTTP_SERVICE_UNAVAILABLE)
         : ngx_socialcare_send(r, &callback->answer);

    ngx_socialcare_wait_drop(wait);

    return rc;
}
