/*
 * sc_queue.c: encodes one call of scripts/enqueue.lua and decodes its reply.
 *
 * Everything is written straight into the connection's buffer: one packed
 * head for the whole call and one argument for each record.  The key schema
 * is the script's.  Only the text of a wait and the periods at the end of key
 * names are made here, because the script would take many times as long.
 */

#include "sc_queue.h"

#include "sc_crc32c.h"
#include "sc_scripts.h"


/* Codes in the packed head, as the script reads them. */
#define SC_PUSH_NONE       0
#define SC_PUSH_STREAM     1
#define SC_PUSH_LIST       2
#define SC_PUSH_DEAD       3

#define SC_ROUTE_AS_BEFORE 0
#define SC_ROUTE_NEW       1

/* Maximum of six bytes: as milliseconds, the year 10889. */
#define SC_UINT48_MAX      (((uint64_t) 1 << 48) - 1)

/* Periods that key names are made of. */
#define SC_MINUTE_MS       60000
#define SC_HELD_MS         (2 * SC_MINUTE_MS)
#define SC_HOUR_MS         (60 * SC_MINUTE_MS)

/* "$" 20 digits CR LF */
#define SC_MAX_BULK_LEAD   23

/* A number in decimal, a name, each with its length in front ("led"). */
#define SC_MAX_LED_INT     (1 + 1 + SC_UINT64_DIGITS)
#define SC_MAX_LED_NAME    (1 + SC_QUEUE_MAX_NAME)

/* Sizes of the pieces that are assembled on the stack before being appended. */
#define SC_MAX_CALL_LEAD   (6 + 4 + 2 + 3 * SC_MAX_LED_INT)
#define SC_MAX_WAIT        (2 + 3 * SC_MAX_LED_INT + 8 + 8                    \
                            + 2 * SC_MAX_LED_NAME)
#define SC_MAX_ITEM_HEAD   (4 + 6 + 6 + 2 + 2 * SC_MAX_LED_INT                \
                            + SC_MAX_LED_NAME + SC_MAX_WAIT)
#define SC_MAX_ROUTE       (3 * SC_MAX_LED_NAME + 6)

/* A shorter window would expire while retries are still under way. */
#define SC_MIN_WINDOW_S    60


void
sc_queue_write_tag(sc_buf_t *buf, sc_str_t prefix, sc_str_t brand,
    unsigned partition)
{
    sc_buf_append_byte(buf, '{');
    sc_buf_append_str(buf, prefix);
    sc_buf_append_byte(buf, ':');
    sc_buf_append_str(buf, brand);
    sc_buf_append_byte(buf, '/');
    sc_buf_append_uint(buf, partition);
    sc_buf_append_byte(buf, '}');
}


unsigned
sc_queue_partition(sc_str_t key, unsigned partitions)
{
    if (partitions <= 1) {
        return 0;
    }

    return sc_crc32c(0, key.data, key.len) % partitions;
}


uint32_t
sc_queue_object(sc_str_t object)
{
    return object.len == 0 ? 0 : sc_crc32c(0, object.data, object.len);
}


sc_str_t
sc_script_enqueue_sha(void)
{
    return SC_STR(SC_SCRIPT_ENQUEUE_SHA);
}


sc_str_t
sc_script_enqueue_source(void)
{
    return SC_STR(SC_SCRIPT_ENQUEUE_SOURCE);
}


static void
sc_write_lead(sc_buf_t *buf, unsigned char type, uint64_t value)
{
    sc_buf_append_byte(buf, type);
    sc_buf_append_uint(buf, value);
    sc_buf_append_literal(buf, "\r\n");
}


static void
sc_write_bulk(sc_buf_t *buf, sc_str_t text)
{
    sc_write_lead(buf, '$', text.len);
    sc_buf_append_str(buf, text);
    sc_buf_append_literal(buf, "\r\n");
}


