/*
 * sc_chatwoot.c: Chatwoot's webhooks: one event per POST.
 *
 * Newer versions sign body and time.  Older ones sign nothing: auth=token
 * expects the secret as the argument `token` of the URL instead.
 *
 * Wait key: chatwoot:ACCOUNT:CONVERSATION, for question and answer alike.
 *
 * Option: auth=signature (the default) or auth=token.
 */

#include "sc_kit.h"
#include "sc_registry.h"


typedef struct {
    bool token;
} sc_chatwoot_options_t;


typedef enum {
    SC_CHATWOOT_INCOMING = 0,
    SC_CHATWOOT_OUTGOING,
    SC_CHATWOOT_ACTIVITY,
    SC_CHATWOOT_TEMPLATE,
    SC_CHATWOOT_UNKNOWN
} sc_chatwoot_type_t;


static const sc_verify_scheme_t sc_chatwoot_signature = {
    .kind = SC_SCHEME_HMAC,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Chatwoot-Signature") },
    .prefix = SC_STR_INIT("sha256="),
    .timestamp = { SC_FROM_HEADER, SC_STR_INIT("X-Chatwoot-Timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT(".") },
                   { SC_PART_BODY, { 0, NULL } } }, 3 }
};

static const sc_verify_scheme_t sc_chatwoot_token = {
    .kind = SC_SCHEME_TOKEN,
    .signature = { SC_FROM_QUERY, SC_STR_INIT("token") }
};


/* Names and numbers, as versions differ. */
static const struct {
    sc_str_t           word;
    sc_chatwoot_type_t type;
} sc_chatwoot_types[] = {
    { SC_STR_INIT("incoming"), SC_CHATWOOT_INCOMING },
    { SC_STR_INIT("outgoing"), SC_CHATWOOT_OUTGOING },
    { SC_STR_INIT("activity"), SC_CHATWOOT_ACTIVITY },
    { SC_STR_INIT("template"), SC_CHATWOOT_TEMPLATE },
    { SC_STR_INIT("0"), SC_CHATWOOT_INCOMING },
    { SC_STR_INIT("1"), SC_CHATWOOT_OUTGOING },
    { SC_STR_INIT("2"), SC_CHATWOOT_ACTIVITY },
    { SC_STR_INIT("3"), SC_CHATWOOT_TEMPLATE }
};


/* Changes to conversations and contacts, in which nobody says anything. */
static const sc_str_t sc_chatwoot_ignored[] = {
    SC_STR_INIT("conversation_created"), SC_STR_INIT("conversation_updated"),
    SC_STR_INIT("conversation_status_changed"),
    SC_STR_INIT("conversation_opened"), SC_STR_INIT("conversation_resolved"),
    SC_STR_INIT("conversation_typing_on"),
    SC_STR_INIT("conversation_typing_off"),
    SC_STR_INIT("webwidget_triggered"), SC_STR_INIT("contact_created"),
    SC_STR_INIT("contact_updated"), SC_STR_INIT("inbox_created"),
    SC_STR_INIT("inbox_updated")
};


static size_t
sc_chatwoot_schemes(const sc_source_t *source,
    const sc_verify_scheme_t **list, size_t capacity)
{
    const sc_chatwoot_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = options->token ? &sc_chatwoot_token
                                 : &sc_chatwoot_signature;
    }

    return 1;
}


static sc_chatwoot_type_t
sc_chatwoot_type(sc_str_t word)
{
    size_t i;

    for (i = 0;
         i < sizeof(sc_chatwoot_types) / sizeof(sc_chatwoot_types[0]);
         i++)
    {
        if (sc_str_eq(sc_chatwoot_types[i].word, word)) {
            return sc_chatwoot_types[i].type;
        }
    }

    return SC_CHATWOOT_UNKNOWN;
}


/* A time: text in two formats, or seconds. */
static int64_t
sc_chatwoot_time(sc_callback_t *callback, const sc_json_token_t *root)
{
    int64_t ms;

    ms = sc_kit_text_time(callback, root, SC_STR("created_at"),
                          SC_TIME_ISO8601);

    return ms >= 0 ? ms : sc_kit_time(callback, root, SC_STR("created_at"),
                                      1000);
}


