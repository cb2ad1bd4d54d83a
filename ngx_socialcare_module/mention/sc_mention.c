/*
 * sc_mention.c: names of the record's enums, and what a mention means: is
 * somebody waiting for an answer, which side is it from, how many saw it.
 *
 * Nothing here knows a platform, a queue or the time.
 */

#include "sc_mention.h"


#define SC_COUNT(table)  (sizeof(table) / sizeof((table)[0]))


static const char *const sc_kind_names[SC_KINDS] = {
    "unknown",
    "mention",
    "post",
    "comment",
    "reply",
    "quote",
    "share",
    "message",
    "reaction",
    "review",
    "story_mention",
    "story_reply",
    "call",
    "voicemail",
    "status",
    "note",
    "notice"
};

static const char *const sc_action_names[] = {
    "create",
    "edit",
    "delete"
};

static const char *const sc_direction_names[] = {
    "in",
    "out",
    "internal",
    "unknown",
    "none"
};

static const char *const sc_channel_names[SC_CHANNELS] = {
    "social",
    "messaging",
    "sms",
    "voice",
    "email",
    "review",
    "helpdesk",
    "other"
};

static const char *const sc_reach_names[SC_REACHES] = {
    "0-99",
    "100-999",
    "1k-9999",
    "10k-99999",
    "100k+",
    "none",
    "unknown"
};


static const char *
sc_name_at(const char *const *names, size_t count, size_t at)
{
    return at < count ? names[at] : "unknown";
}


static bool
sc_name_find(const char *const *names, size_t count, sc_str_t name, size_t *at)
{
    for (*at = 0; *at < count; (*at)++) {
        if (sc_str_eq(name, sc_str_from_cstring(names[*at]))) {
            return true;
        }
    }

    return false;
}


const char *
sc_kind_name(sc_kind_t kind)
{
    return sc_name_at(sc_kind_names, SC_COUNT(sc_kind_names), (size_t) kind);
}


const char *
sc_action_name(sc_action_t action)
{
    return sc_name_at(sc_action_names, SC_COUNT(sc_action_names),
                      (size_t) action);
}


const char *
sc_direction_name(sc_direction_t direction)
{
    return sc_name_at(sc_direction_names, SC_COUNT(sc_direction_names),
                      (size_t) direction);
}


const char *
sc_channel_name(sc_channel_t channel)
{
    return sc_name_at(sc_channel_names, SC_COUNT(sc_channel_names),
                      (size_t) channel);
}


const char *
sc_reach_name(sc_reach_t reach)
{
    return sc_name_at(sc_reach_names, SC_COUNT(sc_reach_names),
                      (size_t) reach);
}


bool
sc_kind_by_name(sc_str_t name, sc_kind_t *kind)
{
    size_t at;

    if (!sc_name_find(sc_kind_names, SC_COUNT(sc_kind_names), name, &at)) {
        return false;
    }

    *kind = (sc_kind_t) at;

    return true;
}


bool
sc_channel_by_name(sc_str_t name, sc_channel_t *channel)
{
    size_t at;

    if (!sc_name_find(sc_channel_names, SC_COUNT(sc_channel_names), name,
                      &at))
    {
        return false;
    }

    *channel = (sc_channel_t) at;

    return true;
}


bool
sc_mention_is_inbound(const sc_mention_t *mention)
{
    return mention->direction == SC_DIRECTION_IN
           || mention->direction == SC_DIRECTION_UNKNOWN;
}


bool
sc_mention_is_actionable(const sc_mention_t *mention)
{
    if (!sc_mention_is_inbound(mention)
        || mention->action != SC_ACTION_CREATE || mention->automatic
        || mention->part.number > 1)
    {
        return false;
    }

    switch (mention->kind) {

    case SC_KIND_REACTION:
    case SC_KIND_SHARE:
    case SC_KIND_STATUS:
    case SC_KIND_NOTE:
    case SC_KIND_NOTICE:
        return false;

    default:
        return true;
    }
}


/*
 * Whether others can see the item.  Where the platform's file does not say,
 * the channel does: what is written on a social network or review site is
 * public unless it is a direct message.  Other channels have no audience.
 */
static bool
sc_mention_has_audience(const sc_mention_t *mention)
{
    if (mention->is_public != SC_TRI_UNKNOWN) {
        return mention->is_public == SC_TRI_YES;
    }

    switch (mention->channel) {

    case SC_CHANNEL_SOCIAL:
    case SC_CHANNEL_REVIEW:
    case SC_CHANNEL_OTHER:
        return mention->kind != SC_KIND_MESSAGE
               && mention->kind != SC_KIND_CALL
               && mention->kind != SC_KIND_VOICEMAIL;

    default:
        return false;
    }
}


sc_reach_t
sc_mention_reach(const sc_mention_t *mention)
{
    int64_t followers;

    if (!sc_mention_has_audience(mention)) {
        return SC_REACH_NONE;
    }

    followers = mention->author.followers;

    if (followers < 0) {
        return SC_REACH_UNKNOWN;
    }

    if (followers < 100) {
        return SC_REACH_0_99;
    }

    if (followers < 1000) {
        return SC_REACH_100_999;
    }

    if (followers < 10000) {
        return SC_REACH_1K_9999;
    }

    return followers < 100000 ? SC_REACH_10K_99999 : SC_REACH_100K;
}


void
sc_mention_init(sc_mention_t *mention)
{
    memset(mention, 0, sizeof(*mention));

    mention->author.followers = -1;
    mention->created_ms = -1;
    mention->edited_ms = -1;
    mention->duration_s = -1;
    mention->rating = -1;
    mention->part.number = -1;
    mention->part.total = -1;
}
