/*
 * sc_websub_entry.c: one entry of a feed -> one mention.
 *
 * RSS does not say when an item was changed: a changed item is known already,
 * unless it has an element of Atom that says so.
 */

#include "sc_websub.h"


#define SC_FEED_CHANNEL     "https://www.youtube.com/channel/"

/* An update more than this after publication counts as an edit. */
#define SC_FEED_NEW_MS      600000


/* lea@example.org (Lea) */
static void
sc_feed_set_person(sc_mention_t *mention, sc_str_t person)
{
    size_t at;

    at = sc_str_find_byte(person, '(');

    mention->author.id = sc_str_trim(sc_str_first(person, at));
    mention->author.name = person;

    if (at != person.len && person.data[person.len - 1] == ')') {
        mention->author.name = sc_str_trim(sc_str_make(person.data + at + 1,
                                               person.len - at - 2));
    }
}


/* The channel's id, else what identifies the author. */
static void
sc_feed_set_author(const sc_feed_t *feed, sc_mention_t *mention)
{
    sc_str_t name, uri, channel;

    name = feed->fields[SC_FEED_NAME];
    uri = feed->fields[SC_FEED_URI];
    channel = feed->fields[SC_FEED_CHANNEL_ID];

    if (name.len == 0 && uri.len == 0 && channel.len == 0) {
        if (feed->fields[SC_FEED_PERSON].len != 0) {
            sc_feed_set_person(mention, feed->fields[SC_FEED_PERSON]);
            return;
        }

        if (!feed->foreign) {
            name = feed->name;
            uri = feed->uri;
        }
    }

    if (channel.len == 0
        && sc_str_starts_with(uri, SC_STR(SC_FEED_CHANNEL)))
    {
        channel = sc_str_from(uri, sizeof(SC_FEED_CHANNEL) - 1);
    }

    mention->author.id = sc_kit_either(channel, sc_kit_either(uri, name));
    mention->author.name = name;
}


static int64_t
sc_feed_time(const sc_feed_t *feed, sc_feed_field_t field)
{
    int64_t  ms;
    sc_str_t text;

    text = feed->fields[field];

    return sc_time_read(text, SC_TIME_ISO8601, &ms)
           || sc_time_read(text, SC_TIME_RFC2822, &ms) ? ms : -1;
}


static void
sc_feed_set_times(const sc_feed_t *feed, sc_mention_t *mention)
{
    int64_t published_ms, updated_ms;

    updated_ms = sc_feed_time(feed, feed->deleted ? SC_FEED_WHEN
                                                  : SC_FEED_UPDATED);
    published_ms = sc_feed_time(feed, SC_FEED_PUBLISHED);

    sc_kit_set_created(feed->callback, mention,
                       published_ms >= 0 ? published_ms : updated_ms);

    if (published_ms >= 0 && updated_ms - published_ms > SC_FEED_NEW_MS) {
        mention->edited_ms = updated_ms;
    }
}


/* For a video the title is enough; for an article the text counts, too. */
static void
sc_feed_set_text(const sc_feed_t *feed, sc_mention_t *mention)
{
    sc_str_t title, more;

    title = feed->fields[SC_FEED_TITLE];
    more = sc_kit_either(feed->fields[SC_FEED_SUMMARY],
                         feed->fields[SC_FEED_BODY]);

    mention->text = title;

    if (more.len != 0) {
        mention->subject = title;
        mention->text = title.len == 0
                        ? more : sc_kit_join(feed->callback, title,
                                             SC_STR("\n"), more);
    }
}


static void
sc_feed_set_sides(const sc_feed_t *feed, sc_mention_t *mention)
{
    bool own;

    own = sc_source_is_own(feed->callback->source, SC_STR_NULL,
                           mention->author.id)
          || sc_source_is_own(feed->callback->source, SC_STR_NULL,
                              mention->author.name);

    mention->kind = own ? SC_KIND_POST : SC_KIND_MENTION;
    mention->direction = own ? SC_DIRECTION_OUT
                         : mention->author.id.len == 0 ? SC_DIRECTION_UNKNOWN
                                                       : SC_DIRECTION_IN;

    if (own) {
        mention->account = mention->author.id;
    }

    sc_kit_set_clock(feed->callback, mention, own ? SC_STR_NULL
                                                  : mention->object);
}


/* What names the entry; empty: nothing does. */
static sc_str_t
sc_feed_id(const sc_feed_t *feed)
{
    sc_str_t id, text;

    id = sc_kit_either(feed->fields[SC_FEED_ID], feed->fields[SC_FEED_VIDEO]);

    if (id.len != 0 || feed->format->needs_id) {
        return id;
    }

    if (feed->fields[SC_FEED_LINK].len != 0) {
        return feed->fields[SC_FEED_LINK];
    }

    text = sc_kit_join(feed->callback, feed->fields[SC_FEED_TITLE],
                       feed->fields[SC_FEED_SUMMARY],
                       feed->fields[SC_FEED_BODY]);

    return text.len == 0 ? text : sc_kit_digest(feed->callback, text);
}


static void
sc_feed_set_event(const sc_feed_t *feed, sc_mention_t *mention)
{
    sc_str_t when;

    when = feed->fields[feed->deleted ? SC_FEED_WHEN : SC_FEED_UPDATED];

    mention->event = sc_kit_join(feed->callback, mention->thread,
                                 feed->deleted ? SC_STR("/deleted/")
                                 : when.len != 0 ? SC_STR("/")
                                                 : SC_STR_NULL, when);
}


void
sc_feed_add(const sc_feed_t *feed, sc_str_t raw)
{
    sc_str_t      id;
    sc_mention_t *mention;

    id = sc_feed_id(feed);

    if (id.len == 0) {
        sc_callback_add_dead(feed->callback, SC_DEAD_MISSING_MEMBER, raw);
        return;
    }

    mention = sc_kit_add(feed->callback, raw);
    if (mention == NULL) {
        return;
    }

    mention->action = feed->deleted ? SC_ACTION_DELETE : SC_ACTION_CREATE;
    mention->object = id;
    mention->thread = sc_kit_either(feed->fields[SC_FEED_VIDEO], id);
    mention->is_public = SC_TRI_YES;
    mention->url = feed->fields[SC_FEED_LINK];

    if (mention->url.len == 0 && feed->permalink
        && sc_str_starts_with(id, SC_STR("http")))
    {
        mention->url = id;
    }

    sc_feed_set_event(feed, mention);
    sc_feed_set_author(feed, mention);
    sc_feed_set_text(feed, mention);
    sc_feed_set_times(feed, mention);
    sc_feed_set_sides(feed, mention);
}
