/*
 * test_x.c: what the samples of X do not show: the CRC in all its ways, several
 * kinds in a body, quotes, shares, edits, chats, likes, noise, strange shapes,
 * options, and one clock key from both products.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define OWN       "1500000000000000001"
#define CUSTOMER  "1400000000000000042"

#define SECRET    "s3cr3t-socialcare"
#define TOKEN     "Y3JjLTIwMjYtMDEtMTU"
#define QUERY     "crc_token=" TOKEN "&nonce=MTc2ODQ3MTIwMA"
#define SIGNED    "sha256=2ZgTOoqj2kauWk6vv7AKsZ1SJZpUszv38CEKey9+/ew="

#define RIGHT     "{\"response_token\":\"sha256="                             \
                  "/4KXhzMz1BjMt60p9m4p2xe3zj5gSzDFbqdvvMP69Ig=\"}"

/* a v1.1 post; `more` starts with a comma or is empty */
#define POST_V1(id, author, more)                                             \
    "{'id_str':'" id "','text':'t','timestamp_ms':'1768471200657','lang':"    \
    "'und','user':{'id_str':'" author "','screen_name':'h'}" more "}"

#define BODY_V1(posts)                                                        \
    "{'for_user_id':'" OWN "','tweet_create_events':[" posts "]}"

/* an X Activity event */
#define EVENT(type, payload)                                                  \
    "{'data':{'event_uuid':'-1','filter':{'user_id':'" OWN "'},"              \
    "'event_type':'" type "','payload':" payload "}}"

#define POST_V2(id, author, more)                                             \
    "{'id':'" id "','author_id':'" author "','text':'t','created_at':"        \
    "'2026-01-15T10:00:00.000Z','conversation_id':'9'" more "}"


static sc_secret_t *
make_secret(const char *material, const char *label, int64_t until_s)
{
    sc_secret_t *secret;
    const char  *problem;

    secret = sc_secret_create(sc_str_from_cstring(material),
                              sc_str_from_cstring(label), until_s, &problem);
    assert_non_null(secret);

    return secret;
}


static void
prepare(fixture_t *fixture)
{
    size_t                    i, j, count;
    const char               *problem;
    const sc_verify_scheme_t *list[4];

    count = fixture->source.platform->schemes(&fixture->source, list, 4);
    assert_true(count > 0 && count <= 4);

    for (i = 0; i < fixture->source.secrets.count; i++) {
        for (j = 0; j < count; j++) {
            assert_true(sc_secret_prepare(fixture->source.secrets.items[i],
                                          list[j], &problem));
        }
    }
}


/* CRC */


static void
crc(const char *option, const char *value, const char *header,
    const char *query, unsigned status, const char *body)
{
    fixture_t    fixture;
    sc_secret_t *secrets[3];

    secrets[0] = make_secret("expired", "old", 1);
    secrets[1] = make_secret(SECRET, "consumer", 0);
    secrets[2] = make_secret(SECRET "-oauth2", "oauth2", 0);

    fixture_init(&fixture, &sc_platform_x);
    fixture.source.secrets.items = secrets;
    fixture.source.secrets.count = 3;

    if (option != NULL) {
        assert_null(fixture_option(&fixture, option, value));
    }

    if (header != NULL) {
        fixture_header(&fixture, "X-Twitter-Webhooks-Signature", header);
    }

    prepare(&fixture);
    fixture_handshake(&fixture, query);

    assert_int_equal(fixture.callback.answer.status, status);
    assert_text(fixture.callback.answer.content_type,
                status == 200 ? "application/json" : "");

    if (body != NULL) {
        assert_text(fixture.callback.answer.body, body);
    }

    fixture_free(&fixture);
    sc_secret_destroy(secrets[0]);
    sc_secret_destroy(secrets[1]);
    sc_secret_destroy(secrets[2]);
}


static void
test_crc_uses_the_first_live_secret(void **state)
{
    (void) state;

    crc(NULL, NULL, NULL, QUERY, 200, RIGHT);
    crc(NULL, NULL, NULL, "nonce=1&crc_token=Y3JjLTIwMjYtMDEtMT%55", 200,
        RIGHT);
}


static void
test_crc_uses_the_named_secret(void **state)
{
    fixture_t fixture;

    (void) state;

    crc("crc", "consumer", NULL, QUERY, 200, RIGHT);
    crc("crc", "old", NULL, QUERY, 500, "");
    crc("crc", "nobody", NULL, QUERY, 500, "");

    /* another secret gives another answer */
    fixture_init(&fixture, &sc_platform_x);
    assert_null(fixture_option(&fixture, "crc", "oauth2"));
    fixture_free(&fixture);

    crc("crc", "oauth2", NULL, QUERY, 200, NULL);
}


static void
test_crc_without_secret_is_an_error(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_x);
    fixture_handshake(&fixture, QUERY);
    assert_int_equal(fixture.callback.answer.status, 500);
    assert_text(fixture.callback.answer.body, "");
    fixture_free(&fixture);
}


static void
test_crc_without_token_is_refused(void **state)
{
    (void) state;

    crc(NULL, NULL, NULL, "", 400, "");
    crc(NULL, NULL, NULL, "crc_token=", 400, "");
    crc(NULL, NULL, NULL, "crc_tokens=1", 400, "");
    crc(NULL, NULL, NULL, "crc_token=%4", 400, "");
}


static void
test_signed_crc(void **state)
{
    (void) state;

    crc("signed_crc", "on", SIGNED, QUERY, 200, RIGHT);
    crc("signed_crc", "on", NULL, QUERY, 401, "");
    crc("signed_crc", "on", SIGNED, QUERY "1", 401, "");
    crc("signed_crc", "off", NULL, QUERY, 200, RIGHT);
}


