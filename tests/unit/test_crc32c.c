/*
 * test_crc32c.c: published vectors, both ways of computing, all alignments.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sc_crc32c.h"


typedef uint32_t (*sum_fn)(uint32_t crc, const void *data, size_t len);


/* Every way that this processor has. */
static const sum_fn ways[] = {
    sc_crc32c, sc_crc32c_portable, sc_crc32c_hardware
};


static size_t
ways_here(void)
{
    return sc_crc32c_has_hardware() ? 3 : 2;
}


/* Bit by bit from the polynomial's definition, to judge the others by. */
static uint32_t
by_bits(uint32_t crc, const unsigned char *data, size_t len)
{
    size_t   i;
    unsigned bit;

    crc = ~crc;

    for (i = 0; i < len; i++) {
        crc ^= data[i];

        for (bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
        }
    }

    return ~crc;
}


/* RFC 3720 (iSCSI), B.4, and the usual check value. */
static void
published_vectors(void **state)
{
    size_t        w, i;
    unsigned char zeros[32], ones[32], up[32], down[32];

    static const unsigned char read_command[48] = {
        0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
        0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
        0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00
    };

    (void) state;

    memset(zeros, 0, sizeof(zeros));
    memset(ones, 0xff, sizeof(ones));

    for (i = 0; i < 32; i++) {
        up[i] = (unsigned char) i;
        down[i] = (unsigned char) (31 - i);
    }

    for (w = 0; w < ways_here(); w++) {
        assert_int_equal(ways[w](0, "", 0), 0);
        assert_int_equal(ways[w](0, "123456789", 9), 0xe3069283);
        assert_int_equal(ways[w](0, zeros, 32), 0x8a9136aa);
        assert_int_equal(ways[w](0, ones, 32), 0x62a8ab43);
        assert_int_equal(ways[w](0, up, 32), 0x46dd794e);
        assert_int_equal(ways[w](0, down, 32), 0x113fdb5c);
        assert_int_equal(ways[w](0, read_command, 48), 0xd9963a56);
    }
}


/* Each byte value at each table position, each length, each alignment. */
static void
agrees_with_the_definition(void **state)
{
    size_t        w, i, start, len;
    uint32_t      want, seed;
    unsigned char data[256 + 64];

    (void) state;

    seed = 12345;

    for (i = 0; i < sizeof(data); i++) {
        seed = seed * 1664525u + 1013904223u;
        data[i] = (unsigned char) (seed >> 24);
    }

    for (start = 0; start < 16; start++) {
        for (len = 0; len <= 256; len++) {
            want = by_bits(0, data + start, len);

            for (w = 0; w < ways_here(); w++) {
                assert_int_equal(ways[w](0, data + start, len), want);
            }
        }
    }

    memset(data, 0, sizeof(data));

    for (start = 0; start < 8; start++) {
        for (i = 0; i < 256; i++) {
            data[start] = (unsigned char) i;
            want = by_bits(0xdeadbeef, data, 8);

            for (w = 0; w < ways_here(); w++) {
                assert_int_equal(ways[w](0xdeadbeef, data, 8), want);
            }
        }

        data[start] = 0;
    }
}


static void
continues(void **state)
{
    size_t      w, cut;
    uint32_t    whole;
    const char *text = "the phone line has been dead since this morning";

    (void) state;

    for (w = 0; w < ways_here(); w++) {
        whole = ways[w](0, text, strlen(text));

        for (cut = 0; cut <= strlen(text); cut++) {
            assert_int_equal(ways[w](ways[w](0, text, cut), text + cut,
                                     strlen(text) - cut),
                             whole);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors),
        cmocka_unit_test(agrees_with_the_definition),
        cmocka_unit_test(continues),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
