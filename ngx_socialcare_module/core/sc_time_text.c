/*
 * sc_time_text.c: reading of times that are written as dates.
 *
 * Each reader takes tokens off the front of a text and fails at the first
 * one that does not match the format.  Nothing is skipped, the weekday is not
 * checked against the date, and the locale is not consulted.
 */

#include "sc_time_text.h"


static const sc_str_t sc_month_names[12] = {
    SC_STR_INIT("Jan"), SC_STR_INIT("Feb"), SC_STR_INIT("Mar"),
    SC_STR_INIT("Apr"), SC_STR_INIT("May"), SC_STR_INIT("Jun"),
    SC_STR_INIT("Jul"), SC_STR_INIT("Aug"), SC_STR_INIT("Sep"),
    SC_STR_INIT("Oct"), SC_STR_INIT("Nov"), SC_STR_INIT("Dec")
};

static const sc_str_t sc_weekday_names[7] = {
    SC_STR_INIT("Sun"), SC_STR_INIT("Mon"), SC_STR_INIT("Tue"),
    SC_STR_INIT("Wed"), SC_STR_INIT("Thu"), SC_STR_INIT("Fri"),
    SC_STR_INIT("Sat")
};

static const struct {
    sc_str_t name;
    int      minutes;
} sc_zone_names[] = {
    { SC_STR_INIT("GMT"), 0 }, { SC_STR_INIT("UTC"), 0 },
    { SC_STR_INIT("UT"), 0 }, { SC_STR_INIT("Z"), 0 },
    { SC_STR_INIT("EST"), -300 }, { SC_STR_INIT("EDT"), -240 },
    { SC_STR_INIT("CST"), -360 }, { SC_STR_INIT("CDT"), -300 },
    { SC_STR_INIT("MST"), -420 }, { SC_STR_INIT("MDT"), -360 },
    { SC_STR_INIT("PST"), -480 }, { SC_STR_INIT("PDT"), -420 }
};

static bool
sc_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}


/*
 * Readers: each takes what it names off the front of `rest` and returns
 * whether it was there.
 */

static bool
sc_take_byte(sc_str_t *rest, unsigned char c)
{
    if (rest->len == 0 || rest->data[0] != c) {
        return false;
    }

    *rest = sc_str_from(*rest, 1);

    return true;
}


/* Between `min` and `max` digits (max <= 9). */
static bool
sc_take_digits(sc_str_t *rest, size_t min, size_t max, unsigned *value)
{
    size_t n;

    *value = 0;

    for (n = 0; n < max && n < rest->len; n++) {
        if (!sc_is_digit(rest->data[n])) {
            break;
        }

        *value = *value * 10 + (unsigned) (rest->data[n] - '0');
    }

    *rest = sc_str_from(*rest, n);

    return n >= min;
}


/* ".123456": at least one digit; all after the third are dropped. */
bool
sc_take_fraction(sc_str_t *rest, unsigned *milliseconds)
{
    size_t   n;
    unsigned weight;

    *milliseconds = 0;
    weight = 100;

    for (n = 0; n < rest->len && sc_is_digit(rest->data[n]); n++) {
        *milliseconds += (unsigned) (rest->data[n] - '0') * weight;
        weight /= 10;
    }

    *rest = sc_str_from(*rest, n);

    return n > 0;
}


/* One or more blanks; line breaks because mail folds its dates. */
static bool
sc_take_blanks(sc_str_t *rest)
{
    size_t n;

    for (n = 0; n < rest->len; n++) {
        if (rest->data[n] != ' ' && rest->data[n] != '\t'
            && rest->data[n] != '\r' && rest->data[n] != '\n')
        {
            break;
        }
    }

    *rest = sc_str_from(*rest, n);

    return n > 0;
}


/* One of `names`, in any case; *index says which. */
static bool
sc_take_name(sc_str_t *rest, const sc_str_t *names, size_t count,
    unsigned *index)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (sc_str_eq_nocase(sc_str_first(*rest, names[i].len), names[i])) {
            *index = (unsigned) i;
            *rest = sc_str_from(*rest, names[i].len);
            return true;
        }
    }

    return false;
}


static bool
sc_take_month(sc_str_t *rest, unsigned *month)
{
    if (!sc_take_name(rest, sc_month_names, 12, month)) {
        return false;
    }

    *month += 1;

    return true;
}


static bool
sc_take_clock(sc_str_t *rest, sc_civil_t *civil)
{
    return sc_take_digits(rest, 2, 2, &civil->hour)
           && sc_take_byte(rest, ':')
           && sc_take_digits(rest, 2, 2, &civil->minute)
           && sc_take_byte(rest, ':')
           && sc_take_digits(rest, 2, 2, &civil->second);
}


/* +hhmm, or +hh:mm where `colon` allows it. */
static bool
sc_take_offset(sc_str_t *rest, bool colon, int *minutes)
{
    bool     west;
    unsigned hour, minute;

    west = sc_take_byte(rest, '-');

    if (!west && !sc_take_byte(rest, '+')) {
        return false;
    }

    if (!sc_take_digits(rest, 2, 2, &hour)) {
        return false;
    }

    if (colon) {
        (void) sc_take_byte(rest, ':');
    }

    if (!sc_take_digits(rest, 2, 2, &minute) || hour > 23 || minute > 59) {
        return false;
    }

    *minutes = (int) (hour * 60 + minute);

    if (west) {
        *minutes = -*minutes;
    }

    return true;
}


