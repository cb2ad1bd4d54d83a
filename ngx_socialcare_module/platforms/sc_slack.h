/*
 * sc_slack.h: one event, as shared by Slack's files.  Not to be included
 * elsewhere.
 */

#ifndef SC_SLACK_H
#define SC_SLACK_H

#include "sc_kit.h"


typedef struct {
    sc_str_t       workspace;
    bool           by_channel;
    sc_kit_names_t automatic_bots;
} sc_slack_options_t;


typedef struct {
    sc_callback_t            *callback;
    const sc_slack_options_t *options;
    const sc_json_token_t    *root;
    const sc_json_token_t    *event;
    const sc_json_token_t    *message; /* the event, or the one that changed */
    sc_str_t                  id;      /* event_id */
    sc_str_t                  team;    /* the brand's workspace */
    sc_str_t                  channel;
} sc_slack_t;


sc_str_t sc_slack_text(const sc_slack_t *slack, const sc_json_token_t *object,
    const char *name);

/* CHANNEL:TS, which identifies a message in Slack. */
sc_str_t sc_slack_object(const sc_slack_t *slack, sc_str_t ts);

/* Sets author, direction and automatic from a message or an event. */
void sc_slack_set_author(const sc_slack_t *slack, sc_mention_t *mention,
    const sc_json_token_t *author);

/* The direction of a person who uses the app itself: a colleague by workspace
   or id, else a customer. */
sc_direction_t sc_slack_visitor(const sc_slack_t *slack, sc_str_t user,
    sc_str_t team);

/*
 * The brand's workspace, for commands and payloads, which name the visitor's:
 * the first socialcare_account that is a workspace, else `team`.
 */
sc_str_t sc_slack_home(const sc_slack_t *slack, sc_str_t team);

/* An interactive payload, whose JSON is slack->root. */
sc_parse_result_t sc_slack_interaction(sc_slack_t *slack);

sc_mention_t *sc_slack_add(const sc_slack_t *slack, sc_kind_t kind);

/* Reads slack->message, which was created or edited. */
sc_parse_result_t sc_slack_message(sc_slack_t *slack, sc_kind_t kind,
    sc_action_t action);

/*
 * Reads a new message.  Slack may send one message both as `message` and as
 * `app_mention`, under two event ids: so its own id identifies it.
 */
sc_parse_result_t sc_slack_posted(sc_slack_t *slack, sc_kind_t kind);

/* An event of type `message`, whatever its subtype. */
sc_parse_result_t sc_slack_any_message(sc_slack_t *slack);

#endif /* SC_SLACK_H */
