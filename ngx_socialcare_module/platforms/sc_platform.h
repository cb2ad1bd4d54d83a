/*
 * sc_platform.h: what a platform's file provides, and what it is given.
 *
 * One file per platform: a handshake, a scheme's name, payload -> mentions,
 * the answer.  A platform computes no signature, reads no clock, keeps no
 * state, and never decides queue or deadline.  To add one: write the file,
 * add it to sc_registry.c, put its fixtures next to the others, describe it in
 * the README.
 */

#ifndef SC_PLATFORM_H
#define SC_PLATFORM_H

#include "sc_arena.h"
#include "sc_encoding.h"
#include "sc_json.h"
#include "sc_mention.h"
#include "sc_request.h"
#include "sc_verify.h"


/* Why an authentic callback, or a piece of it, goes raw to `dead`. */
typedef enum {
    SC_DEAD_NONE = 0,
    SC_DEAD_SYNTAX,            /* not the JSON, form or XML it should be */
    SC_DEAD_ENCODING,          /* not UTF-8, or a NUL */
    SC_DEAD_DUPLICATE_NAME,    /* a name that was read is repeated */
    SC_DEAD_SHAPE,             /* a member has the wrong type */
    SC_DEAD_MISSING_MEMBER,    /* no id, no event */
    SC_DEAD_UNKNOWN_OBJECT,    /* a product or event that this file does not
                                  know; what is known and ignored is not dead */
    SC_DEAD_CONTENT_TYPE,
    SC_DEAD_REASONS
} sc_dead_reason_t;


typedef enum {
    SC_PARSE_OK = 0,           /* mentions and dead pieces are valid */
    SC_PARSE_DEAD,             /* the whole body is dead: callback->dead */
    SC_PARSE_TOO_LARGE         /* limits, or the arena is full: 413 */
} sc_parse_result_t;


/* A piece of an authentic body that could not be understood. */
typedef struct sc_dead_piece_s  sc_dead_piece_t;

struct sc_dead_piece_s {
    sc_dead_reason_t reason;
    sc_str_t         raw;
    sc_dead_piece_t *next;
};


typedef struct {
    unsigned status;           /* HTTP; 0 = the platform's usual answer */
    sc_str_t content_type;
    sc_str_t body;             /* in the arena or static */
    sc_str_t header_name;      /* one extra header; empty: none */
    sc_str_t header_value;     /* no control characters in it */
    const sc_header_t *more;   /* further ones, in the arena or static */
    size_t   more_count;
} sc_answer_t;


/* How a receiver handles requests before, or without, parsing. */
typedef struct {
    unsigned refused_status;   /* of a failed verification; never 0 */
    bool     post_is_event;
    bool     get_is_event;     /* verified and parsed like a POST */
    bool     get_is_handshake; /* platform->handshake answers */
    bool     head_is_handshake; /* the same for these methods, */
    bool     options_is_handshake; /* if policy() turns them on */
} sc_policy_t;


typedef struct sc_platform_s  sc_platform_t;


/* One receiver (location) as configured.  Read-only while serving. */
typedef struct {
    const sc_platform_t *platform;
    const sc_str_t      *accounts;       /* own ids and handles, configured */
    size_t               accounts_count;
    const sc_str_t      *verify_tokens;
    size_t               verify_tokens_count;
    sc_secrets_t         secrets;
    void                *options;        /* platform->options_size bytes */
    sc_json_limits_t     json_limits;
    size_t               max_events;     /* per callback */
} sc_source_t;


