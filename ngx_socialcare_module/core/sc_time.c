/*
 * sc_time.c: time texts to Unix milliseconds and back.
 *
 * Works on the proleptic Gregorian calendar with arithmetic alone.  It must
 * not consult the clock, the locale or a time zone database, and it returns
 * false rather than guess: a wrong time would move a customer's deadline.
 */

#include "sc_calendar.h"
#include "sc_time_text.h"


#define SC_TIME_GUESS_MS    INT64_C(100000000000)

#define SC_DISCORD_EPOCH_MS INT64_C(1420070400000)

#define SC_DAY_MS           INT64_C(86400000)


static const struct {
    sc_str_t         name;
    sc_time_format_t format;
} sc_time_formats[] = {
    { SC_STR_INIT("s"), SC_TIME_SECONDS },
    { SC_STR_INIT("ms"), SC_TIME_MILLISECONDS },
    { SC_STR_INIT("us"), SC_TIME_MICROSECONDS },
    { SC_STR_INIT("s.frac"), SC_TIME_SECONDS_FRACTION },
    { SC_STR_INIT("iso8601"), SC_TIME_ISO8601 },
    { SC_STR_INIT("rfc2822"), SC_TIME_RFC2822 },
    { SC_STR_INIT("snowflake"), SC_TIME_SNOWFLAKE },
    { SC_STR_INIT("opaque"), SC_TIME_OPAQUE }
};


bool
sc_civil_to_ms(const sc_civil_t *civil, int64_t *ms)
{
    int64_t   days, minutes;
    sc_date_t date;

    date.year = civil->year;
    date.month = civil->month;
    date.day = civil->day;

    if (!sc_days_from_date(&date, &days) || civil->hour > 23
        || civil->minute > 59 || civil->second > 60)
    {
        return false;
    }

    minutes = (int64_t) civil->hour * 60 + civil->minute
              - civil->offset_minutes;

    *ms = days * SC_DAY_MS + minutes * 60000
          + (int64_t) civil->second * 1000 + civil->millisecond;

    return true;
}


/* Digits times `scale` over `divisor`, within the years allowed. */
static bool
sc_read_number(sc_str_t text, uint64_t scale, uint64_t divisor, int64_t *ms)
{
    uint64_t value;

    if (!sc_str_to_uint64(text, &value)
        || value / divisor > (uint64_t) SC_CALENDAR_LAST_MS / scale)
    {
        return false;
    }

    *ms = (int64_t) (value / divisor * scale);

    return true;
}


static bool
sc_read_seconds_fraction(sc_str_t text, int64_t *ms)
{
    size_t   dot;
    sc_str_t fraction;
    unsigned milliseconds;

    dot = sc_str_find_byte(text, '.');
    milliseconds = 0;

    if (dot < text.len) {
        fraction = sc_str_from(text, dot + 1);

        if (!sc_take_fraction(&fraction, &milliseconds) || fraction.len > 0) {
            return false;
        }
    }

    if (!sc_read_number(sc_str_first(text, dot), 1000, 1, ms)) {
        return false;
    }

    *ms += milliseconds;

    return true;
}


static bool
sc_read_snowflake(sc_str_t text, int64_t *ms)
{
    uint64_t id;

    if (!sc_str_to_uint64(text, &id)) {
        return false;
    }

    *ms = (int64_t) (id >> 22) + SC_DISCORD_EPOCH_MS;

    return true;
}


static bool
sc_time_read_format(sc_str_t text, sc_time_format_t format, int64_t *ms)
{
    switch (format) {

    case SC_TIME_SECONDS:
        return sc_read_number(text, 1000, 1, ms);

    case SC_TIME_MILLISECONDS:
        return sc_read_number(text, 1, 1, ms);

    case SC_TIME_MICROSECONDS:
        return sc_read_number(text, 1, 1000, ms);

    case SC_TIME_SECONDS_FRACTION:
        return sc_read_seconds_fraction(text, ms);

    case SC_TIME_ISO8601:
        return sc_time_read_iso8601(text, ms);

    case SC_TIME_RFC2822:
        return sc_time_read_rfc2822(text, ms);

    case SC_TIME_ASCTIME_X:
        return sc_time_read_asctime_x(text, ms);

    case SC_TIME_SNOWFLAKE:
        return sc_read_snowflake(text, ms);

    case SC_TIME_COMPACT:
        return sc_time_read_compact(text, ms);

    case SC_TIME_OPAQUE:
        break;
    }

    return false;
}


bool
sc_time_read(sc_str_t text, sc_time_format_t format, int64_t *ms)
{
    int64_t value;

    if (!sc_time_read_format(text, format, &value)
        || value < 0 || value > SC_CALENDAR_LAST_MS)
    {
        return false;
    }

    *ms = value;

    return true;
}


int64_t
sc_time_guess_ms(int64_t value)
{
    if (value < 0 || value > SC_CALENDAR_LAST_MS) {
        return -1;
    }

    return value > SC_TIME_GUESS_MS ? value : value * 1000;
}


static void
sc_append_digits(sc_buf_t *buf, unsigned value, unsigned digits)
{
    unsigned char text[4];
    unsigned      i;

    for (i = digits; i > 0; i--) {
        text[i - 1] = (unsigned char) ('0' + value % 10);
        value /= 10;
    }

    sc_buf_append(buf, text, digits);
}


void
sc_time_write_iso8601(sc_buf_t *buf, int64_t ms)
{
    unsigned  seconds;
    sc_date_t date;

    ms = ms < 0 ? 0 : ms;
    ms = ms > SC_CALENDAR_LAST_MS ? SC_CALENDAR_LAST_MS : ms;

    sc_date_from_days(ms / SC_DAY_MS, &date);
    seconds = (unsigned) (ms % SC_DAY_MS / 1000);

    sc_append_digits(buf, date.year, 4);
    sc_buf_append_byte(buf, '-');
    sc_append_digits(buf, date.month, 2);
    sc_buf_append_byte(buf, '-');
    sc_append_digits(buf, date.day, 2);
    sc_buf_append_byte(buf, 'T');
    sc_append_digits(buf, seconds / 3600, 2);
    sc_buf_append_byte(buf, ':');
    sc_append_digits(buf, seconds / 60 % 60, 2);
    sc_buf_append_byte(buf, ':');
    sc_append_digits(buf, seconds % 60, 2);
    sc_buf_append_byte(buf, 'Z');
}


bool
sc_time_format_by_name(sc_str_t name, sc_time_format_t *format)
{
    size_t i;

    for (i = 0; i < sizeof(sc_time_formats) / sizeof(sc_time_formats[0]);
         i++)
    {
        if (sc_str_eq(sc_time_formats[i].name, name)) {
            *format = sc_time_formats[i].format;
            return true;
        }
    }

    return false;
}
