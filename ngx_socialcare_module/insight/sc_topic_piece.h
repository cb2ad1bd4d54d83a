/*
 * sc_topic_piece.h: a text's pieces, between spaces, and which of them are
 * addresses: a piece with an @ in it, a URL or a domain, a marked-up mention.
 */

#ifndef SC_TOPIC_PIECE_H
#define SC_TOPIC_PIECE_H

#include "sc_topic_language.h"


/*
 * The end of the piece that begins at `at`, no space; `bytes` are a
 * language's.  *left_out tells that it is an address of any kind.
 */
const unsigned char *sc_topic_piece(const uint8_t *bytes,
    const unsigned char *at, const unsigned char *end, bool *left_out);

#endif /* SC_TOPIC_PIECE_H */
