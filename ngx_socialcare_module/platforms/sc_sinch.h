/*
 * sc_sinch.h: what Sinch's files share; see sc_sinch.c.
 */

#ifndef SC_SINCH_H
#define SC_SINCH_H

#include "sc_kit.h"


typedef struct {
    sc_verify_scheme_t voice;          /* signature.from NOWHERE: no app_key */
    sc_str_t           svaml;
    bool               numbers;
} sc_sinch_options_t;


/* One callback of the Conversation API. */
typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *root;
    const sc_json_token_t *item;       /* message, notification or report */
    sc_str_t               id;
} sc_sinch_t;


/* A member as text, also if it is a number. */
sc_str_t sc_sinch_text(const sc_sinch_t *event,
    const sc_json_token_t *object, const char *name);

/* sc_sinch_content.c: words, files and what it answers. */
void sc_sinch_content(const sc_sinch_t *event, sc_mention_t *mention,
    const sc_json_token_t *content);

/* sc_sinch_call.c: a callback of the Voice API, whose `event` says which. */
sc_parse_result_t sc_sinch_call(sc_callback_t *callback, sc_str_t event);

#endif /* SC_SINCH_H */
