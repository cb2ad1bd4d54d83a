/*
 * sc_meta_access.c: who has access to a Meta URL: the schemes, the hub.*
 * handshake, and the options of `socialcare_webhook`.
 *
 * No event is read here.
 */

#include "sc_meta.h"


#define SC_META_MAX_CHALLENGE  256
#define SC_META_MAX_BOT_APPS   64


static const sc_verify_scheme_t sc_meta_sha256 = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Hub-Signature-256") },
    .encoding = SC_SIGNATURE_HEX,
    .prefix = SC_STR_INIT("sha256=")
};


static const sc_verify_scheme_t sc_meta_sha1 = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA1,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Hub-Signature") },
    .encoding = SC_SIGNATURE_HEX,
    .prefix = SC_STR_INIT("sha1=")
};


/* The weaker header counts only where the stronger one is absent. */
static const sc_verify_scheme_t sc_meta_sha256_else_sha1 = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Hub-Signature-256") },
    .encoding = SC_SIGNATURE_HEX,
    .prefix = SC_STR_INIT("sha256="),
    .alternative = &sc_meta_sha1,
    .alternative_when = SC_ALTERNATIVE_IF_ABSENT
};


static const sc_verify_scheme_t sc_meta_signed_request = {
    .kind = SC_SCHEME_SIGNED_REQUEST,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_FORM, SC_STR_INIT("signed_request") },
    .encoding = SC_SIGNATURE_BASE64URL
};


static const sc_verify_scheme_t *
sc_meta_header_scheme(const sc_source_t *source)
{
    const sc_meta_options_t *options;

    options = source->options;

    return options != NULL && options->sha1 ? &sc_meta_sha256_else_sha1
                                            : &sc_meta_sha256;
}


size_t
sc_meta_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    size_t                    count, i;
    const sc_verify_scheme_t *schemes[3];

    schemes[0] = sc_meta_header_scheme(source);
    schemes[1] = &sc_meta_signed_request;
    schemes[2] = schemes[0]->alternative;

    count = schemes[2] == NULL ? 2 : 3;

    for (i = 0; i < count && i < capacity; i++) {
        list[i] = schemes[i];
    }

    return i;
}


bool
sc_meta_is_form(const sc_request_t *request)
{
    sc_str_t type;

    type = sc_request_header(request, SC_STR("Content-Type"), NULL);
    type = sc_str_first(type, sc_str_find_byte(type, ';'));

    return sc_str_eq_nocase(sc_str_trim(type),
                            SC_STR("application/x-www-form-urlencoded"));
}


/*
 * The sender chooses by its content type, but either way only a holder of the
 * app secret passes, and parse decides by the same test: a signed request
 * never becomes an event, nor vice versa.
 */
const sc_verify_scheme_t *
sc_meta_choose_scheme(const sc_source_t *source, const sc_request_t *request)
{
    return sc_meta_is_form(request) ? &sc_meta_signed_request
                                    : sc_meta_header_scheme(source);
}


/* Both readings of '+', every token, without returning early. */
static bool
sc_meta_token_matches(sc_callback_t *callback)
{
    bool     matches;
    size_t   i, j;
    sc_str_t raw, readings[2];

    if (!sc_query_get_raw(callback->request->query,
                          SC_STR("hub.verify_token"), &raw)
        || raw.len == 0
        || !sc_percent_decode(callback->arena, raw, false, &readings[0])
        || !sc_percent_decode(callback->arena, raw, true, &readings[1]))
    {
        return false;
    }

    matches = false;

    for (i = 0; i < callback->source->verify_tokens_count; i++) {
        for (j = 0; j < 2; j++) {
            matches |= sc_equal_constant_time(
                                        callback->source->verify_tokens[i],
                                        readings[j]);
        }
    }

    return matches;
}


static bool
sc_meta_argument(sc_callback_t *callback, sc_str_t name, sc_str_t *value)
{
    sc_str_t raw;

    return sc_query_get_raw(callback->request->query, name, &raw)
           && sc_percent_decode(callback->arena, raw, false, value);
}


/* Opaque, but never markup: the URL must not echo arbitrary content. */
static bool
sc_meta_challenge_is_harmless(sc_str_t challenge)
{
    size_t        i;
    unsigned char c;

    if (challenge.len == 0 || challenge.len > SC_META_MAX_CHALLENGE) {
        return false;
    }

    for (i = 0; i < challenge.len; i++) {
        c = challenge.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
              || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '~'
              || c == '-'))
        {
            return false;
        }
    }

    return true;
}


void
sc_meta_handshake(sc_callback_t *callback)
{
    bool     allowed;
    sc_str_t mode, challenge;

    allowed = sc_meta_token_matches(callback);

    if (!allowed
        || !sc_meta_argument(callback, SC_STR("hub.mode"), &mode)
        || !sc_str_eq(mode, SC_STR("subscribe"))
        || !sc_meta_argument(callback, SC_STR("hub.challenge"), &challenge)
        || !sc_meta_challenge_is_harmless(challenge))
    {
        callback->answer.status = 403;
        callback->answer.content_type = SC_STR_NULL;
        callback->answer.body = SC_STR_NULL;
        return;
    }

    callback->answer.status = 200;
    callback->answer.content_type = SC_STR("text/plain");
    callback->answer.body = challenge;
}


/* Reads one of two words of an option, which mean off and on. */
static const char *
sc_meta_set_flag(bool *flag, sc_str_t value, sc_str_t off, sc_str_t on,
    const char *problem)
{
    if (!sc_str_eq(value, off) && !sc_str_eq(value, on)) {
        return problem;
    }

    *flag = sc_str_eq(value, on);

    return NULL;
}


