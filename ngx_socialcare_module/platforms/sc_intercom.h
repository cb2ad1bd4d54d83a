/*
 * sc_intercom.h: one notification, as shared by Intercom's files; see
 * sc_intercom.c.  Not to be included elsewhere.
 */

#ifndef SC_INTERCOM_H
#define SC_INTERCOM_H

#include "sc_kit.h"


typedef struct {
    bool plain;
} sc_intercom_options_t;


typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *root;
    const sc_json_token_t *item;
    const sc_json_token_t *message;    /* source or part: what is new */
    sc_str_t               id;
    sc_str_t               app;
    sc_str_t               conversation;
} sc_intercom_t;


/* The list of parts, of a conversation or of a ticket. */
const sc_json_token_t *sc_intercom_parts(sc_intercom_t *event);

/* A member of event->message as plain text. */
sc_str_t sc_intercom_text(sc_intercom_t *event, sc_str_t name);

/* The contact that the conversation is with. */
sc_str_t sc_intercom_contact(sc_intercom_t *event);

/* A new mention of the conversation; NULL at the limits. */
sc_mention_t *sc_intercom_add(sc_intercom_t *event, sc_kind_t kind,
    sc_str_t object);

/* From the holder's time, else the notification's. */
void sc_intercom_set_created(sc_intercom_t *event, sc_mention_t *mention,
    const sc_json_token_t *holder);


/* sc_intercom_ticket.c: a new ticket. */
sc_parse_result_t sc_intercom_ticket(sc_intercom_t *event);

#endif /* SC_INTERCOM_H */
