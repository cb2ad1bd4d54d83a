
/*
 * ngx_socialcare_keys.c: rereads key sets (JWKS) when their file changes; an
 * external job refreshes the file.
 *
 * A publisher replaces its keys every few days, and nobody should have to
 * reload nginx for that.  A timer, never a request, checks each file's mtime,
 * size and inode every few seconds; a changed file is read on the spot (it is
 * small).  One that cannot be read or used leaves the keys as they are, is
 * counted, and logged once for each change.  Shared secrets are not watched:
 * they rotate by configuration, with two of them valid for a time.
 *
 * Must not be used in the master, where a reload replaces the configuration
 * that it reads.
 */

#include "ngx_socialcare_keys.h"
#include "ngx_socialcare_conf.h"
#include "ngx_socialcare_zone.h"


#define NGX_SOCIALCARE_KEYS_INTERVAL  3000
#define NGX_SOCIALCARE_KEYS_MAX_SIZE  (256 * 1024)


static void ngx_socialcare_keys_timer(ngx_event_t *ev);


static ngx_event_t       ngx_socialcare_keys_event;
static ngx_connection_t  ngx_socialcare_keys_data;


static void
ngx_socialcare_keys_note(ngx_socialcare_key_file_t *file,
    ngx_file_info_t *fi)
{
    file->mtime = ngx_file_mtime(fi);
    file->size = ngx_file_size(fi);
    file->uniq = ngx_file_uniq(fi);
}


ngx_int_t
ngx_socialcare_keys_watch(ngx_conf_t *cf, ngx_str_t *source,
    ngx_socialcare_key_file_t *file)
{
    ngx_str_t        path;
    ngx_file_info_t  fi;

    ngx_str_null(&file->path);

    if (!ngx_socialcare_option(source, "file:", &path)) {
        return NGX_OK;
    }

    file->path.len = path.len;
    file->path.data = ngx_pnalloc(cf->pool, path.len + 1);
    if (file->path.data == NULL) {
        return NGX_ERROR;
    }

    ngx_cpystrn(file->path.data, path.data, path.len + 1);

    if (ngx_conf_full_name(cf->cycle, &file->path, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    /* Errors are reported by whoever reads the file, right after this. */

    if (ngx_file_info(file->path.data, &fi) != NGX_FILE_ERROR) {
        ngx_socialcare_keys_note(file, &fi);
    }

    return NGX_OK;
}


/* The whole file, or an empty string; `problem` says why. */

static ngx_str_t
ngx_socialcare_keys_read(ngx_str_t *path, ngx_pool_t *pool,
    const char **problem)
{
    size_t           size;
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_str_t        text;
    ngx_file_info_t  fi;

    ngx_str_null(&text);

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        *problem = "it cannot be opened by the user of nginx's workers";
        return text;
    }

    *problem = "it is empty, too large or no plain file";

    if (ngx_fd_info(fd, &fi) != NGX_FILE_ERROR && ngx_is_file(&fi)
        && ngx_file_size(&fi) > 0
        && ngx_file_size(&fi) <= NGX_SOCIALCARE_KEYS_MAX_SIZE)
    {
        size = (size_t) ngx_file_size(&fi);
        text.data = ngx_pnalloc(pool, size);

        if (text.data != NULL) {
            n = ngx_read_fd(fd, text.data, size);
            text.len = n == (ssize_t) size ? size : 0;
        }
    }

    (void) ngx_close_file(fd);

    return text;
}


static void
ngx_socialcare_keys_reread(ngx_socialcare_secret_t *secret, ngx_log_t *log)
{
    ngx_str_t                          text;
    ngx_pool_t                        *pool;
    const char                        *problem;
    ngx_socialcare_secret_counters_t  *counters;

    counters = &ngx_socialcare_worker.shared->secrets[secret->slot];

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, log);
    if (pool == NULL) {
        return;
    }

    problem = NULL;
    text = ngx_socialcare_keys_read(&secret->file.path, pool, &problem);

    if (text.len != 0
        && sc_secret_reread(secret->key, ngx_socialcare_to_core(text),
                            &problem))
    {
        ngx_socialcare_count(counters->rereads);
        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "socialcare: \"%V\" has changed: its new keys are in use",
                      &secret->file.path);

    } else {
        ngx_socialcare_count(counters->unreadable);
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "socialcare: \"%V\" has changed and cannot be used (%s);"
                      " the keys that were read before still count",
                      &secret->file.path, problem ? problem : "no memory");
    }

    ngx_destroy_pool(pool);
}


static void
ngx_socialcare_keys_look(ngx_socialcare_secret_t *secret, ngx_log_t *log)
{
    ngx_file_info_t             fi;
    ngx_socialcare_key_file_t  *file;

    file = &secret->file;

    if (ngx_file_info(file->path.data, &fi) == NGX_FILE_ERROR) {
        ngx_memzero(&fi, sizeof(ngx_file_info_t));
    }

    if (ngx_file_mtime(&fi) == file->mtime && ngx_file_size(&fi) == file->size
        && ngx_file_uniq(&fi) == file->uniq)
    {
        return;
    }

    /* Before reading: a change during the read is seen the next time. */

    ngx_socialcare_keys_note(file, &fi);
    ngx_socialcare_keys_reread(secret, log);
}


static void
ngx_socialcare_keys_timer(ngx_event_t *ev)
{
    ngx_uint_t                 i;
    ngx_array_t               *secrets;
    ngx_socialcare_secret_t  **secret;

    secrets = ngx_socialcare_worker.conf->secrets;
    secret = secrets->elts;

    for (i = 0; i < secrets->nelts; i++) {
        if (secret[i]->file.path.len != 0) {
            ngx_socialcare_keys_look(secret[i], ev->log);
        }
    }

    ngx_add_timer(ev, NGX_SOCIALCARE_KEYS_INTERVAL);
}


void
ngx_socialcare_keys_init(ngx_cycle_t *cycle)
{
    ngx_uint_t                 i;
    ngx_array_t               *secrets;
    ngx_socialcare_secret_t  **secret;

    secrets = ngx_socialcare_worker.conf->secrets;
    secret = secrets->elts;

    for (i = 0; i < secrets->nelts; i++) {
        if (secret[i]->file.path.len != 0) {
            break;
        }
    }

    if (i == secrets->nelts) {
        return;
    }

    ngx_memzero(&ngx_socialcare_keys_event, sizeof(ngx_event_t));
    ngx_memzero(&ngx_socialcare_keys_data, sizeof(ngx_connection_t));

    ngx_socialcare_keys_data.fd = (ngx_socket_t) -1;
    ngx_socialcare_keys_event.data = &ngx_socialcare_keys_data;
    ngx_socialcare_keys_event.handler = ngx_socialcare_keys_timer;
    ngx_socialcare_keys_event.log = cycle->log;
    ngx_socialcare_keys_event.cancelable = 1;

    ngx_add_timer(&ngx_socialcare_keys_event, NGX_SOCIALCARE_KEYS_INTERVAL);
}
