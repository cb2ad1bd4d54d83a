
/*
 * ngx_socialcare_directives.c: the directives that need more than a slot, and
 * what a receiver needs before it may serve.
 *
 * Every mistake ends `nginx -t` with a sentence that says what to do.  After
 * this file the configuration is read-only.
 */

#include "ngx_socialcare.h"
#include "ngx_socialcare_zone.h"

#include "sc_encoding.h"
#include "sc_time.h"
#include "sc_verify.h"


#define NGX_SOCIALCARE_MAX_SECRET   (256 * 1024)
#define NGX_SOCIALCARE_MAX_OPTIONS  (64 * 1024)
#define NGX_SOCIALCARE_MAX_SCHEMES  8
#define NGX_SOCIALCARE_MAX_NAME     64


static ngx_int_t ngx_socialcare_read_source(ngx_conf_t *cf, ngx_str_t *source,
    ngx_str_t *value);
static void ngx_socialcare_wipe(void *data);
static void ngx_socialcare_destroy_secret(void *data);


/* The part behind `name` when the argument begins with it. */

static ngx_uint_t
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


static void *
ngx_socialcare_pool_block(void *owner, size_t size)
{
    return ngx_palloc(owner, size);
}


static ngx_uint_t
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


/* A name that may hold variables; a static one is checked here and now. */

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


static char *
ngx_socialcare_redis_url(ngx_conf_t *cf, ngx_socialcare_redis_conf_t *redis,
    ngx_str_t *value)
{
    ngx_url_t  url;
    ngx_str_t  address;

    ngx_memzero(&url, sizeof(ngx_url_t));

    if (ngx_socialcare_option(value, "redis://", &address)) {
        url.url = address;
        url.default_port = 6379;

        if (address.len > 0 && address.data[address.len - 1] == '/') {
            url.url.len--;
        }

    } else if (value->len > 5
               && ngx_strncmp(value->data, "unix:", 5) == 0)
    {
        url.url = *value;

    } else if (ngx_socialcare_option(value, "rediss://", &address)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\": TLS to Redis is not available yet; use "
                           "redis:// or unix: on a trusted network, or a "
                           "local TLS tunnel", value);
        return NGX_CONF_ERROR;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid Redis address \"%V\": write "
                           "redis://host:port or unix:/path", value);
        return NGX_CONF_ERROR;
    }

    if (ngx_parse_url(cf->pool, &url) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in Redis address \"%V\"",
                           url.err ? url.err : "an error", value);
        return NGX_CONF_ERROR;
    }

    redis->url = *value;
    redis->addrs = url.addrs;
    redis->naddrs = url.naddrs;

    return NGX_CONF_OK;
}


static char *
ngx_socialcare_redis_password(ngx_conf_t *cf,
    ngx_socialcare_redis_conf_t *redis, ngx_str_t *path)
{
    ngx_str_t            source;
    ngx_pool_cleanup_t  *cln;

    source.len = sizeof("file:") - 1 + path->len;
    source.data = ngx_pnalloc(cf->pool, source.len);
    if (source.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(ngx_cpymem(source.data, "file:", sizeof("file:") - 1),
               path->data, path->len);

    if (ngx_socialcare_read_source(cf, &source, &redis->password) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_socialcare_wipe;
    cln->data = &redis->password;

    return NGX_CONF_OK;
}


static char *
ngx_socialcare_redis_time(ngx_conf_t *cf, ngx_str_t *argument,
    ngx_str_t *value, ngx_msec_t *time)
{
    ngx_int_t  ms;

    ms = ngx_parse_time(value, 0);

    if (ms == NGX_ERROR || ms <= 0 || ms > 60000) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid \"%V\": write a time from 1ms to 60s",
                           argument);
        return NGX_CONF_ERROR;
    }

    *time = (ngx_msec_t) ms;

    return NGX_CONF_OK;
}


