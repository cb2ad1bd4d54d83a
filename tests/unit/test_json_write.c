/*
 * test_json_write.c: what the writer escapes, what it does with bytes that
 * are no text, members and commas, bounded memory, and the way back through
 * jansson and the core's own reader.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "no_block.h"
#include "sc_json.h"
#include "sc_json_write.h"


#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define BAD           "\xef\xbf\xbd"


static unsigned char memory[65536];
static sc_buf_t      buf;


static void
fresh(void)
{
    sc_buf_init_fixed(&buf, memory, sizeof(memory));
}


static void
assert_written(const char *expected)
{
    assert_false(buf.failed);

    if (!sc_str_eq(sc_buf_str(&buf), sc_str_from_cstring(expected))) {
        fail_msg("wrote %.*s, expected %s", (int) buf.len,
                 (const char *) buf.data, expected);
    }
}


static void
escapes(void **state)
{
    size_t i;

    static const struct {
        const char *text;
        const char *written;
    } cases[] = {
        { "", "\"\"" },
        { "plain text", "\"plain text\"" },
        { "a\"b", "\"a\\\"b\"" },
        { "a\\b", "\"a\\\\b\"" },
        { "\"\\\"", "\"\\\"\\\\\\\"\"" },
        { "\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\"" },
        { "\x01\x0b\x1f", "\"\\u0001\\u000b\\u001f\"" },
        { "\x7f", "\"\x7f\"" },
        { "/", "\"/\"" },
        { "https://example.org/a/b", "\"https://example.org/a/b\"" },
        { "</script>", "\"<\\/script>\"" },
        { "<<//", "\"<<\\//\"" },
        { "<", "\"<\"" },
        { "a<b </ c<", "\"a<b <\\/ c<\"" },
        { "<\xc3\xa9/", "\"<\xc3\xa9/\"" },
        { "h\xc3\xb6rt ihr", "\"h\xc3\xb6rt ihr\"" },
        { "\xe6\x9d\xb1\xe4\xba\xac", "\"\xe6\x9d\xb1\xe4\xba\xac\"" },
        { "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
        { "a\xe2\x80\xa8" "b\xe2\x80\xa9", "\"a\\u2028b\\u2029\"" },
        { "\xe2\x80\xa7\xe2\x80\xaa", "\"\xe2\x80\xa7\xe2\x80\xaa\"" },
        { "\xe2\x81\xa8\xe3\x80\xa8", "\"\xe2\x81\xa8\xe3\x80\xa8\"" },

        /* Behind a whole block of plain text, and in its middle. */
        { "0123456789abcdef\n", "\"0123456789abcdef\\n\"" },
        { "0123456\n89abcdef0123456789abcdef\"x",
          "\"0123456\\n89abcdef0123456789abcdef\\\"x\"" },
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        fresh();
        sc_json_write_string(&buf, sc_str_from_cstring(cases[i].text));
        assert_written(cases[i].written);
    }

    fresh();
    sc_json_write_string(&buf, SC_STR_NULL);
    assert_written("\"\"");
}


/* What stands behind the text is not the writer's: here a '/', a tail. */
static void
ends_where_the_text_ends(void **state)
{
    (void) state;

    fresh();
    sc_json_write_string(&buf, sc_str_make("</", 1));
    assert_written("\"<\"");

    fresh();
    sc_json_write_string(&buf, sc_str_make("\xc3\xa9", 1));
    assert_written("\"" BAD "\"");

    fresh();
    sc_json_write_string(&buf, sc_str_make("\xe2\x80\xa8", 2));
    assert_written("\"" BAD BAD "\"");
}


static void
bytes_that_are_no_text(void **state)
{
    size_t i;

    static const struct {
        sc_str_t    text;
        const char *written;
    } cases[] = {
        { SC_STR_INIT("\xff"), "\"" BAD "\"" },
        { SC_STR_INIT("a\xff" "b"), "\"a" BAD "b\"" },
        { SC_STR_INIT("\x80\xbf"), "\"" BAD BAD "\"" },
        { SC_STR_INIT("\xc3"), "\"" BAD "\"" },
        { SC_STR_INIT("\xc3("), "\"" BAD "(\"" },
        { SC_STR_INIT("\xc3\""), "\"" BAD "\\\"\"" },
        { SC_STR_INIT("\xc0\xaf"), "\"" BAD BAD "\"" },
        { SC_STR_INIT("\xe2\x82"), "\"" BAD BAD "\"" },
        { SC_STR_INIT("\xe2\x80"), "\"" BAD BAD "\"" },
        { SC_STR_INIT("\xe2"), "\"" BAD "\"" },
        { SC_STR_INIT("\xed\xa0\x80"), "\"" BAD BAD BAD "\"" },
        { SC_STR_INIT("\xf4\x90\x80\x80"), "\"" BAD BAD BAD BAD "\"" },
        { SC_STR_INIT("\xe2\x82\xe2\x82\xac"),
          "\"" BAD BAD "\xe2\x82\xac\"" },
        { SC_STR_INIT("a\0b"), "\"a" BAD "b\"" },
        { SC_STR_INIT("\0"), "\"" BAD "\"" },
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        fresh();
        sc_json_write_string(&buf, cases[i].text);
        assert_written(cases[i].written);
        assert_true(sc_utf8_is_valid(sc_buf_str(&buf)));
        assert_false(sc_utf8_is_valid(cases[i].text));
    }
}


