
/*
 * ngx_socialcare_zone.h: the numbers that all workers share.
 *
 * Counters are single atomic words, read and written without a lock.  Entries
 * whose names come from the configuration or from maps (brand and queue) are
 * added to lists and never freed, so that readers walk them without a lock;
 * only adding takes the slab mutex.  A worker may die between any two
 * stores: nothing here needs two stores to be consistent.
 *
 * The zone survives reloads; a worker's own gauges sit in its slot and are
 * zeroed when the slot is taken.
 */

#ifndef _NGX_SOCIALCARE_ZONE_H_INCLUDED_
#define _NGX_SOCIALCARE_ZONE_H_INCLUDED_


#include "ngx_socialcare.h"
#include "sc_replay.h"
#include "ngx_socialcare_spool_file.h"

#include "sc_close.h"
#include "sc_rate.h"
#include "sc_summary.h"


#define NGX_SOCIALCARE_MAX_PLATFORMS  64
#define NGX_SOCIALCARE_MAX_SECRETS    512
#define NGX_SOCIALCARE_MAX_WORKERS    256
#define NGX_SOCIALCARE_MAX_QUEUES     1024
#define NGX_SOCIALCARE_MAX_BRANDS     1024
#define NGX_SOCIALCARE_MAX_SERIES     4096
#define NGX_SOCIALCARE_LABEL_SIZE     48

/* Hash chains in which queues and brands are looked up by name. */
#define NGX_SOCIALCARE_HASH_SIZE      256

/* Upper bounds in ngx_socialcare_latency_bounds_us, then +Inf. */
#define NGX_SOCIALCARE_LATENCY_BUCKETS  12

/* Upper bounds in ngx_socialcare_lag_bounds_s, then +Inf. */
#define NGX_SOCIALCARE_LAG_BUCKETS      10


typedef struct {
    ngx_atomic_t                   requests;
    ngx_atomic_t                   bytes;
    ngx_atomic_t                   verified;
    ngx_atomic_t                   refused[SC_VERIFY_RESULTS];
    ngx_atomic_t                   results[NGX_SOCIALCARE_RESULTS];
    ngx_atomic_t                   mentions;
    ngx_atomic_t                   duplicates;
    ngx_atomic_t                   dead[SC_DEAD_REASONS];
    ngx_atomic_t                   clock_skew;
    ngx_atomic_t                   last_callback_ms;
    ngx_atomic_t                   last_handshake_ms;
    ngx_atomic_t                   latency[NGX_SOCIALCARE_LATENCY_BUCKETS];
    ngx_atomic_t                   latency_sum_us;
    ngx_atomic_t                   lag[NGX_SOCIALCARE_LAG_BUCKETS];
    ngx_atomic_t                   lag_sum_ms;
} ngx_socialcare_platform_counters_t;


typedef struct {
    ngx_atomic_t                   used;          /* label is complete */
    u_char                         label[NGX_SOCIALCARE_LABEL_SIZE];
    size_t                         len;
    ngx_atomic_t                   hits;
    ngx_atomic_t                   rereads;       /* of a changed key set */
    ngx_atomic_t                   unreadable;    /* changed, but unusable */
} ngx_socialcare_secret_counters_t;


/* socialcare_close, all locations together. */

typedef struct {
    ngx_atomic_t                   requests;
    ngx_atomic_t                   accepted;
    ngx_atomic_t                   duplicates;
    ngx_atomic_t                   refused[SC_CLOSE_RESULTS];
} ngx_socialcare_close_counters_t;


typedef struct ngx_socialcare_queue_node_s  ngx_socialcare_queue_node_t;

/* What this machine sent to one queue of one brand. */

struct ngx_socialcare_queue_node_s {
    ngx_socialcare_queue_node_t   *next;          /* of all */
    ngx_socialcare_queue_node_t   *chain;         /* of the same hash */
    ngx_str_t                      brand;
    ngx_str_t                      queue;
    ngx_atomic_t                   received;
    ngx_atomic_t                   stored;
    ngx_atomic_t                   duplicates;
    ngx_atomic_t                   full;

    /*
     * As Redis had it at read_ms, summed over partitions; (ngx_atomic_t) -1
     * is unknown.
     */
    ngx_atomic_t                   depth;
    ngx_atomic_t                   lag;
    ngx_atomic_t                   waiting;       /* not read by anybody */
    ngx_atomic_t                   pending;
    ngx_atomic_t                   dead_depth;
    ngx_atomic_t                   oldest_age_ms;
    ngx_atomic_t                   ready_lag_ms;
    ngx_atomic_t                   open;
    ngx_atomic_t                   due_soon;
    ngx_atomic_t                   breached;
    ngx_atomic_t                   earliest_ms;   /* next deadline */
    ngx_atomic_t                   arrival_micro; /* millionths per second */
    ngx_atomic_t                   pop_micro;
    ngx_atomic_t                   read_ms;       /* 0: never */

