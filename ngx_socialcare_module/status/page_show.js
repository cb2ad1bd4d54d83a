/*
 * page_show.js: from the status JSON to the page's sections.
 *
 * Counts of several series are added up; quantiles never are: those of one
 * series are shown as they are, of several the bounds between which they are
 * sure to lie.  A sum of which a part is not known says so.
 */

"use strict";

/* Queues are read every few seconds, the counters of hours every minute to every five. */
const STALE_MS = 30000, OLD_HOURS_MS = 360000, TARGET_S = 900;
const WINDOWS = { "5m": "5 minutes", "1h": "hour", "24h": "24 hours", "7d": "7 days" };
const REACH = { "0-99": "under 100 followers", "100-999": "100 to 999", "1k-9999": "1,000 to 9,999", "10k-99999": "10,000 to 99,999",
  "100k+": "100,000 and more", none: "no audience (private)", unknown: "audience unknown" };


/* The lengths of wait that the page tells apart: upper bound in seconds, words. */
const STEPS = [[300, "0–5", "min"], [900, "5–15", "min"], [1800, "15–30", "min"], [3600, "30–60", "min"], [14400, "1–4", "h"], [86400, "4–24", "h"], [Infinity, "> 24", "h"]];

const byId = (id) => document.getElementById(id);
const list = (value) => Array.isArray(value) ? value : [];
const sumOf = (object) => Object.values(object || {}).reduce((a, b) => a + b, 0);
const ratio = (part, whole) => whole > 0 ? part / whole : null;
const nothing = (member, text) => isKnown(member) ? text : "unknown: not reported.";
const asWord = (word) => String(word).replace(/_/g, " ");

/* [sum, whether a part is missing]; null where nothing is known. */
function total(items, pick) {
  const values = items.map(pick), known = values.filter(isKnown);
  if (items.length > 0 && known.length === 0) return [null, false];
  return [known.reduce((a, b) => a + b, 0), known.length < values.length];
}
const totalText = ([sum, partly]) => isKnown(sum) ? number(sum) + (partly ? " + unknown" : "") : UNKNOWN.text;
const greatest = (values) => values.filter(isKnown).reduce((a, b) => a === null || b > a ? b : a, null);
const least = (values) => values.filter(isKnown).reduce((a, b) => a === null || b < a ? b : a, null);


/* Adding up. */

function addHistograms(items) {
  const known = items.filter(isKnown);
  if (known.length === 0) return null;
  const le = {};
  known.forEach((x) => Object.entries(x.le_s || {}).forEach(([bound, n]) => { le[bound] = (le[bound] || 0) + n; }));
  const sum = { count: known.reduce((n, x) => n + x.count, 0), le_s: le, parts: known };
  if (known.length === 1) Object.assign(sum, known[0]);
  return sum;
}
const boundsOf = (le) => Object.entries(le).map(([bound, n]) => [bound === "+Inf" ? Infinity : Number(bound), n]).sort((a, b) => a[0] - b[0]);

/* Of `due` the `replied`: { "900": { due, replied, share } }; null: no wait is that old. */
function addShares(items) {
  const sum = {};
  items.filter(isKnown).forEach((x) => Object.entries(x).forEach(([horizon, v]) => {
    const at = sum[horizon] || (sum[horizon] = { due: 0, replied: 0 });
    at.due += v ? v.due : 0;
    at.replied += v ? v.replied : 0;
    at.share = ratio(at.replied, at.due);
  }));
  return sum;
}
function addWindows(series, name) {
  const windows = series.map((x) => (x.windows || {})[name]).filter(isKnown);
  const pick = (field) => windows.map((w) => w[field]);
  const sumBy = (value) => windows.length === 0 && series.length > 0 ? null : total(windows, value)[0], sum = (field) => sumBy((w) => w[field]);
  const met = sum("met"), missed = sum("missed");
  const closed = {};
  pick("closed").forEach((c) => Object.entries(c || {}).forEach(([reason, n]) => { closed[reason] = (closed[reason] || 0) + n; }));
  return { from: least(pick("from_ms")), to: greatest(pick("to_ms")), reading: greatest(pick("reading_age_ms")),
    opened: sumBy((w) => w.opened_first + w.opened_next), replied: sumBy((w) => w.replied_first + w.replied_next),
    fast: sum("replied_within_15min"), auto: sum("auto"), met, missed, attainment: isKnown(met) ? ratio(met, met + missed) : null, closed,
    first: addHistograms(pick("first_response")), next: addHistograms(pick("next_response")),
    within: addShares(pick("within")), rate: addShares(pick("response_rate")) };
}

/*
 * What is certain of one series: of its answers at least `least` and at most
 * `most` took no longer than `at`.  Counts are exact; a quantile is the middle
 * of a bucket that reaches 2 % to either side, the first of all ends at 1 s and
 * the last begins at 7 days.
 */
