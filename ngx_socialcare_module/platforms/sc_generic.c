/*
 * sc_generic.c: any sender that signs in one of the usual ways, by
 * configuration alone: telephone systems, CRMs, web forms, and the agent desk's
 * reply feed, which ends waits on platforms that never echo the brand.
 *
 * An answer in the feed is a record with direction out, the conversation id of
 * the question (or its id as parent) and, for bots, auto.
 */

#include "sc_generic.h"
#include "sc_registry.h"


/* Longest text that a sender may have echoed. */
#define SC_GENERIC_MAX_ECHO  1024


static size_t
sc_generic_schemes(const sc_source_t *source,
    const sc_verify_scheme_t **list, size_t capacity)
{
    const sc_generic_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = &options->scheme;
    }

    return 1;
}


static void
sc_generic_policy(const sc_source_t *source, sc_policy_t *policy)
{
    const sc_generic_options_t *options;

    options = source->options;

    if (options->on_fail != 0) {
        policy->refused_status = options->on_fail;
    }

    policy->post_is_event = !options->only_get;
    policy->get_is_event = options->with_get;
    policy->get_is_handshake = !options->with_get
                               && (options->challenge == SC_CHALLENGE_QUERY
                                   || options->challenge
                                      == SC_CHALLENGE_HEADER
                                   || options->challenge
                                      == SC_CHALLENGE_TEXT);
}


/* Challenges */


/* Plain text only: what is echoed must not become markup or a header. */
static bool
sc_generic_is_harmless(sc_str_t text)
{
    size_t i;

    if (text.len == 0 || text.len > SC_GENERIC_MAX_ECHO) {
        return false;
    }

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e) {
            return false;
        }
    }

    return true;
}


/* What to echo; false: the request is not a challenge. */
static bool
sc_generic_challenge_value(sc_callback_t *callback, sc_str_t *value)
{
    sc_str_t                    raw;
    const sc_generic_options_t *options;

    options = callback->source->options;
    *value = SC_STR_NULL;

    switch (options->challenge) {
    case SC_CHALLENGE_NONE:
        return false;

    case SC_CHALLENGE_QUERY:
        return sc_query_get_raw(callback->request->query,
                                options->challenge_name, &raw)
               && sc_percent_decode(callback->arena, raw, true, value);

    case SC_CHALLENGE_JSON:
        return callback->json != NULL
               && sc_json_string(callback->json,
                                 sc_json_pointer(callback->json,
                                              sc_json_root(callback->json),
                                              options->challenge_name),
                                 callback->arena, value);

    case SC_CHALLENGE_HEADER:
        *value = sc_request_header(callback->request, options->challenge_name,
                                   NULL);
        return value->len > 0;

    case SC_CHALLENGE_TEXT:
        *value = options->challenge_name;
        return true;
    }

    return false;
}


static void
sc_generic_answer_challenge(sc_callback_t *callback, sc_str_t value)
{
    const sc_generic_options_t *options;

    options = callback->source->options;
    callback->answer = (sc_answer_t) { .status = 400 };

    if (!sc_generic_is_harmless(value)) {
        return;
    }

    callback->answer.status = 200;
    callback->answer.content_type = SC_STR("text/plain");
    callback->answer.body = value;

    if (options->challenge == SC_CHALLENGE_HEADER) {
        callback->answer.header_name = options->challenge_name;
        callback->answer.header_value = value;
    }
}


static bool
sc_generic_token_is_right(sc_callback_t *callback)
{
    bool                        right;
    size_t                      i;
    sc_str_t                    raw, token;
    const sc_source_t          *source;
    const sc_generic_options_t *options;

    source = callback->source;
    options = source->options;

    if (!sc_query_get_raw(callback->request->query, options->check_name, &raw)
        || !sc_percent_decode(callback->arena, raw, true, &token)
        || token.len == 0)
    {
        return false;
    }

    right = false;

    for (i = 0; i < source->verify_tokens_count; i++) {
        right |= sc_equal_constant_time(source->verify_tokens[i], token);
    }

    return right;
}


