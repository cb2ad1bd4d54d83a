/*
 * test_verify_hmac.c: HMAC schemes: every recipe, freshness, rotation, lists.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/hmac.h>

#include "sc_hmac.h"
#include "verify_kit.h"
#include "verify_schemes.h"


/* One line of the recipes: headers, scheme, and what it must not survive. */
typedef struct {
    const sc_verify_scheme_t *scheme;
    const char               *name;
    const char               *value;
    const char               *other_name;
    const char               *other_value;
    bool                      hex;
} recipe_t;


static const recipe_t recipes[] = {
    { &scheme_github, "X-Hub-Signature-256",
      "sha256=8f5f0c164a49556e9f23bcff0a5129efaf5c7defb903ca2a6626ae57cbd27d"
      "ce", NULL, NULL, true },
    { &scheme_shopify, "X-Shopify-Hmac-Sha256",
      "j18MFkpJVW6fI7z/ClEp769cfe+5A8oqZiauV8vSfc4=", NULL, NULL, false },
    { &scheme_intercom, "X-Hub-Signature",
      "sha1=4683782bc4b277ef3b8dc646d0c43cf88f432e87", NULL, NULL, true },
    { &scheme_stripe, "Stripe-Signature",
      "t=1790000000,v1=957d87672af6d05049ffd68f9c4244229c66788f7901f8779373f5"
      "b3cecb852b", NULL, NULL, true },
    { &scheme_chatwoot, "X-Chatwoot-Signature",
      "sha256=957d87672af6d05049ffd68f9c4244229c66788f7901f8779373f5b3cecb85"
      "2b", "X-Chatwoot-Timestamp", "1790000000", true },
    { &scheme_slack, "X-Slack-Signature",
      "v0=7ff1a170a5d23c61391e38f3d322018e19bac0687cc07566ba59be50f1166b63",
      "X-Slack-Request-Timestamp", "1790000000", true },
    { &scheme_zendesk, "X-Zendesk-Webhook-Signature",
      "fS1dYP/dGpmFqt2w0NTqaY9lZlKyXQxs61/C0pkKFFk=",
      "X-Zendesk-Webhook-Signature-Timestamp", "2026-09-21T14:13:20Z",
      false }
};


/* Sets a kit up for one recipe. */
static void
recipe_open(kit_t *kit, const recipe_t *recipe)
{
    kit_init(kit);
    kit_secret(kit, recipe->scheme, KIT_SECRET);
    kit_header(kit, recipe->name, recipe->value);

    if (recipe->other_name != NULL) {
        kit_header(kit, recipe->other_name, recipe->other_value);
    }
}


static void
test_recipes(void **state)
{
    size_t i;
    kit_t  kit;

    (void) state;

    for (i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++) {
        recipe_open(&kit, &recipes[i]);
        kit_tamper_body(&kit, recipes[i].scheme);
        kit_tamper_header(&kit, recipes[i].scheme, recipes[i].name,
                          recipes[i].hex);
        kit_tamper_presence(&kit, recipes[i].scheme, recipes[i].name);

        kit_no_secrets(&kit);
        kit_secret(&kit, recipes[i].scheme, "s3cr3t-socialcarf");
        kit_expect(&kit, recipes[i].scheme, SC_VERIFY_MISMATCH);

        kit_free(&kit);
    }
}


static void
test_spaced_list(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_spaced, KIT_SECRET);
    kit_header(&kit, "webhook-id", "msg_1");
    kit_header(&kit, "webhook-timestamp", "1790000000");
    kit_header(&kit, "webhook-signature",
               "v2,AAAA v1,AAAA "
               "v1,YcmLPPayYfXxg2/aDAxSPvDb31IcFyksNUMRCiiVOAs=");
    kit_expect(&kit, &scheme_spaced, SC_VERIFY_OK);
    assert_true(sc_str_eq(kit.verdict.id, SC_STR("msg_1")));
    kit_tamper_body(&kit, &scheme_spaced);
    kit_tamper_presence(&kit, &scheme_spaced, "webhook-signature");

    /* The template needs the id. */
    kit.headers[0].name = SC_STR("other");
    kit_expect(&kit, &scheme_spaced, SC_VERIFY_MALFORMED);

    kit_free(&kit);
}


static void
test_sinch(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_sinch, KIT_SECRET);
    kit_header(&kit, "x-sinch-webhook-signature",
               "ITS4H7l86EylVo67Y7MQT2BjzSaGv82pb9Gq8jQVpnw=");
    kit_header(&kit, "x-sinch-webhook-signature-timestamp", "1790000000");
    kit_header(&kit, "x-sinch-webhook-signature-nonce", "n-1");
    kit_tamper_body(&kit, &scheme_sinch);
    kit_tamper_header(&kit, &scheme_sinch, "x-sinch-webhook-signature", false);
    kit_tamper_header(&kit, &scheme_sinch, "x-sinch-webhook-signature-nonce",
                      false);
    kit_tamper_header(&kit, &scheme_sinch,
                      "x-sinch-webhook-signature-timestamp", false);

    /* The time is signed and never judged. */
    kit.now_ms += 900000000;
    kit_expect(&kit, &scheme_sinch, SC_VERIFY_OK);
    assert_int_equal(kit.verdict.signed_ms, KIT_NOW_MS);

    kit_header(&kit, "X-Sinch-Webhook-Signature-Nonce", "n-1");
    kit_expect(&kit, &scheme_sinch, SC_VERIFY_DOUBLED);

    kit.request.headers_count = 2;
    kit_expect(&kit, &scheme_sinch, SC_VERIFY_MALFORMED);

    kit_free(&kit);
}


