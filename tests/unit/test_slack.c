/*
 * test_slack.c: events, commands and options that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define EVENT(value)                                                          \
    "{'type':'event_callback','event_id':'Ev1','event_time':1789999951,"      \
    "'team_id':'T1','api_app_id':'A1','authorizations':[{'team_id':'T1'}],"   \
    "'event':{" value "}}"

#define MESSAGE(value)                                                        \
    EVENT("'type':'message','channel':'C1','ts':'1789999951.000200',"         \
          "'channel_type':'channel'," value)

#define CUSTOMER  "'user':'U9','team':'T9','text':'x'"
#define BRAND     "'user':'U1','team':'T1','text':'x'"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_slack);
    fixture->verdict.signed_ms = 1790000000000;
}


static void
test_waits_meet_in_threads(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    assert_text(one(&fixture, MESSAGE(CUSTOMER))->clock_key,
                "slack:T1:C1:1789999951.000200");
    assert_text(one(&fixture, MESSAGE(BRAND ",'thread_ts':'1.2'"))->clock_key,
                "slack:T1:C1:1.2");
    assert_text(fixture_mention(&fixture, 0)->parent, "C1:1.2");
    assert_text(one(&fixture, MESSAGE(CUSTOMER ",'thread_ts':'1.2'"))
                ->clock_key, "slack:T1:C1:1.2");

    /* The thread's own first message has no parent. */
    assert_text(one(&fixture, MESSAGE(CUSTOMER
                ",'thread_ts':'1789999951.000200'"))->parent, "");

    mention = one(&fixture, MESSAGE(BRAND));
    assert_true(mention->no_answer);
    assert_text(mention->clock_key, "");
    assert_int_equal(mention->is_public, SC_TRI_NO);

    /* Between two there is nobody else to answer. */
    assert_text(one(&fixture, EVENT("'type':'message','channel':'D1',"
                "'ts':'1.2','channel_type':'im'," BRAND))->clock_key,
                "slack:T1:D1");
    fixture_free(&fixture);
}


static void
test_options(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    assert_null(fixture_option(&fixture, "workspace", "nw.slack.com"));
    assert_null(fixture_option(&fixture, "answers", "thread"));
    assert_null(fixture_option(&fixture, "answers", "channel"));
    assert_null(fixture_option(&fixture, "automatic_bots", "B1,B2"));
    assert_null(fixture_option(&fixture, "automatic_bots", "B3"));
    assert_non_null(fixture_option(&fixture, "automatic_bots", "B1,,B2"));
    assert_non_null(fixture_option(&fixture, "automatic_bots", ""));
    assert_non_null(fixture_option(&fixture, "answers", "all"));
    assert_non_null(fixture_option(&fixture, "workspace", "https://x/"));
    assert_non_null(fixture_option(&fixture, "workspace", ""));
    assert_null(fixture_option(&fixture, "workspace", "nw.slack.com"));
    assert_null(fixture_option(&fixture, "answers", "channel"));

    mention = one(&fixture, MESSAGE(CUSTOMER));
    assert_text(mention->url,
                "https://nw.slack.com/archives/C1/p1789999951000200");
    assert_text(mention->clock_key, "slack:T1:C1");
    assert_text(one(&fixture, MESSAGE(BRAND))->clock_key, "slack:T1:C1");

    assert_true(one(&fixture, MESSAGE("'bot_id':'B3','app_id':'A1'"))
                ->automatic);
    assert_true(one(&fixture, MESSAGE("'bot_id':'B1','app_id':'A1'"))
                ->automatic);
    assert_false(one(&fixture, MESSAGE("'bot_id':'B4','app_id':'A1'"))
                 ->automatic);
    fixture_free(&fixture);
}


