/*
 * test_json.c: the JSON reader: what it accepts and refuses (the classes of
 * cases that a parser torture test has), limits at their boundary, unescaping,
 * navigation, and every sample body value by value against jansson.
 */

#define _XOPEN_SOURCE 700

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "no_block.h"
#include "sc_json.h"
#include "sc_json_write.h"

#ifndef SC_TOP
#define SC_TOP  "."
#endif


#define TAPE          70000
#define ARENA_BYTES   (1 << 20)
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

/* Text with NUL bytes in it needs its size; a literal knows it. */
#define TEXT(literal)  SC_STR_INIT(literal)


typedef struct {
    sc_str_t          text;
    sc_json_status_t  status;
} verdict_t;


static sc_json_token_t  tape[TAPE];
static sc_json_doc_t    doc;
static sc_arena_t       arena;
static unsigned char    memory[ARENA_BYTES];


static void
fresh_arena(size_t size)
{
    sc_arena_init(&arena, no_block, NULL, 0);

    arena.free = memory;
    arena.end = memory + size;
}


/*
 * Reads from memory of exactly the text's size, so that a sanitizer sees a
 * byte too many.  The copy lives until the next call.
 */
static sc_json_status_t
read_with(sc_str_t text, uint32_t capacity, const sc_json_limits_t *limits)
{
    static unsigned char *copy;

    free(copy);
    copy = malloc(text.len == 0 ? 1 : text.len);
    assert_non_null(copy);

    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }

    fresh_arena(ARENA_BYTES);

    return sc_json_read(&doc, sc_str_make(copy, text.len), tape, capacity,
                        limits);
}


static sc_json_status_t
read_text(sc_str_t text)
{
    sc_json_status_t status;

    status = read_with(text, TAPE, NULL);

    if (status == SC_JSON_OK) {
        assert_in_range(doc.count, 1, sc_json_count_bound(text));
        assert_int_equal(tape[0].next, doc.count);

    } else {
        assert_int_equal(doc.count, 0);
        assert_true(doc.error_offset <= text.len);
        assert_null(sc_json_root(&doc));
    }

    return status;
}


static void
must_read(const char *text)
{
    assert_int_equal(read_text(sc_str_from_cstring(text)), SC_JSON_OK);
}


static const sc_json_token_t *
at(const char *pointer)
{
    return sc_json_pointer(&doc, sc_json_root(&doc),
                           sc_str_from_cstring(pointer));
}


static void
assert_str(sc_str_t got, const char *expected)
{
    if (!sc_str_eq(got, sc_str_from_cstring(expected))) {
        fail_msg("got \"%.*s\", expected \"%s\"", (int) got.len,
                 got.data == NULL ? "" : (const char *) got.data, expected);
    }
}


static void
assert_raw(const char *pointer, const char *expected)
{
    assert_str(sc_json_raw(&doc, at(pointer)), expected);
}


static void
judge(const verdict_t *cases, size_t count)
{
    size_t           i;
    sc_json_status_t status;

    for (i = 0; i < count; i++) {
        status = read_text(cases[i].text);

        if (status != cases[i].status) {
            fail_msg("case %zu \"%.*s\": %s, expected %s", i,
                     (int) cases[i].text.len,
                     (const char *) cases[i].text.data,
                     sc_json_status_name(status),
                     sc_json_status_name(cases[i].status));
        }
    }
}


#define GOOD(text)  { TEXT(text), SC_JSON_OK }
#define BAD(text)   { TEXT(text), SC_JSON_ERROR_SYNTAX }
#define UTF8(text)  { TEXT(text), SC_JSON_ERROR_UTF8 }
#define NUL(text)   { TEXT(text), SC_JSON_ERROR_NUL }


static void
accepts_structure(void **state)
{
    static const verdict_t cases[] = {
        GOOD("{}"), GOOD("[]"), GOOD("[[]]"), GOOD("[{}]"), GOOD("{\"\":0}"),
        GOOD("[[],[[]],{}]"), GOOD("{\"a\":{\"b\":{\"c\":[]}}}"),
        GOOD("[null]"), GOOD("[true,false,null]"), GOOD("[1,\"a\",{},[]]"),
        GOOD("{\"a\":1,\"a\":1}"), GOOD("{\"a\":1,\"a\":2}"),
        GOOD("{\"min\":-1.0e+28,\"max\":1.0e+28}"),
        GOOD("null"), GOOD("true"), GOOD("false"), GOOD("\"\""), GOOD("0"),
        GOOD("\"alone\""), GOOD("-7"), GOOD("42 "),
        GOOD(" [] "), GOOD("\t\r\n [\n1\t,\r2 ]\n"),
        GOOD("{ \"a\" : 1 , \"b\" : [ ] , \"c\" : { } }"),
        GOOD("[ ]"), GOOD("{\n}"), GOOD("[1\n,2]"),
    };

    (void) state;

    judge(cases, COUNT(cases));
}


static void
refuses_structure(void **state)
{
    static const verdict_t cases[] = {
        BAD(""), BAD(" "), BAD("\n\t"), BAD("["), BAD("]"), BAD("{"), BAD("}"),
        BAD("[[]"), BAD("[]]"), BAD("{}}"), BAD("[}"), BAD("{]"),
        BAD("[{]"), BAD("[1}"), BAD("{\"a\":1]"), BAD("[\"a\",\n4\n,1,"),
        BAD("[1,]"), BAD("[,1]"), BAD("[,]"), BAD("[1,,2]"), BAD("[1 2]"),
        BAD("[1:2]"), BAD("[\"a\":1]"), BAD("[3[4]]"), BAD("[1"), BAD("[1,"),
        BAD("{\"a\"}"), BAD("{\"a\":}"), BAD("{\"a\" 1}"), BAD("{\"a\",1}"),
        BAD("{\"a\":1,}"), BAD("{,\"a\":1}"), BAD("{\"a\":1,,\"b\":2}"),
        BAD("{\"a\":1 \"b\":2}"), BAD("{\"a\"::1}"), BAD("{:1}"),
        BAD("{\"a\":1"), BAD("{\"a\":"), BAD("{\"a\""), BAD("{\"a"),
        BAD("{1:1}"), BAD("{null:1}"), BAD("{a:1}"), BAD("{'a':1}"),
        BAD("{[]:1}"), BAD("{\"a\":1:2}"), BAD("{\"a\":\"b\",\"c\"}"),
        BAD("[] []"), BAD("[]x"), BAD("{}{}"), BAD("1 2"), BAD("1]"),
        BAD("\"a\"\"b\""), BAD("{\"a\":1}#"), BAD("{\"a\":1}//"),
        BAD("[1/**/]"), BAD("/**/[]"), BAD("[]\x0c"), BAD("[\x0b]"),
        BAD("\xef\xbb\xbf[]"), BAD("[\xc2\xa0]"), BAD("[\xe2\x81\xa0]"),
        BAD("<.>"), BAD("*"), BAD("[*]"), BAD("a"), BAD("[a]"), BAD("\xe5"),
        NUL("\0"), NUL("[\0]"), NUL("[1]\0"), NUL("{\"a\":\0 1}"),
        NUL("[1\0]"), NUL("true\0"),
    };

    (void) state;

    judge(cases, COUNT(cases));
}


static void
literals(void **state)
{
    static const verdict_t cases[] = {
        BAD("t"), BAD("tru"), BAD("[tru]"), BAD("[True]"), BAD("TRUE"),
        BAD("truE"), BAD("[truee]"), BAD("true1"), BAD("fals"), BAD("[fals]"),
        BAD("falsee"), BAD("nul"), BAD("[nul]"), BAD("nulll"), BAD("Null"),
        BAD("undefined"), BAD("[NaN]"), BAD("[nan]"), BAD("[Infinity]"),
        BAD("[-Infinity]"), BAD("[inf]"), BAD("[truefalse]"),
        GOOD("[true ,false\n,\tnull]"),
    };

    (void) state;

    judge(cases, COUNT(cases));
}


