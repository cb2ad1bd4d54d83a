/*
 * sc_verify_jwt.c: a JSON Web Token in compact form (RFC 7515, 7519).
 *
 * The scheme pins the algorithms; the token's own `alg` only has to be one of
 * them.  Shared secrets and public keys never stand in for each other: a
 * secret holds one or the other.  Claims are read after the signature has
 * been verified, except for the one that selects the secret.
 */

#include <openssl/crypto.h>

#include "sc_verify_key.h"


#define SC_JWT_TEXT_MAX  16384

/* 2 + 2 * (2 + 1 + 32) */
#define SC_P256_DER_MAX  72


typedef struct {
    sc_str_t         name;
    unsigned         bit;
    sc_scheme_kind_t kind;     /* SC_SCHEME_HMAC or a public key kind */
    sc_digest_t      digest;
} sc_jwt_algorithm_t;


typedef struct {
    sc_str_t                  header;
    sc_str_t                  claims;
    sc_str_t                  signature;
    sc_str_t                  signed_text;
    const sc_jwt_algorithm_t *algorithm;
    sc_str_t                  kid;
} sc_jwt_t;


static const sc_jwt_algorithm_t sc_jwt_algorithms[] = {
    { SC_STR_INIT("HS256"), SC_JWT_HS256, SC_SCHEME_HMAC, SC_DIGEST_SHA256 },
    { SC_STR_INIT("HS384"), SC_JWT_HS384, SC_SCHEME_HMAC, SC_DIGEST_SHA384 },
    { SC_STR_INIT("HS512"), SC_JWT_HS512, SC_SCHEME_HMAC, SC_DIGEST_SHA512 },
    { SC_STR_INIT("RS256"), SC_JWT_RS256, SC_SCHEME_RSA_SHA256,
      SC_DIGEST_SHA256 },
    { SC_STR_INIT("ES256"), SC_JWT_ES256, SC_SCHEME_ECDSA_P256,
      SC_DIGEST_SHA256 }
};

#define SC_JWT_ALGORITHMS                                                     \
    (sizeof(sc_jwt_algorithms) / sizeof(sc_jwt_algorithms[0]))


/* header.claims.signature, all three present, no padding. */
static bool
sc_jwt_split(sc_str_t token, sc_jwt_t *jwt)
{
    sc_str_t rest;

    if (token.len > SC_JWT_TEXT_MAX
        || sc_str_find_byte(token, '=') < token.len)
    {
        return false;
    }

    rest = token;

    if (!sc_str_next(&rest, '.', &jwt->header)
        || !sc_str_next(&rest, '.', &jwt->claims)
        || !sc_str_next(&rest, '.', &jwt->signature)
        || rest.data != NULL)
    {
        return false;
    }

    jwt->signed_text = sc_str_first(token, jwt->header.len + 1
                                           + jwt->claims.len);

    return jwt->header.len > 0 && jwt->claims.len > 0
           && jwt->signature.len > 0;
}


