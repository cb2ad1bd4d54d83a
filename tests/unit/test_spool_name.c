/*
 * test_spool_name.c: names of spool files, and the arithmetic of its caps.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_segment.h"
#include "sc_spool_limits.h"
#include "sc_spool_name.h"


static sc_spool_name_t
make_name(int64_t ms, const char *writer, uint64_t sequence, bool quarantine)
{
    sc_spool_name_t name;

    name.created_ms = ms;
    name.writer = sc_str_from_cstring(writer);
    name.sequence = sequence;
    name.quarantine = quarantine;

    return name;
}


static void
check_name(sc_spool_name_t name, const char *text)
{
    sc_buf_t        buf;
    unsigned char   memory[SC_SPOOL_NAME_MAX];
    sc_spool_name_t read;

    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    assert_true(sc_spool_name_write(&buf, &name));
    assert_int_equal(buf.len, strlen(text));
    assert_memory_equal(buf.data, text, buf.len);

    assert_true(sc_spool_name_parse(sc_buf_str(&buf), &read));
    assert_true(read.created_ms == name.created_ms);
    assert_true(sc_str_eq(read.writer, name.writer));
    assert_true(read.sequence == name.sequence);
    assert_int_equal(read.quarantine, name.quarantine);
    assert_int_equal(sc_spool_name_compare(&read, &name), 0);
}


static void
names_round_trip(void **state)
{
    (void) state;

    check_name(make_name(INT64_C(1789999951000), "4711", 12, false),
               "1789999951000-4711-000012.seg");
    check_name(make_name(0, "a", 0, true),
               "quarantine-0000000000000-a-000000.seg");
    check_name(make_name(SC_SPOOL_NAME_MAX_MS, "z9", 1234567, false),
               "9999999999999-z9-1234567.seg");
    check_name(make_name(SC_SPOOL_NAME_MAX_MS,
                         "0123456789abcdef0123456789abcdef", UINT64_MAX, true),
               "quarantine-9999999999999-0123456789abcdef0123456789abcdef-"
               "18446744073709551615.seg");
}


static void
writer_of_names_refuses(void **state)
{
    size_t          i;
    sc_buf_t        buf;
    unsigned char   memory[SC_SPOOL_NAME_MAX];
    sc_spool_name_t name;

    static const char *const writers[] = {
        "", "A", "a-b", "a.b", "a/b", "a b", "\xc3\xa4",
        "0123456789abcdef0123456789abcdef0"
    };

    (void) state;

    sc_buf_init_fixed(&buf, memory, sizeof(memory));

    for (i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        name = make_name(1, writers[i], 1, false);
        assert_false(sc_spool_name_write(&buf, &name));
    }

    name = make_name(-1, "a", 1, false);
    assert_false(sc_spool_name_write(&buf, &name));
    name = make_name(SC_SPOOL_NAME_MAX_MS + 1, "a", 1, false);
    assert_false(sc_spool_name_write(&buf, &name));
    assert_false(buf.failed);
    assert_int_equal(buf.len, 0);

    /* No room: nothing is left behind. */
    name = make_name(1, "a", 1, true);

    for (i = 0; i < strlen("quarantine-0000000000001-a-000001.seg"); i++) {
        sc_buf_init_fixed(&buf, memory, i);
        assert_false(sc_spool_name_write(&buf, &name));
        assert_true(buf.failed);
        assert_int_equal(buf.len, 0);
    }
}


