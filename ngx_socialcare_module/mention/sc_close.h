/*
 * sc_close.h: reads the request that ends waits without an answer.
 *
 * A worker or a desk decides that nobody will reply: spam, solved by phone, a
 * duplicate.  It names the wait as the mention's record did (member `wait`)
 * and a reason; it may send the record back as it is, with the reason added.
 * Accepted: one JSON object, an array of them, or one form.  Nothing here knows
 * which brands exist, nor what a store does.
 */

#ifndef SC_CLOSE_H
#define SC_CLOSE_H

#include "sc_arena.h"
#include "sc_buf.h"
#include "sc_json.h"
#include "sc_str.h"


/* Results of a request to close; counted and published by name. */
typedef enum {
    SC_CLOSE_OK = 0,
    SC_CLOSE_METHOD,           /* not POST */
    SC_CLOSE_TYPE,             /* content type: neither JSON nor a form */
    SC_CLOSE_TOO_LARGE,        /* body, number of closes, depth, memory */
    SC_CLOSE_SYNTAX,           /* not what the content type says */
    SC_CLOSE_SHAPE,            /* no object, no array of objects, or empty */
    SC_CLOSE_MEMBER,           /* not a string, or repeated */
    SC_CLOSE_NO_WAIT,
    SC_CLOSE_NO_REASON,
    SC_CLOSE_REASON,           /* unknown */
    SC_CLOSE_BRAND,            /* unusable, or not one of this server's */
    SC_CLOSE_UNAVAILABLE,      /* no store accepted all of it */
    SC_CLOSE_RESULTS
} sc_close_result_t;


/* One wait to end.  Texts point into the body or the arena. */
typedef struct {
    sc_str_t    wait;          /* the clock key, never empty */
    const char *reason;        /* static */
    sc_str_t    brand;         /* empty: not given */
    sc_str_t    queue;         /* empty: not given */
    const char *channel;       /* static; "other" when not given */
    sc_str_t    id;            /* empty: not given */
} sc_close_t;


typedef enum {
    SC_CLOSE_JSON = 0,
    SC_CLOSE_FORM
} sc_close_format_t;


typedef struct {
    sc_json_limits_t json;
    size_t           closes;   /* of one request */
} sc_close_limits_t;


/* By media type, ignoring case and parameters.  False: neither format. */
bool sc_close_format(sc_str_t content_type, sc_close_format_t *format);

/*
 * Reads all of the body or nothing.  On SC_CLOSE_OK there is at least one
 * close, in the arena.  Otherwise *at is the index (from 0) of the close that
 * is wrong, or 0 when the body as a whole is.
 */
sc_close_result_t sc_close_read(sc_str_t body, sc_close_format_t format,
    const sc_close_limits_t *limits, sc_arena_t *arena, sc_close_t **closes,
    size_t *count, size_t *at);

/*
 * Appends the id by which a close is stored only once: `close:<wait>:<id>`,
 * with received_ms in place of the id where it has none.
 */
void sc_close_write_id(sc_buf_t *buf, const sc_close_t *close,
    int64_t received_ms);

/* A word for counters, and a sentence that says what to do; never NULL. */
const char *sc_close_result_name(sc_close_result_t result);
const char *sc_close_result_sentence(sc_close_result_t result);

#endif /* SC_CLOSE_H */
