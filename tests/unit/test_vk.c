/*
 * test_vk.c: events and options that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define EVENT(type, object)                                                   \
    "{'group_id':22,'type':'" type "','event_id':'e1','v':'5.199',"           \
    "'secret':'s3cr3t-socialcare','object':{" object "}}"
#define COMMENT(type, value)                                                  \
    EVENT(type, "'id':55,'owner_id':-22,'post_id':54,'date':1789999951,"      \
          value)


static void
test_messages(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);

    /* Old versions put the message into the object itself. */
    mention = one(&fixture, EVENT("message_new", "'from_id':5,'peer_id':5,"
                  "'conversation_message_id':3,'text':'x','reply_message':"
                  "{'conversation_message_id':2}"));
    assert_text(mention->object, "5:3");
    assert_text(mention->parent, "5:2");
    assert_text(mention->clock_key, "vk:22:5");
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_text(fixture.callback.answer.body, "ok");
    assert_text(fixture.callback.answer.content_type, "text/plain");

    mention = one(&fixture, EVENT("message_edit", "'from_id':-22,'peer_id':5,"
                  "'update_time':1789999999,'date':1789999951"));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_int_equal(mention->edited_ms, 1789999999000);
    assert_text(mention->clock_key, "");

    mention = one(&fixture, EVENT("message_reply", "'from_id':-22,"
                                  "'peer_id':5"));
    assert_false(mention->automatic);
    assert_text(mention->clock_key, "vk:22:5");
    assert_text(mention->recipient, "5");

    assert_null(fixture_option(&fixture, "api_answers", "automatic"));
    assert_true(one(&fixture, EVENT("message_reply", "'from_id':-22,"
                "'peer_id':5"))->automatic);
    assert_false(one(&fixture, EVENT("message_reply", "'from_id':-22,"
                 "'peer_id':5,'admin_author_id':9"))->automatic);
    dead(&fixture, EVENT("message_new", "'message':{'from_id':5}"),
         SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_comments(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);

    mention = one(&fixture, COMMENT("wall_reply_new", "'from_id':5"));
    assert_text(mention->clock_key, "vk:22:wall-22_54:55");
    assert_text(mention->parent, "wall-22_54");
    assert_int_equal(mention->is_public, SC_TRI_YES);

    mention = one(&fixture, COMMENT("wall_reply_new", "'from_id':-22,"
                                    "'reply_to_comment':55"));
    assert_text(mention->clock_key, "vk:22:wall-22_54:55");
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(one(&fixture, COMMENT("wall_reply_new", "'from_id':-22,"
                "'parents_stack':[50,51]"))->clock_key,
                "vk:22:wall-22_54:51");

    /* A comment to nobody in particular answers the post. */
    assert_text(one(&fixture, COMMENT("wall_reply_new", "'from_id':-22"))
                ->clock_key, "vk:22:wall-22_54");

    /* Another community is a customer like anybody. */
    assert_int_equal(one(&fixture, COMMENT("wall_reply_new", "'from_id':-99"))
                     ->direction, SC_DIRECTION_IN);

    mention = one(&fixture, COMMENT("wall_reply_delete", "'user_id':5"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->clock_key, "vk:22:wall-22_54:55");
    assert_text(one(&fixture, COMMENT("wall_reply_delete", "'user_id':-22"))
                ->clock_key, "");

    mention = one(&fixture, COMMENT("wall_reply_restore", "'from_id':5"));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->status, "restored");
    assert_text(mention->clock_key, "");
    dead(&fixture, EVENT("wall_reply_new", "'id':5,'owner_id':-22"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("wall_reply_new", "'owner_id':-22,'post_id':5"),
         SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_places(void **state)
{
    size_t    i;
    char      body[512];
    fixture_t fixture;

    static const struct {
        const char *event;
        const char *members;
        const char *thread;
        const char *url;
    } cases[] = {
        { "photo_comment_new", "'photo_owner_id':-22,'photo_id':7",
          "photo-22_7", "" },
        { "video_comment_edit", "'owner_id':-22,'video_id':7", "video-22_7",
          "" },
        { "market_comment_new", "'market_owner_id':-22,'item_id':7",
          "market-22_7", "" },
        { "board_post_new", "'topic_owner_id':-22,'topic_id':7", "topic-22_7",
          "https://vk.com/topic-22_7?post=55" }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), EVENT("%s", "'id':55,'from_id':5,"
                        "%s"), cases[i].event, cases[i].members);
        assert_text(one(&fixture, body)->thread, cases[i].thread);
        assert_text(fixture_mention(&fixture, 0)->url, cases[i].url);
    }

    fixture_free(&fixture);
}


static void
test_posts(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);
    mention = one(&fixture, COMMENT("wall_post_new", "'from_id':5"));
    assert_int_equal(mention->kind, SC_KIND_POST);
    assert_text(mention->clock_key, "vk:22:wall-22_55");
    assert_text(mention->url, "https://vk.com/wall-22_55");
    mention = one(&fixture, COMMENT("wall_post_new", "'from_id':-22"));
    assert_true(mention->no_answer);
    mention = one(&fixture, COMMENT("wall_repost", "'from_id':5"));
    assert_int_equal(mention->kind, SC_KIND_SHARE);
    assert_text(mention->clock_key, "");
    dead(&fixture, EVENT("wall_post_new", "'id':5"), SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_forwarded(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);
    mention = one(&fixture, EVENT("message_new", "'message':{'from_id':5,"
                  "'peer_id':5,'text':'','attachments':[{'type':'doc',"
                  "'doc':{'url':'own'}}],'fwd_messages':[{'text':'No signal',"
                  "'attachments':[{'type':'doc','doc':{'url':'theirs'}}]},"
                  "{'text':'','attachments':{}},7,{'text':'since Monday'}]}"));
    assert_text(mention->text, "No signal\nsince Monday");
    assert_text(mention->media->url, "own");
    assert_text(mention->media->next->url, "theirs");
    assert_null(mention->media->next->next);

    /* Words of its own are what a person says; what it shows is theirs. */
    mention = one(&fixture, EVENT("message_new", "'message':{'from_id':5,"
                  "'peer_id':5,'text':'Is this you?','fwd_messages':["
                  "{'text':'Win a phone','attachments':[{'type':'doc',"
                  "'doc':{'url':'theirs'}}]}]}"));
    assert_text(mention->text, "Is this you?");
    assert_null(mention->media);

    mention = one(&fixture, EVENT("message_new", "'message':{'from_id':5,"
                  "'peer_id':5,'fwd_messages':[{'text':''}]}"));
    assert_text(mention->text, "");
    mention = one(&fixture, EVENT("message_new", "'message':{'from_id':5,"
                  "'peer_id':5,'fwd_messages':[1"
                  ",{'text':'a'},{'text':'b'},{'text':'c'},{'text':'d'}"
                  ",{'text':'e'},{'text':'f'},{'text':'g'},{'text':'h'}"
                  ",{'text':'i'},{'text':'j'},{'text':'k'},{'text':'l'}"
                  ",{'text':'m'},{'text':'n'},{'text':'o'},{'text':'p'}"
                  ",{'text':'one too many'}]}"));
    assert_text(mention->text,
                "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np");
    fixture_free(&fixture);
}


static void
test_media(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);
    mention = one(&fixture, EVENT("message_new", "'from_id':5,'peer_id':5,"
                  "'attachments':[{'type':'photo','photo':{'owner_id':5,"
                  "'id':1,'sizes':[{'width':9,'height':9,'url':'big'},"
                  "{'width':3,'height':3,'url':'small'},{'url':'none'},"
                  "{'width':99999999,'height':9,'url':'huge'}]}},"
                  "{'type':'doc','doc':{'owner_id':5,'id':2,'url':'d'}},"
                  "{'type':'audio_message','audio_message':{'link_mp3':'m'}},"
                  "{'x':1}]"));
    assert_text(mention->media->url, "big");
    assert_text(mention->media->ref, "5_1");
    assert_text(mention->media->next->url, "d");
    assert_text(mention->media->next->next->url, "m");
    assert_null(mention->media->next->next->next);
    fixture_free(&fixture);
}


