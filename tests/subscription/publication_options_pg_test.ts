import { assertEquals } from "@std/assert";
import { subscribe, type SubscribeOptions } from "@walbrook/walbrook";
import {
  type PostgresServer,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";

/** Changes as short text, and tables as their columns. */
async function read(
  server: PostgresServer,
  slot: string,
  options: Partial<SubscribeOptions> = {},
): Promise<string[]> {
  await using subscription = await subscribe({
    ...{ connection: server.url, slot, publication: slot, until: "now" },
    ...options,
  });
  const lines: string[] = [];
  for await (const event of subscription) {
    switch (event.kind) {
      case "relation": {
        const { name, columns } = event.relation;
        lines.push(`${name}: ${columns.map((column) => column.name)}`);
        break;
      }
      case "insert":
      case "update":
        lines.push(
          `${event.kind} ${event.relation.name} ${
            Object.values(event.newRow).map(String)
          }`,
        );
        break;
      case "delete":
        lines.push(
          `delete ${event.relation.name} ${
            Object.values(event.key ?? event.oldRow ?? {}).map(String)
          }`,
        );
        break;
      case "truncate":
        lines.push(`truncate ${event.relations.map(({ name }) => name)}`);
        break;
      case "message":
        lines.push(`message ${event.prefix}`);
    }
  }
  return lines;
}

async function follow(sql: SqlClient, name: string, what: string) {
  await sql(`CREATE PUBLICATION ${name} ${what}`);
  await sql(
    `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`,
  );
}

testOnPostgres(
  "subscribe() delivers column lists and row filters as the server applies them",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY, secret text, open bool)");
    await follow(sql, "lists", "FOR TABLE t (id, open)");
    await follow(sql, "filters", "FOR TABLE t WHERE (id < 10)");
    await sql("INSERT INTO t VALUES (1, 'a', true), (20, 'b', false)");
    // Into what the filter lets pass, within it, and out of it.
    await sql("UPDATE t SET id = 2 WHERE id = 20");
    await sql("UPDATE t SET open = true WHERE id = 2");
    await sql("UPDATE t SET id = 30 WHERE id = 2");
    assertEquals(await read(server, "lists"), [
      "t: id,open",
      ...["insert t 1,true", "insert t 20,false"],
      ...["update t 2,false", "update t 2,true", "update t 30,true"],
    ]);
    assertEquals(await read(server, "filters"), [
      "t: id,secret,open",
      ...["insert t 1,a,true", "insert t 2,b,false"],
      ...["update t 2,b,true", "delete t 2"],
    ]);
  },
  { majors: [15, 18] },
);

testOnPostgres(
  "subscribe() delivers stored generated columns where they are published",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY,
         double int GENERATED ALWAYS AS (id * 2) STORED)`,
    );
    await follow(sql, "without", "FOR TABLE t");
    await follow(
      sql,
      "stored",
      "FOR TABLE t WITH (publish_generated_columns = stored)",
    );
    await sql("INSERT INTO t VALUES (1)");
    await sql("DELETE FROM t");
    const deleted = "delete t 1";
    assertEquals(await read(server, "without"), [
      ...["t: id", "insert t 1", deleted],
    ]);
    assertEquals(await read(server, "stored"), [
      ...["t: id,double", "insert t 1,2", deleted],
    ]);
  },
  { majors: [18] },
);

testOnPostgres(
  "subscribe() delivers partitions by themselves, or as their root",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id)");
    await sql("CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10)");
    await sql("CREATE TABLE high PARTITION OF t FOR VALUES FROM (10) TO (20)");
    await follow(sql, "leaves", "FOR TABLE t");
    await follow(
      sql,
      "root",
      "FOR TABLE t WITH (publish_via_partition_root = true)",
    );
    await sql("INSERT INTO t VALUES (1)");
    // From one partition to the other.
    await sql("UPDATE t SET id = 11");
    await sql("TRUNCATE t");
    assertEquals(await read(server, "leaves"), [
      ...["low: id", "insert low 1", "delete low 1"],
      ...["high: id", "insert high 11", "truncate low,high"],
    ]);
    assertEquals(
      (await read(server, "root")).filter((line) => !line.includes(": ")),
      ["insert t 1", "delete t 1", "insert t 11", "truncate t"],
    );
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "subscribe() leaves out messages, and what was replicated, where asked to",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    await follow(sql, "all_of_it", "FOR TABLE t");
    await sql("SELECT pg_replication_origin_create('upstream')");
    await sql("SELECT pg_replication_origin_session_setup('upstream')");
    await sql("INSERT INTO t VALUES (1)");
    await sql("SELECT pg_replication_origin_session_reset()");
    await sql("INSERT INTO t VALUES (2)");
    await sql("SELECT pg_logical_emit_message(true, 'm', '')");
    const slot = "all_of_it";
    const kept = { acknowledge: "manual", acknowledgeMessages: true } as const;
    const table = "t: id";
    const both = [table, "insert t 1", "insert t 2", "message m"];
    assertEquals(await read(server, slot, kept), both);
    assertEquals(await read(server, slot, { ...kept, origin: "any" }), both);
    assertEquals(await read(server, slot, { ...kept, origin: "none" }), [
      ...[table, "insert t 2", "message m"],
    ]);
    assertEquals(await read(server, slot, { ...kept, messages: false }), [
      ...[table, "insert t 1", "insert t 2"],
    ]);
    for (const protocolVersion of [1, 2, 3, 4] as const) {
      const lines = await read(server, slot, { ...kept, protocolVersion });
      assertEquals(lines, both);
    }
    assertEquals(await read(server, slot, { ...kept, binary: true }), both);
  },
  { majors: [16, 18] },
);
