/*
 * sc_generic_options.c: the options of `socialcare_webhook generic`, which the
 * README describes: which request is authentic, what is answered, and the
 * mapping (sc_mapping.h), which says what a request becomes.
 */

#include "sc_generic.h"


static const sc_generic_word_t sc_generic_modes[] = {
    { SC_STR_INIT("hmac"), SC_SCHEME_HMAC },
    { SC_STR_INIT("token"), SC_SCHEME_TOKEN },
    { SC_STR_INIT("basic"), SC_SCHEME_BASIC },
    { SC_STR_INIT("ed25519"), SC_SCHEME_ED25519 },
    { SC_STR_INIT("ecdsa-p256"), SC_SCHEME_ECDSA_P256 },
    { SC_STR_INIT("rsa-sha256"), SC_SCHEME_RSA_SHA256 },
    { SC_STR_INIT("jwt"), SC_SCHEME_JWT },
    { SC_STR_INIT("sha1-sorted"), SC_SCHEME_SHA1_SORTED },
    { SC_STR_INIT("form-sorted"), SC_SCHEME_FORM_SORTED },
    { SC_STR_INIT("parameters-sorted"), SC_SCHEME_PARAMETERS_SORTED }
};

static const sc_generic_word_t sc_generic_algorithms[] = {
    { SC_STR_INIT("sha256"), SC_DIGEST_SHA256 },
    { SC_STR_INIT("sha1"), SC_DIGEST_SHA1 },
    { SC_STR_INIT("sha384"), SC_DIGEST_SHA384 },
    { SC_STR_INIT("sha512"), SC_DIGEST_SHA512 },
    { SC_STR_INIT("md5"), SC_DIGEST_MD5 }
};

static const sc_generic_word_t sc_generic_encodings[] = {
    { SC_STR_INIT("hex"), SC_SIGNATURE_HEX },
    { SC_STR_INIT("base64"), SC_SIGNATURE_BASE64_UNPADDED },
    { SC_STR_INIT("base64-padded"), SC_SIGNATURE_BASE64 },
    { SC_STR_INIT("base64url"), SC_SIGNATURE_BASE64URL }
};

static const sc_generic_word_t sc_generic_lists[] = {
    { SC_STR_INIT("none"), SC_SIGNATURE_SINGLE },
    { SC_STR_INIT("space"), SC_SIGNATURE_LIST_SPACE },
    { SC_STR_INIT("comma"), SC_SIGNATURE_LIST_COMMA },
    { SC_STR_INIT("kv"), SC_SIGNATURE_LIST_KEYS }
};

static const sc_generic_word_t sc_generic_switch[] = {
    { SC_STR_INIT("on"), 1 },
    { SC_STR_INIT("off"), 0 }
};

static const char sc_generic_where[] =
    "say where: header:NAME, query:NAME, form:NAME, json:/pointer, list:KEY "
    "(signature_list=kv) or claim:NAME (mode=jwt)";

static const char sc_generic_on_off[] = "this option is either on or off";


bool
sc_generic_word(const sc_generic_word_t *table, size_t count, sc_str_t word,
    int *value)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (sc_str_eq(table[i].word, word)) {
            *value = table[i].value;
            return true;
        }
    }

    return false;
}


const char *
sc_generic_set_switch(bool *on, sc_str_t value, bool when_on)
{
    int found;

    if (!sc_generic_word(SC_GENERIC_WORDS(sc_generic_switch), value, &found)) {
        return sc_generic_on_off;
    }

    *on = (found == 1) == when_on;

    return NULL;
}


static const char *
sc_generic_set_where(sc_field_t *field, sc_str_t value)
{
    size_t i;

    static const struct {
        sc_str_t  prefix;
        sc_from_t from;
    } places[] = {
        { SC_STR_INIT("header:"), SC_FROM_HEADER },
        { SC_STR_INIT("query:"), SC_FROM_QUERY },
        { SC_STR_INIT("form:"), SC_FROM_FORM },
        { SC_STR_INIT("json:"), SC_FROM_JSON },
        { SC_STR_INIT("list:"), SC_FROM_LIST },
        { SC_STR_INIT("claim:"), SC_FROM_CLAIM }
    };

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (!sc_str_starts_with(value, places[i].prefix)) {
            continue;
        }

        field->from = places[i].from;
        field->name = sc_str_from(value, places[i].prefix.len);

        if (field->name.len == 0
            || (field->from == SC_FROM_JSON && field->name.data[0] != '/'))
        {
            return sc_generic_where;
        }

        return NULL;
    }

    return sc_generic_where;
}


