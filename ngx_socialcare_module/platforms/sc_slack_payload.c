/*
 * sc_slack_payload.c: interactive payloads of Slack: the JSON in the form field
 * `payload` that buttons, menus, shortcuts and dialogs send.
 *
 * What a person pressed, chose or wrote is a message of that person; a message
 * that somebody sent to the app by a shortcut is that message.  What only opens
 * or closes something (shortcuts without a message, menus that ask for choices,
 * closed dialogs) is not a message.
 */

#include "sc_slack.h"


/* Most fields that are read of one dialog. */
#define SC_SLACK_MAX_FIELDS  50


typedef struct {
    sc_slack_t            *slack;
    const sc_json_token_t *user;
    const sc_json_token_t *container;  /* what contains the pressed item */
    sc_str_t               ts;         /* its message, if any */
    sc_str_t               thread;     /* the first message of its thread */
} sc_slack_payload_t;


static sc_str_t
sc_slack_inner(const sc_slack_t *slack, const sc_json_token_t *object,
    const char *member, const char *name)
{
    return sc_slack_text(slack,
                         sc_kit_object(slack->callback, object,
                                       sc_str_from_cstring(member)), name);
}


/* What was pressed, chosen or written, as words if there are any. */
static sc_str_t
sc_slack_value(const sc_slack_t *slack, const sc_json_token_t *action)
{
    size_t                 i;
    sc_str_t               text;
    const sc_json_token_t *option;

    static const char *const plain[] = {
        "selected_date", "selected_time", "selected_user",
        "selected_conversation", "selected_channel", "value", "name",
        "action_id"
    };

    option = sc_kit_object(slack->callback, action,
                           SC_STR("selected_option"));
    text = sc_kit_either(sc_slack_inner(slack, action, "text", "text"),
               sc_kit_either(sc_slack_inner(slack, option, "text", "text"),
                             sc_slack_text(slack, option, "value")));

    for (i = 0; i < sizeof(plain) / sizeof(plain[0]) && text.len == 0; i++) {
        text = sc_slack_text(slack, action, plain[i]);
    }

    return text;
}


static void
sc_slack_add_line(const sc_slack_t *slack, sc_str_t line, sc_str_t *text)
{
    if (line.len != 0) {
        *text = text->len == 0 ? line
                : sc_kit_join(slack->callback, *text, SC_STR("\n"), line);
    }
}


/* A dialog's answers: state.values.BLOCK.ACTION, in order. */
static sc_str_t
sc_slack_view_text(const sc_slack_t *slack, const sc_json_token_t *view)
{
    size_t                 count;
    sc_str_t               text;
    sc_json_doc_t         *json;
    const sc_json_token_t *values, *block, *action;

    json = slack->callback->json;
    values = sc_kit_object(slack->callback,
                           sc_kit_object(slack->callback, view,
                                         SC_STR("state")),
                           SC_STR("values"));
    text = SC_STR_NULL;
    block = NULL;
    count = 0;

    while ((block = sc_json_next(json, values, block, NULL)) != NULL) {
        action = NULL;

        while (sc_json_is(block, SC_JSON_OBJECT)
               && count++ < SC_SLACK_MAX_FIELDS
               && (action = sc_json_next(json, block, action, NULL)) != NULL)
        {
            sc_slack_add_line(slack, sc_slack_value(slack, action), &text);
        }
    }

    return text;
}


/* A dialog of the old kind: submission.NAME. */
static sc_str_t
sc_slack_dialog_text(const sc_slack_t *slack)
{
    size_t                 count;
    sc_str_t               text, name, value;
    sc_json_doc_t         *json;
    const sc_json_token_t *fields, *field, *key;

    json = slack->callback->json;
    fields = sc_kit_object(slack->callback, slack->root,
                           SC_STR("submission"));
    text = SC_STR_NULL;
    field = NULL;
    count = 0;

    while (count++ < SC_SLACK_MAX_FIELDS
           && (field = sc_json_next(json, fields, field, &key)) != NULL)
    {
        if (sc_json_string(json, key, slack->callback->arena, &name)
            && sc_json_string(json, field, slack->callback->arena, &value))
        {
            sc_slack_add_line(slack, value, &text);
        }
    }

    return text;
}


static sc_mention_t *
sc_slack_pressed(const sc_slack_payload_t *payload, sc_str_t id,
    sc_str_t text)
{
    sc_str_t      key;
    sc_slack_t   *slack;
    sc_mention_t *mention;

    slack = payload->slack;
    slack->id = id;

    if (id.len == 0) {
        (void) sc_kit_die(slack->callback, SC_DEAD_MISSING_MEMBER);
        return NULL;
    }

    mention = sc_slack_add(slack, SC_KIND_MESSAGE);
    if (mention == NULL) {
        return NULL;
    }

    mention->author.id = sc_slack_text(slack, payload->user, "id");
    mention->author.name = sc_kit_either(
        sc_slack_text(slack, payload->user, "username"),
        sc_slack_text(slack, payload->user, "name"));
    mention->direction = sc_slack_visitor(slack, mention->author.id,
                             sc_slack_text(slack, payload->user, "team_id"));
    mention->is_public = SC_TRI_NO;
    mention->object = id;
    mention->text = text;
    mention->parent = sc_slack_object(slack, payload->ts);
    mention->thread = sc_kit_either(slack->channel, mention->author.id);
    key = slack->channel.len == 0 || payload->thread.len == 0
          || slack->options->by_channel
          ? mention->thread : sc_slack_object(slack, payload->thread);

    if (payload->thread.len != 0 && slack->channel.len != 0) {
        mention->thread = sc_slack_object(slack, payload->thread);
    }

    sc_kit_set_created(slack->callback, mention,
                       slack->callback->verdict->signed_ms);
    sc_kit_set_clock(slack->callback, mention, key);

    return mention;
}


