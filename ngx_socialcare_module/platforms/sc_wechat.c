/*
 * sc_wechat.c: WeChat official accounts, plain and in safe mode: one message
 * of XML per POST, verified by a SHA-1 over token, time and nonce of the URL.
 *
 * In plain mode nothing binds the body to the signature; a time and nonce that
 * came with one body are refused with another.  Safe mode signs and encrypts
 * the body; where it is configured, plain messages are refused.
 *
 * Options:
 *
 *   aes_key=LABEL   the secret of this name= is the EncodingAESKey
 *   app_id=ID       the account's AppID, which each message must contain
 *   plain=on        also accepts plain messages, while WeChat changes over
 *
 * WeChat echoes nothing: the reply feed ends waits, and so does a person who
 * leaves the account.  Wait key: wechat:ACCOUNT:OPENID, where ACCOUNT is
 * ToUserName.
 */

#include "sc_kit.h"
#include "sc_registry.h"
#include "sc_wechat_aes.h"
#include "sc_xml.h"


#define SC_WECHAT_ECHO_MAX  1024


typedef struct {
    sc_str_t aes_label;
    sc_str_t app_id;
    bool     plain;
} sc_wechat_options_t;


#define SC_WECHAT_SCHEME(name)                                                \
    .kind = SC_SCHEME_SHA1_SORTED,                                            \
    .signature = { SC_FROM_QUERY, SC_STR_INIT(name) },                        \
    .timestamp = { SC_FROM_QUERY, SC_STR_INIT("timestamp") },                 \
    .timestamp_format = SC_TIME_SECONDS,                                      \
    .id = { SC_FROM_QUERY, SC_STR_INIT("nonce") }

static const sc_verify_scheme_t sc_wechat_plain_scheme = {
    SC_WECHAT_SCHEME("signature"),
    .id_once = true
};

static const sc_verify_scheme_t sc_wechat_safe_scheme = {
    SC_WECHAT_SCHEME("msg_signature"),
    .sorted = { { SC_FROM_XML, SC_STR_INIT("Encrypt") } }
};


/* Events that are not mentions, by the prefix of their names. */
static const sc_str_t sc_wechat_quiet[] = {
    SC_STR_INIT("subscribe"), SC_STR_INIT("SCAN"),
    SC_STR_INIT("LOCATION"), SC_STR_INIT("VIEW"), SC_STR_INIT("scancode_"),
    SC_STR_INIT("pic_"), SC_STR_INIT("location_select"),
    SC_STR_INIT("view_miniprogram"), SC_STR_INIT("kf_"),
    SC_STR_INIT("TEMPLATESENDJOBFINISH"), SC_STR_INIT("MASSSENDJOBFINISH"),
    SC_STR_INIT("PUBLISHJOBFINISH"), SC_STR_INIT("user_"),
    SC_STR_INIT("subscribe_msg_")
};


static bool
sc_wechat_is_encrypted(const sc_request_t *request)
{
    sc_str_t type;

    return sc_query_get_raw(request->query, SC_STR("encrypt_type"), &type)
           && sc_str_eq(type, SC_STR("aes"));
}


/* Handshake */


static void
sc_wechat_handshake(sc_callback_t *callback)
{
    sc_str_t     raw, text;
    sc_verdict_t verdict;

    callback->answer = (sc_answer_t) { .status = 403 };

    sc_verify(&sc_wechat_plain_scheme, callback->request,
              &callback->source->secrets, callback->now_ms,
              SC_TOLERANCE_DEFAULT, callback->arena, &verdict);

    if (verdict.result != SC_VERIFY_OK) {
        return;
    }

    if (!sc_query_get_raw(callback->request->query, SC_STR("echostr"), &raw)
        || !sc_percent_decode(callback->arena, raw, true, &text)
        || !sc_kit_is_harmless(text, SC_WECHAT_ECHO_MAX))
    {
        callback->answer.status = 400;
        return;
    }

    callback->answer.status = 200;
    callback->answer.content_type = SC_STR("text/plain");
    callback->answer.body = text;
}


/* Messages */


/* Events have no id of their own. */
static sc_str_t
sc_wechat_event_id(sc_callback_t *callback, const sc_xml_fields_t *fields)
{
    sc_str_t id;

    id = sc_xml_field(fields, "MsgId");

    return id.len != 0 ? id
           : sc_kit_join(callback, sc_xml_field(fields, "FromUserName"),
                         SC_STR("/"), sc_xml_field(fields, "CreateTime"),
                         SC_STR("/"), sc_xml_field(fields, "Event"),
                         SC_STR("/"), sc_xml_field(fields, "EventKey"));
}


