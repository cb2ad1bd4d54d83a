/*
 * sc_trends.c: feeds the channels' series and the topics of a brand.
 */

#include <string.h>

#include "sc_trends.h"


void
sc_trends_init(sc_trends_t *trends, sc_topics_t *topics, uint32_t bucket)
{
    unsigned i;

    memset(trends, 0, sizeof(*trends));
    trends->bucket = bucket;
    trends->topics = topics;

    for (i = 0; i < SC_TOPICS_CHANNELS; i++) {
        sc_spike_init(&trends->channels[i].spike);
    }
}


const sc_topic_incident_t *
sc_trends_observe(sc_trends_t *trends, const sc_trends_mention_t *mention)
{
    sc_trends_channel_t *channel;

    channel = &trends->channels[mention->channel];

    if (!mention->counted) {
        channel->used = 1;
        sc_bitmap_add(&channel->authors, mention->author);
        sc_distinct_add(&channel->distinct, mention->author);
        sc_topic_shares_add(&channel->shares, mention->channel,
                            mention->reach);
    }

    return trends->topics == NULL ? NULL
           : sc_topics_observe(trends->topics, mention->keys, mention->author,
                               mention->channel, mention->reach,
                               mention->counted);
}


static void
sc_trends_close_channel(sc_trends_channel_t *channel, uint32_t closed,
    uint32_t bucket)
{
    sc_distinct_view_t view;

    sc_distinct_view(&channel->distinct, &view);
    sc_spike_add(&channel->spike, closed,
                 (uint32_t) (sc_bitmap_count(&channel->authors) + 0.5),
                 sc_distinct_count(&view));

    memset(&channel->authors, 0, sizeof(channel->authors));

    if (closed / (SC_SPIKE_HOUR / 2) != bucket / (SC_SPIKE_HOUR / 2)) {
        sc_distinct_turn(&channel->distinct);
        sc_topic_shares_age(&channel->shares);
    }
}


/* The brand as a whole: sums, and the grade of its best known channel. */

static void
sc_trends_add(sc_spike_reading_t *brand, const sc_spike_reading_t *channel)
{
    brand->count += channel->count;
    brand->count_15 += channel->count_15;
    brand->count_60 += channel->count_60;
    brand->expected += channel->expected;
    brand->expected_15 += channel->expected_15;
    brand->expected_60 += channel->expected_60;
    brand->dispersion += channel->dispersion * channel->expected_60;
    brand->grade = channel->grade > brand->grade ? channel->grade
                                                 : brand->grade;
}


void
sc_trends_close(sc_trends_t *trends, uint32_t bucket)
{
    unsigned             i;
    sc_spike_reading_t   brand, reading;
    sc_trends_channel_t *channel;

    memset(&brand, 0, sizeof(brand));

    for (i = 0; i < SC_TOPICS_CHANNELS; i++) {
        channel = &trends->channels[i];

        if (channel->used) {
            sc_trends_close_channel(channel, trends->bucket, bucket);
            sc_spike_read(&channel->spike, &reading);
            sc_trends_add(&brand, &reading);
        }
    }

    brand.dispersion = brand.expected_60 > 0
                       ? brand.dispersion / brand.expected_60 : 1;

    if (trends->topics != NULL) {
        sc_topics_close(trends->topics, &brand, bucket);
    }

    trends->bucket = bucket;
}


void
sc_trends_summarise(const sc_trends_t *trends, sc_trends_summary_t *summary)
{
    unsigned                   i;
    sc_trends_series_t        *series;
    const sc_trends_channel_t *channel;

    memset(summary, 0, sizeof(*summary));
    summary->bucket = trends->bucket - 1;
    summary->with_topics = trends->topics != NULL;

    for (i = 0; i < SC_TOPICS_CHANNELS; i++) {
        channel = &trends->channels[i];
        series = &summary->series[i];

        if (channel->used) {
            series->used = true;
            series->state = channel->spike.alarm.state;
            series->since = channel->spike.alarm.since;
            series->shares = channel->shares;
            sc_spike_read(&channel->spike, &series->reading);
        }
    }

    if (trends->topics != NULL) {
        summary->incidents_count = trends->topics->incidents_count;
        memcpy(summary->incidents, trends->topics->incidents,
               sizeof(summary->incidents));
    }
}
