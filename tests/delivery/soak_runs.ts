/** The runs of the soak: each does harm to one server, and says what was delivered. */
import { type ReplicationEvent, subscribe } from "@walbrook/walbrook";
import {
  type Fault,
  type FaultProxy,
  startFaultProxy,
  throughProxy,
} from "../helpers/fault_proxy.ts";
import {
  connectSql,
  type PostgresServer,
  type SqlClient,
} from "../helpers/postgres.ts";
import { followThroughCuts, record, RETRY } from "./cuts.ts";
import { fromLines } from "./journal.ts";
import { Random } from "./random.ts";
import { DeliveryError, StrictReplica } from "./replica.ts";
import { makeWorkload, runWorkload, SET_UP } from "./workload.ts";

/** What a run works with. */
export interface Bench {
  /** A fresh server. */
  readonly server: PostgresServer;
  /** A client on it. */
  readonly sql: SqlClient;
  /** What everything that is left to chance follows from. */
  readonly seed: number;
  /** How long to make it: 1 for some seconds. */
  readonly size: number;
}

/** What a run has done. */
export interface Outcome {
  /** How often a link was cut. */
  readonly cuts: number;
  /** How often the walsender was cancelled. */
  readonly cancels: number;
  /** How often the server crashed, or was stopped and started. */
  readonly restarts: number;
  /** How often the client was killed. */
  readonly kills: number;
  /** How many transactions were delivered. */
  readonly transactions: number;
  /** How many changes were delivered. */
  readonly changes: number;
  /** How many were not. */
  readonly lost: number;
  /** How many were delivered more than once. */
  readonly twice: number;
}

const NONE: Outcome = {
  ...{ cuts: 0, cancels: 0, restarts: 0, kills: 0 },
  ...{ transactions: 0, changes: 0, lost: 0, twice: 0 },
};
const SLOTS = ["disturbed", "undisturbed", "killed"];
const CLIENT = new URL("./journaling_client.ts", import.meta.url).pathname;
const ACCOUNTS = 20;
const START_AMOUNT = 100;
const WRITERS = 4;

/** The sum of outcomes. */
export function sum(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((a, b) => ({
    cuts: a.cuts + b.cuts,
    cancels: a.cancels + b.cancels,
    restarts: a.restarts + b.restarts,
    kills: a.kills + b.kills,
    transactions: a.transactions + b.transactions,
    changes: a.changes + b.changes,
    lost: a.lost + b.lost,
    twice: a.twice + b.twice,
  }), NONE);
}

/** Counts by identity, apart from the replica, which refuses what comes twice. */
class Counter {
  readonly #seen = new Set<string>();
  twice = 0;

