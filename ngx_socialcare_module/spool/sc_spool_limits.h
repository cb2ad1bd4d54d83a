/*
 * sc_spool_limits.h: the arithmetic of the spool's limits of size and age.
 *
 * Pure functions; the caller measures the file system and reads the clock.
 * Nothing is ever dropped to make room: what does not fit is refused, and the
 * platform retries.
 */

#ifndef SC_SPOOL_LIMITS_H
#define SC_SPOOL_LIMITS_H

#include "sc_str.h"


/* A segment with records is closed after this time, so that it is drained. */
#define SC_SPOOL_ROLL_MS  60000


typedef struct {
    uint64_t size;             /* maximum of all segments together, bytes */
    uint64_t reserve_bytes;    /* of the file system, never used by the spool */
    unsigned reserve_percent;  /* the same as a share; the larger one counts */
    int64_t  max_age_ms;       /* older records go to quarantine */
} sc_spool_limits_t;


/* What is wrong with the configured limits. */
typedef enum {
    SC_LIMITS_OK = 0,
    SC_LIMITS_SIZE,            /* less than one segment for each worker */
    SC_LIMITS_RESERVE,         /* 100 percent or more */
    SC_LIMITS_AGE,             /* not positive */
    SC_LIMITS_WINDOW           /* max_age not below the dedupe window: records
                                  drained late could be queued twice */
} sc_limits_status_t;

sc_limits_status_t sc_spool_limits_check(const sc_spool_limits_t *limits,
    unsigned workers, int64_t window_s);

/* One sentence that says what to change; never NULL. */
const char *sc_limits_status_advice(sc_limits_status_t status);


typedef enum {
    SC_ROOM_OK = 0,
    SC_ROOM_CAP,               /* the spool's own size is used up */
    SC_ROOM_RESERVE            /* only the reserve of the file system is left */
} sc_spool_room_t;

/* Bytes of a file system of `total` bytes that the spool does not use. */
uint64_t sc_spool_reserve(const sc_spool_limits_t *limits, uint64_t total);

/*
 * Whether `more` bytes (a segment) may be allocated, with `used` bytes in all
 * segments, and the file system's size and available bytes from statvfs().
 */
sc_spool_room_t sc_spool_room(const sc_spool_limits_t *limits, uint64_t used,
    uint64_t total, uint64_t available, uint64_t more);

/* A record from the future (the clock was set back) is not too old. */
bool sc_spool_is_too_old(const sc_spool_limits_t *limits, int64_t arrival_ms,
    int64_t now_ms);

/*
 * Whether the writer must begin a new segment before the next record.  `age_ms`
 * counts only if there are `records`; take it from a steady clock: the wall
 * clock may be set back, and each record would begin a segment.
 */
bool sc_spool_roll_is_due(uint64_t records, uint64_t age_ms);

#endif /* SC_SPOOL_LIMITS_H */
