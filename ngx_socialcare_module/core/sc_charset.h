/*
 * sc_charset.h: text in single-byte character sets, as UTF-8.
 *
 * Sets of several bytes (GB 2312, Shift JIS, …) are not known here.
 */

#ifndef SC_CHARSET_H
#define SC_CHARSET_H

#include "sc_arena.h"
#include "sc_str.h"


typedef struct {
    sc_str_t name;             /* lower case, without - _ and blanks */
    uint16_t upper[128];       /* characters of 0x80 to 0xff; 0: none */
} sc_charset_t;


/* The first is Windows-1252. */
extern const sc_charset_t sc_charsets[];
extern const size_t sc_charsets_count;


/*
 * By a MIME name or one of its usual spellings, ignoring case; NULL when it is
 * none of these sets.  Latin 1 is read as Windows-1252, as browsers do.
 */
const sc_charset_t *sc_charset_by_name(sc_str_t name);

/* True for UTF-8, ASCII, and no name at all: nothing to convert. */
bool sc_charset_is_utf8(sc_str_t name);

/*
 * Text in that set as UTF-8, in the arena; bytes that are no character become
 * U+FFFD.  At most three times as long.  False, with empty text, when there is
 * no memory.
 */
bool sc_charset_to_utf8(sc_arena_t *arena, const sc_charset_t *charset,
    sc_str_t text, sc_str_t *out);

#endif /* SC_CHARSET_H */