static void
test_pbx(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_pbx, KIT_SECRET);
    kit_url(&kit, "https://care.example.com/hooks/generic/pbx");
    kit_header(&kit, "X-Pbx-Timestamp", "1790000000000");
    kit_header(&kit, "X-Pbx-Signature",
               "9c6cb5b8b69fe4b66c525af4e558e49ec6c000487d8d7b6681b1a6d55c6cd"
               "4f8557cfe7d15fcdf1847f0f742f4354d0aab687cc5c9afc3bf0bcdd64872"
               "f39448");
    kit_tamper_body(&kit, &scheme_pbx);
    kit_tamper_header(&kit, &scheme_pbx, "X-Pbx-Signature", true);

    /* A query is not part of the path; method and path are signed. */
    kit_url(&kit, "https://care.example.com/hooks/generic/pbx?a=b");
    kit_expect(&kit, &scheme_pbx, SC_VERIFY_OK);
    kit_method(&kit, "PUT");
    kit_expect(&kit, &scheme_pbx, SC_VERIFY_MISMATCH);
    kit_method(&kit, "POST");
    kit_url(&kit, "https://care.example.com/hooks/generic/Pbx");
    kit_expect(&kit, &scheme_pbx, SC_VERIFY_MISMATCH);

    kit_free(&kit);
}


/* Exactly the tolerance passes, a second more does not, both ways. */
static void
test_freshness(void **state)
{
    kit_t kit;

    (void) state;

    recipe_open(&kit, &recipes[5]);

    kit.now_ms = KIT_NOW_MS + 300000;
    kit_expect(&kit, &scheme_slack, SC_VERIFY_OK);
    kit.now_ms = KIT_NOW_MS + 300001;
    kit_expect(&kit, &scheme_slack, SC_VERIFY_STALE);
    assert_int_equal(kit.verdict.signed_ms, KIT_NOW_MS);

    kit.now_ms = KIT_NOW_MS - 300000;
    kit_expect(&kit, &scheme_slack, SC_VERIFY_OK);
    kit.now_ms = KIT_NOW_MS - 300001;
    kit_expect(&kit, &scheme_slack, SC_VERIFY_FUTURE);

    kit.tolerance_ms = SC_TOLERANCE_DEFAULT;
    kit.now_ms = KIT_NOW_MS + 300001;
    kit_expect(&kit, &scheme_slack, SC_VERIFY_STALE);

    kit.tolerance_ms = 0;
    kit_expect(&kit, &scheme_slack, SC_VERIFY_OK);

    /* A forgery is called that, however old it is. */
    kit.tolerance_ms = 300000;
    kit_body(&kit, "{}");
    kit_expect(&kit, &scheme_slack, SC_VERIFY_MISMATCH);

    kit_free(&kit);
}


static void
test_timestamp_refused(void **state)
{
    size_t             i;
    kit_t              kit;
    static const char *bad[] = {
        "", "+1790000000", "-1790000000", "1790000000.5", "1790000000 ",
        "0x6ab0f780", "1.79e9", "179000000099999999999", "now"
    };

    (void) state;

    recipe_open(&kit, &recipes[5]);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        kit.headers[1].value = sc_str_from_cstring(bad[i]);
        kit_expect(&kit, &scheme_slack, SC_VERIFY_NO_TIMESTAMP);
    }

    kit.headers[1].value = SC_STR("1790000000");
    kit_expect(&kit, &scheme_slack, SC_VERIFY_OK);

    /* 1970 is a time, and not the absence of one. */
    kit.headers[0].value = SC_STR(
        "v0=ca0f84cfdf0194334e322cfd21ee6c677d6d70acacc34a064bdc01f4a60032cf");
    kit.headers[1].value = SC_STR("0");
    kit_expect(&kit, &scheme_slack, SC_VERIFY_STALE);

    kit_header(&kit, "x-slack-request-timestamp", "1790000000");
    kit_expect(&kit, &scheme_slack, SC_VERIFY_NO_TIMESTAMP);

    kit.request.headers_count = 1;
    kit_expect(&kit, &scheme_slack, SC_VERIFY_NO_TIMESTAMP);

    kit_free(&kit);
}


