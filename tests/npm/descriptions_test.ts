import { assert, assertEquals } from "@std/assert";
import descriptions from "../../npm/descriptions.json" with { type: "json" };

// People find a package by the words that they type into a search field.

const SUBJECT = [
  ...["change data capture", "CDC", "logical replication", "PostgreSQL"],
  ...["Postgres ", "pgoutput", "WAL", "outbox", "cache", "search index"],
  ...["audit log", "TypeScript", "Deno", "Node", "Bun", "Cloudflare Workers"],
];
/** The length of the longest description that JSR accepts. */
const JSR_LIMIT = 250;

Deno.test("the first 40 lines of README.md have the words that people search for", async () => {
  const text = await Deno.readTextFile(
    new URL("../../README.md", import.meta.url),
  );
  assertHasAll(text.split("\n").slice(0, 40).join(" "));
});

Deno.test("the description on npm and JSR has the words that people search for", () => {
  assertHasAll(descriptions["@walbrook/walbrook"].description);
});

for (const [name, { description, keywords }] of Object.entries(descriptions)) {
  Deno.test(`the description of ${name} fits on JSR, and names the subject`, () => {
    assert(description.length <= JSR_LIMIT, `${description.length}`);
    assert(description.includes("PostgreSQL"));
    for (const word of ["postgres", "cdc", "logical-replication"]) {
      assert(keywords.includes(word), word);
    }
  });
}

Deno.test("every package is described", async () => {
  const names = ["@walbrook/walbrook"];
  const packages = new URL("../../packages/", import.meta.url);
  for await (const { name } of Deno.readDir(packages)) {
    names.push(`@walbrook/${name}`);
  }
  assertEquals(Object.keys(descriptions).sort(), names.sort());
});

function assertHasAll(text: string): void {
  const plain = text.toLowerCase().replaceAll(/[*`]/g, "").replaceAll(
    /\s+/g,
    " ",
  );
  const missing = SUBJECT.filter((word) => !plain.includes(word.toLowerCase()));
  assertEquals(missing, []);
}
