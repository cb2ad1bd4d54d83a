/*
 * sc_mapping_value.c: finding the value of one field in a callback.
 *
 * An empty text counts as absent, so that the next choice gets its turn.
 */

#include "sc_kit.h"
#include "sc_mapping_run.h"


/* Most media that are kept of one record. */
#define SC_MAPPING_MAX_MEDIA  16

/* 128 bits of SHA-256 in hex */
#define SC_MAPPING_DIGEST_BYTES  16


static bool
sc_choice_value(sc_mapping_run_t *run, size_t field,
    const sc_choice_t *choice, sc_str_t *value);


/* Ids never go through a double: 1.0 and 1e3 are not ids. */
static bool
sc_field_is_id(size_t field)
{
    switch (field) {
    case SC_FIELD_EVENT_ID:
    case SC_FIELD_ACCOUNT:
    case SC_FIELD_OBJECT_ID:
    case SC_FIELD_CONVERSATION_ID:
    case SC_FIELD_PARENT_ID:
    case SC_FIELD_AUTHOR_ID:
    case SC_FIELD_RECIPIENT:
    case SC_FIELD_CLOCK_KEY:
        return true;

    default:
        return false;
    }
}


/* The text of a string, number or boolean; false for other types. */
static bool
sc_token_value(sc_mapping_run_t *run, size_t field,
    const sc_json_token_t *token, sc_str_t *value)
{
    *value = SC_STR_NULL;

    if (token == NULL) {
        return false;
    }

    switch ((sc_json_type_t) token->type) {
    case SC_JSON_STRING:
        if (!sc_json_string(run->callback->json, token, run->callback->arena,
                            value))
        {
            run->callback->too_large = true;
        }

        return value->len > 0;

    case SC_JSON_NUMBER:
        if (sc_field_is_id(field) && !(token->flags & SC_JSON_INTEGER)) {
            run->misshaped = true;
            return false;
        }

        *value = sc_json_raw(run->callback->json, token);
        return true;

    case SC_JSON_TRUE:
    case SC_JSON_FALSE:
        *value = sc_json_raw(run->callback->json, token);
        return !sc_field_is_id(field);

    case SC_JSON_ARRAY:
    case SC_JSON_OBJECT:
        run->misshaped = true;
        return false;

    case SC_JSON_NULL:
        break;
    }

    return false;
}


static bool
sc_pairs_value(sc_mapping_run_t *run, const sc_pair_t *pairs, size_t count,
    sc_str_t name, sc_str_t *value)
{
    size_t i, found;

    found = 0;

    for (i = 0; i < count; i++) {
        if (sc_str_eq(pairs[i].name, name)) {
            *value = found == 0 ? pairs[i].value : *value;
            found++;
        }
    }

    run->repeated = run->repeated || found > 1;

    return value->len > 0;
}


static bool
sc_query_value(sc_mapping_run_t *run, sc_str_t name, sc_str_t *value)
{
    if (!run->query_is_read) {
        run->query_is_read = true;

        if (!sc_form_read(run->callback->arena, run->callback->request->query,
                          SC_MAPPING_MAX_PAIRS, &run->query,
                          &run->query_count))
        {
            run->query_count = 0;
        }
    }

    return sc_pairs_value(run, run->query, run->query_count, name, value);
}


static bool
sc_header_value(sc_mapping_run_t *run, sc_str_t name, sc_str_t *value)
{
    size_t count;

    *value = sc_request_header(run->callback->request, name, &count);

    run->repeated = run->repeated || count > 1;

    return value->len > 0;
}


