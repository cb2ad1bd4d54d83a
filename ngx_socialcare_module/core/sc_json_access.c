/*
 * sc_json_access.c: finding values on the tape.
 *
 * Works on documents that sc_json_read() accepted.  Never writes to the tape
 * or the text; of the document only `duplicate`.
 */

#include "sc_json_internal.h"
#include "sc_scan.h"


static bool
sc_json_is_container(const sc_json_token_t *token)
{
    return token->type == SC_JSON_ARRAY || token->type == SC_JSON_OBJECT;
}


const sc_json_token_t *
sc_json_get_set(sc_json_doc_t *doc, const sc_json_token_t *object,
    sc_str_t name)
{
    const sc_json_token_t *value;

    value = sc_json_get(doc, object, name);

    return sc_json_is(value, SC_JSON_NULL) ? NULL : value;
}


const sc_json_token_t *
sc_json_next(const sc_json_doc_t *doc, const sc_json_token_t *container,
    const sc_json_token_t *child, const sc_json_token_t **name)
{
    uint32_t i;

    if (name != NULL) {
        *name = NULL;
    }

    if (container == NULL || !sc_json_is_container(container)) {
        return NULL;
    }

    i = child == NULL ? sc_json_place(doc, container) + 1 : child->next;

    if (i >= container->next) {
        return NULL;
    }

    if (container->type == SC_JSON_OBJECT) {
        if (name != NULL) {
            *name = &doc->tokens[i];
        }

        i++;
    }

    return &doc->tokens[i];
}


static const sc_json_token_t *
sc_json_element(const sc_json_doc_t *doc, const sc_json_token_t *array,
    sc_str_t digits)
{
    uint64_t               index;
    const sc_json_token_t *child;

    if (digits.len > 1 && digits.data[0] == '0') {
        return NULL;
    }

    if (!sc_str_to_uint64(digits, &index) || index >= array->length) {
        return NULL;
    }

    child = sc_json_next(doc, array, NULL, NULL);

    while (index-- > 0) {
        child = sc_json_next(doc, array, child, NULL);
    }

    return child;
}


/* Whether each '~' is followed by 0 or 1; *escaped: there is a '~'. */
static bool
sc_json_segment_is_valid(sc_str_t segment, bool *escaped)
{
    size_t i;

    *escaped = false;

    for (i = 0; i < segment.len; i++) {
        if (segment.data[i] != '~') {
            continue;
        }

        *escaped = true;
        i++;

        if (i == segment.len
            || (segment.data[i] != '0' && segment.data[i] != '1'))
        {
            return false;
        }
    }

    return true;
}


static const sc_json_token_t *
sc_json_step(sc_json_doc_t *doc, const sc_json_token_t *from, sc_str_t segment)
{
    bool escaped;

    if (!sc_json_segment_is_valid(segment, &escaped)) {
        return NULL;
    }

    if (sc_json_is(from, SC_JSON_OBJECT)) {
        return escaped ? sc_json_find_escaped(doc, from, segment, true)
                       : sc_json_get(doc, from, segment);
    }

    if (sc_json_is(from, SC_JSON_ARRAY)) {
        return sc_json_element(doc, from, segment);
    }

    return NULL;
}


const sc_json_token_t *
sc_json_pointer(sc_json_doc_t *doc, const sc_json_token_t *from,
    sc_str_t pointer)
{
    sc_str_t rest, segment;

    if (pointer.len == 0) {
        return from;
    }

    if (pointer.data[0] != '/') {
        return NULL;
    }

    rest = sc_str_from(pointer, 1);

    while (from != NULL && sc_str_next(&rest, '/', &segment)) {
        from = sc_json_step(doc, from, segment);
    }

    return from;
}


/*
 * The tape does not say where a container ends.  But its last token can only
 * be followed by white space and closing brackets, and the difference in depth
 * says how many of those belong to it.
 */
static size_t
sc_json_container_end(const sc_json_doc_t *doc,
    const sc_json_token_t *container)
{
    size_t                 at, closings;
    const sc_json_token_t *last;

    last = &doc->tokens[container->next - 1];
    closings = (size_t) (last->depth - container->depth);

    if (sc_json_is_container(last)) {
        closings++;
        at = (size_t) last->start + 1;

    } else {
        at = (size_t) last->start + last->length;
    }

    for ( /* void */ ; closings > 0; at++) {
        if (doc->text.data[at] == ']' || doc->text.data[at] == '}') {
            closings--;
        }
    }

    return at;
}


sc_str_t
sc_json_raw(const sc_json_doc_t *doc, const sc_json_token_t *token)
{
    size_t start;

    if (token == NULL) {
        return SC_STR_NULL;
    }

    if (token->type == SC_JSON_STRING) {
        return sc_str_make(doc->text.data + token->start - 1,
                           (size_t) token->length + 2);
    }

    if (!sc_json_is_container(token)) {
        return sc_json_scalar(doc, token);
    }

    start = token->start;

    return sc_str_make(doc->text.data + start,
                       sc_json_container_end(doc, token) - start);
}


/*
 * Each '{', '[', ',' or ':' is directly followed by at most one token, and
 * every token but the root directly follows one of them.
 */
uint32_t
sc_json_count_bound(sc_str_t text)
{
    size_t count;

    if (text.len == 0) {
        return 1;
    }

    count = sc_scan_structural(text.data, text.data + text.len);

    return count < UINT32_MAX ? (uint32_t) count + 1 : UINT32_MAX;
}


const char *
sc_json_status_name(sc_json_status_t status)
{
    switch (status) {

    case SC_JSON_OK:
        return "ok";

    case SC_JSON_ERROR_SYNTAX:
        return "syntax";

    case SC_JSON_ERROR_UTF8:
        return "utf8";

    case SC_JSON_ERROR_NUL:
        return "nul";

    case SC_JSON_ERROR_DEPTH:
        return "depth";

    case SC_JSON_ERROR_TOKENS:
        return "tokens";

    case SC_JSON_ERROR_STRING:
        return "string";
    }

    return "unknown";
}
