/*
 * sc_threads.c: Threads: a flat envelope without `object` and `entry`, one
 * event (or an array of them) in `values`.
 *
 * People are known by handle only.  Threads are not flattened: a wait is
 * matched by the customer's own item, the brand's answer by the item it replies
 * to.  `publish` says that the brand wrote something, but not to whom: it never
 * ends a wait; the same item, delivered as a reply, does.
 */

#include "sc_meta.h"


typedef struct {
    const sc_meta_entry_t *entry;
    const sc_json_token_t *value;
    sc_str_t               raw;
    sc_str_t               target;     /* target_id of the envelope */
    sc_str_t               id;
} sc_threads_t;


const sc_platform_t sc_platform_threads =
    SC_META_PLATFORM("threads", SC_CHANNEL_SOCIAL, NULL);


bool
sc_threads_is_envelope(sc_callback_t *callback, const sc_json_token_t *root)
{
    return sc_json_member(callback->json, root, "object") == NULL
           && sc_json_member(callback->json, root, "entry") == NULL
           && sc_json_member(callback->json, root, "topic") != NULL
           && sc_json_member(callback->json, root, "values") != NULL;
}


/* A member of a member, as id. */
static sc_str_t
sc_threads_id(const sc_threads_t *event, sc_str_t name, sc_str_t inner)
{
    sc_callback_t *callback;

    callback = event->entry->callback;

    return sc_callback_id(callback,
                          sc_json_get(callback->json, event->value, name),
                          inner);
}


static int64_t
sc_threads_time(const sc_threads_t *event, sc_str_t name)
{
    int64_t  ms;
    sc_str_t text;

    text = sc_callback_text(event->entry->callback, event->value, name);

    if (text.len != 0 && sc_time_read(text, SC_TIME_ISO8601, &ms)) {
        return ms;
    }

    return sc_meta_time(event->entry->callback, event->value, name);
}


static sc_tri_t
sc_threads_verified(const sc_threads_t *event)
{
    const sc_json_token_t *verified;

    verified = sc_json_member(event->entry->callback->json, event->value,
                              "is_verified");

    if (sc_json_is_true(verified)) {
        return SC_TRI_YES;
    }

    return sc_json_is(verified, SC_JSON_FALSE) ? SC_TRI_NO : SC_TRI_UNKNOWN;
}


static void
sc_threads_add_media(const sc_threads_t *event, sc_mention_t *mention)
{
    sc_str_t       gif, type;
    sc_callback_t *callback;

    callback = event->entry->callback;

    gif = sc_callback_text(callback, event->value, SC_STR("gif_url"));
    type = sc_callback_text(callback, event->value, SC_STR("media_type"));

    if (gif.len != 0) {
        sc_callback_add_media(callback, mention, SC_STR("gif"), gif,
                              SC_STR_NULL);
    }

    /* Only says that there is media: it is fetched by the item's id. */
    if (type.len != 0 && !sc_str_eq(type, SC_STR("TEXT_POST"))
        && !sc_str_eq(type, SC_STR("TEXT")))
    {
        sc_callback_add_media(callback, mention, type, SC_STR_NULL,
                              event->id);
    }
}


/* What all fields have in common. */
static sc_mention_t *
sc_threads_add(const sc_threads_t *event, sc_kind_t kind, sc_str_t account)
{
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = event->entry->callback;

    mention = sc_meta_add(event->entry, &sc_platform_threads, event->raw);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = kind;
    mention->is_public = SC_TRI_YES;
    mention->account = account;
    mention->event = event->id;
    mention->object = event->id;
    mention->thread = sc_kit_either(
                       sc_threads_id(event, SC_STR("root_post"),
                                     SC_STR("id")), event->id);
    mention->parent = sc_threads_id(event, SC_STR("replied_to"),
                                    SC_STR("id"));
    mention->author.handle = sc_callback_text(callback, event->value,
                                              SC_STR("username"));
    mention->author.name = mention->author.handle;
    mention->author.verified = sc_threads_verified(event);
    mention->text = sc_callback_text(callback, event->value, SC_STR("text"));
    mention->url = sc_callback_text(callback, event->value,
                                    SC_STR("permalink"));
    sc_meta_set_created(event->entry, mention,
                        sc_threads_time(event, SC_STR("timestamp")));

    return mention;
}


/*
 * A brand's item without a parent answers nobody; a customer waits under the
 * id of their own item.
 */
static void
sc_threads_set_sides(const sc_threads_t *event, sc_mention_t *mention,
    bool own)
{
    if (own) {
        mention->direction = SC_DIRECTION_OUT;
        mention->no_answer = mention->parent.len == 0;
        mention->clock_key = sc_meta_clock_key(event->entry, mention,
                                               mention->parent);
        return;
    }

    mention->direction = mention->author.handle.len == 0
                         ? SC_DIRECTION_UNKNOWN : SC_DIRECTION_IN;
    mention->clock_key = sc_meta_clock_key(event->entry, mention,
                                           mention->object);
}


/*
 * The owner of the root post is the brand: only owners get replies reported.
 * Where own accounts are configured, they must include it.
 */
static bool
sc_threads_is_by_root(const sc_threads_t *event, const sc_mention_t *mention)
{
    sc_str_t               root, owner;
    sc_callback_t         *callback;
    const sc_json_token_t *post;

    callback = event->entry->callback;
    post = sc_json_member(callback->json, event->value, "root_post");

    root = sc_callback_text(callback, post, SC_STR("username"));
    owner = sc_callback_id(callback, post, SC_STR("owner_id"));

    return root.len != 0
           && sc_str_eq_nocase(root, mention->author.handle)
           && (callback->source->accounts_count == 0
               || sc_meta_is_own(event->entry, SC_STR_NULL, owner, root));
}


