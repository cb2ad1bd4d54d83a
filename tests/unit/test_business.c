/*
 * test_business.c: apple-messages and google-business in the shapes that the
 * samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define APPLE(members)                                                        \
    "{'id':'i1','sourceId':'s1','destinationId':'d1'," members "}"


static void
setup_apple(fixture_t *fixture, const char *id)
{
    fixture_init(fixture, &sc_platform_apple_messages);
    fixture_header(fixture, "id", id);
    fixture_header(fixture, "destination-id", "d1");
}


static void
test_apple_types(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup_apple(&fixture, "i1");
    mention = one(&fixture, APPLE("'type':'interactive','interactiveData':"
                  "{'data':{'requestIdentifier':'q1','replyMessage':{'title':"
                  "'Tuesday'}}}"));
    assert_text(mention->text, "Tuesday");
    assert_text(mention->parent, "q1");
    assert_text(mention->clock_key, "apple-messages:d1:s1");
    assert_false(mention->needs_fetch);
    assert_int_equal(mention->is_public, SC_TRI_NO);
    mention = one(&fixture, APPLE("'type':'interactive',"
                                  "'interactiveDataRef':{'url':'u'}"));
    assert_true(mention->needs_fetch);
    assert_null(mention->ends);
    mention = one(&fixture, APPLE("'type':'close'"));
    assert_text(mention->clock_key, "apple-messages:d1:s1");
    assert_string_equal(mention->ends, "deleted_by_author");
    assert_int_equal(mention->is_public, SC_TRI_NO);
    fixture_expect_quoted(&fixture, APPLE("'type':'typing_end'"), 0, 0);
    fixture_expect_quoted(&fixture, APPLE("'type':'tapback'"), 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    fixture_expect_quoted(&fixture, APPLE("'body':'x'"), 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static sc_dead_reason_t
dead_of(fixture_t *fixture, const char *text)
{
    assert_int_equal(fixture_parse_quoted(fixture, text), SC_PARSE_DEAD);

    return fixture->callback.dead;
}


/* The token covers neither: they have to agree. */
static void
test_apple_headers_and_body(void **state)
{
    fixture_t fixture;

    (void) state;

    setup_apple(&fixture, "another");
    assert_int_equal(dead_of(&fixture, APPLE("'type':'text'")),
                     SC_DEAD_SHAPE);
    fixture_free(&fixture);

    setup_apple(&fixture, "i1");
    assert_int_equal(dead_of(&fixture, "{'id':'i1','sourceId':'s1',"
                             "'destinationId':'d2','type':'text'}"),
                     SC_DEAD_SHAPE);
    assert_int_equal(dead_of(&fixture, "{'id':'i1','destinationId':'d1',"
                             "'type':'text'}"), SC_DEAD_MISSING_MEMBER);
    assert_int_equal(dead_of(&fixture, "[]"), SC_DEAD_MISSING_MEMBER);
    fixture_account(&fixture, "d9");
    assert_int_equal(dead_of(&fixture, APPLE("'type':'text'")),
                     SC_DEAD_UNKNOWN_OBJECT);
    fixture_account(&fixture, "d1");
    assert_text(one(&fixture, APPLE("'type':'text','body':'x'"))->text, "x");
    fixture_free(&fixture);
}


static void
test_apple_encodings(void **state)
{
    fixture_t fixture;

    (void) state;

    setup_apple(&fixture, "i1");
    fixture_header(&fixture, "Content-Encoding", "br");
    assert_int_equal(dead_of(&fixture, APPLE("'type':'text'")),
                     SC_DEAD_CONTENT_TYPE);
    fixture_free(&fixture);

    setup_apple(&fixture, "i1");
    fixture_header(&fixture, "Content-Encoding", "gzip");
    assert_int_equal(dead_of(&fixture, ""), SC_DEAD_ENCODING);
    assert_int_equal(fixture_parse_quoted(&fixture, APPLE("'type':'text'")),
                     SC_PARSE_TOO_LARGE);
    fixture_free(&fixture);

    setup_apple(&fixture, "i1");
    fixture_header(&fixture, "Content-Encoding", "identity");
    assert_text(one(&fixture, APPLE("'type':'text','body':'x'"))->text, "x");
    fixture_free(&fixture);
}


/* message.data of these texts, encoded here. */
static sc_parse_result_t
push(fixture_t *fixture, const char *data)
{
    size_t            i;
    char              body[2048];
    char              text[1024];
    sc_buf_t          buf;
    unsigned char     encoded[1024];

    for (i = 0; data[i] != '\0'; i++) {
        text[i] = data[i] == '\'' ? '"' : data[i];
    }

    sc_buf_init_fixed(&buf, encoded, sizeof(encoded));
    sc_base64_encode(&buf, sc_str_make(text, i), SC_BASE64_PADDED);
    (void) snprintf(body, sizeof(body), "{\"message\":{\"data\":\"%.*s\","
                    "\"message_id\":7,\"publish_time\":"
                    "\"2026-01-15T10:00:00Z\"}}", (int) buf.len,
                    (const char *) encoded);

    return fixture_parse(fixture, body);
}


