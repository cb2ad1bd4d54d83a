/*
 * sc_cloudevents.c: CloudEvents 1.0 over HTTP: binary, structured and batched.
 *
 * Every event is converted to the binary form: attributes as ce-… headers,
 * `data` as the body.  Then the mapping (sc_mapping.h) reads it, so that
 * header:ce-type or header:ce-subject mean the same in all three, and pointers
 * start at the data.  Dedupe id: SOURCE|ID, which the specification says is
 * unique.
 *
 * Wait key: the mapping's (by default the conversation: `subject`, or
 * thread_id of the data), since question and answer may come from two senders.
 *
 * Options: origin=NAME,NAME (or *), rate=N, auth=token|standard-webhooks, and
 * the mapping's.
 */

#include "sc_cloudevents.h"
#include "sc_registry.h"


/* Most attributes of one event that are passed on. */
#define SC_CLOUDEVENTS_ATTRIBUTES  64


typedef struct {
    sc_callback_t      *callback;      /* the whole callback */
    const sc_request_t *request;       /* as received */
    sc_str_t            raw;           /* this event, as received */
    sc_header_t         headers[SC_CLOUDEVENTS_ATTRIBUTES];
    size_t              count;
    sc_dead_reason_t    problem;
} sc_cloudevent_t;


static const sc_verify_scheme_t sc_cloudevents_query = {
    .kind = SC_SCHEME_TOKEN,
    .signature = { SC_FROM_QUERY, SC_STR_INIT("access_token") }
};

static const sc_verify_scheme_t sc_cloudevents_bearer = {
    .kind = SC_SCHEME_TOKEN,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("Authorization") },
    .prefix = SC_STR_INIT("Bearer "),
    .prefix_any_case = true,
    .alternative = &sc_cloudevents_query,
    .alternative_when = SC_ALTERNATIVE_IF_ABSENT
};

static const sc_verify_scheme_t sc_cloudevents_standard = {
    .kind = SC_SCHEME_STANDARD_WEBHOOKS,
    .coded_secret = true
};


/* Attributes that every event must have. */
static const sc_str_t sc_cloudevents_required[] = {
    SC_STR_INIT("ce-specversion"), SC_STR_INIT("ce-type"),
    SC_STR_INIT("ce-source"), SC_STR_INIT("ce-id")
};


static size_t
sc_cloudevents_schemes(const sc_source_t *source,
    const sc_verify_scheme_t **list, size_t capacity)
{
    const sc_cloudevents_options_t *options;

    options = source->options;

    if (options->standard) {
        if (capacity > 0) {
            list[0] = &sc_cloudevents_standard;
        }

        return 1;
    }

    if (capacity > 0) {
        list[0] = &sc_cloudevents_bearer;
    }

    if (capacity > 1) {
        list[1] = &sc_cloudevents_query;
    }

    return 2;
}


static const sc_verify_scheme_t *
sc_cloudevents_choose(const sc_source_t *source, const sc_request_t *request)
{
    const sc_cloudevents_options_t *options;

    (void) request;

    options = source->options;

    return options->standard ? &sc_cloudevents_standard
                             : &sc_cloudevents_bearer;
}


/* Without allowed senders (the default) OPTIONS is not a handshake. */
static void
sc_cloudevents_policy(const sc_source_t *source, sc_policy_t *policy)
{
    const sc_cloudevents_options_t *options;

    options = source->options;

    policy->get_is_handshake = false;
    policy->options_is_handshake = options->origins.count > 0;
}


static void
sc_cloudevent_add(sc_cloudevent_t *event, sc_str_t name, sc_str_t value)
{
    if (event->count == SC_CLOUDEVENTS_ATTRIBUTES) {
        event->callback->too_large = true;
        return;
    }

    event->headers[event->count].name = name;
    event->headers[event->count].value = value;
    event->count++;
}


static sc_str_t
sc_cloudevent_attribute(const sc_cloudevent_t *event, sc_str_t name)
{
    size_t i;

    for (i = 0; i < event->count; i++) {
        if (sc_str_eq_nocase(event->headers[i].name, name)) {
            return event->headers[i].value;
        }
    }

    return SC_STR_NULL;
}


