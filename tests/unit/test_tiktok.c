/*
 * test_tiktok.c: events of TikTok and TikTok Shop that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define EVENT(name, content)                                                  \
    "{'client_key':'k','event':'" name "','create_time':1768471205,"          \
    "'user_openid':'-000N','content':'" content "'}"
#define COMMENT(content)  EVENT("comment.update", "{" content "}")
#define ID  "\\'comment_id\\':7329000000000000011,\\'timestamp\\':1768471210,"
#define SHOP(type, data)                                                      \
    "{'type':" type ",'tts_notification_id':'73','shop_id':'74',"             \
    "'timestamp':1768471201,'data':{" data "}}"
#define MESSAGE(role, value)                                                  \
    SHOP("14", "'message_id':'5','conversation_id':'57','create_time':"       \
    "1768471200,'sender':{'im_user_id':'u','role':'" role "'}," value)
#define TEXT  "'type':'TEXT','content':'{\\'content\\':\\'hi\\'}'"


static void
shop_setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_tiktok);
    assert_null(fixture_option(fixture, "app_key", "6north"));
}


static void
test_comments(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_tiktok);
    fixture_account(&fixture, "uid-own");

    mention = one(&fixture, COMMENT(ID "\\'unique_identifier\\':\\'u\\'"));
    assert_text(mention->clock_key, "tiktok:-000N:7329000000000000011");
    assert_int_equal(mention->is_public, SC_TRI_YES);
    assert_int_equal(mention->created_ms, 1768471210000);

    /* The brand's answer stands under the comment that it answers. */
    mention = one(&fixture, COMMENT(ID "\\'unique_identifier\\':"
                  "\\'uid-own\\',\\'parent_comment_id\\':11"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "tiktok:-000N:11");
    assert_text(one(&fixture, COMMENT(ID "\\'unique_identifier\\':\\'u\\',"
                "\\'parent_comment_id\\':11"))->clock_key, "tiktok:-000N:11");
    assert_true(one(&fixture, COMMENT(ID "\\'unique_identifier\\':"
                "\\'uid-own\\'"))->no_answer);
    assert_int_equal(one(&fixture, COMMENT(ID "\\'text\\':\\'x\\'"))
                     ->direction, SC_DIRECTION_UNKNOWN);

    mention = one(&fixture, COMMENT(ID "\\'comment_action\\':\\'delete\\',"
                  "\\'unique_identifier\\':\\'u\\'"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->clock_key, "tiktok:-000N:7329000000000000011");
    assert_text(one(&fixture, COMMENT(ID "\\'comment_action\\':\\'delete\\',"
                "\\'unique_identifier\\':\\'u\\',\\'parent_comment_id\\':11"))
                ->clock_key, "tiktok:-000N:11");
    assert_text(one(&fixture, COMMENT(ID "\\'comment_action\\':\\'delete\\',"
                "\\'unique_identifier\\':\\'uid-own\\'"))->clock_key, "");

    mention = one(&fixture, COMMENT(ID "\\'comment_action\\':"
                  "\\'set_to_hidden\\',\\'unique_identifier\\':\\'u\\'"));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->status, "set_to_hidden");
    assert_text(mention->event,
                "7329000000000000011/set_to_hidden/1768471210");
    assert_text(mention->clock_key, "");
    fixture_free(&fixture);
}


