/*
 * sc_hmac.c: HMAC over prepared states, and plain digests.
 *
 * Must not keep a copy of the key: the padded block lives on the stack and is
 * wiped.
 */

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "sc_hmac.h"


#define SC_BLOCK_MAX_SIZE  128


static const struct {
    const char *name;
    size_t      size;
    size_t      block;
} sc_digests[SC_DIGESTS] = {
    { "SHA256", 32, 64 },
    { "SHA1", 20, 64 },
    { "SHA384", 48, 128 },
    { "SHA512", 64, 128 },
    { "MD5", 16, 64 }
};


size_t
sc_digest_size(sc_digest_t digest)
{
    return sc_digests[digest].size;
}


static bool
sc_digest_update(EVP_MD_CTX *context, const sc_str_t *pieces, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (pieces[i].len > 0
            && EVP_DigestUpdate(context, pieces[i].data, pieces[i].len) != 1)
        {
            return false;
        }
    }

    return true;
}


static bool
sc_digest_start(EVP_MD_CTX *context, sc_digest_t digest)
{
    bool    done;
    EVP_MD *md;

    md = EVP_MD_fetch(NULL, sc_digests[digest].name, NULL);
    if (md == NULL) {
        return false;
    }

    done = EVP_DigestInit_ex2(context, md, NULL) == 1;

    EVP_MD_free(md);           /* the context holds its own reference */

    return done;
}


/* OpenSSL's error queue must stay clean: nginx's TLS code reads it. */
static bool
sc_digest_failed(void)
{
    ERR_clear_error();

    return false;
}


bool
sc_digest_pieces(sc_digest_t digest, const sc_str_t *pieces, size_t count,
    unsigned char *out)
{
    bool        done;
    EVP_MD_CTX *context;

    context = EVP_MD_CTX_new();
    if (context == NULL) {
        return false;
    }

    done = sc_digest_start(context, digest)
           && sc_digest_update(context, pieces, count)
           && EVP_DigestFinal_ex(context, out, NULL) == 1;

    EVP_MD_CTX_free(context);

    return done || sc_digest_failed();
}


/* Keys longer than a block are hashed first. */
static bool
sc_hmac_key_block(sc_digest_t digest, sc_str_t key,
    unsigned char block[SC_BLOCK_MAX_SIZE])
{
    memset(block, 0, SC_BLOCK_MAX_SIZE);

    if (key.len > sc_digests[digest].block) {
        return sc_digest_pieces(digest, &key, 1, block);
    }

    if (key.len > 0) {
        memcpy(block, key.data, key.len);
    }

    return true;
}


/* A state that has hashed the key's block xor `pad`; NULL: no memory. */
static EVP_MD_CTX *
sc_hmac_half(sc_digest_t digest, const unsigned char *block,
    unsigned char pad)
{
    size_t        i;
    EVP_MD_CTX   *context;
    unsigned char padded[SC_BLOCK_MAX_SIZE];

    for (i = 0; i < sc_digests[digest].block; i++) {
        padded[i] = (unsigned char) (block[i] ^ pad);
    }

    context = EVP_MD_CTX_new();

    if (context != NULL
        && (!sc_digest_start(context, digest)
            || EVP_DigestUpdate(context, padded, i) != 1))
    {
        EVP_MD_CTX_free(context);
        context = NULL;
    }

    OPENSSL_cleanse(padded, sizeof(padded));

    return context;
}


bool
sc_hmac_state_init(sc_hmac_state_t *state, sc_digest_t digest, sc_str_t key)
{
    unsigned char block[SC_BLOCK_MAX_SIZE];

    if (state->inner != NULL) {
        return true;
    }

    if (sc_hmac_key_block(digest, key, block)) {
        state->inner = sc_hmac_half(digest, block, 0x36);
        state->outer = sc_hmac_half(digest, block, 0x5c);
        state->work = EVP_MD_CTX_new();
    }

    OPENSSL_cleanse(block, sizeof(block));

    if (state->inner == NULL || state->outer == NULL || state->work == NULL) {
        sc_hmac_state_clear(state);
        return sc_digest_failed();
    }

    return true;
}


void
sc_hmac_state_clear(sc_hmac_state_t *state)
{
    EVP_MD_CTX_free(state->inner);
    EVP_MD_CTX_free(state->outer);
    EVP_MD_CTX_free(state->work);

    state->inner = NULL;
    state->outer = NULL;
    state->work = NULL;
}


bool
sc_hmac_pieces(const sc_hmac_state_t *state, const sc_str_t *pieces,
    size_t count, unsigned char *out)
{
    unsigned      size;
    EVP_MD_CTX   *work;
    unsigned char inner[SC_DIGEST_MAX_SIZE];

    work = state->work;

    if (state->inner == NULL) {
        return false;
    }

    if (EVP_MD_CTX_copy_ex(work, state->inner) == 1
        && sc_digest_update(work, pieces, count)
        && EVP_DigestFinal_ex(work, inner, &size) == 1
        && EVP_MD_CTX_copy_ex(work, state->outer) == 1
        && EVP_DigestUpdate(work, inner, size) == 1
        && EVP_DigestFinal_ex(work, out, NULL) == 1)
    {
        return true;
    }

    /* A copy that fails for lack of memory leaves a context without a state,
     * which OpenSSL 3.5 would copy into the next time. */

    (void) EVP_MD_CTX_reset(work);

    return sc_digest_failed();
}


bool
sc_hmac(sc_digest_t digest, sc_str_t key, sc_str_t data, unsigned char *out,
    size_t *len)
{
    bool            done;
    sc_hmac_state_t state = { NULL, NULL, NULL };

    *len = 0;

    done = sc_hmac_state_init(&state, digest, key)
           && sc_hmac_pieces(&state, &data, 1, out);

    sc_hmac_state_clear(&state);

    if (done) {
        *len = sc_digests[digest].size;
    }

    return done;
}


bool
sc_equal_constant_time(sc_str_t a, sc_str_t b)
{
    if (a.len != b.len) {
        return false;
    }

    return a.len == 0 || CRYPTO_memcmp(a.data, b.data, a.len) == 0;
}
