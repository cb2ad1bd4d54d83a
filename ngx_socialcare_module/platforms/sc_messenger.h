/*
 * sc_messenger.h: what the files of private messages share: one element of
 * `messaging` or `standby`.  Not to be included elsewhere.
 */

#ifndef SC_MESSENGER_H
#define SC_MESSENGER_H

#include "sc_meta.h"


/* One element, with what its handlers have in common. */
typedef struct {
    const sc_meta_entry_t *entry;
    const sc_platform_t   *platform;
    const sc_json_token_t *element;
    const sc_json_token_t *event;      /* the member that says what it is */
    sc_str_t               raw;
    sc_str_t               sender;
    sc_str_t               customer;
    sc_str_t               time_text;
    int64_t                time_ms;
    sc_direction_t         direction;
} sc_dm_t;


/* sc_messenger.c */

/* A new private mention with both sides and its time; NULL: too large. */
sc_mention_t *sc_dm_add(const sc_dm_t *dm, sc_kind_t kind,
    sc_action_t action);

void sc_dm_add_dead(const sc_dm_t *dm, sc_dead_reason_t reason);


/* sc_messenger_feedback.c: handlers of `response_feedback` (a thumb up or
 * down) and `messaging_feedback` (a survey). */

void sc_dm_thumb(const sc_dm_t *dm);
void sc_dm_survey(const sc_dm_t *dm);

#endif /* SC_MESSENGER_H */
