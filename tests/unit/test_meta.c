/*
 * test_meta.c: what the Meta products share: handshake, schemes, options,
 * envelope, signed requests.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_meta.h"


#define PAGE(entries)  "{'object':'page','entry':[" entries "]}"

#define COMMENT(id)                                                           \
    "{'field':'feed','value':{'item':'comment','verb':'add','from':"          \
    "{'id':'77'},'post_id':'104_1','comment_id':'" id "','parent_id':"        \
    "'104_1','created_time':1768471200,'message':'m'}}"


static void
handshake(const char *token, const char *query, unsigned status,
    const char *body)
{
    fixture_t fixture;

    fixture_init(&fixture, &sc_platform_meta);
    fixture_token(&fixture, "old-token");
    fixture_token(&fixture, token);
    fixture_handshake(&fixture, query);

    assert_int_equal(fixture.callback.answer.status, status);
    assert_text(fixture.callback.answer.body, body);
    assert_text(fixture.callback.answer.content_type,
                status == 200 ? "text/plain" : "");

    fixture_free(&fixture);
}


static void
test_handshake_echoes_the_challenge(void **state)
{
    (void) state;

    handshake("t1", "hub.mode=subscribe&hub.challenge=7730041926"
              "&hub.verify_token=t1", 200, "7730041926");
    handshake("t1", "hub.verify_token=old-token&hub.challenge=a.b_c~d-E%39"
              "&hub.mode=subscribe", 200, "a.b_c~d-E9");
}


static void
test_handshake_reads_plus_both_ways(void **state)
{
    (void) state;

    handshake("a b+c", "hub.mode=subscribe&hub.challenge=1"
              "&hub.verify_token=a%20b%2Bc", 200, "1");
    handshake("a+b", "hub.mode=subscribe&hub.challenge=1"
              "&hub.verify_token=a+b", 200, "1");
    handshake("a b", "hub.mode=subscribe&hub.challenge=1"
              "&hub.verify_token=a+b", 200, "1");
}


static void
test_handshake_refuses(void **state)
{
    size_t i;

    static const char *const queries[] = {
        "",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=nope",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=t",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=t1",
        "hub.challenge=1&hub.verify_token=t1",
        "hub.mode=subscribe&hub.verify_token=t1",
        "hub.mode=subscribe&hub.challenge=&hub.verify_token=t1",
        "hub.mode=subscribe&hub.challenge=%3Cb%3E&hub.verify_token=t1",
        "hub.mode=subscribe&hub.challenge=1%0a2&hub.verify_token=t1",
        "hub.mode=subscribe&hub.challenge=%zz&hub.verify_token=t1",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=%zz"
    };

    (void) state;

    for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        handshake("t1", queries[i], 403, "");
    }
}


static void
test_handshake_bounds_the_challenge(void **state)
{
    char query[512], challenge[258];

    (void) state;

    memset(challenge, '7', sizeof(challenge));
    challenge[256] = '\0';
    (void) snprintf(query, sizeof(query), "hub.mode=subscribe"
                    "&hub.verify_token=t1&hub.challenge=%s", challenge);
    handshake("t1", query, 200, challenge);

    challenge[256] = '7';
    challenge[257] = '\0';
    (void) snprintf(query, sizeof(query), "hub.mode=subscribe"
                    "&hub.verify_token=t1&hub.challenge=%s", challenge);
    handshake("t1", query, 403, "");
}


static void
test_handshake_without_a_token_configured(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);
    fixture_handshake(&fixture, "hub.mode=subscribe&hub.challenge=1"
                      "&hub.verify_token=x");
    assert_int_equal(fixture.callback.answer.status, 403);
    fixture_free(&fixture);
}


/* Out of memory is a refusal, not a crash. */
static void
test_handshake_without_memory(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);
    fixture_token(&fixture, "a b");
    fixture.arena.limit = 0;
    fixture_handshake(&fixture, "hub.mode=subscribe&hub.challenge=1"
                      "&hub.verify_token=a%20b");
    assert_int_equal(fixture.callback.answer.status, 403);
    fixture_free(&fixture);
}


