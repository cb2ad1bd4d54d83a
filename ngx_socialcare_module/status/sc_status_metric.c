/*
 * sc_status_metric.c: lines of Prometheus' text format (version 0.0.4).
 *
 * Knows the format, not what the numbers mean.
 */

#include "sc_status_metric.h"


void
sc_metric_family(sc_buf_t *buf, const char *name, const char *type,
    const char *help)
{
    sc_str_t text;

    text = sc_str_from_cstring(name);

    sc_buf_append_literal(buf, "# HELP ");
    sc_buf_append_str(buf, text);
    sc_buf_append_byte(buf, ' ');
    sc_buf_append_str(buf, sc_str_from_cstring(help));
    sc_buf_append_literal(buf, "\n# TYPE ");
    sc_buf_append_str(buf, text);
    sc_buf_append_byte(buf, ' ');
    sc_buf_append_str(buf, sc_str_from_cstring(type));
    sc_buf_append_byte(buf, '\n');
}


void
sc_metric_label_value(sc_buf_t *buf, sc_str_t value)
{
    size_t i;

    if (value.data == NULL) {
        return;
    }

    for (i = 0; i < value.len; i++) {
        switch (value.data[i]) {

        case '\\':
            sc_buf_append_literal(buf, "\\\\");
            break;

        case '"':
            sc_buf_append_literal(buf, "\\\"");
            break;

        case '\n':
            sc_buf_append_literal(buf, "\\n");
            break;

        default:
            sc_buf_append_byte(buf, value.data[i]);
            break;
        }
    }
}


/* name{a="b",c="d"} and a space: what precedes a value. */

static void
sc_metric_name(sc_buf_t *buf, const char *name, const char *suffix,
    const sc_label_t *labels)
{
    unsigned char separator;

    sc_buf_append_str(buf, sc_str_from_cstring(name));
    sc_buf_append_str(buf, sc_str_from_cstring(suffix));

    separator = '{';

    for ( /* void */ ; labels->name != NULL; labels++) {
        sc_buf_append_byte(buf, separator);
        sc_buf_append_str(buf, sc_str_from_cstring(labels->name));
        sc_buf_append_literal(buf, "=\"");
        sc_metric_label_value(buf, labels->value);
        sc_buf_append_byte(buf, '"');
        separator = ',';
    }

    if (separator == ',') {
        sc_buf_append_byte(buf, '}');
    }

    sc_buf_append_byte(buf, ' ');
}


void
sc_metric_uint(sc_buf_t *buf, const char *name, const sc_label_t *labels,
    uint64_t value)
{
    sc_metric_name(buf, name, "", labels);
    sc_buf_append_uint(buf, value);
    sc_buf_append_byte(buf, '\n');
}


void
sc_metric_ms(sc_buf_t *buf, const char *name, const sc_label_t *labels,
    int64_t ms)
{
    if (ms < 0) {
        return;
    }

    sc_metric_name(buf, name, "", labels);
    sc_status_write_seconds(buf, (uint64_t) ms, 1000);
    sc_buf_append_byte(buf, '\n');
}


void
sc_metric_micro(sc_buf_t *buf, const char *name, const sc_label_t *labels,
    int64_t micro)
{
    if (micro < 0) {
        return;
    }

    sc_metric_name(buf, name, "", labels);
    sc_status_write_seconds(buf, (uint64_t) micro, 1000000);
    sc_buf_append_byte(buf, '\n');
}


void
sc_metric_signed_micro(sc_buf_t *buf, const char *name,
    const sc_label_t *labels, double value)
{
    sc_metric_name(buf, name, "", labels);

    if (value < 0) {
        sc_buf_append_byte(buf, '-');
        value = -value;
    }

    sc_status_write_seconds(buf, (uint64_t) (value * 1e6 + 0.5), 1000000);
    sc_buf_append_byte(buf, '\n');
}


void
sc_metric_infinite(sc_buf_t *buf, const char *name, const sc_label_t *labels)
{
    sc_metric_name(buf, name, "", labels);
    sc_buf_append_literal(buf, "+Inf\n");
}


void
sc_metric_known(sc_buf_t *buf, const char *name, const sc_label_t *labels,
    int64_t value)
{
    if (value >= 0) {
        sc_metric_uint(buf, name, labels, (uint64_t) value);
    }
}


void
sc_metric_plain(sc_buf_t *buf, const char *name, const char *type,
    const char *help, uint64_t value)
{
    static const sc_label_t none[] = { { NULL, SC_STR_INIT("") } };

    sc_metric_family(buf, name, type, help);
    sc_metric_uint(buf, name, none, value);
}


void
sc_metric_reasons(sc_buf_t *buf, const char *name, const char *help,
    const sc_status_counter_t *counters, size_t count)
{
    size_t     i;
    sc_label_t labels[2];

    labels[0].name = "reason";
    labels[1].name = NULL;

    sc_metric_family(buf, name, "counter", help);

    for (i = 0; i < count; i++) {
        labels[0].value = sc_str_from_cstring(counters[i].name);
        sc_metric_uint(buf, name, labels, counters[i].value);
    }
}


void
sc_metric_plain_ms(sc_buf_t *buf, const char *name, const char *help,
    int64_t ms)
{
    static const sc_label_t none[] = { { NULL, SC_STR_INIT("") } };

    sc_metric_family(buf, name, "gauge", help);
    sc_metric_ms(buf, name, none, ms);
}


void
sc_metric_histogram(sc_buf_t *buf, const char *name, sc_str_t platform,
    const sc_status_histogram_t *histogram)
{
    size_t        i;
    uint64_t      total;
    sc_buf_t      bound;
    sc_label_t    labels[3];
    unsigned char text[32];

    labels[0].name = "platform";
    labels[0].value = platform;
    labels[1].name = "le";
    labels[2].name = NULL;
    total = 0;

    for (i = 0; i < histogram->count; i++) {
        total += histogram->buckets[i];
        sc_buf_init_fixed(&bound, text, sizeof(text));

        if (i + 1 < histogram->count) {
            sc_status_write_seconds(&bound, histogram->bounds[i],
                                    histogram->scale);

        } else {
            sc_buf_append_literal(&bound, "+Inf");
        }

        labels[1].value = sc_buf_str(&bound);
        sc_metric_name(buf, name, "_bucket", labels);
        sc_buf_append_uint(buf, total);
        sc_buf_append_byte(buf, '\n');
    }

    labels[1].name = NULL;
    sc_metric_name(buf, name, "_sum", labels);
    sc_status_write_seconds(buf, histogram->sum, histogram->sum_scale);
    sc_buf_append_byte(buf, '\n');
    sc_metric_name(buf, name, "_count", labels);
    sc_buf_append_uint(buf, total);
    sc_buf_append_byte(buf, '\n');
}
