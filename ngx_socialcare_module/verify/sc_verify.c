/*
 * sc_verify.c: takes one callback through the engine: which secrets count,
 * which scheme's file verifies, freshness, the alternative.
 *
 * Knows no platform and computes no signature itself.  It must return "OK"
 * in one place only, and only after a secret has matched.
 */

#include <openssl/err.h>

#include "sc_verify_run.h"


#define SC_ALTERNATIVES_MAX      4

#define SC_DEFAULT_TOLERANCE_MS  INT64_C(300000)


static const char *const sc_verify_names[SC_VERIFY_RESULTS] = {
    "ok",
    "no_signature",
    "doubled",
    "malformed",
    "mismatch",
    "no_timestamp",
    "stale",
    "future",
    "no_secret",
    "bad_claim",
    "too_large",
    "unknown_key",
    "replayed",
    "no_memory"
};


static bool
sc_secret_is_live(const sc_secret_t *secret, int64_t now_ms)
{
    int64_t until_s;

    until_s = sc_secret_until_s(secret);

    return until_s == 0 || now_ms / 1000 < until_s;
}


bool
sc_run_counts(const sc_verify_run_t *run, size_t index)
{
    const sc_secret_t *secret;

    secret = run->secrets->items[index];

    if (!sc_secret_is_live(secret, run->now_ms)) {
        return false;
    }

    return run->scheme->secret_by.from == SC_FROM_NOWHERE
           || sc_str_eq(sc_secret_label(secret), run->selector);
}


void
sc_run_note(sc_verify_run_t *run, size_t index, bool matches)
{
    if (matches && !run->found) {
        run->found = true;
        run->matched = index;
    }
}


sc_verify_result_t
sc_run_answer(const sc_verify_run_t *run)
{
    return run->found ? SC_VERIFY_OK : SC_VERIFY_MISMATCH;
}


static bool
sc_any_live(const sc_secrets_t *secrets, int64_t now_ms)
{
    size_t i;

    for (i = 0; i < secrets->count; i++) {
        if (sc_secret_is_live(secrets->items[i], now_ms)) {
            return true;
        }
    }

    return false;
}


static sc_verify_result_t
sc_run_scheme(sc_verify_run_t *run)
{
    switch (run->scheme->kind) {

    case SC_SCHEME_HMAC:
        return sc_verify_hmac(run);

    case SC_SCHEME_STANDARD_WEBHOOKS:
        return sc_verify_standard_webhooks(run);

    case SC_SCHEME_TOKEN:
        return sc_verify_token(run);

    case SC_SCHEME_BASIC:
        return sc_verify_basic(run);

    case SC_SCHEME_SIGNED_REQUEST:
        return sc_verify_signed_request(run);

    case SC_SCHEME_ED25519:
    case SC_SCHEME_ECDSA_P256:
    case SC_SCHEME_RSA_SHA256:
        return sc_verify_public_key(run);

    case SC_SCHEME_JWT:
        return sc_verify_jwt(run);

    case SC_SCHEME_SHA1_SORTED:
        return sc_verify_sha1_sorted(run);

    case SC_SCHEME_FORM_SORTED:
        return sc_verify_form_sorted(run);

    case SC_SCHEME_PARAMETERS_SORTED:
        return sc_verify_parameters_sorted(run);
    }

    return SC_VERIFY_MISMATCH;
}


/*
 * Errors that OpenSSL queues about a forgery must not reach nginx's TLS.  An
 * HMAC queues none (sc_hmac.c), and the mark costs more than looking for the
 * signature.
 */
static sc_verify_result_t
sc_run_unnoticed(sc_verify_run_t *run)
{
    sc_verify_result_t result;

    if (run->scheme->kind == SC_SCHEME_HMAC) {
        return sc_run_scheme(run);
    }

    (void) ERR_set_mark();
    result = sc_run_scheme(run);
    (void) ERR_pop_to_mark();

    return result;
}


int64_t
sc_verify_tolerance(const sc_verify_scheme_t *scheme, int64_t tolerance_ms)
{
    if (scheme->no_tolerance) {
        return 0;
    }

    if (tolerance_ms != SC_TOLERANCE_DEFAULT) {
        return tolerance_ms;
    }

    return scheme->tolerance_ms != 0 ? scheme->tolerance_ms
                                     : SC_DEFAULT_TOLERANCE_MS;
}


