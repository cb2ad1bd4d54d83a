/*
 * sc_x_envelope.c: the outermost objects of X's three products: which members
 * and event types there are, which are read, which are known but ignored.
 *
 * What is in neither list goes to `dead`, piece by piece.
 */

#include "sc_x.h"


typedef void (*sc_x_reader_fn)(sc_x_event_t *event);

static void sc_x_read_data(sc_x_event_t *event);
static void sc_x_read_dm_v1(sc_x_event_t *event);
static void sc_x_read_user_event(sc_x_event_t *event);


/* Members of the outermost object. */
typedef struct {
    sc_str_t       name;
    sc_x_reader_fn read;       /* NULL: known, but ignored */
    bool           envelope;   /* only describes the others */
} sc_x_member_t;

static const sc_x_member_t sc_x_members[] = {
    { SC_STR_INIT("data"), sc_x_read_data, false },
    { SC_STR_INIT("tweet_create_events"), sc_x_read_post_v1, false },
    { SC_STR_INIT("direct_message_events"), sc_x_read_dm_v1, false },
    { SC_STR_INIT("tweet_delete_events"), sc_x_read_delete_v1, false },
    { SC_STR_INIT("favorite_events"), sc_x_read_favorite_v1, false },
    { SC_STR_INIT("user_event"), sc_x_read_user_event, false },
    { SC_STR_INIT("follow_events"), NULL, false },
    { SC_STR_INIT("block_events"), NULL, false },
    { SC_STR_INIT("mute_events"), NULL, false },
    { SC_STR_INIT("direct_message_indicate_typing_events"), NULL, false },
    { SC_STR_INIT("direct_message_mark_read_events"), NULL, false },
    { SC_STR_INIT("replay_job_status"), NULL, false },
    { SC_STR_INIT("for_user_id"), NULL, true },
    { SC_STR_INIT("user_has_blocked"), NULL, true },
    { SC_STR_INIT("is_blocked_by"), NULL, true },
    { SC_STR_INIT("users"), NULL, true },
    { SC_STR_INIT("apps"), NULL, true },
    { SC_STR_INIT("includes"), NULL, true },
    { SC_STR_INIT("matching_rules"), NULL, true },
    { SC_STR_INIT("errors"), NULL, true }
};


/* What an X Activity event type is. */
typedef enum {
    SC_X_POST = 0,
    SC_X_OWN_POST,
    SC_X_POST_DELETE,
    SC_X_LIKE,
    SC_X_MESSAGE,
    SC_X_CHAT,
    SC_X_REVOKE,
    SC_X_IGNORED,
    SC_X_IGNORED_FAMILY        /* the name is a prefix */
} sc_x_class_t;

typedef struct {
    sc_str_t       name;
    sc_x_class_t   class;
    sc_kind_t      kind;
    sc_direction_t direction;
} sc_x_type_t;

