import type { Checkpoint, Row } from "../../../mod.ts";
import { keepRows } from "../../../src/stages/mod.ts";
import type { Case, Context } from "./context.ts";
import { expectSame } from "./expect.ts";
import { PublishedTable } from "./table.ts";

/** Rows that are there before the stream begins. */
export const SNAPSHOT: readonly Case[] = [
  { capability: "Initial copy, resumed inside a table", run: copyAndResume },
];

const ROWS = 2_000;

async function copyAndResume(context: Context): Promise<void> {
  await PublishedTable.with(context, "snapshot", async (table) => {
    const { name } = table;
    await table.sql(
      `INSERT INTO ${name} SELECT g, 'a' FROM generate_series(1, ${ROWS}) g`,
    );
    let kept: Checkpoint | null = null;
    const checkpoint = {
      load: () => Promise.resolve(kept),
      save: (saved: Checkpoint) => {
        kept = saved;
        return Promise.resolve();
      },
    };
    const rows = new Map<string, Row>();
    let reads = 0;
    let runs = 0;
    for (let isCopied = false; !isCopied; runs++) {
      const subscription = await table.subscribe({
        ...{ checkpoint, binary: runs % 2 === 1, until: "now" },
        snapshot: { chunkBytes: 4_000 },
      });
      for await (const event of subscription) {
        await keepRows(event, () => rows);
        if (event.kind === "read") reads++;
        isCopied ||= event.kind === "snapshotEnd";
      }
      if (runs === 0) {
        await table.sql(
          `UPDATE ${name} SET body = 'b' WHERE id % 100 = 0; DELETE FROM ${name} WHERE id % 100 = 1; INSERT INTO ${name} VALUES (-1, 'new')`,
        );
      }
    }
    // What came last may have been behind the end of that run.
    const rest = await table.subscribe({ checkpoint, until: "now" });
    for await (const event of rest) await keepRows(event, () => rows);
    expectSame(runs > 1, true);
    expectSame(reads <= ROWS + 1, true);
    expectSame(rows.size, ROWS - ROWS / 100 + 1);
    const changed = [...rows.values()].filter(({ body }) => body === "b");
    expectSame(changed.length, ROWS / 100);
  });
}
