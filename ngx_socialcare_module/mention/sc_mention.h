/*
 * sc_mention.h: the normalised mention that every platform's events become.
 *
 * A mention is plain data that points into the callback's body and arena.  It
 * says what happened; which queue it goes to and when an answer is due is
 * decided outside.  The members are those of the published record (README,
 * conf/mention.schema.json); unknown text is empty, unknown numbers are -1.
 */

#ifndef SC_MENTION_H
#define SC_MENTION_H

#include "sc_arena.h"
#include "sc_str.h"


typedef enum {
    SC_KIND_UNKNOWN = 0,       /* delete or edit of an unspecified item */
    SC_KIND_MENTION,
    SC_KIND_POST,
    SC_KIND_COMMENT,
    SC_KIND_REPLY,
    SC_KIND_QUOTE,
    SC_KIND_SHARE,
    SC_KIND_MESSAGE,
    SC_KIND_REACTION,
    SC_KIND_REVIEW,
    SC_KIND_STORY_MENTION,
    SC_KIND_STORY_REPLY,
    SC_KIND_CALL,
    SC_KIND_VOICEMAIL,
    SC_KIND_STATUS,
    SC_KIND_NOTE,
    SC_KIND_NOTICE,
    SC_KINDS
} sc_kind_t;


typedef enum {
    SC_ACTION_CREATE = 0,
    SC_ACTION_EDIT,
    SC_ACTION_DELETE
} sc_action_t;


typedef enum {
    SC_DIRECTION_IN = 0,       /* customer */
    SC_DIRECTION_OUT,          /* brand */
    SC_DIRECTION_INTERNAL,
    SC_DIRECTION_UNKNOWN,      /* author withheld: treated as customer */
    SC_DIRECTION_NONE
} sc_direction_t;


typedef enum {
    SC_CHANNEL_SOCIAL = 0,
    SC_CHANNEL_MESSAGING,
    SC_CHANNEL_SMS,
    SC_CHANNEL_VOICE,
    SC_CHANNEL_EMAIL,
    SC_CHANNEL_REVIEW,
    SC_CHANNEL_HELPDESK,
    SC_CHANNEL_OTHER,
    SC_CHANNELS
} sc_channel_t;


typedef enum {
    SC_REACH_0_99 = 0,
    SC_REACH_100_999,
    SC_REACH_1K_9999,
    SC_REACH_10K_99999,
    SC_REACH_100K,
    SC_REACH_NONE,             /* no audience: phone, SMS, e-mail, messages */
    SC_REACH_UNKNOWN,
    SC_REACHES
} sc_reach_t;


typedef enum {
    SC_TRI_UNKNOWN = 0,
    SC_TRI_NO,
    SC_TRI_YES
} sc_tri_t;


typedef struct sc_media_s  sc_media_t;

struct sc_media_s {
    sc_str_t    type;          /* the platform's word or a MIME type */
    sc_str_t    url;           /* public or signed URL, or empty */
    sc_str_t    ref;           /* a handle that needs an API call */
    sc_media_t *next;
};


typedef struct {
    sc_str_t id;
    sc_str_t name;
    sc_str_t handle;           /* without a leading @ */
    int64_t  followers;        /* -1 unknown */
    sc_tri_t verified;
} sc_author_t;


/* Further data from the platform, which the record passes on. */
typedef struct sc_extra_s  sc_extra_t;

struct sc_extra_s {
    const char *name;          /* static: letters, digits and _ */
    sc_str_t    value;
    sc_extra_t *next;
};


/* One of several items that together form one message. */
typedef struct {
    sc_str_t ref;              /* shared by all parts of one author's text */
    int64_t  number;           /* from 1; -1: the item is whole */
    int64_t  total;            /* -1 unknown */
} sc_message_part_t;


typedef struct sc_mention_s  sc_mention_t;

struct sc_mention_s {
    sc_str_t       platform;   /* "x", "facebook", … (not "meta") */
    sc_channel_t   channel;
    sc_kind_t      kind;
    sc_action_t    action;
    sc_direction_t direction;

    sc_str_t       event;      /* dedupe id within platform and account */
    sc_str_t       same;       /* used instead of event, where one event may
                                  come under several ids; empty: event */
    sc_str_t       proof;      /* brand-side: id of a fact that several events
                                  report, such as that one message was sent;
                                  only the first of them answers, and none if
                                  that one has no_answer; empty: no other
                                  event reports it */
    sc_str_t       account;    /* the brand's account that received it */
    sc_str_t       object;     /* the item's own id */
    sc_str_t       thread;     /* the conversation as the platform names it */
    sc_str_t       parent;     /* what it answers */
    sc_author_t    author;
    sc_str_t       recipient;  /* brand-side items: the customer's id */

    /*
     * Matches a brand's answer to the waiting customer: question and answer
     * must yield the same key.  Empty: the item neither starts nor ends a
     * wait.
     */
    sc_str_t       clock_key;

    /*
     * Why an answer is no longer possible (the customer has left, the whole
     * conversation was deleted): ends the wait of clock_key with this reason,
     * one of those of socialcare_close.  Static; NULL: the wait goes on.
     */
    const char    *ends;

    sc_str_t       text;
    sc_str_t       lang;
    sc_str_t       subject;
    sc_str_t       url;
    sc_str_t       reaction;
    sc_str_t       status;     /* of a brand message or a call */
    sc_str_t       notice;     /* revoke, deauthorize, data_deletion, … */
    sc_str_t       queue;      /* requested by a mapping; usually empty */
    sc_media_t    *media;
    sc_message_part_t part;
    sc_extra_t    *extra;

    int64_t        created_ms; /* platform time, -1 none */
    int64_t        edited_ms;  /* -1 none */
    int64_t        duration_s; /* -1 none */
    int64_t        rating;     /* -1 none */

    sc_tri_t       is_public;
    bool           automatic;  /* brand: bot, greeting, out of office;
                                  customer: mail sent by a machine */
    bool           needs_fetch; /* ids only: the text needs an API call */
    bool           redelivery; /* the platform says that it is a retry */
    bool           created_is_delivery_time;
    bool           no_answer;  /* brand item that must not stop a wait
                                  (template campaign, post without parent) */

    sc_str_t       raw;        /* this event's piece of the body */
    sc_mention_t  *next;
};


/* Names as written in the record; never NULL. */
const char *sc_kind_name(sc_kind_t kind);
const char *sc_action_name(sc_action_t action);
const char *sc_direction_name(sc_direction_t direction);
const char *sc_channel_name(sc_channel_t channel);
const char *sc_reach_name(sc_reach_t reach);

/* The reverse, for mappings and for the spool.  False: unknown name. */
bool sc_kind_by_name(sc_str_t name, sc_kind_t *kind);
bool sc_channel_by_name(sc_str_t name, sc_channel_t *channel);

/*
 * Whether somebody waits for an answer: direction in or unknown, action create,
 * not automatic, kind not reaction, share, status, note or notice, and not a
 * later part of a message.
 */
bool sc_mention_is_actionable(const sc_mention_t *mention);

/* Customer side: what goes to the queue (as opposed to `<queue>:out`). */
bool sc_mention_is_inbound(const sc_mention_t *mention);

/*
 * Tier of the author's audience.  Private items and channels without an
 * audience are `none`; public ones without a count are `unknown`.
 */
sc_reach_t sc_mention_reach(const sc_mention_t *mention);

/* Sets every member to "unknown"; links nothing. */
void sc_mention_init(sc_mention_t *mention);

#endif /* SC_MENTION_H */
