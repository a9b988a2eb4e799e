import { assert, assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import {
  type Checkpoint,
  parseLsn,
  type ReplicationEvent,
  subscribe,
  type Subscription,
} from "@walbrook/walbrook";
import { applyToSqlite } from "@walbrook/walbrook/apply";
import { JSON_AS_TEXT } from "@walbrook/walbrook/encode";
import { deliver, DeliveryError } from "@walbrook/walbrook/sink";
import type { Stage } from "@walbrook/walbrook/stages";
import { testOnOldestAndNewest } from "../helpers/postgres.ts";
import { sourceOf, Workload } from "../sink/workload.ts";
import { until } from "../helpers/until.ts";

function follow(
  url: string,
  replica: ReturnType<typeof applyToSqlite>,
): Promise<Subscription> {
  return subscribe({
    connection: url,
    slot: { name: "s", create: true, wait: true },
    publication: "p",
    acknowledge: "manual",
    checkpoint: replica.checkpoint,
    types: JSON_AS_TEXT,
    until: "now",
  });
}

async function run(url: string, database: DatabaseSync): Promise<void> {
  const replica = applyToSqlite(database);
  await deliver(await follow(url, replica), replica).done;
}

testOnOldestAndNewest(
  "applyToSqlite() makes tables, and keeps the values of all kinds of columns",
  async ({ server, sql }) => {
    await sql(`CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE t (id int8 PRIMARY KEY, b bool, f float8, n numeric(10,2), t text,
      y bytea, j jsonb, a int[], ts timestamptz, m mood, r int4range, x text);
    CREATE SCHEMA app; CREATE TABLE app.u (k text, l int, v int, PRIMARY KEY (k, l));
    CREATE PUBLICATION p FOR ALL TABLES`);
    using database = new DatabaseSync(":memory:");
    await run(server.url, database);
    await sql(
      `INSERT INTO t VALUES (9007199254740993, true, 'NaN', 1.50, 'ä', '\\x00ff',
      '{"n": 12345678901234567890}', '{1,NULL}', '2024-01-01 00:00+01', 'sad', '[1,5)', NULL),
      (-1, false, -0.5, 'NaN', '', '', 'null', '{}', 'infinity', 'ok', 'empty', repeat('x', 3000));
    INSERT INTO app.u VALUES ('a', 1, 1), ('a', 2, 2)`,
    );
    await run(server.url, database);
    const statement = database.prepare("SELECT * FROM t ORDER BY id DESC");
    statement.setReadBigInts(true);
    assertEquals(statement.all().map((row) => Object.values(row)), [
      [
        ...[9007199254740993n, 1n, "NaN", "1.50", "ä", Uint8Array.of(0, 255)],
        ...['{"n": 12345678901234567890}', '["1",null]'.replaceAll('"1"', "1")],
        ...["2023-12-31 23:00:00+00", "sad", "[1,5)", null],
      ],
      [
        ...[-1n, 0n, -0.5, "NaN", "", new Uint8Array(0), "null", "[]"],
        ...["infinity", "ok", "empty", "x".repeat(3000)],
      ],
    ]);
    assertEquals(
      database.prepare('SELECT v FROM "app.u" ORDER BY v').all().length,
      2,
    );
  },
);

testOnOldestAndNewest(
  "applyToSqlite() begins with the rows that are there, while they change",
  async ({ server, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY, v int, big text);
      ALTER TABLE t ALTER big SET STORAGE EXTERNAL;
      INSERT INTO t SELECT i, 0, repeat('x', 3000) FROM generate_series(1, 1200) AS i;
      CREATE PUBLICATION p FOR TABLE t`);
    using database = new DatabaseSync(":memory:");
    // Each run ends in the middle of the copy, or of what is written meanwhile.
    let isCopied = false;
    for (let round = 0;; round++) {
      const replica = applyToSqlite(database);
      const subscription = await subscribe({
        connection: server.url,
        slot: { name: "s", create: true, wait: true },
        publication: "p",
        acknowledge: "manual",
        checkpoint: replica.checkpoint,
        snapshot: { chunkBytes: 500_000 },
      });
      const seesEnd: Stage = {
        apply: (event) => {
          isCopied ||= event.kind === "snapshotEnd";
          return event;
        },
      };
      const sink = deliver(subscription, replica, { stages: [seesEnd] });
      const from = round * 100;
      await sql(
        `UPDATE t SET v = v + 1 WHERE id % 7 = ${round % 7};
         DELETE FROM t WHERE id BETWEEN ${from} AND ${from + 9};
         UPDATE t SET id = id + 10000 WHERE id BETWEEN ${from + 10} AND ${
          from + 15
        };
         INSERT INTO t VALUES (${20_000 + round}, 0, 'y')`,
      );
      while (!isCopied && sink.report().acknowledged < 4) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await sink.close();
      if (isCopied) break;
    }
    await run(server.url, database);
    const rows = await sql(
      "SELECT id::int, v::int, length(big)::int AS l FROM t ORDER BY id",
    );
    assertEquals(
      database.prepare("SELECT id, v, length(big) AS l FROM t ORDER BY id")
        .all().map(({ id, v, l }) => `${id} ${v} ${l}`),
      rows.map(({ id, v, l }) => `${id} ${v} ${l}`),
    );
  },
);

testOnOldestAndNewest(
  "applyToSqlite() leaves alone what an update did not send, and follows keys that move",
  async ({ server, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY, v int, big text);
    ALTER TABLE t ALTER big SET STORAGE EXTERNAL;
    CREATE PUBLICATION p FOR TABLE t`);
    using database = new DatabaseSync(":memory:");
    await run(server.url, database);
    await sql(
      "INSERT INTO t VALUES (1, 1, repeat('x', 9000)), (2, 2, repeat('y', 9000)), (3, 3, 'z')",
    );
    await sql("UPDATE t SET v = 10 WHERE id = 1");
    await sql("UPDATE t SET id = 20, v = 20 WHERE id = 2");
    await sql("UPDATE t SET id = 30 WHERE id = 3");
    await sql("DELETE FROM t WHERE id = 30; INSERT INTO t VALUES (4, 4, NULL)");
    await run(server.url, database);
    const rows = database.prepare(
      "SELECT id, v, length(big) AS l FROM t ORDER BY id",
    ).all().map((row) => ({ ...row }));
    assertEquals(rows, [
      { id: 1, v: 10, l: 9000 },
      { id: 4, v: 4, l: null },
      { id: 20, v: 20, l: 9000 },
    ]);
    await sql("TRUNCATE t; INSERT INTO t VALUES (5, 5, 'a')");
    await run(server.url, database);
    assertEquals(database.prepare("SELECT id FROM t").all().length, 1);
  },
);

