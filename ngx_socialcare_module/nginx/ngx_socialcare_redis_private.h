
/*
 * ngx_socialcare_redis_private.h: the connection's internals, for the files
 * that implement it.
 */

#ifndef _NGX_SOCIALCARE_REDIS_PRIVATE_H_INCLUDED_
#define _NGX_SOCIALCARE_REDIS_PRIVATE_H_INCLUDED_


#include "ngx_socialcare_redis.h"
#include "ngx_socialcare_reply.h"
#include "ngx_socialcare_zone.h"

#include <ngx_event_connect.h>


struct ngx_socialcare_redis_s {
    ngx_socialcare_redis_state_e      state;
    ngx_socialcare_redis_conf_t      *conf;
    ngx_socialcare_shared_t          *shared;
    ngx_socialcare_worker_counters_t *gauges;
    ngx_socialcare_redis_state_pt     state_handler;
    ngx_log_t                        *log;
    ngx_log_t                         quiet_log;  /* for retries */

    ngx_peer_connection_t             peer;
    ngx_uint_t                        next_addr;
    ngx_socialcare_reader_t          *reader;
    u_char                           *read_buffer;

    ngx_queue_t                       in_flight;
    ngx_uint_t                        commands;
    ngx_uint_t                        background; /* of these */
    ngx_uint_t                        items;
    size_t                            bytes;      /* of these commands */
    sc_buf_t                          out;
    size_t                            out_sent;
    size_t                            out_begun;  /* where a command starts */

    /* AUTH, SELECT, CLIENT SETNAME, PING: sent together, in this order. */
    ngx_socialcare_command_t          auth;
    ngx_socialcare_command_t          select;
    ngx_socialcare_command_t          set_name;
    ngx_socialcare_command_t          ping;

    /* ack=replicas= */
    ngx_socialcare_command_t          wait;
    ngx_queue_t                       replied;    /* confirms, oldest first */
    unsigned                          waiting:1;  /* a WAIT is in flight */
    unsigned                          written:1;  /* writes since the last */

    ngx_event_t                       timer;      /* connecting, pending */
    ngx_event_t                       retry;      /* down */
    ngx_connection_t                  timer_data; /* debug logs read its fd */

    ngx_msec_t                        backoff;
    ngx_msec_t                        last_reply;
    sc_reply_class_t                  last_class; /* of the server's state */
    sc_reply_class_t                  said_class; /* trouble, by the log */
    sc_reply_class_t                  close_after; /* such a reply; OK: none */
    ngx_uint_t                        round_said; /* bits: classes logged */
    time_t                            away_said;
    time_t                            ready_said;
    time_t                            refused_at;
    time_t                            class_said[SC_REPLY_CLASSES];
    unsigned                          refused:1;  /* why it was closed last */
    unsigned                          says_away:1;  /* the log, at last */
    unsigned                          says_ready:1;
    unsigned                          wavers:1;   /* takes some, refuses some */
    unsigned                          handling:1; /* replies: defer a close */
};


/* Called once, before anything is sent. */
void ngx_socialcare_redis_pipeline_init(ngx_socialcare_redis_t *redis);

/* Handles all complete replies; NGX_ERROR: the connection is unusable. */
ngx_int_t ngx_socialcare_redis_handle_replies(ngx_socialcare_redis_t *redis);

/*
 * How much longer the oldest command may take, in ms.  A server with a long
 * backlog is slow, not away: as long as it keeps answering, a command may wait
 * up to twice the timeout.
 */
ngx_msec_int_t ngx_socialcare_redis_time_left(ngx_socialcare_redis_t *redis,
    ngx_socialcare_command_t *command);

/* Tells the zone what is in flight, and nginx whether to wait on exit. */
void ngx_socialcare_redis_gauge(ngx_socialcare_redis_t *redis);

/* Queues one command, regardless of the caps. */
ngx_int_t ngx_socialcare_redis_send(ngx_socialcare_redis_t *redis,
    ngx_socialcare_command_t *command, sc_str_t *arguments, ngx_uint_t n);

/* _wait.c: called before a flush; appends a WAIT to the writes if needed. */
void ngx_socialcare_redis_wait_init(ngx_socialcare_redis_t *redis);
ngx_int_t ngx_socialcare_redis_wait(ngx_socialcare_redis_t *redis);

/* The connection is gone: what the replicas have is unknown. */
void ngx_socialcare_redis_wait_lost(ngx_socialcare_redis_t *redis);

/* Connected: AUTH, SELECT, CLIENT SETNAME, PING; then READY. */
void ngx_socialcare_redis_handshake(ngx_socialcare_redis_t *redis);

/* The only place where the state changes; calls the state handler. */
void ngx_socialcare_redis_set_state(ngx_socialcare_redis_t *redis,
    ngx_socialcare_redis_state_e state);

/* The trouble is over; logs that if the log tells of one. */
void ngx_socialcare_redis_recover(ngx_socialcare_redis_t *redis);

/*
 * The only way in which a connection ends: what is in flight is handed back as
 * lost.  `why` is logged, unless it is NULL.
 */
void ngx_socialcare_redis_close(ngx_socialcare_redis_t *redis,
    const char *why);


#endif /* _NGX_SOCIALCARE_REDIS_PRIVATE_H_INCLUDED_ */
