import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  formatLsn,
  INVALID_LSN,
  type Lsn,
  parseLsn,
  ProtocolError,
  toLsn,
} from "@walbrook/walbrook";
import { parseServerLsn } from "../src/lsn.ts";

const LARGEST = 2n ** 64n - 1n;

const TEXTS: readonly [text: string, value: bigint, formatted: string][] = [
  ["0/0", 0n, "0/0"],
  ["0/00000000", 0n, "0/0"], // as PostgreSQL 19 writes it
  ["00000000/00000000", 0n, "0/0"],
  ["0/1", 1n, "0/1"],
  ["0/0000FFFF", 0xffffn, "0/FFFF"],
  ["16/B374D848", 0x16_b374d848n, "16/B374D848"],
  ["16/b374d848", 0x16_b374d848n, "16/B374D848"],
  ["1/00000000", 0x1_00000000n, "1/0"],
  ["a/0000000A", 0xa_0000000an, "A/A"],
  ["7FFFFFFF/80000000", 0x7fffffff_80000000n, "7FFFFFFF/80000000"],
  ["FFFFFFFF/FFFFFFFF", LARGEST, "FFFFFFFF/FFFFFFFF"],
];

Deno.test("parseLsn() reads what any server writes, formatLsn() writes it back", () => {
  for (const [text, value, formatted] of TEXTS) {
    assertEquals(parseLsn(text), value as Lsn, text);
    assertEquals(formatLsn(value as Lsn), formatted, text);
  }
});

Deno.test("parseLsn() refuses every other text", () => {
  const bad = [
    ...["", "0", "/", "0/", "/0", "0/0/0", "0x1/0", "-1/0", "+1/0", "1/-0"],
    ...[
      "g/0",
      "0/G",
      " 0/0",
      "0/0 ",
      "0/0\n",
      "\n0/0",
      "0 /0",
      "0/ 0",
      "1_0/0",
    ],
    ...["123456789/0", "0/123456789", "000000000/0", "１/0", "0\\0", "0/0\0"],
  ];
  for (const text of bad) {
    assertThrows(
      () => parseLsn(text),
      SyntaxError,
      `Cannot parse LSN "${text}"`,
    );
  }
});

Deno.test("Lsn compares as positions do, which its text does not", () => {
  const lsns = ["FFFFFFFF/0", "9/FFFFFFFF", "10/0", "0/1", "0/10", "0/9"]
    .map(parseLsn);
  lsns.sort((a, b) => a < b ? -1 : 1);
  assertEquals(
    lsns.map(formatLsn),
    ["0/1", "0/9", "0/10", "9/FFFFFFFF", "10/0", "FFFFFFFF/0"],
  );
  assert(structuredClone(lsns[0]) === lsns[0]);
});

Deno.test("toLsn() takes 64 unsigned bits, and no more", () => {
  assertEquals(toLsn(0n), INVALID_LSN);
  assertEquals(formatLsn(toLsn(LARGEST)), "FFFFFFFF/FFFFFFFF");
  for (const value of [-1n, LARGEST + 1n]) {
    assertThrows(
      () => toLsn(value),
      RangeError,
      `Cannot use ${value} as an LSN`,
    );
  }
});

Deno.test("parseServerLsn() blames the server", () => {
  assertEquals(parseServerLsn("1/2", "x"), parseLsn("1/2"));
  assertThrows(
    () => parseServerLsn(null, "xlogpos"),
    ProtocolError,
    "Cannot read xlogpos: the server sent null where an LSN belongs",
  );
  assertThrows(() => parseServerLsn("1/x", "xlogpos"), ProtocolError, '"1/x"');
});
