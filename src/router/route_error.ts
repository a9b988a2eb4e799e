import { version, type VersionedEvent } from "../encode/version.ts";
import { keyText } from "../encode/key_text.ts";
import type { TruncateEvent } from "../events/event.ts";

/** An event for which a handler is called. */
export type RoutedEvent = VersionedEvent & {
  readonly kind: "insert" | "update" | "delete" | "read" | "truncate";
};

/**
 * The error of a handler, or of creating its row: it says which row is concerned, and `cause`
 * is what was thrown.
 *
 * @example
 * ```ts
 * import { RouteError } from "@walbrook/walbrook/router";
 *
 * function where(error: unknown): string | null {
 *   return error instanceof RouteError ? `${error.key} ${error.version}` : null;
 * }
 * console.log(where(new Error("something else")));
 * ```
 */
export class RouteError extends Error {
  /** The kind of the event. */
  readonly kind: RoutedEvent["kind"];
  /** The table's name, as in `event.table`. */
  readonly table: string;
  /** The row's key, in the format of `keyText()`; `null` without a key. */
  readonly key: string | null;
  /** The identity of the change, in the format of `version()`. */
  readonly version: string;

  /**
   * Creates the error.
   *
   * @param event The event.
   * @param table The table's name.
   * @param cause What was thrown.
   */
  constructor(event: RoutedEvent, table: string, cause: unknown) {
    const key = isTruncate(event) ? null : keyText(event);
    const id = version(event);
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `Cannot handle the ${event.kind} of ${key ?? table} (${id}): ${reason}`,
      { cause },
    );
    this.name = "RouteError";
    this.kind = event.kind;
    this.table = table;
    this.key = key;
    this.version = id;
  }
}

function isTruncate(event: RoutedEvent): event is TruncateEvent {
  return event.kind === "truncate";
}
