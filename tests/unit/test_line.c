/*
 * test_line.c: events in the shapes that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define BATCH(events)  "{'destination':'U9a','events':[" events "]}"
#define EVENT(value)                                                          \
    "{'webhookEventId':'01K','timestamp':1789999951417,'mode':'active',"      \
    "'source':{'type':'user','userId':'U0b'}," value "}"
#define MESSAGE(value)  EVENT("'type':'message','message':{'id':'5'," value "}")


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
        { "'type':'video','contentProvider':{'type':'line'}", "video", "",
          "5", "" },
        { "'type':'audio','contentProvider':{'type':'external',"
          "'originalContentUrl':'https://e/1'}", "audio", "https://e/1", "",
          "" },
        { "'type':'sticker','stickerId':'77'", "sticker", "", "77", "" },
        { "'type':'location','title':'T','address':'A'", "location", "", "5",
          "A" },
        { "'type':'hologram'", "hologram", "", "5", "" }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_line);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), BATCH(MESSAGE("%s")),
                        cases[i].text);
        mention = one(&fixture, body);
        assert_text(mention->media->type, cases[i].type);
        assert_text(mention->media->url, cases[i].url);
        assert_text(mention->media->ref, cases[i].ref);
        assert_text(mention->text, cases[i].words);
        assert_text(mention->clock_key, "line:U9a:U0b");
        assert_text(mention->account, "U9a");
        assert_int_equal(mention->is_public, SC_TRI_NO);
    }

    fixture_free(&fixture);
}


static void
test_places(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_line);
    mention = one(&fixture, BATCH("{'webhookEventId':'01K','type':'message',"
                  "'mode':'standby','source':{'type':'room','roomId':'R1'},"
                  "'message':{'id':'5','type':'text','text':'x'}}"));
    assert_text(mention->thread, "R1");
    assert_text(mention->status, "standby");
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_true(mention->created_is_delivery_time);
    fixture_free(&fixture);
}


/* In a group: was the brand spoken to? */
static void
test_mentioned(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *mention;
        bool        self;
    } cases[] = {
        { "'mention':{'mentionees':[1,{'userId':'U1'},{'isSelf':true}]}",
          true },
        { "'mention':{'mentionees':[{'isSelf':false},{'isSelf':'true'}]}",
          false },
        { "'mention':{'mentionees':{'isSelf':true}}", false },
        { "'mention':7", false }
    };
    char body[512];

    (void) state;

    fixture_init(&fixture, &sc_platform_line);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), BATCH(EVENT("'type':'message',"
                        "'message':{'type':'text','id':'5','text':'@nw hi',"
                        "%s}")), cases[i].mention);
        mention = one(&fixture, body);

        if (cases[i].self) {
            assert_non_null(mention->extra);
            assert_string_equal(mention->extra->name, "mentioned");
            assert_text(mention->extra->value, "true");

        } else {
            assert_null(mention->extra);
        }
    }

    mention = one(&fixture, BATCH(EVENT("'type':'message','replyToken':'rt',"
                  "'message':{'type':'text','id':'5','text':'hi'}")));
    assert_non_null(mention->extra);
    assert_string_equal(mention->extra->name, "reply_token");
    assert_text(mention->extra->value, "rt");

    fixture_free(&fixture);
}


static void
test_postback_and_unsend(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_line);
    mention = one(&fixture, BATCH(EVENT("'type':'postback','postback':"
                  "{'data':'a=b'}")));
    assert_text(mention->text, "a=b");
    assert_text(mention->clock_key, "line:U9a:U0b");
    assert_true(sc_mention_is_actionable(mention));

    /* A date that was picked is said; another page of the menu is not. */
    mention = one(&fixture, BATCH(EVENT("'type':'postback','postback':"
                  "{'data':'a=b','params':{'date':'2026-09-21'}}")));
    assert_true(sc_mention_is_actionable(mention));
    mention = one(&fixture, BATCH(EVENT("'type':'postback','postback':"
                  "{'data':'richmenu-changed-to-b','params':{"
                  "'newRichMenuAliasId':'richmenu-alias-b',"
                  "'status':'SUCCESS'}}")));
    assert_text(mention->text, "richmenu-changed-to-b");
    assert_true(mention->automatic);
    assert_false(sc_mention_is_actionable(mention));

    mention = one(&fixture, BATCH(EVENT("'type':'unsend','unsend':"
                  "{'messageId':'5'}")));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->object, "5");
    assert_text(mention->clock_key, "line:U9a:U0b");
    fixture_free(&fixture);
}


/* Where no answer arrives any more, nobody waits for one. */
static void
test_gone(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_line);
    mention = one(&fixture, BATCH(EVENT("'type':'unfollow'")));
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->status, "unfollow");
    assert_string_equal(mention->ends, "deleted_by_author");
    assert_text(mention->clock_key, "line:U9a:U0b");

    mention = one(&fixture, BATCH("{'type':'leave','webhookEventId':'01K',"
                  "'source':{'type':'group','groupId':'C1'}}"));
    assert_text(mention->status, "leave");
    assert_string_equal(mention->ends, "not_actionable");
    assert_text(mention->clock_key, "line:U9a:C1");
    fixture_free(&fixture);
}


/* One bad event does not take the others along. */
static void
test_batch(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const sc_dead_reason_t reasons[] = {
        SC_DEAD_SHAPE, SC_DEAD_UNKNOWN_OBJECT, SC_DEAD_MISSING_MEMBER,
        SC_DEAD_MISSING_MEMBER, SC_DEAD_MISSING_MEMBER,
        SC_DEAD_MISSING_MEMBER, SC_DEAD_MISSING_MEMBER
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_line);
    fixture_expect_quoted(&fixture, BATCH(
        MESSAGE("'type':'text','text':'1'") ","
        "7,"
        EVENT("'type':'dance'") ","
        EVENT("'x':1") ","
        EVENT("'type':'message'") ","
        EVENT("'type':'unsend'") ","
        "{'type':'message','source':{'userId':'U0b'},'message':{'id':'5'}},"
        "{'type':'message','webhookEventId':'1','message':{'id':'5',"
        "'type':'text'}},"
        EVENT("'type':'follow'") ","
        MESSAGE("'type':'text','text':'2'")), 2, 7);

    for (i = 0; i < 7; i++) {
        assert_int_equal(fixture_dead(&fixture, i)->reason, reasons[i]);
    }

    assert_text(fixture_mention(&fixture, 1)->text, "2");
    assert_false(fixture.callback.handshake);
    fixture_free(&fixture);
}


static void
test_envelope(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_line);
    fixture_expect_quoted(&fixture, BATCH(""), 0, 0);
    assert_true(fixture.callback.handshake);
    dead(&fixture, "{'destination':'U9a'}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'events':{}}", SC_DEAD_SHAPE);
    dead(&fixture, "[]", SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_mentioned),
        cmocka_unit_test(test_postback_and_unsend),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_envelope)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
