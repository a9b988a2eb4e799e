import { assertEquals } from "@std/assert";
import {
  measureProgress,
  type ProgressFacts,
} from "../../../src/subscription/progress/subscription_progress.ts";
import type { UnixMicros } from "../../../src/timestamp.ts";
import { lsn } from "../../helpers/messages.ts";

const NOW = 100_000;
const TODAY = 1_700_000_000_000;
const ago = (ms: number) => BigInt((TODAY - ms) * 1000) as UnixMicros;

const CAUGHT_UP: ProgressFacts = {
  ledger: {
    received: lsn(50),
    confirmed: lsn(50),
    pending: 0,
    oldestTime: null,
  },
  server: { lsn: lsn(50), at: NOW - 10 },
  missing: null,
  unreadSince: null,
  isReading: true,
  downSince: null,
};
const measure = (facts: Partial<ProgressFacts>) => {
  const { walEnd, walEndAgeMs, lagBytes, lagMs } = measureProgress(
    { ...CAUGHT_UP, ...facts },
    NOW,
    TODAY,
  );
  return { walEnd, walEndAgeMs, lagBytes, lagMs };
};
const CONFIRMED_20 = {
  received: lsn(40),
  confirmed: lsn(20),
  pending: 1,
  oldestTime: ago(700),
};
const UNKNOWN = { walEnd: null, walEndAgeMs: null, lagBytes: null };

for (
  const [what, facts, expected] of [
    ["is 0 for a consumer that has caught up", {}, {
      ...{ walEnd: lsn(50), walEndAgeMs: 10, lagBytes: 0n, lagMs: 0 },
    }],
    [
      "counts from the oldest transaction, to the end of the server's WAL",
      { ledger: CONFIRMED_20 },
      { walEnd: lsn(50), walEndAgeMs: 10, lagBytes: 30n, lagMs: 700 },
    ],
    [
      "counts to what has been received, where the server has told less",
      { ledger: CONFIRMED_20, server: { lsn: lsn(30), at: NOW } },
      { walEnd: lsn(40), walEndAgeMs: 0, lagBytes: 20n, lagMs: 700 },
    ],
    [
      "is not negative, however the clocks differ",
      { ledger: { ...CONFIRMED_20, oldestTime: ago(-5_000) } },
      { walEnd: lsn(50), walEndAgeMs: 10, lagBytes: 30n, lagMs: 0 },
    ],
    [
      "counts what the consumer has not taken yet",
      { unreadSince: NOW - 3_000, isReading: false },
      { walEnd: lsn(50), walEndAgeMs: 10, lagBytes: 0n, lagMs: 3_000 },
    ],
    [
      "counts WAL that the server has and does not send",
      {
        server: { lsn: lsn(90), at: NOW },
        missing: { lsn: lsn(80), at: NOW - 4_000 },
      },
      { walEnd: lsn(90), walEndAgeMs: 0, lagBytes: 40n, lagMs: 4_000 },
    ],
    [
      "grows while the link is down, and then knows no bytes",
      { downSince: NOW - 9 },
      { ...UNKNOWN, lagMs: 9 },
    ],
    [
      "knows the bytes if the server was asked since the link went down",
      { downSince: NOW - 9, server: { lsn: lsn(60), at: NOW - 1 } },
      { walEnd: lsn(60), walEndAgeMs: 1, lagBytes: 10n, lagMs: 9 },
    ],
    [
      "knows no bytes if nothing has been read for a minute",
      { isReading: false, server: { lsn: lsn(50), at: NOW - 60_000 } },
      { ...UNKNOWN, lagMs: 0 },
    ],
    [
      "trusts a server that says nothing while it is being read",
      { server: { lsn: lsn(50), at: NOW - 90_000 } },
      { walEnd: lsn(50), walEndAgeMs: 90_000, lagBytes: 0n, lagMs: 0 },
    ],
  ] as const
) {
  Deno.test(`progress: the lag ${what}`, () => {
    assertEquals<unknown>(measure(facts as Partial<ProgressFacts>), expected);
  });
}
