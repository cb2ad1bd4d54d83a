/*
 * test_intercom.c: notifications in the shapes that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define NOTE(topic, item)                                                     \
    "{'type':'notification_event','app_id':'nw12','id':'n-1',"                \
    "'topic':'" topic "','delivery_attempts':1,'created_at':1789999951,"      \
    "'data':{'item':{" item "}}}"

#define PARTS(parts)                                                          \
    "'type':'conversation','id':'215','contacts':{'contacts':[{'id':'c7'}]}," \
    "'conversation_parts':{'conversation_parts':[" parts "]}"

#define PART(id, members)                                                     \
    "{'id':'" id "','created_at':1789999960," members "}"

#define ADMIN   "'author':{'type':'admin','id':'44','name':'Sam'},"
#define USER    "'author':{'type':'user','id':'c7','name':'Dana'},"


static void
test_sides(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_intercom);

    /* The last part is the new one. */
    mention = one(&fixture, NOTE("conversation.user.replied",
                  PARTS(PART("30", ADMIN "'body':'old'") ","
                        PART("31", USER "'part_type':'open','body':'new'"))));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->text, "new");
    assert_text(mention->object, "31");
    assert_text(mention->clock_key, "intercom:nw12:215");
    assert_int_equal(mention->created_ms, 1789999960000);
    assert_int_equal(sc_mention_reach(mention), SC_REACH_NONE);

    mention = one(&fixture, NOTE("conversation.admin.replied",
                  PARTS(PART("32", ADMIN "'part_type':'comment',"
                             "'body':'hi'"))));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->recipient, "c7");
    assert_text(mention->clock_key, "intercom:nw12:215");
    assert_false(mention->automatic);

    mention = one(&fixture, NOTE("conversation.admin.noted",
                  PARTS(PART("33", ADMIN "'part_type':'note','body':'x'"))));
    assert_int_equal(mention->kind, SC_KIND_NOTE);
    assert_int_equal(mention->direction, SC_DIRECTION_INTERNAL);
    assert_text(mention->clock_key, "");

    /* A note is one, also where the topic says something else. */
    mention = one(&fixture, NOTE("conversation.admin.replied",
                  PARTS(PART("33", ADMIN "'part_type':'note','body':'x'"))));
    assert_int_equal(mention->kind, SC_KIND_NOTE);

    mention = one(&fixture, NOTE("conversation.admin.single.created",
                  "'id':215,'created_at':1789999951,'source':{'id':'9',"
                  ADMIN "'subject':'<p>Offer</p>','body':'<p>Hello</p>'}"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->subject, "Offer");
    assert_text(mention->thread, "215");
    fixture_free(&fixture);
}


static void
test_automatic(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const char *const texts[] = {
        NOTE("conversation.admin.replied", PARTS(PART("1",
             "'author':{'type':'bot','id':'1'},'body':'x'"))),
        NOTE("conversation.admin.replied", PARTS(PART("1",
             "'author':{'type':'admin','from_ai_agent':true},'body':'x'"))),
        NOTE("conversation.admin.replied", PARTS(PART("1",
             "'author':{'type':'admin','is_ai_answer':true},'body':'x'"))),
        NOTE("conversation.operator.replied", PARTS(PART("1",
             ADMIN "'body':'x'")))
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_intercom);

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_true(one(&fixture, texts[i])->automatic);
    }

    fixture_free(&fixture);
}


static void
test_said_nothing(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_intercom);
    fixture_expect_quoted(&fixture, NOTE("conversation.admin.replied",
                          PARTS(PART("1", ADMIN "'part_type':'close',"
                                     "'body':null"))), 0, 0);

    /* A picture without words is a message. */
    assert_text(one(&fixture, NOTE("conversation.user.replied",
                PARTS(PART("1", USER "'part_type':'open','body':null,"
                "'attachments':[{'type':'upload','url':'https://i/1',"
                "'content_type':'image/png'},7,{'name':'x'}]"))))
                ->media->url, "https://i/1");
    assert_text(fixture_mention(&fixture, 0)->media->type, "image/png");
    assert_null(fixture_mention(&fixture, 0)->media->next);
    fixture_free(&fixture);
}