void
sc_command_write(sc_buf_t *buf, const sc_str_t *arguments, size_t count)
{
    size_t i, start;

    start = buf->len;

    sc_write_lead(buf, '*', count);

    for (i = 0; i < count; i++) {
        sc_write_bulk(buf, arguments[i]);
    }

    if (buf->failed) {
        buf->len = start;
    }
}


/*
 * The sc_put_…() functions write a piece of the packed head at `at` and return
 * the position after it.  The caller's buffer is sized for the worst case: a
 * check for each of a head's hundred pieces, most of one byte, would cost more
 * than the piece.
 */

/* `size` bytes, little endian. */
static unsigned char *
sc_put_packed(unsigned char *at, uint64_t value, unsigned size)
{
    for ( /* void */ ; size > 0; size--) {
        *at++ = (unsigned char) (value & 0xff);
        value >>= 8;
    }

    return at;
}


/* Clamps to what six bytes hold. */
static uint64_t
sc_to_uint48(uint64_t value)
{
    return value > SC_UINT48_MAX ? SC_UINT48_MAX : value;
}


static uint64_t
sc_ms_to_uint48(int64_t ms)
{
    return ms < 0 ? 0 : sc_to_uint48((uint64_t) ms);
}


#define sc_put_literal(at, literal)                                           \
    sc_put_text(at, SC_STR(literal))

static unsigned char *
sc_put_text(unsigned char *at, sc_str_t text)
{
    memcpy(at, text.data, text.len);

    return at + text.len;
}


/* Control characters become '_': scripts/read.lua replies in lines of text. */
static unsigned char *
sc_put_name(unsigned char *at, sc_str_t name)
{
    size_t i;

    name = sc_str_first(name, SC_QUEUE_MAX_NAME);

    for (i = 0; i < name.len; i++) {
        *at++ = name.data[i] < 0x20 ? '_' : name.data[i];
    }

    return at;
}


/* Stores the length of what was written after `lead` in it. */
static void
sc_put_length(unsigned char *lead, const unsigned char *at)
{
    *lead = (unsigned char) (at - lead - 1);
}


/* A name, with its length in front. */
static unsigned char *
sc_put_led_name(unsigned char *at, sc_str_t name)
{
    unsigned char *lead;

    lead = at;
    at = sc_put_name(at + 1, name);
    sc_put_length(lead, at);

    return at;
}


/* A number in decimal, with the length of its text in front. */
static unsigned char *
sc_put_led_int(unsigned char *at, int64_t value)
{
    unsigned char *lead;

    lead = at;
    at++;
    at += sc_int_write(at, value);
    sc_put_length(lead, at);

    return at;
}


/* Eight hex digits. */
static unsigned char *
sc_put_object(unsigned char *at, uint32_t object)
{
    unsigned shift;

    for (shift = 32; shift > 0; shift -= 4) {
        *at++ = (unsigned char) "0123456789abcdef"[object >> (shift - 4)
                                                   & 0xf];
    }

    return at;
}


static unsigned
sc_item_push(const sc_queue_item_t *item)
{
    if (item->queue.len == 0) {
        return SC_PUSH_NONE;
    }

    if (item->dead) {
        return SC_PUSH_DEAD;
    }

    return item->format == SC_FORMAT_LIST ? SC_PUSH_LIST : SC_PUSH_STREAM;
}


/* The queue under which an item's waits and counters are booked. */
static sc_str_t
sc_item_booked(const sc_queue_item_t *item)
{
    return item->sla_queue.len == 0 ? item->queue : item->sla_queue;
}


static sc_str_t
sc_item_channel(const sc_queue_item_t *item)
{
    return item->channel.len == 0 ? SC_STR("other") : item->channel;
}


static bool
sc_item_same_route(const sc_queue_item_t *a, const sc_queue_item_t *b)
{
    return a->limit == b->limit && sc_str_eq(a->queue, b->queue)
           && sc_str_eq(a->channel, b->channel)
           && sc_str_eq(a->sla_queue, b->sla_queue);
}


static uint64_t
sc_item_event(const sc_queue_item_t *item)
{
    return sc_ms_to_uint48(item->event_ms);
}


