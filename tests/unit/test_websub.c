/*
 * test_websub.c: feeds, verifications and options that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_registry.h"


#define TOPIC  "https://feeds.example.org/news?a=1,2"

#define HUB    "hub.challenge=7&hub.topic=" TOPIC

#define FEED(entries)                                                         \
    "<?xml version='1.0' encoding='utf-8'?>"                                  \
    "<a:feed xmlns:a='http://www.w3.org/2005/Atom'"                           \
    " xmlns:y='http://www.youtube.com/xml/schemas/2015'"                      \
    " xmlns:t='http://purl.org/atompub/tombstones/1.0'>"                      \
    "<a:id>feed</a:id><a:title>Feed</a:title>" entries "</a:feed>"

#define ENTRY(more)                                                           \
    "<a:entry><a:id>tag:1</a:id>"                                             \
    "<a:updated>2026-01-15T10:00:00Z</a:updated>" more "</a:entry>"
#define AUTHOR  "<a:author><a:name>Lea</a:name><a:uri>https://l/</a:uri>"     \
                "</a:author>"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_websub);
    assert_null(fixture_option(fixture, "topic", TOPIC));
    fixture_account(fixture, "UC1");
    fixture_account(fixture, "Northwind");
}


static sc_mention_t *
one(fixture_t *fixture, const char *text)
{
    fixture_expect(fixture, text, 1, 0);

    return fixture_mention(fixture, 0);
}


static void
dead(fixture_t *fixture, const char *text, sc_dead_reason_t reason)
{
    assert_int_equal(fixture_parse(fixture, text), SC_PARSE_DEAD);
    assert_int_equal(fixture->callback.dead, reason);
}


static void
test_foreign_feed(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, FEED(ENTRY(AUTHOR
                  "<a:title>No &lt;signal&gt; &#233;</a:title>"
                  "<a:link rel='self' href='https://self/'/>"
                  "<a:link href='https://article/'/>"
                  "<a:content type='xhtml'><div>All <b>day</b></div>"
                  "</a:content><a:published>2026-01-15T09:00:00Z"
                  "</a:published>")));
    assert_int_equal(mention->kind, SC_KIND_MENTION);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->subject, "No <signal> \xc3\xa9");
    assert_text(mention->text, "No <signal> \xc3\xa9\nAll day");
    assert_text(mention->url, "https://article/");
    assert_text(mention->author.name, "Lea");
    assert_text(mention->author.id, "https://l/");
    assert_text(mention->event, "tag:1/2026-01-15T10:00:00Z");
    assert_text(mention->clock_key, "websub:UC1:tag:1");
    assert_int_equal(mention->created_ms, 1768467600000);
    assert_int_equal(mention->edited_ms, 1768471200000);
    assert_int_equal(mention->is_public, SC_TRI_YES);
    assert_true(sc_str_starts_with(mention->raw, SC_STR("<a:entry>")));
    assert_true(sc_str_ends_with(mention->raw, SC_STR("</a:entry>")));

    mention = one(&fixture, FEED(ENTRY("<a:summary>only</a:summary>")));
    assert_text(mention->text, "only");
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    fixture_free(&fixture);
}


/* Most feeds of blogs and forums have HTML in their entries (RFC 4287, 3.1). */
static void
test_html(void **state)
{
    size_t        bytes;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char feed[] = FEED(ENTRY("<a:title type='html'>A &amp;amp; B"
        "</a:title><a:content type='html'>&lt;p&gt;Still no &lt;b&gt;signal"
        "&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;Why?&lt;/p&gt;</a:content>"));

    (void) state;

    setup(&fixture);
    mention = one(&fixture, feed);
    assert_text(mention->subject, "A & B");
    assert_text(mention->text, "A & B\nStill no signal.\nWhy?");

    /* Of type text, which is the default, nothing is markup. */
    assert_text(one(&fixture, FEED(ENTRY("<a:content type='text'>1 &lt; 2 "
                    "&lt;b&gt;</a:content><a:title>&lt;p&gt;</a:title>")))
                ->text, "<p>\n1 < 2 <b>");

    for (bytes = 0; bytes < 4096; bytes += 16) {
        fixture_limit_memory(&fixture, bytes);

        if (fixture_parse(&fixture, feed) == SC_PARSE_OK) {
            assert_text(fixture_mention(&fixture, 0)->subject, "A & B");
        }
    }

    fixture_free(&fixture);
}


