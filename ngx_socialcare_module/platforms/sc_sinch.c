/*
 * sc_sinch.c: Sinch Conversation API: inbound messages, the brand's own as
 * they are submitted, delivery reports; and callbacks of the Voice API.
 *
 * Conversation: signed over body, nonce and time.  Voice: `Authorization:
 * Application KEY:signature` over method, MD5 of the body, content type,
 * x-timestamp and path.  Both sign a time, checked as socialcare_tolerance
 * says.  Numbers API: HMAC-SHA1 of the body in hex, no time; it reports on
 * rented numbers, not on customers: notices to the operator.  The members of
 * its body are not in the pages read.
 *
 * Clock key: sinch:<app_id>:<conversation>; where there is no conversation
 * (dispatch mode) CHANNEL:IDENTITY of the customer.  A submitted message
 * answers; reports do not.
 *
 * Options:
 *
 *   app_key=KEY   accepts callbacks of this Voice application; its secret is
 *                 given as `base64:` and the text that Sinch shows
 *   svaml=JSON    what a caller hears; default: the call is hung up
 *   numbers=on    accepts callbacks of the Numbers API
 */

#include "sc_registry.h"
#include "sc_sinch.h"


static const sc_verify_scheme_t sc_sinch_scheme = {
    .signature = { SC_FROM_HEADER, SC_STR_INIT("x-sinch-webhook-signature") },
    .encoding = SC_SIGNATURE_BASE64,
    .timestamp = { SC_FROM_HEADER,
                   SC_STR_INIT("x-sinch-webhook-signature-timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { { SC_PART_BODY, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT(".") },
                   { SC_PART_HEADER,
                     SC_STR_INIT("x-sinch-webhook-signature-nonce") },
                   { SC_PART_LITERAL, SC_STR_INIT(".") },
                   { SC_PART_TIMESTAMP, { 0, NULL } } }, 5 }
};

/* The prefix contains the application's key: app_key= completes it. */
static const sc_verify_scheme_t sc_sinch_voice_scheme = {
    .signature = { SC_FROM_HEADER, SC_STR_INIT("Authorization") },
    .encoding = SC_SIGNATURE_BASE64,
    .prefix_any_case = true,
    .timestamp = { SC_FROM_HEADER, SC_STR_INIT("x-timestamp") },
    .timestamp_format = SC_TIME_ISO8601,
    .message = { { { SC_PART_METHOD, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT("\n") },
                   { SC_PART_BODY_MD5_BASE64, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT("\n") },
                   { SC_PART_HEADER, SC_STR_INIT("Content-Type") },
                   { SC_PART_LITERAL, SC_STR_INIT("\nx-timestamp:") },
                   { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT("\n") },
                   { SC_PART_PATH, { 0, NULL } } }, 9 }
};


static const sc_verify_scheme_t sc_sinch_numbers_scheme = {
    .digest = SC_DIGEST_SHA1,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("x-sinch-signature") }
};


/* Triggers that are known but of no use here. */
static const sc_str_t sc_sinch_ignored[] = {
    SC_STR_INIT("capability_notification"),
    SC_STR_INIT("opt_in_notification"), SC_STR_INIT("opt_out_notification"),
    SC_STR_INIT("contact_create_notification"),
    SC_STR_INIT("contact_delete_notification"),
    SC_STR_INIT("contact_merge_notification"),
    SC_STR_INIT("contact_update_notification"),
    SC_STR_INIT("conversation_start_notification"),
    SC_STR_INIT("conversation_stop_notification"),
    SC_STR_INIT("conversation_delete_notification"),
    SC_STR_INIT("duplicated_contact_identities_notification"),
    SC_STR_INIT("event_delivery_report"),
    SC_STR_INIT("channel_event_notification")
};


static bool
sc_sinch_has_voice(const sc_sinch_options_t *options)
{
    return options->voice.signature.from != SC_FROM_NOWHERE;
}


static size_t
sc_sinch_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    size_t                    count;
    const sc_sinch_options_t *options;

    options = source->options;
    count = 0;

    if (count < capacity) {
        list[count++] = &sc_sinch_scheme;
    }

    if (count < capacity && sc_sinch_has_voice(options)) {
        list[count++] = &options->voice;
    }

    if (count < capacity && options->numbers) {
        list[count++] = &sc_sinch_numbers_scheme;
    }

    return 1u + sc_sinch_has_voice(options) + options->numbers;
}


