
/*
 * ngx_socialcare_intake.c: mentions -> items: which brand, which queue, which
 * deadline, what the clock does, and the record's bytes.
 */

#include "ngx_socialcare_intake.h"
#include "ngx_socialcare_conf.h"
#include "ngx_socialcare_sla.h"
#include "ngx_socialcare_subscription.h"
#include "ngx_socialcare_trend.h"

#include "sc_json_write.h"
#include "sc_record.h"


/* What is common to all items of one callback. */

typedef struct {
    ngx_http_request_t           *r;
    ngx_socialcare_ctx_t         *ctx;
    ngx_socialcare_loc_conf_t    *slcf;
    ngx_socialcare_scratch_t     *scratch;
    ngx_socialcare_job_t         *job;
    sc_callback_t                *callback;
    ngx_socialcare_platform_counters_t
                                 *counters;
    ngx_socialcare_brand_node_t  *brand_node;     /* of the last item: */
    ngx_str_t                     brand;          /* most items of a batch */
    ngx_socialcare_queue_node_t  *node;           /* share them; */
    ngx_str_t                     queue;          /* NULL: not looked up */
} ngx_socialcare_intake_t;


/* What the configuration chose for one mention. */

typedef struct {
    ngx_str_t                     brand;
    ngx_str_t                     queue;
    ngx_socialcare_target_t       target;
    ngx_socialcare_brand_node_t  *brand_node;     /* NULL: no room for it */
    int64_t                       digest;         /* of its id */
} ngx_socialcare_choice_t;


static ngx_str_t  ngx_socialcare_default_brand =
                                    ngx_string(NGX_SOCIALCARE_DEFAULT_BRAND);
static ngx_str_t  ngx_socialcare_default_queue =
                                    ngx_string(NGX_SOCIALCARE_DEFAULT_QUEUE);
static ngx_str_t  ngx_socialcare_notices_queue = ngx_string("notices");


static ngx_int_t
ngx_socialcare_choose_name(ngx_socialcare_intake_t *intake,
    ngx_http_complex_value_t *value, ngx_str_t *fallback, ngx_str_t *name)
{
    if (value == NULL) {
        *name = *fallback;
        return NGX_OK;
    }

    if (value->lengths == NULL) {
        *name = value->value;           /* checked when it was configured */
        return NGX_OK;
    }

    if (ngx_http_complex_value(intake->r, value, name) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!ngx_socialcare_name_is_valid(name)) {
        ngx_socialcare_count(ngx_socialcare_worker.shared->names_refused);
        *name = *fallback;
    }

    return NGX_OK;
}


/*
 * Variables that a map computed for one mention must be recomputed for the
 * next: whatever has become valid since the callback's first mention is
 * forgotten.  What rewrite and access rules set earlier stays.
 */

static void
ngx_socialcare_forget_variables(ngx_http_request_t *r, u_char *valid)
{
    ngx_uint_t                  i;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (!valid[i]) {
            r->variables[i].valid = 0;
            r->variables[i].not_found = 0;
        }
    }
}


static ngx_uint_t
ngx_socialcare_varies(ngx_http_complex_value_t *value)
{
    return value != NULL && value->lengths != NULL;
}


static u_char *
ngx_socialcare_remember_variables(ngx_http_request_t *r)
{
    u_char                     *valid;
    ngx_uint_t                  i;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    valid = ngx_pnalloc(r->pool, cmcf->variables.nelts + 1);
    if (valid == NULL) {
        return NULL;
    }

    for (i = 0; i < cmcf->variables.nelts; i++) {
        valid[i] = (r->variables[i].valid || r->variables[i].not_found);
    }

    return valid;
}


