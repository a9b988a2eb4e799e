import { assertEquals, assertThrows } from "@std/assert";
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { checkSyntax, plant } from "./plant.ts";

const ROOT = new URL("../../", import.meta.url);

const MUTANT: Mutant = {
  breaks: "the limit is off by one",
  file: "src/limit.ts",
  from: "a > b",
  to: "a >= b",
  tests: ["tests/limit_test.ts"],
};

Deno.test("plant() replaces the code of a mutant", () => {
  assertEquals(plant("if (a > b) f();", MUTANT), "if (a >= b) f();");
});

for (
  const [what, source, message] of [
    ["code that is gone", "f();", "it has 0"],
    ["code that occurs twice", "a > b; a > b;", "it has 2"],
  ] as const
) {
  Deno.test(`plant() refuses ${what}`, () => {
    assertThrows(() => plant(source, MUTANT), Error, message);
  });
}

Deno.test("checkSyntax() refuses a syntax error only", () => {
  checkSyntax("if (a > b) f<number>();");
  assertThrows(() => checkSyntax("if (a > ) f();"), SyntaxError, "Expression");
});

Deno.test("each mutant changes code that exists, and names tests that exist", async () => {
  for (const mutant of MUTANTS) {
    plant(await Deno.readTextFile(new URL(mutant.file, ROOT)), mutant);
    for (const test of mutant.tests) await Deno.stat(new URL(test, ROOT));
  }
});

Deno.test("no two mutants have the same description", () => {
  const seen = MUTANTS.map(({ breaks }) => breaks);
  assertEquals(seen.filter((text, i) => seen.indexOf(text) < i), []);
});
