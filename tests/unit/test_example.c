/*
 * test_example.c: the platform that README adds in a hundred lines is one:
 * it verifies, understands and keeps what it cannot; and what README shows of
 * it stands in its file.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"


#define LINES_MAX  100
#define TEXT_SIZE  (256 * 1024)

#define BODY                                                                  \
    "{\"posts\":[{\"id\":7,\"thread\":\"t1\","                                \
    "\"author\":{\"id\":\"u1\",\"name\":\"Noor\"},"                           \
    "\"text\":\"Late again\",\"at\":\"2026-01-15T10:00:00Z\"}]}"


extern const sc_platform_t sc_platform_example;


static char readme[TEXT_SIZE], file[TEXT_SIZE];


static void
read_text(const char *path, char *text)
{
    size_t len;
    FILE  *in;

    in = fopen(path, "rb");
    assert_non_null(in);
    len = fread(text, 1, TEXT_SIZE - 1, in);
    assert_in_range(len, 1, TEXT_SIZE - 2);
    text[len] = '\0';
    fclose(in);
}


static void
test_verifies(void **state)
{
    sc_verdict_t              verdict;
    fixture_t                 fixture;
    const char               *problem;
    sc_secret_t              *secret;
    const sc_verify_scheme_t *scheme;
    char                      header[96];
    size_t                    len;
    unsigned char             mac[64];

    (void) state;

    fixture_init(&fixture, &sc_platform_example);
    assert_int_equal(sc_source_schemes(&fixture.source, &scheme, 1), 1);
    secret = sc_secret_create(SC_STR("s3cr3t-socialcare"), SC_STR(""), 0,
                              &problem);
    assert_true(sc_secret_prepare(secret, scheme, &problem));

    assert_true(sc_hmac(SC_DIGEST_SHA256, SC_STR("s3cr3t-socialcare"),
                        SC_STR("1768471300." BODY), mac, &len));
    (void) snprintf(header, sizeof(header), "sha256=");
    sc_hex_encode(sc_str_make(mac, len), (unsigned char *) header + 7);
    header[7 + 2 * len] = '\0';

    fixture_header(&fixture, "X-Forum-Time", "1768471300");
    fixture_header(&fixture, "X-Forum-Signature", header);
    fixture.request.body = SC_STR(BODY);
    sc_verify(scheme, &fixture.request, &(sc_secrets_t) { &secret, 1 },
              FIXTURE_NOW_MS, 300000, &fixture.arena, &verdict);
    assert_int_equal(verdict.result, SC_VERIFY_OK);

    fixture.request.body = SC_STR(BODY "\n");
    sc_verify(scheme, &fixture.request, &(sc_secrets_t) { &secret, 1 },
              FIXTURE_NOW_MS, 300000, &fixture.arena, &verdict);
    assert_int_equal(verdict.result, SC_VERIFY_MISMATCH);

    sc_secret_destroy(secret);
    fixture_free(&fixture);
}


static void
test_understands(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_example);
    fixture_account(&fixture, "staff");
    assert_int_equal(fixture_parse(&fixture, BODY), SC_PARSE_OK);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->event, "7");
    assert_text(mention->author.name, "Noor");
    assert_text(mention->clock_key, "forum:staff:t1");
    assert_int_equal(mention->created_ms, 1768471200000);
    assert_true(sc_mention_is_actionable(mention));

    fixture_expect_quoted(&fixture, "{'posts':[{'id':8,'thread':'t1','author':"
                          "{'id':'staff'}},{'text':'no id'}]}", 1, 1);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "forum:staff:t1");

    assert_int_equal(fixture_parse(&fixture, "{}"), SC_PARSE_DEAD);
    fixture_free(&fixture);
}


/* Each piece of C in the section, and nobody needs more lines. */
static void
test_readme_is_true(void **state)
{
    char  *at, *end, *section, *shown;
    size_t lines, pieces;

    (void) state;

    read_text(SC_TOP "/README.md", readme);
    read_text(SC_TOP "/tests/unit/sc_example.c", file);
    lines = 0;
    pieces = 0;

    for (at = file; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }

    assert_in_range(lines, 1, LINES_MAX);

    section = strstr(readme, "\n## Adding a platform in 100 lines\n");
    assert_non_null(section);
    end = strstr(section + 1, "\n## ");
    assert_non_null(end);
    *end = '\0';
    assert_non_null(strstr(section, "tests/unit/sc_example.c"));

    while ((section = strstr(section, "```c\n")) != NULL) {
        shown = section + 5;
        section = strstr(shown, "```");
        assert_non_null(section);
        *section = '\0';

        if (strstr(file, shown) == NULL) {
            fail_msg("README shows what sc_example.c does not hold:\n%s",
                     shown);
        }

        *section = '`';
        pieces++;
    }

    assert_in_range(pieces, 2, 9);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verifies),
        cmocka_unit_test(test_understands),
        cmocka_unit_test(test_readme_is_true)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
