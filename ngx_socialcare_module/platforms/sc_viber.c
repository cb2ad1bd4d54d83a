/*
 * sc_viber.c: Viber bots: one event per POST, HMAC over the body with the
 * account's authentication token.
 *
 * The payload names no bot: the first socialcare_account is its id.  Viber
 * does not echo the brand's messages, and reports `delivered` for messages in
 * both directions: the reply feed ends waits.  Wait key:
 * viber:BOT:CONVERSATION, where the conversation is the chat, else the user.
 *
 * Option: query_signature=on takes the signature from the argument `sig` of
 * the URL where the header is absent (old deployments).
 */

#include "sc_kit.h"
#include "sc_registry.h"


typedef struct {
    bool query_signature;
} sc_viber_options_t;


typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *root;
    const sc_json_token_t *message;
    sc_str_t               event;      /* message, delivered, … */
    sc_str_t               token;      /* message_token */
} sc_viber_t;


static const sc_verify_scheme_t sc_viber_query_scheme = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_QUERY, SC_STR_INIT("sig") }
};

#define SC_VIBER_SCHEME                                                       \
    .kind = SC_SCHEME_HMAC,                                                   \
    .digest = SC_DIGEST_SHA256,                                               \
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Viber-Content-Signature") }

static const sc_verify_scheme_t sc_viber_scheme = { SC_VIBER_SCHEME };

static const sc_verify_scheme_t sc_viber_either_scheme = {
    SC_VIBER_SCHEME,
    .alternative = &sc_viber_query_scheme
};


static sc_str_t
sc_viber_text(const sc_viber_t *viber, const sc_json_token_t *object,
    const char *name)
{
    return sc_callback_text(viber->callback, object,
                            sc_str_from_cstring(name));
}


static sc_mention_t *
sc_viber_add(const sc_viber_t *viber, sc_str_t user)
{
    sc_mention_t *mention;

    mention = sc_kit_add(viber->callback, viber->callback->request->body);
    if (mention == NULL) {
        return NULL;
    }

    mention->object = viber->token;
    mention->is_public = SC_TRI_NO;
    mention->thread = sc_kit_either(sc_viber_text(viber, viber->root,
                                                  "chat_id"), user);
    sc_kit_set_created(viber->callback, mention,
                       sc_kit_time(viber->callback, viber->root,
                                   SC_STR("timestamp"), 1));

    return mention;
}


/* lat,lon as written in the JSON text. */
static sc_str_t
sc_viber_location(const sc_viber_t *viber)
{
    sc_json_doc_t         *json;
    const sc_json_token_t *location;

    json = viber->callback->json;
    location = sc_kit_object(viber->callback, viber->message,
                             SC_STR("location"));

    if (location == NULL) {
        return SC_STR_NULL;
    }

    return sc_kit_join(viber->callback,
                       sc_json_raw(json, sc_json_member(json, location,
                                                        "lat")),
                       SC_STR(","),
                       sc_json_raw(json, sc_json_member(json, location,
                                                        "lon")));
}


static void
sc_viber_add_content(const sc_viber_t *viber, sc_mention_t *mention)
{
    sc_str_t               type, ref;
    const sc_json_token_t *contact;

    type = sc_viber_text(viber, viber->message, "type");

    if (type.len == 0 || sc_str_eq(type, SC_STR("text"))) {
        return;
    }

    ref = sc_kit_either(sc_callback_id(viber->callback, viber->message,
                                       SC_STR("sticker_id")),
                        sc_viber_location(viber));
    contact = sc_kit_object(viber->callback, viber->message,
                            SC_STR("contact"));

    if (contact != NULL) {
        ref = sc_callback_id(viber->callback, contact,
                             SC_STR("phone_number"));
        mention->text = sc_kit_either(mention->text,
                                      sc_viber_text(viber, contact, "name"));
    }

    sc_callback_add_media(viber->callback, mention, type,
                          sc_viber_text(viber, viber->message, "media"), ref);
}


