/*
 * sc_twilio.c: Twilio: SMS, WhatsApp and other messages, calls, recordings,
 * transcriptions, and the status of the brand's own messages and calls.
 *
 * Only requests of Conversations (sc_twilio_conversation.c) have an event name:
 * the parameters of all others show what they are.  They are in a form, in the
 * query of a GET, or in a flat JSON object.  The receiver's URL may add its own
 * From and To for callbacks that lack them (recordings): the query is signed as
 * part of the URL.
 *
 * The clock: a wait begins when a message or call arrives and is matched by
 * brand number and customer's address, for calls and SMS alike, so that an
 * SMS answers a missed call.  Key: twilio:<brand number>:<customer>; a
 * withheld number is replaced by the call's id.  Answers are: a message that
 * was sent, a <Dial> on which somebody talked, an <Enqueue> from which somebody
 * took the call, an answered call to the customer.  That an incoming call was
 * answered or completed proves nothing: a recording answers, too.  A recording
 * that does not say whose it is starts no wait: the call did.
 *
 * Options (text/xml answers, <Response>…</Response>):
 *
 *   twiml=XML         what a caller hears; default: nothing, hangs up
 *   message_twiml=XML answer to a message; default: none
 *   after=XML         how a call continues after <Gather>, <Dial>, <Record>
 *   identities=staff  Conversations: who uses an app is staff; =customers (the
 *                     default): a customer, unless configured
 */

#include "sc_registry.h"
#include "sc_twilio.h"


#define SC_TWILIO_EMPTY                                                       \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response></Response>"

/* Longer than any prefix of an address: whatsapp:, messenger:, rcs: */
#define SC_TWILIO_MAX_PREFIX  16


static const sc_verify_scheme_t sc_twilio_scheme = {
    .kind = SC_SCHEME_FORM_SORTED,
    .digest = SC_DIGEST_SHA1,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Twilio-Signature") },
    .encoding = SC_SIGNATURE_BASE64
};


/* What Twilio sends for a caller who hides the number. */
static const sc_str_t sc_twilio_withheld[] = {
    SC_STR_INIT("+266696687"),         /* ANONYMOUS on a dial */
    SC_STR_INIT("+7378742833"),        /* RESTRICTED */
    SC_STR_INIT("+17378742833"),
    SC_STR_INIT("+2562533"),           /* BLOCKED */
    SC_STR_INIT("+12562533"),
    SC_STR_INIT("+8656696"),           /* UNKNOWN */
    SC_STR_INIT("+18656696"),
    SC_STR_INIT("+86282452253")        /* UNAVAILABLE */
};


static const sc_str_t sc_twilio_proofs[] = {
    SC_STR_INIT("sent"), SC_STR_INIT("delivered"), SC_STR_INIT("read")
};


/* Answers. */


void
sc_twilio_answer_xml(const sc_twilio_t *event, sc_str_t xml)
{
    sc_answer_t *answer;

    answer = &event->callback->answer;

    answer->status = 200;
    answer->content_type = SC_STR("text/xml");
    answer->body = xml.len != 0 ? xml : SC_STR(SC_TWILIO_EMPTY);
}


/* Addresses. */


size_t
sc_twilio_prefix(sc_str_t address)
{
    size_t at, i;

    at = sc_str_find_byte(address, ':');

    if (at == address.len || at > SC_TWILIO_MAX_PREFIX) {
        return 0;
    }

    for (i = 0; i < at; i++) {
        if (address.data[i] < 'a' || address.data[i] > 'z') {
            return 0;
        }
    }

    return at + 1;
}


static sc_str_t
sc_twilio_bare(sc_str_t address)
{
    return sc_str_from(address, sc_twilio_prefix(address));
}


bool
sc_twilio_is_own(const sc_twilio_t *event, sc_str_t address)
{
    const sc_source_t *source;

    source = event->callback->source;

    return sc_source_is_own(source, SC_STR_NULL, address)
           || sc_source_is_own(source, SC_STR_NULL, sc_twilio_bare(address));
}


bool
sc_twilio_is_withheld(sc_str_t address)
{
    return sc_kit_is_withheld(address)
           || sc_kit_is_one_of(sc_twilio_withheld, address);
}


/* Set for every mention. */
void
sc_twilio_set_parties(const sc_twilio_t *event, sc_mention_t *mention,
    sc_str_t scheme, sc_str_t brand, sc_str_t customer)
{
    sc_callback_t *callback;

    callback = event->callback;

    mention->account = sc_kit_either(sc_twilio_bare(brand),
                           sc_kit_either(sc_kit_account(callback->source),
                                         sc_param(event, "AccountSid")));

    mention->thread = sc_kit_pair_thread(callback, scheme,
                                         sc_twilio_bare(brand),
                                         sc_twilio_bare(customer));
    sc_kit_set_sides(mention, brand, customer);
}


