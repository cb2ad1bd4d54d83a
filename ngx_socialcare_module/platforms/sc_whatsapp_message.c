/*
 * sc_whatsapp_message.c: messages of customers, and echoes of what the brand
 * wrote in the phone app: the same objects in the other direction.
 *
 * A message of an unknown type is still a contact by a customer.
 */

#include "sc_whatsapp.h"


/* If a value has more contacts than this, no name is looked up. */
#define SC_WHATSAPP_MAX_CONTACTS  64


/* One element of `messages` or `message_echoes`. */
typedef struct {
    const sc_whatsapp_t   *value;
    const sc_json_token_t *message;
    const sc_json_token_t *content;    /* the member that `type` names */
    sc_str_t               raw;
    sc_str_t               id;
    sc_str_t               type;
    bool                   echo;
} sc_whatsapp_message_t;


static const sc_str_t sc_whatsapp_media_types[] = {
    SC_STR_INIT("image"),
    SC_STR_INIT("video"),
    SC_STR_INIT("audio"),
    SC_STR_INIT("document"),
    SC_STR_INIT("sticker")
};


static const sc_json_token_t *
sc_whatsapp_contact_of(const sc_whatsapp_t *value, sc_str_t person)
{
    size_t                 i;
    sc_json_doc_t         *json;
    const sc_json_token_t *contact;

    json = value->entry.callback->json;
    contact = sc_json_next(json, value->contacts, NULL, NULL);

    for (i = 0; i < SC_WHATSAPP_MAX_CONTACTS && contact != NULL; i++) {
        if (person.len != 0
            && (sc_str_eq(sc_whatsapp_id(value, contact, "wa_id"), person)
                || sc_str_eq(sc_whatsapp_id(value, contact, "user_id"),
                             person)))
        {
            return contact;
        }

        contact = sc_json_next(json, value->contacts, contact, NULL);
    }

    return NULL;
}


/* A single contact is simply taken. */
const sc_json_token_t *
sc_whatsapp_contact(const sc_whatsapp_t *value, sc_str_t person)
{
    sc_json_doc_t         *json;
    const sc_json_token_t *contact;

    json = value->entry.callback->json;
    contact = sc_json_next(json, value->contacts, NULL, NULL);

    if (contact == NULL
        || sc_json_next(json, value->contacts, contact, NULL) == NULL)
    {
        return contact;
    }

    return sc_whatsapp_contact_of(value, person);
}


/* A single contact is not simply taken: of a group it is a member. */
sc_str_t
sc_whatsapp_thread(const sc_whatsapp_t *value, const sc_json_token_t *object,
    const char *number, const char *user)
{
    sc_str_t               id, digits;
    const sc_json_token_t *contact;

    id = sc_whatsapp_id(value, object, user);

    if (id.len != 0) {
        return id;
    }

    digits = sc_whatsapp_id(value, object, number);
    contact = sc_whatsapp_contact_of(value, digits);

    return sc_kit_either(sc_whatsapp_id(value, contact, "user_id"), digits);
}


