import { assert, assertEquals } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { copyApart, largeRows } from "./large_tables.ts";

const ROWS = 3_000;
const ROW_BYTES = 100_000;
// A third of what is sent, most of it the runtime's own.
const MAX_GROWTH = 100 * 2 ** 20;

testOnPostgres(
  "a copy takes no more memory than some chunks, however slow its consumer is",
  async ({ server, sql }) => {
    await sql(largeRows(ROWS, ROW_BYTES));
    const { rows, bytes, growth } = await copyApart(server, {
      ...{ chunkBytes: 2 ** 21, sleepMs: 5, heapMegabytes: 40 },
    });
    assertEquals([rows, bytes], [ROWS, ROWS * ROW_BYTES]);
    assert(growth < MAX_GROWTH, `${Math.round(growth / 2 ** 20)} MiB`);
  },
  { majors: [18] },
);
