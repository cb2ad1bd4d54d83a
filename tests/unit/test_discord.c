/*
 * test_discord.c: interactions and webhook events that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define INTERACTION(value)                                                    \
    "{'application_id':'754','id':'1551597197642956804','channel_id':'88',"   \
    "'locale':'de'," value "}"
#define DIRECT  "'user':{'id':'79','username':'lenny.k','global_name':'L'},"
#define SERVER                                                                \
    "'guild_id':'81','member':{'user':{'id':'79','username':'lenny.k'}},"
#define GAME(type, value)                                                     \
    "{'application_id':'754','type':1,'event':{'type':'" type "',"            \
    "'timestamp':'2026-09-21T14:12:31.301111','data':{" value "}}}"
#define AUTHOR  "'author':{'id':'79','username':'lenny.k'},"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_discord);
    fixture_account(fixture, "77");
}


static void
test_commands(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, INTERACTION(DIRECT "'type':2,'data':{'type':1,"
                  "'name':'care','options':[{'name':'sub','options':["
                  "{'name':'a','value':'lost'},{'name':'n','value':12}]}]}"));
    assert_text(mention->text, "lost\n12");
    assert_text(mention->clock_key, "discord:754:88");
    assert_text(mention->author.name, "L");
    assert_text(mention->author.handle, "lenny.k");
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_text(fixture.callback.answer.body, "{\"type\":4,\"data\":{"
                "\"content\":\"Sent to the care team.\",\"flags\":64}}");
    assert_text(fixture.callback.answer.content_type, "application/json");

    mention = one(&fixture, INTERACTION(SERVER "'type':2,'data':{'type':1,"
                  "'name':'care'}"));
    assert_text(mention->text, "care");
    assert_text(mention->author.name, "lenny.k");
    assert_text(mention->clock_key, "discord:754:88:79");

    fixture_expect_quoted(&fixture, INTERACTION(DIRECT "'type':2,'data':{"
                          "'type':2,'target_id':'5'}"), 0, 0);
    assert_text(fixture.callback.answer.body, "{\"type\":4,\"data\":{"
                "\"content\":\"Nothing was sent: choose a message.\","
                "\"flags\":64}}");
    dead(&fixture, INTERACTION(DIRECT "'type':2,'data':{'type':9}"),
         SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, INTERACTION(DIRECT "'type':2,'data':{'type':3,"
                               "'target_id':'5'}"), SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_reported_message(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, INTERACTION(DIRECT "'type':2,'data':{'type':3,"
                  "'target_id':'1551597197642956804','resolved':{'messages':{"
                  "'1551597197642956804':{'author':{'id':'77'},"
                  "'attachments':[{'url':'https://d/1'}]}}}}"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->url, "https://discord.com/channels/@me/88/"
                "1551597197642956804");
    assert_int_equal(mention->created_ms, 1789999999200);
    assert_text(mention->media->type, "file");
    assert_int_equal(mention->is_public, SC_TRI_NO);

    /* Forwarded: the message itself is empty. */
    mention = one(&fixture, INTERACTION(DIRECT "'type':2,'data':{'type':3,"
                  "'target_id':'5','resolved':{'messages':{'5':{'author':{"
                  "'id':'79'},'content':'','attachments':[],"
                  "'message_snapshots':[{'message':{'content':'it broke',"
                  "'attachments':[{'url':'https://d/2'}]}}]}}}}"));
    assert_text(mention->text, "it broke");
    assert_text(mention->media->url, "https://d/2");
    assert_text(mention->author.id, "79");

    /* On a server all members read it; the form about it, only the team. */
    mention = one(&fixture, INTERACTION(SERVER "'type':2,'data':{'type':3,"
                  "'target_id':'5','resolved':{'messages':{'5':{'author':{"
                  "'id':'80'},'content':'help'}}}}"));
    assert_int_equal(mention->is_public, SC_TRI_YES);
    assert_text(mention->url, "https://discord.com/channels/81/88/5");
    assert_text(mention->clock_key, "discord:754:88:80");

    /* Reported by two people, it is one question still. */
    assert_text(mention->same, "message/5");
    assert_int_equal(one(&fixture, INTERACTION(SERVER "'type':5,'data':{"
                     "'custom_id':'form','components':[]}"))->is_public,
                     SC_TRI_NO);
    fixture_free(&fixture);
}


static void
test_forms_and_buttons(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, INTERACTION(DIRECT "'type':5,'data':{"
                  "'custom_id':'form','components':[{'type':18,'component':{"
                  "'custom_id':'topic','values':['bill','line']}},{'type':1,"
                  "'components':[{'custom_id':'t','value':'no \\u00e9'}]}]}"));
    assert_text(mention->text, "bill\nline\nno \xc3\xa9");

    mention = one(&fixture, INTERACTION(DIRECT "'type':3,'message':{'id':'5'},"
                  "'data':{'custom_id':'help','component_type':2}"));
    assert_text(mention->text, "help");
    assert_text(mention->parent, "5");
    assert_text(fixture.callback.answer.body, "{\"type\":6}");

    fixture_expect_quoted(&fixture, INTERACTION(DIRECT "'type':4,'data':{}"),
                          0, 0);
    assert_text(fixture.callback.answer.body,
                "{\"type\":8,\"data\":{\"choices\":[]}}");
    fixture_free(&fixture);
}


