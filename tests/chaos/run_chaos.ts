import type { NatsServer } from "../../examples/demo/nats_server.ts";
import { connectSql, type PostgresServer } from "../helpers/postgres.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";
import type { LedgerReport } from "./ledger.ts";
import type { ChaosSink } from "./sinks.ts";

/** What {@linkcode runChaos} runs. */
export interface ChaosOptions {
  /** The source. */
  readonly server: PostgresServer;
  /** The NATS server, if it is to be killed, too. */
  readonly nats: NatsServer | null;
  /** The sinks. */
  readonly sinks: readonly ChaosSink[];
  /** How often something is killed. */
  readonly kills: number;
  /** Whether PostgreSQL is killed, too. */
  readonly killsPostgres: boolean;
  /** What the random choices begin with. */
  readonly seed: number;
  /** Told of each kill. */
  readonly log: (line: string) => void;
}

/** What came of it. */
export interface ChaosReport {
  /** How often each was killed. */
  readonly kills: Readonly<Record<string, number>>;
  /** The rows of the source, as `id n`. */
  readonly rows: readonly string[];
  /** What each sink has. */
  readonly sinks: Readonly<Record<string, LedgerReport>>;
}

const KEYS = 100;
const CLIENT = new URL("./client.ts", import.meta.url).pathname;

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

/** A program that is killed and started again. */
class Program {
  readonly name: string;
  readonly #args: readonly string[];
  #child: Deno.ChildProcess | null = null;
  #watch: Promise<void> = Promise.resolve();

  constructor(name: string, args: readonly string[]) {
    this.name = name;
    this.#args = args;
    this.start();
  }

  start(): void {
    const child = this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", CLIENT, ...this.#args],
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).spawn();
    // One that ends by itself, since a server is down, is started again.
    this.#watch = child.status.then(async () => {
      if (this.#child !== child) return;
      await pause(200);
      if (this.#child === child) this.start();
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    try {
      child?.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#watch;
  }
}

/** Kills one thing after the other while rows change, and tells what each sink has. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { server, nats, sinks, seed, log } = options;
  const random = randomNumbers(seed);
  const programs = sinks.flatMap(({ programs }) =>
    programs.map(([kind, ...args]) =>
      new Program(kind, [kind, server.url, ...args])
    )
  );
  const victims: Victim[] = programs.map((program) => ({
    name: program.name,
    async kill() {
      await program.kill();
      program.start();
    },
  }));
  if (nats !== null) {
    const kill = async () => {
      await nats.kill();
      await nats.start();
    };
    victims.push({ name: "nats-server", kill });
  }
  if (options.killsPostgres) {
    victims.push({ name: "postgres", kill: () => crash(server) });
  }
  const work = new Work(server.url, random);
  const kills: Record<string, number> = {};
  try {
    for (let kill = 0; kill < options.kills; kill++) {
      await waitForProgress(server.url, sinks);
      await pause(random(500));
      const victim = victims[kill % victims.length]!;
      log(`${work.transactions} transactions: ${victim.name} is killed`);
      await victim.kill();
      kills[victim.name] = (kills[victim.name] ?? 0) + 1;
    }
    await work.end();
    await waitForProgress(server.url, sinks);
    await waitForWorkers(sinks);
  } finally {
    await work.end();
    for (const program of programs) await program.kill();
  }
  await using sql = connectSql(server.url);
  const rows = await sql("SELECT id || ' ' || n AS r FROM counters");
  const reports: Record<string, LedgerReport> = {};
  for (const sink of sinks) reports[sink.kind] = await sink.report();
  return { kills, rows: rows.map(({ r }) => r!).toSorted(), sinks: reports };
}

interface Victim {
  readonly name: string;
  readonly kill: () => Promise<void>;
}

// As the operating system ends it when memory is short.
async function crash(server: PostgresServer): Promise<void> {
  const file = `${server.dataDirectory}/postmaster.pid`;
  const pid = Number((await Deno.readTextFile(file)).split("\n")[0]);
  Deno.kill(pid, "SIGKILL");
  for (let attempt = 0;; attempt++) {
    try {
      return await server.start();
    } catch (error) {
      // Its children are still about.
      if (attempt === 50) throw error;
      await pause(200);
    }
  }
}

const LONGEST_MS = 120_000;

// Waits until each sink has everything that is committed by now.
async function waitForProgress(
  url: string,
  sinks: readonly ChaosSink[],
): Promise<void> {
  const goal = await ask(url, "SELECT pg_current_wal_lsn()");
  for (const { kind } of sinks) {
    await until(`the slot of ${kind}`, async () =>
      await ask(
        url,
        `SELECT confirmed_flush_lsn >= '${goal}' FROM pg_replication_slots WHERE slot_name = '${kind}'`,
      ) === "t");
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
    return (await nats.report()).changes >= all;
  });
}

async function until(
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const start = performance.now();
  while (!await isSo()) {
    if (performance.now() - start > LONGEST_MS) {
      throw new Error(`Cannot wait any longer for ${what}`);
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

/** Changes rows until it is ended. */
class Work {
  transactions = 0;
  readonly #url: string;
  readonly #random: (limit: number) => number;
  readonly #done: Promise<void>;
  #isOver = false;

  constructor(url: string, random: (limit: number) => number) {
    this.#url = url;
    this.#random = random;
    this.#done = this.#run();
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      try {
        await using sql = connectSql(this.#url);
        while (!this.#isOver) {
          await sql(this.#transaction());
          this.transactions++;
          await pause(10);
        }
      } catch {
        await pause(100);
      }
    }
  }

  #transaction(): string {
    const statements = Array.from({ length: 1 + this.#random(6) }, () => {
      const id = this.#random(KEYS);
      return this.#random(30) === 0
        ? `DELETE FROM counters WHERE id = ${id}`
        : `INSERT INTO counters VALUES (${id}, 1) ON CONFLICT (id) DO UPDATE SET n = counters.n + 1`;
    });
    return `BEGIN; ${statements.join("; ")}; COMMIT`;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