testOnOldestAndNewest(
  "applyToSqlite() follows what changes of a table",
  async ({ server, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY, a int, b text);
    CREATE PUBLICATION p FOR TABLE t`);
    using database = new DatabaseSync(":memory:");
    await run(server.url, database);
    await sql("INSERT INTO t VALUES (1, 1, 'x')");
    await run(server.url, database);
    // Without a subscription in between, and with one that sees them happen.
    await sql(
      "ALTER TABLE t ADD COLUMN c int DEFAULT 7; INSERT INTO t VALUES (2, 2, 'y', 8)",
    );
    await run(server.url, database);
    const replica = applyToSqlite(database);
    const subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "p",
      acknowledge: "manual",
      checkpoint: replica.checkpoint,
    });
    const sink = deliver(subscription, replica);
    const untilFound = (query: string) =>
      until(() => {
        try {
          return database.prepare(query).all().length > 0;
        } catch {
          return false;
        }
      });
    await sql("INSERT INTO t VALUES (3, 3, 'z', 9)");
    await untilFound("SELECT 1 FROM t WHERE id = 3");
    await sql(
      "ALTER TABLE t RENAME b TO text; INSERT INTO t VALUES (4, 4, 'w', 9)",
    );
    await untilFound("SELECT 1 FROM t WHERE id = 4 AND text = 'w'");
    await sql("ALTER TABLE t DROP COLUMN c; INSERT INTO t VALUES (5, 5, 'v')");
    await untilFound("SELECT 1 FROM t WHERE id = 5");
    await sql(
      "ALTER TABLE t ALTER a TYPE text; INSERT INTO t VALUES (6, 'six', 'u')",
    );
    await untilFound("SELECT 1 FROM t WHERE id = 6");
    await sql(
      "ALTER TABLE t RENAME TO s; INSERT INTO s VALUES (7, 'seven', 't')",
    );
    await untilFound("SELECT 1 FROM s WHERE id = 7");
    await sink.close();
    assertEquals(
      database.prepare("SELECT * FROM s ORDER BY id").all().map((row) => ({
        ...row,
      })),
      [
        { id: 1, text: "x", a: "1" },
        { id: 2, text: "y", a: "2" },
        { id: 3, text: "z", a: "3" },
        { id: 4, text: "w", a: "4" },
        { id: 5, text: "v", a: "5" },
        { id: 6, text: "u", a: "six" },
        { id: 7, text: "t", a: "seven" },
      ],
    );
  },
);

testOnOldestAndNewest(
  "applyToSqlite() refuses a table without a key, by its name",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE log (text text); CREATE PUBLICATION p FOR TABLE log`,
    );
    using database = new DatabaseSync(":memory:");
    await run(server.url, database);
    await sql("INSERT INTO log VALUES ('a')");
    await assertRejects(
      () => run(server.url, database),
      DeliveryError,
      "Cannot apply changes of public.log: it has neither a primary key",
    );
  },
);