static void
test_who_speaks(void **state)
{
    size_t        i;
    char          body[1024];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char    *text;
        sc_direction_t direction;
        bool           automatic;
    } cases[] = {
        { CUSTOMER, SC_DIRECTION_IN, false },
        { BRAND, SC_DIRECTION_OUT, false },
        { "'user':'UOWN','team':'T9'", SC_DIRECTION_OUT, false },
        { "'user':'U8','team':'TOWN'", SC_DIRECTION_OUT, false },
        { "'bot_id':'B1','app_id':'A1'", SC_DIRECTION_OUT, false },
        { "'bot_id':'B2','app_id':'A2','team':'T1'", SC_DIRECTION_OUT, true },
        { "'bot_id':'BOWN','subtype':'bot_message'", SC_DIRECTION_OUT, true },
        { "'bot_id':'B7','team':'T9'", SC_DIRECTION_IN, false },
        { "'text':'x'", SC_DIRECTION_UNKNOWN, false }
    };

    (void) state;

    setup(&fixture);
    fixture_account(&fixture, "UOWN");
    fixture_account(&fixture, "TOWN");
    fixture_account(&fixture, "BOWN");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), MESSAGE("%s"), cases[i].text);
        mention = one(&fixture, body);
        assert_int_equal(mention->direction, cases[i].direction);
        assert_int_equal(mention->automatic, cases[i].automatic);
        assert_text(mention->account, "T1");
    }

    fixture_free(&fixture);
}


/* The workspaces that it was authorized for; without any, the event's own. */
static void
test_home(void **state)
{
    size_t    i;
    char      body[1024];
    fixture_t fixture;

    static const struct {
        const char    *envelope;
        const char    *team;
        sc_direction_t direction;
    } cases[] = {
        { "", "T1", SC_DIRECTION_OUT },
        { "", "T2", SC_DIRECTION_IN },
        { "'authorizations':{'team_id':'T2'},", "T2", SC_DIRECTION_IN },
        { "'authorizations':[],", "T1", SC_DIRECTION_OUT },
        { "'authorizations':[{'team_id':'T2'}],", "T1", SC_DIRECTION_IN },
        { "'authorizations':[{'team_id':'T2'}],", "T2", SC_DIRECTION_OUT },
        { "'authorizations':[{'team_id':'T3'},{'team_id':'T2'}],", "T2",
          SC_DIRECTION_OUT },
        { "'authorizations':[{'team_id':'T2'}],", "T3", SC_DIRECTION_IN },
        { "'authorizations':[{'team_id':null},7],", "T9", SC_DIRECTION_IN }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), "{'type':'event_callback',"
                        "'event_id':'Ev1','team_id':'T1',%s'event':{"
                        "'type':'message','channel':'C1','ts':'1.2',"
                        "'user':'U1','team':'%s','text':'x'}}",
                        cases[i].envelope, cases[i].team);
        assert_int_equal(one(&fixture, body)->direction, cases[i].direction);
    }

    /* Without a team the author is a stranger, whatever the event says. */
    assert_int_equal(one(&fixture, "{'type':'event_callback','event_id':'Ev1',"
                     "'authorizations':[{'team_id':''}],'event':{"
                     "'type':'message','channel':'C1','ts':'1.2','user':'U1',"
                     "'text':'x'}}")->direction, SC_DIRECTION_IN);
    fixture_free(&fixture);
}


#define IN_CHANNEL(shared, value)                                             \
    "{'type':'event_callback','event_id':'Ev1','event_time':1789999951,"      \
    "'team_id':'T1','api_app_id':'A1','authorizations':[{'team_id':'T1'}],"   \
    "'is_ext_shared_channel':" shared ",'event':{'channel':'C1','ts':"        \
    "'1789999951.000200','channel_type':'channel'," value "}}"

#define BROADCAST                                                             \
    "'type':'message','subtype':'thread_broadcast','thread_ts':'1.2',"        \
    "'user':'U1','text':'x'"

/*
 * Files, broadcast answers and reactions do not name the author's workspace: in
 * a channel shared with nobody, it is the brand's.
 */
