/*
 * sc_trustpilot.c: Trustpilot's reviews of services and products: several
 * events per POST.
 *
 * Nothing is signed.  The secret is `user:password` of the URL's credentials
 * or, with auth=token, the argument `token` of the URL.
 *
 * Trustpilot does not report the brand's replies: a reply feed ends those
 * waits.  Wait key: trustpilot:ACCOUNT:REVIEW, where ACCOUNT is the receiver's
 * first socialcare_account (may be empty).
 *
 * Option: auth=basic (the default) or auth=token.
 */

#include "sc_kit.h"
#include "sc_registry.h"


typedef struct {
    bool token;
} sc_trustpilot_options_t;


static const sc_verify_scheme_t sc_trustpilot_basic = {
    .kind = SC_SCHEME_BASIC,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("Authorization") }
};

static const sc_verify_scheme_t sc_trustpilot_token = {
    .kind = SC_SCHEME_TOKEN,
    .signature = { SC_FROM_QUERY, SC_STR_INIT("token") }
};


static const struct {
    sc_str_t    name;
    sc_action_t action;
} sc_trustpilot_events[] = {
    { SC_STR_INIT("service-review-created"), SC_ACTION_CREATE },
    { SC_STR_INIT("service-review-updated"), SC_ACTION_EDIT },
    { SC_STR_INIT("service-review-deleted"), SC_ACTION_DELETE },
    { SC_STR_INIT("product-review-created"), SC_ACTION_CREATE },
    { SC_STR_INIT("product-review-updated"), SC_ACTION_EDIT },
    { SC_STR_INIT("product-review-deleted"), SC_ACTION_DELETE }
};

#define SC_TRUSTPILOT_EVENTS                                                  \
    (sizeof(sc_trustpilot_events) / sizeof(sc_trustpilot_events[0]))


static size_t
sc_trustpilot_schemes(const sc_source_t *source,
    const sc_verify_scheme_t **list, size_t capacity)
{
    const sc_trustpilot_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = options->token ? &sc_trustpilot_token
                                 : &sc_trustpilot_basic;
    }

    return 1;
}


/* A review may change often, and each change is a separate event. */
static sc_str_t
sc_trustpilot_event_id(sc_callback_t *callback, sc_str_t name, sc_str_t id,
    int64_t changed_ms)
{
    if (changed_ms < 0) {
        return sc_kit_join(callback, name, SC_STR(":"), id);
    }

    return sc_kit_join(callback, name, SC_STR(":"), id, SC_STR(":"),
                       sc_kit_number(callback, changed_ms));
}


static void
sc_trustpilot_review(sc_callback_t *callback, const sc_json_token_t *element,
    size_t kind)
{
    int64_t                changed_ms;
    sc_str_t               id, raw;
    sc_mention_t          *mention;
    const sc_json_token_t *data, *consumer;

    raw = sc_json_raw(callback->json, element);
    data = sc_kit_object(callback, element, SC_STR("eventData"));
    id = sc_callback_id(callback, data, SC_STR("id"));

    if (id.len == 0) {
        sc_callback_add_dead(callback, SC_DEAD_MISSING_MEMBER, raw);
        return;
    }

    mention = sc_kit_add(callback, raw);
    if (mention == NULL) {
        return;
    }

    consumer = sc_kit_object(callback, data, SC_STR("consumer"));
    changed_ms = sc_trustpilot_events[kind].action == SC_ACTION_EDIT
                 ? sc_kit_text_time(callback, data, SC_STR("updatedAt"),
                                    SC_TIME_ISO8601) : -1;

    mention->kind = SC_KIND_REVIEW;
    mention->action = sc_trustpilot_events[kind].action;
    mention->direction = SC_DIRECTION_IN;
    mention->is_public = SC_TRI_YES;
    mention->event = sc_trustpilot_event_id(callback,
                         sc_trustpilot_events[kind].name, id, changed_ms);
    mention->object = id;
    mention->thread = id;
    mention->author.id = sc_callback_id(callback, consumer, SC_STR("id"));
    mention->author.name = sc_kit_either(
        sc_callback_text(callback, consumer, SC_STR("name")),
        sc_callback_text(callback, consumer, SC_STR("displayName")));
    mention->subject = sc_kit_either(
        sc_callback_text(callback, data, SC_STR("title")),
        sc_callback_text(callback,
                         sc_kit_object(callback, data, SC_STR("product")),
                         SC_STR("name")));
    mention->text = sc_kit_either(
        sc_callback_text(callback, data, SC_STR("text")),
        sc_callback_text(callback, data, SC_STR("content")));
    mention->lang = sc_callback_text(callback, data, SC_STR("language"));
    mention->url = sc_callback_text(callback, data, SC_STR("link"));
    mention->rating = sc_callback_int(callback, data, SC_STR("stars"));
    mention->rating = mention->rating < 0 ? -1 : mention->rating;
    mention->edited_ms = changed_ms;

    /* The payload that Trustpilot documents has no time of a change. */
    if (mention->action == SC_ACTION_EDIT) {
        sc_kit_set_same_edit(callback, mention);
    }

    sc_kit_set_created(callback, mention,
                       sc_kit_text_time(callback, data, SC_STR("createdAt"),
                                        SC_TIME_ISO8601));
    sc_kit_set_clock(callback, mention, id);
}


