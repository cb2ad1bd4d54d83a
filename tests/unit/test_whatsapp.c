/*
 * test_whatsapp.c: messages, echoes, statuses and troubles, in the shapes that
 * the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define CHANGE(field, value)                                                  \
    "{'object':'whatsapp_business_account','entry':[{'id':'215','changes':["  \
    "{'field':'" field "','value':{'messaging_product':'whatsapp',"           \
    "'metadata':{'display_phone_number':'4930','phone_number_id':106},"       \
    value "}}]}]}"

#define LIST(name, elements)  CHANGE("messages", "'" name "':[" elements "]")

#define MESSAGE(members)                                                      \
    LIST("messages", "{'from':'4915','id':'w1','timestamp':'1768471200',"     \
         members "}")

#define STATUS(id, word, time)                                                \
    "{'id':'" id "','status':'" word "','timestamp':'" time "',"              \
    "'recipient_id':'4915'}"


#define CALLS(lists)  CHANGE("calls", lists)

#define CALL(event, direction, from, to, members)                             \
    CALLS("'calls':[{'id':'c1','event':'" event "','direction':'" direction   \
          "','from':'" from "','to':'" to "','timestamp':'1768471200'"        \
          members "}]")


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_whatsapp);
}


static void
test_text_of_every_type(void **state)
{
    size_t    i;
    char      body[1024];
    fixture_t fixture;

    static const struct {
        const char *members;
        const char *text;
    } types[] = {
        { "'type':'text','text':{'body':'b'}", "b" },
        { "'type':'image','image':{'id':'1','caption':'c'}", "c" },
        { "'type':'video','video':{'id':'1','caption':'c'}", "c" },
        { "'type':'document','document':{'id':'1','caption':'c',"
          "'filename':'f.pdf'}", "c" },
        { "'type':'audio','audio':{'id':'1','voice':true}", "" },
        { "'type':'sticker','sticker':{'id':'1','animated':false}", "" },
        { "'type':'location','location':{'name':'N','address':'A'}", "N, A" },
        { "'type':'location','location':{'address':'A'}", "A" },
        { "'type':'contacts','contacts':[{'vcard':'v'}]", "" },
        { "'type':'interactive','interactive':{'type':'button_reply',"
          "'button_reply':{'title':'t'}}", "t" },
        { "'type':'interactive','interactive':{'type':'list_reply',"
          "'list_reply':{'title':'t','description':'d'}}", "t" },
        { "'type':'interactive','interactive':{'type':'nfm_reply',"
          "'nfm_reply':{'body':'Sent','response_json':'{}'}}", "Sent" },
        { "'type':'interactive','interactive':{'type':'new'}", "" },
        { "'type':'button','button':{'text':'No','payload':'n'}", "No" },
        { "'type':'order','order':{'text':'two','product_items':[]}", "two" },
        { "'type':'unknown','errors':[{'code':131060}]", "" },
        { "'type':'smell','smell':{'of':'rain'}", "" },
        { "'type':7", "" },
        { "'text':{'body':'no type'}", "" }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        (void) snprintf(body, sizeof(body), MESSAGE("%s"), types[i].members);
        assert_text(one(&fixture, body)->text, types[i].text);
        assert_true(sc_mention_is_actionable(fixture_mention(&fixture, 0)));
        assert_text(fixture_mention(&fixture, 0)->clock_key,
                    "whatsapp:106:4915");
        assert_text(fixture_mention(&fixture, 0)->event, "w1");
    }

    fixture_free(&fixture);
}


/* "Sent" is all that a flow says of itself. */
static void
test_forms_are_kept(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, MESSAGE("'type':'interactive','interactive':{"
                  "'type':'nfm_reply','nfm_reply':{'name':'flow','body':'Sent',"
                  "'response_json':'{\\'order\\':\\'NW-7\\'}'}}"));
    assert_text(mention->text, "Sent");
    assert_non_null(mention->extra);
    assert_string_equal(mention->extra->name, "form");
    assert_text(mention->extra->value, "{\"order\":\"NW-7\"}");
    assert_null(mention->extra->next);

    assert_null(one(&fixture, MESSAGE("'type':'interactive','interactive':{"
                    "'type':'button_reply','button_reply':{'title':'t'}}"))
                ->extra);
    fixture_free(&fixture);
}


