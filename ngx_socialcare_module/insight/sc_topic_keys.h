/*
 * sc_topic_keys.h: the keys of one mention, each once, and the words that must
 * not become keys of it.
 *
 * Both are small sets of hashes that live only while one mention is read.
 */

#ifndef SC_TOPIC_KEYS_H
#define SC_TOPIC_KEYS_H

#include "sc_topic_language.h"
#include "sc_topic_text.h"


#define SC_TOPIC_MAX_KEYS   32           /* of one mention */
#define SC_TOPIC_KEY_SLOTS  128
#define SC_TOPIC_MAX_NAMES  16

/*
 * Maximum of what one text writes: a word has at least three bytes of it and
 * takes one more; pairs of signs are kept if they are keys.  Hashing the last
 * word reads the bytes after it.
 */
#define SC_TOPIC_ROOM                                                         \
    (SC_TOPIC_MAX_TEXT + SC_TOPIC_MAX_TEXT / 3 + SC_TOPIC_MAX_KEYS * 8        \
     + SC_TOPIC_HASH_READ)


/*
 * Names of keys point into `text` or into the dictionary's memory: they are
 * valid as long as this struct is neither moved nor reused.
 */
typedef struct {
    size_t         count;
    size_t         used;                 /* of text */
    uint8_t        slots[SC_TOPIC_KEY_SLOTS]; /* by hash: index + 1; 0: empty */
    sc_topic_key_t keys[SC_TOPIC_MAX_KEYS];
    unsigned char  text[2 * SC_TOPIC_ROOM];
} sc_topic_keys_t;


/* Words that are no topics in this mention: the author's name, the brand's. */
typedef struct {
    size_t         count;
    uint64_t       bits;                 /* one set for each hash */
    uint64_t       hashes[SC_TOPIC_MAX_NAMES];
} sc_topic_names_t;


static inline void
sc_topic_names_init(sc_topic_names_t *names)
{
    names->count = 0;
    names->bits = 0;
}


static inline void
sc_topic_keys_init(sc_topic_keys_t *keys)
{
    keys->count = 0;
    keys->used = 0;
    memset(keys->slots, 0, sizeof(keys->slots));
}


/*
 * Keeps keys[count], which the caller has filled (count < SC_TOPIC_MAX_KEYS),
 * and returns true, if it is new.
 */

static inline bool
sc_topic_keys_keep(sc_topic_keys_t *keys)
{
    size_t   slot;
    uint64_t hash;

    hash = keys->keys[keys->count].hash;
    slot = hash % SC_TOPIC_KEY_SLOTS;

    while (keys->slots[slot] != 0) {
        if (keys->keys[keys->slots[slot] - 1].hash == hash) {
            return false;
        }

        slot = (slot + 1) % SC_TOPIC_KEY_SLOTS;
    }

    keys->slots[slot] = (uint8_t) ++keys->count;

    return true;
}


/* One of 64 bits by hash: it rules out most words that are no names. */

static inline uint64_t
sc_topic_names_bit(uint64_t hash)
{
    return UINT64_C(1) << (hash % 64);
}


/* The caller makes sure that names->count < SC_TOPIC_MAX_NAMES. */

static inline void
sc_topic_names_put(sc_topic_names_t *names, uint64_t hash)
{
    names->bits |= sc_topic_names_bit(hash);
    names->hashes[names->count++] = hash;
}


static inline bool
sc_topic_names_hold(const sc_topic_names_t *names, uint64_t hash)
{
    size_t i;

    if ((names->bits & sc_topic_names_bit(hash)) == 0) {
        return false;
    }

    for (i = 0; i < names->count; i++) {
        if (names->hashes[i] == hash) {
            return true;
        }
    }

    return false;
}

#endif /* SC_TOPIC_KEYS_H */
