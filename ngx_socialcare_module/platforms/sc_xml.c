/*
 * sc_xml.c: expat, stopped at anything that could expand or be read in two
 * ways.  It keeps nothing of a document but what the handlers copy.
 */

#include <expat.h>
#include <limits.h>

#include "sc_xml.h"


#define SC_XML_NAMESPACE_END  ' '


void
sc_xml_stop(sc_xml_t *xml, sc_dead_reason_t reason)
{
    if (xml->refused == SC_DEAD_NONE) {
        xml->refused = reason;
    }

    (void) XML_StopParser(xml->parser, XML_FALSE);
}


static void XMLCALL
sc_xml_on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    sc_xml_t *xml = data;

    if (xml->refused != SC_DEAD_NONE) {
        return;
    }

    xml->depth++;

    if (xml->depth > xml->max_depth) {
        sc_xml_stop(xml, SC_DEAD_SHAPE);
        return;
    }

    xml->handlers->start(xml, sc_str_from_cstring(name), attributes);
}


static void XMLCALL
sc_xml_on_end(void *data, const XML_Char *name)
{
    sc_xml_t *xml = data;

    (void) name;

    if (xml->refused != SC_DEAD_NONE) {
        return;
    }

    xml->handlers->end(xml);
    xml->depth--;
}


static void XMLCALL
sc_xml_on_text(void *data, const XML_Char *text, int len)
{
    sc_xml_t *xml = data;

    if (xml->refused == SC_DEAD_NONE) {
        xml->handlers->text(xml, sc_str_make(text, (size_t) len));
    }
}


static void XMLCALL
sc_xml_on_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
    const XML_Char *public_id, int has_internal_subset)
{
    (void) name;
    (void) system_id;
    (void) public_id;
    (void) has_internal_subset;

    sc_xml_stop(data, SC_DEAD_SHAPE);
}


/* The bytes are read as UTF-8 in any case, so the declaration must agree. */
static void XMLCALL
sc_xml_on_declaration(void *data, const XML_Char *version,
    const XML_Char *encoding, int standalone)
{
    sc_str_t name;

    (void) version;
    (void) standalone;

    name = sc_str_from_cstring(encoding);

    if (name.len != 0 && !sc_str_eq_nocase(name, SC_STR("UTF-8"))
        && !sc_str_eq_nocase(name, SC_STR("US-ASCII")))
    {
        sc_xml_stop(data, SC_DEAD_ENCODING);
    }
}


static void
sc_xml_starve(sc_xml_t *xml)
{
    xml->no_memory = true;
    sc_arena_starve(xml->arena);
}


static sc_dead_reason_t
sc_xml_run(sc_xml_t *xml)
{
    XML_Parser parser = xml->parser;

    XML_SetUserData(parser, xml);
    XML_SetElementHandler(parser, sc_xml_on_start, sc_xml_on_end);
    XML_SetCharacterDataHandler(parser, sc_xml_on_text);
    XML_SetStartDoctypeDeclHandler(parser, sc_xml_on_doctype);
    XML_SetXmlDeclHandler(parser, sc_xml_on_declaration);

    if (XML_Parse(parser, (const char *) xml->document.data,
                  (int) xml->document.len, XML_TRUE) == XML_STATUS_OK)
    {
        return xml->refused;
    }

    if (xml->refused != SC_DEAD_NONE) {
        return xml->refused;
    }

    if (XML_GetErrorCode(parser) == XML_ERROR_NO_MEMORY) {
        sc_xml_starve(xml);
    }

    return SC_DEAD_SYNTAX;
}


sc_dead_reason_t
sc_xml_read(sc_xml_t *xml, sc_arena_t *arena, sc_str_t document,
    unsigned max_depth, const sc_xml_handlers_t *handlers, void *data)
{
    sc_dead_reason_t reason;

    memset(xml, 0, sizeof(*xml));
    xml->handlers = handlers;
    xml->data = data;
    xml->arena = arena;
    xml->document = document;
    xml->max_depth = max_depth;

    if (document.len == 0 || document.len > INT_MAX) {
        return SC_DEAD_SYNTAX;
    }

    xml->parser = XML_ParserCreateNS("UTF-8", SC_XML_NAMESPACE_END);
    if (xml->parser == NULL) {
        sc_xml_starve(xml);
        return SC_DEAD_SYNTAX;
    }

    reason = sc_xml_run(xml);

    XML_ParserFree(xml->parser);
    xml->parser = NULL;

    return reason;
}


