import { assert, assertEquals, assertRejects } from "@std/assert";
import pg from "pg";
import {
  subscribe,
  type SubscribeOptions,
  type Subscription,
} from "@walbrook/walbrook";
import {
  applyToPostgres,
  type ApplyToPostgresOptions,
} from "@walbrook/walbrook/apply";
import { JSON_AS_TEXT } from "@walbrook/walbrook/encode";
import { deliver, DeliveryError, type Sink } from "@walbrook/walbrook/sink";
import {
  connectSql,
  type ServerContext,
  type SqlClient,
  testOnOldestAndNewest,
} from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";
import { untilTrue } from "../helpers/until_true.ts";

/** A client of `pg`, which has no types here. */
interface Emitter {
  on(event: "error", listener: () => void): unknown;
}

/** A source with a publication of all tables, and an empty database beside it. */
interface Pair {
  readonly source: SqlClient;
  readonly target: SqlClient;
  readonly targetUrl: string;
  /** Applies everything that has committed. */
  readonly apply: (options?: ApplyToPostgresOptions) => Promise<void>;
  /** Applies until the sink is closed. */
  readonly start: (
    more?: Partial<SubscribeOptions>,
    options?: ApplyToPostgresOptions,
  ) => Promise<Sink>;
}

async function withPair(
  { server, sql }: ServerContext,
  run: (pair: Pair) => Promise<void>,
): Promise<void> {
  await sql("CREATE DATABASE copy");
  await sql("CREATE PUBLICATION p FOR ALL TABLES");
  const url = new URL(server.url);
  url.pathname = "/copy";
  const targetUrl = url.href;
  await using target = connectSql(targetUrl);
  const pool = new pg.Pool({ connectionString: targetUrl });
  pool.on("error", () => {});
  // A connection may be lost before or after it is in use, too.
  pool.on("connect", (client: Emitter) => client.on("error", () => {}));
  const follow = (
    replica: ReturnType<typeof applyToPostgres>,
    more: Partial<SubscribeOptions>,
  ): Promise<Subscription> =>
    subscribe({
      connection: server.url,
      slot: { name: "s", create: true, wait: true },
      publication: "p",
      acknowledge: "manual",
      checkpoint: replica.checkpoint,
      types: JSON_AS_TEXT,
      ...more,
    });
  const start: Pair["start"] = async (more = {}, options = {}) => {
    const replica = applyToPostgres(pool, options);
    return deliver(await follow(replica, more), replica, {
      retry: { initialDelayMs: 20 },
    });
  };
  const apply = async (options: ApplyToPostgresOptions = {}) =>
    await (await start({ until: "now" }, options)).done;
  try {
    await apply();
    await run({ source: sql, target, targetUrl, apply, start });
  } finally {
    await pool.end();
  }
}

/** Fails unless a table has the same rows in both databases. */
async function assertSame(
  { source, target }: Pair,
  table: string,
): Promise<void> {
  const query = `SELECT t::text AS r FROM ${table} AS t ORDER BY 1`;
  assertEquals(await target(query), await source(query));
}

