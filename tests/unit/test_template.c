/*
 * test_template.c: the language of signed texts.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "verify_kit.h"


static unsigned char memory[4096];


static void *
block(void *owner, size_t size)
{
    (void) owner;

    return size <= sizeof(memory) ? memory : NULL;
}


static bool
read_template(const char *text, sc_template_t *template,
    const char **problem)
{
    sc_arena_t arena;

    *problem = NULL;
    sc_arena_init(&arena, block, NULL, sizeof(memory));

    return sc_template_read(&arena, sc_str_from_cstring(text), template,
                            problem);
}


static void
refused(const char *text, const char *words)
{
    const char   *problem;
    sc_template_t template;

    assert_false(read_template(text, &template, &problem));
    assert_non_null(problem);

    if (strstr(problem, words) == NULL) {
        fail_msg("\"%s\": %s", text, problem);
    }
}


static void
test_words(void **state)
{
    size_t                      i;
    const char                 *problem;
    sc_template_t               template;
    static const sc_part_kind_t kinds[] = {
        SC_PART_BODY, SC_PART_TIMESTAMP, SC_PART_ID, SC_PART_METHOD,
        SC_PART_PATH, SC_PART_URI, SC_PART_URL, SC_PART_HOST,
        SC_PART_QUERY_STRING, SC_PART_BODY_SHA256_HEX, SC_PART_HEADER,
        SC_PART_QUERY, SC_PART_BODY_MD5_BASE64
    };

    (void) state;

    assert_true(read_template("{body}{timestamp}{id}{method}{path}{uri}{url}"
                              "{host}{query}{body_sha256_hex}{header:X-A}"
                              "{query:b}{body_md5_base64}", &template,
                              &problem));
    assert_int_equal(template.count, 13);

    for (i = 0; i < 13; i++) {
        assert_int_equal(template.parts[i].kind, kinds[i]);
    }

    assert_true(sc_str_eq(template.parts[10].text, SC_STR("X-A")));
    assert_true(sc_str_eq(template.parts[11].text, SC_STR("b")));
}


static void
test_literals(void **state)
{
    const char   *problem;
    sc_template_t template;

    (void) state;

    assert_true(read_template("v0:{timestamp}\\n\\t\\\\\\{\\}}{body}.",
                              &template, &problem));
    assert_int_equal(template.count, 5);
    assert_true(sc_str_eq(template.parts[0].text, SC_STR("v0:")));
    assert_true(sc_str_eq(template.parts[2].text, SC_STR("\n\t\\{}}")));
    assert_true(sc_str_eq(template.parts[4].text, SC_STR(".")));
}


static void
test_refused(void **state)
{
    sc_arena_t    arena;
    const char   *problem;
    sc_template_t template;

    (void) state;

    refused("", "empty");
    refused("{body", "no }");
    refused("a{", "no }");
    refused("{}", "{body}");
    refused("{Body}", "{body}");
    refused("{header:}", "{body}");
    refused("{query:}", "{body}");
    refused("{ body}", "{body}");
    refused("a\\", "\\n");
    refused("a\\x", "\\n");
    refused("a{body}b{body}c{body}d{body}e{body}f{body}g{body}h{body}i",
            "16");
    refused("{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}{id}"
            "{id}", "16");

    sc_arena_init(&arena, block, NULL, 0);
    assert_false(sc_template_read(&arena, SC_STR("text"), &template,
                                  &problem));
    assert_non_null(strstr(problem, "memory"));
}


/* Every word with its value, against a MAC computed over the whole. */
static void
test_filled(void **state)
{
    char               hex[2 * 64 + 1];
    kit_t              kit;
    size_t             len;
    const char        *problem;
    unsigned char      mac[64];
    sc_verify_scheme_t scheme;

    (void) state;

    memset(&scheme, 0, sizeof(scheme));
    scheme.signature.from = SC_FROM_HEADER;
    scheme.signature.name = SC_STR("X-Sig");
    scheme.timestamp.from = SC_FROM_QUERY;
    scheme.timestamp.name = SC_STR("t");
    scheme.id.from = SC_FROM_HEADER;
    scheme.id.name = SC_STR("X-Id");

    assert_true(read_template("{method} {path} {uri} {url} {host} {query} "
                              "{query:a} {header:X-Nonce} {timestamp} {id} "
                              , &scheme.message, &problem) == false);
    assert_true(read_template("{method}{path}{uri}{url}{host}{query}{query:a}"
                              "{header:X-Nonce}{timestamp}{id}{body}"
                              "{body_sha256_hex}{body_md5_base64}",
                              &scheme.message, &problem));

    assert_true(sc_hmac(SC_DIGEST_SHA256, SC_STR(KIT_SECRET), SC_STR(
        "POST" "/p%20q" "/p%20q?t=1790000000&a=x%2B"
        "https://h.example:8443/p%20q?t=1790000000&a=x%2B"
        "h.example:8443" "t=1790000000&a=x%2B" "x%2B" "n-1" "1790000000"
        "i-1" "{\"hello\":\"care\"}"
        "eef4c51e587a3b73f8a921e346c3d7e37f92d4590518a2f6e315dd2502cf6e4a"
        "hpPHjT/vZ+7HYkiOyG/DZQ=="),
        mac, &len));
    sc_hex_encode(sc_str_make(mac, len), (unsigned char *) hex);
    hex[2 * len] = '\0';

    kit_init(&kit);
    kit_secret(&kit, &scheme, KIT_SECRET);
    kit_url(&kit, "https://h.example:8443/p%20q?t=1790000000&a=x%2B");
    kit_header(&kit, "X-Sig", hex);
    kit_header(&kit, "X-Nonce", "n-1");
    kit_header(&kit, "X-Id", "i-1");
    kit_expect(&kit, &scheme, SC_VERIFY_OK);
    assert_true(sc_str_eq(kit.verdict.id, SC_STR("i-1")));
    kit_tamper_body(&kit, &scheme);

    /* A signed part that is absent or doubled refuses. */
    kit_url(&kit, "https://h.example:8443/p%20q?t=1790000000");
    kit_expect(&kit, &scheme, SC_VERIFY_MALFORMED);
    kit_url(&kit, "https://h.example:8443/p%20q?t=1790000000&a=1&a=2");
    kit_expect(&kit, &scheme, SC_VERIFY_DOUBLED);
    kit_url(&kit, "https://h.example:8443/p%20q?a=1");
    kit_expect(&kit, &scheme, SC_VERIFY_NO_TIMESTAMP);

    /* A template that needs a time in a scheme that names none. */
    scheme.timestamp.from = SC_FROM_NOWHERE;
    kit_url(&kit, "https://h.example:8443/p%20q?a=1");
    kit_expect(&kit, &scheme, SC_VERIFY_NO_TIMESTAMP);

    kit_free(&kit);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_filled)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
