/**
 * Pipes a database's changes through Web Streams: to a file, and to browsers that watch a
 * table. It starts its own database, and ends by itself:
 *
 * ```sh
 * deno run -A examples/pipe.ts
 * ```
 *
 * @module
 */
import { once } from "node:events";
import { type FileHandle, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AcknowledgeStream,
  type ReplicationEvent,
  subscribe,
} from "@walbrook/walbrook";
import { JSON_AS_TEXT, toNdjson } from "@walbrook/walbrook/encode";
import { connect } from "@walbrook/walbrook/replication";
import {
  type LiveService,
  nodeListener,
  serve,
} from "@walbrook/walbrook/serve";
import { startShopDatabase } from "./demo/shop_database.ts";

/** The slot of the export, which remembers how far the file is. */
const EXPORT_SLOT = "export";
/** The table that anyone may watch. */
const WATCHED = "public.orders";

/**
 * Appends each event to a file, and passes it on once it is there: a stage behind this
 * one knows that what it gets was written.
 */
function appendTo(
  file: FileHandle,
): TransformStream<ReplicationEvent, ReplicationEvent> {
  return new TransformStream({
    async transform(event, controller) {
      await file.appendFile(toNdjson(event));
      // The server forgets what is acknowledged, so it has to survive a crash here.
      if (event.kind === "commit") await file.datasync();
      controller.enqueue(event);
    },
  });
}

/** Writes all that has changed since the slot was confirmed last, as a nightly job may. */
async function exportTo(path: string, connection: string): Promise<void> {
  await using subscription = await subscribe({
    connection,
    slot: EXPORT_SLOT,
    publication: "shop",
    acknowledge: "manual",
    until: "now",
    types: JSON_AS_TEXT,
  });
  await using file = await open(path, "a");
  await subscription.readable
    .pipeThrough(appendTo(file))
    // Behind the stage that does the work: what waits in a queue is not done.
    .pipeThrough(new AcknowledgeStream(subscription))
    .pipeTo(new WritableStream());
}

/** Serves the rows of a table and then its changes, as server-sent events. */
async function watch(connection: string): Promise<LiveService> {
  const subscription = await subscribe({
    connection,
    slot: { name: "watch", create: true, temporary: true },
    publication: "shop",
  });
  return serve(subscription, {
    authorize: (_request, table) => table === WATCHED,
  });
}

/** Listens as a browser would, until it has received a number of changes. */
async function watchAsBrowser(url: string, count: number): Promise<void> {
  const response = await fetch(url);
  const text = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
  const events: string[] = [];
  let rest = "";
  for await (const part of text) {
    const parts = (rest + part).split("\n\n");
    rest = parts.pop() ?? "";
    // A comment only keeps the connection open.
    events.push(...parts.filter((event) => !event.startsWith(":")));
    if (events.length >= count) break; // which cancels the stream
  }
  for (const event of events.slice(0, count)) {
    console.log(event.split("\n", 2).join("  "));
  }
}

async function countLines(path: string): Promise<number> {
  return (await readFile(path, "utf8")).split("\n").length - 1;
}

async function main(): Promise<void> {
  console.log("Starting a demo database …");
  await using shop = await startShopDatabase();
  {
    await using connection = await connect(shop.url);
    // What commits from here on is in the export, whenever that is made.
    await connection.createReplicationSlot(EXPORT_SLOT, { kind: "logical" });
  }
  console.log("The first changes, as server-sent events:");
  const service = await watch(shop.url);
  const web = createServer(nodeListener(service.fetch)).listen(0, "127.0.0.1");
  await once(web, "listening");
  const { port } = web.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/changes?table=${WATCHED}`;
  const business = shop.open();
  await Promise.race([business, watchAsBrowser(url, 8)]);
  await service.close();
  web.closeAllConnections();
  web.close();

  const folder = await mkdtemp(join(tmpdir(), "walbrook-"));
  const path = join(folder, "changes.ndjson");
  try {
    await exportTo(path, shop.url);
    const lines = await countLines(path);
    console.log(`Exported ${lines} events to ${path}`);
    await exportTo(path, shop.url);
    const more = await countLines(path) - lines;
    console.log(`Exported ${more} more: what was acknowledged came only once`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.main) await main();