/* base64url of a JSON object. */
static sc_verify_result_t
sc_jwt_object(sc_verify_run_t *run, sc_str_t encoded, sc_str_t *text,
    sc_json_doc_t **doc)
{
    size_t             len, room;
    unsigned char     *out;
    sc_verify_result_t result;

    room = encoded.len / 4 * 3 + 3;

    out = sc_arena_bytes(run->arena, room);
    if (out == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    if (!sc_base64_decode(encoded, SC_BASE64URL, out, room, &len)) {
        return SC_VERIFY_MALFORMED;
    }

    *text = sc_str_make(out, len);

    result = sc_run_json(run, *text, doc);

    if (result == SC_VERIFY_OK
        && !sc_json_is(sc_json_root(*doc), SC_JSON_OBJECT))
    {
        return SC_VERIFY_MALFORMED;
    }

    return result;
}


static const sc_jwt_algorithm_t *
sc_jwt_find_algorithm(sc_str_t name, unsigned allowed)
{
    size_t i;

    for (i = 0; i < SC_JWT_ALGORITHMS; i++) {
        if (sc_str_eq(sc_jwt_algorithms[i].name, name)) {
            return (sc_jwt_algorithms[i].bit & allowed) != 0
                   ? &sc_jwt_algorithms[i] : NULL;
        }
    }

    return NULL;
}


/* alg must be pinned; crit names extensions, and we support none. */
static sc_verify_result_t
sc_jwt_header(sc_verify_run_t *run, sc_jwt_t *jwt)
{
    unsigned               allowed;
    sc_str_t               text, name;
    sc_json_doc_t         *doc;
    sc_verify_result_t     result;
    const sc_json_token_t *root, *kid, *crit;

    result = sc_jwt_object(run, jwt->header, &text, &doc);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    root = sc_json_root(doc);
    kid = sc_json_member(doc, root, "kid");
    crit = sc_json_member(doc, root, "crit");

    if (!sc_json_string(doc, sc_json_member(doc, root, "alg"), run->arena,
                        &name)
        || crit != NULL || doc->duplicate)
    {
        return SC_VERIFY_BAD_CLAIM;
    }

    if (kid != NULL && !sc_json_string(doc, kid, run->arena, &jwt->kid)) {
        return SC_VERIFY_BAD_CLAIM;
    }

    allowed = run->scheme->jwt.algorithms == 0
              ? SC_JWT_HS256 : run->scheme->jwt.algorithms;

    jwt->algorithm = sc_jwt_find_algorithm(name, allowed);

    return jwt->algorithm != NULL ? SC_VERIFY_OK : SC_VERIFY_BAD_CLAIM;
}


static sc_verify_result_t
sc_jwt_read_claims(sc_verify_run_t *run, const sc_jwt_t *jwt)
{
    if (run->claims != NULL) {
        return SC_VERIFY_OK;
    }

    return sc_jwt_object(run, jwt->claims, &run->payload, &run->claims);
}


static sc_verify_result_t
sc_jwt_compare_shared(sc_verify_run_t *run, const sc_jwt_t *jwt,
    sc_str_t signature)
{
    sc_message_t    message;
    sc_candidates_t list;

    if (signature.len != sc_digest_size(jwt->algorithm->digest)) {
        return SC_VERIFY_MALFORMED;
    }

    message.pieces[0] = jwt->signed_text;
    message.count = 1;

    list.items[0].bytes = signature;
    list.items[0].digest = jwt->algorithm->digest;
    list.count = 1;

    return sc_run_compare_hmac(run, &message, &list);
}


/* The key of this secret that the token asks for, or NULL. */
static EVP_PKEY *
sc_jwt_key(const sc_secret_t *secret, sc_str_t kid)
{
    if (secret->kind != SC_SECRET_JWKS) {
        return secret->key;
    }

    if (kid.len == 0 && secret->jwks_count == 1) {
        return secret->jwks[0].key;
    }

    return sc_jwks_find(secret, kid);
}


static sc_verify_result_t
sc_jwt_compare_public(sc_verify_run_t *run, const sc_jwt_t *jwt,
    sc_str_t signature)
{
    size_t        i, len;
    bool          known;
    EVP_PKEY     *key;
    unsigned char der[SC_P256_DER_MAX];

    if (jwt->algorithm->kind == SC_SCHEME_ECDSA_P256) {
        if (!sc_p256_to_der(signature, der, &len)) {
            return SC_VERIFY_MALFORMED;
        }

        signature = sc_str_make(der, len);
    }

    known = false;

    for (i = 0; i < run->secrets->count; i++) {
        if (!sc_run_counts(run, i)) {
            continue;
        }

        key = sc_jwt_key(run->secrets->items[i], jwt->kid);
        if (key == NULL) {
            continue;
        }

        known = true;
        sc_run_note(run, i, sc_key_verifies(key, jwt->algorithm->kind,
                                            jwt->signed_text, signature,
                                            run->arena));
    }

    return known ? sc_run_answer(run) : SC_VERIFY_UNKNOWN_KEY;
}


static sc_verify_result_t
sc_jwt_compare(sc_verify_run_t *run, const sc_jwt_t *jwt)
{
    sc_str_t           signature;
    sc_verify_result_t result;

    result = sc_signature_decode(run->arena, jwt->signature,
                                 SC_SIGNATURE_BASE64URL, &signature);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    return jwt->algorithm->kind == SC_SCHEME_HMAC
           ? sc_jwt_compare_shared(run, jwt, signature)
           : sc_jwt_compare_public(run, jwt, signature);
}


static const sc_json_token_t *
sc_jwt_claim(sc_verify_run_t *run, sc_str_t name)
{
    return sc_json_get(run->claims, sc_json_root(run->claims), name);
}


static bool
sc_claim_is_one_of(sc_verify_run_t *run, const sc_json_token_t *claim,
    const sc_str_t *texts, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (sc_json_string_is(run->claims, claim, texts[i])) {
            return true;
        }
    }

    return false;
}


