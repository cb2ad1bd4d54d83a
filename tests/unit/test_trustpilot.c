/*
 * test_trustpilot.c: reviews in the shapes that the sample does not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_registry.h"


#define EVENT(name, data)                                                     \
    "{'eventName':'service-review-" name "','eventData':{" data "}}"
#define EVENTS(list)  "{'events':[" list "]}"


static void
test_life_of_a_review(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_trustpilot);
    fixture_account(&fixture, "northwind");
    fixture_expect_quoted(&fixture, EVENTS(
        EVENT("created", "'id':'66','stars':1,'title':'Bad',"
              "'createdAt':'2026-09-21T14:12:31Z'") ","
        EVENT("updated", "'id':'66','stars':4,'text':'Better',"
              "'createdAt':'2026-09-21T14:12:31Z',"
              "'updatedAt':'2026-09-21T14:12:32Z'") ","
        EVENT("updated", "'id':'66'") ","
        EVENT("deleted", "'id':'66'")), 4, 0);

    mention = fixture_mention(&fixture, 0);
    assert_text(mention->event, "service-review-created:66");
    assert_text(mention->clock_key, "trustpilot:northwind:66");
    assert_text(mention->subject, "Bad");
    assert_int_equal(mention->rating, 1);
    assert_int_equal(mention->is_public, SC_TRI_YES);
    assert_int_equal(sc_mention_reach(mention), SC_REACH_UNKNOWN);
    assert_true(mention->raw.len < fixture.request.body.len);

    mention = fixture_mention(&fixture, 1);
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->event, "service-review-updated:66:1789999952000");
    assert_int_equal(mention->edited_ms, 1789999952000);
    assert_int_equal(mention->created_ms, 1789999951000);
    assert_text(mention->clock_key, "");

    assert_text(fixture_mention(&fixture, 2)->event,
                "service-review-updated:66");

    mention = fixture_mention(&fixture, 3);
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->event, "service-review-deleted:66");
    assert_text(mention->clock_key, "trustpilot:northwind:66");
    assert_int_equal(mention->rating, -1);
    fixture_free(&fixture);
}


/*
 * A customer changes a review twice, and Trustpilot gives no time for it: both
 * changes are kept, and a repeated one is kept once.
 */
static void
test_changes_without_a_time(void **state)
{
    fixture_t     fixture;
    sc_mention_t *first, *second, *again;

    (void) state;

    fixture_init(&fixture, &sc_platform_trustpilot);
    fixture_expect_quoted(&fixture, EVENTS(
        EVENT("updated", "'id':'66','stars':2,'text':'Slow'") ","
        EVENT("updated", "'id':'66','stars':1,'text':'Now broken'") ","
        EVENT("updated", "'id':'66','stars':2,'text':'Slow'") ","
        EVENT("updated", "'id':'66','updatedAt':'2026-09-21T14:12:32Z'") ","
        EVENT("created", "'id':'66'")), 5, 0);

    first = fixture_mention(&fixture, 0);
    second = fixture_mention(&fixture, 1);
    again = fixture_mention(&fixture, 2);
    assert_true(sc_str_starts_with(first->same,
                                   SC_STR("service-review-updated:66:")));
    assert_false(sc_str_eq(first->same, second->same));
    assert_true(sc_str_eq(first->same, again->same));

    assert_text(fixture_mention(&fixture, 3)->same, "");
    assert_text(fixture_mention(&fixture, 4)->same, "");
    fixture_free(&fixture);
}


/* The members are called otherwise than in reviews of services. */
static void
test_product_reviews(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_trustpilot);
    fixture_expect_quoted(&fixture, EVENTS(
        "{'eventName':'product-review-created','eventData':{'id':'77',"
        "'stars':1,'content':'Broke after a day','state':'published',"
        "'createdAt':'2026-09-21T14:12:31Z','product':{'name':'Kettle'},"
        "'consumer':{'id':'c','displayName':'Noor'}}},"
        "{'eventName':'product-review-updated','eventData':{'id':'77'}},"
        "{'eventName':'product-review-deleted','eventData':{'id':'77'}}"),
        3, 0);

    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->kind, SC_KIND_REVIEW);
    assert_true(sc_mention_is_actionable(mention));
    assert_text(mention->event, "product-review-created:77");
    assert_text(mention->clock_key, "trustpilot::77");
    assert_text(mention->text, "Broke after a day");
    assert_text(mention->subject, "Kettle");
    assert_text(mention->author.name, "Noor");
    assert_int_equal(mention->rating, 1);
    assert_int_equal(fixture_mention(&fixture, 1)->action, SC_ACTION_EDIT);
    assert_int_equal(fixture_mention(&fixture, 2)->action, SC_ACTION_DELETE);
    fixture_free(&fixture);
}


/* One that is not understood does not cost the others. */
static void
test_pieces(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const sc_dead_reason_t reasons[] = {
        SC_DEAD_UNKNOWN_OBJECT, SC_DEAD_MISSING_MEMBER,
        SC_DEAD_MISSING_MEMBER, SC_DEAD_SHAPE
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_trustpilot);
    fixture_expect_quoted(&fixture, EVENTS(
        "{'eventName':'invitation-created','eventData':{'id':'1'}},"
        EVENT("created", "'stars':1") ",{},7,"
        EVENT("created", "'id':'66','stars':-3")), 1, 4);

    for (i = 0; i < 4; i++) {
        assert_int_equal(fixture_dead(&fixture, i)->reason, reasons[i]);
    }

    assert_int_equal(fixture_mention(&fixture, 0)->rating, -1);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "trustpilot::66");
    fixture_expect_quoted(&fixture, EVENTS(""), 0, 0);
    fixture_free(&fixture);
}


static void
test_bodies(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_trustpilot);
    assert_int_equal(fixture_parse_quoted(&fixture, "{}"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_parse_quoted(&fixture, "{'events':{}}"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SHAPE);
    assert_int_equal(fixture_parse_quoted(&fixture, "[]"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


static void
test_options(void **state)
{
    fixture_t                 fixture;
    const sc_verify_scheme_t *scheme;

    (void) state;

    fixture_init(&fixture, &sc_platform_trustpilot);
    (void) sc_platform_trustpilot.schemes(&fixture.source, &scheme, 1);
    assert_int_equal(scheme->kind, SC_SCHEME_BASIC);
    assert_non_null(fixture_option(&fixture, "auth", "none"));
    assert_non_null(fixture_option(&fixture, "user", "x"));
    assert_null(fixture_option(&fixture, "auth", "token"));
    (void) sc_platform_trustpilot.schemes(&fixture.source, &scheme, 1);
    assert_int_equal(scheme->kind, SC_SCHEME_TOKEN);
    assert_null(fixture_option(&fixture, "auth", "basic"));
    (void) sc_platform_trustpilot.schemes(&fixture.source, &scheme, 1);
    assert_int_equal(scheme->kind, SC_SCHEME_BASIC);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life_of_a_review),
        cmocka_unit_test(test_changes_without_a_time),
        cmocka_unit_test(test_product_reviews),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_options)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
