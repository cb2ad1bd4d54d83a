/*
 * sc_segment.h: the format of a spool file: framing, checksums, and a scanner
 * that finds every undamaged record in whatever a crash or a disk left.
 *
 * Functions over the caller's memory.  Nothing here opens, locks, writes or
 * syncs a file, reads a clock, or knows what a payload means (sc_spool_item.h
 * does).
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
 *      8  u32 CRC-32C over these    16  u64 sequence, +1 from record to record
 *         32 bytes, this field      24  u64 event time, Unix ms
 *         as 0, and the payload     32  payload, zeros to a multiple of 8
 *
 * Behind the last record: nothing, or the zeros of the space that was
 * allocated in advance.
 *
 *
 * How the glue uses it.
 *
 * Writer.  One open segment per worker, under flock from creation to unlink:
 * create with O_EXCL and O_CLOEXEC under a name of sc_spool_name.h, lock at
 * once, and look at the link count (an adopter that was faster may have
 * removed an empty file); allocate SC_SEGMENT_SIZE so that a full disk shows
 * here; write the header; sync the file, then its directory.  Only then may a
 * record in it be acknowledged.  Neither `created_ms` nor the name may run
 * backwards within a writer when the clock does: take the larger of now and
 * the segment before.  `first_sequence` should be hard to guess (random, at
 * most 2^62): bytes inside a customer's text then cannot pose as a record
 * when the record around them is damaged.
 *
 * Group commit.  The event loop appends to a sc_buf_t of its own
 * (sc_segment_append) while at most one batch of the worker is being written
 * by the thread: pwrite at the segment's end, fdatasync, one completion for
 * all requests of the batch.  Before each append sc_segment_fits() tells
 * whether the record still belongs to this segment, and
 * sc_spool_roll_is_due() (sc_spool_limits.h) whether it is time for the next.
 * An error of pwrite or fdatasync is final for that file: it is closed, never
 * synced again, and the same bytes go into a new segment whose
 * `first_sequence` is the batch's first, or the requests get 503.  What the
 * old file holds of them is found again as duplicates, which the script
 * answers harmlessly.
 *
 * Adoption.  A worker tries flock on the files of the directory in the order
 * of sc_spool_name_compare(); with the lock it looks at the link count again,
 * because the owner may just have drained and removed the file.  The file is
 * mapped or read whole (in the thread) and scanned with `resync`.  A header
 * that is blank or cut short with nothing behind it was never acknowledged:
 * remove the file.  A header of another version: leave the file alone and say
 * so.  A damaged header does not stop the scanner; the records speak for
 * themselves.
 *
 * Drain.  sc_segment_next() yields the records in turn, in the order in which
 * they were written.  A record that is sent twice is a duplicate and nothing
 * else, so the position needs no durability; but whoever takes over shall not
 * send a whole file again.  From time to time, and when it leaves, the owner
 * appends an SC_SPOOL_POSITION to a file that is undamaged to its end: records
 * with a lower sequence are done.  It is never synced.  Records
 * that are too old (sc_spool_is_too_old) or will never be accepted go to a
 * quarantine segment, which is the same format with kind SC_SPOOL_QUARANTINE
 * and the reason in `flags`.  Gaps are logged by offset and length, counted,
 * and the file is set aside instead of unlinked when it had one
 * (scan.gaps or scan.missing); a tail that was cut off (SC_SCAN_TAIL) was
 * never acknowledged and goes with the file.
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

/* Where the writer takes the next file. */
#define SC_SEGMENT_SIZE            (16 * 1024 * 1024)

/* Of one record. */
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
    SC_HEADER_MAGIC,           /* not a spool file, or damaged there */
    SC_HEADER_VERSION,         /* intact, of another version: do not scan */
    SC_HEADER_DAMAGED
} sc_header_status_t;


/* What a record is; unknown kinds are passed on, not refused. */
typedef enum {
    SC_SPOOL_MENTION = 1,
    SC_SPOOL_REPLY = 2,        /* from the brand: ends a wait */
    SC_SPOOL_QUARANTINE = 3,
    SC_SPOOL_POSITION = 4      /* payload: u64, the first sequence that is not
                                  known to be done; behind all others */
} sc_spool_kind_t;


