/*
 * sc_websub.h: shared by WebSub's files.  Not to be included elsewhere.
 */

#ifndef SC_WEBSUB_H
#define SC_WEBSUB_H

#include "sc_kit.h"


typedef struct {
    sc_kit_names_t     topics;
    sc_kit_names_t     unsubscribe;
    bool               algorithms_given;
    bool               refuse;
    sc_verify_scheme_t scheme;
} sc_websub_options_t;


/* An Atom document -> mentions. */
sc_parse_result_t sc_websub_parse(sc_callback_t *callback);

#endif /* SC_WEBSUB_H */