testOnOldestAndNewest(
  "applyToPostgres() makes tables, and keeps the values of all kinds of columns",
  (context) =>
    withPair(context, async (pair) => {
      const types = `CREATE TYPE mood AS ENUM ('sad', 'ok');
      CREATE TYPE part AS (a int, b text, j json);
      CREATE EXTENSION hstore`;
      await pair.source(types);
      await pair.source(
        `CREATE TABLE t (id int8 PRIMARY KEY, b bool, f float8, n numeric(10,2),
        t text, c char(5), v varchar(9), y bytea, j json, k jsonb, a int[], ts timestamptz,
        r int4range, m int4multirange, u uuid, i interval, d date, x "char", bits bit(3),
        e text[], p point, nj jsonb, boxes box[]);
      CREATE TABLE own (id int PRIMARY KEY, m mood, p part, l part[], h hstore, d mood[]);
      CREATE SCHEMA app; CREATE TABLE app.u (k text, l int, v int, PRIMARY KEY (k, l))`,
      );
      // The target has the types, and the table for them.
      await pair.target(`${types};
      CREATE TABLE own (id int PRIMARY KEY, m mood, p part, l part[], h hstore, d mood[])`);
      await pair.source(
        `INSERT INTO t VALUES (9007199254740993, true, 'NaN', 1.50, E'ä"\\\\\\n{,}',
        'ab', 'x', '\\x00ff', '{"n": 12345678901234567890}', '{"a": ["x\\""]}', '{{1,NULL},{3,4}}',
        '2024-01-01 00:00+01', '[1,5)', '{[1,2],[5,7)}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
        '1 year -3 days 04:05:06.7', '0044-03-15 BC', 'c', B'101', '{"a,b",NULL,"","NULL"}',
        '(1,2)', 'null', '{(1,1),(0,0);(2,2),(0,0)}'),
      (-1, false, '-Infinity', 'NaN', '', NULL, NULL, '', '"text"', '1', '{}', 'infinity',
        'empty', '{}', NULL, '0', 'infinity', '', B'000', '{}', NULL, 'true', NULL);
      INSERT INTO own VALUES (1, 'sad', '(1,"x,y","{""q"": 1}")', '{"(2,,)",NULL}', 'a=>1,b=>NULL', '{ok}');
      INSERT INTO app.u VALUES ('a', 1, 1), ('a', 2, 2)`,
      );
      await pair.apply();
      for (const table of ["t", "own", "app.u"]) await assertSame(pair, table);
      await pair.source(
        `UPDATE t SET a = '{9}', j = '[1]', e = '{x}' WHERE id = -1;
      UPDATE own SET p = NULL, h = '', l = '{}';
      UPDATE app.u SET v = v + 1; DELETE FROM app.u WHERE l = 1`,
      );
      await pair.apply();
      for (const table of ["t", "own", "app.u"]) await assertSame(pair, table);
      const { column_count } = (await pair.target(
        "SELECT count(*) AS column_count FROM information_schema.columns WHERE table_name = 't' AND data_type = 'text'",
      ))[0]!;
      assertEquals(column_count, "1");
    }),
);

testOnOldestAndNewest(
  "applyToPostgres() puts the changes of a row together, and leaves alone what was not sent",
  (context) =>
    withPair(context, async (pair) => {
      await pair.source(`CREATE TABLE t (id int PRIMARY KEY, v int, big text);
      ALTER TABLE t ALTER big SET STORAGE EXTERNAL;
      INSERT INTO t SELECT i, i, repeat('x', 3000) FROM generate_series(1, 20) AS i`);
      await pair.apply();
      await pair.source(`BEGIN;
      UPDATE t SET v = v + 1 WHERE id <= 10; UPDATE t SET v = v + 1 WHERE id <= 5;
      UPDATE t SET big = 'short' WHERE id = 2; UPDATE t SET v = 0 WHERE id = 2;
      DELETE FROM t WHERE id = 3; INSERT INTO t VALUES (3, 33, 'new');
      UPDATE t SET v = 34 WHERE id = 3; DELETE FROM t WHERE id = 4;
      INSERT INTO t VALUES (21, 1, repeat('y', 3000)); UPDATE t SET v = 2 WHERE id = 21;
      UPDATE t SET id = 100, v = 7 WHERE id = 6; UPDATE t SET v = 8 WHERE id = 100;
      UPDATE t SET id = 6 WHERE id = 7; UPDATE t SET id = 7 WHERE id = 100;
      COMMIT`);
      await pair.source("UPDATE t SET v = v * 2 WHERE id % 2 = 0");
      await pair.source("DELETE FROM t WHERE id IN (19, 20)");
      await pair.apply();
      await assertSame(pair, "t");
      await pair.source("TRUNCATE t; INSERT INTO t VALUES (1, 1, 'a')");
      await pair.apply();
      await assertSame(pair, "t");
    }),
);

