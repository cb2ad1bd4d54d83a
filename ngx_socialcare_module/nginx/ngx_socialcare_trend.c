
/*
 * ngx_socialcare_trend.c: feeding and judging live trends.
 *
 * A mention costs reading its first kilobyte and one short critical section
 * under its brand's lock.  Nobody waits there for long: a mention that finds
 * the lock taken for some microseconds is left out, and counted as left out.
 * Every worker has a timer; whichever comes first in a new bucket closes the
 * old one.  A worker that died holding the lock left its brand's topics half
 * written: whoever takes over the lock resets them.
 */

#include "ngx_socialcare_trend.h"

#include <openssl/rand.h>


#define NGX_SOCIALCARE_TREND_INTERVAL  1000
#define NGX_SOCIALCARE_TREND_SPINS     2000

/* Longest platform plus author's id that is told apart. */
#define NGX_SOCIALCARE_TREND_AUTHOR    320


static void ngx_socialcare_trend_timer(ngx_event_t *ev);


static ngx_event_t          ngx_socialcare_trend_event;
static ngx_connection_t     ngx_socialcare_trend_event_data;
static sc_topic_language_t  ngx_socialcare_trend_language;


/* The core counts channels and reaches without knowing their names. */

typedef char  ngx_socialcare_trend_channels_t[SC_CHANNELS
                                              == SC_TOPICS_CHANNELS ? 1 : -1];
typedef char  ngx_socialcare_trend_reaches_t[SC_REACHES
                                             == SC_TOPICS_REACHES ? 1 : -1];


void
ngx_socialcare_trend_zone(ngx_socialcare_shared_t *shared,
    ngx_socialcare_main_conf_t *mcf, ngx_shm_zone_t *shm_zone)
{
    ngx_socialcare_trends_t  *trends;

    shared->trends_limit = shm_zone->shm.size / 8;

    if (shared->trends != NULL || !mcf->trends) {
        return;
    }

    trends = ngx_slab_calloc(shared->shpool,
                             sizeof(ngx_socialcare_trends_t));

    if (trends == NULL) {
        ngx_log_error(NGX_LOG_WARN, shm_zone->shm.log, 0,
                      "socialcare: trends are off, \"socialcare_zone\" has no "
                      "room for them: set it larger and restart nginx, or set "
                      "\"socialcare_trends off\"");
        return;
    }

    if (RAND_bytes(trends->secret, SC_SIPHASH_KEY_SIZE) != 1) {
        ngx_slab_free(shared->shpool, trends);
        ngx_log_error(NGX_LOG_WARN, shm_zone->shm.log, 0,
                      "socialcare: trends are off, OpenSSL has no random "
                      "numbers: see to its configuration and reload nginx");
        return;
    }

    shared->trends = trends;
}


/* Uses the zone's secret, so that all workers count the same hashes. */

static ngx_int_t
ngx_socialcare_trend_language_init(ngx_cycle_t *cycle,
    const ngx_socialcare_trends_t *trends, sc_topic_dictionary_t *dictionary)
{
    void  *memory;

    memory = ngx_palloc(cycle->pool,
                        sc_topic_language_size(dictionary == NULL
                                               ? 0 : dictionary->count));
    if (memory == NULL) {
        return NGX_ERROR;
    }

    sc_topic_language_init(&ngx_socialcare_trend_language, trends->secret,
                           dictionary, memory);

    return NGX_OK;
}


ngx_int_t
ngx_socialcare_trend_init(ngx_cycle_t *cycle, ngx_socialcare_worker_t *worker)
{
    ngx_event_t              *ev;
    ngx_socialcare_trends_t  *trends;

    trends = worker->shared->trends;

    if (trends == NULL || !worker->conf->trends) {
        return NGX_OK;
    }

    if (ngx_socialcare_trend_language_init(cycle, trends,
                                           worker->conf->trend_dictionary)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ev = &ngx_socialcare_trend_event;
    ngx_socialcare_trend_event_data.fd = (ngx_socket_t) -1;
    ngx_socialcare_trend_event_data.data = worker;
    ev->handler = ngx_socialcare_trend_timer;
    ev->data = &ngx_socialcare_trend_event_data;
    ev->log = cycle->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, 1 + ngx_random() % NGX_SOCIALCARE_TREND_INTERVAL);

    return NGX_OK;
}


static uint32_t
ngx_socialcare_trend_bucket(void)
{
    return (uint32_t) (ngx_socialcare_now_ms() / SC_SPIKE_BUCKET_MS);
}


