import { isStagedChange, type StagedChange, StageStream } from "./stage.ts";

/**
 * Lets through what a function says. What the server can leave out, by the publication's
 * tables, row filters and column lists, never has to be sent: prefer these.
 *
 * A filter that looks at the new row drops an update which takes a row out of it, and lets
 * one through which brings a row in: a receiver that is to hold the filter's rows alone has
 * to be told of both.
 *
 * As a step of `pipeThrough()` it should let messages outside of transactions pass, if these
 * are to be acknowledged (`acknowledgeMessages`); in `stages` of `deliver()` it need not.
 *
 * @example
 * ```ts
 * import { filter } from "@walbrook/walbrook/stages";
 *
 * const paid = filter((event) =>
 *   !("newRow" in event) || event.newRow.status === "paid"
 * );
 * console.log(paid instanceof TransformStream);
 * ```
 *
 * @param test Told each change of a row, truncate and message.
 * @returns The stage.
 */
export function filter(test: (event: StagedChange) => boolean): StageStream {
  return new StageStream((event) =>
    isStagedChange(event) && !test(event) ? null : event
  );
}
