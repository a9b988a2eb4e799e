import { assert, assertEquals } from "@std/assert";
import { type Check, CHECKS, runDoctor } from "../../src/doctor/mod.ts";
import { dial } from "../../src/socket/deno.ts";
import { sharedServer } from "../helpers/postgres.ts";
import { findPgBouncer, startPgBouncer } from "../login/pgbouncer.ts";
import {
  ON_ALL_VERSIONS,
  ON_NEWEST,
  ON_TWO_VERSIONS,
} from "./broken_servers.ts";

const context = sharedServer({
  major: 18,
  settings: { max_slot_wal_keep_size: "10GB" },
});

/**
 * What takes too long to bring about, or other hardware: the view that a check reads is
 * played, by a common table expression of its name.
 */
const PLAYED: readonly (readonly [
  id: string,
  view: string,
  found: string,
])[] = [
  [
    "decodingSpills",
    "pg_stat_replication_slots AS (SELECT 's' AS slot_name, 3 AS spill_txns, 2e9::bigint AS spill_bytes)",
    "s: 3 transactions, 1907 MB",
  ],
  [
    "slotHeld",
    "pg_replication_slots AS (SELECT 's' AS slot_name, '2/0'::pg_lsn AS confirmed_flush_lsn, '1/0'::pg_lsn AS restart_lsn)",
    "s keeps 4096 MB below what is confirmed",
  ],
  [
    "slotXmin",
    "pg_replication_slots AS (SELECT 's' AS slot_name, '2'::xid AS catalog_xmin)",
    "s: catalog_xmin is 2147483647 transactions old",
  ],
  [
    "failoverUnsynchronized",
    "pg_replication_slots AS (SELECT 's' AS slot_name, true AS failover)",
    "s: synchronized_standby_slots is empty",
  ],
  [
    "plainLink",
    "pg_stat_ssl AS (SELECT pg_backend_pid() AS pid, false AS ssl), pg_stat_activity AS (SELECT pg_backend_pid() AS pid, '10.1.2.3'::inet AS client_addr)",
    "no TLS from 10.1.2.3",
  ],
];

function checkOf(id: string): Check {
  const check = CHECKS.findLast((check) => check.id === id);
  if (check === undefined) throw new TypeError(`There is no check ${id}`);
  return check;
}

async function findings(check: Check, url = context.server.url) {
  const { findings, skipped } = await runDoctor(url, {
    slot: "s",
    checks: [check],
  });
  assertEquals(skipped, []);
  return findings.filter(({ id }) => id === check.id).map(({ found }) => found);
}

for (const [id, view, found] of PLAYED) {
  Deno.test(`runDoctor() finds ${id} where the server says so`, async () => {
    const check = checkOf(id);
    assertEquals(await findings(check), []);
    const sql = `WITH ${view} ${check.sql}`;
    assertEquals(await findings({ ...check, sql }), [found]);
  });
}

Deno.test("runDoctor() finds versions that are too old, or have a known fault", async () => {
  const number = await context.sql.value(
    "SELECT current_setting('server_version_num')",
  );
  const minor = checkOf("versionMinor");
  assertEquals(await findings(minor), []);
  const [found] = await findings({
    ...minor,
    sql: minor.sql.replace("140018", `${number}`),
  });
  assert(found?.startsWith("PostgreSQL "), found);
  const old = checkOf("versionOld");
  assertEquals(await findings(old), []);
  assertEquals(await findings({ ...old, before: Infinity }), [found]);
});

Deno.test("runDoctor() finds a consumer that is far behind", async () => {
  const { sql } = context;
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  try {
    const check = checkOf("slotBehind");
    assertEquals(await findings(check), []);
    const [found] = await findings({
      ...check,
      sql: check.sql.replace("> 1e9", "> -1"),
    });
    assert(/^s: \d+ (?:bytes|kB) behind$/.test(found ?? ""), found);
  } finally {
    await sql("SELECT pg_drop_replication_slot('s')");
  }
});

Deno.test("runDoctor() finds clocks that differ", async () => {
  const clock = checkOf("clock");
  assertEquals(await findings(clock), []);
  const sql = clock.sql.replaceAll(":now", "'2000-01-01'");
  const [found] = await findings({ ...clock, sql });
  assert(/^\d+ s apart$/.test(found ?? ""), found);
});