    /* Used by the worker that reads, and inherited by the next one. */
    sc_rate_t                      arrivals;
    sc_rate_t                      pops;
};


/*
 * Numbers that must be seen all or none: written into the copy that is not
 * shown, then shown by incrementing `version`, whose lowest bit is the copy.
 * Both are one allocation, of twice the size, that begins at copies[0].
 * Only one worker writes at a time: the one that reads Redis or, for trends,
 * holds the brand's lock.  If it dies writing, what is shown stays as it was.
 */

typedef struct {
    ngx_atomic_t                   version;       /* 0: nothing yet */
    u_char                        *copies[2];
} ngx_socialcare_published_t;


typedef struct ngx_socialcare_series_node_s  ngx_socialcare_series_node_t;

/* The waits of one channel in one queue of a brand. */

struct ngx_socialcare_series_node_s {
    ngx_socialcare_series_node_t  *next;          /* of the brand */
    ngx_str_t                      queue;
    ngx_str_t                      channel;

    /* As Redis had it at read_ms; (ngx_atomic_t) -1 is unknown or none. */
    ngx_atomic_t                   open;
    ngx_atomic_t                   due_soon;
    ngx_atomic_t                   at_risk;
    ngx_atomic_t                   breached;
    ngx_atomic_t                   earliest_ms;
    ngx_atomic_t                   oldest_start_ms;
    ngx_atomic_t                   read_ms;

    ngx_socialcare_published_t     recent;        /* sc_recent_summary_t */
    ngx_socialcare_published_t     history;       /* sc_history_summary_t */
};


typedef struct ngx_socialcare_lease_node_s  ngx_socialcare_lease_node_t;

/* A subscription that expires unless it is renewed. */

struct ngx_socialcare_lease_node_s {
    ngx_socialcare_lease_node_t   *next;
    ngx_uint_t                     platform;      /* its index */
    ngx_str_t                      topic;
    ngx_atomic_t                   load;          /* last load with it */
    ngx_atomic_t                   ends_ms;       /* 0: not known */
};


typedef struct ngx_socialcare_own_node_s  ngx_socialcare_own_node_t;

/* A brand's own replies on one platform, as far as it reports them. */

struct ngx_socialcare_own_node_s {
    ngx_socialcare_own_node_t     *next;          /* of the brand */
    ngx_uint_t                     platform;      /* its index */
    ngx_atomic_t                   message_ms;    /* a customer's last one */
    ngx_atomic_t                   reply_ms;      /* the last; 0: none yet */
    ngx_atomic_t                   unseen_ms;     /* first customer message
                                                     since then; 0: none */
    ngx_atomic_t                   told;          /* logged since then */
};


typedef struct ngx_socialcare_brand_node_s  ngx_socialcare_brand_node_t;
typedef struct ngx_socialcare_trend_s       ngx_socialcare_trend_t;
typedef struct ngx_socialcare_trends_s      ngx_socialcare_trends_t;

struct ngx_socialcare_brand_node_s {
    ngx_socialcare_brand_node_t   *next;          /* of all */
    ngx_socialcare_brand_node_t   *chain;         /* of the same hash */
    ngx_str_t                      name;
    ngx_uint_t                     partitions;    /* the most it ever had */
    ngx_uint_t                     chosen;        /* that a receiver last gave
                                                     it; 0: none so far */
    ngx_uint_t                     registered;    /* those in the registry */
    ngx_uint_t                     differs;       /* `chosen`, once the log has
                                                     another one's number */
    ngx_atomic_t                   read_ms;       /* last complete reading */
    ngx_socialcare_series_node_t  *series;
    ngx_socialcare_own_node_t     *own;
    ngx_socialcare_published_t     slots;         /* sc_slots_summary_t */
    ngx_socialcare_published_t     hours;         /* sc_hours_summary_t */
    ngx_socialcare_published_t     fairness;      /* sc_fairness_t */
    ngx_socialcare_trend_t        *trend;         /* NULL: no mention yet */
    ngx_atomic_t                   trend_refused; /* no room for it */
    ngx_socialcare_published_t     trends;        /* sc_trends_summary_t */
};


/* Per worker: state of its connection and its spool. */

