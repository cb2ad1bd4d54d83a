/*
 * sc_distinct.h: two counters of distinct values, given as 64-bit hashes that
 * must be uniformly distributed (keyed SipHash).
 *
 * sc_distinct_t: 64 registers of four bits each for the current and the
 * previous half hour (HyperLogLog, P. Flajolet et al. 2007, with linear
 * counting below 160): standard error 13 %, much less for small counts.
 * Counters can be merged.
 *
 * sc_bitmap_t: linear counting in 2,048 bits (K.-Y. Whang et al. 1990):
 * standard error 1 % at 1,000 and 3 % at 5,000; it is full at 15,616.
 *
 * A counter of all zeros is empty.
 */

#ifndef SC_DISTINCT_H
#define SC_DISTINCT_H

#include <stdint.h>


#define SC_DISTINCT_REGISTERS  64
#define SC_BITMAP_BITS         2048


typedef struct {
    uint8_t now[SC_DISTINCT_REGISTERS / 2];
    uint8_t before[SC_DISTINCT_REGISTERS / 2];
} sc_distinct_t;


/* A copy for reading, both half hours merged: one register in each byte. */
typedef struct {
    uint8_t ranks[SC_DISTINCT_REGISTERS];
} sc_distinct_view_t;


typedef struct {
    uint64_t words[SC_BITMAP_BITS / 64];
} sc_bitmap_t;


/* What a hash sets: computed once to add one author to many counters. */
typedef struct {
    unsigned pair;                       /* of registers: the byte */
    unsigned shift;                      /* of the register in that byte */
    unsigned rank;
} sc_distinct_mark_t;


sc_distinct_mark_t sc_distinct_mark(uint64_t hash);

static inline void
sc_distinct_set(sc_distinct_t *distinct, const sc_distinct_mark_t *mark)
{
    uint8_t *pair;

    pair = &distinct->now[mark->pair];

    if (mark->rank > ((unsigned) *pair >> mark->shift & 0x0f)) {
        *pair &= (uint8_t) (0xf0 >> mark->shift);
        *pair |= (uint8_t) (mark->rank << mark->shift);
    }
}


void sc_distinct_add(sc_distinct_t *distinct, uint64_t hash);

/* Begins a new half hour. */
void sc_distinct_turn(sc_distinct_t *distinct);

/* Covers the last 30 to 60 minutes. */
void sc_distinct_view(const sc_distinct_t *distinct,
    sc_distinct_view_t *view);
double sc_distinct_count(const sc_distinct_view_t *view);
void sc_distinct_unite(sc_distinct_view_t *into,
    const sc_distinct_view_t *other);

void sc_bitmap_add(sc_bitmap_t *bitmap, uint64_t hash);
double sc_bitmap_count(const sc_bitmap_t *bitmap);

#endif /* SC_DISTINCT_H */
