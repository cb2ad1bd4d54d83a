
/*
 * ngx_socialcare_close.c: from a close request to its items, and back.
 *
 *     close_handler -> method -> body -> type -> read -> brands
 *         -> delivery ... done -> {"accepted":n}
 *
 * A request is accepted as a whole or not at all: every close is checked before
 * the first one is handed over.  No text of a request reaches a log.
 */

#include "ngx_socialcare_close.h"
#include "ngx_socialcare_answer.h"
#include "ngx_socialcare_conf.h"
#include "ngx_socialcare_intake.h"
#include "ngx_socialcare_wait.h"
#include "ngx_socialcare_zone.h"

#include "sc_close.h"
#include "sc_json_write.h"
#include "sc_record.h"


/* Memory that reading one request may use, not counting its body. */
#define NGX_SOCIALCARE_CLOSE_BUDGET  (4 * 1024 * 1024)

/* {"error":"…","index":…}, {"accepted":…,"duplicates":…} */
#define NGX_SOCIALCARE_CLOSE_ANSWER  512


/* Where one close goes. */

typedef struct {
    ngx_str_t                    brand;
    ngx_uint_t                   partitions;
    ngx_str_t                    queue;
} ngx_socialcare_close_target_t;


static ngx_str_t  ngx_socialcare_close_default_brand =
                                    ngx_string(NGX_SOCIALCARE_DEFAULT_BRAND);
static ngx_str_t  ngx_socialcare_close_default_queue =
                                    ngx_string(NGX_SOCIALCARE_DEFAULT_QUEUE);


static void ngx_socialcare_close_body(ngx_http_request_t *r);


char *
ngx_socialcare_close_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    (void) cmd;

    if (slcf->close) {
        return "is duplicate";
    }

    slcf->close = 1;

    return ngx_socialcare_take_location(cf, slcf,
                                        ngx_socialcare_close_handler);
}


void
ngx_socialcare_finish_close(ngx_conf_t *cf, ngx_socialcare_loc_conf_t *slcf)
{
    ngx_http_core_loc_conf_t    *clcf;
    ngx_socialcare_main_conf_t  *mcf;

    /* nginx enforces the endpoint's limit, also on a chunked body. */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->client_max_body_size = (off_t) slcf->max_body;

    /* What waits in the spool must not outlive the dedupe window. */

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);
    mcf->spool.window = ngx_max(mcf->spool.window, slcf->dedupe);
}


/* Uses the cycle's log: the request's would add the request line. */

static void
ngx_socialcare_close_log_refusal(ngx_http_request_t *r,
    sc_close_result_t result)
{
    static time_t  logged[SC_CLOSE_RESULTS];

    if (!ngx_socialcare_log_is_due(&logged[result])) {
        return;
    }

    if (result == SC_CLOSE_UNAVAILABLE) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "socialcare: a request to close was answered 503: "
                      "neither Redis nor a spool took it; look at \"redis\" "
                      "and \"spool\" in the status, and turn "
                      "\"socialcare_spool\" on; "
                      "further ones are only counted for %d s",
                      NGX_SOCIALCARE_LOG_INTERVAL);
        return;
    }

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "socialcare: a request to close from %V was refused "
                  "(%s): tell its sender: %s; "
                  "further ones are only counted for %d s",
                  &r->connection->addr_text, sc_close_result_name(result),
                  sc_close_result_sentence(result),
                  NGX_SOCIALCARE_LOG_INTERVAL);
}


static void
ngx_socialcare_close_count_refusal(ngx_http_request_t *r,
    sc_close_result_t result)
{
    ngx_socialcare_count(
                  ngx_socialcare_worker.shared->closes.refused[result]);
    ngx_socialcare_close_log_refusal(r, result);
}


static ngx_int_t
ngx_socialcare_close_send(ngx_http_request_t *r, ngx_uint_t status,
    sc_buf_t *text)
{
    ngx_socialcare_answer_t  answer;

    if (text->failed) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memzero(&answer, sizeof(ngx_socialcare_answer_t));

    answer.status = status;
    ngx_str_set(&answer.content_type, "application/json");
    answer.body = ngx_socialcare_from_core(sc_buf_str(text));

    return ngx_socialcare_send(r, &answer);
}


/* Allocates memory for an answer's text; false: out of memory. */

