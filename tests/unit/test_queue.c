/*
 * test_queue.c: the bytes of commands and scripts' calls, and what is read
 * from their answers.  The packed head is the one that t/queue_script.t has
 * from an encoder of its own.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/evp.h>

#include "sc_crc32c.h"
#include "sc_encoding.h"
#include "sc_queue.h"
#include "sc_queue_read.h"


#define SC_TEST_MEMORY  (512 * 1024)

static unsigned char memory[SC_TEST_MEMORY];


static sc_buf_t
empty_buf(void)
{
    sc_buf_t buf;

    sc_buf_init_fixed(&buf, memory, sizeof(memory));

    return buf;
}


static void
assert_text(sc_str_t got, const char *expected)
{
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.data, expected, got.len);
}


/* The next argument of a command; fails when the lengths do not fit. */
static sc_str_t
next_bulk(sc_str_t *rest)
{
    size_t   at;
    uint64_t len;
    sc_str_t bulk;

    assert_true(rest->len > 0 && rest->data[0] == '$');

    at = sc_str_find_byte(*rest, '\r');
    assert_true(sc_str_to_uint64(sc_str_make(rest->data + 1, at - 1), &len));

    *rest = sc_str_from(*rest, at);
    assert_true(rest->len >= len + 4);
    assert_memory_equal(rest->data, "\r\n", 2);

    bulk = sc_str_make(rest->data + 2, (size_t) len);
    assert_memory_equal(bulk.data + len, "\r\n", 2);
    *rest = sc_str_from(*rest, (size_t) len + 4);

    return bulk;
}


/* Behind "*<count>". */
static sc_str_t
arguments_of(const sc_buf_t *buf, uint64_t expected)
{
    uint64_t count;
    sc_str_t rest;
    size_t   at;

    rest = sc_buf_str(buf);
    at = sc_str_find_byte(rest, '\r');

    assert_int_equal(rest.data[0], '*');
    assert_true(sc_str_to_uint64(sc_str_make(rest.data + 1, at - 1), &count));
    assert_int_equal(count, expected);

    return sc_str_from(rest, at + 2);
}


static sc_queue_item_t
stored_item(void)
{
    sc_queue_item_t item;

    memset(&item, 0, sizeof(item));

    item.queue = SC_STR("vip");
    item.sla_queue = SC_STR("vip");
    item.channel = SC_STR("social");
    item.limit = 1000000;
    item.digest = INT64_MIN;
    item.own_ms = 1789999999000;
    item.event_ms = 1789999999000;
    item.due_ms = 1790000899000;
    item.clock = SC_CLOCK_QUESTION;
    item.reach = SC_REACH_100K;
    item.object = 0x00abcdef;
    item.clock_key = SC_STR("x:7");
    item.record = SC_STR("{}");

    return item;
}


static sc_queue_call_t
call_of(const sc_queue_item_t *items, size_t count)
{
    sc_queue_call_t call;

    call.tag = SC_STR("{care:acme/0}");
    call.now_ms = 1790000000000;
    call.window_s = 691200;
    call.items = items;
    call.count = count;

    return call;
}


/* The packed head of a call with so many records. */
static sc_str_t
call_head_of(sc_buf_t *buf, const sc_queue_call_t *call, uint64_t records)
{
    sc_str_t rest;

    *buf = empty_buf();
    sc_queue_write_call(buf, call, false);
    assert_false(buf->failed);

    rest = arguments_of(buf, 5 + records);
    next_bulk(&rest);
    next_bulk(&rest);
    next_bulk(&rest);
    next_bulk(&rest);

    return next_bulk(&rest);
}


/* Bytes of the head from the first item on. */
static sc_str_t
head_of(sc_buf_t *buf, const sc_queue_item_t *items, size_t count,
    uint64_t records)
{
    sc_queue_call_t call;

    call = call_of(items, count);

    /* Time, window, count; hour and twice two minutes as text. */
    return sc_str_from(call_head_of(buf, &call, records), 12 + 7 + 9 + 9);
}


static void
a_tag_names_brand_and_partition(void **state)
{
    sc_buf_t buf;

    (void) state;

    buf = empty_buf();
    sc_queue_write_tag(&buf, SC_STR("care"), SC_STR("acme"), 0);
    assert_text(sc_buf_str(&buf), "{care:acme/0}");

    buf = empty_buf();
    sc_queue_write_tag(&buf, SC_STR("x"), SC_STR("two words"), 4294967295u);
    assert_text(sc_buf_str(&buf), "{x:two words/4294967295}");
}


