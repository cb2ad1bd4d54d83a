/*
 * sc_status_metric.h: the building blocks of the metrics: a family's head, a
 * sample with its labels, a histogram.
 */

#ifndef SC_STATUS_METRIC_H
#define SC_STATUS_METRIC_H

#include "sc_status_text.h"


/* A label's name and value; a NULL name terminates an array of labels. */
typedef struct {
    const char *name;
    sc_str_t    value;
} sc_label_t;


/* HELP and TYPE: once per family, before its samples. */
void sc_metric_family(sc_buf_t *buf, const char *name, const char *type,
    const char *help);

/* One sample.  _known and _ms omit negative values (unknown, never). */
void sc_metric_uint(sc_buf_t *buf, const char *name, const sc_label_t *labels,
    uint64_t value);
void sc_metric_known(sc_buf_t *buf, const char *name,
    const sc_label_t *labels, int64_t value);

/* Milliseconds, written as seconds. */
void sc_metric_ms(sc_buf_t *buf, const char *name, const sc_label_t *labels,
    int64_t ms);

/* Millionths; negative values are omitted. */
void sc_metric_micro(sc_buf_t *buf, const char *name,
    const sc_label_t *labels, int64_t micro);

/* Six decimals; may be negative. */
void sc_metric_signed_micro(sc_buf_t *buf, const char *name,
    const sc_label_t *labels, double value);

void sc_metric_infinite(sc_buf_t *buf, const char *name,
    const sc_label_t *labels);

/* A label's value, with \, " and line ends escaped. */
void sc_metric_label_value(sc_buf_t *buf, sc_str_t value);

/* A family with a single sample without labels. */
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
