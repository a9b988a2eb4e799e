import { assertEquals } from "@std/assert";
import {
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
} from "@walbrook/walbrook";
import type { OutputPlugin } from "@walbrook/walbrook/replication";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { wal2json } from "@walbrook/walbrook/wal2json";
import {
  type PostgresMajor,
  type ServerContext,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { findWal2json } from "../helpers/wal2json.ts";

const wal2jsonFound = await findWal2json();

interface Subject {
  readonly plugin: OutputPlugin;
  readonly majors: readonly PostgresMajor[];
  readonly settings?: Readonly<Record<string, string>>;
}

const SUBJECTS: readonly Subject[] = [
  { plugin: testDecoding(), majors: [14, 15, 16, 17, 18] },
  ...wal2jsonFound.settings === undefined ? [] : [
    {
      plugin: wal2json(),
      majors: [15],
      settings: wal2jsonFound.settings,
    } as const,
  ],
];

/** What a row event says of the old row: its key, the old row, and the new one. */
type Told = readonly [
  key: unknown,
  oldRow: unknown,
  newRow?: unknown,
];

function toldBy(event: ReplicationEvent): Told[] {
  switch (event.kind) {
    case "insert":
    case "update": {
      const oldRow = event.kind === "update" ? event.oldRow : null;
      return [[plain(event.key), plain(oldRow), plain(event.newRow)]];
    }
    case "delete":
      return [[plain(event.key), plain(event.oldRow)]];
    default:
      return [];
  }
}

function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(
      value,
      (_, one) => typeof one === "symbol" ? "unchanged" : one,
    ),
  );
}

/** Runs statements, the first after the slot was made, and reads what came of them. */
async function readAll(
  { server, sql }: ServerContext,
  plugin: OutputPlugin,
  statements: readonly string[],
  options: Partial<SubscribeOptions> = {},
): Promise<Told[]> {
  const slot = await createSlot(sql, plugin);
  for (const statement of statements) await sql(statement);
  await using subscription = await subscribe({
    ...{ connection: server.url, slot, plugin, until: "now", retry: false },
    ...options,
  });
  const told: Told[] = [];
  for await (const event of subscription) told.push(...toldBy(event));
  await subscription.close();
  return told;
}

/** Runs statements one by one, each once the row event of the one before has come. */
async function readInTurn(
  { server, sql }: ServerContext,
  plugin: OutputPlugin,
  statements: readonly string[],
): Promise<Told[]> {
  const slot = await createSlot(sql, plugin);
  await using subscription = await subscribe({
    ...{ connection: server.url, slot, plugin, retry: false },
  });
  const left = [...statements];
  const told: Told[] = [];
  await sql(left.shift()!);
  for await (const event of subscription) {
    told.push(...toldBy(event));
    if (event.kind !== "commit") continue;
    if (left.length === 0) break;
    await sql(left.shift()!);
  }
  return told;
}

let slots = 0;

async function createSlot(
  sql: ServerContext["sql"],
  { name }: OutputPlugin,
): Promise<string> {
  const slot = `s${++slots}`;
  await sql(`SELECT pg_create_logical_replication_slot('${slot}', '${name}')`);
  return slot;
}

const CREATE = "DROP TABLE IF EXISTS t; " +
  "CREATE TABLE t (id int PRIMARY KEY, v text)";
const CHANGES = [
  "INSERT INTO t VALUES (1, 'a')",
  "UPDATE t SET v = 'b'",
  "UPDATE t SET id = 2",
  "DELETE FROM t",
];
const row = (id: number, v: string | null) => ({ id, v });