static void
test_confirmation(void **state)
{
    fixture_t fixture;

    static const char request[]
        = "{'type':'confirmation','group_id':22,'secret':'s'}";

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);

    /* Nothing to answer with is no `ok`. */
    fixture_expect_quoted(&fixture, request, 0, 0);
    assert_int_equal(fixture.callback.answer.status, 404);
    assert_int_equal(fixture.callback.answer.body.len, 0);

    assert_null(fixture_option(&fixture, "confirmation", "a1b2"));
    assert_null(fixture_option(&fixture, "confirmation", "23:c3d4"));
    fixture_expect_quoted(&fixture, request, 0, 0);
    assert_text(fixture.callback.answer.body, "a1b2");
    assert_true(fixture.callback.handshake);

    assert_null(fixture_option(&fixture, "confirmation", "22:e5f6"));
    fixture_expect_quoted(&fixture, request, 0, 0);
    assert_text(fixture.callback.answer.body, "e5f6");

    /* VK deletes the server that says so. */
    assert_non_null(fixture_option(&fixture, "confirmation", "remove"));
    assert_non_null(fixture_option(&fixture, "confirmation", "22:remove"));
    assert_non_null(fixture_option(&fixture, "confirmation", ""));
    assert_non_null(fixture_option(&fixture, "confirmation", "22:"));
    assert_non_null(fixture_option(&fixture, "confirmation", ":a1"));
    assert_non_null(fixture_option(&fixture, "secrets", "all"));
    assert_non_null(fixture_option(&fixture, "api_answers", "all"));
    fixture_free(&fixture);
}


