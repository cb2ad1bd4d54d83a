/*
 * sc_distinct.c: HyperLogLog with 64 small registers, and linear counting.
 */

#include <math.h>
#include <string.h>

#include "sc_distinct.h"


#define SC_DISTINCT_MAX_RANK  15
#define SC_DISTINCT_ALPHA     0.709      /* for 64 registers */


static unsigned
sc_distinct_rank(const uint8_t *registers, unsigned i)
{
    return registers[i / 2] >> (i % 2 * 4) & 0x0f;
}


sc_distinct_mark_t
sc_distinct_mark(uint64_t hash)
{
    sc_distinct_mark_t mark;

    mark.pair = (unsigned) (hash % SC_DISTINCT_REGISTERS) / 2;
    mark.shift = (unsigned) (hash % 2) * 4;
    mark.rank = 1;
    hash /= SC_DISTINCT_REGISTERS;

    while (mark.rank < SC_DISTINCT_MAX_RANK && (hash & 1) == 0) {
        hash >>= 1;
        mark.rank++;
    }

    return mark;
}


void
sc_distinct_add(sc_distinct_t *distinct, uint64_t hash)
{
    sc_distinct_mark_t mark;

    mark = sc_distinct_mark(hash);
    sc_distinct_set(distinct, &mark);
}


void
sc_distinct_turn(sc_distinct_t *distinct)
{
    memcpy(distinct->before, distinct->now, sizeof(distinct->now));
    memset(distinct->now, 0, sizeof(distinct->now));
}


void
sc_distinct_view(const sc_distinct_t *distinct, sc_distinct_view_t *view)
{
    unsigned i, now, before;

    for (i = 0; i < SC_DISTINCT_REGISTERS; i++) {
        now = sc_distinct_rank(distinct->now, i);
        before = sc_distinct_rank(distinct->before, i);
        view->ranks[i] = (uint8_t) (now > before ? now : before);
    }
}


void
sc_distinct_unite(sc_distinct_view_t *into, const sc_distinct_view_t *other)
{
    unsigned i;

    for (i = 0; i < SC_DISTINCT_REGISTERS; i++) {
        if (other->ranks[i] > into->ranks[i]) {
            into->ranks[i] = other->ranks[i];
        }
    }
}


double
sc_distinct_count(const sc_distinct_view_t *view)
{
    double   sum, estimate;
    unsigned i, empty;

    sum = 0;
    empty = 0;

    for (i = 0; i < SC_DISTINCT_REGISTERS; i++) {
        sum += 1.0 / (double) (1u << view->ranks[i]);
        empty += view->ranks[i] == 0;
    }

    estimate = SC_DISTINCT_ALPHA * SC_DISTINCT_REGISTERS
               * SC_DISTINCT_REGISTERS / sum;

    if (estimate <= 2.5 * SC_DISTINCT_REGISTERS && empty > 0) {
        return SC_DISTINCT_REGISTERS
               * log((double) SC_DISTINCT_REGISTERS / empty);
    }

    return estimate;
}


void
sc_bitmap_add(sc_bitmap_t *bitmap, uint64_t hash)
{
    hash %= SC_BITMAP_BITS;
    bitmap->words[hash / 64] |= UINT64_C(1) << (hash % 64);
}


/* A full bitmap counts as one with a free bit: log() of 0 is not finite. */

double
sc_bitmap_count(const sc_bitmap_t *bitmap)
{
    uint64_t word;
    unsigned i, set;

    set = 0;

    for (i = 0; i < SC_BITMAP_BITS / 64; i++) {
        for (word = bitmap->words[i]; word != 0; word &= word - 1) {
            set++;
        }
    }

    return SC_BITMAP_BITS
           * log(SC_BITMAP_BITS
                 / (double) (set < SC_BITMAP_BITS ? SC_BITMAP_BITS - set
                                                  : 1));
}
