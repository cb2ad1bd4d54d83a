
/*
 * ngx_socialcare_spool_batch.c: sends a loaded segment's records to Redis, and
 * applies the answers to each record.
 *
 * Records of one tag go out in the order in which they were written, on the
 * worker's one connection.  Live traffic comes first: while there is much of
 * it, little or nothing is sent.
 */

#include "ngx_socialcare_spool_drain.h"


/* A batch is gathered from this many records, other tags' included. */
#define NGX_SOCIALCARE_DRAIN_LOOKAHEAD  1024

/* With more commands of others than this in flight, the drain waits. */
#define NGX_SOCIALCARE_DRAIN_YIELD      32
#define NGX_SOCIALCARE_DRAIN_BREATH     10

#define NGX_SOCIALCARE_MAX_FAILS        5

/* A pass ends after this many batches in a row were refused as a whole. */
#define NGX_SOCIALCARE_MAX_REFUSALS     4


static void
ngx_socialcare_drain_quarantine(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment, uint32_t i,
    sc_quarantine_reason_t reason)
{
    ngx_uint_t                     n;
    sc_segment_record_t            record;
    ngx_socialcare_spool_entry_t  *entry;

    entry = &segment->entries[i];

    if (segment->states[i] == NGX_SOCIALCARE_ENTRY_WAITING) {
        ngx_socialcare_spool_unblock(spool, segment, entry->bucket);
    }

    if (segment->quarantine.len == 0) {
        segment->quarantine_first = spool->sequence;
        segment->quarantine_count = 0;
    }

    record.kind = SC_SPOOL_QUARANTINE;
    record.flags = (uint16_t) reason;
    record.sequence = segment->quarantine_first + segment->quarantine_count;
    record.event_ms = entry->event_ms;
    record.payload = sc_str_make(segment->data + entry->offset, entry->len);

    if (!sc_segment_append(&segment->quarantine, &record)) {
        segment->quarantine.failed = false;
        segment->states[i] = NGX_SOCIALCARE_ENTRY_REFUSED;
        return;
    }

    segment->quarantine_at = ngx_min(segment->quarantine_at, i);

    n = (ngx_uint_t) reason;
    segment->quarantine_count++;
    segment->quarantined[n]++;
    segment->states[i] = NGX_SOCIALCARE_ENTRY_DONE;
    segment->left--;
}


/*
 * So late that it might be queued a second time: beyond max_age, or beyond the
 * window within which this record would be recognized as a duplicate.
 */

static ngx_uint_t
ngx_socialcare_drain_is_too_old(ngx_socialcare_spool_t *spool,
    ngx_socialcare_spool_entry_t *entry, const sc_spool_item_t *item)
{
    int64_t            now_ms;
    sc_spool_limits_t  limits;

    if (entry->flags & SC_SPOOL_REINJECTED) {
        return 0;
    }

    now_ms = ngx_socialcare_now_ms();
    limits = spool->conf->limits;

    if (item->window_s < limits.max_age_ms / 1000) {
        limits.max_age_ms = item->window_s * 1000;
    }

    return sc_spool_is_too_old(&limits, item->arrival_ms, now_ms);
}


/* Whether the record is fit to be sent; else it goes to quarantine. */

static ngx_uint_t
ngx_socialcare_drain_read(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment, uint32_t i, sc_spool_item_t *item)
{
    ngx_socialcare_spool_entry_t  *entry;

    entry = &segment->entries[i];

    if (sc_spool_item_decode(sc_str_make(segment->data + entry->offset,
                                         entry->len), item)
        != SC_SPOOL_ITEM_OK)
    {
        ngx_socialcare_drain_quarantine(spool, segment, i,
                                        SC_QUARANTINE_UNREADABLE);
        return 0;
    }

    if (ngx_socialcare_drain_is_too_old(spool, entry, item)) {
        ngx_socialcare_drain_quarantine(spool, segment, i,
                                        SC_QUARANTINE_TOO_OLD);
        return 0;
    }

    return 1;
}


