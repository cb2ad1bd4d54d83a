/*
 * sc_websub_feed.c: reads feeds: Atom (RFC 4287) with YouTube's members and
 * tombstones (RFC 6721), RSS 2.0 and its forerunners, RSS 1.0.  Elements are
 * identified by their namespace, whatever the prefix.
 */

#include "sc_html.h"
#include "sc_websub.h"
#include "sc_xml.h"


#define SC_FEED_DEPTH       64

#define SC_FEED_ATOM        "http://www.w3.org/2005/Atom "
#define SC_FEED_YOUTUBE     "http://www.youtube.com/xml/schemas/2015 "
#define SC_FEED_TOMBSTONES  "http://purl.org/atompub/tombstones/1.0 "
#define SC_FEED_RDF         "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
#define SC_FEED_RSS1        "http://purl.org/rss/1.0/ "
#define SC_FEED_DC          "http://purl.org/dc/elements/1.1/ "
#define SC_FEED_CONTENT     "http://purl.org/rss/1.0/modules/content/ "


static const sc_feed_element_t sc_feed_atom[] = {
    { SC_FEED_ATOM "id", SC_FEED_ID, false, false },
    { SC_FEED_YOUTUBE "videoId", SC_FEED_VIDEO, false, false },
    { SC_FEED_YOUTUBE "channelId", SC_FEED_CHANNEL_ID, false, false },
    { SC_FEED_ATOM "title", SC_FEED_TITLE, false, false },
    { SC_FEED_ATOM "summary", SC_FEED_SUMMARY, false, false },
    { SC_FEED_ATOM "content", SC_FEED_BODY, false, false },
    { SC_FEED_ATOM "published", SC_FEED_PUBLISHED, false, false },
    { SC_FEED_ATOM "updated", SC_FEED_UPDATED, false, false },
    { SC_FEED_ATOM "name", SC_FEED_NAME, true, false },
    { SC_FEED_ATOM "uri", SC_FEED_URI, true, false }
};

static const sc_feed_element_t sc_feed_rss[] = {
    { "guid", SC_FEED_ID, false, false },
    { "title", SC_FEED_TITLE, false, false },
    { "description", SC_FEED_SUMMARY, false, true },
    { SC_FEED_CONTENT "encoded", SC_FEED_BODY, false, true },
    { "link", SC_FEED_LINK, false, false },
    { "pubDate", SC_FEED_PUBLISHED, false, false },
    { "author", SC_FEED_PERSON, false, false },
    { SC_FEED_DC "creator", SC_FEED_NAME, false, false },
    { SC_FEED_DC "date", SC_FEED_PUBLISHED, false, false },
    { SC_FEED_ATOM "updated", SC_FEED_UPDATED, false, false }
};

static const sc_feed_element_t sc_feed_rdf[] = {
    { SC_FEED_RSS1 "title", SC_FEED_TITLE, false, false },
    { SC_FEED_RSS1 "description", SC_FEED_SUMMARY, false, true },
    { SC_FEED_CONTENT "encoded", SC_FEED_BODY, false, true },
    { SC_FEED_RSS1 "link", SC_FEED_LINK, false, false },
    { SC_FEED_DC "creator", SC_FEED_NAME, false, false },
    { SC_FEED_DC "date", SC_FEED_PUBLISHED, false, false }
};

#define SC_FEED_COUNT(table)  (sizeof(table) / sizeof((table)[0]))

static const sc_feed_format_t sc_feed_formats[] = {
    { SC_FEED_ATOM "feed", SC_FEED_ATOM "entry",
      SC_FEED_TOMBSTONES "deleted-entry", NULL, true, 2, sc_feed_atom,
      SC_FEED_COUNT(sc_feed_atom) },
    { "rss", "item", NULL, NULL, false, 3, sc_feed_rss,
      SC_FEED_COUNT(sc_feed_rss) },
    { SC_FEED_RDF "RDF", SC_FEED_RSS1 "item", NULL, SC_FEED_RDF "about", false,
      2, sc_feed_rdf, SC_FEED_COUNT(sc_feed_rdf) }
};