/* The feed's author is that of its entries (RFC 4287, 4.2.1). */
static void
test_author_of_the_feed(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, FEED(AUTHOR ENTRY("")));
    assert_text(mention->author.name, "Lea");
    assert_text(mention->author.id, "https://l/");
    assert_int_equal(mention->direction, SC_DIRECTION_IN);

    mention = one(&fixture, FEED("<a:author><a:name>Northwind</a:name>"
                                 "</a:author>" ENTRY("")));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);

    mention = one(&fixture, FEED("<a:author><a:name>Northwind</a:name>"
                                 "</a:author>" ENTRY(AUTHOR)));
    assert_text(mention->author.name, "Lea");

    /* Taken over from another feed, whose author this is not. */
    mention = one(&fixture, FEED(AUTHOR ENTRY("<a:source><a:id>x</a:id>"
                                              "</a:source>")));
    assert_text(mention->author.name, "");
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    fixture_free(&fixture);
}


#define RSS(items)                                                            \
    "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'"                \
    " xmlns:dc='http://purl.org/dc/elements/1.1/'"                            \
    " xmlns:c='http://purl.org/rss/1.0/modules/content/'"                     \
    " xmlns:a='http://www.w3.org/2005/Atom'><channel><title>Feed</title>"     \
    "<link>https://feed/</link><a:link rel='hub' href='https://hub/'/>"       \
    "<image><title>wrong</title></image>" items "</channel></rss>"

#define GUID  "<guid isPermaLink='false'>https://b/?p=7</guid>"


static void
test_rss(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, RSS("<item><title>No &lt;signal&gt;</title>"
                  "<link>\n https://b/no-signal/ </link>"
                  "<a:link rel='self' href='https://wrong/'/>"
                  "<comments>https://b/no-signal/#comments</comments>"
                  "<dc:creator><![CDATA[Lea]]></dc:creator>"
                  "<pubDate>Thu, 15 Jan 2026 10:00:00 +0000</pubDate>"
                  "<category><![CDATA[wrong]]></category>" GUID
                  "<description><![CDATA[<p>All <b>day</b> &#8230;</p>]]>"
                  "</description><c:encoded><![CDATA[<p>wrong</p>]]>"
                  "</c:encoded></item>"));
    assert_int_equal(mention->kind, SC_KIND_MENTION);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->event, "https://b/?p=7");
    assert_text(mention->object, "https://b/?p=7");
    assert_text(mention->clock_key, "websub:UC1:https://b/?p=7");
    assert_text(mention->url, "https://b/no-signal/");
    assert_text(mention->author.name, "Lea");
    assert_text(mention->author.id, "Lea");
    assert_text(mention->subject, "No <signal>");
    assert_text(mention->text, "No <signal>\nAll day \xe2\x80\xa6");
    assert_int_equal(mention->created_ms, 1768471200000);
    assert_int_equal(mention->edited_ms, -1);
    assert_int_equal(mention->is_public, SC_TRI_YES);
    assert_true(sc_str_starts_with(mention->raw, SC_STR("<item>")));
    assert_true(sc_str_ends_with(mention->raw, SC_STR("</item>")));

    /* Text without a summary, and a change that is told. */
    mention = one(&fixture, RSS("<item>" GUID "<c:encoded>&lt;p&gt;Why?"
                  "&lt;/p&gt;</c:encoded><dc:date>2026-01-15T10:00:00Z"
                  "</dc:date><a:updated>2026-01-15T11:00:00Z</a:updated>"
                  "</item>"));
    assert_text(mention->text, "Why?");
    assert_text(mention->event, "https://b/?p=7/2026-01-15T11:00:00Z");
    assert_int_equal(mention->created_ms, 1768471200000);
    assert_int_equal(mention->edited_ms, 1768474800000);
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);

    fixture_expect(&fixture, RSS(""), 0, 0);
    fixture_expect(&fixture, RSS("<item>" GUID "</item><item/><item><guid>2"
                                 "</guid></item>"), 2, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


/* None of the members of an item is required but a title or a text. */
static void
test_rss_ids(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, RSS("<item><guid>https://b/1</guid></item>"));
    assert_text(mention->object, "https://b/1");
    assert_text(mention->url, "https://b/1");

    mention = one(&fixture, RSS("<item>" GUID "</item>"));
    assert_text(mention->url, "");

    mention = one(&fixture, RSS("<item><link>https://b/2</link></item>"));
    assert_text(mention->object, "https://b/2");
    assert_text(mention->url, "https://b/2");

    mention = one(&fixture, RSS("<item><title>x</title></item>"));
    assert_int_equal(mention->object.len, 16);
    assert_true(sc_str_eq(mention->event, mention->object));
    fixture_free(&fixture);
}


