/*
 * sc_telegram_message.c: one Telegram message: who wrote it, where, what, and
 * who waits for an answer.
 */

#include "sc_telegram.h"


#define SC_TELEGRAM_CHANNEL_PREFIX  "-100"


/* Members that hold a file; a photo is a list of sizes. */
static const sc_str_t sc_telegram_files[] = {
    SC_STR_INIT("video"), SC_STR_INIT("document"), SC_STR_INIT("voice"),
    SC_STR_INIT("audio"), SC_STR_INIT("sticker"), SC_STR_INIT("animation"),
    SC_STR_INIT("video_note")
};

/* Messages about the chat that nobody wrote. */
static const sc_str_t sc_telegram_service[] = {
    SC_STR_INIT("new_chat_members"), SC_STR_INIT("left_chat_member"),
    SC_STR_INIT("chat_owner_left"), SC_STR_INIT("chat_owner_changed"),
    SC_STR_INIT("new_chat_title"), SC_STR_INIT("new_chat_photo"),
    SC_STR_INIT("delete_chat_photo"), SC_STR_INIT("group_chat_created"),
    SC_STR_INIT("supergroup_chat_created"),
    SC_STR_INIT("channel_chat_created"),
    SC_STR_INIT("message_auto_delete_timer_changed"),
    SC_STR_INIT("migrate_to_chat_id"), SC_STR_INIT("migrate_from_chat_id"),
    SC_STR_INIT("pinned_message"), SC_STR_INIT("users_shared"),
    SC_STR_INIT("chat_shared"), SC_STR_INIT("connected_website"),
    SC_STR_INIT("write_access_allowed"),
    SC_STR_INIT("proximity_alert_triggered"), SC_STR_INIT("boost_added"),
    SC_STR_INIT("chat_background_set"), SC_STR_INIT("community_chat_added"),
    SC_STR_INIT("community_chat_removed"), SC_STR_INIT("forum_topic_created"),
    SC_STR_INIT("forum_topic_edited"), SC_STR_INIT("forum_topic_closed"),
    SC_STR_INIT("forum_topic_reopened"),
    SC_STR_INIT("general_forum_topic_hidden"),
    SC_STR_INIT("general_forum_topic_unhidden"),
    SC_STR_INIT("giveaway_created"), SC_STR_INIT("giveaway_completed"),
    SC_STR_INIT("managed_bot_created"), SC_STR_INIT("poll_option_added"),
    SC_STR_INIT("poll_option_deleted"),
    SC_STR_INIT("video_chat_scheduled"), SC_STR_INIT("video_chat_started"),
    SC_STR_INIT("video_chat_ended"),
    SC_STR_INIT("video_chat_participants_invited"),
    SC_STR_INIT("successful_payment"), SC_STR_INIT("refunded_payment"),
    SC_STR_INIT("gift"), SC_STR_INIT("unique_gift"),
    SC_STR_INIT("gift_upgrade_sent"), SC_STR_INIT("checklist_tasks_done"),
    SC_STR_INIT("checklist_tasks_added"),
    SC_STR_INIT("direct_message_price_changed"),
    SC_STR_INIT("paid_message_price_changed"),
    SC_STR_INIT("suggested_post_approved"),
    SC_STR_INIT("suggested_post_approval_failed"),
    SC_STR_INIT("suggested_post_declined"),
    SC_STR_INIT("suggested_post_paid"),
    SC_STR_INIT("suggested_post_refunded")
};

/* Content without text or caption: the text in a nested member. */
static const struct {
    sc_str_t holder;
    sc_str_t name;
} sc_telegram_words[] = {
    { SC_STR_INIT("venue"), SC_STR_INIT("title") },
    { SC_STR_INIT("contact"), SC_STR_INIT("first_name") },
    { SC_STR_INIT("poll"), SC_STR_INIT("question") },
    { SC_STR_INIT("checklist"), SC_STR_INIT("title") },
    { SC_STR_INIT("web_app_data"), SC_STR_INIT("data") }
};

