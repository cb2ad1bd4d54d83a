/*
 * test_verify_sorted.c: WeChat, Twilio and Vonage's `sig`.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sc_verify_sorted.h"
#include "verify_kit.h"
#include "verify_schemes.h"


static void
expect_url(kit_t *kit, const sc_verify_scheme_t *scheme, const char *url,
    sc_verify_result_t result)
{
    kit_url(kit, url);
    kit_expect(kit, scheme, result);
}


#define WECHAT_SIGNATURE  "f1d67a3f79a154225fc22a70f157d98557141400"


static void
test_wechat(void **state)
{
    size_t i;
    char   url[256];
    kit_t  kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_wechat, "other");
    kit_secret(&kit, &scheme_wechat, KIT_SECRET);
    expect_url(&kit, &scheme_wechat, "https://h/w?signature="
               WECHAT_SIGNATURE "&timestamp=1790000000&nonce=n0nce",
               SC_VERIFY_OK);
    assert_int_equal(kit.verdict.secret, 1);
    assert_true(sc_str_eq(kit.verdict.id, SC_STR("n0nce")));

    /* Each hex digit matters, either case is read. */
    for (i = 0; i < 40; i++) {
        (void) snprintf(url, sizeof(url), "https://h/w?timestamp=1790000000&"
                        "nonce=n0nce&signature=%s", WECHAT_SIGNATURE);
        url[strlen(url) - 40 + i] ^= 0x01;
        kit_url(&kit, url);
        assert_int_not_equal(kit_verify(&kit, &scheme_wechat), SC_VERIFY_OK);
    }

    expect_url(&kit, &scheme_wechat, "https://h/w?signature="
               "F1D67A3F79A154225FC22A70F157D98557141400"
               "&timestamp=1790000000&nonce=n0nce", SC_VERIFY_OK);
    expect_url(&kit, &scheme_wechat, "https://h/w?signature="
               WECHAT_SIGNATURE "&timestamp=1790000001&nonce=n0nce",
               SC_VERIFY_MISMATCH);
    expect_url(&kit, &scheme_wechat, "https://h/w?signature="
               WECHAT_SIGNATURE "&timestamp=1790000000&nonce=n0ncf",
               SC_VERIFY_MISMATCH);
    expect_url(&kit, &scheme_wechat, "https://h/w?signature="
               WECHAT_SIGNATURE "&timestamp=1790000000", SC_VERIFY_MALFORMED);
    expect_url(&kit, &scheme_wechat, "https://h/w?signature="
               WECHAT_SIGNATURE "&nonce=n0nce", SC_VERIFY_NO_TIMESTAMP);
    expect_url(&kit, &scheme_wechat, "https://h/w?signature=f1d6"
               "&timestamp=1790000000&nonce=n0nce", SC_VERIFY_MALFORMED);
    expect_url(&kit, &scheme_wechat,
               "https://h/w?timestamp=1790000000&nonce=n0nce",
               SC_VERIFY_NO_SIGNATURE);
    expect_url(&kit, &scheme_wechat, "https://h/w?signature="
               WECHAT_SIGNATURE "&signature=" WECHAT_SIGNATURE
               "&timestamp=1790000000&nonce=n0nce", SC_VERIFY_DOUBLED);
    expect_url(&kit, &scheme_wechat, "https://h/w?signature="
               WECHAT_SIGNATURE "&nonce=n0nce&timestamp=1790000000"
               "&nonce=n0nce", SC_VERIFY_DOUBLED);

    kit.now_ms += 300001;
    expect_url(&kit, &scheme_wechat, "https://h/w?signature="
               WECHAT_SIGNATURE "&timestamp=1790000000&nonce=n0nce",
               SC_VERIFY_STALE);
    kit_free(&kit);
}


