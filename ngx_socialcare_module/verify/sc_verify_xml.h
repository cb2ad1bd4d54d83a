/*
 * sc_verify_xml.h: reads one text from a small XML body, for signatures that
 * cover an element (WeChat's safe mode).
 */

#ifndef SC_VERIFY_XML_H
#define SC_VERIFY_XML_H

#include "sc_verify_run.h"


/*
 * The text of the child `name` of the root element.  Malformed: not XML, a
 * document type declaration, or nested deeper than 8 elements.
 */
sc_field_status_t sc_xml_child_text(sc_arena_t *arena, sc_str_t body,
    sc_str_t name, sc_str_t *value);

#endif /* SC_VERIFY_XML_H */
