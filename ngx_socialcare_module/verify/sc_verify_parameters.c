/*
 * sc_verify_parameters.c: Vonage's `sig`: all parameters sorted by name,
 * wherever they are: in the query of a GET, a form, or a JSON object.
 *
 * '&' and '=' in values are replaced by '_' before signing, so that a value
 * cannot pose as another parameter; a name with one of them is refused.
 */

#include <openssl/crypto.h>

#include "sc_verify_run.h"
#include "sc_verify_sorted.h"


typedef struct {
    sc_pair_t *pairs;
    size_t     count;
} sc_parameters_t;


static sc_verify_result_t
sc_parameters_from_form(sc_verify_run_t *run, sc_str_t text,
    sc_parameters_t *parameters)
{
    if (sc_form_read(run->arena, text, SC_FORM_PAIRS_MAX, &parameters->pairs,
                     &parameters->count))
    {
        return SC_VERIFY_OK;
    }

    return sc_percent_is_valid(text) ? SC_VERIFY_TOO_LARGE
                                     : SC_VERIFY_MALFORMED;
}


/* One member of a flat object: strings unescaped, other values raw. */
static sc_verify_result_t
sc_parameter_from_json(sc_verify_run_t *run, const sc_json_token_t *name,
    const sc_json_token_t *value, sc_pair_t *pair)
{
    sc_json_doc_t *doc;

    doc = run->body_json;

    if (sc_json_is(value, SC_JSON_ARRAY) || sc_json_is(value, SC_JSON_OBJECT))
    {
        return SC_VERIFY_MALFORMED;
    }

    if (!sc_json_string(doc, name, run->arena, &pair->name)) {
        return SC_VERIFY_TOO_LARGE;
    }

    if (!sc_json_is(value, SC_JSON_STRING)) {
        pair->value = sc_json_raw(doc, value);
        return SC_VERIFY_OK;
    }

    return sc_json_string(doc, value, run->arena, &pair->value)
           ? SC_VERIFY_OK : SC_VERIFY_TOO_LARGE;
}


