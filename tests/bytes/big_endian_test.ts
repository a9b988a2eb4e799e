import { assertEquals } from "@std/assert";
import { int64At, uint64At } from "../../src/bytes/big_endian.ts";

// The whole array is of ones, so what is read from outside of the part would show.
function part(offset: number, ...bytes: number[]): Uint8Array {
  const whole = new Uint8Array(offset + bytes.length + 8).fill(0xff);
  whole.set(bytes, offset);
  return whole.subarray(offset, offset + bytes.length);
}

Deno.test("int64At() and uint64At() read from arrays in turn, of any size and offset", () => {
  const first = part(3, 0xff, 1, 2, 3, 4, 5, 6, 7, 8);
  const second = part(0, 0x80, 0, 0, 0, 0, 0, 0, 1);
  const large = new Uint8Array(2 ** 20 + 8).fill(7, 2 ** 20);
  for (let round = 0; round < 2; round++) {
    assertEquals(uint64At(first, 1), 0x0102030405060708n);
    assertEquals(int64At(first, 0), -0xfefdfcfbfaf9f9n);
    assertEquals(uint64At(second, 0), 2n ** 63n + 1n);
    assertEquals(int64At(second, 0), 1n - 2n ** 63n);
    assertEquals(uint64At(large, 2 ** 20), 0x0707070707070707n);
    assertEquals(int64At(large, 2 ** 20), 0x0707070707070707n);
  }
  // The bytes of an array may change.
  second[7] = 2;
  assertEquals(uint64At(second, 0), 2n ** 63n + 2n);
});

Deno.test("int64At() and uint64At() take 0 for missing bytes", () => {
  const bytes = part(2, 1, 2, 3, 4, 5, 6, 7, 8);
  assertEquals(uint64At(bytes, 1), 0x0203040506070800n);
  assertEquals(int64At(bytes, 6), 0x0708n << 48n);
  assertEquals(uint64At(new Uint8Array(0), 0), 0n);
});
