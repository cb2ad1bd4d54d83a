/*
 * sc_vk.c: VK's Callback API: messages of a community and what is written
 * under its posts, photos, videos, goods and topics.  Nothing is signed: the
 * body contains the secret.  VK requires the answer `ok`.
 *
 * The account is the community (group_id); socialcare_account names other
 * authors of the brand.
 *
 * Options:
 *
 *   confirmation=TEXT         answers VK's confirmation request
 *   confirmation=GROUP:TEXT   the same for one community; may be repeated
 *   unsigned_confirmation=on  also answers that request where it has no secret:
 *                             only for the time until one is set
 *   secrets=by_group          a secret only counts for the community whose id
 *                             is its name=
 *   api_answers=automatic     messages that no person of the community wrote
 *                             (no admin_author_id) are automatic
 *
 * Wait keys: vk:GROUP:PEER in messages; vk:GROUP:THREAD:COMMENT for comments,
 * vk:GROUP:THREAD for posts: a brand's comment has the key of what it answers.
 */

#include "sc_registry.h"
#include "sc_vk.h"


static const sc_verify_scheme_t sc_vk_scheme = {
    .kind = SC_SCHEME_TOKEN,
    .signature = { SC_FROM_JSON, SC_STR_INIT("/secret") }
};

static const sc_verify_scheme_t sc_vk_group_scheme = {
    .kind = SC_SCHEME_TOKEN,
    .signature = { SC_FROM_JSON, SC_STR_INIT("/secret") },
    .secret_by = { SC_FROM_JSON, SC_STR_INIT("/group_id") }
};


/* Events that are not mentions, by the prefix of their names. */
static const sc_str_t sc_vk_quiet[] = {
    SC_STR_INIT("message_allow"), SC_STR_INIT("message_deny"),
    SC_STR_INIT("message_typing_state"), SC_STR_INIT("message_read"),
    SC_STR_INIT("message_reaction_event"), SC_STR_INIT("like_"),
    SC_STR_INIT("group_"), SC_STR_INIT("user_"),
    SC_STR_INIT("poll_"), SC_STR_INIT("photo_new"), SC_STR_INIT("audio_new"),
    SC_STR_INIT("video_new"), SC_STR_INIT("market_order_"),
    SC_STR_INIT("donut_"), SC_STR_INIT("vkpay_"), SC_STR_INIT("app_payload"),
    SC_STR_INIT("lead_forms_"), SC_STR_INIT("wall_schedule_post_")
};


/*
 * What can be commented on: prefixes of event names and of threads, and the
 * members that identify the item.
 */
static const sc_vk_place_t sc_vk_places[] = {
    { SC_STR_INIT("wall_reply_"), "wall", "owner_id", "post_owner_id",
      "post_id", "?reply=" },
    { SC_STR_INIT("photo_comment_"), "photo", "photo_owner_id", "owner_id",
      "photo_id", NULL },
    { SC_STR_INIT("video_comment_"), "video", "video_owner_id", "owner_id",
      "video_id", NULL },
    { SC_STR_INIT("market_comment_"), "market", "market_owner_id", "owner_id",
      "item_id", NULL },
    { SC_STR_INIT("board_post_"), "topic", "topic_owner_id", "owner_id",
      "topic_id", "?post=" }
};

static const struct {
    sc_str_t    verb;
    sc_action_t action;
    bool        restored;
} sc_vk_verbs[] = {
    { SC_STR_INIT("new"), SC_ACTION_CREATE, false },
    { SC_STR_INIT("edit"), SC_ACTION_EDIT, false },
    { SC_STR_INIT("delete"), SC_ACTION_DELETE, false },
    { SC_STR_INIT("restore"), SC_ACTION_EDIT, true }
};


