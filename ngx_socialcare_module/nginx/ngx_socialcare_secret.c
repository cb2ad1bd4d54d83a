
/*
 * ngx_socialcare_secret.c: turns secrets from files and the environment into
 * keys of the verification engine.
 *
 * A secret's bytes are wiped as soon as the engine has its copy, and no message
 * here quotes any.
 */

#include "ngx_socialcare_conf.h"
#include "ngx_socialcare_keys.h"
#include "ngx_socialcare_zone.h"

#include "sc_time.h"
#include "sc_verify.h"


#define NGX_SOCIALCARE_MAX_SECRET   (256 * 1024)
#define NGX_SOCIALCARE_MAX_SCHEMES  8


void
ngx_socialcare_wipe(void *data)
{
    ngx_str_t *secret = data;

    ngx_explicit_memzero(secret->data, secret->len);
}


ngx_int_t
ngx_socialcare_read_file(ngx_conf_t *cf, ngx_str_t *path, off_t limit,
    const char *missing, const char *wrong, ngx_str_t *value)
{
    off_t            size;
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_str_t        full;
    ngx_file_info_t  fi;

    full.len = path->len;
    full.data = ngx_pnalloc(cf->pool, path->len + 1);
    if (full.data == NULL) {
        return NGX_ERROR;
    }

    ngx_cpystrn(full.data, path->data, path->len + 1);

    if (ngx_conf_full_name(cf->cycle, &full, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    fd = ngx_open_file(full.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot open \"%V\": %s", &full, missing);
        return NGX_ERROR;
    }

    n = NGX_ERROR;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot read \"%V\"", &full);

    } else {
        size = ngx_file_size(&fi);

        if (!ngx_is_file(&fi) || size == 0 || size > limit) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" is empty, too large or no plain "
                               "file: %s", &full, wrong);

        } else {
            value->data = ngx_pnalloc(cf->pool, (size_t) size);

            if (value->data != NULL) {
                n = ngx_read_fd(fd, value->data, (size_t) size);

                if (n != (ssize_t) size) {
                    ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                                       "cannot read \"%V\"", &full);
                    n = NGX_ERROR;
                }
            }
        }
    }

    (void) ngx_close_file(fd);

    if (n == NGX_ERROR) {
        return NGX_ERROR;
    }

    value->len = (size_t) n;

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_read_env(ngx_conf_t *cf, ngx_str_t *name, ngx_str_t *value)
{
    char    *text;
    u_char  *copy;

    copy = ngx_pnalloc(cf->pool, name->len + 1);
    if (copy == NULL) {
        return NGX_ERROR;
    }

    ngx_cpystrn(copy, name->data, name->len + 1);

    text = getenv((char *) copy);

    if (text == NULL || *text == '\0') {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the environment variable \"%V\" is empty or not "
                           "set where nginx is started", name);
        return NGX_ERROR;
    }

    value->len = ngx_strlen(text);
    value->data = ngx_pnalloc(cf->pool, value->len);
    if (value->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(value->data, text, value->len);

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_read_source(ngx_conf_t *cf, ngx_str_t *source,
    ngx_str_t *value)
{
    ngx_int_t  rc;
    ngx_str_t  rest;

    if (ngx_socialcare_option(source, "file:", &rest)) {
        rc = ngx_socialcare_read_file(cf, &rest, NGX_SOCIALCARE_MAX_SECRET,
                                      "the file must exist and be readable "
                                      "by the user that starts nginx",
                                      "put the bare secret into it", value);

    } else if (ngx_socialcare_option(source, "env:", &rest)) {
        rc = ngx_socialcare_read_env(cf, &rest, value);

    } else if (ngx_socialcare_option(source, "value:", &rest)) {
        value->len = rest.len;
        value->data = ngx_pstrdup(cf->pool, &rest);
        rc = value->data == NULL ? NGX_ERROR : NGX_OK;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "a secret must be given as file:path, env:NAME or "
                           "value:text");
        return NGX_ERROR;
    }

    if (rc != NGX_OK) {
        return NGX_ERROR;
    }

    if (value->len > 0 && value->data[value->len - 1] == LF) {
        value->len--;
    }

    if (value->len > 0 && value->data[value->len - 1] == CR) {
        value->len--;
    }

    if (value->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the secret is empty: an empty secret would "
                           "accept forgeries");
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* until=2026-12-31 (the whole day still counts) or a full RFC 3339 time. */

static char *
ngx_socialcare_until(ngx_conf_t *cf, ngx_str_t *argument, ngx_str_t *value,
    int64_t *until_s)
{
    int64_t   ms;
    u_char    text[sizeof("2026-12-31T23:59:59Z") - 1];
    sc_str_t  date;

    date = ngx_socialcare_to_core(*value);

    if (value->len == sizeof("2026-12-31") - 1) {
        ngx_memcpy(ngx_cpymem(text, value->data, value->len), "T23:59:59Z",
                   sizeof("T23:59:59Z") - 1);
        date = sc_str_make(text, sizeof(text));
    }

    if (!sc_time_read(date, SC_TIME_ISO8601, &ms)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid \"%V\": write until=2026-12-31 or "
                           "until=2026-12-31T12:00:00Z", argument);
        return NGX_CONF_ERROR;
    }

    *until_s = ms / 1000 + 1;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_socialcare_push_pointer(ngx_conf_t *cf, ngx_array_t **array,
    void *pointer)
{
    void  **slot;

    if (*array == NULL || *array == NGX_CONF_UNSET_PTR) {
        *array = ngx_array_create(cf->pool, 2, sizeof(void *));
        if (*array == NULL) {
            return NGX_ERROR;
        }
    }

    slot = ngx_array_push(*array);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = pointer;

    return NGX_OK;
}


static void
ngx_socialcare_destroy_secret(void *data)
{
    sc_secret_destroy(data);
}


static ngx_int_t
ngx_socialcare_make_secret(ngx_conf_t *cf, ngx_str_t *material,
    ngx_str_t *label, int64_t until_s, ngx_socialcare_secret_t **made)
{
    const char               *problem;
    ngx_pool_cleanup_t       *cln;
    ngx_socialcare_secret_t  *secret;

    secret = ngx_pcalloc(cf->pool, sizeof(ngx_socialcare_secret_t));
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (secret == NULL || cln == NULL) {
        return NGX_ERROR;
    }

    problem = NULL;
    secret->label = *label;
    secret->key = sc_secret_create(ngx_socialcare_to_core(*material),
                                   ngx_socialcare_to_core(*label), until_s,
                                   &problem);

    ngx_explicit_memzero(material->data, material->len);

    if (secret->key == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the secret cannot be used: %s",
                           problem ? problem : "no memory");
        return NGX_ERROR;
    }

    cln->handler = ngx_socialcare_destroy_secret;
    cln->data = secret->key;
    *made = secret;

    return NGX_OK;
}


