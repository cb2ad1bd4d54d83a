/*
 * sc_email_sendgrid.c: mail through Twilio SendGrid: Inbound Parse (multipart
 * form) and the Event Webhook (JSON array).
 *
 * Both are signed with ECDSA, Parse only where a security policy is attached
 * to it.  The secret is the public key: PEM, or base64 as SendGrid shows it.
 *
 * Options and clock: sc_mail.h; the thread variable is a unique argument of
 * the event.  Further options:
 *
 *   auth=basic          Parse without a policy: user and password are in the
 *                       URL; the secret is USER:PASSWORD
 *   tolerance of the signed time: socialcare_tolerance, 600 s by default
 */

#include "sc_charset.h"
#include "sc_mail.h"
#include "sc_params.h"
#include "sc_registry.h"


typedef struct {
    sc_mail_options_t mail;
    bool              basic;
} sc_sendgrid_options_t;


static const sc_verify_scheme_t sc_sendgrid_signed = {
    .kind = SC_SCHEME_ECDSA_P256,
    .signature = { SC_FROM_HEADER,
                   SC_STR_INIT("X-Twilio-Email-Event-Webhook-Signature") },
    .encoding = SC_SIGNATURE_BASE64,
    .timestamp = { SC_FROM_HEADER,
                   SC_STR_INIT("X-Twilio-Email-Event-Webhook-Timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_BODY, { 0, NULL } } }, 2 },
    .tolerance_ms = 600000
};

static const sc_verify_scheme_t sc_sendgrid_basic = {
    .kind = SC_SCHEME_BASIC,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("Authorization") }
};


static size_t
sc_sendgrid_schemes(const sc_source_t *source,
    const sc_verify_scheme_t **list, size_t capacity)
{
    const sc_sendgrid_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = options->basic ? &sc_sendgrid_basic : &sc_sendgrid_signed;
    }

    return 1;
}


/* Inbound Parse. */


/* A text field in the charset that `charsets` names for it. */
static sc_str_t
sc_sendgrid_field(sc_callback_t *callback, const sc_params_t *params,
    const char *name)
{
    sc_str_t value, field;

    field = sc_str_from_cstring(name);
    value = sc_params_get(params, field);

    return sc_mail_to_utf8(callback, value,
                           sc_callback_text(callback,
                                            sc_json_root(callback->json),
                                            field));
}


/* Reads the charsets into the callback's document; {} when unreadable. */
static sc_parse_result_t
sc_sendgrid_read(sc_callback_t *callback, sc_str_t json)
{
    sc_parse_result_t result;

    result = SC_PARSE_DEAD;

    if (json.len != 0) {
        result = sc_callback_read_json(callback, json);
    }

    return result == SC_PARSE_DEAD
           ? sc_callback_read_json(callback, SC_STR("{}")) : result;
}


/* {"to":[…],"from":…}: the actual recipient. */
static sc_parse_result_t
sc_sendgrid_envelope(sc_callback_t *callback, const sc_params_t *params,
    sc_mail_t *mail)
{
    sc_str_t               name;
    sc_parse_result_t      result;
    const sc_json_token_t *root, *to, *from;

    result = sc_sendgrid_read(callback,
                              sc_params_get(params, SC_STR("envelope")));
    if (result != SC_PARSE_OK) {
        return result;
    }

    root = sc_json_root(callback->json);
    to = sc_json_member(callback->json, root, "to");
    from = sc_json_member(callback->json, root, "from");

    (void) sc_json_string(callback->json,
                          sc_json_next(callback->json, to, NULL, NULL),
                          callback->arena, &mail->brand);
    (void) sc_json_string(callback->json, from, callback->arena,
                          &mail->envelope);

    /* A bounce has an empty sender. */
    if (sc_json_string_is(callback->json, from, SC_STR(""))
        || sc_json_string_is(callback->json, from, SC_STR("<>")))
    {
        mail->automatic = true;
    }

    sc_mail_address(callback, sc_params_get(params, SC_STR("to")), &name,
                    &mail->recipient);
    mail->brand = sc_kit_either(mail->brand, mail->recipient);

    return SC_PARSE_OK;
}


