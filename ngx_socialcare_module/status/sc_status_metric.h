/*
 * sc_status_metric.h: the pieces that sc_status_prometheus.c is made of: a
 * family's head, a sample with its labels, a histogram.
 */

#ifndef SC_STATUS_METRIC_H
#define SC_STATUS_METRIC_H

#include "sc_status_text.h"


/* A label's name and value; a NULL name ends a list of them. */
typedef struct {
    const char *name;
    sc_str_t    value;
} sc_label_t;


/* HELP and TYPE: once per family, before its samples. */
void sc_metric_family(sc_buf_t *buf, const char *name, const char *type,
    const char *help);

/* One sample.  _known and _ms leave out what is negative: unknown, never. */
void sc_metric_uint(sc_buf_t *buf, const char *name, const sc_label_t *labels,
    uint64_t value);
void sc_metric_known(sc_buf_t *buf, const char *name,
    const sc_label_t *labels, int64_t value);

/* Milliseconds, written as seconds. */
void sc_metric_ms(sc_buf_t *buf, const char *name, const sc_label_t *labels,
    int64_t ms);

/* Millionths; what is negative is left out. */
void sc_metric_micro(sc_buf_t *buf, const char *name,
    const sc_label_t *labels, int64_t micro);

/* Six decimals, of either sign. */
void sc_metric_signed_micro(sc_buf_t *buf, const char *name,
    const sc_label_t *labels, double value);

void sc_metric_infinite(sc_buf_t *buf, const char *name,
    const sc_label_t *labels);

/* A label's value with \, " and line ends escaped. */
void sc_metric_label_value(sc_buf_t *buf, sc_str_t value);

/* A family of one sample without labels. */
void sc_metric_plain(sc_buf_t *buf, const char *name, const char *type,
    const char *help, uint64_t value);
void sc_metric_plain_ms(sc_buf_t *buf, const char *name, const char *help,
    int64_t ms);

/* A family of counters, each with the label `reason`. */
void sc_metric_reasons(sc_buf_t *buf, const char *name, const char *help,
    const sc_status_counter_t *counters, size_t count);

/* All lines of one platform's histogram. */
void sc_metric_histogram(sc_buf_t *buf, const char *name, sc_str_t platform,
    const sc_status_histogram_t *histogram);

#endif /* SC_STATUS_METRIC_H */
