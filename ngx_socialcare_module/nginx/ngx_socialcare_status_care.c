
/*
 * ngx_socialcare_status_care.c: queues, waits and brands, from the zone.
 *
 * Nodes are only ever added at the head of their list, so that two walks from
 * the same head find the same nodes.  What is published as a whole is copied as
 * a whole.
 */

#include "ngx_socialcare_status.h"


/* Five readings missed: a rate that old says nothing about now. */
#define NGX_SOCIALCARE_RATE_AGE     15000

#define NGX_SOCIALCARE_ALL_WINDOWS  ((1U << SC_WINDOWS) - 1)

/* What Prometheus gets unless it asks for more: it keeps its own history. */
#define NGX_SOCIALCARE_METRIC_WINDOWS                                         \
    ((1U << SC_WINDOW_1H) | (1U << SC_WINDOW_24H))


typedef struct {
    ngx_pool_t                    *pool;
    sc_status_t                   *status;
    ngx_str_t                      brand;         /* data NULL: all */
} ngx_socialcare_care_t;


/* ?brand=NAME, percent-encoded where it must be. */

static ngx_int_t
ngx_socialcare_care_brand(ngx_http_request_t *r, ngx_socialcare_care_t *care)
{
    u_char     *from, *to;
    ngx_str_t   argument;

    ngx_str_null(&care->brand);

    if (ngx_http_arg(r, (u_char *) "brand", 5, &argument) != NGX_OK) {
        return NGX_OK;
    }

    to = ngx_pnalloc(r->pool, argument.len + 1);
    if (to == NULL) {
        return NGX_ERROR;
    }

    care->brand.data = to;
    from = argument.data;
    ngx_unescape_uri(&to, &from, argument.len, 0);
    care->brand.len = (size_t) (to - care->brand.data);

    return NGX_OK;
}


/* ?window=5m,1h,24h,7d; unknown names are ignored. */

static void
ngx_socialcare_care_windows(ngx_http_request_t *r, sc_status_format_t format,
    sc_status_t *status)
{
    sc_str_t   rest, name;
    unsigned   window;
    ngx_str_t  argument;

    if (ngx_http_arg(r, (u_char *) "window", 6, &argument) != NGX_OK) {
        status->brief = format == SC_STATUS_PROMETHEUS;
        status->windows = status->brief ? NGX_SOCIALCARE_METRIC_WINDOWS
                                        : NGX_SOCIALCARE_ALL_WINDOWS;
        return;
    }

    rest = ngx_socialcare_to_core(argument);

    while (sc_str_next(&rest, ',', &name)) {
        if (sc_window_by_name(name, &window)) {
            status->windows |= 1U << window;
        }
    }
}


static void
ngx_socialcare_care_queue(ngx_socialcare_queue_node_t *node, int64_t now_ms,
    sc_status_queue_t *queue)
{
    sc_drain_t  drain;

    queue->brand = ngx_socialcare_to_core(node->brand);
    queue->queue = ngx_socialcare_to_core(node->queue);
    queue->received = node->received;
    queue->stored = node->stored;
    queue->duplicates = node->duplicates;
    queue->full = node->full;
    queue->depth = (int64_t) node->depth;
    queue->lag = (int64_t) node->lag;
    queue->pending = (int64_t) node->pending;
    queue->dead = (int64_t) node->dead_depth;
    queue->oldest_age_ms = (int64_t) node->oldest_age_ms;
    queue->ready_lag_ms = (int64_t) node->ready_lag_ms;
    queue->open = (int64_t) node->open;
    queue->due_soon = (int64_t) node->due_soon;
    queue->breached = (int64_t) node->breached;
    queue->earliest_due_ms = (int64_t) node->earliest_ms;
    queue->read_ms = ngx_socialcare_status_time(&node->read_ms);

    queue->arrival_micro = SC_STATUS_UNKNOWN;
    queue->pop_micro = SC_STATUS_UNKNOWN;
    drain = SC_DRAIN_UNKNOWN;

    if (queue->read_ms != SC_STATUS_UNKNOWN
        && now_ms - queue->read_ms < NGX_SOCIALCARE_RATE_AGE)
    {
        queue->arrival_micro = (int64_t) node->arrival_micro;
        queue->pop_micro = (int64_t) node->pop_micro;
        drain = sc_drain((int64_t) node->waiting, queue->arrival_micro,
                         queue->pop_micro, &queue->drain_s);
    }

    if (drain == SC_DRAIN_UNKNOWN || drain == SC_DRAIN_NEVER) {
        queue->drain_s = SC_STATUS_UNKNOWN;
    }

    queue->drain = sc_drain_name(drain);
}


