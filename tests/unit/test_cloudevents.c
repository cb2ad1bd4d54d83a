/*
 * test_cloudevents.c: the handshake, and events in the shapes that the samples
 * do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define ORIGIN  "WebHook-Request-Origin"
#define RATE    "WebHook-Request-Rate"
#define TYPE    "Content-Type"

#define STRUCTURED  "application/cloudevents+json; charset=utf-8"
#define BATCH       "application/CloudEvents-batch+json"

#define EVENT(id, members)                                                    \
    "{'specversion':'1.0','id':'" id "','source':'/s','type':'t'," members "}"
#define DATA  "'data':{'text':'x','thread_id':'t-5'}"


static void
setup(fixture_t *fixture, const char *type)
{
    fixture_init(fixture, &sc_platform_cloudevents);

    if (type != NULL) {
        fixture_header(fixture, TYPE, type);
    }
}


static void
ready(fixture_t *fixture)
{
    assert_null(fixture_finish_options(fixture));
}


static void
dead_piece(fixture_t *fixture, const char *text, sc_dead_reason_t reason)
{
    fixture_expect_quoted(fixture, text, 0, 1);
    assert_int_equal(fixture_dead(fixture, 0)->reason, reason);
}


static void
ask(fixture_t *fixture, const char *origin, const char *rate)
{
    fixture->request.headers_count = 0;

    if (origin != NULL) {
        fixture_header(fixture, ORIGIN, origin);
    }

    if (rate != NULL) {
        fixture_header(fixture, RATE, rate);
    }

    fixture_handshake(fixture, "");
}


static void
expect_rate(fixture_t *fixture, const char *asked, const char *rate)
{
    const sc_answer_t *answer;

    ask(fixture, "eventemitter.example.org", asked);
    answer = &fixture->callback.answer;

    assert_int_equal(answer->status, 200);
    assert_text(answer->header_name, "Allow");
    assert_text(answer->header_value, "POST, OPTIONS");
    assert_int_equal(answer->more_count, 2);
    assert_text(answer->more[0].name, "WebHook-Allowed-Origin");
    assert_text(answer->more[0].value, "eventemitter.example.org");
    assert_text(answer->more[1].name, "WebHook-Allowed-Rate");
    assert_text(answer->more[1].value, rate);
    assert_int_equal(answer->body.len, 0);
}


static void
expect_refusal(fixture_t *fixture, unsigned status)
{
    assert_int_equal(fixture->callback.answer.status, status);
    assert_text(fixture->callback.answer.header_name, "Allow");
    assert_int_equal(fixture->callback.answer.more_count, 0);
}


static void
test_handshake(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, NULL);
    assert_null(fixture_option(&fixture, "origin",
                               "a.example,eventemitter.example.org"));
    ready(&fixture);

    expect_rate(&fixture, "120", "120");
    expect_rate(&fixture, NULL, "*");

    assert_null(fixture_option(&fixture, "rate", "100"));
    expect_rate(&fixture, "120", "100");
    expect_rate(&fixture, "7", "7");
    expect_rate(&fixture, NULL, "100");

    ask(&fixture, "unknown.example.net", "120");
    expect_refusal(&fixture, 405);
    ask(&fixture, "eventemitter.example.org.evil.net", NULL);
    expect_refusal(&fixture, 405);
    ask(&fixture, NULL, "120");
    expect_refusal(&fixture, 405);
    ask(&fixture, "", NULL);
    expect_refusal(&fixture, 405);
    ask(&fixture, "eventemitter.example.org", "0");
    expect_refusal(&fixture, 400);
    ask(&fixture, "eventemitter.example.org", "many");
    expect_refusal(&fixture, 400);

    fixture.request.headers_count = 0;
    fixture_header(&fixture, ORIGIN, "eventemitter.example.org");
    fixture_header(&fixture, ORIGIN, "eventemitter.example.org");
    fixture_handshake(&fixture, "");
    expect_refusal(&fixture, 405);

    /* Any origin, but never one that would break the answer. */
    assert_null(fixture_option(&fixture, "origin", "*"));
    ask(&fixture, "anyone.example.net", NULL);
    assert_int_equal(fixture.callback.answer.status, 200);
    assert_text(fixture.callback.answer.more[0].value, "anyone.example.net");
    ask(&fixture, "a\r\nSet-Cookie: b", NULL);
    expect_refusal(&fixture, 405);
    fixture_free(&fixture);
}