/* Setters, one for each option; `value` is never empty. */


static const char *
sc_generic_set_mode(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    int found;

    (void) arena;

    if (!sc_generic_word(SC_GENERIC_WORDS(sc_generic_modes), value, &found)) {
        return "mode= is hmac, token, basic, ed25519, ecdsa-p256, rsa-sha256, "
               "jwt, sha1-sorted, form-sorted or parameters-sorted";
    }

    options->scheme.kind = (sc_scheme_kind_t) found;

    return NULL;
}


static const char *
sc_generic_set_algorithm(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    int found;

    (void) arena;

    if (!sc_generic_word(SC_GENERIC_WORDS(sc_generic_algorithms), value,
                         &found))
    {
        return "algorithm= is sha1, sha256, sha384, sha512 or md5";
    }

    options->scheme.digest = (sc_digest_t) found;
    options->algorithm_is_given = true;

    return NULL;
}


static const char *
sc_generic_set_signature_from(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value)
{
    (void) arena;

    return sc_generic_set_where(&options->scheme.signature, value);
}


static const char *
sc_generic_set_encoding(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    int found;

    (void) arena;

    if (!sc_generic_word(SC_GENERIC_WORDS(sc_generic_encodings), value,
                         &found))
    {
        return "signature_encoding= is hex, base64, base64-padded or "
               "base64url";
    }

    options->scheme.encoding = (sc_signature_encoding_t) found;
    options->encoding_is_given = true;

    return NULL;
}


static const char *
sc_generic_set_prefix(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    (void) arena;

    options->scheme.prefix = value;
    options->prefix_is_given = true;

    return NULL;
}


static const char *
sc_generic_set_list(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    int found;

    (void) arena;

    if (!sc_generic_word(SC_GENERIC_WORDS(sc_generic_lists), value, &found)) {
        return "signature_list= is none, space, comma or kv";
    }

    options->scheme.list = (sc_signature_list_t) found;

    return NULL;
}


static const char *
sc_generic_set_list_key(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    (void) arena;

    options->scheme.list_key = value;

    return NULL;
}


static const char *
sc_generic_set_timestamp_from(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value)
{
    (void) arena;

    return sc_generic_set_where(&options->scheme.timestamp, value);
}


static const char *
sc_generic_set_timestamp_format(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value)
{
    (void) arena;

    if (!sc_time_format_by_name(value, &options->scheme.timestamp_format)) {
        return "timestamp_format= is s, ms, us, s.frac, iso8601, rfc2822 or "
               "opaque";
    }

    options->timestamp_format_is_given = true;

    return NULL;
}


static const char *
sc_generic_set_tolerance(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    (void) arena;

    if (!sc_str_eq(value, SC_STR("off"))) {
        return "tolerance= is off or left out: the directive "
               "socialcare_tolerance sets how old a signature may be";
    }

    options->scheme.no_tolerance = true;

    return NULL;
}


static const char *
sc_generic_set_template(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    const char *problem;

    problem = "template= cannot be read";

    return sc_template_read(arena, value, &options->scheme.message, &problem)
           ? NULL : problem;
}


static const char *
sc_generic_set_id_from(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    (void) arena;

    return sc_generic_set_where(&options->scheme.id, value);
}


static const char *
sc_generic_set_secret_by(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    (void) arena;

    return sc_generic_set_where(&options->scheme.secret_by, value);
}


static const char *
sc_generic_set_sorted(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    size_t      i;
    sc_str_t    part;
    const char *problem;

    (void) arena;

    for (i = 0; sc_str_next(&value, ',', &part); i++) {
        if (i == SC_SORTED_MAX) {
            return "sorted_from= names four places at most";
        }

        problem = sc_generic_set_where(&options->scheme.sorted[i], part);
        if (problem != NULL) {
            return problem;
        }
    }

    return NULL;
}


