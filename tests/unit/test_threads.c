/*
 * test_threads.c: the flat envelope, in the shapes that the samples do not
 * show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define ENVELOPE(values)                                                      \
    "{'app_id':'9','topic':'moderate','target_id':31,'time':1768471204,"      \
    "'subscription_id':'7','has_uid_field':false,'values':" values "}"

#define VALUE(field, value)  "{'value':{" value "},'field':'" field "'}"

#define ROOT                                                                  \
    "'root_post':{'id':'1','owner_id':31000000000000001,'username':"          \
    "'NorthwindRail'},"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_threads);
}


static void
test_clock_keys_meet(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);

    assert_text(one(&fixture, ENVELOPE(VALUE("replies", ROOT "'id':'2',"
                "'username':'lea','replied_to':{'id':'1'}")))->clock_key,
                "threads:31000000000000001:2");
    assert_text(one(&fixture, ENVELOPE(VALUE("replies", ROOT "'id':'3',"
                "'username':'northwindrail','replied_to':{'id':'2'}")))
                ->clock_key, "threads:31000000000000001:2");
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_OUT);

    /* The brand's reply to nobody. */
    assert_true(one(&fixture, ENVELOPE(VALUE("replies", ROOT "'id':'3',"
                "'username':'northwindrail'")))->no_answer);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "");

    fixture_free(&fixture);
}


/* Where own accounts are configured, the root's author must be one of them. */
static void
test_root_author_must_be_ours(void **state)
{
    fixture_t fixture;

    static const char reply[] = ENVELOPE(VALUE("replies", ROOT "'id':'3',"
        "'username':'northwindrail','replied_to':{'id':'2'}"));

    (void) state;

    setup(&fixture);
    fixture_account(&fixture, "555");
    assert_int_equal(one(&fixture, reply)->direction, SC_DIRECTION_IN);
    fixture_account(&fixture, "31000000000000001");
    assert_int_equal(one(&fixture, reply)->direction, SC_DIRECTION_OUT);
    fixture_free(&fixture);

    setup(&fixture);
    fixture_account(&fixture, "@NORTHWINDRAIL");
    assert_int_equal(one(&fixture, reply)->direction, SC_DIRECTION_OUT);
    assert_int_equal(one(&fixture, ENVELOPE(VALUE("mentions", "'id':'5',"
                     "'username':'northwindrail'")))->direction,
                     SC_DIRECTION_OUT);
    assert_int_equal(one(&fixture, ENVELOPE(VALUE("mentions", "'id':'5',"
                     "'username':'lea'")))->direction, SC_DIRECTION_IN);
    assert_text(fixture_mention(&fixture, 0)->account, "31");
    fixture_free(&fixture);
}


static void
test_values_as_array(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, ENVELOPE("["
                          VALUE("mentions", "'id':'5','username':'lea'") ","
                          "7,"
                          VALUE("dance", "'id':'5'") ","
                          VALUE("replies", "'username':'lea'") ","
                          "{'value':{'id':'5'}},"
                          "{'field':'replies'},"
                          VALUE("mentions", "'id':'6','username':'bo'") "]"),
                          2, 5);
    assert_text(fixture_mention(&fixture, 1)->event, "6");
    assert_text(fixture_mention(&fixture, 1)->raw, "{\"value\":{\"id\":\"6\","
                "\"username\":\"bo\"},\"field\":\"mentions\"}");
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_SHAPE);
    assert_int_equal(fixture_dead(&fixture, 1)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(fixture_dead(&fixture, 2)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_dead(&fixture, 3)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_dead(&fixture, 4)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_values_of_the_wrong_type(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, ENVELOPE("'x'"), 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_SHAPE);
    fixture_expect_quoted(&fixture, ENVELOPE("[]"), 0, 0);
    fixture_free(&fixture);
}


static void
test_times(void **state)
{
    size_t    i;
    char      body[512];
    fixture_t fixture;

    static const struct {
        const char *text;
        int64_t     ms;
        bool        delivery;
    } times[] = {
        { "'2026-01-15T10:00:00+0000'", 1768471200000, false },
        { "'2026-01-15T10:00:00+00:00'", 1768471200000, false },
        { "'2026-01-15T10:00:00Z'", 1768471200000, false },
        { "'2026-01-15T10:00:00.250+0000'", 1768471200250, false },
        { "'2026-01-15T12:00:00+0200'", 1768471200000, false },
        { "1768471200", 1768471200000, false },
        { "'yesterday'", 1768471204000, true },
        { "null", 1768471204000, true }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        (void) snprintf(body, sizeof(body), ENVELOPE(VALUE("mentions",
                        "'id':'5','timestamp':%s")), times[i].text);
        assert_int_equal(one(&fixture, body)->created_ms, times[i].ms);
        assert_int_equal(fixture_mention(&fixture, 0)
                         ->created_is_delivery_time, times[i].delivery);
    }

    fixture_free(&fixture);
}


/*
 * Both tell of the same item; only the reply ends a wait, so it must not be
 * taken for a duplicate of the other.
 */
static void
test_publish_does_not_hide_the_reply(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    fixture_account(&fixture, "31000000000000001");

    mention = one(&fixture, ENVELOPE(VALUE("publish", "'id':'3','username':"
                                           "'northwindrail'")));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_true(mention->no_answer);
    assert_text(mention->clock_key, "");
    assert_text(mention->account, "");

    mention = one(&fixture, ENVELOPE(VALUE("replies", ROOT "'id':'3',"
                  "'username':'northwindrail','replied_to':{'id':'2'}")));
    assert_text(mention->event, "3");
    assert_text(mention->account, "31000000000000001");

    fixture_free(&fixture);
}


static void
test_delete(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, ENVELOPE(VALUE("delete", "'id':3,'owner':{"
                  "'owner_id':'31'},'timestamp':'2026-01-15T10:12:00+0000'")));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->account, "31");
    assert_text(mention->object, "3");
    assert_text(mention->event, "3/delete");
    assert_int_equal(mention->created_ms, 1768471920000);
    assert_text(mention->clock_key, "");

    fixture_free(&fixture);
}


static void
test_content(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, ENVELOPE(VALUE("mentions", "'id':'5','username':"
                  "'lea','is_verified':true,'gif_url':'g','media_type':"
                  "'IMAGE','replied_to':{'id':'4'},'root_post':{'id':'1'}")));
    assert_text(mention->media->type, "gif");
    assert_text(mention->media->url, "g");
    assert_text(mention->media->next->type, "IMAGE");
    assert_text(mention->media->next->ref, "5");
    assert_text(mention->author.handle, "lea");
    assert_int_equal(mention->author.verified, SC_TRI_YES);
    assert_text(mention->thread, "1");
    assert_text(mention->parent, "4");

    mention = one(&fixture, ENVELOPE(VALUE("mentions", "'id':'5',"
                  "'is_verified':false,'media_type':'TEXT_POST'")));
    assert_null(mention->media);
    assert_int_equal(mention->author.verified, SC_TRI_NO);
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);

    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_keys_meet),
        cmocka_unit_test(test_root_author_must_be_ours),
        cmocka_unit_test(test_values_as_array),
        cmocka_unit_test(test_values_of_the_wrong_type),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_publish_does_not_hide_the_reply),
        cmocka_unit_test(test_delete),
        cmocka_unit_test(test_content)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
