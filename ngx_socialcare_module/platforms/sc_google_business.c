/*
 * sc_google_business.c: Google Business Profile's notices of reviews and
 * questions, through a Pub/Sub push subscription with authentication.
 *
 * Verified by Google's OIDC token (RS256).  Anybody can get one for any
 * audience: email= pins the push service account.  The secret is Google's JWKS
 * as a file, which an external job must refresh; a key that it lacks gets 503,
 * and Pub/Sub retries.  The token does not cover the body.
 *
 * A notice holds names only: records have needs_fetch.  Clock key:
 * google-business:locations/<l>:<review's resource name>.  Google does not
 * report the owner's replies: the reply feed brings them.
 *
 * Options:
 *
 *   email=ADDRESS    push service account; required
 *   audience=TEXT    as configured at the subscription; default: the URL
 *   updates=wait     a changed review or question waits for an answer again
 *   unwrapped=on     also accepts pushes of a subscription with payload
 *                    unwrapping: the notice itself is the body, and "write
 *                    metadata" must be on there, because the message's id and
 *                    time are in headers (not named in the pages read)
 */

#include "sc_kit.h"
#include "sc_registry.h"


typedef struct {
    sc_verify_scheme_t scheme;
    sc_str_t           audience;
    bool               unwrapped;
    bool               updates_wait;
} sc_google_options_t;


static const sc_str_t sc_google_issuers[] = {
    SC_STR_INIT("https://accounts.google.com"),
    SC_STR_INIT("accounts.google.com")
};

static const sc_verify_scheme_t sc_google_scheme = {
    .kind = SC_SCHEME_JWT,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("Authorization") },
    .prefix = SC_STR_INIT("Bearer "),
    .jwt = {
        .algorithms = SC_JWT_RS256,
        .issuers = sc_google_issuers,
        .issuers_count = 2,
        .require_exp = true,
        .leeway_ms = 60000
    }
};


/* Anybody may answer a question: nobody waits for an answer to that. */
static const struct {
    sc_str_t       type;
    sc_kind_t      kind;
    sc_action_t    action;
    sc_direction_t direction;
} sc_google_types[] = {
    { SC_STR_INIT("NEW_REVIEW"), SC_KIND_REVIEW, SC_ACTION_CREATE,
      SC_DIRECTION_IN },
    { SC_STR_INIT("UPDATED_REVIEW"), SC_KIND_REVIEW, SC_ACTION_EDIT,
      SC_DIRECTION_IN },
    { SC_STR_INIT("NEW_QUESTION"), SC_KIND_POST, SC_ACTION_CREATE,
      SC_DIRECTION_IN },
    { SC_STR_INIT("UPDATED_QUESTION"), SC_KIND_POST, SC_ACTION_EDIT,
      SC_DIRECTION_IN },
    { SC_STR_INIT("NEW_ANSWER"), SC_KIND_REPLY, SC_ACTION_CREATE,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("UPDATED_ANSWER"), SC_KIND_REPLY, SC_ACTION_EDIT,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("NEW_CUSTOMER_MEDIA"), SC_KIND_SHARE, SC_ACTION_CREATE,
      SC_DIRECTION_IN },
    { SC_STR_INIT("GOOGLE_UPDATE"), SC_KIND_NOTICE, SC_ACTION_CREATE,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("DUPLICATE_LOCATION"), SC_KIND_NOTICE, SC_ACTION_CREATE,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("LOSS_OF_VOICE_OF_MERCHANT"), SC_KIND_NOTICE,
      SC_ACTION_CREATE, SC_DIRECTION_NONE },
    { SC_STR_INIT("VOICE_OF_MERCHANT_UPDATED"), SC_KIND_NOTICE,
      SC_ACTION_CREATE, SC_DIRECTION_NONE },
    /* Some subscriptions omit the type. */
    { SC_STR_INIT(""), SC_KIND_REVIEW, SC_ACTION_CREATE, SC_DIRECTION_IN }
};

#define SC_GOOGLE_TYPES                                                       \
    (sizeof(sc_google_types) / sizeof(sc_google_types[0]))


