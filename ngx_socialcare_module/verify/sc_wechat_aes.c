/*
 * sc_wechat_aes.c: AES-256-CBC with the key's first half as IV and padding to
 * 32 bytes, not 16: OpenSSL's own padding check stays off.
 *
 * The plaintext: 16 random bytes, a length of 4 bytes, the text, the AppID.
 * Must not be called before the signature has been verified.
 */

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "sc_encoding.h"
#include "sc_wechat_aes.h"


#define SC_WECHAT_KEY_TEXT   43
#define SC_WECHAT_KEY        32
#define SC_WECHAT_BLOCK      32        /* of the padding */
#define SC_WECHAT_AES_BLOCK  16
#define SC_WECHAT_RANDOM     16
#define SC_WECHAT_LENGTH     4


/* The two spare bits may be set: WeChat issues such keys. */
static bool
sc_wechat_key(sc_str_t text, unsigned char *key)
{
    size_t        len;
    unsigned char bytes[SC_WECHAT_KEY + 4];

    if (text.len != SC_WECHAT_KEY_TEXT
        || !sc_base64_decode(text, SC_BASE64_SPARE_BITS, bytes, sizeof(bytes),
                             &len)
        || len != SC_WECHAT_KEY)
    {
        return false;
    }

    memcpy(key, bytes, SC_WECHAT_KEY);
    OPENSSL_cleanse(bytes, sizeof(bytes));

    return true;
}


static bool
sc_wechat_run(EVP_CIPHER_CTX *cipher, const unsigned char *key,
    sc_str_t secret, unsigned char *plain)
{
    int len, rest;

    return EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key, key) == 1
           && EVP_CIPHER_CTX_set_padding(cipher, 0) == 1
           && EVP_DecryptUpdate(cipher, plain, &len, secret.data,
                                (int) secret.len) == 1
           && EVP_DecryptFinal_ex(cipher, plain + len, &rest) == 1
           && (size_t) len + (size_t) rest == secret.len;
}


/* Takes text and AppID out of the plaintext; false: not of that form. */
static bool
sc_wechat_unpack(sc_str_t plain, sc_str_t *text, sc_str_t *app_id)
{
    size_t               i, len, padding;
    const unsigned char *at;

    padding = plain.data[plain.len - 1];

    if (padding == 0 || padding > SC_WECHAT_BLOCK || padding > plain.len) {
        return false;
    }

    for (i = plain.len - padding; i < plain.len; i++) {
        if (plain.data[i] != padding) {
            return false;
        }
    }

    plain = sc_str_first(plain, plain.len - padding);

    if (plain.len < SC_WECHAT_RANDOM + SC_WECHAT_LENGTH) {
        return false;
    }

    at = plain.data + SC_WECHAT_RANDOM;
    len = (size_t) at[0] << 24 | (size_t) at[1] << 16 | (size_t) at[2] << 8
          | at[3];
    plain = sc_str_from(plain, SC_WECHAT_RANDOM + SC_WECHAT_LENGTH);

    if (len > plain.len) {
        return false;
    }

    *text = sc_str_first(plain, len);
    *app_id = sc_str_from(plain, len);

    return true;
}


/* Decodes base64; the bytes must be whole blocks. */
static sc_wechat_aes_t
sc_wechat_decode(sc_arena_t *arena, sc_str_t text, sc_str_t *secret)
{
    size_t         len;
    unsigned char *bytes;

    bytes = sc_arena_bytes(arena, text.len + 3);
    if (bytes == NULL) {
        return SC_WECHAT_AES_NO_MEMORY;
    }

    if (!sc_base64_decode(text, SC_BASE64_PADDED, bytes, text.len + 3, &len)
        || len == 0 || len > INT_MAX / 2 || len % SC_WECHAT_AES_BLOCK != 0)
    {
        return SC_WECHAT_AES_MALFORMED;
    }

    *secret = sc_str_make(bytes, len);

    return SC_WECHAT_AES_OK;
}


sc_wechat_aes_t
sc_wechat_aes_open(sc_arena_t *arena, sc_str_t key, sc_str_t text,
    sc_str_t app_id, sc_str_t *plain)
{
    bool             done;
    sc_str_t         secret, app;
    EVP_CIPHER_CTX  *cipher;
    unsigned char    bytes[SC_WECHAT_KEY], *memory;
    sc_wechat_aes_t  result;

    *plain = SC_STR_NULL;

    if (!sc_wechat_key(key, bytes)) {
        return SC_WECHAT_AES_BAD_KEY;
    }

    result = sc_wechat_decode(arena, text, &secret);
    if (result != SC_WECHAT_AES_OK) {
        return result;
    }

    memory = sc_arena_bytes(arena, secret.len + SC_WECHAT_AES_BLOCK);
    cipher = memory == NULL ? NULL : EVP_CIPHER_CTX_new();

    if (cipher == NULL) {
        sc_arena_starve(arena);
        OPENSSL_cleanse(bytes, sizeof(bytes));
        return SC_WECHAT_AES_NO_MEMORY;
    }

    done = sc_wechat_run(cipher, bytes, secret, memory);

    EVP_CIPHER_CTX_free(cipher);
    OPENSSL_cleanse(bytes, sizeof(bytes));

    /* With whole blocks and no padding, only lack of memory can fail. */
    if (!done) {
        sc_arena_starve(arena);
        return SC_WECHAT_AES_NO_MEMORY;
    }

    if (!sc_wechat_unpack(sc_str_make(memory, secret.len), plain, &app)) {
        return SC_WECHAT_AES_MALFORMED;
    }

    if (!sc_str_eq(app, app_id)) {
        *plain = SC_STR_NULL;
        return SC_WECHAT_AES_OTHER_APP;
    }

    return SC_WECHAT_AES_OK;
}
