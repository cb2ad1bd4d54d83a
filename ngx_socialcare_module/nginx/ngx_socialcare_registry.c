
/*
 * ngx_socialcare_registry.c: writing and reading the set of all brands, the
 * key "{PREFIX:known}" with the members BRAND/PARTITIONS.
 *
 * No brand's own keys begin like that: they have a partition before the brace.
 * A member is never removed here: only an operator knows that a brand is gone
 * for good.  Sends nothing and waits for nothing: that is done by _refresh.c.
 */

#include "ngx_socialcare_conf.h"
#include "ngx_socialcare_redis.h"
#include "ngx_socialcare_registry.h"


/* A name of 64 bytes, the partitions, and what is around a prefix. */
#define NGX_SOCIALCARE_REGISTRY_TEXT   128


ngx_socialcare_brand_node_t *
ngx_socialcare_registry_next(ngx_socialcare_brand_node_t *brand,
    ngx_uint_t all)
{
    while (brand != NULL
           && (brand->chosen == 0
               || (!all && brand->registered == brand->chosen)))
    {
        brand = brand->next;
    }

    return brand;
}


static sc_str_t
ngx_socialcare_registry_key(ngx_socialcare_worker_t *worker, u_char *text)
{
    sc_buf_t  key;

    sc_buf_init_fixed(&key, text, NGX_SOCIALCARE_REGISTRY_TEXT);
    sc_buf_append_byte(&key, '{');
    sc_buf_append_str(&key,
                      ngx_socialcare_to_core(worker->conf->redis.prefix));
    sc_buf_append_str(&key, SC_STR(":known}"));

    return sc_buf_str(&key);
}


void
ngx_socialcare_registry_write_entry(ngx_socialcare_worker_t *worker,
    ngx_socialcare_brand_node_t *brand, sc_buf_t *out)
{
    u_char    key[NGX_SOCIALCARE_REGISTRY_TEXT];
    u_char    text[NGX_SOCIALCARE_REGISTRY_TEXT];
    sc_buf_t  member;
    sc_str_t  arguments[3];

    sc_buf_init_fixed(&member, text, sizeof(text));
    sc_buf_append_str(&member, ngx_socialcare_to_core(brand->name));
    sc_buf_append_byte(&member, '/');
    sc_buf_append_uint(&member, brand->chosen);

    arguments[0] = SC_STR("SADD");
    arguments[1] = ngx_socialcare_registry_key(worker, key);
    arguments[2] = sc_buf_str(&member);
    sc_command_write(out, arguments, 3);
}


void
ngx_socialcare_registry_write_list(ngx_socialcare_worker_t *worker,
    sc_buf_t *out)
{
    u_char    key[NGX_SOCIALCARE_REGISTRY_TEXT];
    sc_str_t  arguments[2];

    arguments[0] = SC_STR("SMEMBERS");
    arguments[1] = ngx_socialcare_registry_key(worker, key);
    sc_command_write(out, arguments, 2);
}


ngx_int_t
ngx_socialcare_registry_read_entry(ngx_socialcare_brand_node_t *brand,
    ngx_socialcare_reply_t *reply)
{
    if (reply->type != NGX_SOCIALCARE_REPLY_INTEGER) {
        return NGX_ERROR;
    }

    brand->registered = brand->chosen;

    return NGX_OK;
}


/* What one number of partitions stores, the other does not find. */

static void
ngx_socialcare_registry_compare(ngx_socialcare_worker_t *worker,
    ngx_socialcare_brand_node_t *brand, ngx_uint_t partitions)
{
    ngx_str_t  *prefix;

    if (brand->chosen == 0 || brand->chosen == partitions
        || brand->differs == brand->chosen)
    {
        return;
    }

    brand->differs = brand->chosen;
    prefix = &worker->conf->redis.prefix;

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "socialcare: the brand \"%V\" has partitions=%ui here, and "
                  "%ui on another machine or before: with one number, nothing "
                  "is found of what was stored with the other, so retries are "
                  "queued twice and answers end no wait; write the same "
                  "everywhere or, once no wait of the other is left, "
                  "\"SREM {%V:known} %V/%ui\"",
                  &brand->name, brand->chosen, partitions, prefix,
                  &brand->name, partitions);
}


static void
ngx_socialcare_registry_read_member(ngx_socialcare_worker_t *worker,
    sc_str_t member)
{
    size_t                        at;
    ngx_int_t                     partitions;
    ngx_str_t                     name;
    ngx_socialcare_brand_node_t  *brand;

    /* A brand's name may contain slashes. */

    for (at = member.len; at > 0 && member.data[at - 1] != '/'; at--) {
        /* void */
    }

    if (at == 0) {
        return;
    }

    name.data = (u_char *) member.data;
    name.len = at - 1;
    partitions = ngx_atoi((u_char *) member.data + at, member.len - at);

    if (partitions < 1 || partitions > NGX_SOCIALCARE_MAX_PARTITIONS
        || !ngx_socialcare_name_is_valid(&name))
    {
        return;
    }

    brand = ngx_socialcare_zone_known_brand(worker->shared, &name,
                                            (ngx_uint_t) partitions);

    if (brand != NULL) {
        ngx_socialcare_registry_compare(worker, brand,
                                        (ngx_uint_t) partitions);
    }
}


ngx_int_t
ngx_socialcare_registry_read_list(ngx_socialcare_worker_t *worker,
    ngx_socialcare_reply_t *reply)
{
    ngx_uint_t  i;

    if (reply->type != NGX_SOCIALCARE_REPLY_ARRAY) {
        return NGX_ERROR;
    }

    for (i = 0; i < reply->count; i++) {
        if (reply->elements[i]->type == NGX_SOCIALCARE_REPLY_STRING) {
            ngx_socialcare_registry_read_member(worker,
                                                reply->elements[i]->text);
        }
    }

    return NGX_OK;
}
