import { assert, assertEquals } from "@std/assert";
import { NEWEST, testOnPostgres } from "../helpers/postgres.ts";
import type { Holdings } from "./cycling_client.ts";
import { untilTrue } from "../helpers/until_true.ts";

const CLIENT = new URL("./cycling_client.ts", import.meta.url).pathname;
const TIMES = 500;
/** What each time may leave at most, in bytes: less than any buffer or connection. */
const HEAP_PER_CYCLE = 3000;

testOnPostgres(
  `subscribe() can be opened and closed ${TIMES} times, and leaves nothing`,
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE item (id int PRIMARY KEY, body text); " +
        "CREATE PUBLICATION items FOR TABLE item",
    );
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql(
      "INSERT INTO item SELECT g, repeat('x', 500) FROM generate_series(1, 500) g",
    );
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", "--v8-flags=--expose-gc"],
        ...[CLIENT, server.url, "s", `${TIMES}`],
      ],
      stdin: "null",
      stderr: "inherit",
    }).output();
    assertEquals(code, 0);
    const { before, after }: Record<"before" | "after", Holdings> = JSON.parse(
      new TextDecoder().decode(stdout),
    );
    // The runtime opens some of its own, now and then, but not one for each.
    const opened = after.descriptors - before.descriptors;
    assert(opened < TIMES / 10, `${opened} files or sockets are left open`);
    const growth = after.heap - before.heap;
    assert(growth < TIMES * HEAP_PER_CYCLE, `The heap grew by ${growth} bytes`);
    // The walsender of the last one may take a moment to leave.
    await untilTrue(
      sql,
      "NOT EXISTS (SELECT FROM pg_replication_slots WHERE active) AND NOT EXISTS (SELECT FROM pg_stat_replication)",
    );
  },
  { majors: [NEWEST] },
);
