import type { MetricDefinition } from "./metric.ts";

function define(
  kind: MetricDefinition["kind"],
  unit: string,
  name: string,
  help: string,
): MetricDefinition {
  return { name, unit, kind, help };
}

/** The short names of the metrics. */
export type MetricKey =
  | "up"
  | "state"
  | "events"
  | "transactions"
  | "received"
  | "lagWal"
  | "lagTime"
  | "pending"
  | "lastEvent"
  | "reconnections"
  | "failures"
  | "gaps"
  | "badValues"
  | "snapshotRows"
  | "slotRetained"
  | "slotSafe"
  | "slotLossIn"
  | "sinkDelivered"
  | "sinkDuration"
  | "sinkBatches"
  | "sinkRetries"
  | "sinkPending"
  | "sinkPendingBytes"
  | "sinkOldest"
  | "sinkDeadLetters"
  | "sinkParked";

/**
 * The metrics, by a short name.
 *
 * Source: OpenTelemetry's semantic conventions, "Messaging client metrics", for those whose name
 * begins with `messaging`.
 */
export const METRICS: Readonly<Record<MetricKey, MetricDefinition>> = {
  up: define(
    "gauge",
    "1",
    "walbrook.up",
    "Whether changes are being streamed",
  ),
  state: define(
    "gauge",
    "1",
    "walbrook.state",
    "The state of the subscription: 1 for the current one",
  ),
  events: define(
    "counter",
    "{event}",
    "walbrook.events",
    "Events delivered, by table and kind",
  ),
  transactions: define(
    "counter",
    "{transaction}",
    "walbrook.transactions",
    "Transactions delivered as a whole",
  ),
  received: define(
    "counter",
    "By",
    "walbrook.received",
    "Bytes received in replication streams",
  ),
  lagWal: define(
    "gauge",
    "By",
    "walbrook.lag.wal",
    "WAL from the confirmed position to the end of the server's WAL; none while unknown",
  ),
  lagTime: define(
    "gauge",
    "s",
    "walbrook.lag.time",
    "Age of the oldest change that is not processed, or time since the link went down",
  ),
  pending: define(
    "gauge",
    "{transaction}",
    "walbrook.pending",
    "Transactions received and not confirmed",
  ),
  lastEvent: define(
    "gauge",
    "s",
    "walbrook.last_event",
    "Time since the last event was delivered",
  ),
  reconnections: define(
    "counter",
    "{connection}",
    "walbrook.reconnections",
    "Connections after the first one",
  ),
  failures: define(
    "counter",
    "{failure}",
    "walbrook.failures",
    "Lost links and failed attempts to connect, by SQLSTATE or class",
  ),
  gaps: define(
    "counter",
    "{gap}",
    "walbrook.gaps",
    "Ranges of the WAL whose changes were lost",
  ),
  badValues: define(
    "counter",
    "{value}",
    "walbrook.bad_values",
    "Values that could not be parsed",
  ),
  snapshotRows: define(
    "gauge",
    "{row}",
    "walbrook.snapshot.rows",
    "Rows delivered by the copy of a table",
  ),
  slotRetained: define(
    "gauge",
    "By",
    "walbrook.slot.retained",
    "WAL that the slot retains",
  ),
  slotSafe: define(
    "gauge",
    "By",
    "walbrook.slot.safe",
    "WAL that can be written before the slot may be lost; none without a limit",
  ),
  slotLossIn: define(
    "gauge",
    "s",
    "walbrook.slot.loss_in",
    "Time until the slot may be lost, if nothing is confirmed; none without a limit",
  ),
  sinkDelivered: define(
    "counter",
    "{message}",
    "messaging.client.sent.messages",
    "Deliveries that are durable at the destination",
  ),
  sinkDuration: define(
    "histogram",
    "s",
    "messaging.client.operation.duration",
    "How long the destination took to write a batch",
  ),
  sinkBatches: define(
    "counter",
    "{batch}",
    "walbrook.sink.batches",
    "Batches written, including repetitions",
  ),
  sinkRetries: define(
    "counter",
    "{batch}",
    "walbrook.sink.retries",
    "Batches written again, in whole or in part",
  ),
  sinkPending: define(
    "gauge",
    "{message}",
    "walbrook.sink.pending",
    "Deliveries that are not durable yet",
  ),
  sinkPendingBytes: define(
    "gauge",
    "By",
    "walbrook.sink.pending.size",
    "Bytes of the deliveries that are not durable yet",
  ),
  sinkOldest: define(
    "gauge",
    "s",
    "walbrook.sink.oldest",
    "How long the oldest delivery that is not durable has waited",
  ),
  sinkDeadLetters: define(
    "counter",
    "{message}",
    "walbrook.sink.dead_letters",
    "Deliveries stored as dead letters",
  ),
  sinkParked: define(
    "gauge",
    "{key}",
    "walbrook.sink.parked",
    "Keys whose later changes are stored after a dead letter",
  ),
};
