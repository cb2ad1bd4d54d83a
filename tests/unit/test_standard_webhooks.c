/*
 * test_standard_webhooks.c: what the samples of Standard Webhooks do not show:
 * options, secrets, lists, and the id of a delivery that became several
 * mentions.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_registry.h"


#define HELLO   "{\"hello\":\"care\"}"
#define SIGNED  "v1,YcmLPPayYfXxg2/aDAxSPvDb31IcFyksNUMRCiiVOAs="
#define NOW_MS  INT64_C(1790000000000)


static void
start(fixture_t *fixture, const char *const options[][2])
{
    size_t      i;
    const char *problem;

    fixture_init(fixture, &sc_platform_standard_webhooks);

    for (i = 0; options != NULL && options[i][0] != NULL; i++) {
        problem = fixture_option(fixture, options[i][0], options[i][1]);

        if (problem != NULL) {
            fail_msg("%s=%s: %s", options[i][0], options[i][1], problem);
        }
    }

    problem = fixture_finish_options(fixture);

    if (problem != NULL) {
        fail_msg("%s", problem);
    }
}


/* The secret, readied or refused for the receiver. */
static bool
takes_secret(fixture_t *fixture, const char *material, sc_secret_t **secret)
{
    const char               *problem;
    const sc_verify_scheme_t *scheme;

    *secret = sc_secret_create(sc_str_from_cstring(material), SC_STR(""), 0,
                               &problem);
    assert_non_null(*secret);
    assert_int_equal(sc_platform_standard_webhooks.schemes(&fixture->source,
                                                           &scheme, 1), 1);

    return sc_secret_prepare(*secret, scheme, &problem);
}


static void
verify(const char *option, const char *material, const char *family,
    sc_verify_result_t result)
{
    char                      names[3][32];
    fixture_t                 fixture;
    sc_secret_t              *secret;
    const sc_verify_scheme_t *scheme;
    const char *const         options[][2] = { { "raw_secret", option },
                                               { NULL, NULL } };

    start(&fixture, options);
    assert_true(takes_secret(&fixture, material, &secret));
    fixture.source.secrets.items = &secret;
    fixture.source.secrets.count = 1;

    (void) snprintf(names[0], sizeof(names[0]), "%s-id", family);
    (void) snprintf(names[1], sizeof(names[1]), "%s-timestamp", family);
    (void) snprintf(names[2], sizeof(names[2]), "%s-signature", family);
    fixture_header(&fixture, names[0], "msg_1");
    fixture_header(&fixture, names[1], "1790000000");
    fixture_header(&fixture, names[2], "odd v3,x " SIGNED);
    fixture.request.body = SC_STR(HELLO);

    (void) sc_platform_standard_webhooks.schemes(&fixture.source, &scheme, 1);
    sc_verify(scheme, &fixture.request, &fixture.source.secrets, NOW_MS,
              300000, &fixture.arena, &fixture.verdict);
    assert_int_equal(fixture.verdict.result, result);

    if (result == SC_VERIFY_OK) {
        assert_text(fixture.verdict.id, "msg_1");
        fixture_expect(&fixture, HELLO, 1, 0);
        assert_text(fixture_mention(&fixture, 0)->event, "msg_1");
    }

    fixture_free(&fixture);
    sc_secret_destroy(secret);
}


static void
test_secrets(void **state)
{
    (void) state;

    verify("off", "whsec_czNjcjN0LXNvY2lhbGNhcmU=", "webhook", SC_VERIFY_OK);
    verify("off", "whsec_czNjcjN0LXNvY2lhbGNhcmU", "webhook", SC_VERIFY_OK);
    verify("off", "base64:czNjcjN0LXNvY2lhbGNhcmU=", "svix", SC_VERIFY_OK);
    verify("on", "s3cr3t-socialcare", "svix", SC_VERIFY_OK);
    verify("on", "czNjcjN0LXNvY2lhbGNhcmU=", "svix", SC_VERIFY_MISMATCH);
}


static void
test_plain_secrets_are_refused(void **state)
{
    fixture_t    fixture;
    sc_secret_t *secret;

    (void) state;

    start(&fixture, NULL);
    assert_false(takes_secret(&fixture, "czNjcjN0LXNvY2lhbGNhcmU=", &secret));
    sc_secret_destroy(secret);
    assert_false(takes_secret(&fixture, "s3cr3t-socialcare", &secret));
    sc_secret_destroy(secret);
    fixture_free(&fixture);
}


static void
test_delivery_of_several(void **state)
{
    fixture_t fixture;

    static const char *const options[][2] = {
        { "text", "/data/*/text" }, { "author_id", "/data/*/by" },
        { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture.verdict.id = SC_STR("msg_9");
    fixture_expect_quoted(&fixture, "{'data':[{'text':'a','by':'1'},"
        "{'text':'b'}]}", 2, 0);
    assert_text(fixture_mention(&fixture, 0)->platform, "standard-webhooks");
    assert_text(fixture_mention(&fixture, 0)->event, "msg_9.0");
    assert_text(fixture_mention(&fixture, 1)->event, "msg_9.1");
    assert_text(fixture_mention(&fixture, 0)->author.id, "1");
    fixture_free(&fixture);
}


static void
test_event_ids(void **state)
{
    fixture_t fixture;

    static const char *const options[][2] = {
        { "event_id", "/data/id" }, { "format", "json" },
        { "platform", "forum" }, { NULL, NULL }
    };

    (void) state;

    /* engine and platform must agree; if not, nothing is lost */
    start(&fixture, NULL);
    fixture_expect(&fixture, HELLO, 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);

    start(&fixture, options);
    fixture.verdict.id = SC_STR("msg_9");
    fixture_expect_quoted(&fixture, "{'data':{'id':77}}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->event, "77");
    assert_text(fixture_mention(&fixture, 0)->platform, "forum");
    fixture_free(&fixture);
}


static void
test_forms(void **state)
{
    fixture_t fixture;

    static const char *const options[][2] = {
        { "format", "form" }, { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture.verdict.id = SC_STR("msg_9");
    fixture_expect(&fixture, "text=a+b", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "a b");
    fixture_free(&fixture);
}


static void
test_wrong_options(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_standard_webhooks);
    assert_non_null(fixture_option(&fixture, "raw_secret", "yes"));
    assert_non_null(fixture_option(&fixture, "raw_secret", ""));
    assert_non_null(fixture_option(&fixture, "template", "{body}"));
    assert_non_null(fixture_option(&fixture, "text", "/a~3"));
    assert_null(fixture_option(&fixture, "format", "query"));
    assert_non_null(fixture_finish_options(&fixture));
    fixture_free(&fixture);
}


int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_plain_secrets_are_refused),
        cmocka_unit_test(test_delivery_of_several),
        cmocka_unit_test(test_event_ids),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_wrong_options)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