/* The same body is the same event: for senders that give no id. */
static bool
sc_digest_value(sc_mapping_run_t *run, sc_str_t *value)
{
    size_t         len;
    sc_str_t       data;
    unsigned char  mac[64], *hex;

    data = run->mapping->format == SC_MAPPING_QUERY
           ? run->callback->request->query : run->callback->request->body;

    hex = sc_arena_bytes(run->callback->arena, 2 * SC_MAPPING_DIGEST_BYTES);

    if (hex == NULL
        || !sc_kit_hmac(run->callback, SC_STR("event"), data, mac, &len))
    {
        run->callback->too_large = true;
        return false;
    }

    sc_hex_encode(sc_str_make(mac, SC_MAPPING_DIGEST_BYTES), hex);
    *value = sc_str_make(hex, 2 * SC_MAPPING_DIGEST_BYTES);

    return true;
}


/* What a template inserts into a link must not change the link's shape. */
static bool
sc_template_escape(sc_mapping_run_t *run, sc_str_t *value)
{
    sc_buf_t       buf;
    unsigned char *memory;

    memory = sc_arena_bytes(run->callback->arena, 3 * value->len);
    if (memory == NULL) {
        run->callback->too_large = true;
        return false;
    }

    sc_buf_init_fixed(&buf, memory, 3 * value->len);
    sc_percent_encode(&buf, *value);
    *value = sc_buf_str(&buf);

    return !buf.failed;
}


static bool
sc_template_value(sc_mapping_run_t *run, size_t field,
    const sc_choice_t *template, sc_str_t *value)
{
    size_t             count;
    sc_str_t           parts[SC_TEMPLATE_MAX_PARTS];
    const sc_choice_t *part;

    count = 0;

    for (part = template->parts; part != NULL; part = part->next) {
        if (count == SC_TEMPLATE_MAX_PARTS
            || !sc_choice_value(run, field, part, &parts[count]))
        {
            return false;
        }

        if (field == SC_FIELD_PERMALINK && part->kind != SC_CHOICE_CONSTANT
            && !sc_template_escape(run, &parts[count]))
        {
            return false;
        }

        count++;
    }

    *value = sc_callback_join(run->callback, parts, count);

    return value->len > 0;
}


static const sc_json_token_t *
sc_choice_token(sc_mapping_run_t *run, const sc_choice_t *choice,
    size_t piece, const sc_json_token_t *from)
{
    return sc_json_pointer(run->callback->json, from, choice->path[piece]);
}


static bool
sc_choice_value(sc_mapping_run_t *run, size_t field,
    const sc_choice_t *choice, sc_str_t *value)
{
    *value = SC_STR_NULL;

    switch (choice->kind) {
    case SC_CHOICE_CONSTANT:
        *value = choice->text;
        return value->len > 0;

    case SC_CHOICE_POINTER:
        if (choice->stars > choice->shared) {
            return false;              /* a list of its own: media */
        }

        return sc_token_value(run, field,
                              sc_choice_token(run, choice, choice->stars,
                                              run->elements[choice->stars]),
                              value);

    case SC_CHOICE_FORM:
        return sc_pairs_value(run, run->form, run->form_count, choice->text,
                              value);

    case SC_CHOICE_HEADER:
        return sc_header_value(run, choice->text, value);

    case SC_CHOICE_QUERY:
        return sc_query_value(run, choice->text, value);

    case SC_CHOICE_SIGNED_ID:
        if (run->callback->verdict != NULL) {
            *value = run->callback->verdict->id;
        }

        return value->len > 0;

    case SC_CHOICE_DIGEST:
        return sc_digest_value(run, value);

    case SC_CHOICE_TEMPLATE:
        return sc_template_value(run, field, choice, value);
    }

    return false;
}


static void
sc_mapping_translate(const sc_value_map_t *entry, sc_str_t *value)
{
    for ( /* void */ ; entry != NULL; entry = entry->next) {
        if (sc_str_eq(entry->from, *value)
            || sc_str_eq(entry->from, SC_STR("*")))
        {
            *value = entry->to;
            return;
        }
    }
}


