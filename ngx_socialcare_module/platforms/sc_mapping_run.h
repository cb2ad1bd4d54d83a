/*
 * sc_mapping_run.h: the state of one mapping run; shared by the two files that
 * do it.
 */

#ifndef SC_MAPPING_RUN_H
#define SC_MAPPING_RUN_H

#include "sc_mapping.h"


/* Most fields that a form or a query string may have. */
#define SC_MAPPING_MAX_PAIRS  1024


typedef struct {
    const sc_mapping_t    *mapping;
    sc_callback_t         *callback;

    sc_pair_t             *form;       /* or the query string, as format says */
    size_t                 form_count;
    sc_pair_t             *query;      /* read on first use */
    size_t                 query_count;
    bool                   query_is_read;

    /* The root, and the current element of each list. */
    const sc_json_token_t *elements[SC_MAPPING_MAX_STARS + 1];
    size_t                 index;      /* of the record */

    bool                   misshaped;  /* a container where a value belongs */
    bool                   repeated;   /* a name that was read is repeated */
} sc_mapping_run_t;


/*
 * The value of a field, mapped; false and empty when no choice has one.
 * *choice, where given, is the one that did.
 */
bool sc_mapping_value(sc_mapping_run_t *run, size_t field, sc_str_t *value,
    const sc_choice_t **choice);

/* Adds the media that the mapping finds. */
void sc_mapping_add_media(sc_mapping_run_t *run, sc_mention_t *mention);

#endif /* SC_MAPPING_RUN_H */
