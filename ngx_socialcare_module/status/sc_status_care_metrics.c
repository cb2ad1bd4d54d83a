/*
 * sc_status_care_metrics.c: waits, windows and fairness as Prometheus metrics.
 *
 * Numbers of a window are gauges: they fall as the window moves.  With a
 * hundred brands this is most of the text, so the labels of a series come
 * already escaped, and a sample is three copies and a number.
 */

#include "sc_status_metric.h"


void
sc_status_write_labels(sc_buf_t *buf, sc_str_t brand, sc_str_t queue,
    sc_str_t channel)
{
    sc_buf_append_literal(buf, "{brand=\"");
    sc_metric_label_value(buf, brand);
    sc_buf_append_literal(buf, "\",queue=\"");
    sc_metric_label_value(buf, queue);
    sc_buf_append_literal(buf, "\",channel=\"");
    sc_metric_label_value(buf, channel);
    sc_buf_append_byte(buf, '"');
}


/* One number per series. */

typedef enum {
    SC_CARE_COUNT = 0,
    SC_CARE_SECONDS,           /* ms */
    SC_CARE_AGE                /* ms; shown as its age */
} sc_care_kind_t;

typedef struct {
    sc_str_t       name;
    const char    *help;
    sc_care_kind_t kind;
    size_t         offset;     /* of an int64_t in sc_status_series_t */
} sc_care_gauge_t;

static const sc_care_gauge_t sc_care_gauges[] = {
    { SC_STR_INIT("socialcare_waits_open"),
      "Waits for an answer, by channel.",
      SC_CARE_COUNT, offsetof(sc_status_series_t, open) },
    { SC_STR_INIT("socialcare_waits_due_soon"),
      "Open waits due within 60 s.",
      SC_CARE_COUNT, offsetof(sc_status_series_t, due_soon) },
    { SC_STR_INIT("socialcare_waits_at_risk"),
      "Open waits with less than a fifth of their time left.",
      SC_CARE_COUNT, offsetof(sc_status_series_t, at_risk) },
    { SC_STR_INIT("socialcare_waits_breached"),
      "Open waits beyond their deadline.",
      SC_CARE_COUNT, offsetof(sc_status_series_t, breached) },
    { SC_STR_INIT("socialcare_waits_earliest_due_timestamp_seconds"),
      "The next deadline.",
      SC_CARE_SECONDS, offsetof(sc_status_series_t, earliest_due_ms) },
    { SC_STR_INIT("socialcare_waits_oldest_seconds"),
      "Age of the longest open wait.",
      SC_CARE_AGE, offsetof(sc_status_series_t, oldest_start_ms) },
    { SC_STR_INIT("socialcare_waits_reading_timestamp_seconds"),
      "When these were read from Redis.",
      SC_CARE_SECONDS, offsetof(sc_status_series_t, read_ms) }
};


static void
sc_care_gauge_samples(sc_buf_t *buf, const sc_status_t *status,
    const sc_care_gauge_t *gauge)
{
    size_t                    i;
    int64_t                   value;
    const sc_status_series_t *series;

    for (i = 0; i < status->series_count; i++) {
        series = &status->series[i];
        memcpy(&value, (const unsigned char *) series + gauge->offset,
               sizeof(value));

        if (value < 0) {
            continue;
        }

        if (gauge->kind == SC_CARE_AGE) {
            value = status->now_ms > value ? status->now_ms - value : 0;
        }

        sc_buf_append_str(buf, gauge->name);
        sc_buf_append_str(buf, series->labels);
        sc_buf_append_literal(buf, "} ");
        sc_status_write_seconds(buf, (uint64_t) value,
                                gauge->kind == SC_CARE_COUNT ? 1 : 1000);
        sc_buf_append_byte(buf, '\n');
    }
}


/* Numbers of a window. */