static ngx_int_t
ngx_socialcare_care_queues(ngx_socialcare_care_t *care)
{
    size_t                        n;
    sc_status_queue_t            *queues;
    ngx_socialcare_queue_node_t  *first, *node;

    first = ngx_socialcare_worker.shared->queues;
    n = 0;

    for (node = first; node != NULL; node = node->next) {
        n++;
    }

    queues = ngx_palloc(care->pool, ngx_max(n, 1) * sizeof(sc_status_queue_t));
    if (queues == NULL) {
        return NGX_ERROR;
    }

    n = 0;

    for (node = first; node != NULL; node = node->next) {
        if (ngx_socialcare_status_wants(&care->brand, &node->brand)) {
            ngx_socialcare_care_queue(node, care->status->now_ms, &queues[n]);
            n++;
        }
    }

    care->status->queues = queues;
    care->status->queues_count = n;

    return NGX_OK;
}


/* Summaries of one series, side by side in the request's memory. */

typedef struct {
    sc_recent_summary_t            recent;
    sc_history_summary_t           history;
} ngx_socialcare_care_summaries_t;


static ngx_int_t
ngx_socialcare_care_labels(ngx_pool_t *pool, sc_status_series_t *series)
{
    size_t     size;
    u_char    *data;
    sc_buf_t   labels;

    /* Every byte may have to be escaped. */

    size = 2 * (series->brand.len + series->queue.len + series->channel.len)
           + sizeof("{brand=\"\",queue=\"\",channel=\"\"");

    data = ngx_pnalloc(pool, size);
    if (data == NULL) {
        return NGX_ERROR;
    }

    sc_buf_init_fixed(&labels, data, size);
    sc_status_write_labels(&labels, series->brand, series->queue,
                           series->channel);
    series->labels = sc_buf_str(&labels);

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_care_one_series(ngx_socialcare_care_t *care,
    ngx_socialcare_brand_node_t *brand, ngx_socialcare_series_node_t *node,
    ngx_socialcare_care_summaries_t *summaries, sc_status_series_t *series)
{
    ngx_memzero(series, sizeof(sc_status_series_t));

    series->brand = ngx_socialcare_to_core(brand->name);
    series->queue = ngx_socialcare_to_core(node->queue);
    series->channel = ngx_socialcare_to_core(node->channel);
    series->open = (int64_t) node->open;
    series->due_soon = (int64_t) node->due_soon;
    series->at_risk = (int64_t) node->at_risk;
    series->breached = (int64_t) node->breached;
    series->earliest_due_ms = (int64_t) node->earliest_ms;
    series->oldest_start_ms = (int64_t) node->oldest_start_ms;
    series->read_ms = ngx_socialcare_status_time(&node->read_ms);

    if (ngx_socialcare_zone_snapshot(&node->recent, &summaries->recent,
                                     sizeof(sc_recent_summary_t)))
    {
        series->recent = &summaries->recent;
    }

    if (ngx_socialcare_zone_snapshot(&node->history, &summaries->history,
                                     sizeof(sc_history_summary_t)))
    {
        series->history = &summaries->history;
    }

    return ngx_socialcare_care_labels(care->pool, series);
}


/* Series may be added between counting and copying: `n` is the bound. */

static ngx_int_t
ngx_socialcare_care_series(ngx_socialcare_care_t *care)
{
    size_t                            n, i;
    sc_status_series_t               *series;
    ngx_socialcare_brand_node_t      *first, *brand;
    ngx_socialcare_series_node_t     *node;
    ngx_socialcare_care_summaries_t  *summaries;

    first = ngx_socialcare_worker.shared->brands;
    n = 0;

    for (brand = first; brand != NULL; brand = brand->next) {
        for (node = brand->series; node != NULL; node = node->next) {
            n += ngx_socialcare_status_wants(&care->brand, &brand->name);
        }
    }

    series = ngx_palloc(care->pool, ngx_max(n, 1)
                                    * sizeof(sc_status_series_t));
    summaries = ngx_palloc(care->pool, ngx_max(n, 1)
                                    * sizeof(ngx_socialcare_care_summaries_t));
    if (series == NULL || summaries == NULL) {
        return NGX_ERROR;
    }

    i = 0;

    for (brand = first; brand != NULL; brand = brand->next) {
        if (!ngx_socialcare_status_wants(&care->brand, &brand->name)) {
            continue;
        }

        for (node = brand->series; node != NULL && i < n; node = node->next) {
            if (ngx_socialcare_care_one_series(care, brand, node,
                                               &summaries[i], &series[i])
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            i++;
        }
    }

    care->status->series = series;
    care->status->series_count = i;

    return NGX_OK;
}


typedef struct {
    sc_slots_summary_t             slots;
    sc_hours_summary_t             hours;
    sc_fairness_t                  fairness;
} ngx_socialcare_care_brand_t;


static void
ngx_socialcare_care_one_brand(ngx_socialcare_brand_node_t *node,
    ngx_socialcare_care_brand_t *copy, sc_status_brand_t *brand)
{
    ngx_memzero(brand, sizeof(sc_status_brand_t));

    brand->brand = ngx_socialcare_to_core(node->name);

    if (ngx_socialcare_zone_snapshot(&node->slots, &copy->slots,
                                     sizeof(sc_slots_summary_t)))
    {
        brand->slots = &copy->slots;
    }

    if (ngx_socialcare_zone_snapshot(&node->hours, &copy->hours,
                                     sizeof(sc_hours_summary_t)))
    {
        brand->hours = &copy->hours;
    }

    if (ngx_socialcare_zone_snapshot(&node->fairness, &copy->fairness,
                                     sizeof(sc_fairness_t)))
    {
        brand->fairness = &copy->fairness;
    }
}


static ngx_int_t
ngx_socialcare_care_brands(ngx_socialcare_care_t *care)
{
    size_t                        n;
    sc_status_brand_t            *brands;
    ngx_socialcare_care_brand_t  *copies;
    ngx_socialcare_brand_node_t  *first, *node;

    first = ngx_socialcare_worker.shared->brands;
    n = 0;

    for (node = first; node != NULL; node = node->next) {
        n += ngx_socialcare_status_wants(&care->brand, &node->name);
    }

    brands = ngx_palloc(care->pool, ngx_max(n, 1) * sizeof(sc_status_brand_t));
    copies = ngx_palloc(care->pool, ngx_max(n, 1)
                                    * sizeof(ngx_socialcare_care_brand_t));
    if (brands == NULL || copies == NULL) {
        return NGX_ERROR;
    }

    n = 0;

    for (node = first; node != NULL; node = node->next) {
        if (ngx_socialcare_status_wants(&care->brand, &node->name)) {
            ngx_socialcare_care_one_brand(node, &copies[n], &brands[n]);
            n++;
        }
    }

    care->status->brands = brands;
    care->status->brands_count = n;

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_status_care(ngx_http_request_t *r, sc_status_format_t format,
    sc_status_t *status)
{
    ngx_socialcare_care_t  care;

    care.pool = r->pool;
    care.status = status;

    if (format == SC_STATUS_HTML) {
        return NGX_OK;
    }

    ngx_socialcare_care_windows(r, format, status);

    if (ngx_socialcare_care_brand(r, &care) != NGX_OK
        || ngx_socialcare_care_queues(&care) != NGX_OK
        || ngx_socialcare_care_series(&care) != NGX_OK
        || ngx_socialcare_status_trends(r->pool, &care.brand, &status->trends)
           != NGX_OK
        || ngx_socialcare_status_subscriptions(r->pool, &care.brand, status)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_socialcare_care_brands(&care);
}
