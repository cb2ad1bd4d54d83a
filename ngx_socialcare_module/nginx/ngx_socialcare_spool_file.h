
/*
 * ngx_socialcare_spool_file.h: operations on the spool's files, each step one
 * job for a thread, since it may block on the disk.
 *
 * A job touches only what it is given, and nobody else touches that while it
 * runs.  Nothing here logs, or knows events, Redis or requests; errors are
 * returned in the job.
 */

#ifndef _NGX_SOCIALCARE_SPOOL_FILE_H_INCLUDED_
#define _NGX_SOCIALCARE_SPOOL_FILE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "sc_segment.h"
#include "sc_spool_item.h"
#include "sc_spool_limits.h"
#include "sc_spool_name.h"


/* Tags are told apart by hash: a collision only causes a needless wait. */
#define NGX_SOCIALCARE_SPOOL_BUCKETS   1024

/* Larger files are not ours. */
#define NGX_SOCIALCARE_SPOOL_MAX_FILE  (64 * 1024 * 1024)

/* Files left alone because their version is not ours. */
#define NGX_SOCIALCARE_SPOOL_IGNORED   32


/* Suffix of a damaged file, which is kept. */
#define NGX_SOCIALCARE_SPOOL_DAMAGED   ".damaged"


/* What became of a record of a loaded segment. */

typedef enum {
    NGX_SOCIALCARE_ENTRY_WAITING = 0,
    NGX_SOCIALCARE_ENTRY_SENT,
    NGX_SOCIALCARE_ENTRY_REFUSED,      /* its queue is full: later */
    NGX_SOCIALCARE_ENTRY_DONE          /* also: in quarantine */
} ngx_socialcare_entry_state_e;


/* Where a record lies in the loaded file, and what is known about it. */

typedef struct {
    uint64_t                   sequence;
    uint64_t                   queue;        /* _spool_queue() */
    uint32_t                   offset;       /* of the payload */
    uint32_t                   len;
    int64_t                    event_ms;
    uint16_t                   kind;
    uint16_t                   flags;
    uint16_t                   bucket;
    u_char                     fails;
    u_char                     single;       /* send it alone */
} ngx_socialcare_spool_entry_t;


typedef struct {
    ngx_queue_t                queue;        /* in `held`, oldest first */
    int                        fd;
    u_char                     name[SC_SPOOL_NAME_MAX + 1];
    size_t                     name_len;
    size_t                     used;         /* own: bytes written */
    uint64_t                   records;      /* own: in those bytes */
    ngx_msec_t                 opened;       /* own: ngx_current_msec */

    /* Records that must be sent before newer ones of their tag. */
    uint32_t                   unsent[NGX_SOCIALCARE_SPOOL_BUCKETS];
    ngx_uint_t                 blocking;     /* their number */
    ngx_uint_t                 left;         /* records not done */

    u_char                    *data;         /* loaded: its own pages */
    size_t                     data_size;
    size_t                     len;
    ngx_socialcare_spool_entry_t
                              *entries;
    ngx_uint_t                 count;
    u_char                    *states;       /* kept while it is parked */
    ngx_uint_t                 states_count;
    ngx_uint_t                 next;
    ngx_uint_t                 progress;     /* records done in this pass */
    ngx_uint_t                 refusals;     /* batches in a row, all full */
    sc_segment_scan_t          scan;
    sc_header_status_t         header;

    /* How far it is drained, for whoever takes over (_spool_mark.c). */
    size_t                     end;          /* after the last record; 0:
                                                nothing may be written there */
    uint64_t                   end_sequence;
    uint64_t                   position;     /* as the file says */
    ngx_uint_t                 marked;       /* entries before it are done */
    ngx_msec_t                 marked_at;

    sc_buf_t                   quarantine;   /* records, without a header */
    ngx_uint_t                 quarantine_at; /* the first entry in it */
    ngx_uint_t                 quarantined[SC_QUARANTINE_REASONS];
    uint64_t                   quarantine_first;
    uint64_t                   quarantine_count;

    ngx_msec_t                 retry;        /* parked until then */
    ngx_msec_t                 backoff;
    unsigned                   adopted:1;
    unsigned                   broken:1;     /* a sync has failed */
    unsigned                   closing:1;    /* own: a thread ends it */
    unsigned                   reported:1;   /* its damage was logged */
    unsigned                   ended:1;      /* own: numbers were skipped, so
                                                nothing may follow in it */
} ngx_socialcare_segment_t;


/* Why a job failed. */

typedef enum {
    NGX_SOCIALCARE_SPOOL_OK = 0,
    NGX_SOCIALCARE_SPOOL_CAP,          /* size= is used up */
    NGX_SOCIALCARE_SPOOL_RESERVE,      /* reserve= would be touched */
    NGX_SOCIALCARE_SPOOL_NO_SPACE,     /* ENOSPC, EDQUOT */
    NGX_SOCIALCARE_SPOOL_FAILING,      /* any other disk error */
    NGX_SOCIALCARE_SPOOL_BUSY,         /* too much is waiting */
    NGX_SOCIALCARE_SPOOL_REASONS
} ngx_socialcare_spool_reason_e;