static void
numbers(void **state)
{
    static const verdict_t cases[] = {
        GOOD("[0]"), GOOD("[-0]"), GOOD("[10]"), GOOD("[-123]"), GOOD("[20e1]"),
        GOOD("[0e1]"), GOOD("[0e+1]"), GOOD("[1E22]"), GOOD("[1E-2]"),
        GOOD("[1E+2]"), GOOD("[123.456e78]"), GOOD("[0.0]"), GOOD("[-0.1e-0]"),
        GOOD("[123123e100000]"), GOOD("[-1e-99999]"), GOOD("[1.00000000000]"),
        GOOD("[123456789012345678901234567890123456789012345678901234567890]"),
        GOOD("[-0.000000000000000000000000000000000000000000000000000001]"),
        GOOD("1.5"), GOOD("12345678"), GOOD("1234567890123456"),
        BAD("[-]"), BAD("-"), BAD("[+1]"), BAD("[++1]"), BAD("[--1]"),
        BAD("[-a]"), BAD("[- 1]"), BAD("[01]"), BAD("[-01]"), BAD("[00]"),
        BAD("[012]"), BAD("[-012]"), BAD("[.5]"), BAD("[-.5]"), BAD("[1.]"),
        BAD("[-2.]"), BAD("[1.e1]"), BAD("[0.e1]"), BAD("[2.e+3]"),
        BAD("[1e]"), BAD("[1E]"), BAD("[1e+]"), BAD("[1e-]"), BAD("[1eE2]"),
        BAD("[1e1.5]"), BAD("[1.2.3]"), BAD("[1.2a]"), BAD("[1e1a]"),
        BAD("[1 000]"), BAD("[1,000.]"), BAD("[0x1]"), BAD("[0x42]"),
        BAD("[1_000]"), BAD("[1a]"), BAD("[0a]"), BAD("[1+2]"), BAD("[1-2]"),
        BAD("[\xef\xbc\x91]"), BAD("1."), BAD("1e"), BAD("1e+"), BAD("-0."),
        BAD("[1/2]"), BAD("[1:]"), BAD("[123456789012345678/]"),
        BAD("[123456789012345678:]"),
    };

    (void) state;

    judge(cases, COUNT(cases));
}


