
/*
 * ngx_socialcare_subscription.c: subscriptions that expire, and own replies
 * that fail to arrive.
 *
 * All state is single words in the zone, written without a lock: two workers
 * at once write the same value, or times a few milliseconds apart.
 */

#include "ngx_socialcare_answer.h"
#include "ngx_socialcare_subscription.h"


/* Messages without any reply from the brand for this long are reported. */
#define NGX_SOCIALCARE_OWN_REPLIES_MS  ((int64_t) 24 * 3600 * 1000)


ngx_int_t
ngx_socialcare_subscription_conf(ngx_conf_t *cf,
    ngx_socialcare_loc_conf_t *slcf)
{
    size_t                        i, n;
    const sc_str_t               *topics;
    ngx_socialcare_lease_t       *leases, **entry;
    ngx_socialcare_main_conf_t   *mcf;

    n = sc_source_leases(&slcf->source, &topics);

    if (n == 0) {
        return NGX_OK;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_socialcare_module);

    leases = ngx_pcalloc(cf->pool, n * sizeof(ngx_socialcare_lease_t));
    entry = ngx_array_push_n(mcf->leases, n);

    if (leases == NULL || entry == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        leases[i].platform = slcf->platform_index;
        leases[i].topic = ngx_socialcare_from_core(topics[i]);
        entry[i] = &leases[i];
    }

    slcf->leases = leases;

    return NGX_OK;
}


/* The slab mutex is held. */

static ngx_socialcare_lease_node_t *
ngx_socialcare_lease_new(ngx_socialcare_shared_t *shared,
    ngx_socialcare_lease_t *lease)
{
    ngx_socialcare_lease_node_t  *node;

    node = ngx_slab_calloc_locked(shared->shpool,
                                  sizeof(ngx_socialcare_lease_node_t));
    if (node == NULL) {
        return NULL;
    }

    if (ngx_socialcare_zone_copy_name(shared->shpool, &node->topic,
                                      &lease->topic)
        != NGX_OK)
    {
        ngx_slab_free_locked(shared->shpool, node);
        return NULL;
    }

    node->platform = lease->platform;
    node->next = shared->leases;

    ngx_memory_barrier();
    shared->leases = node;

    return node;
}


static ngx_socialcare_lease_node_t *
ngx_socialcare_lease_find(ngx_socialcare_shared_t *shared,
    ngx_socialcare_lease_t *lease)
{
    ngx_socialcare_lease_node_t  *node;

    for (node = shared->leases; node != NULL; node = node->next) {
        if (node->platform == lease->platform
            && node->topic.len == lease->topic.len
            && ngx_memcmp(node->topic.data, lease->topic.data,
                          lease->topic.len) == 0)
        {
            return node;
        }
    }

    return NULL;
}


void
ngx_socialcare_subscription_zone(ngx_socialcare_shared_t *shared,
    ngx_socialcare_main_conf_t *mcf)
{
    ngx_uint_t                i;
    ngx_socialcare_lease_t  **lease;

    lease = mcf->leases->elts;

    for (i = 0; i < mcf->leases->nelts; i++) {
        ngx_shmtx_lock(&shared->shpool->mutex);

        lease[i]->node = ngx_socialcare_lease_find(shared, lease[i]);
        if (lease[i]->node == NULL) {
            lease[i]->node = ngx_socialcare_lease_new(shared, lease[i]);
        }

        ngx_shmtx_unlock(&shared->shpool->mutex);

        if (lease[i]->node == NULL) {
            ngx_socialcare_count(shared->names_overflow);

        } else {
            lease[i]->node->load = shared->loads;
        }
    }
}


void
ngx_socialcare_subscription_note(ngx_socialcare_loc_conf_t *slcf,
    const sc_callback_t *callback)
{
    ngx_socialcare_lease_t  *lease;

    static time_t            logged;

    if (callback->lease == 0) {
        return;
    }

    lease = &slcf->leases[callback->lease - 1];

    if (lease->node != NULL) {
        lease->node->ends_ms = (ngx_atomic_uint_t) callback->lease_ends_ms;
    }

    if (callback->lease_ends_ms > callback->now_ms
        || !ngx_socialcare_log_is_due(&logged))
    {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "socialcare: \"%*s\" says that the subscription to \"%V\" "
                  "was refused, withdrawn or given up: nothing of it comes "
                  "any more; if that was not meant, subscribe again",
                  slcf->source.platform->name.len,
                  slcf->source.platform->name.data, &lease->topic);
}


