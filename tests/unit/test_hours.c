/*
 * test_hours.c: business time: the lines of a calendar, days on which a zone
 * changes, and a walk minute by minute that must come to the same.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sc_buf.h"
#include "sc_calendar.h"
#include "sc_hours.h"
#include "sc_time.h"
#include "zone_file.h"


#define MINUTE_MS  INT64_C(60000)
#define HOUR_MS    (60 * MINUTE_MS)
#define DAY_MS     (24 * HOUR_MS)


static zone_file_t  file;
static sc_hours_t   hours;


/* One line, its words apart by one space. */
static const char *
add(const char *line)
{
    size_t   count, at;
    sc_str_t words[600], rest;

    rest = sc_str_from_cstring(line);
    count = 0;

    while (count < 600 && sc_str_next(&rest, ' ', &words[count])) {
        count++;
    }

    return sc_hours_add(&hours, words, count, &at);
}


static void
calendar(const char *zone, const char *const *lines)
{
    const char *problem;

    zone_file_load(&file, zone);
    sc_hours_init(&hours, &file.zone);

    for ( /* void */ ; *lines != NULL; lines++) {
        problem = add(*lines);

        if (problem != NULL) {
            fail_msg("%s: %s", *lines, problem);
        }
    }

    assert_null(sc_hours_check(&hours));
}

#define CALENDAR(zone, ...)                                                   \
    do {                                                                      \
        static const char *const lines[] = { __VA_ARGS__, NULL };             \
                                                                              \
        calendar(zone, lines);                                                \
    } while (0)


static int64_t
utc(const char *text)
{
    int64_t ms;

    if (!sc_time_read(sc_str_from_cstring(text), SC_TIME_ISO8601, &ms)) {
        fail_msg("%s is no time", text);
    }

    return ms;
}


/* Both ways: the deadline, and that so much is open until then. */
static void
assert_due(const char *start, int64_t business_ms, const char *due)
{
    int64_t       found;
    sc_buf_t      buf;
    unsigned char text[64];

    found = -1;
    assert_true(sc_hours_due(&hours, utc(start), business_ms, &found));

    if (found != utc(due)) {
        sc_buf_init_fixed(&buf, text, sizeof(text));
        sc_time_write_iso8601(&buf, found);
        fail_msg("%s + %lld min: %.*s, not %s", start,
                 (long long) (business_ms / MINUTE_MS), (int) buf.len, text,
                 due);
    }

    assert_int_equal(sc_hours_between(&hours, utc(start), found), business_ms);
}


static void
test_week(void **state)
{
    (void) state;

    CALENDAR("Europe/Berlin", "mon-fri 08:00-12:30 13:30-18:00",
             "sat 09:00-13:00", "holiday 2026-12-25 2026-12-26",
             "holiday 2026-12-24 08:00-12:00");

    /* A Monday; across noon; across the night. */
    assert_due("2026-01-12T09:00:00+01:00", 15 * MINUTE_MS,
               "2026-01-12T09:15:00+01:00");
    assert_due("2026-01-12T12:20:00+01:00", 15 * MINUTE_MS,
               "2026-01-12T13:35:00+01:00");
    assert_due("2026-01-12T17:55:00+01:00", 15 * MINUTE_MS,
               "2026-01-13T08:10:00+01:00");

    /* To the millisecond, and the end of a span belongs to it. */
    assert_due("2026-01-12T12:15:00.001+01:00", 15 * MINUTE_MS,
               "2026-01-12T13:30:00.001+01:00");
    assert_due("2026-01-12T12:15:00+01:00", 15 * MINUTE_MS,
               "2026-01-12T12:30:00+01:00");

    /* At night, and from Saturday's end on. */
    assert_due("2026-01-12T03:00:00+01:00", HOUR_MS,
               "2026-01-12T09:00:00+01:00");
    assert_due("2026-01-17T12:30:00+01:00", HOUR_MS,
               "2026-01-19T08:30:00+01:00");

    /* Holidays: one short, two closed, then a Sunday. */
    assert_due("2026-12-24T11:30:00+01:00", HOUR_MS,
               "2026-12-28T08:30:00+01:00");
    assert_int_equal(sc_hours_between(&hours, utc("2026-12-24T00:00:00+01:00"),
                                      utc("2026-12-28T00:00:00+01:00")),
                     4 * HOUR_MS);

    /* Nothing, and backwards. */
    assert_due("2026-01-17T20:00:00+01:00", 0, "2026-01-17T20:00:00+01:00");
    assert_int_equal(sc_hours_between(&hours, utc("2026-01-13T00:00:00Z"),
                                      utc("2026-01-12T00:00:00Z")), 0);
}


