
/*
 * ngx_socialcare_history.h: the hourly counters, read from Redis a few at a
 * time and published as windows, time series and groups.
 */

#ifndef _NGX_SOCIALCARE_HISTORY_H_INCLUDED_
#define _NGX_SOCIALCARE_HISTORY_H_INCLUDED_


#include "ngx_socialcare.h"


/* init_process: starts the timer; only the refreshing worker then reads. */
ngx_int_t ngx_socialcare_history_init(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker);


#endif /* _NGX_SOCIALCARE_HISTORY_H_INCLUDED_ */