#define SC_TELEGRAM_WORDS                                                     \
    (sizeof(sc_telegram_words) / sizeof(sc_telegram_words[0]))


sc_str_t
sc_telegram_id(const sc_telegram_t *event, const char *name)
{
    return sc_callback_id(event->callback, event->value,
                          sc_str_from_cstring(name));
}


static bool
sc_telegram_chat_is(const sc_telegram_t *event, const char *type)
{
    return sc_json_string_is(event->callback->json,
                             sc_json_member(event->callback->json,
                                            event->chat, "type"),
                             sc_str_from_cstring(type));
}


static bool
sc_telegram_is_group(const sc_telegram_t *event)
{
    return sc_telegram_chat_is(event, "group")
           || sc_telegram_chat_is(event, "supergroup");
}


sc_str_t
sc_telegram_object(const sc_telegram_t *event, sc_str_t chat,
    sc_str_t message)
{
    if (chat.len == 0 || message.len == 0) {
        return SC_STR_NULL;
    }

    return sc_kit_join(event->callback, chat, SC_STR(":"), message);
}


sc_str_t
sc_telegram_message_id(const sc_telegram_t *event,
    const sc_json_token_t *message)
{
    sc_str_t       id, ephemeral;
    sc_callback_t *callback;

    callback = event->callback;
    id = sc_callback_id(callback, message, SC_STR("message_id"));
    ephemeral = sc_callback_id(callback, message,
                               SC_STR("ephemeral_message_id"));

    return ephemeral.len == 0 ? id
           : sc_kit_join(callback, SC_STR("ephemeral:"), ephemeral);
}


/*
 * The same chat id is a different chat in each business connection, and where a
 * guest bot was asked.
 */
static sc_str_t
sc_telegram_thread(const sc_telegram_t *event)
{
    sc_str_t colon;

    colon = SC_STR(":");

    return sc_kit_join(event->callback,
                       event->guest ? SC_STR("guest:") : SC_STR_NULL,
                       event->business,
                       event->business.len == 0 ? SC_STR_NULL : colon,
                       event->chat_id,
                       event->topic.len == 0 ? SC_STR_NULL : colon,
                       event->topic);
}


static sc_str_t
sc_telegram_parent(const sc_telegram_t *event)
{
    sc_callback_t         *callback;
    const sc_json_token_t *outside;

    callback = event->callback;

    if (event->reply != NULL) {
        return sc_telegram_object(event, event->chat_id,
                                  sc_telegram_message_id(event,
                                                         event->reply));
    }

    outside = sc_kit_object(callback, event->value, SC_STR("external_reply"));

    return sc_telegram_object(event,
                              sc_callback_id(callback,
                                             sc_json_member(callback->json,
                                                            outside, "chat"),
                                             SC_STR("id")),
                              sc_callback_id(callback, outside,
                                             SC_STR("message_id")));
}


static sc_str_t
sc_telegram_url(const sc_telegram_t *event)
{
    sc_str_t base, name, slash, topic;

    if (sc_telegram_chat_is(event, "private") || event->business.len != 0
        || event->direct != NULL
        || sc_telegram_id(event, "ephemeral_message_id").len != 0)
    {
        return SC_STR_NULL;
    }

    slash = SC_STR("/");
    topic = SC_STR_NULL;
    name = sc_callback_text(event->callback, event->chat, SC_STR("username"));

    if (name.len != 0) {
        base = SC_STR("https://t.me/");
        topic = event->topic;

    } else if (sc_str_starts_with(event->chat_id,
                                  SC_STR(SC_TELEGRAM_CHANNEL_PREFIX)))
    {
        base = SC_STR("https://t.me/c/");
        name = sc_str_from(event->chat_id,
                           sizeof(SC_TELEGRAM_CHANNEL_PREFIX) - 1);

    } else {
        return SC_STR_NULL;
    }

    return sc_kit_join(event->callback, base, name, slash, topic,
                       topic.len == 0 ? SC_STR_NULL : slash,
                       sc_telegram_id(event, "message_id"));
}


