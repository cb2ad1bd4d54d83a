/*
 * sc_verify_key.c: Ed25519, ECDSA and RSA signatures.
 *
 * Keys come from the configuration, never from a request.  The kind of key is
 * checked again here: a key must never be used with a scheme that it does not
 * fit.
 */

#include <openssl/err.h>

#include "sc_verify_key.h"


#define SC_P256_NUMBER_SIZE  32


static bool
sc_key_fits(const EVP_PKEY *key, sc_scheme_kind_t kind)
{
    if (kind == SC_SCHEME_ED25519) {
        return sc_key_is_ed25519(key);
    }

    return kind == SC_SCHEME_RSA_SHA256 ? sc_key_is_rsa(key)
                                        : sc_key_is_p256(key);
}


/*
 * Whether a failure was for lack of memory.  Drains OpenSSL's error queue and
 * looks for a failed allocation.  OpenSSL 3.0 queues no error when an Ed25519
 * signature has no memory for its digest: so try one, which then fails, too.
 */
static bool
sc_key_lacks_memory(void)
{
    bool          lacks;
    sc_str_t      nothing;
    unsigned long error;
    unsigned char digest[SC_DIGEST_MAX_SIZE];

    lacks = false;
    nothing = SC_STR_NULL;

    while ((error = ERR_get_error()) != 0) {
        lacks = lacks || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }

    return lacks || !sc_digest_pieces(SC_DIGEST_SHA512, &nothing, 1, digest);
}


bool
sc_key_verifies(EVP_PKEY *key, sc_scheme_kind_t kind, sc_str_t text,
    sc_str_t signature, sc_arena_t *arena)
{
    bool        ready, verifies;
    EVP_MD_CTX *context;

    if (key == NULL) {
        return false;
    }

    if (!sc_key_fits(key, kind)) {
        if (sc_key_lacks_memory()) {
            sc_arena_starve(arena);
        }

        return false;
    }

    context = EVP_MD_CTX_new();

    /* Ed25519 does its own hashing: no digest must be given. */
    ready = context != NULL
            && EVP_DigestVerifyInit_ex(context, NULL,
                                       kind == SC_SCHEME_ED25519 ? NULL
                                                                 : "SHA256",
                                       NULL, NULL, key, NULL) == 1;

    verifies = ready
               && EVP_DigestVerify(context, signature.data, signature.len,
                                   text.data, text.len) == 1;

    if (!ready || (!verifies && sc_key_lacks_memory())) {
        sc_arena_starve(arena);
    }

    EVP_MD_CTX_free(context);

    return verifies;
}


sc_verify_result_t
sc_run_compare_keys(sc_verify_run_t *run, sc_scheme_kind_t kind,
    const sc_message_t *message, const sc_candidates_t *list)
{
    bool     matches;
    size_t   i, n;
    sc_str_t text;

    text = message->pieces[0];

    if (message->count > 1
        && !sc_arena_join(run->arena, message->pieces, message->count, &text))
    {
        return SC_VERIFY_TOO_LARGE;
    }

    for (i = 0; i < run->secrets->count; i++) {
        if (!sc_run_counts(run, i)) {
            continue;
        }

        matches = false;

        for (n = 0; n < list->count; n++) {
            if (sc_key_verifies(run->secrets->items[i]->key, kind, text,
                                list->items[n].bytes, run->arena))
            {
                matches = true;
            }
        }

        sc_run_note(run, i, matches);
    }

    return sc_run_answer(run);
}


/* One unsigned number as a DER INTEGER. */
static size_t
sc_der_integer(const unsigned char *number, unsigned char *out)
{
    size_t skip, size, pad;

    skip = 0;

    while (skip < SC_P256_NUMBER_SIZE - 1 && number[skip] == 0) {
        skip++;
    }

    pad = number[skip] >= 0x80 ? 1 : 0;
    size = SC_P256_NUMBER_SIZE - skip;

    out[0] = 0x02;
    out[1] = (unsigned char) (size + pad);
    out[2] = 0;

    memcpy(out + 2 + pad, number + skip, size);

    return 2 + pad + size;
}


bool
sc_p256_to_der(sc_str_t raw, unsigned char *out, size_t *len)
{
    size_t size;

    if (raw.len != SC_P256_SIGNATURE_SIZE) {
        return false;
    }

    size = sc_der_integer(raw.data, out + 2);
    size += sc_der_integer(raw.data + SC_P256_NUMBER_SIZE, out + 2 + size);

    out[0] = 0x30;
    out[1] = (unsigned char) size;
    *len = size + 2;

    return true;
}


/* The lengths that a signature of this kind can have. */
static bool
sc_key_signature_fits(sc_scheme_kind_t kind, size_t len)
{
    if (kind == SC_SCHEME_ED25519) {
        return len == SC_ED25519_SIGNATURE_SIZE;
    }

    return kind == SC_SCHEME_RSA_SHA256 ? len >= 256 && len <= 1024
                                        : len >= 8 && len <= 72;
}


/* Drops what cannot be a signature; false when nothing is left. */
static bool
sc_keep_fitting(sc_candidates_t *list, sc_scheme_kind_t kind)
{
    size_t i, kept;

    kept = 0;

    for (i = 0; i < list->count; i++) {
        if (sc_key_signature_fits(kind, list->items[i].bytes.len)) {
            list->items[kept++] = list->items[i];
        }
    }

    list->count = kept;

    return kept > 0 && kept <= SC_KEY_SIGNATURES_MAX;
}


sc_verify_result_t
sc_verify_public_key(sc_verify_run_t *run)
{
    sc_message_t       message;
    sc_candidates_t    list;
    sc_verify_result_t result;

    result = sc_run_signature(run);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_run_candidates(run, false, &list);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    if (!sc_keep_fitting(&list, run->scheme->kind)) {
        return SC_VERIFY_MALFORMED;
    }

    result = sc_run_signed_fields(run, false);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_run_message(run, &message);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    return sc_run_compare_keys(run, run->scheme->kind, &message, &list);
}