static void
test_messages(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_tiktok);

    /* Older ones have little more than ids. */
    mention = one(&fixture, EVENT("im_send_msg", "{\\'message_id\\':\\'5\\',"
                  "\\'conversation_id\\':\\'c\\',\\'unique_identifier\\':"
                  "\\'u\\'}"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->author.id, "-000N");
    assert_text(mention->recipient, "u");
    assert_text(mention->clock_key, "tiktok:-000N:c");
    assert_int_equal(mention->is_public, SC_TRI_NO);

    /* Newer ones say whom the brand writes to; a customer's does not count. */
    assert_text(one(&fixture, EVENT("im_send_msg", "{\\'message_id\\':\\'5\\',"
                "\\'conversation_id\\':\\'c\\',\\'unique_identifier\\':"
                "\\'u\\',\\'to_user\\':{\\'id\\':\\'p\\'}}"))->recipient,
                "p");
    assert_text(one(&fixture, EVENT("im_receive_msg", "{\\'message_id\\':5,"
                "\\'conversation_id\\':\\'c\\',\\'to_user\\':"
                "{\\'id\\':\\'-000N\\'}}"))->recipient, "");

    mention = one(&fixture, EVENT("im_receive_msg_eu", "{\\'message_id\\':5,"
                  "\\'conversation_id\\':\\'c\\',\\'unique_identifier\\':"
                  "\\'u\\',\\'type\\':\\'image\\',\\'image\\':"
                  "{\\'media_id\\':\\'m\\'}}"));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->author.id, "u");
    assert_text(mention->media->type, "image");
    assert_text(mention->media->ref, "m");

    /* Where they contradict each other, roles win. */
    assert_int_equal(one(&fixture, EVENT("im_receive_msg",
                     "{\\'message_id\\':5,\\'conversation_id\\':\\'c\\',"
                     "\\'from_user\\':{\\'role\\':\\'business_account\\'}}"))
                     ->direction, SC_DIRECTION_OUT);

    mention = one(&fixture, EVENT("im_receive_msg", "{\\'message_id\\':5,"
                  "\\'conversation_id\\':\\'c\\',\\'type\\':\\'share_post\\',"
                  "\\'share_post\\':{\\'video_id\\':9,\\'embed_url\\':"
                  "\\'https://t/9\\'}}"));
    assert_text(mention->url, "https://t/9");
    assert_text(mention->media->ref, "9");

    dead(&fixture, EVENT("im_receive_msg", "{\\'message_id\\':5}"),
         SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_other_events(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_tiktok);
    fixture_expect_quoted(&fixture, EVENT("im_mark_read_msg", "{}"), 0, 0);
    fixture_expect_quoted(&fixture, EVENT("video.upload.failed", "{}"), 0, 0);
    fixture_expect_quoted(&fixture, EVENT("im_receive_high_intent_comment",
                          "{" ID "\\'text\\':\\'x\\'}"), 1, 0);
    dead(&fixture, EVENT("moon.landing", "{}"), SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, EVENT("comment.update", ""), SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("comment.update", "{}"), SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("comment.update", "{"), SC_DEAD_SYNTAX);
    dead(&fixture, "{'content':'{}'}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "[]", SC_DEAD_SHAPE);

    /* Repeated names, outside and inside. */
    dead(&fixture, "{'event':'comment.update','event':'x','content':'{}'}",
         SC_DEAD_DUPLICATE_NAME);
    dead(&fixture, COMMENT(ID "\\'comment_id\\':1"), SC_DEAD_DUPLICATE_NAME);
    fixture_free(&fixture);
}


static void
test_shop(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    shop_setup(&fixture);

    mention = one(&fixture, MESSAGE("BUYER", TEXT));
    assert_text(mention->text, "hi");
    assert_text(mention->clock_key, "tiktok:74:57");
    mention = one(&fixture, MESSAGE("ROBOT", TEXT));
    assert_true(mention->automatic);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_int_equal(one(&fixture, MESSAGE("SHOP", TEXT))->direction,
                     SC_DIRECTION_OUT);
    assert_int_equal(one(&fixture, MESSAGE("GHOST", TEXT))->direction,
                     SC_DIRECTION_UNKNOWN);

    mention = one(&fixture, MESSAGE("BUYER", "'type':'IMAGE','content':'x'"));
    assert_text(mention->media->type, "IMAGE");
    assert_text(mention->media->ref, "5");
    assert_text(mention->text, "");

    fixture_expect_quoted(&fixture, MESSAGE("SYSTEM", TEXT), 0, 0);
    fixture_expect_quoted(&fixture, MESSAGE("BUYER", "'is_visible':false,"
                                            TEXT), 0, 0);
    fixture_expect_quoted(&fixture, SHOP("1", "'order':1"), 0, 0);
    fixture_expect_quoted(&fixture, SHOP("13", "'x':1"), 0, 0);

    assert_text(one(&fixture, SHOP("6", "'x':1"))->notice, "revoke");
    assert_text(one(&fixture, SHOP("7", "'x':1"))->notice, "system");
    assert_text(fixture_mention(&fixture, 0)->event, "73");

    dead(&fixture, MESSAGE("BUYER", "'type':'TEXT','content':'{'"),
         SC_DEAD_SYNTAX);
    dead(&fixture, MESSAGE("BUYER", "'type':'TEXT'"), SC_DEAD_MISSING_MEMBER);
    dead(&fixture, SHOP("14", "'x':1"), SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'type':6}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'x':1}", SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


/* The types and contents of TikTok Shop's page "(14) New message". */
static void
test_shop_content(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const context[] = {
        "'type':'BUYER_ENTER_FROM_PRODUCT','content':"
        "'{\\'product_id\\':\\'123\\'}'",
        "'type':'BUYER_ENTER_FROM_ORDER','content':"
        "'{\\'order_id\\':\\'123\\'}'",
        "'type':'BUYER_ENTER_FROM_TRANSFER'", "'type':'ALLOCATED_SERVICE'",
        "'type':'NOTIFICATION','content':'{\\'content\\':\\'Sam joined\\'}'"
    };

    (void) state;

    shop_setup(&fixture);

    mention = one(&fixture, MESSAGE("BUYER", "'type':'IMAGE','content':"
                  "'{\\'url\\':\\'https://t/i\\',\\'width\\':\\'304\\'}'"));
    assert_text(mention->media->url, "https://t/i");
    assert_text(mention->media->ref, "5");
    mention = one(&fixture, MESSAGE("BUYER", "'type':'ORDER_CARD','content':"
                                    "'{\\'order_id\\':\\'12345\\'}'"));
    assert_text(mention->media->ref, "12345");
    assert_true(sc_mention_is_actionable(mention));
    assert_text(one(&fixture, MESSAGE("BUYER", "'type':'OTHER','content':"
                    "'{\\'content\\':\\'late again\\'}'"))->text,
                "late again");
    assert_text(one(&fixture, MESSAGE("BUYER", "'type':'EMOTICONS'"))
                ->media->type, "EMOTICONS");
    dead(&fixture, MESSAGE("BUYER", "'message_id':'6','type':'IMAGE'"),
         SC_DEAD_DUPLICATE_NAME);

    /* Nobody has asked anything yet, and nobody answers by that. */
    for (i = 0; i < sizeof(context) / sizeof(context[0]); i++) {
        char body[512];

        (void) snprintf(body, sizeof(body), MESSAGE("BUYER", "%s"),
                        context[i]);
        mention = one(&fixture, body);
        assert_false(sc_mention_is_actionable(mention));
        assert_text(mention->clock_key, "");
        (void) snprintf(body, sizeof(body), MESSAGE("CUSTOMER_SERVICE", "%s"),
                        context[i]);
        mention = one(&fixture, body);
        assert_true(mention->no_answer);
        assert_text(mention->clock_key, "");
    }

    assert_text(mention->text, "Sam joined");
    assert_text(mention->status, "NOTIFICATION");
    fixture_free(&fixture);
}


/* A shop asks the brand: both have business accounts. */
static void
test_business_to_business(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const struct {
        const char    *event;
        const char    *from;
        sc_direction_t direction;
    } messages[] = {
        { "im_receive_msg", "\\'id\\':\\'shop\\',", SC_DIRECTION_IN },
        { "im_receive_msg_eu", "", SC_DIRECTION_IN },
        { "im_send_msg", "\\'id\\':\\'-000N\\',", SC_DIRECTION_OUT },
        { "im_send_msg", "", SC_DIRECTION_OUT },
        { "im_receive_msg", "\\'id\\':\\'-000N\\',", SC_DIRECTION_OUT }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_tiktok);

    for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        char body[512];

        (void) snprintf(body, sizeof(body), EVENT("%s", "{"
                        "\\'message_id\\':5,\\'conversation_id\\':\\'c\\',"
                        "\\'from_user\\':{%s\\'role\\':"
                        "\\'business_account\\'},\\'to_user\\':{\\'role\\':"
                        "\\'business_account\\'}}"), messages[i].event,
                        messages[i].from);
        assert_int_equal(one(&fixture, body)->direction,
                         messages[i].direction);
    }

    fixture_free(&fixture);
}


