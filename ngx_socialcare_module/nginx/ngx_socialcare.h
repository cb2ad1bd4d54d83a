
/*
 * ngx_socialcare.h: declarations that the glue's files share: configuration,
 * the request's context, the worker's state, and conversion between nginx's
 * and the core's strings.
 *
 * Direction inside the glue: module and directives -> handler -> delivery ->
 * redis; everything -> zone.  Calls in the other direction go through function
 * pointers.  No platform is known here by name.
 */

#ifndef _NGX_SOCIALCARE_H_INCLUDED_
#define _NGX_SOCIALCARE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <ngx_thread_pool.h>

#include "sc_mention.h"
#include "sc_platform.h"
#include "sc_queue.h"
#include "sc_secret.h"
#include "sc_siphash.h"
#include "sc_spool_limits.h"
#include "sc_status.h"
#include "sc_topic_words.h"


#define NGX_SOCIALCARE_VERSION  "0.1.0"

/* Without socialcare_brand or socialcare_queue, or for an unusable name. */
#define NGX_SOCIALCARE_DEFAULT_BRAND  "default"
#define NGX_SOCIALCARE_DEFAULT_QUEUE  "mentions"

/* socialcare_queue without limit= */
#define NGX_SOCIALCARE_DEFAULT_LIMIT  1000000


typedef struct ngx_socialcare_shared_s    ngx_socialcare_shared_t;
typedef struct ngx_socialcare_secret_s    ngx_socialcare_secret_t;
typedef struct ngx_socialcare_sla_s       ngx_socialcare_sla_t;
typedef struct ngx_socialcare_lease_s     ngx_socialcare_lease_t;
typedef struct ngx_socialcare_redis_s     ngx_socialcare_redis_t;
typedef struct ngx_socialcare_delivery_s  ngx_socialcare_delivery_t;
typedef struct ngx_socialcare_spool_s     ngx_socialcare_spool_t;


/* A brand whose name does not depend on a mention. */

typedef struct {
    ngx_str_t                     name;
    ngx_uint_t                    partitions;
    u_char                       *file;          /* of its receiver */
    ngx_uint_t                    line;
    unsigned                      fallback:1;    /* for unusable names only */
} ngx_socialcare_brand_t;


/* socialcare_redis, once per http block */

typedef struct {
    ngx_str_t                     url;            /* as configured, for logs */
    ngx_addr_t                   *addrs;
    ngx_uint_t                    naddrs;
    ngx_str_t                     user;
    ngx_str_t                     password;       /* wiped with the pool */
    ngx_uint_t                    db;
    ngx_msec_t                    timeout;
    ngx_msec_t                    connect_timeout;
    ngx_uint_t                    replicas;       /* 0: ack=redis */
    ngx_msec_t                    replicas_timeout;
    ngx_str_t                     prefix;
} ngx_socialcare_redis_conf_t;


/* socialcare_spool; path is NULL where it is off */

typedef struct {
    ngx_path_t                   *path;
    ngx_thread_pool_t            *threads;
    sc_spool_limits_t             limits;
    time_t                        window;         /* greatest dedupe window */
    ngx_uint_t                    set;
} ngx_socialcare_spool_conf_t;


typedef struct {
    ngx_flag_t                    enabled;        /* any webhook or status */
    ngx_core_conf_t              *core;           /* may follow the http block:
                                                     read it in zone setup */
    size_t                        zone_size;
    ngx_shm_zone_t               *shm_zone;
    ngx_uint_t                    load;           /* of the zone's `loads` */
    ngx_socialcare_redis_conf_t   redis;
    ngx_uint_t                    redis_set;
    ngx_socialcare_spool_conf_t   spool;
    ngx_array_t                  *secrets;        /* _secret_t pointers */
    ngx_array_t                  *brands;         /* of receivers, swept from
                                                     startup on:
                                                     ngx_socialcare_brand_t */
    ngx_array_t                  *hours;          /* _hours_t pointers */
    ngx_array_t                  *leases;         /* _lease_t pointers */
    u_char                       *platforms;      /* by index: in use by
                                                     some location */
    u_char                        digest_key[SC_SIPHASH_KEY_SIZE];
    ngx_flag_t                    trends;
    sc_topic_dictionary_t        *trend_dictionary;
} ngx_socialcare_main_conf_t;


