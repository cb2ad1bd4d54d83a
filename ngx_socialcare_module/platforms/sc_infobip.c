/*
 * sc_infobip.c: Infobip: inbound SMS, MMS, WhatsApp and other messages, and
 * reports about the brand's own, several per callback.
 *
 * Infobip documents no signature: user and password of the URL (secret
 * USER:PASSWORD), or a fixed header with header=NAME.
 *
 * Clock key: infobip:<brand number>:<customer's number>.  Reports end no wait:
 * the reply feed brings the brand's answers.
 */

#include "sc_kit.h"
#include "sc_registry.h"


typedef struct {
    sc_verify_scheme_t token;
    bool               by_header;
} sc_infobip_options_t;


static const sc_verify_scheme_t sc_infobip_basic = {
    .kind = SC_SCHEME_BASIC,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("Authorization") }
};


static size_t
sc_infobip_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    const sc_infobip_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = options->by_header ? &options->token : &sc_infobip_basic;
    }

    return 1;
}


/* Texts have one of these names, by the kind of content. */
static const sc_str_t sc_infobip_texts[] = {
    SC_STR_INIT("text"), SC_STR_INIT("value"), SC_STR_INIT("caption"),
    SC_STR_INIT("title"), SC_STR_INIT("address"), SC_STR_INIT("name"),
    SC_STR_INIT("payload")
};


/* A text, a file, a place, a button: part of an MMS, or a whole message. */
static void
sc_infobip_part(sc_callback_t *callback, const sc_json_token_t *part,
    sc_mention_t *mention)
{
    size_t   i;
    sc_str_t type, url, place;

    type = sc_kit_either(sc_callback_text(callback, part, SC_STR("type")),
                         sc_callback_text(callback, part,
                                          SC_STR("contentType")));
    url = sc_callback_text(callback, part, SC_STR("url"));
    place = sc_callback_place(callback, part, SC_STR("latitude"),
                              SC_STR("longitude"));

    if (url.len != 0 || place.len != 0) {
        sc_callback_add_media(callback, mention, type, url, place);
    }

    if (sc_str_eq(type, SC_STR("REACTION"))) {
        mention->kind = SC_KIND_REACTION;
        mention->reaction = sc_callback_text(callback, part, SC_STR("emoji"));
    }

    /* An MMS has a layout and other types among its parts. */
    if (sc_json_member(callback->json, part, "contentType") != NULL
        && !sc_str_starts_with(type, SC_STR("text/plain")))
    {
        return;
    }

    for (i = 0; i < sizeof(sc_infobip_texts) / sizeof(sc_infobip_texts[0])
                && mention->text.len == 0; i++)
    {
        mention->text = sc_callback_text(callback, part, sc_infobip_texts[i]);
    }
}


/* `message` or `content`: a list of parts, or an object: the only one. */
static void
sc_infobip_parts(sc_callback_t *callback, const sc_json_token_t *parts,
    sc_mention_t *mention)
{
    size_t                 count;
    const sc_json_token_t *part;

    if (sc_json_is(parts, SC_JSON_OBJECT)) {
        sc_infobip_part(callback, parts, mention);
        return;
    }

    if (!sc_json_is(parts, SC_JSON_ARRAY)) {
        return;
    }

    part = NULL;

    for (count = 0; count < SC_KIT_MAX_MEDIA; count++) {
        part = sc_json_next(callback->json, parts, part, NULL);
        if (part == NULL) {
            break;
        }

        if (sc_json_is(part, SC_JSON_OBJECT)) {
            sc_infobip_part(callback, part, mention);
        }
    }
}


/* A channel's name in lower case; empty for SMS and MMS, which may omit it. */
static sc_str_t
sc_infobip_channel(sc_callback_t *callback, const sc_json_token_t *item)
{
    sc_str_t name;

    name = sc_kit_either(sc_callback_text(callback, item,
                                          SC_STR("integrationType")),
                         sc_callback_text(callback, item, SC_STR("channel")));

    if (sc_str_eq(name, SC_STR("SMS")) || sc_str_eq(name, SC_STR("MMS"))) {
        return SC_STR_NULL;
    }

    return sc_kit_lower(callback, name);
}


/*
 * What became of a message: empty for an incoming one.  Reports come to the
 * same URL, and many have both numbers, as a message has.
 */
static sc_str_t
sc_infobip_status(sc_callback_t *callback, const sc_json_token_t *item)
{
    sc_str_t               event;
    const sc_json_token_t *status;

    event = sc_callback_text(callback, item, SC_STR("event"));
    status = sc_kit_object(callback, item, SC_STR("status"));

    if (status != NULL) {
        return sc_kit_either(sc_callback_text(callback, status,
                                              SC_STR("groupName")),
                             SC_STR("reported"));
    }

    if (sc_json_get_set(callback->json, item, SC_STR("seenAt")) != NULL) {
        return SC_STR("seen");
    }

    if (sc_json_get_set(callback->json, item, SC_STR("deletedAt")) != NULL) {
        return SC_STR("deleted");
    }

    return sc_str_eq(event, SC_STR("MO")) ? SC_STR_NULL : event;
}


