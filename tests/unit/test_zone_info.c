/*
 * test_zone_info.c: time zones: known changes, rules, damaged files, and each
 * zone of the machine against Python's own reader.
 */

#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sc_time.h"
#include "zone_file.h"


static zone_file_t  file;


static int64_t
utc(const char *text)
{
    int64_t ms;

    if (!sc_time_read(sc_str_from_cstring(text), SC_TIME_ISO8601, &ms)) {
        fail_msg("%s is no time", text);
    }

    return ms / 1000;
}


static int32_t
offset_at(const char *text)
{
    int64_t until;

    return sc_zone_info_offset(&file.zone, utc(text), &until);
}


/* The offset changes exactly then. */
static void
assert_change(const char *text, int32_t before, int32_t behind)
{
    int64_t until, time;

    time = utc(text);

    assert_int_equal(sc_zone_info_offset(&file.zone, time - 1, &until),
                     before);
    assert_int_equal(until, time);
    assert_int_equal(sc_zone_info_offset(&file.zone, time, &until), behind);
    assert_true(until > time);
}


static void
test_known_changes(void **state)
{
    (void) state;

    zone_file_load(&file, "Europe/Berlin");
    assert_change("2026-03-29T01:00:00Z", 3600, 7200);
    assert_change("2026-10-25T01:00:00Z", 7200, 3600);
    assert_change("2099-03-29T01:00:00Z", 3600, 7200);
    assert_change("2099-10-25T01:00:00Z", 7200, 3600);

    zone_file_load(&file, "America/New_York");
    assert_change("2026-03-08T07:00:00Z", -18000, -14400);
    assert_change("2026-11-01T06:00:00Z", -14400, -18000);
    assert_change("2050-11-06T06:00:00Z", -14400, -18000);

    /* Half an hour, and the year's turn inside daylight saving time. */
    zone_file_load(&file, "Australia/Lord_Howe");
    assert_change("2026-04-04T15:00:00Z", 39600, 37800);
    assert_change("2026-10-03T15:30:00Z", 37800, 39600);
    assert_change("2080-10-05T15:30:00Z", 37800, 39600);
    assert_int_equal(offset_at("2081-01-01T00:00:00Z"), 39600);

    zone_file_load(&file, "Asia/Kolkata");
    assert_int_equal(offset_at("2026-01-01T00:00:00Z"), 19800);
    assert_int_equal(offset_at("2226-01-01T00:00:00Z"), 19800);

    /* Backwards in Ramadan. */
    zone_file_load(&file, "Africa/Casablanca");
    assert_change("2026-02-15T02:00:00Z", 3600, 0);
    assert_change("2026-03-22T02:00:00Z", 0, 3600);

    /* 30 December 2011 was left out. */
    zone_file_load(&file, "Pacific/Apia");
    assert_change("2011-12-30T10:00:00Z", -36000, 50400);

    /* The standard time is the summer's. */
    zone_file_load(&file, "Europe/Dublin");
    assert_change("2060-03-28T01:00:00Z", 0, 3600);
    assert_change("2060-10-31T01:00:00Z", 3600, 0);

    /* Later than the 24 hours of the day that it is named after. */
    zone_file_load(&file, "Africa/Cairo");
    assert_change("2060-10-28T21:00:00Z", 10800, 7200);
}


static void
test_before_and_after(void **state)
{
    int64_t until;

    (void) state;

    zone_file_load(&file, "Europe/Berlin");
    assert_int_equal(sc_zone_info_offset(&file.zone, INT64_MIN, &until),
                     file.zone.offsets[0]);
    assert_int_equal(until, file.zone.times[0]);
    assert_int_equal(sc_zone_info_offset(&file.zone, INT64_MAX, &until), 3600);
    assert_int_equal(until, INT64_MAX);

    zone_file_load(&file, "UTC");
    assert_int_equal(sc_zone_info_offset(&file.zone, 0, &until), 0);
    assert_int_equal(until, INT64_MAX);

    /* Neither table nor rule: the only type there is. */
    assert_int_equal(zone_file_rule(&file, ""), SC_ZONE_OK);
    assert_int_equal(sc_zone_info_offset(&file.zone, 5, &until), 0);
    assert_int_equal(until, INT64_MAX);
}