/* Checked after the signature: so STALE means authentic, but late. */
static sc_verify_result_t
sc_run_freshness(const sc_verify_run_t *run)
{
    int64_t tolerance_ms;

    tolerance_ms = sc_verify_tolerance(run->scheme, run->tolerance_ms);

    if (run->signed_ms < 0 || tolerance_ms <= 0) {
        return SC_VERIFY_OK;
    }

    if (run->now_ms - run->signed_ms > tolerance_ms) {
        return SC_VERIFY_STALE;
    }

    if (run->signed_ms - run->now_ms > tolerance_ms) {
        return SC_VERIFY_FUTURE;
    }

    return SC_VERIFY_OK;
}


static void
sc_verify_one(sc_verify_run_t *run, sc_verdict_t *verdict)
{
    sc_verify_result_t result;

    result = sc_run_unnoticed(run);

    if (result == SC_VERIFY_OK) {
        result = sc_run_freshness(run);
    }

    if (result == SC_VERIFY_OK && !run->found) {
        result = SC_VERIFY_MISMATCH;
    }

    /* A callback that could not be checked is not a forgery. */
    if (result == SC_VERIFY_NO_MEMORY) {
        sc_arena_starve(run->arena);

    } else if (result != SC_VERIFY_OK && run->arena->starved) {
        result = SC_VERIFY_NO_MEMORY;
    }

    verdict->result = result;
    verdict->secret = 0;
    verdict->signed_ms = run->signed_ms;
    verdict->id = SC_STR_NULL;
    verdict->payload = SC_STR_NULL;

    /* A forger's id and payload are not passed on. */
    if (result == SC_VERIFY_OK) {
        verdict->secret = run->matched;
        verdict->id = run->id;
        verdict->payload = run->payload;
    }
}


static bool
sc_wants_alternative(const sc_verify_scheme_t *scheme,
    sc_verify_result_t result)
{
    if (scheme->alternative == NULL || result == SC_VERIFY_OK
        || result == SC_VERIFY_NO_MEMORY)
    {
        return false;
    }

    return result == SC_VERIFY_NO_SIGNATURE
           || scheme->alternative_when == SC_ALTERNATIVE_IF_REFUSED;
}


/* The refusal of the scheme that found a signature is more informative. */
static bool
sc_says_more(const sc_verdict_t *newer, const sc_verdict_t *older)
{
    return newer->result == SC_VERIFY_OK
           || newer->result == SC_VERIFY_NO_MEMORY
           || (older->result == SC_VERIFY_NO_SIGNATURE
               && newer->result != SC_VERIFY_NO_SIGNATURE);
}


static void
sc_verdict_clear(sc_verdict_t *verdict, sc_verify_result_t result)
{
    memset(verdict, 0, sizeof(*verdict));

    verdict->result = result;
    verdict->signed_ms = -1;
}


void
sc_verify(const sc_verify_scheme_t *scheme, const sc_request_t *request,
    const sc_secrets_t *secrets, int64_t now_ms, int64_t tolerance_ms,
    sc_arena_t *arena, sc_verdict_t *verdict)
{
    size_t          tries;
    sc_verdict_t    one;
    sc_verify_run_t run;

    sc_verdict_clear(verdict, SC_VERIFY_NO_SECRET);

    if (!sc_any_live(secrets, now_ms)) {
        return;
    }

    sc_verdict_clear(verdict, SC_VERIFY_NO_SIGNATURE);

    for (tries = 0; tries < SC_ALTERNATIVES_MAX; tries++) {
        memset(&run, 0, sizeof(run));

        run.scheme = scheme;
        run.request = request;
        run.secrets = secrets;
        run.now_ms = now_ms;
        run.tolerance_ms = tolerance_ms;
        run.arena = arena;
        run.signed_ms = -1;

        sc_verify_one(&run, &one);

        if (tries == 0 || sc_says_more(&one, verdict)) {
            *verdict = one;
        }

        if (!sc_wants_alternative(scheme, one.result)) {
            break;
        }

        scheme = scheme->alternative;
    }
}


const char *
sc_verify_result_name(sc_verify_result_t result)
{
    if ((unsigned) result >= SC_VERIFY_RESULTS) {
        return "unknown";
    }

    return sc_verify_names[result];
}
