/**
 * The two parts of a table's name, as in {@linkcode Relation}.
 *
 * @category Events
 */
export interface TableIdentity {
  /** The table's schema. */
  readonly schema: string;
  /** The table's name, without its schema. */
  readonly name: string;
}

// Characters that would make the combined name ambiguous.
const NEEDS_QUOTES = /[."]/;

/**
 * Formats the name of a table as in `event.table`: `public.orders`. A part that contains a
 * dot or a double quote is quoted as in SQL (`public."v1.orders"`), so that different tables
 * never have the same name. All other parts are left as they are, whatever their case, even
 * if SQL would require quotes.
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
 *
 * @category Events
 */
export function tableName({ schema, name }: TableIdentity): string {
  return `${quotePart(schema)}.${quotePart(name)}`;
}

function quotePart(part: string): string {
  return NEEDS_QUOTES.test(part) ? `"${part.replaceAll('"', '""')}"` : part;
}