typedef struct {
    ngx_atomic_t                   pid;           /* 0: free */
    ngx_atomic_t                   redis_state;
    ngx_atomic_t                   redis_denied;  /* closed by a refusal */
    ngx_atomic_t                   redis_class;   /* sc_reply_class_t */
    ngx_atomic_t                   redis_class_ms; /* its last change */
    ngx_atomic_t                   redis_refused; /* these: ngx_current_msec */
    ngx_atomic_t                   redis_stored;  /* of the last such reply */
    ngx_atomic_t                   redis_swept;   /* to a write of our own */
    ngx_atomic_t                   redis_since_ms;
    ngx_atomic_t                   redis_round_trip_us;
    ngx_atomic_t                   redis_replicas; /* WAIT's last answer + 1 */
    ngx_atomic_t                   in_flight;     /* commands */
    ngx_atomic_t                   in_flight_items;
    ngx_atomic_t                   waiting_requests;
    ngx_atomic_t                   spool_state;
    ngx_atomic_t                   spool_since_ms; /* 0: always up */
    ngx_atomic_t                   spool_waiting; /* records */
    ngx_atomic_t                   spool_held;    /* segments it owns */
    ngx_atomic_t                   spool_unchecked; /* others may be left */
} ngx_socialcare_worker_counters_t;


struct ngx_socialcare_shared_s {
    ngx_atomic_t                   started_ms;
    ngx_atomic_t                   configured_ms; /* last (re)load */
    ngx_atomic_t                   loads;

    ngx_atomic_t                   redis_errors[SC_REPLY_CLASSES];
    ngx_atomic_t                   redis_connects;
    ngx_atomic_t                   redis_connect_failures;
    ngx_atomic_t                   redis_timeouts;
    ngx_atomic_t                   redis_disconnects;
    ngx_atomic_t                   redis_commands;
    ngx_atomic_t                   redis_items;
    ngx_atomic_t                   redis_bytes_out;
    ngx_atomic_t                   in_flight_refused; /* caps reached */
    ngx_atomic_t                   names_refused; /* queue or brand unusable */
    ngx_atomic_t                   names_overflow;
    ngx_atomic_t                   series_overflow; /* series left out */
    ngx_atomic_t                   no_deadline;   /* closed for too long */

    ngx_atomic_t                   refresh_lease_ms;
    ngx_atomic_t                   refresh_ms;    /* last complete reading */
    ngx_atomic_t                   durability;    /* found on the server */
    ngx_atomic_t                   evicts;        /* it forgets when full */

    ngx_atomic_t                   spool_appended;
    ngx_atomic_t                   spool_drained;
    ngx_atomic_t                   spool_duplicates;
    ngx_atomic_t                   spool_quarantined[SC_QUARANTINE_REASONS];
    ngx_atomic_t                   spool_refused[NGX_SOCIALCARE_SPOOL_REASONS];
    ngx_atomic_t                   spool_sync_errors;

    /* How the last attempt to store in the spool ended, of any worker. */
    ngx_atomic_t                   spool_trouble; /* reason; 0: stored */
    ngx_atomic_t                   spool_trouble_ms; /* none stored since */
    ngx_atomic_t                   spool_trouble_at; /* ngx_current_msec */

    ngx_atomic_t                   spool_damaged_bytes;

    /* The directory, as some worker saw it at spool_read_ms. */
    ngx_atomic_t                   spool_bytes;
    ngx_atomic_t                   spool_segments;
    ngx_atomic_t                   spool_quarantine_files;
    ngx_atomic_t                   spool_damaged_files;
    ngx_atomic_t                   spool_oldest_ms; /* 0: none */
    ngx_atomic_t                   spool_read_ms; /* 0: never */

    ngx_atomic_t                   spool_left;    /* hash of a directory that
                                                     a reload gave up, until
                                                     it was said; 0: none */
    ngx_atomic_t                   spool_ended;   /* load whose end, with files
                                                     left, was said */

    ngx_socialcare_close_counters_t
                                   closes;
    ngx_socialcare_platform_counters_t
                                   platforms[NGX_SOCIALCARE_MAX_PLATFORMS];
    ngx_socialcare_secret_counters_t
                                   secrets[NGX_SOCIALCARE_MAX_SECRETS];
    ngx_socialcare_worker_counters_t
                                   workers[NGX_SOCIALCARE_MAX_WORKERS];

    ngx_socialcare_queue_node_t   *queues;
    ngx_socialcare_queue_node_t   *queue_chains[NGX_SOCIALCARE_HASH_SIZE];
    ngx_uint_t                     queues_count;
    ngx_socialcare_brand_node_t   *brands;
    ngx_socialcare_brand_node_t   *brand_chains[NGX_SOCIALCARE_HASH_SIZE];
    ngx_uint_t                     brands_count;
    ngx_uint_t                     series_count;
    ngx_socialcare_lease_node_t   *leases;
    sc_replay_table_t              replays;       /* under shpool->mutex */
    ngx_socialcare_trends_t       *trends;        /* NULL: off, or no room */
    size_t                         trends_limit;  /* an eighth of the zone */
    ngx_slab_pool_t               *shpool;
};