static void
partitions_follow_the_key(void **state)
{
    char     key[] = "x:user:00";
    size_t   i;
    unsigned partition, hits[16] = { 0 };

    (void) state;

    assert_int_equal(sc_queue_partition(SC_STR("anything"), 0), 0);
    assert_int_equal(sc_queue_partition(SC_STR("anything"), 1), 0);
    assert_int_equal(sc_queue_partition(SC_STR_NULL, 7), 0);

    /* CRC-32C of "123456789" is 0xE3069283, as published. */
    assert_int_equal(sc_queue_partition(SC_STR("123456789"), 65536), 0x9283);

    for (i = 0; i < 100; i++) {
        key[7] = (char) ('0' + i / 10);
        key[8] = (char) ('0' + i % 10);
        partition = sc_queue_partition(sc_str_from_cstring(key), 16);
        assert_true(partition < 16);
        hits[partition]++;
    }

    for (i = 0; i < 16; i++) {
        assert_true(hits[i] < 20);
    }
}


static void
objects_are_told_by_a_hash(void **state)
{
    (void) state;

    assert_int_equal(sc_queue_object(SC_STR_NULL), 0);
    assert_int_equal(sc_queue_object(SC_STR("123456789")), 0xe3069283);
}


static void
a_command_is_resp2(void **state)
{
    sc_buf_t buf;
    sc_str_t arguments[] = {
        SC_STR_INIT("AUTH"), SC_STR_INIT("care"), SC_STR_INIT("a\r\n\0b"),
        SC_STR_INIT("")
    };

    (void) state;

    buf = empty_buf();
    sc_command_write(&buf, arguments, 4);
    assert_int_equal(buf.len, 41);
    assert_memory_equal(buf.data, "*4\r\n$4\r\nAUTH\r\n$4\r\ncare\r\n"
                        "$5\r\na\r\n\0b\r\n$0\r\n\r\n", 41);

    sc_buf_init_fixed(&buf, memory, 43);
    sc_buf_append_literal(&buf, "abc");
    sc_command_write(&buf, arguments, 4);
    assert_true(buf.failed);
    assert_int_equal(buf.len, 3);
}


static void
a_call_byte_for_byte(void **state)
{
    static const char expected[] =
        "006c50c4a001" "008c0a00" "0200"
        "06" "343937323232" "08" "3134393136363636" "08" "3134393136363635"
        "01010134" "14" "2d39323233333732303336383534373735383038"
        "186850c4a001" "08" "3239383333333333" "186850c4a001"
        "0d" "31373930303030383939303030"
        "4300"
        "3137383939393939393930303020313739303030303839393030302030204634"
        "30203137383939393939393930303020303061626364656620736f6369616c20"
        "766970"
        "0300" "783a37"
        "03" "766970" "03" "766970" "06" "736f6369616c" "40420f000000"
        "03000130" "01" "35" "000000000000" "01" "30" "000000000000"
        "04" "7370616d" "0000" "0300" "783a38" "00" "03" "766970" "06"
        "736f6369616c"
        "000000000000";

    unsigned char   hex[sizeof(expected)];
    sc_buf_t        buf;
    sc_str_t        rest, head;
    sc_queue_item_t items[2];
    sc_queue_call_t call;

    (void) state;

    items[0] = stored_item();

    memset(&items[1], 0, sizeof(items[1]));
    items[1].sla_queue = SC_STR("vip");
    items[1].channel = SC_STR("social");
    items[1].digest = 5;
    items[1].own_ms = -1;
    items[1].event_ms = -1;
    items[1].due_ms = -1;
    items[1].clock = SC_CLOCK_CLOSE;
    items[1].clock_key = SC_STR("x:8");
    items[1].detail = SC_STR("spam");

    buf = empty_buf();
    call = call_of(items, 2);
    sc_queue_write_call(&buf, &call, false);
    assert_false(buf.failed);

    rest = arguments_of(&buf, 6);
    assert_text(next_bulk(&rest), "EVALSHA");
    assert_true(sc_str_eq(next_bulk(&rest), sc_script_enqueue_sha()));
    assert_text(next_bulk(&rest), "1");
    assert_text(next_bulk(&rest), "{care:acme/0}");

    head = next_bulk(&rest);
    assert_int_equal(head.len * 2, sizeof(expected) - 1);
    sc_hex_encode(head, hex);
    assert_memory_equal(hex, expected, sizeof(expected) - 1);

    assert_text(next_bulk(&rest), "{}");
    assert_int_equal(rest.len, 0);
}


