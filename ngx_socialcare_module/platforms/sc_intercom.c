/*
 * sc_intercom.c: Intercom's notifications: one topic per POST, signed with the
 * app's client secret (SHA-1, no time).
 *
 * A notification contains the whole conversation; what is new is its first
 * message (`source`) or the last of its parts.  A part without text is not a
 * message, whatever the topic says: assigned, closed, opened.  A part with text
 * is one: a customer's answer reopens a conversation with an `open` part.
 * Tickets are conversations with parts of their own; what opens one are its
 * title and description, by whoever wrote its first part.
 *
 * Wait key: intercom:APP:CONVERSATION, for question and answer alike; of a
 * ticket CONVERSATION is its `id`, which a converted conversation keeps.
 *
 * Option: bodies=html (the default) or bodies=text, according to the app's
 * webhook version (2.15 and newer: text).  Stripping tags from plain text would
 * remove what the customer typed.
 */

#include "sc_html.h"
#include "sc_intercom.h"
#include "sc_registry.h"


typedef struct {
    sc_str_t       topic;
    sc_direction_t direction;
    bool           begins;             /* the new message is the source */
    bool           automatic;
} sc_intercom_topic_t;


static const sc_verify_scheme_t sc_intercom_scheme = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA1,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Hub-Signature") },
    .prefix = SC_STR_INIT("sha1=")
};


static const sc_intercom_topic_t sc_intercom_messages[] = {
    { SC_STR_INIT("conversation.user.created"), SC_DIRECTION_IN, true,
      false },
    { SC_STR_INIT("conversation.user.replied"), SC_DIRECTION_IN, false,
      false },
    { SC_STR_INIT("conversation.admin.replied"), SC_DIRECTION_OUT, false,
      false },
    { SC_STR_INIT("conversation.admin.single.created"), SC_DIRECTION_OUT, true,
      false },
    { SC_STR_INIT("conversation.operator.replied"), SC_DIRECTION_OUT, false,
      true },
    { SC_STR_INIT("conversation.admin.noted"), SC_DIRECTION_INTERNAL, false,
      false },
    { SC_STR_INIT("ticket.contact.replied"), SC_DIRECTION_IN, false, false },
    { SC_STR_INIT("ticket.admin.replied"), SC_DIRECTION_OUT, false, false },
    { SC_STR_INIT("ticket.note.created"), SC_DIRECTION_INTERNAL, false,
      false }
};


/* State changes, in which nobody says anything, and translations. */
static const sc_str_t sc_intercom_ignored[] = {
    SC_STR_INIT("conversation.admin.assigned"),
    SC_STR_INIT("conversation.admin.open.assigned"),
    SC_STR_INIT("conversation.admin.closed"),
    SC_STR_INIT("conversation.admin.opened"),
    SC_STR_INIT("conversation.admin.snoozed"),
    SC_STR_INIT("conversation.admin.unsnoozed"),
    SC_STR_INIT("conversation.admin.replied.translated"),
    SC_STR_INIT("conversation.company.updated"),
    SC_STR_INIT("conversation.contact.attached"),
    SC_STR_INIT("conversation.contact.detached"),
    SC_STR_INIT("conversation.read"),
    SC_STR_INIT("conversation.priority.updated"),
    SC_STR_INIT("conversation.rating.added"),
    SC_STR_INIT("conversation_part.tag.created"),
    SC_STR_INIT("ticket.admin.assigned"),
    SC_STR_INIT("ticket.admin.replied.translated"),
    SC_STR_INIT("ticket.attribute.updated"),
    SC_STR_INIT("ticket.closed"), SC_STR_INIT("ticket.contact.attached"),
    SC_STR_INIT("ticket.contact.detached"),
    SC_STR_INIT("ticket.rating.provided"), SC_STR_INIT("ticket.resolved"),
    SC_STR_INIT("ticket.state.updated"), SC_STR_INIT("ticket.team.assigned")
};

static const sc_str_t sc_intercom_ignored_families[] = {
    SC_STR_INIT("admin."), SC_STR_INIT("api."), SC_STR_INIT("company."),
    SC_STR_INIT("contact."), SC_STR_INIT("content_stat."),
    SC_STR_INIT("data_connector."), SC_STR_INIT("event."),
    SC_STR_INIT("granular."), SC_STR_INIT("job."), SC_STR_INIT("user."),
    SC_STR_INIT("visitor.")
};


/* Intercom may check that the URL exists before it accepts it. */
static void
sc_intercom_probe(sc_callback_t *callback)
{
    callback->answer.status = 200;
}


