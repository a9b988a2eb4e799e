import { saslPrep } from "../../src/login/saslprep.ts";
import {
  includesCodePoint,
  LEFT_TO_RIGHT,
  PROHIBITED,
  RIGHT_TO_LEFT,
  UNASSIGNED,
} from "../../src/login/stringprep_tables.ts";
import { assertEquals } from "@std/assert";

// The first seven are the examples of RFC 4013, section 3, and its kin; what it
// forbids stays as it is.
const PREPARED: readonly (readonly [string, string])[] = [
  ["I\u00adX", "IX"],
  ["user", "user"],
  ["USER", "USER"],
  ["\u00aa", "a"],
  ["\u2168", "IX"],
  ["\u0007", "\u0007"],
  ["\u0627\u0031", "\u0627\u0031"],
  ["p\ufb01\u00a0x\u00ady", "pfi xy"],
  ["e\u0301", "\u00e9"],
  ["\u212b", "\u00c5"],
  ["\u1e9b\u0323", "\u1e69"],
  ["\uff41\uff42", "ab"],
  ["\u3000x", " x"],
  // A zero-width space counts as a space, although it is mapped to nothing too.
  ["\u200be\u0301", " \u00e9"],
  // Nothing would be left.
  ["\u00ad", "\u00ad"],
  // Prohibited: control characters and private use.
  ["e\u0301\u0007", "e\u0301\u0007"],
  ["e\u0301\ue000", "e\u0301\ue000"],
  // Not assigned in Unicode 3.2.
  ["e\u0301\u{1f600}", "e\u0301\u{1f600}"],
  ["\u2126\u0221", "\u2126\u0221"],
  // Right to left: on its own, with the other direction, with a digit at the end.
  ["\u05d0\uff11\u05d1", "\u05d01\u05d1"],
  ["\u05d0\u00aa\u05d1", "\u05d0\u00aa\u05d1"],
  ["\u05d0\uff11", "\u05d0\uff11"],
  ["\uff11\u05d0", "\uff11\u05d0"],
];

for (const [password, prepared] of PREPARED) {
  Deno.test(`saslPrep() prepares ${escape(password)}`, () => {
    assertEquals(escape(saslPrep(password)), escape(prepared));
  });
}

function escape(text: string): string {
  return text.replace(
    /[^ -~]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

Deno.test("includesCodePoint() agrees with Python's stringprep for every code point", async () => {
  const tables = [UNASSIGNED, PROHIBITED, RIGHT_TO_LEFT, LEFT_TO_RIGHT];
  const answers: number[] = [];
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) {
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue;
    for (const table of tables) {
      answers.push(includesCodePoint(table, codePoint) ? 0x31 : 0x30);
    }
  }
  const digest = await crypto.subtle
    .digest("SHA-256", Uint8Array.from(answers));
  assertEquals(
    Array.from(
      new Uint8Array(digest),
      (byte) => byte.toString(16).padStart(2, "0"),
    )
      .join(""),
    "2b048fa678b16a024c4907ce8fbc45f2a9840c13c6ef1f758a5095eb6269a0a7",
  );
});
