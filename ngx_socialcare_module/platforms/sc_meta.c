/*
 * sc_meta.c: Meta's envelope: `object` names the product, `entry` holds the
 * deliveries, each of them `changes`, `messaging`, `standby`, `calls`, or one
 * change flat in the entry.  Every piece goes to its product's file.
 *
 * One bad piece goes to `dead` and the rest is processed: an answer other than
 * 200 would make Meta repeat the whole batch.
 */

#include "sc_meta.h"


#define SC_META_DAY_MS       86400000


typedef void (*sc_meta_change_fn)(const sc_meta_entry_t *entry,
    sc_str_t field, const sc_json_token_t *value, sc_str_t raw);


typedef void (*sc_meta_private_fn)(const sc_meta_entry_t *entry,
    const sc_platform_t *platform, const sc_json_token_t *element,
    sc_str_t raw);


/* A value of `object`. */
typedef struct {
    sc_str_t             object;
    sc_meta_change_fn    change;       /* NULL: acknowledged and ignored */
    const sc_platform_t *messages;     /* whose private messages; NULL none */
    const sc_platform_t *platform;     /* for notices */
} sc_meta_product_t;


static const sc_meta_product_t sc_meta_products[] = {
    { SC_STR_INIT("page"), sc_facebook_change,
      &sc_platform_messenger, &sc_platform_facebook },
    { SC_STR_INIT("instagram"), sc_instagram_change,
      &sc_platform_instagram, &sc_platform_instagram },
    { SC_STR_INIT("whatsapp_business_account"), sc_whatsapp_change,
      NULL, &sc_platform_whatsapp },
    { SC_STR_INIT("permissions"), NULL, NULL, NULL },
    { SC_STR_INIT("user"), NULL, NULL, NULL }
};

#define SC_META_PRODUCTS                                                      \
    (sizeof(sc_meta_products) / sizeof(sc_meta_products[0]))


static const sc_meta_options_t sc_meta_default_options;


const sc_platform_t sc_platform_meta =
    SC_META_PLATFORM("meta", SC_CHANNEL_SOCIAL, NULL);


sc_mention_t *
sc_meta_add(const sc_meta_entry_t *entry, const sc_platform_t *platform,
    sc_str_t raw)
{
    sc_mention_t *mention;

    mention = sc_callback_add(entry->callback);
    if (mention == NULL) {
        return NULL;
    }

    mention->platform = platform->name;
    mention->channel = platform->channel;
    mention->account = entry->account;
    mention->raw = raw;

    if (entry->standby) {
        mention->status = SC_STR("standby");
    }

    return mention;
}


sc_mention_t *
sc_meta_add_notice(const sc_meta_entry_t *entry,
    const sc_platform_t *platform, sc_str_t notice, sc_str_t raw)
{
    sc_mention_t *mention;

    mention = sc_meta_add(entry, platform, raw);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = SC_KIND_NOTICE;
    mention->notice = notice;
    mention->direction = SC_DIRECTION_NONE;
    mention->is_public = SC_TRI_NO;

    return mention;
}


sc_mention_t *
sc_meta_add_call(const sc_meta_entry_t *entry, const sc_platform_t *platform,
    sc_str_t raw, sc_direction_t direction, sc_str_t id, sc_str_t word)
{
    sc_mention_t *mention;

    mention = sc_meta_add(entry, platform, raw);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = SC_KIND_STATUS;
    mention->channel = SC_CHANNEL_VOICE;
    mention->direction = direction;
    mention->is_public = SC_TRI_NO;
    mention->event = sc_kit_join(entry->callback, id, SC_STR("/"), word);
    mention->object = id;
    mention->no_answer = direction == SC_DIRECTION_OUT;

    return mention;
}


sc_str_t
sc_meta_daily_event(sc_callback_t *callback, sc_str_t what, sc_str_t detail)
{
    sc_buf_t      buf;
    unsigned char digits[24];

    sc_buf_init_fixed(&buf, digits, sizeof(digits));
    sc_buf_append_int(&buf, callback->now_ms / SC_META_DAY_MS);

    return sc_kit_join(callback, what, SC_STR("/"), detail, SC_STR("/"),
                       sc_buf_str(&buf));
}


int64_t
sc_meta_time(sc_callback_t *callback, const sc_json_token_t *object,
    sc_str_t name)
{
    return sc_time_guess_ms(sc_callback_int(callback, object, name));
}


void
sc_meta_set_created(const sc_meta_entry_t *entry, sc_mention_t *mention,
    int64_t ms)
{
    mention->created_ms = ms;

    if (ms < 0 && entry->sent_ms >= 0) {
        mention->created_ms = entry->sent_ms;
        mention->created_is_delivery_time = true;
    }
}


