/*
 * sc_segment.c: writing and scanning spool files in memory.
 */

#include "sc_segment.h"

#include "sc_crc32c.h"
#include "sc_le.h"


static const unsigned char sc_segment_magic[8] = {
    'S', 'C', 'S', 'P', 'O', 'O', 'L', '1'
};

static const unsigned char sc_record_magic[4] = { 'S', 'C', 'R', '1' };


/* Offsets in the header of a segment and of a record. */
#define SC_AT_VERSION          8
#define SC_AT_FLAGS            10
#define SC_AT_HEADER_LENGTH    12
#define SC_AT_NUMBER           16
#define SC_AT_CREATED          24
#define SC_AT_NODE             32
#define SC_AT_FIRST_SEQUENCE   48
#define SC_AT_HEADER_CRC       60

#define SC_AT_LENGTH           4
#define SC_AT_CRC              8
#define SC_AT_KIND             12
#define SC_AT_RECORD_FLAGS     14
#define SC_AT_SEQUENCE         16
#define SC_AT_EVENT            24


void
sc_segment_write_header(unsigned char out[SC_SEGMENT_HEADER_SIZE],
    const sc_segment_header_t *header)
{
    memset(out, 0, SC_SEGMENT_HEADER_SIZE);
    memcpy(out, sc_segment_magic, sizeof(sc_segment_magic));

    sc_le_put16(out + SC_AT_VERSION, SC_SEGMENT_VERSION);
    sc_le_put32(out + SC_AT_HEADER_LENGTH, SC_SEGMENT_HEADER_SIZE);
    sc_le_put64(out + SC_AT_NUMBER, header->number);
    sc_le_put64(out + SC_AT_CREATED, header->created_ms);
    memcpy(out + SC_AT_NODE, header->node, SC_SEGMENT_NODE_SIZE);
    sc_le_put64(out + SC_AT_FIRST_SEQUENCE, header->first_sequence);
    sc_le_put32(out + SC_AT_HEADER_CRC, sc_crc32c(0, out, SC_AT_HEADER_CRC));
}


/* Length without trailing zeros. */
static size_t
sc_used_length(const unsigned char *data, size_t len)
{
    while (len != 0 && data[len - 1] == 0) {
        len--;
    }

    return len;
}


sc_header_status_t
sc_segment_read_header(sc_str_t data, sc_segment_header_t *header)
{
    const unsigned char *p = data.data;

    if (data.len < SC_SEGMENT_HEADER_SIZE) {
        return SC_HEADER_SHORT;
    }

    if (sc_used_length(p, SC_SEGMENT_HEADER_SIZE) == 0) {
        return SC_HEADER_BLANK;
    }

    if (memcmp(p, sc_segment_magic, sizeof(sc_segment_magic)) != 0) {
        return SC_HEADER_MAGIC;
    }

    if (sc_le_get32(p + SC_AT_HEADER_CRC) != sc_crc32c(0, p, SC_AT_HEADER_CRC))
    {
        return SC_HEADER_DAMAGED;
    }

    header->number = sc_le_get64(p + SC_AT_NUMBER);
    header->created_ms = sc_le_get64(p + SC_AT_CREATED);
    header->first_sequence = sc_le_get64(p + SC_AT_FIRST_SEQUENCE);
    memcpy(header->node, p + SC_AT_NODE, SC_SEGMENT_NODE_SIZE);

    /* A flag means a change of the format that version 1 does not know. */
    if (sc_le_get16(p + SC_AT_VERSION) != SC_SEGMENT_VERSION
        || sc_le_get16(p + SC_AT_FLAGS) != 0
        || sc_le_get32(p + SC_AT_HEADER_LENGTH) != SC_SEGMENT_HEADER_SIZE)
    {
        return SC_HEADER_VERSION;
    }

    return SC_HEADER_OK;
}


const char *
sc_header_status_name(sc_header_status_t status)
{
    switch (status) {
    case SC_HEADER_OK:
        return "ok";
    case SC_HEADER_SHORT:
        return "header cut short";
    case SC_HEADER_BLANK:
        return "header never written";
    case SC_HEADER_MAGIC:
        return "not a spool file";
    case SC_HEADER_VERSION:
        return "unknown version";
    case SC_HEADER_DAMAGED:
        return "header damaged";
    }

    return "unknown";
}


