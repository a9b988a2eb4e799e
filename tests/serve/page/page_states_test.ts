import { assertEquals, assertMatch } from "@std/assert";
import { pageMarkup } from "../../../src/serve/page/markup.ts";
import { serverSent } from "../../../src/serve/changes/server_sent.ts";
import {
  HAS_BROWSER,
  PATIENCE,
  scrollsSideways,
  seriousFindings,
  startBrowser,
} from "./browser.ts";
import { madeUpView, STATES } from "./made_up_view.ts";

const SENTENCES: Readonly<Record<string, RegExp>> = {
  streaming: /^Streaming, 0\.3 s behind\.$/,
  behind:
    /^Behind by 4 min 12 s, and catching up: level in about 14 min 0 s\.$/,
  reconnecting:
    /^Reconnecting: attempt 4 in 3\.0 s\. Without a link for 41 s\.$/,
  stuck:
    /^Stuck: the consumer has been inside transaction 8841207 for 6 min 20 s\.$/,
  stuckSink: /^Stuck: a change has waited for orders-hook for 6 min 20 s\.$/,
  danger: /^Slot in danger: at this rate the log is lost in 18 min 0 s\.$/,
  parked: /^3 keys are parked; all else streams, 0\.3 s behind\.$/,
  gap: /^Changes were lost between 17:18:04 and 17:24:31\. Streaming again\.$/,
  empty: /^Streaming\. Nothing has changed yet\.$/,
  closed: /^Stopped: the subscription is over\.$/,
};

/** What else a state changes on the page. */
const DETAILS: Readonly<
  Record<string, readonly (readonly [string, RegExp])[]>
> = {
  streaming: [
    [".lanes + .note", /^16 lanes: 4 writing$/],
    [".nums", /Delivered47\.2 \/s.*Write p5038 msp99210 ms/],
    ["#slotfacts", /Limitmax_slot_wal_keep_size/],
    ["#tabnote", /3 more changed less/],
  ],
  behind: [
    ["#detail", /^412 MB of log wait\. orders-hook is the slowest\./],
    [".dest .state", /^slow: 16 lanes: 15 writing, 1 retrying$/],
  ],
  reconnecting: [
    ["#written", /^as of 17:29:57$/],
    ["#slotfacts", /Held bynobody, since 17:29:57/],
    ["#river li .wait", /\?not known/],
  ],
  stuck: [
    ["#detail", /change 14,201, an update of public\.orders\./],
    ["#river .jam .wait", /consumer is inside 8841207/],
  ],
  stuckSink: [["#detail", /^It takes nothing: its last error\./], [
    ".nums",
    /Oldest6 min 20 s/,
  ]],
  danger: [
    ["#detail", /confirmed since 12:50:11\. Bring orders-hook back/],
    ["#slotstate", /in danger/],
    [".dest .err", /^Last error, 17:30:31 \(tried 561 times\): 503/],
  ],
  parked: [
    [".lanes + .note", /^16 lanes: 4 writing, 3 parked$/],
    [".dest .err", /not repeated \(tried once\): 422/],
    [".parked li", /7 changes since 17:22:51: total -4\.00 was refused/],
  ],
  empty: [["#detail", /since the start, 4 min 0 s ago/]],
};

/** Serves the page with a made-up view, which the path names. */
function serveStates(): Deno.HttpServer<Deno.NetAddr> {
  let state = "streaming";
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/events") {
        let timer: ReturnType<typeof setInterval>;
        const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
          start(controller) {
            const bytes = () =>
              serverSent(
                "view",
                JSON.stringify(
                  state === "readonly"
                    ? madeUpView("parked", false)
                    : madeUpView(state),
                ),
              ) as Uint8Array<ArrayBuffer>;
            controller.enqueue(bytes());
            timer = setInterval(() => controller.enqueue(bytes()), 1_000);
          },
          cancel: () => clearInterval(timer),
        });
        return new Response(body, {
          headers: { "content-type": "text/event-stream" },
        });
      }
      state = searchParams.get("state") ?? state;
      return new Response(pageMarkup("test"), {
        headers: { "content-type": "text/html; charset=utf-8" },
      });
    },
  );
}

Deno.test({
  name:
    "the page shows each state, in both schemes and on a phone, and axe finds nothing serious",
  ignore: !HAS_BROWSER,
  // The browser's driver keeps timers of its own.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using server = serveStates();
    await using browser = await startBrowser();
    const found: string[] = [];
    for (const [i, state] of Object.keys(STATES).entries()) {
      const page = await browser.open(
        `http://127.0.0.1:${server.addr.port}/?state=${state}`,
        {
          scheme: i % 2 === 0 ? "light" : "dark",
          width: i % 3 === 2 ? 390 : i % 3 === 1 ? 768 : 1280,
        },
      );
      const shown = state === "stuckSink" ? "stuck" : state;
      await page.waitForSelector(`body[data-state="${shown}"]`, PATIENCE);
      assertMatch(await page.textContent("#sentence") ?? "", SENTENCES[state]!);
      assertMatch(await page.title(), /^[✓▲✕] search_indexer: /);
      assertEquals(
        await page.textContent("#what"),
        "slot search_indexer, database shop on db1.internal:5432",
      );
      for (const [selector, text] of DETAILS[state] ?? []) {
        assertMatch(await page.textContent(selector) ?? "", text);
      }
      // The line of the alert is drawn where it can be seen.
      const hasAlert = ["behind", "stuck", "stuckSink"].includes(state);
      assertEquals(await page.locator("path.alert").count(), hasAlert ? 1 : 0);
      assertEquals(await page.isVisible("#alert"), hasAlert);
      found.push(
        ...(await seriousFindings(page)).map((one) => `${state}: ${one}`),
      );
      if (await scrollsSideways(page)) found.push(`${state} scrolls sideways`);
      await page.context().close();
    }
    // Without a token nothing can be done, and the page says why.
    const page = await browser.open(
      `http://127.0.0.1:${server.addr.port}/?state=readonly`,
    );
    await page.waitForSelector(".parked button", PATIENCE);
    assertEquals(await page.isDisabled("button[aria-label^='Retry: ']"), true);
    assertEquals(
      await page.getAttribute(
        "button[aria-label^='Release: ']",
        "aria-describedby",
      ),
      "why",
    );
    assertMatch(
      await page.textContent("#why") ?? "",
      /^Read only: .*need a token/,
    );
    found.push(...await seriousFindings(page));
    assertEquals(found, []);
    assertEquals(browser.complaints, []);
  },
});
