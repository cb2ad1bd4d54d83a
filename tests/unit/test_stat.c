/*
 * test_stat.c: names of counters, those that are right and those that are not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sc_stat.h"


static void
test_right(void **state)
{
    static const struct {
        const char    *name;
        sc_stat_kind_t kind;
        unsigned       slot, index, tier, bucket;
    } table[] = {
        { "ain", SC_STAT_COUNT, 0, SC_COUNT_IN, 0, 0 },
        { "lout", SC_STAT_COUNT, 11, SC_COUNT_OUT, 0, 0 },
        { "zdup", SC_STAT_COUNT, 12, SC_COUNT_DUPLICATES, 0, 0 },
        { "bdead", SC_STAT_COUNT, 1, SC_COUNT_DEAD, 0, 0 },
        { "bmore", SC_STAT_COUNT, 1, SC_COUNT_MORE, 0, 0 },
        { "bearly", SC_STAT_COUNT, 1, SC_COUNT_EARLY, 0, 0 },
        { "bstale", SC_STAT_COUNT, 1, SC_COUNT_STALE, 0, 0 },
        { "bamend", SC_STAT_COUNT, 1, SC_COUNT_AMENDED, 0, 0 },
        { "bexpired", SC_STAT_COUNT, 1, SC_COUNT_EXPIRED, 0, 0 },
        { "bended", SC_STAT_COUNT, 1, SC_COUNT_ENDED, 0, 0 },
        { "bauto", SC_STAT_COUNT, 1, SC_COUNT_AUTO, 0, 0 },
        { "bmet", SC_STAT_COUNT, 1, SC_COUNT_MET, 0, 0 },
        { "bmiss", SC_STAT_COUNT, 1, SC_COUNT_MISSED, 0, 0 },
        { "coF0", SC_STAT_OPENED, 2, SC_RESPONSE_FIRST, 0, 0 },
        { "coN6", SC_STAT_OPENED, 2, SC_RESPONSE_NEXT, 6, 0 },
        { "dw3.345", SC_STAT_ANSWERED, 3, 0, 3, 345 },
        { "dx6.0", SC_STAT_WITHDRAWN, 3, 0, 6, 0 },
        { "ef.17", SC_STAT_RESPONSE, 4, SC_RESPONSE_FIRST, 0, 17 },
        { "en.1", SC_STAT_RESPONSE, 4, SC_RESPONSE_NEXT, 0, 1 },
        { "ea.2", SC_STAT_RESPONSE, 4, SC_RESPONSE_AUTOMATIC, 0, 2 },
        { "zfms", SC_STAT_RESPONSE_MS, 12, SC_RESPONSE_FIRST, 0, 0 },
        { "znms", SC_STAT_RESPONSE_MS, 12, SC_RESPONSE_NEXT, 0, 0 },
        { "zams", SC_STAT_RESPONSE_MS, 12, SC_RESPONSE_AUTOMATIC, 0, 0 },
        { "gov", SC_STAT_OVERTAKE_MS, 6, 0, 0, 0 },
        { "gc:spam", SC_STAT_CLOSED, 6, SC_CLOSED_SPAM, 0, 0 },
        { "gc:deleted_by_author", SC_STAT_CLOSED, 6, SC_CLOSED_BY_AUTHOR, 0,
          0 },
        { "gc:whatever", SC_STAT_CLOSED, 6, SC_CLOSED_OTHER, 0, 0 }
    };
    size_t    i;
    sc_stat_t stat;

    (void) state;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (!sc_stat_parse(sc_str_from_cstring(table[i].name), &stat)) {
            fail_msg("%s is not known", table[i].name);
        }

        assert_int_equal(stat.kind, table[i].kind);
        assert_int_equal(stat.slot, table[i].slot);

        if (stat.kind != SC_STAT_ANSWERED && stat.kind != SC_STAT_WITHDRAWN
            && stat.kind != SC_STAT_OVERTAKE_MS)
        {
            assert_int_equal(stat.index, table[i].index);
        }

        assert_int_equal(stat.tier, table[i].tier);
        assert_int_equal(stat.bucket, table[i].bucket);
    }
}


static void
test_wrong(void **state)
{
    static const char *const table[] = {
        "", "a", "in", "min", "Ain", "a in", "ainn", "ai", "aw", "aw7.1",
        "aw1", "aw1.", "aw1.346", "aw1.-1", "aw1.1x",
        "aw1.99999999999999999999", "ax/.1", "aoF", "aoF7", "aoF11", "aoX1",
        "ao", "aov1", "af", "af1", "af.", "af.346", "afm", "afmss", "ac",
        "ac:", "acspam",
        "a1", "aauto1", "zz", "a."
    };
    size_t    i;
    sc_stat_t stat;

    (void) state;

    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (sc_stat_parse(sc_str_from_cstring(table[i]), &stat)) {
            fail_msg("\"%s\" was taken", table[i]);
        }
    }

    assert_false(sc_stat_parse(SC_STR_NULL, &stat));
    assert_string_equal(sc_closed_name(SC_CLOSED_SPAM), "spam");
    assert_string_equal(sc_closed_name(99), "other");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),
        cmocka_unit_test(test_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
