/**
 * The page's script: it draws the views that `/events` sends each second. The server makes
 * all decisions.
 */
export const SCRIPT: string = String.raw`
"use strict";
const $ = (query, from) => (from || document).querySelector(query);
const $$ = (query, from) => [...(from || document).querySelectorAll(query)];
const SVG = "http://www.w3.org/2000/svg";
// All that comes from the database is put in as text, never as markup.
const h = (tag, props, ...kids) => {
  const isSvg = tag === "svg" || tag === "use" || tag === "path";
  const element = isSvg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...kids.filter((kid) => kid !== null));
  return element;
};
const icon = (level) => h("svg", { class: "i " + level, "aria-hidden": "true" }, h("use", { href: "#" + level }));
const rich = (parts) => parts.map((part) =>
  typeof part === "string" ? part : part.code !== undefined ? h("code", null, part.code) : h("a", { href: part.link }, part.text));
const bytes = (b) => b >= 1e9 ? (b / 1e9).toFixed(1) + " GB" : b >= 1e6 ? (b / 1e6).toFixed(b < 1e7 ? 1 : 0) + " MB" : b >= 1e3 ? (b / 1e3).toFixed(b < 1e4 ? 1 : 0) + " KB" : Math.round(b) + " B";
const time = (ms) => { const s = ms / 1e3; return s < .05 ? "0 s" : s < 10 ? s.toFixed(1) + " s" : s < 60 ? Math.round(s) + " s" : s < 3600 ? Math.floor(s / 60) + " min " + Math.floor(s % 60) + " s" : Math.floor(s / 3600) + " h " + Math.floor(s / 60 % 60) + " min"; };
const rate = (x) => (x < 100 && x % 1 ? x.toFixed(1) : Math.round(x).toLocaleString("en")) + " /s";
const say = (text) => { $("#spoken").textContent = text; };
// Draws again only what differs, so that focus and selection stay.
const drawn = new Map();
const changed = (name, value) => {
  const text = JSON.stringify(value);
  if (drawn.get(name) === text) return false;
  drawn.set(name, text);
  return true;
};
const fill = (query, ...kids) => { const element = $(query); element.replaceChildren(...kids.filter((kid) => kid !== null)); return element; };

let last = null, lastAt = 0, held = false, failedAt = null;
const WORD = { ok: "All well", warn: "Warning", bad: "Error", old: "Unknown" };
const SIGN = { ok: "\u2713", warn: "\u25b2", bad: "\u2715", old: "\u2026" };

function sentence({ state, level, emphasis, rest, detail }, title) {
  document.body.dataset.state = state;
  $("#hero").className = "card hero " + level;
  $("#icon").setAttribute("href", state === "reconnecting" ? "#turn" : "#" + level);
  fill("#sentence", h("em", null, emphasis), rest);
  if (changed("detail", detail)) fill("#detail", ...rich(detail));
  document.title = SIGN[level] + " " + (title || "Walbrook") + ": " + emphasis + rest;
  if (changed("state", state)) say(WORD[level] + ": " + emphasis + rest);
}

// The river: one closed bank; its width at a pool grows with the logarithm of what waits there.
function river({ positions, waits, notes, written, jam, isDry }, level, isStill) {
  const half = (b) => 6 + 32 * Math.min(1, Math.log10(1 + b / 400) / 6.6);
  const P = (x, y, v) => v ? y.toFixed(1) + " " + x : x + " " + y.toFixed(1);
  const mid = (x) => 44 + 4 * Math.sin(x / 170);
  const w = [...waits.map((b) => b === null ? 0 : b), 500];
  const end = isDry ? 200 * (jam + 1) : 1000;
  const draw = (v) => {
    const bank = (side, xs) => xs.map((i) => {
      const x = i * 200, e = x + 200, p = x + 135, b = half(w[i]), stop = isDry && i === jam ? b : 6, y = (d, o) => mid(d) + side * o;
      return side < 0
        ? "C" + P(x + 45, y(x, 6), v) + " " + P(x + 70, y(p, b), v) + " " + P(p, y(p, b), v) + "C" + P(x + 172, y(p, b), v) + " " + P(x + 180, y(e, stop), v) + " " + P(e, y(e, stop), v)
        : "L" + P(e, y(e, stop), v) + "C" + P(x + 180, y(e, stop), v) + " " + P(x + 172, y(p, b), v) + " " + P(p, y(p, b), v) + "C" + P(x + 70, y(p, b), v) + " " + P(x + 45, y(x, 6), v) + " " + P(x, y(x, 6), v);
    }).join("");
    const shape = (a, b) => { const xs = Array.from({ length: b - a }, (_, k) => a + k), s = a * 200; return "M" + P(s, mid(s) - 6, v) + bank(-1, xs) + bank(1, [...xs].reverse()) + "Z"; };
    const line = (o) => Array.from({ length: end / 10 + 1 }, (_, k) => { const x = k * 10, b = half(w[Math.min(4, Math.floor(x / 200))]), u = x % 200 / 200, f = u < .67 ? (1 - Math.cos(Math.PI * u / .67)) / 2 : (1 + Math.cos(Math.PI * (u - .67) / .33)) / 2; return (k ? "L" : "M") + P(x, mid(x) + o * (5 + (b - 6) * f), v); }).join("");
    const paths = [h("path", { d: shape(0, end / 200), fill: "var(--pool)", stroke: "var(--deep)", "vector-effect": "non-scaling-stroke" })];
    if (jam !== null) paths.push(h("path", { d: shape(jam, jam + 1), fill: "color-mix(in oklab, var(--level) 38%, var(--card))", stroke: "var(--level)", "vector-effect": "non-scaling-stroke" }));
    if (isDry) paths.push(h("path", { d: "M" + P(end, mid(end), v) + "L" + P(1000, mid(1000), v), stroke: "var(--edge)", "stroke-dasharray": "2 7", "stroke-linecap": "round", "stroke-width": "2", "vector-effect": "non-scaling-stroke" }));
    if (!isStill) [-.6, .05, .6].forEach((o, k) => { const flow = h("path", { class: "flow" + (isDry ? " slow" : ""), d: line(o) }); flow.style.setProperty("--o", k * -27 + "px"); paths.push(flow); });
    return paths;
  };
  if (changed("river", [w.map((b) => Math.round(half(b))), jam, isDry, isStill])) { fill("#horiz", ...draw(false)); fill("#vert", ...draw(true)); }
  $("#written").textContent = written;
  $$("#river li").forEach((li, i) => {
    li.className = (jam === i ? "jam " : "") + (isDry && i === jam + 1 ? "shut" : "");
    $(".mono", li).textContent = positions[i];
    if (i > 3) return;
    const text = waits[i] === null ? "?" : bytes(waits[i]);
    $(".wait", li).replaceChildren(h("b", null, ...(jam === i ? [icon(level), " "] : []), text), h("span", null, notes[i]));
  });
}

// A line over a time; null is a hole.
function path(values, count, max, height) {
  let line = "", area = "", from = null, x = 0;
  values.forEach((value, i) => {
    x = ((count - values.length + i) * 300 / (count - 1)).toFixed(1);
    if (value === null) { if (from !== null) area += "V" + height + "H" + from + "Z"; from = null; return; }
    const point = x + " " + (height - 2 - value / max * (height - 6)).toFixed(1);
    area += (from === null ? "M" : "L") + point;
    line += (from === null ? "M" : "L") + point;
    if (from === null) from = x;
  });
  return { line, area: from === null ? area : area + "V" + height + "H" + from + "Z" };
}
function chart(svg, values, count, height, colour, alert, least = 0) {
  const max = Math.max(least, ...values.filter((value) => value !== null)) * 1.05 || 1;
  const { line, area } = path(values, count, max, height);
  // Where everything is far below or far above it, the line would lie on an edge.
  const hasAlert = alert !== undefined && max > alert * 1.15 && max < alert * 150;
  const y = hasAlert ? (height - 2 - alert / max * (height - 6)).toFixed(1) : "";
  const alertLine = hasAlert ? [h("path", { class: "alert", d: "M0 " + y + "H300", fill: "none", stroke: "var(--bad)", "stroke-dasharray": "4 4" })] : [];
  svg.replaceChildren(h("path", { d: area, fill: colour, opacity: ".17" }), ...alertLine, h("path", { d: line, fill: "none", stroke: colour, "stroke-width": "1.5" }));
  return hasAlert;
}
function strips({ stepMs, values, now, marks, alertMs }) {
  const COLOUR = ["var(--plum)", "var(--water)", "var(--dim)"], FORM = [time, bytes, rate], NAME = ["Behind in time", "Behind in log", "Changes a second"];
  // Less than that would look like a peak.
  const LEAST = [1e3, 65536, 0];
  for (const k of [0, 1, 2]) {
    const known = values[k].filter((value) => value !== null), peak = Math.max(0, now[k] ?? 0, ...known), text = now[k] === null ? "not known" : FORM[k](now[k]);
    const svg = $("[data-strip='" + k + "']");
    if (changed("strip" + k, values[k])) {
      const hasAlert = chart(svg, values[k], 300, 60, COLOUR[k], k === 0 ? alertMs : undefined, LEAST[k]);
      if (k === 0) { $("#alert").hidden = !hasAlert; $("#alert").textContent = "; dashed red: alert at " + alertMs / 1000 + " s"; }
    }
    $("[data-now='" + k + "']").textContent = text;
    $$(".strips small")[k].textContent = peak ? "peak " + FORM[k](peak) : "quiet";
    svg.setAttribute("aria-label", NAME[k] + ": now " + text + ", peak " + FORM[k](peak) + " in 15 minutes");
  }
  const span = stepMs * 300, shown = marks.filter(({ agoMs }) => agoMs < span);
  fill("#marks", ...shown.map(({ agoMs, text }) => { const at = 1 - agoMs / span, mark = h("i", { class: at > .6 ? "left" : null }, h("span", null, text)); mark.style.left = at * 100 + "%"; return mark; }));
  $$(".axis span").slice(0, 3).forEach((element, i) => { element.textContent = new Date(Date.now() - span * (3 - i) / 3).toISOString().slice(11, 16); });
}

function slot({ level, state, loss, share, hourShare, kept, facts }) {
  $("#slot").className = "card w4 slot " + level;
  fill("#slotstate", icon(level), " " + state);
  $("#loss").textContent = loss;
  $("#gauge").hidden = share === null;
  $("#gauge i").style.width = Math.min(1, share || 0) * 100 + "%";
  $("#gauge u").hidden = hourShare === null;
  $("#gauge u").style.left = (hourShare || 0) * 100 + "%";
  $("#gauge").setAttribute("aria-label", kept);
  $("#kept").textContent = kept + (hourShare === null ? "" : "; dashed: 1 h before loss");
  if (changed("slotfacts", facts)) fill("#slotfacts", ...facts.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}

const post = async (action, body) => {
  const response = await fetch(action, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || "Status " + response.status);
  return answer;
};
function acts(destination, key, mayAct) {
  const named = (button, text) => { button.textContent = text; button.setAttribute("aria-label", text + ": " + key); };
  const retry = h("button", { type: "button", disabled: !mayAct, "aria-describedby": mayAct ? null : "why", onclick: async () => {
    named(retry, "Trying\u2026");
    try { await post("/retry", { destination, key }); say("Delivered: " + key); $("#destinations").focus(); }
    catch (error) { named(retry, "Refused again"); say("Refused again: " + key + ". " + error.message); setTimeout(() => named(retry, "Retry"), 5000); }
  } });
  let sure = 0;
  const release = h("button", { type: "button", disabled: !mayAct, "aria-describedby": mayAct ? null : "why", onclick: async () => {
    if (!sure) {
      release.classList.add("sure"); named(release, "Yes, release");
      sure = setTimeout(() => { sure = 0; release.classList.remove("sure"); named(release, "Release"); }, 5000);
      return;
    }
    clearTimeout(sure); sure = 0; release.classList.remove("sure");
    try { await post("/release", { destination, key }); say("Released: " + key); $("#destinations").focus(); }
    catch (error) { named(release, "Release"); say("Not released: " + key + ". " + error.message); }
  } });
  named(retry, "Retry"); named(release, "Release");
  return h("span", { class: "acts" }, retry, release);
}
function destinations(list, mayAct) {
  const hasParked = (list || []).some(({ parked }) => parked.length);
  $("#why").textContent = list === null ? "" : !hasParked ? "nothing parked" : mayAct
    ? "Retry sends a key's parked changes again, in order. Release lets its next changes through, without them."
    : "Read only: Retry and Release need a token. Start the service with the option token, and open the page with it.";
  $("#durable").textContent = !list || !list.length ? "acknowledged" : list.length === 1 ? "in " + list[0].name : "in all " + list.length + " destinations";
  if (changed("dests", (list || []).map(({ name }) => name))) {
    drawn.forEach((_, name) => { if (name.startsWith("dest:")) drawn.delete(name); });
    fill("#dests", ...(list && list.length ? list.map(({ name }) => h("article", { class: "dest", "data-name": name },
      h("div", { class: "row" }, h("div", null, h("h3", null, name), h("span", { class: "state" })), h("div", null, h("div", { class: "lanes", role: "img" }), h("div", { class: "note", "aria-hidden": "true" })), h("dl", { class: "nums" })),
      h("div", { class: "err", hidden: true }), h("ul", { class: "parked", "aria-label": "Parked keys of " + name })))
      : [h("p", { class: "note" }, "No destination: the changes are for the clients of this service.")]));
  }
  for (const one of list || []) {
    const element = $$(".dest").find(({ dataset }) => dataset.name === one.name);
    if (changed("dest:state:" + one.name, [one.level, one.state])) {
      const state = $(".state", element);
      state.className = "state " + one.level; state.replaceChildren(icon(one.level), one.state);
    }
    if (changed("dest:lanes:" + one.name, [one.lanes, one.lanesText])) {
      const lanes = $(".lanes", element);
      lanes.hidden = one.lanes === ""; lanes.setAttribute("aria-label", one.lanesText);
      lanes.replaceChildren(...[...one.lanes].map((letter) => h("i", { class: letter === "." ? null : letter })));
      lanes.nextElementSibling.textContent = one.lanesText;
    }
    $(".nums", element).replaceChildren(...one.numbers.map(([name, value, unit]) => h("div", null, h("dt", null, name), h("dd", null, value, ...(unit ? [" ", h("small", null, unit)] : [])))));
    if (changed("dest:error:" + one.name, [one.error, one.level])) {
      const error = $(".err", element);
      error.hidden = one.error === null; error.className = "err " + (one.level === "ok" ? "old" : one.level);
      if (one.error) error.replaceChildren(h("b", null, "Last error, " + one.error.when + ": "), h("code", null, one.error.text));
    }
    if (changed("dest:parked:" + one.name, [one.parked, mayAct])) {
      $(".parked", element).hidden = !one.parked.length;
      $(".parked", element).replaceChildren(...one.parked.map(({ key, detail }) => h("li", null, h("span", null, h("code", null, key)), h("span", { class: "dim" }, detail), acts(one.name, key, mayAct))));
    }
  }
}

function tables(list, others) {
  if (!changed("tables", [list, others])) return;
  $("#tabnote").textContent = list.length ? "changes a second, 15 minutes; each drawn to its own peak. + inserts, ~ updates, \u2212 deletes since the start." + (others ? " " + others + " more changed less." : "") : "all quiet so far";
  fill("#tables", ...list.map(({ name, rate: now, peak, values, counts }) => {
    const svg = h("svg", { viewBox: "0 0 300 34", preserveAspectRatio: "none", "aria-hidden": "true" });
    chart(svg, values, 90, 34, "var(--water)");
    const iud = h("div", { class: "iud" });
    counts.forEach((count, i) => iud.append(h("span", { class: "vh" }, ["inserts ", "updates ", "deletes "][i]), "+~\u2212"[i] + count + " \u00a0"));
    return h("li", null, h("h3", null, h("code", { title: name }, name)), h("b", null, now), " ", h("small", null, "/s" + (peak ? ", peak " + peak : "")), svg, iud);
  }));
}

const shown = (tag, value) => value === "masked" ? h(tag, null, h("span", { class: "mask", title: "masked" }, h("span", { "aria-hidden": "true" }, "\u2022\u2022\u2022"), h("span", { class: "vh" }, "masked")))
  : value === "unchanged" ? h("span", { class: "dim" }, "unchanged, not in the log") : h(tag, null, value === "null" ? "null" : value.text);
const KIND = { insert: "+", update: "~", delete: "\u2212", truncate: "\u00d7", message: "\u2261" };
const signature = (change) => change.xid + change.time + change.kind + change.table + JSON.stringify([change.key, change.columns]);
let before = null;
function changes(list, columns) {
  if (changed("masks", columns)) fill("#masks", ...(columns.length ? ["Values of ", ...columns.flatMap((name, i) => [i ? ", " : "", h("code", null, name)]), " are shown; all others are masked "] : ["All values are masked "]), h("span", { class: "mask", "aria-hidden": "true" }, "\u2022\u2022\u2022"));
  $("#nochange").hidden = list.length > 0; $("#scroll").hidden = !list.length;
  const scroll = $("#scroll");
  if (scroll.matches(":hover") && matchMedia("(hover: hover)").matches || !changed("changes", list)) return;
  const known = before;
  before = new Set(list.map(signature));
  fill("#changes", ...list.map((change) => {
    const { isFirst, kind, time: at, xid, table, key, columns } = change;
    const diff = columns.map(({ name, before: old, value }) => h("span", null, h("u", null, name), " ", ...(old === undefined ? [] : [shown("del", old), " \u2192 "]), shown("ins", value)));
    return h("tr", { role: "row", class: kind + (isFirst ? " begin" : "") + (known && !known.has(signature(change)) ? " new" : "") },
      h("td", { role: "cell", class: "dim once" }, isFirst ? at : ""), h("td", { role: "cell", class: "dim mono xid" }, isFirst && xid !== null ? String(xid) : ""),
      h("td", { role: "cell", class: "kind" }, h("i", { "aria-hidden": "true" }, KIND[kind] || ""), kind),
      h("td", { role: "cell" }, h("code", null, table), ...key.flatMap(({ name, value }) => [" " + name + " ", shown("span", value)])),
      h("td", { role: "cell", class: "diff" }, ...(kind === "delete" ? [h("span", { class: "dim" }, "the row is gone")] : diff)));
  }));
}

function doctor(report, has) {
  if (!changed("doctor", [report, has])) return;
  if (report === null) { $("#docsum").textContent = has ? "asking \u2026" : "not asked"; fill("#findings", h("p", { class: "note" }, has ? "The server is being examined." : "Set the option doctor to have the server examined.")); return; }
  const LEVEL = { error: "bad", warning: "warn", info: "old" }, NAME = { error: "Error: ", warning: "Warning: ", info: "Note: " };
  $("#docsum").textContent = report.findings.length + report.passed.length + " checks at " + report.at.slice(11, 19);
  fill("#findings", ...(report.findings.length ? report.findings.map(({ id, severity, found, problem, fix, fixSql }) => {
    const level = LEVEL[severity], sign = h("svg", { class: "i", "aria-hidden": "true" }, h("use", { href: level === "old" ? "#info" : "#" + level }));
    const copy = h("button", { type: "button", "aria-label": "Copy the fix of " + id, onclick: async () => { try { await navigator.clipboard.writeText(fixSql); copy.textContent = "Copied"; say("Copied the fix of " + id); } catch { copy.textContent = "Not copied"; } } }, "Copy");
    return h("div", { class: "find " + level }, sign, h("div", null, h("b", null, NAME[severity] + problem), " ", h("code", { class: "dim" }, id)), h("div", { class: "note" }, h("code", null, found), " " + fix), fixSql === null ? null : h("div", { class: "fix" }, h("code", null, fixSql), copy));
  }) : [h("p", { class: "note" }, icon("ok"), " Nothing found.")]));
}

function log(list, hasGap) {
  if (!changed("log", [list, hasGap])) return;
  fill("#log", ...list.map(({ time: at, level, text }) => h("li", { class: level }, h("time", null, at), h("div", null, ...(level === "ok" ? [] : [icon(level), " "]), ...rich(text)))));
  $("#nogap").hidden = hasGap;
}

function draw(view) {
  $("#clock").textContent = view.clock;
  $("#each").hidden = false;
  if (changed("what", view.what)) fill("#what", ...rich(view.what));
  sentence(view.sentence, view.title);
  river(view.river, view.sentence.level, view.sentence.state === "empty");
  strips(view.strips); slot(view.slot); destinations(view.destinations, view.mayAct); tables(view.tables, view.hiddenTables);
  changes(view.changes, view.shownColumns); doctor(view.doctor, view.hasDoctor); log(view.log, view.hasGap);
  if (changed("about", view.about)) fill("#about", ...[...view.about, ["at", location.host]].map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
}

$("#hold").onclick = () => { held = !held; $("#hold").textContent = held ? "Go on" : "Hold"; if (!held && last) draw(last); };

function connect() {
  const source = new EventSource("/events");
  source.addEventListener("view", (event) => { last = JSON.parse(event.data); lastAt = Date.now(); failedAt = null; if (!held) draw(last); });
  // The browser reconnects automatically, unless the answer forbids it.
  source.onerror = () => { if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000); };
}
connect();
setInterval(() => {
  if (Date.now() - (lastAt || started) < 4000) return;
  failedAt = failedAt || lastAt || started;
  sentence({ state: "stale", level: "old", emphasis: "This page lost its link", rest: " " + time(Math.round((Date.now() - failedAt) / 1000) * 1000) + " ago. What it shows is old.",
    detail: ["Walbrook itself may be well: the page tries again each 5 s. From a shell: ", { code: "curl " + location.origin + "/health" }] }, last && last.title);
  $("#each").hidden = true;
}, 1000);
const started = Date.now();
`;
