/*
 * sc_websub_atom.c: Atom (RFC 4287) with YouTube's members and tombstones
 * (RFC 6721): one mention for each entry.  Elements are identified by their
 * namespace, whatever the prefix.
 */

#include "sc_html.h"
#include "sc_websub.h"
#include "sc_xml.h"


#define SC_ATOM_DEPTH       64
#define SC_ATOM_ENTRY       2          /* depth of entries */

#define SC_ATOM             "http://www.w3.org/2005/Atom "
#define SC_ATOM_YOUTUBE     "http://www.youtube.com/xml/schemas/2015 "
#define SC_ATOM_TOMBSTONES  "http://purl.org/atompub/tombstones/1.0 "

#define SC_ATOM_CHANNEL     "https://www.youtube.com/channel/"

/* An update more than this after publication counts as an edit. */
#define SC_ATOM_NEW_MS      600000


typedef enum {
    SC_ATOM_NONE = 0,
    SC_ATOM_ID,
    SC_ATOM_VIDEO,
    SC_ATOM_CHANNEL_ID,
    SC_ATOM_TITLE,
    SC_ATOM_SUMMARY,
    SC_ATOM_CONTENT,
    SC_ATOM_PUBLISHED,
    SC_ATOM_UPDATED,
    SC_ATOM_NAME,
    SC_ATOM_URI,
    SC_ATOM_LINK,                      /* from attributes */
    SC_ATOM_WHEN,
    SC_ATOM_FIELDS
} sc_atom_field_t;


typedef struct {
    sc_callback_t  *callback;
    sc_buf_t        text;
    sc_str_t        fields[SC_ATOM_FIELDS];
    sc_atom_field_t field;             /* being read now */
    unsigned        field_depth;
    size_t          start;             /* of the entry */
    bool            inside;            /* an entry */
    bool            deleted;
    bool            person;            /* author or by */
    bool            html;              /* the field's text is markup */
} sc_atom_t;


static const struct {
    const char     *name;
    sc_atom_field_t field;
    bool            person;            /* only inside author or by */
} sc_atom_elements[] = {
    { SC_ATOM "id", SC_ATOM_ID, false },
    { SC_ATOM_YOUTUBE "videoId", SC_ATOM_VIDEO, false },
    { SC_ATOM_YOUTUBE "channelId", SC_ATOM_CHANNEL_ID, false },
    { SC_ATOM "title", SC_ATOM_TITLE, false },
    { SC_ATOM "summary", SC_ATOM_SUMMARY, false },
    { SC_ATOM "content", SC_ATOM_CONTENT, false },
    { SC_ATOM "published", SC_ATOM_PUBLISHED, false },
    { SC_ATOM "updated", SC_ATOM_UPDATED, false },
    { SC_ATOM "name", SC_ATOM_NAME, true },
    { SC_ATOM "uri", SC_ATOM_URI, true }
};

#define SC_ATOM_ELEMENTS                                                      \
    (sizeof(sc_atom_elements) / sizeof(sc_atom_elements[0]))


/* A field's first value counts. */
static void
sc_atom_keep(sc_atom_t *atom, sc_atom_field_t field, sc_str_t value)
{
    if (atom->fields[field].len == 0
        && !sc_arena_copy(atom->callback->arena, value, &atom->fields[field]))
    {
        atom->callback->too_large = true;
    }
}


/* type="html" is markup within the XML; other markup is dropped as read. */
static void
sc_atom_keep_text(sc_atom_t *atom)
{
    sc_str_t text;

    text = sc_buf_str(&atom->text);

    if (atom->html && !sc_html_to_text(atom->callback->arena, text, &text)) {
        atom->callback->too_large = true;
    }

    sc_atom_keep(atom, atom->field, text);
    atom->field = SC_ATOM_NONE;
}


/* One entry -> one mention */


/* The channel's id, else what identifies the author. */
static sc_str_t
sc_atom_author(const sc_atom_t *atom)
{
    sc_str_t uri;

    uri = atom->fields[SC_ATOM_URI];

    if (atom->fields[SC_ATOM_CHANNEL_ID].len != 0) {
        return atom->fields[SC_ATOM_CHANNEL_ID];
    }

    if (sc_str_starts_with(uri, SC_STR(SC_ATOM_CHANNEL))) {
        return sc_str_from(uri, sizeof(SC_ATOM_CHANNEL) - 1);
    }

    return sc_kit_either(uri, atom->fields[SC_ATOM_NAME]);
}