static void
test_schemes(void **state)
{
    size_t                    count;
    fixture_t                 fixture;
    const sc_verify_scheme_t *list[4], *chosen;

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);

    count = sc_platform_meta.schemes(&fixture.source, list, 4);
    assert_int_equal(count, 2);
    assert_text(list[0]->signature.name, "X-Hub-Signature-256");
    assert_null(list[0]->alternative);
    assert_int_equal(list[1]->kind, SC_SCHEME_SIGNED_REQUEST);
    assert_int_equal(sc_platform_meta.schemes(&fixture.source, list, 1), 1);

    assert_null(fixture_option(&fixture, "sha1", "on"));
    count = sc_platform_meta.schemes(&fixture.source, list, 4);
    assert_int_equal(count, 3);
    assert_ptr_equal(list[0]->alternative, list[2]);
    assert_int_equal(list[0]->alternative_when, SC_ALTERNATIVE_IF_ABSENT);
    assert_int_equal(list[2]->digest, SC_DIGEST_SHA1);
    assert_text(list[2]->prefix, "sha1=");

    chosen = sc_platform_meta.choose_scheme(&fixture.source,
                                            &fixture.request);
    assert_ptr_equal(chosen, list[0]);

    fixture_header(&fixture, "content-type",
                   "Application/X-WWW-form-urlencoded ; charset=utf-8");
    chosen = sc_platform_meta.choose_scheme(&fixture.source,
                                            &fixture.request);
    assert_ptr_equal(chosen, list[1]);

    fixture_free(&fixture);
}


#define SHA256_HEADER                                                         \
    "sha256=e7f39c5c5a0770459b35443b6fc9f7e774566f089d5b7ee43fbc6ae7acf22c86"
#define SHA1_HEADER  "sha1=d67388cbf2d7a2c9aa90b027f18d4b862f7e11bc"


/* The worked examples, judged by the schemes that the platform names. */
static sc_verify_result_t
judge(const char *sha1, const char *header256, const char *header1)
{
    size_t                    count, i;
    fixture_t                 fixture;
    const char               *problem;
    sc_secret_t              *secret;
    sc_verdict_t              verdict;
    const sc_verify_scheme_t *list[4];

    fixture_init(&fixture, &sc_platform_meta);
    assert_null(fixture_option(&fixture, "sha1", sha1));

    secret = sc_secret_create(SC_STR("s3cr3t-socialcare"), SC_STR("app"), 0,
                              &problem);
    assert_non_null(secret);
    fixture.source.secrets.items = &secret;
    fixture.source.secrets.count = 1;

    count = sc_platform_meta.schemes(&fixture.source, list, 4);

    for (i = 0; i < count; i++) {
        assert_true(sc_secret_prepare(secret, list[i], &problem));
    }

    if (header256 != NULL) {
        fixture_header(&fixture, "x-hub-signature-256", header256);
    }

    if (header1 != NULL) {
        fixture_header(&fixture, "X-Hub-Signature", header1);
    }

    fixture.request.body = SC_STR("{\"object\":\"page\",\"entry\":[]}");
    sc_verify(sc_platform_meta.choose_scheme(&fixture.source,
                                             &fixture.request),
              &fixture.request, &fixture.source.secrets, FIXTURE_NOW_MS, 0,
              &fixture.arena, &verdict);

    sc_secret_destroy(secret);
    fixture_free(&fixture);

    return verdict.result;
}


static void
test_sha1_counts_only_by_option_and_alone(void **state)
{
    (void) state;

    assert_int_equal(judge("off", SHA256_HEADER, NULL), SC_VERIFY_OK);
    assert_int_equal(judge("off", NULL, SHA1_HEADER), SC_VERIFY_NO_SIGNATURE);
    assert_int_equal(judge("on", SHA256_HEADER, "sha1=0"), SC_VERIFY_OK);
    assert_int_equal(judge("on", NULL, SHA1_HEADER), SC_VERIFY_OK);
    assert_int_equal(judge("on", NULL, NULL), SC_VERIFY_NO_SIGNATURE);

    /* A bad strong header is not made good by a good weak one. */
    assert_int_equal(judge("on", "sha256=e7f39c5c5a0770459b35443b6fc9f7e774566"
                           "f089d5b7ee43fbc6ae7acf22c87", SHA1_HEADER),
                     SC_VERIFY_MISMATCH);
    assert_int_equal(judge("on", SHA1_HEADER, SHA1_HEADER),
                     SC_VERIFY_MALFORMED);
}


