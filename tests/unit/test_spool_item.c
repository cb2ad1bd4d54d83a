/*
 * test_spool_item.c: items of the queue as payloads of the spool.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sc_le.h"
#include "sc_spool_item.h"


#define ROOM  1024


static sc_spool_item_t
sample(void)
{
    sc_spool_item_t item;

    memset(&item, 0, sizeof(item));

    item.tag = SC_STR("{care:acme/0}");
    item.window_s = 691200;
    item.arrival_ms = INT64_C(1789999951000);
    item.item.queue = SC_STR("mentions");
    item.item.format = SC_FORMAT_LIST;
    item.item.limit = UINT64_C(0x8000000000000001);
    item.item.channel = SC_STR("messaging");
    item.item.sla_queue = SC_STR("mentions");
    item.item.digest = INT64_MIN + 5;
    item.item.own_ms = INT64_C(1789999949000);
    item.item.event_ms = INT64_C(1789999950000);
    item.item.due_ms = INT64_C(1790000850000);
    item.item.clock = SC_CLOCK_QUESTION;
    item.item.reach = SC_REACH_UNKNOWN;
    item.item.object = UINT32_C(0xfedcba98);
    item.item.clock_key = SC_STR("page:123:customer:456");
    item.item.detail = SC_STR("");
    item.item.dead = true;
    item.item.record = SC_STR("{\"v\":1,\"text\":\"is anybody there?\"}");

    return item;
}


static void
assert_same(const sc_spool_item_t *a, const sc_spool_item_t *b)
{
    assert_true(sc_str_eq(a->tag, b->tag));
    assert_true(a->window_s == b->window_s);
    assert_true(a->arrival_ms == b->arrival_ms);
    assert_true(sc_str_eq(a->item.queue, b->item.queue));
    assert_int_equal(a->item.format, b->item.format);
    assert_true(a->item.limit == b->item.limit);
    assert_true(sc_str_eq(a->item.channel, b->item.channel));
    assert_true(sc_str_eq(a->item.sla_queue, b->item.sla_queue));
    assert_true(a->item.digest == b->item.digest);
    assert_true(a->item.own_ms == b->item.own_ms);
    assert_true(a->item.event_ms == b->item.event_ms);
    assert_true(a->item.due_ms == b->item.due_ms);
    assert_int_equal(a->item.clock, b->item.clock);
    assert_int_equal(a->item.reach, b->item.reach);
    assert_int_equal(a->item.object, b->item.object);
    assert_true(sc_str_eq(a->item.clock_key, b->item.clock_key));
    assert_true(sc_str_eq(a->item.detail, b->item.detail));
    assert_int_equal(a->item.dead, b->item.dead);
    assert_true(sc_str_eq(a->item.record, b->item.record));
}


static size_t
encode(unsigned char *memory, const sc_spool_item_t *item)
{
    sc_buf_t buf;

    sc_buf_init_fixed(&buf, memory, ROOM);
    assert_int_equal(sc_spool_item_encode(&buf, item), SC_SPOOL_ITEM_OK);
    assert_int_equal(buf.len, sc_spool_item_size(item));

    return buf.len;
}


static void
check_round_trip(const sc_spool_item_t *item)
{
    size_t          len;
    unsigned char   memory[ROOM];
    sc_spool_item_t read;

    len = encode(memory, item);
    assert_int_equal(sc_spool_item_decode(sc_str_make(memory, len), &read),
                     SC_SPOOL_ITEM_OK);
    assert_same(item, &read);
}


static void
round_trip(void **state)
{
    unsigned        clock, format;
    sc_spool_item_t item;

    (void) state;

    for (format = SC_FORMAT_STREAM; format <= SC_FORMAT_LIST; format++) {
        for (clock = SC_CLOCK_NONE; clock <= SC_CLOCK_WITHDRAWAL; clock++) {
            item = sample();
            item.item.format = (sc_queue_format_t) format;
            item.item.clock = (sc_clock_t) clock;
            item.item.dead = clock % 2 != 0;
            check_round_trip(&item);
        }
    }

    /* The least and the most that an item can say. */
    memset(&item, 0, sizeof(item));
    item.tag = SC_STR("t");
    item.item.due_ms = -1;
    check_round_trip(&item);

    item = sample();
    item.window_s = INT64_MAX;
    item.arrival_ms = INT64_MAX;
    item.item.event_ms = INT64_MAX;
    item.item.due_ms = INT64_MAX;
    item.item.own_ms = -1;
    item.item.digest = INT64_MIN;
    item.item.limit = UINT64_MAX;
    item.item.detail = sc_str_make("\0\xff", 2);
    check_round_trip(&item);

    item.item.digest = INT64_MAX;
    check_round_trip(&item);

    item.item.digest = -1;
    check_round_trip(&item);
}


