/*
 * status.c: what the status publishes about one brand at one moment, computed
 * by the core alone: readings and counters in, JSON and metrics out.  Written
 * for replay.py, which asks repeatedly, at any moment of a history.
 *
 * Input, repeated:   "at NOW BYTES", a reply of read.lua of so many bytes, any
 *                    number of "hash SERIES HOUR FIELDS", each followed by as
 *                    many lines "NAME VALUE", then "end".  SERIES is the number
 *                    of a line for waits in the reply.
 * Output:            the JSON in one line, the metrics, a line with a dot.
 */

#include "sc_mention.h"
#include "sc_queue_read.h"
#include "sc_status_text.h"

#include <stdio.h>
#include <stdlib.h>


#define SERIES  64

static unsigned char         reading_text[65536];
static unsigned char         document[8 * 1024 * 1024];
static unsigned char         labels[SERIES][512];
static sc_queue_series_t     waits[SERIES];
static sc_series_tally_t     tallies[SERIES];
static sc_brand_tally_t      brand_tally;
static sc_status_series_t    series[SERIES];
static sc_recent_summary_t   recent[SERIES];
static sc_history_summary_t  history[SERIES];
static sc_slots_summary_t    slots;
static sc_hours_summary_t    hours;
static sc_fairness_t         fairness;
static sc_status_brand_t     brand;


static void
refuse(const char *what)
{
    fprintf(stderr, "status: %s\n", what);
    exit(2);
}


static sc_str_t
line(char *text, size_t size)
{
    if (fgets(text, (int) size, stdin) == NULL) {
        refuse("no line");
    }

    text[strcspn(text, "\n")] = '\0';

    return sc_str_from_cstring(text);
}


/* A word, and as many numbers behind it. */

static bool
read_numbers(sc_str_t rest, const char *word, uint64_t *numbers, size_t count)
{
    size_t   i;
    sc_str_t part;

    if (!sc_str_next(&rest, ' ', &part)
        || !sc_str_eq(part, sc_str_from_cstring(word)))
    {
        return false;
    }

    for (i = 0; i < count; i++) {
        if (!sc_str_next(&rest, ' ', &part)
            || !sc_str_to_uint64(part, &numbers[i]))
        {
            return false;
        }
    }

    return true;
}


static size_t
read_answer(size_t bytes)
{
    size_t           count;
    sc_str_t         answer;
    sc_queue_line_t  line;
    sc_queue_depth_t queue;

    if (bytes > sizeof(reading_text)
        || fread(reading_text, 1, bytes, stdin) != bytes)
    {
        refuse("no answer");
    }

    count = 0;
    answer = sc_str_make(reading_text, bytes);
    line = sc_queue_read_begin(&answer) ? SC_QUEUE_LINE_QUEUE
                                        : SC_QUEUE_LINE_BAD;

    while (line != SC_QUEUE_LINE_END) {

        if (line == SC_QUEUE_LINE_BAD || count == SERIES) {
            refuse("not an answer of read.lua");
        }

        line = sc_queue_read_next(&answer, &queue, &waits[count]);
        count += line == SC_QUEUE_LINE_SERIES;
    }

    return count;
}


static void
add_hash(const sc_plan_t *plan, size_t which, int64_t hour, uint64_t fields)
{
    char              text[256];
    sc_str_t          rest, name;
    sc_channel_t      channel;
    static sc_tally_t tally;

    if (!sc_channel_by_name(waits[which].channel, &channel)) {
        channel = SC_CHANNEL_OTHER;
    }

    sc_tally_begin(&tally, plan, &tallies[which], &brand_tally, channel, hour);

    while (fields-- > 0) {
        rest = line(text, sizeof(text));
        (void) sc_str_next(&rest, ' ', &name);
        sc_tally_add(&tally, name, rest);
    }

    sc_tally_end(&tally);

    if (tally.unknown > 0) {
        refuse("a counter is not understood");
    }
}


static void
add_hashes(const sc_plan_t *plan, size_t count)
{
    char     text[256];
    uint64_t numbers[3];

    while (strcmp((const char *) line(text, sizeof(text)).data, "end") != 0) {

        if (!read_numbers(sc_str_from_cstring(text), "hash", numbers, 3)
            || numbers[0] >= count)
        {
            refuse("not a hash");
        }

        add_hash(plan, (size_t) numbers[0], (int64_t) numbers[1], numbers[2]);
    }
}


static void
summarize(size_t which, int64_t now_ms)
{
    sc_buf_t            buf;
    sc_status_series_t *one;

    one = &series[which];
    one->brand = SC_STR("default");
    one->queue = waits[which].queue;
    one->channel = waits[which].channel;
    one->open = (int64_t) waits[which].open;
    one->due_soon = (int64_t) waits[which].due_soon;
    one->at_risk = (int64_t) waits[which].at_risk;
    one->breached = (int64_t) waits[which].late;
    one->earliest_due_ms = waits[which].earliest_ms;
    one->oldest_start_ms = waits[which].oldest_start_ms;
    one->read_ms = now_ms;

    sc_buf_init_fixed(&buf, labels[which], sizeof(labels[which]));
    sc_status_write_labels(&buf, one->brand, one->queue, one->channel);
    one->labels = sc_buf_str(&buf);

    sc_summary_recent(&tallies[which], now_ms, &recent[which]);
    sc_summary_history(&tallies[which], now_ms, &history[which]);
    one->recent = &recent[which];
    one->history = &history[which];
}


static void
publish(int64_t now_ms, size_t count)
{
    size_t      i;
    sc_buf_t    buf;
    sc_status_t status;

    memset(&status, 0, sizeof(status));
    status.now_ms = now_ms;
    status.windows = (1U << SC_WINDOWS) - 1;
    status.series = series;
    status.series_count = count;
    status.brands = &brand;
    status.brands_count = 1;

    for (i = 0; i < count; i++) {
        summarize(i, now_ms);
    }

    sc_summary_slots(&brand_tally, now_ms, &slots);
    sc_summary_hours(&brand_tally, now_ms, &hours);
    sc_fairness_summarize(&brand_tally, now_ms, &fairness);
    brand.brand = SC_STR("default");
    brand.slots = &slots;
    brand.hours = &hours;
    brand.fairness = &fairness;

    sc_buf_init_fixed(&buf, document, sizeof(document));
    sc_buf_append_literal(&buf, "{\"now_ms\":");
    sc_buf_append_int(&buf, now_ms);
    sc_status_write_care_json(&buf, &status);
    sc_buf_append_literal(&buf, "}\n");
    sc_status_write_care_metrics(&buf, &status);
    sc_buf_append_literal(&buf, ".\n");

    if (buf.failed) {
        refuse("no room");
    }

    (void) fwrite(buf.data, 1, buf.len, stdout);
    (void) fflush(stdout);
}


int
main(void)
{
    char      text[256];
    size_t    count;
    int64_t   now_ms;
    uint64_t  numbers[2];
    sc_plan_t plan;

    while (fgets(text, sizeof(text), stdin) != NULL) {
        text[strcspn(text, "\n")] = '\0';

        if (!read_numbers(sc_str_from_cstring(text), "at", numbers, 2)) {
            refuse("not a moment");
        }

        now_ms = (int64_t) numbers[0];
        count = read_answer((size_t) numbers[1]);
        memset(tallies, 0, sizeof(tallies));
        memset(&brand_tally, 0, sizeof(brand_tally));
        sc_plan_init(&plan, now_ms);
        add_hashes(&plan, count);
        publish(now_ms, count);
    }

    return 0;
}
