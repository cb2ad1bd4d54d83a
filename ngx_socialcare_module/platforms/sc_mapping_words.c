/*
 * sc_mapping_words.c: the words that mapped values may be.
 */

#include "sc_mapping.h"


typedef struct {
    sc_str_t word;
    int      value;
} sc_word_t;


static const sc_word_t sc_directions[] = {
    { SC_STR_INIT("in"), SC_DIRECTION_IN },
    { SC_STR_INIT("inbound"), SC_DIRECTION_IN },
    { SC_STR_INIT("incoming"), SC_DIRECTION_IN },
    { SC_STR_INIT("customer"), SC_DIRECTION_IN },
    { SC_STR_INIT("out"), SC_DIRECTION_OUT },
    { SC_STR_INIT("outbound"), SC_DIRECTION_OUT },
    { SC_STR_INIT("outgoing"), SC_DIRECTION_OUT },
    { SC_STR_INIT("brand"), SC_DIRECTION_OUT },
    { SC_STR_INIT("agent"), SC_DIRECTION_OUT },
    { SC_STR_INIT("internal"), SC_DIRECTION_INTERNAL },
    { SC_STR_INIT("unknown"), SC_DIRECTION_UNKNOWN },
    { SC_STR_INIT("none"), SC_DIRECTION_NONE }
};

static const sc_word_t sc_actions[] = {
    { SC_STR_INIT("create"), SC_ACTION_CREATE },
    { SC_STR_INIT("created"), SC_ACTION_CREATE },
    { SC_STR_INIT("edit"), SC_ACTION_EDIT },
    { SC_STR_INIT("edited"), SC_ACTION_EDIT },
    { SC_STR_INIT("update"), SC_ACTION_EDIT },
    { SC_STR_INIT("updated"), SC_ACTION_EDIT },
    { SC_STR_INIT("delete"), SC_ACTION_DELETE },
    { SC_STR_INIT("deleted"), SC_ACTION_DELETE },
    { SC_STR_INIT("remove"), SC_ACTION_DELETE },
    { SC_STR_INIT("removed"), SC_ACTION_DELETE }
};

static const sc_word_t sc_booleans[] = {
    { SC_STR_INIT("true"), 1 },
    { SC_STR_INIT("yes"), 1 },
    { SC_STR_INIT("on"), 1 },
    { SC_STR_INIT("1"), 1 },
    { SC_STR_INIT("false"), 0 },
    { SC_STR_INIT("no"), 0 },
    { SC_STR_INIT("off"), 0 },
    { SC_STR_INIT("0"), 0 }
};


#define SC_WORDS(table)  (table), sizeof(table) / sizeof((table)[0])


static bool
sc_word_find(const sc_word_t *table, size_t count, sc_str_t word, int *value)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (sc_str_eq_nocase(table[i].word, word)) {
            *value = table[i].value;
            return true;
        }
    }

    return false;
}


static bool
sc_word_is_ignore(sc_str_t word, bool *ignore)
{
    *ignore = sc_str_eq(word, SC_STR("ignore"));

    return *ignore;
}


bool
sc_mapping_kind(sc_str_t word, sc_kind_t *kind, bool *ignore)
{
    return sc_word_is_ignore(word, ignore) || sc_kind_by_name(word, kind);
}


bool
sc_mapping_action(sc_str_t word, sc_action_t *action, bool *ignore)
{
    int value;

    if (sc_word_is_ignore(word, ignore)) {
        return true;
    }

    if (!sc_word_find(SC_WORDS(sc_actions), word, &value)) {
        return false;
    }

    *action = (sc_action_t) value;

    return true;
}


bool
sc_mapping_direction(sc_str_t word, sc_direction_t *direction, bool *ignore)
{
    int value;

    if (sc_word_is_ignore(word, ignore)) {
        return true;
    }

    if (!sc_word_find(SC_WORDS(sc_directions), word, &value)) {
        return false;
    }

    *direction = (sc_direction_t) value;

    return true;
}


bool
sc_mapping_boolean(sc_str_t word, bool *value)
{
    int found;

    if (!sc_word_find(SC_WORDS(sc_booleans), word, &found)) {
        return false;
    }

    *value = found == 1;

    return true;
}
