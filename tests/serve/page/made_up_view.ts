import { PostgresError, toLsn } from "@walbrook/walbrook";
import type { PageView } from "../../../src/serve/page/page_view.ts";
import { destinationCard } from "../../../src/serve/page/destination_card.ts";
import { riverOf } from "../../../src/serve/page/river.ts";
import { sentenceOf } from "../../../src/serve/page/sentence.ts";
import type { SentenceFacts } from "../../../src/serve/page/sentence_facts.ts";
import { slotCard } from "../../../src/serve/page/slot_card.ts";
import type { LaneState, ParkedKey } from "@walbrook/walbrook/sink";
import type {
  DestinationReport,
  SinkReport,
} from "../../../src/sink/report.ts";
import type { SlotState } from "../../../src/subscription/progress/slot_state.ts";

/** A slot that is well. */
export const SLOT: SlotState = {
  at: new Date("2026-11-21T17:30:00Z"),
  walEnd: toLsn(0x3a_7f23_4288n),
  restart: toLsn(0x3a_7c45_ada8n),
  confirmed: toLsn(0x3a_7f23_14e7n),
  active: true,
  walStatus: "reserved",
  retainedBytes: 48_000_000n,
  safeBytes: 9_952_000_000n,
  walBytesPerSecond: 38_000,
  lossInMs: 261_894_000,
  idleTimeoutMs: null,
};

const NOW = Date.UTC(2026, 10, 21, 17, 30, 38);
const SINCE = Date.UTC(2026, 10, 21, 17, 22, 51);

/** What lanes do, by the letters of the drawing. */
function lanesOf(letters: string): LaneState[] {
  const states = {
    ".": "idle",
    w: "writing",
    r: "retrying",
    x: "parked",
  } as const;
  return [...letters].map((letter) => states[letter as "w"]);
}

/** A destination that is well, with some differences. */
function destination(
  differences: Partial<DestinationReport> = {},
): DestinationReport {
  return {
    name: "orders-hook",
    delivered: 102_441,
    batches: 5_000,
    retries: 14,
    writeSeconds: { bounds: [], counts: [], sum: 0, p50: 0.038, p99: 0.21 },
    barriers: 0,
    pending: 9,
    pendingBytes: 900,
    oldestPendingMs: 200,
    deadLetters: 0,
    parkedKeys: [],
    parked: [],
    lanes: lanesOf("ww.w.....w......"),
    lastFailure: null,
    ...differences,
  };
}

const PARKED_KEYS: readonly ParkedKey[] = [
  ["public.orders/88213", 7, "total -4.00 was refused"],
  ["public.orders/88240", 3, "total -12.5 was refused"],
  ["public.carts/5120,77", 1, "body of 1.3 MB, the receiver takes 1 MB"],
].map(([key, changes, error]) => ({
  ...{ key: `${key}`, changes: Number(changes), error: `${error}` },
  since: SINCE,
}));

/** The delivery of each state. */
function sinkOf(destination: DestinationReport): SinkReport {
  return { state: "delivering", acknowledged: 10, destinations: [destination] };
}

/** A delivery with parked keys. */
export const PARKED: SinkReport = sinkOf(destination({
  deadLetters: 11,
  parkedKeys: PARKED_KEYS.map(({ key }) => key),
  parked: PARKED_KEYS,
  lanes: lanesOf("ww.x.w.x..w.x..."),
  lastFailure: {
    time: SINCE,
    error: new Error(
      '422 Unprocessable Content: {"error":"total must not be negative"}',
    ),
    ...{ id: "1", key: "public.orders/88213", attempts: 1, next: "deadLetter" },
  },
}));

/** A delivery whose destination is down. */
const DOWN: SinkReport = sinkOf(destination({
  pending: 10_000,
  oldestPendingMs: 380_000,
  lanes: lanesOf("rrrrrrrrrrrrrrrr"),
  lastFailure: {
    time: NOW - 7_000,
    error: new Error("503 Service Unavailable"),
    ...{ id: "1", key: "public.orders/88213", attempts: 561, next: "retry" },
  },
}));

/** A subscription that is well. */
export const FACTS: SentenceFacts = {
  status: { state: "streaming", processId: 4127 },
  slotName: "search_indexer",
  lagMs: 300,
  lagBytes: 9_500n,
  lagMsBefore: 300,
  downMs: null,
  retryInMs: null,
  busyMs: null,
  inside: null,
  confirmedAt: null,
  slot: SLOT,
  sink: sinkOf(destination()),
  gap: null,
  hasChanged: true,
  upMs: 240_000,
  mayAct: true,
};

/** What makes each state of the drawing. */
export const STATES: Readonly<Record<string, Partial<SentenceFacts>>> = {
  streaming: {},
  behind: {
    lagMs: 252_000,
    lagMsBefore: 270_000,
    lagBytes: 412_000_000n,
    sink: sinkOf(
      destination({
        pending: 9_870,
        oldestPendingMs: 41_000,
        lanes: lanesOf("wwwwwwwrwwwwwwww"),
      }),
    ),
  },
  reconnecting: {
    status: {
      state: "retrying",
      error: new PostgresError({
        severity: "FATAL",
        code: "57P01",
        message: "terminating connection due to administrator command",
      }),
      failures: 3,
      delayMs: 3_000,
    },
    downMs: 41_000,
    retryInMs: 2_400,
    lagMs: 41_000,
  },
  stuck: {
    busyMs: 380_000,
    inside: {
      xid: 8_841_207,
      changes: 14_201,
      ...{ kind: "update", table: "public.orders" },
    },
    lagMs: 380_000,
    sink: null,
  },
  // A destination that is down, which the drawing shows as a part of "danger".
  stuckSink: { busyMs: 380_000, lagMs: 380_000, sink: DOWN },
  danger: {
    slot: {
      ...SLOT,
      retainedBytes: 9_400_000_000n,
      safeBytes: 600_000_000n,
      lossInMs: 1_080_000,
    },
    lagMs: 16_800_000,
    confirmedAt: Date.UTC(2026, 10, 21, 12, 50, 11),
    sink: DOWN,
  },
  parked: { sink: PARKED },
  gap: {
    gap: {
      gap: {
        reason: "slotUnusable",
        from: toLsn(0x3a_716c_0a10n),
        to: toLsn(0x3a_7e0b_4e90n),
      },
      time: Date.UTC(2026, 10, 21, 17, 24, 31),
      since: Date.UTC(2026, 10, 21, 17, 18, 4),
    },
  },
  empty: { hasChanged: false },
  closed: { status: { state: "closed" } },
};