static void
foreign_names(void **state)
{
    size_t          i;
    sc_spool_name_t name;

    static const char *const texts[] = {
        "", ".", "..", ".seg", "-.seg", "--.seg", "---.seg",
        "1789999951000-4711-000012.segx", "1789999951000-4711-000012.SEG",
        "1789999951000-4711-000012", ".1789999951000-4711-000012.seg",
        "1789999951000-4711-000012.tmp", "1789999951000-4711-.seg",
        "178999995100-4711-000012.seg", "17899999510000-4711-000012.seg",
        "+789999951000-4711-000012.seg", "178999995100x-4711-000012.seg",
        "1789999951000--000012.seg", "1789999951000-47_1-000012.seg",
        "1789999951000-4711-00012.seg", "1789999951000-4711-0000012.seg",
        "1789999951000-4711-0012345.seg", "1789999951000-4711-00001x.seg",
        "1789999951000-4711-18446744073709551616.seg",
        "1789999951000-4711-000012-.seg", "1789999951000-4711-000012-1.seg",
        "quarantine-.seg", "quarantine-quarantine-1789999951000-1-000001.seg",
        "Quarantine-1789999951000-4711-000012.seg",
        "quarantine1789999951000-4711-000012.seg",
        "1789999951000-0123456789abcdef0123456789abcdef0-000001.seg",
        "1789999951000.seg", "1789999951000-4711.seg"
    };

    (void) state;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (sc_spool_name_parse(sc_str_from_cstring(texts[i]), &name)) {
            fail_msg("accepted: %s", texts[i]);
        }
    }

    assert_false(sc_spool_name_parse(SC_STR_NULL, &name));
    assert_false(sc_spool_name_parse(
        sc_str_make("1789999951000-47\0001-000012.seg", 29), &name));
}


static int
by_name(const void *a, const void *b)
{
    return sc_spool_name_compare(a, b);
}


static void
oldest_first(void **state)
{
    size_t          i, j;
    sc_spool_name_t names[8];

    const sc_spool_name_t want[8] = {
        make_name(5, "a", 9, false),
        make_name(6, "a", 1, false),
        make_name(6, "a", 2, false),
        make_name(6, "a", 1000000, false),
        make_name(6, "ab", 1, false),
        make_name(6, "b", 0, false),
        make_name(7, "a", 0, false),
        make_name(1, "a", 0, true)
    };

    (void) state;

    for (i = 0; i < 8; i++) {
        for (j = 0; j < 8; j++) {
            assert_int_equal((sc_spool_name_compare(&want[i], &want[j]) > 0)
                             - (sc_spool_name_compare(&want[i], &want[j]) < 0),
                             (i > j) - (i < j));
        }

        names[i] = want[(i * 3 + 1) % 8];
    }

    qsort(names, 8, sizeof(names[0]), by_name);

    for (i = 0; i < 8; i++) {
        assert_int_equal(sc_spool_name_compare(&names[i], &want[i]), 0);
    }
}


static sc_spool_limits_t
usual_limits(void)
{
    sc_spool_limits_t limits;

    limits.size = UINT64_C(8) << 30;
    limits.reserve_bytes = 0;
    limits.reserve_percent = 5;
    limits.max_age_ms = INT64_C(7) * 86400 * 1000;

    return limits;
}


static void
limits_are_checked(void **state)
{
    int               i;
    sc_spool_limits_t limits;

    (void) state;

    limits = usual_limits();
    assert_int_equal(sc_spool_limits_check(&limits, 4, 8 * 86400),
                     SC_LIMITS_OK);
    assert_int_equal(sc_spool_limits_check(&limits, 512, 8 * 86400),
                     SC_LIMITS_OK);
    assert_int_equal(sc_spool_limits_check(&limits, 513, 8 * 86400),
                     SC_LIMITS_SIZE);

    limits.size = SC_SEGMENT_SIZE - 1;
    assert_int_equal(sc_spool_limits_check(&limits, 0, 8 * 86400),
                     SC_LIMITS_SIZE);

    limits = usual_limits();
    limits.reserve_percent = 100;
    assert_int_equal(sc_spool_limits_check(&limits, 1, 8 * 86400),
                     SC_LIMITS_RESERVE);

    limits = usual_limits();
    limits.max_age_ms = 0;
    assert_int_equal(sc_spool_limits_check(&limits, 1, 8 * 86400),
                     SC_LIMITS_AGE);

    limits = usual_limits();
    assert_int_equal(sc_spool_limits_check(&limits, 1, 7 * 86400),
                     SC_LIMITS_WINDOW);
    assert_int_equal(sc_spool_limits_check(&limits, 1, 0), SC_LIMITS_WINDOW);
    limits.max_age_ms--;
    assert_int_equal(sc_spool_limits_check(&limits, 1, 7 * 86400),
                     SC_LIMITS_OK);
    limits.max_age_ms = INT64_MAX;
    assert_int_equal(sc_spool_limits_check(&limits, 1, 8 * 86400),
                     SC_LIMITS_WINDOW);

    for (i = 0; i <= 5; i++) {
        assert_non_null(sc_limits_status_advice((sc_limits_status_t) i));
    }
}