/*
 * Nothing in the payload distinguishes one change of a message from the next:
 * the signed time does or, where there is none, the conversation's time.
 */
static sc_str_t
sc_chatwoot_version(sc_callback_t *callback,
    const sc_json_token_t *conversation)
{
    const sc_json_token_t *changed;

    if (callback->verdict != NULL && callback->verdict->signed_ms > 0) {
        return sc_kit_number(callback, callback->verdict->signed_ms / 1000);
    }

    changed = sc_json_member(callback->json, conversation, "updated_at");

    return sc_json_is(changed, SC_JSON_NUMBER)
           ? sc_json_raw(callback->json, changed) : SC_STR_NULL;
}


static void
sc_chatwoot_add_media(sc_callback_t *callback, sc_mention_t *mention,
    const sc_json_token_t *root)
{
    size_t                 count;
    sc_str_t               url, id;
    const sc_json_token_t *list, *file;

    list = sc_json_member(callback->json, root, "attachments");
    count = 0;

    for (file = sc_json_next(callback->json, list, NULL, NULL);
         file != NULL && sc_json_is(list, SC_JSON_ARRAY)
         && count < SC_KIT_MAX_MEDIA;
         file = sc_json_next(callback->json, list, file, NULL))
    {
        url = sc_callback_text(callback, file, SC_STR("data_url"));
        id = sc_callback_id(callback, file, SC_STR("id"));

        if (url.len != 0 || id.len != 0) {
            sc_callback_add_media(callback, mention,
                                  sc_callback_text(callback, file,
                                                   SC_STR("file_type")),
                                  url, id);
            count++;
        }
    }
}


/*
 * Only a person at the desk answers; what has no author was sent by a rule, or
 * in the platform's own app, whose echo says so.
 */
static void
sc_chatwoot_set_side(sc_callback_t *callback, sc_mention_t *mention,
    const sc_json_token_t *root, sc_chatwoot_type_t type)
{
    sc_str_t               kind;
    const sc_json_token_t *sender, *conversation, *attributes;

    sender = sc_kit_object(callback, root, SC_STR("sender"));
    conversation = sc_kit_object(callback, root, SC_STR("conversation"));
    attributes = sc_kit_object(callback, root, SC_STR("content_attributes"));
    kind = sc_callback_text(callback, sender, SC_STR("type"));

    mention->author.id = sc_callback_id(callback, sender, SC_STR("id"));
    mention->author.name = sc_callback_text(callback, sender, SC_STR("name"));

    if (sc_json_is_true(sc_json_member(callback->json, root, "private"))) {
        mention->kind = SC_KIND_NOTE;
        mention->direction = SC_DIRECTION_INTERNAL;
        return;
    }

    if (type == SC_CHATWOOT_INCOMING) {
        mention->direction = SC_DIRECTION_IN;
        mention->automatic = sc_json_is_true(
            sc_json_member(callback->json,
                           sc_kit_object(callback, attributes,
                                         SC_STR("email")), "auto_reply"));
        return;
    }

    mention->direction = SC_DIRECTION_OUT;
    mention->automatic = type == SC_CHATWOOT_TEMPLATE
                         || (sender == NULL
                             && !sc_json_is_true(
                                    sc_json_member(callback->json, attributes,
                                                   "external_echo")))
                         || (kind.len != 0
                             && !sc_str_eq(kind, SC_STR("user")));
    mention->recipient = sc_callback_id(callback,
        sc_kit_object(callback,
                      sc_kit_object(callback, conversation, SC_STR("meta")),
                      SC_STR("sender")),
        SC_STR("id"));
}


static void
sc_chatwoot_set_change(sc_callback_t *callback, sc_mention_t *mention,
    const sc_json_token_t *root, sc_str_t version)
{
    const sc_json_token_t *attributes;

    attributes = sc_kit_object(callback, root, SC_STR("content_attributes"));

    mention->event = sc_kit_join(callback, SC_STR("message_updated:"),
                                 mention->object, SC_STR(":"), version);
    mention->action = SC_ACTION_EDIT;

    if (callback->verdict != NULL && callback->verdict->signed_ms > 0) {
        mention->edited_ms = callback->verdict->signed_ms;
    }

    if (sc_json_is_true(sc_json_member(callback->json, attributes,
                                       "deleted")))
    {
        mention->action = SC_ACTION_DELETE;
        mention->text = SC_STR_NULL;
    }
}


