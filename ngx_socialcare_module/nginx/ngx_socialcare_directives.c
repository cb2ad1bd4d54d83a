
/*
 * ngx_socialcare_directives.c: the directives that need more than a standard
 * slot function and have no file of their own.
 *
 * Every mistake makes `nginx -t` fail with a sentence that says what to do.
 * After this file the configuration is read-only.
 */

#include "ngx_socialcare_conf.h"
#include "ngx_socialcare_zone.h"


ngx_uint_t
ngx_socialcare_option(ngx_str_t *argument, const char *name, ngx_str_t *value)
{
    size_t  len;

    len = ngx_strlen(name);

    if (argument->len < len
        || ngx_strncmp(argument->data, name, len) != 0)
    {
        return 0;
    }

    value->data = argument->data + len;
    value->len = argument->len - len;

    return 1;
}


static ngx_uint_t
ngx_socialcare_is_switch(ngx_str_t *argument, size_t len)
{
    ngx_str_t  value;

    value.data = argument->data + len;
    value.len = argument->len - len;

    return (value.len == 2 && ngx_strncmp(value.data, "on", 2) == 0)
           || (value.len == 3 && ngx_strncmp(value.data, "off", 3) == 0);
}


static char *
ngx_socialcare_once(ngx_conf_t *cf, ngx_uint_t from, ngx_uint_t switches)
{
    size_t       len;
    u_char      *end;
    ngx_str_t   *value;
    ngx_uint_t   i, k;

    value = cf->args->elts;

    for (i = from; i < cf->args->nelts; i++) {
        end = ngx_strlchr(value[i].data, value[i].data + value[i].len, '=');
        if (end == NULL) {
            continue;
        }

        len = (size_t) (end + 1 - value[i].data);

        if (switches && !ngx_socialcare_is_switch(&value[i], len)) {
            continue;
        }

        for (k = from; k < i; k++) {
            if (value[k].len >= len
                && ngx_strncmp(value[k].data, value[i].data, len) == 0)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "both \"%V\" and \"%V\" are given: keep "
                                   "one", &value[k], &value[i]);
                return NGX_CONF_ERROR;
            }
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_socialcare_options_once(ngx_conf_t *cf, ngx_uint_t from)
{
    return ngx_socialcare_once(cf, from, 0);
}


char *
ngx_socialcare_switches_once(ngx_conf_t *cf, ngx_uint_t from)
{
    return ngx_socialcare_once(cf, from, 1);
}


ngx_uint_t
ngx_socialcare_name_is_valid(ngx_str_t *name)
{
    u_char  c;
    size_t  i;

    if (name->len == 0 || name->len > NGX_SOCIALCARE_MAX_NAME) {
        return 0;
    }

    for (i = 0; i < name->len; i++) {
        c = name->data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
              || c == ':' || c == '@' || c == '/'))
        {
            return 0;
        }
    }

    return 1;
}


void *
ngx_socialcare_pool_block(void *owner, size_t size)
{
    return ngx_palloc(owner, size);
}


/* A name that may contain variables; a static one is checked right here. */

