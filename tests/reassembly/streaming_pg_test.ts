import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
} from "@walbrook/walbrook";
import {
  PgoutputDecoderStream,
  pgoutputOptions,
} from "@walbrook/walbrook/pgoutput";
import { connect } from "@walbrook/walbrook/replication";
import type { Environment } from "@walbrook/walbrook/socket";
import {
  connectSql,
  NEWEST,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";
import { untilTrue } from "../helpers/until_true.ts";
import { runLargeTransactions } from "./large_transactions.ts";
import { MemoryFiles } from "./memory_files.ts";

const settings = { logical_decoding_work_mem: "64kB" };
// So many that the server does not keep them to itself.
const MANY = 3000;

async function prepare(sql: SqlClient): Promise<void> {
  await sql("CREATE TABLE t (id int PRIMARY KEY, note text)");
  await sql("CREATE PUBLICATION p FOR TABLE t");
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
}

const insert = (from: number, count = MANY) =>
  `INSERT INTO t SELECT g, 'x' FROM generate_series(${from}, ${
    from + count - 1
  }) g;`;

/** One word for each event, and for inserts in a row how many there are. */
function outline(events: readonly ReplicationEvent[]): string[] {
  const words: string[] = [];
  let inserts = 0;
  for (const event of [...events, null]) {
    if (event?.kind === "insert") {
      inserts++;
      continue;
    }
    if (inserts > 0) words.push(`${inserts} rows`);
    inserts = 0;
    if (event !== null) words.push(event.kind);
  }
  return words;
}

async function readAll(
  options: SubscribeOptions,
): Promise<ReplicationEvent[]> {
  await using subscription = await subscribe({ until: "now", ...options });
  const events: ReplicationEvent[] = [];
  for await (const batch of subscription.batches) events.push(...batch);
  return events;
}

testOnPostgres(
  "subscribe() delivers streamed transactions as if they had come whole",
  async ({ server, sql }) => {
    await prepare(sql);
    await sql("SELECT pg_replication_origin_create('upstream')");
    await using other = connectSql(server.url);
    await sql(`BEGIN; ${insert(1)} SAVEPOINT a; ${insert(100_001)}
      ALTER TABLE t ADD COLUMN more int; INSERT INTO t VALUES (0, '', 1)`);
    // In the middle of it, and not part of it.
    await sql("SELECT pg_logical_emit_message(false, 'aside', '')");
    await sql(`ROLLBACK TO a; ${insert(10_001)}`);
    await sql("SELECT pg_logical_emit_message(true, 'inside', '')");
    await sql("ALTER TABLE t RENAME note TO remark");
    await sql("INSERT INTO t VALUES (20000, 'y')");
    await sql("COMMIT");
    await sql("SELECT pg_replication_origin_session_setup('upstream')");
    await sql(`BEGIN; ${insert(30_001)} COMMIT`);
    await sql("SELECT pg_replication_origin_session_reset()");
    await sql("INSERT INTO t VALUES (-1, 'ordinary')");
    await other(`BEGIN; ${insert(200_001)} ROLLBACK`);

    const files = new MemoryFiles();
    const { openTemporaryFile } = files;
    const read = (streaming: SubscribeOptions["streaming"]) =>
      readAll({
        connection: server.url,
        slot: "s",
        publication: "p",
        acknowledge: "manual",
        acknowledgeMessages: true,
        ...(streaming === undefined ? {} : { streaming }),
      });
    const events = await read({ memoryLimit: 0, openTemporaryFile });
    assertEquals(
      outline(events),
      [
        "message",
        ...["begin", "relation", `${MANY} rows`, `${MANY} rows`, "message"],
        ...["relation", "1 rows", "commit"],
        ...["begin", `${MANY} rows`, "commit"],
        ...["begin", "1 rows", "commit"],
      ].reduce<string[]>(joinRows, []),
    );
    assert(files.made > 0);
    assertEquals(files.open, 0);
    // The same by any other way.
    assertEquals(await read(false), events);
    assertEquals(await read(undefined), events);
    const origins = events.flatMap((event) =>
      event.kind === "begin" ? [event.transaction.origin] : []
    );
    assertEquals(origins, [null, "upstream", null]);
    // Up to PostgreSQL 14 the statistics come a moment later.
    await untilTrue(
      sql,
      "EXISTS (SELECT FROM pg_stat_replication_slots WHERE stream_txns > 0)",
    );
  },
  { settings },
);

// Rows of one description follow each other, whatever was rolled back between them.
function joinRows(words: string[], word: string): string[] {
  const last = words.at(-1);
  if (last?.endsWith("rows") && word.endsWith("rows")) {
    words.splice(-1, 1, `${parseInt(last) + parseInt(word)} rows`);
  } else words.push(word);
  return words;
}

testOnPostgres(
  "subscribe() loses nothing of a streamed transaction when the link is cut in the middle",
  async ({ server, sql }) => {
    await prepare(sql);
    await using writer = connectSql(server.url);
    const files = new MemoryFiles();
    const { openTemporaryFile } = files;
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "p",
      retry: { initialDelayMs: 1 },
      streaming: { memoryLimit: 0, openTemporaryFile },
    });
    const events: ReplicationEvent[] = [];
    const reading = (async () => {
      for await (const event of subscription) {
        events.push(event);
        if (event.kind === "insert" && event.newRow["id"] === 0) return;
      }
    })();
    await writer("BEGIN");
    for (let part = 0; part < 3; part++) {
      const made = files.made;
      await writer(insert(1 + part * MANY));
      await until(() => files.made > made);
      const held = await writer.value("SELECT pg_current_wal_insert_lsn()");
      // Nothing waits to be acknowledged, so the slot moves past what is held.
      await sql("SELECT pg_logical_emit_message(false, 'moves', '')");
      await untilTrue(
        sql,
        `(SELECT confirmed_flush_lsn >= '${held}' FROM pg_replication_slots)`,
      );
      await sql(`SELECT pg_terminate_backend(${subscription.processId})`);
    }
    await writer("COMMIT");
    await sql("INSERT INTO t VALUES (0, 'the end')");
    await reading;
    assertEquals(outline(events.filter(({ kind }) => kind !== "message")), [
      ...["begin", "relation", `${3 * MANY} rows`, "commit"],
      ...["begin", "1 rows"],
    ]);
    await subscription.close();
    assertEquals(files.open, 0);
  },
  { settings, majors: [14, 18] },
);

