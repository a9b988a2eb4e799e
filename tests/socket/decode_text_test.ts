import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  decodeText,
  textDecoder,
} from "../../src/socket/native_text_decoder.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";

const REFERENCE = new TextDecoder("utf-8", { ignoreBOM: true });

// The bytes at which one rule of UTF-8 ends and another begins.
// deno-fmt-ignore
const EDGES = [
  0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3,
  0xe0, 0xe1, 0xed, 0xef, 0xbb, 0xf0, 0xf4, 0xf5, 0xff,
];

for (
  const [name, decode] of [
    ["decodeText of a runtime", decodeText],
    [
      "textDecoder() that looks for ASCII",
      textDecoder(Buffer.prototype, {
        longestAscii: 40,
        longestSlice: Infinity,
      }),
    ],
    [
      "textDecoder() with one way for short texts and another for long ones",
      textDecoder(Buffer.prototype, { longestAscii: 0, longestSlice: 30 }),
    ],
  ] as const
) {
  Deno.test(`${name} gives what TextDecoder gives, for any bytes`, () => {
    assert(decode !== undefined);
    const random = randomNumbers(0x75746638);
    for (let round = 0; round < 20_000; round++) {
      // All but a few of them ASCII, in every second round.
      const edges = round % 2 === 0 ? EDGES : [...Array(50).fill(0x41), 0xc3];
      const bytes = Uint8Array.from(
        { length: 3 + random(60) },
        () => edges[random(edges.length)]!,
      );
      const [start, end] = [random(3), bytes.length - random(3)];
      assertEquals(
        decode(bytes, start, Math.max(start, end)),
        REFERENCE.decode(bytes.subarray(start, Math.max(start, end))),
      );
    }
  });
}

Deno.test("textDecoder() makes nothing of a runtime without Buffer", () => {
  assertEquals(
    textDecoder({}, { longestAscii: 40, longestSlice: 0 }),
    undefined,
  );
});
