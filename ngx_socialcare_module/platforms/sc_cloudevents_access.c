/*
 * sc_cloudevents_access.c: who may deliver CloudEvents: options, and the
 * OPTIONS request by which a sender asks (CloudEvents' webhook
 * specification, section 4).
 *
 * The handshake shows that the owner of the URL wants the deliveries; it
 * proves nothing about who sends them.  Granting permission through
 * WebHook-Request-Callback would mean calling that URL: nothing here does.
 */

#include "sc_cloudevents.h"


/* Longest host name. */
#define SC_CLOUDEVENTS_ORIGIN  253


/* Default choices of the mapping, from attributes and data. */
static const struct {
    size_t      field;
    const char *name;
    const char *value;
} sc_cloudevents_defaults[] = {
    { SC_FIELD_CREATED, "created", "header:ce-time" },
    { SC_FIELD_CONVERSATION_ID, "conversation_id",
      "header:ce-subject|/thread_id" },
    { SC_FIELD_OBJECT_ID, "object_id", "/id" },
    { SC_FIELD_PARENT_ID, "parent_id", "/in_reply_to" },
    { SC_FIELD_AUTHOR_ID, "author_id", "/author/id|/author_id" },
    { SC_FIELD_AUTHOR_NAME, "author_name", "/author/name" },
    { SC_FIELD_TEXT, "text", "/text|/message|/body" },
    { SC_FIELD_LANGUAGE, "language", "/lang|/language" },
    { SC_FIELD_PERMALINK, "permalink", "/url" }
};

#define SC_CLOUDEVENTS_DEFAULTS                                               \
    (sizeof(sc_cloudevents_defaults) / sizeof(sc_cloudevents_defaults[0]))


bool
sc_cloudevents_is_allowed(const sc_cloudevents_options_t *options,
    sc_str_t origin)
{
    size_t i;

    for (i = 0; i < options->origins.count; i++) {
        if (sc_str_eq_nocase(options->origins.items[i], origin)
            || sc_str_eq(options->origins.items[i], SC_STR("*")))
        {
            return true;
        }
    }

    return false;
}


/* The smaller of the requested and the configured rate; "*": any. */
static sc_str_t
sc_cloudevents_rate(sc_callback_t *callback, uint64_t asked)
{
    uint64_t                        rate;
    const sc_cloudevents_options_t *options;

    options = callback->source->options;
    rate = options->rate;

    if (asked != 0 && (rate == 0 || asked < rate)) {
        rate = asked;
    }

    return rate == 0 ? SC_STR("*") : sc_kit_number(callback, (int64_t) rate);
}


/* False: the header is there but is not a positive number. */
static bool
sc_cloudevents_asked_rate(sc_callback_t *callback, uint64_t *asked)
{
    size_t   count;
    sc_str_t text;

    *asked = 0;
    text = sc_request_header(callback->request,
                             SC_STR("WebHook-Request-Rate"), &count);

    return count == 0
           || (count == 1 && sc_str_to_uint64(text, asked) && *asked > 0
               && *asked <= INT64_MAX);
}


void
sc_cloudevents_handshake(sc_callback_t *callback)
{
    size_t       count;
    sc_str_t     origin, rate;
    uint64_t     asked;
    sc_answer_t *answer;
    sc_header_t *more;

    answer = &callback->answer;
    origin = sc_request_header(callback->request,
                               SC_STR("WebHook-Request-Origin"), &count);

    answer->header_name = SC_STR("Allow");

    if (count != 1 || !sc_kit_is_harmless(origin, SC_CLOUDEVENTS_ORIGIN)
        || !sc_cloudevents_is_allowed(callback->source->options, origin))
    {
        answer->status = 405;
        answer->header_value = SC_STR("POST");
        return;
    }

    if (!sc_cloudevents_asked_rate(callback, &asked)) {
        answer->status = 400;
        answer->header_value = SC_STR("POST, OPTIONS");
        return;
    }

    rate = sc_cloudevents_rate(callback, asked);
    more = sc_arena_array(callback->arena, 2, sizeof(sc_header_t));

    if (more == NULL || rate.len == 0) {
        answer->status = 503;
        answer->header_name = SC_STR_NULL;
        return;
    }

    more[0].name = SC_STR("WebHook-Allowed-Origin");
    more[0].value = origin;
    more[1].name = SC_STR("WebHook-Allowed-Rate");
    more[1].value = rate;

    answer->status = 200;
    answer->header_value = SC_STR("POST, OPTIONS");
    answer->more = more;
    answer->more_count = 2;
}


static const char *
sc_cloudevents_set_auth(sc_cloudevents_options_t *options, sc_str_t value)
{
    options->standard = sc_str_eq(value, SC_STR("standard-webhooks"));

    return options->standard || sc_str_eq(value, SC_STR("token"))
           ? NULL : "auth= is token, or standard-webhooks for senders that "
                    "sign";
}


static const char *
sc_cloudevents_set_rate(sc_cloudevents_options_t *options, sc_str_t value)
{
    return sc_str_to_uint64(value, &options->rate) && options->rate > 0
           && options->rate <= INT64_MAX
           ? NULL : "rate= is a number of deliveries a minute";
}


const char *
sc_cloudevents_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    bool                      known;
    const char               *problem;
    sc_cloudevents_options_t *options;

    options = data;

    if (value.len == 0) {
        return "this option needs a value";
    }

    if (sc_str_eq(name, SC_STR("origin"))) {
        return sc_kit_add_names(arena, &options->origins, value);
    }

    if (sc_str_eq(name, SC_STR("rate"))) {
        return sc_cloudevents_set_rate(options, value);
    }

    if (sc_str_eq(name, SC_STR("auth"))) {
        return sc_cloudevents_set_auth(options, value);
    }

    problem = sc_mapping_set(&options->mapping, arena, name, value, &known);

    return known ? problem
                 : "unknown option: cloudevents knows origin=, rate=, auth= "
                   "and the fields of the mapping, which the README lists";
}


/*
 * The defaults above are choices like others, but do not count as configured:
 * data that does not fit them is not an error.
 */
const char *
sc_cloudevents_finish_options(void *data, sc_arena_t *arena)
{
    bool                      known, filled[SC_CLOUDEVENTS_DEFAULTS];
    size_t                    i, field;
    const char               *problem;
    sc_cloudevents_options_t *options;

    options = data;

    if (options->mapping.format == SC_MAPPING_QUERY) {
        return "format=query does not go with cloudevents, which are bodies";
    }

    for (i = 0; i < SC_CLOUDEVENTS_DEFAULTS; i++) {
        field = sc_cloudevents_defaults[i].field;
        filled[i] = options->mapping.fields[field] == NULL
                    && options->mapping.format == SC_MAPPING_JSON;

        if (!filled[i]) {
            continue;
        }

        problem = sc_mapping_set(&options->mapping, arena,
            sc_str_from_cstring(sc_cloudevents_defaults[i].name),
            sc_str_from_cstring(sc_cloudevents_defaults[i].value), &known);

        if (problem != NULL) {
            return problem;
        }
    }

    problem = sc_mapping_finish(&options->mapping, arena,
                                SC_STR("{header:ce-source}\\|{header:ce-id}"));

    for (i = 0; i < SC_CLOUDEVENTS_DEFAULTS; i++) {
        if (filled[i]) {
            options->mapping.given[sc_cloudevents_defaults[i].field] = false;
        }
    }

    return problem;
}