static bool
sc_sinch_signs_with(const sc_request_t *request,
    const sc_verify_scheme_t *scheme)
{
    return sc_request_header(request, scheme->signature.name, NULL).len != 0;
}


static const sc_verify_scheme_t *
sc_sinch_choose(const sc_source_t *source, const sc_request_t *request)
{
    const sc_sinch_options_t *options;

    options = source->options;

    if (sc_sinch_has_voice(options)
        && sc_sinch_signs_with(request, &options->voice))
    {
        return &options->voice;
    }

    return options->numbers
           && sc_sinch_signs_with(request, &sc_sinch_numbers_scheme)
           ? &sc_sinch_numbers_scheme : &sc_sinch_scheme;
}


sc_str_t
sc_sinch_text(const sc_sinch_t *event, const sc_json_token_t *object,
    const char *name)
{
    return sc_callback_id(event->callback, object, sc_str_from_cstring(name));
}


static int64_t
sc_sinch_time(const sc_sinch_t *event)
{
    int64_t ms;

    ms = sc_kit_text_time(event->callback, event->root, SC_STR("event_time"),
                          SC_TIME_ISO8601);

    if (ms < 0) {
        ms = sc_kit_text_time(event->callback, event->item,
                              SC_STR("accept_time"), SC_TIME_ISO8601);
    }

    return ms >= 0 ? ms
           : sc_kit_text_time(event->callback, event->root,
                              SC_STR("accepted_time"), SC_TIME_ISO8601);
}


static sc_mention_t *
sc_sinch_add(const sc_sinch_t *event, sc_kind_t kind,
    sc_direction_t direction)
{
    sc_str_t               channel, identity, contact;
    sc_mention_t          *mention;
    const sc_json_token_t *place;

    if (event->id.len == 0) {
        sc_callback_add_dead(event->callback, SC_DEAD_MISSING_MEMBER,
                             event->callback->request->body);
        return NULL;
    }

    mention = sc_kit_add(event->callback, event->callback->request->body);
    if (mention == NULL) {
        return NULL;
    }

    place = sc_kit_object(event->callback, event->item,
                          SC_STR("channel_identity"));
    channel = sc_sinch_text(event, place, "channel");
    identity = sc_sinch_text(event, place, "identity");
    contact = sc_kit_either(sc_sinch_text(event, event->item, "contact_id"),
                            identity);

    mention->kind = kind;
    mention->direction = direction;
    mention->is_public = SC_TRI_NO;
    mention->channel = sc_str_eq(channel, SC_STR("SMS"))
                       || sc_str_eq(channel, SC_STR("MMS"))
                       ? SC_CHANNEL_SMS : SC_CHANNEL_MESSAGING;
    mention->account = sc_kit_either(sc_sinch_text(event, event->root,
                                                   "app_id"),
                                     mention->account);
    mention->event = event->id;
    mention->object = event->id;
    mention->thread = sc_sinch_text(event, event->item, "conversation_id");

    if (mention->thread.len == 0 && identity.len != 0) {
        mention->thread = sc_kit_join(event->callback, channel, SC_STR(":"),
                                      identity);
    }

    if (direction == SC_DIRECTION_IN) {
        mention->author.id = contact;

    } else {
        mention->recipient = contact;
    }

    sc_kit_set_created(event->callback, mention, sc_sinch_time(event));

    return mention;
}


/* Handles one trigger's object; false: it is not there. */
static bool
sc_sinch_is(sc_sinch_t *event, const char *name, const char *id)
{
    event->item = sc_json_get(event->callback->json, event->root,
                              sc_str_from_cstring(name));

    if (!sc_json_is(event->item, SC_JSON_OBJECT)) {
        return false;
    }

    event->id = sc_sinch_text(event, event->item, id);

    return true;
}


