/*
 * test_segment.c: the spool's file format against cuts and damages.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_crc32c.h"
#include "sc_le.h"
#include "sc_segment.h"


#define RECORDS  200
#define FIRST    UINT64_C(0x2a5f00d1234567)

/* Damaged copies that are scanned. */
#define TRIALS   60000


/* A file in memory and where its records lie. */
typedef struct {
    unsigned char      *data;
    size_t              len;
    size_t              count;
    size_t              start[RECORDS + 1];
    size_t              nonzero[RECORDS];  /* behind its last byte but zeros */
    sc_segment_record_t records[RECORDS];
    sc_segment_header_t header;
} file_t;


static uint64_t seed;


static uint32_t
next_random(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);

    return (uint32_t) (seed >> 33);
}


static size_t
random_below(size_t n)
{
    return next_random() % n;
}


/*
 * Payloads of 0 to 600 bytes.  No byte of them is zero, so that zeroing the
 * end of a record always is a change.
 */
static void
make_file(file_t *file, size_t count)
{
    size_t               i, j, len;
    sc_buf_t             buf;
    unsigned char        payload[600];
    sc_segment_record_t *record;

    memset(file, 0, sizeof(*file));

    file->count = count;
    file->header.number = 7;
    file->header.created_ms = UINT64_C(1789999951000);
    file->header.first_sequence = FIRST;
    memcpy(file->header.node, "0123456789abcdef", 16);

    file->data = malloc(SC_SEGMENT_HEADER_SIZE + count * 640 + 64);
    assert_non_null(file->data);

    sc_buf_init_fixed(&buf, file->data, SC_SEGMENT_HEADER_SIZE + count * 640);
    sc_segment_write_header(buf.data, &file->header);
    buf.len = SC_SEGMENT_HEADER_SIZE;

    for (i = 0; i < count; i++) {
        len = i == 3 ? 0 : random_below(sizeof(payload) + 1);

        for (j = 0; j < len; j++) {
            payload[j] = (unsigned char) (1 + random_below(255));
        }

        record = &file->records[i];
        record->kind = (uint16_t) (1 + random_below(3));
        record->flags = (uint16_t) random_below(65536);
        record->sequence = FIRST + i;
        record->event_ms = (int64_t) next_random() * 1000;
        record->payload = sc_str_make(payload, len);

        file->start[i] = buf.len;
        assert_true(sc_segment_append(&buf, record));
        record->payload.data = file->data + file->start[i]
                               + SC_SEGMENT_RECORD_HEADER;

        file->nonzero[i] = buf.len;
        while (file->data[file->nonzero[i] - 1] == 0) {
            file->nonzero[i]--;
        }
    }

    file->start[count] = buf.len;
    file->len = buf.len;
}


static size_t
content_end(const file_t *file, size_t i)
{
    return file->start[i] + SC_SEGMENT_RECORD_HEADER
           + file->records[i].payload.len;
}


static bool
record_is(const sc_segment_record_t *got, const sc_segment_record_t *want)
{
    return got->kind == want->kind && got->flags == want->flags
           && got->sequence == want->sequence
           && got->event_ms == want->event_ms
           && sc_str_eq(got->payload, want->payload);
}


static void
start_scan(sc_segment_scan_t *scan, const unsigned char *data, size_t len,
    bool resync)
{
    sc_segment_header_t header;

    if (sc_segment_read_header(sc_str_make(data, len), &header)
        == SC_HEADER_OK)
    {
        sc_segment_scan(scan, sc_str_make(data, len), &header, resync);
        return;
    }

    sc_segment_scan(scan, sc_str_make(data, len), NULL, resync);
}