static void
test_handshake_without_memory(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, NULL);
    assert_null(fixture_option(&fixture, "origin", "a.example"));
    ready(&fixture);
    fixture_limit_memory(&fixture, 0);
    ask(&fixture, "a.example", NULL);
    assert_int_equal(fixture.callback.answer.status, 503);
    assert_int_equal(fixture.callback.answer.more_count, 0);
    fixture_free(&fixture);
}


static void
test_policy(void **state)
{
    fixture_t   fixture;
    sc_policy_t policy;

    (void) state;

    setup(&fixture, NULL);
    ready(&fixture);
    sc_source_policy(&fixture.source, &policy);
    assert_false(policy.options_is_handshake);
    assert_false(policy.get_is_handshake);
    assert_true(policy.post_is_event);

    assert_null(fixture_option(&fixture, "origin", "a.example"));
    sc_source_policy(&fixture.source, &policy);
    assert_true(policy.options_is_handshake);
    assert_false(policy.head_is_handshake);
    assert_false(policy.get_is_handshake);
    fixture_free(&fixture);
}


static void
test_structured(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture, STRUCTURED);
    fixture_account(&fixture, "nw");
    ready(&fixture);

    fixture_expect_quoted(&fixture, EVENT("1", DATA), 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->event, "/s|1");
    assert_text(mention->platform, "cloudevents");
    assert_text(mention->account, "nw");
    assert_text(mention->thread, "t-5");
    assert_text(mention->clock_key, "t-5");
    assert_int_equal(mention->raw.len, fixture.request.body.len);
    assert_int_equal(fixture.callback.answer.status, 202);

    /* The event's subject goes before the data's thread. */
    fixture_expect_quoted(&fixture, EVENT("1", "'subject':'t-6','time':"
                          "'2026-09-21T14:12:31.25Z'," DATA), 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->thread, "t-6");
    assert_int_equal(mention->created_ms, 1789999951250);

    /* Without data the attributes are what there is. */
    fixture_expect_quoted(&fixture, EVENT("1", "'subject':'t-6'"), 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "");

    fixture_expect_quoted(&fixture, EVENT("1", "'count':7,'flag':true,"
                          "'nothing':null," DATA), 1, 0);

    /* {"text":"caf\u00e9"} */
    fixture_expect_quoted(&fixture, EVENT("1", "'data_base64':"
                          "'eyJ0ZXh0IjoiY2FmXHUwMGU5In0='"), 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "caf\xc3\xa9");
    fixture_free(&fixture);
}


/* The JSON format, section 3.1.1: a text is a JSON string. */
static void
test_data_is_a_text(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture, BATCH);
    ready(&fixture);
    fixture_expect_quoted(&fixture, "["
        EVENT("1", "'datacontenttype':'text/plain','data':'Late\\nagain'") ","
        EVENT("2", "'data':{'text':'x'}") "," EVENT("3", "'data':7") "]", 3,
        0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->text, "Late\nagain");
    assert_true(sc_mention_is_actionable(mention));
    assert_text(fixture_mention(&fixture, 1)->text, "x");
    assert_text(fixture_mention(&fixture, 2)->text, "");
    fixture_free(&fixture);
}


static void
test_structured_dead(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, STRUCTURED);
    ready(&fixture);

    dead(&fixture, "{", SC_DEAD_SYNTAX);
    dead(&fixture, "[]", SC_DEAD_SHAPE);
    dead_piece(&fixture, "{}", SC_DEAD_MISSING_MEMBER);
    dead_piece(&fixture, "{'specversion':'1.0','id':'1','type':'t'}",
               SC_DEAD_MISSING_MEMBER);
    dead_piece(&fixture, "{'specversion':'0.3','id':'1','type':'t',"
               "'source':'/s'}", SC_DEAD_UNKNOWN_OBJECT);
    dead_piece(&fixture, EVENT("1", "'id':'2'"), SC_DEAD_DUPLICATE_NAME);
    dead_piece(&fixture, EVENT("1", "'data':1,'data':2"),
               SC_DEAD_DUPLICATE_NAME);
    dead_piece(&fixture, EVENT("1", "'data':{'text':'a','text':'b'}"),
               SC_DEAD_DUPLICATE_NAME);
    dead_piece(&fixture, EVENT("1", "'extension':{}"), SC_DEAD_SHAPE);
    dead_piece(&fixture, EVENT("1", "'data_base64':'!'"), SC_DEAD_ENCODING);
    dead_piece(&fixture, EVENT("1", "'data_base64':7"), SC_DEAD_ENCODING);
    dead_piece(&fixture, EVENT("1", "'data_base64':'eyI='"), SC_DEAD_SYNTAX);
    dead_piece(&fixture, EVENT("1", "'data':{'kind':'yodel'}"),
               SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(fixture_dead(&fixture, 0)->raw.len,
                     fixture.request.body.len);
    fixture_free(&fixture);
}