testOnOldestAndNewest(
  "applyToSqlite() names the row that the database refuses, and commits nothing of its transaction",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v int); CREATE PUBLICATION p FOR TABLE t`,
    );
    using database = new DatabaseSync(":memory:");
    database.exec(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER CHECK (v < 10))",
    );
    await run(server.url, database);
    await sql("INSERT INTO t VALUES (1, 1)");
    await sql("INSERT INTO t VALUES (2, 2), (3, 30), (4, 4)");
    const error = await assertRejects(
      () => run(server.url, database),
      DeliveryError,
      "CHECK constraint failed",
    );
    assertEquals(error.key, "public.t/3");
    const ids = () =>
      database.prepare("SELECT id FROM t ORDER BY id").all().map(({ id }) =>
        id
      );
    assert(!ids().includes(2));
  },
);

testOnOldestAndNewest(
  "applyToSqlite() applies nothing twice, whatever the slot stands at",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, v int); CREATE PUBLICATION p FOR TABLE t`,
    );
    using database = new DatabaseSync(":memory:");
    await run(server.url, database);
    await sql("INSERT INTO t VALUES (1, 1)");
    await run(server.url, database);
    database.exec(
      "CREATE TABLE seen (id INTEGER); CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO seen VALUES (new.id); END",
    );
    await sql("INSERT INTO t VALUES (2, 2)");
    // A run whose acknowledgements are lost, by a subscription that knows no checkpoint.
    const replica = applyToSqlite(database);
    const lost = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "p",
      acknowledge: "manual",
      until: "now",
    });
    await deliver(
      {
        acknowledgement: "manual",
        system: lost.system,
        batches: lost.batches,
        acknowledge: () => {},
      },
      replica,
      { drainMs: 100 },
    ).done;
    await lost.close();
    await sql("INSERT INTO t VALUES (3, 3)");
    const again = applyToSqlite(database);
    await deliver(
      await subscribe({
        connection: server.url,
        slot: "s",
        publication: "p",
        acknowledge: "manual",
        until: "now",
      }),
      again,
    ).done;
    assertEquals(
      database.prepare("SELECT id FROM seen ORDER BY id").all().map(({ id }) =>
        id
      ),
      [2, 3],
    );
  },
);

const SYSTEM = { systemId: "7412061329485321", timeline: 1 };

Deno.test("applyToSqlite() refuses the changes of another cluster", async () => {
  using database = new DatabaseSync(":memory:");
  const workload = new Workload();
  const first = { ...sourceOf([workload.transaction([1])]), system: SYSTEM };
  await deliver(first, applyToSqlite(database)).done;
  const other = {
    ...sourceOf([workload.transaction([1])]),
    system: { ...SYSTEM, systemId: "1" },
  };
  const sink = deliver(other, applyToSqlite(database));
  await assertRejects(() => sink.done, Error, "these are of cluster 1");
});