bool
sc_mapping_value(sc_mapping_run_t *run, size_t field, sc_str_t *value,
    const sc_choice_t **found)
{
    bool               misshaped;
    const sc_choice_t *choice;

    misshaped = run->misshaped;

    for (choice = run->mapping->fields[field];
         choice != NULL;
         choice = choice->next)
    {
        if (sc_choice_value(run, field, choice, value)) {
            break;
        }
    }

    if (found != NULL) {
        *found = choice;
    }

    /*
     * A choice with a value makes up for an earlier misshapen one, and fields
     * that are not configured may have any shape.
     */
    if (choice != NULL || !run->mapping->given[field]) {
        run->misshaped = misshaped;
    }

    if (choice == NULL) {
        *value = SC_STR_NULL;
        return false;
    }

    sc_mapping_translate(run->mapping->maps[field], value);

    return true;
}


/* Media */


static void
sc_media_add(sc_mapping_run_t *run, sc_mention_t *mention, sc_str_t value,
    sc_str_t type)
{
    bool link;

    link = sc_str_starts_with(value, SC_STR("https://"))
           || sc_str_starts_with(value, SC_STR("http://"));

    sc_callback_add_media(run->callback, mention, type,
                          link ? value : SC_STR_NULL,
                          link ? SC_STR_NULL : value);
}


/* media_type= of the item of a list, or the one for all of them. */
static sc_str_t
sc_media_type(sc_mapping_run_t *run, const sc_choice_t *media,
    const sc_json_token_t *item)
{
    sc_str_t           type;
    const sc_choice_t *choice;

    for (choice = run->mapping->fields[SC_FIELD_MEDIA_TYPE];
         choice != NULL && item != NULL;
         choice = choice->next)
    {
        if (choice->kind == SC_CHOICE_POINTER
            && choice->stars == media->stars
            && choice->stars > choice->shared
            && sc_str_eq(choice->path[choice->shared],
                         media->path[media->shared])
            && sc_token_value(run, SC_FIELD_MEDIA_TYPE,
                              sc_choice_token(run, choice, choice->stars,
                                              item),
                              &type))
        {
            return type;
        }
    }

    (void) sc_mapping_value(run, SC_FIELD_MEDIA_TYPE, &type, NULL);

    return type;
}


/* For each element of `list`: what the rest of the pointer names. */
static void
sc_media_add_list(sc_mapping_run_t *run, sc_mention_t *mention,
    const sc_choice_t *choice, const sc_json_token_t *list)
{
    size_t                 count;
    sc_str_t               value;
    const sc_json_token_t *item, *token;

    item = NULL;

    for (count = 0; count < SC_MAPPING_MAX_MEDIA; count++) {
        item = sc_json_next(run->callback->json, list, item, NULL);
        if (item == NULL) {
            break;
        }

        token = choice->stars > choice->shared
                ? sc_choice_token(run, choice, choice->stars, item) : item;

        if (sc_token_value(run, SC_FIELD_MEDIA, token, &value)) {
            sc_media_add(run, mention, value,
                         sc_media_type(run, choice, item));
        }
    }
}


static void
sc_media_add_choice(sc_mapping_run_t *run, sc_mention_t *mention,
    const sc_choice_t *choice)
{
    sc_str_t               value;
    const sc_json_token_t *token;

    if (choice->kind == SC_CHOICE_POINTER) {
        token = sc_choice_token(run, choice, choice->shared,
                                run->elements[choice->shared]);

        if (sc_json_is(token, SC_JSON_ARRAY)) {
            sc_media_add_list(run, mention, choice, token);
            return;
        }
    }

    if (sc_choice_value(run, SC_FIELD_MEDIA, choice, &value)) {
        sc_media_add(run, mention, value, sc_media_type(run, choice, NULL));
    }
}


void
sc_mapping_add_media(sc_mapping_run_t *run, sc_mention_t *mention)
{
    bool               misshaped;
    const sc_choice_t *choice;

    misshaped = run->misshaped;

    for (choice = run->mapping->fields[SC_FIELD_MEDIA];
         choice != NULL && mention->media == NULL;
         choice = choice->next)
    {
        sc_media_add_choice(run, mention, choice);
    }

    /* A malformed attachment does not make the mention unreadable. */
    run->misshaped = misshaped;
}