static void
after_noscript_the_source_goes_along(void **state)
{
    sc_buf_t        buf;
    sc_str_t        rest;
    sc_queue_item_t item;
    sc_queue_call_t call;

    (void) state;

    item = stored_item();
    buf = empty_buf();
    call = call_of(&item, 1);
    sc_queue_write_call(&buf, &call, true);

    rest = arguments_of(&buf, 6);
    assert_text(next_bulk(&rest), "EVAL");
    assert_true(sc_str_eq(next_bulk(&rest), sc_script_enqueue_source()));
    assert_text(next_bulk(&rest), "1");
}


static void
what_is_pushed_and_how(void **state)
{
    sc_buf_t        buf;
    sc_queue_item_t item;

    (void) state;

    item = stored_item();
    assert_int_equal(head_of(&buf, &item, 1, 1).data[1], 1);

    item.format = SC_FORMAT_LIST;
    assert_int_equal(head_of(&buf, &item, 1, 1).data[1], 2);

    item.dead = true;
    assert_int_equal(head_of(&buf, &item, 1, 1).data[1], 3);

    item.queue = SC_STR_NULL;
    assert_int_equal(head_of(&buf, &item, 1, 0).data[1], 0);
}


static void
a_route_is_sent_once(void **state)
{
    size_t          i;
    sc_buf_t        buf;
    sc_str_t        head;
    sc_queue_item_t items[2];

    (void) state;

    for (i = 0; i < 5; i++) {
        items[0] = stored_item();
        items[1] = stored_item();
        items[1].digest = 3;

        if (i == 1) {
            items[1].queue = SC_STR("other");

        } else if (i == 2) {
            items[1].channel = SC_STR("sms");

        } else if (i == 3) {
            items[1].limit = 2;

        } else if (i == 4) {
            items[1].sla_queue = SC_STR("other");
        }

        /* The first item's head has 134 bytes, its route 21. */
        head = head_of(&buf, items, 2, 2);
        assert_int_equal(head.data[2], 1);
        assert_int_equal(head.data[134 + 21 + 2], i == 0 ? 0 : 1);
    }

    /* Without a queue of its own for booking, the queue is it. */
    items[1].sla_queue = SC_STR_NULL;
    head = head_of(&buf, &items[1], 1, 1);
    assert_memory_equal(head.data + head.len - 21, "\3vip\3vip\6social", 15);

    items[1].channel = SC_STR_NULL;
    head = head_of(&buf, &items[1], 1, 1);
    assert_memory_equal(head.data + head.len - 20, "\3vip\3vip\5other", 14);
}


