import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sharedServer, withServer } from "../helpers/postgres.ts";
import { findWal2json } from "../helpers/wal2json.ts";
import { runTail, type TailResult } from "./run_tail.ts";

const shared = sharedServer();

let names = 0;

/** A table and a slot of a plugin, which are called the same, and a row in it. */
async function prepare(plugin: string, sql = shared.sql): Promise<string> {
  const name = `t${++names}`;
  await sql(`CREATE TABLE ${name} (id int8 PRIMARY KEY, note text)`);
  await sql(
    `SELECT pg_create_logical_replication_slot('${name}', '${plugin}')`,
  );
  await sql(`INSERT INTO ${name} VALUES (9007199254740993, 'it''s')`);
  return name;
}

function tail(
  url: string,
  slot: string,
  ...more: readonly string[]
): Promise<TailResult> {
  return runTail([url, "--slot", slot, "--until", "now", ...more]);
}

function assertFine({ code, stderr }: TailResult): void {
  assertEquals(stderr, []);
  assertEquals(code, 0);
}

function changesOf({ stdout }: TailResult): unknown[] {
  return stdout.map((line) => JSON.parse(line))
    .filter(({ newRow }) => newRow !== undefined)
    .map(({ kind, relation, newRow }) => [kind, relation.name, newRow]);
}

Deno.test("tail.ts --plugin test_decoding shows events, and confirms them", async () => {
  const { server } = shared;
  const name = await prepare("test_decoding");
  const options = ["--plugin", "test_decoding", "--format", "ndjson"];
  const result = await tail(server.url, name, ...options);
  assertFine(result);
  assertEquals(changesOf(result), [
    ["insert", name, { id: "9007199254740993", note: "it's" }],
  ]);
  const again = await tail(server.url, name, ...options);
  assertFine(again);
  assertEquals(again.stdout, []);
});

Deno.test("tail.ts --plugin wal2json shows events", async () => {
  const found = await findWal2json();
  if (found.settings === undefined) {
    console.log(`skipped: ${found.reason}`);
    return;
  }
  await withServer(
    { major: 15, settings: found.settings },
    async (server, sql) => {
      const name = await prepare("wal2json", sql);
      await sql(
        "CREATE TABLE left_out (id int); INSERT INTO left_out VALUES (1)",
      );
      const result = await tail(
        ...[server.url, name, "--plugin", "wal2json"] as const,
        ...["--plugin-option", `add-tables=public.${name}`],
        ...["--format", "ndjson"],
      );
      assertFine(result);
      assertEquals(changesOf(result), [
        ["insert", name, { id: "9007199254740993", note: "it's" }],
      ]);
    },
  );
});

Deno.test("tail.ts shows the payloads of a plugin that it does not know", async () => {
  const { server, sql } = shared;
  // No other plugin comes with the server; its name is another by its path.
  const plugin = "$libdir/test_decoding";
  const name = await prepare(plugin);
  await sql(`SELECT pg_logical_emit_message(false, 'p', '\\x00ff'::bytea)`);
  // The message is not flushed by itself.
  await sql(`INSERT INTO ${name} VALUES (1)`);
  const result = await tail(
    ...[server.url, name, "--plugin", plugin] as const,
    ...["--plugin-option", "include-xids=false"],
  );
  assertFine(result);
  const [begin, insert, commit, message, ...more] = result.stdout;
  assert(/^[\dA-F]+\/[\dA-F]+ BEGIN$/.test(begin ?? ""), begin);
  assertStringIncludes(
    insert ?? "",
    `table public.${name}: INSERT: id[bigint]:9007199254740993 note[text]:'it''s'`,
  );
  assert(commit?.endsWith(" COMMIT"), commit);
  assert(/ \\x6d657373.*00ff$/.test(message ?? ""), message);
  assertEquals(more.length, 3);
  const again = await tail(server.url, name, "--plugin", plugin);
  assertFine(again);
  assertEquals(again.stdout, []);
  await sql(`INSERT INTO ${name} VALUES (2, E'\\x1b')`);
  const json = await tail(
    ...[server.url, name, "--plugin", plugin, "--format", "ndjson"] as const,
    ...["--count", "2"],
  );
  assertFine(json);
  assertEquals(
    json.stdout.map((line) => JSON.parse(line).data.replace(/\d+$/, "")),
    ["BEGIN ", `table public.${name}: INSERT: id[bigint]:2 note[text]:'\x1b'`],
  );
});

Deno.test("tail.ts says what is wrong with a plugin's option", async () => {
  const { server } = shared;
  const name = await prepare("test_decoding");
  const own = await tail(
    ...[server.url, name, "--plugin", "test_decoding"] as const,
    ...["--plugin-option", "include-xids=false"],
  );
  assertEquals(own.code, 64);
  assertStringIncludes(own.stderr[0] ?? "", 'Cannot set option "include-xids"');
  const unknown = await tail(
    ...[server.url, name, "--plugin", "test_decoding"] as const,
    ...["--plugin-option", "nonsense=1"],
  );
  assertEquals(unknown.code, 1);
  assertStringIncludes(unknown.stderr[0] ?? "", '"nonsense" = "1" is unknown');
  const absent = await runTail([
    ...[server.url, "--plugin", "none_such", "--temporary"],
  ]);
  assertEquals(absent.code, 1);
  assertStringIncludes(absent.stderr[0] ?? "", '"none_such"');
  assertStringIncludes(absent.stderr[1] ?? "", "install it on the server");
  const missing = await runTail([
    ...[server.url, "--plugin", "test_decoding", "--until", "now"],
  ]);
  assertEquals(missing.code, 64);
  assertStringIncludes(missing.stderr[0] ?? "", "Which slot?");
  assertStringIncludes(missing.stderr[0] ?? "", name);
});
