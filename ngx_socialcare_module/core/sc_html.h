/*
 * sc_html.h: the words of a piece of HTML, for platforms that send what people
 * wrote as markup.
 *
 * For reading by people and by rules, not for showing in a browser: the result
 * is plain text and has to be escaped like any other.
 */

#ifndef SC_HTML_H
#define SC_HTML_H

#include "sc_arena.h"
#include "sc_str.h"


/*
 * Tags, comments, scripts and styles go, character references are decoded,
 * white space is folded as a browser does, blocks and <br> break the line
 * (never more than one empty line).  Never longer than `html`; UTF-8 stays
 * UTF-8.  Markup that does not end is taken as text.  False, and empty text,
 * without memory.
 */
bool sc_html_to_text(sc_arena_t *arena, sc_str_t html, sc_str_t *text);

#endif /* SC_HTML_H */
