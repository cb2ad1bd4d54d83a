/*
 * page_draw.js: how the status page writes and draws: numbers as words, nodes
 * that are changed only where they differ, tables, bars and two charts.
 *
 * It knows nothing of the JSON.  Texts become text nodes or attributes of fixed
 * names, never markup.  What is not known (null, or not there) says so.
 */

"use strict";

const isKnown = (value) => value !== null && value !== undefined;
const UNKNOWN = { text: "unknown", mark: "unknown" };


/* Numbers as words. */

const number = (value) => isKnown(value) ? value.toLocaleString("en") : UNKNOWN.text;
const percent = (share) => isKnown(share) ? (100 * share).toFixed(share > 0 && share < 1 ? 1 : 0) + " %" : UNKNOWN.text;
const plural = (count, one, many) => number(count) + " " + (count === 1 ? one : many);

function span(ms) {
  if (!isKnown(ms)) return UNKNOWN.text;
  const s = ms / 1000;
  if (s < 9.95) return s === Math.round(s) ? s + " s" : s.toFixed(1) + " s";
  if (s < 90) return Math.round(s) + " s";
  const minutes = Math.round(s / 60);
  if (minutes < 90) return minutes + " min";
  if (minutes < 600 && minutes % 60) return Math.floor(minutes / 60) + " h " + minutes % 60 + " min";
  if (minutes < 2880) return Math.round(minutes / 60) + " h";
  return Math.round(minutes / 1440) + " d";
}
const age = (ms) => span(isKnown(ms) ? Math.round(ms / 1000) * 1000 : ms);
const ago = (ms) => isKnown(ms) ? age(ms) + " ago" : "never";
const seconds = (s) => span(isKnown(s) ? 1000 * s : s);

/* Between two lengths in seconds; the bounds are rounded away from each other, so that they still hold. */
function between(from, to) {
  if (from === to) return seconds(from);
  const unitOf = (s) => [[1, "s"], [60, "min"], [3600, "h"], [86400, "d"]].findLast(([length]) => length === 1 || s >= 1.5 * length);
  const round = (s, [length], way) => s < 10 * length ? way(10 * s / length) / 10 : way(s / length);
  const most = unitOf(to === Infinity ? from : to), less = 2 * from >= most[0] ? most : unitOf(from);
  if (to === Infinity) return `over ${round(from, less, Math.floor)} ${less[1]}`;
  if (from === 0) return `under ${round(to, most, Math.ceil)} ${most[1]}`;
  return round(from, less, Math.floor) + (less[1] === most[1] ? "–" : ` ${less[1]} – `) + `${round(to, most, Math.ceil)} ${most[1]}`;
}

function bytes(count) {
  if (!isKnown(count)) return UNKNOWN.text;
  let n = count;
  for (const unit of ["B", "KB", "MB"]) {
    if (n < 1024) return Math.round(n * 10) / 10 + " " + unit;
    n /= 1024;
  }
  return Math.round(n * 10) / 10 + " GB";
}

const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = (ms) => new Date(ms).toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" });
const moment = (ms) => day(ms) + ", " + clock(ms);


/*
 * Nodes.  h() describes one, patch() makes a parent's children so.  What is
 * there already stays, so that nothing flickers and focus, selection and a
 * reader's place are kept.
 */

const SVG = "http://www.w3.org/2000/svg";
const h = (tag, attributes, ...children) => ({ tag, attributes: attributes || {}, children: children.flat(9).filter((c) => isKnown(c) && c !== false) });

