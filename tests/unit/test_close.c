/*
 * test_close.c: requests to end waits: what is taken, and what each mistake is
 * called.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sc_close.h"


static unsigned char  test_memory[64 * 1024];
static size_t         test_used;

static sc_arena_t     test_arena;
static sc_close_t    *closes;
static size_t         count, at;


static void *
test_block(void *owner, size_t size)
{
    void *block;

    (void) owner;

    size = (size + 15) & ~(size_t) 15;

    if (size > sizeof(test_memory) - test_used) {
        return NULL;
    }

    block = test_memory + test_used;
    test_used += size;

    return block;
}


static sc_close_result_t
read_within(const char *text, sc_close_format_t format, size_t memory)
{
    sc_close_limits_t limits = { { 8, 200, 0 }, 3 };

    test_used = 0;
    sc_arena_init(&test_arena, test_block, NULL, memory);

    return sc_close_read(sc_str_from_cstring(text), format, &limits,
                         &test_arena, &closes, &count, &at);
}


static sc_close_result_t
read_json(const char *text)
{
    return read_within(text, SC_CLOSE_JSON, sizeof(test_memory));
}


static sc_close_result_t
read_form(const char *text)
{
    return read_within(text, SC_CLOSE_FORM, sizeof(test_memory));
}


static void
assert_text(sc_str_t text, const char *expected)
{
    assert_true(sc_str_eq(text, sc_str_from_cstring(expected)));
}


static void
test_one(void **state)
{
    (void) state;

    assert_int_equal(read_json("{\"wait\":\"x:15:\\u00e9\",\"reason\":"
                               "\"spam\"}"), SC_CLOSE_OK);
    assert_int_equal(count, 1);
    assert_text(closes[0].wait, "x:15:\xc3\xa9");
    assert_string_equal(closes[0].reason, "spam");
    assert_string_equal(closes[0].channel, "other");
    assert_text(closes[0].brand, "");
    assert_text(closes[0].queue, "");
    assert_text(closes[0].id, "");
}


/* A record as it is in the queue, with a reason added. */
static void
test_record(void **state)
{
    (void) state;

    assert_int_equal(read_json(
        "{\"v\":1,\"id\":\"x:15:20\",\"platform\":\"x\",\"channel\":"
        "\"social\",\"brand\":\"acme\",\"queue\":\"mentions\",\"public\":true,"
        "\"author\":{\"id\":\"7\",\"wait\":3},\"wait\":\"x:20\",\"media\":"
        "[{\"type\":\"photo\"}],\"due_ms\":1,\"reason\":\"other_channel\"}"),
        SC_CLOSE_OK);
    assert_int_equal(count, 1);
    assert_text(closes[0].wait, "x:20");
    assert_text(closes[0].brand, "acme");
    assert_text(closes[0].queue, "mentions");
    assert_text(closes[0].id, "x:15:20");
    assert_string_equal(closes[0].channel, "social");
    assert_string_equal(closes[0].reason, "other_channel");
}


static void
test_several(void **state)
{
    (void) state;

    assert_int_equal(read_json("[{\"wait\":\"a\",\"reason\":\"spam\"},"
                               "{\"reason\":\"duplicate_of\",\"wait\":\"b\"}"
                               "]"), SC_CLOSE_OK);
    assert_int_equal(count, 2);
    assert_text(closes[0].wait, "a");
    assert_text(closes[1].wait, "b");
    assert_string_equal(closes[1].reason, "duplicate_of");
}


static void
test_form(void **state)
{
    (void) state;

    assert_int_equal(read_form("reason=no_reply_needed&wait=a%3Ab+c"
                               "&colour=red&channel=voice&id=7&brand=acme"),
                     SC_CLOSE_OK);
    assert_int_equal(count, 1);
    assert_text(closes[0].wait, "a:b c");
    assert_string_equal(closes[0].channel, "voice");
    assert_text(closes[0].id, "7");
    assert_text(closes[0].brand, "acme");
}


static void
test_reasons(void **state)
{
    size_t             i;
    char               text[128];
    static const char *known[] = {
        "not_actionable", "spam", "deleted_by_author", "duplicate_of",
        "other_channel", "no_reply_needed"
    };

    (void) state;

    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        (void) snprintf(text, sizeof(text), "wait=a&reason=%s", known[i]);
        assert_int_equal(read_form(text), SC_CLOSE_OK);
        assert_string_equal(closes[0].reason, known[i]);
    }
}


#define GOOD  "{\"wait\":\"a\",\"reason\":\"spam\"}"