static char *
ngx_socialcare_redis_option(ngx_conf_t *cf,
    ngx_socialcare_redis_conf_t *redis, ngx_str_t *argument)
{
    ngx_int_t  n;
    ngx_str_t  value;

    if (ngx_socialcare_option(argument, "user=", &value)) {
        redis->user = value;
        return NGX_CONF_OK;
    }

    if (ngx_socialcare_option(argument, "password_file=", &value)) {
        return ngx_socialcare_redis_password(cf, redis, &value);
    }

    if (ngx_socialcare_option(argument, "db=", &value)) {
        n = ngx_atoi(value.data, value.len);
        if (n == NGX_ERROR) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid \"%V\": write a number", argument);
            return NGX_CONF_ERROR;
        }

        redis->db = (ngx_uint_t) n;
        return NGX_CONF_OK;
    }

    if (ngx_socialcare_option(argument, "timeout=", &value)) {
        return ngx_socialcare_redis_time(cf, argument, &value,
                                         &redis->timeout);
    }

    if (ngx_socialcare_option(argument, "connect_timeout=", &value)) {
        return ngx_socialcare_redis_time(cf, argument, &value,
                                         &redis->connect_timeout);
    }

    if (ngx_socialcare_option(argument, "prefix=", &value)) {
        if (!ngx_socialcare_name_is_valid(&value)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid \"%V\": use letters, digits and "
                               "-._:@/", argument);
            return NGX_CONF_ERROR;
        }

        redis->prefix = value;
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "unknown option \"%V\": known are user=, "
                       "password_file=, db=, timeout=, connect_timeout= and "
                       "prefix=", argument);

    return NGX_CONF_ERROR;
}


char *
ngx_socialcare_redis_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_socialcare_main_conf_t *mcf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    (void) cmd;

    if (mcf->redis_set) {
        return "is duplicate";
    }

    mcf->redis_set = 1;
    value = cf->args->elts;

    rv = ngx_socialcare_redis_url(cf, &mcf->redis, &value[1]);

    for (i = 2; rv == NGX_CONF_OK && i < cf->args->nelts; i++) {
        rv = ngx_socialcare_redis_option(cf, &mcf->redis, &value[i]);
    }

    if (rv == NGX_CONF_OK && mcf->redis.user.len
        && mcf->redis.password.len == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"user=\" without \"password_file=\": Redis "
                           "wants both");
        return NGX_CONF_ERROR;
    }

    return rv;
}


ngx_int_t
ngx_socialcare_redis_defaults(ngx_conf_t *cf,
    ngx_socialcare_redis_conf_t *redis)
{
    ngx_str_t  url = ngx_string("redis://127.0.0.1:6379");

    if (redis->addrs == NULL
        && ngx_socialcare_redis_url(cf, redis, &url) != NGX_CONF_OK)
    {
        return NGX_ERROR;
    }

    if (redis->timeout == 0) {
        redis->timeout = 500;
    }

    if (redis->connect_timeout == 0) {
        redis->connect_timeout = 250;
    }

    if (redis->prefix.len == 0) {
        ngx_str_set(&redis->prefix, "care");
    }

    return NGX_OK;
}


ngx_uint_t
ngx_socialcare_digest_key(sc_str_t prefix, u_char *key)
{
    size_t         len;
    unsigned char  digest[64];

    if (!sc_hmac(SC_DIGEST_SHA256, SC_STR("socialcare dedupe"), prefix,
                 digest, &len))
    {
        return 0;
    }

    ngx_memcpy(key, digest, SC_SIPHASH_KEY_SIZE);

    return 1;
}


static void
ngx_socialcare_wipe(void *data)
{
    ngx_str_t *secret = data;

    ngx_explicit_memzero(secret->data, secret->len);
}


static ngx_int_t
ngx_socialcare_read_file(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *value)
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
                           "cannot open \"%V\": the file must exist and be "
                           "readable by the user that starts nginx", &full);
        return NGX_ERROR;
    }

    n = NGX_ERROR;

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "cannot read \"%V\"", &full);

    } else {
        size = ngx_file_size(&fi);

        if (!ngx_is_file(&fi) || size == 0
            || size > NGX_SOCIALCARE_MAX_SECRET)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" is empty, too large or no plain "
                               "file: put the bare secret into it", &full);

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


/*
 * file:path, env:NAME or value:text.  Without the line break that editors put
 * at the end.
 */

