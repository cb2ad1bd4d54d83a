/*
 * sc_tally.c: adds up the counters of hours.
 */

#include "sc_tally.h"


/* More of anything in one hour is implausible. */
#define SC_TALLY_MAX_COUNT  ((uint64_t) 1000000000)
#define SC_TALLY_MAX_MS     ((uint64_t) 1 << 53)


/* Whether a slot of an hour lies in the span; an unknown slot never lies in a
   span of slots. */

static bool
sc_tally_in_span(const sc_cohort_span_t *span, int64_t hour, unsigned slot)
{
    int64_t at;

    if (!span->slots) {
        return hour >= span->first && hour <= span->last;
    }

    at = hour * 12 + slot;

    return slot != SC_SLOT_UNKNOWN && at >= span->first && at <= span->last;
}


static unsigned
sc_tally_windows(const sc_plan_t *plan, int64_t hour, unsigned slot)
{
    bool             inside;
    unsigned         window, bits;
    sc_cohort_span_t span;

    bits = 0;

    for (window = 0; window < SC_WINDOWS; window++) {
        span.slots = window <= SC_WINDOW_1H;
        span.first = sc_window_from_ms(plan, window)
                     / (span.slots ? SC_SLOT_MS : SC_HOUR_MS);
        span.last = span.slots ? plan->slot : plan->hour;
        inside = sc_tally_in_span(&span, hour, slot);
        bits |= inside ? 1U << window : 0;
    }

    return bits;
}


static uint64_t
sc_tally_cohorts(const sc_plan_t *plan, int64_t hour, unsigned slot)
{
    bool     inside;
    uint64_t bits;
    unsigned window, cohort;

    bits = 0;

    for (window = 0; window < SC_WINDOWS; window++) {
        for (cohort = 0; cohort < SC_COHORTS; cohort++) {
            inside = sc_tally_in_span(&plan->cohorts[window][cohort], hour,
                                      slot);

            if (inside) {
                bits |= (uint64_t) 1 << (window * SC_COHORTS + cohort);
            }
        }
    }

    return bits;
}


void
sc_tally_begin(sc_tally_t *tally, const sc_plan_t *plan,
    sc_series_tally_t *series, sc_brand_tally_t *brand, unsigned channel,
    int64_t hour)
{
    unsigned slot;

    memset(tally, 0, sizeof(*tally));

    tally->plan = plan;
    tally->series = series;
    tally->brand = brand;
    tally->channel = channel < SC_GROUP_CHANNELS ? channel
                                                 : SC_GROUP_CHANNELS - 1;
    tally->hour = hour;

    for (slot = 0; slot < SC_SLOTS; slot++) {
        tally->windows[slot] = sc_tally_windows(plan, hour, slot);
        tally->cohorts[slot] = sc_tally_cohorts(plan, hour, slot);
    }

    tally->recent_start =
        (tally->windows[SC_SLOT_UNKNOWN] & (1U << SC_WINDOW_24H)) != 0;
}


/* Sums saturate instead of overflowing. */

static void
sc_tally_more(uint32_t *sum, uint64_t value)
{
    *sum = value > UINT32_MAX - *sum ? UINT32_MAX : *sum + (uint32_t) value;
}


/* Where it belongs in the brand's course; NULL: too old, or slot unknown. */

typedef struct {
    sc_course_t *hour;
    sc_course_t *slot;
} sc_course_at_t;

static sc_course_at_t
sc_tally_course(const sc_tally_t *tally, unsigned slot)
{
    int64_t        at;
    sc_course_at_t course;

    course.hour = NULL;
    course.slot = NULL;
    at = tally->hour - (tally->plan->hour - SC_HISTORY_HOURS + 1);

    if (at >= 0 && at < SC_HISTORY_HOURS) {
        course.hour = &tally->brand->hours[at];
    }

    at = tally->hour * 12 + slot - (tally->plan->slot - SC_HISTORY_SLOTS + 1);

    if (slot != SC_SLOT_UNKNOWN && at >= 0 && at < SC_HISTORY_SLOTS) {
        course.slot = &tally->brand->slots[at];
    }

    return course;
}