  see(event: ReplicationEvent): void {
    if (["begin", "relation", "commit"].includes(event.kind)) return;
    const id = event.transaction === null
      ? `message ${(event as { lsn: bigint }).lsn}`
      : `${event.transaction.commitLsn} ${event.index}`;
    if (this.#seen.has(id)) this.twice++;
    this.#seen.add(id);
  }

  get changes(): number {
    return this.#seen.size;
  }
}

async function setUp(sql: SqlClient): Promise<void> {
  await sql(SET_UP);
  for (const slot of SLOTS) {
    await sql(
      `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
    );
  }
}

/** How many changes and messages the other slot has: I, U, D, T, M. */
async function countTruth(sql: SqlClient): Promise<number> {
  return Number(
    await sql.value(
      "SELECT count(*) FROM pg_logical_slot_peek_binary_changes('undisturbed', NULL, NULL, " +
        "'proto_version', '1', 'publication_names', 'delivery', 'messages', 'true') " +
        "WHERE get_byte(data, 0) IN (73, 85, 68, 84, 77)",
    ),
  );
}

/** Cuts the link once after each message that the server sends. */
export async function cutEachMessage(bench: Bench): Promise<Outcome> {
  const { server, sql, seed, size } = bench;
  const workload = makeWorkload(Math.ceil(80 * size), seed);
  await setUp(sql);
  await runWorkload(server.url, workload);
  const { frames, framesBeforeStream } = await record(server.url, "disturbed");
  const cuts: Fault[] = [{ cutAfterServerFrames: framesBeforeStream }];
  for (let at = 1; at < frames - 1; at++) {
    cuts.push({ cutAfterServerFrames: at });
  }
  const counter = new Counter();
  const { replica, made } = await followThroughCuts(
    { url: server.url, slot: "disturbed" },
    cuts,
    (event) => counter.see(event),
  );
  await replica.compare(sql, workload);
  // The last messages follow what the consumer waits for: it has left by then.
  if (made < cuts.length - 10) {
    throw new Error(`${made} cuts of ${cuts.length}`);
  }
  return {
    ...{ ...NONE, cuts: made, transactions: replica.transactions },
    ...await verdict(sql, counter),
  };
}

/** Cuts the link at random bytes, and cancels walsenders, while three connections write. */
export async function cutAnyByte(bench: Bench): Promise<Outcome> {
  const { server, sql, seed, size } = bench;
  const workload = makeWorkload(Math.ceil(1200 * size), seed + 1);
  await setUp(sql);
  let working = true;
  const cancelling = cancelWhile(server, () => working);
  const following = followWhile(
    bench,
    () => runWorkload(server.url, workload).finally(() => working = false),
    () => {},
  ).finally(() => working = false);
  const [{ replica, counter, cuts }, cancels] = await Promise.all([
    following,
    cancelling,
  ]);
  // The transaction that ends the run is none of the workload's.
  replica.transactions--;
  replica.transactional.splice(replica.transactional.indexOf("end"), 1);
  await replica.compare(sql, workload);
  return {
    ...{ ...NONE, cuts, cancels, transactions: replica.transactions },
    ...await verdict(sql, counter),
  };
}

/**
 * Cancels walsenders now and then, and says how often: each that has sent more than the last
 * one that was cancelled, since a stream that never gets further is given up.
 */
async function cancelWhile(
  { url }: PostgresServer,
  isWorking: () => boolean,
): Promise<number> {
  await using sql = connectSql(url);
  let cancels = 0;
  let sent = "0/0";
  while (isWorking()) {
    await sleep(200);
    const further = await sql.value(
      `WITH further AS MATERIALIZED (SELECT pid, sent_lsn FROM pg_stat_replication WHERE sent_lsn > '${sent}')
       SELECT max(sent_lsn) FROM further WHERE pg_cancel_backend(pid)`,
    );
    if (!further) continue;
    sent = further;
    cancels++;
  }
  return cancels;
}

/**
 * Several writers move amounts while links are cut, the server crashes or restarts, and
 * one of two consumers is killed. The total is right after each transaction.
 */
export async function moveAmounts(bench: Bench): Promise<Outcome> {
  const { server, sql, seed, size } = bench;
  await setUp(sql);
  let restarts = 0;
  let working = true;
  const killed = followKilled(bench, () => working);
  const { replica, counter, cuts } = await followWhile(bench, async () => {
    await sql(
      `INSERT INTO item SELECT g, '', ${START_AMOUNT} FROM generate_series(1, ${ACCOUNTS}) g`,
    );
    const until = performance.now() + 20_000 * size;
    const writers = Array.from(
      { length: WRITERS },
      (_, at) => transfer(server.url, seed + at, until),
    );
    while (performance.now() < until - 2000) {
      await sleep(2000);
      await server.stop(restarts % 3 === 2 ? "fast" : "immediate");
      await server.start();
      restarts++;
    }
    await Promise.all(writers);
  }, checkTotal);
  working = false;
  await replica.compare(sql);
  const other = await killed;
  await other.replica.compare(sql);
  return sum([
    {
      ...{ ...NONE, cuts, restarts, transactions: replica.transactions },
      ...await verdict(sql, counter),
    },
    {
      ...{ ...NONE, kills: other.kills, cuts: other.cuts },
      transactions: other.replica.transactions,
      ...await verdict(sql, other.counter),
    },
  ]);
}

function checkTotal(replica: StrictReplica): void {
  let total = 0;
  for (const row of replica.table("item").values()) total += Number(row["n"]);
  if (total !== ACCOUNTS * START_AMOUNT) {
    throw new DeliveryError(`The total is ${total}`);
  }
}

/** Follows with a process that is killed again and again, and has a journal. */
async function followKilled(
  { server, seed }: Bench,
  isWorking: () => boolean,
) {
  const random = new Random(seed + 7);
  const journal = await Deno.makeTempFile();
  await using proxy = await startBadProxy(server, random);
  const run = async (url: string, killAfterMs: number | null) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", CLIENT, url, "killed", journal],
      ...{ stdin: "null", stdout: "null", stderr: "null" },
    }).spawn();
    const timer = setTimeout(
      () => child.kill("SIGKILL"),
      killAfterMs ?? 2 ** 30,
    );
    const { success, signal } = await child.status;
    clearTimeout(timer);
    return { success, killed: signal === "SIGKILL" };
  };
  let kills = 0;
  while (isWorking()) {
    const url = throughProxy(server.url, proxy);
    const { killed } = await run(url, 400 + random.below(1500));
    if (killed) kills++;
  }
  const { success } = await run(server.url, null);
  if (!success) throw new Error("The client that was killed failed in the end");
  const replica = new StrictReplica();
  const counter = new Counter();
  for (const { events } of fromLines(await Deno.readTextFile(journal))) {
    for (const event of events) {
      counter.see(event);
      replica.apply(event);
    }
    if (replica.transactions > 0) checkTotal(replica);
  }
  await Deno.remove(journal);
  return { replica, counter, kills, cuts: proxy.cuts };
}

async function verdict(sql: SqlClient, counter: Counter) {
  const { changes, twice } = counter;
  return { changes, twice, lost: await countTruth(sql) - changes };
}

/** Follows through random cuts until all that the work has done is delivered. */
async function followWhile(
  { server, seed }: Bench,
  work: () => Promise<void>,
  check: (replica: StrictReplica) => void,
) {
  await using proxy = await startBadProxy(server, new Random(seed));
  await using subscription = await subscribe({
    connection: throughProxy(server.url, proxy),
    slot: "disturbed",
    publication: "delivery",
    retry: RETRY,
  });
  const replica = new StrictReplica();
  const counter = new Counter();
  const working = work().then(() => emitEnd(server.url));
  for await (const event of subscription) {
    counter.see(event);
    replica.apply(event);
    if (event.kind !== "commit") continue;
    if (replica.transactional.at(-1) === "end") break;
    check(replica);
  }
  await working;
  return { replica, counter, cuts: proxy.cuts };
}

/**
 * More than the largest transaction has. Of a streamed one nothing is delivered before its
 * end, so a network that never lets it pass looks like a server that crashes there.
 */
const LARGE_BYTES = 1_000_000;

/** The first connection gets through the login, which is not tried twice. */
function startBadProxy(
  server: PostgresServer,
  random: Random,
): Promise<FaultProxy> {
  return startFaultProxy(server.url, {
    fault: (index) => ({
      cutAfterServerBytes: (index === 0 ? 10_000 : 0) +
        random.below(random.below(4) === 0 ? LARGE_BYTES : 60_000),
      ...random.pick<Fault>([
        {},
        { cutBy: "reset" },
        { segmentBytes: 1 + random.below(400) },
        { mergeBytes: 10_000 },
        { delayMs: 2 },
        { cutAfterClientBytes: index === 0 ? 5000 : random.below(3000) + 1 },
      ]),
    }),
  });
}

async function emitEnd(url: string): Promise<void> {
  await using sql = connectSql(url);
  await sql("SELECT pg_logical_emit_message(true, 'p', 'end')");
}

async function transfer(
  url: string,
  seed: number,
  until: number,
): Promise<void> {
  const random = new Random(seed);
  await using sql = connectSql(url);
  while (performance.now() < until) {
    const [from, to] = [1 + random.below(ACCOUNTS), 1 + random.below(ACCOUNTS)];
    if (from >= to) continue; // in one order: no deadlocks
    const amount = random.below(50) - 25;
    // A server that crashes takes the transaction with it, or not: both are right.
    await sql(
      `BEGIN; UPDATE item SET n = n - ${amount} WHERE id = ${from}; ` +
        `UPDATE item SET n = n + ${amount} WHERE id = ${to}; COMMIT`,
    ).catch(() => sleep(20));
    // Not faster than links of 60 kB can deliver.
    await sleep(5);
  }
}

/** Waits. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
