import { assertEquals, assertThrows } from "@std/assert";
import { ByteCursor } from "../../src/bytes/byte_cursor.ts";
import { ProtocolError } from "../../src/errors.ts";

/** A cursor over the middle of a buffer, so that wrong offsets show. */
function cursor(...bytes: number[]): ByteCursor {
  const buffer = Uint8Array.of(1, 2, 3, ...bytes, 4, 5, 6);
  return new ByteCursor(buffer.subarray(3, -3), "Thing");
}

const INTEGERS: readonly [
  "uint8" | "int16" | "int32" | "uint32" | "int64" | "lsn",
  readonly number[],
  number | bigint,
][] = [
  ["uint8", [0xff], 255],
  ["int16", [0x7f, 0xff], 32767],
  ["int16", [0x80, 0x00], -32768],
  ["int16", [0xff, 0xfe], -2],
  ["int16", [0x00, 0xff], 255],
  ["int32", [0x12, 0x34, 0x56, 0x78], 0x12345678],
  ["int32", [0x80, 0x00, 0x00, 0x00], -2147483648],
  ["int32", [0xff, 0xff, 0xff, 0xff], -1],
  ["uint32", [0xff, 0xff, 0xff, 0xff], 4294967295],
  ["uint32", [0x80, 0x00, 0x00, 0x01], 2147483649],
  ["int64", [0x80, 0, 0, 0, 0, 0, 0, 1], -9223372036854775807n],
  ["int64", [0, 0, 0, 1, 0, 0, 0, 2], 4294967298n],
  ["lsn", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], 2n ** 64n - 2n],
];

for (const [method, bytes, expected] of INTEGERS) {
  Deno.test(`ByteCursor.${method}() reads ${expected}`, () => {
    const reader = cursor(...bytes);
    assertEquals<number | bigint>(reader[method](), expected);
    reader.end();
  });

  Deno.test(`ByteCursor.${method}() refuses to read ${expected} in part`, () => {
    for (let length = 0; length < bytes.length; length++) {
      assertThrows(
        () => cursor(...bytes.slice(0, length))[method](),
        ProtocolError,
        `Cannot decode Thing: ${bytes.length} bytes wanted, ${length} left`,
      );
    }
  });
}

Deno.test("ByteCursor.string() reads up to the zero byte and goes behind it", () => {
  const reader = cursor(0x61, 0x62, 0, 0, 0x63);
  assertEquals([reader.string(), reader.string()], ["ab", ""]);
  assertEquals(reader.remaining, 1);
  assertThrows(() => reader.string(), ProtocolError, "without an end");
});

Deno.test("ByteCursor.text() reads as many bytes as it is told", () => {
  const reader = cursor(0xc3, 0xa4, 0x62);
  assertEquals([reader.text(2), reader.text(0), reader.text(1)], [
    "ä",
    "",
    "b",
  ]);
  assertThrows(() => reader.text(1), ProtocolError, "at byte 3");
  assertThrows(() => reader.text(-1), ProtocolError, "-1 bytes wanted");
});

Deno.test("ByteCursor.count() takes a count as far as bytes are left", () => {
  const reader = cursor(0, 0, 0, 0);
  assertEquals([reader.count(0, 4), reader.count(2, 2)], [0, 2]);
  for (const [count, size] of [[3, 2], [-1, 1], [2 ** 31 - 1, 4]] as const) {
    assertThrows(() => reader.count(count, size), ProtocolError, `${count}`);
  }
});

Deno.test("ByteCursor.end() refuses bytes that nobody read", () => {
  assertThrows(
    () => cursor(0, 0).end(),
    ProtocolError,
    "2 unexpected bytes after byte 0",
  );
});
