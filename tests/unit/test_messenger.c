/*
 * test_messenger.c: private messages, in the shapes that the samples do not
 * show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define ENTRY(list, elements)                                                 \
    "{'object':'page','entry':[{'id':104,'time':1768471201067,'" list "':["   \
    elements "]}]}"

#define FROM_CUSTOMER  "'sender':{'id':'77'},'recipient':{'id':'104'},"
#define FROM_BRAND     "'sender':{'id':'104'},'recipient':{'id':'77'},"
#define WHEN           "'timestamp':1768471200417,"

#define IN(event)   ENTRY("messaging", "{" FROM_CUSTOMER WHEN event "}")
#define OUT(event)  ENTRY("messaging", "{" FROM_BRAND WHEN event "}")


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_messenger);
}


static void
test_question_and_answer_meet(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, IN("'message':{'mid':'m1','text':'Hi'}"));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->clock_key, "messenger:104:77");
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_int_equal(sc_mention_reach(mention), SC_REACH_NONE);

    mention = one(&fixture, OUT("'message':{'mid':'m2','is_echo':true}"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "messenger:104:77");
    assert_text(mention->recipient, "77");
    assert_false(mention->automatic);

    /* The second safety net: the sender is the account, unmarked. */
    mention = one(&fixture, OUT("'message':{'mid':'m3'}"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->thread, "77");

    fixture_free(&fixture);
}


/* Captured echoes exist whose sender is somebody else. */
static void
test_echo_with_a_foreign_sender(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, IN("'message':{'mid':'m','is_echo':true}"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->thread, "77");
    assert_text(mention->author.id, "104");

    mention = one(&fixture, ENTRY("messaging", "{'sender':{'id':'9'},"
                                  "'recipient':{'id':'77'},'message':{'mid':"
                                  "'m','is_echo':true}}"));
    assert_text(mention->thread, "77");
    assert_text(mention->author.id, "104");

    fixture_free(&fixture);
}


static void
test_missing_sides(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, ENTRY("messaging", "{'message':{'mid':'m'}}"));
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->thread, "");
    assert_text(mention->clock_key, "");
    assert_int_equal(mention->created_ms, 1768471201067);
    assert_true(mention->created_is_delivery_time);

    mention = one(&fixture, ENTRY("messaging", "{'recipient':{'id':'104'},"
                                  "'message':{'mid':'m'}}"));
    assert_text(mention->thread, "");

    mention = one(&fixture, ENTRY("messaging", "{'recipient':{'id':'77'},"
                                  "'message':{'mid':'m'}}"));
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->thread, "77");

    fixture_free(&fixture);
}


static void
test_bot_apps_are_automatic(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    assert_null(fixture_option(&fixture, "bot_apps",
                               "5,9007199254740993"));

    assert_true(one(&fixture, OUT("'message':{'mid':'m','is_echo':true,"
                "'app_id':9007199254740993}"))->automatic);
    assert_true(one(&fixture, OUT("'message':{'mid':'m','is_echo':true,"
                "'app_id':'5'}"))->automatic);
    assert_false(one(&fixture, OUT("'message':{'mid':'m','is_echo':true,"
                 "'app_id':9007199254740992}"))->automatic);
    assert_false(one(&fixture, OUT("'message':{'mid':'m','is_echo':true}"))
                 ->automatic);

    /* A customer is no bot, whatever the payload claims. */
    assert_false(one(&fixture, IN("'message':{'mid':'m','app_id':5}"))
                 ->automatic);

    fixture_free(&fixture);
}


static void
test_standby_is_marked(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    assert_text(one(&fixture, ENTRY("standby", "{" FROM_CUSTOMER WHEN
                "'message':{'mid':'m'}}"))->status, "standby");
    assert_text(one(&fixture, IN("'message':{'mid':'m'}"))->status, "");
    fixture_free(&fixture);
}