/* The layout is a promise to files on disks: byte by byte, once. */
static void
bytes_are_as_documented(void **state)
{
    sc_buf_t            buf;
    unsigned char       memory[128];
    sc_segment_header_t header;
    sc_segment_record_t record;

    static const unsigned char want_header[56] = {
        'S', 'C', 'S', 'P', 'O', 'O', 'L', '1',
        1, 0, 0, 0, 64, 0, 0, 0,
        0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
        0x98, 0x3f, 0x3d, 0xc3, 0xa0, 0x01, 0, 0,
        'n', 'o', 'd', 'e', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
        0xf1, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12
    };

    static const unsigned char want_record[40] = {
        'S', 'C', 'R', '1', 5, 0, 0, 0,
        0, 0, 0, 0, 2, 0, 0x34, 0x12,
        0xf1, 0xde, 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12,
        0x98, 0x3f, 0x3d, 0xc3, 0xa0, 0x01, 0, 0,
        'h', 'e', 'l', 'l', 'o', 0, 0, 0
    };

    (void) state;

    memset(&header, 0, sizeof(header));
    header.number = UINT64_C(0x1122334455667788);
    header.created_ms = UINT64_C(0x1a0c33d3f98);
    header.first_sequence = UINT64_C(0x123456789abcdef1);
    memcpy(header.node, "node", 4);
    header.node[15] = 0xff;

    sc_segment_write_header(memory, &header);
    assert_memory_equal(memory, want_header, 56);
    assert_int_equal(sc_le_get32(memory + 56), 0);
    assert_int_equal(sc_le_get32(memory + 60), sc_crc32c(0, memory, 60));

    record.kind = SC_SPOOL_REPLY;
    record.flags = 0x1234;
    record.sequence = UINT64_C(0x123456789abcdef1);
    record.event_ms = INT64_C(0x1a0c33d3f98);
    record.payload = SC_STR("hello");

    memset(memory, 0xee, sizeof(memory));
    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    assert_true(sc_segment_append(&buf, &record));
    assert_int_equal(buf.len, 40);

    /* The sum goes over 32 + 5 bytes with its own place as zeros. */
    assert_int_equal(sc_le_get32(memory + 8), sc_crc32c(0, want_record, 37));
    memset(memory + 8, 0, 4);
    assert_memory_equal(memory, want_record, 40);
    assert_int_equal(memory[40], 0xee);
}


static void
little_endian_numbers(void **state)
{
    size_t        i;
    unsigned char p[8];

    static const int64_t values[] = {
        0, 1, -1, 255, -256, INT64_MAX, INT64_MIN, INT64_MIN + 1
    };

    (void) state;

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        sc_le_put64(p, (uint64_t) values[i]);
        assert_true(sc_le_get64_signed(p) == values[i]);
        assert_true(sc_le_get64(p) == (uint64_t) values[i]);
    }

    sc_le_put16(p, 0xfe01);
    assert_int_equal(p[0], 0x01);
    assert_int_equal(p[1], 0xfe);
    assert_int_equal(sc_le_get16(p), 0xfe01);
}


static void
headers(void **state)
{
    size_t              i;
    unsigned            bit;
    unsigned char       memory[SC_SEGMENT_HEADER_SIZE];
    sc_segment_header_t header, read;

    (void) state;

    memset(&header, 0, sizeof(header));
    header.number = 3;
    header.created_ms = 4;
    header.first_sequence = 5;
    memset(header.node, 6, sizeof(header.node));

    sc_segment_write_header(memory, &header);
    assert_int_equal(sc_segment_read_header(sc_str_make(memory, 64), &read),
                     SC_HEADER_OK);
    assert_true(read.number == 3 && read.created_ms == 4
                && read.first_sequence == 5);
    assert_memory_equal(read.node, header.node, sizeof(header.node));

    for (i = 0; i < SC_SEGMENT_HEADER_SIZE; i++) {
        assert_int_equal(sc_segment_read_header(sc_str_make(memory, i), &read),
                         SC_HEADER_SHORT);

        for (bit = 0; bit < 8; bit++) {
            memory[i] = (unsigned char) (memory[i] ^ 1u << bit);
            assert_int_equal(
                sc_segment_read_header(sc_str_make(memory, 64), &read),
                i < 8 ? SC_HEADER_MAGIC : SC_HEADER_DAMAGED);
            memory[i] = (unsigned char) (memory[i] ^ 1u << bit);
        }
    }

    /* Another version, a flag, another length: intact and not for us. */
    for (i = 8; i < 16; i++) {
        sc_segment_write_header(memory, &header);
        memory[i]++;
        sc_le_put32(memory + 60, sc_crc32c(0, memory, 60));
        assert_int_equal(sc_segment_read_header(sc_str_make(memory, 64), &read),
                         SC_HEADER_VERSION);
        assert_int_equal(read.number, 3);
    }

    memset(memory, 0, sizeof(memory));
    assert_int_equal(sc_segment_read_header(sc_str_make(memory, 64), &read),
                     SC_HEADER_BLANK);
}


