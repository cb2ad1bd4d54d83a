/*
 * sc_calendar.c: dates to day numbers and back.
 */

#include "sc_calendar.h"


bool
sc_is_leap_year(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}


unsigned
sc_days_in_month(unsigned year, unsigned month)
{
    static const unsigned char days[12] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    if (month == 2 && sc_is_leap_year(year)) {
        return 29;
    }

    return days[month - 1];
}


int64_t
sc_days_before_year(unsigned year)
{
    int64_t y;

    y = (int64_t) year - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}


bool
sc_days_from_date(const sc_date_t *date, int64_t *days)
{
    unsigned month;

    if (date->year < 1 || date->month < 1 || date->month > 12 || date->day < 1
        || date->day > sc_days_in_month(date->year, date->month))
    {
        return false;
    }

    *days = sc_days_before_year(date->year) + (int64_t) date->day - 1;

    for (month = 1; month < date->month; month++) {
        *days += sc_days_in_month(date->year, month);
    }

    return true;
}


void
sc_date_from_days(int64_t days, sc_date_t *date)
{
    date->year = 1970 + (unsigned) (days / 366);

    while (sc_days_before_year(date->year + 1) <= days) {
        date->year++;
    }

    days -= sc_days_before_year(date->year);
    date->month = 1;

    while (days >= sc_days_in_month(date->year, date->month)) {
        days -= sc_days_in_month(date->year, date->month);
        date->month++;
    }

    date->day = (unsigned) days + 1;
}


unsigned
sc_weekday(int64_t days)
{
    int64_t weekday;

    weekday = (days + 4) % 7;          /* day 0 was a Thursday */

    return (unsigned) (weekday < 0 ? weekday + 7 : weekday);
}