static void
sc_sendgrid_media(sc_callback_t *callback, const sc_params_t *params,
    sc_mention_t *mention)
{
    size_t i;

    for (i = 0; i < params->files_count && i < SC_KIT_MAX_MEDIA; i++) {
        sc_callback_add_media(callback, mention,
            params->files[i].content_type, SC_STR_NULL,
            sc_kit_join(callback, params->files[i].name, SC_STR(":"),
                        params->files[i].filename));
    }
}


static sc_str_t
sc_sendgrid_text(sc_callback_t *callback, const sc_params_t *params)
{
    sc_str_t text;

    text = sc_mail_without_quote(sc_sendgrid_field(callback, params, "text"));

    return text.len != 0 ? text
           : sc_mail_from_html(callback,
                               sc_sendgrid_field(callback, params, "html"));
}


/* Whether a field's words are lost in the record: not UTF-8, nor made it. */
static bool
sc_sendgrid_is_unreadable(sc_callback_t *callback, const sc_params_t *params,
    sc_str_t field)
{
    size_t   i;
    sc_str_t value, charset;

    value = sc_params_get(params, field);
    charset = sc_callback_text(callback, sc_json_root(callback->json), field);

    if (sc_charset_is_known(charset)) {
        return false;
    }

    /* ISO-2022 has escapes instead of high bytes. */
    for (i = 0; i < value.len; i++) {
        if (value.data[i] >= 0x80 || value.data[i] == 0x1b) {
            return true;
        }
    }

    return false;
}


static sc_parse_result_t
sc_sendgrid_inbound(sc_callback_t *callback, const sc_params_t *params)
{
    sc_str_t          headers, mime, from, subject;
    sc_mail_t         mail;
    sc_mention_t     *mention;
    sc_parse_result_t result;

    sc_mail_init(&mail);

    headers = sc_params_get(params, SC_STR("headers"));
    mime = sc_params_get(params, SC_STR("email"));

    sc_mail_headers(&mail, headers);
    sc_mail_headers(&mail, mime);

    result = sc_sendgrid_envelope(callback, params, &mail);

    if (result == SC_PARSE_OK) {
        result = sc_sendgrid_read(callback,
                                  sc_params_get(params, SC_STR("charsets")));
    }

    if (result != SC_PARSE_OK) {
        return result;
    }

    from = sc_sendgrid_field(callback, params, "from");
    subject = sc_sendgrid_field(callback, params, "subject");

    mail.from = sc_kit_either(from, mail.from);
    mail.subject = sc_kit_either(subject, mail.subject);
    mail.text = sc_sendgrid_text(callback, params);
    mail.unreadable =
        sc_sendgrid_is_unreadable(callback, params, SC_STR("text"))
        || sc_sendgrid_is_unreadable(callback, params, SC_STR("html"))
        || sc_sendgrid_is_unreadable(callback, params, SC_STR("subject"));
    sc_mail_add_mime(callback, &mail, mime);

    mail.spam = sc_kit_either(sc_sendgrid_field(callback, params,
                                                "spam_score"), mail.spam);
    mail.spf = sc_sendgrid_field(callback, params, "SPF");
    mail.dkim = sc_sendgrid_field(callback, params, "dkim");

    if (headers.len != 0 || mime.len != 0) {
        mail.fallback_id = sc_kit_join(callback,
            sc_kit_digest(callback, sc_kit_either(headers, mime)),
            sc_kit_digest(callback, mail.text));
    }

    mention = sc_mail_add(callback, callback->source->options, &mail,
                          callback->request->body);
    if (mention != NULL) {
        /* Raw mode: files are not read here. */
        mention->needs_fetch = mime.len != 0;
        sc_sendgrid_media(callback, params, mention);
    }

    return SC_PARSE_OK;
}


/* Events. */


static const sc_str_t sc_sendgrid_proofs[] = {
    SC_STR_INIT("processed"), SC_STR_INIT("delivered")
};

static const sc_str_t sc_sendgrid_troubles[] = {
    SC_STR_INIT("deferred"), SC_STR_INIT("bounce"), SC_STR_INIT("dropped"),
    SC_STR_INIT("blocked"), SC_STR_INIT("spamreport")
};

