/*
 * test_mastodon.c: statuses that the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define EVENT(name, value)                                                    \
    "{'event':'" name "','created_at':'2026-01-15T10:00:01.234Z','object':{"  \
    "'id':'9','created_at':'2026-01-15T10:00:00.000Z'," value "}}"
#define LEA  "'account':{'id':'1','acct':'lea','username':'lea'},"
#define OURS "'account':{'id':'2','acct':'northwind'},"
#define TO_US                                                                 \
    "'mentions':[{'id':'7','acct':'x'},{'id':'2','acct':'northwind'}],"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_mastodon);
    fixture_account(fixture, "northwind");
    fixture_account(fixture, "2");
}


static void
test_answers_meet(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, EVENT("status.created", LEA TO_US
                                  "'visibility':'public'"));
    assert_text(mention->clock_key, "mastodon:9");
    assert_int_equal(mention->is_public, SC_TRI_YES);
    assert_text(mention->author.name, "lea");

    mention = one(&fixture, EVENT("status.created", OURS
                                  "'in_reply_to_id':'8'"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_int_equal(mention->kind, SC_KIND_REPLY);
    assert_text(mention->clock_key, "mastodon:8");

    mention = one(&fixture, EVENT("status.created", OURS "'url':'u'"));
    assert_int_equal(mention->kind, SC_KIND_POST);
    assert_true(mention->no_answer);
    assert_text(mention->clock_key, "");

    assert_true(one(&fixture, EVENT("status.created", "'account':{'acct':"
                "'northwind','bot':true},'in_reply_to_id':'8'"))->automatic);

    /* Another of our accounts may answer than the one that was mentioned, and
       people answer us without mentioning anybody: the key is the same. */
    mention = one(&fixture, EVENT("status.created", "'account':{'id':'2',"
                  "'acct':'northwind_help'},'in_reply_to_id':'9'"));
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->account, "northwind_help");
    assert_text(mention->clock_key, "mastodon:9");

    mention = one(&fixture, EVENT("status.created", LEA "'mentions':[],"
                  "'in_reply_to_id':'8','in_reply_to_account_id':'2'"));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->clock_key, "mastodon:9");

    /* Somebody who calls himself by the number of our account. */
    mention = one(&fixture, EVENT("status.created", "'account':{'id':'3',"
                  "'acct':'2'}," TO_US "'in_reply_to_id':'8'"));
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->clock_key, "mastodon:9");
    fixture_free(&fixture);
}


/* All statuses of the server come in: only ours are kept. */
static void
test_filter(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, EVENT("status.created", LEA "'x':1"), 0,
                          0);
    fixture_expect_quoted(&fixture, EVENT("status.created", LEA
                          "'mentions':[{'acct':'x'}]"), 0, 0);

    mention = one(&fixture, EVENT("status.created", LEA
                  "'in_reply_to_id':'8','in_reply_to_account_id':'2'"));
    assert_int_equal(mention->kind, SC_KIND_REPLY);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);

    mention = one(&fixture, EVENT("status.created", LEA "'reblog':{'id':'5',"
                                  OURS "'x':1}"));
    assert_int_equal(mention->kind, SC_KIND_SHARE);
    assert_text(mention->parent, "5");
    assert_text(mention->clock_key, "");
    fixture_expect_quoted(&fixture, EVENT("status.created", LEA "'reblog':"
                          "{'id':'5'," LEA "'x':1}"), 0, 0);

    /* Quoted, but not mentioned. */
    mention = one(&fixture, EVENT("status.created", LEA "'quote':{'state':"
                  "'accepted','quoted_status':{'id':'6'," OURS "'x':1}}"));
    assert_int_equal(mention->kind, SC_KIND_QUOTE);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_true(sc_mention_is_actionable(mention));
    assert_text(mention->account, "northwind");
    assert_text(mention->parent, "6");
    assert_text(mention->clock_key, "mastodon:9");
    fixture_expect_quoted(&fixture, EVENT("status.created", LEA "'quote':"
                          "{'state':'accepted','quoted_status':{'id':'6'," LEA
                          "'x':1}}"), 0, 0);
    fixture_expect_quoted(&fixture, EVENT("status.created", LEA "'quote':"
                          "{'state':'pending','quoted_status':null}"), 0, 0);
    assert_int_equal(one(&fixture, EVENT("status.created", LEA TO_US "'quote':"
                     "{'quoted_status':{'id':'6'," OURS "'x':1}}"))->kind,
                     SC_KIND_MENTION);
    fixture_free(&fixture);

    /* Nobody said which ones are ours. */
    fixture_init(&fixture, &sc_platform_mastodon);
    assert_int_equal(one(&fixture, EVENT("status.created", LEA "'x':1"))
                     ->kind, SC_KIND_POST);
    fixture_free(&fixture);
}