static ngx_uint_t
ngx_socialcare_close_text(ngx_http_request_t *r, sc_buf_t *text)
{
    u_char  *memory;

    memory = ngx_pnalloc(r->pool, NGX_SOCIALCARE_CLOSE_ANSWER);
    if (memory == NULL) {
        return 0;
    }

    sc_buf_init_fixed(text, memory, NGX_SOCIALCARE_CLOSE_ANSWER);

    return 1;
}


static ngx_uint_t
ngx_socialcare_close_status(sc_close_result_t result)
{
    switch (result) {

    case SC_CLOSE_TYPE:
        return NGX_HTTP_UNSUPPORTED_MEDIA_TYPE;

    case SC_CLOSE_TOO_LARGE:
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;

    default:
        return NGX_HTTP_BAD_REQUEST;
    }
}


static ngx_int_t
ngx_socialcare_close_refuse(ngx_http_request_t *r, sc_close_result_t result,
    size_t at)
{
    sc_buf_t               text;
    ngx_socialcare_ctx_t  *ctx;

    ctx = ngx_socialcare_get_ctx(r);

    ctx->result = result == SC_CLOSE_TOO_LARGE
                  ? NGX_SOCIALCARE_RESULT_TOO_LARGE
                  : NGX_SOCIALCARE_RESULT_REFUSED;

    ngx_socialcare_close_count_refusal(r, result);

    if (!ngx_socialcare_close_text(r, &text)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    sc_buf_append_byte(&text, '{');
    sc_json_write_member(&text, "error",
                    sc_str_from_cstring(sc_close_result_sentence(result)));
    sc_json_write_uint(&text, "index", at);
    sc_buf_append_literal(&text, "}\n");

    return ngx_socialcare_close_send(r, ngx_socialcare_close_status(result),
                                     &text);
}


static ngx_int_t
ngx_socialcare_close_unavailable(ngx_http_request_t *r,
    ngx_socialcare_ctx_t *ctx)
{
    ctx->result = NGX_SOCIALCARE_RESULT_UNAVAILABLE;
    ngx_socialcare_close_count_refusal(r, SC_CLOSE_UNAVAILABLE);

    return ngx_socialcare_send_status(r, NGX_HTTP_SERVICE_UNAVAILABLE);
}


ngx_int_t
ngx_socialcare_close_handler(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_str_t              methods = ngx_string("POST");
    ngx_socialcare_ctx_t  *ctx;

    if (r != r->main) {
        return NGX_HTTP_FORBIDDEN;
    }

    ctx = ngx_socialcare_get_ctx(r);
    if (ctx == NULL || ngx_socialcare_worker.delivery == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method != NGX_HTTP_POST) {
        ctx->result = NGX_SOCIALCARE_RESULT_METHOD;
        ngx_socialcare_close_count_refusal(r, SC_CLOSE_METHOD);
        return ngx_socialcare_send_allow(r, &methods);
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_socialcare_close_body);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


/* The location's own brand if its name has no variables. */

static ngx_str_t *
ngx_socialcare_close_own_brand(ngx_socialcare_loc_conf_t *slcf)
{
    if (slcf->brand != NULL && slcf->brand->lengths == NULL) {
        return &slcf->brand->value;
    }

    return &ngx_socialcare_close_default_brand;
}


/*
 * A brand without a receiver would get keys that nobody looks at.  Brands with
 * fixed names are known from the configuration; those chosen by a map, once a
 * mention has had them, and after a restart from the registry.  A location
 * whose own brand is chosen by a map accepts any usable name.
 */

static ngx_uint_t
ngx_socialcare_close_partitions(ngx_socialcare_loc_conf_t *slcf,
    ngx_str_t *name, ngx_uint_t *partitions)
{
    ngx_str_t                    *own;
    ngx_uint_t                    i;
    ngx_socialcare_brand_t       *brand;
    ngx_socialcare_brand_node_t  *node;
    ngx_socialcare_main_conf_t   *mcf;

    mcf = ngx_socialcare_worker.conf;
    brand = mcf->brands->elts;

    for (i = 0; i < mcf->brands->nelts; i++) {
        if (!brand[i].fallback && brand[i].name.len == name->len
            && ngx_memcmp(brand[i].name.data, name->data, name->len) == 0)
        {
            *partitions = brand[i].partitions;
            return 1;
        }
    }

    node = ngx_socialcare_zone_find_brand(ngx_socialcare_worker.shared, name);

    if (node != NULL) {
        *partitions = node->chosen ? node->chosen : node->partitions;
        return 1;
    }

    own = ngx_socialcare_close_own_brand(slcf);
    *partitions = slcf->partitions;

    return (slcf->brand != NULL && slcf->brand->lengths != NULL)
           || (own->len == name->len
               && ngx_memcmp(own->data, name->data, name->len) == 0);
}


/*
 * The queue only decides which name a close is counted under if no wait is
 * open; names that no mention has had would let statistics grow without bound.
 */

static sc_close_result_t
ngx_socialcare_close_choose(ngx_socialcare_loc_conf_t *slcf,
    const sc_close_t *close, ngx_socialcare_close_target_t *target)
{
    target->brand = close->brand.len
                    ? ngx_socialcare_from_core(close->brand)
                    : *ngx_socialcare_close_own_brand(slcf);

    if (!ngx_socialcare_name_is_valid(&target->brand)
        || !ngx_socialcare_close_partitions(slcf, &target->brand,
                                            &target->partitions))
    {
        return SC_CLOSE_BRAND;
    }

    target->queue = ngx_socialcare_from_core(close->queue);

    if (target->queue.len == 0
        || ngx_socialcare_zone_find_queue(ngx_socialcare_worker.shared,
                                          &target->brand, &target->queue)
           == NULL)
    {
        target->queue = (slcf->queue != NULL && slcf->queue->lengths == NULL)
                        ? slcf->queue->value
                        : ngx_socialcare_close_default_queue;
    }

    return SC_CLOSE_OK;
}


static ngx_int_t
ngx_socialcare_close_deliver(ngx_socialcare_loc_conf_t *slcf,
    ngx_socialcare_scratch_t *scratch, const sc_close_t *close,
    ngx_socialcare_job_t *job)
{
    sc_str_t                        id;
    sc_queue_item_t                 item;
    ngx_socialcare_close_target_t   target;

    (void) ngx_socialcare_close_choose(slcf, close, &target);

    scratch->id.len = 0;
    ngx_memzero(&item, sizeof(sc_queue_item_t));

    item.event_ms = ngx_socialcare_now_ms();
    item.own_ms = -1;
    item.due_ms = -1;

    sc_close_write_id(&scratch->id, close, item.event_ms);

    if (scratch->id.failed) {
        job->failed++;
        return NGX_ERROR;
    }

    id = sc_buf_str(&scratch->id);

    item.sla_queue = ngx_socialcare_to_core(target.queue);
    item.channel = sc_str_from_cstring(close->channel);
    item.digest = sc_record_digest(ngx_socialcare_worker.conf->digest_key,
                                   id);
    item.clock = SC_CLOCK_CLOSE;
    item.clock_key = close->wait;
    item.detail = sc_str_from_cstring(close->reason);

    return ngx_socialcare_delivery_add(ngx_socialcare_worker.delivery, job,
                                       &target.brand, target.partitions,
                                       slcf->dedupe, &item, id, NULL);
}


static void
ngx_socialcare_close_count(ngx_socialcare_wait_t *wait)
{
    ngx_socialcare_job_t     *job;
    ngx_socialcare_shared_t  *shared;

    job = &wait->job;
    shared = ngx_socialcare_worker.shared;

    ngx_socialcare_count_more(shared->closes.accepted, job->stored);
    ngx_socialcare_count_more(shared->closes.duplicates, job->duplicates);
}


static ngx_int_t
ngx_socialcare_close_answer(ngx_socialcare_wait_t *wait)
{
    sc_buf_t               text;
    ngx_http_request_t    *r;
    ngx_socialcare_job_t  *job;

    r = wait->request;
    job = &wait->job;

    if (job->failed) {
        return ngx_socialcare_close_unavailable(r, wait->ctx);
    }

    wait->ctx->result = job->stored ? NGX_SOCIALCARE_RESULT_STORED
                                    : NGX_SOCIALCARE_RESULT_DUPLICATE;

    if (!ngx_socialcare_close_text(r, &text)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    sc_buf_append_byte(&text, '{');
    sc_json_write_uint(&text, "accepted", job->stored + job->duplicates);
    sc_json_write_uint(&text, "duplicates", job->duplicates);
    sc_buf_append_literal(&text, "}\n");

    return ngx_socialcare_close_send(r, NGX_HTTP_OK, &text);
}


/* NGX_AGAIN: the request waits for its store; else how to finalize it. */

static ngx_int_t
ngx_socialcare_close_store(ngx_http_request_t *r,
    ngx_socialcare_scratch_t *scratch, const sc_close_t *closes, size_t count)
{
    size_t                      i;
    ngx_socialcare_ctx_t       *ctx;
    ngx_socialcare_wait_t      *wait;
    ngx_socialcare_loc_conf_t  *slcf;

    ctx = ngx_socialcare_get_ctx(r);
    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);

    ctx->mentions = count;

    wait = ngx_socialcare_wait_new(r, ctx, sizeof(ngx_socialcare_wait_t));
    if (wait == NULL) {
        return ngx_socialcare_close_unavailable(r, ctx);
    }

    wait->count = ngx_socialcare_close_count;
    wait->answer = ngx_socialcare_close_answer;

    for (i = 0; i < count; i++) {
        if (ngx_socialcare_close_deliver(slcf, scratch, &closes[i],
                                         &wait->job) != NGX_OK)
        {
            break;
        }
    }

    if (wait->job.waiting == 0) {
        ngx_socialcare_wait_drop(wait);
        return ngx_socialcare_close_unavailable(r, ctx);
    }

    return ngx_socialcare_wait_begin(wait);
}


static ngx_int_t
ngx_socialcare_close_read(ngx_http_request_t *r, ngx_str_t body,
    ngx_socialcare_scratch_t *scratch)
{
    size_t                          i, count, at;
    sc_str_t                        type;
    sc_close_t                     *closes;
    sc_close_format_t               format;
    sc_close_limits_t               limits;
    sc_close_result_t               result;
    ngx_socialcare_loc_conf_t      *slcf;
    ngx_socialcare_close_target_t   target;

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);

    if (body.len > slcf->max_body) {
        return ngx_socialcare_close_refuse(r, SC_CLOSE_TOO_LARGE, 0);
    }

    type = r->headers_in.content_type
           ? ngx_socialcare_to_core(r->headers_in.content_type->value)
           : SC_STR_NULL;

    if (!sc_close_format(type, &format)) {
        return ngx_socialcare_close_refuse(r, SC_CLOSE_TYPE, 0);
    }

    ngx_memzero(&limits, sizeof(sc_close_limits_t));

    limits.json.depth = (uint32_t) slcf->max_depth;
    limits.json.tokens = (uint32_t) slcf->max_tokens;
    limits.closes = slcf->max_events;

    result = sc_close_read(ngx_socialcare_to_core(body), format, &limits,
                           &scratch->arena, &closes, &count, &at);

    if (result != SC_CLOSE_OK) {
        return ngx_socialcare_close_refuse(r, result, at);
    }

    for (i = 0; i < count; i++) {
        result = ngx_socialcare_close_choose(slcf, &closes[i], &target);

        if (result != SC_CLOSE_OK) {
            return ngx_socialcare_close_refuse(r, result, i);
        }
    }

    return ngx_socialcare_close_store(r, scratch, closes, count);
}


static void
ngx_socialcare_close_body(ngx_http_request_t *r)
{
    size_t                      size;
    ngx_int_t                   rc;
    ngx_str_t                   body;
    ngx_socialcare_scratch_t   *scratch;
    ngx_socialcare_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);

    size = ngx_socialcare_request_size(r);

    rc = ngx_socialcare_turn_take(r, size, ngx_socialcare_close_body);

    if (rc == NGX_AGAIN) {
        return;
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    scratch = ngx_socialcare_scratch_begin(NGX_SOCIALCARE_CLOSE_BUDGET
                                           + 4 * slcf->max_body + size);

    rc = ngx_socialcare_request_body(r, scratch, &body);

    rc = rc == NGX_OK ? ngx_socialcare_close_read(r, body, scratch)
                      : NGX_HTTP_INTERNAL_SERVER_ERROR;

    ngx_socialcare_scratch_end(scratch);

    if (rc != NGX_AGAIN) {
        ngx_http_finalize_request(r, rc);
    }
}


void
ngx_socialcare_close_log(ngx_http_request_t *r, ngx_socialcare_result_e result)
{
    ngx_socialcare_ctx_t  *ctx;

    ngx_socialcare_count(ngx_socialcare_worker.shared->closes.requests);

    ctx = ngx_http_get_module_ctx(r, ngx_socialcare_module);

    /* nginx itself refuses a body whose Content-Length is too large. */

    if (result == NGX_SOCIALCARE_RESULT_TOO_LARGE
        && (ctx == NULL || ctx->result == NGX_SOCIALCARE_RESULT_NONE))
    {
        ngx_socialcare_close_count_refusal(r, SC_CLOSE_TOO_LARGE);
    }
}
