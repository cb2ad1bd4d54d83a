/*
 * sc_status_trends.c: burning topics, and what the detector knows, as JSON and
 * as metrics.
 *
 * Topics are words of customers' texts: they appear in the JSON document, but
 * never as labels.
 */

#include "sc_json_write.h"
#include "sc_status_metric.h"


#define SC_TRENDS_FIRST_REACH    1       /* of sc_status_group_name */
#define SC_TRENDS_FIRST_CHANNEL  8


static sc_str_t
sc_trends_channel(unsigned channel)
{
    return sc_str_from_cstring(
               sc_status_group_name(SC_TRENDS_FIRST_CHANNEL + channel));
}


/* Two decimals; may be negative. */

static void
sc_trends_number(sc_buf_t *buf, const char *name, double value)
{
    sc_json_write_name(buf, name);

    if (value < 0) {
        sc_buf_append_byte(buf, '-');
        value = -value;
    }

    sc_status_write_seconds(buf, (uint64_t) (value * 100 + 0.5), 100);
}


static int64_t
sc_trends_ms(uint32_t bucket)
{
    return (int64_t) bucket * SC_SPIKE_BUCKET_MS;
}


static void
sc_trends_shares(sc_buf_t *buf, const sc_topic_shares_t *shares, double total)
{
    unsigned i;
    uint32_t count;

    sc_json_write_name(buf, "share");
    sc_buf_append_byte(buf, '{');

    for (i = 0; i < SC_TOPICS_REACHES; i++) {
        count = sc_topic_shares_reach(shares, i, total);

        if (count > 0) {
            sc_json_write_uint(buf,
                               sc_status_group_name(SC_TRENDS_FIRST_REACH + i),
                               count);
        }
    }

    sc_buf_append_byte(buf, '}');
}


/* The members of one entry that channels and topics have in common. */

static void
sc_trends_entry(sc_buf_t *buf, unsigned state, uint32_t since,
    double count_15, double count_60, double expected_60,
    const sc_topic_shares_t *shares)
{
    sc_status_json_text(buf, "state", sc_str_from_cstring(
                               sc_spike_state_name((sc_spike_state_t) state)));
    sc_trends_number(buf, "level",
                     expected_60 > 0 ? count_60 / expected_60 : 0);
    sc_trends_number(buf, "excess", count_60 - expected_60);
    sc_json_write_int(buf, "since_ms", sc_trends_ms(since));
    sc_json_write_uint(buf, "authors_15m", (uint64_t) count_15);
    sc_json_write_uint(buf, "authors_60m", (uint64_t) count_60);
    sc_trends_number(buf, "expected_60m", expected_60);
    sc_trends_shares(buf, shares, count_60);
    sc_buf_append_byte(buf, '}');
}


static void
sc_trends_channel_json(sc_buf_t *buf, sc_str_t brand, unsigned channel,
    const sc_trends_series_t *series)
{
    if (series->state == SC_SPIKE_CALM) {
        return;
    }

    sc_status_json_element(buf);
    sc_status_json_text(buf, "brand", brand);
    sc_status_json_text(buf, "channel", sc_trends_channel(channel));
    sc_json_write_name(buf, "topic");
    sc_buf_append_literal(buf, "null");
    sc_trends_entry(buf, series->state, series->since,
                    series->reading.count_15, series->reading.count_60,
                    series->reading.expected_60, &series->shares);
}


static void
sc_trends_topic_json(sc_buf_t *buf, sc_str_t brand,
    const sc_topic_incident_t *incident)
{
    sc_status_json_element(buf);
    sc_status_json_text(buf, "brand", brand);
    sc_status_json_text(buf, "channel", sc_trends_channel(
                              sc_topic_shares_channel(&incident->shares)));
    sc_status_json_text(buf, "topic",
                        sc_str_make(incident->name, incident->len));
    sc_trends_entry(buf, incident->state, incident->since,
                    (double) incident->count_15, (double) incident->count_60,
                    (double) incident->expected_60, &incident->shares);
}