static void
sc_whatsapp_set_author(const sc_whatsapp_message_t *message,
    sc_mention_t *mention)
{
    sc_str_t               handle, other;
    const sc_whatsapp_t   *value;
    const sc_json_token_t *contact, *profile;

    value = message->value;

    mention->author.id = sc_whatsapp_person(value, message->message, "from",
                                            "from_user_id");
    if (message->echo) {
        mention->direction = SC_DIRECTION_OUT;
        mention->recipient = sc_whatsapp_person(value, message->message, "to",
                                                "to_user_id");
        mention->thread = sc_whatsapp_thread(value, message->message, "to",
                                             "to_user_id");
        return;
    }

    contact = sc_whatsapp_contact(value, mention->author.id);
    profile = sc_whatsapp_member(value, contact, "profile");

    if (mention->author.id.len == 0) {
        mention->author.id = sc_whatsapp_person(value, contact, "wa_id",
                                                "user_id");
    }

    other = sc_kit_either(sc_whatsapp_id(value, message->message,
                                         "from_user_id"),
                          sc_whatsapp_id(value, contact, "user_id"));
    handle = sc_whatsapp_text(value, profile, "username");

    if (!sc_str_eq(other, mention->author.id)) {
        sc_callback_add_extra(value->entry.callback, mention, "user_id",
                              other);
    }

    mention->thread = sc_kit_either(other, mention->author.id);
    mention->author.name = sc_whatsapp_text(value, profile, "name");
    mention->author.handle = sc_str_starts_with(handle, SC_STR("@"))
                             ? sc_str_from(handle, 1) : handle;
    mention->direction = mention->author.id.len == 0 ? SC_DIRECTION_UNKNOWN
                                                     : SC_DIRECTION_IN;
}


/* "name, address" */
static sc_str_t
sc_whatsapp_place_text(const sc_whatsapp_t *value,
    const sc_json_token_t *place)
{
    sc_str_t name, address;

    name = sc_whatsapp_text(value, place, "name");
    address = sc_whatsapp_text(value, place, "address");

    if (name.len == 0 || address.len == 0) {
        return sc_kit_either(name, address);
    }

    return sc_kit_join(value->entry.callback, name, SC_STR(", "), address);
}


/* The member that interactive.type names. */
static sc_str_t
sc_whatsapp_interactive_text(const sc_whatsapp_t *value,
    const sc_json_token_t *interactive)
{
    sc_str_t               kind;
    sc_json_doc_t         *json;
    const sc_json_token_t *reply;

    json = value->entry.callback->json;
    kind = sc_whatsapp_text(value, interactive, "type");
    reply = sc_json_get(json, interactive, kind);

    return sc_kit_either(sc_whatsapp_text(value, reply, "title"),
               sc_kit_either(sc_whatsapp_text(value, reply, "body"),
                             sc_whatsapp_text(value, reply, "response")));
}


/* A flow's reply only says "Sent": what was entered is next to that. */
static void
sc_whatsapp_add_form(const sc_whatsapp_message_t *message,
    sc_mention_t *mention)
{
    const sc_json_token_t *reply;

    if (!sc_str_eq(message->type, SC_STR("interactive"))) {
        return;
    }

    reply = sc_whatsapp_member(message->value, message->content,
                               "nfm_reply");
    sc_callback_add_extra(message->value->entry.callback, mention, "form",
                          sc_whatsapp_text(message->value, reply,
                                           "response_json"));
}


/* The text of a message object, including the new one inside an edit. */
static sc_str_t
sc_whatsapp_words(const sc_whatsapp_t *value, sc_str_t type,
    const sc_json_token_t *content)
{
    if (sc_str_eq(type, SC_STR("text"))) {
        return sc_whatsapp_text(value, content, "body");
    }

    if (sc_str_eq(type, SC_STR("location"))) {
        return sc_whatsapp_place_text(value, content);
    }

    if (sc_str_eq(type, SC_STR("interactive"))) {
        return sc_whatsapp_interactive_text(value, content);
    }

    if (sc_str_eq(type, SC_STR("button")) || sc_str_eq(type, SC_STR("order")))
    {
        return sc_whatsapp_text(value, content, "text");
    }

    if (sc_str_eq(type, SC_STR("system"))) {
        return sc_whatsapp_text(value, content, "body");
    }

    return sc_whatsapp_text(value, content, "caption");
}


