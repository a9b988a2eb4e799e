import { assertEquals, assertThrows } from "@std/assert";
import {
  encodeCancelRequest,
  encodeCopyData,
  encodeCopyDone,
  encodeCopyFail,
  encodePasswordMessage,
  encodeQuery,
  encodeSaslInitialResponse,
  encodeSaslResponse,
  encodeSslRequest,
  encodeStartupMessage,
  encodeTerminate,
} from "../../src/wire/frontend_message.ts";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join(" ");
}

// The manual, "Message Formats", byte by byte.
const GOLDEN: readonly [name: string, bytes: Uint8Array, hex: string][] = [
  ["SSLRequest", encodeSslRequest(), "00 00 00 08 04 d2 16 2f"],
  [
    "StartupMessage without parameters",
    encodeStartupMessage([]),
    "00 00 00 09 00 03 00 00 00",
  ],
  [
    "StartupMessage in the order given",
    encodeStartupMessage([["user", "ö"], ["a", ""]]),
    "00 00 00 14 00 03 00 00 75 73 65 72 00 c3 b6 00 61 00 00 00",
  ],
  [
    "CancelRequest",
    encodeCancelRequest(0x01020304, Uint8Array.of(0xfc, 0xfd, 0xfe, 0xff)),
    "00 00 00 10 04 d2 16 2e 01 02 03 04 fc fd fe ff",
  ],
  [
    "CancelRequest with the longer key of protocol 3.2",
    encodeCancelRequest(-1, new Uint8Array(6)),
    "00 00 00 12 04 d2 16 2e ff ff ff ff 00 00 00 00 00 00",
  ],
  ["Query", encodeQuery("SHOW é"), "51 00 00 00 0c 53 48 4f 57 20 c3 a9 00"],
  ["an empty Query", encodeQuery(""), "51 00 00 00 05 00"],
  [
    "two Query messages",
    encodeQuery("a", "bc"),
    "51 00 00 00 06 61 00 51 00 00 00 07 62 63 00",
  ],
  ["PasswordMessage", encodePasswordMessage("pw"), "70 00 00 00 07 70 77 00"],
  [
    "SASLInitialResponse",
    encodeSaslInitialResponse("S", Uint8Array.of(1, 2)),
    "70 00 00 00 0c 53 00 00 00 00 02 01 02",
  ],
  ["SASLResponse", encodeSaslResponse(Uint8Array.of(9)), "70 00 00 00 05 09"],
  ["CopyData", encodeCopyData(Uint8Array.of(1, 0)), "64 00 00 00 06 01 00"],
  ["an empty CopyData", encodeCopyData(new Uint8Array(0)), "64 00 00 00 04"],
  ["CopyDone", encodeCopyDone(), "63 00 00 00 04"],
  ["CopyFail", encodeCopyFail("no"), "66 00 00 00 07 6e 6f 00"],
  ["Terminate", encodeTerminate(), "58 00 00 00 04"],
];

for (const [name, bytes, expected] of GOLDEN) {
  Deno.test(`frontend messages: ${name}`, () => {
    assertEquals(hex(bytes), expected);
  });
}

Deno.test("encodeCopyData() takes a payload larger than the writer's first buffer", () => {
  const payload = new Uint8Array(100_000).map((_, i) => i % 251);
  const bytes = encodeCopyData(payload);
  assertEquals(hex(bytes.subarray(0, 5)), "64 00 01 86 a4");
  assertEquals(bytes.subarray(5), payload);
});

Deno.test("frontend messages refuse text with a zero byte, which would end it early", () => {
  assertThrows(() => encodeQuery("SELECT 1\0; DROP"), TypeError);
  assertThrows(() => encodeStartupMessage([["user", "a\0b"]]), TypeError);
  assertThrows(() => encodeStartupMessage([["us\0er", "a"]]), TypeError);
  assertThrows(() => encodePasswordMessage("\0"), TypeError);
});
