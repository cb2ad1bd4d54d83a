/*
 * topic_reference.h: which keys a text has, told slowly and in another way
 * than sc_topic_words.c: character by character, with whole names instead of
 * hashes.  And a language without a dictionary, for whoever tests topics.
 */

#ifndef TOPIC_REFERENCE_H
#define TOPIC_REFERENCE_H

#include "sc_topic_words.h"


typedef struct {
    size_t        len;
    unsigned char bytes[SC_TOPIC_MAX_NAME];
} reference_name_t;

typedef struct {
    size_t           count;
    reference_name_t names[SC_TOPIC_MAX_KEYS];
} reference_names_t;


/* Ready, with a secret of zeros; the same one each time. */
const sc_topic_language_t *plain_language(void);

/* The keys of a text, added; `left_out` and `dictionary` may be NULL. */
void reference_keys_add(reference_names_t *keys,
    const sc_topic_dictionary_t *dictionary,
    const reference_names_t *left_out, sc_str_t text);

/* The words of a name, added: at most SC_TOPIC_MAX_NAMES. */
void reference_names_add(reference_names_t *names, sc_str_t text);

/* A stop word of the plain language. */
bool reference_is_stop_word(sc_str_t word);

#endif /* TOPIC_REFERENCE_H */