static void
test_changes(void **state)
{
    (void) state;

    /* The night of 29 March has no 02:30, that of 25 October has two. */
    CALENDAR("Europe/Berlin", "mon-sun 00:00-24:00");
    assert_due("2026-03-29T00:00:00+01:00", 23 * HOUR_MS,
               "2026-03-30T00:00:00+02:00");
    assert_due("2026-10-25T00:00:00+02:00", 25 * HOUR_MS,
               "2026-10-26T00:00:00+01:00");

    CALENDAR("Europe/Berlin", "sun 02:00-03:00", "mon 02:00-03:00");
    assert_due("2026-03-29T00:00:00+01:00", 30 * MINUTE_MS,
               "2026-03-30T02:30:00+02:00");
    assert_due("2026-10-25T00:00:00+02:00", 90 * MINUTE_MS,
               "2026-10-25T02:30:00+01:00");

    /* A span that the gap cuts, seen from both sides. */
    CALENDAR("America/New_York", "sun 01:30-03:30");
    assert_due("2026-03-08T01:30:00-05:00", 45 * MINUTE_MS,
               "2026-03-08T03:15:00-04:00");
    assert_due("2026-11-01T01:30:00-04:00", 150 * MINUTE_MS,
               "2026-11-01T03:30:00-05:00");

    /* Half an hour. */
    CALENDAR("Australia/Lord_Howe", "sun 01:00-04:00");
    assert_due("2026-04-05T01:00:00+11:00", 210 * MINUTE_MS,
               "2026-04-05T04:00:00+10:30");
    assert_due("2026-10-04T01:00:00+10:30", 150 * MINUTE_MS,
               "2026-10-04T04:00:00+11:00");

    CALENDAR("Asia/Kolkata", "mon-fri 09:30-18:30");
    assert_due("2026-03-27T18:00:00+05:30", HOUR_MS,
               "2026-03-30T10:00:00+05:30");

    /* Ramadan 2026: an hour back on a Sunday, forward on another. */
    CALENDAR("Africa/Casablanca", "sun 00:00-06:00");
    assert_due("2026-02-15T00:00:00+01:00", 7 * HOUR_MS,
               "2026-02-15T06:00:00+00:00");
    assert_due("2026-03-22T00:00:00+00:00", 5 * HOUR_MS,
               "2026-03-22T06:00:00+01:00");

    /* Friday, 30 December 2011, never was. */
    CALENDAR("Pacific/Apia", "mon-fri 09:00-17:00", "sat 10:00-11:00");
    assert_due("2011-12-29T16:30:00-10:00", HOUR_MS,
               "2011-12-31T10:30:00+14:00");

    /* Midnight itself is left out: Cairo springs forward at 00:00. */
    CALENDAR("Africa/Cairo", "fri 00:00-02:00");
    assert_due("2026-04-23T20:00:00+02:00", 30 * MINUTE_MS,
               "2026-04-24T01:30:00+03:00");
}


static void
test_horizon(void **state)
{
    int64_t due;

    (void) state;

    CALENDAR("UTC", "sun 00:00-00:01");
    assert_true(sc_hours_due(&hours, utc("2026-01-01T00:00:00Z"),
                             57 * MINUTE_MS, &due));
    assert_int_equal(due, utc("2027-01-31T00:01:00Z"));
    assert_false(sc_hours_due(&hours, utc("2026-01-01T00:00:00Z"),
                              58 * MINUTE_MS, &due));

    CALENDAR("UTC", "mon-sun 00:00-24:00");
    assert_true(sc_hours_due(&hours, 0, 400 * DAY_MS, &due));
    assert_int_equal(due, 400 * DAY_MS);
    assert_false(sc_hours_due(&hours, 0, 400 * DAY_MS + 1, &due));
    assert_false(sc_hours_due(&hours, -1, 1, &due));
    assert_false(sc_hours_due(&hours, INT64_MAX, 1, &due));
    assert_false(sc_hours_due(&hours, utc("9999-01-01T00:00:00Z"), 1, &due));
    assert_int_equal(sc_hours_between(&hours, INT64_MIN, DAY_MS), DAY_MS);
    assert_int_equal(sc_hours_between(&hours, utc("9999-12-31T00:00:00Z"),
                                      INT64_MAX), DAY_MS - 1000);

    /* West of Greenwich 1970 begins in 1969. */
    CALENDAR("America/New_York", "wed 00:00-24:00");
    assert_true(sc_hours_due(&hours, 0, HOUR_MS, &due));
    assert_int_equal(due, HOUR_MS);
}


