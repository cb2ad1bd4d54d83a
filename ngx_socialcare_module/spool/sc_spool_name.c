/*
 * sc_spool_name.c: writing, reading and ordering names of spool files.
 */

#include "sc_spool_name.h"


#define SC_NAME_TIME_DIGITS      13
#define SC_NAME_SEQUENCE_DIGITS  6

/* of UINT64_MAX */
#define SC_NAME_MAX_DIGITS       20


static bool
sc_name_writer_is_valid(sc_str_t writer)
{
    size_t        i;
    unsigned char c;

    if (writer.len == 0 || writer.len > SC_SPOOL_NAME_MAX_WRITER) {
        return false;
    }

    for (i = 0; i < writer.len; i++) {
        c = writer.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))) {
            return false;
        }
    }

    return true;
}


/* Padded with leading zeros to `width` digits. */
static void
sc_name_write_number(sc_buf_t *buf, uint64_t value, size_t width)
{
    unsigned char digits[SC_NAME_MAX_DIGITS], *at, *end;

    end = digits + sizeof(digits);
    at = end;

    while (value != 0 || (size_t) (end - at) < width) {
        *--at = (unsigned char) ('0' + value % 10);
        value /= 10;
    }

    sc_buf_append(buf, at, (size_t) (end - at));
}


bool
sc_spool_name_write(sc_buf_t *buf, const sc_spool_name_t *name)
{
    size_t start;

    if (name->created_ms < 0 || name->created_ms > SC_SPOOL_NAME_MAX_MS
        || !sc_name_writer_is_valid(name->writer))
    {
        return false;
    }

    start = buf->len;

    if (name->quarantine) {
        sc_buf_append_literal(buf, "quarantine-");
    }

    sc_name_write_number(buf, (uint64_t) name->created_ms,
                         SC_NAME_TIME_DIGITS);
    sc_buf_append_byte(buf, '-');
    sc_buf_append_str(buf, name->writer);
    sc_buf_append_byte(buf, '-');
    sc_name_write_number(buf, name->sequence, SC_NAME_SEQUENCE_DIGITS);
    sc_buf_append_literal(buf, ".seg");

    if (buf->failed) {
        buf->len = start;
        return false;
    }

    return true;
}


bool
sc_spool_name_parse(sc_str_t text, sc_spool_name_t *name)
{
    uint64_t ms, sequence;
    sc_str_t rest, time, writer, digits;
    bool     quarantine;

    if (!sc_str_ends_with(text, SC_STR(".seg"))) {
        return false;
    }

    rest = sc_str_first(text, text.len - 4);

    quarantine = sc_str_starts_with(rest, SC_STR("quarantine-"));
    if (quarantine) {
        rest = sc_str_from(rest, 11);
    }

    if (!sc_str_next(&rest, '-', &time) || !sc_str_next(&rest, '-', &writer)
        || !sc_str_next(&rest, '-', &digits) || rest.data != NULL)
    {
        return false;
    }

    if (time.len != SC_NAME_TIME_DIGITS || !sc_str_to_uint64(time, &ms)
        || !sc_name_writer_is_valid(writer)
        || digits.len < SC_NAME_SEQUENCE_DIGITS
        || (digits.len > SC_NAME_SEQUENCE_DIGITS && digits.data[0] == '0')
        || !sc_str_to_uint64(digits, &sequence))
    {
        return false;
    }

    name->created_ms = (int64_t) ms;
    name->writer = writer;
    name->sequence = sequence;
    name->quarantine = quarantine;

    return true;
}


static int
sc_name_compare_text(sc_str_t a, sc_str_t b)
{
    int    order;
    size_t shorter;

    shorter = a.len < b.len ? a.len : b.len;
    order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);

    if (order != 0) {
        return order;
    }

    return (a.len > b.len) - (a.len < b.len);
}


int
sc_spool_name_compare(const sc_spool_name_t *a, const sc_spool_name_t *b)
{
    int order;

    if (a->quarantine != b->quarantine) {
        return a->quarantine ? 1 : -1;
    }

    if (a->created_ms != b->created_ms) {
        return a->created_ms < b->created_ms ? -1 : 1;
    }

    order = sc_name_compare_text(a->writer, b->writer);
    if (order != 0) {
        return order;
    }

    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}