for (const { plugin, ...options } of SUBJECTS) {
  const { name } = plugin;

  testOnPostgres(
    `subscribe() loses no key by ${name} that it was sent, of a table that the catalog does not know`,
    async (context) => {
      const { sql } = context;
      const isKeySentAlways = name === "wal2json";
      for (const how of ["dropped", "typeLookup"] as const) {
        for (const identity of ["DEFAULT", "FULL"]) {
          await sql(`${CREATE}; ALTER TABLE t REPLICA IDENTITY ${identity}`);
          const told = await readAll(
            context,
            plugin,
            how === "dropped" ? [...CHANGES, "DROP TABLE t"] : CHANGES,
            how === "dropped" ? {} : { typeLookup: false },
          );
          const [one, two] = [{ id: 1 }, { id: 2 }];
          const byDefault: Told[] = [
            [null, null, row(1, "a")],
            // The server sends it only where it changes, and wal2json always.
            [isKeySentAlways ? one : null, null, row(1, "b")],
            [one, null, row(2, "b")],
            [two, null],
          ];
          // All columns may be the key: there is no telling.
          const byFull: Told[] = [
            [null, null, row(1, "a")],
            [row(1, "a"), row(1, "a"), row(1, "b")],
            [row(1, "b"), row(1, "b"), row(2, "b")],
            [row(2, "b"), row(2, "b")],
          ];
          assertEquals(
            told,
            identity === "FULL" ? byFull : byDefault,
            `${how} ${identity}`,
          );
        }
      }
    },
    options,
  );

  testOnPostgres(
    `subscribe() takes nothing for NULL by ${name} that was not sent, whenever the identity changes`,
    async (context) => {
      const { sql } = context;
      for (const [from, to] of [["FULL", "DEFAULT"], ["DEFAULT", "FULL"]]) {
        const isFull = (identity?: string) => identity === "FULL";
        const changed = (identity: string | undefined): Told[] => [
          [{ id: 2 }, isFull(identity) ? row(2, "a") : null, row(3, "a")],
          [{ id: 3 }, isFull(identity) ? row(3, "a") : null],
        ];
        const expected: Told[] = [
          [{ id: 1 }, null, row(1, "a")],
          [{ id: 1 }, isFull(from) ? row(1, "a") : null, row(2, "a")],
          ...changed(to),
        ];
        const before = [
          "INSERT INTO t VALUES (1, 'a')",
          "UPDATE t SET id = 2",
        ];
        const after = ["UPDATE t SET id = 3", "DELETE FROM t"];
        await sql(`${CREATE}; ALTER TABLE t REPLICA IDENTITY ${from}`);
        assertEquals(
          await readInTurn(context, plugin, [
            ...before,
            `ALTER TABLE t REPLICA IDENTITY ${to}; ${after[0]}`,
            after[1]!,
          ]),
          expected,
          `${from} to ${to}, at once`,
        );
        await sql(`${CREATE}; ALTER TABLE t REPLICA IDENTITY ${from}`);
        assertEquals(
          await readAll(context, plugin, [
            ...before,
            `ALTER TABLE t REPLICA IDENTITY ${to}`,
            ...after,
          ]),
          expected,
          `${from} to ${to}, later`,
        );
        await sql(`${CREATE}; ALTER TABLE t REPLICA IDENTITY ${from}`);
        assertEquals(
          await readInTurn(context, plugin, [
            ...before,
            `${CREATE}; ALTER TABLE t REPLICA IDENTITY ${to}; INSERT INTO t VALUES (2, 'a')`,
            ...after,
          ]),
          [
            ...expected.slice(0, 2),
            [{ id: 2 }, null, row(2, "a")],
            ...changed(to),
          ],
          `${from}, made again as ${to}`,
        );
      }
    },
    options,
  );

  testOnPostgres(
    `subscribe() fills NULLs in by ${name} where the old row is surely whole`,
    async (context) => {
      const { sql } = context;
      const old = (id: number, v: string | null, more: string | null) => ({
        ...{ id, v, more },
      });
      const changes = [
        "INSERT INTO t VALUES (1, NULL, NULL)",
        "UPDATE t SET more = 'x'",
        "UPDATE t SET more = NULL",
        "DELETE FROM t",
      ];
      const expected: Told[] = [
        [{ id: 1 }, null, old(1, null, null)],
        [{ id: 1 }, old(1, null, null), old(1, null, "x")],
        [{ id: 1 }, old(1, null, "x"), old(1, null, null)],
        [{ id: 1 }, old(1, null, null)],
      ];
      for (const read of [readInTurn, readAll]) {
        await sql(`${CREATE}; ALTER TABLE t ADD more text`);
        await sql("ALTER TABLE t REPLICA IDENTITY FULL");
        assertEquals(await read(context, plugin, changes), expected);
      }
    },
    options,
  );

  testOnPostgres(
    `subscribe() shows an identity index by ${name} as it was, not as it is`,
    async (context) => {
      const { sql } = context;
      await sql(
        "DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, email text NOT NULL, v text)",
      );
      await sql("CREATE UNIQUE INDEX email ON t (email)");
      await sql("ALTER TABLE t REPLICA IDENTITY USING INDEX email");
      const newRow = { id: 1, email: "a", v: null };
      const told = await readAll(context, plugin, [
        "INSERT INTO t VALUES (1, 'a')",
        "UPDATE t SET email = 'b'",
        "DELETE FROM t",
        "ALTER TABLE t REPLICA IDENTITY FULL",
      ]);
      assertEquals(told, [
        [{ id: 1 }, null, newRow],
        [{ email: "a" }, null, { ...newRow, email: "b" }],
        [{ email: "b" }, null],
      ]);
    },
    options,
  );

  testOnPostgres(
    `subscribe() keeps the place by ${name} of a column that is dropped and added again`,
    async (context) => {
      const { sql } = context;
      await sql(
        "DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, a text, b text)",
      );
      const slot = await createSlot(sql, plugin);
      await sql("INSERT INTO t VALUES (1, 'a', 'b')");
      await sql("ALTER TABLE t DROP a, ADD a text");
      await sql("UPDATE t SET a = 'new'");
      await sql("INSERT INTO t VALUES (2, 'b', 'a')");
      await using subscription = await subscribe({
        ...{ connection: context.server.url, slot, plugin, until: "now" },
      });
      const names: string[] = [];
      for await (const event of subscription) {
        if (event.kind !== "insert" && event.kind !== "update") continue;
        names.push(Object.keys(event.newRow).join());
        assertEquals(
          Object.keys(event.newRow),
          event.relation.columns.map(({ name }) => name),
        );
      }
      assertEquals(names, ["id,a,b", "id,b,a", "id,b,a"]);
    },
    options,
  );
}

testOnPostgres(
  "subscribe() shows no virtual generated column by test_decoding, which has no value for it",
  async (context) => {
    const { sql } = context;
    await sql(`CREATE TABLE t (id int PRIMARY KEY,
      twice int GENERATED ALWAYS AS (id * 2) VIRTUAL,
      next int GENERATED ALWAYS AS (id + 1) STORED, v text)`);
    await sql("ALTER TABLE t REPLICA IDENTITY FULL");
    const told = await readAll(context, testDecoding(), [
      "INSERT INTO t (id) VALUES (1)",
      "UPDATE t SET v = 'a'",
      "DELETE FROM t",
    ]);
    const [before, after] = [null, "a"].map((v) => ({ id: 1, next: 2, v }));
    assertEquals(told, [
      [{ id: 1 }, null, before],
      [{ id: 1 }, before, after],
      [{ id: 1 }, after],
    ]);
  },
  { majors: [18] },
);
