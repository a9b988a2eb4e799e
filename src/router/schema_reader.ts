import type { Row } from "../events/relation.ts";
import { setOwnProperty } from "../values/own_property.ts";
import { UNCHANGED } from "../unchanged.ts";
import { RowError } from "./row_error.ts";
import type {
  ColumnSchemas,
  SchemaIssue,
  SchemaResult,
  StandardSchema,
} from "./standard_schema.ts";
import type { RowReader } from "./table.ts";

/** Options for a {@linkcode SchemaReader}. */
export interface SchemaReaderOptions {
  /** The table's name. */
  readonly table: string;
  /** The schema of a row. */
  readonly schema: StandardSchema;
  /** The schemas of its columns; `null` if they are not known. */
  readonly columns: ColumnSchemas | null;
  /** Handles updates that the schema can't validate. */
  readonly onPartial:
    | ((row: Row, unchanged: readonly string[]) => unknown)
    | undefined;
}

/** Creates rows with a Standard Schema. */
export class SchemaReader implements RowReader {
  readonly #options: SchemaReaderOptions;

  /** @param options The schema. */
  constructor(options: SchemaReaderOptions) {
    this.#options = options;
  }

  async whole(row: Row): Promise<unknown> {
    const { table, schema } = this.#options;
    const result = await schema["~standard"].validate(row);
    if (result.issues !== undefined) throw new RowError(table, result.issues);
    return result.value;
  }

  async partial(row: Row, unchanged: readonly string[]): Promise<unknown> {
    const { table, columns, onPartial } = this.#options;
    if (columns !== null) return await this.#byColumn(row, columns);
    if (onPartial !== undefined) return await onPartial(row, unchanged);
    const names = unchanged.map((name) => `"${name}"`).join(", ");
    throw new RowError(table, [{
      message:
        `an update omits ${names}, which did not change, and the schema does not expose how to validate single columns; give table() the schemas of its columns, or onPartial`,
    }]);
  }

  async key(key: Row): Promise<unknown> {
    const { columns } = this.#options;
    if (columns === null) return key;
    const known = Object.keys(key).filter((name) =>
      Object.hasOwn(columns, name)
    );
    const validated = await this.#byColumn(
      key,
      Object.fromEntries(known.map((name) => [name, columns[name]!])),
    );
    return { ...key, ...validated };
  }

  async #byColumn(row: Row, columns: ColumnSchemas): Promise<object> {
    const made: Record<string, unknown> = {};
    const issues: SchemaIssue[] = [];
    for (const [name, schema] of Object.entries(columns)) {
      const value = Object.hasOwn(row, name) ? row[name] : undefined;
      if (value === UNCHANGED) {
        setOwnProperty(made, name, value);
        continue;
      }
      const result: SchemaResult<unknown> = await schema["~standard"].validate(
        value,
      );
      if (result.issues !== undefined) {
        issues.push(...result.issues.map(({ message, path = [] }) => ({
          message,
          path: [name, ...path],
        })));
      } else if (result.value !== undefined || Object.hasOwn(row, name)) {
        setOwnProperty(made, name, result.value);
      }
    }
    if (issues.length > 0) throw new RowError(this.#options.table, issues);
    return made;
  }
}
