/*
 * sc_sinch_call.c: callbacks of Sinch's Voice API; see sc_sinch.c for how they
 * are verified.
 *
 * An incoming call (ice) waits until somebody calls or writes back; that it
 * was answered proves nothing, because a menu answers, too.  The end (dice) of
 * a call that one of the brand's numbers (socialcare_account) made and that was
 * answered ends the wait.  Members are those of Sinch's reference as public
 * code reads it; no sample of Sinch's own was available.
 *
 * Clock key: sinch:<brand's number>:<customer's>, without plus signs: the two
 * events do not spell numbers alike.
 */

#include "sc_sinch.h"


typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *root;
    sc_str_t               id;
    sc_str_t               from;
    sc_str_t               to;
} sc_sinch_call_t;


/* Requests during a call: nothing to report. */
static const sc_str_t sc_sinch_quiet[] = {
    SC_STR_INIT("ace"), SC_STR_INIT("pie"), SC_STR_INIT("notify")
};


static sc_str_t
sc_sinch_call_text(const sc_sinch_call_t *call, const char *name)
{
    return sc_callback_id(call->callback, call->root,
                          sc_str_from_cstring(name));
}


static sc_str_t
sc_sinch_number(sc_str_t number)
{
    return sc_str_from(number, sc_str_starts_with(number, SC_STR("+")) ? 1
                                                                      : 0);
}


static bool
sc_sinch_number_is_own(const sc_sinch_call_t *call, sc_str_t number)
{
    size_t             i;
    const sc_source_t *source;

    source = call->callback->source;

    for (i = 0; i < source->accounts_count && number.len != 0; i++) {
        if (sc_str_eq(sc_sinch_number(source->accounts[i]), number)) {
            return true;
        }
    }

    return false;
}


static sc_mention_t *
sc_sinch_add_call(const sc_sinch_call_t *call, sc_kind_t kind,
    sc_direction_t direction)
{
    bool          out;
    sc_str_t      brand, customer;
    sc_mention_t *mention;

    out = direction == SC_DIRECTION_OUT;
    brand = out ? call->from : call->to;
    customer = out ? call->to : call->from;

    mention = sc_kit_add_private(call->callback,
                                 call->callback->request->body, kind,
                                 SC_CHANNEL_VOICE, direction);
    if (mention == NULL) {
        return NULL;
    }

    mention->account = sc_kit_either(brand, mention->account);
    mention->object = call->id;
    mention->thread = sc_kit_pair_thread(call->callback, SC_STR("tel"), brand,
                                         customer);
    sc_kit_set_sides(mention, brand, customer);
    sc_kit_set_created(call->callback, mention,
                       sc_kit_text_time(call->callback, call->root,
                                        SC_STR("timestamp"),
                                        SC_TIME_ISO8601));

    return mention;
}


/* The reply decides what the caller hears. */
static void
sc_sinch_incoming(const sc_sinch_call_t *call)
{
    sc_answer_t              *answer;
    sc_mention_t             *mention;
    const sc_sinch_options_t *options;

    options = call->callback->source->options;
    answer = &call->callback->answer;

    answer->content_type = SC_STR("application/json");
    answer->body = sc_kit_either(options->svaml,
                       SC_STR("{\"action\":{\"name\":\"hangup\"}}"));

    mention = sc_sinch_add_call(call, SC_KIND_CALL,
                                sc_kit_is_withheld(call->from)
                                ? SC_DIRECTION_UNKNOWN : SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    mention->event = call->id;
    sc_kit_set_clock(call->callback, mention,
                     sc_kit_is_withheld(call->from) ? call->id : call->from);
}


static void
sc_sinch_ended(const sc_sinch_call_t *call)
{
    bool          own;
    sc_str_t      result;
    sc_mention_t *mention;

    own = sc_sinch_number_is_own(call, call->from);

    mention = sc_sinch_add_call(call, SC_KIND_STATUS,
                                own ? SC_DIRECTION_OUT : SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    result = sc_sinch_call_text(call, "result");

    mention->event = sc_kit_join(call->callback, call->id, SC_STR(":ended"));
    mention->status = result;
    mention->duration_s = sc_callback_int(call->callback, call->root,
                                          SC_STR("duration"));

    if (own && sc_str_eq(result, SC_STR("ANSWERED"))) {
        mention->created_ms = sc_kit_pick_up_ms(mention->created_ms,
                                                mention->duration_s);
        mention->clock_key = sc_kit_clock_key(call->callback, mention,
                                              call->to);
        mention->no_answer = mention->clock_key.len == 0;
    }
}


sc_parse_result_t
sc_sinch_call(sc_callback_t *callback, sc_str_t event)
{
    sc_sinch_call_t call;

    call.callback = callback;
    call.root = sc_json_root(callback->json);
    call.id = sc_sinch_call_text(&call, "callid");
    call.from = sc_sinch_number(
        sc_kit_either(sc_sinch_call_text(&call, "cli"),
                      sc_sinch_call_text(&call, "from")));
    call.to = sc_sinch_number(
        sc_callback_id(callback,
                       sc_kit_object(callback, call.root, SC_STR("to")),
                       SC_STR("endpoint")));

    if (sc_kit_is_one_of(sc_sinch_quiet, event)) {
        return SC_PARSE_OK;
    }

    if (!sc_str_eq(event, SC_STR("ice")) && !sc_str_eq(event, SC_STR("dice")))
    {
        return sc_kit_die(callback, SC_DEAD_UNKNOWN_OBJECT);
    }

    if (call.id.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (sc_str_eq(event, SC_STR("ice"))) {
        sc_sinch_incoming(&call);

    } else {
        sc_sinch_ended(&call);
    }

    return SC_PARSE_OK;
}