static size_t
sc_google_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    const sc_google_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = &options->scheme;
    }

    return 1;
}


/* The documentation shows no sample and senders disagree on spelling. */
static sc_str_t
sc_google_any(sc_callback_t *callback, const sc_json_token_t *object,
    const char *first, const char *second, const char *third)
{
    sc_str_t value;

    value = sc_kit_either(
        sc_callback_id(callback, object, sc_str_from_cstring(first)),
        sc_callback_id(callback, object, sc_str_from_cstring(second)));

    return value.len != 0 || third == NULL
           ? value
           : sc_callback_id(callback, object, sc_str_from_cstring(third));
}


/* locations/<l>, whatever surrounds it. */
static sc_str_t
sc_google_location(sc_str_t name)
{
    size_t   i;
    sc_str_t rest, prefix;

    prefix = SC_STR("locations/");

    for (i = 0; i < name.len; i++) {
        rest = sc_str_from(name, i);

        if (sc_str_starts_with(rest, prefix)) {
            return sc_str_first(rest, prefix.len
                     + sc_str_find_byte(sc_str_from(rest, prefix.len), '/'));
        }
    }

    return name;
}


static void
sc_google_item(sc_callback_t *callback, sc_str_t id, int64_t published_ms)
{
    size_t                     i;
    sc_str_t                   type, name, place;
    sc_mention_t              *mention;
    const sc_json_token_t     *root;
    const sc_google_options_t *options;

    options = callback->source->options;
    root = sc_json_root(callback->json);
    type = sc_google_any(callback, root, "type", "notificationType",
                         "notification_type");
    name = sc_google_any(callback, root, "review_name", "reviewName", NULL);
    place = sc_google_any(callback, root, "location_name", "locationName",
                          NULL);
    name = sc_kit_either(name,
               sc_kit_either(sc_google_any(callback, root, "question_name",
                                           "questionName", NULL),
                   sc_callback_id(callback, root, SC_STR("name"))));

    for (i = 0; i < SC_GOOGLE_TYPES; i++) {
        if (sc_str_eq(sc_google_types[i].type, type)) {
            break;
        }
    }

    if (i == SC_GOOGLE_TYPES) {
        sc_callback_add_dead(callback, SC_DEAD_UNKNOWN_OBJECT,
                             callback->request->body);
        return;
    }

    if (sc_google_types[i].kind != SC_KIND_NOTICE && name.len == 0) {
        sc_callback_add_dead(callback, SC_DEAD_MISSING_MEMBER,
                             callback->request->body);
        return;
    }

    mention = sc_kit_add(callback, callback->request->body);
    if (mention == NULL) {
        return;
    }

    mention->kind = sc_google_types[i].kind;
    mention->action = sc_google_types[i].action;
    mention->direction = sc_google_types[i].direction;
    mention->is_public = SC_TRI_YES;
    mention->account = sc_kit_either(
        sc_google_location(sc_kit_either(place, name)), mention->account);
    mention->event = id;
    mention->object = name;
    mention->thread = name;
    mention->needs_fetch = true;
    sc_callback_add_extra(callback, mention, "notice_type", type);
    sc_kit_set_created(callback, mention, published_ms);

    if (mention->kind == SC_KIND_NOTICE) {
        mention->notice = SC_STR("system");
        mention->status = type;
        mention->is_public = SC_TRI_NO;
    }

    /* As a new item, because an edit starts no wait. */
    if (options->updates_wait && mention->direction == SC_DIRECTION_IN) {
        mention->action = SC_ACTION_CREATE;
    }

    sc_kit_set_clock(callback, mention, name);
}


/* When the notice was published; -1 unknown. */
static int64_t
sc_google_published(sc_str_t time)
{
    int64_t ms;

    return time.len != 0 && sc_time_read(time, SC_TIME_ISO8601, &ms) ? ms
                                                                     : -1;
}