static void
strings(void **state)
{
    static const verdict_t cases[] = {
        GOOD("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), GOOD("[\"\\u0041\"]"),
        GOOD("[\"\\u00e9\\u20AC\\uFfFf\"]"), GOOD("[\"\\u0001\\u001f\"]"),
        GOOD("[\"/\"]"), GOOD("[\"a\x7f\"]"), GOOD("[\"\\\\u0000\"]"),
        GOOD("[\"\\\\\"]"), GOOD("[\"\\u005C\\u0022\"]"), GOOD("[\" \"]"),
        GOOD("[\"\\ud83d\\ude00\"]"), GOOD("[\"\\ud83d\"]"),
        GOOD("[\"\\ude00\"]"), GOOD("[\"\\ud83d\\ud83d\"]"),
        GOOD("[\"\\ud800\\n\"]"), GOOD("[\"\\uD800x\"]"),
        BAD("\""), BAD("[\""), BAD("[\"a"), BAD("[\"a]"), BAD("[\"\\"),
        BAD("[\"\\\"]"), BAD("[\"\\a\"]"),
        BAD("[\"\\x41\"]"), BAD("[\"\\0\"]"), BAD("[\"\\'\"]"),
        BAD("[\"\\U0041\"]"), BAD("[\"\\u\"]"), BAD("[\"\\u0\"]"),
        BAD("[\"\\u00\"]"), BAD("[\"\\u004\"]"), BAD("[\"\\u004"),
        BAD("[\"\\u00G1\"]"), BAD("[\"\\uG001\"]"), BAD("[\"\\u 041\"]"),
        BAD("[\"\\u+041\"]"), BAD("[\"\\u00@1\"]"), BAD("[\"\\u00`1\"]"),
        BAD("[\"\\ud83d\\u\"]"), BAD("[\"\\ud83d\\\"]"), BAD("[\"\\\n\"]"),
        BAD("[\"a\nb\"]"), BAD("[\"\t\"]"), BAD("[\"\x1f\"]"), BAD("[\"\r\"]"),
        BAD("['a']"), BAD("[\"a\" \"b\"]"), BAD("[\"a\"b]"), BAD("[\\\"a\"]"),
        BAD("[\"\\\xc3\xa9\"]"), BAD("[\"\\ud83d\\"),
        NUL("[\"\\u0000\"]"), NUL("[\"a\0\"]"), NUL("\"\0\""),
        NUL("[\"\xc3\xa9\0\"]"), NUL("{\"\\u0000\":1}"), NUL("{\"\0\":1}"),
    };

    (void) state;

    judge(cases, COUNT(cases));
}


static void
utf8(void **state)
{
    static const verdict_t cases[] = {
        GOOD("[\"\xc2\x80\xdf\xbf\"]"), GOOD("[\"\xe0\xa0\x80\"]"),
        GOOD("[\"\xed\x9f\xbf\xee\x80\x80\"]"), GOOD("[\"\xef\xbf\xbf\"]"),
        GOOD("[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]"),
        GOOD("[\"\xf0\x9f\x98\x80\"]"), GOOD("[\"\xef\xbb\xbf\"]"),
        GOOD("{\"\xe6\x9d\xb1\xe4\xba\xac\":\"h\xc3\xb6rt\"}"),
        GOOD("[\"\xe2\x80\xa8\xe2\x80\xa9\"]"),
        UTF8("[\"\x80\"]"), UTF8("[\"\xbf\"]"), UTF8("[\"\xe9\"]"),
        UTF8("[\"\xc0\x80\"]"), UTF8("[\"\xc0\xaf\"]"),
        UTF8("[\"\xc1\xbf\"]"), UTF8("[\"\xc3\"]"), UTF8("[\"\xc3\x28\"]"),
        UTF8("[\"\xc3\xc3\"]"), UTF8("[\"\xe0\x80\xaf\"]"),
        UTF8("[\"\xe0\x9f\xbf\"]"), UTF8("[\"\xe2\x82\"]"),
        UTF8("[\"\xe2\x28\xa1\"]"), UTF8("[\"\xe2\x82\x28\"]"),
        UTF8("[\"\xed\xa0\x80\"]"), UTF8("[\"\xed\xbf\xbf\"]"),
        UTF8("[\"\xed\xa0\xbd\xed\xb8\x80\"]"),
        UTF8("[\"\xf0\x80\x80\xaf\"]"), UTF8("[\"\xf0\x8f\xbf\xbf\"]"),
        UTF8("[\"\xf0\x9f\x98\"]"), UTF8("[\"\xf0\x28\x8c\xbc\"]"),
        UTF8("[\"\xf0\x90\x28\xbc\"]"), UTF8("[\"\xf0\x90\x8c\x28\"]"),
        UTF8("[\"\xf4\x90\x80\x80\"]"), UTF8("[\"\xf5\x80\x80\x80\"]"),
        UTF8("[\"\xf8\x88\x80\x80\x80\"]"), UTF8("[\"\xff\"]"),
        UTF8("[\"\xfe\"]"), UTF8("{\"\xff\":1}"), UTF8("[\"\xc3"),
        UTF8("[\"\xe2\x82"), UTF8("[\"\xf0\x9f\x98"), UTF8("[\"\\n\xff\"]"),
        UTF8("[\"\xc3\xa9\xff\"]"),
    };

    (void) state;

    judge(cases, COUNT(cases));
}


/* A special byte at each place of a long string: blocks and remainders. */
static void
special_bytes_anywhere(void **state)
{
    size_t        i, j, len;
    unsigned char text[80];

    static const struct {
        unsigned char    byte;
        sc_json_status_t status;
    } specials[] = {
        { 'x', SC_JSON_OK }, { ' ', SC_JSON_OK }, { 0x7f, SC_JSON_OK },
        { '!', SC_JSON_OK }, { '#', SC_JSON_OK }, { '[', SC_JSON_OK },
        { ']', SC_JSON_OK }, { 0x1f, SC_JSON_ERROR_SYNTAX },
        { '\0', SC_JSON_ERROR_NUL }, { 0x80, SC_JSON_ERROR_UTF8 },
        { 0xff, SC_JSON_ERROR_UTF8 }, { 0xa2, SC_JSON_ERROR_UTF8 },
        { 0xdc, SC_JSON_ERROR_UTF8 }, { '"', SC_JSON_ERROR_SYNTAX },
        { '\\', SC_JSON_ERROR_SYNTAX },
    };

    (void) state;

    for (len = 1; len <= 70; len++) {
        for (i = 0; i < len; i++) {
            for (j = 0; j < COUNT(specials); j++) {
                memset(text, 'a', sizeof(text));
                text[0] = '"';
                text[1 + i] = specials[j].byte;
                text[1 + len] = '"';

                assert_int_equal(read_text(sc_str_make(text, len + 2)),
                                 specials[j].status);
            }
        }
    }
}


/* Every prefix of a valid document is refused, wherever it is cut. */
static void
every_prefix_is_refused(void **state)
{
    size_t   len;
    sc_str_t whole;

    (void) state;

    whole = SC_STR(" {\"name\":[true,false,null,-1.5e+3,\"\\u00e9\xc3\xa9 "
                   "\\ud83d\\ude00 and sixteen bytes more\"],\"n\":{}} ");

    assert_int_equal(read_text(whole), SC_JSON_OK);
    assert_int_equal(read_text(sc_str_first(whole, whole.len - 1)),
                     SC_JSON_OK);

    for (len = 0; len < whole.len - 1; len++) {
        assert_int_not_equal(read_text(sc_str_first(whole, len)), SC_JSON_OK);
    }
}


static void
error_offsets(void **state)
{
    size_t i;

    static const struct {
        const char *text;
        size_t      offset;
    } cases[] = {
        { "", 0 }, { "[1,]", 3 }, { "[1 2]", 3 }, { "{\"a\":tru}", 5 },
        { "[\"ab\\x\"]", 4 }, { "[\"ab\xff\"]", 4 }, { "[\"a\nb\"]", 3 },
        { "[1.]", 3 }, { "[1", 2 }, { "[\"abc", 5 }, { "{} x", 3 },
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        assert_int_not_equal(read_text(sc_str_from_cstring(cases[i].text)),
                             SC_JSON_OK);
        assert_int_equal(doc.error_offset, cases[i].offset);
    }
}


/* Reproducible, and the same wherever the test runs. */
static uint32_t
any_below(uint32_t bound)
{
    static uint32_t state = 2463534242;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;

    return state % bound;
}


static unsigned char *
put(unsigned char *to, const char *text)
{
    memcpy(to, text, strlen(text));

    return to + strlen(text);
}


static unsigned char *
put_any_space(unsigned char *to)
{
    static const char *const spaces[] = { "", "", "", "", " ", "\n  ", "\t\r" };

    return put(to, spaces[any_below(COUNT(spaces))]);
}


/* Plain for the most part, and no longer than a look reaches or a bit more. */
static unsigned char *
put_any_string(unsigned char *to)
{
    uint32_t i, plain;

    static const char *const others[] = {
        "\\\"", "\\u00e4", "\xc3\xa4", "\xf0\x9f\x98\x80", "\\n"
    };

    plain = any_below(40);
    *to++ = '"';

    for (i = 0; i < plain; i++) {
        *to++ = (unsigned char) ('a' + i % 26);
    }

    if (any_below(4) == 0) {
        to = put(to, others[any_below(COUNT(others))]);
    }

    *to++ = '"';

    return to;
}


static unsigned char *put_any_members(unsigned char *to, bool named,
    uint32_t depth);


static unsigned char *
put_any_value(unsigned char *to, uint32_t depth)
{
    uint32_t kind;

    static const char *const scalars[] = {
        "true", "false", "null", "0", "-17", "2010000000000000001", "1.5e3"
    };

    kind = any_below(depth < 4 ? 4 : 2);

    switch (kind) {

    case 0:
        return put(to, scalars[any_below(COUNT(scalars))]);

    case 1:
        return put_any_string(to);

    default:
        *to++ = kind == 2 ? '{' : '[';
        to = put_any_space(to);
        to = put_any_members(to, kind == 2, depth + 1);
        *to++ = kind == 2 ? '}' : ']';

        return to;
    }
}


static unsigned char *
put_any_members(unsigned char *to, bool named, uint32_t depth)
{
    uint32_t i, count;

    count = any_below(4);

    for (i = 0; i < count; i++) {
        if (i > 0) {
            *to++ = ',';
            to = put_any_space(to);
        }

        if (named) {
            to = put_any_space(put_any_string(to));
            *to++ = ':';
            to = put_any_space(to);
        }

        to = put_any_space(put_any_value(to, depth));
    }

    return to;
}


/* Whole, or cut off, or with one byte that does not belong there. */
static sc_str_t
any_document(unsigned char *text)
{
    size_t len;

    static const unsigned char bytes[] = {
        '"', '\\', '{', '}', '[', ']', ',', ':', ' ', '0', 'e', '\n', '\0',
        0x1f, 0x7f, 0x80, 0xff
    };

    len = (size_t) (put_any_value(text, 0) - text);

    switch (any_below(4)) {

    case 0:
        return sc_str_make(text, any_below((uint32_t) len));

    case 1:
        text[any_below((uint32_t) len)] = bytes[any_below(COUNT(bytes))];
        break;
    }

    return sc_str_make(text, len);
}


/*
 * Short strings far from the end are read in one look, others with care.  With
 * a limit below a look's reach all of them are; with enough white space behind
 * the document all are far from the end.  It must make no difference.
 */
static void
a_look_and_care(void **state)
{
    size_t            offset;
    uint32_t          i, count, whole;
    sc_str_t          text;
    sc_json_status_t  status, careful;
    sc_json_limits_t  limits = { 0, 0, 31 };

    static unsigned char   memory_of_text[65536];
    static sc_json_token_t expected[TAPE];

    (void) state;

    whole = 0;

    for (i = 0; i < 20000; i++) {
        text = any_document(memory_of_text);

        status = read_with(text, TAPE, NULL);
        count = doc.count;
        offset = doc.error_offset;
        memcpy(expected, tape, count * sizeof(tape[0]));
        whole += status == SC_JSON_OK;

        careful = read_with(text, TAPE, &limits);

        if (careful != SC_JSON_ERROR_STRING) {
            assert_int_equal(careful, status);
            assert_int_equal(doc.error_offset, offset);
            assert_int_equal(doc.count, count);
            assert_memory_equal(tape, expected, count * sizeof(tape[0]));
        }

        memset(memory_of_text + text.len, ' ', 64);
        text.len += 64;

        assert_int_equal(read_with(text, TAPE, &limits), careful);
        assert_int_equal(read_with(text, TAPE, NULL), status);
        assert_int_equal(doc.count, count);
        assert_memory_equal(tape, expected, count * sizeof(tape[0]));
    }

    assert_in_range(whole, 5000, 15000);
}


/* `depth` nested arrays, with objects in between when `mixed`. */
static sc_str_t
nested(unsigned char *text, uint32_t depth, bool mixed)
{
    uint32_t       i;
    unsigned char *to;

    to = text;

    for (i = 0; i < depth; i++) {
        if (mixed && i % 2 == 1) {
            memcpy(to, "{\"\":", 4);
            to += 4;

        } else {
            *to++ = '[';
        }
    }

    if (mixed && depth % 2 == 0) {
        *to++ = '1';
    }

    while (depth-- > 0) {
        *to++ = mixed && depth % 2 == 1 ? '}' : ']';
    }

    return sc_str_make(text, (size_t) (to - text));
}


static void
depth_limit(void **state)
{
    uint32_t         depth;
    sc_json_limits_t limits = { 0, 0, 0 };

    static unsigned char text[400000];

    (void) state;

    /* The default. */
    assert_int_equal(read_with(nested(text, 32, false), TAPE, NULL),
                     SC_JSON_OK);
    assert_int_equal(read_with(nested(text, 33, false), TAPE, NULL),
                     SC_JSON_ERROR_DEPTH);
    assert_int_equal(doc.error_offset, 32);
    assert_int_equal(read_with(nested(text, 33, true), TAPE, &limits),
                     SC_JSON_ERROR_DEPTH);

    for (depth = 1; depth < 40; depth++) {
        limits.depth = depth;
        assert_int_equal(read_with(nested(text, depth, true), TAPE, &limits),
                         SC_JSON_OK);
        assert_int_equal(read_with(nested(text, depth + 1, true), TAPE,
                                   &limits),
                         SC_JSON_ERROR_DEPTH);
    }

    limits.depth = 1;
    assert_int_equal(read_with(SC_STR("[[]]"), TAPE, &limits),
                     SC_JSON_ERROR_DEPTH);
    assert_int_equal(read_with(SC_STR("[1,[]]"), TAPE, &limits),
                     SC_JSON_ERROR_DEPTH);

    /* Width is not depth. */
    assert_int_equal(read_with(SC_STR("[1,2,3]"), TAPE, &limits), SC_JSON_OK);
    limits.depth = 2;
    assert_int_equal(read_with(SC_STR("[[],[],{},{},[]]"), TAPE, &limits),
                     SC_JSON_OK);

    /* The most that a token can hold, whatever is asked for. */
    limits.depth = 65537;
    assert_int_equal(read_with(nested(text, 65535, false), TAPE, &limits),
                     SC_JSON_OK);
    assert_int_equal(sc_json_raw(&doc, sc_json_root(&doc)).len, 2 * 65535);
    assert_int_equal(tape[65534].depth, 65534);
    assert_int_equal(read_with(nested(text, 65536, false), TAPE, &limits),
                     SC_JSON_ERROR_DEPTH);
}


/* An array of `count` ones: count + 1 tokens. */
static sc_str_t
ones(unsigned char *text, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        text[2 * i] = i == 0 ? '[' : ',';
        text[2 * i + 1] = '1';
    }

    text[2 * count] = ']';

    return sc_str_make(text, 2 * count + 1);
}


