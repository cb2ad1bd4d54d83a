/*
 * sc_x_post_v2.c: posts, likes and deletions in the v2 shape, as X Activity
 * and the filtered stream send them.
 *
 * It must not know envelopes: account and users come in the event.
 */

#include "sc_x.h"


/* The user `id` of includes.users[], wrapped or not; NULL if absent. */
static const sc_json_token_t *
sc_x_find_user(sc_x_event_t *event, sc_str_t id)
{
    const sc_json_token_t *item, *user, *token;

    for (item = sc_json_next(event->json, event->users, NULL, NULL);
         item != NULL && id.len > 0;
         item = sc_json_next(event->json, event->users, item, NULL))
    {
        user = sc_x_unwrap(event, item);
        token = sc_json_member(event->json, user, "id");

        if (sc_json_string_is(event->json, token, id)) {
            return user;
        }
    }

    return NULL;
}


static void
sc_x_read_author_v2(sc_x_event_t *event, sc_str_t id, sc_author_t *author)
{
    sc_x_read_user(event, sc_x_find_user(event, id), author);

    author->id = id;
}


static void
sc_x_read_references(sc_x_event_t *event, const sc_json_token_t *post,
    sc_x_place_t *place)
{
    sc_str_t               id, type;
    const sc_json_token_t *list, *item;

    list = sc_json_member(event->json, post, "referenced_tweets");

    for (item = sc_json_next(event->json, list, NULL, NULL);
         item != NULL;
         item = sc_json_next(event->json, list, item, NULL))
    {
        type = sc_callback_text(event->callback, item, SC_STR("type"));
        id = sc_callback_id(event->callback, item, SC_STR("id"));

        if (sc_str_eq(type, SC_STR("replied_to"))) {
            if (place->replied_to.len == 0) {
                place->replied_to = id;
            }

        } else if (sc_str_eq(type, SC_STR("quoted"))) {
            place->quoted = id;

        } else if (sc_str_eq(type, SC_STR("retweeted"))) {
            place->shared = id;
        }
    }
}


static void
sc_x_place_v2(sc_x_event_t *event, const sc_json_token_t *post,
    sc_x_place_t *place)
{
    const sc_json_token_t *history, *first;

    memset(place, 0, sizeof(*place));

    place->id = sc_callback_id(event->callback, post, SC_STR("id"));

    history = sc_json_member(event->json, post, "edit_history_tweet_ids");
    first = sc_json_next(event->json, history, NULL, NULL);
    place->original = sc_callback_string(event->callback, first);

    if (place->original.len == 0) {
        place->original = place->id;
    }

    place->replied_to = sc_callback_id(event->callback, post,
                                       SC_STR("in_reply_to_tweet_id"));
    place->replied_to_user = sc_callback_id(event->callback, post,
                                            SC_STR("in_reply_to_user_id"));

    sc_x_read_references(event, post, place);
}


static const sc_json_token_t *
sc_x_find_media(sc_x_event_t *event, sc_str_t key)
{
    const sc_json_token_t *list, *item;

    list = sc_json_member(event->json, event->includes, "media");

    for (item = sc_json_next(event->json, list, NULL, NULL);
         item != NULL;
         item = sc_json_next(event->json, list, item, NULL))
    {
        if (sc_json_string_is(event->json,
                              sc_json_member(event->json, item, "media_key"),
                              key))
        {
            break;
        }
    }

    return item;
}


/* Even a key without its object shows that there is media. */
static void
sc_x_add_media_v2(sc_x_event_t *event, sc_mention_t *mention,
    const sc_json_token_t *post)
{
    size_t                 count;
    sc_str_t               key, url;
    sc_callback_t         *callback;
    const sc_json_token_t *keys, *item, *media;

    callback = event->callback;
    keys = sc_json_member(event->json,
                          sc_json_member(event->json, post, "attachments"),
                          "media_keys");
    item = NULL;

    for (count = 0; count < SC_X_MAX_MEDIA; count++) {
        item = sc_json_next(event->json, keys, item, NULL);
        if (item == NULL) {
            break;
        }

        if (!sc_json_string(event->json, item, callback->arena, &key)) {
            continue;
        }

        media = sc_x_find_media(event, key);
        url = sc_callback_text(callback, media, SC_STR("url"));

        if (url.len == 0) {
            url = sc_callback_text(callback, media,
                                   SC_STR("preview_image_url"));
        }

        sc_callback_add_media(callback, mention,
                              sc_callback_text(callback, media,
                                               SC_STR("type")),
                              url, key);
    }
}