static void
test_options(void **state)
{
    size_t             i;
    fixture_t          fixture;
    sc_meta_options_t *options;

    static const char *const bad[][2] = {
        { "sha1", "yes" }, { "answer", "any" }, { "templates", "" },
        { "postback", "on" }, { "unsend", "1" }, { "bot_apps", "" },
        { "bot_apps", "1,x" }, { "bot_apps", "1,,2" },
        { "signed_request", "both" }, { "signed_request_age", "d" },
        { "signed_request_age", "1w" }, { "signed_request_age", "" },
        { "signed_request_age", "99999999999d" },
        { "data_deletion_url", "http://a.example/" },
        { "data_deletion_url", "https://" },
        { "data_deletion_url", "https://a.example/\"" },
        { "data_deletion_url", "https://a.example/#x" },
        { "data_deletion_url", "https://a.example/ x" },
        { "colour", "red" }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);
    options = fixture.options;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (fixture_option(&fixture, bad[i][0], bad[i][1]) == NULL) {
            fail_msg("accepted %s=%s", bad[i][0], bad[i][1]);
        }
    }

    memset(options, 0, sizeof(*options));

    assert_null(fixture_option(&fixture, "bot_apps", "1,263902037430900"));
    assert_int_equal(options->bot_apps_count, 2);
    assert_null(fixture_option(&fixture, "signed_request_age", "1d"));
    assert_int_equal(options->signed_request_age_ms, 86400000);
    assert_null(fixture_option(&fixture, "signed_request_age", "90"));
    assert_int_equal(options->signed_request_age_ms, 90000);

    /* The age alone says nothing. */
    assert_non_null(fixture_finish_options(&fixture));
    assert_null(fixture_option(&fixture, "signed_request", "deauthorize"));
    assert_null(fixture_finish_options(&fixture));

    assert_null(fixture_option(&fixture, "data_deletion_url",
                               "https://a.example/s"));
    assert_non_null(fixture_finish_options(&fixture));
    assert_null(fixture_option(&fixture, "signed_request", "data_deletion"));
    assert_null(fixture_finish_options(&fixture));

    options->data_deletion_url = SC_STR_NULL;
    assert_non_null(fixture_finish_options(&fixture));

    fixture_free(&fixture);
}


static void
test_too_many_bot_apps(void **state)
{
    char      list[200];
    size_t    i;
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);

    for (i = 0; i < 65; i++) {
        list[2 * i] = '1';
        list[2 * i + 1] = ',';
    }

    list[2 * 64 - 1] = '\0';
    assert_null(fixture_option(&fixture, "bot_apps", list));

    list[2 * 64 - 1] = ',';
    list[2 * 65 - 1] = '\0';
    assert_non_null(fixture_option(&fixture, "bot_apps", list));

    fixture_limit_memory(&fixture, 0);
    assert_non_null(fixture_option(&fixture, "bot_apps", "1"));

    fixture_free(&fixture);
}


static void
expect_dead(const char *text, sc_dead_reason_t reason)
{
    fixture_t fixture;

    fixture_init(&fixture, &sc_platform_meta);
    assert_int_equal(fixture_parse_quoted(&fixture, text), SC_PARSE_DEAD);
    assert_string_equal(sc_dead_reason_name(fixture.callback.dead),
                        sc_dead_reason_name(reason));
    assert_int_equal(fixture.callback.count, 0);
    fixture_free(&fixture);
}


static void
test_bodies_that_are_dead_as_a_whole(void **state)
{
    (void) state;

    expect_dead("{'object':'page','entry':[}", SC_DEAD_SYNTAX);
    expect_dead("", SC_DEAD_SYNTAX);
    expect_dead("[]", SC_DEAD_SHAPE);
    expect_dead("'page'", SC_DEAD_SHAPE);
    expect_dead("{}", SC_DEAD_MISSING_MEMBER);
    expect_dead("{'object':7,'entry':[]}", SC_DEAD_MISSING_MEMBER);
    expect_dead("{'object':'page'}", SC_DEAD_MISSING_MEMBER);
    expect_dead("{'object':'page','entry':null}", SC_DEAD_MISSING_MEMBER);
    expect_dead("{'object':'page','entry':{}}", SC_DEAD_SHAPE);
    expect_dead("{'object':'toaster','entry':[]}", SC_DEAD_UNKNOWN_OBJECT);
    expect_dead("{'object':'page','object':'page','entry':[]}",
                SC_DEAD_DUPLICATE_NAME);
    expect_dead("{'object':'page','entry':['\xff']}", SC_DEAD_ENCODING);
}


