/*
 * sc_zendesk.c: Zendesk's event subscriptions: one event of a ticket per POST,
 * signed together with its time.
 *
 * Only comments are what people say.  `ticket.created` repeats the first one's
 * text and is dropped: the comment has an event of its own.  Bodies that an
 * administrator wrote for a trigger have no fixed format: the generic receiver
 * reads those, with the same signature.
 *
 * Wait key: zendesk:ACCOUNT:TICKET, for question and answer alike.
 *
 * Option: subdomain=NAME, for the permalink of a ticket.
 */

#include "sc_kit.h"
#include "sc_registry.h"


#define SC_ZENDESK_MAX_SUBDOMAIN  63


typedef struct {
    sc_str_t subdomain;
} sc_zendesk_options_t;


typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *event;
    const sc_json_token_t *detail;
    const sc_json_token_t *comment;
    sc_str_t               id;
    sc_str_t               account;
    sc_str_t               ticket;
    int64_t                time_ms;
} sc_zendesk_t;


typedef sc_parse_result_t (*sc_zendesk_fn)(sc_zendesk_t *event);


static const sc_verify_scheme_t sc_zendesk_scheme = {
    .kind = SC_SCHEME_HMAC,
    .signature = { SC_FROM_HEADER,
                   SC_STR_INIT("X-Zendesk-Webhook-Signature") },
    .encoding = SC_SIGNATURE_BASE64,
    .timestamp = { SC_FROM_HEADER,
                   SC_STR_INIT("X-Zendesk-Webhook-Signature-Timestamp") },
    .timestamp_format = SC_TIME_ISO8601,
    .message = { { { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_BODY, { 0, NULL } } }, 2 }
};


/* Ticket events in which nobody says anything; also all *_changed. */
static const sc_str_t sc_zendesk_ignored[] = {
    SC_STR_INIT("created"), SC_STR_INIT("merged"), SC_STR_INIT("undeleted"),
    SC_STR_INIT("marked_as_spam"), SC_STR_INIT("unmarked_as_spam"),
    SC_STR_INIT("attachment_redacted_from_comment"),
    SC_STR_INIT("csat_requested")
};


static sc_str_t
sc_zendesk_url(sc_zendesk_t *event)
{
    const sc_zendesk_options_t *options;

    options = event->callback->source->options;

    if (options->subdomain.len == 0) {
        return SC_STR_NULL;
    }

    return sc_kit_join(event->callback, SC_STR("https://"),
                       options->subdomain, SC_STR(".zendesk.com/agent/"),
                       SC_STR("tickets/"), event->ticket);
}


/* What every event of a ticket has. */
static sc_mention_t *
sc_zendesk_add(sc_zendesk_t *event, sc_kind_t kind, sc_action_t action,
    sc_str_t object)
{
    sc_mention_t *mention;

    mention = sc_kit_add(event->callback, event->callback->request->body);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = kind;
    mention->action = action;
    mention->is_public = SC_TRI_NO;
    mention->account = event->account;
    mention->event = event->id;
    mention->object = object;
    mention->thread = event->ticket;
    mention->subject = sc_callback_text(event->callback, event->detail,
                                        SC_STR("subject"));
    mention->url = sc_zendesk_url(event);
    sc_callback_add_extra(event->callback, mention, "via",
        sc_callback_text(event->callback,
                         sc_kit_object(event->callback, event->detail,
                                       SC_STR("via")), SC_STR("channel")));
    sc_callback_add_extra(event->callback, mention, "priority",
        sc_callback_text(event->callback, event->detail,
                         SC_STR("priority")));
    sc_callback_add_extra(event->callback, mention, "ticket_status",
        sc_callback_text(event->callback, event->detail, SC_STR("status")));
    sc_kit_set_created(event->callback, mention, event->time_ms);

    return mention;
}


/*
 * Staff answer, whoever acted for them; -1 is Zendesk itself.  Staff who write
 * down what a customer said on the phone are not the author.
 */