/* One callback on its way through a platform's file. */
typedef struct {
    const sc_request_t *request;
    const sc_source_t  *source;
    sc_arena_t         *arena;
    int64_t             now_ms;
    const sc_verdict_t *verdict;         /* NULL in the GET handshake */
    sc_json_doc_t      *json;            /* the body, if platform->json */

    sc_mention_t       *first;           /* results, in document order */
    sc_mention_t       *last;
    size_t              count;
    sc_dead_piece_t    *dead_pieces;
    size_t              dead_count;
    sc_dead_reason_t    dead;            /* with SC_PARSE_DEAD */
    sc_answer_t         answer;          /* preset to the usual one */
    bool                handshake;       /* a POST that only probes us */
    size_t              lease;           /* which of leases() a handshake is
                                            about, from 1; 0: none */
    int64_t             lease_ends_ms;   /* when it expires; now_ms: over */
    bool                too_large;       /* events or memory ran out */
} sc_callback_t;


struct sc_platform_s {
    sc_str_t          name;
    sc_channel_t      channel;
    bool              json;              /* body is JSON: read before parse */
    bool              no_secret_needed;  /* never for callbacks that change
                                            anything; see README */
    sc_answer_t       success;           /* status 200 and an empty body when
                                            left out */
    unsigned          refused_status;    /* 401 when 0 */

    /* The one scheme, or NULL: schemes() names them. */
    const sc_verify_scheme_t *scheme;

    /*
     * The schemes this receiver may use, by its options; at least one.
     * Returns how many there are.  Callers use sc_source_schemes().
     */
    size_t (*schemes)(const sc_source_t *source,
        const sc_verify_scheme_t **list, size_t capacity);

    /* The scheme for this request; NULL function: the first of the list. */
    const sc_verify_scheme_t *(*choose_scheme)(const sc_source_t *source,
        const sc_request_t *request);

    /*
     * A GET (HEAD or OPTIONS where policy() turns those on: request->method
     * says which).  Fills callback->answer (403 for a wrong token, 400 for a
     * malformed probe).  NULL: GET is not allowed.  Some platforms deliver
     * events by GET: then `get_is_event` and no handshake function.
     */
    void (*handshake)(sc_callback_t *callback);
    bool get_is_event;

    /*
     * The names of this receiver's subscriptions that expire unless renewed;
     * returns how many.  The names live as long as the options.  NULL: there
     * are none.  Callers use sc_source_leases().
     */
    size_t (*leases)(const sc_source_t *source, const sc_str_t **names);

    /*
     * What to turn on at the platform so that it also sends the brand's own
     * private messages, where it sends customers' without that: a phrase.
     * NULL: it always sends them, or never.
     */
    const char *own_replies;

    /* Authentic payload -> mentions. */
    sc_parse_result_t (*parse)(sc_callback_t *callback);

    /*
     * A POST without any signature, where an option allows a probe before there
     * is a secret: sets callback->answer and returns true when it is one.  Must
     * not add a mention.  Callers use sc_platform_probe().
     */
    bool (*unsigned_probe)(sc_callback_t *callback);

    /*
     * Options of `socialcare_webhook NAME option=value …`.  `options` is
     * zeroed memory of options_size bytes that lives as long as the
     * configuration; text may be kept by reference.  set_option returns NULL
     * or a static sentence that says what to do.  finish_options, if not NULL,
     * checks all options together after the last one.
     */
    size_t       options_size;
    const char *(*set_option)(void *options, sc_arena_t *arena,
        sc_str_t name, sc_str_t value);
    const char *(*finish_options)(void *options, sc_arena_t *arena);

    /*
     * Where options affect methods and refusals (generic): changes what
     * sc_source_policy() has filled in from the members above.  NULL: nothing
     * to change.
     */
    void (*policy)(const sc_source_t *source, sc_policy_t *policy);
};


/* The registry, in a fixed order: the index serves as a counter slot. */
extern const sc_platform_t *const sc_platforms[];
extern const size_t sc_platforms_count;

/* NULL when unknown. */
const sc_platform_t *sc_platform_by_name(sc_str_t name);
size_t sc_platform_index(const sc_platform_t *platform);


/*
 * Verified request -> mentions: reads JSON where the platform wants it, maps
 * reader errors to dead reasons or TOO_LARGE, calls platform->parse, and
 * refuses repeated names.  callback->first … are valid with SC_PARSE_OK.
 * The caller must have set request, source, arena, now_ms and verdict.
 */
