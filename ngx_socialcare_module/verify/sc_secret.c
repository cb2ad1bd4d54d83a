/*
 * sc_secret.c: creates, prepares and wipes keys.
 *
 * Runs at configuration time; the only place in the engine that takes memory
 * outside an arena (OpenSSL's, so that it can be wiped on release).  Must not
 * include a key in any message, and must never create an empty one: anybody
 * can compute a MAC with that.
 */

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "sc_secret_key.h"


#define SC_SCHEME_CHAIN_MAX  4

#define SC_ED25519_SIZE      32
#define SC_STANDARD_KEY_MIN  24    /* required by the specification */


static const char sc_no_memory[] = "not enough memory for a secret";


/* Editors end a file with a line break. */
static sc_str_t
sc_drop_line_break(sc_str_t material)
{
    if (material.len > 0 && material.data[material.len - 1] == '\n') {
        material.len--;

        if (material.len > 0 && material.data[material.len - 1] == '\r') {
            material.len--;
        }
    }

    return material;
}


/* Room for `size` bytes, at least one. */
static bool
sc_secret_room(sc_secret_t *secret, size_t size, const char **problem)
{
    secret->bytes = OPENSSL_zalloc(size + 1);
    secret->len = size;

    if (secret->bytes == NULL) {
        *problem = sc_no_memory;
        return false;
    }

    return true;
}


static bool
sc_secret_set_text(sc_secret_t *secret, sc_str_t text, const char **problem)
{
    if (!sc_secret_room(secret, text.len, problem)) {
        return false;
    }

    if (text.len > 0) {
        memcpy(secret->bytes, text.data, text.len);
    }

    return true;
}


static bool
sc_secret_set_base64(sc_secret_t *secret, sc_str_t text,
    const char *malformed, const char **problem)
{
    size_t room;

    room = text.len / 4 * 3 + 3;

    if (!sc_secret_room(secret, room, problem)) {
        return false;
    }

    if (!sc_base64_decode(text, SC_BASE64_OPTIONAL, secret->bytes, room,
                          &secret->len))
    {
        /* Wipes the whole buffer, whatever has been decoded so far. */
        OPENSSL_cleanse(secret->bytes, room);
        *problem = malformed;
        return false;
    }

    return true;
}


static bool
sc_secret_set_hex(sc_secret_t *secret, sc_str_t text, const char **problem)
{
    size_t room;

    room = text.len / 2 + 1;

    if (!sc_secret_room(secret, room, problem)) {
        return false;
    }

    if (!sc_hex_decode(text, secret->bytes, room, &secret->len)) {
        OPENSSL_cleanse(secret->bytes, room);
        *problem = "the text after hex: is not pairs of hex digits";
        return false;
    }

    return true;
}


static bool
sc_secret_set_whpk(sc_secret_t *secret, sc_str_t text, const char **problem)
{
    secret->kind = SC_SECRET_WHPK;

    if (!sc_secret_set_base64(secret, text,
                              "the text after whpk_ is not base64", problem))
    {
        return false;
    }

    secret->key = sc_key_from_ed25519(sc_str_make(secret->bytes, secret->len),
                                      problem);

    return secret->key != NULL;
}


static bool
sc_secret_set_pem(sc_secret_t *secret, sc_str_t text, const char **problem)
{
    secret->kind = SC_SECRET_PEM;

    if (!sc_secret_set_text(secret, text, problem)) {
        return false;
    }

    secret->key = sc_key_from_pem(text, problem);

    return secret->key != NULL;
}


static bool
sc_secret_set_jwks(sc_secret_t *secret, sc_str_t text, const char **problem)
{
    secret->kind = SC_SECRET_JWKS;

    return sc_secret_set_text(secret, text, problem)
           && sc_jwks_read(secret, text, problem);
}


