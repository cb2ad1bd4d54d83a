/*
 * sc_time.h: reading and writing of the time formats that platforms use.
 *
 * All results are Unix milliseconds (UTC).  No clock is read here and no time
 * zone database is needed: every format names its offset or is UTC.
 */

#ifndef SC_TIME_H
#define SC_TIME_H

#include "sc_buf.h"
#include "sc_str.h"


typedef enum {
    SC_TIME_OPAQUE = 0,        /* text that is signed but not a time */
    SC_TIME_SECONDS,           /* digits */
    SC_TIME_MILLISECONDS,
    SC_TIME_MICROSECONDS,
    SC_TIME_SECONDS_FRACTION,  /* 1789999951.000100, also without fraction */
    SC_TIME_ISO8601,           /* 2026-01-15T10:00:00[.frac](Z|+00:00|+0000);
                                  no offset = UTC; ' ' for 'T' and " UTC"
                                  for 'Z' allowed */
    SC_TIME_RFC2822,           /* Mon, 21 Sep 2026 14:12:31 +0000; weekday and
                                  seconds may be absent, GMT, UTC and the
                                  North American zone names count */
    SC_TIME_ASCTIME_X,         /* Thu Jan 15 10:00:00 +0000 2026 */
    SC_TIME_SNOWFLAKE,         /* Discord: (id >> 22) + 1420070400000 */
    SC_TIME_COMPACT            /* 20260921141231, UTC */
} sc_time_format_t;


/* False when the text does not match the format exactly or is outside
 * 1970-9999. */
bool sc_time_read(sc_str_t text, sc_time_format_t format, int64_t *ms);

/*
 * A number of unknown unit: above 100,000,000,000 it is milliseconds, else
 * seconds (Meta sends both under one name).  -1 for what is negative ("none")
 * or beyond the year 9999, such as microseconds.
 */
int64_t sc_time_guess_ms(int64_t value);

/* 2026-01-15T10:00:00Z */
void sc_time_write_iso8601(sc_buf_t *buf, int64_t ms);

/* By name as configured: s, ms, us, s.frac, iso8601, rfc2822, snowflake,
 * opaque.  False: unknown name. */
bool sc_time_format_by_name(sc_str_t name, sc_time_format_t *format);

#endif /* SC_TIME_H */
