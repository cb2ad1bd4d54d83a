/*
 * sc_whatsapp.h: what the files of WhatsApp share: one `value` of a change and
 * shorthands for its members.
 */

#ifndef SC_WHATSAPP_H
#define SC_WHATSAPP_H

#include "sc_meta.h"


/* One `value`. */
typedef struct {
    sc_meta_entry_t        entry;      /* account = phone number id */
    const sc_json_token_t *value;
    const sc_json_token_t *contacts;   /* looked up once for all messages */
    sc_mention_t          *before;     /* last mention before this value's */
} sc_whatsapp_t;


/* sc_whatsapp.c */

const sc_json_token_t *sc_whatsapp_member(const sc_whatsapp_t *value,
    const sc_json_token_t *object, const char *name);
sc_str_t sc_whatsapp_id(const sc_whatsapp_t *value,
    const sc_json_token_t *object, const char *name);
sc_str_t sc_whatsapp_text(const sc_whatsapp_t *value,
    const sc_json_token_t *object, const char *name);

/* The member `number`, else `user`: people without a number have that id. */
sc_str_t sc_whatsapp_person(const sc_whatsapp_t *value,
    const sc_json_token_t *object, const char *number, const char *user);


/*
 * Each handles one element, an object, of the list after which it is named.
 */

/* sc_whatsapp_message.c */

/* The contact of a person, by number or by user id; NULL: none. */
const sc_json_token_t *sc_whatsapp_contact(const sc_whatsapp_t *value,
    sc_str_t person);

/*
 * What the conversation with a person goes by: the member `user`, else the user
 * id of the contact with the member `number`, else that.
 */
sc_str_t sc_whatsapp_thread(const sc_whatsapp_t *value,
    const sc_json_token_t *object, const char *number, const char *user);

void sc_whatsapp_incoming(const sc_whatsapp_t *value,
    const sc_json_token_t *element);
void sc_whatsapp_echo(const sc_whatsapp_t *value,
    const sc_json_token_t *element);

/* sc_whatsapp_status.c */

/* The fact that this message was sent; see sc_mention_t.proof. */
sc_str_t sc_whatsapp_proof(const sc_whatsapp_t *value, sc_str_t message);

void sc_whatsapp_status(const sc_whatsapp_t *value,
    const sc_json_token_t *element);
void sc_whatsapp_trouble(const sc_whatsapp_t *value,
    const sc_json_token_t *element);


/* sc_whatsapp_call.c */
void sc_whatsapp_call(const sc_whatsapp_t *value,
    const sc_json_token_t *element);

/* A status whose `type` is `call`. */
void sc_whatsapp_call_status(const sc_whatsapp_t *value,
    const sc_json_token_t *element);

#endif /* SC_WHATSAPP_H */