static void
test_crc_without_memory_is_an_error(void **state)
{
    fixture_t    fixture;
    sc_secret_t *secret;

    (void) state;

    secret = make_secret(SECRET, "", 0);
    fixture_init(&fixture, &sc_platform_x);
    fixture.source.secrets.items = &secret;
    fixture.source.secrets.count = 1;
    fixture.arena.limit = 0;
    fixture_handshake(&fixture, QUERY);
    assert_int_equal(fixture.callback.answer.status, 500);
    fixture_free(&fixture);
    sc_secret_destroy(secret);
}


/* Signature */


static void
verify(const char *first, const char *second, sc_verify_result_t result)
{
    fixture_t                 fixture;
    sc_secret_t              *secrets[2];
    const sc_verify_scheme_t *list[2];

    secrets[0] = make_secret(SECRET, "consumer", 0);
    secrets[1] = make_secret(SECRET "-oauth2", "oauth2", 0);

    fixture_init(&fixture, &sc_platform_x);
    fixture.source.secrets.items = secrets;
    fixture.source.secrets.count = 2;
    prepare(&fixture);

    if (first != NULL) {
        fixture_header(&fixture, "x-twitter-webhooks-signature", first);
    }

    if (second != NULL) {
        fixture_header(&fixture, "X-Twitter-Webhooks-Signature-OAuth2",
                       second);
    }

    fixture.request.body
        = SC_STR("{\"for_user_id\":\"" OWN "\",\"tweet_delete_events\":[]}");

    (void) sc_platform_x.schemes(&fixture.source, list, 2);
    sc_verify(list[0], &fixture.request, &fixture.source.secrets,
              FIXTURE_NOW_MS, 300000, &fixture.arena, &fixture.verdict);
    assert_int_equal(fixture.verdict.result, result);

    fixture_free(&fixture);
    sc_secret_destroy(secrets[0]);
    sc_secret_destroy(secrets[1]);
}


#define GOOD  "sha256=huTWNEi0uPdVd579RWLpqNrqIPR7hCMm3ajyTX/RhZk="
#define WRONG "sha256=huTWNEi0uPdVd579RWLpqNrqIPR7hCMm3ajyTX/RhZg="

static void
test_either_header_is_enough(void **state)
{
    (void) state;

    verify(GOOD, NULL, SC_VERIFY_OK);
    verify(NULL, GOOD, SC_VERIFY_OK);
    verify(WRONG, GOOD, SC_VERIFY_OK);
    verify(GOOD, WRONG, SC_VERIFY_OK);
    verify(WRONG, WRONG, SC_VERIFY_MISMATCH);
    verify(NULL, NULL, SC_VERIFY_NO_SIGNATURE);
    verify("sha256=huTWNEi0uPdVd579RWLpqNrqIPR7hCMm3ajyTX/RhZk", NULL,
           SC_VERIFY_MALFORMED);
    verify("huTWNEi0uPdVd579RWLpqNrqIPR7hCMm3ajyTX/RhZk=", NULL,
           SC_VERIFY_MALFORMED);
}


/* Account Activity */


static void
start(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_x);
    fixture_account(fixture, OWN);
}


static void
test_several_kinds_in_the_order_of_the_body(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture,
        "{'favorite_events':[{'id':'f1','timestamp_ms':1768471200000,'user':"
        "{'id_str':'" CUSTOMER "'},'favorited_status':{'id_str':'5'}}],"
        "'for_user_id':'" OWN "','mute_events':[{}],'tweet_create_events':["
        POST_V1("1", CUSTOMER, "") "," POST_V1("2", CUSTOMER, "") "]}", 3, 0);
    assert_text(fixture_mention(&fixture, 0)->event, "f1");
    assert_text(fixture_mention(&fixture, 0)->account, OWN);
    assert_text(fixture_mention(&fixture, 0)->reaction, "like");
    assert_text(fixture_mention(&fixture, 0)->clock_key, "");
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_IN);
    assert_text(fixture_mention(&fixture, 1)->event, "1");
    assert_text(fixture_mention(&fixture, 2)->event, "2");
    assert_text(fixture_mention(&fixture, 2)->lang, "");
    assert_text(fixture_mention(&fixture, 2)->clock_key, "x:2");
    assert_int_equal(fixture_mention(&fixture, 2)->is_public, SC_TRI_YES);
    fixture_free(&fixture);
}


/* Whose like it is: the brand's own answers nobody. */
static void
test_who_likes(void **state)
{
    size_t    i;
    char      body[512];
    fixture_t fixture;

    static const struct {
        const char     *user;
        sc_direction_t  direction;
        bool            no_answer;
    } cases[] = {
        { "'user':{'id_str':'" CUSTOMER "'},", SC_DIRECTION_IN, false },
        { "'user':{'id_str':'" OWN "'},", SC_DIRECTION_OUT, true },
        { "", SC_DIRECTION_UNKNOWN, false }
    };

    (void) state;

    start(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), "{'for_user_id':'" OWN "',"
                        "'favorite_events':[{'id':'f1',%s"
                        "'favorited_status':{'id_str':'5'}}]}",
                        cases[i].user);
        fixture_expect_quoted(&fixture, body, 1, 0);
        assert_int_equal(fixture_mention(&fixture, 0)->direction,
                         cases[i].direction);
        assert_int_equal(fixture_mention(&fixture, 0)->no_answer,
                         cases[i].no_answer);
        assert_text(fixture_mention(&fixture, 0)->object, "5");
        assert_text(fixture_mention(&fixture, 0)->clock_key, "");
    }

    fixture_free(&fixture);
}