static void
members(void **state)
{
    (void) state;

    fresh();
    sc_buf_append_byte(&buf, '{');
    sc_json_write_uint(&buf, "v", 1);
    sc_json_write_member(&buf, "text", SC_STR("say \"hi\""));
    sc_json_write_member(&buf, "left_out", SC_STR(""));
    sc_json_write_member(&buf, "left_out", SC_STR_NULL);
    sc_json_write_bool(&buf, "yes", true);
    sc_json_write_bool(&buf, "no", false);
    sc_json_write_int(&buf, "least", INT64_MIN);
    sc_json_write_uint(&buf, "most", UINT64_MAX);
    sc_json_write_name(&buf, "inner");
    sc_buf_append_byte(&buf, '{');
    sc_json_write_int(&buf, "zero", 0);
    sc_buf_append_literal(&buf, "}");
    sc_json_write_int(&buf, "a\"b", -1);
    sc_buf_append_byte(&buf, '}');

    assert_written("{\"v\":1,\"text\":\"say \\\"hi\\\"\",\"yes\":true,"
                   "\"no\":false,\"least\":-9223372036854775808,"
                   "\"most\":18446744073709551615,\"inner\":{\"zero\":0},"
                   "\"a\\\"b\":-1}");
}


/* Names that are literals come out as those that are looked through. */
static void
leads(void **state)
{
    size_t        len;
    unsigned char expected[512];

    (void) state;

    fresh();
    sc_buf_append_byte(&buf, '{');
    sc_json_write_member(&buf, "left_out", SC_STR_NULL);
    sc_json_write_member(&buf, "a", SC_STR("say \"hi\""));
    sc_json_write_member(&buf, "text", SC_STR("{"));
    sc_json_write_name(&buf, "a_name_that_is_longer_than_most");
    sc_buf_append_byte(&buf, '{');
    sc_json_write_int(&buf, "seventeen", -17);
    sc_buf_append_literal(&buf, "}}");

    len = buf.len;
    assert_true(len <= sizeof(expected));
    memcpy(expected, buf.data, len);

    fresh();
    sc_buf_append_byte(&buf, '{');
    sc_json_write_led(&buf, SC_JSON_LEAD("left_out"), SC_STR_NULL);
    sc_json_write_led(&buf, SC_JSON_LEAD("a"), SC_STR("say \"hi\""));
    sc_json_write_led(&buf, SC_JSON_LEAD("text"), SC_STR("{"));
    sc_json_write_lead(&buf, SC_JSON_LEAD("a_name_that_is_longer_than_most"));
    sc_buf_append_byte(&buf, '{');
    sc_json_write_lead(&buf, SC_JSON_LEAD("seventeen"));
    sc_buf_append_int(&buf, -17);
    sc_buf_append_literal(&buf, "}}");

    assert_false(buf.failed);
    assert_int_equal(buf.len, len);
    assert_memory_equal(buf.data, expected, len);

    /* Nothing before it, nothing to part it from. */
    fresh();
    sc_json_write_led(&buf, SC_JSON_LEAD("a"), SC_STR("1"));
    assert_written("\"a\":\"1\"");
}


/* A string joined of pieces: each escaped by itself. */
static void
pieces(void **state)
{
    (void) state;

    fresh();
    sc_buf_append_byte(&buf, '"');
    sc_json_write_piece(&buf, SC_STR("a\"<"));
    sc_json_write_piece(&buf, SC_STR_NULL);
    sc_json_write_piece(&buf, SC_STR("/\xff" "0123456789abcdef"));
    sc_json_write_piece(&buf, SC_STR("0123456789abcdef\n"));
    sc_buf_append_byte(&buf, '"');

    assert_written("\"a\\\"</" BAD "0123456789abcdef0123456789abcdef\\n\"");
}


static void
commas(void **state)
{
    (void) state;

    /* Nothing before it, nothing to part it from. */
    fresh();
    sc_json_write_int(&buf, "a", 1);
    assert_written("\"a\":1");

    /* A text that ends in a brace ends in a quote. */
    fresh();
    sc_buf_append_byte(&buf, '{');
    sc_json_write_member(&buf, "a", SC_STR("{"));
    sc_json_write_member(&buf, "b", SC_STR("c"));
    assert_written("{\"a\":\"{\",\"b\":\"c\"");

    /* The first member is left out: the next one is the first. */
    fresh();
    sc_buf_append_byte(&buf, '{');
    sc_json_write_member(&buf, "a", SC_STR(""));
    sc_json_write_bool(&buf, "b", true);
    assert_written("{\"b\":true");
}