static const sc_x_type_t sc_x_types[] = {
    { SC_STR_INIT("post.create"), SC_X_OWN_POST, SC_KIND_UNKNOWN,
      SC_DIRECTION_OUT },
    { SC_STR_INIT("post.mention.create"), SC_X_POST, SC_KIND_MENTION,
      SC_DIRECTION_IN },
    { SC_STR_INIT("post.reply.create"), SC_X_POST, SC_KIND_REPLY,
      SC_DIRECTION_IN },
    { SC_STR_INIT("post.quote.create"), SC_X_POST, SC_KIND_QUOTE,
      SC_DIRECTION_IN },
    { SC_STR_INIT("post.repost.create"), SC_X_POST, SC_KIND_SHARE,
      SC_DIRECTION_IN },
    { SC_STR_INIT("post.delete"), SC_X_POST_DELETE, SC_KIND_UNKNOWN,
      SC_DIRECTION_UNKNOWN },
    { SC_STR_INIT("like.create"), SC_X_LIKE, SC_KIND_REACTION,
      SC_DIRECTION_UNKNOWN },
    { SC_STR_INIT("dm.received"), SC_X_MESSAGE, SC_KIND_MESSAGE,
      SC_DIRECTION_IN },
    { SC_STR_INIT("dm.sent"), SC_X_MESSAGE, SC_KIND_MESSAGE,
      SC_DIRECTION_OUT },
    { SC_STR_INIT("chat.received"), SC_X_CHAT, SC_KIND_MESSAGE,
      SC_DIRECTION_IN },
    { SC_STR_INIT("chat.sent"), SC_X_CHAT, SC_KIND_MESSAGE,
      SC_DIRECTION_OUT },
    { SC_STR_INIT("oauth.revoke"), SC_X_REVOKE, SC_KIND_NOTICE,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("chat.conversation_join"), SC_X_IGNORED, SC_KIND_UNKNOWN,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("dm.read"), SC_X_IGNORED, SC_KIND_UNKNOWN,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("dm.indicate_typing"), SC_X_IGNORED, SC_KIND_UNKNOWN,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("news.new"), SC_X_IGNORED, SC_KIND_UNKNOWN,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("follow."), SC_X_IGNORED_FAMILY, SC_KIND_UNKNOWN,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("mute."), SC_X_IGNORED_FAMILY, SC_KIND_UNKNOWN,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("block."), SC_X_IGNORED_FAMILY, SC_KIND_UNKNOWN,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("profile.update."), SC_X_IGNORED_FAMILY, SC_KIND_UNKNOWN,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("spaces."), SC_X_IGNORED_FAMILY, SC_KIND_UNKNOWN,
      SC_DIRECTION_NONE },
    { SC_STR_INIT("broadcast."), SC_X_IGNORED_FAMILY, SC_KIND_UNKNOWN,
      SC_DIRECTION_NONE }
};


#define SC_X_COUNT(table)  (sizeof(table) / sizeof((table)[0]))

/* One bit each: see sc_x_note_member(). */
_Static_assert(SC_X_COUNT(sc_x_members) <= 32, "members fit into 32 bits");


/* Subscriptions that expire */


/*
 * One id for the event, whichever product reports it: a revocation reported by
 * both raises one alarm.
 */
static void
sc_x_add_revocation(sc_x_event_t *event, sc_str_t user, sc_str_t time)
{
    sc_str_t      parts[4];
    sc_mention_t *mention;

    if (user.len == 0) {
        sc_x_add_dead(event, SC_DEAD_MISSING_MEMBER);
        return;
    }

    mention = sc_x_add(event);
    if (mention == NULL) {
        return;
    }

    parts[0] = SC_STR("revoke:");
    parts[1] = user;
    parts[2] = SC_STR(":");
    parts[3] = time;

    mention->kind = SC_KIND_NOTICE;
    mention->notice = SC_STR("revoke");
    mention->direction = SC_DIRECTION_NONE;
    mention->account = user;
    mention->event = sc_callback_join(event->callback, parts, 4);

    if (!sc_time_read(time, SC_TIME_ISO8601, &mention->created_ms)) {
        mention->created_ms = -1;
    }
}


static void
sc_x_read_user_event(sc_x_event_t *event)
{
    const sc_json_token_t *revoke, *source;

    revoke = sc_json_member(event->json, event->event, "revoke");

    if (!sc_json_is(revoke, SC_JSON_OBJECT)) {
        sc_x_add_dead(event, SC_DEAD_UNKNOWN_OBJECT);
        return;
    }

    source = sc_json_member(event->json, revoke, "source");

    sc_x_add_revocation(event,
                        sc_callback_id(event->callback, source,
                                       SC_STR("user_id")),
                        sc_callback_text(event->callback, revoke,
                                         SC_STR("date_time")));
}


/* X Activity and filtered stream: {"data":{…}} */


static const sc_x_type_t *
sc_x_find_type(sc_str_t name)
{
    size_t             i;
    const sc_x_type_t *type;

    for (i = 0; i < SC_X_COUNT(sc_x_types); i++) {
        type = &sc_x_types[i];

        if (type->class == SC_X_IGNORED_FAMILY
            ? sc_str_starts_with(name, type->name)
            : sc_str_eq(name, type->name))
        {
            return type;
        }
    }

    return NULL;
}


