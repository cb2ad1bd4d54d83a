/*
 * sc_verify_signed_request.c: Meta's signed_request, one form field
 * `base64url(signature).base64url(payload)`.
 *
 * The MAC covers the payload as encoded.  Only after it has matched
 * is the payload decoded and read.
 */

#include "sc_verify_run.h"


/* The payload as JSON; `algorithm` must be the one that was checked. */
static sc_verify_result_t
sc_signed_request_payload(sc_verify_run_t *run, sc_str_t encoded)
{
    size_t                 len, room;
    sc_str_t               algorithm;
    unsigned char         *out;
    sc_verify_result_t     result;
    const sc_json_token_t *token;

    room = encoded.len / 4 * 3 + 3;

    out = sc_arena_bytes(run->arena, room);
    if (out == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    if (!sc_base64_decode(encoded, SC_BASE64URL, out, room, &len)) {
        return SC_VERIFY_MALFORMED;
    }

    run->payload = sc_str_make(out, len);

    result = sc_run_json(run, run->payload, &run->claims);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    token = sc_json_member(run->claims, sc_json_root(run->claims),
                           "algorithm");

    if (run->claims->duplicate
        || !sc_json_string(run->claims, token, run->arena, &algorithm)
        || !sc_str_eq_nocase(algorithm, SC_STR("HMAC-SHA256")))
    {
        return SC_VERIFY_BAD_CLAIM;
    }

    return SC_VERIFY_OK;
}


static sc_verify_result_t
sc_signed_request_match(sc_verify_run_t *run, sc_str_t signature,
    sc_str_t payload)
{
    sc_message_t       message;
    sc_candidates_t    list;
    sc_verify_result_t result;

    result = sc_signature_decode(run->arena, signature,
                                 SC_SIGNATURE_BASE64URL,
                                 &list.items[0].bytes);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    if (list.items[0].bytes.len != sc_digest_size(SC_DIGEST_SHA256)) {
        return SC_VERIFY_MALFORMED;
    }

    list.items[0].digest = SC_DIGEST_SHA256;
    list.count = 1;

    message.pieces[0] = payload;
    message.count = 1;

    return sc_run_compare_hmac(run, &message, &list);
}


sc_verify_result_t
sc_verify_signed_request(sc_verify_run_t *run)
{
    size_t             at;
    sc_str_t           payload;
    sc_verify_result_t result;

    result = sc_run_signature(run);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_run_signed_fields(run, false);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    at = sc_str_find_byte(run->signature, '.');
    payload = sc_str_from(run->signature, at + 1);

    if (payload.len == 0) {
        return SC_VERIFY_MALFORMED;
    }

    result = sc_signed_request_match(run, sc_str_first(run->signature, at),
                                     payload);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_signed_request_payload(run, payload);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    return sc_run_signed_fields(run, true);
}
