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

#include "sc_siphash.h"
#include "sc_str.h"


#define SC_TOPIC_MAX_NAME   40           /* bytes; longer words are no keys */
#define SC_TOPIC_MAX_KEYS   32           /* of one mention */
#define SC_TOPIC_MAX_TEXT   1024         /* bytes read; at its end nothing is
                                            cut in two */
#define SC_TOPIC_MAX_NAMES  16


typedef struct {
    uint64_t      hash;
    uint8_t       len;
    unsigned char name[SC_TOPIC_MAX_NAME];
} sc_topic_key_t;


typedef struct {
    size_t         count;
    sc_topic_key_t keys[SC_TOPIC_MAX_KEYS];
} sc_topic_keys_t;


/* Words that are no topic in this mention: the author's, the brand's. */
typedef struct {
    size_t        count;
    uint64_t      hashes[SC_TOPIC_MAX_NAMES];
} sc_topic_names_t;


/*
 * The operator's words: a key whose name is `word` becomes `topic`, or none
 * at all where `topic` is empty.  Sorted by sc_topic_dictionary_sort.
 */
typedef struct {
    sc_str_t word;
    sc_str_t topic;
} sc_topic_entry_t;

typedef struct {
    size_t            count;
    sc_topic_entry_t *entries;
} sc_topic_dictionary_t;


typedef struct {
    unsigned char                key[SC_SIPHASH_KEY_SIZE];  /* of hashes */
    const sc_topic_dictionary_t *dictionary;                /* NULL: none */
} sc_topic_language_t;


/* Adds the words of a name or handle to what is left out. */
void sc_topic_names_add(sc_topic_names_t *names,
    const sc_topic_language_t *language, sc_str_t text);

/*
 * Adds the keys of a text, each once; beyond SC_TOPIC_MAX_KEYS none.  `names`
 * may be NULL.
 */
void sc_topic_keys_add(sc_topic_keys_t *keys,
    const sc_topic_language_t *language, const sc_topic_names_t *names,
    sc_str_t text);

/*
 * One line of a dictionary:
 *
 *     outage = down, no signal, #outage      words and pairs -> one topic
 *     ! northwind, northwind rail            never a topic
 *     # a comment, or nothing
 *
 * Calls `add` for each word, normalised as texts are; the strings are valid
 * during the call.  NULL, or what is wrong with the line.
 */
typedef bool (*sc_topic_add_fn)(void *owner, sc_str_t word, sc_str_t topic);

const char *sc_topic_dictionary_read(sc_str_t line, sc_topic_add_fn add,
    void *owner);

/* Sorts, and is false with `*twice` set when a word stands there twice. */
bool sc_topic_dictionary_sort(sc_topic_dictionary_t *dictionary,
    sc_str_t *twice);

/* NULL: the dictionary does not know this word. */
const sc_topic_entry_t *sc_topic_dictionary_find(
    const sc_topic_dictionary_t *dictionary, sc_str_t word);

/* Common words of some languages that say nothing; `word` in lower case. */
bool sc_topic_is_stop_word(sc_str_t word);

#endif /* SC_TOPIC_WORDS_H */
