/*
 * test_vonage.c: messages of Vonage's Messages API that are not plain texts,
 * and people without a phone number.  Calls, the SMS API and the schemes are in
 * test_telephony.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define WHATSAPP(value)                                                       \
    "{'message_uuid':'m1','channel':'whatsapp','to':'44','from':'33',"        \
    "'timestamp':'2026-09-21T14:12:31Z'," value "}"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_vonage);
    fixture_header(fixture, "Content-Type", "application/json");
}


/* A reaction is nobody's question. */
static void
test_reactions(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, WHATSAPP("'message_type':'reaction','reaction':"
                  "{'action':'react','emoji':'\\ud83d\\udc4d'},'context':"
                  "{'message_uuid':'m0'}"));
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_int_equal(mention->action, SC_ACTION_CREATE);
    assert_false(sc_mention_is_actionable(mention));
    assert_text(mention->reaction, "\xf0\x9f\x91\x8d");
    assert_text(mention->parent, "m0");
    assert_text(mention->clock_key, "");

    mention = one(&fixture, WHATSAPP("'message_type':'reaction','reaction':"
                                     "{'action':'unreact'}"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->clock_key, "");
    fixture_free(&fixture);
}


static void
test_places(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, WHATSAPP("'message_type':'location','location':"
                  "{'lat':40.3,'long':-74.1,'name':'Shop','address':'Main St'"
                  "}"));
    assert_true(sc_mention_is_actionable(mention));
    assert_text(mention->text, "Shop");
    assert_text(mention->media->type, "location");
    assert_text(mention->media->ref, "40.3,-74.1");
    assert_null(mention->media->next);

    mention = one(&fixture, WHATSAPP("'message_type':'location','location':"
                  "{'latitude':1,'longitude':2,'address':'Main St'}"));
    assert_text(mention->text, "Main St");
    assert_text(mention->media->ref, "1,2");

    assert_null(one(&fixture, WHATSAPP("'message_type':'location',"
                                       "'location':{'lat':1}"))->media);
    fixture_free(&fixture);
}


static void
test_parts(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, "{'message_uuid':'m1','channel':'mms','to':'44',"
                  "'from':'33','message_type':'content','content':["
                  "{'type':'text','text':'Broken'},{},"
                  "{'type':'image','url':'u1','caption':'c'},"
                  "{'type':'file','url':'u2'}]}");
    assert_text(mention->text, "Broken\nc");
    assert_text(mention->media->type, "image");
    assert_text(mention->media->url, "u1");
    assert_text(mention->media->next->url, "u2");
    assert_null(mention->media->next->next);

    assert_text(one(&fixture, "{'message_uuid':'m1','channel':'mms','to':'44',"
                    "'from':'33','message_type':'content','content':["
                    "{'type':'image','url':'u1','caption':'c'}]}")->text, "c");
    fixture_free(&fixture);
}


/* Question and answer name a person without a visible number alike. */
static void
test_people_without_number(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, "{'message_uuid':'m1','channel':'whatsapp',"
                  "'to':'44','message_type':'text','text':'x','whatsapp':"
                  "{'sender':{'user_id':'GB.17'}}}");
    assert_text(mention->author.id, "GB.17");
    assert_text(mention->clock_key, "vonage:44:whatsapp:GB.17");

    mention = one(&fixture, "{'message_uuid':'m2','channel':'whatsapp',"
                  "'from':'44','status':'submitted','whatsapp':"
                  "{'recipient':{'user_id':'GB.17'}}}");
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->recipient, "GB.17");
    assert_text(mention->clock_key, "vonage:44:whatsapp:GB.17");

    /* With a number, that counts. */
    assert_text(one(&fixture, WHATSAPP("'message_type':'text','text':'x',"
                "'whatsapp':{'sender':{'user_id':'GB.17','wa_id':'33'}}"))
                ->clock_key, "vonage:44:whatsapp:33");
    fixture_free(&fixture);
}


/* An agent who takes such a call answers this caller, and no other. */
static void
test_agent_of_withheld_number(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const taken[] = { "'status':'answered'",
                                         "'status':'completed','duration':'7'"
                                       };

    (void) state;

    setup(&fixture);
    fixture_account(&fixture, "44");

    for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        char body[256];

        (void) snprintf(body, sizeof(body), "{'uuid':'u9','from':'Anonymous',"
                        "'to':'55','conversation_uuid':'CON-1',"
                        "'direction':'outbound',%s}", taken[i]);
        mention = one(&fixture, body);
        assert_int_equal(mention->direction, SC_DIRECTION_OUT);
        assert_text(mention->clock_key, "vonage:44:CON-1");
        assert_false(mention->no_answer);
    }

    mention = one(&fixture, "{'uuid':'u9','from':'Anonymous','to':'55',"
                  "'direction':'outbound','status':'answered'}");
    assert_text(mention->clock_key, "");
    assert_true(mention->no_answer);
    fixture_free(&fixture);
}


/* Those who hide their number are different people. */
static void
test_withheld_numbers(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, "{'uuid':'u1','from':'Anonymous','to':'44',"
                  "'direction':'inbound','status':'ringing'}");
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->clock_key, "vonage:44:u1");
    assert_text(one(&fixture, "{'uuid':'u1','conversation_uuid':'CON-1',"
                    "'from':'anonymous','to':'44'}")->clock_key,
                "vonage:44:CON-1");
    assert_text(one(&fixture, "{'uuid':'u1','conversation_uuid':'CON-1',"
                    "'from':'anonymous','to':'44','direction':'inbound',"
                    "'status':'ringing'}")->clock_key, "vonage:44:CON-1");

    /* A caller in the brand's own application. */
    mention = one(&fixture, "{'uuid':'u2','from_user':'lea','to':'44',"
                  "'direction':'inbound','status':'ringing'}");
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->author.id, "lea");
    assert_text(mention->clock_key, "vonage:44:lea");
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reactions),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_people_without_number),
        cmocka_unit_test(test_withheld_numbers),
        cmocka_unit_test(test_agent_of_withheld_number)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