/* To the first record that is still to be sent. */

static void
ngx_socialcare_drain_advance(ngx_socialcare_segment_t *segment)
{
    while (segment->next < segment->count
           && segment->states[segment->next] != NGX_SOCIALCARE_ENTRY_WAITING)
    {
        segment->next++;
    }
}


static void
ngx_socialcare_drain_gather(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment, ngx_socialcare_drain_batch_t *batch)
{
    size_t                         bytes;
    uint32_t                       i, end;
    sc_spool_item_t                item;
    ngx_socialcare_spool_entry_t  *entry, *first;

    bytes = 0;
    first = NULL;
    batch->count = 0;

    end = (uint32_t) ngx_min(segment->count,
                             segment->next + NGX_SOCIALCARE_DRAIN_LOOKAHEAD);

    for (i = (uint32_t) segment->next; i < end; i++) {
        entry = &segment->entries[i];

        if (segment->states[i] != NGX_SOCIALCARE_ENTRY_WAITING
            || (first != NULL && entry->bucket != first->bucket)
            || !ngx_socialcare_drain_read(spool, segment, i, &item))
        {
            continue;
        }

        if (first == NULL) {
            first = entry;
            batch->tag = item.tag;
            batch->window_s = item.window_s;

        } else if (!sc_str_eq(item.tag, batch->tag)) {
            continue;

        } else if (item.window_s != batch->window_s || entry->single
                   || batch->count == SC_QUEUE_MAX_ITEMS
                   || bytes + item.item.record.len > SC_QUEUE_MAX_BYTES)
        {
            break;
        }

        bytes += item.item.record.len;
        batch->entries[batch->count] = i;
        batch->items[batch->count++] = item.item;

        if (entry->single) {
            break;
        }
    }

    ngx_socialcare_drain_advance(segment);
}


static ngx_int_t
ngx_socialcare_drain_call(ngx_socialcare_spool_t *spool,
    ngx_socialcare_drain_batch_t *batch)
{
    sc_buf_t         *out;
    sc_queue_call_t   call;

    out = ngx_socialcare_redis_begin(spool->worker->redis);
    if (out == NULL) {
        return NGX_ERROR;
    }

    call.tag = batch->tag;
    call.now_ms = ngx_socialcare_now_ms();
    call.window_s = batch->window_s;
    call.items = batch->items;
    call.count = batch->count;

    sc_queue_write_call(out, &call, batch->with_source);

    batch->command.again = batch->with_source;
    batch->command.items = batch->count;

    return ngx_socialcare_redis_commit(spool->worker->redis, &batch->command);
}


static void
ngx_socialcare_drain_sent(ngx_socialcare_spool_t *spool,
    ngx_socialcare_drain_batch_t *batch, ngx_socialcare_segment_t *segment)
{
    uint32_t    i;
    ngx_uint_t  k;

    batch->segment = segment;
    spool->in_flight++;

    for (k = 0; k < batch->count; k++) {
        i = batch->entries[k];
        segment->states[i] = NGX_SOCIALCARE_ENTRY_SENT;
        ngx_socialcare_spool_unblock(spool, segment,
                                     segment->entries[i].bucket);
    }

    ngx_socialcare_drain_advance(segment);
}


/* How many batches may be in flight, given what others have there. */

static ngx_uint_t
ngx_socialcare_drain_allowance(ngx_socialcare_spool_t *spool)
{
    ngx_uint_t  others;

    others = ngx_socialcare_redis_foreground(spool->worker->redis);

    if (others > NGX_SOCIALCARE_DRAIN_YIELD) {
        return 0;
    }

    return (spool->probing || others > 0) ? 1 : NGX_SOCIALCARE_DRAIN_BATCHES;
}


