/*
 * test_twilio.c: what the samples do not show: statuses, legs of calls, the
 * answers, GET and JSON, withheld numbers, Conversations, broken requests.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "platform_fixture.h"
#include "sc_registry.h"


#define EMPTY                                                                 \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response></Response>"

#define PARTIES   "&From=%2B44770&To=%2B44207&AccountSid=AC1"
#define BACK      "&From=%2B44207&To=%2B44770&AccountSid=AC1"


static void
setup(fixture_t *fixture)
{
    fixture_init(fixture, &sc_platform_twilio);
    fixture_header(fixture, "Content-Type",
                   "application/x-www-form-urlencoded; charset=utf-8");
}


static sc_mention_t *
one(fixture_t *fixture, const char *body)
{
    fixture_expect(fixture, body, 1, 0);

    return fixture_mention(fixture, 0);
}


static void
test_answers_end_waits(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *body;
        bool        answers;
    } requests[] = {
        { "MessageSid=SM1&MessageStatus=sent" BACK, true },
        { "MessageSid=SM1&MessageStatus=delivered" BACK, true },
        { "MessageSid=SM1&MessageStatus=read" BACK, true },
        { "SmsSid=SM1&SmsStatus=sent" BACK, true },
        { "MessageSid=SM1&MessageStatus=queued" BACK, false },
        { "MessageSid=SM1&MessageStatus=accepted" BACK, false },
        { "MessageSid=SM1&MessageStatus=failed" BACK, false },
        { "MessageSid=SM1&MessageStatus=undelivered" BACK, false },
        { "CallSid=CA2&CallStatus=in-progress&SequenceNumber=2"
          "&Direction=outbound-api" BACK, true },
        { "CallSid=CA2&CallStatus=in-progress&Direction=outbound-api" BACK,
          true },
        { "CallSid=CA2&CallStatus=completed&CallDuration=9&SequenceNumber=3"
          "&Direction=outbound-api" BACK, true },
        { "CallSid=CA2&CallStatus=completed&CallDuration=0&SequenceNumber=3"
          "&Direction=outbound-api" BACK, false },
        { "CallSid=CA2&CallStatus=completed&CallDuration=9&SequenceNumber=3"
          "&AnsweredBy=machine_start&Direction=outbound-api" BACK, false },
        { "CallSid=CA2&CallStatus=ringing&SequenceNumber=1"
          "&Direction=outbound-api" BACK, false },
        { "CallSid=CA2&CallStatus=no-answer&SequenceNumber=3"
          "&Direction=outbound-api" BACK, false },
        { "CallSid=CA1&DialCallStatus=completed&DialCallDuration=61"
          "&DialCallSid=CA9&Direction=inbound" PARTIES, true },
        { "CallSid=CA2&DialCallStatus=answered&DialCallDuration=61"
          "&DialCallSid=CA9&Direction=outbound-api" BACK, true }
    };

    (void) state;

    setup(&fixture);
    assert_text(one(&fixture, "MessageSid=SM0&Body=x" PARTIES)->clock_key,
                "twilio:+44207:+44770");
    assert_text(one(&fixture, "CallSid=CA1&CallStatus=ringing"
                    "&Direction=inbound" PARTIES)->clock_key,
                "twilio:+44207:+44770");

    for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        mention = one(&fixture, requests[i].body);
        assert_int_equal(mention->direction, SC_DIRECTION_OUT);
        assert_text(mention->clock_key, requests[i].answers
                                        ? "twilio:+44207:+44770" : "");
        assert_int_equal(mention->no_answer, !requests[i].answers);
        assert_text(mention->recipient, "+44770");
        assert_text(mention->account, "+44207");
        assert_int_equal(mention->is_public, SC_TRI_NO);
    }

    fixture_free(&fixture);
}


/*
 * sent, delivered and read tell of one message, minutes or days apart: only
 * the first of them may answer, for a new question may have come in between.
 */
