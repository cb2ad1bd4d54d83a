/*
 * test_zendesk.c: events of tickets in the shapes that the samples do not
 * show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define EVENT(type, event)                                                    \
    "{'account_id':9007199254740993,'id':'e-1','time':'2026-09-21T14:12:31Z'," \
    "'type':'zen:event-type:ticket." type "','subject':'zen:ticket:90417',"   \
    "'detail':{'id':'90417','requester_id':'66','subject':'Parcel'},"         \
    "'event':{" event "}}"

#define COMMENT(members)  "'comment':{'id':'31'," members "'body':'x'}"
#define STAFF   "'is_public':true,'author':{'id':'7','is_staff':true},"
#define CUSTOMER                                                              \
    "'is_public':true,'author':{'id':'66','is_staff':false,'name':'K'},"
#define NOTE    "'is_public':false,'author':{'id':'7','is_staff':true},"


/* Question and answer meet under one key, which a note does not touch. */
static void
test_sides(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_zendesk);

    mention = one(&fixture, EVENT("comment_added", COMMENT(CUSTOMER)));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->account, "9007199254740993");
    assert_text(mention->clock_key, "zendesk:9007199254740993:90417");
    assert_text(mention->subject, "Parcel");
    assert_text(mention->url, "");
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_int_equal(sc_mention_reach(mention), SC_REACH_NONE);

    mention = one(&fixture, EVENT("comment_added", COMMENT(STAFF)));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "zendesk:9007199254740993:90417");
    assert_text(mention->recipient, "66");
    assert_false(mention->automatic);
    assert_false(mention->no_answer);

    mention = one(&fixture, EVENT("comment_added", COMMENT(NOTE)));
    assert_int_equal(mention->direction, SC_DIRECTION_INTERNAL);
    assert_int_equal(mention->kind, SC_KIND_NOTE);
    assert_text(mention->clock_key, "");

    mention = one(&fixture, EVENT("comment_added", COMMENT("'author':{'id':-1,"
                                  "'is_staff':false},")));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_true(mention->automatic);

    /* Nobody says who wrote: somebody may be waiting. */
    mention = one(&fixture, EVENT("comment_added", COMMENT("")));
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->clock_key, "zendesk:9007199254740993:90417");

    fixture_free(&fixture);
}


static void
test_gone(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const events[] = {
        EVENT("comment_made_private", COMMENT(NOTE)),
        EVENT("comment_redacted", "'comment_id':31")
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_zendesk);

    for (i = 0; i < 2; i++) {
        mention = one(&fixture, events[i]);
        assert_int_equal(mention->action, SC_ACTION_DELETE);
        assert_int_equal(mention->kind, SC_KIND_MESSAGE);
        assert_text(mention->object, "31");
        assert_text(mention->thread, "90417");
        assert_text(mention->text, "");
        assert_text(mention->clock_key, "");
    }

    mention = one(&fixture, EVENT("soft_deleted", ""));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_int_equal(mention->direction, SC_DIRECTION_INTERNAL);
    assert_text(mention->object, "90417");
    assert_true(sc_str_ends_with(mention->clock_key, SC_STR(":90417")));
    assert_string_equal(mention->ends, "not_actionable");
    (void) one(&fixture, EVENT("permanently_deleted", ""));

    dead(&fixture, EVENT("comment_redacted", ""), SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_attachment(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_zendesk);
    mention = one(&fixture, EVENT("attachment_linked_to_comment",
                  "'comment':{'id':'31'},'attachment':{'id':'5',"
                  "'content_type':'image/png','content_url':'https://z/5'}"));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->object, "31");
    assert_text(mention->media->type, "image/png");
    assert_text(mention->media->url, "https://z/5");
    assert_text(mention->media->ref, "5");
    assert_text(mention->clock_key, "");
    assert_int_equal(mention->edited_ms, 1789999951000);

    dead(&fixture, EVENT("attachment_linked_to_comment", "'comment_id':31"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("attachment_linked_to_comment", "'attachment':{}"),
         SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_text_and_time(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_zendesk);
    fixture_account(&fixture, "nw");
    mention = one(&fixture, "{'id':'e-1','type':"
                  "'zen:event-type:ticket.comment_added',"
                  "'subject':'zen:ticket:5','event':{'comment':{'id':31,"
                  "'body':'caf\\u00e9 \\ud83d\\ude00\\n<b>'}}}");
    assert_text(mention->text, "caf\xc3\xa9 \xf0\x9f\x98\x80\n<b>");
    assert_text(mention->thread, "5");
    assert_text(mention->clock_key, "zendesk:nw:5");
    assert_true(mention->created_is_delivery_time);
    assert_int_equal(mention->created_ms, FIXTURE_NOW_MS);
    fixture_free(&fixture);
}


static void
test_other_events(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const char *const quiet[] = {
        EVENT("created", ""), EVENT("status_changed", "'current':'OPEN'"),
        EVENT("merged", ""), EVENT("custom_field_changed", ""),
        EVENT("marked_as_spam", ""), EVENT("csat_requested", "")
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_zendesk);

    for (i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
        fixture_expect_quoted(&fixture, quiet[i], 0, 0);
    }

    dead(&fixture, EVENT("teleported", ""), SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "{'id':'e','type':'zen:event-type:article.published'}",
         SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "{'id':'e'}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "[]", SC_DEAD_SHAPE);
    dead(&fixture, "{'type':'zen:event-type:ticket.comment_added',"
         "'detail':{'id':'1'},'event':{" COMMENT("") "}}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'id':'e','type':'zen:event-type:ticket.comment_added',"
         "'event':{" COMMENT("") "}}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("comment_added", "'comment':{'body':'x'}"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("comment_added", "'comment':7"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("comment_added", "'comment':{'id':1,'id':2}"),
         SC_DEAD_DUPLICATE_NAME);
    fixture_free(&fixture);
}


static void
test_options(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_zendesk);
    assert_non_null(fixture_option(&fixture, "subdomain", ""));
    assert_non_null(fixture_option(&fixture, "subdomain", "a.b"));
    assert_non_null(fixture_option(&fixture, "domain", "nw"));
    assert_null(fixture_option(&fixture, "subdomain", "nw-1"));
    assert_text(one(&fixture, EVENT("comment_added", COMMENT(STAFF)))->url,
                "https://nw-1.zendesk.com/agent/tickets/90417");
    fixture_free(&fixture);
}


/* Without memory it is too large, never dead or half. */
static void
test_little_memory(void **state)
{
    size_t            bytes;
    fixture_t         fixture;
    sc_parse_result_t result;

    (void) state;

    for (bytes = 0; bytes < 8192; bytes += 16) {
        fixture_init(&fixture, &sc_platform_zendesk);
        assert_null(fixture_option(&fixture, "subdomain", "nw"));
        fixture_limit_memory(&fixture, bytes);
        result = fixture_parse_quoted(&fixture, EVENT("comment_added",
                                      COMMENT(CUSTOMER)));
        assert_true(result == SC_PARSE_OK || result == SC_PARSE_TOO_LARGE);
        fixture_free(&fixture);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_attachment),
        cmocka_unit_test(test_text_and_time),
        cmocka_unit_test(test_other_events),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_little_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
