
/*
 * ngx_socialcare_module.c: the module, its directives, its configurations, and
 * the start and exit of its processes.
 */

#include "ngx_socialcare.h"
#include "ngx_socialcare_close.h"
#include "ngx_socialcare_delivery.h"
#include "ngx_socialcare_intake.h"
#include "ngx_socialcare_keys.h"
#include "ngx_socialcare_redis.h"
#include "ngx_socialcare_history.h"
#include "ngx_socialcare_refresh.h"
#include "ngx_socialcare_sla.h"
#include "ngx_socialcare_spool.h"
#include "ngx_socialcare_trend.h"
#include "ngx_socialcare_zone.h"

#include <hiredis/hiredis.h>


#define NGX_SOCIALCARE_DEFAULT_DEDUPE  (8 * 24 * 60 * 60)


static ngx_int_t ngx_socialcare_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_socialcare_postconfiguration(ngx_conf_t *cf);
static void *ngx_socialcare_create_main_conf(ngx_conf_t *cf);
static char *ngx_socialcare_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_socialcare_create_loc_conf(ngx_conf_t *cf);
static char *ngx_socialcare_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_socialcare_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_socialcare_init_process(ngx_cycle_t *cycle);
static void ngx_socialcare_exit_process(ngx_cycle_t *cycle);


