import { ByteWriter } from "../../src/bytes/byte_writer.ts";
import { assertEquals } from "@std/assert";

const WRITES: readonly (readonly [
  string,
  (writer: ByteWriter) => ByteWriter,
  readonly number[],
])[] = [
  ["uint8()", (writer) => writer.uint8(0xfe), [0xfe]],
  ["int16()", (writer) => writer.int16(-2), [0xff, 0xfe]],
  ["int32()", (writer) => writer.int32(-2), [0xff, 0xff, 0xff, 0xfe]],
  ["uint32()", (writer) => writer.uint32(0xfffffffe), [0xff, 0xff, 0xff, 0xfe]],
  [
    "int64()",
    (writer) => writer.int64(-2n),
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe],
  ],
  [
    "uint64()",
    (writer) => writer.uint64(2n ** 63n + 1n),
    [0x80, 0, 0, 0, 0, 0, 0, 1],
  ],
  ["string()", (writer) => writer.string("é"), [0xc3, 0xa9, 0]],
  ["bytes()", (writer) => writer.bytes(Uint8Array.of(1, 2)), [1, 2]],
];

for (const [name, write, bytes] of WRITES) {
  for (const capacity of [0, 1, 64]) {
    Deno.test(`ByteWriter.${name} writes into ${capacity} bytes of room`, () => {
      const written = write(new ByteWriter(capacity).uint8(7)).finish();
      assertEquals(written, Uint8Array.of(7, ...bytes));
    });
  }
}
