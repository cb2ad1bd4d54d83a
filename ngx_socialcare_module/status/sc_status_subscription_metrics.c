/*
 * sc_status_subscription_metrics.c: whether the platforms still report events
 * to us, as metrics: subscriptions that expire, and the brand's own replies.
 */

#include "sc_status_metric.h"


static void
sc_metrics_leases(sc_buf_t *buf, const sc_status_t *status)
{
    size_t                   i;
    sc_label_t               labels[3];
    const sc_status_lease_t *lease;

    labels[0].name = "platform";
    labels[1].name = "topic";
    labels[2].name = NULL;

    sc_metric_family(buf, "socialcare_subscription_lease_seconds", "gauge",
                     "Until a subscription ends unless it is renewed; 0: it "
                     "has ended.");

    for (i = 0; i < status->leases_count; i++) {
        lease = &status->leases[i];

        if (lease->ends_ms != SC_STATUS_UNKNOWN) {
            labels[0].value = lease->platform;
            labels[1].value = lease->topic;
            sc_metric_uint(buf, "socialcare_subscription_lease_seconds",
                           labels, sc_status_lease_s(lease, status->now_ms));
        }
    }
}


static void
sc_metrics_own_replies(sc_buf_t *buf, const sc_status_t *status)
{
    size_t     i;
    sc_label_t labels[3];

    labels[0].name = "brand";
    labels[1].name = "platform";
    labels[2].name = NULL;

    sc_metric_family(buf, "socialcare_own_replies_missing", "gauge",
                     "1 when customers have been writing for 24 h and no "
                     "reply of the brand was seen.");

    for (i = 0; i < status->own_count; i++) {
        labels[0].value = status->own[i].brand;
        labels[1].value = status->own[i].platform;
        sc_metric_uint(buf, "socialcare_own_replies_missing", labels,
                       status->own[i].missing);
    }

    sc_metric_family(buf, "socialcare_own_reply_timestamp_seconds", "gauge",
                     "When the brand's last own reply was seen.");

    for (i = 0; i < status->own_count; i++) {
        labels[0].value = status->own[i].brand;
        labels[1].value = status->own[i].platform;
        sc_metric_ms(buf, "socialcare_own_reply_timestamp_seconds", labels,
                     status->own[i].reply_ms);
    }
}


void
sc_status_write_subscription_metrics(sc_buf_t *buf, const sc_status_t *status)
{
    sc_metrics_leases(buf, status);
    sc_metrics_own_replies(buf, status);
}
