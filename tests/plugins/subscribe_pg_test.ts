import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  PostgresError,
  type ReplicationEvent,
  SQLSTATE,
  subscribe,
  SubscriptionError,
} from "@walbrook/walbrook";
import type { OutputPlugin } from "@walbrook/walbrook/replication";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { NEWEST, sharedServer } from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";

const shared = sharedServer();
let names = 0;

/** A table and a slot of a plugin, which are called the same. */
async function prepare(plugin = "test_decoding"): Promise<string> {
  const name = `t${++names}`;
  await shared.sql(`CREATE TABLE ${name} (id int PRIMARY KEY, note text)`);
  await shared.sql(
    `SELECT pg_create_logical_replication_slot('${name}', '${plugin}')`,
  );
  return name;
}

function idsOf(events: readonly ReplicationEvent[], name: string): unknown[] {
  return events.flatMap((event) =>
    event.kind === "insert" && event.relation.name === name
      ? [event.newRow["id"]]
      : []
  );
}

Deno.test("subscribe() refuses options that don't go with the plugin", async () => {
  const connection = shared.server.url;
  const slot = await prepare();
  const plugin = testDecoding();
  await assertRejects(
    () => subscribe({ connection, slot, plugin, publication: "p" }),
    TypeError,
    "leave publication out",
  );
  await assertRejects(
    () => subscribe({ connection, slot }),
    TypeError,
    "no publication is named",
  );
  const { sql } = shared;
  await sql("CREATE PUBLICATION nothing");
  const other = await assertRejects(
    () => subscribe({ connection, slot, publication: "nothing" }),
    SubscriptionError,
    'its output plugin is "test_decoding", not pgoutput',
  );
  assertEquals(other.reason, "slotUnusable");
  await sql(
    "SELECT pg_create_logical_replication_slot('of_pgoutput', 'pgoutput')",
  );
  await assertRejects(
    () => subscribe({ connection, slot: "of_pgoutput", plugin }),
    SubscriptionError,
    'its output plugin is "pgoutput", not test_decoding',
  );
});

Deno.test("subscribe() refuses a plugin's text in another encoding", async () => {
  const { server, sql } = shared;
  await sql(
    "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
  );
  const error = await assertRejects(
    () =>
      subscribe({
        connection: server.url.replace(/\/postgres$/, "/latin"),
        slot: { name: "latin", create: true },
        plugin: testDecoding(),
      }),
    SubscriptionError,
    "LATIN1 instead of UTF8",
  );
  assertEquals(error.reason, "encoding");
});

Deno.test("subscribe() creates a plugin's slot, and goes on after a lost link", async () => {
  const { server, sql } = shared;
  const name = `t${++names}`;
  await sql(`CREATE TABLE ${name} (id int PRIMARY KEY, note text)`);
  await using subscription = await subscribe({
    connection: server.url,
    slot: { name, create: true },
    plugin: testDecoding(),
    retry: { initialDelayMs: 10 },
    messages: false,
  });
  assertEquals(
    await sql.value(
      `SELECT plugin FROM pg_replication_slots WHERE slot_name = '${name}'`,
    ),
    "test_decoding",
  );
  const events: ReplicationEvent[] = [];
  const iterator = subscription[Symbol.asyncIterator]();
  const readTo = async (id: number) => {
    while (!idsOf(events, name).includes(id)) {
      const { value, done } = await iterator.next();
      assert(!done);
      events.push(value);
    }
  };
  await sql(`SELECT pg_logical_emit_message(true, 'p', 'not wanted')`);
  await sql(`INSERT INTO ${name} VALUES (1), (2)`);
  await readTo(2);
  await sql(`SELECT pg_terminate_backend(${subscription.processId})`);
  await sql(`INSERT INTO ${name} VALUES (3)`);
  await readTo(3);
  assertEquals(idsOf(events, name), [1, 2, 3]);
  assertEquals(events.filter(({ kind }) => kind === "message"), []);
  const relations = events.filter((event) =>
    event.kind === "relation" && event.relation.name === name
  );
  assertEquals(
    relations.length,
    1,
    "it is the same as before the link was lost",
  );
  await subscription.close();
  // The connection for questions to the catalog ends with the subscription.
  await untilTrue(
    sql,
    "NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'walsender')",
  );
});

Deno.test("subscribe() tells of a table by the payload where the catalog can't", async () => {
  const { server, sql } = shared;
  const name = await prepare();
  await sql(`INSERT INTO ${name} VALUES (7, 'before')`);
  await sql(`DROP TABLE ${name}`);
  await using subscription = await subscribe({
    connection: server.url,
    slot: name,
    plugin: testDecoding(),
    until: "now",
  });
  const events: ReplicationEvent[] = [];
  for await (const event of subscription) events.push(event);
  const insert = events.find((event) =>
    event.kind === "insert" && event.relation.name === name
  );
  assert(insert?.kind === "insert");
  assertEquals(insert.newRow, { id: 7, note: "before" });
  assert(insert.relation.oid < 0);
});

Deno.test("subscribe() counts only the key columns of an index as the key", async () => {
  const { server, sql } = shared;
  const name = await prepare();
  await sql(
    `CREATE TABLE more (id int, note text, PRIMARY KEY (id) INCLUDE (note));
    INSERT INTO more VALUES (1, 'x');
    DELETE FROM more`,
  );
  await using subscription = await subscribe({
    connection: server.url,
    slot: name,
    plugin: testDecoding(),
    until: "now",
  });
  const keys: unknown[] = [];
  for await (const event of subscription) {
    if (event.kind === "delete") keys.push(event.key);
  }
  assertEquals(keys, [{ id: 1 }]);
});

