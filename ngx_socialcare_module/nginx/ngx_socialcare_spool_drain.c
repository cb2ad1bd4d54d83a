
/*
 * ngx_socialcare_spool_drain.c: from files back to Redis: adopting, choosing,
 * reading, pacing, parking and removing segments.
 *
 * One step at a time: look for older files without an owner, take the oldest
 * segment, read it (thread), send its records (_spool_batch.c), remove it
 * (thread).  A worker's own open segment is closed for this once nothing older
 * is left.  Progress is noted in the segment from time to time
 * (_spool_mark.c), without a sync: a record that is sent twice is merely a
 * duplicate.
 */

#include "ngx_socialcare_spool_drain.h"


/* Between two scans of the directory, plus up to as much again at random. */
#define NGX_SOCIALCARE_SCAN_INTERVAL   700

/* Segments waiting for a full queue; with this many none is adopted. */
#define NGX_SOCIALCARE_MAX_PARKED      64

#define NGX_SOCIALCARE_BACKOFF_FIRST   1000
#define NGX_SOCIALCARE_BACKOFF_LAST    30000


static void ngx_socialcare_drain_step(ngx_event_t *ev);
static void ngx_socialcare_drain_scan_timer(ngx_event_t *ev);
static void ngx_socialcare_drain_scanned(ngx_event_t *ev);
static void ngx_socialcare_drain_loaded(ngx_event_t *ev);
static void ngx_socialcare_drain_finished(ngx_event_t *ev);
static void ngx_socialcare_drain_marked(ngx_event_t *ev);


ngx_int_t
ngx_socialcare_drain_init(ngx_socialcare_spool_t *spool, ngx_cycle_t *cycle)
{
    ngx_uint_t  i;

    ngx_queue_init(&spool->held);

    spool->file_task = ngx_thread_task_alloc(cycle->pool, 0);
    spool->batches = ngx_pcalloc(cycle->pool, NGX_SOCIALCARE_DRAIN_BATCHES
                                      * sizeof(ngx_socialcare_drain_batch_t));

    if (spool->file_task == NULL || spool->batches == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_SOCIALCARE_DRAIN_BATCHES; i++) {
        spool->batches[i].spool = spool;
        spool->batches[i].command.handler = ngx_socialcare_drain_reply;
        spool->batches[i].command.writes = 1;
        spool->batches[i].command.background = 1;
        spool->batches[i].confirm.handler = ngx_socialcare_drain_confirmed;
    }

    spool->file_task->event.data = spool;
    spool->file_task->event.log = cycle->log;

    spool->step.handler = ngx_socialcare_drain_step;
    spool->step.data = &spool->timer_data;
    spool->step.log = cycle->log;
    spool->step.cancelable = 1;

    spool->scan_timer.handler = ngx_socialcare_drain_scan_timer;
    spool->scan_timer.data = &spool->timer_data;
    spool->scan_timer.log = cycle->log;
    spool->scan_timer.cancelable = 1;

    ngx_add_timer(&spool->scan_timer,
                  1 + ngx_random() % NGX_SOCIALCARE_SCAN_INTERVAL);

    return NGX_OK;
}


void
ngx_socialcare_drain_wake(ngx_socialcare_spool_t *spool, ngx_msec_t delay)
{
    if (delay == 0) {
        ngx_post_event(&spool->step, &ngx_posted_events);
        return;
    }

    if (!spool->step.timer_set
        || (ngx_msec_int_t) (spool->step.timer.key
                             - (ngx_current_msec + delay)) > 0)
    {
        ngx_add_timer(&spool->step, delay);
    }
}


static void
ngx_socialcare_drain_post(ngx_socialcare_spool_t *spool, void *job,
    void (*thread)(void *data, ngx_log_t *log), ngx_event_handler_pt handler)
{
    spool->file_task->ctx = job;
    spool->file_task->handler = thread;
    spool->file_task->event.handler = handler;

    if (ngx_thread_task_post(spool->threads, spool->file_task) == NGX_OK) {
        spool->file_busy = 1;
        return;
    }

    /* The thread pool's queue is full: the step is retried. */

    ngx_socialcare_drain_wake(spool, 100);
}


