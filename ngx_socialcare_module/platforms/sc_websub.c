/*
 * sc_websub.c: what a WebSub (PubSubHubbub) hub sends to its subscriber: feeds
 * in Atom, above all YouTube's, and in RSS.  HMAC over the body with the method
 * that the header names, if it is allowed.
 *
 * socialcare_account names the brand's channels (YouTube's channel id, else the
 * author's uri, mail address or name): their entries are the brand's own and
 * neither start nor end a wait.  Every entry of other feeds is a mention.
 *
 * Options:
 *
 *   topic=URL          expected verbatim in verification requests; may be
 *                      repeated
 *   unsubscribe=URL    a topic that may be unsubscribed from
 *   algorithms=A,B     of sha1, sha256, sha384, sha512; default: all
 *   on_fail=200|401    answer to unauthentic callbacks; default 200, which
 *                      tells a prober nothing and keeps hubs from retrying
 *
 * Wait key of foreign entries: websub:ACCOUNT:ENTRY, the first configured
 * account and the entry's id.
 */

#include "sc_registry.h"
#include "sc_websub.h"


#define SC_WEBSUB_CHALLENGE_MAX  1024

/* Ten years: a longer lease is not credible. */
#define SC_WEBSUB_LEASE_MAX_S    INT64_C(315360000)
#define SC_WEBSUB_MAX_ARGUMENTS  64


static const struct {
    sc_str_t    name;
    sc_digest_t digest;
} sc_websub_algorithms[] = {
    { SC_STR_INIT("sha1"), SC_DIGEST_SHA1 },
    { SC_STR_INIT("sha256"), SC_DIGEST_SHA256 },
    { SC_STR_INIT("sha384"), SC_DIGEST_SHA384 },
    { SC_STR_INIT("sha512"), SC_DIGEST_SHA512 }
};

static const sc_verify_scheme_t sc_websub_scheme = {
    .kind = SC_SCHEME_HMAC,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Hub-Signature") },
    .prefix_is_digest = true
};


/* Verification of intent */


static size_t
sc_websub_leases(const sc_source_t *source, const sc_str_t **names)
{
    const sc_websub_options_t *options;

    options = source->options;
    *names = options->topics.items;

    return options->topics.count;
}


/* Notes that the topic's lease ends at `ends_ms`, if the topic is expected. */
static void
sc_websub_set_lease(sc_callback_t *callback, sc_str_t topic, int64_t ends_ms)
{
    size_t          i, count;
    const sc_str_t *topics;

    count = sc_websub_leases(callback->source, &topics);

    for (i = 0; i < count; i++) {
        if (sc_str_eq(topics[i], topic)) {
            callback->lease = i + 1;
            callback->lease_ends_ms = ends_ms;
            return;
        }
    }
}


/* True: the challenge may be returned to the hub. */
static bool
sc_websub_expects(const sc_websub_options_t *options, sc_str_t mode,
    sc_str_t topic, bool leased)
{
    if (sc_str_eq(mode, SC_STR("subscribe"))) {
        return leased && sc_kit_has(&options->topics, topic);
    }

    return sc_str_eq(mode, SC_STR("unsubscribe"))
           && sc_kit_has(&options->unsubscribe, topic);
}


/*
 * The challenge is about to be returned: the subscription now lasts for the
 * lease, or is over.  A lease that is not a number of seconds changes nothing.
 */
static void
sc_websub_confirm(sc_callback_t *callback, sc_str_t mode, sc_str_t topic,
    sc_str_t lease)
{
    int64_t seconds;

    if (sc_str_eq(mode, SC_STR("unsubscribe"))) {
        sc_websub_set_lease(callback, topic, callback->now_ms);

    } else if (sc_str_to_int64(lease, &seconds) && seconds > 0
               && seconds <= SC_WEBSUB_LEASE_MAX_S)
    {
        sc_websub_set_lease(callback, topic,
                            callback->now_ms + seconds * 1000);
    }
}


/*
 * An unsubscription that nobody asked for must be refused: else anybody could
 * end the subscription.
 */
