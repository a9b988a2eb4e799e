import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Row, subscribe } from "@walbrook/walbrook";
import { connect, describeTypes } from "@walbrook/walbrook/replication";
import { createCodecFinder } from "@walbrook/walbrook/values";
import { connectSql, testOnPostgres, withServer } from "../helpers/postgres.ts";
import { range } from "../values/value_table.ts";
import { collect, makeSlots } from "../subscription/collect_rows.ts";

const SET_UP = String.raw`
  CREATE EXTENSION hstore;
  CREATE EXTENSION citext;
  CREATE EXTENSION ltree;
  CREATE EXTENSION cube;
  CREATE SCHEMA "Odd ""schema""";
  CREATE TYPE mood AS ENUM ('sad', 'it''s, "ok"', 'happy');
  CREATE DOMAIN positive AS int8 CHECK (VALUE > 0);
  CREATE DOMAIN tags AS text[];
  CREATE TYPE pair AS (a int, "b ""q""" text, "__proto__" timestamptz);
  CREATE TYPE "Odd ""schema""".nested AS (p pair, ps pair[], m mood, d positive, r int4range);
  CREATE DOMAIN some_pair AS pair;
  CREATE TYPE nothing AS ();
  CREATE TYPE floats AS RANGE (subtype = float8);
  CREATE TYPE moods AS RANGE (subtype = mood);
  CREATE TYPE pairs AS RANGE (subtype = pair);
  CREATE TABLE t (
    id int PRIMARY KEY, m mood, ms mood[], d positive, ds positive[], g tags, p pair,
    ps pair[], n "Odd ""schema""".nested, sp some_pair, f floats, fm floatsmulti,
    mr moods, pr pairs, h hstore, hs hstore[], c citext, l ltree, e nothing, w t_row
  )`.replace(", w t_row", "").replace("floatsmulti", "floats_multirange");

const VALUES:
  readonly (readonly [name: string, sql: string, value: unknown])[] = [
    ["m", String.raw`'it''s, "ok"'`, `it's, "ok"`],
    ["ms", String.raw`array['sad', NULL, 'it''s, "ok"']::mood[]`, [
      "sad",
      null,
      `it's, "ok"`,
    ]],
    ["d", "7", 7n],
    ["ds", "'{1,NULL}'", [1n, null]],
    ["g", "'{a,\"b,c\"}'", ["a", "b,c"]],
    [
      "p",
      String.raw`row(1, 'a,"b\c)(', '2024-02-29 00:00+00')`,
      pair(1, String.raw`a,"b\c)(`, "2024-02-29 00:00:00+00"),
    ],
    [
      "ps",
      `array[row(NULL, '', NULL), NULL, row(2, ' ', 'infinity')]::pair[]`,
      [
        pair(null, "", null),
        null,
        pair(2, " ", "infinity"),
      ],
    ],
    [
      "n",
      `row(row(1, 'x"', NULL), array[row(3, E'\\n', NULL)]::pair[], 'happy', 5, '[1,3)')`,
      {
        p: pair(1, 'x"', null),
        ps: [pair(3, "\n", null)],
        m: "happy",
        d: 5n,
        r: range(1, 3, "[)"),
      },
    ],
    ["sp", "row(4, NULL, NULL)", pair(4, null, null)],
    ["f", "'[-0.5,Infinity)'", range(-0.5, Infinity, "[)")],
    ["fm", "'{[1,2],(3.25,)}'", [
      range(1, 2, "[]"),
      range(3.25, null, "()"),
    ]],
    [
      "mr",
      `moods('sad', 'it''s, "ok"', '[]')`,
      range("sad", `it's, "ok"`, "[]"),
    ],
    [
      "pr",
      `pairs(row(1, 'a"', NULL)::pair, row(2, '(', NULL)::pair)`,
      range(pair(1, 'a"', null), pair(2, "(", null), "[)"),
    ],
    [
      "h",
      String
        .raw`hstore(array['a', '__proto__', 'q"', 'b\', ''], array['1', 'p', NULL, 'NULL', ', ']::text[])`,
      JSON.parse(
        String
          .raw`{"a": "1", "__proto__": "p", "q\"": null, "b\\": "NULL", "": ", "}`,
      ),
    ],
    ["hs", `array['a=>1', NULL, '']::hstore[]`, [{ a: "1" }, null, {}]],
    ["c", "'CiText'", "CiText"],
    ["l", "'a.b.c'", "a.b.c"],
    ["e", "row()", {}],
  ];