static int64_t
sc_atom_time(const sc_atom_t *atom, sc_atom_field_t field)
{
    int64_t ms;

    return sc_time_read(atom->fields[field], SC_TIME_ISO8601, &ms) ? ms : -1;
}


static void
sc_atom_set_times(const sc_atom_t *atom, sc_mention_t *mention)
{
    int64_t published_ms, updated_ms;

    updated_ms = sc_atom_time(atom, atom->deleted ? SC_ATOM_WHEN
                                                  : SC_ATOM_UPDATED);
    published_ms = sc_atom_time(atom, SC_ATOM_PUBLISHED);

    sc_kit_set_created(atom->callback, mention,
                       published_ms >= 0 ? published_ms : updated_ms);

    if (published_ms >= 0 && updated_ms - published_ms > SC_ATOM_NEW_MS) {
        mention->edited_ms = updated_ms;
    }
}


/* For a video the title is enough; for an article the text counts, too. */
static void
sc_atom_set_text(const sc_atom_t *atom, sc_mention_t *mention)
{
    sc_str_t title, more;

    title = atom->fields[SC_ATOM_TITLE];
    more = sc_kit_either(atom->fields[SC_ATOM_SUMMARY],
                         atom->fields[SC_ATOM_CONTENT]);

    mention->text = title;

    if (more.len != 0) {
        mention->subject = title;
        mention->text = title.len == 0
                        ? more : sc_kit_join(atom->callback, title,
                                             SC_STR("\n"), more);
    }
}


static void
sc_atom_set_sides(const sc_atom_t *atom, sc_mention_t *mention)
{
    bool own;

    own = sc_source_is_own(atom->callback->source, SC_STR_NULL,
                           mention->author.id)
          || sc_source_is_own(atom->callback->source, SC_STR_NULL,
                              mention->author.name);

    mention->kind = own ? SC_KIND_POST : SC_KIND_MENTION;
    mention->direction = own ? SC_DIRECTION_OUT
                         : mention->author.id.len == 0 ? SC_DIRECTION_UNKNOWN
                                                       : SC_DIRECTION_IN;

    if (own) {
        mention->account = mention->author.id;
    }

    sc_kit_set_clock(atom->callback, mention, own ? SC_STR_NULL
                                                  : mention->object);
}


static void
sc_atom_add(const sc_atom_t *atom, sc_str_t raw)
{
    sc_str_t      id, name;
    sc_mention_t *mention;

    id = sc_kit_either(atom->fields[SC_ATOM_ID], atom->fields[SC_ATOM_VIDEO]);

    if (id.len == 0) {
        sc_callback_add_dead(atom->callback, SC_DEAD_MISSING_MEMBER, raw);
        return;
    }

    mention = sc_kit_add(atom->callback, raw);
    if (mention == NULL) {
        return;
    }

    name = sc_kit_either(atom->fields[SC_ATOM_VIDEO], id);

    mention->action = atom->deleted ? SC_ACTION_DELETE : SC_ACTION_CREATE;
    mention->event = sc_kit_join(atom->callback, name,
                                 atom->deleted ? SC_STR("/deleted/")
                                               : SC_STR("/"),
                                 atom->fields[atom->deleted
                                              ? SC_ATOM_WHEN
                                              : SC_ATOM_UPDATED]);
    mention->object = id;
    mention->thread = name;
    mention->is_public = SC_TRI_YES;
    mention->author.id = sc_atom_author(atom);
    mention->author.name = atom->fields[SC_ATOM_NAME];
    mention->url = atom->fields[SC_ATOM_LINK];
    sc_atom_set_text(atom, mention);
    sc_atom_set_times(atom, mention);
    sc_atom_set_sides(atom, mention);
}


/* Elements */


static bool
sc_atom_is(sc_str_t name, const char *wanted)
{
    return sc_str_eq(name, sc_str_from_cstring(wanted));
}


static void
sc_atom_begin(sc_xml_t *xml, sc_str_t name, const char **attributes)
{
    sc_atom_t *atom;

    atom = xml->data;

    if (!sc_atom_is(name, SC_ATOM "entry")
        && !sc_atom_is(name, SC_ATOM_TOMBSTONES "deleted-entry"))
    {
        return;
    }

    memset(atom->fields, 0, sizeof(atom->fields));
    atom->inside = true;
    atom->person = false;
    atom->start = sc_xml_tag_start(xml);
    atom->deleted = !sc_atom_is(name, SC_ATOM "entry");

    if (atom->deleted) {
        sc_atom_keep(atom, SC_ATOM_ID, sc_xml_attribute(attributes, "ref"));
        sc_atom_keep(atom, SC_ATOM_WHEN, sc_xml_attribute(attributes,
                                                          "when"));
    }
}