/* What the item's clock needs besides the time, with its length in front. */
static unsigned char *
sc_put_detail(unsigned char *at, const sc_queue_item_t *item)
{
    if (item->clock == SC_CLOCK_QUESTION && item->due_ms >= 0) {
        return sc_put_led_int(at, item->due_ms);
    }

    if (item->clock == SC_CLOCK_ANSWER) {
        return sc_put_led_int(at, (int64_t) sc_item_event(item));
    }

    if (item->clock == SC_CLOCK_CLOSE) {
        return sc_put_led_name(at, item->detail);
    }

    if (item->clock == SC_CLOCK_WITHDRAWAL && item->object != 0) {
        *at++ = 8;
        return sc_put_object(at, item->object);
    }

    *at++ = 0;

    return at;
}


/*
 * The wait that a question opens: a value of T:open, see scripts/enqueue.lua.
 * Sent in one piece: each piece that the server unpacks costs as much as
 * formatting it here.
 */
static unsigned char *
sc_put_wait(unsigned char *at, const sc_queue_item_t *item)
{
    sc_str_t event;

    event = sc_str_make(at, sc_uint_write(at, sc_item_event(item)));
    at += event.len;

    *at++ = ' ';
    at += sc_int_write(at, item->due_ms < 0 ? -1 : item->due_ms);
    at = sc_put_literal(at, " 0 F");
    *at++ = (unsigned char) ('0' + item->reach);
    at = sc_put_literal(at, "0 ");
    at = sc_put_text(at, event);
    *at++ = ' ';

    if (item->object == 0) {
        *at++ = '+';

    } else {
        at = sc_put_object(at, item->object);
    }

    *at++ = ' ';
    at = sc_put_name(at, sc_item_channel(item));
    *at++ = ' ';
    at = sc_put_name(at, sc_item_booked(item));

    return at;
}


/*
 * A question's wait, or the digest of the fact that an item of the brand's side
 * reports, with its length in front.
 */
static unsigned char *
sc_put_brought(unsigned char *at, const sc_queue_item_t *item)
{
    unsigned char *lead;

    lead = at;
    at = sc_put_packed(at, 0, 2);

    if (item->clock == SC_CLOCK_QUESTION) {
        at = sc_put_wait(at, item);

    } else if (item->clock == SC_CLOCK_ANSWER
               || item->clock == SC_CLOCK_NONE)
    {
        at = sc_put_name(at, item->detail);
    }

    (void) sc_put_packed(lead, (uint64_t) (at - lead - 2), 2);

    return at;
}


static void
sc_write_route(sc_buf_t *buf, const sc_queue_item_t *item)
{
    unsigned char route[SC_MAX_ROUTE], *at;

    at = sc_put_led_name(route, item->queue);
    at = sc_put_led_name(at, sc_item_booked(item));
    at = sc_put_led_name(at, sc_item_channel(item));
    at = sc_put_packed(at, sc_to_uint48(item->limit), 6);

    sc_buf_append(buf, route, (size_t) (at - route));
}


static void
sc_write_item_head(sc_buf_t *buf, const sc_queue_item_t *item, bool new_route)
{
    uint64_t      own;
    sc_str_t      key;
    unsigned char head[SC_MAX_ITEM_HEAD], *at;

    own = sc_ms_to_uint48(item->own_ms);
    key = sc_str_first(item->clock_key, SC_QUEUE_MAX_KEY);

    at = head;
    *at++ = (unsigned char) item->clock;
    *at++ = (unsigned char) sc_item_push(item);
    *at++ = new_route ? SC_ROUTE_NEW : SC_ROUTE_AS_BEFORE;
    *at++ = (unsigned char) ('0' + item->reach);
    at = sc_put_led_int(at, item->digest);
    at = sc_put_packed(at, own, 6);
    at = sc_put_led_int(at, (int64_t) (own / SC_MINUTE_MS));
    at = sc_put_packed(at, sc_item_event(item), 6);
    at = sc_put_detail(at, item);
    at = sc_put_brought(at, item);
    at = sc_put_packed(at, key.len, 2);

    sc_buf_append(buf, head, (size_t) (at - head));
    sc_buf_append_str(buf, key);

    if (new_route) {
        sc_write_route(buf, item);
    }
}


