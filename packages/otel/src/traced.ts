import {
  context,
  type Meter,
  metrics,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { METRICS } from "@walbrook/walbrook/metrics";
import type {
  Delivery,
  Destination,
  WriteContext,
  WriteOutcome,
} from "@walbrook/walbrook/sink";
import { linksOf } from "./links.ts";

/** Options for {@linkcode traced}. */
export interface TracedOptions {
  /**
   * Creates the spans.
   *
   * @default {undefined} the global tracer with the name `@walbrook/otel`
   */
  readonly tracer?: Tracer;
  /**
   * Creates the histogram of batch durations.
   *
   * @default {undefined} the global meter with the name `@walbrook/otel`
   */
  readonly meter?: Meter;
  /**
   * The kind of system, for `messaging.system`: `"kafka"`, `"nats"`, `"webhook"` …
   *
   * @default {"walbrook"}
   */
  readonly system?: string;
  /**
   * The member of a transaction's annotations that contains a W3C `traceparent`.
   *
   * @default {"traceparent"}
   */
  readonly annotation?: string;
}

/**
 * Wraps a destination so that each batch becomes a span `send <name>` and its duration is
 * recorded. Everything that the destination does meanwhile, such as an HTTP request, belongs
 * to that span. A span has links to the traces in the annotations of its changes'
 * transactions.
 *
 * Source: OpenTelemetry, "Semantic conventions for messaging spans".
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { deliver } from "@walbrook/walbrook/sink";
 * import { annotate } from "@walbrook/walbrook/stages";
 * import { webhook } from "@walbrook/walbrook/webhook";
 * import { traced } from "@walbrook/otel";
 *
 * const subscription = await subscribe({
 *   slot: "hooks",
 *   publication: "shop",
 *   acknowledge: "manual",
 * });
 * const hook = webhook({ url: "https://example.com/hook", secret: "whsec_…" });
 * deliver(subscription, traced(hook, { system: "webhook" }), {
 *   stages: [annotate({ prefix: "app" })],
 * });
 * ```
 *
 * @typeParam Body The result of the destination's `encode`.
 * @param destination The destination.
 * @param options The receivers of spans and durations.
 * @returns A destination that behaves the same.
 */
export function traced<Body>(
  destination: Destination<Body>,
  options: TracedOptions = {},
): Destination<Body> {
  const {
    tracer = trace.getTracer("@walbrook/otel"),
    meter = metrics.getMeter("@walbrook/otel"),
    system = "walbrook",
    annotation = "traceparent",
  } = options;
  const { name, unit, help: description } = METRICS.sinkDuration;
  const durations = meter.createHistogram(name, { unit, description });
  const attributes = {
    "messaging.system": system,
    "messaging.operation.name": "send",
    "messaging.destination.name": destination.name,
  };

  async function write(
    batch: readonly Delivery<Body>[],
    about: WriteContext,
  ): Promise<WriteOutcome> {
    const span = tracer.startSpan(`send ${destination.name}`, {
      kind: SpanKind.PRODUCER,
      links: linksOf(batch, annotation),
      attributes: {
        ...attributes,
        "messaging.operation.type": "send",
        "messaging.batch.message_count": batch.length,
        "walbrook.attempt": about.attempt,
      },
    });
    const start = performance.now();
    let errorType: string | null = null;
    const note = (error: unknown) => {
      errorType = error instanceof Error ? error.name : "Error";
      span.recordException(error instanceof Error ? error : String(error));
      span.setAttribute("error.type", errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    };
    try {
      const outcome = await context.with(
        trace.setSpan(context.active(), span),
        () => destination.write(batch, about),
      );
      const [failure] = outcome ?? [];
      if (failure !== undefined) note(failure.error);
      return outcome;
    } catch (error) {
      note(error);
      throw error;
    } finally {
      const failed = errorType === null ? {} : { "error.type": errorType };
      const seconds = (performance.now() - start) / 1000;
      durations.record(seconds, { ...attributes, ...failed });
      span.end();
    }
  }

  // Methods are called on the destination itself, for classes with private members.
  return new Proxy(destination, {
    get(target, property) {
      if (property === "write") return write;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
