/*
 * sc_whatsapp_call.c: calls of customers and to customers: the field `calls`.
 *
 * A customer's call waits from when it rings.  It is answered when the brand
 * picks up, which is reported only at the end of the call; after a missed one,
 * when the brand writes, or calls back and the customer picks up.  A person who
 * picks up and a voice menu look the same.
 */

#include "sc_whatsapp.h"


/* One element of `calls`, or one of `statuses` that is about a call. */
typedef struct {
    const sc_whatsapp_t   *value;
    const sc_json_token_t *element;
    sc_str_t               raw;
    sc_str_t               id;
    sc_str_t               word;       /* event, or status */
    sc_str_t               brand;      /* its number, where it is told */
    sc_str_t               customer;
    sc_str_t               thread;
} sc_whatsapp_call_t;


/* What becomes of a call to a customer; ACCEPTED: picked up. */
static const sc_str_t sc_whatsapp_call_words[] = {
    SC_STR_INIT("RINGING"),
    SC_STR_INIT("ACCEPTED"),
    SC_STR_INIT("REJECTED")
};


static int64_t
sc_whatsapp_call_time(const sc_whatsapp_call_t *call, const char *name)
{
    return sc_meta_time(call->value->entry.callback, call->element,
                        sc_str_from_cstring(name));
}


static sc_mention_t *
sc_whatsapp_call_add(const sc_whatsapp_call_t *call, sc_direction_t direction)
{
    sc_mention_t *mention;

    mention = sc_meta_add_call(&call->value->entry, &sc_platform_whatsapp,
                               call->raw, direction, call->id, call->word);
    if (mention == NULL) {
        return NULL;
    }

    mention->thread = call->thread;
    sc_kit_set_sides(mention, call->brand, call->customer);
    sc_meta_set_created(&call->value->entry, mention,
                        sc_whatsapp_call_time(call, "timestamp"));

    return mention;
}


static void
sc_whatsapp_call_set_clock(const sc_whatsapp_call_t *call,
    sc_mention_t *mention)
{
    mention->clock_key = sc_meta_clock_key(&call->value->entry, mention,
                                           call->thread);
}


/* Somebody picked up: acceptance and end of a call both report that. */
static void
sc_whatsapp_call_answers(const sc_whatsapp_call_t *call,
    sc_mention_t *mention)
{
    sc_whatsapp_call_set_clock(call, mention);
    mention->no_answer = mention->clock_key.len == 0;
    mention->proof = sc_kit_join(call->value->entry.callback, call->id,
                                 SC_STR("/answered"));
}


static void
sc_whatsapp_call_rings(const sc_whatsapp_call_t *call)
{
    sc_mention_t          *mention;
    const sc_json_token_t *profile;

    mention = sc_whatsapp_call_add(call, call->customer.len == 0
                                         ? SC_DIRECTION_UNKNOWN
                                         : SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    mention->kind = SC_KIND_CALL;

    profile = sc_whatsapp_member(call->value,
                                 sc_whatsapp_contact(call->value,
                                                     call->customer),
                                 "profile");

    mention->author.name = sc_whatsapp_text(call->value, profile, "name");
    sc_whatsapp_call_set_clock(call, mention);
}


/* Only a call that was picked up has a start. */
static void
sc_whatsapp_call_ends(const sc_whatsapp_call_t *call, bool by_customer)
{
    int64_t       start_ms;
    sc_mention_t *mention;

    start_ms = sc_whatsapp_call_time(call, "start_time");

    mention = sc_whatsapp_call_add(call, by_customer && start_ms < 0
                                         ? SC_DIRECTION_IN : SC_DIRECTION_OUT);
    if (mention == NULL) {
        return;
    }

    mention->status = sc_whatsapp_text(call->value, call->element, "status");

    if (start_ms < 0) {
        return;
    }

    mention->duration_s = sc_callback_int(call->value->entry.callback,
                                          call->element, SC_STR("duration"));
    sc_meta_set_created(&call->value->entry, mention, start_ms);
    sc_whatsapp_call_answers(call, mention);
}


static void
sc_whatsapp_call_read(sc_whatsapp_call_t *call, const sc_whatsapp_t *value,
    const sc_json_token_t *element, const char *word)
{
    call->value = value;
    call->element = element;
    call->raw = sc_json_raw(value->entry.callback->json, element);
    call->id = sc_whatsapp_id(value, element, "id");
    call->word = sc_whatsapp_text(value, element, word);
    call->brand = SC_STR_NULL;
    call->customer = sc_whatsapp_person(value, element, "recipient_id",
                                        "recipient_user_id");
    call->thread = sc_whatsapp_thread(value, element, "recipient_id",
                                      "recipient_user_id");
}


void
sc_whatsapp_call_status(const sc_whatsapp_t *value,
    const sc_json_token_t *element)
{
    sc_mention_t       *mention;
    sc_whatsapp_call_t  call;

    sc_whatsapp_call_read(&call, value, element, "status");

    if (call.id.len == 0 || call.word.len == 0) {
        sc_meta_add_dead(&value->entry, SC_DEAD_MISSING_MEMBER, call.raw);
        return;
    }

    if (!sc_meta_is_one_of(sc_whatsapp_call_words, call.word)) {
        sc_meta_add_dead(&value->entry, SC_DEAD_UNKNOWN_OBJECT, call.raw);
        return;
    }

    mention = sc_whatsapp_call_add(&call, SC_DIRECTION_OUT);
    if (mention == NULL) {
        return;
    }

    mention->status = call.word;

    if (sc_str_eq(call.word, SC_STR("ACCEPTED"))) {
        sc_whatsapp_call_answers(&call, mention);
    }
}


void
sc_whatsapp_call(const sc_whatsapp_t *value, const sc_json_token_t *element)
{
    bool               by_customer;
    sc_str_t           from, to;
    sc_whatsapp_call_t call;

    sc_whatsapp_call_read(&call, value, element, "event");

    by_customer = !sc_str_eq(sc_whatsapp_text(value, element, "direction"),
                             SC_STR("BUSINESS_INITIATED"));
    from = sc_whatsapp_person(value, element, "from", "from_user_id");
    to = sc_whatsapp_person(value, element, "to", "to_user_id");

    call.brand = by_customer ? to : from;
    call.customer = by_customer ? from : to;
    call.thread = by_customer
                  ? sc_whatsapp_thread(value, element, "from", "from_user_id")
                  : sc_whatsapp_thread(value, element, "to", "to_user_id");

    if (call.id.len == 0 || call.word.len == 0) {
        sc_meta_add_dead(&value->entry, SC_DEAD_MISSING_MEMBER, call.raw);

    } else if (sc_str_eq(call.word, SC_STR("terminate"))) {
        sc_whatsapp_call_ends(&call, by_customer);

    } else if (!sc_str_eq(call.word, SC_STR("connect"))) {
        sc_meta_add_dead(&value->entry, SC_DEAD_UNKNOWN_OBJECT, call.raw);

    } else if (by_customer) {
        sc_whatsapp_call_rings(&call);
    }
}
