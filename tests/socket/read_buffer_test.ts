import { ReadBuffer } from "../../src/socket/read_buffer.ts";
import { assert, assertEquals } from "@std/assert";

for (const length of [1, 4096, 131_071, 131_072, 262_144]) {
  Deno.test(`ReadBuffer.take() gives away ${length} bytes for good`, () => {
    const buffer = new ReadBuffer();
    buffer.space().fill(1);
    const first = buffer.take(length);
    assertEquals(buffer.space().length, 262_144);
    buffer.space().fill(2);
    assertEquals(first.length, length);
    assertEquals(first.every((byte) => byte === 1), true);
    assert(first.buffer !== buffer.space().buffer);
  });
}

Deno.test("ReadBuffer.take() keeps no large buffer alive for a few bytes", () => {
  const buffer = new ReadBuffer();
  buffer.space();
  assertEquals(buffer.take(100).buffer.byteLength, 100);
});
