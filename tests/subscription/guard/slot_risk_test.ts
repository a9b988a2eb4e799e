import { assertEquals } from "@std/assert";
import { toLsn } from "../../../mod.ts";
import type { SlotState } from "../../../src/subscription/progress/slot_state.ts";
import type { SlotAnswer } from "../../../src/subscription/guard/slot_query.ts";
import {
  RiskLevels,
  slotStateOf,
  WalRate,
} from "../../../src/subscription/guard/slot_risk.ts";

const ANSWER: SlotAnswer = {
  at: new Date(0),
  walEnd: toLsn(100n),
  restart: toLsn(40n),
  confirmed: toLsn(50n),
  active: true,
  walStatus: "reserved",
  retainedBytes: 60n,
  safeBytes: 1_000n,
  idleTimeoutMs: null,
  inactiveMs: null,
};

Deno.test("WalRate measures bytes per second over the last answers", () => {
  const rate = new WalRate();
  assertEquals(rate.note(0, toLsn(1_000n)), null);
  assertEquals(rate.note(1_000, toLsn(1_500n)), 500);
  assertEquals(rate.note(2_000, toLsn(1_500n)), 250);
  for (let at = 3; at < 20; at++) rate.note(at * 1_000, toLsn(1_500n));
  assertEquals(rate.note(20_000, toLsn(1_500n)), 0);
  // Another server.
  assertEquals(rate.note(21_000, toLsn(7n)), null);
});

for (
  const [what, answer, rate, lossInMs] of [
    ["safe bytes by the rate", {}, 10, 100_000],
    ["no limit", { safeBytes: null }, 10, null],
    ["no rate yet", {}, null, null],
    ["nothing is written", {}, 0, Infinity],
    ["nothing is left", { safeBytes: -5n }, 10, 0],
    ["lost already", { safeBytes: null, walStatus: "lost" }, 10, 0],
    [
      "an idle timeout while it is in use",
      {
        ...{ safeBytes: null, idleTimeoutMs: 60_000 },
      },
      10,
      null,
    ],
    [
      "an idle timeout that is under way",
      {
        ...{ safeBytes: null, idleTimeoutMs: 60_000, inactiveMs: 20_000 },
        active: false,
      },
      10,
      40_000,
    ],
    [
      "whichever comes first",
      {
        ...{ idleTimeoutMs: 60_000, inactiveMs: 59_000, active: false },
      },
      10,
      1_000,
    ],
  ] as const
) {
  Deno.test(`slotStateOf() tells the time to loss: ${what}`, () => {
    const state = slotStateOf({ ...ANSWER, ...answer }, rate);
    assertEquals(state.lossInMs, lossInMs);
  });
}

Deno.test("RiskLevels tells each level once, the worse ones too, and again after a recovery", () => {
  const levels = new RiskLevels("s", [60_000, 600_000]);
  const state = slotStateOf(ANSWER, null);
  const next = (change: Partial<SlotState> | null) => {
    const risk = levels.next(change && { ...state, ...change });
    return risk && risk.reason;
  };
  for (
    const [change, reason] of [
      [{ lossInMs: null }, null],
      [{ lossInMs: Infinity }, null],
      [{ lossInMs: 700_000 }, null],
      [{ lossInMs: 599_000 }, "lossNear"],
      [{ lossInMs: 500_000 }, null],
      // Back and forth around the limit.
      [{ lossInMs: 601_000 }, null],
      [{ lossInMs: 599_000 }, null],
      [{ lossInMs: 59_000 }, "lossNear"],
      [{ lossInMs: Infinity }, null],
      [{ lossInMs: 59_000 }, "lossNear"],
      [{ lossInMs: 10, walStatus: "unreserved" }, "unreserved"],
      [{ lossInMs: 0, walStatus: "lost" }, "lost"],
      [{ lossInMs: 0, walStatus: "lost" }, null],
      [null, "missing"],
      [null, null],
    ] as const
  ) assertEquals(next(change), reason, JSON.stringify(change));
});
