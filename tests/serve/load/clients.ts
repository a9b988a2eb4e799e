/**
 * Runs many clients of `/changes` in a separate process, so that their memory and processor
 * time do not count towards the service. `run_load.ts` starts it.
 *
 * @module
 */
import { ChangesSeen, type ClientFigures } from "./changes_seen.ts";
import { readBody } from "./read_body.ts";

/** The task of the clients, as JSON in the variable `LOAD`. */
export interface ClientsTask {
  /** The service's URL. */
  readonly origin: string;
  /** The number of clients. */
  readonly clients: number;
  /** The number of keys that they share. */
  readonly keys: number;
  /** The number of rows of a key that each transaction changes. */
  readonly each: number;
}

/** The results, as JSON on the second line of output. The first line says that all are ready. */
export interface ClientsResult {
  /** The counts of each client. */
  readonly clients: readonly ClientFigures[];
  /** The number of clients that were disconnected before the end. */
  readonly disconnected: number;
  /** The delays from commit to client, in milliseconds: median, 99th percentile, longest. */
  readonly delayMs: readonly [number, number, number];
}

async function main(): Promise<void> {
  const task: ClientsTask = JSON.parse(Deno.env.get("LOAD") ?? "{}");
  const { promise: allReady, resolve: onReady } = Promise.withResolvers<void>();
  let ready = 0;
  const seen = Array.from(
    { length: task.clients },
    () => new ChangesSeen(task.each),
  );
  const work = seen.map(async (client, i) => {
    const query = new URLSearchParams({
      table: "public.t",
      where: `k = ${i % task.keys}`,
    });
    for await (const part of readBody(`${task.origin}/changes?${query}`)) {
      const wasReady = client.isReady;
      client.take(part);
      if (!wasReady && client.isReady && ++ready === task.clients) onReady();
      if (client.isOver) return;
    }
  });
  await Promise.race([allReady, Promise.all(work)]);
  console.log("ready");
  await Promise.all(work);
  const delays = seen.flatMap(({ delays }) => delays).sort((a, b) => a - b);
  const at = (part: number) =>
    delays[Math.floor((delays.length - 1) * part)] ?? 0;
  const result: ClientsResult = {
    clients: seen.map(({ figures }) => figures),
    disconnected: seen.filter(({ isOver }) => !isOver).length,
    delayMs: [at(0.5), at(0.99), at(1)],
  };
  console.log(JSON.stringify(result));
  Deno.exit();
}

if (import.meta.main) await main();
