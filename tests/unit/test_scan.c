/*
 * test_scan.c: both ways of scanning against a byte-by-byte definition, for
 * every byte value, at every place and alignment, and never a byte beyond the
 * end.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_scan.h"


#define LONGEST  40


/* A place of `len` bytes at the very end of an allocation. */
static unsigned char *
place(unsigned char **allocation, size_t offset, size_t len, int filler)
{
    *allocation = malloc(offset + len + 1);
    assert_non_null(*allocation);

    memset(*allocation, filler, offset + len + 1);

    /* Shrunk, so that the end of the bytes is the end of the memory. */
    *allocation = realloc(*allocation, offset + len + (offset + len == 0));
    assert_non_null(*allocation);

    return *allocation + offset;
}


static void
plain_text(void **state)
{
    int                  c;
    bool                 special;
    size_t               len, i;
    unsigned char       *text, *allocation;
    const unsigned char *end;

    (void) state;

    for (len = 0; len < LONGEST; len++) {
        text = place(&allocation, len % 8, len, 'a');
        end = text + len;

        assert_ptr_equal(sc_scan_plain(text, end, '"'), end);

        for (i = 0; i < len; i++) {
            for (c = 0; c < 256; c++) {
                special = c < 0x20 || c >= 0x80 || c == '"' || c == '\\';
                text[i] = (unsigned char) c;

                assert_ptr_equal(sc_scan_plain(text, end, '"'),
                                 special ? text + i : end);
                assert_ptr_equal(sc_scan_plain(text, end, '<'),
                                 special || c == '<' ? text + i : end);

                if (len == SC_SCAN_SHORT) {
                    assert_int_equal(sc_scan_plain_short(text, '"'),
                                     special ? i : len);
                }
            }

            text[i] = 'a';
        }

        free(allocation);
    }
}


/* The same place, all before it copied, and no byte written further on. */
static void
plain_text_copied(void **state)
{
    int                  c;
    size_t               len, i;
    unsigned char       *text, *allocation, *copy, *copied;
    const unsigned char *end, *plain;

    (void) state;

    for (len = 0; len < 3 * LONGEST; len++) {
        text = place(&allocation, len % 8, len, 'a');
        copy = place(&copied, (len + 3) % 8, len, 'x');
        end = text + len;

        for (i = 0; i < len; i++) {
            text[i] = (unsigned char) ('a' + i % 26);
        }

        assert_ptr_equal(sc_scan_copy_plain(copy, text, end, '<'), end);
        assert_memory_equal(copy, text, len);

        memset(copy, 'x', len);
        sc_scan_copy(copy, text, len);
        assert_memory_equal(copy, text, len);

        for (i = 0; i < len; i++) {
            for (c = 0; c < 256; c += i % 3 == 0 ? 1 : 30) {
                text[i] = (unsigned char) c;
                memset(copy, 'x', len);

                plain = sc_scan_plain(text, end, '<');
                assert_ptr_equal(sc_scan_copy_plain(copy, text, end, '<'),
                                 plain);
                assert_memory_equal(copy, text, (size_t) (plain - text));
            }

            text[i] = (unsigned char) ('a' + i % 26);
        }

        free(allocation);
        free(copied);
    }
}


/* The first of several counts, in whatever order they come. */
static void
first_of_two(void **state)
{
    size_t        i, j, k, l;
    unsigned char text[LONGEST];

    static const unsigned char specials[] = { 0x00, 0x1f, '"', '\\', 0x80,
                                              0xa2, 0xff };

    (void) state;

    for (i = 0; i < LONGEST; i++) {
        for (j = i + 1; j < LONGEST; j++) {
            for (k = 0; k < sizeof(specials); k++) {
                for (l = 0; l < sizeof(specials); l++) {
                    memset(text, '#', sizeof(text));
                    text[i] = specials[k];
                    text[j] = specials[l];

                    assert_ptr_equal(sc_scan_plain(text, text + LONGEST, '"'),
                                     text + i);
                    assert_int_equal(sc_scan_plain_short(text, '"'),
                                     i < SC_SCAN_SHORT ? i : SC_SCAN_SHORT);
                }
            }
        }
    }
}


