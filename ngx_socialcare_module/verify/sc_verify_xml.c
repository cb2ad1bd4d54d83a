/*
 * sc_verify_xml.c: expat, stopped at anything that could expand.
 *
 * No document type declaration, so the sender cannot define entities; no
 * network; depth is bounded here, size by the callback's own limit.
 */

#include <expat.h>
#include <limits.h>

#include "sc_verify_xml.h"


#define SC_XML_MAX_DEPTH    8
#define SC_XML_CHILD_DEPTH  2


typedef struct {
    XML_Parser parser;
    sc_str_t   name;
    sc_buf_t   text;
    unsigned   depth;
    unsigned   found;
    bool       inside;
    bool       refused;
} sc_xml_reader_t;


static void
sc_xml_refuse(sc_xml_reader_t *reader)
{
    reader->refused = true;
    (void) XML_StopParser(reader->parser, XML_FALSE);
}


static void XMLCALL
sc_xml_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    sc_xml_reader_t *reader = data;

    (void) attributes;

    reader->depth++;

    /* Readers disagree on whether a nested element's text belongs to it. */
    if (reader->depth > SC_XML_MAX_DEPTH || reader->inside) {
        sc_xml_refuse(reader);
        return;
    }

    if (reader->depth == SC_XML_CHILD_DEPTH
        && sc_str_eq(sc_str_from_cstring(name), reader->name))
    {
        reader->inside = true;
        reader->found++;
    }
}


static void XMLCALL
sc_xml_end(void *data, const XML_Char *name)
{
    sc_xml_reader_t *reader = data;

    (void) name;

    reader->depth--;
    reader->inside = false;
}


static void XMLCALL
sc_xml_text(void *data, const XML_Char *text, int len)
{
    sc_xml_reader_t *reader = data;

    if (reader->inside && reader->found == 1) {
        sc_buf_append(&reader->text, text, (size_t) len);
    }
}


static void XMLCALL
sc_xml_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
    const XML_Char *public_id, int has_internal_subset)
{
    (void) name;
    (void) system_id;
    (void) public_id;
    (void) has_internal_subset;

    sc_xml_refuse(data);
}


static bool
sc_xml_run(sc_xml_reader_t *reader, sc_str_t body)
{
    bool done;

    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, sc_xml_start, sc_xml_end);
    XML_SetCharacterDataHandler(reader->parser, sc_xml_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, sc_xml_doctype);

    done = XML_Parse(reader->parser, (const char *) body.data,
                     (int) body.len, XML_TRUE) == XML_STATUS_OK;

    return done && !reader->refused && !reader->text.failed;
}


sc_field_status_t
sc_xml_child_text(sc_arena_t *arena, sc_str_t body, sc_str_t name,
    sc_str_t *value)
{
    bool            done;
    unsigned char  *memory;
    sc_xml_reader_t reader;

    *value = SC_STR_NULL;

    if (body.len == 0 || body.len > INT_MAX) {
        return SC_FIELD_MALFORMED;
    }

    /* Without entities, text is never longer than its document. */
    memory = sc_arena_bytes(arena, body.len);
    if (memory == NULL) {
        return SC_FIELD_NO_MEMORY;
    }

    memset(&reader, 0, sizeof(reader));
    sc_buf_init_fixed(&reader.text, memory, body.len);
    reader.name = name;

    reader.parser = XML_ParserCreate("UTF-8");
    if (reader.parser == NULL) {
        sc_arena_starve(arena);
        return SC_FIELD_NO_MEMORY;
    }

    done = sc_xml_run(&reader, body);

    if (XML_GetErrorCode(reader.parser) == XML_ERROR_NO_MEMORY) {
        sc_arena_starve(arena);
    }

    XML_ParserFree(reader.parser);

    if (!done) {
        return SC_FIELD_MALFORMED;
    }

    if (reader.found != 1) {
        return reader.found == 0 ? SC_FIELD_ABSENT : SC_FIELD_DOUBLED;
    }

    *value = sc_buf_str(&reader.text);

    return SC_FIELD_OK;
}
