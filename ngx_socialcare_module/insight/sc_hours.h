/*
 * sc_hours.h: business time: when a desk is open, and when so much of its time
 * will have passed.
 *
 * An instant is open when the clock on the desk's wall stands inside a span of
 * that day.  So a span is shorter on the day on which it loses an hour of it,
 * longer on the day on which it has one twice, and a day that a zone has
 * skipped has none.  All arithmetic is over the caller's memory.
 */

#ifndef SC_HOURS_H
#define SC_HOURS_H

#include "sc_str.h"
#include "sc_zone_info.h"


#define SC_HOURS_MAX_SPANS     8       /* a day */
#define SC_HOURS_MAX_HOLIDAYS  512
#define SC_HOURS_MINUTES       1440    /* a day's minutes; as "to": 24:00 */

/* How far a deadline is looked for. */
#define SC_HOURS_HORIZON_MS    (INT64_C(400) * 24 * 60 * 60 * 1000)


/* Minutes since local midnight; `to` is not in it. */
typedef struct {
    uint16_t from;
    uint16_t to;
} sc_hours_span_t;


/* Ascending, apart. */
typedef struct {
    bool            set;               /* also where it has no span: closed */
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


/* Closed for ever; `zone` is used as long as `hours`. */
void sc_hours_init(sc_hours_t *hours, const sc_zone_info_t *zone);

/*
 * Takes one line, word by word:
 *
 *     mon-fri 08:00-12:30 13:30-18:00
 *     sat,sun 10:00-14:00
 *     holiday 2026-12-25 2026-12-26               (closed)
 *     holiday 2026-12-24 08:00-12:00              (other hours)
 *
 * NULL, or what is wrong with word *at (counted from 0).
 */
const char *sc_hours_add(sc_hours_t *hours, const sc_str_t *words,
    size_t count, size_t *at);

/* All lines were taken: NULL, or what is missing. */
const char *sc_hours_check(const sc_hours_t *hours);

/*
 * The first instant at which `business_ms` of open time will have passed
 * since `start_ms`.  False when that is more than SC_HOURS_HORIZON_MS ahead,
 * or outside the years 1970 to 9999.
 */
bool sc_hours_due(const sc_hours_t *hours, int64_t start_ms,
    int64_t business_ms, int64_t *due_ms);

/*
 * Open time between two instants of the years 1970 to 9999; 0 when `to_ms` is
 * not later.
 */
int64_t sc_hours_between(const sc_hours_t *hours, int64_t from_ms,
    int64_t to_ms);

#endif /* SC_HOURS_H */
