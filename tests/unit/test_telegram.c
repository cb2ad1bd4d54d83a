/*
 * test_telegram.c: updates in the shapes that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define UPDATE(kind, value)  "{'update_id':7,'" kind "':{" value "}}"

#define PRIVATE  "'chat':{'id':5,'type':'private','username':'amina'},"
#define GROUP    "'chat':{'id':-1001987,'type':'supergroup','title':'T'},"
#define PUBLIC                                                                \
    "'chat':{'id':-1001987,'type':'supergroup','username':'nw','title':'T'},"
#define FROM(id)  "'from':{'id':" id ",'is_bot':false,'first_name':'A'},"
#define BODY     "'date':1789999951,'text':'x'"
#define BOT      "6001"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_telegram);
    fixture_account(fixture, BOT);
    fixture_account(fixture, "900");
}


static void
test_wait_in_private(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, UPDATE("message", "'message_id':1," PRIVATE
                                   FROM("5") BODY));
    assert_text(mention->clock_key, "telegram:" BOT ":5");
    assert_text(mention->account, BOT);
    assert_text(mention->url, "");
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_int_equal(sc_mention_reach(mention), SC_REACH_NONE);
    fixture_free(&fixture);
}


/* In a group each person waits alone, and answers say for whom they are. */
static void
test_wait_in_group(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, UPDATE("message", "'message_id':1," PUBLIC
                                   FROM("5") BODY));
    assert_text(mention->clock_key, "telegram:" BOT ":-1001987:5");
    assert_text(mention->url, "https://t.me/nw/1");
    assert_int_equal(mention->is_public, SC_TRI_YES);

    mention = one(&fixture, UPDATE("message", "'message_id':2," PUBLIC
                                   FROM("900") "'reply_to_message':"
                                   "{'message_id':1," FROM("5") "'date':1},"
                                   BODY));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "telegram:" BOT ":-1001987:5");
    assert_text(mention->recipient, "5");
    assert_text(mention->parent, "-1001987:1");
    assert_false(mention->no_answer);

    /* Staff that answer nobody in particular. */
    mention = one(&fixture, UPDATE("message", "'message_id':2," GROUP
                                   FROM("900") BODY));
    assert_text(mention->clock_key, "");
    assert_true(mention->no_answer);
    assert_text(mention->url, "https://t.me/c/1987/2");
    assert_int_equal(mention->is_public, SC_TRI_NO);

    fixture_free(&fixture);
}


static void
test_who_speaks(void **state)
{
    size_t        i;
    char          body[512];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char    *text;
        sc_direction_t direction;
        bool           automatic;
        const char    *author;
    } cases[] = {
        { "'sender_chat':{'id':-1001987,'title':'T'},", SC_DIRECTION_OUT,
          false, "-1001987" },
        { "'from':{'id':1087968824,'is_bot':true},"
          "'sender_chat':{'id':-44,'title':'Other'},", SC_DIRECTION_IN,
          false, "-44" },
        { "'sender_chat':{'id':-44},'is_automatic_forward':true,",
          SC_DIRECTION_OUT, false, "-44" },
        { "'from':{'id':77,'is_bot':true,'first_name':'Bot'},",
          SC_DIRECTION_OUT, true, "77" },
        { FROM("78"), SC_DIRECTION_IN, false, "78" },
        { "", SC_DIRECTION_UNKNOWN, false, "" }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), UPDATE("message",
                        "'message_id':1," PUBLIC "%s" BODY), cases[i].text);
        mention = one(&fixture, body);
        assert_int_equal(mention->direction, cases[i].direction);
        assert_int_equal(mention->automatic, cases[i].automatic);
        assert_text(mention->author.id, cases[i].author);
    }

    fixture_free(&fixture);
}