static void
test_objects_that_are_ignored(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);
    fixture_expect_quoted(&fixture, "{'object':'page','entry':[]}", 0, 0);
    fixture_expect_quoted(&fixture, "{'object':'user','entry':[{'uid':7,"
                          "'changed_fields':['email']}]}", 0, 0);
    fixture_expect_quoted(&fixture, "{'object':'permissions','entry':7}", 0,
                          0);
    fixture_free(&fixture);
}


/* Any Meta receiver understands any Meta object, under its real name. */
static void
test_products_by_object(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_whatsapp);

    fixture_expect_quoted(&fixture, PAGE("{'id':104,'changes':["
                          COMMENT("1_1") "],'messaging':[{'sender':{'id':7},"
                          "'message':{'mid':'m1','text':'t'}}]}"), 2, 0);
    assert_text(fixture_mention(&fixture, 0)->platform, "facebook");
    assert_int_equal(fixture_mention(&fixture, 0)->channel,
                     SC_CHANNEL_SOCIAL);
    assert_text(fixture_mention(&fixture, 0)->account, "104");
    assert_text(fixture_mention(&fixture, 1)->platform, "messenger");
    assert_int_equal(fixture_mention(&fixture, 1)->channel,
                     SC_CHANNEL_MESSAGING);

    fixture_expect_quoted(&fixture, "{'object':'instagram','entry':[{'id':'1',"
                          "'time':1768471200,'messaging':[{'sender':{'id':"
                          "'7'},'message':{'mid':'m1'}}]}]}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->platform, "instagram");

    fixture_expect_quoted(&fixture, "{'topic':'interaction','values':{'field':"
                          "'publish','value':{'id':'5'}}}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->platform, "threads");

    fixture_free(&fixture);
}


/* One bad element never takes its neighbours along. */
static void
test_bad_pieces_die_alone(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);
    fixture_expect_quoted(&fixture, PAGE(
        "7,"                                        /* shape */
        "{'id':'104','time':1},"                    /* nothing in it */
        "{'id':'104','changes':{}},"                /* not an array */
        "{'id':'104','changes':["
            "'x',"                                  /* not an object */
            "{'field':'parking'},"                  /* no value: skipped */
            "{'field':'feed','value':null},"        /* the same */
            "{'field':'feed','value':[]},"          /* shape */
            "{'value':{}},"                         /* no field */
            "{'field':'moon','value':{}},"          /* unknown field */
            COMMENT("1_1")
        "]},"
        "{'id':'104','messaging':[null,{'sender':{'id':'7'}},"
            "{'sender':{'id':'7'},'message':{'mid':'m1'}}]}"),
        2, 9);

    assert_text(fixture_mention(&fixture, 0)->event, "1_1/add/1768471200");
    assert_text(fixture_mention(&fixture, 1)->event, "m1");

    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_SHAPE);
    assert_text(fixture_dead(&fixture, 0)->raw, "7");
    assert_int_equal(fixture_dead(&fixture, 1)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_dead(&fixture, 2)->reason, SC_DEAD_SHAPE);
    assert_text(fixture_dead(&fixture, 2)->raw,
                "{\"id\":\"104\",\"changes\":{}}");
    assert_int_equal(fixture_dead(&fixture, 3)->reason, SC_DEAD_SHAPE);
    assert_int_equal(fixture_dead(&fixture, 4)->reason, SC_DEAD_SHAPE);
    assert_int_equal(fixture_dead(&fixture, 5)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_dead(&fixture, 6)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_text(fixture_dead(&fixture, 6)->raw,
                "{\"field\":\"moon\",\"value\":{}}");
    assert_int_equal(fixture_dead(&fixture, 7)->reason, SC_DEAD_SHAPE);
    assert_int_equal(fixture_dead(&fixture, 8)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);

    fixture_free(&fixture);
}