void
sc_twilio_set_clock(const sc_twilio_t *event, sc_mention_t *mention,
    sc_str_t customer)
{
    if (sc_twilio_is_withheld(customer)) {
        customer = sc_param(event, "CallSid");
    }

    mention->clock_key = sc_kit_clock_key(event->callback, mention, customer);
    mention->no_answer = mention->direction == SC_DIRECTION_OUT
                         && mention->clock_key.len == 0;
}


sc_mention_t *
sc_twilio_add(const sc_twilio_t *event, sc_kind_t kind, sc_channel_t channel,
    sc_direction_t direction)
{
    return sc_kit_add_private(event->callback, event->raw, kind, channel,
                              direction);
}


void
sc_twilio_dead(const sc_twilio_t *event, sc_dead_reason_t reason)
{
    sc_callback_add_dead(event->callback, reason, event->raw);
}


/* Messages. */


static sc_str_t
sc_twilio_message_id(const sc_twilio_t *event)
{
    return sc_kit_either(sc_param(event, "MessageSid"),
               sc_params_either(&event->params, SC_STR("SmsSid"),
                                SC_STR("SmsMessageSid")));
}


/* Returns sms, whatsapp, …, and sets the record's channel. */
static sc_str_t
sc_twilio_message_scheme(sc_str_t address, sc_channel_t *channel)
{
    size_t prefix;

    prefix = sc_twilio_prefix(address);
    *channel = prefix == 0 ? SC_CHANNEL_SMS : SC_CHANNEL_MESSAGING;

    return prefix == 0 ? SC_STR("sms") : sc_str_first(address, prefix - 1);
}


static void
sc_twilio_add_media(const sc_twilio_t *event, sc_mention_t *mention)
{
    size_t   i;
    int64_t  count;
    sc_str_t url;

    count = sc_params_int(&event->params, SC_STR("NumMedia"));

    for (i = 0; i < SC_KIT_MAX_MEDIA && (int64_t) i < count; i++) {
        url = sc_params_numbered(&event->params, SC_STR("MediaUrl"), i);

        if (url.len != 0) {
            sc_callback_add_media(event->callback, mention,
                sc_params_numbered(&event->params,
                                   SC_STR("MediaContentType"), i),
                url, SC_STR_NULL);
        }
    }
}


/* The content where there is no text: a button, a place. */
static void
sc_twilio_add_text(const sc_twilio_t *event, sc_mention_t *mention)
{
    sc_str_t latitude, longitude;

    latitude = sc_param(event, "Latitude");
    longitude = sc_param(event, "Longitude");

    mention->text = sc_kit_either(sc_param(event, "Body"),
                        sc_params_either(&event->params, SC_STR("ButtonText"),
                                         SC_STR("ButtonPayload")));

    if (latitude.len == 0 || longitude.len == 0) {
        return;
    }

    mention->text = sc_kit_either(mention->text,
                        sc_params_either(&event->params, SC_STR("Address"),
                                         SC_STR("Label")));
    sc_callback_add_media(event->callback, mention, SC_STR("location"),
                          SC_STR_NULL,
                          sc_kit_join(event->callback, latitude, SC_STR(","),
                                      longitude));
}


/*
 * With Advanced Opt-Out, Twilio has answered these words already.  After STOP
 * the number gets no more messages.  HELP may still want a person.
 */
static void
sc_twilio_opt_out(const sc_twilio_t *event, sc_mention_t *mention)
{
    sc_str_t type;

    type = sc_param(event, "OptOutType");

    if (sc_str_eq(type, SC_STR("STOP"))) {
        mention->ends = "deleted_by_author";

    } else if (sc_str_eq(type, SC_STR("START"))) {
        mention->clock_key = SC_STR_NULL;

    } else {
        return;
    }

    mention->kind = SC_KIND_STATUS;
    mention->status = type;
}


