import { assertEquals, assertThrows } from "@std/assert";
import {
  decodePgoutputMessage,
  INVALID_LSN,
  type Lsn,
  type PgoutputMessage,
  ProtocolError,
  UNCHANGED,
  UndecodedText,
  type UnixMicros,
} from "@walbrook/walbrook/pgoutput";
import { encodePgoutputMessage } from "./encode_pgoutput_message.ts";
import { fromHex, toHex } from "./read_golden.ts";

const LARGEST_LSN = 0xffff_ffff_ffff_fffen as Lsn;
const walStart = INVALID_LSN;
// 2000-01-01 in microseconds, and the ends of what the server can send.
const EPOCH = 946_684_800_000_000n;
const FIRST = (EPOCH - 2n ** 63n) as UnixMicros;
const LAST = (EPOCH + 2n ** 63n - 1n) as UnixMicros;

// Written by hand from the manual, with the ends of each field's range.
const MESSAGES: readonly [string, string, PgoutputMessage][] = [
  [
    "Begin with an xid above 2^31 and the last LSN",
    "42 fffffffffffffffe 0000000000000000 ffffffff",
    {
      kind: "begin",
      walStart,
      finalLsn: LARGEST_LSN,
      commitTime: EPOCH as UnixMicros,
      xid: 4294967295,
    },
  ],
  [
    "Commit with flags, before 1970, with LSNs around 2^63",
    "43 80 7fffffffffffffff 8000000000000000 8000000000000000",
    {
      kind: "commit",
      walStart,
      flags: 128,
      commitLsn: (2n ** 63n - 1n) as Lsn,
      endLsn: (2n ** 63n) as Lsn,
      commitTime: FIRST,
    },
  ],
  [
    "Origin without a name",
    "4f 00000000ffffffff 00",
    { kind: "origin", walStart, commitLsn: 0xffffffffn as Lsn, name: "" },
  ],
  [
    "Relation of pg_catalog with OIDs above 2^31",
    "52 80000000 00 7400 69 0002 01 6100 fffffffe 7fffffff 00 00 80000001 80000000",
    {
      kind: "relation",
      walStart,
      oid: 2147483648,
      schema: "pg_catalog",
      name: "t",
      replicaIdentity: "index",
      columns: [
        {
          name: "a",
          typeOid: 4294967294,
          typeModifier: 2147483647,
          isKey: true,
        },
        {
          name: "",
          typeOid: 2147483649,
          typeModifier: -2147483648,
          isKey: false,
        },
      ],
    },
  ],
  [
    "Type with an OID above 2^31",
    "59 ffffffff c3a900 e282ac00",
    { kind: "type", walStart, oid: 4294967295, schema: "é", name: "€" },
  ],
  [
    "Insert with each format of a value",
    "49 ffffffff 4e 0005 6e 75 74 00000000 74 00000003 e282ac 62 00000002 00ff",
    {
      kind: "insert",
      walStart,
      relationOid: 4294967295,
      newTuple: [null, UNCHANGED, "", "€", Uint8Array.of(0, 255)],
    },
  ],
  [
    "Update of a row without columns, whose new row alone is there",
    "55 00000001 4e 0000",
    {
      kind: "update",
      walStart,
      relationOid: 1,
      keyTuple: null,
      oldTuple: null,
      newTuple: [],
    },
  ],
  [
    "Update with a key",
    "55 00000001 4b 0002 74 00000001 31 6e 4e 0002 74 00000001 32 75",
    {
      kind: "update",
      walStart,
      relationOid: 1,
      keyTuple: ["1", null],
      oldTuple: null,
      newTuple: ["2", UNCHANGED],
    },
  ],
  [
    "Update with an old row",
    "55 00000001 4f 0001 6e 4e 0001 74 00000001 32",
    {
      kind: "update",
      walStart,
      relationOid: 1,
      keyTuple: null,
      oldTuple: [null],
      newTuple: ["2"],
    },
  ],
  [
    "Delete with a key",
    "44 80000000 4b 0001 74 00000001 31",
    {
      kind: "delete",
      walStart,
      relationOid: 2147483648,
      keyTuple: ["1"],
      oldTuple: null,
    },
  ],
  [
    "Delete with an old row",
    "44 80000000 4f 0001 74 00000001 31",
    {
      kind: "delete",
      walStart,
      relationOid: 2147483648,
      keyTuple: null,
      oldTuple: ["1"],
    },
  ],
  [
    "Truncate of two relations with OIDs above 2^31",
    "54 00000002 03 80000000 ffffffff",
    {
      kind: "truncate",
      walStart,
      relationOids: [2147483648, 4294967295],
      cascade: true,
      restartIdentity: true,
    },
  ],
  [
    "Truncate of no relation",
    "54 00000000 00",
    {
      kind: "truncate",
      walStart,
      relationOids: [],
      cascade: false,
      restartIdentity: false,
    },
  ],
  [
    "Message without prefix and content",
    "4d 01 fffffffffffffffe 00 00000000",
    {
      kind: "message",
      walStart,
      transactional: true,
      lsn: LARGEST_LSN,
      prefix: "",
      content: new Uint8Array(0),
    },
  ],
  [
    "Begin Prepare",
    "62 0000000100000000 0000000100000001 7fffffffffffffff 80000000 6700",
    {
      kind: "beginPrepare",
      walStart,
      prepareLsn: 0x1_00000000n as Lsn,
      endLsn: 0x1_00000001n as Lsn,
      prepareTime: LAST,
      xid: 2147483648,
      gid: "g",
    },
  ],
  [
    "Prepare",
    "50 00 0000000100000000 0000000100000001 0000000000000001 80000000 6700",
    {
      kind: "prepare",
      walStart,
      flags: 0,
      prepareLsn: 0x1_00000000n as Lsn,
      endLsn: 0x1_00000001n as Lsn,
      prepareTime: (EPOCH + 1n) as UnixMicros,
      xid: 2147483648,
      gid: "g",
    },
  ],
  [
    "Commit Prepared",
    "4b 00 0000000100000000 0000000100000001 ffffffffffffffff 80000000 6700",
    {
      kind: "commitPrepared",
      walStart,
      flags: 0,
      commitLsn: 0x1_00000000n as Lsn,
      endLsn: 0x1_00000001n as Lsn,
      commitTime: (EPOCH - 1n) as UnixMicros,
      xid: 2147483648,
      gid: "g",
    },
  ],
  [
    "Rollback Prepared",
    "72 00 0000000100000000 0000000100000001 0000000000000001 0000000000000002 80000000 6700",
    {
      kind: "rollbackPrepared",
      walStart,
      flags: 0,
      prepareEndLsn: 0x1_00000000n as Lsn,
      rollbackEndLsn: 0x1_00000001n as Lsn,
      prepareTime: (EPOCH + 1n) as UnixMicros,
      rollbackTime: (EPOCH + 2n) as UnixMicros,
      xid: 2147483648,
      gid: "g",
    },
  ],
];

