import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Checkpoint, ChunkEvent } from "@walbrook/walbrook";
import { testOnPostgres } from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";
import { CopiedTables } from "./copied_tables.ts";
import { untilTrue } from "../helpers/until_true.ts";
import {
  follow,
  type FollowOptions,
  memoryStore,
  messageSql,
} from "./follower.ts";

const ROWS = 2_000;
const SET_UP = `CREATE TABLE t (id int PRIMARY KEY, v int);
  INSERT INTO t SELECT i, i FROM generate_series(1, ${ROWS}) i;
  CREATE PUBLICATION p FOR TABLE t`;
const CHUNKS = { chunkBytes: 4_000 };
const NO_READER =
  "NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'walbrook')";

testOnPostgres(
  'until: "now" ends at the end of a chunk, and the next run goes on there',
  async ({ server, sql }) => {
    await sql(SET_UP);
    const checkpoint = memoryStore();
    const runs = new Set<number>();
    let reads = 0;
    let count = 0;
    for (let isDone = false; !isDone; count++) {
      await using follower = await follow(server, {
        checkpoint,
        snapshot: CHUNKS,
        until: "now",
      });
      for (const event of await follower.rest()) {
        if (event.kind === "read") reads++;
        if (event.kind === "snapshotBegin") {
          runs.add(event.run);
          assertEquals(event.reason, count === 0 ? "initial" : "resumed");
        }
        if (event.kind === "snapshotEnd") isDone = true;
      }
      assert(count < 30, "no progress");
    }
    assert(count >= 2);
    assertEquals([reads, runs.size], [ROWS, 1]);
    assertEquals(checkpoint.kept?.snapshot?.done.length, 1);
    await untilTrue(sql, NO_READER);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  'until: "now" waits for a copy that no later run would continue',
  async ({ server, sql }) => {
    await sql(SET_UP);
    const snapshot = { ...CHUNKS, when: "always" } as const;
    const cases: Record<string, FollowOptions> = {
      "at every start": { snapshot },
      "by a temporary slot": {
        slot: { name: "temporary", create: true, temporary: true },
        checkpoint: undefined,
        snapshot: CHUNKS,
      },
    };
    for (const [what, options] of Object.entries(cases)) {
      await using follower = await follow(server, {
        ...options,
        until: "now",
      });
      const events = await follower.rest();
      const reads = events.filter(({ kind }) => kind === "read");
      assertEquals(reads.length, ROWS, what);
    }
    {
      await using follower = await follow(server, {
        snapshot: undefined,
        until: "now",
      });
      const requested = follower.subscription.snapshot("public.t");
      const events = await follower.rest();
      const reads = events.filter(({ kind }) => kind === "read");
      assertEquals(reads.length, ROWS, "requested");
      await requested;
    }
    await untilTrue(sql, NO_READER);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  'until: "snapshot" ends with the copy',
  async ({ server, sql }) => {
    await sql(SET_UP);
    const checkpoint = memoryStore();
    for (const expected of [ROWS, 0]) {
      await using follower = await follow(server, {
        checkpoint,
        until: "snapshot",
      });
      const events = await follower.rest();
      assertEquals(
        events.filter(({ kind }) => kind === "read").length,
        expected,
      );
    }
    await untilTrue(sql, NO_READER);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a store that loses how far the copy was has it made again",
  async ({ server, sql }) => {
    await sql(SET_UP);
    let kept: Checkpoint | null = null;
    const checkpoint = {
      load: () => Promise.resolve(kept),
      save: ({ lsn, systemId, timeline }: Checkpoint) => {
        kept = { lsn, systemId, timeline };
        return Promise.resolve();
      },
    };
    for (let run = 0; run < 2; run++) {
      await using follower = await follow(server, {
        checkpoint,
        until: "snapshot",
      });
      const events = await follower.rest();
      assertEquals(events.filter(({ kind }) => kind === "read").length, ROWS);
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "a chunk that was not acknowledged comes again, and nothing else",
  async ({ server, sql }) => {
    await sql(SET_UP);
    const checkpoint = memoryStore();
    let first = 0;
    {
      await using follower = await follow(server, {
        checkpoint,
        snapshot: CHUNKS,
        acknowledge: "manual",
      });
      const chunks: number[] = [];
      await follower.until((event) => {
        if (event.kind !== "chunk") return false;
        chunks.push(event.rows);
        // All but the third.
        if (chunks.length !== 3) follower.subscription.acknowledge(event);
        return chunks.length === 4;
      });
      first = chunks[0]! + chunks[1]!;
    }
    const after = Object.values(checkpoint.kept?.snapshot?.tables ?? {})[0]
      ?.after;
    assertEquals(after, [`${first}`]);
    await using follower = await follow(server, {
      checkpoint,
      snapshot: CHUNKS,
    });
    const events = await follower.copied();
    assertEquals(
      events.filter(({ kind }) => kind === "read").length,
      ROWS - first,
    );
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a consumer that keeps its position with its rows resumes the copy there",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, body text); ALTER TABLE t ALTER body SET STORAGE EXTERNAL;
      INSERT INTO t SELECT i, repeat(md5(i::text), 100) FROM generate_series(1, 300) i;
      CREATE PUBLICATION p FOR TABLE t`,
    );
    const snapshot = { chunkBytes: 60_000 };
    let kept: Checkpoint | null = null;
    // Neither the slot nor the store knows of what the consumer keeps by itself.
    const checkpoint = {
      load: () => Promise.resolve(kept),
      save: () => Promise.resolve(),
    };
    const tables = new CopiedTables(["id"]);
    let first = 0;
    {
      await using follower = await follow(server, {
        ...{ checkpoint, snapshot, tables, acknowledge: "manual" },
      });
      const { subscription } = follower;
      const events = await follower.until(({ kind }) => kind === "chunk");
      const chunk = events.at(-1)!;
      assert(chunk.kind === "chunk");
      first = chunk.rows;
      const after = subscription.checkpointAfter(chunk);
      assertEquals(after.lsn, chunk.lsn);
      assertEquals(afterOf(after), [`${first}`]);
      await subscription.paceSnapshot({ paused: true });
      // To before the copy, with a value that does not come along.
      await sql("UPDATE t SET id = -1 WHERE id = 300");
      // The chunk that was read ahead may come first.
      const more = await follower.until(({ kind }) => kind === "commit");
      const commit = more.at(-1)!;
      assert(commit.kind === "commit");
      assertThrows(() =>
        subscription.checkpointAfter(more[0] as typeof commit)
      );
      kept = subscription.checkpointAfter(commit);
      assertEquals(kept.lsn, commit.endLsn);
      const [table] = Object.values(kept.snapshot?.tables ?? {});
      assertEquals(table?.again.map(([key]) => key), [["-1"]]);
      const rows = more.flatMap((event) =>
        event.kind === "chunk" ? [event.rows] : []
      );
      first += rows.reduce((sum, count) => sum + count, 0);
      assertEquals(afterOf(kept), [`${first}`]);
    }
    await using follower = await follow(server, {
      ...{ checkpoint, snapshot, tables },
    });
    const events = await follower.copied();
    const reads = events.filter(({ kind }) => kind === "read");
    // The rest, with the row that was moved.
    assertEquals(reads.length, 300 - first);
    await sql(messageSql("end"));
    await follower.message("end");
    const truth = await sql("SELECT id, body FROM t ORDER BY id");
    const rows = follower.rows("t").map(({ id, body }) => ({ id, body }))
      .sort((a, b) => Number(a.id) - Number(b.id));
    assertEquals(rows, truth.map(({ id, body }) => ({ id: Number(id), body })));
  },
  { majors: [14, 18] },
);

function afterOf({ snapshot }: Checkpoint): readonly string[] | null {
  return Object.values(snapshot?.tables ?? {})[0]?.after ?? null;
}

testOnPostgres(
  "snapshot() copies a table again, in the middle of a copy too",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using follower = await follow(server, { snapshot: CHUNKS });
    const begun = await follower.until(({ kind }) => kind === "chunk");
    const { subscription } = follower;
    await subscription.paceSnapshot({ paused: true });
    const run = subscription.snapshots[0]?.run;
    const again = subscription.snapshot("public.t");
    await until(() => subscription.snapshots[0]?.run !== run);
    await subscription.paceSnapshot({ paused: false });
    const rest = await follower.copied();
    await again;
    const third = subscription.snapshot(["public.t"], {
      where: "id <= 10",
    });
    const some = await follower.copied();
    await third;
    const begins = [...begun, ...rest, ...some].flatMap((event) =>
      event.kind === "snapshotBegin" ? [event] : []
    );
    assertEquals(begins.map(({ reason }) => reason), [
      "initial",
      "requested",
      "requested",
    ]);
    assert(begins[0]!.run < begins[1]!.run && begins[1]!.run < begins[2]!.run);
    assertEquals(some.filter(({ kind }) => kind === "read").length, 10);
    await sql(messageSql("end"));
    await follower.message("end");
    assertEquals(follower.rows("t").length, ROWS);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a copy can be paused, cancelled and asked how far it is",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await using follower = await follow(server, { snapshot: CHUNKS });
    const { subscription } = follower;
    await follower.until(({ kind }) => kind === "chunk");
    await subscription.paceSnapshot({ paused: true });
    await sql(messageSql("paused"));
    await follower.message("paused");
    const [progress] = subscription.snapshots;
    assertEquals(progress?.table, "public.t");
    assert(progress !== undefined && progress.rows > 0);
    assert(progress.rows < ROWS);
    await subscription.cancelSnapshot("public.t");
    const events = await follower.copied();
    const end = events.findLast(({ kind }) => kind === "snapshotEnd");
    assert(end?.kind === "snapshotEnd" && end.aborted === "cancelled");
  },
  { majors: [18] },
);

testOnPostgres(
  "copies that wait for their turn can be cancelled, and the subscription ends without them",
  async ({ server, sql }) => {
    await sql("CREATE TABLE u (id int PRIMARY KEY)");
    await sql(`${SET_UP}, u`);
    // Enough rows for two readers to be under way at the same time.
    await sql("INSERT INTO t SELECT generate_series(3000, 13000)");
    await sql("INSERT INTO u SELECT generate_series(1, 10000)");
    await sql("ANALYZE t, u");
    const checkpoint = memoryStore();
    // Both are begun, so that the next run resumes them.
    {
      const snapshot = { ...CHUNKS, readers: 2 };
      await using follower = await follow(server, { checkpoint, snapshot });
      const isBegun = () =>
        Object.values(checkpoint.kept?.snapshot?.tables ?? {})
          .filter(({ rows }) => rows > 0).length === 2;
      while (!isBegun()) {
        const events = await follower.until(({ kind }) => kind === "chunk");
        const chunk = events.at(-1) as ChunkEvent;
        // The subscription itself does so after a while, when both may be copied.
        await checkpoint.save(follower.subscription.checkpointAfter(chunk));
      }
    }
    for (
      const options of [
        { checkpoint, snapshot: CHUNKS },
        { slot: { name: "f", create: true }, snapshot: { order: "first" } },
      ] as const
    ) {
      await using follower = await follow(server, {
        ...{ ...options, until: "snapshot" },
      });
      await follower.until(({ kind }) => kind === "snapshotBegin");
      const { subscription } = follower;
      const queued = subscription.snapshots
        .find(({ state }) => state === "queued");
      assert(queued !== undefined);
      await subscription.cancelSnapshot(queued.table);
      const events = await follower.rest();
      const ends = events.filter(({ kind }) => kind === "snapshotEnd");
      assertEquals(ends.length, 1);
      const states = subscription.snapshots.map(({ state }) => state);
      assertEquals(states.sort(), ["aborted", "done"]);
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "a copy that is resumed keeps the condition with which it began",
  async ({ server, sql }) => {
    await sql(SET_UP);
    const checkpoint = memoryStore();
    const even = { name: "public.t", where: "id % 2 = 0" };
    const ids: unknown[] = [];
    for (
      const [tables, until] of [
        [[even], "now"],
        [["public.t"], "snapshot"],
      ] as const
    ) {
      await using follower = await follow(server, {
        ...{ checkpoint, until },
        snapshot: { ...CHUNKS, tables },
      });
      for (const event of await follower.rest()) {
        if (event.kind === "read") ids.push(event.newRow.id);
      }
    }
    assertEquals(ids, Array.from({ length: ROWS / 2 }, (_, i) => 2 * i + 2));
  },
  { majors: [18] },
);

testOnPostgres(
  "after a gap all tables are copied again, whether they had been copied or not",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE done (id int PRIMARY KEY); INSERT INTO done VALUES (1), (2); ${SET_UP}, done`,
    );
    const checkpoint = memoryStore();
    const options = { checkpoint, snapshot: CHUNKS };
    {
      await using follower = await follow(server, options);
      await follower.copied();
      await follower.until(({ kind, table }) =>
        kind === "chunk" && table === "public.t"
      );
      // It is consumed once more is asked for.
      await follower.until(({ kind }) => kind === "read");
    }
    assertEquals(checkpoint.kept?.snapshot?.done.length, 1);
    const [under] = Object.values(checkpoint.kept?.snapshot?.tables ?? {});
    assert(under !== undefined && under.rows > 0);
    await sql(
      "SELECT pg_drop_replication_slot('s'); DELETE FROM t WHERE id = 1; DELETE FROM done WHERE id = 1",
    );
    await using follower = await follow(server, { ...options, gaps: "event" });
    const events = await follower.copied(2);
    assertEquals(events[0]?.kind, "gap");
    const begins = events.flatMap((event) =>
      event.kind === "snapshotBegin" ? [event] : []
    );
    assertEquals(
      begins.map(({ table, reason }) => `${table} ${reason}`).sort(),
      [
        ...["public.done gap", "public.t gap"],
      ],
    );
    assert(begins.every(({ run }) => run > under.run));
    assertEquals(
      [follower.rows("done").length, follower.rows("t").length],
      [1, ROWS - 1],
    );
  },
  { majors: [18] },
);