sc_str_t
sc_meta_clock_key(const sc_meta_entry_t *entry, const sc_mention_t *mention,
    sc_str_t key)
{
    return sc_kit_clock_key(entry->callback, mention, key);
}


bool
sc_meta_is_own(const sc_meta_entry_t *entry, sc_str_t account, sc_str_t id,
    sc_str_t handle)
{
    const sc_source_t *source;

    source = entry->callback->source;

    return sc_source_is_own(source, account, id)
           || sc_source_has_handle(source, handle);
}


void
sc_meta_add_dead(const sc_meta_entry_t *entry, sc_dead_reason_t reason,
    sc_str_t raw)
{
    sc_callback_add_dead(entry->callback, reason, raw);
}


bool
sc_meta_in(const sc_str_t *names, size_t count, sc_str_t name)
{
    size_t   i;
    sc_str_t start;

    for (i = 0; i < count; i++) {
        start = sc_str_first(names[i], names[i].len - 1);

        if (names[i].data[start.len] == '*'
            ? sc_str_starts_with(name, start)
            : sc_str_eq(names[i], name))
        {
            return true;
        }
    }

    return false;
}


static void
sc_meta_walk_change(const sc_meta_entry_t *entry,
    const sc_meta_product_t *product, const sc_json_token_t *change)
{
    sc_str_t               field, raw;
    sc_callback_t         *callback;
    const sc_json_token_t *value;

    callback = entry->callback;
    raw = sc_json_raw(callback->json, change);

    if (!sc_json_is(change, SC_JSON_OBJECT)) {
        sc_meta_add_dead(entry, SC_DEAD_SHAPE, raw);
        return;
    }

    /* Page settings come without a value: there is nothing to keep. */
    value = sc_json_get_set(callback->json, change, SC_STR("value"));
    if (value == NULL) {
        return;
    }

    field = sc_callback_text(callback, change, SC_STR("field"));

    if (!sc_json_is(value, SC_JSON_OBJECT)) {
        sc_meta_add_dead(entry, SC_DEAD_SHAPE, raw);

    } else if (field.len == 0) {
        sc_meta_add_dead(entry, SC_DEAD_MISSING_MEMBER, raw);

    } else if (product->messages != NULL && sc_messenger_is_field(field)) {
        sc_messenger_event(entry, product->messages, value, raw);

    } else {
        product->change(entry, field, value, raw);
    }
}


/* Private messages and calls come in lists of their own. */
static void
sc_meta_walk_private(const sc_meta_entry_t *entry,
    const sc_meta_product_t *product, const sc_json_token_t *element,
    sc_meta_private_fn handle)
{
    sc_str_t raw;

    raw = sc_json_raw(entry->callback->json, element);

    if (product->messages == NULL) {
        sc_meta_add_dead(entry, SC_DEAD_UNKNOWN_OBJECT, raw);

    } else if (!sc_json_is(element, SC_JSON_OBJECT)) {
        sc_meta_add_dead(entry, SC_DEAD_SHAPE, raw);

    } else {
        handle(entry, product->messages, element, raw);
    }
}


static void
sc_meta_walk_message(const sc_meta_entry_t *entry,
    const sc_meta_product_t *product, const sc_json_token_t *element)
{
    sc_meta_walk_private(entry, product, element, sc_messenger_event);
}


static void
sc_meta_walk_call(const sc_meta_entry_t *entry,
    const sc_meta_product_t *product, const sc_json_token_t *element)
{
    sc_meta_walk_private(entry, product, element, sc_messenger_call);
}


/* False when the entry has no such member. */
static bool
sc_meta_walk_list(const sc_meta_entry_t *entry,
    const sc_meta_product_t *product, const sc_json_token_t *delivery,
    sc_str_t name, void (*walk)(const sc_meta_entry_t *entry,
    const sc_meta_product_t *product, const sc_json_token_t *element))
{
    sc_callback_t         *callback;
    const sc_json_token_t *list, *element;

    callback = entry->callback;

    list = sc_json_get_set(callback->json, delivery, name);
    if (list == NULL) {
        return false;
    }

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        sc_meta_add_dead(entry, SC_DEAD_SHAPE,
                         sc_json_raw(callback->json, delivery));
        return true;
    }

    for (element = sc_json_next(callback->json, list, NULL, NULL);
         element != NULL && !callback->too_large;
         element = sc_json_next(callback->json, list, element, NULL))
    {
        walk(entry, product, element);
    }

    return true;
}


/*
 * Only the names of what changed, no values: "include values" is switched off
 * in the app.  Nothing can be normalised; the operator is notified once a day.
 */
