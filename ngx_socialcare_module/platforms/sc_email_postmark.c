/*
 * sc_email_postmark.c: mail through Postmark: inbound mail and the fate of the
 * brand's own.
 *
 * Postmark signs nothing: the URL has user and password, which the secret
 * holds as USER:PASSWORD.  Refusals are 401: a 403 would end its retries and
 * lose mail.  Attachments are part of the JSON, so one string may be as long as
 * the body here; socialcare_limits body= has to be raised for them.
 *
 * Options and clock: sc_mail.h.  The thread variable is one of Metadata.
 */

#include "sc_mail.h"
#include "sc_registry.h"


static const sc_verify_scheme_t sc_postmark_scheme = {
    .kind = SC_SCHEME_BASIC,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("Authorization") }
};


/* [{"Name": …, "Value": …}, …] */
static void
sc_postmark_headers(sc_callback_t *callback, const sc_json_token_t *root,
    sc_mail_t *mail)
{
    const sc_json_token_t *list, *item;

    list = sc_json_member(callback->json, root, "Headers");
    item = NULL;

    while ((item = sc_json_next(callback->json, list, item, NULL)) != NULL) {
        sc_mail_header(mail,
                       sc_callback_text(callback, item, SC_STR("Name")),
                       sc_callback_text(callback, item, SC_STR("Value")));
    }
}


static void
sc_postmark_media(sc_callback_t *callback, const sc_json_token_t *root,
    sc_mention_t *mention)
{
    size_t                 count;
    const sc_json_token_t *list, *item;

    list = sc_json_member(callback->json, root, "Attachments");
    item = NULL;

    for (count = 0; count < SC_KIT_MAX_MEDIA; count++) {
        item = sc_json_next(callback->json, list, item, NULL);
        if (item == NULL) {
            break;
        }

        sc_callback_add_media(callback, mention,
            sc_callback_text(callback, item, SC_STR("ContentType")),
            SC_STR_NULL, sc_callback_text(callback, item, SC_STR("Name")));
    }
}


/* The reply alone, else all text, else the text of the HTML. */
static sc_str_t
sc_postmark_text(sc_callback_t *callback, const sc_json_token_t *root)
{
    sc_str_t text;

    text = sc_callback_text(callback, root, SC_STR("StrippedTextReply"));

    if (text.len == 0) {
        text = sc_mail_without_quote(sc_callback_text(callback, root,
                                                      SC_STR("TextBody")));
    }

    if (text.len == 0) {
        text = sc_mail_from_html(callback,
                                 sc_callback_text(callback, root,
                                                  SC_STR("HtmlBody")));
    }

    return text;
}


static sc_str_t
sc_postmark_first_to(sc_callback_t *callback, const sc_json_token_t *root)
{
    const sc_json_token_t *list;

    list = sc_json_member(callback->json, root, "ToFull");

    return sc_callback_text(callback,
                            sc_json_next(callback->json, list, NULL, NULL),
                            SC_STR("Email"));
}


static void
sc_postmark_inbound(sc_callback_t *callback, const sc_json_token_t *root)
{
    sc_mail_t              mail;
    sc_mention_t          *mention;
    const sc_json_token_t *from;

    sc_mail_init(&mail);

    from = sc_json_member(callback->json, root, "FromFull");

    sc_postmark_headers(callback, root, &mail);
    sc_mail_header(&mail, SC_STR("Date"),
                   sc_callback_text(callback, root, SC_STR("Date")));

    mail.fallback_id = sc_callback_id(callback, root, SC_STR("MessageID"));
    mail.provider_id = mail.fallback_id;
    mail.from_address = sc_callback_text(callback, from, SC_STR("Email"));
    mail.from_name = sc_callback_text(callback, from, SC_STR("Name"));
    mail.from = sc_kit_either(sc_callback_text(callback, root,
                                               SC_STR("From")), mail.from);
    mail.reply_to = sc_kit_either(sc_callback_text(callback, root,
                                                   SC_STR("ReplyTo")),
                                  mail.reply_to);
    mail.recipient = sc_postmark_first_to(callback, root);
    mail.brand = sc_kit_either(
        sc_callback_text(callback, root, SC_STR("OriginalRecipient")),
        mail.recipient);
    mail.thread = sc_callback_text(callback, root, SC_STR("MailboxHash"));
    mail.subject = sc_callback_text(callback, root, SC_STR("Subject"));
    mail.text = sc_postmark_text(callback, root);

    mention = sc_mail_add(callback, callback->source->options, &mail,
                          callback->request->body);
    if (mention != NULL) {
        sc_postmark_media(callback, root, mention);
    }
}


