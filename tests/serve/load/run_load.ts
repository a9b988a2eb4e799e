import process from "node:process";
import { subscribe } from "@walbrook/walbrook";
import { serve, type ServeLimits } from "@walbrook/walbrook/serve";
import {
  connectSql,
  type PostgresServer,
  type SqlClient,
} from "../../helpers/postgres.ts";
import { ChangesSeen, LAST } from "./changes_seen.ts";
import type { ClientsResult, ClientsTask } from "./clients.ts";

/** The amount of load. */
export interface Load {
  /** The number of clients. */
  readonly clients: number;
  /** The number of keys that they share; each client watches the rows of one key. */
  readonly keys: number;
  /** The number of changes per second. */
  readonly changes: number;
  /** The duration in seconds. */
  readonly seconds: number;
  /** Limits of the service. */
  readonly limits?: ServeLimits;
}

/** The results of the load. */
export interface LoadFigures extends Omit<ClientsResult, "clients"> {
  /** The seconds until all clients had their rows, and the number of copies for that. */
  readonly ready: { readonly seconds: number; readonly copies: number };
  /** The numbers of changes per second that were written, and that reached clients. */
  readonly rates: { readonly in: number; readonly out: number };
  /** The numbers of changes that clients missed or got twice, and of rows missed at first. */
  readonly wrong: {
    readonly lost: number;
    readonly duplicates: number;
    readonly rows: number;
  };
  /** The processor time of the service and the writer, as a fraction of one core. */
  readonly cores: number;
  /** The memory of the service in MB: before the clients start, and then at even intervals. */
  readonly memory: readonly { readonly rss: number; readonly heap: number }[];
  /** The results of the client that read nothing while rows changed. */
  readonly stalled: {
    /** The number of clients that the service disconnected. */
    readonly cut: number;
    /** The number of bytes that had been sent to it, which it reads at the end. */
    readonly bytes: number;
    /** The reasons of resets when it connected again; none if it continued where it was. */
    readonly resets: readonly string[];
    /** The numbers of changes that it missed or received twice, over both connections. */
    readonly lost: number;
    readonly duplicates: number;
  };
}

/** The number of transactions per second. */
const TICKS = 20;
const ROWS_A_KEY = 200;

/** The columns that all clients except the stalled one see. */
const COLUMNS = ["id", "k", "n", "note"];

/**
 * Serves a table over HTTP to many clients while it changes. One more client watches the whole
 * table and its large column; once it has the rows, it reads nothing until the end.
 */