/* A watched file, as it was at the last check. */

typedef struct {
    ngx_str_t                     path;           /* empty: not watched */
    time_t                        mtime;
    off_t                         size;
    ngx_file_uniq_t               uniq;
} ngx_socialcare_key_file_t;


/* One socialcare_secret directive. */

struct ngx_socialcare_secret_s {
    sc_secret_t                  *key;
    ngx_str_t                     label;
    ngx_uint_t                    slot;           /* of its hit counter */
    ngx_socialcare_key_file_t     file;           /* of a key set */
};


typedef struct {
    sc_source_t                   source;         /* platform: NULL = none */
    ngx_uint_t                    platform_index;
    const sc_verify_scheme_t     *scheme;         /* the usual one */
    ngx_socialcare_lease_t       *leases;         /* in platform's order */

    ngx_array_t                  *secrets;        /* _secret_t pointers */
    ngx_array_t                  *verify_tokens;  /* sc_str_t */
    ngx_array_t                  *accounts;       /* sc_str_t */
    ngx_str_t                     public_url;     /* without trailing slash */

    ngx_msec_t                    tolerance;
    time_t                        dedupe;

    ngx_http_complex_value_t     *brand;
    ngx_uint_t                    partitions;

    ngx_http_complex_value_t     *queue;
    ngx_uint_t                    queue_format;
    ngx_uint_t                    queue_limit;
    ngx_flag_t                    queue_out;

    ngx_socialcare_sla_t         *sla;            /* NULL: the default */

    ngx_flag_t                    raw;

    size_t                        max_body;
    ngx_uint_t                    max_events;
    ngx_uint_t                    max_depth;
    ngx_uint_t                    max_tokens;

    ngx_uint_t                    status_format;
    ngx_uint_t                    close;          /* socialcare_close */

    ngx_array_t                  *error_pages;    /* of this level, and of */
    ngx_array_t                  *outer_pages;    /* the one around it */

    ngx_http_handler_pt           handler;        /* this location's own, */
    u_char                       *file;           /* and its directive, for */
    ngx_uint_t                    line;           /* errors found later */
} ngx_socialcare_loc_conf_t;


/* 0: chosen per request; else sc_status_format_t + 1. */
#define NGX_SOCIALCARE_STATUS_NEGOTIATE  0


/* How a request to a receiver ended: $socialcare_result and counters. */

typedef enum {
    NGX_SOCIALCARE_RESULT_NONE = 0,
    NGX_SOCIALCARE_RESULT_STORED,
    NGX_SOCIALCARE_RESULT_DUPLICATE,              /* all seen before */
    NGX_SOCIALCARE_RESULT_EMPTY,                  /* nothing to store */
    NGX_SOCIALCARE_RESULT_DEAD,
    NGX_SOCIALCARE_RESULT_HANDSHAKE,
    NGX_SOCIALCARE_RESULT_HANDSHAKE_REFUSED,
    NGX_SOCIALCARE_RESULT_REFUSED,
    NGX_SOCIALCARE_RESULT_METHOD,
    NGX_SOCIALCARE_RESULT_TOO_LARGE,
    NGX_SOCIALCARE_RESULT_UNAVAILABLE,
    NGX_SOCIALCARE_RESULT_ABORTED,                /* client left first */
    NGX_SOCIALCARE_RESULT_BYPASSED,               /* answered by limit_req, */
                                                  /* deny, auth_*, return */
    NGX_SOCIALCARE_RESULTS
} ngx_socialcare_result_e;


typedef enum {
    NGX_SOCIALCARE_STORE_NONE = 0,
    NGX_SOCIALCARE_STORE_REDIS,
    NGX_SOCIALCARE_STORE_SPOOL
} ngx_socialcare_store_e;


/* Lives in the request's pool; read by the access log's variables. */