Deno.test("subscribe() counts links that break each time as attempts that fail", async () => {
  const { server, sql } = shared;
  const name = await prepare();
  // The link is open to it, and the catalog is not.
  await sql("CREATE ROLE limited LOGIN REPLICATION CONNECTION LIMIT 0");
  await sql(`INSERT INTO ${name} VALUES (1)`);
  const connection = new URL(server.url);
  connection.username = "limited";
  const failures: number[] = [];
  const giveUp = new AbortController();
  await using subscription = await subscribe({
    connection: connection.href,
    slot: name,
    plugin: testDecoding(),
    retry: { initialDelayMs: 1, maxAttempts: 3 },
    signal: giveUp.signal,
    onStatus: (status) => {
      if (status.state !== "retrying") return;
      if (failures.push(status.failures) > 9) giveUp.abort();
    },
  });
  const error = await assertRejects(async () => {
    for await (const _event of subscription);
  }, PostgresError);
  assertEquals(error.code, SQLSTATE.TOO_MANY_CONNECTIONS);
  assertEquals(failures, [0, 1, 2]);
});

Deno.test("subscribe() warns once of a plugin that fails on large rollbacks", async () => {
  const { server, sql } = shared;
  const name = await prepare();
  const codes: string[] = [];
  const subjects: string[] = [];
  await using subscription = await subscribe({
    connection: server.url,
    slot: name,
    plugin: testDecoding(),
    retry: { initialDelayMs: 1 },
    onWarning: ({ code, message, hint }) => {
      codes.push(code);
      subjects.push(`${message} ${hint}`);
    },
  });
  const expected = NEWEST < 18 ? [] : ["pluginFailsOnRollback"];
  assertEquals(codes, expected);
  for (const text of subjects) assertMatch(text, /test_decoding.*pgoutput/);
  const iterator = subscription[Symbol.asyncIterator]();
  const event = iterator.next();
  await sql(`SELECT pg_terminate_backend(${subscription.processId})`);
  await sql(`INSERT INTO ${name} VALUES (1)`);
  await event;
  assertEquals(codes, expected, "not again over the next connection");
});

Deno.test("subscribe() takes a plugin of one's own", async () => {
  const { server, sql } = shared;
  const library = "$libdir/test_decoding";
  const name = await prepare(library);
  await sql(`INSERT INTO ${name} VALUES (1), (2)`);
  // Each payload within a transaction becomes a message with the payload in it.
  const plugin: OutputPlugin = {
    ...testDecoding(),
    name: library,
    createTranslator() {
      const translator = testDecoding().createTranslator();
      return {
        resume: () => translator.resume(),
        translate(payload, catalog) {
          const { walStart, data } = payload;
          if (data[0] === 0x43 /* C, of COMMIT */) {
            return translator.translate(payload, catalog);
          }
          return [{
            ...{ kind: "message", walStart, lsn: walStart, prefix: library },
            ...{ transactional: true, content: data },
          }];
        },
      };
    },
  };
  await using subscription = await subscribe({
    ...{ connection: server.url, slot: name, plugin, until: "now" },
  });
  const texts: string[] = [];
  for await (const event of subscription) {
    texts.push(
      event.kind === "message"
        ? new TextDecoder().decode(event.content)
        : event.kind,
    );
  }
  assertEquals(texts.slice(-4), [
    "begin",
    `table public.${name}: INSERT: id[integer]:1 note[text]:null`,
    `table public.${name}: INSERT: id[integer]:2 note[text]:null`,
    "commit",
  ]);
});

Deno.test("subscribe() holds of a transaction what it may, and the rest in a file", async () => {
  const { server, sql } = shared;
  const name = await prepare();
  await sql(
    `INSERT INTO ${name} SELECT g, repeat('x', 100000) FROM generate_series(1, 50) g`,
  );
  const options = {
    ...{ connection: server.url, slot: name, plugin: testDecoding() },
    ...{ until: "now", streaming: { memoryLimit: 1_000_000 } } as const,
  };
  await using without = await subscribe({
    ...options,
    environment: { get: () => undefined },
  });
  await assertRejects(
    async () => {
      for await (const _event of without);
    },
    RangeError,
    "Cannot hold a transaction until it ends, as test_decoding needs it",
  );
  await using subscription = await subscribe(options);
  const ids: unknown[] = [];
  for await (const event of subscription) {
    if (event.kind === "insert") ids.push(event.newRow["id"]);
  }
  assertEquals(ids, Array.from({ length: 50 }, (_, i) => i + 1));
});

Deno.test("subscribe() holds more of a transaction in memory where there are no files", async () => {
  const { server, sql } = shared;
  const name = await prepare();
  await sql(
    `INSERT INTO ${name} SELECT g, repeat('x', 100000) FROM generate_series(1, 50) g`,
  );
  await using subscription = await subscribe({
    ...{ connection: server.url, slot: name, plugin: testDecoding() },
    ...{ until: "now", environment: { get: () => undefined } } as const,
  });
  let rows = 0;
  for await (const { kind } of subscription) if (kind === "insert") rows++;
  assertEquals(rows, 50);
});