static void
sc_tally_course_more(const sc_tally_t *tally, unsigned slot, size_t offset,
    uint64_t value)
{
    sc_course_at_t course;

    course = sc_tally_course(tally, slot);

    if (course.hour != NULL) {
        sc_tally_more((uint32_t *) (void *) ((char *) course.hour + offset),
                      value);
    }

    if (course.slot != NULL) {
        sc_tally_more((uint32_t *) (void *) ((char *) course.slot + offset),
                      value);
    }
}


#define sc_tally_course_add(tally, slot, member, value)                       \
    sc_tally_course_more(tally, slot, offsetof(sc_course_t, member), value)


static void
sc_tally_count(sc_tally_t *tally, const sc_stat_t *stat, uint64_t value)
{
    unsigned window;

    for (window = 0; window < SC_WINDOWS; window++) {
        if (tally->windows[stat->slot] & (1U << window)) {
            tally->series->windows[window].counts[stat->index] += value;
        }
    }

    switch (stat->index) {

    case SC_COUNT_IN:
        sc_tally_course_add(tally, stat->slot, in, value);
        break;

    case SC_COUNT_MET:
        sc_tally_course_add(tally, stat->slot, met, value);
        break;

    case SC_COUNT_MISSED:
        sc_tally_course_add(tally, stat->slot, missed, value);
        break;

    default:
        break;
    }
}


static void
sc_tally_closed(sc_tally_t *tally, const sc_stat_t *stat, uint64_t value)
{
    unsigned window;

    for (window = 0; window < SC_WINDOWS; window++) {
        if (tally->windows[stat->slot] & (1U << window)) {
            tally->series->windows[window].closed[stat->index] += value;
        }
    }

    sc_tally_course_add(tally, stat->slot, closed, value);
}


static void
sc_tally_response(sc_tally_t *tally, const sc_stat_t *stat, uint64_t value)
{
    unsigned window;

    for (window = 0; window < SC_WINDOWS; window++) {
        if (tally->windows[stat->slot] & (1U << window)) {
            sc_tally_more(&tally->series->windows[window]
                               .responses[stat->index][stat->bucket], value);
        }
    }

    if (stat->index == SC_RESPONSE_AUTOMATIC) {
        return;
    }

    sc_tally_course_add(tally, stat->slot, replied, value);

    if (stat->bucket < tally->plan->buckets[SC_WITHIN_900]) {
        sc_tally_course_add(tally, stat->slot, replied_within_15min, value);
    }

    if (tally->windows[stat->slot] & (1U << SC_WINDOW_24H)) {
        tally->brand->answers += value;
    }
}


static void
sc_tally_response_ms(sc_tally_t *tally, const sc_stat_t *stat, uint64_t value)
{
    unsigned window;

    for (window = 0; window < SC_WINDOWS; window++) {
        if (tally->windows[stat->slot] & (1U << window)) {
            tally->series->windows[window].sum_ms[stat->index] += value;
        }
    }
}


/* Which number of a cohort a counter is. */

typedef enum {
    SC_COHORT_STARTED = 0,
    SC_COHORT_REPLIED,
    SC_COHORT_WITHDRAWN
} sc_cohort_part_t;

static void
sc_cohort_more(sc_cohort_tally_t *cohort, sc_cohort_part_t part,
    uint64_t value)
{
    switch (part) {

    case SC_COHORT_STARTED:
        cohort->started += value;
        break;

    case SC_COHORT_REPLIED:
        cohort->replied += value;
        break;

    default:
        cohort->withdrawn += value;
        break;
    }
}


/* The three groups that a wait belongs to. */

static void
sc_tally_groups(const sc_tally_t *tally, unsigned tier,
    sc_group_tally_t *groups[3])
{
    groups[0] = &tally->brand->groups[SC_GROUP_ALL];
    groups[1] = &tally->brand->groups[SC_GROUP_TIER + tier];
    groups[2] = &tally->brand->groups[SC_GROUP_CHANNEL + tally->channel];
}