static void
test_text_is_the_longest_there_is(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, BODY_V1(
        POST_V1("1", CUSTOMER, ",'full_text':'full'") ","
        POST_V1("2", CUSTOMER, ",'full_text':'full','extended_tweet':"
                               "{'full_text':'extended'}")), 2, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "full");
    assert_text(fixture_mention(&fixture, 1)->text, "extended");
    fixture_free(&fixture);
}


static void
test_kinds_of_posts_v1(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, BODY_V1(
        POST_V1("1", CUSTOMER, ",'quoted_status_id_str':'70',"
                "'in_reply_to_status_id_str':null") ","
        POST_V1("2", CUSTOMER, ",'retweeted_status':{'id_str':'71'},"
                "'quoted_status_id_str':'72'") ","
        POST_V1("3", CUSTOMER, ",'in_reply_to_status_id_str':'73',"
                "'quoted_status_id_str':'72'") ","
        POST_V1("4", OWN, "") ","
        POST_V1("5", OWN, ",'retweeted_status':{'id_str':'74'}") ","
        POST_V1("6", OWN, ",'quoted_status_id_str':'75'")), 6, 0);

    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->kind, SC_KIND_QUOTE);
    assert_text(mention->parent, "70");
    assert_text(mention->clock_key, "x:1");

    mention = fixture_mention(&fixture, 1);
    assert_int_equal(mention->kind, SC_KIND_SHARE);
    assert_text(mention->parent, "71");
    assert_text(mention->clock_key, "");

    assert_int_equal(fixture_mention(&fixture, 2)->kind, SC_KIND_REPLY);
    assert_text(fixture_mention(&fixture, 2)->parent, "73");

    mention = fixture_mention(&fixture, 3);
    assert_int_equal(mention->kind, SC_KIND_POST);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_true(mention->no_answer);
    assert_text(mention->clock_key, "");

    assert_int_equal(fixture_mention(&fixture, 4)->kind, SC_KIND_SHARE);
    assert_true(fixture_mention(&fixture, 4)->no_answer);
    assert_int_equal(fixture_mention(&fixture, 5)->kind, SC_KIND_QUOTE);
    assert_true(fixture_mention(&fixture, 5)->no_answer);
    fixture_free(&fixture);
}


static void
test_quotes_answer_by_option(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    assert_null(fixture_option(&fixture, "quote_answers", "on"));
    fixture_expect_quoted(&fixture, BODY_V1(
        POST_V1("6", OWN, ",'quoted_status_id_str':'75'")), 1, 0);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:75");
    assert_false(fixture_mention(&fixture, 0)->no_answer);
    fixture_free(&fixture);
}


/* The question by one product, the answer by the other, both ways. */
static void
test_clock_keys_meet(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, BODY_V1(
        POST_V1("201", CUSTOMER, "") ","
        POST_V1("202", OWN, ",'in_reply_to_status_id_str':'301',"
                "'in_reply_to_user_id_str':'" CUSTOMER "'")), 2, 0);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:201");
    assert_text(fixture_mention(&fixture, 1)->clock_key, "x:301");
    assert_text(fixture_mention(&fixture, 1)->recipient, CUSTOMER);
    assert_false(fixture_mention(&fixture, 1)->no_answer);

    fixture_expect_quoted(&fixture, EVENT("post.mention.create",
        POST_V2("301", CUSTOMER, "")), 1, 0);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:301");

    fixture_expect_quoted(&fixture, EVENT("post.create",
        POST_V2("302", OWN, ",'in_reply_to_user_id':'" CUSTOMER "',"
                "'referenced_tweets':[{'type':'replied_to','id':'201'}]")),
        1, 0);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:201");
    assert_int_equal(fixture_mention(&fixture, 0)->kind, SC_KIND_REPLY);
    fixture_free(&fixture);
}


static void
test_own_thread_answers_nobody(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, BODY_V1(
        POST_V1("2", OWN, ",'in_reply_to_status_id_str':'1',"
                "'in_reply_to_user_id_str':'" OWN "'")), 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->kind, SC_KIND_REPLY);
    assert_true(fixture_mention(&fixture, 0)->no_answer);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "");
    assert_text(fixture_mention(&fixture, 0)->recipient, "");
    fixture_free(&fixture);
}


static void
test_edits(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, BODY_V1(
        POST_V1("12", CUSTOMER, ",'edit_history':{'initial_tweet_id':'11',"
                "'edit_tweet_ids':['11','12']}")), 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->event, "12");
    assert_text(mention->object, "11");
    assert_text(mention->url, "https://x.com/h/status/12");
    assert_true(mention->edited_ms == mention->created_ms);
    assert_false(sc_mention_is_actionable(mention));

    fixture_expect_quoted(&fixture,
        "{'data':" POST_V2("14", OWN, ",'edit_history_tweet_ids':['13','14'],"
        "'in_reply_to_tweet_id':'1'") ",'matching_rules':[]}", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->object, "13");
    assert_true(mention->no_answer);
    fixture_free(&fixture);
}


static void
test_own_account_by_handle(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_x);
    fixture_account(&fixture, "H");
    fixture_expect_quoted(&fixture, BODY_V1(POST_V1("1", CUSTOMER, "")), 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_OUT);
    fixture_free(&fixture);
}


/* A customer who takes the number of the brand's account for a handle. */
static void
test_handle_of_digits(void **state)
{
    fixture_t fixture;

    static const char post[] = "{'for_user_id':'" OWN "','tweet_create_events'"
        ":[{'id_str':'1','text':'t','timestamp_ms':'1768471200657','user':"
        "{'id_str':'" CUSTOMER "','screen_name':'260907612'},"
        "'in_reply_to_status_id_str':'77'}]}";

    (void) state;

    fixture_init(&fixture, &sc_platform_x);
    fixture_account(&fixture, "260907612");
    fixture_expect_quoted(&fixture, post, 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction, SC_DIRECTION_IN);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:1");

    /* The brand whose handle that is says so. */
    fixture_account(&fixture, "@260907612");
    fixture_expect_quoted(&fixture, post, 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_OUT);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:77");
    fixture_free(&fixture);
}


