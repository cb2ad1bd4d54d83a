/*
 * test_verify_jwt.c: tokens as the platforms send them, and made ones that
 * each break one rule.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "verify_kit.h"
#include "verify_schemes.h"


#define HS256_HEADER  "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define BODY_HASH \
    "eef4c51e587a3b73f8a921e346c3d7e37f92d4590518a2f6e315dd2502cf6e4a"
#define TOKEN_SIZE    4096


/* How a made token is signed. */
typedef struct {
    sc_digest_t  digest;       /* HMAC with the kit's secret, or … */
    const char  *key;          /* … a PEM file of the fixtures */
    bool         raw_p256;     /* r || s instead of DER */
    const char  *secret;       /* in place of the kit's */
} signer_t;


static EVP_PKEY *
read_key(const char *path)
{
    FILE     *file;
    char      name[256];
    EVP_PKEY *key;

    (void) snprintf(name, sizeof(name), "tests/fixtures/%s", path);
    file = fopen(name, "rb");
    assert_non_null(file);
    key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    (void) fclose(file);
    assert_non_null(key);

    return key;
}


/* One INTEGER of a DER signature as 32 bytes; returns where it ends. */
static const unsigned char *
read_integer(const unsigned char *der, unsigned char *out)
{
    size_t               len;
    const unsigned char *at;

    assert_int_equal(der[0], 0x02);
    len = der[1];
    at = der + 2;

    if (len > 32) {
        at++;
        len--;
    }

    memset(out, 0, 32);
    memcpy(out + 32 - len, at, len);

    return at + len;
}


static size_t
sign_with_key(const signer_t *signer, sc_str_t text, unsigned char *out)
{
    size_t               len;
    EVP_PKEY            *key;
    EVP_MD_CTX          *context;
    unsigned char        der[512];
    const unsigned char *next;

    key = read_key(signer->key);
    context = EVP_MD_CTX_new();
    len = sizeof(der);

    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL,
                                        key), 1);
    assert_int_equal(EVP_DigestSign(context, der, &len, text.data, text.len),
                     1);

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);

    if (!signer->raw_p256) {
        memcpy(out, der, len);
        return len;
    }

    next = read_integer(der + 2, out);
    (void) read_integer(next, out + 32);

    return 64;
}


static void
make_token(const signer_t *signer, const char *header, const char *claims,
    char *token)
{
    size_t        len;
    sc_buf_t      buf;
    unsigned char signature[512];

    sc_buf_init_fixed(&buf, (unsigned char *) token, TOKEN_SIZE - 1);
    sc_base64_encode(&buf, sc_str_from_cstring(header), SC_BASE64URL);
    sc_buf_append_byte(&buf, '.');
    sc_base64_encode(&buf, sc_str_from_cstring(claims), SC_BASE64URL);

    if (signer->key != NULL) {
        len = sign_with_key(signer, sc_buf_str(&buf), signature);

    } else {
        assert_true(sc_hmac(signer->digest,
                            sc_str_from_cstring(signer->secret == NULL
                                                ? KIT_SECRET
                                                : signer->secret),
                            sc_buf_str(&buf), signature, &len));
    }

    sc_buf_append_byte(&buf, '.');
    sc_base64_encode(&buf, sc_str_make(signature, len), SC_BASE64URL);
    assert_false(buf.failed);
    token[buf.len] = '\0';
}


/* Puts a token into the first header, behind `prefix`. */
static void
present(kit_t *kit, const char *name, const char *prefix, const char *token)
{
    char value[TOKEN_SIZE + 32];

    (void) snprintf(value, sizeof(value), "%s%s", prefix, token);
    kit_no_headers(kit);
    kit_header(kit, name, value);
}


static void
expect_hs(kit_t *kit, const sc_verify_scheme_t *scheme, const char *header,
    const char *claims, sc_verify_result_t result)
{
    char     token[TOKEN_SIZE];
    signer_t signer = { SC_DIGEST_SHA256, NULL, false, NULL };

    make_token(&signer, header, claims, token);
    present(kit, "Authorization", "Bearer ", token);
    kit_expect(kit, scheme, result);
}


