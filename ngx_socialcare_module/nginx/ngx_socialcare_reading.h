
/*
 * ngx_socialcare_reading.h: one brand's queues and waits, summed over its
 * partitions in the worker's memory and then published in the zone together,
 * so that a reader never sees only some of the partitions.
 */

#ifndef _NGX_SOCIALCARE_READING_H_INCLUDED_
#define _NGX_SOCIALCARE_READING_H_INCLUDED_


#include "ngx_socialcare_zone.h"

#include "sc_queue_read.h"


typedef struct ngx_socialcare_queue_sums_s   ngx_socialcare_queue_sums_t;
typedef struct ngx_socialcare_series_sums_s  ngx_socialcare_series_sums_t;


typedef struct {
    ngx_socialcare_queue_sums_t   *queues;
    ngx_uint_t                     queues_count;
    ngx_socialcare_series_sums_t  *series;
    ngx_uint_t                     series_count;
    ngx_uint_t                     dropped;  /* over a limit, left out */
} ngx_socialcare_reading_t;


/* Allocates memory for all future readings; NGX_ERROR: out of memory. */
ngx_int_t ngx_socialcare_reading_init(ngx_socialcare_reading_t *reading,
    ngx_cycle_t *cycle);

/* Resets the sums. */
void ngx_socialcare_reading_begin(ngx_socialcare_reading_t *reading);

/*
 * Adds one partition's answer.  NGX_ERROR: it is not one of read.lua's, and the
 * sums are of no use.
 */
ngx_int_t ngx_socialcare_reading_add(ngx_socialcare_reading_t *reading,
    sc_str_t answer);

/* Called once all partitions have been added. */
void ngx_socialcare_reading_publish(ngx_socialcare_reading_t *reading,
    ngx_socialcare_shared_t *shared, ngx_socialcare_brand_node_t *brand);


#endif /* _NGX_SOCIALCARE_READING_H_INCLUDED_ */
