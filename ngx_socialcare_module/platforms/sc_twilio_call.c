/*
 * sc_twilio_call.c: Twilio's calls, recordings and transcriptions; see
 * sc_twilio.c for what starts and what ends a wait.
 */

#include "sc_twilio.h"


static const sc_str_t sc_twilio_missed[] = {
    SC_STR_INIT("no-answer"), SC_STR_INIT("busy"), SC_STR_INIT("failed"),
    SC_STR_INIT("canceled")
};


static bool
sc_twilio_is_outbound(const sc_twilio_t *event)
{
    return sc_str_starts_with(sc_param(event, "Direction"),
                              SC_STR("outbound"));
}


static void
sc_twilio_add_recording(const sc_twilio_t *event, sc_mention_t *mention)
{
    sc_str_t url;

    url = sc_param(event, "RecordingUrl");

    if (url.len != 0) {
        sc_callback_add_media(event->callback, mention, SC_STR("audio"), url,
                              SC_STR_NULL);
    }

    mention->duration_s = sc_params_int(&event->params,
                                        SC_STR("RecordingDuration"));
    mention->created_ms = sc_param_time(event, "RecordingStartTime",
                                        SC_TIME_RFC2822);
}


/*
 * A voice message, with its caller if the request names one.  If it does not,
 * the call's own arrival has started the wait.
 */
static sc_mention_t *
sc_twilio_add_voicemail(const sc_twilio_t *event, sc_str_t id)
{
    sc_mention_t *mention;

    mention = sc_twilio_add(event, SC_KIND_VOICEMAIL, SC_CHANNEL_VOICE,
                            SC_DIRECTION_IN);
    if (mention == NULL) {
        return NULL;
    }

    mention->event = id;
    mention->object = sc_kit_either(sc_param(event, "RecordingSid"), id);
    sc_twilio_add_recording(event, mention);
    sc_twilio_set_parties(event, mention, SC_STR("tel"), event->to,
                          event->from);

    if (event->from.len != 0 && event->to.len != 0) {
        sc_twilio_set_clock(event, mention, event->from);

    } else {
        mention->thread = sc_kit_join(event->callback, SC_STR("call:"),
                                      sc_param(event, "CallSid"));
    }

    return mention;
}


void
sc_twilio_transcription(const sc_twilio_t *event, sc_str_t id)
{
    sc_mention_t *mention;

    mention = sc_twilio_add_voicemail(event, id);
    if (mention != NULL) {
        mention->text = sc_param(event, "TranscriptionText");
    }
}


/* A recording not left by a caller: of a conversation, a conference. */
static void
sc_twilio_other_recording(const sc_twilio_t *event, sc_str_t id)
{
    sc_mention_t *mention;

    mention = sc_twilio_add(event, SC_KIND_STATUS, SC_CHANNEL_VOICE,
                            SC_DIRECTION_NONE);
    if (mention == NULL) {
        return;
    }

    mention->event = id;
    mention->object = id;
    mention->status = SC_STR("recorded");
    mention->parent = sc_param(event, "CallSid");
    sc_twilio_add_recording(event, mention);
    sc_twilio_set_parties(event, mention, SC_STR("tel"), event->to,
                          event->from);
}


void
sc_twilio_recording(const sc_twilio_t *event, sc_str_t id)
{
    sc_str_t source, status;

    source = sc_param(event, "RecordingSource");
    status = sc_param(event, "RecordingStatus");

    /* <Record>'s own request has no status and asks how to continue. */
    if (status.len == 0) {
        sc_twilio_answer_xml(event, event->options->after);

    } else if (!sc_str_eq(status, SC_STR("completed"))) {
        return;
    }

    if (source.len == 0 || sc_str_eq(source, SC_STR("RecordVerb"))) {
        (void) sc_twilio_add_voicemail(event, id);

    } else {
        sc_twilio_other_recording(event, id);
    }
}


/*
 * A call was put through to somebody at the brand, or not: `how` it was tried,
 * and the `object` that it was tried with.  The request comes afterwards.
 * `duration_s` of the conversation; -1 unknown.
 */
