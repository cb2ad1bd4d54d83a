/*
 * sc_kit.h: small helpers that the platform files would otherwise each write
 * again: keys, lists of names, times, options.
 *
 * Nothing here knows a platform.  sc_platform.h is the interface; this is
 * convenience on top of it.
 */

#ifndef SC_KIT_H
#define SC_KIT_H

#include "sc_platform.h"


/* Most media kept of one item; more than any platform allows. */
#define SC_KIT_MAX_MEDIA  64


/* Names that an option gives. */
typedef struct {
    sc_str_t *items;
    size_t    count;
} sc_kit_names_t;


/* NAME:VALUE pairs that an option gives, in the order they came. */
typedef struct sc_kit_pair_s  sc_kit_pair_t;

struct sc_kit_pair_s {
    sc_str_t       name;
    sc_str_t       value;
    sc_kit_pair_t *next;
};


/* Text made of parts. */
#define sc_kit_join(callback, ...)                                            \
    sc_callback_join(callback, (const sc_str_t[]) { __VA_ARGS__ },            \
                     sizeof((const sc_str_t[]) { __VA_ARGS__ })               \
                     / sizeof(sc_str_t))

/* The first that is not empty. */
static inline sc_str_t
sc_kit_either(sc_str_t a, sc_str_t b)
{
    return a.len != 0 ? a : b;
}


/* ASCII in lower case, in the arena; empty (and too_large) without memory. */
sc_str_t sc_kit_lower(sc_callback_t *callback, sc_str_t text);

bool sc_kit_in(const sc_str_t *names, size_t count, sc_str_t name);

#define sc_kit_is_one_of(names, name)                                         \
    sc_kit_in(names, sizeof(names) / sizeof((names)[0]), name)

static inline bool
sc_kit_has(const sc_kit_names_t *names, sc_str_t name)
{
    return name.len != 0 && sc_kit_in(names->items, names->count, name);
}


/* The account to use where the payload names none: the receiver's first. */
sc_str_t sc_kit_account(const sc_source_t *source);

/* A new mention for the receiver's account; keeps `raw`.  NULL at limits. */
sc_mention_t *sc_kit_add(sc_callback_t *callback, sc_str_t raw);

/* The same as a notice to the operator, direction none, not public. */
sc_mention_t *sc_kit_add_notice(sc_callback_t *callback, sc_str_t raw,
    sc_str_t notice);

/*
 * The same, private, between the brand and one customer: a message or a call.
 * A brand-side one answers nobody until it has a clock key.
 */
sc_mention_t *sc_kit_add_private(sc_callback_t *callback, sc_str_t raw,
    sc_kind_t kind, sc_channel_t channel, sc_direction_t direction);

/* Sets author and recipient by the mention's direction. */
void sc_kit_set_sides(sc_mention_t *mention, sc_str_t brand,
    sc_str_t customer);

/*
 * True for what telephony sends instead of the number of a caller who hides it,
 * and for no number.  All those callers are different people.
 */
bool sc_kit_is_withheld(sc_str_t number);

/* SCHEME:BRAND|CUSTOMER in the arena; empty where one of them is. */
sc_str_t sc_kit_pair_thread(sc_callback_t *callback, sc_str_t scheme,
    sc_str_t brand, sc_str_t customer);

/* A customer's SMS with its id, both numbers and the thread; NULL at limits. */
sc_mention_t *sc_kit_add_sms(sc_callback_t *callback, sc_str_t raw,
    sc_str_t id, sc_str_t brand, sc_str_t customer);

/* Adds the object's place as a medium; false: it names none. */
bool sc_kit_add_place(sc_callback_t *callback, sc_mention_t *mention,
    const sc_json_token_t *object, sc_str_t latitude, sc_str_t longitude);

/* When a call was picked up, by its end and its duration; -1: unknown. */
int64_t sc_kit_pick_up_ms(int64_t end_ms, int64_t duration_s);

/*
 * What became of the message `id` of the brand; answers nobody.  NULL at
 * limits.
 */
sc_mention_t *sc_kit_add_report(sc_callback_t *callback, sc_str_t raw,
    sc_channel_t channel, sc_str_t id, sc_str_t status);

/* Ends a parse function: the whole body is dead. */
sc_parse_result_t sc_kit_die(sc_callback_t *callback,
    sc_dead_reason_t reason);

/* platform:account:key; empty for an empty key. */
sc_str_t sc_kit_clock_key(sc_callback_t *callback,
    const sc_mention_t *mention, sc_str_t key);

/*
 * Sets the clock key as the kind of mention requires.  Messages of customer and
 * brand get it, and so do a customer's deletions, which withdraw the question
 * with that object id.  Edits, notices and items of neither side get none.  A
 * brand's item without a key answers nobody.
 */
void sc_kit_set_clock(sc_callback_t *callback, sc_mention_t *mention,
    sc_str_t key);

/* A decimal number as text in the arena. */
sc_str_t sc_kit_number(sc_callback_t *callback, int64_t value);

/*
 * 16 hexadecimal digits that tell texts apart, in the arena; not secret, and
 * the same wherever and whenever they are made.
 */
sc_str_t sc_kit_digest(sc_callback_t *callback, sc_str_t text);

/*
 * An edit without a time of its own (edited_ms): what the item now says tells
 * it from the next.  `event` is set.
 */
void sc_kit_set_same_edit(sc_callback_t *callback, sc_mention_t *mention);

/*
 * A member that is an integer in units of `unit_ms` milliseconds, or a string
 * of digits; -1 when absent, negative or beyond the year 9999.
 */
int64_t sc_kit_time(sc_callback_t *callback, const sc_json_token_t *object,
    sc_str_t name, int64_t unit_ms);

/* A member that is text in this format; -1 when absent or malformed. */
int64_t sc_kit_text_time(sc_callback_t *callback,
    const sc_json_token_t *object, sc_str_t name, sc_time_format_t format);

/* created_ms from `ms`; if that is -1, from now and flagged as such. */
void sc_kit_set_created(sc_callback_t *callback, sc_mention_t *mention,
    int64_t ms);

/* A member that is an object; NULL: absent, or anything else. */
const sc_json_token_t *sc_kit_object(sc_callback_t *callback,
    const sc_json_token_t *object, sc_str_t name);

/* Whether all characters may be echoed in a challenge: visible ASCII. */
bool sc_kit_is_harmless(sc_str_t text, size_t limit);

/* HMAC-SHA256, `mac` holds 64 bytes.  False when OpenSSL has no memory: then
 * the callback's arena is starved. */
bool sc_kit_hmac(sc_callback_t *callback, sc_str_t key, sc_str_t text,
    unsigned char *mac, size_t *len);


/* Options.  Each returns NULL, or a sentence that says what to do. */

const char *sc_kit_set_switch(bool *on, sc_str_t value);

/*
 * One of two words: *second says which, `problem` is returned for any other.
 */
const char *sc_kit_set_choice(bool *second, sc_str_t value, const char *first,
    const char *other, const char *problem);

/* Adds NAME,NAME to a list. */
const char *sc_kit_add_names(sc_arena_t *arena, sc_kit_names_t *list,
    sc_str_t value);

/* Adds NAME:VALUE, split at the first colon.  `problem` when malformed. */
const char *sc_kit_add_pair(sc_arena_t *arena, sc_kit_pair_t **list,
    sc_str_t value, const char *problem);

/* The value of a name; false when there is none. */
bool sc_kit_pair_get(const sc_kit_pair_t *list, sc_str_t name,
    sc_str_t *value);

#endif /* SC_KIT_H */
