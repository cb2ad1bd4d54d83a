/*
 * sc_status_text.h: what the renderers share.  Only files of this folder
 * include it.
 */

#ifndef SC_STATUS_TEXT_H
#define SC_STATUS_TEXT_H

#include "sc_status.h"


/* Opens the next object of an array. */
void sc_status_json_element(sc_buf_t *buf);

/* Any text, even an empty one. */
void sc_status_json_text(sc_buf_t *buf, const char *name, sc_str_t text);

/* `sla`, `history` and `fairness` of the JSON document, after a comma each. */
void sc_status_write_care_json(sc_buf_t *buf, const sc_status_t *status);

/* The same as metrics. */
void sc_status_write_care_metrics(sc_buf_t *buf, const sc_status_t *status);

/* Queues as metrics. */
void sc_status_write_queue_metrics(sc_buf_t *buf, const sc_status_t *status);

/* Subscriptions and own replies as metrics. */
void sc_status_write_subscription_metrics(sc_buf_t *buf,
    const sc_status_t *status);

/* Tolerated difference between workers' clocks, and by clock adjustments. */
#define SC_STATUS_SKEW_MS  5000

/*
 * How long ago.  Unknown if it never happened, or lies in the future: then the
 * clock was set back, and to call the value fresh would be a lie.
 */
static inline int64_t
sc_status_age(int64_t now_ms, int64_t then_ms)
{
    if (then_ms < 0 || then_ms - now_ms > SC_STATUS_SKEW_MS) {
        return SC_STATUS_UNKNOWN;
    }

    return now_ms > then_ms ? now_ms - then_ms : 0;
}


/* Seconds until it ends, 0 afterwards; ends_ms must be known. */
static inline uint64_t
sc_status_lease_s(const sc_status_lease_t *lease, int64_t now_ms)
{
    return lease->ends_ms <= now_ms
           ? 0 : (uint64_t) (lease->ends_ms - now_ms) / 1000;
}


/* Groups of customers as metrics. */
void sc_status_write_fairness_metrics(sc_buf_t *buf,
    const sc_status_t *status);

/* `trends` and `trend_detector`, as JSON and as metrics. */
void sc_status_write_trends_json(sc_buf_t *buf,
    const sc_status_trends_t *trends, int64_t now_ms);
void sc_status_write_trends_metrics(sc_buf_t *buf,
    const sc_status_trends_t *trends);

/* One brand's element of `fairness`. */
void sc_status_write_fairness_json(sc_buf_t *buf, sc_str_t brand,
    const sc_fairness_t *fairness);

/* all, 0-99, … unknown, social, … other: as in the mention's schema. */
const char *sc_status_group_name(unsigned group);

/* Ratio of a group's median wait to everybody's; false: one is unknown. */
bool sc_status_wait_gap(const sc_fairness_t *fairness, unsigned group,
    double *gap);

/* `value` / `scale` as a decimal number of seconds; scale is a power of 10. */
void sc_status_write_seconds(sc_buf_t *buf, uint64_t value, uint32_t scale);

#endif /* SC_STATUS_TEXT_H */