static void
sc_zendesk_set_side(sc_zendesk_t *event, sc_mention_t *mention)
{
    const sc_json_token_t *author, *staff;

    author = sc_kit_object(event->callback, event->comment, SC_STR("author"));
    staff = sc_json_member(event->callback->json, author, "is_staff");

    mention->author.id = sc_callback_id(event->callback, author,
                                        SC_STR("id"));
    mention->author.name = sc_callback_text(event->callback, author,
                                            SC_STR("name"));

    if (sc_json_is(sc_json_member(event->callback->json, event->comment,
                                  "is_public"), SC_JSON_FALSE))
    {
        mention->kind = SC_KIND_NOTE;
        mention->direction = SC_DIRECTION_INTERNAL;

    } else if (sc_json_is_true(staff)
               || sc_str_eq(mention->author.id, SC_STR("-1")))
    {
        mention->direction = SC_DIRECTION_OUT;
        mention->automatic = !sc_json_is_true(staff);
        mention->recipient = sc_callback_id(event->callback, event->detail,
                                            SC_STR("requester_id"));

    } else {
        mention->direction = sc_json_is(staff, SC_JSON_FALSE)
                             ? SC_DIRECTION_IN : SC_DIRECTION_UNKNOWN;
    }
}


static sc_str_t
sc_zendesk_comment_id(sc_zendesk_t *event)
{
    return sc_kit_either(sc_callback_id(event->callback, event->comment,
                                        SC_STR("id")),
                         sc_callback_id(event->callback, event->event,
                                        SC_STR("comment_id")));
}