static void
test_malformed(void **state)
{
    size_t             i;
    kit_t              kit;
    static const char *bad[] = {
        "sha1=8f5f0c164a49556e9f23bcff0a5129efaf5c7defb903ca2a6626ae57cbd27d"
        "ce",
        "SHA256=8f5f0c164a49556e9f23bcff0a5129efaf5c7defb903ca2a6626ae57cbd2"
        "7dce",
        "8f5f0c164a49556e9f23bcff0a5129efaf5c7defb903ca2a6626ae57cbd27dce",
        "sha256=8f5f0c164a49556e9f23bcff0a5129efaf5c7defb903ca2a6626ae57cbd2"
        "7d",
        "sha256=8f5f0c164a49556e9f23bcff0a5129efaf5c7defb903ca2a6626ae57cbd2"
        "7dce00",
        "sha256=8f5f0c164a49556e9f23bcff0a5129efaf5c7defb903ca2a6626ae57cbd2"
        "7dc",
        "sha256= 8f5f0c164a49556e9f23bcff0a5129efaf5c7defb903ca2a6626ae57cbd"
        "27dc",
        "sha256=", "sha256"
    };

    (void) state;

    recipe_open(&kit, &recipes[0]);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        kit.headers[0].value = sc_str_from_cstring(bad[i]);
        kit_expect(&kit, &scheme_github, SC_VERIFY_MALFORMED);
    }

    kit.headers[0].value =
        SC_STR("sha256=8F5F0C164A49556E9F23BCFF0A5129EFAF5C7DEFB903CA2A6626A"
               "E57CBD27DCE");
    kit_expect(&kit, &scheme_github, SC_VERIFY_OK);

    kit_free(&kit);

    /* Base64 without its padding, and with a set bit behind the last byte. */
    recipe_open(&kit, &recipes[1]);
    kit.headers[0].value =
        SC_STR("j18MFkpJVW6fI7z/ClEp769cfe+5A8oqZiauV8vSfc4");
    kit_expect(&kit, &scheme_shopify, SC_VERIFY_MALFORMED);
    kit.headers[0].value =
        SC_STR("j18MFkpJVW6fI7z/ClEp769cfe+5A8oqZiauV8vSfc5=");
    kit_expect(&kit, &scheme_shopify, SC_VERIFY_MALFORMED);
    kit_free(&kit);
}


static void
test_rotation(void **state)
{
    kit_t kit;

    (void) state;

    recipe_open(&kit, &recipes[0]);
    kit_no_secrets(&kit);
    kit_expect(&kit, &scheme_github, SC_VERIFY_NO_SECRET);

    kit_secret(&kit, &scheme_github, "older");
    kit_secret(&kit, &scheme_github, KIT_SECRET);
    kit_secret(&kit, &scheme_github, KIT_SECRET);
    kit_expect(&kit, &scheme_github, SC_VERIFY_OK);
    assert_int_equal(kit.verdict.secret, 1);

    kit_no_secrets(&kit);
    kit_secret_full(&kit, &scheme_github, KIT_SECRET, "old", KIT_NOW_S + 1);
    kit_expect(&kit, &scheme_github, SC_VERIFY_OK);
    kit.now_ms += 999;
    kit_expect(&kit, &scheme_github, SC_VERIFY_OK);
    kit.now_ms += 1;
    kit_expect(&kit, &scheme_github, SC_VERIFY_NO_SECRET);

    /* Past its end it does not count beside a living one either. */
    kit_secret(&kit, &scheme_github, "newer");
    kit_expect(&kit, &scheme_github, SC_VERIFY_MISMATCH);

    kit_free(&kit);
}


static void
test_unprepared(void **state)
{
    kit_t       kit;
    const char *problem;

    (void) state;

    recipe_open(&kit, &recipes[0]);
    kit_no_secrets(&kit);
    kit.secrets[0] = sc_secret_create(SC_STR(KIT_SECRET), SC_STR(""), 0,
                                      &problem);
    kit.secrets_count = 1;
    kit_expect(&kit, &scheme_github, SC_VERIFY_MISMATCH);
    kit_free(&kit);
}


static void
test_secret_by(void **state)
{
    kit_t              kit;
    sc_verify_scheme_t scheme;

    (void) state;

    scheme = scheme_github;
    scheme.secret_by.from = SC_FROM_HEADER;
    scheme.secret_by.name = SC_STR("X-Account");

    recipe_open(&kit, &recipes[0]);
    kit_no_secrets(&kit);
    kit_secret_full(&kit, &scheme, KIT_SECRET, "", 0);
    kit_secret_full(&kit, &scheme, "other", "b", 0);
    kit_secret_full(&kit, &scheme, KIT_SECRET, "a", 0);

    /* Absent chooses nothing, not even the secret without a label. */
    kit_expect(&kit, &scheme, SC_VERIFY_MISMATCH);

    kit_header(&kit, "X-Account", "a");
    kit_expect(&kit, &scheme, SC_VERIFY_OK);
    assert_int_equal(kit.verdict.secret, 2);

    kit.headers[1].value = SC_STR("b");
    kit_expect(&kit, &scheme, SC_VERIFY_MISMATCH);
    kit.headers[1].value = SC_STR("");
    kit_expect(&kit, &scheme, SC_VERIFY_MISMATCH);
    kit.headers[1].value = SC_STR("A");
    kit_expect(&kit, &scheme, SC_VERIFY_MISMATCH);

    kit.headers[1].value = SC_STR("a");
    kit_header(&kit, "X-Account", "a");
    kit_expect(&kit, &scheme, SC_VERIFY_DOUBLED);

    kit_free(&kit);
}


