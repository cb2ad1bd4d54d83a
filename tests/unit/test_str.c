/*
 * test_str.c: counted strings and the header look-up over them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sc_request.h"
#include "sc_str.h"


#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))


static void
assert_str(sc_str_t got, const char *expected)
{
    assert_true(sc_str_eq(got, sc_str_from_cstring(expected)));
}


static void
making(void **state)
{
    sc_str_t s;

    static const sc_str_t constant = SC_STR_INIT("abc\0d");

    (void) state;

    assert_int_equal(constant.len, 5);
    assert_int_equal(SC_STR("abc").len, 3);

    assert_null(SC_STR_NULL.data);
    assert_true(sc_str_is_empty(SC_STR_NULL));
    assert_true(sc_str_is_empty(SC_STR("")));
    assert_false(sc_str_is_empty(SC_STR(" ")));

    s = sc_str_from_cstring(NULL);
    assert_null(s.data);
    assert_int_equal(s.len, 0);
    assert_int_equal(sc_str_from_cstring("four").len, 4);
}


static void
equality(void **state)
{
    (void) state;

    assert_true(sc_str_eq(SC_STR_NULL, SC_STR("")));
    assert_true(sc_str_eq(SC_STR("a\0b"), SC_STR("a\0b")));
    assert_false(sc_str_eq(SC_STR("a\0b"), SC_STR("a\0c")));
    assert_false(sc_str_eq(SC_STR("abc"), SC_STR("ab")));
    assert_false(sc_str_eq(SC_STR("abc"), SC_STR("abC")));
}


static void
equality_without_case(void **state)
{
    int           c, d;
    bool          letter;
    unsigned char a, b;

    (void) state;

    assert_true(sc_str_eq_nocase(SC_STR("Content-TYPE"),
                                 SC_STR("content-type")));
    assert_true(sc_str_eq_nocase(SC_STR_NULL, SC_STR("")));
    assert_false(sc_str_eq_nocase(SC_STR("ab"), SC_STR("abc")));
    assert_false(sc_str_eq_nocase(SC_STR("abc"), SC_STR("abd")));

    /* Letters of ASCII only: '@' is not '`', A-umlaut is not a-umlaut. */
    for (c = 0; c < 256; c++) {
        for (d = 0; d < 256; d++) {
            a = (unsigned char) c;
            b = (unsigned char) d;
            letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

            assert_int_equal(sc_str_eq_nocase(sc_str_make(&a, 1),
                                              sc_str_make(&b, 1)),
                             c == d || (letter && (c ^ d) == 0x20));
        }
    }
}


static void
parts_of_a_text(void **state)
{
    (void) state;

    assert_true(sc_str_starts_with(SC_STR("sha256=abc"), SC_STR("sha256=")));
    assert_true(sc_str_starts_with(SC_STR("abc"), SC_STR("")));
    assert_true(sc_str_starts_with(SC_STR("abc"), SC_STR("abc")));
    assert_false(sc_str_starts_with(SC_STR("ab"), SC_STR("abc")));
    assert_false(sc_str_starts_with(SC_STR("xabc"), SC_STR("abc")));

    assert_true(sc_str_ends_with(SC_STR("a.json"), SC_STR(".json")));
    assert_true(sc_str_ends_with(SC_STR("abc"), SC_STR("")));
    assert_true(sc_str_ends_with(SC_STR("abc"), SC_STR("abc")));
    assert_false(sc_str_ends_with(SC_STR("bc"), SC_STR("abc")));
    assert_false(sc_str_ends_with(SC_STR("abcx"), SC_STR("abc")));

    assert_true(sc_str_contains(SC_STR("abcabd"), SC_STR("abd")));
    assert_true(sc_str_contains(SC_STR("abc"), SC_STR("abc")));
    assert_true(sc_str_contains(SC_STR("abc"), SC_STR("")));
    assert_true(sc_str_contains(SC_STR_NULL, SC_STR("")));
    assert_false(sc_str_contains(SC_STR("abcab"), SC_STR("abd")));
    assert_false(sc_str_contains(SC_STR("ab"), SC_STR("abc")));
    assert_false(sc_str_contains(SC_STR_NULL, SC_STR("a")));
    assert_true(sc_str_contains(SC_STR("a\0b"), SC_STR("\0b")));
}


