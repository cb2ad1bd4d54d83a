/*
 * sc_fairness.h: do all customers wait equally long?  Compares groups of
 * customers (by reach, by channel), with safeguards against small numbers.
 */

#ifndef SC_FAIRNESS_H
#define SC_FAIRNESS_H

#include "sc_tally.h"


/* A share of fewer waits than this is not significant. */
#define SC_FAIR_DUE    30

#define SC_FAIR_UNKNOWN  (-1)


typedef struct {
    uint32_t    spells;        /* waits started in the 24 h window */
    uint32_t    open;          /* of them */
    int32_t     median_ms;     /* Kaplan-Meier; SC_FAIR_UNKNOWN: less than half
                                  are known to have been answered */
    sc_cohort_t within_900;    /* 24 h window */
    sc_cohort_t day;           /* at 24 h, waits of 7 d */
} sc_group_summary_t;


/* What is published about a brand. */
typedef struct {
    int64_t            now_ms;
    sc_group_summary_t groups[SC_GROUPS];
    uint64_t           overtake_ms;        /* sum over all answers */
    uint32_t           answers;
} sc_fairness_t;


/*
 * The group with the lowest share of replies within 15 minutes compared to the
 * one with the highest.  Groups with fewer than SC_FAIR_DUE due waits are
 * ignored if at least two larger ones exist (enough), else they count, too.
 */
typedef struct {
    bool     known;            /* at least two groups have due waits, and
                                  somebody was answered; else only `enough`
                                  is meaningful */
    bool     enough;
    bool     flagged;          /* enough, ratio below four fifths, and not by
                                  chance: two-proportion z above 2.58 */
    unsigned lowest;           /* index into groups */
    unsigned highest;
    double   ratio;
    double   z;
} sc_parity_t;


void sc_fairness_summarize(const sc_brand_tally_t *tally, int64_t now_ms,
    sc_fairness_t *fairness);

/* Over groups[from] to groups[from + count - 1]. */
void sc_parity(const sc_fairness_t *fairness, unsigned from, unsigned count,
    sc_parity_t *parity);

/*
 * Jain's index of the groups' shares within 15 minutes: 1: all are equal,
 * 1 / n: one of n groups gets everything; SC_FAIR_UNKNOWN: no group has a due
 * wait, or nobody was answered.
 */
double sc_jain(const sc_fairness_t *fairness, unsigned from, unsigned count);

/*
 * Share of waits ignored for 24 h: that of the lowest tier of reach minus that
 * of the highest, in percentage points.  False: fewer than two tiers have
 * waits that old.
 */
bool sc_ignored_gap(const sc_fairness_t *fairness, double *points);

/* Pooled two-proportion z of a / na against b / nb; 0 where undefined. */
double sc_two_proportion_z(uint32_t a, uint32_t na, uint32_t b, uint32_t nb);

#endif /* SC_FAIRNESS_H */
