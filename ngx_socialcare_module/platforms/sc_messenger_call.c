/*
 * sc_messenger_call.c: calls in Messenger: the elements of an entry's `calls`.
 *
 * A customer's call waits from when it rings.  Its end says whether the brand
 * picked up, but names no person: so it is matched by the call's id, and not by
 * the customer's as messages are.  A missed call has to be closed.  A call to a
 * customer who picks up answers that customer's messages.
 */

#include "sc_messenger.h"


/* One element of `calls`. */
typedef struct {
    const sc_meta_entry_t *entry;
    const sc_platform_t   *platform;
    const sc_json_token_t *element;
    sc_str_t               raw;
    sc_str_t               id;
} sc_dm_call_t;


static sc_str_t
sc_dm_call_id(const sc_dm_call_t *call, const char *name)
{
    return sc_callback_id(call->entry->callback, call->element,
                          sc_str_from_cstring(name));
}


static int64_t
sc_dm_call_time(const sc_dm_call_t *call, const char *name)
{
    return sc_meta_time(call->entry->callback, call->element,
                        sc_str_from_cstring(name));
}


static sc_mention_t *
sc_dm_call_add(const sc_dm_call_t *call, sc_direction_t direction,
    sc_str_t customer, sc_str_t word)
{
    sc_mention_t *mention;

    mention = sc_meta_add_call(call->entry, call->platform, call->raw,
                               direction, call->id, word);
    if (mention == NULL) {
        return NULL;
    }

    mention->thread = customer;
    sc_kit_set_sides(mention, call->entry->account, customer);
    sc_meta_set_created(call->entry, mention,
                        sc_dm_call_time(call, "timestamp"));

    return mention;
}


static void
sc_dm_call_connect(const sc_dm_call_t *call)
{
    sc_str_t      from;
    sc_mention_t *mention;

    from = sc_dm_call_id(call, "from");

    if (sc_str_eq_nocase(sc_dm_call_id(call, "call_direction"),
                         SC_STR("business_initiated"))
        || sc_meta_is_own(call->entry, call->entry->account, from,
                          SC_STR_NULL))
    {
        return;
    }

    mention = sc_dm_call_add(call, from.len == 0 ? SC_DIRECTION_UNKNOWN
                                                 : SC_DIRECTION_IN,
                             from, SC_STR("connect"));
    if (mention != NULL) {
        mention->kind = SC_KIND_CALL;
        mention->clock_key = sc_meta_clock_key(call->entry, mention,
                                               call->id);
    }
}


/* Of a call to a customer: it rings, or the customer has picked up. */
static void
sc_dm_call_status(const sc_dm_call_t *call)
{
    sc_str_t      word, customer;
    sc_mention_t *mention;

    word = sc_dm_call_id(call, "call_status");
    customer = sc_dm_call_id(call, "recipient_id");

    mention = sc_dm_call_add(call, SC_DIRECTION_OUT, customer, word);
    if (mention == NULL) {
        return;
    }

    mention->status = word;

    if (sc_str_eq_nocase(word, SC_STR("accepted"))) {
        mention->clock_key = sc_meta_clock_key(call->entry, mention,
                                               customer);
        mention->no_answer = mention->clock_key.len == 0;
    }
}


/* Only a call that the brand picked up, or that was picked up, has lasted. */
static void
sc_dm_call_end(const sc_dm_call_t *call)
{
    int64_t       end_ms, duration_s;
    sc_mention_t *mention;

    duration_s = sc_callback_int(call->entry->callback, call->element,
                                 SC_STR("duration"));

    mention = sc_dm_call_add(call, duration_s > 0 ? SC_DIRECTION_OUT
                                                  : SC_DIRECTION_NONE,
                             SC_STR_NULL, SC_STR("terminate"));
    if (mention == NULL) {
        return;
    }

    mention->status = sc_dm_call_id(call, "status");

    if (duration_s <= 0) {
        return;
    }

    end_ms = sc_dm_call_time(call, "end_time");

    mention->duration_s = duration_s;
    mention->no_answer = false;
    mention->clock_key = sc_meta_clock_key(call->entry, mention, call->id);
    sc_meta_set_created(call->entry, mention,
                        sc_kit_pick_up_ms(end_ms >= 0 ? end_ms
                                                      : mention->created_ms,
                                          duration_s));
}


void
sc_messenger_call(const sc_meta_entry_t *entry, const sc_platform_t *platform,
    const sc_json_token_t *element, sc_str_t raw)
{
    size_t       i;
    sc_str_t     event;
    sc_dm_call_t call;

    static const struct {
        sc_str_t name;
        void   (*read)(const sc_dm_call_t *call);
    } events[] = {
        { SC_STR_INIT("connect"), sc_dm_call_connect },
        { SC_STR_INIT("call_status"), sc_dm_call_status },
        { SC_STR_INIT("terminate"), sc_dm_call_end },
        { SC_STR_INIT("media_update"), NULL }   /* how to go on sending */
    };

    call.entry = entry;
    call.platform = platform;
    call.element = element;
    call.raw = raw;
    call.id = sc_dm_call_id(&call, "id");
    event = sc_dm_call_id(&call, "event");

    if (call.id.len == 0 || event.len == 0) {
        sc_meta_add_dead(entry, SC_DEAD_MISSING_MEMBER, raw);
        return;
    }

    for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (!sc_str_eq(events[i].name, event)) {
            continue;
        }

        if (events[i].read != NULL) {
            events[i].read(&call);
        }

        return;
    }

    sc_meta_add_dead(entry, SC_DEAD_UNKNOWN_OBJECT, raw);
}