static void
test_rules(void **state)
{
    size_t             i;
    static const char *wrong[] = {
        "X", "CE-1", "CET", "CET-", "CET-25", "CET-1:60", "CET-1:00:60",
        "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/3 ",
        "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M0.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5,M10.5.0",
        "CET-1CEST,J0,J365", "CET-1CEST,J1,J366", "CET-1CEST,0,366",
        "CET-1CEST,,J3", "CET-1CEST,0/168,3", "CET-1CEST,0/-168,3",
        "CET-1CEST,0/1:2:99,3", "<+03-3", "<+3>-3", "<>-3", "CET-0001",
        "CET-1CEST-99,0,3", "CET-1C,0,3", "+1", ",M3.5.0,M10.5.0"
    };

    (void) state;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (zone_file_rule(&file, wrong[i]) != SC_ZONE_RULE) {
            fail_msg("taken: %s", wrong[i]);
        }
    }

    assert_int_equal(zone_file_rule(&file, "<-0330>+3:30:15"), SC_ZONE_OK);
    assert_int_equal(offset_at("2026-07-01T00:00:00Z"), -12615);

    /* Julian days never count 29 February, the others do. */
    assert_int_equal(zone_file_rule(&file, "AAA0BBB,J60/0,J70/0"), SC_ZONE_OK);
    assert_change("2023-03-01T00:00:00Z", 0, 3600);
    assert_change("2024-03-01T00:00:00Z", 0, 3600);
    assert_int_equal(zone_file_rule(&file, "AAA0BBB,59/0,70/0"), SC_ZONE_OK);
    assert_change("2023-03-01T00:00:00Z", 0, 3600);
    assert_change("2024-02-29T00:00:00Z", 0, 3600);

    /* A saving of its own; a change days before and behind its day. */
    assert_int_equal(zone_file_rule(&file,
                     "AAA0BBB-0:20,M3.5.0/-167,M10.5.0/167:59:59"),
                     SC_ZONE_OK);
    assert_change("2026-03-22T01:00:00Z", 0, 1200);
    assert_change("2026-10-31T23:39:59Z", 1200, 0);

    /* All the year: RFC 8536's example. */
    assert_int_equal(zone_file_rule(&file, "XXX3EDT4,0/0,J365/23"),
                     SC_ZONE_OK);
    assert_int_equal(offset_at("2026-01-01T02:59:59Z"), -14400);
    assert_int_equal(offset_at("2026-01-01T03:00:00Z"), -14400);
    assert_int_equal(offset_at("2026-07-01T00:00:00Z"), -14400);
    assert_int_equal(offset_at("2026-12-31T23:59:59Z"), -14400);
}