static bool
sc_meta_walk_names(const sc_meta_entry_t *entry,
    const sc_meta_product_t *product, const sc_json_token_t *delivery)
{
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = entry->callback;

    if (sc_json_member(callback->json, delivery, "changed_fields") == NULL) {
        return false;
    }

    mention = sc_meta_add_notice(entry, product->platform, SC_STR("error"),
                                 sc_json_raw(callback->json, delivery));
    if (mention == NULL) {
        return true;
    }

    mention->event = sc_meta_daily_event(callback, SC_STR("changed_fields"),
                                         product->object);
    mention->text = SC_STR("Callbacks carry no values: switch on "
                           "\"include values\" in the app's dashboard.");
    sc_meta_set_created(entry, mention, -1);

    return true;
}


static void
sc_meta_walk_entry(sc_callback_t *callback, const sc_meta_options_t *options,
    const sc_meta_product_t *product, const sc_json_token_t *delivery)
{
    bool            known;
    sc_meta_entry_t entry;

    memset(&entry, 0, sizeof(entry));

    entry.callback = callback;
    entry.options = options;
    entry.account = sc_callback_id(callback, delivery, SC_STR("id"));
    entry.time_text = sc_callback_id(callback, delivery, SC_STR("time"));
    entry.sent_ms = sc_meta_time(callback, delivery, SC_STR("time"));

    known = sc_meta_walk_list(&entry, product, delivery, SC_STR("changes"),
                              sc_meta_walk_change);
    known |= sc_meta_walk_list(&entry, product, delivery, SC_STR("messaging"),
                               sc_meta_walk_message);
    known |= sc_meta_walk_list(&entry, product, delivery, SC_STR("calls"),
                               sc_meta_walk_call);

    /* A permission to be called, flat in the entry: nothing was said. */
    known |= sc_json_member(callback->json, delivery, "call_permission_reply")
             != NULL;

    entry.standby = true;
    known |= sc_meta_walk_list(&entry, product, delivery, SC_STR("standby"),
                               sc_meta_walk_message);
    entry.standby = false;

    if (sc_json_member(callback->json, delivery, "field") != NULL) {
        sc_meta_walk_change(&entry, product, delivery);
        known = true;
    }

    known |= sc_meta_walk_names(&entry, product, delivery);

    if (!known) {
        sc_meta_add_dead(&entry, sc_json_is(delivery, SC_JSON_OBJECT)
                                 ? SC_DEAD_MISSING_MEMBER : SC_DEAD_SHAPE,
                         sc_json_raw(callback->json, delivery));
    }
}


static const sc_meta_product_t *
sc_meta_product(sc_str_t object)
{
    size_t i;

    for (i = 0; i < SC_META_PRODUCTS; i++) {
        if (sc_str_eq(sc_meta_products[i].object, object)) {
            return &sc_meta_products[i];
        }
    }

    return NULL;
}


static sc_parse_result_t
sc_meta_parse_entries(sc_callback_t *callback,
    const sc_meta_options_t *options, const sc_json_token_t *root)
{
    sc_str_t                 object;
    const sc_json_token_t   *entries, *delivery;
    const sc_meta_product_t *product;

    object = sc_callback_text(callback, root, SC_STR("object"));
    if (object.len == 0) {
        callback->dead = SC_DEAD_MISSING_MEMBER;
        return SC_PARSE_DEAD;
    }

    product = sc_meta_product(object);
    if (product == NULL) {
        callback->dead = SC_DEAD_UNKNOWN_OBJECT;
        return SC_PARSE_DEAD;
    }

    if (product->change == NULL) {
        return SC_PARSE_OK;
    }

    entries = sc_json_get_set(callback->json, root, SC_STR("entry"));
    if (!sc_json_is(entries, SC_JSON_ARRAY)) {
        callback->dead = entries == NULL ? SC_DEAD_MISSING_MEMBER
                                         : SC_DEAD_SHAPE;
        return SC_PARSE_DEAD;
    }

    for (delivery = sc_json_next(callback->json, entries, NULL, NULL);
         delivery != NULL && !callback->too_large;
         delivery = sc_json_next(callback->json, entries, delivery, NULL))
    {
        sc_meta_walk_entry(callback, options, product, delivery);
    }

    return SC_PARSE_OK;
}


sc_parse_result_t
sc_meta_parse(sc_callback_t *callback)
{
    sc_parse_result_t        result;
    const sc_json_token_t   *root;
    const sc_meta_options_t *options;

    options = callback->source->options;

    if (options == NULL) {
        options = &sc_meta_default_options;
    }

    if (sc_meta_is_form(callback->request)) {
        return sc_meta_parse_signed_request(callback, options);
    }

    result = sc_callback_read_json(callback, callback->request->body);
    if (result != SC_PARSE_OK) {
        return result;
    }

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        callback->dead = SC_DEAD_SHAPE;
        return SC_PARSE_DEAD;
    }

    if (sc_threads_is_envelope(callback, root)) {
        return sc_threads_parse(callback, options, root);
    }

    return sc_meta_parse_entries(callback, options, root);
}
