
/*
 * ngx_socialcare_spool.c: taking items in: group commit, booking, and
 * the account of what must be sent before newer items.
 *
 * A worker has at most one flush in progress; what arrives meanwhile goes into
 * the next one.  So records are on disk in order of arrival, and one sync
 * serves all that waited for it.
 */

#include "ngx_socialcare_buf.h"
#include "ngx_socialcare_spool_drain.h"

#include <openssl/rand.h>


/* Bytes of records waiting for a sync; beyond it callbacks are refused. */
#define NGX_SOCIALCARE_SPOOL_MAX_PENDING  (8 * 1024 * 1024)
#define NGX_SOCIALCARE_SPOOL_KEEP         (1024 * 1024)

#define NGX_SOCIALCARE_SPOOL_GUARD        60000

/* If no more than this are still to be sent, newer items wait in memory. */
#define NGX_SOCIALCARE_SPOOL_SHORT        256
#define NGX_SOCIALCARE_SPOOL_HOLD         300


static void ngx_socialcare_spool_guard_handler(ngx_event_t *ev);
static void ngx_socialcare_spool_hold_handler(ngx_event_t *ev);
static void ngx_socialcare_spool_written(ngx_event_t *ev);


ngx_socialcare_spool_t *
ngx_socialcare_spool_create(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker,
    const ngx_socialcare_spool_owner_t *owner)
{
    ngx_uint_t               i;
    ngx_socialcare_spool_t  *spool;

    spool = ngx_pcalloc(cycle->pool, sizeof(ngx_socialcare_spool_t));
    if (spool == NULL) {
        return NULL;
    }

    spool->worker = worker;
    spool->conf = &worker->conf->spool;
    spool->owner = owner;
    spool->gauges = &worker->shared->workers[worker->slot];
    spool->log = cycle->log;
    spool->threads = spool->conf->threads;
    spool->pending = &spool->gathered[0];

    for (i = 0; i < 2; i++) {
        ngx_socialcare_buf_init(&spool->gathered[i].records,
                                NGX_SOCIALCARE_SPOOL_MAX_PENDING, cycle->log);
    }

    /* Random, so that no text can contain what looks like our next record. */

    if (RAND_bytes((u_char *) &spool->sequence, sizeof(spool->sequence)) != 1)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "socialcare: OpenSSL has no random numbers, which the "
                      "spool needs: see to its configuration and restart "
                      "nginx");
        return NULL;
    }

    spool->unchecked = 1;
    spool->gauges->spool_unchecked = 1;
    spool->sequence >>= 2;
    spool->timer_data.fd = (ngx_socket_t) -1;
    spool->timer_data.data = spool;

    spool->guard.handler = ngx_socialcare_spool_guard_handler;
    spool->guard.data = &spool->timer_data;
    spool->guard.log = cycle->log;

    spool->hold_timer.handler = ngx_socialcare_spool_hold_handler;
    spool->hold_timer.data = &spool->timer_data;
    spool->hold_timer.log = cycle->log;

    spool->write_task = ngx_thread_task_alloc(cycle->pool, 0);
    if (spool->write_task == NULL) {
        return NULL;
    }

    spool->write_task->ctx = &spool->write;
    spool->write_task->handler = ngx_socialcare_spool_write_thread;
    spool->write_task->event.handler = ngx_socialcare_spool_written;
    spool->write_task->event.data = spool;
    spool->write_task->event.log = cycle->log;

    if (ngx_socialcare_drain_init(spool, cycle) != NGX_OK) {
        return NULL;
    }

    return spool;
}


/* Keeps account of what must be sent before newer items of its tag. */

void
ngx_socialcare_spool_block(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment, ngx_uint_t bucket)
{
    if (segment != NULL) {
        segment->unsent[bucket]++;
        segment->blocking++;
    }

    spool->unsent[bucket]++;
    spool->unsent_total++;
}


void
ngx_socialcare_spool_unblock(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment, ngx_uint_t bucket)
{
    if (segment != NULL) {
        segment->unsent[bucket]--;
        segment->blocking--;
    }

    spool->unsent[bucket]--;
    spool->unsent_total--;
}


/* Takes the segment off the account: it is gone, or will be recounted. */

void
ngx_socialcare_spool_forget(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_SOCIALCARE_SPOOL_BUCKETS; i++) {
        spool->unsent[i] -= segment->unsent[i];
        spool->unsent_total -= segment->unsent[i];
        segment->unsent[i] = 0;
    }

    segment->blocking = 0;
}