static void
test_pings(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, INTERACTION("'type':1"), 0, 0);
    assert_true(fixture.callback.handshake);
    assert_text(fixture.callback.answer.body, "{\"type\":1}");

    assert_null(fixture_option(&fixture, "endpoint", "events"));
    fixture_expect_quoted(&fixture, "{'application_id':'754','type':0}", 0, 0);
    assert_true(fixture.callback.handshake);
    assert_int_equal(fixture.callback.answer.status, 204);
    assert_int_equal(fixture.callback.answer.body.len, 0);

    /* Here, type 1 is an event and no ping. */
    dead(&fixture, "{'application_id':'754','type':1}",
         SC_DEAD_MISSING_MEMBER);
    assert_false(fixture.callback.handshake);
    fixture_free(&fixture);
}


static void
test_games(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    assert_null(fixture_option(&fixture, "endpoint", "events"));

    mention = one(&fixture, GAME("GAME_DIRECT_MESSAGE_CREATE", "'id':'5',"
                  "'channel_id':'88','content':'on it','author':{'id':'77'}"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_false(mention->automatic);
    assert_text(mention->clock_key, "discord:754:88");
    assert_text(mention->event, "5");

    assert_true(one(&fixture, GAME("GAME_DIRECT_MESSAGE_CREATE", "'id':'5',"
                "'channel_id':'88','author':{'id':'3','bot':true}"))
                ->automatic);

    mention = one(&fixture, GAME("LOBBY_MESSAGE_UPDATE", AUTHOR "'id':'5',"
                  "'lobby_id':'9','channel_id':'88','content':'x','timestamp':"
                  "'2026-09-21T14:12:31Z','edited_timestamp':"
                  "'2026-09-21T14:12:41Z'"));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_int_equal(mention->edited_ms, 1789999961000);
    assert_text(mention->event, "5/edit/2026-09-21T14:12:31.301111");
    assert_text(mention->thread, "9");

    assert_text(one(&fixture, GAME("LOBBY_MESSAGE_CREATE", AUTHOR "'id':'5',"
                "'lobby_id':'9'"))->clock_key, "discord:754:9:79");
    assert_true(one(&fixture, GAME("LOBBY_MESSAGE_CREATE", "'id':'5',"
                "'lobby_id':'9','author':{'id':'77'}"))->no_answer);

    mention = one(&fixture, GAME("LOBBY_MESSAGE_DELETE", "'id':'5',"
                  "'lobby_id':'9'"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->clock_key, "");
    assert_int_equal(mention->created_ms, 1789999951301);
    assert_text(one(&fixture, GAME("GAME_DIRECT_MESSAGE_DELETE", AUTHOR
                "'id':'5','channel_id':'88'"))->clock_key, "discord:754:88");

    fixture_expect_quoted(&fixture, GAME("APPLICATION_AUTHORIZED", "'x':1"),
                          0, 0);
    dead(&fixture, GAME("MOON_LANDING", "'x':1"), SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, GAME("LOBBY_MESSAGE_CREATE", "'id':'5'"),
         SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_malformed(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    dead(&fixture, "[]", SC_DEAD_SHAPE);
    dead(&fixture, "{'type':2}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'id':'1'}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, INTERACTION("'type':9"), SC_DEAD_UNKNOWN_OBJECT);
    fixture_free(&fixture);
}


static void
test_options(void **state)
{
    char      text[2100];
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    memset(text, '"', sizeof(text));
    text[2000] = '\0';
    assert_null(fixture_option(&fixture, "note", text));
    text[2000] = 'x';
    text[2001] = '\0';
    assert_non_null(fixture_option(&fixture, "note", text));
    assert_non_null(fixture_option(&fixture, "note", ""));
    assert_non_null(fixture_option(&fixture, "note", "\xff"));
    assert_non_null(fixture_option(&fixture, "endpoint", "x"));
    assert_null(fixture_option(&fixture, "endpoint", "interactions"));

    assert_null(fixture_option(&fixture, "note", "Thank \"you\""));
    (void) one(&fixture, INTERACTION(DIRECT "'type':5,'data':{}"));
    assert_text(fixture.callback.answer.body, "{\"type\":4,\"data\":{"
                "\"content\":\"Thank \\\"you\\\"\",\"flags\":64}}");
    fixture_free(&fixture);
}


/* The portal shows the key as bare hex digits. */
static void
test_key_as_the_portal_shows_it(void **state)
{
    fixture_t                 fixture;
    const char               *problem;
    sc_secret_t              *secret;
    const sc_verify_scheme_t *scheme;

    (void) state;

    setup(&fixture);
    (void) sc_source_schemes(&fixture.source, &scheme, 1);
    secret = sc_secret_create(SC_STR("47d381d8078b9c048ee0fee9eecb9b717b9e67e1"
                                     "ce8db95f3d70674909bda77c"), SC_STR(""),
                              0, &problem);
    assert_non_null(secret);
    assert_true(sc_secret_prepare(secret, scheme, &problem));

    fixture.source.secrets.items = &secret;
    fixture.source.secrets.count = 1;
    fixture_header(&fixture, "X-Signature-Timestamp", "1789999999");
    fixture_header(&fixture, "X-Signature-Ed25519",
                   "4bf4fab0c89f99ea816b617dbf81ab98b2e3bc342884d5f9c036fa0269"
                   "77e4202e3586f2d4a4251ef0933a995788512205e61b166f56b6d0c32a"
                   "2f8db3b55c04");
    fixture.request.body = SC_STR("{\"version\":1,\"application_id\":"
                                  "\"754679440998400077\",\"type\":0}");
    sc_verify(scheme, &fixture.request, &fixture.source.secrets,
              1790000000000, 300000, &fixture.arena, &fixture.verdict);
    assert_int_equal(fixture.verdict.result, SC_VERIFY_OK);

    sc_secret_destroy(secret);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_reported_message),
        cmocka_unit_test(test_forms_and_buttons),
        cmocka_unit_test(test_pings),
        cmocka_unit_test(test_games),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_key_as_the_portal_shows_it)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
