/*
 * test_telephony.c: vonage, messagebird, sinch and infobip in the shapes that
 * the samples do not show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_quoted.h"
#include "sc_registry.h"


#define CALL(members)                                                         \
    "{'uuid':'u1','conversation_uuid':'c1','timestamp':"                      \
    "'2026-01-15T10:00:00.000Z'," members "}"

#define IN    "'from':'44770','to':'44207','direction':'inbound',"
#define OUT   "'from':'44207','to':'44770','direction':'outbound',"


static void
setup(fixture_t *fixture, const sc_platform_t *platform)
{
    fixture_init(fixture, platform);
    fixture_header(fixture, "Content-Type", "application/json");
}


static sc_mention_t *
get(fixture_t *fixture, const char *query)
{
    fixture->request.query = sc_str_from_cstring(query);

    assert_int_equal(fixture_parse(fixture, ""), SC_PARSE_OK);
    assert_int_equal(fixture->callback.dead_count, 0);

    return fixture_mention(fixture, 0);
}


static void
test_vonage_calls_in(void **state)
{
    size_t        i;
    char          body[512];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *status;
        bool        waits;
    } calls[] = {
        { "ringing", true }, { "unanswered", true }, { "busy", true },
        { "cancelled", true }, { "rejected", true }, { "failed", true },
        { "timeout", true }, { "started", false }, { "answered", false },
        { "completed", false }, { "something", false }
    };

    (void) state;

    setup(&fixture, &sc_platform_vonage);

    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        (void) snprintf(body, sizeof(body), CALL(IN "'status':'%s'"),
                        calls[i].status);
        mention = one(&fixture, body);
        assert_int_equal(mention->direction, SC_DIRECTION_IN);
        assert_int_equal(mention->kind, calls[i].waits ? SC_KIND_CALL
                                                       : SC_KIND_STATUS);
        assert_text(mention->clock_key, calls[i].waits
                                        ? "vonage:44207:44770" : "");
        assert_int_equal(mention->created_ms, 1768471200000);
        (void) snprintf(body, sizeof(body), "u1%s%s", i == 0 ? "" : ":",
                        i == 0 ? "" : calls[i].status);
        assert_text(mention->event, body);
    }

    /* The answer webhook tells of the same call and is told what to do. */
    fixture.request.method = SC_STR("GET");
    mention = get(&fixture, "uuid=u1&conversation_uuid=c1&from=44770"
                  "&to=44207");
    assert_text(mention->event, "u1");
    assert_text(mention->clock_key, "vonage:44207:44770");
    assert_text(fixture.callback.answer.body, "[]");
    assert_text(fixture.callback.answer.content_type, "application/json");
    assert_null(fixture_option(&fixture, "ncco", "[{\"action\":\"talk\"}]"));
    (void) get(&fixture, "uuid=u1&from=44770&to=44207");
    assert_text(fixture.callback.answer.body, "[{\"action\":\"talk\"}]");

    /* A hidden number waits by its call. */
    mention = get(&fixture, "uuid=u1&to=44207");
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->clock_key, "vonage:44207:u1");

    fixture_free(&fixture);
}


static void
test_vonage_calls_out(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *body;
        bool        answers;
    } calls[] = {
        { CALL(OUT "'status':'answered'"), true },
        { CALL(OUT "'status':'human'"), true },
        { CALL(OUT "'status':'completed','duration':'5'"), true },
        { CALL(OUT "'status':'completed','duration':0"), false },
        { CALL(OUT "'status':'machine'"), false },
        { CALL(OUT "'status':'ringing'"), false },
        { CALL(OUT "'status':'unanswered'"), false }
    };

    (void) state;

    setup(&fixture, &sc_platform_vonage);

    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        mention = one(&fixture, calls[i].body);
        assert_int_equal(mention->direction, SC_DIRECTION_OUT);
        assert_int_equal(mention->no_answer, !calls[i].answers);
        assert_text(mention->clock_key, calls[i].answers
                                        ? "vonage:44207:44770" : "");
    }

    /* Answered when it began, not when it ended. */
    assert_int_equal(one(&fixture, CALL(OUT "'status':'completed','duration':"
                         "'5','start_time':'2026-01-15T09:50:00Z'"))
                     ->created_ms, 1768470600000);

    /* A leg to an agent. */
    fixture_account(&fixture, "44207");
    assert_text(one(&fixture, CALL("'from':'44770','to':'44999','direction':"
                    "'outbound','status':'answered'"))->clock_key,
                "vonage:44207:44770");
    assert_text(one(&fixture, CALL(OUT "'status':'answered'"))->clock_key,
                "vonage:44207:44770");

    fixture_free(&fixture);
}