/* The worked examples of the platforms' pages. */
static void
test_examples(void **state)
{
    kit_t kit;

    (void) state;

    kit_init(&kit);
    kit_secret_full(&kit, &scheme_vonage, KIT_SECRET, "abcd1234", 0);
    expect_hs(&kit, &scheme_vonage, HS256_HEADER,
              "{\"iat\":1789999997,\"jti\":\"j-1\",\"iss\":\"Vonage\","
              "\"payload_hash\":\"" BODY_HASH "\",\"api_key\":\"abcd1234\"}",
              SC_VERIFY_OK);
    assert_true(sc_str_ends_with(kit.headers[0].value, SC_STR(
                ".7jE8nZIPC3F-yShgA_b12wqbSaGcHqAkd6mGFQ2YS9I")));
    assert_true(sc_str_eq(kit.verdict.id, SC_STR("j-1")));
    assert_int_equal(kit.verdict.signed_ms, INT64_C(1789999997000));
    assert_true(sc_str_starts_with(kit.verdict.payload, SC_STR("{\"iat\"")));
    kit_tamper_body(&kit, &scheme_vonage);
    kit_tamper_header(&kit, &scheme_vonage, "Authorization", false);
    kit_tamper_presence(&kit, &scheme_vonage, "Authorization");
    kit_free(&kit);

    kit_init(&kit);
    kit_secret(&kit, &scheme_apple, "base64:czNjcjN0LXNvY2lhbGNhcmU=");
    kit_header(&kit, "Authorization",
               "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
               "eyJhdWQiOiJtc3AtMSIsImlhdCI6MTc4OTk5OTk5NX0."
               "hJtc5F13O4LeTrCH-ZhU_hM-Sx0iHpW6VzYFu6UTWZE");
    kit_expect(&kit, &scheme_apple, SC_VERIFY_OK);

    kit.tolerance_ms = SC_TOLERANCE_DEFAULT;
    kit.now_ms = (INT64_C(1789999995) + 3600) * 1000;
    kit_expect(&kit, &scheme_apple, SC_VERIFY_OK);
    kit.now_ms++;
    kit_expect(&kit, &scheme_apple, SC_VERIFY_STALE);
    kit.now_ms = (INT64_C(1789999995) - 3600) * 1000;
    kit_expect(&kit, &scheme_apple, SC_VERIFY_OK);
    kit.now_ms--;
    kit_expect(&kit, &scheme_apple, SC_VERIFY_FUTURE);
    kit_free(&kit);
}


static void
test_header_rules(void **state)
{
    size_t i;
    kit_t  kit;

    static const struct {
        const char        *header;
        sc_verify_result_t result;
    } cases[] = {
        { "{\"alg\":\"HS256\"}", SC_VERIFY_OK },
        { "{\"alg\":\"hs256\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"HS384\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"RS256\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"none\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":1}", SC_VERIFY_BAD_CLAIM },
        { "{\"typ\":\"JWT\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
          SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"none\",\"alg\":\"HS256\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"HS256\",\"kid\":1}", SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"HS256\",\"kid\":\"x\"}", SC_VERIFY_OK },
        { "[]", SC_VERIFY_MALFORMED },
        { "\"HS256\"", SC_VERIFY_MALFORMED },
        { "{", SC_VERIFY_MALFORMED }
    };

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_apple, KIT_SECRET);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect_hs(&kit, &scheme_apple, cases[i].header,
                  "{\"aud\":\"msp-1\",\"iat\":1790000000}", cases[i].result);
    }

    kit_free(&kit);
}


