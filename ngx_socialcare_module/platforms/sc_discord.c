/*
 * sc_discord.c: what Discord delivers over HTTP: interactions (commands,
 * buttons, forms) and, at a separate location, webhook events (messages in
 * games).  Ed25519 over time and body; type 1 means a ping in the former and an
 * event in the latter.
 *
 * The account is the application.  socialcare_account names own authors.
 *
 * Options:
 *
 *   endpoint=events   this location takes webhook events; default: interactions
 *   note=TEXT         the reply that only the acting person sees; default:
 *                     Sent to the care team.
 *
 * Wait key: discord:APPLICATION:CHANNEL:AUTHOR in servers and lobbies, where
 * many people write; discord:APPLICATION:CHANNEL in direct messages.
 */

#include "sc_discord.h"
#include "sc_json_write.h"
#include "sc_registry.h"


#define SC_DISCORD_NOTE_MAX    2000
#define SC_DISCORD_ANSWER_MAX  (6 * SC_DISCORD_NOTE_MAX + 64)


static const sc_verify_scheme_t sc_discord_scheme = {
    .kind = SC_SCHEME_ED25519,
    .signature = { SC_FROM_HEADER, SC_STR_INIT("X-Signature-Ed25519") },
    .timestamp = { SC_FROM_HEADER, SC_STR_INIT("X-Signature-Timestamp") },
    .timestamp_format = SC_TIME_SECONDS,
    .message = { { { SC_PART_TIMESTAMP, { 0, NULL } },
                   { SC_PART_BODY, { 0, NULL } } }, 2 }
};


sc_str_t
sc_discord_text(const sc_discord_t *discord, const sc_json_token_t *object,
    const char *name)
{
    return sc_callback_text(discord->callback, object,
                            sc_str_from_cstring(name));
}


sc_mention_t *
sc_discord_add(const sc_discord_t *discord)
{
    sc_mention_t *mention;

    mention = sc_kit_add(discord->callback, discord->callback->request->body);
    if (mention == NULL) {
        return NULL;
    }

    mention->kind = SC_KIND_MESSAGE;
    mention->account = discord->application;
    mention->event = discord->id;
    mention->thread = discord->channel;
    mention->is_public = SC_TRI_NO;

    return mention;
}


void
sc_discord_set_author(const sc_discord_t *discord, sc_mention_t *mention,
    const sc_json_token_t *author)
{
    bool bot, own;

    mention->author.id = sc_callback_id(discord->callback, author,
                                        SC_STR("id"));
    mention->author.handle = sc_discord_text(discord, author, "username");
    mention->author.name = sc_kit_either(sc_discord_text(discord, author,
                                                         "global_name"),
                                         mention->author.handle);

    bot = sc_json_is_true(sc_json_member(discord->callback->json, author,
                                         "bot"));
    own = bot || sc_source_is_own(discord->callback->source,
                                  discord->application, mention->author.id);

    mention->direction = own ? SC_DIRECTION_OUT
                         : mention->author.id.len == 0 ? SC_DIRECTION_UNKNOWN
                                                       : SC_DIRECTION_IN;
    mention->automatic = own && bot;
}


/*
 * Where many people write, the key includes the person.  Discord does not say
 * whom the brand answers there.
 */
void
sc_discord_set_wait(const sc_discord_t *discord, sc_mention_t *mention,
    bool crowd)
{
    sc_str_t key;

    key = mention->thread;

    if (crowd) {
        key = mention->direction == SC_DIRECTION_OUT
              || mention->author.id.len == 0
              ? SC_STR_NULL
              : sc_kit_join(discord->callback, key, SC_STR(":"),
                            mention->author.id);
    }

    sc_kit_set_clock(discord->callback, mention, key);
}


void
sc_discord_set_created(const sc_discord_t *discord, sc_mention_t *mention,
    int64_t ms, sc_str_t snowflake)
{
    if (ms < 0 && !sc_time_read(snowflake, SC_TIME_SNOWFLAKE, &ms)) {
        ms = -1;
    }

    sc_kit_set_created(discord->callback, mention, ms);
}