Deno.test("applyToSqlite() lets only one process apply under a name", async () => {
  using database = new DatabaseSync(":memory:");
  const workload = new Workload();
  let go: () => void = () => {};
  const held = new Promise<void>((resolve) => go = resolve);
  const batches = [1, 2, 3].map((id) => workload.transaction([id]));
  async function* slowly(): AsyncGenerator<ReplicationEvent[]> {
    yield batches[0]!;
    await held;
    yield batches[1]!;
  }
  const first = { ...sourceOf(slowly()), system: SYSTEM };
  const sink = deliver(first, applyToSqlite(database));
  await until(() => first.acknowledged.length > 0);
  const second = { ...sourceOf([batches[2]!]), system: SYSTEM };
  await deliver(second, applyToSqlite(database)).done;
  go();
  await assertRejects(() => sink.done, DeliveryError, "another process");
});

Deno.test("the checkpoint of applyToSqlite() keeps the higher position, and the progress of a copy", async () => {
  using database = new DatabaseSync(":memory:");
  const { checkpoint } = applyToSqlite(database);
  assertEquals(await checkpoint.load(), null);
  const lsn = (text: string) => ({ ...SYSTEM, lsn: parseLsn(text) });
  await checkpoint.save(lsn("0/10"));
  await checkpoint.save(lsn("0/8"));
  assertEquals(await checkpoint.load(), lsn("0/10"));
  const snapshot = { version: 1, tables: {} };
  await checkpoint.save({ ...lsn("0/18"), snapshot } as unknown as Checkpoint);
  assertEquals(
    await applyToSqlite(database).checkpoint.load() as unknown,
    { ...lsn("0/18"), snapshot },
  );
  assertEquals(
    await applyToSqlite(database, { name: "b" }).checkpoint.load(),
    null,
  );
});

function copyOf(
  run: number,
  ids: readonly number[],
  workload: Workload,
): ReplicationEvent[] {
  const [change] = workload.transaction([1]).slice(1, 2);
  const { relation } = change as { relation: unknown } & ReplicationEvent;
  const place = (index: number) => ({
    transaction: null,
    index,
    lsn: 0x10n,
    run,
    relation,
  });
  return [
    { kind: "snapshotBegin", ...place(0) },
    ...ids.map((id, i) => ({
      kind: "read",
      ...place(i + 1),
      newRow: { id, n: 1 },
    })),
    { kind: "chunk", ...place(ids.length + 1) },
  ] as unknown as ReplicationEvent[];
}

Deno.test("applyToSqlite() sweeps the rows that a copy did not bring", async () => {
  using database = new DatabaseSync(":memory:");
  const workload = new Workload();
  const ids = () =>
    database.prepare("SELECT id FROM items ORDER BY id").all().map(({ id }) =>
      id
    );
  const apply = (events: ReplicationEvent[]) =>
    deliver({ ...sourceOf([events]), system: SYSTEM }, applyToSqlite(database))
      .done;
  const end = (run: number, aborted: string | null = null) =>
    [{
      ...copyOf(run, [], workload)[0]!,
      kind: "snapshotEnd",
      aborted,
    }] as unknown as ReplicationEvent[];
  await apply([...copyOf(1, [1, 2, 3], workload), ...end(1)]);
  assertEquals(ids(), [1, 2, 3]);
  // Deletes were lost in a gap: 2 is a ghost. 7 is inserted while the table is copied.
  await apply(copyOf(2, [1], workload));
  // The copy goes on after a restart.
  await apply([
    ...copyOf(2, [3], workload),
    ...workload.transaction([7]),
    ...end(2),
  ]);
  assertEquals(ids(), [1, 3, 7]);
  // One that was given up removes nothing.
  await apply([...copyOf(3, [1], workload), ...end(3, "cancelled")]);
  assertEquals(ids(), [1, 3, 7]);
  assertEquals(
    database.prepare(
      "SELECT count(*) AS n FROM sqlite_schema WHERE name LIKE 'walbrook_seen%'",
    )
      .all().map(({ n }) => n),
    [0],
  );
});