/* `alternate` is what a link without `rel` means. */
static void
sc_atom_link(sc_atom_t *atom, const char **attributes)
{
    sc_str_t relation;

    relation = sc_xml_attribute(attributes, "rel");

    if (relation.len == 0 || sc_str_eq(relation, SC_STR("alternate"))) {
        sc_atom_keep(atom, SC_ATOM_LINK, sc_xml_attribute(attributes,
                                                          "href"));
    }
}


static void
sc_atom_member(sc_atom_t *atom, unsigned depth, sc_str_t name,
    const char **attributes)
{
    size_t i;

    if (depth == SC_ATOM_ENTRY + 1) {
        atom->person = sc_atom_is(name, SC_ATOM "author")
                       || sc_atom_is(name, SC_ATOM_TOMBSTONES "by");

        if (sc_atom_is(name, SC_ATOM "link")) {
            sc_atom_link(atom, attributes);
        }
    }

    if (depth != SC_ATOM_ENTRY + (atom->person ? 2u : 1u)) {
        return;
    }

    for (i = 0; i < SC_ATOM_ELEMENTS; i++) {
        if (sc_atom_elements[i].person == atom->person
            && sc_atom_is(name, sc_atom_elements[i].name))
        {
            atom->field = sc_atom_elements[i].field;
            atom->field_depth = depth;
            atom->text.len = 0;
            atom->html = sc_str_eq_nocase(sc_xml_attribute(attributes,
                                                           "type"),
                                          SC_STR("html"));
            return;
        }
    }
}


static void
sc_atom_start(sc_xml_t *xml, sc_str_t name, const char **attributes)
{
    sc_atom_t *atom;

    atom = xml->data;

    if (xml->depth == 1) {
        if (!sc_atom_is(name, SC_ATOM "feed")) {
            sc_xml_stop(xml, SC_DEAD_UNKNOWN_OBJECT);
        }

    } else if (xml->depth == SC_ATOM_ENTRY) {
        sc_atom_begin(xml, name, attributes);

    } else if (atom->inside && atom->field == SC_ATOM_NONE) {
        sc_atom_member(atom, xml->depth, name, attributes);
    }
}


static void
sc_atom_end(sc_xml_t *xml)
{
    sc_atom_t *atom;

    atom = xml->data;

    if (atom->field != SC_ATOM_NONE && xml->depth == atom->field_depth) {
        sc_atom_keep_text(atom);
    }

    if (xml->depth == SC_ATOM_ENTRY + 1) {
        atom->person = false;
    }

    if (atom->inside && xml->depth == SC_ATOM_ENTRY) {
        atom->inside = false;
        sc_atom_add(atom, sc_str_first(sc_str_from(xml->document,
                                                   atom->start),
                                       sc_xml_tag_end(xml) - atom->start));
    }

    if (atom->callback->too_large) {
        sc_xml_stop(xml, SC_DEAD_SHAPE);
    }
}


/* Markup inside a field is dropped, its text is kept. */
static void
sc_atom_text(sc_xml_t *xml, sc_str_t text)
{
    sc_atom_t *atom;

    atom = xml->data;

    if (atom->field != SC_ATOM_NONE) {
        sc_buf_append_str(&atom->text, text);
    }
}


static const sc_xml_handlers_t sc_atom_handlers = {
    sc_atom_start, sc_atom_end, sc_atom_text
};


sc_parse_result_t
sc_websub_parse(sc_callback_t *callback)
{
    sc_str_t          document;
    sc_xml_t          xml;
    sc_atom_t         atom;
    unsigned char    *memory;
    sc_dead_reason_t  reason;

    document = callback->request->body;

    /* Without entities of its own, text is shorter than its document. */
    memory = sc_arena_bytes(callback->arena, document.len + 1);
    if (memory == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    memset(&atom, 0, sizeof(atom));
    atom.callback = callback;
    sc_buf_init_fixed(&atom.text, memory, document.len + 1);

    reason = sc_xml_read(&xml, callback->arena, document, SC_ATOM_DEPTH,
                         &sc_atom_handlers, &atom);

    if (xml.no_memory || callback->too_large) {
        return SC_PARSE_TOO_LARGE;
    }

    return reason == SC_DEAD_NONE ? SC_PARSE_OK
                                  : sc_kit_die(callback, reason);
}
