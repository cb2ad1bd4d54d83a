/*
 * sc_facebook.h: the words of a Page's callbacks: what each item, verb and
 * field means for customer care.
 */

#ifndef SC_FACEBOOK_H
#define SC_FACEBOOK_H

#include "sc_meta.h"


typedef enum {
    SC_FACEBOOK_NOISE = 0,
    SC_FACEBOOK_COMMENT,
    SC_FACEBOOK_POST,
    SC_FACEBOOK_REACTION,
    SC_FACEBOOK_RATING,
    SC_FACEBOOK_UNKNOWN
} sc_facebook_class_t;


/* What `item` is. */
sc_facebook_class_t sc_facebook_class(sc_str_t item);

/* What `verb` does; false for verbs that do not affect anybody's words. */
bool sc_facebook_action(sc_str_t verb, sc_action_t *action);

/* hide, mute, block …: moderation, not something anybody said. */
bool sc_facebook_is_moderation(sc_str_t verb);

/* A known field that never carries anybody's words. */
bool sc_facebook_is_setting(sc_str_t field);

#endif /* SC_FACEBOOK_H */
