
/*
 * ngx_socialcare_sla.c: socialcare_sla, and the target of one mention.
 */

#include "ngx_socialcare_sla.h"
#include "ngx_socialcare_conf.h"
#include "ngx_socialcare_zone.h"


#define NGX_SOCIALCARE_DEFAULT_SLA   (15 * 60 * 1000)

/* Ten years: the scripts can still tell deadlines from "none". */
#define NGX_SOCIALCARE_MAX_SLA       ((int64_t) 3653 * 24 * 3600 * 1000)


/* Milliseconds; 0: not a time, or too long. */

static ngx_msec_t
ngx_socialcare_sla_time(ngx_str_t *text)
{
    ngx_int_t  ms;

    ms = ngx_parse_time(text, 0);

    return ms > 0 && (int64_t) ms <= NGX_SOCIALCARE_MAX_SLA ? (ngx_msec_t) ms
                                                            : 0;
}


/* "off" means calendar time, so that a map can say it. */

static ngx_uint_t
ngx_socialcare_hours_are_off(ngx_str_t *name)
{
    return name->len == 0
           || (name->len == 3 && ngx_strncmp(name->data, "off", 3) == 0);
}


static ngx_int_t
ngx_socialcare_sla_compile(ngx_conf_t *cf, ngx_str_t *text,
    ngx_http_complex_value_t *value)
{
    ngx_http_compile_complex_value_t  ccv;

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = value;

    return ngx_http_compile_complex_value(&ccv);
}


char *
ngx_socialcare_sla_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    ngx_str_t             *value, hours;
    ngx_socialcare_sla_t  *sla;

    (void) cmd;

    if (slcf->sla != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;
    ngx_str_null(&hours);

    if (cf->args->nelts == 3
        && (!ngx_socialcare_option(&value[2], "hours=", &hours)
            || hours.len == 0))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid \"%V\": known is hours=NAME, the name of "
                           "a \"socialcare_hours\" block", &value[2]);
        return NGX_CONF_ERROR;
    }

    sla = ngx_pcalloc(cf->pool, sizeof(ngx_socialcare_sla_t));
    if (sla == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_socialcare_sla_compile(cf, &value[1], &sla->time) != NGX_OK
        || ngx_socialcare_sla_compile(cf, &hours, &sla->hours) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    sla->file = cf->conf_file->file.name.data;
    sla->line = cf->conf_file->line;
    slcf->sla = sla;

    if (sla->time.lengths != NULL) {
        return NGX_CONF_OK;
    }

    sla->fixed_time = ngx_socialcare_sla_time(&value[1]);

    if (sla->fixed_time == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid time \"%V\": write for example 15m, 3653d "
                           "at most", &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_socialcare_sla_finish(ngx_conf_t *cf, ngx_socialcare_sla_t *sla)
{
    ngx_str_t                   *name;
    ngx_socialcare_main_conf_t  *mcf;

    name = &sla->hours.value;

    if (sla->hours.lengths != NULL || sla->fixed_hours != NULL
        || ngx_socialcare_hours_are_off(name))
    {
        return NGX_OK;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);
    sla->fixed_hours = ngx_socialcare_hours_find(mcf, name);

    if (sla->fixed_hours == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "unknown hours \"%V\" of \"socialcare_sla\" in %s:%ui: "
                      "add \"socialcare_hours %V Europe/Berlin "
                      "{ mon-fri 08:00-18:00; }\" to the http block",
                      name, sla->file, sla->line, name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_socialcare_sla_varies(ngx_socialcare_sla_t *sla)
{
    return sla != NULL
           && (sla->time.lengths != NULL || sla->hours.lengths != NULL);
}


static ngx_int_t
ngx_socialcare_choose_time(ngx_http_request_t *r, ngx_socialcare_sla_t *sla,
    ngx_msec_t *time)
{
    ngx_str_t  text;

    *time = sla->fixed_time;

    if (sla->time.lengths == NULL) {
        return NGX_OK;
    }

    if (ngx_http_complex_value(r, &sla->time, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    *time = ngx_socialcare_sla_time(&text);

    if (*time == 0) {
        ngx_socialcare_count(ngx_socialcare_worker.shared->names_refused);
        *time = NGX_SOCIALCARE_DEFAULT_SLA;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_choose_hours(ngx_http_request_t *r, ngx_socialcare_sla_t *sla,
    const sc_hours_t **hours)
{
    ngx_str_t                    name;
    ngx_socialcare_main_conf_t  *mcf;

    *hours = sla->fixed_hours;

    if (sla->hours.lengths == NULL) {
        return NGX_OK;
    }

    if (ngx_http_complex_value(r, &sla->hours, &name) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_socialcare_hours_are_off(&name)) {
        return NGX_OK;
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_socialcare_module);
    *hours = ngx_socialcare_hours_find(mcf, &name);

    if (*hours == NULL) {
        ngx_socialcare_count(ngx_socialcare_worker.shared->names_refused);
    }

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_sla_choose(ngx_http_request_t *r, ngx_socialcare_sla_t *sla,
    ngx_socialcare_target_t *target)
{
    if (sla == NULL) {
        target->time = NGX_SOCIALCARE_DEFAULT_SLA;
        target->hours = NULL;
        return NGX_OK;
    }

    if (ngx_socialcare_choose_time(r, sla, &target->time) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_socialcare_choose_hours(r, sla, &target->hours);
}


int64_t
ngx_socialcare_target_due(ngx_socialcare_target_t *target, int64_t start_ms)
{
    int64_t  due_ms;

    if (target->hours == NULL) {
        return start_ms + (int64_t) target->time;
    }

    if (!sc_hours_due(target->hours, start_ms, (int64_t) target->time,
                      &due_ms))
    {
        ngx_socialcare_count(ngx_socialcare_worker.shared->no_deadline);
        return -1;
    }

    return due_ms;
}
