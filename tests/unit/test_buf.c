/*
 * test_buf.c: fixed and growing buffers up to their last byte and beyond.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_buf.h"


/* Grows by malloc and free, so that a sanitizer sees use of old memory. */
typedef struct {
    unsigned  calls;
    unsigned  allowed;
    size_t    last;
} owner_t;


static unsigned char *
grow(void *data, unsigned char *old, size_t used, size_t size)
{
    owner_t       *owner;
    unsigned char *memory;

    owner = data;

    if (owner->calls == owner->allowed) {
        return NULL;
    }

    assert_int_equal(owner->calls == 0, old == NULL);
    assert_true(size > owner->last);

    owner->calls++;
    owner->last = size;

    memory = malloc(size);
    assert_non_null(memory);

    if (used > 0) {
        memcpy(memory, old, used);
    }

    free(old);

    return memory;
}


static void
assert_holds(const sc_buf_t *buf, const char *expected)
{
    assert_true(sc_str_eq(sc_buf_str(buf), sc_str_from_cstring(expected)));
}


static void
fixed_memory(void **state)
{
    sc_buf_t      buf;
    unsigned char memory[8];

    (void) state;

    sc_buf_init_fixed(&buf, memory, sizeof(memory));

    sc_buf_append(&buf, "abc", 3);
    sc_buf_append_byte(&buf, 'd');
    sc_buf_append_str(&buf, SC_STR("efgh"));
    assert_false(buf.failed);
    assert_holds(&buf, "abcdefgh");

    /* Full, and nothing more is not too much. */
    sc_buf_append(&buf, NULL, 0);
    sc_buf_append_str(&buf, SC_STR_NULL);
    assert_non_null(sc_buf_reserve(&buf, 0));
    assert_false(buf.failed);

    sc_buf_append_byte(&buf, 'x');
    assert_true(buf.failed);
    assert_holds(&buf, "abcdefgh");

    /* No memory at all is enough for nothing. */
    sc_buf_init_fixed(&buf, NULL, 0);
    sc_buf_append(&buf, NULL, 0);
    assert_false(buf.failed);
    sc_buf_append_byte(&buf, 'x');
    assert_true(buf.failed);
}


/* What does not fit is not written in part, and nothing follows it. */
static void
failure_stays(void **state)
{
    sc_buf_t      buf;
    unsigned char memory[8];

    (void) state;

    memset(memory, 'z', sizeof(memory));
    sc_buf_init_fixed(&buf, memory, sizeof(memory));

    sc_buf_append_literal(&buf, "abcdef");
    sc_buf_append_literal(&buf, "ghi");
    assert_true(buf.failed);
    assert_holds(&buf, "abcdef");

    sc_buf_append_byte(&buf, 'g');
    sc_buf_append_uint(&buf, 1);
    assert_null(sc_buf_reserve(&buf, 1));
    assert_holds(&buf, "abcdef");
    assert_memory_equal(memory, "abcdefzz", 8);
}


static void
growing(void **state)
{
    size_t   i;
    sc_buf_t buf;
    owner_t  owner = { 0, 100, 0 };

    (void) state;

    sc_buf_init(&buf, grow, &owner, 100000);
    assert_int_equal(owner.calls, 0);

    for (i = 0; i < 100000; i++) {
        sc_buf_append_byte(&buf, (unsigned char) (i % 251));
    }

    assert_false(buf.failed);
    assert_int_equal(buf.len, 100000);

    for (i = 0; i < 100000; i++) {
        assert_int_equal(buf.data[i], i % 251);
    }

    /* Doubled each time, and cut at the limit. */
    assert_int_equal(owner.calls, 9);
    assert_int_equal(owner.last, 100000);

    sc_buf_append_byte(&buf, 'x');
    assert_true(buf.failed);
    assert_int_equal(owner.calls, 9);

    free(buf.data);
}


