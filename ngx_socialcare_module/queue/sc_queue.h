/*
 * sc_queue.h: what is stored in Redis and how: the items of one call, the
 * bytes of the command, the meaning of the reply.
 *
 * Pure encoding: no socket, no clock.  The key schema and the script's rules
 * are described at the top of scripts/enqueue.lua; the contract for workers is
 * in the README.
 */

#ifndef SC_QUEUE_H
#define SC_QUEUE_H

#include "sc_buf.h"
#include "sc_mention.h"
#include "sc_str.h"


/* Maximum of items in one call, so that it takes less than 2 ms. */
#define SC_QUEUE_MAX_ITEMS  64

/* Maximum of record bytes in one call (a single item may exceed it). */
#define SC_QUEUE_MAX_BYTES  (256 * 1024)

/* Longer names and details, and longer clock keys, are truncated. */
#define SC_QUEUE_MAX_NAME   255
#define SC_QUEUE_MAX_KEY    1024


typedef enum {
    SC_FORMAT_STREAM = 0,
    SC_FORMAT_LIST
} sc_queue_format_t;


/* What an item does to the thread's clock. */
typedef enum {
    SC_CLOCK_NONE = 0,
    SC_CLOCK_QUESTION,         /* opens a wait, unless one is open */
    SC_CLOCK_ANSWER,           /* ends the open wait; held for a question that
                                  arrives later */
    SC_CLOCK_CLOSE,            /* ends the wait without an answer, and the
                                  conversation; see detail */
    SC_CLOCK_AUTO,             /* an automatic answer: ends nothing */
    SC_CLOCK_WITHDRAWAL        /* the customer took back the question that
                                  `object` identifies */
} sc_clock_t;


typedef struct {
    sc_str_t          queue;   /* empty: the item is only counted and timed */
    sc_queue_format_t format;
    uint64_t          limit;   /* maximum length of the queue; 0: none */
    sc_str_t          channel; /* sc_channel_name(): for due and statistics */
    sc_str_t          sla_queue; /* queue under which waits and statistics are
                                    booked: the customer-side queue, also for
                                    items that go to <queue>:out */
    int64_t           digest;  /* of the id; see sc_record_digest */
    int64_t           own_ms;  /* the platform's own time; must be the same in
                                  every retry and replay, since it selects the
                                  set the digest is looked up in; -1 or 0:
                                  none */
    int64_t           event_ms; /* start of the wait or time of the answer;
                                   never negative */
    int64_t           due_ms;  /* deadline; -1: none */
    sc_clock_t        clock;
    sc_reach_t        reach;   /* SC_CLOCK_QUESTION: tier of the author; one
                                  digit */
    uint32_t          object;  /* question, withdrawal: sc_queue_object() of
                                  the item's own id */
    sc_str_t          clock_key;
    sc_str_t          detail;  /* close: the reason; answer: decimal digest of
                                  a fact that several items report, of which
                                  only the first counts as an answer; empty:
                                  it always counts; no clock: the same fact,
                                  which from then on answers nobody */
    bool              dead;    /* a dead letter: goes to T:dead:<queue> */
    sc_str_t          record;  /* the stream's field m, or the list element */
} sc_queue_item_t;


typedef struct {
    sc_str_t               tag;        /* "{care:<brand>/<p>}" */
    int64_t                now_ms;
    int64_t                window_s;   /* dedupe window; clamped to 60 to
                                          UINT32_MAX */
    const sc_queue_item_t *items;
    size_t                 count;
} sc_queue_call_t;


/* The script's result for each item, in order. */
typedef enum {
    SC_STORED = 0,
    SC_DUPLICATE,
    SC_FULL,                   /* nothing of this item was written */
    SC_ITEM_ERROR              /* its push failed and was undone */
} sc_item_result_t;


/* Hash tag of a brand partition, e.g. {care:acme/0}. */
void sc_queue_write_tag(sc_buf_t *buf, sc_str_t prefix, sc_str_t brand,
    unsigned partition);

/* Identifies a question within its thread: a hash of its own id; 0: no id. */
uint32_t sc_queue_object(sc_str_t object);

/* CRC32C(key) mod partitions; key: the clock key, or the id without one. */
unsigned sc_queue_partition(sc_str_t key, unsigned partitions);

/*
 * Appends EVALSHA <sha> … for the call, or EVAL <source> … (after NOSCRIPT).
 * If it does not fit, buf->failed is set and buf->len is unchanged.
 */
void sc_queue_write_call(sc_buf_t *buf, const sc_queue_call_t *call,
    bool with_source);

/*
 * Parses the script's reply (a string with one digit for each item).  False:
 * not a reply for `count` items; the outcome of the call is unknown.
 */
bool sc_queue_read_result(sc_str_t reply, sc_item_result_t *results,
    size_t count);

/* SHA-1 (40 hex digits) and source of the script, embedded at build time. */
sc_str_t sc_script_enqueue_sha(void);
sc_str_t sc_script_enqueue_source(void);


/*
 * Appends a command of plain arguments in RESP2: AUTH, SELECT, PING, WAIT …
 * If it does not fit, buf->failed is set and buf->len is unchanged.
 */
void sc_command_write(sc_buf_t *buf, const sc_str_t *arguments, size_t count);


/* Classes of replies, by what to do about them, not by their wording. */
typedef enum {
    SC_REPLY_OK = 0,
    SC_REPLY_NOSCRIPT,         /* send the source */
    SC_REPLY_MOVED,
    SC_REPLY_ASK,
    SC_REPLY_TRY_AGAIN,
    SC_REPLY_CLUSTER_DOWN,
    SC_REPLY_READONLY,         /* close, find the master */
    SC_REPLY_LOADING,          /* LOADING, MASTERDOWN */
    SC_REPLY_OOM,
    SC_REPLY_MISCONF,
    SC_REPLY_NO_REPLICAS,
    SC_REPLY_REPLICAS_SHORT,   /* WAIT returned too few: executed, not safe */
    SC_REPLY_BUSY,
    SC_REPLY_AUTH,             /* NOAUTH, WRONGPASS, NOPERM, script denied */
    SC_REPLY_MAX_CLIENTS,
    SC_REPLY_POISON,           /* WRONGTYPE, CROSSSLOT, other errors: a retry
                                  will never succeed */
    SC_REPLY_UNEXPECTED,       /* not a reply that the command can give */
    SC_REPLY_CLASSES
} sc_reply_class_t;

/* `error`: the error's text, without the '-'. */
sc_reply_class_t sc_reply_classify(sc_str_t error);

/*
 * Of SC_REPLY_POISON: true when it is certain that the keys of what was sent
 * are wrong (WRONGTYPE, CROSSSLOT), however Redis wraps it; false when the
 * server itself may be what is set up wrongly.
 */
bool sc_reply_is_items_fault(sc_str_t error);

const char *sc_reply_class_name(sc_reply_class_t reply_class);

/* One sentence for the log: what the operator should do; never NULL. */
const char *sc_reply_class_advice(sc_reply_class_t reply_class);

#endif /* SC_QUEUE_H */
