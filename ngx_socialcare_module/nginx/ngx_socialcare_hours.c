
/*
 * ngx_socialcare_hours.c: socialcare_hours, a calendar of opening hours:
 *
 *     socialcare_hours desk Europe/Berlin {
 *         mon-fri 08:00-12:30 13:30-18:00;
 *         holiday 2026-12-25 2026-12-26;
 *     }
 *
 * The time zone is read from the machine's tz database along with the
 * configuration: a reload picks up a newer one.
 */

#include "ngx_socialcare_sla.h"
#include "ngx_socialcare_conf.h"


#define NGX_SOCIALCARE_ZONES     "/usr/share/zoneinfo/"

/* Memory that a zone's table may use. */
#define NGX_SOCIALCARE_MAX_ZONE  (128 * 1024)


static char *ngx_socialcare_hours_line(ngx_conf_t *cf, ngx_command_t *dummy,
    void *conf);


const sc_hours_t *
ngx_socialcare_hours_find(ngx_socialcare_main_conf_t *mcf, ngx_str_t *name)
{
    ngx_uint_t                i;
    ngx_socialcare_hours_t  **block;

    block = mcf->hours->elts;

    for (i = 0; i < mcf->hours->nelts; i++) {
        if (block[i]->name.len == name->len
            && ngx_memcmp(block[i]->name.data, name->data, name->len) == 0)
        {
            return &block[i]->hours;
        }
    }

    return NULL;
}


/* Names, not paths: what lies outside the tz database is no zone. */

static ngx_uint_t
ngx_socialcare_zone_name_is_valid(ngx_str_t *name)
{
    u_char  c;
    size_t  i;

    if (name->len == 0 || name->len > NGX_SOCIALCARE_MAX_NAME
        || name->data[0] == '/')
    {
        return 0;
    }

    for (i = 0; i < name->len; i++) {
        c = name->data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+'
              || c == '/'))
        {
            return 0;
        }
    }

    return 1;
}


static ngx_int_t
ngx_socialcare_hours_zone(ngx_conf_t *cf, ngx_str_t *name,
    sc_zone_info_t *zone)
{
    u_char            *at;
    ngx_str_t          path, bytes;
    sc_arena_t         arena;
    sc_zone_result_t   result;

    if (!ngx_socialcare_zone_name_is_valid(name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid time zone \"%V\": write its name as in "
                           NGX_SOCIALCARE_ZONES ", for example "
                           "Europe/Berlin", name);
        return NGX_ERROR;
    }

    path.len = sizeof(NGX_SOCIALCARE_ZONES) - 1 + name->len;
    path.data = ngx_pnalloc(cf->pool, path.len);
    if (path.data == NULL) {
        return NGX_ERROR;
    }

    at = ngx_cpymem(path.data, NGX_SOCIALCARE_ZONES,
                    sizeof(NGX_SOCIALCARE_ZONES) - 1);
    ngx_memcpy(at, name->data, name->len);

    if (ngx_socialcare_read_file(cf, &path, SC_ZONE_INFO_MAX_BYTES,
                                 "install the package tzdata, and write the "
                                 "time zone's name as in "
                                 NGX_SOCIALCARE_ZONES,
                                 "write a time zone's name, for example "
                                 "Europe/Berlin", &bytes) != NGX_OK)
    {
        return NGX_ERROR;
    }

    sc_arena_init(&arena, ngx_socialcare_pool_block, cf->pool,
                  NGX_SOCIALCARE_MAX_ZONE);

    result = sc_zone_info_read(zone, ngx_socialcare_to_core(bytes), &arena);

    if (result != SC_ZONE_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the time zone \"%V\" cannot be used: %s", &path,
                           sc_zone_result_sentence(result));
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_socialcare_hours_t *
ngx_socialcare_hours_new(ngx_conf_t *cf, ngx_socialcare_main_conf_t *mcf,
    ngx_str_t *name)
{
    ngx_socialcare_hours_t  *block, **slot;

    if (!ngx_socialcare_name_is_valid(name)
        || ngx_strcmp(name->data, "off") == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name \"%V\": use 1 to %d letters, "
                           "digits and -._:@/, but not \"off\"",
                           name, NGX_SOCIALCARE_MAX_NAME);
        return NULL;
    }

    if (ngx_socialcare_hours_find(mcf, name) != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "duplicate hours \"%V\": give these another "
                           "name", name);
        return NULL;
    }

    block = ngx_pcalloc(cf->pool, sizeof(ngx_socialcare_hours_t));
    slot = ngx_array_push(mcf->hours);

    if (block == NULL || slot == NULL) {
        return NULL;
    }

    *slot = block;
    block->name = *name;
    sc_hours_init(&block->hours, &block->zone);

    return block;
}


char *
ngx_socialcare_hours_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_socialcare_main_conf_t *mcf = conf;

    char                    *rv;
    ngx_str_t               *value;
    ngx_conf_t               save;
    const char              *problem;
    ngx_socialcare_hours_t  *block;

    (void) cmd;

    value = cf->args->elts;
    block = ngx_socialcare_hours_new(cf, mcf, &value[1]);

    if (block == NULL
        || ngx_socialcare_hours_zone(cf, &value[2], &block->zone) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    save = *cf;
    cf->handler = ngx_socialcare_hours_line;
    cf->handler_conf = &block->hours;

    rv = ngx_conf_parse(cf, NULL);

    *cf = save;

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    problem = sc_hours_check(&block->hours);

    if (problem != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the hours \"%V\" cannot be used: %s",
                           &block->name, problem);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_socialcare_hours_line(ngx_conf_t *cf, ngx_command_t *dummy, void *conf)
{
    sc_hours_t *hours = conf;

    size_t       at;
    sc_str_t    *words;
    ngx_str_t   *value;
    ngx_uint_t   i;
    const char  *problem;

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[0].data, "include") == 0) {
        return ngx_conf_include(cf, dummy, conf);
    }

    words = ngx_palloc(cf->temp_pool, cf->args->nelts * sizeof(sc_str_t));
    if (words == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < cf->args->nelts; i++) {
        words[i] = ngx_socialcare_to_core(value[i]);
    }

    problem = sc_hours_add(hours, words, cf->args->nelts, &at);

    if (problem != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid \"%V\": %s",
                           &value[at], problem);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
