/*
 * sc_generic_check.c: checks that the options of a generic receiver are
 * consistent.
 *
 * Options that would never verify, or would accept what nobody signed, are
 * refused here.
 */

#include "sc_generic.h"


static bool
sc_generic_signs_text(sc_scheme_kind_t kind)
{
    return kind == SC_SCHEME_HMAC || kind == SC_SCHEME_ED25519
           || kind == SC_SCHEME_ECDSA_P256 || kind == SC_SCHEME_RSA_SHA256;
}


static bool
sc_generic_template_has(const sc_verify_scheme_t *scheme, sc_part_kind_t kind)
{
    size_t i;

    for (i = 0; i < scheme->message.count; i++) {
        if (scheme->message.parts[i].kind == kind) {
            return true;
        }
    }

    return false;
}


/* Discord and SendGrid: the time and the body, with nothing in between. */
static void
sc_generic_default_template(sc_verify_scheme_t *scheme)
{
    if (scheme->message.count > 0
        || scheme->timestamp.from == SC_FROM_NOWHERE
        || (scheme->kind != SC_SCHEME_ED25519
            && scheme->kind != SC_SCHEME_ECDSA_P256))
    {
        return;
    }

    scheme->message.parts[0].kind = SC_PART_TIMESTAMP;
    scheme->message.parts[1].kind = SC_PART_BODY;
    scheme->message.count = 2;
}


static sc_signature_encoding_t
sc_generic_default_encoding(sc_scheme_kind_t kind)
{
    switch (kind) {
    case SC_SCHEME_ECDSA_P256:
    case SC_SCHEME_RSA_SHA256:
    case SC_SCHEME_FORM_SORTED:
        return SC_SIGNATURE_BASE64_UNPADDED;

    default:
        return SC_SIGNATURE_HEX;
    }
}


static void
sc_generic_set_defaults(sc_generic_options_t *options)
{
    sc_verify_scheme_t *scheme;

    scheme = &options->scheme;

    if (!options->encoding_is_given) {
        scheme->encoding = sc_generic_default_encoding(scheme->kind);
    }

    if (!options->algorithm_is_given
        && (scheme->kind == SC_SCHEME_FORM_SORTED
            || scheme->kind == SC_SCHEME_SHA1_SORTED))
    {
        scheme->digest = SC_DIGEST_SHA1;
    }

    if (scheme->timestamp.from != SC_FROM_NOWHERE
        && scheme->timestamp_format == SC_TIME_OPAQUE
        && !options->timestamp_format_is_given)
    {
        scheme->timestamp_format = SC_TIME_SECONDS;
    }

    if (scheme->signature.from == SC_FROM_NOWHERE
        && (scheme->kind == SC_SCHEME_BASIC || scheme->kind == SC_SCHEME_JWT))
    {
        scheme->signature.from = SC_FROM_HEADER;
        scheme->signature.name = SC_STR("Authorization");

        if (scheme->kind == SC_SCHEME_JWT && !options->prefix_is_given) {
            scheme->prefix = SC_STR("Bearer ");
            scheme->prefix_any_case = true;
        }
    }

    sc_generic_default_template(scheme);
}


static const char *
sc_generic_check_list(const sc_verify_scheme_t *scheme)
{
    bool keys;

    keys = scheme->list == SC_SIGNATURE_LIST_KEYS;

    if (keys && scheme->list_key.len == 0) {
        return "signature_list=kv needs list_key=, the key of the entries "
               "that are signatures (Stripe: v1)";
    }

    if (!keys && scheme->list_key.len > 0) {
        return "list_key= goes with signature_list=kv";
    }

    if (!keys && (scheme->timestamp.from == SC_FROM_LIST
                  || scheme->id.from == SC_FROM_LIST))
    {
        return "list:KEY goes with signature_list=kv";
    }

    if (scheme->signature.from == SC_FROM_LIST) {
        return "signature_from= names the whole list; list_key= names the "
               "entries in it";
    }

    return NULL;
}


static bool
sc_generic_is_claim(const sc_field_t *field)
{
    return field->from == SC_FROM_CLAIM;
}


static const char *
sc_generic_check_places(const sc_verify_scheme_t *scheme)
{
    if (scheme->signature.from == SC_FROM_NOWHERE) {
        return "signature_from= is missing: say where the signature or the "
               "token stands (header:NAME, query:NAME, form:NAME, "
               "json:/pointer)";
    }

    if (sc_generic_is_claim(&scheme->signature)
        || (scheme->kind != SC_SCHEME_JWT
            && (sc_generic_is_claim(&scheme->timestamp)
                || sc_generic_is_claim(&scheme->id)
                || sc_generic_is_claim(&scheme->secret_by))))
    {
        return "claim:NAME is for times and ids of mode=jwt";
    }

    if (scheme->kind == SC_SCHEME_JWT) {
        return NULL;
    }

    if (scheme->jwt.algorithms != 0 || scheme->jwt.issuers_count > 0
        || scheme->jwt.audiences_count > 0 || scheme->jwt.audience_is_url
        || scheme->jwt.email.len > 0 || scheme->jwt.body_hash.len > 0
        || scheme->jwt.url_hash.len > 0 || scheme->jwt.require_exp
        || scheme->jwt.leeway_ms != 0)
    {
        return "jwt_… options go with mode=jwt";
    }

    return NULL;
}