const SPREAD = 1.02, SHORTEST_S = 1, LONGEST_S = 604800;
function certainties(x) {
  const certain = boundsOf(x.le_s || {}).map(([at, n]) => ({ at, least: n, most: n }));
  [50, 75, 90, 95, 99].filter((p) => isKnown(x[`p${p}_s`])).forEach((p) => {
    const value = x[`p${p}_s`], rank = Math.ceil(p * x.count / 100);
    certain.push({ at: value >= LONGEST_S ? Infinity : Math.max(SHORTEST_S, value * SPREAD), least: rank, most: x.count });
    if (value > SHORTEST_S) certain.push({ at: value >= LONGEST_S ? LONGEST_S : value / SPREAD, least: 0, most: rank - 1 });
  });
  return certain;
}

/* The narrowest [from, to] in which the quantile of all the series together lies for certain. */
function quantileBounds(parts, percentage) {
  const rank = Math.ceil(percentage * parts.reduce((n, x) => n + x.count, 0) / 100);
  const points = parts.flatMap((x, i) => certainties(x).map((point) => ({ ...point, i }))).sort((a, b) => a.at - b.at);
  const least = parts.map(() => 0), most = parts.map((x) => x.count);
  let sure = 0, possible = parts.reduce((n, x) => n + x.count, 0);
  const to = points.find((p) => {
    sure += Math.max(0, p.least - least[p.i]);
    least[p.i] = Math.max(least[p.i], p.least);
    return sure >= rank;
  });
  const from = points.reverse().find((p) => {
    possible -= Math.max(0, most[p.i] - p.most);
    most[p.i] = Math.min(most[p.i], p.most);
    return possible < rank;
  });
  return [from ? from.at : 0, to ? to.at : Infinity];
}

/* A quantile in words: itself, or the bounds around it. */
function quantile(histogram, percentage) {
  if (!histogram) return UNKNOWN;
  if (histogram.count === 0) return "–";
  const exact = histogram[`p${percentage}_s`], [from, to] = isKnown(exact) ? [exact, exact] : quantileBounds(list(histogram.parts), percentage);
  return marked(between(from, to), percentage === 50 && from > TARGET_S ? "warn" : "");
}

const shareCell = (share) => !share ? UNKNOWN : share.due === 0 ? "none due" : marked(percent(share.share), "");
const attainmentCell = (w) => !isKnown(w.met) ? UNKNOWN : w.met + w.missed === 0 ? "–" : percent(w.attainment);
const isOld = (s, reading, limit = STALE_MS) => s.redis.state !== "ready" || !isKnown(reading) || reading > limit;
function note(id, s, text, reading) {
  const old = isOld(s, reading, OLD_HOURS_MS);
  patch(byId(id), text, old && text ? " " : null, old ? h("span", { class: "stale" }, isKnown(reading) ? `Read ${ago(reading)}.` : "Not read yet.") : null);
}
const spanText = (w, name) => isKnown(w.from) ? `Last ${WINDOWS[name]}: ${moment(w.from)} to ${w.to - w.from > 80000000 ? moment(w.to) : clock(w.to)}.` : `Last ${WINDOWS[name]}.`;


/* What burns, worst first: [severity, text]; one line for each kind of trouble. */