static void
append_refuses(void **state)
{
    sc_buf_t            buf;
    unsigned char       memory[64];
    sc_segment_record_t record;

    (void) state;

    memset(&record, 0, sizeof(record));
    record.payload = SC_STR("12345678");
    sc_buf_init_fixed(&buf, memory, sizeof(memory));

    record.event_ms = -1;
    assert_false(sc_segment_append(&buf, &record));
    record.event_ms = 0;

    record.sequence = UINT64_MAX;
    assert_false(sc_segment_append(&buf, &record));
    record.sequence = 0;

    record.payload.len = SC_SEGMENT_MAX_PAYLOAD + 1;
    assert_false(sc_segment_append(&buf, &record));
    record.payload.len = 8;

    buf.len = 4;
    assert_false(sc_segment_append(&buf, &record));
    buf.len = 0;

    assert_false(buf.failed);
    assert_int_equal(buf.len, 0);

    assert_true(sc_segment_append(&buf, &record));
    assert_int_equal(buf.len, 40);
    assert_false(sc_segment_append(&buf, &record));
    assert_true(buf.failed);
    assert_int_equal(buf.len, 40);
}


static void
sizes(void **state)
{
    (void) state;

    assert_int_equal(sc_segment_record_size(0), 32);
    assert_int_equal(sc_segment_record_size(1), 40);
    assert_int_equal(sc_segment_record_size(8), 40);
    assert_int_equal(sc_segment_record_size(9), 48);
    assert_int_equal(sc_segment_record_size(SC_SEGMENT_MAX_PAYLOAD),
                     SC_SEGMENT_MAX_PAYLOAD + 32);
    assert_int_equal(sc_segment_record_size(SC_SEGMENT_MAX_PAYLOAD + 1), 0);
    assert_int_equal(sc_segment_record_size(SIZE_MAX), 0);

    assert_true(sc_segment_fits(64, SC_SEGMENT_MAX_PAYLOAD));
    assert_false(sc_segment_fits(64, SC_SEGMENT_MAX_PAYLOAD + 1));
    assert_true(sc_segment_fits(SC_SEGMENT_SIZE - 40, 8));
    assert_false(sc_segment_fits(SC_SEGMENT_SIZE - 40, 9));
    assert_false(sc_segment_fits(SC_SEGMENT_SIZE, 0));
    assert_false(sc_segment_fits(SIZE_MAX, 0));
}


static void
longest_record(void **state)
{
    size_t              size;
    sc_buf_t            buf;
    unsigned char      *memory, *payload;
    sc_segment_scan_t   scan;
    sc_segment_header_t header;
    sc_segment_record_t record, read;

    (void) state;

    size = 64 + sc_segment_record_size(SC_SEGMENT_MAX_PAYLOAD);
    memory = malloc(size);
    payload = malloc(SC_SEGMENT_MAX_PAYLOAD);
    assert_true(memory != NULL && payload != NULL);
    memset(payload, 'x', SC_SEGMENT_MAX_PAYLOAD);

    memset(&header, 0, sizeof(header));
    memset(&record, 0, sizeof(record));
    record.payload = sc_str_make(payload, SC_SEGMENT_MAX_PAYLOAD);
    record.event_ms = INT64_MAX;

    sc_segment_write_header(memory, &header);
    sc_buf_init_fixed(&buf, memory, size);
    buf.len = 64;
    assert_true(sc_segment_append(&buf, &record));

    start_scan(&scan, memory, size, true);
    assert_int_equal(sc_segment_next(&scan, &read), SC_SCAN_RECORD);
    assert_true(record_is(&read, &record));
    assert_int_equal(sc_segment_next(&scan, &read), SC_SCAN_END);

    free(memory);
    free(payload);
}


/*
 * Scans what is left of a file and wants exactly the records that are whole.
 * `zeros` bytes of allocated space stand behind.
 */
