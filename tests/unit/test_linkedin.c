/*
 * test_linkedin.c: notifications and challenges that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define BATCH(list)                                                           \
    "{'type':'ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS','notifications':["    \
    list "]}"
#define ACTION(what, value)                                                   \
    "{'notificationId':7,'organizationalEntity':'urn:li:organization:24',"    \
    "'action':'" what "','sourcePost':'urn:li:activity:71',"                  \
    "'lastModifiedAt':1768471200321," value "'subscriber':'urn:li:person:A'}"
#define COMMENT(owner)                                                        \
    "'generatedActivity':'urn:li:comment:(activity:71,101)',"                 \
    "'decoratedGeneratedActivity':{'comment':{'owner':'" owner "',"           \
    "'message':{'text':'x'},'object':'urn:li:activity:71'}},"


static void
test_answers_meet_under_the_post(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_linkedin);
    fixture_account(&fixture, "urn:li:person:Staff");

    mention = one(&fixture, BATCH(ACTION("COMMENT", COMMENT("urn:li:person:C")
                                         )));
    assert_text(mention->clock_key,
                "linkedin:urn:li:organization:24:urn:li:activity:71");
    assert_text(mention->text, "x");
    assert_text(mention->object, "101");
    assert_text(mention->event, "7");
    assert_text(mention->same, "COMMENT/101/1768471200321");
    assert_text(mention->url, "https://www.linkedin.com/feed/update/"
                "urn:li:activity:71/?commentUrn="
                "urn%3Ali%3Acomment%3A%28activity%3A71%2C101%29");
    assert_int_equal(mention->is_public, SC_TRI_YES);

    /* Staff answer with their own profiles. */
    mention = one(&fixture, BATCH(ACTION("COMMENT",
                                         COMMENT("urn:li:person:Staff"))));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key,
                "linkedin:urn:li:organization:24:urn:li:activity:71");
    assert_int_equal(one(&fixture, BATCH(ACTION("COMMENT",
                     COMMENT("urn:li:organization:24"))))->direction,
                     SC_DIRECTION_OUT);
    fixture_free(&fixture);
}


static void
test_actions(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_linkedin);

    mention = one(&fixture, BATCH(ACTION("COMMENT_EDIT",
                                         COMMENT("urn:li:person:C"))));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_int_equal(mention->edited_ms, 1768471200321);
    assert_text(mention->clock_key, "");

    mention = one(&fixture, BATCH(ACTION("COMMENT_DELETE",
        "'generatedActivity':'urn:li:comment:(urn:li:activity:71,101)',")));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->object, "101");
    assert_true(sc_str_ends_with(mention->clock_key,
                                 SC_STR("urn:li:activity:71")));
    assert_false(mention->needs_fetch);

    /* Without the decorated objects there are only ids. */
    mention = one(&fixture, BATCH(ACTION("COMMENT",
        "'generatedActivity':'urn:li:comment:(activity:71,101)',")));
    assert_true(mention->needs_fetch);
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);

    mention = one(&fixture, BATCH(ACTION("COMMENT", "'generatedActivity':"
        "'urn:li:comment:(urn:li:activity:71,102)',"
        "'decoratedGeneratedActivity':{'comment':{'owner':'urn:li:person:C',"
        "'object':'urn:li:comment:(urn:li:activity:71,101)'}},")));
    assert_text(mention->parent, "101");

    mention = one(&fixture, BATCH(ACTION("SHARE", "'generatedActivity':"
        "'urn:li:share:9','decoratedGeneratedActivity':{'share':{'owner':"
        "'urn:li:person:C','text':'look'}},")));
    assert_int_equal(mention->kind, SC_KIND_SHARE);
    assert_text(mention->object, "urn:li:share:9");
    assert_text(mention->clock_key, "");

    /* Each administrator's subscription may bring it. */
    assert_text(mention->same, "SHARE/urn:li:share:9/1768471200321");
    mention = one(&fixture, BATCH(ACTION("SHARE_MENTION",
        "'generatedActivity':'urn:li:share:9',")));
    assert_text(mention->same, "SHARE_MENTION/urn:li:share:9/1768471200321");
    assert_text(one(&fixture, BATCH(ACTION("LIKE",
        "'generatedActivity':'urn:li:like:9',")))->same, "");

    mention = one(&fixture, BATCH(ACTION("LIKE", "")));
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_text(mention->reaction, "LIKE");
    assert_text(mention->url, "https://www.linkedin.com/feed/update/"
                "urn:li:activity:71/");

    /* A malformed URN names no comment. */
    assert_text(one(&fixture, BATCH(ACTION("COMMENT", "'generatedActivity':"
                "'urn:li:comment:()',")))->object, "");
    assert_text(one(&fixture, BATCH(ACTION("COMMENT", "")))->url, "");
    fixture_free(&fixture);
}