static void
numbers_stay_inside_their_bytes(void **state)
{
    sc_buf_t        buf;
    sc_str_t        head;
    sc_queue_item_t item;
    sc_queue_call_t call;

    (void) state;

    item = stored_item();
    item.own_ms = INT64_MAX;
    item.event_ms = -5;
    item.due_ms = -1;
    item.limit = UINT64_MAX;
    head = head_of(&buf, &item, 1, 1);

    assert_memory_equal(head.data + 25, "\377\377\377\377\377\377", 6);
    assert_memory_equal(head.data + 31, "\12" "4691249611" "\0\0\0\0\0\0"
                        "\0" "\40\0" "0 -1 0 F40 0 00abcdef social vip"
                        "\3\0x:7", 57);
    assert_memory_equal(head.data + head.len - 6, "\377\377\377\377\377\377",
                        6);

    /* A question may have no deadline, an answer never brings one. */
    item = stored_item();
    item.clock = SC_CLOCK_ANSWER;
    item.object = 0;
    head = head_of(&buf, &item, 1, 1);
    assert_memory_equal(head.data + 40, "\30\150\120\304\240\1"
                        "\r1789999999000\0\0\3\0x:7", 27);

    /* But what several tell, of which one answers. */
    item.detail = SC_STR("-77");
    head = head_of(&buf, &item, 1, 1);
    assert_memory_equal(head.data + 46, "\r1789999999000\3\0-77\3\0x:7", 24);

    /* The same by an item that answers nobody. */
    item.clock = SC_CLOCK_NONE;
    head = head_of(&buf, &item, 1, 1);
    assert_memory_equal(head.data + 46, "\0\3\0-77\3\0x:7", 11);

    /* What a question without an id of its own opens. */
    item = stored_item();
    item.object = 0;
    head = head_of(&buf, &item, 1, 1);
    assert_memory_equal(head.data + 60, "\74\0" "1789999999000 1790000899000"
                        " 0 F40 1789999999000 + social vip\3\0x:7", 67);

    /* What is withdrawn, or nothing that could be told. */
    item.clock = SC_CLOCK_WITHDRAWAL;
    head = head_of(&buf, &item, 1, 1);
    assert_memory_equal(head.data + 46, "\0\0\0\3\0x:7", 8);

    item.object = 0x00abcdef;
    head = head_of(&buf, &item, 1, 1);
    assert_memory_equal(head.data + 46, "\10" "00abcdef" "\0\0\3\0x:7", 16);

    /* A window that ends before a retry comes is none. */
    call = call_of(&item, 1);
    call.window_s = -1;
    call.now_ms = -1;
    head = call_head_of(&buf, &call, 1);
    assert_memory_equal(head.data, "\0\0\0\0\0\0\74\0\0\0\1\0"
                        "\1" "0" "\1" "0" "\2" "-1", 19);

    call.window_s = INT64_MAX;
    head = call_head_of(&buf, &call, 1);
    assert_memory_equal(head.data + 6, "\377\377\377\377", 4);

    /* Its lower half alone would be one second. */
    call.window_s = INT64_C(0x100000001);
    head = call_head_of(&buf, &call, 1);
    assert_memory_equal(head.data + 6, "\377\377\377\377", 4);
}


static void
long_names_are_cut(void **state)
{
    static unsigned char text[2000];

    sc_buf_t        buf;
    sc_str_t        head;
    sc_queue_item_t item;

    (void) state;

    memset(text, 'a', sizeof(text));

    item = stored_item();
    item.queue = sc_str_make(text, sizeof(text));
    item.clock_key = sc_str_make(text, sizeof(text));
    head = head_of(&buf, &item, 1, 1);

    assert_int_equal(head.len,
                     4 + 21 + 6 + 9 + 6 + 14 + 69 + 2 + 1024 + 256 + 4 + 7
                     + 6);
    assert_memory_equal(head.data + 129, "\0\4a", 3);
    assert_int_equal(head.data[131 + 1024], 255);

    /* In the wait too. */
    item.sla_queue = item.queue;
    item.channel = item.queue;
    head = head_of(&buf, &item, 1, 1);
    assert_memory_equal(head.data + 60, "\70\2" "1789999999000", 15);
    assert_int_equal(head.data[62 + 568 - 256], ' ');
    assert_memory_equal(head.data + 62 + 568, "\0\4a", 3);

    item = stored_item();
    item.queue = SC_STR("a\nb c\t");
    head = head_of(&buf, &item, 1, 1);
    assert_memory_equal(head.data + 134, "\6a_b c_", 7);
}


static void
a_full_batch(void **state)
{
    size_t           i;
    sc_buf_t         buf;
    sc_str_t         rest;
    sc_queue_call_t  call;
    sc_queue_item_t  items[SC_QUEUE_MAX_ITEMS];
    sc_item_result_t results[SC_QUEUE_MAX_ITEMS];
    unsigned char    reply[SC_QUEUE_MAX_ITEMS];

    (void) state;

    for (i = 0; i < SC_QUEUE_MAX_ITEMS; i++) {
        items[i] = stored_item();
        items[i].digest = (int64_t) i;
        reply[i] = (unsigned char) ('0' + i % 4);
    }

    buf = empty_buf();
    call = call_of(items, SC_QUEUE_MAX_ITEMS);
    sc_queue_write_call(&buf, &call, false);
    assert_false(buf.failed);

    rest = arguments_of(&buf, 5 + SC_QUEUE_MAX_ITEMS);
    for (i = 0; i < 5 + SC_QUEUE_MAX_ITEMS; i++) {
        next_bulk(&rest);
    }
    assert_int_equal(rest.len, 0);

    assert_true(sc_queue_read_result(sc_str_make(reply, sizeof(reply)),
                                     results, SC_QUEUE_MAX_ITEMS));
    for (i = 0; i < SC_QUEUE_MAX_ITEMS; i++) {
        assert_int_equal(results[i], i % 4);
    }
}