static void
test_author_withheld(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, BODY_V1("{'id':77,'text':'t',"
        "'created_at':'Thu Jan 15 10:00:00 +0000 2026'}"), 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_UNKNOWN);
    assert_text(fixture_mention(&fixture, 0)->event, "77");
    assert_text(fixture_mention(&fixture, 0)->url,
                "https://x.com/i/status/77");
    assert_true(fixture_mention(&fixture, 0)->created_ms == 1768471200000);
    fixture_free(&fixture);
}


static void
test_media_v1(void **state)
{
    int           i;
    char          body[4096];
    size_t        len;
    fixture_t     fixture;
    sc_media_t   *media;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, BODY_V1(
        POST_V1("1", CUSTOMER, ",'entities':{'media':[{'type':'photo'}]},"
        "'extended_entities':{'media':[{'type':'video','id_str':'8',"
        "'media_url_https':'https://v'}]}")), 1, 0);
    media = fixture_mention(&fixture, 0)->media;
    assert_text(media->type, "video");
    assert_text(media->url, "https://v");
    assert_text(media->ref, "8");
    assert_null(media->next);

    len = (size_t) snprintf(body, sizeof(body), "%s",
        "{'tweet_create_events':[{'id_str':'1','entities':{'media':[{}");

    for (i = 0; i < 40; i++) {
        len += (size_t) snprintf(body + len, sizeof(body) - len, ",{}");
    }

    (void) snprintf(body + len, sizeof(body) - len, "]}}]}");
    fixture_expect_quoted(&fixture, body, 1, 0);

    i = 0;

    for (media = fixture_mention(&fixture, 0)->media;
         media != NULL;
         media = media->next)
    {
        i++;
    }

    assert_int_equal(i, 16);
    fixture_free(&fixture);
}


static void
test_deletions(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, "{'for_user_id':'" OWN "',"
        "'tweet_delete_events':[{'status':{'id':'8','user_id':'" OWN "'},"
        "'timestamp_ms':'1768472200000'},{'status':{}}]}", 1, 1);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->event, "delete:8");
    assert_true(mention->no_answer);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);

    fixture_expect_quoted(&fixture, EVENT("post.delete",
        "{'id':'8','author_id':'" CUSTOMER "'}"), 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->event, "delete:8");
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->clock_key, "x:8");

    fixture_expect_quoted(&fixture, EVENT("post.delete", "{'id':'8'}"), 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_UNKNOWN);
    fixture_free(&fixture);
}


/* Messages */


#define DM(id, sender, recipient, more)                                       \
    "{'type':'message_create','id':'" id "','created_timestamp':"             \
    "'1768471900111','message_create':{'target':{'recipient_id':'" recipient  \
    "'},'sender_id':'" sender "','message_data':{'text':'t'" more "}}}"

static void
test_messages_of_two_own_accounts(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_account(&fixture, "16");
    fixture_expect_quoted(&fixture, "{'for_user_id':'" OWN "',"
        "'direct_message_events':[" DM("1", "16", OWN, "") "]}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction, SC_DIRECTION_IN);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:" OWN ":16");

    fixture_expect_quoted(&fixture, "{'for_user_id':'16',"
        "'direct_message_events':[" DM("1", "16", OWN, "") "]}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_OUT);
    assert_text(fixture_mention(&fixture, 0)->account, "16");
    assert_text(fixture_mention(&fixture, 0)->thread, OWN);
    fixture_free(&fixture);
}


static void
test_message_clock_keys_meet(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, "{'for_user_id':'" OWN "',"
        "'direct_message_events':[" DM("1", CUSTOMER, OWN, "") "]}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:" OWN ":" CUSTOMER);
    assert_int_equal(fixture_mention(&fixture, 0)->is_public, SC_TRI_NO);

    fixture_expect_quoted(&fixture, EVENT("dm.sent",
        "{'direct_message_events':[" DM("2", OWN, CUSTOMER, "") "]}"), 1, 0);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:" OWN ":" CUSTOMER);
    assert_text(fixture_mention(&fixture, 0)->recipient, CUSTOMER);

    /* no account in the envelope: the type of the event tells */
    fixture_expect_quoted(&fixture, "{'data':{'event_type':'dm.received',"
        "'filter':{},'payload':{'direct_message_events':["
        DM("3", CUSTOMER, OWN, "") "]}}}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:" OWN ":" CUSTOMER);
    assert_text(fixture_mention(&fixture, 0)->account, OWN);

    fixture_expect_quoted(&fixture, "{'direct_message_events':["
        DM("4", OWN, CUSTOMER, "") "]}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_OUT);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:" OWN ":" CUSTOMER);
    fixture_free(&fixture);
}


static void
test_message_users_and_attachment(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, "{'for_user_id':'" OWN "',"
        "'direct_message_events':[" DM("1", CUSTOMER, OWN, ",'attachment':"
        "{'type':'media','media':{'id_str':'9','type':'photo',"
        "'media_url_https':'https://m'}}") "],"
        "'apps':{'users':{'" CUSTOMER "':{'name':'N','screen_name':'s',"
        "'followers_count':7,'verified':true}}}}", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->author.name, "N");
    assert_text(mention->author.handle, "s");
    assert_int_equal(mention->author.followers, 7);
    assert_int_equal(mention->author.verified, SC_TRI_YES);
    assert_text(mention->media->url, "https://m");
    assert_text(mention->media->ref, "9");
    fixture_free(&fixture);
}


