
/*
 * ngx_socialcare_redis.h: a worker's one pipelined connection to its Redis.
 *
 * Sockets, timers and events are nginx's; hiredis only reads replies.  The
 * connection knows commands and replies, not mentions: whoever sends a command
 * gets its reply, or is told that it was lost.  Calls upward go through the
 * commands' handlers and the state handler.
 */

#ifndef _NGX_SOCIALCARE_REDIS_H_INCLUDED_
#define _NGX_SOCIALCARE_REDIS_H_INCLUDED_


#include "ngx_socialcare.h"


typedef struct ngx_socialcare_command_s  ngx_socialcare_command_t;
typedef struct ngx_socialcare_reply_s    ngx_socialcare_reply_t;
typedef struct ngx_socialcare_confirm_s  ngx_socialcare_confirm_t;


typedef enum {
    NGX_SOCIALCARE_REDIS_DOWN = 0,     /* waiting to reconnect */
    NGX_SOCIALCARE_REDIS_CONNECTING,
    NGX_SOCIALCARE_REDIS_HANDSHAKE,    /* AUTH, SELECT, PING in flight */
    NGX_SOCIALCARE_REDIS_READY,
    NGX_SOCIALCARE_REDIS_CLOSED        /* the worker is exiting */
} ngx_socialcare_redis_state_e;


typedef enum {
    NGX_SOCIALCARE_REPLY_STRING = 0,   /* also status */
    NGX_SOCIALCARE_REPLY_INTEGER,
    NGX_SOCIALCARE_REPLY_NIL,
    NGX_SOCIALCARE_REPLY_ARRAY,
    NGX_SOCIALCARE_REPLY_ERROR,
    NGX_SOCIALCARE_REPLY_LOST          /* no reply: it may have been executed */
} ngx_socialcare_reply_type_e;


/* Valid only within the handler that gets it. */

struct ngx_socialcare_reply_s {
    ngx_socialcare_reply_type_e    type;
    sc_reply_class_t               reply_class;   /* of an error */
    sc_str_t                       text;
    int64_t                        integer;
    ngx_socialcare_reply_t       **elements;
    ngx_uint_t                     count;
};


/*
 * Owned by the sender; must stay valid until its handler has been called, which
 * happens exactly once.  The handler may send further commands.
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
    unsigned                       writes:1;      /* must be replicated */
    unsigned                       background:1;  /* no callback waits */
};


/*
 * Tells the sender what became of a write; owned by it, as above.  `safe`: as
 * many replicas as ack= asks for have it.  Else it may be lost with the server.
 */

struct ngx_socialcare_confirm_s {
    ngx_queue_t                    queue;
    void                         (*handler)(ngx_socialcare_confirm_t *confirm,
                                            ngx_uint_t safe);
};


/* Called after a state change; delivery then handles its waiting batches. */
typedef void (*ngx_socialcare_redis_state_pt)(ngx_socialcare_redis_t *redis,
    ngx_socialcare_redis_state_e state);


/* Created in init_process; NULL if out of memory.  Connects on its own. */
ngx_socialcare_redis_t *ngx_socialcare_redis_create(ngx_cycle_t *cycle,
    ngx_socialcare_worker_t *worker, ngx_socialcare_redis_state_pt handler);

ngx_socialcare_redis_state_e ngx_socialcare_redis_state(
    ngx_socialcare_redis_t *redis);

/* Connects at once unless it is backing off after a failure. */
void ngx_socialcare_redis_wake(ngx_socialcare_redis_t *redis);

/*
 * The buffer to append one command to, or NULL if the connection is not ready
 * or its caps (commands, bytes) are reached.  Next call _commit, which discards
 * a command that did not fit (NGX_ERROR: its handler is not called), and _flush
 * after the last command of a turn.
 */
sc_buf_t *ngx_socialcare_redis_begin(ngx_socialcare_redis_t *redis);
ngx_int_t ngx_socialcare_redis_commit(ngx_socialcare_redis_t *redis,
    ngx_socialcare_command_t *command);
void ngx_socialcare_redis_flush(ngx_socialcare_redis_t *redis);

/*
 * To be called from the handler of a command that writes, if its reply was
 * good: calls the confirm's handler, once, as soon as it is known whether the
 * write is safe.  With ack=redis that is immediately.
 */
void ngx_socialcare_redis_confirm(ngx_socialcare_redis_t *redis,
    ngx_socialcare_confirm_t *confirm);

/* Commands in flight that somebody is waiting for. */
ngx_uint_t ngx_socialcare_redis_foreground(ngx_socialcare_redis_t *redis);

/*
 * Notes what a reply says about the server: counts its class, logs a change
 * once, and for a class that is fatal to the connection closes it once the
 * replies already received have been handled.
 */
void ngx_socialcare_redis_note(ngx_socialcare_redis_t *redis,
    sc_reply_class_t reply_class);

/* Trouble of the whole server, not of single commands or keys. */
ngx_uint_t ngx_socialcare_redis_is_general(sc_reply_class_t reply_class);

/*
 * The server executed a write of our own, not a callback's: server-wide trouble
 * is over.  Trouble with single commands or keys only a callback can clear.
 */
void ngx_socialcare_redis_note_write(ngx_socialcare_redis_t *redis);

/*
 * An error that the module's own round of sweeping and reading got: unlike
 * general trouble, what concerns only its commands and keys says nothing about
 * whether mentions are stored.  OK: a round was complete.
 */
void ngx_socialcare_redis_note_round(ngx_socialcare_redis_t *redis,
    sc_reply_class_t reply_class);

/* exit_process: everything in flight is lost, the socket is closed. */
void ngx_socialcare_redis_destroy(ngx_socialcare_redis_t *redis);

const char *ngx_socialcare_redis_state_name(
    ngx_socialcare_redis_state_e state);


#endif /* _NGX_SOCIALCARE_REDIS_H_INCLUDED_ */