static char *
ngx_socialcare_compile_name(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_complex_value_t **compiled)
{
    ngx_http_compile_complex_value_t  ccv;

    *compiled = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (*compiled == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = *compiled;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if ((*compiled)->lengths == NULL && !ngx_socialcare_name_is_valid(value)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name \"%V\": use 1 to %d letters, "
                           "digits and -._:@/",
                           value, NGX_SOCIALCARE_MAX_NAME);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_socialcare_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_socialcare_main_conf_t *mcf = conf;

    ssize_t     size;
    ngx_str_t  *value;

    (void) cmd;

    if (mcf->zone_size != NGX_CONF_UNSET_SIZE) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[1]);

    if (size == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid zone size \"%V\": write for example 8m",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    if ((size_t) size < 2 * sizeof(ngx_socialcare_shared_t)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is too small: it needs at least %uzk",
                           &value[1],
                           2 * sizeof(ngx_socialcare_shared_t) / 1024 + 1);
        return NGX_CONF_ERROR;
    }

    mcf->zone_size = (size_t) size;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_socialcare_push_text(ngx_conf_t *cf, ngx_array_t **array, ngx_str_t *text)
{
    sc_str_t  *slot;

    if (*array == NGX_CONF_UNSET_PTR) {
        *array = ngx_array_create(cf->pool, 2, sizeof(sc_str_t));
        if (*array == NULL) {
            return NGX_ERROR;
        }
    }

    slot = ngx_array_push(*array);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = ngx_socialcare_to_core(*text);

    return NGX_OK;
}


char *
ngx_socialcare_verify_token_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    ngx_str_t  *value, token;

    (void) cmd;

    value = cf->args->elts;

    if (ngx_socialcare_read_source(cf, &value[1], &token) != NGX_OK
        || ngx_socialcare_push_text(cf, &slcf->verify_tokens, &token)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_socialcare_account_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i;

    (void) cmd;

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        if (value[i].len == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "an account id is empty: write the brand's "
                               "own id at the platform");
            return NGX_CONF_ERROR;
        }

        if (ngx_socialcare_push_text(cf, &slcf->accounts, &value[i])
            != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_socialcare_public_url_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    size_t      i;
    ngx_str_t  *value, rest;

    (void) cmd;

    if (slcf->public_url.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    slcf->public_url = value[1];

    if ((!ngx_socialcare_option(&value[1], "https://", &rest)
         && !ngx_socialcare_option(&value[1], "http://", &rest))
        || rest.len == 0)
    {
        goto invalid;
    }

    if (rest.data[rest.len - 1] == '/') {
        rest.len--;
        slcf->public_url.len--;
    }

    if (rest.len == 0) {
        goto invalid;
    }

    for (i = 0; i < rest.len; i++) {
        if (rest.data[i] <= ' ' || ngx_strchr("/?#@$", rest.data[i])) {
            goto invalid;
        }
    }

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid \"%V\": write scheme and host as the "
                       "platform calls them, without a path, for example "
                       "https://care.example.com", &value[1]);

    return NGX_CONF_ERROR;
}


char *
ngx_socialcare_brand_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    ngx_int_t   n;
    ngx_str_t  *value, option;

    (void) cmd;

    if (slcf->brand != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_socialcare_compile_name(cf, &value[1], &slcf->brand)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    slcf->partitions = 1;

    if (cf->args->nelts == 3) {
        n = NGX_ERROR;

        if (ngx_socialcare_option(&value[2], "partitions=", &option)) {
            n = ngx_atoi(option.data, option.len);
        }

        if (n < 1 || n > NGX_SOCIALCARE_MAX_PARTITIONS) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid \"%V\": write partitions= and a "
                               "number from 1 to %d", &value[2],
                               NGX_SOCIALCARE_MAX_PARTITIONS);
            return NGX_CONF_ERROR;
        }

        slcf->partitions = (ngx_uint_t) n;
    }

    return NGX_CONF_OK;
}


char *
ngx_socialcare_queue_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    ssize_t      limit;
    ngx_str_t   *value, option;
    ngx_uint_t   i;

    (void) cmd;

    if (slcf->queue != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_socialcare_options_once(cf, 2) != NGX_CONF_OK
        || ngx_socialcare_compile_name(cf, &value[1], &slcf->queue)
           != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    /* Options belong to this queue: none is inherited. */

    slcf->queue_format = SC_FORMAT_STREAM;
    slcf->queue_limit = NGX_SOCIALCARE_DEFAULT_LIMIT;
    slcf->queue_out = 0;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strcmp(value[i].data, "format=stream") == 0) {
            slcf->queue_format = SC_FORMAT_STREAM;
            continue;
        }

        if (ngx_strcmp(value[i].data, "format=list") == 0) {
            slcf->queue_format = SC_FORMAT_LIST;
            continue;
        }

        if (ngx_strcmp(value[i].data, "out=on") == 0) {
            slcf->queue_out = 1;
            continue;
        }

        if (ngx_strcmp(value[i].data, "out=off") == 0) {
            slcf->queue_out = 0;
            continue;
        }

        if (ngx_socialcare_option(&value[i], "limit=", &option)) {
            limit = ngx_parse_size(&option);

            if (limit > 0) {
                slcf->queue_limit = (ngx_uint_t) limit;
                continue;
            }
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid \"%V\": known are format=stream, "
                           "format=list, limit=NUMBER and out=on|off",
                           &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * Without a window every platform retry would be a new mention.  The script
 * receives it as a four-byte number.
 */

char *
ngx_socialcare_dedupe_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    time_t      window;
    ngx_str_t  *value;

    (void) cmd;

    if (slcf->dedupe != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;
    window = ngx_parse_time(&value[1], 1);

    if (window <= 0 || (int64_t) window > UINT32_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid time \"%V\": write for example 8d, "
                           "longer than any platform retries", &value[1]);
        return NGX_CONF_ERROR;
    }

    slcf->dedupe = window;

    return NGX_CONF_OK;
}