static void
sc_twilio_put_through(const sc_twilio_t *event, sc_str_t how, sc_str_t object,
    sc_str_t status, bool talked, int64_t duration_s)
{
    sc_mention_t *mention;

    sc_twilio_answer_xml(event, event->options->after);

    mention = sc_twilio_add(event, SC_KIND_STATUS, SC_CHANNEL_VOICE,
                            talked ? SC_DIRECTION_OUT : SC_DIRECTION_NONE);
    if (mention == NULL) {
        return;
    }

    mention->object = sc_kit_either(object, sc_param(event, "CallSid"));
    mention->event = sc_kit_join(event->callback,
                                 sc_param(event, "CallSid"), how,
                                 mention->object);
    mention->parent = sc_param(event, "CallSid");
    mention->status = status;
    mention->duration_s = duration_s;

    /* A call that the brand made has the customer at the other end. */
    if (sc_twilio_is_outbound(event)) {
        sc_twilio_set_parties(event, mention, SC_STR("tel"), event->from,
                              event->to);

    } else {
        sc_twilio_set_parties(event, mention, SC_STR("tel"), event->to,
                              event->from);
    }

    if (talked) {
        mention->created_ms = sc_kit_pick_up_ms(event->callback->now_ms,
                                                duration_s);
        sc_twilio_set_clock(event, mention,
                            sc_twilio_is_outbound(event) ? event->to
                                                         : event->from);
    }
}


/* <Dial> has ended: did somebody at the brand talk to the caller? */
static void
sc_twilio_dial(const sc_twilio_t *event, sc_str_t status)
{
    int64_t duration_s;

    duration_s = sc_params_int(&event->params, SC_STR("DialCallDuration"));

    sc_twilio_put_through(event, SC_STR(":dial:"),
                          sc_param(event, "DialCallSid"), status,
                          duration_s > 0
                          && (sc_str_eq(status, SC_STR("completed"))
                              || sc_str_eq(status, SC_STR("answered"))),
                          duration_s);
}


/* <Enqueue> has ended.  How long they talked is not said. */
static void
sc_twilio_dequeued(const sc_twilio_t *event, sc_str_t result)
{
    sc_twilio_put_through(event, SC_STR(":queue:"),
                          sc_param(event, "QueueSid"), result,
                          sc_str_eq(result, SC_STR("bridged"))
                          || sc_str_eq(result,
                                       SC_STR("redirected-from-bridged")),
                          -1);
}


/* Somebody, not an answering machine, is or was on the line. */
static bool
sc_twilio_was_answered(const sc_twilio_t *event, sc_str_t status)
{
    if (sc_str_starts_with(sc_param(event, "AnsweredBy"),
                           SC_STR("machine")))
    {
        return false;
    }

    return sc_str_eq(status, SC_STR("in-progress"))
           || (sc_str_eq(status, SC_STR("completed"))
               && sc_params_int(&event->params, SC_STR("CallDuration")) > 0);
}


/*
 * A call leg from the brand.  A leg that <Dial> opened to an agent has the
 * customer's number as the caller's and does not name the brand's: then the one
 * configured account is used.
 */
static void
sc_twilio_outbound_call(const sc_twilio_t *event, sc_kind_t kind, sc_str_t id,
    sc_str_t status)
{
    sc_str_t      brand, customer;
    sc_mention_t *mention;

    mention = sc_twilio_add(event, kind, SC_CHANNEL_VOICE, SC_DIRECTION_OUT);
    if (mention == NULL) {
        return;
    }

    brand = event->from;
    customer = event->to;

    if (sc_str_eq(sc_param(event, "Direction"), SC_STR("outbound-dial"))
        && event->callback->source->accounts_count == 1
        && !sc_twilio_is_own(event, event->from))
    {
        brand = sc_kit_account(event->callback->source);
        customer = event->from;
    }

    mention->event = sc_kit_join(event->callback, id, SC_STR(":"), status);
    mention->object = id;
    mention->parent = sc_param(event, "ParentCallSid");
    mention->status = status;
    mention->duration_s = sc_params_int(&event->params,
                                        SC_STR("CallDuration"));
    mention->created_ms = sc_param_time(event, "Timestamp", SC_TIME_RFC2822);
    sc_twilio_set_parties(event, mention, SC_STR("tel"), brand, customer);

    if (sc_twilio_was_answered(event, status)) {
        mention->created_ms = sc_kit_pick_up_ms(mention->created_ms,
                                                mention->duration_s);

        /* A hidden caller's wait has the id of the call, not of this leg. */
        sc_twilio_set_clock(event, mention,
                            sc_twilio_is_withheld(customer)
                            ? mention->parent : customer);
    }
}


