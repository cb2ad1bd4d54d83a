/*
 * sc_discord_interaction.c: Discord's interactions: what moderators forward,
 * what people enter in forms and commands, buttons.
 */

#include "sc_discord.h"


#define SC_DISCORD_FORM_DEPTH  8
#define SC_DISCORD_VALUES_MAX  64


static void
sc_discord_answer(const sc_discord_t *discord, sc_str_t body)
{
    discord->callback->answer.content_type = SC_STR("application/json");
    discord->callback->answer.body = body;
}


static const sc_json_token_t *
sc_discord_actor(const sc_discord_t *discord)
{
    const sc_json_token_t *member;

    member = sc_kit_object(discord->callback, discord->root,
                           SC_STR("member"));

    return sc_kit_object(discord->callback,
                         member != NULL ? member : discord->root,
                         SC_STR("user"));
}


/* The object with text and files: a forwarded message has a snapshot. */
static const sc_json_token_t *
sc_discord_content(const sc_discord_t *discord, const sc_json_token_t *message)
{
    sc_json_doc_t         *json;
    const sc_json_token_t *snapshot;

    json = discord->callback->json;
    snapshot = sc_json_next(json, sc_json_member(json, message,
                                                 "message_snapshots"),
                            NULL, NULL);
    snapshot = sc_kit_object(discord->callback, snapshot, SC_STR("message"));

    return snapshot != NULL ? snapshot : message;
}


/* "Send to care" on somebody's message: the actor is only the reporter. */
static sc_parse_result_t
sc_discord_target(sc_discord_t *discord)
{
    bool                   crowd;
    sc_str_t               id, place;
    sc_mention_t          *mention;
    sc_callback_t         *callback;
    const sc_json_token_t *message, *content;

    callback = discord->callback;
    id = sc_callback_id(callback, discord->data, SC_STR("target_id"));
    message = sc_kit_object(callback,
                  sc_kit_object(callback,
                      sc_kit_object(callback, discord->data,
                                    SC_STR("resolved")),
                      SC_STR("messages")), id);

    if (id.len == 0 || message == NULL) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    discord->channel = sc_kit_either(sc_callback_id(callback, message,
                                                    SC_STR("channel_id")),
                                     discord->channel);
    crowd = discord->guild.len != 0;
    place = crowd ? discord->guild : SC_STR("@me");

    mention = sc_discord_add(discord);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    /* Several moderators may report it. */
    mention->object = id;
    mention->same = sc_kit_join(callback, SC_STR("message/"), id);
    content = sc_discord_content(discord, message);
    mention->text = sc_discord_text(discord, content, "content");
    mention->is_public = crowd ? SC_TRI_YES : SC_TRI_NO;
    mention->url = sc_kit_join(callback,
                               SC_STR("https://discord.com/channels/"), place,
                               SC_STR("/"), discord->channel, SC_STR("/"),
                               id);
    sc_discord_set_author(discord, mention,
                          sc_kit_object(callback, message, SC_STR("author")));
    sc_discord_add_files(discord, mention, content);
    sc_discord_set_created(discord, mention,
                           sc_kit_text_time(callback, message,
                                            SC_STR("timestamp"),
                                            SC_TIME_ISO8601), id);
    sc_discord_set_wait(discord, mention, crowd);

    return SC_PARSE_OK;
}


/* Texts that a person entered, in order. */
typedef struct {
    sc_str_t parts[2 * SC_DISCORD_VALUES_MAX];
    size_t   count;
} sc_discord_values_t;


static void
sc_discord_add_value(const sc_discord_t *discord,
    sc_discord_values_t *values, const sc_json_token_t *value)
{
    sc_str_t text;

    if (sc_json_is(value, SC_JSON_STRING)) {
        (void) sc_json_string(discord->callback->json, value,
                              discord->callback->arena, &text);

    } else {
        text = sc_json_raw(discord->callback->json, value);
    }

    if (text.len == 0 || values->count + 2 > 2 * SC_DISCORD_VALUES_MAX) {
        return;
    }

    if (values->count != 0) {
        values->parts[values->count++] = SC_STR("\n");
    }

    values->parts[values->count++] = text;
}


/*
 * Forms nest rows, labels and fields, commands nest groups: collects every
 * `value` and every element of `values` from an item and those nested in it.
 */
