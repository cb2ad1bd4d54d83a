/*
 * sc_queue_read.c: calls of scripts/read.lua and scripts/sweep.lua, and their
 * replies.  Replies are untrusted input: everything is checked.
 */

#include "sc_queue_read.h"

#include "sc_queue.h"
#include "sc_scripts.h"


/* Digits of an int64_t and its sign. */
#define SC_MAX_DECIMAL     20

#define SC_MAX_ARGUMENTS   8


typedef struct {
    unsigned char memory[SC_MAX_DECIMAL];
    sc_buf_t      buf;
} sc_decimal_t;


sc_str_t
sc_script_read_sha(void)
{
    return SC_STR(SC_SCRIPT_READ_SHA);
}


sc_str_t
sc_script_read_source(void)
{
    return SC_STR(SC_SCRIPT_READ_SOURCE);
}


sc_str_t
sc_script_sweep_sha(void)
{
    return SC_STR(SC_SCRIPT_SWEEP_SHA);
}


sc_str_t
sc_script_sweep_source(void)
{
    return SC_STR(SC_SCRIPT_SWEEP_SOURCE);
}


static sc_str_t
sc_decimal(sc_decimal_t *decimal, int64_t value)
{
    sc_buf_init_fixed(&decimal->buf, decimal->memory, SC_MAX_DECIMAL);
    sc_buf_append_int(&decimal->buf, value);

    return sc_buf_str(&decimal->buf);
}


/* Calls a script with the tag as its key and numbers as its arguments. */
static void
sc_write_script(sc_buf_t *buf, sc_str_t sha, sc_str_t source, sc_str_t tag,
    const int64_t *values, size_t count)
{
    size_t       i;
    sc_str_t     arguments[SC_MAX_ARGUMENTS];
    sc_decimal_t decimals[SC_MAX_ARGUMENTS];

    arguments[0] = source.len > 0 ? SC_STR("EVAL") : SC_STR("EVALSHA");
    arguments[1] = source.len > 0 ? source : sha;
    arguments[2] = SC_STR("1");
    arguments[3] = tag;

    for (i = 0; i < count; i++) {
        arguments[4 + i] = sc_decimal(&decimals[i], values[i]);
    }

    sc_command_write(buf, arguments, 4 + count);
}


void
sc_queue_write_read(sc_buf_t *buf, sc_str_t tag, int64_t now_ms,
    bool with_source)
{
    sc_write_script(buf, sc_script_read_sha(),
                    with_source ? sc_script_read_source() : SC_STR_NULL, tag,
                    &now_ms, 1);
}


void
sc_queue_write_sweep(sc_buf_t *buf, sc_str_t tag, int64_t now_ms,
    int64_t open_max_age_ms, int64_t lease_ms, bool with_source)
{
    const int64_t values[] = {
        now_ms, open_max_age_ms, SC_QUEUE_SWEEP_SLICE, lease_ms
    };

    sc_write_script(buf, sc_script_sweep_sha(),
                    with_source ? sc_script_sweep_source() : SC_STR_NULL, tag,
                    values, 4);
}


void
sc_queue_write_hour_key(sc_buf_t *buf, sc_str_t tag, sc_str_t queue,
    sc_str_t channel, int64_t hour)
{
    sc_buf_append_str(buf, tag);
    sc_buf_append_literal(buf, ":st:");
    sc_buf_append_str(buf, queue);
    sc_buf_append_byte(buf, ':');
    sc_buf_append_str(buf, channel);
    sc_buf_append_byte(buf, ':');
    sc_buf_append_int(buf, hour);
}


void
sc_queue_write_hour(sc_buf_t *buf, sc_str_t tag, sc_str_t queue,
    sc_str_t channel, int64_t hour)
{
    size_t   i, len, start;
    sc_str_t parts[7];

    sc_decimal_t decimal;

    parts[0] = tag;
    parts[1] = SC_STR(":st:");
    parts[2] = queue;
    parts[3] = SC_STR(":");
    parts[4] = channel;
    parts[5] = SC_STR(":");
    parts[6] = sc_decimal(&decimal, hour);

    len = 0;
    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        len += parts[i].len;
    }

    start = buf->len;
    sc_buf_append_literal(buf, "*2\r\n$7\r\nHGETALL\r\n$");
    sc_buf_append_uint(buf, len);
    sc_buf_append_literal(buf, "\r\n");

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        sc_buf_append_str(buf, parts[i]);
    }

    sc_buf_append_literal(buf, "\r\n");

    if (buf->failed) {
        buf->len = start;
    }
}


