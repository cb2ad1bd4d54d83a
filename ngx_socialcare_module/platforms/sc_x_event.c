/*
 * sc_x_event.c: what every kind of event of X needs: adding it, reading its
 * times and users, telling the brand from others.
 */

#include "sc_x.h"


sc_mention_t *
sc_x_add(sc_x_event_t *event)
{
    sc_mention_t *mention;

    mention = sc_callback_add(event->callback);

    if (mention != NULL) {
        mention->account = event->account;
        mention->raw = sc_json_raw(event->json, event->event);
    }

    return mention;
}


void
sc_x_add_dead(sc_x_event_t *event, sc_dead_reason_t reason)
{
    sc_callback_add_dead(event->callback, reason,
                         sc_json_raw(event->json, event->event));
}


sc_mention_t *
sc_x_add_item(sc_x_event_t *event, sc_str_t id)
{
    if (id.len == 0) {
        sc_x_add_dead(event, SC_DEAD_MISSING_MEMBER);
        return NULL;
    }

    return sc_x_add(event);
}


bool
sc_x_is_misshaped(const sc_json_token_t *token, sc_json_type_t type)
{
    return token != NULL && !sc_json_is(token, type)
           && !sc_json_is(token, SC_JSON_NULL);
}


bool
sc_x_is_own(sc_x_event_t *event, const sc_author_t *author)
{
    const sc_source_t *source;

    source = event->callback->source;

    return sc_source_is_own(source, event->account, author->id)
           || sc_source_has_handle(source, author->handle);
}


/* Length of the escape at the start of `text`, 0 for none. */
static size_t
sc_x_escape(sc_str_t text, unsigned char *byte)
{
    size_t i;

    static const struct {
        sc_str_t      name;
        unsigned char byte;
    } escapes[] = {
        { SC_STR_INIT("&amp;"), '&' },
        { SC_STR_INIT("&lt;"), '<' },
        { SC_STR_INIT("&gt;"), '>' }
    };

    for (i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        if (sc_str_starts_with(text, escapes[i].name)) {
            *byte = escapes[i].byte;
            return escapes[i].name.len;
        }
    }

    return 0;
}


sc_str_t
sc_x_plain(sc_x_event_t *event, sc_str_t text)
{
    size_t         at, len, escape;
    unsigned char *out;

    at = sc_str_find_byte(text, '&');

    if (at == text.len) {
        return text;
    }

    out = sc_arena_bytes(event->callback->arena, text.len);
    if (out == NULL) {
        event->callback->too_large = true;
        return SC_STR_NULL;
    }

    memcpy(out, text.data, at);
    len = at;

    while (at < text.len) {
        escape = sc_x_escape(sc_str_from(text, at), &out[len]);

        if (escape == 0) {
            out[len] = text.data[at];
            escape = 1;
        }

        at += escape;
        len++;
    }

    return sc_str_make(out, len);
}


int64_t
sc_x_time(sc_x_event_t *event, const sc_json_token_t *object, sc_str_t name,
    sc_time_format_t format)
{
    int64_t  ms;
    sc_str_t text;

    /* Accepts both: some times are strings, some are numbers. */
    text = sc_callback_id(event->callback, object, name);

    return sc_time_read(text, format, &ms) ? ms : -1;
}


const sc_json_token_t *
sc_x_unwrap(sc_x_event_t *event, const sc_json_token_t *token)
{
    const sc_json_token_t *data;

    data = sc_json_member(event->json, token, "data");

    if (sc_json_is(data, SC_JSON_OBJECT)
        && sc_json_member(event->json, token, "id") == NULL)
    {
        return data;
    }

    return token;
}


void
sc_x_read_user(sc_x_event_t *event, const sc_json_token_t *user,
    sc_author_t *author)
{
    sc_callback_t         *callback;
    const sc_json_token_t *verified;

    if (user == NULL) {
        return;
    }

    callback = event->callback;

    author->id = sc_callback_id(callback, user, SC_STR("id_str"));
    if (author->id.len == 0) {
        author->id = sc_callback_id(callback, user, SC_STR("id"));
    }

    author->name = sc_callback_text(callback, user, SC_STR("name"));
    author->handle = sc_callback_text(callback, user, SC_STR("screen_name"));
    if (author->handle.len == 0) {
        author->handle = sc_callback_text(callback, user, SC_STR("username"));
    }

    author->followers = sc_callback_int(callback, user,
                                        SC_STR("followers_count"));
    if (author->followers < 0) {
        author->followers = sc_callback_int(callback,
                                sc_json_member(event->json, user,
                                               "public_metrics"),
                                SC_STR("followers_count"));
    }

    verified = sc_json_member(event->json, user, "verified");

    if (sc_json_is_true(verified)) {
        author->verified = SC_TRI_YES;

    } else if (sc_json_is(verified, SC_JSON_FALSE)) {
        author->verified = SC_TRI_NO;
    }
}