static void
test_stripe_list(void **state)
{
    kit_t kit;

    (void) state;

    recipe_open(&kit, &recipes[3]);

    /* Key roll: any v1 counts; v0 and unknown keys do not. */
    kit.headers[0].value = SC_STR(
        "v0=957d87672af6d05049ffd68f9c4244229c66788f7901f8779373f5b3cecb852b,"
        "v1=0000000000000000000000000000000000000000000000000000000000000000,"
        "t=1790000000, "
        "v1=957d87672af6d05049ffd68f9c4244229c66788f7901f8779373f5b3cecb852b"
        ",x");
    kit_expect(&kit, &scheme_stripe, SC_VERIFY_OK);

    kit.headers[0].value = SC_STR(
        "t=1790000000,"
        "v0=957d87672af6d05049ffd68f9c4244229c66788f7901f8779373f5b3cecb852b"
        );
    kit_expect(&kit, &scheme_stripe, SC_VERIFY_NO_SIGNATURE);

    kit.headers[0].value = SC_STR(
        "t=1790000000,v1=957d87672af6d05049ffd68f9c4244229c66788f");
    kit_expect(&kit, &scheme_stripe, SC_VERIFY_MALFORMED);

    kit.headers[0].value = SC_STR(
        "v1=957d87672af6d05049ffd68f9c4244229c66788f7901f8779373f5b3cecb852b"
        );
    kit_expect(&kit, &scheme_stripe, SC_VERIFY_NO_TIMESTAMP);

    kit.headers[0].value = SC_STR(
        "t=1790000000,t=1790000000,"
        "v1=957d87672af6d05049ffd68f9c4244229c66788f7901f8779373f5b3cecb852b"
        );
    kit_expect(&kit, &scheme_stripe, SC_VERIFY_NO_TIMESTAMP);

    /* Sixteen entries at most. */
    kit.headers[0].value = kit_repeat(&kit, "v1=00,", 17, "t=1790000000");
    kit_expect(&kit, &scheme_stripe, SC_VERIFY_MALFORMED);

    kit_free(&kit);
}


static void
test_comma_list(void **state)
{
    kit_t              kit;
    sc_verify_scheme_t scheme;

    (void) state;

    scheme = scheme_github;
    scheme.list = SC_SIGNATURE_LIST_COMMA;

    recipe_open(&kit, &recipes[0]);
    kit_expect(&kit, &scheme, SC_VERIFY_OK);

    kit.headers[0].value = SC_STR(
        "sha1=00, sha256=8f5f0c164a49556e9f23bcff0a5129efaf5c7defb903ca2a662"
        "6ae57cbd27dce ,,");
    kit_expect(&kit, &scheme, SC_VERIFY_OK);
    kit.headers[0].value = SC_STR(" , ,");
    kit_expect(&kit, &scheme, SC_VERIFY_NO_SIGNATURE);
    kit_free(&kit);
}


static void
test_meta(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_meta, KIT_SECRET);
    kit_body(&kit, "{\"object\":\"page\",\"entry\":[]}");
    kit_header(&kit, "X-Hub-Signature-256",
               "sha256=e7f39c5c5a0770459b35443b6fc9f7e774566f089d5b7ee43fbc6a"
               "e7acf22c86");
    kit_expect(&kit, &scheme_meta, SC_VERIFY_OK);

    /* SHA-1 counts only while the other header is absent. */
    kit_header(&kit, "X-Hub-Signature",
               "sha1=d67388cbf2d7a2c9aa90b027f18d4b862f7e11bc");
    kit_expect(&kit, &scheme_meta, SC_VERIFY_OK);
    kit.headers[0].value = SC_STR("sha256=00");
    kit_expect(&kit, &scheme_meta, SC_VERIFY_MALFORMED);
    kit.headers[0].name = SC_STR("X-Other");
    kit_expect(&kit, &scheme_meta, SC_VERIFY_OK);
    kit.headers[1].value =
        SC_STR("sha1=d67388cbf2d7a2c9aa90b027f18d4b862f7e11bd");
    kit_expect(&kit, &scheme_meta, SC_VERIFY_MISMATCH);
    kit.headers[1].name = SC_STR("X-Other");
    kit_expect(&kit, &scheme_meta, SC_VERIFY_NO_SIGNATURE);

    kit_free(&kit);
}


