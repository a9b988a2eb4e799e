import type { Relation } from "./relation.ts";

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
 * @param table The parts of the name: a {@linkcode Relation}, or any object that has them.
 * @returns The name.
 *
 * @category Tables and rows
 */
export function tableName(
  { schema, name }: Pick<Relation, "schema" | "name">,
): string {
  return `${quotePart(schema)}.${quotePart(name)}`;
}

function quotePart(part: string): string {
  return NEEDS_QUOTES.test(part) ? `"${part.replaceAll('"', '""')}"` : part;
}
