/*
 * sc_x_post.c: what posts of X have in common, whether they came in the v1.1
 * or the v2 shape: kind, direction, parent, clock key.
 *
 * It must not know the shapes, nor envelopes.
 */

#include "sc_x.h"


sc_str_t
sc_x_clock_key(sc_x_event_t *event, sc_str_t id)
{
    sc_str_t parts[2];

    if (id.len == 0) {
        return SC_STR_NULL;
    }

    parts[0] = SC_STR("x:");
    parts[1] = id;

    return sc_callback_join(event->callback, parts, 2);
}


static sc_kind_t
sc_x_kind(const sc_x_place_t *place, bool own)
{
    if (place->shared.len > 0) {
        return SC_KIND_SHARE;
    }

    if (place->replied_to.len > 0) {
        return SC_KIND_REPLY;
    }

    if (place->quoted.len > 0) {
        return SC_KIND_QUOTE;
    }

    return own ? SC_KIND_POST : SC_KIND_MENTION;
}


static void
sc_x_set_parent(sc_mention_t *mention, const sc_x_place_t *place)
{
    /* A reposted quote has the quoted post's id as well. */
    if (place->shared.len > 0) {
        mention->parent = place->shared;

    } else if (place->replied_to.len > 0) {
        mention->parent = place->replied_to;

    } else {
        mention->parent = place->quoted;
    }
}


/* Which wait the brand's post ends, if any; see sc_x.h. */
static void
sc_x_set_brand_clock(sc_x_event_t *event, sc_mention_t *mention,
    const sc_x_place_t *place)
{
    sc_str_t answered;

    answered = SC_STR_NULL;

    if (mention->kind == SC_KIND_SHARE || mention->action != SC_ACTION_CREATE) {
        /* reposts or corrects: answers nobody */

    } else if (place->replied_to.len > 0) {
        /* The brand continues its own thread: nobody waits there. */
        if (!sc_source_is_own(event->callback->source, event->account,
                              place->replied_to_user))
        {
            answered = place->replied_to;
        }

    } else if (event->options->quote_answers) {
        answered = place->quoted;
    }

    mention->clock_key = sc_x_clock_key(event, answered);
    mention->no_answer = answered.len == 0;
}


void
sc_x_settle_post(sc_x_event_t *event, sc_mention_t *mention,
    const sc_x_place_t *place, sc_kind_t kind, bool by_account)
{
    bool own;

    own = by_account || sc_x_is_own(event, &mention->author);

    if (own) {
        mention->direction = SC_DIRECTION_OUT;

    } else {
        mention->direction = mention->author.id.len > 0
                             ? SC_DIRECTION_IN : SC_DIRECTION_UNKNOWN;
    }

    mention->kind = (kind == SC_KIND_UNKNOWN || own)
                    ? sc_x_kind(place, own) : kind;
    mention->event = place->id;
    mention->object = place->original;
    mention->is_public = SC_TRI_YES;

    sc_x_set_parent(mention, place);

    if (!sc_str_eq(place->id, place->original)) {
        mention->action = SC_ACTION_EDIT;
        mention->edited_ms = mention->created_ms;
    }

    if (own) {
        if (!sc_source_is_own(event->callback->source, event->account,
                              place->replied_to_user))
        {
            mention->recipient = place->replied_to_user;
        }

        sc_x_set_brand_clock(event, mention, place);

    } else if (mention->kind != SC_KIND_SHARE
               && mention->action == SC_ACTION_CREATE)
    {
        mention->clock_key = sc_x_clock_key(event, place->original);
    }
}


void
sc_x_set_url(sc_x_event_t *event, sc_mention_t *mention, sc_str_t id)
{
    sc_str_t parts[4];

    parts[0] = SC_STR("https://x.com/");
    parts[1] = mention->author.handle.len > 0 ? mention->author.handle
                                              : SC_STR("i");
    parts[2] = SC_STR("/status/");
    parts[3] = id;

    mention->url = sc_callback_join(event->callback, parts, 4);
}


void
sc_x_set_language(sc_x_event_t *event, sc_mention_t *mention,
    const sc_json_token_t *post)
{
    mention->lang = sc_callback_text(event->callback, post, SC_STR("lang"));

    if (sc_str_eq(mention->lang, SC_STR("und"))) {
        mention->lang = SC_STR_NULL;
    }
}


sc_mention_t *
sc_x_add_delete(sc_x_event_t *event, sc_str_t id)
{
    sc_str_t      parts[2];
    sc_mention_t *mention;

    mention = sc_x_add_item(event, id);
    if (mention == NULL) {
        return NULL;
    }

    parts[0] = SC_STR("delete:");
    parts[1] = id;

    mention->action = SC_ACTION_DELETE;
    mention->event = sc_callback_join(event->callback, parts, 2);
    mention->object = id;
    mention->is_public = SC_TRI_YES;

    return mention;
}


sc_mention_t *
sc_x_add_like(sc_x_event_t *event, const sc_json_token_t *like)
{
    sc_str_t      id;
    sc_mention_t *mention;

    id = sc_callback_id(event->callback, like, SC_STR("id"));

    mention = sc_x_add_item(event, id);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = SC_KIND_REACTION;
    mention->reaction = SC_STR("like");
    mention->event = id;
    mention->is_public = SC_TRI_YES;
    mention->created_ms = sc_x_time(event, like, SC_STR("timestamp_ms"),
                                    SC_TIME_MILLISECONDS);

    return mention;
}
