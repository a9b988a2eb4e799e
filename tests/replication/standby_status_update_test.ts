import { assert, assertEquals } from "@std/assert";
import { INVALID_LSN, toLsn, type UnixMicros } from "@walbrook/walbrook";
import { encodeStandbyStatusUpdate } from "@walbrook/walbrook/replication";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

Deno.test("encodeStandbyStatusUpdate() writes the manual's 34 bytes", () => {
  const update = {
    write: toLsn(0x16_b374d848n),
    flush: toLsn(2n ** 64n - 1n),
    apply: INVALID_LSN,
    clientTime: 946_684_800_000_001n as UnixMicros,
  };
  const positions = "00000016b374d848" + "ffffffffffffffff" +
    "0000000000000000";
  assertEquals(
    hex(encodeStandbyStatusUpdate(update)),
    `72${positions}000000000000000100`,
  );
  assertEquals(
    hex(encodeStandbyStatusUpdate({ ...update, replyRequested: true })),
    `72${positions}000000000000000101`,
  );
  const before2000 = {
    ...update,
    clientTime: 946_684_799_999_999n as UnixMicros,
  };
  assertEquals(
    hex(encodeStandbyStatusUpdate(before2000)),
    `72${positions}ffffffffffffffff00`,
  );
});

Deno.test("encodeStandbyStatusUpdate() takes the present as the client's clock", () => {
  const earliest = BigInt(Date.now()) * 1000n;
  const bytes = encodeStandbyStatusUpdate({
    write: INVALID_LSN,
    flush: INVALID_LSN,
    apply: INVALID_LSN,
  });
  const latest = BigInt(Date.now()) * 1000n;
  assertEquals(bytes.length, 34);
  const time = new DataView(bytes.slice().buffer).getBigInt64(25) +
    946_684_800_000_000n;
  assert(earliest <= time && time <= latest);
});