/* In safe mode the encrypted text is signed, so the body is bound. */
static void
test_wechat_safe(void **state)
{
    size_t                   i;
    kit_t                    kit;
    sc_str_t                 good;
    unsigned char           *copy;
    static const char *const bad[] = {
        "", "<xml>", "<xml><Encrypt>a</Encrypt>", "no xml",
        "<!DOCTYPE xml [<!ENTITY e 'x'>]><xml><Encrypt>&e;</Encrypt></xml>",
        "<!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>",
        "<xml><Encrypt>a<b/></Encrypt></xml>",
        "<xml><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></xml>",
        "<xml><Encrypt>&unknown;</Encrypt></xml>",
        "<xml></xml>", "<xml><Encrypt></Encrypt></xml>",
        "<Encrypt>a</Encrypt>", "<xml><b><Encrypt>a</Encrypt></b></xml>"
    };

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_wechat_safe, KIT_SECRET);
    kit_sample(&kit, "wechat", "text_encrypted");
    kit_expect(&kit, &scheme_wechat_safe, SC_VERIFY_OK);

    good = kit.request.body;
    copy = malloc(good.len);
    assert_non_null(copy);
    memcpy(copy, good.data, good.len);
    kit.request.body = sc_str_make(copy, good.len);

    /* Every bit inside the element's text, which starts at byte 81. */
    for (i = 81 * 8; i < (good.len - 22) * 8; i++) {
        copy[i / 8] = (unsigned char) (copy[i / 8] ^ 1u << i % 8);
        assert_int_not_equal(kit_verify(&kit, &scheme_wechat_safe),
                             SC_VERIFY_OK);
        copy[i / 8] = (unsigned char) (copy[i / 8] ^ 1u << i % 8);
    }

    kit_expect(&kit, &scheme_wechat_safe, SC_VERIFY_OK);
    free(copy);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        kit_body(&kit, bad[i]);
        kit_expect(&kit, &scheme_wechat_safe, SC_VERIFY_MALFORMED);
    }

    kit_body(&kit, "<xml><Encrypt>a</Encrypt><Encrypt>a</Encrypt></xml>");
    kit_expect(&kit, &scheme_wechat_safe, SC_VERIFY_DOUBLED);
    kit.memory = 16;
    kit_expect(&kit, &scheme_wechat_safe, SC_VERIFY_TOO_LARGE);
    kit_free(&kit);
}


#define TWILIO_BODY  "Body=Hi&From=%2B15005550006&MessageSid=SM0000000000000" \
                     "000000000000000000a&To=%2B15005550001"
#define TWILIO_FORM  "application/x-www-form-urlencoded"


static void
open_twilio(kit_t *kit)
{
    kit_init(kit);
    kit_secret(kit, &scheme_twilio, KIT_SECRET);
    kit_url(kit, "https://care.example.com/hooks/twilio");
    kit_body(kit, TWILIO_BODY);
    kit_header(kit, "X-Twilio-Signature", "BazdrRt+sORXZn5LJ0RyxPenZTg=");
    kit_header(kit, "Content-Type", TWILIO_FORM);
}


/* True when both read as the same parameters, in whatever order. */
static bool
same_form(sc_str_t a, sc_str_t b)
{
    bool          same;
    size_t        i, count_a, count_b;
    sc_arena_t    arena;
    sc_pair_t    *pairs_a, *pairs_b;
    static _Alignas(16) unsigned char memory[16384];

    sc_arena_init(&arena, NULL, NULL, 0);
    arena.free = memory;
    arena.end = memory + sizeof(memory);

    if (!sc_form_read(&arena, a, 100, &pairs_a, &count_a)
        || !sc_form_read(&arena, b, 100, &pairs_b, &count_b)
        || count_a != count_b)
    {
        return false;
    }

    sc_sort_pairs(pairs_a, count_a);
    sc_sort_pairs(pairs_b, count_b);
    same = true;

    for (i = 0; i < count_a; i++) {
        same = same && sc_str_eq(pairs_a[i].name, pairs_b[i].name)
               && sc_str_eq(pairs_a[i].value, pairs_b[i].value);
    }

    return same;
}


/*
 * Twilio signs what the parameters say, not how they are written, and joins
 * them without separators: a changed bit may leave the joined text as it was
 * ("a=b" and "ab="), which no receiver can tell.  Everything else fails.
 */
