
/*
 * ngx_socialcare_batch.c: making batches, and ending them: each item's result
 * is booked in its job, now or when the spool has synced it.
 */

#include "ngx_socialcare_batch.h"


#define NGX_SOCIALCARE_BATCH_POOL     16384
#define NGX_SOCIALCARE_MAX_FREE       16


static ngx_int_t ngx_socialcare_batch_spool(ngx_socialcare_batch_t *batch,
    ngx_uint_t i, ngx_socialcare_spool_cause_e cause);
static void ngx_socialcare_batch_free(ngx_socialcare_batch_t *batch);


ngx_socialcare_batch_t *
ngx_socialcare_batch_new(ngx_socialcare_delivery_t *delivery)
{
    ngx_queue_t             *q;
    ngx_socialcare_batch_t  *batch;

    if (!ngx_queue_empty(&delivery->free)) {
        q = ngx_queue_head(&delivery->free);
        ngx_queue_remove(q);
        delivery->free_count--;

        return ngx_queue_data(q, ngx_socialcare_batch_t, queue);
    }

    batch = ngx_alloc(sizeof(ngx_socialcare_batch_t), delivery->log);
    if (batch == NULL) {
        return NULL;
    }

    batch->pool = ngx_create_pool(NGX_SOCIALCARE_BATCH_POOL, delivery->log);
    if (batch->pool == NULL) {
        ngx_free(batch);
        return NULL;
    }

    batch->delivery = delivery;
    batch->command.handler = ngx_socialcare_batch_reply;
    batch->command.writes = 1;
    batch->command.background = 0;
    batch->confirm.handler = ngx_socialcare_batch_confirmed;
    batch->count = 0;
    batch->bytes = 0;
    batch->with_source = 0;
    batch->tries = 0;

    return batch;
}


/* Moves the text to `at`, and `at` past it. */

static void
ngx_socialcare_batch_move_text(u_char **at, sc_str_t *text)
{
    u_char  *start;

    start = *at;
    *at = ngx_cpymem(start, text->data, text->len);
    *text = sc_str_make(start, text->len);
}


ngx_int_t
ngx_socialcare_batch_add(ngx_socialcare_batch_t *batch,
    const sc_queue_item_t *item)
{
    u_char           *at;
    sc_queue_item_t  *copy;

    at = ngx_pnalloc(batch->pool, item->record.len + item->queue.len
                                  + item->sla_queue.len
                                  + item->clock_key.len
                                  + item->detail.len);
    if (at == NULL) {
        return NGX_ERROR;
    }

    copy = &batch->items[batch->count];
    *copy = *item;                /* the channel's name is static */

    ngx_socialcare_batch_move_text(&at, &copy->record);
    ngx_socialcare_batch_move_text(&at, &copy->queue);
    ngx_socialcare_batch_move_text(&at, &copy->sla_queue);
    ngx_socialcare_batch_move_text(&at, &copy->clock_key);
    ngx_socialcare_batch_move_text(&at, &copy->detail);

    batch->bytes += item->record.len;

    return NGX_OK;
}


/* `result` is what became of the item, or -1 when no store took it. */

static void
ngx_socialcare_entry_book(ngx_socialcare_entry_t *entry, ngx_int_t result)
{
    ngx_socialcare_job_t         *job;
    ngx_socialcare_queue_node_t  *node;

    job = entry->job;
    node = entry->node;

    switch (result) {

    case SC_STORED:
        job->stored++;
        if (node) {
            ngx_socialcare_count(node->stored);
        }

        break;

    case SC_DUPLICATE:
        job->duplicates++;
        if (node) {
            ngx_socialcare_count(node->duplicates);
        }

        break;

    case SC_FULL:
        job->failed++;
        if (node) {
            ngx_socialcare_count(node->full);
        }

        break;

    default:
        job->failed++;
        break;
    }

    if (--job->waiting == 0 && job->sealed) {
        job->handler(job);
    }
}


