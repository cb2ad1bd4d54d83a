/*
 * test_time.c: every time format, at its edges and beyond.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sc_time.h"


#define LAST_MS  INT64_C(253402300799999)


typedef struct {
    sc_time_format_t format;
    const char      *text;
    int64_t          ms;       /* -1: refused */
} time_case_t;


static const time_case_t cases[] = {
    { SC_TIME_OPAQUE, "1790000000", -1 },

    { SC_TIME_SECONDS, "1790000000", INT64_C(1790000000000) },
    { SC_TIME_SECONDS, "0", 0 },
    { SC_TIME_SECONDS, "253402300799", INT64_C(253402300799000) },
    { SC_TIME_SECONDS, "253402300800", -1 },
    { SC_TIME_SECONDS, "18446744073709551615", -1 },
    { SC_TIME_SECONDS, "18446744073709551616", -1 },
    { SC_TIME_SECONDS, "", -1 },
    { SC_TIME_SECONDS, "-1", -1 },
    { SC_TIME_SECONDS, "+1", -1 },
    { SC_TIME_SECONDS, " 1", -1 },
    { SC_TIME_SECONDS, "1 ", -1 },
    { SC_TIME_SECONDS, "1790000000.5", -1 },
    { SC_TIME_SECONDS, "1e9", -1 },

    { SC_TIME_MILLISECONDS, "1790000000123", INT64_C(1790000000123) },
    { SC_TIME_MILLISECONDS, "253402300799999", LAST_MS },
    { SC_TIME_MILLISECONDS, "253402300800000", -1 },
    { SC_TIME_MICROSECONDS, "1790000000123456", INT64_C(1790000000123) },
    { SC_TIME_MICROSECONDS, "253402300800000000", -1 },

    { SC_TIME_SECONDS_FRACTION, "1789999951.000100", INT64_C(1789999951000) },
    { SC_TIME_SECONDS_FRACTION, "1789999940.25", INT64_C(1789999940250) },
    { SC_TIME_SECONDS_FRACTION, "1789999940", INT64_C(1789999940000) },
    { SC_TIME_SECONDS_FRACTION, "1.9999999999999", 1999 },
    { SC_TIME_SECONDS_FRACTION, "1.", -1 },
    { SC_TIME_SECONDS_FRACTION, ".5", -1 },
    { SC_TIME_SECONDS_FRACTION, "1.5.5", -1 },
    { SC_TIME_SECONDS_FRACTION, "1.5e3", -1 },
    { SC_TIME_SECONDS_FRACTION, "1.-5", -1 },

    { SC_TIME_ISO8601, "2026-01-15T10:00:00Z", INT64_C(1768471200000) },
    { SC_TIME_ISO8601, "2026-01-15T10:00:00", INT64_C(1768471200000) },
    { SC_TIME_ISO8601, "2026-01-15 10:00:00", INT64_C(1768471200000) },
    { SC_TIME_ISO8601, "2026-01-15 10:00:00 UTC", INT64_C(1768471200000) },
    { SC_TIME_ISO8601, "2026-01-15T10:00:00+00:00", INT64_C(1768471200000) },
    { SC_TIME_ISO8601, "2026-01-15T10:00:00+0000", INT64_C(1768471200000) },
    { SC_TIME_ISO8601, "2026-01-15T11:30:00+0130", INT64_C(1768471200000) },
    { SC_TIME_ISO8601, "2026-01-15T04:15:00-05:45", INT64_C(1768471200000) },
    { SC_TIME_ISO8601, "2026-09-21T14:12:31.123456789Z",
      INT64_C(1789999951123) },
    { SC_TIME_ISO8601, "2026-09-21T14:12:31.1Z", INT64_C(1789999951100) },
    { SC_TIME_ISO8601, "2016-12-31T23:59:60Z", INT64_C(1483228800000) },
    { SC_TIME_ISO8601, "2024-02-29T00:00:00Z", INT64_C(1709164800000) },
    { SC_TIME_ISO8601, "2000-02-29T00:00:00Z", INT64_C(951782400000) },
    { SC_TIME_ISO8601, "1970-01-01T00:00:00Z", 0 },
    { SC_TIME_ISO8601, "9999-12-31T23:59:59.999Z", LAST_MS },
    { SC_TIME_ISO8601, "9999-12-31T23:59:59.999-00:01", -1 },
    { SC_TIME_ISO8601, "1970-01-01T00:00:00+00:01", -1 },
    { SC_TIME_ISO8601, "1969-12-31T23:59:59Z", -1 },
    { SC_TIME_ISO8601, "0000-01-01T00:00:00Z", -1 },
    { SC_TIME_ISO8601, "2023-02-29T00:00:00Z", -1 },
    { SC_TIME_ISO8601, "2100-02-29T00:00:00Z", -1 },
    { SC_TIME_ISO8601, "2026-04-31T00:00:00Z", -1 },
    { SC_TIME_ISO8601, "2026-00-10T00:00:00Z", -1 },
    { SC_TIME_ISO8601, "2026-13-10T00:00:00Z", -1 },
    { SC_TIME_ISO8601, "2026-01-00T00:00:00Z", -1 },
    { SC_TIME_ISO8601, "2026-01-15T24:00:00Z", -1 },
    { SC_TIME_ISO8601, "2026-01-15T10:60:00Z", -1 },
    { SC_TIME_ISO8601, "2026-01-15T10:00:61Z", -1 },
    { SC_TIME_ISO8601, "2026-01-15T10:00Z", -1 },
    { SC_TIME_ISO8601, "2026-1-15T10:00:00Z", -1 },
    { SC_TIME_ISO8601, "2026-01-15t10:00:00Z", -1 },
    { SC_TIME_ISO8601, "2026-01-15T10:00:00z", -1 },
    { SC_TIME_ISO8601, "2026-01-15T10:00:00.Z", -1 },
    { SC_TIME_ISO8601, "2026-01-15T10:00:00Z ", -1 },
    { SC_TIME_ISO8601, "2026-01-15T10:00:00+1", -1 },
    { SC_TIME_ISO8601, "2026-01-15T10:00:00+01", -1 },
    { SC_TIME_ISO8601, "2026-01-15T10:00:00+24:00", -1 },
    { SC_TIME_ISO8601, "2026-01-15T10:00:00+01:60", -1 },
    { SC_TIME_ISO8601, "2026-01-15", -1 },
    { SC_TIME_ISO8601, "", -1 },

    { SC_TIME_RFC2822, "Mon, 21 Sep 2026 14:12:31 +0000",
      INT64_C(1789999951000) },
    { SC_TIME_RFC2822, "Mon, 21 Sep 2026 15:12:31 +0100",
      INT64_C(1789999951000) },
    { SC_TIME_RFC2822, "21 Sep 2026 14:12:31 GMT", INT64_C(1789999951000) },
    { SC_TIME_RFC2822, "mon, 21 sep 2026 14:12:31 utc",
      INT64_C(1789999951000) },
    { SC_TIME_RFC2822, "Mon,21 Sep 2026 14:12:31 Z", INT64_C(1789999951000) },
    { SC_TIME_RFC2822, "Mon,\r\n 21 Sep  2026\t14:12:31 +0000 (UTC)",
      INT64_C(1789999951000) },
    { SC_TIME_RFC2822, "Mon, 21 Sep 26 14:12 +0000", INT64_C(1789999920000) },
    { SC_TIME_RFC2822, "Mon, 1 Sep 1997 1:00 EST", INT64_C(873093600000) },
    { SC_TIME_RFC2822, "Mon, 01 Sep 97 1:00 EST", INT64_C(873093600000) },
    { SC_TIME_RFC2822, "Mon, 01 Sep 097 1:00 EST", INT64_C(873093600000) },
    { SC_TIME_RFC2822, "Mon, 01 Sep 1997 02:00 EDT (a",  -1 },
    { SC_TIME_RFC2822, "Mon, 21 Sep 2026 14:12:31 CET", -1 },
    { SC_TIME_RFC2822, "Mon, 21 Sep 2026 14:12:31", -1 },
    { SC_TIME_RFC2822, "Mon 21 Sep 2026 14:12:31 +0000", -1 },
    { SC_TIME_RFC2822, "Xon, 21 Sep 2026 14:12:31 +0000", -1 },
    { SC_TIME_RFC2822, "Mon, 32 Sep 2026 14:12:31 +0000", -1 },
    { SC_TIME_RFC2822, "Mon, 21 Sex 2026 14:12:31 +0000", -1 },
    { SC_TIME_RFC2822, "Mon, 21 Sep 2026 14.12 +0000", -1 },
    { SC_TIME_RFC2822, "Mon, 21 Sep 2026 14:12:31 +00:00", -1 },
    { SC_TIME_RFC2822, "Mon, 21 Sep 20261 14:12:31 +0000", -1 },
    { SC_TIME_RFC2822, "Mon, 21 Sep 2 14:12:31 +0000", -1 },
    { SC_TIME_RFC2822, "Mon, 21 Sep 2026 14:12:31 +0000 x", -1 },
    { SC_TIME_RFC2822, "Mon, 21 Sep 2026 14:12:3 +0000", -1 },

    { SC_TIME_ASCTIME_X, "Thu Jan 15 10:00:00 +0000 2026",
      INT64_C(1768471200000) },
    { SC_TIME_ASCTIME_X, "Thu Jan 15 10:00:00 -0100 2026",
      INT64_C(1768474800000) },
    { SC_TIME_ASCTIME_X, "Thu Jan 15 10:00:00 2026", -1 },
    { SC_TIME_ASCTIME_X, "Thu Jan 15 10:00:00 +0000 26", -1 },
    { SC_TIME_ASCTIME_X, "Thu  Jan 15 10:00:00 +0000 2026", -1 },
    { SC_TIME_ASCTIME_X, "Thu Jan 15 10:00:00 +0000 2026 ", -1 },

    { SC_TIME_SNOWFLAKE, "1551597197642956804", INT64_C(1789999999200) },
    { SC_TIME_SNOWFLAKE, "0", INT64_C(1420070400000) },
    { SC_TIME_SNOWFLAKE, "18446744073709551615", INT64_C(5818116911103) },
    { SC_TIME_SNOWFLAKE, "18446744073709551616", -1 },
    { SC_TIME_SNOWFLAKE, "", -1 },

    { SC_TIME_COMPACT, "20260921141231", INT64_C(1789999951000) },
    { SC_TIME_COMPACT, "2026092114123", -1 },
    { SC_TIME_COMPACT, "202609211412310", -1 },
    { SC_TIME_COMPACT, "20260931141231", -1 },
    { SC_TIME_COMPACT, "2026092114123x", -1 }
};


