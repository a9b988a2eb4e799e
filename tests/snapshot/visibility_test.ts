import { assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "@walbrook/walbrook";
import { isVisible, parseSnapshot } from "@walbrook/walbrook/snapshot";
import {
  missingBelow,
  widenXid,
} from "../../src/snapshot/reconcile/visibility.ts";

Deno.test("parseSnapshot() reads what pg_current_snapshot() gives", () => {
  assertEquals(parseSnapshot("734:737:"), {
    xmin: 734n,
    xmax: 737n,
    inProgress: new Set<bigint>(),
  });
  assertEquals(
    parseSnapshot("17179869183:17179869190:17179869183,17179869185")
      .inProgress,
    new Set([17179869183n, 17179869185n]),
  );
  for (const text of ["", "1:2", "1:2:3,", "a:2:", "1:2:3:4"]) {
    assertThrows(() => parseSnapshot(text), ProtocolError, "Cannot read");
  }
});

// Source: the manual, "Transaction ID and Snapshot Information Functions".
const VISIBLE: readonly (readonly [number, string, boolean])[] = [
  [9, "10:20:10,14", true],
  [10, "10:20:10,14", false],
  [11, "10:20:10,14", true],
  [14, "10:20:10,14", false],
  [19, "10:20:10,14", true],
  [20, "10:20:10,14", false],
  [30, "10:20:10,14", false],
  // The same beyond 2^32: ids of the stream have 32 bits.
  [5, "4294967300:4294967310:4294967306", true],
  [10, "4294967300:4294967310:4294967306", false],
  [4294967295, "4294967300:4294967310:4294967306", true],
  [4294967295, "4294967290:4294967295:", false],
  [3, "4294967290:4294967299:", false],
];

for (const [xid, text, expected] of VISIBLE) {
  Deno.test(`isVisible() of ${xid} in ${text} is ${expected}`, () => {
    assertEquals(isVisible(xid, parseSnapshot(text)), expected);
  });
}

Deno.test("widenXid() chooses the nearest id of 64 bits", () => {
  const near = 3n * 2n ** 32n + 100n;
  assertEquals(widenXid(100, near), near);
  assertEquals(widenXid(99, near), near - 1n);
  assertEquals(widenXid(2 ** 32 - 1, near), near - 101n);
  assertEquals(widenXid(2 ** 31 + 99, near), near + 2n ** 31n - 1n);
  assertEquals(widenXid(2 ** 31 + 100, near), near - 2n ** 31n);
});

Deno.test("missingBelow() tells which older transactions a snapshot lacks", () => {
  assertEquals(missingBelow(20n, parseSnapshot("20:20:")), []);
  assertEquals(missingBelow(20n, parseSnapshot("10:25:10,22")), [10n]);
  assertEquals(missingBelow(20n, parseSnapshot("10:25:22")), []);
  // The last that there was waits for a standby: it is not below xmax.
  assertEquals(missingBelow(20n, parseSnapshot("19:19:")), [19n]);
});
