import { assert, assertEquals } from "@std/assert";
import { run } from "../../packages/cli/src/main.ts";
import { hostFor } from "./host.ts";

const URL = "postgres://me:hush@127.0.0.1:1/x";
const PUBLICATION = ["--publication", "p"];
const SLOT = ["--slot", "s"];
const FILE = "a recording";

const COMMANDS: readonly (readonly string[])[] = [
  ["tail", URL, ...PUBLICATION, ...SLOT],
  ["snapshot", URL, ...PUBLICATION],
  ["record", FILE, URL, ...PUBLICATION, ...SLOT],
  ["serve", URL, ...PUBLICATION, "--temporary"],
  ["slots", "list", URL],
  ["slots", "create", "s", URL],
  ["slots", "drop", "s", URL, "--yes"],
  ["slots", "advance", "s", URL, "--to", "now", "--yes"],
  ["slots", "repair", "s", URL, "--yes"],
  ["publications", "list", URL],
  ["publications", "create", "p", URL, "--keyed-tables"],
  ["publications", "check", "p", URL],
  ["doctor", URL],
  ["top", URL],
  ["ping", URL],
  ["types", URL, ...PUBLICATION],
];

/** Runs command lines in this process, and tells what each said and how it ended. */
async function runAll(
  lines: readonly (readonly string[])[],
): Promise<[string, number, string][]> {
  const results: [string, number, string][] = [];
  for (const args of lines) {
    const said: string[] = [];
    const code = await run(args, hostFor(said));
    results.push([args[0] ?? "", code, said.join("\n")]);
  }
  return results;
}

Deno.test("no command shows a password, and each ends with 3 where there is no server", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const lines = COMMANDS.map((args) => [
      ...args.map((word) => word === FILE ? `${folder}/x` : word),
      "--verbose",
    ]);
    for (const [name, code, said] of await runAll(lines)) {
      assertEquals(code, 3, `${name}: ${said}`);
      assert(!said.includes("hush"), said);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("each command without a database says what to do", async () => {
  const lines = COMMANDS.map((args) => args.filter((word) => word !== URL));
  for (const [name, code, said] of await runAll(lines)) {
    assertEquals(code, 64, `${name}: ${said}`);
    assert(said.split("\n").length <= 2, said);
  }
});

Deno.test("record says which file it cannot write", async () => {
  const file = "/nowhere/shop.ndjson";
  const [found] = await runAll([[
    "record",
    file,
    URL,
    ...PUBLICATION,
    ...SLOT,
  ]]);
  assertEquals(found?.[1], 1);
  assert(found?.[2].includes(`Cannot open the recording ${file}`), found?.[2]);
});

Deno.test("commands with a slot that exists do not explain how slots are created while they wait", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of silent) accepted.push(connection);
  })();
  const folder = await Deno.makeTempDir();
  try {
    // The explanation would come after four seconds.
    const url =
      `postgres://u@127.0.0.1:${silent.addr.port}/d?sslmode=disable&connect_timeout=5`;
    const target = [url, ...PUBLICATION, ...SLOT];
    const results = await Promise.all([
      runAll([["tail", ...target]]),
      runAll([["record", `${folder}/x`, ...target]]),
      runAll([["serve", ...target, "--port", "0"]]),
    ]);
    for (const [name, code, said] of results.flat()) {
      assertEquals(code, 3, `${name}: ${said}`);
      assert(!said.includes("creates a slot"), `${name}: ${said}`);
    }
  } finally {
    silent.close();
    await accepting;
    for (const connection of accepted) connection.close();
    await Deno.remove(folder, { recursive: true });
  }
});