static void
test_media_are_handles(void **state)
{
    fixture_t         fixture;
    const sc_media_t *media;

    (void) state;

    setup(&fixture);

    media = one(&fixture, MESSAGE("'type':'document','document':{'id':"
                "9007199254740993,'mime_type':'application\\/pdf','url':"
                "'https://not.public'}"))->media;
    assert_text(media->type, "application/pdf");
    assert_text(media->ref, "9007199254740993");
    assert_text(media->url, "");

    media = one(&fixture, MESSAGE("'type':'audio','audio':{'id':'1'}"))
            ->media;
    assert_text(media->type, "audio");

    media = one(&fixture, MESSAGE("'type':'location','location':{'latitude':"
                "52.5,'longitude':13.4}"))->media;
    assert_text(media->ref, "52.5,13.4");

    assert_null(one(&fixture, MESSAGE("'type':'location','location':{"
                "'latitude':'x'}"))->media);

    fixture_free(&fixture);
}


static void
test_context_without_an_id_is_no_parent(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    assert_text(one(&fixture, MESSAGE("'type':'text','context':{'forwarded':"
                "true}"))->parent, "");
    assert_text(one(&fixture, MESSAGE("'type':'text','context':{'id':'w0'}"))
                ->parent, "w0");
    fixture_free(&fixture);
}


/* People without a number are known by another id. */
static void
test_users_without_a_number(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, CHANGE("messages", "'contacts':[{'profile':{"
                  "'name':'Ines','username':'@ines.travels'},'user_id':"
                  "'DE.1'}],'messages':[{'from':'','from_user_id':'DE.1',"
                  "'id':'w','timestamp':1768471360,'type':'text'}]"));
    assert_text(mention->author.id, "DE.1");
    assert_text(mention->author.name, "Ines");
    assert_text(mention->author.handle, "ines.travels");
    assert_text(mention->clock_key, "whatsapp:106:DE.1");
    assert_int_equal(mention->created_ms, 1768471360000);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);

    mention = one(&fixture, LIST("statuses", "{'id':'o','status':'sent',"
                  "'timestamp':'1768471400','recipient_id':'',"
                  "'recipient_user_id':'DE.1'}"));
    assert_text(mention->clock_key, "whatsapp:106:DE.1");

    fixture_free(&fixture);
}


/*
 * The number may be missing on either side, the user's id is not: it alone
 * tells that both belong together.
 */
static void
test_number_on_one_side_only(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *payload;
        const char *recipient;
    } both[] = {
        { LIST("statuses", "{'id':'o','status':'sent','timestamp':'1768471400"
               "','recipient_id':'4915','recipient_user_id':'DE.1'}"),
          "4915" },
        { LIST("statuses", "{'id':'o','status':'read','timestamp':'1768471400"
               "','recipient_user_id':'DE.1'}"), "DE.1" },
        { CHANGE("messages", "'contacts':[{'wa_id':'4916','user_id':'DE.2'},"
                 "{'wa_id':'4915','user_id':'DE.1'}],'statuses':[{'id':'o',"
                 "'status':'sent','recipient_id':'4915'}]"), "4915" },
        { CHANGE("smb_message_echoes", "'message_echoes':[{'from':'4930','id':"
                 "'e','type':'text','to':'4915','to_user_id':'DE.1'}]"),
          "4915" },
        { LIST("calls", "{'id':'c','event':'terminate','direction':'BUSINESS_"
               "INITIATED','from':'4930','to':'4915','to_user_id':'DE.1',"
               "'start_time':'1768471400','timestamp':'1768471410'}"),
          "4915" },
        { LIST("statuses", "{'id':'c','type':'call','status':'ACCEPTED',"
               "'recipient_id':'4915','recipient_user_id':'DE.1'}"), "4915" },
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
        mention = one(&fixture, both[i].payload);
        assert_int_equal(mention->direction, SC_DIRECTION_OUT);
        assert_text(mention->clock_key, "whatsapp:106:DE.1");
        assert_text(mention->thread, "DE.1");
        assert_text(mention->recipient, both[i].recipient);
    }

    mention = one(&fixture, LIST("messages", "{'from':'4915','from_user_id':"
                                 "'DE.1','id':'w','type':'text'}"));
    assert_text(mention->clock_key, "whatsapp:106:DE.1");
    assert_text(mention->author.id, "4915");

    mention = one(&fixture, CHANGE("messages", "'contacts':[{'wa_id':'4915',"
                                   "'user_id':'DE.1'}],'messages':[{'from':"
                                   "'4915','id':'w','type':'text'}]"));
    assert_text(mention->clock_key, "whatsapp:106:DE.1");

    mention = one(&fixture, LIST("calls", "{'id':'c','event':'connect',"
                                 "'from':'4915','from_user_id':'DE.1'}"));
    assert_text(mention->clock_key, "whatsapp:106:DE.1");
    assert_text(mention->author.id, "4915");

    /* In a group the group counts, and the contact is a member of it. */
    mention = one(&fixture, CHANGE("messages", "'contacts':[{'wa_id':'4915',"
                                   "'user_id':'DE.1'}],'statuses':[{'id':'o',"
                                   "'status':'sent','recipient_id':'12@g.us',"
                                   "'recipient_type':'group','recipient_"
                                   "participant_user_id':'DE.1'}]"));
    assert_text(mention->clock_key, "whatsapp:106:12@g.us");

    fixture_free(&fixture);
}