static void
test_messages_of_bots(void **state)
{
    fixture_t fixture;

    static const char body[] = "{'for_user_id':'" OWN "',"
        "'direct_message_events':[{'type':'message_create','id':'1',"
        "'message_create':{'sender_id':'" OWN "','source_app_id':'13',"
        "'target':{'recipient_id':'5'}}}]}";

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, body, 1, 0);
    assert_false(fixture_mention(&fixture, 0)->automatic);

    assert_null(fixture_option(&fixture, "bot_app", "12"));
    assert_null(fixture_option(&fixture, "bot_app", "13"));
    assert_null(fixture_option(&fixture, "bot_app", "14"));
    fixture_expect_quoted(&fixture, body, 1, 0);
    assert_true(fixture_mention(&fixture, 0)->automatic);
    fixture_free(&fixture);
}


static void
test_strange_messages(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, "{'direct_message_events':["
        "{'type':'reaction_create','id':'1'},"
        "{'type':'message_create','id':'1'},"
        "{'type':'message_create','message_create':{'sender_id':'1'}},7]}",
        0, 4);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(fixture_dead(&fixture, 1)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_dead(&fixture, 2)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_dead(&fixture, 3)->reason, SC_DEAD_SHAPE);
    assert_text(fixture_dead(&fixture, 3)->raw, "7");

    fixture_expect_quoted(&fixture, EVENT("dm.sent", "{}"), 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_encrypted_chats(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, EVENT("chat.received",
        "{'id':'c1','created_at_msec':'1768471900111','sender_id':'" CUSTOMER
        "','conversation_id':'" CUSTOMER ":" OWN "'}"), 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->kind, SC_KIND_MESSAGE);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->text, "");
    assert_text(mention->thread, CUSTOMER);
    assert_text(mention->clock_key, "x:" OWN ":" CUSTOMER);
    assert_true(mention->created_ms == 1768471900111);

    fixture_expect_quoted(&fixture, EVENT("chat.sent",
        "{'id':'c2','sender_id':'" OWN "','conversation_id':'" CUSTOMER ":"
        OWN "'}"), 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "x:" OWN ":" CUSTOMER);

    /* The lower number stands first, whoever writes. */
    fixture_expect_quoted(&fixture, EVENT("chat.sent",
        "{'id':'c2','sender_id':'" OWN "','conversation_id':'" OWN ":"
        CUSTOMER "'}"), 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->recipient, CUSTOMER);
    assert_text(mention->clock_key, "x:" OWN ":" CUSTOMER);

    fixture_expect_quoted(&fixture, EVENT("chat.received",
        "{'id':'c3','sender_id':'5','conversation_id':'g77'}"), 1, 0);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "x:g77");
    assert_text(fixture_mention(&fixture, 0)->thread, "g77");

    fixture_expect_quoted(&fixture, EVENT("chat.received", "{}"), 0, 1);
    fixture_expect_quoted(&fixture, EVENT("chat.conversation_join", "{}"),
                          0, 0);
    fixture_free(&fixture);
}


/* X Activity and filtered stream */


static void
test_kinds_by_event_type(void **state)
{
    size_t    i;
    char      body[1024];
    fixture_t fixture;

    static const struct {
        const char *type;
        sc_kind_t   kind;
    } cases[] = {
        { "post.mention.create", SC_KIND_MENTION },
        { "post.reply.create", SC_KIND_REPLY },
        { "post.quote.create", SC_KIND_QUOTE },
        { "post.repost.create", SC_KIND_SHARE }
    };

    (void) state;

    start(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body),
                        "{'data':{'filter':{'user_id':'" OWN "'},'event_type':"
                        "'%s','payload':" POST_V2("1", CUSTOMER, "") "}}",
                        cases[i].type);
        fixture_expect_quoted(&fixture, body, 1, 0);
        assert_int_equal(fixture_mention(&fixture, 0)->kind, cases[i].kind);
        assert_int_equal(fixture_mention(&fixture, 0)->direction,
                         SC_DIRECTION_IN);
    }

    fixture_free(&fixture);
}


static void
test_own_posts_v2(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    /* the envelope's account is own, nothing is configured */
    fixture_init(&fixture, &sc_platform_x);
    fixture_expect_quoted(&fixture, EVENT("post.create",
        "{'id':'1','text':'t'}"), 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_int_equal(mention->kind, SC_KIND_POST);
    assert_text(mention->author.id, OWN);
    assert_true(mention->no_answer);

    fixture_expect_quoted(&fixture, EVENT("post.create", POST_V2("2", OWN,
        ",'referenced_tweets':[{'type':'retweeted','id':'8'}]")), 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->kind, SC_KIND_SHARE);
    assert_text(fixture_mention(&fixture, 0)->parent, "8");

    fixture_expect_quoted(&fixture, EVENT("post.create", POST_V2("3", OWN,
        ",'referenced_tweets':[{'type':'quoted','id':'8'}]")), 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->kind, SC_KIND_QUOTE);
    fixture_free(&fixture);
}


/* A reference of a kind that is not known says nothing about the post. */

static void
test_unknown_references_v2(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_x);
    mention = one(&fixture, EVENT("post.create", POST_V2("2", OWN,
        ",'referenced_tweets':[{'type':'liked','id':'8'},{'id':'8'},7,"
        "{'type':'Retweeted','id':'8'}]")));
    assert_int_equal(mention->kind, SC_KIND_POST);
    assert_text(mention->parent, "");
    assert_text(mention->clock_key, "");

    /* The known ones beside it do. */
    mention = one(&fixture, EVENT("post.create", POST_V2("3", OWN,
        ",'in_reply_to_user_id':'" CUSTOMER "','referenced_tweets':["
        "{'type':'replied_to','id':'8'},{'type':'liked','id':'9'}]")));
    assert_int_equal(mention->kind, SC_KIND_REPLY);
    assert_text(mention->parent, "8");
    assert_text(mention->clock_key, "x:8");
    fixture_free(&fixture);
}


