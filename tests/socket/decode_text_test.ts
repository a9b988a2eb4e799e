import { assert, assertEquals } from "@std/assert";
import { decodeText } from "../../src/socket/decode_text.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";

const REFERENCE = new TextDecoder("utf-8", { ignoreBOM: true });

// The bytes at which one rule of UTF-8 ends and another begins.
// deno-fmt-ignore
const EDGES = [
  0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3,
  0xe0, 0xe1, 0xed, 0xef, 0xbb, 0xf0, 0xf4, 0xf5, 0xff,
];

Deno.test("decodeText of a runtime gives what TextDecoder gives, for any bytes", () => {
  assert(decodeText !== undefined);
  const random = randomNumbers(0x75746638);
  for (let round = 0; round < 20_000; round++) {
    const bytes = Uint8Array.from(
      { length: 3 + random(60) },
      () => EDGES[random(EDGES.length)]!,
    );
    const [start, end] = [random(3), bytes.length - random(3)];
    assertEquals(
      decodeText(bytes, start, Math.max(start, end)),
      REFERENCE.decode(bytes.subarray(start, Math.max(start, end))),
    );
  }
});