typedef enum {
    SC_WINDOW_NUMBER = 0,      /* at: offset of a uint32_t */
    SC_WINDOW_WITHIN_15,
    SC_WINDOW_ATTAINMENT,
    SC_WINDOW_READ,            /* when it was read */
    SC_WINDOW_CLOSED,          /* a sample per reason */
    SC_WINDOW_QUANTILES,       /* at: sc_response_t */
    SC_WINDOW_SUM,             /* the same */
    SC_WINDOW_COHORT           /* at: offset in sc_cohort_t, first, count */
} sc_window_kind_t;

typedef struct {
    sc_str_t         name;
    const char      *help;
    bool             brief;    /* shown in brief metrics, too */
    sc_window_kind_t kind;
    size_t           at;
    unsigned         first;    /* cohorts */
    unsigned         count;
} sc_window_metric_t;

#define sc_window_number(brief, member)                                       \
    brief, SC_WINDOW_NUMBER, offsetof(sc_window_summary_t, member), 0, 0

#define sc_window_cohort(member, from, number)                                \
    true, SC_WINDOW_COHORT, offsetof(sc_cohort_t, member), from, number

static const sc_window_metric_t sc_window_metrics[] = {
    { SC_STR_INIT("socialcare_window_reading_timestamp_seconds"),
      "When the window's numbers were read from Redis.",
      true, SC_WINDOW_READ, 0, 0, 0 },
    { SC_STR_INIT("socialcare_window_in"),
      "Items of customers.", sc_window_number(true, counts[SC_COUNT_IN]) },
    { SC_STR_INIT("socialcare_window_out"),
      "Items of the brand.", sc_window_number(false, counts[SC_COUNT_OUT]) },
    { SC_STR_INIT("socialcare_window_duplicates"),
      "Items that were known.",
      sc_window_number(false, counts[SC_COUNT_DUPLICATES]) },
    { SC_STR_INIT("socialcare_window_dead"),
      "Dead letters.", sc_window_number(false, counts[SC_COUNT_DEAD]) },
    { SC_STR_INIT("socialcare_window_more"),
      "Further questions in open waits.",
      sc_window_number(false, counts[SC_COUNT_MORE]) },
    { SC_STR_INIT("socialcare_window_early"),
      "Answers that came before their question.",
      sc_window_number(false, counts[SC_COUNT_EARLY]) },
    { SC_STR_INIT("socialcare_window_stale"),
      "Answers dated before the wait.",
      sc_window_number(false, counts[SC_COUNT_STALE]) },
    { SC_STR_INIT("socialcare_window_amended"),
      "Answers in time that came to us after their miss was booked.",
      sc_window_number(false, counts[SC_COUNT_AMENDED]) },
    { SC_STR_INIT("socialcare_window_expired"),
      "Waits given up.", sc_window_number(false, counts[SC_COUNT_EXPIRED]) },
    { SC_STR_INIT("socialcare_window_ended"),
      "Conversations ended without an open wait.",
      sc_window_number(false, counts[SC_COUNT_ENDED]) },
    { SC_STR_INIT("socialcare_window_automatic"),
      "Automatic answers.", sc_window_number(false, counts[SC_COUNT_AUTO]) },
    { SC_STR_INIT("socialcare_window_opened_first"),
      "First waits of a conversation that began.",
      sc_window_number(true, opened[0]) },
    { SC_STR_INIT("socialcare_window_opened_next"),
      "Later waits that began.", sc_window_number(true, opened[1]) },
    { SC_STR_INIT("socialcare_window_replied_first"),
      "First waits that were answered.",
      sc_window_number(true, responses[SC_RESPONSE_FIRST].count) },
    { SC_STR_INIT("socialcare_window_replied_next"),
      "Later waits that were answered.",
      sc_window_number(true, responses[SC_RESPONSE_NEXT].count) },
    { SC_STR_INIT("socialcare_window_replied_within_15min"),
      "Answers after 15 minutes at most.", true, SC_WINDOW_WITHIN_15, 0, 0, 0 },
    { SC_STR_INIT("socialcare_window_closed"),
      "Waits closed without a reply; reasons that occurred.",
      true, SC_WINDOW_CLOSED, 0, 0, 0 },
    { SC_STR_INIT("socialcare_window_met"),
      "Targets met.", sc_window_number(true, counts[SC_COUNT_MET]) },
    { SC_STR_INIT("socialcare_window_missed"),
      "Targets missed.", sc_window_number(true, counts[SC_COUNT_MISSED]) },
    { SC_STR_INIT("socialcare_window_attainment_ratio"),
      "Met of met and missed.", true, SC_WINDOW_ATTAINMENT, 0, 0, 0 },
    { SC_STR_INIT("socialcare_window_first_response_seconds"),
      "First response times.",
      true, SC_WINDOW_QUANTILES, SC_RESPONSE_FIRST, 0, 0 },
    { SC_STR_INIT("socialcare_window_first_response_sum_seconds"),
      "First response times together.",
      false, SC_WINDOW_SUM, SC_RESPONSE_FIRST, 0, 0 },
    { SC_STR_INIT("socialcare_window_next_response_seconds"),
      "Next response times.",
      false, SC_WINDOW_QUANTILES, SC_RESPONSE_NEXT, 0, 0 },
    { SC_STR_INIT("socialcare_window_next_response_sum_seconds"),
      "Next response times together.",
      false, SC_WINDOW_SUM, SC_RESPONSE_NEXT, 0, 0 },
    { SC_STR_INIT("socialcare_window_automatic_response_seconds"),
      "Times of automatic answers.",
      false, SC_WINDOW_QUANTILES, SC_RESPONSE_AUTOMATIC, 0, 0 },
    { SC_STR_INIT("socialcare_within_due"),
      "Waits that reached the horizon (seconds) without being withdrawn.",
      sc_window_cohort(due, 0, SC_WITHINS) },
    { SC_STR_INIT("socialcare_within_replied"),
      "Of them, those replied to by then.",
      sc_window_cohort(replied, 0, SC_WITHINS) },
    { SC_STR_INIT("socialcare_within_withdrawn"),
      "Waits withdrawn before the horizon.",
      sc_window_cohort(withdrawn, 0, SC_WITHINS) },
    { SC_STR_INIT("socialcare_response_due"),
      "Waits begun in the window and as old as the horizon (seconds).",
      sc_window_cohort(due, SC_WITHINS, SC_RATES) },
    { SC_STR_INIT("socialcare_response_replied"),
      "Of them, those replied to by then; the others were ignored.",
      sc_window_cohort(replied, SC_WITHINS, SC_RATES) }
};


