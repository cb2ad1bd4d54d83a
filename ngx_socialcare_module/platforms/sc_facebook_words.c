/*
 * sc_facebook_words.c: tables of Facebook's terms.  A change with a term that
 * is missing here goes to `dead`, where somebody sees it.
 */

#include "sc_facebook.h"


static const struct {
    sc_str_t            item;
    sc_facebook_class_t class;
} sc_facebook_items[] = {
    { SC_STR_INIT("comment"), SC_FACEBOOK_COMMENT },
    { SC_STR_INIT("post"), SC_FACEBOOK_POST },
    { SC_STR_INIT("status"), SC_FACEBOOK_POST },
    { SC_STR_INIT("photo"), SC_FACEBOOK_POST },
    { SC_STR_INIT("video"), SC_FACEBOOK_POST },
    { SC_STR_INIT("share"), SC_FACEBOOK_POST },
    { SC_STR_INIT("album"), SC_FACEBOOK_POST },
    { SC_STR_INIT("link"), SC_FACEBOOK_POST },
    { SC_STR_INIT("note"), SC_FACEBOOK_POST },
    { SC_STR_INIT("reaction"), SC_FACEBOOK_REACTION },
    { SC_STR_INIT("like"), SC_FACEBOOK_REACTION },
    { SC_STR_INIT("rating"), SC_FACEBOOK_RATING },
    { SC_STR_INIT("address"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("connection"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("coupon"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("event"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("experience"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("group"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("group_message"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("interest"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("mention"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("milestone"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("page"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("picture"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("platform-story"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("photo-album"), SC_FACEBOOK_POST },
    { SC_STR_INIT("profile"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("question"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("relationship-status"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("story"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("timeline cover"), SC_FACEBOOK_NOISE },
    { SC_STR_INIT("tag"), SC_FACEBOOK_NOISE }
};

#define SC_FACEBOOK_ITEMS                                                     \
    (sizeof(sc_facebook_items) / sizeof(sc_facebook_items[0]))


static const struct {
    sc_str_t    verb;
    sc_action_t action;
} sc_facebook_verbs[] = {
    { SC_STR_INIT("add"), SC_ACTION_CREATE },
    { SC_STR_INIT("edited"), SC_ACTION_EDIT },
    { SC_STR_INIT("edit"), SC_ACTION_EDIT },
    { SC_STR_INIT("update"), SC_ACTION_EDIT },
    { SC_STR_INIT("remove"), SC_ACTION_DELETE },
    { SC_STR_INIT("delete"), SC_ACTION_DELETE }
};

#define SC_FACEBOOK_VERBS                                                     \
    (sizeof(sc_facebook_verbs) / sizeof(sc_facebook_verbs[0]))


/* Moderation, not something anybody said. */
static const sc_str_t sc_facebook_ignored_verbs[] = {
    SC_STR_INIT("hide"),
    SC_STR_INIT("unhide"),
    SC_STR_INIT("mute"),
    SC_STR_INIT("unmute"),
    SC_STR_INIT("block"),
    SC_STR_INIT("unblock"),
    SC_STR_INIT("follow")
};


/* Fields of a Page that carry its own settings, or hints without content. */
static const sc_str_t sc_facebook_ignored_fields[] = {
    SC_STR_INIT("conversations"),
    SC_STR_INIT("about"),
    SC_STR_INIT("affiliation"),
    SC_STR_INIT("attire"),
    SC_STR_INIT("awards"),
    SC_STR_INIT("band_*"),
    SC_STR_INIT("bio"),
    SC_STR_INIT("birthday"),
    SC_STR_INIT("booking_agent"),
    SC_STR_INIT("call_settings_update"),
    SC_STR_INIT("category"),
    SC_STR_INIT("checkins"),
    SC_STR_INIT("company_overview"),
    SC_STR_INIT("cover"),
    SC_STR_INIT("culinary_team"),
    SC_STR_INIT("current_location"),
    SC_STR_INIT("description"),
    SC_STR_INIT("email"),
    SC_STR_INIT("features"),
    SC_STR_INIT("founded"),
    SC_STR_INIT("general_*"),
    SC_STR_INIT("hometown"),
    SC_STR_INIT("hours"),
    SC_STR_INIT("inbox_labels"),
    SC_STR_INIT("influences"),
    SC_STR_INIT("invoice_access_*"),
    SC_STR_INIT("is_published"),
    SC_STR_INIT("leadgen*"),
    SC_STR_INIT("live_videos"),
    SC_STR_INIT("location"),
    SC_STR_INIT("members"),
    SC_STR_INIT("mission"),
    SC_STR_INIT("name"),
    SC_STR_INIT("page_*"),
    SC_STR_INIT("parking"),
    SC_STR_INIT("payment_options"),
    SC_STR_INIT("personal_*"),
    SC_STR_INIT("phone"),
    SC_STR_INIT("picture"),
    SC_STR_INIT("plot_outline"),
    SC_STR_INIT("price_range"),
    SC_STR_INIT("product_review"),
    SC_STR_INIT("products"),
    SC_STR_INIT("public_transit"),
    SC_STR_INIT("publisher_subscriptions"),
    SC_STR_INIT("release_date"),
    SC_STR_INIT("restaurant_*"),
    SC_STR_INIT("schedule"),
    SC_STR_INIT("screenplay_by"),
    SC_STR_INIT("starring"),
    SC_STR_INIT("studio"),
    SC_STR_INIT("videos"),
    SC_STR_INIT("website")
};


sc_facebook_class_t
sc_facebook_class(sc_str_t item)
{
    size_t i;

    for (i = 0; i < SC_FACEBOOK_ITEMS; i++) {
        if (sc_str_eq(sc_facebook_items[i].item, item)) {
            return sc_facebook_items[i].class;
        }
    }

    return SC_FACEBOOK_UNKNOWN;
}


bool
sc_facebook_action(sc_str_t verb, sc_action_t *action)
{
    size_t i;

    for (i = 0; i < SC_FACEBOOK_VERBS; i++) {
        if (sc_str_eq(sc_facebook_verbs[i].verb, verb)) {
            *action = sc_facebook_verbs[i].action;
            return true;
        }
    }

    return false;
}


bool
sc_facebook_is_moderation(sc_str_t verb)
{
    return sc_meta_is_one_of(sc_facebook_ignored_verbs, verb);
}


bool
sc_facebook_is_setting(sc_str_t field)
{
    return sc_meta_is_one_of(sc_facebook_ignored_fields, field);
}
