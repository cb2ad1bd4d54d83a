/*
 * sc_topic_language.h: what a word means to the brand: nothing (a stop word, or
 * one that the operator excludes), another topic (by the operator's
 * dictionary), or itself.
 *
 * Everything that does not depend on a text is prepared here once: tables of
 * characters, the key of the hashes, and a hash table of the known words.
 */

#ifndef SC_TOPIC_LANGUAGE_H
#define SC_TOPIC_LANGUAGE_H

#include "sc_topic_hash.h"
#include "sc_topic_letters.h"


#define SC_TOPIC_MAX_NAME          40    /* bytes; no key has a longer name */
#define SC_TOPIC_DICTIONARY_WORDS  16384


/*
 * The operator's words: a key whose name is `word` becomes `topic`, or is
 * dropped if `topic` is empty.
 */
typedef struct {
    sc_str_t word;
    sc_str_t topic;
} sc_topic_entry_t;

typedef struct {
    size_t            count;             /* <= SC_TOPIC_DICTIONARY_WORDS */
    sc_topic_entry_t *entries;
} sc_topic_dictionary_t;


/* What a byte means to the reader of texts. */
enum {
    SC_TOPIC_BYTE_DIGIT = 1,
    SC_TOPIC_BYTE_LETTER = 2,
    SC_TOPIC_BYTE_PLAIN = 3,             /* a digit or a letter */
    SC_TOPIC_BYTE_WIDE = 4,              /* part of a longer character */
    SC_TOPIC_BYTE_ADDRESS = 8,           /* may make a piece an address */
    SC_TOPIC_BYTE_BRACKET = 16,          /* may begin a marked-up mention */
    SC_TOPIC_BYTE_STOP = 32              /* before a space: ends a word, and
                                            prevents a pair with the next */
};


/* Prepared once, read only from then on. */
typedef struct {
    sc_topic_hash_key_t          key;
    sc_letter_table_t            letters;
    uint8_t                      bytes[256];
    const sc_topic_dictionary_t *dictionary;  /* NULL: none */
    size_t                       dictionary_words;
    uint64_t                    *hashes;      /* of the known words */
    uint64_t                    *topics;      /* of the dictionary's topics */
    uint32_t                    *slots;       /* by a hash's low bits */
    size_t                       slots_mask;
} sc_topic_language_t;


typedef struct {
    uint64_t hash;
    sc_str_t name;
} sc_topic_key_t;


typedef enum {
    SC_TOPIC_ITSELF = 0,
    SC_TOPIC_OTHER,            /* the dictionary's topic, in its memory */
    SC_TOPIC_NONE,             /* excluded by the dictionary: gives no key */
    SC_TOPIC_STOP_WORD         /* gives no key */
} sc_topic_meaning_t;


/* Bytes of memory that a language with so many dictionary words needs. */
size_t sc_topic_language_size(size_t dictionary_words);

/*
 * `secret` is the key of the hashes: processes that share counters must share
 * it.  `dictionary` (NULL: none) and `memory` (of the size above, aligned for
 * uint64_t) remain the caller's and must outlive the language.
 */
void sc_topic_language_init(sc_topic_language_t *language,
    const unsigned char secret[SC_SIPHASH_KEY_SIZE],
    const sc_topic_dictionary_t *dictionary, void *memory);

/*
 * The meaning of a normalised word, hashtag or pair, by its hash; *key is set
 * for SC_TOPIC_OTHER only.
 */
sc_topic_meaning_t sc_topic_language_find(const sc_topic_language_t *language,
    uint64_t hash, sc_topic_key_t *key);

/* The same without a key, for hashes whose slot is not empty. */
sc_topic_meaning_t sc_topic_language_known(const sc_topic_language_t *language,
    uint64_t hash);

static inline sc_topic_meaning_t
sc_topic_language_meaning(const sc_topic_language_t *language, uint64_t hash)
{
    return language->slots[hash & language->slots_mask] == 0
           ? SC_TOPIC_ITSELF : sc_topic_language_known(language, hash);
}


/*
 * One line of a dictionary:
 *
 *     outage = down, no signal, #outage      words and pairs -> one topic
 *     ! northwind, northwind rail            never a topic
 *     # a comment, or nothing
 *
 * Calls `add` for each word, normalised as texts are in `language` (one without
 * a dictionary); the strings are valid only during the call, which returns
 * false when no further word fits.  Returns NULL, or what is wrong with the
 * line.
 */
typedef bool (*sc_topic_add_fn)(void *owner, sc_str_t word, sc_str_t topic);

const char *sc_topic_dictionary_read(const sc_topic_language_t *language,
    sc_str_t line, sc_topic_add_fn add, void *owner);

/* Sorts by word.  False, with *twice set: a word is listed twice. */
bool sc_topic_dictionary_sort(sc_topic_dictionary_t *dictionary,
    sc_str_t *twice);

#endif /* SC_TOPIC_LANGUAGE_H */