testOnPostgres(
  "subscribe() reads rows as their table was described last, though an older description comes later",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY, a text, b text)");
    await sql("CREATE PUBLICATION p FOR TABLE t (id, a)");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await using large = connectSql(server.url);
    await large("BEGIN; INSERT INTO t VALUES (1, 'a', 'b')");
    // Waits for nobody, and holds for what comes from now on.
    await sql("ALTER PUBLICATION p SET TABLE t (id, b)");
    await sql("INSERT INTO t VALUES (-1, 'a', 'b')");
    await large("COMMIT");
    await sql("INSERT INTO t VALUES (-2, 'a', 'b')");
    const columns = (events: readonly ReplicationEvent[]) =>
      events.flatMap((event) =>
        event.kind === "insert" && Number(event.newRow["id"]) <= 1
          ? [`${Object.keys(event.newRow)} ${Object.values(event.newRow)}`]
          : []
      );
    const read = (streaming: boolean) =>
      readAll({
        ...{ connection: server.url, slot: "s", publication: "p", streaming },
        acknowledge: "manual",
        acknowledgeMessages: true,
      });
    assertEquals(columns(await read(true)), [
      ...["id,b -1,b", "id,a 1,a", "id,b -2,b"],
    ]);
  },
  {
    settings: { debug_logical_replication_streaming: "immediate" },
    majors: [16, 18],
  },
);