static void
finding_a_byte(void **state)
{
    (void) state;

    assert_int_equal(sc_str_find_byte(SC_STR("a=b=c"), '='), 1);
    assert_int_equal(sc_str_find_byte(SC_STR("abc"), '='), 3);
    assert_int_equal(sc_str_find_byte(SC_STR("=bc"), '='), 0);
    assert_int_equal(sc_str_find_byte(SC_STR("ab\xff"), 0xff), 2);
    assert_int_equal(sc_str_find_byte(SC_STR_NULL, 'a'), 0);

    /* Not beyond the end. */
    assert_int_equal(sc_str_find_byte(sc_str_make("ab=", 2), '='), 2);
}


static void
slices(void **state)
{
    sc_str_t text, rest;

    (void) state;

    text = SC_STR("abcdef");

    assert_str(sc_str_from(text, 0), "abcdef");
    assert_str(sc_str_from(text, 2), "cdef");

    rest = sc_str_from(text, 6);
    assert_int_equal(rest.len, 0);
    assert_ptr_equal(rest.data, text.data + 6);

    rest = sc_str_from(text, 7);
    assert_int_equal(rest.len, 0);
    assert_ptr_equal(rest.data, text.data + 6);

    assert_null(sc_str_from(SC_STR_NULL, 1).data);
    assert_int_equal(sc_str_from(SC_STR_NULL, SIZE_MAX).len, 0);

    assert_str(sc_str_first(text, 2), "ab");
    assert_str(sc_str_first(text, 0), "");
    assert_str(sc_str_first(text, 6), "abcdef");
    assert_str(sc_str_first(text, SIZE_MAX), "abcdef");
    assert_null(sc_str_first(SC_STR_NULL, 1).data);
}


static void
trimming(void **state)
{
    (void) state;

    assert_str(sc_str_trim(SC_STR(" \t a b\t ")), "a b");
    assert_str(sc_str_trim(SC_STR("ab")), "ab");
    assert_str(sc_str_trim(SC_STR(" \t ")), "");
    assert_str(sc_str_trim(SC_STR("")), "");
    assert_str(sc_str_trim(SC_STR_NULL), "");

    /* Spaces and tabs, not line ends. */
    assert_str(sc_str_trim(SC_STR(" \na\r ")), "\na\r");
    assert_str(sc_str_trim_of(SC_STR(" \na\r "), SC_STR(" \n\r")), "a");
}


static void
assert_parts(sc_str_t text, const char *const *expected, size_t count)
{
    size_t   i;
    sc_str_t part;

    for (i = 0; i < count; i++) {
        assert_true(sc_str_next(&text, ',', &part));
        assert_str(part, expected[i]);
    }

    assert_false(sc_str_next(&text, ',', &part));
    assert_null(text.data);
    assert_false(sc_str_next(&text, ',', &part));
}


static void
splitting(void **state)
{
    static const char *const plain[] = { "a", "bc", "d" };
    static const char *const empty[] = { "", "a", "", "" };
    static const char *const one[] = { "abc" };
    static const char *const none[] = { "" };

    (void) state;

    assert_parts(SC_STR("a,bc,d"), plain, COUNT(plain));
    assert_parts(SC_STR(",a,,"), empty, COUNT(empty));
    assert_parts(SC_STR("abc"), one, COUNT(one));
    assert_parts(SC_STR(""), none, COUNT(none));
    assert_parts(SC_STR_NULL, NULL, 0);
}