/* A series in a window, and where its numbers come from. */
typedef struct {
    const sc_status_series_t   *series;
    const sc_history_summary_t *history;
    const sc_window_summary_t  *numbers;
    unsigned                    window;
    const sc_plan_t            *plan;
    int64_t                     read_ms;
    bool                        brief;
} sc_window_at_t;


static void
sc_window_head(sc_buf_t *buf, const sc_window_metric_t *metric,
    const sc_window_at_t *at)
{
    static const sc_str_t labels[SC_WINDOWS] = {
        SC_STR_INIT(",window=\"5m\""), SC_STR_INIT(",window=\"1h\""),
        SC_STR_INIT(",window=\"24h\""), SC_STR_INIT(",window=\"7d\"")
    };

    sc_buf_append_str(buf, metric->name);
    sc_buf_append_str(buf, at->series->labels);
    sc_buf_append_str(buf, labels[at->window]);
}


static void
sc_window_value(sc_buf_t *buf, uint64_t value, uint32_t scale)
{
    sc_buf_append_literal(buf, "} ");
    sc_status_write_seconds(buf, value, scale);
    sc_buf_append_byte(buf, '\n');
}


static void
sc_window_closed(sc_buf_t *buf, const sc_window_metric_t *metric,
    const sc_window_at_t *at)
{
    unsigned i;

    for (i = 0; i < SC_CLOSED_REASONS; i++) {
        if (at->numbers->closed[i] == 0) {
            continue;
        }

        sc_window_head(buf, metric, at);
        sc_buf_append_literal(buf, ",reason=\"");
        sc_buf_append_str(buf, sc_str_from_cstring(sc_closed_name(i)));
        sc_buf_append_byte(buf, '"');
        sc_window_value(buf, at->numbers->closed[i], 1);
    }
}