static void
sc_trends_brand_json(sc_buf_t *buf, const sc_status_brand_trends_t *brand)
{
    unsigned i;

    for (i = 0; i < SC_TOPICS_CHANNELS; i++) {
        sc_trends_channel_json(buf, brand->brand, i,
                               &brand->summary->series[i]);
    }

    for (i = 0; i < brand->summary->incidents_count; i++) {
        sc_trends_topic_json(buf, brand->brand,
                             &brand->summary->incidents[i]);
    }
}


static void
sc_trends_series_json(sc_buf_t *buf, const sc_status_brand_trends_t *brand,
    unsigned channel, int64_t now_ms)
{
    int64_t                   age_ms;
    const sc_trends_series_t *series;

    static const char *const grades[] = { "unknown", "learning", "known" };

    series = &brand->summary->series[channel];

    if (!series->used) {
        return;
    }

    age_ms = now_ms - sc_trends_ms(brand->summary->bucket + 1);

    sc_status_json_element(buf);
    sc_status_json_text(buf, "brand", brand->brand);
    sc_status_json_text(buf, "channel", sc_trends_channel(channel));
    sc_status_json_text(buf, "grade",
                   sc_str_from_cstring(grades[series->reading.grade]));
    sc_json_write_bool(buf, "topics", brand->summary->with_topics);
    sc_status_json_text(buf, "state", sc_str_from_cstring(
                       sc_spike_state_name((sc_spike_state_t) series->state)));
    sc_json_write_uint(buf, "authors_60m",
                       (uint64_t) series->reading.count_60);

    if (series->reading.grade == SC_SPIKE_UNKNOWN) {
        sc_json_write_name(buf, "expected_60m");
        sc_buf_append_literal(buf, "null");

    } else {
        sc_trends_number(buf, "expected_60m", series->reading.expected_60);
    }

    sc_json_write_int(buf, "reading_age_ms", age_ms < 0 ? 0 : age_ms);
    sc_buf_append_byte(buf, '}');
}


void
sc_status_write_trends_json(sc_buf_t *buf, const sc_status_trends_t *trends,
    int64_t now_ms)
{
    size_t   i;
    unsigned channel;

    sc_json_write_name(buf, "trends");
    sc_buf_append_byte(buf, '[');

    for (i = 0; i < trends->brands_count; i++) {
        sc_trends_brand_json(buf, &trends->brands[i]);
    }

    sc_buf_append_byte(buf, ']');

    sc_json_write_name(buf, "trend_detector");
    sc_buf_append_byte(buf, '{');
    sc_json_write_bool(buf, "on", trends->on);
    sc_json_write_uint(buf, "observed", trends->observed);
    sc_json_write_uint(buf, "repeated", trends->repeated);
    sc_json_write_uint(buf, "busy", trends->busy);
    sc_json_write_uint(buf, "without_room", trends->without_room);
    sc_json_write_name(buf, "series");
    sc_buf_append_byte(buf, '[');

    for (i = 0; i < trends->brands_count; i++) {
        for (channel = 0; channel < SC_TOPICS_CHANNELS; channel++) {
            sc_trends_series_json(buf, &trends->brands[i], channel, now_ms);
        }
    }

    sc_buf_append_literal(buf, "]}");
}


typedef enum {
    SC_TREND_STATE = 0,
    SC_TREND_LEVEL,
    SC_TREND_AUTHORS,
    SC_TREND_EXPECTED,
    SC_TREND_TOPICS_WATCH,
    SC_TREND_TOPICS_SPIKE,
    SC_TREND_METRICS
} sc_trend_metric_t;


static const struct {
    const char *name;
    const char *help;
} sc_trend_metrics[SC_TREND_METRICS] = {
    { "socialcare_trend_state",
      "Volume of a channel: 0 calm, 1 rising, 2 spike." },
    { "socialcare_trend_level",
      "Authors of the last hour over those expected." },
    { "socialcare_trend_authors",
      "Different authors of each five minutes, summed over the last hour." },
    { "socialcare_trend_expected_authors",
      "What this hour of the week usually brings." },
    { "socialcare_trend_topics_watch",
      "Topics that rise, by the channel where most of it is." },
    { "socialcare_trend_topics_spike",
      "Topics that spike, by the channel where most of it is." }
};