static void
test_batch(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_linkedin);
    fixture_expect_quoted(&fixture, BATCH(
        ACTION("LIKE", "") ",7," ACTION("DANCE", "") ","
        "{'notificationId':8,'action':'LIKE'}"), 1, 3);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_SHAPE);
    assert_int_equal(fixture_dead(&fixture, 1)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(fixture_dead(&fixture, 2)->reason,
                     SC_DEAD_MISSING_MEMBER);

    fixture_expect_quoted(&fixture, BATCH(""), 0, 0);
    fixture_expect_quoted(&fixture, "{'type':'LEAD_ACTION'}", 0, 0);
    dead(&fixture, "{'type':'DANCE'}", SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "{}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "[]", SC_DEAD_SHAPE);
    dead(&fixture, "{'type':'ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS'}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'type':'ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS',"
                   "'notifications':{}}", SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


static void
test_challenge(void **state)
{
    size_t        i;
    fixture_t     fixture;
    const char   *problem;
    sc_secret_t  *secrets[3];

    static const char *const wrong[] = {
        "", "challengeCode=", "challengeCode=a%22b", "challengeCode=a_b",
        ("challengeCode=0123456789012345678901234567890123456789"
         "0123456789012345678901234")
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_linkedin);

    secrets[0] = sc_secret_create(SC_STR("old"), SC_STR("main"), 1, &problem);
    secrets[1] = sc_secret_create(SC_STR("other"), SC_STR("main"), 0,
                                  &problem);
    secrets[2] = sc_secret_create(SC_STR("s3cr3t-socialcare"), SC_STR("785"),
                                  0, &problem);
    fixture.source.secrets.items = secrets;
    fixture.source.secrets.count = 3;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        fixture_handshake(&fixture, wrong[i]);
        assert_int_equal(fixture.callback.answer.status, 400);
        assert_int_equal(fixture.callback.answer.body.len, 0);
    }

    /* The application picks the secret; without it the first live one. */
    fixture_handshake(&fixture, "challengeCode=3b1f6c52-7a40-4d1e-9c55-"
                      "0d2a8f4e6b71&applicationId=785");
    assert_int_equal(fixture.callback.answer.status, 200);
    assert_text(fixture.callback.answer.body, "{\"challengeCode\":"
                "\"3b1f6c52-7a40-4d1e-9c55-0d2a8f4e6b71\","
                "\"challengeResponse\":\"9515b107633486599e1c64ea60427390"
                "bdf1651d3a0a8727fd88eccc39697327\"}");

    fixture_handshake(&fixture, "challengeCode=3b1f6c52-7a40-4d1e-9c55-"
                      "0d2a8f4e6b71");
    assert_int_equal(fixture.callback.answer.status, 200);
    assert_false(sc_str_contains(fixture.callback.answer.body,
                                 SC_STR("9515b107633486599e1c64ea60427390")));

    fixture.source.secrets.count = 1;
    fixture_handshake(&fixture, "challengeCode=3b1f");
    assert_int_equal(fixture.callback.answer.status, 500);

    fixture.source.secrets.count = 3;
    fixture_limit_memory(&fixture, 0);
    fixture_handshake(&fixture, "challengeCode=3b1f");
    assert_int_equal(fixture.callback.answer.status, 500);

    for (i = 0; i < 3; i++) {
        sc_secret_destroy(secrets[i]);
    }

    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_meet_under_the_post),
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_challenge)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
