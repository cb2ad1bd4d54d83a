/*
 * sc_segment.h: the format of a spool file: framing, checksums, and a scanner
 * that finds every undamaged record in whatever a crash or a disk left.
 *
 * All functions work on the caller's memory.  Nothing here opens, locks,
 * writes or syncs a file, reads a clock, or knows what a payload means
 * (sc_spool_item.h does).
 *
 *
 * The file.  All numbers little endian.  A header of 64 bytes:
 *
 *      0  magic "SCSPOOL1"          32  node id, 16 bytes
 *      8  u16 version, 1            48  u64 sequence of the first record
 *     10  u16 flags, 0              56  u32 zero
 *     12  u32 length of the header  60  u32 CRC-32C of the 60 bytes before
 *     16  u64 segment number
 *     24  u64 created, Unix ms
 *
 * then records, each at a multiple of 8:
 *
 *      0  magic "SCR1"              12  u16 kind
 *      4  u32 bytes of payload      14  u16 flags
 *      8  u32 CRC-32C over these    16  u64 sequence, +1 for each record
 *         32 bytes, this field      24  u64 event time, Unix ms
 *         as 0, and the payload     32  payload, zeros to a multiple of 8
 *
 * After the last record: nothing, or the zeros of preallocated space.
 *
 *
 * How the glue uses it.
 *
 * Writer.  One open segment per worker, under flock from creation to unlink:
 * create it with O_EXCL and O_CLOEXEC under a name of sc_spool_name.h, lock it
 * at once, and check the link count (an adopter may have been faster and have
 * removed the empty file); preallocate SC_SEGMENT_SIZE, so that a full disk is
 * noticed here; write the header; sync the file, then its directory.  Only then
 * may a record in it be acknowledged.  Even if the clock is set back, a
 * writer's `created_ms` and names must not decrease: use the later of now and
 * the previous segment's.  `first_sequence` should be hard to guess (random, at
 * most 2^62), so that bytes inside a customer's text cannot pose as a record if
 * the record around them is damaged.
 *
 * Group commit.  The event loop appends to a sc_buf_t of its own
 * (sc_segment_append) while the thread writes at most one batch of the worker:
 * pwrite at the segment's end, fdatasync, one completion for all requests of
 * the batch.  Before each append sc_segment_fits() tells whether the record
 * still fits this segment, and sc_spool_roll_is_due() (sc_spool_limits.h)
 * whether it is time for the next one.  An error of pwrite or fdatasync is
 * final for that file: it is closed and never synced again.  The same bytes go
 * into a new segment whose `first_sequence` is the batch's first, or the
 * requests get 503.  Whatever part of them the old file holds is replayed as
 * well; the script recognises it as duplicates.
 *
 * Adoption.  A worker tries flock on the files of the directory in the order
 * of sc_spool_name_compare().  Once it has the lock it checks the link count
 * again, because the owner may just have drained and removed the file.  The
 * file is mapped or read whole (in the thread) and scanned with `resync`.  If
 * the header is blank or truncated and nothing follows it, nothing in the file
 * was acknowledged: remove it.  A header of another version: leave the file
 * alone and log it.  A damaged header does not stop the scanner: each record
 * is self-contained.
 *
 * Drain.  sc_segment_next() yields the records in the order in which they were
 * written.  A record that is sent twice is merely a duplicate, so the position
 * need not be durable; but whoever takes over should not have to send a whole
 * file again.  From time to time, and on exit, the owner appends an
 * SC_SPOOL_POSITION to a file that is undamaged to its end: records with a
 * lower sequence are done.  It is never synced.  Records that are too old
 * (sc_spool_is_too_old) or will never be accepted go to a quarantine segment,
 * which has the same format with kind SC_SPOOL_QUARANTINE and the reason in
 * `flags`.  Gaps are counted and logged by offset and length, and a file that
 * has one (scan.gaps or scan.missing) is set aside instead of unlinked.  A
 * truncated tail (SC_SCAN_TAIL) was never acknowledged and is removed with the
 * file.
 */

#ifndef SC_SEGMENT_H
#define SC_SEGMENT_H

#include "sc_buf.h"
#include "sc_str.h"


#define SC_SEGMENT_VERSION         1
#define SC_SEGMENT_HEADER_SIZE     64
#define SC_SEGMENT_NODE_SIZE       16
#define SC_SEGMENT_RECORD_HEADER   32
#define SC_SEGMENT_ALIGNMENT       8

/* Maximum size of a segment, bytes; then the writer begins the next one. */
#define SC_SEGMENT_SIZE            (16 * 1024 * 1024)

/* Maximum payload of one record, bytes. */
#define SC_SEGMENT_MAX_PAYLOAD     (4 * 1024 * 1024)


typedef struct {
    uint64_t      number;
    uint64_t      created_ms;
    uint64_t      first_sequence;
    unsigned char node[SC_SEGMENT_NODE_SIZE];
} sc_segment_header_t;


typedef enum {
    SC_HEADER_OK = 0,
    SC_HEADER_SHORT,           /* fewer than 64 bytes */
    SC_HEADER_BLANK,           /* 64 zeros: allocated, never written */
    SC_HEADER_MAGIC,           /* not a spool file, or its magic is damaged */
    SC_HEADER_VERSION,         /* intact, of another version: do not scan */
    SC_HEADER_DAMAGED
} sc_header_status_t;


/* What a record is; unknown kinds are passed on, not refused. */
typedef enum {
    SC_SPOOL_MENTION = 1,
    SC_SPOOL_REPLY = 2,        /* from the brand: ends a wait */
    SC_SPOOL_QUARANTINE = 3,
    SC_SPOOL_POSITION = 4      /* payload: u64, the first sequence that is not
                                  known to be done; after all other records */
} sc_spool_kind_t;


