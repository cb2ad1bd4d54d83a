/*
 * test_params.c: names and values out of forms, multipart forms, JSON and
 * queries, and the limits of each.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_params.h"
#include "sc_registry.h"


static sc_params_t       params;
static sc_parse_result_t read_result;


static sc_parse_result_t
keep(sc_callback_t *callback)
{
    read_result = sc_params_read(callback, &params);

    return read_result;
}


static const sc_platform_t reader = {
    .name = SC_STR_INIT("reader"),
    .parse = keep
};


static void
setup(fixture_t *fixture, const char *type)
{
    fixture_init(fixture, &reader);

    if (type != NULL) {
        fixture_header(fixture, "Content-Type", type);
    }
}


static void
test_form_and_query(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, NULL);
    fixture.request.query = SC_STR("b=query&c=%2B1&b=again");
    assert_int_equal(fixture_parse(&fixture, "a=1&a=2&e=&n=07&m=-1"),
                     SC_PARSE_OK);
    assert_text(sc_params_get(&params, SC_STR("a")), "1");
    assert_text(sc_params_get(&params, SC_STR("b")), "query");
    assert_text(sc_params_get(&params, SC_STR("c")), "+1");
    assert_text(sc_params_get(&params, SC_STR("d")), "");
    assert_text(sc_params_either(&params, SC_STR("e"), SC_STR("c")), "+1");
    assert_true(sc_params_has(&params, SC_STR("e")));
    assert_false(sc_params_has(&params, SC_STR("d")));
    assert_int_equal(sc_params_int(&params, SC_STR("n")), 7);
    assert_int_equal(sc_params_int(&params, SC_STR("m")), -1);
    assert_int_equal(sc_params_int(&params, SC_STR("c")), -1);

    params.last = true;
    assert_text(sc_params_get(&params, SC_STR("a")), "2");
    assert_text(sc_params_get(&params, SC_STR("b")), "again");
    fixture_free(&fixture);
}


static void
test_numbered(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, "application/x-www-form-urlencoded");
    assert_int_equal(fixture_parse(&fixture, "M0=a&M12=b"), SC_PARSE_OK);
    assert_text(sc_params_numbered(&params, SC_STR("M"), 0), "a");
    assert_text(sc_params_numbered(&params, SC_STR("M"), 12), "b");
    assert_text(sc_params_numbered(&params, SC_STR("M"), 1), "");
    assert_text(sc_params_numbered(&params, SC_STR(
        "0123456789012345678901234567890123456789012345678901234567890123"),
        1), "");
    fixture_free(&fixture);
}


static void
test_multipart(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, "multipart/form-data; boundary=B");
    assert_int_equal(fixture_parse(&fixture,
        "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1&2\r\n"
        "--B\r\nContent-Disposition: form-data; name=\"f\"; "
        "filename=\"x.png\"\r\nContent-Type: image/png\r\n\r\n\x89\r\n"
        "--B--\r\n"), SC_PARSE_OK);
    assert_text(sc_params_get(&params, SC_STR("a")), "1&2");
    assert_int_equal(params.files_count, 1);
    assert_text(params.files[0].filename, "x.png");
    assert_false(sc_params_has(&params, SC_STR("f")));

    assert_int_equal(fixture_parse(&fixture, "--B\r\nContent-Disposition: "
                     "form-data; name=\"a\"\r\n\r\n1\r\n--B"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SYNTAX);
    assert_int_equal(fixture_parse(&fixture, "a=1"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SYNTAX);
    fixture_free(&fixture);
}


static void
test_json(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, "application/json; charset=utf-8");
    assert_int_equal(fixture_parse_quoted(&fixture, "{'a':'x\\u0041','b':"
                     "9007199254740993,'c':1.5,'d':null,'e':{'a':1},"
                     "'f':true}"), SC_PARSE_OK);
    assert_text(sc_params_get(&params, SC_STR("a")), "xA");
    assert_text(sc_params_get(&params, SC_STR("b")), "9007199254740993");
    assert_false(sc_params_has(&params, SC_STR("c")));
    assert_false(sc_params_has(&params, SC_STR("d")));
    assert_false(sc_params_has(&params, SC_STR("e")));
    assert_false(sc_params_has(&params, SC_STR("f")));
    fixture_free(&fixture);
}


/* One pair, part or member too many; one byte of memory too few. */
static void
test_limits(void **state)
{
    size_t    i, len;
    char     *body;
    fixture_t fixture;

    (void) state;

    body = malloc(100 * (SC_PARAMS_MAX + 2));
    assert_non_null(body);

    setup(&fixture, "application/x-www-form-urlencoded");

    for (i = 0; i <= SC_PARAMS_MAX; i++) {
        memcpy(body + 2 * i, "a&", 2);
    }

    assert_int_equal(fixture_parse_bytes(&fixture, body, 2 * SC_PARAMS_MAX),
                     SC_PARSE_OK);
    assert_int_equal(fixture_parse_bytes(&fixture, body,
                                         2 * SC_PARAMS_MAX + 1),
                     SC_PARSE_TOO_LARGE);
    fixture_limit_memory(&fixture, 0);
    assert_int_equal(fixture_parse(&fixture, "a=1"), SC_PARSE_TOO_LARGE);
    fixture_free(&fixture);

    setup(&fixture, "application/json");
    body[0] = '{';

    for (i = 0; i <= SC_PARAMS_MAX; i++) {
        memcpy(body + 1 + 7 * i, "\"a\":1, ", 7);
    }

    len = 7 * (SC_PARAMS_MAX + 1);
    body[len - 1] = '}';
    assert_int_equal(fixture_parse_bytes(&fixture, body, len),
                     SC_PARSE_TOO_LARGE);
    body[len - 8] = '}';
    assert_int_equal(fixture_parse_bytes(&fixture, body, len - 7),
                     SC_PARSE_OK);
    fixture_free(&fixture);

    setup(&fixture, "multipart/form-data; boundary=B");

    for (len = 0, i = 0; i <= SC_PARAMS_MAX; i++) {
        len += (size_t) snprintf(body + len, 100, "--B\r\nContent-Disposition: "
                                "form-data; name=\"a\"\r\n\r\n\r\n");
    }

    (void) snprintf(body + len, 100, "--B--");
    assert_int_equal(fixture_parse(&fixture, body), SC_PARSE_TOO_LARGE);
    assert_int_equal(fixture_parse(&fixture, body + len / (SC_PARAMS_MAX + 1)),
                     SC_PARSE_OK);
    assert_int_equal(params.body_count, SC_PARAMS_MAX);
    fixture_limit_memory(&fixture, 100);
    assert_int_equal(fixture_parse(&fixture, body + len / (SC_PARAMS_MAX + 1)),
                     SC_PARSE_TOO_LARGE);
    fixture_free(&fixture);

    free(body);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_and_query),
        cmocka_unit_test(test_numbered),
        cmocka_unit_test(test_multipart),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_limits)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
