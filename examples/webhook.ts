/**
 * Sends a shop's changes to a webhook whose receiver is often down, and rejects one
 * customer. It starts its own database and receiver, and ends by itself:
 *
 * ```sh
 * deno run -A examples/webhook.ts
 * ```
 *
 * @module
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { subscribe } from "@walbrook/walbrook";
import { nodeListener } from "@walbrook/walbrook/serve";
import { deliver, memoryDeadLetters } from "@walbrook/walbrook/sink";
import { webhook } from "@walbrook/walbrook/webhook";
import { startShopDatabase } from "./demo/shop_database.ts";

const SECRET = `whsec_${btoa(crypto.randomUUID())}`;

/** A receiver that has bad days, and drops what it has already. */
class Receiver {
  readonly seen = new Set<string>();
  requests = 0;
  refusesCustomers = true;

  answer = async (request: Request): Promise<Response> => {
    this.requests++;
    const change = await request.json();
    if (this.requests % 5 === 0) return new Response("busy", { status: 503 });
    if (
      this.refusesCustomers && change.newRow?.id === 2 &&
      "email" in change.newRow
    ) {
      return new Response("no such customer", { status: 422 });
    }
    // The id of a request is the change's version: the same whenever it is sent.
    this.seen.add(request.headers.get("webhook-id") ?? "");
    // It has the change, and says that it has not.
    return new Response("", { status: this.requests % 7 === 0 ? 500 : 200 });
  };
}

async function main(): Promise<void> {
  console.log("Starting a demo database …");
  await using shop = await startShopDatabase();
  const receiver = new Receiver();
  const server = createServer(nodeListener(receiver.answer))
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const subscription = await subscribe({
    connection: shop.url,
    slot: { name: "hooks", create: true, temporary: true },
    publication: shop.publication,
    acknowledge: "manual",
  });
  const letters = memoryDeadLetters();
  const url = `http://127.0.0.1:${port}/hook`;
  const sink = deliver(subscription, webhook({ url, secret: SECRET }), {
    lanes: 4,
    retry: { initialDelayMs: 20 },
    poison: letters,
    onFailure: ({ key, error, next }) =>
      console.log(`${key}: ${(error as Error).message} (${next})`),
  });
  const business = shop.open();
  const enough = () => {
    const { delivered, parkedKeys } = sink.report().destinations[0]!;
    return delivered >= 40 && parkedKeys.length > 0;
  };
  while (!enough()) await new Promise((resolve) => setTimeout(resolve, 50));

  const [parked] = sink.report().destinations[0]!.parkedKeys;
  console.log(`${letters.letters.length} dead letters of ${parked}`);
  receiver.refusesCustomers = false;
  console.log(`Replayed ${await sink.replay(parked!)} of them`);
  await sink.close();
  const { delivered, retries } = sink.report().destinations[0]!;
  console.log(
    `Delivered ${delivered} changes in ${receiver.requests} requests, ${retries} of them repeated; the receiver has ${receiver.seen.size}`,
  );
  void business.catch(() => {});
  server.closeAllConnections();
  server.close();
}

if (import.meta.main) await main();