static void
sc_twilio_message(const sc_twilio_t *event, sc_str_t id)
{
    sc_str_t      scheme;
    sc_channel_t  channel;
    sc_mention_t *mention;

    sc_twilio_answer_xml(event, event->options->message);

    if (event->from.len == 0 || event->to.len == 0) {
        sc_twilio_dead(event, SC_DEAD_MISSING_MEMBER);
        return;
    }

    scheme = sc_twilio_message_scheme(event->from, &channel);

    mention = sc_twilio_add(event, SC_KIND_MESSAGE, channel,
                            SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    mention->event = id;
    mention->object = id;
    mention->parent = sc_param(event, "OriginalRepliedMessageSid");
    mention->author.name = sc_param(event, "ProfileName");
    sc_callback_add_extra(event->callback, mention, "country",
                          sc_param(event, "FromCountry"));
    sc_twilio_add_text(event, mention);
    sc_twilio_add_media(event, mention);
    sc_twilio_set_parties(event, mention, scheme, event->to, event->from);
    sc_twilio_set_clock(event, mention, event->from);
    sc_twilio_opt_out(event, mention);
}


static void
sc_twilio_message_status(const sc_twilio_t *event, sc_str_t id,
    sc_str_t status)
{
    sc_str_t      scheme;
    sc_channel_t  channel;
    sc_mention_t *mention;

    scheme = sc_twilio_message_scheme(sc_kit_either(event->from, event->to),
                                      &channel);

    mention = sc_twilio_add(event, SC_KIND_STATUS, channel, SC_DIRECTION_OUT);
    if (mention == NULL) {
        return;
    }

    mention->event = sc_kit_join(event->callback, id, SC_STR(":"), status);
    mention->object = id;
    mention->status = status;
    sc_twilio_set_parties(event, mention, scheme, event->from, event->to);

    /* Several may report that one message was sent: the first one answers. */
    if (sc_kit_is_one_of(sc_twilio_proofs, status)) {
        mention->proof = sc_kit_join(event->callback, id, SC_STR(":sent"));
        sc_twilio_set_clock(event, mention, event->to);
    }
}


static void
sc_twilio_any_message(const sc_twilio_t *event, sc_str_t id)
{
    sc_str_t status;

    status = sc_params_either(&event->params, SC_STR("MessageStatus"),
                              SC_STR("SmsStatus"));

    if (status.len != 0 && !sc_str_eq(status, SC_STR("received"))
        && !sc_str_eq(status, SC_STR("receiving")))
    {
        sc_twilio_message_status(event, id, status);
        return;
    }

    sc_twilio_message(event, id);
}


/* Order matters: a transcription has all parameters of recording and call. */
static void
sc_twilio_choose(const sc_twilio_t *event)
{
    sc_str_t message, recording, transcription, call;

    transcription = sc_param(event, "TranscriptionSid");
    message = sc_twilio_message_id(event);
    recording = sc_param(event, "RecordingSid");
    call = sc_param(event, "CallSid");

    if (sc_twilio_is_conversation(event)) {
        sc_twilio_conversation(event);
        return;
    }

    if (sc_twilio_is_aside(event)) {
        return;
    }

    if (transcription.len != 0) {
        sc_twilio_transcription(event, transcription);

    } else if (recording.len != 0) {
        sc_twilio_recording(event, recording);

    } else if (message.len != 0) {
        sc_twilio_any_message(event, message);

    } else if (call.len != 0) {
        sc_twilio_any_call(event, call);

    } else {
        sc_twilio_dead(event, SC_DEAD_UNKNOWN_OBJECT);
    }
}


static sc_parse_result_t
sc_twilio_parse(sc_callback_t *callback)
{
    sc_twilio_t       event;
    sc_parse_result_t result;

    event.callback = callback;
    event.options = callback->source->options;
    event.raw = sc_kit_either(callback->request->body,
                              callback->request->query);

    result = sc_params_read(callback, &event.params);
    if (result != SC_PARSE_OK) {
        return result;
    }

    event.from = sc_params_either(&event.params, SC_STR("From"),
                                  SC_STR("Caller"));
    event.to = sc_params_either(&event.params, SC_STR("To"),
                                SC_STR("Called"));
    sc_twilio_choose(&event);

    return SC_PARSE_OK;
}


/* Enough to catch a forgotten quote in the configuration. */
static bool
sc_twilio_is_response(sc_str_t xml)
{
    xml = sc_str_trim(xml);

    return sc_str_starts_with(xml, SC_STR("<"))
           && sc_str_contains(xml, SC_STR("<Response"))
           && (sc_str_ends_with(xml, SC_STR("</Response>"))
               || sc_str_ends_with(xml, SC_STR("<Response/>")));
}


static const char *
sc_twilio_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_str_t            *place;
    sc_twilio_options_t *options;

    (void) arena;

    options = data;

    if (sc_str_eq(name, SC_STR("identities"))) {
        return sc_kit_set_choice(&options->staff, value, "customers", "staff",
                                 "identities= is either customers or staff");
    }

    if (sc_str_eq(name, SC_STR("twiml"))) {
        place = &options->call;

    } else if (sc_str_eq(name, SC_STR("message_twiml"))) {
        place = &options->message;

    } else if (sc_str_eq(name, SC_STR("after"))) {
        place = &options->after;

    } else {
        return "unknown option: twilio knows twiml=, message_twiml=, after= "
               "and identities=";
    }

    *place = value;

    return sc_twilio_is_response(value)
           ? NULL : "this option is a whole TwiML document: "
                    "<Response>...</Response>, in quotes if it has spaces";
}


const sc_platform_t sc_platform_twilio = {
    .name = SC_STR_INIT("twilio"),
    .channel = SC_CHANNEL_SMS,
    .success = { .status = 204 },
    .get_is_event = true,
    .scheme = &sc_twilio_scheme,
    .parse = sc_twilio_parse,
    .options_size = sizeof(sc_twilio_options_t),
    .set_option = sc_twilio_set_option
};
