/**
 * The long form of the restart matrix, which prints a table of what it did:
 *
 * - "each message": the link is cut once between any two messages of the server, from
 *   the first of the login to the last of the stream;
 * - "any byte": writers work while the link is cut at random bytes, in several ways;
 * - "transfers": several writers move amounts between rows while the link is cut and
 *   the server crashes; the total must be right after each transaction.
 *
 * Every change is counted against a second slot that nothing disturbs, and in the end
 * every row is compared with the server's.
 *
 *     deno task test:soak [--size=1] [--seed=1]
 *
 * The variable `WALBROOK_PG_MAJORS` chooses among the versions, as for the tests.
 */
import { parseArgs } from "@std/cli/parse-args";
import { type ReplicationEvent, subscribe } from "@walbrook/walbrook";
import {
  type Fault,
  startFaultProxy,
  throughProxy,
} from "../helpers/fault_proxy.ts";
import {
  connectSql,
  MAJORS,
  type PostgresServer,
  type SqlClient,
  withServer,
} from "../helpers/postgres.ts";
import { followThroughCuts, record, RETRY } from "./cuts.ts";
import { Random } from "./random.ts";
import { DeliveryError, StrictReplica } from "./replica.ts";
import { makeWorkload, runWorkload, SET_UP } from "./workload.ts";

interface Row {
  readonly version: string;
  readonly what: string;
  readonly cuts: number;
  readonly crashes: number;
  readonly transactions: number;
  readonly changes: number;
  readonly lost: number;
  readonly twice: number;
}

interface Bench {
  readonly server: PostgresServer;
  readonly sql: SqlClient;
}

const flags = parseArgs(Deno.args, { string: ["size", "seed"] });
const SIZE = Number(flags.size ?? 1);
const SEED = Number(flags.seed ?? 1);
const ACCOUNTS = 20;
const START_AMOUNT = 100;
const WRITERS = 4;

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
  for (const slot of ["disturbed", "undisturbed"]) {
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

async function cutEachMessage({ server, sql }: Bench): Promise<Row> {
  const workload = makeWorkload(Math.ceil(80 * SIZE), SEED);
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
    ...{ version: `${server.major}`, what: "each message", crashes: 0 },
    ...{ cuts: made, transactions: replica.transactions },
    ...await verdict(sql, counter),
  };
}

async function cutAnyByte({ server, sql }: Bench): Promise<Row> {
  const workload = makeWorkload(Math.ceil(1200 * SIZE), SEED + 1);
  await setUp(sql);
  const { replica, counter, cuts } = await followWhile(
    server,
    () => runWorkload(server.url, workload),
    () => {},
  );
  // The transaction that ends the run is none of the workload's.
  replica.transactions--;
  replica.transactional.splice(replica.transactional.indexOf("end"), 1);
  await replica.compare(sql, workload);
  return {
    ...{ version: `${server.major}`, what: "any byte", crashes: 0 },
    ...{ cuts, transactions: replica.transactions },
    ...await verdict(sql, counter),
  };
}

async function moveAmounts({ server, sql }: Bench): Promise<Row> {
  await setUp(sql);
  let crashes = 0;
  const { replica, counter, cuts } = await followWhile(server, async () => {
    await sql(
      `INSERT INTO item SELECT g, '', ${START_AMOUNT} FROM generate_series(1, ${ACCOUNTS}) g`,
    );
    const until = performance.now() + 8000 * SIZE;
    const writers = Array.from(
      { length: WRITERS },
      (_, at) => transfer(server.url, SEED + at, until),
    );
    while (performance.now() < until - 2000) {
      await sleep(2000);
      await server.stop("immediate");
      await server.start();
      crashes++;
    }
    await Promise.all(writers);
  }, (replica) => {
    let total = 0;
    for (const row of replica.table("item").values()) total += Number(row["n"]);
    if (total !== ACCOUNTS * START_AMOUNT) {
      throw new DeliveryError(`The total is ${total}`);
    }
  });
  await replica.compare(sql);
  return {
    ...{ version: `${server.major}`, what: "transfers", crashes },
    ...{ cuts, transactions: replica.transactions },
    ...await verdict(sql, counter),
  };
}

async function verdict(sql: SqlClient, counter: Counter) {
  const { changes, twice } = counter;
  return { changes, twice, lost: await countTruth(sql) - changes };
}

/** Follows through random cuts until all that the work has done is delivered. */
async function followWhile(
  server: PostgresServer,
  work: () => Promise<void>,
  check: (replica: StrictReplica) => void,
) {
  const random = new Random(SEED);
  await using proxy = await startFaultProxy(server.url, {
    fault: (index) => ({
      cutAfterServerBytes: (index === 0 ? 10_000 : 0) + random.below(60_000),
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

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function line(cells: readonly unknown[]): string {
  return `| ${cells.join(" | ")} |`;
}

const rows: Row[] = [];
for (const major of MAJORS) {
  for (const run of [cutEachMessage, cutAnyByte, moveAmounts]) {
    const started = performance.now();
    const row = await withServer({ major }, async (server, sql) => ({
      ...await run({ server, sql }),
      version: `${await sql.value("SHOW server_version")}`.split(" ")[0]!,
    }));
    rows.push(row);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.error(
      `${row.version}, ${row.what}: ${row.cuts} cuts, ${seconds} s`,
    );
  }
}
console.log(line([
  ...["PostgreSQL", "Cut at", "Cuts", "Server crashes"],
  ...["Transactions", "Changes", "Lost", "Twice"],
]));
console.log(line(["---", "---", ...Array(6).fill("--:")]));
for (const row of rows) {
  const { version, what, cuts, crashes } = row;
  const { transactions, changes, lost, twice } = row;
  console.log(
    line([version, what, cuts, crashes, transactions, changes, lost, twice]),
  );
}
if (rows.some(({ lost, twice }) => lost !== 0 || twice !== 0)) Deno.exit(1);
