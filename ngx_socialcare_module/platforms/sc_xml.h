/*
 * sc_xml.h: bounded reading of XML callbacks with expat: names with their
 * namespaces, no document type, UTF-8 only, limited depth.
 */

#ifndef SC_XML_H
#define SC_XML_H

#include "sc_platform.h"


typedef struct sc_xml_s  sc_xml_t;


/*
 * Names are "NAMESPACE NAME", or "NAME" alone where there is none.  Depth is 1
 * for the root.  Attributes are names and values in turn, NULL at the end.
 */
typedef struct {
    void (*start)(sc_xml_t *xml, sc_str_t name, const char **attributes);
    void (*end)(sc_xml_t *xml);
    void (*text)(sc_xml_t *xml, sc_str_t text);
} sc_xml_handlers_t;


struct sc_xml_s {
    const sc_xml_handlers_t *handlers;
    void                    *data;     /* the caller's */
    void                    *parser;
    sc_arena_t              *arena;
    sc_str_t                 document;
    unsigned                 depth;
    unsigned                 max_depth;
    bool                     no_memory;
    sc_dead_reason_t         refused;
};


/*
 * Reads the document.  SC_DEAD_NONE, or why it cannot be read; with
 * xml->no_memory the reason means nothing.  `arena` is marked as starved when
 * expat, which allocates by itself, runs out of memory.
 */
sc_dead_reason_t sc_xml_read(sc_xml_t *xml, sc_arena_t *arena,
    sc_str_t document, unsigned max_depth, const sc_xml_handlers_t *handlers,
    void *data);

/* Inside a handler: stops reading, sc_xml_read returns `reason`. */
void sc_xml_stop(sc_xml_t *xml, sc_dead_reason_t reason);

/* Inside a handler: where the tag starts, and where it ends. */
size_t sc_xml_tag_start(const sc_xml_t *xml);
size_t sc_xml_tag_end(const sc_xml_t *xml);

/* The value of an attribute, named as elements are; empty when absent. */
sc_str_t sc_xml_attribute(const char **attributes, const char *name);


/*
 * The flat form: texts of the root's children.  A repeated name makes the
 * document dead.  Values are in the arena.
 */
#define SC_XML_MAX_FIELDS  64

typedef struct {
    sc_pair_t items[SC_XML_MAX_FIELDS];
    size_t    count;
} sc_xml_fields_t;

/* SC_PARSE_OK, or what parse must return, with callback->dead set. */
sc_parse_result_t sc_xml_read_fields(sc_callback_t *callback,
    sc_str_t document, sc_xml_fields_t *fields);

/* Empty when absent. */
sc_str_t sc_xml_field(const sc_xml_fields_t *fields, const char *name);

#endif /* SC_XML_H */
