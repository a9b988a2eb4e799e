import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { sharedServer, withServer } from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";
import {
  lineReader,
  linesOf,
  readUntil,
  runTail,
  spawnTail,
  type TailResult,
} from "./run_tail.ts";

const shared = sharedServer({
  settings: { max_replication_slots: "100" },
  hba: [
    "host all locked_out 127.0.0.1/32 scram-sha-256",
    "host all rejected 127.0.0.1/32 reject",
  ],
});

let names = 0;

/** A table, a publication of it and a slot, which are all called the same. */
async function publish(): Promise<string> {
  const name = `t${++names}`;
  await shared.sql(`CREATE TABLE ${name} (id int PRIMARY KEY, note text)`);
  await shared.sql(`CREATE PUBLICATION ${name} FOR TABLE ${name}`);
  await shared.sql(
    `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`,
  );
  return name;
}

/** What tails that slot, as NDJSON. */
function tailing(name: string, ...more: readonly string[]): string[] {
  return [
    ...[shared.server.url, "--slot", name, "--publication", name],
    ...["--format", "ndjson", ...more],
  ];
}

async function insert(name: string, from: number, to = from): Promise<void> {
  await shared.sql(
    `INSERT INTO ${name} SELECT i, repeat('x', 200) FROM generate_series(${from}, ${to}) i`,
  );
}

/** The ids of the rows whose insertion was shown. */
function insertedIds(lines: readonly string[]): number[] {
  return lines.map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === "insert")
    .map(({ newRow }) => newRow.id);
}

function assertFine({ code, stderr }: TailResult): void {
  assertEquals(stderr, []);
  assertEquals(code, 0);
}

Deno.test("tail.ts --until now shows what is new, and only once", async () => {
  const name = await publish();
  await insert(name, 1, 3);
  const first = await runTail(tailing(name, "--until", "now"));
  assertFine(first);
  assertEquals(insertedIds(first.stdout), [1, 2, 3]);
  await insert(name, 4);
  const second = await runTail(tailing(name, "--until", "now"));
  assertFine(second);
  assertEquals(insertedIds(second.stdout), [4]);
});

Deno.test("tail.ts --start-lsn skips what committed before", async () => {
  const name = await publish();
  await insert(name, 1);
  const lsn = await shared.sql.value("SELECT pg_current_wal_lsn()") ?? "";
  await insert(name, 2);
  const result = await runTail(
    tailing(name, "--start-lsn", lsn, "--until", "now"),
  );
  assertFine(result);
  assertEquals(insertedIds(result.stdout), [2]);
});

Deno.test("tail.ts --count confirms whole transactions only", async () => {
  const name = await publish();
  await insert(name, 1, 3);
  const cut = await runTail(tailing(name, "--count", "2"));
  assertFine(cut);
  assertEquals(insertedIds(cut.stdout), [1, 2]);
  const whole = await runTail(tailing(name, "--count", "3"));
  assertEquals(insertedIds(whole.stdout), [1, 2, 3]);
  const rest = await runTail(tailing(name, "--until", "now"));
  assertFine(rest);
  assertEquals(rest.stdout, []);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`tail.ts confirms at ${signal} what was shown`, async () => {
    const name = await publish();
    await insert(name, 1, 3);
    const child = spawnTail(tailing(name));
    const reader = lineReader(child.stdout);
    const shown = await readUntil(
      reader,
      (line) => line.includes('"kind":"commit"'),
    );
    assertEquals(insertedIds(shown), [1, 2, 3]);
    child.kill(signal);
    const { code } = await child.status;
    assertEquals((await reader.read()).done, true);
    assertEquals(await text(child.stderr), "");
    assertEquals(code, 0);
    const after = await runTail(tailing(name, "--until", "now"));
    assertFine(after);
    assertEquals(after.stdout, []);
  });
}

Deno.test("tail.ts ends at SIGINT although nobody reads what it writes", async () => {
  const name = await publish();
  // More than any pipe holds.
  await shared.sql(`INSERT INTO ${name} VALUES (1, repeat('x', 5000000))`);
  const child = spawnTail(tailing(name));
  const reader = child.stdout.getReader();
  for (let size = 0; size < 10_000;) {
    const { value } = await reader.read();
    assert(value, "It ended too early");
    size += value.length;
  }
  child.kill("SIGINT");
  const { code } = await child.status;
  await reader.cancel();
  await child.stderr.cancel();
  assertEquals(code, 0);
  const again = await runTail(tailing(name, "--until", "now"));
  assertEquals(insertedIds(again.stdout), [1]);
});

Deno.test("tail.ts ends quietly when its reader goes away", async () => {
  const name = await publish();
  await insert(name, 1, 2000);
  const child = spawnTail(tailing(name));
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const { code } = await child.status;
  assertEquals(await text(child.stderr), "");
  assertEquals(code, 0);
});