const char *
sc_quarantine_reason_name(unsigned reason)
{
    static const char *const names[SC_QUARANTINE_REASONS] = {
        "unknown", "poison", "failed", "too_old", "unreadable"
    };

    return names[reason < SC_QUARANTINE_REASONS ? reason : 0];
}


size_t
sc_segment_record_size(size_t payload_len)
{
    if (payload_len > SC_SEGMENT_MAX_PAYLOAD) {
        return 0;
    }

    return (SC_SEGMENT_RECORD_HEADER + payload_len + SC_SEGMENT_ALIGNMENT - 1)
           / SC_SEGMENT_ALIGNMENT * SC_SEGMENT_ALIGNMENT;
}


bool
sc_segment_fits(size_t used, size_t payload_len)
{
    size_t size = sc_segment_record_size(payload_len);

    return size != 0 && used <= SC_SEGMENT_SIZE
           && size <= SC_SEGMENT_SIZE - used;
}


/* Over header and payload, with the sum's own field taken as zeros. */
static uint32_t
sc_record_sum(const unsigned char *p, size_t payload_len)
{
    uint32_t crc;

    static const unsigned char zeros[4] = { 0, 0, 0, 0 };

    crc = sc_crc32c(0, p, SC_AT_CRC);
    crc = sc_crc32c(crc, zeros, sizeof(zeros));

    return sc_crc32c(crc, p + SC_AT_KIND,
                     SC_SEGMENT_RECORD_HEADER - SC_AT_KIND + payload_len);
}


bool
sc_segment_append(sc_buf_t *buf, const sc_segment_record_t *record)
{
    size_t         size, len;
    unsigned char *p;

    len = record->payload.len;
    size = sc_segment_record_size(len);

    if (size == 0 || record->event_ms < 0 || record->sequence == UINT64_MAX
        || buf->len % SC_SEGMENT_ALIGNMENT != 0)
    {
        return false;
    }

    p = sc_buf_reserve(buf, size);
    if (p == NULL) {
        return false;
    }

    memcpy(p, sc_record_magic, sizeof(sc_record_magic));
    sc_le_put32(p + SC_AT_LENGTH, (uint32_t) len);
    sc_le_put16(p + SC_AT_KIND, record->kind);
    sc_le_put16(p + SC_AT_RECORD_FLAGS, record->flags);
    sc_le_put64(p + SC_AT_SEQUENCE, record->sequence);
    sc_le_put64(p + SC_AT_EVENT, (uint64_t) record->event_ms);

    if (len != 0) {
        memcpy(p + SC_SEGMENT_RECORD_HEADER, record->payload.data, len);
    }

    memset(p + SC_SEGMENT_RECORD_HEADER + len, 0,
           size - SC_SEGMENT_RECORD_HEADER - len);
    sc_le_put32(p + SC_AT_CRC, sc_record_sum(p, len));

    buf->len += size;

    return true;
}


bool
sc_segment_append_position(sc_buf_t *buf, uint64_t sequence, int64_t now_ms,
    uint64_t position)
{
    unsigned char       payload[8];
    sc_segment_record_t record;

    sc_le_put64(payload, position);

    record.kind = SC_SPOOL_POSITION;
    record.flags = 0;
    record.sequence = sequence;
    record.event_ms = now_ms;
    record.payload = sc_str_make(payload, sizeof(payload));

    return sc_segment_append(buf, &record);
}


bool
sc_segment_read_position(const sc_segment_record_t *record,
    uint64_t *position)
{
    if (record->kind != SC_SPOOL_POSITION || record->payload.len != 8) {
        return false;
    }

    *position = sc_le_get64(record->payload.data);

    return true;
}


const char *
sc_bad_reason_name(sc_bad_reason_t reason)
{
    switch (reason) {
    case SC_BAD_NONE:
        return "none";
    case SC_BAD_MAGIC:
        return "no record";
    case SC_BAD_SHORT:
        return "cut short";
    case SC_BAD_FIELD:
        return "impossible header";
    case SC_BAD_CRC:
        return "wrong checksum";
    case SC_BAD_SEQUENCE:
        return "out of sequence";
    }

    return "unknown";
}


