
/*
 * ngx_socialcare_refresh.h: copies into the zone what only Redis knows, and
 * books breaches when they happen; one worker at a time.
 *
 * A status request never asks Redis: it shows what this timer fetched, with its
 * age.
 */

#ifndef _NGX_SOCIALCARE_REFRESH_H_INCLUDED_
#define _NGX_SOCIALCARE_REFRESH_H_INCLUDED_


#include "ngx_socialcare.h"


typedef enum {
    NGX_SOCIALCARE_DURABILITY_UNKNOWN = 0,
    NGX_SOCIALCARE_DURABILITY_NONE,
    NGX_SOCIALCARE_DURABILITY_EVERYSEC,
    NGX_SOCIALCARE_DURABILITY_ALWAYS,
    NGX_SOCIALCARE_DURABILITY_NO_SYNC     /* AOF, synced by the kernel only */
} ngx_socialcare_durability_e;


ngx_int_t ngx_socialcare_refresh_init(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker);

const char *ngx_socialcare_durability_name(ngx_uint_t durability);


/* True while this worker is the one that reads and publishes. */
ngx_uint_t ngx_socialcare_refresh_is_ours(ngx_socialcare_worker_t *worker);

/* exit_process: gives up the lease, so another worker can sweep at once. */
void ngx_socialcare_refresh_release(ngx_socialcare_worker_t *worker);


#endif /* _NGX_SOCIALCARE_REFRESH_H_INCLUDED_ */