static void
test_shape(void **state)
{
    size_t                   i;
    kit_t                    kit;
    static const char *const bad[] = {
        "Bearer", "Bearer x", "Bearer a.b", "Bearer a.b.c.d", "Bearer ..",
        "Bearer a..c", "Bearer .b.c", "Bearer a.b.", "Basic a.b.c",
        "Bearer eyJhbGciOiJIUzI1NiJ9=.e30.AAAA",
        "Bearer !!!!.e30.AAAA", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.!!!!",
        "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA"
    };

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_apple, KIT_SECRET);
    kit_header(&kit, "Authorization", "");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        kit.headers[0].value = sc_str_from_cstring(bad[i]);
        kit_expect(&kit, &scheme_apple, SC_VERIFY_MALFORMED);
    }

    /* Signed, but the claims are no object. */
    expect_hs(&kit, &scheme_apple, HS256_HEADER, "[]", SC_VERIFY_MALFORMED);
    expect_hs(&kit, &scheme_apple, HS256_HEADER, "{", SC_VERIFY_MALFORMED);
    kit_free(&kit);
}


typedef struct {
    const char        *claims;
    sc_verify_result_t result;
} claims_case_t;


static void
expect_claims(kit_t *kit, const sc_verify_scheme_t *scheme,
    const claims_case_t *cases, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        print_message("%s\n", cases[i].claims);
        expect_hs(kit, scheme, HS256_HEADER, cases[i].claims,
                  cases[i].result);
    }
}


static void
test_vonage_claims(void **state)
{
    kit_t kit;

    static const claims_case_t cases[] = {
        { "{\"iat\":1790000000,\"iss\":\"Vonage\",\"payload_hash\":\""
          BODY_HASH "\",\"api_key\":\"k\"}", SC_VERIFY_OK },
        { "{\"iat\":1790000000,\"iss\":\"vonage\",\"payload_hash\":\""
          BODY_HASH "\",\"api_key\":\"k\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"iat\":1790000000,\"payload_hash\":\"" BODY_HASH
          "\",\"api_key\":\"k\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"iat\":1790000000,\"iss\":[\"Vonage\"],\"payload_hash\":\""
          BODY_HASH "\",\"api_key\":\"k\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"iat\":1790000000,\"iss\":\"Vonage\",\"api_key\":\"k\"}",
          SC_VERIFY_BAD_CLAIM },
        { "{\"iat\":1790000000,\"iss\":\"Vonage\",\"payload_hash\":\"ee\","
          "\"api_key\":\"k\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"iat\":1790000000,\"iss\":\"Vonage\",\"payload_hash\":1,"
          "\"api_key\":\"k\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"iss\":\"Vonage\",\"payload_hash\":\"" BODY_HASH
          "\",\"api_key\":\"k\"}", SC_VERIFY_NO_TIMESTAMP },
        { "{\"iat\":\"x\",\"iss\":\"Vonage\",\"payload_hash\":\"" BODY_HASH
          "\",\"api_key\":\"k\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"iat\":1789999700,\"iss\":\"Vonage\",\"payload_hash\":\""
          BODY_HASH "\",\"api_key\":\"k\"}", SC_VERIFY_OK },
        { "{\"iat\":1789999699,\"iss\":\"Vonage\",\"payload_hash\":\""
          BODY_HASH "\",\"api_key\":\"k\"}", SC_VERIFY_STALE },
        { "{\"iat\":1790000300,\"iss\":\"Vonage\",\"payload_hash\":\""
          BODY_HASH "\",\"api_key\":\"k\"}", SC_VERIFY_OK },
        { "{\"iat\":1790000301,\"iss\":\"Vonage\",\"payload_hash\":\""
          BODY_HASH "\",\"api_key\":\"k\"}", SC_VERIFY_FUTURE },
        { "{\"iat\":1790000000,\"iss\":\"Vonage\",\"payload_hash\":\""
          BODY_HASH "\",\"api_key\":\"other\"}", SC_VERIFY_MISMATCH },
        { "{\"iat\":1790000000,\"iss\":\"Vonage\",\"payload_hash\":\""
          BODY_HASH "\"}", SC_VERIFY_MISMATCH },
        { "{\"iat\":1790000000,\"iss\":\"Vonage\",\"iss\":\"Vonage\","
          "\"payload_hash\":\"" BODY_HASH "\",\"api_key\":\"k\"}",
          SC_VERIFY_BAD_CLAIM }
    };

    (void) state;

    kit_init(&kit);
    kit_secret_full(&kit, &scheme_vonage, "not-this-one", "other", 0);
    kit_secret_full(&kit, &scheme_vonage, KIT_SECRET, "k", 0);
    expect_claims(&kit, &scheme_vonage, cases,
                  sizeof(cases) / sizeof(cases[0]));

    /* Without a body the hash may be absent; if there, it must fit. */
    kit_body(&kit, "");
    expect_hs(&kit, &scheme_vonage, HS256_HEADER,
              "{\"iat\":1790000000,\"iss\":\"Vonage\",\"api_key\":\"k\"}",
              SC_VERIFY_OK);
    expect_hs(&kit, &scheme_vonage, HS256_HEADER, cases[0].claims,
              SC_VERIFY_BAD_CLAIM);
    kit_free(&kit);
}