static void
test_business(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, UPDATE("business_message", "'message_id':1,"
                  "'business_connection_id':'bc'," PRIVATE FROM("5") BODY));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->clock_key, "telegram:" BOT ":bc:5");

    mention = one(&fixture, UPDATE("business_message", "'message_id':2,"
                  "'business_connection_id':'bc'," PRIVATE FROM("8") BODY));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_false(mention->automatic);
    assert_text(mention->recipient, "5");
    assert_text(mention->clock_key, "telegram:" BOT ":bc:5");

    assert_true(one(&fixture, UPDATE("business_message", "'message_id':2,"
                "'business_connection_id':'bc','is_from_offline':true,"
                PRIVATE FROM("8") BODY))->automatic);
    assert_true(one(&fixture, UPDATE("business_message", "'message_id':2,"
                "'business_connection_id':'bc','sender_business_bot':{'id':1},"
                PRIVATE FROM("8") BODY))->automatic);

    mention = one(&fixture, UPDATE("edited_business_message",
                  "'message_id':1,'business_connection_id':'bc',"
                  "'edit_date':1789999999," PRIVATE FROM("5") BODY));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_int_equal(mention->edited_ms, 1789999999000);
    assert_text(mention->clock_key, "");
    fixture_free(&fixture);
}


static void
test_business_deletes(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, UPDATE("deleted_business_messages",
                          "'business_connection_id':'bc'," PRIVATE
                          "'message_ids':[1,{},9007199254740993]"), 2, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_SHAPE);
    mention = fixture_mention(&fixture, 1);
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->object, "5:9007199254740993");
    assert_text(mention->event, "7/9007199254740993");
    assert_text(mention->thread, "bc:5");
    assert_text(mention->clock_key, "telegram:" BOT ":bc:5");
    assert_true(mention->created_is_delivery_time);

    dead(&fixture, UPDATE("deleted_business_messages", PRIVATE "'x':1"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, UPDATE("deleted_business_messages", PRIVATE
                          "'message_ids':7"), SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


static void
test_connection(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, UPDATE("business_connection",
                          "'id':'bc','date':1789999951,'is_enabled':true"),
                          0, 0);
    mention = one(&fixture, UPDATE("business_connection",
                  "'id':'bc','date':1789999951,'is_enabled':false"));
    assert_int_equal(mention->kind, SC_KIND_NOTICE);
    assert_text(mention->notice, "revoke");
    assert_text(mention->object, "bc");
    assert_int_equal(mention->created_ms, 1789999951000);
    dead(&fixture, UPDATE("business_connection", "'is_enabled':false"),
         SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_channel_post(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, UPDATE("channel_post", "'message_id':3,"
                  "'chat':{'id':-1001987,'type':'channel','username':'nw'},"
                  "'sender_chat':{'id':-1001987,'title':'N'}," BODY));
    assert_int_equal(mention->kind, SC_KIND_POST);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_true(mention->no_answer);
    assert_int_equal(mention->is_public, SC_TRI_YES);
    assert_int_equal(one(&fixture, UPDATE("edited_channel_post",
                     "'message_id':3,'chat':{'id':-1001987,'type':'channel'},"
                     BODY))->action, SC_ACTION_EDIT);
    fixture_free(&fixture);
}


static void
test_button(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, UPDATE("callback_query", "'id':'4382','data':'yes',"
                  FROM("5") "'message':{'message_id':9,'date':0,"
                  "'chat':{'id':5,'type':'private'}}"));
    assert_text(mention->text, "yes");
    assert_text(mention->object, "4382");
    assert_text(mention->parent, "5:9");
    assert_text(mention->clock_key, "telegram:" BOT ":5");
    assert_int_equal(mention->direction, SC_DIRECTION_IN);

    mention = one(&fixture, UPDATE("callback_query", "'id':'4382','data':'no',"
                  FROM("5") "'inline_message_id':'x'"));
    assert_text(mention->thread, "5");
    assert_text(mention->parent, "");

    dead(&fixture, UPDATE("callback_query", "'id':'4382','data':'no'"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, UPDATE("callback_query", FROM("5") "'data':'no'"),
         SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_parents(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);

    /* What answers nothing in a topic "answers" the topic's first message. */
    assert_text(one(&fixture, UPDATE("message", "'message_id':4,"
                "'is_topic_message':true,"
                "'message_thread_id':88,'reply_to_message':{'message_id':88},"
                PUBLIC FROM("5") BODY))->parent, "");
    assert_text(fixture_mention(&fixture, 0)->thread, "-1001987:88");
    assert_text(one(&fixture, UPDATE("message", "'message_id':4,"
                "'external_reply':{'message_id':12,'chat':{'id':-5}},"
                PUBLIC FROM("5") BODY))->parent, "-5:12");
    assert_text(one(&fixture, UPDATE("message", "'message_id':4,"
                "'external_reply':{'origin':{}}," PUBLIC FROM("5") BODY))
                ->parent, "");
    fixture_free(&fixture);
}


/*
 * A group without topics gives answers a message_thread_id as well: the first
 * message of the chain.  Question and answer are in one conversation still.
 */
static void
test_chains_are_no_topics(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, UPDATE("message", "'message_id':1," PUBLIC
                                   FROM("5") BODY));
    assert_text(mention->clock_key, "telegram:" BOT ":-1001987:5");

    /* To the first message of the chain, and to a later one. */
    mention = one(&fixture, UPDATE("message", "'message_id':2,"
                                   "'message_thread_id':1," PUBLIC FROM("900")
                                   "'reply_to_message':{'message_id':1,"
                                   FROM("5") "'date':1}," BODY));
    assert_text(mention->clock_key, "telegram:" BOT ":-1001987:5");
    assert_text(mention->recipient, "5");
    assert_text(mention->parent, "-1001987:1");
    assert_text(mention->thread, "-1001987");
    assert_text(mention->url, "https://t.me/nw/2");
    assert_false(mention->no_answer);

    mention = one(&fixture, UPDATE("message", "'message_id':4,"
                                   "'message_thread_id':1," PUBLIC FROM("900")
                                   "'reply_to_message':{'message_id':3,"
                                   FROM("5") "'date':1}," BODY));
    assert_text(mention->clock_key, "telegram:" BOT ":-1001987:5");
    fixture_free(&fixture);
}


#define DIRECT                                                                \
    "'chat':{'id':-1009,'type':'supergroup','title':'T',"                     \
    "'is_direct_messages':true},'direct_messages_topic':{'topic_id':5,"       \
    "'user':{'id':5,'is_bot':false,'first_name':'A'}},"

/* In a channel's direct messages each topic is one person's conversation. */
static void
test_direct_messages_of_a_channel(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, UPDATE("message", "'message_id':1," DIRECT
                                   FROM("5") BODY));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_text(mention->thread, "-1009:5");
    assert_text(mention->clock_key, "telegram:" BOT ":-1009:5");
    assert_text(mention->url, "");
    assert_text(mention->recipient, "");

    /* Administrators write as the channel, and reply to nothing. */
    mention = one(&fixture, UPDATE("message", "'message_id':2," DIRECT
                  "'from':{'id':136817688,'is_bot':true,'first_name':'C'},"
                  "'sender_chat':{'id':-1001,'type':'channel','title':'C'},"
                  BODY));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_false(mention->automatic);
    assert_false(mention->no_answer);
    assert_text(mention->recipient, "5");
    assert_text(mention->clock_key, "telegram:" BOT ":-1009:5");

    mention = one(&fixture, UPDATE("message", "'message_id':3," DIRECT
                  "'from':{'id':77,'is_bot':true,'first_name':'B'}," BODY));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_true(mention->automatic);

    /* The person is not named: as in any group. */
    mention = one(&fixture, UPDATE("message", "'message_id':4,'chat':{'id':"
                  "-1009,'type':'supergroup'},'direct_messages_topic':"
                  "{'topic_id':5}," FROM("900") BODY));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "telegram:" BOT ":-1009:5");
    fixture_free(&fixture);
}