static void
test_nobody_in_the_payload(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, LIST("messages", "{'id':'w','type':'text'}"));
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->clock_key, "");
    assert_int_equal(mention->created_ms, -1);

    /* The only contact tells who it was. */
    mention = one(&fixture, CHANGE("messages", "'contacts':[{'wa_id':'4915'}]"
                                   ",'messages':[{'id':'w'}]"));
    assert_text(mention->author.id, "4915");
    assert_text(mention->clock_key, "whatsapp:106:4915");

    fixture_free(&fixture);
}


static void
test_contacts_are_matched(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, CHANGE("messages", "'contacts':[{'wa_id':"
                          "'1','profile':{'name':'One'}},{'wa_id':'2','user_"
                          "id':'DE.2','profile':{'name':'Two'}}],'messages':["
                          "{'from':'2','id':'a'},{'from':'1','id':'b'},"
                          "{'from_user_id':'DE.2','id':'c'},"
                          "{'from':'3','id':'d'},{'id':'e'}]"), 5, 0);
    assert_text(fixture_mention(&fixture, 0)->author.name, "Two");
    assert_text(fixture_mention(&fixture, 1)->author.name, "One");
    assert_text(fixture_mention(&fixture, 2)->author.name, "Two");
    assert_text(fixture_mention(&fixture, 3)->author.name, "");
    assert_text(fixture_mention(&fixture, 4)->author.name, "");
    fixture_free(&fixture);
}


static void
test_groups(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, MESSAGE("'type':'text','group_id':'12@g.us'"));
    assert_text(mention->thread, "12@g.us");
    assert_text(mention->author.id, "4915");
    assert_text(mention->clock_key, "whatsapp:106:12@g.us");

    mention = one(&fixture, LIST("statuses", "{'id':'o','status':'read',"
                  "'timestamp':'1768471400','recipient_id':'12@g.us',"
                  "'recipient_type':'group','recipient_participant_id':'9'}"));
    assert_text(mention->clock_key, "whatsapp:106:12@g.us");

    fixture_free(&fixture);
}


