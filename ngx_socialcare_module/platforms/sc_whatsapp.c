/*
 * sc_whatsapp.c: WhatsApp Cloud API: one change, and the lists in its value:
 * what customers write, what the brand wrote in the phone app (echoes), the
 * statuses of the brand's messages, calls, and errors of the account.
 *
 * A conversation is one customer (or group) with one number of the brand, so
 * the wait is matched by the id of that number and the customer's.  Customers
 * have an id within the business, and mostly a number, which may be missing in
 * what they write and told when they are answered, or the other way round.
 */

#include "sc_whatsapp.h"


const sc_platform_t sc_platform_whatsapp =
    SC_META_PLATFORM("whatsapp", SC_CHANNEL_MESSAGING, NULL);


static const sc_str_t sc_whatsapp_message_fields[] = {
    SC_STR_INIT("messages"),
    SC_STR_INIT("smb_message_echoes"),
    SC_STR_INIT("message_echoes"),
    SC_STR_INIT("standby"),
    SC_STR_INIT("calls")
};


/*
 * Documented, but without new messages.  `history` holds old messages that are
 * imported when a number joins: they must never look new.
 */
static const sc_str_t sc_whatsapp_ignored_fields[] = {
    SC_STR_INIT("history"),
    SC_STR_INIT("smb_app_state_sync"),
    SC_STR_INIT("account_*"),
    SC_STR_INIT("phone_number_*"),
    SC_STR_INIT("message_template_*"),
    SC_STR_INIT("template_*"),
    SC_STR_INIT("user_preferences"),
    SC_STR_INIT("user_id_update"),
    SC_STR_INIT("security"),
    SC_STR_INIT("business_*"),
    SC_STR_INIT("group_*"),
    SC_STR_INIT("flows"),
    SC_STR_INIT("messaging_handovers"),
    SC_STR_INIT("partner_solutions"),
    SC_STR_INIT("payment_configuration_update"),
    SC_STR_INIT("tracking_events"),
    SC_STR_INIT("automatic_events")
};


const sc_json_token_t *
sc_whatsapp_member(const sc_whatsapp_t *value, const sc_json_token_t *object,
    const char *name)
{
    return sc_json_get(value->entry.callback->json, object,
                       sc_str_from_cstring(name));
}


sc_str_t
sc_whatsapp_id(const sc_whatsapp_t *value, const sc_json_token_t *object,
    const char *name)
{
    return sc_callback_id(value->entry.callback, object,
                          sc_str_from_cstring(name));
}


sc_str_t
sc_whatsapp_text(const sc_whatsapp_t *value, const sc_json_token_t *object,
    const char *name)
{
    return sc_callback_text(value->entry.callback, object,
                            sc_str_from_cstring(name));
}


sc_str_t
sc_whatsapp_person(const sc_whatsapp_t *value, const sc_json_token_t *object,
    const char *number, const char *user)
{
    return sc_kit_either(sc_whatsapp_id(value, object, number),
                         sc_whatsapp_id(value, object, user));
}


static const struct {
    const char *name;
    void      (*handle)(const sc_whatsapp_t *value,
                        const sc_json_token_t *element);
} sc_whatsapp_lists[] = {
    { "messages", sc_whatsapp_incoming },
    { "statuses", sc_whatsapp_status },
    { "message_echoes", sc_whatsapp_echo },
    { "calls", sc_whatsapp_call },
    { "errors", sc_whatsapp_trouble }
};

#define SC_WHATSAPP_LISTS                                                     \
    (sizeof(sc_whatsapp_lists) / sizeof(sc_whatsapp_lists[0]))


static void
sc_whatsapp_walk(const sc_whatsapp_t *value, const sc_json_token_t *list,
    void (*handle)(const sc_whatsapp_t *value,
    const sc_json_token_t *element))
{
    sc_callback_t         *callback;
    const sc_json_token_t *element;

    callback = value->entry.callback;

    for (element = sc_json_next(callback->json, list, NULL, NULL);
         element != NULL && !callback->too_large;
         element = sc_json_next(callback->json, list, element, NULL))
    {
        if (!sc_json_is(element, SC_JSON_OBJECT)) {
            sc_meta_add_dead(&value->entry, SC_DEAD_SHAPE,
                             sc_json_raw(callback->json, element));
            continue;
        }

        handle(value, element);
    }
}


static void
sc_whatsapp_value(const sc_whatsapp_t *value, sc_str_t raw)
{
    bool                   known;
    size_t                 i;
    const sc_json_token_t *list;

    known = false;

    for (i = 0; i < SC_WHATSAPP_LISTS; i++) {
        list = sc_whatsapp_member(value, value->value,
                                  sc_whatsapp_lists[i].name);

        if (list == NULL || sc_json_is(list, SC_JSON_NULL)) {
            continue;
        }

        known = true;

        if (sc_json_is(list, SC_JSON_ARRAY)) {
            sc_whatsapp_walk(value, list, sc_whatsapp_lists[i].handle);

        } else {
            sc_meta_add_dead(&value->entry, SC_DEAD_SHAPE, raw);
        }
    }

    if (!known) {
        sc_meta_add_dead(&value->entry, SC_DEAD_MISSING_MEMBER, raw);
    }
}


void
sc_whatsapp_change(const sc_meta_entry_t *entry, sc_str_t field,
    const sc_json_token_t *token, sc_str_t raw)
{
    sc_str_t      number;
    sc_whatsapp_t value;

    if (sc_meta_is_one_of(sc_whatsapp_ignored_fields, field)) {
        return;
    }

    if (!sc_meta_is_one_of(sc_whatsapp_message_fields, field)) {
        sc_meta_add_dead(entry, SC_DEAD_UNKNOWN_OBJECT, raw);
        return;
    }

    value.entry = *entry;
    value.entry.standby = sc_str_eq(field, SC_STR("standby"));
    value.value = token;
    value.contacts = sc_whatsapp_member(&value, token, "contacts");
    value.before = entry->callback->last;

    number = sc_whatsapp_id(&value,
                            sc_whatsapp_member(&value, token, "metadata"),
                            "phone_number_id");

    value.entry.account = sc_kit_either(number, entry->account);

    sc_whatsapp_value(&value, raw);
}
