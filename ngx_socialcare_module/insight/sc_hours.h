/*
 * sc_hours.h: business time: when a desk is open, and when a given amount of
 * open time will have passed.
 *
 * A desk is open while its local time is inside a span of that day.  So a span
 * is shorter on a day that loses one of its hours, longer on a day that has one
 * twice, and never occurs on a date that the zone skipped.  Works on the
 * caller's memory only.
 */

#ifndef SC_HOURS_H
#define SC_HOURS_H

#include "sc_str.h"
#include "sc_zone_info.h"


#define SC_HOURS_MAX_SPANS     8       /* per day */
#define SC_HOURS_MAX_HOLIDAYS  512
#define SC_HOURS_MINUTES       1440    /* per day; as "to": 24:00 */

/* How far ahead a deadline may be. */
#define SC_HOURS_HORIZON_MS    (INT64_C(400) * 24 * 60 * 60 * 1000)


/* Minutes since local midnight; `to` is exclusive. */
typedef struct {
    uint16_t from;
    uint16_t to;
} sc_hours_span_t;


/* Spans are ascending and do not overlap. */
typedef struct {
    bool            set;               /* given; without spans: closed */
    unsigned        count;
    sc_hours_span_t spans[SC_HOURS_MAX_SPANS];
} sc_hours_day_t;


typedef struct {
    int64_t        date;               /* days since 1970 */
    sc_hours_day_t day;
} sc_hours_holiday_t;


typedef struct {
    const sc_zone_info_t *zone;
    sc_hours_day_t        week[7];     /* 0 is Sunday */
    sc_hours_holiday_t    holidays[SC_HOURS_MAX_HOLIDAYS];  /* by date */
    size_t                holidays_count;
} sc_hours_t;


/* Always closed; `zone` must live as long as `hours`. */
void sc_hours_init(sc_hours_t *hours, const sc_zone_info_t *zone);

/*
 * Adds one line, given as words:
 *
 *     mon-fri 08:00-12:30 13:30-18:00
 *     sat,sun 10:00-14:00
 *     holiday 2026-12-25 2026-12-26               (closed)
 *     holiday 2026-12-24 08:00-12:00              (other hours)
 *
 * Returns NULL, or what is wrong with word *at (counted from 0).
 */
const char *sc_hours_add(sc_hours_t *hours, const sc_str_t *words,
    size_t count, size_t *at);

/* After the last line: returns NULL, or what is missing. */
const char *sc_hours_check(const sc_hours_t *hours);

/*
 * The first instant at which `business_ms` of open time will have passed
 * since `start_ms`.  False: it is more than SC_HOURS_HORIZON_MS ahead, or
 * outside the years 1970 to 9999.
 */
bool sc_hours_due(const sc_hours_t *hours, int64_t start_ms,
    int64_t business_ms, int64_t *due_ms);

/*
 * Open time (ms) between two instants of the years 1970 to 9999; 0 if `to_ms`
 * is not later than `from_ms`.
 */
int64_t sc_hours_between(const sc_hours_t *hours, int64_t from_ms,
    int64_t to_ms);

#endif /* SC_HOURS_H */
