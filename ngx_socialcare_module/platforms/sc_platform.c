/*
 * sc_platform.c: what all platform files share: running one over a verified
 * request, collecting its mentions, reading members with one call.
 *
 * Nothing here knows a platform.
 */

#include "sc_platform.h"


/* Up to this many bytes, counting tokens is not worth it. */
#define SC_SHORT_TEXT  4096


static const char *const sc_dead_reason_names[SC_DEAD_REASONS] = {
    "none",
    "syntax",
    "encoding",
    "duplicate_name",
    "shape",
    "missing_member",
    "unknown_object",
    "content_type"
};


static sc_parse_result_t
sc_callback_die(sc_callback_t *callback, sc_dead_reason_t reason)
{
    callback->dead = reason;
    callback->first = NULL;
    callback->last = NULL;
    callback->count = 0;
    callback->dead_pieces = NULL;
    callback->dead_count = 0;

    return SC_PARSE_DEAD;
}


sc_parse_result_t
sc_callback_read_json(sc_callback_t *callback, sc_str_t text)
{
    uint32_t         capacity;
    sc_json_token_t *tokens;

    /* There are never more tokens than bytes, and memory is cheap. */
    capacity = text.len <= SC_SHORT_TEXT ? (uint32_t) text.len + 1
                                         : sc_json_count_bound(text);

    if (capacity > callback->source->json_limits.tokens) {
        capacity = callback->source->json_limits.tokens;
    }

    callback->json = sc_arena_alloc(callback->arena, sizeof(sc_json_doc_t));
    tokens = sc_arena_alloc(callback->arena,
                            capacity * sizeof(sc_json_token_t));

    if (callback->json == NULL || tokens == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    switch (sc_json_read(callback->json, text, tokens, capacity,
                         &callback->source->json_limits))
    {
    case SC_JSON_OK:
        return SC_PARSE_OK;

    case SC_JSON_ERROR_DEPTH:
    case SC_JSON_ERROR_TOKENS:
    case SC_JSON_ERROR_STRING:
        return SC_PARSE_TOO_LARGE;

    case SC_JSON_ERROR_UTF8:
    case SC_JSON_ERROR_NUL:
        return sc_callback_die(callback, SC_DEAD_ENCODING);

    case SC_JSON_ERROR_SYNTAX:
        break;
    }

    return sc_callback_die(callback, SC_DEAD_SYNTAX);
}


size_t
sc_source_schemes(const sc_source_t *source, const sc_verify_scheme_t **list,
    size_t capacity)
{
    const sc_platform_t *platform;

    platform = source->platform;

    if (platform->scheme == NULL) {
        return platform->schemes(source, list, capacity);
    }

    if (capacity > 0) {
        list[0] = platform->scheme;
    }

    return 1;
}


size_t
sc_source_leases(const sc_source_t *source, const sc_str_t **names)
{
    *names = NULL;

    return source->platform->leases == NULL
           ? 0 : source->platform->leases(source, names);
}


void
sc_source_policy(const sc_source_t *source, sc_policy_t *policy)
{
    const sc_platform_t *platform;

    platform = source->platform;

    policy->refused_status = platform->refused_status == 0
                             ? 401 : platform->refused_status;
    policy->post_is_event = true;
    policy->get_is_event = platform->get_is_event;
    policy->get_is_handshake = platform->handshake != NULL
                               && !platform->get_is_event;
    policy->head_is_handshake = false;
    policy->options_is_handshake = false;

    if (platform->policy != NULL) {
        platform->policy(source, policy);
    }
}


bool
sc_platform_probe(sc_callback_t *callback)
{
    const sc_platform_t *platform;

    platform = callback->source->platform;

    if (platform->unsigned_probe == NULL) {
        return false;
    }

    callback->answer = platform->success;

    return platform->unsigned_probe(callback);
}


sc_parse_result_t
sc_platform_parse(sc_callback_t *callback)
{
    sc_parse_result_t    result;
    const sc_platform_t *platform;

    platform = callback->source->platform;
    callback->answer = platform->success;

    if (platform->json) {
        result = sc_callback_read_json(callback, callback->request->body);
        if (result != SC_PARSE_OK) {
            return result;
        }
    }

    result = platform->parse(callback);

    /* A helper that hit a limit silently must not make the callback dead. */
    if (callback->too_large || callback->arena->failed) {
        return SC_PARSE_TOO_LARGE;
    }

    if (result == SC_PARSE_DEAD) {
        return sc_callback_die(callback, callback->dead);
    }

    if (callback->json != NULL && callback->json->duplicate) {
        return sc_callback_die(callback, SC_DEAD_DUPLICATE_NAME);
    }

    return result;
}


sc_mention_t *
sc_callback_add(sc_callback_t *callback)
{
    sc_mention_t *mention;

    if (callback->count + callback->dead_count
        >= callback->source->max_events)
    {
        callback->too_large = true;
        return NULL;
    }

    mention = sc_arena_alloc(callback->arena, sizeof(sc_mention_t));
    if (mention == NULL) {
        callback->too_large = true;
        return NULL;
    }

    sc_mention_init(mention);
    mention->platform = callback->source->platform->name;
    mention->channel = callback->source->platform->channel;

    if (callback->last == NULL) {
        callback->first = mention;

    } else {
        callback->last->next = mention;
    }

    callback->last = mention;
    callback->count++;

    return mention;
}


void
sc_callback_drop_last(sc_callback_t *callback)
{
    sc_mention_t *before;

    if (callback->last == NULL) {
        return;
    }

    callback->count--;

    if (callback->first == callback->last) {
        callback->first = NULL;
        callback->last = NULL;
        return;
    }

    for (before = callback->first;
         before->next != callback->last;
         before = before->next)
    {
        /* void */
    }

    before->next = NULL;
    callback->last = before;
}


void
sc_callback_add_dead(sc_callback_t *callback, sc_dead_reason_t reason,
    sc_str_t raw)
{
    sc_dead_piece_t *piece, **last;

    if (callback->count + callback->dead_count
        >= callback->source->max_events)
    {
        callback->too_large = true;
        return;
    }

    piece = sc_arena_alloc(callback->arena, sizeof(sc_dead_piece_t));
    if (piece == NULL) {
        callback->too_large = true;
        return;
    }

    piece->reason = reason;
    piece->raw = raw;
    piece->next = NULL;

    last = &callback->dead_pieces;

    while (*last != NULL) {
        last = &(*last)->next;
    }

    *last = piece;
    callback->dead_count++;
}


void
sc_callback_add_media(sc_callback_t *callback, sc_mention_t *mention,
    sc_str_t type, sc_str_t url, sc_str_t ref)
{
    sc_media_t *media, **last;

    media = sc_arena_alloc(callback->arena, sizeof(sc_media_t));
    if (media == NULL) {
        callback->too_large = true;
        return;
    }

    media->type = type;
    media->url = url;
    media->ref = ref;
    media->next = NULL;

    last = &mention->media;

    while (*last != NULL) {
        last = &(*last)->next;
    }

    *last = media;
}


void
sc_callback_add_extra(sc_callback_t *callback, sc_mention_t *mention,
    const char *name, sc_str_t value)
{
    sc_extra_t *extra, **last;

    if (value.len == 0) {
        return;
    }

    extra = sc_arena_alloc(callback->arena, sizeof(sc_extra_t));
    if (extra == NULL) {
        callback->too_large = true;
        return;
    }

    extra->name = name;
    extra->value = value;
    extra->next = NULL;

    last = &mention->extra;

    while (*last != NULL) {
        last = &(*last)->next;
    }

    *last = extra;
}


bool
sc_source_is_own(const sc_source_t *source, sc_str_t account, sc_str_t id)
{
    size_t i;

    if (id.len == 0) {
        return false;
    }

    if (sc_str_eq(account, id)) {
        return true;
    }

    for (i = 0; i < source->accounts_count; i++) {
        if (sc_str_eq(source->accounts[i], id)) {
            return true;
        }
    }

    return false;
}


static sc_str_t
sc_bare_handle(sc_str_t handle)
{
    return handle.len != 0 && handle.data[0] == '@' ? sc_str_from(handle, 1)
                                                    : handle;
}


static bool
sc_is_number(sc_str_t text)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }

    return true;
}


