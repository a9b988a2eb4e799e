import type { RowEvent } from "../encode/row_key.ts";
import type {
  LogicalMessageEvent,
  ReplicationEvent,
  TruncateEvent,
} from "../events/event.ts";
import { isRowEvent } from "../events/row_change.ts";

/**
 * An event that changes something, or carries a message: the events that a stage may drop.
 */
export type StagedChange = RowEvent | TruncateEvent | LogicalMessageEvent;

/**
 * A step between the subscription and the target of its changes: it changes or drops events.
 * `relation` and the events on which acknowledgement depends, such as `begin` and `commit`,
 * always pass.
 *
 * It is a `TransformStream` for `pipeThrough()`, and an element of the option `stages` of
 * `deliver()`, which is faster. Each has its own state: create one for each place.
 *
 * @example
 * ```ts
 * import { type Stage, StageStream } from "@walbrook/walbrook/stages";
 *
 * const insertsOnly: Stage = new StageStream((event) =>
 *   event.kind === "update" || event.kind === "delete" ? null : event
 * );
 * console.log(typeof insertsOnly.apply);
 * ```
 */
export interface Stage {
  /**
   * Processes the next event.
   *
   * @returns The event to pass on; `null` for none.
   */
  apply(event: ReplicationEvent): ReplicationEvent | null;
}

/**
 * A {@linkcode Stage} created from a function.
 *
 * @example
 * ```ts
 * import { StageStream } from "@walbrook/walbrook/stages";
 *
 * const withoutMessages = new StageStream((event) =>
 *   event.kind === "message" ? null : event
 * );
 * console.log(typeof withoutMessages.apply); // or subscription.readable.pipeThrough(…)
 * ```
 */
export class StageStream
  extends TransformStream<ReplicationEvent, ReplicationEvent>
  implements Stage {
  readonly #apply: (event: ReplicationEvent) => ReplicationEvent | null;

  /**
   * Creates the stage.
   *
   * @param apply Processes the next event, and returns the event to pass on; `null` for none.
   */
  constructor(apply: (event: ReplicationEvent) => ReplicationEvent | null) {
    super({
      transform(event, controller) {
        const result = apply(event);
        if (result !== null) controller.enqueue(result);
      },
    });
    this.#apply = apply;
  }

  /**
   * Processes the next event, without the stream.
   *
   * @param event The event.
   * @returns The event to pass on; `null` for none.
   */
  apply(event: ReplicationEvent): ReplicationEvent | null {
    return this.#apply(event);
  }
}

/** Returns whether a stage may drop an event. */
export function isStagedChange(event: ReplicationEvent): event is StagedChange {
  return isRowEvent(event) || event.kind === "truncate" ||
    event.kind === "message";
}