void
ngx_socialcare_batch_book(ngx_socialcare_batch_t *batch)
{
    ngx_uint_t             i;
    sc_item_result_t       result;
    ngx_socialcare_job_t  *job;

    for (i = 0; i < batch->count; i++) {
        result = batch->results[i];
        job = batch->entries[i].job;

        if (result == SC_STORED || result == SC_DUPLICATE) {

            if (job->store == NGX_SOCIALCARE_STORE_NONE) {
                job->store = NGX_SOCIALCARE_STORE_REDIS;
            }

        } else if (ngx_socialcare_batch_spool(batch, i,
                                              result == SC_FULL
                                              ? NGX_SOCIALCARE_SPOOL_FULL
                                              : NGX_SOCIALCARE_SPOOL_AWAY)
                   == NGX_OK)
        {
            if (result == SC_FULL && batch->entries[i].node) {
                ngx_socialcare_count(batch->entries[i].node->full);
            }

            ngx_post_event(&batch->delivery->flush, &ngx_posted_events);
            continue;
        }

        ngx_socialcare_entry_book(&batch->entries[i], (ngx_int_t) result);
    }

    ngx_socialcare_batch_free(batch);
}


/* Appends one item to the spool, which then has to book it. */

static ngx_int_t
ngx_socialcare_batch_spool(ngx_socialcare_batch_t *batch, ngx_uint_t i,
    ngx_socialcare_spool_cause_e cause)
{
    sc_spool_item_t           item;
    ngx_socialcare_spool_t   *spool;
    ngx_socialcare_ticket_t   ticket;

    spool = batch->delivery->worker->spool;

    if (spool == NULL) {
        return NGX_ERROR;
    }

    item.tag = batch->tag;
    item.window_s = batch->window;
    item.arrival_ms = ngx_socialcare_now_ms();
    item.item = batch->items[i];

    ticket.job = batch->entries[i].job;
    ticket.node = batch->entries[i].node;

    return ngx_socialcare_spool_append(spool, &item, cause, &ticket);
}


void
ngx_socialcare_delivery_booked(ngx_socialcare_ticket_t *ticket,
    ngx_uint_t stored)
{
    ngx_socialcare_job_t    *job;
    ngx_socialcare_entry_t   entry;

    job = ticket->job;

    if (!stored) {
        entry.job = job;
        entry.node = ticket->node;
        ngx_socialcare_entry_book(&entry, -1);
        return;
    }

    /* The queue's counter is incremented once Redis has it. */

    entry.job = job;
    entry.node = NULL;
    job->store = NGX_SOCIALCARE_STORE_SPOOL;
    ngx_socialcare_entry_book(&entry, SC_STORED);
}


/* What Redis did not take, or may not have taken: spooled, or failed. */

void
ngx_socialcare_batch_fail(ngx_socialcare_batch_t *batch)
{
    ngx_uint_t  i;

    for (i = 0; i < batch->count; i++) {
        if (ngx_socialcare_batch_spool(batch, i, NGX_SOCIALCARE_SPOOL_AWAY)
            != NGX_OK)
        {
            ngx_socialcare_entry_book(&batch->entries[i], -1);
        }
    }

    ngx_socialcare_batch_free(batch);
}


static void
ngx_socialcare_batch_free(ngx_socialcare_batch_t *batch)
{
    ngx_socialcare_delivery_t  *delivery;

    delivery = batch->delivery;

    if (delivery->free_count == NGX_SOCIALCARE_MAX_FREE) {
        ngx_destroy_pool(batch->pool);
        ngx_free(batch);
        return;
    }

    ngx_reset_pool(batch->pool);
    batch->count = 0;
    batch->bytes = 0;
    batch->with_source = 0;
    batch->tries = 0;

    ngx_queue_insert_head(&delivery->free, &batch->queue);
    delivery->free_count++;
}
