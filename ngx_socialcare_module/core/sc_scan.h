/*
 * sc_scan.h: finding and copying bytes 16 or 8 at a time, for the JSON reader
 * and writer.
 *
 * Internal to core/, but for sc_utf8_length at the end, which anything that
 * reads text may use.  Two implementations of the same functions: SSE2, which
 * every x86-64 has, and a portable one on 64-bit words of either byte order.
 * SC_JSON_PORTABLE selects the latter anywhere; the tests run on both.
 * Nothing here reads a byte outside [at, end); where no end is given, the
 * caller guarantees how many bytes there are.
 */

#ifndef SC_SCAN_H
#define SC_SCAN_H

#include "sc_str.h"

#if defined(__SSE2__) && defined(__GNUC__) && !defined(SC_JSON_PORTABLE)
#define SC_SCAN_SSE2  1
#include <emmintrin.h>
#else
#define SC_SCAN_SSE2  0
#endif


/* How many bytes sc_scan_plain_short() looks at. */
#define SC_SCAN_SHORT  32


/* Bytes that end a run of plain text in a JSON string. */
static inline bool
sc_scan_is_special(unsigned char c, unsigned char also)
{
    return c < 0x20 || c >= 0x80 || c == '"' || c == '\\' || c == also;
}


static inline const unsigned char *
sc_scan_plain_bytes(const unsigned char *at, const unsigned char *end,
    unsigned char also)
{
    while (at < end && !sc_scan_is_special(*at, also)) {
        at++;
    }

    return at;
}


static inline const unsigned char *
sc_scan_digits_bytes(const unsigned char *at, const unsigned char *end)
{
    while (at < end && *at >= '0' && *at <= '9') {
        at++;
    }

    return at;
}


static inline bool
sc_scan_is_structural(unsigned char c)
{
    return (c | 0x20) == '{' || c == ',' || c == ':';
}


static inline size_t
sc_scan_structural_bytes(const unsigned char *at, const unsigned char *end)
{
    size_t count;

    for (count = 0; at < end; at++) {
        count += sc_scan_is_structural(*at);
    }

    return count;
}


/* memcpy() of fewer than 16 bytes: two ends that may overlap. */
static inline void
sc_scan_copy_short(unsigned char *to, const unsigned char *at, size_t size)
{
    if (size >= 8) {
        memcpy(to, at, 8);
        memcpy(to + size - 8, at + size - 8, 8);

    } else if (size >= 4) {
        memcpy(to, at, 4);
        memcpy(to + size - 4, at + size - 4, 4);

    } else if (size > 0) {
        to[0] = at[0];
        to[size / 2] = at[size / 2];
        to[size - 1] = at[size - 1];
    }
}


static inline void
sc_scan_copy(unsigned char *to, const unsigned char *at, size_t size)
{
    if (size < 16) {
        sc_scan_copy_short(to, at, size);

    } else {
        memcpy(to, at, size);
    }
}


#if SC_SCAN_SSE2

static inline __m128i
sc_scan_load(const unsigned char *at)
{
    return _mm_loadu_si128((const __m128i *) (const void *) at);
}


/* `size` bytes of at most 8, as a little-endian number. */
static inline uint64_t
sc_scan_word(const unsigned char *at, size_t size)
{
    uint32_t low, high;
    uint64_t word;

    if (size == 8) {
        memcpy(&word, at, 8);
        return word;
    }

    /* Two overlapping loads: shared bytes land on the same bits. */
    if (size >= 4) {
        memcpy(&low, at, 4);
        memcpy(&high, at + size - 4, 4);
        return low | (uint64_t) high << 8 * (size - 4);
    }

    for (word = 0; size > 0; size--) {
        word = word << 8 | at[size - 1];
    }

    return word;
}


/* Fewer than 16 bytes, padded with zeros. */
static inline __m128i
sc_scan_load_short(const unsigned char *at, size_t size)
{
    if (size <= 8) {
        return _mm_set_epi64x(0, (long long) sc_scan_word(at, size));
    }

    return _mm_set_epi64x((long long) sc_scan_word(at + 8, size - 8),
                          (long long) sc_scan_word(at, 8));
}


/*
 * A bit for each byte that is a control, not ASCII, '"', '\' or `also`.
 *
 * Flipping one bit swaps '"' and the blank: then everything special is below
 * 0x21 or, as a signed byte, negative.  Subtracting 0x21 with saturation makes
 * all of it negative, and the sign of each byte is the answer.
 */
static inline unsigned
sc_scan_specials(__m128i text, unsigned char also)
{
    __m128i special;

    special = _mm_subs_epi8(_mm_xor_si128(text, _mm_set1_epi8('"' ^ ' ')),
                            _mm_set1_epi8(' ' + 1));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(text, _mm_set1_epi8('\\')));

    if (also != '"') {
        special = _mm_or_si128(special,
                               _mm_cmpeq_epi8(text,
                                              _mm_set1_epi8((char) also)));
    }

    return (unsigned) _mm_movemask_epi8(special);
}


