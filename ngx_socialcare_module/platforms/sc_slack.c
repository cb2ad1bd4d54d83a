/*
 * sc_slack.c: Slack's Events API, slash commands and interactive payloads: one
 * event per POST, HMAC over `v0:time:body`.
 *
 * The brand is everyone in the workspace that installed the app, a configured
 * team, user or bot (socialcare_account), and the app itself; customers are in
 * other workspaces (Slack Connect).  The account is the workspace.
 *
 * Options:
 *
 *   workspace=HOST        builds permalinks: northwind.slack.com
 *   answers=channel       anything the brand writes in a channel answers all
 *                         who wait there; default: only answers in threads
 *   automatic_bots=ID,ID  answers of these bots are automatic; those of other
 *                         applications always are
 *
 * Wait key: slack:TEAM:CHANNEL:TS, where TS is the thread's first message or,
 * without a thread, the customer's own.  In direct messages, and with
 * answers=channel: slack:TEAM:CHANNEL.
 */

#include "sc_json_write.h"
#include "sc_registry.h"
#include "sc_slack.h"


#define SC_SLACK_CHALLENGE_MAX  1024


static const sc_verify_scheme_t sc_slack_scheme = {
    .kind = SC_SCHEME_HMAC,
    .digest = SC_DIGEST_SHA256,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Slack-Signature") },
    .prefix = SC_STR_INIT("v0="),
    .timestamp = { SC_FROM_HEADER,
                   SC_STR_INIT("X-Slack-Request-Timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { { SC_PART_LITERAL, SC_STR_INIT("v0:") },
                   { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_LITERAL, SC_STR_INIT(":") },
                   { SC_PART_BODY, { 0, NULL } } }, 4 }
};


/* Events about the workspace, by the prefix of their names. */
static const sc_str_t sc_slack_quiet[] = {
    SC_STR_INIT("app_home_"), SC_STR_INIT("app_requested"),
    SC_STR_INIT("assistant_"), SC_STR_INIT("call_rejected"),
    SC_STR_INIT("channel_"), SC_STR_INIT("dnd_"),
    SC_STR_INIT("email_domain_"), SC_STR_INIT("emoji_"),
    SC_STR_INIT("entity_"), SC_STR_INIT("file_"),
    SC_STR_INIT("function_"), SC_STR_INIT("grid_"), SC_STR_INIT("group_"),
    SC_STR_INIT("im_"), SC_STR_INIT("invite_"), SC_STR_INIT("link_shared"),
    SC_STR_INIT("member_"), SC_STR_INIT("message_metadata_"),
    SC_STR_INIT("pin_"), SC_STR_INIT("resources_"), SC_STR_INIT("scope_"),
    SC_STR_INIT("shared_channel_"), SC_STR_INIT("star_"),
    SC_STR_INIT("subteam_"), SC_STR_INIT("team_"), SC_STR_INIT("user_"),
    SC_STR_INIT("workflow_")
};


sc_str_t
sc_slack_text(const sc_slack_t *slack, const sc_json_token_t *object,
    const char *name)
{
    return sc_callback_text(slack->callback, object,
                            sc_str_from_cstring(name));
}


/* Other events */


static sc_parse_result_t
sc_slack_app_mention(sc_slack_t *slack)
{
    return sc_slack_posted(slack, SC_KIND_MENTION);
}


