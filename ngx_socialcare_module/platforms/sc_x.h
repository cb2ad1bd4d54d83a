/*
 * sc_x.h: what the files of the platform x share.  Not to be included
 * elsewhere.
 *
 * sc_x.c           options, CRC handshake
 * sc_x_envelope.c  the outermost objects of the three products
 * sc_x_event.c     helpers for any kind of event
 * sc_x_post.c      what all posts have in common
 * sc_x_post_v1.c   posts, likes, deletions of Account Activity
 * sc_x_post_v2.c   the same of X Activity and the filtered stream
 * sc_x_message.c   direct messages and encrypted chats
 *
 * Clock keys.  One scheme has to work for all three products and for both
 * sides, and Account Activity names no conversation.  What is always known is
 * the post that was answered:
 *
 *   a customer's post waits under its own id, x:POST;
 *   a brand's reply ends the wait of the post it replies to (its parent);
 *   a message waits and is answered under x:ACCOUNT:OTHER PARTY, a message to
 *   a group under x:GROUP.
 *
 * So a mention from Account Activity is ended by a reply from X Activity, and
 * vice versa.  Two posts of one customer are two waits.  A brand's reply to a
 * later version of an edited post names an id that nobody waits under; the desk
 * has to close that wait.
 */

#ifndef SC_X_H
#define SC_X_H

#include "sc_platform.h"


/* Most media kept of one post; more than X allows. */
#define SC_X_MAX_MEDIA  16


/* A configured word or pair, in a list. */
typedef struct sc_x_entry_s  sc_x_entry_t;

struct sc_x_entry_s {
    sc_str_t      name;
    sc_str_t      value;
    sc_x_entry_t *next;
};


typedef struct {
    sc_str_t      crc_label;       /* empty: the first secret */
    bool          signed_crc;
    bool          quote_answers;
    sc_x_entry_t *bot_apps;        /* name = application id */
    sc_x_entry_t *rules;           /* name = rule tag, value = account */
} sc_x_options_t;


/* One event that is being turned into mentions. */
typedef struct {
    sc_callback_t         *callback;
    sc_json_doc_t         *json;
    const sc_x_options_t  *options;
    const sc_json_token_t *event;     /* whose bytes are `raw` */
    const sc_json_token_t *users;     /* array or map; may be absent */
    const sc_json_token_t *includes;  /* v2 only */
    sc_str_t               account;   /* of the envelope; may be empty */
} sc_x_event_t;


/* The receiver's options; all off where it has none. */
const sc_x_options_t *sc_x_options(const sc_source_t *source);

sc_parse_result_t sc_x_parse(sc_callback_t *callback);


/* Reads the author from either kind of user object. */
void sc_x_read_user(sc_x_event_t *event, const sc_json_token_t *user,
    sc_author_t *author);

/* {"data":{…}} -> {…}: some lists and maps wrap each user. */
const sc_json_token_t *sc_x_unwrap(sc_x_event_t *event,
    const sc_json_token_t *token);

/* A new mention with account and raw bytes; NULL: too large. */
sc_mention_t *sc_x_add(sc_x_event_t *event);

void sc_x_add_dead(sc_x_event_t *event, sc_dead_reason_t reason);

/* The same for an item that must have an id: without one it is dead. */
sc_mention_t *sc_x_add_item(sc_x_event_t *event, sc_str_t id);

/* Present, not null, and of another type. */
bool sc_x_is_misshaped(const sc_json_token_t *token, sc_json_type_t type);

/* Whether it is the brand: by id or, where configured, by handle. */
bool sc_x_is_own(sc_x_event_t *event, const sc_author_t *author);

/*
 * The text as it was written: X escapes `&`, `<` and `>` as &amp;, &lt; and
 * &gt; in posts of either shape and in messages.
 */
sc_str_t sc_x_plain(sc_x_event_t *event, sc_str_t text);

/* Member `name` as Unix milliseconds, -1 when absent or unreadable. */
int64_t sc_x_time(sc_x_event_t *event, const sc_json_token_t *object,
    sc_str_t name, sc_time_format_t format);


/* sc_x_post.c */

/* What both shapes of a post say about its context. */
typedef struct {
    sc_str_t id;
    sc_str_t original;         /* first version; equal to id if not edited */
    sc_str_t replied_to;
    sc_str_t replied_to_user;
    sc_str_t quoted;
    sc_str_t shared;           /* the post that this one only reposts */
} sc_x_place_t;


/*
 * Sets everything that follows from author and place.  `kind` is what the event
 * type says; SC_KIND_UNKNOWN: the post decides.  `by_account`: the account
 * itself wrote it, even when no author is named.
 */
void sc_x_settle_post(sc_x_event_t *event, sc_mention_t *mention,
    const sc_x_place_t *place, sc_kind_t kind, bool by_account);
void sc_x_set_url(sc_x_event_t *event, sc_mention_t *mention, sc_str_t id);
void sc_x_set_language(sc_x_event_t *event, sc_mention_t *mention,
    const sc_json_token_t *post);

/* x:ID, or empty for an empty id; see above. */
sc_str_t sc_x_clock_key(sc_x_event_t *event, sc_str_t id);

/*
 * A deleted post, a like: what both shapes have in common.  NULL: dead or too
 * large.  A deletion has the event id delete:ID from every product, the
 * creation the plain id.
 */
sc_mention_t *sc_x_add_delete(sc_x_event_t *event, sc_str_t id);
sc_mention_t *sc_x_add_like(sc_x_event_t *event,
    const sc_json_token_t *like);


/* sc_x_post_v1.c */
void sc_x_read_post_v1(sc_x_event_t *event);
void sc_x_read_delete_v1(sc_x_event_t *event);
void sc_x_read_favorite_v1(sc_x_event_t *event);


/* sc_x_post_v2.c */
void sc_x_read_post_v2(sc_x_event_t *event, const sc_json_token_t *post,
    sc_kind_t kind, bool by_account);
void sc_x_read_delete_v2(sc_x_event_t *event, const sc_json_token_t *payload);
void sc_x_read_like_v2(sc_x_event_t *event, const sc_json_token_t *payload,
    const sc_json_token_t *filter);

/*
 * sc_x_message.c.  `direction` is what the event type says, or
 * SC_DIRECTION_UNKNOWN where the sender decides.
 */
void sc_x_read_message(sc_x_event_t *event, sc_direction_t direction);
void sc_x_read_chat(sc_x_event_t *event, const sc_json_token_t *payload,
    sc_direction_t direction);

#endif /* SC_X_H */