static void
token_limit(void **state)
{
    uint32_t         need, i;
    sc_json_limits_t limits = { 0, 0, 0 };

    static unsigned char text[140000];
    static const char every[] =
        "{\"a\":[1,\"b\",null],\"c\":{\"d\":true,\"e\":false},\"f\":{}}";

    (void) state;

    /* The default. */
    assert_int_equal(read_with(ones(text, 65535), TAPE, NULL), SC_JSON_OK);
    assert_int_equal(doc.count, 65536);
    assert_int_equal(read_with(ones(text, 65536), TAPE, NULL),
                     SC_JSON_ERROR_TOKENS);

    /* Each kind of token is the one too many once. */
    need = 14;

    assert_int_equal(read_with(SC_STR(every), need, NULL), SC_JSON_OK);
    assert_int_equal(doc.count, need);

    for (i = 0; i < need; i++) {
        memset(&tape[i], 0xa5, sizeof(tape[i]));

        assert_int_equal(read_with(SC_STR(every), i, NULL),
                         SC_JSON_ERROR_TOKENS);
        assert_int_equal(tape[i].start, 0xa5a5a5a5);

        limits.tokens = i == 0 ? 1 : i;
        assert_int_equal(read_with(SC_STR(every), TAPE, &limits),
                         SC_JSON_ERROR_TOKENS);
    }

    limits.tokens = need;
    assert_int_equal(read_with(SC_STR(every), TAPE, &limits), SC_JSON_OK);
    assert_int_equal(read_with(SC_STR("1"), 0, NULL), SC_JSON_ERROR_TOKENS);
}


static void
string_limit(void **state)
{
    sc_json_limits_t limits = { 0, 0, 0 };

    static unsigned char text[65536 + 8];

    (void) state;

    memset(text, 'a', sizeof(text));
    text[0] = '"';
    text[65536 + 1] = '"';
    assert_int_equal(read_with(sc_str_make(text, 65536 + 2), TAPE, NULL),
                     SC_JSON_OK);

    text[65536 + 1] = 'a';
    text[65536 + 2] = '"';
    assert_int_equal(read_with(sc_str_make(text, 65536 + 3), TAPE, NULL),
                     SC_JSON_ERROR_STRING);
    assert_int_equal(doc.error_offset, 0);

    limits.string_bytes = 4;
    assert_int_equal(read_with(SC_STR("{\"abcd\":\"\\n\\n\"}"), TAPE, &limits),
                     SC_JSON_OK);
    assert_int_equal(read_with(SC_STR("{\"abcde\":1}"), TAPE, &limits),
                     SC_JSON_ERROR_STRING);
    assert_int_equal(read_with(SC_STR("[\"\\n\\n.\"]"), TAPE, &limits),
                     SC_JSON_ERROR_STRING);

    /* Numbers are bounded by the body alone. */
    assert_int_equal(read_with(SC_STR("[1234567]"), TAPE, &limits),
                     SC_JSON_OK);
}


static void
text_of_four_gigabytes(void **state)
{
    unsigned char byte;

    (void) state;

    byte = '1';

    /* Refused by its length alone: the rest of it is never looked at. */
    assert_int_equal(sc_json_read(&doc,
                                  sc_str_make(&byte, (size_t) UINT32_MAX + 1),
                                  tape, TAPE, NULL),
                     SC_JSON_ERROR_TOKENS);
}


static void
count_bound(void **state)
{
    size_t               len, i;
    unsigned             seed;
    uint32_t             expected;
    unsigned char       *copy;
    static unsigned char text[20000];

    static const char bytes[] = ",:{}[]\"a1 \\;+-[[{{,,::\x5b\x7b\xac\xba\xfb";

    (void) state;

    assert_int_equal(sc_json_count_bound(SC_STR_NULL), 1);
    assert_int_equal(sc_json_count_bound(SC_STR("1")), 1);
    assert_int_equal(sc_json_count_bound(SC_STR("{\"a\":[1,2]}")), 5);

    /* More of them than one byte can count, in each lane. */
    memset(text, ',', sizeof(text));
    assert_int_equal(sc_json_count_bound(sc_str_make(text, sizeof(text))),
                     sizeof(text) + 1);

    seed = 1;

    for (len = 0; len < 300; len++) {
        copy = malloc(len + 1);
        assert_non_null(copy);
        expected = 1;

        for (i = 0; i < len; i++) {
            seed = seed * 1103515245 + 12345;
            copy[i] = (unsigned char) bytes[(seed >> 16) % (COUNT(bytes) - 1)];
            expected += strchr(",:{[", copy[i]) != NULL;
        }

        /* Moved to the end, so that the byte behind is not ours. */
        memmove(copy + 1, copy, len);
        assert_int_equal(sc_json_count_bound(sc_str_make(copy + 1, len)),
                         expected);
        free(copy);
    }
}


