
/*
 * ngx_socialcare_spool_left.c: what remains in a directory when its workers go.
 *
 * After a reload that names another directory, or none, what the old workers
 * have spooled stays in the old one, and no new worker looks there.  The master
 * remembers that when it reloads; an old worker says it when it exits, since
 * until then it may still send what it holds, or add to it.
 *
 * Without a reload the workers of an nginx go because it ends, or because
 * another binary takes over.  Whether that one looks there is not known: what
 * is still in the directory is said.
 */

#include "ngx_socialcare_spool_drain.h"


static uint32_t
ngx_socialcare_spool_path_hash(ngx_str_t *path)
{
    return ngx_socialcare_spool_name_hash(path->data, path->len);
}


static ngx_uint_t
ngx_socialcare_spool_has_path(ngx_socialcare_main_conf_t *mcf,
    ngx_str_t *path)
{
    ngx_path_t  *own;

    if (mcf == NULL || !mcf->enabled || mcf->spool.path == NULL) {
        return 0;
    }

    own = mcf->spool.path;

    return own->name.len == path->len
           && ngx_memcmp(own->name.data, path->data, path->len) == 0;
}


/* The old configuration; NULL if it had not loaded this very module. */

static ngx_socialcare_main_conf_t *
ngx_socialcare_spool_old_conf(ngx_cycle_t *old_cycle)
{
    ngx_uint_t  i;

    /* The first configuration has a dummy before it. */

    if (ngx_is_init_cycle(old_cycle)) {
        return NULL;
    }

    for (i = 0; old_cycle->modules[i] != NULL; i++) {
        if (old_cycle->modules[i] == &ngx_socialcare_module) {
            return ngx_http_cycle_get_module_main_conf(old_cycle,
                                                       ngx_socialcare_module);
        }
    }

    return NULL;
}


void
ngx_socialcare_spool_note_left(ngx_cycle_t *cycle,
    ngx_socialcare_main_conf_t *mcf)
{
    ngx_slab_pool_t             *shpool;
    ngx_socialcare_shared_t     *shared;
    ngx_socialcare_main_conf_t  *old;

    old = ngx_socialcare_spool_old_conf(cycle->old_cycle);

    if (old == NULL || !old->enabled || old->spool.path == NULL) {
        return;
    }

    shpool = (ngx_slab_pool_t *) old->shm_zone->shm.addr;
    shared = shpool->data;

    /* In another zone nothing tells the old workers that others follow. */

    if (shared->loads == old->load) {
        ngx_socialcare_count(shared->loads);
    }

    if (ngx_socialcare_spool_has_path(mcf, &old->spool.path->name)) {
        shared->spool_left = 0;
        return;
    }

    shared->spool_left = ngx_socialcare_spool_path_hash(
                                                      &old->spool.path->name);

    /* What the status had of it says nothing about the new one. */

    shared->spool_read_ms = 0;
}


void
ngx_socialcare_spool_tell_left(ngx_socialcare_spool_t *spool)
{
    ngx_str_t                    *path;
    ngx_uint_t                    load;
    ngx_atomic_uint_t             hash, ended;
    ngx_socialcare_shared_t      *shared;
    ngx_socialcare_spool_scan_t   scan;

    shared = spool->worker->shared;
    path = &spool->conf->path->name;
    load = spool->worker->conf->load;
    hash = ngx_socialcare_spool_path_hash(path);
    ended = shared->spool_ended;

    if (shared->spool_left != hash
        && (shared->loads != load || ended == load))
    {
        return;
    }

    ngx_memzero(&scan, sizeof(ngx_socialcare_spool_scan_t));
    scan.path = (char *) path->data;
    ngx_socialcare_spool_scan_thread(&scan, spool->log);

    if (scan.segments == 0) {
        return;
    }

    if (shared->loads == load) {
        if (ngx_atomic_cmp_set(&shared->spool_ended, ended, load)) {
            ngx_log_error(NGX_LOG_WARN, spool->log, 0,
                          "socialcare: %ui segments with acknowledged mentions "
                          "are still in \"%V\": they are delivered by an nginx "
                          "whose \"socialcare_spool\" names it",
                          (ngx_uint_t) scan.segments, path);
        }

        return;
    }

    if (!ngx_atomic_cmp_set(&shared->spool_left, hash, 0)) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, spool->log, 0,
                  "socialcare: %ui segments with acknowledged mentions are "
                  "left in \"%V\", which the configuration no longer names: "
                  "name it in \"socialcare_spool\" again and reload, until "
                  "they are delivered", (ngx_uint_t) scan.segments, path);
}
