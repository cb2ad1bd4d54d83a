/*
 * sc_spool_item.c: the payload of a spooled record.
 */

#include "sc_spool_item.h"

#include "sc_le.h"


#define SC_ITEM_AT_VERSION   0
#define SC_ITEM_AT_FORMAT    2
#define SC_ITEM_AT_CLOCK     3
#define SC_ITEM_AT_FLAGS     4
#define SC_ITEM_AT_REACH     6
#define SC_ITEM_AT_ZERO      7
#define SC_ITEM_AT_ARRIVAL   8
#define SC_ITEM_AT_WINDOW    16
#define SC_ITEM_AT_LIMIT     24
#define SC_ITEM_AT_DIGEST    32
#define SC_ITEM_AT_EVENT     40
#define SC_ITEM_AT_DUE       48
#define SC_ITEM_AT_OWN       56
#define SC_ITEM_AT_LENGTHS   64
#define SC_ITEM_AT_OBJECT    92

#define SC_ITEM_TEXTS        7

#define SC_ITEM_FLAG_DEAD    0x0001


/* No default: a new format or clock without a case does not compile. */
static bool
sc_item_format_is_known(sc_queue_format_t format)
{
    switch (format) {
    case SC_FORMAT_STREAM:
    case SC_FORMAT_LIST:
        return true;
    }

    return false;
}


static bool
sc_item_clock_is_known(sc_clock_t clock)
{
    switch (clock) {
    case SC_CLOCK_NONE:
    case SC_CLOCK_QUESTION:
    case SC_CLOCK_ANSWER:
    case SC_CLOCK_CLOSE:
    case SC_CLOCK_AUTO:
    case SC_CLOCK_WITHDRAWAL:
        return true;
    }

    return false;
}


/* Rules that both the encoder and the decoder enforce. */
static bool
sc_item_is_valid(const sc_spool_item_t *item)
{
    return item->tag.len != 0
           && item->window_s >= 0
           && item->arrival_ms >= 0
           && item->item.event_ms >= 0
           && item->item.due_ms >= -1
           && sc_item_format_is_known(item->item.format)
           && sc_item_clock_is_known(item->item.clock)
           && (unsigned) item->item.reach < SC_REACHES;
}


/* The texts in the order in which they are stored. */
static void
sc_item_texts(const sc_spool_item_t *item, sc_str_t texts[SC_ITEM_TEXTS])
{
    texts[0] = item->tag;
    texts[1] = item->item.queue;
    texts[2] = item->item.channel;
    texts[3] = item->item.sla_queue;
    texts[4] = item->item.clock_key;
    texts[5] = item->item.detail;
    texts[6] = item->item.record;
}


size_t
sc_spool_item_size(const sc_spool_item_t *item)
{
    size_t   i, size;
    sc_str_t texts[SC_ITEM_TEXTS];

    sc_item_texts(item, texts);
    size = SC_SPOOL_ITEM_FIXED;

    for (i = 0; i < SC_ITEM_TEXTS; i++) {
        if (texts[i].len > SC_SEGMENT_MAX_PAYLOAD - size) {
            return 0;
        }

        size += texts[i].len;
    }

    return size;
}


static void
sc_item_put_fixed(unsigned char *p, const sc_spool_item_t *item)
{
    memset(p, 0, SC_SPOOL_ITEM_FIXED);

    sc_le_put16(p + SC_ITEM_AT_VERSION, SC_SPOOL_ITEM_VERSION);
    p[SC_ITEM_AT_FORMAT] = (unsigned char) item->item.format;
    p[SC_ITEM_AT_CLOCK] = (unsigned char) item->item.clock;
    sc_le_put16(p + SC_ITEM_AT_FLAGS,
                item->item.dead ? SC_ITEM_FLAG_DEAD : 0);
    p[SC_ITEM_AT_REACH] = (unsigned char) item->item.reach;
    sc_le_put64(p + SC_ITEM_AT_ARRIVAL, (uint64_t) item->arrival_ms);
    sc_le_put64(p + SC_ITEM_AT_WINDOW, (uint64_t) item->window_s);
    sc_le_put64(p + SC_ITEM_AT_LIMIT, item->item.limit);
    sc_le_put64(p + SC_ITEM_AT_DIGEST, (uint64_t) item->item.digest);
    sc_le_put64(p + SC_ITEM_AT_EVENT, (uint64_t) item->item.event_ms);
    sc_le_put64(p + SC_ITEM_AT_DUE, (uint64_t) item->item.due_ms);
    sc_le_put64(p + SC_ITEM_AT_OWN, (uint64_t) item->item.own_ms);
    sc_le_put32(p + SC_ITEM_AT_OBJECT, item->item.object);
}


sc_spool_item_status_t
sc_spool_item_encode(sc_buf_t *buf, const sc_spool_item_t *item)
{
    size_t         i, size;
    sc_str_t       texts[SC_ITEM_TEXTS];
    unsigned char *p;

    if (!sc_item_is_valid(item)) {
        return SC_SPOOL_ITEM_FIELD;
    }

    size = sc_spool_item_size(item);
    if (size == 0) {
        return SC_SPOOL_ITEM_LONG;
    }

    p = sc_buf_reserve(buf, size);
    if (p == NULL) {
        return SC_SPOOL_ITEM_SHORT;
    }

    buf->len += size;

    sc_item_put_fixed(p, item);
    sc_item_texts(item, texts);

    for (i = 0; i < SC_ITEM_TEXTS; i++) {
        sc_le_put32(p + SC_ITEM_AT_LENGTHS + 4 * i, (uint32_t) texts[i].len);
    }

    p += SC_SPOOL_ITEM_FIXED;

    for (i = 0; i < SC_ITEM_TEXTS; i++) {
        if (texts[i].len != 0) {
            memcpy(p, texts[i].data, texts[i].len);
            p += texts[i].len;
        }
    }

    return SC_SPOOL_ITEM_OK;
}


