/*
 * sc_infobip.c: Infobip: inbound SMS and MMS, several per callback.
 *
 * Infobip documents no signature: user and password of the URL (secret
 * USER:PASSWORD), or a fixed header with header=NAME.
 *
 * Clock key: infobip:<brand number>:<customer's number>.  Infobip does not
 * report the brand's answers: the reply feed brings them.
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


/* An MMS: a list of texts and media. */
static void
sc_infobip_parts(sc_callback_t *callback, const sc_json_token_t *item,
    sc_mention_t *mention)
{
    size_t                 count;
    sc_str_t               type, url;
    const sc_json_token_t *parts, *part;

    parts = sc_json_member(callback->json, item, "message");
    part = NULL;

    for (count = 0; count < SC_KIT_MAX_MEDIA; count++) {
        part = sc_json_next(callback->json, parts, part, NULL);
        if (part == NULL) {
            break;
        }

        type = sc_callback_text(callback, part, SC_STR("contentType"));
        url = sc_callback_text(callback, part, SC_STR("url"));

        if (url.len != 0) {
            sc_callback_add_media(callback, mention, type, url, SC_STR_NULL);

        } else if (mention->text.len == 0
                   && sc_str_starts_with(type, SC_STR("text/plain")))
        {
            mention->text = sc_callback_text(callback, part,
                                             SC_STR("value"));
        }
    }
}


static void
sc_infobip_item(sc_callback_t *callback, const sc_json_token_t *item)
{
    sc_str_t      id, from, to, raw;
    sc_mention_t *mention;

    raw = sc_json_raw(callback->json, item);
    id = sc_callback_id(callback, item, SC_STR("messageId"));
    from = sc_callback_id(callback, item, SC_STR("from"));
    to = sc_callback_id(callback, item, SC_STR("to"));

    if (!sc_json_is(item, SC_JSON_OBJECT)) {
        sc_callback_add_dead(callback, SC_DEAD_SHAPE, raw);
        return;
    }

    if (id.len == 0 || from.len == 0 || to.len == 0) {
        sc_callback_add_dead(callback, SC_DEAD_MISSING_MEMBER, raw);
        return;
    }

    mention = sc_kit_add_sms(callback, raw, id, to, from);
    if (mention == NULL) {
        return;
    }

    mention->text = sc_kit_either(
        sc_callback_text(callback, item, SC_STR("text")),
        sc_callback_text(callback, item, SC_STR("cleanText")));
    sc_infobip_parts(callback, item, mention);
    sc_kit_set_created(callback, mention,
                       sc_kit_text_time(callback, item, SC_STR("receivedAt"),
                                        SC_TIME_ISO8601));
    sc_kit_set_clock(callback, mention, from);
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