static void
test_removed(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_intercom);
    mention = one(&fixture, NOTE("conversation.user.replied",
                  PARTS(PART("31", USER "'redacted':true,'body':'gone'"))));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->text, "");
    assert_text(mention->clock_key, "");

    mention = one(&fixture, NOTE("conversation_part.redacted",
                  PARTS(PART("31", USER "'redacted':true"))));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->object, "31");
    assert_text(mention->thread, "215");

    mention = one(&fixture, NOTE("conversation_part.redacted",
                  "'id':'31','conversation_id':215"));
    assert_text(mention->object, "31");
    assert_text(mention->thread, "215");

    mention = one(&fixture, NOTE("conversation.deleted",
                  "'conversation_id':'215'"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_int_equal(mention->kind, SC_KIND_UNKNOWN);
    assert_text(mention->object, "215");
    assert_true(sc_str_ends_with(mention->clock_key, SC_STR(":215")));
    assert_string_equal(mention->ends, "not_actionable");
    fixture_free(&fixture);
}


static void
test_bodies(void **state)
{
    fixture_t   fixture;
    const char *text;

    (void) state;

    text = NOTE("conversation.user.replied", PARTS(PART("31", USER
                "'body':'<p>3 &lt; 5</p><p>caf\\u00e9</p>'")));

    fixture_init(&fixture, &sc_platform_intercom);
    assert_text(one(&fixture, text)->text, "3 < 5\ncaf\xc3\xa9");
    assert_non_null(fixture_option(&fixture, "bodies", "plain"));
    assert_non_null(fixture_option(&fixture, "body", "text"));
    assert_null(fixture_option(&fixture, "bodies", "text"));
    assert_text(one(&fixture, text)->text,
                "<p>3 &lt; 5</p><p>caf\xc3\xa9</p>");
    assert_null(fixture_option(&fixture, "bodies", "html"));
    assert_text(one(&fixture, text)->text, "3 < 5\ncaf\xc3\xa9");
    fixture_free(&fixture);
}


static void
test_ping(void **state)
{
    fixture_t   fixture;
    sc_policy_t policy;

    (void) state;

    fixture_init(&fixture, &sc_platform_intercom);
    fixture_expect_quoted(&fixture, NOTE("ping", "'type':'ping'"), 0, 0);
    assert_true(fixture.callback.handshake);

    /* And the one without a body. */
    sc_source_policy(&fixture.source, &policy);
    assert_true(policy.head_is_handshake);
    assert_false(policy.get_is_handshake);
    assert_false(policy.options_is_handshake);
    fixture_handshake(&fixture, "");
    assert_int_equal(fixture.callback.answer.status, 200);
    fixture_free(&fixture);
}


#define TICKET(parts)                                                         \
    "'type':'ticket','id':'301','ticket_id':'17','category':'Customer',"      \
    "'contacts':{'contacts':[{'id':'c7'}]},"                                  \
    "'ticket_attributes':{'_default_title_':'No signal',"                     \
    "'_default_description_':'<p>Since &lt;noon&gt;</p>'},"                   \
    "'created_at':1789999950,'ticket_parts':{'ticket_parts':[" parts "]}"

/* What is said in tickets counts like what is said in conversations. */
static void
test_tickets(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_intercom);

    mention = one(&fixture, NOTE("ticket.contact.replied", TICKET(
                  PART("40", ADMIN "'part_type':'comment','body':'old'") ","
                  PART("41", USER "'part_type':'comment','body':'Well?'"))));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_true(sc_mention_is_actionable(mention));
    assert_text(mention->text, "Well?");
    assert_text(mention->object, "41");
    assert_text(mention->author.id, "c7");
    assert_text(mention->clock_key, "intercom:nw12:301");
    assert_int_equal(mention->created_ms, 1789999960000);

    mention = one(&fixture, NOTE("ticket.admin.replied", TICKET(
                  PART("42", ADMIN "'part_type':'comment','body':'Done'"))));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_false(mention->automatic);
    assert_false(mention->no_answer);
    assert_text(mention->recipient, "c7");
    assert_text(mention->clock_key, "intercom:nw12:301");

    mention = one(&fixture, NOTE("ticket.note.created", TICKET(
                  PART("43", ADMIN "'part_type':'note','body':'x'"))));
    assert_int_equal(mention->kind, SC_KIND_NOTE);
    assert_text(mention->clock_key, "");

    dead(&fixture, NOTE("ticket.contact.replied", TICKET("")),
         SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_opened_tickets(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_intercom);

    mention = one(&fixture, NOTE("ticket.created",
                  TICKET(PART("40", USER "'part_type':'x'"))));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_int_equal(mention->kind, SC_KIND_MESSAGE);
    assert_text(mention->subject, "No signal");
    assert_text(mention->text, "Since <noon>");
    assert_text(mention->author.name, "Dana");
    assert_text(mention->object, "301");
    assert_text(mention->clock_key, "intercom:nw12:301");
    assert_int_equal(mention->created_ms, 1789999950000);

    /* A workflow opened it for the contact; nobody is named. */
    mention = one(&fixture, NOTE("ticket.created", TICKET(PART("40",
                  "'author':{'type':'bot','id':'9','name':'Flow'}"))));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->author.id, "c7");
    assert_text(mention->author.name, "");

    mention = one(&fixture, NOTE("ticket.created", "'id':'301',"
                  "'category':'Customer','ticket_attributes':"
                  "{'_default_title_':'Help'}"));
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->text, "Help");

    /* A category that is left out says nothing about the author. */
    mention = one(&fixture, NOTE("ticket.created", "'id':'301','category':"
                  "null,'ticket_attributes':{'_default_title_':'Help'},"
                  "'ticket_parts':{'ticket_parts':["
                  PART("40", USER "'part_type':'x'") "]}"));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->author.id, "c7");

    /* Staff opened it, or it is not a customer's at all. */
    mention = one(&fixture, NOTE("ticket.created",
                  TICKET(PART("40", ADMIN "'part_type':'x'"))));
    assert_int_equal(mention->direction, SC_DIRECTION_INTERNAL);
    assert_int_equal(mention->kind, SC_KIND_NOTE);
    assert_text(mention->clock_key, "");
    assert_int_equal(one(&fixture, NOTE("ticket.created", "'id':'301',"
                     "'category':'Back-office'"))->direction,
                     SC_DIRECTION_INTERNAL);
    fixture_free(&fixture);
}