static void
test_google_types(void **state)
{
    size_t        i;
    char          data[256];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char     *type;
        sc_kind_t       kind;
        sc_action_t     action;
        sc_direction_t  direction;
        bool            waits;
    } types[] = {
        { "NEW_REVIEW", SC_KIND_REVIEW, SC_ACTION_CREATE, SC_DIRECTION_IN,
          true },
        { "UPDATED_REVIEW", SC_KIND_REVIEW, SC_ACTION_EDIT, SC_DIRECTION_IN,
          false },
        { "NEW_QUESTION", SC_KIND_POST, SC_ACTION_CREATE, SC_DIRECTION_IN,
          true },
        { "NEW_ANSWER", SC_KIND_REPLY, SC_ACTION_CREATE, SC_DIRECTION_NONE,
          false },
        { "UPDATED_QUESTION", SC_KIND_POST, SC_ACTION_EDIT, SC_DIRECTION_IN,
          false },
        { "UPDATED_ANSWER", SC_KIND_REPLY, SC_ACTION_EDIT, SC_DIRECTION_NONE,
          false },
        { "NEW_CUSTOMER_MEDIA", SC_KIND_SHARE, SC_ACTION_CREATE,
          SC_DIRECTION_IN, false },
        { "GOOGLE_UPDATE", SC_KIND_NOTICE, SC_ACTION_CREATE,
          SC_DIRECTION_NONE, false },
        { "LOSS_OF_VOICE_OF_MERCHANT", SC_KIND_NOTICE, SC_ACTION_CREATE,
          SC_DIRECTION_NONE, false },
        { "", SC_KIND_REVIEW, SC_ACTION_CREATE, SC_DIRECTION_IN, true }
    };

    (void) state;

    fixture_init(&fixture, &sc_platform_google_business);

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        (void) snprintf(data, sizeof(data), "{'notificationType':'%s','name':"
                        "'accounts/1/locations/2/reviews/3'}", types[i].type);
        assert_int_equal(push(&fixture, data), SC_PARSE_OK);
        mention = fixture_mention(&fixture, 0);
        assert_int_equal(mention->kind, types[i].kind);
        assert_int_equal(mention->action, types[i].action);
        assert_int_equal(mention->direction, types[i].direction);
        assert_int_equal(mention->is_public,
                         types[i].kind == SC_KIND_NOTICE ? SC_TRI_NO
                                                         : SC_TRI_YES);
        assert_text(mention->clock_key, types[i].waits
                    ? "google-business:locations/2:"
                      "accounts/1/locations/2/reviews/3" : "");
        assert_text(mention->account, "locations/2");
        assert_text(mention->event, "7");
        assert_int_equal(mention->created_ms, 1768471200000);
    }

    assert_int_equal(push(&fixture, "{'type':'DANCE','name':'x'}"),
                     SC_PARSE_OK);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(push(&fixture, "{'type':'NEW_REVIEW'}"), SC_PARSE_OK);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture.callback.answer.status, 204);
    fixture_free(&fixture);
}


/* A changed review is an edit, or a new question where that is asked for. */
static void
test_google_updates(void **state)
{
    fixture_t fixture;

    /* {"name":"accounts/1/locations/2/reviews/3","type":"UPDATED_REVIEW"} */
    static const char update[] = "{'message':{'messageId':'5','data':"
        "'eyJuYW1lIjoiYWNjb3VudHMvMS9sb2NhdGlvbnMvMi9yZXZpZXdzLzMiLCJ0eXBlIjoi"
        "VVBEQVRFRF9SRVZJRVcifQ=='}}";

    (void) state;

    fixture_init(&fixture, &sc_platform_google_business);
    assert_int_equal(one(&fixture, update)->action, SC_ACTION_EDIT);
    assert_text(one(&fixture, update)->clock_key, "");
    assert_non_null(fixture_option(&fixture, "updates", "on"));
    assert_null(fixture_option(&fixture, "updates", "wait"));
    assert_true(sc_mention_is_actionable(one(&fixture, update)));
    assert_text(one(&fixture, update)->clock_key,
                "google-business:locations/2:accounts/1/locations/2/reviews/3");
    assert_null(fixture_option(&fixture, "updates", "edit"));
    assert_false(sc_mention_is_actionable(one(&fixture, update)));
    fixture_free(&fixture);
}


