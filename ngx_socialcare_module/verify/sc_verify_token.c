/*
 * sc_verify_token.c: credentials instead of signatures: a token, or a user with
 * password (RFC 7617).  They protect nothing else in the request.
 */

#include "sc_verify_run.h"


static sc_verify_result_t
sc_compare_token(sc_verify_run_t *run, sc_str_t token)
{
    size_t i;

    for (i = 0; i < run->secrets->count; i++) {
        if (sc_run_counts(run, i)
            && run->secrets->items[i]->kind == SC_SECRET_BYTES)
        {
            sc_run_note(run, i,
                        sc_equal_constant_time(
                            sc_secret_bytes(run->secrets->items[i]), token));
        }
    }

    return sc_run_answer(run);
}


/* In a query a '+' may be literal or a space. */
static sc_verify_result_t
sc_compare_query_token(sc_verify_run_t *run, sc_str_t token)
{
    size_t         i;
    unsigned char *spaced;

    if (sc_compare_token(run, token) == SC_VERIFY_OK
        || sc_str_find_byte(token, '+') == token.len)
    {
        return sc_run_answer(run);
    }

    spaced = sc_arena_bytes(run->arena, token.len);
    if (spaced == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    for (i = 0; i < token.len; i++) {
        spaced[i] = token.data[i] == '+' ? ' ' : token.data[i];
    }

    return sc_compare_token(run, sc_str_make(spaced, token.len));
}


/* The field, without its prefix, and the selector of the secret. */
static sc_verify_result_t
sc_token_read(sc_verify_run_t *run, sc_str_t prefix, bool any_case,
    sc_str_t *token)
{
    sc_verify_result_t result;

    result = sc_run_signature(run);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    *token = run->signature;

    if (!sc_strip_prefix(token, prefix, any_case)
        && !run->scheme->prefix_optional)
    {
        return SC_VERIFY_MALFORMED;
    }

    if (token->len == 0) {
        return SC_VERIFY_NO_SIGNATURE;
    }

    return sc_run_signed_fields(run, false);
}


sc_verify_result_t
sc_verify_token(sc_verify_run_t *run)
{
    sc_str_t           token;
    sc_verify_result_t result;

    result = sc_token_read(run, run->scheme->prefix,
                           run->scheme->prefix_any_case, &token);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    if (run->scheme->signature.from == SC_FROM_QUERY) {
        return sc_compare_query_token(run, token);
    }

    return sc_compare_token(run, token);
}


sc_verify_result_t
sc_verify_basic(sc_verify_run_t *run)
{
    sc_str_t           token, bytes;
    sc_verify_result_t result;

    result = sc_token_read(run, SC_STR("Basic "), true, &token);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_signature_decode(run->arena, token,
                                 SC_SIGNATURE_BASE64_UNPADDED, &bytes);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    return sc_compare_token(run, bytes);
}
