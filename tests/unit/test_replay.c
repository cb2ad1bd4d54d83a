/*
 * test_replay.c: signed ids and what they came with: told apart, forgotten in
 * time, and whatever order a form is written in.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sc_replay.h"


#define NOW  INT64_C(1790000000)


static const unsigned char key[SC_SIPHASH_KEY_SIZE] = "0123456789abcde";

static sc_replay_entry_t memory[2 * SC_REPLAY_WAYS];


static sc_replay_table_t
empty(void)
{
    memset(memory, 0, sizeof(memory));

    return (sc_replay_table_t) { memory, 2 * SC_REPLAY_WAYS };
}


static void
test_same_and_other(void **state)
{
    sc_replay_table_t table;

    (void) state;

    table = empty();
    assert_int_equal(sc_replay_check(&table, 5, 100, NOW, NOW + 10),
                     SC_REPLAY_NEW);
    assert_int_equal(sc_replay_check(&table, 5, 100, NOW, NOW + 10),
                     SC_REPLAY_SAME);
    assert_int_equal(sc_replay_check(&table, 5, 101, NOW, NOW + 10),
                     SC_REPLAY_OTHER);
    assert_int_equal(sc_replay_check(&table, 7, 101, NOW, NOW + 10),
                     SC_REPLAY_NEW);

    /* The forgery has not taken the place of what is known. */
    assert_int_equal(sc_replay_check(&table, 5, 100, NOW + 10, NOW + 20),
                     SC_REPLAY_SAME);

    /* Past its time it is new again. */
    assert_int_equal(sc_replay_check(&table, 5, 101, NOW + 11, NOW + 20),
                     SC_REPLAY_NEW);

    /* An id and a content of zero are like any other. */
    assert_int_equal(sc_replay_check(&table, 0, 0, NOW, NOW + 10),
                     SC_REPLAY_NEW);
    assert_int_equal(sc_replay_check(&table, 0, 1, NOW, NOW + 10),
                     SC_REPLAY_OTHER);
}


/* A full bucket gives up what ends first, the other bucket nothing. */
static void
test_full(void **state)
{
    uint64_t          i;
    sc_replay_table_t table;

    (void) state;

    table = empty();
    (void) sc_replay_check(&table, 1, 1, NOW, NOW + 5);

    for (i = 0; i < SC_REPLAY_WAYS + 1; i++) {
        assert_int_equal(sc_replay_check(&table, 2 * i, 1, NOW,
                                         NOW + 10 + (int64_t) i),
                         SC_REPLAY_NEW);
    }

    assert_int_equal(sc_replay_check(&table, 0, 2, NOW, NOW + 99),
                     SC_REPLAY_NEW);
    assert_int_equal(sc_replay_check(&table, 4, 2, NOW, NOW + 10),
                     SC_REPLAY_OTHER);
    assert_int_equal(sc_replay_check(&table, 1, 2, NOW, NOW + 10),
                     SC_REPLAY_OTHER);

    table.count = 0;
    assert_int_equal(sc_replay_check(&table, 1, 2, NOW, NOW + 10),
                     SC_REPLAY_NEW);
}


static void
test_ids(void **state)
{
    uint64_t id;

    (void) state;

    id = sc_replay_id(key, SC_STR("wechat"), SC_STR("12"), 3);
    assert_true(id == sc_replay_id(key, SC_STR("wechat"), SC_STR("12"), 3));
    assert_true(id != sc_replay_id(key, SC_STR("wechat"), SC_STR("12"), 4));
    assert_true(id != sc_replay_id(key, SC_STR("wechat1"), SC_STR("2"), 3));
    assert_true(id != sc_replay_id(key, SC_STR("vonage"), SC_STR("12"), 3));
}


static uint64_t
content(const char *type, const char *query, const char *body)
{
    sc_header_t  header;
    sc_request_t request;

    memset(&request, 0, sizeof(request));
    header.name = SC_STR("Content-Type");
    header.value = sc_str_from_cstring(type);
    request.headers = &header;
    request.headers_count = 1;
    request.query = sc_str_from_cstring(query);
    request.body = sc_str_from_cstring(body);

    return sc_replay_content(key, &request);
}


#define JSON       "application/json"
#define FORM       "application/x-www-form-urlencoded; charset=utf-8"
#define PARTS(b)   "multipart/form-data; boundary=" b
#define PART(b, name, text)                                                   \
    "--" b "\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"    \
    text "\r\n"


static void
test_contents(void **state)
{
    (void) state;

    assert_true(content(JSON, "", "{}") == content(JSON, "", "{}"));
    assert_true(content(JSON, "", "{}") != content(JSON, "", "{} "));
    assert_true(content(JSON, "a=1", "{}") != content(JSON, "a=2", "{}"));

    assert_true(content(FORM, "", "a=1&b=2") == content(FORM, "", "b=2&a=1"));
    assert_true(content(FORM, "", "a=1&b=2") != content(FORM, "", "a=2&b=1"));
    assert_true(content(FORM, "", "a=1&a=1") != content(FORM, "", "a=1"));

    /* Another boundary, another order: the same mail. */
    assert_true(content(PARTS("x"), "", PART("x", "a", "1") PART("x", "b", "2")
                        "--x--\r\n")
                == content(PARTS("y"), "", PART("y", "b", "2")
                           PART("y", "a", "1") "--y--\r\n"));
    assert_true(content(PARTS("x"), "", PART("x", "a", "1") "--x--\r\n")
                != content(PARTS("x"), "", PART("x", "a", "2") "--x--\r\n"));
    assert_true(content(PARTS("x"), "", PART("x", "a", "1") "--x--\r\n")
                != content(PARTS("x"), "", PART("x", "b", "1") "--x--\r\n"));

    /* Cut off or without a boundary: byte by byte. */
    assert_true(content(PARTS("x"), "", PART("x", "a", "1"))
                != content(PARTS("x"), "", PART("x", "a", "1") "--x--\r\n"));
    assert_true(content("multipart/form-data", "", "a")
                != content("multipart/form-data", "", "b"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_and_other),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_contents)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
