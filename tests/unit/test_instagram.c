/*
 * test_instagram.c: comments and mentions of Instagram, in the shapes that the
 * samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define ENTRY(payload)                                                        \
    "{'object':'instagram','entry':[{'id':'178','time':1768471205," payload   \
    "}]}"

#define CHANGE(field, value)                                                  \
    ENTRY("'changes':[{'field':'" field "','value':{" value "}}]")

#define COMMENT(value)  CHANGE("comments", value)

#define CUSTOMER  "'from':{'id':'77','username':'bo_r'},"
#define BRAND     "'from':{'id':'178','username':'northwind'},"
#define MEDIA     "'media':{'id':'m1','media_product_type':'FEED'},"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_instagram);
}


static void
check_comment(const sc_mention_t *mention)
{
    assert_text(mention->event, "18010001112220003");
    assert_text(mention->account, "178");
    assert_text(mention->thread, "m1");
    assert_text(mention->author.id, "77");
    assert_text(mention->author.handle, "bo_r");
    assert_int_equal(mention->created_ms, 1768471205000);
    assert_true(mention->created_is_delivery_time);
    assert_int_equal(mention->is_public, SC_TRI_YES);
}


/* A, B and C of the documentation are one and the same. */
static void
test_three_shapes(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    check_comment(one(&fixture, COMMENT(CUSTOMER MEDIA
                      "'id':'18010001112220003'")));
    check_comment(one(&fixture, COMMENT(CUSTOMER MEDIA
                      "'comment_id':18010001112220003")));
    check_comment(one(&fixture, ENTRY("'field':'comments','value':{"
                      CUSTOMER MEDIA "'id':'18010001112220003'}")));
    fixture_free(&fixture);
}


static void
test_time_as_text(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, "{'object':'instagram','entry':[{'id':"
                          "178,'time':'1768471205','changes':[{'field':"
                          "'comments','value':{'id':'1'}}]}]}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->created_ms, 1768471205000);
    fixture_free(&fixture);
}


static void
test_clock_keys_meet(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);

    assert_text(one(&fixture, COMMENT(CUSTOMER MEDIA "'id':'c1'"))->clock_key,
                "instagram:178:c1");
    assert_text(one(&fixture, COMMENT(CUSTOMER MEDIA "'id':'c2','parent_id':"
                "'c1'"))->clock_key, "instagram:178:c1");
    assert_text(one(&fixture, COMMENT(BRAND MEDIA "'id':'c3','parent_id':"
                "'c1'"))->clock_key, "instagram:178:c1");
    assert_false(fixture_mention(&fixture, 0)->no_answer);

    /* The brand's comment at top level answers nobody. */
    assert_text(one(&fixture, COMMENT(BRAND MEDIA "'id':'c4'"))->clock_key,
                "");
    assert_true(fixture_mention(&fixture, 0)->no_answer);

    fixture_free(&fixture);
}


/* The organic post and its ad report one comment twice. */
static void
test_boosted_posts_dedupe_by_comment(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, ENTRY("'changes':[{'field':'comments',"
                          "'value':{'id':'c1','media':{'id':'m1'}}},{'field':"
                          "'comments','value':{'id':'c1','media':{'id':'m2',"
                          "'original_media_id':'m1','ad_id':'a'}}}]"), 2, 0);
    assert_text(fixture_mention(&fixture, 0)->event, "c1");
    assert_text(fixture_mention(&fixture, 1)->event, "c1");
    assert_text(fixture_mention(&fixture, 1)->clock_key, "instagram:178:c1");
    fixture_free(&fixture);
}


static void
test_direction(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_account(&fixture, "@NorthWind.care");

    assert_int_equal(one(&fixture, COMMENT("'from':{'id':178},'id':'1'"))
                     ->direction, SC_DIRECTION_OUT);
    assert_int_equal(one(&fixture, COMMENT("'from':{'id':'9',"
                     "'self_ig_scoped_id':'5'},'id':'1'"))->direction,
                     SC_DIRECTION_OUT);
    assert_int_equal(one(&fixture, COMMENT("'from':{'id':'9','username':"
                     "'northwind.care'},'id':'1'"))->direction,
                     SC_DIRECTION_OUT);
    assert_int_equal(one(&fixture, COMMENT("'from':{'username':'bo'},"
                     "'id':'1'"))->direction, SC_DIRECTION_IN);
    fixture_account(&fixture, "17841400001112223");
    assert_int_equal(one(&fixture, COMMENT("'from':{'id':'9','username':"
                     "'17841400001112223'},'id':'1'"))->direction,
                     SC_DIRECTION_IN);
    assert_int_equal(one(&fixture, COMMENT("'from':{'id':'17841400001112223'"
                     "},'id':'1'"))->direction, SC_DIRECTION_OUT);
    assert_int_equal(one(&fixture, COMMENT("'id':'1'"))->direction,
                     SC_DIRECTION_UNKNOWN);
    assert_int_equal(one(&fixture, COMMENT("'from':{'id':'9',"
                     "'self_ig_scoped_id':null},'id':'1'"))->direction,
                     SC_DIRECTION_IN);

    fixture_free(&fixture);
}


