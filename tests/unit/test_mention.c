/*
 * test_mention.c: names, who waits for an answer, tiers of reach.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sc_mention.h"


/* Not a value of any of the enumerations. */
#define OUT_OF_RANGE  99


static void
test_init_is_unknown(void **state)
{
    sc_mention_t mention;

    (void) state;

    memset(&mention, 0xff, sizeof(mention));
    sc_mention_init(&mention);

    assert_int_equal(mention.kind, SC_KIND_UNKNOWN);
    assert_int_equal(mention.is_public, SC_TRI_UNKNOWN);
    assert_int_equal(mention.author.verified, SC_TRI_UNKNOWN);
    assert_int_equal(mention.author.followers, -1);
    assert_int_equal(mention.created_ms, -1);
    assert_int_equal(mention.edited_ms, -1);
    assert_int_equal(mention.duration_s, -1);
    assert_int_equal(mention.rating, -1);
    assert_int_equal(mention.event.len, 0);
    assert_null(mention.media);
    assert_null(mention.next);
    assert_false(mention.automatic);
}


static void
test_kind_names(void **state)
{
    unsigned  i;
    sc_kind_t kind;

    (void) state;

    for (i = 0; i < SC_KINDS; i++) {
        kind = SC_KINDS;
        assert_true(sc_kind_by_name(
            sc_str_from_cstring(sc_kind_name((sc_kind_t) i)), &kind));
        assert_int_equal(kind, i);
    }

    assert_string_equal(sc_kind_name(SC_KIND_STORY_MENTION), "story_mention");
    assert_string_equal(sc_kind_name(SC_KIND_NOTICE), "notice");
    assert_string_equal(sc_kind_name((sc_kind_t) OUT_OF_RANGE), "unknown");
}


static void
test_channel_names(void **state)
{
    unsigned     i;
    sc_channel_t channel;

    (void) state;

    for (i = 0; i < SC_CHANNELS; i++) {
        channel = SC_CHANNELS;
        assert_true(sc_channel_by_name(
            sc_str_from_cstring(sc_channel_name((sc_channel_t) i)),
            &channel));
        assert_int_equal(channel, i);
    }

    assert_string_equal(sc_channel_name(SC_CHANNEL_SMS), "sms");
    assert_string_equal(sc_channel_name((sc_channel_t) OUT_OF_RANGE),
                        "unknown");
}


/* A look-up that fails leaves the caller's value alone. */
static void
test_names_not_found(void **state)
{
    size_t       i;
    sc_kind_t    kind;
    sc_channel_t channel;

    static const sc_str_t names[] = {
        SC_STR_INIT(""), SC_STR_INIT("Message"), SC_STR_INIT("messages"),
        SC_STR_INIT("messag"), SC_STR_INIT("sms "), SC_STR_INIT("socia")
    };

    (void) state;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        kind = SC_KIND_CALL;
        channel = SC_CHANNEL_VOICE;

        assert_false(sc_kind_by_name(names[i], &kind));
        assert_false(sc_channel_by_name(names[i], &channel));
        assert_int_equal(kind, SC_KIND_CALL);
        assert_int_equal(channel, SC_CHANNEL_VOICE);
    }
}


static void
test_other_names(void **state)
{
    (void) state;

    assert_string_equal(sc_action_name(SC_ACTION_CREATE), "create");
    assert_string_equal(sc_action_name(SC_ACTION_EDIT), "edit");
    assert_string_equal(sc_action_name(SC_ACTION_DELETE), "delete");
    assert_string_equal(sc_action_name((sc_action_t) OUT_OF_RANGE),
                        "unknown");

    assert_string_equal(sc_direction_name(SC_DIRECTION_IN), "in");
    assert_string_equal(sc_direction_name(SC_DIRECTION_OUT), "out");
    assert_string_equal(sc_direction_name(SC_DIRECTION_INTERNAL), "internal");
    assert_string_equal(sc_direction_name(SC_DIRECTION_UNKNOWN), "unknown");
    assert_string_equal(sc_direction_name(SC_DIRECTION_NONE), "none");
    assert_string_equal(sc_direction_name((sc_direction_t) OUT_OF_RANGE),
                        "unknown");

    assert_string_equal(sc_reach_name(SC_REACH_0_99), "0-99");
    assert_string_equal(sc_reach_name(SC_REACH_1K_9999), "1k-9999");
    assert_string_equal(sc_reach_name(SC_REACH_100K), "100k+");
    assert_string_equal(sc_reach_name(SC_REACH_NONE), "none");
    assert_string_equal(sc_reach_name((sc_reach_t) OUT_OF_RANGE), "unknown");
}