/*
 * NGX_BUSY: a live process holds it.  The holder is checked only after
 * spinning, so that the usual case is one compare-and-swap.
 */

static ngx_int_t
ngx_socialcare_trend_lock(ngx_socialcare_trend_t *trend)
{
    ngx_uint_t         i;
    ngx_atomic_uint_t  holder;

    for (i = 0; i < NGX_SOCIALCARE_TREND_SPINS; i++) {
        if (trend->lock == 0
            && ngx_atomic_cmp_set(&trend->lock, 0,
                                  (ngx_atomic_uint_t) ngx_pid))
        {
            return NGX_OK;
        }

        ngx_cpu_pause();
    }

    holder = trend->lock;

    if (holder == 0 || kill((ngx_pid_t) holder, 0) == 0
        || ngx_errno != ESRCH
        || !ngx_atomic_cmp_set(&trend->lock, holder,
                               (ngx_atomic_uint_t) ngx_pid))
    {
        return NGX_BUSY;
    }

    if (trend->trends.topics != NULL) {
        sc_topics_init(trend->trends.topics, trend->trends.bucket);
    }

    return NGX_OK;
}


static void
ngx_socialcare_trend_unlock(ngx_socialcare_trend_t *trend)
{
    ngx_memory_barrier();
    (void) ngx_atomic_cmp_set(&trend->lock, (ngx_atomic_uint_t) ngx_pid, 0);
}


/*
 * Topics may use two eighths of the zone, topics and series together three:
 * many brands still get series after a few have taken all the topics.  The
 * slab mutex is held.
 */

static void *
ngx_socialcare_trend_room(ngx_socialcare_shared_t *shared, size_t size,
    ngx_uint_t eighths)
{
    void  *memory;

    if (shared->trends->bytes + size > eighths * shared->trends_limit) {
        return NULL;
    }

    memory = ngx_slab_calloc_locked(shared->shpool, size);

    if (memory != NULL) {
        shared->trends->bytes += size;
    }

    return memory;
}


/* NULL: no room.  Without room for topics a brand has only its series. */

static ngx_socialcare_trend_t *
ngx_socialcare_trend_of(ngx_socialcare_shared_t *shared,
    ngx_socialcare_brand_node_t *brand)
{
    uint32_t                 bucket;
    sc_topics_t             *topics;
    ngx_socialcare_trend_t  *trend;

    if (brand->trend != NULL || brand->trend_refused) {
        return brand->trend;
    }

    ngx_shmtx_lock(&shared->shpool->mutex);

    trend = brand->trend;

    if (trend == NULL) {
        trend = ngx_socialcare_trend_room(shared,
                                          sizeof(ngx_socialcare_trend_t), 3);
        if (trend == NULL) {
            brand->trend_refused = 1;

        } else {
            bucket = ngx_socialcare_trend_bucket();
            topics = ngx_socialcare_trend_room(shared, sizeof(sc_topics_t),
                                               2);

            if (topics != NULL) {
                sc_topics_init(topics, bucket);
            }

            sc_topic_names_init(&trend->names);
            sc_topic_names_add(&trend->names, &ngx_socialcare_trend_language,
                               ngx_socialcare_to_core(brand->name));

            sc_trends_init(&trend->trends, topics, bucket);
            ngx_memory_barrier();
            brand->trend = trend;
        }
    }

    ngx_shmtx_unlock(&shared->shpool->mutex);

    return trend;
}


/* One word each: what is overwritten meanwhile is merely forgotten. */

static ngx_uint_t
ngx_socialcare_trend_is_repeated(ngx_socialcare_trends_t *trends,
    int64_t digest)
{
    uint32_t            mark;
    volatile uint32_t  *slot;

    slot = &trends->recent[(uint64_t) digest % NGX_SOCIALCARE_TREND_RECENT];
    mark = (uint32_t) ((uint64_t) digest / NGX_SOCIALCARE_TREND_RECENT);

    if (*slot == mark) {
        return 1;
    }

    *slot = mark;

    return 0;
}


/*
 * A keyed hash of who wrote it or, if the platform does not say, of the
 * conversation.
 */

static uint64_t
ngx_socialcare_trend_author(ngx_socialcare_trends_t *trends,
    const sc_mention_t *mention)
{
    u_char    text[NGX_SOCIALCARE_TREND_AUTHOR], *last;
    sc_str_t  who, platform;

    platform = sc_str_first(mention->platform, sizeof(text) - 1);
    last = ngx_cpymem(text, platform.data, platform.len);
    *last++ = ':';

    who = mention->author.id.len ? mention->author.id : mention->clock_key;
    who = sc_str_first(who, (size_t) (text + sizeof(text) - last));
    last = ngx_cpymem(last, who.data, who.len);

    return sc_siphash24(trends->secret,
                        sc_str_make(text, (size_t) (last - text)));
}