static void
test_raw_is_the_piece_alone(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);
    fixture_expect_quoted(&fixture, PAGE("{'id':'104','messaging':[ {'sender'"
                          ":{'id':'7'}, 'message':{'mid':'m1'}} ]}"), 1, 0);
    assert_text(fixture_mention(&fixture, 0)->raw, "{\"sender\":{\"id\":\"7\"}"
                ", \"message\":{\"mid\":\"m1\"}}");
    fixture_free(&fixture);
}


static void
test_changed_fields_tell_the_operator_once_a_day(void **state)
{
    char      event[64];
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);
    fixture_expect_quoted(&fixture, PAGE("{'id':'104','time':1768471200,"
                          "'changed_fields':['feed']}"), 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->kind, SC_KIND_NOTICE);
    assert_text(fixture_mention(&fixture, 0)->notice, "error");
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_NONE);

    (void) snprintf(event, sizeof(event), "changed_fields/page/%d",
                    (int) (FIXTURE_NOW_MS / 86400000));
    assert_text(fixture_mention(&fixture, 0)->event, event);
    fixture_free(&fixture);
}


/* Seconds or milliseconds, number or digits; else the time of arrival. */
static void
test_times(void **state)
{
    size_t    i;
    char      body[256];
    fixture_t fixture;

    static const struct {
        const char *text;
        int64_t     ms;
    } times[] = {
        { "1768471200", 1768471200000 },
        { "'1768471200'", 1768471200000 },
        { "1768471200417", 1768471200417 },
        { "'1768471200417'", 1768471200417 },
        { "100000000000", 100000000000000 },
        { "100000000001", 100000000001 },
        { "0", 0 },
        { "-5", -1 },
        { "1768471200.5", -1 },
        { "1e9", -1 },
        { "'soon'", -1 },
        { "''", -1 },
        { "null", -1 },
        { "999999999999999999", -1 },
        { "99999999999999999999999", -1 }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);

    for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        (void) snprintf(body, sizeof(body), PAGE("{'id':'1','messaging':[{"
                        "'sender':{'id':'7'},'timestamp':%s,'message':"
                        "{'mid':'m'}}]}"), times[i].text);
        fixture_expect_quoted(&fixture, body, 1, 0);
        assert_int_equal(fixture_mention(&fixture, 0)->created_ms,
                         times[i].ms);
    }

    fixture_expect_quoted(&fixture, PAGE("{'id':'1','time':'1768471201067',"
                          "'messaging':[{'sender':{'id':'7'},'message':"
                          "{'mid':'m'}}]}"), 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->created_ms, 1768471201067);
    assert_true(fixture_mention(&fixture, 0)->created_is_delivery_time);

    fixture_free(&fixture);
}


static void
test_limits_refuse_the_whole_callback(void **state)
{
    size_t            i;
    fixture_t         fixture;
    sc_parse_result_t result;

    static const char body[] = PAGE("{'id':'1','changes':[" COMMENT("1_1") ","
        COMMENT("1_2") "," COMMENT("1_3") ",7]}");

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);
    fixture.source.max_events = 4;
    fixture_expect_quoted(&fixture, body, 3, 1);

    for (i = 0; i < 4; i++) {
        fixture.source.max_events = i;
        assert_int_equal(fixture_parse_quoted(&fixture, body),
                         SC_PARSE_TOO_LARGE);
    }

    /* Wherever memory ends, it ends well. */
    fixture.source.max_events = 1000;

    for (i = 0; i < 65536; i += 64) {
        fixture_limit_memory(&fixture, i);
        result = fixture_parse_quoted(&fixture, body);

        if (result == SC_PARSE_OK) {
            break;
        }

        assert_int_equal(result, SC_PARSE_TOO_LARGE);
    }

    assert_int_equal(result, SC_PARSE_OK);
    assert_int_equal(fixture.callback.count, 3);
    fixture_free(&fixture);
}


#define DM(event)  PAGE("{'messaging':[{'sender':{'id':'7'}," event "}]}")
#define WA(list)                                                              \
    "{'object':'whatsapp_business_account','entry':[{'changes':[{'field':"    \
    "'messages','value':{" list "}}]}]}"