Deno.test("runDoctor() finds a port that is mapped to another one", async () => {
  const { server } = context;
  const url = new URL(server.url);
  url.port = "1";
  const { findings } = await runDoctor(url, {
    checks: [checkOf("portDiffers")],
    dial: (address, options) =>
      dial(
        address.transport === "tcp"
          ? { ...address, port: server.port }
          : address,
        options,
      ),
  });
  assertEquals(findings.map(({ found }) => found), [
    `dialled 1, the server listens on ${server.port}`,
  ]);
});

Deno.test("runDoctor() finds databases of other encodings", async () => {
  const { server, sql } = context;
  for (
    const [id, encoding] of [
      ["encodingAscii", "SQL_ASCII"],
      ["encodingOther", "LATIN1"],
    ] as const
  ) {
    await sql(
      `CREATE DATABASE "${encoding}" ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`,
    );
    const url = new URL(server.url);
    url.pathname = `/${encoding}`;
    assertEquals(await findings(checkOf(id), url.href), [
      `server_encoding = ${encoding}`,
    ]);
    assertEquals(await findings(checkOf(id)), []);
  }
});

const installed = await findPgBouncer();
Deno.test({
  name: "runDoctor() finds a pooler in between",
  // PgBouncer lets replication connections through from 1.23 on.
  ignore: installed === null,
  fn: async () => {
    const { server } = context;
    await using pooler = await startPgBouncer(server, {
      poolMode: "session",
      ignore: "options, IntervalStyle",
    });
    const { findings } = await runDoctor(
      pooler.url.replace(/\/postgres$/, `/${server.superuser}`),
    );
    const ids = findings.map(({ id }) => id);
    const expected = installed! < 123 ? "pooler" : "poolerPasses";
    assert(ids.includes(expected), ids.join());
    assert(!ids.includes("replicationRefused"), ids.join());
  },
});

Deno.test("runDoctor() tells the provider's way in place of SQL that is not allowed there", async () => {
  const check = {
    ...checkOf("keepSizeNone"),
    sql: "SELECT 'x', 'ALTER SYSTEM'",
  };
  const { findings, server } = await runDoctor(context.server.url, {
    checks: [check],
    provider: "cloudsql",
  });
  const [finding] = findings;
  assertEquals(server?.provider, "cloudsql");
  assertEquals(finding?.fixSql, null);
  assertEquals(finding?.provider, "cloudsql");
  assertEquals(finding?.fix, check.providers?.cloudsql);
});

Deno.test("runDoctor() never writes, whatever a check asks for", async () => {
  const { server, sql } = context;
  await sql("CREATE TABLE untouched (id int)");
  const checks: Check[] = [
    "INSERT INTO public.untouched VALUES (1) RETURNING id, NULL",
    "SELECT nextval('public.counter'), NULL",
    "CREATE TABLE public.made ()",
  ].map((sql, at) => ({
    ...checkOf("hba"),
    id: `writes${at}`,
    sql,
  }));
  await sql("CREATE SEQUENCE counter");
  const before = await sql.value("SELECT last_value FROM counter");
  const report = await runDoctor(server.url, { checks });
  assertEquals(report.skipped.map(({ id }) => id), [
    "writes0",
    "writes1",
    "writes2",
  ]);
  for (const { reason } of report.skipped) assert(reason.includes("25006"));
  assertEquals(await sql.value("SELECT count(*) FROM untouched"), "0");
  assertEquals(await sql.value("SELECT last_value FROM counter"), before);
});

Deno.test("runDoctor() names what stands in the way of a login", async () => {
  const { server } = context;
  for (
    const [change, id] of [
      [(url: URL) => url.pathname = "/nowhere", "databaseMissing"],
      [(url: URL) => url.username = "nobody", "loginRefused"],
    ] as const
  ) {
    const url = new URL(server.url);
    change(url);
    const report = await runDoctor(url);
    assertEquals(report.findings.map((finding) => finding.id), [id]);
    assertEquals(report.server, null);
  }
});

Deno.test("every check of runDoctor() has a test that sees it find something", () => {
  const seen = new Set([
    ...[...ON_ALL_VERSIONS, ...ON_TWO_VERSIONS, ...ON_NEWEST].flatMap((
      { expected },
    ) => expected.map(({ id }) => id)),
    ...PLAYED.map(([id]) => id),
    ...["versionMinor", "versionOld", "clock", "portDiffers", "slotBehind"],
    ...["encodingAscii", "encodingOther", "pooler", "poolerPasses"],
    ...["standby", "standbyFeedback"],
  ]);
  const unseen = CHECKS.filter(({ id }) => !seen.has(id)).map(({ id }) => id);
  assertEquals(unseen, []);
});
