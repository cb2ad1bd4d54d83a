/*
 * sc_verify_key.h: public key signatures, for the engine only.
 */

#ifndef SC_VERIFY_KEY_H
#define SC_VERIFY_KEY_H

#include "sc_verify_run.h"


#define SC_ED25519_SIGNATURE_SIZE  64
#define SC_P256_SIGNATURE_SIZE     64


/*
 * One signature with one key: Ed25519, ECDSA P-256 with SHA-256 (DER), or
 * RSASSA-PKCS1-v1_5 with SHA-256.  Also false when the key is of another kind,
 * and when there is no memory: then the arena is starved.  `text` must be
 * contiguous.
 */
bool sc_key_verifies(EVP_PKEY *key, sc_scheme_kind_t kind, sc_str_t text,
    sc_str_t signature, sc_arena_t *arena);

/* Checks every secret that counts against every signature. */
sc_verify_result_t sc_run_compare_keys(sc_verify_run_t *run,
    sc_scheme_kind_t kind, const sc_message_t *message,
    const sc_candidates_t *list);

/* A raw r || s signature (JWT) as DER; `out` holds 72 bytes. */
bool sc_p256_to_der(sc_str_t raw, unsigned char *out, size_t *len);

#endif /* SC_VERIFY_KEY_H */
