import { assertEquals } from "@std/assert";
import { asNumber, subscribe } from "@walbrook/walbrook";
import type { BadValue } from "@walbrook/walbrook/subscription";
import { testOnPostgres } from "../helpers/postgres.ts";

testOnPostgres(
  "subscribe() delivers json with a number beyond a double as text, and tells",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE t (id int PRIMARY KEY, a json, b jsonb, c jsonb[], d numeric)",
    );
    await sql("CREATE PUBLICATION p FOR TABLE t");
    for (const slot of ["text", "binary"]) {
      await sql(
        `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
      );
    }
    await sql(`INSERT INTO t VALUES (1, '{"n": 1e400}', '{"n": 1e400}',
    ARRAY['1e400'::jsonb], 1e400), (2, '1e308', '1e308', '{1}', 1e308)`);
    const large = `1${"0".repeat(400)}`;
    for (const slot of ["text", "binary"]) {
      const told: BadValue[] = [];
      await using subscription = await subscribe({
        ...{ connection: server.url, slot, publication: "p", until: "now" },
        binary: slot === "binary",
        types: { numeric: asNumber },
        onBadValue: (value) => told.push(value),
      });
      const rows = [];
      for await (const event of subscription) {
        if (event.kind === "insert") rows.push(event.newRow);
      }
      assertEquals(rows, [
        {
          ...{ id: 1, a: '{"n": 1e400}', b: `{"n": ${large}}` },
          ...{ c: `{${large}}`, d: large },
        },
        { id: 2, a: 1e308, b: 1e308, c: [1], d: 1e308 },
      ]);
      assertEquals(
        told.map(({ relation, column, error }) => [
          relation.name,
          column,
          (error as Error).name,
        ]),
        ["a", "b", "c", "d"].map((column) => ["t", column, "RangeError"]),
      );
    }
  },
);
