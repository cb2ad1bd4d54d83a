/*
 * test_kakao.c: what a bot's skill is told, and answers.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define SKILL(user, rest)                                                     \
    "{'userRequest':{'utterance':'no signal','user':{" user "}},"             \
    "'bot':{'id':'b1'}" rest "}"


/* No id and no time: each second counts anew. */
static void
test_identity(void **state)
{
    sc_str_t  first;
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_kakao);
    first = one(&fixture, SKILL("'id':'u'", ""))->event;
    assert_true(sc_str_starts_with(first, SC_STR("u/")));
    assert_true(sc_str_ends_with(first, SC_STR("/1768471300")));
    assert_true(sc_str_eq(one(&fixture, SKILL("'id':'u'", ""))->event,
                          first));
    assert_false(sc_str_eq(one(&fixture, SKILL("'id':'u'", ",'x':1"))->event,
                           first));
    fixture.callback.now_ms += 1000;
    assert_false(sc_str_eq(one(&fixture, SKILL("'id':'u'", ""))->event,
                           first));
    assert_text(fixture_mention(&fixture, 0)->clock_key, "kakao:b1:u");
    assert_int_equal(fixture_mention(&fixture, 0)->created_ms, -1);
    fixture_free(&fixture);
}


static void
test_answers(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_kakao);
    (void) one(&fixture, SKILL("'id':'u'", ""));
    assert_text(fixture.callback.answer.body, "{\"version\":\"2.0\","
                "\"template\":{\"outputs\":[{\"simpleText\":{\"text\":"
                "\"접수되었습니다.\"}}]}}");
    assert_text(fixture.callback.answer.content_type, "application/json");

    assert_null(fixture_option(&fixture, "note", "\"Hi\""));
    (void) one(&fixture, SKILL("'id':'u'", ""));
    assert_text(fixture.callback.answer.body, "{\"version\":\"2.0\","
                "\"template\":{\"outputs\":[{\"simpleText\":{\"text\":"
                "\"\\\"Hi\\\"\"}}]}}");
    assert_non_null(fixture_option(&fixture, "note", ""));
    assert_non_null(fixture_option(&fixture, "note", "\xc3"));
    fixture_free(&fixture);
}


static void
test_malformed(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_kakao);
    dead(&fixture, SKILL("'x':1", ""), SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'userRequest':{'user':{'id':'u'}}}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "[]", SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


static void
test_header(void **state)
{
    fixture_t                 fixture;
    const sc_verify_scheme_t *scheme;

    (void) state;

    fixture_init(&fixture, &sc_platform_kakao);
    (void) sc_platform_kakao.schemes(&fixture.source, &scheme, 1);
    assert_text(scheme->signature.name, "Authorization");
    assert_non_null(fixture_option(&fixture, "header", ""));
    assert_null(fixture_option(&fixture, "header", "X-Care"));
    (void) sc_platform_kakao.schemes(&fixture.source, &scheme, 1);
    assert_text(scheme->signature.name, "X-Care");
    assert_int_equal(scheme->prefix.len, 0);
    assert_int_equal(scheme->kind, SC_SCHEME_TOKEN);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_header)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