static void
test_proofs_are_one(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    assert_text(one(&fixture, "MessageSid=SM1&MessageStatus=sent" BACK)->proof,
                "SM1:sent");
    assert_text(one(&fixture, "MessageSid=SM1&MessageStatus=delivered" BACK)
                ->proof, "SM1:sent");
    assert_text(fixture_mention(&fixture, 0)->event, "SM1:delivered");
    assert_text(one(&fixture, "MessageSid=SM1&MessageStatus=read" BACK)->proof,
                "SM1:sent");
    assert_text(one(&fixture, "MessageSid=SM1&MessageStatus=failed" BACK)
                ->proof, "");
    assert_text(one(&fixture, "MessageSid=SM1&MessageStatus=queued" BACK)
                ->proof, "");
    fixture_free(&fixture);
}


/* <Dial>: nobody picked up, or no time was talked: the caller still waits. */
static void
test_unanswered_dial(void **state)
{
    size_t        i;
    char          body[256];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const dials[] = {
        "no-answer", "busy&DialCallDuration=3", "failed", "canceled",
        "completed&DialCallDuration=0", "completed"
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(dials) / sizeof(dials[0]); i++) {
        (void) snprintf(body, sizeof(body), "CallSid=CA1&Direction=inbound"
                        "%s&DialCallStatus=%s", PARTIES, dials[i]);
        mention = one(&fixture, body);
        assert_int_equal(mention->kind, SC_KIND_STATUS);
        assert_int_equal(mention->direction, SC_DIRECTION_NONE);
        assert_text(mention->clock_key, "");
        assert_text(fixture.callback.answer.body, EMPTY);
    }

    fixture_free(&fixture);
}


/* The answer counts from the pick-up, not from the end of the talk. */
static void
test_answered_at_the_pick_up(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, "CallSid=CA1&DialCallStatus=completed"
                  "&DialCallDuration=61&DialCallSid=CA9&Direction=inbound"
                  PARTIES);
    assert_int_equal(mention->created_ms, FIXTURE_NOW_MS - 61000);
    assert_int_equal(mention->duration_s, 61);
    assert_text(mention->event, "CA1:dial:CA9");

    mention = one(&fixture, "CallSid=CA2&CallStatus=completed&CallDuration=10"
                  "&SequenceNumber=3&Direction=outbound-api"
                  "&Timestamp=Mon%2C+21+Sep+2026+14%3A12%3A31+%2B0000" BACK);
    assert_int_equal(mention->created_ms, 1789999941000);

    /* Not a time before time began. */
    mention = one(&fixture, "CallSid=CA2&CallStatus=completed"
                  "&CallDuration=9223372036854775807&SequenceNumber=3"
                  "&Direction=outbound-api"
                  "&Timestamp=Mon%2C+21+Sep+2026+14%3A12%3A31+%2B0000" BACK);
    assert_int_equal(mention->created_ms, 1789999951000);

    fixture_free(&fixture);
}


/* A leg to an agent shows the customer as the caller. */
static void
test_leg_to_an_agent(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char leg[] = "CallSid=CA3&ParentCallSid=CA1"
        "&CallStatus=in-progress&SequenceNumber=1&Direction=outbound-dial"
        "&From=%2B44770&To=%2B44999";

    (void) state;

    setup(&fixture);
    assert_text(one(&fixture, leg)->clock_key, "twilio:+44770:+44999");

    fixture_account(&fixture, "+44207");
    mention = one(&fixture, leg);
    assert_text(mention->clock_key, "twilio:+44207:+44770");
    assert_text(mention->parent, "CA1");
    assert_text(mention->account, "+44207");

    /* The brand's own number as caller: the customer is at the other end. */
    assert_text(one(&fixture, "CallSid=CA3&CallStatus=in-progress"
                    "&SequenceNumber=1&Direction=outbound-dial" BACK)
                ->clock_key, "twilio:+44207:+44770");

    fixture_account(&fixture, "+44208");
    assert_text(one(&fixture, leg)->clock_key, "twilio:+44770:+44999");

    fixture_free(&fixture);
}


