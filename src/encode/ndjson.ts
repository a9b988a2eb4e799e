import type { ReplicationEvent } from "../events/event.ts";
import { toJson } from "./to_json.ts";

/**
 * Writes events as lines of JSON (NDJSON), one line an event, as {@linkcode toJson} does.
 * It takes single events, and the arrays of `subscription.batches`, which make one text.
 *
 * @example
 * ```ts
 * import { NdjsonStream } from "@walbrook/walbrook/encode";
 * import type { Subscription } from "@walbrook/walbrook";
 *
 * function linesOf(subscription: Subscription): ReadableStream<Uint8Array> {
 *   return subscription.batches
 *     .pipeThrough(new NdjsonStream())
 *     .pipeThrough(new TextEncoderStream());
 * }
 * console.log(linesOf.name);
 * ```
 */
export class NdjsonStream extends TransformStream<
  ReplicationEvent | readonly ReplicationEvent[],
  string
> {
  /** Makes the stage. */
  constructor() {
    super({
      transform(events, controller) {
        controller.enqueue(
          isBatch(events) ? events.map(toNdjson).join("") : toNdjson(events),
        );
      },
    });
  }
}

function isBatch(
  events: ReplicationEvent | readonly ReplicationEvent[],
): events is readonly ReplicationEvent[] {
  return Array.isArray(events);
}

/**
 * Writes an event as a line of JSON: {@linkcode toJson} and a line feed.
 *
 * @example
 * ```ts
 * import { toNdjson } from "@walbrook/walbrook/encode";
 * import type { ReplicationEvent } from "@walbrook/walbrook";
 *
 * const lines = (events: readonly ReplicationEvent[]) =>
 *   events.map(toNdjson).join("");
 * console.log(lines([]));
 * ```
 *
 * @param event The event.
 * @returns The line.
 */
export function toNdjson(event: ReplicationEvent): string {
  return `${toJson(event)}\n`;
}