static void
test_audience(void **state)
{
    kit_t kit;

    static const claims_case_t cases[] = {
        { "{\"aud\":\"msp-1\",\"iat\":1790000000}", SC_VERIFY_OK },
        { "{\"aud\":[\"x\",\"msp-1\"],\"iat\":1790000000}", SC_VERIFY_OK },
        { "{\"aud\":[\"x\",\"y\"],\"iat\":1790000000}",
          SC_VERIFY_BAD_CLAIM },
        { "{\"aud\":[],\"iat\":1790000000}", SC_VERIFY_BAD_CLAIM },
        { "{\"aud\":{\"a\":\"msp-1\"},\"iat\":1790000000}",
          SC_VERIFY_BAD_CLAIM },
        { "{\"aud\":\"msp-11\",\"iat\":1790000000}", SC_VERIFY_BAD_CLAIM },
        { "{\"iat\":1790000000}", SC_VERIFY_BAD_CLAIM },
        { "{\"aud\":null,\"iat\":1790000000}", SC_VERIFY_BAD_CLAIM },
        { "{\"aud\":[\"msp-1\"],\"aud\":\"x\",\"iat\":1790000000}",
          SC_VERIFY_BAD_CLAIM }
    };

    (void) state;

    kit_init(&kit);
    kit_secret(&kit, &scheme_apple, KIT_SECRET);
    expect_claims(&kit, &scheme_apple, cases,
                  sizeof(cases) / sizeof(cases[0]));
    kit_free(&kit);
}


/* exp, nbf and iat at the leeway of five seconds. */
static void
test_times(void **state)
{
    kit_t              kit;
    sc_verify_scheme_t scheme;

    static const claims_case_t cases[] = {
        { "{\"exp\":1790000060}", SC_VERIFY_OK },
        { "{\"exp\":1790000060.5}", SC_VERIFY_OK },
        { "{}", SC_VERIFY_BAD_CLAIM },
        { "{\"exp\":\"1790000060\"}", SC_VERIFY_BAD_CLAIM },
        { "{\"exp\":-1}", SC_VERIFY_BAD_CLAIM },
        { "{\"exp\":1.79e9}", SC_VERIFY_BAD_CLAIM },
        { "{\"exp\":null}", SC_VERIFY_BAD_CLAIM },
        { "{\"exp\":1789999996}", SC_VERIFY_OK },
        { "{\"exp\":1789999995}", SC_VERIFY_BAD_CLAIM },
        { "{\"exp\":1790000060,\"nbf\":1790000005}", SC_VERIFY_OK },
        { "{\"exp\":1790000060,\"nbf\":1790000006}", SC_VERIFY_BAD_CLAIM },
        { "{\"exp\":1790000060,\"iat\":1790000005}", SC_VERIFY_OK },
        { "{\"exp\":1790000060,\"iat\":1790000006}", SC_VERIFY_BAD_CLAIM },
        { "{\"exp\":1790000060,\"iat\":1}", SC_VERIFY_OK },
        { "{\"exp\":1790000060,\"exp\":1790000061}", SC_VERIFY_BAD_CLAIM }
    };

    (void) state;

    memset(&scheme, 0, sizeof(scheme));
    scheme.kind = SC_SCHEME_JWT;
    scheme.prefix = SC_STR("Bearer ");
    scheme.jwt.require_exp = true;
    scheme.jwt.leeway_ms = 5000;

    kit_init(&kit);
    kit_secret(&kit, &scheme, KIT_SECRET);
    expect_claims(&kit, &scheme, cases, sizeof(cases) / sizeof(cases[0]));

    scheme.jwt.require_exp = false;
    expect_hs(&kit, &scheme, HS256_HEADER, "{}", SC_VERIFY_OK);
    expect_hs(&kit, &scheme, HS256_HEADER, "{\"exp\":1}",
              SC_VERIFY_BAD_CLAIM);
    kit_free(&kit);
}


