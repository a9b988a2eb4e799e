import { assertEquals } from "@std/assert";
import type { ReplicationEvent, Row } from "@walbrook/walbrook";
import { keepRows } from "@walbrook/walbrook/stages";
import { testOnPostgres } from "../helpers/postgres.ts";
import { follow, messageSql } from "./follower.ts";

testOnPostgres(
  "keepRows() keeps rows equal to the server's while they are copied and moved",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (a text, b int, v int, body text, PRIMARY KEY (a, b));
      ALTER TABLE t ALTER body SET STORAGE EXTERNAL; CREATE TABLE u (id int8 PRIMARY KEY);
      INSERT INTO t SELECT 'a/' || i % 3, i, 0, repeat(md5(i::text), 100) FROM generate_series(1, 300) i;
      INSERT INTO u VALUES (9007199254740993); CREATE PUBLICATION p FOR TABLE t, u`,
    );
    const tables = new Map<string, Map<string, Row>>();
    const rowsOf = (table: string) => {
      const rows = tables.get(table) ?? new Map<string, Row>();
      tables.set(table, rows);
      return rows;
    };
    const keep = async (events: readonly ReplicationEvent[]) => {
      for (const event of events) await keepRows(event, rowsOf);
    };
    await using follower = await follow(server, {
      snapshot: { chunkBytes: 60_000 },
    });
    await keep(await follower.until(({ kind }) => kind === "chunk"));
    await sql(
      `UPDATE t SET b = b + 1000 WHERE b IN (5, 295); UPDATE t SET b = -b WHERE b IN (6, 296);
      UPDATE t SET v = 1 WHERE b % 7 = 0; DELETE FROM t WHERE b % 11 = 0;
      INSERT INTO t VALUES ('new', 1, 2, NULL); TRUNCATE u; INSERT INTO u VALUES (2)`,
    );
    await keep(await follower.copied(2));
    await sql(messageSql("end"));
    await keep(await follower.message("end"));
    const textOf = (row: Row) =>
      JSON.stringify(
        Object.entries(row).map(([name, value]) => [
          name,
          value === null ? null : String(value),
        ]),
      );
    for (const table of ["t", "u"]) {
      const truth = await sql(`SELECT * FROM ${table}`);
      assertEquals(
        [...rowsOf(`public.${table}`).values()].map(textOf).sort(),
        truth.map(textOf).sort(),
      );
    }
  },
  { majors: [14, 18] },
);
