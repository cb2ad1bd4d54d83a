/*
 * sc_topic_words.h: what a text is about, as keys: hashtags, words and pairs
 * of neighbouring words.
 *
 * Keys are meant to be shown, so that nothing personal may become one: a piece
 * of text with an @ in it (handle, e-mail address), a URL or a domain, a
 * marked-up mention (<@…>), what is all digits or has more than three of them
 * (telephone, order, account numbers), and the words of the author's own name
 * are left out.  Who else is named in a text cannot be told from here; for
 * that a topic is shown only when several people use it (sc_topics.h).
 *
 * Letters are those of all scripts, lower-cased where the script has case
 * (Latin, Greek, Cyrillic, Armenian).  Han and kana, which are written
 * without spaces, give pairs of characters.
 */

#ifndef SC_TOPIC_WORDS_H
#define SC_TOPIC_WORDS_H

#include "sc_topic_keys.h"


/* Adds the words of a name or handle to what is left out. */
void sc_topic_names_add(sc_topic_names_t *names,
    const sc_topic_language_t *language, sc_str_t text);

/*
 * Adds the keys of a text, each once; beyond SC_TOPIC_MAX_KEYS none, and none
 * where there is no room for another text: two always have it.  `names` may
 * be NULL.
 */
void sc_topic_keys_add(sc_topic_keys_t *keys,
    const sc_topic_language_t *language, const sc_topic_names_t *names,
    sc_str_t text);

#endif /* SC_TOPIC_WORDS_H */
