/*
 * sc_topics.c: Space-Saving over a heap, and the background behind it.
 */

#include <string.h>

#include "sc_topics_private.h"


/* Spreads a key and an author over the filters' bits. */
#define SC_TOPICS_MIX  UINT64_C(0x9e3779b97f4a7c15)


void
sc_topics_init(sc_topics_t *topics, uint32_t bucket)
{
    memset(topics, 0, sizeof(*topics));
    topics->bucket = bucket;
}


static unsigned
sc_topics_chain(uint64_t hash)
{
    return (unsigned) (hash % SC_TOPICS_CHAINS);
}


/* SC_TOPICS when the key is not kept. */

static unsigned
sc_topics_find(const sc_topics_t *topics, uint64_t hash)
{
    unsigned i;

    i = topics->chains[sc_topics_chain(hash)];

    while (i != 0 && topics->hashes[i - 1] != hash) {
        i = topics->next[i - 1];
    }

    return i == 0 ? SC_TOPICS : i - 1;
}


static void
sc_topics_link(sc_topics_t *topics, unsigned i)
{
    unsigned chain;

    chain = sc_topics_chain(topics->hashes[i]);
    topics->next[i] = topics->chains[chain];
    topics->chains[chain] = (uint16_t) (i + 1);
}


static void
sc_topics_unlink(sc_topics_t *topics, unsigned i)
{
    uint16_t *link;

    link = &topics->chains[sc_topics_chain(topics->hashes[i])];

    while (*link != 0 && *link != i + 1) {
        link = &topics->next[*link - 1];
    }

    if (*link != 0) {
        *link = topics->next[i];
    }
}


static void
sc_topics_place(sc_topics_t *topics, unsigned place, unsigned i)
{
    topics->heap[place] = (uint16_t) i;
    topics->places[i] = (uint16_t) place;
}


/* A count grew: its key moves away from the heap's top. */

static void
sc_topics_sink(sc_topics_t *topics, unsigned i)
{
    float    count;
    unsigned place, child;

    count = topics->counts[i];
    place = topics->places[i];

    for ( ;; ) {
        child = 2 * place + 1;

        if (child >= topics->used) {
            break;
        }

        /* Added, not branched on: which one is smaller is a coin's toss. */

        if (child + 1 < topics->used) {
            child += topics->counts[topics->heap[child + 1]]
                     < topics->counts[topics->heap[child]];
        }

        if (topics->counts[topics->heap[child]] >= count) {
            break;
        }

        sc_topics_place(topics, place, topics->heap[child]);
        place = child;
    }

    sc_topics_place(topics, place, i);
}


/* A new key with the smallest count moves towards the top. */

static void
sc_topics_rise(sc_topics_t *topics, unsigned i)
{
    float    count;
    unsigned place, parent;

    count = topics->counts[i];
    place = topics->places[i];

    while (place > 0) {
        parent = (place - 1) / 2;

        if (topics->counts[topics->heap[parent]] <= count) {
            break;
        }

        sc_topics_place(topics, place, topics->heap[parent]);
        place = parent;
    }

    sc_topics_place(topics, place, i);
}


static size_t
sc_topics_column(uint64_t hash, unsigned row)
{
    return (size_t) (hash >> (row * 16)) % SC_TOPICS_COLUMNS;
}


double
sc_topics_usual(const sc_topics_t *topics, uint64_t hash)
{
    float    least, value;
    unsigned row;

    least = topics->background[0][sc_topics_column(hash, 0)];

    for (row = 1; row < SC_TOPICS_ROWS; row++) {
        value = topics->background[row][sc_topics_column(hash, row)];
        least = value < least ? value : least;
    }

    return (double) least;
}


void
sc_topics_learn(sc_topics_t *topics, uint64_t hash, double count)
{
    float    value, *cell;
    unsigned row;

    value = (float) (sc_topics_usual(topics, hash) + count);

    for (row = 0; row < SC_TOPICS_ROWS; row++) {
        cell = &topics->background[row][sc_topics_column(hash, row)];
        *cell = *cell < value ? value : *cell;
    }
}


/*
 * Space-Saving: the smallest gives its place, and its count as the error.
 * What it had in the open bucket was usual enough not to last.
 */

static unsigned
sc_topics_admit(sc_topics_t *topics, const sc_topic_key_t *key)
{
    unsigned    i;
    uint16_t    lost;
    sc_topic_t *topic;

    if (topics->used < SC_TOPICS) {
        i = topics->used++;
        topics->counts[i] = 0;
        topics->places[i] = (uint16_t) i;
        sc_topics_rise(topics, i);

    } else {
        i = topics->heap[0];
        lost = topics->topics[i].counts[topics->bucket % SC_SPIKE_HOUR];

        if (lost > 0) {
            sc_topics_learn(topics, topics->hashes[i], lost);
        }

        sc_topics_unlink(topics, i);
    }

    topics->hashes[i] = key->hash;
    topics->errors[i] = topics->counts[i];
    sc_topics_link(topics, i);

    topic = &topics->topics[i];
    memset(topic, 0, sizeof(*topic));
    topic->len = (uint8_t) key->name.len;
    memcpy(topic->name, key->name.data, key->name.len);

    return i;
}