static void
test_edit_and_revoke(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, MESSAGE("'type':'edit','edit':{'original_message_"
                  "id':'w0','message':{'type':'text','text':{'body':'new'}}"
                  "}"));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->object, "w0");
    assert_text(mention->event, "w1");
    assert_text(mention->text, "new");
    assert_text(mention->clock_key, "");
    assert_int_equal(mention->edited_ms, 1768471200000);

    assert_text(one(&fixture, MESSAGE("'type':'edit','edit':{'message':{"
                "'text':{'body':'untyped'}}}"))->text, "untyped");
    assert_text(one(&fixture, MESSAGE("'type':'edit','edit':{'message':{"
                "'type':'image','image':{'caption':'c'}}}"))->text, "c");

    /* Under the id of what it changes it still is an event of its own. */
    assert_text(one(&fixture, MESSAGE("'type':'edit','edit':{'original_"
                "message_id':'w1'}"))->event, "w1/edit/1768471200");

    mention = one(&fixture, MESSAGE("'type':'revoke','revoke':{'original_"
                                    "message_id':'w0'}"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->object, "w0");
    assert_text(mention->clock_key, "whatsapp:106:4915");

    assert_null(fixture_option(&fixture, "unsend", "keep"));
    assert_text(one(&fixture, MESSAGE("'type':'revoke','revoke':{}"))
                ->clock_key, "");
    assert_null(fixture_option(&fixture, "unsend", "close"));
    assert_text(one(&fixture, MESSAGE("'type':'revoke','revoke':{}"))
                ->clock_key, "whatsapp:106:4915");

    fixture_free(&fixture);
}


static void
test_system_is_a_notice(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, MESSAGE("'type':'system','system':{'body':'B',"
                                    "'type':'user_changed_user_id'}"));
    assert_int_equal(mention->kind, SC_KIND_NOTICE);
    assert_text(mention->notice, "system");
    assert_text(mention->status, "user_changed_user_id");
    assert_text(mention->text, "B");
    assert_text(mention->clock_key, "");
    fixture_free(&fixture);
}


/* Nobody waits before anything was written. */
static void
test_opened_chat(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, MESSAGE("'type':'request_welcome'"));
    assert_int_equal(mention->kind, SC_KIND_MESSAGE);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_true(mention->automatic);
    assert_false(sc_mention_is_actionable(mention));
    assert_text(mention->status, "request_welcome");
    assert_text(mention->author.id, "4915");
    fixture_free(&fixture);
}


/* A button that the customer pressed, or what WhatsApp adds to each call. */
static void
test_permission_to_call(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, MESSAGE("'type':'interactive','interactive':{"
                  "'type':'call_permission_reply','call_permission_reply':{"
                  "'response':'accept','response_source':'user_action'}}"));
    assert_text(mention->text, "accept");
    assert_true(sc_mention_is_actionable(mention));

    mention = one(&fixture, MESSAGE("'type':'interactive','interactive':{"
                  "'type':'call_permission_reply','call_permission_reply':{"
                  "'response':'accept','response_source':'automatic'}}"));
    assert_text(mention->text, "accept");
    assert_false(sc_mention_is_actionable(mention));
    fixture_free(&fixture);
}


static void
test_reaction(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, MESSAGE("'type':'reaction','reaction':{'message_"
                                    "id':'w0','emoji':''}"));
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->clock_key, "");
    fixture_free(&fixture);
}


