/*
 * sc_topic_piece.h: the pieces of a text, separated by spaces, and which of
 * them are addresses: those with an @, URLs, domains, marked-up mentions.
 */

#ifndef SC_TOPIC_PIECE_H
#define SC_TOPIC_PIECE_H

#include "sc_topic_language.h"


/*
 * Returns the end of the piece that begins at `at`, which is not a space;
 * `bytes` are the language's.  *left_out: it is an address of any kind.
 */
const unsigned char *sc_topic_piece(const uint8_t *bytes,
    const unsigned char *at, const unsigned char *end, bool *left_out);

#endif /* SC_TOPIC_PIECE_H */