for (const [name, hex, message] of MESSAGES) {
  Deno.test(`decodePgoutputMessage() reads ${name}`, () => {
    const bytes = fromHex(hex);
    assertEquals(decodePgoutputMessage(bytes), message);
    assertEquals(toHex(encodePgoutputMessage(message)), toHex(bytes));
  });

  Deno.test(`decodePgoutputMessage() refuses ${name}, cut at any byte`, () => {
    const bytes = fromHex(hex);
    for (let end = 0; end < bytes.length; end++) {
      assertThrows(
        () => decodePgoutputMessage(bytes.subarray(0, end)),
        ProtocolError,
        "Cannot decode pgoutput",
      );
    }
  });

  Deno.test(`decodePgoutputMessage() refuses ${name}, with bytes behind it`, () => {
    for (const more of ["00", "4e", "0000000000000000"]) {
      assertThrows(
        () => decodePgoutputMessage(fromHex(hex + more)),
        ProtocolError,
        `${more.length / 2} unexpected bytes`,
      );
    }
  });

  Deno.test(`decodePgoutputMessage() keeps nothing of the bytes of ${name}`, () => {
    // A view into the middle, so that a wrong offset shows as well.
    const chunk = fromHex(`ffff ${hex} ffff`);
    const decoded = decodePgoutputMessage(chunk.subarray(2, -2));
    chunk.fill(0x2a);
    assertEquals(decoded, message);
  });
}

Deno.test("decodePgoutputMessage() keeps the position it is given", () => {
  const message = decodePgoutputMessage(fromHex("54 00000000 00"), LARGEST_LSN);
  assertEquals(message.walStart, LARGEST_LSN);
});