ngx_socialcare_route_e
ngx_socialcare_spool_route(ngx_socialcare_spool_t *spool, sc_str_t tag)
{
    if (!spool->unknown && !spool->more
        && spool->unsent[ngx_socialcare_spool_bucket(tag)] == 0)
    {
        return NGX_SOCIALCARE_ROUTE_REDIS;
    }

    if (ngx_exiting || spool->more
        || ngx_socialcare_redis_state(spool->worker->redis)
           != NGX_SOCIALCARE_REDIS_READY
        || (!spool->unknown
            && (spool->state != NGX_SOCIALCARE_SPOOL_DRAINING
                || spool->unsent_total > NGX_SOCIALCARE_SPOOL_SHORT)))
    {
        return NGX_SOCIALCARE_ROUTE_SPOOL;
    }

    if (!spool->hold_timer.timer_set) {
        ngx_add_timer(&spool->hold_timer, NGX_SOCIALCARE_SPOOL_HOLD);
    }

    return NGX_SOCIALCARE_ROUTE_HOLD;
}


static void
ngx_socialcare_spool_hold_handler(ngx_event_t *ev)
{
    ngx_connection_t        *c;
    ngx_socialcare_spool_t  *spool;

    c = ev->data;
    spool = c->data;

    spool->owner->released(1);
}


static ngx_int_t
ngx_socialcare_spool_add_ticket(ngx_socialcare_spool_t *spool)
{
    ngx_uint_t                  size;
    ngx_socialcare_pending_t   *grown;
    ngx_socialcare_gathered_t  *pending;

    pending = spool->pending;

    if (pending->count < pending->size) {
        return NGX_OK;
    }

    size = pending->size ? 2 * pending->size : 256;

    grown = ngx_alloc(size * sizeof(ngx_socialcare_pending_t), spool->log);
    if (grown == NULL) {
        return NGX_ERROR;
    }

    if (pending->tickets != NULL) {
        ngx_memcpy(grown, pending->tickets,
                   pending->count * sizeof(ngx_socialcare_pending_t));
        ngx_free(pending->tickets);
    }

    pending->tickets = grown;
    pending->size = size;

    return NGX_OK;
}


/* Header, payload and padding; the payload is written in place. */

static ngx_int_t
ngx_socialcare_spool_add_record(ngx_socialcare_spool_t *spool,
    const sc_spool_item_t *item)
{
    size_t                      len, start;
    u_char                     *payload;
    sc_buf_t                   *records, text;
    ngx_int_t                   rc;
    sc_segment_record_t         record;

    records = &spool->pending->records;
    start = records->len;

    len = sc_spool_item_size(item);
    if (len == 0 || !sc_segment_fits(SC_SEGMENT_HEADER_SIZE + start, len)) {
        return NGX_ERROR;
    }

    payload = ngx_alloc(len, spool->log);
    if (payload == NULL) {
        return NGX_ERROR;
    }

    sc_buf_init_fixed(&text, payload, len);
    rc = NGX_ERROR;

    if (sc_spool_item_encode(&text, item) == SC_SPOOL_ITEM_OK) {
        record.kind = (uint16_t) sc_spool_item_kind(item);
        record.flags = 0;
        record.sequence = spool->sequence;
        record.event_ms = item->item.event_ms;
        record.payload = sc_buf_str(&text);

        if (sc_segment_append(records, &record)) {
            rc = NGX_OK;
        }
    }

    records->failed = false;
    ngx_free(payload);

    return rc;
}


static void
ngx_socialcare_spool_refuse(ngx_socialcare_spool_t *spool,
    ngx_socialcare_spool_reason_e reason, ngx_uint_t n)
{
    ngx_socialcare_count_more(
                       spool->worker->shared->spool_refused[reason], n);
}


ngx_int_t
ngx_socialcare_spool_append(ngx_socialcare_spool_t *spool,
    const sc_spool_item_t *item, ngx_socialcare_spool_cause_e cause,
    ngx_socialcare_ticket_t *ticket)
{
    ngx_socialcare_pending_t      *entry;
    ngx_socialcare_gathered_t     *pending;
    ngx_socialcare_spool_error_t   error;

    pending = spool->pending;

    if (pending->count == 0) {
        pending->first_sequence = spool->sequence;
    }

    if (ngx_socialcare_spool_add_ticket(spool) != NGX_OK
        || ngx_socialcare_spool_add_record(spool, item) != NGX_OK)
    {
        ngx_memzero(&error, sizeof(error));
        error.reason = NGX_SOCIALCARE_SPOOL_BUSY;
        ngx_socialcare_spool_trouble(spool, &error);
        ngx_socialcare_spool_refuse(spool, error.reason, 1);
        return NGX_ERROR;
    }

    spool->sequence++;

    entry = &pending->tickets[pending->count++];
    entry->ticket = *ticket;
    entry->bucket = (uint16_t) ngx_socialcare_spool_bucket(item->tag);
    entry->blocks = (cause == NGX_SOCIALCARE_SPOOL_AWAY);

    if (entry->blocks) {
        ngx_socialcare_spool_block(spool, NULL, entry->bucket);

    } else {
        spool->full = 1;
    }

    return NGX_OK;
}


