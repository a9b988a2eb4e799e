/**
 * An outbox: a program inserts each message in the same transaction as the change that it is
 * about. Every message of a committed transaction is delivered, in order for each order, and
 * none of a transaction that was rolled back. It starts its own database, and ends by itself:
 *
 * ```sh
 * deno run -A examples/outbox.ts
 * ```
 *
 * @module
 */
import pg from "pg";
import { subscribe } from "@walbrook/walbrook";
import { deliver, type Destination } from "@walbrook/walbrook/sink";
import { outbox, type OutboxMessage } from "@walbrook/walbrook/stages";
import { startDemoServer } from "./demo/demo_server.ts";

/** The messages of the program, by type. */
interface Payloads {
  "order.placed": { readonly customer: string; readonly total: string };
  "order.paid": { readonly by: "card" | "invoice" };
}

const messages = outbox<Payloads>();

/** Places an order, and inserts its message: both happen, or neither. */
async function placeOrder(
  client: pg.ClientBase,
  order: {
    readonly id: number;
    readonly customer: string;
    readonly fails: boolean;
  },
): Promise<void> {
  const { id, customer, fails } = order;
  await client.query("BEGIN");
  await client.query("INSERT INTO orders VALUES ($1, $2)", [id, customer]);
  const message = await messages.insert(client, {
    aggregateType: "order",
    aggregateId: `${id}`,
    type: "order.placed",
    payload: { customer, total: `${id}.00` },
  });
  // The stream has the insert; the table need not keep the row.
  await client.query("DELETE FROM outbox WHERE id = $1", [message]);
  await client.query(fails ? "ROLLBACK" : "COMMIT");
}

async function pay(client: pg.ClientBase, id: number): Promise<void> {
  await messages.insert(client, {
    aggregateType: "order",
    aggregateId: `${id}`,
    type: "order.paid",
    payload: { by: "card" },
  });
}

function show(message: OutboxMessage<Payloads>): string {
  switch (message.type) {
    case "order.placed":
      return `order ${message.aggregateId}: ${message.payload.customer} has to pay ${message.payload.total}`;
    case "order.paid":
      return `order ${message.aggregateId}: paid by ${message.payload.by}`;
  }
}

const printer: Destination = {
  name: "printer",
  write(batch) {
    for (const { event } of batch) {
      const message = messages.receive(event);
      if (message !== null) console.log(show(message));
    }
    return Promise.resolve();
  },
};

async function main(): Promise<void> {
  console.log("Starting a demo database …");
  await using server = await startDemoServer();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(messages.createTable);
  await client.query("CREATE TABLE orders (id int PRIMARY KEY, customer text)");
  await client.query("CREATE PUBLICATION outbox FOR TABLE outbox");
  const connection = server.url;
  const slot = { name: "outbox", create: true };
  const publication = "outbox";
  const first = await subscribe({ connection, slot, publication });
  await first.close();

  await placeOrder(client, { id: 1, customer: "Ada", fails: false });
  await placeOrder(client, { id: 2, customer: "Bo", fails: true });
  await placeOrder(client, { id: 3, customer: "Cy", fails: false });
  await pay(client, 3);
  await pay(client, 1);
  await client.end();

  const subscription = await subscribe({
    connection,
    slot,
    publication,
    acknowledge: "manual",
    until: "now",
  });
  await deliver(subscription, printer, { stages: [messages.stage()], lanes: 1 })
    .done;
}

if (import.meta.main) await main();
