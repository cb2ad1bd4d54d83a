/*
 * sc_status.h: one snapshot of everything that the status endpoint shows, and
 * the renderers over it.
 *
 * The glue fills the snapshot (counters are copied one by one); from then on it
 * is only read.  Rendering takes no lock, waits for nobody and allocates
 * nothing but the output buffer.  Unknown values are SC_STATUS_UNKNOWN and
 * shown as null or left out, never as 0.
 */

#ifndef SC_STATUS_H
#define SC_STATUS_H

#include "sc_buf.h"
#include "sc_str.h"
#include "sc_summary.h"
#include "sc_trends.h"


#define SC_STATUS_UNKNOWN  (-1)


/* Bucket i counts values up to bounds[i]; made cumulative by the renderers. */
typedef struct {
    const uint32_t *bounds;    /* `count` - 1 of them; the last is +Inf */
    uint32_t        scale;     /* bounds per second: 1000000 for us */
    size_t          count;
    const uint64_t *buckets;   /* not cumulative */
    uint64_t        sum;       /* of the values, in sum_scale per second */
    uint32_t        sum_scale;
} sc_status_histogram_t;


/* A counter with the value of its one label. */
typedef struct {
    const char *name;          /* static: label value, JSON member */
    uint64_t    value;
} sc_status_counter_t;


typedef struct {
    sc_str_t                   name;
    bool                       configured;   /* used by some location */
    uint64_t                   requests;
    uint64_t                   bytes;
    uint64_t                   verified;
    uint64_t                   mentions;
    uint64_t                   duplicates;
    uint64_t                   clock_skew;
    const sc_status_counter_t *results;      /* how requests ended */
    size_t                     results_count;
    const sc_status_counter_t *refused;      /* by reason */
    size_t                     refused_count;
    const sc_status_counter_t *dead;         /* by reason */
    size_t                     dead_count;
    int64_t                    last_callback_ms;   /* epoch; -1 never */
    int64_t                    last_handshake_ms;
    bool                       silent;       /* configured, but no callback
                                                for a day; see the glue */
    sc_status_histogram_t      latency;      /* answer, microseconds */
    sc_status_histogram_t      lag;          /* platform time to receipt */
} sc_status_platform_t;


typedef struct {
    sc_str_t label;
    uint64_t hits;
    uint64_t rereads;          /* its key set file changed and was reread */
    uint64_t unreadable;       /* it changed but was unusable: old keys kept */
} sc_status_secret_t;


/* A subscription that expires unless it is renewed. */
typedef struct {
    sc_str_t platform;
    sc_str_t topic;
    int64_t  ends_ms;          /* epoch; -1: not confirmed since the start */
} sc_status_lease_t;


/* A brand's own replies, on a platform that reports them only on request. */
typedef struct {
    sc_str_t brand;
    sc_str_t platform;
    bool     missing;          /* customers write, but no reply is seen */
    int64_t  message_ms;       /* last message of a customer; epoch */
    int64_t  reply_ms;         /* last reply of the brand; -1 never seen */
    int64_t  unseen_ms;        /* first message since that reply; -1 none */
} sc_status_own_t;


/* One queue of one brand. */
typedef struct {
    sc_str_t brand;
    sc_str_t queue;
    uint64_t received;         /* by this machine, since its start */
    uint64_t stored;
    uint64_t duplicates;
    uint64_t full;
    int64_t  depth;            /* from Redis at read_ms; -1 unknown */
    int64_t  lag;
    int64_t  pending;
    int64_t  dead;
    int64_t  oldest_age_ms;    /* -1: unknown, or empty (depth 0) */
    int64_t  ready_lag_ms;     /* how long the next entry has been unread */
    int64_t  arrival_micro;    /* millionths per second; -1 unknown */
    int64_t  pop_micro;
    int64_t  drain_s;          /* -1 unknown or never */
    const char *drain;         /* now, finite, never, unknown */
    int64_t  open;             /* threads that wait for an answer */
    int64_t  due_soon;
    int64_t  breached;         /* open past their deadline */
    int64_t  earliest_due_ms;
    int64_t  read_ms;          /* epoch of the reading; -1 never */
} sc_status_queue_t;


