/** What the soak does to consumers that are paused while an heir takes over. */
import {
  connectSql,
  type PostgresServer,
  type SqlClient,
} from "../helpers/postgres.ts";
import { PausableConsumer } from "./paused_consumer.ts";
import { sleep } from "./soak_runs.ts";
import { SET_UP } from "./workload.ts";

/** With so much patience the server gives up a paused consumer soon. */
export const PAUSES_SETTINGS: Readonly<Record<string, string>> = {
  wal_sender_timeout: "2s",
};

/** What was applied by consumers that took over from each other. */
export interface PausesOutcome {
  /** How often one was paused, and another one took over. */
  readonly pauses: number;
  /** How many rows were written. */
  readonly rows: number;
  /** How many of them were not applied. */
  readonly lost: number;
  /** How many were applied more than once. */
  readonly twice: number;
}

/**
 * Pauses the consumer at work for as long as the server waits, lets an heir take over while
 * rows are written, and wakes the first one: again and again.
 *
 * @param times How often.
 */
export async function pauseConsumers(
  server: PostgresServer,
  sql: SqlClient,
  times: number,
): Promise<PausesOutcome> {
  await sql(SET_UP);
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  await sql("CREATE DATABASE target");
  const targetUrl = server.url.replace(/postgres$/, "target");
  await using target = connectSql(targetUrl);
  await target("CREATE TABLE applied (id int)");
  const start = () =>
    new PausableConsumer({
      ...{ source: server.url, target: targetUrl, slot: "s", kind: "fenced" },
      publication: "delivery",
    });
  const applied = async () =>
    Number(await target.value("SELECT count(DISTINCT id) FROM applied"));
  const progress = async () => {
    const before = await applied();
    while (await applied() < before + 200) await sleep(20);
  };
  const stop = { now: false };
  const writing = write(server, stop);
  // So that the one who is paused has something in its buffers.
  await sleep(2000);
  let present = start();
  for (let pauses = 0; pauses < times; pauses++) {
    await progress();
    await present.pause(sql);
    while (
      await sql.value("SELECT active_pid IS NULL FROM pg_replication_slots") !==
        "t"
    ) await sleep(50);
    const heir = start();
    await progress();
    present.resume();
    await present.says(/^retrying 55006$|^ended/);
    await present[Symbol.asyncDispose]();
    present = heir;
  }
  stop.now = true;
  const rows = await writing;
  while (await applied() < rows) await sleep(50);
  await present[Symbol.asyncDispose]();
  const all = Number(await target.value("SELECT count(*) FROM applied"));
  return {
    pauses: times,
    rows,
    lost: rows - await applied(),
    twice: all - await applied(),
  };
}

/** Writes one row after the other until it is told to stop; says how many. */
async function write(
  server: PostgresServer,
  stop: { readonly now: boolean },
): Promise<number> {
  await using sql = connectSql(server.url);
  let id = 0;
  while (!stop.now) {
    await sql(`INSERT INTO item VALUES (${++id}, '', 0)`);
    await sleep(1);
  }
  return id;
}