void
ngx_socialcare_drain_send(ngx_socialcare_spool_t *spool)
{
    ngx_uint_t                     i, allowance;
    ngx_socialcare_segment_t      *segment;
    ngx_socialcare_drain_batch_t  *batch;

    segment = spool->draining;
    allowance = ngx_socialcare_drain_allowance(spool);

    for (i = 0; i < NGX_SOCIALCARE_DRAIN_BATCHES; i++) {
        batch = &spool->batches[i];

        if (batch->segment != NULL) {
            continue;
        }

        if (spool->in_flight >= allowance) {
            if (segment->next < segment->count) {
                ngx_socialcare_drain_wake(spool, NGX_SOCIALCARE_DRAIN_BREATH);
            }

            break;
        }

        ngx_socialcare_drain_gather(spool, segment, batch);

        if (batch->count == 0) {
            if (segment->next < segment->count) {
                ngx_socialcare_drain_wake(spool, 0);
            }

            break;
        }

        batch->with_source = 0;

        if (ngx_socialcare_drain_call(spool, batch) != NGX_OK) {
            ngx_socialcare_drain_wake(spool, NGX_SOCIALCARE_DRAIN_BREATH);
            break;
        }

        ngx_socialcare_drain_sent(spool, batch, segment);
    }

    ngx_socialcare_redis_flush(spool->worker->redis);
}


/* Returns the batch to its segment: it will be sent again. */

static void
ngx_socialcare_drain_unsend(ngx_socialcare_spool_t *spool,
    ngx_socialcare_drain_batch_t *batch, ngx_uint_t single)
{
    uint32_t                   i;
    ngx_uint_t                 k;
    ngx_socialcare_segment_t  *segment;

    segment = batch->segment;

    for (k = 0; k < batch->count; k++) {
        i = batch->entries[k];

        segment->states[i] = NGX_SOCIALCARE_ENTRY_WAITING;
        segment->next = ngx_min(segment->next, i);

        if (single) {
            segment->entries[i].single = 1;
        }

        ngx_socialcare_spool_block(spool, segment,
                                   segment->entries[i].bucket);
    }
}


static void
ngx_socialcare_drain_pause(ngx_socialcare_spool_t *spool)
{
    spool->stored = 0;
    spool->probing = 1;
    spool->pause = ngx_current_msec + NGX_SOCIALCARE_DRAIN_PAUSE;
    ngx_socialcare_spool_update(spool);
}


/*
 * An error caused by what was sent and not by the server's state.  The items
 * are first resent one by one, since one bad item spoils a whole call.  What is
 * certainly the item's fault is quarantined at once; any other error is retried
 * a few times, or a misconfigured server would send everything to quarantine.
 */

static void
ngx_socialcare_drain_poison(ngx_socialcare_spool_t *spool,
    ngx_socialcare_drain_batch_t *batch, ngx_socialcare_reply_t *reply)
{
    ngx_uint_t                     certain;
    ngx_socialcare_segment_t      *segment;
    ngx_socialcare_spool_entry_t  *entry;

    segment = batch->segment;
    entry = &segment->entries[batch->entries[0]];

    certain = reply->type == NGX_SOCIALCARE_REPLY_ERROR
              && sc_reply_is_items_fault(reply->text);

    if (batch->count > 1) {
        ngx_socialcare_drain_unsend(spool, batch, 1);

        if (!certain) {
            ngx_socialcare_drain_pause(spool);
        }

        return;
    }

    if (!certain && ++entry->fails < NGX_SOCIALCARE_MAX_FAILS) {
        ngx_socialcare_drain_unsend(spool, batch, 1);
        ngx_socialcare_drain_pause(spool);
        return;
    }

    ngx_socialcare_drain_quarantine(spool, segment, batch->entries[0],
                                    certain ? SC_QUARANTINE_POISON
                                            : SC_QUARANTINE_FAILED);
}


