/*
 * sc_meta_signed_request.c: the two form callbacks: somebody removed the app
 * (deauthorize), or asks for the deletion of stored data.
 *
 * Both become notices that name the app-scoped user.  The request does not say
 * which of the two it is: the URL decides (option signed_request).
 */

#include "sc_kit.h"
#include "sc_meta.h"


#define SC_META_MAX_FIELDS   16
#define SC_META_CODE_BYTES   ((size_t) 16)
#define SC_META_MAX_DIGEST   64


static sc_parse_result_t
sc_meta_die(sc_callback_t *callback, sc_dead_reason_t reason)
{
    callback->dead = reason;

    return SC_PARSE_DEAD;
}


/* The payload after the first '.', decoded and read as JSON. */
static sc_parse_result_t
sc_meta_read_payload(sc_callback_t *callback, sc_str_t *encoded)
{
    size_t         count, len, capacity;
    sc_str_t       field;
    sc_pair_t     *pairs;
    unsigned char *payload;

    if (!sc_form_read(callback->arena, callback->request->body,
                      SC_META_MAX_FIELDS, &pairs, &count))
    {
        return sc_meta_die(callback, SC_DEAD_SYNTAX);
    }

    if (!sc_pairs_get(pairs, count, SC_STR("signed_request"), &field)) {
        return sc_meta_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    *encoded = sc_str_from(field, sc_str_find_byte(field, '.') + 1);

    capacity = encoded->len / 4 * 3 + 3;

    payload = sc_arena_bytes(callback->arena, capacity);
    if (payload == NULL) {
        callback->too_large = true;
        return SC_PARSE_TOO_LARGE;
    }

    if (!sc_base64_decode(*encoded, SC_BASE64URL, payload, capacity, &len)) {
        return sc_meta_die(callback, SC_DEAD_SYNTAX);
    }

    return sc_callback_read_json(callback, sc_str_make(payload, len));
}


/*
 * The confirmation code is computed, not stored: the same request gives the
 * same code, and nobody without the secret can guess another person's.
 */
static sc_str_t
sc_meta_confirmation_code(sc_callback_t *callback, sc_str_t event)
{
    size_t         len;
    sc_str_t       key;
    unsigned char  digest[SC_META_MAX_DIGEST], *code;
    sc_secrets_t   secrets;

    key = SC_STR("");
    secrets = callback->source->secrets;

    if (callback->verdict != NULL
        && callback->verdict->secret < secrets.count)
    {
        key = sc_secret_bytes(secrets.items[callback->verdict->secret]);
    }

    code = sc_arena_bytes(callback->arena, 2 * SC_META_CODE_BYTES);

    if (code == NULL
        || !sc_kit_hmac(callback, key, event, digest, &len)
        || len < SC_META_CODE_BYTES)
    {
        callback->too_large = true;
        return SC_STR_NULL;
    }

    sc_hex_encode(sc_str_make(digest, SC_META_CODE_BYTES), code);

    return sc_str_make(code, 2 * SC_META_CODE_BYTES);
}


static void
sc_meta_answer_deletion(sc_callback_t *callback,
    const sc_meta_options_t *options, sc_str_t code)
{
    sc_str_t url, joint;

    url = options->data_deletion_url;
    joint = sc_str_contains(url, SC_STR("?")) ? SC_STR("&id=")
                                              : SC_STR("?id=");

    callback->answer.status = 200;
    callback->answer.content_type = SC_STR("application/json");
    callback->answer.body = sc_kit_join(callback,
                           SC_STR("{\"url\":\""), url, joint, code,
                           SC_STR("\",\"confirmation_code\":\""), code,
                           SC_STR("\"}"));
}


static bool
sc_meta_is_too_old(const sc_callback_t *callback,
    const sc_meta_options_t *options, int64_t issued_ms)
{
    return options->signed_request_age_ms != 0
           && (issued_ms < 0
               || callback->now_ms - issued_ms
                  > options->signed_request_age_ms);
}


static void
sc_meta_add_request(sc_callback_t *callback,
    const sc_meta_options_t *options, sc_str_t user, int64_t issued_ms)
{
    sc_str_t      issued;
    sc_mention_t *mention;

    mention = sc_callback_add(callback);
    if (mention == NULL) {
        return;
    }

    if (callback->source->platform == &sc_platform_meta) {
        mention->platform = sc_platform_facebook.name;
        mention->channel = sc_platform_facebook.channel;
    }

    issued = sc_callback_id(callback, sc_json_root(callback->json),
                            SC_STR("issued_at"));

    mention->kind = SC_KIND_NOTICE;
    mention->notice = options->duty == SC_META_DUTY_DATA_DELETION
                      ? SC_STR("data_deletion") : SC_STR("deauthorize");
    mention->event = sc_kit_join(callback, mention->notice, SC_STR("/"),
                                 user, SC_STR("/"), issued);
    mention->direction = SC_DIRECTION_NONE;
    mention->is_public = SC_TRI_NO;
    mention->author.id = user;
    mention->created_ms = issued_ms;
    mention->raw = sc_json_raw(callback->json, sc_json_root(callback->json));

    if (options->duty == SC_META_DUTY_DATA_DELETION) {
        mention->object = sc_meta_confirmation_code(callback, mention->event);
        sc_meta_answer_deletion(callback, options, mention->object);
    }
}


sc_parse_result_t
sc_meta_parse_signed_request(sc_callback_t *callback,
    const sc_meta_options_t *options)
{
    int64_t                issued_ms;
    sc_str_t               user, encoded;
    sc_parse_result_t      result;
    const sc_json_token_t *root;

    /* The URL's purpose is not configured: kept for a person to look at. */
    if (options->duty == SC_META_DUTY_NONE) {
        return sc_meta_die(callback, SC_DEAD_UNKNOWN_OBJECT);
    }

    result = sc_meta_read_payload(callback, &encoded);
    if (result != SC_PARSE_OK) {
        return result;
    }

    root = sc_json_root(callback->json);

    if (!sc_str_eq_nocase(sc_callback_text(callback, root,
                                           SC_STR("algorithm")),
                          SC_STR("HMAC-SHA256")))
    {
        return sc_meta_die(callback, SC_DEAD_SHAPE);
    }

    user = sc_callback_id(callback, root, SC_STR("user_id"));
    if (user.len == 0) {
        return sc_meta_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    issued_ms = sc_meta_time(callback, root, SC_STR("issued_at"));

    if (sc_meta_is_too_old(callback, options, issued_ms)) {
        callback->answer.status = 401;
        return SC_PARSE_OK;
    }

    sc_meta_add_request(callback, options, user, issued_ms);

    return SC_PARSE_OK;
}
