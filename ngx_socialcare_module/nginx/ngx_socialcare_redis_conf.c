
/*
 * ngx_socialcare_redis_conf.c: the directive socialcare_redis.
 */

#include "ngx_socialcare_conf.h"

#include "sc_verify.h"


#define NGX_SOCIALCARE_DEFAULT_TIMEOUT          500
#define NGX_SOCIALCARE_DEFAULT_CONNECT_TIMEOUT  250

/* The longest that a WAIT may block, in ms; the most replicas. */
#define NGX_SOCIALCARE_REPLICAS_TIMEOUT         300
#define NGX_SOCIALCARE_MAX_REPLICAS             64


/* Rejects what other clients put into the address; it may be a password. */

static char *
ngx_socialcare_redis_authority(ngx_conf_t *cf, ngx_str_t *address)
{
    u_char  *end;

    end = address->data + address->len;

    if (ngx_strlchr(address->data, end, '@')) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "user and password do not belong in the Redis "
                           "address: write user= and password_file= after "
                           "it");
        return NGX_CONF_ERROR;
    }

    if (ngx_strlchr(address->data, end, '/')) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "a path in Redis address \"redis://%V\": write "
                           "the database's number as db= after it",
                           address);
        return NGX_CONF_ERROR;
    }

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

        if (ngx_socialcare_redis_authority(cf, &url.url) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }

    } else if (value->len > 6
               && ngx_strncmp(value->data, "unix:/", 6) == 0)
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
ngx_socialcare_redis_ack(ngx_conf_t *cf, ngx_socialcare_redis_conf_t *redis,
    ngx_str_t *argument, ngx_str_t *value)
{
    ngx_int_t  n;
    ngx_str_t  count;

    if (value->len == 5 && ngx_strncmp(value->data, "redis", 5) == 0) {
        redis->replicas = 0;
        return NGX_CONF_OK;
    }

    if (ngx_socialcare_option(value, "replicas=", &count)) {
        n = ngx_atoi(count.data, count.len);

        if (n > 0 && n <= NGX_SOCIALCARE_MAX_REPLICAS) {
            redis->replicas = (ngx_uint_t) n;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid \"%V\": write ack=redis, or "
                       "ack=replicas=N with N from 1 to %d", argument,
                       NGX_SOCIALCARE_MAX_REPLICAS);

    return NGX_CONF_ERROR;
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

    if (ngx_socialcare_option(argument, "ack=", &value)) {
        return ngx_socialcare_redis_ack(cf, redis, argument, &value);
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
                       "password_file=, db=, timeout=, connect_timeout=, "
                       "ack= and prefix=", argument);

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

    if (rv == NGX_CONF_OK) {
        rv = ngx_socialcare_options_once(cf, 2);
    }

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
        redis->timeout = NGX_SOCIALCARE_DEFAULT_TIMEOUT;
    }

    if (redis->connect_timeout == 0) {
        redis->connect_timeout = NGX_SOCIALCARE_DEFAULT_CONNECT_TIMEOUT;
    }

    /*
     * A write sent while a WAIT blocks the connection queues up behind it, and
     * must not time out for that alone.
     */

    redis->replicas_timeout = ngx_max(1,
                                ngx_min(NGX_SOCIALCARE_REPLICAS_TIMEOUT,
                                        redis->timeout * 3 / 5));

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
