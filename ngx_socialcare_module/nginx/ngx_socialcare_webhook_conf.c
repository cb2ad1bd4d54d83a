
/*
 * ngx_socialcare_webhook_conf.c: socialcare_webhook, and what a receiver needs
 * before it may serve.
 */

#include "ngx_socialcare_conf.h"
#include "ngx_socialcare_subscription.h"


/* Memory that a platform's options may use. */
#define NGX_SOCIALCARE_MAX_OPTIONS  (64 * 1024)

/* Room for the names of all platforms in one log line, which has 2 KB. */
#define NGX_SOCIALCARE_MAX_KNOWN    1024


static char *
ngx_socialcare_webhook_options(ngx_conf_t *cf, const sc_platform_t *platform,
    sc_source_t *source)
{
    sc_str_t     option;
    ngx_str_t   *value;
    ngx_uint_t   i;
    size_t       at;
    const char  *problem;
    sc_arena_t   arena;

    sc_arena_init(&arena, ngx_socialcare_pool_block, cf->pool,
                  NGX_SOCIALCARE_MAX_OPTIONS);

    if (platform->options_size > 0) {
        source->options = ngx_pcalloc(cf->pool, platform->options_size);
        if (source->options == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_socialcare_switches_once(cf, 2) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 2; i < cf->args->nelts; i++) {
        option = ngx_socialcare_to_core(value[i]);
        at = sc_str_find_byte(option, '=');

        if (at == option.len) {
            problem = "an option is written name=value";

        } else if (platform->set_option == NULL) {
            problem = "this platform has no options";

        } else {
            problem = platform->set_option(source->options, &arena,
                                           sc_str_first(option, at),
                                           sc_str_from(option, at + 1));
        }

        if (problem != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid option \"%V\": %s", &value[i],
                               problem);
            return NGX_CONF_ERROR;
        }
    }

    if (platform->finish_options != NULL) {
        problem = platform->finish_options(source->options, &arena);

        if (problem != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "the options of \"%V\" do not fit: %s",
                               &value[1], problem);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_socialcare_unknown_platform(ngx_conf_t *cf, ngx_str_t *name)
{
    size_t     i;
    u_char    *at, *end;
    u_char     known[NGX_SOCIALCARE_MAX_KNOWN];
    sc_str_t   platform;

    at = known;
    end = known + sizeof(known);

    for (i = 0; i < sc_platforms_count; i++) {
        platform = sc_platforms[i]->name;
        at = ngx_slprintf(at, end, "%s%*s", i ? ", " : "", platform.len,
                          platform.data);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown platform \"%V\": known are %*s; \"generic\" "
                       "takes any other", name, (size_t) (at - known), known);

    return NGX_CONF_ERROR;
}


char *
ngx_socialcare_webhook_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    ngx_str_t                   *value;
    const sc_platform_t         *platform;
    ngx_socialcare_main_conf_t  *mcf;

    (void) cmd;

    if (slcf->source.platform != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;

    platform = sc_platform_by_name(ngx_socialcare_to_core(value[1]));

    if (platform == NULL) {
        return ngx_socialcare_unknown_platform(cf, &value[1]);
    }

    slcf->source.platform = platform;
    slcf->platform_index = sc_platform_index(platform);

    if (ngx_socialcare_webhook_options(cf, platform, &slcf->source)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);
    mcf->platforms[slcf->platform_index] = 1;

    return ngx_socialcare_take_location(cf, slcf,
                                        ngx_socialcare_webhook_handler);
}


/*
 * A thread's partition follows from their number: with two numbers, answers and
 * closes would look for their question where it is not.
 */

static ngx_int_t
ngx_socialcare_check_partitions(ngx_conf_t *cf, ngx_array_t *brands,
    ngx_socialcare_brand_t *brand)
{
    ngx_uint_t               i;
    ngx_socialcare_brand_t  *other;

    other = brands->elts;

    for (i = 0; i < brands->nelts; i++) {
        if (brand->fallback || other[i].fallback
            || other[i].partitions == brand->partitions
            || other[i].name.len != brand->name.len
            || ngx_memcmp(other[i].name.data, brand->name.data,
                          brand->name.len) != 0)
        {
            continue;
        }

        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the brand \"%V\" has partitions=%ui for "
                      "\"socialcare_webhook\" in %s:%ui and partitions=%ui for "
                      "the one in %s:%ui: write the same number, or answers "
                      "and closes will not find their questions",
                      &brand->name, other[i].partitions, other[i].file,
                      other[i].line, brand->partitions, brand->file,
                      brand->line);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * The receiver's brand is swept and read from startup, not only after its first
 * callback: what waits in Redis still waits after a restart.  If the name
 * depends on the mention, it is the default brand, used for unusable names.
 */

static ngx_int_t
ngx_socialcare_note_brand(ngx_conf_t *cf, ngx_socialcare_loc_conf_t *slcf)
{
    ngx_socialcare_brand_t      *brand;
    ngx_socialcare_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);

    brand = ngx_array_push(mcf->brands);
    if (brand == NULL) {
        return NGX_ERROR;
    }

    if (slcf->brand != NULL && slcf->brand->lengths == NULL) {
        brand->name = slcf->brand->value;

    } else {
        ngx_str_set(&brand->name, NGX_SOCIALCARE_DEFAULT_BRAND);
    }

    brand->partitions = slcf->partitions;
    brand->file = slcf->file;
    brand->line = slcf->line;
    brand->fallback = (slcf->brand != NULL && slcf->brand->lengths != NULL);

    return ngx_socialcare_check_partitions(cf, mcf->brands, brand);
}


/* Once the location is fully parsed: is the receiver complete? */

char *
ngx_socialcare_finish_webhook(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf)
{
    sc_source_t               *source;
    ngx_http_core_loc_conf_t  *clcf;

    source = &slcf->source;

    if (slcf->secrets == NULL && !source->platform->no_secret_needed) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "no \"socialcare_secret\" for \"socialcare_webhook\" "
                      "in %s:%ui: without one nothing could be verified; "
                      "add for example "
                      "\"socialcare_secret file:/etc/nginx/secrets/x;\"",
                      slcf->file, slcf->line);
        return NGX_CONF_ERROR;
    }

    if (slcf->verify_tokens != NULL) {
        source->verify_tokens = slcf->verify_tokens->elts;
        source->verify_tokens_count = slcf->verify_tokens->nelts;
    }

    if (slcf->accounts != NULL) {
        source->accounts = slcf->accounts->elts;
        source->accounts_count = slcf->accounts->nelts;
    }

    source->json_limits.depth = (uint32_t) slcf->max_depth;
    source->json_limits.tokens = (uint32_t) slcf->max_tokens;
    source->json_limits.string_bytes = 65536;
    source->max_events = slcf->max_events;

    /* nginx enforces the receiver's limit, also on a chunked body. */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->client_max_body_size = (off_t) slcf->max_body;

    if (ngx_socialcare_note_brand(cf, slcf) != NGX_OK
        || ngx_socialcare_subscription_conf(cf, slcf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (slcf->secrets == NULL) {
        return NGX_CONF_OK;
    }

    return ngx_socialcare_prepare_secrets(cf, slcf);
}
