import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type AcknowledgeableEvent,
  type ReplicationEvent,
  subscribe,
} from "@walbrook/walbrook";
import { type SqlClient, testOnPostgres } from "../helpers/postgres.ts";

const settings = {
  max_prepared_transactions: "10",
  logical_decoding_work_mem: "64kB",
};
const MANY = 3000;

function outline(events: readonly ReplicationEvent[]): string[] {
  return events.flatMap((event) => {
    switch (event.kind) {
      case "insert":
        return event.newRow["id"] === 1 ? ["insert 1"] : [];
      case "beginPrepare":
        return [`beginPrepare ${event.transaction.gid}`];
      case "commitPrepared":
      case "rollbackPrepared":
        return [`${event.kind} ${event.gid}`];
      default:
        return [event.kind];
    }
  });
}

async function run(sql: SqlClient, statements: readonly string[]) {
  for (const statement of statements) await sql(statement);
}

const PREPARED = (gid: string, more = "") =>
  `BEGIN; INSERT INTO t VALUES (1); ${more} PREPARE TRANSACTION '${gid}'`;

testOnPostgres(
  "subscribe() delivers transactions when they are prepared, and what became of them",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int); CREATE PUBLICATION p FOR TABLE t");
    const slot = { name: "s", create: true };
    const read = async (acknowledged: number | null, streaming: boolean) => {
      await using subscription = await subscribe({
        ...{ connection: server.url, publication: "p", slot, streaming },
        ...{ twoPhase: true, until: "now", acknowledge: "manual" },
      });
      const events: ReplicationEvent[] = [];
      let left = acknowledged ?? Infinity;
      for await (const event of subscription) {
        events.push(event);
        if (!isUnit(event) || left-- <= 0) continue;
        subscription.acknowledge(event);
      }
      return outline(events);
    };
    assertEquals(await read(0, true), []);
    const many = `INSERT INTO t SELECT 2 FROM generate_series(1, ${MANY});`;
    await run(sql, [
      PREPARED("small"),
      // With a part that is rolled back.
      PREPARED("large", `${many} SAVEPOINT a; ${many} ROLLBACK TO a;`),
      "INSERT INTO t VALUES (1)",
      "COMMIT PREPARED 'large'",
      "ROLLBACK PREPARED 'small'",
      `BEGIN; ${many} PREPARE TRANSACTION 'stays'`,
    ]);
    // Servers don't send what a transaction did that has been rolled back by now.
    const small = ["beginPrepare small", "prepare"];
    const large = ["beginPrepare large", "relation", "insert 1", "prepare"];
    const outcomes = ["commitPrepared large", "rollbackPrepared small"];
    const between = ["begin", "insert 1", "commit"];
    const stays = ["beginPrepare stays", "prepare"];
    const rest = [...between, ...outcomes, ...stays];
    assertEquals(await read(0, false), [...small, ...large, ...rest]);
    // What is acknowledged does not come again, though its outcome does.
    assertEquals(await read(1, true), [...small, ...large, ...rest]);
    assertEquals(await read(1, true), [...large, ...rest]);
    assertEquals(await read(2, true), [
      ...["begin", "relation", "insert 1", "commit"],
      ...outcomes,
      ...stays,
    ]);
    assertEquals(await read(null, true), [
      ...["rollbackPrepared small", "beginPrepare stays"],
      ...["relation", "prepare"],
    ]);
    assertEquals(await read(null, true), []);
    await sql("ROLLBACK PREPARED 'stays'");
    assertEquals(await read(null, true), ["rollbackPrepared stays"]);
    const streamed = await sql.value(
      "SELECT stream_txns FROM pg_stat_replication_slots",
    );
    assert(Number(streamed) > 0, "the server streamed nothing");
  },
  { settings, majors: [15, 16, 17, 18] },
);

function isUnit(event: ReplicationEvent): event is AcknowledgeableEvent {
  return ["commit", "prepare", "commitPrepared", "rollbackPrepared"]
    .includes(event.kind);
}

testOnPostgres(
  "subscribe() delivers prepared transactions as any other, if not told otherwise",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int); CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await run(sql, [
      PREPARED("a"),
      PREPARED("b"),
      "ROLLBACK PREPARED 'b'",
      "COMMIT PREPARED 'a'",
    ]);
    await using subscription = await subscribe({
      ...{ connection: server.url, publication: "p", slot: "s" },
      until: "now",
    });
    const events: ReplicationEvent[] = [];
    for await (const event of subscription) events.push(event);
    assertEquals(outline(events), ["begin", "relation", "insert 1", "commit"]);
  },
  { settings, majors: [14, 18] },
);

testOnPostgres(
  "subscribe() names what the server's version lacks",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int); CREATE PUBLICATION p FOR TABLE t");
    for (
      const [options, problem] of [
        [{ twoPhase: true }, "with twoPhase: PostgreSQL 14"],
        [{ origin: "none" }, 'with origin "none": PostgreSQL 14'],
        [{ protocolVersion: 3 }, "with protocol version 3: PostgreSQL 14"],
        [{ protocolVersion: 1, streaming: true }, "it needs version 2"],
      ] as const
    ) {
      await assertRejects(
        () =>
          subscribe({
            ...{ connection: server.url, publication: "p" },
            slot: { name: "s", create: true },
            ...options,
          }),
        RangeError,
        problem,
      );
    }
    assertEquals(await sql("SELECT 1 FROM pg_replication_slots"), []);
  },
  { majors: [14] },
);