#define FLAT(field)                                                           \
    "{'topic':'t','values':{'field':'" field "','value':{'id':'1'}}}"
#define IG(field)                                                             \
    "{'object':'instagram','entry':[{'field':'" field "','value':{'id':'1',"  \
    "'media_id':'2'}}]}"


/* Wherever an event is one too many, the callback is refused as a whole. */
static void
test_one_event_too_many(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const char *const bodies[] = {
        PAGE("{'changes':[" COMMENT("1_1") "]}"),
        PAGE("{'changed_fields':['feed']}"), PAGE("7"),
        DM("'message':{'mid':'m'}"),
        DM("'message':{'mid':'m','is_deleted':true}"),
        DM("'message_edit':{'mid':'m'}"), DM("'reaction':{'mid':'m'}"),
        DM("'postback':{'mid':'m'}"), DM("'policy-enforcement':{}"),
        IG("comments"), IG("mentions"),
        WA("'messages':[{'id':'1'}]"), WA("'errors':[{'code':1}]"),
        WA("'statuses':[{'id':'1','status':'sent'}]"),
        WA("'statuses':[{'id':'1','status':'failed'}]"),
        FLAT("replies"), FLAT("mentions"), FLAT("publish"), FLAT("delete")
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        fixture.source.max_events = 1;
        assert_int_equal(fixture_parse_quoted(&fixture, bodies[i]),
                         SC_PARSE_OK);
        assert_int_equal(fixture.callback.count + fixture.callback.dead_count,
                         1);

        fixture.source.max_events = 0;
        assert_int_equal(fixture_parse_quoted(&fixture, bodies[i]),
                         SC_PARSE_TOO_LARGE);
    }

    fixture_free(&fixture);
}


/* A receiver that was given no options at all has the defaults. */
static void
test_without_options(void **state)
{
    fixture_t                 fixture;
    const sc_verify_scheme_t *list[4];

    (void) state;

    fixture_init(&fixture, &sc_platform_meta);
    fixture.source.options = NULL;
    fixture_expect_quoted(&fixture, DM("'message':{'mid':'m'}"), 1, 0);
    assert_int_equal(sc_platform_meta.schemes(&fixture.source, list, 4), 2);
    fixture_free(&fixture);
}


/* The payload of the worked example; the MAC is the verifier's affair. */
#define PAYLOAD                                                               \
    "eyJ1c2VyX2lkIjoiNzIwMzM0NDU1NjY3Nzg4OSIsImFsZ29yaXRobSI6IkhNQUMtU0hBMjU2" \
    "IiwiaXNzdWVkX2F0IjoxNzY4NDcxMjAwfQ"


static void
init_form(fixture_t *fixture, const sc_platform_t *platform,
    const char *duty)
{
    fixture_init(fixture, platform);
    fixture_header(fixture, "Content-Type",
                   "application/x-www-form-urlencoded");

    if (duty != NULL) {
        assert_null(fixture_option(fixture, "signed_request", duty));
    }
}


static void
test_deauthorize(void **state)
{
    fixture_t     fixture;
    sc_mention_t *notice;

    (void) state;

    init_form(&fixture, &sc_platform_instagram, "deauthorize");
    fixture_expect(&fixture, "x=1&signed_request=c2ln." PAYLOAD, 1, 0);

    notice = fixture_mention(&fixture, 0);
    assert_int_equal(notice->kind, SC_KIND_NOTICE);
    assert_int_equal(notice->direction, SC_DIRECTION_NONE);
    assert_text(notice->platform, "instagram");
    assert_text(notice->notice, "deauthorize");
    assert_text(notice->author.id, "7203344556677889");
    assert_text(notice->event, "deauthorize/7203344556677889/1768471200");
    assert_int_equal(notice->created_ms, 1768471200000);
    assert_text(fixture.callback.answer.body, "");
    assert_int_equal(fixture.callback.answer.status, 0);

    fixture_free(&fixture);
}


