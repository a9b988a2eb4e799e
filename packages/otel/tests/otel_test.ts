import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BasicTracerProvider,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { METRICS, type MetricSource } from "@walbrook/walbrook/metrics";
import type { Delivery, Destination } from "@walbrook/walbrook/sink";
import { toLsn } from "@walbrook/walbrook";
import { observe, traced } from "../mod.ts";
import { readTraceparent } from "../src/links.ts";

/** Reads on request. */
class ManualReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

function meterOf() {
  const reader = new ManualReader();
  const provider = new MeterProvider({ readers: [reader] });
  const read = async () => {
    const { resourceMetrics, errors } = await reader.collect();
    assertEquals(errors, []);
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  };
  return { meter: provider.getMeter("test"), read, provider };
}

function tracerOf() {
  const spans: ReadableSpan[] = [];
  const provider = new BasicTracerProvider({
    spanProcessors: [{
      onStart: () => {},
      onEnd: (span) => void spans.push(span),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    }],
  });
  return { tracer: provider.getTracer("test"), spans };
}

const SOURCE: MetricSource = {
  status: { state: "streaming", processId: 7 },
  progress: {
    received: toLsn(50n),
    confirmed: toLsn(20n),
    pending: 3,
    walEnd: null,
    walEndAgeMs: null,
    lagBytes: null,
    lagMs: 1_500,
    reconnections: 0,
    lastError: null,
    lastEventAgeMs: null,
  },
  counts: {
    events: [{ table: "public.a", kind: "insert", count: 9 }],
    receivedBytes: 5,
    failures: [],
    gaps: [],
    badValues: 0,
  },
  snapshots: [],
};

Deno.test("observe() gives an SDK every metric that has a value, with its unit", async () => {
  const { meter, read, provider } = meterOf();
  let reads = 0;
  const source: MetricSource = {
    ...SOURCE,
    get counts() {
      reads++;
      return SOURCE.counts;
    },
  };
  const stop = observe(source, { meter, attributes: { slot: "s" } });
  const collected = await read();
  const of = (name: string) =>
    collected.find(({ descriptor }) => descriptor.name === name);
  const lag = of("walbrook.lag.time");
  assertEquals(lag?.descriptor.unit, "s");
  assertEquals(lag?.dataPoints.map(({ value }) => value), [1.5]);
  const [events] = of("walbrook.events")!.dataPoints;
  assertEquals(events?.value, 9);
  assertEquals(events?.attributes, {
    "slot": "s",
    "walbrook.kind": "insert",
    "db.collection.name": "public.a",
  });
  assertEquals(of("walbrook.lag.wal")?.dataPoints ?? [], []);
  const known = new Set(Object.values(METRICS).map(({ name }) => name));
  for (const { descriptor } of collected) assert(known.has(descriptor.name));
  stop();
  await read();
  assertEquals(reads, 1);
  await provider.shutdown();
});

const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function delivery(traceparent?: unknown): Delivery {
  return {
    event: {
      kind: "insert",
      transaction: { annotations: { traceparent } },
    } as unknown as Delivery["event"],
    ...{ id: "1", key: "k", body: undefined },
  };
}

/** A destination with private members, as a class may have. */
class Recorder implements Destination {
  readonly name = "hook";
  readonly order = "all";
  readonly #written: number[] = [];
  failure: unknown = null;

  write(batch: readonly Delivery[]): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure);
    this.#written.push(batch.length);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#written.length = 0;
    return Promise.resolve();
  }

  get written(): readonly number[] {
    return this.#written;
  }
}

const ABOUT = { attempt: 0, signal: new AbortController().signal };

Deno.test("traced() makes a span of each batch, linked to the requests that made the changes", async () => {
  const { tracer, spans } = tracerOf();
  const { meter, read, provider: meters } = meterOf();
  const recorder = new Recorder();
  const destination = traced(recorder, { tracer, meter, system: "webhook" });
  assertEquals([destination.name, destination.order], ["hook", "all"]);
  await destination.write([
    ...[delivery(PARENT), delivery(PARENT), delivery("nonsense"), delivery()],
  ], ABOUT);
  assertEquals(recorder.written, [4]);
  const [span] = spans;
  assertEquals(span?.name, "send hook");
  assertEquals(span?.kind, SpanKind.PRODUCER);
  assertEquals(span?.attributes["messaging.batch.message_count"], 4);
  assertEquals(span?.attributes["messaging.system"], "webhook");
  assertEquals(span?.links.map(({ context }) => context.traceId), [
    "0af7651916cd43dd8448eb211c80319c",
  ]);
  const [histogram] = await read();
  assertEquals(
    histogram?.descriptor.name,
    "messaging.client.operation.duration",
  );
  assertEquals((histogram?.dataPoints[0]?.value as { count: number }).count, 1);
  await destination.close?.();
  assertEquals(recorder.written, []);
  await meters.shutdown();
});

Deno.test("traced() passes an error on, and names it", async () => {
  const { tracer, spans } = tracerOf();
  const recorder = new Recorder();
  recorder.failure = new RangeError("too long");
  const destination = traced(recorder, { tracer });
  await assertRejects(() => destination.write([delivery()], ABOUT), RangeError);
  const [span] = spans;
  assertEquals(span?.status.code, SpanStatusCode.ERROR);
  assertEquals(span?.attributes["error.type"], "RangeError");
  assertEquals(span?.events[0]?.name, "exception");
});

for (
  const [text, isOne] of [
    [PARENT, true],
    [PARENT.replace("00-", "01-") + "-more", true],
    [PARENT.replace("00-", "ff-"), false],
    [PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0".repeat(32)), false],
    [PARENT.replace("b7ad6b7169203331", "0".repeat(16)), false],
    [PARENT.toUpperCase(), false],
    ["", false],
    [7, false],
  ] as const
) {
  Deno.test(`readTraceparent() ${isOne ? "reads" : "refuses"} ${text}`, () => {
    assertEquals(readTraceparent(text) !== null, isOne);
  });
}
