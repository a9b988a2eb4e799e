/** What the soak measures besides: how quick, and how much. */
import { subscribe, type Subscription } from "@walbrook/walbrook";
import {
  connectSql,
  type PostgresServer,
  type SqlClient,
} from "../helpers/postgres.ts";
import { RETRY } from "./cuts.ts";
import { sleep } from "./soak_runs.ts";
import type { Sample } from "./steady_client.ts";
import { SET_UP } from "./workload.ts";

const CLIENT = new URL("./steady_client.ts", import.meta.url).pathname;
const HAND_OVERS = 40;
const STOPS = 10;

/** A table that is written to without a pause, and a slot. */
async function setUp(sql: SqlClient): Promise<void> {
  await sql(SET_UP);
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
}

/** Writes small transactions until it is told to stop; says how many. */
async function write(
  server: PostgresServer,
  stop: { now: boolean },
): Promise<number> {
  await using sql = connectSql(server.url);
  let id = 0;
  while (!stop.now) {
    const first = id + 1;
    id += 20;
    await sql(
      `INSERT INTO item SELECT g, 'text of row ' || g, g FROM generate_series(${first}, ${id}) g`,
    );
  }
  return id;
}

/**
 * Two instances take over one slot from each other, while rows are written.
 *
 * @returns How long each took, from the moment when the one began to close until the
 * other had it, in milliseconds; how many rows came, and how many of them twice.
 */
export async function handOver(
  server: PostgresServer,
  sql: SqlClient,
): Promise<{ tookMs: number[]; rows: number; lost: number; twice: number }> {
  await setUp(sql);
  const stop = { now: false };
  const writing = write(server, stop);
  const open = () =>
    subscribe({
      connection: server.url,
      slot: { name: "s", wait: true },
      publication: "delivery",
      retry: RETRY,
    });
  const seen = new Map<unknown, number>();
  const consume = async (subscription: Subscription) => {
    for await (const event of subscription) {
      if (event.kind !== "insert") continue;
      const id = event.newRow["id"];
      seen.set(id, (seen.get(id) ?? 0) + 1);
    }
  };
  const tookMs: number[] = [];
  let present = await open();
  let consuming = consume(present);
  for (let i = 0; i < HAND_OVERS; i++) {
    const waiting = open();
    await sleep(100);
    const start = performance.now();
    await present.close();
    await consuming;
    present = await waiting;
    tookMs.push(performance.now() - start);
    consuming = consume(present);
  }
  stop.now = true;
  const rows = await writing;
  while (!seen.has(rows)) await sleep(10);
  await present.close();
  await consuming;
  const twice = [...seen.values()].filter((times) => times > 1).length;
  return { tookMs, rows, lost: rows - seen.size, twice };
}

/**
 * Stops the server while a consumer is busy, with more for it to come.
 *
 * @returns How long each stop took, in milliseconds.
 */
export async function stopUnderWork(
  server: PostgresServer,
  sql: SqlClient,
): Promise<number[]> {
  await setUp(sql);
  await sql.end();
  const tookMs: number[] = [];
  await using subscription = await subscribe({
    connection: server.url,
    slot: "s",
    publication: "delivery",
    retry: RETRY,
  });
  const events = subscription[Symbol.asyncIterator]();
  for (let i = 0; i < STOPS; i++) {
    {
      await using again = connectSql(server.url);
      const first = 1000 * i;
      await again(`INSERT INTO item VALUES (${first}, '', 0)`);
      while ((await events.next()).value?.kind !== "commit");
      await again(
        `INSERT INTO item SELECT g, 'text', g FROM generate_series(${
          first + 1
        }, ${first + 500}) g`,
      );
    }
    const start = performance.now();
    await server.stop("fast");
    tookMs.push(performance.now() - start);
    await server.start();
    while ((await events.next()).value?.kind !== "commit");
  }
  return tookMs;
}

/**
 * Follows for a while, in a process of its own.
 *
 * @returns What that held, at even distances.
 */
export async function holdSteady(
  server: PostgresServer,
  sql: SqlClient,
  durationMs: number,
): Promise<Sample[]> {
  await setUp(sql);
  const stop = { now: false };
  const writing = write(server, stop);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--v8-flags=--expose-gc"],
      ...[CLIENT, server.url, "s", `${durationMs}`, "6"],
    ],
    stdin: "null",
    stderr: "inherit",
  }).output();
  stop.now = true;
  await writing;
  return JSON.parse(new TextDecoder().decode(stdout));
}