static void
ngx_socialcare_trend_keys(const sc_mention_t *mention,
    const sc_topic_names_t *brand, sc_topic_keys_t *keys)
{
    sc_topic_names_t  names;

    sc_topic_keys_init(keys);

    if (mention->text.len == 0 && mention->subject.len == 0) {
        return;
    }

    names = *brand;
    sc_topic_names_add(&names, &ngx_socialcare_trend_language,
                       mention->author.name);
    sc_topic_names_add(&names, &ngx_socialcare_trend_language,
                       mention->author.handle);

    sc_topic_keys_add(keys, &ngx_socialcare_trend_language, &names,
                      mention->subject);
    sc_topic_keys_add(keys, &ngx_socialcare_trend_language, &names,
                      mention->text);
}


void
ngx_socialcare_trend_observe(ngx_socialcare_worker_t *worker,
    const sc_mention_t *mention, ngx_socialcare_brand_node_t *brand,
    int64_t digest, sc_arena_t *arena, ngx_str_t *name)
{
    u_char                      text[SC_TOPIC_MAX_NAME];
    size_t                      len;
    sc_topic_keys_t             keys;
    sc_trends_mention_t         observed;
    ngx_socialcare_trend_t     *trend;
    ngx_socialcare_trends_t    *trends;
    const sc_topic_incident_t  *incident;

    ngx_str_null(name);
    trends = worker->shared->trends;

    if (trends == NULL || !worker->conf->trends
        || !sc_mention_is_actionable(mention))
    {
        return;
    }

    trend = brand == NULL ? NULL
                          : ngx_socialcare_trend_of(worker->shared, brand);

    if (trend == NULL) {
        ngx_socialcare_count(trends->without_room);
        return;
    }

    ngx_socialcare_trend_keys(mention, &trend->names, &keys);

    observed.keys = &keys;
    observed.author = ngx_socialcare_trend_author(trends, mention);
    observed.channel = mention->channel;
    observed.reach = sc_mention_reach(mention);
    observed.counted = ngx_socialcare_trend_is_repeated(trends, digest);

    if (ngx_socialcare_trend_lock(trend) != NGX_OK) {
        ngx_socialcare_count(trends->busy);
        return;
    }

    len = 0;
    incident = sc_trends_observe(&trend->trends, &observed);

    if (incident != NULL) {
        len = ngx_min(incident->len, SC_TOPIC_MAX_NAME);
        ngx_memcpy(text, incident->name, len);
    }

    ngx_socialcare_trend_unlock(trend);

    name->data = len ? sc_arena_bytes(arena, len) : NULL;

    if (name->data != NULL) {
        name->len = len;
        ngx_memcpy(name->data, text, len);
    }

    if (observed.counted) {
        ngx_socialcare_count(trends->repeated);

    } else {
        ngx_socialcare_count(trends->observed);
    }
}


static void
ngx_socialcare_trend_close(ngx_socialcare_shared_t *shared,
    ngx_socialcare_brand_node_t *brand, uint32_t bucket)
{
    sc_trends_summary_t      summary;
    ngx_socialcare_trend_t  *trend;

    trend = brand->trend;

    if (trend->trends.bucket == bucket
        || ngx_socialcare_trend_lock(trend) != NGX_OK)
    {
        return;                         /* the timer will try again */
    }

    if (trend->trends.bucket != bucket) {
        sc_trends_close(&trend->trends, bucket);
        sc_trends_summarise(&trend->trends, &summary);
        ngx_socialcare_zone_publish(shared, &brand->trends, &summary,
                                    sizeof(summary));
    }

    ngx_socialcare_trend_unlock(trend);
}


static void
ngx_socialcare_trend_timer(ngx_event_t *ev)
{
    uint32_t                      bucket;
    ngx_connection_t             *data;
    ngx_socialcare_worker_t      *worker;
    ngx_socialcare_brand_node_t  *brand;

    data = ev->data;
    worker = data->data;
    bucket = ngx_socialcare_trend_bucket();

    for (brand = worker->shared->brands; brand; brand = brand->next) {
        if (brand->trend != NULL) {
            ngx_socialcare_trend_close(worker->shared, brand, bucket);
        }
    }

    ngx_add_timer(ev, NGX_SOCIALCARE_TREND_INTERVAL);
}