static void
test_echoes(void **state)
{
    size_t        i;
    char          body[1024];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const fields[] = {
        "smb_message_echoes", "message_echoes", "standby", "messages"
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < 4; i++) {
        (void) snprintf(body, sizeof(body), CHANGE("%s", "'message_echoes':["
                        "{'from':'4930','to':'4915','id':'e','timestamp':"
                        "'1768471350','type':'text','text':{'body':'ok'}}]"),
                        fields[i]);
        mention = one(&fixture, body);
        assert_int_equal(mention->direction, SC_DIRECTION_OUT);
        assert_text(mention->recipient, "4915");
        assert_text(mention->clock_key, "whatsapp:106:4915");
        assert_text(mention->event, "e");
        assert_text(mention->status, i == 2 ? "standby" : "");
    }

    mention = one(&fixture, CHANGE("smb_message_echoes", "'message_echoes':[{"
                  "'from':'4930','to':'4915','id':'e','type':'revoke',"
                  "'revoke':{'original_message_id':'e0'}}]"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "");

    mention = one(&fixture, CHANGE("smb_message_echoes", "'message_echoes':[{"
                  "'from':'4930','id':'e','type':'text'}]"));
    assert_text(mention->thread, "");
    assert_text(mention->clock_key, "");

    fixture_free(&fixture);
}


/* One brand message counts once, with its earliest proof. */
static void
test_statuses_of_one_message_are_one_answer(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    /* delivered overtakes sent: the earlier time is the answer's. */
    fixture_expect_quoted(&fixture, LIST("statuses",
                          STATUS("o1", "delivered", "1768471262") ","
                          STATUS("o2", "read", "1768471263") ","
                          STATUS("o1", "sent", "1768471260") ","
                          STATUS("o1", "read", "1768471290")), 2, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->event, "o1/sent");
    assert_text(mention->status, "sent");
    assert_int_equal(mention->created_ms, 1768471260000);
    assert_true(sc_str_contains(mention->raw, SC_STR("\"sent\"")));
    assert_text(mention->proof, "o1/sent");
    assert_text(fixture_mention(&fixture, 1)->event, "o2/read");
    assert_text(fixture_mention(&fixture, 1)->status, "read");
    assert_text(fixture_mention(&fixture, 1)->proof, "o2/sent");

    /* In another callback it is another item, but proves the same. */
    mention = one(&fixture, LIST("statuses", STATUS("o1", "played",
                  "1768471299")));
    assert_text(mention->event, "o1/played");
    assert_text(mention->proof, "o1/sent");
    assert_text(mention->clock_key, "whatsapp:106:4915");
    assert_text(mention->recipient, "4915");

    /* So does the echo, if the message was written in the phone app. */
    mention = one(&fixture, CHANGE("smb_message_echoes", "'message_echoes':[{"
                  "'from':'4930','to':'4915','id':'o1','type':'text'}]"));
    assert_text(mention->event, "o1");
    assert_text(mention->proof, "o1/sent");

    fixture_free(&fixture);
}


/* The search for the same message stays within its own value. */
static void
test_statuses_of_two_numbers_stay_apart(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, "{'object':'whatsapp_business_account',"
                          "'entry':[{'id':'215','changes':[{'field':"
                          "'messages','value':{'metadata':{'phone_number_id':"
                          "'1'},'statuses':[" STATUS("o", "sent", "1") "]}},"
                          "{'field':'messages','value':{'metadata':{'phone_"
                          "number_id':'2'},'statuses':["
                          STATUS("o", "sent", "2") "]}}]}]}", 2, 0);
    assert_text(fixture_mention(&fixture, 0)->account, "1");
    assert_text(fixture_mention(&fixture, 1)->account, "2");
    fixture_free(&fixture);
}


static void
test_campaigns_answer_nobody(void **state)
{
    size_t    i;
    char      body[1024];
    fixture_t fixture;

    static const struct {
        const char *members;
        bool        campaign;
    } cases[] = {
        { "'pricing':{'category':'marketing'}", true },
        { "'pricing':{'category':'marketing_lite'}", true },
        { "'pricing':{'category':'utility'}", true },
        { "'pricing':{'category':'authentication'}", true },
        { "'pricing':{'category':'referral_conversion'}", true },
        { "'conversation':{'origin':{'type':'business_initiated'}}", true },
        { "'pricing':{'category':'service'}", false },
        { "'conversation':{'origin':{'type':'user_initiated'}}", false },
        { "'pricing':{'category':'category_of_2030'}", false },
        { "'pricing':null", false }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), LIST("statuses", "{'id':'o',"
                        "'status':'sent','timestamp':'1','recipient_id':"
                        "'4915',%s}"), cases[i].members);
        assert_int_equal(one(&fixture, body)->no_answer, cases[i].campaign);
    }

    /* A later status without prices does not turn it into an answer. */
    assert_true(one(&fixture, LIST("statuses", STATUS("o", "read",
                "1768471262") ",{'id':'o','status':'sent','timestamp':"
                "'1768471260','pricing':{'category':'marketing'}}"))
                ->no_answer);
    assert_text(fixture_mention(&fixture, 0)->proof, "o/sent");
    assert_text(fixture_mention(&fixture, 0)->clock_key, "whatsapp:106:4915");

    assert_null(fixture_option(&fixture, "templates", "answer"));
    assert_false(one(&fixture, LIST("statuses", "{'id':'o','status':'sent',"
                 "'pricing':{'category':'marketing'}}"))->no_answer);

    fixture_free(&fixture);
}


