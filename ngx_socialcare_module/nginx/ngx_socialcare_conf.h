
/*
 * ngx_socialcare_conf.h: what the files that read the configuration share.
 * Nothing of it runs while requests are served, but _name_is_valid.
 */

#ifndef _NGX_SOCIALCARE_CONF_H_INCLUDED_
#define _NGX_SOCIALCARE_CONF_H_INCLUDED_


#include "ngx_socialcare.h"


/* Longest name of a brand, queue, label or prefix. */
#define NGX_SOCIALCARE_MAX_NAME  64


/* The part behind `name` when the argument begins with it. */
ngx_uint_t ngx_socialcare_option(ngx_str_t *argument, const char *name,
    ngx_str_t *value);

/*
 * Two values for one option are a mistake: nobody knows which was meant.  Logs
 * the two; `from` is the first argument that may be an option.
 */
char *ngx_socialcare_options_once(ngx_conf_t *cf, ngx_uint_t from);

/*
 * Names become part of Redis keys, of hash tags and of labels: 1 to
 * NGX_SOCIALCARE_MAX_NAME letters, digits and -._:@/
 */
ngx_uint_t ngx_socialcare_name_is_valid(ngx_str_t *name);

/*
 * file:path, env:NAME or value:text, without the line break that editors put
 * at the end; never empty.  Into memory of cf->pool.  Logs what is wrong.
 */
ngx_int_t ngx_socialcare_read_source(ngx_conf_t *cf, ngx_str_t *source,
    ngx_str_t *value);

/*
 * A plain file of 1 to `limit` bytes, into memory of cf->pool.  Else logs what
 * is wrong, with what to do about a file that is missing or wrong.
 */
ngx_int_t ngx_socialcare_read_file(ngx_conf_t *cf, ngx_str_t *path,
    off_t limit, const char *missing, const char *wrong, ngx_str_t *value);

/* For arenas that live as long as their owner, a pool. */
void *ngx_socialcare_pool_block(void *owner, size_t size);

/* A cleanup handler: overwrites an ngx_str_t's bytes. */
void ngx_socialcare_wipe(void *data);

/* The handler becomes the location's own; "conflicts …" where it has one. */
char *ngx_socialcare_take_location(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf, ngx_http_handler_pt handler);

/* Makes the location's secrets ready for its platform's schemes. */
char *ngx_socialcare_prepare_secrets(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf);


#endif /* _NGX_SOCIALCARE_CONF_H_INCLUDED_ */