/* Handles that need an API call: a url here is not public. */
static void
sc_whatsapp_add_media(const sc_whatsapp_message_t *message,
    sc_mention_t *mention)
{
    sc_str_t       type, ref;
    sc_callback_t *callback;

    callback = message->value->entry.callback;

    if (sc_meta_is_one_of(sc_whatsapp_media_types, message->type)) {
        type = sc_whatsapp_text(message->value, message->content,
                                "mime_type");
        ref = sc_whatsapp_id(message->value, message->content, "id");

        sc_callback_add_media(callback, mention,
                              sc_kit_either(type, message->type),
                              SC_STR_NULL, ref);
        return;
    }

    if (sc_str_eq(message->type, SC_STR("location"))) {
        (void) sc_kit_add_place(callback, mention, message->content,
                                SC_STR("latitude"), SC_STR("longitude"));
    }
}


/* An emoji on a message; without one it was removed. */
static void
sc_whatsapp_reaction(const sc_whatsapp_message_t *message,
    sc_mention_t *mention)
{
    mention->kind = SC_KIND_REACTION;
    mention->object = sc_whatsapp_id(message->value, message->content,
                                     "message_id");
    mention->reaction = sc_whatsapp_text(message->value, message->content,
                                         "emoji");

    if (mention->reaction.len == 0) {
        mention->action = SC_ACTION_DELETE;
    }
}


/* A changed number and the like, reported by the platform. */
static void
sc_whatsapp_system(const sc_whatsapp_message_t *message,
    sc_mention_t *mention)
{
    mention->kind = SC_KIND_NOTICE;
    mention->notice = SC_STR("system");
    mention->direction = SC_DIRECTION_NONE;
    mention->status = sc_whatsapp_text(message->value, message->content,
                                       "type");
}


static void
sc_whatsapp_edit(const sc_whatsapp_message_t *message, sc_mention_t *mention)
{
    sc_str_t               type;
    const sc_json_token_t *edited;

    edited = sc_whatsapp_member(message->value, message->content, "message");
    type = sc_whatsapp_text(message->value, edited, "type");

    if (type.len == 0) {
        type = SC_STR("text");
    }

    mention->action = SC_ACTION_EDIT;
    mention->object = sc_whatsapp_id(message->value, message->content,
                                     "original_message_id");
    mention->edited_ms = mention->created_ms;
    mention->text = sc_whatsapp_words(message->value, type,
                        sc_json_get(message->value->entry.callback->json,
                                    edited, type));
}


static void
sc_whatsapp_revoke(const sc_whatsapp_message_t *message,
    sc_mention_t *mention)
{
    mention->action = SC_ACTION_DELETE;
    mention->object = sc_whatsapp_id(message->value, message->content,
                                     "original_message_id");
}


/* Somebody opened a chat for the first time: the app reports it, and nobody
 * has asked anything yet. */
static void
sc_whatsapp_opened(const sc_whatsapp_message_t *message,
    sc_mention_t *mention)
{
    mention->automatic = true;
    mention->status = message->type;
}


/* Who calls permits calls back: that is not asked, and nobody has answered. */
static void
sc_whatsapp_interactive(const sc_whatsapp_message_t *message,
    sc_mention_t *mention)
{
    mention->automatic = sc_str_eq(sc_whatsapp_text(message->value,
                             sc_whatsapp_member(message->value,
                                                message->content,
                                                "call_permission_reply"),
                             "response_source"), SC_STR("automatic"));
}


/* Types that are not simply a message with or without words. */
static const struct {
    sc_str_t type;
    void   (*handle)(const sc_whatsapp_message_t *message,
                     sc_mention_t *mention);
} sc_whatsapp_types[] = {
    { SC_STR_INIT("reaction"), sc_whatsapp_reaction },
    { SC_STR_INIT("system"), sc_whatsapp_system },
    { SC_STR_INIT("edit"), sc_whatsapp_edit },
    { SC_STR_INIT("revoke"), sc_whatsapp_revoke },
    { SC_STR_INIT("request_welcome"), sc_whatsapp_opened },
    { SC_STR_INIT("interactive"), sc_whatsapp_interactive }
};

#define SC_WHATSAPP_TYPES                                                     \
    (sizeof(sc_whatsapp_types) / sizeof(sc_whatsapp_types[0]))