static const char *
sc_generic_set_plain_digest(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    (void) arena;

    return sc_generic_set_switch(&options->scheme.plain_digest, value, true);
}


/* The table */


static const struct {
    sc_str_t             name;
    sc_generic_setter_fn set;
} sc_generic_setters[] = {
    { SC_STR_INIT("mode"), sc_generic_set_mode },
    { SC_STR_INIT("algorithm"), sc_generic_set_algorithm },
    { SC_STR_INIT("signature_from"), sc_generic_set_signature_from },
    { SC_STR_INIT("signature_encoding"), sc_generic_set_encoding },
    { SC_STR_INIT("signature_prefix"), sc_generic_set_prefix },
    { SC_STR_INIT("signature_list"), sc_generic_set_list },
    { SC_STR_INIT("list_key"), sc_generic_set_list_key },
    { SC_STR_INIT("timestamp_from"), sc_generic_set_timestamp_from },
    { SC_STR_INIT("timestamp_format"), sc_generic_set_timestamp_format },
    { SC_STR_INIT("tolerance"), sc_generic_set_tolerance },
    { SC_STR_INIT("template"), sc_generic_set_template },
    { SC_STR_INIT("id_from"), sc_generic_set_id_from },
    { SC_STR_INIT("secret_by"), sc_generic_set_secret_by },
    { SC_STR_INIT("sorted_from"), sc_generic_set_sorted },
    { SC_STR_INIT("plain_digest"), sc_generic_set_plain_digest },
    { SC_STR_INIT("jwt_algorithms"), sc_generic_set_jwt_algorithms },
    { SC_STR_INIT("jwt_issuer"), sc_generic_set_jwt_issuer },
    { SC_STR_INIT("jwt_audience"), sc_generic_set_jwt_audience },
    { SC_STR_INIT("jwt_audience_url"), sc_generic_set_jwt_audience_url },
    { SC_STR_INIT("jwt_email"), sc_generic_set_jwt_email },
    { SC_STR_INIT("jwt_body_hash"), sc_generic_set_jwt_body_hash },
    { SC_STR_INIT("jwt_url_hash"), sc_generic_set_jwt_url_hash },
    { SC_STR_INIT("jwt_require_exp"), sc_generic_set_jwt_require_exp },
    { SC_STR_INIT("jwt_leeway"), sc_generic_set_jwt_leeway },
    { SC_STR_INIT("methods"), sc_generic_set_methods },
    { SC_STR_INIT("on_fail"), sc_generic_set_on_fail },
    { SC_STR_INIT("ok"), sc_generic_set_ok },
    { SC_STR_INIT("body_required"), sc_generic_set_body_required },
    { SC_STR_INIT("max_body"), sc_generic_set_max_body },
    { SC_STR_INIT("challenge"), sc_generic_set_challenge },
    { SC_STR_INIT("challenge_when"), sc_generic_set_challenge_when },
    { SC_STR_INIT("challenge_check"), sc_generic_set_challenge_check }
};


const char *
sc_generic_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    bool                  known;
    size_t                i;
    const char           *problem;
    sc_generic_options_t *options;

    options = data;

    if (value.len == 0) {
        return "this option needs a value";
    }

    for (i = 0;
         i < sizeof(sc_generic_setters) / sizeof(sc_generic_setters[0]);
         i++)
    {
        if (sc_str_eq(sc_generic_setters[i].name, name)) {
            return sc_generic_setters[i].set(options, arena, value);
        }
    }

    problem = sc_mapping_set(&options->mapping, arena, name, value, &known);

    if (known) {
        return problem;
    }

    if (sc_str_eq(name, SC_STR("secret"))) {
        return "secrets are given by the directive socialcare_secret";
    }

    if (sc_str_eq(name, SC_STR("public_base"))) {
        return "the public address is given by the directive "
               "socialcare_public_url";
    }

    return "unknown option of a generic receiver; the README lists them";
}