/* {"eventName": …, "eventData": {…}} */
static void
sc_trustpilot_element(sc_callback_t *callback, const sc_json_token_t *element)
{
    size_t   i;
    sc_str_t name, raw;

    raw = sc_json_raw(callback->json, element);
    name = sc_callback_text(callback, element, SC_STR("eventName"));

    for (i = 0; i < SC_TRUSTPILOT_EVENTS; i++) {
        if (sc_str_eq(sc_trustpilot_events[i].name, name)) {
            sc_trustpilot_review(callback, element, i);
            return;
        }
    }

    if (!sc_json_is(element, SC_JSON_OBJECT)) {
        sc_callback_add_dead(callback, SC_DEAD_SHAPE, raw);

    } else {
        sc_callback_add_dead(callback,
                             name.len == 0 ? SC_DEAD_MISSING_MEMBER
                                           : SC_DEAD_UNKNOWN_OBJECT, raw);
    }
}


static sc_parse_result_t
sc_trustpilot_parse(sc_callback_t *callback)
{
    const sc_json_token_t *root, *events, *element;

    root = sc_json_root(callback->json);
    events = sc_json_get_set(callback->json, root, SC_STR("events"));

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    if (!sc_json_is(events, SC_JSON_ARRAY)) {
        return sc_kit_die(callback, events == NULL ? SC_DEAD_MISSING_MEMBER
                                                   : SC_DEAD_SHAPE);
    }

    for (element = sc_json_next(callback->json, events, NULL, NULL);
         element != NULL && !callback->too_large;
         element = sc_json_next(callback->json, events, element, NULL))
    {
        sc_trustpilot_element(callback, element);
    }

    return SC_PARSE_OK;
}


static const char *
sc_trustpilot_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_trustpilot_options_t *options;

    (void) arena;

    options = data;

    if (!sc_str_eq(name, SC_STR("auth"))) {
        return "unknown option: trustpilot knows auth=";
    }

    options->token = sc_str_eq(value, SC_STR("token"));

    return options->token || sc_str_eq(value, SC_STR("basic"))
           ? NULL : "auth= is basic (the secret is user:password of the "
                    "webhook's URL), or token: then write ?token=SECRET "
                    "behind that URL";
}


const sc_platform_t sc_platform_trustpilot = {
    .name = SC_STR_INIT("trustpilot"),
    .channel = SC_CHANNEL_REVIEW,
    .json = true,
    .schemes = sc_trustpilot_schemes,
    .parse = sc_trustpilot_parse,
    .options_size = sizeof(sc_trustpilot_options_t),
    .set_option = sc_trustpilot_set_option
};