static void
test_attachments(void **state)
{
    fixture_t         fixture;
    const sc_media_t *media;

    (void) state;

    setup(&fixture);
    media = one(&fixture, IN("'message':{'mid':'m','attachments':["
        "{'type':'image','payload':{'url':'https:\\/\\/i\\/1','sticker_id':"
        "369239263222822}},"
        "{'type':'location','payload':{'coordinates':{'lat':52.5,'long':"
        "-13.4}}},"
        "{'type':'fallback','title':'t','url':'https://l','payload':'text'},"
        "{'type':'fallback','payload':null},"
        "{'type':'hologram'},"
        "{},7,null,"
        "{'type':'location','payload':{'coordinates':{'lat':'x'}}}]}"))
        ->media;

    assert_text(media->url, "https://i/1");
    assert_text(media->ref, "369239263222822");
    media = media->next;
    assert_text(media->type, "location");
    assert_text(media->ref, "52.5,-13.4");
    media = media->next;
    assert_text(media->type, "fallback");
    assert_text(media->url, "https://l");
    media = media->next;
    assert_text(media->url, "");
    media = media->next;
    assert_text(media->type, "hologram");
    media = media->next;
    assert_text(media->ref, "");
    assert_null(media->next);

    assert_null(one(&fixture, IN("'message':{'mid':'m','attachments':{}}"))
                ->media);

    fixture_free(&fixture);
}


/* A list without end costs no more than a long one. */
static void
test_attachments_are_bounded(void **state)
{
    size_t            i, len;
    char              body[8192];
    fixture_t         fixture;
    const sc_media_t *media;

    (void) state;

    len = (size_t) snprintf(body, sizeof(body), "{'object':'page','entry':[{"
                            "'id':'1','messaging':[{'message':{'mid':'m',"
                            "'attachments':[");

    for (i = 0; i < 100; i++) {
        len += (size_t) snprintf(body + len, sizeof(body) - len,
                                 "{'type':'image'},");
    }

    (void) snprintf(body + len, sizeof(body) - len, "{}]}}]}]}");

    setup(&fixture);
    i = 0;

    for (media = one(&fixture, body)->media; media != NULL;
         media = media->next)
    {
        i++;
    }

    assert_int_equal(i, 64);
    fixture_free(&fixture);
}


static void
test_stories(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, IN("'message':{'mid':'m','text':'nice',"
                               "'reply_to':{'story':{'url':'u','id':"
                               "17990001112223334}}}"));
    assert_int_equal(mention->kind, SC_KIND_STORY_REPLY);
    assert_text(mention->parent, "17990001112223334");

    mention = one(&fixture, IN("'message':{'mid':'m','reply_to':{'mid':'m0'"
                               "}}"));
    assert_int_equal(mention->kind, SC_KIND_MESSAGE);
    assert_text(mention->parent, "m0");

    fixture_free(&fixture);
}


static void
test_unsupported_is_still_a_contact(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    assert_true(sc_mention_is_actionable(one(&fixture,
                IN("'message':{'mid':'m','is_unsupported':true}"))));
    fixture_free(&fixture);
}


static void
test_talking_to_oneself_is_ignored(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, IN("'message':{'mid':'m','is_self':true}"),
                          0, 0);
    fixture_expect_quoted(&fixture, IN("'is_self':true,'message':{'mid':'m'}"),
                          0, 0);
    fixture_free(&fixture);
}


/* The question that was this message is taken back, and no other. */
static void
test_unsent(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, IN("'message':{'mid':'m','is_deleted':true}"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->event, "m/delete");
    assert_text(mention->object, "m");
    assert_text(mention->clock_key, "messenger:104:77");
    assert_text(one(&fixture, OUT("'message':{'mid':'m','is_deleted':true}"))
                ->clock_key, "");

    assert_null(fixture_option(&fixture, "unsend", "keep"));
    assert_text(one(&fixture, IN("'message':{'mid':'m','is_deleted':true}"))
                ->clock_key, "");
    assert_null(fixture_option(&fixture, "unsend", "close"));
    assert_text(one(&fixture, IN("'message':{'mid':'m','is_deleted':true}"))
                ->clock_key, "messenger:104:77");

    fixture_free(&fixture);
}


