/*
 * sc_secret_key.h: the internals of a secret, for the engine only.
 */

#ifndef SC_SECRET_KEY_H
#define SC_SECRET_KEY_H

#include <openssl/evp.h>

#include "sc_hmac.h"
#include "sc_secret.h"


/* Most keys that are kept from one JWKS file. */
#define SC_JWKS_MAX  16


typedef enum {
    SC_SECRET_BYTES = 0,       /* text, base64:, hex:, whsec_ */
    SC_SECRET_WHPK,            /* Standard Webhooks' public key */
    SC_SECRET_PEM,
    SC_SECRET_JWKS
} sc_secret_kind_t;


typedef struct {
    sc_str_t  kid;             /* empty when the key has none */
    EVP_PKEY *key;
} sc_jwk_t;


struct sc_secret_s {
    sc_secret_kind_t kind;
    bool             plain;    /* text as configured, nothing decoded */
    sc_str_t         label;
    int64_t          until_s;
    unsigned char   *bytes;    /* decoded key, or the PEM / JWKS text */
    size_t           len;
    unsigned char   *label_bytes;
    sc_hmac_state_t  hmac[SC_DIGESTS];
    EVP_PKEY        *key;      /* public key, once prepared for one */
    sc_jwk_t         jwks[SC_JWKS_MAX];
    size_t           jwks_count;
};


/* sc_secret_pem.c */

/*
 * A public key from PEM text (PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE; may be
 * on one line or have \n for line breaks), or NULL and *problem.
 */
EVP_PKEY *sc_key_from_pem(sc_str_t text, const char **problem);

/* The same from base64 of a DER SubjectPublicKeyInfo. */
EVP_PKEY *sc_key_from_base64(sc_str_t text, const char **problem);

/* An Ed25519 key from its 32 bytes. */
EVP_PKEY *sc_key_from_ed25519(sc_str_t raw, const char **problem);


/* sc_secret_jwks.c */

/* True when `text` looks like a JWKS document rather than a text secret. */
bool sc_jwks_is(sc_str_t text);

/* Reads the usable signature keys of a JWKS into the secret. */
bool sc_jwks_read(sc_secret_t *secret, sc_str_t text, const char **problem);

/* NULL when no key has that kid. */
EVP_PKEY *sc_jwks_find(const sc_secret_t *secret, sc_str_t kid);


/* Whether a key is of this kind and of an accepted size. */
bool sc_key_is_ed25519(const EVP_PKEY *key);
bool sc_key_is_p256(const EVP_PKEY *key);
bool sc_key_is_rsa(const EVP_PKEY *key);

#endif /* SC_SECRET_KEY_H */
