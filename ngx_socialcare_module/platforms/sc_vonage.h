/*
 * sc_vonage.h: what Vonage's files share; see sc_vonage.c.
 */

#ifndef SC_VONAGE_H
#define SC_VONAGE_H

#include "sc_kit.h"
#include "sc_params.h"


typedef struct {
    const sc_verify_scheme_t *sig;
    sc_str_t                  ncco;
} sc_vonage_options_t;


typedef struct {
    sc_callback_t         *callback;
    sc_params_t            params;
    const sc_json_token_t *root;       /* NULL: a form or a GET */
    sc_str_t               raw;
    sc_str_t               channel;
    sc_str_t               from;
    sc_str_t               to;
} sc_vonage_t;


/* Member of an object of the body. */
sc_str_t sc_vonage_inner(const sc_vonage_t *event, const char *object,
    const char *name);

/* A new mention; NULL at the limits.  A brand-side one answers nobody until it
   has a clock key. */
sc_mention_t *sc_vonage_add(const sc_vonage_t *event, sc_kind_t kind,
    sc_channel_t channel, sc_direction_t direction);

/* Sets account, author, recipient and thread. */
void sc_vonage_set_parties(const sc_vonage_t *event, sc_mention_t *mention,
    sc_str_t scheme, sc_str_t brand, sc_str_t customer);

void sc_vonage_set_clock(const sc_vonage_t *event, sc_mention_t *mention,
    sc_str_t customer);

/* sc_vonage_call.c */
void sc_vonage_call(const sc_vonage_t *event, sc_str_t id);
void sc_vonage_recording(const sc_vonage_t *event);

#endif /* SC_VONAGE_H */
