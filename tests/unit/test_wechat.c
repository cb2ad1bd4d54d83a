/*
 * test_wechat.c: messages, safe mode and options that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_registry.h"


#define MESSAGE(type, more)                                                   \
    "<xml><ToUserName>gh</ToUserName><FromUserName>o1</FromUserName>"         \
    "<CreateTime>1789999951</CreateTime><MsgType>" type "</MsgType>"          \
    more "</xml>"
#define ID  "<MsgId>24870615384920571</MsgId>"

#define TOKEN  "s3cr3t-socialcare"
#define KEY    "N0rthw1ndCareSynthet1cKeyForTestsOnly42abcG"
#define APP    "wx0c0ffee0ca5e0001"
#define NOW    INT64_C(1790000000000)
#define SIGNED "signature=7a70aa6eb8a755921375711febc4206ce109526c"           \
               "&timestamp=1789999999&nonce=884412097"


static sc_mention_t *
one(fixture_t *fixture, const char *text)
{
    fixture_expect(fixture, text, 1, 0);

    return fixture_mention(fixture, 0);
}


static void
dead(fixture_t *fixture, const char *text, sc_dead_reason_t reason)
{
    assert_int_equal(fixture_parse(fixture, text), SC_PARSE_DEAD);
    assert_int_equal(fixture->callback.dead, reason);
}


static void
test_contents(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *body;
        const char *type;
        const char *text;
        const char *url;
        const char *ref;
    } cases[] = {
        { MESSAGE("voice", ID "<MediaId>m</MediaId><Recognition>hello"
          "</Recognition>"), "voice", "hello", "", "m" },
        { MESSAGE("shortvideo", ID "<ThumbMediaId>t</ThumbMediaId>"),
          "shortvideo", "", "", "t" },
        { MESSAGE("location", ID "<Location_X>23.1</Location_X><Location_Y>"
          "113.3</Location_Y><Label>Pier 3</Label>"), "location", "Pier 3",
          "", "23.1,113.3" },
        { MESSAGE("link", ID "<Title>T</Title><Description>D</Description>"
          "<Url>https://u/</Url>"), "link", "D", "https://u/", "" },
        { MESSAGE("hologram", ID), "hologram", "", "", "" }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mention = one(&fixture, cases[i].body);
        assert_text(mention->text, cases[i].text);
        assert_text(mention->media->type, cases[i].type);
        assert_text(mention->media->url, cases[i].url);
        assert_text(mention->media->ref, cases[i].ref);
        assert_text(mention->clock_key, "wechat:gh:o1");
        assert_text(mention->account, "gh");
        assert_int_equal(mention->is_public, SC_TRI_NO);
        assert_int_equal(fixture.callback.answer.body.len, 0);
    }

    fixture_free(&fixture);
}


static void
test_split_cdata_and_times(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);
    assert_text(one(&fixture, MESSAGE("text", ID "<Content><![CDATA[a]]]]>"
                "<![CDATA[>b]]></Content>"))->text, "a]]>b");

    /* Above 10^11 it is milliseconds. */
    mention = one(&fixture, "<xml><ToUserName>gh</ToUserName><FromUserName>o"
                  "</FromUserName><CreateTime>1789999951123</CreateTime>"
                  "<MsgType>text</MsgType><MsgId>1</MsgId></xml>");
    assert_int_equal(mention->created_ms, 1789999951123);
    mention = one(&fixture, "<xml><ToUserName>gh</ToUserName><FromUserName>o"
                  "</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId>"
                  "</xml>");
    assert_true(mention->created_is_delivery_time);
    fixture_free(&fixture);
}