static sc_parse_result_t
sc_slack_payload_end(const sc_slack_payload_t *payload,
    const sc_mention_t *mention)
{
    if (mention != NULL) {
        return SC_PARSE_OK;
    }

    return payload->slack->callback->dead == SC_DEAD_NONE
           ? SC_PARSE_TOO_LARGE : SC_PARSE_DEAD;
}


/* Buttons and menus of either kind: `actions`, usually one. */
static sc_parse_result_t
sc_slack_actions(const sc_slack_payload_t *payload)
{
    sc_str_t               text;
    sc_slack_t            *slack;
    const sc_json_token_t *list, *action;

    slack = payload->slack;
    list = sc_json_member(slack->callback->json, slack->root, "actions");
    text = SC_STR_NULL;
    action = NULL;

    while (sc_json_is(list, SC_JSON_ARRAY)
           && (action = sc_json_next(slack->callback->json, list, action,
                                     NULL)) != NULL)
    {
        sc_slack_add_line(slack, sc_slack_value(slack, action), &text);
    }

    return sc_slack_payload_end(payload,
               sc_slack_pressed(payload, sc_slack_text(slack, slack->root,
                                                       "trigger_id"), text));
}


static sc_parse_result_t
sc_slack_view(const sc_slack_payload_t *payload)
{
    sc_str_t               id;
    sc_slack_t            *slack;
    const sc_json_token_t *view;

    slack = payload->slack;
    view = sc_kit_object(slack->callback, slack->root, SC_STR("view"));
    id = sc_kit_either(sc_slack_text(slack, view, "id"),
                       sc_slack_text(slack, slack->root, "trigger_id"));

    return sc_slack_payload_end(payload,
               sc_slack_pressed(payload, id, sc_slack_view_text(slack,
                                                                view)));
}


static sc_parse_result_t
sc_slack_dialog(const sc_slack_payload_t *payload)
{
    sc_slack_t *slack;

    slack = payload->slack;

    return sc_slack_payload_end(payload,
               sc_slack_pressed(payload,
                                sc_slack_text(slack, slack->root,
                                              "action_ts"),
                                sc_slack_dialog_text(slack)));
}


/*
 * The message itself, as in an event: the person who sent it to the app only
 * points at it.
 */
static sc_parse_result_t
sc_slack_shortcut(const sc_slack_payload_t *payload)
{
    sc_slack_t *slack;

    slack = payload->slack;
    slack->message = sc_kit_object(slack->callback, slack->root,
                                   SC_STR("message"));
    slack->event = slack->message;
    slack->id = sc_slack_text(slack, slack->root, "trigger_id");

    if (slack->id.len == 0 || slack->channel.len == 0
        || slack->message == NULL)
    {
        return sc_kit_die(slack->callback, SC_DEAD_MISSING_MEMBER);
    }

    return sc_slack_message(slack, SC_KIND_MESSAGE, SC_ACTION_CREATE);
}


static sc_parse_result_t
sc_slack_nothing(const sc_slack_payload_t *payload)
{
    (void) payload;

    return SC_PARSE_OK;
}


static const struct {
    sc_str_t            type;
    sc_parse_result_t (*handle)(const sc_slack_payload_t *payload);
} sc_slack_payloads[] = {
    { SC_STR_INIT("block_actions"), sc_slack_actions },
    { SC_STR_INIT("interactive_message"), sc_slack_actions },
    { SC_STR_INIT("view_submission"), sc_slack_view },
    { SC_STR_INIT("dialog_submission"), sc_slack_dialog },
    { SC_STR_INIT("message_action"), sc_slack_shortcut },
    { SC_STR_INIT("shortcut"), sc_slack_nothing },
    { SC_STR_INIT("view_closed"), sc_slack_nothing },
    { SC_STR_INIT("dialog_cancellation"), sc_slack_nothing },
    { SC_STR_INIT("block_suggestion"), sc_slack_nothing },
    { SC_STR_INIT("dialog_suggestion"), sc_slack_nothing }
};


sc_parse_result_t
sc_slack_interaction(sc_slack_t *slack)
{
    size_t             i;
    sc_str_t           type;
    sc_slack_payload_t payload;

    type = sc_slack_text(slack, slack->root, "type");

    payload.slack = slack;
    payload.user = sc_kit_object(slack->callback, slack->root,
                                 SC_STR("user"));
    payload.container = sc_kit_object(slack->callback, slack->root,
                                      SC_STR("container"));
    slack->channel = sc_kit_either(
        sc_slack_inner(slack, slack->root, "channel", "id"),
        sc_slack_text(slack, payload.container, "channel_id"));
    slack->team = sc_slack_home(slack, sc_slack_inner(slack, slack->root,
                                                      "team", "id"));
    payload.ts = sc_kit_either(
        sc_slack_text(slack, payload.container, "message_ts"),
        sc_slack_text(slack, slack->root, "message_ts"));
    payload.thread = sc_kit_either(
        sc_slack_text(slack, payload.container, "thread_ts"), payload.ts);

    for (i = 0;
         i < sizeof(sc_slack_payloads) / sizeof(sc_slack_payloads[0]);
         i++)
    {
        if (sc_str_eq(sc_slack_payloads[i].type, type)) {
            return sc_slack_payloads[i].handle(&payload);
        }
    }

    return sc_kit_die(slack->callback, type.len == 0
                                       ? SC_DEAD_MISSING_MEMBER
                                       : SC_DEAD_UNKNOWN_OBJECT);
}
