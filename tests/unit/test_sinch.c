/*
 * test_sinch.c: Sinch's inbound messages that are not plain texts, comments and
 * reactions, and when a call counts as answered.  Signatures and the rest are
 * in test_telephony.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define INBOUND(content)                                                      \
    "{'app_id':'A','message':{'id':'1','conversation_id':'C','contact_id':"   \
    "'P','channel_identity':{'channel':'WHATSAPP','identity':'33'},"          \
    "'contact_message':{" content "}}}"

#define EVENT(content)                                                        \
    "{'app_id':'A','event_time':'2026-01-15T10:00:00Z','event':{'id':'E1',"   \
    "'conversation_id':'C','contact_id':'P'," content "}}"


static void
test_kinds_of_messages(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *body;
        const char *text;
        const char *type;
        const char *place;
    } cases[] = {
        { INBOUND("'media_card_message':{'url':'u','caption':'c'}"), "c",
          "media", "u" },
        { INBOUND("'location_message':{'title':'Shop','label':'L',"
                  "'coordinates':{'latitude':40.3,'longitude':-74.1}}"),
          "Shop", "location", "40.3,-74.1" },
        { INBOUND("'location_message':{'label':'L','coordinates':{}}"), "L",
          NULL, NULL },
        { INBOUND("'product_response_message':{'text':'these',"
                  "'products':[]}"), "these", NULL, NULL },
        { INBOUND("'fallback_message':{'raw_message':'what'}"), "what", NULL,
          NULL },
        { INBOUND("'choice_response_message':{'message_id':'9',"
                  "'postback_data':'yes'}"), "yes", NULL, NULL },
        { INBOUND("'channel_specific_message':{'message_type':'nfm_reply',"
                  "'message':{'type':'nfm_reply','nfm_reply':{'body':'Sent',"
                  "'response_json':'{}'}}}"), "Sent", NULL, NULL }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_sinch);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        mention = one(&fixture, cases[i].body);
        assert_true(sc_mention_is_actionable(mention));
        assert_text(mention->text, cases[i].text);
        assert_text(mention->clock_key, "sinch:A:C");

        if (cases[i].type == NULL) {
            assert_null(mention->media);
            continue;
        }

        assert_text(mention->media->type, cases[i].type);
        assert_text(mention->media->url.len != 0 ? mention->media->url
                                                 : mention->media->ref,
                    cases[i].place);
        assert_null(mention->media->next);
    }

    /* The last one is a form; the one before answers a message. */
    assert_string_equal(fixture_mention(&fixture, 0)->extra->name, "form");
    assert_text(fixture_mention(&fixture, 0)->extra->value, "{}");
    assert_text(one(&fixture, cases[5].body)->parent, "9");
    fixture_free(&fixture);
}


static void
test_comments_and_reactions(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_sinch);
    mention = one(&fixture, EVENT("'contact_event':{'comment_event':{'id':"
                  "'17','text':'No signal','comment_type':'FEED',"
                  "'commented_on':'https://e/p/1','user':'lea'}}"));
    assert_int_equal(mention->kind, SC_KIND_COMMENT);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_int_equal(mention->is_public, SC_TRI_YES);
    assert_int_equal(mention->channel, SC_CHANNEL_SOCIAL);
    assert_true(sc_mention_is_actionable(mention));
    assert_text(mention->text, "No signal");
    assert_text(mention->event, "E1");
    assert_text(mention->object, "17");
    assert_text(mention->url, "https://e/p/1");
    assert_text(mention->author.handle, "lea");
    assert_text(mention->clock_key, "sinch:A:C");
    assert_int_equal(mention->created_ms, 1768471200000);

    mention = one(&fixture, EVENT("'contact_message_event':{'reaction_event':"
                  "{'emoji':'x','action':'REACTION_ACTION_REACT',"
                  "'message_id':'9'}}"));
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_int_equal(mention->action, SC_ACTION_CREATE);
    assert_text(mention->reaction, "x");
    assert_text(mention->parent, "9");
    assert_text(mention->clock_key, "");
    assert_int_equal(one(&fixture, EVENT("'contact_message_event':"
                     "{'reaction_event':{'action':'REACTION_ACTION_UNREACT'"
                     "}}"))->action, SC_ACTION_DELETE);

    fixture_expect_quoted(&fixture, EVENT("'contact_event':{"
                          "'composing_event':{}}"), 0, 0);
    fixture_expect_quoted(&fixture, "{'event':{'contact_event':"
                          "{'comment_event':{}}}}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


/* A call answers when it is taken; it is reported when it ends. */
static void
test_calls(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_sinch);
    fixture_account(&fixture, "442079460018");
    mention = one(&fixture, "{'event':'dice','callid':'C2','timestamp':"
                  "'2026-01-15T10:10:00Z','result':'ANSWERED','duration':600,"
                  "'from':'442079460018','to':{'endpoint':'447700900123'}}");
    assert_int_equal(mention->created_ms, 1768471200000);
    assert_int_equal(mention->duration_s, 600);

    mention = one(&fixture, "{'event':'dice','callid':'C2','timestamp':"
                  "'2026-01-15T10:10:00Z','result':'ANSWERED','duration':"
                  "9000000000000000000,'from':'442079460018','to':"
                  "{'endpoint':'447700900123'}}");
    assert_int_equal(mention->created_ms, 1768471800000);

    /* Those who hide their number are different people. */
    mention = one(&fixture, "{'event':'ice','callid':'C4','cli':'private',"
                  "'to':{'endpoint':'442079460018'}}");
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->clock_key, "sinch:442079460018:C4");
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_of_messages),
        cmocka_unit_test(test_comments_and_reactions),
        cmocka_unit_test(test_calls)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
