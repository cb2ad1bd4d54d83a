/*
 * sc_verify_run.h: what the files of the engine share while one callback is
 * verified.  Not to be included outside verify/.
 */

#ifndef SC_VERIFY_RUN_H
#define SC_VERIFY_RUN_H

#include "sc_json.h"
#include "sc_secret_key.h"
#include "sc_verify.h"


/* Most entries that a signature list may have. */
#define SC_SIGNATURES_MAX       16

/* Fewer: a public key operation costs as much as a hundred MACs. */
#define SC_KEY_SIGNATURES_MAX   4

/* No encoded signature is longer than this (RSA-8192 in hex: 2,048). */
#define SC_SIGNATURE_TEXT_MAX   2048

#define SC_FORM_PAIRS_MAX       1000


typedef enum {
    SC_FIELD_OK = 0,
    SC_FIELD_ABSENT,
    SC_FIELD_DOUBLED,
    SC_FIELD_MALFORMED,
    SC_FIELD_NO_MEMORY
} sc_field_status_t;


typedef struct {
    const sc_verify_scheme_t *scheme;
    const sc_request_t       *request;
    const sc_secrets_t       *secrets;
    int64_t                   now_ms;
    int64_t                   tolerance_ms;
    sc_arena_t               *arena;

    sc_str_t                  signature;  /* the field, prefix and all */
    sc_str_t                  timestamp;  /* as received */
    sc_str_t                  id;
    int64_t                   signed_ms;
    sc_str_t                  selector;   /* value of scheme->secret_by */

    sc_json_doc_t            *body_json;  /* read on first use */
    sc_pair_t                *form;
    size_t                    form_count;
    sc_json_doc_t            *claims;     /* of a JWT or signed request */
    sc_str_t                  payload;

    bool                      found;
    size_t                    matched;
} sc_verify_run_t;


/* One signature as received, decoded. */
typedef struct {
    sc_str_t    bytes;
    sc_digest_t digest;
} sc_candidate_t;


typedef struct {
    sc_candidate_t items[SC_SIGNATURES_MAX];
    size_t         count;
} sc_candidates_t;


/* The signed text as pieces in order; nothing is copied. */
typedef struct {
    sc_str_t pieces[SC_TEMPLATE_MAX_PARTS];
    size_t   count;
} sc_message_t;


/* sc_verify.c */

/* Whether a secret counts: not past `until`, and selected by `secret_by` where
   the scheme has that. */
bool sc_run_counts(const sc_verify_run_t *run, size_t index);

/* Remembers the first secret that matched. */
void sc_run_note(sc_verify_run_t *run, size_t index, bool matches);

sc_verify_result_t sc_run_answer(const sc_verify_run_t *run);


/* sc_verify_field.c */

sc_field_status_t sc_run_field(sc_verify_run_t *run, const sc_field_t *field,
    sc_str_t *value);

/* Reads scheme->signature into run->signature; OK, or the reason. */
sc_verify_result_t sc_run_signature(sc_verify_run_t *run);

/* Reads scheme->timestamp, id and secret_by: those found in claims if `claims`
   is true, else the others. */
sc_verify_result_t sc_run_signed_fields(sc_verify_run_t *run, bool claims);

/* Reads `text` as JSON with memory of the arena. */
sc_verify_result_t sc_run_json(sc_verify_run_t *run, sc_str_t text,
    sc_json_doc_t **doc);

/* All pairs of a form body, urlencoded or multipart. */
sc_field_status_t sc_run_form(sc_verify_run_t *run);

/* The result for a required field. */
sc_verify_result_t sc_field_result(sc_field_status_t status);


/* sc_verify_list.c */

/*
 * Splits run->signature as the scheme says, strips prefixes, decodes.  With
 * `exact` each signature must be as long as its digest; else any length.
 */
sc_verify_result_t sc_run_candidates(sc_verify_run_t *run, bool exact,
    sc_candidates_t *list);

/* The value of `key` in a list of key=value pieces. */
sc_field_status_t sc_list_get(sc_str_t list, sc_str_t key, sc_str_t *value);

/* Decodes one signature of the scheme's encoding into the arena. */
sc_verify_result_t sc_signature_decode(sc_arena_t *arena, sc_str_t text,
    sc_signature_encoding_t encoding, sc_str_t *bytes);

/* Strips `prefix` from `text`; false when it is not there. */
bool sc_strip_prefix(sc_str_t *text, sc_str_t prefix, bool any_case);


/* sc_template.c */

/* The template's parts with the values of this request. */
sc_verify_result_t sc_run_message(sc_verify_run_t *run,
    sc_message_t *message);


/* One file each: the schemes. */

sc_verify_result_t sc_verify_hmac(sc_verify_run_t *run);
sc_verify_result_t sc_verify_standard_webhooks(sc_verify_run_t *run);
sc_verify_result_t sc_verify_token(sc_verify_run_t *run);
sc_verify_result_t sc_verify_basic(sc_verify_run_t *run);
sc_verify_result_t sc_verify_signed_request(sc_verify_run_t *run);
sc_verify_result_t sc_verify_public_key(sc_verify_run_t *run);
sc_verify_result_t sc_verify_jwt(sc_verify_run_t *run);
sc_verify_result_t sc_verify_sha1_sorted(sc_verify_run_t *run);
sc_verify_result_t sc_verify_form_sorted(sc_verify_run_t *run);
sc_verify_result_t sc_verify_parameters_sorted(sc_verify_run_t *run);


/* Checks every secret that counts: an HMAC over `message` per digest. */
sc_verify_result_t sc_run_compare_hmac(sc_verify_run_t *run,
    const sc_message_t *message, const sc_candidates_t *list);

#endif /* SC_VERIFY_RUN_H */