static void
test_rss_authors(void **state)
{
    size_t        i;
    char          body[2048];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *author;
        const char *id;
        const char *name;
    } authors[] = {
        { "<author>lea@example.org (Lea)</author>", "lea@example.org",
          "Lea" },
        { "<author>lea@example.org</author>", "lea@example.org",
          "lea@example.org" },
        { "<author>(Lea)</author>", "", "Lea" },
        { "<author>Lea (x) y</author>", "Lea", "Lea (x) y" },
        { "<author>(</author>", "", "(" },
        { "<author>l@e (Lea)</author><dc:creator>Lea M.</dc:creator>",
          "Lea M.", "Lea M." }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(authors) / sizeof(authors[0]); i++) {
        (void) snprintf(body, sizeof(body), RSS("<item>" GUID "%s</item>"),
                        authors[i].author);
        mention = one(&fixture, body);
        assert_text(mention->author.id, authors[i].id);
        assert_text(mention->author.name, authors[i].name);
    }

    assert_int_equal(one(&fixture, RSS("<item>" GUID "<dc:creator>Northwind"
                     "</dc:creator></item>"))->direction, SC_DIRECTION_OUT);
    fixture_free(&fixture);
}


static void
test_rdf(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, "<rdf:RDF xmlns='http://purl.org/rss/1.0/'"
                  " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
                  " xmlns:dc='http://purl.org/dc/elements/1.1/'>"
                  "<channel rdf:about='https://feed/'><title>Feed</title>"
                  "<items><rdf:Seq><rdf:li rdf:resource='https://b/1'/>"
                  "</rdf:Seq></items></channel><item rdf:about='https://b/1'>"
                  "<title>Out</title><link>https://b/1.html</link>"
                  "<description>All day</description><dc:creator>Lea"
                  "</dc:creator><dc:date>2026-01-15T10:00:00+00:00</dc:date>"
                  "</item></rdf:RDF>");
    assert_text(mention->object, "https://b/1");
    assert_text(mention->url, "https://b/1.html");
    assert_text(mention->text, "Out\nAll day");
    assert_text(mention->author.name, "Lea");
    assert_int_equal(mention->created_ms, 1768471200000);
    fixture_free(&fixture);
}


static void
test_own_entries(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, FEED(ENTRY("<y:channelId>UC1</y:channelId>"
                                       "<y:videoId>v1</y:videoId>")));
    assert_int_equal(mention->kind, SC_KIND_POST);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_true(mention->no_answer);
    assert_text(mention->clock_key, "");
    assert_text(mention->account, "UC1");
    assert_text(mention->thread, "v1");

    assert_int_equal(one(&fixture, FEED(ENTRY("<a:author><a:name>Northwind"
                     "</a:name></a:author>")))->direction, SC_DIRECTION_OUT);
    fixture_free(&fixture);
}


