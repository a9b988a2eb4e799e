import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes";
import { ProtocolError, toLsn } from "@walbrook/walbrook";
import {
  CopyBothDecoderStream,
  type CopyBothMessage,
  decodeCopyBothPayload,
  FrameDecoderStream,
} from "@walbrook/walbrook/replication";
import { decodeCopyBothFrame } from "../../src/replication/copy_both_message.ts";

function fromHex(text: string): Uint8Array {
  const digits = text.replaceAll(" ", "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

// The largest position, a time one microsecond before 2000, and three bytes.
const XLOG_DATA =
  "77 ffffffffffffffff 0000001600000001 ffffffffffffffff 420043";
const KEEPALIVE = "6b 00000016b374d848 0002bb0e1a2c3d4e 00";

const XLOG_DATA_MESSAGE: CopyBothMessage = {
  kind: "XLogData",
  walStart: toLsn(2n ** 64n - 1n),
  walEnd: toLsn(0x16_00000001n),
  sendTime: 946_684_799_999_999n as never,
  data: Uint8Array.of(0x42, 0, 0x43),
};
const KEEPALIVE_MESSAGE: CopyBothMessage = {
  kind: "PrimaryKeepaliveMessage",
  walEnd: toLsn(0x16_b374d848n),
  sendTime: (0x0002bb0e1a2c3d4en + 946_684_800_000_000n) as never,
  replyRequested: false,
};

Deno.test("decodeCopyBothPayload() reads XLogData", () => {
  assertEquals(decodeCopyBothPayload(fromHex(XLOG_DATA)), XLOG_DATA_MESSAGE);
  const empty = decodeCopyBothPayload(fromHex(XLOG_DATA).slice(0, 25));
  assertEquals(empty, { ...XLOG_DATA_MESSAGE, data: new Uint8Array(0) });
});

Deno.test("decodeCopyBothPayload() reads a keepalive with and without a wish for a reply", () => {
  const bytes = fromHex(KEEPALIVE);
  assertEquals(decodeCopyBothPayload(bytes), KEEPALIVE_MESSAGE);
  bytes[17] = 1;
  assertEquals(decodeCopyBothPayload(bytes), {
    ...KEEPALIVE_MESSAGE,
    replyRequested: true,
  });
});

Deno.test("decodeCopyBothPayload() reads a payload in the middle of a chunk", () => {
  const chunk = concat([fromHex("6b77"), fromHex(XLOG_DATA), fromHex("ff")]);
  const message = decodeCopyBothPayload(chunk.subarray(2, chunk.length - 1));
  assertEquals(message, XLOG_DATA_MESSAGE);
  assert(message.kind === "XLogData");
  assert(message.data.buffer === chunk.buffer, "a view, not a copy");
});

Deno.test("decodeCopyBothPayload() refuses everything else", () => {
  for (let length = 0; length < 25; length++) {
    const cut = fromHex(XLOG_DATA).slice(0, length);
    assertThrows(() => decodeCopyBothPayload(cut), ProtocolError);
  }
  for (let length = 0; length < 18; length++) {
    const cut = fromHex(KEEPALIVE).slice(0, length);
    assertThrows(() => decodeCopyBothPayload(cut), ProtocolError);
  }
  const long = fromHex(`${KEEPALIVE}00`);
  assertThrows(() => decodeCopyBothPayload(long), ProtocolError, "unexpected");
  assertThrows(
    () => decodeCopyBothPayload(new Uint8Array(0)),
    ProtocolError,
    "Cannot decode a replication message: it is empty",
  );
  assertThrows(
    () => decodeCopyBothPayload(fromHex(`72${XLOG_DATA}`)),
    ProtocolError,
    'its type is "r" (0x72)',
  );
});

Deno.test("decodeCopyBothFrame() takes notices, and no other message", () => {
  const body = new TextEncoder().encode("SW\0VWARNING\0C55000\0Mskipped\0\0");
  assertEquals(decodeCopyBothFrame({ type: 0x4e, body }), {
    kind: "NoticeResponse",
    fields: {
      severityLocalized: "W",
      severity: "WARNING",
      code: "55000",
      message: "skipped",
    },
  });
  assertThrows(
    () => decodeCopyBothFrame({ type: 0x5a, body: Uint8Array.of(0x49) }),
    ProtocolError,
    "ReadyForQuery is not allowed in it",
  );
});

Deno.test("CopyBothDecoderStream turns the frames of each chunk into messages", async () => {
  const frame = (hex: string) => {
    const body = fromHex(hex);
    return concat([Uint8Array.of(0x64, 0, 0, 0, 4 + body.length), body]);
  };
  const bytes = concat([frame(KEEPALIVE), frame(XLOG_DATA), frame(KEEPALIVE)]);
  for (let at = 1; at < bytes.length; at++) {
    const batches: CopyBothMessage[][] = [];
    const messages = ReadableStream.from([bytes.slice(0, at), bytes.slice(at)])
      .pipeThrough(new FrameDecoderStream())
      .pipeThrough(new CopyBothDecoderStream());
    for await (const batch of messages) batches.push(batch);
    assert(batches.every((batch) => batch.length > 0));
    assertEquals(batches.flat(), [
      KEEPALIVE_MESSAGE,
      XLOG_DATA_MESSAGE,
      KEEPALIVE_MESSAGE,
    ]);
  }
});
