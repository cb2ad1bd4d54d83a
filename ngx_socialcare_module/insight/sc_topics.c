/*
 * sc_topics.c: Space-Saving with a heap, and the background.
 */

#include <float.h>
#include <string.h>

#include "sc_topics_private.h"


/* Spreads a key and an author over the filters' bits. */
#define SC_TOPICS_MIX  UINT64_C(0x9e3779b97f4a7c15)


void
sc_topics_init(sc_topics_t *topics, uint32_t bucket)
{
    unsigned i;

    memset(topics, 0, sizeof(*topics));
    topics->bucket = bucket;

    for (i = 0; i <= SC_TOPICS; i++) {
        topics->weights[i] = FLT_MAX;
    }
}


static unsigned
sc_topics_chain(uint64_t hash)
{
    return (unsigned) (hash % SC_TOPICS_CHAINS);
}


/* Index of a key; SC_TOPICS: it is not kept. */

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


static inline void
sc_topics_place(sc_topics_t *topics, size_t place, unsigned i, float weight)
{
    topics->weights[place] = weight;
    topics->heap[place] = (uint16_t) i;
    topics->places[i] = (uint16_t) place;
}


/*
 * A count grew: its key moves down the heap.  The smaller child is selected by
 * an addition, since a branch would be mispredicted half of the time.
 */

static inline void
sc_topics_sink(sc_topics_t *topics, unsigned i)
{
    float        count;
    size_t       place, child, used;
    const float *weights;

    count = topics->counts[i];
    place = topics->places[i];
    used = topics->used;
    weights = topics->weights;

    for (child = 2 * place + 1; child < used; child = 2 * place + 1) {
        child += weights[child + 1] < weights[child];

        if (weights[child] >= count) {
            break;
        }

        sc_topics_place(topics, place, topics->heap[child], weights[child]);
        place = child;
    }

    sc_topics_place(topics, place, i, count);
}


/* A new key with the smallest count moves up the heap. */

static void
sc_topics_rise(sc_topics_t *topics, unsigned i)
{
    float  count;
    size_t place, parent;

    count = topics->counts[i];
    place = topics->places[i];

    while (place > 0) {
        parent = (place - 1) / 2;

        if (topics->weights[parent] <= count) {
            break;
        }

        sc_topics_place(topics, place, topics->heap[parent],
                        topics->weights[parent]);
        place = parent;
    }

    sc_topics_place(topics, place, i, count);
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
 * Space-Saving: the key with the smallest count is evicted; its count becomes
 * the new key's error.  What the evicted key had in the open bucket goes to the
 * background: it was not unusual enough to stay.
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

    /* One by one: compilers clear the whole struct with `rep stos`, which is
     * slow to start. */

    memset(&topic->alarm, 0, sizeof(topic->alarm));
    memset(&topic->authors, 0, sizeof(topic->authors));
    memset(&topic->shares, 0, sizeof(topic->shares));
    memset(topic->counts, 0, sizeof(topic->counts));
    topic->incident = 0;
    topic->lead = 0;
    topic->len = (uint8_t) key->name.len;
    memcpy(topic->name, key->name.data, key->name.len);

    return i;
}


/* What the keys of one mention have in common. */

typedef struct {
    uint64_t           author;           /* with its halves swapped */
    uint64_t          *now;              /* who was seen in this bucket */
    const uint64_t    *before;           /* and in the previous one */
    uint8_t           *spent[2];         /* by the author */
    sc_distinct_mark_t mark;
    unsigned           slot;             /* of the open bucket in an hour */
    unsigned           channel;
    unsigned           reach;
} sc_topics_visit_t;


