/*
 * sc_topic_hash.h: a keyed 64-bit hash of a topic's name.
 *
 * People who write to a brand must not be able to choose words that share
 * counters.  So this is the sum of products of NH (J. Black et al., "UMAC: Fast
 * and Secure Message Authentication", 1999) over 64-bit words, for which two
 * names chosen without the secret have the same 128 bits with a probability of
 * 2^-64, followed by a mix that condenses these to 64 bits.  The hash of a pair
 * is computed from those of its words, so that text is read once.
 */

#ifndef SC_TOPIC_HASH_H
#define SC_TOPIC_HASH_H

#include "sc_siphash.h"
#include "sc_str.h"


/* Names are hashed as numbers of 8 bytes, two at a time. */
#define SC_TOPIC_HASH_WORDS  6           /* enough for SC_TOPIC_MAX_NAME */
#define SC_TOPIC_HASH_READ   (8 * SC_TOPIC_HASH_WORDS)


typedef struct {
    uint64_t word[SC_TOPIC_HASH_WORDS];
    uint64_t pair[2];
} sc_topic_hash_key_t;


typedef struct {
    uint64_t low;
    uint64_t high;
} sc_topic_product_t;


static inline void
sc_topic_hash_init(sc_topic_hash_key_t *key,
    const unsigned char secret[SC_SIPHASH_KEY_SIZE])
{
    unsigned char i;

    for (i = 0; i < SC_TOPIC_HASH_WORDS; i++) {
        key->word[i] = sc_siphash24(secret, sc_str_make(&i, 1));
    }

    key->pair[0] = sc_siphash24(secret, SC_STR("first"));
    key->pair[1] = sc_siphash24(secret, SC_STR("second"));
}


/* a * b in 128 bits, for compilers without such a type. */

static inline sc_topic_product_t
sc_topic_multiply_parts(uint64_t a, uint64_t b)
{
    uint64_t           low, middle, other;
    sc_topic_product_t product;

    low = (a & UINT32_MAX) * (b & UINT32_MAX);
    middle = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
    other = (a & UINT32_MAX) * (b >> 32) + (middle & UINT32_MAX);

    product.low = other << 32 | (low & UINT32_MAX);
    product.high = (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32);

    return product;
}


static inline sc_topic_product_t
sc_topic_multiply(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__

    unsigned __int128  wide;
    sc_topic_product_t product;

    wide = (unsigned __int128) a * b;
    product.low = (uint64_t) wide;
    product.high = (uint64_t) (wide >> 64);

    return product;

#else

    return sc_topic_multiply_parts(a, b);

#endif
}


static inline uint64_t
sc_topic_hash_mix(sc_topic_product_t sum)
{
    uint64_t hash;

    hash = sum.low * UINT64_C(0x9e3779b97f4a7c15);
    hash = ((hash ^ hash >> 32) + sum.high) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ hash >> 29) * UINT64_C(0x94d049bb133111eb);

    return hash ^ hash >> 32;
}


/*
 * In the machine's byte order, which compiles to one load: hashes never leave
 * the machine.
 */

static inline uint64_t
sc_topic_hash_load(const unsigned char *bytes)
{
    uint64_t number;

    memcpy(&number, bytes, sizeof(number));

    return number;
}


/* Eight bytes from here are a mask that keeps the first bytes of a number. */

static const unsigned char sc_topic_hash_masks[32] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
};


/* Hashes the numbers `i` and `i` + 1, of which `left` bytes are the name's. */

static inline sc_topic_product_t
sc_topic_hash_step(const sc_topic_hash_key_t *key, const unsigned char *name,
    size_t i, size_t left)
{
    uint64_t             first, second;
    const unsigned char *mask;

    mask = sc_topic_hash_masks + 16 - (left < 16 ? left : 16);
    first = sc_topic_hash_load(name + 8 * i) & sc_topic_hash_load(mask);
    second = sc_topic_hash_load(name + 8 * i + 8)
             & sc_topic_hash_load(mask + 8);

    return sc_topic_multiply(first + key->word[i], second + key->word[i + 1]);
}


/*
 * A name of one word, of at most 40 bytes.  Up to 16 bytes after it are read
 * and masked out, so that no branch depends on the length of usual words.
 */

static inline uint64_t
sc_topic_hash_word(const sc_topic_hash_key_t *key, const unsigned char *name,
    size_t len)
{
    size_t             i;
    sc_topic_product_t sum, product;

    sum = sc_topic_hash_step(key, name, 0, len);

    for (i = 2; 8 * i < len; i += 2) {
        product = sc_topic_hash_step(key, name, i, len - 8 * i);
        sum.low += product.low;
        sum.high += product.high + (sum.low < product.low);
    }

    return sc_topic_hash_mix(sum);
}


/* Two words separated by a space, by their hashes. */

static inline uint64_t
sc_topic_hash_pair(const sc_topic_hash_key_t *key, uint64_t first,
    uint64_t second)
{
    return sc_topic_hash_mix(sc_topic_multiply(first + key->pair[0],
                                               second + key->pair[1]));
}


/* Any name, as the reader of texts makes it: at most 40 bytes. */

static inline uint64_t
sc_topic_hash(const sc_topic_hash_key_t *key, sc_str_t name)
{
    size_t        space;
    sc_str_t      rest;
    unsigned char text[2 * SC_TOPIC_HASH_READ];

    memset(text, 0, sizeof(text));
    memcpy(text, name.data, name.len);

    space = sc_str_find_byte(name, ' ');
    rest = sc_str_from(name, space + 1);

    if (space == 0 || rest.len == 0
        || sc_str_find_byte(rest, ' ') < rest.len)
    {
        return sc_topic_hash_word(key, text, name.len);
    }

    return sc_topic_hash_pair(key, sc_topic_hash_word(key, text, space),
                              sc_topic_hash_word(key, text + space + 1,
                                                 rest.len));
}

#endif /* SC_TOPIC_HASH_H */
