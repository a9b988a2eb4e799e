import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
} from "@walbrook/walbrook";
import type { SubscriptionWarning } from "@walbrook/walbrook/subscription";
import { type ServerContext, testOnPostgres } from "../helpers/postgres.ts";

type Sql = ServerContext["sql"];

async function createStream(sql: Sql): Promise<void> {
  await sql("CREATE PUBLICATION p FOR ALL TABLES");
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
}

function optionsFor(
  connection: string,
  more: Partial<SubscribeOptions> = {},
): SubscribeOptions {
  return { connection, slot: "s", publication: "p", retry: false, ...more };
}

/** What the row events up to now have as keys, and the warnings on the way. */
async function keysOf(
  options: SubscribeOptions,
): Promise<{ keys: unknown[]; warnings: SubscriptionWarning[] }> {
  const warnings: SubscriptionWarning[] = [];
  await using subscription = await subscribe({
    ...options,
    until: "now",
    onWarning: (warning) => warnings.push(warning),
  });
  const keys: unknown[] = [];
  for await (const event of subscription) {
    if (isRowEvent(event)) keys.push(event.key);
  }
  return { keys, warnings };
}

function isRowEvent(
  event: ReplicationEvent,
): event is Extract<ReplicationEvent, { readonly key: unknown }> {
  return "key" in event;
}

/** Runs statements one by one, and gives the key of the row event that each makes. */
async function keysInTurn(
  options: SubscribeOptions,
  sql: Sql,
  statements: readonly string[],
): Promise<{ keys: unknown[]; changes: string[]; warnings: string[] }> {
  const warnings: string[] = [];
  await using subscription = await subscribe({
    ...options,
    onWarning: ({ message }) => warnings.push(message),
  });
  const keys: unknown[] = [];
  const changes: string[] = [];
  const left = [...statements];
  const runNext = async () => {
    const statement = left.shift();
    if (statement !== undefined) await sql(statement);
    return statement !== undefined;
  };
  await runNext();
  for await (const event of subscription) {
    if (event.kind === "relation") {
      changes.push(...event.changes.map(({ kind }) => kind));
    }
    if (isRowEvent(event)) keys.push(event.key);
    if (event.kind === "commit" && !await runNext()) break;
  }
  return { keys, changes, warnings };
}

for (const binary of [false, true]) {
  testOnPostgres(
    `subscribe() gives each row its key, whatever the REPLICA IDENTITY (${
      binary ? "binary" : "text"
    })`,
    async ({ server, sql }) => {
      await sql("CREATE TABLE item (a int, gone int, b text, v text)");
      await sql("ALTER TABLE item DROP gone, ADD PRIMARY KEY (b, a)");
      await createStream(sql);
      const options = optionsFor(server.url, { binary });
      for (const identity of ["DEFAULT", "FULL"]) {
        await sql(`ALTER TABLE item REPLICA IDENTITY ${identity}`);
        await sql("INSERT INTO item VALUES (1, 'x', 'v')");
        await sql("UPDATE item SET v = 'w'");
        await sql("UPDATE item SET a = 2");
        await sql("DELETE FROM item");
        const { keys, warnings } = await keysOf(options);
        assertEquals(keys, [
          { a: 1, b: "x" },
          { a: 1, b: "x" },
          { a: 1, b: "x" },
          { a: 2, b: "x" },
        ], identity);
        assertEquals(warnings, []);
      }
    },
  );
}

