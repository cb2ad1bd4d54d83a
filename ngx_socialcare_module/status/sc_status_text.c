/*
 * sc_status_text.c: formatting shared by the renderers, and which renderer a
 * request asks for.
 */

#include "sc_json_write.h"
#include "sc_status_text.h"


void
sc_status_json_element(sc_buf_t *buf)
{
    if (buf->len > 0 && buf->data[buf->len - 1] != '[') {
        sc_buf_append_byte(buf, ',');
    }

    sc_buf_append_byte(buf, '{');
}


void
sc_status_json_text(sc_buf_t *buf, const char *name, sc_str_t text)
{
    sc_json_write_name(buf, name);
    sc_json_write_string(buf, text);
}


void
sc_status_write_seconds(sc_buf_t *buf, uint64_t value, uint32_t scale)
{
    uint64_t rest, unit;

    sc_buf_append_uint(buf, value / scale);
    rest = value % scale;

    if (rest == 0) {
        return;
    }

    while (rest % 10 == 0) {
        rest /= 10;
        scale /= 10;
    }

    sc_buf_append_byte(buf, '.');

    for (unit = scale / 10; unit > rest; unit /= 10) {
        sc_buf_append_byte(buf, '0');
    }

    sc_buf_append_uint(buf, rest);
}


/* Sizes measured with large numbers: of a series, one of its windows, … */

#define SC_SIZE_REST            (64 * 1024)
#define SC_SIZE_SERIES          768
#define SC_SIZE_WINDOW          2560
#define SC_SIZE_BRAND           12288
#define SC_SIZE_QUEUE           640
#define SC_SIZE_METRICS_SERIES  2048
#define SC_SIZE_METRICS_WINDOW  9216
#define SC_SIZE_METRICS_BRIEF   3072

size_t
sc_status_size(const sc_status_t *status, bool metrics)
{
    size_t   series;
    unsigned window;

    series = metrics ? SC_SIZE_METRICS_SERIES : SC_SIZE_SERIES;

    for (window = 0; window < SC_WINDOWS; window++) {
        if ((status->windows & (1U << window)) == 0) {
            continue;
        }

        if (metrics) {
            series += status->brief ? SC_SIZE_METRICS_BRIEF
                                    : SC_SIZE_METRICS_WINDOW;

        } else {
            series += SC_SIZE_WINDOW;
        }
    }

    return SC_SIZE_REST + status->series_count * series
           + status->brands_count * SC_SIZE_BRAND
           + status->queues_count * (metrics ? 3 : 1) * SC_SIZE_QUEUE;
}


bool
sc_status_format_by_name(sc_str_t name, sc_status_format_t *format)
{
    if (sc_str_eq(name, SC_STR("json"))) {
        *format = SC_STATUS_JSON;

    } else if (sc_str_eq(name, SC_STR("prometheus"))) {
        *format = SC_STATUS_PROMETHEUS;

    } else if (sc_str_eq(name, SC_STR("html"))) {
        *format = SC_STATUS_HTML;

    } else {
        return false;
    }

    return true;
}


/* Thousandths of a q parameter (RFC 9110, 12.4.2); 1000 if there is none. */

static unsigned
sc_status_quality(sc_str_t parameters)
{
    size_t   i;
    unsigned quality, weight;
    sc_str_t part;

    while (sc_str_next(&parameters, ';', &part)) {
        part = sc_str_trim(part);

        if (part.len < 3 || (part.data[0] | 0x20) != 'q'
            || part.data[1] != '=')
        {
            continue;
        }

        quality = part.data[2] == '1' ? 1000 : 0;
        weight = 100;

        for (i = 4; i < part.len && weight > 0; i++) {
            if (part.data[i] < '0' || part.data[i] > '9') {
                break;
            }

            quality += (unsigned) (part.data[i] - '0') * weight;
            weight /= 10;
        }

        return quality;
    }

    return 1000;
}


static bool
sc_status_media_type(sc_str_t type, sc_status_format_t *format)
{
    if (sc_str_eq_nocase(type, SC_STR("application/json"))) {
        *format = SC_STATUS_JSON;

    } else if (sc_str_eq_nocase(type, SC_STR("text/plain"))
               || sc_str_eq_nocase(type,
                                   SC_STR("application/openmetrics-text")))
    {
        *format = SC_STATUS_PROMETHEUS;

    } else if (sc_str_eq_nocase(type, SC_STR("text/html"))) {
        *format = SC_STATUS_HTML;

    } else {
        return false;
    }

    return true;
}


sc_status_format_t
sc_status_negotiate(sc_str_t accept)
{
    size_t             at;
    sc_str_t           range;
    unsigned           quality, best;
    sc_status_format_t format, chosen;

    best = 0;
    chosen = SC_STATUS_JSON;

    while (sc_str_next(&accept, ',', &range)) {
        range = sc_str_trim(range);
        at = sc_str_find_byte(range, ';');

        if (!sc_status_media_type(sc_str_trim(sc_str_first(range, at)),
                                  &format))
        {
            continue;
        }

        quality = sc_status_quality(sc_str_from(range, at + 1));

        if (quality > best) {
            best = quality;
            chosen = format;
        }
    }

    return chosen;
}
