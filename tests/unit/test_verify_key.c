/*
 * test_verify_key.c: Ed25519, ECDSA and RSA over the samples and examples.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "verify_kit.h"
#include "verify_schemes.h"


#define DISCORD_KEY \
    "47d381d8078b9c048ee0fee9eecb9b717b9e67e1ce8db95f3d70674909bda77c"
#define DISCORD_SIGNATURE \
    "4bf4fab0c89f99ea816b617dbf81ab98b2e3bc342884d5f9c036fa026977e4202e3586f2" \
    "d4a4251ef0933a995788512205e61b166f56b6d0c32a2f8db3b55c04"


static void
test_discord(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_discord, "whpk_aGmZXlwwEb8HxxiBKQGdX9mgzqkEhxwz"
                                      "+8Sr9EAVp+A=");
    kit_secret(&kit, &scheme_discord, DISCORD_KEY);
    kit_body(&kit, "{\"version\":1,\"application_id\":\"754679440998400077\","
                   "\"type\":0}");
    kit_header(&kit, "X-Signature-Ed25519", DISCORD_SIGNATURE);
    kit_header(&kit, "X-Signature-Timestamp", "1789999999");
    kit_tamper_body(&kit, &scheme_discord);
    kit_tamper_header(&kit, &scheme_discord, "X-Signature-Ed25519", true);
    kit_tamper_header(&kit, &scheme_discord, "X-Signature-Timestamp", false);
    kit_tamper_presence(&kit, &scheme_discord, "X-Signature-Ed25519");
    assert_int_equal(kit.verdict.secret, 1);

    kit.headers[0].value = SC_STR("4bf4");
    kit_expect(&kit, &scheme_discord, SC_VERIFY_MALFORMED);
    kit.headers[0].value = SC_STR(DISCORD_SIGNATURE "00");
    kit_expect(&kit, &scheme_discord, SC_VERIFY_MALFORMED);
    kit.headers[0].value = SC_STR(DISCORD_SIGNATURE);

    kit.now_ms = INT64_C(1790000299000);
    kit_expect(&kit, &scheme_discord, SC_VERIFY_OK);
    kit.now_ms++;
    kit_expect(&kit, &scheme_discord, SC_VERIFY_STALE);
    kit.request.headers_count = 1;
    kit_expect(&kit, &scheme_discord, SC_VERIFY_NO_TIMESTAMP);

    kit_free(&kit);
}


/* A forgery leaves nothing in OpenSSL's error queue. */
static void
test_error_queue(void **state)
{
    char     text[2048];
    kit_t    kit;
    sc_str_t pem;

    (void) state;

    ERR_clear_error();

    kit_init(&kit);
    kit_sample(&kit, "freshchat", "user_message");
    kit_sample_headers(&kit, "freshchat/user_message.bad.headers");
    pem = kit_file(&kit, "freshchat/test-rsa.pub.pem");
    assert_true(pem.len < sizeof(text));
    memcpy(text, pem.data, pem.len);
    text[pem.len] = '\0';

    kit_secret(&kit, &scheme_freshchat, text);
    kit_expect(&kit, &scheme_freshchat, SC_VERIFY_MISMATCH);
    assert_int_equal(ERR_peek_error(), 0);

    kit_free(&kit);
}


/* The wrong kind of signature for the key, lengths that no key gives. */
static void
test_lengths(void **state)
{
    int   i;
    char  many[2048];
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_sample(&kit, "email-sendgrid", "events");
    kit_secret(&kit, &scheme_sendgrid,
               "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvkbFrd+pXhKcqC8554xsfumz"
               "2ke4n4v8CqYHwUxKq7+wfy3+IvnKMbbwcewdjhLqhueb8K30x+uBW4+ZB9hhN"
               "A==");
    kit_expect(&kit, &scheme_sendgrid, SC_VERIFY_OK);

    for (i = 0; i < (int) kit.request.headers_count; i++) {
        if (sc_str_eq(kit.headers[i].name,
                      SC_STR("X-Twilio-Email-Event-Webhook-Signature")))
        {
            kit.headers[i].value = SC_STR("AAAA");
            kit_expect(&kit, &scheme_sendgrid, SC_VERIFY_MALFORMED);
            kit.headers[i].value = SC_STR("AAAAAAAAAAAAAAAA");
            kit_expect(&kit, &scheme_sendgrid, SC_VERIFY_MISMATCH);

            memset(many, 'A', sizeof(many));
            kit.headers[i].value = sc_str_make(many, 100);
            kit_expect(&kit, &scheme_sendgrid, SC_VERIFY_MALFORMED);
            kit.headers[i].value = sc_str_make(many, sizeof(many));
            kit_expect(&kit, &scheme_sendgrid, SC_VERIFY_MALFORMED);
        }
    }

    kit_free(&kit);
}


/* A list of signatures: four at most, as each costs a key operation. */
static void
test_list(void **state)
{
    kit_t              kit;
    sc_verify_scheme_t scheme;

    (void) state;

    scheme = scheme_discord;
    scheme.list = SC_SIGNATURE_LIST_COMMA;

    kit_init(&kit);
    kit_secret(&kit, &scheme, DISCORD_KEY);
    kit_body(&kit, "{\"version\":1,\"application_id\":\"754679440998400077\","
                   "\"type\":0}");
    kit_header(&kit, "X-Signature-Ed25519",
               "00," DISCORD_SIGNATURE);
    kit_header(&kit, "X-Signature-Timestamp", "1789999999");
    kit_expect(&kit, &scheme, SC_VERIFY_OK);

    kit.headers[0].value = SC_STR(
        DISCORD_SIGNATURE "," DISCORD_SIGNATURE "," DISCORD_SIGNATURE ","
        DISCORD_SIGNATURE);
    kit_expect(&kit, &scheme, SC_VERIFY_OK);
    kit.headers[0].value = SC_STR(
        DISCORD_SIGNATURE "," DISCORD_SIGNATURE "," DISCORD_SIGNATURE ","
        DISCORD_SIGNATURE "," DISCORD_SIGNATURE);
    kit_expect(&kit, &scheme, SC_VERIFY_MALFORMED);

    kit_free(&kit);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_discord),
        cmocka_unit_test(test_error_queue),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_list)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
