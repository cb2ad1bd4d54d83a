/*
 * sc_topics_private.h: shared by the two files of sc_topics: counting
 * (sc_topics.c) and judging (sc_topics_close.c).
 */

#ifndef SC_TOPICS_PRIVATE_H
#define SC_TOPICS_PRIVATE_H

#include "sc_topics.h"


/* Number of authors in the background that used this key; never too low. */
double sc_topics_usual(const sc_topics_t *topics, uint64_t hash);

/* Adds to the background (Count-Min, conservative update). */
void sc_topics_learn(sc_topics_t *topics, uint64_t hash, double count);

#endif /* SC_TOPICS_PRIVATE_H */