/* The prefix decides how the rest of the text is read. */
static bool
sc_secret_set(sc_secret_t *secret, sc_str_t text, const char **problem)
{
    if (sc_str_starts_with(text, SC_STR("base64:"))) {
        return sc_secret_set_base64(secret, sc_str_from(text, 7),
                             "the text after base64: is not base64", problem);
    }

    if (sc_str_starts_with(text, SC_STR("hex:"))) {
        return sc_secret_set_hex(secret, sc_str_from(text, 4), problem);
    }

    if (sc_str_starts_with(text, SC_STR("whsec_"))) {
        return sc_secret_set_base64(secret, sc_str_from(text, 6),
                             "the text after whsec_ is not base64", problem);
    }

    if (sc_str_starts_with(text, SC_STR("whpk_"))) {
        return sc_secret_set_whpk(secret, sc_str_from(text, 5), problem);
    }

    if (sc_str_starts_with(text, SC_STR("whsk_"))) {
        *problem = "a whsk_ key is the sender's private key: give the whpk_ "
                   "key that belongs to it";
        return false;
    }

    if (sc_str_starts_with(text, SC_STR("-----BEGIN "))) {
        return sc_secret_set_pem(secret, text, problem);
    }

    if (sc_jwks_is(text)) {
        return sc_secret_set_jwks(secret, text, problem);
    }

    secret->plain = true;

    return sc_secret_set_text(secret, text, problem);
}


static bool
sc_secret_fill(sc_secret_t *secret, sc_str_t material, sc_str_t label,
    const char **problem)
{
    if (!sc_secret_set(secret, material, problem)) {
        return false;
    }

    if (secret->len == 0) {
        *problem = "a secret must not be empty";
        return false;
    }

    secret->label_bytes = OPENSSL_zalloc(label.len + 1);
    if (secret->label_bytes == NULL) {
        *problem = sc_no_memory;
        return false;
    }

    if (label.len > 0) {
        memcpy(secret->label_bytes, label.data, label.len);
    }

    secret->label = sc_str_make(secret->label_bytes, label.len);

    return true;
}


sc_secret_t *
sc_secret_create(sc_str_t material, sc_str_t label, int64_t until_s,
    const char **problem)
{
    bool         filled;
    sc_secret_t *secret;

    material = sc_drop_line_break(material);

    if (material.len == 0) {
        *problem = "a secret must not be empty";
        return NULL;
    }

    /* Leaves nothing in the thread's error queue: nginx's TLS reads it. */
    (void) ERR_set_mark();
    filled = false;
    secret = OPENSSL_zalloc(sizeof(*secret));

    if (secret == NULL) {
        *problem = sc_no_memory;

    } else {
        secret->until_s = until_s;
        filled = sc_secret_fill(secret, material, label, problem);
    }

    (void) ERR_pop_to_mark();

    if (!filled) {
        sc_secret_destroy(secret);
        return NULL;
    }

    return secret;
}


void
sc_secret_destroy(sc_secret_t *secret)
{
    size_t i;

    if (secret == NULL) {
        return;
    }

    for (i = 0; i < SC_DIGESTS; i++) {
        sc_hmac_state_clear(&secret->hmac[i]);
    }

    for (i = 0; i < secret->jwks_count; i++) {
        EVP_PKEY_free(secret->jwks[i].key);
        OPENSSL_free((void *) (uintptr_t) secret->jwks[i].kid.data);
    }

    EVP_PKEY_free(secret->key);
    OPENSSL_clear_free(secret->bytes, secret->len);
    OPENSSL_free(secret->label_bytes);
    OPENSSL_clear_free(secret, sizeof(*secret));
}


sc_str_t
sc_secret_label(const sc_secret_t *secret)
{
    return secret->label;
}


int64_t
sc_secret_until_s(const sc_secret_t *secret)
{
    return secret->until_s;
}


sc_str_t
sc_secret_bytes(const sc_secret_t *secret)
{
    return sc_str_make(secret->bytes, secret->len);
}


static bool
sc_need_bytes(const sc_secret_t *secret, const char **problem)
{
    if (secret->kind == SC_SECRET_BYTES) {
        return true;
    }

    *problem = "this platform shares a secret: a public key cannot stand "
               "for it";

    return false;
}