/* Without the app key nothing of the shop is accepted. */
static void
test_schemes(void **state)
{
    fixture_t                 fixture;
    const sc_verify_scheme_t *schemes[2];

    (void) state;

    fixture_init(&fixture, &sc_platform_tiktok);
    assert_int_equal(sc_platform_tiktok.schemes(&fixture.source, schemes, 2),
                     1);
    assert_ptr_equal(sc_platform_tiktok.choose_scheme(&fixture.source,
                                                      &fixture.request),
                     schemes[0]);
    assert_non_null(fixture_option(&fixture, "app_key", ""));
    assert_null(fixture_option(&fixture, "app_key", "6north"));
    assert_int_equal(sc_platform_tiktok.schemes(&fixture.source, schemes, 2),
                     2);
    assert_ptr_equal(sc_platform_tiktok.choose_scheme(&fixture.source,
                                                      &fixture.request),
                     schemes[1]);
    fixture_header(&fixture, "TikTok-Signature", "t=1,s=2");
    assert_ptr_equal(sc_platform_tiktok.choose_scheme(&fixture.source,
                                                      &fixture.request),
                     schemes[0]);
    fixture_free(&fixture);
}


/* No GET is documented: whoever looks finds the address, and no echo. */
static void
test_probe(void **state)
{
    fixture_t   fixture;
    sc_policy_t policy;

    (void) state;

    fixture_init(&fixture, &sc_platform_tiktok);
    sc_source_policy(&fixture.source, &policy);
    assert_true(policy.get_is_handshake);
    fixture_handshake(&fixture, "challenge=%3Cscript%3E");
    assert_int_equal(fixture.callback.answer.status, 200);
    assert_text(fixture.callback.answer.body, "");
    assert_int_equal(fixture.callback.count, 0);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_other_events),
        cmocka_unit_test(test_shop),
        cmocka_unit_test(test_shop_content),
        cmocka_unit_test(test_business_to_business),
        cmocka_unit_test(test_schemes)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