static sc_clock_t
ngx_socialcare_choose_clock(const sc_mention_t *mention)
{
    if (mention->clock_key.len == 0) {
        return SC_CLOCK_NONE;
    }

    if (mention->ends != NULL) {
        return SC_CLOCK_CLOSE;
    }

    if (sc_mention_is_actionable(mention)) {
        return SC_CLOCK_QUESTION;
    }

    if (mention->direction == SC_DIRECTION_OUT) {
        if (mention->action != SC_ACTION_CREATE
            || mention->no_answer || mention->kind == SC_KIND_REACTION
            || mention->kind == SC_KIND_SHARE || mention->kind == SC_KIND_NOTE
            || mention->kind == SC_KIND_NOTICE)
        {
            return SC_CLOCK_NONE;
        }

        return mention->automatic ? SC_CLOCK_AUTO : SC_CLOCK_ANSWER;
    }

    if (mention->action == SC_ACTION_DELETE
        && sc_mention_is_inbound(mention))
    {
        return SC_CLOCK_WITHDRAWAL;
    }

    return SC_CLOCK_NONE;
}


static ngx_uint_t
ngx_socialcare_same_name(ngx_str_t *a, ngx_str_t *b)
{
    return a->len == b->len
           && (a->data == b->data || ngx_memcmp(a->data, b->data, a->len) == 0);
}


static ngx_socialcare_brand_node_t *
ngx_socialcare_intake_brand(ngx_socialcare_intake_t *intake, ngx_str_t *brand)
{
    if (!ngx_socialcare_same_name(&intake->brand, brand)) {
        intake->brand = *brand;
        intake->brand_node = NULL;
        intake->node = NULL;
    }

    if (intake->brand_node == NULL) {
        intake->brand_node = ngx_socialcare_zone_brand(
                                                ngx_socialcare_worker.shared,
                                                brand,
                                                intake->slcf->partitions);
    }

    return intake->brand_node;
}


/* For the brand that ngx_socialcare_intake_brand() looked up last. */

static ngx_socialcare_queue_node_t *
ngx_socialcare_intake_node(ngx_socialcare_intake_t *intake, ngx_str_t *queue)
{
    if (intake->node == NULL
        || !ngx_socialcare_same_name(&intake->queue, queue))
    {
        intake->node = ngx_socialcare_zone_queue(ngx_socialcare_worker.shared,
                                                 &intake->brand, queue);
        intake->queue = *queue;
    }

    if (intake->node) {
        ngx_socialcare_count(intake->node->received);
    }

    return intake->node;
}


/* The digest of the id that is in the scratch memory. */

static int64_t
ngx_socialcare_intake_digest(ngx_socialcare_intake_t *intake)
{
    return sc_record_digest(ngx_socialcare_worker.conf->digest_key,
                            sc_buf_str(&intake->scratch->id));
}


static ngx_int_t
ngx_socialcare_intake_deliver(ngx_socialcare_intake_t *intake,
    ngx_str_t *brand, ngx_str_t *queue, sc_queue_item_t *item)
{
    sc_str_t                   id;
    ngx_socialcare_scratch_t  *scratch;

    scratch = intake->scratch;

    if (scratch->record.failed || scratch->id.failed) {
        return NGX_ERROR;
    }

    id = sc_buf_str(&scratch->id);

    item->record = sc_buf_str(&scratch->record);
    item->format = (sc_queue_format_t) intake->slcf->queue_format;
    item->limit = intake->slcf->queue_limit;

    return ngx_socialcare_delivery_add(ngx_socialcare_worker.delivery,
                                       intake->job, brand,
                                       intake->slcf->partitions,
                                       intake->slcf->dedupe, item, id,
                                       ngx_socialcare_intake_node(intake,
                                                                  queue));
}


/* Brand-side events only drive the clock unless out=on asks for them. */

