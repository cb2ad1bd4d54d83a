/*
 * sc_vk_item.c: one message, comment or post of VK -> a mention.
 */

#include "sc_vk.h"


static sc_str_t
sc_vk_id(const sc_vk_t *vk, const char *name)
{
    return sc_callback_id(vk->callback, vk->object, sc_str_from_cstring(name));
}


/* Media */


/* The largest of a photo's sizes. */
static sc_str_t
sc_vk_photo(const sc_vk_t *vk, const sc_json_token_t *photo)
{
    int64_t                width, height, pixels;
    sc_str_t               url;
    sc_json_doc_t         *json;
    const sc_json_token_t *sizes, *size;

    json = vk->callback->json;
    sizes = sc_json_member(json, photo, "sizes");
    url = SC_STR_NULL;
    pixels = -1;

    if (!sc_json_is(sizes, SC_JSON_ARRAY)) {
        return url;
    }

    for (size = sc_json_next(json, sizes, NULL, NULL);
         size != NULL;
         size = sc_json_next(json, sizes, size, NULL))
    {
        width = sc_callback_int(vk->callback, size, SC_STR("width"));
        height = sc_callback_int(vk->callback, size, SC_STR("height"));

        if (width < 0 || height < 0 || width > 65536 || height > 65536) {
            continue;
        }

        if (width * height > pixels) {
            pixels = width * height;
            url = sc_callback_text(vk->callback, size, SC_STR("url"));
        }
    }

    return url;
}


/* `type` names the member that holds it; owner_id read by the API. */
static void
sc_vk_add_attachment(const sc_vk_t *vk, sc_mention_t *mention,
    const sc_json_token_t *attachment)
{
    sc_str_t               type, url, owner, id;
    sc_callback_t         *callback;
    const sc_json_token_t *held;

    callback = vk->callback;
    type = sc_callback_text(callback, attachment, SC_STR("type"));
    held = sc_kit_object(callback, attachment, type);

    if (type.len == 0) {
        return;
    }

    url = sc_str_eq(type, SC_STR("photo"))
          ? sc_vk_photo(vk, held)
          : sc_kit_either(sc_callback_text(callback, held, SC_STR("url")),
                          sc_callback_text(callback, held,
                                           SC_STR("link_mp3")));
    owner = sc_callback_id(callback, held, SC_STR("owner_id"));
    id = sc_callback_id(callback, held, SC_STR("id"));

    sc_callback_add_media(callback, mention, type, url,
                          owner.len == 0 || id.len == 0
                          ? id : sc_kit_join(callback, owner, SC_STR("_"),
                                             id));
}


/* Adds those of a message, comment or post; returns how many more fit. */
static size_t
sc_vk_add_media(const sc_vk_t *vk, sc_mention_t *mention,
    const sc_json_token_t *holder, size_t room)
{
    sc_json_doc_t         *json;
    const sc_json_token_t *list, *item;

    json = vk->callback->json;
    list = sc_json_member(json, holder, "attachments");

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        return room;
    }

    for (item = sc_json_next(json, list, NULL, NULL);
         item != NULL && room > 0;
         item = sc_json_next(json, list, item, NULL))
    {
        sc_vk_add_attachment(vk, mention, item);
        room--;
    }

    return room;
}


/* A shared place; not among the attachments. */
static void
sc_vk_add_place(const sc_vk_t *vk, sc_mention_t *mention)
{
    const sc_json_token_t *geo;

    geo = sc_kit_object(vk->callback, vk->object, SC_STR("geo"));
    (void) sc_kit_add_place(vk->callback, mention,
                            sc_kit_object(vk->callback, geo,
                                          SC_STR("coordinates")),
                            SC_STR("latitude"), SC_STR("longitude"));
}


/* Common */


static sc_mention_t *
sc_vk_add(const sc_vk_t *vk, sc_kind_t kind, sc_action_t action)
{
    sc_str_t      retries;
    sc_mention_t *mention;

    mention = sc_kit_add(vk->callback, vk->callback->request->body);
    if (mention == NULL) {
        return NULL;
    }

    retries = sc_request_header(vk->callback->request,
                                SC_STR("X-Retry-Counter"), NULL);

    mention->kind = kind;
    mention->action = action;
    mention->account = vk->group;
    mention->event = vk->id;
    mention->redelivery = retries.len != 0
                          && !sc_str_eq(retries, SC_STR("0"));
    mention->text = sc_callback_text(vk->callback, vk->object,
                                     SC_STR("text"));

    return mention;
}


/* The community writes as its id with a minus. */
static bool
sc_vk_set_author(const sc_vk_t *vk, sc_mention_t *mention, sc_str_t author)
{
    bool own;

    mention->author.id = author;

    own = (sc_str_starts_with(author, SC_STR("-"))
           && sc_str_eq(sc_str_from(author, 1), vk->group))
          || sc_source_is_own(vk->callback->source, SC_STR_NULL, author);

    mention->direction = own ? SC_DIRECTION_OUT
                         : author.len == 0 ? SC_DIRECTION_UNKNOWN
                                           : SC_DIRECTION_IN;

    return own;
}