static bool
same_joined(sc_str_t a, sc_str_t b)
{
    size_t i;

    /* A moved '=' or a dropped '&' shows in the separators alone. */
    for (i = 0; i < a.len; i++) {
        if (a.data[i] != b.data[i] && a.data[i] != '=' && b.data[i] != '='
            && a.data[i] != '&' && b.data[i] != '&')
        {
            return false;
        }
    }

    return true;
}


static void
test_twilio(void **state)
{
    size_t         i;
    kit_t          kit;
    sc_str_t       good, changed;
    unsigned char *copy;

    (void) state;

    open_twilio(&kit);
    kit_expect(&kit, &scheme_twilio, SC_VERIFY_OK);
    kit_tamper_header(&kit, &scheme_twilio, "X-Twilio-Signature", false);
    kit_tamper_presence(&kit, &scheme_twilio, "X-Twilio-Signature");

    good = kit.request.body;
    copy = malloc(good.len);
    assert_non_null(copy);
    memcpy(copy, good.data, good.len);
    changed = sc_str_make(copy, good.len);
    kit.request.body = changed;

    for (i = 0; i < good.len * 8; i++) {
        copy[i / 8] = (unsigned char) (copy[i / 8] ^ 1u << i % 8);

        if (kit_verify(&kit, &scheme_twilio) == SC_VERIFY_OK
            && !same_form(good, changed) && !same_joined(good, changed))
        {
            fail_msg("accepted with bit %zu changed", i);
        }

        copy[i / 8] = (unsigned char) (copy[i / 8] ^ 1u << i % 8);
    }

    free(copy);

    /* Order is not signed; parameters are, empty ones too. */
    kit_body(&kit, "To=%2B15005550001&From=%2B15005550006&Body=Hi&MessageSid="
                   "SM0000000000000000000000000000000a");
    kit_expect(&kit, &scheme_twilio, SC_VERIFY_OK);
    kit_body(&kit, TWILIO_BODY "&X=");
    kit_expect(&kit, &scheme_twilio, SC_VERIFY_MISMATCH);
    kit_body(&kit, TWILIO_BODY "&Body=Hi");
    kit_expect(&kit, &scheme_twilio, SC_VERIFY_OK);
    kit_body(&kit, TWILIO_BODY "&Body=Ho");
    kit_expect(&kit, &scheme_twilio, SC_VERIFY_MISMATCH);
    kit_body(&kit, TWILIO_BODY "&%");
    kit_expect(&kit, &scheme_twilio, SC_VERIFY_MALFORMED);
    kit_free(&kit);
}


static void
test_twilio_urls(void **state)
{
    char     signature[64];
    kit_t    kit;
    size_t   i, len;
    sc_buf_t buf;
    unsigned char mac[64];

    static const struct {
        const char *called;    /* as we are configured */
        const char *sent;      /* as Twilio signed it */
        bool        accepted;
    } cases[] = {
        { "https://h/t", "https://h:443/t", true },
        { "https://h:443/t", "https://h/t", true },
        { "https://h:8443/t", "https://h/t", true },
        { "https://h/t", "https://h:8443/t", false },
        { "https://h/t", "https://h:80/t", false },
        { "http://h/t?a=b", "http://h:80/t?a=b", true },
        { "https://u:p@h/t", "https://u:p@h/t", true },
        { "https://u:p@h/t", "https://u:p@h:443/t", true },
        { "https://u:p@h:443/t", "https://u:p@h/t", true },
        { "https://[::1]/t", "https://[::1]:443/t", true },
        { "https://[::1]:443/t", "https://[::1]/t", true },
        { "https://h?a=b", "https://h:443?a=b", true },
        { "https://h/t?a='b'", "https://h/t?a=%27b%27", true },
        { "https://h/t?a='b'", "https://h:443/t?a=%27b%27", true },
        { "https://h/t'?a='b'", "https://h/t'?a=%27b%27", true },
        { "https://h/t'?a='b'", "https://h/t%27?a=%27b%27", false },
        { "https://h/t?a=b", "https://h/t?a=c", false },
        { "https://h/t", "http://h/t", false },
        { "https://h/t", "https://i/t", false },
        { "/t", "/t", true },
        { "", "", true }
    };

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_twilio, KIT_SECRET);
    kit_method(&kit, "GET");
    kit_body(&kit, "");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(sc_hmac(SC_DIGEST_SHA1, SC_STR(KIT_SECRET),
                            sc_str_from_cstring(cases[i].sent), mac, &len));
        sc_buf_init_fixed(&buf, (unsigned char *) signature,
                          sizeof(signature));
        sc_base64_encode(&buf, sc_str_make(mac, len), SC_BASE64_PADDED);
        signature[buf.len] = '\0';

        kit_no_headers(&kit);
        kit_header(&kit, "X-Twilio-Signature", signature);
        kit_url(&kit, cases[i].called);
        print_message("%s %s\n", cases[i].called, cases[i].sent);
        kit_expect(&kit, &scheme_twilio, cases[i].accepted
                                         ? SC_VERIFY_OK : SC_VERIFY_MISMATCH);
    }

    kit_free(&kit);
}