static void
test_meta_escapes(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_meta_escaped, KIT_SECRET);
    kit_header(&kit, "X-Hub-Signature-256",
               "sha256=63ed73f2ec23391a9b9cdae42e4d81589cfc6b2a4fa4787c242d4e"
               "348c07ef3b");
    kit_body(&kit, "{\"object\":\"page\",\"entry\":[],\"note\":\"Gr\\u00fc"
                   "\\u00dfe \\ud83d\\ude86 a\\/b\"}");
    kit_expect(&kit, &scheme_github, SC_VERIFY_OK);

    /* Re-encoded by somebody: other bytes, other signature. */
    kit_body(&kit, "{\"object\":\"page\",\"entry\":[],\"note\":\"Gr\xc3\xbc"
                   "\xc3\x9f" "e \xf0\x9f\x9a\x86 a\\/b\"}");
    kit_expect(&kit, &scheme_github, SC_VERIFY_MISMATCH);

    /* The option puts the escapes back. */
    kit_expect(&kit, &scheme_meta_escaped, SC_VERIFY_OK);
    kit_tamper_body(&kit, &scheme_meta_escaped);

    kit_body(&kit, "{\"object\":\"page\",\"entry\":[],\"note\":\"Gr\xc3\xbc"
                   "\xc3\x9f" "e \xf0\x9f\x9a\x86 a/b\"}");
    kit_expect(&kit, &scheme_meta_escaped, SC_VERIFY_MISMATCH);

    kit.headers[0].value = SC_STR(
        "sha256=236a0d3f5352918f341698e5c1cccace2b3f4eeefa579210a86fa41ddf4e"
        "d1ef");
    kit_expect(&kit, &scheme_github, SC_VERIFY_OK);

    /* The first and the last character of two, three and four bytes. */
    kit.headers[0].value = SC_STR(
        "sha256=b83a13fed47ce8af9ad0033d0962b350929ea4f59bcfe4e923b81d2c937f"
        "6cc3");
    kit_body(&kit, "{\"note\":\"\\u0080\\u07ff\\u0800\\uffff\\ud800"
                   "\\udc00\\udbff\\udfff\"}");
    kit_expect(&kit, &scheme_github, SC_VERIFY_OK);
    kit_body(&kit, "{\"note\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"
                   "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}");
    kit_expect(&kit, &scheme_meta_escaped, SC_VERIFY_OK);

    /* Not UTF-8: nothing to put back. */
    kit_body(&kit, "{\"note\":\"\xff\"}");
    kit_expect(&kit, &scheme_meta_escaped, SC_VERIFY_MISMATCH);
    kit_body(&kit, "\xf4\x90\x80\x80");
    kit_expect(&kit, &scheme_meta_escaped, SC_VERIFY_MISMATCH);
    kit_body(&kit, "\xc3");
    kit_expect(&kit, &scheme_meta_escaped, SC_VERIFY_MISMATCH);
    kit_body(&kit, "\xc3(");
    kit_expect(&kit, &scheme_meta_escaped, SC_VERIFY_MISMATCH);

    kit_free(&kit);
}


static void
test_x(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_x_either, KIT_SECRET);
    kit_body(&kit, "{\"for_user_id\":\"1500000000000000001\","
                   "\"tweet_delete_events\":[]}");
    kit_header(&kit, "x-twitter-webhooks-signature",
               "sha256=huTWNEi0uPdVd579RWLpqNrqIPR7hCMm3ajyTX/RhZk=");
    kit_tamper_body(&kit, &scheme_x_either);
    kit_tamper_header(&kit, &scheme_x_either, "x-twitter-webhooks-signature",
                      false);
    kit.headers[0].value =
        SC_STR("sha256=huTWNEi0uPdVd579RWLpqNrqIPR7hCMm3ajyTX/RhZk");
    kit_expect(&kit, &scheme_x_either, SC_VERIFY_MALFORMED);

    kit_method(&kit, "GET");
    kit_body(&kit, "");
    kit_url(&kit, "https://care.example.com/hook?crc_token="
                  "Y3JjLTIwMjYtMDEtMTU&nonce=MTc2ODQ3MTIwMA");
    kit.headers[0].value =
        SC_STR("sha256=2ZgTOoqj2kauWk6vv7AKsZ1SJZpUszv38CEKey9+/ew=");
    kit_expect(&kit, &scheme_x_get, SC_VERIFY_OK);
    kit_free(&kit);

    /* Two headers, two keys: either is enough. */
    kit_init(&kit);
    kit_sample(&kit, "x", "xaa-own-reply");
    kit_secret(&kit, &scheme_x_either, "s3cr3t-socialcare-oauth2");
    kit_expect(&kit, &scheme_x_either, SC_VERIFY_OK);
    kit_tamper_body(&kit, &scheme_x_either);
    kit_no_secrets(&kit);
    kit_secret(&kit, &scheme_x_either, KIT_SECRET);
    kit_expect(&kit, &scheme_x_either, SC_VERIFY_OK);
    kit_no_secrets(&kit);
    kit_secret(&kit, &scheme_x_either, "neither");
    kit_expect(&kit, &scheme_x_either, SC_VERIFY_MISMATCH);
    kit_free(&kit);
}


static void
test_linkedin(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_linkedin, KIT_SECRET);
    kit_body(&kit, "{\"type\":\"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS\","
                   "\"notifications\":[]}");
    kit_header(&kit, "X-LI-Signature",
               "23ee4731d905e4eb947930d3b9e6ea3ed9cf7145a35618bcd33badd4547e6"
               "ed0");
    kit_tamper_body(&kit, &scheme_linkedin);
    kit_tamper_header(&kit, &scheme_linkedin, "X-LI-Signature", true);

    kit.headers[0].value = SC_STR(
        "hmacsha256=23ee4731d905e4eb947930d3b9e6ea3ed9cf7145a35618bcd33badd4"
        "547e6ed0");
    kit_expect(&kit, &scheme_linkedin, SC_VERIFY_OK);

    /* The digest of the body alone, a frequent mistake. */
    kit.headers[0].value = SC_STR(
        "8089117640c3b0bee87756b5bf05ad2ec1dcd5bbd2e5fe8b48a92c96d24d6f4c");
    kit_expect(&kit, &scheme_linkedin, SC_VERIFY_MISMATCH);

    kit_free(&kit);
}