static void
test_vonage_call_parts(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture, &sc_platform_vonage);

    mention = one(&fixture, "{'recording_url':'https://r','recording_uuid':"
                  "'r1','conversation_uuid':'c1','start_time':"
                  "'2026-01-15T10:00:00Z'}");
    assert_int_equal(mention->kind, SC_KIND_VOICEMAIL);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->clock_key, "");
    assert_text(mention->thread, "call:c1");
    assert_text(mention->media->url, "https://r");

    mention = one(&fixture, CALL(IN "'speech':{'results':[{'text':'no "
                  "light'},{'text':'x'}]}"));
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->text, "no light");
    mention = one(&fixture, CALL(IN "'dtmf':{'digits':'12'}"));
    assert_text(mention->text, "12");
    assert_text(mention->clock_key, "");

    fixture_free(&fixture);
}


static void
test_vonage_messages(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture, &sc_platform_vonage);

    mention = one(&fixture, "{'message_uuid':'m1','from':{'number':'33',"
                  "'type':'whatsapp'},'to':{'number':'44','type':'whatsapp'},"
                  "'message':{'content':{'type':'image','image':{'url':'u',"
                  "'caption':'c'}}}}");
    assert_text(mention->text, "c");
    assert_text(mention->media->url, "u");
    assert_text(mention->clock_key, "vonage:44:whatsapp:33");
    assert_true(mention->created_is_delivery_time);

    mention = one(&fixture, "{'message_uuid':'m2','from':{'number':'44',"
                  "'type':'whatsapp'},'to':{'number':'33','type':'whatsapp'},"
                  "'status':'submitted'}");
    assert_text(mention->clock_key, "vonage:44:whatsapp:33");
    assert_true(one(&fixture, "{'message_uuid':'m2','from':'44','to':'33',"
                    "'status':'rejected','channel':'sms'}")->no_answer);
    assert_text(one(&fixture, "{'message_uuid':'m3','from':'33','to':'44',"
                    "'message_type':'reply','channel':'viber_service',"
                    "'reply':{'id':'1','title':'Yes'}}")->text, "Yes");
    assert_text(one(&fixture, "{'message_uuid':'m3','from':{'id':'p1','type':"
                    "'messenger'},'to':{'id':'p2'},'message':{'content':"
                    "{'type':'text','text':'x'}}}")->thread,
                "messenger:p2|p1");

    fixture_expect_quoted(&fixture, "{'message_uuid':'m4','from':'33'}", 0,
                          1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_expect_quoted(&fixture, "{'hello':'care'}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(fixture_parse(&fixture, "[]"), SC_PARSE_DEAD);

    fixture_free(&fixture);
}


static void
test_vonage_sms_api(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_vonage);
    fixture.request.method = SC_STR("GET");

    mention = get(&fixture, "messageId=1&msisdn=33&to=44&text=a&concat=true"
                  "&concat-ref=77&concat-part=2&concat-total=3");
    assert_text(mention->part.ref, "77");
    assert_int_equal(mention->part.number, 2);
    assert_int_equal(mention->part.total, 3);
    assert_text(mention->status, "");
    assert_text(mention->parent, "");
    assert_false(sc_mention_is_actionable(mention));
    assert_true(mention->created_is_delivery_time);

    /* One wait for all of a long text: that of its first part. */
    mention = get(&fixture, "messageId=2&msisdn=33&to=44&text=a&concat=true"
                  "&concat-ref=77&concat-part=1&concat-total=3");
    assert_text(mention->clock_key, "vonage:44:33");
    assert_true(sc_mention_is_actionable(mention));
    mention = get(&fixture, "messageId=2&msisdn=33&to=44&text=a&concat=true"
                  "&concat-part=x&concat-total=3");
    assert_int_equal(mention->part.number, -1);
    assert_true(sc_mention_is_actionable(mention));

    mention = get(&fixture, "messageId=1&msisdn=33&to=44&status=delivered");
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "vonage:44:33");
    assert_text(mention->event, "1:delivered");
    assert_true(get(&fixture, "messageId=1&msisdn=33&to=44&status=failed")
                ->no_answer);
    assert_text(fixture_mention(&fixture, 0)->proof, "");

    /* Of all that tells that a message went out only the first answers. */
    assert_text(get(&fixture, "messageId=1&msisdn=33&to=44&status=accepted")
                ->proof, "1:sent");
    assert_text(get(&fixture, "messageId=1&msisdn=33&to=44&status=delivered")
                ->proof, "1:sent");

    fixture.request.query = SC_STR("messageId=1&to=44&text=x");
    fixture_expect(&fixture, "", 0, 1);
    fixture_free(&fixture);
}


