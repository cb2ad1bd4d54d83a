/*
 * sc_buf.c: appending to a bounded buffer.
 */

#include "sc_buf.h"
#include "sc_scan.h"


#define SC_BUF_FIRST_SIZE  512


void
sc_buf_init_fixed(sc_buf_t *buf, unsigned char *memory, size_t size)
{
    memset(buf, 0, sizeof(*buf));

    buf->data = memory;
    buf->size = size;
    buf->limit = size;
}


void
sc_buf_init(sc_buf_t *buf, sc_buf_grow_fn grow, void *owner, size_t limit)
{
    memset(buf, 0, sizeof(*buf));

    buf->grow = grow;
    buf->owner = owner;
    buf->limit = limit;
}


unsigned char *
sc_buf_enlarge(sc_buf_t *buf, size_t more)
{
    size_t         size;
    unsigned char *data;

    if (buf->failed || buf->grow == NULL || more > buf->limit - buf->len) {
        buf->failed = true;
        return NULL;
    }

    size = buf->size == 0 ? SC_BUF_FIRST_SIZE : buf->size;

    while (size - buf->len < more) {
        size *= 2;
    }

    if (size > buf->limit) {
        size = buf->limit;
    }

    data = buf->grow(buf->owner, buf->data, buf->len, size);
    if (data == NULL) {
        buf->failed = true;
        return NULL;
    }

    buf->data = data;
    buf->size = size;

    return buf->data + buf->len;
}


/* 00 01 02 … 99 */
static const char sc_digit_pairs[] =
    "0001020304050607080910111213141516171819"
    "2021222324252627282930313233343536373839"
    "4041424344454647484950515253545556575859"
    "6061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";


size_t
sc_uint_write(unsigned char *to, uint64_t value)
{
    size_t        len;
    unsigned char digits[SC_UINT64_DIGITS], *at;

    at = digits + sizeof(digits);

    for ( /* void */ ; value >= 100; value /= 100) {
        at -= 2;
        memcpy(at, sc_digit_pairs + 2 * (value % 100), 2);
    }

    at -= 2;
    memcpy(at, sc_digit_pairs + 2 * value, 2);
    at += value < 10;

    len = (size_t) (digits + sizeof(digits) - at);
    sc_scan_copy(to, at, len);

    return len;
}


size_t
sc_int_write(unsigned char *to, int64_t value)
{
    if (value < 0) {
        *to = '-';
        return 1 + sc_uint_write(to + 1, (uint64_t) 0 - (uint64_t) value);
    }

    return sc_uint_write(to, (uint64_t) value);
}


void
sc_buf_append_uint(sc_buf_t *buf, uint64_t value)
{
    unsigned char digits[SC_UINT64_DIGITS];

    sc_buf_append(buf, digits, sc_uint_write(digits, value));
}


void
sc_buf_append_int(sc_buf_t *buf, int64_t value)
{
    unsigned char digits[1 + SC_UINT64_DIGITS];

    sc_buf_append(buf, digits, sc_int_write(digits, value));
}