static void
test_authors_without_workspace(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const ours[] = {
        IN_CHANNEL("false", BROADCAST),
        IN_CHANNEL("true", BROADCAST ",'user_team':'T1'"),
        IN_CHANNEL("true", BROADCAST ",'source_team':'T1'")
    };

    static const char *const theirs[] = {
        IN_CHANNEL("true", BROADCAST),
        IN_CHANNEL("false", BROADCAST ",'team':'T9'"),
        IN_CHANNEL("false", BROADCAST ",'user_team':'T9'"),
        IN_CHANNEL("null", BROADCAST)
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        mention = one(&fixture, ours[i]);
        assert_int_equal(mention->direction, SC_DIRECTION_OUT);
        assert_text(mention->clock_key, "slack:T1:C1:1.2");
        assert_false(mention->automatic);
        assert_false(mention->no_answer);
    }

    for (i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
        assert_int_equal(one(&fixture, theirs[i])->direction,
                         SC_DIRECTION_IN);
    }

    assert_int_equal(one(&fixture, IN_CHANNEL("false", "'type':'message',"
                     "'subtype':'bot_message','bot_id':'B3','text':'x'"))
                     ->direction, SC_DIRECTION_OUT);
    assert_true(fixture_mention(&fixture, 0)->automatic);
    assert_int_equal(one(&fixture, IN_CHANNEL("false",
                     "'type':'reaction_added','user':'U1','reaction':'eyes',"
                     "'item':{'type':'message','channel':'C1','ts':'1.2'}"))
                     ->direction, SC_DIRECTION_OUT);

    /* Nobody is named. */
    assert_int_equal(one(&fixture, IN_CHANNEL("false", "'type':'message',"
                     "'text':'x'"))->direction, SC_DIRECTION_UNKNOWN);
    assert_int_equal(one(&fixture, IN_CHANNEL("false", "'type':'message',"
                     "'user':null,'bot_id':null,'text':'x'"))->direction,
                     SC_DIRECTION_UNKNOWN);
    fixture_free(&fixture);
}


static void
test_subtypes(void **state)
{
    size_t    i;
    char      body[1024];
    fixture_t fixture;

    static const struct {
        const char *subtype;
        size_t      mentions;
    } cases[] = {
        { "thread_broadcast", 1 }, { "file_share", 1 }, { "me_message", 1 },
        { "channel_join", 0 }, { "message_replied", 0 }, { "tombstone", 0 }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), MESSAGE("'subtype':'%s',"
                        CUSTOMER), cases[i].subtype);
        fixture_expect_quoted(&fixture, body, cases[i].mentions, 0);
    }

    dead(&fixture, MESSAGE("'subtype':'hologram'"), SC_DEAD_UNKNOWN_OBJECT);
    fixture_free(&fixture);
}


