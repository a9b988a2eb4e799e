import { assertEquals } from "@std/assert";
import { findCloudflare, findViolations } from "./helpers/architecture.ts";
import {
  findCircles,
  findFullFolders,
  folderGraph,
  importGraph,
} from "./helpers/import_graph.ts";
import { readSource } from "./helpers/source_text.ts";
import { findUnsafeSql } from "./helpers/unsafe_sql.ts";

const ROOT = new URL("../", import.meta.url);

async function readFolder(
  folder: string,
  sources: Map<string, string> = new Map(),
): Promise<Map<string, string>> {
  for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
    const path = folder + entry.name;
    if (entry.isDirectory) await readFolder(`${path}/`, sources);
    else if (path.endsWith(".ts")) {
      sources.set(path, await Deno.readTextFile(new URL(path, ROOT)));
    }
  }
  return sources;
}

async function readPackage(): Promise<Map<string, string>> {
  const sources = await readFolder("src/");
  sources.set("mod.ts", await Deno.readTextFile(new URL("mod.ts", ROOT)));
  return sources;
}

Deno.test("the package keeps its import rule", async () => {
  const sources = await readPackage();
  assertEquals(
    [...sources].flatMap(([path, source]) => findViolations(path, source)),
    [],
  );
  assertEquals(findCloudflare(sources, "mod.ts"), []);
});

const MOST_FILES_IN_A_FOLDER = 26;

Deno.test("no import of the package leads back to where it came from", async () => {
  const files = importGraph(await readPackage());
  assertEquals(findCircles(files), []);
  assertEquals(findCircles(folderGraph(files)), []);
});

for (const { name } of Deno.readDirSync(new URL("packages", ROOT))) {
  Deno.test(`no import of packages/${name} leads back to its own file or folder`, async () => {
    const sources = await readFolder(`packages/${name}/`);
    const files = importGraph(sources);
    assertEquals(findCircles(files), []);
    assertEquals(findCircles(folderGraph(files)), []);
    assertEquals(findFullFolders(sources, MOST_FILES_IN_A_FOLDER), []);
  });
}

Deno.test("no folder of the package holds more files than a reader can take in", async () => {
  const sources = await readPackage();
  assertEquals(findFullFolders(sources, MOST_FILES_IN_A_FOLDER), []);
});

Deno.test("findCircles() finds circles of files and of folders", () => {
  const files = importGraph(
    new Map([
      ["src/a/x.ts", 'import type { Y } from "./y.ts";'],
      ["src/a/y.ts", 'await import("../b/z.ts");'],
      ["src/b/z.ts", 'export { x } from "../a/x.ts";'],
      ["src/lsn.ts", 'import "./a/x.ts";'],
    ]),
  );
  assertEquals(findCircles(files), [
    "src/a/x.ts -> src/a/y.ts -> src/b/z.ts -> src/a/x.ts",
  ]);
  assertEquals(findCircles(folderGraph(files)), ["src/a -> src/b -> src/a"]);
});

Deno.test("findCircles() accepts two ways to the same file", () => {
  const files = importGraph(
    new Map([
      ["src/a.ts", 'import "./b.ts"; import "./c.ts";'],
      ["src/b.ts", 'import "./c.ts";'],
      ["src/c.ts", ""],
    ]),
  );
  assertEquals(findCircles(files), []);
});

Deno.test("findFullFolders() counts the files of a folder, not those below it", () => {
  const sources = new Map([["src/a/x.ts", ""], ["src/a/y.ts", ""], [
    "src/a/b/z.ts",
    "",
  ]]);
  assertEquals(findFullFolders(sources, 1), ["src/a/ holds 2 files"]);
});

Deno.test("the package asks for objects of pg_catalog only, by that name", async () => {
  const sources = await readPackage();
  assertEquals(
    // What applies changes, examines a server or writes types pins the search_path of its own
    // connection; what stores positions gets its connection from the user.
    [...sources].filter(([path]) =>
      !/^src\/(?:apply|checkpoint|doctor|typegen)\//.test(path)
    )
      .flatMap(([path, source]) =>
        findUnsafeSql(source).map((problem) => `${path}: ${problem}`)
      ),
    [],
  );
});

