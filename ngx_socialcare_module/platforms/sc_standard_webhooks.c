/*
 * sc_standard_webhooks.c: every sender that follows Standard Webhooks, with
 * the headers webhook-… or svix-….
 *
 * Options: those of the mapping (sc_mapping.h); the default event_id is the
 * signed webhook-id, which retries of one delivery share.  In addition:
 *
 *   raw_secret=on   a secret without a prefix is the key itself.  Off (the
 *                   default): it has to be whsec_… (or base64:, hex:), so that
 *                   a forgotten prefix does not make every callback fail.
 */

#include "sc_mapping.h"
#include "sc_registry.h"


/* The engine knows the headers of both families. */
static const sc_verify_scheme_t sc_standard_scheme = {
    .kind = SC_SCHEME_STANDARD_WEBHOOKS,
    .coded_secret = true
};

static const sc_verify_scheme_t sc_standard_raw_scheme = {
    .kind = SC_SCHEME_STANDARD_WEBHOOKS
};


typedef struct {
    sc_mapping_t mapping;
    bool         raw_secret;
} sc_standard_options_t;


static size_t
sc_standard_schemes(const sc_source_t *source,
    const sc_verify_scheme_t **list, size_t capacity)
{
    const sc_standard_options_t *options;

    options = source->options;

    if (capacity > 0) {
        list[0] = options->raw_secret ? &sc_standard_raw_scheme
                                      : &sc_standard_scheme;
    }

    return 1;
}


static sc_parse_result_t
sc_standard_parse(sc_callback_t *callback)
{
    const sc_standard_options_t *options;

    options = callback->source->options;

    return sc_mapping_run(&options->mapping, callback);
}


static const char *
sc_standard_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    bool                   known;
    const char            *problem;
    sc_standard_options_t *options;

    options = data;

    if (value.len == 0) {
        return "this option needs a value";
    }

    if (sc_str_eq(name, SC_STR("raw_secret"))) {
        options->raw_secret = sc_str_eq(value, SC_STR("on"));

        return options->raw_secret || sc_str_eq(value, SC_STR("off"))
               ? NULL : "raw_secret= is either on or off";
    }

    problem = sc_mapping_set(&options->mapping, arena, name, value, &known);

    return known ? problem
                 : "unknown option: standard-webhooks knows raw_secret= and "
                   "the fields of the mapping, which the README lists";
}


static const char *
sc_standard_finish_options(void *data, sc_arena_t *arena)
{
    sc_standard_options_t *options;

    options = data;

    if (options->mapping.format == SC_MAPPING_QUERY) {
        return "format=query does not go with standard-webhooks, which sign "
               "the body";
    }

    return sc_mapping_finish(&options->mapping, arena, SC_STR("signed_id"));
}


const sc_platform_t sc_platform_standard_webhooks = {
    .name = SC_STR_INIT("standard-webhooks"),
    .channel = SC_CHANNEL_OTHER,
    .schemes = sc_standard_schemes,
    .parse = sc_standard_parse,
    .options_size = sizeof(sc_standard_options_t),
    .set_option = sc_standard_set_option,
    .finish_options = sc_standard_finish_options
};
