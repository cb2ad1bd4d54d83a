/*
 * sc_slack_message.c: Slack's messages: who wrote them and where, edits and
 * deletes.
 */

#include "sc_slack.h"


/* Subtypes that somebody wrote; others are about the channel. */
static const sc_str_t sc_slack_written[] = {
    SC_STR_INIT(""), SC_STR_INIT("thread_broadcast"),
    SC_STR_INIT("file_share"), SC_STR_INIT("bot_message"),
    SC_STR_INIT("me_message")
};

static const sc_str_t sc_slack_told[] = {
    SC_STR_INIT("message_replied"), SC_STR_INIT("reply_broadcast"),
    SC_STR_INIT("channel_join"), SC_STR_INIT("channel_leave"),
    SC_STR_INIT("channel_topic"), SC_STR_INIT("channel_purpose"),
    SC_STR_INIT("channel_name"), SC_STR_INIT("channel_archive"),
    SC_STR_INIT("channel_unarchive"), SC_STR_INIT("channel_convert_to_private"),
    SC_STR_INIT("channel_convert_to_public"),
    SC_STR_INIT("channel_posting_permissions"), SC_STR_INIT("group_join"),
    SC_STR_INIT("group_leave"), SC_STR_INIT("group_topic"),
    SC_STR_INIT("group_purpose"), SC_STR_INIT("group_name"),
    SC_STR_INIT("group_archive"), SC_STR_INIT("group_unarchive"),
    SC_STR_INIT("bot_add"), SC_STR_INIT("bot_remove"),
    SC_STR_INIT("pinned_item"), SC_STR_INIT("unpinned_item"),
    SC_STR_INIT("reminder_add"), SC_STR_INIT("ekm_access_denied"),
    SC_STR_INIT("assistant_app_thread"), SC_STR_INIT("document_mention"),
    SC_STR_INIT("huddle_thread"), SC_STR_INIT("sh_room_created"),
    SC_STR_INIT("tombstone"), SC_STR_INIT("file_comment"),
    SC_STR_INIT("file_mention"), SC_STR_INIT("joiner_notification")
};

/* Author and direction */


/* Whether `team` is a workspace that this event was sent to us for. */
static bool
sc_slack_is_home(const sc_slack_t *slack, sc_str_t team)
{
    sc_json_doc_t         *json;
    const sc_json_token_t *list, *item;

    json = slack->callback->json;
    list = sc_json_member(json, slack->root, "authorizations");

    if (sc_str_eq(team, slack->team)) {
        return true;
    }

    if (!sc_json_is(list, SC_JSON_ARRAY)) {
        return false;
    }

    for (item = sc_json_next(json, list, NULL, NULL);
         item != NULL;
         item = sc_json_next(json, list, item, NULL))
    {
        if (sc_json_string_is(json, sc_json_member(json, item, "team_id"),
                              team))
        {
            return true;
        }
    }

    return false;
}


/*
 * The author's workspace.  Not every event names it: files, answers shown in
 * the channel as well, and reactions do not.  In a channel that is shared with
 * nobody outside, everybody is at home.
 */
static sc_str_t
sc_slack_team(const sc_slack_t *slack, const sc_json_token_t *author,
    sc_str_t id)
{
    sc_str_t       team;
    sc_json_doc_t *json;

    json = slack->callback->json;
    team = sc_kit_either(sc_slack_text(slack, author, "team"),
               sc_kit_either(sc_slack_text(slack, author, "user_team"),
                             sc_slack_text(slack, author, "source_team")));

    if (team.len == 0 && id.len != 0
        && sc_json_is(sc_json_member(json, slack->root,
                                     "is_ext_shared_channel"), SC_JSON_FALSE))
    {
        team = slack->team;
    }

    return team;
}


/* The desk writes through our own application, so a person wrote that. */
void
sc_slack_set_author(const sc_slack_t *slack, sc_mention_t *mention,
    const sc_json_token_t *author)
{
    bool               own, ours;
    sc_str_t           bot, team;
    const sc_source_t *source;

    source = slack->callback->source;

    bot = sc_slack_text(slack, author, "bot_id");
    ours = sc_json_string_is(slack->callback->json,
                             sc_json_member(slack->callback->json, author,
                                            "app_id"),
                             sc_slack_text(slack, slack->root,
                                           "api_app_id"));

    mention->author.id = sc_kit_either(sc_slack_text(slack, author, "user"),
                                       bot);
    mention->author.name = sc_slack_text(slack, author, "username");
    team = sc_slack_team(slack, author, mention->author.id);

    own = ours || (team.len != 0 && sc_slack_is_home(slack, team))
          || sc_source_is_own(source, SC_STR_NULL, team)
          || sc_source_is_own(source, SC_STR_NULL, bot)
          || sc_source_is_own(source, SC_STR_NULL, mention->author.id);

    sc_callback_add_extra(slack->callback, mention, "team", team);
    mention->direction = own ? SC_DIRECTION_OUT
                         : mention->author.id.len == 0 ? SC_DIRECTION_UNKNOWN
                                                       : SC_DIRECTION_IN;
    mention->automatic = own && bot.len != 0
                         && (!ours || sc_kit_has(&slack->options
                                                 ->automatic_bots, bot));
}