/* How many of the SC_SCAN_SHORT bytes at `at` precede the first special one. */
static inline size_t
sc_scan_plain_short(const unsigned char *at, unsigned char also)
{
    unsigned specials;

    specials = sc_scan_specials(sc_scan_load(at), also);

    if (specials != 0) {
        return (unsigned) __builtin_ctz(specials);
    }

    specials = sc_scan_specials(sc_scan_load(at + 16), also);

    return 16 + (unsigned) __builtin_ctz(specials | 1u << 16);
}


/* The first special byte; `end` when there is none. */
static inline const unsigned char *
sc_scan_plain(const unsigned char *at, const unsigned char *end,
    unsigned char also)
{
    unsigned specials;

    for ( /* void */ ; end - at >= 16; at += 16) {
        specials = sc_scan_specials(sc_scan_load(at), also);
        if (specials != 0) {
            return at + __builtin_ctz(specials);
        }
    }

    /* The zeros after the last byte end the run. */
    specials = sc_scan_specials(sc_scan_load_short(at, (size_t) (end - at)),
                                also);

    return at + __builtin_ctz(specials);
}


/*
 * sc_scan_plain() that copies what it passes over to `to`.  There must be room
 * for all of the text: bytes after the first special one may be written, too.
 */
static inline const unsigned char *
sc_scan_copy_plain(unsigned char *to, const unsigned char *at,
    const unsigned char *end, unsigned char also)
{
    size_t   rest;
    __m128i  text;
    unsigned specials;

    if (end - at < 16) {
        rest = (size_t) (end - at);

        sc_scan_copy_short(to, at, rest);
        specials = sc_scan_specials(sc_scan_load_short(at, rest), also);

        return at + __builtin_ctz(specials);
    }

    for ( ;; at += rest, to += rest) {
        text = sc_scan_load(at);
        _mm_storeu_si128((__m128i *) (void *) to, text);

        specials = sc_scan_specials(text, also);
        if (specials != 0) {
            return at + __builtin_ctz(specials);
        }

        /* The last block overlaps the one before, which is plain. */
        rest = (size_t) (end - at) - 16;
        if (rest == 0) {
            return end;
        }

        rest = rest < 16 ? rest : 16;
    }
}


/* The first byte that is not a digit; `end` when there is none. */
static inline const unsigned char *
sc_scan_digits(const unsigned char *at, const unsigned char *end)
{
    unsigned mask;
    __m128i  value;

    const __m128i zero = _mm_set1_epi8('0');
    const __m128i nine = _mm_set1_epi8(9);

    for ( /* void */ ; end - at >= 16; at += 16) {
        value = _mm_sub_epi8(sc_scan_load(at), zero);
        value = _mm_cmpeq_epi8(_mm_min_epu8(value, nine), value);

        mask = (unsigned) _mm_movemask_epi8(value) ^ 0xffff;
        if (mask != 0) {
            return at + __builtin_ctz(mask);
        }
    }

    return sc_scan_digits_bytes(at, end);
}


/* Up to 255 blocks of 16 bytes: more would overflow the one-byte counters. */
static inline size_t
sc_scan_structural_blocks(const unsigned char *at, size_t blocks)
{
    size_t  i;
    __m128i text, found, counts;

    const __m128i comma = _mm_set1_epi8(',');
    const __m128i colon = _mm_set1_epi8(':');
    const __m128i brace = _mm_set1_epi8('{');
    const __m128i lower = _mm_set1_epi8(0x20);

    counts = _mm_setzero_si128();

    for (i = 0; i < blocks; i++) {
        text = sc_scan_load(at + 16 * i);

        found = _mm_cmpeq_epi8(_mm_or_si128(text, lower), brace);
        found = _mm_or_si128(found, _mm_cmpeq_epi8(text, comma));
        found = _mm_or_si128(found, _mm_cmpeq_epi8(text, colon));

        counts = _mm_sub_epi8(counts, found);
    }

    counts = _mm_sad_epu8(counts, _mm_setzero_si128());

    return (size_t) _mm_cvtsi128_si32(counts)
           + (size_t) _mm_cvtsi128_si32(_mm_srli_si128(counts, 8));
}


/* How often '{', '[', ',' and ':' occur in the text. */
static inline size_t
sc_scan_structural(const unsigned char *at, const unsigned char *end)
{
    size_t count, blocks;

    for (count = 0; end - at >= 16; at += 16 * blocks) {
        blocks = (size_t) (end - at) / 16;
        blocks = blocks < 255 ? blocks : 255;

        count += sc_scan_structural_blocks(at, blocks);
    }

    return count + sc_scan_structural_bytes(at, end);
}