testOnOldestAndNewest(
  "applyToPostgres() follows what changes of a table",
  (context) =>
    withPair(context, async (pair) => {
      const { source, target } = pair;
      await source("CREATE TABLE t (id int PRIMARY KEY, a int, b text)");
      await source("INSERT INTO t VALUES (1, 1, 'x')");
      await pair.apply();
      await source(
        "ALTER TABLE t ADD COLUMN c int; INSERT INTO t VALUES (2, 2, 'y', 8)",
      );
      await pair.apply();
      await assertSame(pair, "t");
      const sink = await pair.start();
      const untilFound = (query: string) =>
        until(async () =>
          await target.value(`SELECT 1 FROM ${query}`).catch(() => null) === "1"
        );
      await source("INSERT INTO t VALUES (3, 3, 'z', 9)");
      await untilFound("t WHERE id = 3");
      await source(
        "ALTER TABLE t RENAME b TO text; INSERT INTO t VALUES (4, 4, 'w', 9)",
      );
      await untilFound("t WHERE id = 4 AND text = 'w'");
      await source(
        "ALTER TABLE t DROP COLUMN c; INSERT INTO t VALUES (5, 5, 'v')",
      );
      await untilFound("t WHERE id = 5");
      await source(
        "ALTER TABLE t ALTER a TYPE text; INSERT INTO t VALUES (6, 'six', 'u')",
      );
      await untilFound("t WHERE id = 6");
      await source(
        "CREATE SCHEMA app; ALTER TABLE t SET SCHEMA app; ALTER TABLE app.t RENAME TO s; INSERT INTO app.s VALUES (7, 'seven', 't')",
      );
      await untilFound("app.s WHERE id = 7");
      await source(
        "ALTER TABLE app.s DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (text); INSERT INTO app.s VALUES (7, 'again', 'k')",
      );
      await source("UPDATE app.s SET a = 'changed' WHERE text = 'k'");
      // The key of the target's table is still there.
      await target("ALTER TABLE app.s DROP CONSTRAINT t_pkey");
      await untilFound("app.s WHERE a = 'changed'");
      await sink.close();
      await assertSame(pair, "app.s");
    }),
);

testOnOldestAndNewest(
  "applyToPostgres() keeps the order of changes where foreign keys, triggers or unique columns make it count",
  (context) =>
    withPair(context, async (pair) => {
      const tables =
        `CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE);
      CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent)`;
      await pair.source(tables);
      await pair.target(`${tables};
      CREATE TABLE log (n serial, what text);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.log (what) VALUES (tg_op || ' ' || coalesce(new.id, old.id)); RETURN NULL; END $$;
      CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON child FOR EACH ROW EXECUTE FUNCTION note()`);
      await pair.source(`BEGIN;
      INSERT INTO parent VALUES (1, 'a'), (2, 'b'); INSERT INTO child VALUES (1, 1), (2, 2);
      INSERT INTO parent VALUES (3, 'c'); INSERT INTO child VALUES (3, 3);
      UPDATE parent SET code = 'x' WHERE id = 1; UPDATE parent SET code = 'a' WHERE id = 2;
      UPDATE parent SET code = 'b' WHERE id = 1;
      UPDATE child SET parent = 1 WHERE id = 3; DELETE FROM parent WHERE id = 3;
      DELETE FROM child WHERE id = 1; INSERT INTO child VALUES (1, 2); COMMIT`);
      await pair.apply();
      await assertSame(pair, "parent");
      await assertSame(pair, "child");
      const log = await pair.target("SELECT what FROM log ORDER BY n");
      assertEquals(log.map(({ what }) => what), [
        ...[
          "INSERT 1",
          "INSERT 2",
          "INSERT 3",
          "UPDATE 3",
          "DELETE 1",
          "INSERT 1",
        ],
      ]);
    }),
);

testOnOldestAndNewest(
  "applyToPostgres() leaves generated columns to the target, and writes identity columns",
  (context) =>
    withPair(context, async (pair) => {
      await pair.source(
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, twice int)",
      );
      await pair.target(
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED, own text DEFAULT 'own')",
      );
      await pair.source(
        "INSERT INTO t (a, twice) SELECT i, 0 FROM generate_series(5, 7) AS i; UPDATE t SET a = 9 WHERE id = 2",
      );
      await pair.apply();
      assertEquals(
        await pair.target("SELECT id, a, twice, own FROM t ORDER BY id"),
        [
          { id: "1", a: "5", twice: "10", own: "own" },
          { id: "2", a: "9", twice: "18", own: "own" },
          { id: "3", a: "7", twice: "14", own: "own" },
        ],
      );
    }),
);