function burning(s, now) {
  const found = [], say = (severity, text) => found.push([severity, text]);
  const spool = s.spool, alone = new Set(s.queues.map((q) => q.brand)).size < 2;
  const of = (q) => alone ? q.queue : `${q.queue} of ${q.brand}`;
  const together = (items, pick, severity, words, name = of) => {
    const some = items.filter((x) => pick(x) > 0).sort((a, b) => pick(b) - pick(a)), sum = some.reduce((n, x) => n + pick(x), 0);
    if (sum > 0) say(severity, `${words(sum)}: ${some.slice(0, 6).map((x) => `${name(x)} ${number(pick(x))}`).join(", ")}${some.length > 6 ? `, and ${some.length - 6} more` : ""}.`);
  };
  if (s.redis.state !== "ready") {
    say("critical", `${s.redis.state === "refusing" ? "The store refuses mentions" : "The store is unreachable"}: Redis is ${s.redis.state}`
      + `${isKnown(s.redis.state_age_ms) ? " for " + age(s.redis.state_age_ms) : ""}. `
      + (spool.configured && spool.state !== "refusing" ? "Mentions go to this machine's disk." : "Platforms are sent away with 503."));
  }
  if (now.away > 0) say("critical", `${plural(now.away, "callback was", "callbacks were")} sent away with 503 in the last minutes.`);
  if (now.full > 0) say("critical", `${plural(now.full, "item", "items")} found their queue full in the last minutes.`);
  list(s.trends).forEach((t) => say(t.state === "spike" ? "critical" : "warning", trendText(t, alone)));
  together(s.queues, (q) => q.breached, "critical", (n) => `${plural(n, "thread is", "threads are")} beyond the deadline`);
  together(list(s.sla), (x) => x.at_risk, "warning", (n) => `${plural(n, "thread has", "threads have")} less than a fifth of the time left`, (x) => `${of(x)} (${x.channel})`);
  together(s.queues, (q) => q.due_soon, "warning", (n) => `${plural(n, "thread is", "threads are")} due within 60 s`);
  together(s.queues, (q) => q.drain === "never" ? q.depth : 0, "warning", () => "Taken out no faster than it comes in, so never drained; waiting");
  together(s.queues, (q) => q.dead, "warning", (n) => `${plural(n, "dead letter waits", "dead letters wait")} to be looked at`);
  const silent = s.platforms.filter((p) => p.silent).map((p) => p.platform);
  if (silent.length) say("warning", `Nothing came for 24 h from ${silent.join(", ")}.`);
  list(s.own_replies).filter((o) => o.missing).forEach((o) => say("warning", `Customers of ${o.brand} write on ${o.platform}, but no reply was seen for 24 h.`));
  list(s.subscriptions).filter((l) => l.remaining_s === 0).forEach((l) => say("warning", `The subscription to ${l.topic} has ended.`));
  list(s.fairness).forEach((f) => Object.entries(f.parity || {}).filter(([, p]) => p && p.flagged).forEach(([name, p]) =>
    say("warning", `${alone ? "Unequal" : f.brand + ": unequal"} by ${name === "reach" ? "audience" : name}: ${groupName(p.lowest)} is answered in time `
      + `${percent(p.ratio)} as often as ${groupName(p.highest)}.`)));
  if (spool.configured) {
    if (spool.state === "refusing") say("critical", `The spool takes nothing (${asWord(spool.trouble)}).`);
    if (spool.bytes > .8 * spool.limit_bytes) say("critical", "The spool is nearly full.");
    if (spool.sync_errors > 0) say("critical", `The spool's disk has failed ${plural(spool.sync_errors, "time", "times")}.`);
    if (spool.waiting_records > 0) say("warning", `${plural(spool.waiting_records, "record waits", "records wait")} on the disk (${spool.state}).`);
    if (spool.unread_segments > 0) say("warning", `${plural(spool.unread_segments, "file", "files")} of the spool not read yet: Redis lacks what is in ${spool.unread_segments > 1 ? "them" : "it"}.`);
    if (spool.quarantine_files + spool.damaged_files > 0) say("warning", "The spool has set files aside.");
  }
  if (["none", "no"].includes(s.redis.durability)) say("warning", "Redis does not write to disk: a crash loses mentions.");
  if (s.redis.evicts) say("warning", "Redis throws mentions away when its memory is full.");
  if (s.zone_free_bytes < .1 * s.zone_bytes) say("warning", "The shared zone is nearly full.");
  return found.sort((a, b) => (a[0] === "warning") - (b[0] === "warning"));
}
function trendText(t, alone) {
  const what = [alone ? null : t.brand, t.channel, t.topic].filter(isKnown).join(", ");
  const level = isKnown(t.level) ? `${rounded(t.level)} times the usual` : "level unknown";
  return `${t.state === "spike" ? "Spike" : "Rising"}: ${what}: ${level}, ${number(t.authors_60m)} people in an hour`
    + (isKnown(t.expected_60m) ? ` instead of ${rounded(t.expected_60m)}` : "") + (isKnown(t.since_ms) ? `, since ${clock(t.since_ms)}` : "") + ".";
}
const rounded = (n) => n >= 10 ? Math.round(n) : Math.round(10 * n) / 10;
const groupName = (name) => REACH[name] || String(name);

function showBurning(s, now) {
  const found = burning(s, now), most = 14;
  const lines = found.slice(0, most).map(([severity, text]) => h("li", {},
    h("b", { class: severity === "critical" ? "bad" : "warn", "aria-hidden": "true" }, severity === "critical" ? "▲" : "●"),
    h("b", { class: severity === "critical" ? "bad" : "warn" }, severity === "critical" ? "Critical:" : "Warning:"), " ", text));
  if (found.length > most) lines.push(h("li", {}, `and ${plural(found.length - most, "more thing", "more things")}`));
  patch(byId("burning"), lines);
  return found;
}


/* The figures to be read from across the room. */