static void
sc_sinch_inbound(const sc_sinch_t *event)
{
    sc_mention_t          *mention;
    const sc_json_token_t *content;

    mention = sc_sinch_add(event, SC_KIND_MESSAGE, SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    content = sc_kit_object(event->callback, event->item,
                            SC_STR("contact_message"));
    sc_sinch_content(event, mention, content);
    sc_kit_set_clock(event->callback, mention,
                     sc_kit_either(mention->thread, mention->author.id));
}


static void
sc_sinch_submitted(const sc_sinch_t *event)
{
    sc_mention_t *mention;

    mention = sc_sinch_add(event, SC_KIND_MESSAGE, SC_DIRECTION_OUT);
    if (mention == NULL) {
        return;
    }

    sc_sinch_content(event, mention,
                     sc_kit_object(event->callback, event->item,
                                   SC_STR("submitted_message")));
    sc_kit_set_clock(event->callback, mention,
                     sc_kit_either(mention->thread, mention->recipient));
}


static void
sc_sinch_report(const sc_sinch_t *event)
{
    sc_str_t               status;
    sc_mention_t          *mention;
    const sc_json_token_t *reason;

    mention = sc_sinch_add(event, SC_KIND_STATUS, SC_DIRECTION_OUT);
    if (mention == NULL) {
        return;
    }

    status = sc_sinch_text(event, event->item, "status");
    reason = sc_kit_object(event->callback, event->item, SC_STR("reason"));

    mention->status = status;
    mention->event = sc_kit_join(event->callback, event->id, SC_STR(":"),
                                 status);
    mention->text = sc_sinch_text(event, reason, "description");
    mention->no_answer = true;
}


/* A comment under the brand's post on Instagram. */
static void
sc_sinch_comment(const sc_sinch_t *event, const sc_json_token_t *comment)
{
    sc_mention_t *mention;

    mention = sc_sinch_add(event, SC_KIND_COMMENT, SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    mention->is_public = SC_TRI_YES;
    mention->channel = SC_CHANNEL_SOCIAL;
    mention->object = sc_kit_either(sc_sinch_text(event, comment, "id"),
                                    event->id);
    mention->text = sc_sinch_text(event, comment, "text");
    mention->url = sc_sinch_text(event, comment, "commented_on");
    mention->author.handle = sc_sinch_text(event, comment, "user");
    sc_kit_set_clock(event->callback, mention,
                     sc_kit_either(mention->thread, mention->author.id));
}


static void
sc_sinch_reaction(const sc_sinch_t *event, const sc_json_token_t *reaction)
{
    sc_mention_t *mention;

    mention = sc_sinch_add(event, SC_KIND_REACTION, SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    mention->reaction = sc_sinch_text(event, reaction, "emoji");
    mention->parent = sc_sinch_text(event, reaction, "message_id");

    if (sc_str_eq(sc_sinch_text(event, reaction, "action"),
                  SC_STR("REACTION_ACTION_UNREACT")))
    {
        mention->action = SC_ACTION_DELETE;
    }
}


/* Somebody types, or paid: only comments and reactions are of use. */
static void
sc_sinch_event(const sc_sinch_t *event)
{
    const sc_json_token_t *comment, *reaction;

    comment = sc_kit_object(event->callback,
                            sc_kit_object(event->callback, event->item,
                                          SC_STR("contact_event")),
                            SC_STR("comment_event"));
    reaction = sc_kit_object(event->callback,
                             sc_kit_object(event->callback, event->item,
                                           SC_STR("contact_message_event")),
                             SC_STR("reaction_event"));

    if (comment != NULL) {
        sc_sinch_comment(event, comment);

    } else if (reaction != NULL) {
        sc_sinch_reaction(event, reaction);
    }
}


/* An event of a rented number; the words are Sinch's. */
static void
sc_sinch_number(const sc_sinch_t *event)
{
    sc_str_t      status;
    sc_mention_t *mention;

    status = sc_sinch_text(event, event->root, "status");

    mention = sc_kit_add_notice(event->callback,
                                event->callback->request->body,
                                sc_str_eq(status, SC_STR("FAILED"))
                                ? SC_STR("error") : SC_STR("system"));
    if (mention == NULL) {
        return;
    }

    mention->account = sc_kit_either(sc_sinch_text(event, event->root,
                                                   "projectId"),
                                     mention->account);
    mention->event = sc_sinch_text(event, event->root, "eventId");
    mention->object = sc_sinch_text(event, event->root, "resourceId");
    mention->status = sc_sinch_text(event, event->root, "eventType");
    mention->text = sc_kit_either(sc_sinch_text(event, event->root,
                                                "failureCode"), status);
    sc_kit_set_created(event->callback, mention,
                       sc_kit_text_time(event->callback, event->root,
                                        SC_STR("timestamp"),
                                        SC_TIME_ISO8601));
}


/* At least reports a message that Sinch could not understand. */
static sc_parse_result_t
sc_sinch_parse(sc_callback_t *callback)
{
    size_t     i;
    sc_str_t   name;
    sc_sinch_t event;

    event.callback = callback;
    event.root = sc_json_root(callback->json);

    if (!sc_json_is(event.root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    if (sc_sinch_is(&event, "message", "id")) {
        sc_sinch_inbound(&event);
        return SC_PARSE_OK;
    }

    if (sc_sinch_is(&event, "message_submit_notification", "message_id")) {
        sc_sinch_submitted(&event);
        return SC_PARSE_OK;
    }

    if (sc_sinch_is(&event, "message_delivery_report", "message_id")) {
        sc_sinch_report(&event);
        return SC_PARSE_OK;
    }

    if (sc_sinch_text(&event, event.root, "eventId").len != 0) {
        sc_sinch_number(&event);
        return SC_PARSE_OK;
    }

    if (sc_sinch_is(&event, "event", "id")) {
        sc_sinch_event(&event);
        return SC_PARSE_OK;
    }

    /* In the Voice API `event` is a name. */
    name = sc_callback_text(callback, event.root, SC_STR("event"));

    if (name.len != 0) {
        return sc_sinch_call(callback, name);
    }

    for (i = 0; i < sizeof(sc_sinch_ignored) / sizeof(sc_sinch_ignored[0]);
         i++)
    {
        if (sc_json_get(callback->json, event.root, sc_sinch_ignored[i])
            != NULL)
        {
            return SC_PARSE_OK;
        }
    }

    sc_callback_add_dead(callback, SC_DEAD_UNKNOWN_OBJECT,
                         callback->request->body);

    return SC_PARSE_OK;
}


static const char *
sc_sinch_set_app_key(sc_sinch_options_t *options, sc_arena_t *arena,
    sc_str_t key)
{
    size_t         i;
    sc_buf_t       buf;
    unsigned char *memory;

    for (i = 0; i < key.len; i++) {
        if (key.data[i] <= ' ' || key.data[i] > '~' || key.data[i] == ':') {
            return "app_key= is the key of the Voice application, without "
                   "the secret";
        }
    }

    if (key.len == 0) {
        return "app_key= is the key of the Voice application";
    }

    memory = sc_arena_bytes(arena, sizeof("Application :") + key.len);
    if (memory == NULL) {
        return "no memory for app_key=";
    }

    sc_buf_init_fixed(&buf, memory, sizeof("Application :") + key.len);
    sc_buf_append_literal(&buf, "Application ");
    sc_buf_append_str(&buf, key);
    sc_buf_append_byte(&buf, ':');

    options->voice = sc_sinch_voice_scheme;
    options->voice.prefix = sc_buf_str(&buf);

    return NULL;
}


static const char *
sc_sinch_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_sinch_options_t *options;

    options = data;

    if (sc_str_eq(name, SC_STR("app_key"))) {
        return sc_sinch_set_app_key(options, arena, value);
    }

    if (sc_str_eq(name, SC_STR("numbers"))) {
        return sc_kit_set_switch(&options->numbers, value);
    }

    if (sc_str_eq(name, SC_STR("svaml"))) {
        options->svaml = value;

        return sc_str_starts_with(value, SC_STR("{"))
               && sc_str_ends_with(value, SC_STR("}"))
               ? NULL : "svaml= is a JSON object of instructions and an "
                        "action, in quotes";
    }

    return "unknown option: sinch knows app_key=, svaml= and numbers=";
}


const sc_platform_t sc_platform_sinch = {
    .name = SC_STR_INIT("sinch"),
    .channel = SC_CHANNEL_MESSAGING,
    .json = true,
    .schemes = sc_sinch_schemes,
    .choose_scheme = sc_sinch_choose,
    .own_replies = "turn the trigger MESSAGE_SUBMIT on at that webhook",
    .parse = sc_sinch_parse,
    .options_size = sizeof(sc_sinch_options_t),
    .set_option = sc_sinch_set_option
};