static void
what_does_not_fit_leaves_nothing(void **state)
{
    size_t          size, needed;
    sc_buf_t        buf;
    sc_queue_item_t item;
    sc_queue_call_t call;

    (void) state;

    item = stored_item();
    call = call_of(&item, 1);
    buf = empty_buf();
    sc_queue_write_call(&buf, &call, false);
    needed = buf.len;

    /* Writing needs up to 20 bytes more than what is left at the end. */
    for (size = 0; size < needed; size++) {
        sc_buf_init_fixed(&buf, memory, size);
        sc_queue_write_call(&buf, &call, false);
        assert_true(buf.failed);
        assert_int_equal(buf.len, 0);
    }

    sc_buf_init_fixed(&buf, memory, needed + 23);
    sc_queue_write_call(&buf, &call, false);
    assert_false(buf.failed);
    assert_int_equal(buf.len, needed);
}


static void
results_are_digits(void **state)
{
    sc_item_result_t results[4];

    (void) state;

    assert_true(sc_queue_read_result(SC_STR("0123"), results, 4));
    assert_int_equal(results[0], SC_STORED);
    assert_int_equal(results[1], SC_DUPLICATE);
    assert_int_equal(results[2], SC_FULL);
    assert_int_equal(results[3], SC_ITEM_ERROR);

    assert_true(sc_queue_read_result(SC_STR_NULL, results, 0));
    assert_false(sc_queue_read_result(SC_STR("012"), results, 4));
    assert_false(sc_queue_read_result(SC_STR("01234"), results, 4));
    assert_false(sc_queue_read_result(SC_STR("0124"), results, 4));
    assert_false(sc_queue_read_result(SC_STR("01 3"), results, 4));
    assert_false(sc_queue_read_result(SC_STR("012/"), results, 4));
}


static void
assert_sha(sc_str_t sha, sc_str_t source)
{
    unsigned      len;
    unsigned char digest[EVP_MAX_MD_SIZE], hex[2 * EVP_MAX_MD_SIZE];

    assert_int_equal(EVP_Digest(source.data, source.len, digest, &len,
                                EVP_sha1(), NULL), 1);
    sc_hex_encode(sc_str_make(digest, len), hex);

    assert_int_equal(sha.len, 40);
    assert_memory_equal(sha.data, hex, 40);
}


static void
digests_are_those_of_the_sources(void **state)
{
    (void) state;

    assert_sha(sc_script_enqueue_sha(), sc_script_enqueue_source());
    assert_sha(sc_script_read_sha(), sc_script_read_source());
    assert_sha(sc_script_sweep_sha(), sc_script_sweep_source());
}


static void
calls_of_read_and_sweep(void **state)
{
    sc_buf_t buf;
    sc_str_t rest;

    (void) state;

    buf = empty_buf();
    sc_queue_write_read(&buf, SC_STR("{a:b/1}"), 1790000000000, false);
    rest = arguments_of(&buf, 5);
    assert_text(next_bulk(&rest), "EVALSHA");
    assert_true(sc_str_eq(next_bulk(&rest), sc_script_read_sha()));
    assert_text(next_bulk(&rest), "1");
    assert_text(next_bulk(&rest), "{a:b/1}");
    assert_text(next_bulk(&rest), "1790000000000");

    buf = empty_buf();
    sc_queue_write_sweep(&buf, SC_STR("{a:b/1}"), INT64_MIN, INT64_MAX, 900,
                         true);
    rest = arguments_of(&buf, 8);
    assert_text(next_bulk(&rest), "EVAL");
    assert_true(sc_str_eq(next_bulk(&rest), sc_script_sweep_source()));
    assert_text(next_bulk(&rest), "1");
    assert_text(next_bulk(&rest), "{a:b/1}");
    assert_text(next_bulk(&rest), "-9223372036854775808");
    assert_text(next_bulk(&rest), "9223372036854775807");
    assert_text(next_bulk(&rest), "500");
    assert_text(next_bulk(&rest), "900");

    sc_buf_init_fixed(&buf, memory, 80);
    sc_queue_write_read(&buf, SC_STR("{a:b/1}"), 1, false);
    assert_true(buf.failed);
    assert_int_equal(buf.len, 0);
}