void
sc_discord_add_files(const sc_discord_t *discord, sc_mention_t *mention,
    const sc_json_token_t *message)
{
    size_t                 count;
    sc_json_doc_t         *json;
    const sc_json_token_t *files, *file;

    json = discord->callback->json;
    files = sc_json_member(json, message, "attachments");
    count = 0;

    if (!sc_json_is(files, SC_JSON_ARRAY)) {
        return;
    }

    for (file = sc_json_next(json, files, NULL, NULL);
         file != NULL && count < SC_KIT_MAX_MEDIA;
         file = sc_json_next(json, files, file, NULL))
    {
        sc_callback_add_media(discord->callback, mention,
                              sc_kit_either(
                                  sc_discord_text(discord, file,
                                                  "content_type"),
                                  SC_STR("file")),
                              sc_discord_text(discord, file, "url"),
                              SC_STR_NULL);
        count++;
    }
}


/* Webhook events */


/*
 * A message is created only once, so its id is unique; for edits and deletes
 * the event's time is added.
 */
static sc_parse_result_t
sc_discord_game_message(sc_discord_t *discord, const sc_json_token_t *event,
    sc_action_t action, bool lobby)
{
    sc_str_t       id;
    sc_mention_t  *mention;
    sc_callback_t *callback;

    callback = discord->callback;
    id = sc_callback_id(callback, discord->data, SC_STR("id"));
    discord->channel = sc_callback_id(callback, discord->data,
                                      lobby ? SC_STR("lobby_id")
                                            : SC_STR("channel_id"));

    if (id.len == 0 || discord->channel.len == 0) {
        return sc_kit_die(callback, SC_DEAD_MISSING_MEMBER);
    }

    discord->id = action == SC_ACTION_CREATE ? id
                  : sc_kit_join(callback, id,
                                action == SC_ACTION_EDIT ? SC_STR("/edit/")
                                                         : SC_STR("/delete/"),
                                sc_discord_text(discord, event, "timestamp"));

    mention = sc_discord_add(discord);
    if (mention == NULL) {
        return SC_PARSE_TOO_LARGE;
    }

    mention->action = action;
    mention->object = id;
    mention->text = sc_discord_text(discord, discord->data, "content");
    mention->edited_ms = sc_kit_text_time(callback, discord->data,
                                          SC_STR("edited_timestamp"),
                                          SC_TIME_ISO8601);
    sc_discord_set_author(discord, mention,
                          sc_kit_object(callback, discord->data,
                                        SC_STR("author")));
    sc_discord_add_files(discord, mention, discord->data);
    sc_discord_set_created(discord, mention,
                           sc_kit_text_time(callback,
                                            action == SC_ACTION_DELETE
                                            ? event : discord->data,
                                            SC_STR("timestamp"),
                                            SC_TIME_ISO8601), id);
    sc_discord_set_wait(discord, mention, lobby);

    return SC_PARSE_OK;
}


static const struct {
    sc_str_t    type;
    sc_action_t action;
    bool        lobby;
} sc_discord_messages[] = {
    { SC_STR_INIT("GAME_DIRECT_MESSAGE_CREATE"), SC_ACTION_CREATE, false },
    { SC_STR_INIT("GAME_DIRECT_MESSAGE_UPDATE"), SC_ACTION_EDIT, false },
    { SC_STR_INIT("GAME_DIRECT_MESSAGE_DELETE"), SC_ACTION_DELETE, false },
    { SC_STR_INIT("LOBBY_MESSAGE_CREATE"), SC_ACTION_CREATE, true },
    { SC_STR_INIT("LOBBY_MESSAGE_UPDATE"), SC_ACTION_EDIT, true },
    { SC_STR_INIT("LOBBY_MESSAGE_DELETE"), SC_ACTION_DELETE, true }
};

/* Events about the application, by the prefix of their names. */
static const sc_str_t sc_discord_quiet[] = {
    SC_STR_INIT("APPLICATION_"), SC_STR_INIT("ENTITLEMENT_"),
    SC_STR_INIT("QUEST_")
};


