/**
 * Delivery of changes to destinations: in order, at least once, in bounded memory.
 *
 * @example
 * ```ts
 * import type { Destination } from "@walbrook/walbrook/sink";
 *
 * const index = new Map<string, unknown>();
 * const destination: Destination = {
 *   name: "index",
 *   write(batch) {
 *     for (const { event, key } of batch) {
 *       if (key === null) index.clear();
 *       else if (event.kind === "delete") index.delete(key);
 *       else if ("newRow" in event) index.set(key, event.newRow);
 *     }
 *     return Promise.resolve();
 *   },
 * };
 * console.log(destination.name);
 * ```
 *
 * @module
 */
export {
  type DeadLetter,
  type DeadLetterStore,
  type MemoryDeadLetters,
  memoryDeadLetters,
} from "./options/dead_letter.ts";
export { deliver, type DeliverySource } from "./deliver.ts";
export type { BatchOptions } from "./options/batch_options.ts";
export type {
  DeliverOptions,
  DeliveryRetryOptions,
  FailedWrite,
  PendingOptions,
  Route,
  RouteOptions,
} from "./options/deliver_options.ts";
export type { DeliveredEvent, DeliveredKind } from "./options/deliverable.ts";
export {
  DeliveryError,
  type DeliveryErrorPlace,
} from "./options/delivery_error.ts";
export {
  type Delivery,
  type Destination,
  DestinationError,
  type DestinationErrorOptions,
  type OpenContext,
  type WriteContext,
  type WriteFailure,
  type WriteOutcome,
} from "./options/destination.ts";
export type { DestinationReport, SinkReport } from "./report.ts";
export type { Sink } from "./sink.ts";
export type { WriteDurations } from "./lanes/durations.ts";
export type { LaneState } from "./lanes/lane_state.ts";
export type { ParkedKey } from "./lanes/key_groups.ts";
export type { LastFailure } from "./lanes/writer.ts";