static void
check_prefix(const file_t *file, const unsigned char *data, size_t cut,
    size_t len, bool resync)
{
    size_t              i, end, whole;
    sc_scan_event_t     event;
    sc_segment_scan_t   scan;
    sc_segment_record_t record;

    for (whole = 0; whole < file->count; whole++) {
        end = len > cut ? file->nonzero[whole] : content_end(file, whole);

        if (end > cut) {
            break;
        }
    }

    start_scan(&scan, data, len, resync);

    for (i = 0; i < whole; i++) {
        if (sc_segment_next(&scan, &record) != SC_SCAN_RECORD
            || !record_is(&record, &file->records[i]))
        {
            fail_msg("cut at %zu: record %zu is missing", cut, i);
        }
    }

    event = sc_segment_next(&scan, &record);

    /* Something of the next record is there, be it one byte. */
    if (cut > file->start[whole]) {
        assert_int_equal(event, SC_SCAN_TAIL);
        assert_int_equal(scan.bad_offset, file->start[whole]);
        assert_int_equal(scan.bad_length, scan.tail_bytes);
        assert_in_range(scan.tail_bytes, 1, cut - file->start[whole]);
        assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_END);

    } else {
        assert_int_equal(event, SC_SCAN_END);
        assert_int_equal(scan.tail_bytes, 0);
    }

    assert_int_equal(scan.records, whole);
    assert_int_equal(scan.gaps + scan.missing + scan.out_of_turn, 0);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_END);
}


static void
cut_at_every_offset(void **state)
{
    size_t         cut;
    file_t         file;
    unsigned char *data;

    (void) state;

    seed = 20260115;
    make_file(&file, RECORDS);

    /* The end of the copy is the end of its memory: ASan sees a read beyond. */
    for (cut = 0; cut <= file.len; cut++) {
        data = malloc(cut == 0 ? 1 : cut);
        assert_non_null(data);
        memcpy(data, file.data, cut);
        check_prefix(&file, data, cut, cut, true);

        if (cut % 97 == 0) {
            check_prefix(&file, data, cut, cut, false);
        }

        free(data);
    }

    free(file.data);
}


/* Space was allocated in advance: the cut is followed by zeros. */
static void
cut_and_zeros_at_every_offset(void **state)
{
    size_t cut;
    file_t file;

    (void) state;

    seed = 20260116;
    make_file(&file, RECORDS / 4);

    for (cut = file.len; cut > SC_SEGMENT_HEADER_SIZE; cut--) {
        check_prefix(&file, file.data, cut, file.len, true);
        check_prefix(&file, file.data, cut, file.len, false);
        file.data[cut - 1] = 0;
    }

    free(file.data);
}


/* One damage of a kind that disks and crashes make. */
static void
damage(const file_t *file, unsigned char *data)
{
    size_t i, from, to, len;

    to = random_below(file->len);
    len = 1 + random_below(random_below(4) == 0 ? 8192 : 64);

    switch (random_below(6)) {

    case 0:                     /* a flipped bit */
        data[to] = (unsigned char) (data[to] ^ 1u << random_below(8));
        return;

    case 1:                     /* a span of zeros or ones */
        len = len < file->len - to ? len : file->len - to;
        memset(data + to, random_below(2) == 0 ? 0 : 0xff, len);
        return;

    case 2:                     /* noise */
        for (i = to; i < to + len && i < file->len; i++) {
            data[i] = (unsigned char) next_random();
        }

        return;

    case 3:                     /* a sector of rubbish */
        to = to / 512 * 512;

        for (i = to; i < to + 512 && i < file->len; i++) {
            data[i] = (unsigned char) next_random();
        }

        return;

    case 4:                     /* a sector from elsewhere in the file */
        from = random_below(file->len) / 512 * 512;
        to = to / 512 * 512;
        len = file->len - (from > to ? from : to);
        memmove(data + to, data + from, len < 512 ? len : 512);
        return;

    default:                    /* a stale copy of one to three records */
        i = random_below(file->count - 3);
        from = file->start[i];
        len = file->start[i + 1 + random_below(3)] - from;
        to = random_below(2) == 0 ? file->start[random_below(file->count)]
                                  : to / 8 * 8;
        memmove(data + to, file->data + from,
                len < file->len - to ? len : file->len - to);
    }
}