/* The waits of one channel in one queue. */
typedef struct {
    sc_str_t                    brand;
    sc_str_t                    queue;
    sc_str_t                    channel;
    sc_str_t                    labels;      /* sc_status_write_labels() */
    int64_t                     open;        /* -1 unknown */
    int64_t                     due_soon;
    int64_t                     at_risk;
    int64_t                     breached;
    int64_t                     earliest_due_ms;
    int64_t                     oldest_start_ms;
    int64_t                     read_ms;
    const sc_recent_summary_t  *recent;      /* NULL unknown */
    const sc_history_summary_t *history;
} sc_status_series_t;


/* Pointers are NULL where nothing is known. */
typedef struct {
    sc_str_t                  brand;
    const sc_slots_summary_t *slots;
    const sc_hours_summary_t *hours;
    const sc_fairness_t      *fairness;
} sc_status_brand_t;


typedef struct {
    uint64_t                   pid;
    const char                *state;        /* ready, refusing, down, … */
    const char                *reply_class;  /* of its last error; or ok */
    int64_t                    since_ms;
    int64_t                    round_trip_us;
    int64_t                    replicas;     /* last reply to WAIT; -1 none */
    uint64_t                   in_flight;
    uint64_t                   in_flight_items;
    uint64_t                   waiting_requests;
    const char                *spool_state;  /* up, spooling, draining */
    uint64_t                   spool_waiting;
} sc_status_worker_t;


/* Whether Redis throws away what it acknowledged when its memory is full. */
typedef enum {
    SC_STATUS_EVICTION_UNKNOWN = 0,
    SC_STATUS_EVICTION_NONE,
    SC_STATUS_EVICTION_POSSIBLE
} sc_status_eviction_t;


typedef struct {
    sc_str_t                   url;
    const char                *state;        /* refusing: some worker is
                                                connected, some is refused */
    int64_t                    since_ms;
    const char                *durability;   /* none, everysec, always,
                                                unknown */
    sc_status_eviction_t       eviction;
    uint64_t                   replicas_wanted; /* ack=replicas=; 0: redis */
    int64_t                    replicas;     /* that confirmed; -1 unknown */
    uint64_t                   connects;
    uint64_t                   connect_failures;
    uint64_t                   disconnects;
    uint64_t                   timeouts;
    uint64_t                   commands;
    uint64_t                   items;
    uint64_t                   bytes;
    uint64_t                   in_flight_refused;
    const sc_status_counter_t *errors;       /* by class */
    size_t                     errors_count;
    int64_t                    read_ms;      /* last complete reading */
    const sc_status_worker_t  *workers;
    size_t                     workers_count;
} sc_status_redis_t;


/* The local spool.  If it is off, only `configured` is set. */
typedef struct {
    bool                       configured;
    sc_str_t                   path;
    const char                *state;        /* refusing if the last attempt
                                                failed; else spooling if any
                                                worker is, draining, up;
                                                unknown: nobody could look
                                                at the directory */
    const char                *trouble;      /* of that attempt; or ok */
    int64_t                    since_ms;     /* of the last change; -1 none */
    uint64_t                   waiting;      /* records of all workers */

    /* Of the directory at read_ms; unknown if that is. */
    uint64_t                   unread;       /* segments that no worker has
                                                counted yet */
    uint64_t                   bytes;
    uint64_t                   segments;
    uint64_t                   quarantine_files;
    uint64_t                   damaged_files;
    int64_t                    oldest_ms;    /* epoch; -1: it is empty */
    int64_t                    read_ms;      /* -1 never */

    uint64_t                   limit_bytes;  /* size= */
    uint64_t                   appended;
    uint64_t                   drained;
    uint64_t                   duplicates;   /* of the drained */
    uint64_t                   sync_errors;
    uint64_t                   damaged_bytes;
    const sc_status_counter_t *quarantined;  /* by reason */
    size_t                     quarantined_count;
    const sc_status_counter_t *refused;      /* by reason */
    size_t                     refused_count;
} sc_status_spool_t;


