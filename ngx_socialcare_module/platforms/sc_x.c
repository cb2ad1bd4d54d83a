/*
 * sc_x.c: X (Twitter), options and handshake.  Account Activity, X Activity
 * and filtered stream share handshake and signature, and may share a location.
 *
 * Options of `socialcare_webhook x`:
 *
 *   crc=LABEL             answer the CRC with the secret of this label
 *                         (default: the first one that still counts)
 *   signed_crc=on         the CRC's own signature must be right, too
 *   quote_answers=on      a brand's quote of a post ends that post's wait
 *   bot_app=ID            messages sent by this application are automatic
 *   rule=TAG:ACCOUNT      posts of this filtered stream rule belong to ACCOUNT
 *
 * bot_app and rule may be repeated.
 */

#include "sc_kit.h"
#include "sc_registry.h"
#include "sc_x.h"


#define SC_X_SIGNATURE_HEADER  "x-twitter-webhooks-signature"
#define SC_X_OAUTH2_HEADER     "x-twitter-webhooks-signature-oauth2"

#define SC_X_SHA256_SIZE       32

/* {"response_token":"sha256=…44 characters…"} with room to spare */
#define SC_X_CRC_ANSWER_SIZE   128


/*
 * Applications with OAuth 2.0 credentials get a second header, whose key is
 * the client secret.  A receiver cannot know which pair is in use: any header
 * that matches any secret is accepted.
 */
static const sc_verify_scheme_t sc_x_oauth2_scheme = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_HEADER, SC_STR_INIT(SC_X_OAUTH2_HEADER) },
    .encoding = SC_SIGNATURE_BASE64,
    .prefix = SC_STR_INIT("sha256=")
};

static const sc_verify_scheme_t sc_x_scheme = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_HEADER, SC_STR_INIT(SC_X_SIGNATURE_HEADER) },
    .encoding = SC_SIGNATURE_BASE64,
    .prefix = SC_STR_INIT("sha256="),
    .alternative = &sc_x_oauth2_scheme,
    .alternative_when = SC_ALTERNATIVE_IF_REFUSED
};


const sc_x_options_t *
sc_x_options(const sc_source_t *source)
{
    static const sc_x_options_t none;

    return source->options == NULL ? &none : source->options;
}


/* CRC */


/* The secret to answer with; NULL: none with that label counts any more. */
static const sc_secret_t *
sc_x_crc_secret(sc_callback_t *callback)
{
    size_t                i;
    int64_t               until_s;
    const sc_secrets_t   *secrets;
    const sc_x_options_t *options;

    secrets = &callback->source->secrets;
    options = sc_x_options(callback->source);

    for (i = 0; i < secrets->count; i++) {
        until_s = sc_secret_until_s(secrets->items[i]);

        if (until_s != 0 && callback->now_ms / 1000 >= until_s) {
            continue;
        }

        if (options->crc_label.len == 0
            || sc_str_eq(options->crc_label,
                         sc_secret_label(secrets->items[i])))
        {
            return secrets->items[i];
        }
    }

    return NULL;
}


/* A GET is signed as if its query string were the body. */
static bool
sc_x_crc_is_signed(sc_callback_t *callback)
{
    sc_request_t request;
    sc_verdict_t verdict;

    request = *callback->request;
    request.body = request.query;

    sc_verify(&sc_x_scheme, &request, &callback->source->secrets,
              callback->now_ms, 0, callback->arena, &verdict);

    return verdict.result == SC_VERIFY_OK;
}


static bool
sc_x_crc_answer(sc_callback_t *callback, const sc_secret_t *secret,
    sc_str_t token)
{
    size_t         len;
    sc_buf_t       buf;
    unsigned char  mac[64], *memory;

    memory = sc_arena_bytes(callback->arena, SC_X_CRC_ANSWER_SIZE);

    if (memory == NULL
        || !sc_kit_hmac(callback, sc_secret_bytes(secret), token, mac, &len))
    {
        return false;
    }

    sc_buf_init_fixed(&buf, memory, SC_X_CRC_ANSWER_SIZE);
    sc_buf_append_literal(&buf, "{\"response_token\":\"sha256=");
    sc_base64_encode(&buf, sc_str_make(mac, len), SC_BASE64_PADDED);
    sc_buf_append_literal(&buf, "\"}");

    callback->answer.body = sc_buf_str(&buf);

    return !buf.failed;
}