static ngx_int_t
ngx_socialcare_read_source(ngx_conf_t *cf, ngx_str_t *source,
    ngx_str_t *value)
{
    ngx_int_t  rc;
    ngx_str_t  rest;

    if (ngx_socialcare_option(source, "file:", &rest)) {
        rc = ngx_socialcare_read_file(cf, &rest, value);

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


char *
ngx_socialcare_secret_directive(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    int64_t                      until_s;
    ngx_str_t                   *value, label, material, option;
    ngx_uint_t                   i;
    ngx_socialcare_secret_t     *secret;
    ngx_socialcare_main_conf_t  *mcf;

    (void) cmd;

    value = cf->args->elts;
    until_s = 0;
    ngx_str_set(&label, "default");

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

            label = option;
            continue;
        }

        if (ngx_socialcare_option(&value[i], "until=", &option)) {
            if (ngx_socialcare_until(cf, &value[i], &option, &until_s)
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

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);

    if (ngx_socialcare_read_source(cf, &value[1], &material) != NGX_OK
        || ngx_socialcare_make_secret(cf, &material, &label, until_s, &secret)
           != NGX_OK
        || ngx_socialcare_push_pointer(cf, &slcf->secrets, secret) != NGX_OK
        || ngx_socialcare_push_pointer(cf, &mcf->secrets, secret) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
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

    if (rest.len == 0 || ngx_strlchr(rest.data, rest.data + rest.len, '/')) {
        goto invalid;
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

    ngx_int_t                    n;
    ngx_str_t                   *value, option, *name;
    ngx_socialcare_main_conf_t  *mcf;

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

        if (n < 1 || n > 1024) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid \"%V\": write partitions= and a "
                               "number from 1 to 1024", &value[2]);
            return NGX_CONF_ERROR;
        }

        slcf->partitions = (ngx_uint_t) n;
    }

    if (slcf->brand->lengths != NULL) {
        return NGX_CONF_OK;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);

    name = ngx_array_push(mcf->brands);
    if (name == NULL) {
        return NGX_CONF_ERROR;
    }

    *name = value[1];

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

    if (ngx_socialcare_compile_name(cf, &value[1], &slcf->queue)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

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


char *
ngx_socialcare_sla_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_socialcare_loc_conf_t *slcf = conf;

    ngx_int_t                          ms;
    ngx_str_t                         *value;
    ngx_http_compile_complex_value_t   ccv;

    (void) cmd;

    if (slcf->sla != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    slcf->sla = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (slcf->sla == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &value[1];
    ccv.complex_value = slcf->sla;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (slcf->sla->lengths != NULL) {
        return NGX_CONF_OK;
    }

    ms = ngx_parse_time(&value[1], 0);

    if (ms == NGX_ERROR || ms <= 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid time \"%V\": write for example 15m",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    slcf->sla_static = (ngx_msec_t) ms;

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
ngx_socialcare_take_location(ngx_conf_t *cf, ngx_http_handler_pt handler)
{
    ngx_socialcare_main_conf_t  *mcf;
    ngx_http_core_loc_conf_t    *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL && clcf->handler != handler) {
        return "conflicts with another handler of this location";
    }

    clcf->handler = handler;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);
    mcf->enabled = 1;

    return NGX_CONF_OK;
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
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown platform \"%V\": the README lists the "
                           "known ones; \"generic\" takes any other",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    slcf->source.platform = platform;
    slcf->platform_index = sc_platform_index(platform);
    slcf->file = cf->conf_file->file.name.data;
    slcf->line = cf->conf_file->line;

    if (ngx_socialcare_webhook_options(cf, platform, &slcf->source)
        != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);
    mcf->platforms[slcf->platform_index] = 1;

    return ngx_socialcare_take_location(cf, ngx_socialcare_webhook_handler);
}


static char *
ngx_socialcare_prepare_secrets(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf)
{
    size_t                      s, schemes;
    ngx_uint_t                  i;
    const char                 *problem;
    sc_secret_t               **keys;
    ngx_socialcare_secret_t   **secret;
    const sc_verify_scheme_t   *list[NGX_SOCIALCARE_MAX_SCHEMES];

    schemes = slcf->source.platform->schemes(&slcf->source, list,
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
        }
    }

    slcf->source.secrets.items = keys;
    slcf->source.secrets.count = slcf->secrets->nelts;

    return NGX_CONF_OK;
}


/* All directives of the location are known: is the receiver complete? */

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

    /* nginx stops reading a body of any kind at the receiver's limit. */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->client_max_body_size = (off_t) slcf->max_body;

    if (slcf->secrets == NULL) {
        return NGX_CONF_OK;
    }

    return ngx_socialcare_prepare_secrets(cf, slcf);
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

    return ngx_socialcare_take_location(cf, ngx_socialcare_status_handler);
}
