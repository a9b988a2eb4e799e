import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
} from "@walbrook/walbrook";
import type { BadValue } from "@walbrook/walbrook/subscription";
import { connect } from "@walbrook/walbrook/replication";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { wal2json } from "@walbrook/walbrook/wal2json";
import {
  connectSql,
  type PostgresMajor,
  type ServerContext,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { findWal2json } from "../helpers/wal2json.ts";

const wal2jsonFound = await findWal2json();

interface Way {
  readonly what: string;
  readonly plugin: string;
  readonly options: Partial<SubscribeOptions>;
  readonly majors: readonly PostgresMajor[];
  readonly settings?: Readonly<Record<string, string>>;
}

const ALL: readonly PostgresMajor[] = [14, 15, 16, 17, 18];
const WAYS: readonly Way[] = [
  ...[false, true].map((binary): Way => ({
    what: `pgoutput, ${binary ? "binary" : "text"}`,
    ...{ plugin: "pgoutput", majors: ALL },
    options: { publication: "p", binary },
  })),
  {
    ...{ what: "test_decoding", plugin: "test_decoding", majors: ALL },
    options: { plugin: testDecoding() },
  },
  ...wal2jsonFound.settings === undefined ? [] : [
    {
      ...{ what: "wal2json", plugin: "wal2json", majors: [15] },
      options: { plugin: wal2json() },
      settings: wal2jsonFound.settings,
    } satisfies Way,
  ],
];

/** Makes a database in SQL_ASCII, and gives its URL. */
async function createDatabase({ server, sql }: ServerContext): Promise<string> {
  await sql(
    "CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'",
  );
  return server.url.replace(/\/[^/]*$/, "/bytes");
}

const LATIN1 = Uint8Array.of(0x63, 0x61, 0x66, 0xe9);

for (const { what, plugin, options, ...server } of WAYS) {
  testOnPostgres(
    `subscribe() delivers the bytes of text that is not UTF-8, and says so: ${what}`,
    async (context) => {
      const connection = await createDatabase(context);
      await using sql = connectSql(connection);
      await sql("SET client_encoding = 'SQL_ASCII'");
      await sql("CREATE TYPE mood AS ENUM ('sad', 'ok')");
      await sql(
        `CREATE TABLE t (id int PRIMARY KEY, v text, a text[], m mood, n numeric, b bytea)`,
      );
      await sql("ALTER TABLE t REPLICA IDENTITY FULL");
      await sql("CREATE PUBLICATION p FOR TABLE t");
      await sql(
        `SELECT pg_create_logical_replication_slot('s', '${plugin}')`,
      );
      await sql(`INSERT INTO t VALUES
        (1, 'plain', '{x}', 'ok', 1.50, '\\x00e9'),
        (2, E'gr\\303\\274n \\357\\277\\275', E'{\\303\\274}', NULL, NULL, ''),
        (3, E'caf\\351', E'{caf\\351,x}', 'sad', 7, '\\xe9')`);
      await sql(`UPDATE t SET v = E'\\351''t\\351' WHERE id = 3`);
      await sql("DELETE FROM t WHERE id = 3");
      const bad: BadValue[] = [];
      await using subscription = await subscribe({
        ...{ connection, slot: "s", until: "now", retry: false },
        ...options,
        onBadValue: (value) => bad.push(value),
      });
      const rows: unknown[] = [];
      for await (const event of subscription) rows.push(...rowsOf(event));
      const three = {
        ...{ id: 3, v: LATIN1, m: "sad", n: "7", b: Uint8Array.of(0xe9) },
        a: bytes("{caf\xe9,x}"),
      };
      const changed = { ...three, v: bytes("\xe9't\xe9") };
      assertEquals(rows, [
        {
          ...{ id: 1, v: "plain", a: ["x"], m: "ok", n: "1.50" },
          b: Uint8Array.of(0, 0xe9),
        },
        {
          ...{ id: 2, v: "grün \ufffd", a: ["ü"], m: null, n: null },
          b: new Uint8Array(0),
        },
        three,
        ...[three, changed],
        changed,
      ]);
      const told = bad.map(({ column }) => column).toSorted();
      assertEquals([...new Set(told)], ["a", "v"]);
      assertEquals(told.length, 8);
      for (const { error } of bad) {
        assert(error instanceof SyntaxError);
        assertMatch(error.message, /SQL_ASCII/);
      }
    },
    server,
  );
}

testOnPostgres(
  "subscribe() goes on over the next link with text that is not UTF-8, and with names that are not",
  async (context) => {
    const connection = await createDatabase(context);
    await using sql = connectSql(connection);
    await sql("SET client_encoding = 'SQL_ASCII'");
    // The names are in no encoding at all.
    await sql(String.raw`DO $$ BEGIN
      EXECUTE E'CREATE TYPE "t\351" AS ENUM (''sad'')';
      EXECUTE E'CREATE TABLE "caf\351" (id int PRIMARY KEY, v text, "m\351" "t\351")';
      EXECUTE E'ALTER TABLE "caf\351" REPLICA IDENTITY FULL';
    END $$`);
    await sql("CREATE PUBLICATION p FOR ALL TABLES");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const insert = (id: number) =>
      sql(String.raw`DO $$ BEGIN
        EXECUTE E'INSERT INTO "caf\351" VALUES (${id}, ''\351'', ''sad'')';
      END $$`);
    await using subscription = await subscribe({
      ...{ connection, slot: "s", publication: "p" },
      retry: { initialDelayMs: 10 },
    });
    await insert(1);
    const rows: unknown[] = [];
    for await (const event of subscription) {
      if (event.kind !== "insert") continue;
      rows.push(event.newRow);
      assertEquals(event.table, "public.caf\ufffd");
      assertEquals(event.relation.primaryKey, ["id"]);
      if (rows.length === 2) break;
      await sql(`SELECT pg_terminate_backend(${subscription.processId})`);
      await insert(2);
    }
    assertEquals(
      rows,
      [1, 2].map((id) => ({ id, v: Uint8Array.of(0xe9), "m\ufffd": "sad" })),
    );
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "connect() has text sent as it is stored in a database in SQL_ASCII, and only there",
  async (context) => {
    const connection = await createDatabase(context);
    for (
      const [url, encoding] of [
        [connection, "SQL_ASCII"],
        [context.server.url, "UTF8"],
      ] as const
    ) {
      await using session = await connect(url);
      assertEquals(session.parameters.get("client_encoding"), encoding);
      const [result] = await session.query("SHOW client_encoding");
      assertEquals(result?.rows, [[encoding]]);
    }
    await using physical = await connect(connection, {
      replication: "physical",
    });
    assertEquals(physical.parameters.get("client_encoding"), "UTF8");
  },
  { majors: [14, 18] },
);

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (one) => one.charCodeAt(0));
}

function rowsOf(event: ReplicationEvent): unknown[] {
  switch (event.kind) {
    case "insert":
      return [event.newRow];
    case "update":
      return [event.oldRow, event.newRow];
    case "delete":
      return [event.oldRow];
    default:
      return [];
  }
}