/* X_comment_new and the like; false: another event. */
static bool
sc_vk_any_comment(sc_vk_t *vk, sc_parse_result_t *result)
{
    size_t   i, j;
    sc_str_t verb;

    for (i = 0; i < sizeof(sc_vk_places) / sizeof(sc_vk_places[0]); i++) {
        if (!sc_str_starts_with(vk->type, sc_vk_places[i].event)) {
            continue;
        }

        verb = sc_str_from(vk->type, sc_vk_places[i].event.len);

        for (j = 0; j < sizeof(sc_vk_verbs) / sizeof(sc_vk_verbs[0]); j++) {
            if (sc_str_eq(sc_vk_verbs[j].verb, verb)) {
                *result = sc_vk_comment(vk, &sc_vk_places[i],
                                        sc_vk_verbs[j].action,
                                        sc_vk_verbs[j].restored);
                return true;
            }
        }
    }

    return false;
}


static sc_parse_result_t
sc_vk_new_message(sc_vk_t *vk)
{
    const sc_json_token_t *message;

    /* Before version 5.103 the object is the message. */
    message = sc_kit_object(vk->callback, vk->object, SC_STR("message"));

    if (message != NULL) {
        vk->object = message;
    }

    return sc_vk_message(vk, SC_ACTION_CREATE);
}


static sc_parse_result_t
sc_vk_reply(sc_vk_t *vk)
{
    return sc_vk_message(vk, SC_ACTION_CREATE);
}


static sc_parse_result_t
sc_vk_edited(sc_vk_t *vk)
{
    return sc_vk_message(vk, SC_ACTION_EDIT);
}


static sc_parse_result_t
sc_vk_new_post(sc_vk_t *vk)
{
    return sc_vk_post(vk, SC_KIND_POST);
}


static sc_parse_result_t
sc_vk_repost(sc_vk_t *vk)
{
    return sc_vk_post(vk, SC_KIND_SHARE);
}


static const struct {
    sc_str_t            type;
    sc_parse_result_t (*handle)(sc_vk_t *vk);
} sc_vk_events[] = {
    { SC_STR_INIT("message_new"), sc_vk_new_message },
    { SC_STR_INIT("message_reply"), sc_vk_reply },
    { SC_STR_INIT("message_edit"), sc_vk_edited },
    { SC_STR_INIT("message_event"), sc_vk_button },
    { SC_STR_INIT("wall_post_new"), sc_vk_new_post },
    { SC_STR_INIT("wall_repost"), sc_vk_repost }
};


static sc_parse_result_t
sc_vk_event(sc_vk_t *vk)
{
    size_t            i;
    sc_parse_result_t result;

    for (i = 0; i < sizeof(sc_vk_quiet) / sizeof(sc_vk_quiet[0]); i++) {
        if (sc_str_starts_with(vk->type, sc_vk_quiet[i])) {
            return SC_PARSE_OK;
        }
    }

    if (vk->id.len == 0 || vk->object == NULL) {
        return sc_kit_die(vk->callback, SC_DEAD_MISSING_MEMBER);
    }

    for (i = 0; i < sizeof(sc_vk_events) / sizeof(sc_vk_events[0]); i++) {
        if (sc_str_eq(sc_vk_events[i].type, vk->type)) {
            return sc_vk_events[i].handle(vk);
        }
    }

    return sc_vk_any_comment(vk, &result)
           ? result : sc_kit_die(vk->callback, SC_DEAD_UNKNOWN_OBJECT);
}


/* Never `ok`: for VK that would be a wrong confirmation. */
static sc_parse_result_t
sc_vk_confirm(sc_vk_t *vk)
{
    sc_str_t answer;

    answer = vk->options->confirmation;
    (void) sc_kit_pair_get(vk->options->confirmations, vk->group, &answer);

    vk->callback->handshake = true;
    vk->callback->answer.body = answer;

    if (answer.len == 0) {
        vk->callback->answer.status = 404;
    }

    return SC_PARSE_OK;
}


