/*
 * sc_mapping.c: the options of a mapping, one by one.
 *
 * Every mistake in a mapping is reported here and in sc_mapping_check.c, when
 * the configuration is read; running one (sc_mapping_run.c) cannot fail because
 * of it.
 */

#include "sc_mapping_private.h"


const char sc_mapping_no_memory[] = "no memory for this option";

const sc_field_default_t sc_field_defaults[SC_MAPPING_FIELDS] = {
    [SC_FIELD_EVENT_ID] = { SC_STR_INIT("event_id"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_KIND] = { SC_STR_INIT("kind"), SC_STR_INIT("/kind"),
                        SC_STR_INIT("kind") },
    [SC_FIELD_ACTION] = { SC_STR_INIT("action"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_DIRECTION] = { SC_STR_INIT("direction"),
                             SC_STR_INIT("/direction"),
                             SC_STR_INIT("direction") },
    [SC_FIELD_ACCOUNT] = { SC_STR_INIT("account"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_OBJECT_ID] = { SC_STR_INIT("object_id"), { 0, NULL },
                             { 0, NULL } },
    [SC_FIELD_CONVERSATION_ID] = { SC_STR_INIT("conversation_id"),
                                   SC_STR_INIT("/thread|/data/thread_id"),
                                   SC_STR_INIT("thread") },
    [SC_FIELD_PARENT_ID] = { SC_STR_INIT("parent_id"),
                             SC_STR_INIT("/in_reply_to|/data/reply_to"),
                             SC_STR_INIT("in_reply_to") },
    [SC_FIELD_AUTHOR_ID] = { SC_STR_INIT("author_id"),
                             SC_STR_INIT("/caller/number|/agent/id"
                                         "|/data/author/id"),
                             SC_STR_INIT("author|from") },
    [SC_FIELD_AUTHOR_NAME] = { SC_STR_INIT("author_name"),
                               SC_STR_INIT("/caller/name|/agent/name"
                                           "|/data/author/name"),
                               SC_STR_INIT("name") },
    [SC_FIELD_AUTHOR_HANDLE] = { SC_STR_INIT("author_handle"), { 0, NULL },
                                 { 0, NULL } },
    [SC_FIELD_AUTHOR_FOLLOWERS] = { SC_STR_INIT("author_followers"),
                                    { 0, NULL }, { 0, NULL } },
    [SC_FIELD_AUTHOR_VERIFIED] = { SC_STR_INIT("author_verified"),
                                   { 0, NULL }, { 0, NULL } },
    [SC_FIELD_RECIPIENT] = { SC_STR_INIT("recipient"), { 0, NULL },
                             { 0, NULL } },
    [SC_FIELD_CLOCK_KEY] = { SC_STR_INIT("clock_key"), { 0, NULL },
                             { 0, NULL } },
    [SC_FIELD_TEXT] = { SC_STR_INIT("text"),
                        SC_STR_INIT("/summary|/text|/data/text"),
                        SC_STR_INIT("text|body|message") },
    [SC_FIELD_LANGUAGE] = { SC_STR_INIT("language"), SC_STR_INIT("/data/lang"),
                            SC_STR_INIT("language") },
    [SC_FIELD_SUBJECT] = { SC_STR_INIT("subject"), { 0, NULL },
                           SC_STR_INIT("subject") },
    [SC_FIELD_PERMALINK] = { SC_STR_INIT("permalink"), SC_STR_INIT("/data/url"),
                             SC_STR_INIT("url") },
    [SC_FIELD_REACTION] = { SC_STR_INIT("reaction"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_STATUS] = { SC_STR_INIT("status"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_NOTICE] = { SC_STR_INIT("notice"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_QUEUE] = { SC_STR_INIT("queue"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_MEDIA] = { SC_STR_INIT("media"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_MEDIA_TYPE] = { SC_STR_INIT("media_type"), { 0, NULL },
                              { 0, NULL } },
    [SC_FIELD_CREATED] = { SC_STR_INIT("created"),
                           SC_STR_INIT("/at|/timestamp"),
                           SC_STR_INIT("at|timestamp") },
    [SC_FIELD_EDITED] = { SC_STR_INIT("edited"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_DURATION] = { SC_STR_INIT("duration"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_RATING] = { SC_STR_INIT("rating"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_PUBLIC] = { SC_STR_INIT("public"), { 0, NULL }, { 0, NULL } },
    [SC_FIELD_AUTO] = { SC_STR_INIT("auto"), SC_STR_INIT("/auto"),
                        SC_STR_INIT("auto") },
    [SC_FIELD_CHANNEL] = { SC_STR_INIT("channel"), { 0, NULL }, { 0, NULL } }
};


const char *
sc_mapping_set_field(sc_mapping_t *mapping, sc_arena_t *arena, size_t field,
    sc_str_t value)
{
    size_t        end;
    const char   *problem;
    sc_choice_t  *choice, **last;

    last = &mapping->fields[field];
    *last = NULL;

    for ( ;; ) {
        end = sc_choice_end(value, "|");

        choice = sc_choice_append(arena, &last);
        if (choice == NULL) {
            return sc_mapping_no_memory;
        }

        problem = sc_choice_read(choice, arena, sc_str_first(value, end));
        if (problem != NULL) {
            return problem;
        }

        if (end == value.len) {
            return NULL;
        }

        value = sc_str_from(value, end + 1);
    }
}


/* Value maps */


static const char *
sc_mapping_set_map(sc_mapping_t *mapping, sc_arena_t *arena, size_t field,
    sc_str_t value)
{
    size_t           at;
    sc_str_t         pair;
    sc_value_map_t  *entry, **last;

    last = &mapping->maps[field];

    while (*last != NULL) {
        last = &(*last)->next;
    }

    while (sc_str_next(&value, ',', &pair)) {
        at = sc_str_find_byte(pair, '=');

        if (at == 0 || at + 1 >= pair.len) {
            return "a value map is a list FROM=TO,FROM=TO; *=TO stands for "
                   "every other value";
        }

        entry = sc_arena_array(arena, 1, sizeof(sc_value_map_t));
        if (entry == NULL) {
            return sc_mapping_no_memory;
        }

        entry->from = sc_str_first(pair, at);
        entry->to = sc_str_from(pair, at + 1);
        *last = entry;
        last = &entry->next;
    }

    return NULL;
}


/* Options */


static const char *
sc_mapping_set_format(sc_mapping_t *mapping, sc_str_t value)
{
    if (sc_str_eq(value, SC_STR("json"))) {
        mapping->format = SC_MAPPING_JSON;

    } else if (sc_str_eq(value, SC_STR("form"))) {
        mapping->format = SC_MAPPING_FORM;

    } else if (sc_str_eq(value, SC_STR("query"))) {
        mapping->format = SC_MAPPING_QUERY;

    } else {
        return "format= is json, form or query";
    }

    return NULL;
}


static const char *
sc_mapping_set_created_format(sc_mapping_t *mapping, sc_str_t value)
{
    if (sc_str_eq(value, SC_STR("auto"))) {
        mapping->created_is_given = false;
        return NULL;
    }

    mapping->created_is_given = true;

    if (!sc_time_format_by_name(value, &mapping->created_format)
        || mapping->created_format == SC_TIME_OPAQUE)
    {
        return "created_format= is auto, s, ms, us, s.frac, iso8601, rfc2822 "
               "or snowflake";
    }

    return NULL;
}


/* The name becomes part of ids and labels. */
static const char *
sc_mapping_set_platform(sc_mapping_t *mapping, sc_str_t value)
{
    size_t i;
    bool   good;

    good = value.len > 0 && value.len <= SC_MAPPING_MAX_NAME;

    for (i = 0; i < value.len && good; i++) {
        good = (value.data[i] >= 'a' && value.data[i] <= 'z')
               || (value.data[i] >= '0' && value.data[i] <= '9')
               || value.data[i] == '_' || value.data[i] == '-';
    }

    if (!good) {
        return "platform= is a name of 1 to 32 small letters, digits, - or _";
    }

    mapping->platform = value;

    return NULL;
}


const char *
sc_mapping_set(sc_mapping_t *mapping, sc_arena_t *arena, sc_str_t name,
    sc_str_t value, bool *known)
{
    size_t   i;
    sc_str_t stem;

    *known = true;

    if (sc_str_eq(name, SC_STR("format"))) {
        return sc_mapping_set_format(mapping, value);
    }

    if (sc_str_eq(name, SC_STR("created_format"))) {
        return sc_mapping_set_created_format(mapping, value);
    }

    if (sc_str_eq(name, SC_STR("platform"))) {
        return sc_mapping_set_platform(mapping, value);
    }

    stem = sc_str_ends_with(name, SC_STR("_map"))
           ? sc_str_first(name, name.len - 4) : SC_STR_NULL;

    for (i = 0; i < SC_MAPPING_FIELDS; i++) {
        if (sc_str_eq(name, sc_field_defaults[i].name)) {
            return sc_mapping_set_field(mapping, arena, i, value);
        }

        if (sc_str_eq(stem, sc_field_defaults[i].name)) {
            return sc_mapping_set_map(mapping, arena, i, value);
        }
    }

    *known = false;

    return NULL;
}
