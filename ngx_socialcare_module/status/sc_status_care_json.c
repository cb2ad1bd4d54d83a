/*
 * sc_status_care_json.c: waits, the course of the last days, and fairness as
 * JSON.
 *
 * With a hundred brands this is most of the document, so member names are
 * written with their quotes and colons, as literals, and numbers are integers
 * up to the last step.
 */

#include "sc_json_write.h"
#include "sc_status_text.h"


/* A literal with the comma and the name, followed by a number. */
#define sc_care_uint(buf, name, value)                                        \
    do {                                                                      \
        sc_buf_append_literal(buf, name);                                     \
        sc_buf_append_uint(buf, value);                                       \
    } while (0)


static void
sc_care_comma(sc_buf_t *buf)
{
    if (buf->len > 0 && buf->data[buf->len - 1] != '['
        && buf->data[buf->len - 1] != '{')
    {
        sc_buf_append_byte(buf, ',');
    }
}


/* Negative values are null. */

static void
sc_care_known(sc_buf_t *buf, int64_t value)
{
    if (value < 0) {
        sc_buf_append_literal(buf, "null");
        return;
    }

    sc_buf_append_uint(buf, (uint64_t) value);
}


static void
sc_care_scaled(sc_buf_t *buf, int64_t value, uint32_t scale)
{
    if (value < 0) {
        sc_buf_append_literal(buf, "null");
        return;
    }

    sc_status_write_seconds(buf, (uint64_t) value, scale);
}


static int64_t
sc_care_age(int64_t now_ms, int64_t then_ms)
{
    if (then_ms < 0) {
        return -1;
    }

    return now_ms > then_ms ? now_ms - then_ms : 0;
}


static void
sc_care_response(sc_buf_t *buf, const sc_response_summary_t *response)
{
    size_t                   i;
    int64_t                  mean, wait;
    static const char *const names[SC_QUANTILES] = {
        ",\"p50_s\":", ",\"p75_s\":", ",\"p90_s\":", ",\"p95_s\":",
        ",\"p99_s\":"
    };
    static const char *const bounds[SC_WITHINS] = {
        "\"300\":", ",\"900\":", ",\"1800\":", ",\"3600\":", ",\"14400\":",
        ",\"86400\":"
    };

    mean = response->count == 0
           ? -1 : (int64_t) (response->sum_ms / response->count);

    sc_care_uint(buf, "{\"count\":", response->count);
    sc_buf_append_literal(buf, ",\"sum_s\":");
    sc_status_write_seconds(buf, response->sum_ms, 1000);
    sc_buf_append_literal(buf, ",\"mean_s\":");
    sc_care_scaled(buf, mean, 1000);

    for (i = 0; i < SC_QUANTILES; i++) {
        wait = response->count == 0 ? -1 : (int64_t) response->quantiles_ms[i];
        sc_buf_append_str(buf, sc_str_from_cstring(names[i]));
        sc_care_scaled(buf, wait, 1000);
    }

    sc_buf_append_literal(buf, ",\"le_s\":{");

    for (i = 0; i < SC_WITHINS; i++) {
        sc_buf_append_str(buf, sc_str_from_cstring(bounds[i]));
        sc_buf_append_uint(buf, response->within[i]);
    }

    sc_care_uint(buf, ",\"+Inf\":", response->count);
    sc_buf_append_literal(buf, "}}");
}


static void
sc_care_closed(sc_buf_t *buf, const uint32_t *closed)
{
    unsigned i;

    sc_buf_append_literal(buf, ",\"closed\":{");

    for (i = 0; i < SC_CLOSED_REASONS; i++) {
        if (closed[i] > 0) {
            sc_json_write_uint(buf, sc_closed_name(i), closed[i]);
        }
    }

    sc_buf_append_byte(buf, '}');
}


/* due, replied, withdrawn and the span; null if not read yet, or empty. */

