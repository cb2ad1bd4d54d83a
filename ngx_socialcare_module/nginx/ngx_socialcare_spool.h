
/*
 * ngx_socialcare_spool.h: the local journal for what Redis did not take.
 *
 * Delivery appends items and is told later whether they are synced to disk;
 * the spool sends them to Redis on its own once that is back.  It knows items
 * and tags, but neither HTTP nor jobs.  Calls upward go through the two
 * function pointers given at creation.
 */

#ifndef _NGX_SOCIALCARE_SPOOL_H_INCLUDED_
#define _NGX_SOCIALCARE_SPOOL_H_INCLUDED_


#include "ngx_socialcare.h"
#include "ngx_socialcare_redis.h"
#include "ngx_socialcare_spool_file.h"

#include "sc_spool_item.h"


/* State of a worker's spool, shown in its slot of the zone. */

typedef enum {
    NGX_SOCIALCARE_SPOOL_UP = 0,       /* nothing of this worker waits */
    NGX_SOCIALCARE_SPOOL_SPOOLING,     /* records wait, Redis takes none */
    NGX_SOCIALCARE_SPOOL_DRAINING,     /* records wait and are being sent */
    NGX_SOCIALCARE_SPOOL_STATES
} ngx_socialcare_spool_state_e;


/* Where items of a tag must go, so that they stay behind earlier ones. */

typedef enum {
    NGX_SOCIALCARE_ROUTE_REDIS = 0,
    NGX_SOCIALCARE_ROUTE_SPOOL,
    NGX_SOCIALCARE_ROUTE_HOLD          /* _released will be called soon */
} ngx_socialcare_route_e;


/* Why an item is spooled: one that a full queue refused holds up no other. */

typedef enum {
    NGX_SOCIALCARE_SPOOL_AWAY = 0,
    NGX_SOCIALCARE_SPOOL_FULL
} ngx_socialcare_spool_cause_e;


/* Whose item it was; opaque to the spool, which only returns it. */

typedef struct {
    void                          *job;
    void                          *node;
} ngx_socialcare_ticket_t;


typedef struct {
    /* `stored`: the record is synced.  Else no store has it. */
    void   (*booked)(ngx_socialcare_ticket_t *ticket, ngx_uint_t stored);

    /* Route held batches again; `force`: none may be held again. */
    void   (*released)(ngx_uint_t force);
} ngx_socialcare_spool_owner_t;


/* Created in init_process, before the connection; NULL if out of memory. */
ngx_socialcare_spool_t *ngx_socialcare_spool_create(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker,
    const ngx_socialcare_spool_owner_t *owner);

ngx_socialcare_route_e ngx_socialcare_spool_route(
    ngx_socialcare_spool_t *spool, sc_str_t tag);

/*
 * The item is copied.  NGX_OK: `ticket` will be booked, but never from within
 * this call.  NGX_ERROR: it will not be, and nothing was kept.
 */
ngx_int_t ngx_socialcare_spool_append(ngx_socialcare_spool_t *spool,
    const sc_spool_item_t *item, ngx_socialcare_spool_cause_e cause,
    ngx_socialcare_ticket_t *ticket);

/* After the last _append of a turn. */
void ngx_socialcare_spool_flush(ngx_socialcare_spool_t *spool);

/* The connection came up or went down. */
void ngx_socialcare_spool_redis(ngx_socialcare_spool_t *spool,
    ngx_socialcare_redis_state_e state);

/*
 * exit_process, after the thread pools are gone: what still waits for a sync is
 * booked as not stored; files are closed, which leaves them to other workers.
 */
void ngx_socialcare_spool_destroy(ngx_socialcare_spool_t *spool);

/*
 * init_module: remembers the directory that the old configuration had and the
 * new one, `mcf` (NULL: none), has not.  _tell_left, after _destroy: says so if
 * there are still segments in it, which nobody will send.
 */
void ngx_socialcare_spool_note_left(ngx_cycle_t *cycle,
    ngx_socialcare_main_conf_t *mcf);
void ngx_socialcare_spool_tell_left(ngx_socialcare_spool_t *spool);

const char *ngx_socialcare_spool_state_name(ngx_uint_t state);
const char *ngx_socialcare_spool_reason_name(ngx_uint_t reason);


#endif /* _NGX_SOCIALCARE_SPOOL_H_INCLUDED_ */