/* Communities that share a URL do not share their secrets. */
static void
test_secret_of_the_group(void **state)
{
    size_t                    i;
    fixture_t                 fixture;
    const char               *problem;
    sc_secret_t              *secrets[2];
    const sc_verify_scheme_t *scheme;

    static const struct {
        const char         *body;
        sc_verify_result_t  result;
    } cases[] = {
        { "{\"group_id\":22,\"secret\":\"one\"}", SC_VERIFY_OK },
        { "{\"group_id\":23,\"secret\":\"one\"}", SC_VERIFY_MISMATCH },
        { "{\"group_id\":23,\"secret\":\"two\"}", SC_VERIFY_OK }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);
    assert_null(fixture_option(&fixture, "secrets", "by_group"));
    (void) sc_platform_vk.schemes(&fixture.source, &scheme, 1);

    secrets[0] = sc_secret_create(SC_STR("one"), SC_STR("22"), 0, &problem);
    secrets[1] = sc_secret_create(SC_STR("two"), SC_STR("23"), 0, &problem);
    fixture.source.secrets.items = secrets;
    fixture.source.secrets.count = 2;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(sc_secret_prepare(secrets[i % 2], scheme, &problem));
        fixture.request.body = sc_str_from_cstring(cases[i].body);
        sc_verify(scheme, &fixture.request, &fixture.source.secrets, 0, 0,
                  &fixture.arena, &fixture.verdict);
        assert_int_equal(fixture.verdict.result, cases[i].result);
    }

    sc_secret_destroy(secrets[0]);
    sc_secret_destroy(secrets[1]);
    fixture_free(&fixture);
}