static void
test_mistakes(void **state)
{
    static const struct {
        const char        *text;
        sc_close_result_t  result;
        size_t             at;
    } json[] = {
        { "", SC_CLOSE_SYNTAX, 0 },
        { "{", SC_CLOSE_SYNTAX, 0 },
        { "wait=a&reason=spam", SC_CLOSE_SYNTAX, 0 },
        { GOOD GOOD, SC_CLOSE_SYNTAX, 0 },
        { "{\"wait\":\"\xff\",\"reason\":\"spam\"}", SC_CLOSE_SYNTAX, 0 },
        { "[]", SC_CLOSE_SHAPE, 0 },
        { "null", SC_CLOSE_SHAPE, 0 },
        { "\"spam\"", SC_CLOSE_SHAPE, 0 },
        { "[" GOOD ",3]", SC_CLOSE_SHAPE, 1 },
        { "[" GOOD ",[" GOOD "]]", SC_CLOSE_SHAPE, 1 },
        { "[" GOOD "," GOOD "," GOOD "," GOOD "]", SC_CLOSE_TOO_LARGE, 0 },
        { "[[[[[[[[[0]]]]]]]]]", SC_CLOSE_TOO_LARGE, 0 },
        { "{}", SC_CLOSE_NO_WAIT, 0 },
        { "{\"reason\":\"spam\"}", SC_CLOSE_NO_WAIT, 0 },
        { "{\"wait\":\"\",\"reason\":\"spam\"}", SC_CLOSE_NO_WAIT, 0 },
        { "{\"wait\":null,\"reason\":\"spam\"}", SC_CLOSE_NO_WAIT, 0 },
        { "{\"wait\":\"a\"}", SC_CLOSE_NO_REASON, 0 },
        { "[" GOOD "," GOOD ",{\"wait\":\"a\",\"reason\":\"Spam\"}]",
          SC_CLOSE_REASON, 2 },
        { "{\"wait\":\"a\",\"reason\":\"spam \"}", SC_CLOSE_REASON, 0 },
        { "{\"wait\":7,\"reason\":\"spam\"}", SC_CLOSE_MEMBER, 0 },
        { "{\"wait\":\"a\",\"reason\":[\"spam\"]}", SC_CLOSE_MEMBER, 0 },
        { "{\"wait\":\"a\",\"reason\":\"spam\",\"brand\":{}}",
          SC_CLOSE_MEMBER, 0 },
        { "{\"wait\":\"a\",\"reason\":\"spam\",\"id\":1}",
          SC_CLOSE_MEMBER, 0 },
        { "{\"wait\":\"a\",\"reason\":\"spam\",\"wait\":\"b\"}",
          SC_CLOSE_MEMBER, 0 }
    }, form[] = {
        { "", SC_CLOSE_NO_WAIT, 0 },
        { "wait=a", SC_CLOSE_NO_REASON, 0 },
        { "wait=a&reason=", SC_CLOSE_NO_REASON, 0 },
        { "wait=a&reason=boring", SC_CLOSE_REASON, 0 },
        { "wait=a&wait=b&reason=spam", SC_CLOSE_MEMBER, 0 },
        { "wait=&wait=b&reason=spam", SC_CLOSE_MEMBER, 0 },
        { "wait=%zz&reason=spam", SC_CLOSE_SYNTAX, 0 }
    };
    size_t i;

    (void) state;

    for (i = 0; i < sizeof(json) / sizeof(json[0]); i++) {
        if (read_json(json[i].text) != json[i].result || at != json[i].at) {
            fail_msg("%s: %s at %zu", json[i].text,
                     sc_close_result_name(read_json(json[i].text)), at);
        }
    }

    for (i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
        if (read_form(form[i].text) != form[i].result || at != form[i].at) {
            fail_msg("%s: %s", form[i].text,
                     sc_close_result_name(read_form(form[i].text)));
        }
    }
}


/* Too many of anything is too large, never a crash. */
static void
test_bounds(void **state)
{
    size_t i, used;
    char   text[2048];

    (void) state;

    used = 1;
    text[0] = '[';

    for (i = 0; i < 201; i++) {
        used += (size_t) snprintf(text + used, sizeof(text) - used, "%s0",
                                  i == 0 ? "" : ",");
    }

    (void) snprintf(text + used, sizeof(text) - used, "]");
    assert_int_equal(read_json(text), SC_CLOSE_TOO_LARGE);

    for (i = 0; i < 4096; i += 8) {
        if (read_within("[{\"wait\":\"\\u0041\",\"reason\":\"sp\\u0061m\"}]",
                        SC_CLOSE_JSON, i) == SC_CLOSE_OK)
        {
            break;
        }

        assert_int_equal(read_within("wait=a%20b&reason=spam", SC_CLOSE_FORM,
                                     0), SC_CLOSE_TOO_LARGE);
    }

    assert_in_range(i, 8, 4095);
    assert_int_equal(read_within("a&b&c&d&e&f&g&h&i&j&k&l&m&wait=a&reason=spam",
                                 SC_CLOSE_FORM, 256), SC_CLOSE_TOO_LARGE);
}


static void
test_types(void **state)
{
    size_t            i;
    sc_close_format_t format;
    static const char *refused[] = {
        "", "text/plain", "application/jsonp", "multipart/form-data",
        ";application/json", "application/json, text/html"
    };

    (void) state;

    assert_true(sc_close_format(SC_STR("application/json"), &format));
    assert_int_equal(format, SC_CLOSE_JSON);
    assert_true(sc_close_format(SC_STR("Application/JSON ; charset=utf-8"),
                                &format));
    assert_int_equal(format, SC_CLOSE_JSON);
    assert_true(sc_close_format(SC_STR("application/x-www-form-urlencoded;"),
                                &format));
    assert_int_equal(format, SC_CLOSE_FORM);

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_false(sc_close_format(sc_str_from_cstring(refused[i]),
                                     &format));
    }
}


static void
test_identity(void **state)
{
    sc_buf_t       buf;
    sc_close_t     close;
    unsigned char  memory[64];

    (void) state;

    memset(&close, 0, sizeof(close));
    close.wait = SC_STR("x:20");

    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    sc_close_write_id(&buf, &close, 1700000000123);
    assert_text(sc_buf_str(&buf), "close:x:20:1700000000123");

    close.id = SC_STR("x:15:20");
    buf.len = 0;
    sc_close_write_id(&buf, &close, 1700000000123);
    assert_text(sc_buf_str(&buf), "close:x:20:x:15:20");
}


static void
test_names(void **state)
{
    int i, j;

    (void) state;

    for (i = 0; i < SC_CLOSE_RESULTS; i++) {
        assert_true(strlen(sc_close_result_sentence((sc_close_result_t) i))
                    > 4);

        for (j = 0; j < i; j++) {
            assert_string_not_equal(
                              sc_close_result_name((sc_close_result_t) i),
                              sc_close_result_name((sc_close_result_t) j));
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
