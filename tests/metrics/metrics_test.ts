import { assert, assertEquals } from "@std/assert";
import { toLsn } from "../../mod.ts";
import type { SinkReport } from "../../src/sink/mod.ts";
import {
  type Metric,
  METRICS,
  metricsOf,
  type MetricSource,
  prometheusName,
  prometheusText,
} from "../../src/metrics/mod.ts";
import { parsePrometheus } from "./parse_prometheus.ts";

const SOURCE: MetricSource = {
  status: { state: "streaming", processId: 7 },
  progress: {
    received: toLsn(50n),
    confirmed: toLsn(20n),
    pending: 3,
    walEnd: toLsn(60n),
    walEndAgeMs: 10,
    lagBytes: 40n,
    lagMs: 1_500,
    reconnections: 2,
    lastError: null,
    lastEventAgeMs: 250,
  },
  counts: {
    events: [
      { table: null, kind: "begin", count: 5 },
      { table: null, kind: "commit", count: 4 },
      { table: 'public."a\\b\n"', kind: "insert", count: 9 },
    ],
    receivedBytes: 12_345,
    failures: [{ reason: "57P01", count: 2 }],
    gaps: [],
    badValues: 0,
  },
  snapshots: [],
  slotState: {
    at: new Date(0),
    walEnd: toLsn(60n),
    restart: toLsn(10n),
    confirmed: toLsn(20n),
    active: true,
    walStatus: "reserved",
    retainedBytes: 50n,
    safeBytes: 1_000n,
    walBytesPerSecond: 10,
    lossInMs: 100_000,
    idleTimeoutMs: null,
  },
};
const REPORT: SinkReport = {
  state: "delivering",
  acknowledged: 4,
  destinations: [{
    name: "hook",
    delivered: 8,
    batches: 3,
    retries: 1,
    writeSeconds: {
      bounds: [0.1, 1],
      counts: [1, 0, 2],
      sum: 4.5,
      p50: 2,
      p99: 2,
    },
    barriers: 0,
    pending: 2,
    pendingBytes: 64,
    oldestPendingMs: null,
    deadLetters: 1,
    parkedKeys: ["k"],
    parked: [{ key: "k", changes: 1, since: 0, error: "x" }],
    lanes: ["parked"],
    lastFailure: null,
  }],
};
const sink = { report: () => REPORT };

function valueOf(metrics: readonly Metric[], name: string): unknown {
  return metrics.find((metric) => metric.name === name)?.points[0]?.value;
}

Deno.test("metricsOf() lists every metric, with what is known now", () => {
  const metrics = metricsOf(SOURCE, { sink });
  assertEquals(
    metrics.map(({ name }) => name).sort(),
    Object.values(METRICS).map(({ name }) => name).sort(),
  );
  for (
    const [name, value] of [
      ["walbrook.up", 1],
      ["walbrook.lag.wal", 40],
      ["walbrook.lag.time", 1.5],
      ["walbrook.transactions", 4],
      ["walbrook.slot.loss_in", 100],
      ["walbrook.sink.oldest", 0],
      ["walbrook.sink.parked", 1],
      ["messaging.client.sent.messages", 8],
    ] as const
  ) assertEquals(valueOf(metrics, name), value, name);
});

Deno.test("metricsOf() gives no value for what is unknown", () => {
  const progress = { ...SOURCE.progress, lagBytes: null, lastEventAgeMs: null };
  const source: MetricSource = {
    ...{ ...SOURCE, progress, slotState: null },
    status: { state: "closed" },
  };
  const metrics = metricsOf(source);
  assertEquals(valueOf(metrics, "walbrook.up"), 0);
  for (
    const name of ["lag.wal", "last_event", "slot.loss_in", "sink.pending"]
  ) {
    assertEquals(valueOf(metrics, `walbrook.${name}`), undefined, name);
  }
});

Deno.test("metricsOf() adds attributes to each value", () => {
  const metrics = metricsOf(SOURCE, { sink, attributes: { slot: "search" } });
  for (const { name, points } of metrics) {
    for (const { attributes } of points) {
      assertEquals(attributes["slot"], "search", name);
    }
  }
});

Deno.test("prometheusText() can be read back, whatever a table is named", () => {
  const samples = parsePrometheus(prometheusText(metricsOf(SOURCE, { sink })));
  const of = (wanted: string) => samples.filter(({ name }) => name === wanted);
  assertEquals(of("walbrook_events_total")[2], {
    name: "walbrook_events_total",
    labels: { kind: "insert", db_collection_name: 'public."a\\b\n"' },
    value: 9,
  });
  assertEquals(of("walbrook_lag_seconds")[0]?.value, 1.5);
  assertEquals(of("walbrook_failures_total")[0]?.labels, {
    error_type: "57P01",
  });
  assertEquals(
    of("walbrook_sink_write_seconds_bucket").map(({ labels, value }) => [
      labels["le"],
      value,
    ]),
    [["0.1", 1], ["1", 1], ["+Inf", 3]],
  );
  assertEquals(of("walbrook_sink_write_seconds_count")[0]?.value, 3);
  assertEquals(of("walbrook_sink_write_seconds_sum")[0]?.value, 4.5);
});

Deno.test("prometheusText() writes an unlimited time as +Inf", () => {
  const slotState = { ...SOURCE.slotState!, lossInMs: Infinity };
  const text = prometheusText(metricsOf({ ...SOURCE, slotState }));
  assert(text.includes("walbrook_slot_loss_in_seconds +Inf\n"));
});

Deno.test("prometheusName() gives each metric a name of its own, with its unit", () => {
  const names = Object.values(METRICS).map((metric) => prometheusName(metric));
  assertEquals(new Set(names).size, names.length);
  for (const metric of Object.values(METRICS)) {
    const name = prometheusName(metric);
    assert(/^walbrook_[a-z_]+$/.test(name), name);
    assertEquals(name.endsWith("_total"), metric.kind === "counter", name);
  }
});
