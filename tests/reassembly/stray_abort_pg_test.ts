import { assertEquals } from "@std/assert";
import { subscribe, type SubscribeOptions } from "@walbrook/walbrook";
import {
  PgoutputDecoderStream,
  pgoutputOptions,
} from "@walbrook/walbrook/pgoutput";
import { connect } from "@walbrook/walbrook/replication";
import { NEWEST, type SqlClient, testOnPostgres } from "../helpers/postgres.ts";

// PostgreSQL 18 sends Stream Abort for what was never streamed: for the subtransactions of
// a transaction that was rolled back after it had outgrown this.
const settings = {
  logical_decoding_work_mem: "64kB",
  max_prepared_transactions: "5",
};

const ROLLED_BACK = [
  // The subtransaction is in memory when the whole is truncated.
  `BEGIN; SAVEPOINT a; INSERT INTO other VALUES (-1, 'sub'); RELEASE a;
    INSERT INTO other SELECT g, repeat('x', 100) FROM generate_series(1, 3000) g;
    ROLLBACK`,
  // Several of them, of a published table.
  `BEGIN; SAVEPOINT a; INSERT INTO t VALUES (-1, 'sub'); SAVEPOINT b;
    INSERT INTO t VALUES (-2, 'sub of sub'); RELEASE a;
    INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1001, 4000) g;
    ROLLBACK`,
  // A part of a transaction that commits.
  `BEGIN; INSERT INTO t VALUES (10, 'part'); SAVEPOINT a; SAVEPOINT b;
    INSERT INTO t VALUES (-1, 'sub'); RELEASE b;
    INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1001, 4000) g;
    ROLLBACK TO a; INSERT INTO t VALUES (11, 'part'); COMMIT`,
  `BEGIN; SAVEPOINT a; INSERT INTO t VALUES (-1, 'sub'); RELEASE a;
    INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1001, 4000) g;
    PREPARE TRANSACTION 'x'`,
  "ROLLBACK PREPARED 'x'",
];

async function prepare(sql: SqlClient, slots: readonly string[]) {
  await sql(`CREATE TABLE t (id int PRIMARY KEY, v text);
    CREATE TABLE other (id int PRIMARY KEY, v text);
    CREATE PUBLICATION p FOR TABLE t`);
  for (const slot of slots) {
    await sql(
      `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
    );
  }
  await sql("INSERT INTO t VALUES (1, 'before')");
  for (const text of ROLLED_BACK) await sql(text);
  await sql("INSERT INTO t VALUES (2, 'after')");
}

const WAYS: Readonly<Record<string, Partial<SubscribeOptions>>> = {
  off: { streaming: false },
  version_1: { streaming: false, protocolVersion: 1 },
  binary: { streaming: false, binary: true },
  two_phase: { streaming: false, twoPhase: true },
  on: { streaming: true },
  by_default: {},
  binary_on: { streaming: true, binary: true },
};

testOnPostgres(
  "subscribe() gets past a large transaction that was rolled back, whatever was asked for",
  async ({ server, sql }) => {
    const { two_phase, ...others } = WAYS;
    const ways = server.major < 15 ? others : { ...others, two_phase };
    await prepare(sql, Object.keys(ways));
    for (const [slot, options] of Object.entries(ways)) {
      await using subscription = await subscribe({
        ...{ connection: server.url, slot, publication: "p", until: "now" },
        retry: false,
        ...options,
      });
      const ids: unknown[] = [];
      for await (const event of subscription) {
        if (event.kind === "insert" && event.transaction.gid === undefined) {
          ids.push(event.newRow["id"]);
        }
      }
      assertEquals(ids, [1, 10, 11, 2], slot);
    }
  },
  { settings },
);

testOnPostgres(
  "PgoutputDecoderStream leaves out a Stream Abort of what was not streamed",
  async ({ server, sql }) => {
    await prepare(sql, ["s"]);
    await using connection = await connect(server.url);
    const stream = await connection.startReplication({
      ...{ kind: "logical", slot: "s" },
      pluginOptions: pgoutputOptions({
        ...{ protocolVersion: 1, publications: ["p"] },
      }),
    });
    const kinds = new Set<string>();
    const messages = stream.readable.pipeThrough(new PgoutputDecoderStream());
    let commits = 0;
    for await (const batch of messages) {
      for (const { kind } of batch) {
        kinds.add(kind);
        if (kind === "commit") commits++;
      }
      if (commits === 3) break;
    }
    assertEquals([...kinds], ["begin", "relation", "insert", "commit"]);
  },
  { settings, majors: [NEWEST] },
);