static void
test_edits(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, IN("'message_edit':{'mid':'m','text':'b',"
                               "'num_edit':'2'}"));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->event, "m/edit/2");
    assert_text(mention->text, "b");
    assert_int_equal(mention->edited_ms, 1768471200417);
    assert_text(mention->clock_key, "");
    assert_false(mention->needs_fetch);

    assert_text(one(&fixture, IN("'message_edit':{'mid':'m'}"))->event,
                "m/edit/1768471200417");

    /* Nobody edited anything, and who wrote it is not told. */
    mention = one(&fixture, ENTRY("messaging", "{" WHEN "'message_edit':{"
                                  "'mid':'m','num_edit':0}}"));
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->event, "m/edit/0");
    assert_text(mention->object, "m");
    assert_true(mention->needs_fetch);
    assert_text(mention->clock_key, "");

    fixture_free(&fixture);
}


static void
test_reactions(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, IN("'reaction':{'mid':'m','action':'react',"
                               "'emoji':'\\u2764'}"));
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_text(mention->reaction, "\xe2\x9d\xa4");
    assert_text(mention->event, "m/reaction/77/react/1768471200417");
    assert_text(mention->clock_key, "");
    assert_false(sc_mention_is_actionable(mention));

    mention = one(&fixture, OUT("'reaction':{'mid':'m','action':'unreact'}"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);

    fixture_free(&fixture);
}


static void
test_feedback(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, IN("'response_feedback':{'mid':'m','feedback':"
                               "'Bad response'}"));
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->reaction, "Bad response");
    assert_text(mention->object, "m");
    assert_text(mention->event, "m/feedback/77/1768471200417");
    assert_text(mention->clock_key, "");

    /* Nobody waits for an answer to a survey. */
    fixture_expect_quoted(&fixture, IN("'messaging_feedback':{"
                          "'feedback_screens':[{'screen_id':0,'questions':{"
                          "'q1':{'type':'csat','payload':'2','follow_up':{"
                          "'type':'free_form','payload':'Too slow'}},"
                          "'q2':{'type':'free_form','payload':'Call me'}}},"
                          "{'questions':{'q3':{'type':'nps','payload':'0'}}}"
                          "]}"), 3, 0);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_false(sc_mention_is_actionable(mention));
    assert_text(mention->event, "survey/77/1768471200417/q1");
    assert_text(mention->thread, "77");
    assert_text(mention->reaction, "csat");
    assert_int_equal(mention->rating, 2);
    assert_text(mention->text, "Too slow");
    assert_text(mention->clock_key, "");

    mention = fixture_mention(&fixture, 1);
    assert_text(mention->event, "survey/77/1768471200417/q2");
    assert_int_equal(mention->rating, -1);
    assert_text(mention->text, "Call me");

    mention = fixture_mention(&fixture, 2);
    assert_int_equal(mention->rating, 0);
    assert_text(mention->text, "");

    fixture_free(&fixture);
}


static void
test_postbacks(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, IN("'postback':{'mid':'m','title':'Talk to us',"
                               "'payload':'P','referral':{'ref':'r'}}"));
    assert_int_equal(mention->kind, SC_KIND_MESSAGE);
    assert_text(mention->text, "Talk to us");
    assert_text(mention->event, "m");
    assert_text(mention->clock_key, "messenger:104:77");

    /* Old ones lack the message id. */
    assert_text(one(&fixture, IN("'postback':{'payload':'P'}"))->event,
                "postback/77/1768471200417/P");

    assert_null(fixture_option(&fixture, "postback", "quiet"));
    assert_text(one(&fixture, IN("'postback':{'mid':'m','title':'t'}"))
                ->clock_key, "");

    fixture_free(&fixture);
}


