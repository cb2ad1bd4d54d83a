/*
 * sc_status_queue_metrics.c: queues as metrics.
 */

#include "sc_status_metric.h"


/* Queues: counters of this machine, and the last reading of Redis. */

typedef enum {
    SC_QUEUE_COUNTER = 0,
    SC_QUEUE_GAUGE,
    SC_QUEUE_AGE,
    SC_QUEUE_RATE
} sc_queue_metric_kind_t;

typedef struct {
    const char            *name;
    const char            *help;
    sc_queue_metric_kind_t kind;
    size_t                 offset;   /* of 8 bytes in sc_status_queue_t */
} sc_queue_metric_t;

static const sc_queue_metric_t sc_queue_metrics[] = {
    { "socialcare_queue_received_total",
      "Items handed to a queue by this machine.",
      SC_QUEUE_COUNTER, offsetof(sc_status_queue_t, received) },
    { "socialcare_queue_stored_total",
      "Items that Redis stored.",
      SC_QUEUE_COUNTER, offsetof(sc_status_queue_t, stored) },
    { "socialcare_queue_duplicates_total",
      "Items that were queued before.",
      SC_QUEUE_COUNTER, offsetof(sc_status_queue_t, duplicates) },
    { "socialcare_queue_full_total",
      "Items refused because the queue was at its limit.",
      SC_QUEUE_COUNTER, offsetof(sc_status_queue_t, full) },
    { "socialcare_queue_depth",
      "Items in the queue, delivered and unacknowledged ones included.",
      SC_QUEUE_GAUGE, offsetof(sc_status_queue_t, depth) },
    { "socialcare_queue_lag",
      "Items that no worker has read.",
      SC_QUEUE_GAUGE, offsetof(sc_status_queue_t, lag) },
    { "socialcare_queue_pending",
      "Items read and not acknowledged.",
      SC_QUEUE_GAUGE, offsetof(sc_status_queue_t, pending) },
    { "socialcare_queue_dead",
      "Dead letters that wait to be looked at.",
      SC_QUEUE_GAUGE, offsetof(sc_status_queue_t, dead) },
    { "socialcare_queue_oldest_age_seconds",
      "Age of the oldest item that waits.",
      SC_QUEUE_AGE, offsetof(sc_status_queue_t, oldest_age_ms) },
    { "socialcare_queue_ready_lag_seconds",
      "How long the next item has been there without being read.",
      SC_QUEUE_AGE, offsetof(sc_status_queue_t, ready_lag_ms) },
    { "socialcare_queue_arrivals_per_second",
      "Items that come, averaged over 5 min.",
      SC_QUEUE_RATE, offsetof(sc_status_queue_t, arrival_micro) },
    { "socialcare_queue_pops_per_second",
      "Items that workers read, averaged over 5 min.",
      SC_QUEUE_RATE, offsetof(sc_status_queue_t, pop_micro) },
    { "socialcare_threads_open",
      "Threads that wait for an answer.",
      SC_QUEUE_GAUGE, offsetof(sc_status_queue_t, open) },
    { "socialcare_threads_due_soon",
      "Open threads due within 60 s.",
      SC_QUEUE_GAUGE, offsetof(sc_status_queue_t, due_soon) },
    { "socialcare_threads_breached",
      "Open threads beyond their deadline.",
      SC_QUEUE_GAUGE, offsetof(sc_status_queue_t, breached) },
    { "socialcare_queue_reading_timestamp_seconds",
      "When these were read from Redis.",
      SC_QUEUE_AGE, offsetof(sc_status_queue_t, read_ms) }
};


void
sc_status_write_queue_metrics(sc_buf_t *buf, const sc_status_t *status)
{
    size_t                   i, m, count;
    int64_t                  value;
    sc_label_t               labels[3];
    const sc_queue_metric_t *metric;

    count = sizeof(sc_queue_metrics) / sizeof(sc_queue_metrics[0]);
    labels[0].name = "brand";
    labels[1].name = "queue";
    labels[2].name = NULL;

    for (m = 0; m < count; m++) {
        metric = &sc_queue_metrics[m];
        sc_metric_family(buf, metric->name,
                         metric->kind == SC_QUEUE_COUNTER ? "counter"
                                                          : "gauge",
                         metric->help);

        for (i = 0; i < status->queues_count; i++) {
            memcpy(&value, (const unsigned char *) &status->queues[i]
                           + metric->offset, sizeof(value));
            labels[0].value = status->queues[i].brand;
            labels[1].value = status->queues[i].queue;

            if (metric->kind == SC_QUEUE_AGE) {
                sc_metric_ms(buf, metric->name, labels, value);

            } else if (metric->kind == SC_QUEUE_RATE) {
                sc_metric_micro(buf, metric->name, labels, value);

            } else {
                sc_metric_known(buf, metric->name, labels, value);
            }
        }
    }

    sc_metric_family(buf, "socialcare_queue_drain_seconds", "gauge",
                     "Until nothing waits at the present rates; +Inf: never.");

    for (i = 0; i < status->queues_count; i++) {
        labels[0].value = status->queues[i].brand;
        labels[1].value = status->queues[i].queue;

        if (sc_str_eq(sc_str_from_cstring(status->queues[i].drain),
                      SC_STR("never")))
        {
            sc_metric_infinite(buf, "socialcare_queue_drain_seconds", labels);

        } else {
            sc_metric_known(buf, "socialcare_queue_drain_seconds", labels,
                            status->queues[i].drain_s);
        }
    }
}