static bool
sc_generic_signature_is_right(sc_callback_t *callback)
{
    sc_verdict_t                verdict;
    const sc_generic_options_t *options;

    options = callback->source->options;

    sc_verify(&options->scheme, callback->request, &callback->source->secrets,
              callback->now_ms, SC_TOLERANCE_DEFAULT, callback->arena,
              &verdict);

    return verdict.result == SC_VERIFY_OK;
}


/* A GET that probes us: 400 malformed, 403 not entitled. */
static void
sc_generic_handshake(sc_callback_t *callback)
{
    bool                        right;
    sc_str_t                    value;
    const sc_generic_options_t *options;

    options = callback->source->options;
    callback->answer = (sc_answer_t) { .status = 405 };

    if (options->challenge == SC_CHALLENGE_NONE
        || options->challenge == SC_CHALLENGE_JSON)
    {
        return;
    }

    callback->answer.status = 400;

    if (!sc_generic_challenge_value(callback, &value)) {
        return;
    }

    right = options->check == SC_CHECK_NONE
            || (options->check == SC_CHECK_TOKEN
                && sc_generic_token_is_right(callback))
            || (options->check == SC_CHECK_SIGNATURE
                && sc_generic_signature_is_right(callback));

    if (!right) {
        callback->answer.status = 403;
        return;
    }

    sc_generic_answer_challenge(callback, value);
}


/*
 * An authentic request that only probes.  A body is a challenge if it matches
 * challenge_when= or, without that, if it has the member to echo; a fixed text
 * needs the condition, or no event would ever be read.
 */
static bool
sc_generic_is_challenge(sc_callback_t *callback, sc_str_t *value)
{
    const sc_json_token_t      *token;
    const sc_generic_options_t *options;

    options = callback->source->options;

    if (sc_str_eq(callback->request->method, SC_STR("GET"))) {
        return options->challenge != SC_CHALLENGE_TEXT
               && sc_generic_challenge_value(callback, value);
    }

    if (options->when_pointer.len == 0) {
        return options->challenge == SC_CHALLENGE_JSON
               && sc_generic_challenge_value(callback, value);
    }

    if (callback->json == NULL) {
        return false;
    }

    token = sc_json_pointer(callback->json, sc_json_root(callback->json),
                            options->when_pointer);

    return sc_json_string_is(callback->json, token, options->when_value)
           && sc_generic_challenge_value(callback, value);
}


static sc_parse_result_t
sc_generic_parse(sc_callback_t *callback)
{
    sc_str_t                    value;
    const sc_request_t         *request;
    sc_parse_result_t           result;
    const sc_generic_options_t *options;

    request = callback->request;
    options = callback->source->options;

    if (options->ok.status != 0) {
        callback->answer = options->ok;
    }

    if (options->max_body != 0 && request->body.len > options->max_body) {
        return SC_PARSE_TOO_LARGE;
    }

    if (options->body_is_optional && request->body.len == 0
        && options->mapping.format != SC_MAPPING_QUERY)
    {
        return SC_PARSE_OK;
    }

    if (options->mapping.format == SC_MAPPING_JSON && request->body.len > 0) {
        result = sc_callback_read_json(callback, request->body);
        if (result != SC_PARSE_OK) {
            return result;
        }
    }

    if (options->challenge != SC_CHALLENGE_NONE
        && sc_generic_is_challenge(callback, &value))
    {
        callback->handshake = true;
        sc_generic_answer_challenge(callback, value);
        return SC_PARSE_OK;
    }

    return sc_mapping_run(&options->mapping, callback);
}


const sc_platform_t sc_platform_generic = {
    .name = SC_STR_INIT("generic"),
    .channel = SC_CHANNEL_OTHER,
    .schemes = sc_generic_schemes,
    .handshake = sc_generic_handshake,
    .parse = sc_generic_parse,
    .options_size = sizeof(sc_generic_options_t),
    .set_option = sc_generic_set_option,
    .finish_options = sc_generic_finish_options,
    .policy = sc_generic_policy
};
