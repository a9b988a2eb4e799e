import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import {
  type AcknowledgeableEvent,
  parseLsn,
  subscribe,
} from "@walbrook/walbrook";
import { applyToSqlite } from "@walbrook/walbrook/apply";
import { deliver } from "@walbrook/walbrook/sink";
import { testOnPostgres } from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";

testOnPostgres(
  "a replica that crashes has a row whole that was moved ahead of its copy",
  async ({ server, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY, big text);
      ALTER TABLE t ALTER big SET STORAGE EXTERNAL;
      INSERT INTO t SELECT i, repeat('x', 3000) FROM generate_series(1, 300) AS i;
      CREATE PUBLICATION p FOR TABLE t`);
    using database = new DatabaseSync(":memory:");
    const find = (query: string) =>
      database.prepare(query).get()?.found as string | number | undefined;
    const open = (replica: ReturnType<typeof applyToSqlite>) =>
      subscribe({
        connection: server.url,
        slot: { name: "s", create: true, wait: true },
        publication: "p",
        acknowledge: "manual",
        checkpoint: replica.checkpoint,
        snapshot: { chunkBytes: 60_000 },
      });
    {
      const replica = applyToSqlite(database);
      const subscription = await open(replica);
      let isPaused = false;
      const pausing = new TransformStream({
        async transform(batch, controller) {
          controller.enqueue(batch);
          const isChunk = batch.some(({ kind }: { kind: string }) =>
            kind === "chunk"
          );
          if (!isChunk || isPaused) return;
          isPaused = true;
          await subscription.paceSnapshot({ paused: true });
        },
      });
      const sink = deliver({
        acknowledgement: "manual",
        system: subscription.system,
        batches: subscription.batches.pipeThrough(pausing),
        checkpointAfter: (event) => subscription.checkpointAfter(event),
        // The end of the transaction does not get there any more.
        acknowledge(event: AcknowledgeableEvent) {
          if (event.kind === "chunk") subscription.acknowledge(event);
        },
      }, replica);
      await until(() =>
        String(find("SELECT snapshot AS found FROM walbrook_position"))
          .includes('"after":["')
      );
      await sql("UPDATE t SET id = -1 WHERE id = 300");
      const end = parseLsn(
        await sql.value("SELECT pg_current_wal_insert_lsn()") ?? "",
      );
      await sql("INSERT INTO t VALUES (-2, repeat('x', 3000))");
      await until(() =>
        parseLsn(String(find("SELECT lsn AS found FROM walbrook_position"))) >=
          end
      );
      await subscription.close();
      await sink.close().catch(() => {});
    }
    const replica = applyToSqlite(database);
    const subscription = await open(replica);
    const sink = deliver(subscription, replica);
    await until(() => find("SELECT count(*) AS found FROM t") === 301);
    await until(() =>
      subscription.snapshots.every(({ state }) => state === "done")
    );
    await sink.close();
    assert(find("SELECT length(big) AS found FROM t WHERE id = -1") === 3_000);
    assertEquals(
      find("SELECT count(*) AS found FROM t WHERE length(big) = 3000"),
      301,
    );
  },
  { majors: [18] },
);
