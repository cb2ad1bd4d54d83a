/*
 * sc_topics.h: which topics of one brand burn: the keys that far more people
 * use than usual, folded into incidents.
 *
 * Candidates are kept by Space-Saving (A. Metwally et al. 2005) with counts
 * that halve in an hour: SC_TOPICS keys, each too high by at most its error,
 * no error above N / SC_TOPICS.  A key counts once per author in five to ten
 * minutes (two Bloom filters in turn, which can only make a count too low:
 * by about 1 % at 2,000 keys in five minutes, 14 % at 20,000).  Of one author
 * SC_TOPICS_SPENT_MAX keys count in five minutes: nobody alone, writing ever
 * new words, drives out what others speak of or fills the filters.  What is
 * usual
 * is a key's share in the brand's background (Count-Min with conservative
 * update, half-life one week; G. Cormode, S. Muthukrishnan 2005) times what
 * the brand expects now (sc_spike.h); keys that burn do not
 * teach the background to take them for usual.  When the brand has more than
 * it expects, a key's usual part of that is expected: what rises with all
 * the rest is no topic.
 *
 * A topic burns when its alarm does (sc_spike_judge, with a bar that rises
 * with the number of keys in use) and eight different people used it.  Keys
 * that share more than half of their authors are one incident, named by the
 * one with the largest excess.  Authors exist here only as keyed hashes.
 *
 * All of it lives in one struct in the caller's memory (shared between
 * processes: no pointers), and the caller keeps others out meanwhile.
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


/* Who takes part, by kind: small numbers that are halved together. */
typedef struct {
    uint8_t channels[SC_TOPICS_CHANNELS];
    uint8_t reaches[SC_TOPICS_REACHES];
} sc_topic_shares_t;


typedef struct {
    sc_spike_alarm_t  alarm;
    sc_distinct_t     authors;
    sc_topic_shares_t shares;
    uint16_t          counts[SC_SPIKE_HOUR];     /* ring by bucket */
    uint8_t           incident;                  /* 0: of none, else + 1 */
    uint8_t           lead;                      /* names its incident */
    uint8_t           len;
    unsigned char     name[SC_TOPIC_MAX_NAME];
} sc_topic_t;


typedef struct {
    uint8_t           state;                     /* sc_spike_state_t */
    uint8_t           len;
    unsigned char     name[SC_TOPIC_MAX_NAME];
    uint32_t          since;                     /* bucket */
    float             count_15;                  /* authors a bucket, summed */
    float             count_60;
    float             expected_60;
    float             authors;                   /* different ones */
    sc_topic_shares_t shares;
} sc_topic_incident_t;


/*
 * What follows the alarms; the first members are what a mention touches.
 * Indexes into `topics` are 16 bits; heap[0] has the smallest count.
 */
typedef struct {
    uint64_t            hashes[SC_TOPICS];
    float               counts[SC_TOPICS];       /* decayed */
    float               errors[SC_TOPICS];
    float               weights[SC_TOPICS + 1];  /* counts as in the heap, and
                                                    behind them no limit */
    uint16_t            heap[SC_TOPICS];
    uint16_t            places[SC_TOPICS];       /* in the heap */
    uint16_t            next[SC_TOPICS];         /* in the chain, + 1 */
    uint16_t            chains[SC_TOPICS_CHAINS]; /* + 1; 0: empty */
    uint32_t            used;
    uint32_t            bucket;                  /* the open one */
    uint64_t            seen[2][SC_TOPICS_SEEN_BITS / 64];
    uint8_t             spent[2][SC_TOPICS_SPENT_CELLS]; /* Count-Min: keys by
                                                    author, in the bucket */
    float               background[SC_TOPICS_ROWS][SC_TOPICS_COLUMNS];
    double              background_total;        /* authors of the brand */
    float               rivals;                  /* keys that could burn */
    uint32_t            incidents_count;
    sc_topic_incident_t incidents[SC_TOPICS_INCIDENTS];
    sc_topic_t          topics[SC_TOPICS];
} sc_topics_t;


/* `bucket` is the one that is open now. */
void sc_topics_init(sc_topics_t *topics, uint32_t bucket);

/*
 * One mention: counts its keys, unless `counted` says that it was before, and
 * tells to which burning incident it belongs, or NULL.  That is valid until
 * the next sc_topics_close.  `channel` and `reach` are below the limits above.
 */
const sc_topic_incident_t *sc_topics_observe(sc_topics_t *topics,
    const sc_topic_keys_t *keys, uint64_t author, unsigned channel,
    unsigned reach, bool counted);

/*
 * Closes the open bucket, judges every key, finds the incidents, and opens
 * `bucket`.  `brand` is what the brand's own series say of the closed bucket.
 * Where `bucket` is not the next one, what lies between was empty; a step back
 * or of more than an hour forgets the last hour.
 */
void sc_topics_close(sc_topics_t *topics, const sc_spike_reading_t *brand,
    uint32_t bucket);

/* Half of each, before one of them would run over. */
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


/* A half hour later all count half. */
void sc_topic_shares_age(sc_topic_shares_t *shares);

/* The channel with most of them; how many of `total` have that reach. */
unsigned sc_topic_shares_channel(const sc_topic_shares_t *shares);
uint32_t sc_topic_shares_reach(const sc_topic_shares_t *shares,
    unsigned reach, double total);

/* For tests: the estimate and its error of a key; false: not kept. */
bool sc_topics_estimate(const sc_topics_t *topics, uint64_t hash,
    double *count, double *error);

#endif /* SC_TOPICS_H */