function pair(a: unknown, b: unknown, proto: unknown): unknown {
  const made = JSON.parse(`{"a": 0, "b \\"q\\"": 0, "__proto__": 0}`);
  made.a = a;
  made['b "q"'] = b;
  Object.defineProperty(made, "__proto__", { value: proto });
  return made;
}

testOnPostgres(
  "subscribe() reads values of the database's own types",
  async ({ server, sql }, t) => {
    await sql(SET_UP);
    await sql("CREATE PUBLICATION p FOR TABLE t");
    const slots = [
      "text",
      "binary",
      "own",
      "own_binary",
      "no_lookup",
      "refused",
    ];
    await makeSlots(sql, slots);
    const names = VALUES.map(([name]) => name);
    const values = VALUES.map(([, one]) => one);
    await sql(
      `INSERT INTO t (id, ${names.join(", ")}) VALUES (1, ${
        values.join(", ")
      })`,
    );
    await sql("INSERT INTO t (id) VALUES (2)");
    const expected = Object.fromEntries([
      ["id", 1],
      ...VALUES.map(([name, , value]) => [name, value]),
    ]);
    const nulls = Object.fromEntries([
      ["id", 2],
      ...names.map((name) => [name, null]),
    ]);

    for (const binary of [false, true]) {
      await t.step(`binary: ${binary}`, async () => {
        const slot = binary ? "binary" : "text";
        const { rows, told } = await collect(server, slot, { binary });
        assertEquals(told, []);
        assertEquals(rows, [expected, nulls]);
        const { p, h } = rows[0] as Record<string, object>;
        for (const one of [p, h]) {
          assertEquals(Object.getPrototypeOf(one), Object.prototype);
          assert(Object.hasOwn(one!, "__proto__"));
        }
      });
      await t.step(`own functions, binary: ${binary}`, async () => {
        const types = {
          mood: (text: string) => `mood ${text}`,
          positive: (text: string) => `positive ${text}`,
          "public.pair[]": (text: string) => text,
          'Odd "schema".nested': (text: string) => text,
          timestamptz: (text: string) => new Date(text),
          hstore: (text: string) => text,
          float8: (text: string) => text,
        };
        const slot = binary ? "own_binary" : "own";
        const { rows: [row], told } = await collect(server, slot, {
          binary,
          types,
        });
        assertEquals(told, []);
        assertEquals(row!["m"], `mood it's, "ok"`);
        assertEquals(row!["ms"], ["mood sad", null, `mood it's, "ok"`]);
        assertEquals(row!["d"], "positive 7");
        assertEquals(row!["ds"], ["positive 1", null]);
        assertEquals(
          row!["ps"],
          String.raw`{"(,\"\",)",NULL,"(2,\" \",infinity)"}`,
        );
        assertEquals(
          row!["n"],
          String.raw`("(1,""x"""""",)","{""(3,\\""` + "\n" +
            String.raw`\\"",)""}",happy,5,"[1,3)")`,
        );
        const date = new Date("2024-02-29T00:00Z");
        assertEquals(row!["p"], pair(1, String.raw`a,"b\c)(`, date));
        assertEquals(row!["fm"], [
          range("1", "2", "[]"),
          range("3.25", null, "()"),
        ]);
        assertEquals(row!["hs"], ['"a"=>"1"', null, ""]);
      });
    }

    await t.step("types whose bytes tell less than their text", async () => {
      await sql(`
        CREATE TABLE less (id int PRIMARY KEY, c money, r regclass, a aclitem, k cube);
        CREATE PUBLICATION less FOR TABLE less;
        SET lc_monetary = 'C'`);
      await makeSlots(sql, ["less", "less_binary"]);
      await sql(
        "INSERT INTO less VALUES (1, '-12.34', 'pg_class', '=r/postgres', '1')",
      );
      const publication = "less";
      const text = await collect(server, "less", { publication });
      assertEquals(text.told, []);
      const a = `=r/${server.superuser}`;
      assertEquals(text.rows, [
        { id: 1, c: text.rows[0]!["c"], r: "pg_class", a, k: "(1)" },
      ]);
      const types = { money: (text: string) => text };
      const binary = await collect(server, "less_binary", {
        publication,
        binary: true,
      });
      assertEquals(binary.told, []);
      const k = Uint8Array.of(0x80, 0, 0, 1, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0);
      assertEquals(binary.rows, [{ id: 1, c: -1234n, r: 1259, a, k }]);
      await sql("SELECT pg_drop_replication_slot('less_binary')");
      await makeSlots(sql, ["less_binary"]);
      await sql("INSERT INTO less VALUES (2, '1')");
      const own = await collect(server, "less_binary", {
        publication,
        binary: true,
        types,
      });
      assertEquals(own.rows[0]!["c"], Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 100));
      assertMatch(
        own.told[0]!.message,
        /Cannot write a value of type money as text.*pass a function fromBinary for the type/,
      );
    });

    await t.step("typeLookup: false", async () => {
      const { rows: [row], told } = await collect(server, "no_lookup", {
        typeLookup: false,
      });
      assertEquals(told, []);
      assertEquals(row!["d"], 7n);
      assertEquals(row!["g"], ["a", "b,c"]);
      assertEquals(row!["m"], `it's, "ok"`);
      assertEquals(row!["sp"], "(4,,)");
      assertEquals(row!["fm"], "{[1,2],(3.25,)}");
    });

    await t.step("a server that does not let us look", async () => {
      await sql("CREATE ROLE app LOGIN REPLICATION CONNECTION LIMIT 0");
      await sql("GRANT CREATE ON DATABASE postgres TO app");
      const connection =
        `postgres://app@${server.host}:${server.port}/postgres`;
      const { rows, told } = await collect(server, "refused", { connection });
      assertEquals(rows.length, 2);
      assertEquals(
        rows[0]!["p"],
        String.raw`(1,"a,""b\\c)(","2024-02-29 00:00:00+00")`,
      );
      assertEquals(rows[0]!["d"], 7n);
      assertEquals(told.map(({ column }) => column), ["m"]);
      assertMatch(
        told[0]!.message,
        /Cannot look up type "public"."mood" of column "m": .*too many connections/,
      );
    });
  },
);

