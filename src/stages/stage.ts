import type { RowEvent } from "../encode/row_key.ts";
import type {
  LogicalMessageEvent,
  ReplicationEvent,
  TruncateEvent,
} from "../events/event.ts";
import { isRowEvent } from "../events/row_change.ts";

/** What changes something, or says something: the events that a stage may drop. */
export type StagedChange = RowEvent | TruncateEvent | LogicalMessageEvent;

/**
 * A step between the subscription and where changes go: it changes events, or drops them.
 * Events that acknowledgement hangs on, `begin`, `commit` and their like, and `relation`
 * always pass.
 *
 * It is a `TransformStream` for `pipeThrough()`, and an element of the option `stages` of
 * `deliver()`, which is faster. Each has a state: make one for each place.
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
   * Takes the next event.
   *
   * @returns What goes on; `null` for nothing.
   */
  apply(event: ReplicationEvent): ReplicationEvent | null;
}

/** A {@linkcode Stage} made of a function. */
export class StageStream
  extends TransformStream<ReplicationEvent, ReplicationEvent>
  implements Stage {
  readonly #apply: (event: ReplicationEvent) => ReplicationEvent | null;

  /**
   * Makes the stage.
   *
   * @param apply Takes the next event, and gives what goes on; `null` for nothing.
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
   * Takes the next event, without the stream.
   *
   * @param event The event.
   * @returns What goes on; `null` for nothing.
   */
  apply(event: ReplicationEvent): ReplicationEvent | null {
    return this.#apply(event);
  }
}

/** Whether a stage may drop an event. */
export function isStagedChange(event: ReplicationEvent): event is StagedChange {
  return isRowEvent(event) || event.kind === "truncate" ||
    event.kind === "message";
}
