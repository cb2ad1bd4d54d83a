/*
 * sc_status_fairness.c: groups of customers compared, as JSON.
 */

#include "sc_json_write.h"
#include "sc_status_text.h"


static const char *const sc_group_names[SC_GROUPS] = {
    "all",
    "0-99", "100-999", "1k-9999", "10k-99999", "100k+", "none", "unknown",
    "social", "messaging", "sms", "voice", "email", "review", "helpdesk",
    "other"
};


const char *
sc_status_group_name(unsigned group)
{
    return sc_group_names[group];
}


/* A number, rounded to 1 / `scale`; null unless `known`. */

static void
sc_fair_number(sc_buf_t *buf, const char *name, bool known, double value,
    uint32_t scale)
{
    sc_json_write_name(buf, name);

    if (!known) {
        sc_buf_append_literal(buf, "null");
        return;
    }

    if (value < 0) {
        sc_buf_append_byte(buf, '-');
        value = -value;
    }

    sc_status_write_seconds(buf, (uint64_t) (value * scale + 0.5), scale);
}


bool
sc_status_wait_gap(const sc_fairness_t *fairness, unsigned group, double *gap)
{
    int32_t all, median;

    all = fairness->groups[SC_GROUP_ALL].median_ms;
    median = fairness->groups[group].median_ms;
    *gap = 0;

    if (all <= 0 || median < 0) {
        return false;
    }

    *gap = (double) median / all;

    return true;
}


static void
sc_fair_group(sc_buf_t *buf, const sc_fairness_t *fairness, unsigned which)
{
    bool                      known;
    double                    gap;
    const sc_group_summary_t *group;

    group = &fairness->groups[which];
    known = sc_status_wait_gap(fairness, which, &gap);

    sc_status_json_element(buf);
    sc_status_json_text(buf, "group",
                        sc_str_from_cstring(sc_group_names[which]));
    sc_json_write_uint(buf, "spells", group->spells);
    sc_json_write_uint(buf, "open", group->open);
    sc_fair_number(buf, "median_wait_s", group->median_ms >= 0,
                   (double) group->median_ms / 1000, 1000);
    sc_json_write_uint(buf, "due_900", group->within_900.due);
    sc_json_write_uint(buf, "replied_900", group->within_900.replied);
    sc_fair_number(buf, "share_900", group->within_900.due > 0,
                   (double) sc_share_micro(group->within_900.replied,
                                           group->within_900.due) / 1e6,
                   1000000);
    sc_fair_number(buf, "ignored_rate_86400", group->day.due > 0,
                   1 - (double) sc_share_micro(group->day.replied,
                                               group->day.due) / 1e6,
                   1000000);
    sc_fair_number(buf, "wait_gap", known, gap, 1000);
    sc_buf_append_byte(buf, '}');
}


/* Groups without waits are left out. */

static void
sc_fair_groups(sc_buf_t *buf, const char *name, const sc_fairness_t *fairness,
    unsigned from, unsigned count)
{
    unsigned i;

    sc_json_write_name(buf, name);
    sc_buf_append_byte(buf, '[');

    for (i = from; i < from + count; i++) {
        if (fairness->groups[i].spells > 0 || fairness->groups[i].day.due > 0)
        {
            sc_fair_group(buf, fairness, i);
        }
    }

    sc_buf_append_byte(buf, ']');
}


static void
sc_fair_parity(sc_buf_t *buf, const char *name, const sc_fairness_t *fairness,
    unsigned from, unsigned count)
{
    sc_parity_t parity;

    sc_parity(fairness, from, count, &parity);
    sc_json_write_name(buf, name);

    if (!parity.known) {
        sc_buf_append_literal(buf, "{\"ratio\":null,\"lowest\":null,"
                                   "\"highest\":null,\"z\":null,"
                                   "\"enough\":false,\"flagged\":false}");
        return;
    }

    sc_buf_append_byte(buf, '{');
    sc_fair_number(buf, "ratio", true, parity.ratio, 1000);
    sc_json_write_member(buf, "lowest",
                         sc_str_from_cstring(sc_group_names[parity.lowest]));
    sc_json_write_member(buf, "highest",
                         sc_str_from_cstring(sc_group_names[parity.highest]));
    sc_fair_number(buf, "z", true, parity.z, 1000);
    sc_json_write_bool(buf, "enough", parity.enough);
    sc_json_write_bool(buf, "flagged", parity.flagged);
    sc_buf_append_byte(buf, '}');
}


void
sc_status_write_fairness_json(sc_buf_t *buf, sc_str_t brand,
    const sc_fairness_t *fairness)
{
    bool      known;
    double    points, jain;
    int64_t   due_from_ms, due_to_ms;
    sc_plan_t plan;

    sc_plan_init(&plan, fairness->now_ms);
    (void) sc_cohort_span(&plan, SC_WINDOW_24H, SC_WITHIN_900, &due_from_ms,
                          &due_to_ms);

    sc_status_json_element(buf);
    sc_status_json_text(buf, "brand", brand);
    sc_json_write_int(buf, "from_ms", sc_window_from_ms(&plan, SC_WINDOW_24H));
    sc_json_write_int(buf, "to_ms", fairness->now_ms);
    sc_json_write_int(buf, "due_900_from_ms", due_from_ms);
    sc_json_write_int(buf, "due_900_to_ms", due_to_ms);

    sc_json_write_name(buf, "groups");
    sc_buf_append_byte(buf, '{');
    sc_fair_groups(buf, "channel", fairness, SC_GROUP_CHANNEL,
                   SC_GROUP_CHANNELS);
    sc_fair_groups(buf, "reach", fairness, SC_GROUP_TIER, SC_TIERS);
    sc_buf_append_byte(buf, '}');

    sc_json_write_name(buf, "parity");
    sc_buf_append_byte(buf, '{');
    sc_fair_parity(buf, "channel", fairness, SC_GROUP_CHANNEL,
                   SC_GROUP_CHANNELS);
    sc_fair_parity(buf, "reach", fairness, SC_GROUP_TIER, SC_TIERS);
    sc_buf_append_byte(buf, '}');

    sc_json_write_name(buf, "jain");
    sc_buf_append_byte(buf, '{');
    jain = sc_jain(fairness, SC_GROUP_CHANNEL, SC_GROUP_CHANNELS);
    sc_fair_number(buf, "channel", jain >= 0, jain, 10000);
    jain = sc_jain(fairness, SC_GROUP_TIER, SC_TIERS);
    sc_fair_number(buf, "reach", jain >= 0, jain, 10000);
    sc_buf_append_byte(buf, '}');

    known = sc_ignored_gap(fairness, &points);
    sc_fair_number(buf, "ignored_gap_points", known, points, 100);
    sc_fair_number(buf, "overtake_depth_s", fairness->answers > 0,
                   (double) fairness->overtake_ms
                   / (fairness->answers == 0 ? 1 : fairness->answers) / 1000,
                   1000);
    sc_buf_append_byte(buf, '}');
}
