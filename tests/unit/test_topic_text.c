/*
 * test_topic_text.c: the bits of a text, both ways to find them, and runs of
 * letters, against a look at each byte.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_topic_letters.h"
#include "sc_topic_text.h"
#include "series.h"


#define ROUNDS  2000


/* Bytes as texts have them: letters, spaces, all that is looked for. */

static void
fill(unsigned char *bytes, size_t size, uint64_t *random)
{
    size_t i, from;

    static const char often[] = "ABCxyz  ..::@<[\357@`{[Zaz/0!\t\177\200";

    for (i = 0; i < size; i++) {
        from = (size_t) (series_random(random) * 512);
        bytes[i] = (unsigned char) (from < 256 ? (int) from
                                    : often[from % (sizeof(often) - 1)]);
    }
}


/* 16 bytes at once as byte by byte, wherever their bits go. */

static void
test_vector(void **state)
{
    unsigned         round, shift;
    uint64_t         random;
    unsigned char    from[16], one[16], two[16];
    sc_topic_found_t first, second;

    (void) state;

    random = 11;

    for (round = 0; round < ROUNDS; round++) {
        fill(from, sizeof(from), &random);
        memcpy(two, from, sizeof(two));
        shift = round % 4 * 16;

        memset(&first, 0, sizeof(first));
        memset(&second, 0, sizeof(second));
        sc_topic_text_vector(&first, one, from, shift);
        sc_topic_text_bytes(&second, two, two, shift);

        assert_memory_equal(one, two, sizeof(one));
        assert_true(first.letters == second.letters);
        assert_true(first.spaces == second.spaces);
        assert_true(first.address == second.address);
        assert_true(first.joints == second.joints);
    }
}


static void
test_lowest(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < 64; i++) {
        assert_int_equal(sc_topic_text_lowest(UINT64_C(1) << i), i);
        assert_int_equal(sc_topic_text_lowest_parts(UINT64_C(1) << i), i);
        assert_int_equal(sc_topic_text_lowest(UINT64_MAX << i), i);
        assert_int_equal(sc_topic_text_lowest_parts(UINT64_MAX << i), i);
    }
}


static bool
is_letter(unsigned char c)
{
    return sc_letter_class(c) == SC_LETTER_ALPHABETIC && c < 0x80;
}


/* A dot or a colon before a space may be found or not at a block's end. */

static void
assert_address(const sc_topic_text_t *text, const unsigned char *from,
    size_t at, bool found)
{
    unsigned char next;

    next = at + 1 < text->len ? from[at + 1] : ' ';

    if (memchr("@<[\357", from[at], 4) != NULL) {
        assert_true(found);

    } else if (from[at] != '.' && from[at] != ':') {
        assert_false(found);

    } else if (next > ' ') {
        assert_true(found);

    } else if (at % 64 != 63) {
        assert_false(found);
    }
}


static void
assert_bits(const sc_topic_text_t *text, const unsigned char *from)
{
    size_t at;

    for (at = 0; at < text->len; at++) {
        assert_int_equal(text->small[at],
                         is_letter(from[at]) ? from[at] | 0x20 : from[at]);
        assert_int_equal(sc_topic_text_next(text->others, at) == at,
                         !is_letter(from[at]));
        assert_int_equal(sc_topic_text_next(text->spaces, at) == at,
                         from[at] <= ' ');
        assert_address(text, from, at,
                       sc_topic_text_next(text->address, at) == at);
    }

    assert_int_equal(sc_topic_text_next(text->others, at), at);
    assert_int_equal(sc_topic_text_next(text->spaces, at), at);
    assert_int_equal(sc_topic_text_next(text->address, at), at);

    for (at = 0; at < SC_TOPIC_HASH_READ; at++) {
        assert_int_equal(text->small[text->len + at], 0);
    }
}


/* Whatever lay there before, from an empty text to one of a kilobyte. */

static void
test_text(void **state)
{
    size_t          len;
    uint64_t        random;
    unsigned char   from[SC_TOPIC_MAX_TEXT];
    sc_topic_text_t text;

    (void) state;

    random = 12;
    memset(&text, 0xff, sizeof(text));

    for (len = 0; len <= sizeof(from); len += len < 200 ? 1 : 103) {
        fill(from, len, &random);
        sc_topic_text_init(&text, sc_str_make(from, len));
        assert_int_equal(text.len, len);
        assert_bits(&text, from);
    }

    memset(from, 'a', sizeof(from));
    sc_topic_text_init(&text, sc_str_make(from, sizeof(from)));
    assert_bits(&text, from);
    assert_int_equal(sc_topic_text_next(text.others, 0), sizeof(from));

    sc_topic_text_init(&text, SC_STR_NULL);
    assert_int_equal(text.len, 0);
}


/* A longer one ends behind its last space. */

static void
test_cut(void **state)
{
    unsigned char   from[SC_TOPIC_MAX_TEXT + 1];
    sc_topic_text_t text;

    (void) state;

    memset(from, 'a', sizeof(from));
    sc_topic_text_init(&text, sc_str_make(from, sizeof(from)));
    assert_int_equal(text.len, 0);

    from[SC_TOPIC_MAX_TEXT] = ' ';
    sc_topic_text_init(&text, sc_str_make(from, sizeof(from)));
    assert_int_equal(text.len, 0);

    from[77] = '\n';
    sc_topic_text_init(&text, sc_str_make(from, sizeof(from)));
    assert_int_equal(text.len, 78);

    from[SC_TOPIC_MAX_TEXT - 1] = ' ';
    sc_topic_text_init(&text, sc_str_make(from, sizeof(from)));
    assert_int_equal(text.len, SC_TOPIC_MAX_TEXT);
}


/* Each character of two bytes alone and before another letter, or cut. */

static void
test_run(void **state)
{
    size_t               size;
    uint32_t             c, lower;
    unsigned char        from[4], to[8], *last;
    sc_letter_table_t    table;
    const unsigned char *stop;

    (void) state;

    sc_letter_table_init(&table);

    for (c = 0x80; c < SC_LETTER_NARROW; c++) {
        lower = c;
        assert_int_equal(sc_letter_encode(from, c), 2);
        assert_int_equal(sc_letter_encode(from + 2, 0x416), 2);
        last = to;
        stop = sc_letter_table_run(&table, from, from + sizeof(from), &last);

        if (sc_letter_table_fold(&table, &lower) != SC_LETTER_ALPHABETIC) {
            assert_ptr_equal(stop, from);
            assert_ptr_equal(last, to);
            continue;
        }

        size = sc_letter_encode(to + 4, lower);
        assert_ptr_equal(stop, from + sizeof(from));
        assert_int_equal(last - to, size + 2);
        assert_memory_equal(to, to + 4, size);
        assert_memory_equal(to + size, "\320\266", 2);

        last = to;
        stop = sc_letter_table_run(&table, from, from + 3, &last);
        assert_ptr_equal(stop, from + 2);
    }

    /* What is no character stops it. */

    memcpy(from, "\320\320\266 ", sizeof(from));
    last = to;
    assert_ptr_equal(sc_letter_table_run(&table, from, from + sizeof(from),
                                         &last), from);
    assert_ptr_equal(sc_letter_table_run(&table, from + 1, from + sizeof(from),
                                         &last), from + 3);
    assert_int_equal(last - to, 2);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector),
        cmocka_unit_test(test_lowest),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_run)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