static const char *
sc_meta_set_bot_apps(sc_meta_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    size_t    count;
    uint64_t  number;
    sc_str_t  part, *apps;

    apps = sc_arena_array(arena, SC_META_MAX_BOT_APPS, sizeof(sc_str_t));
    if (apps == NULL) {
        return "no memory for bot_apps";
    }

    count = 0;

    while (sc_str_next(&value, ',', &part)) {
        if (!sc_str_to_uint64(part, &number)) {
            return "bot_apps wants app ids: digits, separated by commas";
        }

        if (count == SC_META_MAX_BOT_APPS) {
            return "bot_apps takes at most 64 app ids";
        }

        apps[count++] = part;
    }

    options->bot_apps = apps;
    options->bot_apps_count = count;

    return count == 0 ? "bot_apps wants at least one app id" : NULL;
}


static const char *
sc_meta_set_duty(sc_meta_options_t *options, sc_str_t value)
{
    if (sc_str_eq(value, SC_STR("data_deletion"))) {
        options->duty = SC_META_DUTY_DATA_DELETION;
        return NULL;
    }

    if (sc_str_eq(value, SC_STR("deauthorize"))) {
        options->duty = SC_META_DUTY_DEAUTHORIZE;
        return NULL;
    }

    return "signed_request is either data_deletion or deauthorize: one URL "
           "serves one of the two";
}


/* Is put into a JSON answer, and before a query, unescaped. */
static const char *
sc_meta_set_url(sc_meta_options_t *options, sc_str_t value)
{
    size_t i;

    if (!sc_str_starts_with(value, SC_STR("https://"))
        || value.len == sizeof("https://") - 1)
    {
        return "data_deletion_url must start with https:// and a host";
    }

    for (i = 0; i < value.len; i++) {
        if (value.data[i] <= ' ' || value.data[i] >= 0x7f
            || value.data[i] == '"' || value.data[i] == '\\'
            || value.data[i] == '#')
        {
            return "data_deletion_url must be percent-encoded ASCII without "
                   "a fragment";
        }
    }

    options->data_deletion_url = value;

    return NULL;
}


static const char *
sc_meta_set_age(sc_meta_options_t *options, sc_str_t value)
{
    static const struct {
        unsigned char suffix;
        uint64_t      ms;
    } units[] = {
        { 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 }, { 'd', 86400000 }
    };

    size_t   i;
    uint64_t number, unit;

    unit = 1000;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (value.len != 0 && value.data[value.len - 1] == units[i].suffix) {
            unit = units[i].ms;
            value = sc_str_first(value, value.len - 1);
            break;
        }
    }

    /* At most 100,000 days: far from an overflow. */
    if (!sc_str_to_uint64(value, &number) || number > 8640000000000 / unit) {
        return "signed_request_age wants a time such as 1d or 3600s";
    }

    options->signed_request_age_ms = (int64_t) (number * unit);

    return NULL;
}


const char *
sc_meta_set_option(void *options, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_meta_options_t *meta;

    meta = options;

    if (sc_str_eq(name, SC_STR("sha1"))) {
        return sc_meta_set_flag(&meta->sha1, value, SC_STR("off"),
                                SC_STR("on"), "sha1 is either on or off");
    }

    if (sc_str_eq(name, SC_STR("answer"))) {
        meta->answers_by_name = sc_str_eq(value, SC_STR("username"));

        return meta->answers_by_name
               ? NULL : sc_meta_set_flag(&meta->loose_answers, value,
                                         SC_STR("strict"), SC_STR("loose"),
                                         "answer is strict, loose or "
                                         "username");
    }

    if (sc_str_eq(name, SC_STR("templates"))) {
        return sc_meta_set_flag(&meta->templates_answer, value,
                                SC_STR("ignore"), SC_STR("answer"),
                                "templates is either ignore or answer");
    }

    if (sc_str_eq(name, SC_STR("postback"))) {
        return sc_meta_set_flag(&meta->postbacks_quiet, value, SC_STR("wait"),
                                SC_STR("quiet"),
                                "postback is either wait or quiet");
    }

    if (sc_str_eq(name, SC_STR("unsend"))) {
        return sc_meta_set_flag(&meta->unsend_keeps, value, SC_STR("close"),
                                SC_STR("keep"),
                                "unsend is either keep or close");
    }

    if (sc_str_eq(name, SC_STR("bot_apps"))) {
        return sc_meta_set_bot_apps(meta, arena, value);
    }

    if (sc_str_eq(name, SC_STR("signed_request"))) {
        return sc_meta_set_duty(meta, value);
    }

    if (sc_str_eq(name, SC_STR("signed_request_age"))) {
        return sc_meta_set_age(meta, value);
    }

    if (sc_str_eq(name, SC_STR("data_deletion_url"))) {
        return sc_meta_set_url(meta, value);
    }

    return "unknown option; known are sha1, answer, templates, postback, "
           "unsend, bot_apps, signed_request, signed_request_age and "
           "data_deletion_url";
}


const char *
sc_meta_finish_options(void *options, sc_arena_t *arena)
{
    const sc_meta_options_t *meta;

    meta = options;
    (void) arena;

    if (meta->duty == SC_META_DUTY_DATA_DELETION
        && meta->data_deletion_url.len == 0)
    {
        return "signed_request=data_deletion also wants "
               "data_deletion_url=https://...: the page that shows people "
               "what became of their request";
    }

    if (meta->duty != SC_META_DUTY_DATA_DELETION
        && meta->data_deletion_url.len != 0)
    {
        return "data_deletion_url counts only with "
               "signed_request=data_deletion";
    }

    if (meta->duty == SC_META_DUTY_NONE && meta->signed_request_age_ms != 0) {
        return "signed_request_age counts only with signed_request=...";
    }

    return NULL;
}