/* Reads a damaged copy; true when it all came out as it must. */
static bool
recovers(const file_t *file, const unsigned char *data, uint64_t *recovered)
{
    size_t               i, last, records;
    bool                 seen[RECORDS];
    uint64_t             sequence;
    sc_scan_event_t      event;
    sc_segment_scan_t    scan;
    sc_segment_record_t  record;

    memset(seen, 0, sizeof(seen));
    records = 0;
    last = 0;
    start_scan(&scan, data, file->len, true);

    while ((event = sc_segment_next(&scan, &record)) != SC_SCAN_END) {

        if (event != SC_SCAN_RECORD) {
            continue;
        }

        sequence = record.sequence - FIRST;

        /* Never a false one, never one twice. */
        if (sequence >= file->count || seen[sequence]
            || !record_is(&record, &file->records[sequence]))
        {
            return false;
        }

        seen[sequence] = true;
        records++;
        last = sequence > last ? (size_t) sequence : last;
    }

    for (i = 0; i < file->count; i++) {
        if (!seen[i]
            && memcmp(data + file->start[i], file->data + file->start[i],
                      content_end(file, i) - file->start[i])
               == 0)
        {
            return false;
        }
    }

    *recovered += records;

    /* The account agrees with what was seen. */
    if (scan.records != records) {
        return false;
    }

    return memcmp(data, file->data, SC_SEGMENT_HEADER_SIZE) != 0
           || records == 0 || scan.missing == last + 1 - records;
}


static void
random_damages(void **state)
{
    size_t         trial, damages;
    file_t         file;
    uint64_t       recovered, before;
    unsigned char *data;

    (void) state;

    seed = 42;
    make_file(&file, RECORDS);

    data = malloc(file.len);
    assert_non_null(data);
    recovered = 0;

    for (trial = 0; trial < TRIALS; trial++) {
        before = seed;
        memcpy(data, file.data, file.len);

        for (damages = 1 + random_below(4); damages != 0; damages--) {
            damage(&file, data);
        }

        /* Every eighth lost its header as well. */
        if (trial % 8 == 0) {
            data[random_below(SC_SEGMENT_HEADER_SIZE)] ^= 0x10;
        }

        if (!recovers(&file, data, &recovered)) {
            fail_msg("trial %zu (seed %llu)", trial,
                     (unsigned long long) before);
        }
    }

    /* The test does damage, and most records live. */
    assert_in_range(recovered, TRIALS * (uint64_t) RECORDS / 2,
                    TRIALS * (uint64_t) RECORDS - TRIALS);

    free(data);
    free(file.data);
}


/* Makes a file's bytes from records of 8 bytes with the given sequences. */
static size_t
small_file(unsigned char *memory, size_t size, const uint64_t *sequences,
    size_t count)
{
    size_t              i;
    sc_buf_t            buf;
    sc_segment_header_t header;
    sc_segment_record_t record;

    memset(&header, 0, sizeof(header));
    header.first_sequence = 100;
    sc_segment_write_header(memory, &header);

    sc_buf_init_fixed(&buf, memory, size);
    buf.len = SC_SEGMENT_HEADER_SIZE;

    for (i = 0; i < count; i++) {
        record.kind = SC_SPOOL_MENTION;
        record.flags = 0;
        record.event_ms = 5;
        record.sequence = sequences[i];
        record.payload = SC_STR("payload.");
        assert_true(sc_segment_append(&buf, &record));
    }

    return buf.len;
}


#define AT(i)  (SC_SEGMENT_HEADER_SIZE + (i) * 40)


static void
sequence_must_follow(void **state)
{
    size_t              len;
    unsigned char       memory[512];
    sc_segment_scan_t   scan;
    sc_segment_record_t record;

    static const uint64_t sequences[] = { 100, 101, 101, 103, 102, 100 };

    (void) state;

    len = small_file(memory, sizeof(memory), sequences, 6);
    start_scan(&scan, memory, len, true);

    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);

    /* The second 101 is a copy; over its bytes 102 may have been lost. */
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_GAP);
    assert_int_equal(scan.bad_reason, SC_BAD_SEQUENCE);
    assert_int_equal(scan.bad_offset, AT(2));
    assert_int_equal(scan.bad_length, 40);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(record.sequence, 103);
    assert_int_equal(scan.missing, 1);

    /* And here it is, late. */
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(record.sequence, 102);
    assert_int_equal(scan.missing, 0);
    assert_int_equal(scan.late, 1);

    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_TAIL);
    assert_int_equal(scan.bad_reason, SC_BAD_SEQUENCE);
    assert_int_equal(scan.out_of_turn, 2);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_END);

    /* The header says where the sequence starts: here one was lost. */
    len = small_file(memory, sizeof(memory), sequences + 1, 1);
    start_scan(&scan, memory, len, true);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(scan.missing, 1);
    assert_int_equal(scan.gaps, 0);
}