static int64_t
sc_infobip_time(sc_callback_t *callback, const sc_json_token_t *item)
{
    size_t  i;
    int64_t ms;

    static const sc_str_t names[] = {
        SC_STR_INIT("receivedAt"), SC_STR_INIT("doneAt"),
        SC_STR_INIT("seenAt"), SC_STR_INIT("deletedAt")
    };

    ms = -1;

    for (i = 0; i < sizeof(names) / sizeof(names[0]) && ms < 0; i++) {
        ms = sc_kit_text_time(callback, item, names[i], SC_TIME_ISO8601);
    }

    return ms;
}


/* Reports disagree on which number is whose: they end no wait. */
static void
sc_infobip_report(sc_callback_t *callback, const sc_json_token_t *item,
    sc_str_t id, sc_str_t status)
{
    sc_mention_t *mention;

    mention = sc_kit_add_report(callback, sc_json_raw(callback->json, item),
                                sc_infobip_channel(callback, item).len != 0
                                ? SC_CHANNEL_MESSAGING : SC_CHANNEL_SMS,
                                id, status);
    if (mention == NULL) {
        return;
    }

    sc_kit_set_created(callback, mention, sc_infobip_time(callback, item));
}


static void
sc_infobip_message(sc_callback_t *callback, const sc_json_token_t *item,
    sc_str_t id, sc_str_t from, sc_str_t to)
{
    sc_str_t      channel;
    sc_mention_t *mention;

    mention = sc_kit_add_sms(callback, sc_json_raw(callback->json, item), id,
                             to, from);
    if (mention == NULL) {
        return;
    }

    channel = sc_infobip_channel(callback, item);

    if (channel.len != 0) {
        mention->channel = SC_CHANNEL_MESSAGING;
        mention->thread = sc_kit_pair_thread(callback, channel, to, from);
    }

    mention->author.name = sc_callback_text(callback,
                               sc_kit_object(callback, item,
                                             SC_STR("contact")),
                               SC_STR("name"));
    mention->text = sc_kit_either(
        sc_callback_text(callback, item, SC_STR("text")),
        sc_callback_text(callback, item, SC_STR("cleanText")));
    sc_infobip_parts(callback, sc_json_member(callback->json, item,
                                              "message"), mention);
    sc_infobip_parts(callback, sc_json_member(callback->json, item,
                                              "content"), mention);
    sc_kit_set_created(callback, mention, sc_infobip_time(callback, item));
    sc_kit_set_clock(callback, mention, from);
}


/* The numbers' names differ between Infobip's products. */
static void
sc_infobip_item(sc_callback_t *callback, const sc_json_token_t *item)
{
    sc_str_t id, from, to, status, raw;

    raw = sc_json_raw(callback->json, item);

    if (!sc_json_is(item, SC_JSON_OBJECT)) {
        sc_callback_add_dead(callback, SC_DEAD_SHAPE, raw);
        return;
    }

    id = sc_callback_id(callback, item, SC_STR("messageId"));
    from = sc_kit_either(sc_callback_id(callback, item, SC_STR("from")),
                         sc_callback_id(callback, item, SC_STR("sender")));
    to = sc_kit_either(sc_callback_id(callback, item, SC_STR("to")),
                       sc_callback_id(callback, item,
                                      SC_STR("destination")));
    status = sc_infobip_status(callback, item);

    if (id.len != 0 && status.len != 0) {
        sc_infobip_report(callback, item, id, status);

    } else if (id.len == 0 || from.len == 0 || to.len == 0) {
        sc_callback_add_dead(callback, SC_DEAD_MISSING_MEMBER, raw);

    } else {
        sc_infobip_message(callback, item, id, from, to);
    }
}


static sc_parse_result_t
sc_infobip_parse(sc_callback_t *callback)
{
    const sc_json_token_t *list, *item;

    list = sc_json_member(callback->json, sc_json_root(callback->json),
                          "results");
    item = NULL;

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        return sc_kit_die(callback, list == NULL ? SC_DEAD_MISSING_MEMBER
                                                 : SC_DEAD_SHAPE);
    }

    while (!callback->too_large
           && (item = sc_json_next(callback->json, list, item, NULL)) != NULL)
    {
        sc_infobip_item(callback, item);
    }

    return SC_PARSE_OK;
}


static const char *
sc_infobip_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_infobip_options_t *options;

    (void) arena;

    options = data;

    if (!sc_str_eq(name, SC_STR("header"))) {
        return "unknown option: infobip knows header=";
    }

    if (value.len == 0) {
        return "header= needs the name of the header that carries the secret";
    }

    options->by_header = true;
    options->token.kind = SC_SCHEME_TOKEN;
    options->token.signature.from = SC_FROM_HEADER;
    options->token.signature.name = value;

    return NULL;
}


const sc_platform_t sc_platform_infobip = {
    .name = SC_STR_INIT("infobip"),
    .channel = SC_CHANNEL_SMS,
    .json = true,
    .schemes = sc_infobip_schemes,
    .parse = sc_infobip_parse,
    .options_size = sizeof(sc_infobip_options_t),
    .set_option = sc_infobip_set_option
};