static void
bytes_are_as_documented(void **state)
{
    unsigned char   memory[ROOM];
    sc_spool_item_t item;

    static const unsigned char want[] = {
        1, 0, 1, 3, 1, 0, 4, 0,
        0x98, 0x3f, 0x3d, 0xc3, 0xa0, 0x01, 0, 0,
        0x00, 0x8c, 0x0a, 0, 0, 0, 0, 0,
        0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,
        0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0x10, 0, 0, 0, 0, 0, 0, 0,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0x11, 0x01, 0, 0, 0, 0, 0, 0,
        1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0,
        5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 4, 3, 2, 1,
        'a', 'b', 'b', 'c', 'c', 'c', 'd', 'd', 'd', 'd',
        'e', 'e', 'e', 'e', 'e', 'f', 'f', 'f', 'f', 'f', 'f',
        'g', 'g', 'g', 'g', 'g', 'g', 'g'
    };

    (void) state;

    memset(&item, 0, sizeof(item));
    item.tag = SC_STR("a");
    item.window_s = 691200;
    item.arrival_ms = INT64_C(0x1a0c33d3f98);
    item.item.queue = SC_STR("bb");
    item.item.format = SC_FORMAT_LIST;
    item.item.limit = UINT64_C(0x0102030405060708);
    item.item.channel = SC_STR("ccc");
    item.item.sla_queue = SC_STR("dddd");
    item.item.digest = -2;
    item.item.event_ms = 16;
    item.item.own_ms = 273;
    item.item.due_ms = -1;
    item.item.clock = SC_CLOCK_CLOSE;
    item.item.reach = SC_REACH_100K;
    item.item.object = 0x01020304;
    item.item.clock_key = SC_STR("eeeee");
    item.item.detail = SC_STR("ffffff");
    item.item.dead = true;
    item.item.record = SC_STR("ggggggg");

    assert_int_equal(encode(memory, &item), sizeof(want));
    assert_memory_equal(memory, want, sizeof(want));
}


/* Cut at every byte, or with one byte too many: never accepted. */
static void
exact_length(void **state)
{
    size_t                 len, cut;
    unsigned char          memory[ROOM], *copy;
    sc_spool_item_t        item, read;
    sc_spool_item_status_t status;

    (void) state;

    item = sample();
    len = encode(memory, &item);

    for (cut = 0; cut < len; cut++) {
        copy = malloc(cut == 0 ? 1 : cut);
        assert_non_null(copy);
        memcpy(copy, memory, cut);
        status = sc_spool_item_decode(sc_str_make(copy, cut), &read);
        free(copy);
        assert_int_equal(status, SC_SPOOL_ITEM_SHORT);
    }

    memory[len] = 0;
    assert_int_equal(sc_spool_item_decode(sc_str_make(memory, len + 1), &read),
                     SC_SPOOL_ITEM_LONG);
    assert_int_equal(
        sc_spool_item_decode(sc_str_make(memory, SC_SEGMENT_MAX_PAYLOAD + 1),
                             &read),
        SC_SPOOL_ITEM_LONG);
}