/* A chat is named by its title, a person by first and last name. */
void
sc_telegram_set_author(const sc_telegram_t *event, sc_mention_t *mention,
    const sc_json_token_t *author)
{
    sc_str_t       first, last;
    sc_callback_t *callback;

    callback = event->callback;

    first = sc_callback_text(callback, author, SC_STR("first_name"));
    last = sc_callback_text(callback, author, SC_STR("last_name"));

    mention->author.id = sc_callback_id(callback, author, SC_STR("id"));
    mention->author.handle = sc_callback_text(callback, author,
                                              SC_STR("username"));
    mention->author.name = first;

    if (first.len != 0 && last.len != 0) {
        mention->author.name = sc_kit_join(callback, first, SC_STR(" "),
                                           last);

    } else if (first.len == 0) {
        mention->author.name = sc_kit_either(last,
                                   sc_callback_text(callback, author,
                                                    SC_STR("title")));
    }

    mention->lang = sc_callback_text(callback, author,
                                     SC_STR("language_code"));
}


/* Sizes are ascending: the last one is the full picture. */
static void
sc_telegram_add_photo(const sc_telegram_t *event, sc_mention_t *mention)
{
    sc_callback_t         *callback;
    const sc_json_token_t *sizes, *size, *largest;

    callback = event->callback;
    sizes = sc_json_member(callback->json, event->value, "photo");
    largest = NULL;

    if (!sc_json_is(sizes, SC_JSON_ARRAY)) {
        return;
    }

    for (size = sc_json_next(callback->json, sizes, NULL, NULL);
         size != NULL;
         size = sc_json_next(callback->json, sizes, size, NULL))
    {
        largest = size;
    }

    if (largest != NULL) {
        sc_callback_add_media(callback, mention, SC_STR("photo"), SC_STR_NULL,
                              sc_callback_text(callback, largest,
                                               SC_STR("file_id")));
    }
}


/* What somebody sent other than text of their own. */
static void
sc_telegram_add_told(const sc_telegram_t *event, sc_mention_t *mention)
{
    size_t                 i;
    sc_callback_t         *callback;
    const sc_json_token_t *contact;

    callback = event->callback;

    for (i = 0; i < SC_TELEGRAM_WORDS && mention->text.len == 0; i++) {
        mention->text = sc_callback_text(callback,
                            sc_kit_object(callback, event->value,
                                          sc_telegram_words[i].holder),
                            sc_telegram_words[i].name);
    }

    if (mention->text.len == 0) {
        mention->text = sc_telegram_rich_text(callback,
                            sc_json_member(callback->json, event->value,
                                           "rich_message"));
    }

    contact = sc_kit_object(callback, event->value, SC_STR("contact"));

    if (contact != NULL) {
        sc_callback_add_media(callback, mention, SC_STR("contact"),
                              SC_STR_NULL,
                              sc_callback_id(callback, contact,
                                             SC_STR("phone_number")));
    }

    /* A venue also has its location next to it. */
    (void) sc_kit_add_place(callback, mention,
                            sc_kit_object(callback, event->value,
                                          SC_STR("location")),
                            SC_STR("latitude"), SC_STR("longitude"));
}


static void
sc_telegram_add_media(const sc_telegram_t *event, sc_mention_t *mention)
{
    size_t                 i;
    const sc_json_token_t *file;

    sc_telegram_add_photo(event, mention);

    for (i = 0;
         i < sizeof(sc_telegram_files) / sizeof(sc_telegram_files[0]);
         i++)
    {
        file = sc_kit_object(event->callback, event->value,
                             sc_telegram_files[i]);

        if (file != NULL) {
            sc_callback_add_media(event->callback, mention,
                                  sc_telegram_files[i], SC_STR_NULL,
                                  sc_callback_text(event->callback, file,
                                                   SC_STR("file_id")));
        }
    }
}


