
/*
 * ngx_socialcare_trend.h: live trends in the shared zone: feeding them, judging
 * them, and their configuration.
 *
 * Each machine sees only what it receives.  State survives reloads and the
 * death of a worker, but not a restart of nginx.
 */

#ifndef _NGX_SOCIALCARE_TREND_H_INCLUDED_
#define _NGX_SOCIALCARE_TREND_H_INCLUDED_


#include "ngx_socialcare.h"
#include "ngx_socialcare_zone.h"

#include "sc_trends.h"


/* Mention identities that are remembered, so that none counts twice. */
#define NGX_SOCIALCARE_TREND_RECENT  16384


/* One for all brands; created with the zone. */

struct ngx_socialcare_trends_s {
    u_char                         secret[SC_SIPHASH_KEY_SIZE];
    ngx_atomic_t                   observed;
    ngx_atomic_t                   repeated;      /* were known: retries */
    ngx_atomic_t                   busy;          /* not counted: locked */
    ngx_atomic_t                   without_room;  /* not counted: zone full */
    size_t                         bytes;         /* of all brands */
    uint32_t                       recent[NGX_SOCIALCARE_TREND_RECENT];
};


/* One brand's. */

struct ngx_socialcare_trend_s {
    ngx_atomic_t                   lock;          /* pid of the holder */
    sc_topic_names_t               names;         /* the brand's: not topics */
    sc_trends_t                    trends;
};


/* When the zone is created or reused.  Without room trends stay off: logged. */
void ngx_socialcare_trend_zone(ngx_socialcare_shared_t *shared,
    ngx_socialcare_main_conf_t *mcf, ngx_shm_zone_t *shm_zone);

/* init_process: starts the timer that closes buckets. */
ngx_int_t ngx_socialcare_trend_init(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker);

/*
 * Counts a customer's mention of this brand, and sets *name to the incident it
 * belongs to, or to an empty string.  `digest` is the mention's identity.  The
 * name is copied into `arena`; it is empty if that is out of memory.
 */
void ngx_socialcare_trend_observe(ngx_socialcare_worker_t *worker,
    const sc_mention_t *mention, ngx_socialcare_brand_node_t *brand,
    int64_t digest, sc_arena_t *arena, ngx_str_t *name);

/* socialcare_trends on | off [dictionary=FILE]; */
char *ngx_socialcare_trends_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_SOCIALCARE_TREND_H_INCLUDED_ */