/* Records of another file: before the first sequence, or beyond what fits. */
static void
sequence_of_another_file(void **state)
{
    size_t              i, len;
    unsigned char       memory[512];
    sc_segment_scan_t   scan;
    sc_segment_record_t record;

    /* 104 bytes hold three records at most: 100 to 102. */
    static const struct {
        uint64_t        sequence;
        sc_scan_event_t event;
    } cases[] = {
        { 99, SC_SCAN_TAIL },
        { 0, SC_SCAN_TAIL },
        { 102, SC_SCAN_RECORD },
        { 103, SC_SCAN_TAIL },
        { UINT64_MAX - 1, SC_SCAN_TAIL }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        len = small_file(memory, sizeof(memory), &cases[i].sequence, 1);
        start_scan(&scan, memory, len, true);
        assert_int_equal(sc_segment_next(&scan, &record), cases[i].event);
        assert_int_equal(scan.out_of_turn, cases[i].event == SC_SCAN_TAIL);
        assert_int_equal(scan.bad_reason,
                         cases[i].event == SC_SCAN_TAIL ? SC_BAD_SEQUENCE
                                                        : SC_BAD_NONE);
    }

    /* The last sequence that there is does not wrap. */
    len = small_file(memory, sizeof(memory),
                     (uint64_t[]) { UINT64_MAX - 1, 0 }, 2);
    sc_segment_scan(&scan, sc_str_make(memory, len), NULL, true);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_TAIL);
    assert_int_equal(scan.bad_reason, SC_BAD_SEQUENCE);
}


/*
 * A copy from further behind, met first, must not hide what lies between; one
 * from further ahead must not hide what it lies upon.
 */
static void
stale_copy_does_not_hide(void **state)
{
    size_t              i, len;
    unsigned char       memory[2048];
    sc_segment_scan_t   scan;
    sc_segment_record_t record;
    uint64_t            sequences[10], got[10];

    static const uint64_t want[] = { 100, 107, 104, 105, 106, 108, 109 };

    (void) state;

    for (i = 0; i < 10; i++) {
        sequences[i] = 100 + i;
    }

    /* 101 and 102 are rubbish, 107 lies upon 103. */
    len = small_file(memory, sizeof(memory), sequences, 10);
    memset(memory + AT(1), 0x55, 80);
    memcpy(memory + AT(3), memory + AT(7), 40);

    start_scan(&scan, memory, len, true);

    for (i = 0; scan.at < len; ) {
        if (sc_segment_next(&scan, &record) == SC_SCAN_RECORD) {
            got[i++] = record.sequence;
        }
    }

    assert_int_equal(i, 7);
    assert_memory_equal(got, want, sizeof(want));
    assert_int_equal(scan.out_of_turn, 1);
    assert_int_equal(scan.missing, 3);
    assert_int_equal(scan.late, 3);
}


/* One byte in every second record: more holes than are remembered. */
static void
more_holes_than_remembered(void **state)
{
    size_t              i, len, records;
    uint64_t            sequences[61];
    unsigned char       memory[4096];
    sc_segment_scan_t   scan;
    sc_segment_record_t record;

    (void) state;

    for (i = 0; i < 60; i++) {
        sequences[i] = 100 + i;
    }

    len = small_file(memory, sizeof(memory), sequences, 60);

    for (i = 0; i < 59; i += 2) {
        memory[AT(i) + 33] ^= 1;
    }

    /* Copies of the first and of the last hole's record, intact. */
    small_file(memory + len, sizeof(memory) - len, (uint64_t[]) { 100 }, 1);
    memmove(memory + len, memory + len + 64, 40);
    small_file(memory + len + 40, sizeof(memory) - len - 40,
               (uint64_t[]) { 158 }, 1);
    memmove(memory + len + 40, memory + len + 40 + 64, 40);
    len += 80;

    start_scan(&scan, memory, len, true);
    records = 0;

    for ( ;; ) {
        switch (sc_segment_next(&scan, &record)) {
        case SC_SCAN_RECORD:
            records++;
            continue;
        case SC_SCAN_GAP:
            continue;
        default:
            break;
        }

        break;
    }

    /* 100 is forgotten and counts as a copy, 158 fills its hole. */
    assert_int_equal(records, 31);
    assert_int_equal(record.sequence, 158);
    assert_int_equal(scan.gaps, 31);
    assert_int_equal(scan.missing, 29);
    assert_int_equal(scan.out_of_turn, 1);
    assert_int_equal(scan.holes_count, SC_SCAN_HOLES - 1);
}


