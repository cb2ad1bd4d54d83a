/*
 * test_verify_standard.c: Standard Webhooks and Svix, both versions.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "verify_kit.h"
#include "verify_schemes.h"


#define KEY     "whsec_czNjcjN0LXNvY2lhbGNhcmU="
#define PUBLIC  "whpk_aGmZXlwwEb8HxxiBKQGdX9mgzqkEhxwz+8Sr9EAVp+A="
#define GOOD    "v1,YcmLPPayYfXxg2/aDAxSPvDb31IcFyksNUMRCiiVOAs="
#define WRONG   "v1,YcmLPPayYfXxg2/aDAxSPvDb31IcFyksNUMRCiiVOAw="


static void
open_example(kit_t *kit, const char *prefix)
{
    char name[64];

    kit_init(kit);
    kit_secret(kit, &scheme_standard, KEY);

    (void) snprintf(name, sizeof(name), "%s-id", prefix);
    kit_header(kit, name, "msg_1");
    (void) snprintf(name, sizeof(name), "%s-timestamp", prefix);
    kit_header(kit, name, "1790000000");
    (void) snprintf(name, sizeof(name), "%s-signature", prefix);
    kit_header(kit, name, GOOD);
}


static void
signature_is(kit_t *kit, const char *value, sc_verify_result_t result)
{
    kit->headers[2].value = sc_str_from_cstring(value);
    kit_expect(kit, &scheme_standard, result);
}


static void
test_example(void **state)
{
    kit_t kit;

    (void) state;

    open_example(&kit, "Webhook");
    kit_tamper_body(&kit, &scheme_standard);
    kit_tamper_header(&kit, &scheme_standard, "webhook-signature", false);
    kit_tamper_header(&kit, &scheme_standard, "webhook-id", false);
    kit_tamper_header(&kit, &scheme_standard, "webhook-timestamp", false);
    kit_tamper_presence(&kit, &scheme_standard, "webhook-signature");
    assert_true(sc_str_eq(kit.verdict.id, SC_STR("msg_1")));
    assert_int_equal(kit.verdict.signed_ms, KIT_NOW_MS);

    /* A raw secret serves as well. */
    kit_no_secrets(&kit);
    kit_secret(&kit, &scheme_standard, KIT_SECRET);
    kit_expect(&kit, &scheme_standard, SC_VERIFY_OK);
    kit_free(&kit);
}


static void
test_lists(void **state)
{
    kit_t kit;

    (void) state;

    open_example(&kit, "webhook");

    signature_is(&kit, "v2,x nonsense , v1 " WRONG " " GOOD " v3",
                 SC_VERIFY_OK);
    signature_is(&kit, " " GOOD " ", SC_VERIFY_OK);
    signature_is(&kit, WRONG, SC_VERIFY_MISMATCH);
    signature_is(&kit, "v2,x nonsense", SC_VERIFY_MISMATCH);
    signature_is(&kit, "v1,", SC_VERIFY_MALFORMED);
    signature_is(&kit, "v1,!!!! v1a,AAAA", SC_VERIFY_MALFORMED);
    signature_is(&kit, "v1,AAAA " GOOD, SC_VERIFY_OK);
    signature_is(&kit, "V1" "," "YcmLPPayYfXxg2/aDAxSPvDb31IcFyksNUMRCiiVOAs=",
                 SC_VERIFY_MISMATCH);
    signature_is(&kit, "YcmLPPayYfXxg2/aDAxSPvDb31IcFyksNUMRCiiVOAs=",
                 SC_VERIFY_MISMATCH);

    /* As many as fit are tried, not one more. */
    kit.headers[2].value = kit_repeat(&kit, WRONG " ", 15, GOOD);
    kit_expect(&kit, &scheme_standard, SC_VERIFY_OK);
    kit.headers[2].value = kit_repeat(&kit, WRONG " ", 16, GOOD);
    kit_expect(&kit, &scheme_standard, SC_VERIFY_MALFORMED);

    kit_free(&kit);
}