static void
ngx_socialcare_drain_scan(ngx_socialcare_spool_t *spool, ngx_uint_t adopt)
{
    ngx_socialcare_segment_t     *spare;
    ngx_socialcare_spool_scan_t  *job;

    job = &spool->scan;
    spare = NULL;

    if (adopt && spool->parked < NGX_SOCIALCARE_MAX_PARKED) {
        spare = ngx_socialcare_segment_create(spool->log);
    }

    job->path = (char *) spool->conf->path->name.data;
    job->spare = spare;
    job->bytes = 0;
    job->segments = 0;
    job->quarantined = 0;
    job->damaged = 0;
    job->adopted = 0;
    job->more = 0;
    ngx_memzero(&job->error, sizeof(job->error));

    ngx_socialcare_drain_post(spool, job, ngx_socialcare_spool_scan_thread,
                              ngx_socialcare_drain_scanned);

    if (!spool->file_busy && spare != NULL) {
        job->spare = NULL;
        ngx_socialcare_segment_free(spare);
    }
}


static ngx_uint_t
ngx_socialcare_drain_may_send(ngx_socialcare_spool_t *spool)
{
    return !ngx_exiting
           && ngx_socialcare_redis_state(spool->worker->redis)
              == NGX_SOCIALCARE_REDIS_READY;
}


static void
ngx_socialcare_drain_scan_timer(ngx_event_t *ev)
{
    ngx_connection_t        *c;
    ngx_socialcare_spool_t  *spool;

    c = ev->data;
    spool = c->data;

    if (ngx_exiting) {
        return;
    }

    ngx_add_timer(ev, NGX_SOCIALCARE_SCAN_INTERVAL
                      + ngx_random() % NGX_SOCIALCARE_SCAN_INTERVAL);

    /* The log may be waiting to hear of the last change. */

    ngx_socialcare_spool_update(spool);

    if (!spool->file_busy) {
        ngx_socialcare_drain_scan(spool,
                                  spool->draining == NULL
                                  && ngx_socialcare_drain_may_send(spool));
    }
}


static void
ngx_socialcare_drain_gauges(ngx_socialcare_spool_t *spool)
{
    ngx_socialcare_shared_t      *shared;
    ngx_socialcare_spool_scan_t  *job;

    shared = spool->worker->shared;
    job = &spool->scan;

    shared->spool_bytes = (ngx_atomic_uint_t) job->bytes;
    shared->spool_segments = job->segments;
    shared->spool_quarantine_files = job->quarantined;
    shared->spool_damaged_files = job->damaged;
    shared->spool_oldest_ms = (ngx_atomic_uint_t) ngx_max(job->oldest_ms, 0);
    shared->spool_read_ms = (ngx_atomic_uint_t) ngx_socialcare_now_ms();
}


static void
ngx_socialcare_drain_load(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment)
{
    spool->load.segment = segment;
    ngx_memzero(&spool->load.error, sizeof(spool->load.error));

    ngx_socialcare_drain_post(spool, &spool->load,
                              ngx_socialcare_spool_load_thread,
                              ngx_socialcare_drain_loaded);
}


static void
ngx_socialcare_drain_scanned(ngx_event_t *ev)
{
    ngx_socialcare_spool_t       *spool;
    ngx_socialcare_segment_t     *segment;
    ngx_socialcare_spool_scan_t  *job;

    spool = ev->data;
    job = &spool->scan;
    spool->file_busy = 0;
    segment = job->spare;
    job->spare = NULL;

    if (job->error.reason != NGX_SOCIALCARE_SPOOL_OK) {

        if (spool->scan_trouble != job->error.err) {
            ngx_log_error(NGX_LOG_ERR, spool->log, job->error.err,
                          "socialcare: %s failed in the spool \"%V\": it must "
                          "be a directory of mode 0700 that belongs to the "
                          "worker's user", job->error.what,
                          &spool->conf->path->name);
        }

    } else {
        ngx_socialcare_drain_gauges(spool);
    }

    spool->scan_trouble = job->error.err;

    if (segment == NULL) {
        ngx_socialcare_drain_wake(spool, 0);
        return;
    }

    spool->more = job->more;
    spool->unchecked = (job->more
                        || job->error.reason != NGX_SOCIALCARE_SPOOL_OK);
    spool->scanned = 1;

    if (job->adopted) {
        ngx_socialcare_spool_hold_segment(spool, segment);
        ngx_log_error(NGX_LOG_NOTICE, spool->log, 0,
                      "socialcare: adopting the segment %s of the spool \"%V\"",
                      segment->name, &spool->conf->path->name);
        ngx_socialcare_drain_load(spool, segment);
        return;
    }

    ngx_socialcare_segment_free(segment);
    spool->unknown = 0;
    ngx_socialcare_spool_update(spool);
    ngx_socialcare_drain_wake(spool, 0);
}


