import type { Copier, CopyRun } from "./copier.ts";

/** The number of rows that the cursors of the other clients read at a time. */
export const CURSOR_ROWS = 1000;

interface Cursor {
  read(rows: number): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

interface Client {
  connect(): Promise<void>;
  query(cursor: Cursor): Cursor;
  end(): Promise<void>;
}

interface Packages {
  readonly Client: new (options: unknown) => Client;
  readonly types: {
    getTypeParser(oid: number, format: string): (text: string) => unknown;
  };
}

// The types whose values have another form in Walbrook than in pg: bigint, date, timestamptz.
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map([
  [20, (text: string): unknown => BigInt(text)],
  [1082, (text: string) => text],
  [1184, (text: string) => text],
]);

/** Opens `pg-cursor` over the whole table, with values in the same form as Walbrook's. */
export async function pgCursor(run: CopyRun): Promise<Copier> {
  const { Client, types } = run.load("pg") as Packages;
  const loaded = run.load("pg-cursor") as { default?: unknown };
  const PgCursor = (loaded.default ?? loaded) as new (
    text: string,
    values: readonly unknown[],
  ) => Cursor;
  const { host, port } = run.server;
  const client = new Client({
    ...{ host, port, user: "postgres", database: "postgres" },
    application_name: run.name,
    options: "-c TimeZone=UTC -c DateStyle=ISO",
    types: {
      getTypeParser: (oid: number, format: string) =>
        PARSERS.get(oid) ?? types.getTypeParser(oid, format),
    },
  });
  await client.connect();
  const cursor = client.query(new PgCursor(`SELECT * FROM ${run.table}`, []));
  return {
    async take(rows) {
      let count = 0;
      while (count < rows) {
        const read = await cursor.read(CURSOR_ROWS);
        if (read.length === 0) throw new Error("Cannot continue: no rows left");
        for (const row of read) run.onRow(row);
        count += read.length;
      }
      return count;
    },
    async close() {
      await cursor.close();
      await client.end();
    },
  };
}
