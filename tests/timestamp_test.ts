import { assert, assertEquals } from "@std/assert";
import { toDate, type UnixMicros } from "@walbrook/walbrook";
import {
  fromServerMicros,
  nowMicros,
  toServerMicros,
} from "../src/timestamp.ts";

// The server's microseconds, and the same time by SELECT extract(epoch …) * 1e6.
const TIMES: readonly [server: bigint, unix: bigint][] = [
  [0n, 946_684_800_000_000n],
  [1n, 946_684_800_000_001n],
  [-1n, 946_684_799_999_999n],
  [-946_684_800_000_000n, 0n],
  [-(2n ** 63n), -(2n ** 63n) + 946_684_800_000_000n],
  [2n ** 63n - 1n, 2n ** 63n - 1n + 946_684_800_000_000n],
];

Deno.test("fromServerMicros() and toServerMicros() are each other's inverse", () => {
  for (const [server, unix] of TIMES) {
    assertEquals<bigint>(fromServerMicros(server), unix);
    assertEquals(toServerMicros(unix), server);
  }
});

Deno.test("toDate() goes down to the millisecond, before 1970 too", () => {
  const table: readonly [bigint, string][] = [
    [0n, "1970-01-01T00:00:00.000Z"],
    [999n, "1970-01-01T00:00:00.000Z"],
    [1000n, "1970-01-01T00:00:00.001Z"],
    [-1n, "1969-12-31T23:59:59.999Z"],
    [-1000n, "1969-12-31T23:59:59.999Z"],
    [-1001n, "1969-12-31T23:59:59.998Z"],
    [946_684_800_000_000n, "2000-01-01T00:00:00.000Z"],
  ];
  for (const [micros, text] of table) {
    assertEquals(toDate(micros as UnixMicros).toISOString(), text);
  }
});

Deno.test("toDate() gives an invalid Date where Date can't hold the time", () => {
  assert(isNaN(toDate((2n ** 63n - 1n) as UnixMicros).getTime()));
  assert(isNaN(toDate(-(2n ** 63n) as UnixMicros).getTime()));
});

Deno.test("nowMicros() is Date.now() in microseconds", () => {
  const before = Date.now();
  const now = Number(nowMicros()) / 1000;
  assert(before <= now && now <= Date.now());
});
