/*
 * sc_spool_item.h: what a spooled record carries: one item of the queue with
 * all that its call to Redis needs, so that a drain can batch anew.
 *
 * Encoding and strict decoding in memory; framing and checksums are
 * sc_segment.h's.  A payload, all numbers little endian:
 *
 *      0  u16 version, 1             40  i64 event, Unix ms
 *      2  u8  queue format           48  i64 due, Unix ms, -1 none
 *      3  u8  clock                  56  i64 the platform's own time, ms
 *      4  u16 flags: 1 dead letter   64  u32 lengths of the seven texts: tag,
 *      6  u8  reach tier                     queue, channel, SLA queue,
 *      7  u8  zero                           clock key, detail, record
 *      8  i64 arrival, Unix ms       92  u32 object hash, 0 none
 *     16  i64 dedupe window, s
 *     24  u64 limit of the queue     96  the texts one after the other, to the
 *     32  i64 digest                     last byte
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
    int64_t         arrival_ms;  /* when the callback came; never negative */
    sc_queue_item_t item;
} sc_spool_item_t;


typedef enum {
    SC_SPOOL_ITEM_OK = 0,
    SC_SPOOL_ITEM_SHORT,       /* fewer bytes than fixed part and texts */
    SC_SPOOL_ITEM_LONG,        /* bytes behind the last text, or more than
                                  SC_SEGMENT_MAX_PAYLOAD */
    SC_SPOOL_ITEM_VERSION_UNKNOWN,
    SC_SPOOL_ITEM_FIELD        /* a value that no encoder writes */
} sc_spool_item_status_t;


/* Bytes of the payload, 0 when the item cannot be spooled (too long). */
size_t sc_spool_item_size(const sc_spool_item_t *item);

/*
 * Appends the payload.  What sc_spool_item_decode would refuse is refused
 * here too, with nothing appended; buf->failed only when there was no room.
 */
sc_spool_item_status_t sc_spool_item_encode(sc_buf_t *buf,
    const sc_spool_item_t *item);

/* The texts point into `payload`.  *item is set for SC_SPOOL_ITEM_OK only. */
sc_spool_item_status_t sc_spool_item_decode(sc_str_t payload,
    sc_spool_item_t *item);

/* SC_SPOOL_REPLY for what comes from the brand's side, else a mention. */
sc_spool_kind_t sc_spool_item_kind(const sc_spool_item_t *item);

/* Fixed English words; never NULL. */
const char *sc_spool_item_status_name(sc_spool_item_status_t status);
const char *sc_spool_clock_name(sc_clock_t clock);
const char *sc_spool_format_name(sc_queue_format_t format);

#endif /* SC_SPOOL_ITEM_H */