static void
test_messagebird(void **state)
{
    char               token[TOKEN_SIZE];
    kit_t              kit;
    size_t             i;
    signer_t           signer = { SC_DIGEST_SHA256, NULL, false, NULL };

    static const struct {
        const char *header;
        sc_digest_t digest;
    } algorithms[] = {
        { "{\"alg\":\"HS256\"}", SC_DIGEST_SHA256 },
        { "{\"alg\":\"HS384\"}", SC_DIGEST_SHA384 },
        { "{\"alg\":\"HS512\"}", SC_DIGEST_SHA512 }
    };

    (void) state;

    kit_init(&kit);
    kit_sample(&kit, "messagebird", "sms");
    kit_secret(&kit, &scheme_messagebird, KIT_SECRET);
    kit_expect(&kit, &scheme_messagebird, SC_VERIFY_OK);

    /* The URL is bound, its query too. */
    kit_url(&kit, "https://care.example.com/hooks/messagebird?line=45");
    kit_expect(&kit, &scheme_messagebird, SC_VERIFY_BAD_CLAIM);
    kit_free(&kit);

    kit_init(&kit);
    kit_url(&kit, "");
    kit_body(&kit, "");
    kit_secret(&kit, &scheme_messagebird, KIT_SECRET);

    for (i = 0; i < 3; i++) {
        signer.digest = algorithms[i].digest;
        make_token(&signer, algorithms[i].header,
                   "{\"iss\":\"MessageBird\",\"exp\":1790000060,"
                   "\"url_hash\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e464"
                   "9b934ca495991b7852b855\"}", token);
        present(&kit, "MessageBird-Signature-JWT", "", token);
        kit_expect(&kit, &scheme_messagebird, SC_VERIFY_OK);
    }

    make_token(&signer, algorithms[2].header,
               "{\"iss\":\"MessageBird\",\"exp\":1790000060}", token);
    present(&kit, "MessageBird-Signature-JWT", "", token);
    kit_expect(&kit, &scheme_messagebird, SC_VERIFY_BAD_CLAIM);
    kit_free(&kit);
}


#define GOOGLE_CLAIMS(email, verified, issuer, audience)                      \
    "{\"aud\":\"" audience "\",\"email\":\"" email "\",\"email_verified\":"   \
    verified ",\"exp\":1790003540,\"iat\":1789999940,\"iss\":\"" issuer "\"}"
#define PUSHER  "gbp-push@northwind-care.iam.gserviceaccount.com"
#define GOOGLE  "https://accounts.google.com"
#define HOOK    "https://care.example.com/hooks"


