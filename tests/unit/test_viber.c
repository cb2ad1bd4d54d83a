/*
 * test_viber.c: events in the shapes that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define EVENT(value)                                                          \
    "{'event':" value ",'timestamp':1789999951088,"                           \
    "'message_token':5917283746152839475}"
#define MESSAGE(value)                                                        \
    EVENT("'message','sender':{'id':'n==','name':'I'},'message':{" value "}")


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_viber);
    fixture_account(fixture, "pa:1");
}


static void
test_contents(void **state)
{
    size_t        i;
    char          body[512];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *text;
        const char *type;
        const char *url;
        const char *ref;
        const char *words;
    } cases[] = {
        { "'type':'sticker','media':'https://v/s','sticker_id':46105",
          "sticker", "https://v/s", "46105", "" },
        { "'type':'location','location':{'lat':50.76,'lon':-6.02}",
          "location", "", "50.76,-6.02", "" },
        { "'type':'contact','contact':{'name':'Al','phone_number':'+972'}",
          "contact", "", "+972", "Al" },
        { "'type':'url','media':'https://v/u'", "url", "https://v/u", "", "" }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), MESSAGE("%s"), cases[i].text);
        mention = one(&fixture, body);
        assert_text(mention->media->type, cases[i].type);
        assert_text(mention->media->url, cases[i].url);
        assert_text(mention->media->ref, cases[i].ref);
        assert_text(mention->text, cases[i].words);
        assert_text(mention->clock_key, "viber:pa:1:n==");
        assert_int_equal(mention->is_public, SC_TRI_NO);
    }

    assert_text(one(&fixture, "{'event':'message','message_token':7,"
                "'chat_id':'c1','sender':{'id':'n=='},'message':"
                "{'type':'text','text':'x'}}")->clock_key, "viber:pa:1:c1");
    assert_true(fixture_mention(&fixture, 0)->created_is_delivery_time);
    fixture_free(&fixture);
}


/* `delivered` is said of customers' messages, too: it is nobody's answer. */
static void
test_statuses(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, EVENT("'failed','user_id':'n==','desc':'no'"));
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_text(mention->status, "failed");
    assert_text(mention->text, "no");
    assert_text(mention->event, "failed:5917283746152839475");
    assert_text(mention->clock_key, "");
    assert_int_equal(mention->direction, SC_DIRECTION_NONE);

    mention = one(&fixture, EVENT("'seen','user_id':'n=='"));
    assert_text(mention->status, "seen");

    /* Nobody waits in a conversation that was left. */
    mention = one(&fixture, EVENT("'unsubscribed','user_id':'n=='"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->clock_key, "viber:pa:1:n==");
    assert_string_equal(mention->ends, "deleted_by_author");
    dead(&fixture, EVENT("'unsubscribed'"), SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_other_events(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, EVENT("'webhook'"), 0, 0);
    assert_true(fixture.callback.handshake);
    fixture_expect_quoted(&fixture, EVENT("'conversation_started','user':"
                          "{'id':'n=='}"), 0, 0);
    assert_int_equal(fixture.callback.answer.body.len, 0);
    fixture_expect_quoted(&fixture, EVENT("'subscribed'"), 0, 0);
    dead(&fixture, EVENT("'dance'"), SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "{'event':'message'}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'message_token':1}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("'message','message':{'type':'text'}"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, EVENT("'message','sender':{'id':'n=='}"),
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "'x'", SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


static void
test_query_signature(void **state)
{
    fixture_t                 fixture;
    const sc_verify_scheme_t *schemes[2];

    (void) state;

    setup(&fixture);
    assert_int_equal(sc_platform_viber.schemes(&fixture.source, schemes, 2),
                     1);
    assert_null(schemes[0]->alternative);
    assert_non_null(fixture_option(&fixture, "query_signature", "yes"));
    assert_null(fixture_option(&fixture, "query_signature", "on"));
    assert_int_equal(sc_platform_viber.schemes(&fixture.source, schemes, 2),
                     2);
    assert_ptr_equal(schemes[0]->alternative, schemes[1]);
    assert_int_equal(schemes[1]->signature.from, SC_FROM_QUERY);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_other_events),
        cmocka_unit_test(test_query_signature)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