/* Waits that were closed without an answer through this machine. */
typedef struct {
    uint64_t                   requests;
    uint64_t                   accepted;     /* stored for the first time */
    uint64_t                   duplicates;
    const sc_status_counter_t *refused;      /* requests, by reason */
    size_t                     refused_count;
} sc_status_closes_t;


/* The latest result of the trend detector for a brand. */
typedef struct {
    sc_str_t                   brand;
    const sc_trends_summary_t *summary;
} sc_status_brand_trends_t;

typedef struct {
    bool                            on;          /* else all is empty */
    uint64_t                        observed;    /* mentions */
    uint64_t                        repeated;
    uint64_t                        busy;
    uint64_t                        without_room;
    const sc_status_brand_trends_t *brands;
    size_t                          brands_count;
} sc_status_trends_t;


typedef struct {
    const char                 *version;
    const char                 *server_version;
    const char                 *build;        /* compiler and libraries */
    int64_t                     now_ms;
    int64_t                     started_ms;   /* of the zone and counters */
    int64_t                     configured_ms;
    uint64_t                    loads;
    uint64_t                    zone_bytes;
    uint64_t                    zone_free_bytes;
    uint64_t                    names_refused;
    uint64_t                    names_overflow;
    uint64_t                    no_deadline;  /* waits: desk closed too long */
    const sc_status_platform_t *platforms;
    size_t                      platforms_count;
    const sc_status_secret_t   *secrets;
    size_t                      secrets_count;
    const sc_status_lease_t    *leases;
    size_t                      leases_count;
    const sc_status_own_t      *own;
    size_t                      own_count;
    const sc_status_queue_t    *queues;
    size_t                      queues_count;
    sc_status_closes_t          closes;
    uint64_t                    series_overflow;
    unsigned                    windows;      /* bit w: show sc_window_t w */
    bool                        brief;        /* metrics: without those that
                                                 few need */
    const sc_status_series_t   *series;
    size_t                      series_count;
    const sc_status_brand_t    *brands;
    size_t                      brands_count;
    sc_status_trends_t          trends;
    sc_status_redis_t           redis;
    sc_status_spool_t           spool;
} sc_status_t;


/* Each appends one whole document; buf->failed is set if it does not fit. */
void sc_status_write_json(sc_buf_t *buf, const sc_status_t *status);
void sc_status_write_prometheus(sc_buf_t *buf, const sc_status_t *status);
void sc_status_write_html(sc_buf_t *buf, const sc_status_t *status);

/* Estimated bytes of a document; it may take more. */
size_t sc_status_size(const sc_status_t *status, bool metrics);

/* A series' three labels in metrics syntax, up to the closing brace. */
void sc_status_write_labels(sc_buf_t *buf, sc_str_t brand, sc_str_t queue,
    sc_str_t channel);

/*
 * The page's Content-Security-Policy: allows its own script and style by their
 * digests, requests to its own origin, and nothing else.
 */
const char *sc_status_html_policy(void);


typedef enum {
    SC_STATUS_JSON = 0,
    SC_STATUS_PROMETHEUS,
    SC_STATUS_HTML
} sc_status_format_t;

/* `name` is json, prometheus or html.  False: none of them. */
bool sc_status_format_by_name(sc_str_t name, sc_status_format_t *format);

/*
 * The format that an Accept header prefers; JSON by default.  Prometheus
 * scrapers accept text/plain or application/openmetrics-text.
 */
sc_status_format_t sc_status_negotiate(sc_str_t accept);

#endif /* SC_STATUS_H */
