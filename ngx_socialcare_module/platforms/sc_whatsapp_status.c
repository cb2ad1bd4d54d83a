/*
 * sc_whatsapp_status.c: statuses of the brand's messages.
 *
 * A message sent through the API is seen only in statuses; `sent` is the
 * answer.  All statuses that prove one message was sent share one proof, also
 * with the echo of a message of the phone app, so that it counts once: with
 * the first to arrive, in case `sent` is late or missing.  Only some statuses
 * of a campaign say that it is one; the proof of these spoils the others.
 */

#include "sc_whatsapp.h"


/* Conversations that the brand started: a campaign is not an answer. */
static const sc_str_t sc_whatsapp_campaigns[] = {
    SC_STR_INIT("marketing"),
    SC_STR_INIT("marketing_lite"),
    SC_STR_INIT("utility"),
    SC_STR_INIT("authentication"),
    SC_STR_INIT("authentication_international"),
    SC_STR_INIT("business_initiated"),
    SC_STR_INIT("referral_conversion")
};


static const sc_str_t sc_whatsapp_proofs[] = {
    SC_STR_INIT("sent"),
    SC_STR_INIT("delivered"),
    SC_STR_INIT("read"),
    SC_STR_INIT("played")
};


sc_str_t
sc_whatsapp_proof(const sc_whatsapp_t *value, sc_str_t message)
{
    return sc_kit_join(value->entry.callback, message, SC_STR("/sent"));
}


/* The first error of an `errors` array, or NULL. */
static const sc_json_token_t *
sc_whatsapp_error(const sc_whatsapp_t *value, const sc_json_token_t *object)
{
    return sc_json_next(value->entry.callback->json,
                        sc_whatsapp_member(value, object, "errors"), NULL,
                        NULL);
}


static sc_str_t
sc_whatsapp_error_text(const sc_whatsapp_t *value,
    const sc_json_token_t *error)
{
    return sc_kit_either(sc_whatsapp_text(value, error, "title"),
                         sc_whatsapp_text(value, error, "message"));
}


static bool
sc_whatsapp_is_campaign(const sc_whatsapp_t *value,
    const sc_json_token_t *status)
{
    const sc_json_token_t *pricing, *conversation, *origin;

    pricing = sc_whatsapp_member(value, status, "pricing");
    conversation = sc_whatsapp_member(value, status, "conversation");
    origin = sc_whatsapp_member(value, conversation, "origin");

    return sc_meta_is_one_of(sc_whatsapp_campaigns,
                             sc_whatsapp_text(value, pricing, "category"))
           || sc_meta_is_one_of(sc_whatsapp_campaigns,
                                sc_whatsapp_text(value, origin, "type"));
}


/*
 * Of several statuses in one value the earliest counts, whatever their order.
 * True when there was one already.
 */
static bool
sc_whatsapp_merge_proof(const sc_whatsapp_t *value, const sc_mention_t *proof)
{
    sc_mention_t *mention;

    mention = value->before == NULL ? value->entry.callback->first
                                    : value->before->next;

    while (mention != NULL && !sc_str_eq(mention->proof, proof->proof)) {
        mention = mention->next;
    }

    if (mention == NULL) {
        return false;
    }

    mention->no_answer = mention->no_answer || proof->no_answer;

    if (proof->created_ms >= 0
        && (mention->created_ms < 0
            || proof->created_ms < mention->created_ms))
    {
        mention->created_ms = proof->created_ms;
        mention->created_is_delivery_time = proof->created_is_delivery_time;
        mention->event = proof->event;
        mention->status = proof->status;
        mention->raw = proof->raw;
    }

    return true;
}


static void
sc_whatsapp_add_proof(const sc_whatsapp_t *value,
    const sc_json_token_t *status, sc_mention_t *proof)
{
    sc_mention_t *mention;

    proof->event = sc_kit_join(value->entry.callback, proof->object,
                               SC_STR("/"), proof->status);
    proof->proof = sc_whatsapp_proof(value, proof->object);
    proof->no_answer = !value->entry.options->templates_answer
                       && sc_whatsapp_is_campaign(value, status);

    if (sc_whatsapp_merge_proof(value, proof)) {
        return;
    }

    mention = sc_meta_add(&value->entry, &sc_platform_whatsapp, proof->raw);
    if (mention == NULL) {
        return;
    }

    mention->kind = SC_KIND_STATUS;
    mention->direction = SC_DIRECTION_OUT;
    mention->is_public = SC_TRI_NO;
    mention->event = proof->event;
    mention->proof = proof->proof;
    mention->object = proof->object;
    mention->thread = proof->thread;
    mention->recipient = proof->recipient;
    mention->status = proof->status;
    mention->created_ms = proof->created_ms;
    mention->created_is_delivery_time = proof->created_is_delivery_time;
    mention->no_answer = proof->no_answer;
    mention->clock_key = sc_meta_clock_key(&value->entry, mention,
                                           proof->thread);
}


