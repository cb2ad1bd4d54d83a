/*
 * sc_apple_messages.c: Apple Messages for Business, for those who are an
 * approved Messaging Service Provider.
 *
 * Verified by a JWT with our provider id as audience; it covers neither headers
 * nor body, so these must at least agree with each other.  The secret is what
 * Apple shows, prefixed with base64:.  Bodies may be gzipped.
 *
 * Clock key: apple-messages:<business id>:<customer's id>.  Apple does not
 * report the brand's answers: the reply feed brings them.
 *
 * Option: msp=ID   our provider id (older name: CSP id); required
 */

#include "sc_inflate.h"
#include "sc_kit.h"
#include "sc_registry.h"


#define SC_APPLE_MAX_BODY      (1 << 20)
#define SC_APPLE_TOLERANCE_MS  INT64_C(3600000)


typedef struct {
    sc_verify_scheme_t scheme;
    sc_str_t           msp;
} sc_apple_options_t;


static const sc_verify_scheme_t sc_apple_scheme = {
    .kind = SC_SCHEME_JWT,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("Authorization") },
    .prefix = SC_STR_INIT("Bearer "),
    .timestamp = { SC_FROM_CLAIM, SC_STR_INIT("iat") },
    .timestamp_format = SC_TIME_SECONDS,
    .tolerance_ms = SC_APPLE_TOLERANCE_MS
};


static const sc_str_t sc_apple_ignored[] = {
    SC_STR_INIT("typing_start"), SC_STR_INIT("typing_end")
};


static size_t
sc_apple_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    const sc_apple_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = &options->scheme;
    }

    return 1;
}


static void
sc_apple_media(sc_callback_t *callback, const sc_json_token_t *root,
    sc_mention_t *mention)
{
    size_t                 count;
    sc_str_t               place;
    const sc_json_token_t *list, *item;

    list = sc_json_member(callback->json, root, "attachments");
    item = NULL;

    for (count = 0; count < SC_KIT_MAX_MEDIA; count++) {
        item = sc_json_next(callback->json, list, item, NULL);
        if (item == NULL) {
            break;
        }

        /* Encrypted: whoever fetches it needs the key as well. */
        place = sc_kit_either(
            sc_callback_text(callback, item, SC_STR("url")),
            sc_callback_text(callback, item, SC_STR("name")));
        sc_callback_add_media(callback, mention,
            sc_callback_text(callback, item, SC_STR("mimeType")),
            SC_STR_NULL, place);
    }
}


/* The customer's choice; a large answer is only included by reference. */
static void
sc_apple_interactive(sc_callback_t *callback, const sc_json_token_t *root,
    sc_mention_t *mention)
{
    const sc_json_token_t *data, *reply, *inner;

    data = sc_kit_object(callback, root, SC_STR("interactiveData"));
    inner = sc_kit_object(callback, data, SC_STR("data"));
    reply = sc_kit_object(callback, data, SC_STR("replyMessage"));

    if (reply == NULL) {
        reply = sc_kit_object(callback, inner, SC_STR("replyMessage"));
    }

    mention->text = sc_kit_either(
        sc_callback_text(callback, reply, SC_STR("title")),
        sc_callback_text(callback, reply, SC_STR("subtitle")));
    mention->parent = sc_callback_text(callback, inner,
                                       SC_STR("requestIdentifier"));
    mention->needs_fetch = sc_json_member(callback->json, root,
                                          "interactiveDataRef") != NULL;
}


static sc_mention_t *
sc_apple_add(sc_callback_t *callback, const sc_json_token_t *root,
    sc_str_t raw)
{
    sc_mention_t *mention;

    mention = sc_kit_add(callback, raw);
    if (mention == NULL) {
        return NULL;
    }

    mention->is_public = SC_TRI_NO;
    mention->event = sc_callback_text(callback, root, SC_STR("id"));
    mention->object = mention->event;
    mention->account = sc_callback_text(callback, root,
                                        SC_STR("destinationId"));
    mention->author.id = sc_callback_text(callback, root,
                                          SC_STR("sourceId"));
    mention->thread = sc_kit_join(callback, mention->account, SC_STR("|"),
                                  mention->author.id);
    mention->lang = sc_callback_text(callback, root, SC_STR("locale"));
    mention->subject = sc_kit_either(
        sc_callback_text(callback, root, SC_STR("intent")),
        sc_callback_text(callback, root, SC_STR("group")));
    sc_callback_add_extra(callback, mention, "group",
                          sc_callback_text(callback, root, SC_STR("group")));
    sc_callback_add_extra(callback, mention, "intent",
                          sc_callback_text(callback, root,
                                           SC_STR("intent")));

    return mention;
}