/* Messages */


sc_str_t
sc_slack_object(const sc_slack_t *slack, sc_str_t ts)
{
    if (ts.len == 0) {
        return SC_STR_NULL;
    }

    return sc_kit_join(slack->callback, slack->channel, SC_STR(":"), ts);
}


static bool
sc_slack_is_direct(const sc_slack_t *slack)
{
    sc_str_t type;

    type = sc_slack_text(slack, slack->event, "channel_type");

    return sc_str_eq(type, SC_STR("im")) || sc_str_eq(type, SC_STR("mpim"));
}


static sc_str_t
sc_slack_url(const sc_slack_t *slack, sc_str_t ts)
{
    size_t at;

    if (slack->options->workspace.len == 0) {
        return SC_STR_NULL;
    }

    at = sc_str_find_byte(ts, '.');

    return sc_kit_join(slack->callback, SC_STR("https://"),
                       slack->options->workspace, SC_STR("/archives/"),
                       slack->channel, SC_STR("/p"), sc_str_first(ts, at),
                       sc_str_from(ts, at + 1));
}


/* A brand's message outside threads answers nobody in particular. */
static void
sc_slack_set_wait(const sc_slack_t *slack, sc_mention_t *mention,
    sc_str_t first)
{
    sc_str_t key;

    key = slack->channel;

    if (!sc_slack_is_direct(slack) && !slack->options->by_channel) {
        key = sc_slack_object(slack, first);

        if (first.len == 0 && mention->direction != SC_DIRECTION_OUT) {
            key = mention->object;
        }
    }

    sc_kit_set_clock(slack->callback, mention, key);
}


/* What messages, edits and deletes have in common; `ts` names the message. */
static void
sc_slack_set_message(const sc_slack_t *slack, sc_mention_t *mention,
    sc_str_t ts)
{
    sc_str_t first;

    first = sc_slack_text(slack, slack->message, "thread_ts");

    mention->object = sc_slack_object(slack, ts);
    mention->thread = first.len == 0 ? slack->channel
                                     : sc_slack_object(slack, first);

    if (!sc_str_eq(first, ts)) {
        mention->parent = sc_slack_object(slack, first);
    }

    mention->url = sc_slack_url(slack, ts);
    sc_slack_set_author(slack, mention, slack->message);
    sc_slack_set_wait(slack, mention, first);
}


sc_mention_t *
sc_slack_add(const sc_slack_t *slack, sc_kind_t kind)
{
    sc_mention_t *mention;

    mention = sc_kit_add(slack->callback, slack->callback->request->body);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = kind;
    mention->account = slack->team;
    mention->event = slack->id;
    mention->is_public = SC_TRI_NO;
    mention->redelivery = sc_request_header(slack->callback->request,
                                            SC_STR("X-Slack-Retry-Num"),
                                            NULL).len != 0;

    return mention;
}


/* Fetching the files needs a token. */
static void
sc_slack_add_files(const sc_slack_t *slack, sc_mention_t *mention)
{
    size_t                 count;
    sc_json_doc_t         *json;
    const sc_json_token_t *files, *file;

    json = slack->callback->json;
    files = sc_json_member(json, slack->message, "files");
    count = 0;

    if (!sc_json_is(files, SC_JSON_ARRAY)) {
        return;
    }

    for (file = sc_json_next(json, files, NULL, NULL);
         file != NULL && count < SC_KIT_MAX_MEDIA;
         file = sc_json_next(json, files, file, NULL))
    {
        sc_callback_add_media(slack->callback, mention,
                              sc_slack_text(slack, file, "mimetype"),
                              SC_STR_NULL,
                              sc_kit_either(
                                  sc_slack_text(slack, file, "url_private"),
                                  sc_slack_text(slack, file, "id")));
        count++;
    }
}


/*
 * Forwarded messages, and those of many integrations, have their text in
 * attachments, and none of their own.
 */
