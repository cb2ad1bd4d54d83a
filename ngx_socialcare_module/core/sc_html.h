/*
 * sc_html.h: plain text from HTML, for platforms that send what people wrote
 * as markup.
 *
 * For people and rules to read, not for showing in a browser: the result is
 * plain text and has to be escaped like any other.
 */

#ifndef SC_HTML_H
#define SC_HTML_H

#include "sc_arena.h"
#include "sc_str.h"


/* Longest character reference recognised, '&' and ';' included. */
#define SC_HTML_REFERENCE  12


/*
 * The character that &NAME; or &#NUMBER; stands for, by what is between '&' and
 * ';'; 0 when that is none of text.  Blanks of any width are a blank.  Names:
 * Latin 1, and the punctuation that mail and web pages often have.
 */
uint32_t sc_html_character(sc_str_t name);

/*
 * Tags, comments, scripts and styles are removed, character references are
 * decoded, white space is folded as a browser does, blocks and <br> break the
 * line (never more than one empty line).  Never longer than `html`; UTF-8 stays
 * UTF-8.  Unterminated markup is taken as text.  False, with empty text, when
 * there is no memory.
 */
bool sc_html_to_text(sc_arena_t *arena, sc_str_t html, sc_str_t *text);

#endif /* SC_HTML_H */
