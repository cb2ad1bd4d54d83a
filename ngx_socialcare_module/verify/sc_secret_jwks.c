/*
 * sc_secret_jwks.c: the keys of a JWKS file (RFC 7517).
 *
 * An external job refreshes the file; nothing is ever fetched here.  Keys that
 * are not for signatures, of another type, or too short are skipped, because
 * publishers add new kinds without notice; a file without a usable key is an
 * error.
 */

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/param_build.h>

#include "sc_secret_key.h"


#define SC_JWK_NUMBER_MAX  1024

/* An uncompressed point: 04 x y. */
#define SC_P256_POINT_SIZE  65


typedef struct {
    unsigned char bytes[SC_JWK_NUMBER_MAX];
    size_t        len;
} sc_jwk_number_t;


bool
sc_jwks_is(sc_str_t text)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\t'
            && text.data[i] != '\r' && text.data[i] != '\n')
        {
            break;
        }
    }

    return i < text.len && text.data[i] == '{'
           && sc_str_contains(text, SC_STR("\"keys\""));
}


/* A base64url member as bytes; not empty. */
static bool
sc_jwk_number(const json_t *jwk, const char *name, sc_jwk_number_t *number)
{
    const json_t *member;

    member = json_object_get(jwk, name);

    return json_is_string(member)
           && sc_base64_decode(sc_str_make(json_string_value(member),
                                           json_string_length(member)),
                               SC_BASE64URL, number->bytes,
                               sizeof(number->bytes), &number->len)
           && number->len > 0;
}


static EVP_PKEY *
sc_jwk_build(const char *type, OSSL_PARAM_BLD *build)
{
    EVP_PKEY     *key;
    OSSL_PARAM   *params;
    EVP_PKEY_CTX *context;

    key = NULL;
    params = OSSL_PARAM_BLD_to_param(build);
    context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    if (params != NULL && context != NULL
        && EVP_PKEY_fromdata_init(context) == 1
        && EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
    {
        key = NULL;
    }

    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);

    return key;
}


static EVP_PKEY *
sc_jwk_rsa(const json_t *jwk)
{
    BIGNUM         *n, *e;
    EVP_PKEY       *key;
    OSSL_PARAM_BLD *build;
    sc_jwk_number_t modulus, exponent;

    if (!sc_jwk_number(jwk, "n", &modulus)
        || !sc_jwk_number(jwk, "e", &exponent))
    {
        return NULL;
    }

    key = NULL;
    n = BN_bin2bn(modulus.bytes, (int) modulus.len, NULL);
    e = BN_bin2bn(exponent.bytes, (int) exponent.len, NULL);
    build = OSSL_PARAM_BLD_new();

    if (n != NULL && e != NULL && build != NULL
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
    {
        key = sc_jwk_build("RSA", build);
    }

    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);

    return key;
}


static EVP_PKEY *
sc_jwk_p256(const json_t *jwk)
{
    EVP_PKEY       *key;
    const char     *curve;
    unsigned char   point[SC_P256_POINT_SIZE];
    OSSL_PARAM_BLD *build;
    sc_jwk_number_t x, y;

    curve = json_string_value(json_object_get(jwk, "crv"));

    if (curve == NULL || strcmp(curve, "P-256") != 0
        || !sc_jwk_number(jwk, "x", &x) || !sc_jwk_number(jwk, "y", &y)
        || x.len != 32 || y.len != 32)
    {
        return NULL;
    }

    point[0] = 0x04;
    memcpy(point + 1, x.bytes, 32);
    memcpy(point + 33, y.bytes, 32);

    key = NULL;
    build = OSSL_PARAM_BLD_new();

    if (build != NULL
        && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                           "P-256", 0) == 1
        && OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY,
                                            point, sizeof(point)) == 1)
    {
        key = sc_jwk_build("EC", build);
    }

    OSSL_PARAM_BLD_free(build);

    return key;
}


/* The member is absent or holds `wanted`. */
static bool
sc_jwk_allows(const json_t *jwk, const char *name, const char *wanted)
{
    const char *value;

    value = json_string_value(json_object_get(jwk, name));

    return value == NULL || strcmp(value, wanted) == 0;
}