function create(tag, parent) {
  return tag === "svg" || parent.namespaceURI === SVG ? document.createElementNS(SVG, tag) : document.createElement(tag);
}
function attributesOf(node, wanted) {
  for (const { name } of [...node.attributes]) {
    if (!(name in wanted) && !(name === "open" && node.localName === "details")) node.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(wanted)) {
    if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
}
function patch(parent, ...wanted) {
  const list = wanted.flat(9).filter((c) => isKnown(c) && c !== false);
  while (parent.childNodes.length > list.length) parent.lastChild.remove();
  list.forEach((item, i) => {
    const old = parent.childNodes[i];
    if (typeof item !== "object") {
      if (old && old.nodeType === Node.TEXT_NODE) {
        if (old.data !== String(item)) old.data = item;
      } else {
        const text = document.createTextNode(item);
        if (old) old.replaceWith(text); else parent.append(text);
      }
      return;
    }
    let node = old;
    if (!old || old.localName !== item.tag) {
      node = create(item.tag, parent);
      if (old) old.replaceWith(node); else parent.append(node);
    }
    attributesOf(node, item.attributes);
    patch(node, item.children);
  });
}
function mark(node, name) {
  if (node.getAttribute("class") !== name) node.setAttribute("class", name);
}


/* A value, with what its look says: a text, { text, mark }, or nodes. */

const marked = (text, name) => ({ text, mark: name });
const count = (value, name) => isKnown(value) ? marked(number(value), value > 0 ? name : "") : UNKNOWN;
function said(tag, value, className) {
  const plain = isKnown(value) && isKnown(value.text) ? value : { text: value, mark: value === UNKNOWN.text ? UNKNOWN.mark : "" };
  const name = [className, plain.mark].filter(Boolean).join(" ");
  return h(tag, name ? { class: name } : {}, plain.text);
}

const head = (text, left) => h("th", { scope: "col", class: [left ? "left" : "", text.length > 15 ? "longer" : text.length > 9 ? "long" : ""].filter(Boolean).join(" ") }, text);
const wrapped = (text) => h("span", { class: "name" }, text);
const rowHead = (text) => h("th", { scope: "row" }, wrapped(text));

/* heads: texts, "<" in front of those that stand left.  rows: { cells, mark }. */
function table(node, heads, rows) {
  const left = heads.map((t) => t.startsWith("<"));
  patch(node, rows.length === 0 ? [] : [
    h("thead", {}, h("tr", {}, heads.map((t, i) => head(t.replace("<", ""), left[i])))),
    h("tbody", {}, rows.map((row) => h("tr", row.mark ? { class: row.mark } : {}, row.cells.map((value, i) => {
      if (i === 0) return rowHead(value);
      return typeof value === "string" && left[i] ? h("td", { class: "left" }, wrapped(value)) : said("td", value, left[i] ? "left" : "");
    }))))]);
}
const pairs = (node, list) => patch(node, list.map(([name, value]) => [h("dt", {}, name), said("dd", value)]));
const figures = (list) => list.map(([name, value, note, look]) =>
  h("div", look ? { class: look } : {}, h("dt", {}, name), said("dd", value, "figure"), note ? h("dd", { class: "quiet" }, note) : null));

const key = (name) => h("svg", { class: "key", viewBox: "0 0 1 1", "aria-hidden": "true" }, h("rect", { class: name, width: 1, height: 1 }));
const entry = (name, text, before) => [h("span", { class: "entry" }, before ? before + " " : null, key(name), " ", text), " "];
const none = (text) => h("p", { class: "none" }, text);


/* A bar in a cell: parts [class, share of the whole], and a mark at a share. */
function bar(parts, at) {
  let x = 0;
  return { text: h("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    h("rect", { class: "track", width: 100, height: 10 }),
    parts.map(([name, part]) => {
      const from = x, width = Math.max(0, Math.min(100 - from, 100 * part));
      x += width;
      return h("rect", { class: name, x: from, width, height: 10 });
    }),
    isKnown(at) ? h("rect", { class: "mark", x: Math.min(99.2, 100 * at), width: .8, height: 10 }) : null) };
}

/* From the first to the last of `points` on a scale of logarithms. */
const LOG_FROM = 10, LOG_TO = 259200;
const logAt = (s) => Math.log(Math.min(LOG_TO, Math.max(LOG_FROM, s)) / LOG_FROM) / Math.log(LOG_TO / LOG_FROM);
function range(points, target) {
  const known = points.filter(isKnown).map((s) => 100 * logAt(s));
  const late = points.map((s) => isKnown(s) && s > target);
  return { text: h("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    h("rect", { class: "track", y: 3.5, width: 100, height: 3 }),
    known.length ? h("rect", { class: "sky", x: known[0], y: 3.5, width: Math.max(.5, known[known.length - 1] - known[0]), height: 3 }) : null,
    known.map((x, i) => h("rect", { class: late[i] ? "late" : "blue", x: x - .9, y: i === 0 ? 0 : 1.5, width: 1.8, height: i === 0 ? 10 : 7 })),
    h("rect", { class: "mark", x: 100 * logAt(target), width: .7, height: 10 })) };
}


/* Charts are drawn in pixels of the place that they have. */

const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
const hatch = (id) => h("defs", {}, h("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
  h("rect", { class: "late", width: 6, height: 6 }), h("rect", { class: "track", width: 2, height: 6, opacity: .55 })));

/*
 * Bars by length of wait.  bars: { label: [upper, lower line], count, late };
 * the target stands behind the last that is not late.
 */
function histogram(id, width, bars, target, title, description) {
  const u = rem(), top = 1.9 * u, base = 10 * u, step = width / bars.length;
  const most = Math.max(1, ...bars.map((b) => b.count)), small = step < 3.2 * u ? "small" : "";
  const line = step * bars.filter((b) => !b.late).length;
  return h("svg", { width, height: 12.4 * u, viewBox: `0 0 ${width} ${12.4 * u}`, role: "img", "aria-labelledby": `${id}-title ${id}-desc` },
    h("title", { id: `${id}-title` }, title), h("desc", { id: `${id}-desc` }, description), hatch(`${id}-hatch`),
    bars.map((b, i) => {
      const height = b.count ? Math.max(2, (base - top - u) * b.count / most) : 0, middle = i * step + step / 2;
      return [
        h("rect", { ...(b.late ? { fill: `url(#${id}-hatch)` } : { class: "blue" }), x: i * step + .1 * step, y: base - height, width: .8 * step, height, rx: 2 }),
        h("text", { class: small, x: middle, y: base - height - .3 * u, "text-anchor": "middle" }, number(b.count)),
        b.label.map((t, row) => h("text", { class: `quiet ${small}`, x: middle, y: base + (1.1 + row) * u, "text-anchor": "middle" }, t))];
    }),
    h("rect", { class: "rule", y: base, width, height: 1, fill: "currentColor", opacity: .3 }),
    h("path", { class: "target", d: `M${line} ${.9 * u}V${base}` }),
    h("text", { x: line + (line > width / 2 ? -6 : 6), y: 1.1 * u, "text-anchor": line > width / 2 ? "end" : "start" }, target));
}

/*
 * Two rows of bars from a line in the middle, and a third below.  bars: { up,
 * down, downDark, missed, tick, said }.  The arrow keys move the cursor.
 */
function mirror(id, width, bars, at, title) {
  const u = rem(), height = (width > 34 * u ? 28 : 20) * u, foot = 2.6 * u, middle = (height - foot) / 2, step = width / bars.length;
  const most = Math.max(1, ...bars.map((b) => Math.max(b.up || 0, b.down || 0)));
  const mostMissed = Math.max(1, ...bars.map((b) => b.missed || 0));
  const part = (value) => (middle - 1.1 * u) * (value || 0) / most;
  const gap = step > 5 ? 1 : .3;
  return h("svg", { id, width, height, viewBox: `0 0 ${width} ${height}`, role: "slider", tabindex: 0, "aria-label": title, "aria-valuemin": 0,
      "aria-valuemax": bars.length - 1, "aria-valuenow": at, "aria-valuetext": bars[at].said },
    h("rect", { class: "cursor", x: at * step, y: 0, width: step, height: height - 1.3 * u }),
    bars.map((b, i) => {
      const box = { x: i * step + gap / 2, width: Math.max(.5, step - gap) };
      return [
        h("rect", { ...box, class: "blue", y: middle - part(b.up), height: part(b.up) }),
        h("rect", { ...box, class: "mint", y: middle, height: part(b.down) }),
        h("rect", { ...box, class: "teal", y: middle, height: part(b.downDark) }),
        h("rect", { ...box, class: "missed", y: height - 1.4 * u - u * (b.missed || 0) / mostMissed, height: u * (b.missed || 0) / mostMissed }),
        b.tick ? h("text", { class: "quiet", x: Math.min(i * step, width - 2.6 * u), y: height - .2 * u }, b.tick) : null];
    }),
    h("rect", { y: middle, width, height: 1, fill: "currentColor", opacity: .35 }),
    h("rect", { y: height - 1.4 * u, width, height: 1, fill: "currentColor", opacity: .2 }),
    h("text", { class: "quiet", x: 0, y: .8 * u }, `up to ${number(most)}`));
}
