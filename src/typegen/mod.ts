/**
 * Generates TypeScript types for a database's tables from the catalog, like the command
 * `walbrook types`.
 *
 * @example
 * ```ts ignore
 * import { generateTypes } from "@walbrook/walbrook/typegen";
 *
 * const source = await generateTypes("postgres://app@localhost/shop", {
 *   publication: "shop",
 * });
 * await Deno.writeTextFile("shop.ts", source);
 * ```
 *
 * @module
 */
export { generateTypes, type GenerateTypesOptions } from "./generate_types.ts";
export { compareTypes, type TypesComparison } from "./compare_types.ts";
export type {
  NamedParser,
  OwnParser,
  ParserChoice,
  ParserChoices,
} from "./parser_choice.ts";
