import type { Row } from "../events/relation.ts";
import { UNCHANGED } from "../unchanged.ts";
import { jsonText } from "./json_text.ts";
import { planOf } from "./relation_plan.ts";
import {
  keyColumnsFor,
  type KeyOptions,
  oldValues,
  type RowEvent,
} from "./row_key.ts";

// Characters that need no encoding in a URL (RFC 3986, "Unreserved Characters").
const UNRESERVED = /^[\w.~-]+$/;

/**
 * Formats the key of the row that an event is about as text, preceded by the table:
 * `public.orders/17`, `public.order_items/17,3`. Two rows never have the same text.
 * Characters that a URL reserves are percent-encoded.
 *
 * @example
 * ```ts
 * import { keyText, type RowEvent } from "@walbrook/walbrook/encode";
 *
 * function partitionOf(event: RowEvent): string {
 *   return keyText(event) ?? "no key";
 * }
 * console.log(partitionOf.name);
 * ```
 *
 * @param event The event. The key is that after the change; for a deleted row, before it.
 * @param options The columns of tables without a key.
 * @returns The text; `null` if the table has no key, or the server did not send it.
 */
export function keyText(
  event: RowEvent,
  options: KeyOptions = {},
): string | null {
  const columns = keyColumnsFor(event, options);
  if (columns === null) return null;
  const row = event.kind === "delete" ? oldValues(event) : event.newRow;
  return row && textOfKey(planOf(event.relation).table, row, columns);
}

/** Formats a key like {@linkcode keyText}. */
export function textOfKey(
  table: string,
  row: Row,
  columns: readonly string[],
): string | null {
  let text = table;
  for (let i = 0; i < columns.length; i++) {
    const value = row[columns[i]!];
    if (value === undefined || value === UNCHANGED) return null;
    text += (i === 0 ? "/" : ",") + valueText(value);
  }
  return text;
}

function valueText(value: unknown): string {
  switch (typeof value) {
    case "number":
    case "bigint":
    case "boolean":
      return `${value}`;
    case "string":
      return UNRESERVED.test(value) ? value : encodeText(value);
    default:
      // No text is encoded like this, since "%" is encoded.
      return value === null ? "%" : encodeText(jsonText(value));
  }
}

function encodeText(text: string): string {
  // A lone surrogate would throw, but no database contains one.
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));
}
