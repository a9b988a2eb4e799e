import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { run } from "../../packages/cli/src/main.ts";
import { tellIfSlow } from "../../packages/cli/src/command/tell_if_slow.ts";
import { Recorder } from "../../packages/cli/src/record/recorder.ts";
import { testOnPostgres } from "../helpers/postgres.ts";
import { startStandby } from "../helpers/standby.ts";
import { inTime } from "../helpers/test_in_time.ts";
import { hostFor } from "./host.ts";

/** Far more than a command takes to fail, in milliseconds. */
const LONGEST_MS = 60_000;

/** Runs a command line that has to fail, and returns its output. */
async function failureOf(...args: readonly string[]): Promise<string> {
  const said: string[] = [];
  const code = await inTime(() => run(args, hostFor(said)), LONGEST_MS);
  assert(code !== 0, said.join("\n"));
  return said.join("\n");
}

testOnPostgres(
  "commands say what to do where names, ports and rights are wrong",
  async ({ server: { url, port }, sql }) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION shop;
      CREATE ROLE follower LOGIN REPLICATION`);
    await sql("SELECT pg_create_logical_replication_slot('feed', 'pgoutput')");
    const follower = url.replace("postgres@", "follower@");
    await sql("SELECT pg_create_physical_replication_slot('standby')");
    const publication = ["--publication", "shop", "--temporary"];
    for (
      const [line, said] of [
        [["slots", "create", "feed", url], "Choose another name"],
        [["slots", "drop", "fed", url], '"fed"; this server has feed'],
        [
          ["tail", url, "--publication", "shp", "--slot", "feed"],
          "publications list shows",
        ],
        [
          ["tail", url, "--publication", "shop", "--slot", "standby"],
          "slots list shows",
        ],
        [["publications", "check", "shp", url], "this database has shop"],
        [["publications", "create", "shop", url, "--keyed-tables"], "Choose"],
        [
          ["publications", "create", "p", follower, "--keyed-tables"],
          "CREATE on the database",
        ],
        [
          ["snapshot", url, "--publication", "shop", "--table", "t"],
          "ALTER PUBLICATION shop ADD TABLE public.t",
        ],
        [
          ["serve", url, ...publication, "--port", `${port}`],
          "choose another with --port",
        ],
        [["replay", "/nowhere/x"], "Cannot open the recording /nowhere/x"],
        [["slots", "list", "service=nope"], "PGSERVICEFILE"],
        [
          ["types", url, "--publication", "shop", "--check", "/nowhere/x"],
          "without --check, types writes",
        ],
      ] as const
    ) {
      assertStringIncludes(await failureOf(...line), said);
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "slots create says what wal_level must be",
  async ({ server: { url } }) => {
    assertStringIncludes(
      await failureOf("slots", "create", "feed", url),
      'wal_level is "replica"; run ALTER SYSTEM SET wal_level = logical',
    );
  },
  { majors: [18], settings: { wal_level: "replica" } },
);

testOnPostgres(
  "slots create, publications create and ping say that a standby can't do it",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int PRIMARY KEY)");
    await using standby = await startStandby(server);
    const { url } = standby;
    for (
      const [line, said] of [
        [["slots", "create", "feed", url], "connect to the primary"],
        [["publications", "create", "p", url, "--table", "t"], "primary"],
        [["ping", url], "ping the primary"],
      ] as const
    ) {
      assertStringIncludes(await failureOf(...line), said);
    }
  },
  { majors: [14], copied: false },
);

Deno.test("record and replay leave alone what is no recording", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/notes.txt`;
  try {
    for (const text of ["notes without an end of line", '{"a":1}']) {
      await Deno.writeTextFile(file, text);
      await assertRejects(() => Recorder.open(file), Error, "another file");
      assertStringIncludes(await failureOf("replay", file), "another file");
      assertEquals(await Deno.readTextFile(file), text);
    }
    // The first line of a recording, as a crash may cut it.
    for (const text of ["", '{"ver', '{"version":"0/1', '{"event":{"kind"']) {
      await Deno.writeTextFile(file, text);
      await (await Recorder.open(file)).close();
      assertEquals(await Deno.readTextFile(file), "");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("tellIfSlow() explains a wait, once it is long", async () => {
  const said: string[] = [];
  let tell = () => {};
  const told = new Promise<void>((resolve) => tell = resolve);
  const host = {
    tell: (lines: readonly string[]) => {
      said.push(...lines);
      tell();
    },
  };
  assertEquals(await tellIfSlow(host, "tail", told.then(() => 7), 1), 7);
  assertEquals(said.length, 1);
  assertStringIncludes(said[0]!, "pg_log_standby_snapshot()");
  assertEquals(await tellIfSlow(host, "tail", Promise.resolve(8), 1), 8);
  assertEquals(said.length, 1);
});