static void
test_failed_never_counts(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, LIST("statuses", "{'id':'o','status':'failed',"
                  "'timestamp':'1768471270','recipient_id':'4915','errors':[{"
                  "'code':131026,'message':'Undeliverable'}]}"));
    assert_text(mention->event, "o/failed");
    assert_int_equal(mention->direction, SC_DIRECTION_NONE);
    assert_true(mention->no_answer);
    assert_text(mention->clock_key, "");
    assert_text(mention->text, "Undeliverable");
    fixture_free(&fixture);
}


/* The word `failed` is about the payment: the message did arrive. */
static void
test_payments(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, LIST("statuses", "{'id':'o','from':'4915',"
                          "'type':'payment','status':'failed','payment':{"
                          "'reference_id':'r-7'},'timestamp':'1768471270'},"
                          "{'id':'o','recipient_id':'4915','type':'payment',"
                          "'status':'captured','timestamp':'1768471280'},"
                          "{'id':'o','type':'payment','status':'failed',"
                          "'timestamp':'1768471275'}"), 3, 0);

    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_int_equal(mention->direction, SC_DIRECTION_NONE);
    assert_true(mention->no_answer);
    assert_text(mention->clock_key, "");
    assert_text(mention->status, "payment_failed");
    assert_text(mention->event, "o/payment_failed/1768471270");
    assert_text(mention->object, "o");
    assert_text(mention->thread, "4915");
    assert_text(mention->extra->value, "r-7");
    assert_int_equal(mention->created_ms, 1768471270000);

    mention = fixture_mention(&fixture, 1);
    assert_text(mention->status, "payment_captured");
    assert_text(mention->thread, "4915");
    assert_text(fixture_mention(&fixture, 2)->event,
                "o/payment_failed/1768471275");

    fixture_expect_quoted(&fixture, LIST("statuses", "{'id':'o',"
                          "'type':'payment','timestamp':'1768471275'}"), 0,
                          1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


/* It rings, and waits under the key of the customer's messages. */
static void
test_calls_of_customers(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, CALLS("'contacts':[{'profile':{'name':'Lea'},"
                  "'wa_id':'4915'}],'calls':[{'id':'c1','event':'connect',"
                  "'direction':'USER_INITIATED','from':4915,'to':4930,"
                  "'timestamp':1768471200,'session':{'sdp':'v=0'}}]"));
    assert_int_equal(mention->kind, SC_KIND_CALL);
    assert_int_equal(mention->channel, SC_CHANNEL_VOICE);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_int_equal(mention->created_ms, 1768471200000);
    assert_true(sc_mention_is_actionable(mention));
    assert_text(mention->event, "c1/connect");
    assert_text(mention->object, "c1");
    assert_text(mention->thread, "4915");
    assert_text(mention->author.id, "4915");
    assert_text(mention->author.name, "Lea");
    assert_text(mention->clock_key, "whatsapp:106:4915");

    /* Missed: the wait goes on. */
    mention = one(&fixture, CALL("terminate", "USER_INITIATED", "4915", "4930",
                                 ",'status':'FAILED'"));
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->event, "c1/terminate");
    assert_text(mention->status, "FAILED");
    assert_text(mention->clock_key, "");
    assert_int_equal(mention->duration_s, -1);

    /* Picked up: answered then, not when it ended. */
    mention = one(&fixture, CALL("terminate", "USER_INITIATED", "4915", "4930",
                                 ",'status':'COMPLETED','start_time':"
                                 "'1768471080','duration':120"));
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_false(mention->no_answer);
    assert_int_equal(mention->created_ms, 1768471080000);
    assert_int_equal(mention->duration_s, 120);
    assert_text(mention->author.id, "4930");
    assert_text(mention->recipient, "4915");
    assert_text(mention->clock_key, "whatsapp:106:4915");
    assert_text(mention->proof, "c1/answered");

    /* People without a number, or whom nobody names. */
    assert_text(one(&fixture, CALLS("'calls':[{'id':'c','event':'connect',"
                "'from_user_id':'DE.1'}]"))->clock_key, "whatsapp:106:DE.1");
    mention = one(&fixture, CALLS("'calls':[{'id':'c','event':'connect'}]"));
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->clock_key, "");
    mention = one(&fixture, CALLS("'calls':[{'id':'c','event':'terminate',"
                                  "'start_time':'1768471080'}]"));
    assert_text(mention->clock_key, "");
    assert_true(mention->no_answer);

    fixture_free(&fixture);
}


