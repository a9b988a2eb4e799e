import { assertEquals, assertThrows } from "@std/assert";
import { type Checkpoint, parseLsn } from "@walbrook/walbrook";
import {
  formatCheckpoint,
  parseCheckpoint,
} from "@walbrook/walbrook/checkpoint";

const POSITION: Checkpoint = {
  lsn: parseLsn("FFFFFFFF/FFFFFFFF"),
  systemId: "7",
  timeline: 1,
};
const SNAPSHOT = {
  version: 1,
  initialized: true,
  done: [1],
  tables: {},
} as const;

Deno.test("parseCheckpoint() reads what formatCheckpoint() wrote", () => {
  for (const one of [POSITION, { ...POSITION, snapshot: SNAPSHOT }]) {
    assertEquals(parseCheckpoint(formatCheckpoint(one)), one);
  }
});

for (
  const text of [
    "",
    "{",
    "null",
    "[]",
    '{"lsn":"0/0"}',
    '{"lsn":1,"systemId":"7","timeline":1}',
    '{"lsn":"0/0","systemId":7,"timeline":1}',
    '{"lsn":"0/0","systemId":"7","timeline":1.5}',
    '{"lsn":"x","systemId":"7","timeline":1}',
  ]
) {
  Deno.test(`parseCheckpoint() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseCheckpoint(text), SyntaxError);
  });
}
