/*
 * sc_verify_field.c: fetches the values that a scheme names from the request.
 *
 * A repeated value is refused: whoever reads the other copy would act on
 * something that was not checked.  Bodies are parsed at most once per
 * callback, with memory of the arena.
 */

#include "sc_multipart.h"
#include "sc_verify_run.h"
#include "sc_verify_xml.h"


sc_verify_result_t
sc_field_result(sc_field_status_t status)
{
    switch (status) {

    case SC_FIELD_OK:
        return SC_VERIFY_OK;

    case SC_FIELD_DOUBLED:
        return SC_VERIFY_DOUBLED;

    case SC_FIELD_NO_MEMORY:
        return SC_VERIFY_TOO_LARGE;

    case SC_FIELD_ABSENT:
    case SC_FIELD_MALFORMED:
        break;
    }

    return SC_VERIFY_MALFORMED;
}


static sc_field_status_t
sc_field_header(const sc_request_t *request, sc_str_t name, sc_str_t *value)
{
    size_t count;

    *value = sc_request_header(request, name, &count);

    if (count > 1) {
        return SC_FIELD_DOUBLED;
    }

    return count == 0 ? SC_FIELD_ABSENT : SC_FIELD_OK;
}


/* '+' stays: base64 in a query is often not escaped. */
static sc_field_status_t
sc_field_query(sc_verify_run_t *run, sc_str_t name, sc_str_t *value)
{
    size_t   count;
    sc_str_t query, piece, raw;

    count = 0;
    raw = SC_STR_NULL;
    query = run->request->query;

    while (sc_str_next(&query, '&', &piece)) {
        if (sc_str_eq(sc_str_first(piece, sc_str_find_byte(piece, '=')),
                      name))
        {
            raw = sc_str_from(piece, name.len + 1);
            count++;
        }
    }

    if (count != 1) {
        return count == 0 ? SC_FIELD_ABSENT : SC_FIELD_DOUBLED;
    }

    if (!sc_percent_is_valid(raw)) {
        return SC_FIELD_MALFORMED;
    }

    return sc_percent_decode(run->arena, raw, false, value)
           ? SC_FIELD_OK : SC_FIELD_NO_MEMORY;
}


/* A multipart body's parts as pairs; files are left out. */
static sc_field_status_t
sc_form_read_multipart(sc_verify_run_t *run, sc_str_t content_type)
{
    bool                more;
    size_t              count;
    sc_multipart_t      reader;
    sc_multipart_part_t part;

    if (!sc_multipart_start(&reader, content_type, run->request->body)) {
        return SC_FIELD_MALFORMED;
    }

    run->form = sc_arena_array(run->arena, SC_FORM_PAIRS_MAX,
                               sizeof(*run->form));
    if (run->form == NULL) {
        return SC_FIELD_NO_MEMORY;
    }

    count = 0;

    while ((more = sc_multipart_next(&reader, &part))
           && count < SC_FORM_PAIRS_MAX)
    {
        if (part.is_file) {
            continue;
        }

        run->form[count].name = part.name;
        run->form[count].value = part.body;
        count++;
    }

    run->form_count = count;

    if (more) {
        return SC_FIELD_NO_MEMORY;
    }

    return reader.complete ? SC_FIELD_OK : SC_FIELD_MALFORMED;
}


static sc_field_status_t
sc_form_read_urlencoded(sc_verify_run_t *run)
{
    sc_str_t body;

    body = run->request->body;

    if (sc_form_read(run->arena, body, SC_FORM_PAIRS_MAX, &run->form,
                     &run->form_count))
    {
        return SC_FIELD_OK;
    }

    return sc_percent_is_valid(body) ? SC_FIELD_NO_MEMORY
                                     : SC_FIELD_MALFORMED;
}


sc_field_status_t
sc_run_form(sc_verify_run_t *run)
{
    sc_str_t          content_type;
    sc_field_status_t status;

    if (run->form != NULL) {
        return SC_FIELD_OK;
    }

    content_type = sc_request_header(run->request, SC_STR("Content-Type"),
                                     NULL);

    status = sc_multipart_is(content_type)
             ? sc_form_read_multipart(run, content_type)
             : sc_form_read_urlencoded(run);

    if (status != SC_FIELD_OK) {
        run->form = NULL;
        run->form_count = 0;
    }

    return status;
}


