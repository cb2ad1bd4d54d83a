/*
 * sc_topic_words.h: what a text is about, as keys: hashtags, words and pairs
 * of neighbouring words.
 *
 * Keys are meant to be shown, so nothing personal may become one.  Left out
 * are pieces of text with an @ (handles, e-mail addresses), URLs, domains and
 * marked-up mentions (<@…>), words with more than three digits or of digits
 * only (telephone, order and account numbers), and the words of the author's
 * own name.  Other names in a text cannot be recognised here; that is why a
 * topic is shown only if several people use it (sc_topics.h).
 *
 * Letters are those of all scripts, in lower case where the script has case
 * (Latin, Greek, Cyrillic, Armenian).  Han and kana, which are written
 * without spaces, give pairs of characters.
 */

#ifndef SC_TOPIC_WORDS_H
#define SC_TOPIC_WORDS_H

#include "sc_topic_keys.h"


/* Adds the words of a name or handle, up to SC_TOPIC_MAX_NAMES in all. */
void sc_topic_names_add(sc_topic_names_t *names,
    const sc_topic_language_t *language, sc_str_t text);

/*
 * Adds the keys of a text, each once, up to SC_TOPIC_MAX_KEYS in all; none if
 * keys->text has no room left (there is room for at least two texts).  The
 * words in `names` (or NULL) are left out.
 */
void sc_topic_keys_add(sc_topic_keys_t *keys,
    const sc_topic_language_t *language, const sc_topic_names_t *names,
    sc_str_t text);

#endif /* SC_TOPIC_WORDS_H */