typedef struct {
    ngx_socialcare_spool_reason_e  reason;
    ngx_err_t                      err;
    const char                    *what;     /* the call that failed */
} ngx_socialcare_spool_error_t;


/* Writes whole records into the open segment, or into a new one. */

typedef struct {
    const char                    *path;
    const sc_spool_limits_t       *limits;
    ngx_socialcare_segment_t      *closed;   /* the previous one, or NULL */
    ngx_socialcare_segment_t      *open;     /* NULL: a new one is needed */
    ngx_socialcare_segment_t      *spare;    /* becomes the new one */
    const u_char                  *data;
    size_t                         len;
    uint64_t                       records;
    uint64_t                       first_sequence;
    int64_t                        created_ms;
    uint64_t                       number;

    unsigned                       broken:1; /* `open` is unusable now */
    unsigned                       fresh:1;  /* `spare` is open now */
    ngx_socialcare_spool_error_t   sync;     /* why `open` broke */
    ngx_socialcare_spool_error_t   error;    /* nothing was stored */
} ngx_socialcare_spool_write_t;


/* What the directory holds, and one segment that no longer has an owner. */

typedef struct {
    const char                    *path;
    ngx_socialcare_segment_t      *spare;    /* NULL: adopt none */
    uint32_t                       ignored[NGX_SOCIALCARE_SPOOL_IGNORED];

    uint64_t                       bytes;
    ngx_uint_t                     segments;
    ngx_uint_t                     quarantined;   /* files */
    ngx_uint_t                     damaged;       /* files set aside */
    int64_t                        oldest_ms;     /* -1 none */
    unsigned                       adopted:1;     /* `spare` holds it */
    unsigned                       more:1;        /* others without owner */
    ngx_socialcare_spool_error_t   error;
} ngx_socialcare_spool_scan_t;


/* Loads a segment's records into memory. */

typedef struct {
    ngx_socialcare_segment_t      *segment;
    ngx_socialcare_spool_error_t   error;
} ngx_socialcare_spool_load_t;


/* Ends a segment: writes its quarantine, then removes the file. */

typedef struct {
    const char                    *path;
    ngx_socialcare_segment_t      *segment;
    int64_t                        now_ms;
    uint64_t                       number;
    ngx_socialcare_spool_error_t   error;
} ngx_socialcare_spool_finish_t;


/* Appends how far a segment is drained; nothing depends on it. */

typedef struct {
    ngx_socialcare_segment_t      *segment;
    ngx_uint_t                     next;     /* the first entry not done */
    int64_t                        now_ms;
} ngx_socialcare_spool_mark_t;


/* Thread handlers; `data` is the job. */
void ngx_socialcare_spool_write_thread(void *data, ngx_log_t *log);
void ngx_socialcare_spool_scan_thread(void *data, ngx_log_t *log);
void ngx_socialcare_spool_load_thread(void *data, ngx_log_t *log);
void ngx_socialcare_spool_finish_thread(void *data, ngx_log_t *log);
void ngx_socialcare_spool_mark_thread(void *data, ngx_log_t *log);

/* NULL if out of memory.  _free closes the file, which releases its lock. */
ngx_socialcare_segment_t *ngx_socialcare_segment_create(ngx_log_t *log);
void ngx_socialcare_segment_unload(ngx_socialcare_segment_t *segment);
void ngx_socialcare_segment_free(ngx_socialcare_segment_t *segment);

/*
 * Frees preallocated space that was not written; otherwise a long outage with
 * few mentions would use up size= with empty space.
 */
ngx_int_t ngx_socialcare_segment_trim(ngx_socialcare_segment_t *segment,
    size_t size);

ngx_uint_t ngx_socialcare_spool_bucket(sc_str_t tag);

/*
 * The same for all items that a queue takes or refuses together: of one tag,
 * queue, format and limit.  64 bits: no two queues have the same in practice.
 */
uint64_t ngx_socialcare_spool_queue(const sc_spool_item_t *item);

/* The hash of a file's name for `ignored`; never 0, a free entry there. */
uint32_t ngx_socialcare_spool_name_hash(const u_char *name, size_t len);

/* Whether the name is that of a damaged file that was set aside. */
ngx_uint_t ngx_socialcare_spool_is_damaged(const char *name);

/*
 * Whether the name still refers to the plain file open as `fd`, which is now
 * locked: until then its previous owner may have removed or renamed it.
 */
ngx_uint_t ngx_socialcare_spool_is_linked(int dir, const char *name, int fd);

/* A partial write is an error; the file's position does not change. */
ngx_int_t ngx_socialcare_spool_pwrite(int fd, const u_char *data, size_t len,
    size_t offset);


#endif /* _NGX_SOCIALCARE_SPOOL_FILE_H_INCLUDED_ */
