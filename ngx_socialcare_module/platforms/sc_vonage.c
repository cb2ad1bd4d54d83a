/*
 * sc_vonage.c: Vonage (Nexmo): Messages in both layouts, SMS API, voice
 * events and the answer webhook.
 *
 * Signed with a JWT that contains the body's hash; the older SMS API signs its
 * parameters.  The JWT of a GET covers no parameters: so its jti may not be
 * repeated with others.  Refused callbacks get 503, not 401: Vonage sends some
 * callbacks unsigned, and signed on the retry.
 *
 * The clock: as for calls and SMS elsewhere, by brand number and customer's,
 * so that an SMS answers a missed call.  Key: vonage:<brand>:<customer>, with
 * CHANNEL: before the customer for channels other than SMS and calls.  Answers
 * are messages that were submitted and calls that the customer took.  That an
 * incoming call was answered proves nothing.  In place of a withheld number
 * stands the conversation, which the call shares with the leg to an agent.
 *
 * Options:
 *
 *   sig=sha256, sha1, sha512, md5, md5hash   the SMS API's `sig` counts where
 *                                            there is no JWT
 *   ncco=JSON        the reply of the answer webhook; default: []
 */

#include "sc_registry.h"
#include "sc_vonage.h"


static const sc_str_t sc_vonage_issuers[] = { SC_STR_INIT("Vonage") };

static const sc_verify_scheme_t sc_vonage_jwt = {
    .kind = SC_SCHEME_JWT,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("Authorization") },
    .prefix = SC_STR_INIT("Bearer "),
    .timestamp = { SC_FROM_CLAIM, SC_STR_INIT("iat") },
    .timestamp_format = SC_TIME_SECONDS,
    .id = { SC_FROM_CLAIM, SC_STR_INIT("jti") },
    .id_once = true,
    .jwt = {
        .issuers = sc_vonage_issuers,
        .issuers_count = 1,
        .body_hash = SC_STR_INIT("payload_hash")
    }
};

#define SC_VONAGE_SIG(name, algorithm, plain)                                 \
    static const sc_verify_scheme_t name = {                                  \
        .kind = SC_SCHEME_PARAMETERS_SORTED,                                  \
        .digest = (algorithm),                                                \
        .plain_digest = (plain),                                              \
        .signature = { SC_FROM_QUERY, SC_STR_INIT("sig") },                   \
        .timestamp = { SC_FROM_QUERY, SC_STR_INIT("timestamp") },             \
        .timestamp_format = SC_TIME_SECONDS,                                  \
        .id = { SC_FROM_QUERY, SC_STR_INIT("nonce") }                         \
    }

SC_VONAGE_SIG(sc_vonage_sha256, SC_DIGEST_SHA256, false);
SC_VONAGE_SIG(sc_vonage_sha1, SC_DIGEST_SHA1, false);
SC_VONAGE_SIG(sc_vonage_sha512, SC_DIGEST_SHA512, false);
SC_VONAGE_SIG(sc_vonage_md5, SC_DIGEST_MD5, false);
SC_VONAGE_SIG(sc_vonage_md5hash, SC_DIGEST_MD5, true);


static const struct {
    sc_str_t                  name;
    const sc_verify_scheme_t *scheme;
} sc_vonage_sigs[] = {
    { SC_STR_INIT("sha256"), &sc_vonage_sha256 },
    { SC_STR_INIT("sha1"), &sc_vonage_sha1 },
    { SC_STR_INIT("sha512"), &sc_vonage_sha512 },
    { SC_STR_INIT("md5"), &sc_vonage_md5 },
    { SC_STR_INIT("md5hash"), &sc_vonage_md5hash }
};


static const sc_str_t sc_vonage_proofs[] = {
    SC_STR_INIT("submitted"), SC_STR_INIT("delivered"), SC_STR_INIT("read"),
    SC_STR_INIT("accepted"), SC_STR_INIT("buffered")
};

static size_t
sc_vonage_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    const sc_vonage_options_t *options;

    options = source->options;

    if (capacity > 1) {
        list[0] = &sc_vonage_jwt;
        list[1] = options->sig;
    }

    return options->sig == NULL ? 1 : 2;
}


static const sc_verify_scheme_t *
sc_vonage_choose(const sc_source_t *source, const sc_request_t *request)
{
    const sc_vonage_options_t *options;

    options = source->options;

    return options->sig == NULL
           || sc_request_header(request, SC_STR("Authorization"),
                                NULL).len != 0
           ? &sc_vonage_jwt : options->sig;
}