static void
sc_care_cohort(sc_buf_t *buf, const sc_cohort_t *cohort, const sc_plan_t *plan,
    unsigned window, unsigned which)
{
    int64_t from_ms, to_ms, share;

    sc_care_comma(buf);
    sc_buf_append_byte(buf, '"');
    sc_buf_append_uint(buf, sc_cohort_seconds(which));
    sc_buf_append_literal(buf, "\":");

    if (cohort == NULL
        || !sc_cohort_span(plan, window, which, &from_ms, &to_ms))
    {
        sc_buf_append_literal(buf, "null");
        return;
    }

    share = sc_share_micro(cohort->replied, cohort->due);

    sc_care_uint(buf, "{\"due\":", cohort->due);
    sc_care_uint(buf, ",\"replied\":", cohort->replied);
    sc_care_uint(buf, ",\"withdrawn\":", cohort->withdrawn);

    if (which < SC_WITHINS) {
        sc_buf_append_literal(buf, ",\"share\":");
        sc_care_scaled(buf, share, 1000000);

    } else {
        sc_buf_append_literal(buf, ",\"rate\":");
        sc_care_scaled(buf, share, 1000000);
        sc_buf_append_literal(buf, ",\"ignored_rate\":");
        sc_care_scaled(buf, share < 0 ? -1 : 1000000 - share, 1000000);
    }

    sc_care_uint(buf, ",\"from_ms\":", (uint64_t) from_ms);
    sc_care_uint(buf, ",\"to_ms\":", (uint64_t) to_ms);
    sc_buf_append_byte(buf, '}');
}


static void
sc_care_counts(sc_buf_t *buf, const sc_window_summary_t *window)
{
    const uint32_t *n;

    n = window->counts;

    sc_care_uint(buf, ",\"in\":", n[SC_COUNT_IN]);
    sc_care_uint(buf, ",\"out\":", n[SC_COUNT_OUT]);
    sc_care_uint(buf, ",\"duplicates\":", n[SC_COUNT_DUPLICATES]);
    sc_care_uint(buf, ",\"dead\":", n[SC_COUNT_DEAD]);
    sc_care_uint(buf, ",\"more\":", n[SC_COUNT_MORE]);
    sc_care_uint(buf, ",\"opened_first\":", window->opened[0]);
    sc_care_uint(buf, ",\"opened_next\":", window->opened[1]);
    sc_care_uint(buf, ",\"replied_first\":",
                 window->responses[SC_RESPONSE_FIRST].count);
    sc_care_uint(buf, ",\"replied_next\":",
                 window->responses[SC_RESPONSE_NEXT].count);
    sc_care_uint(buf, ",\"replied_within_15min\":",
                 (uint64_t) window->responses[0].within[SC_WITHIN_900]
                 + window->responses[1].within[SC_WITHIN_900]);
    sc_care_uint(buf, ",\"auto\":", n[SC_COUNT_AUTO]);
    sc_care_closed(buf, window->closed);
    sc_care_uint(buf, ",\"ended\":", n[SC_COUNT_ENDED]);
    sc_care_uint(buf, ",\"expired\":", n[SC_COUNT_EXPIRED]);
    sc_care_uint(buf, ",\"stale\":", n[SC_COUNT_STALE]);
    sc_care_uint(buf, ",\"early\":", n[SC_COUNT_EARLY]);
    sc_care_uint(buf, ",\"amended\":", n[SC_COUNT_AMENDED]);
    sc_care_uint(buf, ",\"met\":", n[SC_COUNT_MET]);
    sc_care_uint(buf, ",\"missed\":", n[SC_COUNT_MISSED]);
    sc_buf_append_literal(buf, ",\"attainment\":");
    sc_care_scaled(buf, sc_share_micro(n[SC_COUNT_MET],
                                       (uint64_t) n[SC_COUNT_MET]
                                       + n[SC_COUNT_MISSED]),
                   1000000);
}


/*
 * Where the cohort of each horizon comes from: those of 5m and 1h are from two
 * readings, made at different times.
 */

typedef struct {
    const sc_cohort_t *cohorts[SC_COHORTS];
    const sc_plan_t   *plans[SC_COHORTS];
} sc_care_cohorts_t;