static void
test_included_users_and_media(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture,
        "{'data':{'event_type':'post.mention.create','filter':{'user_id':'" OWN
        "'},'payload':" POST_V2("1", CUSTOMER, ",'note_tweet':{'text':'long'},"
        "'attachments':{'media_keys':['3_1','3_2','3_3',4]}")
        ",'includes':{'users':[{'data':{'id':'7'}},{'data':{'id':'" CUSTOMER
        "','name':'N','username':'u','verified':false,'public_metrics':"
        "{'followers_count':99,'followers_count_str':'99'}}}],'media':["
        "{'media_key':'3_1','type':'photo','url':'https://p'},"
        "{'media_key':'3_2','type':'video','preview_image_url':'https://v'}"
        "]}}}", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->text, "long");
    assert_text(mention->author.name, "N");
    assert_text(mention->author.handle, "u");
    assert_int_equal(mention->author.followers, 99);
    assert_int_equal(mention->author.verified, SC_TRI_NO);
    assert_text(mention->url, "https://x.com/u/status/1");
    assert_text(mention->media->url, "https://p");
    assert_text(mention->media->next->url, "https://v");
    assert_text(mention->media->next->next->url, "");
    assert_text(mention->media->next->next->ref, "3_3");
    assert_null(mention->media->next->next->next);
    fixture_free(&fixture);
}


static void
test_likes_v2(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture,
        "{'data':{'event_type':'like.create','filter':{'user_id':'" OWN "',"
        "'direction':'outbound'},'payload':{'id':'l1','liked_tweet_id':'5',"
        "'liked_tweet_author_id':'" CUSTOMER "','timestamp_ms':"
        "'1768471200000','created_at':'2020-01-01T00:00:00.000Z'}}}", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_true(mention->no_answer);
    assert_text(mention->object, "5");
    assert_true(mention->created_ms == 1768471200000);

    fixture_expect_quoted(&fixture, EVENT("like.create",
        "{'id':'l2','liked_tweet_id':'5','liked_tweet_author_id':'" OWN "'}"),
        1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_false(sc_mention_is_actionable(mention));
    assert_text(mention->clock_key, "");

    /* The direction counts for more than whose post it is. */
    fixture_expect_quoted(&fixture,
        "{'data':{'event_type':'like.create','filter':{'user_id':'" OWN "',"
        "'direction':'outbound'},'payload':{'id':'l3','liked_tweet_id':'5',"
        "'liked_tweet_author_id':'" OWN "'}}}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_OUT);
    fixture_expect_quoted(&fixture,
        "{'data':{'event_type':'like.create','filter':{'user_id':'" OWN "',"
        "'direction':'inbound'},'payload':{'id':'l4','liked_tweet_id':'5',"
        "'liked_tweet_author_id':'" CUSTOMER "'}}}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_UNKNOWN);

    fixture_expect_quoted(&fixture, EVENT("like.create", "{}"), 0, 1);
    fixture_free(&fixture);
}


static void
test_revocations_are_one_event(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, EVENT("oauth.revoke",
        "{'date_time':'2026-01-15T10:00:00+00:00','user_id':'7'}"), 1, 0);
    assert_text(fixture_mention(&fixture, 0)->event,
                "revoke:7:2026-01-15T10:00:00+00:00");

    fixture_expect_quoted(&fixture, "{'user_event':{'revoke':{'date_time':"
        "'2026-01-15T10:00:00+00:00','source':{'user_id':'7'}}}}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->event,
                "revoke:7:2026-01-15T10:00:00+00:00");
    assert_int_equal(fixture_mention(&fixture, 0)->kind, SC_KIND_NOTICE);

    fixture_expect_quoted(&fixture, EVENT("oauth.revoke", "{}"), 0, 1);
    fixture_expect_quoted(&fixture, "{'user_event':{'grant':{}}}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    fixture_free(&fixture);
}


static void
test_noise_is_dropped(void **state)
{
    size_t    i;
    char      body[256];
    fixture_t fixture;

    static const char *const types[] = {
        "follow.follow", "follow.unfollow", "mute.mute", "block.unblock",
        "profile.update.bio", "spaces.start", "broadcast.end", "news.new",
        "dm.read", "dm.indicate_typing"
    };

    static const char *const members[] = {
        "follow_events", "block_events", "mute_events", "replay_job_status",
        "direct_message_indicate_typing_events",
        "direct_message_mark_read_events"
    };

    (void) state;

    start(&fixture);

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        (void) snprintf(body, sizeof(body),
                        "{'data':{'event_type':'%s','payload':7}}", types[i]);
        fixture_expect_quoted(&fixture, body, 0, 0);
    }

    for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        (void) snprintf(body, sizeof(body), "{'%s':7,'for_user_id':'1',"
                        "'users':{},'user_has_blocked':'false'}", members[i]);
        fixture_expect_quoted(&fixture, body, 0, 0);
    }

    fixture_free(&fixture);
}


static void
test_filtered_stream_rules(void **state)
{
    fixture_t fixture;

    static const char body[] = "{'data':" POST_V2("1", CUSTOMER, "")
        ",'matching_rules':[{'id':'1','tag':'other'},{'id':'2','tag':'a:b'}]}";

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, body, 1, 0);
    assert_text(fixture_mention(&fixture, 0)->account, "");
    assert_int_equal(fixture_mention(&fixture, 0)->kind, SC_KIND_MENTION);

    assert_null(fixture_option(&fixture, "rule", "a:b:" OWN));
    assert_null(fixture_option(&fixture, "rule", "c:17"));
    fixture_expect_quoted(&fixture, body, 1, 0);
    assert_text(fixture_mention(&fixture, 0)->account, OWN);

    /* the brand's own post matches the rule as well */
    fixture_expect_quoted(&fixture, "{'data':" POST_V2("1", OWN, "")
        ",'matching_rules':[]}", 1, 0);
    assert_int_equal(fixture_mention(&fixture, 0)->direction,
                     SC_DIRECTION_OUT);

    /* without rules the author tells that it is a post */
    fixture_expect_quoted(&fixture, "{'data':" POST_V2("1", OWN, "") "}",
                          1, 0);
    fixture_free(&fixture);
}


