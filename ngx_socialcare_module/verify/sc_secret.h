/*
 * sc_secret.h: keys as the verification engine uses them.
 *
 * A secret is made once, at configuration time, from the bytes of a file or
 * variable; everything that can be computed from the key alone (decoded bytes,
 * parsed public keys, initialised MAC states) is kept in it.  The bytes are
 * wiped when it is destroyed, and nothing here ever prints them.
 */

#ifndef SC_SECRET_H
#define SC_SECRET_H

#include "sc_str.h"


struct sc_verify_scheme_s;

typedef struct sc_secret_s sc_secret_t;


/*
 * Copies `material` (one trailing line break is dropped: editors add one).
 * `label` is copied too.  `until_s` is the Unix second from which the secret
 * no longer counts, or 0 for ever.
 *
 * NULL with *problem set to a static English sentence when the material is
 * empty, malformed for its prefix (base64:, hex:, whsec_, whpk_, PEM), or when
 * there is no memory.  Ownership: the caller; free with sc_secret_destroy.
 */
sc_secret_t *sc_secret_create(sc_str_t material, sc_str_t label,
    int64_t until_s, const char **problem);

/*
 * Prepares the secret for a scheme, so that verifying allocates nothing that
 * depends on the key.  Must be called for each scheme of the platform at
 * configuration time.  False with *problem set when the key does not fit the
 * scheme (for example not a public key where one is needed); true with
 * *problem set when it fits but deserves a warning.  *problem is left alone
 * otherwise.
 */
bool sc_secret_prepare(sc_secret_t *secret,
    const struct sc_verify_scheme_s *scheme, const char **problem);

/* True for a key set (JWKS), which its publisher changes while we run. */
bool sc_secret_is_jwks(const sc_secret_t *secret);

/*
 * Replaces the keys of a key set by those of a newer JWKS text.  False with
 * *problem set, and the old keys kept, when the text is not a JWKS or holds no
 * usable key.  Must not be called while this secret is in use by sc_verify().
 */
bool sc_secret_reread(sc_secret_t *secret, sc_str_t material,
    const char **problem);

/* Wipes and frees; NULL is allowed. */
void sc_secret_destroy(sc_secret_t *secret);

sc_str_t sc_secret_label(const sc_secret_t *secret);
int64_t sc_secret_until_s(const sc_secret_t *secret);

/* The key's bytes after decoding, for handshakes that compute with it. */
sc_str_t sc_secret_bytes(const sc_secret_t *secret);


/* Several secrets of one receiver, in configuration order. */
typedef struct {
    sc_secret_t *const *items;
    size_t              count;
} sc_secrets_t;

#endif /* SC_SECRET_H */
