import { assertEquals } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import { startFaultProxy, throughProxy } from "../helpers/fault_proxy.ts";
import { testOnPostgres } from "../helpers/postgres.ts";

const ROWS = 4_000;
/** Many times what it takes until the stream's link is given up. */
const PATIENCE_MS = 90_000;

for (const key of ["with a key", "without a key"]) {
  testOnPostgres(
    `a copy of a table ${key} goes on after the network has gone silent, over new connections`,
    async ({ server, sql }) => {
      await sql("CREATE TABLE t (id int, note text)");
      await sql(
        key === "with a key"
          ? "ALTER TABLE t ADD PRIMARY KEY (id)"
          : "ALTER TABLE t REPLICA IDENTITY FULL",
      );
      await sql(
        `INSERT INTO t SELECT g, repeat('x', 1000) FROM generate_series(1, ${ROWS}) g`,
      );
      await sql("CREATE PUBLICATION p FOR TABLE t");
      await using proxy = await startFaultProxy(server.url);
      const signal = AbortSignal.timeout(PATIENCE_MS);
      await using subscription = await subscribe({
        connection: throughProxy(server.url, proxy),
        slot: { name: "s", create: true },
        publication: "p",
        snapshot: { when: "always", chunkBytes: 64_000 },
        retry: { initialDelayMs: 10, maxDelayMs: 200 },
        signal,
      });
      const ids = new Set<unknown>();
      let isSilent = false;
      for await (const event of subscription) {
        if (event.kind === "read") ids.add(event.newRow["id"]);
        if (event.kind === "snapshotEnd") break;
        if (ids.size < 100 || isSilent) continue;
        isSilent = true;
        // Those which are open by now: the stream's, and that of the reader.
        proxy.blackHole("fromServer", "fromClient");
      }
      assertEquals([isSilent, ids.size], [true, ROWS]);
    },
    { settings: { wal_sender_timeout: "2s" }, majors: [18] },
  );
}