static bool
sc_jwt_audience_is(sc_verify_run_t *run, const sc_json_token_t *claim)
{
    const sc_jwt_rules_t *rules;

    rules = &run->scheme->jwt;

    return (rules->audience_is_url
            && sc_json_string_is(run->claims, claim, run->request->url))
           || sc_claim_is_one_of(run, claim, rules->audiences,
                                 rules->audiences_count);
}


/* aud is a string or an array of strings. */
static bool
sc_jwt_audience(sc_verify_run_t *run)
{
    const sc_jwt_rules_t  *rules;
    const sc_json_token_t *claim, *item;

    rules = &run->scheme->jwt;

    if (rules->audiences_count == 0 && !rules->audience_is_url) {
        return true;
    }

    claim = sc_jwt_claim(run, SC_STR("aud"));

    if (!sc_json_is(claim, SC_JSON_ARRAY)) {
        return sc_jwt_audience_is(run, claim);
    }

    item = NULL;

    while ((item = sc_json_next(run->claims, claim, item, NULL)) != NULL) {
        if (sc_jwt_audience_is(run, item)) {
            return true;
        }
    }

    return false;
}


static bool
sc_jwt_identity(sc_verify_run_t *run)
{
    const sc_jwt_rules_t *rules;

    rules = &run->scheme->jwt;

    if (rules->issuers_count > 0
        && !sc_claim_is_one_of(run, sc_jwt_claim(run, SC_STR("iss")),
                               rules->issuers, rules->issuers_count))
    {
        return false;
    }

    if (rules->email.len > 0
        && (!sc_json_string_is(run->claims,
                               sc_jwt_claim(run, SC_STR("email")),
                               rules->email)
            || !sc_json_is_true(sc_jwt_claim(run,
                                             SC_STR("email_verified")))))
    {
        return false;
    }

    return sc_jwt_audience(run);
}


/*
 * A NumericDate, if present, must be a number of seconds; *ms is -1 when it is
 * absent.
 */
static bool
sc_jwt_time(sc_verify_run_t *run, sc_str_t name, int64_t *ms)
{
    const sc_json_token_t *claim;

    *ms = -1;
    claim = sc_jwt_claim(run, name);

    if (claim == NULL) {
        return true;
    }

    return sc_json_is(claim, SC_JSON_NUMBER)
           && sc_time_read(sc_json_raw(run->claims, claim),
                           SC_TIME_SECONDS_FRACTION, ms);
}


static bool
sc_jwt_times(sc_verify_run_t *run)
{
    int64_t expires_ms, starts_ms, issued_ms, leeway_ms;

    if (!sc_jwt_time(run, SC_STR("exp"), &expires_ms)
        || !sc_jwt_time(run, SC_STR("nbf"), &starts_ms)
        || !sc_jwt_time(run, SC_STR("iat"), &issued_ms))
    {
        return false;
    }

    leeway_ms = run->scheme->jwt.leeway_ms;

    if (expires_ms < 0) {
        if (run->scheme->jwt.require_exp) {
            return false;
        }

    } else if (expires_ms <= run->now_ms - leeway_ms) {
        return false;
    }

    /* An age limit on iat checks for the future with its own tolerance. */
    if (run->scheme->timestamp.from == SC_FROM_CLAIM
        && sc_str_eq(run->scheme->timestamp.name, SC_STR("iat")))
    {
        issued_ms = -1;
    }

    return starts_ms <= run->now_ms + leeway_ms
           && issued_ms <= run->now_ms + leeway_ms;
}


