/*
 * sc_status_fairness_metrics.c: groups of customers compared, as metrics.
 */

#include "sc_status_metric.h"


typedef enum {
    SC_FAIR_SPELLS = 0,
    SC_FAIR_OPEN,
    SC_FAIR_MEDIAN,
    SC_FAIR_DUE_900,
    SC_FAIR_REPLIED_900,
    SC_FAIR_IGNORED,
    SC_FAIR_GAP
} sc_fair_number_t;

static const struct {
    const char      *channel;
    const char      *reach;
    const char      *help;
    sc_fair_number_t number;
} sc_fair_metrics[] = {
    { "socialcare_channel_waits", "socialcare_reach_waits",
      "Waits begun in the last 24 h.", SC_FAIR_SPELLS },
    { "socialcare_channel_waits_open", "socialcare_reach_waits_open",
      "Of them, those that go on.", SC_FAIR_OPEN },
    { "socialcare_channel_median_wait_seconds",
      "socialcare_reach_median_wait_seconds",
      "Median wait (Kaplan-Meier), unanswered ones included.",
      SC_FAIR_MEDIAN },
    { "socialcare_channel_due_within_15min",
      "socialcare_reach_due_within_15min",
      "Waits that reached 15 minutes in the last 24 h.", SC_FAIR_DUE_900 },
    { "socialcare_channel_replied_within_15min",
      "socialcare_reach_replied_within_15min",
      "Of them, those replied to by then.", SC_FAIR_REPLIED_900 },
    { "socialcare_channel_ignored_ratio", "socialcare_reach_ignored_ratio",
      "Waits of 7 d without a reply after 24 h.", SC_FAIR_IGNORED },
    { "socialcare_channel_wait_gap_ratio", "socialcare_reach_wait_gap_ratio",
      "Median wait over that of everybody.", SC_FAIR_GAP }
};


static void
sc_fair_ratio(sc_buf_t *buf, const char *name, const sc_label_t *labels,
    double value)
{
    sc_metric_micro(buf, name, labels, (int64_t) (value * 1e6 + 0.5));
}


static void
sc_fair_sample(sc_buf_t *buf, const char *name, const sc_label_t *labels,
    const sc_fairness_t *fairness, unsigned which, sc_fair_number_t number)
{
    double                    gap;
    const sc_group_summary_t *group;

    group = &fairness->groups[which];

    switch (number) {

    case SC_FAIR_SPELLS:
        sc_metric_uint(buf, name, labels, group->spells);
        break;

    case SC_FAIR_OPEN:
        sc_metric_uint(buf, name, labels, group->open);
        break;

    case SC_FAIR_MEDIAN:
        sc_metric_ms(buf, name, labels, group->median_ms);
        break;

    case SC_FAIR_DUE_900:
        sc_metric_uint(buf, name, labels, group->within_900.due);
        break;

    case SC_FAIR_REPLIED_900:
        sc_metric_uint(buf, name, labels, group->within_900.replied);
        break;

    case SC_FAIR_IGNORED:
        if (group->day.due > 0) {
            sc_metric_micro(buf, name, labels, 1000000
                            - sc_share_micro(group->day.replied,
                                             group->day.due));
        }

        break;

    case SC_FAIR_GAP:
        if (sc_status_wait_gap(fairness, which, &gap)) {
            sc_fair_ratio(buf, name, labels, gap);
        }

        break;
    }
}


static void
sc_fair_family(sc_buf_t *buf, const sc_status_t *status, const char *name,
    const char *help, const char *label, unsigned from, unsigned count,
    sc_fair_number_t number)
{
    size_t               i;
    unsigned             which;
    sc_label_t           labels[3];
    const sc_fairness_t *fairness;

    sc_metric_family(buf, name, "gauge", help);
    labels[0].name = "brand";
    labels[1].name = label;
    labels[2].name = NULL;

    for (i = 0; i < status->brands_count; i++) {
        fairness = status->brands[i].fairness;

        if (fairness == NULL) {
            continue;
        }

        labels[0].value = status->brands[i].brand;

        for (which = from; which < from + count; which++) {
            if (fairness->groups[which].spells > 0
                || fairness->groups[which].day.due > 0)
            {
                labels[1].value =
                    sc_str_from_cstring(sc_status_group_name(which));
                sc_fair_sample(buf, name, labels, fairness, which, number);
            }
        }
    }
}


/* Numbers of a brand: by channel and by reach. */

typedef enum {
    SC_FAIR_PARITY = 0,
    SC_FAIR_FLAGGED,
    SC_FAIR_JAIN
} sc_fair_index_t;

