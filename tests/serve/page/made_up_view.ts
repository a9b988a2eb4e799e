import { PostgresError, toLsn } from "@walbrook/walbrook";
import type { PageView } from "../../../src/serve/page/page_view.ts";
import {
  type SentenceFacts,
  sentenceOf,
} from "../../../src/serve/page/sentence.ts";
import type { SinkReport } from "../../../src/sink/report.ts";
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

/** A delivery with parked keys. */
export const PARKED: SinkReport = {
  state: "delivering",
  acknowledged: 10,
  destinations: [{
    name: "orders-hook",
    delivered: 102_441,
    batches: 5_000,
    retries: 14,
    writeSeconds: {} as SinkReport["destinations"][0]["writeSeconds"],
    barriers: 0,
    pending: 9,
    pendingBytes: 900,
    oldestPendingMs: 200,
    deadLetters: 11,
    parkedKeys: [
      "public.orders/88213",
      "public.orders/88240",
      "public.carts/5120,77",
    ],
    lastFailure: null,
  }],
};

/** A subscription that is well. */
export const FACTS: SentenceFacts = {
  status: { state: "streaming", processId: 4127 },
  slotName: "search_indexer",
  lagMs: 300,
  lagMsBefore: 300,
  downMs: null,
  busyMs: null,
  busyXid: null,
  slot: SLOT,
  sink: null,
  gap: null,
  hasChanged: true,
};

/** What makes each state of the drawing. */
export const STATES: Readonly<Record<string, Partial<SentenceFacts>>> = {
  streaming: {},
  behind: { lagMs: 252_000, lagMsBefore: 270_000 },
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
    lagMs: 41_000,
  },
  stuck: { busyMs: 380_000, busyXid: 8_841_207, lagMs: 380_000 },
  danger: {
    slot: {
      ...SLOT,
      retainedBytes: 9_400_000_000n,
      safeBytes: 600_000_000n,
      lossInMs: 1_080_000,
    },
    lagMs: 16_800_000,
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
    },
  },
  empty: { hasChanged: false },
  closed: { status: { state: "closed" } },
};

/** A view of a state, with made-up figures. */
export function madeUpView(state: string): PageView {
  const facts = { ...FACTS, ...STATES[state] };
  const sentence = sentenceOf(facts);
  const isDry = ["reconnecting", "stuck", "danger"].includes(state);
  const isEmpty = state === "empty";
  const points = Array.from(
    { length: 300 },
    (_, i) =>
      state === "gap" && i > 60 && i < 190
        ? null
        : 200 + 150 * Math.sin(i / 9) ** 2,
  );
  const masked = { name: "email", before: "masked", value: "masked" } as const;
  return {
    clock: "17:30:38",
    what: "slot search_indexer",
    sentence,
    river: {
      positions: [
        "3A/7F234288",
        "3A/7F2340C3",
        "3A/7F233B64",
        "3A/7F231CDC",
        "3A/7F2314E7",
      ],
      waits: isEmpty
        ? [0, 0, 0, 0]
        : state === "reconnecting"
        ? [null, 1_400, 0, 2_312]
        : isDry
        ? [9_360_000_000, 1_048_576, 38_000_000, 0]
        : [453, 1_400, 7_800, 2_000],
      notes: [
        "on the way",
        "read ahead",
        "19 transactions pending",
        "until the next report",
      ],
      jam: state === "reconnecting"
        ? 0
        : isDry || state === "behind"
        ? 2
        : null,
      isDry,
    },
    strips: {
      stepMs: 3_000,
      values: [points, points.map((value) => value && value * 40), points],
      now: [facts.lagMs, state === "reconnecting" ? null : 9_500, 155],
      marks: [{ agoMs: 500_000, text: "schema" }],
    },
    slot: {
      level: state === "danger" ? "bad" : "ok",
      state: "reserved",
      loss: "3 days",
      share: 0.005,
      hourShare: 0.98,
      kept: "48 MB kept of 10 GB",
      facts: [["Log written", "38 KB/s"], ["Held by", "walsender, pid 4127"]],
    },
    destinations: [{
      name: "orders-hook",
      level: state === "parked" ? "warn" : "ok",
      state: state === "parked"
        ? "3 keys parked, all else goes on"
        : "durable, all well",
      numbers: [
        ["Delivered", "102,441"],
        ["Pending", "9"],
        ["Oldest", "0.2 s"],
        ["Batches", "5,000"],
        ["Dead letters", "11"],
        ["Retries", "14"],
      ],
      error: state === "parked"
        ? '17:22:51: 422 Unprocessable Content: {"error":"total must not be negative"}'
        : null,
      parked: state === "parked" ? PARKED.destinations[0]!.parkedKeys : [],
    }],
    tables: isEmpty ? [] : ["order_items", "orders", "carts"].map((name) => ({
      name: `public.${name}`,
      rate: "88.6",
      peak: "135",
      values: points.slice(0, 90).map((value) => value ?? 0),
      counts: ["412,907", "8,120", "311"] as const,
    })),
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
    mayAct: true,
  };
}
