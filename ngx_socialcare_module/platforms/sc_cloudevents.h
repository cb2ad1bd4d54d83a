/*
 * sc_cloudevents.h: what the files of the CloudEvents receiver share.
 * Nobody else includes it.
 */

#ifndef SC_CLOUDEVENTS_H
#define SC_CLOUDEVENTS_H

#include "sc_kit.h"
#include "sc_mapping.h"


typedef struct {
    sc_mapping_t   mapping;
    bool           standard;   /* auth=standard-webhooks */
    sc_kit_names_t origins;
    uint64_t       rate;       /* per minute, 0: any */
} sc_cloudevents_options_t;


/* Whether `origin` is on the list of allowed senders, or the list has a *. */
bool sc_cloudevents_is_allowed(const sc_cloudevents_options_t *options,
    sc_str_t origin);

const char *sc_cloudevents_set_option(void *data, sc_arena_t *arena,
    sc_str_t name, sc_str_t value);
const char *sc_cloudevents_finish_options(void *data, sc_arena_t *arena);

/* OPTIONS: may this sender deliver, and how often. */
void sc_cloudevents_handshake(sc_callback_t *callback);


/* sc_cloudevents_value.c */

/*
 * A header's text -> the attribute's value; sets *problem to what is wrong with
 * it, else leaves it.  False: no memory.
 */
bool sc_cloudevents_decode(sc_callback_t *callback, sc_str_t header,
    sc_str_t *value, sc_dead_reason_t *problem);

#endif /* SC_CLOUDEVENTS_H */