static void
sc_window_quantiles(sc_buf_t *buf, const sc_window_metric_t *metric,
    const sc_window_at_t *at)
{
    unsigned                     i;
    const sc_response_summary_t *response;
    static const sc_str_t        labels[SC_QUANTILES] = {
        SC_STR_INIT(",quantile=\"0.5\""), SC_STR_INIT(",quantile=\"0.75\""),
        SC_STR_INIT(",quantile=\"0.9\""), SC_STR_INIT(",quantile=\"0.95\""),
        SC_STR_INIT(",quantile=\"0.99\"")
    };

    response = &at->numbers->responses[metric->at];

    for (i = 0; i < SC_QUANTILES && response->count > 0; i++) {
        sc_window_head(buf, metric, at);
        sc_buf_append_str(buf, labels[i]);
        sc_window_value(buf, response->quantiles_ms[i], 1000);
    }
}


static void
sc_window_cohorts(sc_buf_t *buf, const sc_window_metric_t *metric,
    const sc_window_at_t *at)
{
    uint32_t              value;
    unsigned              i, which;
    const sc_cohort_t    *cohort;
    static const sc_str_t labels[SC_COHORTS] = {
        SC_STR_INIT(",horizon=\"300\""), SC_STR_INIT(",horizon=\"900\""),
        SC_STR_INIT(",horizon=\"1800\""), SC_STR_INIT(",horizon=\"3600\""),
        SC_STR_INIT(",horizon=\"14400\""), SC_STR_INIT(",horizon=\"86400\""),
        SC_STR_INIT(",horizon=\"3600\""), SC_STR_INIT(",horizon=\"86400\""),
        SC_STR_INIT(",horizon=\"259200\"")
    };

    for (i = 0; i < metric->count; i++) {
        which = metric->first + i;
        cohort = &at->numbers->cohorts[which];

        if (at->window <= SC_WINDOW_1H && sc_cohort_is_slow(which)) {
            cohort = at->history == NULL
                     ? NULL : &at->history->slow[which - SC_WITHIN_SLOW];
        }

        /* In brief, 15 minutes represent all horizons "within". */

        if (at->brief && which < SC_WITHINS && which != SC_WITHIN_900) {
            continue;
        }

        if (cohort == NULL
            || at->plan->cohorts[at->window][which].first
               > at->plan->cohorts[at->window][which].last)
        {
            continue;
        }

        memcpy(&value, (const unsigned char *) cohort + metric->at,
               sizeof(value));

        sc_window_head(buf, metric, at);
        sc_buf_append_str(buf, labels[which]);
        sc_window_value(buf, value, 1);
    }
}


static void
sc_window_attainment(sc_buf_t *buf, const sc_window_metric_t *metric,
    const sc_window_at_t *at)
{
    int64_t         share;
    const uint32_t *counts;

    counts = at->numbers->counts;
    share = sc_share_micro(counts[SC_COUNT_MET],
                           (uint64_t) counts[SC_COUNT_MET]
                           + counts[SC_COUNT_MISSED]);

    if (share >= 0) {
        sc_window_head(buf, metric, at);
        sc_window_value(buf, (uint64_t) share, 1000000);
    }
}