function showTiles(s, series, queues, view) {
  const w = addWindows(series, view.window), breached = total(queues, (q) => q.breached), risk = isKnown(s.sla) ? total(series, (x) => x.at_risk) : [null];
  const open = total(queues, (q) => q.open), depth = total(queues, (q) => q.depth), due = total(queues, (q) => q.due_soon);
  const perMinute = (name) => { const sum = total(queues, (q) => q[name])[0]; return isKnown(sum) ? rounded(60 * sum) : null; };
  const [arrivals, pops] = [perMinute("arrival_per_s"), perMinute("pop_per_s")];
  const oldest = greatest([...series.map((x) => x.oldest_wait_ms), ...queues.filter((q) => q.depth !== 0 && series.length === 0).map((q) => q.oldest_age_ms)]);
  const fast = w.within[TARGET_S] || (series.length === 0 && isKnown(s.sla) ? { due: 0 } : null), waits = series.length > 0 || queues.some((q) => q.open !== 0);
  mark(byId("now"), isOld(s, s.redis.reading_age_ms) ? "old" : "");
  patch(byId("tiles"), figures([
    ["Beyond deadline", marked(totalText(breached), breached[0] > 0 ? "bad" : ""), `of ${totalText(open)} open`, breached[0] > 0 ? "burns" : ""],
    ["At risk", marked(totalText(risk), risk[0] > 0 ? "warn" : ""), `${totalText(due)} due in 60 s`, risk[0] > 0 ? "waits" : ""],
    ["Longest wait", isKnown(oldest) ? age(oldest) : waits && open[0] !== 0 ? UNKNOWN : "–", "of those who are not answered"],
    ["Within 15 min", shareCell(fast), fast && fast.due ? `${number(fast.replied)} of ${number(fast.due)}, last ${WINDOWS[view.window]}` : `last ${WINDOWS[view.window]}`],
    ["Arrivals a minute", number(arrivals), `taken by workers: ${number(pops)}`],
    ["Waiting in queues", totalText(depth), drainText(queues)]]));
}
function drainText(queues) {
  const busy = queues.filter((q) => q.depth !== 0);
  if (busy.length === 0) return "nothing to drain";
  if (busy.some((q) => q.drain === "never")) return "never drained at this pace";
  if (busy.some((q) => !isKnown(q.drain_s))) return "drain time unknown";
  return "drained in " + seconds(greatest(busy.map((q) => q.drain_s)));
}


/* How long people wait. */

function barsOf(histogram) {
  const bounds = boundsOf(histogram.le_s);
  let before = 0;
  return STEPS.map(([bound, ...label]) => {
    const at = bounds.filter(([b]) => b <= bound), n = at.length ? at[at.length - 1][1] : 0, made = { label, count: n - before, late: bound > TARGET_S };
    before = n;
    return made;
  });
}
function waitsChart(id, title, histogram, width) {
  if (!histogram || !histogram.le_s || histogram.count === 0) {
    return h("div", {}, h("h3", {}, title), none(histogram ? "None was answered in this time." : "unknown"));
  }
  const bars = barsOf(histogram), fast = bars.filter((b) => !b.late).reduce((n, b) => n + b.count, 0);
  const words = `${plural(histogram.count, "answer", "answers")}, ${number(fast)} of them within 15 min: `
    + bars.map((b) => `${b.label.join(" ")}: ${b.count}`).join("; ");
  return h("div", {}, h("h3", {}, title), h("figure", {}, histogramOf(id, width, bars, title, words)),
    h("dl", { class: "quantiles" }, [["Half within", 50], ["90 %", 90], ["99 %", 99]].map(([name, percentage]) =>
      h("div", {}, h("dt", {}, name), said("dd", quantile(histogram, percentage))))));
}
const histogramOf = (id, width, bars, title, words) => histogram(id, width, bars, "15 min target", title, words);

function showWaits(s, series, view) {
  const w = addWindows(series, view.window), body = byId("waits-body");
  note("waits-span", s, series.length ? spanText(w, view.window) : "", series.length ? w.reading : 0);
  if (series.length === 0) return patch(body, none(nothing(s.sla, "Nobody has asked anything yet.")));
  const wide = body.clientWidth, width = Math.floor(wide >= 36 * rem() ? (wide - 1.2 * rem()) / 2 : wide);
  const horizons = Object.keys(w.within).map(Number).sort((a, b) => a - b);
  const reasons = Object.entries(w.closed).filter(([, n]) => n > 0).map(([reason, n]) => `${asWord(reason)} ${number(n)}`).join(", ");
  patch(body, h("div", { class: "two" },
    waitsChart("first", "First response", w.first, width), waitsChart("next", "Next responses in a conversation", w.next, width)),
    h("h3", {}, "Answered in time, of all who asked (those without an answer count as not answered)"),
    h("table", { class: "bars" }, h("caption", {}, "A deadline that has not come yet is not counted."),
      h("tbody", {}, horizons.map((T) => h("tr", {}, h("th", { scope: "row" }, "within " + seconds(T), T === TARGET_S ? h("small", { class: "roomy" }, " target") : null),
        said("td", bar([[T === TARGET_S ? "blue" : "sky", w.within[T].share || 0]])), said("td", shareCell(w.within[T])),
        h("td", { class: "quiet" }, w.within[T].due ? [number(w.within[T].replied), h("span", { class: "roomy" }, ` of ${number(w.within[T].due)}`)] : "–"))))),
    h("p", { class: "quiet" }, `Closed without an answer: ${reasons || "none"}. Automatic answers, which end no wait: ${number(w.auto)}. `
      + `Own deadlines: ${number(w.met)} met, ${number(w.missed)} missed.`));
}


