/*
 * sc_topic_text.h: prepares a text for its reader: its first kilobyte, with
 * ASCII letters in lower case, and three bitmaps with a bit for each byte, so
 * that the ends of words and pieces are found without looking at each byte.
 *
 * There are two implementations: SSE2, which every x86-64 has, and a portable
 * one, byte by byte.  The tests compare both.
 */

#ifndef SC_TOPIC_TEXT_H
#define SC_TOPIC_TEXT_H

#include "sc_str.h"
#include "sc_topic_hash.h"

#if defined(__SSE2__) && defined(__GNUC__)
#define SC_TOPIC_SSE2  1
#include <emmintrin.h>
#else
#define SC_TOPIC_SSE2  0
#endif


#define SC_TOPIC_MAX_TEXT     1024       /* bytes read; a piece cut by this
                                            limit is dropped */
#define SC_TOPIC_TEXT_BLOCKS  (SC_TOPIC_MAX_TEXT / 64 + 1)


/*
 * The bits of 64 bytes are one number; the lowest bit is that of the first
 * byte.  The text has `len` bytes and is padded with zeros, which count as
 * spaces; the first of them has all three bits set, as a sentinel.  A hash may
 * read beyond the last word.
 */
typedef struct {
    size_t        len;
    uint64_t      others[SC_TOPIC_TEXT_BLOCKS];   /* not ASCII letters */
    uint64_t      spaces[SC_TOPIC_TEXT_BLOCKS];   /* and controls */
    uint64_t      address[SC_TOPIC_TEXT_BLOCKS];  /* may make a piece an
                                                     address, or begin a
                                                     marked-up mention */
    unsigned char small[64 * SC_TOPIC_TEXT_BLOCKS + SC_TOPIC_HASH_READ];
} sc_topic_text_t;


/* Prepares what is read of `from`, by copying it. */
void sc_topic_text_init(sc_topic_text_t *text, sc_str_t from);


/* What is found in 64 bytes, collected 16 at a time. */
typedef struct {
    uint64_t letters;
    uint64_t spaces;
    uint64_t address;
    uint64_t joints;                     /* dots and colons: part of an address
                                            unless a space follows */
} sc_topic_found_t;


/* Folds 16 bytes, which may be folded in place, and adds their bits. */

static inline void
sc_topic_text_bytes(sc_topic_found_t *found, unsigned char *small,
    const unsigned char *bytes, unsigned shift)
{
    unsigned      i;
    uint64_t      bit;
    unsigned char c;

    for (i = 0; i < 16; i++) {
        c = bytes[i];
        bit = UINT64_C(1) << (shift + i);
        small[i] = c;

        if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
            small[i] = c | 0x20;
            found->letters |= bit;
        }

        if (c <= ' ') {
            found->spaces |= bit;
        }

        if (c == '@' || c == '<' || c == '[' || c == 0xef) {
            found->address |= bit;
        }

        if (c == '.' || c == ':') {
            found->joints |= bit;
        }
    }
}


#if SC_TOPIC_SSE2

static inline uint64_t
sc_topic_text_mask(__m128i bytes, unsigned shift)
{
    return (uint64_t) (unsigned) _mm_movemask_epi8(bytes) << shift;
}


static inline void
sc_topic_text_vector(sc_topic_found_t *found, unsigned char *small,
    const unsigned char *bytes, unsigned shift)
{
    __m128i text, letters, spaces, address, joints;

    text = _mm_loadu_si128((const __m128i *) (const void *) bytes);

    /* SSE2 has no unsigned <=: min(a, b) == a means a <= b. */

    letters = _mm_sub_epi8(_mm_or_si128(text, _mm_set1_epi8(0x20)),
                           _mm_set1_epi8('a'));
    letters = _mm_cmpeq_epi8(_mm_min_epu8(letters, _mm_set1_epi8(25)),
                             letters);
    spaces = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(' ')), text);

    address = _mm_cmpeq_epi8(text, _mm_set1_epi8('@'));
    address = _mm_or_si128(address, _mm_cmpeq_epi8(text, _mm_set1_epi8('<')));
    address = _mm_or_si128(address, _mm_cmpeq_epi8(text, _mm_set1_epi8('[')));
    address = _mm_or_si128(address,
                           _mm_cmpeq_epi8(text, _mm_set1_epi8((char) 0xef)));
    joints = _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('.')),
                          _mm_cmpeq_epi8(text, _mm_set1_epi8(':')));

    found->letters |= sc_topic_text_mask(letters, shift);
    found->spaces |= sc_topic_text_mask(spaces, shift);
    found->address |= sc_topic_text_mask(address, shift);
    found->joints |= sc_topic_text_mask(joints, shift);

    text = _mm_or_si128(text, _mm_and_si128(letters, _mm_set1_epi8(0x20)));
    _mm_storeu_si128((__m128i *) (void *) small, text);
}

#else

#define sc_topic_text_vector  sc_topic_text_bytes

#endif


/* The number of the lowest set bit; `bits` must not be 0. */

static inline size_t
sc_topic_text_lowest_parts(uint64_t bits)
{
    size_t   lowest;
    unsigned part;

    lowest = 0;

    for (part = 32; part != 0; part /= 2) {
        if (bits << (64 - part) == 0) {
            bits >>= part;
            lowest += part;
        }
    }

    return lowest;
}


static inline size_t
sc_topic_text_lowest(uint64_t bits)
{
#ifdef __GNUC__

    return (size_t) __builtin_ctzll(bits);

#else

    return sc_topic_text_lowest_parts(bits);

#endif
}


/* The first byte from `at` (<= len) on whose bit is set; the one at len is. */

static inline size_t
sc_topic_text_next(const uint64_t *bits, size_t at)
{
    size_t   block;
    uint64_t found;

    block = at / 64;
    found = bits[block] >> at % 64;

    if (found != 0) {
        return at + sc_topic_text_lowest(found);
    }

    do {
        found = bits[++block];
    } while (found == 0);

    return 64 * block + sc_topic_text_lowest(found);
}

#endif /* SC_TOPIC_TEXT_H */