static void
sc_intercom_policy(const sc_source_t *source, sc_policy_t *policy)
{
    (void) source;

    policy->get_is_handshake = false;
    policy->head_is_handshake = true;
}


static const sc_json_token_t *
sc_intercom_last(sc_callback_t *callback, const sc_json_token_t *list)
{
    const sc_json_token_t *item, *last;

    last = NULL;

    for (item = sc_json_next(callback->json, list, NULL, NULL);
         item != NULL;
         item = sc_json_next(callback->json, list, item, NULL))
    {
        last = item;
    }

    return sc_json_is(last, SC_JSON_OBJECT) ? last : NULL;
}


const sc_json_token_t *
sc_intercom_parts(sc_intercom_t *event)
{
    sc_str_t               name;
    const sc_json_token_t *holder;

    name = SC_STR("conversation_parts");
    holder = sc_kit_object(event->callback, event->item, name);

    if (holder == NULL) {
        name = SC_STR("ticket_parts");
        holder = sc_kit_object(event->callback, event->item, name);
    }

    return sc_json_get(event->callback->json, holder, name);
}


static const sc_json_token_t *
sc_intercom_part(sc_intercom_t *event)
{
    return sc_intercom_last(event->callback, sc_intercom_parts(event));
}


sc_str_t
sc_intercom_text(sc_intercom_t *event, sc_str_t name)
{
    sc_str_t                     text, words;
    const sc_intercom_options_t *options;

    options = event->callback->source->options;
    text = sc_callback_text(event->callback, event->message, name);

    if (options->plain) {
        return text;
    }

    if (!sc_html_to_text(event->callback->arena, text, &words)) {
        event->callback->too_large = true;
    }

    return words;
}


sc_str_t
sc_intercom_contact(sc_intercom_t *event)
{
    sc_callback_t         *callback;
    const sc_json_token_t *contacts;

    callback = event->callback;
    contacts = sc_kit_object(callback, event->item, SC_STR("contacts"));

    return sc_callback_id(callback,
                          sc_json_next(callback->json,
                                       sc_json_member(callback->json,
                                                      contacts, "contacts"),
                                       NULL, NULL),
                          SC_STR("id"));
}


static void
sc_intercom_add_media(sc_intercom_t *event, sc_mention_t *mention)
{
    size_t                 count;
    sc_str_t               type, url;
    sc_callback_t         *callback;
    const sc_json_token_t *list, *file;

    callback = event->callback;
    list = sc_json_member(callback->json, event->message, "attachments");
    count = 0;

    for (file = sc_json_next(callback->json, list, NULL, NULL);
         file != NULL && sc_json_is(list, SC_JSON_ARRAY)
         && count < SC_KIT_MAX_MEDIA;
         file = sc_json_next(callback->json, list, file, NULL))
    {
        type = sc_kit_either(sc_callback_text(callback, file,
                                              SC_STR("content_type")),
                             sc_callback_text(callback, file,
                                              SC_STR("type")));
        url = sc_callback_text(callback, file, SC_STR("url"));

        if (url.len != 0) {
            sc_callback_add_media(callback, mention, type, url, SC_STR_NULL);
            count++;
        }
    }
}


/* Retries of a notification have the same id. */
static bool
sc_intercom_is_repeated(sc_intercom_t *event)
{
    return sc_callback_int(event->callback, event->root,
                           SC_STR("delivery_attempts")) > 1;
}


sc_mention_t *
sc_intercom_add(sc_intercom_t *event, sc_kind_t kind, sc_str_t object)
{
    sc_mention_t          *mention;
    sc_callback_t         *callback;
    const sc_json_token_t *source;

    callback = event->callback;

    mention = sc_kit_add(callback, callback->request->body);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = kind;
    mention->is_public = SC_TRI_NO;
    mention->account = event->app;
    mention->event = event->id;
    mention->object = object;
    mention->thread = event->conversation;
    mention->redelivery = sc_intercom_is_repeated(event);
    source = sc_kit_object(callback, event->item, SC_STR("source"));
    sc_callback_add_extra(callback, mention, "via",
                          sc_callback_text(callback, source,
                                           SC_STR("type")));
    sc_callback_add_extra(callback, mention, "page",
                          sc_callback_text(callback, source, SC_STR("url")));

    if (event->app.len != 0) {
        mention->url = sc_kit_join(callback,
                                   SC_STR("https://app.intercom.com/a/apps/"),
                                   event->app, SC_STR("/conversations/"),
                                   event->conversation);
    }

    return mention;
}


