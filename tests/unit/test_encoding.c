/*
 * test_encoding.c: decoders take exactly what they should, encoders give it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sc_encoding.h"


#define ARENA_SIZE  65536


typedef struct {
    unsigned char *memory;
    bool           taken;
} owner_t;


static void *
one_block(void *data, size_t size)
{
    owner_t *owner = data;

    if (owner->taken || size > ARENA_SIZE) {
        return NULL;
    }

    owner->taken = true;

    return owner->memory;
}


static void
arena_open(sc_arena_t *arena, owner_t *owner)
{
    owner->memory = malloc(ARENA_SIZE);
    owner->taken = false;
    assert_non_null(owner->memory);

    sc_arena_init(arena, one_block, owner, ARENA_SIZE);
}


/* Out of exactly sized memory, so that a read too many is seen. */
static bool
decode_base64(const char *text, sc_base64_kind_t kind, const char *expected)
{
    bool           done;
    size_t         len, size;
    unsigned char *out;
    char          *copy;

    size = strlen(text);
    copy = malloc(size == 0 ? 1 : size);
    out = malloc(size / 4 * 3 + 3);
    assert_non_null(copy);
    assert_non_null(out);
    memcpy(copy, text, size);

    done = sc_base64_decode(sc_str_make(copy, size), kind, out,
                            size / 4 * 3 + 3, &len);

    if (done && expected != NULL) {
        assert_int_equal(len, strlen(expected));
        assert_memory_equal(out, expected, len);
    }

    if (!done) {
        assert_int_equal(len, 0);
    }

    free(copy);
    free(out);

    return done;
}


static void
test_hex(void **state)
{
    size_t        len;
    unsigned char out[8], text[16];

    (void) state;

    assert_true(sc_hex_decode(SC_STR("00fFAb9"  "0"), out, 4, &len));
    assert_int_equal(len, 4);
    assert_memory_equal(out, "\x00\xff\xab\x90", 4);

    assert_true(sc_hex_decode(SC_STR(""), out, 0, &len));
    assert_int_equal(len, 0);

    assert_false(sc_hex_decode(SC_STR("0"), out, 8, &len));
    assert_false(sc_hex_decode(SC_STR("000"), out, 8, &len));
    assert_false(sc_hex_decode(SC_STR("0g"), out, 8, &len));
    assert_false(sc_hex_decode(SC_STR("g0"), out, 8, &len));
    assert_false(sc_hex_decode(SC_STR(" 0"), out, 8, &len));
    assert_false(sc_hex_decode(SC_STR("0:"), out, 8, &len));
    assert_false(sc_hex_decode(SC_STR("@0"), out, 8, &len));
    assert_false(sc_hex_decode(SC_STR("0`"), out, 8, &len));
    assert_false(sc_hex_decode(SC_STR("0/"), out, 8, &len));
    assert_false(sc_hex_decode(SC_STR("0G"), out, 8, &len));
    assert_false(sc_hex_decode(SC_STR("0000"), out, 1, &len));
    assert_int_equal(len, 0);

    sc_hex_encode(SC_STR("\x00\xff\xab\x90"), text);
    assert_memory_equal(text, "00ffab90", 8);
}


static void
test_base64(void **state)
{
    (void) state;

    assert_true(decode_base64("", SC_BASE64_PADDED, ""));
    assert_true(decode_base64("Zg==", SC_BASE64_PADDED, "f"));
    assert_true(decode_base64("Zm8=", SC_BASE64_PADDED, "fo"));
    assert_true(decode_base64("Zm9v", SC_BASE64_PADDED, "foo"));
    assert_true(decode_base64("Zm9vYg==", SC_BASE64_PADDED, "foob"));
    assert_true(decode_base64("+/+/", SC_BASE64_PADDED, "\xfb\xff\xbf"));
    assert_true(decode_base64("-_-_", SC_BASE64URL, "\xfb\xff\xbf"));

    /* Padding. */
    assert_false(decode_base64("Zg", SC_BASE64_PADDED, NULL));
    assert_false(decode_base64("Zm8", SC_BASE64_PADDED, NULL));
    assert_true(decode_base64("Zg", SC_BASE64_OPTIONAL, "f"));
    assert_true(decode_base64("Zm8", SC_BASE64_OPTIONAL, "fo"));
    assert_true(decode_base64("Zg==", SC_BASE64_OPTIONAL, "f"));
    assert_true(decode_base64("Zg", SC_BASE64URL, "f"));
    assert_true(decode_base64("Zg==", SC_BASE64URL, "f"));
    assert_false(decode_base64("Zg=", SC_BASE64_OPTIONAL, NULL));
    assert_false(decode_base64("Zg=", SC_BASE64URL, NULL));
    assert_false(decode_base64("Zg===", SC_BASE64_OPTIONAL, NULL));
    assert_false(decode_base64("Z===", SC_BASE64_PADDED, NULL));
    assert_false(decode_base64("====", SC_BASE64_PADDED, NULL));
    assert_false(decode_base64("=", SC_BASE64_OPTIONAL, NULL));
    assert_false(decode_base64("==", SC_BASE64_OPTIONAL, NULL));
    assert_false(decode_base64("Zg==Zg==", SC_BASE64_PADDED, NULL));
    assert_false(decode_base64("Zm9v====", SC_BASE64_PADDED, NULL));
    assert_false(decode_base64("Z", SC_BASE64_OPTIONAL, NULL));
    assert_false(decode_base64("Zm9vZ", SC_BASE64URL, NULL));

    /* Alphabet. */
    assert_false(decode_base64("Zm9v\n", SC_BASE64_OPTIONAL, NULL));
    assert_false(decode_base64("Zm 9", SC_BASE64_PADDED, NULL));
    assert_false(decode_base64("-_-_", SC_BASE64_PADDED, NULL));
    assert_false(decode_base64("+/+/", SC_BASE64URL, NULL));
    assert_false(decode_base64("Zm9\xc3", SC_BASE64_PADDED, NULL));

    /* Bits behind the last byte. */
    assert_false(decode_base64("Zh==", SC_BASE64_PADDED, NULL));
    assert_false(decode_base64("Zm9=", SC_BASE64_PADDED, NULL));
    assert_false(decode_base64("Zh", SC_BASE64URL, NULL));
    assert_true(decode_base64("Zh", SC_BASE64_SPARE_BITS, "f"));
    assert_true(decode_base64("Zm9", SC_BASE64_SPARE_BITS, "fo"));
}


