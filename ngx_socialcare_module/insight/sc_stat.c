/*
 * sc_stat.c: parses the names of counters.
 */

#include "sc_stat.h"


static const sc_str_t sc_count_names[SC_COUNTS] = {
    SC_STR_INIT("in"), SC_STR_INIT("out"), SC_STR_INIT("dup"),
    SC_STR_INIT("dead"), SC_STR_INIT("more"), SC_STR_INIT("early"),
    SC_STR_INIT("stale"), SC_STR_INIT("amend"), SC_STR_INIT("expired"),
    SC_STR_INIT("ended"), SC_STR_INIT("auto"), SC_STR_INIT("met"),
    SC_STR_INIT("miss")
};

static const char *const sc_closed_names[SC_CLOSED_REASONS] = {
    "not_actionable", "spam", "deleted_by_author", "duplicate_of",
    "other_channel", "no_reply_needed", "other"
};


const char *
sc_closed_name(unsigned reason)
{
    return sc_closed_names[reason < SC_CLOSED_OTHER ? reason
                                                    : SC_CLOSED_OTHER];
}


static bool
sc_stat_tier(sc_str_t name, size_t at, sc_stat_t *stat)
{
    if (at >= name.len || name.data[at] < '0'
        || name.data[at] >= '0' + SC_TIERS)
    {
        return false;
    }

    stat->tier = (unsigned) (name.data[at] - '0');

    return true;
}


/* ".<bucket>" up to the end of the name. */
static bool
sc_stat_bucket(sc_str_t name, size_t at, sc_stat_t *stat)
{
    uint64_t bucket;

    if (at >= name.len || name.data[at] != '.'
        || !sc_str_to_uint64(sc_str_from(name, at + 1), &bucket)
        || bucket >= SC_WAITS)
    {
        return false;
    }

    stat->bucket = (unsigned) bucket;

    return true;
}


static bool
sc_stat_opened(sc_str_t name, sc_stat_t *stat)
{
    if (name.len != 3 || (name.data[1] != 'F' && name.data[1] != 'N')
        || !sc_stat_tier(name, 2, stat))
    {
        return false;
    }

    stat->kind = SC_STAT_OPENED;
    stat->index = name.data[1] == 'F' ? SC_RESPONSE_FIRST : SC_RESPONSE_NEXT;

    return true;
}


static bool
sc_stat_wait(sc_str_t name, sc_stat_t *stat)
{
    stat->kind = name.data[0] == 'w' ? SC_STAT_ANSWERED : SC_STAT_WITHDRAWN;

    return sc_stat_tier(name, 1, stat) && sc_stat_bucket(name, 2, stat);
}


/* f.<bucket>, fms, and the same with n and a. */
static bool
sc_stat_response(sc_str_t name, sc_response_t response, sc_stat_t *stat)
{
    stat->index = response;

    if (sc_str_eq(sc_str_from(name, 1), SC_STR("ms"))) {
        stat->kind = SC_STAT_RESPONSE_MS;
        return true;
    }

    stat->kind = SC_STAT_RESPONSE;

    return sc_stat_bucket(name, 1, stat);
}


static bool
sc_stat_closed(sc_str_t name, sc_stat_t *stat)
{
    if (name.len < 3 || name.data[1] != ':') {
        return false;
    }

    stat->kind = SC_STAT_CLOSED;

    for (stat->index = 0; stat->index < SC_CLOSED_OTHER; stat->index++) {
        if (sc_str_eq(sc_str_from(name, 2),
                      sc_str_from_cstring(sc_closed_names[stat->index])))
        {
            break;
        }
    }

    return true;
}


static bool
sc_stat_count(sc_str_t name, sc_stat_t *stat)
{
    stat->kind = SC_STAT_COUNT;

    for (stat->index = 0; stat->index < SC_COUNTS; stat->index++) {
        if (sc_str_eq(name, sc_count_names[stat->index])) {
            return true;
        }
    }

    return false;
}


static bool
sc_stat_counter(sc_str_t name, sc_stat_t *stat)
{
    switch (name.data[0]) {

    case 'w':
    case 'x':
        return sc_stat_wait(name, stat);

    case 'o':
        if (sc_stat_opened(name, stat)) {
            return true;
        }

        stat->kind = SC_STAT_OVERTAKE_MS;
        return sc_str_eq(name, SC_STR("ov")) || sc_stat_count(name, stat);

    case 'f':
        return sc_stat_response(name, SC_RESPONSE_FIRST, stat);

    case 'n':
        return sc_stat_response(name, SC_RESPONSE_NEXT, stat);

    case 'a':
        return sc_stat_response(name, SC_RESPONSE_AUTOMATIC, stat)
               || sc_stat_count(name, stat);

    case 'c':
        return sc_stat_closed(name, stat);

    default:
        return sc_stat_count(name, stat);
    }
}


bool
sc_stat_parse(sc_str_t name, sc_stat_t *stat)
{
    unsigned char letter;

    memset(stat, 0, sizeof(*stat));

    if (name.len < 2) {
        return false;
    }

    letter = name.data[0];

    if (letter == 'z') {
        stat->slot = SC_SLOT_UNKNOWN;

    } else if (letter >= 'a' && letter <= 'l') {
        stat->slot = (unsigned) (letter - 'a');

    } else {
        return false;
    }

    return sc_stat_counter(sc_str_from(name, 1), stat);
}
