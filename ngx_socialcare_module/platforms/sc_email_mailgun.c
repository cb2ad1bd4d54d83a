/*
 * sc_email_mailgun.c: mail through Mailgun: routes (a form, multipart with
 * files) and event webhooks (JSON).
 *
 * Signature, time and token are in the body but cover nothing else of it: a
 * token that is repeated with different content is refused.
 * Refused and unreadable callbacks get 406: on anything but 200 and 406
 * Mailgun retries for eight hours, which is also why the signed time may be
 * eight and a half hours old unless socialcare_tolerance says otherwise.  If a
 * field is repeated, the last one is Mailgun's.
 *
 * Options and clock: sc_mail.h; the thread variable is one of user-variables.
 */

#include "sc_mail.h"
#include "sc_params.h"
#include "sc_registry.h"


#define SC_MAILGUN_TOLERANCE_MS  INT64_C(30600000)


static const sc_verify_scheme_t sc_mailgun_form = {
    .signature = { SC_FROM_FORM, SC_STR_INIT("signature") },
    .timestamp = { SC_FROM_FORM, SC_STR_INIT("timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .id = { SC_FROM_FORM, SC_STR_INIT("token") },
    .message = { { { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_ID, { 0, NULL } } }, 2 },
    .form_last = true,
    .id_once = true,
    .tolerance_ms = SC_MAILGUN_TOLERANCE_MS
};

static const sc_verify_scheme_t sc_mailgun_json = {
    .signature = { SC_FROM_JSON, SC_STR_INIT("/signature/signature") },
    .timestamp = { SC_FROM_JSON, SC_STR_INIT("/signature/timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .id = { SC_FROM_JSON, SC_STR_INIT("/signature/token") },
    .message = { { { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_ID, { 0, NULL } } }, 2 },
    .id_once = true,
    .tolerance_ms = SC_MAILGUN_TOLERANCE_MS
};


static size_t
sc_mailgun_schemes(const sc_source_t *source,
    const sc_verify_scheme_t **list, size_t capacity)
{
    (void) source;

    if (capacity > 1) {
        list[0] = &sc_mailgun_form;
        list[1] = &sc_mailgun_json;
    }

    return 2;
}


static bool
sc_mailgun_is_json(const sc_request_t *request)
{
    return sc_str_eq_nocase(sc_params_content_type(request),
                            SC_STR("application/json"));
}


static const sc_verify_scheme_t *
sc_mailgun_choose(const sc_source_t *source, const sc_request_t *request)
{
    (void) source;

    return sc_mailgun_is_json(request) ? &sc_mailgun_json : &sc_mailgun_form;
}


/* Routes. */


/* [["Name", "value"], …] */
static sc_parse_result_t
sc_mailgun_headers(sc_callback_t *callback, sc_str_t json, sc_mail_t *mail)
{
    sc_str_t               name, value;
    sc_parse_result_t      result;
    const sc_json_token_t *root, *item, *first;

    if (json.len == 0) {
        return SC_PARSE_OK;
    }

    result = sc_callback_read_json(callback, json);
    if (result != SC_PARSE_OK) {
        return result;
    }

    root = sc_json_root(callback->json);
    item = NULL;

    while ((item = sc_json_next(callback->json, root, item, NULL)) != NULL) {
        first = sc_json_next(callback->json, item, NULL, NULL);

        if (first != NULL && sc_json_is(item, SC_JSON_ARRAY)
            && sc_json_string(callback->json, first, callback->arena, &name)
            && sc_json_string(callback->json,
                              sc_json_next(callback->json, item, first, NULL),
                              callback->arena, &value))
        {
            sc_mail_header(mail, name, value);
        }
    }

    return SC_PARSE_OK;
}


/* Headers are also posted as fields. */
static void
sc_mailgun_fields(const sc_params_t *params, sc_mail_t *mail)
{
    size_t   i;
    sc_str_t sender;

    static const sc_str_t names[] = {
        SC_STR_INIT("Message-Id"), SC_STR_INIT("In-Reply-To"),
        SC_STR_INIT("References"), SC_STR_INIT("Date"),
        SC_STR_INIT("Auto-Submitted"), SC_STR_INIT("Precedence"),
        SC_STR_INIT("Content-Language"), SC_STR_INIT("Reply-To"),
        SC_STR_INIT("List-Post")
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        sc_mail_header(mail, names[i], sc_params_get(params, names[i]));
    }

    /* A bounce has an empty sender. */
    sender = sc_mail_trim(sc_params_get(params, SC_STR("sender")));

    if (sc_params_has(params, SC_STR("sender"))
        && (sender.len == 0 || sc_str_eq(sender, SC_STR("<>"))))
    {
        mail->automatic = true;
    }
}


static sc_str_t
sc_mailgun_text(sc_callback_t *callback, const sc_params_t *params)
{
    sc_str_t text;

    text = sc_params_get(params, SC_STR("stripped-text"));

    if (text.len == 0) {
        text = sc_mail_without_quote(sc_params_get(params,
                                                   SC_STR("body-plain")));
    }

    if (text.len == 0) {
        text = sc_mail_from_html(callback,
                                 sc_params_either(params,
                                                  SC_STR("stripped-html"),
                                                  SC_STR("body-html")));
    }

    return text;
}


/* Files of the form, or handles where Mailgun keeps the mail. */
static sc_parse_result_t
sc_mailgun_media(sc_callback_t *callback, const sc_params_t *params,
    sc_mention_t *mention)
{
    size_t                 i;
    sc_str_t               stored;
    sc_parse_result_t      result;
    const sc_json_token_t *item;

    for (i = 0; i < params->files_count && i < SC_KIT_MAX_MEDIA; i++) {
        sc_callback_add_media(callback, mention,
            params->files[i].content_type, SC_STR_NULL,
            sc_kit_join(callback, params->files[i].name, SC_STR(":"),
                        params->files[i].filename));
    }

    stored = sc_params_get(params, SC_STR("attachments"));

    if (stored.len == 0) {
        return SC_PARSE_OK;
    }

    result = sc_callback_read_json(callback, stored);
    item = NULL;

    for (i = 0; result == SC_PARSE_OK && i < SC_KIT_MAX_MEDIA; i++) {
        item = sc_json_next(callback->json, sc_json_root(callback->json),
                            item, NULL);
        if (item == NULL) {
            break;
        }

        sc_callback_add_media(callback, mention,
            sc_callback_text(callback, item, SC_STR("content-type")),
            SC_STR_NULL, sc_callback_text(callback, item, SC_STR("url")));
    }

    return result;
}


static sc_parse_result_t
sc_mailgun_route(sc_callback_t *callback)
{
    sc_str_t          mime, name;
    sc_mail_t         mail;
    sc_params_t       params;
    sc_mention_t     *mention;
    sc_parse_result_t result;

    result = sc_params_read(callback, &params);
    if (result != SC_PARSE_OK) {
        return result;
    }

    params.last = true;
    mime = sc_params_get(&params, SC_STR("body-mime"));

    sc_mail_init(&mail);
    sc_mailgun_fields(&params, &mail);
    sc_mail_headers(&mail, mime);

    result = sc_mailgun_headers(callback,
                                sc_params_get(&params,
                                              SC_STR("message-headers")),
                                &mail);
    if (result != SC_PARSE_OK) {
        return result;
    }

    mail.from = sc_kit_either(sc_params_either(&params, SC_STR("from"),
                                               SC_STR("sender")), mail.from);
    mail.subject = sc_kit_either(sc_params_get(&params, SC_STR("subject")),
                                 mail.subject);
    mail.brand = sc_params_get(&params, SC_STR("recipient"));
    sc_mail_address(callback, sc_params_either(&params, SC_STR("To"),
                                               SC_STR("recipient")),
                    &name, &mail.recipient);
    mail.text = sc_mailgun_text(callback, &params);
    sc_mail_add_mime(callback, &mail, mime);
    mail.fallback_id = sc_params_get(&params, SC_STR("token"));

    mention = sc_mail_add(callback, callback->source->options, &mail,
                          callback->request->body);
    if (mention == NULL) {
        return SC_PARSE_OK;
    }

    /* Raw mode: files are not read here. */
    mention->needs_fetch = mime.len != 0;

    return sc_mailgun_media(callback, &params, mention);
}


/* Events. */


static const sc_str_t sc_mailgun_proofs[] = {
    SC_STR_INIT("accepted"), SC_STR_INIT("delivered")
};

static const sc_str_t sc_mailgun_troubles[] = {
    SC_STR_INIT("failed"), SC_STR_INIT("rejected"), SC_STR_INIT("complained")
};

static const sc_str_t sc_mailgun_ignored[] = {
    SC_STR_INIT("opened"), SC_STR_INIT("clicked"),
    SC_STR_INIT("unsubscribed"), SC_STR_INIT("stored"),
    SC_STR_INIT("list_member_uploaded"),
    SC_STR_INIT("list_member_upload_error"), SC_STR_INIT("list_uploaded")
};


/* Seconds with a fraction, as a number. */
static int64_t
sc_mailgun_time(sc_callback_t *callback, const sc_json_token_t *data)
{
    int64_t                ms;
    const sc_json_token_t *time;

    time = sc_json_member(callback->json, data, "timestamp");

    return sc_json_is(time, SC_JSON_NUMBER)
           && sc_time_read(sc_json_raw(callback->json, time),
                           SC_TIME_SECONDS_FRACTION, &ms) ? ms : -1;
}


/* Mailgun also reports what becomes of mail that a route passes on: it is a
 * customer's, so the brand has not sent anything. */
static bool
sc_mailgun_is_routed(sc_callback_t *callback, const sc_json_token_t *data)
{
    return sc_json_is_true(sc_json_member(callback->json,
        sc_kit_object(callback, data, SC_STR("flags")), "is-routed"));
}


static void
sc_mailgun_fill(sc_callback_t *callback, const sc_json_token_t *data,
    sc_mail_event_t *event)
{
    const sc_mail_options_t *options;
    const sc_json_token_t   *message, *status;

    options = callback->source->options;
    message = sc_kit_object(callback, data, SC_STR("message"));
    status = sc_kit_object(callback, data, SC_STR("delivery-status"));

    event->event = sc_callback_id(callback, data, SC_STR("id"));
    event->object = sc_mail_id(callback,
        sc_callback_text(callback,
                         sc_kit_object(callback, message, SC_STR("headers")),
                         SC_STR("message-id")));
    event->thread = sc_callback_id(callback,
        sc_kit_object(callback, data, SC_STR("user-variables")),
        sc_mail_variable(options));
    event->recipient = sc_callback_text(callback, data,
                                        SC_STR("recipient"));
    event->text = event->proof ? SC_STR_NULL
                  : sc_kit_either(sc_callback_text(callback, status,
                                                   SC_STR("message")),
                                  sc_callback_text(callback, data,
                                                   SC_STR("reason")));
    event->created_ms = sc_mailgun_time(callback, data);
}


static sc_parse_result_t
sc_mailgun_event(sc_callback_t *callback)
{
    sc_str_t               body;
    sc_mail_event_t        event;
    sc_parse_result_t      result;
    const sc_json_token_t *data;

    body = callback->request->body;

    result = sc_callback_read_json(callback, body);
    if (result != SC_PARSE_OK) {
        return result;
    }

    data = sc_kit_object(callback, sc_json_root(callback->json),
                         SC_STR("event-data"));
    event.status = sc_callback_text(callback, data, SC_STR("event"));
    event.proof = sc_kit_is_one_of(sc_mailgun_proofs, event.status);

    if (data == NULL || event.status.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (sc_kit_is_one_of(sc_mailgun_ignored, event.status)
        || (event.proof && sc_mailgun_is_routed(callback, data)))
    {
        return SC_PARSE_OK;
    }

    if (!event.proof && !sc_kit_is_one_of(sc_mailgun_troubles, event.status))
    {
        sc_callback_add_dead(callback, SC_DEAD_UNKNOWN_OBJECT, body);
        return SC_PARSE_OK;
    }

    sc_mailgun_fill(callback, data, &event);
    (void) sc_mail_add_event(callback, callback->source->options, &event,
                             body);

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_mailgun_parse(sc_callback_t *callback)
{
    return sc_mailgun_is_json(callback->request) ? sc_mailgun_event(callback)
                                                 : sc_mailgun_route(callback);
}


static const char *
sc_mailgun_set_option(void *options, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    bool        known;
    const char *problem;

    problem = sc_mail_set_option(options, arena, name, value, &known);

    return known ? problem
                 : "unknown option: email-mailgun knows own=, match=, "
                   "thread_variable= and plus=";
}


const sc_platform_t sc_platform_email_mailgun = {
    .name = SC_STR_INIT("email-mailgun"),
    .channel = SC_CHANNEL_EMAIL,
    .refused_status = 406,
    .schemes = sc_mailgun_schemes,
    .choose_scheme = sc_mailgun_choose,
    .parse = sc_mailgun_parse,
    .options_size = sizeof(sc_mail_options_t),
    .set_option = sc_mailgun_set_option
};
