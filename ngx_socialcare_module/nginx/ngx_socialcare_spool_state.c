
/*
 * ngx_socialcare_spool_state.c: the spool's states, their names, and what the
 * log says about them: once for each change, with what to do.  A state that
 * comes and goes with each callback is not said each time.
 */

#include "ngx_socialcare_answer.h"
#include "ngx_socialcare_spool_drain.h"


static const char *const  ngx_socialcare_spool_state_names[] = {
    "up", "spooling", "draining"
};

static const char *const  ngx_socialcare_spool_reason_names[] = {
    "ok", "cap", "reserve", "nospace", "failing", "busy"
};

static const char *const  ngx_socialcare_spool_advice[] = {
    "",
    "its size= is used up: bring Redis back, or raise size=",
    "the reserve= of the file system is reached: make room there",
    "the disk or the quota is full: make room there",
    ("the disk does not store: check it, its mount and the permissions of "
     "the worker's user"),
    "the disk is too slow for what arrives"
};


const char *
ngx_socialcare_spool_state_name(ngx_uint_t state)
{
    return ngx_socialcare_spool_state_names[state];
}


const char *
ngx_socialcare_spool_reason_name(ngx_uint_t reason)
{
    return ngx_socialcare_spool_reason_names[reason];
}


static void
ngx_socialcare_spool_share_trouble(ngx_socialcare_shared_t *shared,
    ngx_socialcare_spool_reason_e reason)
{
    if (shared->spool_trouble == NGX_SOCIALCARE_SPOOL_OK
        && reason != NGX_SOCIALCARE_SPOOL_OK)
    {
        shared->spool_trouble_ms =
                                (ngx_atomic_uint_t) ngx_socialcare_now_ms();
    }

    shared->spool_trouble = reason;
    shared->spool_trouble_at = (ngx_atomic_uint_t) ngx_current_msec;
}


void
ngx_socialcare_spool_trouble(ngx_socialcare_spool_t *spool,
    const ngx_socialcare_spool_error_t *error)
{
    ngx_socialcare_spool_share_trouble(spool->worker->shared, error->reason);

    if (spool->trouble == error->reason) {
        return;
    }

    spool->trouble = error->reason;

    if (error->reason == NGX_SOCIALCARE_SPOOL_OK) {
        ngx_log_error(NGX_LOG_NOTICE, spool->log, 0,
                      "socialcare: the spool \"%V\" stores again",
                      &spool->conf->path->name);
        return;
    }

    ngx_log_error(NGX_LOG_CRIT, spool->log, error->err,
                  "socialcare: the spool \"%V\" takes nothing more (%s%s%s): "
                  "%s; callbacks are answered 503 meanwhile, nothing that was "
                  "acknowledged is given up",
                  &spool->conf->path->name,
                  ngx_socialcare_spool_reason_names[error->reason],
                  error->what ? ", " : "", error->what ? error->what : "",
                  ngx_socialcare_spool_advice[error->reason]);
}


static uint64_t
ngx_socialcare_spool_unsynced(ngx_socialcare_spool_t *spool)
{
    uint64_t  unsynced;

    unsynced = spool->pending->count;

    if (spool->flushing != NULL) {
        unsynced += spool->flushing->count;
    }

    return unsynced;
}


static uint64_t
ngx_socialcare_spool_synced(ngx_socialcare_spool_t *spool)
{
    uint64_t                   waiting;
    ngx_queue_t               *q;
    ngx_socialcare_segment_t  *segment;

    waiting = 0;

    if (spool->open != NULL) {
        waiting += spool->open->left;
    }

    for (q = ngx_queue_head(&spool->held);
         q != ngx_queue_sentinel(&spool->held);
         q = ngx_queue_next(q))
    {
        segment = ngx_queue_data(q, ngx_socialcare_segment_t, queue);
        waiting += segment->left;
    }

    return waiting;
}


