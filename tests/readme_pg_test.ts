import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { subscribe } from "../mod.ts";
import { generateTypes } from "../src/typegen/mod.ts";
import { connectSql, type SqlClient, withServer } from "./helpers/postgres.ts";

// `deno test --doc` passes over the programs of README.md and docs/ that need a server, so
// they are run here: as they stand there but for the server's address, each in a process
// of its own. README.md's SQL makes the database, and its samples of output are compared
// with what comes out.

const README = page("README.md");
const EVENTS = page("docs/events.md");
const DOCS = [...Deno.readDirSync(new URL("../docs/", import.meta.url))]
  .map(({ name }) => `docs/${name}`).filter((path) => path.endsWith(".md"));
const ADDRESS = "postgres://app@localhost/shop";
const SLOT = "search_indexer";
const INSERT =
  blocks(README, "sql").find((sql) => sql.startsWith("INSERT INTO orders")) ??
    "";
const UPDATE = inlineCode("UPDATE orders SET");

/** What a program is run with. */
interface Stage {
  /** A client on the database, as superuser. */
  readonly sql: SqlClient;
  /** The program's working directory. */
  readonly folder: string;
  /** Starts the program. */
  readonly start: () => Program;
}

/** How a documented program is to be run, and what it has to show. */
interface Scenario {
  /** A piece of code by which to know the program. */
  readonly code: string;
  /** The name of its slot, which is replaced by {@linkcode SLOT}. */
  readonly slot?: string;
  /** Whether it creates its slot, which else exists when it starts. */
  readonly createsSlot?: boolean;
  /** What happens in the database before it starts, but after the slot was made. */
  readonly before?: (stage: Stage) => Promise<unknown>;
  /** What happens while it runs; it is killed afterwards. Without, it ends by itself. */
  readonly during?: (stage: Stage, program: Program) => Promise<unknown>;
  /** What it has printed in the end. */
  readonly prints: readonly (string | RegExp)[];
  /** How many transactions the slot still has to deliver. */
  readonly left?: number;
}

const insert = ({ sql }: Stage) => sql(INSERT);