export async function runLoad(
  { url }: PostgresServer,
  { clients, keys, changes, seconds, limits = {} }: Load,
): Promise<LoadFigures> {
  await using sql = connectSql(url);
  await sql(
    `CREATE TABLE t (id int PRIMARY KEY, k int, n int, note text, large text);
    CREATE PUBLICATION p FOR TABLE t;
    INSERT INTO t SELECT i, i % ${keys}, 0, repeat('x', 40), repeat('y', 1200)
      FROM generate_series(0, ${keys * ROWS_A_KEY - 1}) i`,
  );
  const subscription = await subscribe({
    connection: url,
    slot: { name: "s", create: true, temporary: true },
    publication: "p",
  });
  await using service = serve(subscription, {
    authorize: ({ headers }) => headers.has("x-all") || { columns: COLUMNS },
    limits,
  });
  await using web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    service.fetch,
  );
  const origin = `http://127.0.0.1:${web.addr.port}`;
  const each = Math.max(1, Math.round(changes / TICKS / keys));
  const memory = [memoryNow()];
  const connecting = performance.now();
  const patienceMs = (seconds + 60) * 1_000;
  const reader = startClients({ origin, clients, keys, each });
  const giveUp = new AbortController();
  const timer = setTimeout(() => {
    giveUp.abort();
    reader.kill("SIGKILL");
  }, patienceMs);
  try {
    const lines = reader.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const line = await nextLine(lines);
    const ready = {
      seconds: (performance.now() - connecting) / 1_000,
      copies: service.figures.copies,
    };
    if (line !== "ready") throw new Error(`The clients said ${line}`);
    const all = () =>
      fetch(`${origin}/changes?table=public.t`, {
        headers: { "x-all": "yes", "last-event-id": late.lastEventId },
        signal: giveUp.signal,
      });
    const late = new ChangesSeen(each * keys);
    const stalled = (await all()).body!.getReader();
    await readOn(late, stalled, () => late.isReady);
    const cpu = process.cpuUsage();
    const started = performance.now();
    const ticks = await write(sql, { keys, each, seconds }, () => {
      memory.push(memoryNow());
    });
    const took = (performance.now() - started) / 1_000;
    const spent = process.cpuUsage(cpu);
    const result: ClientsResult = JSON.parse(await nextLine(lines));
    const sum = (count: (one: ClientsResult["clients"][number]) => number) =>
      result.clients.reduce((total, one) => total + count(one), 0);
    const { cut } = service.figures;
    const bytes = await readOn(late, stalled, () => late.isOver);
    late.reconnect();
    const before = late.resets.length;
    if (!late.isOver) {
      const again = (await all()).body!.getReader();
      await readOn(late, again, () => late.isOver);
    }
    const { lost, duplicates } = late.figures;
    return {
      ready,
      rates: {
        in: (ticks + 1) * each * keys / took,
        out: sum((one) => one.changes) / took,
      },
      ...{ delayMs: result.delayMs, disconnected: result.disconnected },
      wrong: {
        lost: sum((one) => one.lost),
        duplicates: sum((one) => one.duplicates),
        rows: sum(({ rows }) => Math.abs(rows - ROWS_A_KEY)),
      },
      cores: (spent.user + spent.system) / 1e6 / took,
      memory,
      stalled: {
        ...{ cut, bytes, lost, duplicates },
        resets: late.resets.slice(before),
      },
    };
  } finally {
    clearTimeout(timer);
    try {
      reader.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await reader.status;
  }
}

function startClients(task: ClientsTask): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", import.meta.resolve("./clients.ts")],
    env: { LOAD: JSON.stringify(task) },
    stdout: "piped",
  }).spawn();
}

/** Changes rows of each key in transactions at an even pace. Returns their number. */
async function write(
  sql: SqlClient,
  { keys, each, seconds }: {
    readonly keys: number;
    readonly each: number;
    readonly seconds: number;
  },
  onPart: () => void,
): Promise<number> {
  const size = each * keys;
  const started = performance.now();
  const until = (ms: number) =>
    new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, started + ms - performance.now()))
    );
  const all = seconds * TICKS;
  let tick = 0;
  while (tick < all && performance.now() - started < seconds * 1_000) {
    const from = tick * size % (keys * ROWS_A_KEY);
    await sql(
      `UPDATE t SET n = ${++tick} WHERE id >= ${from} AND id < ${from + size}`,
    );
    if (tick % Math.ceil(all / 12) === 0) onPart();
    await until(tick * 1_000 / TICKS);
  }
  await sql(`UPDATE t SET n = ${LAST} WHERE id < ${size}`);
  return tick;
}

// Reads until a condition holds, or the response ends. Returns the number of bytes.
async function readOn(
  seen: ChangesSeen,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  isEnough: () => boolean,
): Promise<number> {
  let bytes = 0;
  const decoder = new TextDecoder();
  try {
    while (!isEnough()) {
      const { done, value } = await reader.read();
      if (done) return bytes;
      bytes += value.length;
      seen.take(decoder.decode(value, { stream: true }));
    }
    if (seen.isOver) await reader.cancel();
  } catch (error) {
    // The connection was closed during the response.
    if (!(error instanceof TypeError)) throw error;
  }
  return bytes;
}

async function nextLine(
  lines: ReadableStreamDefaultReader<string>,
): Promise<string> {
  let text = "";
  while (!text.endsWith("\n")) {
    const { done, value } = await lines.read();
    if (done) throw new Error(`The clients ended: ${text}`);
    text += value;
  }
  return text.trim();
}

function memoryNow(): { readonly rss: number; readonly heap: number } {
  const { rss, heapUsed } = Deno.memoryUsage();
  return { rss: Math.round(rss / 1e6), heap: Math.round(heapUsed / 1e6) };
}