static void
test_data_deletion(void **state)
{
    char          body[512], code[64];
    fixture_t     fixture;
    sc_mention_t *notice;

    (void) state;

    init_form(&fixture, &sc_platform_meta, "data_deletion");
    assert_null(fixture_option(&fixture, "data_deletion_url",
                               "https://care.example/erased"));
    fixture_expect(&fixture, "signed_request=c2ln." PAYLOAD, 1, 0);

    notice = fixture_mention(&fixture, 0);
    assert_text(notice->platform, "facebook");
    assert_text(notice->notice, "data_deletion");
    assert_int_equal(notice->object.len, 32);

    (void) snprintf(code, sizeof(code), "%.*s", (int) notice->object.len,
                    (const char *) notice->object.data);
    (void) snprintf(body, sizeof(body), "{\"url\":\"https://care.example/"
                    "erased?id=%s\",\"confirmation_code\":\"%s\"}", code,
                    code);
    assert_text(fixture.callback.answer.body, body);
    assert_text(fixture.callback.answer.content_type, "application/json");
    assert_int_equal(fixture.callback.answer.status, 200);

    /* Nothing is stored, so a retry must come to the same code. */
    fixture_expect(&fixture, "signed_request=c2ln." PAYLOAD, 1, 0);
    assert_text(fixture_mention(&fixture, 0)->object, code);

    assert_null(fixture_option(&fixture, "data_deletion_url",
                               "https://care.example/?lang=en"));
    fixture_expect(&fixture, "signed_request=c2ln." PAYLOAD, 1, 0);
    assert_true(sc_str_contains(fixture.callback.answer.body,
                                SC_STR("?lang=en&id=")));

    fixture_free(&fixture);
}


/* The code is keyed: other secret, other code. */
static void
test_confirmation_code_depends_on_the_secret(void **state)
{
    char         code[64];
    fixture_t    fixture;
    const char  *problem;
    sc_secret_t *secrets[2];

    (void) state;

    secrets[0] = sc_secret_create(SC_STR("s3cr3t-socialcare"), SC_STR(""), 0,
                                  &problem);
    secrets[1] = sc_secret_create(SC_STR("another"), SC_STR(""), 0, &problem);
    assert_non_null(secrets[0]);
    assert_non_null(secrets[1]);

    init_form(&fixture, &sc_platform_meta, "data_deletion");
    assert_null(fixture_option(&fixture, "data_deletion_url",
                               "https://care.example/"));
    fixture.source.secrets.items = secrets;
    fixture.source.secrets.count = 2;

    fixture_expect(&fixture, "signed_request=c2ln." PAYLOAD, 1, 0);
    (void) snprintf(code, sizeof(code), "%.*s", 32,
                    (const char *) fixture_mention(&fixture, 0)->object.data);

    fixture.verdict.secret = 1;
    fixture_expect(&fixture, "signed_request=c2ln." PAYLOAD, 1, 0);
    assert_memory_not_equal(fixture_mention(&fixture, 0)->object.data, code,
                            32);

    sc_secret_destroy(secrets[0]);
    sc_secret_destroy(secrets[1]);
    fixture_free(&fixture);
}


static void
expect_form_dead(const char *duty, const char *body, sc_dead_reason_t reason)
{
    fixture_t fixture;

    init_form(&fixture, &sc_platform_meta, duty);
    assert_int_equal(fixture_parse(&fixture, body), SC_PARSE_DEAD);
    assert_string_equal(sc_dead_reason_name(fixture.callback.dead),
                        sc_dead_reason_name(reason));
    fixture_free(&fixture);
}


static void
test_signed_requests_that_are_dead(void **state)
{
    (void) state;

    /* Nobody said which duty this URL serves. */
    expect_form_dead(NULL, "signed_request=c2ln." PAYLOAD,
                     SC_DEAD_UNKNOWN_OBJECT);
    expect_form_dead("deauthorize", "signed_request=%zz", SC_DEAD_SYNTAX);
    expect_form_dead("deauthorize", "signature=1", SC_DEAD_MISSING_MEMBER);
    expect_form_dead("deauthorize", "signed_request=c2ln.!", SC_DEAD_SYNTAX);
    expect_form_dead("deauthorize", "signed_request=c2ln.bm8",
                     SC_DEAD_SYNTAX);
    expect_form_dead("deauthorize", "signed_request=c2ln", SC_DEAD_SYNTAX);

    /* {"user_id":"1","algorithm":"none"} */
    expect_form_dead("deauthorize", "signed_request=c2ln."
                     "eyJ1c2VyX2lkIjoiMSIsImFsZ29yaXRobSI6Im5vbmUifQ",
                     SC_DEAD_SHAPE);

    /* {"algorithm":"hmac-sha256"} */
    expect_form_dead("deauthorize", "signed_request=c2ln."
                     "eyJhbGdvcml0aG0iOiJobWFjLXNoYTI1NiJ9",
                     SC_DEAD_MISSING_MEMBER);
}