/* Every cut of a file, and every count that lies. */
static void
test_damage(void **state)
{
    size_t                i, whole;
    unsigned char        *copy, saved;
    sc_zone_result_t      result;
    static unsigned char  original[SC_ZONE_INFO_MAX_BYTES + 1];

    (void) state;

    zone_file_load(&file, "America/New_York");
    whole = file.size;
    memcpy(original, file.bytes, whole);

    for (i = 0; i < whole; i++) {
        copy = malloc(i + 1);          /* so that ASan sees an overrun */
        assert_non_null(copy);
        memcpy(copy, original, i);
        result = zone_file_read(&file, copy, i);
        free(copy);

        if (result != (i < 44 ? SC_ZONE_NOT_TZIF : SC_ZONE_DAMAGED)) {
            fail_msg("cut at %zu: %s", i, sc_zone_result_sentence(result));
        }
    }

    /* Any byte may be anything: no crash, and whatever is taken answers. */
    for (i = 0; i < whole; i++) {
        int64_t until;

        saved = original[i];
        original[i] = (unsigned char) (saved ^ 0x81);
        result = zone_file_read(&file, original, whole);

        if (result == SC_ZONE_OK) {
            (void) sc_zone_info_offset(&file.zone, 1700000000, &until);
            assert_true(until > 1700000000);
        }

        original[i] = saved;
    }

    assert_int_equal(zone_file_read(&file, "TZif", 4), SC_ZONE_NOT_TZIF);
    assert_int_equal(zone_file_read(&file, original, sizeof(original)),
                     SC_ZONE_TOO_LARGE);
    assert_int_equal(zone_file_rule(&file, "UTC0"), SC_ZONE_OK);

    file.bytes[51 + 34] = 0xff;        /* transitions */
    assert_int_equal(zone_file_read(&file, file.bytes, file.size),
                     SC_ZONE_TOO_LARGE);
    (void) zone_file_rule(&file, "UTC0");
    file.bytes[51 + 39] = 0;           /* no type */
    assert_int_equal(zone_file_read(&file, file.bytes, file.size),
                     SC_ZONE_DAMAGED);
    (void) zone_file_rule(&file, "UTC0");
    file.bytes[51 + 44] = 0x7f;        /* an offset of years */
    assert_int_equal(zone_file_read(&file, file.bytes, file.size),
                     SC_ZONE_DAMAGED);
    (void) zone_file_rule(&file, "UTC0");
    file.bytes[51] = 'X';              /* the second header */
    assert_int_equal(zone_file_read(&file, file.bytes, file.size),
                     SC_ZONE_DAMAGED);
    (void) zone_file_rule(&file, "UTC0");
    file.bytes[102] = 'X';             /* the footer's beginning, its end */
    assert_int_equal(zone_file_read(&file, file.bytes, file.size),
                     SC_ZONE_DAMAGED);
    (void) zone_file_rule(&file, "UTC0");
    assert_int_equal(zone_file_read(&file, file.bytes, file.size - 1),
                     SC_ZONE_DAMAGED);
}


static void
test_leap_seconds(void **state)
{
    (void) state;

    (void) zone_file_rule(&file, "UTC0");
    file.bytes[51 + 31] = 1;           /* one of twelve bytes: */
    memmove(file.bytes + 102 + 12, file.bytes + 102, file.size - 102);
    file.size += 12;
    assert_int_equal(zone_file_read(&file, file.bytes, file.size),
                     SC_ZONE_LEAP_SECONDS);
}


/* The first format: 32 bits, no footer. */
static void
test_version_1(void **state)
{
    int64_t       until;
    unsigned char bytes[] =
        "TZif\0" "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0" "\0\0\0\0"
        "\0\0\0\0" "\0\0\0\2" "\0\0\0\2" "\0\0\0\1" "\xff\xff\xff\xff"
        "\0\0\0\x64" "\1\0" "\0\0\x0e\x10\0\0" "\xff\xff\xf1\xf0\0\0" "A";

    (void) state;

    assert_int_equal(zone_file_read(&file, bytes, sizeof(bytes) - 1),
                     SC_ZONE_OK);
    assert_int_equal(sc_zone_info_offset(&file.zone, -2, &until), 3600);
    assert_int_equal(until, -1);
    assert_int_equal(sc_zone_info_offset(&file.zone, -1, &until), -3600);
    assert_int_equal(until, 100);
    assert_int_equal(sc_zone_info_offset(&file.zone, 100, &until), 3600);
    assert_int_equal(until, INT64_MAX);

    bytes[52] = 2;                     /* a type that there is not */
    assert_int_equal(zone_file_read(&file, bytes, sizeof(bytes) - 1),
                     SC_ZONE_DAMAGED);
    bytes[52] = 1;
    bytes[51] = 0;
    bytes[48] = 0xff;                  /* transitions that go backwards */
    assert_int_equal(zone_file_read(&file, bytes, sizeof(bytes) - 1),
                     SC_ZONE_DAMAGED);
}