static void
ngx_socialcare_spool_log_state(ngx_socialcare_spool_t *spool,
    uint64_t waiting)
{
    switch (spool->state) {

    case NGX_SOCIALCARE_SPOOL_SPOOLING:
        ngx_log_error(NGX_LOG_WARN, spool->log, 0,
                      "socialcare: SPOOLING: %s; mentions are kept in \"%V\" "
                      "and callbacks are answered 200 once they are synced",
                      spool->full ? "a queue is at its limit, its workers "
                                    "must catch up"
                                  : "Redis does not take mentions",
                      &spool->conf->path->name);
        return;

    case NGX_SOCIALCARE_SPOOL_DRAINING:
        ngx_log_error(NGX_LOG_NOTICE, spool->log, 0,
                      "socialcare: DRAINING: Redis takes mentions again, the "
                      "records of \"%V\" are being sent; %uL of this worker "
                      "still wait", &spool->conf->path->name, waiting);
        return;

    default:
        ngx_log_error(NGX_LOG_NOTICE, spool->log, 0,
                      "socialcare: UP: nothing waits in \"%V\" for this "
                      "worker, %uL records were sent",
                      &spool->conf->path->name, spool->drained);

        spool->drained = 0;
        return;
    }
}


/* One that comes and goes is said later, if it still holds. */

static void
ngx_socialcare_spool_say_state(ngx_socialcare_spool_t *spool,
    uint64_t waiting)
{
    if (spool->state == spool->said) {
        return;
    }

    /* Nothing waits because nothing was taken: that has been said. */

    if (spool->state == NGX_SOCIALCARE_SPOOL_UP && spool->drained == 0
        && spool->trouble != NGX_SOCIALCARE_SPOOL_OK)
    {
        spool->said = spool->state;
        return;
    }

    if (ngx_socialcare_log_is_due(&spool->state_said[spool->state])) {
        spool->said = spool->state;
        ngx_socialcare_spool_log_state(spool, waiting);
    }
}


static void
ngx_socialcare_spool_publish(ngx_socialcare_spool_t *spool, uint64_t waiting)
{
    ngx_uint_t    held;
    ngx_queue_t  *q;

    held = (spool->open != NULL);

    for (q = ngx_queue_head(&spool->held);
         q != ngx_queue_sentinel(&spool->held);
         q = ngx_queue_next(q))
    {
        held++;
    }

    spool->gauges->spool_waiting = (ngx_atomic_uint_t) waiting;
    spool->gauges->spool_held = held;
    spool->gauges->spool_unchecked = spool->unchecked;
}


/* Only what others left is there, and no answer of Redis to any of it. */

static ngx_uint_t
ngx_socialcare_spool_is_trying(ngx_socialcare_spool_t *spool)
{
    return spool->open == NULL && ngx_socialcare_spool_unsynced(spool) == 0
           && !spool->stored && !spool->full
           && ngx_socialcare_drain_pause_left(spool) == 0
           && ngx_socialcare_redis_state(spool->worker->redis)
              == NGX_SOCIALCARE_REDIS_READY;
}


/* The only place where the state changes. */

void
ngx_socialcare_spool_update(ngx_socialcare_spool_t *spool)
{
    uint64_t                      waiting, unsynced;
    ngx_socialcare_spool_state_e  state;

    waiting = ngx_socialcare_spool_synced(spool);
    unsynced = ngx_socialcare_spool_unsynced(spool);
    ngx_socialcare_spool_publish(spool, waiting + unsynced);

    /* A spool that takes nothing will probably not take these either. */

    if (spool->trouble == NGX_SOCIALCARE_SPOOL_OK) {
        waiting += unsynced;
    }

    if (waiting == 0 && !spool->draining) {
        state = NGX_SOCIALCARE_SPOOL_UP;

    } else if (spool->stored) {
        state = NGX_SOCIALCARE_SPOOL_DRAINING;

    } else {
        state = NGX_SOCIALCARE_SPOOL_SPOOLING;
    }

    /* Other workers' files are examined before they are reported. */

    if (state != spool->state
        && (spool->state != NGX_SOCIALCARE_SPOOL_UP
            || (waiting > 0 && !ngx_socialcare_spool_is_trying(spool))))
    {
        spool->state = state;
        spool->gauges->spool_state = state;
        spool->gauges->spool_since_ms =
                                (ngx_atomic_uint_t) ngx_socialcare_now_ms();

        if (state == NGX_SOCIALCARE_SPOOL_UP) {
            spool->full = 0;
        }
    }

    /* A worker that leaves has closed its connection itself. */

    if (!ngx_exiting
        && ngx_socialcare_redis_state(spool->worker->redis)
           != NGX_SOCIALCARE_REDIS_CLOSED)
    {
        ngx_socialcare_spool_say_state(spool, waiting);
    }
}
