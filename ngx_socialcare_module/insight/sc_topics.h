/*
 * sc_topics.h: which topics of one brand are burning: keys used by far more
 * people than usual, grouped into incidents.
 *
 * Candidates are kept by Space-Saving (A. Metwally et al. 2005) with counts
 * that halve every hour: SC_TOPICS keys, each overestimated by at most its
 * error, which never exceeds N / SC_TOPICS.  A key counts once per author in
 * five to ten minutes.  This is checked by two alternating Bloom filters, which
 * can only make a count too low: by about 1 % at 2,000 keys in five minutes,
 * 14 % at 20,000.  At most SC_TOPICS_SPENT_MAX keys of one author count in five
 * minutes, so that nobody can evict other people's topics, or fill the filters,
 * by writing ever new words.
 *
 * The usual count is the key's share of the brand's background (Count-Min with
 * conservative update, half-life one week; G. Cormode, S. Muthukrishnan 2005)
 * times the brand's expected count (sc_spike.h).  Burning keys are not added to
 * the background, or they would become usual.  If the brand has more than
 * expected, its actual count is used: what rises with everything else is not a
 * topic.
 *
 * A topic burns when its alarm is raised (sc_spike_judge, with a threshold that
 * rises with the number of keys in use) and at least eight different people
 * used it.  Keys that share more than half of their authors are one incident,
 * named after the one with the largest excess.  Authors exist here only as
 * keyed hashes.
 *
 * Everything is one struct in the caller's memory (shared between processes: no
 * pointers), and the caller must hold a lock during each call.
 */

#ifndef SC_TOPICS_H
#define SC_TOPICS_H

#include "sc_distinct.h"
#include "sc_spike.h"
#include "sc_topic_words.h"


#define SC_TOPICS             1024
#define SC_TOPICS_CHAINS      2048
#define SC_TOPICS_CHANNELS    8
#define SC_TOPICS_REACHES     7
#define SC_TOPICS_SEEN_BITS   131072
#define SC_TOPICS_SPENT_MAX   128      /* a few messages of many words */
#define SC_TOPICS_SPENT_CELLS 8192
#define SC_TOPICS_ROWS        4
#define SC_TOPICS_COLUMNS     2048
#define SC_TOPICS_INCIDENTS   8


/* Participants by channel and reach: small counts that are halved together. */
typedef struct {
    uint8_t channels[SC_TOPICS_CHANNELS];
    uint8_t reaches[SC_TOPICS_REACHES];
} sc_topic_shares_t;


typedef struct {
    sc_spike_alarm_t  alarm;
    sc_distinct_t     authors;
    sc_topic_shares_t shares;
    uint16_t          counts[SC_SPIKE_HOUR];     /* ring by bucket */
    uint8_t           incident;                  /* index + 1; 0: none */
    uint8_t           lead;                      /* names its incident */
    uint8_t           len;
    unsigned char     name[SC_TOPIC_MAX_NAME];
} sc_topic_t;


typedef struct {
    uint8_t           state;                     /* sc_spike_state_t */
    uint8_t           len;
    unsigned char     name[SC_TOPIC_MAX_NAME];
    uint32_t          since;                     /* bucket */
    float             count_15;                  /* sum of authors per bucket */
    float             count_60;
    float             expected_60;
    float             authors;                   /* distinct */
    sc_topic_shares_t shares;
} sc_topic_incident_t;


/*
 * The state of a brand's topics; first the members that each mention touches.
 * Indexes into `topics` have 16 bits; heap[0] has the smallest count.
 */
typedef struct {
    uint64_t            hashes[SC_TOPICS];
    float               counts[SC_TOPICS];       /* decayed */
    float               errors[SC_TOPICS];
    float               weights[SC_TOPICS + 1];  /* counts in heap order; unused
                                                    ones are FLT_MAX */
    uint16_t            heap[SC_TOPICS];
    uint16_t            places[SC_TOPICS];       /* in the heap */
    uint16_t            next[SC_TOPICS];         /* in the chain: index + 1 */
    uint16_t            chains[SC_TOPICS_CHAINS]; /* index + 1; 0: empty */
    uint32_t            used;
    uint32_t            bucket;                  /* the open one */
    uint64_t            seen[2][SC_TOPICS_SEEN_BITS / 64];
    uint8_t             spent[2][SC_TOPICS_SPENT_CELLS]; /* Count-Min: keys by
                                                    author, in this bucket */
    float               background[SC_TOPICS_ROWS][SC_TOPICS_COLUMNS];
    double              background_total;        /* authors of the brand */
    float               rivals;                  /* average of keys in use */
    uint32_t            incidents_count;
    sc_topic_incident_t incidents[SC_TOPICS_INCIDENTS];
    sc_topic_t          topics[SC_TOPICS];
} sc_topics_t;


/* `bucket` is the open one. */
void sc_topics_init(sc_topics_t *topics, uint32_t bucket);

/*
 * Counts the keys of a mention, unless `counted` says that this was done
 * before.  Returns the burning incident to which the mention belongs, valid
 * until the next sc_topics_close(), or NULL.  `channel` and `reach` must be
 * below the limits above.
 */
const sc_topic_incident_t *sc_topics_observe(sc_topics_t *topics,
    const sc_topic_keys_t *keys, uint64_t author, unsigned channel,
    unsigned reach, bool counted);

/*
 * Closes the open bucket, judges every key, finds the incidents, and opens
 * `bucket`.  `brand` is the reading of the brand's own series for the closed
 * bucket.  Skipped buckets count as empty; a step back, or of more than an
 * hour, forgets the last hour.
 */
void sc_topics_close(sc_topics_t *topics, const sc_spike_reading_t *brand,
    uint32_t bucket);

/* Halves each of them, before one would overflow. */
void sc_topic_halve(uint8_t *parts, size_t count);

/* Adds a participant. */
static inline void
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


/* Halves all counts: called every half hour. */
void sc_topic_shares_age(sc_topic_shares_t *shares);

/* The channel with most participants; how many of `total` have that reach. */
unsigned sc_topic_shares_channel(const sc_topic_shares_t *shares);
uint32_t sc_topic_shares_reach(const sc_topic_shares_t *shares,
    unsigned reach, double total);

/* For tests: a key's estimated count and its error; false: not kept. */
bool sc_topics_estimate(const sc_topics_t *topics, uint64_t hash,
    double *count, double *error);

#endif /* SC_TOPICS_H */
