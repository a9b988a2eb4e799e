import { assertThrows } from "@std/assert";
import { decodeTestDecodingMessage } from "@walbrook/walbrook/test_decoding";
import { decodeWal2jsonMessage } from "@walbrook/walbrook/wal2json";

/** More bytes than a string of V8 has characters. */
const SIZE = 2 ** 29;

Deno.test("a payload longer than a string is refused with a way out, by test_decoding and wal2json", () => {
  const payload = new Uint8Array(SIZE).fill(0x37); // 7
  payload.set(new TextEncoder().encode("table public.t: INSERT: v[text]:'"));
  assertThrows(
    () => decodeTestDecodingMessage(payload),
    RangeError,
    "Cannot decode a payload of 536870912 bytes of test_decoding: its text is longer than a string can be; read the change with pgoutput",
  );
  assertThrows(
    () => decodeWal2jsonMessage(payload),
    RangeError,
    "of wal2json: its text is longer than a string can be; read the change with pgoutput",
  );
});
