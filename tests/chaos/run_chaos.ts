import type { NatsServer } from "../../examples/demo/nats_server.ts";
import { connectSql, type PostgresServer } from "../helpers/postgres.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";
import type { LedgerReport } from "./ledger.ts";
import { pause } from "./pause.ts";
import type { ChaosSink } from "./sinks.ts";
import {
  drawKills,
  natsVictim,
  postgresVictim,
  Program,
  type Victim,
} from "./victims.ts";
import { Work } from "./work.ts";

/** What {@linkcode runChaos} runs. */
export interface ChaosOptions {
  /** The source. */
  readonly server: PostgresServer;
  /** The other servers to kill. */
  readonly nats: NatsServer | null;
  readonly postgres: Readonly<Record<string, PostgresServer>>;
  /** The sinks. */
  readonly sinks: readonly ChaosSink[];
  /** How often something is killed. */
  readonly kills: number;
  /** The longest pause between two kills, in milliseconds. */
  readonly longestPauseMs: number;
  /** The number of changes a second. */
  readonly rate: number;
  /** What the random choices begin with. */
  readonly seed: number;
  /** Told of each kill. */
  readonly log: (line: string) => void;
}

/** The result of a run. */
export interface ChaosReport {
  /** How often each was killed. */
  readonly kills: Readonly<Record<string, number>>;
  /** The number of committed changes, and the duration of the load in seconds. */
  readonly changes: number;
  readonly seconds: number;
  /** The rows of the source, as `id n`. */
  readonly rows: readonly string[];
  /** What each sink has. */
  readonly sinks: Readonly<Record<string, LedgerReport>>;
}

/** The table and the slots; to be made before anything runs. */
export async function prepareChaos(
  url: string,
  kinds: readonly string[],
): Promise<void> {
  await using sql = connectSql(url);
  await sql(`CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL);
    CREATE PUBLICATION chaos FOR TABLE counters`);
  for (const kind of kinds) {
    await sql(
      `SELECT pg_create_logical_replication_slot('${kind}', 'pgoutput')`,
    );
  }
}

/**
 * Kills victims at times that the seed determines, while rows change at a steady rate, and
 * returns the contents of each sink.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { server, nats, postgres, sinks, seed, rate, log } = options;
  const programs = sinks.flatMap(({ programs }) =>
    programs.map(([kind, ...args]) =>
      new Program(kind, [kind, server.url, ...args])
    )
  );
  const victims: Victim[] = [
    ...programs,
    ...nats === null ? [] : [natsVictim(nats)],
    ...Object.entries(postgres).map(([name, one]) => postgresVictim(name, one)),
  ];
  // Two sequences, so that the number of transactions in a pause does not affect the kills.
  const random = randomNumbers(seed);
  const work = new Work({
    ...{ url: server.url, rate },
    random: randomNumbers(seed + 1),
  });
  const start = performance.now();
  const kills: Record<string, number> = {};
  let seconds = 0;
  try {
    for (
      const { index, pauseMs } of drawKills(random, victims.length, options)
    ) {
      await pause(pauseMs);
      const victim = victims[index]!;
      log(`${work.changes} changes: ${victim.name} is killed`);
      await victim.kill();
      kills[victim.name] = (kills[victim.name] ?? 0) + 1;
    }
    // The last victims are working again before the load ends.
    await pause(options.longestPauseMs);
    await work.end();
    seconds = (performance.now() - start) / 1_000;
    await waitForSlots(server.url, sinks);
    await waitForWorkers(sinks);
  } finally {
    await work.end();
    for (const program of programs) await program.end();
  }
  await using sql = connectSql(server.url);
  const rows = await sql("SELECT id || ' ' || n AS r FROM counters");
  const reports: Record<string, LedgerReport> = {};
  for (const sink of sinks) reports[sink.kind] = await sink.report();
  return {
    ...{ kills, seconds, changes: work.changes, sinks: reports },
    rows: rows.map(({ r }) => r!).toSorted(),
  };
}

const LONGEST_MS = 120_000;

// Waits until each slot is confirmed up to the current end of the log.
async function waitForSlots(
  url: string,
  sinks: readonly ChaosSink[],
): Promise<void> {
  const goal = await ask(url, "SELECT pg_current_wal_lsn()");
  for (const { kind } of sinks) {
    await until(`the slot of ${kind}`, async () => {
      const found = await ask(
        url,
        `SELECT confirmed_flush_lsn || ' ' || (confirmed_flush_lsn >= '${goal}')
           FROM pg_replication_slots WHERE slot_name = '${kind}'`,
      );
      return { isDone: found.endsWith(" true"), progress: found };
    });
  }
}

// What JetStream has is not applied yet; the other sinks have everything.
async function waitForWorkers(sinks: readonly ChaosSink[]): Promise<void> {
  const nats = sinks.find(({ kind }) => kind === "nats");
  if (nats === undefined) return;
  let all = 0;
  for (const sink of sinks) {
    if (sink !== nats) all = Math.max(all, (await sink.report()).changes);
  }
  await until("the workers", async () => {
    await pause(100);
    const { changes } = await nats.report();
    return { isDone: changes >= all, progress: `${changes}` };
  });
}

// Waits until a condition holds, and gives up if there is no progress any more.
async function until(
  what: string,
  look: () => Promise<{ readonly isDone: boolean; readonly progress: string }>,
): Promise<void> {
  let [since, before] = [performance.now(), ""];
  for (;;) {
    const { isDone, progress } = await look();
    if (isDone) return;
    if (progress !== before) [since, before] = [performance.now(), progress];
    if (performance.now() - since > LONGEST_MS) {
      throw new Error(`Cannot wait any longer for ${what}: ${progress}`);
    }
    await pause(50);
  }
}

// A server that is down is asked again.
async function ask(url: string, query: string): Promise<string> {
  for (let attempt = 0;; attempt++) {
    try {
      await using sql = connectSql(url);
      return `${await sql.value(query)}`;
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(100);
    }
  }
}
