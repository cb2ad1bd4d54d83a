
/*
 * ngx_socialcare_turn.c: how much is read in one turn of the event loop.
 *
 * A callback is read in one go, and the largest take milliseconds.  Dozens of
 * them arriving together would hold up everybody else for all that time: what
 * exceeds the turn's share waits for the next turn, in order of arrival.  Knows
 * nothing about what a callback is.
 */

#include "ngx_socialcare.h"


/* Bytes of bodies per turn: 1 to 3 ms. */
#define NGX_SOCIALCARE_TURN_BYTES  (256 * 1024)


typedef struct {
    ngx_queue_t                   queue;
    ngx_http_request_t           *request;
    ngx_socialcare_turn_pt        handler;
    unsigned                      waiting:1;
} ngx_socialcare_turn_t;


static void ngx_socialcare_turn_end(ngx_event_t *ev);
static void ngx_socialcare_turn_resume(ngx_event_t *ev);
static void ngx_socialcare_turn_cleanup(void *data);


static size_t       ngx_socialcare_turn_used;
static ngx_uint_t   ngx_socialcare_turn_resuming;
static ngx_queue_t  ngx_socialcare_turn_waiting;
static ngx_event_t  ngx_socialcare_turn_end_event;
static ngx_event_t  ngx_socialcare_turn_resume_event;


void
ngx_socialcare_turn_init(ngx_cycle_t *cycle)
{
    ngx_queue_init(&ngx_socialcare_turn_waiting);

    ngx_socialcare_turn_end_event.handler = ngx_socialcare_turn_end;
    ngx_socialcare_turn_end_event.log = cycle->log;
    ngx_socialcare_turn_resume_event.handler = ngx_socialcare_turn_resume;
    ngx_socialcare_turn_resume_event.log = cycle->log;
}


static ngx_int_t
ngx_socialcare_turn_put_off(ngx_http_request_t *r,
    ngx_socialcare_turn_pt handler)
{
    ngx_http_cleanup_t     *cleanup;
    ngx_socialcare_turn_t  *turn;

    cleanup = ngx_http_cleanup_add(r, sizeof(ngx_socialcare_turn_t));
    if (cleanup == NULL) {
        return NGX_ERROR;
    }

    turn = cleanup->data;
    turn->request = r;
    turn->handler = handler;
    turn->waiting = 1;

    cleanup->handler = ngx_socialcare_turn_cleanup;

    ngx_queue_insert_tail(&ngx_socialcare_turn_waiting, &turn->queue);

    return NGX_AGAIN;
}


ngx_int_t
ngx_socialcare_turn_take(ngx_http_request_t *r, size_t bytes,
    ngx_socialcare_turn_pt handler)
{
    if (!ngx_socialcare_turn_resuming
        && (ngx_socialcare_turn_used >= NGX_SOCIALCARE_TURN_BYTES
            || !ngx_queue_empty(&ngx_socialcare_turn_waiting)))
    {
        return ngx_socialcare_turn_put_off(r, handler);
    }

    ngx_socialcare_turn_used += bytes;

    ngx_post_event(&ngx_socialcare_turn_end_event, &ngx_posted_events);

    return NGX_OK;
}


/* Runs after the events of the turn's connections. */

static void
ngx_socialcare_turn_end(ngx_event_t *ev)
{
    ngx_socialcare_turn_used = 0;

    if (!ngx_queue_empty(&ngx_socialcare_turn_waiting)) {
        ngx_post_event(&ngx_socialcare_turn_resume_event,
                       &ngx_posted_next_events);
    }
}


static void
ngx_socialcare_turn_resume(ngx_event_t *ev)
{
    ngx_queue_t            *q;
    ngx_connection_t       *c;
    ngx_socialcare_turn_t  *turn;

    while (ngx_socialcare_turn_used < NGX_SOCIALCARE_TURN_BYTES
           && !ngx_queue_empty(&ngx_socialcare_turn_waiting))
    {
        q = ngx_queue_head(&ngx_socialcare_turn_waiting);
        ngx_queue_remove(q);

        turn = ngx_queue_data(q, ngx_socialcare_turn_t, queue);
        turn->waiting = 0;
        c = turn->request->connection;

        ngx_socialcare_turn_resuming = 1;
        turn->handler(turn->request);
        ngx_socialcare_turn_resuming = 0;

        ngx_http_run_posted_requests(c);
    }

    /* Even if nothing was left to read: a request may have come since. */

    ngx_post_event(&ngx_socialcare_turn_end_event, &ngx_posted_events);
}


static void
ngx_socialcare_turn_cleanup(void *data)
{
    ngx_socialcare_turn_t  *turn;

    turn = data;

    if (turn->waiting) {
        ngx_queue_remove(&turn->queue);
        turn->waiting = 0;
    }
}