/* A bad one among good ones. */
static void
test_batch(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, BATCH);
    ready(&fixture);

    fixture_expect_quoted(&fixture, "[]", 0, 0);
    fixture_expect_quoted(&fixture, "[" EVENT("1", DATA) ",7,"
                          EVENT("2", "'data':{'text':'a','text':'b'}") ",{},"
                          EVENT("3", DATA) "]", 2, 3);
    assert_text(fixture_mention(&fixture, 0)->event, "/s|1");
    assert_text(fixture_mention(&fixture, 1)->event, "/s|3");
    assert_true(fixture_mention(&fixture, 0)->raw.len
                < fixture.request.body.len / 2);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_SHAPE);
    assert_int_equal(fixture_dead(&fixture, 1)->reason,
                     SC_DEAD_DUPLICATE_NAME);
    assert_int_equal(fixture_dead(&fixture, 2)->reason,
                     SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{}", SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


static void
binary(fixture_t *fixture)
{
    setup(fixture, "application/json");
    ready(fixture);
    fixture_header(fixture, "CE-SpecVersion", "1.0");
    fixture_header(fixture, "ce-id", "a%20b");
    fixture_header(fixture, "ce-source", "/caf%C3%A9");
    fixture_header(fixture, "ce-type", "t");
}


static void
test_binary(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    binary(&fixture);
    fixture_expect_quoted(&fixture, "{'text':'x','thread_id':'t-5'}", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->event, "/caf\xc3\xa9|a b");
    assert_text(mention->thread, "t-5");

    dead(&fixture, "not json", SC_DEAD_SYNTAX);
    dead(&fixture, "\x1f\x8b", SC_DEAD_SYNTAX);
    dead(&fixture, "{'text':'\xff'}", SC_DEAD_ENCODING);

    fixture_header(&fixture, "ce-ID", "again");
    dead(&fixture, "{}", SC_DEAD_DUPLICATE_NAME);
    fixture_free(&fixture);

    /* Older senders quote; what is quoted may be encoded as well. */
    binary(&fixture);
    fixture_header(&fixture, "ce-subject", "\"t \\\"5\\\\ %C3%A9\"");
    fixture_expect_quoted(&fixture, "{'text':'x'}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->thread, "t \"5\\ \xc3\xa9");
    fixture_free(&fixture);

    binary(&fixture);
    fixture_header(&fixture, "ce-subject", "\"a\\\"");
    fixture_header(&fixture, "ce-one", "\"");
    fixture_header(&fixture, "ce-none", "\"\"");
    fixture_expect_quoted(&fixture, "{'text':'x'}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->thread, "a\\");
    fixture_limit_memory(&fixture, 0);
    assert_int_equal(fixture_parse(&fixture, "{}"), SC_PARSE_TOO_LARGE);
    fixture_free(&fixture);

    binary(&fixture);
    fixture_header(&fixture, "ce-subject", "%zz");
    dead(&fixture, "{}", SC_DEAD_SYNTAX);
    fixture_free(&fixture);

    binary(&fixture);
    fixture_header(&fixture, "ce-subject", "%ff");
    dead(&fixture, "{}", SC_DEAD_ENCODING);
    fixture_free(&fixture);

    /* Neither a type nor an attribute of CloudEvents. */
    setup(&fixture, "text/plain");
    ready(&fixture);
    dead(&fixture, "{}", SC_DEAD_CONTENT_TYPE);
    fixture_free(&fixture);
}


static void
test_origin_of_deliveries(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, STRUCTURED);
    assert_null(fixture_option(&fixture, "origin", "a.example"));
    ready(&fixture);
    fixture_expect_quoted(&fixture, EVENT("1", DATA), 1, 0);
    fixture_header(&fixture, ORIGIN, "A.example");
    fixture_expect_quoted(&fixture, EVENT("1", DATA), 1, 0);
    assert_int_equal(fixture.callback.answer.status, 202);
    fixture.request.headers_count--;
    fixture_header(&fixture, ORIGIN, "b.example");
    fixture_expect_quoted(&fixture, EVENT("1", DATA), 0, 0);
    assert_int_equal(fixture.callback.answer.status, 403);
    fixture_free(&fixture);
}


static void
test_token_in_url(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, STRUCTURED);
    ready(&fixture);
    fixture_expect_quoted(&fixture, EVENT("1", DATA), 1, 0);
    assert_text(fixture.callback.answer.header_name, "");
    fixture.request.query = SC_STR("access_token=x");
    fixture_expect_quoted(&fixture, EVENT("1", DATA), 1, 0);
    assert_text(fixture.callback.answer.header_name, "Cache-Control");
    assert_text(fixture.callback.answer.header_value, "private");
    fixture_free(&fixture);
}