/* Did this author use this key in this bucket or the one before? */

static bool
sc_topics_was_seen(sc_topics_t *topics, uint64_t key, uint64_t author)
{
    bool     now, before;
    size_t   i, j;
    uint64_t hash, *filter, one, two;

    hash = (key ^ (author << 32 | author >> 32)) * SC_TOPICS_MIX;
    hash ^= hash >> 29;

    i = (size_t) (hash % SC_TOPICS_SEEN_BITS);
    j = (size_t) ((hash >> 32) % SC_TOPICS_SEEN_BITS);
    one = UINT64_C(1) << (i % 64);
    two = UINT64_C(1) << (j % 64);

    filter = topics->seen[(topics->bucket + 1) % 2];
    before = (filter[i / 64] & one) != 0 && (filter[j / 64] & two) != 0;

    filter = topics->seen[topics->bucket % 2];
    now = (filter[i / 64] & one) != 0 && (filter[j / 64] & two) != 0;

    filter[i / 64] |= one;
    filter[j / 64] |= two;

    return now || before;
}


static void
sc_topics_count(sc_topics_t *topics, unsigned i, unsigned channel,
    unsigned reach)
{
    uint16_t   *count;
    sc_topic_t *topic;

    topic = &topics->topics[i];
    count = &topic->counts[topics->bucket % SC_SPIKE_HOUR];

    if (*count < UINT16_MAX) {
        (*count)++;
    }

    sc_topic_shares_add(&topic->shares, channel, reach);

    topics->counts[i] += 1;
    sc_topics_sink(topics, i);
}


static unsigned
sc_topics_touch(sc_topics_t *topics, const sc_topic_key_t *key,
    uint64_t author, const sc_distinct_mark_t *mark, unsigned channel,
    unsigned reach)
{
    bool     seen;
    unsigned i;

    seen = sc_topics_was_seen(topics, key->hash, author);
    i = sc_topics_find(topics, key->hash);

    if (i == SC_TOPICS && !seen) {
        i = sc_topics_admit(topics, key);
    }

    if (i == SC_TOPICS) {
        return i;
    }

    sc_distinct_set(&topics->topics[i].authors, mark);

    if (!seen) {
        sc_topics_count(topics, i, channel, reach);
    }

    return i;
}


const sc_topic_incident_t *
sc_topics_observe(sc_topics_t *topics, const sc_topic_keys_t *keys,
    uint64_t author, unsigned channel, unsigned reach, bool counted)
{
    size_t             k;
    unsigned           i, incident, best;
    sc_distinct_mark_t mark;

    best = 0;
    mark = sc_distinct_mark(author);

    for (k = 0; k < keys->count; k++) {
        i = counted ? sc_topics_find(topics, keys->keys[k].hash)
                    : sc_topics_touch(topics, &keys->keys[k], author, &mark,
                                      channel, reach);
        if (i == SC_TOPICS) {
            continue;
        }

        /* They are sorted: the first has the largest excess. */

        incident = topics->topics[i].incident;

        if (incident != 0 && (best == 0 || incident < best)) {
            best = incident;
        }
    }

    return best == 0 || best > topics->incidents_count
           ? NULL : &topics->incidents[best - 1];
}


bool
sc_topics_estimate(const sc_topics_t *topics, uint64_t hash, double *count,
    double *error)
{
    unsigned i;

    i = sc_topics_find(topics, hash);

    if (i == SC_TOPICS) {
        return false;
    }

    *count = (double) topics->counts[i];
    *error = (double) topics->errors[i];

    return true;
}


static void
sc_topic_halve(uint8_t *parts, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        parts[i] /= 2;
    }
}


void
sc_topic_shares_age(sc_topic_shares_t *shares)
{
    sc_topic_halve(shares->channels, SC_TOPICS_CHANNELS);
    sc_topic_halve(shares->reaches, SC_TOPICS_REACHES);
}


void
sc_topic_shares_add(sc_topic_shares_t *shares, unsigned channel,
    unsigned reach)
{
    if (shares->channels[channel] == UINT8_MAX) {
        sc_topic_halve(shares->channels, SC_TOPICS_CHANNELS);
    }

    if (shares->reaches[reach] == UINT8_MAX) {
        sc_topic_halve(shares->reaches, SC_TOPICS_REACHES);
    }

    shares->channels[channel]++;
    shares->reaches[reach]++;
}


unsigned
sc_topic_shares_channel(const sc_topic_shares_t *shares)
{
    unsigned i, best;

    best = 0;

    for (i = 1; i < SC_TOPICS_CHANNELS; i++) {
        if (shares->channels[i] > shares->channels[best]) {
            best = i;
        }
    }

    return best;
}


uint32_t
sc_topic_shares_reach(const sc_topic_shares_t *shares, unsigned reach,
    double total)
{
    unsigned i, sum;

    sum = 0;

    for (i = 0; i < SC_TOPICS_REACHES; i++) {
        sum += shares->reaches[i];
    }

    return sum == 0 ? 0
           : (uint32_t) (total * shares->reaches[reach] / sum + 0.5);
}