static bool
sc_prepare_digest(sc_secret_t *secret, sc_digest_t digest,
    const char **problem)
{
    if (!sc_need_bytes(secret, problem)) {
        return false;
    }

    if (!sc_hmac_state_init(&secret->hmac[digest], digest,
                            sc_secret_bytes(secret)))
    {
        *problem = sc_no_memory;
        return false;
    }

    return true;
}


static bool
sc_prepare_hmac(sc_secret_t *secret, const sc_verify_scheme_t *scheme,
    const char **problem)
{
    int digest;

    if (!scheme->prefix_is_digest) {
        return sc_prepare_digest(secret, scheme->digest, problem);
    }

    for (digest = SC_DIGEST_SHA256; digest < SC_DIGEST_MD5; digest++) {
        if (!sc_prepare_digest(secret, (sc_digest_t) digest, problem)) {
            return false;
        }
    }

    return true;
}


static bool
sc_prepare_basic(const sc_secret_t *secret, const char **problem)
{
    if (!sc_need_bytes(secret, problem)) {
        return false;
    }

    if (sc_str_find_byte(sc_secret_bytes(secret), ':') == secret->len) {
        *problem = "a secret for Basic authentication is written "
                   "user:password";
        return false;
    }

    return true;
}


/* 32 bytes, their 64 hex digits, or base64 of the DER form. */
static EVP_PKEY *
sc_read_ed25519(sc_str_t bytes, const char **problem)
{
    size_t        len;
    unsigned char raw[SC_ED25519_SIZE];

    if (bytes.len == SC_ED25519_SIZE) {
        return sc_key_from_ed25519(bytes, problem);
    }

    if (bytes.len == 2 * SC_ED25519_SIZE
        && sc_hex_decode(bytes, raw, sizeof(raw), &len))
    {
        return sc_key_from_ed25519(sc_str_make(raw, len), problem);
    }

    return sc_key_from_base64(bytes, problem);
}


static bool
sc_prepare_key(sc_secret_t *secret, sc_scheme_kind_t kind,
    const char **problem)
{
    if (secret->key == NULL) {
        if (secret->kind != SC_SECRET_BYTES) {
            *problem = "this platform needs one public key, not a JWKS";
            return false;
        }

        secret->key = kind == SC_SCHEME_ED25519
                      ? sc_read_ed25519(sc_secret_bytes(secret), problem)
                      : sc_key_from_base64(sc_secret_bytes(secret), problem);
    }

    if (secret->key == NULL) {
        return false;
    }

    if (kind == SC_SCHEME_ED25519 && !sc_key_is_ed25519(secret->key)) {
        *problem = "this platform needs an Ed25519 public key";
        return false;
    }

    if (kind == SC_SCHEME_ECDSA_P256 && !sc_key_is_p256(secret->key)) {
        *problem = "this platform needs a public key on the curve P-256";
        return false;
    }

    if (kind == SC_SCHEME_RSA_SHA256 && !sc_key_is_rsa(secret->key)) {
        *problem = "this platform needs an RSA public key of 2048 bits or "
                   "more";
        return false;
    }

    return true;
}


static bool
sc_prepare_standard(sc_secret_t *secret, const sc_verify_scheme_t *scheme,
    const char **problem)
{
    if (scheme->coded_secret && secret->plain) {
        *problem = "a secret of Standard Webhooks starts with whsec_ (or is "
                   "given as base64: or hex:); raw_secret=on takes a text as "
                   "the key itself";
        return false;
    }

    if (secret->kind != SC_SECRET_BYTES) {
        return sc_prepare_key(secret, SC_SCHEME_ED25519, problem);
    }

    if (secret->len < SC_STANDARD_KEY_MIN) {
        *problem = "it is shorter than the 24 bytes that Standard Webhooks "
                   "asks for; have the sender make a longer one";
    }

    return sc_prepare_digest(secret, SC_DIGEST_SHA256, problem);
}


