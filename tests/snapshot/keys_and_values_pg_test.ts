import { assertEquals } from "@std/assert";
import type { Row } from "@walbrook/walbrook";
import { testOnPostgres } from "../helpers/postgres.ts";
import { follow, messageSql } from "./follower.ts";

/** Keys whose order and text are of interest: the type, and 400 values in SQL. */
const KEYS: readonly (readonly [string, string])[] = [
  ["int8", "i::int8 * 1000000007 - 200000000000"],
  [
    "text",
    "chr(97 + i % 26) || chr(65 + i % 7) || CASE WHEN i % 3 = 0 THEN E'\\t\\\\''x' ELSE 'é' END || i",
  ],
  ['text COLLATE "C"', "chr(97 + i % 26) || 'B' || i"],
  ["uuid", "md5(i::text)::uuid"],
  ["numeric(20,5)", "i / 7.0 - 20"],
  [
    "timestamptz",
    "timestamptz '1999-12-31 23:59:59.999999+00' + i * interval '1.000001 s'",
  ],
  ["date", "date '2000-01-01' - i"],
  ["bytea", "decode(md5(i::text), 'hex')"],
  ["char(8)", "'k' || i"],
  ["bit(12)", "i::bit(12)"],
  [
    "float8",
    "CASE WHEN i = 1 THEN 'NaN' WHEN i = 2 THEN '-Infinity' ELSE sin(i)::text END::float8",
  ],
  ["mood", "(ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::mood"],
  ["inet", "('10.0.' || i % 256 || '.' || i / 256)::inet"],
  ["int4range", "int4range(i, i + 5)"],
  ["odd", "(i * 2 + 1)::odd"],
  // Upper and lower case are equal, and sort together.
  ["text COLLATE caseless", "chr(65 + 32 * (i % 2) + i % 26) || i / 7"],
  ['text COLLATE "de-x-icu"', "chr(65 + 32 * (i % 2) + i % 26) || 'ä' || i"],
];