static const sc_str_t sc_sendgrid_ignored[] = {
    SC_STR_INIT("open"), SC_STR_INIT("click"), SC_STR_INIT("unsubscribe"),
    SC_STR_INIT("group_unsubscribe"), SC_STR_INIT("group_resubscribe"),
    SC_STR_INIT("account_status_change")
};


static void
sc_sendgrid_event(sc_callback_t *callback, const sc_json_token_t *element)
{
    sc_str_t                     raw;
    sc_mail_event_t              event;
    const sc_sendgrid_options_t *options;

    options = callback->source->options;
    raw = sc_json_raw(callback->json, element);

    if (!sc_json_is(element, SC_JSON_OBJECT)) {
        sc_callback_add_dead(callback, SC_DEAD_SHAPE, raw);
        return;
    }

    event.status = sc_callback_text(callback, element, SC_STR("event"));
    event.proof = sc_kit_is_one_of(sc_sendgrid_proofs, event.status);

    if (sc_kit_is_one_of(sc_sendgrid_ignored, event.status)) {
        return;
    }

    if (event.status.len != 0 && !event.proof
        && !sc_kit_is_one_of(sc_sendgrid_troubles, event.status))
    {
        sc_callback_add_dead(callback, SC_DEAD_UNKNOWN_OBJECT, raw);
        return;
    }

    event.event = event.status.len == 0 ? SC_STR_NULL
                  : sc_callback_id(callback, element, SC_STR("sg_event_id"));
    event.object = sc_kit_either(
        sc_mail_id(callback,
                   sc_callback_text(callback, element, SC_STR("smtp-id"))),
        sc_callback_id(callback, element, SC_STR("sg_message_id")));
    event.thread = sc_callback_id(callback, element,
                                  sc_mail_variable(&options->mail));
    event.recipient = sc_callback_text(callback, element, SC_STR("email"));
    event.text = event.proof ? SC_STR_NULL
                 : sc_callback_text(callback, element, SC_STR("reason"));
    event.created_ms = sc_kit_time(callback, element, SC_STR("timestamp"),
                                   1000);

    (void) sc_mail_add_event(callback, &options->mail, &event, raw);
}


static sc_parse_result_t
sc_sendgrid_events(sc_callback_t *callback)
{
    sc_parse_result_t      result;
    const sc_json_token_t *root, *element;

    result = sc_callback_read_json(callback, callback->request->body);
    if (result != SC_PARSE_OK) {
        return result;
    }

    root = sc_json_root(callback->json);
    element = NULL;

    if (!sc_json_is(root, SC_JSON_ARRAY)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    while (!callback->too_large
           && (element = sc_json_next(callback->json, root, element, NULL))
              != NULL)
    {
        sc_sendgrid_event(callback, element);
    }

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_sendgrid_parse(sc_callback_t *callback)
{
    sc_params_t       params;
    sc_parse_result_t result;

    if (sc_str_eq_nocase(sc_params_content_type(callback->request),
                         SC_STR("application/json")))
    {
        return sc_sendgrid_events(callback);
    }

    result = sc_params_read(callback, &params);

    return result == SC_PARSE_OK ? sc_sendgrid_inbound(callback, &params)
                                 : result;
}


static const char *
sc_sendgrid_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    bool                   known;
    const char            *problem;
    sc_sendgrid_options_t *options;

    options = data;

    if (sc_str_eq(name, SC_STR("auth"))) {
        options->basic = sc_str_eq(value, SC_STR("basic"));

        return options->basic || sc_str_eq(value, SC_STR("signature"))
               ? NULL : "auth= is signature or basic";
    }

    problem = sc_mail_set_option(&options->mail, arena, name, value, &known);

    return known ? problem
                 : "unknown option: email-sendgrid knows auth=, own=, "
                   "match=, thread_variable= and plus=";
}


const sc_platform_t sc_platform_email_sendgrid = {
    .name = SC_STR_INIT("email-sendgrid"),
    .channel = SC_CHANNEL_EMAIL,
    .schemes = sc_sendgrid_schemes,
    .parse = sc_sendgrid_parse,
    .options_size = sizeof(sc_sendgrid_options_t),
    .set_option = sc_sendgrid_set_option
};