size_t
sc_xml_tag_start(const sc_xml_t *xml)
{
    XML_Index at;

    at = XML_GetCurrentByteIndex(xml->parser);

    return at < 0 ? 0 : (size_t) at;
}


size_t
sc_xml_tag_end(const sc_xml_t *xml)
{
    return sc_xml_tag_start(xml)
           + (size_t) XML_GetCurrentByteCount(xml->parser);
}


sc_str_t
sc_xml_attribute(const char **attributes, const char *name)
{
    for ( /* void */ ; attributes[0] != NULL; attributes += 2) {
        if (strcmp(attributes[0], name) == 0) {
            return sc_str_from_cstring(attributes[1]);
        }
    }

    return SC_STR_NULL;
}


/* The flat form */


#define SC_XML_FLAT_DEPTH  8


typedef struct {
    sc_callback_t   *callback;
    sc_xml_fields_t *fields;
    sc_buf_t         text;
    sc_str_t         name;
} sc_xml_flat_t;


/* Deeper elements belong to structures that are not needed. */
static void
sc_xml_flat_start(sc_xml_t *xml, sc_str_t name, const char **attributes)
{
    sc_xml_flat_t *flat;

    (void) attributes;

    flat = xml->data;

    if (xml->depth != 2) {
        return;
    }

    flat->text.len = 0;

    if (flat->fields->count == SC_XML_MAX_FIELDS) {
        sc_xml_stop(xml, SC_DEAD_SHAPE);
        return;
    }

    if (!sc_arena_copy(flat->callback->arena, name, &flat->name)) {
        xml->no_memory = true;
        sc_xml_stop(xml, SC_DEAD_SHAPE);
    }
}


static void
sc_xml_flat_end(sc_xml_t *xml)
{
    size_t         i;
    sc_pair_t     *pair;
    sc_xml_flat_t *flat;

    flat = xml->data;

    if (xml->depth != 2) {
        return;
    }

    for (i = 0; i < flat->fields->count; i++) {
        if (sc_str_eq(flat->fields->items[i].name, flat->name)) {
            sc_xml_stop(xml, SC_DEAD_DUPLICATE_NAME);
            return;
        }
    }

    pair = &flat->fields->items[flat->fields->count++];
    pair->name = flat->name;

    if (!sc_arena_copy(flat->callback->arena, sc_buf_str(&flat->text),
                       &pair->value))
    {
        xml->no_memory = true;
        sc_xml_stop(xml, SC_DEAD_SHAPE);
    }
}


static void
sc_xml_flat_text(sc_xml_t *xml, sc_str_t text)
{
    sc_xml_flat_t *flat;

    flat = xml->data;

    if (xml->depth == 2) {
        sc_buf_append_str(&flat->text, text);
    }
}


static const sc_xml_handlers_t sc_xml_flat_handlers = {
    sc_xml_flat_start, sc_xml_flat_end, sc_xml_flat_text
};


sc_parse_result_t
sc_xml_read_fields(sc_callback_t *callback, sc_str_t document,
    sc_xml_fields_t *fields)
{
    sc_xml_t       xml;
    sc_xml_flat_t  flat;
    unsigned char *memory;

    /* Without entities of its own, text is shorter than its document. */
    memory = sc_arena_bytes(callback->arena, document.len + 1);
    if (memory == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    memset(&flat, 0, sizeof(flat));
    flat.callback = callback;
    flat.fields = fields;
    fields->count = 0;
    sc_buf_init_fixed(&flat.text, memory, document.len + 1);

    callback->dead = sc_xml_read(&xml, callback->arena, document,
                                 SC_XML_FLAT_DEPTH, &sc_xml_flat_handlers,
                                 &flat);

    if (xml.no_memory) {
        return SC_PARSE_TOO_LARGE;
    }

    return callback->dead == SC_DEAD_NONE ? SC_PARSE_OK : SC_PARSE_DEAD;
}


sc_str_t
sc_xml_field(const sc_xml_fields_t *fields, const char *name)
{
    sc_str_t value;

    value = SC_STR_NULL;
    (void) sc_pairs_get(fields->items, fields->count,
                        sc_str_from_cstring(name), &value);

    return value;
}