/* A missed call starts a wait; anything else is only reported. */
static void
sc_twilio_inbound_status(const sc_twilio_t *event, sc_str_t id,
    sc_str_t status)
{
    bool          missed;
    sc_mention_t *mention;

    missed = sc_kit_is_one_of(sc_twilio_missed, status);

    mention = sc_twilio_add(event, missed ? SC_KIND_CALL : SC_KIND_STATUS,
                            SC_CHANNEL_VOICE, SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    mention->event = sc_kit_join(event->callback, id, SC_STR(":"), status);
    mention->object = id;
    mention->parent = sc_param(event, "ParentCallSid");
    mention->status = status;
    mention->author.name = sc_param(event, "CallerName");
    mention->duration_s = sc_params_int(&event->params,
                                        SC_STR("CallDuration"));
    mention->created_ms = sc_param_time(event, "Timestamp", SC_TIME_RFC2822);
    sc_twilio_set_parties(event, mention, SC_STR("tel"), event->to,
                          event->from);

    if (missed) {
        sc_twilio_set_clock(event, mention, event->from);
    }
}


/* What a caller said or keyed in: part of a call already reported. */
static void
sc_twilio_speech(const sc_twilio_t *event, sc_mention_t *mention, sc_str_t id)
{
    mention->action = SC_ACTION_EDIT;
    mention->text = sc_params_either(&event->params, SC_STR("SpeechResult"),
                                     SC_STR("Digits"));
    mention->event = sc_kit_join(event->callback, id, SC_STR(":said:"),
                         sc_kit_either(
                             sc_request_header(event->callback->request,
                                 SC_STR("I-Twilio-Idempotency-Token"), NULL),
                             mention->text));
}


/* Asks what the caller shall hear: a new call, or one that continues. */
static void
sc_twilio_call(const sc_twilio_t *event, sc_str_t id, sc_str_t status)
{
    sc_mention_t *mention;

    mention = sc_twilio_add(event, SC_KIND_CALL, SC_CHANNEL_VOICE,
                            sc_twilio_is_withheld(event->from)
                            ? SC_DIRECTION_UNKNOWN : SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    mention->event = id;
    mention->object = id;
    mention->parent = sc_param(event, "ParentCallSid");
    mention->status = status;
    mention->author.name = sc_param(event, "CallerName");
    sc_twilio_set_parties(event, mention, SC_STR("tel"), event->to,
                          event->from);

    if (sc_params_has(&event->params, SC_STR("SpeechResult"))
        || sc_params_has(&event->params, SC_STR("Digits")))
    {
        sc_twilio_answer_xml(event, event->options->after);
        sc_twilio_speech(event, mention, id);
        return;
    }

    sc_twilio_answer_xml(event, event->options->call);
    sc_twilio_set_clock(event, mention, event->from);
}


bool
sc_twilio_is_aside(const sc_twilio_t *event)
{
    return sc_params_has(&event->params, SC_STR("TranscriptionEvent"))
           || sc_params_has(&event->params, SC_STR("StreamEvent"))
           || (sc_param(event, "CallStatus").len == 0
               && sc_param(event, "RecordingSid").len == 0
               && (sc_params_has(&event->params,
                                 SC_STR("MachineDetectionDuration"))
                   || (sc_param(event, "ConferenceSid").len != 0
                       && sc_params_has(&event->params,
                                        SC_STR("StatusCallbackEvent")))));
}


void
sc_twilio_any_call(const sc_twilio_t *event, sc_str_t id)
{
    bool     told;
    sc_str_t status, dial, queue;

    status = sc_param(event, "CallStatus");
    dial = sc_param(event, "DialCallStatus");
    queue = sc_param(event, "QueueResult");
    told = sc_params_has(&event->params, SC_STR("SequenceNumber"))
           || sc_params_has(&event->params, SC_STR("CallbackSource"));

    if (dial.len != 0) {
        sc_twilio_dial(event, dial);

    } else if (queue.len != 0) {
        sc_twilio_dequeued(event, queue);

    } else if (status.len == 0) {
        sc_twilio_dead(event, SC_DEAD_UNKNOWN_OBJECT);

    } else if (sc_twilio_is_outbound(event)) {
        if (!told) {
            sc_twilio_answer_xml(event, event->options->call);
        }

        sc_twilio_outbound_call(event, told ? SC_KIND_STATUS : SC_KIND_CALL,
                                id, status);

    } else if (told) {
        sc_twilio_inbound_status(event, id, status);

    } else {
        sc_twilio_call(event, id, status);
    }
}