/* A field's first value counts. */
static void
sc_feed_keep(sc_feed_t *feed, sc_feed_field_t field, sc_str_t value)
{
    value = sc_str_trim_of(value, SC_STR(" \t\n\r"));

    if (feed->fields[field].len == 0
        && !sc_arena_copy(feed->callback->arena, value,
                          &feed->fields[field]))
    {
        feed->callback->too_large = true;
    }
}


/* type="html" is markup within the XML; other markup is dropped as read. */
static void
sc_feed_keep_text(sc_feed_t *feed)
{
    sc_str_t text;

    text = sc_buf_str(&feed->text);

    if (feed->html && !sc_html_to_text(feed->callback->arena, text, &text)) {
        feed->callback->too_large = true;
    }

    sc_feed_keep(feed, feed->field, text);
    feed->field = SC_FEED_NONE;
}


static bool
sc_feed_is(sc_str_t name, const char *wanted)
{
    return sc_str_eq(name, sc_str_from_cstring(wanted));
}


static void
sc_feed_begin(sc_xml_t *xml, sc_str_t name, const char **attributes)
{
    sc_feed_t              *feed;
    const sc_feed_format_t *format;

    feed = xml->data;
    format = feed->format;

    memset(feed->fields, 0, sizeof(feed->fields));
    feed->inside = true;
    feed->person = false;
    feed->permalink = false;
    feed->foreign = false;
    feed->start = sc_xml_tag_start(xml);
    feed->deleted = !sc_feed_is(name, format->entry);

    if (format->id != NULL) {
        sc_feed_keep(feed, SC_FEED_ID, sc_xml_attribute(attributes,
                                                        format->id));
    }

    if (feed->deleted) {
        sc_feed_keep(feed, SC_FEED_ID, sc_xml_attribute(attributes, "ref"));
        sc_feed_keep(feed, SC_FEED_WHEN, sc_xml_attribute(attributes,
                                                          "when"));
    }
}


/* `alternate` is what a link without `rel` means. */
static void
sc_feed_link(sc_feed_t *feed, const char **attributes)
{
    sc_str_t relation;

    relation = sc_xml_attribute(attributes, "rel");

    if (relation.len == 0 || sc_str_eq(relation, SC_STR("alternate"))) {
        sc_feed_keep(feed, SC_FEED_LINK, sc_xml_attribute(attributes,
                                                          "href"));
    }
}


static void
sc_feed_open(sc_feed_t *feed, const sc_feed_element_t *element,
    unsigned depth, const char **attributes)
{
    feed->field = element->field;
    feed->field_depth = depth;
    feed->text.len = 0;
    feed->html = element->html
                 || sc_str_eq_nocase(sc_xml_attribute(attributes, "type"),
                                     SC_STR("html"));

    if (element->field == SC_FEED_ID) {
        feed->permalink = !sc_str_eq(sc_xml_attribute(attributes,
                                                      "isPermaLink"),
                                     SC_STR("false"));
    }
}


/* Of an entry, or of the feed, whose author is that of its entries. */
static void
sc_feed_member(sc_feed_t *feed, unsigned depth, sc_str_t name,
    const char **attributes)
{
    size_t   i;
    unsigned base;

    base = feed->inside ? feed->format->depth : 1;

    if (depth == base + 1) {
        feed->person = sc_feed_is(name, SC_FEED_ATOM "author")
                       || sc_feed_is(name, SC_FEED_TOMBSTONES "by");
        feed->foreign = feed->foreign
                        || sc_feed_is(name, SC_FEED_ATOM "source");

        if (sc_feed_is(name, SC_FEED_ATOM "link")) {
            sc_feed_link(feed, attributes);
        }
    }

    if (depth != base + (feed->person ? 2u : 1u)) {
        return;
    }

    for (i = 0; i < feed->format->count; i++) {
        if (feed->format->elements[i].person == feed->person
            && sc_feed_is(name, feed->format->elements[i].name))
        {
            sc_feed_open(feed, &feed->format->elements[i], depth, attributes);
            return;
        }
    }
}