static ngx_command_t  ngx_socialcare_commands[] = {

    { ngx_string("socialcare_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_socialcare_zone_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_socialcare_redis_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_spool"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1234,
      ngx_socialcare_spool_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_trends"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_socialcare_trends_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_brand"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_socialcare_brand_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_webhook"),
      NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_socialcare_webhook_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_secret"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE123,
      ngx_socialcare_secret_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_verify_token"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_socialcare_verify_token_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_account"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_1MORE,
      ngx_socialcare_account_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_public_url"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_socialcare_public_url_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_tolerance"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_socialcare_loc_conf_t, tolerance),
      NULL },

    { ngx_string("socialcare_dedupe"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_socialcare_dedupe_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_queue"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1234,
      ngx_socialcare_queue_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_sla"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_socialcare_sla_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_hours"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_BLOCK|NGX_CONF_TAKE2,
      ngx_socialcare_hours_directive,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_raw"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_socialcare_loc_conf_t, raw),
      NULL },

    { ngx_string("socialcare_limits"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1234,
      ngx_socialcare_limits_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_socialcare_status_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("socialcare_close"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_socialcare_close_directive,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_socialcare_module_ctx = {
    ngx_socialcare_preconfiguration,       /* preconfiguration */
    ngx_socialcare_postconfiguration,      /* postconfiguration */

    ngx_socialcare_create_main_conf,       /* create main configuration */
    ngx_socialcare_init_main_conf,         /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_socialcare_create_loc_conf,        /* create location configuration */
    ngx_socialcare_merge_loc_conf          /* merge location configuration */
};


ngx_module_t  ngx_socialcare_module = {
    NGX_MODULE_V1,
    &ngx_socialcare_module_ctx,            /* module context */
    ngx_socialcare_commands,               /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_socialcare_init_module,            /* init module */
    ngx_socialcare_init_process,           /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_socialcare_exit_process,           /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


ngx_socialcare_worker_t  ngx_socialcare_worker;

const char  ngx_socialcare_build[] =
    NGX_COMPILER ", " OPENSSL_VERSION_TEXT ", hiredis "
    ngx_value(HIREDIS_MAJOR) "." ngx_value(HIREDIS_MINOR) "."
    ngx_value(HIREDIS_PATCH);


ngx_socialcare_ctx_t *
ngx_socialcare_get_ctx(ngx_http_request_t *r)
{
    ngx_socialcare_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_socialcare_module);

    if (ctx == NULL) {
        ctx = ngx_pcalloc(r->pool, sizeof(ngx_socialcare_ctx_t));
        if (ctx == NULL) {
            return NULL;
        }

        ctx->store_time = -1;
        ngx_http_set_ctx(r, ctx, ngx_socialcare_module);
    }

    return ctx;
}


int64_t
ngx_socialcare_now_ms(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (int64_t) tp->sec * 1000 + (int64_t) tp->msec;
}


static ngx_int_t
ngx_socialcare_preconfiguration(ngx_conf_t *cf)
{
    return ngx_socialcare_add_variables(cf);
}


static void *
ngx_socialcare_create_main_conf(ngx_conf_t *cf)
{
    ngx_socialcare_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_socialcare_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    mcf->secrets = ngx_array_create(cf->pool, 4,
                                    sizeof(ngx_socialcare_secret_t *));
    mcf->brands = ngx_array_create(cf->pool, 4,
                                   sizeof(ngx_socialcare_brand_t));
    mcf->hours = ngx_array_create(cf->pool, 2,
                                  sizeof(ngx_socialcare_hours_t *));
    mcf->leases = ngx_array_create(cf->pool, 2,
                                   sizeof(ngx_socialcare_lease_t *));
    mcf->platforms = ngx_pcalloc(cf->pool, sc_platforms_count);

    if (mcf->secrets == NULL || mcf->brands == NULL || mcf->hours == NULL
        || mcf->leases == NULL || mcf->platforms == NULL)
    {
        return NULL;
    }

    mcf->zone_size = NGX_CONF_UNSET_SIZE;
    mcf->trends = NGX_CONF_UNSET;

    return mcf;
}


static char *
ngx_socialcare_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_socialcare_main_conf_t *mcf = conf;

    sc_str_t  prefix;

    ngx_conf_init_size_value(mcf->zone_size, 8 * 1024 * 1024);
    ngx_conf_init_value(mcf->trends, 1);

    if (ngx_socialcare_redis_defaults(cf, &mcf->redis) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    /*
     * Every nginx that shares a Redis must compute the same digests without
     * talking to the others: the key is derived from the prefix.
     */

    prefix = ngx_socialcare_to_core(mcf->redis.prefix);

    if (!ngx_socialcare_digest_key(prefix, mcf->digest_key)) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static void *
ngx_socialcare_create_loc_conf(ngx_conf_t *cf)
{
    ngx_socialcare_loc_conf_t  *slcf;

    slcf = ngx_pcalloc(cf->pool, sizeof(ngx_socialcare_loc_conf_t));
    if (slcf == NULL) {
        return NULL;
    }

    slcf->secrets = NGX_CONF_UNSET_PTR;
    slcf->verify_tokens = NGX_CONF_UNSET_PTR;
    slcf->accounts = NGX_CONF_UNSET_PTR;
    slcf->tolerance = NGX_CONF_UNSET_MSEC;
    slcf->dedupe = NGX_CONF_UNSET;
    slcf->brand = NGX_CONF_UNSET_PTR;
    slcf->partitions = NGX_CONF_UNSET_UINT;
    slcf->queue = NGX_CONF_UNSET_PTR;
    slcf->queue_format = NGX_CONF_UNSET_UINT;
    slcf->queue_limit = NGX_CONF_UNSET_UINT;
    slcf->queue_out = NGX_CONF_UNSET;
    slcf->sla = NGX_CONF_UNSET_PTR;
    slcf->raw = NGX_CONF_UNSET;
    slcf->max_body = NGX_CONF_UNSET_SIZE;
    slcf->max_events = NGX_CONF_UNSET_UINT;
    slcf->max_depth = NGX_CONF_UNSET_UINT;
    slcf->max_tokens = NGX_CONF_UNSET_UINT;
    slcf->status_format = NGX_CONF_UNSET_UINT;

    return slcf;
}


/*
 * "if" and "limit_except" are unnamed locations whose requests keep the handler
 * of the enclosing location: they need its receiver, too.
 */

static void
ngx_socialcare_inherit_handler(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *prev, ngx_socialcare_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (!clcf->noname) {
        return;
    }

    if (conf->status_format == NGX_CONF_UNSET_UINT) {
        conf->status_format = prev->status_format;
    }

    conf->close |= prev->close;

    if (conf->source.platform == NULL) {
        conf->source.platform = prev->source.platform;
        conf->source.options = prev->source.options;
        conf->platform_index = prev->platform_index;
        conf->file = prev->file;
        conf->line = prev->line;
    }

    if (clcf->lmt_excpt && clcf->handler == NULL) {

        if (conf->source.platform != NULL) {
            clcf->handler = ngx_socialcare_webhook_handler;

        } else if (conf->close) {
            clcf->handler = ngx_socialcare_close_handler;

        } else if (conf->status_format != NGX_CONF_UNSET_UINT) {
            clcf->handler = ngx_socialcare_status_handler;
        }
    }
}


/*
 * Error pages of the server are for people.  A platform would get another
 * location's answer, which nobody counts, or even a 2xx ("=200") for what was
 * not stored.  Those that the receiver's own location names are meant.
 */

static void
ngx_socialcare_drop_error_pages(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *prev, ngx_socialcare_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    conf->error_pages = clcf->error_pages;
    conf->outer_pages = clcf->noname ? prev->outer_pages : prev->error_pages;

    if ((conf->source.platform != NULL || conf->close)
        && clcf->error_pages == conf->outer_pages)
    {
        clcf->error_pages = NULL;
    }
}


static char *
ngx_socialcare_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_socialcare_loc_conf_t *prev = parent;
    ngx_socialcare_loc_conf_t *conf = child;

    ngx_socialcare_main_conf_t  *mcf;

    ngx_conf_merge_ptr_value(conf->secrets, prev->secrets, NULL);
    ngx_conf_merge_ptr_value(conf->verify_tokens, prev->verify_tokens, NULL);
    ngx_conf_merge_ptr_value(conf->accounts, prev->accounts, NULL);
    ngx_conf_merge_str_value(conf->public_url, prev->public_url, "");
    ngx_conf_merge_msec_value(conf->tolerance, prev->tolerance,
                              NGX_CONF_UNSET_MSEC);
    ngx_conf_merge_sec_value(conf->dedupe, prev->dedupe,
                             NGX_SOCIALCARE_DEFAULT_DEDUPE);

    ngx_conf_merge_ptr_value(conf->brand, prev->brand, NULL);
    ngx_conf_merge_uint_value(conf->partitions, prev->partitions, 1);

    ngx_conf_merge_ptr_value(conf->queue, prev->queue, NULL);
    ngx_conf_merge_uint_value(conf->queue_format, prev->queue_format,
                              SC_FORMAT_STREAM);
    ngx_conf_merge_uint_value(conf->queue_limit, prev->queue_limit,
                              NGX_SOCIALCARE_DEFAULT_LIMIT);
    ngx_conf_merge_value(conf->queue_out, prev->queue_out, 0);

    ngx_conf_merge_ptr_value(conf->sla, prev->sla, NULL);
    ngx_conf_merge_value(conf->raw, prev->raw, 0);

    ngx_conf_merge_size_value(conf->max_body, prev->max_body, 256 * 1024);
    ngx_conf_merge_uint_value(conf->max_events, prev->max_events, 1000);
    ngx_conf_merge_uint_value(conf->max_depth, prev->max_depth, 32);
    ngx_conf_merge_uint_value(conf->max_tokens, prev->max_tokens, 65536);

    if (conf->sla != NULL
        && ngx_socialcare_sla_finish(cf, conf->sla) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_socialcare_keep_location(cf, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_socialcare_inherit_handler(cf, prev, conf);
    ngx_socialcare_drop_error_pages(cf, prev, conf);

    if (conf->close) {
        ngx_socialcare_finish_close(cf, conf);
    }

    if (conf->source.platform == NULL) {
        return NGX_CONF_OK;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);
    mcf->spool.window = ngx_max(mcf->spool.window, conf->dedupe);

    return ngx_socialcare_finish_webhook(cf, conf);
}


static ngx_int_t
ngx_socialcare_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_handler_pt         *h;
    ngx_http_core_main_conf_t   *cmcf;
    ngx_socialcare_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);

    if (!mcf->enabled) {
        return NGX_OK;
    }

    mcf->core = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                                 ngx_core_module);

    if (ngx_socialcare_zone_add(cf, mcf) != NGX_OK) {
        return NGX_ERROR;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_socialcare_log_handler;

    return NGX_OK;
}


/*
 * After a reload with many workers, those that are leaving may still have most
 * of the slots.  A worker that failed for it would not be started again, so it
 * waits: the slot of one that has left, or died, is free.
 */

static void
ngx_socialcare_take_slot(ngx_socialcare_worker_t *worker, ngx_log_t *log)
{
    ngx_uint_t  waiting;

    waiting = 0;

    for ( ;; ) {
        worker->slot = ngx_socialcare_zone_take_slot(worker->shared);

        if (worker->slot < NGX_SOCIALCARE_MAX_WORKERS) {
            return;
        }

        if (!waiting) {
            ngx_log_error(NGX_LOG_WARN, log, 0,
                          "socialcare: %d workers are running, with those that "
                          "are leaving: this one begins when one of them has "
                          "left", NGX_SOCIALCARE_MAX_WORKERS);
            waiting = 1;
        }

        ngx_msleep(100);
    }
}


/* From here on the configuration is in force. */

static ngx_int_t
ngx_socialcare_init_module(ngx_cycle_t *cycle)
{
    ngx_socialcare_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_socialcare_module);

    if (mcf != NULL && mcf->enabled) {
        ngx_socialcare_zone_load(mcf);
    }

    ngx_socialcare_spool_note_left(cycle, mcf);

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_init_process(ngx_cycle_t *cycle)
{
    ngx_slab_pool_t             *shpool;
    ngx_socialcare_worker_t     *worker;
    ngx_socialcare_main_conf_t  *mcf;

    /* Also called in cache helpers, and without an http block. */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_socialcare_module);

    if (mcf == NULL || !mcf->enabled) {
        return NGX_OK;
    }

    worker = &ngx_socialcare_worker;
    shpool = (ngx_slab_pool_t *) mcf->shm_zone->shm.addr;

    worker->conf = mcf;
    worker->shared = shpool->data;
    ngx_socialcare_take_slot(worker, cycle->log);

    worker->delivery = ngx_socialcare_delivery_create(cycle, worker);
    worker->redis = ngx_socialcare_redis_create(cycle, worker,
                                                ngx_socialcare_delivery_state);

    if (worker->delivery == NULL || worker->redis == NULL
        || ngx_socialcare_scratch_init(cycle) != NGX_OK
        || ngx_socialcare_trend_init(cycle, worker) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_socialcare_turn_init(cycle);
    ngx_socialcare_keys_init(cycle);

    if (ngx_socialcare_refresh_init(cycle, worker) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_socialcare_history_init(cycle, worker);
}


static void
ngx_socialcare_exit_process(ngx_cycle_t *cycle)
{
    ngx_socialcare_worker_t  *worker;

    (void) cycle;

    worker = &ngx_socialcare_worker;

    if (worker->redis == NULL) {
        return;
    }

    ngx_socialcare_refresh_release(worker);
    ngx_socialcare_redis_destroy(worker->redis);
    ngx_socialcare_delivery_destroy(worker->delivery);

    if (worker->spool != NULL) {
        ngx_socialcare_spool_destroy(worker->spool);
        ngx_socialcare_spool_tell_left(worker->spool);
    }

    ngx_socialcare_scratch_destroy();
    ngx_socialcare_zone_free_slot(worker->shared, worker->slot);
}