/* The public key of a JWK that we can use, or NULL. */
static EVP_PKEY *
sc_jwk_key(const json_t *jwk)
{
    EVP_PKEY   *key;
    const char *type;

    type = json_string_value(json_object_get(jwk, "kty"));

    if (type == NULL || !sc_jwk_allows(jwk, "use", "sig")) {
        return NULL;
    }

    key = NULL;

    if (strcmp(type, "RSA") == 0 && sc_jwk_allows(jwk, "alg", "RS256")) {
        key = sc_jwk_rsa(jwk);

    } else if (strcmp(type, "EC") == 0 && sc_jwk_allows(jwk, "alg", "ES256"))
    {
        key = sc_jwk_p256(jwk);
    }

    if (key != NULL && !sc_key_is_rsa(key) && !sc_key_is_p256(key)) {
        EVP_PKEY_free(key);
        key = NULL;
    }

    return key;
}


static bool
sc_jwks_keep(sc_secret_t *secret, const json_t *jwk, EVP_PKEY *key)
{
    size_t         len;
    unsigned char *copy;
    const json_t  *kid;

    kid = json_object_get(jwk, "kid");
    len = json_is_string(kid) ? json_string_length(kid) : 0;

    copy = OPENSSL_zalloc(len + 1);
    if (copy == NULL) {
        EVP_PKEY_free(key);
        return false;
    }

    if (len > 0) {
        memcpy(copy, json_string_value(kid), len);
    }

    secret->jwks[secret->jwks_count].kid = sc_str_make(copy, len);
    secret->jwks[secret->jwks_count].key = key;
    secret->jwks_count++;

    return true;
}


static bool
sc_jwks_collect(sc_secret_t *secret, const json_t *keys,
    const char **problem)
{
    size_t        i;
    EVP_PKEY     *key;
    const json_t *jwk;

    json_array_foreach(keys, i, jwk) {
        key = sc_jwk_key(jwk);
        if (key == NULL) {
            continue;
        }

        if (secret->jwks_count == SC_JWKS_MAX) {
            EVP_PKEY_free(key);
            *problem = "the JWKS holds more than 16 usable keys";
            return false;
        }

        if (!sc_jwks_keep(secret, jwk, key)) {
            *problem = "not enough memory for a JWKS";
            return false;
        }
    }

    if (secret->jwks_count == 0) {
        *problem = "the JWKS holds no RS256 or ES256 key that can be used";
        return false;
    }

    return true;
}


bool
sc_jwks_read(sc_secret_t *secret, sc_str_t text, const char **problem)
{
    bool    done;
    json_t *root;

    root = json_loadb((const char *) text.data, text.len,
                      JSON_REJECT_DUPLICATES, NULL);

    if (!json_is_array(json_object_get(root, "keys"))) {
        json_decref(root);
        *problem = "the JWKS is not a JSON object with an array \"keys\"";
        return false;
    }

    done = sc_jwks_collect(secret, json_object_get(root, "keys"), problem);

    json_decref(root);

    return done;
}


EVP_PKEY *
sc_jwks_find(const sc_secret_t *secret, sc_str_t kid)
{
    size_t i;

    for (i = 0; i < secret->jwks_count; i++) {
        if (sc_str_eq(secret->jwks[i].kid, kid)) {
            return secret->jwks[i].key;
        }
    }

    return NULL;
}


bool
sc_secret_is_jwks(const sc_secret_t *secret)
{
    return secret->kind == SC_SECRET_JWKS;
}


bool
sc_secret_reread(sc_secret_t *secret, sc_str_t material, const char **problem)
{
    sc_secret_t  old;
    sc_secret_t *newer;

    newer = sc_secret_create(material, SC_STR_NULL, 0, problem);
    if (newer == NULL) {
        return false;
    }

    if (!sc_secret_is_jwks(secret) || !sc_secret_is_jwks(newer)) {
        *problem = "it is no JWKS";
        sc_secret_destroy(newer);
        return false;
    }

    old = *secret;

    secret->bytes = newer->bytes;
    secret->len = newer->len;
    memcpy(secret->jwks, newer->jwks, sizeof(secret->jwks));
    secret->jwks_count = newer->jwks_count;

    newer->bytes = old.bytes;
    newer->len = old.len;
    memcpy(newer->jwks, old.jwks, sizeof(newer->jwks));
    newer->jwks_count = old.jwks_count;

    sc_secret_destroy(newer);

    return true;
}
