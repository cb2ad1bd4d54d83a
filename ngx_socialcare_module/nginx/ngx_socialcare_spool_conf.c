
/*
 * ngx_socialcare_spool_conf.c: the directive socialcare_spool.
 */

#include "ngx_socialcare_conf.h"
#include "ngx_socialcare_spool.h"

#include <ngx_thread_pool.h>


#define NGX_SOCIALCARE_SPOOL_SIZE     ((uint64_t) 8 * 1024 * 1024 * 1024)
#define NGX_SOCIALCARE_SPOOL_RESERVE  5
#define NGX_SOCIALCARE_SPOOL_MAX_AGE  ((int64_t) 7 * 24 * 3600 * 1000)


static char *
ngx_socialcare_spool_invalid(ngx_conf_t *cf, ngx_str_t *argument,
    const char *advice)
{
    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid \"%V\": %s", argument,
                       advice);

    return NGX_CONF_ERROR;
}


static char *
ngx_socialcare_spool_reserve(ngx_conf_t *cf, ngx_str_t *argument,
    ngx_str_t *value, sc_spool_limits_t *limits)
{
    off_t      bytes;
    ngx_int_t  percent;

    limits->reserve_percent = 0;
    limits->reserve_bytes = 0;

    if (value->len > 1 && value->data[value->len - 1] == '%') {
        percent = ngx_atoi(value->data, value->len - 1);

        if (percent == NGX_ERROR || percent > 100) {
            return ngx_socialcare_spool_invalid(cf, argument,
                                       "write a percentage from 0% to 99%");
        }

        limits->reserve_percent = (unsigned) percent;
        return NGX_CONF_OK;
    }

    bytes = ngx_parse_offset(value);

    /* Nobody means 5 bytes. */

    if (bytes == NGX_ERROR || (bytes > 0 && bytes <= 100)) {
        return ngx_socialcare_spool_invalid(cf, argument,
                               "write a percentage or a size, as 5% or 2g");
    }

    limits->reserve_bytes = (uint64_t) bytes;

    return NGX_CONF_OK;
}


static char *
ngx_socialcare_spool_option(ngx_conf_t *cf, ngx_str_t *argument,
    sc_spool_limits_t *limits)
{
    off_t      bytes;
    ngx_int_t  seconds;
    ngx_str_t  value;

    if (ngx_socialcare_option(argument, "size=", &value)) {
        bytes = ngx_parse_offset(&value);

        if (bytes == NGX_ERROR) {
            return ngx_socialcare_spool_invalid(cf, argument,
                                                "write a size, as 8g");
        }

        limits->size = (uint64_t) bytes;
        return NGX_CONF_OK;
    }

    if (ngx_socialcare_option(argument, "reserve=", &value)) {
        return ngx_socialcare_spool_reserve(cf, argument, &value, limits);
    }

    if (ngx_socialcare_option(argument, "max_age=", &value)) {
        seconds = ngx_parse_time(&value, 1);

        if (seconds == NGX_ERROR || (int64_t) seconds > UINT32_MAX) {
            return ngx_socialcare_spool_invalid(cf, argument,
                                                "write a time, as 7d");
        }

        limits->max_age_ms = (int64_t) seconds * 1000;
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown option \"%V\": known are size=, reserve= and "
                       "max_age=", argument);

    return NGX_CONF_ERROR;
}


/* The master creates the directory and gives it to the workers' user. */

