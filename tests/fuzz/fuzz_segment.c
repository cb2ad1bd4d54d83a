/*
 * fuzz_segment.c: the spool scanner over arbitrary bytes, and over a file that
 * was made well and then damaged as the input says.
 *
 * The first byte chooses: odd is a raw file, even is a script of
 * records and damages.
 */

#include <stdint.h>
#include <stdlib.h>

#include "sc_crc32c.h"
#include "sc_le.h"
#include "sc_segment.h"


#define RECORDS  64
#define ROOM     (SC_SEGMENT_HEADER_SIZE + RECORDS * (32 + 256))


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
require(bool condition)
{
    if (!condition) {
        abort();
    }
}


/* What holds for any bytes: order, bounds, sums, the account. */
static void
scan_anything(const unsigned char *data, size_t size, bool resync)
{
    size_t              before;
    sc_buf_t            buf;
    uint64_t            records;
    unsigned char      *copy;
    sc_scan_event_t     event;
    sc_segment_scan_t   scan;
    sc_segment_header_t header;
    sc_segment_record_t record;
    sc_header_status_t  status;

    records = 0;
    status = sc_segment_read_header(sc_str_make(data, size), &header);
    sc_segment_scan(&scan, sc_str_make(data, size),
                    status == SC_HEADER_OK ? &header : NULL, resync);

    for ( ;; ) {
        before = scan.at;
        event = sc_segment_next(&scan, &record);

        if (event == SC_SCAN_END) {
            break;
        }

        require(scan.at > before && scan.at <= size);
        require(resync || event != SC_SCAN_GAP);

        if (event != SC_SCAN_RECORD) {
            require(scan.bad_offset == before && scan.bad_length != 0
                    && scan.bad_length <= scan.at - before);
            continue;
        }

        records++;
        require(record.payload.data == data + before + 32);
        require(record.payload.len <= size - before - 32);

        copy = malloc(record.payload.len + 40);
        if (copy == NULL) {
            return;
        }

        sc_buf_init_fixed(&buf, copy, record.payload.len + 40);
        require(sc_segment_append(&buf, &record));
        require(memcmp(copy, data + before, 32 + record.payload.len) == 0);
        free(copy);
    }

    require(scan.records == records && scan.at == size);
    require(scan.damaged_bytes + scan.tail_bytes + records * 32 <= size);
}


/* Applies the rest of the input to the file: position, length, value. */
static void
damage(unsigned char *file, size_t len, const uint8_t *data, size_t size)
{
    size_t at, span;

    for ( /* void */ ; size >= 4; data += 4, size -= 4) {
        at = ((size_t) data[0] | (size_t) data[1] << 8) % len;
        span = data[2] < len - at ? data[2] : len - at;

        if (data[3] < 128) {
            memset(file + at, data[3], span);

        } else {
            at = at / 8 * 8;
            span = data[2] < len - at ? data[2] : len - at;
            memmove(file + at, file + (size_t) data[3] * 8 % (len - span + 1),
                    span);
        }
    }
}


/*
 * The sequence depends on all of the input, as a writer's is random: with a
 * fixed one the fuzzer soon writes intact records into its own payloads.
 */
static uint64_t
first_sequence(const uint8_t *data, size_t size)
{
    return (uint64_t) sc_crc32c(1, data, size) << 24
           | (sc_crc32c(2, data, size / 2) & 0xffffff);
}


static void
build_and_damage(const uint8_t *data, size_t size)
{
    bool                 seen[RECORDS] = { false }, forgot = false;
    bool                 covered[RECORDS] = { false };
    size_t               i, at, count, len;
    uint64_t             first, sequence;
    sc_buf_t             buf;
    sc_scan_event_t      event;
    sc_segment_scan_t    scan;
    sc_segment_header_t  header;
    sc_segment_record_t  record;
    static unsigned char good[ROOM + 8], bad[ROOM + 8];
    size_t               start[RECORDS], length[RECORDS];

    memset(&header, 0, sizeof(header));
    first = first_sequence(data, size);
    header.first_sequence = first;
    sc_segment_write_header(good, &header);
    sc_buf_init_fixed(&buf, good, sizeof(good));
    buf.len = SC_SEGMENT_HEADER_SIZE;

    count = size == 0 ? 0 : data[0] % (RECORDS + 1);

    for (i = 0; i < count; i++) {
        len = i + 1 < size ? data[i + 1] : 16;
        len = len < size ? len : size;

        record.kind = SC_SPOOL_MENTION;
        record.flags = 0;
        record.sequence = first + i;
        record.event_ms = 1;
        record.payload = sc_str_make(data, len);

        start[i] = buf.len;
        length[i] = 32 + len;
        require(sc_segment_append(&buf, &record));
    }

    memcpy(bad, good, buf.len);

    /* One byte behind the end may be written, so that no file is too short. */
    i = count + 1 < size ? count + 1 : size;
    damage(bad + SC_SEGMENT_HEADER_SIZE,
           buf.len - SC_SEGMENT_HEADER_SIZE + 1, data + i, size - i);

    sc_segment_scan(&scan, sc_str_make(bad, buf.len), &header, true);

    while ((event = sc_segment_next(&scan, &record)) != SC_SCAN_END) {
        forgot = forgot || scan.holes_count == SC_SCAN_HOLES;

        if (event != SC_SCAN_RECORD) {
            continue;
        }

        sequence = record.sequence - first;

        require(sequence < count && !seen[sequence]);
        require(length[sequence] == 32 + record.payload.len);
        require(memcmp(record.payload.data - 32, good + start[sequence],
                       length[sequence])
                == 0);
        seen[sequence] = true;

        /* A stale copy may end in a byte that its victim starts with. */
        at = (size_t) (record.payload.data - 32 - bad);

        for (i = 0; i < count; i++) {
            covered[i] = covered[i] || (at < start[i] + length[i]
                                        && start[i] < at + length[sequence]);
        }
    }

    for (i = 0; i < count; i++) {
        require(covered[i] || seen[i] || forgot
                || memcmp(bad + start[i], good + start[i], length[i]) != 0);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }

    if (data[0] % 2 == 0) {
        build_and_damage(data + 1, size - 1);
        return 0;
    }

    scan_anything(data + 1, size - 1, true);
    scan_anything(data + 1, size - 1, false);

    return 0;
}