/*
 * A wrong answer, a redirect or a TLS failure makes X stop all deliveries; 4xx
 * and 5xx count as transient.  So if the right answer is not possible the
 * answer is an error, never some other token.
 */
static void
sc_x_handshake(sc_callback_t *callback)
{
    sc_str_t              raw, token;
    const sc_secret_t    *secret;
    const sc_x_options_t *options;

    options = sc_x_options(callback->source);
    callback->answer = (sc_answer_t) { .status = 400 };

    if (!sc_query_get_raw(callback->request->query, SC_STR("crc_token"), &raw)
        || !sc_percent_decode(callback->arena, raw, false, &token)
        || token.len == 0)
    {
        return;
    }

    if (options->signed_crc && !sc_x_crc_is_signed(callback)) {
        callback->answer.status = 401;
        return;
    }

    secret = sc_x_crc_secret(callback);

    if (secret == NULL || !sc_x_crc_answer(callback, secret, token)) {
        callback->answer = (sc_answer_t) { .status = 500 };
        return;
    }

    callback->answer.status = 200;
    callback->answer.content_type = SC_STR("application/json");
}


/* Configuration */


static size_t
sc_x_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    (void) source;

    if (capacity > 0) {
        list[0] = &sc_x_scheme;
    }

    if (capacity > 1) {
        list[1] = &sc_x_oauth2_scheme;
    }

    return 2;
}


static const char *
sc_x_set_switch(bool *on, sc_str_t value)
{
    if (sc_str_eq(value, SC_STR("on"))) {
        *on = true;
        return NULL;
    }

    if (sc_str_eq(value, SC_STR("off"))) {
        *on = false;
        return NULL;
    }

    return "this option is either on or off";
}


static const char *
sc_x_add_entry(sc_arena_t *arena, sc_x_entry_t **list, sc_str_t name,
    sc_str_t value)
{
    sc_x_entry_t *entry;

    entry = sc_arena_array(arena, 1, sizeof(sc_x_entry_t));
    if (entry == NULL) {
        return "no memory for this option";
    }

    entry->name = name;
    entry->value = value;
    entry->next = *list;
    *list = entry;

    return NULL;
}


/* TAG:ACCOUNT; a tag may contain colons, an account does not. */
static const char *
sc_x_add_rule(sc_x_options_t *options, sc_arena_t *arena, sc_str_t value)
{
    size_t at;

    for (at = value.len; at > 0 && value.data[at - 1] != ':'; at--) {
        /* void */
    }

    if (at < 2 || at == value.len) {
        return "rule= wants the tag of a filtered stream rule and the id of "
               "the account it belongs to: rule=TAG:ACCOUNT";
    }

    return sc_x_add_entry(arena, &options->rules,
                          sc_str_first(value, at - 1),
                          sc_str_from(value, at));
}


static const char *
sc_x_set_option(void *data, sc_arena_t *arena, sc_str_t name, sc_str_t value)
{
    sc_x_options_t *options;

    options = data;

    if (value.len == 0) {
        return "this option needs a value";
    }

    if (sc_str_eq(name, SC_STR("crc"))) {
        options->crc_label = value;
        return NULL;
    }

    if (sc_str_eq(name, SC_STR("signed_crc"))) {
        return sc_x_set_switch(&options->signed_crc, value);
    }

    if (sc_str_eq(name, SC_STR("quote_answers"))) {
        return sc_x_set_switch(&options->quote_answers, value);
    }

    if (sc_str_eq(name, SC_STR("bot_app"))) {
        return sc_x_add_entry(arena, &options->bot_apps, value, SC_STR_NULL);
    }

    if (sc_str_eq(name, SC_STR("rule"))) {
        return sc_x_add_rule(options, arena, value);
    }

    return "unknown option: x knows crc=, signed_crc=, quote_answers=, "
           "bot_app= and rule=";
}


const sc_platform_t sc_platform_x = {
    .name = SC_STR_INIT("x"),
    .channel = SC_CHANNEL_SOCIAL,
    .json = true,
    .schemes = sc_x_schemes,
    .handshake = sc_x_handshake,
    .parse = sc_x_parse,
    .options_size = sizeof(sc_x_options_t),
    .set_option = sc_x_set_option
};
