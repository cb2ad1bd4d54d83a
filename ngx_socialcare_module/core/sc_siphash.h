/*
 * sc_siphash.h: SipHash-2-4 (Aumasson, Bernstein 2012), the keyed 64-bit
 * digest that a mention's id is remembered by.
 */

#ifndef SC_SIPHASH_H
#define SC_SIPHASH_H

#include "sc_str.h"


#define SC_SIPHASH_KEY_SIZE  16


uint64_t sc_siphash24(const unsigned char key[SC_SIPHASH_KEY_SIZE],
    sc_str_t data);

#endif /* SC_SIPHASH_H */
