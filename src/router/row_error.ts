import type { SchemaIssue } from "./standard_schema.ts";

/**
 * A row that does not match its declaration: its schema rejects it, or a column is missing. A
 * retry does not help: `deliver()` treats the change as rejected.
 *
 * @example
 * ```ts
 * import { RowError } from "@walbrook/walbrook/router";
 *
 * function messages(error: unknown): readonly string[] {
 *   return error instanceof RowError
 *     ? error.issues.map(({ message }) => message)
 *     : [];
 * }
 * console.log(messages(new Error("something else")));
 * ```
 */
export class RowError extends Error {
  /** The table's name, as in `event.table`. */
  readonly table: string;
  /** The reasons. */
  readonly issues: readonly SchemaIssue[];

  /**
   * Creates the error.
   *
   * @param table The table's name.
   * @param issues The reasons.
   * @param options The `cause`, if there is one.
   */
  constructor(
    table: string,
    issues: readonly SchemaIssue[],
    options?: ErrorOptions,
  ) {
    super(
      `Cannot use a row of ${table}: ${issues.map(describe).join("; ")}`,
      options,
    );
    this.name = "RowError";
    this.table = table;
    this.issues = issues;
  }
}

function describe({ message, path = [] }: SchemaIssue): string {
  const names = path.map((part) =>
    String(typeof part === "object" ? part.key : part)
  );
  return names.length === 0 ? message : `${names.join(".")}: ${message}`;
}

/**
 * Defines a property that throws when it is read, for a column that the table no longer has:
 * it is never silently `undefined`.
 *
 * @param row The row.
 * @param property The property.
 * @param table The table's name.
 * @param column The column's name.
 */
export function defineMissing(
  row: object,
  property: string,
  table: string,
  column: string = property,
): void {
  Object.defineProperty(row, property, {
    enumerable: false,
    configurable: true,
    get() {
      const message =
        `the table no longer has column "${column}", or does not publish it`;
      throw new RowError(table, [{ message }]);
    },
  });
}