/* No attribute may be repeated, and the required ones must be present. */
static void
sc_cloudevent_check(sc_cloudevent_t *event)
{
    size_t i, j;

    for (i = 0; i < event->count; i++) {
        for (j = 0; j < i; j++) {
            if (sc_str_eq_nocase(event->headers[i].name,
                                 event->headers[j].name))
            {
                event->problem = SC_DEAD_DUPLICATE_NAME;
                return;
            }
        }
    }

    for (i = 0;
         i < sizeof(sc_cloudevents_required)
             / sizeof(sc_cloudevents_required[0]);
         i++)
    {
        if (sc_cloudevent_attribute(event, sc_cloudevents_required[i]).len
            == 0)
        {
            event->problem = SC_DEAD_MISSING_MEMBER;
            return;
        }
    }

    if (!sc_str_starts_with(sc_cloudevent_attribute(event,
                                SC_STR("ce-specversion")), SC_STR("1.")))
    {
        event->problem = SC_DEAD_UNKNOWN_OBJECT;
    }
}


/*
 * Makes `raw` of all that the mapping added the event, not just its data.  Data
 * that is itself a text (datacontenttype text/plain) has no members to map: it
 * is what was written.
 */
static void
sc_cloudevent_complete(sc_cloudevent_t *event, const sc_mention_t *before,
    size_t dead_before, sc_str_t words)
{
    size_t           i;
    sc_mention_t    *mention;
    sc_dead_piece_t *piece;

    mention = before == NULL ? event->callback->first : before->next;

    for ( /* void */ ; mention != NULL; mention = mention->next) {
        mention->raw = event->raw;
        mention->text = sc_kit_either(mention->text, words);
    }

    piece = event->callback->dead_pieces;

    for (i = 0; piece != NULL; i++, piece = piece->next) {
        if (i >= dead_before) {
            piece->raw = event->raw;
        }
    }
}


/*
 * One event in the binary form.  A faulty one becomes a dead piece and does not
 * affect the others.
 */
static void
sc_cloudevent_run(sc_cloudevent_t *event, sc_str_t data)
{
    size_t                          count, dead;
    sc_str_t                        words;
    sc_mention_t                   *before;
    sc_request_t                    request;
    sc_callback_t                  *callback;
    sc_json_doc_t                  *json;
    sc_parse_result_t               result;
    const sc_cloudevents_options_t *options;

    callback = event->callback;
    options = callback->source->options;

    if (event->problem == SC_DEAD_NONE) {
        sc_cloudevent_check(event);
    }

    if (callback->too_large) {
        return;
    }

    if (event->problem != SC_DEAD_NONE) {
        sc_callback_add_dead(callback, event->problem, event->raw);
        return;
    }

    request = *event->request;
    request.headers = event->headers;
    request.headers_count = event->count;
    request.body = data;

    json = callback->json;
    before = callback->last;
    count = callback->count;
    dead = callback->dead_count;

    callback->request = &request;
    callback->json = NULL;

    result = sc_mapping_run(&options->mapping, callback);

    if (result == SC_PARSE_OK && callback->json != NULL
        && callback->json->duplicate)
    {
        callback->dead = SC_DEAD_DUPLICATE_NAME;
        result = SC_PARSE_DEAD;
    }

    words = result == SC_PARSE_OK && callback->json != NULL
            ? sc_callback_string(callback, sc_json_root(callback->json))
            : SC_STR_NULL;

    callback->request = event->request;
    callback->json = json;

    if (result == SC_PARSE_TOO_LARGE) {
        callback->too_large = true;

    } else if (result == SC_PARSE_DEAD) {
        event->problem = callback->dead;
        callback->dead = SC_DEAD_NONE;
    }

    if (event->problem != SC_DEAD_NONE) {
        while (callback->count > count) {
            sc_callback_drop_last(callback);
        }

        sc_callback_add_dead(callback, event->problem, event->raw);
    }

    sc_cloudevent_complete(event, before, dead, words);
}


