/*
 * sc_mapping.h: maps fields of any JSON, form or query string to mentions, by
 * configuration alone.  Used by the receivers that have no format of their own
 * (generic, standard-webhooks, cloudevents).
 *
 * Each field is an option FIELD=CHOICE|CHOICE…; the first choice that gives a
 * value wins.  A choice is
 *
 *   /a/b           a JSON pointer (RFC 6901); a part that is * iterates over a
 *                  list and makes one mention of each element
 *   NAME           a field of the form (or query string: format=query)
 *   form:NAME      the same, for names that could be read as something else
 *   header:NAME    a request header; query:NAME an argument of the URL
 *   signed_id      the id that the signature covers (id_from=)
 *   digest         SHA-256 of the body (event_id only)
 *   =TEXT          a constant
 *   TEXT{CHOICE}…  a template; it has no value if any part has none.  In
 *                  permalink= what is inserted is percent-encoded.
 *
 * A backslash makes the next | { } or \ literal.
 *
 * Fields: event_id kind action direction account object_id conversation_id
 * parent_id author_id author_name author_handle author_followers
 * author_verified recipient clock_key text language subject permalink reaction
 * status notice queue media media_type created edited duration rating public
 * auto channel.
 *
 * Other options:
 *   FIELD_map=FROM=TO,FROM=TO,*=TO   translates a value; the word `ignore` as
 *                  kind, direction or action drops the event
 *   created_format=auto|s|ms|us|s.frac|iso8601|rfc2822|snowflake
 *   format=json|form|query   what is mapped
 *   platform=NAME  name in the record, default the receiver's
 *
 * Values: kind as in the record; action create, edit, delete; direction in,
 * out, internal, unknown, none (also inbound, incoming, customer, outbound,
 * outgoing, brand, agent); public, auto, author_verified yes or no, true or
 * false, on or off, 1 or 0.
 */

#ifndef SC_MAPPING_H
#define SC_MAPPING_H

#include "sc_platform.h"


/* Most nested lists that a pointer may iterate over. */
#define SC_MAPPING_MAX_STARS  3

/* Longest name that platform= may give. */
#define SC_MAPPING_MAX_NAME   32


typedef enum {
    SC_FIELD_EVENT_ID = 0,
    SC_FIELD_KIND,
    SC_FIELD_ACTION,
    SC_FIELD_DIRECTION,
    SC_FIELD_ACCOUNT,
    SC_FIELD_OBJECT_ID,
    SC_FIELD_CONVERSATION_ID,
    SC_FIELD_PARENT_ID,
    SC_FIELD_AUTHOR_ID,
    SC_FIELD_AUTHOR_NAME,
    SC_FIELD_AUTHOR_HANDLE,
    SC_FIELD_AUTHOR_FOLLOWERS,
    SC_FIELD_AUTHOR_VERIFIED,
    SC_FIELD_RECIPIENT,
    SC_FIELD_CLOCK_KEY,
    SC_FIELD_TEXT,
    SC_FIELD_LANGUAGE,
    SC_FIELD_SUBJECT,
    SC_FIELD_PERMALINK,
    SC_FIELD_REACTION,
    SC_FIELD_STATUS,
    SC_FIELD_NOTICE,
    SC_FIELD_QUEUE,
    SC_FIELD_MEDIA,
    SC_FIELD_MEDIA_TYPE,
    SC_FIELD_CREATED,
    SC_FIELD_EDITED,
    SC_FIELD_DURATION,
    SC_FIELD_RATING,
    SC_FIELD_PUBLIC,
    SC_FIELD_AUTO,
    SC_FIELD_CHANNEL,
    SC_MAPPING_FIELDS
} sc_field_name_t;


typedef enum {
    SC_CHOICE_CONSTANT = 0,
    SC_CHOICE_POINTER,
    SC_CHOICE_FORM,            /* form or query string, as format says */
    SC_CHOICE_HEADER,
    SC_CHOICE_QUERY,
    SC_CHOICE_SIGNED_ID,
    SC_CHOICE_DIGEST,
    SC_CHOICE_TEMPLATE
} sc_choice_kind_t;


typedef struct sc_choice_s  sc_choice_t;

struct sc_choice_s {
    sc_choice_kind_t kind;
    sc_str_t         text;     /* constant or name */

    /* A pointer, split at its stars: stars + 1 pieces. */
    sc_str_t         path[SC_MAPPING_MAX_STARS + 2];
    size_t           stars;
    size_t           shared;   /* leading stars shared with the records */

    sc_choice_t     *parts;    /* of a template, in order */
    sc_choice_t     *next;
};


typedef struct sc_value_map_s  sc_value_map_t;

struct sc_value_map_s {
    sc_str_t        from;      /* "*": any other value */
    sc_str_t        to;
    sc_value_map_t *next;
};


typedef enum {
    SC_MAPPING_JSON = 0,
    SC_MAPPING_FORM,
    SC_MAPPING_QUERY
} sc_mapping_format_t;


typedef struct {
    sc_choice_t        *fields[SC_MAPPING_FIELDS];
    sc_value_map_t     *maps[SC_MAPPING_FIELDS];
    sc_mapping_format_t format;
    sc_time_format_t    created_format;
    bool                created_is_given;   /* else the format is guessed */
    bool                given[SC_MAPPING_FIELDS]; /* configured, no default */
    sc_str_t            platform;

    /* The lists that are iterated over, outermost first. */
    sc_str_t            lists[SC_MAPPING_MAX_STARS];
    size_t              depth;
} sc_mapping_t;


/*
 * Sets one option.  *known is false when the name is not one of the mapping's.
 * NULL, or a static sentence that says what is wrong.
 */
const char *sc_mapping_set(sc_mapping_t *mapping, sc_arena_t *arena,
    sc_str_t name, sc_str_t value, bool *known);

/*
 * After the last option: fills in what is not given and checks the whole.
 * `event_id` is the default choice for the dedupe id.
 */
const char *sc_mapping_finish(sc_mapping_t *mapping, sc_arena_t *arena,
    sc_str_t event_id);

/* Verified request -> mentions; what sc_platform_t.parse returns. */
sc_parse_result_t sc_mapping_run(const sc_mapping_t *mapping,
    sc_callback_t *callback);

/*
 * The words that mappings use.  `ignore` is set, and true returned, for the
 * word that drops an event.
 */
bool sc_mapping_kind(sc_str_t word, sc_kind_t *kind, bool *ignore);
bool sc_mapping_action(sc_str_t word, sc_action_t *action, bool *ignore);
bool sc_mapping_direction(sc_str_t word, sc_direction_t *direction,
    bool *ignore);
bool sc_mapping_boolean(sc_str_t word, bool *value);

#endif /* SC_MAPPING_H */