static void
test_vonage_schemes(void **state)
{
    size_t                    i;
    fixture_t                 fixture;
    const sc_platform_t      *platform;
    const sc_verify_scheme_t *list[4];

    static const char *const sigs[] = {
        "sha256", "sha1", "sha512", "md5", "md5hash"
    };

    (void) state;

    platform = &sc_platform_vonage;

    fixture_init(&fixture, platform);
    assert_int_equal(platform->schemes(&fixture.source, list, 4), 1);
    assert_ptr_equal(platform->choose_scheme(&fixture.source,
                                             &fixture.request), list[0]);

    for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
        assert_null(fixture_option(&fixture, "sig", sigs[i]));
        assert_int_equal(platform->schemes(&fixture.source, list, 4), 2);
        assert_ptr_equal(platform->choose_scheme(&fixture.source,
                                                 &fixture.request), list[1]);
    }

    assert_non_null(fixture_option(&fixture, "sig", "sha3"));
    assert_non_null(fixture_option(&fixture, "ncco", "{}"));
    assert_non_null(fixture_option(&fixture, "ncco", "[{"));
    assert_non_null(fixture_option(&fixture, "tone", "x"));

    fixture_header(&fixture, "authorization", "Bearer x");
    assert_ptr_equal(platform->choose_scheme(&fixture.source,
                                             &fixture.request), list[0]);
    fixture_free(&fixture);
}


static void
test_messagebird(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    fixture_init(&fixture, &sc_platform_messagebird);
    fixture_header(&fixture, "Content-Type",
                   "application/x-www-form-urlencoded");
    fixture_expect(&fixture, "mid=7&shortcode=1008&originator=33&message=Hi"
                   "&receive_datetime=20260115100000&mediaUrls[]=u1"
                   "&mediaUrls[]=u2", 1, 0);
    mention = fixture_mention(&fixture, 0);
    assert_text(mention->event, "7");
    assert_text(mention->text, "Hi");
    assert_text(mention->clock_key, "messagebird:1008:33");
    assert_int_equal(mention->created_ms, 1768471200000);
    assert_text(mention->media->next->url, "u2");
    fixture_expect(&fixture, "id=7&originator=33", 0, 1);
    fixture_expect(&fixture, "originator=33", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);

    mention = get(&fixture, "id=7&reference=r&recipient=33&status=delivered"
                  "&statusDatetime=2026-01-15T10:00:00%2B00:00");
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_true(mention->no_answer);
    assert_text(mention->event, "7:delivered");
    assert_int_equal(mention->created_ms, 1768471200000);
    assert_text(get(&fixture, "reference=r&status=sent")->event, "r:sent");
    fixture_free(&fixture);

    setup(&fixture, &sc_platform_messagebird);
    mention = one(&fixture, "{'id':'1','originator':'3','recipient':'4',"
                  "'body':'x','mediaUrls':['u1',7,'u2'],'createdDatetime':"
                  "'soon'}");
    assert_text(mention->media->next->url, "u2");
    assert_true(mention->created_is_delivery_time);
    fixture_free(&fixture);
}