/* A report that answers nobody. */
static sc_mention_t *
sc_whatsapp_add_report(const sc_whatsapp_t *value, sc_str_t raw)
{
    sc_mention_t *mention;

    mention = sc_meta_add(&value->entry, &sc_platform_whatsapp, raw);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = SC_KIND_STATUS;
    mention->direction = SC_DIRECTION_NONE;
    mention->is_public = SC_TRI_NO;
    mention->no_answer = true;

    return mention;
}


/* Delivery failed: worth knowing. */
static void
sc_whatsapp_add_failure(const sc_whatsapp_t *value,
    const sc_json_token_t *status, const sc_mention_t *failed)
{
    sc_mention_t *mention;

    mention = sc_whatsapp_add_report(value, failed->raw);
    if (mention == NULL) {
        return;
    }

    mention->event = sc_kit_join(value->entry.callback, failed->object,
                                 SC_STR("/failed"));
    mention->object = failed->object;
    mention->thread = failed->thread;
    mention->recipient = failed->recipient;
    mention->status = failed->status;
    mention->created_ms = failed->created_ms;
    mention->created_is_delivery_time = failed->created_is_delivery_time;
    mention->text = sc_whatsapp_error_text(value,
                                           sc_whatsapp_error(value, status));
}


/*
 * What became of a payment that a message asked for: payment_captured,
 * payment_failed, …  It is not about delivery.  Each of several attempts may be
 * pending or fail.
 */
static void
sc_whatsapp_payment(const sc_whatsapp_t *value, const sc_json_token_t *element)
{
    sc_str_t       id, word;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = value->entry.callback;
    id = sc_whatsapp_id(value, element, "id");
    word = sc_whatsapp_text(value, element, "status");

    if (id.len == 0 || word.len == 0) {
        sc_meta_add_dead(&value->entry, SC_DEAD_MISSING_MEMBER,
                         sc_json_raw(callback->json, element));
        return;
    }

    mention = sc_whatsapp_add_report(value,
                                     sc_json_raw(callback->json, element));
    if (mention == NULL) {
        return;
    }

    mention->status = sc_kit_join(callback, SC_STR("payment_"), word);
    mention->event = sc_kit_join(callback, id, SC_STR("/"), mention->status,
                                 SC_STR("/"),
                                 sc_whatsapp_id(value, element, "timestamp"));
    mention->object = id;
    mention->thread = sc_kit_either(
                          sc_whatsapp_thread(value, element, "recipient_id",
                                             "recipient_user_id"),
                          sc_whatsapp_id(value, element, "from"));
    sc_meta_set_created(&value->entry, mention,
                        sc_meta_time(callback, element, SC_STR("timestamp")));
    sc_callback_add_extra(callback, mention, "reference",
                          sc_whatsapp_id(value,
                              sc_whatsapp_member(value, element, "payment"),
                              "reference_id"));
}


void
sc_whatsapp_status(const sc_whatsapp_t *value, const sc_json_token_t *element)
{
    sc_str_t       type;
    sc_mention_t   status;
    sc_callback_t *callback;

    callback = value->entry.callback;
    type = sc_whatsapp_text(value, element, "type");

    if (sc_str_eq(type, SC_STR("call"))) {
        sc_whatsapp_call_status(value, element);
        return;
    }

    if (sc_str_eq(type, SC_STR("payment"))) {
        sc_whatsapp_payment(value, element);
        return;
    }

    sc_mention_init(&status);

    status.raw = sc_json_raw(callback->json, element);
    status.object = sc_whatsapp_id(value, element, "id");
    status.status = sc_whatsapp_text(value, element, "status");
    status.thread = sc_whatsapp_thread(value, element, "recipient_id",
                                       "recipient_user_id");
    status.recipient = sc_whatsapp_person(value, element, "recipient_id",
                                          "recipient_user_id");
    sc_meta_set_created(&value->entry, &status,
                        sc_meta_time(callback, element, SC_STR("timestamp")));

    if (status.object.len == 0 || status.status.len == 0) {
        sc_meta_add_dead(&value->entry, SC_DEAD_MISSING_MEMBER, status.raw);

    } else if (sc_meta_is_one_of(sc_whatsapp_proofs, status.status)) {
        sc_whatsapp_add_proof(value, element, &status);

    } else if (sc_str_eq(status.status, SC_STR("failed"))) {
        sc_whatsapp_add_failure(value, element, &status);

    } else {
        sc_meta_add_dead(&value->entry, SC_DEAD_UNKNOWN_OBJECT, status.raw);
    }
}


/* An error of the account; it has no id, so it is reported once a day. */
void
sc_whatsapp_trouble(const sc_whatsapp_t *value, const sc_json_token_t *element)
{
    sc_str_t       code;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = value->entry.callback;
    code = sc_whatsapp_id(value, element, "code");

    mention = sc_meta_add_notice(&value->entry, &sc_platform_whatsapp,
                                 SC_STR("error"),
                                 sc_json_raw(callback->json, element));
    if (mention == NULL) {
        return;
    }

    mention->event = sc_meta_daily_event(callback, SC_STR("error"), code);
    mention->status = code;
    mention->text = sc_whatsapp_error_text(value, element);
    sc_meta_set_created(&value->entry, mention, -1);
}