static void
sc_websub_handshake(sc_callback_t *callback)
{
    size_t                     count;
    sc_str_t                   mode, topic, challenge, lease;
    sc_pair_t                 *pairs;
    const sc_websub_options_t *options;

    options = callback->source->options;
    callback->answer = (sc_answer_t) { .status = 404 };

    if (!sc_form_read(callback->arena, callback->request->query,
                      SC_WEBSUB_MAX_ARGUMENTS, &pairs, &count)
        || !sc_pairs_get(pairs, count, SC_STR("hub.mode"), &mode)
        || !sc_pairs_get(pairs, count, SC_STR("hub.topic"), &topic))
    {
        return;
    }

    if (sc_str_eq(mode, SC_STR("denied"))) {
        sc_websub_set_lease(callback, topic, callback->now_ms);
        callback->answer.status = callback->lease != 0 ? 200 : 404;
        return;
    }

    if (!sc_pairs_get(pairs, count, SC_STR("hub.lease_seconds"), &lease)) {
        lease = SC_STR_NULL;
    }

    if (!sc_websub_expects(options, mode, topic, lease.len != 0)
        || !sc_pairs_get(pairs, count, SC_STR("hub.challenge"), &challenge)
        || !sc_kit_is_harmless(challenge, SC_WEBSUB_CHALLENGE_MAX))
    {
        return;
    }

    sc_websub_confirm(callback, mode, topic, lease);

    callback->answer.status = 200;
    callback->answer.content_type = SC_STR("text/plain");
    callback->answer.body = challenge;
}


/* Configuration */


static size_t
sc_websub_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    const sc_websub_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = options->algorithms_given ? &options->scheme
                                            : &sc_websub_scheme;
    }

    return 1;
}


static void
sc_websub_policy(const sc_source_t *source, sc_policy_t *policy)
{
    const sc_websub_options_t *options;

    options = source->options;
    policy->refused_status = options->refuse ? 401 : 200;
}


static const char *
sc_websub_set_algorithms(sc_websub_options_t *options, sc_str_t value)
{
    size_t   i;
    sc_str_t name;

    options->algorithms_given = true;
    options->scheme = sc_websub_scheme;

    while (sc_str_next(&value, ',', &name)) {
        for (i = 0; i < 4; i++) {
            if (sc_str_eq(sc_websub_algorithms[i].name, name)) {
                break;
            }
        }

        if (i == 4) {
            return "algorithms= is a list of sha1, sha256, sha384 and sha512, "
                   "with commas in between";
        }

        options->scheme.digests |= 1u << sc_websub_algorithms[i].digest;
    }

    return options->scheme.digests != 0 ? NULL
           : "algorithms= needs at least one of sha1, sha256, sha384, sha512";
}


/* An URL may hold commas: one topic each. */
static const char *
sc_websub_add_topic(sc_arena_t *arena, sc_kit_names_t *list, sc_str_t value)
{
    sc_str_t *items;

    if (!sc_str_starts_with(value, SC_STR("http://"))
        && !sc_str_starts_with(value, SC_STR("https://")))
    {
        return "this option is the URL of a feed as it was given to the hub";
    }

    items = sc_arena_array(arena, list->count + 1, sizeof(sc_str_t));
    if (items == NULL) {
        return "no memory for this option";
    }

    if (list->count != 0) {
        memcpy(items, list->items, list->count * sizeof(sc_str_t));
    }

    items[list->count++] = value;
    list->items = items;

    return NULL;
}


static const char *
sc_websub_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_websub_options_t *options;

    options = data;

    if (sc_str_eq(name, SC_STR("topic"))) {
        return sc_websub_add_topic(arena, &options->topics, value);
    }

    if (sc_str_eq(name, SC_STR("unsubscribe"))) {
        return sc_websub_add_topic(arena, &options->unsubscribe, value);
    }

    if (sc_str_eq(name, SC_STR("algorithms"))) {
        return sc_websub_set_algorithms(options, value);
    }

    if (sc_str_eq(name, SC_STR("on_fail"))) {
        options->refuse = sc_str_eq(value, SC_STR("401"));

        return options->refuse || sc_str_eq(value, SC_STR("200"))
               ? NULL : "on_fail= is 200 or 401";
    }

    return "unknown option: websub knows topic=, unsubscribe=, algorithms= "
           "and on_fail=";
}


static const char *
sc_websub_finish_options(void *data, sc_arena_t *arena)
{
    const sc_websub_options_t *options;

    (void) arena;

    options = data;

    return options->topics.count != 0 || options->unsubscribe.count != 0
           ? NULL : "websub needs topic=URL: without it every verification "
                    "of the hub would be refused";
}


const sc_platform_t sc_platform_websub = {
    .name = SC_STR_INIT("websub"),
    .channel = SC_CHANNEL_SOCIAL,
    .schemes = sc_websub_schemes,
    .handshake = sc_websub_handshake,
    .leases = sc_websub_leases,
    .parse = sc_websub_parse,
    .options_size = sizeof(sc_websub_options_t),
    .set_option = sc_websub_set_option,
    .finish_options = sc_websub_finish_options,
    .policy = sc_websub_policy
};
