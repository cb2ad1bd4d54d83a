/*
 * sc_close.c: turns JSON and forms into closes.
 */

#include "sc_close.h"

#include "sc_encoding.h"
#include "sc_mention.h"


/* In the order of sc_close_field_t. */
static const sc_str_t sc_close_members[] = {
    SC_STR_INIT("wait"),
    SC_STR_INIT("reason"),
    SC_STR_INIT("brand"),
    SC_STR_INIT("queue"),
    SC_STR_INIT("channel"),
    SC_STR_INIT("id")
};

typedef enum {
    SC_FIELD_WAIT = 0,
    SC_FIELD_REASON,
    SC_FIELD_BRAND,
    SC_FIELD_QUEUE,
    SC_FIELD_CHANNEL,
    SC_FIELD_ID,
    SC_FIELDS
} sc_close_field_t;


static const char *const sc_close_reasons[] = {
    "not_actionable", "spam", "deleted_by_author", "duplicate_of",
    "other_channel", "no_reply_needed"
};


typedef struct {
    const char *name;
    const char *sentence;
} sc_close_word_t;

static const sc_close_word_t sc_close_words[] = {
    { "ok", "closed" },
    { "method", "use POST" },
    { "type", "send application/json or application/x-www-form-urlencoded" },
    { "too_large", "too large: send fewer closes in one request" },
    { "syntax", "the body is not what its Content-Type says" },
    { "shape", "send one object, or an array of at least one" },
    { "member", "wait, reason, brand, queue, channel and id are texts, "
                "and none is given twice" },
    { "no_wait", "\"wait\" is missing: take it from the mention's record" },
    { "no_reason", "\"reason\" is missing: not_actionable, spam, "
                   "deleted_by_author, duplicate_of, other_channel or "
                   "no_reply_needed" },
    { "reason", "unknown \"reason\": known are not_actionable, spam, "
                "deleted_by_author, duplicate_of, other_channel and "
                "no_reply_needed" },
    { "brand", "unknown \"brand\": take it from the mention's record" },
    { "unavailable", "not stored: send it again" }
};


const char *
sc_close_result_name(sc_close_result_t result)
{
    return sc_close_words[result].name;
}


const char *
sc_close_result_sentence(sc_close_result_t result)
{
    return sc_close_words[result].sentence;
}


bool
sc_close_format(sc_str_t content_type, sc_close_format_t *format)
{
    sc_str_t type;

    type = sc_str_trim(sc_str_first(content_type,
                                    sc_str_find_byte(content_type, ';')));

    if (sc_str_eq_nocase(type, SC_STR("application/json"))) {
        *format = SC_CLOSE_JSON;
        return true;
    }

    if (sc_str_eq_nocase(type, SC_STR("application/x-www-form-urlencoded"))) {
        *format = SC_CLOSE_FORM;
        return true;
    }

    return false;
}


static const char *
sc_close_reason(sc_str_t name)
{
    size_t i;

    for (i = 0; i < sizeof(sc_close_reasons) / sizeof(sc_close_reasons[0]);
         i++)
    {
        if (sc_str_eq(name, sc_str_from_cstring(sc_close_reasons[i]))) {
            return sc_close_reasons[i];
        }
    }

    return NULL;
}


static sc_close_result_t
sc_close_make(const sc_str_t fields[SC_FIELDS], sc_close_t *close)
{
    sc_channel_t channel;

    if (fields[SC_FIELD_WAIT].len == 0) {
        return SC_CLOSE_NO_WAIT;
    }

    if (fields[SC_FIELD_REASON].len == 0) {
        return SC_CLOSE_NO_REASON;
    }

    close->reason = sc_close_reason(fields[SC_FIELD_REASON]);

    if (close->reason == NULL) {
        return SC_CLOSE_REASON;
    }

    if (!sc_channel_by_name(fields[SC_FIELD_CHANNEL], &channel)) {
        channel = SC_CHANNEL_OTHER;
    }

    close->wait = fields[SC_FIELD_WAIT];
    close->brand = fields[SC_FIELD_BRAND];
    close->queue = fields[SC_FIELD_QUEUE];
    close->channel = sc_channel_name(channel);
    close->id = fields[SC_FIELD_ID];

    return SC_CLOSE_OK;
}


/* A member that is null counts as absent; others are ignored. */
static sc_close_result_t
sc_close_read_object(sc_json_doc_t *doc, const sc_json_token_t *object,
    sc_arena_t *arena, sc_close_t *close)
{
    size_t                 i;
    sc_str_t               fields[SC_FIELDS];
    const sc_json_token_t *value;

    if (!sc_json_is(object, SC_JSON_OBJECT)) {
        return SC_CLOSE_SHAPE;
    }

    for (i = 0; i < SC_FIELDS; i++) {
        fields[i] = SC_STR_NULL;
        value = sc_json_get_set(doc, object, sc_close_members[i]);

        if (value == NULL) {
            continue;
        }

        if (!sc_json_is(value, SC_JSON_STRING)) {
            return SC_CLOSE_MEMBER;
        }

        if (!sc_json_string(doc, value, arena, &fields[i])) {
            return SC_CLOSE_TOO_LARGE;
        }
    }

    /* With a repeated name two readers may see different closes. */

    return doc->duplicate ? SC_CLOSE_MEMBER : sc_close_make(fields, close);
}