static void
write_all(sc_buf_t *to)
{
    sc_buf_append_byte(to, '{');
    sc_json_write_member(to, "a", SC_STR("x\n\"\\\x01</\xe2\x80\xa8\xff\0y"));
    sc_json_write_int(to, "b", -12);
    sc_json_write_bool(to, "c", false);
    sc_json_write_led(to, SC_JSON_LEAD("d"), SC_STR("y<\t0123456789abcdef"));
    sc_buf_append_byte(to, '}');
}


/* Whatever does not fit leaves the buffer failed and the memory unharmed. */
static void
memory_too_small(void **state)
{
    size_t         size, whole;
    unsigned char *small;

    (void) state;

    fresh();
    write_all(&buf);
    whole = buf.len;
    assert_false(buf.failed);

    for (size = 0; size < whole; size++) {
        small = malloc(size + (size == 0));
        assert_non_null(small);

        sc_buf_init_fixed(&buf, small, size);
        write_all(&buf);
        assert_true(buf.failed);
        assert_true(buf.len <= size);
        assert_memory_equal(small, memory, buf.len);

        free(small);
    }

    small = malloc(whole);
    sc_buf_init_fixed(&buf, small, whole);
    write_all(&buf);
    assert_false(buf.failed);
    assert_int_equal(buf.len, whole);
    free(small);
}


/* What jansson and the reader make of it is the text that went in. */
static void
round_trip_of(sc_str_t text)
{
    json_t              *json;
    sc_str_t             back;
    sc_arena_t           arena;
    sc_json_doc_t        doc;
    sc_json_token_t      token;
    static unsigned char space[65536];

    fresh();
    sc_json_write_string(&buf, text);
    assert_false(buf.failed);

    json = json_loadb((const char *) buf.data, buf.len, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    assert_true(sc_str_eq(sc_str_make(json_string_value(json),
                                      json_string_length(json)), text));
    json_decref(json);

    sc_arena_init(&arena, no_block, NULL, 0);
    arena.free = space;
    arena.end = space + sizeof(space);

    assert_int_equal(sc_json_read(&doc, sc_buf_str(&buf), &token, 1, NULL),
                     SC_JSON_OK);
    assert_true(sc_json_string(&doc, &token, &arena, &back));
    assert_true(sc_str_eq(back, text));
}


/* Every character there is, a few dozen in one text. */
static void
round_trip(void **state)
{
    size_t        len;
    uint32_t      c;
    unsigned char text[256];

    (void) state;

    len = 0;

    for (c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 7) {
        if (c >= 0xd800 && c <= 0xdfff) {
            continue;
        }

        if (c < 0x80) {
            text[len++] = (unsigned char) c;

        } else if (c < 0x800) {
            text[len++] = (unsigned char) (0xc0 | c >> 6);
            text[len++] = (unsigned char) (0x80 | (c & 0x3f));

        } else if (c < 0x10000) {
            text[len++] = (unsigned char) (0xe0 | c >> 12);
            text[len++] = (unsigned char) (0x80 | (c >> 6 & 0x3f));
            text[len++] = (unsigned char) (0x80 | (c & 0x3f));

        } else {
            text[len++] = (unsigned char) (0xf0 | c >> 18);
            text[len++] = (unsigned char) (0x80 | (c >> 12 & 0x3f));
            text[len++] = (unsigned char) (0x80 | (c >> 6 & 0x3f));
            text[len++] = (unsigned char) (0x80 | (c & 0x3f));
        }

        if (len > sizeof(text) - 8) {
            assert_true(sc_utf8_is_valid(sc_str_make(text, len)));
            round_trip_of(sc_str_make(text, len));
            len = 0;
        }
    }

    round_trip_of(sc_str_make(text, len));
    round_trip_of(SC_STR("</script><!-- </ <\n/ \\u0041 \\\\"));
}


static void
valid_utf8(void **state)
{
    size_t i;

    static const char *const good[] = {
        "a", "plain text, longer than one block of sixteen bytes",
        "\"\\\n\x01\x7f", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf",
        "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
    };

    (void) state;

    assert_true(sc_utf8_is_valid(SC_STR_NULL));
    assert_true(sc_utf8_is_valid(SC_STR("")));

    for (i = 0; i < COUNT(good); i++) {
        assert_true(sc_utf8_is_valid(sc_str_from_cstring(good[i])));
    }

    assert_false(sc_utf8_is_valid(SC_STR("\0")));
    assert_false(sc_utf8_is_valid(SC_STR("0123456789abcdef\0")));
    assert_false(sc_utf8_is_valid(SC_STR("0123456789abcdef\xc3")));
    assert_false(sc_utf8_is_valid(SC_STR("\xc1\xbf")));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes),
        cmocka_unit_test(ends_where_the_text_ends),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(members),
        cmocka_unit_test(leads),
        cmocka_unit_test(pieces),
        cmocka_unit_test(commas),
        cmocka_unit_test(memory_too_small),
        cmocka_unit_test(round_trip),
        cmocka_unit_test(valid_utf8),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
