/*
 * sc_charset.h: text in the character sets that mail comes in, as UTF-8, by
 * iconv().
 *
 * Only sets that mail programs use are looked up: what a stranger's mail names
 * must not load just any converter.
 */

#ifndef SC_CHARSET_H
#define SC_CHARSET_H

#include "sc_arena.h"
#include "sc_str.h"


/*
 * By a MIME name or one of its usual spellings (WHATWG Encoding Standard,
 * 4.2), ignoring case.  UTF-8, ASCII and no name at all are known, too.  False
 * also when the system lacks the converter.
 */
bool sc_charset_is_known(sc_str_t name);

/*
 * Text in that set as UTF-8, in the arena and at most three times as long;
 * bytes that are no character become U+FFFD.  Latin 1 is read as Windows-1252,
 * as browsers do.  UTF-8, and text in an unknown set, is returned as it is.
 * False, with empty text, when there is no memory.
 */
bool sc_charset_to_utf8(sc_arena_t *arena, sc_str_t name, sc_str_t text,
    sc_str_t *out);

#endif /* SC_CHARSET_H */