/* Checks everything about the record at `at` except its sum and sequence. */
static sc_bad_reason_t
sc_record_parse(sc_str_t data, size_t at, sc_segment_record_t *record)
{
    size_t               left;
    uint32_t             len;
    const unsigned char *p;

    p = data.data + at;
    left = data.len - at;

    if (memcmp(p, sc_record_magic, left < 4 ? left : 4) != 0) {
        return SC_BAD_MAGIC;
    }

    if (left < SC_SEGMENT_RECORD_HEADER) {
        return SC_BAD_SHORT;
    }

    len = sc_le_get32(p + SC_AT_LENGTH);

    record->kind = sc_le_get16(p + SC_AT_KIND);
    record->flags = sc_le_get16(p + SC_AT_RECORD_FLAGS);
    record->sequence = sc_le_get64(p + SC_AT_SEQUENCE);
    record->event_ms = sc_le_get64_signed(p + SC_AT_EVENT);

    if (len > SC_SEGMENT_MAX_PAYLOAD || record->event_ms < 0
        || record->sequence == UINT64_MAX)
    {
        return SC_BAD_FIELD;
    }

    if (len > left - SC_SEGMENT_RECORD_HEADER) {
        return SC_BAD_SHORT;
    }

    record->payload = sc_str_make(p + SC_SEGMENT_RECORD_HEADER, len);

    return SC_BAD_NONE;
}


static bool
sc_record_sum_is_right(const sc_segment_record_t *record)
{
    const unsigned char *p = record->payload.data - SC_SEGMENT_RECORD_HEADER;

    return sc_le_get32(p + SC_AT_CRC) == sc_record_sum(p, record->payload.len);
}


/* The hole that `sequence` lies in, or holes_count. */
static unsigned
sc_scan_find_hole(const sc_segment_scan_t *scan, uint64_t sequence)
{
    unsigned              i;
    const sc_scan_hole_t *hole;

    for (i = 0; i < scan->holes_count; i++) {
        hole = &scan->holes[i];

        if (sequence >= hole->first && sequence - hole->first < hole->count) {
            break;
        }
    }

    return i;
}


/*
 * Whether a record with this sequence is new and can belong to this file, which
 * holds at most one record per 32 bytes.  No tighter bound follows from its
 * offset: the record before it may have been a copy that covers many.
 */
static bool
sc_scan_is_in_turn(const sc_segment_scan_t *scan, uint64_t sequence)
{
    if (!scan->known) {
        return true;
    }

    if (sequence >= scan->next) {
        return sequence < scan->limit;
    }

    return sc_scan_find_hole(scan, sequence) != scan->holes_count;
}


/* The file's sequences are those from `first` on, as many as it can hold. */
static void
sc_scan_set_first(sc_segment_scan_t *scan, uint64_t first)
{
    uint64_t capacity;

    capacity = scan->data.len / SC_SEGMENT_RECORD_HEADER;

    scan->known = true;
    scan->next = first;
    scan->limit = first < UINT64_MAX - capacity ? first + capacity
                                                : UINT64_MAX;
}


void
sc_segment_scan(sc_segment_scan_t *scan, sc_str_t data,
    const sc_segment_header_t *header, bool resync)
{
    memset(scan, 0, sizeof(*scan));

    scan->data = data;
    scan->at = data.len < SC_SEGMENT_HEADER_SIZE ? data.len
                                                 : SC_SEGMENT_HEADER_SIZE;
    scan->resync = resync;

    if (header != NULL) {
        sc_scan_set_first(scan, header->first_sequence);
    }
}


static void
sc_scan_add_hole(sc_segment_scan_t *scan, uint64_t first, uint64_t count,
    bool counted)
{
    sc_scan_hole_t *hole;

    if (count == 0) {
        return;
    }

    if (scan->holes_count == SC_SCAN_HOLES) {
        scan->holes_count--;
        memmove(scan->holes, scan->holes + 1,
                scan->holes_count * sizeof(scan->holes[0]));
    }

    hole = &scan->holes[scan->holes_count++];
    hole->first = first;
    hole->count = count;
    hole->counted = counted;
}