static void
test_deleted(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, FEED("<t:deleted-entry ref='tag:1' "
                  "when='2026-01-15T11:00:00Z'><t:by><a:name>Lea</a:name>"
                  "</t:by></t:deleted-entry>"));
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->event, "tag:1/deleted/2026-01-15T11:00:00Z");
    assert_text(mention->author.name, "Lea");
    assert_text(mention->clock_key, "websub:UC1:tag:1");
    assert_int_equal(mention->created_ms, 1768474800000);
    fixture_free(&fixture);
}


/* Members of other namespaces, or of other places, are not the entry's. */
static void
test_names_and_places(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, FEED(ENTRY(
        "<title xmlns='urn:x'>wrong</title><a:title>right</a:title>"
        "<a:title>second</a:title>"
        "<a:source><a:id>wrong</a:id></a:source>"
        "<a:name>wrong</a:name>"
        "<a:author><a:title>wrong</a:title><x><a:name>wrong</a:name></x>"
        "<a:name>Lea</a:name></a:author>"
        "<a:summary><![CDATA[<b>]]>x</a:summary>")));
    assert_text(mention->subject, "right");
    assert_text(mention->author.name, "Lea");
    assert_text(mention->text, "right\n<b>x");
    assert_text(mention->object, "tag:1");
    fixture_free(&fixture);
}


static void
test_bad_entry_alone_dies(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect(&fixture, FEED("<a:entry><a:title>x</a:title></a:entry>"
                                  "<t:deleted-entry/>" ENTRY("")), 1, 2);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_text(fixture_dead(&fixture, 1)->raw, "<t:deleted-entry/>");
    fixture_expect(&fixture, FEED(""), 0, 0);
    fixture_free(&fixture);
}