#define RICH(blocks)                                                          \
    UPDATE("message", "'message_id':1,'date':1," PRIVATE FROM("5")            \
           "'rich_message':{'blocks':[" blocks "]}")

/* A rich message has its words in blocks. */
static void
test_rich_messages(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const struct {
        const char *body;
        const char *text;
    } cases[] = {
        { RICH("{'type':'heading','text':'Bill','size':1},{'type':'paragraph',"
               "'text':['No ',{'type':'bold','text':['sig','nal']},' for ',"
               "{'type':'url','text':'days','url':'https://e/'},'!']}"),
          "Bill\nNo signal for days!" },
        { RICH("{'type':'list','items':[{'label':'1.','blocks':[{'type':"
               "'paragraph','text':'one'}]},{'label':'2.','blocks':[{'type':"
               "'paragraph','text':'two'}]}]},{'type':'divider'},{'type':"
               "'mathematical_expression','expression':'x^2'}"),
          "one\ntwo\nx^2" },
        { RICH("{'type':'table','cells':[[{'text':'a'},{'align':'left'}],"
               "[{'text':'b'}]],'caption':'sums'},{'type':'blockquote',"
               "'blocks':[{'type':'paragraph','text':'said'}],'credit':'me'}"),
          "a\nb\nsums\nsaid\nme" },
        { RICH("{'type':'photo','photo':[{'file_id':'f'}],'caption':{'text':"
               "'see','credit':'I'}},7,'x'"), "see\nI" },
        { RICH(""), "" },
        { UPDATE("message", "'message_id':1,'date':1," PRIVATE FROM("5")
                 "'rich_message':{'blocks':[{'text':'no'}]},'text':'yes'"),
          "yes" },
        { UPDATE("message", "'message_id':1,'date':1," PRIVATE FROM("5")
                 "'rich_message':'x'"), "" }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_text(one(&fixture, cases[i].body)->text, cases[i].text);
    }

    fixture_free(&fixture);
}


