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

#include "sc_topic_language.h"


#define SC_TOPIC_MAX_KEYS   32           /* of one mention */
#define SC_TOPIC_MAX_TEXT   1024         /* bytes read; at its end nothing is
                                            cut in two */
#define SC_TOPIC_MAX_NAMES  16

/*
 * What one text leaves at most: three of its bytes or more make a word, which
 * takes one more; pairs of signs stay when they are keys.  The last word is
 * hashed with what stands behind it.
 */
#define SC_TOPIC_ROOM                                                         \
    (SC_TOPIC_MAX_TEXT + SC_TOPIC_MAX_TEXT / 3 + SC_TOPIC_MAX_KEYS * 8        \
     + SC_TOPIC_HASH_READ)


/*
 * Keys' names lie in `text` or in the dictionary's memory: they are valid as
 * long as this is neither moved nor filled anew.
 */
typedef struct {
    size_t         count;
    uint64_t       bits;                 /* of the hashes, to see new ones */
    size_t         used;                 /* of text */
    sc_topic_key_t keys[SC_TOPIC_MAX_KEYS];
    unsigned char  text[2 * SC_TOPIC_ROOM];
} sc_topic_keys_t;


/* Words that are no topic in this mention: the author's, the brand's. */
typedef struct {
    size_t         count;
    uint64_t       bits;                 /* of the hashes */
    uint64_t       hashes[SC_TOPIC_MAX_NAMES];
} sc_topic_names_t;


static inline void
sc_topic_names_init(sc_topic_names_t *names)
{
    names->count = 0;
    names->bits = 0;
}


/* Adds the words of a name or handle to what is left out. */
void sc_topic_names_add(sc_topic_names_t *names,
    const sc_topic_language_t *language, sc_str_t text);

static inline void
sc_topic_keys_init(sc_topic_keys_t *keys)
{
    keys->count = 0;
    keys->bits = 0;
    keys->used = 0;
}


/*
 * Adds the keys of a text, each once; beyond SC_TOPIC_MAX_KEYS none, and none
 * where there is no room for another text: two always have it.  `names` may
 * be NULL.
 */
void sc_topic_keys_add(sc_topic_keys_t *keys,
    const sc_topic_language_t *language, const sc_topic_names_t *names,
    sc_str_t text);

#endif /* SC_TOPIC_WORDS_H */
