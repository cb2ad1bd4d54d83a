/*
 * sc_zone_rule.c: reading a rule such as CET-1CEST,M3.5.0,M10.5.0/3, and the
 * offset that it gives.
 *
 * With RFC 8536's extension: hours from -167 to 167, so that a change may be
 * days away from the day that the rule names.
 */

#include "sc_zone_rule.h"

#include "sc_calendar.h"


#define SC_RULE_DAY       86400

/* 02:00:00 */
#define SC_RULE_DEFAULT   7200


static bool
sc_rule_take(sc_str_t *rest, unsigned char byte)
{
    if (rest->len == 0 || rest->data[0] != byte) {
        return false;
    }

    *rest = sc_str_from(*rest, 1);

    return true;
}


/* One to three digits, not above `most`. */
static bool
sc_rule_number(sc_str_t *rest, unsigned most, unsigned *value)
{
    size_t digits;

    *value = 0;

    for (digits = 0; digits < rest->len && rest->data[digits] >= '0'
         && rest->data[digits] <= '9'; digits++)
    {
        if (digits == 3) {
            return false;
        }

        *value = *value * 10 + (unsigned) (rest->data[digits] - '0');
    }

    *rest = sc_str_from(*rest, digits);

    return digits > 0 && *value <= most;
}


/* [+-]hh[:mm[:ss]] in seconds. */
static bool
sc_rule_time(sc_str_t *rest, unsigned most_hours, int32_t *seconds)
{
    bool     negative;
    unsigned hours, minutes, rest_seconds;

    minutes = 0;
    rest_seconds = 0;
    negative = sc_rule_take(rest, '-');

    if (!negative) {
        (void) sc_rule_take(rest, '+');
    }

    if (!sc_rule_number(rest, most_hours, &hours)) {
        return false;
    }

    if (sc_rule_take(rest, ':')) {
        if (!sc_rule_number(rest, 59, &minutes)
            || (sc_rule_take(rest, ':')
                && !sc_rule_number(rest, 59, &rest_seconds)))
        {
            return false;
        }
    }

    *seconds = (int32_t) (hours * 3600 + minutes * 60 + rest_seconds);

    if (negative) {
        *seconds = -*seconds;
    }

    return true;
}


static bool
sc_rule_is_letter(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}


/* Skips CEST, or <+0330>: at least three characters. */
static bool
sc_rule_skip_name(sc_str_t *rest)
{
    size_t len;

    if (sc_rule_take(rest, '<')) {
        len = sc_str_find_byte(*rest, '>');

        if (len == rest->len || len < 3) {
            return false;
        }

        *rest = sc_str_from(*rest, len + 1);

        return true;
    }

    for (len = 0; len < rest->len && sc_rule_is_letter(rest->data[len]); len++)
    {
        /* void */
    }

    *rest = sc_str_from(*rest, len);

    return len >= 3;
}


/* ,Jn ,n or ,Mm.w.d with an optional /time */
static bool
sc_rule_moment(sc_str_t *rest, sc_zone_rule_t *rule)
{
    bool good;

    if (!sc_rule_take(rest, ',')) {
        return false;
    }

    if (sc_rule_take(rest, 'J')) {
        rule->kind = SC_ZONE_JULIAN;
        good = sc_rule_number(rest, 365, &rule->day) && rule->day >= 1;

    } else if (sc_rule_take(rest, 'M')) {
        rule->kind = SC_ZONE_WEEKDAY;
        good = sc_rule_number(rest, 12, &rule->month) && rule->month >= 1
               && sc_rule_take(rest, '.')
               && sc_rule_number(rest, 5, &rule->week) && rule->week >= 1
               && sc_rule_take(rest, '.')
               && sc_rule_number(rest, 6, &rule->day);

    } else {
        rule->kind = SC_ZONE_DAY;
        good = sc_rule_number(rest, 365, &rule->day);
    }

    if (!good) {
        return false;
    }

    rule->seconds = SC_RULE_DEFAULT;

    return !sc_rule_take(rest, '/')
           || sc_rule_time(rest, 167, &rule->seconds);
}


bool
sc_zone_rule_read(sc_zone_info_t *zone, sc_str_t text)
{
    int32_t west;

    if (!sc_rule_skip_name(&text) || !sc_rule_time(&text, 24, &west)) {
        return false;
    }

    zone->standard = -west;

    if (text.len == 0) {
        return true;
    }

    if (!sc_rule_skip_name(&text)) {
        return false;
    }

    zone->has_daylight = true;
    zone->daylight = zone->standard + 3600;

    if (text.len > 0 && text.data[0] != ',') {
        if (!sc_rule_time(&text, 24, &west)) {
            return false;
        }

        zone->daylight = -west;
    }

    return sc_rule_moment(&text, &zone->begin)
           && sc_rule_moment(&text, &zone->end) && text.len == 0;
}


/* The day number of a rule's day in a year. */
static int64_t
sc_rule_day(const sc_zone_rule_t *rule, unsigned year)
{
    int64_t   days, day;
    unsigned  length;
    sc_date_t date;

    if (rule->kind == SC_ZONE_DAY) {
        return sc_days_before_year(year) + (int64_t) rule->day;
    }

    if (rule->kind == SC_ZONE_JULIAN) {
        days = sc_days_before_year(year) + (int64_t) rule->day - 1;

        return sc_is_leap_year(year) && rule->day >= 60 ? days + 1 : days;
    }

    date.year = year;
    date.month = rule->month;
    date.day = 1;
    days = 0;

    (void) sc_days_from_date(&date, &days);

    day = (int64_t) ((rule->day + 7 - sc_weekday(days)) % 7)
          + (int64_t) (rule->week - 1) * 7;
    length = sc_days_in_month(year, rule->month);

    return days + (day < (int64_t) length ? day : day - 7);
}


/* Unix seconds of a rule's moment; `before` is the offset until then. */
static int64_t
sc_rule_second(const sc_zone_rule_t *rule, unsigned year, int32_t before)
{
    return sc_rule_day(rule, year) * SC_RULE_DAY + rule->seconds - before;
}


/*
 * A change may be a week away from the day that the rule names, so even in the
 * year before or after.  Where both changes fall on the same second (daylight
 * saving time all year round) the beginning wins.
 */
int32_t
sc_zone_rule_offset(const sc_zone_info_t *zone, int64_t time, int64_t *until)
{
    bool      daylight, beyond;
    int64_t   begin, end, last;
    unsigned  year;
    sc_date_t date;

    if (!zone->has_daylight) {
        *until = INT64_MAX;
        return zone->standard;
    }

    beyond = time > SC_CALENDAR_LAST_S;
    time = time < 0 ? 0 : time;
    time = beyond ? SC_CALENDAR_LAST_S : time;

    sc_date_from_days(time / SC_RULE_DAY, &date);

    last = INT64_MIN;
    *until = INT64_MAX;
    daylight = false;

    for (year = date.year - 2; year <= date.year + 2; year++) {
        begin = sc_rule_second(&zone->begin, year, zone->standard);
        end = sc_rule_second(&zone->end, year, zone->daylight);

        if (begin <= time && begin >= last) {
            last = begin;
            daylight = true;
        }

        if (end <= time && end > last) {
            last = end;
            daylight = false;
        }

        if (begin > time && begin < *until) {
            *until = begin;
        }

        if (end > time && end < *until) {
            *until = end;
        }
    }

    if (beyond) {
        *until = INT64_MAX;
    }

    return daylight ? zone->daylight : zone->standard;
}
