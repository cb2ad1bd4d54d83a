/*
 * sc_line.c: LINE Messaging API: many events per POST, HMAC over the body.
 *
 * The account is `destination`.  LINE does not echo the brand's messages: the
 * reply feed ends waits, and so does a person who blocks the account or a group
 * that it has to leave.  Wait key: line:DESTINATION:CONVERSATION, where the
 * conversation is the group or room, else the user.
 */

#include "sc_kit.h"
#include "sc_registry.h"


typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *event;
    const sc_json_token_t *message;
    sc_str_t               account;
    sc_str_t               id;
    sc_str_t               user;
    sc_str_t               thread;
} sc_line_t;


static const sc_verify_scheme_t sc_line_scheme = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Line-Signature") },
    .encoding = SC_SIGNATURE_BASE64
};


/* Events that are not mentions. */
static const sc_str_t sc_line_ignored[] = {
    SC_STR_INIT("follow"), SC_STR_INIT("join"), SC_STR_INIT("memberJoined"),
    SC_STR_INIT("memberLeft"), SC_STR_INIT("beacon"),
    SC_STR_INIT("accountLink"), SC_STR_INIT("things"),
    SC_STR_INIT("videoPlayComplete"), SC_STR_INIT("membership"),
    SC_STR_INIT("activated"), SC_STR_INIT("deactivated"),
    SC_STR_INIT("botSuspended"), SC_STR_INIT("botResumed"),
    SC_STR_INIT("module"), SC_STR_INIT("delivery")
};


static sc_str_t
sc_line_text(const sc_line_t *line, const sc_json_token_t *object,
    const char *name)
{
    return sc_callback_text(line->callback, object,
                            sc_str_from_cstring(name));
}


static sc_mention_t *
sc_line_add(const sc_line_t *line)
{
    sc_json_doc_t *json;
    sc_mention_t  *mention;

    json = line->callback->json;

    mention = sc_kit_add(line->callback, sc_json_raw(json, line->event));
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = SC_KIND_MESSAGE;
    mention->account = line->account;
    mention->event = line->id;
    mention->thread = line->thread;
    mention->author.id = line->user;
    mention->direction = line->user.len == 0 ? SC_DIRECTION_UNKNOWN
                                             : SC_DIRECTION_IN;
    mention->is_public = SC_TRI_NO;
    mention->redelivery
        = sc_json_is_true(sc_json_member(json,
                              sc_kit_object(line->callback, line->event,
                                            SC_STR("deliveryContext")),
                              "isRedelivery"));
    sc_kit_set_created(line->callback, mention,
                       sc_kit_time(line->callback, line->event,
                                   SC_STR("timestamp"), 1));

    /* Another module of the account answers. */
    if (sc_str_eq(sc_line_text(line, line->event, "mode"),
                  SC_STR("standby")))
    {
        mention->status = SC_STR("standby");
    }

    return mention;
}


/* Content is fetched by the message's id, unless the sender hosts it. */
static void
sc_line_add_content(const sc_line_t *line, sc_mention_t *mention,
    sc_str_t type)
{
    sc_str_t url, ref;

    url = sc_line_text(line, sc_kit_object(line->callback, line->message,
                                           SC_STR("contentProvider")),
                       "originalContentUrl");
    ref = url.len == 0 ? mention->object : SC_STR_NULL;

    if (sc_str_eq(type, SC_STR("sticker"))) {
        ref = sc_callback_id(line->callback, line->message,
                             SC_STR("stickerId"));
    }

    if (sc_str_eq(type, SC_STR("location"))) {
        mention->text = sc_kit_either(sc_line_text(line, line->message,
                                                   "address"),
                                      sc_line_text(line, line->message,
                                                   "title"));
    }

    sc_callback_add_media(line->callback, mention, type, url, ref);
}


