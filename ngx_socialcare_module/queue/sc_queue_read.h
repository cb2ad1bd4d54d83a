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


/* Threads that one sweep looks at. */
#define SC_QUEUE_SWEEP_SLICE  500

/* "Unknown" in every signed number below. */
#define SC_QUEUE_UNKNOWN      (-1)


typedef struct {
    sc_str_t name;
    char     format;           /* s stream, l list, - nothing yet, ? else */
    int64_t  depth;
    int64_t  lag;              /* not yet read; unknown before Redis 7 */
    int64_t  pending;          /* read, not acknowledged */
    int64_t  dead;
    int64_t  oldest_ms;        /* age of the longest waiting; unknown: none */
    int64_t  ready_lag_ms;     /* age of the longest that nobody has read; 0:
                                  all are read; unknown: no group, or empty */
    int64_t  added;            /* entries that ever came, and that workers ever
                                  read: rates are differences of two readings;
                                  unknown: lists, and before Redis 7 */
    int64_t  taken;
} sc_queue_depth_t;


typedef struct {
    sc_str_t queue;
    sc_str_t channel;
    uint64_t open;
    uint64_t due_soon;         /* within 60 s */
    uint64_t at_risk;          /* less than a fifth of their time is left */
    uint64_t late;             /* open beyond the deadline */
    int64_t  earliest_ms;      /* next deadline; unknown: none */
    int64_t  oldest_start_ms;  /* start of the longest wait; unknown: none */
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
 */
void sc_queue_write_read(sc_buf_t *buf, sc_str_t tag, int64_t now_ms,
    bool with_source);

void sc_queue_write_sweep(sc_buf_t *buf, sc_str_t tag, int64_t now_ms,
    int64_t open_max_age_ms, int64_t lease_ms, bool with_source);

/* The name of the hash with one hour's counters of a series. */
void sc_queue_write_hour_key(sc_buf_t *buf, sc_str_t tag, sc_str_t queue,
    sc_str_t channel, int64_t hour);

/*
 * HGETALL of one hour's counters of a series, `hour` counted from 1970.  The
 * fields are described at the top of scripts/enqueue.lua.  When it does not
 * fit, buf->failed is set and buf->len is as it was.
 */
void sc_queue_write_hour(sc_buf_t *buf, sc_str_t tag, sc_str_t queue,
    sc_str_t channel, int64_t hour);

/*
 * False when the reply is not what the script gives; the structs are then
 * unusable.  Set the arrays of *reading and their sizes before.
 */
bool sc_queue_read_reading(sc_str_t reply, sc_queue_reading_t *reading);
bool sc_queue_read_sweep(sc_str_t reply, sc_queue_sweep_t *sweep);

sc_str_t sc_script_read_sha(void);
sc_str_t sc_script_read_source(void);
sc_str_t sc_script_sweep_sha(void);
sc_str_t sc_script_sweep_source(void);

#endif /* SC_QUEUE_READ_H */