static void
reserve_is_left_alone(void **state)
{
    sc_spool_limits_t limits;

    (void) state;

    limits = usual_limits();
    assert_true(sc_spool_reserve(&limits, 1000) == 50);
    assert_true(sc_spool_reserve(&limits, 1019) == 50);
    assert_true(sc_spool_reserve(&limits, 1020) == 51);
    assert_true(sc_spool_reserve(&limits, 0) == 0);

    limits.reserve_percent = 99;
    assert_true(sc_spool_reserve(&limits, UINT64_MAX)
                == UINT64_C(18262276632972456098));

    limits.reserve_percent = 5;
    limits.reserve_bytes = 60;
    assert_true(sc_spool_reserve(&limits, 1000) == 60);
    assert_true(sc_spool_reserve(&limits, 10000) == 500);
}


static void
room(void **state)
{
    sc_spool_limits_t limits;

    (void) state;

    limits = usual_limits();
    limits.size = 100;

    assert_int_equal(sc_spool_room(&limits, 84, 1000, 1000, 16), SC_ROOM_OK);
    assert_int_equal(sc_spool_room(&limits, 85, 1000, 1000, 16), SC_ROOM_CAP);
    assert_int_equal(sc_spool_room(&limits, 101, 1000, 1000, 0), SC_ROOM_CAP);
    assert_int_equal(sc_spool_room(&limits, UINT64_MAX, 1000, 1000, 1),
                     SC_ROOM_CAP);
    assert_int_equal(sc_spool_room(&limits, 0, 1000, 1000, UINT64_MAX),
                     SC_ROOM_CAP);

    assert_int_equal(sc_spool_room(&limits, 0, 1000, 66, 16), SC_ROOM_OK);
    assert_int_equal(sc_spool_room(&limits, 0, 1000, 65, 16), SC_ROOM_RESERVE);
    assert_int_equal(sc_spool_room(&limits, 0, 1000, 49, 0), SC_ROOM_RESERVE);
    assert_int_equal(sc_spool_room(&limits, 0, 1000, 0, 1), SC_ROOM_RESERVE);
}


static void
age(void **state)
{
    sc_spool_limits_t limits;

    (void) state;

    limits = usual_limits();
    limits.max_age_ms = 1000;

    assert_false(sc_spool_is_too_old(&limits, 5000, 5000));
    assert_false(sc_spool_is_too_old(&limits, 5000, 6000));
    assert_true(sc_spool_is_too_old(&limits, 5000, 6001));
    assert_false(sc_spool_is_too_old(&limits, 6001, 5000));
    assert_false(sc_spool_is_too_old(&limits, 0, 1000));
    assert_true(sc_spool_is_too_old(&limits, 0, 1001));
    assert_false(sc_spool_is_too_old(&limits, INT64_MAX, 0));
    assert_true(sc_spool_is_too_old(&limits, 0, INT64_MAX));

    limits.max_age_ms = INT64_MAX;
    assert_false(sc_spool_is_too_old(&limits, 0, INT64_MAX));
}


static void
rolling(void **state)
{
    (void) state;

    assert_false(sc_spool_roll_is_due(0, 10 * SC_SPOOL_ROLL_MS));
    assert_false(sc_spool_roll_is_due(1, 0));
    assert_false(sc_spool_roll_is_due(1, SC_SPOOL_ROLL_MS - 1));
    assert_true(sc_spool_roll_is_due(1, SC_SPOOL_ROLL_MS));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_round_trip),
        cmocka_unit_test(writer_of_names_refuses),
        cmocka_unit_test(foreign_names),
        cmocka_unit_test(oldest_first),
        cmocka_unit_test(limits_are_checked),
        cmocka_unit_test(reserve_is_left_alone),
        cmocka_unit_test(room),
        cmocka_unit_test(age),
        cmocka_unit_test(rolling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