/** A view of a state, with made-up figures. */
export function madeUpView(state: string, mayAct = true): PageView {
  const facts = { ...FACTS, ...STATES[state], mayAct };
  const sentence = sentenceOf(facts);
  const isLinked = facts.status.state === "streaming";
  const isFull = ["stuck", "stuckSink", "danger"].includes(state);
  const [onServer, ahead, pending] = isFull
    ? [9_360_000_000n, 1_048_576n, 38_000_000n]
    : [453n, 1_400n, 7_800n];
  const confirmed = 0x3a_7f23_14e7n + 2_000n;
  const isEmpty = state === "empty";
  const points = Array.from(
    { length: 300 },
    (_, i) =>
      state === "gap" && i > 60 && i < 190
        ? null
        : facts.lagMs * (0.2 + 0.8 * Math.sin(i / 9) ** 2),
  );
  const masked = { name: "email", before: "masked", value: "masked" } as const;
  return {
    clock: "17:30:38",
    title: "search_indexer",
    what: [
      ...["slot ", { code: "search_indexer" }, ", database "],
      ...[{ code: "shop" }, " on ", { code: "db1.internal:5432" }],
    ],
    sentence,
    river: riverOf({
      progress: {
        received: toLsn(confirmed + pending + ahead),
        confirmed: toLsn(confirmed),
        pending: isEmpty ? 0 : 19,
        walEnd: toLsn(confirmed + pending + ahead + onServer),
        walEndAgeMs: isLinked ? 300 : 41_000,
        ...{ lagMs: facts.lagMs, lagBytes: facts.lagBytes },
        ...{ reconnections: 0, lastError: null, lastEventAgeMs: null },
      },
      handedOut: toLsn(confirmed + pending),
      ...{ slot: facts.slot, sink: facts.sink, isLinked },
      busyMs: facts.busyMs,
      xid: facts.inside?.xid ?? null,
      ...{ state: sentence.state, now: NOW },
    }),
    strips: {
      stepMs: 3_000,
      values: [points, points.map((value) => value && value * 40), points],
      now: [facts.lagMs, state === "reconnecting" ? null : 9_500, 155],
      alertMs: 60_000,
      marks: [{ agoMs: 500_000, text: "schema" }],
    },
    slot: slotCard({
      ...{ slot: facts.slot, isLinked, processId: 4127, doctor: null },
      downAt: facts.downMs === null ? null : NOW - facts.downMs,
    }),
    destinations:
      facts.sink?.destinations.map((report) =>
        destinationCard(report, 47.2, !isLinked)
      ) ?? null,
    tables: isEmpty ? [] : ["order_items", "orders", "carts"].map((name) => ({
      name: `public.${name}`,
      rate: "88.6",
      peak: "135",
      values: points.slice(0, 90).map((value) => value ?? 0),
      counts: ["412,907", "8,120", "311"] as const,
    })),
    hiddenTables: isEmpty ? 0 : 3,
    shownColumns: ["public.orders.status"],
    changes: isEmpty ? [] : [
      {
        time: "17:30:38",
        xid: 8_842_016,
        isFirst: true,
        kind: "update",
        table: "public.orders",
        key: [{ name: "id", value: { text: "88225" } }],
        columns: [{
          name: "status",
          before: { text: "pending" },
          value: { text: "paid" },
        }],
      },
      {
        time: "17:30:38",
        xid: 8_842_016,
        isFirst: false,
        kind: "update",
        table: "public.customers",
        key: [{ name: "id", value: "masked" }],
        columns: [masked, { name: "photo", value: "unchanged" }, {
          name: "phone",
          value: "null",
        }],
      },
      {
        time: "17:30:35",
        xid: 8_842_014,
        isFirst: true,
        kind: "delete",
        table: "public.carts",
        key: [{ name: "id", value: "masked" }],
        columns: [],
      },
    ],
    doctor: {
      at: "2026-11-21T17:30:02.000Z" as unknown as Date,
      server: null,
      slot: null,
      publications: [],
      findings: [{
        id: "slot_no_failover",
        severity: "warning",
        found: "search_indexer",
        problem: "a failover would lose the slot",
        fix: "Have it synchronised.",
        fixSql: "ALTER_REPLICATION_SLOT search_indexer (FAILOVER true);",
        provider: null,
      }],
      passed: ["wal_level"],
      skipped: [],
    },
    hasDoctor: true,
    log: [{
      time: "17:21:40",
      level: "ok",
      mark: "schema",
      text: [
        { code: "public.orders" },
        ": column ",
        { code: "gift_note" },
        " added",
      ],
    }],
    hasGap: state === "gap",
    about: [["up", "6 days"], ["PostgreSQL", "17.6"]],
    mayAct,
  };
}