static ngx_socialcare_own_node_t *
ngx_socialcare_own_find(ngx_socialcare_brand_node_t *brand,
    ngx_uint_t platform)
{
    ngx_socialcare_own_node_t  *node;

    for (node = brand->own; node != NULL; node = node->next) {
        if (node->platform == platform) {
            return node;
        }
    }

    return NULL;
}


static ngx_socialcare_own_node_t *
ngx_socialcare_own_node(ngx_socialcare_shared_t *shared,
    ngx_socialcare_brand_node_t *brand, ngx_uint_t platform)
{
    ngx_socialcare_own_node_t  *node;

    node = ngx_socialcare_own_find(brand, platform);
    if (node != NULL) {
        return node;
    }

    ngx_shmtx_lock(&shared->shpool->mutex);

    node = ngx_socialcare_own_find(brand, platform);

    if (node == NULL) {
        node = ngx_slab_calloc_locked(shared->shpool,
                                      sizeof(ngx_socialcare_own_node_t));
        if (node != NULL) {
            node->platform = platform;
            node->next = brand->own;

            ngx_memory_barrier();
            brand->own = node;
        }
    }

    ngx_shmtx_unlock(&shared->shpool->mutex);

    if (node == NULL) {
        ngx_socialcare_count(shared->names_overflow);
    }

    return node;
}


/*
 * If a reply was ever seen, a final "thank you" that nobody needed to answer is
 * no sign of trouble: then there must be a message within the last day.
 */

ngx_uint_t
ngx_socialcare_own_replies_are_missing(ngx_socialcare_own_node_t *node,
    int64_t now_ms)
{
    return node->unseen_ms != 0
           && now_ms - (int64_t) node->unseen_ms
              >= NGX_SOCIALCARE_OWN_REPLIES_MS
           && (node->reply_ms == 0
               || now_ms - (int64_t) node->message_ms
                  < NGX_SOCIALCARE_OWN_REPLIES_MS);
}


static void
ngx_socialcare_own_message(ngx_socialcare_own_node_t *node,
    const sc_platform_t *platform, ngx_str_t *brand)
{
    int64_t  now_ms;

    now_ms = ngx_socialcare_now_ms();

    node->message_ms = (ngx_atomic_uint_t) now_ms;
    (void) ngx_atomic_cmp_set(&node->unseen_ms, 0,
                              (ngx_atomic_uint_t) now_ms);

    if (!ngx_socialcare_own_replies_are_missing(node, now_ms)
        || !ngx_atomic_cmp_set(&node->told, 0, 1))
    {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "socialcare: customers of brand \"%V\" have been writing "
                  "on \"%*s\" for 24 h and no reply from the brand was "
                  "seen: if it does reply, %s; until then every customer "
                  "there seems to be waiting",
                  brand, platform->name.len, platform->name.data,
                  platform->own_replies);
}


static ngx_uint_t
ngx_socialcare_own_is_message(const sc_mention_t *mention)
{
    return mention->is_public == SC_TRI_NO
           && (mention->kind == SC_KIND_MESSAGE
               || mention->kind == SC_KIND_STORY_REPLY
               || mention->kind == SC_KIND_STORY_MENTION);
}


void
ngx_socialcare_own_replies_note(const sc_mention_t *mention, sc_clock_t clock,
    ngx_socialcare_brand_node_t *brand)
{
    const sc_platform_t        *platform;
    ngx_socialcare_own_node_t  *node;

    if (brand == NULL
        || (clock != SC_CLOCK_QUESTION && clock != SC_CLOCK_ANSWER
         && clock != SC_CLOCK_AUTO)
        || !ngx_socialcare_own_is_message(mention))
    {
        return;
    }

    /* From the mention: one receiver may serve several platforms. */

    platform = sc_platform_by_name(mention->platform);

    if (platform == NULL || platform->own_replies == NULL) {
        return;
    }

    node = ngx_socialcare_own_node(ngx_socialcare_worker.shared, brand,
                                   sc_platform_index(platform));
    if (node == NULL) {
        return;
    }

    if (clock == SC_CLOCK_QUESTION) {
        ngx_socialcare_own_message(node, platform, &brand->name);
        return;
    }

    node->reply_ms = (ngx_atomic_uint_t) ngx_socialcare_now_ms();
    node->unseen_ms = 0;
    node->told = 0;
}