for (
  const [sql, problem] of [
    ["SELECT 1 WHERE a = b", 'operator "="'],
    ["SELECT oid FROM pg_catalog.pg_class WHERE oid >= 1", 'operator ">="'],
    ["SELECT a->>'b'", 'operator "->>"'],
    ["WHERE a IN (1, 2)", 'hidden operator "IN"'],
    ["WHERE a NOT BETWEEN 1 AND 2", 'hidden operator "NOT BETWEEN"'],
    ["SELECT CASE kind WHEN 'a' THEN 1 END", 'hidden operator "CASE kind"'],
    ["SELECT a IS DISTINCT FROM b", 'hidden operator "DISTINCT FROM"'],
    ["SELECT now()", 'function "now"'],
    ["SELECT 'x'::regclass", 'type "::regclass"'],
    ["SELECT oid FROM pg_class", 'table "FROM pg_class"'],
  ] as const
) {
  Deno.test(`findUnsafeSql() finds ${problem}`, () => {
    assertEquals(
      findUnsafeSql(`const sql = "${sql}";`)[0],
      `${problem} in: ${sql}`,
    );
  });
}

Deno.test("findUnsafeSql() takes what calls everything by its schema", () => {
  const sql = `
    WITH RECURSIVE part(oid) AS (SELECT pg_catalog.unnest(a) UNION SELECT b.oid FROM part b)
    SELECT t.*, pg_catalog.count(*), 'a = b'::pg_catalog.text
    FROM pg_catalog.pg_type t JOIN part ON t.oid OPERATOR(pg_catalog.=) ANY (part.oid),
    LATERAL (SELECT CASE WHEN a THEN 1 END) AS x(y)`;
  assertEquals(findUnsafeSql("const sql = `" + sql + "`;"), []);
  assertEquals(findUnsafeSql('throw new Error("Cannot find a = b");'), []);
});

const REFUSED: readonly (readonly [string, string, string])[] = [
  [
    "src/pgoutput/message.ts",
    'import { Frame } from "../wire/frame.ts";',
    'imports "src/wire/frame.ts": pgoutput may not',
  ],
  [
    "src/pgoutput/message.ts",
    'import type { Frame } from "../wire/frame.ts";',
    'imports "src/wire/frame.ts": pgoutput may not',
  ],
  [
    "src/wire/frame.ts",
    'export {\n  type Session,\n} from "../session/session.ts";',
    'imports "src/session/session.ts": wire may not',
  ],
  [
    "src/wire/frame.ts",
    'const m = await import("../session/session.ts");',
    'imports "src/session/session.ts": wire may not',
  ],
  [
    "src/session/session.ts",
    'type Stream = import("../replication/replication_stream.ts").Stream;',
    'imports "src/replication/replication_stream.ts": session may not',
  ],
  [
    "src/session/session.ts",
    'import "../replication/replication_stream.ts";',
    'imports "src/replication/replication_stream.ts": session may not',
  ],
  [
    "src/lsn.ts",
    'import { ByteCursor } from "./bytes/byte_cursor.ts";',
    'imports "src/bytes/byte_cursor.ts": lsn may not',
  ],
  [
    "src/values/value_codecs.ts",
    'import { Relation } from "../events/event.ts";',
    'imports "src/events/event.ts": values may not',
  ],
  [
    "src/encode/ndjson.ts",
    'import { Session } from "../session/session.ts";',
    'imports "src/session/session.ts": encode may not',
  ],
  [
    "src/session/copy_both.ts",
    'import { dial } from "../socket/deno.ts";',
    'imports "src/socket/deno.ts": session may know src/socket/socket.ts only',
  ],
  [
    "src/novel/thing.ts",
    'import { Lsn } from "../lsn.ts";',
    'is in "novel", which has no line in MAY_IMPORT',
  ],
  [
    "src/wire/frame.ts",
    'import { concat } from "@std/bytes";',
    'imports "@std/bytes", which is not a file of this package',
  ],
  [
    "src/wire/frame.ts",
    'import net from "node:net";',
    'imports "node:net", which is not a file of this package',
  ],
  [
    "src/socket/deno.ts",
    'import postgres from "npm:postgres@3";',
    'imports "npm:postgres@3", which is not a file of this package',
  ],
  [
    "src/wire/frame.ts",
    'import { x } from "../../tests/helpers/x.ts";',
    'imports "tests/helpers/x.ts" from outside src/',
  ],
  [
    "src/wire/frame.ts",
    'import { type Lsn } from "../lsn";',
    'imports "../lsn" without its ending',
  ],
  [
    "src/wire/frame.ts",
    "const m = await import(`./${name}.ts`);",
    "imports a computed specifier",
  ],
  ["src/session/session.ts", "const c = Deno.connect({});", "names Deno"],
  ["src/session/session.ts", "if (globalThis.Bun) x();", "names Bun"],
  [
    "src/session/session.ts",
    "const e = `${process.env.PGHOST}`;",
    "names process",
  ],
  ["src/session/session.ts", "const b = Buffer.alloc(1);", "names Buffer"],
  ["src/socket/node.ts", "console.log(1);", "names console"],
  ["src/bytes/x.ts", "await using s = open();", "names using"],
  [
    "src/bytes/x.ts",
    "const { promise } = Promise.withResolvers<void>();",
    "names Promise.withResolvers",
  ],
  ["src/bytes/x.ts", "\n".repeat(360) + "x();", "has 361 lines, more than 350"],
  [
    "mod.ts",
    'export * from "./src/lsn.ts";',
    'holds more than named re-exports: export * from "./src/lsn.ts";',
  ],
  [
    "mod.ts",
    'export { Lsn } from "./src/lsn.ts";\nexport const version = 1;',
    "holds more than named re-exports: export const version = 1;",
  ],
];

