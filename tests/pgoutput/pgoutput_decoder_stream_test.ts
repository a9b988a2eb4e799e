import { assertEquals, assertRejects } from "@std/assert";
import {
  type Lsn,
  PgoutputDecoderStream,
  type PgoutputInput,
  type PgoutputMessage,
  ProtocolError,
} from "@walbrook/walbrook/pgoutput";
import { fromHex } from "./read_golden.ts";

function xLogData(walStart: bigint, hex: string): PgoutputInput {
  return { kind: "XLogData", walStart: walStart as Lsn, data: fromHex(hex) };
}

const KEEPALIVE: PgoutputInput = { kind: "PrimaryKeepaliveMessage" };
const NOTICE: PgoutputInput = { kind: "NoticeResponse" };

async function decodeAll(
  batches: readonly (readonly PgoutputInput[])[],
): Promise<PgoutputMessage[][]> {
  const output: PgoutputMessage[][] = [];
  const messages = ReadableStream.from(batches)
    .pipeThrough(new PgoutputDecoderStream());
  for await (const batch of messages) output.push(batch);
  return output;
}

function insert(walStart: bigint, value: string): PgoutputMessage {
  return {
    kind: "insert",
    walStart: walStart as Lsn,
    relationOid: 1,
    newTuple: [value],
  };
}

Deno.test("PgoutputDecoderStream keeps batches and order, with positions", async () => {
  const a = xLogData(2n, "49 00000001 4e 0001 74 00000001 61");
  const b = xLogData(1n, "49 00000001 4e 0001 74 00000001 62");
  assertEquals(await decodeAll([[a, b], [b], [a]]), [
    [insert(2n, "a"), insert(1n, "b")],
    [insert(1n, "b")],
    [insert(2n, "a")],
  ]);
});

Deno.test("PgoutputDecoderStream drops what holds no message", async () => {
  const a = xLogData(2n, "49 00000001 4e 0001 74 00000001 61");
  assertEquals(await decodeAll([[KEEPALIVE, a, NOTICE]]), [[insert(2n, "a")]]);
});

Deno.test("PgoutputDecoderStream gives no batch for one without messages", async () => {
  assertEquals(await decodeAll([[], [KEEPALIVE], [NOTICE, KEEPALIVE]]), []);
});

Deno.test("PgoutputDecoderStream takes messages with more properties", async () => {
  const keepalive = { ...KEEPALIVE, walEnd: 1n, replyRequested: true };
  assertEquals(await decodeAll([[keepalive]]), []);
});

Deno.test("PgoutputDecoderStream ends with an error at broken bytes", async () => {
  await assertRejects(
    () => decodeAll([[xLogData(1n, "49 00")]]),
    ProtocolError,
    "Insert (I)",
  );
});

Deno.test("PgoutputDecoderStream knows which messages stand in a block, across batches", async () => {
  const start = xLogData(1n, "53 00000007 01");
  const inside = xLogData(2n, "49 00000008 00000001 4e 0001 74 00000001 61");
  const stop = xLogData(3n, "45");
  const outside = xLogData(4n, "49 00000001 4e 0001 74 00000001 62");
  const decoded = await decodeAll([
    [outside, start],
    [KEEPALIVE, inside],
    [inside, stop, outside],
  ]);
  assertEquals(
    decoded.flat().map((message) => [
      message.kind,
      message.kind === "insert" ? message.xid : null,
    ]),
    [
      ["insert", undefined],
      ["streamStart", null],
      ["insert", 8],
      ["insert", 8],
      ["streamStop", null],
      ["insert", undefined],
    ],
  );
});

Deno.test("PgoutputDecoderStream drops a Stream Abort of what has not begun, or has ended", async () => {
  const insert = xLogData(1n, "49 00000001 4e 0001 74 00000001 61");
  const start = xLogData(1n, "53 00000007 01");
  const stop = xLogData(1n, "45");
  const abort = xLogData(1n, "41 00000007 00000007");
  const abortPart = xLogData(1n, "41 00000007 00000008");
  const commit = xLogData(
    1n,
    "63 00000007 00 0000000000000001 0000000000000002 0000000000000000",
  );
  const decoded = await decodeAll([
    [abort, abortPart, insert],
    [start, stop, abortPart, abort, abort, abortPart],
    [start, stop, commit, abort, insert],
  ]);
  assertEquals(decoded.map((batch) => batch.map(({ kind }) => kind)), [
    ["insert"],
    ["streamStart", "streamStop", "streamAbort", "streamAbort"],
    ["streamStart", "streamStop", "streamCommit", "insert"],
  ]);
});