/* Without resync nothing behind the damage is looked at. */
static void
stops_at_the_first_damage(void **state)
{
    size_t              len;
    unsigned char       memory[512];
    sc_segment_scan_t   scan;
    sc_segment_record_t record;

    static const uint64_t sequences[] = { 100, 101, 102, 103 };

    (void) state;

    len = small_file(memory, sizeof(memory), sequences, 4);
    memory[AT(1) + 32] ^= 0x80;

    start_scan(&scan, memory, len, false);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_TAIL);
    assert_int_equal(scan.bad_offset, AT(1));
    assert_int_equal(scan.bad_length, 120);
    assert_int_equal(scan.bad_reason, SC_BAD_CRC);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_END);

    start_scan(&scan, memory, len, true);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_GAP);
    assert_int_equal(scan.bad_length, 40);
    assert_int_equal(scan.damaged_bytes, 40);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(record.sequence, 102);
    assert_int_equal(scan.missing, 1);
}


/* Sums that are right do not make impossible values possible. */
static void
impossible_fields(void **state)
{
    size_t              len, i;
    unsigned char       memory[512];
    sc_segment_scan_t   scan;
    sc_segment_record_t record;

    static const uint64_t sequences[] = { 100 };

    static const struct {
        size_t          at;
        unsigned char   value;
        sc_bad_reason_t reason;
    } cases[] = {
        { 0, 's', SC_BAD_MAGIC },
        { 3, '2', SC_BAD_MAGIC },
        { 6, 0x41, SC_BAD_FIELD },     /* a payload above 4 MiB */
        { 31, 0x80, SC_BAD_FIELD },    /* a time before 1970 */
        { 4, 9, SC_BAD_SHORT },        /* longer than the file */
        { 6, 0x3f, SC_BAD_SHORT }
    };

    (void) state;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        len = small_file(memory, sizeof(memory), sequences, 1);
        memory[AT(0) + cases[i].at] = cases[i].value;
        sc_le_put32(memory + AT(0) + 8, 0);
        sc_le_put32(memory + AT(0) + 8, sc_crc32c(0, memory + AT(0), 40));

        start_scan(&scan, memory, len, true);
        assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_TAIL);
        assert_int_equal(scan.bad_reason, cases[i].reason);
    }

    /* The one sequence that has no successor. */
    len = small_file(memory, sizeof(memory), sequences, 1);
    sc_le_put64(memory + AT(0) + 16, UINT64_MAX);
    sc_le_put32(memory + AT(0) + 8, 0);
    sc_le_put32(memory + AT(0) + 8, sc_crc32c(0, memory + AT(0), 40));
    sc_segment_scan(&scan, sc_str_make(memory, len), NULL, true);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_TAIL);
    assert_int_equal(scan.bad_reason, SC_BAD_FIELD);
}


/*
 * A customer may write bytes that are a record, sum and all, but not its turn:
 * when the record around them breaks they must not come out as one.
 */
static void
record_inside_a_payload(void **state)
{
    size_t              len, inner;
    sc_buf_t            buf;
    unsigned char       memory[512], evil[128];
    sc_segment_scan_t   scan;
    sc_segment_header_t header;
    sc_segment_record_t record;

    (void) state;

    memset(&header, 0, sizeof(header));
    header.first_sequence = FIRST;

    inner = small_file(evil, sizeof(evil), (uint64_t[]) { 1 }, 1);

    sc_segment_write_header(memory, &header);
    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    buf.len = SC_SEGMENT_HEADER_SIZE;

    memset(&record, 0, sizeof(record));
    record.sequence = FIRST;
    record.payload = sc_str_make(evil, inner);
    assert_true(sc_segment_append(&buf, &record));
    record.sequence++;
    record.payload = SC_STR("next");
    assert_true(sc_segment_append(&buf, &record));
    len = buf.len;

    memory[AT(0) + 12] ^= 1;

    start_scan(&scan, memory, len, true);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_GAP);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(record.sequence, FIRST + 1);
    assert_int_equal(scan.missing, 1);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_END);
}