static sc_close_result_t
sc_close_open_json(sc_json_doc_t *doc, sc_str_t body,
    const sc_close_limits_t *limits, sc_arena_t *arena)
{
    uint32_t         bound;
    sc_json_token_t *tokens;

    bound = sc_json_count_bound(body);

    if (limits->json.tokens != 0 && bound > limits->json.tokens) {
        bound = limits->json.tokens;
    }

    tokens = sc_arena_alloc(arena, (size_t) bound * sizeof(sc_json_token_t));
    if (tokens == NULL) {
        return SC_CLOSE_TOO_LARGE;
    }

    switch (sc_json_read(doc, body, tokens, bound, &limits->json)) {

    case SC_JSON_OK:
        return SC_CLOSE_OK;

    case SC_JSON_ERROR_DEPTH:
    case SC_JSON_ERROR_TOKENS:
    case SC_JSON_ERROR_STRING:
        return SC_CLOSE_TOO_LARGE;

    default:
        return SC_CLOSE_SYNTAX;
    }
}


static sc_close_result_t
sc_close_read_json(sc_str_t body, const sc_close_limits_t *limits,
    sc_arena_t *arena, sc_close_t **closes, size_t *count, size_t *at)
{
    sc_json_doc_t          doc;
    sc_close_result_t      result;
    const sc_json_token_t *root, *element;

    result = sc_close_open_json(&doc, body, limits, arena);
    if (result != SC_CLOSE_OK) {
        return result;
    }

    root = sc_json_root(&doc);
    *count = sc_json_is(root, SC_JSON_ARRAY) ? root->length : 1;

    if (*count == 0) {
        return SC_CLOSE_SHAPE;
    }

    if (*count > limits->closes) {
        return SC_CLOSE_TOO_LARGE;
    }

    *closes = sc_arena_array(arena, *count, sizeof(sc_close_t));
    if (*closes == NULL) {
        return SC_CLOSE_TOO_LARGE;
    }

    if (!sc_json_is(root, SC_JSON_ARRAY)) {
        return sc_close_read_object(&doc, root, arena, *closes);
    }

    element = NULL;

    for (*at = 0; *at < *count; (*at)++) {
        element = sc_json_next(&doc, root, element, NULL);
        result = sc_close_read_object(&doc, element, arena, &(*closes)[*at]);

        if (result != SC_CLOSE_OK) {
            return result;
        }
    }

    return SC_CLOSE_OK;
}


static sc_close_result_t
sc_close_read_form(sc_str_t body, sc_arena_t *arena, sc_close_t **closes,
    size_t *count)
{
    bool       seen;
    size_t     i, p, pairs_count;
    sc_str_t   fields[SC_FIELDS];
    sc_pair_t *pairs;

    /* Only the arena limits the pairs: if it is full there are too many. */

    if (!sc_form_read(arena, body, SIZE_MAX, &pairs, &pairs_count)) {
        return arena->failed ? SC_CLOSE_TOO_LARGE : SC_CLOSE_SYNTAX;
    }

    for (i = 0; i < SC_FIELDS; i++) {
        fields[i] = SC_STR_NULL;
        seen = false;

        for (p = 0; p < pairs_count; p++) {
            if (!sc_str_eq(pairs[p].name, sc_close_members[i])) {
                continue;
            }

            if (seen) {
                return SC_CLOSE_MEMBER;
            }

            fields[i] = pairs[p].value;
            seen = true;
        }
    }

    *closes = sc_arena_array(arena, 1, sizeof(sc_close_t));
    if (*closes == NULL) {
        return SC_CLOSE_TOO_LARGE;
    }

    *count = 1;

    return sc_close_make(fields, *closes);
}


sc_close_result_t
sc_close_read(sc_str_t body, sc_close_format_t format,
    const sc_close_limits_t *limits, sc_arena_t *arena, sc_close_t **closes,
    size_t *count, size_t *at)
{
    *at = 0;
    *count = 0;
    *closes = NULL;

    return format == SC_CLOSE_JSON
           ? sc_close_read_json(body, limits, arena, closes, count, at)
           : sc_close_read_form(body, arena, closes, count);
}


void
sc_close_write_id(sc_buf_t *buf, const sc_close_t *close, int64_t received_ms)
{
    sc_buf_append_literal(buf, "close:");
    sc_buf_append_str(buf, close->wait);
    sc_buf_append_byte(buf, ':');

    if (close->id.len != 0) {
        sc_buf_append_str(buf, close->id);

    } else {
        sc_buf_append_int(buf, received_ms);
    }
}