static void
ngx_socialcare_drain_release(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment)
{
    if (spool->draining == segment) {
        spool->draining = NULL;
    }

    if (segment->adopted) {
        spool->scanned = 0;
    }
}


static void
ngx_socialcare_drain_park(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment)
{
    ngx_socialcare_spool_forget(spool, segment);
    ngx_socialcare_segment_unload(segment);

    if (segment->progress || segment->backoff == 0) {
        segment->backoff = NGX_SOCIALCARE_BACKOFF_FIRST;

    } else {
        segment->backoff = ngx_min(2 * segment->backoff,
                                   NGX_SOCIALCARE_BACKOFF_LAST);
    }

    segment->retry = ngx_current_msec + segment->backoff;

    spool->stored = 0;
    ngx_socialcare_drain_release(spool, segment);
    ngx_socialcare_spool_update(spool);
    ngx_socialcare_drain_wake(spool, 0);
}


static void
ngx_socialcare_drain_drop(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment)
{
    ngx_socialcare_spool_forget(spool, segment);
    ngx_queue_remove(&segment->queue);
    ngx_socialcare_drain_release(spool, segment);
    ngx_socialcare_segment_free(segment);
}


/* Logs damage once for each file, however often it is read. */

static void
ngx_socialcare_drain_report(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment)
{
    sc_segment_scan_t  *scan;

    scan = &segment->scan;

    if (segment->reported) {
        return;
    }

    segment->reported = 1;

    if (scan->gaps || scan->missing || segment->header == SC_HEADER_MAGIC) {
        ngx_socialcare_count_more(
                               spool->worker->shared->spool_damaged_bytes,
                               scan->damaged_bytes);

        ngx_log_error(NGX_LOG_ERR, spool->log, 0,
                      "socialcare: the segment %s is damaged (header %s, "
                      "%uL gaps of %uL bytes, the last at %uz of %uz bytes; "
                      "%uL records missing): the other %ui records are "
                      "delivered, the file is kept as %s.damaged",
                      segment->name, sc_header_status_name(segment->header),
                      scan->gaps, scan->damaged_bytes, scan->bad_offset,
                      scan->bad_length, scan->missing, segment->count,
                      segment->name);
        return;
    }

    if (scan->tail_bytes || (segment->header != SC_HEADER_OK
                             && segment->header != SC_HEADER_BLANK))
    {
        ngx_log_error(NGX_LOG_WARN, spool->log, 0,
                      "socialcare: the segment %s was cut off while it was "
                      "written (header %s, %uL bytes at %uz): these were "
                      "never acknowledged; its %ui records are delivered",
                      segment->name, sc_header_status_name(segment->header),
                      scan->tail_bytes, scan->bad_offset, segment->count);
    }
}


static void
ngx_socialcare_drain_ignore(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment)
{
    uint32_t  *ignored;

    ignored = spool->scan.ignored;

    ngx_memmove(ignored + 1, ignored,
                (NGX_SOCIALCARE_SPOOL_IGNORED - 1) * sizeof(uint32_t));
    ignored[0] = ngx_socialcare_spool_name_hash(segment->name,
                                                segment->name_len);

    ngx_log_error(NGX_LOG_ERR, spool->log, 0,
                  "socialcare: the segment %s is of another version and is "
                  "left alone: drain it with the version that wrote it",
                  segment->name);

    ngx_socialcare_drain_drop(spool, segment);
}


static void
ngx_socialcare_drain_count(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment)
{
    ngx_uint_t  i;

    ngx_socialcare_spool_forget(spool, segment);

    segment->left = 0;
    segment->next = 0;
    segment->marked_at = ngx_current_msec;
    segment->progress = 0;
    segment->refusals = 0;

    for (i = 0; i < segment->count; i++) {
        if (segment->states[i] == NGX_SOCIALCARE_ENTRY_DONE) {
            continue;
        }

        segment->states[i] = NGX_SOCIALCARE_ENTRY_WAITING;
        segment->left++;
        ngx_socialcare_spool_block(spool, segment,
                                   segment->entries[i].bucket);
    }
}