static void
test_twilio_json(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_twilio, KIT_SECRET);
    kit_header(&kit, "X-Twilio-Signature", "ZgjhU8dn9dQjNAGC+GX75GRrdrA=");
    kit_url(&kit, "https://care.example.com/hooks/twilio?bodySHA256="
            "eef4c51e587a3b73f8a921e346c3d7e37f92d4590518a2f6e315dd2502cf6e4"
            "a");
    kit_tamper_body(&kit, &scheme_twilio);

    /* The hash decides, whatever the type says. */
    kit_header(&kit, "Content-Type", TWILIO_FORM);
    kit_tamper_body(&kit, &scheme_twilio);

    expect_url(&kit, &scheme_twilio, "https://care.example.com/hooks/twilio"
               "?bodySHA256=eef4", SC_VERIFY_MALFORMED);
    expect_url(&kit, &scheme_twilio, "https://care.example.com/hooks/twilio"
               "?bodySHA256=", SC_VERIFY_MISMATCH);
    expect_url(&kit, &scheme_twilio, "https://care.example.com/hooks/twilio"
               "?bodySHA256=aa&bodySHA256=aa", SC_VERIFY_DOUBLED);
    kit_free(&kit);

    /* A body that nothing covers: the signature fits its URL, not it. */
    kit_init(&kit);
    kit_secret(&kit, &scheme_twilio, KIT_SECRET);
    kit_header(&kit, "X-Twilio-Signature", "8utQG+B1W3h+k6hzmzEa5gL79iM=");
    kit_url(&kit, "https://care.example.com/hooks/twilio?bodySHA256="
            "94bb27c7fd4688ce3c89e3f86fcb26720db3b8eb3c0d0c962a3e14fd65ed91c3"
            );
    kit_expect(&kit, &scheme_twilio, SC_VERIFY_MISMATCH);
    kit_free(&kit);

    open_twilio(&kit);
    kit.headers[1].value = SC_STR("application/json");
    kit_expect(&kit, &scheme_twilio, SC_VERIFY_MISMATCH);
    kit.headers[1].value = SC_STR("Application/X-WWW-Form-Urlencoded ; a=b");
    kit_expect(&kit, &scheme_twilio, SC_VERIFY_OK);
    kit_header(&kit, "Content-Type", TWILIO_FORM);
    kit_expect(&kit, &scheme_twilio, SC_VERIFY_MISMATCH);
    kit_free(&kit);
}


#define VONAGE_QUERY                                                          \
    "msisdn=447700900123&to=442071838750&messageId=0B01&text=5+%3D+five+%26+" \
    "six&type=text&message-timestamp=2026-09-21+14%3A12%3A31&timestamp="      \
    "1790000000&nonce=n1"
#define VONAGE_SIG                                                            \
    "e79af5b31c6b37311c9f6be1b127090f90217be432805116e9b055228c18b7b8"


