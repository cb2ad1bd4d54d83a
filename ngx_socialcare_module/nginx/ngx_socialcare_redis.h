
/*
 * ngx_socialcare_redis.h: one pipelined connection of a worker to its Redis.
 *
 * Sockets, timers and events are nginx's; hiredis only reads replies.  The
 * connection knows commands and replies, not mentions: who sends a command
 * gets its reply, or hears that it was lost.  Calls upward are the handlers
 * given with commands and the state handler.
 */

#ifndef _NGX_SOCIALCARE_REDIS_H_INCLUDED_
#define _NGX_SOCIALCARE_REDIS_H_INCLUDED_


#include "ngx_socialcare.h"


typedef struct ngx_socialcare_command_s  ngx_socialcare_command_t;
typedef struct ngx_socialcare_reply_s    ngx_socialcare_reply_t;
typedef struct ngx_socialcare_confirm_s  ngx_socialcare_confirm_t;


typedef enum {
    NGX_SOCIALCARE_REDIS_DOWN = 0,     /* waits for its next try */
    NGX_SOCIALCARE_REDIS_CONNECTING,
    NGX_SOCIALCARE_REDIS_HANDSHAKE,    /* AUTH, SELECT, PING under way */
    NGX_SOCIALCARE_REDIS_READY,
    NGX_SOCIALCARE_REDIS_CLOSED        /* the worker is leaving */
} ngx_socialcare_redis_state_e;


typedef enum {
    NGX_SOCIALCARE_REPLY_STRING = 0,   /* also status */
    NGX_SOCIALCARE_REPLY_INTEGER,
    NGX_SOCIALCARE_REPLY_NIL,
    NGX_SOCIALCARE_REPLY_ARRAY,
    NGX_SOCIALCARE_REPLY_ERROR,
    NGX_SOCIALCARE_REPLY_LOST          /* no reply: it may have been executed */
} ngx_socialcare_reply_type_e;


/* Valid only inside the handler that gets it. */

struct ngx_socialcare_reply_s {
    ngx_socialcare_reply_type_e    type;
    sc_reply_class_t               reply_class;   /* of an error */
    sc_str_t                       text;
    int64_t                        integer;
    ngx_socialcare_reply_t       **elements;
    ngx_uint_t                     count;
};


/*
 * The sender's memory; must live until its handler was called, which happens
 * exactly once.  The handler may send further commands.
 */

struct ngx_socialcare_command_s {
    ngx_queue_t                    queue;
    void                         (*handler)(ngx_socialcare_command_t *command,
                                            ngx_socialcare_reply_t *reply);
    ngx_uint_t                     items;         /* for the gauges */
    ngx_uint_t                     again;         /* sent before: its items
                                                     are counted already */
    size_t                         bytes;         /* set by _commit */
    ngx_msec_t                     sent;
    uint64_t                       sent_us;
    unsigned                       writes:1;      /* replicas have to follow */
    unsigned                       background:1;  /* no callback waits */
};


/*
 * Whoever relies on a write: the sender's memory, as above.  `safe`: as many
 * replicas as ack= asks for have it.  Else it may be lost with the server.
 */

struct ngx_socialcare_confirm_s {
    ngx_queue_t                    queue;
    void                         (*handler)(ngx_socialcare_confirm_t *confirm,
                                            ngx_uint_t safe);
};


/* Called after the state changed; delivery looks at its waiting batches. */
typedef void (*ngx_socialcare_redis_state_pt)(ngx_socialcare_redis_t *redis,
    ngx_socialcare_redis_state_e state);


/* Made in init_process; NULL without memory.  Connects by itself. */
ngx_socialcare_redis_t *ngx_socialcare_redis_create(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker, ngx_socialcare_redis_state_pt handler);

ngx_socialcare_redis_state_e ngx_socialcare_redis_state(
    ngx_socialcare_redis_t *redis);

/* Connects at once where only the random first delay is being waited for. */
void ngx_socialcare_redis_wake(ngx_socialcare_redis_t *redis);

/*
 * Where to append one command's bytes, or NULL when the connection is not
 * ready or its caps (commands, bytes) are reached.  Then _commit, which takes
 * back a command that did not fit (NGX_ERROR: its handler is not called), and
 * after the last command of a turn _flush.
 */
sc_buf_t *ngx_socialcare_redis_begin(ngx_socialcare_redis_t *redis);
ngx_int_t ngx_socialcare_redis_commit(ngx_socialcare_redis_t *redis,
    ngx_socialcare_command_t *command);
void ngx_socialcare_redis_flush(ngx_socialcare_redis_t *redis);

/*
 * From the handler of a command that writes, when its reply was good: calls
 * the confirm's handler, once, when it is known whether the write is safe.
 * With ack=redis that is at once.
 */
void ngx_socialcare_redis_confirm(ngx_socialcare_redis_t *redis,
    ngx_socialcare_confirm_t *confirm);

/* Commands in flight for which somebody waits. */
ngx_uint_t ngx_socialcare_redis_foreground(ngx_socialcare_redis_t *redis);

/*
 * What a reply says about the server: counts the class, logs a change once,
 * and on a class that this connection cannot outlive closes it after the
 * present replies were handled.
 */
void ngx_socialcare_redis_note(ngx_socialcare_redis_t *redis,
    sc_reply_class_t reply_class);

/*
 * The server did a write for us that was no callback's: troubles of the whole
 * server are over.  Those of single commands or keys only a callback can end.
 */
void ngx_socialcare_redis_note_write(ngx_socialcare_redis_t *redis);

/* exit_process: everything in flight is lost, the socket is closed. */
void ngx_socialcare_redis_destroy(ngx_socialcare_redis_t *redis);

const char *ngx_socialcare_redis_state_name(
    ngx_socialcare_redis_state_e state);


#endif /* _NGX_SOCIALCARE_REDIS_H_INCLUDED_ */
