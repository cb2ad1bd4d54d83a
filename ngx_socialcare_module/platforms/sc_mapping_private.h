/*
 * sc_mapping_private.h: what the files that read a mapping's options share.
 */

#ifndef SC_MAPPING_PRIVATE_H
#define SC_MAPPING_PRIVATE_H

#include "sc_mapping.h"


extern const char sc_mapping_no_memory[];

/* A field's name in the configuration, and its default choices. */
typedef struct {
    sc_str_t name;
    sc_str_t json;
    sc_str_t form;
} sc_field_default_t;

extern const sc_field_default_t sc_field_defaults[SC_MAPPING_FIELDS];


const char *sc_mapping_set_field(sc_mapping_t *mapping, sc_arena_t *arena,
    size_t field, sc_str_t value);

/*
 * The length of the text before the first unescaped character of `stops`;
 * text.len when there is none.
 */
size_t sc_choice_end(sc_str_t text, const char *stops);

/* Appends a zeroed choice to a list; *last moves to the new end. */
sc_choice_t *sc_choice_append(sc_arena_t *arena, sc_choice_t ***last);

const char *sc_choice_read(sc_choice_t *choice, sc_arena_t *arena,
    sc_str_t text);

#endif /* SC_MAPPING_PRIVATE_H */