/* Binary */


static sc_parse_result_t
sc_cloudevents_binary(sc_callback_t *callback)
{
    size_t             i;
    sc_str_t           value;
    sc_cloudevent_t    event;
    const sc_header_t *header;

    event.callback = callback;
    event.request = callback->request;
    event.raw = callback->request->body;
    event.count = 0;
    event.problem = SC_DEAD_NONE;

    for (i = 0; i < callback->request->headers_count; i++) {
        header = &callback->request->headers[i];

        if (!sc_str_eq_nocase(sc_str_first(header->name, 3), SC_STR("ce-"))) {
            continue;
        }

        if (!sc_cloudevents_decode(callback, header->value, &value,
                                   &event.problem))
        {
            return SC_PARSE_TOO_LARGE;
        }

        if (event.problem != SC_DEAD_NONE) {
            continue;
        }

        sc_cloudevent_add(&event, header->name, value);
    }

    /* Without any attribute it was not meant to be in this mode. */
    if (event.count == 0 && event.problem == SC_DEAD_NONE) {
        return sc_kit_die(callback, SC_DEAD_CONTENT_TYPE);
    }

    sc_cloudevent_run(&event, callback->request->body);

    /* The body, whatever its bytes, is the event: dead as a whole. */
    return event.problem == SC_DEAD_NONE
           ? SC_PARSE_OK : sc_kit_die(callback, event.problem);
}


/* Structured and batched */


static void
sc_cloudevents_read_attribute(sc_cloudevent_t *event,
    const sc_json_token_t *name, const sc_json_token_t *value)
{
    sc_str_t       word, text;
    sc_callback_t *callback;

    callback = event->callback;

    if (!sc_json_string(callback->json, name, callback->arena, &word)) {
        callback->too_large = true;
        return;
    }

    switch ((sc_json_type_t) value->type) {
    case SC_JSON_STRING:
        if (!sc_json_string(callback->json, value, callback->arena, &text)) {
            callback->too_large = true;
            return;
        }

        break;

    case SC_JSON_NUMBER:
    case SC_JSON_TRUE:
    case SC_JSON_FALSE:
        text = sc_json_raw(callback->json, value);
        break;

    case SC_JSON_NULL:
        return;

    case SC_JSON_ARRAY:
    case SC_JSON_OBJECT:
    default:
        event->problem = SC_DEAD_SHAPE;
        return;
    }

    sc_cloudevent_add(event, sc_kit_join(callback, SC_STR("ce-"), word),
                      text);
}


static bool
sc_cloudevents_read_base64(sc_cloudevent_t *event,
    const sc_json_token_t *value, sc_str_t *data)
{
    size_t         size, len;
    sc_str_t       text;
    unsigned char *bytes;
    sc_callback_t *callback;

    callback = event->callback;

    if (!sc_json_string(callback->json, value, callback->arena, &text)) {
        return false;
    }

    size = text.len / 4 * 3 + 3;
    bytes = sc_arena_bytes(callback->arena, size);

    if (bytes == NULL) {
        callback->too_large = true;
        return false;
    }

    if (!sc_base64_decode(text, SC_BASE64_PADDED, bytes, size, &len)) {
        return false;
    }

    *data = sc_str_make(bytes, len);

    return true;
}