Deno.test("decodePgoutputMessage() reads all replica identities", () => {
  const identities = ["64", "6e", "66", "69"].map((letter) => {
    const message = decodePgoutputMessage(
      fromHex(`52 00000001 7300 7400 ${letter} 0000`),
    );
    return message.kind === "relation" && message.replicaIdentity;
  });
  assertEquals(identities, ["default", "nothing", "full", "index"]);
});

Deno.test("decodePgoutputMessage() keeps the bytes of a value that is not UTF-8", () => {
  const message = decodePgoutputMessage(
    fromHex("49 00000001 4e 0002 74 00000002 ff41 74 00000003 efbfbd"),
  );
  assertEquals(message.kind === "insert" && message.newTuple, [
    UndecodedText.of(0xff, 0x41),
    "\ufffd",
  ]);
});

Deno.test("decodePgoutputMessage() puts U+FFFD for bytes in names that are not UTF-8", () => {
  const message = decodePgoutputMessage(
    fromHex("52 00000001 73ff00 74e900 64 0000"),
  );
  assertEquals(
    message.kind === "relation" && [message.schema, message.name],
    ["s\ufffd", "t\ufffd"],
  );
});

const REFUSED: readonly [string, string, string][] = [
  ["nothing", "", "pgoutput message: 1 bytes wanted, 0 left, at byte 0"],
  ["an unknown type", "3f", 'unknown message type "?" (0x3f)'],
  ["an unprintable type", "07", "unknown message type 0x07"],
  [
    "a type of a later protocol version",
    "5a 00000001",
    'unknown message type "Z" (0x5a), which protocol versions 1 to 4 don\'t have,',
  ],
  ["a Stream Start without an xid", "53 0000", "Stream Start (S): 4 bytes"],
  ["a Stream Stop with content", "45 00", "Stream Stop (E): 1 unexpected"],
  ["a Stream Commit cut short", "63 00000001 00", "Stream Commit (c): 8 bytes"],
  [
    "a Stream Abort in between",
    "41 0000000100000001 00",
    "Stream Abort (A): 8",
  ],
  ["a type without ASCII letter", "ff", "unknown message type 0xff"],
  [
    "an unknown replica identity",
    "52 00000001 00 7400 78 0000",
    'pgoutput\'s Relation (R): unknown replica identity "x" (0x78) at byte 9',
  ],
  [
    "an unknown column format",
    "49 00000001 4e 0001 76",
    'pgoutput\'s Insert (I): unknown column format "v" (0x76)',
  ],
  [
    "an Insert with a key",
    "49 00000001 4b 0000",
    'unknown tuple "K" (0x4b) where the new row belongs',
  ],
  [
    "an Update without a new row",
    "55 00000001 4b 0000 4b 0000",
    'unknown tuple "K" (0x4b) where the new row belongs',
  ],
  [
    "a Delete with a new row",
    "44 00000001 4e 0000",
    'unknown tuple "N" (0x4e) where a key or an old row belongs',
  ],
  [
    "fewer than no columns",
    "49 00000001 4e ffff",
    "a count of -1, for which 0 bytes are left, at byte 8",
  ],
  [
    "more values than bytes",
    "49 00000001 4e 7fff 6e 6e",
    "a count of 32767, for which 2 bytes are left",
  ],
  [
    "more columns than bytes",
    "52 00000001 00 7400 64 0002 00 00 00000001 00000001",
    "a count of 2, for which 10 bytes are left",
  ],
  [
    "more relations than bytes",
    "54 7fffffff 00 00000001",
    "a count of 2147483647, for which 4 bytes are left",
  ],
  [
    "a value of negative length",
    "49 00000001 4e 0001 74 ffffffff",
    "-1 bytes wanted, 0 left",
  ],
  [
    "a value of 2 GiB",
    "49 00000001 4e 0001 62 7fffffff 00",
    "2147483647 bytes wanted, 1 left",
  ],
  [
    "a message of negative length",
    "4d 00 0000000000000000 00 80000000",
    "-2147483648 bytes wanted",
  ],
  ["a name without end", "59 00000001 00 6162", "a string without an end"],
];

for (const [name, hex, problem] of REFUSED) {
  Deno.test(`decodePgoutputMessage() refuses ${name}`, () => {
    assertThrows(
      () => decodePgoutputMessage(fromHex(hex)),
      ProtocolError,
      problem,
    );
  });
}