/* Takes one sequence out of a hole; what is left of it may be two holes. */
static void
sc_scan_fill_hole(sc_segment_scan_t *scan, uint64_t sequence)
{
    unsigned       i;
    sc_scan_hole_t hole;

    i = sc_scan_find_hole(scan, sequence);
    hole = scan->holes[i];

    scan->holes_count--;
    memmove(scan->holes + i, scan->holes + i + 1,
            (scan->holes_count - i) * sizeof(scan->holes[0]));

    sc_scan_add_hole(scan, hole.first, sequence - hole.first, hole.counted);
    sc_scan_add_hole(scan, sequence + 1,
                     hole.count - (sequence - hole.first) - 1, hole.counted);

    if (hole.counted) {
        scan->missing--;
    }
}


/*
 * The first record of a file whose header is lost.  If it is a stale copy of a
 * later one, the records before it are still to come: no more of them than the
 * file can hold.
 */
static void
sc_scan_start_at(sc_segment_scan_t *scan, uint64_t sequence)
{
    uint64_t before;

    before = scan->data.len / SC_SEGMENT_RECORD_HEADER;
    if (before > sequence) {
        before = sequence;
    }

    sc_scan_add_hole(scan, sequence - before, before, false);
    sc_scan_set_first(scan, sequence);
}


static void
sc_scan_accept(sc_segment_scan_t *scan, const sc_segment_record_t *record)
{
    uint64_t sequence;

    sequence = record->sequence;

    if (!scan->known) {
        sc_scan_start_at(scan, sequence);
    }

    if (sequence >= scan->next) {
        scan->missing += sequence - scan->next;
        sc_scan_add_hole(scan, scan->next, sequence - scan->next, true);
        scan->next = sequence + 1;

    } else {
        sc_scan_fill_hole(scan, sequence);
        scan->late++;
    }

    scan->at += sc_segment_record_size(record->payload.len);
    if (scan->at > scan->data.len) {
        scan->at = scan->data.len;
    }

    scan->records++;
}


/*
 * Offset of the next valid record from `at` on, or the end of the data.  The
 * sequence is checked before the sum, so that bytes that pose as records
 * cannot make every offset cost a sum over megabytes.
 */
static size_t
sc_scan_find_record(const sc_segment_scan_t *scan, size_t at)
{
    sc_segment_record_t record;

    for ( /* void */ ; at < scan->data.len; at += SC_SEGMENT_ALIGNMENT) {

        if (sc_record_parse(scan->data, at, &record) == SC_BAD_NONE
            && sc_scan_is_in_turn(scan, record.sequence)
            && sc_record_sum_is_right(&record))
        {
            return at;
        }
    }

    return scan->data.len;
}


static sc_scan_event_t
sc_scan_skip(sc_segment_scan_t *scan, sc_bad_reason_t reason, size_t size)
{
    size_t next;

    next = scan->data.len;

    if (scan->resync && size < scan->data.len - scan->at) {
        next = sc_scan_find_record(scan, scan->at + size);
    }

    scan->bad_offset = scan->at;
    scan->bad_reason = reason;

    if (next != scan->data.len) {
        scan->bad_length = next - scan->at;
        scan->damaged_bytes += scan->bad_length;
        scan->gaps++;
        scan->at = next;
        return SC_SCAN_GAP;
    }

    /* Zeros up to the end are space that was preallocated and not used. */
    scan->bad_length = sc_used_length(scan->data.data + scan->at,
                                      scan->data.len - scan->at);
    scan->tail_bytes += scan->bad_length;
    scan->at = scan->data.len;

    return scan->bad_length == 0 ? SC_SCAN_END : SC_SCAN_TAIL;
}


sc_scan_event_t
sc_segment_next(sc_segment_scan_t *scan, sc_segment_record_t *record)
{
    sc_bad_reason_t     reason;
    sc_segment_record_t found;

    if (scan->at == scan->data.len) {
        return SC_SCAN_END;
    }

    reason = sc_record_parse(scan->data, scan->at, &found);

    if (reason == SC_BAD_NONE && !sc_record_sum_is_right(&found)) {
        reason = SC_BAD_CRC;
    }

    if (reason != SC_BAD_NONE) {
        return sc_scan_skip(scan, reason, SC_SEGMENT_ALIGNMENT);
    }

    if (!sc_scan_is_in_turn(scan, found.sequence)) {
        scan->out_of_turn++;
        return sc_scan_skip(scan, SC_BAD_SEQUENCE,
                            sc_segment_record_size(found.payload.len));
    }

    sc_scan_accept(scan, &found);
    *record = found;

    return SC_SCAN_RECORD;
}