/* Arrivals and replies. */

const cursor = { hours: null, slots: null };

function showFlow(s, view) {
  const body = byId("flow-body"), brands = list(s.history).filter((x) => !view.brand || x.brand === view.brand);
  const field = view.span === "hours" ? "hour_ms" : "slot_ms", points = new Map();
  brands.flatMap((x) => list(x[view.span])).forEach((p) => {
    const at = points.get(p[field]) || points.set(p[field], {}).get(p[field]);
    ["in", "opened", "replied", "closed", "met", "missed", "replied_within_15min"].forEach((name) => {
      if (isKnown(p[name])) at[name] = (at[name] || 0) + p[name];
    });
  });
  if (![...points.values()].some((p) => sumOf(p) > 0)) {
    flowBars.length = 0;
    return patch(body, none(brands.some((x) => !x[view.span]) ? "unknown: not read yet."
      : nothing(s.history, points.size === 0 ? "Nothing has arrived yet." : `Nothing has arrived in ${view.span === "hours" ? 48 : 2} hours.`)));
  }
  const times = [...points.keys()].sort((a, b) => a - b), length = view.span === "hours" ? 3600000 : 300000, roomy = body.clientWidth > 26 * rem();
  flowBars.splice(0, Infinity, ...times.map((t, i) => {
    const p = points.get(t), hour = new Date(t).getHours(), minute = new Date(t).getMinutes();
    const tick = view.span === "hours" ? hour % (roomy ? 6 : 12) === 0 : minute % 30 === 0;
    return { up: p.opened, down: p.replied, downDark: Math.min(p.replied || 0, p.replied_within_15min || 0), missed: p.missed,
      tick: tick && i < times.length - 2 ? (hour === 0 && minute === 0 ? new Date(t).toLocaleDateString("en-GB", { weekday: "short" }) : clock(t)) : null,
      said: `${day(t)}, ${clock(t)} to ${t + length > s.now_ms ? "now" : clock(t + length)}: ${number(p.opened)} waits began, ${number(p.in)} items came in; ${number(p.replied)} replies, `
        + `${number(p.replied_within_15min)} within 15 min; ${number(p.missed)} deadlines missed, ${number(p.met)} met` };
  }));
  drawFlow(view);
}
const flowBars = [];

function drawFlow(view) {
  if (flowBars.length === 0) return;
  const body = byId("flow-body"), at = Math.min(cursor[view.span] === null ? flowBars.length - 1 : cursor[view.span], flowBars.length - 1);
  patch(body, h("figure", {}, mirror("history", Math.floor(body.clientWidth), flowBars, at, "Arrivals and replies; arrow keys read one after the other"),
    h("figcaption", {}, entry("blue", "waits that began", "Up:"), entry("teal", "replies within 15 min", "Down:"), entry("mint", "later replies"),
      entry("missed", "deadlines missed", "At the foot:"))),
    h("p", { id: "history-text" }, flowBars[at].said + "."),
    h("details", {}, h("summary", {}, "All of these figures"), h("ul", { class: "quiet" }, flowBars.map((b) => h("li", {}, b.said)))));
}


/* Tables. */

const perMinute = (rate) => isKnown(rate) ? number(rounded(60 * rate)) : UNKNOWN;
function drainCell(q) {
  if (q.drain === "now" || q.depth === 0) return "–";
  if (q.drain === "never") return marked("never", "bad");
  return isKnown(q.drain_s) ? seconds(q.drain_s) : UNKNOWN;
}
function dueCell(earliest, open, breached, now) {
  if (!isKnown(earliest)) return open === 0 ? "–" : isKnown(open) && open === breached ? marked("all passed", "bad") : UNKNOWN;
  return earliest < now ? marked(age(now - earliest) + " late", "bad") : "in " + age(earliest - now);
}