/* In a group it matters whether the brand was spoken to. */
static void
sc_line_add_mentioned(sc_line_t *line, sc_mention_t *mention)
{
    sc_json_doc_t         *json;
    const sc_json_token_t *list, *person;

    json = line->callback->json;
    list = sc_json_member(json, sc_kit_object(line->callback, line->message,
                                              SC_STR("mention")),
                          "mentionees");

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        return;
    }

    for (person = sc_json_next(json, list, NULL, NULL);
         person != NULL;
         person = sc_json_next(json, list, person, NULL))
    {
        if (sc_json_is(person, SC_JSON_OBJECT)
            && sc_json_is_true(sc_json_member(json, person, "isSelf")))
        {
            sc_callback_add_extra(line->callback, mention, "mentioned",
                                  SC_STR("true"));
            return;
        }
    }
}


static void
sc_line_message(sc_line_t *line)
{
    sc_str_t      id, type;
    sc_mention_t *mention;

    line->message = sc_kit_object(line->callback, line->event,
                                  SC_STR("message"));
    id = sc_callback_id(line->callback, line->message, SC_STR("id"));
    type = sc_line_text(line, line->message, "type");

    if (id.len == 0 || type.len == 0) {
        sc_callback_add_dead(line->callback, SC_DEAD_MISSING_MEMBER,
                             sc_json_raw(line->callback->json, line->event));
        return;
    }

    mention = sc_line_add(line);
    if (mention == NULL) {
        return;
    }

    mention->object = id;
    mention->parent = sc_callback_id(line->callback, line->message,
                                     SC_STR("quotedMessageId"));
    sc_callback_add_extra(line->callback, mention, "reply_token",
                          sc_line_text(line, line->event, "replyToken"));
    sc_line_add_mentioned(line, mention);

    if (sc_str_eq(type, SC_STR("text"))) {
        mention->text = sc_line_text(line, line->message, "text");

    } else {
        sc_line_add_content(line, mention, type);
    }

    sc_kit_set_clock(line->callback, mention, line->thread);
}


/* LINE asks that nothing of the message be kept. */
static void
sc_line_unsend(sc_line_t *line)
{
    sc_str_t      id;
    sc_mention_t *mention;

    id = sc_callback_id(line->callback,
                        sc_kit_object(line->callback, line->event,
                                      SC_STR("unsend")), SC_STR("messageId"));

    if (id.len == 0) {
        sc_callback_add_dead(line->callback, SC_DEAD_MISSING_MEMBER,
                             sc_json_raw(line->callback->json, line->event));
        return;
    }

    mention = sc_line_add(line);

    if (mention != NULL) {
        mention->action = SC_ACTION_DELETE;
        mention->object = id;
        sc_kit_set_clock(line->callback, mention, line->thread);
    }
}


/* Whoever only turned to another page of the menu asks nothing. */
static void
sc_line_postback(sc_line_t *line)
{
    sc_mention_t          *mention;
    const sc_json_token_t *postback, *params;

    mention = sc_line_add(line);

    if (mention != NULL) {
        postback = sc_kit_object(line->callback, line->event,
                                 SC_STR("postback"));
        params = sc_kit_object(line->callback, postback, SC_STR("params"));

        mention->object = line->id;
        mention->text = sc_line_text(line, postback, "data");
        mention->automatic = sc_json_get_set(line->callback->json, params,
                                 SC_STR("newRichMenuAliasId")) != NULL;
        sc_kit_set_clock(line->callback, mention, line->thread);
    }
}


/* Blocked by the person, or sent out of the group: no answer arrives there. */
static void
sc_line_gone(sc_line_t *line)
{
    bool          blocked;
    sc_mention_t *mention;

    mention = sc_line_add(line);

    if (mention != NULL) {
        blocked = sc_str_eq(sc_line_text(line, line->event, "type"),
                            SC_STR("unfollow"));

        mention->kind = SC_KIND_STATUS;
        mention->action = SC_ACTION_DELETE;
        mention->status = blocked ? SC_STR("unfollow") : SC_STR("leave");
        mention->ends = blocked ? "deleted_by_author" : "not_actionable";
        mention->clock_key = sc_kit_clock_key(line->callback, mention,
                                              line->thread);
    }
}