/* With absent data, fields that point into it are absent. */
static void
sc_cloudevents_element(sc_callback_t *callback,
    const sc_json_token_t *element)
{
    bool                   found;
    sc_str_t               data;
    sc_cloudevent_t        event;
    const sc_json_token_t *name, *value;

    event.callback = callback;
    event.request = callback->request;
    event.raw = sc_json_raw(callback->json, element);
    event.count = 0;
    event.problem = sc_json_is(element, SC_JSON_OBJECT) ? SC_DEAD_NONE
                                                        : SC_DEAD_SHAPE;
    data = SC_STR("null");
    found = false;

    if (event.problem != SC_DEAD_NONE) {
        sc_callback_add_dead(callback, event.problem, event.raw);
        return;
    }

    for (value = sc_json_next(callback->json, element, NULL, &name);
         value != NULL && !callback->too_large;
         value = sc_json_next(callback->json, element, value, &name))
    {
        if (sc_json_string_is(callback->json, name, SC_STR("data"))
            || sc_json_string_is(callback->json, name,
                                 SC_STR("data_base64")))
        {
            if (found) {
                event.problem = SC_DEAD_DUPLICATE_NAME;
            }

            found = true;

            if (sc_json_string_is(callback->json, name, SC_STR("data"))) {
                data = sc_json_raw(callback->json, value);

            } else if (!sc_cloudevents_read_base64(&event, value, &data)) {
                event.problem = SC_DEAD_ENCODING;
            }

            continue;
        }

        sc_cloudevents_read_attribute(&event, name, value);
    }

    sc_cloudevent_run(&event, data);
}


static sc_parse_result_t
sc_cloudevents_structured(sc_callback_t *callback, bool batch)
{
    sc_parse_result_t      result;
    const sc_json_token_t *root, *element;

    result = sc_callback_read_json(callback, callback->request->body);
    if (result != SC_PARSE_OK) {
        return result;
    }

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, batch ? SC_JSON_ARRAY : SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    if (!batch) {
        sc_cloudevents_element(callback, root);
        return SC_PARSE_OK;
    }

    for (element = sc_json_next(callback->json, root, NULL, NULL);
         element != NULL && !callback->too_large;
         element = sc_json_next(callback->json, root, element, NULL))
    {
        sc_cloudevents_element(callback, element);
    }

    return SC_PARSE_OK;
}


static bool
sc_cloudevents_has_type(const sc_request_t *request, sc_str_t wanted)
{
    sc_str_t type;

    type = sc_request_header(request, SC_STR("Content-Type"), NULL);
    type = sc_str_first(type, sc_str_find_byte(type, ';'));

    return sc_str_eq_nocase(sc_str_trim(type), wanted);
}


/*
 * Every delivery names its origin.  One from a sender that is not on the list
 * knew the token, but is not wanted: nothing of it is kept.
 */
static bool
sc_cloudevents_is_wanted(sc_callback_t *callback)
{
    sc_str_t                        origin;
    const sc_cloudevents_options_t *options;

    options = callback->source->options;
    origin = sc_request_header(callback->request,
                               SC_STR("WebHook-Request-Origin"), NULL);

    return options->origins.count == 0 || origin.len == 0
           || sc_cloudevents_is_allowed(options, origin);
}


static sc_parse_result_t
sc_cloudevents_parse(sc_callback_t *callback)
{
    sc_str_t            unused;
    const sc_request_t *request;

    request = callback->request;

    if (!sc_cloudevents_is_wanted(callback)) {
        callback->answer.status = 403;
        return SC_PARSE_OK;
    }

    /* With a token in the URL the answer must not be cached. */
    if (sc_query_get_raw(request->query, SC_STR("access_token"), &unused)) {
        callback->answer.header_name = SC_STR("Cache-Control");
        callback->answer.header_value = SC_STR("private");
    }

    if (sc_cloudevents_has_type(request,
                                SC_STR("application/cloudevents+json")))
    {
        return sc_cloudevents_structured(callback, false);
    }

    if (sc_cloudevents_has_type(request,
                                SC_STR("application/cloudevents-batch+json")))
    {
        return sc_cloudevents_structured(callback, true);
    }

    return sc_cloudevents_binary(callback);
}


const sc_platform_t sc_platform_cloudevents = {
    .name = SC_STR_INIT("cloudevents"),
    .channel = SC_CHANNEL_OTHER,
    .success = { .status = 202 },
    .schemes = sc_cloudevents_schemes,
    .choose_scheme = sc_cloudevents_choose,
    .handshake = sc_cloudevents_handshake,
    .parse = sc_cloudevents_parse,
    .options_size = sizeof(sc_cloudevents_options_t),
    .set_option = sc_cloudevents_set_option,
    .finish_options = sc_cloudevents_finish_options,
    .policy = sc_cloudevents_policy
};
