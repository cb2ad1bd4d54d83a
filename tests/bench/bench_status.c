/*
 * bench_status.c: what rendering one scrape costs with many brands.
 *
 *     bench_status [brands [queues]]
 *
 * By default 100 brands with 5 queues each, every number set, in all windows.
 * Prints bytes and milliseconds, the minimum of many rounds (other load on the
 * machine can only add to it): of the JSON document, of the metrics, and of one
 * brand.
 */

#define _XOPEN_SOURCE 700

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sc_status.h"


#define ROUNDS  30
#define LIMIT   (64 * 1024 * 1024)
#define NOW_MS  INT64_C(1768468800000)


typedef void (*write_fn)(sc_buf_t *buf, const sc_status_t *status);


static double
now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec * 1e3 + (double) ts.tv_nsec / 1e6;
}


static void *
allocate(size_t count, size_t size)
{
    void *memory;

    memory = calloc(count, size);

    if (memory == NULL) {
        perror("bench_status");
        exit(1);
    }

    return memory;
}


static sc_str_t
name(const char *prefix, size_t n)
{
    sc_buf_t       buf;
    unsigned char *text;

    text = allocate(1, 32);
    sc_buf_init_fixed(&buf, text, 32);
    sc_buf_append_str(&buf, sc_str_from_cstring(prefix));
    sc_buf_append_uint(&buf, n);

    return sc_buf_str(&buf);
}


/* Every word a number of some digits. */

static void
fill(void *summary, size_t size)
{
    size_t   i;
    uint32_t value, *words;

    words = summary;

    for (i = 0; i < size / sizeof(uint32_t); i++) {
        value = (uint32_t) (i * 2654435761U);
        words[i] = value % (i % 3 == 0 ? 100 : 5000);
    }
}


static void
prepare(sc_status_t *status, size_t brands, size_t queues)
{
    size_t                b, q, n;
    sc_buf_t              labels;
    sc_status_queue_t    *queue;
    sc_status_brand_t    *brand;
    sc_status_series_t   *series;
    sc_slots_summary_t   *slots;
    sc_hours_summary_t   *hours;
    sc_fairness_t        *fairness;
    sc_recent_summary_t  *recent;
    sc_history_summary_t *history;

    memset(status, 0, sizeof(*status));
    queue = allocate(brands * queues, sizeof(*queue));
    series = allocate(brands * queues, sizeof(*series));
    brand = allocate(brands, sizeof(*brand));

    for (b = 0; b < brands; b++) {
        slots = allocate(1, sizeof(*slots));
        hours = allocate(1, sizeof(*hours));
        fairness = allocate(1, sizeof(*fairness));
        fill(slots, sizeof(*slots));
        fill(hours, sizeof(*hours));
        fill(fairness, sizeof(*fairness));
        slots->now_ms = hours->now_ms = fairness->now_ms = NOW_MS;

        brand[b].brand = name("brand-", b);
        brand[b].slots = slots;
        brand[b].hours = hours;
        brand[b].fairness = fairness;

        for (q = 0; q < queues; q++) {
            n = b * queues + q;
            recent = allocate(1, sizeof(*recent));
            history = allocate(1, sizeof(*history));
            fill(recent, sizeof(*recent));
            fill(history, sizeof(*history));
            recent->now_ms = history->now_ms = NOW_MS;

            queue[n].brand = brand[b].brand;
            queue[n].queue = name("queue-", q);
            queue[n].drain = "finite";
            series[n].brand = brand[b].brand;
            series[n].queue = queue[n].queue;
            series[n].channel = SC_STR("messaging");
            series[n].recent = recent;
            series[n].history = history;
            series[n].read_ms = NOW_MS;

            sc_buf_init_fixed(&labels, allocate(1, 256), 256);
            sc_status_write_labels(&labels, series[n].brand, series[n].queue,
                                   series[n].channel);
            series[n].labels = sc_buf_str(&labels);
        }
    }

    status->version = status->server_version = status->build = "bench";
    status->redis.state = status->redis.durability = "unknown";
    status->now_ms = NOW_MS + 5000;
    status->queues = queue;
    status->queues_count = brands * queues;
    status->series = series;
    status->series_count = brands * queues;
    status->brands = brand;
    status->brands_count = brands;
}


static void
measure(const char *what, write_fn write, const sc_status_t *status,
    unsigned char *memory)
{
    int      i;
    double   begin, took, least;
    sc_buf_t buf;

    least = 1e9;

    for (i = 0; i < ROUNDS; i++) {
        sc_buf_init_fixed(&buf, memory, LIMIT);
        begin = now_ms();
        write(&buf, status);
        took = now_ms() - begin;
        least = took < least ? took : least;
    }

    if (buf.failed) {
        (void) fprintf(stderr, "bench_status: %s does not fit\n", what);
        exit(1);
    }

    (void) printf("%-34s %8.1f KB (%.1f reserved) %8.2f ms\n", what,
                  (double) buf.len / 1024,
                  (double) sc_status_size(status,
                                          write == sc_status_write_prometheus)
                  / 1024, least);
}


int
main(int argc, char **argv)
{
    size_t         brands, queues;
    sc_status_t    status;
    unsigned char *memory;

    brands = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    queues = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;
    memory = allocate(1, LIMIT);

    prepare(&status, brands, queues);

    status.windows = 1U << SC_WINDOW_24H;
    measure("JSON, window 24h", sc_status_write_json, &status, memory);
    status.windows = 15;
    measure("JSON, all windows", sc_status_write_json, &status, memory);
    measure("metrics, all windows", sc_status_write_prometheus, &status,
            memory);
    status.windows = (1U << SC_WINDOW_1H) | (1U << SC_WINDOW_24H);
    status.brief = true;
    measure("metrics, 1h and 24h (default)", sc_status_write_prometheus,
            &status, memory);
    status.windows = 15;
    status.queues_count = status.series_count = queues;
    status.brands_count = 1;
    measure("JSON of one brand, all windows", sc_status_write_json, &status,
            memory);

    return 0;
}