static const char *
sc_generic_check_template(const sc_verify_scheme_t *scheme)
{
    bool time, id;

    time = sc_generic_template_has(scheme, SC_PART_TIMESTAMP);
    id = sc_generic_template_has(scheme, SC_PART_ID);

    if (!sc_generic_signs_text(scheme->kind)) {
        return scheme->message.count == 0 ? NULL
               : "template= goes with mode=hmac, ed25519, ecdsa-p256 and "
                 "rsa-sha256; the other modes fix what is signed";
    }

    if (time && scheme->timestamp.from == SC_FROM_NOWHERE) {
        return "template= has {timestamp}: say where it stands with "
               "timestamp_from=";
    }

    if (id && scheme->id.from == SC_FROM_NOWHERE) {
        return "template= has {id}: say where it stands with id_from=";
    }

    if (!time && scheme->timestamp.from != SC_FROM_NOWHERE
        && scheme->timestamp.from != SC_FROM_JSON)
    {
        return "the time of timestamp_from= is not signed: put {timestamp} "
               "into template=";
    }

    if (scheme->message.count > 0
        && !sc_generic_template_has(scheme, SC_PART_BODY)
        && !sc_generic_template_has(scheme, SC_PART_BODY_SHA256_HEX)
        && !sc_generic_template_has(scheme, SC_PART_QUERY_STRING)
        && !sc_generic_template_has(scheme, SC_PART_URI)
        && !sc_generic_template_has(scheme, SC_PART_URL))
    {
        return "template= covers no content: it needs {body}, "
               "{body_sha256_hex} or, for events by GET, {query}, {uri} or "
               "{url}";
    }

    return NULL;
}


/*
 * Such a signature never expires.  It is safe only with an id that identifies
 * repetitions, so the operator must configure one.
 */
static const char *
sc_generic_check_replay(const sc_generic_options_t *options)
{
    const sc_verify_scheme_t *scheme;

    scheme = &options->scheme;

    if (!sc_generic_signs_text(scheme->kind)
        || scheme->timestamp.from != SC_FROM_NOWHERE
        || scheme->id.from != SC_FROM_NOWHERE
        || options->mapping.fields[SC_FIELD_EVENT_ID] != NULL)
    {
        return NULL;
    }

    return "this signature holds no time, so a request could be repeated for "
           "ever: name the event's id with event_id=/pointer or id_from=, or "
           "take event_id=digest";
}


static const char *
sc_generic_check_challenge(const sc_generic_options_t *options)
{
    if (options->challenge == SC_CHALLENGE_NONE
        && (options->when_pointer.len > 0
            || options->check != SC_CHECK_SIGNATURE))
    {
        return "challenge_when= and challenge_check= go with challenge=";
    }

    if (options->when_pointer.len > 0
        && options->mapping.format != SC_MAPPING_JSON)
    {
        return "challenge_when= needs format=json";
    }

    if (options->challenge == SC_CHALLENGE_JSON
        && options->mapping.format != SC_MAPPING_JSON)
    {
        return "challenge=json: needs format=json";
    }

    return NULL;
}


static const char *
sc_generic_check_methods(const sc_generic_options_t *options)
{
    if (options->mapping.format == SC_MAPPING_QUERY && !options->with_get) {
        return "format=query needs methods=GET";
    }

    if (options->only_get && options->mapping.format != SC_MAPPING_QUERY) {
        return "methods=GET needs format=query: a GET has no body to map";
    }

    return NULL;
}


const char *
sc_generic_finish_options(void *data, sc_arena_t *arena)
{
    size_t                i;
    const char           *problem;
    sc_generic_options_t *options;

    static const char *(*const scheme_checks[])(const sc_verify_scheme_t *) = {
        sc_generic_check_places,
        sc_generic_check_list,
        sc_generic_check_template
    };

    static const char *(*const checks[])(const sc_generic_options_t *) = {
        sc_generic_check_replay,
        sc_generic_check_challenge,
        sc_generic_check_methods
    };

    options = data;
    problem = NULL;

    sc_generic_set_defaults(options);

    for (i = 0; i < sizeof(scheme_checks) / sizeof(scheme_checks[0])
                && problem == NULL; i++)
    {
        problem = scheme_checks[i](&options->scheme);
    }

    for (i = 0; i < sizeof(checks) / sizeof(checks[0])
                && problem == NULL; i++)
    {
        problem = checks[i](options);
    }

    if (problem != NULL) {
        return problem;
    }

    return sc_mapping_finish(&options->mapping, arena,
                             options->mapping.format == SC_MAPPING_JSON
                             ? SC_STR("signed_id|/id|digest")
                             : SC_STR("signed_id|id|digest"));
}