static void
test_sinch(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture, &sc_platform_sinch);

    /* Dispatch mode: no conversation, no contact. */
    mention = one(&fixture, "{'app_id':'A','message':{'id':'1',"
                  "'channel_identity':{'channel':'WHATSAPP','identity':'33'},"
                  "'conversation_id':'','contact_message':{'media_message':"
                  "{'url':'u','caption':'c'},'reply_to':{'message_id':'0'}},"
                  "'accept_time':'2026-01-15T10:00:00Z'}}");
    assert_text(mention->clock_key, "sinch:A:WHATSAPP:33");
    assert_text(mention->author.id, "33");
    assert_text(mention->text, "c");
    assert_text(mention->parent, "0");
    assert_text(mention->media->url, "u");
    assert_int_equal(mention->channel, SC_CHANNEL_MESSAGING);
    assert_int_equal(mention->created_ms, 1768471200000);

    assert_text(one(&fixture, "{'app_id':'A','message_submit_notification':"
                    "{'message_id':'2','channel_identity':{'channel':"
                    "'WHATSAPP','identity':'33'},'submitted_message':{}}}")
                ->clock_key, "sinch:A:WHATSAPP:33");

    mention = one(&fixture, "{'app_id':'A','accepted_time':"
                  "'2026-01-15T10:00:00Z','message_delivery_report':"
                  "{'message_id':'2','conversation_id':'C','status':'FAILED',"
                  "'reason':{'description':'gone'},'channel_identity':"
                  "{'channel':'SMS','identity':'33'}}}");
    assert_text(mention->event, "2:FAILED");
    assert_text(mention->text, "gone");
    assert_true(mention->no_answer);
    assert_int_equal(mention->channel, SC_CHANNEL_SMS);
    assert_int_equal(mention->created_ms, 1768471200000);

    fixture_expect_quoted(&fixture, "{'contact_create_notification':{}}", 0,
                          0);
    fixture_expect_quoted(&fixture, "{'message':{}}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_expect_quoted(&fixture, "{'dance':{}}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(fixture_parse(&fixture, "7"), SC_PARSE_DEAD);
    fixture_free(&fixture);
}


#define VOICE_KEY     "20d5a9b8-0000-4000-8000-0c0ffee00001"
#define VOICE_SECRET  "base64:c2VjcmV0IG9mIGEgdm9pY2UgYXBwbGljYXRpb24="

#define VOICE_BODY                                                            \
    "{\"event\":\"ice\",\"callid\":\"C1\","                                   \
    "\"timestamp\":\"2026-01-15T10:00:00Z\","                                 \
    "\"cli\":\"447700900123\","                                               \
    "\"to\":{\"type\":\"did\",\"endpoint\":\"+442079460018\"}}"


static sc_verify_result_t
verify_voice(fixture_t *fixture, sc_secret_t *secret, const char *body)
{
    sc_verdict_t verdict;

    fixture->request.body = sc_str_from_cstring(body);
    sc_verify(sc_platform_sinch.choose_scheme(&fixture->source,
                                              &fixture->request),
              &fixture->request, &(sc_secrets_t) { &secret, 1 },
              INT64_C(1768471260000), 300000, &fixture->arena, &verdict);

    return verdict.result;
}


