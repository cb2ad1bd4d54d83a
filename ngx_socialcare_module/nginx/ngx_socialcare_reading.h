
/*
 * ngx_socialcare_reading.h: one brand's queues and waits, summed over its
 * partitions in the worker's memory and then brought into the zone together,
 * so that a reader never sees some partitions only.
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
    ngx_uint_t                     dropped;  /* beyond what is read */
    sc_queue_depth_t              *depths;   /* of one answer */
    sc_queue_series_t             *waits;
} ngx_socialcare_reading_t;


/* The memory of all readings to come; NGX_ERROR without it. */
ngx_int_t ngx_socialcare_reading_init(ngx_socialcare_reading_t *reading,
    ngx_cycle_t *cycle);

/* Forgets what was summed. */
void ngx_socialcare_reading_begin(ngx_socialcare_reading_t *reading);

/* One partition's answer; NGX_ERROR when it is none of read.lua's. */
ngx_int_t ngx_socialcare_reading_add(ngx_socialcare_reading_t *reading,
    sc_str_t answer);

/* All partitions were added. */
void ngx_socialcare_reading_publish(ngx_socialcare_reading_t *reading,
    ngx_socialcare_shared_t *shared, ngx_socialcare_brand_node_t *brand);


#endif /* _NGX_SOCIALCARE_READING_H_INCLUDED_ */
