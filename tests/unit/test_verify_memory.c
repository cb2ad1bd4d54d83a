/*
 * test_verify_memory.c: OpenSSL runs out of memory at every allocation in
 * turn.  Secrets are refused with a sentence; a good callback is accepted or
 * said not to be judged, which is no word against it, and a bad one is never
 * accepted.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "sc_hmac.h"
#include "verify_kit.h"
#include "verify_schemes.h"


#define ALLOCATIONS_MAX  20000


/* Allocations that still succeed; negative: all do. */
static long left = -1;


static bool
take_one(void)
{
    if (left == 0) {
        return false;
    }

    if (left > 0) {
        left--;
    }

    return true;
}


static void *
scarce_malloc(size_t size, const char *file, int line)
{
    (void) file;
    (void) line;

    return take_one() ? malloc(size) : NULL;
}


static void *
scarce_realloc(void *memory, size_t size, const char *file, int line)
{
    (void) file;
    (void) line;

    return take_one() ? realloc(memory, size) : NULL;
}


static void
scarce_free(void *memory, const char *file, int line)
{
    (void) file;
    (void) line;

    free(memory);
}


typedef struct {
    const sc_verify_scheme_t *scheme;
    const char               *folder;
    const char               *name;
    const char               *secret;  /* text, or @file of the folder */
} scarce_t;


static const scarce_t cases[] = {
    { &scheme_github, "generic-hmac", "github_style", KIT_SECRET },
    { &scheme_standard, "standard-webhooks", "v1a",
      "whpk_aGmZXlwwEb8HxxiBKQGdX9mgzqkEhxwz+8Sr9EAVp+A=" },
    { &scheme_sendgrid, "email-sendgrid", "events",
      "@test-public-key.base64" },
    { &scheme_freshchat, "freshchat", "user_message", "@test-rsa.pub.pem" },
    { &scheme_google, "google-business", "new_review", "@test-jwks.json" },
    { &scheme_wechat, "wechat", "text", KIT_SECRET },
    { &scheme_twilio, "twilio", "json_body", KIT_SECRET },
    { &scheme_messagebird, "messagebird", "sms", KIT_SECRET }
};


static sc_str_t
material_of(kit_t *kit, const scarce_t *scarce)
{
    char path[256];

    if (scarce->secret[0] != '@') {
        return sc_str_from_cstring(scarce->secret);
    }

    (void) snprintf(path, sizeof(path), "%s/%s", scarce->folder,
                    scarce->secret + 1);

    return kit_file(kit, path);
}


/* With fewer and fewer refusals of memory, until it works. */
static void
run_case(const scarce_t *scarce)
{
    long               n;
    kit_t              kit;
    bool               ready;
    sc_str_t           material;
    const char        *problem;
    sc_secret_t       *secret;
    sc_verify_result_t result;

    kit_init(&kit);
    kit_sample(&kit, scarce->folder, scarce->name);
    material = material_of(&kit, scarce);

    /* What OpenSSL sets up once per process is not the matter here. */
    secret = sc_secret_create(material, SC_STR(""), 0, &problem);
    assert_non_null(secret);
    assert_true(sc_secret_prepare(secret, scarce->scheme, &problem));
    kit.secrets[kit.secrets_count++] = secret;
    kit_expect(&kit, scarce->scheme, SC_VERIFY_OK);
    kit_no_secrets(&kit);
    ready = false;

    for (n = 0; !ready && n < ALLOCATIONS_MAX; n++) {
        problem = NULL;
        left = n;
        secret = sc_secret_create(material, SC_STR(""), 0, &problem);
        ready = secret != NULL
                && sc_secret_prepare(secret, scarce->scheme, &problem);
        left = -1;

        assert_true(ready || problem != NULL);
        assert_int_equal(ERR_peek_error(), 0);

        if (!ready) {
            sc_secret_destroy(secret);
        }
    }

    assert_true(ready);
    kit.secrets[kit.secrets_count++] = secret;
    result = SC_VERIFY_NO_MEMORY;

    for (n = 0; result == SC_VERIFY_NO_MEMORY && n < ALLOCATIONS_MAX; n++) {
        left = n;
        result = kit_verify(&kit, scarce->scheme);
        left = -1;

        assert_int_equal(ERR_peek_error(), 0);
    }

    assert_int_equal(result, SC_VERIFY_OK);
    assert_true(n > 1);
    kit_free(&kit);
}


static void
test_scarce(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s/%s\n", cases[i].folder, cases[i].name);
        run_case(&cases[i]);
    }
}


/* Less memory must not let a forgery through. */
static void
test_scarce_forgery(void **state)
{
    long   n;
    kit_t  kit;
    size_t i;

    (void) state;

    for (i = 0; i < 2; i++) {
        kit_init(&kit);
        kit_sample(&kit, cases[i].folder, cases[i].name);
        kit_secret(&kit, cases[i].scheme, cases[i].secret);
        kit_body(&kit, "{}");

        for (n = 0; n < 200; n++) {
            left = n;
            assert_int_not_equal(kit_verify(&kit, cases[i].scheme),
                                 SC_VERIFY_OK);
            left = -1;
        }

        kit_free(&kit);
    }
}


/* Outside of the engine, where nobody sets a mark, nothing is left behind. */
static void
test_scarce_hmac(void **state)
{
    long          n;
    bool          done;
    size_t        i, len;
    unsigned char out[SC_DIGEST_MAX_SIZE];

    static const sc_str_t keys[] = {
        SC_STR_INIT(KIT_SECRET),
        SC_STR_INIT("a key that is longer than a block of SHA-256 is hashed "
                    "before it is used as one")
    };

    (void) state;

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        done = false;

        for (n = 0; !done && n < ALLOCATIONS_MAX; n++) {
            left = n;
            done = sc_hmac(SC_DIGEST_SHA256, keys[i], SC_STR("text"), out,
                           &len);
            left = -1;

            assert_int_equal(len, done ? 32 : 0);
            assert_int_equal(ERR_peek_error(), 0);
        }

        assert_true(done);
        assert_true(n > 1);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scarce),
        cmocka_unit_test(test_scarce_forgery),
        cmocka_unit_test(test_scarce_hmac)
    };

    if (CRYPTO_set_mem_functions(scarce_malloc, scarce_realloc, scarce_free)
        != 1)
    {
        return 1;
    }

    return cmocka_run_group_tests(tests, NULL, NULL);
}
