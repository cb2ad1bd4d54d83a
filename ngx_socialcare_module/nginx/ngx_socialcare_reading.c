
/*
 * ngx_socialcare_reading.c: answers of read.lua -> sums over a brand's
 * partitions -> the zone.
 *
 * Sends nothing and waits for nothing: _refresh.c delivers the answers.
 */

#include "ngx_socialcare_reading.h"


#define NGX_SOCIALCARE_MAX_READ_QUEUES  256
#define NGX_SOCIALCARE_MAX_READ_SERIES  512


/* Sums over one brand's partitions. */

struct ngx_socialcare_queue_sums_s {
    u_char                         name[SC_QUEUE_MAX_NAME];
    ngx_str_t                      queue;
    int64_t                        depth;
    int64_t                        lag;
    int64_t                        waiting;      /* not read by anybody */
    int64_t                        pending;
    int64_t                        dead;
    int64_t                        added;
    int64_t                        taken;
    int64_t                        oldest_age_ms;
    int64_t                        ready_lag_ms;
    int64_t                        open;
    int64_t                        due_soon;
    int64_t                        breached;
    int64_t                        earliest_ms;
};


struct ngx_socialcare_series_sums_s {
    u_char                         name[SC_QUEUE_MAX_NAME + 32];
    ngx_str_t                      queue;
    ngx_str_t                      channel;
    int64_t                        open;
    int64_t                        due_soon;
    int64_t                        at_risk;
    int64_t                        breached;
    int64_t                        earliest_ms;
    int64_t                        oldest_start_ms;
};


