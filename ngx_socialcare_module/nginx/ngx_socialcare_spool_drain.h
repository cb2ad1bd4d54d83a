
/*
 * ngx_socialcare_spool_drain.h: shared by the sources of the spool that run in
 * the event loop: _spool.c takes items in, _spool_drain.c and _spool_batch.c
 * send them on, _spool_state.c reports the state.
 */

#ifndef _NGX_SOCIALCARE_SPOOL_DRAIN_H_INCLUDED_
#define _NGX_SOCIALCARE_SPOOL_DRAIN_H_INCLUDED_


#include "ngx_socialcare_spool.h"
#include "ngx_socialcare_zone.h"

#include "sc_spool_item.h"

#include <ngx_thread_pool.h>


#define NGX_SOCIALCARE_DRAIN_BATCHES  4

/* After an error that may pass with time, ms. */
#define NGX_SOCIALCARE_DRAIN_PAUSE    1000


typedef struct {
    ngx_socialcare_command_t       command;       /* first: cast from it */
    ngx_socialcare_confirm_t       confirm;
    ngx_socialcare_spool_t        *spool;
    ngx_socialcare_segment_t      *segment;       /* NULL: not in flight */
    sc_str_t                       tag;
    int64_t                        window_s;
    ngx_uint_t                     with_source;
    ngx_uint_t                     count;
    uint32_t                       entries[SC_QUEUE_MAX_ITEMS];
    sc_queue_item_t                items[SC_QUEUE_MAX_ITEMS];
    sc_item_result_t               results[SC_QUEUE_MAX_ITEMS];
} ngx_socialcare_drain_batch_t;


typedef struct {
    ngx_socialcare_ticket_t        ticket;
    uint16_t                       bucket;
    unsigned                       blocks:1;
} ngx_socialcare_pending_t;


/* A flush's records and their tickets. */

typedef struct {
    sc_buf_t                       records;
    ngx_socialcare_pending_t      *tickets;
    ngx_uint_t                     count;
    ngx_uint_t                     size;
    uint64_t                       first_sequence;
} ngx_socialcare_gathered_t;


struct ngx_socialcare_spool_s {
    ngx_socialcare_worker_t          *worker;
    const ngx_socialcare_spool_conf_t
                                     *conf;
    const ngx_socialcare_spool_owner_t
                                     *owner;
    ngx_socialcare_worker_counters_t *gauges;
    ngx_log_t                        *log;
    ngx_thread_pool_t                *threads;

    /* Taking in. */
    ngx_socialcare_gathered_t         gathered[2];
    ngx_socialcare_gathered_t        *pending;
    ngx_socialcare_gathered_t        *flushing;   /* NULL: no task */
    ngx_socialcare_segment_t         *open;
    ngx_thread_task_t                *write_task;
    ngx_socialcare_spool_write_t      write;
    uint64_t                          sequence;
    uint64_t                          number;
    int64_t                           last_created_ms;
    ngx_socialcare_spool_reason_e     trouble;    /* last one that was logged */
    ngx_event_t                       guard;      /* keeps an exiting worker */

    /* Sending on. */
    ngx_queue_t                       held;       /* segments, oldest first */
    ngx_uint_t                        parked;
    ngx_socialcare_segment_t         *draining;
    ngx_socialcare_drain_batch_t     *batches;
    ngx_uint_t                        in_flight;
    ngx_thread_task_t                *file_task;  /* scan, load or finish */
    ngx_uint_t                        file_busy;
    ngx_socialcare_spool_scan_t       scan;
    ngx_socialcare_spool_load_t       load;
    ngx_socialcare_spool_finish_t     finish;
    ngx_socialcare_spool_mark_t       mark;
    ngx_event_t                       scan_timer;
    ngx_event_t                       step;       /* posted, and a timer */
    ngx_event_t                       hold_timer;
    ngx_connection_t                  timer_data;
    ngx_err_t                         scan_trouble;
    ngx_msec_t                        pause;      /* no sending until then */

    ngx_socialcare_spool_state_e      state;
    ngx_socialcare_spool_state_e      said;       /* the same, by the log */
    time_t                            state_said[NGX_SOCIALCARE_SPOOL_STATES];
    uint64_t                          unsent[NGX_SOCIALCARE_SPOOL_BUCKETS];
    uint64_t                          unsent_total;
    uint64_t                          drained;    /* since the log said UP */
    unsigned                          scanned:1;  /* nothing older to adopt */
    unsigned                          unknown:1;  /* what others left */
    unsigned                          more:1;     /* of it, not adopted yet */
    unsigned                          unchecked:1; /* for any, or some left */
    unsigned                          probing:1;  /* one batch at a time */
    unsigned                          stored:1;   /* Redis took a batch */
    unsigned                          full:1;     /* a queue refused some */
};


/* _spool.c */

void ngx_socialcare_spool_block(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment, ngx_uint_t bucket);
void ngx_socialcare_spool_unblock(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment, ngx_uint_t bucket);
void ngx_socialcare_spool_forget(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment);
void ngx_socialcare_spool_hold_segment(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment);
ngx_uint_t ngx_socialcare_spool_roll_is_due(
    const ngx_socialcare_segment_t *open_segment);
int64_t ngx_socialcare_spool_created_ms(ngx_socialcare_spool_t *spool);

/* _spool_state.c */

void ngx_socialcare_spool_update(ngx_socialcare_spool_t *spool);
void ngx_socialcare_spool_trouble(ngx_socialcare_spool_t *spool,
    const ngx_socialcare_spool_error_t *error);

/* _spool_drain.c */

ngx_int_t ngx_socialcare_drain_init(ngx_socialcare_spool_t *spool,
    ngx_cycle_t *cycle);

/* Schedules the next step: at the end of the turn, or `delay` ms later. */
void ngx_socialcare_drain_wake(ngx_socialcare_spool_t *spool,
    ngx_msec_t delay);
void ngx_socialcare_drain_destroy(ngx_socialcare_spool_t *spool);

/* How much longer nothing is sent, after Redis refused some; 0: no longer. */
ngx_msec_t ngx_socialcare_drain_pause_left(ngx_socialcare_spool_t *spool);

/* _spool_mark.c */

/* True: run `mark` now.  `leaving`: there will be no later chance. */
ngx_uint_t ngx_socialcare_drain_mark(ngx_socialcare_spool_t *spool,
    ngx_socialcare_segment_t *segment, ngx_uint_t leaving);

/* _spool_batch.c */

void ngx_socialcare_drain_send(ngx_socialcare_spool_t *spool);
void ngx_socialcare_drain_reply(ngx_socialcare_command_t *command,
    ngx_socialcare_reply_t *reply);
void ngx_socialcare_drain_confirmed(ngx_socialcare_confirm_t *confirm,
    ngx_uint_t safe);


#endif /* _NGX_SOCIALCARE_SPOOL_DRAIN_H_INCLUDED_ */