static void
ngx_socialcare_drain_loaded(ngx_event_t *ev)
{
    ngx_socialcare_spool_t    *spool;
    ngx_socialcare_segment_t  *segment;

    spool = ev->data;
    segment = spool->load.segment;
    spool->file_busy = 0;
    spool->unknown = 0;

    if (spool->load.error.reason != NGX_SOCIALCARE_SPOOL_OK) {
        ngx_log_error(NGX_LOG_CRIT, spool->log, spool->load.error.err,
                      "socialcare: %s failed for the segment %s of the spool "
                      "\"%V\": it stays and is tried again",
                      spool->load.error.what, segment->name,
                      &spool->conf->path->name);

        ngx_socialcare_count(spool->worker->shared->spool_sync_errors);
        segment->backoff = NGX_SOCIALCARE_BACKOFF_LAST;
        ngx_socialcare_drain_park(spool, segment);
        return;
    }

    if (segment->header == SC_HEADER_VERSION) {
        ngx_socialcare_drain_ignore(spool, segment);

    } else {
        ngx_socialcare_drain_report(spool, segment);
        ngx_socialcare_drain_count(spool, segment);
    }

    ngx_socialcare_spool_update(spool);
    ngx_socialcare_drain_wake(spool, 0);
}


static void
ngx_socialcare_drain_finish(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment)
{
    spool->finish.path = (char *) spool->conf->path->name.data;
    spool->finish.segment = segment;
    spool->finish.now_ms = ngx_socialcare_now_ms();
    spool->finish.number = spool->number++;
    ngx_memzero(&spool->finish.error, sizeof(spool->finish.error));

    ngx_socialcare_drain_post(spool, &spool->finish,
                              ngx_socialcare_spool_finish_thread,
                              ngx_socialcare_drain_finished);
}


static void
ngx_socialcare_drain_finished(ngx_event_t *ev)
{
    ngx_uint_t                 i, n;
    ngx_socialcare_spool_t    *spool;
    ngx_socialcare_segment_t  *segment;

    spool = ev->data;
    segment = spool->finish.segment;
    spool->file_busy = 0;

    if (segment->quarantine.len == 0) {
        for (i = 0; i < SC_QUARANTINE_REASONS; i++) {
            n = segment->quarantined[i];
            segment->quarantined[i] = 0;

            if (n == 0) {
                continue;
            }

            ngx_socialcare_count_more(
                        spool->worker->shared->spool_quarantined[i], n);

            ngx_log_error(NGX_LOG_ERR, spool->log, 0,
                          "socialcare: %ui records are in quarantine (%s) in "
                          "the spool \"%V\": look at them with "
                          "socialcare-spool, fix what they report, and "
                          "reinject them", n,
                          sc_quarantine_reason_name((unsigned) i),
                          &spool->conf->path->name);
        }
    }

    if (spool->finish.error.reason != NGX_SOCIALCARE_SPOOL_OK) {
        ngx_log_error(NGX_LOG_CRIT, spool->log, spool->finish.error.err,
                      "socialcare: %s failed in the spool \"%V\": the segment "
                      "%s stays and is tried again", spool->finish.error.what,
                      &spool->conf->path->name, segment->name);

        ngx_socialcare_count(spool->worker->shared->spool_sync_errors);
        segment->progress = 0;
        ngx_socialcare_drain_park(spool, segment);
        return;
    }

    ngx_socialcare_drain_drop(spool, segment);
    ngx_socialcare_spool_update(spool);
    ngx_socialcare_drain_wake(spool, 0);
}


static void
ngx_socialcare_drain_marked(ngx_event_t *ev)
{
    ngx_socialcare_spool_t  *spool;

    spool = ev->data;
    spool->file_busy = 0;

    ngx_socialcare_drain_wake(spool, 0);
}


/*
 * The oldest held segment that may be tried, or the open one, now closed.
 * Items that only a full queue refused do not close the open segment early, or
 * each would get a file of its own.
 */

