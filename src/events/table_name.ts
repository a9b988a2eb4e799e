/** A table by the two parts of its name, as a {@linkcode Relation} has them. */
export interface TableIdentity {
  /** The table's schema. */
  readonly schema: string;
  /** The table's name, without its schema. */
  readonly name: string;
}

// What would make the whole ambiguous.
const NEEDS_QUOTES = /[."]/;

/**
 * Writes the name of a table as `event.table` has it: `public.orders`. A part that
 * contains a dot or a double quote is quoted as in SQL (`public."v1.orders"`), so that two
 * tables never share a name. All other parts stand as they are, whatever their case:
 * SQL may need quotes where this has none.
 *
 * @example
 * ```ts
 * import { tableName } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tableName({ schema: "public", name: "orders" }), "public.orders");
 * assertEquals(tableName({ schema: "App", name: "v1.orders" }), 'App."v1.orders"');
 * ```
 *
 * @param table The parts of the name.
 * @returns The name.
 */
export function tableName({ schema, name }: TableIdentity): string {
  return `${quotePart(schema)}.${quotePart(name)}`;
}

function quotePart(part: string): string {
  return NEEDS_QUOTES.test(part) ? `"${part.replaceAll('"', '""')}"` : part;
}