static void
test_vonage_sig(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_vonage_sig, KIT_SECRET);

    /* By GET. */
    kit_method(&kit, "GET");
    kit_body(&kit, "");
    expect_url(&kit, &scheme_vonage_sig,
               "https://h/v?" VONAGE_QUERY "&sig=" VONAGE_SIG, SC_VERIFY_OK);
    assert_true(sc_str_eq(kit.verdict.id, SC_STR("n1")));
    assert_int_equal(kit.verdict.signed_ms, KIT_NOW_MS);

    expect_url(&kit, &scheme_vonage_sig,
               "https://h/v?" VONAGE_QUERY "&a=&sig=" VONAGE_SIG,
               SC_VERIFY_MISMATCH);
    expect_url(&kit, &scheme_vonage_sig, "https://h/v?" VONAGE_QUERY,
               SC_VERIFY_NO_SIGNATURE);
    expect_url(&kit, &scheme_vonage_sig, "https://h/v?" VONAGE_QUERY "&sig=",
               SC_VERIFY_NO_SIGNATURE);
    expect_url(&kit, &scheme_vonage_sig,
               "https://h/v?" VONAGE_QUERY "&sig=00", SC_VERIFY_MALFORMED);
    expect_url(&kit, &scheme_vonage_sig,
               "https://h/v?" VONAGE_QUERY "&to=1&sig=" VONAGE_SIG,
               SC_VERIFY_DOUBLED);
    expect_url(&kit, &scheme_vonage_sig,
               "https://h/v?a=b&sig=" VONAGE_SIG, SC_VERIFY_NO_TIMESTAMP);
    expect_url(&kit, &scheme_vonage_sig,
               "https://h/v?timestamp=x&sig=" VONAGE_SIG,
               SC_VERIFY_NO_TIMESTAMP);
    expect_url(&kit, &scheme_vonage_sig, "https://h/v?sig=%",
               SC_VERIFY_MALFORMED);

    /* Two parameters as one whose name holds the first: the same text. */
    expect_url(&kit, &scheme_vonage_sig,
               "https://h/v?msisdn=447700900123&to=442071838750&message-"
               "timestamp%3D2026-09-21%2014:12:31%26messageId=0B01&text=5+%3D+"
               "five+%26+six&type=text&timestamp=1790000000&nonce=n1&sig="
               VONAGE_SIG, SC_VERIFY_MALFORMED);

    /* As a form, as JSON: the same parameters. */
    kit_method(&kit, "POST");
    kit_url(&kit, "https://h/v?other=1");
    kit_body(&kit, VONAGE_QUERY "&sig=" VONAGE_SIG);
    kit_expect(&kit, &scheme_vonage_sig, SC_VERIFY_OK);
    kit_body(&kit, " {\"msisdn\":\"447700900123\",\"to\":\"442071838750\","
                   "\"messageId\":\"0B01\",\"text\":\"5 = five \\u0026 six\","
                   "\"type\":\"text\",\"message-timestamp\":"
                   "\"2026-09-21 14:12:31\",\"timestamp\":1790000000,"
                   "\"nonce\":\"n1\",\"sig\":\"" VONAGE_SIG "\"}");
    kit_expect(&kit, &scheme_vonage_sig, SC_VERIFY_OK);
    kit_free(&kit);
}


static void
test_vonage_json(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_vonage_sig, KIT_SECRET);
    kit_body(&kit, "{\"a\":[],\"sig\":\"" VONAGE_SIG "\"}");
    kit_expect(&kit, &scheme_vonage_sig, SC_VERIFY_MALFORMED);
    kit_body(&kit, "{\"a\":");
    kit_expect(&kit, &scheme_vonage_sig, SC_VERIFY_MALFORMED);
    kit_body(&kit, "{}");
    kit_expect(&kit, &scheme_vonage_sig, SC_VERIFY_NO_SIGNATURE);
    kit_body(&kit, "{\"sig\":\"" VONAGE_SIG "\",\"sig\":\"" VONAGE_SIG
                   "\"}");
    kit_expect(&kit, &scheme_vonage_sig, SC_VERIFY_DOUBLED);
    kit.memory = 32;
    kit_expect(&kit, &scheme_vonage_sig, SC_VERIFY_TOO_LARGE);
    kit_free(&kit);
}


