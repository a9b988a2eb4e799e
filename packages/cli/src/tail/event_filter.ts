import { type ReplicationEvent, tableName } from "@walbrook/walbrook";
import { withSchema } from "../command/parse_arguments.ts";

/** Returns whether to show a row's event. */
export type PassesEvent = (event: ReplicationEvent) => boolean;

/**
 * Removes the changes of other tables, and the begin and the commit of transactions that
 * become empty.
 */
export class EventFilter {
  /** Returns which changes and tables to keep. */
  readonly passes: PassesEvent;
  #begin: ReplicationEvent | null = null;

  /** @param passes Returns which changes and tables to keep. */
  constructor(passes: PassesEvent) {
    this.passes = passes;
  }

  /** Returns the remaining events. */
  filter(events: readonly ReplicationEvent[]): ReplicationEvent[] {
    return events.flatMap((event) => this.#filter(event));
  }

  #filter(event: ReplicationEvent): ReplicationEvent[] {
    switch (event.kind) {
      case "begin":
      case "beginPrepare":
        this.#begin = event;
        return [];
      case "commit":
      case "prepare": {
        const isEmpty = this.#begin !== null;
        this.#begin = null;
        return isEmpty ? [] : [event];
      }
      default: {
        if (!this.passes(event)) return [];
        const begin = event.transaction === null ? null : this.#begin;
        if (event.transaction !== null) this.#begin = null;
        return begin === null ? [event] : [begin, event];
      }
    }
  }
}

/**
 * Keeps the events of some tables.
 *
 * @param names The tables; one without a schema is in `public`.
 * @returns `null` if there are none: all events pass.
 */
export function ofTables(names: readonly string[]): PassesEvent | null {
  if (names.length === 0) return null;
  const tables = new Set(names.map(withSchema));
  return (event) => {
    if (event.kind === "truncate") {
      return event.relations.some((one) => tables.has(tableName(one)));
    }
    if (event.kind === "message") return false;
    return event.table === null || tables.has(event.table);
  };
}

/**
 * Creates the filter of a command line.
 *
 * @param conditions The conditions that an event must satisfy.
 * @returns The filter, or `null` if there is no condition.
 */
export function filterOf(
  conditions: readonly (PassesEvent | null)[],
): EventFilter | null {
  const all = conditions.filter((one) => one !== null);
  return all.length === 0
    ? null
    : new EventFilter((event) => all.every((passes) => passes(event)));
}