/* The audience of most of them, where that says something. */
function mostly(share) {
  const [name, count] = Object.entries(share || {}).sort((a, b) => b[1] - a[1])[0] || [];
  return count > 0 && 2 * count > sumOf(share) && name !== "unknown" ? groupName(name) : "–";
}
function showTrends(s, view) {
  const mine = (x) => !view.brand || x.brand === view.brand, trends = list(s.trends).filter(mine), detector = s.trend_detector || {};
  const known = list(detector.series).filter(mine), judged = known.some((x) => x.grade !== "unknown");
  const young = [...new Set(known.filter((x) => x.grade !== "known").map((x) => x.channel))];
  const most = Math.max(1, ...trends.flatMap((t) => [t.authors_60m || 0, t.expected_60m || 0]));
  patch(byId("trends-note"), !isKnown(s.trends) ? "unknown: not reported." : detector.on === false ? "Not looked for: socialcare_trends is off."
    : trends.length ? "Different people in an hour; the thin mark is how many are usual. "
      : judged ? "Nothing is out of the ordinary. " : "Nothing can be said yet: a channel's first hour shows what is usual there. ",
  judged && young.length ? `What is usual is still being learned for ${young.join(", ")}.` : null);
  table(byId("trends"), ["<Topic", "<Brand", "<Channel", "<People", "In an hour", "Usual", "Times the usual", "In 15 min", "<State", "Since", "<Mostly"], trends.map((t) => ({ cells: [
    isKnown(t.topic) ? t.topic : "all topics", t.brand, t.channel, bar([[t.state === "spike" ? "late" : "blue", (t.authors_60m || 0) / most]], isKnown(t.expected_60m) ? t.expected_60m / most : null),
    count(t.authors_60m), isKnown(t.expected_60m) ? number(rounded(t.expected_60m)) : UNKNOWN, isKnown(t.level) ? number(rounded(t.level)) : UNKNOWN, count(t.authors_15m),
    t.state === "spike" ? marked("spike", "bad") : marked("rising", "warn"), isKnown(t.since_ms) ? moment(t.since_ms) : UNKNOWN, mostly(t.share)] })));
}

function showQueues(s, queues) {
  const most = Math.max(1, ...queues.map((q) => q.depth || 0));
  const urgent = (a, b) => (b.breached || 0) - (a.breached || 0) || (b.oldest_age_ms || 0) - (a.oldest_age_ms || 0);
  const risk = (q) => { const at = list(s.sla).filter((x) => x.brand === q.brand && x.queue === q.queue); return q.open === 0 ? 0 : at.length ? total(at, (x) => x.at_risk)[0] : null; };
  patch(byId("queues-note"), queues.length === 0 ? "No queue has had anything yet." : ["The most urgent first. Rates over 5 minutes. ", entry("blue", "not read by a worker"), entry("sky", "read, not acknowledged")]);
  table(byId("queues"), ["<Queue", "<Brand", "<Backlog", "Waiting", "Not read", "Oldest item", "In a minute", "Taken a minute", "Drained in", "Open threads", "At risk",
    "Beyond deadline", "Next deadline", "Dead", "Full", "Read"], [...queues].sort(urgent).map((q) => {
    const unread = !isKnown(q.depth) ? 0 : isKnown(q.lag) ? Math.min(q.lag, q.depth) : q.depth, old = isOld(s, q.reading_age_ms);
    return { mark: old ? "old" : "", cells: [q.queue, q.brand, bar([["blue", unread / most], ["sky", ((q.depth || 0) - unread) / most]]),
      count(q.depth), count(q.lag), q.depth === 0 ? "–" : age(q.oldest_age_ms), perMinute(q.arrival_per_s), perMinute(q.pop_per_s), drainCell(q), count(q.open),
      count(risk(q), "warn"), count(q.breached, "bad"), dueCell(q.earliest_due_ms, q.open, q.breached, s.now_ms), count(q.dead, "warn"), count(q.full, "bad"),
      marked(ago(q.reading_age_ms), old ? "warn" : "")] };
  }));
}

/* A channel, of all queues and brands that are shown. */
function showChannels(s, series, view) {
  const names = [...new Set(series.map((x) => x.channel))], groups = list(s.fairness).filter((f) => !view.brand || f.brand === view.brand);
  const rows = names.map((name) => {
    const own = series.filter((x) => x.channel === name), w = addWindows(own, view.window), ignored = addWindows(own, "7d").rate["86400"];
    const group = groups.length === 1 ? list((groups[0].groups || {}).channel).find((g) => g.group === name) : null;
    return { opened: w.opened || 0, cells: [name, bar([["blue", (w.within[TARGET_S] || {}).share || 0]]), shareCell(w.within[TARGET_S]), count(w.opened), count(w.replied),
      group ? seconds(group.median_wait_s) : UNKNOWN, attainmentCell(w), !ignored ? UNKNOWN : ignored.due === 0 ? "none due" : percent(1 - ignored.share), count(w.auto),
      count(total(own, (x) => x.open)[0]), count(total(own, (x) => x.at_risk)[0], "warn"), count(total(own, (x) => x.breached)[0], "bad"),
      age(greatest(own.map((x) => x.oldest_wait_ms)))] };
  }).sort((a, b) => b.opened - a.opened);
  const all = addWindows(series, view.window);
  note("channels-span", s, rows.length ? spanText(all, view.window) + " Median waits are of 24 hours, ignored ones of 7 days." : nothing(s.sla, "No channel has had anything yet."), rows.length ? all.reading : 0);
  table(byId("channels"), ["<Channel", "<Within 15 min", "Share", "Waits began", "Replies", "Median wait", "Own deadline met", "Ignored after 24 h", "Automatic", "Open now", "At risk",
    "Beyond deadline", "Longest wait"], rows);
}