/* Rented numbers: an option, a signature and a header of their own. */
static void
test_sinch_numbers(void **state)
{
    fixture_t                 fixture;
    sc_mention_t             *mention;
    const sc_verify_scheme_t *list[3];

    (void) state;

    fixture_init(&fixture, &sc_platform_sinch);
    fixture_header(&fixture, "x-sinch-signature", "ab");
    assert_int_equal(sc_platform_sinch.schemes(&fixture.source, list, 3), 1);
    assert_ptr_equal(sc_platform_sinch.choose_scheme(&fixture.source,
                                                     &fixture.request),
                     list[0]);

    assert_non_null(fixture_option(&fixture, "numbers", "1"));
    assert_null(fixture_option(&fixture, "numbers", "on"));
    assert_null(fixture_option(&fixture, "app_key", "k"));
    assert_int_equal(sc_platform_sinch.schemes(&fixture.source, list, 1), 3);
    assert_int_equal(sc_platform_sinch.schemes(&fixture.source, list, 3), 3);
    assert_int_equal(list[2]->digest, SC_DIGEST_SHA1);
    assert_ptr_equal(sc_platform_sinch.choose_scheme(&fixture.source,
                                                     &fixture.request),
                     list[2]);

    mention = one(&fixture, "{'eventId':'e1','projectId':'p1',"
                  "'eventType':'DEPROVISIONING','status':'SUCCEEDED'}");
    assert_int_equal(mention->kind, SC_KIND_NOTICE);
    assert_text(mention->notice, "system");
    assert_text(mention->status, "DEPROVISIONING");
    assert_text(mention->text, "SUCCEEDED");
    assert_text(mention->account, "p1");
    assert_text(mention->event, "e1");
    assert_text(mention->clock_key, "");
    assert_text(one(&fixture, "{'eventId':'e2','status':'FAILED'}")->notice,
                "error");
    fixture_free(&fixture);
}


/* Signed by @sinch/sdk-client's generateAuthorizationHeader(). */
static void
test_sinch_voice_signature(void **state)
{
    fixture_t                 fixture;
    const char               *problem;
    sc_secret_t              *secret;
    const sc_verify_scheme_t *list[2];

    (void) state;

    fixture_init(&fixture, &sc_platform_sinch);
    assert_int_equal(sc_source_schemes(&fixture.source, list, 2), 1);
    assert_non_null(fixture_option(&fixture, "app_key", ""));
    assert_non_null(fixture_option(&fixture, "app_key", "a:b"));
    assert_non_null(fixture_option(&fixture, "app_key", "a b"));
    assert_non_null(fixture_option(&fixture, "key", "a"));
    assert_null(fixture_option(&fixture, "app_key", VOICE_KEY));
    assert_int_equal(sc_source_schemes(&fixture.source, list, 2), 2);
    assert_ptr_equal(sc_platform_sinch.choose_scheme(&fixture.source,
                                                     &fixture.request),
                     list[0]);

    secret = sc_secret_create(SC_STR(VOICE_SECRET), SC_STR(""), 0, &problem);
    assert_non_null(secret);
    assert_true(sc_secret_prepare(secret, list[1], &problem));

    fixture.request.method = SC_STR("POST");
    fixture.request.path = SC_STR("/hooks/sinch");
    fixture_header(&fixture, "Content-Type", "application/json");
    fixture_header(&fixture, "x-timestamp", "2026-01-15T10:00:01Z");
    fixture_header(&fixture, "authorization",
                   "application " VOICE_KEY ":"
                   "5UVb/gt7FDKV/Za6XNwLDW6hBSTdMmOyP25wHJvAdJw=");
    assert_int_equal(verify_voice(&fixture, secret, VOICE_BODY),
                     SC_VERIFY_OK);
    assert_int_equal(verify_voice(&fixture, secret, "{}"),
                     SC_VERIFY_MISMATCH);
    fixture.request.path = SC_STR("/hooks/sinch2");
    assert_int_equal(verify_voice(&fixture, secret, VOICE_BODY),
                     SC_VERIFY_MISMATCH);
    fixture.request.path = SC_STR("/hooks/sinch");
    fixture.headers[0].value = SC_STR("text/plain");
    assert_int_equal(verify_voice(&fixture, secret, VOICE_BODY),
                     SC_VERIFY_MISMATCH);
    fixture.headers[0].value = SC_STR("application/json");
    fixture.headers[1].value = SC_STR("2026-01-15T09:00:01Z");
    assert_int_equal(verify_voice(&fixture, secret, VOICE_BODY),
                     SC_VERIFY_MISMATCH);
    fixture.headers[1].value = SC_STR("2026-01-15T10:00:01Z");

    /* Without a body its digest is empty. */
    fixture.request.method = SC_STR("GET");
    fixture.headers[2].value = SC_STR("Application " VOICE_KEY ":"
        "ZMhxso57V5J65Vxd4+ci8wM26hAcg8nkPJvbaUC+29w=");
    assert_int_equal(verify_voice(&fixture, secret, ""), SC_VERIFY_OK);

    /* Another application's key. */
    fixture.headers[2].value = SC_STR("Application other:"
        "ZMhxso57V5J65Vxd4+ci8wM26hAcg8nkPJvbaUC+29w=");
    assert_int_equal(verify_voice(&fixture, secret, ""),
                     SC_VERIFY_MALFORMED);

    sc_secret_destroy(secret);
    fixture_free(&fixture);
}