/* A claim that holds the hex SHA-256 of `data`. */
static sc_verify_result_t
sc_jwt_hash(sc_verify_run_t *run, sc_str_t name, sc_str_t data,
    bool required)
{
    size_t                 len;
    sc_str_t               text;
    unsigned char          claimed[SC_DIGEST_MAX_SIZE];
    unsigned char          digest[SC_DIGEST_MAX_SIZE];
    const sc_json_token_t *claim;

    claim = sc_jwt_claim(run, name);

    if (claim == NULL && !required) {
        return SC_VERIFY_OK;
    }

    if (!sc_json_string(run->claims, claim, run->arena, &text)
        || !sc_hex_decode(text, claimed, sizeof(claimed), &len)
        || len != sc_digest_size(SC_DIGEST_SHA256))
    {
        return SC_VERIFY_BAD_CLAIM;
    }

    if (!sc_digest_pieces(SC_DIGEST_SHA256, &data, 1, digest)) {
        return SC_VERIFY_NO_MEMORY;
    }

    return CRYPTO_memcmp(claimed, digest, len) == 0 ? SC_VERIFY_OK
                                                    : SC_VERIFY_BAD_CLAIM;
}


static sc_verify_result_t
sc_jwt_hashes(sc_verify_run_t *run)
{
    sc_str_t              body;
    sc_verify_result_t    result;
    const sc_jwt_rules_t *rules;

    rules = &run->scheme->jwt;
    body = run->request->body;
    result = SC_VERIFY_OK;

    if (rules->body_hash.len > 0) {
        result = sc_jwt_hash(run, rules->body_hash, body, body.len > 0);
    }

    if (result == SC_VERIFY_OK && rules->url_hash.len > 0) {
        result = sc_jwt_hash(run, rules->url_hash, run->request->url, true);
    }

    return result;
}


static sc_verify_result_t
sc_jwt_judge_claims(sc_verify_run_t *run)
{
    sc_verify_result_t result;

    if (!sc_jwt_identity(run) || !sc_jwt_times(run)) {
        return SC_VERIFY_BAD_CLAIM;
    }

    result = sc_jwt_hashes(run);

    /* A repeated claim means one thing to us and another to somebody else. */
    if (result == SC_VERIFY_OK && run->claims->duplicate) {
        return SC_VERIFY_BAD_CLAIM;
    }

    return result == SC_VERIFY_OK ? sc_run_signed_fields(run, true) : result;
}


/* Reads everything that is needed before a secret can be tried. */
static sc_verify_result_t
sc_jwt_prepare(sc_verify_run_t *run, sc_jwt_t *jwt)
{
    sc_str_t           token;
    sc_verify_result_t result;

    memset(jwt, 0, sizeof(*jwt));

    result = sc_run_signature(run);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    token = run->signature;

    if (!sc_strip_prefix(&token, run->scheme->prefix, true)
        && !run->scheme->prefix_optional)
    {
        return SC_VERIFY_MALFORMED;
    }

    if (!sc_jwt_split(token, jwt)) {
        return SC_VERIFY_MALFORMED;
    }

    return sc_jwt_header(run, jwt);
}


/* The claim that selects the secret is trusted for that purpose only. */
static sc_verify_result_t
sc_jwt_select(sc_verify_run_t *run, const sc_jwt_t *jwt)
{
    sc_field_status_t  status;
    sc_verify_result_t result;

    result = sc_run_signed_fields(run, false);

    if (result != SC_VERIFY_OK
        || run->scheme->secret_by.from != SC_FROM_CLAIM)
    {
        return result;
    }

    result = sc_jwt_read_claims(run, jwt);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    status = sc_run_field(run, &run->scheme->secret_by, &run->selector);

    return status == SC_FIELD_ABSENT ? SC_VERIFY_MISMATCH
                                     : sc_field_result(status);
}


sc_verify_result_t
sc_verify_jwt(sc_verify_run_t *run)
{
    sc_jwt_t           jwt;
    sc_verify_result_t result;

    result = sc_jwt_prepare(run, &jwt);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_jwt_select(run, &jwt);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_jwt_compare(run, &jwt);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_jwt_read_claims(run, &jwt);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    return sc_jwt_judge_claims(run);
}
