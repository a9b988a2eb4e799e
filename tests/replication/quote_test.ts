import { assertEquals, assertThrows } from "@std/assert";
import { quoteIdentifier, quoteLiteral } from "../../src/replication/quote.ts";

Deno.test("quoteIdentifier() quotes every name that all servers can read", () => {
  const names = [
    "a",
    "Größe",
    "a b",
    "it's",
    "a\\b",
    "select",
    "; DROP",
    "a\nb",
  ];
  for (const name of names) assertEquals(quoteIdentifier(name), `"${name}"`);
});

Deno.test("quoteIdentifier() refuses what could end a name, or be none", () => {
  for (const name of ["", '"', 'a"; DROP "b', 'a""b', "a\0b"]) {
    assertThrows(
      () => quoteIdentifier(name),
      TypeError,
      `Cannot use ${JSON.stringify(name)} as a name`,
    );
  }
});

Deno.test("quoteLiteral() doubles quotes and leaves all else alone", () => {
  const table = [
    ["", "''"],
    ["a", "'a'"],
    ["it's", "'it''s'"],
    ["''", "''''''"],
    ["\\", "'\\'"],
    ["\\'", "'\\'''"],
    ['"', "'\"'"],
    ["a\nb", "'a\nb'"],
    ["$1 -- /*", "'$1 -- /*'"],
  ] as const;
  for (const [text, quoted] of table) assertEquals(quoteLiteral(text), quoted);
});

Deno.test("quoteLiteral() refuses a zero byte, which would end the command", () => {
  assertThrows(() => quoteLiteral("a\0b"), TypeError, "zero byte");
});