/* The legacy form: MD5 of text and secret. */
static void
test_vonage_md5(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_vonage_md5, "other");
    kit_secret(&kit, &scheme_vonage_md5, "secret");
    kit_body(&kit, "");

    /* md5("&a=1&b=2" "secret") */
    expect_url(&kit, &scheme_vonage_md5,
               "https://h/v?b=2&a=1&sig=c0d3a0b0a0d0c0b0a0d0c0b0a0d0c0b0",
               SC_VERIFY_MISMATCH);
    expect_url(&kit, &scheme_vonage_md5,
               "https://h/v?b=2&a=1&sig=0c3ef6d3bbc60c8c0f3158ae13336710",
               SC_VERIFY_OK);
    assert_int_equal(kit.verdict.secret, 1);

    /* Past its end a secret does not count. */
    kit_no_secrets(&kit);
    kit_secret_full(&kit, &scheme_vonage_md5, "secret", "", KIT_NOW_S);
    kit_secret(&kit, &scheme_vonage_md5, "other");
    expect_url(&kit, &scheme_vonage_md5,
               "https://h/v?b=2&a=1&sig=0c3ef6d3bbc60c8c0f3158ae13336710",
               SC_VERIFY_MISMATCH);
    kit_free(&kit);
}


static void
test_secret_by(void **state)
{
    kit_t              kit;
    sc_verify_scheme_t scheme;

    (void) state;

    scheme = scheme_vonage_sig;
    scheme.secret_by.from = SC_FROM_QUERY;
    scheme.secret_by.name = SC_STR("type");

    kit_init(&kit);
    kit_body(&kit, "");
    kit_secret_full(&kit, &scheme, KIT_SECRET, "voice", 0);
    expect_url(&kit, &scheme, "https://h/v?" VONAGE_QUERY "&sig=" VONAGE_SIG,
               SC_VERIFY_MISMATCH);
    kit_secret_full(&kit, &scheme, KIT_SECRET, "text", 0);
    expect_url(&kit, &scheme, "https://h/v?" VONAGE_QUERY "&sig=" VONAGE_SIG,
               SC_VERIFY_OK);
    assert_int_equal(kit.verdict.secret, 1);
    scheme.secret_by.name = SC_STR("absent");
    expect_url(&kit, &scheme, "https://h/v?" VONAGE_QUERY "&sig=" VONAGE_SIG,
               SC_VERIFY_MISMATCH);
    kit_free(&kit);
}


/* Pairs in every order of a small alphabet end up sorted. */
static void
test_sort(void **state)
{
    size_t    i, n, round;
    uint32_t  seed;
    sc_pair_t pairs[64];

    static const sc_str_t words[] = {
        SC_STR_INIT(""), SC_STR_INIT("a"), SC_STR_INIT("aa"),
        SC_STR_INIT("ab"), SC_STR_INIT("b"), SC_STR_INIT("A"),
        SC_STR_INIT("\xff"), SC_STR_INIT("-")
    };

    (void) state;

    seed = 12345;

    for (round = 0; round < 500; round++) {
        n = round % 65;

        for (i = 0; i < n; i++) {
            seed = seed * 1664525u + 1013904223u;
            pairs[i].name = words[seed >> 16 & 7];
            pairs[i].value = words[seed >> 24 & 7];
        }

        sc_sort_pairs(pairs, n);

        for (i = 1; i < n; i++) {
            assert_true(sc_compare_bytes(pairs[i - 1].name, pairs[i].name)
                        <= 0);

            if (sc_str_eq(pairs[i - 1].name, pairs[i].name)) {
                assert_true(sc_compare_bytes(pairs[i - 1].value,
                                             pairs[i].value) <= 0);
            }
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wechat),
        cmocka_unit_test(test_wechat_safe),
        cmocka_unit_test(test_twilio),
        cmocka_unit_test(test_twilio_urls),
        cmocka_unit_test(test_twilio_json),
        cmocka_unit_test(test_vonage_sig),
        cmocka_unit_test(test_vonage_json),
        cmocka_unit_test(test_vonage_md5),
        cmocka_unit_test(test_secret_by),
        cmocka_unit_test(test_sort)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