static sc_parse_result_t
sc_zendesk_comment(sc_zendesk_t *event)
{
    sc_str_t      id;
    sc_mention_t *mention;

    id = sc_zendesk_comment_id(event);

    if (event->comment == NULL || id.len == 0) {
        return sc_kit_die(event->callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_zendesk_add(event, SC_KIND_MESSAGE, SC_ACTION_CREATE, id);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->text = sc_callback_text(event->callback, event->comment,
                                     SC_STR("body"));
    sc_zendesk_set_side(event, mention);
    sc_kit_set_clock(event->callback, mention, event->ticket);

    return SC_PARSE_OK;
}


/* The customer can no longer see the comment, or nobody can. */
static sc_parse_result_t
sc_zendesk_comment_gone(sc_zendesk_t *event)
{
    sc_str_t      id;
    sc_mention_t *mention;

    id = sc_zendesk_comment_id(event);

    if (id.len == 0) {
        return sc_kit_die(event->callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_zendesk_add(event, SC_KIND_MESSAGE, SC_ACTION_DELETE, id);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    sc_zendesk_set_side(event, mention);

    /* It is private now, but was not when it was written. */
    mention->kind = SC_KIND_MESSAGE;
    sc_kit_set_clock(event->callback, mention, SC_STR_NULL);

    return SC_PARSE_OK;
}


/* Files come after the comment that they belong to. */
static sc_parse_result_t
sc_zendesk_attachment(sc_zendesk_t *event)
{
    sc_str_t               id;
    sc_mention_t          *mention;
    sc_callback_t         *callback;
    const sc_json_token_t *file;

    callback = event->callback;
    id = sc_zendesk_comment_id(event);
    file = sc_kit_object(callback, event->event, SC_STR("attachment"));

    if (id.len == 0 || file == NULL) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_zendesk_add(event, SC_KIND_MESSAGE, SC_ACTION_EDIT, id);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    sc_zendesk_set_side(event, mention);
    mention->kind = SC_KIND_MESSAGE;
    mention->edited_ms = mention->created_ms;
    sc_callback_add_media(callback, mention,
                          sc_callback_text(callback, file,
                                           SC_STR("content_type")),
                          sc_callback_text(callback, file,
                                           SC_STR("content_url")),
                          sc_callback_id(callback, file, SC_STR("id")));
    sc_kit_set_clock(callback, mention, SC_STR_NULL);

    return SC_PARSE_OK;
}


/* Whoever removed the ticket is not its author, and nobody can answer. */
static sc_parse_result_t
sc_zendesk_ticket_gone(sc_zendesk_t *event)
{
    sc_mention_t *mention;

    mention = sc_zendesk_add(event, SC_KIND_UNKNOWN, SC_ACTION_DELETE,
                             event->ticket);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->direction = SC_DIRECTION_INTERNAL;
    mention->ends = "not_actionable";
    mention->clock_key = sc_kit_clock_key(event->callback, mention,
                                          event->ticket);

    return SC_PARSE_OK;
}


static const struct {
    sc_str_t      name;
    sc_zendesk_fn handle;
} sc_zendesk_events[] = {
    { SC_STR_INIT("comment_added"), sc_zendesk_comment },
    { SC_STR_INIT("comment_made_private"), sc_zendesk_comment_gone },
    { SC_STR_INIT("comment_redacted"), sc_zendesk_comment_gone },
    { SC_STR_INIT("attachment_linked_to_comment"), sc_zendesk_attachment },
    { SC_STR_INIT("soft_deleted"), sc_zendesk_ticket_gone },
    { SC_STR_INIT("permanently_deleted"), sc_zendesk_ticket_gone }
};

#define SC_ZENDESK_EVENTS                                                     \
    (sizeof(sc_zendesk_events) / sizeof(sc_zendesk_events[0]))


static sc_parse_result_t
sc_zendesk_dispatch(sc_zendesk_t *event, sc_str_t name)
{
    size_t i;

    for (i = 0; i < SC_ZENDESK_EVENTS; i++) {
        if (sc_str_eq(sc_zendesk_events[i].name, name)) {
            return event->id.len == 0 || event->ticket.len == 0
                   ? sc_kit_die(event->callback, SC_DEAD_MISSING_MEMBER)
                   : sc_zendesk_events[i].handle(event);
        }
    }

    if (sc_kit_is_one_of(sc_zendesk_ignored, name)
        || sc_str_ends_with(name, SC_STR("_changed")))
    {
        return SC_PARSE_OK;
    }

    return sc_kit_die(event->callback, SC_DEAD_UNKNOWN_OBJECT);
}


/* The ticket's number, of `detail` or of `zen:ticket:NUMBER`. */
static sc_str_t
sc_zendesk_ticket(sc_zendesk_t *event, const sc_json_token_t *root)
{
    sc_str_t subject;

    static const sc_str_t prefix = SC_STR_INIT("zen:ticket:");

    subject = sc_callback_text(event->callback, root, SC_STR("subject"));

    return sc_kit_either(sc_callback_id(event->callback, event->detail,
                                        SC_STR("id")),
                         sc_str_starts_with(subject, prefix)
                         ? sc_str_from(subject, prefix.len) : SC_STR_NULL);
}


static sc_parse_result_t
sc_zendesk_parse(sc_callback_t *callback)
{
    sc_str_t               type;
    sc_zendesk_t           event;
    const sc_json_token_t *root;

    static const sc_str_t prefix = SC_STR_INIT("zen:event-type:ticket.");

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    event.callback = callback;
    event.event = sc_kit_object(callback, root, SC_STR("event"));
    event.detail = sc_kit_object(callback, root, SC_STR("detail"));
    event.comment = sc_kit_object(callback, event.event, SC_STR("comment"));
    event.id = sc_callback_id(callback, root, SC_STR("id"));
    event.account = sc_kit_either(sc_callback_id(callback, root,
                                                 SC_STR("account_id")),
                                  sc_kit_account(callback->source));
    event.ticket = sc_zendesk_ticket(&event, root);
    event.time_ms = sc_kit_text_time(callback, root, SC_STR("time"),
                                     SC_TIME_ISO8601);

    type = sc_callback_text(callback, root, SC_STR("type"));

    if (!sc_str_starts_with(type, prefix)) {
        return sc_kit_die(callback, type.len == 0 ? SC_DEAD_MISSING_MEMBER
                                                  : SC_DEAD_UNKNOWN_OBJECT);
    }

    return sc_zendesk_dispatch(&event, sc_str_from(type, prefix.len));
}


static bool
sc_zendesk_is_label(sc_str_t value)
{
    size_t        i;
    unsigned char c;

    for (i = 0; i < value.len; i++) {
        c = value.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) {
            return false;
        }
    }

    return value.len > 0 && value.len <= SC_ZENDESK_MAX_SUBDOMAIN;
}


static const char *
sc_zendesk_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_zendesk_options_t *options;

    (void) arena;

    options = data;

    if (!sc_str_eq(name, SC_STR("subdomain"))) {
        return "unknown option: zendesk knows subdomain=";
    }

    if (!sc_zendesk_is_label(value)) {
        return "subdomain= is the name in front of .zendesk.com, of small "
               "letters, digits and -";
    }

    options->subdomain = value;

    return NULL;
}


const sc_platform_t sc_platform_zendesk = {
    .name = SC_STR_INIT("zendesk"),
    .channel = SC_CHANNEL_HELPDESK,
    .json = true,
    .scheme = &sc_zendesk_scheme,
    .parse = sc_zendesk_parse,
    .options_size = sizeof(sc_zendesk_options_t),
    .set_option = sc_zendesk_set_option
};