static sc_str_t
sc_x_text_v2(sc_x_event_t *event, const sc_json_token_t *post,
    const sc_json_token_t *cut)
{
    sc_str_t text;

    text = sc_callback_text(event->callback,
                            sc_json_member(event->json, post, "note_tweet"),
                            SC_STR("text"));
    if (text.len == 0) {
        text = sc_callback_string(event->callback, cut);
    }

    return sc_x_plain(event, text);
}


void
sc_x_read_post_v2(sc_x_event_t *event, const sc_json_token_t *post,
    sc_kind_t kind, bool by_account)
{
    sc_str_t               author;
    sc_x_place_t           place;
    sc_mention_t          *mention;
    const sc_json_token_t *text;

    text = sc_json_member(event->json, post, "text");

    if (!sc_json_is(post, SC_JSON_OBJECT)
        || sc_x_is_misshaped(text, SC_JSON_STRING))
    {
        sc_x_add_dead(event, SC_DEAD_SHAPE);
        return;
    }

    sc_x_place_v2(event, post, &place);

    mention = sc_x_add_item(event, place.id);
    if (mention == NULL) {
        return;
    }

    author = sc_callback_id(event->callback, post, SC_STR("author_id"));

    if (author.len == 0 && by_account) {
        author = event->account;
    }

    sc_x_read_author_v2(event, author, &mention->author);

    mention->text = sc_x_text_v2(event, post, text);
    mention->created_ms = sc_x_time(event, post, SC_STR("created_at"),
                                    SC_TIME_ISO8601);
    mention->thread = sc_callback_id(event->callback, post,
                                     SC_STR("conversation_id"));

    sc_x_set_language(event, mention, post);
    sc_x_set_url(event, mention, place.id);
    sc_x_settle_post(event, mention, &place, kind, by_account);
    sc_x_add_media_v2(event, mention, post);
}


void
sc_x_read_delete_v2(sc_x_event_t *event, const sc_json_token_t *payload)
{
    sc_str_t      id;
    sc_mention_t *mention;

    id = sc_callback_id(event->callback, payload, SC_STR("id"));

    mention = sc_x_add_delete(event, id);
    if (mention == NULL) {
        return;
    }

    sc_x_read_author_v2(event,
                        sc_callback_id(event->callback, payload,
                                       SC_STR("author_id")),
                        &mention->author);

    if (sc_x_is_own(event, &mention->author)) {
        mention->direction = SC_DIRECTION_OUT;
        mention->no_answer = true;

    } else {
        mention->direction = mention->author.id.len > 0
                             ? SC_DIRECTION_IN : SC_DIRECTION_UNKNOWN;
        mention->clock_key = sc_x_clock_key(event, id);
    }
}


/*
 * The payload names the liked post and its author.  The one who liked it is the
 * account itself (outbound), or is not named.
 */
void
sc_x_read_like_v2(sc_x_event_t *event, const sc_json_token_t *payload,
    const sc_json_token_t *filter)
{
    bool          by_account;
    sc_str_t      direction, liked_author;
    sc_mention_t *mention;

    mention = sc_x_add_like(event, payload);
    if (mention == NULL) {
        return;
    }

    direction = sc_callback_text(event->callback, filter, SC_STR("direction"));
    liked_author = sc_callback_id(event->callback, payload,
                                  SC_STR("liked_tweet_author_id"));

    /* Only the direction shows that the account likes its own post. */
    by_account = direction.len > 0
                 ? sc_str_eq(direction, SC_STR("outbound"))
                 : event->account.len > 0 && liked_author.len > 0
                   && !sc_source_is_own(event->callback->source,
                                        event->account, liked_author);

    mention->object = sc_callback_id(event->callback, payload,
                                     SC_STR("liked_tweet_id"));

    if (by_account) {
        mention->direction = SC_DIRECTION_OUT;
        mention->no_answer = true;
        sc_x_read_author_v2(event, event->account, &mention->author);

    } else {
        mention->direction = SC_DIRECTION_UNKNOWN;
    }
}