/* The options after the source, and what is wrong with them. */

static char *
ngx_socialcare_secret_options(ngx_conf_t *cf, ngx_str_t *label,
    int64_t *until_s)
{
    ngx_str_t   *value, option;
    ngx_uint_t   i;

    value = cf->args->elts;
    *until_s = 0;
    ngx_str_set(label, "default");

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_socialcare_option(&value[i], "name=", &option)) {
            if (!ngx_socialcare_name_is_valid(&option)
                || option.len > NGX_SOCIALCARE_LABEL_SIZE)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "invalid \"%V\": use 1 to %d letters, "
                                   "digits and -._:@/",
                                   &value[i], NGX_SOCIALCARE_LABEL_SIZE);
                return NGX_CONF_ERROR;
            }

            *label = option;
            continue;
        }

        if (ngx_socialcare_option(&value[i], "until=", &option)) {
            if (ngx_socialcare_until(cf, &value[i], &option, until_s)
                != NGX_CONF_OK)
            {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown option \"%V\": known are name= and "
                           "until=", &value[i]);
        return NGX_CONF_ERROR;
    }

    if (*until_s != 0 && *until_s <= ngx_time()) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "socialcare: the secret \"%V\" is past its "
                           "until=, and whatever is signed with it is "
                           "refused: take it out, or write a later date",
                           label);
    }

    return NGX_CONF_OK;
}


char *
ngx_socialcare_secret_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    int64_t                      until_s;
    ngx_str_t                   *value, label, material;
    ngx_socialcare_secret_t     *secret;
    ngx_socialcare_key_file_t    file;
    ngx_socialcare_main_conf_t  *mcf;

    (void) cmd;

    if (ngx_socialcare_options_once(cf, 2) != NGX_CONF_OK
        || ngx_socialcare_secret_options(cf, &label, &until_s) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;
    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);

    ngx_memzero(&file, sizeof(ngx_socialcare_key_file_t));

    if (ngx_socialcare_keys_watch(cf, &value[1], &file) != NGX_OK
        || ngx_socialcare_read_source(cf, &value[1], &material) != NGX_OK
        || ngx_socialcare_make_secret(cf, &material, &label, until_s, &secret)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (sc_secret_is_jwks(secret->key)) {
        secret->file = file;
    }

    if (ngx_socialcare_push_pointer(cf, &slcf->secrets, secret) != NGX_OK
        || ngx_socialcare_push_pointer(cf, &mcf->secrets, secret) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_socialcare_prepare_secrets(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf)
{
    size_t                      s, schemes;
    ngx_uint_t                  i;
    const char                 *problem;
    sc_secret_t               **keys;
    ngx_socialcare_secret_t   **secret;
    const sc_verify_scheme_t   *list[NGX_SOCIALCARE_MAX_SCHEMES];

    schemes = sc_source_schemes(&slcf->source, list,
                                NGX_SOCIALCARE_MAX_SCHEMES);
    slcf->scheme = list[0];

    keys = ngx_palloc(cf->pool, slcf->secrets->nelts * sizeof(sc_secret_t *));
    if (keys == NULL) {
        return NGX_CONF_ERROR;
    }

    secret = slcf->secrets->elts;

    for (i = 0; i < slcf->secrets->nelts; i++) {
        keys[i] = secret[i]->key;

        for (s = 0; s < schemes; s++) {
            problem = NULL;

            if (!sc_secret_prepare(secret[i]->key, list[s], &problem)) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "the secret \"%V\" does not fit "
                              "\"socialcare_webhook\" in %s:%ui: %s",
                              &secret[i]->label, slcf->file, slcf->line,
                              problem ? problem : "no memory");
                return NGX_CONF_ERROR;
            }

            if (problem != NULL) {
                ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                              "the secret \"%V\" of \"socialcare_webhook\" "
                              "in %s:%ui: %s", &secret[i]->label, slcf->file,
                              slcf->line, problem);
            }
        }
    }

    slcf->source.secrets.items = keys;
    slcf->source.secrets.count = slcf->secrets->nelts;

    return NGX_CONF_OK;
}
