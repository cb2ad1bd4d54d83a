/*
 * test_verify_token.c: tokens, Basic, and Meta's signed_request.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "verify_kit.h"
#include "verify_schemes.h"


static void
test_header_token(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_telegram, KIT_SECRET);
    kit_header(&kit, "x-telegram-bot-api-secret-token", KIT_SECRET);
    kit_tamper_header(&kit, &scheme_telegram,
                      "X-Telegram-Bot-Api-Secret-Token", false);
    kit_tamper_presence(&kit, &scheme_telegram,
                        "X-Telegram-Bot-Api-Secret-Token");
    kit.headers[0].value = SC_STR(KIT_SECRET "x");
    kit_expect(&kit, &scheme_telegram, SC_VERIFY_MISMATCH);
    kit_free(&kit);
}


static void
test_bearer(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_cloudevents, KIT_SECRET);
    kit_header(&kit, "Authorization", "bearer " KIT_SECRET);
    kit_expect(&kit, &scheme_cloudevents, SC_VERIFY_OK);
    kit.headers[0].value = SC_STR("Bearer " KIT_SECRET);
    kit_expect(&kit, &scheme_cloudevents, SC_VERIFY_OK);
    kit.headers[0].value = SC_STR("Bearer");
    kit_expect(&kit, &scheme_cloudevents, SC_VERIFY_MALFORMED);
    kit.headers[0].value = SC_STR("Bearer ");
    kit_expect(&kit, &scheme_cloudevents, SC_VERIFY_NO_SIGNATURE);
    kit.headers[0].value = SC_STR("Basic " KIT_SECRET);
    kit_expect(&kit, &scheme_cloudevents, SC_VERIFY_MALFORMED);

    /* In the query, only without the header. */
    kit_url(&kit, "https://h/ce?access_token=" KIT_SECRET);
    kit_expect(&kit, &scheme_cloudevents, SC_VERIFY_MALFORMED);
    kit_no_headers(&kit);
    kit_expect(&kit, &scheme_cloudevents, SC_VERIFY_OK);
    kit_url(&kit, "https://h/ce?access_token=s3cr3t%2Dsocialcare");
    kit_expect(&kit, &scheme_cloudevents, SC_VERIFY_OK);
    kit_url(&kit, "https://h/ce?access_token=nope");
    kit_expect(&kit, &scheme_cloudevents, SC_VERIFY_MISMATCH);
    kit_free(&kit);
}


/* '+' in a query: itself, or a space. */
static void
test_plus(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_query_token, "a b");
    kit_url(&kit, "https://h/?access_token=a+b");
    kit_expect(&kit, &scheme_query_token, SC_VERIFY_OK);
    kit_url(&kit, "https://h/?access_token=a+c");
    kit_expect(&kit, &scheme_query_token, SC_VERIFY_MISMATCH);
    kit_no_secrets(&kit);
    kit_secret(&kit, &scheme_query_token, "a+b");
    kit_url(&kit, "https://h/?access_token=a+b");
    kit_expect(&kit, &scheme_query_token, SC_VERIFY_OK);
    kit_url(&kit, "https://h/?access_token=a%2bb");
    kit_expect(&kit, &scheme_query_token, SC_VERIFY_OK);

    kit.memory = 0;
    kit_url(&kit, "https://h/?access_token=b+c");
    kit_expect(&kit, &scheme_query_token, SC_VERIFY_TOO_LARGE);
    kit_free(&kit);
}


static void
test_vk(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_vk, KIT_SECRET);
    kit_body(&kit, "{\"type\":\"message_new\",\"group_id\":220011223,"
                   "\"secret\":\"" KIT_SECRET "\"}");
    kit_expect(&kit, &scheme_vk, SC_VERIFY_OK);
    kit_body(&kit, "{\"secret\":\"s3cr3t\\u002dsocialcare\"}");
    kit_expect(&kit, &scheme_vk, SC_VERIFY_OK);
    kit_body(&kit, "{\"secret\":\"other\"}");
    kit_expect(&kit, &scheme_vk, SC_VERIFY_MISMATCH);
    kit_body(&kit, "{\"type\":\"message_new\"}");
    kit_expect(&kit, &scheme_vk, SC_VERIFY_NO_SIGNATURE);
    kit_body(&kit, "{\"secret\":\"" KIT_SECRET "\",\"secret\":\"x\"}");
    kit_expect(&kit, &scheme_vk, SC_VERIFY_DOUBLED);
    kit_free(&kit);
}


static void
test_basic(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_basic, "postmark:" KIT_SECRET);
    kit_header(&kit, "Authorization",
               "Basic cG9zdG1hcms6czNjcjN0LXNvY2lhbGNhcmU=");
    kit_expect(&kit, &scheme_basic, SC_VERIFY_OK);
    kit_tamper_presence(&kit, &scheme_basic, "Authorization");

    kit.headers[0].value =
        SC_STR("basic cG9zdG1hcms6czNjcjN0LXNvY2lhbGNhcmU=");
    kit_expect(&kit, &scheme_basic, SC_VERIFY_OK);
    kit.headers[0].value =
        SC_STR("Basic cG9zdG1hcms6czNjcjN0LXNvY2lhbGNhcmV=");
    kit_expect(&kit, &scheme_basic, SC_VERIFY_MALFORMED);
    kit.headers[0].value =
        SC_STR("Basic cG9zdG1hcms6czNjcjN0LXNvY2lhbGNhcmY=");
    kit_expect(&kit, &scheme_basic, SC_VERIFY_MISMATCH);
    kit.headers[0].value = SC_STR("Bearer x");
    kit_expect(&kit, &scheme_basic, SC_VERIFY_MALFORMED);
    kit.headers[0].value = SC_STR("Basic ");
    kit_expect(&kit, &scheme_basic, SC_VERIFY_NO_SIGNATURE);
    kit.headers[0].value = SC_STR("Basic !");
    kit_expect(&kit, &scheme_basic, SC_VERIFY_MALFORMED);
    kit_free(&kit);
}