/* Messages */


#define SC_VK_FORWARDED_MAX  16


/* Message ids count per peer. */
static sc_str_t
sc_vk_message_id(const sc_vk_t *vk, sc_str_t peer,
    const sc_json_token_t *message)
{
    sc_str_t id;

    id = sc_callback_id(vk->callback, message,
                        SC_STR("conversation_message_id"));

    return id.len == 0 ? id : sc_kit_join(vk->callback, peer, SC_STR(":"), id);
}


/*
 * A message without text of its own gets that of the messages it forwards, a
 * line each, and their files.  What those forward in turn is left out.
 */
static void
sc_vk_read_forwarded(const sc_vk_t *vk, sc_mention_t *mention, size_t room)
{
    size_t                 count;
    sc_str_t               text, parts[2 * SC_VK_FORWARDED_MAX];
    sc_json_doc_t         *json;
    const sc_json_token_t *list, *item;

    json = vk->callback->json;
    list = sc_json_member(json, vk->object, "fwd_messages");
    count = 0;

    if (mention->text.len != 0 || !sc_json_is(list, SC_JSON_ARRAY)) {
        return;
    }

    for (item = sc_json_next(json, list, NULL, NULL);
         item != NULL && count < 2 * SC_VK_FORWARDED_MAX;
         item = sc_json_next(json, list, item, NULL))
    {
        room = sc_vk_add_media(vk, mention, item, room);
        text = sc_callback_text(vk->callback, item, SC_STR("text"));

        if (text.len != 0) {
            parts[count++] = text;
            parts[count++] = SC_STR("\n");
        }
    }

    if (count != 0) {
        mention->text = sc_callback_join(vk->callback, parts, count - 1);
    }
}


sc_parse_result_t
sc_vk_message(sc_vk_t *vk, sc_action_t action)
{
    size_t        room;
    bool          own;
    sc_str_t      peer;
    sc_mention_t *mention;

    peer = sc_vk_id(vk, "peer_id");

    if (peer.len == 0) {
        return sc_kit_die(vk->callback, SC_DEAD_MISSING_MEMBER);
    }

    /* About the chat (invited, pinned, renamed): nobody said anything. */
    if (sc_kit_object(vk->callback, vk->object, SC_STR("action")) != NULL) {
        return SC_PARSE_OK;
    }

    mention = sc_vk_add(vk, SC_KIND_MESSAGE, action);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    own = sc_vk_set_author(vk, mention, sc_vk_id(vk, "from_id"));

    if (own) {
        mention->recipient = peer;
        mention->automatic = vk->options->api_is_automatic
                             && sc_vk_id(vk, "admin_author_id").len == 0;
    }

    mention->is_public = SC_TRI_NO;
    mention->thread = peer;
    mention->object = sc_vk_message_id(vk, peer, vk->object);
    mention->parent = sc_vk_message_id(vk, peer,
                          sc_kit_object(vk->callback, vk->object,
                                        SC_STR("reply_message")));
    mention->edited_ms = action == SC_ACTION_EDIT
                         ? sc_kit_time(vk->callback, vk->object,
                                       SC_STR("update_time"), 1000) : -1;
    sc_kit_set_created(vk->callback, mention,
                       sc_kit_time(vk->callback, vk->object, SC_STR("date"),
                                   1000));
    room = sc_vk_add_media(vk, mention, vk->object, SC_KIT_MAX_MEDIA);
    sc_vk_read_forwarded(vk, mention, room);
    sc_vk_add_place(vk, mention);
    sc_kit_set_clock(vk->callback, mention, peer);

    return SC_PARSE_OK;
}