static void
the_counters_of_an_hour(void **state)
{
    size_t   size;
    sc_buf_t buf;
    sc_str_t rest;

    (void) state;

    buf = empty_buf();
    sc_queue_write_hour(&buf, SC_STR("{a:b/1}"), SC_STR("two words"),
                        SC_STR("sms"), 497222);
    rest = arguments_of(&buf, 2);
    assert_text(next_bulk(&rest), "HGETALL");
    assert_text(next_bulk(&rest), "{a:b/1}:st:two words:sms:497222");
    assert_int_equal(rest.len, 0);

    /* The name alone is that of the same hash. */

    buf = empty_buf();
    sc_queue_write_hour_key(&buf, SC_STR("{a:b/1}"), SC_STR("two words"),
                            SC_STR("sms"), 497222);
    assert_text(sc_buf_str(&buf), "{a:b/1}:st:two words:sms:497222");

    for (size = 0; size < 31; size++) {
        sc_buf_init_fixed(&buf, memory, size);
        sc_queue_write_hour_key(&buf, SC_STR("{a:b/1}"), SC_STR("two words"),
                                SC_STR("sms"), 497222);
        assert_true(buf.failed);
    }

    for (size = 0; size < 40; size++) {
        sc_buf_init_fixed(&buf, memory, size);
        sc_queue_write_hour(&buf, SC_STR("{a:b/1}"), SC_STR("two words"),
                            SC_STR("sms"), 497222);
        assert_true(buf.failed);
        assert_int_equal(buf.len, 0);
    }
}


static void
a_reading(void **state)
{
    sc_str_t          reply;
    sc_queue_depth_t  queues[2];
    sc_queue_series_t series[1];

    (void) state;

    reply = SC_STR("1");
    assert_true(sc_queue_read_begin(&reply));
    assert_int_equal(sc_queue_read_next(&reply, queues, series),
                     SC_QUEUE_LINE_END);

    reply = SC_STR(
        "1\n"
        "q s 11 7 4 1 1500 900 4711 4704 mentions\n"
        "q l 3 -1 -1 0 -1 -1 -1 -1 two words\n"
        "s 9 2 6 1 1790000030000 1789990000000 social two words");

    assert_true(sc_queue_read_begin(&reply));
    assert_int_equal(sc_queue_read_next(&reply, &queues[0], series),
                     SC_QUEUE_LINE_QUEUE);
    assert_int_equal(sc_queue_read_next(&reply, &queues[1], series),
                     SC_QUEUE_LINE_QUEUE);
    assert_int_equal(sc_queue_read_next(&reply, NULL, &series[0]),
                     SC_QUEUE_LINE_SERIES);
    assert_int_equal(sc_queue_read_next(&reply, NULL, NULL),
                     SC_QUEUE_LINE_END);

    assert_text(queues[0].name, "mentions");
    assert_int_equal(queues[0].format, 's');
    assert_int_equal(queues[0].depth, 11);
    assert_int_equal(queues[0].lag, 7);
    assert_int_equal(queues[0].pending, 4);
    assert_int_equal(queues[0].dead, 1);
    assert_int_equal(queues[0].oldest_ms, 1500);
    assert_int_equal(queues[0].ready_lag_ms, 900);
    assert_int_equal(queues[0].added, 4711);
    assert_int_equal(queues[0].taken, 4704);
    assert_text(queues[1].name, "two words");
    assert_int_equal(queues[1].lag, SC_QUEUE_UNKNOWN);
    assert_int_equal(queues[1].oldest_ms, SC_QUEUE_UNKNOWN);
    assert_int_equal(queues[1].ready_lag_ms, SC_QUEUE_UNKNOWN);
    assert_int_equal(queues[1].added, SC_QUEUE_UNKNOWN);
    assert_int_equal(queues[1].taken, SC_QUEUE_UNKNOWN);

    assert_text(series[0].queue, "two words");
    assert_text(series[0].channel, "social");
    assert_int_equal(series[0].open, 9);
    assert_int_equal(series[0].due_soon, 2);
    assert_int_equal(series[0].at_risk, 6);
    assert_int_equal(series[0].late, 1);
    assert_int_equal(series[0].earliest_ms, 1790000030000);
    assert_int_equal(series[0].oldest_start_ms, 1789990000000);
}