static sc_field_status_t
sc_field_form(sc_verify_run_t *run, sc_str_t name, sc_str_t *value)
{
    size_t            i, count;
    sc_field_status_t status;

    status = sc_run_form(run);
    if (status != SC_FIELD_OK) {
        return status;
    }

    count = 0;

    for (i = 0; i < run->form_count; i++) {
        if (sc_str_eq(run->form[i].name, name)) {
            *value = run->form[i].value;
            count++;
        }
    }

    if (count == 0) {
        return SC_FIELD_ABSENT;
    }

    return count > 1 && !run->scheme->form_last ? SC_FIELD_DOUBLED
                                                : SC_FIELD_OK;
}


sc_verify_result_t
sc_run_json(sc_verify_run_t *run, sc_str_t text, sc_json_doc_t **doc)
{
    uint32_t         bound;
    sc_json_doc_t   *fresh;
    sc_json_token_t *tokens;

    bound = sc_json_count_bound(text);

    fresh = sc_arena_array(run->arena, 1, sizeof(*fresh));
    tokens = sc_arena_alloc(run->arena, (size_t) bound * sizeof(*tokens));

    if (fresh == NULL || tokens == NULL) {
        return SC_VERIFY_TOO_LARGE;
    }

    switch (sc_json_read(fresh, text, tokens, bound, NULL)) {

    case SC_JSON_OK:
        *doc = fresh;
        return SC_VERIFY_OK;

    case SC_JSON_ERROR_DEPTH:
    case SC_JSON_ERROR_TOKENS:
    case SC_JSON_ERROR_STRING:
        return SC_VERIFY_TOO_LARGE;

    case SC_JSON_ERROR_SYNTAX:
    case SC_JSON_ERROR_UTF8:
    case SC_JSON_ERROR_NUL:
        break;
    }

    return SC_VERIFY_MALFORMED;
}


/* A string or an integer, found by pointer. */
static sc_field_status_t
sc_json_field(sc_verify_run_t *run, sc_json_doc_t *doc,
    const sc_json_token_t *token, sc_str_t *value)
{
    if (doc->duplicate) {
        return SC_FIELD_DOUBLED;
    }

    if (token == NULL || sc_json_is(token, SC_JSON_NULL)) {
        return SC_FIELD_ABSENT;
    }

    if (!sc_json_is(token, SC_JSON_STRING)
        && !sc_json_is(token, SC_JSON_NUMBER))
    {
        return SC_FIELD_MALFORMED;
    }

    if (sc_json_is(token, SC_JSON_NUMBER)) {
        *value = sc_json_raw(doc, token);
        return SC_FIELD_OK;
    }

    return sc_json_string(doc, token, run->arena, value)
           ? SC_FIELD_OK : SC_FIELD_NO_MEMORY;
}


static sc_field_status_t
sc_field_json(sc_verify_run_t *run, sc_str_t pointer, sc_str_t *value)
{
    sc_verify_result_t     result;
    const sc_json_token_t *token;

    if (run->body_json == NULL) {
        result = sc_run_json(run, run->request->body, &run->body_json);

        if (result != SC_VERIFY_OK) {
            return result == SC_VERIFY_TOO_LARGE ? SC_FIELD_NO_MEMORY
                                                 : SC_FIELD_MALFORMED;
        }
    }

    token = sc_json_pointer(run->body_json, sc_json_root(run->body_json),
                            pointer);

    return sc_json_field(run, run->body_json, token, value);
}


static sc_field_status_t
sc_field_claim(sc_verify_run_t *run, sc_str_t name, sc_str_t *value)
{
    const sc_json_token_t *token;

    if (run->claims == NULL) {
        return SC_FIELD_ABSENT;
    }

    token = sc_json_get(run->claims, sc_json_root(run->claims), name);

    return sc_json_field(run, run->claims, token, value);
}