static void
test_tiktok(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_tiktok, KIT_SECRET);
    kit.now_ms = INT64_C(1768471200000);
    kit_body(&kit, "{\"event\":\"authorization.removed\"}");
    kit_header(&kit, "TikTok-Signature",
               "t=1768471200,s=58e9ed01618849baace4bcff2c2319dbebd4143802ef7a"
               "008618f96c28eb2eb9");
    kit_tamper_body(&kit, &scheme_tiktok);
    kit_tamper_header(&kit, &scheme_tiktok, "TikTok-Signature", true);
    kit_free(&kit);

    kit_init(&kit);
    kit_secret(&kit, &scheme_tiktok_shop, KIT_SECRET);
    kit_body(&kit, "{\"type\":14}");
    kit_header(&kit, "Authorization",
               "accc258dcd2ae4df920c3fb4502f42db923f1e96cd972a984d1beeede8879"
               "448");
    kit_tamper_body(&kit, &scheme_tiktok_shop);
    kit_free(&kit);
}


static void
test_websub(void **state)
{
    size_t             i;
    kit_t              kit;
    static const char *good[] = {
        "sha1=04838428db5d921ef82f7a73c8d1e94bc012050d",
        "sha256=216c3f35843ddda13dd0da923a0222df94b13268f697ae82af367878e973"
        "6151",
        "sha384=e5475f45e997fe31c60b83dc6ee123ff4fbebcca781536fb57c61188fff9"
        "6ef020ccd29b7a9665234273649b964abf61",
        "sha512=47fc86a26e246042b80171d987faebad4d1c60ebd1df54750bd8ec94588f"
        "78061ac7d093576ed26291fec5a98b07caa958d3699503ac6db43f29179ea9932b0"
        "5"
    };

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_websub, KIT_SECRET);
    kit_body(&kit, "<feed/>");
    kit_header(&kit, "X-Hub-Signature", "");

    for (i = 0; i < 4; i++) {
        kit.headers[0].value = sc_str_from_cstring(good[i]);
        kit_tamper_body(&kit, &scheme_websub);
        kit_tamper_header(&kit, &scheme_websub, "X-Hub-Signature", true);
        kit_expect(&kit, &scheme_websub_strong, i % 2 == 1 ? SC_VERIFY_OK
                                                    : SC_VERIFY_MALFORMED);
    }

    /* One method's name with another one's digest; unknown methods. */
    kit.headers[0].value = SC_STR(
        "sha1=216c3f35843ddda13dd0da923a0222df94b13268f697ae82af367878e97361"
        "51");
    kit_expect(&kit, &scheme_websub, SC_VERIFY_MALFORMED);
    kit.headers[0].value = SC_STR("md5=00000000000000000000000000000000");
    kit_expect(&kit, &scheme_websub, SC_VERIFY_MALFORMED);
    kit.headers[0].value =
        SC_STR("04838428db5d921ef82f7a73c8d1e94bc012050d");
    kit_expect(&kit, &scheme_websub, SC_VERIFY_MALFORMED);

    kit_free(&kit);
}


static void
test_viber(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_viber, KIT_SECRET);
    kit_body(&kit, "{\"event\":\"webhook\",\"timestamp\":1789999997000,"
                   "\"chat_hostname\":\"SN-CHAT-01_\","
                   "\"message_token\":5917283746152839466}");
    kit_header(&kit, "X-Viber-Content-Signature",
               "2ef3ca82bdf8d46cb22cab028b96b4ee97ad645ac8a58992d43dd4e05892e"
               "7f2");
    kit_tamper_body(&kit, &scheme_viber);

    kit_no_headers(&kit);
    kit_expect(&kit, &scheme_viber_query, SC_VERIFY_NO_SIGNATURE);
    kit_url(&kit, "https://h/v?a=1&sig=2ef3ca82bdf8d46cb22cab028b96b4ee97ad6"
                  "45ac8a58992d43dd4e05892e7f2");
    kit_expect(&kit, &scheme_viber_query, SC_VERIFY_OK);
    kit_url(&kit, "https://h/v?sig=2ef3ca82bdf8d46cb22cab028b96b4ee97ad6"
                  "45ac8a58992d43dd4e05892e7f2&sig=");
    kit_expect(&kit, &scheme_viber_query, SC_VERIFY_DOUBLED);
    kit_url(&kit, "https://h/v?sig=%2");
    kit_expect(&kit, &scheme_viber_query, SC_VERIFY_MALFORMED);
    kit_url(&kit, "https://h/v?sig=");
    kit_expect(&kit, &scheme_viber_query, SC_VERIFY_NO_SIGNATURE);

    kit_free(&kit);
}


#define MULTIPART_FIELD                                                       \
    "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"