static void
test_other_events(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);
    fixture_expect_quoted(&fixture, EVENT("message_typing_state", "'x':1"), 0,
                          0);
    fixture_expect_quoted(&fixture, EVENT("like_add", "'x':1"), 0, 0);
    dead(&fixture, EVENT("moon_landing", "'x':1"), SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, EVENT("wall_reply_dance", "'x':1"),
         SC_DEAD_UNKNOWN_OBJECT);
    assert_text(fixture.callback.answer.body, "ok");
    dead(&fixture, "{'type':'message_new','group_id':22,'event_id':'1'}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'type':'message_new','group_id':22,'object':{}}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'type':'message_new'}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'group_id':22}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "[]", SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


static void
test_buttons(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);
    mention = one(&fixture, EVENT("message_event", "'user_id':5,'peer_id':5,"
                  "'event_id':'b7','payload':{'ask':'agent'},"
                  "'conversation_message_id':3"));
    assert_int_equal(mention->kind, SC_KIND_MESSAGE);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_true(sc_mention_is_actionable(mention));
    assert_text(mention->text, "{\"ask\":\"agent\"}");
    assert_text(mention->event, "e1");
    assert_text(mention->object, "e1");
    assert_text(mention->parent, "5:3");
    assert_text(mention->author.id, "5");
    assert_text(mention->clock_key, "vk:22:5");
    assert_true(mention->created_is_delivery_time);

    assert_text(one(&fixture, EVENT("message_event", "'user_id':5,'peer_id':"
                "2000000001,'payload':'yes'"))->text, "yes");
    assert_text(fixture_mention(&fixture, 0)->clock_key, "vk:22:2000000001");
    assert_text(one(&fixture, EVENT("message_event", "'user_id':5,'peer_id':"
                                    "5"))->text, "");

    dead(&fixture, EVENT("message_event", "'peer_id':5"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("message_event", "'user_id':5"),
         SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


/* Places are not among the attachments; service messages are nobody's. */
static void
test_places_and_service_messages(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);
    mention = one(&fixture, EVENT("message_new", "'message':{'from_id':5,"
                  "'peer_id':5,'text':'','geo':{'type':'point','coordinates':"
                  "{'latitude':59.93,'longitude':30.31}}}"));
    assert_text(mention->media->type, "location");
    assert_text(mention->media->ref, "59.93,30.31");
    assert_null(mention->media->next);
    assert_null(one(&fixture, EVENT("message_new", "'from_id':5,'peer_id':5,"
                                    "'geo':{'type':'point'}"))->media);

    fixture_expect_quoted(&fixture, EVENT("message_new", "'message':{"
                          "'from_id':5,'peer_id':2000000001,'text':'',"
                          "'action':{'type':'chat_invite_user',"
                          "'member_id':-22}}"), 0, 0);
    assert_text(fixture.callback.answer.body, "ok");
    fixture_free(&fixture);
}


static bool
probe(fixture_t *fixture, const char *body)
{
    (void) fixture_parse(fixture, body);

    return sc_platform_probe(&fixture->callback);
}


/* Only that request, only where it is allowed, and never an event. */
static void
test_unsigned_confirmation(void **state)
{
    fixture_t fixture;

    static const char asked[] = "{\"type\":\"confirmation\",\"group_id\":7}";

    (void) state;

    fixture_init(&fixture, &sc_platform_vk);
    assert_null(fixture_option(&fixture, "confirmation", "7:a1b2"));
    assert_false(probe(&fixture, asked));
    assert_non_null(fixture_option(&fixture, "unsigned_confirmation", "yes"));
    assert_null(fixture_option(&fixture, "unsigned_confirmation", "on"));
    assert_true(probe(&fixture, asked));
    assert_text(fixture.callback.answer.body, "a1b2");
    assert_false(probe(&fixture, "{\"type\":\"confirmation\","
                       "\"group_id\":8}"));
    assert_false(probe(&fixture, "{\"type\":\"message_new\",\"group_id\":7,"
                       "\"event_id\":\"1\",\"object\":{}}"));
    assert_false(probe(&fixture, "[]"));
    assert_false(probe(&fixture, "{"));
    fixture_free(&fixture);

    fixture_init(&fixture, &sc_platform_viber);
    assert_false(probe(&fixture, asked));
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_posts),
        cmocka_unit_test(test_forwarded),
        cmocka_unit_test(test_media),
        cmocka_unit_test(test_confirmation),
        cmocka_unit_test(test_secret_of_the_group),
        cmocka_unit_test(test_other_events),
        cmocka_unit_test(test_buttons),
        cmocka_unit_test(test_places_and_service_messages),
        cmocka_unit_test(test_unsigned_confirmation)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