/* What is behind a lost header is found, also when a late copy comes first. */
static void
header_lost(void **state)
{
    size_t              i, len;
    unsigned char       memory[512];
    sc_segment_scan_t   scan;
    sc_segment_record_t record;

    static const uint64_t sequences[] = { 103, 101, 102, 103, 104 };
    static const uint64_t low[] = { 2, 0, 1, 3 };

    (void) state;

    len = small_file(memory, sizeof(memory), sequences, 5);
    memset(memory, 0, SC_SEGMENT_HEADER_SIZE);

    start_scan(&scan, memory, len, true);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(record.sequence, 103);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(record.sequence, 102);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_GAP);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(record.sequence, 104);
    assert_int_equal(scan.missing, 0);
    assert_int_equal(scan.late, 2);

    /* Sequences near zero do not wrap. */
    len = small_file(memory, sizeof(memory), low, 4);
    sc_segment_scan(&scan, sc_str_make(memory, len), NULL, true);

    for (i = 0; i < 4; i++) {
        assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
        assert_int_equal(record.sequence, low[i]);
    }

    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_END);
}


static void
names(void **state)
{
    int i;

    (void) state;

    for (i = 0; i <= 6; i++) {
        assert_non_null(sc_header_status_name((sc_header_status_t) i));
        assert_non_null(sc_bad_reason_name((sc_bad_reason_t) i));
    }

    assert_string_equal(sc_header_status_name(SC_HEADER_DAMAGED),
                        "header damaged");
    assert_string_equal(sc_bad_reason_name(SC_BAD_CRC), "wrong checksum");
    assert_string_equal(sc_quarantine_reason_name(SC_QUARANTINE_TOO_OLD),
                        "too_old");
    assert_string_equal(sc_quarantine_reason_name(65535), "unknown");
}


/* How far a file is done: a record like others, and only that is one. */
static void
positions(void **state)
{
    sc_buf_t             buf;
    uint64_t             position;
    unsigned char        text[SC_SEGMENT_HEADER_SIZE
                              + 2 * SC_SEGMENT_POSITION_SIZE];
    sc_segment_scan_t    scan;
    sc_segment_header_t  header;
    sc_segment_record_t  record;

    (void) state;

    memset(&header, 0, sizeof(header));
    header.first_sequence = 7;
    sc_segment_write_header(text, &header);

    sc_buf_init_fixed(&buf, text, sizeof(text));
    buf.len = SC_SEGMENT_HEADER_SIZE;
    assert_true(sc_segment_append_position(&buf, 7, 1000, UINT64_MAX - 1));
    assert_int_equal(buf.len, SC_SEGMENT_HEADER_SIZE
                              + SC_SEGMENT_POSITION_SIZE);
    assert_false(sc_segment_append_position(&buf, 8, -1, 3));
    assert_true(sc_segment_append_position(&buf, 8, 1001, 3));
    assert_false(sc_segment_append_position(&buf, 9, 1002, 4));

    sc_segment_scan(&scan, sc_str_make(text, sizeof(text)), &header, true);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_int_equal(record.kind, SC_SPOOL_POSITION);
    assert_int_equal(record.event_ms, 1000);
    assert_true(sc_segment_read_position(&record, &position));
    assert_true(position == UINT64_MAX - 1);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_RECORD);
    assert_true(sc_segment_read_position(&record, &position));
    assert_int_equal(position, 3);

    record.kind = SC_SPOOL_MENTION;
    position = 9;
    assert_false(sc_segment_read_position(&record, &position));
    record.kind = SC_SPOOL_POSITION;
    record.payload.len = 7;
    assert_false(sc_segment_read_position(&record, &position));
    assert_int_equal(position, 9);
    assert_int_equal(sc_segment_next(&scan, &record), SC_SCAN_END);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_as_documented),
        cmocka_unit_test(little_endian_numbers),
        cmocka_unit_test(headers),
        cmocka_unit_test(positions),
        cmocka_unit_test(append_refuses),
        cmocka_unit_test(sizes),
        cmocka_unit_test(longest_record),
        cmocka_unit_test(cut_at_every_offset),
        cmocka_unit_test(cut_and_zeros_at_every_offset),
        cmocka_unit_test(random_damages),
        cmocka_unit_test(sequence_must_follow),
        cmocka_unit_test(sequence_of_another_file),
        cmocka_unit_test(stale_copy_does_not_hide),
        cmocka_unit_test(more_holes_than_remembered),
        cmocka_unit_test(stops_at_the_first_damage),
        cmocka_unit_test(impossible_fields),
        cmocka_unit_test(record_inside_a_payload),
        cmocka_unit_test(header_lost),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