sc_str_t
sc_vonage_inner(const sc_vonage_t *event, const char *object,
    const char *name)
{
    sc_callback_t *callback;

    callback = event->callback;

    if (event->root == NULL) {
        return SC_STR_NULL;
    }

    return sc_callback_id(callback,
                          sc_kit_object(callback, event->root,
                                        sc_str_from_cstring(object)),
                          sc_str_from_cstring(name));
}


/* Plain, or an object with the number (v0.1). */
static sc_str_t
sc_vonage_party(const sc_vonage_t *event, const char *name)
{
    return sc_kit_either(sc_param(event, name),
               sc_kit_either(sc_vonage_inner(event, name, "number"),
                             sc_vonage_inner(event, name, "id")));
}


/* A WhatsApp user without a visible phone number has only this id. */
static sc_str_t
sc_vonage_user(const sc_vonage_t *event, const char *role)
{
    sc_callback_t *callback;

    callback = event->callback;

    if (event->root == NULL) {
        return SC_STR_NULL;
    }

    return sc_callback_id(callback,
                          sc_kit_object(callback,
                              sc_kit_object(callback, event->root,
                                            SC_STR("whatsapp")),
                              sc_str_from_cstring(role)),
                          SC_STR("user_id"));
}


static void
sc_vonage_dead(const sc_vonage_t *event, sc_dead_reason_t reason)
{
    sc_callback_add_dead(event->callback, reason, event->raw);
}


sc_mention_t *
sc_vonage_add(const sc_vonage_t *event, sc_kind_t kind, sc_channel_t channel,
    sc_direction_t direction)
{
    return sc_kit_add_private(event->callback, event->raw, kind, channel,
                              direction);
}


void
sc_vonage_set_parties(const sc_vonage_t *event, sc_mention_t *mention,
    sc_str_t scheme, sc_str_t brand, sc_str_t customer)
{
    mention->account = sc_kit_either(brand, mention->account);
    mention->thread = sc_kit_pair_thread(event->callback, scheme, brand,
                                         customer);
    sc_kit_set_sides(mention, brand, customer);
}


void
sc_vonage_set_clock(const sc_vonage_t *event, sc_mention_t *mention,
    sc_str_t customer)
{
    bool phone;

    phone = mention->channel != SC_CHANNEL_MESSAGING;

    if (customer.len != 0 && !phone) {
        customer = sc_kit_join(event->callback, event->channel, SC_STR(":"),
                               customer);
    }

    mention->clock_key = sc_kit_clock_key(event->callback, mention, customer);
    mention->no_answer = mention->direction == SC_DIRECTION_OUT
                         && mention->clock_key.len == 0;
}


/* Messages. */


static sc_channel_t
sc_vonage_channel(const sc_vonage_t *event)
{
    return sc_str_eq(event->channel, SC_STR("sms")) ? SC_CHANNEL_SMS
                                                    : SC_CHANNEL_MESSAGING;
}


/* message.content of v0.1, else the message itself. */
static const sc_json_token_t *
sc_vonage_content(const sc_vonage_t *event)
{
    const sc_json_token_t *content;

    content = sc_kit_object(event->callback,
                            sc_kit_object(event->callback, event->root,
                                          SC_STR("message")),
                            SC_STR("content"));

    return content != NULL ? content : event->root;
}


/* Both spellings occur. */
static void
sc_vonage_add_place(const sc_vonage_t *event, sc_mention_t *mention,
    const sc_json_token_t *location)
{
    sc_callback_t *callback;

    callback = event->callback;

    if (sc_kit_add_place(callback, mention, location, SC_STR("lat"),
                         SC_STR("long"))
        || sc_kit_add_place(callback, mention, location, SC_STR("latitude"),
                            SC_STR("longitude")))
    {
        mention->text = sc_kit_either(mention->text,
            sc_kit_either(sc_callback_text(callback, location,
                                           SC_STR("name")),
                          sc_callback_text(callback, location,
                                           SC_STR("address"))));
    }
}


/* An MMS of several parts: a list of texts, a line each, and of files. */
static void
sc_vonage_add_parts(const sc_vonage_t *event, sc_mention_t *mention,
    const sc_json_token_t *list)
{
    size_t                 count, lines;
    sc_str_t               url, text, words[2 * SC_KIT_MAX_MEDIA];
    sc_callback_t         *callback;
    const sc_json_token_t *part;

    callback = event->callback;
    part = NULL;
    lines = 0;

    for (count = 0;
         count < SC_KIT_MAX_MEDIA
         && (part = sc_json_next(callback->json, list, part, NULL)) != NULL;
         count++)
    {
        url = sc_callback_text(callback, part, SC_STR("url"));
        text = sc_kit_either(sc_callback_text(callback, part, SC_STR("text")),
                             sc_callback_text(callback, part,
                                              SC_STR("caption")));

        if (text.len != 0) {
            words[lines++] = text;
            words[lines++] = SC_STR("\n");
        }

        if (url.len != 0) {
            sc_callback_add_media(callback, mention,
                                  sc_callback_text(callback, part,
                                                   SC_STR("type")),
                                  url, SC_STR_NULL);
        }
    }

    if (lines != 0 && mention->text.len == 0) {
        mention->text = sc_callback_join(callback, words, lines - 1);
    }
}