for (const [path, source, violation] of REFUSED) {
  Deno.test(`findViolations() refuses ${source.trim()} in ${path}`, () => {
    assertEquals(findViolations(path, source), [`${path}: ${violation}`]);
  });
}

Deno.test("findViolations() accepts what is allowed, and what is only text", () => {
  const accepted: readonly (readonly [string, string])[] = [
    [
      "src/session/session.ts",
      'import type { Socket } from "../socket/socket.ts";',
    ],
    ["src/subscribe.ts", 'await import("./socket/default_dial.ts");'],
    ["src/socket/node.ts", 'const net = await import("node:net");'],
    ["src/socket/workers.ts", 'import { connect } from "cloudflare:sockets";'],
    ["src/wire/frame.ts", '// import { x } from "../session/session.ts"'],
    [
      "src/wire/frame.ts",
      '/** import { x } from "@std/x"; Deno */ const a = 1;',
    ],
    ["src/wire/frame.ts", 'throw new Error("Cannot use Deno or process.env");'],
    ["src/wire/frame.ts", "const quote = /[\"'`/]/g; // Bun"],
    ["src/wire/frame.ts", "this.process.next(); const half = a / b / 2;"],
    ["src/wire/frame.ts", 'type Action = "export" | "use" | "import";'],
    ["src/wire/frame.ts", "const t = `Deno ${`a ${b} Bun`} }`;"],
    ["mod.ts", 'export { a, type B } from "./src/lsn.ts";\n/** x */\n'],
    ["mod.ts", 'export type {\n  A,\n} from "./src/lsn.ts";'],
  ];
  for (const [path, source] of accepted) {
    assertEquals(findViolations(path, source), []);
  }
});

Deno.test("findCloudflare() finds the module behind a dynamic import", () => {
  const sources = new Map([
    ["mod.ts", 'export { a } from "./src/subscribe.ts";'],
    ["src/subscribe.ts", 'import("./socket/workers.ts");'],
    ["src/socket/workers.ts", 'import { connect } from "cloudflare:sockets";'],
  ]);
  assertEquals(findCloudflare(sources, "mod.ts"), [
    'src/socket/workers.ts: imports "cloudflare:sockets", and is reached from mod.ts',
  ]);
});

Deno.test("readSource() tells code from strings, comments and patterns", () => {
  const { code, bare, specifiers } = readSource(
    'import a from "./a.ts"; // "b"\nconst c = `x${d("}")}y` /* e */ + /"\'/.source;',
  );
  assertEquals(specifiers, ["./a.ts"]);
  assertEquals(code.includes("/*"), false);
  assertEquals(bare.includes('d("1")'), true);
  assertEquals(bare.includes(".source"), true);
});