Deno.test("tail.ts --temporary needs no slot and leaves none", async () => {
  const name = await publish();
  const slots = () =>
    shared.sql("SELECT slot_name FROM pg_replication_slots ORDER BY 1");
  const before = await slots();
  const { code, stdout, stderr } = await runTail([
    ...[shared.server.url, "--publication", name, "--temporary"],
    ...["--until", "now", "--verbose"],
  ]);
  assertEquals(code, 0);
  assertEquals(stdout, []);
  assert(stderr.some((line) => /^walsender process \d+$/.test(line)));
  assert(stderr.some((line) => /^parameter server_version +=/.test(line)));
  assert(stderr.some((line) => line.startsWith("at the start: ")));
  assert(stderr.some((line) => line.startsWith("at the end: ")));
  // The server drops it when its process ends, which is after the client's.
  await untilTrue(
    shared.sql,
    "NOT EXISTS (SELECT FROM pg_replication_slots WHERE temporary)",
  );
  assertEquals(await slots(), before);
});

Deno.test("tail.ts --create-slot makes a slot that stays", async () => {
  const name = await publish();
  await shared.sql(`SELECT pg_drop_replication_slot('${name}')`);
  assertFine(await runTail(tailing(name, "--create-slot", "--until", "now")));
  await insert(name, 1);
  const result = await runTail(tailing(name, "--until", "now"));
  assertEquals(insertedIds(result.stdout), [1]);
});

Deno.test("tail.ts finds the server in the PG variables", async () => {
  const name = await publish();
  await insert(name, 1);
  const { host, port, superuser } = shared.server;
  const result = await runTail(tailing(name, "--until", "now").slice(1), {
    env: {
      ...{ PGHOST: host, PGPORT: `${port}`, PGUSER: superuser },
      PGDATABASE: "postgres",
    },
  });
  assertFine(result);
  assertEquals(insertedIds(result.stdout), [1]);
});

Deno.test("tail.ts --version and --help need no database", async () => {
  const version = await runTail(["--version"]);
  assertFine(version);
  assertEquals(version.stdout, [manifest.version]);
  const help = await runTail(["--help"]);
  assertFine(help);
  assertStringIncludes(help.stdout.join("\n"), "--create-slot");
});

/** It failed, and said so in one or two lines for people. */
function assertRefused(
  { code, stdout, stderr }: TailResult,
  expected: { readonly code: number; readonly said: readonly string[] },
): void {
  const output = stderr.join("\n");
  for (const words of expected.said) assertStringIncludes(output, words);
  assert(stderr.length <= 2, output);
  assert(!/^\s+at /m.test(output), output);
  assert(stderr[0]?.startsWith("tail: "), output);
  assertEquals(code, expected.code);
  assertEquals(stdout, []);
}

const REFUSED: readonly {
  readonly what: string;
  readonly sql?: string;
  readonly args: (url: URL, name: string) => readonly string[];
  readonly code?: number;
  readonly said: readonly string[];
}[] = [
  {
    what: "a wrong password",
    sql: "CREATE ROLE locked_out LOGIN REPLICATION PASSWORD 'right'",
    args: (url, name) => [
      as(url, "locked_out:wrong"),
      ...["--slot", name, "--publication", name],
    ],
    code: 3,
    said: ["password authentication failed", "PGPASSWORD"],
  },
  {
    what: "a user who is not let in",
    args: (url, name) => [
      as(url, "rejected"),
      ...["--slot", name, "--publication", name],
    ],
    code: 3,
    said: ["pg_hba.conf"],
  },
  {
    what: "a user who may not replicate",
    sql: "CREATE ROLE reader LOGIN",
    args: (url, name) => [
      as(url, "reader"),
      ...["--slot", name, "--publication", name],
    ],
    said: ["permission denied to start WAL sender", "REPLICATION"],
  },
  {
    what: "a database that does not exist",
    args: (url, name) => [
      `${url}_of_dreams`,
      ...["--slot", name, "--publication", name],
    ],
    code: 3,
    said: ["postgres_of_dreams", "PGDATABASE"],
  },
  {
    what: "a server that does not run",
    args: (_, name) => [
      "postgres://me@127.0.0.1:1/x",
      ...["--slot", name, "--publication", name],
    ],
    code: 3,
    said: ["127.0.0.1:1", "that the server runs and listens there"],
  },
  {
    what: "a server without TLS",
    args: (url, name) => [
      `${url}?sslmode=require`,
      ...["--slot", name, "--publication", name],
    ],
    code: 3,
    said: ["does not offer TLS", 'sslmode "require"'],
  },
  {
    what: "a slot that does not exist",
    args: (url, name) => [
      ...[url.href, "--slot", "nowhere", "--publication", name],
    ],
    code: 4,
    said: ['no replication slot "nowhere"', "--create-slot"],
  },
  {
    what: "a publication that does not exist",
    args: (url, name) => [
      ...[url.href, "--slot", name, "--publication", `${name},nowhere`],
    ],
    said: ['no publication "nowhere"', "CREATE PUBLICATION"],
  },
  {
    what: "a position that the server has not reached",
    args: (url, name) => [
      ...[url.href, "--slot", name, "--publication", name],
      ...["--start-lsn", "FFFFFF/0"],
    ],
    said: ["FFFFFF/0", "--start-lsn"],
  },
  {
    what: "no publication, and names those that exist",
    args: (url, name) => [url.href, "--slot", name],
    code: 64,
    said: ["--publication", "t1", "--help"],
  },
  {
    what: "no slot, and names those that exist",
    args: (url, name) => [url.href, "--publication", name],
    code: 64,
    said: ["--slot NAME (there is t1", "--temporary", "--create-slot"],
  },
  {
    what: "an unknown option",
    args: (url) => [url.href, "--frobnicate"],
    code: 64,
    said: ["There is no option --frobnicate", "--help"],
  },
  {
    what: "a connection string that makes no sense",
    args: (_, name) => [
      ...["host", "--slot", name, "--publication", name],
    ],
    said: ["Cannot read the connection string"],
  },
];