static void
sc_vk_read(sc_vk_t *vk, sc_callback_t *callback)
{
    const sc_json_token_t *root;

    root = sc_json_root(callback->json);

    memset(vk, 0, sizeof(*vk));
    vk->callback = callback;
    vk->options = callback->source->options;
    vk->type = sc_callback_text(callback, root, SC_STR("type"));
    vk->group = sc_callback_id(callback, root, SC_STR("group_id"));
    vk->id = sc_callback_id(callback, root, SC_STR("event_id"));
    vk->object = sc_kit_object(callback, root, SC_STR("object"));
}


static bool
sc_vk_probe(sc_callback_t *callback)
{
    sc_vk_t                vk;
    const sc_vk_options_t *options;

    options = callback->source->options;

    if (!options->confirms_unsigned
        || sc_callback_read_json(callback, callback->request->body)
           != SC_PARSE_OK
        || !sc_json_is(sc_json_root(callback->json), SC_JSON_OBJECT))
    {
        return false;
    }

    sc_vk_read(&vk, callback);

    return sc_str_eq(vk.type, SC_STR("confirmation"))
           && sc_vk_confirm(&vk) == SC_PARSE_OK
           && callback->answer.body.len != 0;
}


static sc_parse_result_t
sc_vk_parse(sc_callback_t *callback)
{
    sc_vk_t vk;

    if (!sc_json_is(sc_json_root(callback->json), SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    sc_vk_read(&vk, callback);

    if (vk.type.len == 0 || vk.group.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    return sc_str_eq(vk.type, SC_STR("confirmation")) ? sc_vk_confirm(&vk)
                                                      : sc_vk_event(&vk);
}


static size_t
sc_vk_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    const sc_vk_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = options->by_group ? &sc_vk_group_scheme : &sc_vk_scheme;
    }

    return 1;
}


/* VK deletes the server that answers `remove`. */
static const char *
sc_vk_set_confirmation(sc_vk_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    size_t   at;
    sc_str_t text;

    at = sc_str_find_byte(value, ':');
    text = at == value.len ? value : sc_str_from(value, at + 1);

    if (!sc_kit_is_harmless(text, 64) || sc_str_eq(text, SC_STR("remove"))) {
        return "confirmation= is the string that the community's settings "
               "show, alone or as GROUP:STRING";
    }

    if (at == value.len) {
        options->confirmation = value;
        return NULL;
    }

    return sc_kit_add_pair(arena, &options->confirmations, value,
                           "confirmation= wants the community's id in front "
                           "of the colon: GROUP:STRING");
}


static const char *
sc_vk_set_option(void *data, sc_arena_t *arena, sc_str_t name, sc_str_t value)
{
    sc_vk_options_t *options;

    options = data;

    if (sc_str_eq(name, SC_STR("confirmation"))) {
        return sc_vk_set_confirmation(options, arena, value);
    }

    if (sc_str_eq(name, SC_STR("unsigned_confirmation"))) {
        return sc_kit_set_switch(&options->confirms_unsigned, value);
    }

    if (sc_str_eq(name, SC_STR("secrets"))) {
        return sc_kit_set_choice(&options->by_group, value, "any", "by_group",
                                 "secrets= is either any or by_group");
    }

    if (sc_str_eq(name, SC_STR("api_answers"))) {
        return sc_kit_set_choice(&options->api_is_automatic, value,
                                 "by_people", "automatic", "api_answers= is "
                                 "either by_people or automatic");
    }

    return "unknown option: vk knows confirmation=, unsigned_confirmation=, "
           "secrets= and api_answers=";
}


const sc_platform_t sc_platform_vk = {
    .name = SC_STR_INIT("vk"),
    .channel = SC_CHANNEL_SOCIAL,
    .json = true,
    .success = { .status = 200, .content_type = SC_STR_INIT("text/plain"),
                 .body = SC_STR_INIT("ok") },
    .refused_status = 403,
    .schemes = sc_vk_schemes,
    .parse = sc_vk_parse,
    .unsigned_probe = sc_vk_probe,
    .options_size = sizeof(sc_vk_options_t),
    .set_option = sc_vk_set_option
};
