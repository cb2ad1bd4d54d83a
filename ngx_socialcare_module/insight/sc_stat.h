/*
 * sc_stat.h: the name of one counter of an hour, as the scripts write it into
 * T:st:<queue>:<channel>:<hour>.
 *
 * A letter for the five minutes of the hour ('a' to 'l'; 'z' once the hour has
 * been compacted), then the counter.  The counters are listed at the top of
 * queue/scripts/enqueue.lua.  Names are untrusted input: everything is checked.
 */

#ifndef SC_STAT_H
#define SC_STAT_H

#include "sc_str.h"
#include "sc_waits.h"


#define SC_SLOT_MS     ((int64_t) 300000)
#define SC_HOUR_MS     ((int64_t) 3600000)

/* The twelve times five minutes of an hour, and one for "some time in it". */
#define SC_SLOTS        13
#define SC_SLOT_UNKNOWN 12

/* Tiers of an author's audience, in the order of sc_reach_t. */
#define SC_TIERS        7


/* Counters that are a single number. */
typedef enum {
    SC_COUNT_IN = 0,
    SC_COUNT_OUT,
    SC_COUNT_DUPLICATES,
    SC_COUNT_DEAD,
    SC_COUNT_MORE,
    SC_COUNT_EARLY,
    SC_COUNT_STALE,
    SC_COUNT_AMENDED,
    SC_COUNT_EXPIRED,
    SC_COUNT_ENDED,
    SC_COUNT_AUTO,
    SC_COUNT_MET,
    SC_COUNT_MISSED,
    SC_COUNTS
} sc_count_t;


/* Why a wait was closed without a reply. */
typedef enum {
    SC_CLOSED_NOT_ACTIONABLE = 0,
    SC_CLOSED_SPAM,
    SC_CLOSED_BY_AUTHOR,
    SC_CLOSED_DUPLICATE,
    SC_CLOSED_OTHER_CHANNEL,
    SC_CLOSED_NO_REPLY_NEEDED,
    SC_CLOSED_OTHER,           /* any other reason */
    SC_CLOSED_REASONS
} sc_closed_t;


/* What kind of answer. */
typedef enum {
    SC_RESPONSE_FIRST = 0,
    SC_RESPONSE_NEXT,
    SC_RESPONSE_AUTOMATIC,
    SC_RESPONSES
} sc_response_t;


typedef enum {
    SC_STAT_COUNT = 0,         /* index: sc_count_t */
    SC_STAT_CLOSED,            /* index: sc_closed_t */
    SC_STAT_OPENED,            /* index: SC_RESPONSE_FIRST or _NEXT; tier */
    SC_STAT_ANSWERED,          /* waits by their start: tier, bucket */
    SC_STAT_WITHDRAWN,         /* the same, closed without an answer */
    SC_STAT_RESPONSE,          /* index: sc_response_t; bucket */
    SC_STAT_RESPONSE_MS,       /* index: sc_response_t */
    SC_STAT_OVERTAKE_MS
} sc_stat_kind_t;


typedef struct {
    sc_stat_kind_t kind;
    unsigned       slot;       /* 0 to 11, or SC_SLOT_UNKNOWN */
    unsigned       index;
    unsigned       tier;
    unsigned       bucket;
} sc_stat_t;


/* False: an unknown counter. */
bool sc_stat_parse(sc_str_t name, sc_stat_t *stat);

/* not_actionable, spam, … other */
const char *sc_closed_name(unsigned reason);

#endif /* SC_STAT_H */