static void
test_other_topics(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const char *const quiet[] = {
        NOTE("conversation.admin.closed", ""), NOTE("contact.signed_up", ""),
        NOTE("conversation.admin.assigned", PARTS("")),
        NOTE("conversation.contact.attached", PARTS("")),
        NOTE("conversation.admin.replied.translated", PARTS("")),
        NOTE("ticket.state.updated", TICKET("")),
        NOTE("ticket.closed", "'ticket':{'id':'301'}"),
        NOTE("granular.unsubscribe", "'id':'1'"),
        NOTE("user.created", "'id':'1'")
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_intercom);

    for (i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
        fixture_expect_quoted(&fixture, quiet[i], 0, 0);
    }

    dead(&fixture, NOTE("conversation.teleported", PARTS("")),
         SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, NOTE("ticket.created", ""), SC_DEAD_MISSING_MEMBER);
    dead(&fixture, NOTE("conversation.user.replied", PARTS("")),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, NOTE("conversation.user.replied", PARTS("7")),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, NOTE("conversation.user.replied", ""),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, NOTE("conversation.user.created", "'id':'215'"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'id':'n-1'}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "[]", SC_DEAD_SHAPE);
    dead(&fixture, "{'topic':'ping','topic':'x'}", SC_DEAD_DUPLICATE_NAME);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_automatic),
        cmocka_unit_test(test_said_nothing),
        cmocka_unit_test(test_removed),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_ping),
        cmocka_unit_test(test_tickets),
        cmocka_unit_test(test_opened_tickets),
        cmocka_unit_test(test_other_topics)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