static void
sc_wechat_set_content(sc_callback_t *callback, const sc_xml_fields_t *fields,
    sc_mention_t *mention, sc_str_t type)
{
    sc_str_t url, ref;

    mention->text = sc_xml_field(fields, "Content");

    if (sc_str_eq(type, SC_STR("text"))) {
        return;
    }

    url = sc_kit_either(sc_xml_field(fields, "PicUrl"),
                        sc_xml_field(fields, "Url"));
    ref = sc_kit_either(sc_xml_field(fields, "MediaId"),
                        sc_xml_field(fields, "ThumbMediaId"));

    if (sc_str_eq(type, SC_STR("voice"))) {
        mention->text = sc_xml_field(fields, "Recognition");

    } else if (sc_str_eq(type, SC_STR("location"))) {
        mention->text = sc_xml_field(fields, "Label");
        ref = sc_kit_join(callback, sc_xml_field(fields, "Location_X"),
                          SC_STR(","), sc_xml_field(fields, "Location_Y"));

    } else if (sc_str_eq(type, SC_STR("link"))) {
        mention->subject = sc_xml_field(fields, "Title");
        mention->text = sc_kit_either(sc_xml_field(fields, "Description"),
                                      mention->subject);
    }

    sc_callback_add_media(callback, mention, type, url, ref);
}


static sc_parse_result_t
sc_wechat_add(sc_callback_t *callback, const sc_xml_fields_t *fields,
    sc_str_t raw, sc_str_t type)
{
    int64_t       created;
    sc_mention_t *mention;

    mention = sc_kit_add(callback, raw);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    if (!sc_str_to_int64(sc_xml_field(fields, "CreateTime"), &created)) {
        created = -1;
    }

    mention->kind = SC_KIND_MESSAGE;
    mention->direction = SC_DIRECTION_IN;
    mention->is_public = SC_TRI_NO;
    mention->account = sc_xml_field(fields, "ToUserName");
    mention->event = sc_wechat_event_id(callback, fields);
    mention->object = mention->event;
    mention->author.id = sc_xml_field(fields, "FromUserName");
    mention->thread = mention->author.id;
    sc_kit_set_created(callback, mention, sc_time_guess_ms(created));
    sc_kit_set_clock(callback, mention, mention->thread);

    if (sc_str_eq(type, SC_STR("event"))) {
        mention->text = sc_xml_field(fields, "EventKey");

    } else {
        sc_wechat_set_content(callback, fields, mention, type);
    }

    return SC_PARSE_OK;
}


/* Nothing can be sent any more to whoever has left the account. */
static sc_parse_result_t
sc_wechat_gone(sc_callback_t *callback, const sc_xml_fields_t *fields,
    sc_str_t raw)
{
    sc_mention_t      *mention;
    sc_parse_result_t  result;

    result = sc_wechat_add(callback, fields, raw, SC_STR("event"));
    mention = callback->last;

    if (result == SC_PARSE_OK) {
        mention->kind = SC_KIND_STATUS;
        mention->action = SC_ACTION_DELETE;
        mention->status = SC_STR("unsubscribe");
        mention->ends = "deleted_by_author";
    }

    return result;
}


/* A menu button is pressed by a person; other events just happen. */
static sc_parse_result_t
sc_wechat_event(sc_callback_t *callback, const sc_xml_fields_t *fields,
    sc_str_t raw)
{
    size_t   i;
    sc_str_t event;

    event = sc_xml_field(fields, "Event");

    if (sc_str_eq(event, SC_STR("CLICK"))) {
        return sc_wechat_add(callback, fields, raw, SC_STR("event"));
    }

    if (sc_str_eq(event, SC_STR("unsubscribe"))) {
        return sc_wechat_gone(callback, fields, raw);
    }

    for (i = 0; i < sizeof(sc_wechat_quiet) / sizeof(sc_wechat_quiet[0]); i++)
    {
        if (sc_str_starts_with(event, sc_wechat_quiet[i])) {
            return SC_PARSE_OK;
        }
    }

    return sc_kit_die(callback, event.len == 0 ? SC_DEAD_MISSING_MEMBER
                                               : SC_DEAD_UNKNOWN_OBJECT);
}


/* The secret of that name; NULL: none. */
static const sc_secret_t *
sc_wechat_secret(const sc_source_t *source, sc_str_t label)
{
    size_t i;

    for (i = 0; i < source->secrets.count; i++) {
        if (sc_str_eq(sc_secret_label(source->secrets.items[i]), label)) {
            return source->secrets.items[i];
        }
    }

    return NULL;
}