static void
unknown_version(void **state)
{
    size_t          len, i;
    unsigned char   memory[ROOM];
    sc_spool_item_t item, read;

    static const uint16_t versions[] = { 0, 2, 255, 256, 257, 65535 };

    (void) state;

    item = sample();
    len = encode(memory, &item);

    for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        sc_le_put16(memory, versions[i]);
        assert_int_equal(sc_spool_item_decode(sc_str_make(memory, len), &read),
                         SC_SPOOL_ITEM_VERSION_UNKNOWN);

        /* Whatever is behind it, and however little. */
        assert_int_equal(sc_spool_item_decode(sc_str_make(memory, 2), &read),
                         SC_SPOOL_ITEM_VERSION_UNKNOWN);
    }
}


/* Values that the encoder never writes, one at a time. */
static void
impossible_values(void **state)
{
    size_t          len, i;
    unsigned char   memory[ROOM];
    sc_spool_item_t item, read;

    static const struct {
        size_t                 at;
        unsigned char          value;
        sc_spool_item_status_t status;
    } cases[] = {
        { 2, 2, SC_SPOOL_ITEM_FIELD },         /* format */
        { 2, 255, SC_SPOOL_ITEM_FIELD },
        { 3, 6, SC_SPOOL_ITEM_FIELD },         /* clock */
        { 4, 2, SC_SPOOL_ITEM_FIELD },         /* flags */
        { 5, 1, SC_SPOOL_ITEM_FIELD },
        { 6, 7, SC_SPOOL_ITEM_FIELD },         /* reach */
        { 7, 1, SC_SPOOL_ITEM_FIELD },
        { 15, 0x80, SC_SPOOL_ITEM_FIELD },     /* arrival */
        { 23, 0x80, SC_SPOOL_ITEM_FIELD },     /* window */
        { 47, 0x80, SC_SPOOL_ITEM_FIELD },     /* event */
        { 55, 0x80, SC_SPOOL_ITEM_FIELD },     /* due, below -1 */
        { 64, 0, SC_SPOOL_ITEM_LONG },         /* the tag's length */
        { 67, 1, SC_SPOOL_ITEM_SHORT },
        { 91, 0xff, SC_SPOOL_ITEM_SHORT },     /* the record's */
        { 88, 1, SC_SPOOL_ITEM_LONG }
    };

    (void) state;

    item = sample();

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        len = encode(memory, &item);
        memory[cases[i].at] = cases[i].value;
        memset(&read, 0x5a, sizeof(read));
        assert_int_equal(sc_spool_item_decode(sc_str_make(memory, len), &read),
                         cases[i].status);
        assert_int_equal(((unsigned char *) &read)[0], 0x5a);
    }

    /* No tag: its 13 bytes given to the queue. */
    len = encode(memory, &item);
    sc_le_put32(memory + 64, 0);
    sc_le_put32(memory + 68, 8 + 13);
    assert_int_equal(sc_spool_item_decode(sc_str_make(memory, len), &read),
                     SC_SPOOL_ITEM_FIELD);
}


static void
refuse(const sc_spool_item_t *item, sc_spool_item_status_t status)
{
    sc_buf_t      buf;
    unsigned char memory[ROOM];

    sc_buf_init_fixed(&buf, memory, sizeof(memory));
    assert_int_equal(sc_spool_item_encode(&buf, item), status);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.failed, status == SC_SPOOL_ITEM_SHORT);
}


static void
encoder_refuses(void **state)
{
    sc_spool_item_t item;

    (void) state;

    item = sample();
    item.tag = SC_STR("");
    refuse(&item, SC_SPOOL_ITEM_FIELD);

    item = sample();
    item.window_s = -1;
    refuse(&item, SC_SPOOL_ITEM_FIELD);

    item = sample();
    item.arrival_ms = -1;
    refuse(&item, SC_SPOOL_ITEM_FIELD);

    item = sample();
    item.item.event_ms = -1;
    refuse(&item, SC_SPOOL_ITEM_FIELD);

    item = sample();
    item.item.due_ms = -2;
    refuse(&item, SC_SPOOL_ITEM_FIELD);

    item = sample();
    item.item.format = (sc_queue_format_t) 77;
    refuse(&item, SC_SPOOL_ITEM_FIELD);

    item = sample();
    item.item.clock = (sc_clock_t) 77;
    refuse(&item, SC_SPOOL_ITEM_FIELD);

    item = sample();
    item.item.record.len = SC_SEGMENT_MAX_PAYLOAD;
    refuse(&item, SC_SPOOL_ITEM_LONG);

    item.item.record.len = SIZE_MAX;
    refuse(&item, SC_SPOOL_ITEM_LONG);

    item = sample();
    item.tag.len = SIZE_MAX;
    refuse(&item, SC_SPOOL_ITEM_LONG);

    /* Valid, but the buffer is too small. */
    item = sample();
    item.item.record.len = ROOM;
    refuse(&item, SC_SPOOL_ITEM_SHORT);
}