static sc_parse_result_t
sc_slack_reaction(sc_slack_t *slack, sc_action_t action)
{
    sc_str_t               ts;
    sc_mention_t          *mention;
    sc_callback_t         *callback;
    const sc_json_token_t *item;

    callback = slack->callback;
    item = sc_kit_object(callback, slack->event, SC_STR("item"));

    slack->channel = sc_slack_text(slack, item, "channel");
    ts = sc_slack_text(slack, item, "ts");

    if (slack->channel.len == 0 || ts.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    mention = sc_slack_add(slack, SC_KIND_REACTION);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->action = action;
    mention->reaction = sc_slack_text(slack, slack->event, "reaction");
    mention->thread = slack->channel;
    mention->parent = sc_slack_object(slack, ts);
    sc_slack_set_author(slack, mention, slack->event);
    mention->no_answer = mention->direction == SC_DIRECTION_OUT;
    sc_kit_set_created(callback, mention,
                       sc_kit_text_time(callback, slack->event,
                                        SC_STR("event_ts"),
                                        SC_TIME_SECONDS_FRACTION));

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_slack_reacted(sc_slack_t *slack)
{
    return sc_slack_reaction(slack, SC_ACTION_CREATE);
}


static sc_parse_result_t
sc_slack_unreacted(sc_slack_t *slack)
{
    return sc_slack_reaction(slack, SC_ACTION_DELETE);
}


static sc_parse_result_t
sc_slack_revoked(sc_slack_t *slack)
{
    sc_mention_t *mention;

    mention = sc_kit_add_notice(slack->callback,
                                slack->callback->request->body,
                                SC_STR("revoke"));
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->account = slack->team;
    mention->event = slack->id;
    sc_kit_set_created(slack->callback, mention,
                       sc_kit_time(slack->callback, slack->root,
                                   SC_STR("event_time"), 1000));

    return SC_PARSE_OK;
}


static const struct {
    sc_str_t            type;
    sc_parse_result_t (*handle)(sc_slack_t *slack);
} sc_slack_events[] = {
    { SC_STR_INIT("message"), sc_slack_any_message },
    { SC_STR_INIT("app_mention"), sc_slack_app_mention },
    { SC_STR_INIT("reaction_added"), sc_slack_reacted },
    { SC_STR_INIT("reaction_removed"), sc_slack_unreacted },
    { SC_STR_INIT("tokens_revoked"), sc_slack_revoked },
    { SC_STR_INIT("app_uninstalled"), sc_slack_revoked }
};


static sc_parse_result_t
sc_slack_event(sc_slack_t *slack)
{
    size_t         i;
    sc_str_t       type;
    sc_callback_t *callback;

    callback = slack->callback;

    slack->event = sc_kit_object(callback, slack->root, SC_STR("event"));
    slack->message = slack->event;
    slack->id = sc_slack_text(slack, slack->root, "event_id");
    slack->channel = sc_slack_text(slack, slack->event, "channel");
    type = sc_slack_text(slack, slack->event, "type");

    if (slack->id.len == 0 || type.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    for (i = 0; i < sizeof(sc_slack_events) / sizeof(sc_slack_events[0]); i++)
    {
        if (sc_str_eq(sc_slack_events[i].type, type)) {
            return sc_slack_events[i].handle(slack);
        }
    }

    for (i = 0; i < sizeof(sc_slack_quiet) / sizeof(sc_slack_quiet[0]); i++) {
        if (sc_str_starts_with(type, sc_slack_quiet[i])) {
            return SC_PARSE_OK;
        }
    }

    return sc_kit_die(callback, SC_DEAD_UNKNOWN_OBJECT);
}


/* The envelope */


static sc_parse_result_t
sc_slack_challenge(sc_slack_t *slack)
{
    sc_str_t challenge;

    challenge = sc_slack_text(slack, slack->root, "challenge");

    if (!sc_kit_is_harmless(challenge, SC_SLACK_CHALLENGE_MAX)) {
        return sc_kit_die(slack->callback, SC_DEAD_MISSING_MEMBER);
    }

    slack->callback->handshake = true;
    slack->callback->answer.content_type = SC_STR("text/plain");
    slack->callback->answer.body = challenge;

    return SC_PARSE_OK;
}


/* Slack is withholding events: somebody should know. */
static sc_parse_result_t
sc_slack_limited(sc_slack_t *slack)
{
    sc_mention_t *mention;

    mention = sc_kit_add_notice(slack->callback,
                                slack->callback->request->body,
                                SC_STR("error"));
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->account = slack->team;
    mention->event = sc_kit_join(slack->callback, SC_STR("rate_limited/"),
                         sc_callback_id(slack->callback, slack->root,
                                        SC_STR("minute_rate_limited")));
    mention->text = SC_STR("Slack holds events of this app back: more than "
                           "30,000 in an hour.");
    sc_kit_set_created(slack->callback, mention,
                       sc_kit_time(slack->callback, slack->root,
                                   SC_STR("minute_rate_limited"), 1000));

    return SC_PARSE_OK;
}


sc_direction_t
sc_slack_visitor(const sc_slack_t *slack, sc_str_t user, sc_str_t team)
{
    const sc_source_t *source;

    source = slack->callback->source;

    if (sc_source_is_own(source, SC_STR_NULL, team)
        || sc_source_is_own(source, SC_STR_NULL, user))
    {
        return SC_DIRECTION_INTERNAL;
    }

    return user.len == 0 ? SC_DIRECTION_UNKNOWN : SC_DIRECTION_IN;
}


sc_str_t
sc_slack_home(const sc_slack_t *slack, sc_str_t team)
{
    size_t             i;
    const sc_source_t *source;

    source = slack->callback->source;

    for (i = 0; i < source->accounts_count; i++) {
        if (sc_str_starts_with(source->accounts[i], SC_STR("T"))) {
            return source->accounts[i];
        }
    }

    return team;
}


/* A slash command: a customer's or colleague's, by the workspace. */
static sc_parse_result_t
sc_slack_command(sc_slack_t *slack, const sc_pair_t *pairs, size_t count)
{
    sc_str_t      command, text, team, trigger, name;
    sc_mention_t *mention;

    if (!sc_pairs_get(pairs, count, SC_STR("command"), &command)
        || !sc_pairs_get(pairs, count, SC_STR("trigger_id"), &trigger)
        || !sc_pairs_get(pairs, count, SC_STR("channel_id"), &slack->channel)
        || trigger.len == 0 || slack->channel.len == 0)
    {
        return sc_kit_die(slack->callback, SC_DEAD_MISSING_MEMBER);
    }

    slack->id = trigger;

    mention = sc_slack_add(slack, SC_KIND_MESSAGE);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    (void) sc_pairs_get(pairs, count, SC_STR("user_id"), &mention->author.id);
    name = SC_STR_NULL;
    (void) sc_pairs_get(pairs, count, SC_STR("user_name"), &name);
    mention->author.name = name;
    team = SC_STR_NULL;
    (void) sc_pairs_get(pairs, count, SC_STR("team_id"), &team);
    text = SC_STR_NULL;
    (void) sc_pairs_get(pairs, count, SC_STR("text"), &text);

    mention->account = sc_slack_home(slack, team);
    mention->direction = sc_slack_visitor(slack, mention->author.id, team);
    mention->thread = slack->channel;
    mention->object = trigger;
    mention->text = text.len == 0 ? command
                    : sc_kit_join(slack->callback, command, SC_STR(" "), text);
    sc_kit_set_created(slack->callback, mention,
                       slack->callback->verdict->signed_ms);
    sc_kit_set_clock(slack->callback, mention, slack->channel);

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_slack_form(sc_slack_t *slack)
{
    size_t            i, count;
    sc_str_t          payload;
    sc_pair_t        *pairs;
    sc_parse_result_t result;

    if (!sc_form_read(slack->callback->arena, slack->callback->request->body,
                      100, &pairs, &count))
    {
        return slack->callback->arena->failed
               ? SC_PARSE_TOO_LARGE
               : sc_kit_die(slack->callback, SC_DEAD_SYNTAX);
    }

    for (i = 0; i < count; i++) {
        if (!sc_utf8_is_valid(pairs[i].value)) {
            return sc_kit_die(slack->callback, SC_DEAD_ENCODING);
        }
    }

    if (!sc_pairs_get(pairs, count, SC_STR("payload"), &payload)) {
        return sc_slack_command(slack, pairs, count);
    }

    result = sc_callback_read_json(slack->callback, payload);
    if (result != SC_PARSE_OK) {
        return result;
    }

    slack->root = sc_json_root(slack->callback->json);

    return sc_json_is(slack->root, SC_JSON_OBJECT)
           ? sc_slack_interaction(slack)
           : sc_kit_die(slack->callback, SC_DEAD_SHAPE);
}


static bool
sc_slack_is_form(const sc_request_t *request)
{
    return sc_str_starts_with(sc_request_header(request,
                                                SC_STR("Content-Type"), NULL),
                              SC_STR("application/x-www-form-urlencoded"));
}


static sc_parse_result_t
sc_slack_json(sc_slack_t *slack)
{
    sc_str_t               type;
    sc_callback_t         *callback;
    sc_parse_result_t      result;
    const sc_json_token_t *first;

    callback = slack->callback;

    result = sc_callback_read_json(callback, callback->request->body);
    if (result != SC_PARSE_OK) {
        return result;
    }

    slack->root = sc_json_root(callback->json);

    if (!sc_json_is(slack->root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    first = sc_json_next(callback->json,
                         sc_json_member(callback->json, slack->root,
                                        "authorizations"), NULL, NULL);

    type = sc_slack_text(slack, slack->root, "type");
    slack->team = sc_kit_either(sc_slack_text(slack, first, "team_id"),
                                sc_slack_text(slack, slack->root,
                                              "team_id"));

    if (sc_str_eq(type, SC_STR("event_callback"))) {
        return sc_slack_event(slack);
    }

    if (sc_str_eq(type, SC_STR("url_verification"))) {
        return sc_slack_challenge(slack);
    }

    if (sc_str_eq(type, SC_STR("app_rate_limited"))) {
        return sc_slack_limited(slack);
    }

    return sc_kit_die(callback, type.len == 0 ? SC_DEAD_MISSING_MEMBER
                                              : SC_DEAD_UNKNOWN_OBJECT);
}


static sc_parse_result_t
sc_slack_parse(sc_callback_t *callback)
{
    sc_slack_t slack;

    memset(&slack, 0, sizeof(slack));
    slack.callback = callback;
    slack.options = callback->source->options;

    return sc_slack_is_form(callback->request) ? sc_slack_form(&slack)
                                               : sc_slack_json(&slack);
}


/* Configuration */


static const char *
sc_slack_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_slack_options_t *options;

    options = data;

    if (sc_str_eq(name, SC_STR("workspace"))) {
        options->workspace = value;

        return value.len != 0 && sc_str_find_byte(value, '/') == value.len
               ? NULL : "workspace= is the host of the workspace alone, such "
                        "as northwind.slack.com";
    }

    if (sc_str_eq(name, SC_STR("answers"))) {
        return sc_kit_set_choice(&options->by_channel, value, "thread",
                                 "channel",
                                 "answers= is either thread or channel");
    }

    if (sc_str_eq(name, SC_STR("automatic_bots"))) {
        return sc_kit_add_names(arena, &options->automatic_bots, value);
    }

    return "unknown option: slack knows workspace=, answers= and "
           "automatic_bots=";
}


const sc_platform_t sc_platform_slack = {
    .name = SC_STR_INIT("slack"),
    .channel = SC_CHANNEL_MESSAGING,
    .scheme = &sc_slack_scheme,
    .parse = sc_slack_parse,
    .options_size = sizeof(sc_slack_options_t),
    .set_option = sc_slack_set_option
};