const SCENARIOS: readonly Scenario[] = [
  {
    code: "await using service = serve(subscription, {",
    createsSlot: true,
    prints: [/^200\n$/],
  },
  {
    code: "await using sink = deliver(subscription, destination);",
    before: insert,
    prints: [/^\[ "public.orders\/1" \]\n$/],
    left: 0,
  },
  {
    code: "await keepRows(event, rowsOf);",
    createsSlot: true,
    before: async (stage) => {
      await insert(stage);
      await stage.sql("GRANT SELECT ON orders TO app");
    },
    during: async (_stage, program) => {
      await program.prints("public.orders: 1 rows\n");
    },
    prints: [],
  },
  {
    code: "const replica = applyToSqlite(database);",
    before: insert,
    prints: ["id: 1, customer: "],
    left: 0,
  },
  {
    code: "plugin: testDecoding(),",
    createsSlot: true,
    during: async (stage, program) => {
      await insert(stage);
      await program.prints("orders 1n\n");
    },
    prints: [/^orders 1n\n$/],
  },
  {
    code: 'pluginOptions: { "include-xids": "false" },',
    createsSlot: true,
    during: async (stage, program) => {
      await insert(stage);
      await program.prints("COMMIT\n");
    },
    prints: ["table public.orders: INSERT: id[bigint]:1 customer[text]:'Ada'"],
  },
  {
    code: "await streamWal(connection);",
    prints: [/^[\dA-F]{24} 0\n$/],
  },
  {
    code: "console.log(event.kind, id, customer, total);",
    createsSlot: true,
    before: ({ sql }) => sql("INSERT INTO orders VALUES (7, 'Bo', 3)"),
    during: async (stage, program) => {
      await program.prints("read 7n Bo 3.00\n");
      await insert(stage);
      await program.prints(sample("insert 1n").trim());
    },
    prints: [/^read 7n Bo 3\.00\ninsert 1n Ada 24\.50\n$/],
  },
  {
    code: "timestamptz: asInstant",
    before: insert,
    prints: [/^\d{4}-\d\d-\d\dT[\d:.]+Z\n$/],
    left: 0,
  },
  {
    code: "if (rows.length < 1000) continue;",
    before: async ({ sql }) => {
      await sql(INSERT);
      await sql(
        "INSERT INTO orders SELECT g, 'Bo', 1 FROM generate_series(2, 1200) g",
      );
    },
    during: async ({ sql }, program) => {
      await program.prints("saved 1200\n");
      await allConfirmed(sql);
      await sql(UPDATE);
    },
    prints: [/^saved 1200\n$/],
    left: 1,
  },
  {
    code: "subscription.readable.pipeTo(",
    before: insert,
    during: async ({ sql }, program) => {
      await program.prints("indexed {");
      await allConfirmed(sql);
    },
    prints: [/^indexed \{\n {2}id: 1n,/],
    left: 0,
  },
  {
    code: "console.log(transaction?.xid,",
    before: async ({ sql }) => {
      await sql(INSERT);
      await sql(UPDATE);
    },
    prints: [/^\d+ \[ "relation", "insert" \]\n\d+ \[ "update" \]\n$/],
    left: 0,
  },
  {
    code: "changes since the last run",
    before: async (stage) => {
      await insert(stage);
      await stage.sql(UPDATE);
    },
    prints: [/^2 changes since the last run\n$/],
    left: 0,
  },
  {
    code: 'console.log("typed", event.newRow.id.toFixed(0)',
    before: insert,
    prints: [/^typed 1 \d+\.\d\d\n$/],
    left: 0,
  },
  {
    code: 'Deno.addSignalListener("SIGINT"',
    during: async (stage, program) => {
      await insert(stage);
      await program.prints("commit");
      program.kill("SIGINT");
      await program.prints(/confirmed up to \d+n\n/);
      assertEquals((await program.end()).code, 0);
    },
    prints: [/^begin\nrelation\ninsert\ncommit\nconfirmed/],
    left: 0,
  },
  {
    code: 'process.once("SIGTERM", () => subscription.close());',
    during: async (stage, program) => {
      await insert(stage);
      await program.prints("commit");
      program.kill("SIGTERM");
      assertEquals((await program.end()).code, 0);
    },
    prints: [/^begin\nrelation\ninsert\ncommit\n$/],
    left: 0,
  },
  {
    code: "const server = createServer(nodeListener(service.fetch));",
    slot: "probed_log",
    createsSlot: true,
    during: async (stage, program) => {
      await insert(stage);
      await program.runsUntil("writes the row", async () => {
        const lines = await linesIn(`${stage.folder}/log`);
        return lines.some((line) => line.includes('"customer":"Ada"'));
      });
      await allConfirmed(stage.sql);
      program.kill("SIGTERM");
      assertEquals((await program.end()).code, 0);
    },
    prints: [/^$/],
    left: 0,
  },
  {
    code: 'console.log("invalidated", name);',
    slot: "shop_cache",
    createsSlot: true,
    during: async (stage, program) => {
      await insert(stage);
      await stage.sql(UPDATE);
      await program.prints(/^(invalidated public\.orders\/1\n){2}/);
    },
    prints: [/^(invalidated public\.orders\/1\n){2}$/],
  },
  {
    code: 'ndjsonFiles({ folder: "audit" })',
    slot: "audit_log",
    createsSlot: true,
    during: async (stage, program) => {
      await insert(stage);
      await program.runsUntil("writes the row", async () => {
        const lines = await linesIn(`${stage.folder}/audit`);
        return lines.some((line) => line.includes('"customer":"Ada"'));
      });
      await allConfirmed(stage.sql);
    },
    prints: [/^$/],
    left: 0,
  },
  {
    code: "retry: { initialDelayMs: 100",
    during: async (stage, program) => {
      await insert(stage);
      await program.prints("commit\n");
      const pid = await activePid(stage.sql);
      await stage.sql(`SELECT pg_terminate_backend(${pid})`);
      await program.runsUntil(
        "reports why the link ended",
        () => program.errors.includes("57P01"),
      );
      await stage.sql(UPDATE);
      await program.prints(/update\ncommit\n/);
      await using second = stage.start();
      assertEquals((await second.end()).code, 0, second.errors);
      assertStringIncludes(second.output, "Another instance is at work");
    },
    prints: [
      /^connecting\nstreaming\nbegin\nrelation\ninsert\ncommit\n/,
      "retrying\n",
      /connecting\nstreaming\nbegin\nupdate\ncommit\n$/,
    ],
  },
  {
    code: "target_session_attrs=primary",
    prints: ["off"],
  },
  {
    code: "connection.identifySystem()",
    prints: [
      /^\d{10,} 1 [0-9A-F]+\/[0-9A-F]+\n/,
      "\n1min\n",
      /\naudit [0-9A-F]+\/[0-9A-F]+\n/,
      '[ [ "app" ] ]',
      "\n1\n",
    ],
  },
  {
    code: "prepared.set(transaction.gid, changes)",
    before: insert,
    prints: [/^relation\ninsert\n$/],
    left: 0,
  },
  {
    code: "const report = () =>",
    before: insert,
    prints: [
      'kind: "begin"',
      'kind: "relation"',
      /newTuple: \[\s+"1",\s+"Ada",/,
      'kind: "commit"',
      /\n1\d\.\d+\n$/,
    ],
    left: 0,
  },
  {
    code: 'Deno.open("walsender.bin")',
    before: async (stage) => {
      await insert(stage);
      const rows = await stage.sql(
        "SELECT encode(data, 'hex') AS data FROM " +
          `pg_logical_slot_peek_binary_changes('${SLOT}', NULL, NULL, ` +
          "'proto_version', '1', 'publication_names', 'shop')",
      );
      const bytes = rows.flatMap(({ data }) => [...copyData(fromHex(data))]);
      await Deno.writeFile(
        `${stage.folder}/walsender.bin`,
        Uint8Array.from(bytes),
      );
    },
    prints: ['kind: "begin"', 'kind: "insert"', 'kind: "commit"'],
    left: 1,
  },
  {
    code: "pg_logical_slot_get_binary_changes(",
    before: insert,
    prints: ['kind: "begin"', 'kind: "insert"', 'kind: "commit"'],
    left: 0,
  },
];

Deno.test("README.md and docs/: programs, SQL and samples do what they say", async (t) => {
  await withServer({}, async (server, admin) => {
    await admin("CREATE DATABASE shop");
    const url = server.url.replace(/\/postgres$/, "/shop");
    await using sql = connectSql(url);
    const [setUp = ""] = blocks(README, "sql");
    const operations = blocks(page("docs/operations.md"), "sql");
    for (const statement of statements(setUp)) await sql(statement);
    const folder = await Deno.makeTempDir();
    try {
      await writeConfig(folder);
      await Deno.writeTextFile(
        `${folder}/shop.ts`,
        await generateTypes(url, {
          publication: "shop",
          parsers: { int8: "number", timestamptz: "Date" },
        }),
      );
      const appUrl = url.replace("postgres@", "app@");
      const programs = [README, ...DOCS.map(page)]
        .flatMap((text) => blocks(text, "ts ignore"));
      await t.step("types", () => checkTypes(folder, programs));
      await t.step("each has its scenario", () => checkScenarios(programs));
      for (const scenario of SCENARIOS) {
        await t.step(scenario.code, async () => {
          const source = programs.find((text) => text.includes(scenario.code));
          assert(source !== undefined, `No program has "${scenario.code}"`);
          const own = source.replaceAll(ADDRESS, appUrl)
            .replaceAll(`"${scenario.slot ?? SLOT}"`, `"${SLOT}"`);
          await play(scenario, own, {
            sql,
            folder,
            start: () =>
              new Program(
                folder,
                ["run", "--quiet", "-A", "program.ts"],
                appUrl,
              ),
          });
        });
      }
      await t.step("sample of an update", () => checkUpdate(sql, appUrl));
      await t.step("commands", () => checkCommands(sql, appUrl));
      await t.step("operations", () => checkOperations(sql, operations));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

function checkScenarios(programs: readonly string[]): void {
  for (const program of programs) {
    const found = SCENARIOS.filter(({ code }) => program.includes(code));
    assertEquals(found.length, 1, program);
  }
}

async function checkTypes(
  folder: string,
  programs: readonly string[],
): Promise<void> {
  const files = programs.map((_, i) => `program_${i}.ts`);
  for (const [i, file] of files.entries()) {
    await Deno.writeTextFile(`${folder}/${file}`, programs[i] ?? "");
  }
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", ...files],
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

async function play(
  scenario: Scenario,
  source: string,
  stage: Stage,
): Promise<void> {
  const { sql, folder } = stage;
  await sql("TRUNCATE orders");
  if (!scenario.createsSlot) await createSlot(sql);
  await scenario.before?.(stage);
  await Deno.writeTextFile(`${folder}/program.ts`, source);
  try {
    await using program = stage.start();
    await perform(scenario, program, stage);
    await until("gives up the slot", async () => !await isActive(sql));
    if (scenario.left !== undefined) {
      assertEquals(await transactionsLeft(sql), scenario.left);
    }
  } finally {
    await dropSlot(sql);
  }
}

async function perform(
  scenario: Scenario,
  program: Program,
  stage: Stage,
): Promise<void> {
  if (scenario.during) {
    await program.runsUntil("has the slot", () => isFollowed(stage.sql));
    await scenario.during(stage, program);
    program.kill("SIGKILL");
    await program.end();
  } else {
    const { code } = await program.end();
    assertEquals(code, 0, program.errors);
  }
  for (const expected of scenario.prints) {
    if (typeof expected === "string") {
      assertStringIncludes(program.output, expected);
    } else {
      assertMatch(program.output, expected);
    }
  }
}

async function checkUpdate(sql: SqlClient, url: string): Promise<void> {
  await sql("TRUNCATE orders");
  await createSlot(sql);
  await sql(INSERT);
  await sql(UPDATE);
  await using subscription = await subscribe({
    connection: url,
    slot: SLOT,
    publication: "shop",
    until: "now",
  });
  const kinds: string[] = [];
  for await (const event of subscription) {
    kinds.push(event.kind);
    if (event.kind !== "update") continue;
    const shown = Deno.inspect(event, { colors: false });
    assertEquals(mask(shown), mask(sample('{\n  kind: "update"')));
  }
  assertEquals(kinds.slice(-3), ["begin", "update", "commit"]);
  await subscription.close();
  await until("gives up the slot", async () => !await isActive(sql));
}

// The demo's own tests run it without a database.
async function checkCommands(sql: SqlClient, url: string): Promise<void> {
  const root = new URL("../", import.meta.url);
  const commands = blocks(README, "sh").flatMap((block) =>
    block.trim().split("\n").map((line) => line.split(/\s+/))
  );
  const { tasks } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", root)),
  );
  for (const [npx, deno, verb, ...args] of commands) {
    if (npx !== "npx") continue;
    assertEquals(deno, "deno");
    if (verb === "task") assert(args[0] !== undefined && args[0] in tasks);
    else if (args.includes(ADDRESS)) {
      const own = args.map((arg) => arg === ADDRESS ? url : arg);
      await using program = new Program(root, ["run", ...own]);
      await program.runsUntil("has a slot", () => isFollowed(sql));
      await sql("TRUNCATE orders");
      await sql(INSERT);
      await program.prints(/insert +orders +id=1 customer=Ada/);
    } else assertEquals(args, ["-A", "examples/tail.ts"]);
  }
}

async function checkOperations(
  sql: SqlClient,
  operations: readonly string[],
): Promise<void> {
  const [watch = "", limit = "", drop = ""] = operations;
  assertEquals(operations.length, 3);
  const [row] = await sql(watch);
  assertEquals(row?.slot_name, SLOT);
  assertMatch(`${row?.kept} ${row?.behind}`, /^\d+ \w+ \d+ \w+$/);
  for (const statement of statements(limit)) await sql(statement);
  await until(
    "has the setting",
    async () => await sql.value("SHOW max_slot_wal_keep_size") === "10GB",
  );
  await sql(drop);
  assertEquals(
    await sql.value("SELECT count(*) FROM pg_replication_slots"),
    "0",
  );
}

/** A documented program, running. */
class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #ended = false;
  /** What it has printed. */
  output = "";
  /** What it has printed to its error output: how the two are interleaved is not known. */
  errors = "";

  constructor(folder: string | URL, args: readonly string[], url = "") {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: folder,
      env: { NO_COLOR: "1", DATABASE_URL: url, PORT: "0" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([
      this.#read(this.#child.stdout, (text) => this.output += text),
      this.#read(this.#child.stderr, (text) => this.errors += text),
    ]).then(() => {
      this.#ended = true;
    });
  }

  /** Waits until it has printed something. */
  async prints(expected: string | RegExp): Promise<void> {
    await this.runsUntil(`prints ${expected}`, () => this.#has(expected));
  }

  /** Waits for a condition; fails if the program ends before. */
  async runsUntil(
    name: string,
    condition: () => boolean | Promise<boolean>,
  ): Promise<void> {
    await until(name, async () => {
      const ended = this.#ended;
      if (await condition()) return true;
      assert(!ended, `ended before it ${name}: ${this.output}${this.errors}`);
      return false;
    });
  }

  /** Sends it a signal, if it runs. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended already.
    }
  }

  /** Waits for its end. */
  async end(): Promise<Deno.CommandStatus> {
    await until("ends", () => this.#ended);
    await this.#reading;
    return await this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.end();
  }

  #has(expected: string | RegExp): boolean {
    return typeof expected === "string"
      ? this.output.includes(expected)
      : expected.test(this.output);
  }

  async #read(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    take: (text: string) => void,
  ): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      take(text);
    }
  }
}

/** The package under the name that users import it by. */
async function writeConfig(folder: string): Promise<void> {
  const imports = {
    "@walbrook/walbrook": import.meta.resolve("../mod.ts"),
    ...Object.fromEntries(
      ["pgoutput", "test_decoding", "wal2json", "wal"].map((name) => [
        `@walbrook/walbrook/${name}`,
        import.meta.resolve(`../src/${name}/mod.ts`),
      ]),
    ),
  };
  await Deno.writeTextFile(
    `${folder}/deno.json`,
    JSON.stringify({ imports, lock: false }),
  );
}

async function createSlot(sql: SqlClient): Promise<void> {
  await sql(
    `SELECT pg_create_logical_replication_slot('${SLOT}', 'pgoutput')`,
  );
}

async function dropSlot(sql: SqlClient): Promise<void> {
  await until("gives up the slot", async () => !await isActive(sql));
  await sql(
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots " +
      `WHERE slot_name = '${SLOT}'`,
  );
}

async function activePid(sql: SqlClient): Promise<string | null | undefined> {
  return await sql.value(
    `SELECT active_pid FROM pg_replication_slots WHERE slot_name = '${SLOT}'`,
  );
}

async function isActive(sql: SqlClient): Promise<boolean> {
  return (await activePid(sql) ?? null) !== null;
}

/**
 * Tells whether a program follows a slot. A slot is active while it is being created, too, and
 * then leaves out what is written meanwhile.
 */
async function isFollowed(sql: SqlClient): Promise<boolean> {
  return await sql.value(
    "SELECT count(*) FROM pg_stat_replication JOIN pg_replication_slots " +
      "ON active_pid = pid WHERE state = 'streaming'",
  ) !== "0";
}

/** Reads the lines of the files in a folder, or returns none if there is no such folder. */
async function linesIn(folder: string): Promise<readonly string[]> {
  try {
    const lines: string[] = [];
    for await (const { name } of Deno.readDir(folder)) {
      if (!name.includes(".ndjson")) continue;
      const text = await Deno.readTextFile(`${folder}/${name}`);
      lines.push(...text.split("\n").filter((line) => line !== ""));
    }
    return lines;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Waits until the server knows that all up to now is done. */
async function allConfirmed(sql: SqlClient): Promise<void> {
  const end = await sql.value("SELECT pg_current_wal_lsn()");
  const query = `SELECT confirmed_flush_lsn >= '${end}' FROM ` +
    `pg_replication_slots WHERE slot_name = '${SLOT}'`;
  await until("is confirmed", async () => await sql.value(query) === "t");
}

async function transactionsLeft(sql: SqlClient): Promise<number> {
  const rows = await sql(
    "SELECT get_byte(data, 0) AS type FROM " +
      `pg_logical_slot_peek_binary_changes('${SLOT}', NULL, NULL, ` +
      "'proto_version', '1', 'publication_names', 'shop')",
  );
  return rows.filter(({ type }) => Number(type) === 0x43).length;
}

/** Waits for a condition; gives up, so that a broken page is no endless test. */
async function until(
  name: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!await condition()) {
    if (performance.now() > deadline) {
      throw new Error(`waited too long until it ${name}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The text of a page. */
function page(path: string): string {
  return Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
}

/** The blocks of a language, in order. */
function blocks(text: string, language: string): string[] {
  const fence = /^```([^\n]*)\n(.*?)^```$/gms;
  return [...text.matchAll(fence)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? "");
}

/** The sample of output that begins so. */
function sample(beginning: string): string {
  const found = [README, EVENTS].flatMap((text) => blocks(text, "text"))
    .find((block) => block.startsWith(beginning));
  assert(found !== undefined, `There is no sample "${beginning}"`);
  return found;
}

/** What stands between backquotes and begins so. */
function inlineCode(beginning: string): string {
  const [, code] = RegExp(`\`(${beginning}[^\`]*)\``).exec(README + EVENTS) ??
    [];
  assert(code !== undefined, `There is no \`${beginning}…\``);
  return code;
}

/** Makes what differs from run to run the same. */
function mask(text: string): string {
  return text.trim()
    .replace(/"\d{4}-\d\d-\d\d [\d:.]+\+00"/g, '"time"')
    .replace(/\b(xid|commitLsn|commitTime|oid|lsn): \d+/g, "$1: 0");
}

/** The statements of a block; ALTER SYSTEM has to be sent alone. */
function statements(block: string): string[] {
  return block.split(/;[^\n]*\n/).filter((statement) =>
    statement.trim() !== ""
  );
}

/** CopyData with XLogData in it, as a walsender sends it. */
function copyData(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(30 + payload.length);
  frame[0] = 0x64; // d
  new DataView(frame.buffer).setInt32(1, frame.length - 1);
  frame[5] = 0x77; // w
  frame.set(payload, 30);
  return frame;
}

function fromHex(text: string | null | undefined): Uint8Array {
  return Uint8Array.from(
    text?.match(/../g) ?? [],
    (byte) => Number.parseInt(byte, 16),
  );
}
