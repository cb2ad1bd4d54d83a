
/*
 * ngx_socialcare_wait.c: from handing items over to the end of the request.
 */

#include "ngx_socialcare_wait.h"
#include "ngx_socialcare_zone.h"


static void ngx_socialcare_wait_done(ngx_socialcare_job_t *job);
static void ngx_socialcare_wait_cleanup(void *data);


ngx_socialcare_wait_t *
ngx_socialcare_wait_new(ngx_http_request_t *r, ngx_socialcare_ctx_t *ctx,
    size_t size)
{
    ngx_http_cleanup_t     *cleanup;
    ngx_socialcare_wait_t  *wait;

    cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == NULL) {
        return NULL;
    }

    wait = ngx_calloc(size, r->connection->log);
    if (wait == NULL) {
        return NULL;
    }

    wait->job.handler = ngx_socialcare_wait_done;
    wait->request = r;
    wait->ctx = ctx;
    wait->start = ngx_current_msec;
    wait->cleanup = cleanup;

    cleanup->handler = ngx_socialcare_wait_cleanup;
    cleanup->data = wait;

    return wait;
}


ngx_int_t
ngx_socialcare_wait_begin(ngx_socialcare_wait_t *wait)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = wait->request;

    ngx_socialcare_count(ngx_socialcare_worker.shared->workers[
                                ngx_socialcare_worker.slot].waiting_requests);

    ngx_socialcare_delivery_seal(&wait->job);

    /* Notice a client that leaves, or has already left. */

    c = r->connection;
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    if (c->read->ready) {
        ngx_post_event(c->read, &ngx_posted_events);
    }

    return NGX_AGAIN;
}


void
ngx_socialcare_wait_drop(ngx_socialcare_wait_t *wait)
{
    wait->cleanup->handler = NULL;
    ngx_free(wait);
}


/* Every wait ends here: stored, refused, lost, client gone, exit. */

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

    ngx_socialcare_count_more(ngx_socialcare_worker.shared->workers[
                           ngx_socialcare_worker.slot].waiting_requests, -1);

    wait->count(wait);

    if (r == NULL) {
        ngx_free(wait);
        return;
    }

    c = r->connection;
    ctx = wait->ctx;

    wait->cleanup->handler = NULL;

    ctx->store = job->store;
    ctx->duplicates = job->duplicates;
    ctx->store_time = (ngx_msec_int_t) (ngx_current_msec - wait->start);

    rc = wait->answer(wait);

    ngx_free(wait);

    ngx_http_finalize_request(r, rc);
    ngx_http_run_posted_requests(c);
}


/* The request ends before the store has answered; its items stay. */

static void
ngx_socialcare_wait_cleanup(void *data)
{
    ngx_socialcare_wait_t  *wait;

    wait = data;
    wait->ctx->result = NGX_SOCIALCARE_RESULT_ABORTED;
    wait->request = NULL;
}
