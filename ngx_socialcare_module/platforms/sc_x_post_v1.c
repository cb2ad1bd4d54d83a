/*
 * sc_x_post_v1.c: posts, likes and deletions in the v1.1 shape, as Account
 * Activity sends them.
 *
 * It must not know envelopes: account and users come in the event.
 */

#include "sc_x.h"


static sc_str_t
sc_x_id_v1(sc_x_event_t *event, const sc_json_token_t *object)
{
    sc_str_t id;

    id = sc_callback_id(event->callback, object, SC_STR("id_str"));

    if (id.len == 0) {
        id = sc_callback_id(event->callback, object, SC_STR("id"));
    }

    return id;
}


static sc_str_t
sc_x_text_v1(sc_x_event_t *event, const sc_json_token_t *post,
    const sc_json_token_t *extended, const sc_json_token_t *cut)
{
    sc_str_t text;

    text = sc_callback_text(event->callback, extended, SC_STR("full_text"));

    if (text.len == 0) {
        text = sc_callback_text(event->callback, post, SC_STR("full_text"));
    }

    if (text.len == 0) {
        text = sc_callback_string(event->callback, cut);
    }

    return sc_x_plain(event, text);
}


static const sc_json_token_t *
sc_x_media_of(sc_x_event_t *event, const sc_json_token_t *holder)
{
    const sc_json_token_t *media;

    media = sc_json_member(event->json,
                           sc_json_member(event->json, holder,
                                          "extended_entities"),
                           "media");
    if (media == NULL) {
        media = sc_json_member(event->json,
                               sc_json_member(event->json, holder, "entities"),
                               "media");
    }

    return media;
}


static void
sc_x_add_media_v1(sc_x_event_t *event, sc_mention_t *mention,
    const sc_json_token_t *post, const sc_json_token_t *extended)
{
    size_t                 count;
    sc_callback_t         *callback;
    const sc_json_token_t *list, *item;

    callback = event->callback;
    list = sc_x_media_of(event, extended);

    if (list == NULL) {
        list = sc_x_media_of(event, post);
    }

    item = NULL;

    for (count = 0; count < SC_X_MAX_MEDIA; count++) {
        item = sc_json_next(event->json, list, item, NULL);
        if (item == NULL) {
            break;
        }

        sc_callback_add_media(callback, mention,
                              sc_callback_text(callback, item, SC_STR("type")),
                              sc_callback_text(callback, item,
                                               SC_STR("media_url_https")),
                              sc_x_id_v1(event, item));
    }
}


static void
sc_x_place_v1(sc_x_event_t *event, const sc_json_token_t *post,
    sc_x_place_t *place)
{
    const sc_json_token_t *history, *shared;

    memset(place, 0, sizeof(*place));

    place->id = sc_x_id_v1(event, post);

    history = sc_json_member(event->json, post, "edit_history");
    place->original = sc_callback_id(event->callback, history,
                                     SC_STR("initial_tweet_id"));
    if (place->original.len == 0) {
        place->original = place->id;
    }

    place->replied_to = sc_callback_id(event->callback, post,
                                       SC_STR("in_reply_to_status_id_str"));
    place->replied_to_user = sc_callback_id(event->callback, post,
                                            SC_STR("in_reply_to_user_id_str"));
    place->quoted = sc_callback_id(event->callback, post,
                                   SC_STR("quoted_status_id_str"));

    shared = sc_json_member(event->json, post, "retweeted_status");
    place->shared = sc_x_id_v1(event, shared);
}


void
sc_x_read_post_v1(sc_x_event_t *event)
{
    sc_x_place_t           place;
    sc_mention_t          *mention;
    const sc_json_token_t *post, *user, *text, *extended;

    post = event->event;
    user = sc_json_member(event->json, post, "user");
    text = sc_json_member(event->json, post, "text");

    if (sc_x_is_misshaped(user, SC_JSON_OBJECT)
        || sc_x_is_misshaped(text, SC_JSON_STRING))
    {
        sc_x_add_dead(event, SC_DEAD_SHAPE);
        return;
    }

    sc_x_place_v1(event, post, &place);

    mention = sc_x_add_item(event, place.id);
    if (mention == NULL) {
        return;
    }

    sc_x_read_user(event, user, &mention->author);

    extended = sc_json_member(event->json, post, "extended_tweet");

    mention->text = sc_x_text_v1(event, post, extended, text);
    mention->created_ms = sc_x_time(event, post, SC_STR("timestamp_ms"),
                                    SC_TIME_MILLISECONDS);
    if (mention->created_ms < 0) {
        mention->created_ms = sc_x_time(event, post, SC_STR("created_at"),
                                        SC_TIME_ASCTIME_X);
    }

    sc_x_set_language(event, mention, post);
    sc_x_set_url(event, mention, place.id);
    sc_x_settle_post(event, mention, &place, SC_KIND_UNKNOWN, false);
    sc_x_add_media_v1(event, mention, post, extended);
}


/*
 * An application may have subscriptions of customers as well as of brands, and
 * a deletion only says "the subscribed account": so it is the brand's only if
 * that account is configured.
 */
void
sc_x_read_delete_v1(sc_x_event_t *event)
{
    sc_str_t               id;
    sc_mention_t          *mention;
    const sc_json_token_t *status;

    status = sc_json_member(event->json, event->event, "status");
    id = sc_callback_id(event->callback, status, SC_STR("id"));

    mention = sc_x_add_delete(event, id);
    if (mention == NULL) {
        return;
    }

    mention->author.id = sc_callback_id(event->callback, status,
                                        SC_STR("user_id"));
    mention->created_ms = sc_x_time(event, event->event,
                                    SC_STR("timestamp_ms"),
                                    SC_TIME_MILLISECONDS);

    if (sc_source_is_own(event->callback->source, SC_STR_NULL,
                         mention->author.id))
    {
        mention->direction = SC_DIRECTION_OUT;
        mention->no_answer = true;

    } else {
        mention->direction = SC_DIRECTION_UNKNOWN;
        mention->clock_key = sc_x_clock_key(event, id);
    }
}


void
sc_x_read_favorite_v1(sc_x_event_t *event)
{
    sc_mention_t          *mention;
    const sc_json_token_t *user;

    user = sc_json_member(event->json, event->event, "user");

    mention = sc_x_add_like(event, event->event);
    if (mention == NULL) {
        return;
    }

    sc_x_read_user(event, user, &mention->author);

    mention->object = sc_x_id_v1(event, sc_json_member(event->json,
                                                       event->event,
                                                       "favorited_status"));

    if (sc_x_is_own(event, &mention->author)) {
        mention->direction = SC_DIRECTION_OUT;
        mention->no_answer = true;

    } else if (mention->author.id.len == 0) {
        mention->direction = SC_DIRECTION_UNKNOWN;
    }
}