static void
sc_window_sample(sc_buf_t *buf, const sc_window_metric_t *metric,
    const sc_window_at_t *at)
{
    uint32_t value;

    switch (metric->kind) {

    case SC_WINDOW_NUMBER:
        memcpy(&value, (const unsigned char *) at->numbers + metric->at,
               sizeof(value));
        sc_window_head(buf, metric, at);
        sc_window_value(buf, value, 1);
        break;

    case SC_WINDOW_WITHIN_15:
        sc_window_head(buf, metric, at);
        sc_window_value(buf, (uint64_t)
                        at->numbers->responses[0].within[SC_WITHIN_900]
                        + at->numbers->responses[1].within[SC_WITHIN_900], 1);
        break;

    case SC_WINDOW_READ:
        sc_window_head(buf, metric, at);
        sc_window_value(buf, (uint64_t) at->read_ms, 1000);
        break;

    case SC_WINDOW_SUM:
        if (at->numbers->responses[metric->at].count > 0) {
            sc_window_head(buf, metric, at);
            sc_window_value(buf, at->numbers->responses[metric->at].sum_ms,
                            1000);
        }

        break;

    case SC_WINDOW_ATTAINMENT:
        sc_window_attainment(buf, metric, at);
        break;

    case SC_WINDOW_CLOSED:
        sc_window_closed(buf, metric, at);
        break;

    case SC_WINDOW_QUANTILES:
        sc_window_quantiles(buf, metric, at);
        break;

    case SC_WINDOW_COHORT:
        sc_window_cohorts(buf, metric, at);
        break;
    }
}


/* False: nothing is known about the series in this window. */

static bool
sc_window_find(const sc_status_series_t *series, unsigned window,
    sc_window_at_t *at)
{
    at->series = series;
    at->history = series->history;
    at->window = window;
    at->numbers = NULL;

    if (window <= SC_WINDOW_1H && series->recent != NULL) {
        at->numbers = &series->recent->windows[window];
        at->read_ms = series->recent->now_ms;

    } else if (window > SC_WINDOW_1H && series->history != NULL) {
        at->numbers = &series->history->windows[window - SC_WINDOW_24H];
        at->read_ms = series->history->now_ms;
    }

    return at->numbers != NULL;
}


static void
sc_care_windows_metric(sc_buf_t *buf, const sc_status_t *status,
    const sc_window_metric_t *metric, const sc_plan_t *plan)
{
    size_t         i;
    unsigned       window;
    sc_window_at_t at;

    if (status->brief && !metric->brief) {
        return;
    }

    at.plan = plan;
    at.brief = status->brief;
    sc_metric_family(buf, (const char *) metric->name.data,
                     metric->kind == SC_WINDOW_QUANTILES ? "summary" : "gauge",
                     metric->help);

    for (i = 0; i < status->series_count; i++) {
        for (window = 0; window < SC_WINDOWS; window++) {
            if ((status->windows & (1U << window)) != 0
                && sc_window_find(&status->series[i], window, &at))
            {
                sc_window_sample(buf, metric, &at);
            }
        }
    }
}


void
sc_status_write_care_metrics(sc_buf_t *buf, const sc_status_t *status)
{
    size_t    i;
    sc_plan_t plan;

    for (i = 0; i < sizeof(sc_care_gauges) / sizeof(sc_care_gauges[0]); i++) {
        sc_metric_family(buf, (const char *) sc_care_gauges[i].name.data,
                         "gauge", sc_care_gauges[i].help);
        sc_care_gauge_samples(buf, status, &sc_care_gauges[i]);
    }

    /* Which cohorts are empty does not depend on the time. */

    sc_plan_init(&plan, status->now_ms);

    for (i = 0; i < sizeof(sc_window_metrics) / sizeof(sc_window_metrics[0]);
         i++)
    {
        sc_care_windows_metric(buf, status, &sc_window_metrics[i], &plan);
    }

    sc_status_write_fairness_metrics(buf, status);
}