bool
sc_time_read_iso8601(sc_str_t rest, int64_t *ms)
{
    sc_civil_t civil;

    memset(&civil, 0, sizeof(civil));

    if (!sc_take_digits(&rest, 4, 4, &civil.year)
        || !sc_take_byte(&rest, '-')
        || !sc_take_digits(&rest, 2, 2, &civil.month)
        || !sc_take_byte(&rest, '-')
        || !sc_take_digits(&rest, 2, 2, &civil.day)
        || (!sc_take_byte(&rest, 'T') && !sc_take_byte(&rest, ' '))
        || !sc_take_clock(&rest, &civil))
    {
        return false;
    }

    if (sc_take_byte(&rest, '.')
        && !sc_take_fraction(&rest, &civil.millisecond))
    {
        return false;
    }

    if (sc_str_eq(rest, SC_STR(" UTC"))) {
        rest = SC_STR_NULL;

    } else if (rest.len > 0 && !sc_take_byte(&rest, 'Z')
               && !sc_take_offset(&rest, true, &civil.offset_minutes))
    {
        return false;
    }

    return rest.len == 0 && sc_civil_to_ms(&civil, ms);
}


/* "Mon, " or nothing: mail may leave the weekday out. */
static bool
sc_take_mail_weekday(sc_str_t *rest)
{
    unsigned index;

    if (rest->len > 0 && sc_is_digit(rest->data[0])) {
        return true;
    }

    if (!sc_take_name(rest, sc_weekday_names, 7, &index)
        || !sc_take_byte(rest, ','))
    {
        return false;
    }

    (void) sc_take_blanks(rest);

    return true;
}


/* Two and three digits are RFC 2822's obsolete years. */
static bool
sc_take_mail_year(sc_str_t *rest, unsigned *year)
{
    size_t before, digits;

    before = rest->len;

    if (!sc_take_digits(rest, 2, 4, year)) {
        return false;
    }

    digits = before - rest->len;

    if (digits == 2) {
        *year += *year < 50 ? 2000 : 1900;

    } else if (digits == 3) {
        *year += 1900;
    }

    return true;
}


/* hh:mm[:ss] */
static bool
sc_take_mail_clock(sc_str_t *rest, sc_civil_t *civil)
{
    if (!sc_take_digits(rest, 1, 2, &civil->hour)
        || !sc_take_byte(rest, ':')
        || !sc_take_digits(rest, 2, 2, &civil->minute))
    {
        return false;
    }

    return !sc_take_byte(rest, ':')
           || sc_take_digits(rest, 2, 2, &civil->second);
}


static bool
sc_take_mail_zone(sc_str_t *rest, int *minutes)
{
    size_t i, len;

    if (sc_take_offset(rest, false, minutes)) {
        return true;
    }

    for (len = 0; len < rest->len; len++) {
        if (rest->data[len] == ' ' || rest->data[len] == '\t') {
            break;
        }
    }

    for (i = 0; i < sizeof(sc_zone_names) / sizeof(sc_zone_names[0]); i++) {
        if (sc_str_eq_nocase(sc_str_first(*rest, len),
                             sc_zone_names[i].name))
        {
            *minutes = sc_zone_names[i].minutes;
            *rest = sc_str_from(*rest, len);
            return true;
        }
    }

    return false;
}


/* Blanks and one "(comment)" may end a mail date. */
static bool
sc_is_mail_tail(sc_str_t rest)
{
    (void) sc_take_blanks(&rest);

    if (rest.len == 0) {
        return true;
    }

    return rest.len >= 2 && rest.data[0] == '('
           && sc_str_find_byte(rest, ')') == rest.len - 1;
}


bool
sc_time_read_rfc2822(sc_str_t rest, int64_t *ms)
{
    sc_civil_t civil;

    memset(&civil, 0, sizeof(civil));

    if (!sc_take_mail_weekday(&rest)
        || !sc_take_digits(&rest, 1, 2, &civil.day)
        || !sc_take_blanks(&rest)
        || !sc_take_month(&rest, &civil.month)
        || !sc_take_blanks(&rest)
        || !sc_take_mail_year(&rest, &civil.year)
        || !sc_take_blanks(&rest)
        || !sc_take_mail_clock(&rest, &civil)
        || !sc_take_blanks(&rest)
        || !sc_take_mail_zone(&rest, &civil.offset_minutes)
        || !sc_is_mail_tail(rest))
    {
        return false;
    }

    return sc_civil_to_ms(&civil, ms);
}


bool
sc_time_read_asctime_x(sc_str_t rest, int64_t *ms)
{
    unsigned   weekday;
    sc_civil_t civil;

    memset(&civil, 0, sizeof(civil));

    if (!sc_take_name(&rest, sc_weekday_names, 7, &weekday)
        || !sc_take_byte(&rest, ' ')
        || !sc_take_month(&rest, &civil.month)
        || !sc_take_byte(&rest, ' ')
        || !sc_take_digits(&rest, 2, 2, &civil.day)
        || !sc_take_byte(&rest, ' ')
        || !sc_take_clock(&rest, &civil)
        || !sc_take_byte(&rest, ' ')
        || !sc_take_offset(&rest, false, &civil.offset_minutes)
        || !sc_take_byte(&rest, ' ')
        || !sc_take_digits(&rest, 4, 4, &civil.year)
        || rest.len > 0)
    {
        return false;
    }

    return sc_civil_to_ms(&civil, ms);
}


bool
sc_time_read_compact(sc_str_t rest, int64_t *ms)
{
    sc_civil_t civil;

    memset(&civil, 0, sizeof(civil));

    return sc_take_digits(&rest, 4, 4, &civil.year)
           && sc_take_digits(&rest, 2, 2, &civil.month)
           && sc_take_digits(&rest, 2, 2, &civil.day)
           && sc_take_digits(&rest, 2, 2, &civil.hour)
           && sc_take_digits(&rest, 2, 2, &civil.minute)
           && sc_take_digits(&rest, 2, 2, &civil.second)
           && rest.len == 0
           && sc_civil_to_ms(&civil, ms);
}