static void
test_documents_refused(void **state)
{
    size_t    i;
    char      deep[2048];
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    dead(&fixture, "", SC_DEAD_SYNTAX);
    dead(&fixture, "<feed", SC_DEAD_SYNTAX);
    dead(&fixture, "<opml/>", SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "<rss xmlns='urn:x'/>", SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "<feed/>", SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, "<!DOCTYPE feed><feed xmlns='http://www.w3.org/2005/Atom'"
         "/>", SC_DEAD_SHAPE);
    dead(&fixture, "<!DOCTYPE x [<!ENTITY a 'b'>]><feed/>", SC_DEAD_SHAPE);
    dead(&fixture, "<?xml version='1.0' encoding='ISO-8859-1'?><feed/>",
         SC_DEAD_ENCODING);
    dead(&fixture, FEED(ENTRY("<a:title>\xff</a:title>")), SC_DEAD_SYNTAX);
    dead(&fixture, FEED(ENTRY("")) "x", SC_DEAD_SYNTAX);

    (void) snprintf(deep, sizeof(deep),
                    "<feed xmlns='http://www.w3.org/2005/Atom'>");

    for (i = 0; i < 64; i++) {
        (void) strncat(deep, "<a>", sizeof(deep) - strlen(deep) - 1);
    }

    dead(&fixture, deep, SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


static void
test_verification(void **state)
{
    size_t    i;
    fixture_t fixture;

#define T  "hub.topic=https%3A%2F%2Ffeeds.example.org%2Fnews%3Fa%3D1%2C2"
#define U  "hub.topic=https%3A%2F%2Fold.example.org%2F"

    static const struct {
        const char *query;
        unsigned    status;
        const char *body;
    } cases[] = {
        { "hub.mode=subscribe&hub.challenge=a%2Bb&hub.lease_seconds=9&" T, 200,
          "a+b" },
        { "brand=x&hub%2Emode=subscribe&hub.challenge=ab&hub.lease_seconds=9&"
          T, 200, "ab" },
        { "hub.mode=subscribe&hub.challenge=ab&" T, 404, "" },
        { "hub.mode=subscribe&hub.lease_seconds=9&" T, 404, "" },
        { "hub.mode=subscribe&hub.challenge=%0a&hub.lease_seconds=9&" T, 404,
          "" },
        { "hub.mode=subscribe&hub.challenge=ab&hub.lease_seconds=9&" U, 404,
          "" },
        { "hub.mode=unsubscribe&hub.challenge=ab&" U, 200, "ab" },
        { "hub.mode=unsubscribe&hub.challenge=ab&" T, 404, "" },
        { "hub.mode=dance&hub.challenge=ab&" T, 404, "" },
        { "hub.mode=denied&" T, 200, "" },
        { "hub.mode=denied&" U, 404, "" },
        { "hub.mode=subscribe", 404, "" },
        { "hub.mode=%zz", 404, "" },
        { "", 404, "" }
    };

    (void) state;

    setup(&fixture);
    assert_null(fixture_option(&fixture, "unsubscribe",
                               "https://old.example.org/"));
    assert_null(fixture_finish_options(&fixture));

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture_handshake(&fixture, cases[i].query);
        assert_int_equal(fixture.callback.answer.status, cases[i].status);
        assert_text(fixture.callback.answer.body, cases[i].body);
    }

    fixture_free(&fixture);
}


/* Which subscription a handshake is about, and until when it holds. */
static void
test_leases(void **state)
{
    size_t          i;
    fixture_t       fixture;
    const sc_str_t *names;

    static const struct {
        const char *query;
        size_t      lease;
        int64_t     ends_ms;     /* from the fixture's now */
    } cases[] = {
        { "hub.mode=subscribe&" HUB "&hub.lease_seconds=432000", 1,
          432000000 },
        { "hub.mode=subscribe&hub.topic=https://b.example.org/"
          "&hub.challenge=7&hub.lease_seconds=1", 2, 1000 },
        { "hub.mode=subscribe&" HUB "&hub.lease_seconds=315360000", 1,
          INT64_C(315360000000) },
        { "hub.mode=subscribe&" HUB "&hub.lease_seconds=315360001", 0, 0 },
        { "hub.mode=subscribe&" HUB "&hub.lease_seconds=0", 0, 0 },
        { "hub.mode=subscribe&" HUB "&hub.lease_seconds=-1", 0, 0 },
        { "hub.mode=subscribe&" HUB "&hub.lease_seconds=5 days", 0, 0 },
        { "hub.mode=subscribe&" HUB, 0, 0 },
        { "hub.mode=denied&hub.topic=" TOPIC, 1, 0 },
        { "hub.mode=denied&hub.topic=https://x/", 0, 0 },
        { "hub.mode=unsubscribe&hub.topic=https://b.example.org/"
          "&hub.challenge=7", 2, 0 },
        { "hub.mode=unsubscribe&" HUB, 0, 0 },
        { "hub.mode=unsubscribe&hub.topic=https://old.example.org/"
          "&hub.challenge=7", 0, 0 }
    };

    (void) state;

    setup(&fixture);
    assert_null(fixture_option(&fixture, "topic", "https://b.example.org/"));
    assert_null(fixture_option(&fixture, "unsubscribe",
                               "https://b.example.org/"));
    assert_null(fixture_option(&fixture, "unsubscribe",
                               "https://old.example.org/"));
    assert_null(fixture_finish_options(&fixture));

    assert_int_equal(sc_source_leases(&fixture.source, &names), 2);
    assert_text(names[1], "https://b.example.org/");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture_handshake(&fixture, cases[i].query);
        assert_int_equal(fixture.callback.lease, cases[i].lease);

        if (cases[i].lease != 0) {
            assert_int_equal(fixture.callback.lease_ends_ms
                             - fixture.callback.now_ms, cases[i].ends_ms);
        }
    }

    fixture_free(&fixture);
    fixture_init(&fixture, &sc_platform_x);
    assert_int_equal(sc_source_leases(&fixture.source, &names), 0);
    assert_null(names);
    fixture_free(&fixture);
}