/* With a hyphen, and nobody sent it. */
static void
test_policy_enforcement(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, ENTRY("messaging", "{'recipient':{'id':'104'},"
                                  WHEN "'policy-enforcement':{'action':"
                                  "'block','reason':'spam'}}"));
    assert_int_equal(mention->kind, SC_KIND_NOTICE);
    assert_text(mention->notice, "error");
    assert_text(mention->status, "block");
    assert_text(mention->text, "spam");
    assert_int_equal(mention->direction, SC_DIRECTION_NONE);
    assert_text(mention->event, "policy-enforcement/block/1768471200417");

    mention = one(&fixture, ENTRY("messaging", "{'policy-enforcement':{"
                                  "'action':'unblock'}}"));
    assert_text(mention->notice, "system");
    assert_text(mention->event, "policy-enforcement/unblock/1768471201067");

    fixture_free(&fixture);
}


static void
test_what_is_ignored(void **state)
{
    size_t    i;
    char      body[512];
    fixture_t fixture;

    static const char *const events[] = {
        "referral", "optin", "account_linking", "delivery", "read",
        "pass_thread_control", "take_thread_control",
        "request_thread_control", "app_roles"
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        (void) snprintf(body, sizeof(body), IN("'%s':{}"), events[i]);
        fixture_expect_quoted(&fixture, body, 0, 0);
    }

    /* An old receipt without a time. */
    fixture_expect_quoted(&fixture, ENTRY("messaging", "{" FROM_CUSTOMER
                          "'delivery':{'watermark':1}}"), 0, 0);

    fixture_free(&fixture);
}


static void
expect_piece(const char *text, sc_dead_reason_t reason)
{
    fixture_t fixture;

    setup(&fixture);
    fixture_expect_quoted(&fixture, text, 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, reason);
    fixture_free(&fixture);
}


static void
test_what_is_dead(void **state)
{
    (void) state;

    expect_piece(IN("'telepathy':{}"), SC_DEAD_UNKNOWN_OBJECT);
    expect_piece(IN("'message':null"), SC_DEAD_UNKNOWN_OBJECT);
    expect_piece(IN("'message':'Hi'"), SC_DEAD_SHAPE);
    expect_piece(IN("'message':{'text':'Hi'}"), SC_DEAD_MISSING_MEMBER);
    expect_piece(IN("'message':{'mid':['m']}"), SC_DEAD_MISSING_MEMBER);
    expect_piece(IN("'message_edit':{}"), SC_DEAD_MISSING_MEMBER);
    expect_piece(IN("'reaction':{'action':'react'}"), SC_DEAD_MISSING_MEMBER);
    expect_piece(IN("'response_feedback':{'mid':'m'}"),
                 SC_DEAD_MISSING_MEMBER);
    expect_piece(IN("'response_feedback':{'feedback':'Bad response'}"),
                 SC_DEAD_MISSING_MEMBER);
    expect_piece(IN("'messaging_feedback':{}"), SC_DEAD_SHAPE);
    expect_piece(IN("'messaging_feedback':{'feedback_screens':[7]}"),
                 SC_DEAD_SHAPE);
}


static void
test_batch_keeps_its_order(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, ENTRY("messaging",
                          "{" FROM_CUSTOMER "'message':{'mid':'a'}},"
                          "{" FROM_CUSTOMER "'message':{}},"
                          "{" FROM_BRAND "'message':{'mid':'b'}},"
                          "{" FROM_CUSTOMER "'read':{}},"
                          "{" FROM_CUSTOMER "'message':{'mid':'c'}}"), 3, 1);
    assert_text(fixture_mention(&fixture, 0)->event, "a");
    assert_text(fixture_mention(&fixture, 1)->event, "b");
    assert_text(fixture_mention(&fixture, 2)->event, "c");
    fixture_free(&fixture);
}


#define CALLS(elements)  ENTRY("calls", elements)


