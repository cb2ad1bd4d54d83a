/*
 * test_chatwoot.c: messages in the shapes that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define MESSAGE(event, members)                                               \
    "{'event':'" event "','id':'88','account':{'id':1},"                      \
    "'created_at':'2020-03-03 13:05:57 UTC'," members                         \
    "'conversation':{'id':5151,'updated_at':1789999951.5,"                    \
    "'meta':{'sender':{'id':77}}}}"

#define CUSTOMER  "'sender':{'id':77,'name':'Kit','type':'contact'},"
#define AGENT     "'sender':{'id':'4','name':'Sam','type':'user'},"


static void
test_sides(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char    *text;
        sc_direction_t direction;
        bool           automatic;
    } cases[] = {
        { MESSAGE("message_created", "'message_type':'incoming'," CUSTOMER),
          SC_DIRECTION_IN, false },
        { MESSAGE("message_created", "'message_type':0," CUSTOMER),
          SC_DIRECTION_IN, false },
        { MESSAGE("message_created", "'message_type':0,"
                  "'content_attributes':{'email':{'auto_reply':false}},"
                  CUSTOMER), SC_DIRECTION_IN, false },
        { MESSAGE("message_created", "'message_type':0,"
                  "'content_attributes':{'email':{'auto_reply':true}},"
                  CUSTOMER), SC_DIRECTION_IN, true },
        { MESSAGE("message_created", "'message_type':'incoming',"),
          SC_DIRECTION_IN, false },
        { MESSAGE("message_created", "'message_type':'outgoing'," AGENT),
          SC_DIRECTION_OUT, false },
        { MESSAGE("message_created", "'message_type':1," AGENT),
          SC_DIRECTION_OUT, false },
        { MESSAGE("message_created", "'message_type':1,'sender':{'id':4},"),
          SC_DIRECTION_OUT, false },
        { MESSAGE("message_created", "'message_type':'outgoing',"
                  "'sender':{'id':9,'type':'agent_bot'},"),
          SC_DIRECTION_OUT, true },
        { MESSAGE("message_created", "'message_type':'outgoing',"
                  "'sender':null,"), SC_DIRECTION_OUT, true },
        { MESSAGE("message_created", "'message_type':'outgoing',"
                  "'sender':null,'content_attributes':{'external_echo':true},"
                  ), SC_DIRECTION_OUT, false },
        { MESSAGE("message_created", "'message_type':'outgoing',"
                  "'content_attributes':{'external_echo':true},"
                  "'sender':{'id':9,'type':'agent_bot'},"),
          SC_DIRECTION_OUT, true },
        { MESSAGE("message_created", "'message_type':'template'," AGENT),
          SC_DIRECTION_OUT, true },
        { MESSAGE("message_created", "'message_type':3,"),
          SC_DIRECTION_OUT, true }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_chatwoot);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mention = one(&fixture, cases[i].text);
        assert_int_equal(mention->direction, cases[i].direction);
        assert_int_equal(mention->automatic, cases[i].automatic);
        assert_text(mention->clock_key, "chatwoot:1:5151");
        assert_text(mention->recipient,
                    cases[i].direction == SC_DIRECTION_OUT ? "77" : "");
        assert_int_equal(mention->created_ms, 1583240757000);
        assert_int_equal(sc_mention_reach(mention), SC_REACH_NONE);
    }

    mention = one(&fixture, MESSAGE("message_created",
                  "'message_type':'outgoing','private':true," AGENT));
    assert_int_equal(mention->kind, SC_KIND_NOTE);
    assert_int_equal(mention->direction, SC_DIRECTION_INTERNAL);
    assert_text(mention->clock_key, "");
    fixture_free(&fixture);
}


static void
test_content(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_chatwoot);
    mention = one(&fixture, "{'event':'message_created','message_type':0,"
                  "'id':9007199254740993,'account':{'id':'1'},"
                  "'created_at':1789999951,'content':null,"
                  "'content_attributes':{'in_reply_to':87},"
                  "'attachments':[{'id':3,'file_type':'image',"
                  "'data_url':'https://c/3'},{},{'id':4}],"
                  "'conversation':{'id':'5151'}}");
    assert_text(mention->event, "message_created:9007199254740993");
    assert_text(mention->object, "9007199254740993");
    assert_text(mention->parent, "87");
    assert_text(mention->text, "");
    assert_text(mention->media->type, "image");
    assert_text(mention->media->url, "https://c/3");
    assert_text(mention->media->next->ref, "4");
    assert_null(mention->media->next->next);
    assert_int_equal(mention->created_ms, 1789999951000);
    fixture_free(&fixture);
}


static void
test_changes(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_chatwoot);
    mention = one(&fixture, MESSAGE("message_updated",
                  "'message_type':0,'content':'better'," CUSTOMER));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->event, "message_updated:88:1789999951.5");
    assert_text(mention->text, "better");
    assert_text(mention->clock_key, "");
    assert_int_equal(mention->edited_ms, -1);

    fixture.verdict.signed_ms = 1790000007000;
    mention = one(&fixture, MESSAGE("message_updated",
                  "'message_type':0,'content':'gone','attachments':[{'id':1}],"
                  "'content_attributes':{'deleted':true}," CUSTOMER));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->clock_key, "chatwoot:1:5151");
    assert_text(mention->event, "message_updated:88:1790000007");
    assert_text(mention->text, "");
    assert_null(mention->media);
    assert_int_equal(mention->edited_ms, 1790000007000);
    fixture_free(&fixture);
}


static void
test_other_events(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_chatwoot);
    fixture_expect_quoted(&fixture, "{'event':'conversation_updated'}", 0, 0);
    fixture_expect_quoted(&fixture, "{'event':'webwidget_triggered'}", 0, 0);
    fixture_expect_quoted(&fixture, "{'event':'conversation_opened'}", 0, 0);
    fixture_expect_quoted(&fixture, "{'event':'conversation_resolved'}", 0, 0);
    fixture_expect_quoted(&fixture, MESSAGE("message_created",
                          "'message_type':'activity',"), 0, 0);
    dead(&fixture, "{'event':'teleport'}", SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "{'id':1}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "7", SC_DEAD_SHAPE);
    dead(&fixture, MESSAGE("message_created", "'message_type':'shout',"),
         SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, MESSAGE("message_created", ""), SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "{'event':'message_created','message_type':0,'id':1}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'event':'message_created','message_type':0,"
         "'conversation':{'id':1}}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, MESSAGE("message_created", "'message_type':0,"
         "'private':false,'private':true,"), SC_DEAD_DUPLICATE_NAME);
    fixture_free(&fixture);
}


static void
test_options(void **state)
{
    fixture_t                  fixture;
    const sc_verify_scheme_t  *scheme;

    (void) state;

    fixture_init(&fixture, &sc_platform_chatwoot);
    assert_int_equal(sc_platform_chatwoot.schemes(&fixture.source, &scheme, 1),
                     1);
    assert_int_equal(scheme->kind, SC_SCHEME_HMAC);
    assert_non_null(fixture_option(&fixture, "auth", "none"));
    assert_non_null(fixture_option(&fixture, "token", "x"));
    assert_null(fixture_option(&fixture, "auth", "token"));
    (void) sc_platform_chatwoot.schemes(&fixture.source, &scheme, 1);
    assert_int_equal(scheme->kind, SC_SCHEME_TOKEN);
    assert_null(fixture_option(&fixture, "auth", "signature"));
    (void) sc_platform_chatwoot.schemes(&fixture.source, &scheme, 1);
    assert_int_equal(scheme->kind, SC_SCHEME_HMAC);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_content),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_other_events),
        cmocka_unit_test(test_options)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
