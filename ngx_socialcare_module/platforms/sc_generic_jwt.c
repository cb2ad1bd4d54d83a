/*
 * sc_generic_jwt.c: the options jwt_… of a generic receiver; described in
 * sc_generic_options.c.
 */

#include "sc_generic.h"


#define SC_GENERIC_MAX_LEEWAY_S  3600


static const sc_generic_word_t sc_generic_jwt_algorithms[] = {
    { SC_STR_INIT("HS256"), SC_JWT_HS256 },
    { SC_STR_INIT("HS384"), SC_JWT_HS384 },
    { SC_STR_INIT("HS512"), SC_JWT_HS512 },
    { SC_STR_INIT("RS256"), SC_JWT_RS256 },
    { SC_STR_INIT("ES256"), SC_JWT_ES256 }
};


const char *
sc_generic_set_jwt_algorithms(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value)
{
    int      found;
    sc_str_t part;

    (void) arena;

    while (sc_str_next(&value, ',', &part)) {
        if (!sc_generic_word(SC_GENERIC_WORDS(sc_generic_jwt_algorithms), part,
                             &found))
        {
            return "jwt_algorithms= is a list of HS256, HS384, HS512, RS256 "
                   "and ES256";
        }

        options->scheme.jwt.algorithms |= (unsigned) found;
    }

    return NULL;
}


const char *
sc_generic_set_jwt_issuer(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    sc_jwt_rules_t *jwt;

    (void) arena;

    jwt = &options->scheme.jwt;

    if (jwt->issuers_count == SC_GENERIC_MAX_NAMES) {
        return "jwt_issuer= may be given four times at most";
    }

    options->issuers[jwt->issuers_count++] = value;
    jwt->issuers = options->issuers;

    return NULL;
}


const char *
sc_generic_set_jwt_audience(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    sc_jwt_rules_t *jwt;

    (void) arena;

    jwt = &options->scheme.jwt;

    if (jwt->audiences_count == SC_GENERIC_MAX_NAMES) {
        return "jwt_audience= may be given four times at most";
    }

    options->audiences[jwt->audiences_count++] = value;
    jwt->audiences = options->audiences;

    return NULL;
}


const char *
sc_generic_set_jwt_audience_url(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value)
{
    (void) arena;

    return sc_generic_set_switch(&options->scheme.jwt.audience_is_url, value,
                                 true);
}


const char *
sc_generic_set_jwt_email(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    (void) arena;

    options->scheme.jwt.email = value;

    return NULL;
}


const char *
sc_generic_set_jwt_body_hash(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value)
{
    (void) arena;

    options->scheme.jwt.body_hash = value;

    return NULL;
}


const char *
sc_generic_set_jwt_url_hash(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    (void) arena;

    options->scheme.jwt.url_hash = value;

    return NULL;
}


const char *
sc_generic_set_jwt_require_exp(sc_generic_options_t *options,
    sc_arena_t *arena, sc_str_t value)
{
    (void) arena;

    return sc_generic_set_switch(&options->scheme.jwt.require_exp, value,
                                 true);
}


const char *
sc_generic_set_jwt_leeway(sc_generic_options_t *options, sc_arena_t *arena,
    sc_str_t value)
{
    uint64_t seconds;

    (void) arena;

    if (!sc_str_to_uint64(value, &seconds)
        || seconds > SC_GENERIC_MAX_LEEWAY_S)
    {
        return "jwt_leeway= is a number of seconds, at most 3600";
    }

    options->scheme.jwt.leeway_ms = (int64_t) seconds * 1000;

    return NULL;
}