static void
test_calls(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, CALLS("{'id':'c_1','to':'104','from':'77',"
                  "'event':'connect','timestamp':1768471200,"
                  "'call_direction':'user_initiated'}"));
    assert_text(mention->platform, "messenger");
    assert_int_equal(mention->kind, SC_KIND_CALL);
    assert_int_equal(mention->channel, SC_CHANNEL_VOICE);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->event, "c_1/connect");
    assert_text(mention->author.id, "77");
    assert_text(mention->thread, "77");
    assert_text(mention->clock_key, "messenger:104:c_1");
    assert_int_equal(mention->created_ms, 1768471200000);

    /* Who picked up, and when: its end names nobody. */
    mention = one(&fixture, CALLS("{'id':'c_1','event':'terminate',"
                  "'timestamp':1768471330,'status':'Completed',"
                  "'start_time':1768471200,'end_time':1768471330,"
                  "'duration':120}"));
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "messenger:104:c_1");
    assert_int_equal(mention->created_ms, 1768471210000);
    assert_int_equal(mention->duration_s, 120);
    assert_false(mention->no_answer);

    mention = one(&fixture, CALLS("{'id':'c_1','event':'terminate',"
                  "'timestamp':1768471260,'status':'Completed',"
                  "'start_time':1768471200,'end_time':1768471260}"));
    assert_int_equal(mention->direction, SC_DIRECTION_NONE);
    assert_text(mention->status, "Completed");
    assert_text(mention->clock_key, "");

    /* A call back answers what was written. */
    mention = one(&fixture, CALLS("{'id':'c_2','event':'call_status',"
                  "'timestamp':1768471400,'recipient_id':'77',"
                  "'call_status':'accepted'}"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "messenger:104:77");
    assert_text(mention->recipient, "77");
    mention = one(&fixture, CALLS("{'id':'c_2','event':'call_status',"
                  "'timestamp':1768471400,'recipient_id':'77',"
                  "'call_status':'ringing'}"));
    assert_text(mention->clock_key, "");
    assert_true(mention->no_answer);

    fixture_free(&fixture);
}


static void
test_calls_that_tell_nothing(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const struct {
        const char *body;
        size_t      dead;
    } bodies[] = {
        { CALLS("{'id':'c_2','to':'77','from':'104','event':'connect',"
                "'call_direction':'business_initiated'}"), 0 },
        { CALLS("{'id':'c_2','to':'77','from':'104','event':'connect'}"), 0 },
        { CALLS("{'id':'c_2','event':'media_update','session':{}}"), 0 },
        { CALLS(""), 0 },
        { "{'object':'page','entry':[{'sender':{'id':'77'},'recipient':{"
          "'id':'104'},'timestamp':1671644824,'call_permission_reply':{"
          "'response':'approve'}}]}", 0 },
        { IN("'call_permission_reply':{'response':'approve'}"), 0 },
        { CALLS("{'id':'c_2','event':'dance'}"), 1 },
        { CALLS("{'id':'c_2'}"), 1 },
        { CALLS("{'event':'connect'}"), 1 },
        { CALLS("7"), 1 }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        fixture_expect_quoted(&fixture, bodies[i].body, 0, bodies[i].dead);
    }

    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_question_and_answer_meet),
        cmocka_unit_test(test_echo_with_a_foreign_sender),
        cmocka_unit_test(test_missing_sides),
        cmocka_unit_test(test_bot_apps_are_automatic),
        cmocka_unit_test(test_standby_is_marked),
        cmocka_unit_test(test_attachments),
        cmocka_unit_test(test_attachments_are_bounded),
        cmocka_unit_test(test_stories),
        cmocka_unit_test(test_unsupported_is_still_a_contact),
        cmocka_unit_test(test_talking_to_oneself_is_ignored),
        cmocka_unit_test(test_unsent),
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_reactions),
        cmocka_unit_test(test_feedback),
        cmocka_unit_test(test_postbacks),
        cmocka_unit_test(test_policy_enforcement),
        cmocka_unit_test(test_what_is_ignored),
        cmocka_unit_test(test_what_is_dead),
        cmocka_unit_test(test_batch_keeps_its_order),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_calls_that_tell_nothing)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