static void
test_mailgun(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_mailgun_form, KIT_SECRET);
    kit_body(&kit, "subject=a+b&timestamp=1790000000&token=0123456789abcdef01"
                   "23456789abcdef0123456789abcdef01&signature=4ac015cfe6c485"
                   "49bb9d5800f119d72ad99cccb9320bca7eb203413ded10d861");
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_OK);
    assert_int_equal(kit.verdict.id.len, 50);

    /* The scheme's own tolerance, where the operator gave none. */
    kit.now_ms = KIT_NOW_MS + 30600000;
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_STALE);
    kit.tolerance_ms = SC_TOLERANCE_DEFAULT;
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_OK);
    kit.now_ms++;
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_STALE);

    /* Of a repeated field the last counts. */
    kit.now_ms = KIT_NOW_MS;
    kit_body(&kit, "signature=00&timestamp=1790000000&token=0123456789abcdef0"
                   "123456789abcdef0123456789abcdef01&signature=4ac015cfe6c48"
                   "549bb9d5800f119d72ad99cccb9320bca7eb203413ded10d861");
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_OK);

    kit_body(&kit, "timestamp=%");
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_MALFORMED);
    kit_free(&kit);

    kit_init(&kit);
    kit_secret(&kit, &scheme_mailgun_form, KIT_SECRET);
    kit_sample(&kit, "email-mailgun", "route_parsed");
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_OK);
    kit_sample(&kit, "email-mailgun", "route_parsed.bad-signature");
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_MISMATCH);
    kit_sample(&kit, "email-mailgun", "route_parsed_attachment");
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_OK);

    /* A multipart body that breaks off is no form. */
    kit.request.body.len -= 20;
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_MALFORMED);

    /* One field more than is read: none of the first ones counts. */
    kit_no_headers(&kit);
    kit_header(&kit, "Content-Type", "multipart/form-data; boundary=b");
    kit.request.body = kit_repeat(&kit, MULTIPART_FIELD, 1000, "--b--\r\n");
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_NO_SIGNATURE);
    kit.request.body = kit_repeat(&kit, MULTIPART_FIELD, 1001, "--b--\r\n");
    kit_expect(&kit, &scheme_mailgun_form, SC_VERIFY_TOO_LARGE);

    kit_sample(&kit, "email-mailgun", "event_delivered");
    kit_expect(&kit, &scheme_mailgun_json, SC_VERIFY_OK);
    kit_free(&kit);
}


/* Whatever reads the other copy of a doubled name would act on it. */
static void
test_json_fields(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_mailgun_json, KIT_SECRET);

    kit_body(&kit, "{\"signature\":{\"signature\":\"00\",\"signature\":\"00\""
                   "}}");
    kit_expect(&kit, &scheme_mailgun_json, SC_VERIFY_DOUBLED);
    kit_body(&kit, "{\"signature\":{\"signature\":[]}}");
    kit_expect(&kit, &scheme_mailgun_json, SC_VERIFY_MALFORMED);
    kit_body(&kit, "{\"signature\":{\"signature\":null}}");
    kit_expect(&kit, &scheme_mailgun_json, SC_VERIFY_NO_SIGNATURE);
    kit_body(&kit, "{\"signature\":{}}");
    kit_expect(&kit, &scheme_mailgun_json, SC_VERIFY_NO_SIGNATURE);
    kit_body(&kit, "{\"signature\":");
    kit_expect(&kit, &scheme_mailgun_json, SC_VERIFY_MALFORMED);
    kit_body(&kit, "");
    kit_expect(&kit, &scheme_mailgun_json, SC_VERIFY_MALFORMED);

    kit_body(&kit, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[");
    kit_expect(&kit, &scheme_mailgun_json, SC_VERIFY_TOO_LARGE);

    kit.memory = 64;
    kit_body(&kit, "{\"signature\":{\"signature\":\"00\"}}");
    kit_expect(&kit, &scheme_mailgun_json, SC_VERIFY_TOO_LARGE);
    kit_free(&kit);
}


/* Less and less memory: refused, never accepted by mistake, no crash. */
static void
test_little_memory(void **state)
{
    kit_t              kit;
    size_t             memory;
    bool               accepted;
    sc_verify_result_t result;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_mailgun_form, KIT_SECRET);
    kit_sample(&kit, "email-mailgun", "route_parsed");

    accepted = false;

    for (memory = 0; memory < 8192; memory += 16) {
        kit.memory = memory;
        result = kit_verify(&kit, &scheme_mailgun_form);

        if (!accepted && result == SC_VERIFY_OK) {
            accepted = true;
        }

        assert_int_equal(result, accepted ? SC_VERIFY_OK
                                          : SC_VERIFY_TOO_LARGE);
    }

    assert_true(accepted);
    kit_free(&kit);
}


static void
test_names(void **state)
{
    int i, j;

    /* Published as labels and in access logs. */
    static const char *const names[SC_VERIFY_RESULTS] = {
        [SC_VERIFY_OK] = "ok", [SC_VERIFY_NO_SIGNATURE] = "no_signature",
        [SC_VERIFY_DOUBLED] = "doubled", [SC_VERIFY_MALFORMED] = "malformed",
        [SC_VERIFY_MISMATCH] = "mismatch",
        [SC_VERIFY_NO_TIMESTAMP] = "no_timestamp",
        [SC_VERIFY_STALE] = "stale", [SC_VERIFY_FUTURE] = "future",
        [SC_VERIFY_NO_SECRET] = "no_secret",
        [SC_VERIFY_BAD_CLAIM] = "bad_claim",
        [SC_VERIFY_TOO_LARGE] = "too_large",
        [SC_VERIFY_UNKNOWN_KEY] = "unknown_key",
        [SC_VERIFY_REPLAYED] = "replayed",
        [SC_VERIFY_NO_MEMORY] = "no_memory"
    };

    (void) state;

    for (i = 0; i < SC_VERIFY_RESULTS; i++) {
        assert_string_equal(sc_verify_result_name((sc_verify_result_t) i),
                            names[i]);

        for (j = 0; j < i; j++) {
            assert_string_not_equal(
                sc_verify_result_name((sc_verify_result_t) i),
                sc_verify_result_name((sc_verify_result_t) j));
        }
    }

    assert_string_equal(sc_verify_result_name(SC_VERIFY_RESULTS), "unknown");
}