/* message.data is base64 of another JSON document. */
static sc_parse_result_t
sc_google_data(sc_callback_t *callback, sc_str_t encoded)
{
    size_t            len, room;
    unsigned char    *out;
    sc_parse_result_t result;

    room = encoded.len / 4 * 3 + 3;

    out = sc_arena_bytes(callback->arena, room);
    if (out == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    if (!sc_base64_decode(encoded, SC_BASE64_OPTIONAL, out, room, &len)) {
        return sc_kit_die(callback, SC_DEAD_ENCODING);
    }

    result = sc_callback_read_json(callback, sc_str_make(out, len));

    if (result == SC_PARSE_OK
        && !sc_json_is(sc_json_root(callback->json), SC_JSON_OBJECT))
    {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    return result;
}


/* The notice is the body. */
static sc_parse_result_t
sc_google_unwrapped(sc_callback_t *callback)
{
    size_t   count;
    sc_str_t id, time;

    id = sc_request_header(callback->request,
                           SC_STR("x-goog-pubsub-message-id"), &count);
    time = sc_request_header(callback->request,
                             SC_STR("x-goog-pubsub-publish-time"), NULL);

    if (id.len == 0 || count != 1) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (!sc_json_is(sc_json_root(callback->json), SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    sc_google_item(callback, id, sc_google_published(time));

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_google_parse(sc_callback_t *callback)
{
    sc_str_t                   id, data, time;
    sc_parse_result_t          result;
    const sc_json_token_t     *message;
    const sc_google_options_t *options;

    options = callback->source->options;
    message = sc_kit_object(callback, sc_json_root(callback->json),
                            SC_STR("message"));

    if (options->unwrapped && message == NULL) {
        return sc_google_unwrapped(callback);
    }

    id = sc_google_any(callback, message, "messageId", "message_id", NULL);
    time = sc_google_any(callback, message, "publishTime", "publish_time",
                         NULL);
    data = sc_callback_text(callback, message, SC_STR("data"));

    if (id.len == 0 || data.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    if (callback->json->duplicate) {
        return sc_kit_die(callback, SC_DEAD_DUPLICATE_NAME);
    }

    result = sc_google_data(callback, data);

    if (result == SC_PARSE_OK) {
        sc_google_item(callback, id, sc_google_published(time));
    }

    return result;
}


static const char *
sc_google_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_google_options_t *options;

    (void) arena;

    options = data;

    if (sc_str_eq(name, SC_STR("email"))) {
        options->scheme.jwt.email = value;
        return sc_str_find_byte(value, '@') < value.len
               ? NULL : "email= is the push service account's address";
    }

    if (sc_str_eq(name, SC_STR("audience"))) {
        options->audience = value;
        return value.len != 0 ? NULL : "audience= needs a value";
    }

    if (sc_str_eq(name, SC_STR("updates"))) {
        return sc_kit_set_choice(&options->updates_wait, value, "edit",
                                 "wait", "updates= is either edit or wait");
    }

    if (sc_str_eq(name, SC_STR("unwrapped"))) {
        return sc_kit_set_switch(&options->unwrapped, value);
    }

    return "unknown option: google-business knows email=, audience=, "
           "updates= and unwrapped=";
}


static const char *
sc_google_finish_options(void *data, sc_arena_t *arena)
{
    sc_str_t             email;
    sc_google_options_t *options;

    (void) arena;

    options = data;
    email = options->scheme.jwt.email;

    options->scheme = sc_google_scheme;
    options->scheme.jwt.email = email;

    if (options->audience.len != 0) {
        options->scheme.jwt.audiences = &options->audience;
        options->scheme.jwt.audiences_count = 1;

    } else {
        options->scheme.jwt.audience_is_url = true;
    }

    return email.len != 0
           ? NULL : "google-business needs email=, the push service account: "
                    "Google signs tokens for anybody";
}


const sc_platform_t sc_platform_google_business = {
    .name = SC_STR_INIT("google-business"),
    .channel = SC_CHANNEL_REVIEW,
    .json = true,
    .success = { .status = 204 },
    .schemes = sc_google_schemes,
    .parse = sc_google_parse,
    .options_size = sizeof(sc_google_options_t),
    .set_option = sc_google_set_option,
    .finish_options = sc_google_finish_options
};