testOnOldestAndNewest(
  "applyToPostgres() names the row that the target refuses, and commits nothing of its transaction",
  (context) =>
    withPair(context, async (pair) => {
      await pair.source("CREATE TABLE t (id int PRIMARY KEY, v int)");
      await pair.target(
        "CREATE TABLE t (id int PRIMARY KEY, v int CHECK (v < 10))",
      );
      await pair.source("INSERT INTO t VALUES (1, 1)");
      await pair.apply();
      await pair.source("INSERT INTO t VALUES (2, 2), (3, 30), (4, 4)");
      const error = await assertRejects(
        () => pair.apply(),
        DeliveryError,
        "check",
      );
      assertEquals(error.key, "public.t/3");
      assertEquals(await pair.target.value("SELECT count(*) FROM t"), "1");
      await pair.target("ALTER TABLE t DROP CONSTRAINT t_v_check");
      await pair.apply();
      await assertSame(pair, "t");
    }),
);

testOnOldestAndNewest(
  "applyToPostgres() refuses a table without a key by its name",
  (context) =>
    withPair(context, async (pair) => {
      await pair.source(
        "CREATE TABLE log (text text); INSERT INTO log VALUES ('a')",
      );
      await assertRejects(
        () => pair.apply(),
        DeliveryError,
        "Cannot apply changes of public.log: it has neither a primary key",
      );
    }),
);

testOnOldestAndNewest(
  "applyToPostgres() applies everything once, although its connection is cut again and again",
  (context) =>
    withPair(context, async (pair) => {
      const { source, target } = pair;
      await source("CREATE TABLE t (id int PRIMARY KEY, v int)");
      await target(
        "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE times (id int, v int)",
      );
      await target(`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.times VALUES (new.id, new.v); RETURN NULL; END $$;
      CREATE TRIGGER note AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note()`);
      const sink = await pair.start();
      const retries = () => sink.report().destinations[0]!.retries;
      let round = 0;
      // Until at least one cut has hit a write.
      while (round < 12 || (retries() === 0 && round < 1_000)) {
        round++;
        await source(
          `INSERT INTO t SELECT i, ${round} FROM generate_series(1, 50) AS i
        ON CONFLICT (id) DO UPDATE SET v = excluded.v`,
        );
        await target(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = 'copy' AND pid <> pg_backend_pid()`);
      }
      await untilTrue(target, `(SELECT min(v) FROM t) = ${round}`);
      await sink.close();
      await assertSame(pair, "t");
      assertEquals(
        await target.value("SELECT count(*) FROM times"),
        `${50 * round}`,
      );
      assert(retries() > 0);
    }),
);

testOnOldestAndNewest(
  "applyToPostgres() begins with the rows that are there, while they change, and sweeps what a gap left",
  (context) =>
    withPair(context, async (pair) => {
      const { source, target } = pair;
      await source(`CREATE TABLE t (id int PRIMARY KEY, v int, big text);
      ALTER TABLE t ALTER big SET STORAGE EXTERNAL;
      INSERT INTO t SELECT i, 0, repeat('x', 3000) FROM generate_series(1, 900) AS i`);
      // Ghosts: rows whose deletion was lost.
      await target(
        "CREATE TABLE t (id int PRIMARY KEY, v int, big text); INSERT INTO t VALUES (-1, 0, 'ghost'), (5, 5, 'old')",
      );
      let isCopied = false;
      for (let round = 0; !isCopied; round++) {
        const sink = await pair.start({ snapshot: { chunkBytes: 400_000 } });
        await source(`UPDATE t SET v = v + 1 WHERE id % 5 = ${round % 5};
        DELETE FROM t WHERE id BETWEEN ${round * 50} AND ${round * 50 + 3};
        UPDATE t SET id = id + 10000 WHERE id BETWEEN ${round * 50 + 10} AND ${
          round * 50 + 12
        };
        INSERT INTO t VALUES (${20000 + round}, 0, 'y')`);
        while (!isCopied && sink.report().acknowledged < 4) {
          isCopied = await target.value(
            "SELECT bool_and(seen IS NULL) FROM walbrook.copies",
          ) === "t";
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await sink.close();
      }
      await pair.apply();
      await assertSame(pair, "t");
      assertEquals(
        await target.value("SELECT to_regclass('walbrook.seen') IS NULL"),
        "t",
      );
    }),
);