/* The rule written as its table: every direction, action and kind. */
static void
test_actionable(void **state)
{
    bool         inbound, waits;
    unsigned     direction, action, kind;
    sc_mention_t mention;

    static const bool nobody_answers[SC_KINDS] = {
        [SC_KIND_REACTION] = true,
        [SC_KIND_SHARE] = true,
        [SC_KIND_STATUS] = true,
        [SC_KIND_NOTE] = true,
        [SC_KIND_NOTICE] = true
    };

    (void) state;

    for (direction = 0; direction <= SC_DIRECTION_NONE; direction++) {
        for (action = 0; action <= SC_ACTION_DELETE; action++) {
            for (kind = 0; kind < SC_KINDS; kind++) {
                sc_mention_init(&mention);
                mention.direction = (sc_direction_t) direction;
                mention.action = (sc_action_t) action;
                mention.kind = (sc_kind_t) kind;

                inbound = direction == SC_DIRECTION_IN
                          || direction == SC_DIRECTION_UNKNOWN;
                waits = inbound && action == SC_ACTION_CREATE
                        && !nobody_answers[kind];

                assert_int_equal(sc_mention_is_inbound(&mention), inbound);
                assert_int_equal(sc_mention_is_actionable(&mention), waits);
            }
        }
    }
}


static sc_reach_t
reach_of(sc_channel_t channel, sc_kind_t kind, sc_tri_t is_public,
    int64_t followers)
{
    sc_mention_t mention;

    sc_mention_init(&mention);
    mention.channel = channel;
    mention.kind = kind;
    mention.is_public = is_public;
    mention.author.followers = followers;

    return sc_mention_reach(&mention);
}


static void
test_reach_boundaries(void **state)
{
    size_t i;

    static const struct {
        int64_t    followers;
        sc_reach_t reach;
    } cases[] = {
        { INT64_MIN, SC_REACH_UNKNOWN },
        { -1, SC_REACH_UNKNOWN },
        { 0, SC_REACH_0_99 },
        { 99, SC_REACH_0_99 },
        { 100, SC_REACH_100_999 },
        { 999, SC_REACH_100_999 },
        { 1000, SC_REACH_1K_9999 },
        { 9999, SC_REACH_1K_9999 },
        { 10000, SC_REACH_10K_99999 },
        { 99999, SC_REACH_10K_99999 },
        { 100000, SC_REACH_100K },
        { INT64_MAX, SC_REACH_100K }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(reach_of(SC_CHANNEL_SOCIAL, SC_KIND_COMMENT,
                                  SC_TRI_YES, cases[i].followers),
                         cases[i].reach);
    }
}


static void
test_reach_audience(void **state)
{
    unsigned channel;

    (void) state;

    /* What the platform says goes before the channel. */
    for (channel = 0; channel < SC_CHANNELS; channel++) {
        assert_int_equal(reach_of((sc_channel_t) channel, SC_KIND_MESSAGE,
                                  SC_TRI_NO, 5000),
                         SC_REACH_NONE);
        assert_int_equal(reach_of((sc_channel_t) channel, SC_KIND_MESSAGE,
                                  SC_TRI_YES, 5000),
                         SC_REACH_1K_9999);
    }

    /* Not said: by channel, and messages are private. */
    assert_int_equal(reach_of(SC_CHANNEL_SOCIAL, SC_KIND_POST, SC_TRI_UNKNOWN,
                              50),
                     SC_REACH_0_99);
    assert_int_equal(reach_of(SC_CHANNEL_SOCIAL, SC_KIND_MESSAGE,
                              SC_TRI_UNKNOWN, 50),
                     SC_REACH_NONE);
    assert_int_equal(reach_of(SC_CHANNEL_REVIEW, SC_KIND_REVIEW,
                              SC_TRI_UNKNOWN, -1),
                     SC_REACH_UNKNOWN);
    assert_int_equal(reach_of(SC_CHANNEL_OTHER, SC_KIND_POST, SC_TRI_UNKNOWN,
                              -1),
                     SC_REACH_UNKNOWN);
    assert_int_equal(reach_of(SC_CHANNEL_OTHER, SC_KIND_CALL, SC_TRI_UNKNOWN,
                              50),
                     SC_REACH_NONE);
    assert_int_equal(reach_of(SC_CHANNEL_OTHER, SC_KIND_VOICEMAIL,
                              SC_TRI_UNKNOWN, 50),
                     SC_REACH_NONE);
    assert_int_equal(reach_of(SC_CHANNEL_SMS, SC_KIND_POST, SC_TRI_UNKNOWN,
                              50),
                     SC_REACH_NONE);
    assert_int_equal(reach_of(SC_CHANNEL_VOICE, SC_KIND_CALL, SC_TRI_UNKNOWN,
                              50),
                     SC_REACH_NONE);
    assert_int_equal(reach_of(SC_CHANNEL_EMAIL, SC_KIND_MESSAGE,
                              SC_TRI_UNKNOWN, 50),
                     SC_REACH_NONE);
    assert_int_equal(reach_of(SC_CHANNEL_MESSAGING, SC_KIND_COMMENT,
                              SC_TRI_UNKNOWN, 50),
                     SC_REACH_NONE);
    assert_int_equal(reach_of(SC_CHANNEL_HELPDESK, SC_KIND_COMMENT,
                              SC_TRI_UNKNOWN, 50),
                     SC_REACH_NONE);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init_is_unknown),
        cmocka_unit_test(test_kind_names),
        cmocka_unit_test(test_channel_names),
        cmocka_unit_test(test_names_not_found),
        cmocka_unit_test(test_other_names),
        cmocka_unit_test(test_actionable),
        cmocka_unit_test(test_reach_boundaries),
        cmocka_unit_test(test_reach_audience)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