static void
test_visibility(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, EVENT("status.created", LEA TO_US
                                  "'visibility':'direct'"));
    assert_int_equal(mention->kind, SC_KIND_MESSAGE);
    assert_int_equal(sc_mention_reach(mention), SC_REACH_NONE);
    assert_int_equal(one(&fixture, EVENT("status.created", LEA TO_US
                     "'visibility':'private'"))->is_public, SC_TRI_NO);
    assert_int_equal(one(&fixture, EVENT("status.created", LEA TO_US
                     "'visibility':'unlisted'"))->is_public, SC_TRI_YES);
    fixture_free(&fixture);
}


static void
test_edit(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, EVENT("status.updated", LEA TO_US
                  "'edited_at':'2026-01-15T10:05:00.000Z','spoiler_text':"
                  "'trains','media_attachments':[{'type':'image',"
                  "'url':'https://m/1'}]"));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->event,
                "9/status.updated/2026-01-15T10:05:00.000Z");
    assert_int_equal(mention->edited_ms, 1768471500000);
    assert_text(mention->clock_key, "");
    assert_text(mention->subject, "trains");
    assert_text(mention->media->url, "https://m/1");
    fixture_free(&fixture);
}


static void
test_html(void **state)
{
    size_t    i;
    char      body[1024];
    fixture_t fixture;

    static const struct {
        const char *html;
        const char *text;
    } cases[] = {
        { "<p>one</p><p>two<br />three<br>four</p>",
          "one\ntwo\nthree\nfour" },
        { "a &amp; b &lt;c&gt; &quot;d&quot; &#39;e&#39; &apos;",
          "a & b <c> \"d\" 'e' '" },
        { "&#x1F621;&#233;&#x41;&nbsp;.", "\xf0\x9f\x98\xa1\xc3\xa9""A ." },
        { "&#0;&#xD800;&#x110000;", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "&euro; & &; &#; &#x; &#12345678; &amp", "&euro; & &; &#; &#x; "
          "&#12345678; &amp" },
        { "<b", "" },
        { "", "" },
        { "<script>x</script>", "x" }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), "{\"event\":\"status.created\","
                        "\"object\":{\"id\":\"9\",\"account\":{\"acct\":"
                        "\"northwind\"},\"content\":\"");

        for (size_t j = 0; cases[i].html[j] != '\0'; j++) {
            size_t len = strlen(body);

            body[len] = cases[i].html[j];
            body[len + 1] = '\0';
        }

        (void) strncat(body, "\"}}", sizeof(body) - strlen(body) - 1);
        fixture_expect(&fixture, body, 1, 0);
        assert_text(fixture_mention(&fixture, 0)->text, cases[i].text);
    }

    fixture_free(&fixture);
}


static void
test_other_events(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect_quoted(&fixture, EVENT("account.created", "'x':1"), 0, 0);
    fixture_expect_quoted(&fixture, EVENT("report.created", "'x':1"), 0, 0);
    dead(&fixture, EVENT("moon.landing", "'x':1"), SC_DEAD_UNKNOWN_OBJECT);
    dead(&fixture, EVENT("status.created", "'x':1"), SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{'event':'status.created','object':{" LEA "'x':1}}",
         SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "{}", SC_DEAD_MISSING_MEMBER);
    dead(&fixture, "7", SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_meet),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_visibility),
        cmocka_unit_test(test_edit),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_other_events)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
