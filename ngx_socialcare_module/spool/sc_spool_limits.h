/*
 * sc_spool_limits.h: how much, how long: the arithmetic of the spool's caps.
 *
 * Numbers in, answers out; who measures the file system and the clock is the
 * caller.  Nothing is ever dropped to make room: what does not fit is refused
 * and the platform comes again.
 */

#ifndef SC_SPOOL_LIMITS_H
#define SC_SPOOL_LIMITS_H

#include "sc_str.h"


/* A segment that holds records is closed for adoption after this. */
#define SC_SPOOL_ROLL_MS  60000


typedef struct {
    uint64_t size;             /* bytes of all segments together, at most */
    uint64_t reserve_bytes;    /* of the file system, left to the machine */
    unsigned reserve_percent;  /* the same as a share; the larger counts */
    int64_t  max_age_ms;       /* older records go to quarantine */
} sc_spool_limits_t;


/* What is wrong with limits as configured. */
typedef enum {
    SC_LIMITS_OK = 0,
    SC_LIMITS_SIZE,            /* not even one segment for each worker */
    SC_LIMITS_RESERVE,         /* 100 percent or more */
    SC_LIMITS_AGE,             /* not positive */
    SC_LIMITS_WINDOW           /* max_age not below the dedupe window: what is
                                  drained late could be queued twice */
} sc_limits_status_t;

sc_limits_status_t sc_spool_limits_check(const sc_spool_limits_t *limits,
    unsigned workers, int64_t window_s);

/* One sentence that says what to change; never NULL. */
const char *sc_limits_status_advice(sc_limits_status_t status);


typedef enum {
    SC_ROOM_OK = 0,
    SC_ROOM_CAP,               /* the spool's own size is used up */
    SC_ROOM_RESERVE            /* the file system is, but for the reserve */
} sc_spool_room_t;

/* Bytes of a file system of `total` bytes that the spool leaves alone. */
uint64_t sc_spool_reserve(const sc_spool_limits_t *limits, uint64_t total);

/*
 * Whether `more` bytes (a segment) may be taken, with `used` bytes in all
 * segments and the file system's size and free bytes as statvfs() tells.
 */
sc_spool_room_t sc_spool_room(const sc_spool_limits_t *limits, uint64_t used,
    uint64_t total, uint64_t available, uint64_t more);

/* A record from the future (the clock was set back) is not old. */
bool sc_spool_is_too_old(const sc_spool_limits_t *limits, int64_t arrival_ms,
    int64_t now_ms);

/*
 * Whether the writer goes on to the next segment before the next record:
 * age only counts when there are `records`.  A clock that was set back rolls
 * too, or the segment would stay open for as long.
 */
bool sc_spool_roll_is_due(uint64_t records, int64_t created_ms,
    int64_t now_ms);

#endif /* SC_SPOOL_LIMITS_H */
