/*
 * sc_discord.h: one callback, as shared by Discord's files.  Not to be included
 * elsewhere.
 */

#ifndef SC_DISCORD_H
#define SC_DISCORD_H

#include "sc_kit.h"


typedef struct {
    bool     events;
    sc_str_t answer;                   /* made of note= */
} sc_discord_options_t;


typedef struct {
    sc_callback_t         *callback;
    const sc_json_token_t *root;
    const sc_json_token_t *data;
    sc_str_t               application;
    sc_str_t               id;
    sc_str_t               guild;
    sc_str_t               channel;
} sc_discord_t;


sc_str_t sc_discord_text(const sc_discord_t *discord,
    const sc_json_token_t *object, const char *name);

/* A message that is not public, with the ids of this callback. */
sc_mention_t *sc_discord_add(const sc_discord_t *discord);

/* The author of a message, or the acting person; also sets the direction. */
void sc_discord_set_author(const sc_discord_t *discord,
    sc_mention_t *mention, const sc_json_token_t *author);

/* `crowd`: more than two people may write in the channel. */
void sc_discord_set_wait(const sc_discord_t *discord, sc_mention_t *mention,
    bool crowd);

/* created_ms from `ms`, else from the snowflake. */
void sc_discord_set_created(const sc_discord_t *discord,
    sc_mention_t *mention, int64_t ms, sc_str_t snowflake);

void sc_discord_add_files(const sc_discord_t *discord,
    sc_mention_t *mention, const sc_json_token_t *message);

/* Handles all callbacks of the interactions endpoint. */
sc_parse_result_t sc_discord_interaction(sc_discord_t *discord);

#endif /* SC_DISCORD_H */