/* A call back answers once the customer picks up. */
static void
test_calls_to_customers(void **state)
{
    size_t        i;
    char          body[1024];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const words[] = { "RINGING", "REJECTED", "ACCEPTED" };

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, CALL("connect", "BUSINESS_INITIATED",
                                         "4930", "4915", ""), 0, 0);

    for (i = 0; i < 3; i++) {
        (void) snprintf(body, sizeof(body), CALLS("'statuses':[{'id':'c1',"
                        "'type':'call','status':'%s','recipient_id':'4915',"
                        "'timestamp':'1768471070'}]"), words[i]);
        mention = one(&fixture, body);
        assert_int_equal(mention->kind, SC_KIND_STATUS);
        assert_int_equal(mention->channel, SC_CHANNEL_VOICE);
        assert_int_equal(mention->direction, SC_DIRECTION_OUT);
        assert_text(mention->status, words[i]);
        assert_text(mention->recipient, "4915");
        assert_int_equal(mention->no_answer, i != 2);
        assert_text(mention->clock_key, i != 2 ? "" : "whatsapp:106:4915");
        assert_text(mention->proof, i != 2 ? "" : "c1/answered");
    }

    mention = one(&fixture, CALL("terminate", "BUSINESS_INITIATED", "4930",
                                 "4915", ",'status':'COMPLETED','start_time':"
                                 "'1768471080','duration':'120'"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "whatsapp:106:4915");
    assert_text(mention->proof, "c1/answered");
    assert_text(mention->author.id, "4930");

    mention = one(&fixture, CALL("terminate", "BUSINESS_INITIATED", "4930",
                                 "4915", ",'status':'FAILED'"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_true(mention->no_answer);
    assert_text(mention->clock_key, "");

    fixture_free(&fixture);
}


static void
test_timestamps(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    assert_int_equal(one(&fixture, LIST("messages", "{'id':'w','timestamp':"
                     "1768471200}"))->created_ms, 1768471200000);
    assert_int_equal(one(&fixture, LIST("messages", "{'id':'w','timestamp':"
                     "'17x'}"))->created_ms, -1);
    fixture_free(&fixture);
}


/* The account's trouble, told once a day. */
static void
test_errors_only(void **state)
{
    char          event[64];
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, LIST("errors", "{'code':130429,'title':'Rate limit"
                                 " hit'}"));
    assert_int_equal(mention->kind, SC_KIND_NOTICE);
    assert_text(mention->notice, "error");
    assert_text(mention->status, "130429");
    assert_text(mention->text, "Rate limit hit");
    (void) snprintf(event, sizeof(event), "error/130429/%d",
                    (int) (FIXTURE_NOW_MS / 86400000));
    assert_text(mention->event, event);
    fixture_free(&fixture);
}


static void
test_account_without_metadata(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, "{'object':'whatsapp_business_account',"
                          "'entry':[{'id':'215','changes':[{'field':"
                          "'messages','value':{'messages':[{'id':'w'}]}}]}]}",
                          1, 0);
    assert_text(fixture_mention(&fixture, 0)->account, "215");
    fixture_free(&fixture);
}


static void
test_ignored_fields(void **state)
{
    size_t    i;
    char      body[512];
    fixture_t fixture;

    static const char *const fields[] = {
        "history", "smb_app_state_sync", "account_update",
        "account_review_update", "phone_number_name_update",
        "phone_number_quality_update", "message_template_status_update",
        "message_template_quality_update", "template_category_update",
        "user_preferences", "security", "user_id_update",
        "business_username_update", "group_lifecycle_update"
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        (void) snprintf(body, sizeof(body), CHANGE("%s", "'messages':[{"
                        "'id':'old','from':'1'}]"), fields[i]);
        fixture_expect_quoted(&fixture, body, 0, 0);
    }

    fixture_free(&fixture);
}


static void
expect_piece(const char *text, size_t mentions, sc_dead_reason_t reason)
{
    fixture_t fixture;

    setup(&fixture);
    fixture_expect_quoted(&fixture, text, mentions, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, reason);
    fixture_free(&fixture);
}