static const struct {
    sc_str_t type;
    void   (*handle)(sc_line_t *line);
} sc_line_events[] = {
    { SC_STR_INIT("message"), sc_line_message },
    { SC_STR_INIT("unsend"), sc_line_unsend },
    { SC_STR_INIT("postback"), sc_line_postback },
    { SC_STR_INIT("unfollow"), sc_line_gone },
    { SC_STR_INIT("leave"), sc_line_gone }
};

#define SC_LINE_EVENTS  (sizeof(sc_line_events) / sizeof(sc_line_events[0]))


/* Group, room or user: where the event came from. */
static void
sc_line_read_source(sc_line_t *line)
{
    sc_str_t               group, room;
    const sc_json_token_t *source;

    source = sc_kit_object(line->callback, line->event, SC_STR("source"));

    group = sc_line_text(line, source, "groupId");
    room = sc_line_text(line, source, "roomId");
    line->user = sc_line_text(line, source, "userId");
    line->thread = sc_kit_either(group, sc_kit_either(room, line->user));
    line->id = sc_line_text(line, line->event, "webhookEventId");
}


static void
sc_line_event(sc_line_t *line)
{
    size_t         i;
    sc_str_t       type, raw;
    sc_callback_t *callback;

    callback = line->callback;
    raw = sc_json_raw(callback->json, line->event);
    type = sc_line_text(line, line->event, "type");

    if (!sc_json_is(line->event, SC_JSON_OBJECT)) {
        sc_callback_add_dead(callback, SC_DEAD_SHAPE, raw);
        return;
    }

    if (sc_kit_is_one_of(sc_line_ignored, type)) {
        return;
    }

    for (i = 0; i < SC_LINE_EVENTS; i++) {
        if (sc_str_eq(sc_line_events[i].type, type)) {
            break;
        }
    }

    if (i == SC_LINE_EVENTS && type.len != 0) {
        sc_callback_add_dead(callback, SC_DEAD_UNKNOWN_OBJECT, raw);
        return;
    }

    sc_line_read_source(line);

    if (type.len == 0 || line->id.len == 0 || line->thread.len == 0) {
        sc_callback_add_dead(callback, SC_DEAD_MISSING_MEMBER, raw);
        return;
    }

    sc_line_events[i].handle(line);
}


/* No events at all: the console's Verify button. */
static sc_parse_result_t
sc_line_parse(sc_callback_t *callback)
{
    sc_line_t              line;
    const sc_json_token_t *root, *events;

    root = sc_json_root(callback->json);
    events = sc_json_get_set(callback->json, root, SC_STR("events"));

    if (!sc_json_is(events, SC_JSON_ARRAY)) {
        return sc_kit_die(callback, events == NULL
                                    && sc_json_is(root, SC_JSON_OBJECT)
                                    ? SC_DEAD_MISSING_MEMBER : SC_DEAD_SHAPE);
    }

    memset(&line, 0, sizeof(line));
    line.callback = callback;
    line.account = sc_callback_text(callback, root, SC_STR("destination"));

    callback->handshake = events->length == 0;

    for (line.event = sc_json_next(callback->json, events, NULL, NULL);
         line.event != NULL && !callback->too_large;
         line.event = sc_json_next(callback->json, events, line.event, NULL))
    {
        sc_line_event(&line);
    }

    return SC_PARSE_OK;
}


const sc_platform_t sc_platform_line = {
    .name = SC_STR_INIT("line"),
    .channel = SC_CHANNEL_MESSAGING,
    .json = true,
    .scheme = &sc_line_scheme,
    .parse = sc_line_parse
};