static void
test_options(void **state)
{
    fixture_t                 fixture;
    sc_policy_t               policy;
    const sc_verify_scheme_t *scheme;

    (void) state;

    fixture_init(&fixture, &sc_platform_websub);
    assert_non_null(fixture_finish_options(&fixture));
    assert_non_null(fixture_option(&fixture, "topic", "feed"));
    assert_null(fixture_option(&fixture, "topic", TOPIC));
    assert_null(fixture_finish_options(&fixture));

    (void) sc_platform_websub.schemes(&fixture.source, &scheme, 1);
    assert_int_equal(scheme->digests, 0);
    assert_non_null(fixture_option(&fixture, "algorithms", "sha256,md5"));
    assert_non_null(fixture_option(&fixture, "algorithms", ""));
    assert_null(fixture_option(&fixture, "algorithms", "sha256,sha512"));
    (void) sc_platform_websub.schemes(&fixture.source, &scheme, 1);
    assert_int_equal(scheme->digests,
                     1 << SC_DIGEST_SHA256 | 1 << SC_DIGEST_SHA512);

    sc_source_policy(&fixture.source, &policy);
    assert_int_equal(policy.refused_status, 200);
    assert_non_null(fixture_option(&fixture, "on_fail", "500"));
    assert_null(fixture_option(&fixture, "on_fail", "401"));
    sc_source_policy(&fixture.source, &policy);
    assert_int_equal(policy.refused_status, 401);
    assert_true(policy.get_is_handshake);
    fixture_free(&fixture);
}


/* What the operator has forbidden is refused, whoever signed it. */
static void
test_algorithms(void **state)
{
    size_t                    i;
    fixture_t                 fixture;
    const char               *problem;
    sc_secret_t              *secret;
    const sc_verify_scheme_t *scheme;

    static const struct {
        const char         *header;
        sc_verify_result_t  result;
    } cases[] = {
        { "sha256=216c3f35843ddda13dd0da923a0222df94b13268f697ae82af367878"
          "e9736151", SC_VERIFY_OK },
        { "sha1=04838428db5d921ef82f7a73c8d1e94bc012050d",
          SC_VERIFY_MALFORMED },
        { "sha1=216c3f35843ddda13dd0da923a0222df94b13268f697ae82af367878"
          "e9736151", SC_VERIFY_MALFORMED },
        { "md5=04838428db5d921ef82f7a73c8d1e94bc012050d",
          SC_VERIFY_MALFORMED }
    };

    (void) state;

    setup(&fixture);
    assert_null(fixture_option(&fixture, "algorithms", "sha256"));
    (void) sc_platform_websub.schemes(&fixture.source, &scheme, 1);

    secret = sc_secret_create(SC_STR("s3cr3t-socialcare"), SC_STR(""), 0,
                              &problem);
    assert_true(sc_secret_prepare(secret, scheme, &problem));
    fixture.source.secrets.items = &secret;
    fixture.source.secrets.count = 1;
    fixture.request.body = SC_STR("<feed/>");
    fixture_header(&fixture, "X-Hub-Signature", "");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture.headers[0].value = sc_str_from_cstring(cases[i].header);
        sc_verify(scheme, &fixture.request, &fixture.source.secrets, 0, 0,
                  &fixture.arena, &fixture.verdict);
        assert_int_equal(fixture.verdict.result, cases[i].result);
    }

    sc_secret_destroy(secret);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_foreign_feed),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_author_of_the_feed),
        cmocka_unit_test(test_rss),
        cmocka_unit_test(test_rss_ids),
        cmocka_unit_test(test_rss_authors),
        cmocka_unit_test(test_rdf),
        cmocka_unit_test(test_own_entries),
        cmocka_unit_test(test_deleted),
        cmocka_unit_test(test_names_and_places),
        cmocka_unit_test(test_bad_entry_alone_dies),
        cmocka_unit_test(test_documents_refused),
        cmocka_unit_test(test_verification),
        cmocka_unit_test(test_leases),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_algorithms)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