ngx_int_t
ngx_socialcare_reading_init(ngx_socialcare_reading_t *reading,
    ngx_cycle_t *cycle)
{
    ngx_pool_t  *pool;

    pool = cycle->pool;

    reading->queues = ngx_pcalloc(pool, NGX_SOCIALCARE_MAX_READ_QUEUES
                                        * sizeof(ngx_socialcare_queue_sums_t));
    reading->series = ngx_pcalloc(pool, NGX_SOCIALCARE_MAX_READ_SERIES
                                       * sizeof(ngx_socialcare_series_sums_t));

    if (reading->queues == NULL || reading->series == NULL) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_socialcare_reading_begin(ngx_socialcare_reading_t *reading)
{
    reading->queues_count = 0;
    reading->series_count = 0;
    reading->dropped = 0;
}


/* Nothing waits: there is no first. */

static void
ngx_socialcare_queue_sums_init(ngx_socialcare_queue_sums_t *sums)
{
    ngx_memzero(sums, sizeof(ngx_socialcare_queue_sums_t));
    sums->oldest_age_ms = SC_QUEUE_UNKNOWN;
    sums->ready_lag_ms = SC_QUEUE_UNKNOWN;
    sums->earliest_ms = SC_QUEUE_UNKNOWN;
}


static void
ngx_socialcare_series_sums_init(ngx_socialcare_series_sums_t *sums)
{
    ngx_memzero(sums, sizeof(ngx_socialcare_series_sums_t));
    sums->earliest_ms = SC_QUEUE_UNKNOWN;
    sums->oldest_start_ms = SC_QUEUE_UNKNOWN;
}


static ngx_socialcare_queue_sums_t *
ngx_socialcare_reading_queue(ngx_socialcare_reading_t *reading, sc_str_t name)
{
    ngx_uint_t                    i;
    ngx_socialcare_queue_sums_t  *sums;

    for (i = 0; i < reading->queues_count; i++) {
        sums = &reading->queues[i];

        if (sc_str_eq(ngx_socialcare_to_core(sums->queue), name)) {
            return sums;
        }
    }

    if (i == NGX_SOCIALCARE_MAX_READ_QUEUES || name.len > SC_QUEUE_MAX_NAME) {
        reading->dropped++;
        return NULL;
    }

    sums = &reading->queues[reading->queues_count++];
    ngx_socialcare_queue_sums_init(sums);

    ngx_memcpy(sums->name, name.data, name.len);
    sums->queue.data = sums->name;
    sums->queue.len = name.len;

    return sums;
}


static ngx_socialcare_series_sums_t *
ngx_socialcare_reading_series(ngx_socialcare_reading_t *reading,
    sc_str_t queue, sc_str_t channel)
{
    ngx_uint_t                     i;
    ngx_socialcare_series_sums_t  *sums;

    for (i = 0; i < reading->series_count; i++) {
        sums = &reading->series[i];

        if (sc_str_eq(ngx_socialcare_to_core(sums->queue), queue)
            && sc_str_eq(ngx_socialcare_to_core(sums->channel), channel))
        {
            return sums;
        }
    }

    if (i == NGX_SOCIALCARE_MAX_READ_SERIES
        || queue.len + channel.len > sizeof(sums->name))
    {
        reading->dropped++;
        return NULL;
    }

    sums = &reading->series[reading->series_count++];
    ngx_socialcare_series_sums_init(sums);

    ngx_memcpy(sums->name, queue.data, queue.len);
    ngx_memcpy(sums->name + queue.len, channel.data, channel.len);
    sums->queue.data = sums->name;
    sums->queue.len = queue.len;
    sums->channel.data = sums->name + queue.len;
    sums->channel.len = channel.len;

    return sums;
}


/* A sum with an unknown part is unknown. */

static void
ngx_socialcare_add_known(int64_t *sum, int64_t part)
{
    if (*sum == SC_QUEUE_UNKNOWN || part == SC_QUEUE_UNKNOWN) {
        *sum = SC_QUEUE_UNKNOWN;
        return;
    }

    *sum += part;
}


static int64_t
ngx_socialcare_earlier(int64_t a, int64_t b)
{
    if (a == SC_QUEUE_UNKNOWN || b == SC_QUEUE_UNKNOWN) {
        return ngx_max(a, b);
    }

    return ngx_min(a, b);
}


static void
ngx_socialcare_reading_add_queue(ngx_socialcare_reading_t *reading,
    sc_queue_depth_t *queue)
{
    ngx_socialcare_queue_sums_t  *sums;

    sums = ngx_socialcare_reading_queue(reading, queue->name);

    if (sums == NULL) {
        return;
    }

    ngx_socialcare_add_known(&sums->depth, queue->depth);
    ngx_socialcare_add_known(&sums->lag, queue->lag);
    ngx_socialcare_add_known(&sums->pending, queue->pending);
    ngx_socialcare_add_known(&sums->dead, queue->dead);
    ngx_socialcare_add_known(&sums->added, queue->added);
    ngx_socialcare_add_known(&sums->taken, queue->taken);

    /* Taking from a list removes the item: all that is there waits. */

    ngx_socialcare_add_known(&sums->waiting,
                             queue->format == 's' ? queue->lag : queue->depth);

    sums->oldest_age_ms = ngx_max(sums->oldest_age_ms, queue->oldest_ms);
    sums->ready_lag_ms = ngx_max(sums->ready_lag_ms, queue->ready_lag_ms);
}


static void
ngx_socialcare_reading_add_series(ngx_socialcare_reading_t *reading,
    sc_queue_series_t *series)
{
    ngx_socialcare_queue_sums_t   *queue;
    ngx_socialcare_series_sums_t  *sums;

    queue = ngx_socialcare_reading_queue(reading, series->queue);

    if (queue != NULL) {
        queue->open += (int64_t) series->open;
        queue->due_soon += (int64_t) series->due_soon;
        queue->breached += (int64_t) series->late;
        queue->earliest_ms = ngx_socialcare_earlier(queue->earliest_ms,
                                                    series->earliest_ms);
    }

    sums = ngx_socialcare_reading_series(reading, series->queue,
                                         series->channel);

    if (sums != NULL) {
        sums->open += (int64_t) series->open;
        sums->due_soon += (int64_t) series->due_soon;
        sums->at_risk += (int64_t) series->at_risk;
        sums->breached += (int64_t) series->late;
        sums->earliest_ms = ngx_socialcare_earlier(sums->earliest_ms,
                                                   series->earliest_ms);
        sums->oldest_start_ms = ngx_socialcare_earlier(sums->oldest_start_ms,
                                                   series->oldest_start_ms);
    }
}


ngx_int_t
ngx_socialcare_reading_add(ngx_socialcare_reading_t *reading, sc_str_t answer)
{
    sc_queue_depth_t   queue;
    sc_queue_series_t  series;

    if (!sc_queue_read_begin(&answer)) {
        return NGX_ERROR;
    }

    for ( ;; ) {
        switch (sc_queue_read_next(&answer, &queue, &series)) {

        case SC_QUEUE_LINE_QUEUE:
            ngx_socialcare_reading_add_queue(reading, &queue);
            break;

        case SC_QUEUE_LINE_SERIES:
            ngx_socialcare_reading_add_series(reading, &series);
            break;

        case SC_QUEUE_LINE_END:
            return NGX_OK;

        default:
            return NGX_ERROR;
        }
    }
}


static void
ngx_socialcare_reading_publish_queue(ngx_socialcare_queue_node_t *node,
    ngx_socialcare_queue_sums_t *sums, int64_t now_ms)
{
    node->depth = (ngx_atomic_uint_t) sums->depth;
    node->lag = (ngx_atomic_uint_t) sums->lag;
    node->waiting = (ngx_atomic_uint_t) sums->waiting;
    node->pending = (ngx_atomic_uint_t) sums->pending;
    node->dead_depth = (ngx_atomic_uint_t) sums->dead;
    node->oldest_age_ms = (ngx_atomic_uint_t) sums->oldest_age_ms;
    node->ready_lag_ms = (ngx_atomic_uint_t) sums->ready_lag_ms;
    node->open = (ngx_atomic_uint_t) sums->open;
    node->due_soon = (ngx_atomic_uint_t) sums->due_soon;
    node->breached = (ngx_atomic_uint_t) sums->breached;
    node->earliest_ms = (ngx_atomic_uint_t) sums->earliest_ms;

    sc_rate_add(&node->arrivals, sums->added, now_ms);
    sc_rate_add(&node->pops, sums->taken, now_ms);
    node->arrival_micro = (ngx_atomic_uint_t) sc_rate_micro(&node->arrivals);
    node->pop_micro = (ngx_atomic_uint_t) sc_rate_micro(&node->pops);

    node->read_ms = (ngx_atomic_uint_t) now_ms;
}


static void
ngx_socialcare_reading_publish_series(ngx_socialcare_series_node_t *node,
    ngx_socialcare_series_sums_t *sums, int64_t now_ms)
{
    node->open = (ngx_atomic_uint_t) sums->open;
    node->due_soon = (ngx_atomic_uint_t) sums->due_soon;
    node->at_risk = (ngx_atomic_uint_t) sums->at_risk;
    node->breached = (ngx_atomic_uint_t) sums->breached;
    node->earliest_ms = (ngx_atomic_uint_t) sums->earliest_ms;
    node->oldest_start_ms = (ngx_atomic_uint_t) sums->oldest_start_ms;
    node->read_ms = (ngx_atomic_uint_t) now_ms;
}


/*
 * What was read before and is no longer there was emptied by somebody, or lies
 * in another database: old numbers would stand for ever.
 */

static void
ngx_socialcare_reading_publish_gone(ngx_socialcare_shared_t *shared,
    ngx_socialcare_brand_node_t *brand, int64_t now_ms)
{
    ngx_socialcare_queue_sums_t    no_queue;
    ngx_socialcare_queue_node_t   *queue;
    ngx_socialcare_series_sums_t   no_series;
    ngx_socialcare_series_node_t  *series;

    ngx_socialcare_queue_sums_init(&no_queue);
    no_queue.lag = SC_QUEUE_UNKNOWN;
    no_queue.pending = SC_QUEUE_UNKNOWN;
    no_queue.added = SC_QUEUE_UNKNOWN;
    no_queue.taken = SC_QUEUE_UNKNOWN;

    for (queue = shared->queues; queue != NULL; queue = queue->next) {
        if (queue->read_ms != 0
            && queue->read_ms != (ngx_atomic_uint_t) now_ms
            && queue->brand.len == brand->name.len
            && ngx_memcmp(queue->brand.data, brand->name.data,
                          brand->name.len) == 0)
        {
            ngx_socialcare_reading_publish_queue(queue, &no_queue, now_ms);
        }
    }

    ngx_socialcare_series_sums_init(&no_series);

    for (series = brand->series; series != NULL; series = series->next) {
        if (series->read_ms != 0
            && series->read_ms != (ngx_atomic_uint_t) now_ms)
        {
            ngx_socialcare_reading_publish_series(series, &no_series, now_ms);
        }
    }
}


void
ngx_socialcare_reading_publish(ngx_socialcare_reading_t *reading,
    ngx_socialcare_shared_t *shared, ngx_socialcare_brand_node_t *brand)
{
    int64_t                        now_ms;
    ngx_uint_t                     i;
    ngx_socialcare_queue_node_t   *queue;
    ngx_socialcare_series_node_t  *series;

    now_ms = ngx_socialcare_now_ms();

    for (i = 0; i < reading->queues_count; i++) {
        queue = ngx_socialcare_zone_queue(shared, &brand->name,
                                          &reading->queues[i].queue);
        if (queue != NULL) {
            ngx_socialcare_reading_publish_queue(queue, &reading->queues[i],
                                                 now_ms);
        }
    }

    for (i = 0; i < reading->series_count; i++) {
        series = ngx_socialcare_zone_series(shared, brand,
                                            &reading->series[i].queue,
                                            &reading->series[i].channel);
        if (series != NULL) {
            ngx_socialcare_reading_publish_series(series, &reading->series[i],
                                                  now_ms);
        }
    }

    if (reading->dropped > 0) {
        ngx_socialcare_count_more(shared->series_overflow, reading->dropped);

    } else {
        ngx_socialcare_reading_publish_gone(shared, brand, now_ms);
    }

    brand->read_ms = (ngx_atomic_uint_t) now_ms;
}
