/*
 * sc_vonage_call.c: Vonage's calls: events, recordings, what was said; see
 * sc_vonage.c for what starts and what ends a wait.
 */

#include "sc_vonage.h"


static const sc_str_t sc_vonage_missed[] = {
    SC_STR_INIT("unanswered"), SC_STR_INIT("busy"), SC_STR_INIT("cancelled"),
    SC_STR_INIT("rejected"), SC_STR_INIT("failed"), SC_STR_INIT("timeout")
};


static int64_t
sc_vonage_duration(const sc_vonage_t *event)
{
    return sc_params_int(&event->params, SC_STR("duration"));
}


static void
sc_vonage_fill_call(const sc_vonage_t *event, sc_mention_t *mention,
    sc_str_t id, sc_str_t status)
{
    mention->event = sc_kit_join(event->callback, id, SC_STR(":"), status);
    mention->object = id;
    mention->status = status;
    mention->duration_s = sc_vonage_duration(event);
    sc_kit_set_created(event->callback, mention,
                       sc_param_time(event, "timestamp", SC_TIME_ISO8601));
}


/* All those who hide their number are different people. */
static sc_str_t
sc_vonage_waiting(const sc_vonage_t *event, sc_str_t customer, sc_str_t id)
{
    return sc_kit_is_withheld(customer)
           ? sc_kit_either(sc_param(event, "conversation_uuid"), id)
           : customer;
}


/*
 * A call leg from the brand.  A leg to an agent has the customer's number as
 * the caller's: then the brand's number is the one configured account.
 */
static void
sc_vonage_outbound(const sc_vonage_t *event, sc_str_t id, sc_str_t status)
{
    int64_t            start_ms;
    sc_str_t           brand, customer;
    sc_mention_t      *mention;
    const sc_source_t *source;

    source = event->callback->source;
    brand = event->from;
    customer = event->to;

    if (source->accounts_count == 1
        && !sc_source_is_own(source, SC_STR_NULL, event->from))
    {
        brand = sc_kit_account(source);
        customer = event->from;
    }

    mention = sc_vonage_add(event, SC_KIND_STATUS, SC_CHANNEL_VOICE,
                            SC_DIRECTION_OUT);
    if (mention == NULL) {
        return;
    }

    sc_vonage_fill_call(event, mention, id, status);
    sc_vonage_set_parties(event, mention, SC_STR("tel"), brand, customer);

    if (sc_str_eq(status, SC_STR("completed"))
        && sc_vonage_duration(event) > 0)
    {
        start_ms = sc_param_time(event, "start_time", SC_TIME_ISO8601);

        if (start_ms >= 0) {
            sc_kit_set_created(event->callback, mention, start_ms);
        }

        sc_vonage_set_clock(event, mention,
                            sc_vonage_waiting(event, customer, SC_STR_NULL));

    } else if (sc_str_eq(status, SC_STR("answered"))
               || sc_str_eq(status, SC_STR("human")))
    {
        sc_vonage_set_clock(event, mention,
                            sc_vonage_waiting(event, customer, SC_STR_NULL));
    }
}


/* The call's id is its event id, whichever callback reports it. */
static void
sc_vonage_inbound(const sc_vonage_t *event, sc_str_t id, sc_str_t status)
{
    bool          waits, rings;
    sc_mention_t *mention;

    rings = status.len == 0 || sc_str_eq(status, SC_STR("ringing"));
    waits = rings || sc_kit_is_one_of(sc_vonage_missed, status);

    mention = sc_vonage_add(event, waits ? SC_KIND_CALL : SC_KIND_STATUS,
                            SC_CHANNEL_VOICE,
                            sc_kit_is_withheld(event->from)
                            ? SC_DIRECTION_UNKNOWN : SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    sc_vonage_fill_call(event, mention, id, status);

    if (rings) {
        mention->event = id;
    }

    sc_vonage_set_parties(event, mention, SC_STR("tel"), event->to,
                          event->from);

    if (waits) {
        sc_vonage_set_clock(event, mention,
                            sc_vonage_waiting(event, event->from, id));
    }
}


/* Names only the conversation: its call has started the wait. */
void
sc_vonage_recording(const sc_vonage_t *event)
{
    sc_mention_t *mention;

    mention = sc_vonage_add(event, SC_KIND_VOICEMAIL, SC_CHANNEL_VOICE,
                            SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    mention->event = sc_params_either(&event->params,
                                      SC_STR("recording_uuid"),
                                      SC_STR("recording_url"));
    mention->object = mention->event;
    mention->thread = sc_kit_join(event->callback, SC_STR("call:"),
                                  sc_param(event, "conversation_uuid"));
    sc_kit_set_created(event->callback, mention,
                       sc_param_time(event, "start_time", SC_TIME_ISO8601));
    sc_callback_add_media(event->callback, mention, SC_STR("audio"),
                          sc_param(event, "recording_url"), SC_STR_NULL);
}


/* What a caller said or keyed in is part of the call. */
static void
sc_vonage_input(const sc_vonage_t *event, sc_str_t id)
{
    sc_mention_t          *mention;
    sc_callback_t         *callback;
    const sc_json_token_t *results;

    callback = event->callback;

    mention = sc_vonage_add(event, SC_KIND_CALL, SC_CHANNEL_VOICE,
                            SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    results = sc_json_get(callback->json,
                          sc_kit_object(callback, event->root,
                                        SC_STR("speech")),
                          SC_STR("results"));

    mention->action = SC_ACTION_EDIT;
    mention->event = sc_kit_join(callback, id, SC_STR(":input:"),
                                 sc_param(event, "timestamp"));
    mention->object = id;
    mention->text = sc_kit_either(
        sc_callback_text(callback,
                         sc_json_next(callback->json, results, NULL, NULL),
                         SC_STR("text")),
        sc_vonage_inner(event, "dtmf", "digits"));
    sc_kit_set_created(callback, mention,
                       sc_param_time(event, "timestamp", SC_TIME_ISO8601));
    sc_vonage_set_parties(event, mention, SC_STR("tel"), event->to,
                          event->from);
}


/* The answer webhook: the reply decides what the caller hears. */
static void
sc_vonage_ncco(const sc_vonage_t *event, sc_str_t id)
{
    sc_answer_t               *answer;
    const sc_vonage_options_t *options;

    options = event->callback->source->options;
    answer = &event->callback->answer;

    answer->content_type = SC_STR("application/json");
    answer->body = sc_kit_either(options->ncco, SC_STR("[]"));

    sc_vonage_inbound(event, id, SC_STR_NULL);
}


void
sc_vonage_call(const sc_vonage_t *event, sc_str_t id)
{
    sc_str_t status;

    status = sc_param(event, "status");

    if (sc_kit_object(event->callback, event->root, SC_STR("speech")) != NULL
        || sc_kit_object(event->callback, event->root, SC_STR("dtmf"))
           != NULL)
    {
        sc_vonage_input(event, id);

    } else if (status.len == 0) {
        sc_vonage_ncco(event, id);

    } else if (sc_str_eq(sc_param(event, "direction"),
                         SC_STR("outbound")))
    {
        sc_vonage_outbound(event, id, status);

    } else {
        sc_vonage_inbound(event, id, status);
    }
}
