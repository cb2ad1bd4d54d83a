/*
 * test_siphash.c: the published test vectors of SipHash-2-4 (key 00..0f, data
 * 00, 01, ... of every length below 64), among them the paper's own example of
 * 15 bytes; and libcrypto's SipHash as a second opinion on other keys.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "sc_siphash.h"


static const unsigned char key[SC_SIPHASH_KEY_SIZE] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};


static void
published_vectors(void **state)
{
    size_t         len, i;
    unsigned char *data;

    static const uint64_t expected[64] = {
        UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd),
        UINT64_C(0x0d6c8009d9a94f5a), UINT64_C(0x85676696d7fb7e2d),
        UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
        UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137),
        UINT64_C(0x93f5f5799a932462), UINT64_C(0x9e0082df0ba9e4b0),
        UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
        UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90),
        UINT64_C(0xf723ca908e7af2ee), UINT64_C(0xa129ca6149be45e5),
        UINT64_C(0x3f2acc7f57c29bdb), UINT64_C(0x699ae9f52cbe4794),
        UINT64_C(0x4bc1b3f0968dd39c), UINT64_C(0xbb6dc91da77961bd),
        UINT64_C(0xbed65cf21aa2ee98), UINT64_C(0xd0f2cbb02e3b67c7),
        UINT64_C(0x93536795e3a33e88), UINT64_C(0xa80c038ccd5ccec8),
        UINT64_C(0xb8ad50c6f649af94), UINT64_C(0xbce192de8a85b8ea),
        UINT64_C(0x17d835b85bbb15f3), UINT64_C(0x2f2e6163076bcfad),
        UINT64_C(0xde4daaaca71dc9a5), UINT64_C(0xa6a2506687956571),
        UINT64_C(0xad87a3535c49ef28), UINT64_C(0x32d892fad841c342),
        UINT64_C(0x7127512f72f27cce), UINT64_C(0xa7f32346f95978e3),
        UINT64_C(0x12e0b01abb051238), UINT64_C(0x15e034d40fa197ae),
        UINT64_C(0x314dffbe0815a3b4), UINT64_C(0x027990f029623981),
        UINT64_C(0xcadcd4e59ef40c4d), UINT64_C(0x9abfd8766a33735c),
        UINT64_C(0x0e3ea96b5304a7d0), UINT64_C(0xad0c42d6fc585992),
        UINT64_C(0x187306c89bc215a9), UINT64_C(0xd4a60abcf3792b95),
        UINT64_C(0xf935451de4f21df2), UINT64_C(0xa9538f0419755787),
        UINT64_C(0xdb9acddff56ca510), UINT64_C(0xd06c98cd5c0975eb),
        UINT64_C(0xe612a3cb9ecba951), UINT64_C(0xc766e62cfcadaf96),
        UINT64_C(0xee64435a9752fe72), UINT64_C(0xa192d576b245165a),
        UINT64_C(0x0a8787bf8ecb74b2), UINT64_C(0x81b3e73d20b49b6f),
        UINT64_C(0x7fa8220ba3b2ecea), UINT64_C(0x245731c13ca42499),
        UINT64_C(0xb78dbfaf3a8d83bd), UINT64_C(0xea1ad565322a1a0b),
        UINT64_C(0x60e61c23a3795013), UINT64_C(0x6606d7e446282b93),
        UINT64_C(0x6ca4ecb15c5f91e1), UINT64_C(0x9f626da15c9625f3),
        UINT64_C(0xe51b38608ef25f57), UINT64_C(0x958a324ceb064572),
    };

    (void) state;

    /* The paper's example, appendix A. */
    assert_true(expected[15] == UINT64_C(0xa129ca6149be45e5));

    for (len = 0; len < 64; len++) {
        data = malloc(len == 0 ? 1 : len);
        assert_non_null(data);

        for (i = 0; i < len; i++) {
            data[i] = (unsigned char) i;
        }

        assert_true(sc_siphash24(key, sc_str_make(data, len))
                    == expected[len]);
        free(data);
    }

    assert_true(sc_siphash24(key, SC_STR_NULL) == expected[0]);
}


static uint64_t
by_libcrypto(const unsigned char *secret, const unsigned char *data,
    size_t len)
{
    size_t         i, size, got;
    uint64_t       value;
    EVP_MAC       *mac;
    OSSL_PARAM     params[2];
    EVP_MAC_CTX   *context;
    unsigned char  out[8];

    size = sizeof(out);
    params[0] = OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size);
    params[1] = OSSL_PARAM_construct_end();

    mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    assert_non_null(mac);
    context = EVP_MAC_CTX_new(mac);
    assert_non_null(context);

    assert_int_equal(EVP_MAC_init(context, secret, SC_SIPHASH_KEY_SIZE,
                                  params), 1);
    assert_int_equal(EVP_MAC_update(context, data, len), 1);
    assert_int_equal(EVP_MAC_final(context, out, &got, sizeof(out)), 1);
    assert_int_equal(got, sizeof(out));

    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);

    value = 0;

    for (i = 0; i < sizeof(out); i++) {
        value |= (uint64_t) out[i] << (8 * i);
    }

    return value;
}


static void
as_libcrypto_does_it(void **state)
{
    size_t        len, i;
    uint32_t      seed;
    unsigned char secret[SC_SIPHASH_KEY_SIZE], data[300];

    (void) state;

    seed = 7;

    for (len = 0; len < sizeof(data); len++) {
        for (i = 0; i < sizeof(secret) + len; i++) {
            seed = seed * 1664525 + 1013904223;

            if (i < sizeof(secret)) {
                secret[i] = (unsigned char) (seed >> 24);

            } else {
                data[i - sizeof(secret)] = (unsigned char) (seed >> 24);
            }
        }

        assert_true(sc_siphash24(secret, sc_str_make(data, len))
                    == by_libcrypto(secret, data, len));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(as_libcrypto_does_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