static void
growing_in_one_step(void **state)
{
    sc_buf_t       buf;
    owner_t        owner = { 0, 100, 0 };
    unsigned char *to;

    (void) state;

    sc_buf_init(&buf, grow, &owner, 100000);
    sc_buf_append_literal(&buf, "ab");

    to = sc_buf_reserve(&buf, 50000);
    assert_non_null(to);
    assert_int_equal(owner.calls, 2);
    assert_ptr_equal(to, buf.data + 2);
    memset(to, 'c', 50000);
    buf.len += 50000;

    assert_null(sc_buf_reserve(&buf, 49999));
    assert_true(buf.failed);
    assert_memory_equal(buf.data, "abcc", 4);

    free(buf.data);
}


static void
limits(void **state)
{
    sc_buf_t buf;
    owner_t  owner = { 0, 100, 0 };

    (void) state;

    /* Below the first size. */
    sc_buf_init(&buf, grow, &owner, 3);
    sc_buf_append_literal(&buf, "abc");
    assert_false(buf.failed);
    assert_int_equal(owner.last, 3);
    sc_buf_append_literal(&buf, "d");
    assert_true(buf.failed);
    free(buf.data);

    owner = (owner_t) { 0, 100, 0 };
    sc_buf_init(&buf, grow, &owner, 1000);
    assert_null(sc_buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.failed);
    assert_int_equal(owner.calls, 0);

    sc_buf_init(&buf, grow, &owner, 0);
    sc_buf_append_literal(&buf, "a");
    assert_true(buf.failed);
    assert_int_equal(owner.calls, 0);
}


static void
owner_without_memory(void **state)
{
    sc_buf_t buf;
    owner_t  owner = { 0, 1, 0 };

    (void) state;

    sc_buf_init(&buf, grow, &owner, 100000);
    sc_buf_append_literal(&buf, "kept");
    assert_false(buf.failed);

    assert_null(sc_buf_reserve(&buf, 5000));
    assert_true(buf.failed);
    assert_holds(&buf, "kept");

    free(buf.data);
}


static void
numbers(void **state)
{
    sc_buf_t      buf;
    unsigned char memory[200];

    (void) state;

    sc_buf_init_fixed(&buf, memory, sizeof(memory));

    sc_buf_append_uint(&buf, 0);
    sc_buf_append_byte(&buf, ' ');
    sc_buf_append_uint(&buf, 1000);
    sc_buf_append_byte(&buf, ' ');
    sc_buf_append_uint(&buf, UINT64_MAX);
    sc_buf_append_byte(&buf, ' ');
    sc_buf_append_int(&buf, 0);
    sc_buf_append_byte(&buf, ' ');
    sc_buf_append_int(&buf, -1);
    sc_buf_append_byte(&buf, ' ');
    sc_buf_append_int(&buf, INT64_MAX);
    sc_buf_append_byte(&buf, ' ');
    sc_buf_append_int(&buf, INT64_MIN);

    assert_holds(&buf, "0 1000 18446744073709551615 0 -1 "
                       "9223372036854775807 -9223372036854775808");
}


static void
assert_decimal(uint64_t value)
{
    char           expected[SC_UINT64_DIGITS + 1];
    size_t         len;
    unsigned char *written;

    len = (size_t) snprintf(expected, sizeof(expected), "%" PRIu64, value);
    written = malloc(len);
    assert_non_null(written);

    assert_int_equal(sc_uint_write(written, value), len);
    assert_memory_equal(written, expected, len);

    free(written);
}


/* As printf has it, for every number of digits, and not a byte behind it. */
static void
decimals(void **state)
{
    unsigned i, bits;
    uint64_t power, mixed;

    (void) state;

    mixed = 1;

    for (i = 0, power = 1; i < SC_UINT64_DIGITS; i++, power *= 10) {
        assert_decimal(power - 1);
        assert_decimal(power);
        assert_decimal(power + 1);
        assert_decimal(9 * power);
    }

    for (i = 0; i < 20000; i++) {
        mixed = mixed * UINT64_C(6364136223846793005) + 1442695040888963407;

        for (bits = 0; bits < 64; bits += 7) {
            assert_decimal(mixed >> bits);
        }
    }

    assert_decimal(UINT64_MAX);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_memory),
        cmocka_unit_test(failure_stays),
        cmocka_unit_test(growing),
        cmocka_unit_test(growing_in_one_step),
        cmocka_unit_test(limits),
        cmocka_unit_test(owner_without_memory),
        cmocka_unit_test(numbers),
        cmocka_unit_test(decimals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
