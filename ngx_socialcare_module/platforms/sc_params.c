/*
 * sc_params.c: see sc_params.h.  Must not know a platform, keep state or
 * allocate outside the arena.
 */

#include "sc_params.h"


static sc_parse_result_t
sc_params_die(sc_callback_t *callback, sc_dead_reason_t reason)
{
    callback->dead = reason;

    return SC_PARSE_DEAD;
}


/* A query string or urlencoded form. */
static sc_parse_result_t
sc_params_read_form(sc_callback_t *callback, sc_str_t text, sc_pair_t **pairs,
    size_t *count)
{
    if (sc_form_read(callback->arena, text, SC_PARAMS_MAX, pairs, count)) {
        return SC_PARSE_OK;
    }

    *pairs = NULL;
    *count = 0;

    return sc_percent_is_valid(text)
           ? SC_PARSE_TOO_LARGE : sc_params_die(callback, SC_DEAD_SYNTAX);
}


static sc_parse_result_t
sc_params_room(sc_callback_t *callback, sc_params_t *params, size_t count)
{
    params->body = sc_arena_array(callback->arena, count, sizeof(sc_pair_t));
    params->files = sc_arena_array(callback->arena, count,
                                   sizeof(sc_multipart_part_t));

    return params->body == NULL || params->files == NULL ? SC_PARSE_TOO_LARGE
                                                         : SC_PARSE_OK;
}


/* Counts the parts, so as to allocate no more than that. */
static sc_parse_result_t
sc_params_count_parts(sc_callback_t *callback, sc_str_t content_type,
    size_t *count)
{
    sc_multipart_t      reader;
    sc_multipart_part_t part;

    *count = 0;

    if (!sc_multipart_start(&reader, content_type, callback->request->body)) {
        return sc_params_die(callback, SC_DEAD_SYNTAX);
    }

    while (sc_multipart_next(&reader, &part)) {
        if (++*count > SC_PARAMS_MAX) {
            return SC_PARSE_TOO_LARGE;
        }
    }

    return reader.complete ? SC_PARSE_OK
                           : sc_params_die(callback, SC_DEAD_SYNTAX);
}


static sc_parse_result_t
sc_params_read_multipart(sc_callback_t *callback, sc_str_t content_type,
    sc_params_t *params)
{
    size_t               count;
    sc_multipart_t       reader;
    sc_parse_result_t    result;
    sc_multipart_part_t  part;

    result = sc_params_count_parts(callback, content_type, &count);

    if (result == SC_PARSE_OK) {
        result = sc_params_room(callback, params, count);
    }

    if (result != SC_PARSE_OK) {
        return result;
    }

    (void) sc_multipart_start(&reader, content_type, callback->request->body);

    while (sc_multipart_next(&reader, &part)) {
        if (part.is_file) {
            params->files[params->files_count++] = part;
            continue;
        }

        params->body[params->body_count].name = part.name;
        params->body[params->body_count++].value = part.body;
    }

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_params_read_json(sc_callback_t *callback, sc_params_t *params)
{
    sc_str_t               value;
    sc_parse_result_t      result;
    const sc_json_token_t *root, *child, *name;

    result = sc_callback_read_json(callback, callback->request->body);
    if (result != SC_PARSE_OK) {
        return result;
    }

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        return sc_params_die(callback, SC_DEAD_SHAPE);
    }

    if (root->length > SC_PARAMS_MAX) {
        return SC_PARSE_TOO_LARGE;
    }

    result = sc_params_room(callback, params, root->length);
    if (result != SC_PARSE_OK) {
        return result;
    }

    child = NULL;

    while ((child = sc_json_next(callback->json, root, child, &name)) != NULL)
    {
        if (sc_json_string(callback->json, name, callback->arena,
                           &params->body[params->body_count].name)
            && (sc_json_string(callback->json, child, callback->arena, &value)
                || sc_json_id(callback->json, child, callback->arena,
                              &value)))
        {
            params->body[params->body_count++].value = value;
        }
    }

    return SC_PARSE_OK;
}


