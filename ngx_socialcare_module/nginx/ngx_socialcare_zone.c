
/*
 * ngx_socialcare_zone.c: creating, reusing and extending the shared zone.
 */

#include "ngx_socialcare_subscription.h"
#include "ngx_socialcare_trend.h"


/* One part in so many of the zone remembers signed ids: 10,000 in 8m. */
#define NGX_SOCIALCARE_REPLAY_SHARE  32


static ngx_int_t ngx_socialcare_zone_init(ngx_shm_zone_t *shm_zone,
    void *data);
static ngx_int_t ngx_socialcare_zone_fill(ngx_shm_zone_t *shm_zone);
static ngx_int_t ngx_socialcare_zone_configure(ngx_shm_zone_t *shm_zone);


const uint32_t  ngx_socialcare_latency_bounds_us[] = {
    500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
    1000000
};

const uint32_t  ngx_socialcare_lag_bounds_s[] = {
    1, 2, 5, 10, 30, 60, 300, 900, 3600
};


ngx_int_t
ngx_socialcare_zone_add(ngx_conf_t *cf, ngx_socialcare_main_conf_t *mcf)
{
    ngx_str_t  name = ngx_string("socialcare");

    mcf->shm_zone = ngx_shared_memory_add(cf, &name, mcf->zone_size,
                                          &ngx_socialcare_module);
    if (mcf->shm_zone == NULL) {
        return NGX_ERROR;
    }

    mcf->shm_zone->init = ngx_socialcare_zone_init;
    mcf->shm_zone->data = mcf;

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_slab_pool_t  *shpool;

    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (data == NULL && !shm_zone->shm.exists) {
        if (ngx_socialcare_zone_fill(shm_zone) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    /* shpool->data is the one pointer that outlives every configuration. */

    if (shpool->data == NULL) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "the zone \"%V\" was not filled; restart nginx",
                      &shm_zone->shm.name);
        return NGX_ERROR;
    }

    return ngx_socialcare_zone_configure(shm_zone);
}


static ngx_int_t
ngx_socialcare_zone_fill(ngx_shm_zone_t *shm_zone)
{
    size_t                    count;
    ngx_slab_pool_t          *shpool;
    ngx_socialcare_shared_t  *shared;

    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    shared = ngx_slab_calloc(shpool, sizeof(ngx_socialcare_shared_t));
    if (shared == NULL) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "\"socialcare_zone\" of %uz bytes is too small, "
                      "set at least %uz",
                      shm_zone->shm.size,
                      2 * sizeof(ngx_socialcare_shared_t));
        return NGX_ERROR;
    }

    /* A zone too small for that remembers none: counters come first. */

    count = shm_zone->shm.size / NGX_SOCIALCARE_REPLAY_SHARE
            / (SC_REPLAY_WAYS * sizeof(sc_replay_entry_t)) * SC_REPLAY_WAYS;

    shared->replays.entries = ngx_slab_calloc(shpool, count
                                              * sizeof(sc_replay_entry_t));
    shared->replays.count = shared->replays.entries == NULL ? 0 : count;

    shared->shpool = shpool;
    shared->started_ms = (ngx_atomic_uint_t) ngx_socialcare_now_ms();
    shpool->data = shared;
    shpool->log_nomem = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_socialcare_zone_check_workers(ngx_socialcare_main_conf_t *mcf,
    ngx_log_t *log)
{
    if (mcf->core->worker_processes <= NGX_SOCIALCARE_MAX_WORKERS) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, log, 0,
                  "socialcare: more than %d workers; "
                  "set \"worker_processes\" lower",
                  NGX_SOCIALCARE_MAX_WORKERS);

    return NGX_ERROR;
}


/*
 * What can refuse a configuration.  A later part of nginx may refuse it, too:
 * then the one before it stays in force, and so must what the zone says of it.
 */

