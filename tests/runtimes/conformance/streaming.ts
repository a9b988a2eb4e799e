import type { Case, Context } from "./context.ts";
import { expectSame, failureOf } from "./expect.ts";
import { plain, PublishedTable } from "./table.ts";

const ROWS = 20_000;

/** Transactions that the server sends before they end. */
export const STREAMING: readonly Case[] = [
  {
    capability: "Streamed transactions, buffered in temporary files",
    missing: { Workers: "there are no temporary files" },
    run: (context) =>
      context.environment.openTemporaryFile === undefined
        ? refusal(context)
        : follow(context, 0, "files"),
  },
  {
    capability: "Streamed transactions, buffered in memory",
    run: (context) => follow(context, Infinity, "held"),
  },
];

async function refusal(context: Context): Promise<string> {
  return String(await failureOf(() => follow(context, 0, "no_files")));
}

async function follow(
  context: Context,
  memoryLimit: number,
  purpose: string,
): Promise<void> {
  // The server is given so little memory that it sends what it has at once.
  const options = "-c logical_decoding_work_mem=64kB";
  await PublishedTable.with(context, purpose, async (table) => {
    const insert = (from: number) =>
      `INSERT INTO ${table.name} SELECT g, 'é' || g FROM generate_series(${
        from + 1
      }, ${from + ROWS}) g;`;
    await table.sql(
      `BEGIN; ${insert(0)} SAVEPOINT a; ${insert(ROWS)} ROLLBACK TO a; ${
        insert(2 * ROWS)
      } COMMIT`,
    );
    const subscription = await table.subscribe(
      { until: "now", streaming: { memoryLimit } },
      { ...plain(context), options },
    );
    let rows = 0;
    for await (const event of subscription) {
      if (event.kind !== "insert") continue;
      const id = ++rows > ROWS ? rows + ROWS : rows;
      expectSame(event.newRow, { id, body: `é${id}` });
    }
    expectSame(rows, 2 * ROWS);
  });
}
