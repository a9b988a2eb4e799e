import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/**
 * Returns the page: one file, which loads nothing from elsewhere.
 *
 * @param nonce The nonce that allows its style and its script.
 */
export function pageMarkup(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Walbrook</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${STYLE}</style>
</head>
<body data-state="loading">
${BODY}
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
}

/** Returns the page that asks for the token. */
export function tokenMarkup(nonce: string, isWrong: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Walbrook: token</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${STYLE}
form { max-width: 420px; margin: 12vh auto; display: grid; gap: 12px }
input { font: inherit; color: var(--ink); background: var(--sunk); border: 1px solid var(--edge); border-radius: 6px; padding: 8px 10px; min-height: 40px }
h1 { font-size: 21px }</style>
</head>
<body>
<main><form class="card" method="post" action="/token">
<h1>Walbrook</h1>
<label for="token">This page asks for the token that the service was started with.</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
${isWrong ? '<p class="note" role="alert">That is not the token.</p>' : ""}
<button>Open</button>
</form></main>
</body>
</html>
`;
}

const BODY = `<svg width="0" height="0" class="vh" aria-hidden="true">
  <symbol id="ok" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"><circle cx="12" cy="12" r="9.5"/><path d="m7.5 12.3 3 3 6-6.4"/></symbol>
  <symbol id="warn" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"><path d="M12 3 22 20.5H2Z"/><path d="M12 10v4.6M12 17.4v.2"/></symbol>
  <symbol id="bad" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"><path d="M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8Z"/><path d="m8.7 8.7 6.6 6.6m0-6.6-6.6 6.6"/></symbol>
  <symbol id="old" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"><circle cx="12" cy="12" r="9.5" stroke-dasharray="4 3.4"/><path d="M12 7v5.4l3.3 2"/></symbol>
  <symbol id="info" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"><path d="M4 5h16v14H4Z"/><path d="M12 11v4.5M12 8.2v.2"/></symbol>
  <symbol id="turn" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"><path d="M20 11a8 8 0 0 0-14.3-4L3 10m1 3a8 8 0 0 0 14.3 4L21 14M3 4.5V10h5.5M21 19.5V14h-5.5"/></symbol>
</svg>
<a class="skip" href="#destinations">Skip to destinations</a>
<div class="wrap">
<header class="top">
  <div class="brand"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" aria-hidden="true"><path d="M2 6c3.5-2.6 6 2.6 10 0s6.5-2.6 10 0"/><path d="M2 12c3.5-2.6 6 2.6 10 0s6.5-2.6 10 0" opacity=".7"/><path d="M2 18c3.5-2.6 6 2.6 10 0s6.5-2.6 10 0" opacity=".4"/></svg>Walbrook</div>
  <div class="dim" id="what"></div>
  <div class="end"><span class="dim"><time id="clock">–</time> UTC<span id="each">, each second</span></span><button id="hold" type="button">Hold</button></div>
</header>
<main>
<section class="card hero" id="hero" aria-label="State and pipeline">
  <div class="say"><svg class="i" aria-hidden="true"><use id="icon" href="#old"/></svg><h1 id="sentence">Asking …</h1><p id="detail"></p></div>
  <p class="vh" role="status" id="spoken"></p>
  <div class="river fades">
    <h2 class="vh">Pipeline: where the log waits</h2>
    <div class="bed"><svg id="horiz" viewBox="0 0 1000 88" preserveAspectRatio="none" aria-hidden="true"></svg><svg id="vert" viewBox="0 0 88 1000" preserveAspectRatio="none" aria-hidden="true"></svg>
    <ol id="river">
      <li><div class="spot"><h3>Written</h3><code class="mono"></code><span class="note" id="written">end of the server's log</span></div><div class="wait"></div></li>
      <li><div class="spot"><h3>Received</h3><code class="mono"></code><span class="note">from the server</span></div><div class="wait"></div></li>
      <li><div class="spot"><h3>Handed out</h3><code class="mono"></code><span class="note">to the consumer</span></div><div class="wait"></div></li>
      <li><div class="spot"><h3>Durable</h3><code class="mono"></code><span class="note" id="durable"></span></div><div class="wait"></div></li>
      <li><div class="spot"><h3>Confirmed</h3><code class="mono"></code><span class="note">the server may forget all before</span></div><div class="wait"></div></li>
    </ol></div>
  </div>
</section>
<div class="grid fades">
<section class="card w8" aria-labelledby="h-lag">
  <header><h2 id="h-lag">Behind, and rate</h2><span class="note">last 15 minutes<span id="alert" hidden></span></span></header>
  <div class="strips">
    <div class="lab"><span class="dim">Behind, time</span><b data-now="0"></b><small></small></div><svg viewBox="0 0 300 60" preserveAspectRatio="none" role="img" data-strip="0"></svg>
    <div class="lab"><span class="dim">Behind, log</span><b data-now="1"></b><small></small></div><svg viewBox="0 0 300 60" preserveAspectRatio="none" role="img" data-strip="1"></svg>
    <div class="lab"><span class="dim">Changes</span><b data-now="2"></b><small></small></div><svg viewBox="0 0 300 60" preserveAspectRatio="none" role="img" data-strip="2"></svg>
    <div class="marks" id="marks" aria-hidden="true"></div>
    <div class="axis" aria-hidden="true"><span></span><span></span><span></span><span>now</span></div>
  </div>
</section>
<section class="card w4 slot" id="slot" aria-labelledby="h-slot">
  <header><h2 id="h-slot">Slot</h2><span class="note state" id="slotstate"></span></header>
  <div><div class="dim">If nothing is confirmed any more, lost in</div><div class="loss" id="loss"></div>
    <div class="gauge" role="img" id="gauge"><i></i><u></u></div>
    <div class="note" id="kept"></div></div>
  <dl class="facts" id="slotfacts"></dl>
</section>
<section class="card w12" id="destinations" tabindex="-1" aria-labelledby="h-dest">
  <header><h2 id="h-dest">Destinations</h2><span class="note" id="why"></span></header>
  <div id="dests"></div>
</section>
<section class="card w12" aria-labelledby="h-tab">
  <header><h2 id="h-tab">Tables</h2><span class="note" id="tabnote"></span></header>
  <ul class="small" id="tables"></ul>
</section>
<section class="card w8 changes" aria-labelledby="h-chg">
  <header><h2 id="h-chg">Last 50 changes</h2><span class="note" id="masks"></span></header>
  <div class="empty" id="nochange"><b>No change yet</b>As soon as a published row changes, it stands here. To try the way through without changing a row:<br><code>walbrook ping</code></div>
  <div class="scroll" id="scroll" tabindex="0" role="region" aria-labelledby="h-chg" hidden>
    <table role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader">Time</th><th role="columnheader">xid</th><th role="columnheader">Kind</th><th role="columnheader">Table and key</th><th role="columnheader">Columns: old → new</th></tr></thead><tbody role="rowgroup" id="changes"></tbody></table></div>
</section>
<div class="w4 stack">
<section class="card" id="doctor" tabindex="-1" aria-labelledby="h-doc">
  <header><h2 id="h-doc">Doctor</h2><span class="note" id="docsum"></span></header>
  <div id="findings"></div>
</section>
<section class="card" aria-labelledby="h-log">
  <header><h2 id="h-log">Schema changes and gaps</h2><span class="note">since the start</span></header>
  <ol class="log" id="log"></ol>
  <p class="note" id="nogap" hidden><svg class="i ok" aria-hidden="true"><use href="#ok"/></svg> No gap since the start.</p>
</section>
</div>
</div>
</main>
<footer>
<dl class="about" id="about"></dl>
<p class="about"><a href="/health">/health</a> <a href="/ready">/ready</a> <a href="/metrics">/metrics</a> <a href="/doctor">/doctor</a></p>
</footer>
</div>`;