/* The person who writes to a channel; empty: not known, or another chat. */
static sc_str_t
sc_telegram_asker(const sc_telegram_t *event)
{
    return sc_callback_id(event->callback,
                          sc_kit_object(event->callback, event->direct,
                                        SC_STR("user")), SC_STR("id"));
}


/*
 * Sets direction and automatic.  In a business connection the customer is the
 * one whose id is the chat's, in a channel's direct messages the one whose
 * topic it is; in a group a message from the chat itself is from an anonymous
 * administrator.
 */
static void
sc_telegram_set_direction(const sc_telegram_t *event, sc_mention_t *mention)
{
    bool           own, bot;
    sc_str_t       asker;
    sc_json_doc_t *json;

    json = event->callback->json;
    asker = sc_telegram_asker(event);
    bot = event->sender_chat == NULL
          && sc_json_is_true(sc_json_member(json, event->from, "is_bot"));

    if (event->business.len != 0) {
        own = !sc_str_eq(mention->author.id, event->chat_id);
        bot = sc_json_member(json, event->value, "sender_business_bot")
                  != NULL
              || sc_json_is_true(sc_json_member(json, event->value,
                                                "is_from_offline"));

    } else if (asker.len != 0) {
        own = !sc_str_eq(mention->author.id, asker);
        mention->recipient = own ? asker : SC_STR_NULL;

    } else {
        own = event->post || bot
              || (event->sender_chat != NULL
                  && sc_str_eq(mention->author.id, event->chat_id))
              || sc_json_is_true(sc_json_member(json, event->value,
                                                "is_automatic_forward"))
              || sc_source_is_own(event->callback->source, SC_STR_NULL,
                                  mention->author.id);
    }

    mention->direction = own ? SC_DIRECTION_OUT
                         : mention->author.id.len == 0 ? SC_DIRECTION_UNKNOWN
                                                       : SC_DIRECTION_IN;
    mention->automatic = own && bot;
}


void
sc_telegram_set_wait(const sc_telegram_t *event, sc_mention_t *mention)
{
    sc_str_t               person;
    sc_callback_t         *callback;
    const sc_json_token_t *asked;

    callback = event->callback;
    person = mention->author.id;

    if (event->post) {
        sc_kit_set_clock(callback, mention, SC_STR_NULL);
        return;
    }

    if (!sc_telegram_is_group(event) || event->direct != NULL) {
        sc_kit_set_clock(callback, mention, mention->thread);
        return;
    }

    if (mention->direction == SC_DIRECTION_OUT) {
        asked = sc_kit_object(callback, event->reply, SC_STR("sender_chat"));

        if (asked == NULL) {
            asked = sc_json_member(callback->json, event->reply, "from");
        }

        person = sc_callback_id(callback, asked, SC_STR("id"));
        mention->recipient = person;
    }

    if (person.len == 0 && mention->direction == SC_DIRECTION_OUT) {
        sc_kit_set_clock(callback, mention, SC_STR_NULL);
        return;
    }

    sc_kit_set_clock(callback, mention,
                     sc_kit_join(callback, mention->thread, SC_STR(":"),
                                 person));
}


void
sc_telegram_set_common(const sc_telegram_t *event, sc_mention_t *mention)
{
    sc_callback_t *callback;

    callback = event->callback;

    mention->kind = event->post ? SC_KIND_POST : SC_KIND_MESSAGE;
    mention->event = event->update;
    mention->thread = sc_telegram_thread(event);
    mention->is_public = sc_telegram_chat_is(event, "private")
                         || sc_telegram_id(event,
                                           "ephemeral_message_id").len != 0
                         || sc_callback_text(callback, event->chat,
                                             SC_STR("username")).len == 0
                         ? SC_TRI_NO : SC_TRI_YES;
}


