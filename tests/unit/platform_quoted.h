/*
 * platform_quoted.h: the two checks that tests of JSON platforms make most,
 * by short names, since each callback stands within them.  Every ' of the text
 * is read as " (see platform_fixture.h).
 *
 * To be included after cmocka.h.
 */

#ifndef PLATFORM_QUOTED_H
#define PLATFORM_QUOTED_H

#include "platform_fixture.h"


/* The only mention of a callback that is understood as a whole. */
static inline sc_mention_t *
one(fixture_t *fixture, const char *text)
{
    fixture_expect_quoted(fixture, text, 1, 0);

    return fixture_mention(fixture, 0);
}


/* A callback of which nothing is understood, and why. */
static inline void
dead(fixture_t *fixture, const char *text, sc_dead_reason_t reason)
{
    assert_int_equal(fixture_parse_quoted(fixture, text), SC_PARSE_DEAD);
    assert_int_equal(fixture->callback.dead, reason);
}

#endif /* PLATFORM_QUOTED_H */
