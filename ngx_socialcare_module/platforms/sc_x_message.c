/*
 * sc_x_message.c: direct messages on X and contacts by encrypted chat.
 *
 * The thread of a message is the other party's id; which party is the brand
 * follows from the envelope's account alone: if two subscribed accounts write
 * to each other, the event comes twice, once in each direction.
 */

#include "sc_x.h"


/*
 * The user `id` of the users map.  One page of the documentation shows the
 * map inside `apps`; sc_x.c has looked in both places.
 */
static const sc_json_token_t *
sc_x_map_user(sc_x_event_t *event, sc_str_t id)
{
    return sc_x_unwrap(event, sc_json_get(event->json, event->users, id));
}


static bool
sc_x_is_bot_app(sc_x_event_t *event, sc_str_t app)
{
    const sc_x_entry_t *entry;

    for (entry = event->options->bot_apps; entry != NULL; entry = entry->next) {
        if (sc_str_eq(entry->name, app)) {
            return true;
        }
    }

    return false;
}


/* Direction, thread, recipient, account and clock key. */
static void
sc_x_settle_message(sc_x_event_t *event, sc_mention_t *mention,
    sc_direction_t direction, sc_str_t sender, sc_str_t recipient)
{
    sc_str_t parts[4];

    if (event->account.len > 0 && sender.len > 0) {
        direction = sc_str_eq(event->account, sender) ? SC_DIRECTION_OUT
                                                      : SC_DIRECTION_IN;

    } else if (direction == SC_DIRECTION_UNKNOWN
               && sc_source_is_own(event->callback->source, SC_STR_NULL,
                                   sender))
    {
        direction = SC_DIRECTION_OUT;
    }

    mention->direction = direction;
    mention->kind = SC_KIND_MESSAGE;
    mention->is_public = SC_TRI_NO;

    if (direction == SC_DIRECTION_OUT) {
        mention->thread = recipient;
        mention->recipient = recipient;

    } else {
        mention->thread = sender;
    }

    if (mention->account.len == 0) {
        mention->account = direction == SC_DIRECTION_OUT ? sender : recipient;
    }

    if (mention->thread.len == 0) {
        return;
    }

    parts[0] = SC_STR("x:");
    parts[1] = mention->account;
    parts[2] = SC_STR(":");
    parts[3] = mention->thread;

    mention->clock_key = sc_callback_join(event->callback, parts, 4);
}


static void
sc_x_add_attachment(sc_x_event_t *event, sc_mention_t *mention,
    const sc_json_token_t *data)
{
    sc_str_t               url;
    sc_callback_t         *callback;
    const sc_json_token_t *media;

    callback = event->callback;
    media = sc_json_member(event->json,
                           sc_json_member(event->json, data, "attachment"),
                           "media");

    if (!sc_json_is(media, SC_JSON_OBJECT)) {
        return;
    }

    url = sc_callback_text(callback, media, SC_STR("media_url_https"));

    sc_callback_add_media(callback, mention,
                          sc_callback_text(callback, media, SC_STR("type")),
                          url,
                          sc_callback_id(callback, media, SC_STR("id_str")));
}


void
sc_x_read_message(sc_x_event_t *event, sc_direction_t direction)
{
    sc_str_t               id, sender, recipient;
    sc_callback_t         *callback;
    sc_mention_t          *mention;
    const sc_json_token_t *create, *data;

    callback = event->callback;
    create = sc_json_member(event->json, event->event, "message_create");
    id = sc_callback_id(callback, event->event, SC_STR("id"));
    sender = sc_callback_id(callback, create, SC_STR("sender_id"));

    if (!sc_json_string_is(event->json,
                           sc_json_member(event->json, event->event, "type"),
                           SC_STR("message_create")))
    {
        sc_x_add_dead(event, SC_DEAD_UNKNOWN_OBJECT);
        return;
    }

    if (id.len == 0 || sender.len == 0) {
        sc_x_add_dead(event, SC_DEAD_MISSING_MEMBER);
        return;
    }

    mention = sc_x_add(event);
    if (mention == NULL) {
        return;
    }

    recipient = sc_callback_id(callback,
                               sc_json_member(event->json, create, "target"),
                               SC_STR("recipient_id"));
    data = sc_json_member(event->json, create, "message_data");

    sc_x_read_user(event, sc_x_map_user(event, sender), &mention->author);

    mention->author.id = sender;
    mention->event = id;
    mention->object = id;
    mention->text = sc_x_plain(event, sc_callback_text(callback, data,
                                                       SC_STR("text")));
    mention->created_ms = sc_x_time(event, event->event,
                                    SC_STR("created_timestamp"),
                                    SC_TIME_MILLISECONDS);

    sc_x_settle_message(event, mention, direction, sender, recipient);
    sc_x_add_attachment(event, mention, data);

    mention->automatic = mention->direction == SC_DIRECTION_OUT
                         && sc_x_is_bot_app(event,
                                sc_callback_id(callback, create,
                                               SC_STR("source_app_id")));
}


/* The party of `A:B` that is not `self`; empty for a group's name. */
static sc_str_t
sc_x_other_party(sc_str_t conversation, sc_str_t self)
{
    sc_str_t first, second;

    first = sc_str_first(conversation, sc_str_find_byte(conversation, ':'));
    second = sc_str_from(conversation, first.len + 1);

    if (second.len == 0) {
        return SC_STR_NULL;
    }

    return sc_str_eq(first, self) ? second : first;
}


/*
 * Encrypted: all that is known is that somebody wrote, and when.  It counts as
 * a contact, because the customer waits nevertheless.
 */
void
sc_x_read_chat(sc_x_event_t *event, const sc_json_token_t *payload,
    sc_direction_t direction)
{
    sc_str_t       id, sender, conversation, other;
    sc_callback_t *callback;
    sc_mention_t  *mention;

    callback = event->callback;
    id = sc_callback_id(callback, payload, SC_STR("id"));
    sender = sc_callback_id(callback, payload, SC_STR("sender_id"));

    if (id.len == 0) {
        sc_x_add_dead(event, SC_DEAD_MISSING_MEMBER);
        return;
    }

    mention = sc_x_add(event);
    if (mention == NULL) {
        return;
    }

    conversation = sc_callback_id(callback, payload,
                                  SC_STR("conversation_id"));
    other = sc_x_other_party(conversation, sender);

    mention->author.id = sender;
    mention->event = id;
    mention->object = id;
    mention->created_ms = sc_x_time(event, payload, SC_STR("created_at_msec"),
                                    SC_TIME_MILLISECONDS);

    sc_x_settle_message(event, mention, direction, sender, other);

    if (other.len == 0 && conversation.len > 0) {
        /* a group: its name is all that both sides have in common */
        mention->thread = conversation;
        mention->clock_key = sc_x_clock_key(event, conversation);
    }
}