int64_t
ngx_socialcare_spool_created_ms(ngx_socialcare_spool_t *spool)
{
    spool->last_created_ms = ngx_max(spool->last_created_ms,
                                     ngx_socialcare_now_ms());

    return spool->last_created_ms;
}


ngx_uint_t
ngx_socialcare_spool_roll_is_due(const ngx_socialcare_segment_t *open_segment)
{
    return sc_spool_roll_is_due(open_segment->records,
                                ngx_current_msec - open_segment->opened);
}


void
ngx_socialcare_spool_hold_segment(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment)
{
    ngx_queue_t               *q;
    sc_spool_name_t            name, other;
    ngx_socialcare_segment_t  *before;

    (void) sc_spool_name_parse(sc_str_make(segment->name, segment->name_len),
                               &name);

    for (q = ngx_queue_last(&spool->held);
         q != ngx_queue_sentinel(&spool->held);
         q = ngx_queue_prev(q))
    {
        before = ngx_queue_data(q, ngx_socialcare_segment_t, queue);
        (void) sc_spool_name_parse(sc_str_make(before->name,
                                               before->name_len), &other);

        if (sc_spool_name_compare(&other, &name) <= 0) {
            break;
        }
    }

    ngx_queue_insert_after(q, &segment->queue);
}


void
ngx_socialcare_spool_flush(ngx_socialcare_spool_t *spool)
{
    ngx_socialcare_segment_t      *old;
    ngx_socialcare_spool_error_t   error;
    ngx_socialcare_spool_write_t  *job;

    ngx_socialcare_spool_update(spool);

    if (spool->flushing != NULL || spool->pending->count == 0) {
        return;
    }

    old = spool->open;

    if (old != NULL
        && (old->used + spool->pending->records.len > SC_SEGMENT_SIZE
            || old->ended || ngx_socialcare_spool_roll_is_due(old)))
    {
        ngx_socialcare_spool_hold_segment(spool, old);
        spool->open = NULL;
        old->closing = 1;
        spool->write.closed = old;
    }

    job = &spool->write;

    if (job->spare == NULL) {
        job->spare = ngx_socialcare_segment_create(spool->log);
    }

    job->path = (char *) spool->conf->path->name.data;
    job->limits = &spool->conf->limits;
    job->open = spool->open;
    job->data = spool->pending->records.data;
    job->len = spool->pending->records.len;
    job->records = spool->pending->count;
    job->first_sequence = spool->pending->first_sequence;
    job->created_ms = ngx_socialcare_spool_created_ms(spool);
    job->number = spool->number;
    job->broken = 0;
    job->fresh = 0;
    ngx_memzero(&job->sync, sizeof(job->sync));
    ngx_memzero(&job->error, sizeof(job->error));

    spool->flushing = spool->pending;
    spool->pending = &spool->gathered[spool->pending == &spool->gathered[0]];

    /* An exiting worker stays while callbacks wait for this. */

    ngx_add_timer(&spool->guard, NGX_SOCIALCARE_SPOOL_GUARD);

    if (job->spare == NULL
        || ngx_thread_task_post(spool->threads, spool->write_task) != NGX_OK)
    {
        ngx_memzero(&error, sizeof(error));
        error.reason = NGX_SOCIALCARE_SPOOL_FAILING;
        error.what = "the thread pool";
        job->error = error;
        ngx_post_event(&spool->write_task->event, &ngx_posted_events);
    }
}


static void
ngx_socialcare_spool_guard_handler(ngx_event_t *ev)
{
    ngx_add_timer(ev, NGX_SOCIALCARE_SPOOL_GUARD);
}


static void
ngx_socialcare_gathered_clear(ngx_socialcare_gathered_t *gathered)
{
    gathered->count = 0;
    ngx_socialcare_buf_reset(&gathered->records, NGX_SOCIALCARE_SPOOL_KEEP);
}


