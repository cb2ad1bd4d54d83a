/*
 * test_registry.c: what holds for every platform that is registered.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "no_block.h"
#include "sc_platform.h"


static void
test_look_up(void **state)
{
    size_t i;

    (void) state;

    for (i = 0; i < sc_platforms_count; i++) {
        assert_ptr_equal(sc_platform_by_name(sc_platforms[i]->name),
                         sc_platforms[i]);
        assert_int_equal(sc_platform_index(sc_platforms[i]), i);
    }

    assert_null(sc_platform_by_name(SC_STR("")));
    assert_null(sc_platform_by_name(SC_STR("Facebook")));
    assert_null(sc_platform_by_name(SC_STR("face")));
    assert_null(sc_platform_by_name(SC_STR("facebook ")));
    assert_int_equal(sc_platform_index(NULL), sc_platforms_count);
}


/* Names stand in records, labels and directives. */
static void
test_names(void **state)
{
    size_t   i, j;
    sc_str_t name;

    (void) state;

    for (i = 0; i < sc_platforms_count; i++) {
        name = sc_platforms[i]->name;
        assert_in_range(name.len, 1, 32);
        assert_in_range(name.data[0], 'a', 'z');

        for (j = 0; j < name.len; j++) {
            assert_true((name.data[j] >= 'a' && name.data[j] <= 'z')
                        || (name.data[j] >= '0' && name.data[j] <= '9')
                        || name.data[j] == '-' || name.data[j] == '_');
        }

        assert_in_range(sc_platforms[i]->channel, 0, SC_CHANNELS - 1);
    }
}


static void
test_functions(void **state)
{
    size_t               i;
    const sc_platform_t *platform;

    (void) state;

    for (i = 0; i < sc_platforms_count; i++) {
        platform = sc_platforms[i];

        assert_non_null(platform->parse);
        /* One way to name the schemes, and a choice only among several. */
        assert_true((platform->scheme == NULL) != (platform->schemes == NULL));
        assert_true(platform->choose_scheme == NULL
                    || platform->schemes != NULL);
        assert_false(platform->get_is_event && platform->handshake != NULL);
        assert_true((platform->set_option == NULL)
                    == (platform->options_size == 0));
    }
}


/* An option that a platform does not know stops the configuration. */
static void
test_unknown_option(void **state)
{
    size_t      i;
    void       *options;
    sc_arena_t  arena;

    (void) state;

    for (i = 0; i < sc_platforms_count; i++) {
        if (sc_platforms[i]->set_option == NULL) {
            continue;
        }

        sc_arena_init(&arena, no_block, NULL, SIZE_MAX);
        options = calloc(1, sc_platforms[i]->options_size);
        assert_non_null(options);

        assert_non_null(sc_platforms[i]->set_option(options, &arena,
                            SC_STR("no_such_option"), SC_STR("1")));
        assert_non_null(sc_platforms[i]->set_option(options, &arena,
                            SC_STR(""), SC_STR("")));

        free(options);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_look_up),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_unknown_option)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