/* Unwrapped pushes: the notice is the body, the message stands in headers. */
static void
test_google_unwrapped(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char notice[] = "{'type':'NEW_REVIEW','review_name':"
                                 "'accounts/1/locations/2/reviews/3'}";

    (void) state;

    fixture_init(&fixture, &sc_platform_google_business);
    assert_non_null(fixture_option(&fixture, "unwrapped", "yes"));

    /* Only where the subscription is said to be so. */
    fixture_header(&fixture, "X-Goog-Pubsub-Message-Id", "77");
    assert_int_equal(fixture_parse_quoted(&fixture, notice), SC_PARSE_DEAD);

    assert_null(fixture_option(&fixture, "unwrapped", "on"));
    mention = one(&fixture, notice);
    assert_text(mention->event, "77");
    assert_text(mention->clock_key, "google-business:locations/2:"
                                    "accounts/1/locations/2/reviews/3");
    assert_true(mention->created_is_delivery_time);
    assert_true(mention->needs_fetch);

    fixture_header(&fixture, "x-goog-pubsub-publish-time",
                   "2026-09-21T14:12:31.417Z");
    assert_int_equal(one(&fixture, notice)->created_ms, 1789999951417);

    /* Both kinds of subscription may share the address for a while. */
    assert_text(one(&fixture, "{'message':{'messageId':'5','data':"
                "'eyJuYW1lIjoibG9jYXRpb25zLzIvcmV2aWV3cy8zIn0='}}")->event,
                "5");

    assert_int_equal(fixture_parse_quoted(&fixture, "[1]"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SHAPE);

    /* Which of two it is, nobody can know. */
    fixture_header(&fixture, "X-Goog-Pubsub-Message-Id", "78");
    assert_int_equal(fixture_parse_quoted(&fixture, notice), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_MISSING_MEMBER);
    fixture_free(&fixture);
}


static void
test_google_broken(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_google_business);
    assert_int_equal(dead_of(&fixture, "{'message':{'messageId':'1'}}"),
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(dead_of(&fixture, "{'message':{'data':'e30='}}"),
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(dead_of(&fixture, "{'type':'NEW_REVIEW'}"),
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(dead_of(&fixture, "{'message':{'messageId':'1','data':"
                             "'!'}}"), SC_DEAD_ENCODING);
    assert_int_equal(dead_of(&fixture, "{'message':{'messageId':'1','data':"
                             "'W10='}}"), SC_DEAD_SHAPE);
    assert_int_equal(dead_of(&fixture, "{'message':{'messageId':'1','data':"
                             "'e30='},'message':{}}"),
                     SC_DEAD_DUPLICATE_NAME);
    assert_int_equal(push(&fixture, "{"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SYNTAX);
    fixture_free(&fixture);
}


static void
test_options(void **state)
{
    fixture_t                 fixture;
    const sc_verify_scheme_t *list[1];

    (void) state;

    fixture_init(&fixture, &sc_platform_apple_messages);
    assert_non_null(fixture_finish_options(&fixture));
    assert_non_null(fixture_option(&fixture, "msp", ""));
    assert_non_null(fixture_option(&fixture, "csp", "x"));
    assert_null(fixture_option(&fixture, "msp", "m1"));
    assert_null(fixture_finish_options(&fixture));
    (void) sc_platform_apple_messages.schemes(&fixture.source, list, 1);
    assert_text(list[0]->jwt.audiences[0], "m1");
    fixture_free(&fixture);

    fixture_init(&fixture, &sc_platform_google_business);
    assert_non_null(fixture_finish_options(&fixture));
    assert_non_null(fixture_option(&fixture, "email", "x"));
    assert_non_null(fixture_option(&fixture, "audience", ""));
    assert_non_null(fixture_option(&fixture, "jwks", "x"));
    assert_null(fixture_option(&fixture, "email", "a@b"));
    assert_null(fixture_finish_options(&fixture));
    (void) sc_platform_google_business.schemes(&fixture.source, list, 1);
    assert_true(list[0]->jwt.audience_is_url);
    assert_text(list[0]->jwt.email, "a@b");
    assert_null(fixture_option(&fixture, "audience", "care"));
    assert_null(fixture_finish_options(&fixture));
    (void) sc_platform_google_business.schemes(&fixture.source, list, 1);
    assert_false(list[0]->jwt.audience_is_url);
    assert_text(list[0]->jwt.audiences[0], "care");
    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apple_types),
        cmocka_unit_test(test_apple_headers_and_body),
        cmocka_unit_test(test_apple_encodings),
        cmocka_unit_test(test_google_types),
        cmocka_unit_test(test_google_updates),
        cmocka_unit_test(test_google_unwrapped),
        cmocka_unit_test(test_google_broken),
        cmocka_unit_test(test_options)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
