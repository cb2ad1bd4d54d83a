/*
 * sc_hours_read.c: parses the lines of a calendar of opening hours.
 *
 * A span must not cross midnight: it would belong to two days, one of which
 * may be a holiday.
 */

#include "sc_calendar.h"
#include "sc_hours.h"


/* "08:00-12:30", "2026-12-25" */
#define SC_HOURS_SPAN_LENGTH  11
#define SC_HOURS_DATE_LENGTH  10


static const char sc_hours_weekdays[7][4] = {
    "sun", "mon", "tue", "wed", "thu", "fri", "sat"
};


void
sc_hours_init(sc_hours_t *hours, const sc_zone_info_t *zone)
{
    memset(hours, 0, sizeof(*hours));
    hours->zone = zone;
}


static bool
sc_hours_digits(sc_str_t text, unsigned *value)
{
    uint64_t number;

    if (!sc_str_to_uint64(text, &number) || number > 9999) {
        return false;
    }

    *value = (unsigned) number;

    return true;
}


/* HH:MM up to 24:00. */
static bool
sc_hours_minute(sc_str_t text, uint16_t *minute)
{
    unsigned hours, minutes;

    if (text.len != 5 || text.data[2] != ':'
        || !sc_hours_digits(sc_str_first(text, 2), &hours)
        || !sc_hours_digits(sc_str_from(text, 3), &minutes)
        || minutes > 59 || hours * 60 + minutes > SC_HOURS_MINUTES)
    {
        return false;
    }

    *minute = (uint16_t) (hours * 60 + minutes);

    return true;
}


static const char *
sc_hours_add_span(sc_hours_day_t *day, sc_str_t word)
{
    sc_hours_span_t span;

    if (word.len != SC_HOURS_SPAN_LENGTH || word.data[5] != '-'
        || !sc_hours_minute(sc_str_first(word, 5), &span.from)
        || !sc_hours_minute(sc_str_from(word, 6), &span.to))
    {
        return "write a span as 08:00-12:30, up to 24:00";
    }

    if (span.from == span.to) {
        return "the span is empty; all day is 00:00-24:00";
    }

    if (span.from > span.to) {
        return "a span ends on its own day: write for example 22:00-24:00, "
               "and 00:00-06:00 for the day after it";
    }

    if (day->count == SC_HOURS_MAX_SPANS) {
        return "a day has at most 8 spans";
    }

    if (day->count > 0 && span.from < day->spans[day->count - 1].to) {
        return "spans must be in order and must not overlap";
    }

    day->spans[day->count++] = span;

    return NULL;
}


/* All words from `from` on are spans. */
static const char *
sc_hours_read_spans(sc_hours_day_t *day, const sc_str_t *words, size_t count,
    size_t *at)
{
    const char *problem;

    day->set = true;
    day->count = 0;

    for ( /* void */ ; *at < count; (*at)++) {
        problem = sc_hours_add_span(day, words[*at]);

        if (problem != NULL) {
            return problem;
        }
    }

    return NULL;
}


/* 0 is Sunday; 7: not a weekday. */
static unsigned
sc_hours_weekday(sc_str_t text)
{
    unsigned i;

    for (i = 0; i < 7; i++) {
        if (sc_str_eq(text, sc_str_make(sc_hours_weekdays[i], 3))) {
            break;
        }
    }

    return i;
}


/* mon, mon-fri, sat-mon, sat,sun: a bit for each day; 0: malformed. */
static unsigned
sc_hours_weekday_set(sc_str_t word)
{
    size_t   at;
    unsigned set, first, last;
    sc_str_t part;

    set = 0;

    while (sc_str_next(&word, ',', &part)) {
        at = sc_str_find_byte(part, '-');
        first = sc_hours_weekday(sc_str_first(part, at));
        last = at == part.len ? first
                              : sc_hours_weekday(sc_str_from(part, at + 1));

        if (first == 7 || last == 7) {
            return 0;
        }

        for ( /* void */ ; first != last; first = (first + 1) % 7) {
            set |= 1U << first;
        }

        set |= 1U << last;
    }

    return set;
}


