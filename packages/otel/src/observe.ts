import { type Meter, metrics, type Observable } from "@opentelemetry/api";
import {
  METRICS,
  metricsOf,
  type MetricsOptions,
  type MetricSource,
} from "@walbrook/walbrook/metrics";

/** Options for {@linkcode observe}. */
export interface ObserveOptions extends MetricsOptions {
  /**
   * Creates the instruments.
   *
   * @default {undefined} the global meter with the name `@walbrook/otel`
   */
  readonly meter?: Meter;
}

/**
 * Registers the metrics of a subscription as observable instruments, which the SDK reads at
 * each export. Unknown metrics have no value.
 *
 * Histograms can't be observed: {@linkcode traced} records the durations of a destination.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { observe } from "@walbrook/otel";
 *
 * await using subscription = await subscribe({ slot: "search", publication: "shop" });
 * const stop = observe(subscription, { attributes: { "walbrook.slot": "search" } });
 * for await (const event of subscription) console.log(event.kind);
 * stop();
 * ```
 *
 * @param subscription The subscription.
 * @param options The meter, and further metrics.
 * @returns A function that ends the observation.
 */
export function observe(
  subscription: MetricSource,
  options: ObserveOptions = {},
): () => void {
  const { meter = metrics.getMeter("@walbrook/otel"), ...rest } = options;
  const instruments = new Map<string, Observable>();
  for (
    const { name, unit, kind, help: description } of Object.values(METRICS)
  ) {
    if (kind === "histogram") continue;
    const create = kind === "counter"
      ? meter.createObservableCounter
      : meter.createObservableGauge;
    const instrument = create.call(meter, name, { unit, description });
    instruments.set(name, instrument);
  }
  const observables = [...instruments.values()];
  const read: Parameters<Meter["addBatchObservableCallback"]>[0] = (
    result,
  ) => {
    for (const { name, points } of metricsOf(subscription, rest)) {
      const instrument = instruments.get(name);
      if (instrument === undefined) continue;
      for (const { value, attributes } of points) {
        // Exporters can't represent an infinite value: no loss is imminent.
        if (typeof value !== "number" || !Number.isFinite(value)) continue;
        result.observe(instrument, value, attributes);
      }
    }
  };
  meter.addBatchObservableCallback(read, observables);
  return () => meter.removeBatchObservableCallback(read, observables);
}