static ngx_socialcare_segment_t *
ngx_socialcare_drain_choose(ngx_socialcare_spool_t *spool)
{
    ngx_queue_t               *q;
    ngx_msec_int_t             left, least;
    ngx_socialcare_segment_t  *segment;

    least = 0;
    spool->parked = 0;

    for (q = ngx_queue_head(&spool->held);
         q != ngx_queue_sentinel(&spool->held);
         q = ngx_queue_next(q))
    {
        segment = ngx_queue_data(q, ngx_socialcare_segment_t, queue);

        if (segment->closing) {
            return NULL;              /* what is newer waits behind it */
        }

        left = (ngx_msec_int_t) (segment->retry - ngx_current_msec);

        if (left <= 0) {
            return segment;
        }

        spool->parked++;

        if (least == 0 || left < least) {
            least = left;
        }
    }

    segment = spool->open;

    if (segment != NULL && spool->flushing == NULL
        && (segment->blocking || spool->parked == 0
            || ngx_socialcare_spool_roll_is_due(segment)))
    {
        spool->open = NULL;
        ngx_socialcare_spool_hold_segment(spool, segment);

        return segment;
    }

    if (least) {
        ngx_socialcare_drain_wake(spool, (ngx_msec_t) least);
    }

    return NULL;
}


static void
ngx_socialcare_drain_next(ngx_socialcare_spool_t *spool)
{
    ngx_socialcare_segment_t  *segment;

    if (!spool->scanned && spool->draining == NULL
        && spool->parked < NGX_SOCIALCARE_MAX_PARKED)
    {
        ngx_socialcare_drain_scan(spool, 1);
        return;
    }

    if (spool->draining == NULL) {
        spool->draining = ngx_socialcare_drain_choose(spool);
    }

    segment = spool->draining;

    if (segment == NULL) {
        ngx_socialcare_spool_update(spool);
        return;
    }

    if (segment->data == NULL) {
        ngx_socialcare_drain_load(spool, segment);
        return;
    }

    if (ngx_socialcare_drain_mark(spool, segment, 0)) {
        ngx_socialcare_drain_post(spool, &spool->mark,
                                  ngx_socialcare_spool_mark_thread,
                                  ngx_socialcare_drain_marked);
        return;
    }

    ngx_socialcare_drain_send(spool);

    if (spool->in_flight > 0 || segment->next < segment->count) {
        return;
    }

    if (segment->left == 0) {
        ngx_socialcare_drain_finish(spool, segment);
        return;
    }

    ngx_socialcare_drain_park(spool, segment);
}


ngx_msec_t
ngx_socialcare_drain_pause_left(ngx_socialcare_spool_t *spool)
{
    ngx_msec_t  left;

    left = spool->pause - ngx_current_msec;

    /* One that seems longer is over, maybe for so long that time came round. */

    return left <= NGX_SOCIALCARE_DRAIN_PAUSE ? left : 0;
}


static void
ngx_socialcare_drain_step(ngx_event_t *ev)
{
    ngx_msec_t               left;
    ngx_connection_t        *c;
    ngx_socialcare_spool_t  *spool;

    c = ev->data;
    spool = c->data;

    if (!spool->file_busy && ngx_socialcare_drain_may_send(spool)) {
        left = ngx_socialcare_drain_pause_left(spool);

        if (left > 0) {
            ngx_socialcare_drain_wake(spool, left);

        } else {
            ngx_socialcare_drain_next(spool);
        }
    }

    spool->owner->released(0);
}


void
ngx_socialcare_spool_redis(ngx_socialcare_spool_t *spool,
    ngx_socialcare_redis_state_e state)
{
    if (state == NGX_SOCIALCARE_REDIS_READY) {
        spool->unknown = (spool->draining == NULL
                          && spool->parked < NGX_SOCIALCARE_MAX_PARKED);
        spool->scanned = 0;
        spool->probing = 1;
        ngx_socialcare_drain_wake(spool, 0);
        return;
    }

    spool->unknown = 0;
    spool->stored = 0;
    ngx_socialcare_spool_update(spool);
}


void
ngx_socialcare_drain_destroy(ngx_socialcare_spool_t *spool)
{
    ngx_queue_t               *q;
    ngx_socialcare_segment_t  *segment;

    while (!ngx_queue_empty(&spool->held)) {
        q = ngx_queue_head(&spool->held);
        ngx_queue_remove(q);

        segment = ngx_queue_data(q, ngx_socialcare_segment_t, queue);

        if (ngx_socialcare_drain_mark(spool, segment, 1)) {
            ngx_socialcare_spool_mark_thread(&spool->mark, spool->log);
        }

        ngx_socialcare_segment_free(segment);
    }

    if (spool->scan.spare != NULL) {
        ngx_socialcare_segment_free(spool->scan.spare);
    }

    if (spool->step.posted) {
        ngx_delete_posted_event(&spool->step);
    }
}