static sc_parse_result_t
sc_viber_message(sc_viber_t *viber)
{
    sc_str_t               user;
    sc_mention_t          *mention;
    const sc_json_token_t *sender;

    sender = sc_kit_object(viber->callback, viber->root, SC_STR("sender"));
    viber->message = sc_kit_object(viber->callback, viber->root,
                                   SC_STR("message"));
    user = sc_viber_text(viber, sender, "id");

    if (user.len == 0 || viber->message == NULL) {
        return sc_kit_die(viber->callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_viber_add(viber, user);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->kind = SC_KIND_MESSAGE;
    mention->direction = SC_DIRECTION_IN;
    mention->event = viber->token;
    mention->author.id = user;
    mention->author.name = sc_viber_text(viber, sender, "name");
    mention->lang = sc_viber_text(viber, sender, "language");
    mention->text = sc_viber_text(viber, viber->message, "text");
    sc_callback_add_extra(viber->callback, mention, "tracking_data",
                          sc_viber_text(viber, viber->message,
                                        "tracking_data"));
    sc_viber_add_content(viber, mention);
    sc_kit_set_clock(viber->callback, mention, mention->thread);

    return SC_PARSE_OK;
}


/*
 * The token of a status is that of its message, which may be a customer's as
 * well: so it has no direction.  A user who unsubscribed can no longer be
 * answered, so the wait ends.
 */
static sc_parse_result_t
sc_viber_status(sc_viber_t *viber)
{
    bool          gone;
    sc_str_t      user;
    sc_mention_t *mention;

    gone = sc_str_eq(viber->event, SC_STR("unsubscribed"));
    user = sc_viber_text(viber, viber->root, "user_id");

    if (gone && user.len == 0) {
        return sc_kit_die(viber->callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_viber_add(viber, user);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->kind = SC_KIND_STATUS;
    mention->direction = SC_DIRECTION_NONE;
    mention->status = viber->event;
    mention->event = sc_kit_join(viber->callback, viber->event, SC_STR(":"),
                                 viber->token);
    mention->text = sc_viber_text(viber, viber->root, "desc");

    if (gone) {
        mention->action = SC_ACTION_DELETE;
        mention->direction = SC_DIRECTION_IN;
        mention->author.id = user;
        mention->ends = "deleted_by_author";
        mention->clock_key = sc_kit_clock_key(viber->callback, mention,
                                              mention->thread);
    }

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_viber_handshake(sc_viber_t *viber)
{
    viber->callback->handshake = true;

    return SC_PARSE_OK;
}


/* Somebody opened the chat; nothing has been said yet. */
static sc_parse_result_t
sc_viber_quiet(sc_viber_t *viber)
{
    (void) viber;

    return SC_PARSE_OK;
}


static const struct {
    sc_str_t            event;
    sc_parse_result_t (*handle)(sc_viber_t *viber);
} sc_viber_events[] = {
    { SC_STR_INIT("message"), sc_viber_message },
    { SC_STR_INIT("delivered"), sc_viber_status },
    { SC_STR_INIT("seen"), sc_viber_status },
    { SC_STR_INIT("failed"), sc_viber_status },
    { SC_STR_INIT("unsubscribed"), sc_viber_status },
    { SC_STR_INIT("webhook"), sc_viber_handshake },
    { SC_STR_INIT("subscribed"), sc_viber_quiet },
    { SC_STR_INIT("conversation_started"), sc_viber_quiet },
    { SC_STR_INIT("client_status"), sc_viber_quiet },
    { SC_STR_INIT("action"), sc_viber_quiet }
};


static sc_parse_result_t
sc_viber_parse(sc_callback_t *callback)
{
    size_t     i;
    sc_viber_t viber;

    memset(&viber, 0, sizeof(viber));
    viber.callback = callback;
    viber.root = sc_json_root(callback->json);

    if (!sc_json_is(viber.root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    viber.event = sc_callback_text(callback, viber.root, SC_STR("event"));
    viber.token = sc_callback_id(callback, viber.root,
                                 SC_STR("message_token"));

    if (viber.event.len == 0 || viber.token.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    for (i = 0; i < sizeof(sc_viber_events) / sizeof(sc_viber_events[0]); i++)
    {
        if (sc_str_eq(sc_viber_events[i].event, viber.event)) {
            return sc_viber_events[i].handle(&viber);
        }
    }

    return sc_kit_die(callback, SC_DEAD_UNKNOWN_OBJECT);
}


static size_t
sc_viber_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    const sc_viber_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = options->query_signature ? &sc_viber_either_scheme
                                           : &sc_viber_scheme;
    }

    if (capacity > 1 && options->query_signature) {
        list[1] = &sc_viber_query_scheme;
    }

    return options->query_signature ? 2 : 1;
}


static const char *
sc_viber_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_viber_options_t *options;

    (void) arena;

    options = data;

    return sc_str_eq(name, SC_STR("query_signature"))
           ? sc_kit_set_switch(&options->query_signature, value)
           : "unknown option: viber knows query_signature=";
}


/* The body stays empty: Viber shows it to the user. */
const sc_platform_t sc_platform_viber = {
    .name = SC_STR_INIT("viber"),
    .channel = SC_CHANNEL_MESSAGING,
    .json = true,
    .schemes = sc_viber_schemes,
    .parse = sc_viber_parse,
    .options_size = sizeof(sc_viber_options_t),
    .set_option = sc_viber_set_option
};