static void
test_signed_request_age(void **state)
{
    fixture_t fixture;

    (void) state;

    init_form(&fixture, &sc_platform_meta, "deauthorize");
    assert_null(fixture_option(&fixture, "signed_request_age", "1d"));

    fixture.callback.now_ms = 1768471200000 + 86400000;
    fixture_expect(&fixture, "signed_request=c2ln." PAYLOAD, 1, 0);

    fixture.callback.now_ms++;
    fixture_expect(&fixture, "signed_request=c2ln." PAYLOAD, 0, 0);
    assert_int_equal(fixture.callback.answer.status, 401);

    /* {"user_id":"1","algorithm":"HMAC-SHA256"}: issued nobody knows when */
    fixture_expect(&fixture, "signed_request=c2ln."
                   "eyJ1c2VyX2lkIjoiMSIsImFsZ29yaXRobSI6IkhNQUMtU0hBMjU2In0",
                   0, 0);
    assert_int_equal(fixture.callback.answer.status, 401);

    fixture_free(&fixture);
}


/* JSON under a form's name is judged as a form, never as events. */
static void
test_json_as_form_is_no_event(void **state)
{
    fixture_t fixture;

    (void) state;

    init_form(&fixture, &sc_platform_meta, "deauthorize");
    assert_int_equal(fixture_parse_quoted(&fixture, PAGE("{'id':'1','changes'"
                     ":[" COMMENT("1_1") "]}")), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.count, 0);
    fixture_free(&fixture);
}


static void
test_signed_request_without_memory(void **state)
{
    size_t            i;
    fixture_t         fixture;
    sc_parse_result_t result;

    (void) state;

    init_form(&fixture, &sc_platform_meta, "data_deletion");
    assert_null(fixture_option(&fixture, "data_deletion_url",
                               "https://care.example/"));

    for (i = 0; i < 65536; i += 64) {
        fixture_limit_memory(&fixture, i);
        result = fixture_parse(&fixture, "signed_request=c2ln." PAYLOAD);

        if (result == SC_PARSE_OK) {
            break;
        }

        assert_int_equal(result, SC_PARSE_TOO_LARGE);
    }

    assert_int_equal(fixture.callback.count, 1);
    assert_int_equal(fixture_mention(&fixture, 0)->object.len, 32);
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshake_echoes_the_challenge),
        cmocka_unit_test(test_handshake_reads_plus_both_ways),
        cmocka_unit_test(test_handshake_refuses),
        cmocka_unit_test(test_handshake_bounds_the_challenge),
        cmocka_unit_test(test_handshake_without_a_token_configured),
        cmocka_unit_test(test_handshake_without_memory),
        cmocka_unit_test(test_schemes),
        cmocka_unit_test(test_sha1_counts_only_by_option_and_alone),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_too_many_bot_apps),
        cmocka_unit_test(test_bodies_that_are_dead_as_a_whole),
        cmocka_unit_test(test_objects_that_are_ignored),
        cmocka_unit_test(test_products_by_object),
        cmocka_unit_test(test_bad_pieces_die_alone),
        cmocka_unit_test(test_raw_is_the_piece_alone),
        cmocka_unit_test(test_changed_fields_tell_the_operator_once_a_day),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_limits_refuse_the_whole_callback),
        cmocka_unit_test(test_one_event_too_many),
        cmocka_unit_test(test_without_options),
        cmocka_unit_test(test_deauthorize),
        cmocka_unit_test(test_data_deletion),
        cmocka_unit_test(test_confirmation_code_depends_on_the_secret),
        cmocka_unit_test(test_signed_requests_that_are_dead),
        cmocka_unit_test(test_signed_request_age),
        cmocka_unit_test(test_json_as_form_is_no_event),
        cmocka_unit_test(test_signed_request_without_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
