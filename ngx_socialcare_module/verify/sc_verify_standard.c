/*
 * sc_verify_standard.c: Standard Webhooks (and Svix): an id, a time and a
 * list of versioned signatures, `v1` by HMAC-SHA256, `v1a` by Ed25519.
 *
 * Entries of other versions, or without a comma, are skipped: the standard
 * may grow.  Only configured keys count.
 */

#include "sc_verify_key.h"
#include "sc_verify_run.h"


static const struct {
    sc_field_t id;
    sc_field_t timestamp;
    sc_field_t signature;
} sc_standard_sets[2] = {
    {
        { SC_FROM_HEADER, SC_STR_INIT("svix-id") },
        { SC_FROM_HEADER, SC_STR_INIT("svix-timestamp") },
        { SC_FROM_HEADER, SC_STR_INIT("svix-signature") }
    },
    {
        { SC_FROM_HEADER, SC_STR_INIT("webhook-id") },
        { SC_FROM_HEADER, SC_STR_INIT("webhook-timestamp") },
        { SC_FROM_HEADER, SC_STR_INIT("webhook-signature") }
    }
};


typedef struct {
    sc_candidates_t shared;    /* v1 */
    sc_candidates_t keyed;     /* v1a */
    size_t          known;     /* entries of a known version */
} sc_standard_list_t;


static bool
sc_has_header(const sc_request_t *request, sc_str_t name)
{
    size_t count;

    (void) sc_request_header(request, name, &count);

    return count > 0;
}


/* Any header of Svix's set selects that set; then it must be complete. */
static size_t
sc_standard_set(const sc_request_t *request)
{
    bool svix;

    svix = sc_has_header(request, sc_standard_sets[0].id.name)
           || sc_has_header(request, sc_standard_sets[0].timestamp.name)
           || sc_has_header(request, sc_standard_sets[0].signature.name);

    return svix ? 0 : 1;
}


static sc_verify_result_t
sc_standard_fields(sc_verify_run_t *run)
{
    size_t             set;
    sc_field_status_t  status;
    sc_verify_result_t result;

    set = sc_standard_set(run->request);

    status = sc_run_field(run, &sc_standard_sets[set].signature,
                          &run->signature);

    if (status == SC_FIELD_ABSENT) {
        return SC_VERIFY_NO_SIGNATURE;
    }

    if (status != SC_FIELD_OK) {
        return sc_field_result(status);
    }

    result = sc_field_result(sc_run_field(run, &sc_standard_sets[set].id,
                                          &run->id));
    if (result != SC_VERIFY_OK) {
        return result;
    }

    status = sc_run_field(run, &sc_standard_sets[set].timestamp,
                          &run->timestamp);

    if (status != SC_FIELD_OK
        || !sc_time_read(run->timestamp, SC_TIME_SECONDS, &run->signed_ms))
    {
        return SC_VERIFY_NO_TIMESTAMP;
    }

    return SC_VERIFY_OK;
}


/* Adds one entry to the list of its version. */
static sc_verify_result_t
sc_standard_entry(const sc_verify_run_t *run, sc_str_t entry, bool keyed,
    sc_standard_list_t *list)
{
    size_t             size, limit;
    sc_str_t           bytes;
    sc_candidates_t   *into;
    sc_verify_result_t result;

    into = keyed ? &list->keyed : &list->shared;
    size = keyed ? SC_ED25519_SIGNATURE_SIZE
                 : sc_digest_size(SC_DIGEST_SHA256);
    limit = keyed ? SC_KEY_SIGNATURES_MAX : SC_SIGNATURES_MAX;

    list->known++;

    result = sc_signature_decode(run->arena, entry,
                                 SC_SIGNATURE_BASE64, &bytes);

    if (result == SC_VERIFY_TOO_LARGE) {
        return result;
    }

    if (result != SC_VERIFY_OK || bytes.len != size) {
        return SC_VERIFY_OK;
    }

    if (into->count == limit) {
        return SC_VERIFY_MALFORMED;
    }

    into->items[into->count].bytes = bytes;
    into->items[into->count].digest = SC_DIGEST_SHA256;
    into->count++;

    return SC_VERIFY_OK;
}


static sc_verify_result_t
sc_standard_split(const sc_verify_run_t *run, sc_standard_list_t *list)
{
    bool               keyed;
    sc_str_t           rest, entry;
    sc_verify_result_t result;

    list->shared.count = 0;
    list->keyed.count = 0;
    list->known = 0;

    rest = run->signature;

    while (sc_str_next(&rest, ' ', &entry)) {
        keyed = sc_strip_prefix(&entry, SC_STR("v1a,"), false);

        if (!keyed && !sc_strip_prefix(&entry, SC_STR("v1,"), false)) {
            continue;
        }

        result = sc_standard_entry(run, entry, keyed, list);

        if (result != SC_VERIFY_OK) {
            return result;
        }
    }

    if (list->known > 0 && list->shared.count + list->keyed.count == 0) {
        return SC_VERIFY_MALFORMED;
    }

    return SC_VERIFY_OK;
}


sc_verify_result_t
sc_verify_standard_webhooks(sc_verify_run_t *run)
{
    sc_message_t       message;
    sc_standard_list_t list;
    sc_verify_result_t result;

    result = sc_standard_fields(run);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    if (run->scheme->secret_by.from != SC_FROM_NOWHERE) {
        result = sc_run_signed_fields(run, false);
        if (result != SC_VERIFY_OK) {
            return result;
        }
    }

    result = sc_standard_split(run, &list);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    message.pieces[0] = run->id;
    message.pieces[1] = SC_STR(".");
    message.pieces[2] = run->timestamp;
    message.pieces[3] = SC_STR(".");
    message.pieces[4] = run->request->body;
    message.count = 5;

    if (list.keyed.count > 0) {
        result = sc_run_compare_keys(run, SC_SCHEME_ED25519, &message,
                                     &list.keyed);

        if (result == SC_VERIFY_TOO_LARGE) {
            return result;
        }
    }

    if (list.shared.count > 0) {
        return sc_run_compare_hmac(run, &message, &list.shared);
    }

    return sc_run_answer(run);
}