static void
test_no_memory(void **state)
{
    sc_arena_t     arena;
    sc_zone_info_t zone;

    (void) state;

    zone_file_load(&file, "Europe/Berlin");
    sc_arena_init(&arena, NULL, NULL, 0);
    assert_int_equal(sc_zone_info_read(&zone, sc_str_make(file.bytes,
                                                          file.size), &arena),
                     SC_ZONE_NO_MEMORY);
}


static void
test_sentences(void **state)
{
    int i;

    (void) state;

    for (i = 0; i < SC_ZONE_RESULTS; i++) {
        assert_true(strlen(sc_zone_result_sentence((sc_zone_result_t) i)) > 8);
    }
}


/* A reader of its own: Python's zoneinfo. */

#define ASKED_EACH  120

static const char python_script[] =
    "import sys, zoneinfo, datetime\n"
    "for line in sys.stdin:\n"
    "    name, time = line.split()\n"
    "    zone = zoneinfo.ZoneInfo(name)\n"
    "    when = datetime.datetime.fromtimestamp(int(time), zone)\n"
    "    print(int(when.utcoffset().total_seconds()))\n";


static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;

    return *seed;
}


/* Zone by zone: random instants of 1970 to 2200, and both sides of changes. */
static size_t
ask_zone(const char *name, FILE *questions, int32_t *answers, uint64_t *seed)
{
    size_t  i;
    int64_t time, until;

    zone_file_load(&file, name);
    until = INT64_MAX;

    for (i = 0; i < ASKED_EACH; i++) {

        if (i % 3 != 0 && until != INT64_MAX && until < 7258118400) {
            time = i % 3 == 1 ? until - 1 : until;

        } else {
            time = (int64_t) (next_random(seed) % 7258118400);
        }

        answers[i] = sc_zone_info_offset(&file.zone, time, &until);
        (void) fprintf(questions, "%s %lld\n", name, (long long) time);

        if (i % 3 == 1) {
            until = time + 1;
        }
    }

    return ASKED_EACH;
}


/* The third column of a line of zone1970.tab; NULL in a comment. */
static char *
zone_column(char *line)
{
    char *name;

    name = line[0] == '#' ? NULL : strchr(line, '\t');
    name = name == NULL ? NULL : strchr(name + 1, '\t');

    if (name != NULL) {
        name++;
        name[strcspn(name, "\t\n")] = '\0';
    }

    return name;
}


static void
test_against_python(void **state)
{
    int32_t *answers;
    char     line[256], path[] = "/tmp/sc-zones-XXXXXX", command[1024];
    char    *name;
    FILE    *table, *questions, *python;
    size_t   count, i;
    uint64_t seed;

    (void) state;

    if (system("python3 -c 'import zoneinfo' 2>/dev/null") != 0) {
        skip();
    }

    answers = malloc(1000 * ASKED_EACH * sizeof(int32_t));
    table = fopen(ZONE_FILE_FOLDER "zone1970.tab", "r");
    questions = fdopen(mkstemp(path), "w");
    assert_true(answers != NULL && table != NULL && questions != NULL);

    seed = 0x9e3779b97f4a7c15;
    count = 0;

    while (fgets(line, sizeof(line), table) != NULL
           && count < 999 * (size_t) ASKED_EACH)
    {
        name = zone_column(line);

        if (name != NULL) {
            count += ask_zone(name, questions, answers + count, &seed);
        }
    }

    assert_true(count > 200 * (size_t) ASKED_EACH);
    (void) fclose(table);
    (void) fclose(questions);

    (void) snprintf(command, sizeof(command), "python3 -c '%s' < %s",
                    python_script, path);
    python = popen(command, "r");
    assert_non_null(python);

    for (i = 0; i < count; i++) {
        assert_non_null(fgets(line, sizeof(line), python));

        if (strtol(line, NULL, 10) != answers[i]) {
            fail_msg("question %zu: here %d, there %s", i, (int) answers[i],
                     line);
        }
    }

    assert_int_equal(pclose(python), 0);
    (void) unlink(path);
    free(answers);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_changes),
        cmocka_unit_test(test_before_and_after),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_leap_seconds),
        cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_against_python),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