static const struct {
    sc_str_t type;
    sc_str_t status;           /* empty: known and ignored */
    sc_str_t time;
    bool     proof;
} sc_postmark_events[] = {
    { SC_STR_INIT("Delivery"), SC_STR_INIT("delivered"),
      SC_STR_INIT("DeliveredAt"), true },
    { SC_STR_INIT("Bounce"), SC_STR_INIT("bounced"),
      SC_STR_INIT("BouncedAt"), false },
    { SC_STR_INIT("SpamComplaint"), SC_STR_INIT("complained"),
      SC_STR_INIT("BouncedAt"), false },
    { SC_STR_INIT("Open"), { 0, NULL }, { 0, NULL }, false },
    { SC_STR_INIT("Click"), { 0, NULL }, { 0, NULL }, false },
    { SC_STR_INIT("SubscriptionChange"), { 0, NULL }, { 0, NULL }, false }
};

#define SC_POSTMARK_EVENTS                                                    \
    (sizeof(sc_postmark_events) / sizeof(sc_postmark_events[0]))


static void
sc_postmark_event(sc_callback_t *callback, const sc_json_token_t *root,
    sc_str_t type)
{
    size_t                   i;
    sc_str_t                 id;
    sc_mail_event_t          event;
    const sc_mail_options_t *options;

    options = callback->source->options;

    for (i = 0; i < SC_POSTMARK_EVENTS; i++) {
        if (sc_str_eq(sc_postmark_events[i].type, type)) {
            break;
        }
    }

    if (i == SC_POSTMARK_EVENTS) {
        sc_callback_add_dead(callback, SC_DEAD_UNKNOWN_OBJECT,
                             callback->request->body);
        return;
    }

    if (sc_postmark_events[i].status.len == 0) {
        return;
    }

    id = sc_callback_id(callback, root, SC_STR("MessageID"));

    event.object = id;
    event.event = id.len == 0
                  ? id : sc_kit_join(callback, id, SC_STR(":"), type);
    event.thread = sc_callback_id(callback,
                                  sc_json_member(callback->json, root,
                                                 "Metadata"),
                                  sc_mail_variable(options));
    event.recipient = sc_kit_either(
        sc_callback_text(callback, root, SC_STR("Recipient")),
        sc_callback_text(callback, root, SC_STR("Email")));
    event.status = sc_postmark_events[i].status;
    event.text = sc_callback_text(callback, root, SC_STR("Description"));
    event.created_ms = sc_kit_text_time(callback, root,
                                        sc_postmark_events[i].time,
                                        SC_TIME_ISO8601);
    event.proof = sc_postmark_events[i].proof;

    (void) sc_mail_add_event(callback, options, &event,
                             callback->request->body);
}


static sc_parse_result_t
sc_postmark_read(sc_callback_t *callback)
{
    sc_source_t        roomy;
    sc_parse_result_t  result;
    const sc_source_t *source;

    source = callback->source;

    roomy = *source;
    roomy.json_limits.string_bytes = UINT32_MAX;

    callback->source = &roomy;
    result = sc_callback_read_json(callback, callback->request->body);
    callback->source = source;

    return result;
}


static sc_parse_result_t
sc_postmark_parse(sc_callback_t *callback)
{
    sc_str_t               type;
    sc_parse_result_t      result;
    const sc_json_token_t *root;

    result = sc_postmark_read(callback);
    if (result != SC_PARSE_OK) {
        return result;
    }

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    type = sc_callback_text(callback, root, SC_STR("RecordType"));

    if (type.len == 0) {
        sc_postmark_inbound(callback, root);

    } else {
        sc_postmark_event(callback, root, type);
    }

    return SC_PARSE_OK;
}


static const char *
sc_postmark_set_option(void *options, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    bool        known;
    const char *problem;

    problem = sc_mail_set_option(options, arena, name, value, &known);

    return known ? problem
                 : "unknown option: email-postmark knows own=, match=, "
                   "thread_variable= and plus=";
}


const sc_platform_t sc_platform_email_postmark = {
    .name = SC_STR_INIT("email-postmark"),
    .channel = SC_CHANNEL_EMAIL,
    .scheme = &sc_postmark_scheme,
    .parse = sc_postmark_parse,
    .options_size = sizeof(sc_mail_options_t),
    .set_option = sc_postmark_set_option
};