static sc_parse_result_t
sc_wechat_decrypt(sc_callback_t *callback, sc_str_t *document)
{
    const sc_secret_t         *key;
    sc_xml_fields_t            fields;
    sc_parse_result_t          result;
    const sc_wechat_options_t *options;

    options = callback->source->options;

    key = options->aes_label.len == 0
          ? NULL : sc_wechat_secret(callback->source, options->aes_label);

    if (key == NULL) {
        return sc_kit_die(callback, SC_DEAD_ENCODING);
    }

    result = sc_xml_read_fields(callback, *document, &fields);
    if (result != SC_PARSE_OK) {
        return result;
    }

    switch (sc_wechat_aes_open(callback->arena, sc_secret_bytes(key),
                               sc_xml_field(&fields, "Encrypt"),
                               options->app_id, document))
    {
    case SC_WECHAT_AES_OK:
        return SC_PARSE_OK;

    case SC_WECHAT_AES_NO_MEMORY:
        return SC_PARSE_TOO_LARGE;

    case SC_WECHAT_AES_BAD_KEY:
    case SC_WECHAT_AES_MALFORMED:
        return sc_kit_die(callback, SC_DEAD_ENCODING);

    case SC_WECHAT_AES_OTHER_APP:
        break;
    }

    return sc_kit_die(callback, SC_DEAD_UNKNOWN_OBJECT);
}


static sc_parse_result_t
sc_wechat_parse(sc_callback_t *callback)
{
    sc_str_t          document, type;
    sc_xml_fields_t   fields;
    sc_parse_result_t result;

    document = callback->request->body;

    if (sc_wechat_is_encrypted(callback->request)) {
        result = sc_wechat_decrypt(callback, &document);

        if (result != SC_PARSE_OK) {
            return result;
        }
    }

    result = sc_xml_read_fields(callback, document, &fields);
    if (result != SC_PARSE_OK) {
        return result;
    }

    type = sc_xml_field(&fields, "MsgType");

    if (type.len == 0 || sc_xml_field(&fields, "FromUserName").len == 0
        || sc_xml_field(&fields, "ToUserName").len == 0)
    {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (sc_str_eq(type, SC_STR("event"))) {
        return sc_wechat_event(callback, &fields, document);
    }

    if (sc_xml_field(&fields, "MsgId").len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    return sc_wechat_add(callback, &fields, document, type);
}


/* Configuration */


static size_t
sc_wechat_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    (void) source;

    if (capacity > 0) {
        list[0] = &sc_wechat_plain_scheme;
    }

    if (capacity > 1) {
        list[1] = &sc_wechat_safe_scheme;
    }

    return 2;
}


/*
 * In safe mode the URL has the plain signature, too, which alone would let any
 * body in.
 */
static const sc_verify_scheme_t *
sc_wechat_choose_scheme(const sc_source_t *source,
    const sc_request_t *request)
{
    const sc_wechat_options_t *options;

    options = source->options;

    return sc_wechat_is_encrypted(request)
           || (options->aes_label.len != 0 && !options->plain)
           ? &sc_wechat_safe_scheme : &sc_wechat_plain_scheme;
}


static const char *
sc_wechat_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_wechat_options_t *options;

    (void) arena;

    options = data;

    if (sc_str_eq(name, SC_STR("plain"))) {
        return sc_kit_set_switch(&options->plain, value);
    }

    if (sc_str_eq(name, SC_STR("aes_key"))) {
        options->aes_label = value;

        return value.len != 0 ? NULL
               : "aes_key= is the name= of the socialcare_secret that holds "
                 "the EncodingAESKey";
    }

    if (sc_str_eq(name, SC_STR("app_id"))) {
        options->app_id = value;

        return value.len != 0 ? NULL : "app_id= is the account's AppID (wx…)";
    }

    return "unknown option: wechat knows aes_key=, app_id= and plain=";
}


static const char *
sc_wechat_finish_options(void *data, sc_arena_t *arena)
{
    const sc_wechat_options_t *options;

    (void) arena;

    options = data;

    if ((options->aes_label.len == 0) != (options->app_id.len == 0)) {
        return "aes_key= and app_id= belong together: safe mode needs both";
    }

    return options->plain && options->aes_label.len == 0
           ? "plain=on says something only beside aes_key=: without it all "
             "messages are plain" : NULL;
}


/* The body stays empty: anything else would be shown to the person. */
const sc_platform_t sc_platform_wechat = {
    .name = SC_STR_INIT("wechat"),
    .channel = SC_CHANNEL_MESSAGING,
    .schemes = sc_wechat_schemes,
    .choose_scheme = sc_wechat_choose_scheme,
    .handshake = sc_wechat_handshake,
    .parse = sc_wechat_parse,
    .options_size = sizeof(sc_wechat_options_t),
    .set_option = sc_wechat_set_option,
    .finish_options = sc_wechat_finish_options
};