static void
sc_feed_root(sc_xml_t *xml, sc_str_t name)
{
    size_t     i;
    sc_feed_t *feed;

    feed = xml->data;

    for (i = 0; i < SC_FEED_COUNT(sc_feed_formats); i++) {
        if (sc_feed_is(name, sc_feed_formats[i].root)) {
            feed->format = &sc_feed_formats[i];
            return;
        }
    }

    sc_xml_stop(xml, SC_DEAD_UNKNOWN_OBJECT);
}


static void
sc_feed_start(sc_xml_t *xml, sc_str_t name, const char **attributes)
{
    sc_feed_t *feed;

    feed = xml->data;

    if (xml->depth == 1) {
        sc_feed_root(xml, name);

    } else if (xml->depth == feed->format->depth
               && (sc_feed_is(name, feed->format->entry)
                   || (feed->format->deleted != NULL
                       && sc_feed_is(name, feed->format->deleted))))
    {
        sc_feed_begin(xml, name, attributes);

    } else if (feed->field == SC_FEED_NONE) {
        sc_feed_member(feed, xml->depth, name, attributes);
    }
}


/* An element directly below the entry or the feed. */
static void
sc_feed_end_member(sc_feed_t *feed)
{
    if (feed->person && !feed->inside) {
        feed->name = feed->fields[SC_FEED_NAME];
        feed->uri = feed->fields[SC_FEED_URI];
    }

    feed->person = false;
}


static void
sc_feed_end(sc_xml_t *xml)
{
    sc_feed_t *feed;

    feed = xml->data;

    if (feed->field != SC_FEED_NONE && xml->depth == feed->field_depth) {
        sc_feed_keep_text(feed);
    }

    if (xml->depth == (feed->inside ? feed->format->depth : 1) + 1) {
        sc_feed_end_member(feed);
    }

    if (feed->inside && xml->depth == feed->format->depth) {
        feed->inside = false;
        sc_feed_add(feed, sc_str_first(sc_str_from(xml->document,
                                                   feed->start),
                                       sc_xml_tag_end(xml) - feed->start));
    }

    if (feed->callback->too_large) {
        sc_xml_stop(xml, SC_DEAD_SHAPE);
    }
}


/* Markup inside a field is dropped, its text is kept. */
static void
sc_feed_text(sc_xml_t *xml, sc_str_t text)
{
    sc_feed_t *feed;

    feed = xml->data;

    if (feed->field != SC_FEED_NONE) {
        sc_buf_append_str(&feed->text, text);
    }
}


static const sc_xml_handlers_t sc_feed_handlers = {
    sc_feed_start, sc_feed_end, sc_feed_text
};


sc_parse_result_t
sc_websub_parse(sc_callback_t *callback)
{
    sc_str_t          document;
    sc_xml_t          xml;
    sc_feed_t         feed;
    unsigned char    *memory;
    sc_dead_reason_t  reason;

    document = callback->request->body;

    /* Without entities of its own, text is shorter than its document. */
    memory = sc_arena_bytes(callback->arena, document.len + 1);
    if (memory == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    memset(&feed, 0, sizeof(feed));
    feed.callback = callback;
    sc_buf_init_fixed(&feed.text, memory, document.len + 1);

    reason = sc_xml_read(&xml, callback->arena, document, SC_FEED_DEPTH,
                         &sc_feed_handlers, &feed);

    if (xml.no_memory || callback->too_large) {
        return SC_PARSE_TOO_LARGE;
    }

    return reason == SC_DEAD_NONE ? SC_PARSE_OK
                                  : sc_kit_die(callback, reason);
}
