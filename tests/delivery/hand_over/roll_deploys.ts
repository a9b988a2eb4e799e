import { connectSql, type PostgresServer } from "../../helpers/postgres.ts";
import { until } from "../../helpers/until.ts";
import { untilFollowed } from "../../helpers/until_true.ts";
import type { FirstRow, InstanceResult } from "./instance.ts";

/** The number of deploys, and the load during them. */
export interface Deploys {
  /** The number of times that an instance is replaced. */
  readonly deploys: number;
  /** The number of connections that write, each with 20 transactions a second. */
  readonly writers: number;
  /** The number of rows that a transaction inserts. */
  readonly rowsEach: number;
  /** The time that each instance has the slot, in milliseconds. */
  readonly heldMs: number;
}

/** The results of the deploys. */
export interface DeployFigures {
  /** The milliseconds from the signal to the old instance to the new one's first row. */
  readonly takeOverMs: readonly number[];
  /** The number of rows that were written, in total and per second. */
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** The number of rows that no instance received. */
  readonly lost: number;
  /** The number of rows that two instances received. */
  readonly repeated: number;
  /** The number of rows that an instance received out of order, or after a gap. */
  readonly wrong: number;
}

const PATIENCE_MS = 60_000;

/** An instance as a process. */
class Instance {
  /** The time of its first row, in milliseconds since 1970; `null` before. */
  firstAt: number | null = null;
  /** Its summary; `null` before its end. */
  result: InstanceResult | null = null;
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;

  constructor(url: string) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", import.meta.resolve("./instance.ts")],
      env: { CONNECTION: url },
      stdout: "piped",
    }).spawn();
    this.#reading = this.#read();
  }

  /** Ends the instance as a deploy does, and waits for its summary. */
  async end(): Promise<InstanceResult> {
    this.#child.kill("SIGTERM");
    await until(() => this.result !== null, PATIENCE_MS);
    return this.result!;
  }

  async #read(): Promise<void> {
    let text = "";
    for await (
      const part of this.#child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      const lines = (text + part).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const said: FirstRow | InstanceResult = JSON.parse(line);
        if ("firstAt" in said) this.firstAt = said.firstAt;
        else this.result = said;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#reading;
  }
}

/**
 * Replaces a consumer several times while rows are written: the next instance waits for the
 * slot, then the old one gets SIGTERM.
 */
export async function rollDeploys(
  { url }: PostgresServer,
  { deploys, writers, rowsEach, heldMs }: Deploys,
): Promise<DeployFigures> {
  await using sql = connectSql(url);
  await sql(
    "CREATE TABLE t (writer int, n int, PRIMARY KEY (writer, n)); CREATE PUBLICATION p FOR TABLE t",
  );
  await using instances = new AsyncDisposableStack();
  const open = () => instances.use(new Instance(url));
  let present = open();
  await untilFollowed(sql);
  const stop = new AbortController();
  const started = performance.now();
  const writing = Promise.all(
    Array.from(
      { length: writers },
      (_, writer) => write(url, writer, rowsEach, stop.signal),
    ),
  );
  const results: InstanceResult[] = [];
  const takeOverMs: number[] = [];
  let written: number[];
  try {
    await until(() => present.firstAt !== null, PATIENCE_MS);
    for (let deploy = 0; deploy < deploys; deploy++) {
      const next = open();
      await new Promise((resolve) => setTimeout(resolve, heldMs));
      const signalledAt = Date.now();
      results.push(await present.end());
      await until(() => next.firstAt !== null, PATIENCE_MS);
      takeOverMs.push(next.firstAt! - signalledAt);
      present = next;
    }
  } finally {
    stop.abort();
    written = await writing;
  }
  const seconds = (performance.now() - started) / 1_000;
  const end = await sql.value("SELECT pg_current_wal_lsn()");
  await until(
    async () =>
      await sql.value(
        `SELECT confirmed_flush_lsn >= '${end}' FROM pg_replication_slots`,
      ) === "t",
    PATIENCE_MS,
  );
  results.push(await present.end());
  const rows = written.reduce((sum, one) => sum + one, 0);
  return {
    ...{ takeOverMs, rows, rowsPerSecond: rows / seconds },
    ...count(results, written),
    wrong: results.reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

async function write(
  url: string,
  writer: number,
  rowsEach: number,
  stop: AbortSignal,
): Promise<number> {
  await using sql = connectSql(url);
  const started = performance.now();
  let n = 0;
  for (let tick = 1; !stop.aborted; tick++) {
    await sql(
      `INSERT INTO t SELECT ${writer}, g FROM generate_series(${n + 1}, ${n +=
        rowsEach}) g`,
    );
    const pause = started + tick * 50 - performance.now();
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return n;
}

// Counts rows that are missing or repeated where the instances' ranges of a writer meet.
function count(
  results: readonly InstanceResult[],
  written: readonly number[],
): { readonly lost: number; readonly repeated: number } {
  let [lost, repeated] = [0, 0];
  written.forEach((total, writer) => {
    let at = 0;
    for (const { rows } of results) {
      const range = rows.find((one) => one.writer === writer);
      if (range === undefined) continue;
      lost += Math.max(0, range.from - at - 1);
      repeated += Math.max(0, Math.min(at, range.to) - range.from + 1);
      at = Math.max(at, range.to);
    }
    lost += total - at;
  });
  return { lost, repeated };
}