/*
 * Adds a wait, or its end after `bucket`, to the cohorts of its start.  Waits
 * that ended later than T count neither as replied nor as withdrawn.
 */

static void
sc_tally_cohort(sc_tally_t *tally, const sc_stat_t *stat,
    sc_cohort_part_t part, uint64_t value)
{
    size_t            i;
    uint64_t          bits;
    unsigned          window, cohort, bit;
    sc_group_tally_t *groups[3];

    sc_tally_groups(tally, stat->tier, groups);
    bits = tally->cohorts[stat->slot];

    for (bit = 0; bits != 0; bit++, bits >>= 1) {
        if ((bits & 1) == 0) {
            continue;
        }

        window = bit / SC_COHORTS;
        cohort = bit % SC_COHORTS;

        if (part != SC_COHORT_STARTED
            && stat->bucket >= tally->plan->buckets[cohort])
        {
            continue;
        }

        sc_cohort_more(&tally->series->cohorts[window][cohort], part, value);

        for (i = 0; i < 3; i++) {
            if (window == SC_WINDOW_24H && cohort == SC_WITHIN_900) {
                sc_cohort_more(&groups[i]->within_900, part, value);
            }

            if (window == SC_WINDOW_7D && cohort == SC_RATE_DAY) {
                sc_cohort_more(&groups[i]->day, part, value);
            }
        }
    }
}


static void
sc_tally_opened(sc_tally_t *tally, const sc_stat_t *stat, uint64_t value)
{
    unsigned window;

    for (window = 0; window < SC_WINDOWS; window++) {
        if (tally->windows[stat->slot] & (1U << window)) {
            tally->series->windows[window].opened[stat->index] += value;
        }
    }

    sc_tally_course_add(tally, stat->slot, opened, value);
    sc_tally_cohort(tally, stat, SC_COHORT_STARTED, value);

    tally->left[stat->slot][stat->tier] += (int64_t) value;
    tally->opened[stat->tier] += value;
}


static void
sc_tally_ended(sc_tally_t *tally, const sc_stat_t *stat, uint64_t value)
{
    size_t            i;
    sc_group_tally_t *groups[3];

    sc_tally_cohort(tally, stat,
                    stat->kind == SC_STAT_ANSWERED ? SC_COHORT_REPLIED
                                                   : SC_COHORT_WITHDRAWN,
                    value);
    tally->left[stat->slot][stat->tier] -= (int64_t) value;

    if (!tally->recent_start) {
        return;
    }

    sc_tally_groups(tally, stat->tier, groups);

    for (i = 0; i < 3; i++) {
        sc_tally_more(stat->kind == SC_STAT_ANSWERED
                      ? &groups[i]->answered[stat->bucket]
                      : &groups[i]->censored[stat->bucket], value);
    }
}


void
sc_tally_add(sc_tally_t *tally, sc_str_t name, sc_str_t value)
{
    uint64_t  n;
    sc_stat_t stat;

    if (!sc_stat_parse(name, &stat) || !sc_str_to_uint64(value, &n)
        || n > (stat.kind == SC_STAT_RESPONSE_MS
                || stat.kind == SC_STAT_OVERTAKE_MS ? SC_TALLY_MAX_MS
                                                    : SC_TALLY_MAX_COUNT))
    {
        tally->unknown++;
        return;
    }

    switch (stat.kind) {

    case SC_STAT_COUNT:
        sc_tally_count(tally, &stat, n);
        break;

    case SC_STAT_CLOSED:
        sc_tally_closed(tally, &stat, n);
        break;

    case SC_STAT_OPENED:
        tally->compacted |= stat.slot == SC_SLOT_UNKNOWN;
        sc_tally_opened(tally, &stat, n);
        break;

    case SC_STAT_ANSWERED:
    case SC_STAT_WITHDRAWN:
        tally->compacted |= stat.slot == SC_SLOT_UNKNOWN;
        sc_tally_ended(tally, &stat, n);
        break;

    case SC_STAT_RESPONSE:
        sc_tally_response(tally, &stat, n);
        break;

    case SC_STAT_RESPONSE_MS:
        sc_tally_response_ms(tally, &stat, n);
        break;

    case SC_STAT_OVERTAKE_MS:
        if (tally->windows[stat.slot] & (1U << SC_WINDOW_24H)) {
            tally->brand->overtake_ms += n;
        }

        break;
    }
}


