/*
 * sc_telegram.c: Telegram bots and Telegram Business: one Update per POST,
 * authenticated only by the token of setWebhook.
 *
 * The payload names no bot: the first socialcare_account is its id, the others
 * are staff.  A bot gets no updates of its own messages: the reply feed ends
 * those waits.  Wait key: telegram:BOT:CONVERSATION as in `thread`; in groups,
 * where many people ask in one conversation, with :PERSON appended.  For the
 * brand's answer that is the person whose message it replies to.
 */

#include "sc_registry.h"
#include "sc_telegram.h"


typedef sc_parse_result_t (*sc_telegram_fn)(sc_telegram_t *event);


static const sc_verify_scheme_t sc_telegram_scheme = {
    .kind = SC_SCHEME_TOKEN,
    .signature = { SC_FROM_HEADER,
                   SC_STR_INIT("X-Telegram-Bot-Api-Secret-Token") }
};


/* Updates that are not mentions. */
static const sc_str_t sc_telegram_ignored[] = {
    SC_STR_INIT("inline_query"), SC_STR_INIT("chosen_inline_result"),
    SC_STR_INIT("shipping_query"), SC_STR_INIT("pre_checkout_query"),
    SC_STR_INIT("purchased_paid_media"), SC_STR_INIT("poll"),
    SC_STR_INIT("poll_answer"), SC_STR_INIT("my_chat_member"),
    SC_STR_INIT("chat_member"), SC_STR_INIT("chat_join_request"),
    SC_STR_INIT("chat_boost"), SC_STR_INIT("removed_chat_boost"),
    SC_STR_INIT("message_reaction"), SC_STR_INIT("message_reaction_count"),
    SC_STR_INIT("managed_bot"), SC_STR_INIT("subscription")
};