static bool
sc_prepare_jwt_digests(sc_secret_t *secret, unsigned algorithms,
    const char **problem)
{
    return ((algorithms & SC_JWT_HS256) == 0
            || sc_prepare_digest(secret, SC_DIGEST_SHA256, problem))
           && ((algorithms & SC_JWT_HS384) == 0
               || sc_prepare_digest(secret, SC_DIGEST_SHA384, problem))
           && ((algorithms & SC_JWT_HS512) == 0
               || sc_prepare_digest(secret, SC_DIGEST_SHA512, problem));
}


/*
 * Bare base64 of a public key, where the scheme pins both HS and RS or ES: used
 * as a shared secret, it would let everybody who has the public key sign.
 */
static bool
sc_is_bare_public_key(sc_secret_t *secret)
{
    const char *ignored;

    if (secret->key == NULL) {
        secret->key = sc_key_from_base64(sc_secret_bytes(secret), &ignored);
    }

    return secret->key != NULL;
}


/* Shared secrets are for HS algorithms only, public keys for RS and ES only. */
static bool
sc_prepare_jwt(sc_secret_t *secret, const sc_verify_scheme_t *scheme,
    const char **problem)
{
    unsigned         algorithms, shared, public;
    sc_scheme_kind_t kind;

    algorithms = scheme->jwt.algorithms == 0 ? SC_JWT_HS256
                                             : scheme->jwt.algorithms;

    shared = algorithms & (SC_JWT_HS256 | SC_JWT_HS384 | SC_JWT_HS512);
    public = algorithms & (SC_JWT_RS256 | SC_JWT_ES256);

    if (public == 0
        || (shared != 0 && secret->kind == SC_SECRET_BYTES
            && !sc_is_bare_public_key(secret)))
    {
        return sc_prepare_jwt_digests(secret, shared, problem);
    }

    if (secret->kind == SC_SECRET_JWKS) {
        return true;
    }

    kind = SC_SCHEME_RSA_SHA256;

    if (public == SC_JWT_ES256
        || (public != SC_JWT_RS256 && secret->key != NULL
            && sc_key_is_p256(secret->key)))
    {
        kind = SC_SCHEME_ECDSA_P256;
    }

    return sc_prepare_key(secret, kind, problem);
}


static bool
sc_prepare_one(sc_secret_t *secret, const sc_verify_scheme_t *scheme,
    const char **problem)
{
    switch (scheme->kind) {

    case SC_SCHEME_HMAC:
        return sc_prepare_hmac(secret, scheme, problem);

    case SC_SCHEME_STANDARD_WEBHOOKS:
        return sc_prepare_standard(secret, scheme, problem);

    case SC_SCHEME_SIGNED_REQUEST:
        return sc_prepare_digest(secret, SC_DIGEST_SHA256, problem);

    case SC_SCHEME_FORM_SORTED:
    case SC_SCHEME_PARAMETERS_SORTED:
        return sc_prepare_digest(secret, scheme->digest, problem);

    case SC_SCHEME_BASIC:
        return sc_prepare_basic(secret, problem);

    case SC_SCHEME_TOKEN:
    case SC_SCHEME_SHA1_SORTED:
        return sc_need_bytes(secret, problem);

    case SC_SCHEME_ED25519:
    case SC_SCHEME_ECDSA_P256:
    case SC_SCHEME_RSA_SHA256:
        return sc_prepare_key(secret, scheme->kind, problem);

    case SC_SCHEME_JWT:
        return sc_prepare_jwt(secret, scheme, problem);
    }

    *problem = "unknown signature scheme";

    return false;
}


bool
sc_secret_prepare(sc_secret_t *secret,
    const struct sc_verify_scheme_s *scheme, const char **problem)
{
    bool   ready;
    size_t depth;

    ready = true;

    (void) ERR_set_mark();

    for (depth = 0; ready && scheme != NULL && depth < SC_SCHEME_CHAIN_MAX;
         depth++)
    {
        ready = sc_prepare_one(secret, scheme, problem);
        scheme = scheme->alternative;
    }

    (void) ERR_pop_to_mark();

    return ready;
}
