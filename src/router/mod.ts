/**
 * Handlers by table and kind, with rows of the tables' types: in a loop, in a pipe, or as a
 * destination of `deliver()`.
 *
 * @example
 * ```ts
 * import { Router, table } from "@walbrook/walbrook/router";
 *
 * const orders = table<{ id: bigint; total: string }>()("public.orders", "id");
 * const router = new Router().on(orders, {
 *   insert: ({ newRow }) => console.log(newRow.total),
 * });
 * console.log(router.name); // for await (const event of subscription) await router.handle(event);
 * ```
 *
 * @module
 */
export {
  Router,
  type RouterOptions,
  type SchemaChangePolicy,
} from "./router.ts";
export {
  type NameTable,
  type PartialResult,
  type SchemaTableOptions,
  table,
  type ToastedOf,
} from "./make_table.ts";
export type { RowReader, Table, TableShape } from "./table.ts";
export type { Handled, Handlers, TableTruncate } from "./handlers.ts";
export { type RoutedEvent, RouteError } from "./route_error.ts";
export { RowError } from "./row_error.ts";
export {
  type SchemaChange,
  SchemaChangeError,
  schemaChangeOf,
  type ShapeDifference,
} from "./schema_change.ts";
export type {
  DrizzleColumnType,
  DrizzleKey,
  DrizzleTable,
  DrizzleToasted,
} from "./drizzle_table.ts";
export type {
  KyselySelectable,
  KyselySelected,
  KyselyTables,
} from "./kysely_tables.ts";
export type {
  ColumnSchemas,
  SchemaInput,
  SchemaIssue,
  SchemaOutput,
  SchemaResult,
  StandardSchema,
  StandardSchemaProps,
} from "./standard_schema.ts";