static void
test_missed_calls(void **state)
{
    size_t        i;
    char          body[256];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *status;
        sc_kind_t   kind;
    } calls[] = {
        { "no-answer", SC_KIND_CALL }, { "busy", SC_KIND_CALL },
        { "failed", SC_KIND_CALL }, { "canceled", SC_KIND_CALL },
        { "completed", SC_KIND_STATUS }, { "in-progress", SC_KIND_STATUS },
        { "something-new", SC_KIND_STATUS }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        (void) snprintf(body, sizeof(body), "CallSid=CA1&Direction=inbound"
                        "&CallbackSource=call-progress-events&CallStatus=%s"
                        "%s", calls[i].status, PARTIES);
        mention = one(&fixture, body);
        assert_int_equal(mention->kind, calls[i].kind);
        assert_text(mention->clock_key, calls[i].kind == SC_KIND_CALL
                                        ? "twilio:+44207:+44770" : "");
        assert_int_equal(fixture.callback.answer.status, 204);
        assert_int_equal(fixture.callback.answer.body.len, 0);
    }

    fixture_free(&fixture);
}


static void
test_withheld_number(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, "CallSid=CA1&CallStatus=ringing"
                  "&Direction=inbound&From=%2B266696687&To=%2B44207");
    assert_int_equal(mention->direction, SC_DIRECTION_UNKNOWN);
    assert_text(mention->author.id, "+266696687");
    assert_text(mention->clock_key, "twilio:+44207:CA1");
    assert_text(one(&fixture, "CallSid=CA1&DialCallStatus=completed"
                    "&DialCallDuration=5&Direction=inbound"
                    "&From=%2B266696687&To=%2B44207")->clock_key,
                "twilio:+44207:CA1");
    fixture_free(&fixture);
}


/* A leg to the desk has an id of its own; the caller waits under the call's. */
static void
test_withheld_number_put_through(void **state)
{
    fixture_t fixture;

    static const sc_str_t own[] = { SC_STR_INIT("+44207") };

    (void) state;

    setup(&fixture);
    fixture.source.accounts = own;
    fixture.source.accounts_count = 1;
    assert_text(one(&fixture, "CallSid=CA9&ParentCallSid=CA1"
                    "&CallStatus=in-progress&SequenceNumber=2"
                    "&Direction=outbound-dial&From=%2B266696687&To=%2B44111")
                ->clock_key, "twilio:+44207:CA1");
    fixture_free(&fixture);
}


/* <Enqueue>: taken by somebody, or not. */
static void
test_queues(void **state)
{
    size_t        i;
    char          body[256];
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char *result;
        bool        answers;
    } results[] = {
        { "bridged", true }, { "redirected-from-bridged", true },
        { "hangup", false }, { "leave", false }, { "redirected", false },
        { "queue-full", false }, { "system-error", false }
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        (void) snprintf(body, sizeof(body), "CallSid=CA1"
                        "&CallStatus=in-progress&Direction=inbound"
                        "&QueueSid=QU1&QueueTime=30&QueueResult=%s%s",
                        results[i].result, PARTIES);
        mention = one(&fixture, body);
        assert_int_equal(mention->kind, SC_KIND_STATUS);
        assert_text(mention->status, results[i].result);
        assert_text(mention->event, "CA1:queue:QU1");
        assert_text(mention->parent, "CA1");
        assert_int_equal(mention->direction, results[i].answers
                         ? SC_DIRECTION_OUT : SC_DIRECTION_NONE);
        assert_text(mention->clock_key, results[i].answers
                    ? "twilio:+44207:+44770" : "");
        assert_text(fixture.callback.answer.body, EMPTY);
    }

    fixture_free(&fixture);
}


