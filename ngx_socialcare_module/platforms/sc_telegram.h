/*
 * sc_telegram.h: one update, as shared by Telegram's files.  Not to be included
 * elsewhere.
 */

#ifndef SC_TELEGRAM_H
#define SC_TELEGRAM_H

#include "sc_kit.h"


typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *value;      /* the message */
    const sc_json_token_t *chat;
    const sc_json_token_t *from;
    const sc_json_token_t *sender_chat;
    const sc_json_token_t *reply;      /* reply_to_message, if it is one */
    const sc_json_token_t *direct;     /* topic of a channel's direct messages:
                                          one person's conversation */
    sc_str_t               update;     /* update_id */
    sc_str_t               chat_id;
    sc_str_t               topic;
    sc_str_t               business;   /* connection id; empty: none */
    bool                   guest;      /* asked in a chat it is not in */
    bool                   edited;
    bool                   post;       /* of the brand's channel */
} sc_telegram_t;


/* A member of event->value as id. */
sc_str_t sc_telegram_id(const sc_telegram_t *event, const char *name);

/* Of the message object; empty: it names none.  Only one person and the bot see
   an ephemeral message, which has an id of its own: ephemeral:ID. */
sc_str_t sc_telegram_message_id(const sc_telegram_t *event,
    const sc_json_token_t *message);

/* chat.id:message_id, which edits and answers use to name a message. */
sc_str_t sc_telegram_object(const sc_telegram_t *event, sc_str_t chat,
    sc_str_t message);

/* Reads chat, sender and the message replied to; false: one is missing. */
bool sc_telegram_open(sc_telegram_t *event);

/* Sets what every mention has: kind, ids, conversation, who can see it. */
void sc_telegram_set_common(const sc_telegram_t *event,
    sc_mention_t *mention);

void sc_telegram_set_author(const sc_telegram_t *event,
    sc_mention_t *mention, const sc_json_token_t *author);

void sc_telegram_set_wait(const sc_telegram_t *event,
    sc_mention_t *mention);

/* Handles every update with a new or edited message. */
sc_parse_result_t sc_telegram_message(sc_telegram_t *event);

/*
 * The words of a rich message, a line for each block; in the arena.  Files and
 * formatting are left out.
 */
sc_str_t sc_telegram_rich_text(sc_callback_t *callback,
    const sc_json_token_t *message);

#endif /* SC_TELEGRAM_H */
