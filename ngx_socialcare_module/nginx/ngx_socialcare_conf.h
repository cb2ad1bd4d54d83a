
/*
 * ngx_socialcare_conf.h: what the files that read the configuration share.
 * None of it runs while requests are served, except _name_is_valid.
 */

#ifndef _NGX_SOCIALCARE_CONF_H_INCLUDED_
#define _NGX_SOCIALCARE_CONF_H_INCLUDED_


#include "ngx_socialcare.h"


#define NGX_SOCIALCARE_MAX_PARTITIONS  1024

/* Longest name of a brand, queue, label or prefix. */
#define NGX_SOCIALCARE_MAX_NAME  64


/* True if the argument begins with `name`; *value is the rest. */
ngx_uint_t ngx_socialcare_option(ngx_str_t *argument, const char *name,
    ngx_str_t *value);

/*
 * An option given twice is a mistake: it is unclear which was meant.  Logs
 * both; `from` is the first argument that may be an option.  The second
 * function checks switches (on, off) only, where other options may repeat.
 */
char *ngx_socialcare_options_once(ngx_conf_t *cf, ngx_uint_t from);
char *ngx_socialcare_switches_once(ngx_conf_t *cf, ngx_uint_t from);

/*
 * Names become part of Redis keys, of hash tags and of labels: 1 to
 * NGX_SOCIALCARE_MAX_NAME letters, digits and -._:@/
 */
ngx_uint_t ngx_socialcare_name_is_valid(ngx_str_t *name);

/*
 * Reads file:path, env:NAME or value:text into memory of cf->pool, without the
 * line break that editors add at the end; never empty.  Logs what is wrong.
 */
ngx_int_t ngx_socialcare_read_source(ngx_conf_t *cf, ngx_str_t *source,
    ngx_str_t *value);

/*
 * Reads a plain file of 1 to `limit` bytes into memory of cf->pool.  Otherwise
 * logs what is wrong, with `missing` or `wrong` as the advice.
 */
ngx_int_t ngx_socialcare_read_file(ngx_conf_t *cf, ngx_str_t *path,
    off_t limit, const char *missing, const char *wrong, ngx_str_t *value);

/* Allocates for arenas that live as long as their owner, a pool. */
void *ngx_socialcare_pool_block(void *owner, size_t size);

/* A cleanup handler: overwrites an ngx_str_t's bytes. */
void ngx_socialcare_wipe(void *data);

/* Sets the location's handler; "conflicts …" if it already has one. */
char *ngx_socialcare_take_location(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf, ngx_http_handler_pt handler);

/* Prepares the location's secrets for its platform's schemes. */
char *ngx_socialcare_prepare_secrets(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf);


#endif /* _NGX_SOCIALCARE_CONF_H_INCLUDED_ */
