import { assertEquals } from "@std/assert";
import { decodeText } from "../../src/bytes/decode_text.ts";

const REFERENCE = new TextDecoder("utf-8", { ignoreBOM: true });

Deno.test("decodeText() reads ASCII of any length, at any place", () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, at) => 32 + at % 95);
  for (let start = 0; start < 3; start++) {
    for (let end = start; end <= 200; end++) {
      assertEquals(
        decodeText(bytes, start, end),
        REFERENCE.decode(bytes.subarray(start, end)),
      );
    }
  }
});

for (
  const [name, bytes] of [
    ["two bytes a character", [0xc3, 0xa4]],
    ["four bytes a character", [0xf0, 0x9f, 0x98, 0x80]],
    ["a byte order mark", [0xef, 0xbb, 0xbf]],
    ["bytes that are not UTF-8", [0x41, 0xff, 0xc3]],
    ["zero and control bytes", [0x00, 0x01, 0x7f, 0x0a]],
    ["a lone continuation byte", [0x80]],
  ] as const
) {
  Deno.test(`decodeText() reads ${name} as TextDecoder does`, () => {
    for (let times = 1; times < 40; times++) {
      const text = Uint8Array.from(Array(times).fill(bytes).flat());
      assertEquals(
        decodeText(text, 0, text.length),
        REFERENCE.decode(text),
      );
    }
  });
}
