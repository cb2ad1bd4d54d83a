/*
 * sc_siphash.c: SipHash-2-4 as in the paper "SipHash: a fast short-input PRF".
 */

#include "sc_le.h"
#include "sc_siphash.h"


static uint64_t
sc_rotate_left(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}


static inline void
sc_sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = sc_rotate_left(v[1], 13) ^ v[0];
    v[0] = sc_rotate_left(v[0], 32);
    v[2] += v[3];
    v[3] = sc_rotate_left(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = sc_rotate_left(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = sc_rotate_left(v[1], 17) ^ v[2];
    v[2] = sc_rotate_left(v[2], 32);
}


static inline void
sc_sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sc_sip_round(v);
    sc_sip_round(v);
    v[0] ^= word;
}


uint64_t
sc_siphash24(const unsigned char key[SC_SIPHASH_KEY_SIZE], sc_str_t data)
{
    size_t   i, left;
    uint64_t k0, k1, last, v[4];

    k0 = sc_le_get64(key);
    k1 = sc_le_get64(key + 8);

    v[0] = k0 ^ UINT64_C(0x736f6d6570736575);
    v[1] = k1 ^ UINT64_C(0x646f72616e646f6d);
    v[2] = k0 ^ UINT64_C(0x6c7967656e657261);
    v[3] = k1 ^ UINT64_C(0x7465646279746573);

    for (i = 0; i + 8 <= data.len; i += 8) {
        sc_sip_word(v, sc_le_get64(data.data + i));
    }

    last = (uint64_t) data.len << 56;

    for (left = 0; i + left < data.len; left++) {
        last |= (uint64_t) data.data[i + left] << (8 * left);
    }

    sc_sip_word(v, last);

    v[2] ^= 0xff;

    for (i = 0; i < 4; i++) {
        sc_sip_round(v);
    }

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
