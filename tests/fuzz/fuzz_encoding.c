/*
 * fuzz_encoding.c: every decoder on the same input, from memory of its exact
 * size.  What a strict decoder accepts, the encoder must give back.
 *
 * The first line, where there is one, serves as Content-Type of a multipart
 * body or as the name that is looked for.
 */

#include <stdlib.h>

#include "no_block.h"
#include "sc_encoding.h"
#include "sc_multipart.h"


#define MAX_INPUT  8192

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
arena_over(sc_arena_t *arena, unsigned char *memory, size_t size)
{
    sc_arena_init(arena, no_block, NULL, size);
    arena->free = memory;
    arena->end = memory + size;
    arena->used = size;
}


static unsigned char
lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char) (c | 0x20) : c;
}


static void
check_hex(sc_str_t text)
{
    size_t         i, len;
    unsigned char *out, *back;

    out = malloc(text.len / 2 + 1);
    back = malloc(text.len + 1);
    CHECK(out != NULL && back != NULL);

    if (sc_hex_decode(text, out, text.len / 2, &len)) {
        CHECK(len * 2 == text.len);
        sc_hex_encode(sc_str_make(out, len), back);

        for (i = 0; i < text.len; i++) {
            CHECK(back[i] == lower(text.data[i]));
        }

    } else {
        CHECK(len == 0);
    }

    free(out);
    free(back);
}


static void
check_base64(sc_str_t text, sc_base64_kind_t kind)
{
    size_t         len, room;
    sc_str_t       plain, again;
    sc_buf_t       buf;
    unsigned char *out, *back;

    room = text.len / 4 * 3 + 3;
    out = malloc(room);
    back = malloc(text.len + 8);
    CHECK(out != NULL && back != NULL);

    if (sc_base64_decode(text, kind, out, room, &len)
        && kind != SC_BASE64_SPARE_BITS)
    {
        sc_buf_init_fixed(&buf, back, text.len + 8);
        sc_base64_encode(&buf, sc_str_make(out, len), kind);
        CHECK(!buf.failed);

        /* Padding is the one freedom that two of the kinds allow. */
        plain = sc_str_first(text, sc_str_find_byte(text, '='));
        again = sc_buf_str(&buf);
        CHECK(kind != SC_BASE64_PADDED || sc_str_eq(text, again));
        again = sc_str_first(again, sc_str_find_byte(again, '='));
        CHECK(sc_str_eq(plain, again));
    }

    free(out);
    free(back);
}


/* Encoding anything and decoding it gives it back. */
static void
check_percent(sc_str_t text, sc_arena_t *arena)
{
    sc_buf_t       buf;
    sc_str_t       decoded;
    unsigned char *out;

    out = malloc(3 * text.len + 1);
    CHECK(out != NULL);

    sc_buf_init_fixed(&buf, out, 3 * text.len + 1);
    sc_percent_encode(&buf, text);
    CHECK(!buf.failed);
    CHECK(sc_percent_is_valid(sc_buf_str(&buf)));

    if (sc_percent_decode(arena, sc_buf_str(&buf), true, &decoded)) {
        CHECK(sc_str_eq(decoded, text));
    }

    if (sc_percent_decode(arena, text, false, &decoded)) {
        CHECK(sc_percent_is_valid(text));
        CHECK(decoded.len <= text.len);
    }

    free(out);
}


static void
check_form(sc_str_t name, sc_str_t text, sc_arena_t *arena)
{
    bool       read;
    size_t     i, count;
    sc_str_t   value;
    sc_pair_t *pairs;

    read = sc_form_read(arena, text, 100, &pairs, &count);
    CHECK(read || (pairs == NULL && count == 0));
    CHECK(count <= 100);

    for (i = 0; i < count; i++) {
        CHECK(sc_pairs_get(pairs, count, pairs[i].name, &value));
    }

    if (sc_query_get_raw(text, name, &value) && value.len > 0) {
        CHECK(value.data >= text.data);
        CHECK(value.data + value.len <= text.data + text.len);
    }
}


static void
check_multipart(sc_str_t type, sc_str_t body)
{
    size_t              parts;
    sc_multipart_t      reader;
    sc_multipart_part_t part;

    if (!sc_multipart_start(&reader, type, body)) {
        return;
    }

    parts = 0;

    while (sc_multipart_next(&reader, &part)) {
        CHECK(part.name.len > 0);
        CHECK(part.body.data >= body.data);
        CHECK(part.body.data + part.body.len <= body.data + body.len);
        CHECK(++parts <= body.len);
    }

    CHECK(!sc_multipart_next(&reader, &part));
    (void) sc_multipart_is(type);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         at;
    sc_str_t       text, line, rest;
    sc_arena_t     arena;
    unsigned char *copy, *memory;

    if (size > MAX_INPUT) {
        return 0;
    }

    copy = malloc(size + 1);
    memory = malloc(16 * MAX_INPUT);
    CHECK(copy != NULL && memory != NULL);

    if (size > 0) {
        memcpy(copy, data, size);
    }

    text = sc_str_make(copy, size);
    arena_over(&arena, memory, 16 * MAX_INPUT);

    check_hex(text);
    check_base64(text, SC_BASE64_PADDED);
    check_base64(text, SC_BASE64_OPTIONAL);
    check_base64(text, SC_BASE64URL);
    check_base64(text, SC_BASE64_SPARE_BITS);
    check_percent(text, &arena);

    at = sc_str_find_byte(text, '\n');
    line = sc_str_first(text, at);
    rest = sc_str_from(text, at + 1);

    check_form(line, rest, &arena);
    check_multipart(line, rest);

    free(copy);
    free(memory);

    return 0;
}