#define PAYLOAD                                                               \
    "eyJ1c2VyX2lkIjoiNzIwMzM0NDU1NjY3Nzg4OSIsImFsZ29yaXRobSI6IkhNQUMtU0hBMjU" \
    "2IiwiaXNzdWVkX2F0IjoxNzY4NDcxMjAwfQ"
#define SIGNATURE  "-McVua6OplvJZ4bWyRhXEmMhzDgtbr8sDHlFMas9cNs"


static void
test_signed_request(void **state)
{
    kit_t              kit;
    sc_verify_scheme_t dated;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_signed_request, KIT_SECRET);
    kit_header(&kit, "Content-Type", "application/x-www-form-urlencoded");
    kit_body(&kit, "signed_request=" SIGNATURE "." PAYLOAD);
    kit_tamper_body(&kit, &scheme_signed_request);
    assert_true(sc_str_eq(kit.verdict.payload, SC_STR(
        "{\"user_id\":\"7203344556677889\",\"algorithm\":\"HMAC-SHA256\","
        "\"issued_at\":1768471200}")));
    assert_int_equal(kit.verdict.signed_ms, INT64_C(1768471200000));

    kit_body(&kit, "a=b&signed_request=%2dMcVua6OplvJZ4bWyRhXEmMhzDgtbr8sDHl"
                   "FMas9cNs%2E" PAYLOAD);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_OK);

    /* issued_at counts where the scheme judges it. */
    dated = scheme_signed_request;
    dated.no_tolerance = false;
    kit_expect(&kit, &dated, SC_VERIFY_STALE);
    kit.now_ms = INT64_C(1768471200000) + 300000;
    kit_expect(&kit, &dated, SC_VERIFY_OK);

    kit_body(&kit, "");
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_NO_SIGNATURE);
    kit_body(&kit, "signed_request=" SIGNATURE);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_MALFORMED);
    kit_body(&kit, "signed_request=" SIGNATURE ".");
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_MALFORMED);
    kit_body(&kit, "signed_request=." PAYLOAD);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_MALFORMED);
    kit_body(&kit, "signed_request=AAAA." PAYLOAD);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_MALFORMED);
    kit_body(&kit, "signed_request=" SIGNATURE "." PAYLOAD
                   "&signed_request=x");
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_DOUBLED);
    kit_free(&kit);
}


/* Signs `payload` (JSON) with the kit's secret and sets the body. */
static void
sign_payload(kit_t *kit, const char *payload, bool encode)
{
    size_t        len;
    sc_buf_t      encoded, body;
    unsigned char mac[64], text[512], memory[1024];

    sc_buf_init_fixed(&encoded, text, sizeof(text));

    if (encode) {
        sc_base64_encode(&encoded, sc_str_from_cstring(payload),
                         SC_BASE64URL);

    } else {
        sc_buf_append_str(&encoded, sc_str_from_cstring(payload));
    }

    assert_true(sc_hmac(SC_DIGEST_SHA256, SC_STR(KIT_SECRET),
                        sc_buf_str(&encoded), mac, &len));

    sc_buf_init_fixed(&body, memory, sizeof(memory));
    sc_buf_append_literal(&body, "signed_request=");
    sc_base64_encode(&body, sc_str_make(mac, len), SC_BASE64URL);
    sc_buf_append_byte(&body, '.');
    sc_buf_append_str(&body, sc_buf_str(&encoded));
    assert_false(body.failed);

    kit_body_bytes(kit, memory, body.len);
}


static void
test_signed_payloads(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_signed_request, KIT_SECRET);

    sign_payload(&kit, "{\"algorithm\":\"hmac-sha256\",\"issued_at\":1}",
                 true);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_OK);
    sign_payload(&kit, "{\"algorithm\":\"none\",\"issued_at\":1}", true);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_BAD_CLAIM);
    sign_payload(&kit, "{\"issued_at\":1}", true);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_BAD_CLAIM);
    sign_payload(&kit, "{\"algorithm\":\"HMAC-SHA256\",\"algorithm\":"
                       "\"HMAC-SHA256\",\"issued_at\":1}", true);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_BAD_CLAIM);
    sign_payload(&kit, "{\"algorithm\":\"HMAC-SHA256\"}", true);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_NO_TIMESTAMP);
    sign_payload(&kit, "{\"algorithm\":", true);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_MALFORMED);
    sign_payload(&kit, "!!!!", false);
    kit_expect(&kit, &scheme_signed_request, SC_VERIFY_MALFORMED);
    kit_free(&kit);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_token),
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_plus),
        cmocka_unit_test(test_vk),
        cmocka_unit_test(test_basic),
        cmocka_unit_test(test_signed_request),
        cmocka_unit_test(test_signed_payloads)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
