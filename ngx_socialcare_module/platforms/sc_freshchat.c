/*
 * sc_freshchat.c: Freshchat's webhooks: one action per POST, signed with the
 * account's RSA key (no time is signed).
 *
 * Wait key: freshchat:APP:CONVERSATION, for question and answer alike.
 */

#include "sc_kit.h"
#include "sc_registry.h"


static const sc_verify_scheme_t sc_freshchat_scheme = {
    .kind = SC_SCHEME_RSA_SHA256,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Freshchat-Signature") },
    .encoding = SC_SIGNATURE_BASE64
};


/* Joins the texts of several parts, a line each. */
static void
sc_freshchat_add_text(sc_callback_t *callback, sc_mention_t *mention,
    sc_str_t text)
{
    if (mention->text.len == 0) {
        mention->text = text;

    } else if (text.len != 0) {
        mention->text = sc_kit_join(callback, mention->text, SC_STR("\n"),
                                    text);
    }
}


/*
 * What {"text": {"content": …}} and {KIND: {"url": …}} say, and in the older
 * layout {"part_type": KIND, "properties": {"text": …}}.
 */
static void
sc_freshchat_add_part(sc_callback_t *callback, sc_mention_t *mention,
    sc_str_t kind, const sc_json_token_t *value)
{
    sc_str_t url;

    if (sc_str_eq(kind, SC_STR("text"))) {
        sc_freshchat_add_text(callback, mention,
            sc_kit_either(sc_callback_text(callback, value,
                                           SC_STR("content")),
                          sc_callback_text(callback, value,
                                           SC_STR("text"))));
        return;
    }

    url = sc_callback_text(callback, value, SC_STR("url"));

    if (url.len != 0) {
        sc_callback_add_media(callback, mention, kind, url, SC_STR_NULL);
    }
}


/* A part of either layout. */
static void
sc_freshchat_read_part(sc_callback_t *callback, sc_mention_t *mention,
    const sc_json_token_t *part)
{
    sc_str_t               kind;
    const sc_json_token_t *value, *name;

    kind = sc_callback_text(callback, part, SC_STR("part_type"));
    value = sc_kit_object(callback, part, SC_STR("properties"));

    if (kind.len == 0 && sc_json_is(part, SC_JSON_OBJECT)) {
        name = NULL;
        value = sc_json_next(callback->json, part, NULL, &name);
        kind = sc_callback_string(callback, name);
    }

    if (kind.len != 0 && sc_json_is(value, SC_JSON_OBJECT)) {
        sc_freshchat_add_part(callback, mention, kind, value);
    }
}


/*
 * Parts beyond a limit are only in the raw body: joining them takes memory
 * quadratic in their number.
 */
static void
sc_freshchat_read_parts(sc_callback_t *callback, sc_mention_t *mention,
    const sc_json_token_t *parts)
{
    size_t                 count;
    const sc_json_token_t *part;

    count = 0;

    for (part = sc_json_next(callback->json, parts, NULL, NULL);
         part != NULL && sc_json_is(parts, SC_JSON_ARRAY)
         && count < SC_KIT_MAX_MEDIA;
         part = sc_json_next(callback->json, parts, part, NULL))
    {
        count++;
        sc_freshchat_read_part(callback, mention, part);
    }
}


/* The list of parts, by its name in either layout. */
static const sc_json_token_t *
sc_freshchat_parts(sc_callback_t *callback, const sc_json_token_t *message)
{
    const sc_json_token_t *parts;

    parts = sc_json_member(callback->json, message, "message_parts");

    return parts != NULL ? parts
           : sc_json_member(callback->json, message, "msg_parts");
}


/* What staff and bots write for each other. */
static bool
sc_freshchat_is_note(sc_callback_t *callback, const sc_json_token_t *message)
{
    return sc_str_starts_with(sc_callback_text(callback, message,
                                               SC_STR("message_type")),
                              SC_STR("private"))
           || sc_json_is_true(sc_json_member(callback->json, message,
                                             "botsPrivateNote"));
}


