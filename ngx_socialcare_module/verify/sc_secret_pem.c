/*
 * sc_secret_pem.c: public keys from PEM, DER and raw bytes.
 *
 * Web consoles show keys on one line, with "\n" as two characters, or as bare
 * base64: all of these are accepted.  Private keys are refused, so that
 * nobody gets used to putting one on this machine.
 */

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "sc_secret_key.h"


#define SC_RSA_MIN_BITS   2048
#define SC_RSA_MAX_BITS   8192
#define SC_DER_MAX_SIZE   16384

#define SC_CURVE_NAME_SIZE  80


static const char sc_bad_pem[] =
    "the PEM text is not a public key or certificate";

static const char sc_bad_key[] =
    "the secret is not a public key (PEM, or base64 of its DER form)";


static EVP_PKEY *
sc_key_from_certificate(sc_str_t der)
{
    X509                *certificate;
    EVP_PKEY            *key;
    const unsigned char *at;

    at = der.data;
    key = NULL;

    certificate = d2i_X509(NULL, &at, (long) der.len);

    if (certificate != NULL && at == der.data + der.len) {
        key = X509_get_pubkey(certificate);
    }

    X509_free(certificate);

    return key;
}


/* A SubjectPublicKeyInfo with no trailing bytes. */
static EVP_PKEY *
sc_key_from_spki(sc_str_t der)
{
    EVP_PKEY            *key;
    const unsigned char *at;

    at = der.data;

    key = d2i_PUBKEY(NULL, &at, (long) der.len);

    if (key != NULL && at != der.data + der.len) {
        EVP_PKEY_free(key);
        key = NULL;
    }

    return key;
}


static EVP_PKEY *
sc_key_from_pkcs1(sc_str_t der)
{
    EVP_PKEY            *key;
    const unsigned char *at;

    at = der.data;

    key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long) der.len);

    if (key != NULL && at != der.data + der.len) {
        EVP_PKEY_free(key);
        key = NULL;
    }

    return key;
}


/* Copies `text` without blanks, line breaks and literal "\n". */
static size_t
sc_squeeze(sc_str_t text, unsigned char *out)
{
    size_t        i, n;
    unsigned char c;

    n = 0;

    for (i = 0; i < text.len; i++) {
        c = text.data[i];

        if (c == '\\' && i + 1 < text.len
            && (text.data[i + 1] == 'n' || text.data[i + 1] == 'r'))
        {
            i++;
            continue;
        }

        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            out[n++] = c;
        }
    }

    return n;
}


/* Decodes base64 with line breaks; NULL when it is malformed. */
static unsigned char *
sc_der_from_base64(sc_str_t text, size_t *len)
{
    size_t         squeezed, room;
    unsigned char *memory;

    *len = 0;

    if (text.len == 0 || text.len > SC_DER_MAX_SIZE) {
        return NULL;
    }

    room = text.len / 4 * 3 + 3;

    /* The squeezed text goes after the room for what it decodes to. */
    memory = OPENSSL_zalloc(room + text.len);
    if (memory == NULL) {
        return NULL;
    }

    squeezed = sc_squeeze(text, memory + room);

    if (!sc_base64_decode(sc_str_make(memory + room, squeezed),
                          SC_BASE64_OPTIONAL, memory, room, len))
    {
        OPENSSL_free(memory);
        return NULL;
    }

    return memory;
}


EVP_PKEY *
sc_key_from_base64(sc_str_t text, const char **problem)
{
    size_t         len;
    EVP_PKEY      *key;
    unsigned char *der;

    /* `base64:` has decoded it already. */
    key = text.len <= SC_DER_MAX_SIZE ? sc_key_from_spki(text) : NULL;

    if (key == NULL) {
        der = sc_der_from_base64(text, &len);

        if (der != NULL) {
            key = sc_key_from_spki(sc_str_make(der, len));
            OPENSSL_free(der);
        }
    }

    if (key == NULL) {
        *problem = sc_bad_key;
    }

    return key;
}


/*
 * Cuts "-----BEGIN type-----base64-----END type-----" apart.  What follows
 * the first block is not looked at (certificate chains).
 */
static bool
sc_pem_split(sc_str_t text, sc_str_t *type, sc_str_t *base64)
{
    size_t   i;
    sc_str_t dashes, rest;

    dashes = SC_STR("-----");
    rest = sc_str_from(text, sizeof("-----BEGIN ") - 1);

    for (i = 0; i < rest.len; i++) {
        if (rest.data[i] == '-') {
            break;
        }
    }

    *type = sc_str_first(rest, i);
    rest = sc_str_from(rest, i);

    if (!sc_str_starts_with(rest, dashes)) {
        return false;
    }

    rest = sc_str_from(rest, dashes.len);
    i = sc_str_find_byte(rest, '-');

    *base64 = sc_str_first(rest, i);

    return sc_str_starts_with(sc_str_from(rest, i), SC_STR("-----END "));
}


EVP_PKEY *
sc_key_from_pem(sc_str_t text, const char **problem)
{
    size_t         len;
    sc_str_t       type, base64;
    EVP_PKEY      *key;
    unsigned char *der;

    if (sc_str_contains(text, SC_STR("PRIVATE KEY-----"))) {
        *problem = "a private key does not belong here: give the public key";
        return NULL;
    }

    *problem = sc_bad_pem;

    if (!sc_pem_split(text, &type, &base64)) {
        return NULL;
    }

    der = sc_der_from_base64(base64, &len);
    if (der == NULL) {
        return NULL;
    }

    key = NULL;

    if (sc_str_eq(type, SC_STR("PUBLIC KEY"))) {
        key = sc_key_from_spki(sc_str_make(der, len));

    } else if (sc_str_eq(type, SC_STR("RSA PUBLIC KEY"))) {
        key = sc_key_from_pkcs1(sc_str_make(der, len));

    } else if (sc_str_eq(type, SC_STR("CERTIFICATE"))) {
        key = sc_key_from_certificate(sc_str_make(der, len));
    }

    OPENSSL_free(der);

    return key;
}


EVP_PKEY *
sc_key_from_ed25519(sc_str_t raw, const char **problem)
{
    EVP_PKEY *key;

    key = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, raw.data,
                                         raw.len);
    if (key == NULL) {
        *problem = "an Ed25519 public key has 32 bytes";
    }

    return key;
}


bool
sc_key_is_ed25519(const EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "ED25519") == 1;
}


bool
sc_key_is_p256(const EVP_PKEY *key)
{
    char   name[SC_CURVE_NAME_SIZE];
    size_t len;

    return EVP_PKEY_is_a(key, "EC") == 1
           && EVP_PKEY_get_group_name(key, name, sizeof(name), &len) == 1
           && strcmp(name, SN_X9_62_prime256v1) == 0;
}


bool
sc_key_is_rsa(const EVP_PKEY *key)
{
    int bits;

    bits = EVP_PKEY_get_bits(key);

    return EVP_PKEY_is_a(key, "RSA") == 1
           && bits >= SC_RSA_MIN_BITS && bits <= SC_RSA_MAX_BITS;
}
