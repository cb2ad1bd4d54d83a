/*
 * sc_vk.h: one event, as shared by VK's files.  Not to be included elsewhere.
 */

#ifndef SC_VK_H
#define SC_VK_H

#include "sc_kit.h"


typedef struct {
    sc_str_t       confirmation;
    sc_kit_pair_t *confirmations;      /* by community */
    bool           by_group;
    bool           confirms_unsigned;
    bool           api_is_automatic;
} sc_vk_options_t;


typedef struct {
    sc_callback_t         *callback;
    const sc_vk_options_t *options;
    const sc_json_token_t *object;
    sc_str_t               type;
    sc_str_t               group;
    sc_str_t               id;         /* event_id */
} sc_vk_t;


/* Something that can be commented on. */
typedef struct {
    sc_str_t    event;                 /* prefix of the events' names */
    const char *thread;                /* prefix of the thread's name */
    const char *owner;                 /* member; the second where the first */
    const char *other_owner;           /* is absent */
    const char *thing;                 /* member */
    const char *link;                  /* in front of the comment; NULL: none */
} sc_vk_place_t;


sc_parse_result_t sc_vk_message(sc_vk_t *vk, sc_action_t action);

sc_parse_result_t sc_vk_button(sc_vk_t *vk);

sc_parse_result_t sc_vk_comment(sc_vk_t *vk, const sc_vk_place_t *place,
    sc_action_t action, bool restored);

/* A post on the community's wall, or a repost of one. */
sc_parse_result_t sc_vk_post(sc_vk_t *vk, sc_kind_t kind);

#endif /* SC_VK_H */
