import type { Copier, CopyRun } from "./copier.ts";
import { CURSOR_ROWS } from "./pg_cursor.ts";

interface Sql {
  unsafe(text: string): {
    cursor(rows: number): AsyncIterable<readonly unknown[]>;
  };
  end(options: { readonly timeout: number }): Promise<void>;
}

const AS_TEXT = (value: string) => value;

/** Opens Postgres.js's cursor over the whole table, with values in the form of Walbrook's. */
export function postgresCursor(run: CopyRun): Promise<Copier> {
  const loaded = run.load("postgres") as { default?: unknown };
  const connect = (loaded.default ?? loaded) as (options: unknown) => Sql;
  const { host, port } = run.server;
  const sql = connect({
    ...{ host, port, user: "postgres", database: "postgres" },
    ...{ ssl: false, max: 1, fetch_types: false },
    connection: {
      application_name: run.name,
      TimeZone: "UTC",
      DateStyle: "ISO",
    },
    types: {
      bigint: { to: 20, from: [20], serialize: String, parse: BigInt },
      // These types are Dates by default.
      date: {
        ...{ to: 1184, from: [1082, 1114, 1184] },
        ...{ serialize: AS_TEXT, parse: AS_TEXT },
      },
    },
  });
  const cursor = sql.unsafe(`SELECT * FROM ${run.table}`).cursor(CURSOR_ROWS)
    [Symbol.asyncIterator]();
  return Promise.resolve({
    async take(rows) {
      let count = 0;
      while (count < rows) {
        const { done, value } = await cursor.next();
        if (done) throw new Error("Cannot continue: no rows left");
        for (const row of value) run.onRow(row);
        count += value.length;
      }
      return count;
    },
    async close() {
      await cursor.return?.();
      await sql.end({ timeout: 1 });
    },
  });
}