static void
sc_apple_message(sc_callback_t *callback, const sc_json_token_t *root,
    sc_str_t type, sc_str_t raw)
{
    sc_mention_t *mention;

    mention = sc_apple_add(callback, root, raw);
    if (mention == NULL) {
        return;
    }

    if (sc_str_eq(type, SC_STR("close"))) {
        /* The customer has left: nothing more may be sent to them. */
        mention->kind = SC_KIND_NOTICE;
        mention->notice = type;
        mention->ends = "deleted_by_author";
        mention->clock_key = sc_kit_clock_key(callback, mention,
                                              mention->author.id);
        return;
    }

    mention->kind = SC_KIND_MESSAGE;
    mention->text = sc_callback_text(callback, root, SC_STR("body"));

    if (sc_str_eq(type, SC_STR("interactive"))) {
        sc_apple_interactive(callback, root, mention);
    }

    sc_apple_media(callback, root, mention);
    sc_kit_set_clock(callback, mention, mention->author.id);
}


/* The token covers neither headers nor body, so these must agree. */
static bool
sc_apple_agrees(sc_callback_t *callback, const sc_json_token_t *root,
    const char *header, const char *member)
{
    return sc_str_eq(sc_request_header(callback->request,
                                       sc_str_from_cstring(header), NULL),
                     sc_callback_text(callback, root,
                                      sc_str_from_cstring(member)));
}


static sc_parse_result_t
sc_apple_check(sc_callback_t *callback, const sc_json_token_t *root)
{
    sc_str_t           destination;
    const sc_source_t *source;

    source = callback->source;
    destination = sc_callback_text(callback, root, SC_STR("destinationId"));

    if (destination.len == 0
        || sc_callback_text(callback, root, SC_STR("id")).len == 0
        || sc_callback_text(callback, root, SC_STR("sourceId")).len == 0)
    {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (!sc_apple_agrees(callback, root, "id", "id")
        || !sc_apple_agrees(callback, root, "destination-id",
                            "destinationId"))
    {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    return source->accounts_count == 0
           || sc_source_is_own(source, SC_STR_NULL, destination)
           ? SC_PARSE_OK : sc_kit_die(callback, SC_DEAD_UNKNOWN_OBJECT);
}


static sc_parse_result_t
sc_apple_inflate(sc_callback_t *callback, sc_str_t *body)
{
    sc_str_t encoding;

    *body = callback->request->body;
    encoding = sc_request_header(callback->request,
                                 SC_STR("Content-Encoding"), NULL);

    if (encoding.len == 0
        || sc_str_eq_nocase(encoding, SC_STR("identity")))
    {
        return SC_PARSE_OK;
    }

    if (!sc_str_eq_nocase(encoding, SC_STR("gzip"))) {
        return sc_kit_die(callback, SC_DEAD_CONTENT_TYPE);
    }

    switch (sc_inflate_gzip(callback->arena, *body, SC_APPLE_MAX_BODY, body))
    {
    case SC_INFLATE_OK:
        return SC_PARSE_OK;

    case SC_INFLATE_TOO_LARGE:
        return SC_PARSE_TOO_LARGE;

    case SC_INFLATE_MALFORMED:
        break;
    }

    return sc_kit_die(callback, SC_DEAD_ENCODING);
}


static sc_parse_result_t
sc_apple_parse(sc_callback_t *callback)
{
    sc_str_t               body, type;
    sc_parse_result_t      result;
    const sc_json_token_t *root;

    result = sc_apple_inflate(callback, &body);

    if (result == SC_PARSE_OK) {
        result = sc_callback_read_json(callback, body);
    }

    if (result != SC_PARSE_OK) {
        return result;
    }

    root = sc_json_root(callback->json);
    type = sc_callback_text(callback, root, SC_STR("type"));

    if (sc_kit_is_one_of(sc_apple_ignored, type)) {
        return SC_PARSE_OK;
    }

    result = sc_apple_check(callback, root);
    if (result != SC_PARSE_OK) {
        return result;
    }

    if (sc_str_eq(type, SC_STR("text")) || sc_str_eq(type, SC_STR("close"))
        || sc_str_eq(type, SC_STR("interactive")))
    {
        sc_apple_message(callback, root, type, body);

    } else {
        sc_callback_add_dead(callback, type.len == 0 ? SC_DEAD_MISSING_MEMBER
                                                     : SC_DEAD_UNKNOWN_OBJECT,
                             body);
    }

    return SC_PARSE_OK;
}


static const char *
sc_apple_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_apple_options_t *options;

    (void) arena;

    options = data;

    if (!sc_str_eq(name, SC_STR("msp"))) {
        return "unknown option: apple-messages knows msp=";
    }

    options->msp = value;

    return value.len != 0 ? NULL : "msp= needs the provider's id";
}


static const char *
sc_apple_finish_options(void *data, sc_arena_t *arena)
{
    sc_apple_options_t *options;

    (void) arena;

    options = data;

    options->scheme = sc_apple_scheme;
    options->scheme.jwt.audiences = &options->msp;
    options->scheme.jwt.audiences_count = 1;

    return options->msp.len != 0
           ? NULL : "apple-messages needs msp=, the Messaging Service "
                    "Provider's id that Apple's tokens are made out to";
}


const sc_platform_t sc_platform_apple_messages = {
    .name = SC_STR_INIT("apple-messages"),
    .channel = SC_CHANNEL_MESSAGING,
    .schemes = sc_apple_schemes,
    .parse = sc_apple_parse,
    .options_size = sizeof(sc_apple_options_t),
    .set_option = sc_apple_set_option,
    .finish_options = sc_apple_finish_options
};
