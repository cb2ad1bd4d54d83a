/*
 * page.js: what the status page remembers, its switches, and the refresh.
 */

"use strict";

const POLL_MS = 5000, RECENT_MS = 600000;
const view = { theme: "auto", window: "24h", span: "hours", brand: "" };
const samples = [];
let last = null, seenAt = 0, turn = 0, timer = 0;

/* The browser may forbid storage: then choices last as long as the page. */
function remember() {
  try { localStorage.setItem("socialcare", JSON.stringify(view)); } catch { /* not kept */ }
}
function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem("socialcare"));
    for (const name of ["theme", "window", "span"]) {
      if (kept && document.querySelector(`input[name=${name}][value="${CSS.escape(kept[name])}"]`)) view[name] = kept[name];
    }
    if (kept && typeof kept.brand === "string") view.brand = kept.brand;
  } catch { /* nothing is kept */ }
  for (const name of ["theme", "window", "span"]) document.querySelector(`input[name=${name}][value="${view[name]}"]`).checked = true;
}
function applyTheme() {
  if (view.theme === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.setAttribute("data-theme", view.theme);
}

/* What happened between the readings of the last ten minutes; nothing after the counters began anew. */
function sinceOpened(s) {
  const all = (items, pick) => items.reduce((n, x) => n + pick(x), 0), before = samples[samples.length - 1];
  const now = { since: s.counters_since_ms, at: s.now_ms, away: all(s.platforms, (p) => p.results.unavailable), full: all(s.queues, (q) => q.full) };
  if (before && (before.since !== now.since || before.at > now.at || before.away > now.away || before.full > now.full)) samples.length = 0;
  if (samples.length === 0 || samples[samples.length - 1].at !== now.at) samples.push(now);
  while (now.at - samples[0].at > RECENT_MS) samples.shift();
  return { away: now.away - samples[0].away, full: now.full - samples[0].full };
}

function showBrands(s) {
  const names = [...new Set([...s.queues, ...list(s.sla)].map((x) => x.brand))].sort(), select = byId("brands").querySelector("select");
  if (!names.includes(view.brand)) view.brand = "";
  byId("brands").hidden = names.length < 2;
  patch(select, h("option", { value: "" }, "all brands"), names.map((name) => h("option", { value: name }, name)));
  if (select.value !== view.brand) select.value = view.brand;
}

/* One sentence, read aloud when it changes. */
function showSummary(s, found, queues) {
  const critical = found.filter(([severity]) => severity === "critical").length, stored = s.redis.state === "ready";
  const dark = queues.some((q) => !isKnown(q.breached) || q.reading_age_ms > STALE_MS), spike = list(s.trends).some((t) => t.state === "spike");
  const nothing = queues.length === 0 && s.platforms.every((p) => p.requests === 0);
  const [text, name] = !stored ? [`Store ${s.redis.state === "refusing" ? "refuses mentions" : "unreachable"}; what is known of the queues is old.`, "bad"]
    : spike ? ["A spike is going on.", "bad"]
      : critical > 0 ? ["Something burns.", "bad"]
        : dark ? ["Not everything is known.", "warn"]
          : found.length > 0 ? ["Something needs a look.", "warn"]
            : nothing ? ["Nothing has arrived yet. Point a platform's webhook at this server.", "good"] : ["All is well.", "good"];
  say(text, name);
  document.title = (found.length > 0 ? `(${found.length}) ` : "") + "socialcare";
}
function say(text, name) {
  patch(byId("summary"), text);
  mark(byId("summary"), name);
}

/*
 * What the reader looks at stays where it is, though lines come and go above:
 * what has the focus, else the first thing in view that is still seen after
 * the change.  The browser's own anchoring is off (page.css), for not every
 * browser has it.  At the top of the page it is the top that stays.
 */
const LANDMARKS = "main :is(h2, h3, p, dt, tr, figure, summary, #burning > li, details[open] li)";
function steadily(change) {
  const inView = (node) => {
    const box = node.getBoundingClientRect();
    return box.height > 0 && box.top >= 0 && box.top < innerHeight;
  };
  const focused = document.querySelector("main").contains(document.activeElement) ? [document.activeElement] : [];
  const seen = scrollY === 0 ? [] : [...focused, ...document.querySelectorAll(LANDMARKS)].filter(inView)
    .map((node) => ({ node, top: node.getBoundingClientRect().top }));
  change();
  const kept = seen.find(({ node }) => node.getBoundingClientRect().height > 0);
  if (kept) scrollBy(0, kept.node.getBoundingClientRect().top - kept.top);
}

function show(s) {
  const mine = (x) => !view.brand || x.brand === view.brand;
  showBrands(s);
  const queues = s.queues.filter(mine), series = list(s.sla).filter(mine);
  const found = showBurning(s, sinceOpened(s));
  showTiles(s, series, queues, view);
  showWaits(s, series, view);
  showFlow(s, view);
  showTrends(s, view);
  showQueues(s, queues);
  showChannels(s, series, view);
  showSeries(s, series, view);
  showFairness(s, view);
  showPlatforms(s);
  showHealth(s);
  showSummary(s, found, queues);
  patch(byId("read"), "Read at " + new Date(s.now_ms).toLocaleTimeString("en-GB") + ". ",
    isOld(s, s.redis.reading_age_ms) ? h("span", { class: "stale" }, `Redis was read ${ago(s.redis.reading_age_ms)}.`) : null);
}
function showAgain() {
  if (last) steadily(() => show(last));
}

document.addEventListener("change", (event) => {
  if (!(event.target.name in view)) return;
  view[event.target.name] = event.target.value;
  remember();
  applyTheme();
  showAgain();
  if (event.target.name === "window") refresh();
});
byId("controls").addEventListener("submit", (event) => event.preventDefault());

/* The history's cursor, by key or pointer. */
function moveCursor(to) {
  cursor[view.span] = Math.max(0, Math.min(flowBars.length - 1, to));
  drawFlow(view);
}
byId("flow-body").addEventListener("keydown", (event) => {
  const at = event.target.id === "history" ? Number(event.target.getAttribute("aria-valuenow")) : NaN;
  const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageUp: at + 6, PageDown: at - 6, Home: 0, End: Infinity }[event.key];
  if (Number.isNaN(at) || to === undefined) return;
  event.preventDefault();
  moveCursor(to);
});
byId("flow-body").addEventListener("pointermove", (event) => {
  const chart = event.target.closest("#history"), box = chart && chart.getBoundingClientRect();
  if (chart && flowBars.length) moveCursor(Math.floor((event.clientX - box.left) / box.width * flowBars.length));
});
/* Charts are drawn for the width that they have. */
let width = 0;
new ResizeObserver(([box]) => {
  if (box.contentRect.width !== width) showAgain();
  width = box.contentRect.width;
}).observe(document.body);

/* Only the window that is shown, and the days over which people are ignored, are asked for. */
async function read() {
  const answer = await fetch(`?format=json&window=${view.window},7d`, { cache: "no-store", signal: AbortSignal.timeout(POLL_MS) });
  if (!answer.ok) throw new Error("status " + answer.status);
  if (!/json/.test(answer.headers.get("Content-Type"))) throw new Error("this location does not give JSON");
  return answer.json();
}
function showFailure(e) {
  say("This page cannot be refreshed: " + e.message + ". Figures below are old.", "bad");
  document.title = "(!) socialcare";
  if (last) patch(byId("read"), `Read at ${new Date(last.now_ms).toLocaleTimeString("en-GB")}, `, h("span", { class: "stale" }, `${ago(Date.now() - seenAt)}.`));
}
async function refresh() {
  const mine = ++turn;
  clearTimeout(timer);
  try {
    const s = await read();
    if (mine !== turn) return;
    [last, seenAt] = [s, Date.now()];
    showAgain();
  } catch (e) {
    if (mine !== turn) return;
    steadily(() => showFailure(e));
  }
  timer = setTimeout(refresh, POLL_MS);
}

recall();
applyTheme();
refresh();