static void
test_mistakes(void **state)
{
    static const struct {
        const char *line;
        const char *problem;
    } wrong[] = {
        { "", "write weekdays" },
        { "monday 08:00-09:00", "write weekdays" },
        { "mon- 08:00-09:00", "write weekdays" },
        { "-mon 08:00-09:00", "write weekdays" },
        { "mon,,tue 08:00-09:00", "write weekdays" },
        { "mon, 08:00-09:00", "write weekdays" },
        { "Mon 08:00-09:00", "write weekdays" },
        { "holidays 2026-01-01", "write weekdays" },
        { "mon", "it has no span" },
        { "mon 8:00-9:00", "write a span as" },
        { "mon 08:00-9:00", "write a span as" },
        { "mon 08:00 - 09:00", "write a span as" },
        { "mon 08:60-09:00", "write a span as" },
        { "mon 08:00-24:01", "write a span as" },
        { "mon 08:00-25:00", "write a span as" },
        { "mon 08:00_09:00", "write a span as" },
        { "mon 08.00-09:00", "write a span as" },
        { "mon +8:00-09:00", "write a span as" },
        { "mon 08:00-08:00", "the span is empty" },
        { "mon 24:00-24:00", "the span is empty" },
        { "mon 22:00-06:00", "a span ends on its own day" },
        { "mon 08:00-12:00 11:00-13:00", "spans must be in order" },
        { "mon 12:00-13:00 08:00-09:00", "spans must be in order" },
        { "mon 00:00-00:01 00:02-00:03 00:04-00:05 00:06-00:07 00:08-00:09 "
          "00:10-00:11 00:12-00:13 00:14-00:15 00:16-00:17", "8 spans" },
        { "holiday", "write a holiday's date" },
        { "holiday 2026-02-29", "write a holiday's date" },
        { "holiday 26-12-25", "write a holiday's date" },
        { "holiday 1969-12-31", "write a holiday's date" },
        { "holiday 2026/12/25", "write a holiday's date" },
        { "holiday 2026-12-25 2026-13-01", "write a span as" },
        { "holiday 2026-12-25 10:00-09:00", "a span ends on its own day" },
        { "holiday 2026-12-25 2026-12-25", "the holiday is listed twice" },
        { "sat 10:00-11:00", "already has hours" },
        { "fri-mon 10:00-11:00", "already has hours" },
        { "holiday 2026-05-01", "the holiday is listed twice" }
    };
    size_t      i;
    char        line[64];
    sc_date_t   date;
    const char *problem;

    (void) state;

    sc_hours_init(&hours, NULL);
    assert_null(add("holiday 2026-05-01 00:00-24:00"));
    assert_non_null(sc_hours_check(&hours));
    assert_null(add("sat,sun 08:00-12:00 12:00-13:00"));
    assert_null(sc_hours_check(&hours));

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        problem = add(wrong[i].line);

        if (problem == NULL || strstr(problem, wrong[i].problem) == NULL) {
            fail_msg("%s: %s", wrong[i].line, problem ? problem : "taken");
        }

        /* What failed half-way leaves holidays behind: that ends nginx -t. */
        hours.holidays_count = 1;
    }

    for (i = 1; i < SC_HOURS_MAX_HOLIDAYS; i++) {
        sc_date_from_days((int64_t) (i * 7919 % 40000 + 30000), &date);
        (void) snprintf(line, sizeof(line), "holiday %04u-%02u-%02u",
                        date.year % 10000, date.month % 100, date.day % 100);
        assert_null(add(line));
    }

    for (i = 1; i < SC_HOURS_MAX_HOLIDAYS; i++) {
        assert_true(hours.holidays[i - 1].date < hours.holidays[i].date);
    }

    assert_non_null(strstr(add("holiday 2026-05-02"), "512 holidays"));
}