static void
test_events(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);
    mention = one(&fixture, MESSAGE("event", "<Event>CLICK</Event><EventKey>"
                                    "HELP</EventKey>"));
    assert_text(mention->text, "HELP");
    assert_text(mention->event, "o1/1789999951/CLICK/HELP");
    assert_text(mention->clock_key, "wechat:gh:o1");

    /* Gone: whoever is not there any more waits for nothing. */
    mention = one(&fixture, MESSAGE("event", "<Event>unsubscribe</Event>"));
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->status, "unsubscribe");
    assert_string_equal(mention->ends, "deleted_by_author");
    assert_text(mention->clock_key, "wechat:gh:o1");

    fixture_expect(&fixture, MESSAGE("event", "<Event>subscribe</Event>"),
                   0, 0);
    fixture_expect(&fixture, MESSAGE("event", "<Event>kf_create_session"
                                     "</Event>"), 0, 0);
    dead(&fixture, MESSAGE("event", "<Event>dance</Event>"),
         SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, MESSAGE("event", ""), SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_malformed(void **state)
{
    size_t    i;
    char      many[4096];
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);
    dead(&fixture, "", SC_DEAD_SYNTAX);
    dead(&fixture, "<xml>", SC_DEAD_SYNTAX);
    dead(&fixture, "<xml/>", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, MESSAGE("text", ""), SC_DEAD_MISSING_MEMBER);
    dead(&fixture, MESSAGE("text", ID ID), SC_DEAD_DUPLICATE_NAME);
    dead(&fixture, "<!DOCTYPE xml [<!ENTITY a SYSTEM 'file:///x'>]>"
         MESSAGE("text", ID), SC_DEAD_SHAPE);
    dead(&fixture, "<xml><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a>"
         "</xml>", SC_DEAD_SHAPE);

    (void) snprintf(many, sizeof(many), "<xml>");

    for (i = 0; i < 65; i++) {
        (void) snprintf(many + strlen(many), sizeof(many) - strlen(many),
                        "<a%zu/>", i);
    }

    dead(&fixture, many, SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


static void
open_secrets(fixture_t *fixture, sc_secret_t **secrets)
{
    const char *problem;

    secrets[0] = sc_secret_create(SC_STR(TOKEN), SC_STR("token"), 0,
                                  &problem);
    secrets[1] = sc_secret_create(SC_STR(KEY), SC_STR("aes"), 0, &problem);
    fixture->source.secrets.items = secrets;
    fixture->source.secrets.count = 2;
    fixture->callback.now_ms = NOW;
}


static void
test_handshake(void **state)
{
    size_t       i;
    fixture_t    fixture;
    sc_secret_t *secrets[2];

    static const struct {
        const char *query;
        int64_t     now_ms;
        unsigned    status;
        const char *body;
    } cases[] = {
        { SIGNED "&echostr=73%2000", NOW, 200, "73 00" },
        { SIGNED "&echostr=73", NOW + 299000, 200, "73" },
        { SIGNED "&echostr=73", NOW + 300001, 403, "" },
        { SIGNED, NOW, 400, "" },
        { SIGNED "&echostr=%0d%0a", NOW, 400, "" },
        { "echostr=73", NOW, 403, "" },
        { "signature=7a70aa6eb8a755921375711febc4206ce1095260&timestamp="
          "1789999999&nonce=884412097&echostr=73", NOW, 403, "" }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);
    open_secrets(&fixture, secrets);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture.callback.now_ms = cases[i].now_ms;
        fixture_handshake(&fixture, cases[i].query);
        assert_int_equal(fixture.callback.answer.status, cases[i].status);
        assert_text(fixture.callback.answer.body, cases[i].body);
    }

    sc_secret_destroy(secrets[0]);
    sc_secret_destroy(secrets[1]);
    fixture_free(&fixture);
}


/* Taken alone, the plain signature of a safe URL would let any body in. */
static void
test_no_way_around_safe_mode(void **state)
{
    fixture_t                 fixture;
    const sc_verify_scheme_t *schemes[2], *chosen;

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);
    (void) sc_platform_wechat.schemes(&fixture.source, schemes, 2);
    fixture.request.query = SC_STR(SIGNED);

    chosen = sc_platform_wechat.choose_scheme(&fixture.source,
                                              &fixture.request);
    assert_ptr_equal(chosen, schemes[0]);

    assert_null(fixture_option(&fixture, "aes_key", "aes"));
    chosen = sc_platform_wechat.choose_scheme(&fixture.source,
                                              &fixture.request);
    assert_ptr_equal(chosen, schemes[1]);

    assert_null(fixture_option(&fixture, "plain", "on"));
    chosen = sc_platform_wechat.choose_scheme(&fixture.source,
                                              &fixture.request);
    assert_ptr_equal(chosen, schemes[0]);

    fixture.request.query = SC_STR(SIGNED "&encrypt_type=aes");
    chosen = sc_platform_wechat.choose_scheme(&fixture.source,
                                              &fixture.request);
    assert_ptr_equal(chosen, schemes[1]);
    fixture_free(&fixture);
}


static void
test_what_cannot_be_opened(void **state)
{
    fixture_t    fixture;
    sc_secret_t *secrets[2];

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);
    open_secrets(&fixture, secrets);
    fixture.request.query = SC_STR("encrypt_type=aes");

    /* No key configured, then none of that name, then one of no use. */
    dead(&fixture, "<xml><Encrypt>AAAA</Encrypt></xml>", SC_DEAD_ENCODING);
    assert_null(fixture_option(&fixture, "app_id", APP));
    assert_null(fixture_option(&fixture, "aes_key", "other"));
    dead(&fixture, "<xml><Encrypt>AAAA</Encrypt></xml>", SC_DEAD_ENCODING);
    assert_null(fixture_option(&fixture, "aes_key", "token"));
    dead(&fixture, "<xml><Encrypt>AAAA</Encrypt></xml>", SC_DEAD_ENCODING);

    assert_null(fixture_option(&fixture, "aes_key", "aes"));
    dead(&fixture, "<xml><Encrypt>AAAA</Encrypt></xml>", SC_DEAD_ENCODING);
    dead(&fixture, "<xml/>", SC_DEAD_ENCODING);
    dead(&fixture, "<xml>", SC_DEAD_SYNTAX);

    sc_secret_destroy(secrets[0]);
    sc_secret_destroy(secrets[1]);
    fixture_free(&fixture);
}


static void
test_options(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);
    assert_null(fixture_finish_options(&fixture));
    assert_null(fixture_option(&fixture, "plain", "on"));
    assert_non_null(fixture_finish_options(&fixture));
    assert_null(fixture_option(&fixture, "aes_key", "aes"));
    assert_non_null(fixture_finish_options(&fixture));
    assert_null(fixture_option(&fixture, "app_id", APP));
    assert_null(fixture_finish_options(&fixture));
    assert_non_null(fixture_option(&fixture, "app_id", ""));
    assert_non_null(fixture_option(&fixture, "aes_key", ""));
    assert_non_null(fixture_option(&fixture, "plain", "yes"));
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_split_cdata_and_times),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_handshake),
        cmocka_unit_test(test_no_way_around_safe_mode),
        cmocka_unit_test(test_what_cannot_be_opened),
        cmocka_unit_test(test_options)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