extern const uint32_t  ngx_socialcare_latency_bounds_us[];
extern const uint32_t  ngx_socialcare_lag_bounds_s[];


/* Adds the zone to the configuration being read. */
ngx_int_t ngx_socialcare_zone_add(ngx_conf_t *cf,
    ngx_socialcare_main_conf_t *mcf);

/* init_module: notes in the zone what this configuration has. */
void ngx_socialcare_zone_load(ngx_socialcare_main_conf_t *mcf);

/* init_process: takes a worker slot; exit_process: gives it back. */
ngx_uint_t ngx_socialcare_zone_take_slot(ngx_socialcare_shared_t *shared);
void ngx_socialcare_zone_free_slot(ngx_socialcare_shared_t *shared,
    ngx_uint_t slot);

/* False for a free slot and for one whose worker was killed. */
ngx_uint_t ngx_socialcare_zone_slot_is_alive(
    ngx_socialcare_worker_counters_t *worker);

/*
 * The counters of one queue; created on first use.  Beyond
 * NGX_SOCIALCARE_MAX_QUEUES, or with the zone full, NULL: the caller counts
 * nothing and names_overflow grows.
 */
ngx_socialcare_queue_node_t *ngx_socialcare_zone_queue(
    ngx_socialcare_shared_t *shared, ngx_str_t *brand, ngx_str_t *queue);
ngx_socialcare_brand_node_t *ngx_socialcare_zone_brand(
    ngx_socialcare_shared_t *shared, ngx_str_t *brand,
    ngx_uint_t partitions);

/* The same for one of which only the registry tells. */
ngx_socialcare_brand_node_t *ngx_socialcare_zone_known_brand(
    ngx_socialcare_shared_t *shared, ngx_str_t *brand,
    ngx_uint_t partitions);

/* The same without creating one; NULL if there is none. */
ngx_socialcare_queue_node_t *ngx_socialcare_zone_find_queue(
    ngx_socialcare_shared_t *shared, ngx_str_t *brand, ngx_str_t *queue);
ngx_socialcare_brand_node_t *ngx_socialcare_zone_find_brand(
    ngx_socialcare_shared_t *shared, ngx_str_t *name);

/*
 * The waits of one channel in a queue; created on first use.  Beyond
 * NGX_SOCIALCARE_MAX_SERIES, or with the zone full, NULL and series_overflow
 * grows.
 */
ngx_socialcare_series_node_t *ngx_socialcare_zone_series(
    ngx_socialcare_shared_t *shared, ngx_socialcare_brand_node_t *brand,
    ngx_str_t *queue, ngx_str_t *channel);

/*
 * Publishes `size` bytes, always the same size for one place; with the zone
 * full nothing is published and series_overflow grows.
 */
void ngx_socialcare_zone_publish(ngx_socialcare_shared_t *shared,
    ngx_socialcare_published_t *place, const void *data, size_t size);

/* Copies what is published; false: nothing to show yet. */
ngx_uint_t ngx_socialcare_zone_snapshot(ngx_socialcare_published_t *place,
    void *data, size_t size);

/*
 * The slab mutex is held.  NGX_ERROR: no room.  The copy is a separate
 * allocation, to be freed with ngx_slab_free_locked().
 */
ngx_int_t ngx_socialcare_zone_copy_name(ngx_slab_pool_t *shpool,
    ngx_str_t *to, ngx_str_t *from);

/* Slot of a label's hit counter; labels are shared by all receivers. */
ngx_uint_t ngx_socialcare_zone_secret(ngx_socialcare_shared_t *shared,
    ngx_str_t *label);

/*
 * Checks an id whose signature does not cover the content it came with against
 * what all workers have seen.  The id is remembered until `until_s`.
 */
sc_replay_result_t ngx_socialcare_zone_replay(ngx_socialcare_shared_t *shared,
    uint64_t id, uint64_t content, int64_t until_s);

/* Adds one observation to a histogram with the bounds above. */
void ngx_socialcare_observe_latency(
    ngx_socialcare_platform_counters_t *counters, ngx_uint_t us);
void ngx_socialcare_observe_lag(
    ngx_socialcare_platform_counters_t *counters, ngx_uint_t ms);


#define ngx_socialcare_count(counter)                                         \
    (void) ngx_atomic_fetch_add(&(counter), 1)

#define ngx_socialcare_count_more(counter, n)                                 \
    (void) ngx_atomic_fetch_add(&(counter), (ngx_atomic_int_t) (n))


#endif /* _NGX_SOCIALCARE_ZONE_H_INCLUDED_ */
