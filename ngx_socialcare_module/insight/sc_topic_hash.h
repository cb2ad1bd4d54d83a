/*
 * sc_topic_hash.h: a name of a topic as 64 bits, under a secret.
 *
 * Whoever writes to a brand must not be able to choose words that share
 * counters: the sum of products of NH (J. Black et al., "UMAC: Fast and Secure
 * Message Authentication", 1999), for which two words chosen without the
 * secret share both sums with a chance of 2^-64, and a mix that spreads them
 * over all bits.  The hash of a pair comes from those of its words, so that
 * text is read once.
 */

#ifndef SC_TOPIC_HASH_H
#define SC_TOPIC_HASH_H

#include "sc_siphash.h"
#include "sc_str.h"


/* Words are hashed in numbers of 8 bytes. */
#define SC_TOPIC_HASH_WORDS  5           /* of SC_TOPIC_MAX_NAME */
#define SC_TOPIC_HASH_PAIR   2


typedef struct {
    uint64_t word[2][SC_TOPIC_HASH_WORDS];
    uint64_t pair[2][SC_TOPIC_HASH_PAIR];
} sc_topic_hash_key_t;


static inline void
sc_topic_hash_init(sc_topic_hash_key_t *key,
    const unsigned char secret[SC_SIPHASH_KEY_SIZE])
{
    size_t        sum, i;
    unsigned char use[3];

    memset(use, 0, sizeof(use));

    for (sum = 0; sum < 2; sum++) {
        use[0] = (unsigned char) sum;

        for (i = 0; i < SC_TOPIC_HASH_WORDS + SC_TOPIC_HASH_PAIR; i++) {
            use[1] = (unsigned char) i;

            *(i < SC_TOPIC_HASH_WORDS
              ? &key->word[sum][i]
              : &key->pair[sum][i - SC_TOPIC_HASH_WORDS]) =
                sc_siphash24(secret, sc_str_make(use, sizeof(use)));
        }
    }
}


static inline uint64_t
sc_topic_hash_product(uint64_t word, uint64_t key)
{
    uint32_t low, high;

    low = (uint32_t) word + (uint32_t) key;
    high = (uint32_t) (word >> 32) + (uint32_t) (key >> 32);

    return (uint64_t) low * high;
}


static inline uint64_t
sc_topic_hash_mix(uint64_t one, uint64_t two)
{
    one *= UINT64_C(0x9e3779b97f4a7c15);
    one = ((one ^ one >> 32) + two) * UINT64_C(0xbf58476d1ce4e5b9);
    one = (one ^ one >> 29) * UINT64_C(0x94d049bb133111eb);

    return one ^ one >> 32;
}


/* `size` bytes, 4 or 8, as a little-endian number. */

static inline uint64_t
sc_topic_hash_load(const unsigned char *at, size_t size)
{
    size_t   i;
    uint64_t word;

    for (i = 0, word = 0; i < size; i++) {
        word |= (uint64_t) at[i] << 8 * i;
    }

    return word;
}


/*
 * The last word of a name: what is left of it, zeros behind.  Loads overlap
 * where they must, as nothing outside of the name is read.
 */

static inline uint64_t
sc_topic_hash_last(sc_str_t name, size_t left)
{
    const unsigned char *end;

    end = name.data + name.len;

    if (name.len >= 8) {
        return sc_topic_hash_load(end - 8, 8) >> 8 * (8 - left);
    }

    if (left >= 4) {
        return sc_topic_hash_load(end - left, 4)
               | sc_topic_hash_load(end - 4, 4) << 8 * (left - 4);
    }

    return left == 0 ? 0
           : (uint64_t) name.data[0]
               | (uint64_t) name.data[left / 2] << 8 * (left / 2)
             | (uint64_t) name.data[left - 1] << 8 * (left - 1);
}


/* A name of one word: at most 40 bytes. */

static inline uint64_t
sc_topic_hash_word(const sc_topic_hash_key_t *key, sc_str_t name)
{
    size_t   i, left;
    uint64_t word, one, two;

    one = 0;
    two = 0;

    for (i = 0, left = name.len; left > 8; i++, left -= 8) {
        word = sc_topic_hash_load(name.data + 8 * i, 8);
        one += sc_topic_hash_product(word, key->word[0][i]);
        two += sc_topic_hash_product(word, key->word[1][i]);
    }

    word = sc_topic_hash_last(name, left);
    one += sc_topic_hash_product(word, key->word[0][i]);
    two += sc_topic_hash_product(word, key->word[1][i]);

    return sc_topic_hash_mix(one, two);
}


/* Two words with a space between. */

static inline uint64_t
sc_topic_hash_pair(const sc_topic_hash_key_t *key, uint64_t first,
    uint64_t second)
{
    uint64_t one, two;

    one = sc_topic_hash_product(first, key->pair[0][0])
          + sc_topic_hash_product(second, key->pair[0][1]);
    two = sc_topic_hash_product(first, key->pair[1][0])
          + sc_topic_hash_product(second, key->pair[1][1]);

    return sc_topic_hash_mix(one, two);
}


/* Any name, as texts give it: at most 40 bytes. */

static inline uint64_t
sc_topic_hash(const sc_topic_hash_key_t *key, sc_str_t name)
{
    size_t   space;
    sc_str_t rest;

    space = sc_str_find_byte(name, ' ');
    rest = sc_str_from(name, space + 1);

    if (space == 0 || rest.len == 0
        || sc_str_find_byte(rest, ' ') < rest.len)
    {
        return sc_topic_hash_word(key, name);
    }

    return sc_topic_hash_pair(key,
                              sc_topic_hash_word(key,
                                                 sc_str_first(name, space)),
                              sc_topic_hash_word(key, rest));
}

#endif /* SC_TOPIC_HASH_H */