static sc_parse_result_t
sc_discord_event(sc_discord_t *discord)
{
    size_t                 i;
    sc_str_t               type;
    const sc_json_token_t *event;

    discord->callback->answer.status = 204;
    discord->callback->answer.content_type = SC_STR("application/json");

    if (sc_callback_int(discord->callback, discord->root, SC_STR("type"))
        == 0)
    {
        discord->callback->handshake = true;
        return SC_PARSE_OK;
    }

    event = sc_kit_object(discord->callback, discord->root, SC_STR("event"));
    type = sc_discord_text(discord, event, "type");
    discord->data = sc_kit_object(discord->callback, event, SC_STR("data"));

    if (type.len == 0) {
        return sc_kit_die(discord->callback, SC_DEAD_MISSING_MEMBER);
    }

    for (i = 0;
         i < sizeof(sc_discord_messages) / sizeof(sc_discord_messages[0]);
         i++)
    {
        if (sc_str_eq(sc_discord_messages[i].type, type)) {
            return sc_discord_game_message(discord, event,
                                           sc_discord_messages[i].action,
                                           sc_discord_messages[i].lobby);
        }
    }

    for (i = 0; i < sizeof(sc_discord_quiet) / sizeof(sc_discord_quiet[0]);
         i++)
    {
        if (sc_str_starts_with(type, sc_discord_quiet[i])) {
            return SC_PARSE_OK;
        }
    }

    return sc_kit_die(discord->callback, SC_DEAD_UNKNOWN_OBJECT);
}


static sc_parse_result_t
sc_discord_parse(sc_callback_t *callback)
{
    sc_discord_t                discord;
    const sc_discord_options_t *options;

    options = callback->source->options;

    memset(&discord, 0, sizeof(discord));
    discord.callback = callback;
    discord.root = sc_json_root(callback->json);

    if (!sc_json_is(discord.root, SC_JSON_OBJECT)) {
        return sc_kit_die(callback, SC_DEAD_SHAPE);
    }

    discord.application = sc_callback_id(callback, discord.root,
                                         SC_STR("application_id"));
    discord.id = sc_callback_id(callback, discord.root, SC_STR("id"));
    discord.guild = sc_callback_id(callback, discord.root,
                                   SC_STR("guild_id"));
    discord.channel = sc_callback_id(callback, discord.root,
                                     SC_STR("channel_id"));
    discord.data = sc_kit_object(callback, discord.root, SC_STR("data"));

    return options->events ? sc_discord_event(&discord)
                           : sc_discord_interaction(&discord);
}


/* Configuration */


static const char *
sc_discord_set_note(sc_discord_options_t *options, sc_arena_t *arena,
    sc_str_t note)
{
    sc_buf_t       buf;
    unsigned char *memory;

    if (note.len == 0 || note.len > SC_DISCORD_NOTE_MAX
        || !sc_utf8_is_valid(note))
    {
        return "note= is a text of at most 2000 bytes in UTF-8";
    }

    memory = sc_arena_bytes(arena, SC_DISCORD_ANSWER_MAX);
    if (memory == NULL) {
        return "no memory for this option";
    }

    sc_buf_init_fixed(&buf, memory, SC_DISCORD_ANSWER_MAX);
    sc_buf_append_literal(&buf, "{\"type\":4,\"data\":{\"content\":");
    sc_json_write_string(&buf, note);
    sc_buf_append_literal(&buf, ",\"flags\":64}}");
    options->answer = sc_buf_str(&buf);

    return NULL;
}


static const char *
sc_discord_set_option(void *data, sc_arena_t *arena, sc_str_t name,
    sc_str_t value)
{
    sc_discord_options_t *options;

    options = data;

    if (sc_str_eq(name, SC_STR("note"))) {
        return sc_discord_set_note(options, arena, value);
    }

    if (sc_str_eq(name, SC_STR("endpoint"))) {
        options->events = sc_str_eq(value, SC_STR("events"));

        return options->events || sc_str_eq(value, SC_STR("interactions"))
               ? NULL : "endpoint= is either interactions or events";
    }

    return "unknown option: discord knows endpoint= and note=";
}


const sc_platform_t sc_platform_discord = {
    .name = SC_STR_INIT("discord"),
    .channel = SC_CHANNEL_MESSAGING,
    .json = true,
    .scheme = &sc_discord_scheme,
    .parse = sc_discord_parse,
    .options_size = sizeof(sc_discord_options_t),
    .set_option = sc_discord_set_option
};
