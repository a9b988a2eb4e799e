import type { ReplicationEvent } from "../events/event.ts";
import { toJson } from "./to_json.ts";

/**
 * Converts events to lines of JSON (NDJSON), one line per event, like {@linkcode toJson}. It
 * accepts single events, and the arrays of `subscription.batches`, each of which becomes one
 * text.
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
  /** Creates the stage. */
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
 * Converts an event to a line of JSON: {@linkcode toJson} and a line feed.
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
