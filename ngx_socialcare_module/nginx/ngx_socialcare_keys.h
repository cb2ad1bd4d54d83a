
/*
 * ngx_socialcare_keys.h: key sets that are reread when their file changes.
 */

#ifndef _NGX_SOCIALCARE_KEYS_H_INCLUDED_
#define _NGX_SOCIALCARE_KEYS_H_INCLUDED_


#include "ngx_socialcare.h"


/*
 * Records the path of `source` (file:PATH) and the file's present state, before
 * it is read.  `file->path` stays empty for other sources.
 */
ngx_int_t ngx_socialcare_keys_watch(ngx_conf_t *cf, ngx_str_t *source,
    ngx_socialcare_key_file_t *file);

/* In init_process: starts watching the files, if there are any. */
void ngx_socialcare_keys_init(ngx_cycle_t *cycle);


#endif /* _NGX_SOCIALCARE_KEYS_H_INCLUDED_ */