/* Without text or caption: what else somebody told. */
static void
test_other_words(void **state)
{
    size_t        i;
    char          body[512];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *member;
        const char *text;
        const char *type;
        const char *ref;
    } cases[] = {
        { "'location':{'latitude':52.5,'longitude':-13.25}", "", "location",
          "52.5,-13.25" },
        { "'venue':{'title':'Kiosk','address':'Weg 1','location':{}},"
          "'location':{'latitude':1,'longitude':2}", "Kiosk", "location",
          "1,2" },
        { "'contact':{'phone_number':'+4477','first_name':'Amina'}", "Amina",
          "contact", "+4477" },
        { "'poll':{'question':'Who else is down?'}", "Who else is down?",
          NULL, NULL },
        { "'checklist':{'title':'Missing'}", "Missing", NULL, NULL },
        { "'web_app_data':{'data':'order 7 broken','button_text':'b'}",
          "order 7 broken", NULL, NULL },
        { "'location':{'latitude':'1','longitude':2}", "", NULL, NULL }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), UPDATE("message",
                        "'message_id':4,'date':1," PRIVATE FROM("5") "%s"),
                        cases[i].member);
        mention = one(&fixture, body);
        assert_true(sc_mention_is_actionable(mention));
        assert_text(mention->text, cases[i].text);

        if (cases[i].type == NULL) {
            assert_null(mention->media);
            continue;
        }

        assert_text(mention->media->type, cases[i].type);
        assert_text(mention->media->ref, cases[i].ref);
        assert_null(mention->media->next);
    }

    fixture_free(&fixture);
}


static void
test_content(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, UPDATE("message", "'message_id':4,'date':1," PRIVATE
                  "'from':{'id':5,'last_name':'Okoye'},"
                  "'media_group_id':'139',"
                  "'document':{'file_id':'d1'},'animation':{'file_id':'a1'},"
                  "'photo':[],'caption':'see \\u00e9'"));
    assert_text(mention->text, "see \xc3\xa9");
    assert_text(mention->author.name, "Okoye");
    assert_text(mention->media->type, "document");
    assert_text(mention->media->ref, "d1");
    assert_text(mention->media->next->ref, "a1");
    assert_string_equal(mention->extra->name, "media_group");
    assert_text(mention->extra->value, "139");
    assert_null(mention->media->next->next);

    /* Nobody wrote these. */
    fixture_expect_quoted(&fixture, UPDATE("message", "'message_id':4,"
                          "'date':1,'new_chat_members':[]," PRIVATE
                          "'from':{'id':5}"), 0, 0);
    fixture_expect_quoted(&fixture, UPDATE("message", "'message_id':4,"
                          "'date':1,'successful_payment':{}," PRIVATE
                          "'from':{'id':5}"), 0, 0);
    fixture_expect_quoted(&fixture, UPDATE("message", "'message_id':4,"
                          "'date':1,'checklist_tasks_done':{}," PRIVATE
                          "'from':{'id':5}"), 0, 0);
    fixture_expect_quoted(&fixture, UPDATE("message", "'message_id':4,"
                          "'date':1,'poll_option_added':{}," PRIVATE
                          "'from':{'id':5}"), 0, 0);
    fixture_expect_quoted(&fixture, UPDATE("message", "'message_id':4,"
                          "'date':1,'chat_owner_changed':{}," PRIVATE
                          "'from':{'id':5}"), 0, 0);
    fixture_expect_quoted(&fixture, UPDATE("message", "'message_id':0,"
                          PRIVATE FROM("5") BODY), 0, 0);
    fixture_free(&fixture);
}