static void
readings_that_are_none(void **state)
{
    static const char *const bad[] = {
        "", "2", "1\n", "1\n\n", "11", "1\nx 1", "1\nq",
        "1\nq s 11 7 4 1 1500 900 4711 4704",
        "1\nq s 11 7 4 1 1500 mentions",
        "1\nq s 11 7 4 1 1500 900 4711 mentions",
        "1\nq s 11 7 4 1 -2 0 0 0 mentions",
        "1\nq s 11 7 4 1 0 -2 0 0 mentions",
        "1\nq s 11 7 4 1 0 0 -2 0 mentions",
        "1\nq s 11 7 4 1 0 0 0 -2 mentions",
        "1\nq s 11 7 4 1 1.5 0 0 0 mentions",
        "1\nq x 11 7 4 1 1500 0 0 0 mentions",
        "1\nq sl 11 7 4 1 1500 0 0 0 mentions",
        "1\nqq s 11 7 4 1 1500 0 0 0 mentions",
        "1\nq s 99999999999999999999 7 4 1 1500 0 0 0 mentions",
        "1\ns 9 2 6 1 5 5 social",
        "1\ns 9 2 6 -1 5 5 social mentions",
        "1\ns 9 2 6 1 -2 5 social mentions",
        "1\ns 9 2 6 1 5 -2 social mentions",
        "1\ns 9 2 6 1 5 5 social mentions\nc 5 1 2 3",
    };

    size_t            i;
    sc_str_t          reply;
    sc_queue_line_t   line;
    sc_queue_depth_t  queue;
    sc_queue_series_t series;

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        reply = sc_str_from_cstring(bad[i]);
        line = sc_queue_read_begin(&reply) ? SC_QUEUE_LINE_QUEUE
                                           : SC_QUEUE_LINE_BAD;

        while (line != SC_QUEUE_LINE_BAD) {
            assert_int_not_equal(line, SC_QUEUE_LINE_END);
            line = sc_queue_read_next(&reply, &queue, &series);
        }
    }
}


static void
sweeps(void **state)
{
    static const char *const bad[] = {
        "", "1", "2", "00", "1 2 3 0", "1 2 3 2 5", "1 -1 3 0 5",
        "1 2 3 0 -2", "1 2 3 0 5 6", "1 2 3 0 5 ", "0 2 3 0 5"
    };

    size_t           i;
    sc_queue_sweep_t sweep;

    (void) state;

    assert_true(sc_queue_read_sweep(SC_STR("0"), &sweep));
    assert_false(sweep.taken);
    assert_int_equal(sweep.next_ms, SC_QUEUE_UNKNOWN);

    assert_true(sc_queue_read_sweep(SC_STR("1 2 3 1 1790000000000"), &sweep));
    assert_true(sweep.taken);
    assert_true(sweep.more);
    assert_int_equal(sweep.missed, 2);
    assert_int_equal(sweep.expired, 3);
    assert_int_equal(sweep.next_ms, 1790000000000);

    assert_true(sc_queue_read_sweep(SC_STR("1 0 0 0 -1"), &sweep));
    assert_false(sweep.more);
    assert_int_equal(sweep.next_ms, SC_QUEUE_UNKNOWN);

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(sc_queue_read_sweep(sc_str_from_cstring(bad[i]),
                                         &sweep));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tag_names_brand_and_partition),
        cmocka_unit_test(partitions_follow_the_key),
        cmocka_unit_test(objects_are_told_by_a_hash),
        cmocka_unit_test(a_command_is_resp2),
        cmocka_unit_test(a_call_byte_for_byte),
        cmocka_unit_test(after_noscript_the_source_goes_along),
        cmocka_unit_test(what_is_pushed_and_how),
        cmocka_unit_test(a_route_is_sent_once),
        cmocka_unit_test(numbers_stay_inside_their_bytes),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(a_full_batch),
        cmocka_unit_test(what_does_not_fit_leaves_nothing),
        cmocka_unit_test(results_are_digits),
        cmocka_unit_test(digests_are_those_of_the_sources),
        cmocka_unit_test(calls_of_read_and_sweep),
        cmocka_unit_test(the_counters_of_an_hour),
        cmocka_unit_test(a_reading),
        cmocka_unit_test(readings_that_are_none),
        cmocka_unit_test(sweeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