static void
test_what_is_dead(void **state)
{
    (void) state;

    expect_piece(CHANGE("payments", "'payments':[]"), 0,
                 SC_DEAD_UNKNOWN_OBJECT);
    expect_piece(CHANGE("messages", "'x':1"), 0, SC_DEAD_MISSING_MEMBER);
    expect_piece(CHANGE("messages", "'messages':{}"), 0, SC_DEAD_SHAPE);
    expect_piece(CHANGE("messages", "'messages':{},'statuses':["
                 STATUS("o", "sent", "1") "]"), 1, SC_DEAD_SHAPE);
    expect_piece(LIST("messages", "7,{'id':'w'}"), 1, SC_DEAD_SHAPE);
    expect_piece(LIST("messages", "{'from':'1'},{'id':'w'}"), 1,
                 SC_DEAD_MISSING_MEMBER);
    expect_piece(LIST("statuses", "{'status':'sent'}"), 0,
                 SC_DEAD_MISSING_MEMBER);
    expect_piece(LIST("statuses", "{'id':'o'}"), 0, SC_DEAD_MISSING_MEMBER);
    expect_piece(LIST("statuses", STATUS("o", "pondered", "1")), 0,
                 SC_DEAD_UNKNOWN_OBJECT);
    expect_piece(CALLS("'calls':[{'event':'connect'}]"), 0,
                 SC_DEAD_MISSING_MEMBER);
    expect_piece(CALLS("'calls':[{'id':'c'}]"), 0, SC_DEAD_MISSING_MEMBER);
    expect_piece(CALLS("'calls':[{'id':'c','event':'hold'}]"), 0,
                 SC_DEAD_UNKNOWN_OBJECT);
    expect_piece(CALLS("'statuses':[{'type':'call','status':'RINGING'}]"), 0,
                 SC_DEAD_MISSING_MEMBER);
    expect_piece(CALLS("'statuses':[{'type':'call','id':'c'}]"), 0,
                 SC_DEAD_MISSING_MEMBER);
    expect_piece(CALLS("'statuses':[{'type':'call','id':'c','status':'sent'}]"),
                 0, SC_DEAD_UNKNOWN_OBJECT);
    expect_piece("{'object':'whatsapp_business_account','entry':[{'id':'1',"
                 "'messaging':[{'message':{'mid':'m'}}]}]}", 0,
                 SC_DEAD_UNKNOWN_OBJECT);
}


static void
test_null_lists_are_absent(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, CHANGE("messages", "'messages':null,"
                          "'errors':null,'statuses':["
                          STATUS("o", "sent", "1") "]"), 1, 0);
    fixture_expect_quoted(&fixture, LIST("messages", ""), 0, 0);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_of_every_type),
        cmocka_unit_test(test_forms_are_kept),
        cmocka_unit_test(test_media_are_handles),
        cmocka_unit_test(test_context_without_an_id_is_no_parent),
        cmocka_unit_test(test_users_without_a_number),
        cmocka_unit_test(test_number_on_one_side_only),
        cmocka_unit_test(test_nobody_in_the_payload),
        cmocka_unit_test(test_contacts_are_matched),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_edit_and_revoke),
        cmocka_unit_test(test_system_is_a_notice),
        cmocka_unit_test(test_opened_chat),
        cmocka_unit_test(test_permission_to_call),
        cmocka_unit_test(test_reaction),
        cmocka_unit_test(test_echoes),
        cmocka_unit_test(test_statuses_of_one_message_are_one_answer),
        cmocka_unit_test(test_statuses_of_two_numbers_stay_apart),
        cmocka_unit_test(test_campaigns_answer_nobody),
        cmocka_unit_test(test_failed_never_counts),
        cmocka_unit_test(test_payments),
        cmocka_unit_test(test_calls_of_customers),
        cmocka_unit_test(test_calls_to_customers),
        cmocka_unit_test(test_timestamps),
        cmocka_unit_test(test_errors_only),
        cmocka_unit_test(test_account_without_metadata),
        cmocka_unit_test(test_ignored_fields),
        cmocka_unit_test(test_what_is_dead),
        cmocka_unit_test(test_null_lists_are_absent)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
