import { assertEquals } from "@std/assert";
import { INVALID_LSN, type Lsn } from "@walbrook/walbrook";
import {
  reportDueAt,
  reportFor,
  reportIntervals,
} from "../../src/feedback/status_report.ts";
import { lsn } from "../helpers/messages.ts";

interface Case {
  readonly what: string;
  readonly received: number;
  readonly confirmed: number;
  readonly reported: number;
  readonly write: number;
  readonly flush: number | "none";
}

const REPORTS: readonly Case[] = [
  {
    what: "says all positions where all is done",
    received: 9,
    confirmed: 9,
    reported: 9,
    write: 9,
    flush: 9,
  },
  {
    what: "says news once all is done",
    received: 9,
    confirmed: 9,
    reported: 5,
    write: 9,
    flush: 9,
  },
  {
    what: "says news while more is under way",
    received: 9,
    confirmed: 7,
    reported: 5,
    write: 9,
    flush: 7,
  },
  {
    what: "says no flush where it is held back",
    received: 9,
    confirmed: 5,
    reported: 5,
    write: 9,
    flush: "none",
  },
  {
    what: "writes what is done at least",
    received: 3,
    confirmed: 7,
    reported: 7,
    write: 7,
    flush: 7,
  },
  {
    what: "says zero at the very start",
    received: 0,
    confirmed: 0,
    reported: 0,
    write: 0,
    flush: 0,
  },
];

for (const { what, received, confirmed, reported, write, flush } of REPORTS) {
  Deno.test(`reportFor() ${what}`, () => {
    const now = { received: lsn(received), confirmed: lsn(confirmed) };
    const expected: Lsn = flush === "none" ? INVALID_LSN : lsn(flush);
    assertEquals(reportFor(now, lsn(reported)), {
      write: lsn(write),
      flush: expected,
    });
  });
}

Deno.test("reportDueAt() is soon where it is urgent, and in time where it is not", () => {
  const intervals = { longest: 1000, shortest: 50 };
  assertEquals(reportDueAt(7, true, intervals), 57);
  assertEquals(reportDueAt(7, false, intervals), 1007);
});

Deno.test("reportIntervals() leaves room for a late report, and never floods", () => {
  const table: readonly [timeout: number, longest: number, shortest: number][] =
    [
      [0, 10_000, 50],
      [60_000, 10_000, 50],
      [30_000, 10_000, 50],
      [3_000, 1_000, 50],
      [90, 30, 30],
      [2_147_483_647, 10_000, 50],
    ];
  for (const [timeout, longest, shortest] of table) {
    assertEquals(reportIntervals(timeout), { longest, shortest });
  }
});