static void
test_one_hmac(void **state)
{
    size_t        len;
    unsigned char out[64], text[64 * 2];
    sc_buf_t      buf;

    (void) state;

    assert_true(sc_hmac(SC_DIGEST_SHA256, SC_STR(KIT_SECRET),
                        SC_STR("Y3JjLTIwMjYtMDEtMTU"), out, &len));
    sc_buf_init_fixed(&buf, text, sizeof(text));
    sc_base64_encode(&buf, sc_str_make(out, len), SC_BASE64_PADDED);
    assert_true(sc_str_eq(sc_buf_str(&buf), SC_STR(
                "/4KXhzMz1BjMt60p9m4p2xe3zj5gSzDFbqdvvMP69Ig=")));

    assert_true(sc_hmac(SC_DIGEST_SHA256, SC_STR(KIT_SECRET),
                        SC_STR("3b1f6c52-7a40-4d1e-9c55-0d2a8f4e6b71"), out,
                        &len));
    sc_hex_encode(sc_str_make(out, len), text);
    assert_memory_equal(text, "9515b107633486599e1c64ea60427390bdf1651d3a0a8"
                              "727fd88eccc39697327", 64);

    assert_true(sc_equal_constant_time(SC_STR(""), SC_STR("")));
    assert_true(sc_equal_constant_time(SC_STR("ab"), SC_STR("ab")));
    assert_false(sc_equal_constant_time(SC_STR("ab"), SC_STR("ac")));
    assert_false(sc_equal_constant_time(SC_STR("ab"), SC_STR("abc")));
}


/*
 * Keys around the length of a block, states of all digests that take turns,
 * text in pieces: as OpenSSL has it in one call.
 */
static void
test_states(void **state)
{
    size_t          i, k, len;
    unsigned        size, round;
    sc_hmac_state_t states[SC_DIGESTS][9];
    unsigned char   key[200], data[300], out[SC_DIGEST_MAX_SIZE],
                    expected[SC_DIGEST_MAX_SIZE];

    static const size_t lengths[9] = { 0, 1, 63, 64, 65, 127, 128, 129, 200 };

    const EVP_MD *const digests[SC_DIGESTS] = {
        EVP_sha256(), EVP_sha1(), EVP_sha384(), EVP_sha512(), EVP_md5()
    };

    (void) state;

    memset(states, 0, sizeof(states));

    for (i = 0; i < sizeof(key); i++) {
        key[i] = (unsigned char) (i * 31 + 7);
    }

    for (i = 0; i < SC_DIGESTS; i++) {
        for (k = 0; k < 9; k++) {
            assert_true(sc_hmac_state_init(&states[i][k], (sc_digest_t) i,
                                           sc_str_make(key, lengths[k])));
        }
    }

    for (round = 0; round < 3 * SC_DIGESTS * 9; round++) {
        i = round % SC_DIGESTS;
        k = round / SC_DIGESTS % 9;
        len = (size_t) round * 2;
        memset(data, (int) round, len);

        const sc_str_t pieces[] = {
            sc_str_make(data, len / 3), SC_STR_NULL,
            sc_str_make(data + len / 3, len - len / 3)
        };

        assert_true(sc_hmac_pieces(&states[i][k], pieces, 3, out));
        assert_non_null(HMAC(digests[i], key, (int) lengths[k], data, len,
                             expected, &size));
        assert_int_equal(size, sc_digest_size((sc_digest_t) i));
        assert_memory_equal(out, expected, size);
    }

    for (i = 0; i < SC_DIGESTS; i++) {
        for (k = 0; k < 9; k++) {
            sc_hmac_state_clear(&states[i][k]);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recipes),
        cmocka_unit_test(test_spaced_list),
        cmocka_unit_test(test_sinch),
        cmocka_unit_test(test_pbx),
        cmocka_unit_test(test_freshness),
        cmocka_unit_test(test_timestamp_refused),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_unprepared),
        cmocka_unit_test(test_secret_by),
        cmocka_unit_test(test_stripe_list),
        cmocka_unit_test(test_comma_list),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_meta_escapes),
        cmocka_unit_test(test_x),
        cmocka_unit_test(test_linkedin),
        cmocka_unit_test(test_tiktok),
        cmocka_unit_test(test_websub),
        cmocka_unit_test(test_viber),
        cmocka_unit_test(test_mailgun),
        cmocka_unit_test(test_json_fields),
        cmocka_unit_test(test_little_memory),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_one_hmac),
        cmocka_unit_test(test_states)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