static void
test_required(void **state)
{
    kit_t kit;

    (void) state;

    open_example(&kit, "webhook");

    kit.headers[0].value = SC_STR("");
    kit_expect(&kit, &scheme_standard, SC_VERIFY_MALFORMED);
    kit.headers[0].value = SC_STR("msg_1");

    kit.headers[1].value = SC_STR("");
    kit_expect(&kit, &scheme_standard, SC_VERIFY_NO_TIMESTAMP);
    kit.headers[1].value = SC_STR("1790000000.5");
    kit_expect(&kit, &scheme_standard, SC_VERIFY_NO_TIMESTAMP);
    kit.headers[1].value = SC_STR("1790000000");
    kit_expect(&kit, &scheme_standard, SC_VERIFY_OK);

    kit_header(&kit, "webhook-id", "msg_1");
    kit_expect(&kit, &scheme_standard, SC_VERIFY_DOUBLED);
    kit.request.headers_count--;
    kit_header(&kit, "webhook-timestamp", "1790000000");
    kit_expect(&kit, &scheme_standard, SC_VERIFY_NO_TIMESTAMP);

    kit_free(&kit);
}


/* One header of Svix's set, and that set alone is looked at. */
static void
test_sets(void **state)
{
    kit_t kit;

    (void) state;

    open_example(&kit, "svix");
    kit_tamper_body(&kit, &scheme_standard);
    kit_free(&kit);

    open_example(&kit, "webhook");
    kit_header(&kit, "svix-id", "msg_1");
    kit_expect(&kit, &scheme_standard, SC_VERIFY_NO_SIGNATURE);
    kit_header(&kit, "svix-signature", GOOD);
    kit_expect(&kit, &scheme_standard, SC_VERIFY_NO_TIMESTAMP);
    kit_header(&kit, "svix-timestamp", "1790000000");
    kit_expect(&kit, &scheme_standard, SC_VERIFY_OK);
    kit_free(&kit);
}


static void
test_v1a(void **state)
{
    int      i;
    char     good[256];
    kit_t    kit;
    sc_str_t signature;

    (void) state;

    kit_init(&kit);
    kit_sample(&kit, "standard-webhooks", "v1a");
    kit_expect(&kit, &scheme_standard, SC_VERIFY_NO_SECRET);

    kit_secret(&kit, &scheme_standard, KEY);
    kit_expect(&kit, &scheme_standard, SC_VERIFY_MISMATCH);

    kit_secret(&kit, &scheme_standard, PUBLIC);
    kit_expect(&kit, &scheme_standard, SC_VERIFY_OK);
    assert_int_equal(kit.verdict.secret, 1);

    signature = sc_request_header(&kit.request, SC_STR("webhook-signature"),
                                  NULL);
    assert_true(signature.len + 1 < sizeof(good));
    memcpy(good, signature.data, signature.len);
    good[signature.len] = ' ';
    good[signature.len + 1] = '\0';

    for (i = 0; i < (int) kit.request.headers_count; i++) {
        if (sc_str_eq_nocase(kit.headers[i].name,
                             SC_STR("webhook-signature")))
        {
            kit.headers[i].value = kit_repeat(&kit, good, 5, "");
        }
    }

    kit_expect(&kit, &scheme_standard, SC_VERIFY_MALFORMED);

    /* No memory to join what a key signs. */
    kit.memory = 96;
    kit_expect(&kit, &scheme_standard, SC_VERIFY_TOO_LARGE);

    kit_free(&kit);
}


static void
test_secret_by(void **state)
{
    kit_t              kit;
    sc_verify_scheme_t scheme;

    (void) state;

    scheme = scheme_standard;
    scheme.secret_by.from = SC_FROM_HEADER;
    scheme.secret_by.name = SC_STR("X-Tenant");

    open_example(&kit, "webhook");
    kit_no_secrets(&kit);
    kit_secret_full(&kit, &scheme, KEY, "a", 0);
    kit_expect(&kit, &scheme, SC_VERIFY_MISMATCH);
    kit_header(&kit, "X-Tenant", "a");
    kit_expect(&kit, &scheme, SC_VERIFY_OK);
    kit.headers[3].value = SC_STR("b");
    kit_expect(&kit, &scheme, SC_VERIFY_MISMATCH);
    kit_free(&kit);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_v1a),
        cmocka_unit_test(test_secret_by)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