static void
sc_care_window(sc_buf_t *buf, const sc_window_summary_t *window,
    unsigned which, const sc_plan_t *plan, const sc_care_cohorts_t *cohorts,
    int64_t now_ms)
{
    unsigned i;

    sc_care_comma(buf);
    sc_buf_append_byte(buf, '"');
    sc_buf_append_str(buf, sc_str_from_cstring(sc_window_name(which)));
    sc_care_uint(buf, "\":{\"from_ms\":",
                 (uint64_t) sc_window_from_ms(plan, which));
    sc_care_uint(buf, ",\"to_ms\":", (uint64_t) plan->now_ms);
    sc_care_uint(buf, ",\"targets_to_ms\":",
                 (uint64_t) sc_window_end_ms(plan, which));
    sc_buf_append_literal(buf, ",\"reading_age_ms\":");
    sc_care_known(buf, sc_status_age(now_ms, plan->now_ms));
    sc_care_counts(buf, window);

    sc_buf_append_literal(buf, ",\"first_response\":");
    sc_care_response(buf, &window->responses[SC_RESPONSE_FIRST]);
    sc_buf_append_literal(buf, ",\"next_response\":");
    sc_care_response(buf, &window->responses[SC_RESPONSE_NEXT]);
    sc_buf_append_literal(buf, ",\"automatic\":");
    sc_care_response(buf, &window->responses[SC_RESPONSE_AUTOMATIC]);

    sc_buf_append_literal(buf, ",\"within\":{");

    for (i = 0; i < SC_COHORTS; i++) {
        if (i == SC_WITHINS) {
            sc_buf_append_literal(buf, "},\"response_rate\":{");
        }

        sc_care_cohort(buf, cohorts->cohorts[i], cohorts->plans[i], which, i);
    }

    sc_buf_append_literal(buf, "}}");
}


static void
sc_care_null_window(sc_buf_t *buf, unsigned which)
{
    sc_care_comma(buf);
    sc_buf_append_byte(buf, '"');
    sc_buf_append_str(buf, sc_str_from_cstring(sc_window_name(which)));
    sc_buf_append_literal(buf, "\":null");
}


static void
sc_care_windows(sc_buf_t *buf, const sc_status_series_t *series,
    unsigned windows, int64_t now_ms)
{
    unsigned                   i, c;
    sc_plan_t                  recent, history;
    sc_care_cohorts_t          cohorts;
    const sc_window_summary_t *window;

    sc_plan_init(&recent, series->recent == NULL ? 0 : series->recent->now_ms);
    sc_plan_init(&history,
                 series->history == NULL ? 0 : series->history->now_ms);

    for (i = 0; i < SC_WINDOWS; i++) {
        if ((windows & (1U << i)) == 0) {
            continue;
        }

        window = NULL;

        if (i <= SC_WINDOW_1H && series->recent != NULL) {
            window = &series->recent->windows[i];

        } else if (i > SC_WINDOW_1H && series->history != NULL) {
            window = &series->history->windows[i - SC_WINDOW_24H];
        }

        if (window == NULL) {
            sc_care_null_window(buf, i);
            continue;
        }

        for (c = 0; c < SC_COHORTS; c++) {
            cohorts.cohorts[c] = &window->cohorts[c];
            cohorts.plans[c] = i <= SC_WINDOW_1H ? &recent : &history;

            if (i <= SC_WINDOW_1H && sc_cohort_is_slow(c)) {
                cohorts.cohorts[c] = series->history == NULL
                    ? NULL : &series->history->slow[c - SC_WITHIN_SLOW];
                cohorts.plans[c] = &history;
            }
        }

        sc_care_window(buf, window, i, i <= SC_WINDOW_1H ? &recent : &history,
                       &cohorts, now_ms);
    }
}