static void
test_caption_mention(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, CHANGE("mentions", "'media_id':"
                                   "17990001112228888"));
    assert_int_equal(mention->kind, SC_KIND_MENTION);
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->event, "17990001112228888");
    assert_text(mention->object, "17990001112228888");
    assert_true(mention->needs_fetch);
    assert_true(sc_mention_is_actionable(mention));

    mention = one(&fixture, CHANGE("mentions", "'comment_id':'c'"));
    assert_text(mention->event, "c");
    assert_text(mention->thread, "");

    fixture_free(&fixture);
}


static void
test_ignored_and_dead(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, CHANGE("story_insights", "'reach':1"), 0,
                          0);
    fixture_expect_quoted(&fixture, CHANGE("smell", "'x':1"), 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    fixture_expect_quoted(&fixture, COMMENT(CUSTOMER "'text':'t'"), 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_expect_quoted(&fixture, CHANGE("mentions", "'x':1"), 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


/* Private messages: the same code as Messenger, under Instagram's name. */
static void
test_messages(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, ENTRY("'messaging':[{'sender':{'id':'77'},"
                                  "'recipient':{'id':'178'},'timestamp':"
                                  "1768471200417,'message':{'mid':'m',"
                                  "'attachments':[{'type':'ig_reel',"
                                  "'payload':{'url':'u'}}]}}]"));
    assert_text(mention->platform, "instagram");
    assert_text(mention->clock_key, "instagram:178:77");
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_int_equal(sc_mention_reach(mention), SC_REACH_NONE);
    assert_text(mention->media->type, "ig_reel");

    mention = one(&fixture, CHANGE("messages", "'sender':{'id':'12334'},"
                                   "'recipient':{'id':'23245'},'timestamp':"
                                   "'1527459824','message':{'mid':'r',"
                                   "'text':'random text'}"));
    assert_text(mention->platform, "instagram");
    assert_text(mention->event, "r");

    /* Seen names a message instead of a watermark. */
    fixture_expect_quoted(&fixture, CHANGE("messaging_seen", "'sender':{'id':"
                          "'1'},'read':{'mid':'m'}"), 0, 0);

    fixture_free(&fixture);
}


/* Two people under one comment: the name says whom the brand answers. */
static void
test_answers_by_name(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    assert_non_null(fixture_option(&fixture, "answer", "name"));
    assert_null(fixture_option(&fixture, "answer", "username"));

    assert_text(one(&fixture, COMMENT(CUSTOMER MEDIA "'id':'c1'"))->clock_key,
                "instagram:178:c1:@bo_r");
    assert_text(one(&fixture, COMMENT("'from':{'id':'78','username':'Lea.H'},"
                MEDIA "'id':'c2','parent_id':'c1'"))->clock_key,
                "instagram:178:c1:@lea.h");
    assert_text(one(&fixture, COMMENT(BRAND MEDIA "'id':'c3','parent_id':"
                "'c1','text':'@Lea.H sent you a message'"))->clock_key,
                "instagram:178:c1:@lea.h");
    assert_false(fixture_mention(&fixture, 0)->no_answer);
    assert_text(one(&fixture, COMMENT(BRAND MEDIA "'id':'c3','parent_id':"
                "'c1','text':'@bo_r.'"))->clock_key,
                "instagram:178:c1:@bo_r");

    assert_text(one(&fixture, COMMENT(BRAND MEDIA "'id':'c5','parent_id':"
                "'c1','text':'Sorry, all of you!'"))->clock_key, "");
    assert_true(fixture_mention(&fixture, 0)->no_answer);
    assert_text(one(&fixture, COMMENT(BRAND MEDIA "'id':'c6','parent_id':"
                "'c1','text':'@'"))->clock_key, "");

    /* Nobody can be called by a name that is not told. */
    assert_text(one(&fixture, COMMENT(MEDIA "'id':'c7'"))->clock_key,
                "instagram:178:c7");
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_shapes),
        cmocka_unit_test(test_time_as_text),
        cmocka_unit_test(test_clock_keys_meet),
        cmocka_unit_test(test_boosted_posts_dedupe_by_comment),
        cmocka_unit_test(test_direction),
        cmocka_unit_test(test_caption_mention),
        cmocka_unit_test(test_ignored_and_dead),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_answers_by_name)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