static void
test_mapping(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, STRUCTURED);
    assert_null(fixture_option(&fixture, "kind", "header:ce-type"));
    assert_null(fixture_option(&fixture, "kind_map", "t=comment,*=ignore"));
    assert_null(fixture_option(&fixture, "text", "/words"));
    assert_null(fixture_option(&fixture, "platform", "forum"));
    assert_null(fixture_option(&fixture, "event_id", "/id"));
    ready(&fixture);
    fixture_expect_quoted(&fixture, EVENT("1", "'data':{'words':'x',"
                          "'id':9007199254740993}"), 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->kind, SC_KIND_COMMENT);
    assert_text(fixture_mention(&fixture, 0)->text, "x");
    assert_text(fixture_mention(&fixture, 0)->platform, "forum");
    assert_text(fixture_mention(&fixture, 0)->event, "9007199254740993");
    fixture_expect_quoted(&fixture, "{'specversion':'1.0','id':'1',"
                          "'source':'/s','type':'u'}", 0, 0);
    fixture_free(&fixture);
}


/* Lists in the data: one mention of each element, each its own. */
static void
test_lists(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture, STRUCTURED);
    assert_null(fixture_option(&fixture, "text", "/list/*/text"));
    ready(&fixture);
    fixture_expect_quoted(&fixture, EVENT("1", "'data':{'list':["
                          "{'text':'a'},{'text':'b'}]}"), 2, 0);
    assert_text(fixture_mention(&fixture, 0)->event, "/s|1.0");
    assert_text(fixture_mention(&fixture, 1)->event, "/s|1.1");
    fixture_free(&fixture);
}


static void
test_options(void **state)
{
    size_t                    i;
    fixture_t                 fixture;
    const sc_verify_scheme_t *schemes[2];

    static const char *const bad[][2] = {
        { "origin", "" }, { "origin", "a,,b" }, { "rate", "0" },
        { "rate", "x" }, { "rate", "99999999999999999999" },
        { "auth", "none" }, { "colour", "red" }, { "text", "" }
    };

    (void) state;

    setup(&fixture, NULL);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_non_null(fixture_option(&fixture, bad[i][0], bad[i][1]));
    }

    assert_int_equal(sc_platform_cloudevents.schemes(&fixture.source, schemes,
                                                     2), 2);
    assert_int_equal(schemes[0]->kind, SC_SCHEME_TOKEN);
    assert_ptr_equal(sc_platform_cloudevents.choose_scheme(&fixture.source,
                         &fixture.request), schemes[0]);
    assert_null(fixture_option(&fixture, "auth", "standard-webhooks"));
    assert_int_equal(sc_platform_cloudevents.schemes(&fixture.source, schemes,
                                                     2), 1);
    assert_int_equal(schemes[0]->kind, SC_SCHEME_STANDARD_WEBHOOKS);
    assert_ptr_equal(sc_platform_cloudevents.choose_scheme(&fixture.source,
                         &fixture.request), schemes[0]);
    assert_null(fixture_option(&fixture, "auth", "token"));
    assert_null(fixture_option(&fixture, "format", "query"));
    assert_non_null(fixture_finish_options(&fixture));
    fixture_free(&fixture);
}


/* Without memory it is too large, never dead or half. */
static void
test_little_memory(void **state)
{
    size_t            bytes;
    fixture_t         fixture;
    sc_parse_result_t result;

    (void) state;

    for (bytes = 0; bytes < 16384; bytes += 64) {
        setup(&fixture, BATCH);
        ready(&fixture);
        fixture_limit_memory(&fixture, bytes);
        result = fixture_parse_quoted(&fixture, "[" EVENT("1", DATA) ","
                     EVENT("2", "'data_base64':'eyJ0ZXh0IjoieCJ9'") "]");
        assert_true(result == SC_PARSE_TOO_LARGE
                    || (result == SC_PARSE_OK && fixture.callback.count == 2));
        fixture_free(&fixture);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake),
        cmocka_unit_test(test_handshake_without_memory),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_structured),
        cmocka_unit_test(test_data_is_a_text),
        cmocka_unit_test(test_structured_dead),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_binary),
        cmocka_unit_test(test_origin_of_deliveries),
        cmocka_unit_test(test_token_in_url),
        cmocka_unit_test(test_mapping),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_little_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