static void
unsigned_numbers(void **state)
{
    size_t   i;
    uint64_t value;

    static const char *const bad[] = {
        "", " ", "-", "-1", "+1", " 1", "1 ", "1a", "a1", "0x1", "1.0", "1e3",
        "18446744073709551616", "18446744073709551620",
        "99999999999999999999", "184467440737095516150", "/", ":",
    };

    (void) state;

    assert_true(sc_str_to_uint64(SC_STR("0"), &value));
    assert_true(value == 0);
    assert_true(sc_str_to_uint64(SC_STR("00012"), &value));
    assert_true(value == 12);
    assert_true(sc_str_to_uint64(SC_STR("9007199254740993"), &value));
    assert_true(value == UINT64_C(9007199254740993));
    assert_true(sc_str_to_uint64(SC_STR("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);

    for (i = 0; i < COUNT(bad); i++) {
        assert_false(sc_str_to_uint64(sc_str_from_cstring(bad[i]), &value));
    }

    assert_false(sc_str_to_uint64(SC_STR_NULL, &value));
    assert_false(sc_str_to_uint64(SC_STR("1\0"), &value));
}


static void
signed_numbers(void **state)
{
    size_t  i;
    int64_t value;

    static const char *const bad[] = {
        "", "-", "--1", "+1", "- 1", "-1 ", "1-", "9223372036854775808",
        "-9223372036854775809", "18446744073709551615",
        "-18446744073709551615", "18446744073709551616",
    };

    (void) state;

    assert_true(sc_str_to_int64(SC_STR("0"), &value));
    assert_true(value == 0);
    assert_true(sc_str_to_int64(SC_STR("-0"), &value));
    assert_true(value == 0);
    assert_true(sc_str_to_int64(SC_STR("-17"), &value));
    assert_true(value == -17);
    assert_true(sc_str_to_int64(SC_STR("9223372036854775807"), &value));
    assert_true(value == INT64_MAX);
    assert_true(sc_str_to_int64(SC_STR("-9223372036854775807"), &value));
    assert_true(value == -INT64_MAX);
    assert_true(sc_str_to_int64(SC_STR("-9223372036854775808"), &value));
    assert_true(value == INT64_MIN);

    for (i = 0; i < COUNT(bad); i++) {
        assert_false(sc_str_to_int64(sc_str_from_cstring(bad[i]), &value));
    }
}


static void
request_headers(void **state)
{
    size_t       count;
    sc_request_t request;

    static const sc_header_t headers[] = {
        { SC_STR_INIT("Host"), SC_STR_INIT("example.org") },
        { SC_STR_INIT("X-Signature"), SC_STR_INIT("first") },
        { SC_STR_INIT("x-signature-256"), SC_STR_INIT("other") },
        { SC_STR_INIT("x-SIGNATURE"), SC_STR_INIT("second") },
        { SC_STR_INIT("Empty"), SC_STR_INIT("") },
    };

    (void) state;

    memset(&request, 0, sizeof(request));
    request.headers = headers;
    request.headers_count = COUNT(headers);

    assert_str(sc_request_header(&request, SC_STR("host"), &count),
               "example.org");
    assert_int_equal(count, 1);

    assert_str(sc_request_header(&request, SC_STR("X-Signature"), &count),
               "first");
    assert_int_equal(count, 2);

    assert_str(sc_request_header(&request, SC_STR("X-SIGNATURE-256"), NULL),
               "other");

    /* There with nothing in it, and not there. */
    assert_non_null(sc_request_header(&request, SC_STR("empty"), &count).data);
    assert_int_equal(count, 1);
    assert_null(sc_request_header(&request, SC_STR("X-Sig"), &count).data);
    assert_int_equal(count, 0);

    request.headers_count = 0;
    assert_null(sc_request_header(&request, SC_STR("host"), &count).data);
    assert_int_equal(count, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(making),
        cmocka_unit_test(equality),
        cmocka_unit_test(equality_without_case),
        cmocka_unit_test(parts_of_a_text),
        cmocka_unit_test(finding_a_byte),
        cmocka_unit_test(slices),
        cmocka_unit_test(trimming),
        cmocka_unit_test(splitting),
        cmocka_unit_test(unsigned_numbers),
        cmocka_unit_test(signed_numbers),
        cmocka_unit_test(request_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