static bool
sc_threads_is_own_handle(const sc_threads_t *event,
    const sc_mention_t *mention)
{
    return sc_meta_is_own(event->entry, SC_STR_NULL, SC_STR_NULL,
                          mention->author.handle);
}


static void
sc_threads_reply(const sc_threads_t *event)
{
    sc_mention_t *mention;

    mention = sc_threads_add(event, SC_KIND_REPLY,
                             sc_threads_id(event, SC_STR("root_post"),
                                           SC_STR("owner_id")));
    if (mention == NULL) {
        return;
    }

    sc_threads_add_media(event, mention);
    sc_threads_set_sides(event, mention,
                         sc_threads_is_own_handle(event, mention)
                         || sc_threads_is_by_root(event, mention));
}


static void
sc_threads_mention(const sc_threads_t *event)
{
    sc_mention_t *mention;

    mention = sc_threads_add(event, SC_KIND_MENTION, event->target);
    if (mention == NULL) {
        return;
    }

    sc_threads_add_media(event, mention);
    sc_threads_set_sides(event, mention,
                         sc_threads_is_own_handle(event, mention));
}


/*
 * The account stays empty: with it the record would have the same id as the
 * item delivered as a reply, which ends a wait but would be dropped as a
 * duplicate.
 */
static void
sc_threads_publish(const sc_threads_t *event)
{
    sc_mention_t *mention;

    mention = sc_threads_add(event, SC_KIND_POST, SC_STR_NULL);
    if (mention == NULL) {
        return;
    }

    sc_threads_add_media(event, mention);
    mention->direction = SC_DIRECTION_OUT;
    mention->no_answer = true;
}


/* May be a post or a reply: the payload does not say. */
static void
sc_threads_delete(const sc_threads_t *event)
{
    int64_t       deleted_ms;
    sc_mention_t *mention;

    mention = sc_threads_add(event, SC_KIND_UNKNOWN,
                             sc_threads_id(event, SC_STR("owner"),
                                           SC_STR("owner_id")));
    if (mention == NULL) {
        return;
    }

    mention->action = SC_ACTION_DELETE;
    mention->direction = SC_DIRECTION_OUT;
    mention->no_answer = true;
    mention->event = sc_kit_join(event->entry->callback, event->id,
                                 SC_STR("/delete"));

    deleted_ms = sc_threads_time(event, SC_STR("deleted_at"));

    if (deleted_ms >= 0) {
        mention->created_ms = deleted_ms;
        mention->created_is_delivery_time = false;
    }
}


static const struct {
    sc_str_t field;
    void   (*handle)(const sc_threads_t *event);
} sc_threads_fields[] = {
    { SC_STR_INIT("replies"), sc_threads_reply },
    { SC_STR_INIT("mentions"), sc_threads_mention },
    { SC_STR_INIT("publish"), sc_threads_publish },
    { SC_STR_INIT("delete"), sc_threads_delete }
};

#define SC_THREADS_FIELDS                                                     \
    (sizeof(sc_threads_fields) / sizeof(sc_threads_fields[0]))


/* One element of `values`: {"value": {...}, "field": "..."} */
static void
sc_threads_element(const sc_meta_entry_t *entry, sc_str_t target,
    const sc_json_token_t *element)
{
    size_t         i;
    sc_str_t       field;
    sc_threads_t   event;
    sc_callback_t *callback;

    callback = entry->callback;

    event.entry = entry;
    event.raw = sc_json_raw(callback->json, element);
    event.target = target;
    event.value = sc_json_get_set(callback->json, element, SC_STR("value"));
    event.id = sc_callback_id(callback, event.value, SC_STR("id"));

    field = sc_callback_text(callback, element, SC_STR("field"));

    for (i = 0; i < SC_THREADS_FIELDS; i++) {
        if (sc_str_eq(sc_threads_fields[i].field, field)) {
            break;
        }
    }

    if (!sc_json_is(element, SC_JSON_OBJECT)) {
        sc_meta_add_dead(entry, SC_DEAD_SHAPE, event.raw);

    } else if (i == SC_THREADS_FIELDS && field.len != 0) {
        sc_meta_add_dead(entry, SC_DEAD_UNKNOWN_OBJECT, event.raw);

    } else if (event.id.len == 0 || field.len == 0) {
        sc_meta_add_dead(entry, SC_DEAD_MISSING_MEMBER, event.raw);

    } else {
        sc_threads_fields[i].handle(&event);
    }
}


sc_parse_result_t
sc_threads_parse(sc_callback_t *callback, const sc_meta_options_t *options,
    const sc_json_token_t *root)
{
    sc_str_t               target;
    sc_meta_entry_t        entry;
    const sc_json_token_t *values, *element;

    memset(&entry, 0, sizeof(entry));

    entry.callback = callback;
    entry.options = options;
    entry.time_text = sc_callback_id(callback, root, SC_STR("time"));
    entry.sent_ms = sc_meta_time(callback, root, SC_STR("time"));

    target = sc_callback_id(callback, root, SC_STR("target_id"));
    values = sc_json_member(callback->json, root, "values");

    if (!sc_json_is(values, SC_JSON_ARRAY)) {
        sc_threads_element(&entry, target, values);
        return SC_PARSE_OK;
    }

    for (element = sc_json_next(callback->json, values, NULL, NULL);
         element != NULL && !callback->too_large;
         element = sc_json_next(callback->json, values, element, NULL))
    {
        sc_threads_element(&entry, target, element);
    }

    return SC_PARSE_OK;
}