static void
test_weekdays(void **state)
{
    unsigned i;

    (void) state;

    sc_hours_init(&hours, NULL);
    assert_null(add("fri-mon,wed 08:00-09:00"));

    for (i = 0; i < 7; i++) {
        assert_int_equal(hours.week[i].count, i != 2 && i != 4);
    }
}


/* Open in this minute, by nothing but the definition. */
static bool
is_open(int64_t minute)
{
    size_t                i;
    int64_t               local, date, until;
    const sc_hours_day_t *day;

    local = minute * 60 + sc_zone_info_offset(&file.zone, minute * 60, &until);
    date = local / 86400;
    day = &hours.week[(date + 4) % 7];

    for (i = 0; i < hours.holidays_count; i++) {
        if (hours.holidays[i].date == date) {
            day = &hours.holidays[i].day;
        }
    }

    for (i = 0; i < day->count; i++) {
        if (local % 86400 / 60 >= day->spans[i].from
            && local % 86400 / 60 < day->spans[i].to)
        {
            return true;
        }
    }

    return false;
}


static int64_t
slow_due(int64_t at_ms, int64_t business_ms)
{
    int64_t part;

    for ( ;; ) {
        part = MINUTE_MS - at_ms % MINUTE_MS;

        if (is_open(at_ms / MINUTE_MS)) {
            if (business_ms <= part) {
                return at_ms + business_ms;
            }

            business_ms -= part;
        }

        at_ms += part;
    }
}


static uint64_t
next_random(uint64_t *seed, uint64_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;

    return *seed % below;
}


static void
random_day(uint64_t *seed, sc_hours_day_t *day)
{
    unsigned at, step;

    at = 0;
    day->count = 0;

    while (day->count < SC_HOURS_MAX_SPANS && next_random(seed, 5) != 0) {
        at += (unsigned) next_random(seed, 400);
        step = 1 + (unsigned) next_random(seed, 400);

        if (at + step > SC_HOURS_MINUTES) {
            break;
        }

        day->spans[day->count].from = (uint16_t) at;
        at += step;
        day->spans[day->count++].to = (uint16_t) at;
    }
}


static void
test_against_slow_walk(void **state)
{
    static const char *const zones[] = {
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
        "Asia/Kolkata", "Africa/Casablanca", "Pacific/Apia", "Africa/Cairo",
        "America/St_Johns", "America/Scoresbysund", "Asia/Gaza", "UTC"
    };
    size_t   z, i, day;
    int64_t  start, wanted, due, until;
    uint64_t seed;

    (void) state;

    seed = 0x2545f4914f6cdd1d;

    for (z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
        zone_file_load(&file, zones[z]);

        for (i = 0; i < 250; i++) {
            sc_hours_init(&hours, &file.zone);

            for (day = 0; day < 7; day++) {
                random_day(&seed, &hours.week[day]);
            }

            hours.week[next_random(&seed, 7)] = (sc_hours_day_t) {
                true, 1, { { 540, 1020 } } };

            /* From 1985 on; every second one shortly before a change. */
            start = 473385600 + (int64_t) next_random(&seed, 2500000000);

            if (i % 2 == 0) {
                (void) sc_zone_info_offset(&file.zone, start, &until);
                start = until == INT64_MAX
                        ? start
                        : until - (int64_t) next_random(&seed, 200000);
            }

            hours.holidays_count = 2;
            hours.holidays[0].date = start / 86400 + 1;
            hours.holidays[1].date = start / 86400 + 2;
            random_day(&seed, &hours.holidays[0].day);
            random_day(&seed, &hours.holidays[1].day);

            start = start * 1000 + (int64_t) next_random(&seed, 1000);
            wanted = 1 + (int64_t) next_random(&seed, 24 * HOUR_MS);

            assert_true(sc_hours_due(&hours, start, wanted, &due));

            if (due != slow_due(start, wanted)) {
                fail_msg("%s: %lld + %lld: %lld, not %lld", zones[z],
                         (long long) start, (long long) wanted,
                         (long long) due, (long long) slow_due(start, wanted));
            }

            assert_int_equal(sc_hours_between(&hours, start, due), wanted);
            assert_int_equal(sc_hours_between(&hours, start, due - 1),
                             wanted - 1);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_week),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_horizon),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_weekdays),
        cmocka_unit_test(test_against_slow_walk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
