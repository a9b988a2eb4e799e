import type { Row } from "../events/relation.ts";
import { tableName } from "../events/table_name.ts";
import type { ToastedColumnsOf } from "../events/typed_table.ts";
import type { UpdatedRow } from "../events/typed_event.ts";
import {
  type DrizzleKey,
  DrizzleReader,
  type DrizzleTable,
  type DrizzleToasted,
  readDrizzleTable,
} from "./drizzle_table.ts";
import { SchemaReader } from "./schema_reader.ts";
import {
  type ColumnSchemas,
  columnSchemasOf,
  type SchemaInput,
  type SchemaOutput,
  type StandardSchema,
} from "./standard_schema.ts";
import type { Table } from "./table.ts";

/** Names a table whose row type the caller has given. */
export type NameTable<R> = <const Key extends keyof R & string = never>(
  name: string,
  ...key: Key[]
) => Table<R, Key>;

/** Options for a table with a schema. */
export interface SchemaTableOptions<Schema extends StandardSchema, Key> {
  /**
   * The columns of `event.key`.
   *
   * @default {[]}
   */
  readonly key?: readonly Key[];
  /**
   * The schemas of single columns, for updates that leave values `UNCHANGED`.
   *
   * @default {undefined} those that the schema exposes, as zod, valibot and arktype do unless
   * there are rules for the row as a whole
   */
  readonly columns?: ColumnSchemas;
  /**
   * Handles the row of an update that leaves values `UNCHANGED` if single columns can't be
   * validated: completes it, for example from a database, or validates what is present.
   *
   * @param row The row as received.
   * @param unchanged The columns that are missing.
   * @returns The row for the handler; `null` to skip the update.
   *
   * @default {undefined} such an update causes a {@linkcode RowError}
   */
  readonly onPartial?: (
    row: Row,
    unchanged: readonly string[],
  ) => PartialResult<Schema> | Promise<PartialResult<Schema>>;
}

/** The result of `onPartial`. */
export type PartialResult<Schema extends StandardSchema> =
  | UpdatedRow<SchemaOutput<Schema>, ToastedOf<Schema>>
  | null;

/** The columns of a schema that may be `UNCHANGED`, according to its input types. */
export type ToastedOf<Schema extends StandardSchema> =
  & ToastedColumnsOf<SchemaInput<Schema>>
  & keyof SchemaOutput<Schema>;

/**
 * Declares a table for a {@linkcode Router}, in one of three ways:
 *
 * - `table<Order>()("public.orders", "id")`: an interface: your own, a generated one, or
 *   Kysely's `Selectable<…>`. It is trusted; rows are passed on unchanged.
 * - `table("public.orders", schema, { key: ["id"] })`: a schema of zod, valibot, arktype or
 *   another library that implements Standard Schema. Each row is validated, and handlers get
 *   the output of the schema.
 * - `table(orders)`: a Drizzle table. Handlers get rows as Drizzle selects them, created by
 *   its columns' own functions. The subscription must have the default `types`, and `binary`
 *   must not be `true` with columns of types that Drizzle reads as text.
 *
 * @example
 * ```ts
 * import { Router, table } from "@walbrook/walbrook/router";
 *
 * interface Order {
 *   readonly id: bigint;
 *   readonly total: string;
 * }
 * const orders = table<Order>()("public.orders", "id");
 * const router = new Router().on(orders, {
 *   insert: ({ newRow }) => console.log(newRow.total),
 *   delete: ({ key }) => console.log(key?.id),
 * });
 * console.log(router.name);
 * ```
 *
 * @returns The function that takes the table's name and the columns of its key.
 */
export function table<R>(): NameTable<R>;
/**
 * Declares a table with a Standard Schema.
 *
 * @example
 * ```ts
 * import { table } from "@walbrook/walbrook/router";
 * import * as z from "zod";
 *
 * const Order = z.object({ id: z.bigint(), total: z.string().transform(Number) });
 * const orders = table("public.orders", Order, { key: ["id"] });
 * console.log(orders.name);
 * ```
 *
 * @param name The table's name, as in `event.table`.
 * @param schema The schema of a row.
 * @param options The key, and how to validate incomplete updates.
 * @returns The table, for {@linkcode Router}.
 */
export function table<
  Schema extends StandardSchema,
  const Key extends keyof SchemaOutput<Schema> & string = never,
>(
  name: string,
  schema: Schema,
  options?: SchemaTableOptions<Schema, Key>,
): Table<SchemaOutput<Schema>, Key, ToastedOf<Schema>>;
/**
 * Declares a table with a Drizzle table.
 *
 * @example
 * ```ts
 * import { table } from "@walbrook/walbrook/router";
 * import { bigint, pgTable, text } from "drizzle-orm/pg-core";
 *
 * const orders = pgTable("orders", {
 *   id: bigint({ mode: "bigint" }).primaryKey(),
 *   note: text(),
 * });
 * console.log(table(orders).name); // public.orders
 * ```
 *
 * @param drizzle The table, as created by `pgTable()`.
 * @returns The table, for {@linkcode Router}.
 * @throws {TypeError} If it is not a Drizzle table.
 */
export function table<T extends DrizzleTable>(
  drizzle: T,
): Table<T["$inferSelect"], DrizzleKey<T>, DrizzleToasted<T>>;
export function table(
  named?: string | object,
  schema?: StandardSchema,
  options: {
    readonly key?: readonly string[];
    readonly columns?: ColumnSchemas;
    readonly onPartial?: (row: Row, unchanged: readonly string[]) => unknown;
  } = {},
): unknown {
  if (named === undefined) return trusted;
  if (typeof named !== "string") return fromDrizzle(named);
  if (schema === undefined) {
    throw new TypeError(
      `Cannot declare the table ${named}: without a schema, write table<Row>()("${named}")`,
    );
  }
  const columns = options.columns ?? columnSchemasOf(schema);
  const shape = {
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(columns === null ? {} : { columns: withoutTypes(columns) }),
  };
  const { onPartial } = options;
  return {
    ...{ name: named, shape },
    reader: new SchemaReader({ table: named, schema, columns, onPartial }),
  };
}

function trusted(name: string, ...key: string[]): Table<unknown, never, never> {
  return { name, shape: key.length === 0 ? {} : { key }, reader: null };
}

function fromDrizzle(drizzle: object): Table<unknown, never, never> {
  const { identity, columns } = readDrizzleTable(drizzle);
  const names = Object.values(columns).map(({ name }) => [name, 0]);
  return {
    name: tableName(identity),
    shape: { columns: Object.fromEntries(names) },
    reader: new DrizzleReader(drizzle),
  };
}

// Whether a member may be missing is up to its schema, when a row is validated.
function withoutTypes(columns: ColumnSchemas): Record<string, null> {
  return Object.fromEntries(Object.keys(columns).map((name) => [name, null]));
}