/* The next word of a line as a number of at least -1. */
static bool
sc_next_number(sc_str_t *line, int64_t *value)
{
    sc_str_t word;

    return sc_str_next(line, ' ', &word) && sc_str_to_int64(word, value)
           && *value >= SC_QUEUE_UNKNOWN;
}


/* The next word of a line as a number of at least 0. */
static bool
sc_next_count(sc_str_t *line, uint64_t *value)
{
    sc_str_t word;

    return sc_str_next(line, ' ', &word) && sc_str_to_uint64(word, value);
}


static bool
sc_read_depth(sc_str_t line, sc_queue_depth_t *queue)
{
    sc_str_t format;

    if (!sc_str_next(&line, ' ', &format) || format.len != 1
        || !sc_str_contains(SC_STR("sl-?"), format)
        || !sc_next_number(&line, &queue->depth)
        || !sc_next_number(&line, &queue->lag)
        || !sc_next_number(&line, &queue->pending)
        || !sc_next_number(&line, &queue->dead)
        || !sc_next_number(&line, &queue->oldest_ms)
        || !sc_next_number(&line, &queue->ready_lag_ms)
        || !sc_next_number(&line, &queue->added)
        || !sc_next_number(&line, &queue->taken)
        || line.data == NULL)
    {
        return false;
    }

    queue->format = (char) format.data[0];
    queue->name = line;

    return true;
}


static bool
sc_read_waits(sc_str_t line, sc_queue_series_t *series)
{
    if (!sc_next_count(&line, &series->open)
        || !sc_next_count(&line, &series->due_soon)
        || !sc_next_count(&line, &series->at_risk)
        || !sc_next_count(&line, &series->late)
        || !sc_next_number(&line, &series->earliest_ms)
        || !sc_next_number(&line, &series->oldest_start_ms)
        || !sc_str_next(&line, ' ', &series->channel)
        || line.data == NULL)
    {
        return false;
    }

    series->queue = line;

    return true;
}


bool
sc_queue_read_begin(sc_str_t *reply)
{
    sc_str_t line;

    return sc_str_next(reply, '\n', &line) && sc_str_eq(line, SC_STR("1"));
}


sc_queue_line_t
sc_queue_read_next(sc_str_t *reply, sc_queue_depth_t *queue,
    sc_queue_series_t *series)
{
    sc_str_t line, letter;

    if (!sc_str_next(reply, '\n', &line)) {
        return SC_QUEUE_LINE_END;
    }

    if (!sc_str_next(&line, ' ', &letter)) {
        return SC_QUEUE_LINE_BAD;
    }

    if (sc_str_eq(letter, SC_STR("q")) && sc_read_depth(line, queue)) {
        return SC_QUEUE_LINE_QUEUE;
    }

    if (sc_str_eq(letter, SC_STR("s")) && sc_read_waits(line, series)) {
        return SC_QUEUE_LINE_SERIES;
    }

    return SC_QUEUE_LINE_BAD;
}


bool
sc_queue_read_sweep(sc_str_t reply, sc_queue_sweep_t *sweep)
{
    uint64_t more;
    sc_str_t word;

    memset(sweep, 0, sizeof(*sweep));
    sweep->next_ms = SC_QUEUE_UNKNOWN;

    if (sc_str_eq(reply, SC_STR("0"))) {
        return true;
    }

    if (!sc_str_next(&reply, ' ', &word) || !sc_str_eq(word, SC_STR("1"))
        || !sc_next_count(&reply, &sweep->missed)
        || !sc_next_count(&reply, &sweep->expired)
        || !sc_next_count(&reply, &more) || more > 1
        || !sc_next_number(&reply, &sweep->next_ms)
        || reply.data != NULL)
    {
        return false;
    }

    sweep->taken = true;
    sweep->more = more == 1;

    return true;
}