function as(url: URL, login: string): string {
  return url.href.replace("//postgres@", `//${login}@`);
}

for (const { what, sql, args, code = 1, said } of REFUSED) {
  Deno.test(`tail.ts refuses ${what}`, async () => {
    const name = await publish();
    if (sql !== undefined) await shared.sql(sql);
    const result = await runTail(args(new URL(shared.server.url), name));
    assertRefused(result, { code, said });
  });
}

Deno.test("tail.ts tells who uses a slot already", async () => {
  const name = await publish();
  await insert(name, 1);
  const first = spawnTail(tailing(name));
  const reader = lineReader(first.stdout);
  await readUntil(reader, (line) => line.includes('"kind":"commit"'));
  const pid = await shared.sql.value(
    `SELECT active_pid FROM pg_replication_slots WHERE slot_name = '${name}'`,
  );
  assertRefused(await runTail(tailing(name)), {
    code: 1,
    said: [`active for PID ${pid}`, "--slot"],
  });
  first.kill("SIGINT");
  await reader.cancel();
  await first.stderr.cancel();
  assertEquals((await first.status).code, 0);
});

Deno.test("tail.ts refuses a server that does not write enough", async () => {
  await withServer({ settings: { wal_level: "replica" } }, async (server) => {
    const result = await runTail([
      ...[server.url, "--slot", "s", "--publication", "p"],
    ]);
    assertRefused(result, { code: 1, said: ["wal_level", "ALTER SYSTEM"] });
  });
});

Deno.test("tail.ts goes on after a restart of the server, and says so", async () => {
  await withServer({}, async (server, sql) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    await sql("CREATE PUBLICATION p FOR TABLE t");
    const child = spawnTail([
      ...[server.url, "--slot", "s", "--create-slot", "--publication", "p"],
      ...["--format", "ndjson", "--verbose"],
    ]);
    const said = lineReader(child.stderr);
    const shown = lineReader(child.stdout);
    const isCommit = (line: string) => line.includes('"kind":"commit"');
    await readUntil(said, (line) => line.startsWith("at the start"));
    await sql("INSERT INTO t VALUES (1)");
    assertEquals(insertedIds(await readUntil(shown, isCommit)), [1]);
    await server.stop();
    await readUntil(said, (line) => /^tail: .*; trying again in/.test(line));
    await server.start();
    await sql("INSERT INTO t VALUES (2)");
    assertEquals(insertedIds(await readUntil(shown, isCommit)), [2]);
    child.kill("SIGINT");
    assertEquals((await child.status).code, 0);
    await shown.cancel();
    await said.cancel();
  });
});

async function text(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  return linesOf(await new Response(stream).bytes()).join("\n");
}

Deno.test("tail.ts --snapshot shows the rows that are there, then what comes", async () => {
  const name = await publish();
  await insert(name, 1, 3);
  const result = await runTail(tailing(name, "--snapshot", "--until", "now"));
  assertFine(result);
  const events = result.stdout.map((line) => JSON.parse(line));
  const read = events.filter(({ kind }) => kind === "read");
  assertEquals(read.map(({ newRow }) => newRow.id), [1, 2, 3]);
  assertEquals(insertedIds(result.stdout), [1, 2, 3]);
});

Deno.test("tail.ts --snapshot is refused with another plugin", async () => {
  const url = "postgres://nobody@127.0.0.1:1/none";
  const { code, stderr } = await runTail([
    ...[url, "--snapshot", "--plugin", "wal2json"],
  ]);
  assertEquals(code, 64);
  assertStringIncludes(stderr.join(), "--snapshot is for pgoutput");
});