/* The bits of each byte in each place, or none where it is of no alphabet. */
static void
test_base64_alphabets(void **state)
{
    int           kind;
    size_t        at, len, value;
    unsigned      c, bits;
    sc_str_t      alphabet;
    unsigned char text[4], out[3] = { 0, 0, 0 };

    (void) state;

    for (kind = SC_BASE64_PADDED; kind <= SC_BASE64_SPARE_BITS; kind++) {
        alphabet = kind == SC_BASE64URL
                   ? SC_STR("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                            "uvwxyz0123456789-_")
                   : SC_STR("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                            "uvwxyz0123456789+/");

        for (c = 0; c < 4 * 256; c++) {
            at = c / 256;

            memcpy(text, "AAAA", 4);
            text[at] = (unsigned char) (c % 256);
            value = sc_str_find_byte(alphabet, text[at]);

            /* That is padding, at the end. */
            if (text[at] == '=' && at == 3) {
                continue;
            }

            assert_true(sc_base64_decode(sc_str_make(text, 4),
                                         (sc_base64_kind_t) kind, out,
                                         sizeof(out), &len)
                        == (value < alphabet.len));
            assert_int_equal(len, value < alphabet.len ? 3 : 0);

            bits = (unsigned) out[0] << 16 | (unsigned) out[1] << 8 | out[2];
            assert_true(len == 0 || bits == value << (18 - 6 * at));
        }
    }
}


static void
test_base64_capacity(void **state)
{
    size_t        len;
    unsigned char out[4] = { 0, 0, 0, 0x5a };

    (void) state;

    assert_false(sc_base64_decode(SC_STR("Zm9vYg=="), SC_BASE64_PADDED, out,
                                  3, &len));
    assert_true(sc_base64_decode(SC_STR("Zm9v"), SC_BASE64_PADDED, out, 3,
                                 &len));
    assert_int_equal(out[3], 0x5a);
}


/* Every length, every kind: what was written is read back. */
static void
test_base64_round_trip(void **state)
{
    int           kind;
    size_t        i, len, n;
    sc_buf_t      buf;
    unsigned char data[80], text[128], back[128];

    (void) state;

    for (i = 0; i < sizeof(data); i++) {
        data[i] = (unsigned char) (i * 37 + 11);
    }

    for (kind = SC_BASE64_PADDED; kind <= SC_BASE64_SPARE_BITS; kind++) {
        for (n = 0; n <= sizeof(data); n++) {
            sc_buf_init_fixed(&buf, text, sizeof(text));
            sc_base64_encode(&buf, sc_str_make(data, n),
                             (sc_base64_kind_t) kind);
            assert_false(buf.failed);
            assert_int_equal(buf.len, kind == SC_BASE64URL
                                      ? (n * 4 + 2) / 3 : (n + 2) / 3 * 4);
            assert_true(sc_base64_decode(sc_buf_str(&buf),
                                         (sc_base64_kind_t) kind, back,
                                         sizeof(back), &len));
            assert_int_equal(len, n);
            assert_memory_equal(back, data, n);
        }
    }
}


static void
test_percent(void **state)
{
    owner_t       owner;
    sc_buf_t      buf;
    sc_str_t      out, plain;
    sc_arena_t    arena;
    unsigned char text[64];

    (void) state;

    arena_open(&arena, &owner);

    /* Nothing to decode: the same bytes, no memory. */
    plain = SC_STR("plain+text");
    assert_true(sc_percent_decode(&arena, plain, false, &out));
    assert_ptr_equal(out.data, plain.data);
    assert_false(owner.taken);

    assert_true(sc_percent_decode(&arena, plain, true, &out));
    assert_true(sc_str_eq(out, SC_STR("plain text")));
    assert_true(sc_percent_decode(&arena, SC_STR("%41%2b+%c3%Bc%00x"), false,
                                  &out));
    assert_true(sc_str_eq(out, SC_STR("A++\xc3\xbc\0x")));
    assert_true(sc_percent_decode(&arena, SC_STR("%2B+"), true, &out));
    assert_true(sc_str_eq(out, SC_STR("+ ")));

    assert_false(sc_percent_decode(&arena, SC_STR("%"), false, &out));
    assert_int_equal(out.len, 0);
    assert_false(sc_percent_decode(&arena, SC_STR("a%4"), false, &out));
    assert_false(sc_percent_decode(&arena, SC_STR("%4g"), false, &out));
    assert_false(sc_percent_decode(&arena, SC_STR("%g4"), false, &out));
    assert_false(sc_percent_decode(&arena, SC_STR("%%41"), false, &out));

    sc_buf_init_fixed(&buf, text, sizeof(text));
    sc_percent_encode(&buf, SC_STR("aZ09-._~ /\xc3\xbc+%"));
    assert_true(sc_str_eq(sc_buf_str(&buf),
                          SC_STR("aZ09-._~%20%2F%C3%BC%2B%25")));

    free(owner.memory);

    /* No memory. */
    sc_arena_init(&arena, one_block, &owner, 0);
    assert_false(sc_percent_decode(&arena, SC_STR("%41"), false, &out));
}


static void
test_form(void **state)
{
    size_t      count;
    owner_t     owner;
    sc_str_t    value;
    sc_pair_t  *pairs;
    sc_arena_t  arena;

    (void) state;

    arena_open(&arena, &owner);

    assert_true(sc_form_read(&arena, SC_STR("a=1&b=x+y%21&&c&=d&a=2&e=f=g&"),
                             6, &pairs, &count));
    assert_int_equal(count, 6);
    assert_true(sc_str_eq(pairs[1].value, SC_STR("x y!")));
    assert_true(sc_str_eq(pairs[2].name, SC_STR("c")));
    assert_int_equal(pairs[2].value.len, 0);
    assert_int_equal(pairs[3].name.len, 0);
    assert_true(sc_str_eq(pairs[5].value, SC_STR("f=g")));

    assert_true(sc_pairs_get(pairs, count, SC_STR("a"), &value));
    assert_true(sc_str_eq(value, SC_STR("1")));
    assert_false(sc_pairs_get(pairs, count, SC_STR("z"), &value));
    assert_int_equal(value.len, 0);

    assert_false(sc_form_read(&arena, SC_STR("a=1&b=2"), 1, &pairs, &count));
    assert_int_equal(count, 0);
    assert_null(pairs);
    assert_false(sc_form_read(&arena, SC_STR("a=%"), 9, &pairs, &count));
    assert_false(sc_form_read(&arena, SC_STR("%=a"), 9, &pairs, &count));
    assert_true(sc_form_read(&arena, SC_STR(""), 0, &pairs, &count));
    assert_int_equal(count, 0);

    free(owner.memory);

    sc_arena_init(&arena, one_block, &owner, 0);
    assert_false(sc_form_read(&arena, SC_STR("a=1"), 9, &pairs, &count));
}


static void
test_query(void **state)
{
    sc_str_t value, query;

    (void) state;

    query = SC_STR("a=1&hub.mode=sub%20x&&b&hub.mode=2&c=x=y");

    assert_true(sc_query_get_raw(query, SC_STR("hub.mode"), &value));
    assert_true(sc_str_eq(value, SC_STR("sub%20x")));
    assert_true(sc_query_get_raw(query, SC_STR("b"), &value));
    assert_int_equal(value.len, 0);
    assert_true(sc_query_get_raw(query, SC_STR("c"), &value));
    assert_true(sc_str_eq(value, SC_STR("x=y")));
    assert_false(sc_query_get_raw(query, SC_STR("hub"), &value));
    assert_false(sc_query_get_raw(query, SC_STR("hub.modes"), &value));
    assert_false(sc_query_get_raw(SC_STR_NULL, SC_STR("a"), &value));
    assert_false(sc_query_get_raw(query, SC_STR(""), &value));
    assert_int_equal(value.len, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_base64_alphabets),
        cmocka_unit_test(test_base64_capacity),
        cmocka_unit_test(test_base64_round_trip),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_query)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
