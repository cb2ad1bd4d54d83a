/*
 * sc_mapping_check.c: checks a mapping as a whole, and what one record is.
 */

#include "sc_mapping_private.h"


/* Whether a field accepts this word; true for fields that take any text. */
static bool
sc_mapping_knows_word(size_t field, sc_str_t word)
{
    bool           flag;
    sc_kind_t      kind;
    sc_action_t    action;
    sc_channel_t   channel;
    sc_direction_t direction;

    switch (field) {
    case SC_FIELD_KIND:
        return sc_mapping_kind(word, &kind, &flag);

    case SC_FIELD_ACTION:
        return sc_mapping_action(word, &action, &flag);

    case SC_FIELD_DIRECTION:
        return sc_mapping_direction(word, &direction, &flag);

    case SC_FIELD_CHANNEL:
        return sc_channel_by_name(word, &channel);

    case SC_FIELD_PUBLIC:
    case SC_FIELD_AUTO:
    case SC_FIELD_AUTHOR_VERIFIED:
        return sc_mapping_boolean(word, &flag);

    default:
        return true;
    }
}


static const char *
sc_mapping_check_words(const sc_mapping_t *mapping, size_t field)
{
    const sc_choice_t    *choice;
    const sc_value_map_t *entry;

    for (entry = mapping->maps[field]; entry != NULL; entry = entry->next) {
        if (!sc_mapping_knows_word(field, entry->to)) {
            return "a value map leads to a word that its field does not know";
        }
    }

    if (mapping->maps[field] != NULL) {
        return NULL;
    }

    for (choice = mapping->fields[field];
         choice != NULL;
         choice = choice->next)
    {
        if (choice->kind == SC_CHOICE_CONSTANT
            && !sc_mapping_knows_word(field, choice->text))
        {
            return "a constant is a word that its field does not know";
        }
    }

    return NULL;
}


/* Checks that `choice` suits the body's format and the field. */
static const char *
sc_mapping_check_choice(const sc_mapping_t *mapping, size_t field,
    const sc_choice_t *choice)
{
    const char *problem;

    for ( /* void */ ; choice != NULL; choice = choice->next) {
        if (choice->kind == SC_CHOICE_FORM
            && mapping->format == SC_MAPPING_JSON)
        {
            return "with format=json a field is a JSON pointer (/a/b), "
                   "header:NAME, query:NAME, signed_id or a constant (=TEXT)";
        }

        if (choice->kind == SC_CHOICE_POINTER
            && mapping->format != SC_MAPPING_JSON)
        {
            return "with format=form or format=query a field is named "
                   "plainly, not by a JSON pointer";
        }

        if (choice->kind == SC_CHOICE_DIGEST && field != SC_FIELD_EVENT_ID) {
            return "digest is for event_id= alone";
        }

        problem = sc_mapping_check_choice(mapping, field, choice->parts);
        if (problem != NULL) {
            return problem;
        }
    }

    return NULL;
}


static bool
sc_mapping_is_media(size_t field)
{
    return field == SC_FIELD_MEDIA || field == SC_FIELD_MEDIA_TYPE;
}


/* The pointer with the most nested lists decides what a record is. */
static void
sc_mapping_find_lists(sc_mapping_t *mapping, const sc_choice_t *choice)
{
    size_t i;

    for ( /* void */ ; choice != NULL; choice = choice->next) {
        sc_mapping_find_lists(mapping, choice->parts);

        if (choice->kind != SC_CHOICE_POINTER
            || choice->stars <= mapping->depth)
        {
            continue;
        }

        for (i = 0; i < choice->stars; i++) {
            mapping->lists[i] = choice->path[i];
        }

        mapping->depth = choice->stars;
    }
}


static const char *
sc_mapping_bind_lists(sc_mapping_t *mapping, size_t field, sc_choice_t *choice)
{
    const char *problem;

    for ( /* void */ ; choice != NULL; choice = choice->next) {
        problem = sc_mapping_bind_lists(mapping, field, choice->parts);
        if (problem != NULL) {
            return problem;
        }

        while (choice->shared < choice->stars
               && choice->shared < mapping->depth
               && sc_str_eq(choice->path[choice->shared],
                            mapping->lists[choice->shared]))
        {
            choice->shared++;
        }

        if (choice->stars - choice->shared
            > (sc_mapping_is_media(field) ? 1U : 0U))
        {
            return "every * must stand for the same list (media= may go "
                   "through one more)";
        }
    }

    return NULL;
}


static const char *
sc_mapping_set_defaults(sc_mapping_t *mapping, sc_arena_t *arena,
    sc_str_t event_id)
{
    size_t      i;
    sc_str_t    value;
    const char *problem;

    for (i = 0; i < SC_MAPPING_FIELDS; i++) {
        if (i == SC_FIELD_EVENT_ID) {
            value = event_id;

        } else {
            value = mapping->format == SC_MAPPING_JSON
                    ? sc_field_defaults[i].json : sc_field_defaults[i].form;
        }

        mapping->given[i] = mapping->fields[i] != NULL;

        if (mapping->given[i] || value.len == 0) {
            continue;
        }

        problem = sc_mapping_set_field(mapping, arena, i, value);
        if (problem != NULL) {
            return problem;
        }
    }

    return NULL;
}


const char *
sc_mapping_finish(sc_mapping_t *mapping, sc_arena_t *arena, sc_str_t event_id)
{
    size_t      i;
    const char *problem;

    problem = sc_mapping_set_defaults(mapping, arena, event_id);

    for (i = 0; i < SC_MAPPING_FIELDS && problem == NULL; i++) {
        problem = sc_mapping_check_choice(mapping, i, mapping->fields[i]);

        if (problem == NULL) {
            problem = sc_mapping_check_words(mapping, i);
        }

        if (!sc_mapping_is_media(i)) {
            sc_mapping_find_lists(mapping, mapping->fields[i]);
        }
    }

    for (i = 0; i < SC_MAPPING_FIELDS && problem == NULL; i++) {
        problem = sc_mapping_bind_lists(mapping, i, mapping->fields[i]);
    }

    return problem;
}