typedef struct {
    ngx_socialcare_result_e       result;
    ngx_socialcare_store_e        store;
    ngx_uint_t                    mentions;
    ngx_uint_t                    duplicates;
    ngx_msec_int_t                store_time;     /* -1 none */

    /* Set only while brand, queue and SLA are chosen for a mention. */
    const sc_mention_t           *mention;
    ngx_str_t                     brand;
    ngx_str_t                     trend;          /* empty: none burning */
} ngx_socialcare_ctx_t;


/* One per worker process. */

typedef struct {
    ngx_socialcare_main_conf_t   *conf;
    ngx_socialcare_shared_t      *shared;
    ngx_uint_t                    slot;           /* in shared->workers */
    ngx_socialcare_redis_t       *redis;
    ngx_socialcare_delivery_t    *delivery;
    ngx_socialcare_spool_t       *spool;          /* NULL: off */
} ngx_socialcare_worker_t;


extern ngx_module_t             ngx_socialcare_module;
extern ngx_socialcare_worker_t  ngx_socialcare_worker;
extern const char               ngx_socialcare_build[];


/* ngx_socialcare_module.c */

/* The request's context, created on first use; NULL if out of memory. */
ngx_socialcare_ctx_t *ngx_socialcare_get_ctx(ngx_http_request_t *r);

/* Milliseconds since the epoch, from the event loop's cached time. */
int64_t ngx_socialcare_now_ms(void);


/* ngx_socialcare_directives.c */

char *ngx_socialcare_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_redis_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_spool_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_webhook_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_secret_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_verify_token_directive(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
char *ngx_socialcare_account_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_public_url_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_brand_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_queue_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_dedupe_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_limits_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_socialcare_status_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* Defaults and checks, called from the module's and the zone's setup. */
ngx_int_t ngx_socialcare_redis_defaults(ngx_conf_t *cf,
    ngx_socialcare_redis_conf_t *redis);
ngx_int_t ngx_socialcare_spool_check(ngx_socialcare_main_conf_t *mcf,
    ngx_log_t *log);
ngx_uint_t ngx_socialcare_digest_key(sc_str_t prefix, u_char *key);
char *ngx_socialcare_finish_webhook(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf);

/* Once the location is fully parsed: is the handler still its own? */
char *ngx_socialcare_keep_location(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf);


/* ngx_socialcare_handler.c, _status.c */

ngx_int_t ngx_socialcare_webhook_handler(ngx_http_request_t *r);
ngx_int_t ngx_socialcare_status_handler(ngx_http_request_t *r);


/* ngx_socialcare_result.c */

const char *ngx_socialcare_result_name(ngx_socialcare_result_e result);

/* NONE: there is no answer yet. */
ngx_socialcare_result_e ngx_socialcare_result(ngx_http_request_t *r);

ngx_int_t ngx_socialcare_log_handler(ngx_http_request_t *r);


/* ngx_socialcare_turn.c */

typedef void (*ngx_socialcare_turn_pt)(ngx_http_request_t *r);

/* In init_process. */
void ngx_socialcare_turn_init(ngx_cycle_t *cycle);

/*
 * NGX_OK: read these bytes now.  NGX_AGAIN: this turn has read enough, and
 * `handler` is called in a later one, unless the request is gone by then.
 */
ngx_int_t ngx_socialcare_turn_take(ngx_http_request_t *r, size_t bytes,
    ngx_socialcare_turn_pt handler);


/* ngx_socialcare_variables.c */

ngx_int_t ngx_socialcare_add_variables(ngx_conf_t *cf);


/* Conversion: the two string types have the same two members. */

static ngx_inline sc_str_t
ngx_socialcare_to_core(ngx_str_t s)
{
    sc_str_t  core;

    core.len = s.len;
    core.data = s.data;

    return core;
}


static ngx_inline ngx_str_t
ngx_socialcare_from_core(sc_str_t s)
{
    ngx_str_t  str;

    str.len = s.len;
    str.data = (u_char *) s.data;

    return str;
}


#endif /* _NGX_SOCIALCARE_H_INCLUDED_ */
