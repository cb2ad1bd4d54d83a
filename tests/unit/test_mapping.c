/*
 * test_mapping.c: fields of any JSON, form or query string -> mentions, and
 * every sentence about a mapping that is wrong.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_mapping.h"
#include "sc_registry.h"


#define MAX_OPTIONS  16


typedef const char *option_t[2];


/* A generic receiver whose signature does not matter here. */
static void
start(fixture_t *fixture, const option_t *options)
{
    size_t      i;
    const char *problem;

    fixture_init(fixture, &sc_platform_generic);

    assert_null(fixture_option(fixture, "mode", "token"));
    assert_null(fixture_option(fixture, "signature_from", "header:X-Token"));

    for (i = 0; options != NULL && i < MAX_OPTIONS && options[i][0] != NULL;
         i++)
    {
        problem = fixture_option(fixture, options[i][0], options[i][1]);

        if (problem != NULL) {
            fail_msg("%s=%s: %s", options[i][0], options[i][1], problem);
        }
    }

    problem = fixture_finish_options(fixture);

    if (problem != NULL) {
        fail_msg("%s", problem);
    }
}


static void
test_default_mapping(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    start(&fixture, NULL);
    fixture_expect_quoted(&fixture, "{'id':'e1','kind':'call','at':"
        "'2026-09-21T14:12:31+00:00','caller':{'number':'+44','name':'N'},"
        "'summary':'s','thread':'t','agent':null,'data':{'lang':'de','url':"
        "'https://l'}}", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->platform, "generic");
    assert_int_equal(mention->channel, SC_CHANNEL_OTHER);
    assert_int_equal(mention->kind, SC_KIND_CALL);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->event, "e1");
    assert_text(mention->object, "e1");
    assert_text(mention->author.id, "+44");
    assert_text(mention->author.name, "N");
    assert_text(mention->text, "s");
    assert_text(mention->thread, "t");
    assert_text(mention->clock_key, "t");
    assert_text(mention->lang, "de");
    assert_text(mention->url, "https://l");
    assert_true(mention->created_ms == 1789999951000);
    fixture_free(&fixture);
}


