
/*
 * ngx_socialcare_variables.c: variables of a mention, for routing with map,
 * and of a callback's outcome, for the access log.
 *
 * Mention variables have a value only while a mention's brand, queue and
 * target are being chosen.  They are not found at any other time, so that no
 * customer's text can reach a log through them.
 */

#include "ngx_socialcare.h"


static ngx_int_t ngx_socialcare_variable_text(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_socialcare_variable_name(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_socialcare_variable_followers(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_socialcare_variable_brand(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_socialcare_variable_trend(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_socialcare_variable_result(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_socialcare_variable_log(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


typedef enum {
    NGX_SOCIALCARE_NAME_CHANNEL = 0,
    NGX_SOCIALCARE_NAME_KIND,
    NGX_SOCIALCARE_NAME_DIRECTION,
    NGX_SOCIALCARE_NAME_REACH,
    NGX_SOCIALCARE_NAME_PUBLIC
} ngx_socialcare_name_e;


typedef enum {
    NGX_SOCIALCARE_LOG_MENTIONS = 0,
    NGX_SOCIALCARE_LOG_DUPLICATES,
    NGX_SOCIALCARE_LOG_STORE,
    NGX_SOCIALCARE_LOG_STORE_TIME
} ngx_socialcare_log_e;


static const char *const  ngx_socialcare_store_names[] = {
    "none", "redis", "spool"
};


static ngx_http_variable_t  ngx_socialcare_vars[] = {

    { ngx_string("socialcare_platform"), NULL, ngx_socialcare_variable_text,
      offsetof(sc_mention_t, platform), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_account"), NULL, ngx_socialcare_variable_text,
      offsetof(sc_mention_t, account), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_lang"), NULL, ngx_socialcare_variable_text,
      offsetof(sc_mention_t, lang), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_text"), NULL, ngx_socialcare_variable_text,
      offsetof(sc_mention_t, text), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_channel"), NULL, ngx_socialcare_variable_name,
      NGX_SOCIALCARE_NAME_CHANNEL, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_kind"), NULL, ngx_socialcare_variable_name,
      NGX_SOCIALCARE_NAME_KIND, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_direction"), NULL, ngx_socialcare_variable_name,
      NGX_SOCIALCARE_NAME_DIRECTION, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_reach"), NULL, ngx_socialcare_variable_name,
      NGX_SOCIALCARE_NAME_REACH, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_public"), NULL, ngx_socialcare_variable_name,
      NGX_SOCIALCARE_NAME_PUBLIC, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_author_followers"), NULL,
      ngx_socialcare_variable_followers, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_brand"), NULL, ngx_socialcare_variable_brand,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_trend"), NULL, ngx_socialcare_variable_trend,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_result"), NULL, ngx_socialcare_variable_result,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_mentions"), NULL, ngx_socialcare_variable_log,
      NGX_SOCIALCARE_LOG_MENTIONS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_duplicates"), NULL, ngx_socialcare_variable_log,
      NGX_SOCIALCARE_LOG_DUPLICATES, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_store"), NULL, ngx_socialcare_variable_log,
      NGX_SOCIALCARE_LOG_STORE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("socialcare_store_time"), NULL, ngx_socialcare_variable_log,
      NGX_SOCIALCARE_LOG_STORE_TIME, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_socialcare_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_socialcare_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static void
ngx_socialcare_variable_set(ngx_http_variable_value_t *v, sc_str_t text)
{
    v->len = (unsigned) text.len;
    v->data = (u_char *) text.data;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
}


static const sc_mention_t *
ngx_socialcare_variable_mention(ngx_http_request_t *r,
    ngx_http_variable_value_t *v)
{
    ngx_socialcare_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_socialcare_module);

    if (ctx == NULL || ctx->mention == NULL) {
        v->not_found = 1;
        return NULL;
    }

    return ctx->mention;
}


static ngx_int_t
ngx_socialcare_variable_text(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const sc_mention_t  *mention;

    mention = ngx_socialcare_variable_mention(r, v);

    if (mention != NULL) {
        ngx_socialcare_variable_set(v,
                              *(sc_str_t *) ((u_char *) mention + data));
    }

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_variable_name(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const char          *name;
    const sc_mention_t  *mention;

    mention = ngx_socialcare_variable_mention(r, v);
    if (mention == NULL) {
        return NGX_OK;
    }

    switch ((ngx_socialcare_name_e) data) {

    case NGX_SOCIALCARE_NAME_CHANNEL:
        name = sc_channel_name(mention->channel);
        break;

    case NGX_SOCIALCARE_NAME_KIND:
        name = sc_kind_name(mention->kind);
        break;

    case NGX_SOCIALCARE_NAME_DIRECTION:
        name = sc_direction_name(mention->direction);
        break;

    case NGX_SOCIALCARE_NAME_REACH:
        name = sc_reach_name(sc_mention_reach(mention));
        break;

    default: /* NGX_SOCIALCARE_NAME_PUBLIC */
        name = mention->is_public == SC_TRI_YES ? "1"
               : mention->is_public == SC_TRI_NO ? "0" : "";
        break;
    }

    ngx_socialcare_variable_set(v, sc_str_from_cstring(name));

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_variable_number(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, int64_t number)
{
    u_char  *text;

    text = ngx_pnalloc(r->pool, NGX_INT64_LEN);
    if (text == NULL) {
        return NGX_ERROR;
    }

    ngx_socialcare_variable_set(v,
        sc_str_make(text, (size_t) (ngx_snprintf(text, NGX_INT64_LEN, "%L",
                                                 number)
                                    - text)));

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_variable_followers(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const sc_mention_t  *mention;

    (void) data;

    mention = ngx_socialcare_variable_mention(r, v);
    if (mention == NULL) {
        return NGX_OK;
    }

    if (mention->author.followers < 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    return ngx_socialcare_variable_number(r, v, mention->author.followers);
}


static ngx_int_t
ngx_socialcare_variable_brand(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_socialcare_ctx_t  *ctx;

    (void) data;

    ctx = ngx_http_get_module_ctx(r, ngx_socialcare_module);

    if (ctx == NULL || ctx->brand.len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_socialcare_variable_set(v, ngx_socialcare_to_core(ctx->brand));

    return NGX_OK;
}


/* Empty if none is burning, so that maps need no case for "not found". */

static ngx_int_t
ngx_socialcare_variable_trend(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_socialcare_ctx_t  *ctx;

    (void) data;

    if (ngx_socialcare_variable_mention(r, v) != NULL) {
        ctx = ngx_http_get_module_ctx(r, ngx_socialcare_module);
        ngx_socialcare_variable_set(v, ngx_socialcare_to_core(ctx->trend));
    }

    return NGX_OK;
}


/* Set even if the receiver never saw the request: it is counted, too. */

static ngx_int_t
ngx_socialcare_variable_result(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_socialcare_loc_conf_t  *slcf;

    (void) data;

    slcf = ngx_http_get_module_loc_conf(r, ngx_socialcare_module);

    if (slcf->source.platform == NULL && !slcf->close) {
        v->not_found = 1;
        return NGX_OK;
    }

    ngx_socialcare_variable_set(v, sc_str_from_cstring(
                       ngx_socialcare_result_name(ngx_socialcare_result(r))));

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_variable_log(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                *text;
    ngx_msec_int_t         ms;
    ngx_socialcare_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_socialcare_module);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    switch ((ngx_socialcare_log_e) data) {

    case NGX_SOCIALCARE_LOG_MENTIONS:
        return ngx_socialcare_variable_number(r, v, (int64_t) ctx->mentions);

    case NGX_SOCIALCARE_LOG_DUPLICATES:
        return ngx_socialcare_variable_number(r, v,
                                              (int64_t) ctx->duplicates);

    case NGX_SOCIALCARE_LOG_STORE:
        ngx_socialcare_variable_set(v, sc_str_from_cstring(
                                    ngx_socialcare_store_names[ctx->store]));
        return NGX_OK;

    default: /* NGX_SOCIALCARE_LOG_STORE_TIME */
        break;
    }

    if (ctx->store_time < 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    /* Seconds with milliseconds, like $upstream_response_time. */

    text = ngx_pnalloc(r->pool, NGX_TIME_T_LEN + 4);
    if (text == NULL) {
        return NGX_ERROR;
    }

    ms = ctx->store_time;

    ngx_socialcare_variable_set(v,
        sc_str_make(text, (size_t)
                    (ngx_snprintf(text, NGX_TIME_T_LEN + 4, "%T.%03M",
                                  (time_t) ms / 1000, (ngx_msec_t) ms % 1000)
                     - text)));

    return NGX_OK;
}
