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


/* sc_sinch_call.c: a callback of the Voice API, whose `event` says which. */
sc_parse_result_t sc_sinch_call(sc_callback_t *callback, sc_str_t event);

#endif /* SC_SINCH_H */