static void
test_batches_of_activity(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, "{'data':["
        "{'event_type':'post.mention.create','filter':{'user_id':'1'},"
        "'payload':" POST_V2("1", CUSTOMER, "") "},"
        "{'event_type':'post.mention.create','filter':{'user_id':'2'},"
        "'payload':" POST_V2("2", CUSTOMER, "") "},"
        "{'event_type':'MentionCreate'},8]}", 2, 2);
    assert_text(fixture_mention(&fixture, 1)->account, "2");
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(fixture_dead(&fixture, 1)->reason, SC_DEAD_SHAPE);
    fixture_free(&fixture);
}


/* What is not understood */


static void
test_unknown_members_are_dead_pieces(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, "{'for_user_id':'" OWN "','tweet_create_"
        "events':[" POST_V1("1", CUSTOMER, "") "],'poll_events':[{'a':1}]}",
        1, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_text(fixture_dead(&fixture, 0)->raw, "\"poll_events\":[{\"a\":1}]");
    fixture_free(&fixture);
}


static void
test_dead_bodies(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    assert_int_equal(fixture_parse(&fixture, "{}"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(fixture_parse_quoted(&fixture, "{'for_user_id':'1'}"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture_parse(&fixture, "[]"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SHAPE);
    assert_int_equal(fixture_parse(&fixture, "{"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SYNTAX);

    assert_int_equal(fixture_parse_quoted(&fixture,
        "{'follow_events':[],'follow_events':[]}"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_DUPLICATE_NAME);
    assert_int_equal(fixture_parse_quoted(&fixture,
        BODY_V1("{'id_str':'1','id_str':'2','text':'t'}")), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_DUPLICATE_NAME);
    fixture_free(&fixture);
}


/* X escapes three characters, whatever the shape, and nothing twice. */
static void
test_words_as_written(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture_expect_quoted(&fixture, BODY_V1("{'id_str':'1','text':"
        "'R&amp;D &lt;3 &amp;lt; AT&T &quot; a&amp','user':{'id_str':'"
        CUSTOMER "'}},{'id_str':'2','text':'cut&amp;','extended_tweet':"
        "{'full_text':'&gt; long'},'user':{'id_str':'" CUSTOMER "'}}"), 2, 0);
    assert_text(fixture_mention(&fixture, 0)->text,
                "R&D <3 &lt; AT&T &quot; a&amp");
    assert_text(fixture_mention(&fixture, 1)->text, "> long");

    fixture_expect_quoted(&fixture, EVENT("post.mention.create",
        "{'id':'1','author_id':'" CUSTOMER "','text':'a &amp;&amp; b'}"), 1,
        0);
    assert_text(fixture_mention(&fixture, 0)->text, "a && b");
    fixture_expect_quoted(&fixture, EVENT("post.mention.create",
        "{'id':'1','author_id':'" CUSTOMER "','text':'cut','note_tweet':"
        "{'text':'1 &lt; 2'}}"), 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "1 < 2");

    fixture_expect_quoted(&fixture, "{'for_user_id':'" OWN "',"
        "'direct_message_events':[{'type':'message_create','id':'1',"
        "'message_create':{'sender_id':'" CUSTOMER "','message_data':"
        "{'text':'&lt;code&gt;'}}}]}", 1, 0);
    assert_text(fixture_mention(&fixture, 0)->text, "<code>");
    fixture_free(&fixture);
}


/* Whatever the body's own members are: one that is known stands there once,
 * however it is spelt; of the unknown each is a piece. */
static void
test_members_twice(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const char *const bodies[] = {
        "{'for_user_id':'1','user_event':{},'for_user_id':'1'}",
        "{'data':{},'errors':[],'apps':{},'errors':[]}",
        "{'data':{},'\\u0064ata':{}}",
        "{'\\u0064ata':{},'block_events':[],'\\u0064\\u0061ta':{}}"
    };

    (void) state;

    start(&fixture);

    for (i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_int_equal(fixture_parse_quoted(&fixture, bodies[i]),
                         SC_PARSE_DEAD);
        assert_int_equal(fixture.callback.dead, SC_DEAD_DUPLICATE_NAME);
    }

    fixture_expect_quoted(&fixture,
        "{'block_events':[],'new':1,'\\u0061pps':{},'new':1}", 0, 2);
    fixture_free(&fixture);
}


static void
test_strange_shapes(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const struct {
        const char      *body;
        sc_dead_reason_t reason;
    } cases[] = {
        { "{'tweet_create_events':7}", SC_DEAD_SHAPE },
        { "{'tweet_create_events':[[]]}", SC_DEAD_SHAPE },
        { "{'tweet_create_events':[{}]}", SC_DEAD_MISSING_MEMBER },
        { "{'tweet_create_events':[{'id_str':'1','text':7}]}", SC_DEAD_SHAPE },
        { "{'tweet_create_events':[{'id_str':'1','user':7}]}", SC_DEAD_SHAPE },
        { "{'favorite_events':[{}]}", SC_DEAD_MISSING_MEMBER },
        { "{'data':7}", SC_DEAD_SHAPE },
        { "{'data':{}}", SC_DEAD_MISSING_MEMBER },
        { "{'data':{'event_type':'post.create','payload':[]}}",
          SC_DEAD_SHAPE },
        { "{'data':{'event_type':'post.create','payload':{}}}",
          SC_DEAD_MISSING_MEMBER },
        { "{'data':{'event_type':'post.create','payload':{'id':'1','text':{}}"
          "}}", SC_DEAD_SHAPE },
        { "{'data':{'event_type':'post.delete','payload':{}}}",
          SC_DEAD_MISSING_MEMBER },
        { "{'data':{'event_type':'post.undelete','payload':{}}}",
          SC_DEAD_UNKNOWN_OBJECT },
        { "{'data':{'event_type':7,'payload':{}}}", SC_DEAD_UNKNOWN_OBJECT }
    };

    (void) state;

    start(&fixture);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture_expect_quoted(&fixture, cases[i].body, 0, 1);
        assert_int_equal(fixture_dead(&fixture, 0)->reason, cases[i].reason);
    }

    fixture_free(&fixture);
}


static void
test_too_many_events(void **state)
{
    fixture_t fixture;

    (void) state;

    start(&fixture);
    fixture.source.max_events = 1;
    assert_int_equal(fixture_parse_quoted(&fixture, BODY_V1(
        POST_V1("1", CUSTOMER, "") "," POST_V1("2", CUSTOMER, ""))),
        SC_PARSE_TOO_LARGE);
    assert_int_equal(fixture_parse_quoted(&fixture, "{'a':1,'b':2,'c':3}"),
                     SC_PARSE_TOO_LARGE);
    fixture_free(&fixture);
}


/* Every allocation fails once: refused as a whole, never half a mention. */
static void
test_no_memory(void **state)
{
    size_t            limit, done;
    fixture_t         fixture;
    sc_parse_result_t result;

    (void) state;

    done = 0;

    for (limit = 0; limit < 40000 && done < 3; limit += 97) {
        start(&fixture);
        fixture.arena.limit = limit;
        result = fixture_parse_quoted(&fixture, BODY_V1(
            POST_V1("1", CUSTOMER, ",'extended_tweet':{'full_text':'a\\nb',"
                    "'entities':{'media':[{'type':'a\\nb'}]}}")));

        if (result == SC_PARSE_OK) {
            assert_text(fixture_mention(&fixture, 0)->text, "a\nb");
            done++;

        } else {
            assert_int_equal(result, SC_PARSE_TOO_LARGE);
        }

        fixture_free(&fixture);
    }

    assert_int_equal(done, 3);
}


static void
test_options(void **state)
{
    size_t    i;
    fixture_t fixture;

    static const char *const wrong[][2] = {
        { "crc", "" },
        { "signed_crc", "yes" },
        { "quote_answers", "1" },
        { "rule", "tag" },
        { "rule", ":1" },
        { "rule", "tag:" },
        { "colour", "red" }
    };

    (void) state;

    start(&fixture);

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_non_null(fixture_option(&fixture, wrong[i][0], wrong[i][1]));
    }

    fixture.arena.limit = 0;
    assert_non_null(fixture_option(&fixture, "bot_app", "1"));
    fixture_free(&fixture);

    /* a receiver without any memory for options */
    start(&fixture);
    fixture.source.options = NULL;
    fixture_expect_quoted(&fixture, BODY_V1(POST_V1("1", CUSTOMER, "")), 1, 0);
    fixture_free(&fixture);
}


int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc_uses_the_first_live_secret),
        cmocka_unit_test(test_crc_uses_the_named_secret),
        cmocka_unit_test(test_crc_without_secret_is_an_error),
        cmocka_unit_test(test_crc_without_token_is_refused),
        cmocka_unit_test(test_crc_without_memory_is_an_error),
        cmocka_unit_test(test_signed_crc),
        cmocka_unit_test(test_either_header_is_enough),
        cmocka_unit_test(test_several_kinds_in_the_order_of_the_body),
        cmocka_unit_test(test_who_likes),
        cmocka_unit_test(test_text_is_the_longest_there_is),
        cmocka_unit_test(test_kinds_of_posts_v1),
        cmocka_unit_test(test_quotes_answer_by_option),
        cmocka_unit_test(test_clock_keys_meet),
        cmocka_unit_test(test_own_thread_answers_nobody),
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_own_account_by_handle),
        cmocka_unit_test(test_handle_of_digits),
        cmocka_unit_test(test_author_withheld),
        cmocka_unit_test(test_media_v1),
        cmocka_unit_test(test_deletions),
        cmocka_unit_test(test_messages_of_two_own_accounts),
        cmocka_unit_test(test_message_clock_keys_meet),
        cmocka_unit_test(test_message_users_and_attachment),
        cmocka_unit_test(test_messages_of_bots),
        cmocka_unit_test(test_strange_messages),
        cmocka_unit_test(test_encrypted_chats),
        cmocka_unit_test(test_kinds_by_event_type),
        cmocka_unit_test(test_own_posts_v2),
        cmocka_unit_test(test_unknown_references_v2),
        cmocka_unit_test(test_included_users_and_media),
        cmocka_unit_test(test_likes_v2),
        cmocka_unit_test(test_revocations_are_one_event),
        cmocka_unit_test(test_noise_is_dropped),
        cmocka_unit_test(test_filtered_stream_rules),
        cmocka_unit_test(test_batches_of_activity),
        cmocka_unit_test(test_unknown_members_are_dead_pieces),
        cmocka_unit_test(test_dead_bodies),
        cmocka_unit_test(test_words_as_written),
        cmocka_unit_test(test_members_twice),
        cmocka_unit_test(test_strange_shapes),
        cmocka_unit_test(test_too_many_events),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_options)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
