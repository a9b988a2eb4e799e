import type { RowEvent } from "../encode/row_key.ts";
import type { Row } from "../events/relation.ts";
import { UNCHANGED } from "../unchanged.ts";
import { defineMissing } from "./row_error.ts";
import type { RowReader } from "./table.ts";

/** How the rows of a table are created for its handlers. */
export interface RowMaking {
  /** The table's name. */
  readonly name: string;
  /** Creates them; `null` to pass them on unchanged. */
  readonly reader: RowReader | null;
  /** The columns that the program may read and that no longer exist. */
  readonly missing: ReadonlySet<string>;
}

/**
 * Creates the event that a handler gets.
 *
 * @returns The event; `null` to skip it.
 * @throws {RowError} If a row does not match its declaration.
 */
export async function makeEvent(
  event: RowEvent,
  { name, reader, missing }: RowMaking,
): Promise<RowEvent | null> {
  if (reader === null) {
    return missing.size === 0 ? event : mapRows(event, (row) => {
      const copy = { ...row };
      for (const column of missing) defineMissing(copy, column, name);
      return copy;
    });
  }
  const made: Record<string, unknown> = { ...event };
  if (event.kind !== "delete") {
    const unchanged = event.kind === "update" ? unchangedIn(event.newRow) : [];
    const newRow = unchanged.length === 0
      ? await reader.whole(event.newRow)
      : await reader.partial(event.newRow, unchanged);
    if (newRow === null) return null;
    made["newRow"] = newRow;
  }
  if ("oldRow" in event && event.oldRow !== null) {
    made["oldRow"] = await reader.whole(event.oldRow);
  }
  if (event.key !== null) made["key"] = await reader.key(event.key);
  return made as unknown as RowEvent;
}

function mapRows(event: RowEvent, map: (row: Row) => Row): RowEvent {
  const made: Record<string, unknown> = { ...event };
  if ("newRow" in event) made["newRow"] = map(event.newRow);
  if ("oldRow" in event && event.oldRow) made["oldRow"] = map(event.oldRow);
  return made as unknown as RowEvent;
}

function unchangedIn(row: Row): string[] {
  return Object.keys(row).filter((name) => row[name] === UNCHANGED);
}