static void
sc_topics_visit_init(sc_topics_visit_t *visit, sc_topics_t *topics,
    uint64_t author, unsigned channel, unsigned reach)
{
    visit->author = author << 32 | author >> 32;
    visit->now = topics->seen[topics->bucket % 2];
    visit->before = topics->seen[(topics->bucket + 1) % 2];
    visit->spent[0] = &topics->spent[0][author % SC_TOPICS_SPENT_CELLS];
    visit->spent[1] = &topics->spent[1][(author >> 32)
                                        % SC_TOPICS_SPENT_CELLS];
    visit->mark = sc_distinct_mark(author);
    visit->slot = topics->bucket % SC_SPIKE_HOUR;
    visit->channel = channel;
    visit->reach = reach;
}


/* Never too low: the smaller cell is at least what the author has spent. */

static inline bool
sc_topics_is_spent(const sc_topics_visit_t *visit)
{
    return *visit->spent[0] >= SC_TOPICS_SPENT_MAX
           && *visit->spent[1] >= SC_TOPICS_SPENT_MAX;
}


static inline void
sc_topics_spend(const sc_topics_visit_t *visit)
{
    uint8_t one, two;

    one = *visit->spent[0];
    two = *visit->spent[1];

    *visit->spent[0] = (uint8_t) (one + (one <= two));
    *visit->spent[1] = (uint8_t) (two + (two <= one));
}


/* Has this author used this key in this bucket or the previous one? */

static inline bool
sc_topics_was_seen(const sc_topics_visit_t *visit, uint64_t key)
{
    size_t   i, j;
    uint64_t hash, one, two, now, before;

    hash = (key ^ visit->author) * SC_TOPICS_MIX;
    hash ^= hash >> 29;

    i = (size_t) (hash % SC_TOPICS_SEEN_BITS) / 64;
    j = (size_t) ((hash >> 32) % SC_TOPICS_SEEN_BITS) / 64;
    one = UINT64_C(1) << hash % 64;
    two = UINT64_C(1) << (hash >> 32) % 64;

    /* The bits that are not set. */

    before = (~visit->before[i] & one) | (~visit->before[j] & two);
    now = (~visit->now[i] & one) | (~visit->now[j] & two);

    visit->now[i] |= one;
    visit->now[j] |= two;

    return now == 0 || before == 0;
}


static inline void
sc_topics_count(sc_topic_t *topic, const sc_topics_visit_t *visit)
{
    uint16_t *count;

    count = &topic->counts[visit->slot];
    *count = (uint16_t) (*count + (*count < UINT16_MAX));

    sc_topic_shares_add(&topic->shares, visit->channel, visit->reach);
}


static inline unsigned
sc_topics_touch(sc_topics_t *topics, const sc_topic_key_t *key,
    const sc_topics_visit_t *visit)
{
    bool        seen;
    unsigned    i;
    sc_topic_t *topic;

    i = sc_topics_find(topics, key->hash);

    if (sc_topics_is_spent(visit)) {
        return i;
    }

    seen = sc_topics_was_seen(visit, key->hash);

    if (i == SC_TOPICS) {
        if (seen) {
            return i;
        }

        i = sc_topics_admit(topics, key);
    }

    topic = &topics->topics[i];
    sc_distinct_set(&topic->authors, &visit->mark);

    if (!seen) {
        sc_topics_spend(visit);
        sc_topics_count(topic, visit);
        topics->counts[i] += 1;
        sc_topics_sink(topics, i);
    }

    return i;
}


const sc_topic_incident_t *
sc_topics_observe(sc_topics_t *topics, const sc_topic_keys_t *keys,
    uint64_t author, unsigned channel, unsigned reach, bool counted)
{
    size_t            k;
    unsigned          i, incident, best;
    sc_topics_visit_t visit;

    best = 0;
    sc_topics_visit_init(&visit, topics, author, channel, reach);

    for (k = 0; k < keys->count; k++) {
        i = counted ? sc_topics_find(topics, keys->keys[k].hash)
                    : sc_topics_touch(topics, &keys->keys[k], &visit);

        if (i == SC_TOPICS) {
            continue;
        }

        /* Incidents are sorted: the first has the largest excess. */

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


void
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
