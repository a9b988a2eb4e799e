import { textOfKey } from "../../encode/key_text.ts";
import type { Row } from "../../events/relation.ts";
import type { TableDescription } from "../../snapshot/table_description.ts";
import { bindFilter } from "../filter/bind_filter.ts";
import type { Channel } from "./channel.ts";

/** With more alternatives than this, reading the whole table is no more work. */
const MOST = 500;

/**
 * Writes the SQL condition for the rows that a copy must read: those of some channels, and
 * single rows.
 *
 * @param channels The channels.
 * @param keys The keys of single rows.
 * @param description The table.
 * @returns The condition; `null` for all rows.
 */
export function copyCondition(
  channels: Iterable<Channel>,
  keys: readonly Row[],
  description: TableDescription,
): string | null {
  const conditions = new Set<string>();
  for (const { sql } of channels) {
    if (sql === null) return null;
    conditions.add(sql);
  }
  for (const key of keys) {
    const sql = keyCondition(key, description);
    if (sql === null) return null;
    conditions.add(sql);
  }
  if (conditions.size === 0 || conditions.size > MOST) return null;
  return [...conditions].map((one) => `(${one})`).join(" OR ");
}

// A key that can't be compared is rare: read the whole table.
function keyCondition(
  key: Row,
  description: TableDescription,
): string | null {
  try {
    const filter = Object.entries(key).map(([column, value]) => ({
      ...{ column, operator: "=" as const },
      literal: String(value),
    }));
    return bindFilter(filter, description).sql;
  } catch {
    return null;
  }
}

/** Removes duplicate keys. */
export function distinctKeys(
  keys: readonly Row[],
): readonly Row[] {
  const found = new Map(
    keys.map((key) => [textOfKey("", key, Object.keys(key)), key]),
  );
  return [...found.values()];
}