/* Whoever is neither customer nor agent is the brand's software. */
static void
sc_freshchat_set_side(sc_mention_t *mention, sc_str_t actor, bool note)
{
    if (note) {
        mention->kind = SC_KIND_NOTE;
        mention->direction = SC_DIRECTION_INTERNAL;

    } else if (sc_str_eq(actor, SC_STR("user"))) {
        mention->direction = SC_DIRECTION_IN;

    } else if (actor.len == 0) {
        mention->direction = SC_DIRECTION_UNKNOWN;

    } else {
        mention->direction = SC_DIRECTION_OUT;
        mention->automatic = !sc_str_eq(actor, SC_STR("agent"));
    }
}


static int64_t
sc_freshchat_time(sc_callback_t *callback, const sc_json_token_t *root,
    const sc_json_token_t *message)
{
    int64_t ms;

    ms = sc_kit_text_time(callback, message, SC_STR("created_time"),
                          SC_TIME_ISO8601);

    return ms >= 0 ? ms : sc_kit_text_time(callback, root,
                                           SC_STR("action_time"),
                                           SC_TIME_ISO8601);
}


/* A member of the message, or of the action around it. */
static sc_str_t
sc_freshchat_actor(sc_callback_t *callback, const sc_json_token_t *root,
    const sc_json_token_t *message, sc_str_t name)
{
    return sc_kit_either(sc_callback_id(callback, message, name),
                         sc_callback_id(callback,
                                        sc_kit_object(callback, root,
                                                      SC_STR("actor")),
                                        name));
}


static sc_parse_result_t
sc_freshchat_message(sc_callback_t *callback, const sc_json_token_t *root)
{
    sc_str_t               id, thread;
    sc_mention_t          *mention;
    const sc_json_token_t *message;

    message = sc_kit_object(callback,
                            sc_kit_object(callback, root, SC_STR("data")),
                            SC_STR("message"));
    id = sc_callback_id(callback, message, SC_STR("id"));
    thread = sc_callback_id(callback, message, SC_STR("conversation_id"));

    if (id.len == 0 || thread.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_kit_add(callback, callback->request->body);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->kind = SC_KIND_MESSAGE;
    mention->is_public = SC_TRI_NO;
    mention->account = sc_kit_either(sc_callback_id(callback, message,
                                                    SC_STR("app_id")),
                                     mention->account);
    mention->event = id;
    mention->object = id;
    mention->thread = thread;
    mention->author.id = sc_freshchat_actor(callback, root, message,
                                            SC_STR("actor_id"));
    sc_freshchat_read_parts(callback, mention,
                            sc_freshchat_parts(callback, message));
    sc_kit_set_created(callback, mention,
                       sc_freshchat_time(callback, root, message));
    sc_freshchat_set_side(mention,
                          sc_freshchat_actor(callback, root, message,
                                             SC_STR("actor_type")),
                          sc_freshchat_is_note(callback, message));
    sc_kit_set_clock(callback, mention, thread);

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_freshchat_parse(sc_callback_t *callback)
{
    sc_str_t               action;
    const sc_json_token_t *root;

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    action = sc_callback_text(callback, root, SC_STR("action"));

    if (sc_str_eq(action, SC_STR("message_create"))) {
        return sc_freshchat_message(callback, root);
    }

    /* Assigned, resolved, opened again: nothing was said. */
    if (sc_str_starts_with(action, SC_STR("conversation_"))) {
        return SC_PARSE_OK;
    }

    return sc_kit_die(callback, action.len == 0 ? SC_DEAD_MISSING_MEMBER
                                                : SC_DEAD_UNKNOWN_OBJECT);
}


const sc_platform_t sc_platform_freshchat = {
    .name = SC_STR_INIT("freshchat"),
    .channel = SC_CHANNEL_HELPDESK,
    .json = true,
    .scheme = &sc_freshchat_scheme,
    .parse = sc_freshchat_parse
};
