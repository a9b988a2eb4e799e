/**
 * Types of a program's own tables, from which `subscribe()` and `Router` derive the types of
 * their events. Write them by hand, or let `walbrook types` or `generateTypes()` of
 * `@walbrook/walbrook/typegen` write them. Only types, except for `isUnlistedTable()`.
 *
 * @example
 * ```ts
 * import type { EventOf, TypedTable } from "@walbrook/walbrook/typed";
 *
 * interface Order {
 *   readonly id: bigint;
 *   readonly total: string;
 * }
 * interface Tables {
 *   "public.orders": TypedTable<Order, "id">; // subscribe<Tables>({ … })
 * }
 * function totalOf(event: EventOf<Tables>): string | null {
 *   return event.table === "public.orders" && event.kind === "insert"
 *     ? event.newRow.total
 *     : null;
 * }
 * console.log(totalOf.name);
 * ```
 *
 * @module
 */
export {
  type EventOf,
  isUnlistedTable,
  type TypedChunkEvent,
  type TypedDeleteEvent,
  type TypedEvent,
  type TypedInsertEvent,
  type TypedKey,
  type TypedReadEvent,
  type TypedRelationEvent,
  type TypedRowEvent,
  type TypedSnapshotBeginEvent,
  type TypedSnapshotEndEvent,
  type TypedUpdateEvent,
  type UnlistedTable,
  type UpdatedRow,
  type WholeRow,
} from "./events/typed_event.ts";
export type {
  AnyTables,
  KeyColumnsOf,
  RowOf,
  TableNames,
  ToastedColumnsOf,
  TypedTable,
  TypedTableParts,
} from "./events/typed_table.ts";
export type {
  BinaryOption,
  NoOtherParsers,
  OptionsFor,
  ParsedTypeName,
  TypedOptions,
  TypedTables,
  TypesOption,
} from "./subscription/typed_options.ts";
