/*
 * test_secret.c: what becomes a secret, and what is refused with a sentence.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "verify_kit.h"
#include "verify_schemes.h"


#define WHPK  "whpk_aGmZXlwwEb8HxxiBKQGdX9mgzqkEhxwz+8Sr9EAVp+A="
#define SPKI  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvkbFrd+pXhKcqC8554xsfumz" \
              "2ke4n4v8CqYHwUxKq7+wfy3+IvnKMbbwcewdjhLqhueb8K30x+uBW4+ZB9hhNA=="


static sc_secret_t *
create(sc_str_t material, const char **problem)
{
    sc_secret_t   *secret;
    unsigned char *copy;

    copy = malloc(material.len + 1);
    assert_non_null(copy);
    memcpy(copy, material.data, material.len);

    *problem = NULL;
    secret = sc_secret_create(sc_str_make(copy, material.len),
                              SC_STR("label"), 7, problem);

    free(copy);

    return secret;
}


static void
bytes_are(sc_str_t material, sc_str_t expected)
{
    const char  *problem;
    sc_secret_t *secret;

    secret = create(material, &problem);
    assert_non_null(secret);
    assert_null(problem);
    assert_true(sc_str_eq(sc_secret_bytes(secret), expected));
    assert_true(sc_str_eq(sc_secret_label(secret), SC_STR("label")));
    assert_int_equal(sc_secret_until_s(secret), 7);

    sc_secret_destroy(secret);
}


/* The sentence holds `words`, and never the material. */
static void
refused(sc_str_t material, const char *words)
{
    const char  *problem;
    sc_secret_t *secret;

    secret = create(material, &problem);
    assert_null(secret);
    assert_non_null(problem);

    if (strstr(problem, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", problem, words);
    }

    /* Nothing may be left for nginx's TLS to stumble over. */
    assert_int_equal(ERR_peek_error(), 0);
}


static void
test_bytes(void **state)
{
    (void) state;

    bytes_are(SC_STR("plain text "), SC_STR("plain text "));
    bytes_are(SC_STR("one\n"), SC_STR("one"));
    bytes_are(SC_STR("one\r\n"), SC_STR("one"));
    bytes_are(SC_STR("two\n\n"), SC_STR("two\n"));
    bytes_are(SC_STR("a\0b"), SC_STR("a\0b"));
    bytes_are(SC_STR("hex:00Ff\n"), SC_STR("\x00\xff"));
    bytes_are(SC_STR("base64:czNjcjN0"), SC_STR("s3cr3t"));
    bytes_are(SC_STR("base64:Zg"), SC_STR("f"));
    bytes_are(SC_STR("whsec_czNjcjN0LXNvY2lhbGNhcmU="),
              SC_STR("s3cr3t-socialcare"));
    bytes_are(SC_STR("whsec_czNjcjN0LXNvY2lhbGNhcmU"),
              SC_STR("s3cr3t-socialcare"));
    bytes_are(SC_STR("{\"not\": \"a jwks\"}"),
              SC_STR("{\"not\": \"a jwks\"}"));
    bytes_are(SC_STR(WHPK), SC_STR(
        "\x68\x69\x99\x5e\x5c\x30\x11\xbf\x07\xc7\x18\x81\x29\x01\x9d\x5f"
        "\xd9\xa0\xce\xa9\x04\x87\x1c\x33\xfb\xc4\xab\xf4\x40\x15\xa7\xe0"));
}


static void
test_refused(void **state)
{
    (void) state;

    refused(SC_STR(""), "empty");
    refused(SC_STR("\n"), "empty");
    refused(SC_STR("\r\n"), "empty");
    refused(SC_STR("base64:"), "empty");
    refused(SC_STR("hex:"), "empty");
    refused(SC_STR("whsec_"), "empty");
    refused(SC_STR("base64:Zh"), "base64");
    refused(SC_STR("base64: Zg"), "base64");
    refused(SC_STR("hex:0"), "hex");
    refused(SC_STR("hex:0g"), "hex");
    refused(SC_STR("whsec_a"), "whsec_");
    refused(SC_STR("whpk_a"), "whpk_");
    refused(SC_STR("whpk_"), "32 bytes");
    refused(SC_STR("whpk_Zg"), "32 bytes");
    refused(SC_STR("whsk_8qK5"), "whpk_");
    refused(SC_STR("-----BEGIN PUBLIC KEY-----"), "public key");
    refused(SC_STR("-----BEGIN PUBLIC KEY-----\nZg==\n-----END"),
            "public key");
    refused(SC_STR("-----BEGIN PUBLIC KEY-----\nZg==\n-----END PUBLIC KEY"
                   "-----"), "public key");
    refused(SC_STR("-----BEGIN PUBLIC KEY----\nZg==\n-----END PUBLIC KEY"
                   "-----"), "public key");
    refused(SC_STR("-----BEGIN PUBLIC KEY-----\nZ\x01==\n-----END PUBLIC KEY"
                   "-----"), "public key");
    refused(SC_STR("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"),
            "public key");
    refused(SC_STR("-----BEGIN RSA PUBLIC KEY-----\nZg==\n-----END x"),
            "public key");
    refused(SC_STR("-----BEGIN CERTIFICATE-----\nZg==\n-----END x"),
            "public key");
    refused(SC_STR("-----BEGIN PRIVATE KEY-----\nZg==\n-----END PRIVATE KEY"
                   "-----"), "private");
    refused(SC_STR("{\"keys\": 1}"), "JWKS");
    refused(SC_STR("{\"keys\": ["), "JWKS");
    refused(SC_STR("{\"keys\": []}"), "no RS256");
    refused(SC_STR(" {\"keys\": [{}, 1, {\"kty\":\"RSA\"}, {\"kty\":\"RSA\","
                   "\"n\":\"AQAB\",\"e\":\"AQAB\"}, {\"kty\":\"EC\"},"
                   "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\","
                   "\"y\":\"AQAB\"}]}"), "no RS256");
}


static bool
fits(const char *material, const sc_verify_scheme_t *scheme,
    const char *words)
{
    bool         ready;
    const char  *problem;
    sc_secret_t *secret;

    problem = "";
    secret = sc_secret_create(sc_str_from_cstring(material), SC_STR(""), 0,
                              &problem);
    if (secret == NULL) {
        fail_msg("%s", problem);
    }

    ready = sc_secret_prepare(secret, scheme, &problem);

    /* Again, as for a second scheme of the platform. */
    assert_int_equal(sc_secret_prepare(secret, scheme, &problem), ready);

    sc_secret_destroy(secret);
    assert_int_equal(ERR_peek_error(), 0);

    if (!ready && strstr(problem, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", problem, words);
    }

    return ready;
}


static const char *
file_text(kit_t *kit, const char *path, char *text, size_t size)
{
    sc_str_t content;

    content = kit_file(kit, path);
    assert_true(content.len < size);
    memcpy(text, content.data, content.len);
    text[content.len] = '\0';

    return text;
}


/* A key that is shorter than its specification asks for works, with a word. */
static void
test_short_key(void **state)
{
    size_t       i;
    const char  *problem;
    sc_secret_t *secret;

    static const struct {
        const char *text;
        bool        warned;
    } cases[] = {
        { "whsec_czNjcjN0LXNvY2lhbGNhcmU=", true },          /* 17 bytes */
        { "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=", true },  /* 23 */
        { "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", false }, /* 24 */
        { WHPK, false }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        problem = NULL;
        secret = sc_secret_create(sc_str_from_cstring(cases[i].text),
                                  SC_STR("a"), 0, &problem);
        assert_non_null(secret);
        assert_true(sc_secret_prepare(secret, &scheme_standard, &problem));
        assert_int_equal(problem != NULL, cases[i].warned);

        if (cases[i].warned) {
            assert_non_null(strstr(problem, "24 bytes"));
        }

        sc_secret_destroy(secret);
    }
}


static void
test_fits(void **state)
{
    char               rsa[4096], ed[4096], jwks[4096];
    kit_t              kit;
    sc_verify_scheme_t hs_or_rs, es;

    (void) state;

    kit_init(&kit);
    (void) file_text(&kit, "freshchat/test-rsa.pub.pem", rsa, sizeof(rsa));
    (void) file_text(&kit, "discord/test-ed25519.pub.pem", ed, sizeof(ed));
    (void) file_text(&kit, "google-business/test-jwks.json", jwks,
                     sizeof(jwks));

    assert_true(fits("text", &scheme_github, ""));
    assert_false(fits(WHPK, &scheme_github, "shares a secret"));
    assert_false(fits(rsa, &scheme_github, "shares a secret"));
    assert_false(fits(jwks, &scheme_websub, "shares a secret"));
    assert_false(fits(rsa, &scheme_telegram, "shares a secret"));
    assert_false(fits(rsa, &scheme_wechat, "shares a secret"));
    assert_false(fits(rsa, &scheme_twilio, "shares a secret"));
    assert_false(fits(rsa, &scheme_signed_request, "shares a secret"));

    assert_true(fits("user:password", &scheme_basic, ""));
    assert_false(fits("password", &scheme_basic, "user:password"));
    assert_false(fits(rsa, &scheme_basic, "shares a secret"));

    assert_true(fits("text", &scheme_standard, ""));
    assert_true(fits(WHPK, &scheme_standard, ""));
    assert_true(fits(ed, &scheme_standard, ""));
    assert_false(fits(rsa, &scheme_standard, "Ed25519"));
    assert_false(fits(jwks, &scheme_standard, "JWKS"));

    assert_true(fits(ed, &scheme_discord, ""));
    assert_true(fits("47d381d8078b9c048ee0fee9eecb9b717b9e67e1ce8db95f3d70674"
                     "909bda77c", &scheme_discord, ""));
    assert_true(fits("hex:47d381d8078b9c048ee0fee9eecb9b717b9e67e1ce8db95f3d7"
                     "0674909bda77c", &scheme_discord, ""));
    assert_true(fits("MCowBQYDK2VwAyEAaGmZXlwwEb8HxxiBKQGdX9mgzqkEhxwz+8Sr9EA"
                     "Vp+A=", &scheme_discord, ""));
    assert_false(fits("text", &scheme_discord, "not a public key"));
    assert_false(fits(SPKI, &scheme_discord, "Ed25519"));

    assert_true(fits(SPKI, &scheme_sendgrid, ""));
    assert_true(fits("base64:" SPKI, &scheme_sendgrid, ""));
    assert_false(fits(ed, &scheme_sendgrid, "P-256"));
    assert_false(fits("text", &scheme_sendgrid, "not a public key"));

    assert_true(fits(rsa, &scheme_freshchat, ""));
    assert_false(fits(ed, &scheme_freshchat, "2048"));
    assert_false(fits(SPKI, &scheme_freshchat, "2048"));

    assert_true(fits(jwks, &scheme_google, ""));
    assert_true(fits(rsa, &scheme_google, ""));
    assert_false(fits(ed, &scheme_google, "2048"));
    assert_false(fits("text", &scheme_google, "not a public key"));
    assert_false(fits(jwks, &scheme_apple, "shares a secret"));
    assert_true(fits("text", &scheme_messagebird, ""));

    memset(&hs_or_rs, 0, sizeof(hs_or_rs));
    hs_or_rs.kind = SC_SCHEME_JWT;
    hs_or_rs.jwt.algorithms = SC_JWT_HS256 | SC_JWT_RS256;
    assert_true(fits("text", &hs_or_rs, ""));
    assert_true(fits(rsa, &hs_or_rs, ""));

    es = hs_or_rs;
    es.jwt.algorithms = SC_JWT_ES256;
    assert_true(fits(SPKI, &es, ""));
    assert_false(fits(rsa, &es, "P-256"));

    /* The alternative's needs count too. */
    es.alternative = &scheme_basic;
    assert_false(fits(SPKI, &es, "user:password"));

    es.kind = (sc_scheme_kind_t) 99;
    assert_false(fits("text", &es, "unknown"));

    kit_free(&kit);
}


/* Consoles hand PEM out on one line, or with "\n" in two characters. */
static void
test_one_line_pem(void **state)
{
    char   pem[4096], line[8192];
    kit_t  kit;
    size_t i, n, m;

    (void) state;

    kit_init(&kit);
    (void) file_text(&kit, "freshchat/test-rsa.pub.pem", pem, sizeof(pem));

    n = 0;
    m = 0;

    for (i = 0; pem[i] != '\0'; i++) {
        if (pem[i] != '\n') {
            line[n++] = pem[i];
        }
    }

    line[n] = '\0';
    assert_true(fits(line, &scheme_freshchat, ""));

    for (i = 0; pem[i] != '\0'; i++) {
        if (pem[i] == '\n') {
            line[m++] = '\\';
            line[m++] = 'n';

        } else {
            line[m++] = pem[i];
        }
    }

    line[m] = '\0';
    assert_true(fits(line, &scheme_freshchat, ""));

    kit_free(&kit);
}


/* More keys than there is room for. */
static void
test_many_keys(void **state)
{
    char        jwks[65536], key[4096], *at;
    int         i;
    kit_t       kit;
    size_t      len;
    const char *start, *end;

    (void) state;

    kit_init(&kit);
    (void) file_text(&kit, "google-business/test-jwks.json", key,
                     sizeof(key));

    start = strchr(strchr(key, '{') + 1, '{');
    end = strchr(start, '}') + 1;
    len = (size_t) (end - start);

    at = jwks + snprintf(jwks, sizeof(jwks), "{\"keys\":[");

    for (i = 0; i < 17; i++) {
        memcpy(at, start, len);
        at += len;
        *at++ = i < 16 ? ',' : ']';
    }

    *at++ = '}';

    refused(sc_str_make(jwks, (size_t) (at - jwks)), "more than 16");

    kit_free(&kit);
}


/* The test keys of the samples in other clothes. */
#define CERTIFICATE                                                           \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIIBgzCCASmgAwIBAgIULl+tCgwvsg66IB8LqHzApnooA7QwCgYIKoZIzj0EAwIw\n" \
    "FzEVMBMGA1UEAwwMdGVzdC5leGFtcGxlMB4XDTI2MTEyMjAwMTQzNFoXDTM2MTEx\n" \
    "OTAwMTQzNFowFzEVMBMGA1UEAwwMdGVzdC5leGFtcGxlMFkwEwYHKoZIzj0CAQYI\n" \
    "KoZIzj0DAQcDQgAEvkbFrd+pXhKcqC8554xsfumz2ke4n4v8CqYHwUxKq7+wfy3+\n" \
    "IvnKMbbwcewdjhLqhueb8K30x+uBW4+ZB9hhNKNTMFEwHQYDVR0OBBYEFJcEJ35X\n" \
    "6AkEnmCXIAA6i71Z7xlZMB8GA1UdIwQYMBaAFJcEJ35X6AkEnmCXIAA6i71Z7xlZ\n" \
    "MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhALStN1gRiaxffF2L\n" \
    "CRwOQTSJOkdl3dQ6OF9WSFpsbiHlAiB//G2dbEOxorLfSvLgpy4YaHbwbWhx6oDX\n" \
    "IkTcHRP1UQ==\n" \
    "-----END CERTIFICATE-----\n"
#define PKCS1                                                                 \
    "-----BEGIN RSA PUBLIC KEY-----\n" \
    "MIIBCgKCAQEAtGTja1EVk+D9qU25YyJs4BeVm/EGVHzPFEgS1vJtCkjubkDJEdcd\n" \
    "P6yY5bSHeJa4k4xwWSvRHg9KgMg/QAr/llv5zpPJy6nFqZ9mMxLKPbZVQgGPmKZc\n" \
    "NwukSo1H6RQk2N5RCOJ8rYYo7RM3w0u7oyYFbKUowksENxe5hb932cED7N7074de\n" \
    "CUtc0O0fWehIRYFTQrowHLAyWLDc+5L4c+IIQQ/98LcZfzeLtYSDPBMTbb6mVnPX\n" \
    "u5cb5d+2co7HtZN+5K4g4EFJexEMfcjeElZe+pQ3RCiK+wHmZIlLg7hmNcMCSNf9\n" \
    "R9SR9vJmMir3MnTLRCL/NsX3LXCgW2Pa8wIDAQAB\n" \
    "-----END RSA PUBLIC KEY-----\n"
#define EC_POINT                                                              \
    "\"crv\":\"P-256\"," \
    "\"x\":\"vkbFrd-pXhKcqC8554xsfumz2ke4n4v8CqYHwUxKq78\"," \
    "\"y\":\"sH8t_iL5yjG28HHsHY4S6obnm_Ct9MfrgVuPmQfYYTQ\""
#define EC_JWKS                                                               \
    "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"e\"," EC_POINT "}]}"


static void
test_other_forms(void **state)
{
    kit_t              kit;
    sc_verify_scheme_t es;

    (void) state;

    memset(&es, 0, sizeof(es));
    es.kind = SC_SCHEME_JWT;
    es.jwt.algorithms = SC_JWT_ES256 | SC_JWT_RS256;

    assert_true(fits(PKCS1, &scheme_freshchat, ""));
    assert_false(fits(PKCS1, &scheme_sendgrid, "P-256"));
    assert_true(fits(CERTIFICATE, &scheme_sendgrid, ""));
    assert_false(fits(CERTIFICATE, &scheme_freshchat, "2048"));
    assert_true(fits(CERTIFICATE, &es, ""));
    assert_true(fits(PKCS1, &es, ""));
    assert_true(fits(EC_JWKS, &es, ""));
    assert_false(fits(EC_JWKS, &scheme_sendgrid, "JWKS"));
    assert_true(fits("{\"keys\":[{\"kty\":\"EC\"," EC_POINT "}]}", &es, ""));

    /* A point that is said to be for something else. */
    refused(SC_STR("{\"keys\":[{\"kty\":\"OKP\"," EC_POINT "}]}"),
            "no RS256");
    refused(SC_STR("{\"keys\":[{\"kty\":\"EC\",\"alg\":\"ES384\"," EC_POINT
                   "}]}"), "no RS256");
    refused(SC_STR("{\"keys\":[{\"kty\":\"EC\",\"use\":\"enc\"," EC_POINT
                   "}]}"), "no RS256");

    /* A point off the curve, and one byte too many behind a key. */
    refused(SC_STR("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
                   "\"x\":\"vkbFrd-pXhKcqC8554xsfumz2ke4n4v8CqYHwUxKq78\","
                   "\"y\":\"vkbFrd-pXhKcqC8554xsfumz2ke4n4v8CqYHwUxKq78\"}]}"),
            "no RS256");
    refused(SC_STR("-----BEGIN PUBLIC KEY-----"
                   "MCowBQYDK2VwAyEAaGmZXlwwEb8HxxiBKQGdX9mgzqkEhxwz+8Sr9EAV"
                   "p+AA-----END PUBLIC KEY-----"), "public key");

    /* The certificate verifies what its key has signed. */
    kit_init(&kit);
    kit_sample(&kit, "email-sendgrid", "events");
    kit_secret(&kit, &scheme_sendgrid, CERTIFICATE);
    kit_expect(&kit, &scheme_sendgrid, SC_VERIFY_OK);
    kit_free(&kit);
}


/* The keys of a set change; whatever is no better leaves them alone. */
static void
test_reread(void **state)
{
    size_t       i;
    char         jwks[4096], *kid;
    kit_t        kit;
    const char  *problem;
    sc_secret_t *text, *set;

    static const char *const useless[] = {
        "", "{}", "{\"keys\":[", "{\"keys\":[]}", "a text", "hex:00ff"
    };

    (void) state;

    kit_init(&kit);
    (void) file_text(&kit, "google-business/test-jwks.json", jwks,
                     sizeof(jwks));
    kit_sample(&kit, "google-business", "new_review");
    kit_secret(&kit, &scheme_google, jwks);
    set = kit.secrets[0];
    kit_expect(&kit, &scheme_google, SC_VERIFY_OK);
    assert_true(sc_secret_is_jwks(set));

    for (i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
        problem = NULL;
        assert_false(sc_secret_reread(set, sc_str_from_cstring(useless[i]),
                                      &problem));
        assert_non_null(problem);
        kit_expect(&kit, &scheme_google, SC_VERIFY_OK);
    }

    kid = strstr(jwks, "sc-test-key-1");
    assert_non_null(kid);
    kid[12] = '2';
    assert_true(sc_secret_reread(set, sc_str_from_cstring(jwks), &problem));
    kit_expect(&kit, &scheme_google, SC_VERIFY_UNKNOWN_KEY);
    kid[12] = '1';
    assert_true(sc_secret_reread(set, sc_str_from_cstring(jwks), &problem));
    kit_expect(&kit, &scheme_google, SC_VERIFY_OK);

    /* A shared secret never becomes a key set. */
    text = sc_secret_create(SC_STR("text"), SC_STR(""), 0, &problem);
    assert_false(sc_secret_is_jwks(text));
    assert_false(sc_secret_reread(text, sc_str_from_cstring(jwks),
                                  &problem));
    sc_secret_destroy(text);
    kit_free(&kit);
}


static void
test_destroy_nothing(void **state)
{
    (void) state;

    sc_secret_destroy(NULL);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_short_key),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_one_line_pem),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_other_forms),
        cmocka_unit_test(test_reread),
        cmocka_unit_test(test_destroy_nothing)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
