import { assertEquals, assertThrows } from "@std/assert";
import {
  decodePgoutputMessage,
  INVALID_LSN,
  type Lsn,
  type PgoutputMessage,
  ProtocolError,
  type UnixMicros,
} from "@walbrook/walbrook/pgoutput";
import { encodePgoutputMessage } from "./encode_pgoutput_message.ts";
import { fromHex, toHex } from "./read_golden.ts";

const walStart = INVALID_LSN;
const EPOCH = 946_684_800_000_000n as UnixMicros;
const LAST = (EPOCH + 2n ** 63n - 1n) as UnixMicros;
const LSN = 0xffff_ffff_ffff_fffen as Lsn;

// Written by hand from the manual, with the ends of each field's range.
const STREAM_MESSAGES: readonly [string, string, PgoutputMessage][] = [
  [
    "Stream Start of a first segment",
    "53 ffffffff 01",
    { kind: "streamStart", walStart, xid: 4294967295, firstSegment: true },
  ],
  [
    "Stream Start of a later segment",
    "53 80000000 00",
    { kind: "streamStart", walStart, xid: 2147483648, firstSegment: false },
  ],
  ["Stream Stop", "45", { kind: "streamStop", walStart }],
  [
    "Stream Commit",
    "63 80000000 80 fffffffffffffffe 0000000100000001 7fffffffffffffff",
    {
      kind: "streamCommit",
      walStart,
      xid: 2147483648,
      flags: 128,
      commitLsn: LSN,
      endLsn: 0x1_00000001n as Lsn,
      commitTime: LAST,
    },
  ],
  [
    "Stream Abort as streaming 'on' has it",
    "41 80000000 ffffffff",
    {
      kind: "streamAbort",
      walStart,
      xid: 2147483648,
      subxid: 4294967295,
      abortLsn: null,
      abortTime: null,
    },
  ],
  [
    "Stream Abort as streaming 'parallel' has it",
    "41 80000000 80000000 fffffffffffffffe 0000000000000000",
    {
      kind: "streamAbort",
      walStart,
      xid: 2147483648,
      subxid: 2147483648,
      abortLsn: LSN,
      abortTime: EPOCH,
    },
  ],
  [
    "Stream Prepare",
    "70 00 0000000100000000 0000000100000001 0000000000000000 80000000 c3a900",
    {
      kind: "streamPrepare",
      walStart,
      flags: 0,
      prepareLsn: 0x1_00000000n as Lsn,
      endLsn: 0x1_00000001n as Lsn,
      prepareTime: EPOCH,
      xid: 2147483648,
      gid: "é",
    },
  ],
];

/** Those which have an xid in a block, and those which have none even there. */
const IN_STREAM: readonly [string, string, PgoutputMessage][] = [
  [
    "Relation",
    "52 ffffffff 00000001 7300 7400 64 0000",
    {
      kind: "relation",
      walStart,
      xid: 4294967295,
      oid: 1,
      schema: "s",
      name: "t",
      replicaIdentity: "default",
      columns: [],
    },
  ],
  [
    "Type",
    "59 80000000 00000001 7300 7400",
    { kind: "type", walStart, xid: 2147483648, oid: 1, schema: "s", name: "t" },
  ],
  [
    "Insert",
    "49 80000000 00000001 4e 0000",
    {
      kind: "insert",
      walStart,
      xid: 2147483648,
      relationOid: 1,
      newTuple: [],
    },
  ],
  [
    "Update",
    "55 80000000 00000001 4e 0000",
    {
      kind: "update",
      walStart,
      xid: 2147483648,
      relationOid: 1,
      keyTuple: null,
      oldTuple: null,
      newTuple: [],
    },
  ],
  [
    "Delete",
    "44 80000000 00000001 4b 0000",
    {
      kind: "delete",
      walStart,
      xid: 2147483648,
      relationOid: 1,
      keyTuple: [],
      oldTuple: null,
    },
  ],
  [
    "Truncate",
    "54 80000000 00000001 00 ffffffff",
    {
      kind: "truncate",
      walStart,
      xid: 2147483648,
      relationOids: [4294967295],
      cascade: false,
      restartIdentity: false,
    },
  ],
  [
    "Message",
    "4d 80000000 01 fffffffffffffffe 7000 00000001 ff",
    {
      kind: "message",
      walStart,
      xid: 2147483648,
      transactional: true,
      lsn: LSN,
      prefix: "p",
      content: Uint8Array.of(255),
    },
  ],
  [
    "Origin",
    "4f 00000000ffffffff 6f00",
    { kind: "origin", walStart, commitLsn: 0xffffffffn as Lsn, name: "o" },
  ],
  ["Stream Stop", "45", { kind: "streamStop", walStart }],
];

const TABLE = [
  ...STREAM_MESSAGES.map((row) => [...row, false] as const),
  ...IN_STREAM.map((row) => [...row, true] as const),
];

for (const [name, hex, message, inStream] of TABLE) {
  const where = inStream ? "in a block" : "outside of blocks";

  Deno.test(`decodePgoutputMessage() reads ${name} ${where}`, () => {
    const bytes = fromHex(hex);
    const decoded = decodePgoutputMessage(bytes, walStart, { inStream });
    assertEquals(decoded, message);
    assertEquals(toHex(encodePgoutputMessage(message)), toHex(bytes));
  });

  Deno.test(`decodePgoutputMessage() refuses ${name} ${where} with too few or too many bytes`, () => {
    const bytes = fromHex(hex);
    for (let end = 0; end < bytes.length; end++) {
      // The long form of Stream Abort begins with the short one.
      if (message.kind === "streamAbort" && end === 9) continue;
      assertThrows(
        () =>
          decodePgoutputMessage(bytes.subarray(0, end), walStart, { inStream }),
        ProtocolError,
        "Cannot decode pgoutput",
      );
    }
    for (const more of ["00", "4e", "000000000000000000"]) {
      assertThrows(
        () =>
          decodePgoutputMessage(fromHex(hex + more), walStart, { inStream }),
        ProtocolError,
      );
    }
  });

  Deno.test(`decodePgoutputMessage() keeps nothing of the bytes of ${name} ${where}`, () => {
    const chunk = fromHex(`ffff ${hex} ffff`);
    const decoded = decodePgoutputMessage(chunk.subarray(2, -2), walStart, {
      inStream,
    });
    chunk.fill(0x2a);
    assertEquals(decoded, message);
  });
}
