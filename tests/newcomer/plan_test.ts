import { type Block, blocksOf, statementsOf } from "./blocks.ts";
import { checkSyntax, readDockerRun } from "./parse.ts";
import { lineFor, PAGES, planOf, STEPS } from "./steps.ts";
import { substitute, substitutions } from "./substitutions.ts";
import { assertEquals, assertThrows } from "@std/assert";

const TASKS = new Set(["test"]);

Deno.test("blocksOf() reads blocks in order, including those in quotations", () => {
  const page = [
    ...["# A", "```sh", "a", "", "b", "```", "text ``` text"],
    ...["> ```sql", "> SELECT 1;", "> ```", "  ```ts ignore", "  x", "  ```"],
  ];
  assertEquals(blocksOf("p.md", page.join("\n")), [
    { page: "p.md", line: 3, language: "sh", code: "a\n\nb\n" },
    { page: "p.md", line: 9, language: "sql", code: "SELECT 1;\n" },
    { page: "p.md", line: 12, language: "ts ignore", code: "x\n" },
  ]);
});

Deno.test("blocksOf() rejects a block without an end", () => {
  assertThrows(() => blocksOf("p.md", "```sh\na\n"), SyntaxError, "p.md:1");
});

Deno.test("statementsOf() splits after semicolons at line ends, and leaves comments out", () => {
  assertEquals(
    statementsOf("SELECT 1; -- then: SELECT 2;\nSELECT\n  ';x';\n"),
    ["SELECT 1", "SELECT\n  ';x'"],
  );
});

Deno.test("substitute() replaces text that the runtime cannot run, and gives the reasons", () => {
  const table = substitutions({
    repository: "/remote",
    tarball: "/w.tgz",
    configuration: "/deno.json",
  });
  const of = (text: string, runtime: "deno" | "node" | "bun") =>
    substitute(text, runtime, table).text;
  assertEquals(of("npx deno run x", "node"), "npx deno run x");
  assertEquals(of("npx deno run x", "deno"), "deno run x");
  assertEquals(of("npm install walbrook", "node"), "npm install /w.tgz");
  const imported = 'import "@walbrook/walbrook/sink";';
  assertEquals(of(imported, "deno"), imported);
  assertEquals(of(imported, "bun"), 'import "walbrook/sink";');
  assertEquals(substitute("ls", "node", table), { text: "ls", why: [] });
  assertEquals(substitute("bun add walbrook", "bun", table).why.length, 1);
});

Deno.test("planOf() finds an action for every block of the pages", async () => {
  const blocks: Block[] = [];
  for (const page of PAGES) {
    const url = new URL(`../../${page}`, import.meta.url);
    blocks.push(...blocksOf(page, await Deno.readTextFile(url)));
  }
  const plan = planOf(blocks, STEPS);
  assertEquals(plan.length, blocks.length);
  for (const [block, { kind }] of plan) {
    if (kind === "parse") checkSyntax(block, TASKS);
    if (kind === "server") readDockerRun(block.code);
    if (kind === "line" || kind === "start") {
      for (const runtime of ["deno", "node", "bun"] as const) {
        lineFor(block.code, runtime);
      }
    }
  }
});

Deno.test("planOf() rejects a block without a step, and a step without a block", () => {
  const block = { page: "p.md", line: 3, language: "sh", code: "rm x\n" };
  const step = {
    page: "p.md",
    code: "rm x",
    action: { kind: "shell", in: "home" },
  } as const;
  assertEquals(planOf([block], [step]), [[block, step.action]]);
  assertThrows(() => planOf([block], []), Error, "p.md:3: it has no step");
  assertThrows(() => planOf([], [step]), Error, 'with "rm x" in p.md');
  assertThrows(() => planOf([block, block], [step]), Error, "the same code");
  assertThrows(() => planOf([block], [step, step]), Error, "the same code");
});

Deno.test("readDockerRun() reads version, database and settings", () => {
  const run = "docker run --rm -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust";
  assertEquals(
    readDockerRun(`${run} -e POSTGRES_DB=shop postgres:17 -c wal_level=x`),
    { major: 17, database: "shop", settings: { wal_level: "x" } },
  );
  assertThrows(() => readDockerRun(`${run} --gpus all postgres:17`));
  assertThrows(() => readDockerRun("docker run postgres:17"));
  assertThrows(() => readDockerRun("docker build ."));
});

Deno.test("checkSyntax() rejects wrong syntax", () => {
  const wrong: readonly (readonly [language: string, code: string])[] = [
    ["yaml", "a: [1"],
    ["dockerfile", "FROM x\nRUNN y"],
    ["dockerfile", "RUN y"],
    ["ini", "[Service]\nExecStart"],
    ["sh", "npx deno task nothing"],
    ["c", "int x;"],
  ];
  for (const [language, code] of wrong) {
    assertThrows(
      () => checkSyntax({ page: "p.md", line: 1, language, code }, TASKS),
      Error,
    );
  }
});