/* Each message of the list is an event; the users are next to the list. */
static void
sc_x_read_messages(sc_x_event_t *event, const sc_json_token_t *payload,
    sc_direction_t direction)
{
    sc_x_event_t           message;
    const sc_json_token_t *list, *item;

    list = sc_json_member(event->json, payload, "direct_message_events");

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        sc_x_add_dead(event, SC_DEAD_MISSING_MEMBER);
        return;
    }

    message = *event;
    message.users = sc_json_member(event->json, payload, "users");
    item = NULL;

    while (!event->callback->too_large) {
        item = sc_json_next(event->json, list, item, NULL);
        if (item == NULL) {
            break;
        }

        message.event = item;
        sc_x_read_message(&message, direction);
    }
}


static void
sc_x_read_activity(sc_x_event_t *event, const sc_x_type_t *type)
{
    const sc_json_token_t *payload, *filter;

    payload = sc_json_member(event->json, event->event, "payload");
    filter = sc_json_member(event->json, event->event, "filter");

    if (type->class == SC_X_IGNORED || type->class == SC_X_IGNORED_FAMILY) {
        return;
    }

    if (!sc_json_is(payload, SC_JSON_OBJECT)) {
        sc_x_add_dead(event, SC_DEAD_SHAPE);
        return;
    }

    event->account = sc_callback_id(event->callback, filter,
                                    SC_STR("user_id"));
    event->includes = sc_json_member(event->json, event->event, "includes");
    event->users = sc_json_member(event->json, event->includes, "users");

    switch (type->class) {
    case SC_X_POST:
        sc_x_read_post_v2(event, payload, type->kind, false);
        break;

    case SC_X_OWN_POST:
        sc_x_read_post_v2(event, payload, type->kind, true);
        break;

    case SC_X_POST_DELETE:
        sc_x_read_delete_v2(event, payload);
        break;

    case SC_X_LIKE:
        sc_x_read_like_v2(event, payload, filter);
        break;

    case SC_X_MESSAGE:
        sc_x_read_messages(event, payload, type->direction);
        break;

    case SC_X_CHAT:
        sc_x_read_chat(event, payload, type->direction);
        break;

    case SC_X_REVOKE:
        sc_x_add_revocation(event,
                            sc_callback_id(event->callback, payload,
                                           SC_STR("user_id")),
                            sc_callback_text(event->callback, payload,
                                             SC_STR("date_time")));
        break;

    case SC_X_IGNORED:
    case SC_X_IGNORED_FAMILY:
        break;
    }
}


/* The account configured for one of the rules that matched, or empty: X does
 * not say which account a post is for. */
static sc_str_t
sc_x_rule_account(sc_x_event_t *event, const sc_json_token_t *rules)
{
    const sc_x_entry_t    *entry;
    const sc_json_token_t *rule, *tag;

    for (rule = sc_json_next(event->json, rules, NULL, NULL);
         rule != NULL;
         rule = sc_json_next(event->json, rules, rule, NULL))
    {
        tag = sc_json_member(event->json, rule, "tag");

        for (entry = event->options->rules;
             entry != NULL;
             entry = entry->next)
        {
            if (sc_json_string_is(event->json, tag, entry->name)) {
                return entry->value;
            }
        }
    }

    return SC_STR_NULL;
}


static void
sc_x_read_stream(sc_x_event_t *event)
{
    const sc_json_token_t *root;

    root = sc_json_root(event->json);

    event->account = sc_x_rule_account(event, sc_json_member(event->json, root,
                                                        "matching_rules"));
    event->includes = sc_json_member(event->json, root, "includes");
    event->users = sc_json_member(event->json, event->includes, "users");

    sc_x_read_post_v2(event, event->event, SC_KIND_UNKNOWN, false);
}


static void
sc_x_read_data(sc_x_event_t *event)
{
    const sc_x_type_t     *type;
    const sc_json_token_t *root, *token;

    root = sc_json_root(event->json);
    token = sc_json_member(event->json, event->event, "event_type");

    if (token == NULL) {
        if (sc_json_member(event->json, root, "matching_rules") != NULL
            || sc_json_member(event->json, event->event, "author_id") != NULL)
        {
            sc_x_read_stream(event);
            return;
        }

        sc_x_add_dead(event, SC_DEAD_MISSING_MEMBER);
        return;
    }

    type = sc_x_find_type(sc_callback_string(event->callback, token));

    if (type == NULL) {
        sc_x_add_dead(event, SC_DEAD_UNKNOWN_OBJECT);
        return;
    }

    sc_x_read_activity(event, type);
}


