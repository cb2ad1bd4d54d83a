/*
 * fuzz_json_write.c: whatever bytes go into the writer, jansson and the core's
 * reader find the same text in what comes out: the bytes themselves where they
 * are UTF-8 without NUL, else the same with U+FFFD for each bad byte.
 */

#include <jansson.h>
#include <stdlib.h>

#include "no_block.h"
#include "sc_json.h"
#include "sc_json_write.h"


#define MAX_INPUT  16384

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/*
 * The expected text, built the slow way: the longest valid character at each
 * place as sc_utf8_is_valid() sees it, or U+FFFD.  `out` holds 3 * text.len.
 */
static sc_str_t
repaired(sc_str_t text, unsigned char *out)
{
    size_t length, used, most;

    used = 0;

    while (text.len > 0) {
        most = text.len < 4 ? text.len : 4;

        for (length = 1; length <= most; length++) {
            if (sc_utf8_is_valid(sc_str_first(text, length))) {
                break;
            }
        }

        if (length <= most) {
            memcpy(out + used, text.data, length);
            used += length;

        } else {
            memcpy(out + used, "\xef\xbf\xbd", 3);
            used += 3;
            length = 1;
        }

        text = sc_str_from(text, length);
    }

    return sc_str_make(out, used);
}


static void
check_jansson(sc_str_t json, sc_str_t expected)
{
    json_t *root, *text;

    root = json_loadb((const char *) json.data, json.len,
                      JSON_REJECT_DUPLICATES, NULL);
    CHECK(root != NULL);

    text = json_object_get(root, "text");

    /* Empty text is left out. */
    CHECK((text != NULL) == (expected.len > 0));
    CHECK(text == NULL
          || sc_str_eq(sc_str_make(json_string_value(text),
                                   json_string_length(text)), expected));

    CHECK(json_integer_value(json_object_get(root, "n")) == -1);

    json_decref(root);
}


static void
check_reader(sc_str_t json, sc_str_t expected, unsigned char *memory,
    size_t size)
{
    sc_str_t         text;
    sc_arena_t       arena;
    sc_json_doc_t    doc;
    sc_json_token_t  tokens[5];
    sc_json_limits_t limits = { 1, 5, UINT32_MAX };

    sc_arena_init(&arena, no_block, NULL, 0);
    arena.free = memory;
    arena.end = memory + size;

    CHECK(sc_json_read(&doc, json, tokens, 5, &limits) == SC_JSON_OK);

    if (expected.len > 0) {
        CHECK(sc_json_string(&doc, sc_json_member(&doc, sc_json_root(&doc),
                                                  "text"), &arena, &text));
        CHECK(sc_str_eq(text, expected));
    }
}


/* Nothing that a page or an old script engine would stumble over. */
static void
check_harmless(sc_str_t json)
{
    size_t i;

    CHECK(!sc_str_contains(json, SC_STR("</")));
    CHECK(!sc_str_contains(json, SC_STR("\xe2\x80\xa8")));
    CHECK(!sc_str_contains(json, SC_STR("\xe2\x80\xa9")));

    for (i = 0; i < json.len; i++) {
        CHECK(json.data[i] >= 0x20);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         room;
    sc_buf_t       buf;
    sc_str_t       text, expected;
    unsigned char *copy, *written, *memory;

    if (size > MAX_INPUT) {
        return 0;
    }

    /* No byte takes more than six. */
    room = 6 * size + 32;

    copy = malloc(size + (size == 0));
    written = malloc(room);
    memory = malloc(3 * size + room);
    CHECK(copy != NULL && written != NULL && memory != NULL);

    if (size > 0) {
        memcpy(copy, data, size);
    }

    text = sc_str_make(copy, size);

    sc_buf_init_fixed(&buf, written, room);
    sc_buf_append_byte(&buf, '{');
    sc_json_write_member(&buf, "text", text);
    sc_json_write_int(&buf, "n", -1);
    sc_buf_append_byte(&buf, '}');
    CHECK(!buf.failed);

    expected = repaired(text, memory);
    CHECK(sc_utf8_is_valid(expected));
    CHECK(sc_utf8_is_valid(text) == sc_str_eq(expected, text));

    check_harmless(sc_buf_str(&buf));
    check_jansson(sc_buf_str(&buf), expected);
    check_reader(sc_buf_str(&buf), expected, memory + expected.len,
                 3 * size + room - expected.len);

    free(memory);
    free(written);
    free(copy);

    return 0;
}