static const char *
sc_hours_add_weekdays(sc_hours_t *hours, unsigned set, const sc_str_t *words,
    size_t count, size_t *at)
{
    unsigned       i;
    const char    *problem;
    sc_hours_day_t day;

    for (i = 0; i < 7; i++) {
        if ((set & 1U << i) && hours->week[i].set) {
            return "one of its days already has hours: write all its spans "
                   "in one line";
        }
    }

    if (count == 1) {
        return "it has no span: write for example 08:00-18:00, and leave out "
               "days that are closed";
    }

    memset(&day, 0, sizeof(day));
    *at = 1;
    problem = sc_hours_read_spans(&day, words, count, at);

    for (i = 0; problem == NULL && i < 7; i++) {
        if (set & 1U << i) {
            hours->week[i] = day;
        }
    }

    return problem;
}


static bool
sc_hours_date(sc_str_t word, int64_t *days)
{
    sc_date_t date = { 0, 0, 0 };

    return word.len == SC_HOURS_DATE_LENGTH && word.data[4] == '-'
           && word.data[7] == '-'
           && sc_hours_digits(sc_str_first(word, 4), &date.year)
           && sc_hours_digits(sc_str_first(sc_str_from(word, 5), 2),
                              &date.month)
           && sc_hours_digits(sc_str_from(word, 8), &date.day)
           && date.year >= 1970 && sc_days_from_date(&date, days);
}


/* Keeps them sorted by date. */
static const char *
sc_hours_insert(sc_hours_t *hours, int64_t date, const sc_hours_day_t *day)
{
    size_t              i;
    sc_hours_holiday_t *holiday;

    if (hours->holidays_count == SC_HOURS_MAX_HOLIDAYS) {
        return "at most 512 holidays are possible: drop old ones";
    }

    i = hours->holidays_count;

    while (i > 0 && hours->holidays[i - 1].date >= date) {
        i--;
    }

    holiday = &hours->holidays[i];

    if (i < hours->holidays_count && holiday->date == date) {
        return "the holiday is listed twice";
    }

    memmove(holiday + 1, holiday,
            (hours->holidays_count - i) * sizeof(*holiday));

    holiday->date = date;
    holiday->day = *day;
    hours->holidays_count++;

    return NULL;
}


static const char *
sc_hours_add_holidays(sc_hours_t *hours, const sc_str_t *words, size_t count,
    size_t *at)
{
    size_t         dates;
    int64_t        date;
    const char    *problem;
    sc_hours_day_t day;

    for (dates = 1; dates < count && sc_hours_date(words[dates], &date);
         dates++)
    {
        /* void */
    }

    if (dates == 1) {
        *at = count > 1 ? 1 : 0;
        return "write a holiday's date as 2026-12-25";
    }

    memset(&day, 0, sizeof(day));
    *at = dates;
    problem = sc_hours_read_spans(&day, words, count, at);

    if (problem != NULL) {
        return problem;
    }

    for (*at = 1; *at < dates; (*at)++) {
        (void) sc_hours_date(words[*at], &date);
        problem = sc_hours_insert(hours, date, &day);

        if (problem != NULL) {
            return problem;
        }
    }

    return NULL;
}


const char *
sc_hours_add(sc_hours_t *hours, const sc_str_t *words, size_t count,
    size_t *at)
{
    unsigned set;

    *at = 0;

    if (count > 0 && sc_str_eq(words[0], SC_STR("holiday"))) {
        return sc_hours_add_holidays(hours, words, count, at);
    }

    set = count > 0 ? sc_hours_weekday_set(words[0]) : 0;

    if (set == 0) {
        return "write weekdays (mon, mon-fri, sat,sun) or holiday";
    }

    return sc_hours_add_weekdays(hours, set, words, count, at);
}


const char *
sc_hours_check(const sc_hours_t *hours)
{
    unsigned i;

    for (i = 0; i < 7; i++) {
        if (hours->week[i].count > 0) {
            return NULL;
        }
    }

    return "no weekday is open: write for example mon-fri 08:00-18:00";
}
