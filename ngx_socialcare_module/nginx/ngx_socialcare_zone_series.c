
/*
 * ngx_socialcare_zone_series.c: waits by channel in the shared zone, and
 * summaries that are shown as a whole.
 */

#include "ngx_socialcare_zone.h"


/* A reader that is overtaken this often leaves the number out. */
#define NGX_SOCIALCARE_SNAPSHOT_TRIES  10


static ngx_socialcare_series_node_t *
ngx_socialcare_zone_find_series(ngx_socialcare_brand_node_t *brand,
    ngx_str_t *queue, ngx_str_t *channel)
{
    ngx_socialcare_series_node_t  *node;

    for (node = brand->series; node != NULL; node = node->next) {
        if (node->queue.len == queue->len
            && node->channel.len == channel->len
            && ngx_memcmp(node->queue.data, queue->data, queue->len) == 0
            && ngx_memcmp(node->channel.data, channel->data, channel->len)
               == 0)
        {
            return node;
        }
    }

    return NULL;
}


/* The slab mutex is held. */

static ngx_socialcare_series_node_t *
ngx_socialcare_zone_new_series(ngx_socialcare_shared_t *shared,
    ngx_socialcare_brand_node_t *brand, ngx_str_t *queue, ngx_str_t *channel)
{
    ngx_socialcare_series_node_t  *node;

    if (shared->series_count == NGX_SOCIALCARE_MAX_SERIES) {
        return NULL;
    }

    node = ngx_slab_calloc_locked(shared->shpool,
                                  sizeof(ngx_socialcare_series_node_t));
    if (node == NULL) {
        return NULL;
    }

    if (ngx_socialcare_zone_copy_name(shared->shpool, &node->queue, queue)
        != NGX_OK)
    {
        ngx_slab_free_locked(shared->shpool, node);
        return NULL;
    }

    if (ngx_socialcare_zone_copy_name(shared->shpool, &node->channel, channel)
        != NGX_OK)
    {
        ngx_slab_free_locked(shared->shpool, node->queue.data);
        ngx_slab_free_locked(shared->shpool, node);
        return NULL;
    }

    node->open = (ngx_atomic_uint_t) -1;
    node->due_soon = (ngx_atomic_uint_t) -1;
    node->at_risk = (ngx_atomic_uint_t) -1;
    node->breached = (ngx_atomic_uint_t) -1;
    node->earliest_ms = (ngx_atomic_uint_t) -1;
    node->oldest_start_ms = (ngx_atomic_uint_t) -1;
    node->next = brand->series;

    /* Readers hold no lock: the node is complete before it is linked. */

    ngx_memory_barrier();
    brand->series = node;
    shared->series_count++;

    return node;
}


ngx_socialcare_series_node_t *
ngx_socialcare_zone_series(ngx_socialcare_shared_t *shared,
    ngx_socialcare_brand_node_t *brand, ngx_str_t *queue, ngx_str_t *channel)
{
    ngx_socialcare_series_node_t  *node;

    node = ngx_socialcare_zone_find_series(brand, queue, channel);
    if (node != NULL) {
        return node;
    }

    ngx_shmtx_lock(&shared->shpool->mutex);

    node = ngx_socialcare_zone_find_series(brand, queue, channel);
    if (node == NULL) {
        node = ngx_socialcare_zone_new_series(shared, brand, queue, channel);
    }

    ngx_shmtx_unlock(&shared->shpool->mutex);

    if (node == NULL) {
        ngx_socialcare_count(shared->series_overflow);
    }

    return node;
}


void
ngx_socialcare_zone_publish(ngx_socialcare_shared_t *shared,
    ngx_socialcare_published_t *place, const void *data, size_t size)
{
    u_char             *copies;
    ngx_atomic_uint_t   next;

    /* Both or none: with only one, what is shown would stay for ever. */

    if (place->copies[0] == NULL) {
        copies = ngx_slab_alloc(shared->shpool, 2 * size);

        if (copies == NULL) {
            ngx_socialcare_count(shared->series_overflow);
            return;
        }

        place->copies[1] = copies + size;
        place->copies[0] = copies;
    }

    next = place->version + 1;
    ngx_memcpy(place->copies[next & 1], data, size);

    ngx_memory_barrier();
    place->version = next;
}


ngx_uint_t
ngx_socialcare_zone_snapshot(ngx_socialcare_published_t *place, void *data,
    size_t size)
{
    ngx_uint_t         i;
    ngx_atomic_uint_t  version;

    for (i = 0; i < NGX_SOCIALCARE_SNAPSHOT_TRIES; i++) {
        version = place->version;

        if (version == 0) {
            return 0;
        }

        ngx_memory_barrier();
        ngx_memcpy(data, place->copies[version & 1], size);
        ngx_memory_barrier();

        if (place->version == version) {
            return 1;
        }
    }

    return 0;
}