testOnPostgres(
  "subscribe() looks types up while a published table is locked",
  async ({ server, sql }) => {
    await sql(`
      CREATE TYPE mood AS ENUM ('sad');
      CREATE TABLE t (id int PRIMARY KEY, ms mood[]);
      CREATE TABLE other (id int);
      CREATE PUBLICATION p FOR TABLE t, other`);
    await makeSlots(sql, ["s"]);
    await sql("INSERT INTO t VALUES (1, '{sad}')");
    const told: unknown[] = [];
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "p",
      until: "now",
      onBadValue: (value) => void told.push(value),
    });
    await using migration = connectSql(server.url);
    await migration("BEGIN; LOCK TABLE other IN ACCESS EXCLUSIVE MODE");
    const rows: unknown[] = [];
    for await (const event of subscription) {
      if (event.kind === "insert") rows.push(event.newRow);
    }
    assertEquals(told, []);
    assertEquals(rows, [{ id: 1, ms: ["sad"] }]);
    await migration("COMMIT");
  },
  { majors: [14, 16, 18] },
);

Deno.test("describeTypes() leaves the transaction around it as it is", async () => {
  await withServer({}, async (server, sql) => {
    await sql("CREATE TABLE item (id int)");
    await using connection = await connect(server.url);
    const settings = async () =>
      (await connection.query(
        "SELECT current_setting('search_path'), current_setting('lock_timeout')",
      ))[0]?.rows;
    await connection.query("BEGIN");
    const before = await settings();
    await describeTypes(connection, [23]);
    assertEquals(await settings(), before);
    await connection.query("SELECT FROM public.item; COMMIT");
  });
});

testOnPostgres(
  "describeTypes() describes types for createCodecFinder()",
  async ({ server, sql }) => {
    await sql(`
      CREATE TYPE pair AS (a int, b pg_catalog.pg_range);
      CREATE DOMAIN some_pairs AS pair[]`);
    await using connection = await connect(server.url);
    const [some, range] = await Promise.all(
      ["some_pairs", "pg_catalog.pg_range"].map(async (name) =>
        Number(await sql.value(`SELECT '${name}'::regtype::oid`))
      ),
    );
    const catalog = await describeTypes(connection, [some!, range!, 23, 999]);
    assertEquals(
      catalog.map(({ kind, name }) => `${kind} ${name}`).sort(),
      [
        "array _pair",
        "base int4",
        "composite pair",
        "composite pg_range",
        "domain some_pairs",
      ],
    );
    const codec = createCodecFinder({ catalog })(some!);
    const text = await sql.value(
      "SELECT array[row(1, r)::pair]::some_pairs FROM pg_range r " +
        "WHERE rngtypid = 'int4range'::regtype",
    );
    const [value] = codec.fromText(text!) as [{ a: number; b: Row }];
    assertEquals(value.a, 1);
    assertEquals(value.b["rngsubtype"], 23);
  },
  { majors: [14, 18] },
);