static void
test_read(void **state)
{
    bool   read;
    char  *copy;
    size_t i, len;
    int64_t ms;

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        len = strlen(cases[i].text);
        copy = malloc(len == 0 ? 1 : len);
        assert_non_null(copy);
        memcpy(copy, cases[i].text, len);

        ms = -7;
        read = sc_time_read(sc_str_make(copy, len), cases[i].format, &ms);
        free(copy);

        if (read != (cases[i].ms >= 0)
            || (read && ms != cases[i].ms) || (!read && ms != -7))
        {
            fail_msg("\"%s\": %d, %lld", cases[i].text, read,
                     (long long) ms);
        }
    }
}


/* Each day of eight thousand years, out and in again. */
static void
test_round_trip(void **state)
{
    int64_t       ms, back;
    sc_buf_t      buf;
    unsigned char text[32];

    (void) state;

    for (ms = 0; ms <= LAST_MS; ms += INT64_C(86400000) + 1000) {
        sc_buf_init_fixed(&buf, text, sizeof(text));
        sc_time_write_iso8601(&buf, ms);
        assert_int_equal(buf.len, 20);
        assert_true(sc_time_read(sc_buf_str(&buf), SC_TIME_ISO8601, &back));
        assert_int_equal(back, ms);
    }
}


static void
write_is(int64_t ms, const char *expected)
{
    sc_buf_t      buf;
    unsigned char text[32];

    sc_buf_init_fixed(&buf, text, sizeof(text));
    sc_time_write_iso8601(&buf, ms);
    assert_int_equal(buf.len, strlen(expected));
    assert_memory_equal(text, expected, buf.len);
}