/* A pressed button: `message` is the one that the button belongs to. */
static sc_parse_result_t
sc_telegram_button(sc_telegram_t *event)
{
    sc_str_t               id, data;
    sc_mention_t          *mention;
    sc_callback_t         *callback;
    const sc_json_token_t *from, *query;

    callback = event->callback;
    query = event->value;

    id = sc_telegram_id(event, "id");
    data = sc_callback_text(callback, query, SC_STR("data"));
    from = sc_kit_object(callback, query, SC_STR("from"));

    event->value = sc_kit_object(callback, query, SC_STR("message"));

    if (id.len == 0 || from == NULL
        || sc_callback_id(callback, from, SC_STR("id")).len == 0)
    {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    /* For a message sent via the bot elsewhere the chat is not named. */
    if (!sc_telegram_open(event)) {
        event->chat_id = sc_callback_id(callback, from, SC_STR("id"));
    }

    mention = sc_kit_add(callback, callback->request->body);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    sc_telegram_set_common(event, mention);
    sc_telegram_set_author(event, mention, from);
    mention->is_public = SC_TRI_NO;
    mention->direction = SC_DIRECTION_IN;
    mention->object = id;
    mention->parent = sc_telegram_object(event, event->chat_id,
                                         sc_telegram_message_id(event,
                                             event->value));
    mention->text = data;
    sc_kit_set_created(callback, mention, -1);
    sc_telegram_set_wait(event, mention);

    return SC_PARSE_OK;
}


/* Telegram does not say who deleted them. */
static sc_parse_result_t
sc_telegram_deleted(sc_telegram_t *event)
{
    sc_str_t               id;
    sc_mention_t          *mention;
    sc_callback_t         *callback;
    const sc_json_token_t *ids, *item;

    callback = event->callback;
    ids = sc_json_get_set(callback->json, event->value,
                          SC_STR("message_ids"));

    if (!sc_telegram_open(event) || ids == NULL) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (!sc_json_is(ids, SC_JSON_ARRAY)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    for (item = sc_json_next(callback->json, ids, NULL, NULL);
         item != NULL && !callback->too_large;
         item = sc_json_next(callback->json, ids, item, NULL))
    {
        if (!sc_json_id(callback->json, item, callback->arena, &id)
            || id.len == 0)
        {
            sc_callback_add_dead(callback, SC_DEAD_SHAPE,
                                 sc_json_raw(callback->json, item));
            continue;
        }

        mention = sc_kit_add(callback, sc_json_raw(callback->json, item));
        if (mention == NULL) {
            break;
        }

        sc_telegram_set_common(event, mention);
        mention->action = SC_ACTION_DELETE;
        mention->direction = SC_DIRECTION_UNKNOWN;
        mention->event = sc_kit_join(callback, event->update, SC_STR("/"), id);
        mention->object = sc_telegram_object(event, event->chat_id, id);
        sc_kit_set_created(callback, mention, -1);
        sc_telegram_set_wait(event, mention);
    }

    return SC_PARSE_OK;
}


/* Only the end of a connection is news: no more messages will come. */
static sc_parse_result_t
sc_telegram_connection(sc_telegram_t *event)
{
    sc_str_t       id;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = event->callback;
    id = sc_telegram_id(event, "id");

    if (id.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (!sc_json_is(sc_json_member(callback->json, event->value,
                                   "is_enabled"), SC_JSON_FALSE))
    {
        return SC_PARSE_OK;
    }

    mention = sc_kit_add_notice(callback, callback->request->body,
                                SC_STR("revoke"));
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->event = event->update;
    mention->object = id;
    sc_kit_set_created(callback, mention,
                       sc_kit_time(callback, event->value, SC_STR("date"),
                                   1000));

    return SC_PARSE_OK;
}


static const struct {
    sc_str_t       name;
    sc_telegram_fn handle;
    bool           edited;
    bool           post;
} sc_telegram_updates[] = {
    { SC_STR_INIT("message"), sc_telegram_message, false, false },
    { SC_STR_INIT("edited_message"), sc_telegram_message, true, false },
    { SC_STR_INIT("channel_post"), sc_telegram_message, false, true },
    { SC_STR_INIT("edited_channel_post"), sc_telegram_message, true, true },
    { SC_STR_INIT("business_message"), sc_telegram_message, false, false },
    { SC_STR_INIT("edited_business_message"), sc_telegram_message, true,
      false },
    { SC_STR_INIT("guest_message"), sc_telegram_message, false, false },
    { SC_STR_INIT("deleted_business_messages"), sc_telegram_deleted, false,
      false },
    { SC_STR_INIT("callback_query"), sc_telegram_button, false, false },
    { SC_STR_INIT("business_connection"), sc_telegram_connection, false,
      false }
};

#define SC_TELEGRAM_UPDATES                                                   \
    (sizeof(sc_telegram_updates) / sizeof(sc_telegram_updates[0]))


/* An update that is not handled: known and ignored, or dead. */
static sc_parse_result_t
sc_telegram_other(sc_callback_t *callback, const sc_json_token_t *root)
{
    size_t i;

    for (i = 0;
         i < sizeof(sc_telegram_ignored) / sizeof(sc_telegram_ignored[0]);
         i++)
    {
        if (sc_json_get(callback->json, root, sc_telegram_ignored[i])
            != NULL)
        {
            return SC_PARSE_OK;
        }
    }

    return sc_kit_die(callback, SC_DEAD_UNKNOWN_OBJECT);
}


static sc_parse_result_t
sc_telegram_parse(sc_callback_t *callback)
{
    size_t                 i;
    sc_telegram_t          event;
    const sc_json_token_t *root;

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    memset(&event, 0, sizeof(event));
    event.callback = callback;
    event.update = sc_callback_id(callback, root, SC_STR("update_id"));

    if (event.update.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    for (i = 0; i < SC_TELEGRAM_UPDATES; i++) {
        event.value = sc_json_get(callback->json, root,
                                  sc_telegram_updates[i].name);

        if (event.value == NULL) {
            continue;
        }

        if (!sc_json_is(event.value, SC_JSON_OBJECT)) {
            return sc_kit_die(callback, SC_DEAD_SHAPE);
        }

        event.edited = sc_telegram_updates[i].edited;
        event.post = sc_telegram_updates[i].post;

        return sc_telegram_updates[i].handle(&event);
    }

    return sc_telegram_other(callback, root);
}


/* The body stays empty: Telegram executes a `method` in the answer. */
const sc_platform_t sc_platform_telegram = {
    .name = SC_STR_INIT("telegram"),
    .channel = SC_CHANNEL_MESSAGING,
    .json = true,
    .scheme = &sc_telegram_scheme,
    .parse = sc_telegram_parse
};