static uint64_t
sc_trends_topics(const sc_trends_summary_t *summary, unsigned channel,
    sc_spike_state_t state)
{
    unsigned i;
    uint64_t count;

    count = 0;

    for (i = 0; i < summary->incidents_count; i++) {
        count += summary->incidents[i].state == state
                 && sc_topic_shares_channel(&summary->incidents[i].shares)
                    == channel;
    }

    return count;
}


/* What is not known yet is omitted. */

static void
sc_trends_sample(sc_buf_t *buf, const sc_trends_summary_t *summary,
    unsigned channel, sc_trend_metric_t metric, const sc_label_t *labels)
{
    double                    level;
    const char               *name;
    const sc_trends_series_t *series;

    series = &summary->series[channel];
    name = sc_trend_metrics[metric].name;

    if (metric == SC_TREND_AUTHORS) {
        sc_metric_uint(buf, name, labels, (uint64_t) series->reading.count_60);
        return;
    }

    if (series->reading.grade == SC_SPIKE_UNKNOWN) {
        return;
    }

    switch (metric) {

    case SC_TREND_STATE:
        sc_metric_uint(buf, name, labels, series->state);
        break;

    case SC_TREND_LEVEL:
        level = series->reading.count_60 / series->reading.expected_60;
        sc_metric_micro(buf, name, labels, (int64_t) (level * 1e6));
        break;

    case SC_TREND_EXPECTED:
        sc_metric_micro(buf, name, labels,
                        (int64_t) (series->reading.expected_60 * 1e6));
        break;

    default:
        if (summary->with_topics) {
            sc_metric_uint(buf, name, labels,
                           sc_trends_topics(summary, channel,
                                            metric == SC_TREND_TOPICS_WATCH
                                            ? SC_SPIKE_WATCH
                                            : SC_SPIKE_SPIKE));
        }

        break;
    }
}


static void
sc_trends_family(sc_buf_t *buf, const sc_status_trends_t *trends,
    sc_trend_metric_t metric)
{
    size_t     i;
    unsigned   channel;
    sc_label_t labels[3];

    labels[0].name = "brand";
    labels[1].name = "channel";
    labels[2].name = NULL;

    sc_metric_family(buf, sc_trend_metrics[metric].name, "gauge",
                     sc_trend_metrics[metric].help);

    for (i = 0; i < trends->brands_count; i++) {
        labels[0].value = trends->brands[i].brand;

        for (channel = 0; channel < SC_TOPICS_CHANNELS; channel++) {
            labels[1].value = sc_trends_channel(channel);

            if (trends->brands[i].summary->series[channel].used) {
                sc_trends_sample(buf, trends->brands[i].summary, channel,
                                 metric, labels);
            }
        }
    }
}


void
sc_status_write_trends_metrics(sc_buf_t *buf,
    const sc_status_trends_t *trends)
{
    unsigned   metric;
    sc_label_t labels[2];

    if (!trends->on) {
        return;
    }

    for (metric = 0; metric < SC_TREND_METRICS; metric++) {
        sc_trends_family(buf, trends, (sc_trend_metric_t) metric);
    }

    sc_metric_plain(buf, "socialcare_trend_observed_total", "counter",
                    "Customers' mentions that trends were told of.",
                    trends->observed);
    sc_metric_plain(buf, "socialcare_trend_repeated_total", "counter",
                    "Mentions that came again and were not counted twice.",
                    trends->repeated);

    labels[0].name = "reason";
    labels[1].name = NULL;
    sc_metric_family(buf, "socialcare_trend_skipped_total", "counter",
                     "Mentions that could not be counted for trends.");
    labels[0].value = SC_STR("busy");
    sc_metric_uint(buf, "socialcare_trend_skipped_total", labels,
                   trends->busy);
    labels[0].value = SC_STR("without_room");
    sc_metric_uint(buf, "socialcare_trend_skipped_total", labels,
                   trends->without_room);
}