static void
sc_discord_collect(const sc_discord_t *discord, sc_discord_values_t *values,
    const sc_json_token_t *item, unsigned depth)
{
    size_t                 i;
    sc_json_doc_t         *json;
    const sc_json_token_t *inner, *child;

    static const sc_str_t holders[] = {
        SC_STR_INIT("components"), SC_STR_INIT("component"),
        SC_STR_INIT("options")
    };

    json = discord->callback->json;

    if (depth > SC_DISCORD_FORM_DEPTH || !sc_json_is(item, SC_JSON_OBJECT)) {
        return;
    }

    inner = sc_json_get_set(json, item, SC_STR("value"));
    if (inner != NULL) {
        sc_discord_add_value(discord, values, inner);
    }

    inner = sc_json_member(json, item, "values");
    if (sc_json_is(inner, SC_JSON_ARRAY)) {
        for (child = sc_json_next(json, inner, NULL, NULL);
             child != NULL;
             child = sc_json_next(json, inner, child, NULL))
        {
            sc_discord_add_value(discord, values, child);
        }
    }

    for (i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
        inner = sc_json_get(json, item, holders[i]);

        if (!sc_json_is(inner, SC_JSON_ARRAY)) {
            sc_discord_collect(discord, values, inner, depth + 1);
            continue;
        }

        for (child = sc_json_next(json, inner, NULL, NULL);
             child != NULL;
             child = sc_json_next(json, inner, child, NULL))
        {
            sc_discord_collect(discord, values, child, depth + 1);
        }
    }
}


/* What the acting person says by a command, a form or a button. */
static sc_parse_result_t
sc_discord_own_words(sc_discord_t *discord, sc_str_t otherwise)
{
    sc_mention_t        *mention;
    sc_callback_t       *callback;
    sc_discord_values_t  values;

    callback = discord->callback;
    values.count = 0;

    mention = sc_discord_add(discord);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    sc_discord_collect(discord, &values, discord->data, 0);

    mention->object = discord->id;
    mention->text = values.count == 0
                    ? otherwise
                    : sc_callback_join(callback, values.parts, values.count);
    mention->lang = sc_discord_text(discord, discord->root, "locale");
    mention->parent = sc_callback_id(callback,
                                     sc_kit_object(callback, discord->root,
                                                   SC_STR("message")),
                                     SC_STR("id"));
    sc_discord_set_author(discord, mention, sc_discord_actor(discord));
    sc_discord_set_created(discord, mention, -1, discord->id);
    sc_discord_set_wait(discord, mention, discord->guild.len != 0);

    return SC_PARSE_OK;
}


static sc_parse_result_t
sc_discord_command(sc_discord_t *discord)
{
    switch (sc_callback_int(discord->callback, discord->data,
                            SC_STR("type")))
    {
    case 1:
        return sc_discord_own_words(discord,
                                    sc_discord_text(discord, discord->data,
                                                    "name"));
    case 3:
        return sc_discord_target(discord);

    case 2:                            /* on a user: has no text */
    case 4:                            /* opens an activity */
        sc_discord_answer(discord,
                          SC_STR("{\"type\":4,\"data\":{\"content\":"
                                 "\"Nothing was sent: choose a message.\","
                                 "\"flags\":64}}"));
        return SC_PARSE_OK;

    default:
        return sc_kit_die(discord->callback, SC_DEAD_UNKNOWN_OBJECT);
    }
}


/* Discord shows the person an error unless the answer has its format. */
sc_parse_result_t
sc_discord_interaction(sc_discord_t *discord)
{
    int64_t                     type;
    const sc_discord_options_t *options;

    options = discord->callback->source->options;
    type = sc_callback_int(discord->callback, discord->root, SC_STR("type"));

    if (type == 1) {
        discord->callback->handshake = true;
        sc_discord_answer(discord, SC_STR("{\"type\":1}"));
        return SC_PARSE_OK;
    }

    sc_discord_answer(discord, options->answer.len != 0 ? options->answer
        : SC_STR("{\"type\":4,\"data\":{\"content\":"
                 "\"Sent to the care team.\",\"flags\":64}}"));

    if (discord->id.len == 0 || type < 0) {
        return sc_kit_die(discord->callback, SC_DEAD_MISSING_MEMBER);
    }

    switch (type) {
    case 2:
        return sc_discord_command(discord);

    case 3:
        sc_discord_answer(discord, SC_STR("{\"type\":6}"));
        return sc_discord_own_words(discord,
                                    sc_discord_text(discord, discord->data,
                                                    "custom_id"));
    case 4:                            /* somebody is still typing */
        sc_discord_answer(discord,
                          SC_STR("{\"type\":8,\"data\":{\"choices\":[]}}"));
        return SC_PARSE_OK;

    case 5:
        return sc_discord_own_words(discord, SC_STR_NULL);

    default:
        return sc_kit_die(discord->callback, SC_DEAD_UNKNOWN_OBJECT);
    }
}