static bool
sc_telegram_is_service(const sc_telegram_t *event)
{
    sc_str_t               text;
    sc_json_doc_t         *json;
    const sc_json_token_t *member, *name;

    json = event->callback->json;

    for (member = sc_json_next(json, event->value, NULL, &name);
         member != NULL;
         member = sc_json_next(json, event->value, member, &name))
    {
        text = sc_str_make(json->text.data + name->start, name->length);

        if (sc_kit_is_one_of(sc_telegram_service, text)) {
            return true;
        }
    }

    return false;
}


/*
 * Even where there are no topics an answer has message_thread_id: the id of the
 * message that started the chain of answers.
 */
static sc_str_t
sc_telegram_topic(const sc_telegram_t *event)
{
    if (event->direct != NULL) {
        return sc_callback_id(event->callback, event->direct,
                              SC_STR("topic_id"));
    }

    return sc_json_is_true(sc_json_member(event->callback->json, event->value,
                                          "is_topic_message"))
           ? sc_telegram_id(event, "message_thread_id") : SC_STR_NULL;
}


bool
sc_telegram_open(sc_telegram_t *event)
{
    sc_callback_t *callback;

    callback = event->callback;

    event->chat = sc_kit_object(callback, event->value, SC_STR("chat"));
    event->from = sc_kit_object(callback, event->value, SC_STR("from"));
    event->sender_chat = sc_kit_object(callback, event->value,
                                       SC_STR("sender_chat"));
    event->reply = sc_kit_object(callback, event->value,
                                 SC_STR("reply_to_message"));
    event->direct = sc_kit_object(callback, event->value,
                                  SC_STR("direct_messages_topic"));
    event->chat_id = sc_callback_id(callback, event->chat, SC_STR("id"));
    event->topic = sc_telegram_topic(event);
    event->business = sc_callback_text(callback, event->value,
                                       SC_STR("business_connection_id"));
    event->guest = sc_telegram_id(event, "guest_query_id").len != 0;

    /* In a topic, non-replies show as replies to the topic's first message. */
    if (event->reply != NULL && event->topic.len != 0
        && sc_str_eq(sc_callback_id(callback, event->reply,
                                    SC_STR("message_id")), event->topic))
    {
        event->reply = NULL;
    }

    return event->chat_id.len != 0;
}


sc_parse_result_t
sc_telegram_message(sc_telegram_t *event)
{
    sc_str_t       id;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = event->callback;
    id = sc_telegram_message_id(event, event->value);

    if (!sc_telegram_open(event) || id.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    /* 0: scheduled, not sent yet. */
    if (sc_str_eq(id, SC_STR("0")) || sc_telegram_is_service(event)) {
        return SC_PARSE_OK;
    }

    mention = sc_kit_add(callback, callback->request->body);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    sc_telegram_set_common(event, mention);
    sc_telegram_set_author(event, mention, event->sender_chat != NULL
                                           ? event->sender_chat
                                           : event->from);

    mention->action = event->edited ? SC_ACTION_EDIT : SC_ACTION_CREATE;
    mention->object = sc_telegram_object(event, event->chat_id, id);
    mention->parent = sc_telegram_parent(event);
    mention->url = sc_telegram_url(event);
    mention->text = sc_kit_either(
                        sc_callback_text(callback, event->value,
                                         SC_STR("text")),
                        sc_callback_text(callback, event->value,
                                         SC_STR("caption")));
    mention->edited_ms = sc_kit_time(callback, event->value,
                                     SC_STR("edit_date"), 1000);
    sc_kit_set_created(callback, mention,
                       sc_kit_time(callback, event->value, SC_STR("date"),
                                   1000));
    sc_telegram_add_media(event, mention);
    sc_telegram_add_told(event, mention);
    sc_callback_add_extra(event->callback, mention, "media_group",
                          sc_telegram_id(event, "media_group_id"));
    sc_telegram_set_direction(event, mention);

    if (event->business.len != 0 && mention->direction == SC_DIRECTION_OUT) {
        mention->recipient = event->chat_id;
    }

    sc_telegram_set_wait(event, mention);

    return SC_PARSE_OK;
}