static ngx_uint_t
ngx_socialcare_limit(ngx_str_t *argument, const char *name, ngx_int_t least,
    ngx_int_t most, ngx_uint_t *limit)
{
    ssize_t    n;
    ngx_str_t  value;

    if (!ngx_socialcare_option(argument, name, &value)) {
        return 0;
    }

    n = ngx_parse_size(&value);

    if (n < least || n > most) {
        return 0;
    }

    *limit = (ngx_uint_t) n;

    return 1;
}


char *
ngx_socialcare_limits_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i, body;

    (void) cmd;

    if (slcf->max_body != NGX_CONF_UNSET_SIZE
        || slcf->max_events != NGX_CONF_UNSET_UINT
        || slcf->max_depth != NGX_CONF_UNSET_UINT
        || slcf->max_tokens != NGX_CONF_UNSET_UINT)
    {
        return "is duplicate";
    }

    if (ngx_socialcare_options_once(cf, 1) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_socialcare_limit(&value[i], "body=", 1024, 16 * 1024 * 1024,
                                 &body))
        {
            slcf->max_body = body;
            continue;
        }

        if (ngx_socialcare_limit(&value[i], "events=", 1, 10000,
                                 &slcf->max_events)
            || ngx_socialcare_limit(&value[i], "depth=", 4, 256,
                                    &slcf->max_depth)
            || ngx_socialcare_limit(&value[i], "tokens=", 64, 1024 * 1024,
                                    &slcf->max_tokens))
        {
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid \"%V\": known are body=1k..16m, "
                           "events=1..10000, depth=4..256 and "
                           "tokens=64..1m", &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_socialcare_take_location(ngx_conf_t *cf, ngx_socialcare_loc_conf_t *slcf,
    ngx_http_handler_pt handler)
{
    ngx_socialcare_main_conf_t  *mcf;
    ngx_http_core_loc_conf_t    *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL && clcf->handler != handler) {
        return "conflicts with another handler of this location: give each "
               "a location of its own";
    }

    clcf->handler = handler;

    slcf->handler = handler;
    slcf->file = cf->conf_file->file.name.data;
    slcf->line = cf->conf_file->line;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);
    mcf->enabled = 1;

    return NGX_CONF_OK;
}


/* Later directives such as proxy_pass take over a location unasked. */

char *
ngx_socialcare_keep_location(ngx_conf_t *cf, ngx_socialcare_loc_conf_t *slcf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (slcf->handler == NULL || slcf->handler == clcf->handler) {
        return NGX_CONF_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "the location of the directive in %s:%ui has another "
                  "handler, too (\"proxy_pass\" or the like), which would "
                  "answer in its place: give each a location of its own",
                  slcf->file, slcf->line);

    return NGX_CONF_ERROR;
}


char *
ngx_socialcare_status_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    ngx_str_t           *value;
    sc_status_format_t   format;

    (void) cmd;

    if (slcf->status_format != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    slcf->status_format = NGX_SOCIALCARE_STATUS_NEGOTIATE;

    if (cf->args->nelts == 2) {
        value = cf->args->elts;

        if (!sc_status_format_by_name(ngx_socialcare_to_core(value[1]),
                                      &format))
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "unknown format \"%V\": known are json, "
                               "prometheus and html", &value[1]);
            return NGX_CONF_ERROR;
        }

        slcf->status_format = (ngx_uint_t) format + 1;
    }

    return ngx_socialcare_take_location(cf, slcf,
                                        ngx_socialcare_status_handler);
}
