import { assert, assertEquals } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { runLoad } from "./load/run_load.ts";

// The long form is `deno task load:serve`.
testOnPostgres(
  "many clients on one slot lose nothing, nor does one that reads nothing for a while",
  async ({ server }) => {
    const { wrong, disconnected, stalled, ready } = await runLoad(server, {
      ...{ clients: 50, keys: 10, changes: 1_000, seconds: 3 },
      limits: { clientBytes: 100_000, stallMs: 5_000 },
    });
    assertEquals(wrong, { lost: 0, duplicates: 0, rows: 0 });
    assertEquals(disconnected, 0);
    assert(ready.copies < 10, `${ready.copies} copies for 50 clients`);
    assertEquals([stalled.lost, stalled.duplicates], [0, 0]);
  },
  { majors: [18] },
);