static void
tokens_of_a_document(void **state)
{
    (void) state;

    must_read("{\"a\":[1,-2.5],\"\\u0062\":\"\xc3\xa9\",\"c\":{}}");

    assert_int_equal(doc.count, 9);

    assert_int_equal(tape[0].type, SC_JSON_OBJECT);
    assert_int_equal(tape[0].length, 3);
    assert_int_equal(tape[0].depth, 0);

    assert_int_equal(tape[1].type, SC_JSON_STRING);
    assert_int_equal(tape[1].start, 2);
    assert_int_equal(tape[1].length, 1);
    assert_int_equal(tape[1].flags, SC_JSON_ASCII);
    assert_int_equal(tape[1].depth, 1);
    assert_int_equal(tape[1].next, 2);

    assert_int_equal(tape[2].type, SC_JSON_ARRAY);
    assert_int_equal(tape[2].length, 2);
    assert_int_equal(tape[2].next, 5);

    assert_int_equal(tape[3].flags, SC_JSON_INTEGER);
    assert_int_equal(tape[3].depth, 2);
    assert_int_equal(tape[4].flags, 0);
    assert_int_equal(tape[4].length, 4);

    assert_int_equal(tape[5].flags, SC_JSON_ASCII | SC_JSON_ESCAPED);
    assert_int_equal(tape[5].length, 6);
    assert_int_equal(tape[6].flags, 0);
    assert_int_equal(tape[8].length, 0);
    assert_int_equal(tape[8].next, 9);
}


