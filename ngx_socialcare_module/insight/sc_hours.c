/*
 * sc_hours.c: iterates over open time.
 *
 * The time line is cut into pieces of one local date and one UTC offset each.
 * Inside a piece local time runs evenly, so that lengths are plain differences.
 * A change of the offset ends a piece, and the next one begins with whatever
 * the local time is then: earlier, later, or on another date.
 */

#include "sc_hours.h"

#include "sc_calendar.h"


#define SC_HOURS_DAY_S      86400
#define SC_HOURS_MINUTE_MS  60000
#define SC_HOURS_LAST_MS    (SC_CALENDAR_LAST_S * 1000)


typedef struct {
    const sc_hours_t     *hours;
    int64_t               at_ms;       /* beginning of the piece */
    int64_t               until_ms;    /* its end */
    int64_t               midnight_ms; /* 00:00 of its date, by its offset */
    const sc_hours_day_t *day;
    unsigned              span;        /* index of the next one */
} sc_hours_walk_t;


/* Rounds down, below zero, too. */
static int64_t
sc_hours_divide(int64_t value, int64_t by)
{
    int64_t quotient;

    quotient = value / by;

    return value % by < 0 ? quotient - 1 : quotient;
}


static const sc_hours_day_t *
sc_hours_day(const sc_hours_t *hours, int64_t date)
{
    size_t low, high, middle;

    low = 0;
    high = hours->holidays_count;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (hours->holidays[middle].date < date) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    if (low < hours->holidays_count && hours->holidays[low].date == date) {
        return &hours->holidays[low].day;
    }

    return &hours->week[sc_weekday(date)];
}


static void
sc_hours_begin(sc_hours_walk_t *walk, int64_t at_ms)
{
    int32_t offset;
    int64_t now, until, date, midnight;

    now = sc_hours_divide(at_ms, 1000);
    offset = sc_zone_info_offset(walk->hours->zone, now, &until);
    date = sc_hours_divide(now + offset, SC_HOURS_DAY_S);
    midnight = date * SC_HOURS_DAY_S - offset;

    if (until > midnight + SC_HOURS_DAY_S) {
        until = midnight + SC_HOURS_DAY_S;
    }

    walk->at_ms = at_ms;
    walk->until_ms = until * 1000;
    walk->midnight_ms = midnight * 1000;
    walk->day = sc_hours_day(walk->hours, date);
    walk->span = 0;
}


/* The next open time that begins before `limit_ms`. */
static bool
sc_hours_next(sc_hours_walk_t *walk, int64_t limit_ms, int64_t *from_ms,
    int64_t *to_ms)
{
    const sc_hours_span_t *span;

    while (walk->at_ms < limit_ms) {

        while (walk->span < walk->day->count) {
            span = &walk->day->spans[walk->span++];

            *from_ms = walk->midnight_ms
                       + (int64_t) span->from * SC_HOURS_MINUTE_MS;
            *to_ms = walk->midnight_ms
                     + (int64_t) span->to * SC_HOURS_MINUTE_MS;

            *from_ms = *from_ms < walk->at_ms ? walk->at_ms : *from_ms;
            *to_ms = *to_ms > walk->until_ms ? walk->until_ms : *to_ms;

            if (*from_ms < *to_ms) {
                return *from_ms < limit_ms;
            }
        }

        sc_hours_begin(walk, walk->until_ms);
    }

    return false;
}


bool
sc_hours_due(const sc_hours_t *hours, int64_t start_ms, int64_t business_ms,
    int64_t *due_ms)
{
    int64_t         from, to;
    sc_hours_walk_t walk;

    if (start_ms < 0 || start_ms > SC_HOURS_LAST_MS - SC_HOURS_HORIZON_MS) {
        return false;
    }

    if (business_ms <= 0) {
        *due_ms = start_ms;
        return true;
    }

    walk.hours = hours;
    sc_hours_begin(&walk, start_ms);

    while (sc_hours_next(&walk, start_ms + SC_HOURS_HORIZON_MS, &from, &to)) {

        if (to - from >= business_ms) {
            *due_ms = from + business_ms;
            return *due_ms <= start_ms + SC_HOURS_HORIZON_MS;
        }

        business_ms -= to - from;
    }

    return false;
}


int64_t
sc_hours_between(const sc_hours_t *hours, int64_t from_ms, int64_t to_ms)
{
    int64_t         from, to, sum;
    sc_hours_walk_t walk;

    from_ms = from_ms < 0 ? 0 : from_ms;
    to_ms = to_ms > SC_HOURS_LAST_MS ? SC_HOURS_LAST_MS : to_ms;
    sum = 0;

    if (from_ms >= to_ms) {
        return 0;
    }

    walk.hours = hours;
    sc_hours_begin(&walk, from_ms);

    while (sc_hours_next(&walk, to_ms, &from, &to)) {
        sum += (to > to_ms ? to_ms : to) - from;
    }

    return sum;
}