static const struct {
    const char     *name;
    const char     *help;
    sc_fair_index_t index;
    unsigned        from;
    unsigned        count;
} sc_fair_indices[] = {
    { "socialcare_channel_parity_ratio",
      "Lowest share within 15 min over the highest, by channel.",
      SC_FAIR_PARITY, SC_GROUP_CHANNEL, SC_GROUP_CHANNELS },
    { "socialcare_reach_parity_ratio",
      "Lowest share within 15 min over the highest, by reach.",
      SC_FAIR_PARITY, SC_GROUP_TIER, SC_TIERS },
    { "socialcare_channel_parity_flagged",
      "1: a channel is served less, and that is no chance.",
      SC_FAIR_FLAGGED, SC_GROUP_CHANNEL, SC_GROUP_CHANNELS },
    { "socialcare_reach_parity_flagged",
      "1: a tier of reach is served less, and that is no chance.",
      SC_FAIR_FLAGGED, SC_GROUP_TIER, SC_TIERS },
    { "socialcare_channel_jain_ratio",
      "Jain's index of the shares within 15 min; 1: all alike.",
      SC_FAIR_JAIN, SC_GROUP_CHANNEL, SC_GROUP_CHANNELS },
    { "socialcare_reach_jain_ratio",
      "Jain's index of the shares within 15 min; 1: all alike.",
      SC_FAIR_JAIN, SC_GROUP_TIER, SC_TIERS }
};


static void
sc_fair_index(sc_buf_t *buf, const sc_status_t *status, size_t which)
{
    size_t               i;
    double               jain;
    unsigned             from, count;
    sc_label_t           labels[2];
    sc_parity_t          parity;
    const char          *name;
    const sc_fairness_t *fairness;

    name = sc_fair_indices[which].name;
    from = sc_fair_indices[which].from;
    count = sc_fair_indices[which].count;

    sc_metric_family(buf, name, "gauge", sc_fair_indices[which].help);
    labels[0].name = "brand";
    labels[1].name = NULL;

    for (i = 0; i < status->brands_count; i++) {
        fairness = status->brands[i].fairness;

        if (fairness == NULL) {
            continue;
        }

        labels[0].value = status->brands[i].brand;

        if (sc_fair_indices[which].index == SC_FAIR_JAIN) {
            jain = sc_jain(fairness, from, count);

            if (jain >= 0) {
                sc_fair_ratio(buf, name, labels, jain);
            }

            continue;
        }

        sc_parity(fairness, from, count, &parity);

        if (sc_fair_indices[which].index == SC_FAIR_FLAGGED) {
            sc_metric_uint(buf, name, labels, parity.flagged);

        } else if (parity.known) {
            sc_fair_ratio(buf, name, labels, parity.ratio);
        }
    }
}


static void
sc_fair_brand_numbers(sc_buf_t *buf, const sc_status_t *status)
{
    size_t               i;
    double               points;
    sc_label_t           labels[2];
    const sc_fairness_t *fairness;

    labels[0].name = "brand";
    labels[1].name = NULL;

    sc_metric_family(buf, "socialcare_overtake_depth_seconds", "gauge",
                     "How much longer the most urgent wait had lasted than "
                     "the one that was answered, on average of 24 h.");

    for (i = 0; i < status->brands_count; i++) {
        fairness = status->brands[i].fairness;

        if (fairness != NULL && fairness->answers > 0) {
            labels[0].value = status->brands[i].brand;
            sc_metric_ms(buf, "socialcare_overtake_depth_seconds", labels,
                         (int64_t) (fairness->overtake_ms
                                    / fairness->answers));
        }
    }

    sc_metric_family(buf, "socialcare_ignored_gap_points", "gauge",
                     "Ignored rate of the lowest tier of reach less that of "
                     "the highest, in points.");

    for (i = 0; i < status->brands_count; i++) {
        fairness = status->brands[i].fairness;

        if (fairness != NULL && sc_ignored_gap(fairness, &points)) {
            labels[0].value = status->brands[i].brand;
            sc_metric_signed_micro(buf, "socialcare_ignored_gap_points",
                                   labels, points);
        }
    }
}


void
sc_status_write_fairness_metrics(sc_buf_t *buf, const sc_status_t *status)
{
    size_t i, count;

    count = sizeof(sc_fair_metrics) / sizeof(sc_fair_metrics[0]);

    for (i = 0; i < count; i++) {
        sc_fair_family(buf, status, sc_fair_metrics[i].channel,
                       sc_fair_metrics[i].help, "channel", SC_GROUP_CHANNEL,
                       SC_GROUP_CHANNELS, sc_fair_metrics[i].number);
        sc_fair_family(buf, status, sc_fair_metrics[i].reach,
                       sc_fair_metrics[i].help, "reach", SC_GROUP_TIER,
                       SC_TIERS, sc_fair_metrics[i].number);
    }

    count = sizeof(sc_fair_indices) / sizeof(sc_fair_indices[0]);

    for (i = 0; i < count; i++) {
        sc_fair_index(buf, status, i);
    }

    sc_fair_brand_numbers(buf, status);
}