static ngx_int_t
ngx_socialcare_zone_configure(ngx_shm_zone_t *shm_zone)
{
    ngx_uint_t                   i;
    ngx_slab_pool_t             *shpool;
    ngx_socialcare_secret_t    **secret;
    ngx_socialcare_shared_t     *shared;
    ngx_socialcare_main_conf_t  *mcf;

    mcf = shm_zone->data;
    shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;
    shared = shpool->data;

    if (ngx_socialcare_zone_check_workers(mcf, shm_zone->shm.log) != NGX_OK
        || ngx_socialcare_spool_check(mcf, shm_zone->shm.log) != NGX_OK)
    {
        return NGX_ERROR;
    }

    secret = mcf->secrets->elts;

    for (i = 0; i < mcf->secrets->nelts; i++) {
        secret[i]->slot = ngx_socialcare_zone_secret(shared,
                                                     &secret[i]->label);
        if (secret[i]->slot == NGX_SOCIALCARE_MAX_SECRETS) {
            ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                          "more than %d different labels in "
                          "\"socialcare_secret\" since nginx was started, "
                          "each with a counter that reloads keep: use fewer, "
                          "or restart nginx", NGX_SOCIALCARE_MAX_SECRETS);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


void
ngx_socialcare_zone_load(ngx_socialcare_main_conf_t *mcf)
{
    ngx_uint_t                i;
    ngx_slab_pool_t          *shpool;
    ngx_socialcare_brand_t   *brand;
    ngx_socialcare_shared_t  *shared;

    shpool = (ngx_slab_pool_t *) mcf->shm_zone->shm.addr;
    shared = shpool->data;

    shared->configured_ms = (ngx_atomic_uint_t) ngx_socialcare_now_ms();
    ngx_socialcare_count(shared->loads);
    mcf->load = shared->loads;

    /* Static brands get their place before a worker needs them. */

    brand = mcf->brands->elts;

    for (i = 0; i < mcf->brands->nelts; i++) {
        (void) ngx_socialcare_zone_brand(shared, &brand[i].name,
                                         brand[i].partitions);
    }

    ngx_socialcare_subscription_zone(shared, mcf);
    ngx_socialcare_trend_zone(shared, mcf, mcf->shm_zone);
}


ngx_uint_t
ngx_socialcare_zone_slot_is_alive(ngx_socialcare_worker_counters_t *worker)
{
    ngx_atomic_uint_t  pid;

    pid = worker->pid;

    return pid != 0
           && (kill((ngx_pid_t) pid, 0) == 0 || ngx_errno != ESRCH);
}


ngx_uint_t
ngx_socialcare_zone_take_slot(ngx_socialcare_shared_t *shared)
{
    ngx_uint_t                         i;
    ngx_atomic_uint_t                  pid;
    ngx_socialcare_worker_counters_t  *worker;

    for (i = 0; i < NGX_SOCIALCARE_MAX_WORKERS; i++) {
        worker = &shared->workers[i];
        pid = worker->pid;

        if (ngx_socialcare_zone_slot_is_alive(worker)) {
            continue;
        }

        if (ngx_atomic_cmp_set(&worker->pid, pid,
                               (ngx_atomic_uint_t) ngx_pid))
        {
            ngx_memzero((u_char *) worker + sizeof(ngx_atomic_t),
                        sizeof(*worker) - sizeof(ngx_atomic_t));
            return i;
        }
    }

    return NGX_SOCIALCARE_MAX_WORKERS;
}


void
ngx_socialcare_zone_free_slot(ngx_socialcare_shared_t *shared,
    ngx_uint_t slot)
{
    if (slot < NGX_SOCIALCARE_MAX_WORKERS) {
        (void) ngx_atomic_cmp_set(&shared->workers[slot].pid,
                                  (ngx_atomic_uint_t) ngx_pid, 0);
    }
}


ngx_int_t
ngx_socialcare_zone_copy_name(ngx_slab_pool_t *shpool, ngx_str_t *to,
    ngx_str_t *from)
{
    to->data = ngx_slab_alloc_locked(shpool, from->len + 1);
    if (to->data == NULL) {
        return NGX_ERROR;
    }

    to->len = from->len;
    ngx_memcpy(to->data, from->data, from->len);

    return NGX_OK;
}


static ngx_uint_t
ngx_socialcare_zone_hash(ngx_str_t *brand, ngx_str_t *queue)
{
    size_t      i;
    ngx_uint_t  hash;

    hash = 0;

    for (i = 0; i < brand->len; i++) {
        hash = ngx_hash(hash, brand->data[i]);
    }

    for (i = 0; queue != NULL && i < queue->len; i++) {
        hash = ngx_hash(hash, queue->data[i]);
    }

    return hash % NGX_SOCIALCARE_HASH_SIZE;
}


ngx_socialcare_queue_node_t *
ngx_socialcare_zone_find_queue(ngx_socialcare_shared_t *shared,
    ngx_str_t *brand, ngx_str_t *queue)
{
    ngx_uint_t                    hash;
    ngx_socialcare_queue_node_t  *node;

    hash = ngx_socialcare_zone_hash(brand, queue);

    for (node = shared->queue_chains[hash]; node; node = node->chain) {
        if (node->queue.len == queue->len
            && node->brand.len == brand->len
            && ngx_memcmp(node->queue.data, queue->data, queue->len) == 0
            && ngx_memcmp(node->brand.data, brand->data, brand->len) == 0)
        {
            return node;
        }
    }

    return NULL;
}


/* The slab mutex is held. */

static ngx_socialcare_queue_node_t *
ngx_socialcare_zone_new_queue(ngx_socialcare_shared_t *shared,
    ngx_str_t *brand, ngx_str_t *queue)
{
    ngx_uint_t                    hash;
    ngx_socialcare_queue_node_t  *node;

    if (shared->queues_count == NGX_SOCIALCARE_MAX_QUEUES) {
        return NULL;
    }

    node = ngx_slab_calloc_locked(shared->shpool,
                                  sizeof(ngx_socialcare_queue_node_t));
    if (node == NULL) {
        return NULL;
    }

    if (ngx_socialcare_zone_copy_name(shared->shpool, &node->brand, brand)
        != NGX_OK)
    {
        ngx_slab_free_locked(shared->shpool, node);
        return NULL;
    }

    if (ngx_socialcare_zone_copy_name(shared->shpool, &node->queue, queue)
        != NGX_OK)
    {
        ngx_slab_free_locked(shared->shpool, node->brand.data);
        ngx_slab_free_locked(shared->shpool, node);
        return NULL;
    }

    node->depth = (ngx_atomic_uint_t) -1;
    node->lag = (ngx_atomic_uint_t) -1;
    node->waiting = (ngx_atomic_uint_t) -1;
    node->pending = (ngx_atomic_uint_t) -1;
    node->dead_depth = (ngx_atomic_uint_t) -1;
    node->oldest_age_ms = (ngx_atomic_uint_t) -1;
    node->ready_lag_ms = (ngx_atomic_uint_t) -1;
    node->arrival_micro = (ngx_atomic_uint_t) -1;
    node->pop_micro = (ngx_atomic_uint_t) -1;
    node->open = (ngx_atomic_uint_t) -1;
    node->due_soon = (ngx_atomic_uint_t) -1;
    node->breached = (ngx_atomic_uint_t) -1;
    node->earliest_ms = (ngx_atomic_uint_t) -1;
    hash = ngx_socialcare_zone_hash(brand, queue);
    node->next = shared->queues;
    node->chain = shared->queue_chains[hash];

    /* Readers hold no lock: the node is complete before it is linked. */

    ngx_memory_barrier();
    shared->queues = node;
    shared->queue_chains[hash] = node;
    shared->queues_count++;

    return node;
}


ngx_socialcare_queue_node_t *
ngx_socialcare_zone_queue(ngx_socialcare_shared_t *shared, ngx_str_t *brand,
    ngx_str_t *queue)
{
    ngx_socialcare_queue_node_t  *node;

    node = ngx_socialcare_zone_find_queue(shared, brand, queue);
    if (node != NULL) {
        return node;
    }

    ngx_shmtx_lock(&shared->shpool->mutex);

    node = ngx_socialcare_zone_find_queue(shared, brand, queue);
    if (node == NULL) {
        node = ngx_socialcare_zone_new_queue(shared, brand, queue);
    }

    ngx_shmtx_unlock(&shared->shpool->mutex);

    if (node == NULL) {
        ngx_socialcare_count(shared->names_overflow);
    }

    return node;
}


ngx_socialcare_brand_node_t *
ngx_socialcare_zone_find_brand(ngx_socialcare_shared_t *shared,
    ngx_str_t *name)
{
    ngx_uint_t                    hash;
    ngx_socialcare_brand_node_t  *node;

    hash = ngx_socialcare_zone_hash(name, NULL);

    for (node = shared->brand_chains[hash]; node; node = node->chain) {
        if (node->name.len == name->len
            && ngx_memcmp(node->name.data, name->data, name->len) == 0)
        {
            return node;
        }
    }

    return NULL;
}


/* The slab mutex is held. */

static ngx_socialcare_brand_node_t *
ngx_socialcare_zone_new_brand(ngx_socialcare_shared_t *shared,
    ngx_str_t *name)
{
    ngx_uint_t                    hash;
    ngx_socialcare_brand_node_t  *node;

    if (shared->brands_count == NGX_SOCIALCARE_MAX_BRANDS) {
        return NULL;
    }

    node = ngx_slab_calloc_locked(shared->shpool,
                                  sizeof(ngx_socialcare_brand_node_t));
    if (node == NULL) {
        return NULL;
    }

    if (ngx_socialcare_zone_copy_name(shared->shpool, &node->name, name)
        != NGX_OK)
    {
        ngx_slab_free_locked(shared->shpool, node);
        return NULL;
    }

    hash = ngx_socialcare_zone_hash(name, NULL);
    node->next = shared->brands;
    node->chain = shared->brand_chains[hash];

    ngx_memory_barrier();
    shared->brands = node;
    shared->brand_chains[hash] = node;
    shared->brands_count++;

    return node;
}


ngx_socialcare_brand_node_t *
ngx_socialcare_zone_known_brand(ngx_socialcare_shared_t *shared,
    ngx_str_t *name, ngx_uint_t partitions)
{
    ngx_socialcare_brand_node_t  *node;

    node = ngx_socialcare_zone_find_brand(shared, name);

    if (node == NULL) {
        ngx_shmtx_lock(&shared->shpool->mutex);

        node = ngx_socialcare_zone_find_brand(shared, name);
        if (node == NULL) {
            node = ngx_socialcare_zone_new_brand(shared, name);
        }

        ngx_shmtx_unlock(&shared->shpool->mutex);
    }

    if (node == NULL) {
        ngx_socialcare_count(shared->names_overflow);
        return NULL;
    }

    if (node->partitions < partitions) {
        node->partitions = partitions;
    }

    return node;
}


ngx_socialcare_brand_node_t *
ngx_socialcare_zone_brand(ngx_socialcare_shared_t *shared, ngx_str_t *name,
    ngx_uint_t partitions)
{
    ngx_socialcare_brand_node_t  *node;

    node = ngx_socialcare_zone_known_brand(shared, name, partitions);

    if (node != NULL) {
        node->chosen = partitions;
    }

    return node;
}


ngx_uint_t
ngx_socialcare_zone_secret(ngx_socialcare_shared_t *shared, ngx_str_t *label)
{
    size_t                             len;
    ngx_uint_t                         i;
    ngx_socialcare_secret_counters_t  *secret;

    len = ngx_min(label->len, NGX_SOCIALCARE_LABEL_SIZE);

    ngx_shmtx_lock(&shared->shpool->mutex);

    for (i = 0; i < NGX_SOCIALCARE_MAX_SECRETS; i++) {
        secret = &shared->secrets[i];

        if (!secret->used) {
            ngx_memcpy(secret->label, label->data, len);
            secret->len = len;
            ngx_memory_barrier();
            secret->used = 1;
            break;
        }

        if (secret->len == len
            && ngx_memcmp(secret->label, label->data, len) == 0)
        {
            break;
        }
    }

    ngx_shmtx_unlock(&shared->shpool->mutex);

    return i;
}


static ngx_uint_t
ngx_socialcare_bucket(const uint32_t *bounds, ngx_uint_t n, ngx_uint_t value)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (value <= bounds[i]) {
            break;
        }
    }

    return i;
}