/* Flags of mentions and replies. */
#define SC_SPOOL_REINJECTED  0x0001  /* an operator took it out of quarantine:
                                        queue it regardless of its age */

/* Flags of quarantined records: why they are there. */
typedef enum {
    SC_QUARANTINE_UNKNOWN = 0,
    SC_QUARANTINE_POISON,      /* Redis will never accept it as it is */
    SC_QUARANTINE_FAILED,      /* failed too many drains */
    SC_QUARANTINE_TOO_OLD,     /* older than max_age: could be queued twice */
    SC_QUARANTINE_UNREADABLE,  /* the payload is not an item */
    SC_QUARANTINE_REASONS
} sc_quarantine_reason_t;


typedef struct {
    uint16_t kind;
    uint16_t flags;
    uint64_t sequence;
    int64_t  event_ms;         /* never negative */
    sc_str_t payload;          /* read: points into the scanned memory */
} sc_segment_record_t;


void sc_segment_write_header(unsigned char out[SC_SEGMENT_HEADER_SIZE],
    const sc_segment_header_t *header);

/* *header is set for SC_HEADER_OK and SC_HEADER_VERSION only. */
sc_header_status_t sc_segment_read_header(sc_str_t data,
    sc_segment_header_t *header);

/* Fixed English words; never NULL. */
const char *sc_header_status_name(sc_header_status_t status);
const char *sc_quarantine_reason_name(unsigned reason);


/* Bytes that a record takes up in the file; 0: the payload is too long. */
size_t sc_segment_record_size(size_t payload_len);

/*
 * Whether a record fits into a segment of `used` bytes, including its header.
 * A record that does not fit into an empty segment is too long.
 */
bool sc_segment_fits(size_t used, size_t payload_len);

/*
 * Appends one record.  False, with nothing appended: the payload is too long,
 * event_ms is negative, sequence is UINT64_MAX, buf->len is not a multiple of
 * 8, or there is no room (only this sets buf->failed).
 */
bool sc_segment_append(sc_buf_t *buf, const sc_segment_record_t *record);


/* Bytes that an SC_SPOOL_POSITION takes up. */
#define SC_SEGMENT_POSITION_SIZE   (SC_SEGMENT_RECORD_HEADER + 8)

/* Appends an SC_SPOOL_POSITION; false as for sc_segment_append(). */
bool sc_segment_append_position(sc_buf_t *buf, uint64_t sequence,
    int64_t now_ms, uint64_t position);

/* False: the record is not an SC_SPOOL_POSITION. */
bool sc_segment_read_position(const sc_segment_record_t *record,
    uint64_t *position);


/* Why bytes are not accepted as a record. */
typedef enum {
    SC_BAD_NONE = 0,
    SC_BAD_MAGIC,
    SC_BAD_SHORT,              /* the record extends past the end */
    SC_BAD_FIELD,              /* an impossible length, time or sequence */
    SC_BAD_CRC,
    SC_BAD_SEQUENCE            /* intact, but already seen or another file's:
                                  a stale copy */
} sc_bad_reason_t;

const char *sc_bad_reason_name(sc_bad_reason_t reason);


typedef enum {
    SC_SCAN_RECORD = 0,
    SC_SCAN_GAP,               /* damage, followed by a good record */
    SC_SCAN_TAIL,              /* garbage, not followed by a record: a torn
                                  write, or damage to the last records */
    SC_SCAN_END
} sc_scan_event_t;


/*
 * Sequences that were skipped.  A record that turns up later and fills one is
 * delivered; any other out of turn is a second copy.
 */
typedef struct {
    uint64_t first;
    uint64_t count;
    bool     counted;          /* included in scan.missing */
} sc_scan_hole_t;

/* Maximum of holes kept; beyond it the oldest are forgotten. */
#define SC_SCAN_HOLES  16


typedef struct {
    sc_str_t        data;
    size_t          at;        /* where the next step starts */
    bool            resync;
    bool            known;     /* `next` and `limit` are set */
    uint64_t        next;      /* the expected sequence */
    uint64_t        limit;     /* all sequences of this file are below it */
    sc_scan_hole_t  holes[SC_SCAN_HOLES];
    unsigned        holes_count;

    /* of the last SC_SCAN_GAP or SC_SCAN_TAIL */
    size_t          bad_offset;
    size_t          bad_length;
    sc_bad_reason_t bad_reason;

    /* totals so far */
    uint64_t        records;
    uint64_t        late;      /* of them, found after their successors */
    uint64_t        gaps;
    uint64_t        damaged_bytes;
    uint64_t        tail_bytes;
    uint64_t        out_of_turn;
    uint64_t        missing;   /* sequences that were skipped; those before
                                  the first record only if the header is
                                  intact */
} sc_segment_scan_t;


/*
 * Starts after the header of `data`, a whole file, which must outlive the
 * scan.  `header` is NULL if it could not be read.  With `resync` the scanner
 * looks for the next record after damage, at multiples of 8; without, the
 * first bad byte ends the scan (as SC_SCAN_TAIL).
 */
void sc_segment_scan(sc_segment_scan_t *scan, sc_str_t data,
    const sc_segment_header_t *header, bool resync);

/* One step.  *record is set for SC_SCAN_RECORD only. */
sc_scan_event_t sc_segment_next(sc_segment_scan_t *scan,
    sc_segment_record_t *record);

#endif /* SC_SEGMENT_H */
