/*
 * sc_summary.c: turns sums into what is published.
 */

#include "sc_summary.h"


void
sc_summary_recent(const sc_series_tally_t *series, int64_t now_ms,
    sc_recent_summary_t *summary)
{
    summary->now_ms = now_ms;
    sc_tally_window(series, SC_WINDOW_5M, &summary->windows[0]);
    sc_tally_window(series, SC_WINDOW_1H, &summary->windows[1]);
}


void
sc_summary_history(const sc_series_tally_t *series, int64_t now_ms,
    sc_history_summary_t *summary)
{
    sc_window_summary_t hour;

    summary->now_ms = now_ms;
    sc_tally_window(series, SC_WINDOW_24H, &summary->windows[0]);
    sc_tally_window(series, SC_WINDOW_7D, &summary->windows[1]);

    sc_tally_window(series, SC_WINDOW_1H, &hour);
    summary->slow[0] = hour.cohorts[SC_WITHIN_SLOW];
    summary->slow[1] = hour.cohorts[SC_WITHIN_SLOW + 1];
}


void
sc_summary_slots(const sc_brand_tally_t *brand, int64_t now_ms,
    sc_slots_summary_t *summary)
{
    summary->now_ms = now_ms;
    memcpy(summary->slots, brand->slots, sizeof(summary->slots));
}


void
sc_summary_hours(const sc_brand_tally_t *brand, int64_t now_ms,
    sc_hours_summary_t *summary)
{
    summary->now_ms = now_ms;
    memcpy(summary->hours, brand->hours, sizeof(summary->hours));
}
