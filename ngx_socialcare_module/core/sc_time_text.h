/*
 * sc_time_text.h: shared by sc_time.c and sc_time_text.c only.
 */

#ifndef SC_TIME_TEXT_H
#define SC_TIME_TEXT_H

#include "sc_time.h"


typedef struct {
    unsigned year;
    unsigned month;            /* 1-12 */
    unsigned day;
    unsigned hour;
    unsigned minute;
    unsigned second;           /* 60 in a leap second */
    unsigned millisecond;
    int      offset_minutes;   /* local time minus UTC */
} sc_civil_t;


/* False when no such day or hour exists.  The result may be negative. */
bool sc_civil_to_ms(const sc_civil_t *civil, int64_t *ms);

/* Digits after a '.': at least one; all after the third are dropped. */
bool sc_take_fraction(sc_str_t *rest, unsigned *milliseconds);

bool sc_time_read_iso8601(sc_str_t rest, int64_t *ms);
bool sc_time_read_rfc2822(sc_str_t rest, int64_t *ms);
bool sc_time_read_asctime_x(sc_str_t rest, int64_t *ms);
bool sc_time_read_compact(sc_str_t rest, int64_t *ms);

#endif /* SC_TIME_TEXT_H */
