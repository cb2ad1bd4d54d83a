/*
 * sc_verify_sorted.h: sorting of pairs and texts, for the engine only.
 */

#ifndef SC_VERIFY_SORTED_H
#define SC_VERIFY_SORTED_H

#include "sc_encoding.h"


/* Bytewise; a prefix sorts before the longer text. */
int sc_compare_bytes(sc_str_t a, sc_str_t b);

/* By name, then by value; in place, no allocation, n log n at worst. */
void sc_sort_pairs(sc_pair_t *pairs, size_t count);

#endif /* SC_VERIFY_SORTED_H */
