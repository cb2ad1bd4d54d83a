/*
 * sc_calendar.h: days of the proleptic Gregorian calendar, by arithmetic
 * alone.  Days are counted from 1 January 1970, which is day 0.
 */

#ifndef SC_CALENDAR_H
#define SC_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>


/* The end of the year 9999, the last one that four digits can write. */
#define SC_CALENDAR_LAST_S   INT64_C(253402300799)
#define SC_CALENDAR_LAST_MS  (SC_CALENDAR_LAST_S * 1000 + 999)


typedef struct {
    unsigned year;             /* from 1 on */
    unsigned month;            /* 1 to 12 */
    unsigned day;              /* 1 to 31 */
} sc_date_t;


bool sc_is_leap_year(unsigned year);

/* `month` is 1 to 12. */
unsigned sc_days_in_month(unsigned year, unsigned month);

/* Days from 1 January 1970 to 1 January of `year`, for years from 1 on. */
int64_t sc_days_before_year(unsigned year);

/* False when there is no such day. */
bool sc_days_from_date(const sc_date_t *date, int64_t *days);

/* `days` must not be negative. */
void sc_date_from_days(int64_t days, sc_date_t *date);

/* 0 is Sunday; any day. */
unsigned sc_weekday(int64_t days);

#endif /* SC_CALENDAR_H */