static void
test_alternatives_in_order(void **state)
{
    fixture_t fixture;

    static const option_t options[] = {
        { "text", "/a|/b/c|=nothing said" }, { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture_expect_quoted(&fixture, "{'a':'x','b':{'c':'y'}}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "x");
    fixture_expect_quoted(&fixture, "{'a':'','b':{'c':'y'}}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "y");
    fixture_expect_quoted(&fixture, "{'a':null,'b':[]}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "nothing said");
    fixture_expect_quoted(&fixture, "{'a':{},'b':{'c':12.5}}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "12.5");
    fixture_expect_quoted(&fixture, "{'a':true}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "true");
    fixture_free(&fixture);
}


static void
test_all_fields(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    static const option_t first[] = {
        { "account", "/acc" }, { "object_id", "/obj" },
        { "author_handle", "/h" }, { "author_followers", "/f" },
        { "author_verified", "/v" }, { "recipient", "/r" },
        { "subject", "/s" }, { "reaction", "/re" }, { "status", "/st" },
        { "notice", "/no" }, { "queue", "/q" }, { "duration", "/du" },
        { "rating", "/ra" }, { "public", "/pu" }, { "edited", "/ed" },
        { "channel", "/ch" }
    };

    static const option_t second[] = {
        { "clock_key", "{/acc}/{/h}" }, { NULL, NULL }
    };

    size_t i;

    (void) state;

    fixture_init(&fixture, &sc_platform_generic);
    assert_null(fixture_option(&fixture, "mode", "token"));
    assert_null(fixture_option(&fixture, "signature_from", "header:X"));

    for (i = 0; i < 16; i++) {
        assert_null(fixture_option(&fixture, first[i][0], first[i][1]));
    }

    assert_null(fixture_option(&fixture, second[0][0], second[0][1]));
    assert_null(fixture_finish_options(&fixture));

    fixture_expect_quoted(&fixture, "{'id':1,'acc':'a','obj':77,'h':'@lea',"
        "'f':'12','v':1,'r':'rr','s':'ss','re':'like','st':'missed','no':"
        "'error','q':'vip-1','du':31,'ra':4,'pu':'no','ed':1768471200,"
        "'ch':'voice'}", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->account, "a");
    assert_text(mention->event, "1");
    assert_text(mention->object, "77");
    assert_text(mention->author.handle, "lea");
    assert_int_equal(mention->author.followers, 12);
    assert_int_equal(mention->author.verified, SC_TRI_YES);
    assert_text(mention->recipient, "rr");
    assert_text(mention->subject, "ss");
    assert_text(mention->reaction, "like");
    assert_text(mention->status, "missed");
    assert_text(mention->notice, "error");
    assert_text(mention->queue, "vip-1");
    assert_int_equal(mention->duration_s, 31);
    assert_int_equal(mention->rating, 4);
    assert_int_equal(mention->is_public, SC_TRI_NO);
    assert_true(mention->edited_ms == 1768471200000);
    assert_int_equal(mention->channel, SC_CHANNEL_VOICE);
    assert_text(mention->clock_key, "a/@lea");

    /* values that are no numbers, no names of queues: unknown */
    fixture_expect_quoted(&fixture, "{'id':1,'q':'a:b','du':'-3','ra':4.5,"
        "'pu':'maybe','f':-2}", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->queue, "");
    assert_int_equal(mention->duration_s, -1);
    assert_int_equal(mention->rating, -1);
    assert_int_equal(mention->is_public, SC_TRI_UNKNOWN);
    assert_int_equal(mention->author.followers, -1);

    fixture_expect_quoted(&fixture, "{'id':1,'q':'0123456789012345678901234567"
        "890123456789012345678901234567890123456789'}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->queue, "");
    fixture_free(&fixture);
}


static void
test_value_maps(void **state)
{
    fixture_t fixture;

    static const option_t options[] = {
        { "direction", "/type" },
        { "direction_map", "outgoing=outbound,0=in,note=internal" },
        { "kind", "/event" },
        { "kind_map", "ring=call,ping=ignore,*=message" },
        { "language_map", "ger=de" }, { "language", "/l" },
        { "language_map", "fre=fr" },
        { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture_expect_quoted(&fixture, "{'id':'1','type':'outgoing','event':"
        "'ring','l':'fre'}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_OUT);
    assert_int_equal(fixture_mention(&fixture, 0)->kind, SC_KIND_CALL);
    assert_text(fixture_mention(&fixture, 0)->lang, "fr");

    fixture_expect_quoted(&fixture, "{'id':'1','type':0,'l':'nl'}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction, SC_DIRECTION_IN);
    assert_text(fixture_mention(&fixture, 0)->lang, "nl");

    fixture_expect_quoted(&fixture, "{'id':'1','type':'note','event':'x'}",
                          1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_INTERNAL);

    fixture_expect_quoted(&fixture, "{'id':'1','event':'ping'}", 0, 0);
    fixture_expect_quoted(&fixture, "{'id':'1','type':'sideways'}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    fixture_free(&fixture);
}


static void
test_unknown_words_are_dead(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const option_t options[] = {
        { "action", "/action" }, { "channel", "/channel" }, { NULL, NULL }
    };

    static const char *const bodies[] = {
        "{'id':1,'kind':'telegram'}", "{'id':1,'direction':'up'}",
        "{'id':1,'action':'burn'}", "{'id':1,'channel':'smoke'}"
    };

    (void) state;

    start(&fixture, options);

    for (i = 0; i < 4; i++) {
        fixture_expect_quoted(&fixture, bodies[i], 0, 1);
        assert_int_equal(fixture_dead(&fixture, 0)->reason,
                         SC_DEAD_UNKNOWN_OBJECT);
    }

    fixture_expect_quoted(&fixture, "{'id':1,'action':'ignore','kind':'x'}",
                          0, 0);
    fixture_expect_quoted(&fixture, "{'id':1,'direction':'ignore'}", 0, 0);
    fixture_free(&fixture);
}


static void
test_own_author_is_the_brand(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture, NULL);
    fixture_account(&fixture, "a-12");
    fixture_expect_quoted(&fixture, "{'id':1,'agent':{'id':'a-12'}}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_OUT);
    assert_text(fixture_mention(&fixture, 0)->account, "a-12");

    fixture_account(&fixture, "a-13");
    fixture_expect_quoted(&fixture, "{'id':1,'agent':{'id':'a-12'},"
        "'direction':'in'}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction, SC_DIRECTION_IN);
    assert_text(fixture_mention(&fixture, 0)->account, "");
    fixture_free(&fixture);
}


static void
test_reply_feed(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    start(&fixture, NULL);

    /* by conversation */
    fixture_expect_quoted(&fixture, "{'id':'r1','direction':'outbound',"
        "'thread':'t9','in_reply_to':'q1','auto':true}", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->clock_key, "t9");
    assert_true(mention->automatic);
    assert_false(mention->no_answer);

    /* by the id of the question */
    fixture_expect_quoted(&fixture, "{'id':'q1','text':'?'}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "q1");
    fixture_expect_quoted(&fixture, "{'id':'r1','direction':'outbound',"
        "'in_reply_to':'q1','auto':false}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "q1");
    assert_false(fixture_mention(&fixture, 0)->automatic);

    /* answers nobody that we could know */
    fixture_expect_quoted(&fixture, "{'id':'r1','direction':'out'}", 1, 0);
    assert_true(fixture_mention(&fixture, 0)->no_answer);

    /* not an answer at all */
    fixture_expect_quoted(&fixture, "{'id':'r1','direction':'out','kind':"
        "'status','thread':'t9'}", 1, 0);
    assert_true(fixture_mention(&fixture, 0)->no_answer);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "");

    /* a customer is never automatic */
    fixture_expect_quoted(&fixture, "{'id':'q1','auto':true}", 1, 0);
    assert_false(fixture_mention(&fixture, 0)->automatic);
    fixture_free(&fixture);
}


static void
test_lists(void **state)
{
    fixture_t fixture;

    static const option_t options[] = {
        { "event_id", "/events/*/id" }, { "text", "/events/*/t" },
        { "account", "/account" }, { "author_id", "/events/*/from" },
        { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture_expect_quoted(&fixture, "{'account':'a','events':["
        "{'id':'1','t':'one','from':5},{'t':'lost'},{'id':'3','t':'three'}]}",
        2, 1);
    assert_text(fixture_mention(&fixture, 0)->event, "1");
    assert_text(fixture_mention(&fixture, 0)->account, "a");
    assert_text(fixture_mention(&fixture, 0)->author.id, "5");
    assert_text(fixture_mention(&fixture, 1)->text, "three");
    assert_text(fixture_mention(&fixture, 1)->raw,
                "{\"id\":\"3\",\"t\":\"three\"}");
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_text(fixture_dead(&fixture, 0)->raw, "{\"t\":\"lost\"}");

    fixture_expect_quoted(&fixture, "{'events':[]}", 0, 0);
    fixture_expect_quoted(&fixture, "{'events':{}}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_SHAPE);
    fixture_expect_quoted(&fixture, "{}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_lists_in_lists(void **state)
{
    fixture_t fixture;

    static const option_t options[] = {
        { "text", "/entry/*/messages/*" }, { "account", "/entry/*/id" },
        { "event_id", "/id" }, { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture_expect_quoted(&fixture, "{'id':'e','entry':[{'id':'p','messages':"
        "['a','b']},{'id':'q','messages':['c']},{'id':'r'}]}", 3, 1);
    assert_text(fixture_mention(&fixture, 0)->event, "e.0");
    assert_text(fixture_mention(&fixture, 1)->event, "e.1");
    assert_text(fixture_mention(&fixture, 1)->text, "b");
    assert_text(fixture_mention(&fixture, 1)->account, "p");
    assert_text(fixture_mention(&fixture, 2)->event, "e.2");
    assert_text(fixture_mention(&fixture, 2)->account, "q");
    fixture_free(&fixture);
}


static void
test_too_many_records(void **state)
{
    fixture_t fixture;

    static const option_t options[] = {
        { "text", "/*" }, { "event_id", "=e" }, { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture.source.max_events = 2;
    fixture_expect_quoted(&fixture, "['a','b']", 2, 0);
    assert_int_equal(fixture_parse_quoted(&fixture, "['a','b','c']"),
                     SC_PARSE_TOO_LARGE);
    fixture_free(&fixture);
}


static void
test_event_ids(void **state)
{
    fixture_t fixture;
    char      first[64];

    static const option_t strict[] = {
        { "event_id", "/uuid" }, { NULL, NULL }
    };

    static const option_t list[] = {
        { "text", "/*/t" }, { NULL, NULL }
    };

    (void) state;

    /* the default falls back to a digest of the body */
    start(&fixture, NULL);
    fixture_expect_quoted(&fixture, "{'text':'a'}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->event.len, 32);
    memcpy(first, fixture_mention(&fixture, 0)->event.data, 32);
    fixture_expect_quoted(&fixture, "{'text':'a'}", 1, 0);
    assert_memory_equal(first, fixture_mention(&fixture, 0)->event.data, 32);
    fixture_expect_quoted(&fixture, "{'text':'b'}", 1, 0);
    assert_memory_not_equal(first, fixture_mention(&fixture, 0)->event.data,
                            32);

    /* a fraction is no id */
    fixture_expect_quoted(&fixture, "{'id':1.5}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->event.len, 32);

    /* what id_from= names goes first */
    fixture.verdict.id = SC_STR("d-1");
    fixture_expect_quoted(&fixture, "{'id':'1'}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->event, "d-1");
    fixture_free(&fixture);

    /* what was promised must be there */
    start(&fixture, strict);
    fixture_expect_quoted(&fixture, "{'id':'1'}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_expect_quoted(&fixture, "{'uuid':true}", 0, 1);
    fixture_expect_quoted(&fixture, "{'uuid':12345678901234567890123}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->event,
                "12345678901234567890123");
    fixture_free(&fixture);

    start(&fixture, list);
    fixture_expect_quoted(&fixture, "[{'t':'a'},{'t':'a'}]", 2, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->event.len, 34);
    assert_memory_not_equal(fixture_mention(&fixture, 0)->event.data,
                            fixture_mention(&fixture, 1)->event.data, 34);
    fixture_free(&fixture);
}


static void
test_edits_are_not_repetitions(void **state)
{
    fixture_t fixture;

    static const option_t options[] = {
        { "action", "/action" }, { "edited", "/edited" }, { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture_expect_quoted(&fixture, "{'id':'7','action':'deleted'}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->event, "delete:7");
    assert_text(fixture_mention(&fixture, 0)->object, "7");
    fixture_expect_quoted(&fixture, "{'id':'7','action':'updated','edited':"
        "1768471200}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->event,
                "edit:7:1768471200000");
    fixture_expect_quoted(&fixture, "{'id':'7','action':'edit','at':"
        "1768471201}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->event,
                "edit:7:1768471201000");
    fixture_expect_quoted(&fixture, "{'id':'7','action':'edit'}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->event, "edit:7");
    fixture_expect_quoted(&fixture, "{'id':'7','action':'edit','direction':"
        "'out','thread':'t'}", 1, 0);
    assert_true(fixture_mention(&fixture, 0)->no_answer);
    fixture_free(&fixture);
}


/* The only time is the item's, or there is none: no edit may be lost. */
static void
test_edits_without_a_time(void **state)
{
    size_t        i;
    char          first[128];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const option_t options[] = {
        { "action", "/action" }, { "edited", "/edited" }, { NULL, NULL }
    };
    static const char *const edits[] = {
        "{'id':'7','action':'edit','at':1768471201,'text':'a'}",
        "{'id':'7','action':'edit','text':'a'}"
    };
    static const char *const next[] = {
        "{'id':'7','action':'edit','at':1768471201,'text':'b'}",
        "{'id':'7','action':'edit','text':'b'}"
    };

    (void) state;

    start(&fixture, options);

    for (i = 0; i < 2; i++) {
        fixture_expect_quoted(&fixture, edits[i], 1, 0);
        mention = fixture_mention(&fixture, 0);
        (void) snprintf(first, sizeof(first), "%.*s", (int) mention->same.len,
                        (const char *) mention->same.data);
        assert_true(sc_str_starts_with(mention->same, mention->event));

        fixture_expect_quoted(&fixture, next[i], 1, 0);
        mention = fixture_mention(&fixture, 0);
        assert_int_not_equal(mention->same.len, 0);
        assert_false(sc_str_eq(mention->same, sc_str_from_cstring(first)));

        fixture_expect_quoted(&fixture, edits[i], 1, 0);
        assert_text(fixture_mention(&fixture, 0)->same, first);
    }

    fixture_expect_quoted(&fixture, "{'id':'7','action':'edit','edited':"
        "1768471200}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->same, "");
    fixture_free(&fixture);
}


static void
created(const char *format, const char *value, int64_t ms)
{
    char      body[256];
    fixture_t fixture;

    const option_t options[] = {
        { "created_format", format }, { NULL, NULL }
    };

    start(&fixture, options);
    (void) snprintf(body, sizeof(body), "{'id':1,'at':%s}", value);
    fixture_expect_quoted(&fixture, body, 1, 0);
    assert_true(fixture_mention(&fixture, 0)->created_ms == ms);
    fixture_free(&fixture);
}


static void
test_times(void **state)
{
    (void) state;

    created("auto", "1789999951", 1789999951000);
    created("auto", "'1789999951000'", 1789999951000);
    created("auto", "1789999951.5", 1789999951500);
    created("auto", "'2026-09-21T14:12:31.000Z'", 1789999951000);
    created("auto", "'Mon, 21 Sep 2026 14:12:31 +0000'", 1789999951000);
    created("auto", "'yesterday'", -1);
    created("auto", "-5", -1);
    created("auto", "253402300799999", 253402300799999);
    created("auto", "253402300800000", -1);
    created("auto", "1789999951000000", -1);    /* microseconds */
    created("auto", "9223372036854775807", -1);
    created("s", "1789999951", 1789999951000);
    created("s", "'2026-09-21T14:12:31.000Z'", -1);
    created("ms", "1789999951000", 1789999951000);
    created("us", "1789999951000000", 1789999951000);
    created("s.frac", "'1789999951.000100'", 1789999951000);
    created("iso8601", "'2026-09-21T14:12:31Z'", 1789999951000);
    created("iso8601", "1789999951", -1);
    created("rfc2822", "'Mon, 21 Sep 2026 14:12:31 +0000'", 1789999951000);
    created("snowflake", "'175928847299117063'", 1462015105796);
}


static void
test_templates(void **state)
{
    fixture_t fixture;

    static const option_t options[] = {
        { "permalink", "https://d.example/{/team}/c/{/id}#x|/link" },
        { "conversation_id", "{header:X-Room}-{query:room}-{/id}" },
        { "subject", "=a\\|b\\{c\\}\\\\" },
        { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture_header(&fixture, "x-room", "r");
    fixture.request.query = SC_STR("a=1&room=b%2Fc");
    fixture_expect_quoted(&fixture, "{'id':'7/8?#','team':'a b'}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->url,
                "https://d.example/a%20b/c/7%2F8%3F%23#x");
    assert_text(fixture_mention(&fixture, 0)->thread, "r-b/c-7/8?#");
    assert_text(fixture_mention(&fixture, 0)->subject, "a|b{c}\\");

    /* a part is missing: the next choice */
    fixture_expect_quoted(&fixture, "{'id':'7','link':'https://l'}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->url, "https://l");

    fixture.request.query = SC_STR("a=%zz");
    fixture_expect_quoted(&fixture, "{'id':'7'}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->thread, "");

    fixture.request.query = SC_STR("room=1&room=2");
    assert_int_equal(fixture_parse_quoted(&fixture, "{'id':'7'}"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_DUPLICATE_NAME);

    fixture.request.query = SC_STR("");
    fixture_header(&fixture, "X-Room", "s");
    assert_int_equal(fixture_parse_quoted(&fixture, "{'id':'7'}"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_DUPLICATE_NAME);
    fixture_free(&fixture);
}


static void
test_media(void **state)
{
    fixture_t   fixture;
    sc_media_t *media;

    static const option_t nested[] = {
        { "text", "/m/*/t" }, { "event_id", "/m/*/i" },
        { "media", "/m/*/files/*/href" }, { "media_type", "/m/*/files/*/mime" },
        { NULL, NULL }
    };

    static const option_t simple[] = {
        { "media", "/none|/files|/photo" }, { "media_type", "=image" },
        { NULL, NULL }
    };

    (void) state;

    start(&fixture, nested);
    fixture_expect_quoted(&fixture, "{'m':[{'i':1,'t':'a','files':[{'href':"
        "'https://1','mime':'image/png'},{'href':'handle'},{}]},{'i':2,"
        "'files':7}]}", 2, 0);
    media = fixture_mention(&fixture, 0)->media;
    assert_text(media->url, "https://1");
    assert_text(media->type, "image/png");
    assert_text(media->next->ref, "handle");
    assert_text(media->next->type, "");
    assert_null(media->next->next);
    assert_null(fixture_mention(&fixture, 1)->media);
    fixture_free(&fixture);

    start(&fixture, simple);
    fixture_expect_quoted(&fixture, "{'id':1,'files':['http://1','http://2']}",
                          1, 0);
    media = fixture_mention(&fixture, 0)->media;
    assert_text(media->url, "http://1");
    assert_text(media->type, "image");
    assert_text(media->next->url, "http://2");
    fixture_expect_quoted(&fixture, "{'id':1,'files':[{}],'photo':'ref-1'}",
                          1, 0);
    assert_text(fixture_mention(&fixture, 0)->media->ref, "ref-1");
    fixture_free(&fixture);
}


static void
test_wrong_shapes(void **state)
{
    fixture_t fixture;

    static const option_t options[] = {
        { "text", "/t" }, { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);

    /* what was asked for is not there in this form */
    fixture_expect_quoted(&fixture, "{'id':1,'t':{'de':'x'}}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_SHAPE);

    /* what nobody asked for may look as it likes */
    fixture_expect_quoted(&fixture, "{'id':1,'thread':{},'kind':[],"
        "'at':{},'t':'x'}", 1, 0);

    assert_int_equal(fixture_parse_quoted(&fixture, "{'id':1,'id':2}"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_DUPLICATE_NAME);
    assert_int_equal(fixture_parse(&fixture, "no"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SYNTAX);
    assert_int_equal(fixture_parse(&fixture, ""), SC_PARSE_DEAD);
    fixture_free(&fixture);
}


static void
test_forms(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    static const option_t options[] = {
        { "format", "form" }, { "author_id", "From" },
        { "text", "Body|form:digest" }, { "media", "Media0" },
        { "platform", "web_form-2" }, { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture_expect(&fixture, "id=7&From=%2B44+1&Body=a%26b&Media0="
                   "https%3A%2F%2Fm&at=1789999951", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->platform, "web_form-2");
    assert_text(mention->event, "7");
    assert_text(mention->author.id, "+44 1");
    assert_text(mention->text, "a&b");
    assert_text(mention->media->url, "https://m");
    assert_true(mention->created_ms == 1789999951000);

    fixture_expect(&fixture, "id=8&digest=x", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "x");

    /* repeated, but never read */
    fixture_expect(&fixture, "id=8&other=1&other=2", 1, 0);

    assert_int_equal(fixture_parse(&fixture, "id=1&Body=a&Body=b"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_DUPLICATE_NAME);
    assert_int_equal(fixture_parse(&fixture, "id=%4"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SYNTAX);
    assert_int_equal(fixture_parse(&fixture, "id=%ff"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_ENCODING);
    fixture_free(&fixture);
}


static void
test_queries(void **state)
{
    fixture_t fixture;

    static const option_t options[] = {
        { "format", "query" }, { "methods", "GET" }, { "event_id", "digest" },
        { NULL, NULL }
    };

    (void) state;

    start(&fixture, options);
    fixture.request.method = SC_STR("GET");
    fixture.request.query = SC_STR("from=1&text=hello");
    fixture_expect(&fixture, "", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "hello");
    assert_text(fixture_mention(&fixture, 0)->raw, "from=1&text=hello");
    assert_int_equal(fixture_mention(&fixture, 0)->event.len, 32);
    fixture_free(&fixture);
}


static void
test_no_memory(void **state)
{
    size_t            limit, done;
    fixture_t         fixture;
    sc_parse_result_t result;

    static const option_t options[] = {
        { "permalink", "https://d/{/text}" }, { "event_id", "digest" },
        { "media", "/files" }, { NULL, NULL }
    };

    (void) state;

    done = 0;

    for (limit = 0; limit < 40000 && done < 3; limit += 61) {
        start(&fixture, options);
        fixture.arena.limit = fixture.arena.used + limit;
        result = fixture_parse_quoted(&fixture, "{'text':'a\\nb','summary':"
            "'c\\nd','files':['e\\nf'],'thread':'g\\nh'}");

        if (result == SC_PARSE_OK) {
            assert_text(fixture_mention(&fixture, 0)->url, "https://d/a%0Ab");
            done++;

        } else {
            assert_int_equal(result, SC_PARSE_TOO_LARGE);
        }

        fixture_free(&fixture);
    }

    assert_int_equal(done, 3);
}


static void
test_wrong_options(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const option_t wrong[] = {
        { "text", "" }, { "text", "/a|" }, { "text", "|/a" },
        { "text", "=" }, { "text", "header:" }, { "text", "a}b" },
        { "text", "{/a" }, { "text", "x{}" }, { "text", "/a~2" },
        { "text", "/a~" }, { "text", "/*/*/*/*" },
        { "kind_map", "a" }, { "kind_map", "a=" }, { "kind_map", "=b" },
        { "kind_map", "a=b,,c=d" },
        { "format", "xml" }, { "created_format", "opaque" },
        { "created_format", "later" }, { "platform", "PBX" },
        { "platform", "a:b" },
        { "platform", "012345678901234567890123456789012" },
        { "texts", "/a" }, { "_map", "a=b" }, { "texts_map", "a=b" }
    };

    (void) state;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        fixture_init(&fixture, &sc_platform_generic);

        if (fixture_option(&fixture, wrong[i][0], wrong[i][1]) == NULL) {
            fail_msg("accepted: %s=%s", wrong[i][0], wrong[i][1]);
        }

        fixture_free(&fixture);
    }
}


static void
test_wrong_combinations(void **state)
{
    size_t      i, j;
    fixture_t   fixture;
    const char *problem;

    static const option_t wrong[][2] = {
        { { "text", "body" }, { "format", "json" } },
        { { "text", "x{body}" }, { "format", "json" } },
        { { "text", "/body" }, { "format", "form" } },
        { { "text", "digest" }, { "format", "json" } },
        { { "text", "/a/*/t" }, { "subject", "/b/*/s" } },
        { { "text", "/a/*/t" }, { "media", "/b/*/c/*/d" } },
        { { "text", "/a" }, { "media", "/b/*/c/*/d" } },
        { { "kind", "=phone" }, { "format", "json" } },
        { { "kind_map", "a=phone" }, { "format", "json" } },
        { { "direction", "=up" }, { "format", "json" } },
        { { "action_map", "*=burn" }, { "format", "json" } },
        { { "auto", "=perhaps" }, { "format", "json" } },
        { { "channel", "=smoke" }, { "format", "json" } }
    };

    (void) state;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        fixture_init(&fixture, &sc_platform_generic);
        assert_null(fixture_option(&fixture, "mode", "token"));
        assert_null(fixture_option(&fixture, "signature_from", "header:X"));

        for (j = 0; j < 2; j++) {
            assert_null(fixture_option(&fixture, wrong[i][j][0],
                                       wrong[i][j][1]));
        }

        problem = fixture_finish_options(&fixture);

        if (problem == NULL) {
            fail_msg("accepted: %s=%s", wrong[i][0][0], wrong[i][0][1]);
        }

        fixture_free(&fixture);
    }
}


static void
test_options_without_memory(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_generic);
    fixture.arena.limit = 0;
    assert_non_null(fixture_option(&fixture, "text", "/a"));
    assert_non_null(fixture_option(&fixture, "text_map", "a=b"));
    assert_non_null(fixture_option(&fixture, "text", "=a\\|b"));
    assert_non_null(fixture_option(&fixture, "text", "a{/b}"));
    assert_null(fixture_option(&fixture, "mode", "token"));
    assert_null(fixture_option(&fixture, "signature_from", "header:X"));
    assert_non_null(fixture_finish_options(&fixture));
    fixture_free(&fixture);
}


int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_mapping),
        cmocka_unit_test(test_alternatives_in_order),
        cmocka_unit_test(test_all_fields),
        cmocka_unit_test(test_value_maps),
        cmocka_unit_test(test_unknown_words_are_dead),
        cmocka_unit_test(test_own_author_is_the_brand),
        cmocka_unit_test(test_reply_feed),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_lists_in_lists),
        cmocka_unit_test(test_too_many_records),
        cmocka_unit_test(test_event_ids),
        cmocka_unit_test(test_edits_are_not_repetitions),
        cmocka_unit_test(test_edits_without_a_time),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_media),
        cmocka_unit_test(test_wrong_shapes),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_wrong_combinations),
        cmocka_unit_test(test_options_without_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
