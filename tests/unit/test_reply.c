/*
 * test_reply.c: error texts as servers of several versions give them, and the
 * class that each must be read as.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sc_queue.h"


#define SC_TEST_SHA  "f1301e346dac6cf869ce59d85dbd07d641112ea2"
#define SC_IN_SCRIPT " script: " SC_TEST_SHA ", on @user_script:34."
#define SC_WRAPPED   "ERR Error running script (call to f_" SC_TEST_SHA       \
                     "): @user_script:34: @user_script: 34: "


static const struct {
    const char       *text;
    sc_reply_class_t  reply_class;
} replies[] = {
    { "NOSCRIPT No matching script. Please use EVAL.", SC_REPLY_NOSCRIPT },
    { "NOSCRIPT No matching script.", SC_REPLY_NOSCRIPT },
    { "MOVED 3999 127.0.0.1:6381", SC_REPLY_MOVED },
    { "ASK 3999 127.0.0.1:6381", SC_REPLY_ASK },
    { "TRYAGAIN Multiple keys request during rehashing of slot",
      SC_REPLY_TRY_AGAIN },
    { "CLUSTERDOWN The cluster is down", SC_REPLY_CLUSTER_DOWN },
    { "CLUSTERDOWN Hash slot not served", SC_REPLY_CLUSTER_DOWN },
    { "READONLY You can't write against a read only replica.",
      SC_REPLY_READONLY },
    { "READONLY You can't write against a read only replica." SC_IN_SCRIPT,
      SC_REPLY_READONLY },
    { SC_WRAPPED "-READONLY You can't write against a read only replica.",
      SC_REPLY_READONLY },
    { "UNBLOCKED force unblock from blocking operation, instance state "
      "changed (master -> replica?)", SC_REPLY_READONLY },
    { "ERR WAIT cannot be used with replica instances. Please also note that "
      "since Redis 4.0 if a replica is configured to be writable",
      SC_REPLY_READONLY },
    { "LOADING Redis is loading the dataset in memory", SC_REPLY_LOADING },
    { "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is "
      "set to 'no'.", SC_REPLY_LOADING },
    { "OOM command not allowed when used memory > 'maxmemory'.",
      SC_REPLY_OOM },
    { "OOM command not allowed when used memory > 'maxmemory'." SC_IN_SCRIPT,
      SC_REPLY_OOM },
    { SC_WRAPPED "-OOM command not allowed when used memory > 'maxmemory'.",
      SC_REPLY_OOM },
    { "MISCONF Errors writing to the AOF file: No space left on device",
      SC_REPLY_MISCONF },
    { SC_WRAPPED "-MISCONF Redis is configured to save RDB snapshots, but it "
      "is currently not able to persist on disk.", SC_REPLY_MISCONF },
    { "NOREPLICAS Not enough good replicas to write." SC_IN_SCRIPT,
      SC_REPLY_NO_REPLICAS },
    { SC_WRAPPED "-NOREPLICAS Not enough good replicas to write.",
      SC_REPLY_NO_REPLICAS },
    { "BUSY Redis is busy running a script. You can only call SCRIPT KILL or "
      "SHUTDOWN NOSAVE.", SC_REPLY_BUSY },
    { "NOAUTH Authentication required.", SC_REPLY_AUTH },
    { "WRONGPASS invalid username-password pair or user is disabled.",
      SC_REPLY_AUTH },
    { "NOPERM this user has no permissions to run the 'evalsha' command",
      SC_REPLY_AUTH },
    { "DENIED Redis is running in protected mode because protected mode is "
      "enabled", SC_REPLY_AUTH },
    { "ERR The user executing the script can't run this command or "
      "subcommand", SC_REPLY_AUTH },
    { "ERR The user executing the script can't run this command or "
      "subcommand" SC_IN_SCRIPT, SC_REPLY_AUTH },
    { "ERR The user executing the script can't access at least one of the "
      "keys mentioned in the command arguments" SC_IN_SCRIPT, SC_REPLY_AUTH },
    { "@user_script: 160: The user executing the script can't run this "
      "command or subcommand", SC_REPLY_AUTH },
    { SC_WRAPPED "The user executing the script can't run this command or "
      "subcommand", SC_REPLY_AUTH },
    { "ERR ACL failure in script: User care has no permissions to run the "
      "'xadd' command", SC_REPLY_AUTH },
    { "ERR invalid password", SC_REPLY_AUTH },
    { "ERR Client sent AUTH, but no password is set", SC_REPLY_AUTH },
    { "ERR AUTH <password> called without any password configured for the "
      "default user. Are you sure your configuration is correct?",
      SC_REPLY_AUTH },
    { "ERR unknown command 'EVALSHA'", SC_REPLY_AUTH },
    { "ERR unknown command 'EVALSHA', with args beginning with: 'x' '1' ",
      SC_REPLY_AUTH },
    { "ERR unknown command `EVAL`, with args beginning with: `x`, ",
      SC_REPLY_AUTH },
    { "ERR Unknown Redis command called from script" SC_IN_SCRIPT,
      SC_REPLY_AUTH },
    { SC_WRAPPED "Unknown Redis command called from Lua script",
      SC_REPLY_AUTH },
    { "ERR DB index is out of range", SC_REPLY_AUTH },
    { "ERR invalid DB index", SC_REPLY_AUTH },
    { "ERR max number of clients reached", SC_REPLY_MAX_CLIENTS },
    { "ERR max number of clients + cluster connections reached",
      SC_REPLY_MAX_CLIENTS },
    { "WRONGTYPE Operation against a key holding the wrong kind of value"
      SC_IN_SCRIPT, SC_REPLY_POISON },
    { SC_WRAPPED "WRONGTYPE Operation against a key holding the wrong kind "
      "of value", SC_REPLY_POISON },
    { "CROSSSLOT Keys in request don't hash to the same slot",
      SC_REPLY_POISON },
    { "ERR Error running script", SC_REPLY_POISON },
    { "ERR Error running script (call to f_x): @user_script:",
      SC_REPLY_POISON },
    { "ERR Error running script (call to f_x): @user_script:1",
      SC_REPLY_POISON },
    { "ERR Error running script (call to f_x): @user_script:1: -",
      SC_REPLY_POISON },
    { "@user_script:1: @user_script:", SC_REPLY_POISON },

    /* The first word counts whole, in its own case. */
    { "OOMPH", SC_REPLY_POISON },
    { "MOVEDX 1 a:1", SC_REPLY_POISON },
    { "oom command not allowed", SC_REPLY_POISON },
    { "ERR OOM", SC_REPLY_POISON },
    { "ERR", SC_REPLY_POISON },
    { "ERR ", SC_REPLY_POISON },
    { "OOM", SC_REPLY_OOM },
    { " OOM", SC_REPLY_POISON },
    { "", SC_REPLY_POISON }
};