static void
ngx_socialcare_drain_error(ngx_socialcare_spool_t *spool,
    ngx_socialcare_drain_batch_t *batch, ngx_socialcare_reply_t *reply)
{
    ngx_socialcare_redis_note(spool->worker->redis, reply->reply_class);

    if (reply->reply_class == SC_REPLY_POISON) {
        ngx_socialcare_drain_poison(spool, batch, reply);
        return;
    }

    ngx_socialcare_drain_unsend(spool, batch, 0);
    ngx_socialcare_drain_pause(spool);
}


/* The counters of the queue that the item went to. */

static ngx_socialcare_queue_node_t *
ngx_socialcare_drain_node(ngx_socialcare_spool_t *spool, sc_str_t tag,
    const sc_queue_item_t *item)
{
    size_t     start, end;
    ngx_str_t  brand, queue;

    /* {prefix:brand/partition} */

    start = 1 + spool->worker->conf->redis.prefix.len + 1;

    for (end = tag.len; end > start && tag.data[end - 1] != '/'; end--) {
        /* void */
    }

    if (end <= start) {
        return NULL;
    }

    brand.data = (u_char *) tag.data + start;
    brand.len = end - 1 - start;
    queue = ngx_socialcare_from_core(item->sla_queue);

    return ngx_socialcare_zone_queue(spool->worker->shared, &brand, &queue);
}


static void
ngx_socialcare_drain_stored(ngx_socialcare_spool_t *spool,
    ngx_socialcare_drain_batch_t *batch, ngx_uint_t k, ngx_uint_t result)
{
    ngx_socialcare_segment_t     *segment;
    ngx_socialcare_queue_node_t  *node;

    segment = batch->segment;

    segment->states[batch->entries[k]] = NGX_SOCIALCARE_ENTRY_DONE;
    segment->left--;
    segment->progress++;
    spool->drained++;
    spool->stored = 1;

    ngx_socialcare_count(spool->worker->shared->spool_drained);

    if (result == SC_DUPLICATE) {
        ngx_socialcare_count(spool->worker->shared->spool_duplicates);
        return;
    }

    node = ngx_socialcare_drain_node(spool, batch->tag, &batch->items[k]);

    if (node != NULL) {
        ngx_socialcare_count(node->stored);
    }
}


/* The queues of a batch, each once. */

static ngx_uint_t
ngx_socialcare_drain_queues(ngx_socialcare_drain_batch_t *batch,
    uint64_t *queues)
{
    uint64_t    queue;
    ngx_uint_t  i, k, n;

    n = 0;

    for (k = 0; k < batch->count; k++) {
        queue = batch->segment->entries[batch->entries[k]].queue;

        for (i = 0; i < n && queues[i] != queue; i++) {
            /* void */
        }

        if (i == n) {
            queues[n++] = queue;
        }
    }

    return n;
}


/*
 * A pass over queues that are all still full need not be completed.  Records of
 * other queues behind them are still sent: a queue that nobody reads must not
 * delay them.  A segment may hold 100,000 records, and this is one turn of the
 * event loop: nothing is decoded here.
 */

static void
ngx_socialcare_drain_end_pass(ngx_socialcare_spool_t *spool,
    ngx_socialcare_drain_batch_t *batch)
{
    uint64_t                       queues[SC_QUEUE_MAX_ITEMS];
    ngx_uint_t                     i, k, n;
    ngx_socialcare_segment_t      *segment;
    ngx_socialcare_spool_entry_t  *entry;

    segment = batch->segment;
    n = ngx_socialcare_drain_queues(batch, queues);

    for (i = segment->next; i < segment->count; i++) {
        if (segment->states[i] != NGX_SOCIALCARE_ENTRY_WAITING) {
            continue;
        }

        entry = &segment->entries[i];

        for (k = 0; k < n; k++) {
            if (queues[k] == entry->queue) {
                segment->states[i] = NGX_SOCIALCARE_ENTRY_REFUSED;
                ngx_socialcare_spool_unblock(spool, segment, entry->bucket);
                break;
            }
        }
    }

    segment->refusals = 0;
    ngx_socialcare_drain_advance(segment);
}


