import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "@walbrook/walbrook";
import fc from "fast-check";
import {
  type BackendMessage,
  decodeBackendMessage,
} from "../../src/wire/backend_message.ts";

function fromHex(text: string): Uint8Array {
  const digits = text.replaceAll(" ", "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

interface Golden {
  readonly type: string;
  readonly body: string;
  readonly message: BackendMessage;
  /** Whether a shorter body is a message too, from this length on. */
  readonly openFrom?: number;
}

// The manual, "Message Formats", byte by byte.
const GOLDEN: readonly Golden[] = [
  { type: "R", body: "00000000", message: { kind: "AuthenticationOk" } },
  {
    type: "R",
    body: "00000003",
    message: { kind: "AuthenticationCleartextPassword" },
  },
  {
    type: "R",
    body: "00000005 fffefdfc",
    message: {
      kind: "AuthenticationMD5Password",
      salt: Uint8Array.of(255, 254, 253, 252),
    },
  },
  {
    type: "R",
    body: "0000000a 4100 4200 00",
    message: { kind: "AuthenticationSASL", mechanisms: ["A", "B"] },
  },
  {
    type: "R",
    body: "0000000b 723d",
    message: { kind: "AuthenticationSASLContinue", data: fromHex("723d") },
    openFrom: 4,
  },
  {
    type: "R",
    body: "0000000c 763d",
    message: { kind: "AuthenticationSASLFinal", data: fromHex("763d") },
    openFrom: 4,
  },
  {
    type: "R",
    body: "00000007",
    message: { kind: "AuthenticationUnsupported", code: 7 },
  },
  {
    type: "R",
    body: "000000ff",
    message: { kind: "AuthenticationUnsupported", code: 255 },
  },
  {
    type: "v",
    body: "00030000 00000002 5f70712e6100 6200",
    message: {
      kind: "NegotiateProtocolVersion",
      version: 0x30000,
    },
    openFrom: 4,
  },
  {
    type: "S",
    body: "6e00 efbbbf76c3a900",
    message: { kind: "ParameterStatus", name: "n", value: "\ufeffvé" },
  },
  {
    type: "K",
    body: "00000102 fffffffe",
    message: {
      kind: "BackendKeyData",
      processId: 258,
      secretKey: fromHex("fffffffe"),
    },
    openFrom: 4,
  },
  { type: "Z", body: "49", message: { kind: "ReadyForQuery" } },
  {
    type: "Z",
    body: "54",
    message: { kind: "ReadyForQuery" },
  },
  {
    type: "Z",
    body: "45",
    message: { kind: "ReadyForQuery" },
  },
  {
    type: "E",
    body: "53 4600 56 4500 43 343231303100 4d 6d00 7a 756e6b6e6f776e00 00",
    message: {
      kind: "ErrorResponse",
      fields: {
        severityLocalized: "F",
        severity: "E",
        code: "42101",
        message: "m",
      },
    },
  },
  {
    type: "N",
    body: "53 4100 4d 6d00 70 3700 50 3800 00",
    message: {
      kind: "NoticeResponse",
      fields: {
        severityLocalized: "A",
        severity: "A",
        code: "XX000",
        message: "m",
        internalPosition: "7",
        position: "8",
      },
    },
  },
  {
    type: "N",
    body: "00",
    message: {
      kind: "NoticeResponse",
      fields: {
        severity: "ERROR",
        code: "XX000",
        message: "the server gave no message",
      },
    },
  },
  {
    type: "T",
    body:
      "0002 6100 fffffffe 0001 ffffffff 0004 ffffffff 0000 00 00000000 0000 00000019 ffff ffffffff 0000",
    message: {
      kind: "RowDescription",
      fields: [
        { name: "a", tableOid: 4294967294, typeOid: 4294967295 },
        { name: "", tableOid: 0, typeOid: 25 },
      ],
    },
  },
  {
    type: "D",
    body: "0003 00000002 6869 ffffffff 00000000",
    message: {
      kind: "DataRow",
      values: [fromHex("6869"), null, new Uint8Array(0)],
    },
  },
  {
    type: "C",
    body: "434f5059203000",
    message: { kind: "CommandComplete", tag: "COPY 0" },
  },
  {
    type: "d",
    body: "770a",
    message: { kind: "CopyData", data: fromHex("770a") },
    openFrom: 0,
  },
  { type: "c", body: "", message: { kind: "CopyDone" } },
  { type: "I", body: "", message: { kind: "EmptyQueryResponse" } },
  {
    type: "A",
    body: "00000001 6300 00",
    message: { kind: "NotificationResponse" },
    openFrom: 0,
  },
  {
    type: "W",
    body: "00 0000",
    message: { kind: "CopyBothResponse" },
    openFrom: 0,
  },
  {
    type: "H",
    body: "00 0001 0000",
    message: { kind: "CopyOutResponse" },
    openFrom: 0,
  },
  {
    type: "G",
    body: "00 0001 0000",
    message: { kind: "CopyInResponse" },
    openFrom: 0,
  },
];

const FIELDS = "SVCMDHPpqWstcdnFLR";

function decode(type: string, body: Uint8Array): BackendMessage {
  return decodeBackendMessage({ type: type.charCodeAt(0), body });
}

for (const { type, body, message, openFrom } of GOLDEN) {
  const bytes = fromHex(body);
  Deno.test(`decodeBackendMessage() reads ${message.kind} ${body}`, () => {
    assertEquals(decode(type, bytes), message);
    // In the middle of a larger chunk, as it comes off the wire.
    const chunk = new Uint8Array(bytes.length + 20).fill(0x41);
    chunk.set(bytes, 7);
    assertEquals(decode(type, chunk.subarray(7, 7 + bytes.length)), message);
  });

  Deno.test(`decodeBackendMessage() refuses ${message.kind} ${body} cut short`, () => {
    for (let length = 0; length < bytes.length; length++) {
      if (openFrom !== undefined && length >= openFrom) break;
      assertThrows(() => decode(type, bytes.slice(0, length)), ProtocolError);
    }
  });
}

Deno.test("decodeBackendMessage() reads every field of an error under the manual's name", () => {
  const body = Array.from(FIELDS, (letter) => `${letter}value ${letter}\0`)
    .join("") + "\0";
  assertEquals(decode("E", new TextEncoder().encode(body)), {
    kind: "ErrorResponse",
    fields: {
      severityLocalized: "value S",
      severity: "value V",
      code: "value C",
      message: "value M",
      detail: "value D",
      hint: "value H",
      position: "value P",
      internalPosition: "value p",
      internalQuery: "value q",
      where: "value W",
      schema: "value s",
      table: "value t",
      column: "value c",
      dataType: "value d",
      constraint: "value n",
      file: "value F",
      line: "value L",
      routine: "value R",
    },
  });
});

const MALFORMED: readonly [what: string, type: string, body: string][] = [
  ["a type that no server sends", "Q", ""],
  ["a type without a letter", "\x01", ""],
  ["a transaction status that is unknown", "Z", "58"],
  ["more bytes than a ReadyForQuery has", "Z", "4949"],
  ["a value longer than its row", "D", "0001 00000005 41"],
  ["a value of negative length", "D", "0001 fffffffe"],
  ["a negative number of values", "D", "ffff 00"],
  ["more values than bytes", "D", "7fff"],
  ["more columns than bytes", "T", "7fff"],
  ["bytes after the tag", "C", "4100 00"],
  ["bytes after a parameter", "S", "4100 4200 00"],
  ["bytes after an error's end", "E", "00 00"],
];

for (const [what, type, body] of MALFORMED) {
  Deno.test(`decodeBackendMessage() refuses ${what}`, () => {
    assertThrows(() => decode(type, fromHex(body)), ProtocolError);
  });
}

Deno.test("decodeBackendMessage() gives a message or a ProtocolError, whatever the bytes", () => {
  const golden = fc.constantFrom(...GOLDEN).map(({ type, body }) => ({
    type: type.charCodeAt(0),
    body: fromHex(body),
  }));
  const mutation = fc.record({
    at: fc.nat({ max: 60 }),
    value: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x45),
  });
  const mutated = fc.tuple(golden, fc.array(mutation, { maxLength: 4 }))
    .map(([{ type, body }, mutations]) => {
      for (const { at, value } of mutations) {
        if (at < body.length) body[at] = value;
      }
      return { type, body };
    });
  const noise = fc.record({
    type: fc.integer({ min: 0, max: 255 }),
    body: fc.uint8Array({ maxLength: 60 }),
  });
  let decoded = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.oneof(mutated, noise), (frame) => {
      try {
        assert("kind" in decodeBackendMessage(frame));
        decoded++;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        refused++;
      }
    }),
    { seed: 7, numRuns: 10_000 },
  );
  assert(decoded > 500 && refused > 500, `${decoded}, ${refused}`);
});