for (const binary of [false, true]) {
  testOnPostgres(
    `rows come once each by keys of all types, ${
      binary ? "in binary format" : "as text"
    }`,
    async ({ server, sql }) => {
      await sql(
        `CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE DOMAIN odd AS int CHECK (VALUE % 2 = 1);
        CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
      );
      for (const [i, [type, value]] of KEYS.entries()) {
        await sql(
          `CREATE TABLE t${i} (k ${type}, n int, v text, PRIMARY KEY (k, n));
        INSERT INTO t${i} SELECT ${value}, i, 'v' || i FROM generate_series(1, 400) i`,
        );
      }
      await sql("CREATE PUBLICATION p FOR ALL TABLES");
      await using follower = await follow(server, {
        key: ["n"],
        binary,
        snapshot: { chunkBytes: 2_000 },
      });
      const counts = new Map<string, number>();
      for (const event of await follower.copied(KEYS.length)) {
        if (event.kind !== "read") continue;
        const id = `${event.table} ${event.newRow.n}`;
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      for (const [i, [type]] of KEYS.entries()) {
        const own = [...counts].filter(([id]) =>
          id.startsWith(`public.t${i} `)
        );
        assertEquals([own.length, own.filter(([, n]) => n > 1).length], [
          400,
          0,
        ], type);
      }
    },
    { majors: [14, 18] },
  );

  testOnPostgres(
    `a copied row is equal to the streamed one, ${
      binary ? "in binary format" : "as text"
    }`,
    async ({ server, sql }) => {
      await sql(
        "CREATE TYPE pair AS (a int, b text); CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN amount AS numeric(8,2)",
      );
      await sql(
        `CREATE TABLE t (id int PRIMARY KEY, a bool, b int2, c int8, d numeric, e float4, f float8, g text, h varchar(9), i bytea,
      j json, k jsonb, l timestamptz, m timestamp, n date, o time, p interval, q uuid, r inet, s int[], u text[], v pair, w mood, x int4range,
      y money, z amount, aa xml, bb point, cc oid, dd "char", ee bit(3), ff tsvector, gg pair[], hh regclass)`,
      );
      await sql("CREATE PUBLICATION p FOR TABLE t");
      const row =
        `true, 1, 9007199254740993, 1.10, 1.5, 'NaN', E'a\\tb\\nc\\\\N\\\\\\\\d', '\\N', '\\x00ff5c09', '{"a": [1, "x\\ty"]}', '{"b": null}',
      '2024-02-29 12:00:00.123456+00', 'infinity', '0044-03-15 BC', '24:00', '1 mon -2 days 03:04:05', md5('x')::uuid, '10.0.0.1/8',
      '{1,NULL,3}', E'{"a\\\\tb","NULL",NULL,"c,d"}', ROW(1, E'x\\t"y"'), 'ok', '[1,5)', '12.34', 5.5, '<a>b</a>', '(1,2)', 42, 'x', '101',
      'a b:2', ARRAY[ROW(1,'p')::pair, NULL], 'pg_class'`;
      await sql(
        `SET client_min_messages = error; INSERT INTO t VALUES (1, ${row}); INSERT INTO t (id) VALUES (2)`,
      );
      await using follower = await follow(server, { binary });
      const rows: Record<string, Row> = {};
      for (const event of await follower.copied()) {
        if (event.kind === "read") {
          rows[`read ${event.newRow.id}`] = event.newRow;
        }
      }
      await sql(
        `INSERT INTO t VALUES (3, ${row}); INSERT INTO t (id) VALUES (4); ${
          messageSql("end")
        }`,
      );
      for (const event of await follower.message("end")) {
        if (event.kind === "insert") {
          rows[`insert ${event.newRow.id}`] = event.newRow;
        }
      }
      assertEquals({ ...rows["read 1"], id: 0 }, {
        ...rows["insert 3"],
        id: 0,
      });
      assertEquals({ ...rows["read 2"], id: 0 }, {
        ...rows["insert 4"],
        id: 0,
      });
    },
    { majors: [14, 18] },
  );

  testOnPostgres(
    `a copied value of an extension's type is equal to the streamed one, ${
      binary ? "in binary format" : "as text"
    }`,
    async ({ server, sql }) => {
      for (const name of ["hstore", "citext", "cube", "seg", "ltree"]) {
        await sql(`CREATE EXTENSION ${name}`);
      }
      // A cube has a binary format that nobody here reads, a seg has none: nor has a seg[].
      const tables = {
        t: [
          "h hstore, c citext, l ltree, u cube, s seg, a hstore[], b cube[]",
          "'a=>1', 'Hey', 'a.b', '(1,2)', '1..2', ARRAY['a=>1'::hstore], ARRAY['(1,2)'::cube]",
        ],
        w: ["u cube, s seg[]", "'(1,2)', ARRAY['1..2'::seg]"],
      };
      for (const [table, [columns, values]] of Object.entries(tables)) {
        await sql(`CREATE TABLE ${table} (id int PRIMARY KEY, ${columns});
          INSERT INTO ${table} VALUES (1, ${values});
          CREATE PUBLICATION ${table} FOR TABLE ${table}`);
        for (const typeLookup of [true, false]) {
          await using follower = await follow(server, {
            slot: { name: `${table}_${typeLookup}`, create: true },
            ...{ publication: table, binary, typeLookup },
          });
          const copied = await follower.copied();
          await sql(`DELETE FROM ${table} WHERE id = 2;
            INSERT INTO ${table} VALUES (2, ${values}); ${messageSql("end")}`);
          const streamed = await follower.message("end");
          const read = copied.find(({ kind }) => kind === "read");
          const insert = streamed.find(({ kind }) => kind === "insert");
          if (read?.kind !== "read" || insert?.kind !== "insert") {
            throw new Error("A row is missing");
          }
          assertEquals({ ...read.newRow, id: 0 }, { ...insert.newRow, id: 0 });
          const isOpaque = insert.newRow.u instanceof Uint8Array;
          // One column without a binary format has all values sent as text.
          assertEquals(isOpaque, binary && table === "t");
        }
      }
    },
    { majors: [14, 18] },
  );

  testOnPostgres(
    `a moved row keeps the value that did not come along, ${
      binary ? "in binary format" : "as text"
    }`,
    async ({ server, sql }) => {
      await sql(
        `CREATE TABLE t (id int PRIMARY KEY, v int, body text); ALTER TABLE t ALTER body SET STORAGE EXTERNAL;
      INSERT INTO t SELECT i, 0, (SELECT string_agg(md5((i * 1000 + x)::text), '') FROM generate_series(1, 80) x) FROM generate_series(1, 300) i;
      CREATE PUBLICATION p FOR TABLE t`,
      );
      await using follower = await follow(server, {
        binary,
        snapshot: { chunkBytes: 60_000 },
      });
      await follower.until(({ kind }) => kind === "chunk");
      // From behind the copy to before it, and the other way round.
      await sql(
        "UPDATE t SET id = id - 1000 WHERE id > 280; UPDATE t SET id = id + 1000 WHERE id BETWEEN 1 AND 10",
      );
      await follower.copied();
      await sql(messageSql("end"));
      await follower.message("end");
      const truth = await sql("SELECT id, body FROM t");
      const held = new Map(
        follower.rows("t").map(({ id, body }) => [String(id), body]),
      );
      assertEquals(held.size, truth.length);
      for (const { id, body } of truth) assertEquals(held.get(id!), body);
    },
    { majors: [14, 18] },
  );
}
