/*
 * sc_spool_item.h: the payload of a spooled record: one queue item with
 * everything that its call to Redis needs, so that a drain can form new
 * batches.
 *
 * Encoding and strict decoding in memory; framing and checksums are the job of
 * sc_segment.h.  A payload, all numbers little endian:
 *
 *      0  u16 version, 1             40  i64 event, Unix ms
 *      2  u8  queue format           48  i64 due, Unix ms, -1 none
 *      3  u8  clock                  56  i64 the platform's own time, ms
 *      4  u16 flags: 1 dead letter   64  u32 lengths of the seven texts: tag,
 *      6  u8  reach tier                     queue, channel, SLA queue,
 *      7  u8  zero                           clock key, detail, record
 *      8  i64 arrival, Unix ms       92  u32 object hash, 0 none
 *     16  i64 dedupe window, s
 *     24  u64 limit of the queue     96  the texts, one after the other, to
 *     32  i64 digest                     the end of the payload
 *
 * A change of the layout is a new version; the decoder refuses versions it
 * does not know, so that a spool survives a downgrade untouched.
 */

#ifndef SC_SPOOL_ITEM_H
#define SC_SPOOL_ITEM_H

#include "sc_buf.h"
#include "sc_queue.h"
#include "sc_segment.h"


#define SC_SPOOL_ITEM_VERSION  1

/* Bytes before the texts. */
#define SC_SPOOL_ITEM_FIXED    96


typedef struct {
    sc_str_t        tag;         /* "{care:<brand>/<p>}", never empty */
    int64_t         window_s;    /* dedupe window, never negative */
    int64_t         arrival_ms;  /* of the callback; never negative */
    sc_queue_item_t item;
} sc_spool_item_t;


typedef enum {
    SC_SPOOL_ITEM_OK = 0,
    SC_SPOOL_ITEM_SHORT,       /* truncated; encoding: no room */
    SC_SPOOL_ITEM_LONG,        /* bytes after the last text, or more than
                                  SC_SEGMENT_MAX_PAYLOAD */
    SC_SPOOL_ITEM_VERSION_UNKNOWN,
    SC_SPOOL_ITEM_FIELD        /* a value that the encoder never writes */
} sc_spool_item_status_t;


/* Bytes of the payload; 0: the item is too long to be spooled. */
size_t sc_spool_item_size(const sc_spool_item_t *item);

/*
 * Appends the payload.  What sc_spool_item_decode would refuse is refused
 * here, too, with nothing appended; buf->failed is set only for lack of room.
 */
sc_spool_item_status_t sc_spool_item_encode(sc_buf_t *buf,
    const sc_spool_item_t *item);

/* The texts point into `payload`.  *item is set for SC_SPOOL_ITEM_OK only. */
sc_spool_item_status_t sc_spool_item_decode(sc_str_t payload,
    sc_spool_item_t *item);

/* SC_SPOOL_REPLY for answers and closes, else SC_SPOOL_MENTION. */
sc_spool_kind_t sc_spool_item_kind(const sc_spool_item_t *item);

/* Fixed English words; never NULL. */
const char *sc_spool_item_status_name(sc_spool_item_status_t status);
const char *sc_spool_clock_name(sc_clock_t clock);
const char *sc_spool_format_name(sc_queue_format_t format);

#endif /* SC_SPOOL_ITEM_H */
