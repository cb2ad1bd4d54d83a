/*
 * sc_json_find.c: finding a member by its name.
 *
 * A platform looks up a dozen names in a post, and a post has thirty members.
 * So an object that is searched gets an index: a small hash table of its names,
 * in the document itself.  Small objects, huge ones and those with escaped
 * names are scanned instead.
 *
 * Either way a second member with the name sought must be noticed, and
 * duplicates of names that nobody looks up must not matter.
 */

#include "sc_json_internal.h"


/* Members: below MIN a scan is as cheap; above MAX the table is too full. */
#define SC_JSON_INDEX_MIN  10
#define SC_JSON_INDEX_MAX  96


/*
 * Length, first and last byte tell most words apart.  For an empty
 * name in a document those bytes are its quotes.
 */
SC_JSON_INLINE uint32_t
sc_json_hash(const unsigned char *name, size_t len)
{
    uint32_t sample;

    sample = (uint32_t) name[0] | (uint32_t) (name + len)[-1] << 8
             | (uint32_t) len << 16;

    /* Fibonacci hashing: the product's upper bits are the mixed ones. */
    return sample * UINT32_C(0x9e3779b1) >> 25;
}


_Static_assert(SC_JSON_INDEX_SLOTS == 1 << 7, "sc_json_hash() is of 7 bits");


SC_JSON_INLINE bool
sc_json_same_word(const unsigned char *a, const unsigned char *b)
{
    uint64_t left, right;

    memcpy(&left, a, sizeof(left));
    memcpy(&right, b, sizeof(right));

    return left == right;
}


/* Without memcmp(): a call costs more than the bytes of a name do. */
SC_JSON_INLINE bool
sc_json_same_bytes(const unsigned char *a, const unsigned char *b, size_t len)
{
    size_t i;

    if (len >= 8) {
        for (i = 0; i < len - 8; i += 8) {
            if (!sc_json_same_word(a + i, b + i)) {
                return false;
            }
        }

        /* Compares some bytes twice rather than the last ones singly. */
        return sc_json_same_word(a + len - 8, b + len - 8);
    }

    for (i = 0; i < len; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }

    return true;
}


/* Whether a name without escapes equals `sought`. */
SC_JSON_INLINE bool
sc_json_is_plainly(const sc_json_doc_t *doc, const sc_json_token_t *name,
    sc_str_t sought)
{
    return name->length == sought.len
           && sc_json_same_bytes(doc->text.data + name->start, sought.data,
                                 sought.len);
}


/* Notes a member with the name sought in *found, unless it is a duplicate. */
SC_JSON_INLINE bool
sc_json_is_second(sc_json_doc_t *doc, const sc_json_token_t *name,
    const sc_json_token_t **found)
{
    if (*found != NULL) {
        doc->duplicate = true;
        return true;
    }

    *found = name + 1;

    return false;
}


/* A slot holds the name's distance from the object on the tape; 0: free. */
static void
sc_json_index_build(const sc_json_doc_t *doc, const sc_json_token_t *object,
    sc_json_index_t *index)
{
    uint16_t              *slots;
    uint32_t               slot;
    const sc_json_token_t *name, *end;

    slots = index->slots;
    index->object = sc_json_place(doc, object);
    index->misleads = true;

    end = doc->tokens + object->next;

    if (end - object > UINT16_MAX) {
        return;
    }

    memset(slots, 0, sizeof(index->slots));

    for (name = object + 1; name < end; name = doc->tokens + name[1].next) {

        /* The same name has a different hash when it is escaped. */
        if ((name->flags & SC_JSON_ESCAPED) != 0) {
            return;
        }

        slot = sc_json_hash(doc->text.data + name->start, name->length);

        while (slots[slot] != 0) {
            slot = (slot + 1) % SC_JSON_INDEX_SLOTS;
        }

        slots[slot] = (uint16_t) (name - object);
    }

    index->misleads = false;
}


static const sc_json_index_t *
sc_json_index_of(sc_json_doc_t *doc, const sc_json_token_t *object)
{
    size_t           i;
    uint32_t         place;
    sc_json_index_t *index;

    place = sc_json_place(doc, object);

    for (i = 0; i < SC_JSON_INDEXES; i++) {
        if (doc->indexes[i].object == place) {
            return &doc->indexes[i];
        }
    }

    index = &doc->indexes[doc->next_index++ % SC_JSON_INDEXES];
    sc_json_index_build(doc, object, index);

    return index;
}


static const sc_json_token_t *
sc_json_find_indexed(sc_json_doc_t *doc, const sc_json_token_t *object,
    const sc_json_index_t *index, sc_str_t sought)
{
    uint32_t               slot;
    const sc_json_token_t *found, *name;

    found = NULL;

    for (slot = sc_json_hash(sought.data, sought.len);
         index->slots[slot] != 0;
         slot = (slot + 1) % SC_JSON_INDEX_SLOTS)
    {
        name = object + index->slots[slot];

        if (!sc_json_is_plainly(doc, name, sought)) {
            continue;
        }

        if (sc_json_is_second(doc, name, &found)) {
            break;
        }
    }

    return found;
}


const sc_json_token_t *
sc_json_find_escaped(sc_json_doc_t *doc, const sc_json_token_t *object,
    sc_str_t sought, bool pointer)
{
    uint32_t               i;
    const sc_json_token_t *found;

    found = NULL;

    for (i = sc_json_place(doc, object) + 1;
         i < object->next;
         i = doc->tokens[i + 1].next)
    {
        if (!sc_json_says(doc, &doc->tokens[i], sought, pointer)) {
            continue;
        }

        if (sc_json_is_second(doc, &doc->tokens[i], &found)) {
            break;
        }
    }

    return found;
}


static const sc_json_token_t *
sc_json_look_through(sc_json_doc_t *doc, const sc_json_token_t *object,
    sc_str_t sought)
{
    const sc_json_token_t *found, *name, *end;

    found = NULL;
    end = doc->tokens + object->next;

    for (name = object + 1; name < end; name = doc->tokens + name[1].next) {
        if ((name->flags & SC_JSON_ESCAPED) != 0) {
            return sc_json_find_escaped(doc, object, sought, false);
        }

        if (!sc_json_is_plainly(doc, name, sought)) {
            continue;
        }

        if (sc_json_is_second(doc, name, &found)) {
            break;
        }
    }

    return found;
}


const sc_json_token_t *
sc_json_get(sc_json_doc_t *doc, const sc_json_token_t *object, sc_str_t name)
{
    const sc_json_index_t *index;

    if (!sc_json_is(object, SC_JSON_OBJECT)) {
        return NULL;
    }

    if (object->length < SC_JSON_INDEX_MIN || object->length > SC_JSON_INDEX_MAX
        || name.len == 0)
    {
        return sc_json_look_through(doc, object, name);
    }

    index = sc_json_index_of(doc, object);

    return index->misleads ? sc_json_look_through(doc, object, name)
                           : sc_json_find_indexed(doc, object, index, name);
}