static sc_verify_result_t
sc_parameters_from_json(sc_verify_run_t *run, sc_parameters_t *parameters)
{
    sc_verify_result_t     result;
    const sc_json_token_t *root, *child, *name;

    result = sc_run_json(run, run->request->body, &run->body_json);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    root = sc_json_root(run->body_json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return SC_VERIFY_MALFORMED;
    }

    parameters->pairs = sc_arena_array(run->arena, root->length,
                                       sizeof(*parameters->pairs));
    if (parameters->pairs == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    child = NULL;

    while ((child = sc_json_next(run->body_json, root, child, &name)) != NULL
           && parameters->count < root->length)
    {
        result = sc_parameter_from_json(run, name, child,
                                        &parameters->pairs[
                                            parameters->count]);
        if (result != SC_VERIFY_OK) {
            return result;
        }

        parameters->count++;
    }

    return SC_VERIFY_OK;
}


static sc_verify_result_t
sc_parameters_read(sc_verify_run_t *run, sc_parameters_t *parameters)
{
    sc_str_t body;

    parameters->pairs = NULL;
    parameters->count = 0;

    body = sc_str_trim(run->request->body);

    if (body.len == 0) {
        return sc_parameters_from_form(run, run->request->query, parameters);
    }

    if (body.data[0] == '{') {
        return sc_parameters_from_json(run, parameters);
    }

    return sc_parameters_from_form(run, body, parameters);
}


static bool
sc_has_repeated_name(const sc_parameters_t *sorted)
{
    size_t i;

    for (i = 1; i < sorted->count; i++) {
        if (sc_str_eq(sorted->pairs[i - 1].name, sorted->pairs[i].name)) {
            return true;
        }
    }

    return false;
}


/* A name with '&' or '=' could hold the whole parameter before it. */
static bool
sc_has_joined_name(const sc_parameters_t *parameters)
{
    size_t   i;
    sc_str_t name;

    for (i = 0; i < parameters->count; i++) {
        name = parameters->pairs[i].name;

        if (sc_str_find_byte(name, '&') < name.len
            || sc_str_find_byte(name, '=') < name.len)
        {
            return true;
        }
    }

    return false;
}


static void
sc_append_value(sc_buf_t *buf, sc_str_t value)
{
    size_t        i;
    unsigned char c;

    for (i = 0; i < value.len; i++) {
        c = value.data[i];
        sc_buf_append_byte(buf, c == '&' || c == '=' ? '_' : c);
    }
}


/* &name=value… without the signature itself. */
static sc_verify_result_t
sc_parameters_text(sc_verify_run_t *run, const sc_parameters_t *parameters,
    sc_str_t signature_name, sc_str_t *text)
{
    size_t         i, size;
    sc_buf_t       buf;
    unsigned char *memory;

    size = 0;

    for (i = 0; i < parameters->count; i++) {
        size += 2 + parameters->pairs[i].name.len
                + parameters->pairs[i].value.len;
    }

    memory = sc_arena_bytes(run->arena, size);
    if (memory == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    sc_buf_init_fixed(&buf, memory, size);

    for (i = 0; i < parameters->count; i++) {
        if (sc_str_eq(parameters->pairs[i].name, signature_name)) {
            continue;
        }

        sc_buf_append_byte(&buf, '&');
        sc_buf_append_str(&buf, parameters->pairs[i].name);
        sc_buf_append_byte(&buf, '=');
        sc_append_value(&buf, parameters->pairs[i].value);
    }

    *text = sc_buf_str(&buf);

    return SC_VERIFY_OK;
}


/* The legacy form: digest of the text followed by the secret. */
static sc_verify_result_t
sc_compare_plain(sc_verify_run_t *run, sc_str_t text,
    const sc_candidates_t *list)
{
    size_t             i;
    sc_str_t           pieces[2];
    sc_digest_t        digest;
    unsigned char      sum[SC_DIGEST_MAX_SIZE];
    const sc_secret_t *secret;

    digest = run->scheme->digest;

    for (i = 0; i < run->secrets->count; i++) {
        secret = run->secrets->items[i];

        if (!sc_run_counts(run, i) || secret->kind != SC_SECRET_BYTES) {
            continue;
        }

        pieces[0] = text;
        pieces[1] = sc_secret_bytes(secret);

        if (!sc_digest_pieces(digest, pieces, 2, sum)) {
            return SC_VERIFY_NO_MEMORY;
        }

        sc_run_note(run, i,
                    CRYPTO_memcmp(sum, list->items[0].bytes.data,
                                  sc_digest_size(digest)) == 0);
    }

    return sc_run_answer(run);
}


/* Timestamp and id by name among the parameters. */
static sc_verify_result_t
sc_parameters_fields(sc_verify_run_t *run, const sc_parameters_t *parameters)
{
    const sc_verify_scheme_t *scheme;

    scheme = run->scheme;

    if (scheme->id.name.len > 0) {
        (void) sc_pairs_get(parameters->pairs, parameters->count,
                            scheme->id.name, &run->id);
    }

    if (scheme->secret_by.from != SC_FROM_NOWHERE
        && !sc_pairs_get(parameters->pairs, parameters->count,
                         scheme->secret_by.name, &run->selector))
    {
        return SC_VERIFY_MISMATCH;
    }

    if (scheme->timestamp.name.len == 0) {
        return SC_VERIFY_OK;
    }

    if (!sc_pairs_get(parameters->pairs, parameters->count,
                      scheme->timestamp.name, &run->timestamp)
        || run->timestamp.len == 0)
    {
        return SC_VERIFY_NO_TIMESTAMP;
    }

    if (scheme->timestamp_format != SC_TIME_OPAQUE
        && !sc_time_read(run->timestamp, scheme->timestamp_format,
                         &run->signed_ms))
    {
        return SC_VERIFY_NO_TIMESTAMP;
    }

    return SC_VERIFY_OK;
}


static sc_verify_result_t
sc_parameters_compare(sc_verify_run_t *run,
    const sc_parameters_t *parameters, sc_str_t name)
{
    sc_message_t       message;
    sc_candidates_t    list;
    sc_verify_result_t result;

    result = sc_run_candidates(run, true, &list);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_parameters_fields(run, parameters);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    result = sc_parameters_text(run, parameters, name, &message.pieces[0]);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    message.count = 1;

    return run->scheme->plain_digest
           ? sc_compare_plain(run, message.pieces[0], &list)
           : sc_run_compare_hmac(run, &message, &list);
}


sc_verify_result_t
sc_verify_parameters_sorted(sc_verify_run_t *run)
{
    sc_str_t           name;
    sc_parameters_t    parameters;
    sc_verify_result_t result;

    result = sc_parameters_read(run, &parameters);
    if (result != SC_VERIFY_OK) {
        return result;
    }

    name = run->scheme->signature.name;

    if (name.len == 0) {
        name = SC_STR("sig");
    }

    if (!sc_pairs_get(parameters.pairs, parameters.count, name,
                      &run->signature)
        || run->signature.len == 0)
    {
        return SC_VERIFY_NO_SIGNATURE;
    }

    sc_sort_pairs(parameters.pairs, parameters.count);

    if (sc_has_repeated_name(&parameters)) {
        return SC_VERIFY_DOUBLED;
    }

    if (sc_has_joined_name(&parameters)) {
        return SC_VERIFY_MALFORMED;
    }

    return sc_parameters_compare(run, &parameters, name);
}