/* Nobody's words, and nobody was reached: known, and not kept. */
static void
test_asides(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect(&fixture, "TranscriptionEvent=transcription-content"
                   "&TranscriptionSid=GT1&CallSid=CA1&Final=true", 0, 0);
    fixture_expect(&fixture, "StreamEvent=stream-started&StreamSid=MZ1"
                   "&CallSid=CA1", 0, 0);
    fixture_expect(&fixture, "ConferenceSid=CF1&CallSid=CA1"
                   "&StatusCallbackEvent=participant-join", 0, 0);
    fixture_expect(&fixture, "ConferenceSid=CF1"
                   "&StatusCallbackEvent=conference-end", 0, 0);
    fixture_expect(&fixture, "CallSid=CA1&AnsweredBy=machine_start"
                   "&MachineDetectionDuration=4200", 0, 0);

    /* These have more in them. */
    assert_int_equal(one(&fixture, "ConferenceSid=CF1&RecordingSid=RE1"
                         "&StatusCallbackEvent=recording-completed"
                         "&RecordingStatus=completed"
                         "&RecordingSource=Conference")->kind,
                     SC_KIND_STATUS);
    assert_int_equal(one(&fixture, "CallSid=CA1&CallStatus=ringing"
                         "&ConferenceSid=CF1&StatusCallbackEvent=x"
                         "&Direction=inbound" PARTIES)->kind, SC_KIND_CALL);
    fixture_expect(&fixture, "ConferenceSid=CF1", 0, 1);
    fixture_free(&fixture);
}


static void
test_recordings(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    /* <Record>'s own request knows the caller. */
    mention = one(&fixture, "CallSid=CA1&RecordingSid=RE1&RecordingUrl=u"
                  "&RecordingDuration=5&CallStatus=completed" PARTIES);
    assert_int_equal(mention->kind, SC_KIND_VOICEMAIL);
    assert_text(mention->clock_key, "twilio:+44207:+44770");
    assert_text(mention->thread, "tel:+44207|+44770");
    assert_text(fixture.callback.answer.content_type, "text/xml");

    /* So does a URL that names them. */
    fixture.request.query = SC_STR("From=%2B44770&To=%2B44207");
    mention = one(&fixture, "CallSid=CA1&RecordingSid=RE1"
                  "&RecordingStatus=completed&RecordingSource=RecordVerb");
    assert_text(mention->clock_key, "twilio:+44207:+44770");
    assert_int_equal(fixture.callback.answer.status, 204);
    fixture.request.query = SC_STR_NULL;

    mention = one(&fixture, "CallSid=CA1&RecordingSid=RE1&AccountSid=AC1"
                  "&RecordingStatus=completed&RecordingSource=DialVerb");
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_int_equal(mention->direction, SC_DIRECTION_NONE);
    assert_text(mention->account, "AC1");

    fixture_expect(&fixture, "CallSid=CA1&RecordingSid=RE1"
                   "&RecordingStatus=in-progress", 0, 0);
    fixture_expect(&fixture, "CallSid=CA1&RecordingSid=RE1"
                   "&RecordingStatus=absent", 0, 0);

    /* Whatever a request of a transcription looks like besides. */
    mention = one(&fixture, "TranscriptionSid=TR1&TranscriptionStatus=failed"
                  "&RecordingSid=RE1&CallSid=CA1&CallStatus=completed"
                  PARTIES);
    assert_text(mention->event, "TR1");
    assert_text(mention->text, "");

    fixture_free(&fixture);
}