static void
digits(void **state)
{
    int                  c;
    size_t               len, i;
    unsigned char       *text, *allocation;
    const unsigned char *end;

    (void) state;

    for (len = 0; len < LONGEST; len++) {
        text = place(&allocation, len % 8, len, '5');
        end = text + len;

        assert_ptr_equal(sc_scan_digits(text, end), end);

        for (i = 0; i < len; i++) {
            for (c = 0; c < 256; c++) {
                text[i] = (unsigned char) c;
                assert_ptr_equal(sc_scan_digits(text, end),
                                 c >= '0' && c <= '9' ? end : text + i);
            }

            text[i] = '5';
        }

        free(allocation);
    }
}


static void
structural(void **state)
{
    int            c;
    size_t         len, i, found;
    unsigned char *text, *allocation;

    (void) state;

    for (len = 0; len < LONGEST; len++) {
        text = place(&allocation, len % 8, len, 'a');

        assert_int_equal(sc_scan_structural(text, text + len), 0);

        for (i = 0; i < len; i++) {
            for (c = 0; c < 256; c++) {
                found = c == '{' || c == '[' || c == ',' || c == ':';
                text[i] = (unsigned char) c;

                assert_int_equal(sc_scan_structural(text, text + len), found);
            }

            text[i] = 'a';
        }

        memset(text, ':', len);
        assert_int_equal(sc_scan_structural(text, text + len), len);

        free(allocation);
    }
}


/* Counters of one byte per lane must be emptied in time. */
static void
structural_in_long_text(void **state)
{
    size_t         len;
    unsigned char *text;

    (void) state;

    for (len = 16 * 254; len < 16 * 258; len++) {
        text = malloc(len);
        assert_non_null(text);
        memset(text, '[', len);

        assert_int_equal(sc_scan_structural(text, text + len), len);
        free(text);
    }
}


/* By the definition of RFC 3629: decode, then ask whether it is shortest. */
static size_t
length_by_definition(const unsigned char *at, size_t left)
{
    size_t   len, i;
    uint32_t c;

    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    if (at[0] < 0x80) {
        return 1;
    }

    len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;

    if (at[0] < 0xc0 || at[0] >= 0xf8 || len > left) {
        return 0;
    }

    c = at[0] & (0xffu >> (len + 1));

    for (i = 1; i < len; i++) {
        if (at[i] < 0x80 || at[i] > 0xbf) {
            return 0;
        }

        c = c << 6 | (at[i] & 0x3fu);
    }

    return c >= least[len] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff)
           ? len : 0;
}


/* All of one to three bytes; of four those at the edges. */
static void
utf8_lengths(void **state)
{
    size_t        i, left;
    uint32_t      c;
    unsigned char text[4];

    static const unsigned char last[] = { 0x7f, 0x80, 0xbf, 0xc0 };

    (void) state;

    for (c = 0; c < 0x1000000; c++) {

        /* The second and third byte matter at their edges and in between. */
        if ((c & 0xff) > 0x01 && (c & 0xff) != 0x7f && (c & 0xff) != 0x80
            && (c & 0xff) != 0xbf && (c & 0xff) != 0xc0 && (c & 0xff) != 0xff)
        {
            continue;
        }

        text[0] = (unsigned char) (c >> 16);
        text[1] = (unsigned char) (c >> 8);
        text[2] = (unsigned char) c;

        for (i = 0; i < sizeof(last); i++) {
            text[3] = last[i];

            for (left = 1; left <= 4; left++) {
                if (sc_utf8_length(text, text + left)
                    != length_by_definition(text, left))
                {
                    fail_msg("%02x %02x %02x %02x, %zu bytes", text[0],
                             text[1], text[2], text[3], left);
                }
            }
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text),
        cmocka_unit_test(plain_text_copied),
        cmocka_unit_test(first_of_two),
        cmocka_unit_test(digits),
        cmocka_unit_test(structural),
        cmocka_unit_test(structural_in_long_text),
        cmocka_unit_test(utf8_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