/* The longest item fills the longest record to the last byte. */
static void
longest_item(void **state)
{
    size_t          size;
    sc_buf_t        buf;
    unsigned char  *memory, *record;
    sc_spool_item_t item, read;

    (void) state;

    memory = malloc(SC_SEGMENT_MAX_PAYLOAD);
    record = calloc(1, SC_SEGMENT_MAX_PAYLOAD);
    assert_true(memory != NULL && record != NULL);

    item = sample();
    item.item.record.len = 0;
    size = SC_SEGMENT_MAX_PAYLOAD - sc_spool_item_size(&item);
    item.item.record = sc_str_make(record, size);
    assert_int_equal(sc_spool_item_size(&item), SC_SEGMENT_MAX_PAYLOAD);

    sc_buf_init_fixed(&buf, memory, SC_SEGMENT_MAX_PAYLOAD);
    assert_int_equal(sc_spool_item_encode(&buf, &item), SC_SPOOL_ITEM_OK);
    assert_int_equal(sc_spool_item_decode(sc_buf_str(&buf), &read),
                     SC_SPOOL_ITEM_OK);
    assert_same(&item, &read);
    assert_int_not_equal(sc_segment_record_size(buf.len), 0);

    item.item.record.len++;
    assert_int_equal(sc_spool_item_size(&item), 0);

    free(memory);
    free(record);
}


static void
kinds_and_names(void **state)
{
    int             i;
    sc_spool_item_t item;

    (void) state;

    item = sample();
    item.item.clock = SC_CLOCK_NONE;
    assert_int_equal(sc_spool_item_kind(&item), SC_SPOOL_MENTION);
    item.item.clock = SC_CLOCK_QUESTION;
    assert_int_equal(sc_spool_item_kind(&item), SC_SPOOL_MENTION);
    item.item.clock = SC_CLOCK_ANSWER;
    assert_int_equal(sc_spool_item_kind(&item), SC_SPOOL_REPLY);
    item.item.clock = SC_CLOCK_CLOSE;
    assert_int_equal(sc_spool_item_kind(&item), SC_SPOOL_REPLY);
    item.item.clock = SC_CLOCK_AUTO;
    assert_int_equal(sc_spool_item_kind(&item), SC_SPOOL_REPLY);
    item.item.clock = SC_CLOCK_WITHDRAWAL;
    assert_int_equal(sc_spool_item_kind(&item), SC_SPOOL_MENTION);

    for (i = 0; i < 7; i++) {
        assert_non_null(sc_spool_item_status_name((sc_spool_item_status_t) i));
        assert_non_null(sc_spool_clock_name((sc_clock_t) i));
        assert_non_null(sc_spool_format_name((sc_queue_format_t) i));
    }

    assert_string_equal(sc_spool_clock_name(SC_CLOCK_ANSWER), "answer");
    assert_string_equal(sc_spool_clock_name(SC_CLOCK_AUTO), "automatic");
    assert_string_equal(sc_spool_clock_name(SC_CLOCK_WITHDRAWAL),
                        "withdrawal");
    assert_string_equal(sc_spool_format_name(SC_FORMAT_LIST), "list");
    assert_string_equal(sc_spool_item_status_name(SC_SPOOL_ITEM_LONG),
                        "item too long");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(bytes_are_as_documented),
        cmocka_unit_test(exact_length),
        cmocka_unit_test(unknown_version),
        cmocka_unit_test(impossible_values),
        cmocka_unit_test(encoder_refuses),
        cmocka_unit_test(longest_item),
        cmocka_unit_test(kinds_and_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
