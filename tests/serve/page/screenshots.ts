/**
 * Writes the pictures of docs/serve.md: the live page of the demo's shop, whose destination
 * refuses some rows on the phone's picture.
 *
 * @module
 */
import { subscribe } from "@walbrook/walbrook";
import { runDoctor } from "@walbrook/walbrook/doctor";
import { serve } from "@walbrook/walbrook/serve";
import {
  deliver,
  type Destination,
  DestinationError,
  memoryDeadLetters,
} from "@walbrook/walbrook/sink";
import { startShopDatabase } from "../../../examples/demo/shop_database.ts";
import { HAS_BROWSER, startBrowser } from "./browser.ts";

const PICTURES = new URL("../../../docs/serve/", import.meta.url);
const WARM_UP_MS = 100_000;

if (!HAS_BROWSER) throw new Error("Cannot take pictures without Chromium");

let refuses = false;
const hook: Destination = {
  name: "orders-hook",
  async write(batch) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const isBad = refuses &&
      batch.some(({ event }) =>
        event.kind === "insert" && event.table === "public.orders"
      );
    if (isBad) {
      throw new DestinationError(
        '422 Unprocessable Content: {"error":"total must not be negative"}',
        {},
      );
    }
  },
};

await using shop = await startShopDatabase();
const subscription = await subscribe({
  connection: shop.url,
  slot: { name: "search_indexer", create: true },
  publication: shop.publication,
  acknowledge: "manual",
  slotGuard: { intervalMs: 2_000 },
});
await using service = serve(subscription, {
  slotName: "search_indexer",
  token: "demo",
  showValues: [
    "public.orders.status",
    "public.orders.total",
    "public.orders.id",
  ],
  doctor: () =>
    runDoctor(shop.url, {
      slot: "search_indexer",
      publication: shop.publication,
    }),
  deliver: (events) =>
    deliver(subscription, hook, {
      events,
      poison: memoryDeadLetters(),
      retry: { maxAttempts: 1 },
      batch: { items: 1 },
    }),
});
const web = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  service.fetch,
);
const business = shop.open();
await using browser = await startBrowser();
const url = `http://127.0.0.1:${web.addr.port}/?token=demo`;
await Deno.mkdir(PICTURES, { recursive: true });
const size = { width: 1280, height: 1160 };
const light = await browser.open(url, size);
await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
const dark = await browser.open(url, { ...size, scheme: "dark" });
await dark.waitForSelector("#findings .find");
for (const [page, name] of [[light, "light"], [dark, "dark"]] as const) {
  await page.screenshot({
    path: new URL(`${name}.png`, PICTURES).pathname,
  });
}
refuses = true;
const phone = await browser.open(url, { width: 390, height: 844 });
await phone.waitForSelector("body[data-state=parked]");
await phone.screenshot({
  path: new URL("phone.png", PICTURES).pathname,
});
console.log(`Wrote light.png, dark.png and phone.png to ${PICTURES.pathname}`);
const closing = web.shutdown();
await service.close();
await closing;
void business.catch(() => {});