static void
test_google(void **state)
{
    char     token[TOKEN_SIZE], jwks[TOKEN_SIZE];
    kit_t    kit;
    size_t   i;
    sc_str_t text;
    signer_t signer = { SC_DIGEST_SHA256, "google-business/test-rsa.pem",
                        false, NULL };

    static const struct {
        const char        *header;
        const char        *claims;
        sc_verify_result_t result;
    } cases[] = {
        { "{\"alg\":\"RS256\",\"kid\":\"sc-test-key-1\"}",
          GOOGLE_CLAIMS(PUSHER, "true", GOOGLE, HOOK), SC_VERIFY_OK },
        { "{\"alg\":\"RS256\",\"kid\":\"sc-test-key-1\"}",
          GOOGLE_CLAIMS(PUSHER, "true", "accounts.google.com", HOOK),
          SC_VERIFY_OK },
        { "{\"alg\":\"RS256\"}", GOOGLE_CLAIMS(PUSHER, "true", GOOGLE, HOOK),
          SC_VERIFY_OK },
        { "{\"alg\":\"RS256\",\"kid\":\"sc-test-key-2\"}",
          GOOGLE_CLAIMS(PUSHER, "true", GOOGLE, HOOK),
          SC_VERIFY_UNKNOWN_KEY },
        { "{\"alg\":\"HS256\",\"kid\":\"sc-test-key-1\"}",
          GOOGLE_CLAIMS(PUSHER, "true", GOOGLE, HOOK), SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"RS256\",\"kid\":\"sc-test-key-1\"}",
          GOOGLE_CLAIMS("evil@example.com", "true", GOOGLE, HOOK),
          SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"RS256\",\"kid\":\"sc-test-key-1\"}",
          GOOGLE_CLAIMS(PUSHER, "false", GOOGLE, HOOK), SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"RS256\",\"kid\":\"sc-test-key-1\"}",
          GOOGLE_CLAIMS(PUSHER, "\"true\"", GOOGLE, HOOK),
          SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"RS256\",\"kid\":\"sc-test-key-1\"}",
          GOOGLE_CLAIMS(PUSHER, "true", "https://evil.example", HOOK),
          SC_VERIFY_BAD_CLAIM },
        { "{\"alg\":\"RS256\",\"kid\":\"sc-test-key-1\"}",
          GOOGLE_CLAIMS(PUSHER, "true", GOOGLE, HOOK "/"),
          SC_VERIFY_BAD_CLAIM }
    };

    (void) state;

    kit_init(&kit);
    text = kit_file(&kit, "google-business/test-jwks.json");
    assert_true(text.len < sizeof(jwks));
    memcpy(jwks, text.data, text.len);
    jwks[text.len] = '\0';
    kit_secret(&kit, &scheme_google, jwks);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%zu\n", i);
        make_token(&signer, cases[i].header, cases[i].claims, token);
        present(&kit, "Authorization", "Bearer ", token);
        kit_expect(&kit, &scheme_google, cases[i].result);
    }

    /* Somebody else's key under our key's name. */
    signer.key = "freshchat/test-rsa.pem";
    make_token(&signer, cases[0].header, cases[0].claims, token);
    present(&kit, "Authorization", "Bearer ", token);
    kit_expect(&kit, &scheme_google, SC_VERIFY_MISMATCH);

    kit_free(&kit);
}


