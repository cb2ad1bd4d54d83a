/*
 * sc_queue_read.h: asking one brand partition what the status has to know
 * (scripts/read.lua), and having its breaches booked (scripts/sweep.lua).
 *
 * Pure encoding and decoding: the caller sends, waits, and owns all memory.
 * Texts of a reading point into the reply.
 */

#ifndef SC_QUEUE_READ_H
#define SC_QUEUE_READ_H

#include "sc_buf.h"
#include "sc_str.h"


/* Waiting times are counted in buckets; the last one has no upper bound. */
#define SC_QUEUE_WAITS        29

/* Threads that one sweep looks at. */
#define SC_QUEUE_SWEEP_SLICE  500

/* "Unknown" in every signed number below. */
#define SC_QUEUE_UNKNOWN      (-1)


/* Counters of one window, as described at the top of scripts/enqueue.lua. */
typedef struct {
    int64_t  since_ms;         /* where the window begins */
    uint64_t in;
    uint64_t out;
    uint64_t duplicates;
    uint64_t dead;
    uint64_t opened;
    uint64_t more;
    uint64_t replied;
    uint64_t replied_ms;       /* sum of the waits */
    uint64_t met;
    uint64_t missed;
    uint64_t amended;
    uint64_t early;
    uint64_t stale;
    uint64_t closed;
    uint64_t expired;
    uint64_t waits[SC_QUEUE_WAITS];   /* not cumulative */
} sc_queue_counts_t;


typedef struct {
    sc_str_t name;
    char     format;           /* s stream, l list, - nothing yet, ? else */
    int64_t  depth;
    int64_t  lag;              /* not yet read; unknown before Redis 7 */
    int64_t  pending;          /* read, not acknowledged */
    int64_t  dead;
    int64_t  oldest_ms;        /* age of the longest waiting; unknown: none */
} sc_queue_depth_t;


typedef struct {
    sc_str_t          queue;
    sc_str_t          channel;
    uint64_t          open;
    uint64_t          due_soon;    /* within 60 s */
    uint64_t          at_risk;     /* within the horizon of the call */
    uint64_t          late;        /* open beyond the deadline */
    int64_t           earliest_ms; /* next deadline; unknown: none */
    sc_queue_counts_t recent;      /* this hour of the clock and the last */
    sc_queue_counts_t window;      /* all 0 where it was not asked for */
} sc_queue_series_t;


/* The arrays are the caller's; what does not fit is counted in `dropped`. */
typedef struct {
    sc_queue_depth_t  *queues;
    size_t             queues_max;
    size_t             queues_count;
    sc_queue_series_t *series;
    size_t             series_max;
    size_t             series_count;
    size_t             dropped;
} sc_queue_reading_t;


typedef struct {
    bool     taken;            /* false: another one sweeps; rest is 0 */
    bool     more;             /* call again at once */
    uint64_t missed;
    uint64_t expired;
    int64_t  next_ms;          /* earliest deadline ahead; unknown: none */
} sc_queue_sweep_t;


/*
 * EVALSHA, or EVAL with the source after NOSCRIPT.  When it does not fit,
 * buf->failed is set and buf->len is as it was.
 *
 * horizon_ms: what "at risk" looks ahead, 20 % of the target.  hours: how far
 * the second window reaches back beside the current hour; 0 leaves it out,
 * which is what a poll every few seconds should do.
 */
void sc_queue_write_read(sc_buf_t *buf, sc_str_t tag, int64_t now_ms,
    int64_t horizon_ms, unsigned hours, bool with_source);

void sc_queue_write_sweep(sc_buf_t *buf, sc_str_t tag, int64_t now_ms,
    int64_t open_max_age_ms, int64_t lease_ms, bool with_source);

/*
 * False when the reply is not what the script gives; the structs are then
 * unusable.  Set the arrays of *reading and their sizes before.
 */
bool sc_queue_read_reading(sc_str_t reply, sc_queue_reading_t *reading);
bool sc_queue_read_sweep(sc_str_t reply, sc_queue_sweep_t *sweep);

/* Upper bound (inclusive) of a bucket in seconds; 0 for the last: none. */
uint32_t sc_queue_wait_bound(size_t bucket);

sc_str_t sc_script_read_sha(void);
sc_str_t sc_script_read_source(void);
sc_str_t sc_script_sweep_sha(void);
sc_str_t sc_script_sweep_source(void);

#endif /* SC_QUEUE_READ_H */