/* Waits still open: `end_ms` is the latest time they can have begun. */

static void
sc_tally_open(sc_tally_t *tally, unsigned tier, int64_t count, int64_t end_ms)
{
    size_t            i;
    int64_t           age;
    sc_group_tally_t *groups[3];

    if (count <= 0) {
        return;
    }

    age = tally->plan->now_ms - end_ms;
    sc_tally_groups(tally, tier, groups);

    for (i = 0; i < 3; i++) {
        groups[i]->open += (uint64_t) count;
        sc_tally_more(&groups[i]->censored[sc_wait_bucket(age)],
                      (uint64_t) count);
    }
}


void
sc_tally_end(sc_tally_t *tally)
{
    size_t            i;
    int64_t           whole, end_ms;
    unsigned          slot, tier;
    sc_group_tally_t *groups[3];

    if (!tally->recent_start) {
        return;
    }

    for (tier = 0; tier < SC_TIERS; tier++) {
        sc_tally_groups(tally, tier, groups);

        for (i = 0; i < 3; i++) {
            groups[i]->spells += tally->opened[tier];
        }

        whole = 0;

        for (slot = 0; slot < SC_SLOTS; slot++) {
            whole += tally->left[slot][tier];
            end_ms = tally->hour * SC_HOUR_MS + (slot + 1) * SC_SLOT_MS;

            if (!tally->compacted) {
                sc_tally_open(tally, tier, tally->left[slot][tier], end_ms);
            }
        }

        /* Some may be opened in a known slot and ended in an unknown one. */

        if (tally->compacted) {
            sc_tally_open(tally, tier, whole, (tally->hour + 1) * SC_HOUR_MS);
        }
    }
}


static uint32_t
sc_tally_clamp(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t) value;
}


static void
sc_tally_summarize(const sc_window_tally_t *window, unsigned response,
    sc_response_summary_t *summary)
{
    unsigned        i;
    int64_t         wait;
    const uint32_t *counts;

    counts = window->responses[response];
    summary->sum_ms = window->sum_ms[response];
    summary->count = sc_tally_clamp(sc_waits_total(counts));

    for (i = 0; i < SC_QUANTILES; i++) {
        wait = sc_waits_quantile(counts, sc_quantile_thousandths(i));
        summary->quantiles_ms[i] = wait < 0 ? 0 : (uint32_t) wait;
    }

    for (i = 0; i < SC_WITHINS; i++) {
        summary->within[i] =
            sc_tally_clamp(sc_waits_sum(counts,
                               sc_waits_within(sc_cohort_seconds(i))));
    }
}


void
sc_tally_window(const sc_series_tally_t *series, unsigned window,
    sc_window_summary_t *summary)
{
    unsigned                 i;
    const sc_window_tally_t *from;
    const sc_cohort_tally_t *cohort;

    from = &series->windows[window];

    for (i = 0; i < SC_COUNTS; i++) {
        summary->counts[i] = sc_tally_clamp(from->counts[i]);
    }

    for (i = 0; i < SC_CLOSED_REASONS; i++) {
        summary->closed[i] = sc_tally_clamp(from->closed[i]);
    }

    summary->opened[0] = sc_tally_clamp(from->opened[0]);
    summary->opened[1] = sc_tally_clamp(from->opened[1]);

    for (i = 0; i < SC_RESPONSES; i++) {
        sc_tally_summarize(from, i, &summary->responses[i]);
    }

    for (i = 0; i < SC_COHORTS; i++) {
        cohort = &series->cohorts[window][i];
        summary->cohorts[i].replied = sc_tally_clamp(cohort->replied);
        summary->cohorts[i].withdrawn = sc_tally_clamp(cohort->withdrawn);
        summary->cohorts[i].due =
            sc_tally_clamp(cohort->started > cohort->withdrawn
                           ? cohort->started - cohort->withdrawn : 0);
    }
}
