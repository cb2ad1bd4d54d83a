/*
 * sc_generic_answer.c: options of a generic receiver about methods, answers
 * and challenges; described in sc_generic_options.c.
 */

#include "sc_generic.h"


#define SC_GENERIC_MAX_OK_BODY  1024


const char *
sc_generic_set_methods(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    bool     get, post;
    sc_str_t part;

    (void) arena;

    get = false;
    post = false;

    while (sc_str_next(&value, ',', &part)) {
        if (sc_str_eq(part, SC_STR("GET"))) {
            get = true;

        } else if (sc_str_eq(part, SC_STR("POST"))) {
            post = true;

        } else {
            return "methods= is POST, GET or GET,POST";
        }
    }

    options->with_get = get;
    options->only_get = get && !post;

    return NULL;
}


const char *
sc_generic_set_on_fail(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    uint64_t status;

    (void) arena;

    if (!sc_str_to_uint64(value, &status)
        || (status != 401 && status != 403 && status != 404 && status != 406))
    {
        return "on_fail= is 401, 403, 404 or 406";
    }

    options->on_fail = (unsigned) status;

    return NULL;
}


/* `STATUS`, `STATUS TYPE` or `STATUS TYPE BODY`; a body may hold spaces. */
const char *
sc_generic_set_ok(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    size_t   at;
    uint64_t status;

    (void) arena;

    at = sc_str_find_byte(value, ' ');

    if (!sc_str_to_uint64(sc_str_first(value, at), &status)
        || status < 200 || status > 299)
    {
        return "ok= starts with the status of success, 200 to 299, then comes "
               "the content type, then the body: 'ok=200 text/plain ok'";
    }

    options->ok.status = (unsigned) status;
    value = sc_str_from(value, at + 1);
    at = sc_str_find_byte(value, ' ');
    options->ok.content_type = sc_str_first(value, at);
    options->ok.body = sc_str_from(value, at + 1);

    if (options->ok.body.len > SC_GENERIC_MAX_OK_BODY) {
        return "the body of ok= is longer than 1024 bytes";
    }

    return NULL;
}


const char *
sc_generic_set_body_required(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value)
{
    (void) arena;

    return sc_generic_set_switch(&options->body_is_optional, value, false);
}


const char *
sc_generic_set_max_body(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    uint64_t bytes;

    (void) arena;

    if (!sc_str_to_uint64(value, &bytes) || bytes == 0 || bytes > UINT32_MAX) {
        return "max_body= is a number of bytes";
    }

    options->max_body = (size_t) bytes;

    return NULL;
}


const char *
sc_generic_set_challenge(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    size_t   i;
    sc_str_t name;

    static const struct {
        sc_str_t       prefix;
        sc_challenge_t challenge;
    } places[] = {
        { SC_STR_INIT("query:"), SC_CHALLENGE_QUERY },
        { SC_STR_INIT("json:"), SC_CHALLENGE_JSON },
        { SC_STR_INIT("header:"), SC_CHALLENGE_HEADER },
        { SC_STR_INIT("text:"), SC_CHALLENGE_TEXT }
    };

    (void) arena;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        name = sc_str_from(value, places[i].prefix.len);

        if (sc_str_starts_with(value, places[i].prefix) && name.len > 0
            && (places[i].challenge != SC_CHALLENGE_JSON
                || name.data[0] == '/'))
        {
            options->challenge = places[i].challenge;
            options->challenge_name = name;
            return NULL;
        }
    }

    return "challenge= is query:NAME, json:/pointer, header:NAME or text:TEXT";
}


const char *
sc_generic_set_challenge_when(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value)
{
    size_t at;

    (void) arena;

    at = sc_str_find_byte(value, '=');

    if (value.data[0] != '/' || at + 1 >= value.len) {
        return "challenge_when= is a JSON pointer and the value that makes a "
               "body a challenge: challenge_when=/type=url_verification";
    }

    options->when_pointer = sc_str_first(value, at);
    options->when_value = sc_str_from(value, at + 1);

    return NULL;
}


const char *
sc_generic_set_challenge_check(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value)
{
    (void) arena;

    if (sc_str_eq(value, SC_STR("signature"))) {
        options->check = SC_CHECK_SIGNATURE;

    } else if (sc_str_eq(value, SC_STR("none"))) {
        options->check = SC_CHECK_NONE;

    } else if (sc_str_starts_with(value, SC_STR("token:")) && value.len > 6) {
        options->check = SC_CHECK_TOKEN;
        options->check_name = sc_str_from(value, 6);

    } else {
        return "challenge_check= is signature, none or token:NAME, the "
               "argument that holds a socialcare_verify_token";
    }

    return NULL;
}