sc_parse_result_t sc_platform_parse(sc_callback_t *callback);

/*
 * True when an unsigned POST is a probe that may be answered, with
 * callback->answer.  Members as for sc_platform_parse(), except the verdict.
 */
bool sc_platform_probe(sc_callback_t *callback);

/*
 * Reads `text` into callback->json as sc_platform_parse does for platforms
 * whose body is always JSON.  For those that also take forms, or whose JSON is
 * wrapped.  Any result but SC_PARSE_OK is for parse to return.
 */
sc_parse_result_t sc_callback_read_json(sc_callback_t *callback,
    sc_str_t text);

/*
 * The schemes of a receiver, for preparing its secrets: at most `capacity`
 * are written to `list`; returns how many there are, at least one.
 */
size_t sc_source_schemes(const sc_source_t *source,
    const sc_verify_scheme_t **list, size_t capacity);

/* The receiver's subscriptions that expire; 0 and NULL if there are none. */
size_t sc_source_leases(const sc_source_t *source, const sc_str_t **names);

/* What the server needs before it verifies; it must not use the platform's
   members for that. */
void sc_source_policy(const sc_source_t *source, sc_policy_t *policy);

/*
 * A new mention at the end of the list, with the receiver's platform, channel
 * and account filled in where known.  NULL once limits are reached
 * (callback->too_large is set: parse functions just return).
 */
sc_mention_t *sc_callback_add(sc_callback_t *callback);

/* Takes the newest mention back (an event that turned out to be noise). */
void sc_callback_drop_last(sc_callback_t *callback);

/* Sends a piece of the body to `dead` and goes on with the rest. */
void sc_callback_add_dead(sc_callback_t *callback, sc_dead_reason_t reason,
    sc_str_t raw);

/* One media item at the end of the mention's list. */
void sc_callback_add_media(sc_callback_t *callback, sc_mention_t *mention,
    sc_str_t type, sc_str_t url, sc_str_t ref);

/*
 * Extra data that the record has no member for but its reader may need: a
 * routing hint, a token to answer with.  `name` is static; empty values are
 * left out.
 */
void sc_callback_add_extra(sc_callback_t *callback, sc_mention_t *mention,
    const char *name, sc_str_t value);

/* True when `id` is the brand's: `account` or one of the configured ones. */
bool sc_source_is_own(const sc_source_t *source, sc_str_t account,
    sc_str_t id);

/*
 * True when one of the configured accounts is this handle, in any case, with or
 * without '@'.  People choose their handles: one of digits only could equal the
 * brand's account id, so it matches only where it is configured with '@'.
 */
bool sc_source_has_handle(const sc_source_t *source, sc_str_t handle);

/* a + separator + b … in the arena; empty (and too_large) without memory. */
sc_str_t sc_callback_join(sc_callback_t *callback, const sc_str_t *parts,
    size_t count);

/* The text of a string; "" for anything else, and without memory. */
sc_str_t sc_callback_string(sc_callback_t *callback,
    const sc_json_token_t *token);

/* Shorthands over the callback's JSON document; absent gives "" or -1. */
sc_str_t sc_callback_text(sc_callback_t *callback,
    const sc_json_token_t *object, sc_str_t name);
sc_str_t sc_callback_id(sc_callback_t *callback,
    const sc_json_token_t *object, sc_str_t name);
int64_t sc_callback_int(sc_callback_t *callback,
    const sc_json_token_t *object, sc_str_t name);

/* "latitude,longitude", two numbers of the object; empty unless both are. */
sc_str_t sc_callback_place(sc_callback_t *callback,
    const sc_json_token_t *object, sc_str_t latitude, sc_str_t longitude);

const char *sc_dead_reason_name(sc_dead_reason_t reason);

#endif /* SC_PLATFORM_H */
