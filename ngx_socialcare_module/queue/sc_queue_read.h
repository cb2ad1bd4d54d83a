/*
 * sc_queue_read.h: commands that read the state of one brand partition for the
 * status (scripts/read.lua) and book its breaches (scripts/sweep.lua), and
 * their replies.
 *
 * Pure encoding and decoding: the caller sends, waits, and owns all memory.
 * Strings of a reading point into the reply.
 */

#ifndef SC_QUEUE_READ_H
#define SC_QUEUE_READ_H

#include "sc_buf.h"
#include "sc_str.h"


/* Maximum of threads that one sweep processes. */
#define SC_QUEUE_SWEEP_SLICE  500

/* "Unknown" in every signed number below. */
#define SC_QUEUE_UNKNOWN      (-1)


typedef struct {
    sc_str_t name;
    char     format;           /* s stream, l list, - none yet, ? other */
    int64_t  depth;
    int64_t  lag;              /* not yet read; unknown before Redis 7 */
    int64_t  pending;          /* read, not acknowledged */
    int64_t  dead;
    int64_t  oldest_ms;        /* age of the oldest entry; unknown: none */
    int64_t  ready_lag_ms;     /* age of the oldest unread entry; 0: all are
                                  read; unknown: no group, or an empty list */
    int64_t  added;            /* entries ever added, and ever read by workers:
                                  rates are differences of two readings;
                                  unknown for lists and before Redis 7 */
    int64_t  taken;
} sc_queue_depth_t;


typedef struct {
    sc_str_t queue;
    sc_str_t channel;
    uint64_t open;
    uint64_t due_soon;         /* within 60 s */
    uint64_t at_risk;          /* less than a fifth of their time is left */
    uint64_t late;             /* open past their deadline */
    int64_t  earliest_ms;      /* earliest unbooked deadline; unknown: none */
    int64_t  oldest_start_ms;  /* start of the longest wait; unknown: none */
} sc_queue_series_t;


/* What a line of a reading is about. */
typedef enum {
    SC_QUEUE_LINE_BAD = 0,     /* not a reading */
    SC_QUEUE_LINE_QUEUE,
    SC_QUEUE_LINE_SERIES,
    SC_QUEUE_LINE_END          /* there was no more */
} sc_queue_line_t;


typedef struct {
    bool     taken;            /* false: another caller holds the lease and
                                  nothing was done */
    bool     more;             /* call again at once */
    uint64_t missed;
    uint64_t expired;
    int64_t  next_ms;          /* next deadline ahead; unknown: none */
} sc_queue_sweep_t;


/*
 * Append EVALSHA, or EVAL with the source (after NOSCRIPT).  If it does not
 * fit, buf->failed is set and buf->len is unchanged.
 */
void sc_queue_write_read(sc_buf_t *buf, sc_str_t tag, int64_t now_ms,
    bool with_source);

void sc_queue_write_sweep(sc_buf_t *buf, sc_str_t tag, int64_t now_ms,
    int64_t open_max_age_ms, int64_t lease_ms, bool with_source);

/* Appends the name of the hash with the counters of a series for one hour. */
void sc_queue_write_hour_key(sc_buf_t *buf, sc_str_t tag, sc_str_t queue,
    sc_str_t channel, int64_t hour);

/*
 * Appends HGETALL of the counters of a series for one hour; `hour` counts from
 * 1970.  The fields are described at the top of scripts/enqueue.lua.  If it
 * does not fit, buf->failed is set and buf->len is unchanged.
 */
void sc_queue_write_hour(sc_buf_t *buf, sc_str_t tag, sc_str_t queue,
    sc_str_t channel, int64_t hour);

/*
 * A reading is read line by line: _begin takes its head off *reply, and each
 * _next a line, and fills in the struct that the line is about.  After false
 * or SC_QUEUE_LINE_BAD it was not such a reply, and the structs are undefined.
 */
bool sc_queue_read_begin(sc_str_t *reply);
sc_queue_line_t sc_queue_read_next(sc_str_t *reply, sc_queue_depth_t *queue,
    sc_queue_series_t *series);

/* False: not the reply to a sweep; the struct is then undefined. */
bool sc_queue_read_sweep(sc_str_t reply, sc_queue_sweep_t *sweep);

sc_str_t sc_script_read_sha(void);
sc_str_t sc_script_read_source(void);
sc_str_t sc_script_sweep_sha(void);
sc_str_t sc_script_sweep_source(void);

#endif /* SC_QUEUE_READ_H */