static void
sc_vonage_add_content(const sc_vonage_t *event, sc_mention_t *mention)
{
    sc_str_t               type, url;
    sc_callback_t         *callback;
    const sc_json_token_t *content, *part, *list;

    callback = event->callback;

    if (event->root == NULL) {
        mention->text = sc_param(event, "text");
        return;
    }

    content = sc_vonage_content(event);
    type = sc_kit_either(sc_callback_text(callback, content,
                                          SC_STR("message_type")),
                         sc_callback_text(callback, content, SC_STR("type")));
    part = sc_kit_object(callback, content, type);
    url = sc_callback_text(callback, part, SC_STR("url"));

    mention->text = sc_kit_either(sc_callback_text(callback, content,
                                                   SC_STR("text")),
        sc_kit_either(sc_callback_text(callback, part, SC_STR("caption")),
            sc_kit_either(sc_callback_text(callback, part, SC_STR("text")),
                          sc_callback_text(callback, part,
                                           SC_STR("title")))));

    if (url.len != 0) {
        sc_callback_add_media(callback, mention, type, url, SC_STR_NULL);
    }

    sc_vonage_add_place(event, mention, part);
    list = sc_json_member(callback->json, event->root, "content");

    if (sc_json_is(list, SC_JSON_ARRAY)) {
        sc_vonage_add_parts(event, mention, list);
    }

    if (sc_str_eq(type, SC_STR("reaction"))) {
        mention->kind = SC_KIND_REACTION;
        mention->reaction = sc_callback_text(callback, part,
                                             SC_STR("emoji"));

        if (sc_str_eq(sc_callback_text(callback, part, SC_STR("action")),
                      SC_STR("unreact")))
        {
            mention->action = SC_ACTION_DELETE;
        }
    }
}


static void
sc_vonage_message(const sc_vonage_t *event, sc_str_t id)
{
    sc_mention_t *mention;

    if (event->from.len == 0 || event->to.len == 0) {
        sc_vonage_dead(event, SC_DEAD_MISSING_MEMBER);
        return;
    }

    mention = sc_vonage_add(event, SC_KIND_MESSAGE, sc_vonage_channel(event),
                            SC_DIRECTION_IN);
    if (mention == NULL) {
        return;
    }

    mention->event = id;
    mention->object = id;
    mention->parent = sc_vonage_inner(event, "context", "message_uuid");
    mention->author.name = sc_vonage_inner(event, "profile", "name");
    sc_kit_set_created(event->callback, mention,
                       sc_param_time(event, "timestamp", SC_TIME_ISO8601));
    sc_vonage_add_content(event, mention);
    sc_vonage_set_parties(event, mention, event->channel, event->to,
                          event->from);

    if (mention->kind == SC_KIND_MESSAGE) {
        sc_vonage_set_clock(event, mention, event->from);
    }
}


static void
sc_vonage_status(const sc_vonage_t *event, sc_str_t id, sc_str_t status,
    int64_t created_ms)
{
    sc_mention_t *mention;

    mention = sc_vonage_add(event, SC_KIND_STATUS, sc_vonage_channel(event),
                            SC_DIRECTION_OUT);
    if (mention == NULL) {
        return;
    }

    mention->event = sc_kit_join(event->callback, id, SC_STR(":"), status);
    mention->object = id;
    mention->status = status;
    sc_kit_set_created(event->callback, mention, created_ms);
    sc_vonage_set_parties(event, mention, event->channel, event->from,
                          event->to);

    /* Several may report that one message was sent: the first one answers. */
    if (sc_kit_is_one_of(sc_vonage_proofs, status)) {
        mention->proof = sc_kit_join(event->callback, id, SC_STR(":sent"));
        sc_vonage_set_clock(event, mention, event->to);
    }
}


/*
 * One part of a long text.  Parts arrive in any order and at any worker, and
 * nothing here stores them: each becomes a record, and the reader joins them by
 * its member `part`.  For the clock the first part is the message; others are
 * not actionable.
 */