testOnPostgres(
  "subscribe() takes the columns of an identity index as key, whose old values the server sends",
  async ({ server, sql }) => {
    await sql("CREATE TABLE item (id int PRIMARY KEY, email text NOT NULL)");
    await sql("CREATE UNIQUE INDEX email ON item (email)");
    await sql("ALTER TABLE item REPLICA IDENTITY USING INDEX email");
    await createStream(sql);
    await sql("INSERT INTO item VALUES (1, 'a')");
    await sql("UPDATE item SET id = 2");
    await sql("UPDATE item SET email = 'b'");
    await sql("DELETE FROM item");
    await using subscription = await subscribe(
      optionsFor(server.url, { until: "now" }),
    );
    const keys: unknown[] = [];
    for await (const event of subscription) {
      if (event.kind === "relation") {
        assertEquals(event.relation.primaryKey, ["id"]);
      }
      if (isRowEvent(event)) keys.push(event.key);
    }
    const [a, b] = [{ email: "a" }, { email: "b" }];
    assertEquals(keys, [a, a, a, b]);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "subscribe() follows the primary key of a table that is FULL through every change of it",
  async ({ server, sql }) => {
    await sql("CREATE TABLE item (id int, code text, v text)");
    await sql("ALTER TABLE item REPLICA IDENTITY FULL");
    await createStream(sql);
    const { keys, changes, warnings } = await keysInTurn(
      optionsFor(server.url),
      sql,
      [
        "INSERT INTO item VALUES (1, 'x', 'v')",
        "ALTER TABLE item ADD PRIMARY KEY (id); UPDATE item SET v = 'w'",
        "ALTER TABLE item RENAME id TO number; UPDATE item SET v = 'x'",
        "ALTER TABLE item DROP CONSTRAINT item_pkey, ADD PRIMARY KEY (code); UPDATE item SET v = 'y'",
        "ALTER TABLE item RENAME number TO other; ALTER TABLE item RENAME code TO number; UPDATE item SET v = 'z'",
        "ALTER TABLE item DROP CONSTRAINT item_pkey; DELETE FROM item",
      ],
    );
    assertEquals(keys, [
      null,
      { id: 1 },
      { number: 1 },
      { code: "x" },
      { number: "x" },
      null,
    ]);
    assertEquals(changes, [
      "primaryKeyChanged",
      "columnRenamed",
      "primaryKeyChanged",
      "columnRenamed",
      "columnRenamed",
      "primaryKeyChanged",
    ]);
    assertEquals(warnings, [
      "Events of public.item have no key: the primary key of the table is not known, since it has none",
    ]);
  },
);

testOnPostgres(
  "subscribe() follows the primary key while its links break",
  async ({ server, sql }) => {
    await sql("CREATE TABLE item (id int PRIMARY KEY, code int, v int)");
    await sql("ALTER TABLE item REPLICA IDENTITY FULL");
    await createStream(sql);
    const { retry: _, ...options } = optionsFor(server.url);
    const cut = "SELECT pg_terminate_backend(active_pid) " +
      "FROM pg_replication_slots WHERE slot_name = 's'";
    const { keys } = await keysInTurn(
      { ...options, retry: { initialDelayMs: 10, maxDelayMs: 50 } },
      sql,
      [
        "INSERT INTO item VALUES (1, 7, 0)",
        `${cut}; UPDATE item SET v = 1`,
        `ALTER TABLE item DROP CONSTRAINT item_pkey, ADD PRIMARY KEY (code); ${cut}; UPDATE item SET v = 2`,
      ],
    );
    assertEquals(keys, [{ id: 1 }, { id: 1 }, { code: 7 }]);
  },
  { majors: [14, 18] },
);

const KEYLESS: readonly {
  readonly what: string;
  readonly setup: string;
  readonly typeLookup?: false;
  readonly reason: RegExp;
}[] = [
  {
    what: "a table without a primary key",
    setup: "CREATE TABLE t (a int); CREATE PUBLICATION p FOR TABLE t",
    reason: /public\.t .* it has none$/,
  },
  {
    what: "a primary key of which a column is not published",
    setup:
      "CREATE TABLE t (a int, b int DEFAULT 1, PRIMARY KEY (a, b)); CREATE PUBLICATION p FOR TABLE t (a)",
    reason: /public\.t .* not published$/,
  },
  {
    what: "FULL with typeLookup: false",
    setup:
      "CREATE TABLE t (a int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE t",
    typeLookup: false,
    reason: /public\.t .* typeLookup is false$/,
  },
];

for (const { what, setup, reason, ...more } of KEYLESS) {
  testOnPostgres(
    `subscribe() gives no key, and says so once: ${what}`,
    async ({ server, sql }) => {
      await sql(setup);
      await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
      await sql("INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
      await sql("ANALYZE t; INSERT INTO t VALUES (3)");
      const { keys, warnings } = await keysOf(optionsFor(server.url, more));
      assertEquals(keys, [null, null, null]);
      assertEquals(warnings.map(({ code }) => code), ["rowKeyUnknown"]);
      assertMatch(warnings[0]!.message, reason);
      assert(warnings[0]!.hint.length > 0);
    },
    { majors: [15, 16, 17, 18] },
  );
}

testOnPostgres(
  "subscribe() gives the key by DEFAULT with typeLookup: false, too",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (v int, id int PRIMARY KEY)");
    await createStream(sql);
    await sql("INSERT INTO t VALUES (1, 2)");
    await sql("DELETE FROM t");
    const { keys, warnings } = await keysOf(
      optionsFor(server.url, { typeLookup: false }),
    );
    assertEquals(keys, [{ id: 2 }, { id: 2 }]);
    assertEquals(warnings, []);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "subscribe() gives the key of partitions, by themselves and by their root",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE t (a int, b int PRIMARY KEY) PARTITION BY LIST (b)",
    );
    await sql("CREATE TABLE part (b int NOT NULL, gone int, a int)");
    await sql("ALTER TABLE part DROP gone");
    await sql("ALTER TABLE t ATTACH PARTITION part DEFAULT");
    for (const table of ["t", "part"]) {
      await sql(`ALTER TABLE ${table} REPLICA IDENTITY FULL`);
    }
    await sql("CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql("INSERT INTO t VALUES (1, 2)");
    await sql("ALTER PUBLICATION p SET (publish_via_partition_root = true)");
    await sql("UPDATE t SET a = 3");
    const { keys } = await keysOf(optionsFor(server.url));
    assertEquals(keys, [{ b: 2 }, { b: 2 }]);
  },
);

testOnPostgres(
  "subscribe() asks the catalog once for all tables that are waiting",
  async ({ server, sql }) => {
    await sql(`DO $$ BEGIN FOR i IN 1..100 LOOP
      EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY)', i);
      EXECUTE format('ALTER TABLE t%s REPLICA IDENTITY FULL', i);
    END LOOP; END $$`);
    await createStream(sql);
    for (let i = 1; i <= 100; i++) await sql(`INSERT INTO t${i} VALUES (${i})`);
    // The statistics of sessions come later than the test ends.
    const logins = async () =>
      (await server.log()).split("connection authorized").length;
    const before = await logins();
    const { keys } = await keysOf(optionsFor(server.url));
    assertEquals(keys, Array.from({ length: 100 }, (_, i) => ({ id: i + 1 })));
    const made = await logins() - before;
    assert(made >= 1 && made <= 3, `${made} logins`);
  },
  { majors: [14, 18], settings: { log_connections: "on" } },
);
