/*
 * test_multipart.c: walking over multipart/form-data, whole and broken.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sc_multipart.h"


#define TYPE  SC_STR("multipart/form-data; boundary=B")


static void
test_type(void **state)
{
    (void) state;

    assert_true(sc_multipart_is(SC_STR("Multipart/Form-Data; boundary=x")));
    assert_true(sc_multipart_is(SC_STR("multipart/form-data")));
    assert_false(sc_multipart_is(SC_STR("multipart/mixed; boundary=x")));
    assert_false(sc_multipart_is(SC_STR("")));
}


static void
test_parts(void **state)
{
    sc_multipart_t      reader;
    sc_multipart_part_t part;

    (void) state;

    assert_true(sc_multipart_start(&reader, SC_STR(
        "multipart/form-data; charset=\"a;boundary=no\"; Boundary=\"B b\""),
        SC_STR("--B b \t\r\n"
               "Content-Disposition: form-data; name=\"one\"\r\n\r\n"
               "a\r\n--B\r\nb\r\n"
               "--B b\r\n"
               "content-type: image/png\r\n"
               "CONTENT-DISPOSITION: form-data; filename=\"x;\\\"y\"; "
               "name=two\r\n\r\n"
               "\r\n--B b\r\n"
               "Content-Disposition: form-data; name=\"three\"; filename=\"\""
               "\r\n\r\n\r\n\r\n--B b--\r\nepilogue")));

    assert_true(sc_multipart_next(&reader, &part));
    assert_true(sc_str_eq(part.name, SC_STR("one")));
    assert_true(sc_str_eq(part.body, SC_STR("a\r\n--B\r\nb")));
    assert_false(part.is_file);
    assert_int_equal(part.content_type.len, 0);

    assert_true(sc_multipart_next(&reader, &part));
    assert_true(sc_str_eq(part.name, SC_STR("two")));
    assert_true(sc_str_eq(part.filename, SC_STR("x;\\\"y")));
    assert_true(sc_str_eq(part.content_type, SC_STR("image/png")));
    assert_int_equal(part.body.len, 0);
    assert_true(part.is_file);

    assert_true(sc_multipart_next(&reader, &part));
    assert_true(sc_str_eq(part.name, SC_STR("three")));
    assert_true(sc_str_eq(part.body, SC_STR("\r\n")));
    assert_true(part.is_file);

    assert_false(sc_multipart_next(&reader, &part));
    assert_true(reader.complete);
    assert_false(sc_multipart_next(&reader, &part));
}


/* Parts read before the end, and whether the end is as it should. */
static size_t
count_parts(sc_str_t body, bool *complete)
{
    size_t              count;
    sc_multipart_t      reader;
    sc_multipart_part_t part;

    count = 0;
    *complete = false;

    if (!sc_multipart_start(&reader, TYPE, body)) {
        return 0;
    }

    while (sc_multipart_next(&reader, &part)) {
        count++;
    }

    *complete = reader.complete;

    return count;
}


static void
test_broken(void **state)
{
    bool           complete;
    size_t         i, parts;
    sc_str_t       whole;
    sc_multipart_t reader;
    unsigned char *copy;

    (void) state;

    assert_false(sc_multipart_start(&reader, SC_STR("multipart/form-data"),
                                    SC_STR("--B--")));
    assert_false(sc_multipart_start(&reader, SC_STR(
                                    "multipart/form-data; boundary="),
                                    SC_STR("----")));
    assert_false(sc_multipart_start(&reader, SC_STR(
        "multipart/form-data; boundary=0123456789012345678901234567890123456"
        "7890123456789012345678901234567890"), SC_STR("--0")));
    assert_false(sc_multipart_start(&reader, TYPE, SC_STR("\r\n--B--")));
    assert_false(sc_multipart_start(&reader, TYPE, SC_STR("")));

    assert_int_equal(count_parts(SC_STR("--B--"), &complete), 0);
    assert_true(complete);

    /* No name; no end of the headers; another line's start. */
    assert_int_equal(count_parts(SC_STR("--B\r\nA: b\r\n\r\nx\r\n--B--"),
                                 &complete), 0);
    assert_false(complete);
    assert_int_equal(count_parts(SC_STR("--Bx\r\n\r\nx\r\n--B--"),
                                 &complete), 0);
    assert_false(complete);
    assert_int_equal(count_parts(SC_STR("--Bx\r\nContent-Disposition: form-"
                                        "data; name=a\r\n\r\n1\r\n--B--"),
                                 &complete), 0);
    assert_false(complete);

    whole = SC_STR("--B\r\nContent-Disposition: form-data; name=a\r\n\r\n1"
                   "\r\n--B\r\nContent-Disposition: form-data; name=b\r\n\r\n"
                   "2\r\n--B--");

    for (i = 0; i < whole.len; i++) {
        copy = malloc(i + 1);
        assert_non_null(copy);
        memcpy(copy, whole.data, i);

        parts = count_parts(sc_str_make(copy, i), &complete);
        assert_false(complete);
        assert_true(parts <= 2);

        free(copy);
    }

    assert_int_equal(count_parts(whole, &complete), 2);
    assert_true(complete);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_type),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_broken)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