static void
sc_care_series(sc_buf_t *buf, const sc_status_series_t *series,
    unsigned windows, int64_t now_ms)
{
    sc_care_comma(buf);
    sc_buf_append_literal(buf, "{\"brand\":");
    sc_json_write_string(buf, series->brand);
    sc_buf_append_literal(buf, ",\"queue\":");
    sc_json_write_string(buf, series->queue);
    sc_buf_append_literal(buf, ",\"channel\":");
    sc_json_write_string(buf, series->channel);
    sc_buf_append_literal(buf, ",\"open\":");
    sc_care_known(buf, series->open);
    sc_buf_append_literal(buf, ",\"due_soon\":");
    sc_care_known(buf, series->due_soon);
    sc_buf_append_literal(buf, ",\"at_risk\":");
    sc_care_known(buf, series->at_risk);
    sc_buf_append_literal(buf, ",\"breached\":");
    sc_care_known(buf, series->breached);
    sc_buf_append_literal(buf, ",\"earliest_due_ms\":");
    sc_care_known(buf, series->earliest_due_ms);
    sc_buf_append_literal(buf, ",\"oldest_wait_ms\":");
    sc_care_known(buf, sc_care_age(now_ms, series->oldest_start_ms));
    sc_buf_append_literal(buf, ",\"reading_age_ms\":");
    sc_care_known(buf, sc_status_age(now_ms, series->read_ms));
    sc_buf_append_literal(buf, ",\"windows\":{");
    sc_care_windows(buf, series, windows, now_ms);
    sc_buf_append_literal(buf, "}}");
}


static void
sc_care_course(sc_buf_t *buf, const sc_course_t *course)
{
    sc_care_uint(buf, ",\"in\":", course->in);
    sc_care_uint(buf, ",\"opened\":", course->opened);
    sc_care_uint(buf, ",\"replied\":", course->replied);
    sc_care_uint(buf, ",\"closed\":", course->closed);
    sc_care_uint(buf, ",\"met\":", course->met);
    sc_care_uint(buf, ",\"missed\":", course->missed);
    sc_care_uint(buf, ",\"replied_within_15min\":",
                 course->replied_within_15min);
    sc_buf_append_byte(buf, '}');
}


/* `count` steps of `step_ms` up to the current one; null before a reading. */

static void
sc_care_courses(sc_buf_t *buf, const char *name, sc_str_t head,
    const sc_course_t *courses, size_t count, int64_t now_ms, int64_t step_ms)
{
    size_t  i;
    int64_t first;

    sc_json_write_name(buf, name);

    if (courses == NULL) {
        sc_buf_append_literal(buf, "null");
        return;
    }

    first = now_ms / step_ms - (int64_t) count + 1;
    sc_buf_append_byte(buf, '[');

    for (i = 0; i < count; i++) {
        sc_care_comma(buf);
        sc_buf_append_str(buf, head);
        sc_buf_append_int(buf, (first + (int64_t) i) * step_ms);
        sc_care_course(buf, &courses[i]);
    }

    sc_buf_append_byte(buf, ']');
}


static void
sc_care_history(sc_buf_t *buf, const sc_status_brand_t *brand)
{
    sc_status_json_element(buf);
    sc_status_json_text(buf, "brand", brand->brand);
    sc_care_courses(buf, "hours", SC_STR("{\"hour_ms\":"),
                    brand->hours == NULL ? NULL : brand->hours->hours,
                    SC_HISTORY_HOURS,
                    brand->hours == NULL ? 0 : brand->hours->now_ms,
                    SC_HOUR_MS);
    sc_care_courses(buf, "slots", SC_STR("{\"slot_ms\":"),
                    brand->slots == NULL ? NULL : brand->slots->slots,
                    SC_HISTORY_SLOTS,
                    brand->slots == NULL ? 0 : brand->slots->now_ms,
                    SC_SLOT_MS);
    sc_buf_append_byte(buf, '}');
}


void
sc_status_write_care_json(sc_buf_t *buf, const sc_status_t *status)
{
    size_t i;

    sc_buf_append_literal(buf, ",\"sla\":[");

    for (i = 0; i < status->series_count; i++) {
        sc_care_series(buf, &status->series[i], status->windows,
                       status->now_ms);
    }

    sc_buf_append_literal(buf, "],\"history\":[");

    for (i = 0; i < status->brands_count; i++) {
        sc_care_history(buf, &status->brands[i]);
    }

    sc_buf_append_literal(buf, "],\"fairness\":[");

    for (i = 0; i < status->brands_count; i++) {
        if (status->brands[i].fairness != NULL) {
            sc_status_write_fairness_json(buf, status->brands[i].brand,
                                          status->brands[i].fairness);
        }
    }

    sc_buf_append_byte(buf, ']');
}