#else

#define SC_SCAN_EACH(byte)  (UINT64_C(0x0101010101010101) * (byte))


static inline uint64_t
sc_scan_load(const unsigned char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));

    return word;
}


/*
 * 0x80 in every byte of `word` that differs from `byte` in its lower seven
 * bits.  The sum of a byte stays below 0x100, so bytes do not affect each
 * other and the byte order does not matter.
 */
static inline uint64_t
sc_scan_differs(uint64_t word, unsigned char byte)
{
    return (((word ^ SC_SCAN_EACH(byte)) & SC_SCAN_EACH(0x7f))
            + SC_SCAN_EACH(0x7f)) & SC_SCAN_EACH(0x80);
}


static inline const unsigned char *
sc_scan_plain(const unsigned char *at, const unsigned char *end,
    unsigned char also)
{
    uint64_t word, plain;

    for ( /* void */ ; end - at >= 8; at += 8) {
        word = sc_scan_load(at);

        plain = (word & SC_SCAN_EACH(0x60)) + SC_SCAN_EACH(0x60);
        plain &= sc_scan_differs(word, '"') & sc_scan_differs(word, '\\')
                 & sc_scan_differs(word, also) & ~word;

        if (plain != SC_SCAN_EACH(0x80)) {
            break;
        }
    }

    return sc_scan_plain_bytes(at, end, also);
}


static inline size_t
sc_scan_plain_short(const unsigned char *at, unsigned char also)
{
    return (size_t) (sc_scan_plain(at, at + SC_SCAN_SHORT, also) - at);
}


static inline const unsigned char *
sc_scan_copy_plain(unsigned char *to, const unsigned char *at,
    const unsigned char *end, unsigned char also)
{
    const unsigned char *plain;

    plain = sc_scan_plain(at, end, also);
    sc_scan_copy(to, at, (size_t) (plain - at));

    return plain;
}


static inline const unsigned char *
sc_scan_digits(const unsigned char *at, const unsigned char *end)
{
    uint64_t word;

    for ( /* void */ ; end - at >= 8; at += 8) {
        word = sc_scan_load(at);

        /* 0x30-0x3f, and still so after adding 6. */
        if ((word & SC_SCAN_EACH(0xf0)) != SC_SCAN_EACH(0x30)
            || ((word + SC_SCAN_EACH(0x06)) & SC_SCAN_EACH(0xf0))
               != SC_SCAN_EACH(0x30))
        {
            break;
        }
    }

    return sc_scan_digits_bytes(at, end);
}


static inline size_t
sc_scan_structural(const unsigned char *at, const unsigned char *end)
{
    size_t   count;
    uint64_t word, other;

    for (count = 0; end - at >= 8; at += 8) {
        word = sc_scan_load(at);

        other = sc_scan_differs(word | SC_SCAN_EACH(0x20), '{')
                & sc_scan_differs(word, ',') & sc_scan_differs(word, ':');

        /* One bit per byte found; the product sums them in its top byte. */
        word = (~other & ~word & SC_SCAN_EACH(0x80)) >> 7;
        count += (size_t) ((word * SC_SCAN_EACH(0x01)) >> 56);
    }

    return count + sc_scan_structural_bytes(at, end);
}

#endif /* SC_SCAN_SSE2 */


static inline bool
sc_utf8_continues(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}


/*
 * The length of the UTF-8 character at `at` (at < end) as in RFC 3629: no
 * overlong form, no surrogate, nothing above U+10FFFF.  0 when invalid.
 */
static inline size_t
sc_utf8_length(const unsigned char *at, const unsigned char *end)
{
    size_t        left;
    unsigned char low, high;

    left = (size_t) (end - at);

    if (at[0] < 0x80) {
        return 1;
    }

    if (at[0] < 0xe0) {
        return at[0] >= 0xc2 && left >= 2 && sc_utf8_continues(at[1]) ? 2 : 0;
    }

    if (at[0] < 0xf0) {
        low = at[0] == 0xe0 ? 0xa0 : 0x80;
        high = at[0] == 0xed ? 0x9f : 0xbf;

        return left >= 3 && at[1] >= low && at[1] <= high
               && sc_utf8_continues(at[2]) ? 3 : 0;
    }

    low = at[0] == 0xf0 ? 0x90 : 0x80;
    high = at[0] == 0xf4 ? 0x8f : 0xbf;

    return at[0] <= 0xf4 && left >= 4 && at[1] >= low && at[1] <= high
           && sc_utf8_continues(at[2]) && sc_utf8_continues(at[3]) ? 4 : 0;
}

#endif /* SC_SCAN_H */
