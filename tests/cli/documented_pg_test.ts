import { assert, assertEquals } from "@std/assert";
import { EXIT_STATUSES } from "../../packages/cli/src/command/help.ts";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import { sharedServer } from "../helpers/postgres.ts";
import { linesOf } from "../examples/run_tail.ts";
import { untilFollowed } from "../helpers/until_true.ts";
import { bounded, CLI, quietEnvironment, ROOT } from "./run_cli.ts";

const PAGE = await Deno.readTextFile(`${ROOT}docs/cli.md`);
const ADDRESS = "postgres://app@localhost/shop";

/** The command lines of the page and of every command's help, each once. */
const LINES = [
  ...new Set([
    ...PAGE.split("\n").filter((line) => line.startsWith("walbrook ")),
    ...COMMANDS.flatMap(({ name, examples }) =>
      examples.map(({ line }) => `walbrook ${name} ${line}`)
    ),
  ]),
];

const shared = sharedServer();
let folder = "";
Deno.test.beforeAll(async () => {
  folder = await Deno.makeTempDir();
  // With nothing to deliver it sends nothing.
  const [, config = ""] = /```js ignore\n([^]*?)```/.exec(PAGE) ?? [];
  await Deno.writeTextFile(`${folder}/sink.ts`, config);
  await shared.sql(`
    CREATE TABLE orders (id int PRIMARY KEY, status text, total numeric);
    CREATE TABLE customers (id int PRIMARY KEY);
    CREATE TABLE products (id int PRIMARY KEY)`);
});
Deno.test.afterAll(() => Deno.remove(folder, { recursive: true }));

Deno.test("docs/cli.md has every command and every exit status", () => {
  for (const { name } of COMMANDS) {
    assert(LINES.some((line) => line.startsWith(`walbrook ${name} `)), name);
    assert(PAGE.includes(`walbrook ${name} `), name);
  }
  const rows = PAGE.replaceAll(/ +/g, " ");
  for (const [status, text] of EXIT_STATUSES) {
    assert(rows.includes(`| ${status} | ${text} |`), `${status} ${text}`);
  }
});

// These end at Ctrl-C only.
const LASTS =
  /^walbrook (?:tail|record|sink|serve|top) (?!.*--(?:until|count))/;

for (const line of LINES) {
  Deno.test(`it works as documented: ${line}`, async () => {
    const { sql, server: { url } } = shared;
    await prepare(line);
    const consumer = line.includes("ping") && line.includes("--slot")
      ? start(`tail ${url} --slot search_indexer --publication shop --json`)
      : null;
    const command = line.replace(ADDRESS, url)
      // Someone else may listen there.
      .replace(/^walbrook serve .*/, (line) => `${line} --port 0`)
      .replace(/ --port \d+ (?=--port)/, " ")
      // Without a pause.
      .replace(/^walbrook (?:ping|top) .*/, (line) => `${line} --interval 0.1`)
      .replaceAll("~/", `${folder}/`);
    if (LASTS.test(line)) {
      const child = start(command.replace(/^walbrook /, ""));
      const output = child.output();
      await untilBusy(line);
      child.kill("SIGINT");
      const { code, stderr } = await output;
      assertEquals(code, 0, linesOf(stderr).join("\n"));
    } else if (line.includes("--count 1") && line.includes("tail")) {
      const child = start(command.replace(/^walbrook /, ""));
      const output = child.output();
      await untilBusy(line);
      await sql("INSERT INTO orders VALUES (1, 'paid', 9), (2, 'paid', 11)");
      const { code, stdout } = await output;
      assertEquals(code, 0);
      assert(linesOf(stdout).some((line) => line.includes("id=2")));
      await sql("DELETE FROM orders");
    } else {
      const { code, stderr } = await start(command.replace(/^walbrook /, ""))
        .output();
      const allowed = line.includes("repair") && line.includes("--skip-to")
        ? [4]
        // Nothing is wrong enough here, but the settings of a test server.
        : line.includes("doctor")
        ? [0, 1]
        : [0];
      assert(allowed.includes(code), `${code}: ${linesOf(stderr).join("\n")}`);
    }
    if (consumer !== null) {
      const output = consumer.output();
      consumer.kill("SIGINT");
      await output;
    }
  });
}

/** Starts a command line by a shell, which the program replaces. */
function start(words: string): Deno.ChildProcess {
  const command = new Deno.Command("sh", {
    args: [
      "-c",
      `exec '${Deno.execPath()}' run -A --quiet '${CLI}' ${words}`,
    ],
    cwd: folder,
    clearEnv: true,
    env: quietEnvironment(),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  return bounded(command.spawn());
}

async function prepare(line: string): Promise<void> {
  const { sql } = shared;
  // The server notices a moment later that the program before has ended.
  await untilTrueWithin(
    "NOT EXISTS (SELECT FROM pg_replication_slots WHERE active) AND NOT EXISTS (SELECT FROM pg_stat_replication)",
  );
  await sql(`SELECT pg_drop_replication_slot(slot_name)
    FROM pg_replication_slots`);
  await sql("DROP PUBLICATION IF EXISTS shop");
  if (!/publications create/.test(line)) {
    await sql("CREATE PUBLICATION shop FOR TABLE orders, customers, products");
  }
  const needs = [
    ...line.includes("search_indexer") && !line.includes("slots create")
      ? ["search_indexer"]
      : [],
    ...line.includes("--slot audit --until") ? ["audit"] : [],
    ...line.includes("--slot recorder --until") ? ["recorder"] : [],
  ];
  for (const name of needs) {
    await sql(
      `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`,
    );
  }
  if (line.includes("replay")) {
    await Deno.writeTextFile(`${folder}/shop.ndjson`, "");
  }
  if (line.includes("--check shop.ts")) {
    const { stdout } = await start(
      `types ${shared.server.url} --publication shop ${
        line.includes("--int8=number") ? "--int8=number" : ""
      }`,
    ).output();
    await Deno.writeFile(`${folder}/shop.ts`, stdout);
  }
  if (line.includes("completions")) {
    for (
      const one of [
        ".local/share/bash-completion/completions",
        ".zsh/completions",
        ".config/fish/completions",
      ]
    ) await Deno.mkdir(`${folder}/${one}`, { recursive: true });
  }
}

async function untilBusy(line: string): Promise<void> {
  if (!line.startsWith("walbrook top")) await untilFollowed(shared.sql);
  else await untilTrueWithin("EXISTS (SELECT FROM pg_stat_replication)");
}

async function untilTrueWithin(condition: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (await shared.sql.value(`SELECT ${condition}`) !== "t") {
    if (Date.now() > deadline) throw new Error(`Never true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