/* Splits the texts of the payload; they must fill it exactly. */
static sc_spool_item_status_t
sc_item_get_texts(sc_str_t payload, sc_str_t texts[SC_ITEM_TEXTS])
{
    size_t   i, at;
    uint32_t len;

    at = SC_SPOOL_ITEM_FIXED;

    for (i = 0; i < SC_ITEM_TEXTS; i++) {
        len = sc_le_get32(payload.data + SC_ITEM_AT_LENGTHS + 4 * i);

        if (len > payload.len - at) {
            return SC_SPOOL_ITEM_SHORT;
        }

        texts[i] = sc_str_make(payload.data + at, len);
        at += len;
    }

    return at == payload.len ? SC_SPOOL_ITEM_OK : SC_SPOOL_ITEM_LONG;
}


static void
sc_item_get_fixed(const unsigned char *p, sc_spool_item_t *item)
{
    memset(item, 0, sizeof(*item));

    item->arrival_ms = sc_le_get64_signed(p + SC_ITEM_AT_ARRIVAL);
    item->window_s = sc_le_get64_signed(p + SC_ITEM_AT_WINDOW);
    item->item.format = (sc_queue_format_t) p[SC_ITEM_AT_FORMAT];
    item->item.clock = (sc_clock_t) p[SC_ITEM_AT_CLOCK];
    item->item.dead = sc_le_get16(p + SC_ITEM_AT_FLAGS) != 0;
    item->item.limit = sc_le_get64(p + SC_ITEM_AT_LIMIT);
    item->item.digest = sc_le_get64_signed(p + SC_ITEM_AT_DIGEST);
    item->item.event_ms = sc_le_get64_signed(p + SC_ITEM_AT_EVENT);
    item->item.due_ms = sc_le_get64_signed(p + SC_ITEM_AT_DUE);
    item->item.own_ms = sc_le_get64_signed(p + SC_ITEM_AT_OWN);
    item->item.reach = (sc_reach_t) p[SC_ITEM_AT_REACH];
    item->item.object = sc_le_get32(p + SC_ITEM_AT_OBJECT);
}


sc_spool_item_status_t
sc_spool_item_decode(sc_str_t payload, sc_spool_item_t *item)
{
    sc_str_t               texts[SC_ITEM_TEXTS];
    sc_spool_item_t        read;
    const unsigned char   *p = payload.data;
    sc_spool_item_status_t status;

    if (payload.len > SC_SEGMENT_MAX_PAYLOAD) {
        return SC_SPOOL_ITEM_LONG;
    }

    if (payload.len < 2) {
        return SC_SPOOL_ITEM_SHORT;
    }

    if (sc_le_get16(p) != SC_SPOOL_ITEM_VERSION) {
        return SC_SPOOL_ITEM_VERSION_UNKNOWN;
    }

    if (payload.len < SC_SPOOL_ITEM_FIXED) {
        return SC_SPOOL_ITEM_SHORT;
    }

    status = sc_item_get_texts(payload, texts);
    if (status != SC_SPOOL_ITEM_OK) {
        return status;
    }

    sc_item_get_fixed(p, &read);

    read.tag = texts[0];
    read.item.queue = texts[1];
    read.item.channel = texts[2];
    read.item.sla_queue = texts[3];
    read.item.clock_key = texts[4];
    read.item.detail = texts[5];
    read.item.record = texts[6];

    if ((sc_le_get16(p + SC_ITEM_AT_FLAGS) & ~SC_ITEM_FLAG_DEAD) != 0
        || p[SC_ITEM_AT_ZERO] != 0
        || !sc_item_is_valid(&read))
    {
        return SC_SPOOL_ITEM_FIELD;
    }

    *item = read;

    return SC_SPOOL_ITEM_OK;
}


sc_spool_kind_t
sc_spool_item_kind(const sc_spool_item_t *item)
{
    switch (item->item.clock) {
    case SC_CLOCK_ANSWER:
    case SC_CLOCK_AUTO:
    case SC_CLOCK_CLOSE:
        return SC_SPOOL_REPLY;
    case SC_CLOCK_NONE:
    case SC_CLOCK_QUESTION:
    case SC_CLOCK_WITHDRAWAL:
        break;
    }

    return SC_SPOOL_MENTION;
}


const char *
sc_spool_item_status_name(sc_spool_item_status_t status)
{
    switch (status) {
    case SC_SPOOL_ITEM_OK:
        return "ok";
    case SC_SPOOL_ITEM_SHORT:
        return "item cut short";
    case SC_SPOOL_ITEM_LONG:
        return "item too long";
    case SC_SPOOL_ITEM_VERSION_UNKNOWN:
        return "unknown version of item";
    case SC_SPOOL_ITEM_FIELD:
        return "impossible value in item";
    }

    return "unknown";
}


const char *
sc_spool_clock_name(sc_clock_t clock)
{
    switch (clock) {
    case SC_CLOCK_NONE:
        return "none";
    case SC_CLOCK_QUESTION:
        return "question";
    case SC_CLOCK_ANSWER:
        return "answer";
    case SC_CLOCK_CLOSE:
        return "close";
    case SC_CLOCK_AUTO:
        return "automatic";
    case SC_CLOCK_WITHDRAWAL:
        return "withdrawal";
    }

    return "unknown";
}


const char *
sc_spool_format_name(sc_queue_format_t format)
{
    switch (format) {
    case SC_FORMAT_STREAM:
        return "stream";
    case SC_FORMAT_LIST:
        return "list";
    }

    return "unknown";
}