/* Seen by one person and the bot alone; message_id is 0, as for scheduled. */
static void
test_ephemeral_messages(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, UPDATE("message", "'message_id':0,"
                  "'ephemeral_message_id':3,'receiver_user':{'id':6001},"
                  "'reply_to_message':{'message_id':0,"
                  "'ephemeral_message_id':2," PUBLIC "'date':1}," PUBLIC
                  FROM("5") BODY));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->event, "7");
    assert_text(mention->object, "-1001987:ephemeral:3");
    assert_text(mention->parent, "-1001987:ephemeral:2");
    assert_text(mention->clock_key, "telegram:" BOT ":-1001987:5");
    assert_text(mention->text, "x");
    assert_text(mention->url, "");
    assert_int_equal(mention->is_public, SC_TRI_NO);

    mention = one(&fixture, UPDATE("callback_query", "'id':'9'," FROM("5")
                  "'data':'d','message':{'message_id':0,"
                  "'ephemeral_message_id':2," PUBLIC "'date':1}"));
    assert_text(mention->parent, "-1001987:ephemeral:2");
    fixture_free(&fixture);
}


/* The id of a guest bot's chat may be that of another chat. */
static void
test_guest(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, UPDATE("guest_message", "'message_id':1,"
                  "'guest_query_id':'q1'," PRIVATE FROM("8") BODY));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->thread, "guest:5");
    assert_text(mention->clock_key, "telegram:" BOT ":guest:5");
    mention = one(&fixture, UPDATE("guest_message", "'message_id':1,"
                  "'guest_query_id':'q1'," GROUP FROM("8") BODY));
    assert_text(mention->clock_key, "telegram:" BOT ":guest:-1001987:8");
    fixture_free(&fixture);
}


static void
test_other_updates(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, UPDATE("my_chat_member", "'chat':{}"), 0,
                          0);
    fixture_expect_quoted(&fixture, UPDATE("message_reaction", "'chat':{}"),
                          0, 0);
    fixture_expect_quoted(&fixture, UPDATE("subscription", "'user':{'id':5},"
                          "'invoice_payload':'p','state':'failed'"), 0, 0);
    fixture_expect_quoted(&fixture, UPDATE("message", "'message_id':4,"
                          "'date':1,'community_chat_added':{}," GROUP
                          "'from':{'id':5}"), 0, 0);
    fixture_expect_quoted(&fixture, UPDATE("message", "'message_id':4,"
                          "'date':1,'community_chat_removed':{}," GROUP
                          "'from':{'id':5}"), 0, 0);
    dead(&fixture, UPDATE("teleport", "'chat':{}"), SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "{'update_id':1}", SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "{'message':{}}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "[]", SC_DEAD_SHAPE);
    dead(&fixture, "{'update_id':1,'message':7}", SC_DEAD_SHAPE);
    dead(&fixture, UPDATE("message", PRIVATE FROM("5") BODY),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, UPDATE("message", "'message_id':1," FROM("5") BODY),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'update_id':1,'update_id':2,'message':{'message_id':1,"
         PRIVATE FROM("5") BODY "}}", SC_DEAD_DUPLICATE_NAME);
    fixture_free(&fixture);
}


/* An answer with a `method` would be run as a command. */
static void
test_answer_is_empty(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    (void) one(&fixture, UPDATE("message", "'message_id':1," PRIVATE FROM("5")
                                BODY));
    assert_int_equal(fixture.callback.answer.body.len, 0);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wait_in_private),
        cmocka_unit_test(test_wait_in_group),
        cmocka_unit_test(test_who_speaks),
        cmocka_unit_test(test_business),
        cmocka_unit_test(test_business_deletes),
        cmocka_unit_test(test_connection),
        cmocka_unit_test(test_channel_post),
        cmocka_unit_test(test_button),
        cmocka_unit_test(test_parents),
        cmocka_unit_test(test_chains_are_no_topics),
        cmocka_unit_test(test_direct_messages_of_a_channel),
        cmocka_unit_test(test_rich_messages),
        cmocka_unit_test(test_other_words),
        cmocka_unit_test(test_content),
        cmocka_unit_test(test_ephemeral_messages),
        cmocka_unit_test(test_guest),
        cmocka_unit_test(test_other_updates),
        cmocka_unit_test(test_answer_is_empty)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
