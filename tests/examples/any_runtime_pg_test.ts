import { buildPackage } from "../../npm/build.ts";
import { findNatsServer } from "../../examples/demo/nats_server.ts";
import {
  connectSql,
  type PostgresServer,
  type SqlClient,
  withServer,
} from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";
import { findProgram } from "../runtimes/binaries.ts";
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Deno runs the examples in the other tests of this folder; Node and Bun run them here, with
// the packages as npm installs them. A runtime has one server, and each example a database.

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const RUNTIMES = ["node24", "bun"] as const;
const FOR_ONE_RUNTIME = ["checkpoint_kv.ts", "tail.ts"];
const LONGEST_MS = 300_000;

interface Case {
  /** The example. */
  readonly file: string;
  /** What it prints. */
  readonly prints: RegExp;
  /** Its arguments; without any it takes the demo's server. */
  readonly args?: (url: string, folder: string) => readonly string[];
  /** Whether it is stopped once it has printed that. */
  readonly isEndless?: boolean;
}

/** Those of one list run one after the other: they use the same slot or database. */
const CASES: readonly (readonly Case[])[] = [
  [{
    file: "outbox.ts",
    prints: /order 1: Ada has to pay 1.00\n[^]*order 1: paid by card\n$/,
  }],
  [{ file: "webhook.ts", prints: /\nDelivered \d+ changes in \d+ requests/ }],
  [{ file: "pipe.ts", prints: /\nExported \d+ more: / }],
  [
    { file: "checkpoint_file.ts", prints: /\nKept: \{"lsn":/ },
    {
      file: "checkpoint_postgres.ts",
      prints: /\nturnover: \d+ orders, [^]*\nSecond run: /,
    },
  ],
  [{
    file: "follow.ts",
    args: (url) => [url, "follow", "pages"],
    prints: /^$/,
  }],
  [{
    file: "archive.ts",
    args: (url, folder) => [
      ...[url, join(folder, "archive"), "--slot", "archive"],
      ...["--create-slot", "--until-now"],
    ],
    prints: /^timeline 1 from /,
  }],
  [
    {
      file: "search_index.ts",
      args: (url, folder) => [url, "pages", join(folder, "index.db")],
      isEndless: true,
      prints: /^public\.page is copied\n/,
    },
    {
      file: "search_index.ts",
      args: (_url, folder) => ["--search", join(folder, "index.db"), "walnut"],
      prints: /^\{"id":1,"body":"a walnut"\}\n$/,
    },
  ],
  [
    { file: "replica.ts", prints: /\nThe copy equals the shop\n$/ },
    { file: "nats.ts", prints: /\nThe copy has all \d+ rows of the shop\n$/ },
  ],
];

const hasNats = await findNatsServer() !== null;
const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
const hasNpm = await new Deno.Command(npm, { args: ["--version"] }).output()
  .then(({ success }) => success, () => false);
if (!hasNpm) {
  console.log("The examples run in Deno alone: there is no npm here");
}

Deno.test({
  name: "every example runs in Node and Bun, but those for one runtime",
  ignore: !hasNpm,
  async fn() {
    const names = CASES.flat().map(({ file }) => file);
    assertEquals(
      await namesOfExamples(),
      [...new Set([...names, ...FOR_ONE_RUNTIME])].sort(),
    );
    const folder = await Deno.makeTempDir();
    try {
      await install(folder);
      const runs = RUNTIMES.map((runtime) => runIn(runtime, folder));
      const failed = (await Promise.all(runs)).flat();
      assertEquals(failed, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function namesOfExamples(): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(join(ROOT, "examples")));
  return entries.filter(({ isFile }) => isFile).map(({ name }) => name).sort();
}

/** Makes a copy of the examples with what they import beside them. */
async function install(folder: string): Promise<void> {
  await run("cp", ["-R", join(ROOT, "examples"), folder]);
  for (const name of ["mod.ts", "src", "packages"]) {
    await Deno.symlink(join(ROOT, name), join(folder, name));
  }
  const built = join(folder, "built");
  await buildPackage(ROOT, join(built, "walbrook"));
  const packages = [`@walbrook/walbrook@file:${built}/walbrook`, "pg"];
  if (hasNats) {
    await buildPackage(join(ROOT, "packages/nats"), join(built, "nats"));
    packages.push(`walbrook@file:${built}/walbrook`);
    packages.push(`@walbrook/nats@file:${built}/nats`);
  }
  await run(npm, [
    ...["install", "--prefix", join(folder, "examples"), "--silent"],
    ...["--no-save", "--no-package-lock", "--no-audit", "--no-fund"],
    ...["--install-links", ...packages],
  ]);
}

/** Runs all examples on one server, and tells what went wrong. */
async function runIn(
  runtime: typeof RUNTIMES[number],
  folder: string,
): Promise<readonly string[]> {
  const program = await findProgram(runtime);
  if (program === null) {
    console.log(`${runtime} is not tested: npm has none for this system`);
    return [];
  }
  const own = join(folder, runtime);
  await Deno.mkdir(own);
  return await withServer({}, async (server, sql) => {
    const lists = CASES.map(async (cases, list) => {
      for (const [at, one] of cases.entries()) {
        if (one.file === "nats.ts" && !hasNats) continue;
        const url = await makeDatabase(server, sql, `example_${list}_${at}`);
        const args = one.args?.(url, own) ?? [];
        const example = join(folder, "examples", one.file);
        const output = await outputOf(one, program, [example, ...args], url);
        if (!one.prints.test(output)) {
          return [`${one.file} in ${runtime} printed\n${output}`];
        }
        await dropSlots(url);
        // nats.ts makes it, too.
        if (one.file === "replica.ts") await sql("DROP DATABASE copy");
      }
      return [];
    });
    return (await Promise.all(lists)).flat();
  });
}

async function outputOf(
  { prints, isEndless = false }: Case,
  program: string,
  args: readonly string[],
  demo: string,
): Promise<string> {
  const child = new Deno.Command(program, {
    args: [...args],
    env: { WALBROOK_DEMO: demo },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // What it has written before may come in several parts.
  let isKilled = false;
  const kill = () => {
    if (!isKilled) child.kill("SIGKILL");
    isKilled = true;
  };
  const timer = setTimeout(kill, LONGEST_MS);
  const texts = ["", ""];
  await Promise.all([child.stdout, child.stderr].map(async (stream, at) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      texts[at] += text;
      if (isEndless && prints.test(texts[0]!)) kill();
    }
  }));
  const { success } = await child.status;
  clearTimeout(timer);
  return success || isEndless ? texts[0]! : texts.join("\n");
}

async function makeDatabase(
  { url }: PostgresServer,
  sql: SqlClient,
  name: string,
): Promise<string> {
  await sql(`CREATE DATABASE ${name}`);
  const own = url.replace(/\/postgres$/, `/${name}`);
  await using client = connectSql(own);
  await client(
    "CREATE TABLE page (id int PRIMARY KEY, body text); INSERT INTO page VALUES (1, 'a walnut'); CREATE PUBLICATION pages FOR TABLE page",
  );
  return own;
}

/** Lets the next one of a list make its slot. */
async function dropSlots(url: string): Promise<void> {
  await using sql = connectSql(url);
  const own = "FROM pg_replication_slots WHERE database = current_database()";
  await until(async () =>
    await sql.value(`SELECT count(active_pid) ${own}`) === "0"
  );
  await sql(`SELECT pg_drop_replication_slot(slot_name) ${own}`);
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args],
  }).output();
  assert(success, `${program}: ${new TextDecoder().decode(stderr)}`);
}
