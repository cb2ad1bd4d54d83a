/*
 * sc_trends.h: the trends in one brand's mentions: a series for each channel,
 * and topics over all of them.
 *
 * Memory is the caller's and may be shared between processes that map it at the
 * same address; the caller must hold a lock during each call.  Time is given as
 * the number of a five-minute bucket.
 */

#ifndef SC_TRENDS_H
#define SC_TRENDS_H

#include "sc_topics.h"


typedef struct {
    sc_spike_t        spike;
    sc_bitmap_t       authors;           /* of the open bucket */
    sc_distinct_t     distinct;
    sc_topic_shares_t shares;
    uint32_t          used;
} sc_trends_channel_t;


typedef struct {
    uint32_t             bucket;         /* the open one */
    sc_topics_t         *topics;         /* NULL: there was no room */
    sc_trends_channel_t  channels[SC_TOPICS_CHANNELS];
} sc_trends_t;


/* One mention, as the caller knows it. */
typedef struct {
    const sc_topic_keys_t *keys;
    uint64_t               author;       /* keyed hash */
    unsigned               channel;      /* sc_channel_t */
    unsigned               reach;        /* sc_reach_t */
    bool                   counted;      /* was observed before: not counted */
} sc_trends_mention_t;


/* What is shown: a snapshot. */
typedef struct {
    bool               used;
    uint8_t            state;            /* sc_spike_state_t */
    uint32_t           since;            /* bucket */
    sc_spike_reading_t reading;
    sc_topic_shares_t  shares;
} sc_trends_series_t;

typedef struct {
    uint32_t            bucket;          /* the last closed one */
    bool                with_topics;
    sc_trends_series_t  series[SC_TOPICS_CHANNELS];
    uint32_t            incidents_count;
    sc_topic_incident_t incidents[SC_TOPICS_INCIDENTS];
} sc_trends_summary_t;


/* `topics` (or NULL) is used as it is: call sc_topics_init() before. */
void sc_trends_init(sc_trends_t *trends, sc_topics_t *topics,
    uint32_t bucket);

/* Like sc_topics_observe(), but counts the channel's authors, too. */
const sc_topic_incident_t *sc_trends_observe(sc_trends_t *trends,
    const sc_trends_mention_t *mention);

/* Closes the open bucket and opens `bucket`; see sc_topics_close(). */
void sc_trends_close(sc_trends_t *trends, uint32_t bucket);

/* Copies the state as of the last closed bucket. */
void sc_trends_summarise(const sc_trends_t *trends,
    sc_trends_summary_t *summary);

#endif /* SC_TRENDS_H */