function showSeries(s, series, view) {
  const rows = series.map((x) => ({ x, w: addWindows([x], view.window) })).sort((a, b) => ((b.w.first || {}).p50_s || 0) - ((a.w.first || {}).p50_s || 0)).map(({ x, w }) => {
    const of = (response) => response && response.count > 0 ? [response.p50_s, response.p90_s, response.p99_s] : [];
    const ends = (response) => [50, 90, 99].map((percentage) => quantile(response, percentage));
    return { cells: [x.queue, x.brand, x.channel, range(of(w.first), TARGET_S), ...ends(w.first), range(of(w.next), TARGET_S), ...ends(w.next), shareCell(w.within[TARGET_S]), attainmentCell(w)] };
  });
  const all = addWindows(series, view.window);
  note("series-span", s, rows.length ? `${spanText(all, view.window)} Slowest first. A line goes from the median over 90 % to 99 %, on a scale from 10 s to 3 days; the thin mark is 15 min.`
    : nothing(s.sla, "Nobody was answered yet."), rows.length ? all.reading : 0);
  table(byId("series"), ["<Queue", "<Brand", "<Channel", "<First response", "Half", "90 %", "99 %", "<Next response", "Half", "90 %", "99 %", "Within 15 min", "Own deadline met"], rows);
}


/* Fairness, in words first. */

function parityWords(p, name) {
  if (!p || !isKnown(p.ratio)) return [UNKNOWN, "Not enough has happened to compare."];
  const who = `${groupName(p.lowest)} against ${groupName(p.highest)}`;
  if (!p.enough) return [percent(p.ratio), `${who}: too few waits to judge; each needs 30.`];
  if (p.flagged) return [marked(percent(p.ratio), "bad"), `Unequal: ${who}. Below 80 %, and more than chance (z ${isKnown(p.z) ? Math.abs(p.z).toFixed(1) : "?"}).`];
  return [percent(p.ratio), `${who}. ${p.ratio < .8 ? "Below 80 %, but it may be chance." : "80 % or more counts as equal."}`];
}
function verdicts(f) {
  const parity = f.parity || {}, jain = f.jain || {}, gap = f.ignored_gap_points, depth = f.overtake_depth_s;
  const two = (v) => isKnown(v) ? v.toFixed(2) : UNKNOWN;
  return h("dl", { class: "verdicts" }, figures([
    ["Parity by audience: who is answered in 15 min", ...parityWords(parity.reach)],
    ["Parity by channel", ...parityWords(parity.channel)],
    ["Evenness (Jain's index), audience", two(jain.reach), `1 is the same for all. By channel: ${isKnown(jain.channel) ? jain.channel.toFixed(2) : "unknown"}.`],
    ["Ignored gap", isKnown(gap) ? (gap > 0 ? "+" : gap < 0 ? "−" : "") + Math.abs(gap).toFixed(1) + " points" : UNKNOWN,
      "How much more often the smallest audience gets no answer within 24 h than the largest."],
    ["Overtaking", isKnown(depth) ? seconds(depth) : UNKNOWN, "How much longer the one whose turn it was had waited already, on average, when another was answered."]]));
}
function groupTable(title, groups, names) {
  if (groups.length === 0) return null;
  const best = greatest(groups.map((g) => g.share_900));
  return h("div", {}, h("h3", {}, title), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, h("table", {}, h("thead", {}, h("tr", {},
    ["Group", "Within 15 min", "Share", "Median wait", "Against all", "Ignored after 24 h", "Waits", "Open"].map((t, i) => head(t, i < 2)))),
  h("tbody", {}, groups.map((g) => h("tr", {}, rowHead(names ? groupName(g.group) : g.group), said("td", bar([["blue", g.share_900 || 0]], isKnown(best) ? .8 * best : null)),
    said("td", shareCell({ due: g.due_900, share: g.share_900 })), said("td", isKnown(g.median_wait_s) ? seconds(g.median_wait_s) : g.spells === 0 ? "–" : UNKNOWN),
    said("td", isKnown(g.wait_gap) ? "× " + g.wait_gap.toFixed(2) : UNKNOWN), said("td", isKnown(g.ignored_rate_86400) ? percent(g.ignored_rate_86400) : UNKNOWN),
    said("td", count(g.spells)), said("td", count(g.open))))))));
}
function showFairness(s, view) {
  const brands = list(s.fairness).filter((f) => !view.brand || f.brand === view.brand).filter((f) => list((f.groups || {}).channel).length + list((f.groups || {}).reach).length > 0);
  note("fairness-span", s, brands.length ? `Is everybody answered alike? Waits since ${moment(least(brands.map((f) => f.from_ms)))}; who is still waiting counts with the wait so far. `
    + "The thin mark is 80 % of the best group." : nothing(s.fairness, "Nobody has waited yet."), 0);
  patch(byId("fairness"), brands.map((f) => h("div", {}, brands.length > 1 ? h("h3", {}, f.brand) : null, verdicts(f),
    h("div", { class: "two groups" }, groupTable("By audience", list(f.groups.reach), true), groupTable("By channel", list(f.groups.channel), false)))));
}