static ngx_int_t
ngx_socialcare_intake_target(ngx_socialcare_intake_t *intake,
    const sc_mention_t *mention, ngx_str_t *queue, sc_queue_item_t *item)
{
    u_char  *name;

    item->sla_queue = ngx_socialcare_to_core(*queue);

    if (mention->kind == SC_KIND_NOTICE) {
        item->queue = ngx_socialcare_to_core(ngx_socialcare_notices_queue);
        item->sla_queue = item->queue;
        return NGX_OK;
    }

    if (sc_mention_is_inbound(mention)) {
        item->queue = item->sla_queue;
        return NGX_OK;
    }

    if (!intake->slcf->queue_out) {
        item->queue = SC_STR_NULL;
        return NGX_OK;
    }

    name = sc_arena_bytes(&intake->scratch->arena, queue->len + 4);
    if (name == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(ngx_cpymem(name, queue->data, queue->len), ":out", 4);
    item->queue = sc_str_make(name, queue->len + 4);

    return NGX_OK;
}


/* What the clock needs of the item besides its time. */

static ngx_int_t
ngx_socialcare_intake_detail(ngx_socialcare_intake_t *intake,
    const sc_mention_t *mention, sc_queue_item_t *item)
{
    size_t     start;
    int64_t    digest;
    u_char    *digits;
    sc_buf_t  *id;

    if (item->clock == SC_CLOCK_CLOSE) {
        item->detail = sc_str_from_cstring(mention->ends);
    }

    if ((item->clock != SC_CLOCK_ANSWER && item->clock != SC_CLOCK_NONE)
        || mention->proof.len == 0)
    {
        return NGX_OK;
    }

    /* Written after the id, which is still needed. */

    id = &intake->scratch->id;
    start = id->len;
    sc_record_write_proof(id, mention);
    digest = sc_record_digest(ngx_socialcare_worker.conf->digest_key,
                              sc_str_from(sc_buf_str(id), start));
    id->len = start;

    digits = sc_arena_bytes(&intake->scratch->arena, 1 + SC_UINT64_DIGITS);
    if (digits == NULL) {
        return NGX_ERROR;
    }

    item->detail = sc_str_make(digits, sc_int_write(digits, digest));

    return NGX_OK;
}


/*
 * Where a mention goes, chosen in this order: the queue's name may hold the
 * brand's, and queue and target may depend on the incident.
 */

static ngx_int_t
ngx_socialcare_intake_choose(ngx_socialcare_intake_t *intake,
    const sc_mention_t *mention, ngx_socialcare_choice_t *choice)
{
    ngx_str_null(&intake->ctx->brand);
    ngx_str_null(&intake->ctx->trend);

    if (ngx_socialcare_choose_name(intake, intake->slcf->brand,
                                   &ngx_socialcare_default_brand,
                                   &choice->brand)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    intake->ctx->brand = choice->brand;

    intake->scratch->id.len = 0;
    sc_record_write_id(&intake->scratch->id, mention);
    choice->digest = ngx_socialcare_intake_digest(intake);
    choice->brand_node = ngx_socialcare_intake_brand(intake, &choice->brand);

    ngx_socialcare_trend_observe(&ngx_socialcare_worker, mention,
                                 choice->brand_node, choice->digest,
                                 &intake->scratch->arena, &intake->ctx->trend);

    if (ngx_socialcare_choose_name(intake, intake->slcf->queue,
                                   &ngx_socialcare_default_queue,
                                   &choice->queue)
        != NGX_OK
        || ngx_socialcare_sla_choose(intake->r, intake->slcf->sla,
                                     &choice->target)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (mention->queue.len) {
        choice->queue = ngx_socialcare_from_core(mention->queue);

        if (!ngx_socialcare_name_is_valid(&choice->queue)) {
            ngx_socialcare_count(ngx_socialcare_worker.shared->names_refused);
            choice->queue = ngx_socialcare_default_queue;
        }
    }

    return NGX_OK;
}


/* When it happened, and what that does to its thread's clock. */

static void
ngx_socialcare_intake_clock(ngx_socialcare_intake_t *intake,
    const sc_mention_t *mention, ngx_socialcare_choice_t *choice,
    sc_queue_item_t *item)
{
    bool     skewed;
    int64_t  received_ms, lag_ms;

    received_ms = intake->callback->now_ms;
    skewed = false;

    item->event_ms = sc_record_start_ms(mention, received_ms, &skewed);
    item->own_ms = mention->created_is_delivery_time ? -1
                                                     : mention->created_ms;
    item->due_ms = -1;
    item->channel = sc_str_from_cstring(sc_channel_name(mention->channel));
    item->clock = ngx_socialcare_choose_clock(mention);
    item->digest = choice->digest;
    item->clock_key = mention->clock_key;

    if (skewed) {
        ngx_socialcare_count(intake->counters->clock_skew);
    }

    if (mention->created_ms >= 0 && !mention->created_is_delivery_time) {
        lag_ms = received_ms - mention->created_ms;
        ngx_socialcare_observe_lag(intake->counters,
                                   (ngx_uint_t) (lag_ms < 0 ? 0 : lag_ms));
    }

    ngx_socialcare_own_replies_note(mention, item->clock, choice->brand_node);

    if (item->clock == SC_CLOCK_QUESTION) {
        item->due_ms = ngx_socialcare_target_due(&choice->target,
                                                 item->event_ms);
        item->reach = sc_mention_reach(mention);
    }

    if (item->clock == SC_CLOCK_QUESTION
        || item->clock == SC_CLOCK_WITHDRAWAL)
    {
        item->object = sc_queue_object(mention->object);
    }
}


static void
ngx_socialcare_intake_record(ngx_socialcare_intake_t *intake,
    const sc_mention_t *mention, ngx_socialcare_choice_t *choice,
    const sc_queue_item_t *item)
{
    sc_record_context_t  context;

    ngx_memzero(&context, sizeof(sc_record_context_t));

    context.brand = ngx_socialcare_to_core(choice->brand);
    context.queue = item->queue.len ? item->queue : item->sla_queue;
    context.received_ms = intake->callback->now_ms;
    context.due_ms = item->due_ms;
    context.with_raw = intake->slcf->raw;
    context.trend = ngx_socialcare_to_core(intake->ctx->trend);

    intake->scratch->record.len = 0;
    sc_record_write(&intake->scratch->record, mention, &context);
}


static ngx_int_t
ngx_socialcare_intake_mention(ngx_socialcare_intake_t *intake,
    const sc_mention_t *mention)
{
    sc_queue_item_t          item;
    ngx_socialcare_choice_t  choice;

    if (ngx_socialcare_intake_choose(intake, mention, &choice) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memzero(&item, sizeof(sc_queue_item_t));

    if (ngx_socialcare_intake_target(intake, mention, &choice.queue, &item)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_socialcare_intake_clock(intake, mention, &choice, &item);

    if (ngx_socialcare_intake_detail(intake, mention, &item) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_socialcare_intake_record(intake, mention, &choice, &item);

    ngx_socialcare_count(intake->counters->mentions);
    intake->ctx->mentions++;

    return ngx_socialcare_intake_deliver(intake, &choice.brand, &choice.queue,
                                         &item);
}


static void
ngx_socialcare_intake_init(ngx_socialcare_intake_t *intake,
    ngx_http_request_t *r, ngx_socialcare_ctx_t *ctx,
    ngx_socialcare_scratch_t *scratch, sc_callback_t *callback,
    ngx_socialcare_job_t *job)
{
    ngx_memzero(intake, sizeof(ngx_socialcare_intake_t));

    intake->r = r;
    intake->ctx = ctx;
    intake->slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);
    intake->scratch = scratch;
    intake->callback = callback;
    intake->job = job;
    intake->counters = &ngx_socialcare_worker.shared->platforms[
                                               intake->slcf->platform_index];
}


/*
 * A dead letter keeps the bytes as they came: as text if they are UTF-8, else
 * in base64.  Its identity is a digest of those bytes, so that a retry does not
 * duplicate it.
 */

static void
ngx_socialcare_intake_dead_record(ngx_socialcare_intake_t *intake,
    ngx_str_t *brand, sc_dead_reason_t reason, sc_str_t raw)
{
    sc_buf_t  *record, *id;

    record = &intake->scratch->record;
    id = &intake->scratch->id;
    record->len = 0;
    id->len = 0;

    sc_buf_append_literal(id, "dead:");
    sc_buf_append_str(id, intake->slcf->source.platform->name);
    sc_buf_append_byte(id, ':');
    sc_buf_append_int(id, sc_record_digest(
                                    ngx_socialcare_worker.conf->digest_key,
                                    raw));

    sc_buf_append_byte(record, '{');
    sc_json_write_uint(record, "v", SC_RECORD_VERSION);
    sc_json_write_member(record, "id", sc_buf_str(id));
    sc_json_write_member(record, "dead",
                         sc_str_from_cstring(sc_dead_reason_name(reason)));
    sc_json_write_member(record, "platform",
                         intake->slcf->source.platform->name);
    sc_json_write_member(record, "brand", ngx_socialcare_to_core(*brand));
    sc_json_write_int(record, "received_ms", intake->callback->now_ms);

    if (sc_utf8_is_valid(raw)) {
        sc_json_write_member(record, "raw", raw);

    } else {
        sc_json_write_name(record, "raw_base64");
        sc_buf_append_byte(record, '"');
        sc_base64_encode(record, raw, SC_BASE64_PADDED);
        sc_buf_append_byte(record, '"');
    }

    sc_buf_append_byte(record, '}');
}


static ngx_int_t
ngx_socialcare_intake_dead_piece(ngx_socialcare_intake_t *intake,
    sc_dead_reason_t reason, sc_str_t raw)
{
    ngx_int_t        rc;
    ngx_str_t        brand, queue;
    sc_queue_item_t  item;

    if (ngx_socialcare_choose_name(intake, intake->slcf->brand,
                                   &ngx_socialcare_default_brand, &brand)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    intake->ctx->brand = brand;
    (void) ngx_socialcare_intake_brand(intake, &brand);
    rc = ngx_socialcare_choose_name(intake, intake->slcf->queue,
                                    &ngx_socialcare_default_queue, &queue);
    ngx_str_null(&intake->ctx->brand);

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_socialcare_intake_dead_record(intake, &brand, reason, raw);

    ngx_memzero(&item, sizeof(sc_queue_item_t));

    item.dead = true;
    item.queue = ngx_socialcare_to_core(queue);
    item.sla_queue = item.queue;
    item.channel = sc_str_from_cstring(
               sc_channel_name(intake->slcf->source.platform->channel));
    item.digest = ngx_socialcare_intake_digest(intake);
    item.event_ms = intake->callback->now_ms;
    item.own_ms = -1;
    item.due_ms = -1;

    ngx_socialcare_count(intake->counters->dead[reason]);

    return ngx_socialcare_intake_deliver(intake, &brand, &queue, &item);
}


ngx_int_t
ngx_socialcare_intake_dead(ngx_http_request_t *r, ngx_socialcare_ctx_t *ctx,
    ngx_socialcare_scratch_t *scratch, sc_callback_t *callback,
    ngx_socialcare_job_t *job)
{
    ngx_socialcare_intake_t  intake;

    ngx_socialcare_intake_init(&intake, r, ctx, scratch, callback, job);

    return ngx_socialcare_intake_dead_piece(&intake, callback->dead,
                                            callback->request->body);
}


ngx_int_t
ngx_socialcare_intake(ngx_http_request_t *r, ngx_socialcare_ctx_t *ctx,
    ngx_socialcare_scratch_t *scratch, sc_callback_t *callback,
    ngx_socialcare_job_t *job)
{
    u_char                   *valid;
    ngx_int_t                 rc;
    const sc_mention_t       *mention;
    const sc_dead_piece_t    *piece;
    ngx_socialcare_intake_t   intake;

    ngx_socialcare_intake_init(&intake, r, ctx, scratch, callback, job);

    valid = NULL;

    if (ngx_socialcare_varies(intake.slcf->brand)
        || ngx_socialcare_varies(intake.slcf->queue)
        || ngx_socialcare_sla_varies(intake.slcf->sla))
    {
        valid = ngx_socialcare_remember_variables(r);
        if (valid == NULL) {
            return NGX_ERROR;
        }
    }

    rc = NGX_OK;

    for (mention = callback->first; mention; mention = mention->next) {
        ctx->mention = mention;
        rc = ngx_socialcare_intake_mention(&intake, mention);
        ctx->mention = NULL;
        ngx_str_null(&ctx->brand);

        if (valid != NULL) {
            ngx_socialcare_forget_variables(r, valid);
        }

        if (rc != NGX_OK) {
            return rc;
        }
    }

    for (piece = callback->dead_pieces; piece; piece = piece->next) {
        rc = ngx_socialcare_intake_dead_piece(&intake, piece->reason,
                                              piece->raw);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}