sc_str_t
sc_params_content_type(const sc_request_t *request)
{
    sc_str_t type;

    type = sc_request_header(request, SC_STR("Content-Type"), NULL);

    return sc_str_trim(sc_str_first(type, sc_str_find_byte(type, ';')));
}


static sc_parse_result_t
sc_params_read_body(sc_callback_t *callback, sc_params_t *params)
{
    sc_str_t            type;
    const sc_request_t *request;

    request = callback->request;
    type = sc_params_content_type(request);

    if (request->body.len == 0) {
        return SC_PARSE_OK;
    }

    if (sc_str_eq_nocase(type, SC_STR("multipart/form-data"))) {
        return sc_params_read_multipart(callback,
                   sc_request_header(request, SC_STR("Content-Type"), NULL),
                   params);
    }

    if (sc_str_eq_nocase(type, SC_STR("application/json"))) {
        return sc_params_read_json(callback, params);
    }

    if (type.len == 0
        || sc_str_eq_nocase(type, SC_STR("application/x-www-form-urlencoded")))
    {
        return sc_params_read_form(callback, request->body, &params->body,
                                   &params->body_count);
    }

    return sc_params_die(callback, SC_DEAD_CONTENT_TYPE);
}


sc_parse_result_t
sc_params_read(sc_callback_t *callback, sc_params_t *params)
{
    sc_parse_result_t result;

    memset(params, 0, sizeof(*params));

    result = sc_params_read_body(callback, params);

    if (result != SC_PARSE_OK || callback->request->query.len == 0) {
        return result;
    }

    return sc_params_read_form(callback, callback->request->query,
                               &params->query, &params->query_count);
}


static const sc_pair_t *
sc_params_find_in(const sc_pair_t *pairs, size_t count, sc_str_t name,
    bool last)
{
    size_t           i;
    const sc_pair_t *found;

    found = NULL;

    for (i = 0; i < count && (found == NULL || last); i++) {
        if (sc_str_eq(pairs[i].name, name)) {
            found = &pairs[i];
        }
    }

    return found;
}


static const sc_pair_t *
sc_params_find(const sc_params_t *params, sc_str_t name)
{
    const sc_pair_t *found;

    found = sc_params_find_in(params->body, params->body_count, name,
                              params->last);

    return found != NULL ? found
           : sc_params_find_in(params->query, params->query_count, name,
                               params->last);
}


bool
sc_params_has(const sc_params_t *params, sc_str_t name)
{
    return sc_params_find(params, name) != NULL;
}


sc_str_t
sc_params_get(const sc_params_t *params, sc_str_t name)
{
    const sc_pair_t *found;

    found = sc_params_find(params, name);

    return found == NULL ? SC_STR_NULL : found->value;
}


sc_str_t
sc_params_text(const sc_params_t *params, const char *name)
{
    return sc_params_get(params, sc_str_from_cstring(name));
}


int64_t
sc_params_time(const sc_params_t *params, const char *name,
    sc_time_format_t format)
{
    int64_t  ms;
    sc_str_t text;

    text = sc_params_text(params, name);

    return text.len != 0 && sc_time_read(text, format, &ms) ? ms : -1;
}


sc_str_t
sc_params_either(const sc_params_t *params, sc_str_t first, sc_str_t second)
{
    sc_str_t value;

    value = sc_params_get(params, first);

    return value.len != 0 ? value : sc_params_get(params, second);
}


int64_t
sc_params_int(const sc_params_t *params, sc_str_t name)
{
    int64_t value;

    return sc_str_to_int64(sc_params_get(params, name), &value) && value >= 0
           ? value : -1;
}


sc_str_t
sc_params_numbered(const sc_params_t *params, sc_str_t prefix, size_t number)
{
    sc_buf_t      buf;
    unsigned char memory[64];

    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    sc_buf_append_str(&buf, prefix);
    sc_buf_append_uint(&buf, number);

    return buf.failed ? SC_STR_NULL : sc_params_get(params, sc_buf_str(&buf));
}