static void
sc_whatsapp_set_clock(const sc_whatsapp_message_t *message,
    sc_mention_t *mention)
{
    if (mention->kind != SC_KIND_MESSAGE) {
        return;
    }

    if (mention->action == SC_ACTION_CREATE
        || (mention->action == SC_ACTION_DELETE && !message->echo
            && !message->value->entry.options->unsend_keeps))
    {
        mention->clock_key = sc_meta_clock_key(&message->value->entry,
                                               mention, mention->thread);
    }

    /* Statuses may report the same message. */
    if (mention->action == SC_ACTION_CREATE && message->echo) {
        mention->proof = sc_whatsapp_proof(message->value, message->id);
    }
}


static void
sc_whatsapp_set_content(const sc_whatsapp_message_t *message,
    sc_mention_t *mention)
{
    size_t                 i;
    const sc_json_token_t *context;

    context = sc_whatsapp_member(message->value, message->message, "context");

    mention->kind = SC_KIND_MESSAGE;
    mention->object = message->id;
    mention->parent = sc_whatsapp_id(message->value, context, "id");
    mention->text = sc_whatsapp_words(message->value, message->type,
                                      message->content);
    sc_whatsapp_add_media(message, mention);
    sc_whatsapp_add_form(message, mention);

    for (i = 0; i < SC_WHATSAPP_TYPES; i++) {
        if (sc_str_eq(sc_whatsapp_types[i].type, message->type)) {
            sc_whatsapp_types[i].handle(message, mention);
            break;
        }
    }
}


static void
sc_whatsapp_add_message(const sc_whatsapp_message_t *message)
{
    sc_mention_t        *mention;
    const sc_whatsapp_t *value;

    value = message->value;

    mention = sc_meta_add(&value->entry, &sc_platform_whatsapp, message->raw);
    if (mention == NULL) {
        return;
    }

    mention->event = message->id;
    mention->is_public = SC_TRI_NO;
    sc_meta_set_created(&value->entry, mention,
                        sc_meta_time(value->entry.callback, message->message,
                                     SC_STR("timestamp")));
    sc_whatsapp_set_author(message, mention);

    mention->thread = sc_kit_either(
                       sc_whatsapp_id(value, message->message, "group_id"),
                       mention->thread);

    sc_whatsapp_set_content(message, mention);
    sc_whatsapp_set_clock(message, mention);

    /* In case an edit has the id of the message it changes. */
    if (mention->action != SC_ACTION_CREATE
        && sc_str_eq(mention->object, mention->event))
    {
        mention->event = sc_kit_join(value->entry.callback, mention->event,
                           SC_STR("/"), message->type, SC_STR("/"),
                           sc_whatsapp_id(value, message->message,
                                          "timestamp"));
    }
}


static void
sc_whatsapp_message(const sc_whatsapp_t *value, const sc_json_token_t *element,
    bool echo)
{
    sc_json_doc_t         *json;
    sc_whatsapp_message_t  message;

    json = value->entry.callback->json;

    message.value = value;
    message.message = element;
    message.echo = echo;
    message.raw = sc_json_raw(json, element);
    message.id = sc_whatsapp_id(value, element, "id");
    message.type = sc_whatsapp_text(value, element, "type");
    message.content = sc_json_get(json, element, message.type);

    if (message.id.len == 0) {
        sc_meta_add_dead(&value->entry, SC_DEAD_MISSING_MEMBER, message.raw);
        return;
    }

    sc_whatsapp_add_message(&message);
}


void
sc_whatsapp_incoming(const sc_whatsapp_t *value,
    const sc_json_token_t *element)
{
    sc_whatsapp_message(value, element, false);
}


void
sc_whatsapp_echo(const sc_whatsapp_t *value, const sc_json_token_t *element)
{
    sc_whatsapp_message(value, element, true);
}
