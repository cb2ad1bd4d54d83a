/*
 * sc_meta.h: what the Meta products share: one app, one handshake, one
 * signature, one envelope, several products on one URL.
 *
 * The five product files turn one change or one message element into
 * mentions; sc_meta.c walks the envelope and hands each piece over, so every
 * Meta platform understands every Meta object: an operator who names only
 * `facebook` and later subscribes Instagram to the same URL loses nothing.
 * Only the Meta files may include this header.
 */

#ifndef SC_META_H
#define SC_META_H

#include "sc_kit.h"
#include "sc_registry.h"


/* Which of the two form callbacks a URL serves. */
typedef enum {
    SC_META_DUTY_NONE = 0,
    SC_META_DUTY_DATA_DELETION,
    SC_META_DUTY_DEAUTHORIZE
} sc_meta_duty_t;


/* Options of every Meta platform; all zero is the default. */
typedef struct {
    bool            sha1;              /* sha1=on */
    bool            loose_answers;     /* answer=loose: Facebook comments are
                                          matched by post, not by comment */
    bool            answers_by_name;   /* answer=username: Instagram comments
                                          by the @name they begin with */
    bool            templates_answer;  /* templates=answer */
    bool            postbacks_quiet;   /* postback=quiet: nobody waits */
    bool            unsend_keeps;      /* unsend=keep: a customer who unsends
                                          a private message still waits */
    const sc_str_t *bot_apps;          /* bot_apps=1,2 */
    size_t          bot_apps_count;
    sc_meta_duty_t  duty;              /* signed_request=… */
    sc_str_t        data_deletion_url;
    int64_t         signed_request_age_ms; /* 0: any age */
} sc_meta_options_t;


/* One element of `entry`, as far as its children need it. */
typedef struct {
    sc_callback_t           *callback;
    const sc_meta_options_t *options;
    sc_str_t                 account;   /* entry.id */
    sc_str_t                 time_text; /* entry.time as received */
    int64_t                  sent_ms;   /* entry.time, -1 absent: when Meta
                                           sent it, not when it happened */
    bool                     standby;   /* another app has the conversation */
} sc_meta_entry_t;


/* For sc_platform_t.own_replies. */
#define SC_META_ECHOES                                                        \
    "subscribe the app to the field \"message_echoes\" of that page or "      \
    "account, beside \"messages\""


/* What every Meta platform's table entry holds. */
#define SC_META_PLATFORM(product, group, own)                                 \
    {                                                                         \
        .name = SC_STR_INIT(product),                                         \
        .channel = group,                                                     \
        .schemes = sc_meta_schemes,                                           \
        .choose_scheme = sc_meta_choose_scheme,                               \
        .handshake = sc_meta_handshake,                                       \
        .own_replies = own,                                                   \
        .parse = sc_meta_parse,                                               \
        .options_size = sizeof(sc_meta_options_t),                            \
        .set_option = sc_meta_set_option,                                     \
        .finish_options = sc_meta_finish_options                              \
    }


/* sc_meta.c */

sc_parse_result_t sc_meta_parse(sc_callback_t *callback);

/*
 * A new mention of `platform` for the entry's account; keeps `raw`.  NULL once
 * limits are reached.
 */
sc_mention_t *sc_meta_add(const sc_meta_entry_t *entry,
    const sc_platform_t *platform, sc_str_t raw);

/* The same as a notice to the operator, direction none. */
sc_mention_t *sc_meta_add_notice(const sc_meta_entry_t *entry,
    const sc_platform_t *platform, sc_str_t notice, sc_str_t raw);

/*
 * The same as something that happened to the call `id`: a status until the
 * caller makes it the call itself, and no answer until the caller says so.
 */
sc_mention_t *sc_meta_add_call(const sc_meta_entry_t *entry,
    const sc_platform_t *platform, sc_str_t raw, sc_direction_t direction,
    sc_str_t id, sc_str_t word);

/*
 * The event id of a notice without an id or a time of its own: unique per day.
 * (Retries come for days, but the same trouble next week must be reported
 * again.)
 */
sc_str_t sc_meta_daily_event(sc_callback_t *callback, sc_str_t what,
    sc_str_t detail);

/* A time in seconds or milliseconds, as number or digits; -1 absent. */
int64_t sc_meta_time(sc_callback_t *callback, const sc_json_token_t *object,
    sc_str_t name);

/* created_ms from `ms`, else from the delivery's time and flagged as such. */
void sc_meta_set_created(const sc_meta_entry_t *entry, sc_mention_t *mention,
    int64_t ms);

/*
 * platform:account:key, which matches an answer to its question.  The prefix
 * keeps one brand's products apart, because their ids may coincide.
 */
sc_str_t sc_meta_clock_key(const sc_meta_entry_t *entry,
    const sc_mention_t *mention, sc_str_t key);

/* Whether it is the brand: by id, or by handle (any case, @ optional). */
bool sc_meta_is_own(const sc_meta_entry_t *entry, sc_str_t account,
    sc_str_t id, sc_str_t handle);

void sc_meta_add_dead(const sc_meta_entry_t *entry, sc_dead_reason_t reason,
    sc_str_t raw);

/*
 * Whether `name` is in a table of names.  An entry that ends in `*` is a
 * prefix.
 */
bool sc_meta_in(const sc_str_t *names, size_t count, sc_str_t name);

#define sc_meta_is_one_of(names, name)                                        \
    sc_meta_in(names, sizeof(names) / sizeof(names[0]), name)


/* sc_meta_access.c: schemes, handshake, options. */

size_t sc_meta_schemes(const sc_source_t *source,
    const sc_verify_scheme_t **list, size_t capacity);
const sc_verify_scheme_t *sc_meta_choose_scheme(const sc_source_t *source,
    const sc_request_t *request);
void sc_meta_handshake(sc_callback_t *callback);
const char *sc_meta_set_option(void *options, sc_arena_t *arena,
    sc_str_t name, sc_str_t value);
const char *sc_meta_finish_options(void *options, sc_arena_t *arena);

/* A form body: a signed_request callback, never an event. */
bool sc_meta_is_form(const sc_request_t *request);


/* sc_meta_signed_request.c */

sc_parse_result_t sc_meta_parse_signed_request(sc_callback_t *callback,
    const sc_meta_options_t *options);


/*
 * The products.  `value` is an object; `raw` the change that holds it.
 */

void sc_facebook_change(const sc_meta_entry_t *entry, sc_str_t field,
    const sc_json_token_t *value, sc_str_t raw);
void sc_instagram_change(const sc_meta_entry_t *entry, sc_str_t field,
    const sc_json_token_t *value, sc_str_t raw);
void sc_whatsapp_change(const sc_meta_entry_t *entry, sc_str_t field,
    const sc_json_token_t *value, sc_str_t raw);

/* One element of `messaging` or `standby`: Messenger and Instagram. */
void sc_messenger_event(const sc_meta_entry_t *entry,
    const sc_platform_t *platform, const sc_json_token_t *element,
    sc_str_t raw);

/* One element of `calls`: Messenger. */
void sc_messenger_call(const sc_meta_entry_t *entry,
    const sc_platform_t *platform, const sc_json_token_t *element,
    sc_str_t raw);

/* Fields of private messages that arrive as a change (dashboard tests do). */
bool sc_messenger_is_field(sc_str_t field);

/* Whether this is Threads' flat envelope. */
bool sc_threads_is_envelope(sc_callback_t *callback,
    const sc_json_token_t *root);
sc_parse_result_t sc_threads_parse(sc_callback_t *callback,
    const sc_meta_options_t *options, const sc_json_token_t *root);

#endif /* SC_META_H */