static void
test_messages(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);

    mention = one(&fixture, "MessageSid=SM1&SmsStatus=received&Body="
                  "&ButtonText=Yes%20please&ButtonPayload=YES&NumMedia=2"
                  "&MediaUrl0=u0&MediaContentType0=image%2Fpng&MediaUrl1=u1"
                  "&From=messenger%3A123&To=messenger%3A456");
    assert_text(mention->text, "Yes please");
    assert_int_equal(mention->channel, SC_CHANNEL_MESSAGING);
    assert_text(mention->thread, "messenger:456|123");
    assert_text(mention->clock_key, "twilio:456:messenger:123");
    assert_text(mention->media->type, "image/png");
    assert_text(mention->media->next->url, "u1");
    assert_null(mention->media->next->next);
    assert_text(fixture.callback.answer.body, EMPTY);
    assert_int_equal(fixture.callback.answer.status, 200);
    assert_int_equal(mention->created_ms, -1);

    mention = one(&fixture, "MessageSid=SM1&Body=&Latitude=51.5&Longitude=-0.1"
                  "&Address=High+Street+1&NumMedia=9999999999999999999"
                  PARTIES);
    assert_text(mention->text, "High Street 1");
    assert_text(mention->media->type, "location");
    assert_text(mention->media->ref, "51.5,-0.1");

    /* The answer meets the question. */
    assert_text(one(&fixture, "MessageSid=SM2&MessageStatus=sent"
                    "&From=messenger%3A456&To=messenger%3A123")->clock_key,
                "twilio:456:messenger:123");

    /* Not a prefix: capitals, too long. */
    assert_text(one(&fixture, "MessageSid=SM2&Body=x&From=ACME%3Ax&To=%2B1")
                ->thread, "sms:+1|ACME:x");
    assert_text(one(&fixture, "MessageSid=SM2&Body=x&To=%2B1"
                    "&From=abcdefghijklmnopq%3Ax")->thread,
                "sms:+1|abcdefghijklmnopq:x");

    fixture_free(&fixture);
}


