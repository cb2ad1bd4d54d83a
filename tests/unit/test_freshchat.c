/*
 * test_freshchat.c: messages in the shapes that the sample does not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define MESSAGE(members)                                                      \
    "{'action':'message_create','action_time':'2026-09-21T14:12:31.417Z',"    \
    "'actor':{'actor_type':'agent','actor_id':'a-1'},"                        \
    "'data':{'message':{'id':'fm-1','conversation_id':'c-31',"                \
    "'app_id':'app'," members "'x':1}}}"


static void
test_sides(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_freshchat);

    mention = one(&fixture, MESSAGE("'actor_type':'user','actor_id':'u-7',"));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->author.id, "u-7");
    assert_text(mention->clock_key, "freshchat:app:c-31");
    assert_int_equal(mention->created_ms, 1789999951417);
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_int_equal(sc_mention_reach(mention), SC_REACH_NONE);

    mention = one(&fixture, MESSAGE(""));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->author.id, "a-1");
    assert_text(mention->clock_key, "freshchat:app:c-31");
    assert_false(mention->automatic);

    assert_true(one(&fixture, MESSAGE("'actor_type':'bot',"))->automatic);
    assert_true(one(&fixture, MESSAGE("'actor_type':'system',"))->automatic);

    mention = one(&fixture, MESSAGE("'actor_type':'agent',"
                                    "'message_type':'private',"));
    assert_int_equal(mention->kind, SC_KIND_NOTE);
    assert_int_equal(mention->direction, SC_DIRECTION_INTERNAL);
    assert_text(mention->clock_key, "");

    fixture_account(&fixture, "nw");
    mention = one(&fixture, "{'action':'message_create','data':{'message':{"
                  "'id':1,'conversation_id':2}}}");
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->clock_key, "freshchat:nw:2");
    assert_true(mention->created_is_delivery_time);
    fixture_free(&fixture);
}


static void
test_parts(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_freshchat);
    mention = one(&fixture, MESSAGE("'message_parts':["
                  "{'text':{'content':'caf\\u00e9'}},{'image':"
                  "{'url':'https://f/1'}},7,{},{'text':{}},{'text':'x'},"
                  "{'text':{'content':'two'}},{'file':{'name':'x'}},"
                  "{'video':{'url':'https://f/2'}}],"));
    assert_text(mention->text, "caf\xc3\xa9\ntwo");
    assert_text(mention->media->type, "image");
    assert_text(mention->media->url, "https://f/1");
    assert_text(mention->media->next->type, "video");
    assert_null(mention->media->next->next);
    assert_text(one(&fixture, MESSAGE("'message_parts':{'text':1},"))->text,
                "");
    fixture_free(&fixture);
}


/* Payload version 1, as Freshworks' page of 2018 shows it. */
static void
test_older_layout(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_freshchat);
    mention = one(&fixture, "{'actor':{'actor_type':'user','actor_id':'u-7'},"
                  "'action':'message_create','data':{'message':{'id':'m',"
                  "'conversation_id':'c','user_id':'u-7','actor_type':'user',"
                  "'message_type':'normal','msg_parts':["
                  "{'properties':{'text':'Where is it?'},'part_type':'text'},"
                  "{'part_type':'image','properties':{'url':'https://f/1'}},"
                  "{'part_type':'text'},{'part_type':'text','properties':7}"
                  "]}}}");
    assert_text(mention->text, "Where is it?");
    assert_text(mention->author.id, "u-7");
    assert_text(mention->media->type, "image");
    assert_text(mention->media->url, "https://f/1");
    assert_null(mention->media->next);
    fixture_free(&fixture);
}


/* What a bot writes for the staff is no answer, not even an automatic one. */
static void
test_notes_of_bots(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const notes[] = {
        MESSAGE("'actor_type':'agent','botsPrivateNote':true,"),
        MESSAGE("'actor_type':'system','botsPrivateNote':true,"),
        MESSAGE("'actor_type':'agent','message_type':'private_note',")
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_freshchat);

    for (i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        mention = one(&fixture, notes[i]);
        assert_int_equal(mention->kind, SC_KIND_NOTE);
        assert_int_equal(mention->direction, SC_DIRECTION_INTERNAL);
        assert_text(mention->clock_key, "");
    }

    mention = one(&fixture, MESSAGE("'actor_type':'agent',"
                                    "'botsPrivateNote':false,"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    fixture_free(&fixture);
}


static void
test_other_actions(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_freshchat);
    fixture_expect_quoted(&fixture, "{'action':'conversation_assignment'}", 0,
                          0);
    dead(&fixture, "{'action':'teleport'}", SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "{'data':{}}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "[]", SC_DEAD_SHAPE);
    dead(&fixture, "{'action':'message_create','data':{'message':{'id':1}}}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'action':'message_create','data':{'message':"
         "{'conversation_id':1}}}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, MESSAGE("'id':'fm-2',"), SC_DEAD_DUPLICATE_NAME);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_older_layout),
        cmocka_unit_test(test_notes_of_bots),
        cmocka_unit_test(test_other_actions)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