/* Health. */

function latency(histogram, part) {
  if (!histogram || histogram.count === 0) return "–";
  const bounds = boundsOf(histogram.le_s), at = bounds.findIndex(([, n]) => n >= part * histogram.count);
  const text = (v) => v < 1 ? v * 1000 + " ms" : seconds(v);
  return bounds[at][0] === Infinity ? "> " + text(bounds[at - 1][0]) : "≤ " + text(bounds[at][0]);
}
function showPlatforms(s) {
  const most = Math.max(1, ...s.platforms.map((p) => p.mentions));
  patch(byId("since"), s.platforms.length ? `Counted since ${moment(s.counters_since_ms)}.` : "No platform is configured, and none has called.");
  table(byId("platforms"), ["<Platform", "<Share", "Mentions", "Last callback", "Duplicates", "Refused", "Not understood", "Turned away", "99 % answered in", "Half arrive in"],
    s.platforms.map((p) => ({ cells: [p.platform, bar([["blue", p.mentions / most]]), count(p.mentions), marked(ago(p.last_callback_age_ms), p.silent ? "warn" : ""),
      count(p.duplicates), count(sumOf(p.refused)), count(sumOf(p.dead), "warn"), count(p.results.unavailable, "bad"), latency(p.answer_latency, .99), latency(p.intake_lag, .5)] })));
}
function showHealth(s) {
  const r = s.redis, spool = s.spool, waiting = r.workers.reduce((n, w) => n + w.waiting_requests, 0);
  const trip = greatest(r.workers.map((w) => w.round_trip_us)), spare = s.zone_free_bytes / s.zone_bytes;
  const trouble = [...new Set(r.workers.map((w) => w.trouble).filter((w) => w !== "ok"))].map(asWord).join(", ");
  pairs(byId("intake"), [["Workers", number(r.workers.length)], ["Callbacks waiting", number(waiting)], ["Configured", moment(s.configured_ms)],
    ["Shared zone free", marked(Math.round(100 * spare) + " %", spare < .1 ? "warn" : "")], ["Names refused", count(s.names_refused, "warn")], ["Series not counted", count(s.series_overflow, "warn")],
    ["Closed by workers", s.closes ? `${number(s.closes.accepted)}, refused ${number(sumOf(s.closes.refused))}` : UNKNOWN],
    ...s.secrets.map((k) => ["Secret " + k.label, number(k.hits) + " hits"]), ["Version", s.version + ", nginx " + s.nginx]]);
  pairs(byId("redis"), [["State", marked(r.state + (isKnown(r.state_age_ms) ? " for " + age(r.state_age_ms) : ""), r.state === "ready" ? "good" : "bad")],
    ["Address", r.url], ["Acknowledged by", r.acknowledgement === "redis" ? "Redis" : marked("Redis and " + r.replicas_wanted + " replicas; now "
      + (r.replicas === null ? "unknown" : r.replicas), r.replicas === null ? "unknown" : r.replicas < r.replicas_wanted ? "warn" : "")],
    ["Durability", marked(r.durability, ["none", "no"].includes(r.durability) ? "warn" : r.durability === "unknown" ? "unknown" : "")],
    ["Last trouble", marked(trouble || "none", trouble ? "warn" : "")], ["Round trip", isKnown(trip) ? trip / 1000 + " ms" : UNKNOWN],
    ["Connections lost", number(r.disconnects)], ["Time-outs", number(r.timeouts)], ["Error replies", number(sumOf(r.errors))], ["Queues read", ago(r.reading_age_ms)]]);
  pairs(byId("spool"), !spool.configured ? [["State", "not configured"]] : [["State", marked(spool.state, { up: "good", refusing: "bad" }[spool.state] || "warn")],
    ["Records waiting", number(spool.waiting_records) + (spool.unread_segments > 0 ? " and " + plural(spool.unread_segments, "file", "files") + " not read yet" : "")], ["Oldest", isKnown(spool.oldest_age_ms) ? age(spool.oldest_age_ms) : "–"],
    ["Disk", bytes(spool.bytes) + " of " + bytes(spool.limit_bytes)], ["Delivered", number(spool.drained)], ["Not taken", count(sumOf(spool.refused), "bad")],
    ["Disk errors", count(spool.sync_errors, "bad")], ["Files set aside", number(isKnown(spool.quarantine_files) ? spool.quarantine_files + spool.damaged_files : null)], ["Looked at", ago(spool.reading_age_ms)]]);
}