/* A pressed button of the kind that sends no message: its payload. */
sc_parse_result_t
sc_vk_button(sc_vk_t *vk)
{
    sc_str_t               peer, user;
    sc_mention_t          *mention;
    sc_callback_t         *callback;
    const sc_json_token_t *payload;

    callback = vk->callback;
    user = sc_vk_id(vk, "user_id");
    peer = sc_vk_id(vk, "peer_id");

    if (user.len == 0 || peer.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_vk_add(vk, SC_KIND_MESSAGE, SC_ACTION_CREATE);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    (void) sc_vk_set_author(vk, mention, user);

    payload = sc_json_get(callback->json, vk->object, SC_STR("payload"));

    mention->is_public = SC_TRI_NO;
    mention->thread = peer;
    mention->object = vk->id;
    mention->parent = sc_vk_message_id(vk, peer, vk->object);
    mention->text = sc_json_is(payload, SC_JSON_OBJECT)
                    ? sc_json_raw(callback->json, payload)
                    : sc_callback_string(callback, payload);
    sc_kit_set_created(callback, mention, -1);
    sc_kit_set_clock(callback, mention, peer);

    return SC_PARSE_OK;
}


/* Comments */


/* wall-220011223_5400; empty: a member is missing. */
static sc_str_t
sc_vk_thread(const sc_vk_t *vk, const sc_vk_place_t *place)
{
    sc_str_t owner, thing;

    owner = sc_kit_either(sc_vk_id(vk, place->owner),
                          sc_vk_id(vk, place->other_owner));
    thing = sc_vk_id(vk, place->thing);

    if (owner.len == 0 || thing.len == 0) {
        return SC_STR_NULL;
    }

    return sc_kit_join(vk->callback, sc_str_from_cstring(place->thread),
                       owner, SC_STR("_"), thing);
}


/* The comment that is replied to; empty: the post itself. */
static sc_str_t
sc_vk_replied(const sc_vk_t *vk)
{
    sc_str_t               id;
    sc_json_doc_t         *json;
    const sc_json_token_t *list, *item;

    json = vk->callback->json;
    id = sc_vk_id(vk, "reply_to_comment");
    list = sc_json_member(json, vk->object, "parents_stack");

    if (id.len != 0 || !sc_json_is(list, SC_JSON_ARRAY)) {
        return id;
    }

    for (item = sc_json_next(json, list, NULL, NULL);
         item != NULL;
         item = sc_json_next(json, list, item, NULL))
    {
        (void) sc_json_id(json, item, vk->callback->arena, &id);
    }

    return id;
}


/*
 * A customer waits under their own comment; the brand's comment ends the wait
 * of the comment, or of the post, that it answers.
 */
static void
sc_vk_set_comment_wait(const sc_vk_t *vk, sc_mention_t *mention, bool own,
    sc_str_t replied)
{
    sc_str_t key;

    key = mention->thread;

    if (!own || replied.len != 0) {
        key = sc_kit_join(vk->callback, key, SC_STR(":"),
                          own ? replied : mention->object);
    }

    sc_kit_set_clock(vk->callback, mention, key);
}


sc_parse_result_t
sc_vk_comment(sc_vk_t *vk, const sc_vk_place_t *place, sc_action_t action,
    bool restored)
{
    bool           own;
    int64_t        created_ms;
    sc_str_t       id, thread, replied;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = vk->callback;
    id = sc_vk_id(vk, "id");
    thread = sc_vk_thread(vk, place);

    if (id.len == 0 || thread.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_vk_add(vk, SC_KIND_COMMENT, action);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    own = sc_vk_set_author(vk, mention,
                           sc_kit_either(sc_vk_id(vk, "from_id"),
                                         sc_vk_id(vk, "user_id")));
    replied = sc_vk_replied(vk);

    mention->is_public = SC_TRI_YES;
    mention->object = id;
    mention->thread = thread;
    mention->status = restored ? SC_STR("restored") : SC_STR_NULL;
    created_ms = sc_kit_time(callback, vk->object, SC_STR("date"), 1000);

    if (action != SC_ACTION_DELETE) {
        mention->parent = sc_kit_either(replied, thread);
        sc_kit_set_created(callback, mention, created_ms);

        if (place->link != NULL) {
            mention->url = sc_kit_join(callback, SC_STR("https://vk.com/"),
                                       thread,
                                       sc_str_from_cstring(place->link), id);
        }
    }

    (void) sc_vk_add_media(vk, mention, vk->object, SC_KIT_MAX_MEDIA);
    sc_vk_set_comment_wait(vk, mention, own, replied);

    return SC_PARSE_OK;
}


sc_parse_result_t
sc_vk_post(sc_vk_t *vk, sc_kind_t kind)
{
    bool          own;
    sc_str_t      id, owner;
    sc_mention_t *mention;

    id = sc_vk_id(vk, "id");
    owner = sc_vk_id(vk, "owner_id");

    if (id.len == 0 || owner.len == 0) {
        return sc_kit_die(vk->callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_vk_add(vk, kind, SC_ACTION_CREATE);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    own = sc_vk_set_author(vk, mention, sc_vk_id(vk, "from_id"));

    mention->is_public = SC_TRI_YES;
    mention->object = sc_kit_join(vk->callback, SC_STR("wall"), owner,
                                  SC_STR("_"), id);
    mention->thread = mention->object;
    mention->url = sc_kit_join(vk->callback, SC_STR("https://vk.com/"),
                               mention->object);
    sc_kit_set_created(vk->callback, mention,
                       sc_kit_time(vk->callback, vk->object, SC_STR("date"),
                                   1000));
    (void) sc_vk_add_media(vk, mention, vk->object, SC_KIT_MAX_MEDIA);
    sc_kit_set_clock(vk->callback, mention, own ? SC_STR_NULL
                                                : mention->object);

    return SC_PARSE_OK;
}
