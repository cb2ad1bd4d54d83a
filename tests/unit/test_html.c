/*
 * test_html.c: words out of markup.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "no_block.h"
#include "sc_html.h"


static void *
block(void *owner, size_t size)
{
    (void) owner;

    return test_malloc(size);
}


static void
expect_bytes(const char *html, size_t len, const char *want)
{
    void       *memory;
    sc_str_t    text;
    sc_arena_t  arena;

    /* One block of the exact size: an overrun is seen. */
    memory = test_malloc(len + 1);
    memcpy(memory, html, len);

    sc_arena_init(&arena, block, NULL, 1 << 20);
    assert_true(sc_html_to_text(&arena, sc_str_make(memory, len), &text));

    if (!sc_str_eq(text, sc_str_from_cstring(want))) {
        fail_msg("\"%s\" gives \"%.*s\", not \"%s\"", html, (int) text.len,
                 (const char *) text.data, want);
    }

    assert_true(text.len <= len);
    test_free(memory);

    if (arena.end != NULL) {
        test_free(arena.end - arena.used);
    }
}


static void
test_text(void **state)
{
    size_t i;

    static const struct {
        const char *html;
        const char *text;
    } cases[] = {
        { "", "" },
        { "plain", "plain" },
        { "<p>My app &amp; order</p>", "My app & order" },
        { "<p>one</p><p>two</p>", "one\ntwo" },
        { "<p>one</p>\n <p>two</p>\n", "one\ntwo" },
        { "one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour" },
        { "one<br><br>two", "one\n\ntwo" },
        { "one<br><br><br><br>two", "one\n\ntwo" },
        { "<div>one</div><div><p>two</p></div>", "one\ntwo" },
        { "<ul><li>a</li><li>b</li></ul>c", "a\nb\nc" },
        { "<br><br>first", "first" },
        { "last<br>", "last" },
        { "  a \t\r\n b  ", "a b" },
        { "a<b>b</b>c", "abc" },
        { "a <i>b</i> c", "a b c" },
        { "<a href=\"x>y\" title='>'>link</a>", "link" },
        { "it's <b class=x>5</b> o'clock", "it's 5 o'clock" },
        { "<a b='>", "<a b='>" },
        { "3 < 5 and 7 > 6", "3 < 5 and 7 > 6" },
        { "<3", "<3" },
        { "i <3 you <b>now</b>", "i <3 you now" },
        { "a<", "a<" },
        { "a<b", "a<b" },
        { "x <b y <c z", "x <b y <c z" },
        { "a<!-- no <p> -->b", "ab" },
        { "a<!-- never ends", "a" },
        { "a<script>if (a < b) x();</script>b", "ab" },
        { "a<STYLE>p { }</Style>b", "ab" },
        { "a<script>never ends", "a" },
        { "<!DOCTYPE html><?xml?>a", "a" },
        { "</p>a", "a" },
        { "&lt;b&gt; &quot;q&quot; &#39;a&#39; &apos;", "<b> \"q\" 'a' '" },
        { "&amp;lt;", "&lt;" },
        { "a&nbsp;b&#160;c", "a b c" },
        { "&#233;&#xe9;&#XE9;&eacute;", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9" },
        { "&#x20ac;&euro;", "\xe2\x82\xac\xe2\x82\xac" },
        { "&#128512;", "\xf0\x9f\x98\x80" },
        { "&#0;&#xd800;&#x110000;&#1;", "&#0;&#xd800;&#x110000;&#1;" },
        { "&#;&#x;&#12a;&;", "&#;&#x;&#12a;&;" },
        { "&#99999999999;", "&#99999999999;" },
        { "AT&T & co; &unknown; &amp", "AT&T & co; &unknown; &amp" },
        { "a&#10;b", "a b" },
        { "&iexcl;&yuml;&Aring;&times;&OElig;", "\xc2\xa1\xc3\xbf\xc3\x85"
          "\xc3\x97\xc5\x92" },
        { "&#128;&#145;&#x9f;&#129;", "\xe2\x82\xac\xe2\x80\x98\xc5\xb8"
          "&#129;" },
        { "caf\xc3\xa9 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xf0\x9f\x98\x80" }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        expect_bytes(cases[i].html, strlen(cases[i].html), cases[i].text);
    }
}


/* As much work as there is text, whatever does not end. */
static void
test_long(void **state)
{
    size_t      i, len;
    char       *html;
    sc_str_t    text;
    sc_arena_t  arena;

    static const char *const pieces[] = { "<a ", "&", "<!-", "<b c='", "<" };

    (void) state;

    len = 1 << 19;
    html = test_malloc(len);

    for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        size_t at, size;

        size = strlen(pieces[i]);

        for (at = 0; at < len; at++) {
            html[at] = pieces[i][at % size];
        }

        sc_arena_init(&arena, block, NULL, 1 << 20);
        assert_true(sc_html_to_text(&arena, sc_str_make(html, len), &text));
        assert_true(text.len > 0 && text.len <= len);
        test_free(arena.end - arena.used);
    }

    test_free(html);
}


static void
test_no_memory(void **state)
{
    sc_str_t    text;
    sc_arena_t  arena;

    (void) state;

    sc_arena_init(&arena, no_block, NULL, 1 << 20);
    assert_false(sc_html_to_text(&arena, SC_STR("<p>a</p>"), &text));
    assert_int_equal(text.len, 0);
    assert_true(arena.failed);
    assert_true(sc_html_to_text(&arena, SC_STR_NULL, &text));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_no_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