static void
sc_vonage_part(const sc_vonage_t *event, sc_mention_t *mention)
{
    int64_t number;

    number = sc_params_int(&event->params, SC_STR("concat-part"));

    if (number < 1) {
        return;
    }

    mention->part.ref = sc_param(event, "concat-ref");
    mention->part.number = number;
    mention->part.total = sc_params_int(&event->params,
                                        SC_STR("concat-total"));
}


/* The SMS API: a text, or one part of a long one. */
static void
sc_vonage_sms(sc_vonage_t *event, sc_str_t id)
{
    sc_str_t      status;
    sc_mention_t *mention;

    event->channel = SC_STR("sms");
    event->from = sc_param(event, "msisdn");
    status = sc_param(event, "status");

    /* A receipt: msisdn is the recipient, `to` the sender. */
    if (status.len != 0) {
        event->from = sc_param(event, "to");
        event->to = sc_param(event, "msisdn");
        sc_vonage_status(event, id, status,
                         sc_param_time(event, "message-timestamp",
                                       SC_TIME_ISO8601));
        return;
    }

    sc_vonage_message(event, id);
    mention = event->callback->last;

    if (mention == NULL) {
        return;
    }

    sc_kit_set_created(event->callback, mention,
                       sc_param_time(event, "message-timestamp",
                                     SC_TIME_ISO8601));
    sc_vonage_part(event, mention);
}


static void
sc_vonage_choose_event(sc_vonage_t *event)
{
    sc_str_t message, call, sms, status;

    message = sc_param(event, "message_uuid");
    sms = sc_param(event, "messageId");
    call = sc_params_either(&event->params, SC_STR("uuid"),
                            SC_STR("call_uuid"));
    status = sc_param(event, "status");

    if (message.len != 0 && status.len != 0) {
        sc_vonage_status(event, message, status,
                         sc_param_time(event, "timestamp", SC_TIME_ISO8601));

    } else if (message.len != 0) {
        sc_vonage_message(event, message);

    } else if (sms.len != 0) {
        sc_vonage_sms(event, sms);

    } else if (sc_param(event, "recording_url").len != 0) {
        sc_vonage_recording(event);

    } else if (call.len != 0) {
        sc_vonage_call(event, call);

    } else {
        sc_vonage_dead(event, SC_DEAD_UNKNOWN_OBJECT);
    }
}


static sc_parse_result_t
sc_vonage_parse(sc_callback_t *callback)
{
    sc_vonage_t       event;
    sc_parse_result_t result;

    event.callback = callback;
    event.raw = sc_kit_either(callback->request->body,
                              callback->request->query);

    result = sc_params_read(callback, &event.params);
    if (result != SC_PARSE_OK) {
        return result;
    }

    event.root = callback->json == NULL ? NULL : sc_json_root(callback->json);
    event.from = sc_kit_either(sc_vonage_party(&event, "from"),
                     sc_kit_either(sc_vonage_user(&event, "sender"),
                                   sc_param(&event, "from_user")));
    event.to = sc_kit_either(sc_vonage_party(&event, "to"),
                             sc_vonage_user(&event, "recipient"));
    event.channel = sc_kit_either(sc_param(&event, "channel"),
                        sc_kit_either(sc_vonage_inner(&event, "from", "type"),
                                      SC_STR("sms")));
    sc_vonage_choose_event(&event);

    return SC_PARSE_OK;
}


static const char *
sc_vonage_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    size_t               i;
    sc_vonage_options_t *options;

    (void) arena;

    options = data;

    if (sc_str_eq(name, SC_STR("ncco"))) {
        options->ncco = value;

        return sc_str_starts_with(value, SC_STR("["))
               && sc_str_ends_with(value, SC_STR("]"))
               ? NULL : "ncco= is a JSON array of actions, in quotes";
    }

    if (!sc_str_eq(name, SC_STR("sig"))) {
        return "unknown option: vonage knows sig= and ncco=";
    }

    for (i = 0; i < sizeof(sc_vonage_sigs) / sizeof(sc_vonage_sigs[0]); i++) {
        if (sc_str_eq(sc_vonage_sigs[i].name, value)) {
            options->sig = sc_vonage_sigs[i].scheme;
            return NULL;
        }
    }

    return "sig= is sha256, sha1, sha512, md5 or md5hash, as the account's "
           "settings say";
}


const sc_platform_t sc_platform_vonage = {
    .name = SC_STR_INIT("vonage"),
    .channel = SC_CHANNEL_SMS,
    .refused_status = 503,
    .get_is_event = true,
    .schemes = sc_vonage_schemes,
    .choose_scheme = sc_vonage_choose,
    .parse = sc_vonage_parse,
    .options_size = sizeof(sc_vonage_options_t),
    .set_option = sc_vonage_set_option
};