static void
ngx_socialcare_drain_results(ngx_socialcare_spool_t *spool,
    ngx_socialcare_drain_batch_t *batch)
{
    ngx_uint_t                 k, refused;
    ngx_socialcare_segment_t  *segment;

    segment = batch->segment;
    refused = 0;

    for (k = 0; k < batch->count; k++) {
        switch (batch->results[k]) {

        case SC_STORED:
        case SC_DUPLICATE:
            ngx_socialcare_drain_stored(spool, batch, k, batch->results[k]);
            break;

        case SC_FULL:
            segment->states[batch->entries[k]] = NGX_SOCIALCARE_ENTRY_REFUSED;
            spool->full = 1;
            refused++;
            break;

        default:
            ngx_socialcare_drain_quarantine(spool, segment,
                                            batch->entries[k],
                                            SC_QUARANTINE_POISON);
            break;
        }
    }

    segment->refusals = refused == batch->count ? segment->refusals + 1 : 0;

    if (segment->backoff && segment->refusals >= NGX_SOCIALCARE_MAX_REFUSALS) {
        ngx_socialcare_drain_end_pass(spool, batch);
    }
}


/* False: the batch is not finished yet. */

static ngx_uint_t
ngx_socialcare_drain_handle(ngx_socialcare_spool_t *spool,
    ngx_socialcare_drain_batch_t *batch, ngx_socialcare_reply_t *reply)
{
    switch (reply->type) {

    case NGX_SOCIALCARE_REPLY_LOST:
        spool->stored = 0;
        ngx_socialcare_drain_unsend(spool, batch, 0);
        return 1;

    case NGX_SOCIALCARE_REPLY_ERROR:

        if (reply->reply_class == SC_REPLY_NOSCRIPT && !batch->with_source) {
            batch->with_source = 1;

            if (ngx_socialcare_drain_call(spool, batch) == NGX_OK) {
                return 0;
            }
        }

        ngx_socialcare_drain_error(spool, batch, reply);
        return 1;

    default:
        break;
    }

    if (reply->type != NGX_SOCIALCARE_REPLY_STRING
        || !sc_queue_read_result(reply->text, batch->results, batch->count))
    {
        ngx_socialcare_redis_note(spool->worker->redis, SC_REPLY_UNEXPECTED);
        ngx_socialcare_drain_poison(spool, batch, reply);
        return 1;
    }

    ngx_socialcare_redis_confirm(spool->worker->redis, &batch->confirm);

    return 0;
}


static void
ngx_socialcare_drain_end(ngx_socialcare_spool_t *spool,
    ngx_socialcare_drain_batch_t *batch)
{
    batch->segment = NULL;
    spool->in_flight--;

    ngx_socialcare_spool_update(spool);
    ngx_socialcare_drain_wake(spool, 0);
}


void
ngx_socialcare_drain_reply(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply)
{
    ngx_socialcare_spool_t        *spool;
    ngx_socialcare_drain_batch_t  *batch;

    batch = (ngx_socialcare_drain_batch_t *) command;
    spool = batch->spool;

    if (ngx_socialcare_drain_handle(spool, batch, reply)) {
        ngx_socialcare_drain_end(spool, batch);
    }
}


void
ngx_socialcare_drain_confirmed(ngx_socialcare_confirm_t *confirm,
    ngx_uint_t safe)
{
    ngx_socialcare_spool_t        *spool;
    ngx_socialcare_drain_batch_t  *batch;

    batch = ngx_queue_data(confirm, ngx_socialcare_drain_batch_t, confirm);
    spool = batch->spool;

    if (safe) {
        spool->probing = 0;
        ngx_socialcare_drain_results(spool, batch);

    } else {
        ngx_socialcare_drain_unsend(spool, batch, 0);
        ngx_socialcare_drain_pause(spool);
    }

    ngx_socialcare_drain_end(spool, batch);
}