/* The outermost object */


static void
sc_x_read_dm_v1(sc_x_event_t *event)
{
    const sc_json_token_t *root;

    root = sc_json_root(event->json);

    event->users = sc_json_member(event->json, root, "users");

    if (event->users == NULL) {
        event->users = sc_json_member(event->json,
                                      sc_json_member(event->json, root,
                                                     "apps"),
                                      "users");
    }

    sc_x_read_message(event, SC_DIRECTION_UNKNOWN);
}


/* `value` is one event, or an array of events of this kind. */
static void
sc_x_read_member(const sc_x_event_t *blank, sc_x_reader_fn reader,
    const sc_json_token_t *value)
{
    sc_x_event_t           event;
    const sc_json_token_t *item;

    item = NULL;

    while (!blank->callback->too_large) {
        event = *blank;

        if (sc_json_is(value, SC_JSON_ARRAY)) {
            item = sc_json_next(blank->json, value, item, NULL);

        } else {
            item = item == NULL ? value : NULL;
        }

        if (item == NULL) {
            break;
        }

        event.event = item;

        if (!sc_json_is(item, SC_JSON_OBJECT)) {
            sc_x_add_dead(&event, SC_DEAD_SHAPE);
            continue;
        }

        reader(&event);
    }
}


static const sc_x_member_t *
sc_x_find_member(sc_callback_t *callback, const sc_json_token_t *token)
{
    size_t   i;
    sc_str_t name;

    name = sc_callback_string(callback, token);

    for (i = 0; i < SC_X_COUNT(sc_x_members); i++) {
        if (sc_str_eq(name, sc_x_members[i].name)) {
            return &sc_x_members[i];
        }
    }

    return NULL;
}


/* A repeated known member makes the body dead, just as a repeated name does
 * that was looked up. */
static void
sc_x_note_member(sc_callback_t *callback, const sc_x_member_t *member,
    uint32_t *seen)
{
    uint32_t bit;

    bit = UINT32_C(1) << (member - sc_x_members);

    if ((*seen & bit) != 0) {
        callback->json->duplicate = true;
    }

    *seen |= bit;
}


/* "name":value as in the body. */
static sc_str_t
sc_x_raw_member(sc_json_doc_t *json, const sc_json_token_t *name,
    const sc_json_token_t *value)
{
    sc_str_t first, last;

    first = sc_json_raw(json, name);
    last = sc_json_raw(json, value);

    return sc_str_make(first.data,
                       (size_t) (last.data + last.len - first.data));
}


sc_parse_result_t
sc_x_parse(sc_callback_t *callback)
{
    bool                   known;
    uint32_t               seen;
    sc_x_event_t           blank;
    const sc_x_member_t   *member;
    const sc_json_token_t *root, *value, *name;

    root = sc_json_root(callback->json);

    if (!sc_json_is(root, SC_JSON_OBJECT)) {
        callback->dead = SC_DEAD_SHAPE;
        return SC_PARSE_DEAD;
    }

    memset(&blank, 0, sizeof(blank));

    blank.callback = callback;
    blank.json = callback->json;
    blank.options = sc_x_options(callback->source);
    blank.account = sc_callback_id(callback, root, SC_STR("for_user_id"));

    known = false;
    seen = 0;
    value = NULL;

    while (!callback->too_large) {
        value = sc_json_next(callback->json, root, value, &name);
        if (value == NULL) {
            break;
        }

        member = sc_x_find_member(callback, name);

        if (member == NULL) {
            sc_callback_add_dead(callback, SC_DEAD_UNKNOWN_OBJECT,
                                 sc_x_raw_member(callback->json, name, value));
            continue;
        }

        sc_x_note_member(callback, member, &seen);
        known = known || !member->envelope;

        if (member->read != NULL) {
            sc_x_read_member(&blank, member->read, value);
        }
    }

    if (!known && callback->dead_count == 0) {
        callback->dead = SC_DEAD_UNKNOWN_OBJECT;
        return SC_PARSE_DEAD;
    }

    return SC_PARSE_OK;
}