/* The window, clamped to what the script reads: four bytes. */
static uint64_t
sc_call_window(const sc_queue_call_t *call)
{
    if (call->window_s < SC_MIN_WINDOW_S) {
        return SC_MIN_WINDOW_S;
    }

    return call->window_s > UINT32_MAX ? UINT32_MAX
                                       : (uint64_t) call->window_s;
}


static void
sc_write_call_lead(sc_buf_t *buf, const sc_queue_call_t *call)
{
    uint64_t      now;
    unsigned char lead[SC_MAX_CALL_LEAD], *at;

    now = sc_ms_to_uint48(call->now_ms);

    at = sc_put_packed(lead, now, 6);
    at = sc_put_packed(at, sc_call_window(call), 4);
    at = sc_put_packed(at, call->count, 2);
    at = sc_put_led_int(at, (int64_t) (now / SC_HOUR_MS));
    at = sc_put_led_int(at, (int64_t) (now / SC_HELD_MS));
    at = sc_put_led_int(at, (int64_t) (now / SC_HELD_MS) - 1);

    sc_buf_append(buf, lead, (size_t) (at - lead));
}


/*
 * The head's length is known only once it is written.  So it is written after
 * room for the longest "$<length>" and then moved up against the actual one.
 */
static void
sc_write_call_head(sc_buf_t *buf, const sc_queue_call_t *call)
{
    size_t i, start, from, len;
    bool   new_route;

    start = buf->len;

    if (sc_buf_reserve(buf, SC_MAX_BULK_LEAD) == NULL) {
        return;
    }

    from = start + SC_MAX_BULK_LEAD;
    buf->len = from;

    sc_write_call_lead(buf, call);

    for (i = 0; i < call->count; i++) {
        new_route = i == 0 || !sc_item_same_route(&call->items[i - 1],
                                                  &call->items[i]);
        sc_write_item_head(buf, &call->items[i], new_route);
    }

    if (buf->failed) {
        return;
    }

    len = buf->len - from;
    buf->len = start;
    sc_write_lead(buf, '$', len);

    memmove(buf->data + buf->len, buf->data + from, len);
    buf->len += len;

    sc_buf_append_literal(buf, "\r\n");
}


void
sc_queue_write_call(sc_buf_t *buf, const sc_queue_call_t *call,
    bool with_source)
{
    size_t i, start, records;

    start = buf->len;
    records = 0;

    for (i = 0; i < call->count; i++) {
        records += sc_item_push(&call->items[i]) != SC_PUSH_NONE;
    }

    sc_write_lead(buf, '*', 5 + records);

    if (with_source) {
        sc_write_bulk(buf, SC_STR("EVAL"));
        sc_write_bulk(buf, sc_script_enqueue_source());

    } else {
        sc_write_bulk(buf, SC_STR("EVALSHA"));
        sc_write_bulk(buf, sc_script_enqueue_sha());
    }

    sc_write_bulk(buf, SC_STR("1"));
    sc_write_bulk(buf, call->tag);
    sc_write_call_head(buf, call);

    for (i = 0; i < call->count; i++) {
        if (sc_item_push(&call->items[i]) != SC_PUSH_NONE) {
            sc_write_bulk(buf, call->items[i].record);
        }
    }

    if (buf->failed) {
        buf->len = start;
    }
}


bool
sc_queue_read_result(sc_str_t reply, sc_item_result_t *results, size_t count)
{
    size_t i;

    if (reply.len != count) {
        return false;
    }

    for (i = 0; i < count; i++) {
        if (reply.data[i] < '0' || reply.data[i] > '0' + SC_ITEM_ERROR) {
            return false;
        }

        results[i] = (sc_item_result_t) (reply.data[i] - '0');
    }

    return true;
}