testOnPostgres(
  "subscribe() leaves no file behind, wherever it ends",
  async ({ server, sql }) => {
    await prepare(sql);
    await sql(`BEGIN; ${insert(1)} COMMIT`);
    await using running = connectSql(server.url);
    await running(`BEGIN; ${insert(10_001)}`);
    await sql("INSERT INTO t VALUES (0, 'the end')");
    const files = new MemoryFiles();
    const { openTemporaryFile } = files;
    const options = {
      ...{ connection: server.url, slot: "s", publication: "p" },
      streaming: { memoryLimit: 0, openTemporaryFile },
    };
    // In the middle of one transaction, while another one is held.
    {
      await using subscription = await subscribe(options);
      for await (const event of subscription) {
        if (event.kind === "insert" && event.newRow["id"] === MANY / 2) break;
      }
    }
    assert(files.made > 0);
    assertEquals(files.open, 0);
    // The one that is still running has nothing to do with the end.
    const made = files.made;
    assertEquals(outline(await readAll(options)), [
      ...["begin", "relation", `${MANY} rows`, "commit"],
      ...["begin", "1 rows", "commit"],
    ]);
    assert(files.made > made);
    assertEquals(files.open, 0);
    await running("COMMIT");
    assertEquals(outline(await readAll(options)), [
      ...["begin", "relation", `${MANY} rows`, "commit"],
    ]);
  },
  { settings, majors: [14, 18] },
);

testOnPostgres(
  "PgoutputDecoderStream gives the blocks as they come",
  async ({ server, sql }) => {
    await prepare(sql);
    await using connection = await connect(server.url);
    const stream = await connection.startReplication({
      ...{ kind: "logical", slot: "s" },
      pluginOptions: pgoutputOptions({
        ...{ protocolVersion: 2, publications: ["p"], streaming: true },
      }),
    });
    await using writer = connectSql(server.url);
    await writer(`BEGIN; ${insert(1)}`);
    const kinds: string[] = [];
    let top = 0;
    const messages = stream.readable.pipeThrough(new PgoutputDecoderStream());
    for await (const message of flat(messages)) {
      if (kinds.at(-1) !== message.kind) kinds.push(message.kind);
      if (message.kind === "streamStart") top = message.xid;
      if (message.kind === "insert") assertEquals(message.xid, top);
      if (message.kind === "streamStop" && kinds.length < 5) {
        await writer("COMMIT");
      }
      if (message.kind === "streamCommit") break;
    }
    const block = ["streamStart", "relation", "insert", "streamStop"];
    assertEquals(kinds.slice(0, 4), block);
    assertEquals(kinds.at(-1), "streamCommit");
  },
  { settings, majors: [NEWEST] },
);

async function* flat<T>(
  batches: ReadableStream<readonly T[]>,
): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch;
}

testOnPostgres(
  "subscribe() says what to do where there are no temporary files",
  async ({ server, sql }) => {
    await prepare(sql);
    await sql(`BEGIN; ${insert(1)} COMMIT`);
    const environment: Environment = { get: () => undefined };
    const options = {
      ...{ connection: server.url, slot: "s", publication: "p", environment },
      acknowledge: "manual",
      acknowledgeMessages: true,
    } as const;
    const error = await assertRejects(
      () => readAll({ ...options, streaming: { memoryLimit: 100_000 } }),
      RangeError,
    );
    assert(error.message.includes("pass streaming.openTemporaryFile"));
    // By default nothing is held there, and a limit that suffices is enough.
    const expected = ["begin", "relation", `${MANY} rows`, "commit"];
    assertEquals(outline(await readAll(options)), expected);
    const full = () => Promise.reject(new Error("Read-only file system"));
    const readOnly = { ...environment, openTemporaryFile: full };
    const without = await readAll({ ...options, environment: readOnly });
    assertEquals(outline(without), expected);
    const all = await readAll({ ...options, streaming: true });
    assertEquals(outline(all), expected);
  },
  { settings, majors: [NEWEST] },
);

testOnPostgres(
  "subscribe() holds large transactions in bounded memory",
  async () => {
    const { blocks, peak } = await runLargeTransactions(NEWEST, 100_000);
    assert(blocks > 100, `${blocks} blocks`);
    assert(peak < 150_000_000, `${peak} bytes`);
  },
  { majors: [NEWEST] },
);
