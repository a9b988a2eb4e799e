/** The page's style sheet. */
export const STYLE: string =
  `/* Colours once, for both schemes; on every background text has a contrast of 4.6 at least. */
:root {
  color-scheme: light dark;
  --bg: light-dark(#f3f1ea, #0e1518);  --card: light-dark(#fffefa, #151e22);  --sunk: light-dark(#f6f4ee, #111a1d);
  --ink: light-dark(#172124, #e6edee); --dim: light-dark(#56625f, #9cafb3);   --line: light-dark(#dfdbd0, #26343a);
  --edge: light-dark(#7a8480, #6c8086); /* borders of controls, 3:1 */
  --water: light-dark(#17708a, #63bdd8); --pool: light-dark(#bcdde6, #1d4d5c); --deep: light-dark(#8cc3d2, #2b6c80);
  --plum: light-dark(#7d4690, #cfa6e2);
  --ok: light-dark(#1d6b45, #74d3a0); --warn: light-dark(#8c5200, #f2b65e); --bad: light-dark(#b0231c, #ff8f86);
  --level: var(--ok);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", Menlo, monospace;
}
.ok { --level: var(--ok) } .warn { --level: var(--warn) } .bad { --level: var(--bad) } .old { --level: var(--dim) }
* { box-sizing: border-box; margin: 0 }
[hidden] { display: none !important }
body { background: var(--bg); color: var(--ink); padding: 0 20px 24px; font: 14px/1.45 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-text-size-adjust: 100% }
.wrap { max-width: 1240px; margin: 0 auto }
code, .mono { font: .93em/1.45 var(--mono) }
ol, ul { list-style: none; padding: 0 }
h2 { font-size: 15px; font-weight: 650 } h3 { font-size: 14px; font-weight: 650 }
.dim, dt, .note { color: var(--dim) } .note { font-size: 13px }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
svg.i { width: 1.15em; height: 1.15em; flex: none; vertical-align: -.2em; color: var(--level) }
button { font: inherit; font-size: 13px; color: var(--ink); background: var(--card); border: 1px solid var(--edge); border-radius: 6px; padding: 3px 11px; min-height: 28px; cursor: pointer }
button:hover { border-color: var(--ink) } button:disabled { color: var(--dim); border-style: dashed; cursor: not-allowed }
button.sure { background: var(--bad); border-color: var(--bad); color: var(--card) }
:focus-visible { outline: 2px solid var(--water); outline-offset: 2px; border-radius: 6px }
a { color: var(--water) } .skip:not(:focus) { position: absolute; left: -99em }
/* Head */
.top { display: flex; align-items: center; gap: 4px 18px; flex-wrap: wrap; padding: 14px 0 12px }
.brand { display: flex; align-items: center; gap: 8px; font-size: 16px; font-weight: 650 } .brand svg { width: 24px; height: 24px; color: var(--water) }
.top .end { margin-left: auto; display: flex; align-items: center; gap: 12px }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; min-width: 0 }
.card > header { display: flex; align-items: baseline; gap: 4px 12px; flex-wrap: wrap; margin-bottom: 12px } .card > header .note { margin-left: auto }
.grid { display: grid; grid-template-columns: repeat(12, minmax(0, 1fr)); gap: 14px; margin-top: 14px }
.w12 { grid-column: span 12 } .w8 { grid-column: span 8 } .w4 { grid-column: span 4 } .stack { display: grid; gap: 14px; align-content: start }
/* The sentence */
.hero { padding: 0; overflow: hidden }
.say { display: grid; grid-template-columns: auto 1fr; gap: 2px 14px; align-items: center; padding: 18px 20px 16px; border-bottom: 1px solid var(--line); background: color-mix(in oklab, var(--level) 11%, var(--card)) }
.say svg.i { width: 34px; height: 34px } .say h1 { font-size: 25px; line-height: 1.22; font-weight: 650; letter-spacing: -.012em; text-wrap: balance }
.say h1 em { font-style: normal; color: var(--level) } .say p { grid-column: 2; font-size: 15px; max-width: 120ch; text-wrap: balance }
/* The river: five columns, a gate at each column's left edge, water between the gates */
.river { padding: 12px 20px 16px } .bed { position: relative; --up: 38px }
.river ol { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)) }
.river li { display: grid; grid-template-rows: var(--up) 88px auto; position: relative; padding-right: 12px }
.river li > * { grid-column: 1 } .wait { grid-row: 1; align-self: end; padding-left: 12px; font-size: 13px; line-height: 1.3 } .wait b { font-weight: 600 } .wait span { color: var(--dim); display: block }
.spot { grid-row: 3; padding-left: 12px } .spot .mono { display: block; font-size: 14px } .spot .note { display: block; line-height: 1.3; margin-top: 1px }
.river li::before { content: ""; position: absolute; left: 0; top: calc(var(--up) + 4px); bottom: 0; border-left: 2px solid var(--edge) } .river li:first-child::before { border-left-style: dotted }
.river li.jam .wait, .river li.jam .wait span { color: var(--level) }
.river li.shut::before { border-left: 5px solid var(--level); height: 80px; border-radius: 2px; margin-left: -2px }
.bed > svg { position: absolute; left: 0; top: var(--up); width: 100%; height: 88px; overflow: visible } #vert { display: none }
.flow { fill: none; stroke: var(--water); stroke-width: 1.5; stroke-linecap: round; stroke-dasharray: 18 62; stroke-dashoffset: var(--o); vector-effect: non-scaling-stroke; opacity: .6; animation: flow 2.4s linear infinite }
.flow.slow { animation-duration: 5s } @keyframes flow { to { stroke-dashoffset: calc(var(--o) - 80px) } }
/* Lag strips */
.strips { display: grid; grid-template-columns: 128px minmax(0, 1fr); gap: 10px 14px; position: relative }
.strips > svg { grid-column: 2 } .strips .lab { grid-column: 1; line-height: 1.25 } .strips .lab:nth-of-type(2), .strips [data-strip='1'] { grid-row: 2 } .strips .lab:nth-of-type(3), .strips [data-strip='2'] { grid-row: 3 } .strips .lab:nth-of-type(1), .strips [data-strip='0'] { grid-row: 1 } .strips .lab b { display: block; font-size: 21px; font-weight: 600; letter-spacing: -.01em } .strips .lab small { color: var(--dim); font-size: 12px }
.strips svg { width: 100%; height: 66px; display: block; background: var(--sunk); border-radius: 4px } .strips svg path { vector-effect: non-scaling-stroke }
.axis { grid-column: 2; grid-row: 4; display: flex; justify-content: space-between; font-size: 12px; color: var(--dim); margin-top: -4px }
.marks { grid-column: 2; grid-row: 1 / span 3; position: relative; pointer-events: none } .marks i { position: absolute; top: 0; bottom: 0; border-left: 1px dashed var(--dim); font: 12px/1 inherit; font-style: normal }
.marks i span { position: absolute; top: 3px; left: 4px; white-space: nowrap; font-size: 12px; line-height: 1.2; color: var(--dim); background: var(--sunk); padding: 0 3px } .marks i.left span { left: auto; right: 4px }
/* Slot */
.loss { font-size: 30px; font-weight: 600; line-height: 1.1; letter-spacing: -.02em; color: var(--level) } .slot.ok .loss, .slot.old .loss { color: var(--ink) }
.gauge { position: relative; height: 14px; border-radius: 4px; background: var(--sunk); border: 1px solid var(--edge); margin: 14px 0 5px } .gauge i { display: block; height: 100%; min-width: 3px; border-radius: 3px 0 0 3px; background: var(--level) } .slot.ok .gauge i { background: var(--water) }
.gauge u { position: absolute; top: -4px; bottom: -4px; border-left: 2px dashed var(--ink) }
.facts { display: grid; grid-template-columns: auto 1fr; gap: 3px 14px; margin-top: 12px; font-size: 13px } .facts dd { margin: 0; text-align: right; overflow-wrap: anywhere }
/* Destinations */
.dest { padding: 12px 0; border-top: 1px solid var(--line) } .dest:first-of-type { border-top: 0; padding-top: 0 } .dest:last-of-type { padding-bottom: 0 }
.dest .row { display: grid; grid-template-columns: minmax(0, 270px) 186px minmax(0, 1fr); gap: 8px 20px; align-items: start }
.state { font-size: 13px; display: inline-flex; gap: 5px; align-items: center; color: var(--level); font-weight: 600 }
.nums { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 6px 12px } .nums dt { font-size: 12px } .nums dd { margin: 0; font-size: 15px } .nums small { color: var(--dim); font-size: 12px }
.lanes { display: flex; flex-wrap: wrap; gap: 2px } .lanes i { flex: 0 0 9px; height: 18px; border: 1px solid var(--edge); border-radius: 2px } .lanes .w { background: var(--water); border-color: var(--water) }
.lanes .r { border-color: var(--warn); background: linear-gradient(0deg, var(--warn) 50%, transparent 50%) } .lanes .x { border-color: var(--bad); background: linear-gradient(45deg, transparent 40%, var(--bad) 40% 60%, transparent 60%) }
.err { margin-top: 9px; padding: 8px 12px; border-radius: 6px; background: color-mix(in oklab, var(--level) 9%, var(--card)); font-size: 13px; overflow-wrap: anywhere } .err code { white-space: pre-wrap }
.parked { margin-top: 8px } .parked li { display: grid; grid-template-columns: 310px minmax(0, 1fr) auto; gap: 2px 16px; align-items: center; padding: 6px 0 6px 12px; border-bottom: 1px solid var(--line); font-size: 13px } .parked li:last-child { border: 0; padding-bottom: 0 } .acts { display: flex; gap: 8px }
/* Tables */
.small { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 14px 20px } .small h3 { font-weight: 500; white-space: nowrap; overflow: hidden; text-overflow: ellipsis } .small b { font-size: 18px; font-weight: 600 } .small small { font-size: 12px; color: var(--dim) }
.small svg { width: 100%; height: 34px; display: block; margin: 3px 0 4px; background: linear-gradient(var(--line), var(--line)) 0 100% / 100% 1px no-repeat } .small svg path { vector-effect: non-scaling-stroke } .small .iud { font-size: 12px; color: var(--dim); white-space: nowrap }
/* Changes */
.changes { display: flex; flex-direction: column } .scroll { flex: 1 0 auto; height: 480px; overflow: auto; margin: 0 -18px -16px; border-top: 1px solid var(--line); border-radius: 0 0 10px 10px }
table { border-collapse: collapse; width: 100%; font-size: 13px } th { position: sticky; top: 0; background: var(--card); text-align: left; font-weight: 500; color: var(--dim); padding: 6px 8px; box-shadow: 0 1px var(--line); z-index: 1 }
td { padding: 4px 8px; vertical-align: top } tr > :first-child { padding-left: 18px } tr > :last-child { padding-right: 18px } tr.begin td { border-top: 1px solid var(--line) } td { white-space: nowrap } td.diff { white-space: normal; width: 99% }
.diff > span { margin-right: 14px; display: inline-block } .diff u { text-decoration: none; color: var(--dim) } del { color: var(--dim); text-decoration-thickness: 1px } del:has(.mask) { text-decoration: none } ins { text-decoration: none; font-weight: 600 } .mask { letter-spacing: .12em; color: var(--dim) }
.kind { font-weight: 600 } .kind i { font: 600 13px var(--mono); display: inline-block; width: 1.2em; color: var(--water) } .delete .kind i { color: var(--bad) } .update .kind i { color: var(--plum) }
tr.new { animation: fresh 2.4s ease-out } @keyframes fresh { from { background: color-mix(in oklab, var(--water) 16%, transparent) } }
/* Doctor and log */
.find { display: grid; grid-template-columns: auto 1fr; gap: 2px 8px } .find:not([hidden]) ~ .find { border-top: 1px solid var(--line); margin-top: 12px; padding-top: 12px } .find > * { grid-column: 2; min-width: 0 } .find > svg { grid-column: 1; margin-top: 2px }
.fix { display: flex; gap: 8px; align-items: start; margin-top: 5px } .fix code { flex: 1; min-width: 0; background: var(--sunk); border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; font-size: 12px; overflow-wrap: anywhere }
.log li { display: grid; grid-template-columns: 62px 1fr; gap: 0 10px; font-size: 13px } .log li:not([hidden]) ~ li { border-top: 1px solid var(--line); margin-top: 6px; padding-top: 6px } .log time { color: var(--dim) }
.empty { text-align: center; padding: 34px 16px; color: var(--dim) } .empty b { display: block; color: var(--ink); font-size: 15px; margin-bottom: 4px }
.about { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 18px 2px 0; font-size: 13px; color: var(--dim) } .about div { display: flex; gap: 6px } .about dd { margin: 0; color: var(--ink) }
body[data-state=stale] .fades { opacity: .9; filter: grayscale(1) } body[data-state=stale] .card { border-style: dashed }
@media (max-width: 1023px) {
  .bed { --up: 58px }
  .w8, .w4 { grid-column: span 12 } .dest .row { grid-template-columns: minmax(0, 1fr) 186px } .nums { grid-column: span 2 } .small { grid-template-columns: repeat(3, minmax(0, 1fr)) }
  .slot { display: grid; grid-template-columns: 1fr 1fr; gap: 0 28px } .slot > header { grid-column: span 2 } .slot .facts { margin-top: 0 }
}
@media (max-width: 599px) {
  body { padding: 0 12px 20px } .card { padding: 14px } .hero { padding: 0 } .say { padding: 14px; gap: 6px 10px; align-items: start } .say svg.i { width: 28px; height: 28px } .say h1 { font-size: 21px } .say p { grid-column: span 2 }
  .top .end { margin-left: 0; width: 100%; justify-content: space-between } button { min-height: 40px; padding: 3px 14px }
  .river { padding: 14px } .bed { height: 474px; overflow: hidden } .river ol { grid-template-columns: 1fr; grid-auto-rows: 104px } .river li { grid-template-rows: auto 1fr; padding: 0 0 0 66px }
  .spot { grid-row: 1; padding: 0; margin-top: -3px; display: grid; grid-template-columns: 1fr auto; gap: 0 8px } .spot .note { grid-column: span 2 } .wait { grid-row: 2; align-self: center; padding: 0 }
  .river li::before, .river li.shut::before { left: 0; top: 7px; bottom: auto; width: 58px; height: 0; border-left: 0; border-top: 2px solid var(--edge); margin: 0 } .river li.shut::before { border-top: 5px solid var(--level); top: 5px } .river li:first-child::before { border-top-style: dotted }
  #horiz { display: none } #vert { display: block; top: 8px !important; width: 58px !important; height: 520px !important }
  .strips { grid-template-columns: minmax(0, 1fr); gap: 4px } .strips > * { grid-column: 1 !important; grid-row: auto !important } .strips .lab { display: flex; align-items: baseline; gap: 8px; flex-wrap: wrap; margin-top: 6px } .strips .lab b { order: -1 } .strips .lab small { margin-left: auto } .axis { grid-column: 1; margin-top: 0 } .marks { display: none }
  .slot { display: block } .slot .facts { margin-top: 12px } .dest .row { grid-template-columns: minmax(0, 1fr) } .nums { grid-column: 1; grid-template-columns: repeat(3, minmax(0, 1fr)) }
  .parked li { grid-template-columns: 1fr; padding-left: 0 } .acts { margin-top: 6px } .acts button { flex: 1 } .small { grid-template-columns: repeat(2, minmax(0, 1fr)) } .card > header .note { margin-left: 0 }
  .scroll { margin: 0 -14px -14px; height: 70vh; max-height: 460px } thead { position: absolute; clip-path: inset(50%) } tr { display: flex; flex-wrap: wrap; gap: 0 10px; padding: 6px 14px } tr.begin { border-top: 1px solid var(--line) } tr.begin td { border: 0 } td, tr > :first-child, tr > :last-child { padding: 0 } td.diff { width: 100% } tr:not(.begin) .once { display: none } .xid { display: none }
}
@media (prefers-reduced-motion: reduce) { .flow, tr.new { animation: none } }
@media (forced-colors: active) { .lanes .w, .gauge i { background: CanvasText; forced-color-adjust: none } }
`;