/* The author's kind overrules the topic: a bot may answer as staff. */
static void
sc_intercom_set_side(sc_intercom_t *event, sc_mention_t *mention,
    const sc_intercom_topic_t *topic)
{
    sc_str_t               type;
    sc_callback_t         *callback;
    const sc_json_token_t *author;

    callback = event->callback;
    author = sc_kit_object(callback, event->message, SC_STR("author"));
    type = sc_callback_text(callback, author, SC_STR("type"));

    mention->author.id = sc_callback_id(callback, author, SC_STR("id"));
    mention->author.name = sc_callback_text(callback, author, SC_STR("name"));
    mention->direction = topic->direction;

    if (sc_str_eq(sc_callback_text(callback, event->message,
                                   SC_STR("part_type")), SC_STR("note")))
    {
        mention->direction = SC_DIRECTION_INTERNAL;
    }

    if (mention->direction == SC_DIRECTION_INTERNAL) {
        mention->kind = SC_KIND_NOTE;

    } else if (mention->direction == SC_DIRECTION_OUT) {
        mention->recipient = sc_intercom_contact(event);
        mention->automatic = topic->automatic
            || sc_str_eq(type, SC_STR("bot"))
            || sc_json_is_true(sc_json_member(callback->json, author,
                                              "from_ai_agent"))
            || sc_json_is_true(sc_json_member(callback->json, author,
                                              "is_ai_answer"));
    }
}


void
sc_intercom_set_created(sc_intercom_t *event, sc_mention_t *mention,
    const sc_json_token_t *holder)
{
    int64_t ms;

    ms = sc_kit_time(event->callback, holder, SC_STR("created_at"), 1000);

    if (ms < 0) {
        ms = sc_kit_time(event->callback, event->root, SC_STR("created_at"),
                         1000);
    }

    sc_kit_set_created(event->callback, mention, ms);
}


static bool
sc_intercom_is_redacted(sc_intercom_t *event)
{
    return sc_json_is_true(sc_json_member(event->callback->json,
                                          event->message, "redacted"));
}