static void
texts_have_their_class(void **state)
{
    size_t           i;
    sc_reply_class_t got;

    (void) state;

    for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        got = sc_reply_classify(sc_str_from_cstring(replies[i].text));

        if (got != replies[i].reply_class) {
            fail_msg("\"%s\" is read as %s", replies[i].text,
                     sc_reply_class_name(got));
        }
    }

    assert_int_equal(sc_reply_classify(SC_STR_NULL), SC_REPLY_POISON);
}


/* Anything else may be a server that is set up wrongly. */
static void
some_are_certain_to_be_the_items_fault(void **state)
{
    static const struct {
        const char *text;
        bool        certain;
    } cases[] = {
        { "WRONGTYPE Operation against a key holding the wrong kind of value"
          SC_IN_SCRIPT, true },
        { SC_WRAPPED "-WRONGTYPE Operation against a key", true },
        { "@user_script: 34: -WRONGTYPE Operation against a key", true },
        { "CROSSSLOT Keys in request don't hash to the same slot", true },
        { "WRONGTYPE", true },
        { "WRONGTYPES", false },
        { "ERR WRONGTYPE", false },
        { SC_WRAPPED "-ERR WRONGTYPE Operation", false },
        { "ERR unknown command 'EVALSHA'", false },
        { SC_WRAPPED "-OOM command not allowed", false },
        { "", false }
    };
    size_t i;

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (sc_reply_is_items_fault(sc_str_from_cstring(cases[i].text))
            != cases[i].certain)
        {
            fail_msg("\"%s\"", cases[i].text);
        }
    }

    assert_false(sc_reply_is_items_fault(SC_STR_NULL));
}


/* A reply can end anywhere: no byte behind it is looked at. */
static void
texts_end_where_they_end(void **state)
{
    size_t        i, len;
    unsigned char exact[512];

    (void) state;

    for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        for (len = 0; len < strlen(replies[i].text); len++) {
            memset(exact, 0xff, sizeof(exact));
            memcpy(exact + sizeof(exact) - len, replies[i].text, len);
            (void) sc_reply_classify(sc_str_make(exact + sizeof(exact) - len,
                                                 len));
            (void) sc_reply_is_items_fault(
                sc_str_make(exact + sizeof(exact) - len, len));
        }
    }
}


static void
every_class_says_what_to_do(void **state)
{
    int i, k;

    (void) state;

    for (i = 0; i < SC_REPLY_CLASSES; i++) {
        assert_true(strlen(sc_reply_class_name((sc_reply_class_t) i)) > 1);
        assert_true(strlen(sc_reply_class_advice((sc_reply_class_t) i)) > 10);
        assert_null(strchr(sc_reply_class_advice((sc_reply_class_t) i), '\n'));

        for (k = 0; k < i; k++) {
            assert_string_not_equal(
                sc_reply_class_name((sc_reply_class_t) i),
                sc_reply_class_name((sc_reply_class_t) k));
        }
    }

    assert_string_equal(sc_reply_class_name(SC_REPLY_CLASSES), "unknown");
    assert_string_equal(sc_reply_class_advice(SC_REPLY_CLASSES),
                        "this class of replies is not known");
    assert_string_equal(sc_reply_class_name((sc_reply_class_t) -1),
                        "unknown");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_their_class),
        cmocka_unit_test(some_are_certain_to_be_the_items_fault),
        cmocka_unit_test(texts_end_where_they_end),
        cmocka_unit_test(every_class_says_what_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
