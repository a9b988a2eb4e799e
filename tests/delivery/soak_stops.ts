/** What the soak measures of stops: slow steady consumers, in all views. */
import { subscribe } from "@walbrook/walbrook";
import type { PostgresServer, SqlClient } from "../helpers/postgres.ts";
import { RETRY } from "./cuts.ts";
import { takeTime, VIEWS } from "./steady_consumer.ts";
import { SET_UP } from "./workload.ts";

const BACKLOG = 40_000;
/** How long a consumer takes for a transaction, in milliseconds. */
const PACES = [0.1, 1, 10, 150, 1500];
/** Consumers that are fast enough are in the middle of the backlog by then. */
const STARTED = 500;

/** One stop of a server. */
export interface Stop {
  /** How the events were taken. */
  readonly view: string;
  /** Milliseconds of work for each transaction. */
  readonly pace: number;
  /** How long the stop took, in milliseconds. */
  readonly tookMs: number;
}

/**
 * Stops the server (`pg_ctl stop -m fast`) while a consumer that is slow but steady has
 * tens of thousands of transactions to go: in each view, at each pace.
 */
export async function stopUnderBacklog(
  server: PostgresServer,
  sql: SqlClient,
): Promise<Stop[]> {
  await sql(SET_UP);
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  await sql("SET synchronous_commit = off");
  await sql(`
    DO $$ BEGIN
      FOR id IN 1..${BACKLOG} LOOP
        INSERT INTO item VALUES (id, repeat('x', 500), 0); COMMIT;
      END LOOP;
    END $$`);
  await sql.end();
  const stops: Stop[] = [];
  for (const view of Object.keys(VIEWS)) {
    for (const pace of PACES) {
      stops.push({ view, pace, tookMs: await stopUnder(server, view, pace) });
      await server.start();
    }
  }
  return stops;
}

async function stopUnder(
  server: PostgresServer,
  view: string,
  pace: number,
): Promise<number> {
  await using subscription = await subscribe({
    connection: server.url,
    slot: "s",
    publication: "delivery",
    // The next consumer has the same backlog.
    acknowledge: "manual",
    retry: RETRY,
  });
  let transactions = 0;
  let isStopped = false;
  const started = Promise.withResolvers<void>();
  const consuming = VIEWS[view]!(subscription, async () => {
    transactions++;
    // What is left of a batch is nothing to wait for.
    if (!isStopped) await takeTime(pace);
    if (transactions === STARTED || pace > 1) started.resolve();
  });
  await started.promise;
  const start = performance.now();
  await server.stop("fast");
  const tookMs = performance.now() - start;
  isStopped = true;
  if (transactions > 0.75 * BACKLOG) {
    throw new Error(`The server sent all to ${view} at ${pace} ms`);
  }
  await subscription.close();
  await consuming;
  return tookMs;
}
