/*
 * sc_spool_limits.c: arithmetic of the spool's limits, free of overflow.
 */

#include "sc_spool_limits.h"

#include "sc_segment.h"


sc_limits_status_t
sc_spool_limits_check(const sc_spool_limits_t *limits, unsigned workers,
    int64_t window_s)
{
    if (limits->size / SC_SEGMENT_SIZE < (workers == 0 ? 1 : workers)) {
        return SC_LIMITS_SIZE;
    }

    if (limits->reserve_percent >= 100) {
        return SC_LIMITS_RESERVE;
    }

    if (limits->max_age_ms <= 0) {
        return SC_LIMITS_AGE;
    }

    /* Rounded down: equal values fail, and no product can overflow. */
    if (limits->max_age_ms / 1000 >= window_s) {
        return SC_LIMITS_WINDOW;
    }

    return SC_LIMITS_OK;
}


const char *
sc_limits_status_advice(sc_limits_status_t status)
{
    switch (status) {
    case SC_LIMITS_OK:
        return "limits are fine";
    case SC_LIMITS_SIZE:
        return "size must be at least 16 MiB for each worker";
    case SC_LIMITS_RESERVE:
        return "reserve must be below 100%";
    case SC_LIMITS_AGE:
        return "max_age must be above zero";
    case SC_LIMITS_WINDOW:
        return "max_age must be below the dedupe window, or what is drained"
               " late could be queued twice";
    }

    return "unknown";
}


uint64_t
sc_spool_reserve(const sc_spool_limits_t *limits, uint64_t total)
{
    uint64_t share;

    share = total / 100 * limits->reserve_percent
            + total % 100 * limits->reserve_percent / 100;

    return share > limits->reserve_bytes ? share : limits->reserve_bytes;
}


sc_spool_room_t
sc_spool_room(const sc_spool_limits_t *limits, uint64_t used, uint64_t total,
    uint64_t available, uint64_t more)
{
    uint64_t reserve;

    if (used > limits->size || more > limits->size - used) {
        return SC_ROOM_CAP;
    }

    reserve = sc_spool_reserve(limits, total);

    if (available < reserve || more > available - reserve) {
        return SC_ROOM_RESERVE;
    }

    return SC_ROOM_OK;
}


bool
sc_spool_is_too_old(const sc_spool_limits_t *limits, int64_t arrival_ms,
    int64_t now_ms)
{
    return now_ms > limits->max_age_ms
           && arrival_ms < now_ms - limits->max_age_ms;
}


bool
sc_spool_roll_is_due(uint64_t records, uint64_t age_ms)
{
    return records > 0 && age_ms >= SC_SPOOL_ROLL_MS;
}