static void
test_write(void **state)
{
    (void) state;

    write_is(INT64_C(1768471200999), "2026-01-15T10:00:00Z");
    write_is(0, "1970-01-01T00:00:00Z");
    write_is(-1, "1970-01-01T00:00:00Z");
    write_is(LAST_MS, "9999-12-31T23:59:59Z");
    write_is(INT64_MAX, "9999-12-31T23:59:59Z");
}


static void
test_guess(void **state)
{
    (void) state;

    assert_int_equal(sc_time_guess_ms(INT64_C(1790000000)),
                     INT64_C(1790000000000));
    assert_int_equal(sc_time_guess_ms(INT64_C(1790000000000)),
                     INT64_C(1790000000000));
    assert_int_equal(sc_time_guess_ms(INT64_C(100000000000)),
                     INT64_C(100000000000000));
    assert_int_equal(sc_time_guess_ms(INT64_C(100000000001)),
                     INT64_C(100000000001));
    assert_int_equal(sc_time_guess_ms(0), 0);
    assert_int_equal(sc_time_guess_ms(-1), -1);
    assert_int_equal(sc_time_guess_ms(INT64_MIN), -1);
    assert_int_equal(sc_time_guess_ms(LAST_MS), LAST_MS);
    assert_int_equal(sc_time_guess_ms(LAST_MS + 1), -1);
    assert_int_equal(sc_time_guess_ms(INT64_MAX), -1);
}


static void
test_names(void **state)
{
    size_t            i;
    sc_time_format_t  format;
    static const char *const names[] = {
        "opaque", "s", "ms", "us", "s.frac", "iso8601", "rfc2822", NULL,
        "snowflake"
    };

    (void) state;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i] != NULL) {
            assert_true(sc_time_format_by_name(sc_str_from_cstring(names[i]),
                                               &format));
            assert_int_equal(format, i);
        }
    }

    assert_false(sc_time_format_by_name(SC_STR("S"), &format));
    assert_false(sc_time_format_by_name(SC_STR(""), &format));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_guess),
        cmocka_unit_test(test_names)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