static char *
ngx_socialcare_spool_path(ngx_conf_t *cf, ngx_socialcare_spool_conf_t *spool,
    ngx_str_t *value)
{
    ngx_path_t  *path;

    path = ngx_pcalloc(cf->pool, sizeof(ngx_path_t));
    if (path == NULL) {
        return NGX_CONF_ERROR;
    }

    path->name = *value;

    if (path->name.len > 1 && path->name.data[path->name.len - 1] == '/') {
        path->name.data = ngx_pstrdup(cf->pool, &path->name);
        if (path->name.data == NULL) {
            return NGX_CONF_ERROR;
        }

        path->name.len--;
        path->name.data[path->name.len] = '\0';
    }

    if (ngx_conf_full_name(cf->cycle, &path->name, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    path->conf_file = cf->conf_file->file.name.data;
    path->line = cf->conf_file->line;

    if (ngx_add_path(cf, &path) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    spool->path = path;

    spool->threads = ngx_thread_pool_add(cf, NULL);

    return spool->threads == NULL ? NGX_CONF_ERROR : NGX_CONF_OK;
}


char *
ngx_socialcare_spool_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_socialcare_main_conf_t *mcf = conf;

    char                         *rv;
    ngx_str_t                    *value;
    ngx_uint_t                    i;
    ngx_socialcare_spool_conf_t  *spool;

    (void) cmd;

    spool = &mcf->spool;
    value = cf->args->elts;

    if (spool->set) {
        return "is duplicate";
    }

    spool->set = 1;
    spool->limits.size = NGX_SOCIALCARE_SPOOL_SIZE;
    spool->limits.reserve_percent = NGX_SOCIALCARE_SPOOL_RESERVE;
    spool->limits.max_age_ms = NGX_SOCIALCARE_SPOOL_MAX_AGE;

    if (value[1].len == 3 && ngx_strncmp(value[1].data, "off", 3) == 0) {
        return cf->args->nelts == 2 ? NGX_CONF_OK
                                    : "takes no options with \"off\"";
    }

    rv = ngx_socialcare_options_once(cf, 2);

    for (i = 2; rv == NGX_CONF_OK && i < cf->args->nelts; i++) {
        rv = ngx_socialcare_spool_option(cf, &value[i], &spool->limits);
    }

    return rv == NGX_CONF_OK
           ? ngx_socialcare_spool_path(cf, spool, &value[1]) : rv;
}


/* Are the limits consistent with the rest of the configuration? */

static ngx_int_t
ngx_socialcare_spool_check_limits(ngx_socialcare_main_conf_t *mcf,
    ngx_log_t *log)
{
    sc_limits_status_t  status;

    if (mcf->spool.window == 0) {
        return NGX_OK;
    }

    status = sc_spool_limits_check(&mcf->spool.limits,
                                   (unsigned) mcf->core->worker_processes,
                                   mcf->spool.window);

    if (status == SC_LIMITS_OK) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, log, 0, "\"socialcare_spool\" in %s:%ui: %s",
                  mcf->spool.path->conf_file, mcf->spool.path->line,
                  sc_limits_status_advice(status));

    return NGX_ERROR;
}


/* nginx has just created its directories. */

ngx_int_t
ngx_socialcare_spool_check(ngx_socialcare_main_conf_t *mcf, ngx_log_t *log)
{
    ngx_str_t        *name;
    ngx_file_info_t   fi;

    if (mcf->spool.path == NULL) {
        return NGX_OK;
    }

    if (ngx_socialcare_spool_check_limits(mcf, log) != NGX_OK) {
        return NGX_ERROR;
    }

    name = &mcf->spool.path->name;

    if (ngx_file_info(name->data, &fi) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "\"socialcare_spool\": cannot look at \"%V\"", name);
        return NGX_ERROR;
    }

    if (!ngx_is_dir(&fi)) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "\"socialcare_spool\": \"%V\" is not a directory: name "
                      "one that nginx may create, or an empty one", name);
        return NGX_ERROR;
    }

    if (ngx_file_access(&fi) & 077) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "socialcare: others than the workers' user can look "
                      "into the spool \"%V\": chmod it to 0700", name);
    }

    if (geteuid() != 0
        && access((char *) name->data, R_OK | W_OK | X_OK) == -1)
    {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "\"socialcare_spool\": no permission to write into "
                      "\"%V\": give it to the workers' user", name);
        return NGX_ERROR;
    }

    return NGX_OK;
}
