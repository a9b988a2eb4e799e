import { assert, assertEquals } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import { fakeServer } from "@walbrook/walbrook/testing";
import { MAY_IMPORT } from "./helpers/architecture.ts";

const ROOT = new URL("../", import.meta.url);
const PAGE = Deno.readTextFileSync(new URL("CONTRIBUTING.md", ROOT));

/** Returns the cells of each table row whose first cell matches. */
function rowsOf(first: RegExp): string[][] {
  return PAGE.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
    .filter(([cell = ""]) => first.test(cell));
}

function codesIn(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]*)`/g)].map(([, code = ""]) => code);
}

const WALK = rowsOf(/^\d+$/).map(([hop, file, name]) => ({
  hop: Number(hop),
  file: codesIn(file)[0] ?? "",
  name: (codesIn(name)[0] ?? "").replace("()", ""),
}));

Deno.test("CONTRIBUTING.md names and counts the files and functions on the path of an insert", () => {
  for (const { file, name } of WALK) {
    const source = Deno.readTextFileSync(new URL(`src/${file}`, ROOT));
    assert(RegExp(`${name}[<(]`).test(source), `${file} has no ${name}()`);
  }
  const files = new Set(WALK.map(({ file }) => file)).size;
  assertEquals(WALK.map(({ hop }) => hop), WALK.map((_, i) => i + 1));
  const claim = `takes ${WALK.length} hops through ${files} files`;
  assert(PAGE.includes(claim), `It does not say "${claim}"`);
});

Deno.test("CONTRIBUTING.md lists the path of an insert in order", async () => {
  using server = fakeServer({
    publication: "shop",
    tables: { orders: { columns: { id: "int" }, primaryKey: "id" } },
  });
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  let stack = "";
  try {
    await using subscription = await subscribe({
      ...server.options,
      slot: { name: "s", create: true },
      publication: "shop",
      types: { int4: () => stack = new Error().stack ?? "" },
    });
    server.insert("orders", { id: 1 });
    for await (const { kind } of subscription) {
      if (kind === "insert") break;
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  const called = stack.split("\n")
    .flatMap((line) => /\/src\/([\w/]+\.ts):/.exec(line)?.[1] ?? [])
    .reverse();
  // While an event is requested, each file calls the one before it in the list; while a
  // message is decoded, the one after it. Values are decoded in none of these files.
  const places = called.map((file) =>
    WALK.find((one) => one.file === file)?.hop
  );
  const passed = places.filter((hop) => hop !== undefined);
  const distinct = passed.filter((hop, i) => hop !== passed[i - 1]);
  const decoding = distinct.indexOf(7);
  const asking = distinct.slice(0, decoding);
  assertEquals(asking, asking.toSorted((a, b) => b - a));
  assertEquals(distinct.slice(decoding), [7, 8, 9, 10, 11]);
  assert(asking.includes(17) && asking.includes(14), `${asking}`);
});

Deno.test("CONTRIBUTING.md mentions each folder of src/, and lists the imports of each room", () => {
  const tree = PAGE.slice(PAGE.indexOf("## The tree"));
  for (const { name, isDirectory } of Deno.readDirSync(new URL("src/", ROOT))) {
    if (isDirectory) {
      assert(RegExp(`\\b${name}/`).test(tree), `It does not mention ${name}/`);
    }
  }
  const folders = (names: readonly string[]) =>
    names.filter((name) =>
      name !== "events" && MAY_IMPORT[name] !== undefined &&
      isFolder(`src/${name}`)
    );
  const rooms = rowsOf(/^`\w+\/`$/);
  assertEquals(rooms.length, 16);
  for (const [room, , imports] of rooms) {
    const name = codesIn(room)[0]!.replace("/", "");
    const listed = codesIn(imports).map((one) => one.replace("/", ""));
    assertEquals(listed, folders(MAY_IMPORT[name] ?? []), name);
  }
});

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, ROOT)).isDirectory;
  } catch {
    return false;
  }
}
