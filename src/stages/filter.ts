import { isStagedChange, type StagedChange, StageStream } from "./stage.ts";

/**
 * Passes only the events that a function accepts. Prefer filters on the server, which save
 * sending the changes: the publication's tables, row filters and column lists.
 *
 * A filter that checks the new row drops an update that takes a row out of the filter, and
 * passes one that brings a row in. A receiver that stores only the filter's rows must learn
 * about both.
 *
 * As a step of `pipeThrough()` it should let messages outside of transactions pass, if these
 * must be acknowledged (`acknowledgeMessages`); in `stages` of `deliver()` it need not.
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
 * @param test Receives each change of a row, truncate and message.
 * @returns The stage.
 */
export function filter(test: (event: StagedChange) => boolean): StageStream {
  return new StageStream((event) =>
    isStagedChange(event) && !test(event) ? null : event
  );
}