static sc_parse_result_t
sc_chatwoot_message(sc_callback_t *callback, const sc_json_token_t *root,
    bool updated)
{
    sc_str_t               id, thread;
    sc_mention_t          *mention;
    sc_chatwoot_type_t     type;
    const sc_json_token_t *conversation;

    conversation = sc_kit_object(callback, root, SC_STR("conversation"));
    id = sc_callback_id(callback, root, SC_STR("id"));
    thread = sc_callback_id(callback, conversation, SC_STR("id"));
    type = sc_chatwoot_type(sc_callback_id(callback, root,
                                           SC_STR("message_type")));

    if (type == SC_CHATWOOT_ACTIVITY) {
        return SC_PARSE_OK;
    }

    if (id.len == 0 || thread.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (type == SC_CHATWOOT_UNKNOWN) {
        return sc_kit_die(callback, SC_DEAD_UNKNOWN_OBJECT);
    }

    mention = sc_kit_add(callback, callback->request->body);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->kind = SC_KIND_MESSAGE;
    mention->is_public = SC_TRI_NO;
    mention->account = sc_kit_either(
        sc_callback_id(callback, sc_kit_object(callback, root,
                                               SC_STR("account")),
                       SC_STR("id")), mention->account);
    mention->event = sc_kit_join(callback, SC_STR("message_created:"), id);
    mention->object = id;
    mention->thread = thread;
    mention->parent = sc_callback_id(callback,
                          sc_kit_object(callback, root,
                                        SC_STR("content_attributes")),
                          SC_STR("in_reply_to"));
    mention->text = sc_callback_text(callback, root, SC_STR("content"));
    sc_kit_set_created(callback, mention, sc_chatwoot_time(callback, root));
    sc_chatwoot_set_side(callback, mention, root, type);

    if (updated) {
        sc_chatwoot_set_change(callback, mention, root,
                               sc_chatwoot_version(callback, conversation));
    }

    if (mention->action != SC_ACTION_DELETE) {
        sc_chatwoot_add_media(callback, mention, root);
    }

    sc_kit_set_clock(callback, mention, thread);

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_chatwoot_parse(sc_callback_t *callback)
{
    sc_str_t               event;
    const sc_json_token_t *root;

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    event = sc_callback_text(callback, root, SC_STR("event"));

    if (sc_str_eq(event, SC_STR("message_created"))) {
        return sc_chatwoot_message(callback, root, false);
    }

    if (sc_str_eq(event, SC_STR("message_updated"))) {
        return sc_chatwoot_message(callback, root, true);
    }

    if (sc_kit_is_one_of(sc_chatwoot_ignored, event)) {
        return SC_PARSE_OK;
    }

    return sc_kit_die(callback, event.len == 0 ? SC_DEAD_MISSING_MEMBER
                                               : SC_DEAD_UNKNOWN_OBJECT);
}


static const char *
sc_chatwoot_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_chatwoot_options_t *options;

    (void) arena;

    options = data;

    if (!sc_str_eq(name, SC_STR("auth"))) {
        return "unknown option: chatwoot knows auth=";
    }

    options->token = sc_str_eq(value, SC_STR("token"));

    return options->token || sc_str_eq(value, SC_STR("signature"))
           ? NULL : "auth= is signature, or token for versions that do not "
                    "sign: then write ?token=SECRET behind the webhook's URL";
}


const sc_platform_t sc_platform_chatwoot = {
    .name = SC_STR_INIT("chatwoot"),
    .channel = SC_CHANNEL_HELPDESK,
    .json = true,
    .schemes = sc_chatwoot_schemes,
    .parse = sc_chatwoot_parse,
    .options_size = sizeof(sc_chatwoot_options_t),
    .set_option = sc_chatwoot_set_option
};
