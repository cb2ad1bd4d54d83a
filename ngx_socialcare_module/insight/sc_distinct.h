/*
 * sc_distinct.h: how many different ones?  Two counters over 64-bit hashes,
 * which must be evenly spread (keyed SipHash).
 *
 * sc_distinct_t: 64 registers of four bits over the current and the last
 * half hour (HyperLogLog, P. Flajolet et al. 2007, with linear counting below
 * 160): standard error 13 %, much less for a few.  Counters can be united.
 *
 * sc_bitmap_t: linear counting in 2,048 bits (K.-Y. Whang et al. 1990):
 * standard error 1 % at 1,000 and 3 % at 5,000; it is full at 15,616.
 *
 * All zero is empty.
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


/* A united, readable copy: one register a byte. */
typedef struct {
    uint8_t ranks[SC_DISTINCT_REGISTERS];
} sc_distinct_view_t;


typedef struct {
    uint64_t words[SC_BITMAP_BITS / 64];
} sc_bitmap_t;


/* What a hash sets: for counters that many keys have of one author. */
typedef struct {
    unsigned pair;                       /* of registers: a byte */
    unsigned shift;                      /* of the register in it */
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

/* A half hour is over. */
void sc_distinct_turn(sc_distinct_t *distinct);

/* The last half to whole hour. */
void sc_distinct_view(const sc_distinct_t *distinct,
    sc_distinct_view_t *view);
double sc_distinct_count(const sc_distinct_view_t *view);
void sc_distinct_unite(sc_distinct_view_t *into,
    const sc_distinct_view_t *other);

void sc_bitmap_add(sc_bitmap_t *bitmap, uint64_t hash);
double sc_bitmap_count(const sc_bitmap_t *bitmap);

#endif /* SC_DISTINCT_H */