static void
test_sinch_voice(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture, &sc_platform_sinch);
    fixture_account(&fixture, "+442079460018");
    assert_int_equal(fixture_parse(&fixture, VOICE_BODY), SC_PARSE_OK);
    mention = fixture_mention(&fixture, 0);
    assert_int_equal(mention->kind, SC_KIND_CALL);
    assert_int_equal(mention->channel, SC_CHANNEL_VOICE);
    assert_int_equal(mention->created_ms, 1768471200000);
    assert_text(mention->clock_key, "sinch:442079460018:447700900123");
    assert_text(mention->thread, "tel:442079460018|447700900123");
    assert_text(mention->event, "C1");
    assert_text(fixture.callback.answer.body,
                "{\"action\":{\"name\":\"hangup\"}}");
    assert_text(fixture.callback.answer.content_type, "application/json");

    /* The brand calls back, and is heard. */
    mention = one(&fixture, "{'event':'dice','callid':'C2','result':"
                  "'ANSWERED','duration':60,'from':'442079460018','to':"
                  "{'endpoint':'+447700900123'}}");
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->clock_key, "sinch:442079460018:447700900123");
    assert_false(mention->no_answer);
    assert_int_equal(mention->duration_s, 60);
    assert_text(mention->event, "C2:ended");

    mention = one(&fixture, "{'event':'dice','callid':'C3','result':"
                  "'NOANSWER','from':'442079460018','to':{'endpoint':"
                  "'+447700900123'}}");
    assert_text(mention->clock_key, "");
    assert_true(mention->no_answer);

    /* The customer's own call ends: nobody need have spoken. */
    mention = one(&fixture, "{'event':'dice','callid':'C1','result':"
                  "'ANSWERED','from':'447700900123','to':{'endpoint':"
                  "'+442079460018'}}");
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_text(mention->clock_key, "");

    assert_int_equal(one(&fixture, "{'event':'ice','callid':'C4'}")
                     ->direction, SC_DIRECTION_UNKNOWN);
    fixture_expect_quoted(&fixture, "{'event':'ace','callid':'C1'}", 0, 0);
    assert_int_equal(fixture_parse_quoted(&fixture, "{'event':'ice'}"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_parse_quoted(&fixture, "{'event':'dance'}"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_UNKNOWN_OBJECT);

    assert_non_null(fixture_option(&fixture, "svaml", "hangup"));
    assert_null(fixture_option(&fixture, "svaml", "{\"instructions\":[]}"));
    assert_int_equal(fixture_parse(&fixture, VOICE_BODY), SC_PARSE_OK);
    assert_text(fixture.callback.answer.body, "{\"instructions\":[]}");
    fixture_free(&fixture);
}


/* One bad item must not lose the others. */
static void
test_infobip(void **state)
{
    fixture_t                 fixture;
    const sc_verify_scheme_t *list[1];

    (void) state;

    setup(&fixture, &sc_platform_infobip);
    fixture_expect_quoted(&fixture, "{'results':[7,{'messageId':'1'},"
                          "{'messageId':'2','from':'33','to':'44',"
                          "'cleanText':'x','receivedAt':'soon'}]}", 1, 2);
    assert_text(fixture_mention(&fixture, 0)->clock_key, "infobip:44:33");
    assert_text(fixture_mention(&fixture, 0)->text, "x");
    assert_true(fixture_mention(&fixture, 0)->created_is_delivery_time);
    assert_int_equal(fixture_dead(&fixture, 0)->reason, SC_DEAD_SHAPE);
    assert_int_equal(fixture_dead(&fixture, 1)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_expect_quoted(&fixture, "{'results':[]}", 0, 0);
    assert_int_equal(fixture_parse(&fixture, "{}"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture_parse_quoted(&fixture, "{'results':{}}"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SHAPE);

    (void) sc_platform_infobip.schemes(&fixture.source, list, 1);
    assert_int_equal(list[0]->kind, SC_SCHEME_BASIC);
    assert_non_null(fixture_option(&fixture, "header", ""));
    assert_non_null(fixture_option(&fixture, "headers", "x"));
    assert_null(fixture_option(&fixture, "header", "X-Care"));
    (void) sc_platform_infobip.schemes(&fixture.source, list, 1);
    assert_int_equal(list[0]->kind, SC_SCHEME_TOKEN);
    assert_text(list[0]->signature.name, "X-Care");
    fixture_free(&fixture);
}


/* WhatsApp and others, in the two layouts that Infobip has. */
static void
test_infobip_channels(void **state)
{
    size_t        i;
    char          body[512];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *content;
        const char *text;
        const char *media;
        const char *url;
        const char *ref;
    } cases[] = {
        { "{'type':'TEXT','text':'cold'}", "cold", NULL, "", "" },
        { "{'type':'IMAGE','caption':'see','url':'https://i/1'}", "see",
          "IMAGE", "https://i/1", "" },
        { "{'type':'VOICE','url':'https://i/2'}", "", "VOICE", "https://i/2",
          "" },
        { "{'type':'LOCATION','latitude':44.5,'longitude':-18.1,"
          "'address':'Hill 1'}", "Hill 1", "LOCATION", "", "44.5,-18.1" },
        { "{'type':'INTERACTIVE_BUTTON_REPLY','id':'1','title':'Yes'}", "Yes",
          NULL, "", "" },
        { "[7,{'type':'TEXT','text':'a'},{'type':'TEXT','text':'b'}]", "a",
          NULL, "", "" },
        { "'cold'", "", NULL, "", "" }
    };

    (void) state;

    setup(&fixture, &sc_platform_infobip);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body), "{'results':[{'from':'33',"
                        "'to':'44','integrationType':'WHATSAPP',"
                        "'messageId':'1','contact':{'name':'Kit'},"
                        "'message':%s}]}", cases[i].content);
        mention = one(&fixture, body);
        assert_int_equal(mention->channel, SC_CHANNEL_MESSAGING);
        assert_text(mention->thread, "whatsapp:44|33");
        assert_text(mention->clock_key, "infobip:44:33");
        assert_text(mention->author.name, "Kit");
        assert_text(mention->text, cases[i].text);
        assert_int_equal(mention->media == NULL, cases[i].media == NULL);

        if (mention->media != NULL) {
            assert_text(mention->media->type, cases[i].media);
            assert_text(mention->media->url, cases[i].url);
            assert_text(mention->media->ref, cases[i].ref);
        }
    }

    mention = one(&fixture, "{'results':[{'event':'MO','sender':'33',"
                  "'destination':'44','channel':'SMS','messageId':'2',"
                  "'receivedAt':'2026-09-21T14:12:31.417+0000','content':[{"
                  "'type':'TEXT','text':'test reply','keyword':null}]}]}");
    assert_int_equal(mention->channel, SC_CHANNEL_SMS);
    assert_text(mention->thread, "sms:44|33");
    assert_text(mention->clock_key, "infobip:44:33");
    assert_text(mention->text, "test reply");
    assert_int_equal(mention->created_ms, 1789999951417);

    mention = one(&fixture, "{'results':[{'from':'33','to':'44','messageId':"
                  "'3','integrationType':'WHATSAPP','message':{'type':"
                  "'REACTION','emoji':'+1'}}]}");
    assert_int_equal(mention->kind, SC_KIND_REACTION);
    assert_text(mention->reaction, "+1");
    assert_false(sc_mention_is_actionable(mention));
    fixture_free(&fixture);
}


