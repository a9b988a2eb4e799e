import { assertEquals } from "@std/assert";
import { type RelationEvent, subscribe } from "@walbrook/walbrook";
import { testOnPostgres } from "../helpers/postgres.ts";

// A statement, and what it changes: by a catalog that is ahead, and without it.
const STEPS: readonly (readonly [
  statement: string,
  byCatalog: readonly string[],
  byName?: readonly string[],
])[] = [
  ["ALTER TABLE t ADD b int, ADD c text", [
    "columnAdded b",
    "columnAdded c",
  ]],
  ["ALTER TABLE t DROP a", ["columnDropped a"], ["columnRemoved a"]],
  ["ALTER TABLE t ALTER b TYPE bigint, ALTER c TYPE varchar(7)", [
    "columnRetyped b",
    "columnRetyped c",
  ]],
  ["ALTER TABLE t RENAME c TO d", ["columnRemoved c", "columnAdded d"]],
  ["ALTER TABLE t DROP b, ADD b bigint", [
    "columnDropped b",
    "columnAdded b",
  ], ["columnRemoved b", "columnAdded b"]],
  ["ALTER TABLE t REPLICA IDENTITY FULL", ["replicaIdentityChanged default"], [
    "replicaIdentityChanged default",
    "primaryKeyChanged id",
  ]],
  ["ALTER TABLE t ADD e int", ["columnAdded e"]],
  ["ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME TO t", []],
  ["CREATE SCHEMA s; ALTER TABLE t SET SCHEMA s", ["tableRenamed public.t"]],
];

testOnPostgres(
  "subscribe() tells what has changed of a table, in and out of transactions",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY, a text)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql("SET search_path = public, s");
    await sql("INSERT INTO t VALUES (0)");
    for (const [at, [statement]] of STEPS.entries()) {
      const insert = `INSERT INTO t (id) VALUES (${at + 1})`;
      // Half of them in the transaction whose row is the first to differ.
      if (at % 2 === 0) await sql(`BEGIN; ${statement}; ${insert}; COMMIT`);
      else for (const one of [statement, insert]) await sql(one);
    }
    await using subscription = await subscribe({
      ...{ connection: server.url, slot: "s", publication: "p" },
      until: "now",
    });
    const told: string[][] = [];
    for await (const event of subscription) {
      if (event.kind === "insert") {
        // Each row has the columns of its own version of the table.
        assertEquals(
          Object.keys(event.newRow),
          event.relation.columns.map(({ name }) => name),
        );
        if (told.length < Number(event.newRow["id"])) told.push([]);
      }
      if (event.kind !== "relation" || event.previous === null) continue;
      told.push(outline(event));
    }
    assertEquals(told, STEPS.map(([, changes]) => [...changes]));
  },
  { majors: [14, 18] },
);

function outline({ changes }: RelationEvent): string[] {
  return changes.map((change) => {
    switch (change.kind) {
      case "tableRenamed":
        return `${change.kind} ${change.schema}.${change.name}`;
      case "replicaIdentityChanged":
        return `${change.kind} ${change.replicaIdentity}`;
      case "columnRenamed":
        return `${change.kind} ${change.previous.name} ${change.column.name}`;
      case "primaryKeyChanged":
        return `${change.kind} ${change.primaryKey}`;
      default:
        return `${change.kind} ${change.column.name}`;
    }
  });
}

testOnPostgres(
  "subscribe() tells each change of a table once, though links break between it and the next row",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY, a text)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql("SET search_path = public, s");
    await using subscription = await subscribe({
      ...{ connection: server.url, slot: "s", publication: "p" },
      // Nothing is, so that each link brings all of the versions again.
      acknowledge: "manual",
      typeLookup: false,
      retry: { initialDelayMs: 10, maxDelayMs: 50 },
    });
    const cut = () =>
      sql(`SELECT pg_terminate_backend(${subscription.processId})`);
    const events = subscription[Symbol.asyncIterator]();
    const told: string[][] = [];
    const rows: unknown[] = [];
    const readRow = async () => {
      for (;;) {
        const { value } = await events.next();
        if (value.kind === "relation" && value.previous !== null) {
          told.push(outline(value));
        }
        if (value.kind !== "insert") continue;
        rows.push(value.newRow["id"]);
        assertEquals(
          Object.keys(value.newRow),
          value.relation.columns.map(({ name }: { name: string }) => name),
        );
        return;
      }
    };
    await sql("INSERT INTO t VALUES (0)");
    await readRow();
    for (const [at, [statement]] of STEPS.entries()) {
      await sql(statement);
      await cut();
      await sql(`INSERT INTO t (id) VALUES (${at + 1})`);
      await readRow();
    }
    assertEquals(
      told,
      STEPS.flatMap(([, byCatalog, changes = byCatalog]) =>
        // That a table has its name again is no change, and not told.
        changes.length === 0 ? [] : [[...changes]]
      ),
    );
    assertEquals(rows, [0, ...STEPS.map((_, at) => at + 1)]);
  },
  { majors: [14, 18] },
);

for (const typeLookup of [true, false]) {
  testOnPostgres(
    `subscribe() tells a column's new name ${
      typeLookup ? "by the catalog" : "only with the catalog"
    }`,
    async ({ server, sql }) => {
      await sql("CREATE TABLE t (id int PRIMARY KEY, gone int, a int, b int)");
      await sql("CREATE PUBLICATION p FOR TABLE t");
      await sql("ALTER TABLE t DROP gone");
      await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
      await using subscription = await subscribe({
        ...{ connection: server.url, slot: "s", publication: "p", typeLookup },
      });
      const told: (string | undefined)[] = [];
      await sql("INSERT INTO t VALUES (1)");
      for await (const event of subscription) {
        if (event.kind === "relation" && event.previous !== null) {
          told.push(...event.changes.map(({ kind }) => kind));
        }
        if (event.kind !== "commit") continue;
        if (told.length > 0) break;
        await sql("ALTER TABLE t RENAME a TO c; INSERT INTO t VALUES (2)");
      }
      assertEquals(
        told,
        typeLookup ? ["columnRenamed"] : ["columnRemoved", "columnAdded"],
      );
    },
    { majors: [14, 18] },
  );
}
