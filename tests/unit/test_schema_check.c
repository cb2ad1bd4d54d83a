/*
 * test_schema_check.c: the validator that the record tests rely on refuses
 * what it should: one case for each keyword.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_check.h"


typedef struct {
    const char *schema;
    const char *good;
    const char *bad;
} schema_case_t;


static const schema_case_t schema_cases[] = {
    { "{\"type\":\"object\"}", "{}", "[]" },
    { "{\"type\":\"array\"}", "[]", "{}" },
    { "{\"type\":\"string\"}", "\"a\"", "1" },
    { "{\"type\":\"integer\"}", "1", "1.5" },
    { "{\"type\":\"boolean\"}", "false", "null" },
    { "{\"const\":1}", "1", "2" },
    { "{\"const\":true}", "true", "1" },
    { "{\"enum\":[\"a\",\"b\"]}", "\"b\"", "\"c\"" },
    { "{\"minimum\":0}", "0", "-1" },
    { "{\"minLength\":1}", "\"a\"", "\"\"" },
    { "{\"maxLength\":2}", "\"ab\"", "\"abc\"" },
    { "{\"pattern\":\"^a.:.\"}", "\"ab:c\"", "\"ab:\"" },
    { "{\"minItems\":1}", "[1]", "[]" },
    { "{\"minProperties\":1}", "{\"a\":1}", "{}" },
    { "{\"items\":{\"type\":\"string\"}}", "[\"a\",\"b\"]", "[\"a\",1]" },
    { "{\"required\":[\"a\"]}", "{\"a\":null}", "{\"b\":1}" },
    { "{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"a\":1,\"b\":1}",
      "{\"a\":1}" },
    { "{\"properties\":{\"a\":{\"const\":1}}}", "{\"a\":1,\"b\":2}",
      "{\"a\":2}" },
    { "{\"properties\":{\"a\":{}},\"additionalProperties\":false}",
      "{\"a\":1}", "{\"b\":1}" },
    { "{\"allOf\":[{\"minimum\":1},{\"minimum\":3}]}", "3", "2" },
    { "{\"if\":{\"const\":1},\"then\":{\"minimum\":2}}", "0", "1" },
    { "{\"if\":{\"const\":1},\"else\":{\"minimum\":2}}", "1", "0" }
};


static bool
schema_fits(const char *schema_text, const char *value_text)
{
    bool    fits;
    char    problem[256];
    json_t *schema, *value;

    schema = json_loads(schema_text, 0, NULL);
    value = json_loads(value_text, JSON_DECODE_ANY, NULL);

    assert_non_null(schema);
    assert_non_null(value);

    fits = schema_check(schema, value, problem, sizeof(problem));

    /* A refusal always says why. */
    assert_true(fits || problem[0] != '\0');

    json_decref(schema);
    json_decref(value);

    return fits;
}


static void
test_each_keyword(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < sizeof(schema_cases) / sizeof(schema_cases[0]); i++) {
        print_message("%s\n", schema_cases[i].schema);
        assert_true(schema_fits(schema_cases[i].schema, schema_cases[i].good));
        assert_false(schema_fits(schema_cases[i].schema, schema_cases[i].bad));
    }
}


static void
test_unknown_keyword(void **state)
{
    (void) state;

    assert_false(schema_fits("{\"format\":\"uri\"}", "1"));

    /* Also where this value never comes by. */
    assert_false(schema_fits("{\"properties\":{\"a\":{\"oneOf\":[]}}}", "{}"));
    assert_false(schema_fits("{\"items\":{\"oneOf\":[]}}", "[]"));
    assert_false(schema_fits("{\"allOf\":[{},{\"oneOf\":[]}]}", "1"));
    assert_false(schema_fits("{\"if\":{\"const\":1},"
                             "\"then\":{\"oneOf\":[]}}", "2"));
    assert_false(schema_fits("{\"if\":{\"const\":1},"
                             "\"else\":{\"oneOf\":[]}}", "1"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_keyword),
        cmocka_unit_test(test_unknown_keyword)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