static void
test_get_and_json(void **state)
{
    fixture_t fixture;

    (void) state;

    fixture_init(&fixture, &sc_platform_twilio);
    fixture.request.method = SC_STR("GET");
    fixture.request.query = SC_STR("MessageSid=SM1&Body=a%2Bb+c" PARTIES);
    assert_text(one(&fixture, "")->text, "a+b c");
    assert_text(fixture_mention(&fixture, 0)->raw,
                "MessageSid=SM1&Body=a%2Bb+c" PARTIES);
    fixture_free(&fixture);

    fixture_init(&fixture, &sc_platform_twilio);
    fixture_header(&fixture, "content-type", "Application/JSON");
    assert_text(one(&fixture, "{\"MessageSid\":\"SM1\",\"Body\":\"a\\n\","
                    "\"From\":\"+1\",\"To\":\"+2\",\"x\":{\"y\":[]},"
                    "\"NumMedia\":0}")->text, "a\n");
    fixture_expect(&fixture, "{\"sid\":\"EV4\"}", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    assert_int_equal(fixture_parse(&fixture, "[]"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SHAPE);
    assert_int_equal(fixture_parse(&fixture, "{"), SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SYNTAX);
    fixture_free(&fixture);
}


static void
test_broken_requests(void **state)
{
    fixture_t fixture;

    (void) state;

    setup(&fixture);
    fixture_expect(&fixture, "MessageSid=SM1&Body=x&To=%2B1", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    assert_int_equal(fixture.callback.answer.status, 200);
    fixture_expect(&fixture, "CallSid=CA1&Foo=x", 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);
    fixture_expect(&fixture, "AccountSid=AC1", 0, 1);
    assert_text(fixture_dead(&fixture, 0)->raw, "AccountSid=AC1");
    assert_int_equal(fixture_parse(&fixture, "MessageSid=%zz"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_SYNTAX);
    fixture.request.query = SC_STR("a=%1");
    assert_int_equal(fixture_parse(&fixture, "MessageSid=SM1"),
                     SC_PARSE_DEAD);
    fixture_free(&fixture);

    fixture_init(&fixture, &sc_platform_twilio);
    fixture_header(&fixture, "Content-Type", "text/plain");
    assert_int_equal(fixture_parse(&fixture, "MessageSid=SM1"),
                     SC_PARSE_DEAD);
    assert_int_equal(fixture.callback.dead, SC_DEAD_CONTENT_TYPE);
    fixture_free(&fixture);
}


static void
test_what_the_caller_hears(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char call[] = "<Response><Dial>+44999</Dial></Response>";
    static const char thanks[] = "<Response><Message>Hi</Message></Response>";
    static const char bye[] = "<?xml version=\"1.0\"?>\n<Response/>";

    (void) state;

    setup(&fixture);
    assert_null(fixture_option(&fixture, "twiml", call));
    assert_null(fixture_option(&fixture, "message_twiml", thanks));
    assert_null(fixture_option(&fixture, "after", bye));
    assert_non_null(fixture_option(&fixture, "twiml", "<Dial>"));
    assert_non_null(fixture_option(&fixture, "after", "Response"));
    assert_non_null(fixture_option(&fixture, "after", "<Response>"));
    assert_non_null(fixture_option(&fixture, "after", ""));
    assert_non_null(fixture_option(&fixture, "twiml_file", call));
    assert_null(fixture_option(&fixture, "twiml", call));
    assert_null(fixture_option(&fixture, "after", bye));

    (void) one(&fixture, "CallSid=CA1&CallStatus=ringing&Direction=inbound"
               PARTIES);
    assert_text(fixture.callback.answer.body, call);
    assert_text(fixture.callback.answer.content_type, "text/xml");
    (void) one(&fixture, "CallSid=CA1&CallStatus=in-progress"
               "&Direction=outbound-api" BACK);
    assert_text(fixture.callback.answer.body, call);
    (void) one(&fixture, "MessageSid=SM1&Body=x" PARTIES);
    assert_text(fixture.callback.answer.body, thanks);
    (void) one(&fixture, "CallSid=CA1&DialCallStatus=busy&Direction=inbound"
               PARTIES);
    assert_text(fixture.callback.answer.body, bye);

    /* What was said belongs to the call: no second wait, no loop. */
    fixture_header(&fixture, "I-Twilio-Idempotency-Token", "t-1");
    mention = one(&fixture, "CallSid=CA1&CallStatus=in-progress"
                  "&SpeechResult=my+line+is+down&Direction=inbound" PARTIES);
    assert_text(fixture.callback.answer.body, bye);
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->text, "my line is down");
    assert_text(mention->event, "CA1:said:t-1");
    assert_text(mention->clock_key, "");

    fixture_free(&fixture);
}


static void
test_opt_out(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, "MessageSid=SM1&Body=Stopp&OptOutType=STOP"
                  PARTIES);
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_text(mention->status, "STOP");
    assert_text(mention->text, "Stopp");
    assert_string_equal(mention->ends, "deleted_by_author");
    assert_text(mention->clock_key, "twilio:+44207:+44770");

    mention = one(&fixture, "MessageSid=SM1&Body=Start&OptOutType=START"
                  PARTIES);
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_null(mention->ends);
    assert_text(mention->clock_key, "");

    mention = one(&fixture, "MessageSid=SM1&Body=Help&OptOutType=HELP"
                  PARTIES);
    assert_int_equal(mention->kind, SC_KIND_MESSAGE);
    assert_true(sc_mention_is_actionable(mention));
    assert_text(mention->clock_key, "twilio:+44207:+44770");
    fixture_free(&fixture);
}


#define CONVERSATION                                                          \
    "&ConversationSid=CH1&AccountSid=AC1&DateCreated=2026-01-15T10:00:58.1Z"


static void
test_conversations(void **state)
{
    char          body[256];
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const struct {
        const char    *author;
        sc_direction_t direction;
        sc_channel_t   channel;
        bool           automatic;
    } authors[] = {
        { "%2B44770", SC_DIRECTION_IN, SC_CHANNEL_SMS, false },
        { "whatsapp%3A%2B44770", SC_DIRECTION_IN, SC_CHANNEL_MESSAGING,
          false },
        { "lea", SC_DIRECTION_IN, SC_CHANNEL_MESSAGING, false },
        { "%2B44207", SC_DIRECTION_OUT, SC_CHANNEL_SMS, false },
        { "whatsapp%3A%2B44207", SC_DIRECTION_OUT, SC_CHANNEL_MESSAGING,
          false },
        { "amir", SC_DIRECTION_OUT, SC_CHANNEL_MESSAGING, false },
        { "system", SC_DIRECTION_OUT, SC_CHANNEL_MESSAGING, true },
        { "", SC_DIRECTION_UNKNOWN, SC_CHANNEL_MESSAGING, false }
    };

    (void) state;

    setup(&fixture);
    fixture_account(&fixture, "+44207");
    fixture_account(&fixture, "amir");

    for (i = 0; i < sizeof(authors) / sizeof(authors[0]); i++) {
        snprintf(body, sizeof(body), "EventType=onMessageAdded&MessageSid=IM1"
                 "&Body=x&Author=%s" CONVERSATION, authors[i].author);
        mention = one(&fixture, body);
        assert_int_equal(fixture.callback.answer.status, 200);
        assert_text(fixture.callback.answer.body, "");
        assert_int_equal(mention->kind, SC_KIND_MESSAGE);
        assert_int_equal(mention->direction, authors[i].direction);
        assert_int_equal(mention->channel, authors[i].channel);
        assert_int_equal(mention->automatic, authors[i].automatic);
        assert_false(mention->no_answer);
        assert_text(mention->event, "IM1");
        assert_text(mention->account, "AC1");
        assert_text(mention->thread, "CH1");
        assert_text(mention->clock_key, "twilio:AC1:CH1");
        assert_int_equal(mention->created_ms, 1768471258100);
    }

    /* Who has a name is staff; who has an address never is. */
    assert_null(fixture_option(&fixture, "identities", "staff"));
    mention = one(&fixture, "EventType=onMessageAdded&MessageSid=IM1"
                  "&Author=lea" CONVERSATION);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_false(mention->automatic);
    mention = one(&fixture, "EventType=onMessageAdded&MessageSid=IM1"
                  "&Author=messenger%3A7" CONVERSATION);
    assert_int_equal(mention->direction, SC_DIRECTION_IN);
    assert_null(fixture_option(&fixture, "identities", "customers"));
    assert_non_null(fixture_option(&fixture, "identities", "on"));

    fixture_free(&fixture);
}


static void
test_conversation_files(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, "EventType=onMessageAdded&MessageSid=IM1"
                  "&Author=%2B44770&RetryCount=1&Media=[{\"Sid\":\"ME1\","
                  "\"Filename\":\"a.png\",\"ContentType\":\"image/png\","
                  "\"Size\":7},{\"Sid\":\"ME2\"}]" CONVERSATION);
    assert_true(mention->redelivery);
    assert_text(mention->media->type, "image/png");
    assert_text(mention->media->ref, "ME1");
    assert_text(mention->media->next->ref, "ME2");
    assert_null(mention->media->next->next);

    /* The message counts, whatever that is. */
    mention = one(&fixture, "EventType=onMessageAdded&MessageSid=IM1"
                  "&Author=%2B44770&RetryCount=0&Media=[{" CONVERSATION);
    assert_null(mention->media);
    assert_false(mention->redelivery);
    mention = one(&fixture, "EventType=onMessageAdded&MessageSid=IM1"
                  "&Author=%2B44770&Media=null" CONVERSATION);
    assert_null(mention->media);

    fixture_free(&fixture);
}


static void
test_conversation_changes(void **state)
{
    fixture_t     fixture;
    sc_mention_t *mention;

    (void) state;

    setup(&fixture);
    mention = one(&fixture, "EventType=onMessageUpdated&MessageSid=IM1&Body=y"
                  "&Author=%2B44770&DateUpdated=2026-01-15T10%3A01%3A00Z"
                  CONVERSATION);
    assert_int_equal(mention->action, SC_ACTION_EDIT);
    assert_text(mention->event, "IM1:edit:2026-01-15T10:01:00Z");
    assert_text(mention->object, "IM1");
    assert_int_equal(mention->edited_ms, 1768471260000);
    assert_text(mention->same, "");
    assert_text(mention->clock_key, "");

    mention = one(&fixture, "EventType=onMessageUpdated&MessageSid=IM1&Body=z"
                  "&Author=%2B44770" CONVERSATION);
    assert_int_not_equal(mention->same.len, 0);

    /* The customer's question is withdrawn. */
    mention = one(&fixture, "EventType=onMessageRemoved&MessageSid=IM1"
                  "&Author=%2B44770&DateRemoved=2026-01-15T10%3A01%3A00Z"
                  CONVERSATION);
    assert_int_equal(mention->action, SC_ACTION_DELETE);
    assert_text(mention->event, "IM1:removed");
    assert_text(mention->object, "IM1");
    assert_text(mention->clock_key, "twilio:AC1:CH1");
    assert_int_equal(mention->created_ms, 1768471260000);

    mention = one(&fixture, "EventType=onDeliveryUpdated&MessageSid=IM1"
                  "&DeliveryReceiptSid=DY1&Status=undelivered&ErrorCode=63024"
                  "&DateUpdated=2026-01-15T10%3A01%3A00Z" CONVERSATION);
    assert_int_equal(mention->kind, SC_KIND_STATUS);
    assert_int_equal(mention->direction, SC_DIRECTION_OUT);
    assert_text(mention->event, "DY1:undelivered");
    assert_text(mention->status, "undelivered");
    assert_text(mention->clock_key, "");
    assert_true(mention->no_answer);

    fixture_free(&fixture);
}


/* Closed and removed is the end; whatever says so first. */
static void
test_conversation_ends(void **state)
{
    size_t        i;
    fixture_t     fixture;
    sc_mention_t *mention;

    static const char *const ends[] = {
        "EventType=onConversationRemoved" CONVERSATION,
        "EventType=onConversationStateUpdated&StateFrom=inactive"
        "&StateTo=closed&Reason=TIMER" CONVERSATION
    };

    static const char *const ignored[] = {
        "EventType=onConversationStateUpdated&StateTo=inactive" CONVERSATION,
        "EventType=onConversationAdded&MessagingBinding.Address=%2B44770"
        CONVERSATION,
        "EventType=onParticipantAdded&ParticipantSid=MB1" CONVERSATION,
        "EventType=onMessageAdd&Author=%2B44770&Body=x&ConversationSid=CH1",
        "EventType=onUserUpdate&UserSid=US1"
    };

    (void) state;

    setup(&fixture);

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        mention = one(&fixture, ends[i]);
        assert_int_equal(mention->action, SC_ACTION_DELETE);
        assert_int_equal(mention->direction, SC_DIRECTION_INTERNAL);
        assert_string_equal(mention->ends, "not_actionable");
        assert_text(mention->event, "CH1:ended");
        assert_text(mention->clock_key, "twilio:AC1:CH1");
    }

    /* Anything but an empty 200 would change or stop what is asked for. */
    for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        fixture_expect(&fixture, ignored[i], 0, 0);
        assert_int_equal(fixture.callback.answer.status, 200);
        assert_text(fixture.callback.answer.body, "");
    }

    fixture_expect(&fixture, "EventType=onMessageAdded&Body=x" CONVERSATION,
                   0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_MISSING_MEMBER);
    fixture_expect(&fixture, "EventType=onSomethingNew&MessageSid=IM1"
                   CONVERSATION, 0, 1);
    assert_int_equal(fixture_dead(&fixture, 0)->reason,
                     SC_DEAD_UNKNOWN_OBJECT);

    fixture_free(&fixture);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_end_waits),
        cmocka_unit_test(test_proofs_are_one),
        cmocka_unit_test(test_unanswered_dial),
        cmocka_unit_test(test_answered_at_the_pick_up),
        cmocka_unit_test(test_leg_to_an_agent),
        cmocka_unit_test(test_missed_calls),
        cmocka_unit_test(test_withheld_number),
        cmocka_unit_test(test_withheld_number_put_through),
        cmocka_unit_test(test_queues),
        cmocka_unit_test(test_asides),
        cmocka_unit_test(test_recordings),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_get_and_json),
        cmocka_unit_test(test_broken_requests),
        cmocka_unit_test(test_what_the_caller_hears),
        cmocka_unit_test(test_opt_out),
        cmocka_unit_test(test_conversations),
        cmocka_unit_test(test_conversation_files),
        cmocka_unit_test(test_conversation_changes),
        cmocka_unit_test(test_conversation_ends)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