sc_replay_result_t
ngx_socialcare_zone_replay(ngx_socialcare_shared_t *shared, uint64_t id,
    uint64_t content, int64_t until_s)
{
    sc_replay_result_t  result;

    ngx_shmtx_lock(&shared->shpool->mutex);

    result = sc_replay_check(&shared->replays, id, content,
                             (int64_t) ngx_time(), until_s);

    ngx_shmtx_unlock(&shared->shpool->mutex);

    return result;
}


void
ngx_socialcare_observe_latency(ngx_socialcare_platform_counters_t *counters,
    ngx_uint_t us)
{
    ngx_uint_t  i;

    i = ngx_socialcare_bucket(ngx_socialcare_latency_bounds_us,
                              NGX_SOCIALCARE_LATENCY_BUCKETS - 1, us);

    ngx_socialcare_count(counters->latency[i]);
    ngx_socialcare_count_more(counters->latency_sum_us, us);
}


void
ngx_socialcare_observe_lag(ngx_socialcare_platform_counters_t *counters,
    ngx_uint_t ms)
{
    ngx_uint_t  i;

    i = ngx_socialcare_bucket(ngx_socialcare_lag_bounds_s,
                              NGX_SOCIALCARE_LAG_BUCKETS - 1,
                              (ms + 999) / 1000);

    ngx_socialcare_count(counters->lag[i]);
    ngx_socialcare_count_more(counters->lag_sum_ms, ms);
}