/* Which segment is open now, and what became of the previous one. */

static ngx_socialcare_segment_t *
ngx_socialcare_spool_settle(ngx_socialcare_spool_t *spool)
{
    ngx_socialcare_spool_write_t  *job;

    job = &spool->write;
    spool->number = job->number;

    if (job->closed != NULL) {
        job->closed->closing = 0;
        job->closed = NULL;
    }

    if (job->broken) {
        ngx_socialcare_count(spool->worker->shared->spool_sync_errors);

        ngx_log_error(NGX_LOG_CRIT, spool->log, job->sync.err,
                      "socialcare: %s failed in the spool \"%V\": the segment "
                      "%s is closed and not written again; check the disk",
                      job->sync.what, &spool->conf->path->name,
                      spool->open->name);

        spool->open->broken = 1;
        ngx_socialcare_spool_hold_segment(spool, spool->open);
        spool->open = NULL;
    }

    if (job->fresh) {
        spool->open = job->spare;
        spool->open->opened = ngx_current_msec;
        job->spare = NULL;
        spool->number++;
    }

    if (job->error.reason != NGX_SOCIALCARE_SPOOL_OK) {
        if (job->error.reason == NGX_SOCIALCARE_SPOOL_FAILING) {
            ngx_socialcare_count(spool->worker->shared->spool_sync_errors);
        }

        /* Not even tried: records behind these would tell of a loss. */

        if (spool->open != NULL) {
            spool->open->ended = 1;
        }

        return NULL;
    }

    return spool->open;
}


static void
ngx_socialcare_spool_written(ngx_event_t *ev)
{
    ngx_uint_t                  i;
    ngx_socialcare_spool_t     *spool;
    ngx_socialcare_pending_t   *entry;
    ngx_socialcare_segment_t   *segment;
    ngx_socialcare_gathered_t  *flushed;

    spool = ev->data;
    flushed = spool->flushing;

    segment = ngx_socialcare_spool_settle(spool);

    ngx_socialcare_spool_trouble(spool, &spool->write.error);

    if (segment != NULL) {
        segment->left += flushed->count;
        ngx_socialcare_count_more(spool->worker->shared->spool_appended,
                                  flushed->count);

    } else {
        ngx_socialcare_spool_refuse(spool, spool->write.error.reason,
                                    flushed->count);
    }

    for (i = 0; i < flushed->count; i++) {
        entry = &flushed->tickets[i];

        if (entry->blocks) {
            ngx_socialcare_spool_unblock(spool, NULL, entry->bucket);

            if (segment != NULL) {
                ngx_socialcare_spool_block(spool, segment, entry->bucket);
            }
        }
    }

    /* Ending requests may call back here with new items. */

    for (i = 0; i < flushed->count; i++) {
        spool->owner->booked(&flushed->tickets[i].ticket, segment != NULL);
    }

    ngx_socialcare_gathered_clear(flushed);
    spool->flushing = NULL;

    ngx_del_timer(&spool->guard);

    ngx_socialcare_spool_flush(spool);
    ngx_socialcare_drain_wake(spool, 0);
}


static void
ngx_socialcare_gathered_drop(ngx_socialcare_spool_t *spool,
    ngx_socialcare_gathered_t *gathered)
{
    ngx_uint_t  i;

    for (i = 0; gathered != NULL && i < gathered->count; i++) {
        spool->owner->booked(&gathered->tickets[i].ticket, 0);
    }
}


void
ngx_socialcare_spool_destroy(ngx_socialcare_spool_t *spool)
{
    ngx_uint_t  i;

    /*
     * A flush that the thread pool finished while it shut down is on disk and
     * will be found there; its callbacks were never answered.
     */

    ngx_socialcare_gathered_drop(spool, spool->flushing);
    ngx_socialcare_gathered_drop(spool, spool->pending);

    for (i = 0; i < 2; i++) {
        if (spool->gathered[i].tickets != NULL) {
            ngx_free(spool->gathered[i].tickets);
        }

        ngx_socialcare_buf_reset(&spool->gathered[i].records, 0);
    }

    if (spool->open != NULL) {
        (void) ngx_socialcare_segment_trim(spool->open, spool->open->used);
        ngx_socialcare_segment_free(spool->open);
    }

    if (spool->write.spare != NULL) {
        ngx_socialcare_segment_free(spool->write.spare);
    }

    ngx_socialcare_drain_destroy(spool);
}
