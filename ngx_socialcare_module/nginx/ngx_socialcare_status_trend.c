
/*
 * ngx_socialcare_status_trend.c: trends from the zone: what was published when
 * the last bucket was closed, copied without a lock.
 */

#include "ngx_socialcare_status.h"
#include "ngx_socialcare_trend.h"


ngx_int_t
ngx_socialcare_status_trends(ngx_pool_t *pool, ngx_str_t *only,
    sc_status_trends_t *status)
{
    size_t                        n;
    sc_trends_summary_t          *copies;
    ngx_socialcare_trends_t      *trends;
    sc_status_brand_trends_t     *brands;
    ngx_socialcare_brand_node_t  *node, *first;

    trends = ngx_socialcare_worker.shared->trends;

    if (trends == NULL || !ngx_socialcare_worker.conf->trends) {
        return NGX_OK;
    }

    status->on = true;
    status->observed = trends->observed;
    status->repeated = trends->repeated;
    status->busy = trends->busy;
    status->without_room = trends->without_room;

    first = ngx_socialcare_worker.shared->brands;
    n = 0;

    for (node = first; node != NULL; node = node->next) {
        n += node->trend != NULL;
    }

    brands = ngx_palloc(pool, ngx_max(n, 1)
                              * sizeof(sc_status_brand_trends_t));
    copies = ngx_palloc(pool, ngx_max(n, 1) * sizeof(sc_trends_summary_t));

    if (brands == NULL || copies == NULL) {
        return NGX_ERROR;
    }

    status->brands = brands;

    /* One may have been added meanwhile: there is room for n. */

    for (node = first; node != NULL && status->brands_count < n;
         node = node->next)
    {
        if (!ngx_socialcare_status_wants(only, &node->name)) {
            continue;
        }

        if (ngx_socialcare_zone_snapshot(&node->trends,
                                         &copies[status->brands_count],
                                         sizeof(sc_trends_summary_t)))
        {
            brands->brand = ngx_socialcare_to_core(node->name);
            brands->summary = &copies[status->brands_count];
            brands++;
            status->brands_count++;
        }
    }

    return NGX_OK;
}