/* An unfurled link changes a message, and nobody did it. */
static void
test_changes(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, MESSAGE("'subtype':'message_changed',"
                          "'message':{'ts':'1.2'," CUSTOMER "}"), 0, 0);
    dead(&fixture, MESSAGE("'subtype':'message_changed'"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, MESSAGE("'subtype':'message_deleted'"),
         SC_DEAD_MISSING_MEMBER);

    /* A question taken back, in its own thread and in another's. */
    mention = one(&fixture, MESSAGE("'subtype':'message_deleted',"
                  "'deleted_ts':'1.2','previous_message':{'ts':'1.2',"
                  CUSTOMER "}"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->clock_key, "slack:T1:C1:1.2");
    assert_text(mention->text, "");
    assert_text(one(&fixture, MESSAGE("'subtype':'message_deleted',"
                "'deleted_ts':'1.2','previous_message':{'ts':'1.2',"
                "'thread_ts':'1.1'," CUSTOMER "}"))->clock_key,
                "slack:T1:C1:1.1");
    assert_text(one(&fixture, MESSAGE("'subtype':'message_deleted',"
                "'deleted_ts':'1.2','previous_message':{'ts':'1.2',"
                BRAND "}"))->clock_key, "");
    fixture_free(&fixture);
}


/* Forwarded, or written by an integration: words stand in attachments. */
static void
test_attachments(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    assert_text(one(&fixture, MESSAGE("'user':'U9','team':'T9','text':'',"
                "'attachments':[{'id':1},{'is_share':true,'text':'it broke',"
                "'fallback':'[Monday] it broke'},{'text':'no'}]"))->text,
                "it broke");
    assert_text(one(&fixture, MESSAGE("'user':'U9','team':'T9',"
                "'attachments':[{'fallback':'disk full'}]"))->text,
                "disk full");
    assert_text(one(&fixture, MESSAGE(CUSTOMER ",'attachments':[{'text':"
                "'a link'}]"))->text, "x");
    assert_text(one(&fixture, MESSAGE("'user':'U9','attachments':{'text':"
                "'y'}"))->text, "");
    fixture_free(&fixture);
}


/* Of a message with answers a deletion leaves a tombstone in its place. */
static void
test_tombstone(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, MESSAGE("'subtype':'message_changed',"
                  "'message':{'type':'message','subtype':'tombstone',"
                  "'text':'This message was deleted.','user':'USLACKBOT',"
                  "'hidden':true,'ts':'1.2','thread_ts':'1.2'},"
                  "'previous_message':{'ts':'1.2','thread_ts':'1.2',"
                  CUSTOMER "}"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->object, "C1:1.2");
    assert_text(mention->author.id, "U9");
    assert_text(mention->clock_key, "slack:T1:C1:1.2");
    assert_text(mention->text, "");

    dead(&fixture, MESSAGE("'subtype':'message_changed',"
         "'message':{'subtype':'tombstone'}"), SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


/* An app that takes both events gets one message twice, under two ids. */
static void
test_told_twice(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, MESSAGE(CUSTOMER));
    assert_text(mention->event, "Ev1");
    assert_text(mention->same, "C1:1789999951.000200");
    assert_text(one(&fixture, EVENT("'type':'app_mention','channel':'C1',"
                    "'ts':'1789999951.000200'," CUSTOMER))->same,
                "C1:1789999951.000200");

    /* What happens to it later is another event. */
    assert_text(one(&fixture, MESSAGE("'subtype':'message_changed',"
                "'message':{'ts':'1789999951.000200','edited':{'ts':'1.3'},"
                CUSTOMER "}"))->same, "");
    assert_text(one(&fixture, MESSAGE("'subtype':'message_deleted',"
                "'deleted_ts':'1789999951.000200'"))->same, "");
    fixture_free(&fixture);
}


static void
test_files(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, MESSAGE(CUSTOMER ",'files':[{'id':'F1','mimetype':"
                  "'image/png','url_private':'https://f/1'},{'id':'F2'}]"));
    assert_text(mention->media->type, "image/png");
    assert_text(mention->media->url, "");
    assert_text(mention->media->ref, "https://f/1");
    assert_text(mention->media->next->ref, "F2");
    fixture_expect_quoted(&fixture, MESSAGE(CUSTOMER ",'files':7"), 1, 0);
    fixture_free(&fixture);
}


static void
test_other_events(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, EVENT("'type':'reaction_added','reaction':'rage',"
                  "'user':'U9','item':{'type':'message','channel':'C1',"
                  "'ts':'1.2'},'event_ts':'1789999951.000200'"));
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_text(mention->reaction, "rage");
    assert_text(mention->parent, "C1:1.2");
    assert_text(mention->clock_key, "");
    assert_int_equal(one(&fixture, EVENT("'type':'reaction_removed',"
                     "'user':'U9','item':{'channel':'C1','ts':'1.2'}"))
                     ->action, SC_ACTION_DELETE);
    dead(&fixture, EVENT("'type':'reaction_added','item':{'type':'file'}"),
         SC_DEAD_MISSING_MEMBER);

    assert_int_equal(one(&fixture, EVENT("'type':'app_mention',"
                     "'channel':'C1','ts':'1.2'," CUSTOMER))->kind,
                     SC_KIND_MENTION);

    mention = one(&fixture, EVENT("'type':'app_uninstalled'"));
    assert_text(mention->notice, "revoke");
    assert_int_equal(mention->created_ms, 1789999951000);

    fixture_expect_quoted(&fixture, EVENT("'type':'team_join'"), 0, 0);
    fixture_expect_quoted(&fixture, EVENT("'type':'channel_created',"
                          "'channel':{}"), 0, 0);
    dead(&fixture, EVENT("'type':'moon_landing'"), SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, EVENT("'x':1"), SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'type':'event_callback','event':{'type':'message'}}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("'type':'message','channel':'C1'"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("'type':'message','ts':'1.2'"),
         SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_envelopes(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, "{'type':'url_verification','challenge':"
                          "'a\\/b'}", 0, 0);
    assert_true(fixture.callback.handshake);
    assert_text(fixture.callback.answer.body, "a/b");
    assert_text(fixture.callback.answer.content_type, "text/plain");
    dead(&fixture, "{'type':'url_verification','challenge':'a\\nb'}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'type':'url_verification'}", SC_DEAD_MISSING_MEMBER);

    mention = one(&fixture, "{'type':'app_rate_limited','team_id':'T1',"
                  "'minute_rate_limited':1518467820,'api_app_id':'A1'}");
    assert_int_equal(mention->kind, SC_KIND_NOTICE);
    assert_text(mention->event, "rate_limited/1518467820");
    assert_text(mention->account, "T1");

    dead(&fixture, "{'type':'hologram'}", SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "{}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "7", SC_DEAD_SHAPE);
    dead(&fixture, "{", SC_DEAD_SYNTAX);
    fixture_free(&fixture);
}


static void
test_forms(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    fixture_header(&fixture, "Content-Type",
                   "application/x-www-form-urlencoded");
    fixture_account(&fixture, "T1");

    mention = one(&fixture, "command=%2Fcare&text=no+signal&team_id=T9&"
                  "user_id=U9&user_name=lea&channel_id=C1&trigger_id=13.2");
    assert_text(mention->text, "/care no signal");
    assert_text(mention->author.id, "U9");
    assert_text(mention->event, "13.2");
    assert_text(mention->clock_key, "slack:T1:C1");
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_int_equal(mention->created_ms, 1790000000000);

    mention = one(&fixture, "command=%2Fcare&team_id=T1&user_id=U1&"
                  "channel_id=C1&trigger_id=13.2");
    assert_text(mention->text, "/care");
    assert_int_equal(mention->direction, SC_DIRECTION_INTERNAL);
    assert_text(mention->clock_key, "");

    dead(&fixture, "command=%2Fcare&channel_id=C1", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "payload=%7B%7D", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "payload=%5B%5D", SC_DEAD_SHAPE);
    dead(&fixture, "payload=%7B", SC_DEAD_SYNTAX);
    dead(&fixture, "command=%zz", SC_DEAD_SYNTAX);
    dead(&fixture, "command=%ff&channel_id=C1&trigger_id=1",
         SC_DEAD_ENCODING);
    fixture_free(&fixture);
}


/* A command waits in the workspace whose events report the answers. */
static void
test_commands_and_workspaces(void **state)
{
    fixture_t fixture;

    static const char *const command
        = "command=%2Fcare&text=x&team_id=T9&user_id=U9&channel_id=C1"
          "&trigger_id=13.2";

    (void) state;

    setup(&fixture);
    fixture_header(&fixture, "Content-Type",
                   "application/x-www-form-urlencoded");
    assert_text(one(&fixture, command)->clock_key, "slack:T9:C1");

    fixture_account(&fixture, "UOWN");
    assert_text(one(&fixture, command)->clock_key, "slack:T9:C1");
    assert_text(one(&fixture, "payload={'type':'block_actions','team':{'id':"
                "'T1'},'channel':{'id':'C1'},'trigger_id':'13.5','user':"
                "{'id':'U9','team_id':'T9'},'container':{'message_ts':'1.2'},"
                "'actions':[{'value':'v'}]}")->clock_key, "slack:T1:C1:1.2");

    fixture_account(&fixture, "T1");
    assert_text(one(&fixture, command)->clock_key, "slack:T1:C1");
    fixture_free(&fixture);
}


/* A payload as it stands in a form; ' is read as ", which needs no escape. */
static sc_mention_t *
payload(fixture_t *fixture, const char *json, size_t mentions)
{
    char form[2048];

    (void) snprintf(form, sizeof(form), "payload=%s", json);
    fixture_expect_quoted(fixture, form, mentions, 0);

    return mentions == 0 ? NULL : fixture_mention(fixture, 0);
}


#define PERSON  "'user':{'id':'U9','username':'lea','team_id':'T9'}"
#define PLACE                                                                 \
    "'team':{'id':'T1'},'channel':{'id':'C1'},'trigger_id':'13.5'," PERSON


static void
test_payloads(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    fixture_header(&fixture, "Content-Type",
                   "application/x-www-form-urlencoded");
    fixture_account(&fixture, "T1");

    /* A button under the brand's message: whoever answers in its thread ends
       the wait. */
    mention = payload(&fixture, "{'type':'block_actions'," PLACE ",'container':"
                      "{'message_ts':'1.2','channel_id':'C1'},'actions':["
                      "{'action_id':'a','text':{'text':'No signal'},'value':"
                      "'ns'}]}", 1);
    assert_text(mention->text, "No signal");
    assert_text(mention->event, "13.5");
    assert_text(mention->author.id, "U9");
    assert_text(mention->author.name, "lea");
    assert_text(mention->parent, "C1:1.2");
    assert_text(mention->clock_key, "slack:T1:C1:1.2");
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_int_equal(mention->created_ms, 1790000000000);

    /* Several menus in one thread; a choice, a value, a name. */
    mention = payload(&fixture, "{'type':'block_actions'," PLACE ",'container':"
                      "{'message_ts':'1.9','thread_ts':'1.2'},'actions':["
                      "{'selected_option':{'text':{'text':'Late'},'value':"
                      "'l'}},{'selected_date':'2026-01-15'},{'value':'v'},"
                      "{'action_id':'only'}]}", 1);
    assert_text(mention->text, "Late\n2026-01-15\nv\nonly");
    assert_text(mention->clock_key, "slack:T1:C1:1.2");
    assert_text(mention->thread, "C1:1.2");

    /* The older kind; a colleague's press is internal. */
    mention = payload(&fixture, "{'type':'interactive_message','trigger_id':"
                      "'1','team':{'id':'T1'},'channel':{'id':'C1'},'user':"
                      "{'id':'U1','name':'sam','team_id':'T1'},'actions':["
                      "{'name':'yes','value':''}],'message_ts':'1.2'}", 1);
    assert_int_equal(mention->direction, SC_DIRECTION_INTERNAL);
    assert_text(mention->text, "yes");
    assert_text(mention->author.name, "sam");
    assert_text(mention->clock_key, "");

    /* A dialog has no channel: its author is the conversation. */
    mention = payload(&fixture, "{'type':'view_submission'," PERSON ",'view':"
                      "{'id':'V1','state':{'values':{'b1':{'a1':{'type':"
                      "'plain_text_input','value':'No train'}},'b2':{'a2':"
                      "{'selected_option':{'text':{'text':'Hamburg'}}}},"
                      "'b3':7}}}}", 1);
    assert_text(mention->text, "No train\nHamburg");
    assert_text(mention->event, "V1");
    assert_text(mention->clock_key, "slack:T1:U9");

    mention = payload(&fixture, "{'type':'dialog_submission','action_ts':"
                      "'9.9','channel':{'id':'C1'}," PERSON ",'submission':"
                      "{'what':'No train','where':null,'when':'now'}}", 1);
    assert_text(mention->text, "No train\nnow");
    assert_text(mention->event, "9.9");
    assert_text(mention->clock_key, "slack:T1:C1");

    /* Sent to the app by a colleague: the message is still its author's. */
    mention = payload(&fixture, "{'type':'message_action','trigger_id':'2',"
                      "'team':{'id':'T1'},'channel':{'id':'C1'},'user':{'id':"
                      "'U1','team_id':'T1'},'message_ts':'1.2','message':"
                      "{'type':'message','user':'U9','team':'T9','ts':"
                      "'1789999951.000200','text':'No train'}}", 1);
    assert_text(mention->author.id, "U9");
    assert_text(mention->object, "C1:1789999951.000200");
    assert_text(mention->clock_key, "slack:T1:C1:1789999951.000200");
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->extra->value, "T9");

    payload(&fixture, "{'type':'shortcut'," PERSON "}", 0);
    payload(&fixture, "{'type':'view_closed'}", 0);
    payload(&fixture, "{'type':'block_suggestion'}", 0);

    dead(&fixture, "payload={'type':'block_actions','actions':7}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "payload={'type':'view_submission'}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "payload={'type':'message_action','trigger_id':'1'}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "payload={'type':'hologram'}", SC_DEAD_UNKNOWN_OBJECT);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_meet_in_threads),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_who_speaks),
        cmocka_unit_test(test_home),
        cmocka_unit_test(test_authors_without_workspace),
        cmocka_unit_test(test_subtypes),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_attachments),
        cmocka_unit_test(test_tombstone),
        cmocka_unit_test(test_told_twice),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_other_events),
        cmocka_unit_test(test_envelopes),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_commands_and_workspaces),
        cmocka_unit_test(test_payloads)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