/* Flags of mentions and replies. */
#define SC_SPOOL_REINJECTED  0x0001  /* from quarantine by an operator's will:
                                        queue it however old it is */

/* Flags of quarantined records: why they are there. */
typedef enum {
    SC_QUARANTINE_UNKNOWN = 0,
    SC_QUARANTINE_POISON,      /* Redis will never take it as it stands */
    SC_QUARANTINE_FAILED,      /* failed too many drains */
    SC_QUARANTINE_TOO_OLD,     /* beyond max_age: could be queued twice */
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


/* Bytes that a record takes in the file; 0 when the payload is too long. */
size_t sc_segment_record_size(size_t payload_len);

/*
 * Whether a record goes into a segment that is `used` bytes long, header
 * included.  A record that is refused by a fresh segment is too long.
 */
bool sc_segment_fits(size_t used, size_t payload_len);

/*
 * Appends one record.  False, with nothing appended: the payload is too long,
 * event_ms negative, the buffer not at a multiple of 8, or no room
 * (buf->failed is set for the last only).
 */
bool sc_segment_append(sc_buf_t *buf, const sc_segment_record_t *record);


/* Bytes that an SC_SPOOL_POSITION takes. */
#define SC_SEGMENT_POSITION_SIZE   (SC_SEGMENT_RECORD_HEADER + 8)

/* Appends one; false as above. */
bool sc_segment_append_position(sc_buf_t *buf, uint64_t sequence,
    int64_t now_ms, uint64_t position);

/* False: the record is none. */
bool sc_segment_read_position(const sc_segment_record_t *record,
    uint64_t *position);


/* Why bytes are not a record. */
typedef enum {
    SC_BAD_NONE = 0,
    SC_BAD_MAGIC,
    SC_BAD_SHORT,              /* the record goes on behind the end */
    SC_BAD_FIELD,              /* a length or a time that cannot be */
    SC_BAD_CRC,
    SC_BAD_SEQUENCE            /* intact, but seen already or another file's:
                                  a stale copy */
} sc_bad_reason_t;

const char *sc_bad_reason_name(sc_bad_reason_t reason);


typedef enum {
    SC_SCAN_RECORD = 0,
    SC_SCAN_GAP,               /* damage, with a good record behind it */
    SC_SCAN_TAIL,              /* rubbish with no record behind it: a write
                                  cut off, or damage to the last records */
    SC_SCAN_END
} sc_scan_event_t;


/*
 * Sequences that were jumped over.  A record that turns up later and fills one
 * is delivered; any other out of turn is a second copy.
 */
typedef struct {
    uint64_t first;
    uint64_t count;
    bool     counted;          /* in scan.missing */
} sc_scan_hole_t;

/* With more than this the oldest are forgotten. */
#define SC_SCAN_HOLES  16


typedef struct {
    sc_str_t        data;
    size_t          at;        /* where the next step starts */
    bool            resync;
    bool            known;     /* `next` and `limit` are set */
    uint64_t        next;      /* sequence that is due */
    uint64_t        limit;     /* no sequence of this file is as great */
    sc_scan_hole_t  holes[SC_SCAN_HOLES];
    unsigned        holes_count;

    /* of the last SC_SCAN_GAP or SC_SCAN_TAIL */
    size_t          bad_offset;
    size_t          bad_length;
    sc_bad_reason_t bad_reason;

    /* the account so far */
    uint64_t        records;
    uint64_t        late;      /* of them, behind a record that followed them */
    uint64_t        gaps;
    uint64_t        damaged_bytes;
    uint64_t        tail_bytes;
    uint64_t        out_of_turn;
    uint64_t        missing;   /* sequences that were jumped over; those
                                  before the first record only when the
                                  header is intact */
} sc_segment_scan_t;


/*
 * Starts behind the header of `data`, a whole file.  `header` is NULL when it
 * could not be read.  With `resync` the scanner looks for the next record
 * behind damage, at multiples of 8; without, the first bad byte ends it (as
 * SC_SCAN_TAIL).
 */
void sc_segment_scan(sc_segment_scan_t *scan, sc_str_t data,
    const sc_segment_header_t *header, bool resync);

/* One step.  *record is set for SC_SCAN_RECORD only. */
sc_scan_event_t sc_segment_next(sc_segment_scan_t *scan,
    sc_segment_record_t *record);

#endif /* SC_SEGMENT_H */
