/*
 * sc_twilio.h: what Twilio's files share; see sc_twilio.c.
 */

#ifndef SC_TWILIO_H
#define SC_TWILIO_H

#include "sc_kit.h"
#include "sc_params.h"


typedef struct {
    sc_str_t call;
    sc_str_t message;
    sc_str_t after;
    bool     staff;                    /* identities=staff */
} sc_twilio_options_t;


/* One request. */
typedef struct {
    sc_callback_t             *callback;
    const sc_twilio_options_t *options;
    sc_params_t                params;
    sc_str_t                   raw;
    sc_str_t                   from;
    sc_str_t                   to;
} sc_twilio_t;


/* Answers 200 with this TwiML, or with an empty response if `xml` is empty. */
void sc_twilio_answer_xml(const sc_twilio_t *event, sc_str_t xml);

void sc_twilio_dead(const sc_twilio_t *event, sc_dead_reason_t reason);

/* A new mention; NULL at the limits.  A brand-side one answers nobody until it
   has a clock key. */
sc_mention_t *sc_twilio_add(const sc_twilio_t *event, sc_kind_t kind,
    sc_channel_t channel, sc_direction_t direction);

/* Sets account, author, recipient and thread. */
void sc_twilio_set_parties(const sc_twilio_t *event, sc_mention_t *mention,
    sc_str_t scheme, sc_str_t brand, sc_str_t customer);

void sc_twilio_set_clock(const sc_twilio_t *event, sc_mention_t *mention,
    sc_str_t customer);

/* Where the number starts in whatsapp:+44…; 0 for a plain one. */
size_t sc_twilio_prefix(sc_str_t address);

/* True for one of the configured accounts, with or without whatsapp:. */
bool sc_twilio_is_own(const sc_twilio_t *event, sc_str_t address);

/* The caller hides the number. */
bool sc_twilio_is_withheld(sc_str_t address);

/* sc_twilio_call.c */

/*
 * About the machinery of a call, of which other requests tell what matters: a
 * stream, live transcription, a conference, detection of answering machines.
 */
bool sc_twilio_is_aside(const sc_twilio_t *event);

void sc_twilio_any_call(const sc_twilio_t *event, sc_str_t id);
void sc_twilio_recording(const sc_twilio_t *event, sc_str_t id);
void sc_twilio_transcription(const sc_twilio_t *event, sc_str_t id);


/* sc_twilio_conversation.c */

bool sc_twilio_is_conversation(const sc_twilio_t *event);
void sc_twilio_conversation(const sc_twilio_t *event);

#endif /* SC_TWILIO_H */
