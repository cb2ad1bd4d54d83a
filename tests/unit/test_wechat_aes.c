/*
 * test_wechat_aes.c: what may stand inside a message of safe mode, made with
 * the same cipher by the test.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "platform_fixture.h"
#include "sc_registry.h"
#include "sc_wechat_aes.h"


#define KEY  "N0rthw1ndCareSynthet1cKeyForTestsOnly42abcG"
#define APP  "wx1"

#define MAX  1024


/* Whole blocks -> base64. */
static sc_str_t
seal(const unsigned char *plain, size_t len, unsigned char *out)
{
    int             done;
    size_t          key_len;
    sc_buf_t        buf;
    EVP_CIPHER_CTX *cipher;
    unsigned char   key[40], secret[MAX];

    assert_true(sc_base64_decode(SC_STR(KEY), SC_BASE64_SPARE_BITS, key,
                                 sizeof(key), &key_len));

    cipher = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key,
                                        key), 1);
    (void) EVP_CIPHER_CTX_set_padding(cipher, 0);
    assert_int_equal(EVP_EncryptUpdate(cipher, secret, &done, plain,
                                       (int) len), 1);
    assert_int_equal(done, (int) len);
    EVP_CIPHER_CTX_free(cipher);

    sc_buf_init_fixed(&buf, out, 2 * MAX);
    sc_base64_encode(&buf, sc_str_make(secret, len), SC_BASE64_PADDED);

    return sc_buf_str(&buf);
}


/* 16 bytes, the length as told, text and application, padding. */
static size_t
pack(unsigned char *plain, const char *text, size_t told, const char *app,
    size_t padding)
{
    size_t len;

    memset(plain, 'r', 16);
    plain[16] = (unsigned char) (told >> 24);
    plain[17] = (unsigned char) (told >> 16);
    plain[18] = (unsigned char) (told >> 8);
    plain[19] = (unsigned char) told;
    len = 20;

    memcpy(plain + len, text, strlen(text));
    len += strlen(text);
    memcpy(plain + len, app, strlen(app));
    len += strlen(app);
    memset(plain + len, (int) padding, padding);

    return len + padding;
}


static void
test_good(void **state)
{
    size_t        i, len;
    sc_str_t      text, plain;
    fixture_t     fixture;
    unsigned char packed[MAX], out[2 * MAX];

    /* 20 + text + 3 + padding is a multiple of 32; 32 is a padding, too. */
    static const struct {
        const char *text;
        size_t      padding;
    } cases[] = {
        { "", 9 }, { "<xml/>", 3 }, { "<xml/>123", 32 }, { "12345678", 1 },
        { "123456789012345678901234567890123456789", 2 }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        len = pack(packed, cases[i].text, strlen(cases[i].text), APP,
                   cases[i].padding);
        assert_int_equal(len % 32, 0);
        text = seal(packed, len, out);
        assert_int_equal(sc_wechat_aes_open(&fixture.arena, SC_STR(KEY), text,
                                            SC_STR(APP), &plain),
                         SC_WECHAT_AES_OK);
        assert_text(plain, cases[i].text);
    }

    assert_int_equal(sc_wechat_aes_open(&fixture.arena, SC_STR(KEY), text,
                                        SC_STR("wx2"), &plain),
                     SC_WECHAT_AES_OTHER_APP);
    assert_text(plain, "");
    assert_int_equal(sc_wechat_aes_open(&fixture.arena, SC_STR(KEY), text,
                                        SC_STR("wx"), &plain),
                     SC_WECHAT_AES_OTHER_APP);
    fixture_free(&fixture);
}


static void
test_bad(void **state)
{
    size_t        i, len;
    sc_str_t      text, plain;
    fixture_t     fixture;
    unsigned char packed[MAX], out[2 * MAX];

    static const struct {
        size_t told;
        size_t padding;
        int    last;                   /* -1: as the padding */
    } cases[] = {
        { 6, 3, 0 }, { 6, 3, 33 }, { 6, 3, 4 }, { 6, 3, 255 },
        { 10, 3, -1 }, { 0xffffffff, 3, -1 }, { 0x106, 3, -1 },
        { 0x10006, 3, -1 }, { 0x1000006, 3, -1 }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        len = pack(packed, "<xml/>", cases[i].told, APP, cases[i].padding);

        if (cases[i].last >= 0) {
            packed[len - 1] = (unsigned char) cases[i].last;
        }

        text = seal(packed, len, out);
        assert_int_equal(sc_wechat_aes_open(&fixture.arena, SC_STR(KEY), text,
                                            SC_STR(APP), &plain),
                         SC_WECHAT_AES_MALFORMED);
    }

    /* Nothing but padding: no room for the head. */
    memset(packed, 32, 32);
    text = seal(packed, 32, out);
    assert_int_equal(sc_wechat_aes_open(&fixture.arena, SC_STR(KEY), text,
                                        SC_STR(APP), &plain),
                     SC_WECHAT_AES_MALFORMED);

    /* 31 of padding where there are 16 bytes only. */
    memset(packed, 31, 16);
    text = seal(packed, 16, out);
    assert_int_equal(sc_wechat_aes_open(&fixture.arena, SC_STR(KEY), text,
                                        SC_STR(APP), &plain),
                     SC_WECHAT_AES_MALFORMED);
    fixture_free(&fixture);
}


static void
test_texts_and_keys(void **state)
{
    size_t    i;
    sc_str_t  plain;
    fixture_t fixture;

    static const char *const texts[] = {
        "", "AAAA", "!", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAA"
    };

    static const char *const keys[] = {
        "", "short", "N0rthw1ndCareSynthet1cKeyForTestsOnly42abcG=",
        "N0rthw1ndCareSynthet1cKeyForTestsOnly42abc!"
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_wechat);

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(sc_wechat_aes_open(&fixture.arena, SC_STR(KEY),
                                            sc_str_from_cstring(texts[i]),
                                            SC_STR(APP), &plain),
                         SC_WECHAT_AES_MALFORMED);
    }

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_int_equal(sc_wechat_aes_open(&fixture.arena,
                                            sc_str_from_cstring(keys[i]),
                                            SC_STR("AAAA"), SC_STR(APP),
                                            &plain),
                         SC_WECHAT_AES_BAD_KEY);
    }

    fixture_limit_memory(&fixture, 0);
    assert_int_equal(sc_wechat_aes_open(&fixture.arena, SC_STR(KEY),
                                        SC_STR("AAAA"), SC_STR(APP), &plain),
                     SC_WECHAT_AES_NO_MEMORY);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_texts_and_keys)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