bool
sc_source_has_handle(const sc_source_t *source, sc_str_t handle)
{
    size_t   i;
    sc_str_t account;

    handle = sc_bare_handle(handle);

    if (handle.len == 0) {
        return false;
    }

    for (i = 0; i < source->accounts_count; i++) {
        account = source->accounts[i];

        if (!sc_is_number(account)
            && sc_str_eq_nocase(sc_bare_handle(account), handle))
        {
            return true;
        }
    }

    return false;
}


sc_str_t
sc_callback_join(sc_callback_t *callback, const sc_str_t *parts, size_t count)
{
    sc_str_t joined;

    if (!sc_arena_join(callback->arena, parts, count, &joined)) {
        callback->too_large = true;
    }

    return joined;
}


sc_str_t
sc_callback_string(sc_callback_t *callback, const sc_json_token_t *token)
{
    sc_str_t value;

    if (!sc_json_string(callback->json, token, callback->arena, &value)
        && sc_json_is(token, SC_JSON_STRING))
    {
        callback->too_large = true;
    }

    return value;
}


sc_str_t
sc_callback_text(sc_callback_t *callback, const sc_json_token_t *object,
    sc_str_t name)
{
    return sc_callback_string(callback,
                              sc_json_get(callback->json, object, name));
}


sc_str_t
sc_callback_id(sc_callback_t *callback, const sc_json_token_t *object,
    sc_str_t name)
{
    sc_str_t               value;
    const sc_json_token_t *token;

    token = sc_json_get(callback->json, object, name);

    if (!sc_json_id(callback->json, token, callback->arena, &value)
        && sc_json_is(token, SC_JSON_STRING))
    {
        callback->too_large = true;
    }

    return value;
}


int64_t
sc_callback_int(sc_callback_t *callback, const sc_json_token_t *object,
    sc_str_t name)
{
    int64_t value;

    if (!sc_json_int64(callback->json,
                       sc_json_get(callback->json, object, name), &value))
    {
        return -1;
    }

    return value;
}


sc_str_t
sc_callback_place(sc_callback_t *callback, const sc_json_token_t *object,
    sc_str_t latitude, sc_str_t longitude)
{
    sc_str_t               parts[3];
    const sc_json_token_t *north, *east;

    north = sc_json_get(callback->json, object, latitude);
    east = sc_json_get(callback->json, object, longitude);

    if (!sc_json_is(north, SC_JSON_NUMBER)
        || !sc_json_is(east, SC_JSON_NUMBER))
    {
        return SC_STR_NULL;
    }

    parts[0] = sc_json_raw(callback->json, north);
    parts[1] = SC_STR(",");
    parts[2] = sc_json_raw(callback->json, east);

    return sc_callback_join(callback, parts, 3);
}


const char *
sc_dead_reason_name(sc_dead_reason_t reason)
{
    return reason < SC_DEAD_REASONS ? sc_dead_reason_names[reason] : "unknown";
}
