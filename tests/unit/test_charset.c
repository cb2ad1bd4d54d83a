/*
 * test_charset.c: the character sets of mail.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "no_block.h"
#include "sc_charset.h"


static void *
block(void *owner, size_t size)
{
    (void) owner;

    return test_malloc(size);
}


/* The same text in the sets that customers' mail comes in. */
static void
test_sets(void **state)
{
    size_t     i;
    sc_str_t   text, name;
    sc_arena_t arena;

    static const struct {
        const char *name;
        const char *bytes;
        const char *text;
    } cases[] = {
        { "ISO-8859-1", "\xe9\x80\x81", "\xc3\xa9\xe2\x82\xac\xef\xbf\xbd" },
        { "latin1", "\xe9", "\xc3\xa9" },
        { "\"iso_8859-1\"", "\xe9", "\xc3\xa9" },
        { "Windows-1252", "\x80", "\xe2\x82\xac" },
        { "x-cp1252", "\x80", "\xe2\x82\xac" },
        { "win-1250", "\xb9", "\xc4\x85" },
        { "iso-8859-2", "\xb1", "\xc4\x85" },
        { "ISO8859-15", "\xa4", "\xe2\x82\xac" },
        { "iso-8859-9", "\xfd", "\xc4\xb1" },
        { "iso-8859-7", "\xe1", "\xce\xb1" },
        { "iso-8859-8-i", "\xe0", "\xd7\x90" },
        { "windows-1256", "\xc7", "\xd8\xa7" },
        { "TIS-620", "\xa1", "\xe0\xb8\x81" },
        { "cp1251", "\xcf", "\xd0\x9f" },
        { "KOI8-R", "\xf0", "\xd0\x9f" },
        { " koi8-u ", "\xa4", "\xd1\x94" },
        { "iso-8859-5", "\xbf", "\xd0\x9f" },
        { "ibm866", "\x8f", "\xd0\x9f" },
        { "x-mac-roman", "\x8e", "\xc3\xa9" },
        { "windows-1251", "abc", "abc" },
        { "windows-1255", "\xe9\xc4", "\xef\xac\x9d" },
        { "gb2312", "\xc4\xe3", "\xe4\xbd\xa0" },
        { "Big5", "\xa7\x41", "\xe4\xbd\xa0" },
        { "Shift_JIS", "\x82\xa0", "\xe3\x81\x82" },
        { "euc-jp", "\xa4\xa2", "\xe3\x81\x82" },
        { "ISO-2022-JP", "\x1b$B$\"\x1b(B.", "\xe3\x81\x82." },
        { "ks_c_5601-1987", "\xb0\xa1", "\xea\xb0\x80" },

        /* The second half of a character is missing. */
        { "gb2312", "a\xc4", "a\xef\xbf\xbd" },
        { "gb18030", "\x81\x30\x81", "\xef\xbf\xbd" "0\xef\xbf\xbd" }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        name = sc_str_from_cstring(cases[i].name);
        assert_true(sc_charset_is_known(name));

        sc_arena_init(&arena, block, NULL, 1 << 20);
        assert_true(sc_charset_to_utf8(&arena, name,
                        sc_str_from_cstring(cases[i].bytes), &text));
        assert_true(sc_str_eq(text, sc_str_from_cstring(cases[i].text)));
        test_free(arena.end - arena.used);
    }
}


/* Text in these is returned as it is: nothing is allocated. */
static void
test_names(void **state)
{
    size_t     i;
    sc_str_t   text;
    sc_arena_t arena;

    static const struct {
        const char *name;
        bool        known;
    } cases[] = {
        { "", true },
        { " ", true },
        { "UTF-8", true },
        { "utf8", true },
        { "us-ascii", true },
        { "ASCII", true },
        { "ANSI_X3.4-1968", true },
        { "windows-", false },
        { "cp", false },
        { "cp12", false },
        { "win", false },

        /* iconv() has these. */
        { "utf-7", false },
        { "ISO-2022-CN-EXT", false },
        { "CP1252//TRANSLIT", false },
        { "a-name-that-is-much-longer-than-any-character-set-has", false }
    };

    (void) state;

    sc_arena_init(&arena, no_block, NULL, 1 << 20);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            sc_charset_is_known(sc_str_from_cstring(cases[i].name)),
            cases[i].known);
        assert_true(sc_charset_to_utf8(&arena,
                        sc_str_from_cstring(cases[i].name),
                        SC_STR("\xe9\x1b"), &text));
        assert_true(sc_str_eq(text, SC_STR("\xe9\x1b")));
    }
}


static void
test_no_memory(void **state)
{
    sc_str_t   text, huge;
    sc_arena_t arena;

    (void) state;

    sc_arena_init(&arena, no_block, NULL, 1 << 20);
    assert_false(sc_charset_to_utf8(&arena, SC_STR("latin1"), SC_STR("a"),
                                    &text));
    assert_int_equal(text.len, 0);

    huge = sc_str_make("", SIZE_MAX / 3 + 1);
    assert_false(sc_charset_to_utf8(&arena, SC_STR("latin1"), huge, &text));
    assert_true(sc_charset_to_utf8(&arena, SC_STR("latin1"), SC_STR_NULL,
                                   &text));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