static void
unescaping(void **state)
{
    size_t   i;
    sc_str_t value;

    static const struct {
        const char *text;
        const char *value;
    } cases[] = {
        { "\"\"", "" },
        { "\"plain\"", "plain" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
        { "\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac" },
        { "\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"",
          "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf" },
        { "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
        { "\"\\uD800\\uDC00\\uDBFF\\uDFFF\"",
          "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
        { "\"a\\nb\xc3\xa9\\tc\"", "a\nb\xc3\xa9\tc" },
        { "\"\\\\n\\\\u0041\"", "\\n\\u0041" },

        /* Half pairs: one U+FFFD each, and nothing else is lost. */
        { "\"\\ud83d\"", "\xef\xbf\xbd" },
        { "\"\\ude00\"", "\xef\xbf\xbd" },
        { "\"a\\ud83db\"", "a\xef\xbf\xbd" "b" },
        { "\"\\ud83d\\u0041\"", "\xef\xbf\xbd" "A" },
        { "\"\\ud83d\\n\"", "\xef\xbf\xbd\n" },
        { "\"\\ude00\\ud83d\"", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
        { "\"\\udc00\\udc00\"", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\"\\udfff\\ue000\"", "\xef\xbf\xbd\xee\x80\x80" },
        { "\"\\ud800\\ue000\"", "\xef\xbf\xbd\xee\x80\x80" },
        { "\"\\udbff\\udbff\"", "\xef\xbf\xbd\xef\xbf\xbd" },
        { "\"\\ud7ff\\ue000\"", "\xed\x9f\xbf\xee\x80\x80" },
        { "\"\\ud83d\\ude00\\ude00\"", "\xf0\x9f\x98\x80\xef\xbf\xbd" },
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        must_read(cases[i].text);
        assert_true(sc_json_string(&doc, sc_json_root(&doc), &arena, &value));
        assert_str(value, cases[i].value);
        assert_true(sc_utf8_is_valid(value));
        assert_true(sc_json_string_is(&doc, sc_json_root(&doc), value));

        /* Neither what it starts with nor what goes on is the same. */
        if (value.len > 0) {
            assert_false(sc_json_string_is(&doc, sc_json_root(&doc),
                             sc_str_first(value, value.len - 1)));
        }

        assert_false(sc_json_string_is(&doc, sc_json_root(&doc),
                                       SC_STR("something else altogether")));
    }
}


static void
strings_and_the_arena(void **state)
{
    sc_str_t value;

    (void) state;

    must_read("[\"plain\",\"es\\ncaped\",1,null]");
    fresh_arena(8);

    /* Unescaped text stands in the document. */
    assert_true(sc_json_string(&doc, at("/0"), &arena, &value));
    assert_ptr_equal(value.data, doc.text.data + 2);
    assert_ptr_equal(arena.free, memory);

    /* Nine bytes as it stands, and the arena has eight. */
    assert_false(sc_json_string(&doc, at("/1"), &arena, &value));
    assert_int_equal(value.len, 0);
    assert_null(value.data);

    fresh_arena(9);
    assert_true(sc_json_string(&doc, at("/1"), &arena, &value));
    assert_str(value, "es\ncaped");

    value = SC_STR("before");
    assert_false(sc_json_string(&doc, at("/2"), &arena, &value));
    assert_int_equal(value.len, 0);

    value = SC_STR("before");
    assert_false(sc_json_string(&doc, NULL, &arena, &value));
    assert_int_equal(value.len, 0);
}


static void
ids(void **state)
{
    sc_str_t value;

    (void) state;

    must_read("[9007199254740993,\"17841400001112223\",-42,1.0,1e3,true,null,"
              "{},123456789012345678901234567890,\"\\u0031x\",\"\"]");

    assert_true(sc_json_id(&doc, at("/0"), &arena, &value));
    assert_str(value, "9007199254740993");
    assert_true(sc_json_id(&doc, at("/1"), &arena, &value));
    assert_str(value, "17841400001112223");
    assert_true(sc_json_id(&doc, at("/2"), &arena, &value));
    assert_str(value, "-42");
    assert_true(sc_json_id(&doc, at("/8"), &arena, &value));
    assert_str(value, "123456789012345678901234567890");
    assert_true(sc_json_id(&doc, at("/9"), &arena, &value));
    assert_str(value, "1x");
    assert_true(sc_json_id(&doc, at("/10"), &arena, &value));
    assert_str(value, "");

    assert_false(sc_json_id(&doc, at("/3"), &arena, &value));
    assert_int_equal(value.len, 0);
    assert_false(sc_json_id(&doc, at("/4"), &arena, &value));
    assert_false(sc_json_id(&doc, at("/5"), &arena, &value));
    assert_false(sc_json_id(&doc, at("/6"), &arena, &value));
    assert_false(sc_json_id(&doc, at("/7"), &arena, &value));
    assert_false(sc_json_id(&doc, NULL, &arena, &value));

    /* An escaped id that the arena cannot hold. */
    fresh_arena(1);
    assert_false(sc_json_id(&doc, at("/9"), &arena, &value));
}


static void
integers(void **state)
{
    size_t  i;
    int64_t value;

    static const struct {
        const char *text;
        bool        good;
        int64_t     value;
    } cases[] = {
        { "0", true, 0 }, { "-0", true, 0 }, { "-1", true, -1 },
        { "9007199254740993", true, INT64_C(9007199254740993) },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775809", false, 0 },
        { "18446744073709551616", false, 0 },
        { "1.0", false, 0 }, { "1e3", false, 0 }, { "-1E1", false, 0 },
        { "\"1768471212\"", true, 1768471212 },
        { "\"-5\"", true, -5 }, { "\"007\"", true, 7 },
        { "\"\\u0031\\u0032\"", true, 12 },
        { "\"\\u0031\\n\"", false, 0 },
        { "\"\"", false, 0 }, { "\"-\"", false, 0 }, { "\" 1\"", false, 0 },
        { "\"1 \"", false, 0 }, { "\"+1\"", false, 0 }, { "\"1e3\"", false, 0 },
        { "\"0x1\"", false, 0 }, { "\"--1\"", false, 0 },
        { "\"1.5\"", false, 0 }, { "true", false, 0 }, { "null", false, 0 },
        { "[]", false, 0 }, { "{}", false, 0 },

        /* Twenty escapes are the most that a number can be, not more. */
        { "\"\\u002d\\u0039\\u0032\\u0032\\u0033\\u0033\\u0037\\u0032\\u0030"
          "\\u0033\\u0036\\u0038\\u0035\\u0034\\u0037\\u0037\\u0035\\u0038"
          "\\u0030\\u0038\"", true, INT64_MIN },
        { "\"\\u002d\\u0039\\u0032\\u0032\\u0033\\u0033\\u0037\\u0032\\u0030"
          "\\u0033\\u0036\\u0038\\u0035\\u0034\\u0037\\u0037\\u0035\\u0038"
          "\\u0030\\u0038\\u0030\"", false, 0 },

        /* Long, and nearly all of it as long without its escapes. */
        { "\"\\u0031" "0000000000000000000000000000000000000000000000000000"
          "0000000000000000000000000000000000000000000000000000000000000000"
          "000000000000000000\"", false, 0 },
    };

    (void) state;

    for (i = 0; i < COUNT(cases); i++) {
        must_read(cases[i].text);
        value = 77;
        assert_int_equal(sc_json_int64(&doc, sc_json_root(&doc), &value),
                         cases[i].good);

        if (cases[i].good) {
            assert_true(value == cases[i].value);
        }
    }

    assert_false(sc_json_int64(&doc, NULL, &value));
}


static void
members(void **state)
{
    const sc_json_token_t *root;

    (void) state;

    must_read("{\"id\":1,\"user\":{\"id\":2,\"x\":null},\"\":3,\"list\":[4]}");
    root = sc_json_root(&doc);

    assert_raw("/id", "1");
    assert_ptr_equal(sc_json_member(&doc, root, "id"), at("/id"));
    assert_str(sc_json_raw(&doc, sc_json_member(&doc,
                   sc_json_member(&doc, root, "user"), "id")), "2");
    assert_str(sc_json_raw(&doc, sc_json_get(&doc, root, SC_STR(""))), "3");

    assert_null(sc_json_member(&doc, root, "i"));
    assert_null(sc_json_member(&doc, root, "idx"));
    assert_null(sc_json_member(&doc, root, "x"));
    assert_null(sc_json_member(&doc, sc_json_member(&doc, root, "list"), "4"));
    assert_null(sc_json_member(&doc, sc_json_member(&doc, root, "id"), "id"));
    assert_null(sc_json_member(&doc, NULL, "id"));

    /* null is there, but not set. */
    assert_true(sc_json_is(at("/user/x"), SC_JSON_NULL));
    assert_null(sc_json_get_set(&doc, at("/user"), SC_STR("x")));
    assert_non_null(sc_json_get_set(&doc, at("/user"), SC_STR("id")));
    assert_null(sc_json_get_set(&doc, NULL, SC_STR("id")));
    assert_null(sc_json_get_set(&doc, at("/user"), SC_STR("absent")));

    assert_false(doc.duplicate);
}


static void
duplicates(void **state)
{
    (void) state;

    must_read("{\"id\":1,\"i\\u0064\":2,\"a\":3,\"b\":{\"a\":4}}");

    assert_raw("/a", "3");
    assert_null(sc_json_member(&doc, sc_json_root(&doc), "c"));
    assert_raw("/b/a", "4");
    assert_false(doc.duplicate);

    assert_str(sc_json_raw(&doc, sc_json_member(&doc, sc_json_root(&doc),
                                                "id")), "1");
    assert_true(doc.duplicate);

    must_read("{\"\\u0069d\":1,\"id\":2}");
    assert_false(doc.duplicate);
    assert_raw("/id", "1");
    assert_true(doc.duplicate);

    must_read("{\"a\":1,\"b\":[{\"a\":1},{\"a\":2}],\"c\":3,\"a\":{}}");
    assert_raw("/b/1/a", "2");
    assert_raw("/c", "3");
    assert_false(doc.duplicate);
    assert_raw("/a", "1");
    assert_true(doc.duplicate);

    /* Names are compared as text: another form of e-acute is another name. */
    must_read("{\"\xc3\xa9\":1,\"e\\u0301\":2,\"\\u00e9\":3}");
    assert_raw("/e\xcc\x81", "2");
    assert_false(doc.duplicate);
    assert_raw("/\xc3\xa9", "1");
    assert_true(doc.duplicate);
}


/* An object of `count` members n0 … with their numbers, then `last`. */
static void
read_members(char *text, size_t size, unsigned count, const char *last)
{
    unsigned i;
    size_t   len;

    len = (size_t) snprintf(text, size, "{\"o\":{");

    for (i = 0; i < count; i++) {
        len += (size_t) snprintf(text + len, size - len, "%s\"n%u\":%u",
                                 i > 0 ? "," : "", i, i);
    }

    len += (size_t) snprintf(text + len, size - len, "%s}}", last);
    assert_in_range(len, 1, size - 1);

    assert_int_equal(read_with(sc_str_make(text, len), 4096, NULL), SC_JSON_OK);
}


/* As often as it takes to look through, to claim an index and to use it. */
static void
assert_members(unsigned count, bool duplicate)
{
    char                   name[16];
    unsigned               i, round;
    int64_t                value;
    const sc_json_token_t *object, *found;

    object = sc_json_member(&doc, sc_json_root(&doc), "o");

    for (round = 0; round < 3; round++) {
        for (i = 1; i < count; i++) {
            (void) snprintf(name, sizeof(name), "n%u", i);

            found = sc_json_get(&doc, object, sc_str_from_cstring(name));
            assert_true(sc_json_int64(&doc, found, &value));
            assert_int_equal(value, i);
        }

        assert_null(sc_json_member(&doc, object, "m1"));
        assert_null(sc_json_member(&doc, object, ""));
        assert_false(doc.duplicate);

        assert_non_null(sc_json_member(&doc, object, "n0"));
        assert_int_equal(doc.duplicate, duplicate);
        doc.duplicate = false;
    }
}


/* Objects on both sides of where an index begins to pay, and where it ends. */
static void
objects_of_all_sizes(void **state)
{
    unsigned    count;
    static char text[8192];

    (void) state;

    for (count = 1; count < 140; count++) {
        read_members(text, sizeof(text), count, "");
        assert_members(count, false);

        read_members(text, sizeof(text), count, ",\"n0\":true");
        assert_members(count, true);

        read_members(text, sizeof(text), count, ",\"\\u006e0\":true");
        assert_members(count, true);

        read_members(text, sizeof(text), count, ",\"x\":1,\"x\":2");
        assert_members(count, false);
    }
}


/* An empty name is never sought in an index, but stands in it. */
static void
an_empty_name_among_many(void **state)
{
    (void) state;

    must_read("{\"\":0,\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,"
              "\"g\":7,\"h\":8,\"i\":9,\"\":10}");

    assert_ptr_equal(sc_json_member(&doc, tape, "a"), &tape[4]);
    assert_ptr_equal(sc_json_member(&doc, tape, "i"), &tape[20]);
    assert_null(sc_json_member(&doc, tape, "j"));
    assert_false(doc.duplicate);

    assert_ptr_equal(sc_json_get(&doc, tape, SC_STR_NULL), &tape[2]);
    assert_true(doc.duplicate);
}


/* Names stand farther behind their object than an index can tell. */
static void
an_object_too_long_for_an_index(void **state)
{
    enum { ELEMENTS = 66000, TOKENS = ELEMENTS + 64 };

    size_t                 len;
    unsigned               i;
    char                   name[2] = "a";
    sc_json_doc_t          large;
    static char            text[2 * ELEMENTS + 256];
    static sc_json_token_t tokens[TOKENS];

    const sc_json_limits_t limits = { 0, TOKENS, 0 };

    (void) state;

    len = (size_t) snprintf(text, sizeof(text), "{\"list\":[0");

    for (i = 1; i < ELEMENTS; i++) {
        text[len++] = ',';
        text[len++] = '0';
    }

    text[len++] = ']';

    for (name[0] = 'a'; name[0] <= 'p'; name[0]++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, ",\"%s\":%d",
                                 name, name[0]);
    }

    text[len++] = '}';

    assert_int_equal(sc_json_read(&large, sc_str_make(text, len), tokens,
                                  TOKENS, &limits), SC_JSON_OK);

    for (i = 0; i < 2; i++) {
        for (name[0] = 'a'; name[0] <= 'p'; name[0]++) {
            assert_ptr_equal(sc_json_member(&large, tokens, name),
                             &tokens[large.count - 1
                                     - 2 * (size_t) ('p' - name[0])]);
        }

        assert_null(sc_json_member(&large, tokens, "q"));
    }
}


/* More of them than there are indexes, asked in turn. */
static void
many_large_objects(void **state)
{
    unsigned               i, n, round;
    int64_t                value;
    size_t                 len;
    static char            text[16384];
    const sc_json_token_t *object;

    (void) state;

    len = (size_t) snprintf(text, sizeof(text), "[");

    for (n = 0; n < 9; n++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "%s{\"v\":%u",
                                 n > 0 ? "," : "", n);

        for (i = 0; i < 20; i++) {
            len += (size_t) snprintf(text + len, sizeof(text) - len,
                                     ",\"k%u\":%u", i, 100 * n + i);
        }

        len += (size_t) snprintf(text + len, sizeof(text) - len, "}");
    }

    len += (size_t) snprintf(text + len, sizeof(text) - len, "]");

    assert_int_equal(read_with(sc_str_make(text, len), 4096, NULL), SC_JSON_OK);

    for (round = 0; round < 4; round++) {
        object = NULL;

        for (n = 0; n < 9; n++) {
            object = sc_json_next(&doc, sc_json_root(&doc), object, NULL);

            for (i = 0; i <= n % 3; i++) {
                assert_true(sc_json_int64(&doc, sc_json_member(&doc, object,
                                                               "k7"), &value));
                assert_int_equal(value, 100 * n + 7);
            }
        }
    }

    assert_false(doc.duplicate);
}


static void
iteration(void **state)
{
    size_t                 count;
    sc_str_t               text;
    const sc_json_token_t *root, *child, *name;

    (void) state;

    must_read("{\"a\":[1,[2,3],{\"x\":4}],\"\\u0062\":\"c\",\"d\":{}}");
    root = sc_json_root(&doc);

    child = sc_json_next(&doc, root, NULL, &name);
    assert_true(sc_json_string_is(&doc, name, SC_STR("a")));
    assert_str(sc_json_raw(&doc, child), "[1,[2,3],{\"x\":4}]");

    child = sc_json_next(&doc, root, child, &name);
    assert_true(sc_json_string(&doc, name, &arena, &text));
    assert_str(text, "b");
    assert_str(sc_json_raw(&doc, child), "\"c\"");

    child = sc_json_next(&doc, root, child, NULL);
    assert_str(sc_json_raw(&doc, child), "{}");
    assert_null(sc_json_next(&doc, child, NULL, &name));

    assert_null(sc_json_next(&doc, root, child, &name));
    assert_null(name);

    count = 0;
    child = NULL;
    name = root;

    while ((child = sc_json_next(&doc, at("/a"), child, &name)) != NULL) {
        assert_null(name);
        count++;
    }

    assert_int_equal(count, 3);
    assert_int_equal(at("/a")->length, 3);

    assert_null(sc_json_next(&doc, NULL, NULL, NULL));
    assert_null(sc_json_next(&doc, at("/b"), NULL, NULL));

    must_read("[]");
    assert_null(sc_json_next(&doc, sc_json_root(&doc), NULL, NULL));
}


/* The examples of RFC 6901 section 5, and what it says is an error. */
static void
pointers(void **state)
{
    size_t i;

    static const char *const absent[] = {
        "foo", "/foo/", "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1",
        "/foo/-1", "/foo/1e0", "/foo/0/0", "/foo/bar", "/fo", "/fooo", "//",
        "/ /", "/m~", "/m~2n", "/a~2b", "/m~n", "/~", "/~1", "/a~0b", "/foo~",
        "/foo/18446744073709551616", "#/foo", " ",
    };

    (void) state;

    must_read("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,"
              "\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,"
              "\"m~n\":8,\"~1\":9,\"long\":{\"~/\":[{\"x\":10}]}}");

    assert_ptr_equal(at(""), sc_json_root(&doc));
    assert_raw("/foo", "[\"bar\",\"baz\"]");
    assert_raw("/foo/0", "\"bar\"");
    assert_raw("/foo/1", "\"baz\"");
    assert_raw("/", "0");
    assert_raw("/a~1b", "1");
    assert_raw("/c%d", "2");
    assert_raw("/e^f", "3");
    assert_raw("/g|h", "4");
    assert_raw("/i\\j", "5");
    assert_raw("/k\"l", "6");
    assert_raw("/ ", "7");
    assert_raw("/m~0n", "8");
    assert_raw("/~01", "9");
    assert_raw("/long/~0~1/0/x", "10");

    for (i = 0; i < COUNT(absent); i++) {
        assert_null(at(absent[i]));
    }

    /* Nothing is looked at behind the pointer's end. */
    assert_null(sc_json_pointer(&doc, at(""), sc_str_make("/foo", 3)));

    /* From a value further in; from nothing. */
    assert_str(sc_json_raw(&doc, sc_json_pointer(&doc, at("/foo"),
                                                 SC_STR("/1"))), "\"baz\"");
    assert_ptr_equal(sc_json_pointer(&doc, at("/foo"), SC_STR("")),
                     at("/foo"));
    assert_null(sc_json_pointer(&doc, NULL, SC_STR("/foo")));
    assert_null(sc_json_pointer(&doc, NULL, SC_STR("")));
    assert_false(doc.duplicate);

    must_read("{\"a~b\":1,\"a\\u007eb\":2}");
    assert_raw("/a~0b", "1");
    assert_true(doc.duplicate);

    /* Half an escape is none, whatever stands behind the pointer. */
    must_read("{\"a~\":1}");
    assert_raw("/a~0", "1");
    assert_null(sc_json_pointer(&doc, at(""), sc_str_make("/a~0", 3)));

    /* A document that was refused has nothing in it. */
    assert_int_equal(read_text(SC_STR("[1")), SC_JSON_ERROR_SYNTAX);
    assert_null(at(""));
    assert_null(at("/0"));
}


static void
raw_values(void **state)
{
    (void) state;

    must_read(" { \"a\" : [ 1 , [ ] , { \"b\" : \"]}\" } ] , \"c\" : {  } , "
              "\"d\" : [ [ [ \"x\\\"\" ] ] ] , \"e\" : -1.50 , "
              "\"f\" : true } ");

    assert_raw("/a", "[ 1 , [ ] , { \"b\" : \"]}\" } ]");
    assert_raw("/a/0", "1");
    assert_raw("/a/1", "[ ]");
    assert_raw("/a/2", "{ \"b\" : \"]}\" }");
    assert_raw("/a/2/b", "\"]}\"");
    assert_raw("/c", "{  }");
    assert_raw("/d", "[ [ [ \"x\\\"\" ] ] ]");
    assert_raw("/d/0", "[ [ \"x\\\"\" ] ]");
    assert_raw("/d/0/0/0", "\"x\\\"\"");
    assert_raw("/e", "-1.50");
    assert_raw("/f", "true");

    /* The whole value, without the white space around it. */
    assert_int_equal(sc_json_raw(&doc, at("")).len, doc.text.len - 2);

    assert_null(sc_json_raw(&doc, NULL).data);
    assert_int_equal(sc_json_raw(&doc, NULL).len, 0);

    must_read("[[{}]]");
    assert_raw("", "[[{}]]");
    assert_raw("/0", "[{}]");
    assert_raw("/0/0", "{}");
}


static void
kinds(void **state)
{
    (void) state;

    must_read("[true,false,null,0,\"true\",[],{}]");

    assert_true(sc_json_is_true(at("/0")));
    assert_false(sc_json_is_true(at("/1")));
    assert_false(sc_json_is_true(at("/4")));
    assert_false(sc_json_is_true(NULL));

    assert_true(sc_json_is(at("/1"), SC_JSON_FALSE));
    assert_true(sc_json_is(at("/2"), SC_JSON_NULL));
    assert_true(sc_json_is(at("/3"), SC_JSON_NUMBER));
    assert_true(sc_json_is(at("/4"), SC_JSON_STRING));
    assert_true(sc_json_is(at("/5"), SC_JSON_ARRAY));
    assert_true(sc_json_is(at("/6"), SC_JSON_OBJECT));
    assert_false(sc_json_is(at("/6"), SC_JSON_ARRAY));
    assert_false(sc_json_is(NULL, SC_JSON_NULL));

    assert_true(sc_json_string_is(&doc, at("/4"), SC_STR("true")));
    assert_false(sc_json_string_is(&doc, at("/0"), SC_STR("true")));
    assert_false(sc_json_string_is(&doc, NULL, SC_STR("")));
}


static void
status_names(void **state)
{
    int status, other;

    (void) state;

    for (status = SC_JSON_OK; status <= SC_JSON_ERROR_STRING; status++) {
        assert_string_not_equal(sc_json_status_name((sc_json_status_t) status),
                                "unknown");

        for (other = SC_JSON_OK; other < status; other++) {
            assert_string_not_equal(
                sc_json_status_name((sc_json_status_t) status),
                sc_json_status_name((sc_json_status_t) other));
        }
    }

    assert_string_equal(sc_json_status_name((sc_json_status_t) 99), "unknown");
}


/* Every sample, value by value, against jansson. */

static void compare(const sc_json_token_t *token, json_t *other);


static void
compare_object(const sc_json_token_t *token, json_t *other)
{
    size_t                 count;
    json_t                *value;
    sc_str_t               text;
    const sc_json_token_t *child, *name;

    count = 0;
    child = NULL;

    while ((child = sc_json_next(&doc, token, child, &name)) != NULL) {
        assert_true(sc_json_string(&doc, name, &arena, &text));
        value = json_object_getn(other, (const char *) text.data, text.len);

        assert_non_null(value);
        assert_ptr_equal(sc_json_get(&doc, token, text), child);
        compare(child, value);
        count++;
    }

    assert_int_equal(count, json_object_size(other));
    assert_int_equal(count, token->length);
}


static void
compare_array(const sc_json_token_t *token, json_t *other)
{
    size_t                 count;
    const sc_json_token_t *child;

    count = 0;
    child = NULL;

    while ((child = sc_json_next(&doc, token, child, NULL)) != NULL) {
        compare(child, json_array_get(other, count++));
    }

    assert_int_equal(count, json_array_size(other));
    assert_int_equal(count, token->length);
}


static void
compare_number(const sc_json_token_t *token, json_t *other)
{
    char      text[64];
    int64_t   integer;
    sc_str_t  raw;

    if (json_is_integer(other)) {
        assert_true(sc_json_int64(&doc, token, &integer));
        assert_true(integer == json_integer_value(other));
        return;
    }

    raw = sc_json_raw(&doc, token);
    assert_true(json_is_real(other));
    assert_in_range(raw.len, 1, sizeof(text) - 1);

    memcpy(text, raw.data, raw.len);
    text[raw.len] = '\0';

    assert_true(strtod(text, NULL) == json_real_value(other));
}


static void
compare(const sc_json_token_t *token, json_t *other)
{
    sc_str_t text;

    assert_non_null(token);
    assert_non_null(other);

    switch ((sc_json_type_t) token->type) {

    case SC_JSON_OBJECT:
        assert_true(json_is_object(other));
        compare_object(token, other);
        break;

    case SC_JSON_ARRAY:
        assert_true(json_is_array(other));
        compare_array(token, other);
        break;

    case SC_JSON_STRING:
        assert_true(json_is_string(other));
        assert_true(sc_json_string(&doc, token, &arena, &text));
        assert_true(sc_str_eq(text, sc_str_make(json_string_value(other),
                                        json_string_length(other))));
        break;

    case SC_JSON_NUMBER:
        compare_number(token, other);
        break;

    case SC_JSON_TRUE:
        assert_true(json_is_true(other));
        break;

    case SC_JSON_FALSE:
        assert_true(json_is_false(other));
        break;

    case SC_JSON_NULL:
        assert_true(json_is_null(other));
        break;
    }
}


static unsigned samples, refused_samples;


static void
compare_text(const char *path, sc_str_t text)
{
    json_t           *other;
    sc_json_status_t  status;

    other = json_loadb((const char *) text.data, text.len, JSON_DECODE_ANY,
                       NULL);
    status = read_text(text);

    if ((status == SC_JSON_OK) != (other != NULL)) {
        fail_msg("%s: reader says %s, jansson %s", path,
                 sc_json_status_name(status), other ? "ok" : "no");
    }

    if (other == NULL) {
        refused_samples++;
        return;
    }

    compare(sc_json_root(&doc), other);
    assert_false(doc.duplicate);

    json_decref(other);
    samples++;
}


static int
compare_sample(const char *path, const struct stat *info, int type,
    struct FTW *where)
{
    FILE                 *file;
    size_t                len;
    const char           *end;
    static unsigned char  text[1 << 20];

    (void) info;
    (void) where;

    end = strrchr(path, '.');

    if (type != FTW_F || end == NULL || strcmp(end, ".json") != 0) {
        return 0;
    }

    file = fopen(path, "rb");
    assert_non_null(file);

    len = fread(text, 1, sizeof(text), file);
    assert_in_range(len, 1, sizeof(text) - 1);
    fclose(file);

    compare_text(path, sc_str_make(text, len));

    return 0;
}


static void
samples_as_jansson_reads_them(void **state)
{
    (void) state;

    assert_int_equal(nftw(SC_TOP "/tests/fixtures", compare_sample, 16,
                          FTW_PHYS), 0);

    /* The samples are there, and hardly any of them is broken on purpose. */
    assert_true(samples > 200);
    assert_true(refused_samples < 10);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_structure),
        cmocka_unit_test(refuses_structure),
        cmocka_unit_test(literals),
        cmocka_unit_test(numbers),
        cmocka_unit_test(strings),
        cmocka_unit_test(utf8),
        cmocka_unit_test(special_bytes_anywhere),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(error_offsets),
        cmocka_unit_test(a_look_and_care),
        cmocka_unit_test(depth_limit),
        cmocka_unit_test(token_limit),
        cmocka_unit_test(string_limit),
        cmocka_unit_test(text_of_four_gigabytes),
        cmocka_unit_test(count_bound),
        cmocka_unit_test(tokens_of_a_document),
        cmocka_unit_test(unescaping),
        cmocka_unit_test(strings_and_the_arena),
        cmocka_unit_test(ids),
        cmocka_unit_test(integers),
        cmocka_unit_test(members),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(objects_of_all_sizes),
        cmocka_unit_test(an_empty_name_among_many),
        cmocka_unit_test(an_object_too_long_for_an_index),
        cmocka_unit_test(many_large_objects),
        cmocka_unit_test(iteration),
        cmocka_unit_test(pointers),
        cmocka_unit_test(raw_values),
        cmocka_unit_test(kinds),
        cmocka_unit_test(status_names),
        cmocka_unit_test(samples_as_jansson_reads_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
