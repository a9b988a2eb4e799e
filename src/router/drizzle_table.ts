import { type TableIdentity, tableName } from "../events/table_name.ts";
import type { Row } from "../events/relation.ts";
import { UNCHANGED } from "../unchanged.ts";
import { setOwnProperty } from "../values/own_property.ts";
import { defineMissing, RowError } from "./row_error.ts";
import type { RowReader } from "./table.ts";

/** A table of Drizzle, as far as it is used here. */
export interface DrizzleTable {
  /** The type of a row. */
  readonly $inferSelect: Record<string, unknown>;
  /** What Drizzle knows of it, for the compiler alone. */
  readonly _: { readonly columns: Readonly<Record<string, DrizzleColumnType>> };
}

/** What Drizzle's types say of a column. */
export interface DrizzleColumnType {
  /** What Drizzle knows of it, for the compiler alone. */
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

/** The fields whose values may be stored out of line, by their types. */
export type DrizzleToasted<T extends DrizzleTable> = {
  [Field in keyof T["_"]["columns"] & keyof T["$inferSelect"]]: NonNullable<
    T["$inferSelect"][Field]
  > extends number | bigint | boolean | Date
    // A numeric is of variable length, whatever Drizzle makes of it.
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
 * Finds the schema, the name and the columns of a Drizzle table, as Drizzle's own
 * `getTableConfig()` does.
 *
 * @throws {TypeError} If it is no table of Drizzle.
 */
export function readDrizzleTable(
  table: object,
): {
  readonly identity: TableIdentity;
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
    "Cannot use the object as a table: it is no table of Drizzle, as pgTable() makes them",
  );
}

/** Makes rows as Drizzle does: its fields' names, and its columns' own functions. */
export class DrizzleReader implements RowReader {
  readonly #table: string;
  readonly #columns: readonly (readonly [string, DrizzleColumn])[];

  /** @param table A table of Drizzle. */
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
    // JSON is parsed already: a text that it holds must not be parsed once more.
    if (/^PgJsonb?$/.test(column.columnType)) return value;
    // Drivers give functions of the program text where Walbrook gives a bigint.
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
