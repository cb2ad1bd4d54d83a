/*
 * sc_json_find.c: finding a member by its name.
 *
 * A platform asks a post for a dozen names, and a post has thirty members.  An
 * object that is asked a second time gets an index: a small hash table over
 * its names, in the document itself.  Small objects, huge ones and those with
 * escaped names are looked through instead.
 *
 * Either way a second member of the name that was sought must not go
 * unnoticed, and one that nobody asks for must not matter.
 */

#include "sc_json_internal.h"


/* Members: below, looking through is as cheap; above, the table is too full. */
#define SC_JSON_INDEX_MIN  10
#define SC_JSON_INDEX_MAX  96


/* Telling words of a language apart: their length and three of their bytes. */
static uint32_t
sc_json_hash(sc_str_t name)
{
    uint32_t sample;

    if (name.len == 0) {
        return 0;
    }

    sample = (uint32_t) name.data[0] | (uint32_t) name.data[name.len / 2] << 8
             | (uint32_t) name.data[name.len - 1] << 16
             | (uint32_t) (name.len & 0xff) << 24;

    /* Fibonacci hashing: the product's upper bits are the mixed ones. */
    return sample * UINT32_C(0x9e3779b1) >> 25;
}


_Static_assert(SC_JSON_INDEX_SLOTS == 1 << 7, "sc_json_hash() is of 7 bits");


static void
sc_json_index_build(sc_json_doc_t *doc, const sc_json_token_t *object,
    sc_json_index_t *index)
{
    uint32_t               i, slot;
    const sc_json_token_t *name;

    memset(index->slots, 0, sizeof(index->slots));
    index->state = SC_JSON_INDEX_BUILT;

    for (i = index->object + 1; i < object->next; i = doc->tokens[i + 1].next) {
        name = &doc->tokens[i];

        if ((name->flags & SC_JSON_ESCAPED) != 0) {
            index->state = SC_JSON_INDEX_UNFIT;
            return;
        }

        slot = sc_json_hash(sc_json_scalar(doc, name));

        while (index->slots[slot] != 0) {
            slot = (slot + 1) % SC_JSON_INDEX_SLOTS;
        }

        index->slots[slot] = i;        /* never 0: that is the root */
    }
}


/* The object's index, or NULL when it is to be looked through. */
static const sc_json_index_t *
sc_json_index_of(sc_json_doc_t *doc, const sc_json_token_t *object)
{
    size_t           i;
    uint32_t         place;
    sc_json_index_t *index;

    if (object->length < SC_JSON_INDEX_MIN
        || object->length > SC_JSON_INDEX_MAX)
    {
        return NULL;
    }

    place = sc_json_place(doc, object);

    for (i = 0; i < SC_JSON_INDEXES; i++) {
        index = &doc->indexes[i];

        if (index->state == SC_JSON_INDEX_FREE || index->object != place) {
            continue;
        }

        if (index->state == SC_JSON_INDEX_CLAIMED) {
            sc_json_index_build(doc, object, index);
        }

        return index->state == SC_JSON_INDEX_BUILT ? index : NULL;
    }

    index = &doc->indexes[doc->next_index++ % SC_JSON_INDEXES];
    index->object = place;
    index->state = SC_JSON_INDEX_CLAIMED;

    return NULL;
}


static const sc_json_token_t *
sc_json_find_indexed(sc_json_doc_t *doc, const sc_json_index_t *index,
    sc_str_t sought)
{
    uint32_t               i, slot;
    const sc_json_token_t *found;

    found = NULL;

    for (slot = sc_json_hash(sought); /* void */;
         slot = (slot + 1) % SC_JSON_INDEX_SLOTS)
    {
        i = index->slots[slot];

        if (i == 0) {
            return found;
        }

        if (!sc_str_eq(sc_json_scalar(doc, &doc->tokens[i]), sought)) {
            continue;
        }

        if (found != NULL) {
            doc->duplicate = true;
            return found;
        }

        found = &doc->tokens[i + 1];
    }
}


/*
 * Most names differ in length: those are passed over here, without a call.
 * Texts that something is escaped in have no length of their own.
 */
static bool
sc_json_may_say(const sc_json_token_t *token, sc_str_t sought, bool pointer)
{
    return token->length == sought.len || pointer
           || (token->flags & SC_JSON_ESCAPED) != 0;
}


static const sc_json_token_t *
sc_json_look_through(sc_json_doc_t *doc, const sc_json_token_t *object,
    sc_str_t sought, bool pointer)
{
    uint32_t               i;
    const sc_json_token_t *found;

    found = NULL;

    for (i = sc_json_place(doc, object) + 1;
         i < object->next;
         i = doc->tokens[i + 1].next)
    {
        if (!sc_json_may_say(&doc->tokens[i], sought, pointer)
            || !sc_json_says(doc, &doc->tokens[i], sought, pointer))
        {
            continue;
        }

        if (found != NULL) {
            doc->duplicate = true;
            break;
        }

        found = &doc->tokens[i + 1];
    }

    return found;
}


const sc_json_token_t *
sc_json_find(sc_json_doc_t *doc, const sc_json_token_t *object, sc_str_t sought,
    bool pointer)
{
    const sc_json_index_t *index;

    index = pointer ? NULL : sc_json_index_of(doc, object);

    if (index != NULL) {
        return sc_json_find_indexed(doc, index, sought);
    }

    return sc_json_look_through(doc, object, sought, pointer);
}