/* What became of the brand's message is no message of the customer's. */
static void
test_infobip_reports(void **state)
{
    size_t        i;
    char          body[512];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *members;
        const char *event;
        int64_t     created_ms;
        unsigned    channel;
    } cases[] = {
        { "'from':'Northwind','to':'33','doneAt':"
          "'2026-09-21T14:12:31.417+0000','status':{'groupId':3,"
          "'groupName':'DELIVERED'}",
          "m:DELIVERED", 1789999951417, SC_CHANNEL_SMS },
        { "'to':'33','status':{'groupId':3}",
          "m:reported", -1, SC_CHANNEL_SMS },
        { "'from':'33','to':'44','sentAt':'2026-09-21T14:12:30.000+0000',"
          "'seenAt':'2026-09-21T14:12:31.417+0000','channel':'WHATSAPP'",
          "m:seen", 1789999951417, SC_CHANNEL_MESSAGING },
        { "'to':'33','deletedAt':'2026-09-21T14:12:31.417+0000'",
          "m:deleted", 1789999951417, SC_CHANNEL_SMS },
        { "'sender':'33','destination':'44','event':'TYPING_STARTED'",
          "m:TYPING_STARTED", -1, SC_CHANNEL_SMS }
    };

    (void) state;

    setup(&fixture, &sc_platform_infobip);

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void) snprintf(body, sizeof(body),
                        "{'results':[{'messageId':'m',%s}]}",
                        cases[i].members);
        mention = one(&fixture, body);
        assert_int_equal(mention->kind, SC_KIND_STATUS);
        assert_int_equal(mention->channel, cases[i].channel);
        assert_int_equal(mention->direction, SC_DIRECTION_OUT);
        assert_text(mention->event, cases[i].event);
        assert_text(mention->clock_key, "");
        assert_true(mention->no_answer);

        if (cases[i].created_ms >= 0) {
            assert_int_equal(mention->created_ms, cases[i].created_ms);

        } else {
            assert_true(mention->created_is_delivery_time);
        }
    }

    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vonage_calls_in),
        cmocka_unit_test(test_vonage_calls_out),
        cmocka_unit_test(test_vonage_call_parts),
        cmocka_unit_test(test_vonage_messages),
        cmocka_unit_test(test_vonage_sms_api),
        cmocka_unit_test(test_vonage_schemes),
        cmocka_unit_test(test_messagebird),
        cmocka_unit_test(test_sinch),
        cmocka_unit_test(test_sinch_numbers),
        cmocka_unit_test(test_sinch_voice_signature),
        cmocka_unit_test(test_sinch_voice),
        cmocka_unit_test(test_infobip),
        cmocka_unit_test(test_infobip_channels),
        cmocka_unit_test(test_infobip_reports)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
