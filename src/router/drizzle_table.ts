import type { Relation, Row } from "../events/relation.ts";
import { tableName } from "../events/table_name.ts";
import { UNCHANGED } from "../unchanged.ts";
import { setOwnProperty } from "../values/own_property.ts";
import { defineMissing, RowError } from "./row_error.ts";
import type { RowReader } from "./table.ts";

/** The part of a Drizzle table in use. */
export interface DrizzleTable {
  /** The type of a row. */
  readonly $inferSelect: Record<string, unknown>;
  /** Drizzle's types for it; they exist only at compile time. */
  readonly _: { readonly columns: Readonly<Record<string, DrizzleColumnType>> };
}

/** Drizzle's types for a column. */
export interface DrizzleColumnType {
  /** Drizzle's types for it; they exist only at compile time. */
  readonly _: {
    readonly isPrimaryKey: boolean;
    readonly data: unknown;
    readonly columnType: string;
  };
}

/** The fields that Drizzle's types mark as the primary key. */
export type DrizzleKey<T extends DrizzleTable> = {
  [Field in keyof T["_"]["columns"] & keyof T["$inferSelect"]]:
    T["_"]["columns"][Field]["_"]["isPrimaryKey"] extends true ? Field : never;
}[keyof T["_"]["columns"] & keyof T["$inferSelect"]];

/** The fields whose values may be stored out of line, according to their types. */
export type DrizzleToasted<T extends DrizzleTable> = {
  [Field in keyof T["_"]["columns"] & keyof T["$inferSelect"]]: NonNullable<
    T["$inferSelect"][Field]
  > extends number | bigint | boolean | Date
    // A numeric has variable length, whatever Drizzle converts it to.
    ? T["_"]["columns"][Field]["_"]["columnType"] extends `PgNumeric${string}`
      ? Field
    : never
    : Field;
}[keyof T["_"]["columns"] & keyof T["$inferSelect"]];

interface DrizzleColumn {
  readonly name: string;
  readonly columnType: string;
  mapFromDriverValue(value: unknown): unknown;
}

/**
 * Finds the schema, the name and the columns of a Drizzle table, like Drizzle's own
 * `getTableConfig()`.
 *
 * @throws {TypeError} If it is not a Drizzle table.
 */
export function readDrizzleTable(
  table: object,
): {
  readonly identity: Pick<Relation, "schema" | "name">;
  readonly columns: Readonly<Record<string, DrizzleColumn>>;
} {
  const parts = table as Readonly<Record<symbol, unknown>>;
  const name = parts[Symbol.for("drizzle:Name")];
  const schema = parts[Symbol.for("drizzle:Schema")] ?? "public";
  const columns = parts[Symbol.for("drizzle:Columns")];
  if (
    typeof name === "string" && typeof schema === "string" &&
    typeof columns === "object" && columns !== null
  ) {
    return {
      identity: { schema, name },
      columns: columns as Readonly<Record<string, DrizzleColumn>>,
    };
  }
  throw new TypeError(
    "Cannot use the object as a table: it is not a Drizzle table, as created by pgTable()",
  );
}

/** Creates rows as Drizzle does: with its field names, and the columns' own functions. */
export class DrizzleReader implements RowReader {
  readonly #table: string;
  readonly #columns: readonly (readonly [string, DrizzleColumn])[];

  /** @param table A Drizzle table. */
  constructor(table: object) {
    const { identity, columns } = readDrizzleTable(table);
    this.#table = tableName(identity);
    this.#columns = Object.entries(columns);
  }

  whole(row: Row): object {
    const made: Record<string, unknown> = {};
    for (const [field, column] of this.#columns) {
      if (Object.hasOwn(row, column.name)) {
        setOwnProperty(made, field, this.#read(column, row[column.name]));
      } else defineMissing(made, field, this.#table, column.name);
    }
    return made;
  }

  partial(row: Row): object {
    return this.whole(row);
  }

  key(key: Row): object {
    return Object.fromEntries(
      this.#columns.filter(([, { name }]) => Object.hasOwn(key, name))
        .map(([field, column]) => [
          field,
          this.#read(column, key[column.name]),
        ]),
    );
  }

  #read(column: DrizzleColumn, value: unknown): unknown {
    if (value === null || value === UNCHANGED) return value;
    // JSON is parsed already: a text within it must not be parsed again.
    if (/^PgJsonb?$/.test(column.columnType)) return value;
    // Drivers pass text to functions of the program where Walbrook has a bigint.
    const isOwn = column.columnType === "PgCustomColumn";
    try {
      return column.mapFromDriverValue(
        isOwn && typeof value === "bigint" ? String(value) : value,
      );
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new RowError(this.#table, [{ message, path: [column.name] }], {
        cause,
      });
    }
  }
}