static sc_field_status_t
sc_field_value(sc_verify_run_t *run, const sc_field_t *field,
    sc_str_t *value)
{
    switch (field->from) {

    case SC_FROM_HEADER:
        return sc_field_header(run->request, field->name, value);

    case SC_FROM_QUERY:
        return sc_field_query(run, field->name, value);

    case SC_FROM_FORM:
        return sc_field_form(run, field->name, value);

    case SC_FROM_JSON:
        return sc_field_json(run, field->name, value);

    case SC_FROM_LIST:
        return sc_list_get(run->signature, field->name, value);

    case SC_FROM_CLAIM:
        return sc_field_claim(run, field->name, value);

    case SC_FROM_XML:
        return sc_xml_child_text(run->arena, run->request->body, field->name,
                                 value);

    case SC_FROM_NOWHERE:
        break;
    }

    return SC_FIELD_ABSENT;
}


sc_field_status_t
sc_run_field(sc_verify_run_t *run, const sc_field_t *field, sc_str_t *value)
{
    sc_field_status_t status;

    *value = SC_STR_NULL;

    status = sc_field_value(run, field, value);

    if (status == SC_FIELD_OK && value->len == 0) {
        status = SC_FIELD_ABSENT;
    }

    if (status != SC_FIELD_OK) {
        *value = SC_STR_NULL;
    }

    return status;
}


/* Basic and JWT are in Authorization unless the scheme says otherwise. */
sc_verify_result_t
sc_run_signature(sc_verify_run_t *run)
{
    sc_field_t        field;
    sc_field_status_t status;

    field = run->scheme->signature;

    if (field.from == SC_FROM_NOWHERE) {
        field.from = SC_FROM_HEADER;
        field.name = SC_STR("Authorization");
    }

    status = sc_run_field(run, &field, &run->signature);

    return status == SC_FIELD_ABSENT ? SC_VERIFY_NO_SIGNATURE
                                     : sc_field_result(status);
}


/* Absent, doubled and unreadable all mean NO_TIMESTAMP. */
static sc_verify_result_t
sc_run_timestamp(sc_verify_run_t *run)
{
    sc_field_status_t status;

    status = sc_run_field(run, &run->scheme->timestamp, &run->timestamp);

    if (status == SC_FIELD_NO_MEMORY) {
        return SC_VERIFY_TOO_LARGE;
    }

    if (status != SC_FIELD_OK) {
        return SC_VERIFY_NO_TIMESTAMP;
    }

    if (run->scheme->timestamp_format != SC_TIME_OPAQUE
        && !sc_time_read(run->timestamp, run->scheme->timestamp_format,
                         &run->signed_ms))
    {
        return SC_VERIFY_NO_TIMESTAMP;
    }

    return SC_VERIFY_OK;
}


/* Whether the scheme names the field and this call is to read it. */
static bool
sc_is_due(const sc_field_t *field, bool claims)
{
    return field->from != SC_FROM_NOWHERE
           && (field->from == SC_FROM_CLAIM) == claims;
}


/*
 * An absent id is left to the template (which fails where it needs one).  An
 * absent selector fails: it must not select an unlabelled secret.
 */
sc_verify_result_t
sc_run_signed_fields(sc_verify_run_t *run, bool claims)
{
    sc_field_status_t         status;
    sc_verify_result_t        result;
    const sc_verify_scheme_t *scheme;

    scheme = run->scheme;

    if (sc_is_due(&scheme->timestamp, claims)) {
        result = sc_run_timestamp(run);

        if (result != SC_VERIFY_OK) {
            return result;
        }
    }

    if (sc_is_due(&scheme->id, claims)) {
        status = sc_run_field(run, &scheme->id, &run->id);

        if (status != SC_FIELD_OK && status != SC_FIELD_ABSENT) {
            return sc_field_result(status);
        }
    }

    if (sc_is_due(&scheme->secret_by, claims)) {
        status = sc_run_field(run, &scheme->secret_by, &run->selector);

        if (status == SC_FIELD_ABSENT) {
            return SC_VERIFY_MISMATCH;
        }

        return sc_field_result(status);
    }

    return SC_VERIFY_OK;
}