/* A public key must never check an HMAC. */
static void
test_confusion(void **state)
{
    char               token[TOKEN_SIZE];
    kit_t              kit;
    sc_verify_scheme_t scheme;
    signer_t           signer = { SC_DIGEST_SHA256,
                                  "email-sendgrid/test-p256.pem", true,
                                  NULL };

    static const char spki[] =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvkbFrd+pXhKcqC8554xsfumz"
        "2ke4n4v8CqYHwUxKq7+wfy3+IvnKMbbwcewdjhLqhueb8K30x+uBW4+ZB9hhNA==";

    signer_t forger = { SC_DIGEST_SHA256, NULL, false, spki };

    (void) state;

    memset(&scheme, 0, sizeof(scheme));
    scheme.kind = SC_SCHEME_JWT;
    scheme.prefix = SC_STR("Bearer ");
    scheme.jwt.algorithms = SC_JWT_HS256 | SC_JWT_ES256;

    kit_init(&kit);
    kit_secret(&kit, &scheme, spki);

    make_token(&signer, "{\"alg\":\"ES256\"}", "{\"a\":1}", token);
    present(&kit, "Authorization", "Bearer ", token);
    kit_tamper_header(&kit, &scheme, "Authorization", false);

    /* Signed with the text of the public key, which everybody has. */
    make_token(&forger, "{\"alg\":\"HS256\"}", "{\"a\":1}", token);
    present(&kit, "Authorization", "Bearer ", token);
    kit_expect(&kit, &scheme, SC_VERIFY_MISMATCH);

    /* ES256 wants 64 bytes, not DER. */
    signer.raw_p256 = false;
    make_token(&signer, "{\"alg\":\"ES256\"}", "{\"a\":1}", token);
    present(&kit, "Authorization", "Bearer ", token);
    kit_expect(&kit, &scheme, SC_VERIFY_MALFORMED);

    /* The key is on another curve than the algorithm. */
    signer.raw_p256 = true;
    make_token(&signer, "{\"alg\":\"RS256\"}", "{\"a\":1}", token);
    present(&kit, "Authorization", "Bearer ", token);
    kit_expect(&kit, &scheme, SC_VERIFY_BAD_CLAIM);
    scheme.jwt.algorithms |= SC_JWT_RS256;
    kit_expect(&kit, &scheme, SC_VERIFY_MISMATCH);

    kit_free(&kit);
}


/* Numbers of every length survive the way to DER and back. */
static void
test_es256_lengths(void **state)
{
    int                i;
    char               token[TOKEN_SIZE], claims[64];
    kit_t              kit;
    sc_verify_scheme_t scheme;
    signer_t           signer = { SC_DIGEST_SHA256,
                                  "email-sendgrid/test-p256.pem", true,
                                  NULL };

    (void) state;

    memset(&scheme, 0, sizeof(scheme));
    scheme.kind = SC_SCHEME_JWT;
    scheme.prefix = SC_STR("Bearer ");
    scheme.jwt.algorithms = SC_JWT_ES256;

    kit_init(&kit);
    kit_secret(&kit, &scheme,
               "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvkbFrd+pXhKcqC8554xsfumz"
               "2ke4n4v8CqYHwUxKq7+wfy3+IvnKMbbwcewdjhLqhueb8K30x+uBW4+ZB9hhN"
               "A==");

    for (i = 0; i < 300; i++) {
        (void) snprintf(claims, sizeof(claims), "{\"a\":%d}", i);
        make_token(&signer, "{\"alg\":\"ES256\"}", claims, token);
        present(&kit, "Authorization", "Bearer ", token);
        kit_expect(&kit, &scheme, SC_VERIFY_OK);
    }

    /* Zero is no signature. */
    present(&kit, "Authorization", "Bearer ",
            "eyJhbGciOiJFUzI1NiJ9.e30."
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            "AAAAAAAAAAAAAAAAAAAAAA");
    kit_expect(&kit, &scheme, SC_VERIFY_MISMATCH);

    kit_free(&kit);
}


static void
test_little_memory(void **state)
{
    bool               accepted;
    kit_t              kit;
    size_t             memory;
    sc_verify_result_t result;

    (void) state;

    kit_init(&kit);
    kit_sample(&kit, "vonage", "messages_sms");
    kit_secret_full(&kit, &scheme_vonage, KIT_SECRET, "nw12ab34", 0);
    accepted = false;

    for (memory = 0; memory < 8192; memory += 8) {
        kit.memory = memory;
        result = kit_verify(&kit, &scheme_vonage);
        accepted = accepted || result == SC_VERIFY_OK;
        assert_int_equal(result == SC_VERIFY_OK, accepted);
    }

    assert_true(accepted);
    kit_free(&kit);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_header_rules),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_vonage_claims),
        cmocka_unit_test(test_audience),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_messagebird),
        cmocka_unit_test(test_google),
        cmocka_unit_test(test_confusion),
        cmocka_unit_test(test_es256_lengths),
        cmocka_unit_test(test_little_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