static sc_str_t
sc_slack_words(const sc_slack_t *slack)
{
    sc_str_t               text;
    sc_json_doc_t         *json;
    const sc_json_token_t *list, *item;

    json = slack->callback->json;
    text = sc_slack_text(slack, slack->message, "text");
    list = sc_json_member(json, slack->message, "attachments");
    item = NULL;

    while (text.len == 0 && sc_json_is(list, SC_JSON_ARRAY)
           && (item = sc_json_next(json, list, item, NULL)) != NULL)
    {
        text = sc_kit_either(sc_slack_text(slack, item, "text"),
                             sc_slack_text(slack, item, "fallback"));
    }

    return text;
}


sc_parse_result_t
sc_slack_message(sc_slack_t *slack, sc_kind_t kind, sc_action_t action)
{
    sc_str_t       ts;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = slack->callback;
    ts = sc_slack_text(slack, slack->message, "ts");

    if (ts.len == 0 || slack->channel.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_slack_add(slack, kind);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->action = action;
    mention->text = sc_slack_words(slack);
    sc_slack_set_message(slack, mention, ts);
    sc_slack_add_files(slack, mention);
    sc_kit_set_created(callback, mention,
                       sc_kit_text_time(callback, slack->message,
                                        SC_STR("ts"),
                                        SC_TIME_SECONDS_FRACTION));

    mention->edited_ms = sc_kit_text_time(callback,
                             sc_kit_object(callback, slack->message,
                                           SC_STR("edited")),
                             SC_STR("ts"), SC_TIME_SECONDS_FRACTION);

    return SC_PARSE_OK;
}


sc_parse_result_t
sc_slack_posted(sc_slack_t *slack, sc_kind_t kind)
{
    sc_parse_result_t result;

    result = sc_slack_message(slack, kind, SC_ACTION_CREATE);

    if (result == SC_PARSE_OK) {
        slack->callback->last->same = slack->callback->last->object;
    }

    return result;
}


/* `ts`: of the deleted message; previous_message: its former content. */
static sc_parse_result_t
sc_slack_deleted(sc_slack_t *slack, sc_str_t ts)
{
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = slack->callback;
    slack->message = sc_kit_object(callback, slack->event,
                                   SC_STR("previous_message"));

    if (ts.len == 0 || slack->channel.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_slack_add(slack, SC_KIND_MESSAGE);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->action = SC_ACTION_DELETE;
    sc_slack_set_message(slack, mention, ts);
    sc_kit_set_created(callback, mention,
                       sc_kit_text_time(callback, slack->event, SC_STR("ts"),
                                        SC_TIME_SECONDS_FRACTION));

    return SC_PARSE_OK;
}


/*
 * Without `edited` Slack only unfurled a link, and nobody changed a word.
 * Deleting a message that has answers leaves a tombstone in its place.
 */
static sc_parse_result_t
sc_slack_changed(sc_slack_t *slack)
{
    slack->message = sc_kit_object(slack->callback, slack->event,
                                   SC_STR("message"));

    if (slack->message == NULL) {
        return sc_kit_die(slack->callback, SC_DEAD_MISSING_MEMBER);
    }

    if (sc_str_eq(sc_slack_text(slack, slack->message, "subtype"),
                  SC_STR("tombstone")))
    {
        return sc_slack_deleted(slack, sc_slack_text(slack, slack->message,
                                                     "ts"));
    }

    if (sc_kit_object(slack->callback, slack->message, SC_STR("edited"))
        == NULL)
    {
        return SC_PARSE_OK;
    }

    return sc_slack_message(slack, SC_KIND_MESSAGE, SC_ACTION_EDIT);
}


sc_parse_result_t
sc_slack_any_message(sc_slack_t *slack)
{
    sc_str_t subtype;

    subtype = sc_slack_text(slack, slack->event, "subtype");

    if (sc_kit_is_one_of(sc_slack_written, subtype)) {
        return sc_slack_posted(slack, SC_KIND_MESSAGE);
    }

    if (sc_str_eq(subtype, SC_STR("message_changed"))) {
        return sc_slack_changed(slack);
    }

    if (sc_str_eq(subtype, SC_STR("message_deleted"))) {
        return sc_slack_deleted(slack, sc_slack_text(slack, slack->event,
                                                     "deleted_ts"));
    }

    return sc_kit_is_one_of(sc_slack_told, subtype)
           ? SC_PARSE_OK
           : sc_kit_die(slack->callback, SC_DEAD_UNKNOWN_OBJECT);
}