static sc_parse_result_t
sc_intercom_message(sc_intercom_t *event, const sc_intercom_topic_t *topic)
{
    sc_str_t       id, part_type;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = event->callback;
    event->message = topic->begins
                     ? sc_kit_object(callback, event->item, SC_STR("source"))
                     : sc_intercom_part(event);

    id = sc_callback_id(callback, event->message, SC_STR("id"));
    part_type = sc_callback_text(callback, event->message,
                                 SC_STR("part_type"));

    if (event->message == NULL || id.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_intercom_add(event, SC_KIND_MESSAGE, id);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    sc_intercom_set_side(event, mention, topic);
    sc_intercom_set_created(event, mention,
                            topic->begins ? event->item : event->message);

    if (sc_intercom_is_redacted(event)) {
        mention->action = SC_ACTION_DELETE;
        sc_kit_set_clock(callback, mention, SC_STR_NULL);
        return SC_PARSE_OK;
    }

    mention->text = sc_intercom_text(event, SC_STR("body"));
    mention->subject = sc_intercom_text(event, SC_STR("subject"));
    sc_intercom_add_media(event, mention);

    /* Assigned, closed, opened: nothing was said. */
    if (mention->text.len == 0 && mention->media == NULL
        && part_type.len != 0 && !sc_str_eq(part_type, SC_STR("comment")))
    {
        sc_callback_drop_last(callback);
        return SC_PARSE_OK;
    }

    sc_kit_set_clock(callback, mention, event->conversation);

    return SC_PARSE_OK;
}


/* The author is not always named. */
static sc_parse_result_t
sc_intercom_removed(sc_intercom_t *event, sc_kind_t kind, sc_str_t object)
{
    sc_mention_t *mention;

    mention = sc_intercom_add(event, kind, object);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->action = SC_ACTION_DELETE;
    mention->direction = SC_DIRECTION_INTERNAL;
    sc_intercom_set_created(event, mention, NULL);

    return SC_PARSE_OK;
}


/* The whole conversation is gone: nobody can answer there any more. */
static sc_parse_result_t
sc_intercom_deleted(sc_intercom_t *event)
{
    sc_mention_t      *mention;
    sc_parse_result_t  result;

    result = sc_intercom_removed(event, SC_KIND_UNKNOWN, event->conversation);
    mention = event->callback->last;

    if (result == SC_PARSE_OK) {
        mention->ends = "not_actionable";
        mention->clock_key = sc_kit_clock_key(event->callback, mention,
                                              event->conversation);
    }

    return result;
}


static sc_parse_result_t
sc_intercom_redacted(sc_intercom_t *event)
{
    const sc_json_token_t *part;

    part = sc_intercom_part(event);

    if (part != NULL) {
        return sc_intercom_removed(event, SC_KIND_MESSAGE,
                                   sc_callback_id(event->callback, part,
                                                  SC_STR("id")));
    }

    /* The item may be the part itself. */
    return sc_intercom_removed(event, SC_KIND_MESSAGE,
                               sc_callback_id(event->callback, event->item,
                                              SC_STR("id")));
}


static bool
sc_intercom_is_quiet(sc_str_t topic)
{
    size_t i;

    for (i = 0;
         i < sizeof(sc_intercom_ignored_families)
             / sizeof(sc_intercom_ignored_families[0]);
         i++)
    {
        if (sc_str_starts_with(topic, sc_intercom_ignored_families[i])) {
            return true;
        }
    }

    return sc_kit_is_one_of(sc_intercom_ignored, topic);
}


static sc_parse_result_t
sc_intercom_dispatch(sc_intercom_t *event, sc_str_t topic)
{
    size_t i;

    if (sc_intercom_is_quiet(topic)) {
        return SC_PARSE_OK;
    }

    if (event->id.len == 0 || event->conversation.len == 0) {
        return sc_kit_die(event->callback,
                          sc_str_starts_with(topic, SC_STR("conversation"))
                          || sc_str_starts_with(topic, SC_STR("ticket."))
                          ? SC_DEAD_MISSING_MEMBER : SC_DEAD_UNKNOWN_OBJECT);
    }

    for (i = 0;
         i < sizeof(sc_intercom_messages) / sizeof(sc_intercom_messages[0]);
         i++)
    {
        if (sc_str_eq(sc_intercom_messages[i].topic, topic)) {
            return sc_intercom_message(event, &sc_intercom_messages[i]);
        }
    }

    if (sc_str_eq(topic, SC_STR("ticket.created"))) {
        return sc_intercom_ticket(event);
    }

    if (sc_str_eq(topic, SC_STR("conversation_part.redacted"))) {
        return sc_intercom_redacted(event);
    }

    if (sc_str_eq(topic, SC_STR("conversation.deleted"))) {
        return sc_intercom_deleted(event);
    }

    return sc_kit_die(event->callback, SC_DEAD_UNKNOWN_OBJECT);
}


static sc_parse_result_t
sc_intercom_parse(sc_callback_t *callback)
{
    sc_str_t      topic;
    sc_intercom_t event;

    memset(&event, 0, sizeof(event));

    event.callback = callback;
    event.root = sc_json_root(callback->json);

    if (!sc_json_is(event.root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    topic = sc_callback_text(callback, event.root, SC_STR("topic"));

    if (sc_str_eq(topic, SC_STR("ping"))) {
        callback->handshake = true;
        return SC_PARSE_OK;
    }

    if (topic.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    event.item = sc_kit_object(callback,
                               sc_kit_object(callback, event.root,
                                             SC_STR("data")),
                               SC_STR("item"));
    event.id = sc_callback_id(callback, event.root, SC_STR("id"));
    event.app = sc_kit_either(sc_callback_id(callback, event.root,
                                             SC_STR("app_id")),
                              sc_kit_account(callback->source));
    event.conversation = sc_kit_either(sc_callback_id(callback, event.item,
                                           SC_STR("conversation_id")),
                                       sc_callback_id(callback, event.item,
                                           SC_STR("id")));

    return sc_intercom_dispatch(&event, topic);
}


static const char *
sc_intercom_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_intercom_options_t *options;

    (void) arena;

    options = data;

    if (!sc_str_eq(name, SC_STR("bodies"))) {
        return "unknown option: intercom knows bodies=";
    }

    options->plain = sc_str_eq(value, SC_STR("text"));

    return options->plain || sc_str_eq(value, SC_STR("html"))
           ? NULL : "bodies= is html or text, as the app's webhook version "
                    "has it: text from 2.15 on";
}


const sc_platform_t sc_platform_intercom = {
    .name = SC_STR_INIT("intercom"),
    .channel = SC_CHANNEL_HELPDESK,
    .json = true,
    .scheme = &sc_intercom_scheme,
    .handshake = sc_intercom_probe,
    .parse = sc_intercom_parse,
    .options_size = sizeof(sc_intercom_options_t),
    .set_option = sc_intercom_set_option,
    .policy = sc_intercom_policy
};
